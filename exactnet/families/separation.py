"""Targets of depth separations from depth 2 on a grid: the indicator of a ball, oscillation in the norm, in an inner product.

On continuous inputs no network of depth 2 and polynomial size comes close to these functions; on the grid they are networks
of depth 3 with polynomial weights, and S6 says so of every function of the norm.

References
----------
R. Eldan, O. Shamir, *The power of depth for feedforward neural networks*, COLT 2016 (random signs on shells around 0); I. Safran,
O. Shamir, *Depth-width tradeoffs in approximating natural functions with neural networks*, ICML 2017 (balls in both norms);
A. Daniely, *Depth separation for neural networks*, COLT 2017 (functions of the inner product of two vectors).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence

from gmpy2 import mpq

from exactnet.families.draws import Draws
from exactnet.families.family import Family, FamilyError, Instance, Option
from exactnet.kernel.domain import Grid
from exactnet.kernel.network import AFFINE, RELU, Network, Node, threshold

__all__ = ["BALL", "DANIELY", "SHELLS", "ball", "daniely", "shells"]

#: The most ramps of one instance.
MAX_RAMPS = 200_000


class _Ramps:
    """Nodes of a network in which functions of integer-valued sources are sums of ramps."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []

    def function(
        self, name: str, source: Mapping[str, mpq], unit: mpq, low: int, values: Sequence[mpq]
    ) -> tuple[dict[str, mpq], mpq]:
        """The form that is ``values[n - low]`` where the source form is ``unit·n``: ramps from left to right."""
        terms: dict[str, mpq] = {}
        before = mpq(0)
        for step, (value, after) in enumerate(itertools.pairwise(values)):
            slope = (after - value) / unit
            if slope != before:
                if len(self.nodes) >= MAX_RAMPS:
                    raise FamilyError(f"more than {MAX_RAMPS} neurons")
                ramp = f"{name}_{step}"
                self.nodes.append(Node(ramp, RELU, dict(source), -(low + step) * unit))
                terms[ramp] = slope - before
            before = slope
        return terms, values[0]


def _norm(ramps: _Ramps, inputs: Sequence[str], p: int, power: int) -> Node:
    """``Σ|x_i|^power`` on the grid, as an affine node ``norm``."""
    terms: dict[str, mpq] = {}
    constant = mpq(0)
    for x in inputs:
        values = [abs(mpq(j, p)) ** power for j in range(-p * p, p * p + 1)]
        form, start = ramps.function(f"h_{x}", {x: mpq(1)}, mpq(1, p), -p * p, values)
        terms |= form
        constant += start
    return Node("norm", AFFINE, terms, constant)


def ball(*, d: int, grid: int, radius: int, norm: int, kind: str) -> Instance:
    """The indicator of a ball on ``I_p^d``: ``p^2·‖x‖² <= radius`` (``norm`` 2), or ``p·‖x‖₁ <= radius`` (``norm`` 1).

    ``relu``: depth 3; ramps for every ``|x_i|^norm``, then the step ``[radius + 1 - n]+ - [radius - n]+``. ``threshold``: a
    circuit of depth 2; a staircase of gates for every ``|x_i|^norm``, then one gate. ``R = r = 1``.

    The ball of norm 1 is no function of ``‖x‖`` for ``d >= 2``: the route ``radial`` refuses it.

    >>> net = ball(d=2, grid=1, radius=1, norm=2, kind="relu").network
    >>> [int(net(x)[0]) for x in ([0, 0], [0, -1], [1, 1])]
    [1, 1, 0]
    """
    inputs = [f"x{i}" for i in range(1, d + 1)]
    scale = mpq(grid**norm)
    if d * 2 * grid * grid > MAX_RAMPS:
        raise FamilyError(f"{d * 2 * grid * grid} neurons, more than {MAX_RAMPS}")
    if kind == "threshold":
        gates: list[Node] = []
        outer: dict[str, mpq] = {}
        for x in inputs:
            for j in range(1 - grid * grid, grid * grid + 1):
                gates.append(threshold(f"{x}>={mpq(j, grid)}", {x: 1}, -mpq(j, grid)))
                outer[gates[-1].id] = mpq(abs(j - 1) ** norm - abs(j) ** norm)
        gates.append(threshold("y", outer, radius - d * grid ** (2 * norm)))
        return Instance(Network(inputs, gates, ["y"]), Grid(grid, d))
    ramps = _Ramps()
    total = _norm(ramps, inputs, grid, norm)
    steps = [Node(f"s{at}", RELU, {"norm": -scale}, mpq(at)) for at in (radius + 1, radius)]
    output = Node("y", AFFINE, {steps[0].id: mpq(1), steps[1].id: mpq(-1)})
    return Instance(Network(inputs, [*ramps.nodes, total, *steps, output], ["y"]), Grid(grid, d))


