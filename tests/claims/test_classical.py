"""The functions that certificates name: three definitions against each other, circuits that compute something else, forgeries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.certify.classical import CHOICES, KINDS, SHALLOW, certify_function, make_pair
from exactnet.check.claim import make_claim
from exactnet.claims.classical import MEANINGS, not_named, read_given
from exactnet.claims.statements import STATEMENTS
from exactnet.cli.program import program
from exactnet.families import FAMILIES
from exactnet.families.naor_reingold import draw_keys, group
from exactnet.files.certificate_writer import write_certificate
from exactnet.kernel.domain import Cube, Domain, Grid
from exactnet.kernel.errors import FormatError
from exactnet.kernel.judge import judge
from exactnet.kernel.network import Network, threshold
from exactnet.kernel.relation import Equal
from exactnet.kernel.values import PlainEvaluator
from exactnet.recheck.command import recheck
from exactnet.recheck.named import FUNCTIONS, Named
from exactnet.recheck.reading import Unusable, Wrong
from tests.certify.test_classical import MEANING, SIZES

#: The largest sizes with at most 60 bits on both sides.
LARGEST: dict[str, dict[str, int]] = {
    "parity": {"d": 60},
    "majority": {"d": 59},
    "comparison": {"n": 30},
    "inner-product": {"n": 30},
    "addition": {"n": 30},
    "iterated-addition": {"n": 11, "bits": 5},
    "multiplication": {"n": 30},
    "sorting": {"n": 12, "bits": 5},
    "naor-reingold": {"n": 60, "order": 997},
}


def options_of(name: str, sizes: Mapping[str, int]) -> dict[str, str]:
    """The options of a certificate of the plain circuit."""
    named: dict[str, object] = dict(sizes)
    if name == "naor-reingold":
        named["modulus"], named["base"] = group(sizes["order"])
        named["keys"] = ",".join(map(str, draw_keys(sizes["n"], sizes["order"], sizes.get("seed", 1))))
    kind = {"kind": CHOICES.get(name, ("small",))[-1]}
    return {"function": name} | kind | {option: str(named[option]) for option in MEANINGS[name].parameters}


def values(name: str, sizes: Mapping[str, int], xs: list[int]) -> tuple[list[int], list[int], list[int]]:
    """The values by all three definitions: that of the checker, that of recheck, and that of the tests."""
    options = options_of(name, sizes)
    parameters = read_given(options)
    inputs, outputs = MEANINGS[name].shape(parameters)
    named = Named(options, "cube", inputs, outputs)
    assert named.conflict is None
    ours = MEANINGS[name].value(np.array(xs, dtype=np.int64), parameters).tolist()
    theirs = [FUNCTIONS[name].value(x, named.numbers, named.keys) for x in xs]
    rows = [MEANING[name]([x >> place & 1 for place in range(inputs - 1, -1, -1)], dict(sizes)) for x in xs]
    assert all(len(row) == outputs for row in rows)
    return ours, theirs, [int("".join(map(str, row)), 2) for row in rows]


@pytest.mark.parametrize(("name", "sizes"), SIZES, ids=str)
def test_three_definitions_agree_on_every_input(name: str, sizes: dict[str, int]) -> None:
    inputs = MEANINGS[name].shape(read_given(options_of(name, sizes)))[0]
    one, two, three = values(name, sizes, list(range(2**inputs)))
    assert one == two == three


@pytest.mark.parametrize("name", LARGEST)
@given(data=st.data())
@settings(max_examples=25)
def test_three_definitions_agree_on_long_numbers(name: str, data: st.DataObject) -> None:
    """Up to the most bits that are checked: nothing overflows."""
    inputs = MEANINGS[name].shape(read_given(options_of(name, LARGEST[name])))[0]
    xs = data.draw(st.lists(st.integers(0, 2**inputs - 1) | st.sampled_from([0, 2**inputs - 1]), min_size=1, max_size=5))
    one, two, three = values(name, LARGEST[name], xs)
    assert one == two == three


@pytest.mark.parametrize(("name", "sizes"), SIZES, ids=str)
def test_every_original_is_the_function_that_it_is_named(name: str, sizes: dict[str, int]) -> None:
    net = FAMILIES[name].make(**sizes, kind=KINDS[name][0]).network
    assert not_named(net, Cube(len(net.inputs)), options_of(name, sizes)) is None


def test_one_wrong_input_is_found_and_named() -> None:
    """A gate for one input alone, at each of the 64 places."""
    net = FAMILIES["majority"].make(d=6, kind="threshold").network
    (majority,) = net.nodes()
    for index in range(64):
        point = [index >> place & 1 for place in range(5, -1, -1)]
        here = threshold("here", {name: 2 * bit - 1 for name, bit in zip(net.inputs, point, strict=True)}, -sum(point))
        right = int(2 * sum(point) > 6)
        gates = [threshold("m", dict(majority.sources), majority.bias), here]
        gates.append(threshold("y", {"m": 1, "here": -2 if right else 1}, -1))
        reason = not_named(Network(net.inputs, gates, ["y"]), Cube(6), {"function": "majority", "kind": "small", "d": "6"})
        place = f"at input {index}, {' '.join(map(str, point))}, its outputs are {1 - right}, not {right}"
        assert reason == f"the original is not majority (d = 6): {place}"


@pytest.mark.parametrize(
    ("changes", "domain", "message"),
    [
        ({"n": "4"}, Cube(6), "the original is not addition (n = 4): it has 6 inputs and 4 outputs, not 8 and 5"),
        ({"function": "comparison"}, Cube(6), "it has 6 inputs and 4 outputs, not 6 and 1"),
        ({}, Grid(1, 6), "the original is not addition (n = 3): that is a function on the cube"),
    ],
)
def test_other_sizes_and_domains(changes: dict[str, str], domain: Domain, message: str) -> None:
    net = FAMILIES["addition"].make(n=3, kind="large").network
    options = {"function": "addition", "kind": "small", "n": "3"} | changes
    assert message in str(not_named(net, domain, options))
    with pytest.raises(Wrong):  # of a certificate that says certified
        Named(options, domain.kind, 6, 4).finding(True, False)


def test_too_many_bits_are_not_checked() -> None:
    net = FAMILIES["comparison"].make(n=31).network
    reason = not_named(net, Cube(62), {"function": "comparison", "kind": "small", "n": "31"})
    assert reason == "the original is not comparison (n = 31): no more than 60 bits are checked"


@pytest.mark.parametrize(
    "changes",
    [
        {"keys": "1,1,1,1"},
        {"keys": "1,2,3"},
        {"keys": "1,2,3,9"},
        {"order": "6"},
        {"modulus": "25"},
        {"base": "1"},
        {"base": "12"},
        {"base": "2"},
    ],
    ids=str,
)
def test_groups_that_are_none_and_other_keys(changes: dict[str, str]) -> None:
    sizes = {"n": 3, "order": 5}
    net = FAMILIES["naor-reingold"].make(**sizes, kind="chain").network
    options = options_of("naor-reingold", sizes)
    assert (options["modulus"], options["base"]) == ("11", "4")
    assert not_named(net, Cube(3), options) is None
    options |= changes
    reason = str(not_named(net, Cube(3), options))
    assert reason.startswith("the original is not naor-reingold (n = 3, order = ")
    assert "\n" not in reason
    named = Named(options, "cube", 3, 4)
    named.add(range(8), list(zip(*([int(v) for v in net(point)] for point in Cube(3)), strict=True)))
    assert named.conflict is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"keys": "1,2,3"},
        {"keys": "1,2,3,5"},
        {"order": "10", "base": "2"},  # of order 10
        {"order": "4", "modulus": "5", "base": "2"},
        {"modulus": "25", "base": "6"},  # of order 5
        {"base": "1"},
        {"base": "12"},  # 1 modulo 11
        {"base": "2"},
    ],
    ids=str,
)
def test_a_group_is_of_prime_order_modulo_a_prime(changes: dict[str, str]) -> None:
    """Whatever the circuit computes: each condition alone."""
    options = options_of("naor-reingold", {"n": 3, "order": 5}) | changes
    outputs = [f"y{i}" for i in range((int(options["modulus"]) - 1).bit_length())]
    net = Network(["a", "b", "c"], [threshold(name, {}, -1) for name in outputs], outputs)
    reason = str(not_named(net, Cube(3), options))
    assert "the keys are not 4 numbers" in reason or "the base has not this prime order modulo a prime" in reason
    conflict = Named(options, "cube", 3, len(outputs)).conflict
    assert str(conflict).endswith("these are no keys and no group of prime order")


def test_options_that_the_function_does_not_have() -> None:
    options = options_of("addition", {"n": 3})
    for other in (options | {"d": "3"}, {name: text for name, text in options.items() if name != "kind"}):
        with pytest.raises(FormatError, match="the options of addition are"):
            read_given(other)
        with pytest.raises(Unusable, match="the options of addition are not"):
            Named(other, "cube", 6, 4)


class FewAtOnce(PlainEvaluator):
    """Five inputs at a time."""

    at_once = 5


def test_the_input_is_named_in_later_parts_of_the_domain() -> None:
    right = Network(["a", "b", "c", "d"], [threshold("y", dict.fromkeys("abcd", 1), -3)], ["y"])
    options = {"function": "majority", "kind": "small", "d": "4"}
    assert not_named(right, Cube(4), options, FewAtOnce) is None
    gates = [threshold("all", dict.fromkeys("abcd", 1), -4), threshold("y", {**dict.fromkeys("abcd", 1), "all": -2}, -3)]
    reason = not_named(Network(["a", "b", "c", "d"], gates, ["y"]), Cube(4), options, FewAtOnce)
    assert reason == "the original is not majority (d = 4): at input 15, 1 1 1 1, its outputs are 0, not 1"


# --- certificates --------------------------------------------------------------------------------


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(program, list(arguments))
    return result.exit_code, " ".join(result.stdout.split())


def refused_twice(path: Path, words: str) -> None:
    """Neither ``check`` nor ``recheck`` accepts a certificate; ``check`` says why."""
    status, out = run("check", str(path))
    assert status in (1, 2)
    assert words in out
    with pytest.raises((Wrong, Unusable)):
        list(recheck(str(path)))


@pytest.mark.parametrize(
    ("name", "sizes", "changes", "words"),
    [
        ("addition", {"n": 3}, {"n": "4"}, "the original is not addition (n = 4): it has 6 inputs"),
        ("majority", {"d": 5}, {"function": "parity"}, "the original is not parity (d = 5): at input 1, 0 0 0 0 1,"),
        ("inner-product", {"n": 2}, {"function": "comparison"}, "the original is not comparison (n = 2): at input 0,"),
        ("sorting", {"n": 2, "bits": 3}, {"n": "3", "bits": "2"}, "the original is not sorting (n = 3, bits = 2): at input"),
        ("naor-reingold", {"n": 3, "order": 5}, {"keys": "1,1,1,1"}, "the original is not naor-reingold"),
    ],
    ids=str,
)
def test_a_changed_name_or_parameter_is_not_accepted(
    tmp_path: Path, name: str, sizes: dict[str, Any], changes: dict[str, str], words: str
) -> None:
    path = tmp_path / "c.json"
    pair = certify_function(name, sizes | ({"kind": "small"} if name in SHALLOW else {}))
    write_certificate(str(path), pair.original, pair.result.constructed, pair.result.certificate, 0)
    assert list(recheck(str(path)))[-1] == "certified"
    document = json.loads(path.read_text())
    document["options"] |= changes
    path.write_text(json.dumps(document))
    refused_twice(path, words)


def test_a_certificate_that_a_judge_without_the_check_would_make_is_not_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bounds, parameters and digests are all those of the false claim; the two circuits are equal."""
    net, made = (FAMILIES["inner-product"].make(n=3, kind=kind).network for kind in ("large", "small"))
    options = {"function": "comparison", "kind": "small", "n": "3"}
    claim = make_claim(net, Cube(6), STATEMENTS["S3"], "classical", options, Equal(1), 1)
    honest = judge(net, made, claim)
    assert (honest.verdict, honest.counterexample) == ("refuted", None)
    assert honest.reason == "the original is not comparison (n = 3): at input 0, 0 0 0 0 0 0, its outputs are 0, not 1"
    forged = judge(net, made, replace(claim, besides=None))
    assert forged.verdict == "certified"
    path = tmp_path / "c.json"
    write_certificate(str(path), net, made, forged, 0)
    refused_twice(path, 'the certificate says "certified", found "refuted": the original is not comparison (n = 3)')
    write_certificate(str(path), net, made, honest, 0)  # that of the honest judge is right, in both opinions
    status, out = run("check", str(path))
    assert (status, out.startswith("refuted")) == (1, True)
    lines = list(recheck(str(path)))
    assert lines[-1] == "refuted"
    assert any(line.startswith("confirmed: the original is not comparison (n = 3): at input 0") for line in lines)


