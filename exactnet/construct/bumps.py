"""E1: every sum of bumps with signs on ``[0, 1]`` by one deep wiring in which few numbers depend on the signs (docs/entropy.md).

Let ``X = cells·x``, ``cells = m(n+1)``: ``m`` groups of ``n+1`` unit cells. Group ``j`` has hats of height 1/2 at
``j(n+1) + i``, ``i = 1..n``; between groups, on a *gap* of length 1 around ``j(n+1)``, there are none. ``f = h Σ
±hat``, ``h = 1/cells``: 1-Lipschitz, with ``N = m n`` signs.

*Where in its group.* Folds at ``c = (n+1) 2^k``: ``Y <- Y - a - b``, ``a = [Y - c + 1/4]+``, ``b = [Y - c - 1/4]+``,
leave ``Y`` between 0 and ``n+1``, the place in a group (odd groups run backwards). ``2(a - b)`` is a bit of the group's
Gray code: 0 before the gap, 1 behind it. So ``G``, the code, is constant on every group, and ``V = Σ_c δ_c [G - c]+``
can have any value there: the group's signs as digits 0 and 2 in base 4.

*Bits.* ``P = [4V-1]+``, ``Q = [4V-2]+``: ``b = P - Q`` is the first digit's bit, always in ``[0, 1]``, and ``V <- 4V - 2P + 2Q``.

*Hats.* ``R_0 = [Y - 1/2]+``, ``R_i = [R_{i-1} - 1]+``, ``q = [R_{i-1} - 1/2]+``: ``hat_i = R_{i-1} - 2q + R_i``, and
``[b + hat_i - 1]+`` is ``hat_i`` for ``b = 1``, 0 for ``b = 0``, and 0 where ``hat_i = 0``, whatever ``b`` in ``[0,
1]`` is. ``C``, which begins with 1, adds up ``2[…]+ - hat_i``.

*Gaps.* All hats are 0 there, so the function is right for all real ``x``. But ``V`` moves from one value to the next,
through up to ``3^n`` pieces of the ``n``-th bit. So ``V`` is held down: with ``u`` four times the depth in the gap, ``V
<- [V - u]+`` and ``u <- 8u`` at every step, ``V`` is 0 before it has moved by more than 1/4, and every value has a
number of pieces that is linear in ``m``. What is claimed for all reals can be looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from gmpy2 import mpq

from exactnet.kernel.errors import FormatError
from exactnet.kernel.network import AFFINE, RELU, Network, Node

__all__ = ["deep_bumps", "shallow_bumps"]

Form = dict[str, mpq]
_HALF, _QUARTER = mpq(1, 2), mpq(1, 4)


def _sum(*parts: tuple[int | mpq, Mapping[str, mpq]]) -> Form:
    total: Form = {}
    for factor, form in parts:
        for name, weight in form.items():
            total[name] = total.get(name, mpq(0)) + factor * weight
    return {name: weight for name, weight in total.items() if weight}


class _Layers:
    """ReLUs layer by layer; a value that is read later is passed on."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.depth = 0

    def relu(self, name: str, form: Mapping[str, mpq], bias: int | mpq = 0) -> Form:
        """A ReLU of this layer, as a form."""
        self.nodes.append(Node(f"{name}{self.depth}", RELU, dict(form), mpq(bias)))
        return {f"{name}{self.depth}": mpq(1)}


def _check(signs: Sequence[Sequence[int]]) -> tuple[int, int]:
    groups, bits = len(signs), len(signs[0]) if signs else 0
    if groups < 2 or bits < 1 or any(len(row) != bits or not set(row) <= {0, 1} for row in signs):
        raise FormatError("bumps have at least 2 groups of the same positive number of signs, 0 or 1")
    return groups, bits


