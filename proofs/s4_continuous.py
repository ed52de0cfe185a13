"""S4, continuous inputs: bits made by ramps of width delta, and three exact parts of one certificate (docs/continuous.md).

Claim: Section 3 of G. Vardi, O. Shamir, *Neural Networks with Small Weights and Depth-Separation Barriers*, NeurIPS 2020,
for densities bounded by ``M`` on ``[-p, p]^d``. ``N'`` is ``floor(r clip N)/r`` at the grid point below the input but for a set of
probability at most ``2 d p^2 delta M``, and ``E (N' - clip N)^2`` is at most ``8 M R^2 d delta p^2 + 1/r^2 + (2R + 2/r) 2R (m+1)^(k-1) d M/p``.

Checked: the sawtooth and clipped steps of forms with 20-bit weights, under the uniform density: the bits on all reals, the
clipped form on every grid point, the measure of the bad set; for one and two inputs the exact second moment beside the bound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gmpy2 import mpq

from exactnet.continuous.making import ContinuousRequest, certify_continuous
from exactnet.families import FAMILIES
from exactnet.network import Network
from exactnet.rationals import format_rational
from proofs.table import Cell, Table

__all__ = ["FULL", "QUICK", "decimal", "table"]


@dataclass(frozen=True)
class Instance:
    """One row: what network, and the parameters of S4."""

    title: str
    network: Network
    p: int
    r: int
    delta: mpq
    exact: bool = True
    route: str = "compact"

    def request(self) -> ContinuousRequest:
        """What is certified."""
        return ContinuousRequest(
            self.network, self.p, self.r, self.delta, limit=1, route=self.route, exact=self.exact
        )


def decimal(value: mpq, places: int = 6) -> str:
    """A number rounded up, exactly, to decimal places.

    >>> decimal(mpq(1, 3)), decimal(mpq(1, 4), 2)
    ('0.333334', '0.25')
    """
    units = -(-value.numerator * 10**places // value.denominator)
    text = str(units).rjust(places + 1, "0")
    return f"{text[:-places]}.{text[-places:]}"


def _sawtooth(p: int, depth: int, deltas: tuple[str, ...], r: int, route: str = "compact") -> list[Instance]:
    net = FAMILIES["telgarsky"].make(depth=depth, grid=p).network
    return [Instance(f"sawtooth, depth {depth}", net, p, r, mpq(delta), route=route) for delta in deltas]


def _steps(d: int, p: int, deltas: tuple[str, ...], r: int, exact: bool = True) -> list[Instance]:
    net = FAMILIES["clipped"].make(d=d, m=2, bits=20, seed=1).network
    return [Instance("clipped step, 20 bits", net, p, r, mpq(delta), exact) for delta in deltas]


def _quick() -> list[Instance]:
    return [
        *_sawtooth(2, 3, ("1/2", "1/10", "1/1000"), 10),
        *_sawtooth(4, 3, ("1/1000",), 10, "lookahead"),
        *_steps(1, 2, ("1/10", "1/1000"), 2),
        *_steps(2, 1, ("1/10", "1/1000"), 2),
        *_steps(3, 1, ("1/1000",), 2, exact=False),
    ]


def _full() -> list[Instance]:
    return [
        *_sawtooth(4, 3, ("1/4", "1/100", "1/10000", "1/1000000"), 10),
        *_sawtooth(8, 3, ("1/100", "1/10000"), 20),
        *_sawtooth(16, 3, ("1/10000",), 40),
        *_steps(1, 8, ("1/10", "1/100", "1/10000"), 4),
        *_steps(2, 1, ("1/10", "1/100", "1/10000"), 4),
        *_steps(2, 2, ("1/100",), 4),
        *_steps(4, 2, ("1/100", "1/10000"), 4, exact=False),
    ]


def table(instances: list[Instance], name: str) -> Table:
    """Certify every instance; raises ``AssertionError`` unless all are certified."""
    rows: list[tuple[Cell, ...]] = []
    for instance in instances:
        result = certify_continuous(instance.request())
        judgement, made = result.judgement, result.grid.constructed
        if judgement.verdict != "certified":
            raise AssertionError(f"{instance.title}: {judgement.reason}")
        bounds = {row.name: row for row in judgement.bounds}
        (output,) = judgement.outputs
        found = judgement.outputs[output]
        rows.append(
            (
                instance.title,
                len(instance.network.inputs),
                instance.p,
                instance.r,
                format_rational(instance.delta),
                instance.route,
                made.depth,
                made.gates,
                str(made.max_weight),
                format_rational(judgement.bad),
                format_rational(bounds["bad set"].value),
                "-" if found.exact is None else decimal(found.exact.clipped),
                decimal(found.bound),
                decimal(bounds[f"second moment ({output})"].value),
                judgement.verdict,
            )
        )
    columns = (
        "network",
        "d",
        "p",
        "r",
        "delta",
        "route",
        "depth",
        "gates",
        "largest weight",
        "bad set",
        "2dp^2 delta M",
        "E(N'-clip N)^2",
        "bound of the instance",
        "bound of S4",
        "verdict",
    )
    caption = (
        "S4, R = 1, the uniform density on [-p, p]^d: the measure of the bad set and the second moment, exactly where d <= 2, "
        "each beside its bound (decimals are rounded up)."
    )
    return Table(name, caption, columns, rows)


QUICK: Mapping[str, Callable[[], Table]] = {"s4-quick": lambda: table(_quick(), "s4-quick")}
FULL: Mapping[str, Callable[[], Table]] = {"s4": lambda: table(_full(), "s4")}
