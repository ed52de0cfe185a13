"""S4, continuous inputs: bits made by ramps of width ``delta``, certified in three exact parts.

Claim: for ``0 < delta <= 1/p`` a depth-``k`` ReLU network ``N`` has a ReLU network ``N'`` of depth at most ``3k+3``, with weights
polynomial in the parameters and ``1/delta``, such that for inputs in ``[-p, p]^d`` with conditional densities of at most ``M``:
``N'`` is ``floor(r clip(N))/r`` at the grid point below the input, but for a set of probability at most ``2 d p^2 delta M``; and
``E (N' - clip N)^2 <= 8 M R^2 d delta p^2 + 1/r^2 + (2R + 2/r) 2R (m+1)^(k-1) d M/p``. Nothing is assumed of the slopes of ``N``.

Source: G. Vardi, O. Shamir, *Neural Networks with Small Weights and Depth-Separation Barriers*, NeurIPS 2020. The construction, the
constants and their proof are this project's (docs/continuous.md).

Checked, under the uniform density: the sawtooth, and clipped steps of forms with 20-bit weights. In each row the bits of every
input on all reals of ``[-p, p]``, the clipped form on every grid point, and the measure of the set where bits are wrong; for one
and two inputs the second moment exactly, beside its bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gmpy2 import mpq

from exactnet.certify.reals import ContinuousRequest, certify_continuous
from exactnet.families import FAMILIES
from exactnet.kernel.errors import ExactnetError
from exactnet.kernel.network import Network
from exactnet.kernel.rationals import format_rational

from .figure import Figure, number
from .rows import COMPARED, compared
from .table import Cell, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = ["FIGURES", "FULL", "LEMMAS", "QUICK", "Instance", "decimal", "sawtooth", "steps", "table"]

LEMMAS = ("gadgets/ramps", "gadgets/outputs/clipped", "routes/lookahead", "routes/compact")


@dataclass(frozen=True)
class Instance:
    """One row: what network, and the parameters of S4."""

    title: str
    network: Network
    p: int
    r: int
    delta: str
    exact: bool = True
    route: str = "compact"

    def request(self) -> ContinuousRequest:
        """What is certified."""
        return ContinuousRequest(
            self.network, self.p, self.r, mpq(self.delta), limit=1, route=self.route, exact=self.exact
        )


def decimal(value: mpq, places: int = 6) -> str:
    """A number rounded up, exactly, to decimal places.

    >>> decimal(mpq(1, 3)), decimal(mpq(1, 4), 2)
    ('0.333334', '0.25')
    """
    units = -(-value.numerator * 10**places // value.denominator)
    text = str(units).rjust(places + 1, "0")
    return f"{text[:-places]}.{text[-places:]}"


def sawtooth(p: int, deltas: Iterable[str], r: int, route: str = "compact") -> list[Instance]:
    """The sawtooth of depth 3, two teeth on [0, 1]."""
    net = FAMILIES["telgarsky"].make(depth=3, grid=p).network
    return [Instance("sawtooth", net, p, r, delta, route=route) for delta in deltas]


def steps(d: int, p: int, deltas: Iterable[str], r: int, exact: bool = True) -> list[Instance]:
    """A clipped step of a random form with 20-bit weights."""
    net = FAMILIES["clipped"].make(d=d, m=2, bits=20, seed=1).network
    return [Instance("clipped step", net, p, r, delta, exact) for delta in deltas]


def _quick() -> list[Instance]:
    return [
        *sawtooth(2, ("1/10", "1/1000"), 10),
        *steps(1, 2, ("1/1000",), 2),
        *steps(2, 1, ("1/1000",), 2),
        *steps(3, 1, ("1/1000",), 2, exact=False),
    ]


def _deltas() -> list[Instance]:
    return [
        *sawtooth(4, ("1/4", "1/10", "1/100", "1/1000", "1/10000"), 10),
        *sawtooth(4, ("1/1000",), 10, "lookahead"),
        *steps(1, 8, ("1/10", "1/100", "1/10000"), 4),
        *steps(2, 1, ("1/10", "1/100", "1/10000"), 4),
        *steps(4, 2, ("1/100", "1/10000"), 4, exact=False),
    ]


def _grids() -> list[Instance]:
    return [instance for p in (1, 2, 4, 8) for instance in sawtooth(p, (f"1/{100 * p**3}",), 4 * p)]


_COLUMNS = (
    "network",
    "`d`",
    "`p`",
    "`r`",
    "`δ`",
    "route",
    "depth",
    "gates",
    "largest weight",
    "weight bound",
    *COMPARED,
    "bad set",
    "`2dp^2 δM`",
    "`E(N'-f)^2`",
    "bound of the instance",
    "bound of S4",
    "verdict",
)


def _row(instance: Instance) -> tuple[Cell, ...]:
    """Certify an instance; raises ``AssertionError`` unless it is certified."""
    title = f"{instance.title}, d = {len(instance.network.inputs)}, p = {instance.p}, delta = {instance.delta}"
    try:
        result = certify_continuous(instance.request())
    except ExactnetError as error:
        raise AssertionError(f"{title}: {error}") from error
    judgement, constructed = result.judgement, result.grid.constructed
    if judgement.verdict != "certified":
        raise AssertionError(f"{title}: {judgement.reason}")
    bounds = {row.name: row for row in (*result.grid.bounds, *judgement.bounds)}
    ((output, distance),) = judgement.outputs.items()
    return (
        instance.title,
        len(instance.network.inputs),
        instance.p,
        instance.r,
        instance.delta,
        instance.route,
        constructed.depth,
        constructed.gates,
        str(constructed.max_weight),
        str(bounds["max_weight"].value),
        *compared(result.grid),
        format_rational(judgement.bad),
        format_rational(bounds["bad set"].value),
        "-" if distance.exact is None else decimal(distance.exact.clipped),
        decimal(distance.bound),
        decimal(bounds[f"second moment ({output})"].value),
        judgement.verdict,
    )


def table(make: Callable[[], list[Instance]], what: str, name: str) -> Table:
    """Certify every instance; raises ``AssertionError`` unless all are certified."""
    caption = f"S4, uniform inputs in `[-p, p]^d`, `R = 1`: {what}."
    notes = ("`f = clip(N)`; the second moment is computed exactly where `d <= 2`; decimals are rounded up.",)
    return Table(name, caption, _COLUMNS, [_row(instance) for instance in make()], notes)


def draw_grids(canvas: Canvas, table: Table) -> None:
    """The exact second moment and both bounds against ``p``."""
    from exactnet.draw.plot import COLOURS, MARKERS

    axes = canvas.add_subplot()
    grid = [number(cell) for cell in table.column("`p`")]
    curves = (("bound of S4", None), ("bound of the instance", None), ("`E(N'-f)^2`", "exact"))
    for (head, label), colour, marker in zip(curves, COLOURS, MARKERS, strict=False):
        axes.plot(grid, [number(cell) for cell in table.column(head)], marker=marker, color=colour, label=label or head)
    axes.set(xscale="log", yscale="log", xlabel="p, the fineness of the grid", ylabel="E[(N' − f)²]")
    axes.set_xticks(grid, [str(cell) for cell in table.column("`p`")], minor=False)
    axes.set_xticks([], minor=True)
    axes.legend()


QUICK: Mapping[str, Callable[[], Table]] = {
    "s4-quick": partial(table, _quick, "the measure of the bad set and the second moment, each beside its bound", "s4-quick"),
}
FULL: Mapping[str, Callable[[], Table]] = {
    "s4": partial(table, _deltas, "the width `δ` of the ramps, against the measure and the second moment", "s4"),
    "s4-grids": partial(table, _grids, "finer and finer grids, `δ = 1/(100 p^3)`, `r = 4p`", "s4-grids"),
}
FIGURES: Mapping[str, Figure] = {
    "s4-grids": Figure("The second moment of `N' - clip(N)` for the sawtooth, exactly, below both bounds.", "s4-grids", draw_grids),
}
