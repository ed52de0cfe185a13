"""What the values of a network are multiples of, and between what they lie: whether floating point computes it exactly.

A node ``b + sum w s`` is exact in a format with ``m`` bits of mantissa, in any order of summation, with or without fused
multiplications, if there is a power of two ``g`` of which ``b`` and every product ``w s`` are integer multiples and every
partial sum is at most ``2^m g`` in absolute value: all intermediate values are then numbers of the format.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from gmpy2 import mpq

from exactnet.kernel.domain import Domain
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.network import RELU, THRESHOLD, Network

__all__ = ["FLOAT32", "Format", "check_exact"]

_ZERO, _ONE = mpq(0), mpq(1)


@dataclass(frozen=True, slots=True)
class Format:
    """A binary floating-point format: bits of the mantissa, exponents of its least and of its largest power of two."""

    name: str
    mantissa: int
    least: int
    largest: int


FLOAT32 = Format("float32", 24, -149, 127)


@dataclass(frozen=True, slots=True)
class _Values:
    """Every value of a node: a multiple of ``unit`` from ``low`` to ``high``."""

    unit: mpq
    low: mpq
    high: mpq


def check_exact(net: Network, domain: Domain, format_: Format = FLOAT32) -> None:
    """Show that a floating-point format computes a network exactly on a domain, in any order of summation.

    Parameters
    ----------
    net : Network
        Every node of it is shown, inputs included.
    domain : Domain
        The inputs that are considered.
    format_ : Format
        Rounding to nearest; subnormal numbers are there.

    Raises
    ------
    FormatError
        Where that is not shown: a number that is not dyadic, or sums that are too long; the message names the node.
    """
    values = dict(zip(net.inputs, _input_values(domain), strict=True))
    for name, value in values.items():
        _check(name, value.unit, max(-value.low, value.high), format_)
    pairs = _twins(net)
    for name in net.order:
        terms = [(source, weight, values[source]) for source, weight in net.sources(name)]
        bias = net.bias(name)
        units = [_dyadic(name, abs(weight)) * value.unit for _, weight, value in terms]
        for weight in [*(weight for _, weight, _ in terms), bias]:
            _fits(name, weight, format_)
        unit = min(units + ([_dyadic(name, abs(bias))] if bias else []), default=_ONE)
        up, down = max(bias, _ZERO), max(-bias, _ZERO)
        for _, weight, value in terms:
            ends = (weight * value.low, weight * value.high)
            up, down = up + max(_ZERO, *ends), down + max(_ZERO, *(-end for end in ends))
        _check(name, unit, max(up, down), format_)
        low, high = _range(terms, bias, pairs, values)
        kind = net.kind(name)
        if kind == RELU:
            low, high = max(low, _ZERO), max(high, _ZERO)
        elif kind == THRESHOLD:
            unit, low, high = _ONE, _ZERO, _ONE
        values[name] = _Values(unit, low, high)


def _input_values(domain: Domain) -> list[_Values]:
    if hasattr(domain, "points"):
        columns = list(zip(*domain.points, strict=True))
    else:
        columns = [tuple(domain[0][i] if end == 0 else domain[domain.count - 1][i] for end in (0, 1)) for i in range(domain.d)]
    return [_Values(mpq(1, domain.p), min(column), max(column)) for column in columns]


def _dyadic(name: str, value: mpq) -> mpq:
    """The largest power of two of which a rational is an integer multiple."""
    denominator = int(value.denominator)
    if denominator & (denominator - 1):
        raise FormatError(f"node {clip_text(name)}: {clip_text(value)} is not dyadic")
    numerator = int(value.numerator)
    return mpq(numerator & -numerator, denominator)


def _fits(name: str, value: mpq, format_: Format) -> None:
    if value:
        _check(name, _dyadic(name, abs(value)), abs(value), format_)


def _check(name: str, unit: mpq, largest: mpq, format_: Format) -> None:
    exponent = _exponent(name, unit)
    if largest > unit * 2**format_.mantissa or exponent < format_.least or largest >= mpq(2) ** (format_.largest + 1):
        multiples = int(-(-largest // unit)).bit_length()
        raise FormatError(
            f"not shown exact in {format_.name}: node {clip_text(name)} has sums of up to 2^{multiples} units of 2^{exponent}, "
            f"of at most 2^{format_.mantissa}"
        )


def _exponent(name: str, unit: mpq) -> int:
    top, bottom = int(unit.numerator), int(unit.denominator)
    if bottom & (bottom - 1) or top & (top - 1):
        raise FormatError(f"node {clip_text(name)}: multiples of {clip_text(unit)} are not dyadic")
    return top.bit_length() - bottom.bit_length()


def _twins(net: Network) -> dict[str, tuple[int, mpq]]:
    """ReLUs by their wires: those of one number differ in their biases only, so that ``[z+c]+ - [z]+`` is in ``[0, c]``."""
    numbers: dict[frozenset[tuple[str, mpq]], int] = {}
    twins = {}
    for name in net.order:
        if net.kind(name) == RELU:
            number = numbers.setdefault(frozenset(net.sources(name)), len(numbers))
            twins[name] = (number, net.bias(name))
    return twins


def _range(
    terms: list[tuple[str, mpq, _Values]], bias: mpq, twins: dict[str, tuple[int, mpq]], values: dict[str, _Values]
) -> tuple[mpq, mpq]:
    """The least and largest value of a sum; pairs of ReLUs of opposite weights are taken together."""
    low = high = bias
    groups: defaultdict[tuple[int, mpq], list[tuple[mpq, str, mpq]]] = defaultdict(list)
    for source, weight, value in terms:
        if source in twins:
            groups[twins[source][0], abs(weight)].append((twins[source][1], source, weight))
        else:
            low, high = low + min(weight * value.low, weight * value.high), high + max(weight * value.low, weight * value.high)
    for group in groups.values():
        group.sort(key=lambda entry: entry[0])
        while group:
            start, source, weight = group.pop()
            if group and group[-1][2] == -weight:  # weight * ([z + start]+ - [z + other]+)
                other = group.pop()
                most = min(start - other[0], values[source].high)
                low, high = low + min(_ZERO, weight * most), high + max(_ZERO, weight * most)
            else:
                ends = (weight * values[source].low, weight * values[source].high)
                low, high = low + min(ends), high + max(ends)
    return low, high
