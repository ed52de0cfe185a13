"""S1, small weights: a depth-``k`` ReLU network with huge weights as one of depth at most ``3k+3`` with small weights.

Claim: let ``N`` have depth ``k``, and ``|N| <= R`` on a finite domain. There is a ReLU network ``N'`` of depth at most
``3k+3`` whose size, weights and biases are bounded by a polynomial in the parameters, with ``N' = N`` (exact form, if every
``r*N(x)`` is an integer) or ``N' = floor(r*N)/r`` (rounded form, always). For ``k = 2`` on the cube every wire of the hidden
part is at most ``(d+3)^3/4``, whatever the size of the original weights.

Source: Main Result 2 of G. Vardi, O. Shamir, *Neural Networks with Small Weights and Depth-Separation Barriers*,
NeurIPS 2020; the finite forms, the construction and its bounds are this project's (docs/theory.md, docs/bounds.md).

Checked, each on every input: the family ``clipped`` with weights of 20 to 1024 bits, and with 4 to 14 inputs; random networks
of depth 2, 3 and 4 in exact form, by every route; random networks and Telgarsky's sawtooth in rounded form; ``iris`` (float64
weights, 130321 inputs of its grid) in each way to read grid inputs; and the bounds as expressions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import product
from math import log2
from typing import TYPE_CHECKING

from exactnet.certify.small_weights import Request
from exactnet.data import example_path
from exactnet.families import FAMILIES
from exactnet.families.family import Value
from exactnet.files.networks import read_network
from exactnet.kernel.rationals import format_rational

from .figure import Figure, number
from .rows import MEASURED, ROUTE_LEMMAS, ROUTES, bound, certified, measured
from .table import Cell, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = ["FIGURES", "FULL", "LEMMAS", "QUICK", "ROUNDED", "SCALED", "STEPS", "Instance", "bits_table", "named"]

LEMMAS = ROUTE_LEMMAS

#: The instances of the tables of depths: a family and its options.
Instance = tuple[str, dict[str, Value]]
STEPS: tuple[Instance, ...] = (
    ("random", {"d": 4, "widths": (4,), "bits": 32, "seed": 1}),
    ("random", {"d": 4, "widths": (2, 2), "bits": 16, "seed": 1}),
    ("random", {"d": 6, "widths": (3, 2), "bits": 16, "seed": 1}),
    ("telgarsky", {"depth": 3, "grid": 4}),
    ("random", {"d": 3, "widths": (2, 2, 2), "bits": 8, "seed": 2}),
)
SCALED: tuple[Instance, ...] = (
    ("random", {"d": 4, "widths": (3,), "bits": 16, "end": "scaled", "seed": 1}),
    ("random", {"d": 2, "widths": (2,), "bits": 12, "end": "scaled", "grid": 2, "seed": 1}),
    ("random", {"d": 4, "widths": (2, 2), "bits": 12, "end": "scaled", "seed": 1}),
    ("telgarsky", {"depth": 3, "grid": 8}),
)
#: The columns of what all seeds lie between.
BETWEEN = ("gates, least", "gates, most", "weight, least", "weight, most")
#: Route D would make a network of two hidden layers and huge weights that takes minutes.
ROUNDED = tuple(
    (instance, route) for instance, route in product(SCALED, ROUTES) if (instance, route) != (SCALED[2], "stacked")
)


def named(family: str, options: Mapping[str, Value]) -> str:
    """An instance as it stands in a cell: what ``exactnet make`` is told; the seed is 1 unless it says otherwise."""
    words = (f"{name} {','.join(map(str, v)) if isinstance(v, tuple) else v}" for name, v in options.items())
    return f"{family}, {', '.join(word for word in words if word not in ('seed 1', 'end scaled'))}"


def _formula(expression: str) -> str:
    """An expression as sympy prints it, for a cell."""
    return f"`{expression.replace('**', '^')}`"


def bits_table(bits: Iterable[int], name: str) -> Table:
    """The family ``clipped`` for each size of weights, by route A."""
    rows: list[tuple[Cell, ...]] = []
    for size in bits:
        instance = FAMILIES["clipped"].make(d=8, m=4, bits=size, seed=1)
        certificate = certified(f"clipped with {size} bits", Request(instance.network, instance.domain))
        rows.append((size, certificate.original.bits, certificate.constructed.bits, *measured(certificate)))
    caption = (
        "S1, exact form, route A: `clipped`, d = 8, m = 4, seed 1, all 256 inputs. "
        "The largest weight depends on d and not on the bits; gates grow linearly with the bits."
    )
    return Table(name, caption, ("bits", "bits before", "bits after", *MEASURED), rows)


def bounds_table(name: str) -> Table:
    """Every stated bound of one exact and one rounded instance, as an expression, with its value and what was measured."""
    rows: list[tuple[Cell, ...]] = []
    notes: list[str] = []
    for (family, options), precision in ((STEPS[1], None), (SCALED[1], 4)):
        instance = FAMILIES[family].make(**options)
        title = named(family, options)
        certificate = certified(title, Request(instance.network, instance.domain, precision=precision))
        rows += (
            (title, certificate.statement, row.name, _formula(row.symbolic), str(row.value), str(row.measured), certificate.verdict)
            for row in certificate.bounds
        )
        parameters = ", ".join(f"{name} = {value}" for name, value in certificate.parameters.items())
        definitions = "; ".join(_formula(f"{name} = {expression}") for name, expression in certificate.definitions.items())
        notes.append(f"{title}: `{parameters}`; {definitions}.")
    caption = "S1, route A: the stated bounds as expressions, their values for two instances, and what is measured."
    columns = ("network", "statement", "measure", "bound", "its value", "measured", "verdict")
    return Table(name, caption, columns, rows, notes)


def depths_table(instances: Iterable[Instance], name: str) -> Table:
    """Exact form for networks of several depths, by every route."""
    rows: list[tuple[Cell, ...]] = []
    for (family, options), route in product(instances, ROUTES):
        instance, title = FAMILIES[family].make(**options), named(family, options)
        certificate = certified(f"{title}, route {route}", Request(instance.network, instance.domain, route))
        k = certificate.original.depth
        rows.append((title, k, certificate.inputs_checked, route, bound(certificate, "depth"), 3 * k + 3, *measured(certificate)))
    caption = "S1, exact form, by depth and route, all inputs: the depth of the original, of the theorem, and what was made."
    columns = ("network", "`k`", "inputs", "route", "depth bound", "`3k+3`", *MEASURED)
    return Table(name, caption, columns, rows)


def rounded_table(cases: Iterable[tuple[Instance, str]], name: str) -> Table:
    """Rounded form at precision 1/4, by the given routes."""
    rows: list[tuple[Cell, ...]] = []
    for (family, options), route in cases:
        instance, title = FAMILIES[family].make(**options), named(family, options)
        certificate = certified(f"{title}, route {route}", Request(instance.network, instance.domain, route, precision=4))
        k = certificate.original.depth
        rows.append((title, k, certificate.inputs_checked, route, bound(certificate, "depth"), 3 * k + 3, *measured(certificate)))
    caption = "S1, rounded form, precision 1/4: `N'(x) = floor(4*N(x))/4` on all inputs of the cube or grid."
    columns = ("network", "`k`", "inputs", "route", "depth bound", "`3k+3`", *MEASURED)
    return Table(name, caption, columns, rows)


def size_table(inputs: Iterable[int], seeds: int, name: str) -> Table:
    """The family ``clipped`` for each number of inputs, by every route: of some seeds the median by gates, and all between what."""
    rows: list[tuple[Cell, ...]] = []
    for d, route in product(inputs, ROUTES):
        instances = [FAMILIES["clipped"].make(d=d, m=4, bits=64, seed=seed) for seed in range(1, seeds + 1)]
        requests = [Request(instance.network, instance.domain, route) for instance in instances]
        found = [certified(f"clipped, d = {d}, seed {seed}, route {route}", request) for seed, request in enumerate(requests, 1)]
        found.sort(key=lambda certificate: certificate.constructed.gates)
        median, weights = found[(seeds - 1) // 2], sorted(certificate.constructed.max_weight for certificate in found)
        gates = found[0].constructed.gates, found[-1].constructed.gates
        between = *gates, format_rational(weights[0]), format_rational(weights[-1])
        rows.append((d, median.inputs_checked, route, *between, *measured(median)))
    caption = (
        f"S1, exact form: `clipped`, m = 4, 64 bits, seeds 1 to {seeds}, against the number of inputs d, by every route, all `2^d` "
        "inputs. Of the seeds the median by gates, and the least and the most gates and largest weights of all; all are certified."
    )
    return Table(name, caption, ("d", "inputs", "route", *BETWEEN, *MEASURED), rows)


def reading_table(name: str) -> Table:
    """The shipped network iris in every way to read the inputs of a grid."""
    loaded = read_network(example_path("iris"))
    if loaded.domain is None:
        raise AssertionError("iris has no domain")
    rows: list[tuple[Cell, ...]] = []
    for route, inputs in (("lookahead", "bits"), ("lookahead", "integers")):
        request = Request(loaded.network, loaded.domain, route, precision=100, options={"inputs": inputs})
        rows.append((route, inputs, *measured(certified(f"iris, route {route}, inputs as {inputs}", request))))
    caption = (
        f"S1, rounded form, precision 1/100: iris on all {loaded.domain.count} inputs of its grid, "
        "by how the inputs are read (`3k+3` = 9)."
    )
    return Table(name, caption, ("route", "inputs read as", *MEASURED), rows)


def draw_weights(canvas: Canvas, table: Table) -> None:
    """Binary logarithm of the largest weight against the bits of the family."""
    from exactnet.draw.plot import COLOURS, MARKERS

    axes = canvas.add_subplot()
    bits = [number(cell) for cell in table.column("bits")]
    curves = (
        ("before", [number(cell) for cell in table.column("bits before")], "-"),
        ("after: its bound", [log2(number(cell)) for cell in table.column("weight bound")], "--"),
        ("after: measured", [log2(number(cell)) for cell in table.column("largest weight")], "-"),
    )
    for (label, values, line), colour, marker in zip(curves, COLOURS, MARKERS, strict=False):
        axes.plot(bits, values, line, marker=marker, color=colour, label=label)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log", base=2)
    axes.set_xticks(bits, [f"{size:.0f}" for size in bits])
    powers = [2**power for power in range(2, 11)]
    axes.set_yticks(powers, [str(power) for power in powers])
    axes.set_xlabel("bits of the original weights")
    axes.set_ylabel("bits of the largest weight")
    axes.legend(loc="center right")


def draw_size(canvas: Canvas, table: Table) -> None:
    """Gates, and the largest weight with its bound, against the number of inputs; one curve for each route, in what all lie."""
    from exactnet.draw.plot import COLOURS, MARKERS, logarithmic

    left, right = canvas.subplots(1, 2)
    records = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    for number_of, route in enumerate(dict.fromkeys(record["route"] for record in records)):
        mine = [record for record in records if record["route"] == route]
        d = [number(record["d"]) for record in mine]
        style = {"color": COLOURS[number_of % len(COLOURS)], "marker": MARKERS[number_of % len(MARKERS)], "label": str(route)}
        for axes, median, (least, most) in ((left, "gates", BETWEEN[:2]), (right, "largest weight", BETWEEN[2:])):
            values = ([number(record[column]) for record in mine] for column in (median, least, most))
            middle, low, high = values
            axes.plot(d, middle, **style)
            axes.fill_between(d, low, high, color=style["color"], alpha=0.15, linewidth=0)
        right.plot(d, [number(record["weight bound"]) for record in mine], "--", color=style["color"], linewidth=1)
    for axes, label in ((left, "gates"), (right, "largest weight (dashed: its bound)")):
        logarithmic(axes)
        axes.set_xlabel("inputs d")
        axes.set_ylabel(label)
        axes.set_xticks(sorted({int(number(record["d"])) for record in records}))
    left.legend(loc="best")


QUICK: Mapping[str, Callable[[], Table]] = {
    "s1-quick": partial(bits_table, (20, 64), "s1-quick"),
    "s1-bounds": partial(bounds_table, "s1-bounds"),
    "s1-depths-quick": partial(depths_table, STEPS[:2], "s1-depths-quick"),
    "s1-rounded-quick": partial(rounded_table, ((SCALED[0], "lookahead"), (SCALED[0], "compact")), "s1-rounded-quick"),
    "s1-size-quick": partial(size_table, (4, 6), 3, "s1-size-quick"),
}
FULL: Mapping[str, Callable[[], Table]] = {
    "s1": partial(bits_table, (20, 64, 256, 1024), "s1"),
    "s1-depths": partial(depths_table, STEPS, "s1-depths"),
    "s1-rounded": partial(rounded_table, ROUNDED, "s1-rounded"),
    "s1-size": partial(size_table, (4, 6, 8, 10, 12, 14), 5, "s1-size"),
    "s1-reading": partial(reading_table, "s1-reading"),
}
FIGURES: Mapping[str, Figure] = {
    "s1-weights": Figure(
        "Weights before and after (S1, exact form, route A): the largest weight does not grow with the bits of the original.",
        "s1",
        draw_weights,
    ),
    "s1-size": Figure(
        "Size and largest weight against the number of inputs `d`, by every route: the median of 5 seeds, between the least and "
        "the most; dashed, the bounds.",
        "s1-size",
        draw_size,
        (8.0, 3.8),
    ),
}
