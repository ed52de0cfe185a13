"""Canonical digits by linear forms and few gates: three layers, and a fourth for literals (docs/routes.md).

``hi_b = sum_t 1[A_b >= t*beta]`` is layer 1, and ``D_b = A_b - beta*hi_b + hi_{b-1}`` in ``[0, 2 beta - 2]`` is linear after it.
Layer 2 is ``g_b = 1[D_b >= beta]`` and ``h_b = 1[D_b >= beta - 1]``; a block propagates a carry if ``p_b = h_b - g_b``
is 1. Layer 3 makes the carries ``c_b`` into every block, sums of gates again, and so the canonical digit
``V_b = D_b + c_b - beta*c_{b+1}`` in ``[0, beta - 1]`` is linear. Layer 4 masks its thermometer: ``1[V_b + W*sign >= t + W]``
with ``W = beta - 1`` is ``1[V_b >= t] and sign``.

*Carries by groups.* One AND gate for each pair ``b' < b`` would be ``blocks^2/2`` gates. Cut the blocks into groups of ``w``
instead. The carry out of the blocks ``a .. e-1`` with none coming in is that of the addition of the numbers with the bits
``g_j`` and ``h_j``, as ``g_j <= h_j``: it is 1 iff ``N = g_a + sum_{a<j<e} 2^(j-a-1) (g_j + h_j) >= 2^(e-a-1)``. ``N < 2^(e-a)``,
so that

    ``1[N + 2^(w-1) * (p_e + ... + p_{b-1}) >= 2^(w-1) * (1 + b - e)]``

is "the group generates a carry, and it is propagated to block ``b``". The sum of these gates over the groups below ``b``
*is* ``c_b``. If ``c_b = 1``, the last block that generated a carry lies in a group for which this holds. Two such groups there
are not: if a carry from the lower one is propagated to ``b``, all blocks of the upper one propagate and none generates. This is
``blocks^2/(2w)`` gates with weights of at most ``2^(w-1)``, which is ``beta`` for ``w = log2(beta) + 1``: no more than on the
wires of layer 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exactnet.construct.builder import Builder
from exactnet.construct.carry import multiples
from exactnet.construct.digits import Digits
from exactnet.construct.linear import Linear, total

__all__ = ["Carries", "digit_sums", "group_size", "masked_bits", "owned_step"]


def group_size(digits: Digits) -> int:
    """The blocks of a group, ``log2(beta) + 1``: weights ``2^(w-1)`` are then at most ``beta``."""
    return digits.bits + 1


def digit_sums(builder: Builder, digits: Digits, name: str) -> tuple[Linear, ...]:
    """``D_b`` of every block, linear over the literals and one layer of gates; and of the block above, ``hi`` of the top."""
    beta = digits.beta
    sums: list[Linear] = []
    below, wraps_below = Linear(), 0
    for b, (form, high, wraps) in enumerate(zip(digits.forms, digits.highs, digits.wraps, strict=True)):
        hi = multiples(builder, form, beta, wraps, f"{name}.A{b}")
        most = min(high, beta - 1) + wraps_below
        sums.append(builder.share(form - hi.scaled(beta) + below, f"{name}.D{b}", 0, most))
        below, wraps_below = hi, wraps
    return (*sums, below)


def owned_step(builder: Builder, form: Linear, at: int, name: str, owner: str) -> Linear:
    """``1[form >= at]`` as a gate of an owner, even where it is a signal of the form itself (which has other readers)."""
    return builder.own(builder.step(form, at, name, owner), form, owner)


@dataclass(frozen=True)
class Carries:
    """The predicates of blocks ``0, 1, ...``, from which carries are made group by group.

    ``generate`` and ``at_least`` are ``g_b`` and ``h_b``. Their gates belong to their block alone, so that forms over several
    blocks have no weights but those written here.
    """

    builder: Builder
    name: str
    size: int
    """Blocks in a group, ``w``."""
    generate: tuple[Linear, ...]
    at_least: tuple[Linear, ...]
    propagate: tuple[Linear, ...]

    @classmethod
    def of(cls, builder: Builder, sums: Sequence[Linear], beta: int, size: int, name: str) -> Carries:
        """Make the predicates of all blocks in ``sums``: two gates a block."""
        generate, at_least, propagate = [], [], []
        for b, form in enumerate(sums):
            generate.append(owned_step(builder, form, beta, f"{name}.D{b}", f"b{b}"))
            at_least.append(owned_step(builder, form, beta - 1, f"{name}.D{b}", f"b{b}"))
            propagate.append(builder.share(at_least[-1] - generate[-1], f"{name}.p{b}", 0, 1))
        return cls(builder, name, size, tuple(generate), tuple(at_least), tuple(propagate))

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


def masked_bits(builder: Builder, value: Linear, high: int, top: int, sign: Linear, name: str) -> list[Linear]:
    """The bits of ``value and sign``, lowest first, each an exact sum of one layer of gates.

    ``value`` is in ``[0, high]``, and at most ``top`` where the sign is 1. Bit ``s`` changes where ``value`` passes a multiple of
    ``2^s``, so all bits are sums of the same ``top`` gates.
    """
    form = builder.share(value, name, 0, high) + sign.scaled(high)
    gates = [builder.step(form, t + high, f"{name}.masked") for t in range(1, top + 1)]
    bits = []
    for s in range(top.bit_length()):
        changes = [gates[t - 1].scaled((t >> s & 1) - ((t - 1) >> s & 1)) for t in range(1 << s, top + 1, 1 << s)]
        bits.append(builder.share(total(changes), f"{name}.bit{s}", 0, 1))
    return bits
