"""The options of a route as they stand in a certificate: which there may be, and what they may say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from gmpy2 import mpq

from exactnet.claims.statements import Form, Statement
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.rationals import format_rational, parse_rational

__all__ = ["ModularOptions", "check_names", "choice", "read_inputs", "read_moduli", "rounded_output"]


@dataclass(frozen=True)
class ModularOptions:
    """What the bounds of routes B and D depend on besides the parameters."""

    form: Form
    grid: bool
    inputs: Literal["integers", "bits"]
    moduli: Literal["proven", "searched"] | tuple[int, ...]
    """How moduli are chosen, or those given by hand."""
    dyadic: bool
    delta: mpq | None = None
    """The width of the ramps that make bits of real inputs."""
    outputs: int = 1
    output: Literal["windows", "carry"] = "windows"
    """How a rounded output is made."""


def check_names(options: Mapping[str, str], *known: str) -> None:
    """Raise :class:`FormatError` unless the options are exactly these."""
    if set(options) != set(known):
        raise FormatError(f"the options of the route are {', '.join(known)}, not {clip_text(', '.join(options))}")


def choice(options: Mapping[str, str], key: str, values: tuple[str, ...]) -> str:
    """What an option says, if it is one of some values."""
    value = options.get(key)
    if value not in values:
        raise FormatError(f"the option {key!r} is {clip_text(value)}, not one of {', '.join(values)}")
    return value


def read_inputs(
    statement: Statement, grid: bool, options: Mapping[str, str], *others: str
) -> tuple[Literal["integers", "bits"], mpq | None]:
    """How inputs are read, and the width of the ramps that make bits, if there are any; checks the other names.

    Ramps have weights ``1/delta``, whatever ``delta`` is: they belong to the clipped form, on which S4 rests, and to no other.
    """
    also = ("delta",) if options.get("inputs") == "bits" and "delta" in options else ()
    check_names(options, "inputs", *others, *also)
    inputs = cast('Literal["integers", "bits"]', choice(options, "inputs", ("integers", "bits")))
    if not also:
        return inputs, None
    delta = parse_rational(options["delta"])
    if statement.form != "clipped":
        raise FormatError(f"the option 'delta' does not go with {statement.name}, only with the clipped form")
    if not grid or delta <= 0 or format_rational(delta) != options["delta"]:
        raise FormatError(f"the option 'delta' is {clip_text(options['delta'])}, not a width of ramps on a grid")
    return inputs, delta


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


def rounded_output(statement: Statement, options: Mapping[str, str]) -> tuple[Literal["windows", "carry"], tuple[str, ...]]:
    """How the rounded output of routes B and D is made (by windows if nothing is said), and the names of options that say it."""
    if "output" not in options or statement.form not in ("rounded", "clipped"):
        return "windows", ()
    return cast('Literal["windows", "carry"]', choice(options, "output", ("windows", "carry"))), ("output",)
