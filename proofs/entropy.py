"""E1 and E2, bumps with signs: what few parameters cannot do at a fixed depth, and what a deep network does.

Claim: E2, if `ceil(2wL/θ)^P < 2^N`, then some sum of `N` bumps with signs is `θ/2` or more from every network of a
shape with `P` parameters in `[-w, w]`; `L` is the Lipschitz constant of outputs in the parameters. E1, every sum of `m
n` bumps is a network of depth `n + log m + 5` with about `3m + 31n` parameters, equal to the one of depth 2 for all
reals.

Source: G. Petrova, P. Wojtaszczyk, *Limitations on approximation by deep and shallow neural networks*, 2022, and *Neural networks:
deep, shallow, or in between?*, 2023: by the abstracts, the error on a compact set is bounded below by entropy numbers, up to
logarithms at fixed depth, and rates beyond these need depth that grows. The theorem is asymptotic. E2 is its finite form, with
constants and a proof of this project (docs/entropy.md), for bumps in the unit ball of Lipschitz functions; E1 is constructed here.
Rates, and compact sets other than through finite packings, have no finite check.

Checked: E2 by comparing integers; E1 by all breakpoints of both networks on `[0,1]`, exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from gmpy2 import mpq

from exactnet.certify.entropy import consistency, counted, random_signs
from exactnet.claims.cells.certificate import first_difference
from exactnet.claims.cells.polyhedron import Polyhedron
from exactnet.claims.entropy import excluded, parameters
from exactnet.construct.bumps import deep_bumps, shallow_bumps
from exactnet.construct.functions.flatten import on_interval
from exactnet.kernel.measures import measure
from exactnet.theory.entropy import bumps_size, least_parameters, least_width

from .table import Cell, Table

__all__ = ["FULL", "LEMMAS", "LONG", "QUICK", "attained_table", "excluded_table"]

LEMMAS = ("bumps",)
LONG = ("entropy-attained",)
LAYERS = (1, 2, 4, 8, 16, 32, 64)
#: Bumps on a part of the interval that is looked at as a whole.
PART = 2**14


def excluded_table(rows: Iterable[tuple[int, int]], name: str) -> Table:
    """The least width that is not excluded, and its parameters; raises ``AssertionError`` unless the next smaller one is."""
    cells: list[tuple[Cell, ...]] = []
    for weight, power in rows:
        hats = 1 << power
        theta = mpq(1, 2 * hats)
        row: list[Cell] = [weight, f"2^{power}"]
        for layers in LAYERS:
            width = least_width(hats, layers, weight, theta)
            smaller = width == 1 or excluded(hats, [width - 1] * layers, weight, theta)
            if not smaller or excluded(hats, [width] * layers, weight, theta):
                raise AssertionError(f"w = {weight}, N = {hats}, {layers} layers: {width} is not the least width")
            row.append(f"{width}: {parameters([width] * layers)}")
        row += [least_parameters(hats, depth) if power <= 13 else "-" for depth in (2, 5)]
        cells.append(tuple(row))
    columns = ("`w`", "`N`", *(f"`l = {layers}`" for layers in LAYERS), "any `w`, depth 2", "any `w`, depth 5")
    caption = (
        "E2: the least width, and its parameters, of `l` equal hidden layers with parameters in `[-w, w]` that may be nearer "
        "than `1/(4N)` to all sums of `N` bumps; "
        "and the least number of parameters by counting signs, whatever the weights."
    )
    notes = (
        "Down a column parameters grow like `N/log N`: at a fixed depth, width buys nothing beyond the rate of entropy numbers. "
        "Along a row they fall like `1/l`.",
    )
    return Table(name, caption, columns, cells, notes)


def attained_table(rows: Sequence[tuple[int, int]], name: str) -> Table:
    """Deep networks for random signs; raises ``AssertionError`` unless each is equal to depth 2 on all reals of [0, 1]."""
    cells: list[tuple[Cell, ...]] = []
    for groups, bits in rows:
        signs, hats = random_signs(groups, bits, 2), groups * bits
        nets = deep_bumps(signs), shallow_bumps(signs)
        parts = -(-hats // PART)  # of [0, 1], one after the other: less memory
        for part in range(parts):
            place = first_difference(nets, Polyhedron.box(1, mpq(part, parts), mpq(part + 1, parts)))
            if place is not None:
                raise AssertionError(f"m = {groups}, n = {bits}: differs at {place}")
        deep = measure(nets[0])
        most, depth = bumps_size(groups, bits)
        if counted(nets[0]) > most or deep.depth != depth:
            raise AssertionError(f"m = {groups}, n = {bits}: {counted(nets[0])} parameters, depth {deep.depth}")
        pieces = on_interval(nets[1], mpq(0), mpq(1))[0].pieces
        row = consistency(nets[0], mpq(1, 2 * groups * (bits + 1)))
        if row.parameters * row.bits <= hats:
            raise AssertionError(f"m = {groups}, n = {bits}: excluded by E2")
        cells.append(
            (
                hats, groups, bits, counted(nets[0]), deep.depth, deep.width, deep.bits, counted(nets[1]), pieces, hats - 2,
                row.weight, f"{row.parameters} * {row.bits}", -(-row.parameters * row.bits // hats),
                -(-counted(nets[0]) * row.bits // hats), "equal",
            )
        )
    columns = (
        "`N`", "`m`", "`n`", "parameters", "depth", "width", "bits", "parameters in depth 2", "pieces", "ReLUs needed in depth 2",
        "`w`", "dense parameters and bits of E2", "times `N`, at most", "with its wires alone", "on all reals of `[0,1]`",
    )  # fmt: skip
    caption = "E1: the deep network for random signs of `N = m n` bumps, and the network of depth 2."
    notes = (
        "For alternating signs anything nearer than half the height of a bump changes its sign `N - 1` times, and `r` ReLUs of "
        "one input make at most `r + 1` pieces with at most one change each: depth 2 needs `N - 2` ReLUs. E2 for the shape of each "
        "deep network, every layer dense, does not exclude it, by the factor shown; nor for the networks with its wires and biases "
        "alone, for which the proof is the same, with its own parameters.",
    )
    return Table(name, caption, columns, cells, notes)


QUICK: Mapping[str, Callable[[], Table]] = {
    "entropy-excluded-quick": partial(excluded_table, [(2, 10)], "entropy-excluded-quick"),
    "entropy-attained-quick": partial(attained_table, [(4, 2), (8, 4), (16, 4), (32, 8)], "entropy-attained-quick"),
}
FULL: Mapping[str, Callable[[], Table]] = {
    "entropy-excluded": partial(
        excluded_table, [(2, power) for power in (10, 13, 16, 20)] + [(16, power) for power in (16, 20)], "entropy-excluded"
    ),
    "entropy-attained": partial(
        attained_table, [(4, 2), (8, 4), (16, 4), (32, 8), (64, 16), (128, 32), (512, 64), (1024, 64)], "entropy-attained"
    ),
}
