"""Depth 2, huge weights, small integer outputs: sums of clipped steps of random forms."""

from __future__ import annotations

from exactnet.families.draws import Draws
from exactnet.families.family import Family, FamilyError, Instance, Option
from exactnet.kernel.domain import Cube
from exactnet.kernel.network import Network, Node, affine, relu

__all__ = ["CLIPPED", "clipped", "step_pair"]


def step_pair(name: str, sources: dict[str, int], bias: int) -> list[Node]:
    """Two ReLUs whose difference ``[F+1]+ - [F]+`` is ``1[F >= 0]`` for an integer form ``F``."""
    return [relu(f"{name}a", sources, bias + 1), relu(f"{name}b", sources, bias)]


def clipped(*, d: int, m: int, bits: int, seed: int) -> Instance:
    """``m/2`` pairs ``c·([F+1]+ - [F]+)`` over the cube ``{0,1}^d``.

    Each ``F`` is an integer form whose weights have exactly ``bits`` bits and random signs. Its bias is a random number
    near minus half the sum of the weights, so close that ``F`` takes both signs on the cube (whatever the seed).
    ``c`` is an integer from -5 to 5 but 0.

    The network has depth 2 and ``m`` ReLUs; ``N`` is an integer and ``|N| <= 5m/2``, so ``R = 5m/2`` and ``r = 1``.

    Raises :class:`FamilyError` for odd ``m``.

    >>> instance = clipped(d=3, m=2, bits=64, seed=1)
    >>> sorted({int(instance.network(x)[0]) for x in instance.domain})
    [0, 3]
    """
    if m % 2:
        raise FamilyError(f"--m: {m} is odd; the ReLUs come in pairs")
    draws = Draws(seed)
    inputs = [f"x{i}" for i in range(1, d + 1)]
    nodes: list[Node] = []
    outer: dict[str, int] = {}
    for pair in range(1, m // 2 + 1):
        weights = {name: draws.signed(bits) for name in inputs}
        # The middle of F's range, rounded down, is moved by less than a quarter of the smallest weight that has
        # `bits` bits; the range reaches at least half a weight to either side.
        reach = (1 << bits) // 4
        shift = draws.below(2 * reach - 1) - (reach - 1) if reach else 0
        nodes += step_pair(f"h{pair}", weights, -((sum(weights.values()) + 1) // 2) + shift)
        c = draws.coefficient(5)
        outer |= {f"h{pair}a": c, f"h{pair}b": -c}
    nodes.append(affine("y", outer))
    return Instance(Network(inputs, nodes, ["y"]), Cube(d))


CLIPPED = Family(
    "clipped",
    "depth 2 on the cube: m/2 clipped steps of forms with huge weights; small integer outputs",
    (
        Option("d", "int", 8, "number of inputs", 1, 1000),
        Option("m", "int", 4, "number of ReLUs, even", 2, 1000),
        Option("bits", "int", 64, "bits of each weight", 1, 10_000),
        Option("seed", "int", 1, "seed of the random numbers", 0, 2**32 - 1),
    ),
    clipped,
)
