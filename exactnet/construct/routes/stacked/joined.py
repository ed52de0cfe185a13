"""The plan of one comparison and of what is joined with it (route D): literals that are promised before they are built.

A threshold gate is the comparison alone; a ReLU is its digits, each bit joined with the comparison, ``[L]+ = sum_b
beta^b sum_s 2^s (a_{b,s} and sign) - D*sign``; a ReLU that only an exact output reads is a residue joined with it. Where
the coefficients are small already, all of these are functions of the single form ``L``, without events.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import numpy.typing as npt

from exactnet.claims.promises import Means
from exactnet.construct.base.builder import Builder, check_table
from exactnet.construct.base.linear import Linear, total
from exactnet.construct.gadgets.digits import largest_digit_bits
from exactnet.construct.gadgets.noisy import EXACT, Noise, NoisyBuilder
from exactnet.construct.gadgets.passages import (
    Intervals,
    Passage,
    digit_at,
    digit_top,
    passages,
    residue_at,
    residue_top,
    sign_at,
    sign_top,
)
from exactnet.construct.gadgets.windows import Levels, likely_multiples

__all__ = ["AIM", "Comparison", "Unit", "compare", "direct_unit", "plan_digits", "plan_residue", "plan_sign"]

Column = npt.NDArray[np.int64]

#: Weights that events are kept within where the choice of the digit size allows it.
AIM = 1 << 20

#: The modulus that costs are estimated for.
NOMINAL = 1 << 11


@dataclass(frozen=True)
class Comparison:
    """``form >= 0`` by first passage."""

    form: Linear
    levels: Levels
    parts: tuple[Passage, ...]

    @property
    def levels_highs(self) -> tuple[int, ...]:
        """The largest value of every digit."""
        return tuple(window + offset for window, offset in zip(self.levels.windows, self.levels.offsets, strict=True))


def _kind(comparison: Comparison, joined: Hashable) -> Hashable:
    """Comparisons that differ by a constant, cut in the same digits, joined with the same."""
    return tuple(sorted(comparison.form.terms.items())), comparison.levels.bits, joined


@dataclass(frozen=True)
class Unit:
    """What is made from one family of forms: literals that are functions of the joined value.

    ``outputs`` are the promised names, with the function of the joined value that each is; values go up to ``high``.
    """

    top: Callable[[], Intervals]
    at: Callable[[Passage, int], Intervals]
    outputs: tuple[tuple[str, Callable[[Column], Column]], ...]
    high: int
    parts: tuple[Passage, ...]
    gates: int
    """The gates estimated for one modulus, without those of ``top``."""
    reading: Callable[[str, int], int]
    """At least the absolute value of a literal's coefficient in any of the forms, for moduli up to ``q``."""
    kind: Hashable
    """What is joined: units of one kind of comparisons that differ by a constant share their gates, and no others do."""
    means: dict[str, Means] = field(default_factory=dict)

    def build(self, builder: NoisyBuilder, moduli: tuple[int, ...], false: int | None, name: str) -> None:
        """Place the literals: all events, the top one as many times as there are moduli."""
        weight = len(moduli) if self.parts else 1
        events: list[tuple[Intervals, int, Hashable]] = [(self.top(), weight, None)]
        events += [(self.at(part, q), 1, (part.level, q)) for part in self.parts for q in moduli]
        noise = EXACT if weight == 1 and false in (0, None) else Noise(weight, None if false is None else self.high * false)
        for signal, function in self.outputs:
            sums = [
                builder.own_sum(
                    comparison.form, *comparison.jumps(function(comparison.values)), name, (self.kind, event)
                ).scaled(times)
                for comparison, times, event in events
            ]
            builder.place(signal, total(sums), noise, self.means.get(signal))


def _same(values: Column) -> Column:
    return values


def _bit(place: int, values: Column) -> Column:
    return values >> place & 1


def _no_events(part: Passage, q: int) -> Intervals:
    raise ValueError("a function of a single form has no events")


# --- choosing the digit size -----------------------------------------------------------------------


def compare(builder: Builder, form: Linear, bits: int, limit: int) -> Comparison:
    """Cut ``form >= 0`` into levels of ``bits`` bits; ``limit`` is the largest weight of the comparison without modulus."""
    levels = Levels.of(builder, form, bits, limit)
    return Comparison(form, levels, tuple(passages(builder, levels)))


