"""S3, threshold circuits: arbitrary integer weights replaced by small ones.

Claim: a depth-``t`` threshold circuit has an equivalent one with polynomial weights of depth ``2t+1`` (K.-Y. Siu, J.
Bruck, *On the power of threshold circuits with small weights*, SIAM J. Discrete Math. 4, 1991; route A), ``2t``
(route B), ``3t+1`` with few gates (route C).

Checked: one gate of 16 inputs with random weights of 20 to 256 bits, on all 65 536 inputs.
"""

from __future__ import annotations

from exactnet.domain import Cube
from exactnet.families import FAMILIES
from exactnet.network import RELU, THRESHOLD, Network, Node
from exactnet.pipeline import Request, certify_network
from exactnet.routes import ROUTES
from proofs.table import Cell, Table

__all__ = ["gate", "table"]


def gate(d: int, bits: int) -> Network:
    """``1[F >= 0]`` for the first form of the family ``clipped`` (seed 1)."""
    made = FAMILIES["clipped"].make(d=d, m=2, bits=bits, seed=1).network
    relu = next(node for node in made.nodes() if node.kind == RELU)
    return Network(made.inputs, [Node("y", THRESHOLD, relu.sources, relu.bias)], ["y"])


def table(sizes: tuple[int, ...], d: int, name: str) -> Table:
    """One gate of ``d`` inputs with random weights, by every route; raises ``AssertionError`` unless all are certified."""
    rows: list[tuple[Cell, ...]] = []
    for bits in sizes:
        net = gate(d, bits)
        for route in ROUTES:
            certificate = certify_network(Request(net, Cube(d), route=route)).certificate
            if certificate.verdict != "certified":
                raise AssertionError(f"a gate of {bits} bits, route {route}: {certificate.reason}")
            made = certificate.constructed
            bound = next(row.value for row in certificate.bounds if row.name == "max_weight")
            rows.append(
                (bits, route, made.depth, made.gates, made.wires, str(made.max_weight), str(bound), certificate.verdict)
            )
    columns = ("bits", "route", "depth", "gates", "wires", "largest weight", "bound", "verdict")
    caption = f"S3: one gate of {d} inputs with random weights, by every route, on all {2**d} inputs."
    return Table(name, caption, columns, rows)
