"""Classical circuits: what they compute, in Python's integers on every input; stated depth and size; certificates; mutants."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from gmpy2 import mpq

from exactnet.certify.classical import CHOICES, KINDS, SHALLOW, certify_function, make_pair
from exactnet.check.claim import make_claim
from exactnet.claims.statements import STATEMENTS, kind_of
from exactnet.engine.block import compile_network
from exactnet.families import FAMILIES, FamilyError
from exactnet.families.draws import Draws
from exactnet.families.naor_reingold import draw_keys, group
from exactnet.kernel.domain import Cube, Grid
from exactnet.kernel.errors import DomainError, FormatError
from exactnet.kernel.judge import judge
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network
from exactnet.kernel.relation import Equal
from exactnet.kernel.values import evaluate
from exactnet.recheck.command import recheck
from exactnet.theory.classical import CIRCUITS
from exactnet.theory.parameters import parameters_of
from exactnet.theory.routes import stated_bounds
from tests.helpers import run
from tests.mutants import mutants

Bits = Sequence[int]


def number(bits: Bits) -> int:
    """The number with these bits, most significant first."""
    return int("0" + "".join(map(str, bits)), 2)


def written(value: int, bits: int) -> list[int]:
    return [value >> place & 1 for place in range(bits - 1, -1, -1)]


def naor_reingold(x: Bits, order: int, seed: int) -> list[int]:
    """With the keys that the family draws, but multiplied and raised to powers one by one."""
    modulus, base = group(order)
    exponent, *keys = draw_keys(len(x), order, seed)
    for bit, key in zip(x, keys, strict=True):
        exponent = exponent * key**bit % order
    value = 1
    for _ in range(exponent):
        value = value * base % modulus
    return written(value, (modulus - 1).bit_length())


def halves(x: Bits) -> tuple[Bits, Bits]:
    return x[: len(x) // 2], x[len(x) // 2 :]


MEANING: dict[str, Callable[[Bits, dict[str, int]], list[int]]] = {
    "parity": lambda x, o: [sum(x) % 2],
    "majority": lambda x, o: [int(2 * sum(x) > len(x))],
    "comparison": lambda x, o: [int(number(halves(x)[0]) >= number(halves(x)[1]))],
    "inner-product": lambda x, o: [sum(a * b for a, b in zip(*halves(x), strict=True)) % 2],
    "addition": lambda x, o: written(number(halves(x)[0]) + number(halves(x)[1]), o["n"] + 1),
    "iterated-addition": lambda x, o: written(
        sum(number(x[i : i + o["bits"]]) for i in range(0, len(x), o["bits"])), (o["n"] * (2 ** o["bits"] - 1)).bit_length()
    ),
    "multiplication": lambda x, o: written(number(halves(x)[0]) * number(halves(x)[1]), 2 * o["n"]),
    "sorting": lambda x, o: [
        bit
        for value in sorted(number(x[i : i + o["bits"]]) for i in range(0, len(x), o["bits"]))
        for bit in written(value, o["bits"])
    ],
    "naor-reingold": lambda x, o: naor_reingold(x, o["order"], o.get("seed", 1)),
}
SIZES: list[tuple[str, dict[str, int]]] = [
    *(("parity", {"d": d}) for d in (1, 2, 3, 8)),
    *(("majority", {"d": d}) for d in (1, 2, 3, 7, 8)),
    *(("comparison", {"n": n}) for n in (1, 2, 5)),
    *(("inner-product", {"n": n}) for n in (1, 2, 3, 5)),
    *(("addition", {"n": n}) for n in (1, 2, 3, 5)),
    *(("iterated-addition", {"n": n, "bits": b}) for n, b in ((2, 1), (2, 3), (3, 2), (5, 2))),
    *(("multiplication", {"n": n}) for n in (1, 2, 3, 4, 5)),
    *(("sorting", {"n": n, "bits": b}) for n, b in ((1, 1), (1, 3), (2, 1), (5, 1), (2, 3), (3, 2), (5, 2), (3, 3))),
    *(("naor-reingold", {"n": n, "order": q, "seed": s}) for n, q, s in ((1, 2, 1), (3, 3, 2), (6, 11, 1), (7, 13, 5))),
]


def rows_of(net: Network) -> list[list[int]]:
    domain = Cube(len(net.inputs))
    block = compile_network(net, domain).block(0, domain.count)
    return [list(row) for row in zip(*(block.split(o, 1)[0].tolist() for o in range(len(net.outputs))), strict=True)]


@pytest.mark.parametrize(("name", "options"), SIZES, ids=str)
def test_every_kind_computes_the_function_on_every_input(name: str, options: dict[str, int]) -> None:
    choices = next(option.choices for option in FAMILIES[name].options if option.name == "kind")
    inputs = Cube(len(FAMILIES[name].make(**options, kind=KINDS[name][1]).network.inputs))
    expected = [MEANING[name](tuple(map(int, x)), options) for x in inputs]
    for kind in choices:
        instance = FAMILIES[name].make(**options, kind=kind)
        assert instance.domain == inputs
        assert rows_of(instance.network) == expected, kind
        for index in {0, inputs.count // 3, inputs.count - 1}:
            assert list(evaluate(instance.network, inputs[index])) == expected[index]
    assert kind_of(FAMILIES[name].make(**options, kind=KINDS[name][0]).network) == "circuit"
    if name in SHALLOW:
        assert rows_of(make_pair(name, options)[1]) == expected


def kinds_of(name: str) -> tuple[str, ...]:
    return CHOICES.get(name, ("small",))


@pytest.mark.parametrize(("name", "options", "kind"), [(*size, kind) for size in SIZES for kind in kinds_of(size[0])], ids=str)
def test_certified_within_the_stated_depth_weights_and_gates(name: str, options: dict[str, int], kind: str) -> None:
    pair = certify_function(name, with_kind(name, options, kind))
    certificate = pair.result.certificate
    assert (certificate.verdict, certificate.statement, certificate.route) == ("certified", "S3", "classical")
    assert certificate.inputs_checked == 2 ** len(pair.original.inputs)
    assert [row.name for row in certificate.bounds] == ["depth", "max_weight", "max_bias", "gates"]
    assert all(row.measured <= row.value for row in certificate.bounds)


def with_kind(name: str, options: Mapping[str, object], kind: str) -> dict[str, object]:
    return dict(options) | ({"kind": kind} if name in SHALLOW else {})


#: Depth, and the largest weight or its growth, as the docstrings state them, at sizes large enough to need them.
STATED = {
    "parity": ({"d": 5}, 2, 1),
    "majority": ({"d": 5}, 1, 1),
    "comparison": ({"n": 5}, 3, 1),
    "inner-product": ({"n": 5}, 3, 1),
    "addition": ({"n": 5}, 3, 2),
    "multiplication": ({"n": 5}, 5, 2 * 5),
    "sorting": ({"n": 4, "bits": 3}, 5, 1),
    "naor-reingold": ({"n": 5, "order": 11}, 2, 9),
}


@pytest.mark.parametrize("name", STATED)
def test_the_stated_depth_is_reached_and_weights_do_not_pass_theirs(name: str) -> None:
    options, depth, weight = STATED[name]
    made = measure(FAMILIES[name].make(**options, kind=KINDS[name][1]).network, None)
    assert made.depth == depth
    assert made.max_weight <= weight
    found = {row.name: row.value for row in certify_function(name, with_kind(name, options, "small")).result.certificate.bounds}
    assert (found["depth"], found["max_weight"]) == (depth, weight)


def test_bounds_hold_at_sizes_that_cannot_be_enumerated() -> None:
    for name, options in (
        ("addition", {"n": 40}),
        ("comparison", {"n": 70}),
        ("multiplication", {"n": 6}),
        ("sorting", {"n": 6, "bits": 7}),
        ("naor-reingold", {"n": 80, "order": 31}),
        ("parity", {"d": 99}),
        ("majority", {"d": 98}),
    ):
        original, made, named = make_pair(name, with_kind(name, options, "small"))
        found = parameters_of(original, Cube(len(original.inputs)), linear=False)
        bounds = stated_bounds("classical", STATEMENTS["S3"], False, named, found)
        _, values = bounds.evaluate({**found.values(), "R": 1, "r": 1})
        measured = measure(made, Cube(len(made.inputs)))
        for bound, value in zip(bounds.bounds, values, strict=True):
            assert getattr(measured, bound.measure) <= value, (name, bound.name)


def test_large_weights_are_large_and_small_ones_are_not() -> None:
    for name, largest in (("comparison", 2**7), ("addition", 2**7), ("inner-product", 2**7)):
        large, small, _ = make_pair(name, with_kind(name, {"n": 8}, "small"))
        assert measure(large).max_weight == largest
        assert measure(small).max_weight <= 2


# --- mutants -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("parity", {"d": 4}),
        ("majority", {"d": 4}),
        ("comparison", {"n": 2}),
        ("inner-product", {"n": 2}),
        ("addition", {"n": 2}),
        ("multiplication", {"n": 2}),
        ("sorting", {"n": 2, "bits": 2}),
        ("naor-reingold", {"n": 4, "order": 5}),
    ],
    ids=str,
)
def test_a_changed_weight_is_refuted_or_equal(name: str, options: dict[str, Any]) -> None:
    original, made, named = make_pair(name, with_kind(name, options, "small"))
    domain = Cube(len(original.inputs))
    claim = make_claim(original, domain, STATEMENTS["S3"], "classical", named, Equal(1), 1)
    refuted = 0
    every = list(mutants(made))
    for _, mutant in random.Random(7).sample(every, min(25, len(every))):
        certificate = judge(original, mutant, claim)
        same = all(evaluate(mutant, x) == evaluate(original, x) for x in domain)
        assert (certificate.verdict == "certified") == (same and all(row.holds for row in certificate.bounds))
        refuted += not same
    assert refuted >= 8


# --- bad input, certificates, the command line ---------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: certify_function("division", {}), FormatError, "the function 'division' is not one of parity, majority"),
        (lambda: certify_function("addition", {"n": 0}), FamilyError, "family addition: --n: 0 is not from 1 to 500"),
        (lambda: certify_function("addition", {"d": 4}), FamilyError, "family addition: unknown option '--d'"),
        (lambda: certify_function("naor-reingold", {"order": 9}), FamilyError, "--order: 9 is not a prime number"),
        (lambda: certify_function("addition", {"n": 12}, max_inputs=10), DomainError, "16777216 inputs, more than --max-inputs 10"),
        (lambda: certify_function("inner-product", {"n": 100}), FamilyError, "--n: 100 makes 2^100 gates in depth 2; at most 16"),
        (lambda: FAMILIES["ball"].make(d=100, grid=100), FamilyError, "2000000 neurons, more than 200000"),
        (lambda: FAMILIES["ball"].make(d=100, grid=100, kind="threshold"), FamilyError, "2000000 neurons, more than 200000"),
        (lambda: FAMILIES["shells"].make(d=100, grid=100), FamilyError, "more than 200000"),
        (lambda: FAMILIES["daniely"].make(d=100, grid=100), FamilyError, "more than 100000"),
    ],
)
def test_bad_options(call: Callable[[], object], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        call()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"function": "division"}, "the function 'division' is not one of"),
        ({}, "the function 'None' is not one of"),
        ({"function": "sorting", "n": "3", "bits": "2"}, "the options of sorting are function, kind, n, bits, not"),
        ({"function": "sorting", "kind": "small", "n": "0", "bits": "2"}, "the option 'n' is '0', not a positive integer"),
        ({"function": "sorting", "kind": "small", "n": "3", "bits": "x"}, "the option 'bits' is 'x', not a positive integer"),
        ({"function": "addition", "kind": "small"}, "the options of addition are function, kind, n, not"),
        ({"function": "addition", "kind": "flat", "n": "2"}, "the kind 'flat' of addition is not one of shallow, small"),
        ({"function": "parity", "kind": "shallow", "d": "2"}, "the kind 'shallow' of parity is not one of small"),
    ],
)
def test_bad_options_of_certificates(options: dict[str, str], message: str) -> None:
    net = FAMILIES["majority"].make(d=4).network
    with pytest.raises(FormatError) as caught:
        stated_bounds("classical", STATEMENTS["S3"], False, options, parameters_of(net, Cube(4)))
    assert message in str(caught.value)
    assert {name: set(kinds) for name, kinds in CIRCUITS.items()} == {name: set(kinds_of(name)) for name in KINDS}


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name in KINDS for kind in kinds_of(name)])
def test_the_command_line(tmp_path: Path, name: str, kind: str) -> None:
    path = tmp_path / "c.json"
    given = ["--kind", kind] if name in SHALLOW else []
    small = {"multiplication": ["--n", "2"], "sorting": ["--n", "2"], "parity": ["--d", "4"], "majority": ["--d", "4"]}
    status, out, _ = run("classical", name, *small.get(name, ["--n", "3"]), *given, "--json", "-o", str(path))
    assert (status, json.loads(out)["verdict"]) == (0, "certified")
    assert run("check", str(path), "-q")[:2] == (0, "certified\n")
    assert list(recheck(str(path)))[-1] == "certified"
    document = json.loads(path.read_text())
    document["options"]["function"] = "parity" if name == "majority" else "majority"
    path.write_text(json.dumps(document))
    assert run("check", str(path), "-q")[0] in (1, 2)


def test_the_command_line_refuses(tmp_path: Path) -> None:
    for arguments, message in (
        (["division"], "No such command 'division'"),
        (["addition", "--n", "x"], "family addition: --n: 'x' is not an integer from 1 to 500"),
        (["parity", "--d", "40"], "more than --max-inputs 268435456"),
        (["parity", "--d", "40", "--structural"], "'parity' is proved of no circuit"),
        (["sorting", "--n", "30", "--bits", "1", "--kind", "small"], "not proved: sorting: of one bit there is no proof"),
        (["addition", "--kind", "flat"], "family addition: --kind: 'flat' is not one of shallow, small, large"),
        (["parity", "--d", "4", "--kind", "small"], "No such option"),
        (["addition", "-o", str(tmp_path / "no" / "c.json")], "cannot be written"),
    ):
        status, out, err = run("classical", *arguments)
        assert (status, out) == (2, "")
        assert message in err
        assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
    assert "multiplication" in run("classical")[1]


# --- targets of depth separations ----------------------------------------------------------------


@pytest.mark.parametrize(("d", "p"), [(1, 1), (2, 2), (3, 1)])
@pytest.mark.parametrize("norm", [1, 2])
def test_balls(d: int, p: int, norm: int) -> None:
    domain = Grid(p, d)
    for radius in (0, 1, p**norm, 2 * p**norm + 1, d * p ** (2 * norm)):
        for kind, depth in (("relu", 3), ("threshold", 2)):
            instance = FAMILIES["ball"].make(d=d, grid=p, radius=radius, norm=norm, kind=kind)
            assert instance.domain == domain
            assert measure(instance.network, domain).depth == depth
            for point in domain:
                inside = sum(abs(int(x * p)) ** norm for x in point) <= radius
                assert instance.network(point) == (int(inside),)


@pytest.mark.parametrize(("d", "p", "width"), [(1, 2, 1), (2, 2, 3), (3, 1, 1)])
def test_shells(d: int, p: int, width: int) -> None:
    instance = FAMILIES["shells"].make(d=d, grid=p, width=width, seed=4)
    draws = Draws(4)
    signs = [2 * draws.bits(1) - 1 for _ in range(d * p**4 // width + 1)]
    assert measure(instance.network, instance.domain).depth <= 3
    for point in instance.domain:
        assert instance.network(point) == (signs[sum(int(x * p) ** 2 for x in point) // width],)


@pytest.mark.parametrize(("d", "p", "width"), [(1, 1, 1), (1, 2, 3), (2, 1, 1), (2, 1, 2)])
def test_oscillation_in_the_inner_product(d: int, p: int, width: int) -> None:
    instance = FAMILIES["daniely"].make(d=d, grid=p, width=width)
    assert instance.domain == Grid(p, 2 * d)
    assert measure(instance.network, instance.domain).depth == 3
    for x, y in product(Grid(p, d), repeat=2):
        inner = sum((a * b for a, b in zip(x, y, strict=True)), mpq(0)) * p * p
        assert instance.network([*x, *y]) == (int(inner) // width % 2,)
