"""Deep networks of constant width: cells, product formulas, tails, necessary conditions; what both must refuse."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from gmpy2 import mpq

from exactnet.check.depth import check_depth
from exactnet.claims.depth import Layer, RuleError, Tail, affine_map, evaluate, findings, limit_bound, simplices
from exactnet.construct.near_identity import divergent, near_identity
from exactnet.construct.weight_decay import Descent, rank, run
from exactnet.files.depth import write_depth
from exactnet.kernel.errors import ExactnetError, FormatError, SizeError
from exactnet.recheck import Unusable, Wrong, recheck

RULE = Tail(mpq(4), mpq(2), mpq(1, 2))


def checked(path: Path) -> bool:
    """What both say of a certificate."""
    answers = []
    try:
        answers.append(check_depth(str(path), max_file=2**24).verdict == "certified")
    except ExactnetError:
        answers.append(False)
    try:
        answers.append(list(recheck(str(path)))[-1] == "certified")
    except (Wrong, Unusable):
        answers.append(False)
    assert len(set(answers)) == 1, answers
    return answers[0]


def written(path: Path, layers: list[Layer], tail: Tail | None) -> dict[str, Any]:
    write_depth(str(path), layers, tail, findings(layers, tail), 0.0)
    data: dict[str, Any] = json.loads(path.read_text())
    return data


@pytest.mark.parametrize(("seed", "cells"), [(1, 15), (2, 2), (3, 1)])
def test_activation_domains_of_fourteen_layers(seed: int, cells: int, tmp_path: Path) -> None:
    layers = near_identity(14, seed)
    found = findings(layers, RULE)
    assert len(found.cells) == cells
    assert all(supremum <= bound for supremum, bound in found.steps)
    written(tmp_path / "c.json", layers, RULE)
    assert checked(tmp_path / "c.json")


@pytest.mark.parametrize("width", [1, 3])
def test_other_widths(width: int, tmp_path: Path) -> None:
    layers = near_identity(2, 5, width=width)
    written(tmp_path / "c.json", layers, None)
    assert checked(tmp_path / "c.json")


def test_a_random_point_is_in_a_cell_with_its_pattern() -> None:
    """Every point has the map of a cell: that whose pattern it has where no argument is 0."""
    layers = near_identity(8, 1)
    maps = {cell.pattern: cell.map for cell in findings(layers, None).cells}
    draws = random.Random(1)
    for _ in range(200):
        x = (mpq(draws.randint(0, 10007), 10007), mpq(draws.randint(0, 10009), 10009))
        values = evaluate(layers, x)
        pattern = tuple(tuple(int(v > 0) for v in value) for value in values[1:])
        matrix, vector = maps[pattern]
        assert values[-1] == tuple(
            sum(a * b for a, b in zip(row, x, strict=True)) + c for row, c in zip(matrix, vector, strict=True)
        )


def test_witnesses_lie_inside_and_facets_are_where_the_pattern_changes() -> None:
    layers = near_identity(6, 1)
    for cell in findings(layers, None).cells:
        values = evaluate(layers, cell.witness)
        assert tuple(tuple(int(v > 0) for v in value) for value in values[1:]) == cell.pattern
        assert len(cell.facets) >= 3


def test_the_limit_is_within_the_bound_of_random_continuations() -> None:
    layers = near_identity(6, 3)
    bound = limit_bound(layers, RULE)
    for seed in range(20):
        later = near_identity(30, seed)[6:]
        x = (mpq(seed, 20), mpq(1, 3))
        first, last = evaluate(layers, x)[-1], evaluate([*layers, *later], x)[-1]
        assert max(abs(a - b) for a, b in zip(first, last, strict=True)) <= bound


def test_settled_cells_stay_active() -> None:
    layers = near_identity(14, 2)
    settled = [cell for cell in findings(layers, RULE).cells if cell.settled]
    assert settled
    for seed in range(10):
        for cell in settled:
            values = evaluate([*layers, *near_identity(30, seed)[14:]], cell.witness)
            assert all(min(value) > 0 for value in values[15:])


# --- controls ---------------------------------------------------------------------------------------


def test_harmonic_biases_do_not_follow_a_rule(tmp_path: Path) -> None:
    layers = divergent("harmonic", 8)
    with pytest.raises(RuleError, match=r"layer 3: \|b\| = 1/3 > b rho\^3 = 1/4"):
        limit_bound(layers, Tail(mpq(0), mpq(2), mpq(1, 2)))
    data = written(tmp_path / "c.json", near_identity(8, 1, width=1), Tail(mpq(2), mpq(2), mpq(1, 2)))
    assert checked(tmp_path / "c.json")
    for i, layer in enumerate(data["layers"], 1):
        layer["b"] = f"1/{i}"
    (tmp_path / "c.json").write_text(json.dumps(data))
    assert not checked(tmp_path / "c.json")


def test_a_rule_needs_enough_layers_and_a_sum() -> None:
    with pytest.raises(RuleError, match="after 1 layers"):
        limit_bound(near_identity(1, 1), RULE)
    with pytest.raises(RuleError, match="0 <= rho < 1"):
        limit_bound(near_identity(1, 1), Tail(mpq(4), mpq(2), mpq(1)))


def test_sequences_without_a_limit() -> None:
    one, zero = mpq(1), mpq(0)
    swapped = evaluate(divergent("swap", 9), (one, zero))
    assert swapped[8] == (one, zero)
    assert swapped[9] == (zero, one)
    growing = evaluate(divergent("growing", 40), (one,))
    assert [value[0] for value in growing] == list(range(1, 42))
    harmonic = evaluate(divergent("harmonic", 64), (zero,))
    assert all(harmonic[2**k][0] >= 1 + mpq(k, 2) for k in range(7))
    assert evaluate(divergent("double", 9), (one,))[-1] == (512,)
    for name in ("growing", "harmonic"):  # W_n -> I and b_n -> 0, and no rule
        weights, bias = divergent(name, 1000)[-1]
        assert abs(weights[0][0] - 1) + abs(bias[0]) <= mpq(1, 1000)


TAMPERED = {
    "a wrong pattern": ("cells", lambda cells: [{**cells[0], "pattern": "01" + cells[0]["pattern"][2:]}, *cells[1:]]),
    "a cell left out": ("cells", lambda cells: cells[1:]),
    "a cell twice": ("cells", lambda cells: [*cells, cells[0]]),
    "another map": ("cells", lambda cells: [{**cells[0], "b": "0 1/3"}, *cells[1:]]),
    "another witness": ("cells", lambda cells: [{**cells[0], "witness": "0 0"}, *cells[1:]]),
    "other facets": ("cells", lambda cells: [{**cells[0], "facets": "x1=1"}, *cells[1:]]),
    "settled": ("cells", lambda cells: [{**cell, "settled": not cell["settled"]} for cell in cells]),
    "a smaller supremum": ("steps", lambda steps: ["1/2 5/2", *steps[1:]]),
    "a step left out": ("steps", lambda steps: steps[:-1]),
    "a smaller distance": ("limit", lambda limit: "1/1000000"),
    "no distance": ("limit", lambda limit: None),
    "a smaller rule": ("tail", lambda tail: {**tail, "a": "1/2"}),
    "a rule that has no sum": ("tail", lambda tail: {**tail, "rho": "1"}),
    "another layer": ("layers", lambda layers: [*layers[:-1], {**layers[-1], "b": "0 0"}]),
    "a necessary condition": ("necessary", lambda found: None if found else {"cell": 0, "first": 1, "rows": []}),
}


@pytest.mark.parametrize("seed", [1, 3])
@pytest.mark.parametrize("name", TAMPERED)
def test_tampered_certificates_are_refused(name: str, seed: int, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    data = written(path, near_identity(6, seed), RULE)
    field, change = TAMPERED[name]
    data[field] = change(data[field])  # type: ignore[no-untyped-call]
    path.write_text(json.dumps(data))
    assert not checked(path)


def test_every_changed_weight_changes_what_is_found(tmp_path: Path) -> None:
    """Mutants: one entry of one layer is changed, and the certificate of the original is refused."""
    path = tmp_path / "c.json"
    data = written(path, near_identity(3, 1), RULE)
    text = json.dumps(data)
    for i in range(3):
        for place in range(6):
            changed = json.loads(text)
            layer = changed["layers"][i]
            rows = [*layer["W"], layer["b"]]
            numbers = rows[place // 2].split()
            numbers[place % 2] = str(Fraction(numbers[place % 2]) + Fraction(1, 64))
            rows[place // 2] = " ".join(numbers)
            layer["W"], layer["b"] = rows[:2], rows[2]
            path.write_text(json.dumps(changed))
            assert not checked(path)


def test_a_wrong_pattern_is_another_map() -> None:
    layers = near_identity(2, 1)
    (_, pattern), *_ = simplices(layers)
    flipped = (tuple(1 - on for on in pattern[0]), *pattern[1:])
    assert affine_map(layers, flipped) != affine_map(layers, pattern)


def test_sizes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SizeError, match="a width of 6; at most 5"):
        findings(near_identity(1, 1, width=6), None)
    monkeypatch.setattr("exactnet.claims.depth.MOST", 3)
    with pytest.raises(SizeError, match="more than 3 simplices"):
        findings(near_identity(8, 1), None)


def test_layers_of_other_shapes_are_refused(tmp_path: Path) -> None:
    from exactnet.files.depth import read_layers

    path = tmp_path / "l.json"
    for text, message in (
        ('{"layers": [{"W": ["1 0", "0 1"], "b": "0"}]}', "layer 1: W and b are not of 1 rows and columns"),
        ('{"layers": []}', "0 layers"),
        ('{"layers": [{"W": ["1"], "b": "0"}, {"W": ["x"], "b": "0"}]}', "layer 2: 'x' is not a number"),
        ('{"layers": [{"W": ["1"]}]}', "layer 1: the field 'b' is missing"),
    ):
        path.write_text(text)
        with pytest.raises(FormatError, match=message):
            read_layers(str(path), 2**20)


# --- weight decay -----------------------------------------------------------------------------------


@pytest.mark.parametrize("rounded", [True, False])
def test_weights_differ_from_decayed_ones_by_a_low_rank(rounded: bool) -> None:
    """The control rounds gradients instead of their factors: then the rank is full."""
    descent = Descent(6, 8, 10, 1, 8, 3, Fraction(1, 8), Fraction(1, 2))
    history = run(descent, 1, rounded)
    pairs = zip(history[-1], history[-1 - descent.last], strict=True)
    change = [[x - descent.kept * y for x, y in zip(u, v, strict=True)] for u, v in pairs]
    assert (rank(change) <= descent.last * descent.batch) == rounded
