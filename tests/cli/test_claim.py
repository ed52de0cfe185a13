"""``exactnet claim``, ``compare`` and ``check`` on real inputs, as a user runs them; and what bad input gets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from gmpy2 import mpq

from exactnet.cli.program import program
from exactnet.files.networks import write_network
from exactnet.kernel.domain import Cube
from exactnet.kernel.network import Network, affine, relu, threshold
from exactnet.recheck import recheck
from tests.cli.test_errors import fails


def run(*arguments: object) -> Result:
    return CliRunner().invoke(program, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The maximum of five numbers with two hidden layers, and as a tree."""
    folder = tmp_path_factory.mktemp("five")
    for name, layers in (("two", "two"), ("tree", "tree")):
        assert run("make", "max", "--n", 5, "--layers", layers, "-o", folder / f"{name}.json").exit_code == 0
    return folder / "two.json", folder / "tree.json"


@pytest.mark.parametrize("domain", ["reals", "chamber", "box:-1,3/2"])
def test_compare_certifies_checks_and_rechecks(five: tuple[Path, Path], tmp_path: Path, domain: str) -> None:
    out = tmp_path / "c.json"
    result = run("compare", *five, "--domain", domain, "-o", out)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("equal  ")
    assert {p.name for p in tmp_path.iterdir()} == {"c.json", "c.a.json", "c.b.json"}
    assert run("check", out).exit_code == 0
    assert run("check", out, "-q").stdout == "certified\n"
    assert json.loads(run("check", out, "--json").stdout)["claim"] == {"kind": "equal"}
    assert list(recheck(str(out)))[-1] == "certified"
    said = json.loads(out.read_text())
    out.write_text(json.dumps({**said, "steps": said["steps"] + " 1"}))
    wrong = run("check", out)
    assert wrong.exit_code == 1
    assert "steps are left over" in wrong.stdout
    assert json.loads(run("check", out, "--json").stdout)["verdict"] == "refuted"


