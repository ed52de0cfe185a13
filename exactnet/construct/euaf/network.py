"""The network: floors of shifted copies, one value decoded by each, and the median of all (docs/euaf.md has the proofs).

*Floor.* ``T(t) = (sigma(2t + 1/2) - 1/2)/2`` has period 1 and is ``t`` for ``|t| <= 1/4``. So ``t - T(t)`` is ``k`` for
``|t - k| <= 1/4``, and after ``r`` rounds for ``|t - k| <= 1/2 - 2^-(r+1)``.

*Decoder.* ``1 + sigma(-(q-1)) = 1/q`` and ``sigma(2w/q)`` with ``q = start + k*step`` (:mod:`.decoding`).

*Median.* ``max, min = (a+b)/2 +- |a-b|/2`` with ``|a-b| = sigma(a-b+2)``, by a sorting network; ``sigma`` is the identity on
[0, 1]. Neurons on which the middle one does not depend are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from gmpy2 import mpq

from exactnet.claims.euaf import Ends, EuafNetwork, Layer, Row
from exactnet.construct.euaf.decoding import Moduli
from exactnet.theory.euaf import rounds, sorting_network

__all__ = ["boolean_network", "cell_centre", "copies_network", "good_intervals"]

HALF, QUARTER = mpq(1, 2), mpq(1, 4)


def _form(bias: mpq | int, *terms: tuple[mpq | int, Row | int]) -> Row:
    """A sum of multiples of forms and of neurons."""
    weights: dict[int, mpq] = {}
    total = mpq(bias)
    for factor, part in terms:
        row = Row(mpq(0), {part: mpq(1)}) if isinstance(part, int) else part
        total += factor * row.bias
        for source, weight in row.weights.items():
            weights[source] = weights.get(source, mpq(0)) + factor * weight
    return Row(total, {source: weight for source, weight in sorted(weights.items()) if weight})


def cell_centre(cells: int, copies: int, copy: int, index: int) -> mpq:
    """Where copy ``s`` has its floor ``k`` in the middle, ``(k - s/m)/K``, clipped to [0, 1]."""
    return min(mpq(1), max(mpq(0), (index - mpq(copy, copies)) / cells))


def good_intervals(inputs: int, cells: int) -> tuple[tuple[Ends, ...], ...]:
    """Of each copy, intervals in [0, 1] on which its floor is constant, and every step to it affine."""
    copies = 2 * inputs + 1
    offsets = [HALF - mpq(1, 2 ** (i + 1)) for i in range(1, rounds(inputs) + 1)]
    offsets = [-offset for offset in reversed(offsets)] + offsets
    intervals = []
    for copy in range(copies):
        middles = [k - mpq(copy, copies) for k in range(cells + 2)]
        ends = [(t + low, t + high) for t in middles for low, high in pairwise(offsets)]
        clipped = [(max(mpq(0), low / cells), min(mpq(1), high / cells)) for low, high in ends]
        intervals.append(tuple((low, high) for low, high in clipped if low < high))
    return tuple(intervals)


def copies_network(
    inputs: int, cells: int, moduli: Moduli, weights: Sequence[int], low: mpq, high: mpq, steps: int | None = None
) -> tuple[EuafNetwork, int, int]:
    """The network, and how many of its layers decode, and decode or sort.

    Parameters
    ----------
    weights : of each copy, the integer that holds its values.
    low, high : the output where the median is 0, and 1.
    steps : the median times this is rounded to an integer before it is scaled, if given.
    """
    m, width = len(weights), cells + 2
    layers: list[Layer] = []
    floors = {(s, j): _form(mpq(s, m), (cells, j)) for s in range(m) for j in range(inputs)}
    for level in range(rounds(inputs)):
        rows = [] if level else [_form(0, (1, j)) for j in range(inputs)]
        copies = {}
        for (s, j), t in floors.items():
            if level:
                rows.append(_form(0, (mpq(1, width), t)))
            rows.append(_form(HALF, (2, t)))
            wave = len(rows) - 1
            kept = _form(0, (width, wave - 1)) if level else _form(mpq(s, m), (cells, j))
            copies[s, j] = _form(QUARTER, (1, kept), (-HALF, wave))
        layers.append(tuple(rows))
        floors = copies
    start, step = moduli
    indices = [_form(0, *((width**j, floors[s, j]) for j in range(inputs))) for s in range(m)]
    layers.append(tuple(_form(1 - start, (-step, index)) for index in indices))
    layers.append(tuple(_form(2 * w, (2 * w, s)) for s, w in enumerate(weights)))
    decoded = len(layers)
    median = _sorter(layers, m)
    ordered = len(layers)
    output = _form(low, (high - low, median))
    if steps is not None:
        layers.append((median, _form(HALF, (2 * steps, median))))
        output = _form(low + (high - low) * mpq(1, 4 * steps), (high - low, 0), ((low - high) / (2 * steps), 1))
    pruned, last = _without_dead(layers, output)
    return EuafNetwork(inputs, pruned, last), decoded, ordered


def _sorter(layers: list[Layer], m: int) -> Row:
    """Append layers that sort ``m`` values; the form of the middle one."""
    wires = [_form(0, (1, s)) for s in range(m)]
    for pairs in sorting_network(m):
        rows: list[Row] = []
        new: dict[int, Row] = {}
        for a, b in pairs:
            rows += [_form(2, (1, wires[a]), (-1, wires[b])), _form(0, (HALF, wires[a]), (HALF, wires[b]))]
            middle = len(rows) - 1
            new[a] = _form(0, (1, middle), (-HALF, middle - 1))
            new[b] = _form(0, (1, middle), (HALF, middle - 1))
        for a in set(range(m)) - set(new):
            rows.append(wires[a])
            new[a] = _form(0, (1, len(rows) - 1))
        layers.append(tuple(rows))
        wires = [new[a] for a in range(m)]
    return wires[m // 2]


def _without_dead(layers: Sequence[Layer], output: Row) -> tuple[tuple[Layer, ...], Row]:
    """The same without neurons that nothing reads."""
    kept: list[Layer] = []
    above: Layer = (output,)
    for layer in reversed(layers):
        read = sorted({source for row in above for source in row.weights})
        place = {source: number for number, source in enumerate(read)}
        kept.insert(0, tuple(_renamed(row, place) for row in above))
        above = tuple(layer[source] for source in read)
    return (above, *kept[:-1]), kept[-1][0]


def _renamed(row: Row, place: Mapping[int, int]) -> Row:
    return Row(row.bias, {place[source]: weight for source, weight in row.weights.items()})


def boolean_network(inputs: int, moduli: Moduli, weight: int) -> EuafNetwork:
    """Four neurons that give bit ``k`` of a list at the input with the binary digits of ``k``, ``x_1`` the lowest."""
    start, step = moduli
    index = _form(1 - start, *((-step * 2**i, i) for i in range(inputs)))
    value = _form(2 * weight, (2 * weight, 0))
    rounded = (_form(0, (1, 0)), _form(HALF, (2, 0)))
    return EuafNetwork(inputs, ((index,), (value,), rounded), _form(QUARTER, (1, 0), (-HALF, 1)))
