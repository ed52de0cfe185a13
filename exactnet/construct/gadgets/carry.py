"""Carries over redundant digits: what every block generates and propagates, and the carry into any block (docs/theory.md).

With ``hi_b = floor(A_b / beta)``, ``lo_b = A_b mod beta`` and ``D_b = lo_b + hi_{b-1}`` in ``[0, 2 beta - 2]`` the number is
``sum D_b beta^b``. A block generates a carry if ``D_b >= beta``, ``g_b``, and propagates one if ``D_b = beta - 1``, ``p_b``;
``h_b = g_b + p_b``.

Two ways to make them, after ``hi_b = sum_t 1[A_b >= t*beta]``, one layer of gates:

* *linear* (route C): ``D_b = A_b - beta*hi_b + hi_{b-1}`` is linear, and ``g_b = 1[D_b >= beta]``, ``h_b = 1[D_b >= beta - 1]`` are
  single gates of a second layer;
* *overlapping* (route A): neighbouring digits overlap in the form ``G_b = beta*A_b + A_{b-1}``. As ``floor(G_b /
  beta) = A_b + hi_{b-1} = beta*hi_b + D_b``, the number ``floor(G_b / beta^2)`` is ``hi_b + g_b``, and ``floor((G_b +
  beta) / beta^2)`` is ``hi_b + h_b``. So ``g_b`` and ``h_b`` are exact sums of the same layer, with three gates for
  every wrap of a digit and weights of at most ``beta*(beta + 1)/2``. (A function of the pair ``A_b, A_{b-1}`` would
  take gates for every pair of wraps.)

*Carries by groups.* One AND gate for each pair ``b' < b`` would be ``blocks^2/2`` gates. Cut the blocks into groups of ``w``
instead. The carry out of the blocks ``a .. e-1`` with none coming in is that of the addition of the numbers with the bits
``g_j`` and ``h_j``, as ``g_j <= h_j``: it is 1 iff ``N = g_a + sum_{a<j<e} 2^(j-a-1) (g_j + h_j) >= 2^(e-a-1)``. ``N < 2^(e-a)``,
so that

    ``1[N + 2^(w-1) * (p_e + ... + p_{b-1}) >= 2^(w-1) * (1 + b - e)]``

is "the group generates a carry, and it is propagated to block ``b``". The sum of these gates over the groups below ``b``
*is* ``c_b``. If ``c_b = 1``, the last block that generated a carry lies in a group for which this holds. Two such groups there
are not: if a carry from the lower one is propagated to ``b``, all blocks of the upper one propagate and none generates. This is
``blocks^2/(2w)`` gates with weights of at most ``2^(w-1)``, which is ``beta`` for ``w = log2(beta) + 1``.

Gates of different blocks are never shared, even where their forms are equal: so forms over several blocks have no weights but
those written here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from exactnet.construct.base.builder import Builder, check_places
from exactnet.construct.base.linear import Linear, total
from exactnet.construct.gadgets.digits import Digits

__all__ = ["LINEAR", "OVERLAPPING", "Carries", "Predicates", "arrivals", "carry_gates", "group_size", "owned_step"]


def group_size(digits: Digits) -> int:
    """The blocks of a group, ``log2(beta) + 1``: weights ``2^(w-1)`` are then at most ``beta``."""
    return digits.bits + 1


def arrivals(digits: Digits, block: int) -> int:
    """The gates of the carry into a block: one a group below it."""
    return -(-block // group_size(digits))


def owned_step(builder: Builder, form: Linear, at: int, name: str, owner: str) -> Linear:
    """``1[form >= at]`` as a gate of an owner, even where it is a signal of the form itself (which has other readers)."""
    return builder.own(builder.step(form, at, name, owner), form, owner)


@dataclass(frozen=True)
class Carries:
    """The digits ``D_b`` and the predicates of blocks ``0, 1, ...``, from which carries are made group by group."""

    builder: Builder
    name: str
    size: int
    """Blocks in a group, ``w``."""
    sums: tuple[Linear, ...]
    """``D_b`` of every block, linear; then what goes beyond the top block, ``hi`` of it."""
    generate: tuple[Linear, ...]
    at_least: tuple[Linear, ...]
    """``g_b`` and ``h_b`` of the blocks that carries are wanted from, in gates of their block alone."""
    propagate: tuple[Linear, ...]

    def _number(self, start: int, end: int) -> Linear:
        """``N`` of the blocks ``start .. end - 1``."""
        parts = [self.generate[start]]
        for j in range(start + 1, end):
            parts.append((self.generate[j] + self.at_least[j]).scaled(1 << (j - start - 1)))
        return self.builder.share(total(parts), f"{self.name}.N{start}.{end}", 0, (1 << (end - start)) - 1)

    def _events(self, block: int) -> Iterable[tuple[Linear, int]]:
        """For every group below a block, the form and the threshold of "it generates, and the carry arrives"."""
        top = (block - 1) // self.size * self.size
        yield self._number(top, block), 1 << (block - top - 1)
        # Running sums of p_b are affine nodes that carries share, so that a gate stores two wires however long it is.
        passed = self._propagated(top, block)
        large = 1 << (self.size - 1)
        for start in range(top - self.size, -1, -self.size):
            end = start + self.size
            yield self._number(start, end) + passed.scaled(large), large * (1 + block - end)
            passed = self._share_run(self._propagated(start, end) + passed, start, block)

    def _propagated(self, start: int, end: int) -> Linear:
        return self._share_run(total(self.propagate[start:end]), start, end)

    def _share_run(self, form: Linear, start: int, end: int) -> Linear:
        return self.builder.share(form, f"{self.name}.run{start}.{end}", 0, end - start)

    def into(self, block: int, owner: str = "") -> Linear:
        """The carry into a block as a sum of gates, one a group; with an ``owner`` nobody else reads them."""
        gates = []
        for form, at in self._events(block) if block else ():
            if owner:
                gates.append(owned_step(self.builder, form, at, f"{self.name}.T{block}", owner))
            else:
                gates.append(self.builder.step(form, at, f"{self.name}.T{block}"))
        return self.builder.share(total(gates), f"{self.name}.c{block}", 0, 1)

    def digit(self, block: int, beta: int) -> Linear:
        """The canonical digit ``V_b = D_b + c_b - beta*c_{b+1}`` in ``[0, beta - 1]``, linear."""
        return self.sums[block] + self.into(block) - self.into(block + 1).scaled(beta)


@dataclass(frozen=True)
class Predicates:
    """A way to make ``g_b`` and ``h_b``."""

    make: Callable[[Builder, Digits, int, str], Carries]
    """``(builder, digits, blocks, name)``: the carries over the lowest ``blocks`` blocks; ``D_b`` for all."""
    gates: Callable[[Digits, int], int]
    """``(digits, blocks)``: the gates predicted for it."""
    weight: Callable[[Digits], int]
    """``(digits)``: a bound on the wires to literals."""


def carry_gates(predicates: Predicates, digits: Digits, block: int) -> int:
    """The gates predicted for the carry into a block with all that it is made of."""
    return predicates.gates(digits, block) + arrivals(digits, block)


def _carries(
    builder: Builder, digits: Digits, sums: Sequence[Linear], generate: Sequence[Linear], at_least: Sequence[Linear], name: str
) -> Carries:
    pairs = zip(at_least, generate, strict=True)
    propagate = tuple(builder.share(h - g, f"{name}.p{b}", 0, 1) for b, (h, g) in enumerate(pairs))
    return Carries(builder, name, group_size(digits), tuple(sums), tuple(generate), tuple(at_least), propagate)


def _digit_sum(builder: Builder, digits: Digits, block: int, hi: Linear, below: Linear, name: str) -> Linear:
    """``D_b = A_b - beta*hi_b + hi_{b-1}``."""
    most = min(digits.highs[block], digits.beta - 1) + (digits.wraps[block - 1] if block else 0)
    return builder.share(digits.forms[block] - hi.scaled(digits.beta) + below, f"{name}.D{block}", 0, most)


def _linear(builder: Builder, digits: Digits, blocks: int, name: str) -> Carries:
    """Predicates from linear ``D_b``: two layers of gates."""
    beta = digits.beta
    sums, below = [], Linear()
    for b, (form, wraps) in enumerate(zip(digits.forms, digits.wraps, strict=True)):
        hi = builder.share(builder.multiples(form, beta, wraps, f"{name}.A{b}"), f"{name}.hi{b}", 0, wraps)
        sums.append(_digit_sum(builder, digits, b, hi, below, name))
        below = hi
    generate, at_least = (
        [owned_step(builder, form, at, f"{name}.D{b}", f"b{b}") for b, form in enumerate(sums[:blocks])]
        for at in (beta, beta - 1)
    )
    return _carries(builder, digits, [*sums, below], generate, at_least, name)


def _floor(builder: Builder, form: Linear, offset: int, divisor: int, name: str, owner: str) -> Linear:
    """``floor((form + offset) / divisor)`` for a form that is never negative: a gate of the owner for each value."""
    check_places(max(divisor, builder.interval(form)[1] + offset), name)
    count = (builder.interval(form)[1] + offset) // divisor
    places = np.arange(1, count + 1, dtype=np.int64) * divisor - offset
    return builder.own(builder.step_sum(form, places, np.ones_like(places), name, owner), form, owner)


def _overlapping(builder: Builder, digits: Digits, blocks: int, name: str) -> Carries:
    """Predicates from the overlapping forms ``G_b``: one layer of gates."""
    beta = digits.beta
    sums, below = [], Linear()
    generate: list[Linear] = []
    at_least: list[Linear] = []
    for b, form in enumerate(digits.forms):
        wraps = _floor(builder, form, 0, beta, f"{name}.A{b}", f"b{b}")
        hi = builder.share(wraps, f"{name}.hi{b}", 0, digits.wraps[b])
        sums.append(_digit_sum(builder, digits, b, hi, below, name))
        if b < blocks:
            both = form.scaled(beta) + (digits.forms[b - 1] if b else Linear())
            for predicate, offset, kind in ((generate, 0, "g"), (at_least, beta, "h")):
                floor = _floor(builder, both, offset, beta * beta, f"{name}.G{b}", f"b{b}")
                predicate.append(builder.share(floor - wraps, f"{name}.{kind}{b}", 0, 1))
        below = hi
    return _carries(builder, digits, [*sums, below], generate, at_least, name)


def _overlapping_gates(digits: Digits, blocks: int) -> int:
    square = digits.beta**2
    reaches = [
        digits.beta * high + (digits.highs[b - 1] if b else 0) for b, high in enumerate(digits.highs[:blocks])
    ]
    return sum(digits.wraps) + sum(reach // square + (reach + digits.beta) // square for reach in reaches)


#: ``g_b`` and ``h_b`` are single gates over the linear ``D_b``: two layers, ``nu + 2`` gates a block.
LINEAR = Predicates(_linear, lambda digits, blocks: sum(digits.wraps) + 2 * blocks, lambda digits: digits.beta + 1)

#: ``g_b`` and ``h_b`` are exact sums over overlapping digits: one layer, about ``3 nu`` gates a block.
OVERLAPPING = Predicates(_overlapping, _overlapping_gates, lambda digits: digits.beta * (digits.beta + 1) // 2)
