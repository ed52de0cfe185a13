"""S7, few bits: weights of thousands of bits replaced by weights of few bits at the same depth.

Claim: on a finite set of inputs, with outputs that are multiples of ``1/r`` or kept within a tolerance, the weights of a network
can be replaced by rationals whose bits are bounded in the number of weights, ``r`` and ``R``, whatever the bits of the original.
At depth 2 nothing else changes; above, the hidden layers are unfolded into trees. The gates of a threshold circuit get
integer weights of few bits.

Source: W. Maass, *Bounds for the computational power and learning complexity of analog neural nets*, SIAM J. Comput. 26,
1997, and S. Muroga, *Threshold Logic and its Applications*, 1971, for gates; in the form of docs/few-bits.md, with the bounds
of Cramer's rule and Hadamard's inequality.

Checked, each on every input: the family ``clipped`` with weights of 64 to 4096 bits; random networks of depth 2 to 4 on
the cube and the grid, outputs equal or within a tolerance; ``iris``; threshold circuits. Then S7 composed with S1: what
route A makes of the original, and of the equal network with few bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from gmpy2 import mpq

from exactnet.certify.few_bits import CompressRequest, compress_network
from exactnet.certify.small_weights import Request, Result, certify_network
from exactnet.data import example_path
from exactnet.families import FAMILIES
from exactnet.families.family import Value
from exactnet.files.networks import read_network
from exactnet.kernel.domain import Cube
from exactnet.kernel.judge import Certificate
from exactnet.kernel.sweep import CheckJob, compare_networks

from .figure import Figure, number
from .rows import COMPARED, accept, bound, compared
from .s3_circuits import circuit
from .table import Cell, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = ["FIGURES", "FULL", "LEMMAS", "NEEDS", "QUICK", "bits_table", "composed_table", "networks_table"]

LEMMAS = ("few_bits/layers", "few_bits/gates", "few_bits/intervals", "few_bits/solvers")

_Instance = Callable[[], tuple[str, CompressRequest]]


def _family(title: str, epsilon: mpq | None = None, **options: Value) -> _Instance:
    """An instance of a family (seed 1), named by the first word of the title."""

    def make() -> tuple[str, CompressRequest]:
        instance = FAMILIES[title.partition(",")[0]].make(seed=1, **options)
        return title, CompressRequest(instance.network, instance.domain, epsilon)

    return make


def _gates(d: int, widths: tuple[int, ...], bits: int) -> _Instance:
    title = f"gates, d = {d}, widths {', '.join(map(str, widths))}"
    return lambda: (title, CompressRequest(circuit(d, widths, bits, 1), Cube(d)))


def _iris(solver: str) -> tuple[str, CompressRequest]:
    loaded = read_network(example_path("iris"))
    if loaded.domain is None:
        raise AssertionError("iris has no domain")
    title = "iris" if solver == "highs" else "iris, weights rounded"
    return title, CompressRequest(loaded.network, loaded.domain, mpq(1, 100), solver=solver)


def _digits() -> tuple[str, CompressRequest]:
    net = read_network(example_path("digits")).network
    return "digits, a circuit", CompressRequest(net, Cube(len(net.inputs)))


_SMALL: tuple[_Instance, ...] = (
    _family("random, d = 4, widths 3, 4", d=4, widths=(3, 4), bits=256),
    _family("random, scaled, d = 4, widths 4", mpq(1, 1000), d=4, widths=(4,), bits=256, end="scaled"),
    _gates(8, (1,), 256),
)
_LARGE: tuple[_Instance, ...] = (
    _family("clipped, d = 16, m = 4", d=16, m=4, bits=1024),
    _family("random, d = 6, widths 4, 4", d=6, widths=(4, 4), bits=1024),
    _family("random, d = 6, widths 4, 4, 4", d=6, widths=(4, 4, 4), bits=1024),
    _family("random, d = 3 on `I_2`, widths 3, 4", d=3, widths=(3, 4), bits=1024, grid=2),
    *(
        _family("random, scaled, d = 6, widths 6", epsilon, d=6, widths=(6,), bits=1024, end="scaled")
        for epsilon in (mpq(1, 10), mpq(1, 1000), mpq(1, 10**6))
    ),
    _family("random, scaled, d = 4, widths 4, 3", mpq(1, 1000), d=4, widths=(4, 3), bits=1024, end="scaled"),
    partial(_iris, "highs"),
    partial(_iris, "round"),
    _gates(16, (1,), 4096),
    _gates(8, (4, 2), 1024),
    _digits,
)


def _compressed(row: str, request: CompressRequest) -> Result:
    """Compress and certify; raises :class:`AssertionError`, which names the row, unless the verdict is ``certified``."""
    result = compress_network(request)
    accept(row, result.certificate)
    return result


#: The heads of what :func:`_cells` gives.
_HEADS = ("depth", "depth after", "neurons", "neurons after", "bits", "bits after", "bits bound", *COMPARED, "verdict")


def _cells(certificate: Certificate) -> tuple[Cell, ...]:
    before, after = certificate.original, certificate.constructed
    sizes = (before.depth, after.depth, before.neurons, after.neurons, before.bits, after.bits)
    return (*sizes, bound(certificate, "bits"), *compared(certificate), certificate.verdict)


def bits_table(sizes: Iterable[int], name: str) -> Table:
    """The family ``clipped`` for each size of weights."""
    rows: list[tuple[Cell, ...]] = []
    for bits in sizes:
        _, request = _family("clipped", d=8, m=8, bits=bits)()
        rows.append((bits, *_cells(_compressed(f"clipped with {bits} bits", request).certificate)))
    caption = (
        "S7, equal outputs: `clipped`, d = 8, m = 8, seed 1, all 256 inputs. Neither the bits after nor their bound depend on the "
        "bits before."
    )
    return Table(name, caption, ("bits of the family", *_HEADS), rows)


def networks_table(instances: Iterable[_Instance], name: str) -> Table:
    """Networks of several kinds and depths."""
    rows: list[tuple[Cell, ...]] = []
    for make in instances:
        title, request = make()
        certificate = _compressed(title, request).certificate
        outputs = "equal" if request.epsilon is None else f"within {request.epsilon}"
        rows.append((title, outputs, certificate.inputs_checked, *_cells(certificate)))
    caption = "S7: bits of the weights before and after, beside the bound; depth and neurons before and after; all inputs checked."
    return Table(name, caption, ("network", "outputs", "inputs", *_HEADS), rows)


def composed_table(sizes: Iterable[int], d: int, name: str) -> Table:
    """S7 and then route A of S1, beside route A alone."""
    rows: list[tuple[Cell, ...]] = []
    for bits in sizes:
        title, request = _family(f"clipped, {bits} bits", d=d, m=2, bits=bits)()
        few = _compressed(title, request)
        direct, after = (certify_network(Request(net, request.domain)) for net in (request.net, few.constructed))
        for result in (direct, after):
            accept(title, result.certificate)
        if compare_networks(CheckJob(request.net, after.constructed, request.domain))[1] is not None:
            raise AssertionError(f"{title}: S7 and S1 do not compose")
        sides = [(result.certificate.parameters["B"], result.certificate.constructed) for result in (direct, after)]
        cells = [cell for B, side in sides for cell in (B, side.depth, side.gates, side.wires, str(side.max_weight))]
        rows.append((bits, *cells, after.certificate.verdict))
    measures = ("`B`", "depth", "gates", "wires", "largest weight")
    caption = (
        f"S7 and then S1 (route A): `clipped`, d = {d}, m = 2, seed 1, all {2**d} inputs. First the size of route A for the "
        "original, then for the equal network with few bits."
    )
    return Table(name, caption, ("bits", *measures, *(f"{measure} after S7" for measure in measures), "verdict"), rows)


def draw_bits(canvas: Canvas, table: Table) -> None:
    """Bits after, and their bound, against the bits before."""
    from exactnet.draw.plot import COLOURS, MARKERS

    axes = canvas.add_subplot()
    before = [number(cell) for cell in table.column("bits")]
    curves = (("before", "bits", "-"), ("after: its bound", "bits bound", "--"), ("after: measured", "bits after", "-"))
    for (label, column, line), colour, marker in zip(curves, COLOURS, MARKERS, strict=False):
        axes.plot(before, [number(cell) for cell in table.column(column)], line, marker=marker, color=colour, label=label)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log", base=2)
    axes.set_xticks(before, [f"{bits:.0f}" for bits in before])
    powers = [2**power for power in range(2, 13, 2)]
    axes.set_yticks(powers, [str(power) for power in powers])
    axes.set_xlabel("bits of the original weights")
    axes.set_ylabel("bits of the weights")
    axes.legend(loc="best")


QUICK: Mapping[str, Callable[[], Table]] = {
    "s7-bits": partial(bits_table, (64, 256, 1024, 4096), "s7-bits"),
    "s7-quick": partial(networks_table, _SMALL, "s7-quick"),
    "s7-s1-quick": partial(composed_table, (20, 64), 6, "s7-s1-quick"),
}
FULL: Mapping[str, Callable[[], Table]] = {
    "s7": partial(networks_table, _LARGE, "s7"),
    "s7-s1": partial(composed_table, (64, 256, 1024), 8, "s7-s1"),
}
#: A basic solution is found by HiGHS, and solved by FLINT.
NEEDS: Mapping[str, tuple[str, ...]] = dict.fromkeys((*QUICK, *FULL), ("highspy", "flint"))
FIGURES: Mapping[str, Figure] = {
    "s7-bits": Figure(
        "Bits of the weights before and after (S7, equal outputs, depth 2): they do not grow with the bits of the original.",
        "s7-bits",
        draw_bits,
    ),
}