def _choices(
    builder: NoisyBuilder, form: Linear, name: str, joined: Callable[[int], int], aim: int
) -> Iterator[Comparison]:
    """Comparisons of every digit size; ``joined(beta)`` is the largest coefficient of what is joined."""
    mass = builder.mass(form.terms)
    most = largest_digit_bits(mass) + 3
    builder.foresee(2 * likely_multiples(mass) * (_largest(form).bit_length() // most), name)
    for bits in range(1, most + 1):
        yield compare(builder, form, bits, max(1, aim // (max(1, mass) * joined(1 << bits))))


def _cheapest(candidates: Iterable[tuple[Comparison, int, int]], aim: int) -> tuple[Comparison, int]:
    """The fewest gates with weights within the aim; smaller weights before fewer gates beyond it.

    So a weight has at most as many bits as the aim or as the weight for the first choice, base 2 (docs/stacked.md).
    """
    comparison, gates, _ = min(candidates, key=lambda item: (max(0, item[2].bit_length() - aim.bit_length()), item[1]))
    return comparison, gates


def _gates(builder: NoisyBuilder, comparison: Comparison) -> dict[int, int]:
    """About how many gates the event of each level takes for one modulus.

    ``H_{b+1}`` reads what has a digit above level ``b``, however long its coefficients are.
    """
    digits, above, mass, gates = comparison.levels.digits, set[str](), 0, {}
    top = len(digits)
    for part in reversed(comparison.parts):
        for form in digits[part.level + 1 : top]:
            mass += builder.mass(form.terms.keys() - above)
            above |= form.terms.keys()
        top = part.level + 1
        gates[part.level] = 2 * len(part.at) * likely_multiples(mass)
    return gates


def _coefficient(form: Linear, name: str) -> int:
    return abs(form.terms.get(name, 0))


def _largest(form: Linear) -> int:
    return max((abs(c) for c in form.terms.values()), default=0)


def _event_weight(comparison: Comparison, joined: int) -> int:
    """About the largest weight of an event joined with what has so many values; 1 if there are none."""
    return max((joined * part.width * NOMINAL // 2 for part in comparison.parts), default=1)


def _top_weight(builder: NoisyBuilder, levels: Levels, joined: int) -> int:
    """At least the weights of the comparison without a modulus, joined with a form with coefficients up to ``joined``."""
    last = levels.last
    low, high = builder.interval(last)
    return joined * (high - low + 1) + _largest(last)


# --- the comparison alone --------------------------------------------------------------------------


def plan_sign(
    builder: NoisyBuilder, form: Linear, name: str, means: Means | None = None, aim: int = AIM
) -> tuple[Comparison, Unit]:
    """``1[form >= 0]``: one promised literal."""
    comparison, gates = _cheapest(
        (
            (comparison, sum(_gates(builder, comparison).values()), _event_weight(comparison, 64))
            for comparison in _choices(builder, form, name, lambda beta: 64, aim)
        ),
        aim,
    )
    signal = next(iter(builder.promise(f"{name}.sign", 1).terms))
    return comparison, sign_unit(builder, comparison, signal, gates, name, means)


def sign_unit(
    builder: NoisyBuilder, comparison: Comparison, signal: str, gates: int, name: str, means: Means | None
) -> Unit:
    """The unit of a comparison alone."""
    levels, parts = comparison.levels, comparison.parts

    def reading(literal: str, q: int) -> int:
        events = ((q // 2 + 1) * part.width + _coefficient(part.digit, literal) for part in parts)
        return max(_coefficient(levels.last, literal), *events, 0)

    return Unit(
        lambda: sign_top(builder, levels, name),
        lambda part, q: sign_at(builder, part, q, f"{name}.H{part.level}mod{q}"),
        ((signal, _same),),
        1,
        parts,
        gates,
        reading,
        _kind(comparison, "sign"),
        {signal: means} if means else {},
    )


# --- bits of digits --------------------------------------------------------------------------------


def plan_digits(
    builder: NoisyBuilder, form: Linear, name: str, means: Means, aim: int = AIM
) -> tuple[Comparison, list[Unit], Linear]:
    """``[form]+``: the comparison, its units, and the value as a form over promised literals."""

    def costs() -> Iterator[tuple[Comparison, int, int]]:
        for comparison in _choices(builder, form, name, lambda beta: beta, aim):
            highs = comparison.levels_highs
            events = _gates(builder, comparison).items()
            gates = sum(number * (sum(highs) - highs[level] // 2) for level, number in events) + 2 * sum(highs)
            top = _top_weight(builder, comparison.levels, max(map(_largest, comparison.levels.digits)))
            yield comparison, gates, max(_event_weight(comparison, max(highs) + 1), top)

    comparison, gates = _cheapest(costs(), aim)
    levels = comparison.levels
    sign = next(iter(builder.promise(f"{name}.sign", 1).terms))
    units = [sign_unit(builder, comparison, sign, 0, name, means)]
    value = [Linear({sign: -sum(offset << (b * levels.bits) for b, offset in enumerate(levels.offsets))})]
    for b, high in enumerate(comparison.levels_highs):
        if not high:
            continue
        digit, outputs = levels.digits[b], []
        for s in range(high.bit_length()):
            bit = builder.promise(f"{name}.bit{b}.{s}", 1)
            outputs.append((next(iter(bit.terms)), partial(_bit, s)))
            value.append(bit.scaled(1 << (b * levels.bits + s)))
        units.append(_digit_unit(builder, comparison, b, digit, high, tuple(outputs), gates * high, name))
    return comparison, units, total(value)


def _digit_unit(
    builder: NoisyBuilder,
    comparison: Comparison,
    level: int,
    digit: Linear,
    high: int,
    outputs: tuple[tuple[str, Callable[[Column], Column]], ...],
    gates: int,
    name: str,
) -> Unit:
    levels, parts = comparison.levels, comparison.parts

    def top() -> Intervals:
        return digit_top(builder, levels, level, f"{name}.A{level}")

    def at(part: Passage, q: int) -> Intervals:
        return digit_at(builder, part, q, level, digit, f"{name}.A{level}.H{part.level}mod{q}")

    def reading(literal: str, q: int) -> int:
        last = levels.last
        low, largest = builder.interval(last)
        own = _coefficient(digit, literal)
        events = (
            ((q // 2 + 1) * (high + 1) + own) * part.width + _coefficient(part.digit, literal) for part in parts
        )
        return max(own * (largest - low + 1) + _coefficient(last, literal), *events, 0)

    share = gates // max(1, sum(comparison.levels_highs))
    return Unit(top, at, outputs, 1, parts, share, reading, _kind(comparison, level))


# --- a residue -------------------------------------------------------------------------------------


def plan_residue(
    builder: NoisyBuilder, form: Linear, modulus: int, name: str, aim: int = AIM
) -> tuple[Comparison, Unit]:
    """``[form]+ mod modulus``: one promised literal with values up to ``modulus - 1``."""

    def costs() -> Iterator[tuple[Comparison, int, int]]:
        times = likely_multiples(builder.mass(form.terms))
        for comparison in _choices(builder, form, name, lambda beta: modulus, aim):
            gates = sum(2 * len(part.at) * times * (modulus - 1) for part in comparison.parts)
            top = _top_weight(builder, comparison.levels, modulus // 2)
            yield comparison, gates, max(_event_weight(comparison, modulus), top)

    comparison, gates = _cheapest(costs(), aim)
    levels, parts = comparison.levels, comparison.parts
    signal = next(iter(builder.promise(f"{name}.mod{modulus}", modulus - 1).terms))

    def reading(literal: str, q: int) -> int:
        last = levels.last
        low, largest = builder.interval(last)
        events = ((q * modulus // 2 + 1) * part.width + _coefficient(part.digit, literal) for part in parts)
        return max((modulus // 2 + 1) * (largest - low + 1) + _coefficient(last, literal), *events, 0)

    unit = Unit(
        lambda: residue_top(builder, levels, form, modulus, f"{name}.mod{modulus}"),
        lambda part, q: residue_at(builder, part, q, form, modulus, f"{name}.mod{modulus}.H{part.level}mod{q}"),
        ((signal, _same),),
        modulus - 1,
        parts,
        gates,
        reading,
        _kind(comparison, ("mod", modulus)),
    )
    return comparison, unit


# --- small coefficients ------------------------------------------------------------------------------


def direct_unit(
    builder: NoisyBuilder,
    form: Linear,
    modulus: int | None,
    name: str,
) -> tuple[Unit, Linear]:
    """``[form]+``, or it modulo a number, as a function of the single form: its unit and its value."""
    high = builder.interval(form)[1]
    check_table(high + 1, name)
    values = np.arange(1, high + 1) if modulus is None else np.arange(1, high + 1) % min(modulus, high + 1)
    places = np.arange(1, high + 1)
    outputs: list[tuple[str, Callable[[Column], Column]]] = []
    if modulus is None:
        bits = [builder.promise(f"{name}.bit{s}", 1) for s in range(high.bit_length())]
        outputs = [(next(iter(bit.terms)), partial(_bit, s)) for s, bit in enumerate(bits)]
        value = total(bit.scaled(1 << s) for s, bit in enumerate(bits))
    else:
        value = builder.promise(f"{name}.mod{modulus}", min(modulus - 1, high))
        outputs = [(next(iter(value.terms)), _same)]
    intervals = Intervals(form, places, places + 1, values)
    unit = Unit(
        lambda: intervals, _no_events, tuple(outputs), 1, (), 0, lambda literal, q: _coefficient(form, literal), ("direct", modulus)
    )
    return unit, value
