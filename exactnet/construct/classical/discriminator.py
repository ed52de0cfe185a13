"""The discriminator lemma: what a circuit of depth 2 must weigh, computed exactly for functions of few bits (docs/classical.md).

A truth table is an integer: bit ``x`` is the value at input ``x`` of the cube, the first input being the most significant bit.

References
----------
A. Hajnal, W. Maass, P. Pudlák, M. Szegedy, G. Turán, *Threshold circuits of bounded depth*, J. Comput. Syst. Sci. 46, 1993 (the
discriminator lemma; the inner product mod 2 needs exponential size in depth 2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations_with_replacement, product

import numpy as np
import numpy.typing as npt
from gmpy2 import mpq

from exactnet.claims.statements import kind_of
from exactnet.construct.barriers.threshold_functions import Gate
from exactnet.engine.block import compile_network
from exactnet.kernel.domain import Cube
from exactnet.kernel.errors import DomainError, NetworkError
from exactnet.kernel.network import Network

__all__ = ["best_discriminator", "inner_product_weights", "truth_table"]


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

