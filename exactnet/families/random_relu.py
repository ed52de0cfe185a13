"""Random ReLU networks of any depth with huge integer weights, in two kinds that differ in how they end."""

from __future__ import annotations

import math

from gmpy2 import mpq

from exactnet.families.clipped import step_pair
from exactnet.families.draws import Draws
from exactnet.families.family import Family, FamilyError, Instance, Option
from exactnet.kernel.domain import Cube, Grid
from exactnet.kernel.network import Network, Node, affine, relu

__all__ = ["RANDOM", "random_relu"]

#: The bound of the outputs that are scaled, by interval arithmetic.
_SCALED_BOUND = 8

#: How many random points serve to place the thresholds of the steps.
_POINTS = 8


def random_relu(
    *, d: int, widths: tuple[int, ...], bits: int, outputs: int, end: str, grid: int, seed: int
) -> Instance:
    """A layered ReLU network of depth ``len(widths) + 1`` with random weights.

    Hidden weights and biases are integers of exactly ``bits`` bits with random signs. The domain is the cube, or the
    grid ``I_p^d`` if ``grid = p > 0``. Every output is affine without a bias.

    ``end = "steps"``: the last hidden layer consists of pairs ``[F+1]+ - [F]+`` (so its width is even), and an output
    weighs each pair with an integer from -5 to 5 but 0. Hence ``|N| <= 5/2·widths[-1] = R`` at any depth. On the cube
    ``N`` is an integer, ``r = 1``; on the grid it is a multiple of ``1/p``, ``r = p``. Meant for the exact form.
    The bias of ``F`` puts 0 halfway between its values at a random point of the domain and at the opposite point (it
    has as many bits as those values need), so that the steps are seldom constant.

    ``end = "scaled"``: an output weighs the last hidden layer with random integers of ``bits`` bits, all divided by the
    smallest power of two for which interval arithmetic gives ``|N| <= 8``, ``R = 8``. ``r·N`` is an integer only
    for ``r`` about as large as that power. Meant for the rounded form.

    Raises :class:`FamilyError` for ``end = "steps"`` and an odd last width.

    >>> instance = random_relu(d=3, widths=(2, 2), bits=6, outputs=1, end="steps", grid=0, seed=1)
    >>> {int(instance.network(x)[0]) for x in instance.domain} <= set(range(-5, 6))
    True
    """
    if end == "steps" and widths[-1] % 2:
        raise FamilyError(f"--widths: the last entry {widths[-1]} is odd, but --end steps makes its ReLUs in pairs")
    draws = Draws(seed)
    inputs = [f"x{i}" for i in range(1, d + 1)]
    domain: Cube | Grid = Grid(grid, d) if grid else Cube(d)
    nodes: list[Node] = []
    layer = inputs
    for number, width in enumerate(widths, 1):
        nodes_so_far: list[Node] = []
        if end == "steps" and number == len(widths):
            points = [_opposite_sums(draws, nodes, inputs, domain) for _ in range(min(_POINTS, width // 2))]
            for place in range(1, width // 2 + 1):
                form = {name: draws.signed(bits) for name in layer}
                sums = points[place % len(points)]
                halfway = sum((w * sums[name] for name, w in form.items()), mpq(0)) / 2
                nodes_so_far += step_pair(f"h{number}_{place}", form, math.floor(-halfway))
        else:
            for place in range(1, width + 1):
                form = {name: draws.signed(bits) for name in layer}
                nodes_so_far.append(relu(f"h{number}_{place}", form, draws.signed(bits)))
        nodes += nodes_so_far
        layer = [node.id for node in nodes_so_far]
    names = ["y"] if outputs == 1 else [f"y{i}" for i in range(1, outputs + 1)]
    if end == "steps":
        nodes += [affine(name, _weights_of_pairs(draws, layer)) for name in names]
    else:
        forms = [{source: draws.signed(bits) for source in layer} for _ in names]
        highest = _highest(nodes, inputs, domain)
        bound = max(sum(abs(w) * highest[source] for source, w in form.items()) for form in forms)
        shift = (max(1, math.ceil(bound / _SCALED_BOUND)) - 1).bit_length()
        nodes += [
            affine(name, {source: mpq(w, 1 << shift) for source, w in form.items()})
            for name, form in zip(names, forms, strict=True)
        ]
    return Instance(Network(inputs, nodes, names), domain)


def _opposite_sums(draws: Draws, nodes: list[Node], inputs: list[str], domain: Cube | Grid) -> dict[str, mpq]:
    """The sum of each node's values at a random point of the domain and at the opposite point."""
    point = [draws.below(domain.base) for _ in inputs]
    sums: dict[str, mpq] = {}
    for indices in (point, [domain.base - 1 - index for index in point]):
        value = {name: domain.values[index] for name, index in zip(inputs, indices, strict=True)}
        for node in nodes:
            value[node.id] = max(mpq(0), node.bias + sum(w * value[source] for source, w in node.sources.items()))
        sums = {name: sums.get(name, mpq(0)) + z for name, z in value.items()}
    return sums


def _weights_of_pairs(draws: Draws, layer: list[str]) -> dict[str, int]:
    weights: dict[str, int] = {}
    for first, second in zip(layer[::2], layer[1::2], strict=True):
        c = draws.coefficient(5)
        weights |= {first: c, second: -c}
    return weights


def _highest(nodes: list[Node], inputs: list[str], domain: Cube | Grid) -> dict[str, mpq]:
    """The largest value that interval arithmetic allows each ReLU (the least is 0)."""
    highest = dict.fromkeys(inputs, domain.values[-1])
    lowest = dict.fromkeys(inputs, domain.values[0])
    for node in nodes:
        top = node.bias + sum(w * (highest if w > 0 else lowest)[source] for source, w in node.sources.items())
        highest[node.id], lowest[node.id] = max(mpq(0), top), mpq(0)
    return highest


RANDOM = Family(
    "random",
    "ReLU networks of any depth with huge random weights; outputs are small integers or scaled to be small",
    (
        Option("d", "int", 3, "number of inputs", 1, 1000),
        Option("widths", "ints", (3, 4), "width of each hidden layer, in ReLUs", 1, 1000),
        Option("bits", "int", 6, "bits of each hidden weight and bias", 1, 10_000),
        Option("outputs", "int", 1, "number of outputs", 1, 100),
        Option("end", "choice", "steps", "how the network ends", choices=("steps", "scaled")),
        Option("grid", "int", 0, "p of the grid I_p; 0 is the cube", 0, 1000),
        Option("seed", "int", 1, "seed of the random numbers", 0, 2**32 - 1),
    ),
    random_relu,
)