def test_recheck_believes_no_refutation_of_a_circuit_that_is_right(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    pair = certify_function("addition", {"n": 2})
    write_certificate(str(path), pair.original, pair.result.constructed, pair.result.certificate, 0)
    document = json.loads(path.read_text())
    document |= {"verdict": "refuted", "reason": "the original is not addition (n = 2)"}
    path.write_text(json.dumps(document))
    with pytest.raises(Wrong, match="no counterexample"):
        list(recheck(str(path)))


def test_both_registries_have_the_same_functions() -> None:
    assert set(MEANINGS) == set(FUNCTIONS) == set(KINDS) == set(LARGEST)
    for name, meaning in MEANINGS.items():
        assert meaning.parameters == FUNCTIONS[name].parameters
    with pytest.raises(FormatError, match="'keys' is '1,x', not a list"):
        read_given(options_of("naor-reingold", {"n": 3, "order": 5}) | {"keys": "1,x"})


def test_sampled_inputs_are_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    original, made, options = make_pair("comparison", {"n": 4})
    claim = make_claim(original, Cube(8), STATEMENTS["S3"], "classical", options, Equal(1), 1)
    write_certificate(str(path), original, made, judge(original, made, claim), 0)
    lines = list(recheck(str(path), 10))
    assert "confirmed: the original is comparison (n = 4)" in lines
    assert lines[-1] == "certified on the sampled inputs"
