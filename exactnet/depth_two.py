"""How many gates does depth 2 need? Exhaustion for functions of at most four bits, and the discriminator lemma for more.

A truth table is an integer: bit ``x`` is the value at input ``x``, the first input being the most significant bit of ``x``.
In a circuit of depth 2 the output gate reads ``s`` gates that read inputs; whatever the weights, these are ``s`` of the finitely
many threshold functions, of which for four bits all are known here, with a proof for each of the others that it is none.

References
----------
A. Hajnal, W. Maass, P. Pudlák, M. Szegedy, G. Turán, *Threshold circuits of bounded depth*, J. Comput. Syst. Sci. 46, 1993 (the
discriminator lemma; the inner product mod 2 needs exponential size in depth 2); S. Muroga, *Threshold logic and its applications*,
1971 (threshold functions of few variables).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, product

import numpy as np
import numpy.typing as npt
from gmpy2 import mpq

from exactnet.domain import Cube
from exactnet.errors import DomainError, NetworkError
from exactnet.evaluate.block import compile_network
from exactnet.measures import kind_of
from exactnet.network import Network, threshold

__all__ = [
    "Gate",
    "best_discriminator",
    "inner_product_weights",
    "least_depth_two",
    "summable",
    "threshold_functions",
    "truth_table",
]

Tables = npt.NDArray[np.int64]

#: The most inputs of an exhaustive search, and the weights that give all threshold functions of so many inputs.
MAX_INPUTS, WEIGHTS = 4, 3


@dataclass(frozen=True)
class Gate:
    """``1[weights·x >= at]``."""

    weights: tuple[int, ...]
    at: int


def truth_table(net: Network) -> list[int]:
    """The truth table of each output of a circuit on the cube.

    Raises :class:`NetworkError` for a network that is no circuit, and :class:`DomainError` for more than 20 inputs.

    >>> from exactnet.families import FAMILIES
    >>> [bin(table) for table in truth_table(FAMILIES["parity"].make(d=2, kind="threshold").network)]
    ['0b110']
    """
    if kind_of(net) != "circuit":
        raise NetworkError("a truth table is for threshold circuits")
    domain = Cube(len(net.inputs))
    if domain.d > 20:
        raise DomainError(f"a truth table of {domain.d} inputs is too large")
    block = compile_network(net, domain).block(0, domain.count)
    columns = (block.split(output, 1)[0] for output in range(len(net.outputs)))
    return [sum(1 << int(x) for x in np.flatnonzero(column)) for column in columns]


def _sums(weights: npt.NDArray[np.int64], n: int) -> npt.NDArray[np.int64]:
    """For each row of weights (one for each input) its sums on all inputs, in order."""
    inputs = np.array(list(product((0, 1), repeat=n)), np.int64)
    return weights @ inputs.T


def threshold_functions(n: int) -> dict[int, Gate]:
    """All threshold functions of ``n <= 4`` bits by their truth tables, each with a gate.

    That there are no others is what :func:`summable` proves, table by table (``tests/test_depth_two.py``).

    >>> [len(threshold_functions(n)) for n in (1, 2, 3)]
    [4, 14, 104]
    """
    if not 1 <= n <= MAX_INPUTS:
        raise DomainError(f"all threshold functions are listed for 1 to {MAX_INPUTS} inputs, not {n}")
    weights = np.array(list(product(range(-WEIGHTS, WEIGHTS + 1), repeat=n)), np.int64)
    weights = weights[np.argsort(np.abs(weights).sum(axis=1), kind="stable")]  # smallest first
    sums = _sums(weights, n)
    places = np.left_shift(1, np.arange(1 << n, dtype=np.int64))
    found: dict[int, Gate] = {}
    for at in sorted(range(-WEIGHTS * n, WEIGHTS * n + 2), key=abs):
        tables = (sums >= at) @ places
        for table, row in zip(tables.tolist(), weights.tolist(), strict=True):
            known = found.get(table)
            if known is None or sum(map(abs, row)) < sum(map(abs, known.weights)):
                found[table] = Gate(tuple(row), at)
    return found


def summable(n: int) -> Tables:
    """The truth tables ``T`` of ``n <= 4`` bits with inputs ``a + b = c + d``, where ``T`` is 1 at ``a, b`` and 0 at ``c, d``.

    Such a ``T`` is no threshold function: ``w·a + w·b >= 2t > w·c + w·d``.
    """
    if not 1 <= n <= MAX_INPUTS:
        raise DomainError(f"truth tables are listed for 1 to {MAX_INPUTS} inputs, not {n}")
    points = list(product((0, 1), repeat=n))
    by_sum: dict[tuple[int, ...], list[int]] = {}
    for i, a in enumerate(points):
        for j in range(i, len(points)):
            total = tuple(x + y for x, y in zip(a, points[j], strict=True))
            by_sum.setdefault(total, []).append(1 << i | 1 << j)
    tables = np.arange(1 << (1 << n), dtype=np.int64)
    found = np.zeros(len(tables), np.bool_)
    for pairs in by_sum.values():
        inside = [tables & pair == pair for pair in pairs]
        outside = [tables & pair == 0 for pair in pairs]
        found |= np.logical_or.reduce(inside) & np.logical_or.reduce(outside)
    return tables[found]


def least_depth_two(table: int, n: int) -> Network | None:
    """A circuit of depth 2 with the fewest gates for a function of ``n <= 4`` bits; None where more than three read inputs.

    Every threshold function of three bits is, up to the order and the complements of the bits, one of them, ``a ∧ b``,
    ``a ∧ b ∧ c``, ``a ∧ (b ∨ c)``, the majority, or the complement of one of these; and complements of gates are gates. So the
    search looks at all circuits with at most three gates below the output.

    >>> from exactnet.measures import measure
    >>> made = least_depth_two(0b0110, 2)
    >>> measure(made).gates
    3
    """
    gates = threshold_functions(n)
    full = (1 << (1 << n)) - 1
    if not 0 <= table <= full:
        raise DomainError(f"a truth table of {n} bits is from 0 to {full}")
    if table in gates:
        return _circuit([gates[table]], n, (), 0)
    tables = np.array(sorted(gates), np.int64)
    for shape in (_both, _all_three, _one_and_either, _two_of_three):
        for wanted, negated in ((table, False), (table ^ full, True)):
            found = shape(tables, wanted, full)
            if found is not None:
                below, weights, at = found
                if negated:  # 1 - 1[w·y >= t] = 1[-w·y >= 1 - t]
                    weights, at = tuple(-w for w in weights), 1 - at
                return _circuit([gates[one] for one in below], n, weights, at)
    return None


Found = tuple[list[int], tuple[int, ...], int] | None


def _both(tables: Tables, f: int, full: int) -> Found:
    """``f = a ∧ b``."""
    above = tables[tables & f == f]
    for a in above.tolist():
        hit = above[above & a == f]
        if len(hit):
            return [a, int(hit[0])], (1, 1), 2
    return None


def _all_three(tables: Tables, f: int, full: int) -> Found:
    """``f = a ∧ b ∧ c``."""
    above = tables[tables & f == f]
    for i, a in enumerate(above.tolist()):
        meets = np.unique(above[i:] & a)
        rows = meets[:, None] & above[None, :] == f
        hit = np.argwhere(rows)
        if len(hit):
            meet, c = int(meets[hit[0, 0]]), int(above[hit[0, 1]])
            b = next(b for b in above.tolist() if b & a == meet)
            return [a, b, c], (1, 1, 1), 3
    return None


def _one_and_either(tables: Tables, f: int, full: int) -> Found:
    """``f = a ∧ (b ∨ c)``."""
    for a in tables[tables & f == f].tolist():
        below = tables[tables & a & ~f == 0]
        parts, first = np.unique(below & a, return_index=True)
        hit = np.argwhere(parts[:, None] | parts[None, :] == f)
        if len(hit):
            b, c = (int(below[first[k]]) for k in hit[0])
            return [a, b, c], (2, 1, 1), 3
    return None


def _two_of_three(tables: Tables, f: int, full: int) -> Found:
    """``f`` is the majority of ``a``, ``b`` and ``c``."""
    for i, a in enumerate(tables.tolist()):
        others = tables[i:]
        fitting = others[(others & a & ~f == 0) & (~(others | a) & f == 0)]
        for b in fitting.tolist():
            hit = tables[tables & (a ^ b) == f & (a ^ b)]
            if len(hit):
                return [a, b, int(hit[0])], (1, 1, 1), 2
    return None


def _circuit(below: Sequence[Gate], n: int, weights: Sequence[int], at: int) -> Network:
    """The circuit with these gates and an output gate on them; one gate is the output itself."""
    inputs = [f"x{i}" for i in range(1, n + 1)]
    if len(below) == 1:
        (gate,) = below
        return Network(inputs, [threshold("y", dict(zip(inputs, gate.weights, strict=True)), -gate.at)], ["y"])
    nodes = [threshold(f"g{i}", dict(zip(inputs, gate.weights, strict=True)), -gate.at) for i, gate in enumerate(below, 1)]
    outer = {node.id: weight for node, weight in zip(nodes, weights, strict=True)}
    return Network(inputs, [*nodes, threshold("y", outer, -at)], ["y"])


def inner_product_weights(n: int, most: int) -> Iterator[tuple[int, ...]]:
    """Weights of ``x_1 … x_n y_1 … y_n`` from ``-most`` to ``most``, one of every orbit under permutations of the indices.

    >>> sum(1 for _ in inner_product_weights(1, 1))
    9
    """
    pairs = list(product(range(-most, most + 1), repeat=2))
    for chosen in combinations_with_replacement(pairs, n):
        yield (*(x for x, _ in chosen), *(y for _, y in chosen))


def best_discriminator(table: Sequence[int], weights: Iterable[Sequence[int]]) -> tuple[mpq, Gate]:
    """The gate ``g`` with the largest ``|P(g = 1 | f = 1) - P(g = 1 | f = 0)|``, of all thresholds for the given weights.

    By the discriminator lemma, if ``f = 1[Σ w_i g_i >= t]`` with integers ``w_i`` and gates among these, ``Σ|w_i|`` times this
    number is at least 1: a lower bound for the weights of an output gate, and for the number of gates where its weights are 1.

    Parameters
    ----------
    table : the values of ``f`` on the cube, in its order; not constant.
    weights : one weight for each input.

    >>> value, gate = best_discriminator([0, 1, 1, 0], product((-1, 0, 1), repeat=2))
    >>> value
    mpq(1,2)
    """
    f = np.array(table, np.int64)
    ones = int(f.sum())
    zeros = len(f) - ones
    if not ones or not zeros:
        raise DomainError("a constant function has no discriminator")
    n = (len(f) - 1).bit_length()
    signed = np.where(f == 1, zeros, -ones)  # ones·zeros times the difference of the two probabilities
    best, gate = -1, Gate((), 0)
    rows = iter(weights)
    while True:
        some = np.array([row for _, row in zip(range(4096), rows, strict=False)], np.int64)
        if not len(some):
            break
        sums = _sums(some, n)
        order = np.argsort(-sums, axis=1, kind="stable")
        descending = np.take_along_axis(sums, order, axis=1)
        totals = np.abs(np.cumsum(signed[order], axis=1))
        totals[:, :-1][descending[:, :-1] == descending[:, 1:]] = -1  # a threshold takes all inputs of one sum or none
        row, column = np.unravel_index(int(np.argmax(totals)), totals.shape)
        if int(totals[row, column]) > best:
            best, gate = int(totals[row, column]), Gate(tuple(some[row].tolist()), int(descending[row, column]))
    return mpq(best, ones * zeros), gate
