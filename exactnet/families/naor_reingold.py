"""A pseudo-random function in the style of Naor and Reingold, with a group far too small for cryptography.

References
----------
M. Naor, O. Reingold, *Number-theoretic constructions of efficient pseudo-random functions*, J. ACM 51, 2004 (in constant depth);
M. Krause, S. Lucks, *Pseudorandom functions in TC0 and cryptographic limitations to proving lower bounds*, Comput. Complexity
10, 2001 (threshold circuits of depth 4 with polynomial weights).
"""

from __future__ import annotations

from itertools import count

from sympy import discrete_log, isprime, primitive_root

from exactnet.families.draws import Draws
from exactnet.families.family import Family, FamilyError, Instance, Option
from exactnet.families.gates import Circuit, number

__all__ = ["NAOR_REINGOLD", "draw_keys", "group", "naor_reingold"]


def group(order: int) -> tuple[int, int]:
    """The least prime ``P`` with ``order | P - 1``, and an element of that order modulo ``P``; ``order`` is prime.

    >>> group(5)
    (11, 4)
    """
    modulus = next(P for P in count(order + 1, order) if isprime(P))
    root = int(primitive_root(modulus))
    return modulus, pow(root, (modulus - 1) // order, modulus)


def draw_keys(n: int, order: int, seed: int) -> list[int]:
    """The keys ``a_0, …, a_n``, from 1 to ``order - 1``.

    >>> draw_keys(2, 5, 1) == draw_keys(2, 5, 1), len(draw_keys(2, 5, 1))
    (True, 3)
    """
    draws = Draws(seed)
    return [1 + draws.below(order - 1) for _ in range(n + 1)]


def naor_reingold(*, n: int, order: int, seed: int, kind: str) -> Instance:
    """The bits of ``g^(a_0 · Π_{x_i = 1} a_i  mod q) mod P`` for random ``a_i`` from 1 to ``q-1`` and ``g`` of prime order ``q``.

    ``small``: depth 2, weights at most ``q-2``. With ``a_i = h^(l_i) mod q`` for a primitive root ``h``, everything is a function
    of the one form ``l_1 x_1 + … + l_n x_n <= n(q-2)``: gates where it changes, and one gate for each output. ``chain``: depth
    ``2n+1``; which of the ``q-1`` products has been reached, from factor to factor.

    Raises :class:`FamilyError` where ``order`` is not prime.

    >>> net = naor_reingold(n=2, order=5, seed=1, kind="small").network
    >>> len(net.outputs), {int(bit) for bit in net([1, 0])} <= {0, 1}
    (4, True)
    """
    if not isprime(order):
        raise FamilyError(f"--order: {order} is not a prime number")
    modulus, base = group(order)
    keys = draw_keys(n, order, seed)
    circuit = Circuit([f"x{i}" for i in range(1, n + 1)])
    outputs = number("y", (modulus - 1).bit_length())[::-1]
    table = [pow(base, exponent, modulus) for exponent in range(order)]
    if kind == "chain":
        _chain(circuit, keys, order, table, outputs)
    else:
        root = int(primitive_root(order)) if order > 2 else 1
        logs = [int(discrete_log(order, key, root)) if order > 2 else 0 for key in keys]
        form = dict(zip(circuit.inputs, logs[1:], strict=True))
        values = [table[pow(root, logs[0] + t, order)] for t in range(sum(logs[1:]) + 1)]
        gates = {t: circuit.gate(f"g{t}", form, t) for t in range(1, len(values)) if values[t] != values[t - 1]}
        for place, name in enumerate(outputs):
            bits = [value >> place & 1 for value in values]
            jumps = {gate: bits[t] - bits[t - 1] for t, gate in gates.items() if bits[t] != bits[t - 1]}
            circuit.gate(name, jumps, 1 - bits[0])
    return circuit.instance(outputs[::-1])


def _chain(circuit: Circuit, keys: list[int], order: int, table: list[int], outputs: list[str]) -> None:
    """``s{i}_{v}``: the product of the first ``i`` factors is ``v``."""
    reached = [f"s0_{v}" for v in range(order)]
    for v in range(1, order):
        circuit.sum(reached[v], {}, int(v == keys[0]))
    for i, key in enumerate(keys[1:], 1):
        following = [f"s{i}_{v}" for v in range(order)]
        for v in range(1, order):
            stay = circuit.gate(f"{following[v]}:stay", {reached[v]: 1, f"x{i}": -1}, 1)
            move = circuit.gate(f"{following[v]}:move", {reached[v * pow(key, -1, order) % order]: 1, f"x{i}": 1}, 2)
            circuit.any_of(following[v], (stay, move))
        reached = following
    for place, name in enumerate(outputs):
        circuit.any_of(name, [reached[v] for v in range(1, order) if table[v] >> place & 1])


NAOR_REINGOLD = Family(
    "naor-reingold",
    "powers of a group element to subset products, as of Naor and Reingold: depth 2 for a small group, or a chain",
    (
        Option("n", "int", 6, "number of inputs", 1, 1000),
        Option("order", "int", 11, "the prime order of the group", 2, 1000),
        Option("seed", "int", 1, "seed of the keys", 0, 2**32 - 1),
        Option("kind", "choice", "small", "depth 2, or a chain of products", choices=("small", "chain")),
    ),
    naor_reingold,
)
