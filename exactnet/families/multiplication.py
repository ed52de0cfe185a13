"""Multiplying two numbers: depth 5 with polynomial weights, or depth 3 with weights that are powers of two.

References
----------
K.-Y. Siu, J. Bruck, *On the power of threshold circuits with small weights*, SIAM J. Discrete Math. 4, 1991 (constant depth);
T. Hofmeister, W. Hohberg, S. Köhling, *Some notes on threshold circuits, and multiplication in depth 4*, Inf. Process. Lett. 39,
1991; K.-Y. Siu, V. Roychowdhury, *On optimal depth threshold circuits for multiplication and related problems*, SIAM J. Discrete
Math. 7, 1994 (depth 3 with small weights, which is the least: docs/classical.md).
"""

from __future__ import annotations

from collections.abc import Callable

from exactnet.families.family import Family, Instance, Option
from exactnet.families.gates import Circuit, number

__all__ = ["MULTIPLICATION", "multiplication"]


def multiplication(*, n: int, kind: str) -> Instance:
    """``a·b`` for two numbers of ``n`` bits; inputs ``a{n-1} … a0 b{n-1} … b0``, outputs ``m{2n-1} … m0``.

    Both kinds begin with the products ``z_{ij} = a_i ∧ b_j``.

    ``large``: depth 3; bit ``k`` depends on ``F_k = Σ_{i+j<=k} 2^(i+j) z_{ij}`` alone, and is ``Σ_t (-1)^(t+1) 1[F_k >= t·2^k]``,
    rounded by one gate.

    ``small``: depth 5. In base ``β``, the least power of two that is at least ``n`` (and 2), the product is ``Σ_b A_b β^b`` with
    digits ``A_b <= n(β-1)``, so ``hi_b = floor(A_b/β) <= β-1``. Layer 2 has gates on the pairs ``(A_b, A_{b-1})``; exact sums of
    them are the bits of ``D_b = A_b mod β + hi_{b-1}`` and of ``D_b + 1``, and whether ``D_b`` generates or passes on a carry.
    Layer 3 has the carries, layer 4 takes the bits of ``D_b`` or of ``D_b + 1``, layer 5 joins the two. Weights are at most
    ``2n^3``.

    >>> net = multiplication(n=2, kind="small").network
    >>> [int(bit) for bit in net([1, 1, 1, 0])]
    [0, 1, 1, 0]
    """
    circuit = Circuit([*number("a", n), *number("b", n)])
    columns: list[list[str]] = [[] for _ in range(2 * n)]
    for i in range(n):
        for j in range(n):
            columns[i + j].append(circuit.all_of(f"z{i}_{j}", (f"a{i}", f"b{j}")))
    (_with_large_weights if kind == "large" else _with_small_weights)(circuit, columns)
    return circuit.instance(number("m", 2 * n))


def _with_large_weights(circuit: Circuit, columns: list[list[str]]) -> None:
    below: dict[str, int] = {}
    most = 0
    for k, column in enumerate(columns):
        below = {circuit.sum(f"F{k}", below | dict.fromkeys(column, 1 << k)): 1}
        most += len(column) << k
        gates = [circuit.gate(f"F{k}>={t}", below, t << k) for t in range(1, (most >> k) + 1)]
        circuit.gate(f"m{k}", {gate: (-1) ** t for t, gate in enumerate(gates)}, 1)


def _with_small_weights(circuit: Circuit, columns: list[list[str]]) -> None:
    size = max(1, (len(columns) // 2 - 1).bit_length())  # binary places of a digit
    beta = 1 << size
    blocks = [columns[start : start + size] for start in range(0, len(columns), size)]
    digits = [{z: 1 << place for place, column in enumerate(block) for z in column} for block in blocks]
    sums = [_BlockSum(circuit, b, digits[b], digits[b - 1] if b else {}, beta) for b in range(len(blocks))]
    generates = [block.bit("g", lambda total: int(total >= beta)) for block in sums]
    passes = [block.bit("p", lambda total: int(total == beta - 1)) for block in sums]
    for b, block in enumerate(blocks):
        carry = [
            circuit.all_of(f"c{b}_{j}", [generates[j], *passes[j + 1 : b]]) for j in range(b)
        ]
        for place in range(len(block)):
            name = f"m{b * size + place}"
            plain = sums[b].bit(f"u{place}_", lambda total, place=place: total >> place & 1)  # type: ignore[misc]
            more = sums[b].bit(f"v{place}_", lambda total, place=place: (total + 1) >> place & 1)  # type: ignore[misc]
            without = circuit.gate(f"{name}_0", {plain: 1} | dict.fromkeys(carry, -1), 1)
            with_carry = circuit.gate(f"{name}_1", {more: 1} | dict.fromkeys(carry, 1), 2)
            circuit.any_of(name, (without, with_carry))


class _BlockSum:
    """Bits that depend on ``D_b = A_b mod β + floor(A_{b-1}/β)``, as exact sums of gates on the pair."""

    def __init__(self, circuit: Circuit, b: int, digit: dict[str, int], below: dict[str, int], beta: int) -> None:
        self._made, self._b = circuit, b
        width = sum(below.values()) + 1
        self._form = {z: c * width for z, c in digit.items()} | below
        most = sum(digit.values())
        self._totals = [a % beta + low // beta for a in range(most + 1) for low in range(width)]
        self._gates: dict[int, str] = {}

    def bit(self, name: str, of: Callable[[int], int]) -> str:
        """A function of ``D_b`` with values 0 and 1."""
        values = [of(total) for total in self._totals]
        jumps = {t: values[t] - values[t - 1] for t in range(1, len(values)) if values[t] != values[t - 1]}
        return self._made.sum(f"{name}{self._b}", {self._gate(t): jump for t, jump in jumps.items()}, values[0])

    def _gate(self, t: int) -> str:
        if t not in self._gates:
            self._gates[t] = self._made.gate(f"F{self._b}>={t}", self._form, t)
        return self._gates[t]


MULTIPLICATION = Family(
    "multiplication",
    "the product of two n-bit numbers: depth 5 with polynomial weights, or depth 3 with weights 2^i",
    (
        Option("n", "int", 3, "bits of each number", 1, 64),
        Option("kind", "choice", "small", "small weights, or large", choices=("small", "large")),
    ),
    multiplication,
)