def test_compare_refutes_with_a_point(five: tuple[Path, Path], tmp_path: Path) -> None:
    document = json.loads(five[0].read_text())
    document["nodes"][-1]["bias"] = "1/1000000000"
    (tmp_path / "b.json").write_text(json.dumps(document))
    out = tmp_path / "c.json"
    result = run("compare", five[1], tmp_path / "b.json", "--domain", "reals", "-o", out, "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    (left,), (right,) = found["values"][0]
    assert left != right
    assert found["reason"].startswith("A = ")
    assert run("check", out).exit_code == 1
    assert list(recheck(str(out)))[-1] == "refuted"


@pytest.mark.parametrize(
    ("claim", "status", "shown"),
    [
        ("homogeneous", 0, "certified"),
        ("convex", 0, "certified"),
        ("monotone:x2", 0, "monotone in x2"),
        ("invariant:2,1,3,4,5", 0, "invariant under 2,1,3,4,5"),
        ("pieces", 0, "5 pieces"),
        ("cells", 0, "90 cells"),
        ("lipschitz:inf", 0, "1, attained between"),
        ("lipschitz:2", 0, "the square root of 1, attained between"),
        ("even", 1, "N(-x) = "),
        ("odd", 1, "-N(-x) = "),
        ("one-hidden-layer", 1, "= 0, the gradient jumps by"),
    ],
)
def test_claims(five: tuple[Path, Path], tmp_path: Path, claim: str, status: int, shown: str) -> None:
    out = tmp_path / "c.json"
    result = run("claim", five[0], "--that", claim, "-o", out)
    assert result.exit_code == status, result.output
    assert shown in result.stdout
    assert run("check", out).exit_code == status
    assert list(recheck(str(out)))[-1] == ("certified", "refuted")[status]


def test_order_of_two_networks(five: tuple[Path, Path], tmp_path: Path) -> None:
    first = Network([f"x{i}" for i in range(1, 6)], [affine("y", {"x1": 1})], ["y"])
    write_network(tmp_path / "first.json", first)
    assert run("claim", five[0], tmp_path / "first.json", "--that", "A >= B").exit_code == 0
    assert run("claim", tmp_path / "first.json", five[0], "--that", "A <= B").exit_code == 0
    result = run("claim", tmp_path / "first.json", five[0], "--that", "A >= B")
    assert result.exit_code == 1
    assert f"A = {tmp_path / 'first.json'}, B = {five[0]}" in result.stdout.replace("\n", "")
    assert "claim   A >= B" in result.stdout
    turned = json.loads(run("claim", five[0], tmp_path / "first.json", "--that", "A <= B", "--json").stdout)
    assert turned["networks"] == [str(tmp_path / "first.json"), str(five[0])]
    assert first(list(map(mpq, turned["points"][0]))) == (mpq(turned["values"][0][0][0]),)
    assert run("claim", *five, "--that", "A = B", "-q").stdout == "equal\n"


def test_polytopes(five: tuple[Path, Path], tmp_path: Path) -> None:
    domain = tmp_path / "p.json"
    domain.write_text('["x1 >= 0", "x1 + 2 x2 <= 3/2", ["0", "1/2", 0, 0, 0, 1]]')
    assert run("compare", *five, "--domain", f"polytope:{domain}").exit_code == 0
    for text, match in (
        ("[]", None),
        ('["x1 >= 0", "x1 <= -1/2 x2", "x2 >= 1"]', "-g3 = "),
        ('["0 >= 0", "x2 >= 7", "2 x1 >= 2", "x1 <= 0"]', "-g3 = g2 + 1, so g3 <= 0 on it; g2 = x1 - 1, g3 = -x1"),
        ('["x1 >= 0", [-1, 0, 0, 0, 0, 0]]', "the domain has no interior: of its inequalities g_i >= 0, -g2 = g1"),
        ("[[1, 0, 0, 0, 0, 0.5]]", "inequality 1: 0.5 is a float"),
        ('["x1 >= 0.5"]', "inequality 1: '.5' is no term"),
        ('["x6 >= 0"]', "x6 is not one of x1 to x5"),
        ('["x1"]', "'x1' is no inequality"),
        ('["x1 >= 0 >= 1"]', "is no inequality"),
        ('[">= 1"]', "is no term"),
        ("[[1, 2]]", "inequality 1 has 2 numbers; 5 coefficients and a constant are needed"),
        ("{}", "expected a list"),
        ("[1]", "inequality 1: expected a list"),
        ("", "the file is empty"),
        ("[", "not JSON"),
    ):
        domain.write_text(text)
        if match is None:
            assert run("compare", *five, "--domain", f"polytope:{domain}").exit_code == 0
        else:
            assert match in fails("compare", *five, "--domain", f"polytope:{domain}")


def test_bad_input_gets_one_line(five: tuple[Path, Path], tmp_path: Path) -> None:
    gate = Network(["x"], [threshold("g", {"x": 1}), affine("y", {"g": 1})], ["y"])
    other = Network(["x"], [relu("h", {"x": 1}), affine("z", {"h": 1})], ["h", "z"])
    single = Network(["x"], [affine("y", {"x": 1})], ["y"])
    for name, net in (("gate", gate), ("other", other), ("single", single)):
        write_network(tmp_path / f"{name}.json", net, Cube(1))
    single_file = tmp_path / "single.json"
    for arguments, match in (
        (("compare", *five, "--domain", "box:1"), "box:a,b has two ends"),
        (("compare", *five, "--domain", "box:1,1"), "the box from 1 to 1 has no interior"),
        (("compare", *five, "--domain", "box:0,x"), "'x' is not a number"),
        (("compare", *five, "--domain", "polytope:missing.json"), "missing.json"),
        (("compare", *five, "--domain", "reals", "--count"), "--count is for finite domains"),
        (("compare", *five, "--domain", "grid:1", "--resume", tmp_path / "s"), "--solver and --resume are for real inputs"),
        (("compare", *five, "--domain", "reals", "-o", five[0]), "would overwrite"),
        (("compare", *five, "--domain", "reals", "--max-cells", "10"), "more than 10 cells; there may be up to about"),
        (("claim", five[0], "--that", "one-hidden-layer", "--max-cells", "3"), "more than 3 cells; there may be up to about"),
        (("compare", five[0], single_file, "--domain", "reals"), "the networks have 5 and 1 inputs"),
        (("compare", single_file, tmp_path / "other.json", "--domain", "reals"), "1 and 2 outputs"),
        (("compare", single_file, tmp_path / "gate.json", "--domain", "reals"), "'g' is a threshold gate, which jumps"),
        (("claim", five[0], "--that", "pretty"), "'pretty' is not one of the claims homogeneous"),
        (("claim", five[0], "--that", "monotone:x9"), "no x9"),
        (("claim", five[0], "--that", "monotone"), "is not one of the claims"),
        (("claim", five[0], "--that", "invariant:1,2"), "is not a permutation of 1 to 5"),
        (("claim", five[0], "--that", "lipschitz:3"), "is not one of the claims"),
        (("claim", five[0], "--that", "A >= B"), "is about two networks"),
        (("claim", *five, "--that", "even"), "is about one network"),
        (("claim", five[0], "--that", "homogeneous", "--domain", "box:0,1"), "is a claim on all of R^d"),
        (("claim", five[0], "--that", "one-hidden-layer", "--domain", "box:0,1"), "is a claim on all of R^d"),
        (("claim", five[0], "--that", "convex", "--domain", "chamber"), "two symmetric networks"),
        (("claim", five[0], "--that", "even", "--domain", "cube"), "is not reals, box:a,b, polytope:FILE or chamber"),
    ):
        assert match in fails(*arguments)
    assert not (tmp_path / "c.json").exists()


def test_z3_decides_without_a_certificate(five: tuple[Path, Path], tmp_path: Path) -> None:
    pytest.importorskip("z3")
    result = run("compare", *five, "--domain", "reals", "--solver", "z3")
    assert result.exit_code == 0
    assert "no certificate" in result.stdout
    assert "gives no certificate" in fails("compare", *five, "--domain", "reals", "--solver", "z3", "-o", tmp_path / "c.json")
    first = Network([f"x{i}" for i in range(1, 6)], [affine("y", {"x1": 1})], ["y"])
    write_network(tmp_path / "first.json", first)
    out = tmp_path / "c.json"
    assert run("compare", five[0], tmp_path / "first.json", "--domain", "reals", "--solver", "z3", "-o", out).exit_code == 1
    assert list(recheck(str(out)))[-1] == "refuted"
    result = run("claim", tmp_path / "first.json", five[0], "--that", "A <= B", "--solver", "z3")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"A = {five[0]}, B = {tmp_path / 'first.json'}: A >= B on R^5, decided by z3")
    for claim in ("convex", "one-hidden-layer"):
        assert f"not {claim}" in fails("claim", five[0], "--that", claim, "--solver", "z3")
    assert "on all of R^d" in fails("claim", five[0], "--that", "homogeneous", "--domain", "box:0,1", "--solver", "z3")
    # x1 is the maximum where it is the largest: equal on the chamber, and not everywhere.
    refusal = fails("compare", five[0], tmp_path / "first.json", "--domain", "chamber", "--solver", "z3")
    assert "needs a proof that the networks are symmetric" in refusal
    (tmp_path / "p.json").write_text('["x1 >= 1", "x1 <= 0"]')
    assert "no interior" in fails("compare", *five, "--domain", f"polytope:{tmp_path / 'p.json'}", "--solver", "z3")
