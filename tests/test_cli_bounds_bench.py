"""``exactnet bounds`` and ``exactnet bench`` as a user runs them."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from exactnet.cli.program import program


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(program, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def test_bounds_shows_the_expressions_and_their_degrees() -> None:
    status, out, _ = run("bounds", "--depth", "2", "--growth", "m=d", "--growth", "B=d^2", "--growth", "R=d", "--json")
    assert status == 0
    found = json.loads(out)
    assert found["definitions"]["n_1"] == "d"
    weight = next(row for row in found["bounds"] if row["name"] == "max_weight")
    assert weight["degree"] == 3
    status, out, _ = run("bounds", "--depth", "2", "--growth", "m=d")
    assert status == 0
    assert "depth <= 3*k - 1" in out
    assert "(degree 3 in d)" in out


@pytest.mark.parametrize("growth", ["m", "z=d", "m=1/d", "m=-d", "m=d^d", "k=d", "m=d^99999", "m=(", "B=d/2"])
def test_bad_growth_is_one_line(growth: str) -> None:
    status, out, err = run("bounds", "--growth", growth)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("exactnet: ")


def test_bench_measures_both_evaluators_in_one_run() -> None:
    status, out, _ = run("bench", "--d", "6", "--bits", "8", "--samples", "3", "--json")
    assert status == 0
    rates = json.loads(out)["rates"]
    assert [(row["network"], row["evaluator"]) for row in rates] == [
        ("original", "reference"),
        ("original", "block"),
        ("constructed", "reference"),
        ("constructed", "block"),
    ]
    assert all(row["inputs_per_second"] > 0 for row in rates)
    status, out, _ = run("bench", "--d", "6", "--bits", "8", "--samples", "3")
    assert status == 0
    assert "inputs/s" in out