def shells(*, d: int, grid: int, width: int, seed: int) -> Instance:
    """A random sign on each shell ``width·j <= p^2·‖x‖² < width·(j+1)`` of ``I_p^d``, depth 3, ``R = r = 1``.

    >>> net = shells(d=2, grid=1, width=1, seed=1).network
    >>> {abs(int(net([a, b])[0])) for a in (-1, 0, 1) for b in (-1, 0, 1)}
    {1}
    """
    inputs = [f"x{i}" for i in range(1, d + 1)]
    draws = Draws(seed)
    largest = d * grid**4
    if largest > MAX_RAMPS:
        raise FamilyError(f"p^2·‖x‖² goes up to {largest}, more than {MAX_RAMPS}")
    signs = [mpq(2 * draws.bits(1) - 1) for _ in range(largest // width + 1)]
    return _oscillation(inputs, grid, lambda n: signs[n // width], largest)


def _oscillation(inputs: Sequence[str], p: int, value: Callable[[int], mpq], largest: int) -> Instance:
    """A function of ``n = p^2·‖x‖²`` in depth 3."""
    ramps = _Ramps()
    total = _norm(ramps, inputs, p, 2)
    values = [value(n) for n in range(largest + 1)]
    form, constant = ramps.function("s", {"norm": mpq(p * p)}, mpq(1), 0, values)
    net = Network(inputs, [*ramps.nodes, total, Node("y", AFFINE, form, constant)], ["y"])
    return Instance(net, Grid(p, len(inputs)))


def daniely(*, d: int, grid: int, width: int) -> Instance:
    """``floor(p^2·⟨x, y⟩ / width) mod 2`` for ``x`` and ``y`` in ``I_p^d``, depth 3, ``R = r = 1``.

    The first hidden layer has the squares of all ``x_i + y_i`` and ``x_i - y_i``, which are multiples of ``1/p`` up to ``2p``;
    four times the inner product is the difference of their sums.

    >>> net = daniely(d=1, grid=2, width=1).network
    >>> [int(net(x)[0]) for x in (["1/2", "1/2"], ["-1/2", "1/2"], [2, "1/2"], [2, "3/2"], [0, 1])]
    [1, 1, 0, 0, 0]
    """
    p, largest = grid, d * grid**4
    if largest > MAX_RAMPS // 2:
        raise FamilyError(f"p^2·|⟨x, y⟩| goes up to {largest}, more than {MAX_RAMPS // 2}")
    inputs = [f"{v}{i}" for v in "xy" for i in range(1, d + 1)]
    ramps = _Ramps()
    squares = [mpq(j, p) ** 2 for j in range(-2 * p * p, 2 * p * p + 1)]
    terms: dict[str, mpq] = {}
    for i in range(1, d + 1):
        for sign in (1, -1):
            source = {f"x{i}": mpq(1), f"y{i}": mpq(sign)}
            form, _ = ramps.function(f"h{'+' if sign > 0 else '-'}{i}", source, mpq(1, p), -2 * p * p, squares)
            terms |= {ramp: sign * weight / 4 for ramp, weight in form.items()}  # the constants cancel
    values = [mpq(n // width % 2) for n in range(-largest, largest + 1)]
    form, constant = ramps.function("s", {"product": mpq(p * p)}, mpq(1), -largest, values)
    nodes = [*ramps.nodes, Node("product", AFFINE, terms), Node("y", AFFINE, form, constant)]
    return Instance(Network(inputs, nodes, ["y"]), Grid(p, 2 * d))


_D = Option("d", "int", 3, "number of inputs", 1, 100)
_GRID = Option("grid", "int", 1, "p of the grid I_p", 1, 100)
_WIDTH = Option("width", "int", 1, "width of a shell, or half a period, in units of 1/p^2", 1, 10**6)

BALL = Family(
    "ball",
    "the indicator of a ball on the grid: depth 3 (ReLU), or a circuit of depth 2",
    (
        _D,
        Option("grid", "int", 2, "p of the grid I_p", 1, 100),
        Option("radius", "int", 8, "p^2 times the squared radius (norm 2), or p times the radius (norm 1)", 0, 10**9),
        Option("norm", "int", 2, "1: sum of absolute values, 2: Euclidean", 1, 2),
        Option("kind", "choice", "relu", "what the nodes are", choices=("relu", "threshold")),
    ),
    ball,
)

SHELLS = Family(
    "shells",
    "a random sign on every shell around 0, depth 3",
    (_D, _GRID, _WIDTH, Option("seed", "int", 1, "seed of the random numbers", 0, 2**32 - 1)),
    shells,
)

DANIELY = Family(
    "daniely",
    "an oscillating function of the inner product of two vectors on the grid, depth 3",
    (Option("d", "int", 2, "coordinates of each vector", 1, 100), _GRID, _WIDTH),
    daniely,
)
