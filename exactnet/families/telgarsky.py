"""The sawtooth of Telgarsky: the tent map composed with itself, whose number of teeth is exponential in the depth.

References
----------
M. Telgarsky, *Benefits of depth in neural networks*, COLT 2016.
"""

from __future__ import annotations

from exactnet.families.family import Family, Instance, Option
from exactnet.kernel.domain import Grid
from exactnet.kernel.network import Network, Node, affine, relu

__all__ = ["TELGARSKY", "telgarsky"]


def telgarsky(*, depth: int, grid: int) -> Instance:
    """The tent map composed with itself ``depth - 1`` times, one input, on the grid ``I_p`` with ``p = grid``.

    The tent map is ``T(x) = [2x]+ - 2[2x-1]+ + [2x-2]+``: ``2x`` on ``[0, 1/2]``, ``2 - 2x`` on ``[1/2, 1]``, and 0
    outside ``[0, 1]`` (that is what the third ramp is for; later layers only see values in ``[0, 1]`` and do without).
    So the network is 0 at grid points outside ``[0, 1]``. It has ``depth`` layers, weights at most 4, and values that
    are multiples of ``1/p`` in ``[0, 1]``: ``R = 1`` and ``r = p``.

    >>> instance = telgarsky(depth=3, grid=4)
    >>> " ".join(str(instance.network(x)[0]) for x in instance.domain if 0 <= x[0] <= 1)
    '0 1 0 1 0'
    """
    nodes: list[Node] = []
    value: dict[str, int] = {"x": 1}
    for layer in range(1, depth):
        doubled = {name: 2 * weight for name, weight in value.items()}
        outer = (1, -2, 1) if layer == 1 else (1, -2)
        value = {}
        for place, weight in enumerate(outer):
            name = f"h{layer}_{place + 1}"
            nodes.append(relu(name, doubled, -place))
            value[name] = weight
    nodes.append(affine("y", value))
    return Instance(Network(["x"], nodes, ["y"]), Grid(grid, 1))


TELGARSKY = Family(
    "telgarsky",
    "the sawtooth of 2^(depth-2) teeth on [0,1], 0 outside, one input",
    (
        Option("depth", "int", 4, "depth of the network", 2, 1000),
        Option("grid", "int", 8, "p of the grid I_p", 1, 1000),
    ),
    telgarsky,
)
