"""The development builds from scratch, and CI's checks notice what they must."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from proofs.lemmas import construct_files
from proofs.rocq.export import SOURCES
from proofs.rocq.lemmas import THEOREMS
from proofs.rocq.maximum import coq_file


def run_ci(directory: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ROCQ_COQCHK": "no"}
    return subprocess.run(["bash", directory / "ci.sh"], capture_output=True, text=True, check=False, env=environment)


@pytest.mark.skipif(
    os.environ.get("EXACTNET_ROCQ") != "build", reason="minutes: proofs/rocq/ci.sh does it, and EXACTNET_ROCQ=build does it here"
)
@pytest.mark.usefixtures("program", "coq")
def test_everything_builds_from_scratch_and_every_theorem_is_closed() -> None:
    done = run_ci(SOURCES)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all closed under the global context" in done.stdout


@pytest.mark.usefixtures("program", "coq")
@pytest.mark.parametrize(
    ("proof", "message"),
    [
        ("Theorem wrong : 0 = 1. Admitted.", "something is assumed"),
        ("Axiom wrong : 0 = 1.", "something is assumed"),
        (
            "Section S. Variable wrong : 0 = 1. Theorem t : 1 = 0. Proof. now symmetry. Qed. End S.\nPrint Assumptions missing.",
            "build",
        ),
        ("Global Set Nothing.", "warns"),
    ],
)
def test_ci_refuses(tmp_path: Path, proof: str, message: str) -> None:
    for name in ("ci.sh", "Network.v", "checker"):
        source = SOURCES / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    assumptions = (
        "From Exactnet Require Import Network.\nDefinition theorems := (\n  @value).\nPrint Assumptions theorems.\n"
    )
    (tmp_path / "Assumptions.v").write_text(assumptions)
    (tmp_path / "Bad.v").write_text(proof + "\n")
    (tmp_path / "_CoqProject").write_text("-Q . Exactnet\nNetwork.v\nBad.v\n")
    done = run_ci(tmp_path)
    assert done.returncode != 0
    assert message in done.stderr


def test_the_readme_lists_the_theorems_whose_assumptions_are_printed() -> None:
    printed = re.findall(r"^  @(\w+)[,)]", (SOURCES / "Assumptions.v").read_text(), re.MULTILINE)
    rows = re.findall(r"^\| `(\w+)` \|", (SOURCES / "README.md").read_text(), re.MULTILINE)
    assert sorted(printed) == sorted(rows)


def test_the_maxima_are_those_of_the_package() -> None:
    assert (SOURCES / "MaximumData.v").read_text() == coq_file()


def test_every_file_opens_with_its_statement() -> None:
    for path in SOURCES.glob("*.v"):
        assert path.read_text().startswith("(** "), path.name


def test_the_theorems_of_the_lemmas_are_in_their_files() -> None:
    made = {place.removeprefix("construct/") for place in THEOREMS if place.startswith("construct/")}
    assert made <= set(construct_files())
    for by_file in THEOREMS.values():
        for file, theorems in by_file.items():
            source = (SOURCES / f"{file}.v").read_text()
            for theorem in theorems:
                assert re.search(rf"^(Lemma|Theorem) {theorem}\b", source, re.MULTILINE), theorem


def test_every_theorem_of_the_readme_is_that_of_a_lemma() -> None:
    named = [theorem for by_file in THEOREMS.values() for theorems in by_file.values() for theorem in theorems]
    assert len(set(named)) == len(named)
    assert set(re.findall(r"^\| `(\w+)` \|", (SOURCES / "README.md").read_text(), re.MULTILINE)) <= set(named)
