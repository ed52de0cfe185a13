"""``exactnet bounds``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from exactnet.cli.options import json_option
from exactnet.cli.output import print_json, print_line
from exactnet.kernel.errors import FormatError, clip_text

if TYPE_CHECKING:
    import sympy as sp

__all__ = ["command"]

_CHOICES = {
    "form": ("exact", "rounded", "clipped", "circuit", "levels"),
    "inputs": ("integers", "bits"),
    "output": ("three", "four"),
}


@click.command("bounds", short_help="Show the stated bounds of a route as expressions.")
@click.option("--route", default="lookahead", show_default=True, help="Construction.")
@click.option("--depth", type=click.IntRange(1, 12), default=2, show_default=True, help="Depth k of the original.")
@click.option("--form", type=click.Choice(_CHOICES["form"]), default="exact", show_default=True, help="Statement.")
@click.option("--grid", is_flag=True, help="On the grid (else on the cube).")
@click.option("--inputs", type=click.Choice(_CHOICES["inputs"]), default="integers", show_default=True, help="Grid inputs.")
@click.option(
    "--output", type=click.Choice(_CHOICES["output"]), default="four", show_default=True, help="Layers of the rounded output."
)
@click.option("--growth", multiple=True, metavar="SYMBOL=EXPR", help="How a parameter grows with d, such as B=d^2.")
@json_option
def command(
    *, route: str, depth: int, form: str, grid: bool, inputs: str, output: str, growth: tuple[str, ...], as_json: bool
) -> int:
    """Show the bounds that a route states for an original of depth k, and with --growth a polynomial in d above each.

    Parameters that are not given with --growth count as 1 (s, a wire that skips a layer: 0).

    \b
    Example:
      exactnet bounds --depth 2 --growth m=d --growth B=d^2 --growth R=d
    """

    from exactnet.claims.statements import STATEMENTS
    from exactnet.theory.growth import polynomial_bound
    from exactnet.theory.parameters import Parameters
    from exactnet.theory.routes import BOUNDS, stated_bounds
    from exactnet.theory.symbols import text_of

    statement = next((STATEMENTS[name] for name in BOUNDS[route].statements if STATEMENTS[name].form == form), None)
    if statement is None:
        raise FormatError(f"the route {route} has no bounds for the form {form}")
    parameters = Parameters(d=1, k=depth, m=1, B=1, p=1, s=0, dyadic=True)
    bounds = stated_bounds(route, statement, grid, _options(route, inputs, output), parameters)
    rates = _growth(growth, depth) if growth else {}
    rows: list[dict[str, Any]] = []
    for bound in bounds.bounds:
        row: dict[str, Any] = {"name": bound.name, "symbolic": text_of(bound.expression)}
        if rates:
            polynomial: sp.Poly = polynomial_bound(bounds, bound, rates)
            row |= {"polynomial": str(polynomial.as_expr()), "degree": max(0, int(polynomial.degree()))}
        rows.append(row)
    definitions = {symbol.name: text_of(expression) for symbol, expression in bounds.definitions}
    if as_json:
        print_json({"route": route, "statement": statement.name, "definitions": definitions, "bounds": rows})
        return 0
    for name, text in definitions.items():
        print_line(f"{name} = {text}")
    for row in rows:
        print_line(f"{row['name']} <= {row['symbolic']}")
        if rates:
            print_line(f"  <= {row['polynomial']}   (degree {row['degree']} in d)")
    return 0


def _options(route: str, inputs: str, output: str) -> dict[str, str]:
    """The options of a route, those that no option of the command says as they are chosen by default."""
    known = {
        "compact": {"inputs": inputs},
        "residue": {"inputs": inputs, "moduli": "searched"},
        "stacked": {"inputs": inputs, "moduli": "searched"},
        "component": {"component": "1"},
        "radial": {},
    }
    return known.get(route, {"inputs": inputs, "output": output})


def _growth(assignments: tuple[str, ...], depth: int) -> dict[str, sp.Expr]:
    """How the parameters grow: polynomials in ``d`` with non-negative coefficients, read by the safe parser."""
    import sympy as sp

    from exactnet.theory.growth import read_polynomial
    from exactnet.theory.symbols import SYMBOLS

    rates: dict[str, sp.Expr] = {name: sp.Integer(1) for name in SYMBOLS if name != "d"}
    rates |= {"s": sp.Integer(0), "k": sp.Integer(depth)}
    for text in assignments:
        name, equals, expression = text.partition("=")
        if not equals or name not in rates or name == "k":
            known = ", ".join(other for other in rates if other != "k")
            raise FormatError(f"--growth {clip_text(text)}: not SYMBOL=EXPR with a symbol of {known}")
        rates[name] = read_polynomial(expression, f"--growth {clip_text(text)}")
    return rates
