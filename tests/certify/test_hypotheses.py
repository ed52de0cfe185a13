"""What ``check`` holds against a certificate that the judge, which takes hypotheses for granted, would call certified."""

from __future__ import annotations

from pathlib import Path

import pytest
from gmpy2 import mpq

from exactnet.check.certificate import check_certificate
from exactnet.check.claim import make_claim
from exactnet.claims.statements import STATEMENTS, kind_of
from exactnet.files.certificate_writer import write_certificate
from exactnet.kernel.domain import Cube
from exactnet.kernel.errors import ExactnetError
from exactnet.kernel.judge import judge
from exactnet.kernel.network import Network, affine, relu, threshold
from exactnet.kernel.relation import Equal, Floor, Relation, Within
from exactnet.theory.parameters import parameters_of

OPTIONS = {"inputs": "integers", "output": "four"}


def line(weight: object) -> Network:
    return Network(["x"], [affine("y", {"x": mpq(str(weight))})], ["y"])


def checked(folder: Path, net: Network, statement: str, relation: Relation, output_range: int, promised: bool = False) -> str:
    """The verdict of ``check``, and why; the network stands for itself."""
    claim = make_claim(net, Cube(1), STATEMENTS[statement], "lookahead", OPTIONS, relation, output_range, promised=promised)
    path = str(folder / "c.json")
    write_certificate(path, net, net, judge(net, net, claim), 0)
    result = check_certificate(path, max_file=2**20, max_inputs=2)
    return f"{result.verdict}: {result.reason}"


@pytest.mark.parametrize(
    ("weight", "relation", "output_range", "promised", "words"),
    [
        ("3/2", Equal(2), 2, False, "certified"),
        ("3/2", Equal(4), 2, False, "wrong: r = 4 is not the least"),
        ("3/2", Equal(2), 3, False, "wrong: R = 3 is not the least"),
        ("3/2", Equal(2), 3, True, "certified"),
        ("3/2", Floor(2), 2, False, "certified"),
        ("1000000", Equal(1), 10**6, False, "certified"),
        ("1000001", Equal(1), 10**6 + 1, False, "wrong: r*R > 1000000"),
        ("1000001", Equal(1), 10**6 + 1, True, "certified"),
        ("0", Equal(1), 0, True, "wrong: r and R must be positive"),
    ],
)
def test_r_and_the_range(
    tmp_path: Path, weight: str, relation: Relation, output_range: int, promised: bool, words: str
) -> None:
    statement = "S1 exact" if isinstance(relation, Equal) else "S1 rounded"
    answer = checked(tmp_path, line(weight), statement, relation, output_range, promised)
    assert answer.startswith(words) or (words == "certified" and answer.startswith("refuted: the bound"))


@pytest.mark.parametrize(
    ("r", "epsilon", "words"),
    [(10, "1/10", "certified"), (11, "1/10", "wrong: r = 11 is not the least integer from 1/epsilon"), (9, "1/10", "wrong: r = 9")],
)
def test_r_of_a_tolerance(tmp_path: Path, r: int, epsilon: str, words: str) -> None:
    net = line("1/3")
    claim = make_claim(net, Cube(1), STATEMENTS["within"], "pair", {"epsilon": epsilon}, Within(r, mpq(epsilon)), 1)
    path = str(tmp_path / "c.json")
    write_certificate(path, net, net, judge(net, net, claim), 0)
    result = check_certificate(path, max_file=2**20, max_inputs=2)
    assert f"{result.verdict}: {result.reason}".startswith(words)
    with pytest.raises(ExactnetError, match="more than --max-inputs 1"):
        check_certificate(path, max_file=2**20, max_inputs=1)


def test_a_tolerance_of_nothing_is_none(tmp_path: Path) -> None:
    net = line("1/3")
    claim = make_claim(net, Cube(1), STATEMENTS["within"], "pair", {"epsilon": "1/10"}, Within(10, mpq(1, 10)), 1)
    path = tmp_path / "c.json"
    write_certificate(str(path), net, net, judge(net, net, claim), 0)
    path.write_text(path.read_text().replace('"1/10"', '"0"'))
    result = check_certificate(str(path), max_file=2**20, max_inputs=2)
    assert (result.verdict, result.reason) == ("wrong", "relation: within with epsilon = 0")


