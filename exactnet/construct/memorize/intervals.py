"""Intervals of the line, each with a hash that puts its points into slots without a conflict (docs/memorize.md).

On an interval the network computes ``v = slope*z + start``, exactly. With ``v = (h + s)/2^K`` modulo 2, ``h = A*z +
b`` modulo ``2^(K+1)`` and ``s`` in ``[1/4, 3/8]``, folding ``v`` at ``2^(e-1), ..., 2, 1`` and halving it ``K`` times
(the tent ``2*min(v, 1-v)``) leaves ``s`` or ``1-s``; and the first ``a`` halvings see on which side of 1/2 they are:
these are the highest ``a`` bits of the Gray code of ``h``, or of ``2^(K+1)-1-h`` from ``2^K`` on. They are the
address of a slot. Points of one interval may share a slot if they share their label: so an interval goes on as long
as some ``(A, b)`` has no conflict, and a slot costs ``c`` bits however many points it serves. The choice of ``A`` and
``b`` is free of cost: they are the slope and the start that every interval needs.

*Two points share a slot with probability at most 2/q*, for places that differ modulo ``2^(K+1)``, ``A`` odd and ``b``
at random. Blocks of ``2^(K-a)`` values of ``h`` are ``2q`` in number; the slot is that of the block or of its mirror
image. One block for both: at most ``1/q``, by M. Dietzfelbinger, T. Hagerup, J. Katajainen, M. Penttonen, J.
Algorithms 25, 1997. The mirror image: for every ``A`` the blocks of both differ by ``D`` or ``D+1``; two blocks at
most are followed by their image after one of these, and ``b`` puts the first point into one of them with probability
``1/q``. So for ``q > 2n(n-1)`` at least half of all hashes keep any ``n`` points apart (:func:`keyed`). The search of
:func:`cut` finds much longer intervals, since labels may agree and many hashes are tried; how long they are is not proved.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Hash", "Interval", "cut", "keyed", "slot_of"]

#: Hashes that are tried for an interval, and the most entries of all their tables.
TRIES, ENTRIES = 2**15, 2**24
Numbers = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class Hash:
    """``halvings`` (``K``, at most 30 for :func:`cut`) and the ``address`` bits (``a``) among them."""

    halvings: int
    address: int

    @property
    def slots(self) -> int:
        return 1 << self.address


@dataclass(frozen=True)
class Interval:
    """The points ``start <= index < stop`` of the line, in order, with their hash, and what the network finds there: the label of
    every slot (-1: none), or fields: the numbers of the slots that are taken, each with the label."""

    start: int
    stop: int
    multiplier: int
    shift: int
    slots: tuple[int, ...]
    fields: tuple[tuple[int, int], ...] = ()


def slot_of(z: int, interval: Interval, shape: Hash) -> int:
    """The slot of a place of the line.

    >>> slot_of(3, Interval(0, 1, 5, 1, (0, 1)), Hash(3, 1))  # h = 0
    0
    """
    mask = (2 << shape.halvings) - 1
    h = (interval.multiplier * z + interval.shift) & mask
    cell = min(h, mask - h)
    return (cell ^ cell >> 1) >> (shape.halvings - shape.address)


def _slots(place: np.uint32, multipliers: Numbers, shifts: Numbers, shape: Hash) -> Numbers:
    """The slots of a place, modulo ``2^(K+1)``, by many hashes; modulo ``2^32``, which that divides, nothing is lost."""
    mask = np.uint32((2 << shape.halvings) - 1)
    h = (multipliers * place + shifts) & mask
    cell = np.minimum(h, mask - h)
    return np.asarray((cell ^ cell >> np.uint32(1)) >> np.uint32(shape.halvings - shape.address))


def cut(places: Sequence[int], labels: Sequence[int], shape: Hash, most: int | None = None) -> list[Interval]:
    """Cut the ascending places of points into intervals, each as long as some hash that is tried has no conflict.

    Parameters
    ----------
    most : stop after so many intervals; None for all.

    >>> [(interval.start, interval.stop) for interval in cut([0, 3, 4, 9], [0, 0, 1, 0], Hash(0, 0))]
    [(0, 2), (2, 3), (3, 4)]
    """
    tries = min(TRIES, ENTRIES // shape.slots, 4 << 2 * shape.halvings)
    draws = random.Random(0)
    multipliers, shifts = (np.array([draws.getrandbits(shape.halvings + 1) for _ in range(tries)], np.uint32) for _ in "Ab")
    multipliers |= 1
    kind = np.min_scalar_type(-1 - max(labels))
    residues = [z % (2 << shape.halvings) for z in places]
    intervals: list[Interval] = []
    start = 0
    while start < len(places) and (most is None or len(intervals) < most):
        intervals.append(_longest(residues, labels, start, shape, multipliers, shifts, kind))
        start = intervals[-1].stop
    return intervals


def keyed(places: Sequence[int], labels: Sequence[int], shape: Hash, points: int) -> list[Interval]:
    """Cut ascending places, below ``2^(K+1)``, into intervals of so many points, each with a hash without a conflict.

    ``q > 2n(n-1)`` slots for ``n`` points, so that two hashes are drawn for an interval on average, whatever the points.

    >>> [interval.fields for interval in keyed([0, 3, 4, 5], [0, 0, 1, 0], Hash(4, 4), 3)]
    [((10, 0), (3, 0), (4, 1)), ((5, 0),)]
    """
    assert shape.slots > 2 * points * (points - 1)
    assert places[-1] < 2 << shape.halvings
    draws, intervals = random.Random(0), list[Interval]()
    for start in range(0, len(places), points):
        stop = min(start + points, len(places))
        taken: dict[int, int] = {}
        while not taken:
            multiplier, shift = draws.getrandbits(shape.halvings + 1) | 1, draws.getrandbits(shape.halvings + 1)
            drawn = Interval(start, stop, multiplier, shift, ())
            for place, label in zip(places[start:stop], labels[start:stop], strict=True):
                if taken.setdefault(slot_of(place, drawn, shape), label) != label:
                    taken = {}
                    break
        intervals.append(Interval(start, stop, multiplier, shift, (), tuple(taken.items())))
    return intervals


def _longest(
    places: Sequence[int],
    labels: Sequence[int],
    start: int,
    shape: Hash,
    multipliers: Numbers,
    shifts: Numbers,
    kind: np.dtype[Any],
) -> Interval:
    """The longest interval from ``start`` on without a conflict; ``kind`` is an integer type for labels and -1."""
    tables = np.full((len(multipliers), shape.slots), -1, kind)
    first, alive = np.arange(len(tables)) * shape.slots, np.ones(len(tables), np.bool_)
    stop = start
    while stop < len(places):
        at = first + _slots(np.uint32(places[stop]), multipliers, shifts, shape)
        held = tables.ravel()[at]
        fits = alive & ((held < 0) | (held == labels[stop]))
        if not fits.any():
            break
        tables.ravel()[at] = labels[stop]  # of hashes that do not fit too: they are not looked at again
        alive, stop = fits, stop + 1
        if 2 * np.count_nonzero(alive) < len(alive):
            multipliers, shifts, tables = multipliers[alive], shifts[alive], tables[alive]
            first, alive = np.arange(len(tables)) * shape.slots, np.ones(len(tables), np.bool_)
    best = int(np.argmax(alive))
    return Interval(start, stop, int(multipliers[best]), int(shifts[best]), tuple(tables[best].tolist()))
