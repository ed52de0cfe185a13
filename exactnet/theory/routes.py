"""The stated bounds of every route by its name and options: what the checker evaluates before and after building.

This module, like all of :mod:`exactnet.theory`, imports nothing from the constructions.
The functions of S5 (a), defined in ``construct/barriers/output_bits``, are bounded by each route as its form ``levels``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from gmpy2 import mpq

from exactnet.claims.statements import Statement
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.rationals import format_rational, parse_rational
from exactnet.kernel.relation import Near, Within
from exactnet.theory.parameters import Parameters
from exactnet.theory.symbols import Bounds

__all__ = ["ASSEMBLED", "BOUNDS", "RouteBounds", "read_moduli", "stated_bounds"]

#: The route of networks that are assembled from given circuits.
ASSEMBLED = "assemble"


def _only(options: Mapping[str, str], *known: str) -> None:
    if set(options) != set(known):
        raise FormatError(f"the options of the route are {', '.join(known)}, not {clip_text(', '.join(options))}")


def _choice(options: Mapping[str, str], key: str, values: tuple[str, ...]) -> str:
    value = options.get(key)
    if value not in values:
        raise FormatError(f"the option {key!r} is {clip_text(value)}, not one of {', '.join(values)}")
    return value


def _reading(
    statement: Statement, grid: bool, options: Mapping[str, str], *others: str
) -> tuple[Literal["integers", "bits"], mpq | None]:
    """How inputs are read, and the width of the ramps that make bits, if there are any; checks the other names.

    Ramps have weights ``1/delta``, whatever ``delta`` is: they belong to the clipped form, on which S4 rests, and to no other.
    """
    also = ("delta",) if options.get("inputs") == "bits" and "delta" in options else ()
    _only(options, "inputs", *others, *also)
    inputs = cast('Literal["integers", "bits"]', _choice(options, "inputs", ("integers", "bits")))
    if not also:
        return inputs, None
    delta = parse_rational(options["delta"])
    if statement.form != "clipped":
        raise FormatError(f"the option 'delta' does not go with {statement.name}, only with the clipped form")
    if not grid or delta <= 0 or format_rational(delta) != options["delta"]:
        raise FormatError(f"the option 'delta' is {clip_text(options['delta'])}, not a width of ramps on a grid")
    return inputs, delta


def _lookahead(statement: Statement, grid: bool, options: Mapping[str, str], found: Parameters) -> Bounds:
    from exactnet.theory.lookahead import LookaheadOptions, lookahead_bounds

    inputs, delta = _reading(statement, grid, options, "output")
    output = cast('Literal["three", "four"]', _choice(options, "output", ("three", "four")))
    shape = LookaheadOptions(statement.form, grid, inputs, output, found.dyadic, delta, found.outputs, found.gates)
    return lookahead_bounds(found.k, shape)


def _compact(statement: Statement, grid: bool, options: Mapping[str, str], found: Parameters) -> Bounds:
    from exactnet.theory.compact import CompactOptions, compact_bounds

    inputs, delta = _reading(statement, grid, options)
    shape = CompactOptions(statement.form, grid, inputs, found.dyadic, delta, found.outputs, found.gates)
    return compact_bounds(found.k, shape)


def read_moduli(text: str) -> Literal["proven", "searched"] | tuple[int, ...]:
    """``proven``, ``searched``, or moduli given by hand, separated by commas: at most 48, from 2 to 10^9.

    >>> read_moduli("101,103")
    (101, 103)
    """
    if text in ("proven", "searched"):
        return cast('Literal["proven", "searched"]', text)
    if not re.fullmatch(r"[1-9]\d{0,9}(,[1-9]\d{0,9}){0,47}", text, re.ASCII):
        raise FormatError(f"the moduli {clip_text(text)} are not proven, searched, or up to 48 numbers such as 101,103")
    moduli = tuple(int(q) for q in text.split(","))
    if len(set(moduli)) < len(moduli) or not all(2 <= q <= 10**9 for q in moduli):
        raise FormatError(f"the moduli {clip_text(text)} must differ and be from 2 to 10^9")
    return moduli


def _rounded_output(statement: Statement, options: Mapping[str, str]) -> tuple[Literal["windows", "carry"], tuple[str, ...]]:
    """How the rounded output of routes B and D is made (by windows if nothing is said), and the names of options that say it."""
    if "output" not in options or statement.form not in ("rounded", "clipped"):
        return "windows", ()
    return cast('Literal["windows", "carry"]', _choice(options, "output", ("windows", "carry"))), ("output",)


def _residue(statement: Statement, grid: bool, options: Mapping[str, str], found: Parameters) -> Bounds:
    from exactnet.theory.residue import ResidueOptions, residue_bounds

    output, also = _rounded_output(statement, options)
    inputs, delta = _reading(statement, grid, options, "moduli", *also)
    moduli, form = read_moduli(options["moduli"]), statement.form
    shape = ResidueOptions(form, grid, inputs, moduli, found.dyadic, delta, found.outputs, output)
    return residue_bounds(found.k, shape)


def _component(statement: Statement, grid: bool, options: Mapping[str, str], found: Parameters) -> Bounds:
    from exactnet.theory.functions import component_bounds

    _only(options, "component")
    return component_bounds(options, found)


def _radial(statement: Statement, grid: bool, options: Mapping[str, str], found: Parameters) -> Bounds:
    from exactnet.theory.functions import radial_bounds

    _only(options)
    return radial_bounds()


def _classical(statement: Statement, grid: bool, options: Mapping[str, str], found: Parameters) -> Bounds:
    from exactnet.theory.classical import classical_bounds

    return classical_bounds(options, found)


def _few_bits(statement: Statement, grid: bool, options: Mapping[str, str], found: Parameters) -> Bounds:
    """S7: under a tolerance, ``epsilon`` is an option, as in the relation."""
    from exactnet.theory.few_bits import FewBitsOptions, few_bits_bounds

    tolerant = statement.relation in (Within, Near)
    _only(options, *(["epsilon"] if tolerant else []))
    epsilon = parse_rational(options["epsilon"]) if tolerant else None
    finer = int(epsilon.denominator) if epsilon is not None and statement.relation is Near else 1
    form: Literal["relu", "circuit"] = "circuit" if statement.gates else "relu"
    return few_bits_bounds(found.k, FewBitsOptions(form, grid, found.s == 1, found.outputs, finer))


def _assemble(statement: Statement, grid: bool, options: Mapping[str, str], found: Parameters) -> Bounds:
    from exactnet.theory.assemble import MAX_BITS, MAX_GATES, assemble_bounds

    limits = {"t": MAX_BITS, "weight_bits": MAX_BITS, "bias_bits": MAX_BITS, "gates": MAX_GATES}
    _only(options, *limits)
    for name, limit in limits.items():
        if not re.fullmatch(r"\d{1,9}", options[name], re.ASCII) or int(options[name]) > limit:
            raise FormatError(f"the option {name!r} is {clip_text(options[name])}, not a natural number up to {limit}")
    return assemble_bounds(grid, *(int(options[name]) for name in limits))


def _found(options: Mapping[str, str], name: str, most: int) -> tuple[int | None, tuple[str, ...]]:
    """The largest modulus that a search found, if the option says it, and the names of options that say it."""
    if name not in options or options.get("moduli") != "searched":
        return None, ()
    if not re.fullmatch(r"[1-9]\d{0,8}", options[name], re.ASCII) or int(options[name]) > most:
        raise FormatError(f"the option {name!r} is {clip_text(options[name])}, not a modulus up to {most}")
    return int(options[name]), (name,)


def _stacked(statement: Statement, grid: bool, options: Mapping[str, str], found: Parameters) -> Bounds:
    from exactnet.theory.stacked import LARGEST, WINDOW, StackedOptions, stacked_bounds

    output, also = _rounded_output(statement, options)
    event, said = _found(options, "Q", LARGEST)
    window, said_too = _found(options, "Q_out", WINDOW)
    inputs, delta = _reading(statement, grid, options, "moduli", *also, *said, *said_too)
    moduli, form = read_moduli(options["moduli"]), statement.form
    shape = StackedOptions(
        form, grid, inputs, moduli, found.dyadic, delta, found.outputs, output, event or LARGEST, window or WINDOW
    )
    return stacked_bounds(found.k, shape)


@dataclass(frozen=True)
class RouteBounds:
    """The bounds of one route, and the names of the statements that it has bounds for."""

    name: str
    state: Callable[[Statement, bool, Mapping[str, str], Parameters], Bounds]
    statements: tuple[str, ...]


_SMALL = ("S1 exact", "S1 rounded", "S1 clipped", "S2 exact", "S2 rounded", "S2 clipped", "S3", "S5 circuits")
_SIMPLER = ("S6 exact", "S6 rounded")
_FEW = ("S7 exact", "S7 within", "S7 near", "S7 circuit")

#: The bounds of all routes, by name.
BOUNDS: dict[str, RouteBounds] = {
    row.name: row
    for row in (
        RouteBounds("lookahead", _lookahead, _SMALL),
        RouteBounds("residue", _residue, _SMALL),
        RouteBounds("compact", _compact, _SMALL),
        RouteBounds("stacked", _stacked, _SMALL),
        RouteBounds("component", _component, _SIMPLER),
        RouteBounds("radial", _radial, _SIMPLER),
        RouteBounds("classical", _classical, ("S3",)),
        RouteBounds("few-bits", _few_bits, _FEW),
        RouteBounds(ASSEMBLED, _assemble, ("S5 network",)),
    )
}


def stated_bounds(route: str, statement: Statement, grid: bool, options: Mapping[str, str], found: Parameters) -> Bounds:
    """The bounds that a route states for an instance, as expressions.

    Parameters
    ----------
    route : a key of :data:`BOUNDS`.
    grid : whether the domain is a grid (else the cube).
    options : the route's options as they stand in a certificate.
    found : the parameters of the instance.

    Raises
    ------
    FormatError : the route, the statement and the options do not go together.
    """
    if route not in BOUNDS:
        raise FormatError(f"the route {clip_text(route)} is not one of {', '.join(BOUNDS)}")
    if statement.name not in BOUNDS[route].statements:
        raise FormatError(f"the route {route} is not about {statement.name}")
    bounds = BOUNDS[route].state(statement, grid, options, found)
    if statement.number != "S2":
        return bounds
    from exactnet.theory.constant_weights import constant_weights_bounds

    return constant_weights_bounds(bounds)
