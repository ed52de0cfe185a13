"""Any number of inputs: equality on all of a cube, proved by exact computations of which none runs over inputs.

Claim: for a network `N` and the network `N'` that routes A, B (proven moduli) and C make of it, a proof of size polynomial in
both networks shows `N'(x) = N(x)` (or `floor(r clip(N(x)))/r`) for every `x` of the cube or grid.

Source: this project's (docs/structural.md); proof logging of solvers (VeriPB) has the same division of work, and other proofs.

Checked: for each row the proof was made and then checked by the kernel; measures and bounds are made from the files alone. Random
weights: one threshold gate; the family ``clipped`` with two ReLUs in exact form, its range proved too; ``pixels``, a circuit
that was trained on pictures of 64 bits; and with constant weights (S2: two proofs, counted together) a step for every 8 inputs. A
slope is that of the least-squares line through the logarithms: it describes the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from gmpy2 import mpq

from exactnet.bench.structural import gate, pairs, steps
from exactnet.certify.structural.certificates import certify_by_proof
from exactnet.data import example_path
from exactnet.files.networks import read_network
from exactnet.kernel.domain import Cube
from exactnet.kernel.network import Network

from .figure import Figure, number
from .growth import slope
from .rows import PROOFS, ROUTE_LEMMAS, proved
from .table import Cell, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = ["FIGURES", "FULL", "LEMMAS", "QUICK", "proved_table"]

LEMMAS = ROUTE_LEMMAS[:3]

#: Enumeration ends here, and solvers (Exact, z3) at some 20 inputs for one gate of 64 bits.
ENUMERATED = 28


#: The networks that are certified with constant weights: a network of many inputs has few copies if each node reads few.
CONSTANT = "a step for every 8 inputs (S2)"


class Case(NamedTuple):
    """What is proved: a kind of network, its bits, the route and the numbers of inputs."""

    kind: str
    bits: int
    route: str
    inputs: tuple[int, ...]

    @property
    def title(self) -> str:
        """As it stands in a cell."""
        return f"{self.kind}, {self.bits} bits"

    def network(self, d: int) -> Network:
        """One of the networks."""
        if self.kind == CONSTANT:
            return steps(d, 8, self.bits)
        return gate(d, self.bits) if self.kind == "gate" else pairs(d, 2, self.bits)[0]


def _row(title: str, route: str, net: Network) -> tuple[Cell, ...]:
    document, size = proved(
        f"{title}, d = {len(net.inputs)}, route {route}",
        lambda: certify_by_proof(net, Cube(len(net.inputs)), route=route, constant=CONSTANT in title),
    )
    constructed = document["constructed"]
    bound = next((row["value"] for row in document["bounds"] if row["name"] == "max_weight"), "-")
    measured = [constructed[name] for name in ("depth", "neurons", "wires", "max_weight")]
    lines = sum(document[role]["lines"] for role in PROOFS if role in document)
    return title, route, len(net.inputs), *measured, bound, lines, size, document["verdict"]


def proved_table(cases: Iterable[Case], examples: Iterable[str], name: str) -> Table:
    """Networks of every size with their proofs."""
    rows, slopes = [], []
    for case in cases:
        mine = [_row(case.title, case.route, case.network(d)) for d in case.inputs]
        rows += mine
        if len(mine) > 2:
            exponent = slope([(int(row[2]), mpq(row[9])) for row in mine])
            slopes.append(f"{case.title}, route {case.route}: {exponent}")
    rows += [_row(example, "lookahead", read_network(example_path(example)).network) for example in examples]
    caption = f"Equality on all `2^d` inputs, proved. Enumeration ends at `d = {ENUMERATED}`, solvers at some 20."
    columns = (
        "network", "route", "`d`", "depth", "neurons", "wires", "largest weight", "weight bound", "proof, lines", "bytes",
        "verdict",
    )  # fmt: skip
    notes = (f"Slope of the bytes of a proof (unpacked) against `d`: {'; '.join(slopes)}.",) if slopes else ()
    return Table(name, caption, columns, rows, notes)


def draw_sizes(canvas: Canvas, table: Table) -> None:
    """Bytes of the proof against the number of inputs, one curve for each network and route."""
    from exactnet.draw.plot import COLOURS, MARKERS, logarithmic

    axes = canvas.add_subplot()
    records = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    curves = dict.fromkeys((record["network"], record["route"]) for record in records)
    for place, (network, route) in enumerate(curves):
        mine = [record for record in records if (record["network"], record["route"]) == (network, route)]
        points = [[number(record[head]) for record in mine] for head in ("`d`", "bytes")]
        style: dict[str, Any] = {"color": COLOURS[place % len(COLOURS)], "marker": MARKERS[place % len(MARKERS)]}
        axes.plot(*points, **style, label=f"{network}, {route}")
    logarithmic(axes)
    axes.set_xscale("log", base=2)
    axes.axvline(ENUMERATED, color="grey", linestyle=":", linewidth=1)
    axes.annotate(" enumeration ends", (ENUMERATED, 1), xycoords=("data", "axes fraction"), va="top", fontsize=8, color="grey")
    ticks = sorted({int(number(record["`d`"])) for record in records})
    axes.set_xticks(ticks, [str(d) for d in ticks])
    axes.set_xlabel("inputs d")
    axes.set_ylabel("bytes of the proof, unpacked")
    axes.legend(loc="best")


_SIZES = (16, 64, 256, 784, 1024)
QUICK: Mapping[str, Callable[[], Table]] = {
    "structural-quick": partial(
        proved_table, (Case("gate", 64, "lookahead", (16, 64)), Case("gate", 16, "residue", (8,))), (), "structural-quick"
    ),
}
FULL: Mapping[str, Callable[[], Table]] = {
    "structural": partial(
        proved_table,
        (
            Case("gate", 64, "lookahead", _SIZES),
            Case("gate", 64, "compact", _SIZES),
            Case("gate", 64, "residue", (16, 64, 256)),
            Case("clipped, 2 ReLUs", 64, "lookahead", (16, 64, 256, 784)),
            Case(CONSTANT, 8, "compact", (16, 64, 256, 1024)),
        ),
        ("pixels",),
        "structural",
    ),
}
FIGURES: Mapping[str, Figure] = {
    "structural-sizes": Figure(
        "Proofs of equality on all `2^d` inputs: their size against `d`, by network and route.", "structural", draw_sizes
    ),
}
