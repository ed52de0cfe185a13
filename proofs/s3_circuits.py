"""S3, threshold circuits: arbitrary integer weights replaced by small ones.

Claim: a depth-``t`` threshold circuit with arbitrary weights has an equivalent one with polynomial weights of depth ``2t+1``
(route A), ``2t`` (route B), ``3t+1`` with few gates (route C), and ``t+1`` (route D).

Source: K.-Y. Siu, J. Bruck, *On the power of threshold circuits with small weights*, SIAM J. Discrete Math. 4, 1991, for
depth ``2t+1``; M. Goldmann, J. Håstad, A. Razborov, *Majority gates vs. general weighted threshold gates*, Computational
Complexity 2, 1992, and M. Goldmann, M. Karpinski, *Simulating threshold circuits by majority circuits*, SIAM J. Computing 27,
1998, for ``t+1``. The constructions here are this project's (docs/theory.md, docs/routes.md, docs/stacked.md).

Checked, each on every input: one gate of 16 inputs with random weights of 20 to 256 bits, by every route; random
circuits of depth 2 and 3; and a gate of 3 inputs with weights near 10^6, whose circuits are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import product

from exactnet.certify.small_weights import Request, certify_network
from exactnet.families import FAMILIES
from exactnet.families.draws import Draws
from exactnet.kernel.domain import Cube
from exactnet.kernel.network import RELU, THRESHOLD, Network, Node, threshold

from .drawing import WIRES, draw_networks, wires
from .figure import Figure
from .rows import MEASURED, ROUTE_LEMMAS, ROUTES, accept, bound, certified, measured
from .table import Cell, Table

__all__ = ["FIGURES", "FULL", "LEMMAS", "QUICK", "circuit", "gate", "gates_table"]

LEMMAS = ROUTE_LEMMAS


def gate(d: int, bits: int) -> Network:
    """``1[F >= 0]`` for the first form of the family ``clipped`` (seed 1)."""
    instance = FAMILIES["clipped"].make(d=d, m=2, bits=bits, seed=1).network
    relu = next(node for node in instance.nodes() if node.kind == RELU)
    return Network(instance.inputs, [Node("y", THRESHOLD, relu.sources, relu.bias)], ["y"])


def circuit(d: int, widths: Iterable[int], bits: int, seed: int) -> Network:
    """Layers of gates with random weights of ``bits`` bits, thresholds near the middle; the last layer are the outputs.

    >>> net = circuit(3, (2, 1), 8, 1)
    >>> sorted({int(net(x)[0]) for x in Cube(3)})
    [0, 1]
    """
    draws = Draws(seed)
    inputs = [f"x{place}" for place in range(1, d + 1)]
    nodes: list[Node] = []
    below = inputs
    for level, width in enumerate(widths, 1):
        gates = []
        for place in range(1, width + 1):
            weights = {name: draws.signed(bits) for name in below}
            gates.append(threshold(f"g{level}_{place}", weights, -(sum(weights.values()) // 2) + draws.coefficient(3)))
        nodes += gates
        below = [node.id for node in gates]
    return Network(inputs, nodes, below)


def gates_table(sizes: Iterable[int], d: int, name: str) -> Table:
    """One gate of ``d`` inputs with random weights, by every route."""
    rows: list[tuple[Cell, ...]] = []
    for bits, route in product(sizes, ROUTES):
        certificate = certified(f"a gate of {bits} bits, route {route}", Request(gate(d, bits), Cube(d), route))
        rows.append((bits, route, *measured(certificate)))
    caption = f"S3: one gate of {d} inputs with random weights, by every route, on all {2**d} inputs."
    return Table(name, caption, ("bits", "route", *MEASURED), rows)


def circuits_table(shapes: Iterable[tuple[int, tuple[int, ...], int]], name: str) -> Table:
    """Random circuits of several depths, by every route."""
    rows: list[tuple[Cell, ...]] = []
    for (d, widths, bits), route in product(shapes, ROUTES):
        title = f"{d}-{'-'.join(map(str, widths))}, {bits} bits"
        certificate = certified(f"{title}, route {route}", Request(circuit(d, widths, bits, 1), Cube(d), route))
        t = certificate.original.depth
        rows.append((title, t, route, bound(certificate, "depth"), 2 * t + 1, *measured(certificate)))
    caption = "S3: random threshold circuits of depth t, by every route, on all inputs of the cube."
    return Table(name, caption, ("circuit", "t", "route", "depth bound", "2t+1", *MEASURED), rows)


def drawn_table(name: str) -> Table:
    """The wires of one gate and of the circuits that routes A and B make of it."""
    net = Network(["x1", "x2", "x3"], [threshold("y", {"x1": 1000003, "x2": -717171, "x3": -290009}, -333334)], ["y"])
    rows = list(wires("original", net))
    for title, route in (("route B", "residue"), ("route A", "lookahead")):
        result = certify_network(Request(net, Cube(3), route))
        accept(title, result.certificate)
        rows += wires(title, result.constructed)
    caption = "S3: the wires of one gate and of two circuits with small weights, each certified equal to it on all 8 inputs."
    return Table(name, caption, WIRES, rows)


QUICK: Mapping[str, Callable[[], Table]] = {
    "s3-quick": partial(gates_table, (20, 64), 8, "s3-quick"),
    "s3-circuits-quick": partial(circuits_table, ((4, (2, 1), 16),), "s3-circuits-quick"),
    "s3-drawn": partial(drawn_table, "s3-drawn"),
}
FULL: Mapping[str, Callable[[], Table]] = {
    "s3": partial(gates_table, (20, 64, 256), 16, "s3"),
    "s3-circuits": partial(circuits_table, ((8, (4, 2), 64), (8, (4, 4, 2), 64)), "s3-circuits"),
}
FIGURES: Mapping[str, Figure] = {
    "s3-network": Figure(
        "One threshold gate with weights near `10^6`, and the circuits with small weights that routes A and B make of it. "
        "Squares are inputs, circles gates; blue wires have positive weights, orange ones negative, thicker ones larger.",
        "s3-drawn",
        draw_networks,
        (10.0, 4.6),
    )
}
