"""What the Coq theorems say is read off right, and stands beside the package's bounds as the companion says."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from proofs import machine_checked
from proofs.rocq.statements import Statement, evaluate, read_statement

#: A theorem with polynomials of its own: file, name, and the types of what they are about.
POLYNOMIALS = (
    ("S1", "S1_small_weights"),
    ("S1", "S1_depth_plus_one"),
    ("S1RationalExact", "S1_rational_lookahead"),
    ("S1RationalExact", "S1_rational_stacked"),
    ("S1Rational", "S1_clipped_lookahead"),
    ("S1Rational", "S1_clipped_stacked"),
    ("Grid", "S1_grid_lookahead"),
    ("Grid", "S1_grid_stacked"),
    ("S3", "S3_lookahead"),
    ("S3", "S3_stacked"),
    ("S5", "S5_circuits_lookahead_cube"),
    ("S5", "S5_circuits_stacked_cube"),
)
VALUES = {"d": 2, "m": 3, "k": 1, "kh": 1, "b": 4, "c": 5, "e": 6, "t": 1, "D": 7, "R": 2, "r": 3, "p": 2, "o": 2, "h": 8}
TYPES = dict.fromkeys(("d", "m", "k", "kh", "b", "c", "e", "t"), "nat") | {"r": "positive", "p": "positive"}


@pytest.mark.usefixtures("coq")
def test_coq_computes_the_same(tmp_path: Path) -> None:
    """Every ``let`` of these statements, computed by Coq."""
    lines = ["From Coq Require Import ZArith.", "Open Scope Z_scope."]
    lines += [f"Definition {name} : {(kind := TYPES.get(name, 'Z'))} := {value}%{kind}." for name, value in VALUES.items()]
    expected = []
    for file, theorem in POLYNOMIALS:
        lets = re.findall(r"let (\S+) := (.*?) in(?= )", read_statement(file, theorem).text)
        assert lets
        values = dict(VALUES)
        for name, expression in lets:
            values[name] = evaluate(expression, values)
        bindings = " ".join(f"let {name} := {expression} in" for name, expression in lets)
        lines += [f"Compute ({bindings} {name}) mod 1000003." for name, _ in lets]
        expected += [values[name] % 1000003 for name, _ in lets]
    (tmp_path / "Numbers.v").write_text("\n".join(lines) + "\n")
    done = subprocess.run(["coqc", "-q", tmp_path / "Numbers.v"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [int(value) for value in re.findall(r"= (\d+)", done.stdout)] == expected


@pytest.mark.parametrize("expression", ["d +", "(d", "d ! 2", "f d", "d)"])
def test_what_is_no_expression_is_no_number(expression: str) -> None:
    with pytest.raises((AssertionError, IndexError, KeyError)):
        evaluate(expression, VALUES)


def test_the_theorems_and_the_bounds_compare_as_the_companion_says() -> None:
    table = machine_checked.QUICK["polynomials-quick"]()
    for record in (dict(zip(table.columns, row, strict=True)) for row in table.rows):
        theorem = str(record["theorem"]).strip("`")
        for quantity in ("weight", "bias"):
            made, stated, proved = (int(str(record[f"{quantity}{of}"])) for of in ("", ": bound", ": theorem"))
            assert made <= stated
            if theorem.startswith(("S2", "S6")):
                assert proved == stated
            elif theorem == "S5_network":
                assert made <= proved <= stated
            else:
                assert 4 * stated < proved


def test_a_theorem_that_says_too_little_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: a polynomial that is far smaller."""

    def smaller(file: str, theorem: str) -> Statement:
        return Statement(read_statement(file, theorem).text.replace("12544 * V ^ 6", "1"))

    monkeypatch.setattr(machine_checked, "read_statement", smaller)
    with pytest.raises(AssertionError, match="more than"):
        machine_checked.QUICK["polynomials-quick"]()
