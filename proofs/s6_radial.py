"""S6, functions of one input and of the norm: depth 2 and depth 3 with polynomial weights, so no candidates for a separation.

Claim: on the grid ``I_p^d`` a function ``g(x_i)`` with ``|g| <= R`` is a network of depth 2 with ``2p^2`` ReLUs and weights at most
``4Rp``; a function ``g(‖x‖)`` is one of depth 3 with weights at most ``max(4Rp^2, 2p)``.

Source: G. Vardi, O. Shamir, *Neural Networks with Small Weights and Depth-Separation Barriers*, NeurIPS 2020. The sawtooth is
M. Telgarsky's, *Benefits of depth in neural networks*, COLT 2016; balls, shells and inner products are the targets of R. Eldan,
O. Shamir, COLT 2016, I. Safran, O. Shamir, ICML 2017, and A. Daniely, COLT 2017.

Checked, each on every input of its grid or cube: sawtooths, balls, random signs on shells, parities, and tables of random
rational values by input and by norm; that other functions are refused with two inputs that show why; and sawtooths flattened to
depth 2, equal on all reals of an interval, with the number of their pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from gmpy2 import mpq

from exactnet.certify.small_weights import Request, certify_network, plan
from exactnet.construct.functions.flatten import flatten, on_interval
from exactnet.families import FAMILIES
from exactnet.families.draws import Draws
from exactnet.files.lookup import lookup_component, lookup_norm
from exactnet.kernel.domain import Grid
from exactnet.kernel.errors import RefusedError
from exactnet.kernel.judge import judge
from exactnet.kernel.measures import measure

from .figure import Figure, number
from .rows import COMPARED, accept, certified, compared
from .table import Cell, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = ["FIGURES", "FULL", "FULL_ROWS", "LEMMAS", "QUICK", "QUICK_ROWS", "flat_table", "functions_table", "refused_table"]

LEMMAS = ("functions/component", "functions/radial")

#: A row: what the function is, and the request that certifies it.
Row = tuple[str, Request]


def _family(title: str, route: str, name: str, **options: object) -> Row:
    instance = FAMILIES[name].make(**options)
    return title, Request(instance.network, instance.domain, route)


def _value(draws: Draws) -> mpq:
    """A random multiple of 1/12 between -5 and 5."""
    return mpq(draws.below(121) - 60, 12)


def random_by_input(d: int, p: int, seed: int, precision: int | None = None) -> Row:
    """A table of random values by the last input of ``I_p^d``."""
    draws, domain = Draws(seed), Grid(p, d)
    inputs = [f"x{i}" for i in range(1, d + 1)]
    net = lookup_component(inputs, "y", inputs[-1], {t: _value(draws) for t in domain.values})
    return "random table by one input", Request(net, domain, "component", precision)


def random_by_norm(d: int, p: int, seed: int, precision: int | None = None) -> Row:
    """A table of random values by the squared norm on ``I_p^d``."""
    draws, domain = Draws(seed), Grid(p, d)
    values = {mpq(s, p * p): _value(draws) for s in range(d * p**4 + 1)}
    net = lookup_norm([f"x{i}" for i in range(1, d + 1)], "y", domain, values)
    return "random table by norm", Request(net, domain, "radial", precision)


QUICK_ROWS: tuple[Callable[[], Row], ...] = (
    partial(_family, "sawtooth of depth 4", "component", "telgarsky", depth=4, grid=8),
    partial(random_by_input, 2, 3, 1),
    partial(random_by_input, 2, 3, 1, 5),
    partial(_family, "ball", "radial", "ball", d=2, grid=2, radius=5),
    partial(_family, "ball, a circuit", "radial", "ball", d=2, grid=2, radius=5, kind="threshold"),
    partial(_family, "random signs on shells", "radial", "shells", d=3, grid=1),
    partial(_family, "parity", "radial", "parity", d=8),
    partial(random_by_norm, 2, 2, 1),
    partial(random_by_norm, 2, 2, 1, 5),
)
FULL_ROWS: tuple[Callable[[], Row], ...] = (
    partial(_family, "sawtooth of depth 8", "component", "telgarsky", depth=8, grid=128),
    partial(random_by_input, 3, 4, 1),
    partial(_family, "ball", "radial", "ball", d=2, grid=8, radius=2048),
    partial(_family, "ball", "radial", "ball", d=3, grid=3, radius=81),
    partial(_family, "ball", "radial", "ball", d=4, grid=2, radius=20),
    partial(_family, "random signs on shells", "radial", "shells", d=4, grid=2, width=3),
    partial(_family, "parity", "radial", "parity", d=16),
    partial(random_by_norm, 3, 3, 1),
    partial(random_by_norm, 3, 3, 1, 5),
)


def functions_table(rows: Iterable[Callable[[], Row]], name: str) -> Table:
    """Certify every function; raises ``AssertionError`` unless all are certified."""
    cells: list[tuple[Cell, ...]] = []
    for make in rows:
        title, request = make()
        certificate = certified(title, request)
        bound = {row.name: str(row.value) for row in certificate.bounds}
        constructed = certificate.constructed
        cells.append(
            (
                title,
                request.route,
                certificate.statement.removeprefix("S6 "),
                certificate.parameters["d"],
                certificate.parameters["p"],
                certificate.inputs_checked,
                certificate.parameters["R"],
                certificate.original.depth,
                constructed.depth,
                constructed.neurons,
                bound["neurons"],
                str(constructed.max_weight),
                bound["max_weight"],
                str(constructed.max_bias),
                bound["max_bias"],
                *compared(certificate),
                certificate.verdict,
            )
        )
    columns = (
        "function",
        "route",
        "form",
        "`d`",
        "`p`",
        "inputs",
        "`R`",
        "depth before",
        "depth",
        "ReLUs",
        "ReLU bound",
        "largest weight",
        "weight bound",
        "largest bias",
        "bias bound",
        *COMPARED,
        "verdict",
    )
    caption = "S6: functions of one input in depth 2, functions of the norm in depth 3, every input of the grid or cube checked."
    return Table(name, caption, columns, cells)


def flat_table(depths: Iterable[int], name: str) -> Table:
    """Flatten sawtooths; raises ``AssertionError`` unless each is certified on its grid and equal on the reals between."""
    cells: list[tuple[Cell, ...]] = []
    for depth in depths:
        p = 1 << (depth - 1)
        instance = FAMILIES["telgarsky"].make(depth=depth, grid=p)
        net, domain = instance.network, instance.domain
        flat = flatten(net, mpq(-p), mpq(p))
        certificate = accept(f"depth {depth}", judge(net, flat, plan(Request(net, domain, "component"))))
        (before,), (after,) = (on_interval(one, mpq(-p), mpq(p)) for one in (net, flat))
        pieces = on_interval(net, mpq(0), mpq(1))[0].pieces
        inside = measure(flatten(net, mpq(0), mpq(1)))
        if any(y for _, y in (before - after).knots()) or not pieces == inside.neurons == p:
            raise AssertionError(f"depth {depth}: {pieces} pieces, {inside.neurons} ReLUs")
        cells.append(
            (
                depth,
                measure(net).neurons,
                pieces,
                inside.neurons,
                pieces - 1,
                str(inside.max_weight),
                certificate.inputs_checked,
                certificate.verdict,
                "equal",
            )
        )
    columns = (
        "depth `L`",
        "ReLUs",
        "pieces on `[0,1]`",
        "ReLUs in depth 2",
        "breakpoints, each needs one",
        "largest weight",
        "inputs of the dyadic grid",
        "verdict",
        "on all reals of `[-p,p]`",
    )
    caption = "Telgarsky's sawtooth of depth `L` has `2^(L-1)` pieces on `[0,1]`; flattened to depth 2 it takes that many ReLUs."
    return Table(name, caption, columns, cells)


def refused_table(name: str) -> Table:
    """Functions that are none of S6; raises ``AssertionError`` if one is not refused."""
    rows = (
        _family("sawtooth", "radial", "telgarsky", depth=2, grid=2),
        _family("ball of norm 1", "radial", "ball", d=3, grid=2, radius=3, norm=1),
        _family("inner product, oscillating", "radial", "daniely", d=2, grid=1),
        _family("inner product, oscillating", "component", "daniely", d=1, grid=1),
        _family("parity", "component", "parity", d=4),
        _family("comparison", "component", "comparison", n=2),
    )
    cells: list[tuple[Cell, ...]] = []
    for title, request in rows:
        try:
            certify_network(request)
        except RefusedError as error:
            cells.append((title, request.route, str(error)))
        else:
            raise AssertionError(f"{title} is not refused by {request.route}")
    return Table(name, "S6: what is no function of one input, or of the norm, is refused.", ("function", "route", "refusal"), cells)


def draw_pieces(canvas: Canvas, table: Table) -> None:
    """ReLUs against the depth of the sawtooth, in a network of that depth and in depth 2."""
    from exactnet.draw.plot import COLOURS, MARKERS

    axes = canvas.add_subplot()
    depths = [number(cell) for cell in table.column("depth `L`")]
    curves = (("depth 2", "ReLUs in depth 2"), ("depth L", "ReLUs"))
    for (label, column), colour, marker in zip(curves, COLOURS, MARKERS, strict=False):
        axes.plot(depths, [number(cell) for cell in table.column(column)], marker=marker, color=colour, label=label)
    axes.set_yscale("log", base=2)
    powers = [2**power for power in range(1, 9)]
    axes.set_yticks(powers, [str(power) for power in powers])
    axes.set_xlabel("depth L of the sawtooth")
    axes.set_ylabel("ReLUs")
    axes.legend(loc="best")


QUICK: Mapping[str, Callable[[], Table]] = {
    "s6-quick": partial(functions_table, QUICK_ROWS, "s6-quick"),
    "s6-flat-quick": partial(flat_table, (2, 3, 4), "s6-flat-quick"),
    "s6-refused": partial(refused_table, "s6-refused"),
}
FULL: Mapping[str, Callable[[], Table]] = {
    "s6": partial(functions_table, FULL_ROWS, "s6"),
    "s6-flat": partial(flat_table, range(2, 10), "s6-flat"),
}
FIGURES: Mapping[str, Figure] = {
    "s6-flat": Figure(
        "Telgarsky's sawtooth: ReLUs in a network of depth `L`, and flattened to depth 2, where each linear piece takes one.",
        "s6-flat",
        draw_pieces,
    )
}
