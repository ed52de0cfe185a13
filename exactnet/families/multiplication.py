"""Multiplying two numbers: depth 5 with weights at most 2n, or depth 3 with weights that are powers of two.

References
----------
K.-Y. Siu, J. Bruck, *On the power of threshold circuits with small weights*, SIAM J. Discrete Math. 4, 1991 (constant depth);
T. Hofmeister, W. Hohberg, S. Köhling, *Some notes on threshold circuits, and multiplication in depth 4*, Inf. Process. Lett. 39,
1991; K.-Y. Siu, V. Roychowdhury, *On optimal depth threshold circuits for multiplication and related problems*, SIAM J. Discrete
Math. 7, 1994 (depth 3 with small weights, which is the least: docs/classical.md).
"""

from __future__ import annotations

from exactnet.families.family import Family, Instance, Option
from exactnet.families.gates import Circuit, number

__all__ = ["MULTIPLICATION", "base", "multiplication"]


def multiplication(*, n: int, kind: str) -> Instance:
    """``a·b`` for two numbers of ``n`` bits; inputs ``a{n-1} … a0 b{n-1} … b0``, outputs ``m{2n-1} … m0``.

    Both kinds begin with the products ``z_{ij} = a_i ∧ b_j``.

    ``large``: depth 3; bit ``k`` depends on ``F_k = Σ_{i+j<=k} 2^(i+j) z_{ij}`` alone, and is ``Σ_t (-1)^(t+1) 1[F_k >= t·2^k]``,
    rounded by one gate.

    ``small``: depth 5. In base ``β``, the least power of two that is at least ``n`` (and 2), the product is ``Σ_b A_b β^b`` with
    ``A_b <= n(β-1)``. Layer 2 has ``hi_b = floor(A_b/β)``, a sum of at most ``n-1`` gates. So ``D_b = A_b - β hi_b + hi_{b-1}`` is
    a form with values up to ``2β-2``, and the product is ``Σ_b D_b β^b``: two numbers. Layer 3 compares each ``D_b`` with all its
    values; exact sums of these gates are the bits of ``D_b`` and of ``D_b + 1``, and whether ``D_b`` generates or passes on a
    carry. Layer 4 has, for each ``j < b``, "a carry arrives from ``j``, and the bit of ``D_b`` (or of ``D_b + 1``) is 1": at most
    one arrives, so layer 5 takes the bit of ``D_b``, less the first of these, and the second. Weights are at most ``2n``.

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
    size, beta = base(len(columns) // 2)
    carried: list[str] = []  # how many there are is floor(A_{b-1}/β)
    arriving: dict[int, dict[str, int]] = {}  # by j: that the digit j generates a carry, and all above it pass it on
    for b, start in enumerate(range(0, len(columns), size)):
        block = columns[start : start + size]
        form = {z: 1 << place for place, column in enumerate(block) for z in column}
        whole, most = circuit.sum(f"A{b}", form), sum(form.values())
        high = [circuit.gate(f"A{b}>={t * beta}", {whole: 1}, t * beta) for t in range(1, most // beta + 1)]
        digit = circuit.sum(f"D{b}", {whole: 1} | dict.fromkeys(high, -beta) | dict.fromkeys(carried, 1))
        top = min(most, beta - 1) + len(carried)
        gates = {t: circuit.gate(f"D{b}>={t}", {digit: 1}, t) for t in range(1, top + 1)}
        for place in range(len(block)):
            name, form = f"m{start + place}", {}
            for more, sign in (("", -1), ("+1", 1)):  # the bit of D_b, and where a carry arrives that of D_b + 1 in its place
                values = [(total + (sign > 0)) >> place & 1 for total in range(top + 1)]
                jumps = {gates[t]: values[t] - values[t - 1] for t in gates if values[t] != values[t - 1]}
                bit = circuit.sum(f"D{b}{more}:{place}", jumps, values[0])
                form |= {} if sign > 0 else {bit: 1}
                for j, arrives in arriving.items():
                    form[circuit.gate(f"{name}:{j}{more}", arrives | {bit: 1}, b - j + 1)] = sign
            circuit.gate(name, form, 1)
        passes = {gates[t]: sign for t, sign in ((beta - 1, 1), (beta, -1)) if t in gates}
        arriving = {j: arrives | passes for j, arrives in arriving.items() if passes}
        arriving |= {b: {gates[beta]: 1}} if beta in gates else {}
        carried = high


def base(n: int) -> tuple[int, int]:
    """The binary places of a digit of the kind ``small``, and its base ``β``, the least power of two that is at least ``n`` and 2.

    >>> base(5)
    (3, 8)
    """
    size = max(1, (n - 1).bit_length())
    return size, 1 << size


MULTIPLICATION = Family(
    "multiplication",
    "the product of two n-bit numbers: depth 5 with weights at most 2n, or depth 3 with weights 2^i",
    (
        Option("n", "int", 3, "bits of each number", 1, 64),
        Option("kind", "choice", "small", "small weights, or large", choices=("small", "large")),
    ),
    multiplication,
)
