"""``exactnet addition``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import click

from exactnet.cli.inputs import check_network_path, check_writable
from exactnet.cli.options import json_option, out_option, quiet_option
from exactnet.cli.output import print_json, print_line, written

if TYPE_CHECKING:
    from exactnet.certify.addition import Addition

__all__ = ["command"]


@click.command("addition", short_help="Add n numbers in depth 2 with small weights.")
@click.option("--n", "numbers", type=click.IntRange(2, 100), default=3, show_default=True, help="How many numbers.")
@click.option("--bits", type=click.IntRange(1, 200), default=4, show_default=True, help="Bits of each number.")
@click.option(
    "--moduli",
    type=click.Choice(["searched", "proven"]),
    default="searched",
    show_default=True,
    help="The fewest that are right for every input, or those of the counting bound.",
)
@click.option(
    "--limit", type=int, metavar="L", help="Largest weight on an input. Default: (n bits)^2; a quarter of it if searched."
)
@click.option("--bit", "places", type=int, multiple=True, metavar="J", help="Make only this bit of the sum (may be repeated).")
@out_option("Write the circuit to OUT (.json; .th).")
@json_option
@quiet_option
def command(
    *,
    numbers: int,
    bits: int,
    moduli: Literal["searched", "proven"],
    limit: int | None,
    places: tuple[int, ...],
    out: str | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Construct a threshold circuit of depth 2 with small weights for the bits of a sum, and check it for all inputs.

    The check runs over all values of the forms that the gates read, not over the inputs; up to 2^20 inputs are evaluated too. The
    original, of depth 2 with weights 2^i, is 'exactnet make iterated-addition'.

    \b
    Example:
      exactnet addition --n 4 --bits 8
    """
    if out is not None:
        check_writable(out)
        check_network_path(out, True, True)
    from exactnet.certify.addition import certify_addition
    from exactnet.claims.addition import Problem

    addition = certify_addition(Problem(numbers, bits), moduli, limit, places)
    if out is not None:
        from exactnet.files.networks import write_network
        from exactnet.kernel.domain import Cube

        write_network(out, addition.circuit, Cube(numbers * bits))
    if as_json:
        print_json(report(addition))
    elif quiet:
        print_line(addition.verdict)
    else:
        show(addition, out)
    return 0 if addition.verdict == "certified" else 1


def report(addition: Addition) -> dict[str, Any]:
    """Everything as one JSON object."""
    return {
        "verdict": addition.verdict,
        "n": addition.problem.n,
        "bits": addition.problem.bits,
        "moduli": addition.moduli,
        "limit": addition.limit,
        "inputs": len(addition.problem.inputs),
        "enumerated": addition.enumerated,
        "original": addition.original.as_json(),
        "constructed": addition.constructed.as_json(),
        "bounds": addition.bounds,
        "outputs": [
            {
                "output": place.output,
                "right": place.right,
                "checked_by": place.method,
                "moduli": list(place.moduli),
                "counterexample": place.counterexample,
            }
            for place in addition.places
        ],
    }


def show(addition: Addition, out: str | None) -> None:
    """The result as tables."""
    from exactnet.cli.render import listing, measures_table, number, print_verdict, show_tables

    problem = addition.problem
    how = {"values": "all values of its forms", "counting": "counting"}
    print_verdict(addition.verdict, f"the sum of {problem.n} numbers of {problem.bits} bits, 2^{len(problem.inputs)} inputs")
    rows = [
        [place.output, how[place.method], str(len(place.moduli)), "right" if place.right else f"wrong at {place.counterexample}"]
        for place in addition.places
    ]
    bounds = [[name, number(getattr(addition.constructed, name)), number(value)] for name, value in addition.bounds.items()]
    if addition.enumerated:
        print_line(f"compared with the original on all {2 ** len(problem.inputs)} inputs too")
    show_tables(
        measures_table(original=addition.original.as_json(), constructed=addition.constructed.as_json()),
        listing(["measure", "measured>", "stated bound (gates: one bit)>"], bounds),
        listing(["output", "checked by", "moduli>", ""], rows),
    )
    if out is not None:
        print_line(written(out, addition.circuit))
