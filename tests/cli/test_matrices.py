"""``exactnet rank``, ``exactnet natural`` and ``exactnet check`` on what they write, as a user runs them; what bad input gets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from exactnet.recheck import recheck
from tests.cli.test_errors import fails
from tests.helpers import run

#: ``|x_1| - |x_2|``.
NETWORK: dict[str, Any] = {
    "format": "exactnet-network/1",
    "inputs": ["x1", "x2"],
    "nodes": [
        *({"id": f"h{i}", "kind": "relu", "in": {f"x{i % 2 + 1}": "1" if i < 2 else "-1"}} for i in range(4)),
        {"id": "y", "kind": "affine", "in": {"h0": "1", "h2": "1", "h1": "-1", "h3": "-1"}},
    ],
    "outputs": ["y"],
}
LABELLED = {"points": [[1, 0], [-1, 0], [0, 1], [0, -1]], "labels": [1, 1, -1, -1]}
TWO = {"points": [[1, 0], ["-3/5", "4/5"]], "targets": [[1, 0], [0, 1]]}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, document in (
        ("net", NETWORK),
        ("data", LABELLED),
        ("two", TWO),
        ("weights", {"weights": [[1, 2], [0, 1], [3, "1/2"]]}),
    ):
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    monkeypatch.chdir(tmp_path)
    return tmp_path


COMMANDS = [
    ("rank", "flow", "--cosine", "-3/5"),
    ("rank", "flow", "--cosine", "0.6", "--start-size", "1e-9"),
    ("rank", "flow", "two.json"),
    ("rank", "depth", "net.json", "data.json", "--depth", "20"),
    ("rank", "kkt", "net.json", "data.json"),
    ("natural", "normal:8x3", "--n", "5", "--k", "2"),
    ("natural", "uniform:3x3", "--n", "5", "--k", "2", "--bits", "4", "--seed", "7"),
    ("natural", "weights.json", "--n", "4"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_what_is_certified_is_checked_and_rechecked(folder: Path, words: tuple[str, ...]) -> None:
    status, shown, complaints = run(*words, "-o", "c.json")
    assert (status, complaints) == (0, "")
    assert shown.startswith("certified  ")
    assert {path.name for path in folder.iterdir()} == {"c.json", "net.json", "data.json", "two.json", "weights.json"}
    assert run("check", "c.json", "-q") == (0, "certified\n", "")
    again = json.loads(run("check", "c.json", "--json")[1])
    said = json.loads(run(*words, "--json")[1])
    assert {**again, "seconds": 0} == {**said, "seconds": 0}
    assert run(*words, "-q") == (0, "certified\n", "")
    checked = run("check", "c.json")[1].splitlines()
    assert [line for line in checked if line.startswith("confirmed: ")] == [
        f"confirmed: {line}" for line in said["confirmed"]
    ]
    assert list(recheck("c.json"))[-1] == "certified"


def test_a_changed_certificate_is_wrong(folder: Path) -> None:
    run("rank", "kkt", "net.json", "data.json", "-o", "c.json")
    document = json.loads(Path("c.json").read_text())
    document["matrices"]["multipliers"]["rows"][0] = "2"
    Path("c.json").write_text(json.dumps(document))
    status, shown, _ = run("check", "c.json")
    assert status == 1
    assert shown.startswith(
        "wrong  c.json: the certificate says 'certified', and it is 'refuted: fails: the weights are the sum"
    )
    assert run("check", "c.json", "-q") == (1, "wrong\n", "")
    assert json.loads(run("check", "c.json", "--json")[1])["verdict"] == "refuted"


def test_opposite_points_are_refuted(folder: Path) -> None:
    Path("two.json").write_text(json.dumps({**TWO, "points": [[1, 0], [-1, 0]]}))
    status, shown, _ = run("rank", "flow", "two.json", "-o", "c.json")
    assert status == 1
    assert "fails: the limit has rank at least 2" in shown
    assert run("check", "c.json", "-q") == (1, "refuted\n", "")
    assert list(recheck("c.json"))[-1] == "refuted"


def test_networks_beside_are_equal_on_all_real_inputs(folder: Path) -> None:
    assert run("rank", "depth", "net.json", "data.json", "--depth", "7", "--network", "deep.json", "-q")[0] == 0
    assert run("compare", "net.json", "deep.json", "--domain", "reals", "-q") == (0, "equal\n", "")
    words = ("natural", "weights.json", "--n", "3", "--k", "2", "--networks", "a.json", "b.json", "-q")
    assert run(*words)[0] == 0
    assert run("compare", "a.json", "b.json", "--domain", "reals", "-q") == (0, "equal\n", "")
    assert (
        run("natural", "weights.json", "--n", "3", "--k", "2", "--seed", "5", "--networks", "c.json", "b.json", "-q")[0]
        == 0
    )
    status, shown, _ = run("compare", "a.json", "b.json", "--domain", "reals")  # another assignment
    assert status == 1
    assert "A = " in shown


FLOW = ("rank", "flow", "two.json")
DEPTH = ("rank", "depth", "net.json", "data.json", "--depth", "5")


@pytest.mark.parametrize(
    ("name", "change", "words", "line"),
    [
        ("two", {"points": [[1, 0]]}, FLOW, "1 points and 2 targets: the statement is about two of each"),
        ("two", {"points": [[1, 0], [1]]}, FLOW, "two.json: points: row 2 has 1 numbers, row 1 has 2"),
        ("two", {"points": [[1, 0], [0.5, 1]]}, FLOW, "two.json: points: row 2: 0.5 is a float; quote it"),
        ("two", {"points": [[1, 0], ["a", 1]]}, FLOW, "two.json: points: row 2: 'a' is not a number"),
        ("two", {"points": []}, FLOW, "two.json: points: there are no rows"),
        ("two", {"points": 5}, FLOW, "two.json: points: expected a list, found a number"),
        ("two", {"points": [[], []]}, FLOW, "two.json: points: row 1: there are no numbers in it"),
        ("two", {"targets": None}, FLOW, "two.json: the field 'targets' is missing"),
        ("two", {"labels": [1]}, FLOW, "two.json: unknown field 'labels'"),
        (
            "two",
            {"targets": [[1, 1], [0, 1]]},
            FLOW,
            "row 2 has the targets 1 and 1: one has to be positive, the other 0",
        ),
        ("two", {"start": [[-1, 0], [0, 1]]}, FLOW, "row 1 of the start is outside its region, with w x = -1,"),
        ("two", {"start": [[1, 0, 0]]}, FLOW, "start is 1 x 3, not 2 x 2"),
        ("data", {"labels": [1, 1, -1, 2]}, DEPTH, "labels: that of point 4 is 2, not 1 or -1"),
        ("data", {"labels": [1, 1, -1]}, DEPTH, "4 points and 3 labels"),
        (
            "data",
            {"labels": [[1, 1], [1, 1], [1, 1], [1, 1]]},
            DEPTH,
            "data.json: labels: one number for each point is meant, not 2",
        ),
        ("data", {"labels": [1, -1, -1, -1]}, DEPTH, "label times output is -1 at point 2, less than 1"),
        (
            "data",
            {"points": [[1, 0], [1, 0], [0, 1], [0, 1]], "labels": [1, -1, -1, -1]},
            DEPTH,
            "label times output is -1 at point 2",
        ),
        ("data", {"points": [[3, 0], [-1, 0], [0, 1], [0, -1]]}, DEPTH, "point 1 has the squared norm 9, more than 1"),
        (
            "data",
            {"points": [[1], [1], [1], [1]]},
            DEPTH,
            "points have 1 coordinates; the network has 2 inputs and 1 outputs",
        ),
        (
            "net",
            {"nodes": [{"id": "y", "kind": "affine", "bias": "1", "in": {"x1": "1"}}]},
            DEPTH,
            "net.json: node 'y' has a bias",
        ),
        (
            "net",
            {"nodes": [{"id": "y", "kind": "threshold", "in": {"x1": "1"}}]},
            DEPTH,
            "net.json: node 'y' is threshold",
        ),
        ("net", {"outputs": ["nobody"]}, DEPTH, "net.json: "),
        (
            "weights",
            {"weights": [[1, 2, 3], [4, 5, 6]]},
            ("natural", "weights.json"),
            "there are 3 columns of 2 weights: W v = 0 for v =",
        ),
        (
            "weights",
            {"weights": [[1, 1], [2, 2]]},
            ("natural", "weights.json"),
            "the columns of the weights are dependent: W v = 0 for v =",
        ),
    ],
)
def test_bad_input_is_one_line_that_names_the_offender(
    folder: Path, name: str, change: dict[str, Any], words: tuple[str, ...], line: str
) -> None:
    document = {"two": TWO, "data": LABELLED, "net": NETWORK, "weights": {}}[name] | change
    (folder / f"{name}.json").write_text(
        json.dumps({key: value for key, value in document.items() if value is not None})
    )
    before = set(folder.iterdir())
    assert fails(*words, "-o", "c.json").startswith(line)
    assert set(folder.iterdir()) == before


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("rank", "flow"), "either DATA or --cosine says which points are meant"),
        (("rank", "flow", "two.json", "--cosine", "3/5"), "either DATA or --cosine says which points are meant"),
        (
            ("rank", "flow", "--cosine", "1/3"),
            "--cosine '1/3': 1 - C^2 is no square of a positive rational; -3/5 is such a cosine",
        ),
        (("rank", "flow", "--cosine", "2"), "--cosine '2': 1 - C^2 is no square"),
        (("rank", "flow", "--cosine", "1"), "--cosine '1': 1 - C^2 is no square"),
        (("rank", "flow", "--cosine", "x"), "Invalid value for '--cosine': 'x' is not a number"),
        (
            ("rank", "flow", "--cosine", "3/5", "--start-size", "0"),
            "Invalid value for '--start-size': '0' is not positive",
        ),
        (("rank", "flow", "--cosine", "3/5", "--start-size", "3"), "row 1 of the start is outside its region"),
        (("rank", "flow", "nobody.json"), "nobody.json: cannot be read: No such file or directory"),
        (("rank", "flow", "two.json", "-o", "two.json"), "two.json: would overwrite the network that is read"),
        (("rank", "depth", "net.json", "data.json", "--depth", "1"), "depth 1 is less than that of the network, 2"),
        (
            ("rank", "depth", "net.json", "data.json", "--depth", "0"),
            "Invalid value for '--depth': 0 is not in the range",
        ),
        (("rank", "depth", "digits", "data.json", "--depth", "9"), "digits: node "),
        (("natural", "normal:0x3"), "'normal:0x3' is not normal:DxQ or uniform:DxQ"),
        (("natural", "gamma:3x3"), "'gamma:3x3' is not normal:DxQ or uniform:DxQ"),
        (("natural", "normal:2x3"), "there are 3 columns of 2 weights: W v = 0 for v ="),
        (("natural", "normal:200x129"), "weights of 129 columns are more than 128"),
        (("natural", "normal:4x2", "--n", "2", "--k", "3"), "clauses of 3 literals over 2 variables"),
        (("natural", "normal:4x2", "--n", "60", "--k", "30"), "126"),
        (("natural", "nobody.json"), "nobody.json: cannot be read: No such file or directory"),
        (
            ("natural", "normal:4x2", "--networks", "a.txt", "b.json"),
            "a.txt: the name of a network file ends in .json or .th",
        ),
    ],
)
def test_bad_words_are_one_line(folder: Path, words: tuple[str, ...], line: str) -> None:
    before = set(folder.iterdir())
    assert fails(*words).startswith(line)
    assert set(folder.iterdir()) == before
