"""E2: a finite theorem on what networks of one shape cannot approximate, and its numbers.

Part of the trusted base. Dense layered networks of widths ``n_0 = 1, n_1, …, n_l, n_{l+1} = 1``, an activation that is
1-Lipschitz with value 0 at 0, an affine output, parameters in ``[-w, w]``, inputs in ``[0, 1]``. With

``v_0 = 1``, ``v_i = w (n_{i-1} v_{i-1} + 1)``;  ``L_0 = 0``, ``L_i = (n_{i-1} v_{i-1} + 1) + w n_{i-1} L_{i-1}``

no value in layer ``i`` exceeds ``v_i``, and moving every parameter by at most ``e`` moves it by at most ``L_i e``. So
with ``e = theta/(2L)`` the networks with parameters at the centres of ``ceil(2wL/theta)`` intervals of length ``2e``
are within ``theta/2`` of all. If the functions of a set of ``2^N`` are ``2 theta`` apart and fewer than ``2^N``
networks are centres, then some function of the set is ``theta/2`` or more from every network: else two of them would be
less than ``theta`` from one centre.

The set: ``N`` cells of length ``h``, ``N h <= 1``; on each a hat of height ``h/2`` with slopes 1 and -1, upwards or
downwards. Two of these functions are ``h`` apart at a peak.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from gmpy2 import mpq

from exactnet.kernel.errors import RefusedError, SizeError

__all__ = ["Exclusion", "centres", "excluded", "lipschitz", "parameters", "verify"]

#: The most hats, layers, and bits of a width or of the weights.
MAX_HATS, MAX_LAYERS, MAX_BITS = 2**22, 10**4, 64


@dataclass(frozen=True)
class Exclusion:
    """What is claimed: some function of ``hats`` hats on cells of length ``cell`` is ``theta/2`` or more from every network.

    Attributes
    ----------
    widths : sequence of int
        Of the hidden layers.
    weight : int
        ``w``.
    """

    hats: int
    cell: mpq
    theta: mpq
    widths: Sequence[int]
    weight: int


def parameters(widths: Sequence[int]) -> int:
    """Weights and biases of the dense network with these hidden layers.

    >>> parameters([17])
    52
    """
    return sum(after * (before + 1) for before, after in pairwise([1, *widths, 1]))


def lipschitz(widths: Sequence[int], weight: int) -> int:
    """``L``: how far the output moves for each unit that all parameters may move.

    >>> lipschitz([2], 1)
    9
    """
    value, moved = 1, 0
    for n in [1, *widths]:
        value, moved = weight * (n * value + 1), n * value + 1 + weight * n * moved
    return moved


def centres(widths: Sequence[int], weight: int, theta: mpq) -> int:
    """``ceil(2wL/theta)``: intervals for each parameter."""
    ratio = 2 * weight * lipschitz(widths, weight) / theta
    return int(-(-ratio.numerator // ratio.denominator))


def excluded(hats: int, widths: Sequence[int], weight: int, theta: mpq) -> bool:
    """Whether ``centres^parameters < 2^hats``; by lengths in bits where they decide.

    >>> excluded(1024, [16], 2, mpq(1, 2048)), excluded(1024, [17], 2, mpq(1, 2048))
    (True, False)
    """
    q, count = centres(widths, weight, theta), parameters(widths)
    if q.bit_length() * count <= hats:  # q < 2^bits
        return True
    if (q.bit_length() - 1) * count >= hats:  # q >= 2^(bits - 1)
        return False
    return bool(q**count < 1 << hats)


def verify(claim: Exclusion) -> None:
    """Confirm an exclusion.

    Raises
    ------
    RefusedError
        where a hypothesis fails or the inequality does not hold; the message shows the numbers that decide.
    SizeError
        for numbers that are too large.
    """
    bits = [n.bit_length() for n in (*claim.widths, claim.weight)]
    if claim.hats > MAX_HATS or len(claim.widths) > MAX_LAYERS or max(bits) > MAX_BITS:
        raise SizeError(f"at most {MAX_HATS} hats, {MAX_LAYERS} layers, widths and weights of {MAX_BITS} bits")
    if claim.hats < 1 or not claim.widths or min(claim.widths) < 1 or claim.weight < 1:
        raise RefusedError("hats, widths and w are positive integers")
    if not 0 < claim.hats * claim.cell <= 1:
        raise RefusedError(f"{claim.hats} cells of length {claim.cell} do not lie in [0, 1]")
    if not 0 < 2 * claim.theta <= claim.cell:
        peak = claim.cell / 2
        raise RefusedError(
            f"theta = {claim.theta} is more than half the least distance: the function with all hats upwards and the one with the "
            f"first downwards are {claim.cell} apart, at x = {peak}"
        )
    if not excluded(claim.hats, claim.widths, claim.weight, claim.theta):
        q, count = centres(claim.widths, claim.weight, claim.theta), parameters(claim.widths)
        raise RefusedError(
            f"not excluded: {count} parameters with {q.bit_length()} bits for each, up to {q.bit_length() * count} in all, "
            f"against 2^{claim.hats}, of {claim.hats + 1} bits"
        )
