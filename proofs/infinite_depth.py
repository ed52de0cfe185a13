"""Infinite depth, activation domains and the limit of deep ReLU networks: cells, product formulas, tails.

Claim: on every activation domain a deep ReLU network is the affine map of the product formula; if `W_n` tends to the identity and
`b_n` to 0 fast enough, deeper and deeper networks converge uniformly, with a rate; and where a limit has an inverse, `W_n` tends to
the identity and `b_n` to 0.

Source: Y. Xu, H. Zhang, *Convergence of deep ReLU networks*, 2021 (that `W_n -> I` and `b_n -> 0` are needed is in the abstract).
The statements with rates, D1 to D3, are reconstructed and proved in docs/infinite-depth.md. The rank of weights under SGD with
weight decay is after T. Galanti, Z. Siegel, A. Gupte, T. Poggio, *SGD and weight decay secretly minimize the rank of your neural
network*, by its abstract.

Checked: all activation domains with interior, by simplices that cover the cube; the map of each by the product formula and by
evaluation; the exact supremum of every step beside its bound. The distance to the limit holds for every continuation by the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial

from gmpy2 import mpq

from exactnet.claims.depth import Findings, Layer, Tail, evaluate, findings, simplices
from exactnet.construct.near_identity import DIVERGENT, divergent, near_identity
from exactnet.construct.weight_decay import Descent, rank, run, squared_norm

from .euaf import decimal
from .table import Cell, Table

__all__ = ["FULL", "QUICK", "cells_table", "divergent_table", "necessary_table", "ranks_table", "steps_table"]

DEPTH = 14


def _found(seed: int, depth: int = DEPTH, width: int = 2) -> tuple[Sequence[Layer], Findings]:
    layers = near_identity(depth, seed, width=width)
    return layers, findings(layers, Tail(mpq(2 * width), mpq(2), mpq(1, 2)))


def steps_table(name: str) -> Table:
    """The exact supremum of each step, and its bound, for seed 1."""
    _, findings = _found(1)
    rows: list[tuple[Cell, ...]] = [(i, decimal(s, 9), decimal(b, 9)) for i, (s, b) in enumerate(findings.steps, 1)]
    caption = (
        "Infinite depth: the supremum of `|N_n - N_(n-1)|` on `[0,1]^2` and its bound; `P_n` and `b_n` are integers up to 2 times "
        "`2^-n`, seed 1."
    )
    return Table(name, caption, ("n", "exact supremum", "bound"), rows, notes=("Exact rationals, rounded up.",))


def cells_table(name: str) -> Table:
    """Activation domains of random sequences, and the distance to the limit."""
    rows: list[tuple[Cell, ...]] = []
    for seed, depth, width in ((1, DEPTH, 2), (2, DEPTH, 2), (3, DEPTH, 2), (1, 8, 3)):
        layers, findings = _found(seed, depth, width)
        assert findings.limit is not None
        facets = max(len(cell.facets) for cell in findings.cells)
        settled = sum(cell.settled for cell in findings.cells)
        counts = (len(findings.cells), facets, sum(1 for _ in simplices(layers)), settled)
        rows.append((seed, width, depth, *counts, decimal(findings.limit, 9), "certified"))
    heads = (
        "seed",
        "width",
        "layers",
        "cells",
        "most facets",
        "simplices",
        "settled cells",
        "distance to the limit, at most",
        "verdict",
    )
    note = "On a settled cell all ReLUs of all later layers are active, for every continuation by the rule."
    return Table(
        name, "Infinite depth: activation domains with interior, which cover the cube.", heads, rows, notes=(note,)
    )


def necessary_table(name: str) -> Table:
    """D3 on a cell of seed 3."""
    _, findings = _found(3)
    if findings.necessary is None:
        raise AssertionError("seed 3: no cell with all ReLUs active")
    rows: list[tuple[Cell, ...]] = []
    for i, row in enumerate(findings.necessary.rows, findings.necessary.first):
        if row[0] > row[1] or row[2] > row[3]:
            raise AssertionError(f"layer {i}: {row}")
        rows.append((i, *(decimal(value, 7) for value in row)))
    heads = ("n", "`|W_n - I|`", "`|A_n - A_(n-1)| |A_(n-1)^-1|`", "`|b_n|`", "its bound")
    return Table(
        name,
        "Infinite depth, D3: where the maps of a cell converge, layers tend to the identity (seed 3).",
        heads,
        rows,
    )


def divergent_table(name: str) -> Table:
    """Sequences that do not converge, with values that show it."""
    rows: list[tuple[Cell, ...]] = []
    for key, (what, why) in DIVERGENT.items():
        x = (mpq(1), mpq(0)) if key == "swap" else (mpq(int(key != "harmonic")),)
        values = evaluate(divergent(key, 64), x)
        for n in (16, 32, 63, 64):
            harmonic = sum((mpq(1, i) for i in range(1, n + 1)), mpq(0))
            single = {"growing": mpq(n + 1), "double": mpq(2**n), "harmonic": harmonic}.get(key)
            expected = (x if n % 2 == 0 else x[::-1]) if single is None else (single,)
            if values[n] != expected:
                raise AssertionError(f"{what}: N_{n} = {values[n]}")
        if key == "harmonic" and any(values[2**k][0] < 1 + mpq(k, 2) for k in range(7)):
            raise AssertionError("the harmonic sums are too small")
        shown = [", ".join(decimal(v, 1) for v in values[n]) for n in (63, 64)]
        rows.append((what, why, *shown))
    caption = (
        "Infinite depth: sequences without a limit. In the second and the third, `W_n -> I` and `b_n -> 0`: that is not "
        "sufficient."
    )
    return Table(name, caption, ("layers", "value", "`N_63`", "`N_64`"), rows)


#: As in :class:`Descent`, and a seed.
RUNS: tuple[tuple[Descent, int], ...] = (
    (Descent(12, 16, 20, 1, 30, 6, Fraction(1, 8), Fraction(1, 2)), 1),
    (Descent(12, 16, 20, 2, 40, 4, Fraction(1, 8), Fraction(1, 2)), 2),
    (Descent(20, 24, 30, 1, 60, 12, Fraction(1, 4), Fraction(1, 2)), 3),
)


def ranks_table(name: str) -> Table:
    """Ranks of exact runs of SGD with weight decay; the control rounds gradients instead."""
    rows: list[tuple[Cell, ...]] = []
    for descent, seed in RUNS:
        kept, low = descent.kept, descent.last * descent.batch
        ranks = []
        for rounded in (True, False):
            history = run(descent, seed, rounded)
            last, before = history[-1], history[-1 - descent.last]
            change = [[x - kept * y for x, y in zip(u, v, strict=True)] for u, v in zip(last, before, strict=True)]
            ranks.append(rank(change))
            if rounded:
                whole, bits = rank(last), max(x.denominator.bit_length() for row in last for x in row)
                apart = kept**2 * squared_norm(before) / squared_norm(last)
        if ranks[0] > low:
            raise AssertionError(f"rank {ranks[0]} > {low}")
        sizes = (descent.d, descent.m, descent.batch, descent.steps, descent.last)
        rows.append((*sizes, whole, ranks[0], low, ranks[1], decimal(mpq(apart.numerator, apart.denominator), 8), bits))
    heads = (
        "d",
        "m",
        "B",
        "T",
        "k",
        "rank of `W_T`",
        "of the change",
        "kB",
        "control",
        "squared relative distance to rank kB",
        "bits",
    )
    note = "The change is `W_T - (1-2 mu lambda)^k W_(T-k)`; the control rounds gradients in place of their factors."
    return Table(name, "SGD with weight decay, run exactly: ranks.", heads, rows, notes=(note,))


QUICK: Mapping[str, Callable[[], Table]] = {
    "depth-steps": partial(steps_table, "depth-steps"),
    "depth-cells": partial(cells_table, "depth-cells"),
    "depth-necessary": partial(necessary_table, "depth-necessary"),
    "depth-divergent": partial(divergent_table, "depth-divergent"),
}
FULL: Mapping[str, Callable[[], Table]] = {"sgd-ranks": partial(ranks_table, "sgd-ranks")}
