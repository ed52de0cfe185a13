"""The companion's tables of S4: a row fails where its network is broken on the grid or between, and what is committed holds."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import pytest
from gmpy2 import mpq

from exactnet.network import Network, Node
from proofs import s4_continuous
from proofs.build import Uncertified, make
from tests.mutants import replace_constructed
from tests.test_proofs_mutations import break_it

TABLES = Path(__file__).resolve().parent.parent / "docs" / "tables"


def widen(made: Network) -> Network:
    """The first ramp twice as wide: the same network on the grid."""
    nodes = []
    for node in made.nodes():
        if node.id in ("u(x)>=1+", "u(x)>=1-"):
            ((source, slope),) = node.sources.items()
            nodes.append(Node(node.id, node.kind, {source: slope / 2}, node.bias + slope / 2))
        else:
            nodes.append(node)
    return Network(made.inputs, nodes, made.outputs)


def test_a_broken_construction_fails_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    replace_constructed(monkeypatch, break_it)
    with pytest.raises(Uncertified, match=r"^table s4-quick: sawtooth, d = 1, p = 2, delta = 1/10: on the grid: .*differ at"):
        make("s4-quick")


def test_a_network_that_is_wrong_between_grid_points_fails_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    replace_constructed(monkeypatch, widen)
    with pytest.raises(Uncertified, match=r"node 'x\.bit0' is not bit 0 of 'x' rounded down, between -17/10 and -3/2"):
        make("s4-quick")


@pytest.mark.parametrize("name", ["s4-quick", "s4", "s4-grids"])
def test_what_is_committed(name: str) -> None:
    """The exact moment is below both bounds, and the bad set is ``1 - (1 - p*delta)^d``, at most ``d*p*delta``."""
    with (TABLES / f"{name}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows:
        d, p, delta = int(row["d"]), int(row["p"]), Fraction(row["δ"])
        assert Fraction(row["bad set"]) == 1 - (1 - p * delta) ** d <= Fraction(row["2dp^2 δM"]) == d * p * delta
        assert Fraction(row["largest weight"]) <= Fraction(row["weight bound"])
        assert Fraction(row["bound of the instance"]) <= Fraction(row["bound of S4"])
        if row["E(N'-f)^2"] != "-":
            assert Fraction(row["E(N'-f)^2"]) <= Fraction(row["bound of the instance"])
        assert row["verdict"] == "certified"


def test_decimals_are_rounded_up() -> None:
    for value, places in ((mpq(1, 3), 3), (mpq(2), 1), (mpq(0), 4), (mpq(1, 10**9), 4), (mpq(12345, 1000), 2)):
        shown = Fraction(s4_continuous.decimal(value, places))
        assert 0 <= shown - Fraction(str(value)) < Fraction(1, 10**places)