def test_statements_are_about_their_kinds_of_networks() -> None:
    gate = Network(["x"], [threshold("g", {"x": 1}, -1)], ["g"])
    ramp = Network(["x"], [relu("h", {"x": 1})], ["h"])
    inner = Network(["x"], [threshold("g", {"x": 1}, -1), affine("y", {"g": 2})], ["y"])
    mixed = Network(["x"], [threshold("g", {"x": 1}, -1), relu("h", {"g": 1}), threshold("f", {"h": 1}, -1)], ["f"])
    kinds = {"circuit": gate, "relu": ramp, "mixed": inner, "affine": line(2)}
    assert {name: kind_of(net) for name, net in kinds.items()} == {name: name for name in kinds}
    assert kind_of(mixed) == "mixed"
    s1, s3, levels = (STATEMENTS[name] for name in ("S1 exact", "S3", "S5 circuits"))
    assert [s3.is_about(net, Equal(1)) for net in (gate, ramp, inner, mixed)] == [True, False, False, False]
    assert [s1.is_about(net, Equal(1)) for net in (gate, ramp, inner, mixed)] == [False, True, True, True]
    assert [levels.is_about(net, Equal(1)) for net in (gate, ramp)] == [True, False]
    assert not s1.is_about(ramp, Floor(1))
    assert [s3.misfit(net) is None for net in (gate, ramp, inner, mixed, line(2))] == [True, False, False, False, False]
    assert [s1.misfit(net) is None for net in (gate, ramp, inner, mixed, line(2))] == [False, True, False, False, True]


def test_what_no_output_depends_on_is_not_measured() -> None:
    nodes = [relu("h", {"x": 3}), relu("dead", {"x": 10**9}, 7), affine("y", {"h": 1})]
    net = Network(["x"], nodes, ["y"])
    claim = make_claim(net, Cube(1), STATEMENTS["S1 exact"], "lookahead", OPTIONS, Equal(1), 3)
    assert (claim.original.neurons, claim.original.max_weight, claim.original.max_bias) == (1, 3, 0)


def test_parameters_are_the_largest_of_all_layers() -> None:
    first = [relu(f"a{i}", {"x": i + 1}) for i in range(3)]
    net = Network(["x"], [*first, relu("b", {"a0": 1, "a1": -5}), affine("y", {"b": 1, "a2": 1})], ["y"])
    found = parameters_of(net, Cube(1))
    assert (found.d, found.k, found.m, found.p, found.s) == (1, 3, 3, 1, 1)
    assert parameters_of(line(7), Cube(1)).B == 3


def test_parameters_of_a_rounded_form_are_of_r_times_the_outputs() -> None:
    net = Network(["x"], [relu("h", {"x": 1}), affine("y", {"h": "1/1024"}, "1/3")], ["y"])
    for r, bits in ((1, 12), (1024, 11)):  # 3072 N = 3 h + 1024, and 3 * 1024 N = 3 h + 1024
        claim = make_claim(net, Cube(1), STATEMENTS["S1 rounded"], "lookahead", OPTIONS, Floor(r), 1)
        assert claim.parameters["B"] == bits


def test_parameters_are_of_what_outputs_depend_on_and_of_forms_without_a_divisor() -> None:
    nodes = [relu("h", {"x": 6, "z": 4}), affine("y", {"h": 5})]
    found = parameters_of(Network(["x", "z"], nodes, ["y"]), Cube(2))
    assert found.B == 4  # h is 2 [3x + 2z]+, and y reads it 10 times
    dead = [relu("a", {"x": 10**9}, 7), relu("b", {"a": 1}), relu("c", {"z": 1})]
    assert parameters_of(Network(["x", "z"], [*nodes, *dead], ["y"]), Cube(2)) == found
