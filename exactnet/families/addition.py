"""Adding two numbers: depth 3 with weights at most 2, or depth 2 with weights that are powers of two.

References
----------
A. Chandra, L. Stockmeyer, U. Vishkin, *Constant depth reducibility*, SIAM J. Comput. 13, 1984 (carries by lookahead in constant
depth); N. Alon, J. Bruck, *Explicit constructions of depth-2 majority circuits for comparison and addition*, SIAM J. Discrete
Math. 7, 1994 (depth 2 is possible with small weights).
"""

from __future__ import annotations

from exactnet.families.family import Family, Instance, Option
from exactnet.families.gates import Circuit, number

__all__ = ["ADDITION", "addition"]


def addition(*, n: int, kind: str) -> Instance:
    """``a + b`` for two numbers of ``n`` bits; inputs ``a{n-1} … a0 b{n-1} … b0``, outputs ``s{n} … s0``.

    With ``c_i`` the carry into bit ``i``, bit ``i`` of the sum is ``a_i + b_i + c_i - 2c_{i+1}``.

    ``large``: depth 2; ``c_i = 1[a + b >= 2^i]`` for the lowest ``i`` bits, weights ``2^(i-1)``.
    ``small``: depth 3, weights at most 2, ``n(n+5)/2`` gates; ``g_j`` generates a carry, ``p_j - g_j`` passes one on, and
    ``c_i`` is the sum over ``j < i`` of "``j`` generates and all above it pass on", of which at most one is true.

    >>> net = addition(n=3, kind="small").network
    >>> [int(bit) for bit in net([1, 1, 0, 0, 1, 1])]
    [1, 0, 0, 1]
    """
    a, b = number("a", n)[::-1], number("b", n)[::-1]
    circuit = Circuit([*number("a", n), *number("b", n)])
    carries: list[dict[str, int]] = [{}]
    if kind == "large":
        for i in range(1, n + 1):
            weights = {x: 1 << j for v in (a, b) for j, x in enumerate(v[:i])}
            carries.append({circuit.gate(f"c{i}" if i < n else f"s{n}", weights, 1 << i): 1})
    else:
        generates = [circuit.gate(f"g{j}", {a[j]: 1, b[j]: 1}, 2) for j in range(n)]
        ones = [circuit.gate(f"p{j}", {a[j]: 1, b[j]: 1}, 1) for j in range(1, n)]
        for i in range(1, n + 1):
            carry = {generates[i - 1]: 1}
            for j in range(i - 1):
                between = range(j + 1, i)
                passing = {ones[k - 1]: 1 for k in between} | {generates[k]: -1 for k in between}
                carry[circuit.gate(f"c{i}_{j}", {generates[j]: 1} | passing, i - j)] = 1
            carries.append(carry)
        circuit.gate(f"s{n}", carries[n], 1)
    for i in range(n):
        out = dict.fromkeys(carries[i + 1], -2)
        circuit.gate(f"s{i}", {a[i]: 1, b[i]: 1} | carries[i] | out, 1)
    return circuit.instance(number("s", n + 1))


ADDITION = Family(
    "addition",
    "the sum of two n-bit numbers: depth 3 with weights at most 2, or depth 2 with weights 2^i",
    (
        Option("n", "int", 4, "bits of each number", 1, 500),
        Option("kind", "choice", "small", "small weights, or large", choices=("small", "large")),
    ),
    addition,
)
