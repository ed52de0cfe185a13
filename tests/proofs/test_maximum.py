"""The maximum of five to seven numbers: formulas at points, tables against other ways to compute them."""

from __future__ import annotations

import random
from itertools import permutations
from pathlib import Path

import pytest
from gmpy2 import mpq

from exactnet.claims.cells.system import Term, system_of
from exactnet.families import FAMILIES, FamilyError
from exactnet.families.maximum import block_value, five, six, six_averaged
from exactnet.symbolic import network
from proofs.maximum import chamber_sum, orbits


@pytest.mark.parametrize(("formula", "n", "widths"), [(five, 5, [6, 9]), (six, 6, [15, 66]), (six_averaged, 6, [15, 495])])
def test_two_hidden_layers_of_so_many_relus(formula: object, n: int, widths: list[int]) -> None:
    net = network(formula(), n)  # type: ignore[operator]
    system = system_of([Term(net, 1, [(i, 1) for i in range(n)])], n)
    depth = system.depth()[n:]
    assert [depth.count(layer) for layer in (1, 2)] == widths
    assert len(depth) == sum(widths)
    draws = random.Random(1)
    for _ in range(30):
        point = [draws.randint(-4, 4) for _ in range(n)]
        assert net(point) == (max(point),)


def test_the_family() -> None:
    for n in range(2, 7):
        for layers in ("two", "tree", "chain"):
            net = FAMILIES["max"].make(n=n, layers=layers).network
            assert net(range(n)) == (n - 1,)
    with pytest.raises(FamilyError, match="no maximum of 7 numbers with two hidden layers is known"):
        FAMILIES["max"].make(n=7, layers="two")


@pytest.mark.parametrize("block", orbits(4)[::4])
def test_sums_on_the_chamber_are_the_values(block: object) -> None:
    """Against the block's own value at relabelled points with descending coordinates."""
    n = 4
    total, count = chamber_sum(block, n)  # type: ignore[arg-type]
    labels = sorted({label for half in block for pair in half for label in pair})  # type: ignore[attr-defined]
    assert count == len(list(permutations(range(n), len(labels))))
    draws = random.Random(2)
    for _ in range(5):
        point = sorted((mpq(draws.randint(-9, 9)) for _ in range(n)), reverse=True)
        expected = mpq(0)
        for images in permutations(range(1, n + 1), len(labels)):
            new = dict(zip(labels, images, strict=True))
            relabelled = tuple(tuple((new[a], new[b]) for a, b in half) for half in block)  # type: ignore[attr-defined]
            expected += block_value(relabelled)(*point)  # type: ignore[arg-type]
        found = mpq(0)
        for key, value in total.items():
            form = point[key] if isinstance(key, int) else max(sum(c * x for c, x in zip(key, point, strict=True)), mpq(0))
            found += value * form
        assert found == expected


def test_orbits_are_all_blocks_up_to_relabelling() -> None:
    """Every block of three labels is a relabelling of exactly one of them."""
    n = 3
    pairs = [(a, b) for a in range(n) for b in range(a, n)]

    def canonical(block: object) -> str:
        images = []
        for new in permutations(range(n)):
            halves = [sorted(tuple(sorted((new[a], new[b]))) for a, b in half) for half in block]  # type: ignore[attr-defined]
            images.append(sorted(halves))
        return repr(min(images))

    everything = {canonical(((p, q), (r, s))) for p in pairs for q in pairs for r in pairs for s in pairs}
    assert sorted(map(canonical, orbits(n))) == sorted(everything)


def test_the_committed_functional_vanishes_on_blocks_and_not_on_the_maximum() -> None:
    """Read from the table, with no linear algebra; on some of the blocks, which the making of the table does on all."""
    text = (Path(__file__).parents[2] / "docs" / "tables" / "max7-span.csv").read_text().splitlines()[1:]
    functional = dict(line.replace("`", "").rsplit(",", 1) for line in text)

    def name(key: int | tuple[int, ...]) -> str:
        if isinstance(key, int):
            return f"x_{key + 1}"
        terms = [f"{'+' if c > 0 else '-'}{abs(c) if abs(c) > 1 else ''}x_{i + 1}" for i, c in enumerate(key) if c]
        return f"[{''.join(terms).removeprefix('+')}]+"

    assert functional["x_1"] == "1"
    for block in orbits(7)[:60:6]:
        total, _ = chamber_sum(block, 7)
        assert sum(mpq(functional.get(name(key), "0")) * value for key, value in total.items()) == 0
