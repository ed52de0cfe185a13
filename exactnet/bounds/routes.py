"""The stated bounds of every route by its name and options: what the checker evaluates before and after building.

This module, like all of :mod:`exactnet.bounds`, imports nothing from the constructions.
The functions of S5 (a), defined in ``construct/output_bits``, are bounded by each route as its form ``levels``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal, cast

from gmpy2 import mpq

from exactnet.bounds.assemble import MAX_BITS, assemble_bounds
from exactnet.bounds.classical import classical_bounds
from exactnet.bounds.compact import CompactOptions, compact_bounds
from exactnet.bounds.constant_weights import constant_weights_bounds
from exactnet.bounds.few_bits import FewBitsOptions, few_bits_bounds
from exactnet.bounds.functions import component_bounds, radial_bounds
from exactnet.bounds.lookahead import Form, LookaheadOptions, lookahead_bounds
from exactnet.bounds.parameters import Parameters
from exactnet.bounds.residue import ResidueOptions, residue_bounds
from exactnet.bounds.stacked import LARGEST, WINDOW, StackedOptions, stacked_bounds
from exactnet.bounds.symbols import Bounds
from exactnet.errors import FormatError, clip_text
from exactnet.rationals import format_rational, parse_rational

__all__ = ["ASSEMBLED", "FEW_BITS", "STATEMENTS", "read_moduli", "stated_bounds", "statement_form"]

#: Statements by the name that certificates use, with the form of the output stage.
STATEMENTS: dict[str, Form] = {
    "S1 exact": "exact",
    "S1 rounded": "rounded",
    "S1 clipped": "clipped",
    "S2 exact": "exact",
    "S2 rounded": "rounded",
    "S2 clipped": "clipped",
    "S3": "circuit",
    "S5 circuits": "levels",
    "S5 network": "rounded",
    "S6 exact": "exact",
    "S6 rounded": "rounded",
    "S7 exact": "exact",
    "S7 within": "rounded",
    "S7 near": "rounded",
    "S7 circuit": "circuit",
}

#: The statements of S7, with the relation that each is about; their route is ``few-bits``.
FEW_BITS = {"S7 exact": "equal", "S7 within": "within", "S7 near": "near", "S7 circuit": "equal"}

#: The statement about a network that is assembled from given circuits, and the route of its certificates.
ASSEMBLED = ("S5 network", "assemble")


def statement_form(statement: str) -> Form:
    """The form that a statement is about.

    >>> statement_form("S3")
    'circuit'
    """
    if statement not in STATEMENTS:
        raise FormatError(f"the statement {clip_text(statement)} is not one of {', '.join(STATEMENTS)}")
    return STATEMENTS[statement]


def _only(options: Mapping[str, str], *known: str) -> None:
    if set(options) != set(known):
        raise FormatError(f"the options of the route are {', '.join(known)}, not {clip_text(', '.join(options))}")


def _choice(options: Mapping[str, str], key: str, values: tuple[str, ...]) -> str:
    value = options.get(key)
    if value not in values:
        raise FormatError(f"the option {key!r} is {clip_text(value)}, not one of {', '.join(values)}")
    return value


def _reading(
    statement: str, grid: bool, options: Mapping[str, str], *others: str
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
    if statement_form(statement) != "clipped":
        raise FormatError(f"the option 'delta' does not go with {clip_text(statement)}, only with the clipped form")
    if not grid or delta <= 0 or format_rational(delta) != options["delta"]:
        raise FormatError(f"the option 'delta' is {clip_text(options['delta'])}, not a width of ramps on a grid")
    return inputs, delta


def _lookahead(statement: str, grid: bool, options: Mapping[str, str], found: Parameters) -> Bounds:
    inputs, delta = _reading(statement, grid, options, "output")
    output = cast('Literal["three", "four"]', _choice(options, "output", ("three", "four")))
    shape = LookaheadOptions(statement_form(statement), grid, inputs, output, found.dyadic, delta, found.outputs)
    return lookahead_bounds(found.k, shape)


def _compact(statement: str, grid: bool, options: Mapping[str, str], found: Parameters) -> Bounds:
    inputs, delta = _reading(statement, grid, options)
    shape = CompactOptions(statement_form(statement), grid, inputs, found.dyadic, delta, found.outputs)
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


def _rounded_output(statement: str, options: Mapping[str, str]) -> tuple[Literal["windows", "carry"], tuple[str, ...]]:
    """How the rounded output of routes B and D is made (by windows if nothing is said), and the names of options that say it."""
    if "output" not in options or statement_form(statement) not in ("rounded", "clipped"):
        return "windows", ()
    return cast('Literal["windows", "carry"]', _choice(options, "output", ("windows", "carry"))), ("output",)


def _residue(statement: str, grid: bool, options: Mapping[str, str], found: Parameters) -> Bounds:
    output, also = _rounded_output(statement, options)
    inputs, delta = _reading(statement, grid, options, "moduli", *also)
    moduli, form = read_moduli(options["moduli"]), statement_form(statement)
    shape = ResidueOptions(form, grid, inputs, moduli, found.dyadic, delta, found.outputs, output)
    return residue_bounds(found.k, shape)


def _component(statement: str, grid: bool, options: Mapping[str, str], found: Parameters) -> Bounds:
    _only(options, "component")
    return component_bounds(options, found)


def _radial(statement: str, grid: bool, options: Mapping[str, str], found: Parameters) -> Bounds:
    _only(options)
    return radial_bounds()


def _classical(statement: str, grid: bool, options: Mapping[str, str], found: Parameters) -> Bounds:
    return classical_bounds(options, found)


def _few_bits(statement: str, grid: bool, options: Mapping[str, str], found: Parameters) -> Bounds:
    """S7: under a tolerance, ``epsilon`` is an option, as in the relation."""
    tolerant = FEW_BITS[statement] in ("within", "near")
    _only(options, *(["epsilon"] if tolerant else []))
    epsilon = parse_rational(options["epsilon"]) if tolerant else None
    finer = int(epsilon.denominator) if epsilon is not None and statement == "S7 near" else 1
    form: Literal["relu", "circuit"] = "circuit" if statement == "S7 circuit" else "relu"
    return few_bits_bounds(found.k, FewBitsOptions(form, grid, found.s == 1, found.outputs, finer))


def _assemble(statement: str, grid: bool, options: Mapping[str, str], found: Parameters) -> Bounds:
    _only(options, "t", "weight_bits", "bias_bits")
    for name, text in options.items():
        if not re.fullmatch(r"\d{1,6}", text, re.ASCII) or int(text) > MAX_BITS:
            raise FormatError(f"the option {name!r} is {clip_text(text)}, not a natural number up to {MAX_BITS}")
    return assemble_bounds(grid, *(int(options[name]) for name in ("t", "weight_bits", "bias_bits")))


def _found(options: Mapping[str, str], name: str, most: int) -> tuple[int | None, tuple[str, ...]]:
    """The largest modulus that a search found, if the option says it, and the names of options that say it."""
    if name not in options or options.get("moduli") != "searched":
        return None, ()
    if not re.fullmatch(r"[1-9]\d{0,8}", options[name], re.ASCII) or int(options[name]) > most:
        raise FormatError(f"the option {name!r} is {clip_text(options[name])}, not a modulus up to {most}")
    return int(options[name]), (name,)


def _stacked(statement: str, grid: bool, options: Mapping[str, str], found: Parameters) -> Bounds:
    output, also = _rounded_output(statement, options)
    event, said = _found(options, "Q", LARGEST)
    window, said_too = _found(options, "Q_out", WINDOW)
    inputs, delta = _reading(statement, grid, options, "moduli", *also, *said, *said_too)
    moduli, form = read_moduli(options["moduli"]), statement_form(statement)
    shape = StackedOptions(
        form, grid, inputs, moduli, found.dyadic, delta, found.outputs, output, event or LARGEST, window or WINDOW
    )
    return stacked_bounds(found.k, shape)


_ROUTES: dict[str, Callable[[str, bool, Mapping[str, str], Parameters], Bounds]] = {
    "lookahead": _lookahead,
    "residue": _residue,
    "compact": _compact,
    "component": _component,
    "radial": _radial,
    "classical": _classical,
    "stacked": _stacked,
    ASSEMBLED[1]: _assemble,
}

#: Routes that are about one statement alone; S6 has no others.
_OWN = {"component": "S6", "radial": "S6", "classical": "S3"}


def stated_bounds(route: str, statement: str, grid: bool, options: Mapping[str, str], found: Parameters) -> Bounds:
    """The bounds that a route states for an instance, as expressions.

    Parameters
    ----------
    route : the name of the route.
    statement : a key of :data:`STATEMENTS`; of :data:`FEW_BITS` for the route ``few-bits``, and for no other.
    grid : whether the domain is a grid (else the cube).
    options : the route's options as they stand in a certificate.
    found : the parameters of the instance.
    """
    if (route == "few-bits") != (statement in FEW_BITS):
        raise FormatError(f"the statement {clip_text(statement)} is not one of the route {clip_text(route)}")
    if route == "few-bits":
        return _few_bits(statement, grid, options, found)
    if route not in _ROUTES:
        raise FormatError(f"the route {clip_text(route)} is not one of {', '.join(_ROUTES)}")
    number = statement.partition(" ")[0]
    if number != _OWN.get(route, number) or (number == "S6" and route not in _OWN):
        raise FormatError(f"the route {route} is not about {clip_text(statement)}")
    if (statement == ASSEMBLED[0]) != (route == ASSEMBLED[1]):
        raise FormatError(f"the statement {clip_text(statement)} is not one of the route {clip_text(route)}")
    bounds = _ROUTES[route](statement, grid, options, found)
    if not statement.startswith("S2"):
        return bounds
    gates = next((bound.expression for bound in bounds.bounds if bound.measure == "gates"), None)
    # Every gate is two neurons; which of them are in layer 1 is left open.
    return constant_weights_bounds(bounds, None if gates is None else (2 * gates, 2 * gates))
