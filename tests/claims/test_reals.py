"""Certificates about real inputs, end to end: what they say, who checks them, what breaks them, and the command line."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from gmpy2 import mpq

from exactnet import recheck
from exactnet.certify.reals import ContinuousRequest, ContinuousResult, certify_continuous
from exactnet.check.claim import make_claim
from exactnet.check.judge_reals import judge_continuous
from exactnet.check.reals import check_continuous
from exactnet.claims.statements import STATEMENTS
from exactnet.cli.program import program
from exactnet.families.telgarsky import telgarsky
from exactnet.files.networks import write_network
from exactnet.files.reals import all_files, grid_path, write_continuous
from exactnet.kernel.domain import Grid
from exactnet.kernel.errors import FormatError, RefusedError
from exactnet.kernel.judge import judge
from exactnet.kernel.network import Network, Node, affine, relu
from exactnet.kernel.values import evaluate as value_of
from exactnet.theory.continuous import BAD_SET, PIECES, SECOND_MOMENT, evaluate
from tests.claims.test_reals_segment import naive_partition, simpson
from tests.helpers import random_relu

BIG = 2**26
TENTH = mpq(1, 10)


def request(net: Network, **changes: Any) -> ContinuousRequest:
    settings: dict[str, Any] = {"p": 2, "precision": 4, "delta": TENTH, "limit": 2, "route": "compact"}
    return ContinuousRequest(net, **(settings | changes))


def one_input(seed: int = 3) -> Network:
    """Values within and beyond ``[-2, 2]``."""
    nodes = [relu("a", {"x": 3}, seed), relu("b", {"x": "-5/2"}, 1), affine("y", {"a": "1/3", "b": -1}, "-1/7")]
    return Network(["x"], nodes, ["y"])


@pytest.fixture(scope="module")
def line_result() -> ContinuousResult:
    return certify_continuous(request(one_input(), exact=True))


@pytest.fixture(scope="module")
def plane_result() -> ContinuousResult:
    return certify_continuous(request(random_relu(7, 2, [2], 2, denominator=9), p=1, limit=1, exact=True))


# --- what is certified ---------------------------------------------------------------------


def naive_moment(net: Network, made: Network, low: mpq, high: mpq, limit: int) -> mpq:
    """The mean of ``(N' - clip N)^2`` over an interval, by the reference evaluator."""

    def point(t: mpq) -> list[mpq]:
        return [low + t * (high - low)]

    def apart(t: mpq) -> mpq:
        return value_of(made, point(t))[0] - min(max(value_of(net, point(t))[0], mpq(-limit)), mpq(limit))

    ends = [relu("above", {"y": 1}, limit), relu("beyond", {"y": 1}, -limit)]
    with_clip = Network(["x"], [*net.nodes(), *ends], ["y"])
    return simpson(apart, sorted({*naive_partition(made, point), *naive_partition(with_clip, point)}))


def test_the_distance_on_a_line_is_that_of_a_naive_integral() -> None:
    net = one_input()
    result = certify_continuous(request(net, p=1, exact=True))
    made, judgement = result.constructed, result.judgement
    assert judgement.verdict == "certified"
    exact = judgement.outputs["y"].exact
    assert exact is not None
    assert exact.clipped == naive_moment(net, made, mpq(-1), mpq(1), 2)
    assert exact.plain == naive_moment(net, made, mpq(-1), mpq(1), 1000)  # beyond all values
    assert exact.plain > exact.clipped
    assert exact.pieces == 2


def test_the_parts_of_the_bound(line_result: ContinuousResult) -> None:
    """``p = 2, delta = 1/10``: the bad set has ``p*delta = 1/5``; and the bound, by hand."""
    judgement = line_result.judgement
    assert judgement.bad == mpq(1, 5)
    row = judgement.outputs["y"]
    assert row.range == (-2, 2)
    # N is -1/7 + (3x + 3)/3 - (1 - 5x/2) in the middle: from below -2 up to above 2, and on upwards.
    assert (row.apart, row.spread, row.pieces, row.variation) == (4, 4, 3, 4)
    moved = mpq(4) / 4 / 2  # d * V * M / p
    assert row.bound == 16 * mpq(1, 5) + mpq(1, 16) + (4 + mpq(1, 2)) * moved
    names = {bound.name: bound for bound in judgement.bounds}
    assert names["pieces (y)"].value == 3
    assert names["second moment (y)"].value == 8 * 4 * 1 * 4 * TENTH / 4 + mpq(1, 16) + (4 + mpq(1, 2)) * 4 * 3 * mpq(1, 8)
    assert all(bound.holds for bound in judgement.bounds)


def test_the_plane(plane_result: ContinuousResult) -> None:
    judgement = plane_result.judgement
    assert judgement.verdict == "certified"
    assert judgement.bad == 1 - (1 - TENTH) ** 2  # less than 2*d*p^2*delta*M = 1/5
    exact = judgement.outputs["y1"].exact
    assert exact is not None
    assert 0 < exact.clipped <= judgement.outputs["y1"].bound
    # A lattice mean is near the integral: within what the values can change (each square is at most 4).
    net, made, cells = random_relu(7, 2, [2], 2, denominator=9), plane_result.constructed, 40
    total = mpq(0)
    for i in range(cells):
        for j in range(cells):
            point = [mpq(2 * i + 1, cells) - 1, mpq(2 * j + 1, cells) - 1]
            total += (value_of(made, point)[0] - min(max(value_of(net, point)[0], mpq(-1)), mpq(1))) ** 2
    assert abs(total / cells**2 - exact.clipped) < mpq(1, 20)


def test_three_inputs_and_two_outputs() -> None:
    net = random_relu(7, 3, [2], 2, outputs=2, denominator=9)
    result = certify_continuous(request(net, p=1, limit=3, density=mpq(3, 4)))
    judgement = result.judgement
    assert judgement.verdict == "certified"
    assert judgement.bad == 3 * 2 * TENTH * mpq(3, 4)  # the density is not known: M times the lengths
    assert set(judgement.outputs) == {"y1", "y2"}
    assert all(row.exact is None for row in judgement.outputs.values())
    rng = random.Random(1)
    for _ in range(200):
        point = [mpq(rng.randint(-420, 420), 420) for _ in range(3)]
        below = [mpq(x.numerator // x.denominator) for x in point]
        if all(x == b or b + 1 - x >= TENTH for x, b in zip(point, below, strict=True)):
            targets = [min(max(value, mpq(-3)), mpq(3)) * 4 for value in value_of(net, below)]
            assert value_of(result.constructed, point) == tuple(mpq(t.numerator // t.denominator, 4) for t in targets)


def test_the_bound_holds_for_other_densities() -> None:
    """Uniform on a part of the box, ``M`` its height: the exact second moment there is below the bound for ``M``."""
    net = one_input()
    for low, high in ((mpq(-1), mpq(-1, 2)), (mpq(-1, 10), mpq(0)), (mpq(1, 4), mpq(1))):
        result = certify_continuous(request(net, p=1, density=1 / (high - low)))
        assert naive_moment(net, result.constructed, low, high, 2) <= result.judgement.outputs["y"].bound


def test_the_range_is_found_where_it_is_not_given() -> None:
    result = certify_continuous(request(one_input(), limit=None))
    largest = max(abs(value_of(one_input(), point)[0]) for point in Grid(2, 1))
    assert result.grid.parameters["R"] == -(-largest.numerator // largest.denominator)
    with pytest.raises(RefusedError, match="not polynomially bounded"):
        certify_continuous(request(Network(["x"], [affine("y", {"x": 2**30})], ["y"]), limit=None))


def test_symbolic_bounds() -> None:
    values = {"d": 3, "k": 3, "m": 4, "p": 10, "R": 2, "r": 5, "delta": mpq(1, 1000), "M": mpq(1, 20)}
    assert evaluate(BAD_SET, values) == mpq(2 * 3 * 100, 1000 * 20)
    assert evaluate(PIECES, values) == 25
    moved = mpq(3 * 4 * 25, 20 * 10)
    assert evaluate(SECOND_MOMENT, values) == 16 * mpq(3, 100) + mpq(1, 25) + (4 + mpq(2, 5)) * moved


# --- certificates --------------------------------------------------------------------------


def write(folder: Path, result: ContinuousResult, net: Network) -> Path:
    path = folder / "c.json"
    write_continuous(str(path), net, result.constructed, result.grid, result.judgement, 0.1)
    return path


def again(path: Path) -> tuple[str, str | None]:
    checked = check_continuous(str(path), max_file=BIG, max_inputs=BIG)
    return checked.verdict, checked.reason


def test_a_certificate_and_its_grid_are_checked(tmp_path: Path, line_result: ContinuousResult) -> None:
    path = write(tmp_path, line_result, one_input())
    assert {str(file.name) for file in tmp_path.iterdir()} == {Path(file).name for file in all_files(str(path))}
    assert again(path) == ("certified", None)
    assert list(recheck.recheck(grid_path(str(path))))[-1] == "certified"


EDITS: dict[str, Callable[[dict[str, Any]], object]] = {
    "delta": lambda c: c.update(delta="1/11"),
    "density": lambda c: c.update(density="1/3"),
    "bad": lambda c: c.update(bad="1/6"),
    "verdict": lambda c: c.update(verdict="refuted"),
    "bits": lambda c: c["inputs"]["x"]["bits"].update({"0": "x.bit1"}),
    "exact": lambda c: c["outputs"]["y"]["exact"].update(clipped="1/100"),
    "bound": lambda c: c["outputs"]["y"].update(bound="1"),
    "bounds": lambda c: c["bounds"].pop(),
    "network": lambda c: c["grid"].update(constructed="0" * 64),
    "inputs": lambda c: c["inputs"]["x"].update(intervals=7),
}


def test_a_certificate_beside_a_wrong_one_of_its_grid(tmp_path: Path, line_result: ContinuousResult) -> None:
    """What the one says of the networks between the grid points is right, and worth nothing."""
    path = write(tmp_path, line_result, one_input())
    grid = Path(grid_path(str(path)))
    document = json.loads(grid.read_text())
    document["constructed"]["wires"] += 1
    grid.write_text(json.dumps(document))
    verdict, reason = again(path)
    assert verdict == "wrong"
    assert reason is not None
    assert reason.startswith(f"{grid.name}: constructed")


def test_the_grid_has_the_ramps_of_the_certificate(tmp_path: Path, line_result: ContinuousResult) -> None:
    """With ramps of width 2^-400 in the options, weights up to 2^400 would be within the bounds on the grid."""
    net, grid, made = one_input(), line_result.grid, line_result.constructed
    options = {**grid.options, "delta": f"1/{2**400}"}
    claim = make_claim(net, grid.domain, STATEMENTS[grid.statement], grid.route, options, grid.relation, 2, promised=True)
    other = judge(net, made, claim)
    path = tmp_path / "c.json"
    write_continuous(str(path), net, made, other, judge_continuous(net, made, other, line_result.judgement.setting), 0.1)
    assert other.verdict == "certified"
    verdict, reason = again(path)
    assert verdict == "wrong"
    assert str(reason).startswith('delta: the certificate says "1/10", found "1/25822498')


@pytest.mark.parametrize("edit", sorted(EDITS))
def test_a_changed_certificate_is_wrong(tmp_path: Path, line_result: ContinuousResult, edit: str) -> None:
    path = write(tmp_path, line_result, one_input())
    document = json.loads(path.read_text())
    EDITS[edit](document)
    path.write_text(json.dumps(document))
    verdict, reason = again(path)
    assert verdict == "wrong"
    assert reason is not None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"delta": 0.1}, "is a float"),
        ({"delta": "1/0"}, "does not match"),
        ({"exact": "yes"}, "is not of type"),
        ({"more": 1}, "Additional properties"),
        ({"format": "exactnet-continuous/2"}, "was expected"),
        ({"grid": {"file": "../c.grid.json", "original": "0" * 64, "constructed": "0" * 64}}, "does not match"),
        ({"grid": {"file": "none.json", "original": "0" * 64, "constructed": "0" * 64}}, "cannot be read"),
    ],
)
def test_a_malformed_certificate(
    tmp_path: Path, line_result: ContinuousResult, change: dict[str, Any], words: str
) -> None:
    path = write(tmp_path, line_result, one_input())
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(FormatError, match=words):
        again(path)


def test_a_certificate_of_another_form_beside_it(tmp_path: Path, line_result: ContinuousResult) -> None:
    """The grid's certificate must be of the clipped form."""
    from exactnet.certify.small_weights import Request, certify_network
    from exactnet.files.certificate_writer import write_certificate
    from exactnet.files.certificates import read_certificate

    path = write(tmp_path, line_result, one_input())
    plain = certify_network(Request(one_input(), Grid(2, 1), "compact", 4))
    write_certificate(grid_path(str(path)), one_input(), plain.constructed, plain.certificate, 0)
    document = json.loads(path.read_text())
    stored = read_certificate(grid_path(str(path)), BIG)
    document["grid"] |= {role: stored.document[role]["sha256"] for role in ("original", "constructed")}
    path.write_text(json.dumps(document))
    with pytest.raises(FormatError, match="is not a certificate of the clipped form on a grid"):
        again(path)


# --- mutants of the network ----------------------------------------------------------------


def test_every_mutant_is_refuted_or_equal(line_result: ContinuousResult) -> None:
    """One weight or bias changed at a time: refuted, or equal on all of ``[-p, p]`` outside ramps and within its range.

    Whatever is still certified agrees with the original network at the middle and near both ends of every cell.
    """
    net, made, grid = one_input(), line_result.constructed, line_result.grid
    claim = make_claim(net, grid.domain, STATEMENTS[grid.statement], grid.route, grid.options, grid.relation, 2, promised=True)
    setting = line_result.judgement.setting
    rng = random.Random(5)
    names = rng.sample(list(made.order), 25)
    points = [[mpq(j, 2) + x] for j in range(-4, 4) for x in (mpq(0), mpq(1, 5), mpq(2, 5))]
    refuted = 0
    for target in names:
        nodes = []
        for node in made.nodes():
            sources = dict(node.sources)
            if node.id == target:
                source = rng.choice(list(sources))
                sources[source] += rng.choice([-1, 1, 3])
            nodes.append(Node(node.id, node.kind, sources, node.bias))
        mutant = Network(made.inputs, nodes, made.outputs)
        verdict = judge_continuous(net, mutant, judge(net, mutant, claim), setting).verdict
        refuted += verdict == "refuted"
        if verdict == "certified":
            assert all(mutant(point) == made(point) for point in points)
    assert refuted > 10


# --- the command line ----------------------------------------------------------------------


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(program, list(arguments))
    return result.exit_code, result.output


@pytest.fixture
def sawtooth(tmp_path: Path) -> str:
    instance = telgarsky(depth=2, grid=2)
    path = tmp_path / "saw.json"
    write_network(path, instance.network, instance.domain)
    return str(path)


COMMON = ("--precision", "1/2", "--delta", "1/100", "--route", "compact")


def test_as_a_user(tmp_path: Path, sawtooth: str) -> None:
    out = str(tmp_path / "c.json")
    status, text = run("continuous", sawtooth, *COMMON, "-o", out)
    assert (status, text.splitlines()[0].split()[0]) == (0, "certified")
    for shown in ("S4: N'(x) = floor(r clip(N(x rounded down)))/r", "bad set", "exact second moment (y)", "(m + 1)**(k - 1)"):
        assert shown in text
    assert run("check", out, "--quiet") == (0, "certified\n")
    status, text = run("check", out)
    assert (status, "exact second moment (y)" in text) == (0, True)
    assert run("check", grid_path(out), "--quiet") == (0, "certified\n")
    status, text = run("check", out, "--json")
    assert json.loads(text)["continuous"]["bad"] == "1/50"
    Path(out).write_text(Path(out).read_text().replace('"delta": "1/100"', '"delta": "1/200"'))
    status, text = run("check", out, "--quiet")
    assert (status, text) == (1, "wrong\n")


def test_json_and_quiet(sawtooth: str) -> None:
    status, text = run("continuous", sawtooth, *COMMON, "--json", "--no-exact", "--p", "1", "--range", "1", "--density", "2")
    found = json.loads(text)
    assert (status, found["verdict"], found["statement"]) == (0, "certified", "S4")
    assert found["continuous"]["density"] == "2"
    assert found["continuous"]["outputs"]["y"]["exact"] is None
    assert run("continuous", sawtooth, *COMMON, "--quiet") == (0, "certified\n")


BAD: dict[str, tuple[tuple[str, ...], str]] = {
    "wide": (("--delta", "2/3"), "delta = 2/3, is more than 1/p = 1/2: ramps would overlap"),
    "zero": (("--delta", "0"), "delta = 0, is not positive"),
    "negative": (("--delta", "-1/9"), "delta = -1/9, is not positive"),
    "no number": (("--delta", "1/x"), "'1/x' is not a number"),
    "range": (("--range", "0"), "'0' is not a positive integer"),
    "density": (("--density", "1/5"), "no density on [-2, 2] is bounded by 1/5: the uniform one is 1/4"),
    "grid": (("--p", "0"), "'--p'"),
    "too many": (("--p", "100000"), "more than --max-inputs"),
    "ramps": (("--p", "300", "--delta", "1/999"), "180000 ramps for each input are more than 65536"),
    "route": (("--route", "z"), "the route 'z' is not one of"),
    "precision": (("--precision", "2"), "'2' is not 1/r"),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_bad_input_is_one_line(sawtooth: str, tmp_path: Path, name: str) -> None:
    arguments, words = BAD[name]
    before = sorted(tmp_path.iterdir())
    status, text = run("continuous", sawtooth, *COMMON, *arguments, "-o", str(tmp_path / "c.json"))
    assert (status, text.count("\n")) == (2, 1)
    assert words in text
    assert sorted(tmp_path.iterdir()) == before


def test_more_bad_input(tmp_path: Path, sawtooth: str) -> None:
    assert run("continuous", sawtooth, "--delta", "1/9") == (
        2,
        "exactnet: real inputs are certified in rounded form: --precision 1/r is missing\n",
    )
    status, text = run("continuous", "iris", *COMMON, "--exact")
    assert (status, text) == (2, "exactnet: exact integration is for at most 2 inputs, not 4\n")
    status, text = run("continuous", "digits", *COMMON, "--p", "1")
    assert (status, "threshold circuit" in text) == (2, True)
    path = tmp_path / "n.json"
    write_network(path, one_input())
    status, text = run("continuous", str(path), *COMMON)
    assert (status, "names no grid; add --p P" in text) == (2, True)
    steep = Network(["x"], [affine("y", {"x": 2**40})], ["y"])
    write_network(path, steep)
    status, text = run("continuous", str(path), *COMMON, "--p", "1")
    assert (status, text.startswith("exactnet: refused: not polynomially bounded")) == (2, True)
    write_network(path, Network(["x"], [affine("y", {"x": 1})], ["y", "x"]))
    status, text = run("continuous", str(path), *COMMON, "--p", "1")
    assert (status, "the output 'x' is an input" in text) == (2, True)


def test_pieces_as_a_user(tmp_path: Path, sawtooth: str) -> None:
    status, text = run("pieces", sawtooth)
    assert (status, "from (-2) to (2)" in text) == (0, True)
    status, text = run("pieces", sawtooth, "--from", "0", "--to", "1", "--json")
    found = json.loads(text)
    assert found["bound"] == "4"
    assert found["outputs"]["y"] == {
        "pieces": 2,
        "knots": [{"t": "0", "value": "0"}, {"t": "1/2", "value": "1"}, {"t": "1", "value": "0"}],
    }
    for arguments, words in (
        (("--from", "0,1", "--to", "1"), "the network has 1 inputs, the point 2 coordinates"),
        (("--from", "a", "--to", "1"), "'a' is not a number"),
    ):
        status, text = run("pieces", sawtooth, *arguments)
        assert (status, text.count("\n"), words in text) == (2, 1, True)
    path = tmp_path / "n.json"
    write_network(path, one_input())
    status, text = run("pieces", str(path))
    assert (status, "names no grid; give --from and --to" in text) == (2, True)
    status, text = run("pieces", "digits", "--from", ",".join("0" * 16), "--to", ",".join("1" * 16))
    assert (status, "is a threshold gate" in text) == (2, True)
