"""S1 on the grid: reading the inputs as integers or through a layer of bits (docs/theory.md).

Checked: ``iris`` (4 inputs on ``I_3``, 130 321 inputs, float64 weights), rounded form at precision 1/100, both
readings of route A, and route C.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from exactnet.data import example_path
from exactnet.io import read_network
from exactnet.pipeline import Request, certify_network
from proofs.table import Cell, Table

__all__ = ["FULL", "table"]


def table(name: str) -> Table:
    """Certify iris in every way; raises ``AssertionError`` unless all are certified."""
    loaded = read_network(example_path("iris"))
    if loaded.domain is None:
        raise AssertionError("iris has no domain")
    rows: list[tuple[Cell, ...]] = []
    for route, inputs in (("lookahead", "bits"), ("lookahead", "integers"), ("compact", "bits")):
        request = Request(loaded.network, loaded.domain, route, precision=100, options={"inputs": inputs})
        certificate = certify_network(request).certificate
        if certificate.verdict != "certified":
            raise AssertionError(f"iris, route {route}, inputs as {inputs}: {certificate.reason}")
        made = certificate.constructed
        rows.append(
            (route, inputs, made.depth, made.gates, made.wires, str(made.max_weight), str(made.max_bias), certificate.verdict)
        )
    columns = ("route", "inputs read as", "depth", "gates", "wires", "largest weight", "largest bias", "verdict")
    caption = "S1, rounded form, precision 1/100: iris on all 130321 inputs of its grid, by how the inputs are read (3k+3 = 9)."
    return Table(name, caption, columns, rows)


FULL: Mapping[str, Callable[[], Table]] = {"s1-reading": lambda: table("s1-reading")}
