"""The stated bounds of every route by its name and options: what the checker evaluates before and after building.

This module, like all of :mod:`exactnet.bounds`, imports nothing from the constructions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from exactnet.bounds.lookahead import Form, LookaheadOptions, lookahead_bounds
from exactnet.bounds.parameters import Parameters
from exactnet.bounds.symbols import Bounds
from exactnet.errors import FormatError, clip_text

__all__ = ["STATEMENTS", "stated_bounds", "statement_form"]

#: Statements by the name that certificates use, with the form of the output stage.
STATEMENTS: dict[str, Form] = {"S1 exact": "exact", "S1 rounded": "rounded", "S3": "circuit"}


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


def _lookahead(statement: str, grid: bool, options: Mapping[str, str], found: Parameters) -> Bounds:
    _only(options, "inputs", "carry")
    inputs = _choice(options, "inputs", ("integers", "bits"))
    carry = _choice(options, "carry", ("linear", "pairs"))
    shape = LookaheadOptions(statement_form(statement), grid, cast("object", inputs), cast("object", carry), found.dyadic)  # type: ignore[arg-type]
    return lookahead_bounds(found.k, shape)


_ROUTES: dict[str, Callable[[str, bool, Mapping[str, str], Parameters], Bounds]] = {"lookahead": _lookahead}


def stated_bounds(route: str, statement: str, grid: bool, options: Mapping[str, str], found: Parameters) -> Bounds:
    """The bounds that a route states for an instance, as expressions.

    Parameters
    ----------
    route : the name of the route.
    statement : a key of :data:`STATEMENTS`.
    grid : whether the domain is a grid (else the cube).
    options : the route's options as they stand in a certificate.
    found : the parameters of the instance.
    """
    if route not in _ROUTES:
        raise FormatError(f"the route {clip_text(route)} is not one of {', '.join(_ROUTES)}")
    return _ROUTES[route](statement, grid, options, found)
