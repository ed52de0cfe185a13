"""Binary digits: those that a definition takes by long division (:mod:`exactnet.claims.definitions`), and circuits that
have them as gates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from exactnet.certify.structural.prover import ONE, Fact, Part, Prover, form
from exactnet.certify.structural.tactics.roles import Roles
from exactnet.structural.kernel import Form, is_constant

__all__ = ["Carry", "Columns", "Digits", "decide_output", "equal_gate", "nothing_carried"]


@dataclass(frozen=True)
class Carry:
    """A form ``c`` with ``0 <= S - 2^i c <= 2^i - 1`` for the sum ``S`` of the parts of two numbers below place ``i``."""

    carry: Form
    sum: Form
    lower: Fact
    upper: Fact


def nothing_carried(roles: Roles) -> Carry:
    """The carry into the lowest place."""
    nothing = roles.prover.sum()
    return Carry({}, {}, nothing, nothing)


class Columns:
    """Bits in columns, those of column ``c`` weighing ``2^c``, whose sum is the value of a definition.

    Parameters
    ----------
    same : the parts of a sum that say ``value - sum of 2^c * bits = 0``.
    """

    def __init__(self, prover: Prover, zero: int, columns: Sequence[Sequence[int]], same: list[Part]) -> None:
        p = self.prover = prover
        self.bits, self.zero = columns, zero
        self.height = []
        """``A_c``, how many bits of a column are 1."""
        for column in columns:
            self.height.append(p.name(dict.fromkeys(column, 1)))
            p.range(self.height[-1])
        self.above = {len(columns) - 1: zero}
        """By place, the sum of the columns above it, divided by the power of two of the next one."""
        for c in range(len(columns) - 1, -1, -1):
            self.above[c - 1] = p.name(form((self.height[c], 1), (self.above[c], 2)))
        parts = list(same)
        for c, height in enumerate(self.height):
            parts += [(("=", height), 1 << c), (("=", self.above[c - 1]), 1 << c)]
        parts.append((("=", zero), 1 << len(columns)))
        self.ties = [p.sum(*parts)]
        """By place ``k``: ``value - (sum of 2^c A_c over c < k) - 2^k*above[k-1] = 0``."""
        for k in range(len(self.height)):
            self.ties.append(p.sum((self.ties[k], 1), (("=", self.above[k - 1]), -(1 << k))))

    def tie(self, k: int, total: int, chain: list[Part]) -> tuple[Form, int]:
        """``rest`` and the equality ``value - total - 2^(k+1)*rest = 0`` for the sum of the columns up to place ``k``.

        ``chain`` adds up to ``(sum of 2^c A_c over c <= k) - total = 0``.
        """
        if k + 1 < len(self.height):
            return {self.above[k]: 1}, self.prover.sum((self.ties[k + 1], 1), *chain)
        last = len(self.height)
        return {}, self.prover.sum((self.ties[last], 1), (("=", self.zero), -(1 << last)), *chain)


class Digits:
    """Of the value of a definition: ``floor(value / 2^k)`` as a variable ``high[k] = digit[k] + 2*high[k+1]``.

    Parameters
    ----------
    value : the variable.
    digits, rests : those of the long division, by place; the lowest rest is none.
    """

    def __init__(self, prover: Prover, value: int, digits: dict[int, int], rests: dict[int, int]) -> None:
        p = self.prover = prover
        places = len(digits)
        self.value, self.digit = value, digits
        p.range(value)
        self.high = {places: p.name({})}
        p.range(self.high[places])
        self.lower: dict[int, int] = {}
        """``value - 2^k*high[k] >= 0``."""
        self.upper: dict[int, int] = {}
        """``2^k - 1 - value + 2^k*high[k] >= 0``."""
        rest, same = value, p.sum((("=", self.high[places]), -(1 << places)))  # value - 2^k*high[k] - rest = 0
        same = p.sum((same, -1))
        for k in range(places - 1, -1, -1):
            t = digits[k]
            low, high = p.pair(rest, form((rest, 1), (t, -(1 << k))), (1 << k) - 1)
            self.high[k] = p.name(form((t, 1), (self.high[k + 1], 2)))
            same = p.sum((same, 1), (("=", self.high[k]), 1 << k))
            self.lower[k], self.upper[k] = p.sum((low, 1), (same, 1)), p.sum((high, 1), (same, -1))
            if k:
                same = p.sum((same, 1), (("=", rests[k]), 1))
                p.bound((low, 1), (("=", rests[k]), -1))
                p.bound((high, 1), (("=", rests[k]), 1))
                rest = rests[k]

    def floor(self, k: int, what: Form, lower: list[Part], upper: list[Part]) -> int:
        """``what - high[k] = 0`` from parts that add up to ``value - 2^k*what >= 0`` and to ``2^k - 1 - value + 2^k*what >= 0``."""
        p = self.prover
        below = p.sum(*lower, (self.upper[k], 1), by=1 << k)
        above = p.sum(*upper, (self.lower[k], 1), by=1 << k)
        return p.equal(above, below)

    def last(self, k: int, bit: Form, rest: Form, lower: list[Part], upper: list[Part], low: Fact, high: Fact) -> int:
        """``bit - digit[k] = 0``, as :meth:`floor` does for ``what = bit + 2*rest``, for a form ``bit`` in ``[0, 1]``.

        ``low`` and ``high`` say so.
        """
        p = self.prover
        same = p.sum((self.floor(k, form((bit, 1), (rest, 2)), lower, upper), 1), (("=", self.high[k]), -1))
        t = self.digit[k]  # bit + 2*rest - digit - 2*high = 0
        above = p.sum((same, 1), (high, 1), ((">", t), 1), by=2)
        below = p.sum((same, -1), (low, 1), (("<", t), 1), by=2)
        return p.sum((same, 1), (p.equal(above, below), -2))


def decide_output(p: Prover, v: int, fact: int) -> int:
    """The value of an output gate from a fact about what it reads; where that is one gate, the output is that gate again."""
    gates = [u for u in p.of(fact) if u]
    if len(gates) == 1 and gates[0] not in p.step[v] and p.gate(gates[0]) is not None:
        fact = p.decide(gates[0], fact)
    return p.decide(v, fact)


def equal_gate(p: Prover, t: int, v: int, on: Callable[[int], int], off: Callable[[int], int]) -> int:
    """``t - v = 0`` for a 0/1 variable ``t`` and a gate ``v``; from ``t - 1 >= 0`` and from ``-t >= 0`` follow facts about
    what ``v`` reads.
    """

    def side(i: int, prove: Callable[[int], int], same: Callable[[Fact, int], int]) -> int:
        known = prove(i)
        if is_constant(p.of(known)) and p.of(known).get(ONE, 0) < 0:
            return known  # the digit is never so
        return p.sum((same(i, t), 1), (decide_output(p, v, known), -1))

    return p.cases(form((t, 1), (ONE, -1)), lambda i: side(i, on, p.one), lambda i: side(i, off, p.none))
