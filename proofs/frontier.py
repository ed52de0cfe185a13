"""The frontier: depth against gates, wires and weights, all routes on the same networks.

Claim: the depth-``3k+3`` of the paper is one point of a frontier. Route B (residues) has depth ``2k`` in exact form,
route A (carry lookahead) ``3k-1``, route C (canonical digits) ``4k-2``; for threshold circuits ``2t``, ``2t+1`` and
``3t+1``.

Checked: ``clipped`` (seed 1) and the shipped circuit ``digits``, every route certified on every input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from exactnet.data import example_path
from exactnet.domain import Cube
from exactnet.families import FAMILIES
from exactnet.frontier import frontier
from exactnet.io import read_network
from exactnet.pipeline import Request
from proofs.table import Cell, Table

__all__ = ["FULL", "QUICK", "table"]


def _instances(quick: bool) -> list[tuple[str, Request]]:
    sizes = [(6, 2, 20)] if quick else [(8, 2, 64), (8, 4, 64), (12, 4, 64)]
    made = []
    for d, m, bits in sizes:
        instance = FAMILIES["clipped"].make(d=d, m=m, bits=bits, seed=1)
        made.append((f"clipped, d = {d}, m = {m}, {bits} bits", Request(instance.network, instance.domain)))
    if not quick:
        digits = read_network(example_path("digits")).network
        made.append(("digits", Request(digits, Cube(len(digits.inputs)))))
    return made


def table(quick: bool, name: str) -> Table:
    """Certify every instance by every route; raises ``AssertionError`` unless all are certified."""
    rows: list[tuple[Cell, ...]] = []
    for title, request in _instances(quick):
        for row in frontier(request):
            certificate = row.certificate
            if certificate is None or certificate.verdict != "certified":
                raise AssertionError(f"{title}, route {row.route}: {row.reason or (certificate and certificate.reason)}")
            made = certificate.constructed
            rows.append(
                (
                    title,
                    row.route,
                    made.depth,
                    str(row.bound("depth")),
                    row.theorem,
                    made.gates,
                    made.wires,
                    str(made.max_weight),
                    str(row.bound("max_weight")),
                    certificate.verdict,
                )
            )
    columns = (
        "network",
        "route",
        "depth",
        "its bound",
        "3k+3 or 2t+1",
        "gates",
        "wires",
        "largest weight",
        "its bound",
        "verdict",
    )
    caption = "Depth against size: all routes on the same networks, every input checked; the theorem's depth beside each."
    return Table(name, caption, columns, rows)


QUICK: Mapping[str, Callable[[], Table]] = {"frontier-quick": lambda: table(True, "frontier-quick")}
FULL: Mapping[str, Callable[[], Table]] = {"frontier": lambda: table(False, "frontier")}
