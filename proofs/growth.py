"""Growth: the networks of every route grow as polynomials of low degree in the parameters of the original.

Claim: with the number of inputs `d`, the width `m` or the bits `B` of the original growing and all else fixed, gates, wires and
largest weight of the constructed network are at most polynomials, whose degrees follow from the symbolic bounds (docs/bounds.md).

Source: Main Result 2 of G. Vardi, O. Shamir, *Neural Networks with Small Weights and Depth-Separation Barriers*, NeurIPS 2020, asks
for polynomial growth; the bounds and their degrees are this project's.

Checked: the family ``clipped`` (depth 2), every instance certified on all its inputs by every route that has a cost model.
Each measure is within its evaluated bound on every instance (that is part of the certificate). Its slope is at most the
symbolic degree and a half, but where there are moduli it is only shown: proven ones come of one of several counts, from one to
another of which is a jump; of searched ones number and size grow with the number of inputs
up to constants (48 and ``2^24``), and a constant has no degree; until it is reached anything below it may grow faster. A slope is
that of the least-squares line through the logarithms, in decimal arithmetic of 30 digits, rounded for display. It describes the
instances: a finite range proves nothing about the limit, where only the symbolic degree speaks; and the degree counts
``bits(x)``, which grows like a logarithm, as one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

import sympy as sp
from gmpy2 import mpq

from exactnet.certify.small_weights import Request
from exactnet.claims.statements import STATEMENTS
from exactnet.construct.routes.registry import ROUTES
from exactnet.families import FAMILIES
from exactnet.kernel.judge import Certificate
from exactnet.theory.growth import polynomial_bound
from exactnet.theory.parameters import parameters_of
from exactnet.theory.routes import stated_bounds
from exactnet.theory.symbols import SYMBOLS

from .rows import ROUTE_LEMMAS, certified
from .table import Cell, Table

__all__ = ["FULL", "LEMMAS", "QUICK", "degree", "slope"]

LEMMAS = ROUTE_LEMMAS

#: How much a slope may exceed the symbolic degree: what constants and rounding to whole gates make of a short range.
MARGIN = Decimal("0.5")

#: The measures, with their names in tables.
MEASURES = {"neurons": "neurons", "wires": "wires", "max_weight": "largest weight"}


@dataclass(frozen=True)
class Series:
    """Instances of ``clipped`` in which one parameter grows."""

    against: str
    """``d``, ``m`` or ``B``."""
    sizes: Sequence[tuple[int, int, int]]
    """``(d, m, bits)`` of each."""


#: Routes that are shown with proven moduli too, on the smaller instances; those of ``stacked`` are too many to build here.
PROVEN = ("residue",)

QUICK_SERIES = (
    Series("d", [(d, 2, 24) for d in (3, 4, 6)]),
    Series("m", [(4, m, 24) for m in (2, 4, 8)]),
    Series("B", [(4, 2, bits) for bits in (16, 32, 64)]),
)
FULL_SERIES = (
    Series("d", [(d, 2, 64) for d in (4, 6, 8, 10, 12)]),
    Series("m", [(6, m, 32) for m in (2, 4, 8, 16, 32)]),
    Series("B", [(6, 2, bits) for bits in (16, 32, 64, 128, 256, 512)]),
)


def slope(points: Sequence[tuple[int, mpq]]) -> Decimal:
    """The slope of the least-squares line through the logarithms of positive numbers.

    >>> slope([(1, mpq(5)), (2, mpq(20)), (4, mpq(80))])
    Decimal('2.00')
    """
    with localcontext() as context:
        context.prec = 30
        xs = [Decimal(x).ln() for x, _ in points]
        ys = [(Decimal(int(y.numerator)) / Decimal(int(y.denominator))).ln() for _, y in points]
        zero = Decimal(0)
        x_mean, y_mean = sum(xs, zero) / len(xs), sum(ys, zero) / len(ys)
        rise = sum(((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys, strict=True)), zero)
        return (rise / sum(((x - x_mean) ** 2 for x in xs), zero)).quantize(Decimal("0.01"))


def _rates(against: str, certificates: Sequence[Certificate]) -> dict[str, sp.Expr]:
    """Every parameter as a polynomial in the one that grows: constant where it is, else at most a multiple."""
    rates: dict[str, sp.Expr] = {}
    for name in SYMBOLS:
        values = [certificate.parameters[name] for certificate in certificates]
        pairs = [(certificate.parameters[name], certificate.parameters[against]) for certificate in certificates]
        constant = name != against and len(set(values)) == 1
        factor = 1 if name == against else max(-(-value // size) for value, size in pairs)
        rates[name] = sp.Integer(values[0]) if constant else factor * SYMBOLS["d"].sympy()
    return rates


def degree(against: str, measure: str, certificates: Sequence[Certificate], request: Request) -> int | None:
    """The degree of the symbolic bound on a measure in the parameter that grows; None if none is stated."""
    last = certificates[-1]
    parameters = parameters_of(request.net, request.domain, last.relation.r or 1)
    bounds = stated_bounds(last.route, STATEMENTS[last.statement], False, last.options, parameters)
    stated = "neurons" if measure == "gates" else measure  # two for each step
    bound = next((bound for bound in bounds.bounds if bound.name == stated), None)
    if bound is None:
        return None
    return max(0, int(polynomial_bound(bounds, bound, _rates(against, certificates)).degree()))


def _rows(route: str, series: Series, options: Mapping[str, str]) -> list[tuple[Cell, ...]]:
    requests = []
    for d, m, bits in series.sizes:
        instance = FAMILIES["clipped"].make(d=d, m=m, bits=bits, seed=1)
        requests.append(Request(instance.network, instance.domain, route, options=options))
    certificates = [
        certified(f"clipped {size}, route {route}", request)
        for size, request in zip(series.sizes, requests, strict=True)
    ]
    sizes = [certificate.parameters[series.against] for certificate in certificates]
    moduli = certificates[-1].options.get("moduli")
    rows: list[tuple[Cell, ...]] = []
    for measure, title in MEASURES.items():
        values = [mpq(getattr(certificate.constructed, measure)) for certificate in certificates]
        limit = degree(series.against, measure, certificates, requests[-1])
        measured = slope(list(zip(sizes, values, strict=True)))
        bounded: list[mpq] = [row.value for c in certificates for row in c.bounds if row.name == measure]
        bound_slope = str(slope(list(zip(sizes, bounded, strict=True)))) if bounded else "-"
        row: tuple[Cell, ...] = (
            route if moduli is None else f"{route}, {moduli} moduli",
            f"`{series.against}`",
            f"{sizes[0]} to {sizes[-1]}",
            title,
            f"{values[0]} to {values[-1]}",
            str(measured),
            bound_slope,
            "-" if limit is None else limit,
            "certified",
        )
        # Moduli are found by a search or by one of several counts: from one to another is a jump, and no slope.
        if limit is not None and moduli is None and measured > limit + MARGIN:
            raise AssertionError(f"growth: the slope is above the symbolic degree: {row}")
        rows.append(row)
    return rows


def _table(name: str, series: Sequence[Series]) -> Table:
    known = list(ROUTES)
    rows = [row for name in known for one in series for row in _rows(name, one, {})]
    rows += [row for name in known if name in PROVEN for one in QUICK_SERIES for row in _rows(name, one, {"moduli": "proven"})]
    columns = (
        "route",
        "against",
        "range",
        "measure",
        "measured",
        "slope",
        "slope of its bound",
        "symbolic degree",
        "verdict",
    )
    caption = "Growth: measured log-log slopes beside the symbolic degrees; clipped, seed 1, exact form, all instances certified."
    notes = (
        "A slope over a finite range says nothing about the limit; the symbolic degree does, and counts `bits(x)` as one degree.",
        "Checked: every instance is within its bounds; a slope is at most the degree and a half, unless there are moduli.",
        "Where `R` grows with `m`, the degree counts it.",
    )
    return Table(name, caption, columns, rows, notes)


QUICK: Mapping[str, Callable[[], Table]] = {"growth-quick": lambda: _table("growth-quick", QUICK_SERIES)}
FULL: Mapping[str, Callable[[], Table]] = {"growth": lambda: _table("growth", FULL_SERIES)}