def deep_bumps(signs: Sequence[Sequence[int]]) -> Network:
    """The deep network: about ``3m + 31n + 14 log2 m`` parameters, depth ``n + log2 m + 5``.

    Parameters
    ----------
    signs : sequence of sequence of int
        For each of at least two groups its signs, 1 for a bump upwards and 0 for one downwards.

    >>> net = deep_bumps([[1, 0], [0, 0]])
    >>> [str(net([mpq(i, 6)])[0]) for i in range(7)]
    ['0', '1/12', '-1/12', '0', '-1/12', '-1/12', '0']
    """
    groups, bits = _check(signs)
    cells, levels = groups * (bits + 1), (groups - 1).bit_length()
    net = _Layers()
    place, code = {"x": mpq(cells)}, Form()
    for level in reversed(range(levels)):
        net.depth += 1
        c = (bits + 1) << level
        kept = net.relu("Y", place)
        a, b = net.relu("a", place, _QUARTER - c), net.relu("b", place, -_QUARTER - c)
        code = _sum((2 << level, a), (-(2 << level), b), (1, net.relu("G", code) if code else {}))
        place = _sum((1, kept), (-1, a), (-1, b))
    net.depth += 1
    place, code = net.relu("Y", place), net.relu("G", code)
    net.depth += 1
    kept = net.relu("Y", place)
    value, first = _lookup(net, code, _stacks(signs))
    net.depth += 1
    held = net.relu("V", value, first)
    rest = net.relu("R", kept, -_HALF)
    below = net.relu("below", _sum((-1, kept)), _HALF)
    beyond = net.relu("beyond", kept, -_HALF - bits)
    down = _sum((4, below), (4, beyond))
    counted: Form = {}
    chosen: Form = {}
    hat: Form = {}
    for step in range(bits):
        value = _sum((1, held), (-1, down))
        before_hat, before_bit = hat, _bit(net.nodes, net.depth) if step else {}
        net.depth += 1
        if step:
            counted, chosen = _count(net, counted, chosen, before_bit, before_hat, step == 1)
        v = net.relu("V", value)
        high, higher = net.relu("P", _sum((4, value)), -1), net.relu("Q", _sum((4, value)), -2)
        down = _sum((8, net.relu("u", down)))
        held = _sum((4, v), (-2, high), (2, higher))
        passed, middle, rest = net.relu("S", rest), net.relu("q", rest, -_HALF), net.relu("R", rest, -1)
        hat = _sum((1, passed), (-2, middle), (1, rest))
    last_bit = _bit(net.nodes, net.depth)
    net.depth += 1
    counted, chosen = _count(net, counted, chosen, last_bit, hat, bits == 1)
    h = mpq(1, cells)
    output = Node("y", AFFINE, _sum((h, counted), (2 * h, chosen)), -h)
    return Network(["x"], [*net.nodes, output], ["y"])


def _bit(nodes: Sequence[Node], depth: int) -> Form:
    return {f"P{depth}": mpq(1), f"Q{depth}": mpq(-1)}


def _count(
    net: _Layers, counted: Form, chosen: Form, bit: Form, hat: Form, begins: bool
) -> tuple[Form, Form]:
    """The next ``C`` and ``[b + hat - 1]+``."""
    total = net.relu("C", _sum((1, counted), (2, chosen), (-1, hat)), int(begins))
    return total, net.relu("B", _sum((1, bit), (1, hat)), -1)


def _stacks(signs: Sequence[Sequence[int]]) -> dict[int, mpq]:
    """The value of every group, by its Gray code; odd groups are read backwards."""
    stacks = {}
    for j, row in enumerate(signs):
        ordered = row if j % 2 == 0 else row[::-1]
        stacks[j ^ (j >> 1)] = sum((mpq(2 * b, 4 ** (i + 1)) for i, b in enumerate(ordered)), mpq(0))
    return stacks


def _lookup(net: _Layers, code: Form, stacks: Mapping[int, mpq]) -> tuple[Form, mpq]:
    """``Σ_c δ_c [G - c]+`` and a constant, by straight lines between the codes that occur."""
    codes = sorted(stacks)
    value, before = Form(), mpq(0)
    for c, after in pairwise(codes):
        slope = (stacks[after] - stacks[c]) / (after - c)
        if slope != before:
            value = _sum((1, value), (slope - before, net.relu(f"g{c}_", code, -c)))
        before = slope
    return value, stacks[codes[0]]


def shallow_bumps(signs: Sequence[Sequence[int]]) -> Network:
    """The same function in depth 2: one ReLU for each change of slope.

    >>> net = shallow_bumps([[1, 0], [0, 0]])
    >>> [str(net([mpq(i, 6)])[0]) for i in range(7)]
    ['0', '1/12', '-1/12', '0', '-1/12', '-1/12', '0']
    """
    groups, bits = _check(signs)
    h = mpq(1, groups * (bits + 1))
    changes: Form = {}
    kinks: dict[mpq, int] = {}
    for j, row in enumerate(signs):
        for i, up in enumerate(row, 1):
            centre, sign = j * (bits + 1) + i, 1 if up else -1
            for at, change in ((centre - _HALF, sign), (mpq(centre), -2 * sign), (centre + _HALF, sign)):
                kinks[at] = kinks.get(at, 0) + change
    nodes = []
    for number, (at, change) in enumerate(sorted(kinks.items()), 1):
        if change:
            nodes.append(Node(f"h{number}", RELU, {"x": mpq(1)}, -at * h))
            changes[f"h{number}"] = mpq(change)
    return Network(["x"], [*nodes, Node("y", AFFINE, changes)], ["y"])
