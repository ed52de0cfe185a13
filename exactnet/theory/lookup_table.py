"""A lookup table of the domain: a network that every function on the domain has (docs/bounds.md#a-lookup-table-of-the-domain).

A bound that the table meets says nothing about the function, nor about the network that computes it.

*ReLU network.* With ``u = p_i x_i``, an integer, let ``e_c = [u-c+1]+ - 2[u-c]+ + [u-c-1]+``, which is 1 for ``u = c`` and else 0;
on a coordinate with the values 0 and 1 it is ``u`` or ``1-u`` and takes no neuron. For every point ``a`` of the domain,
``g_a = [sum_i e_{a_i} - (d-1)]+`` over the ``d`` coordinates that vary is 1 at ``a`` and else 0. The output is
``sum_a v(a) g_a``, the values ``v(a)`` multiples of ``1/r`` up to ``R``. Depth 3, on the cube 2.

*Threshold circuit.* ``1[u >= c]`` for every value but the least; ``e_c`` is a difference of two. ``1[sum_i e_{a_i} >= d]`` for the
points where an output is 1; the output is 1 where one of them is. With a single output that is more often 1 than 0, the points
where it is 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gmpy2 import mpq

from exactnet.kernel.domain import Domain, Points
from exactnet.kernel.rationals import lcm_all

__all__ = ["constant_weight_table", "relu_table", "threshold_table"]

#: What is measured of a table, by the names of :class:`exactnet.kernel.measures.Measures`.
Sizes = dict[str, mpq]


@dataclass(frozen=True)
class _Coordinate:
    """The values ``u`` of one coordinate times ``scale``, ascending, and how many points have each."""

    scale: int
    values: Sequence[int]
    points: Sequence[int]

    @property
    def is_bit(self) -> bool:
        """Whether ``e_0`` and ``e_1`` are linear."""
        return list(self.values) == [0, 1]


def _distinct(domain: Domain) -> tuple[int, list[_Coordinate]]:
    """The number of different points, and the coordinates that vary."""
    if not isinstance(domain, Points):
        low = int(domain.value(0) * domain.p)
        values = range(low, low + domain.base)
        same = [domain.count // domain.base] * domain.base
        return domain.count, [_Coordinate(domain.p, values, same)] * domain.d
    points = set(domain.points)
    coordinates = []
    for column in zip(*points, strict=True):
        counts: dict[mpq, int] = {}
        for value in column:
            counts[value] = counts.get(value, 0) + 1
        if len(counts) > 1:
            scale = int(lcm_all(value.denominator for value in counts))
            listed = sorted(counts)
            coordinates.append(_Coordinate(scale, [int(v * scale) for v in listed], [counts[v] for v in listed]))
    return len(points), coordinates


def _bits(values: Iterable[int]) -> int:
    return max(int(value).bit_length() for value in values)


def relu_table(domain: Domain, outputs: int, output_range: int, r: int) -> Sizes:
    """The sizes of the ReLU network for functions with ``outputs`` values, multiples of ``1/r`` up to ``output_range``; at most.

    >>> from exactnet.kernel.domain import Cube
    >>> sizes = relu_table(Cube(4), 1, 5, 1)
    >>> [int(sizes[name]) for name in ("depth", "neurons", "wires", "max_weight")]
    [2, 16, 80, 5]
    """
    count, coordinates = _distinct(domain)
    weights, biases, steps, wires = [1, output_range], [1], 0, 0
    for place in coordinates:
        if place.is_bit:
            wires += count
            continue
        kinks = {t for c in place.values for t in (c - 1, c, c + 1) if t < place.values[-1]}
        read = [sum(t in kinks for t in (c - 1, c, c + 1)) for c in place.values]
        steps += len(kinks)
        wires += len(kinks) + sum(n * size for n, size in zip(read, place.points, strict=True))
        weights += [place.scale, 2]
        biases.append(max(abs(t) for t in kinks))
    biases.append(max(1, len(coordinates) - 1))
    if not coordinates:
        sizes = {"depth": 1, "neurons": 0, "wires": 0, "max_weight": 0, "max_bias": output_range, "width": 0}
    else:
        sizes = {
            "depth": 3 if steps else 2,
            "neurons": steps + count,
            "wires": wires + outputs * count,
            "max_weight": max(weights),
            "max_bias": max(biases),
            "width": max(steps, count),
        }
    sizes |= {"parameters": sizes["wires"] + sizes["neurons"] + outputs}
    sizes |= {"denominator": r, "bits": _bits([*weights, *biases, r * output_range, r])}
    return {name: mpq(size) for name, size in sizes.items()}


def threshold_table(domain: Domain, outputs: int) -> Sizes:
    """The sizes of the threshold circuit for functions with ``outputs`` values 0 or 1; at most.

    >>> from exactnet.kernel.domain import Cube
    >>> sizes = threshold_table(Cube(4), 1)
    >>> [int(sizes[name]) for name in ("depth", "gates", "wires", "max_weight")]
    [2, 9, 40, 1]
    """
    count, coordinates = _distinct(domain)
    listed = count // 2 if outputs == 1 else count
    if not coordinates:
        sizes = {"depth": 1, "gates": outputs, "wires": 0, "max_weight": 0, "max_bias": 1}
    else:
        steps = sum(len(place.values) - 1 for place in coordinates if not place.is_bit)
        read = sum(1 if len(place.values) == 2 else 2 for place in coordinates)
        biases = [abs(c) * domain.p // place.scale for place in coordinates if not place.is_bit for c in place.values[1:]]
        sizes = {
            "depth": 3 if steps else 2,
            "gates": steps + listed + outputs,
            "wires": steps + listed * (read + outputs),
            "max_weight": 1,
            "max_bias": max([1, len(coordinates), *biases]),
        }
    sizes |= {"parameters": sizes["wires"] + sizes["gates"]}
    sizes |= {"neurons": sizes["gates"], "width": sizes["gates"], "denominator": 1, "bits": _bits([1, sizes["max_bias"]])}
    return {name: mpq(size) for name, size in sizes.items()}


def constant_weight_table(table: Sizes, d: int) -> Sizes:
    """A ReLU table after its neurons have been copied until no weight is above 1 (:mod:`exactnet.theory.constant_weights`)."""
    weight, largest = max(mpq(1), table["max_weight"]), max(mpq(1), table["max_weight"], table["max_bias"])
    neurons = (4 * largest + 2) * weight * table["neurons"] + 4 * d * weight + table["max_bias"]
    one = mpq(1)
    copied = {"max_weight": one, "max_bias": one, "neurons": neurons, "width": neurons + 2 * d}
    return table | copied | {"denominator": table["denominator"] * 4 * largest * weight}
