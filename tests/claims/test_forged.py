"""R2, E2, networks with EUAF, ever deeper networks: numbers found by hand, and certificates that are wrong in one thing and
consistent in all else. ``check`` and ``recheck`` must say the same, and name that one thing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.certify.euaf import approximate, boolean, fit_labels, read_polynomial
from exactnet.claims import depth, entropy, euaf, radial
from exactnet.files.certificate_writer import dump_document
from exactnet.files.depth import document_of as depth_document
from exactnet.files.entropy import write_exclusion
from exactnet.files.euaf import document_of as euaf_document
from exactnet.files.radial import write_radial
from exactnet.kernel.errors import ExactnetError, RefusedError, SizeError
from exactnet.kernel.network import Network, Node
from exactnet.recheck import depth as redepth
from exactnet.recheck import euaf as reeuaf
from exactnet.recheck import radial as reradial
from exactnet.recheck.command import main
from exactnet.recheck.reading import Unusable, Wrong
from tests.helpers import run

FRACTIONS = st.fractions(-2, 2, max_denominator=6)


def exact(x: Fraction) -> mpq:
    return mpq(x.numerator, x.denominator)


# --- R2 -------------------------------------------------------------------------------------------

Neuron = tuple[Sequence[int | mpq], int | mpq, int]  # a direction, a bias, the weight of the output
SQUARE = (mpq(0), mpq(1))  # the polynomial n^2


def depth_two(neurons: Sequence[Neuron], bias: int = 0, kind: str = "relu", **changes: Any) -> Network:
    """A network of depth 2."""
    inputs = [f"x{i}" for i in range(len(neurons[0][0]))]
    hidden = [
        Node(f"h{i}", kind, {x: mpq(w) for x, w in zip(inputs, vector, strict=True) if w}, mpq(b))  # type: ignore[arg-type]
        for i, (vector, b, _) in enumerate(neurons)
    ]
    weights = {f"h{i}": mpq(weight) for i, (_, _, weight) in enumerate(neurons)} | changes.get("direct", {})
    output = Node("y", changes.get("output", "affine"), weights, mpq(bias))
    return Network(inputs, [*hidden, output], changes.get("outputs", ["y"]))


def all_signs(*vectors: Sequence[int], bias: int = 0, weight: int = 1) -> list[Neuron]:
    return [(tuple(sign * w for w in vector), bias, weight) for vector in vectors for sign in (1, -1)]


AXES = all_signs((1, 0), (0, 1))
DIAGONALS = all_signs((1, 1), (1, -1))
LINE = radial.Profile(((mpq(0), mpq(0)), (mpq(1), mpq(1))), 1)
ONE: dict[radial.Type, tuple[mpq, ...]] = {(1,): SQUARE}


def grid(*values: int) -> radial.Target:
    """A target on the grid of ``d = 2``, ``p = 1``."""
    return radial.Target(dict(enumerate(map(mpq, values))))


def r2(
    net: Network, target: Any, polynomials: Any, error: mpq | int, **changes: Any
) -> tuple[Network, radial.Certificate]:
    whole = isinstance(target, radial.Target)
    neurons = sum(node.kind == "relu" for node in net.nodes())
    certificate = radial.Certificate(1, target, polynomials, mpq(error), mpq(error), whole, neurons)
    return net, replace(certificate, **changes)


RIGHT: dict[str, tuple[Network, radial.Certificate]] = {
    "no error": r2(depth_two(AXES), grid(0, 1, 2), ONE, 0),
    "a constant": r2(depth_two(AXES, 3), grid(3, 4, 5), ONE, 0),
    "above": r2(depth_two(AXES), grid(0, 1, 1), ONE, 1),
    "below": r2(depth_two(AXES), grid(0, 1, 4), ONE, 2),
    # the ridge |n| of the type 2 is 2 at n = 2, its polynomial n^2 is 4; there are two directions
    "at the last place": r2(depth_two(all_signs((2, 0), (0, 2))), grid(0, 4, 8), {(2,): SQUARE}, 4, exact=False),
    "at the last place of two entries": r2(depth_two(DIAGONALS), grid(0, 2, 4), {(1, 1): SQUARE}, 4, exact=False),
    "ridges above": r2(depth_two(all_signs((1, 0), (0, 1), weight=3)), grid(0, 1, 2), ONE, 4, exact=False),
    "two types": r2(
        depth_two([*all_signs((1, 0), (0, 1), weight=3), *DIAGONALS]),
        grid(0, 3, 6),
        {(1,): SQUARE, (1, 1): SQUARE},
        8,
        exact=False,
    ),
    # |n| - n^2 is at most 1/4; at the middle of [0, 1] rho^2 - rho has the Taylor terms 1/4, 0, 1/4
    "all reals": r2(depth_two(all_signs((1,))), LINE, ONE, mpq(3, 4)),
    "all reals, two parts": r2(depth_two(all_signs((1,))), replace(LINE, cells=2), ONE, mpq(5, 8)),
    "the last part": r2(
        depth_two(all_signs((1,))), radial.Profile(((mpq(0), mpq(0)), (mpq(1), mpq(0))), 2), ONE, mpq(1, 4) + 1
    ),
    "the first part": r2(
        depth_two(all_signs((1,))), radial.Profile(((mpq(0), mpq(1)), (mpq(1), mpq(1))), 2), ONE, mpq(1, 4) + mpq(9, 8)
    ),
}
BASE = RIGHT["no error"]


def _deeper(net: Network) -> Network:
    """The second neuron reads the first, too."""
    first, second, *others = net.nodes()
    return Network(
        net.inputs, [first, replace(second, sources={**second.sources, first.id: mpq(5)}), *others], net.outputs
    )


GAP = RIGHT["at the last place"]
#: A network, a certificate, and what both say.
FORGED_R2: dict[str, tuple[tuple[Network, radial.Certificate], str, str]] = {
    "a type left out": (
        r2(depth_two([*AXES, *DIAGONALS]), grid(0, 1, 2), ONE, 0),
        "the types of the network",
        "the types are not",
    ),
    "a type too many": (
        r2(depth_two(AXES), grid(0, 1, 2), {**ONE, (2,): (mpq(0),)}, 0),
        "the types of the network",
        "the types are not",
    ),
    "a direction left out": (
        r2(depth_two(AXES[:3]), grid(0, 1, 2), ONE, 0),
        "has 3 of its 4 directions",
        "lacks directions",
    ),
    "another ridge": (
        r2(depth_two([*AXES[:3], (AXES[3][0], 0, 5)]), grid(0, 1, 2), ONE, 0),
        "has another ridge",
        "have different ridges",
    ),
    "a place below 0": (
        r2(depth_two([*AXES, *all_signs((1, 0), (0, 1), bias=1, weight=5)]), grid(0, 1, 2), ONE, 0),
        "beyond a place from 0 on",
        "is no ReLU of an integer direction",
    ),
    "affine nodes": (
        r2(depth_two(AXES, kind="affine"), grid(0, 1, 2), ONE, 0),
        "is no ReLU of a direction",
        "is no ReLU of an integer direction",
    ),
    "gates": (
        r2(depth_two(AXES, kind="threshold"), grid(0, 1, 2), ONE, 0),
        "is no ReLU of a direction",
        "is no ReLU of an integer direction",
    ),
    "fractions": (
        r2(depth_two([([w * mpq(3, 2) for w in vector], b, v) for vector, b, v in AXES]), grid(0, 1, 2), ONE, 0),
        "with integer weights",
        "is no ReLU of an integer direction",
    ),
    "a ReLU of a ReLU": (
        r2(_deeper(depth_two(AXES)), grid(0, 1, 2), ONE, 0),
        "does not read inputs",
        "is no ReLU of an integer direction",
    ),
    "twice, the first counts": (
        r2(depth_two([*all_signs((1, 0), (0, 1), weight=7), *AXES]), grid(0, 1, 2), ONE, 0),
        "the error is at most",
        "the error is",
    ),
    "twice, the last counts": (
        r2(depth_two([*AXES, *all_signs((1, 0), (0, 1), weight=7)]), grid(0, 1, 2), ONE, 0),
        "the error is at most",
        "the error is",
    ),
    "an input is read": (
        r2(depth_two(AXES, direct={"x1": mpq(1)}), grid(0, 1, 2), ONE, 0),
        "the output reads 'x1'",
        "the output does not read ReLUs alone",
    ),
    "two outputs": (
        r2(depth_two(AXES, outputs=["y", "h0"]), grid(0, 1, 2), ONE, 0),
        "not one output",
        "not one affine output",
    ),
    "an output with a ReLU": (
        r2(depth_two(AXES, -1, output="relu"), grid(-1, 0, 1), ONE, 0),
        "not one output",
        "not one affine",
    ),
    "an error too small": (r2(depth_two(AXES), grid(0, 1, 3), ONE, 0), "the error is 1, not", "the error is 1, not"),
    "an error too large": (r2(depth_two(AXES), grid(0, 1, 3), ONE, 2), "the error is 1, not", "the error is 1, not"),
    "not exact": ((GAP[0], replace(GAP[1], exact=True)), "not as recorded", "whether the error is exact"),
    "exact": ((BASE[0], replace(BASE[1], exact=False)), "not as recorded", "whether the error is exact"),
    "reals, exact": (
        (RIGHT["all reals"][0], replace(RIGHT["all reals"][1], exact=True)),
        "not as recorded",
        "whether the error is exact",
    ),
    "a smaller epsilon": (
        (RIGHT["above"][0], replace(RIGHT["above"][1], epsilon=mpq(2, 3))),
        "is more than epsilon",
        "is more than epsilon",
    ),
    "fewer neurons": ((BASE[0], replace(BASE[1], neurons=3)), "has 4 ReLUs", "there are 4 ReLUs"),
    "more neurons": ((BASE[0], replace(BASE[1], neurons=5)), "has 4 ReLUs", "there are 4 ReLUs"),
    "a kink between integers": (
        r2(depth_two([((1,), -mpq(1, 2), 2), ((-1,), -mpq(1, 2), 2)]), grid(0, 1), ONE, 1, exact=False),
        "has a kink that is no integer",
        "a kink is no integer",
    ),
    "a norm too many": (
        r2(depth_two(AXES), grid(0, 1, 2, 9), ONE, 0),
        "that the grid does not have",
        "not given at the squared",
    ),
    "a profile from 1/2 on": (
        r2(depth_two(all_signs((1,))), radial.Profile(((mpq(1, 2), mpq(1, 2)), (mpq(1), mpq(1))), 1), ONE, mpq(5, 8)),
        "do not ascend from 0 to 1",
        "do not ascend from 0 to 1",
    ),
    "a profile up to 1/2": (
        r2(depth_two(all_signs((1,))), radial.Profile(((mpq(0), mpq(0)), (mpq(1, 2), mpq(1, 2))), 1), ONE, mpq(5, 8)),
        "do not ascend from 0 to 1",
        "do not ascend from 0 to 1",
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_errors_found_by_hand(name: str, tmp_path: Path) -> None:
    net, certificate = RIGHT[name]
    path = str(tmp_path / "c.json")
    write_radial(path, net, certificate, 0)
    assert run("check", path, "-q")[:2] == (0, "certified\n")
    assert main([path]) == 0


@pytest.mark.parametrize("name", FORGED_R2)
def test_a_certificate_of_r2_that_is_wrong_in_one_thing(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (net, certificate), reason, other = FORGED_R2[name]
    path = str(tmp_path / "c.json")
    write_radial(path, net, certificate, 0)
    status, out, _ = run("check", path)
    assert (status, reason in " ".join(out.split())) == (1, True), out
    assert main([path]) == 1
    assert other in capsys.readouterr().out


def test_the_network_is_that_of_the_digest(tmp_path: Path) -> None:
    path = str(tmp_path / "c.json")
    write_radial(path, *BASE, 0)
    place = tmp_path / "c.network.json"
    place.write_text(place.read_text() + "\n")
    assert run("check", path, "-q")[0] != 0
    assert main([path]) == 1


def test_a_target_or_a_type_is_listed_once(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    for field, entry in (("target", ["1", "5"]), ("ridges", {"type": "1", "polynomial": ["7"]})):
        write_radial(str(path), *BASE, 0)
        document = json.loads(path.read_text())
        document[field].insert(0, entry)  # the last one would count
        path.write_text(json.dumps(document))
        assert run("check", str(path), "-q")[:2] == (1, "wrong\n")
        assert main([str(path)]) == 1


@pytest.mark.parametrize("sign", [1, -1])
def test_a_monomial_of_three_variables_counts(sign: int) -> None:
    """At the exponents 6, and 4 2, this is a multiple of ``|y|^6``; at 2 2 2 it is 0."""
    none = (mpq(0), mpq(0), mpq(0))
    listed = {(1,): (*none, mpq(6 * sign)), (1, 1): (*none, mpq(sign))}
    with pytest.raises(radial.RadialError, match="at the exponents 2 2 2"):
        radial.norm_polynomial([radial.Ridge(kind, {}, polynomial) for kind, polynomial in listed.items()], 3)
    with pytest.raises(Wrong, match="of degree 6 are no function of the norm"):
        reradial.norm_polynomial(
            {kind: [Fraction(int(c)) for c in polynomial] for kind, polynomial in listed.items()}, 3
        )


@settings(max_examples=60)
@given(
    st.dictionaries(st.fractions(0, 5, max_denominator=4), FRACTIONS, max_size=4),
    st.lists(FRACTIONS, min_size=1, max_size=4),
)
def test_a_ridge_is_no_farther_than_its_bound(kinks: dict[Fraction, Fraction], polynomial: list[Fraction]) -> None:
    """``check`` and ``recheck`` find one bound, and no place between kinks is beyond it; at integers it is the largest."""

    def apart(kinks: dict[Fraction, Fraction], n: Fraction) -> Fraction:
        ridge = sum((w * max(n - t, Fraction(0)) for t, w in kinks.items()), Fraction(0))
        return abs(ridge - sum((c * n ** (2 * j) for j, c in enumerate(polynomial)), Fraction(0)))

    ridge = radial.Ridge((1,), {exact(t): exact(w) for t, w in kinks.items()}, tuple(map(exact, polynomial)))
    found = radial.estimate(mpq(0), [ridge], LINE, 1, 2).ridges[1,]
    assert found == exact(reradial.ridge_error(kinks, polynomial, 4, False))
    assert exact(max(apart(kinks, Fraction(n, 16)) for n in range(65))) <= found
    whole = {Fraction(int(2 * t)): w for t, w in kinks.items()}
    ridge = replace(ridge, kinks={exact(t): exact(w) for t, w in whole.items()})
    target = radial.Target({n * n: mpq(0) for n in range(5)})
    found = radial.estimate(mpq(0), [ridge], target, 1, 2).ridges[1,]
    assert found == exact(reradial.ridge_error(whole, polynomial, 4, True))
    assert found == exact(max(apart(whole, Fraction(n)) for n in range(5)))


@settings(max_examples=40)
@given(
    st.lists(FRACTIONS, min_size=1, max_size=4),
    st.dictionaries(st.fractions(Fraction(1, 8), Fraction(7, 8), max_denominator=8), FRACTIONS, max_size=2),
    FRACTIONS,
    st.integers(1, 4),
)
def test_a_profile_is_no_farther_than_its_bound(
    norm: list[Fraction], inner: dict[Fraction, Fraction], last: Fraction, cells: int
) -> None:
    knots = [(Fraction(0), Fraction(1)), *sorted(inner.items()), (Fraction(1), last)]
    profile = radial.Profile([(exact(a), exact(b)) for a, b in knots], cells)
    ridge = radial.Ridge((1,), {}, tuple(map(exact, norm)))
    found = radial.estimate(mpq(0), [ridge], profile, 1, 1).polynomial
    assert found == exact(reradial.profile_error(norm, knots, cells, 1))
    for (a, left), (b, right) in pairwise(knots):
        for i in range(9):
            rho = a + (b - a) * Fraction(i, 8)
            value = sum((c * rho ** (2 * j) for j, c in enumerate(norm)), Fraction(0))
            assert exact(abs(value - left - (right - left) * Fraction(i, 8))) <= found


# --- E2 -------------------------------------------------------------------------------------------


def both_of_e2(claim: entropy.Exclusion, path: Path) -> tuple[int, int]:
    """The exit statuses of ``check`` and of ``recheck``."""
    write_exclusion(str(path), claim, 0)
    return run("check", str(path), "-q")[0], main([str(path)])


@pytest.mark.parametrize("widths", [(1,), (3,), (2, 2), (4, 1, 3)])
@pytest.mark.parametrize("theta", [mpq(1, 4096), mpq(3, 8192), mpq(5, 16384)])
def test_one_function_fewer_is_not_enough(widths: tuple[int, ...], theta: mpq, tmp_path: Path) -> None:
    """The least number of hats for which there are fewer centres, and one less."""
    moved, value, count = 0, 1, 0
    for before, after in pairwise([1, *widths, 1]):
        moved, value = before * value + 1 + 2 * before * moved, 2 * (before * value + 1)
        count += after * (before + 1)
    hats = next(n for n in range(1, 10**4) if (-(-4 * moved // theta)) ** count < 2**n)
    for n, status in ((hats, 0), (hats + 1, 0), (hats - 1, 1)):
        assert both_of_e2(entropy.Exclusion(n, mpq(1, n), theta, widths, 2), tmp_path / "c.json") == (status, status)


def test_cells_and_distances_are_those_of_the_set(tmp_path: Path) -> None:
    right = entropy.Exclusion(1024, mpq(1, 1024), mpq(1, 2048), (16,), 2)
    assert both_of_e2(right, tmp_path / "c.json") == (0, 0)
    for changes in (
        {"cell": mpq(1, 1023)},
        {"cell": mpq(1, 512)},
        {"theta": mpq(1, 2047)},
        {"theta": mpq(1, 1024)},
        {"widths": (16, 16)},
    ):
        assert both_of_e2(replace(right, **changes), tmp_path / "c.json") == (1, 1), changes  # type: ignore[arg-type]


def test_what_is_no_shape_is_refused(tmp_path: Path) -> None:
    right = entropy.Exclusion(1024, mpq(1, 1024), mpq(1, 2048), (16,), 2)
    for claim in (replace(right, widths=(16, 0)), replace(right, weight=0), replace(right, widths=(0,))):
        with pytest.raises(RefusedError, match="positive integers"):
            entropy.verify(claim)
        assert all(both_of_e2(claim, tmp_path / "c.json"))
    with pytest.raises(RefusedError, match="more than half the least distance"):
        entropy.verify(replace(right, theta=-mpq(1, 2048)))
    with pytest.raises(SizeError, match="of 64 bits"):
        entropy.verify(replace(right, weight=2**64))
    path = tmp_path / "c.json"
    write_exclusion(str(path), replace(right, weight=1), 0)
    path.write_text(path.read_text().replace('"weight": "1"', '"weight": "3/2"'))
    assert (run("check", str(path), "-q")[0], main([str(path)])) == (2, 2)


@pytest.mark.parametrize("name", ["parameters", "lipschitz", "centres"])
@pytest.mark.parametrize("step", [-1, 1])
def test_the_numbers_are_the_recorded_ones(name: str, step: int, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    write_exclusion(str(path), entropy.Exclusion(1024, mpq(1, 1024), mpq(1, 2048), (16,), 2), 0)
    document = json.loads(path.read_text())
    document[name] = str(int(document[name]) + step)
    path.write_text(json.dumps(document))
    assert run("check", str(path), "-q")[:2] == (1, "wrong\n")
    assert main([str(path)]) == 1


# --- networks with EUAF ---------------------------------------------------------------------------


@cache
def near_square() -> euaf.Certificate:
    """Near ``x^2``: one layer of floors after the first, two that decode, three that sort."""
    return approximate(read_polynomial("x^2"), 1, 2)


@cache
def near_product() -> euaf.Certificate:
    return approximate(read_polynomial("x1*x2 - x2"), 2, 1)


@cache
def labels() -> euaf.Certificate:
    regions = [(((mpq(0), mpq(1, 4)),), mpq(1)), (((mpq(1, 2), mpq(5, 8)),), -mpq(3, 2)), (((mpq(1), mpq(1)),), mpq(2))]
    return fit_labels(regions, 1, 8)


def shown(certificate: euaf.Certificate) -> None:
    euaf.verify(certificate)
    assert list(reeuaf.check_euaf(euaf_document(certificate)))[-1] == "certified"


def not_shown(certificate: euaf.Certificate, reason: str, other: str) -> None:
    with pytest.raises(euaf.NotShown, match=reason):
        euaf.verify(certificate)
    with pytest.raises(Wrong, match=other):
        list(reeuaf.check_euaf(euaf_document(certificate)))


def with_row(
    certificate: euaf.Certificate, layer: int, place: int, change: Callable[[euaf.Row], euaf.Row]
) -> euaf.Certificate:
    """Another row of a layer."""
    layers = [list(rows) for rows in certificate.network.layers]
    layers[layer][place] = change(layers[layer][place])
    return replace(certificate, network=replace(certificate.network, layers=tuple(map(tuple, layers))))


def row(bias: int | mpq, weights: dict[int, Any]) -> euaf.Row:
    return euaf.Row(mpq(bias), {source: mpq(weight) for source, weight in weights.items()})


def beside(
    certificate: euaf.Certificate,
    first: Sequence[euaf.Row],
    second: Sequence[euaf.Row],
    third: euaf.Row,
    output: euaf.Row,
) -> euaf.Certificate:
    """Neurons beside the three layers that sort three copies; what the output reads of the last one is added to it."""
    net, start = certificate.network, certificate.decoded
    layers = [*net.layers]
    for number, rows in enumerate((first, second, (third,))):
        before = len(net.layers[start + number - 1]) if number else 0
        moved = [euaf.Row(r.bias, {source + before: w for source, w in r.weights.items()}) for r in rows]
        layers[start + number] = (*layers[start + number], *moved)
    last = len(net.layers[start + 2])
    added = euaf.Row(
        net.output.bias + output.bias,
        {**net.output.weights, **{last + source: w for source, w in output.weights.items()}},
    )
    return replace(certificate, network=replace(net, layers=tuple(layers), output=added))


def test_what_is_shown_by_both() -> None:
    for certificate in (near_square(), near_product(), labels(), boolean("0110")):
        shown(certificate)
    same = beside(near_square(), [row(0, {0: 1})], [row(0, {0: 1})], row(0, {0: 1}), row(0, {}))
    shown(same)  # neurons that are read by nothing change nothing


#: Of neurons beside those that sort: rows of three layers, what the output reads of the last, and what both say.
BESIDE: dict[str, tuple[list[euaf.Row], list[euaf.Row], euaf.Row, euaf.Row, str, str]] = {
    # sigma(1 + 2y) is 1 at 0 and at 1, and 0 between
    "constant at corners": (
        [row(1, {0: 2})],
        [row(0, {0: mpq(1, 2)})],
        row(0, {0: 1}),
        row(-mpq(1, 2), {0: 1}),
        "may leave a piece",
        "may leave a piece",
    ),
    # sigma(1/2 + y) is 1/2 at 0 and at 1, and more between
    "between integers at corners": (
        [row(mpq(1, 2), {0: 1})],
        [row(0, {0: 1})],
        row(0, {0: 1}),
        row(-mpq(1, 2), {0: 1}),
        "may leave a piece",
        "may leave a piece",
    ),
    # 2 sigma(-y) + sigma(y) is 0 at 0 and at 1, and not between
    "below 0": (
        [row(0, {0: -1}), row(0, {0: 1})],
        [row(mpq(1, 2), {0: 2, 1: 1})],
        row(0, {0: 1}),
        row(-mpq(1, 2), {0: 1}),
        "that sorts may be negative",
        "may have an argument below 0",
    ),
    "another copy": (
        [row(0, {0: 1})],
        [row(0, {0: 1})],
        row(0, {0: 1}),
        row(0, {0: 1}),
        "no function of the median",
        "no function of their median",
    ),
}
#: ``|y1 - y2|``, their mean, and the third copy; then the same of the larger or smaller of the first two and the third.
PAIR = [row(2, {0: 1, 1: -1}), row(0, {0: mpq(1, 2), 1: mpq(1, 2)}), row(0, {2: 1})]
for _name, _sign in (("the largest", 1), ("the smallest", -1)):
    _half = mpq(_sign, 2)
    BESIDE[_name] = (
        PAIR,
        [row(2, {1: 1, 0: _half, 2: -1}), row(0, {1: mpq(1, 2), 0: _half / 2, 2: mpq(1, 2)})],
        row(0, {1: 1, 0: _half}),
        row(0, {0: 1}),
        "no function of the median",
        "no function of their median",
    )


@pytest.mark.parametrize("name", BESIDE)
def test_what_follows_reads_the_median_alone(name: str) -> None:
    first, second, third, output, reason, other = BESIDE[name]
    not_shown(beside(near_square(), first, second, third, output), reason, other)


def off_together(intervals: Sequence[Sequence[euaf.Ends]]) -> bool:
    """Whether two copies are outside their intervals at a point of [0, 1]: at an end, or between two neighbouring ones."""
    ends = sorted({mpq(0), mpq(1), *(end for copy in intervals for pair in copy for end in pair)})
    points = [x for x in (*ends, *((a + b) / 2 for a, b in pairwise(ends))) if 0 <= x <= 1]
    return any(sum(not any(low <= x <= high for low, high in copy) for copy in intervals) > 1 for x in points)


@settings(max_examples=60)
@given(st.data())
def test_two_copies_are_never_off_together(data: st.DataObject) -> None:
    """Intervals left out or cut short: refused where two copies are off at a point, by the definition; and by both alike."""
    found = near_square()
    intervals = [list(copy) for copy in found.intervals]
    for _ in range(data.draw(st.integers(1, 3))):
        copy = intervals[data.draw(st.integers(0, 2))]
        place = data.draw(st.integers(0, len(copy) - 1))
        low, high = copy[place]
        kept = data.draw(st.sampled_from([None, (low, (low + high) / 2), ((low + high) / 2, high), (low, low)]))
        if kept is not None:
            copy[place] = kept
        elif len(copy) > 1:
            del copy[place]
    changed = replace(found, intervals=tuple(map(tuple, intervals)))
    said = []
    for confirm in (lambda: euaf.verify(changed), lambda: list(reeuaf.check_euaf(euaf_document(changed)))):
        try:
            confirm()
            said.append("")
        except (ExactnetError, Wrong) as error:
            said.append("off" if "two copies are" in str(error) else str(error))
    assert [reason == "off" for reason in said] == [off_together(intervals)] * 2, said
    assert (said[0] == "") == (said[1] == "")


def test_intervals_left_out_at_the_ends() -> None:
    """The first, and the last, of two copies."""
    found = near_square()
    for part in (slice(1, None), slice(None, -1), slice(2, None), slice(None, -2)):
        for pair in ((0, 1), (0, 2), (1, 2)):
            intervals = tuple(copy[part] if s in pair else copy for s, copy in enumerate(found.intervals))
            if off_together(intervals):
                not_shown(replace(found, intervals=intervals), "two copies are off", "two copies are outside")


def test_intervals_lie_in_the_cube_and_ascend() -> None:
    """The first layer is scaled so that nothing else is wrong a little beyond the ends."""
    found = near_square()
    first, second = found.network.layers[:2]
    carried = next(i for i, r in enumerate(first) if r.weights == {0: 1} and r.bias == 0)
    scaled = with_row(found, 0, carried, lambda r: row(mpq(1, 4), {0: mpq(1, 2)}))
    for place in range(len(second)):
        scaled = with_row(
            scaled,
            1,
            place,
            lambda r: euaf.Row(
                r.bias - r.weights.get(carried, mpq(0)) / 2,
                {s: w * 2 if s == carried else w for s, w in r.weights.items()},
            ),
        )
    shown(scaled)
    little = mpq(1, 100)
    for s, copy in enumerate(found.intervals):
        (_, high), (bottom, top) = copy[0], copy[-1]
        for changed in (
            ((-little, high), *copy[1:]),
            ((-little, -little), *copy),
            (*copy[:-1], (bottom, top + little)) if top == 1 else None,
            (*copy, (1 + little, 1 + little)),
            (*copy[:-1], (top, top), (bottom, top)),
            (copy[1], copy[0], *copy[2:]),
        ):
            if changed is not None:
                intervals = tuple(changed if i == s else other for i, other in enumerate(found.intervals))
                not_shown(replace(scaled, intervals=intervals), r"ascending in \[0, 1\]", r"ascend in \[0, 1\]")


def test_the_parts_are_where_they_are_said_to_be() -> None:
    found = near_square()
    for decoded, ordered in ((2, found.sorted), (found.decoded, found.decoded), (found.sorted, found.sorted), (3, 99)):
        not_shown(replace(found, decoded=decoded, sorted=ordered), "no layers that decode", "no layers that decode")
    earlier = replace(found, decoded=found.decoded - 1)
    not_shown(earlier, "not 3 copies|may have values", "not 3 copies|may have values")
    not_shown(replace(found, intervals=found.intervals[:2]), "not 3 copies", "not 3 copies")
    fewer = (*found.intervals, found.intervals[0])
    not_shown(replace(found, intervals=fewer), "not 3 copies", "not 3 copies")
    not_shown(
        replace(found, sorted=found.sorted - 1),
        "between the sorted copies|no function",
        "between the sorted copies|no function",
    )


def test_layers_between_the_sorted_copies_and_the_output() -> None:
    """The median once more, as a layer after those that sort: as labels have it, but it is no label."""
    found = near_square()
    net = found.network
    layers = (*net.layers, (euaf.Row(mpq(0), net.output.weights),))
    after = replace(found, network=replace(net, layers=layers, output=row(net.output.bias, {0: 1})))
    not_shown(after, "between the sorted copies and the output", "between the sorted copies and the output")


def test_copies_stay_in_the_unit_interval() -> None:
    """``sigma(-2ws)`` for ``sigma(2w + 2ws)``: the same where the argument is not below 0, and nothing else is wrong."""
    found = near_square()
    layer = found.decoded - 1
    for s in range(3):
        changed = with_row(found, layer, s, lambda r: euaf.Row(mpq(0), {source: -w for source, w in r.weights.items()}))
        not_shown(changed, "values outside", "values outside")
        changed = with_row(found, layer, s, lambda r: euaf.Row(r.bias - 2, r.weights))
        not_shown(changed, "values outside", "values outside")


def test_a_neuron_that_rounds_reads_one_coordinate() -> None:
    found = near_product()
    for layer in (0, 1):
        for place in range(len(found.network.layers[layer])):
            none = with_row(found, layer, place, lambda r: euaf.Row(mpq(1, 2), {}))
            not_shown(none, "depends on no coordinate", "reads no coordinate")
    for place in range(len(found.network.layers[0])):
        both = with_row(found, 0, place, lambda r: euaf.Row(r.bias, {0: mpq(1), 1: mpq(1)}))
        not_shown(both, "or on two", "or two")


def test_what_is_decoded_is_flat() -> None:
    for found in (near_square(), near_product()):
        layer = found.decoded - 2
        for place, r in enumerate(found.network.layers[layer]):
            for source in r.weights:
                bent = with_row(
                    found,
                    layer,
                    place,
                    lambda r, s=source: euaf.Row(r.bias, {**r.weights, s: r.weights[s] + mpq(1, 7)}),
                )
                not_shown(bent, "what is decoded changes", "what is decoded changes")


def test_floors_stay_on_a_piece() -> None:
    found = near_square()
    whole = tuple(((mpq(0), mpq(1)),) for _ in range(3))
    not_shown(replace(found, intervals=whole), "may leave a piece", "may leave a piece")


@pytest.mark.parametrize("step", [mpq(1, 1000), -mpq(1, 1000)])
def test_epsilon_is_what_is_shown(step: mpq) -> None:
    found = near_square()
    assert isinstance(found.claim, euaf.Within)
    claim = replace(found.claim, epsilon=found.claim.epsilon + step)
    not_shown(replace(found, claim=claim), "what is shown is", "which is what is shown")


def test_a_label_is_that_of_all_that_is_near() -> None:
    """Regions that reach the copies of another label: with the least, the largest, or neither of their values."""
    found = labels()
    assert isinstance(found.claim, euaf.Labels)
    for region, label in (
        ((mpq(0), mpq(5, 8)), -mpq(3, 2)),
        ((mpq(0), mpq(5, 8)), mpq(1)),
        ((mpq(1, 2), mpq(1)), -mpq(3, 2)),
        ((mpq(1, 2), mpq(1)), mpq(2)),
    ):
        claim = euaf.Labels((((region,), label),))
        not_shown(replace(found, claim=claim), "may leave a piece", "may leave a piece")
    for region, label in (
        ((mpq(0), mpq(1, 4)), mpq(2)),
        ((mpq(0), mpq(1, 4)), -mpq(3, 2)),
        ((mpq(1, 2), mpq(5, 8)), mpq(0)),
    ):
        claim = euaf.Labels(((((mpq(1), mpq(1)),), mpq(2)), ((region,), label)))
        reason = "may leave a piece|where the label is"
        not_shown(replace(found, claim=claim), reason, "may leave a piece|the output is not")


def test_a_label_is_the_output_at_both_ends() -> None:
    """The output follows the median a little, and is right at the least of its values, or at the largest, alone."""
    found = labels()
    region, label = found.claim.regions[0]  # type: ignore[union-attr]
    values = [value for box, value in euaf._copies(found) if euaf.meets(box, region)]
    assert min(values) < max(values)
    net = found.network
    for value in (min(values), max(values)):
        output = euaf.Row(net.output.bias - value, {**net.output.weights, 0: net.output.weights[0] + 1})
        changed = replace(found, network=replace(net, output=output), claim=euaf.Labels(((region, label),)))
        not_shown(changed, "where the label is", "the output is not")


@pytest.mark.parametrize(
    ("ends", "within"),
    [
        ((0, 2), True),
        ((1, 2), True),
        ((2, 4), True),
        ((-1, -1), True),
        ((0, 3), False),
        ((1, 3), False),
        ((0, 4), False),
        ((-1, 0), False),
        ((-1, 1), False),
        ((-2, -1), False),
    ],
)
def test_one_piece_of_the_activation(ends: tuple[int, int], within: bool) -> None:
    """Halves of integers, in either order."""
    for pair in (ends, ends[::-1]):
        arguments = [mpq(end, 2) for end in pair]
        assert reeuaf.same_piece(list(map(exact_too, arguments))) == within
        with nullcontext() if within else pytest.raises(euaf.NotShown, match="may leave a piece"):
            euaf.on_hull([(row(0, {0: 1}),)], [[0]], [[x] for x in arguments])


def test_boxes_that_touch_a_region_count() -> None:
    """The last end of what is near the label 1, and the first of what is near another: one copy is wrong there, at one point."""
    found = labels()
    boxes = [(box[0], round(7 * value)) for box, value in euaf._copies(found)]  # -3/2 + value/2 is the label
    last = max(high for (_, high), value in boxes if value == 5)
    first = min(low for (low, _), value in boxes if value == 0)
    for x, label in ((last, mpq(-3, 2)), (first, mpq(1))):
        claim = euaf.Labels(((((x, x),), label),))
        not_shown(
            replace(found, claim=claim), "may leave a piece|where the label is", "may leave a piece|the output is not"
        )


@pytest.mark.parametrize("place", range(4))
def test_every_value_counts(place: int) -> None:
    """One too large, or too small, the others right."""
    for table in ("0110", "1001"):
        found = boolean(table)
        assert isinstance(found.claim, euaf.Values)
        for step in (-1, 1):
            values = [(point, value + step * (i == place)) for i, (point, value) in enumerate(found.claim.values)]
            not_shown(replace(found, claim=euaf.Values(tuple(values))), r"^N\(", "^the output at")


def test_a_polygon_is_farthest_at_a_knot() -> None:
    hat = [(Fraction(0), Fraction(0)), (Fraction(1, 2), Fraction(1)), (Fraction(1), Fraction(0))]
    function = euaf.Points(tuple((exact(x), exact(y)) for x, y in hat))
    for low, high in ((0, 1), (Fraction(1, 4), Fraction(3, 4)), (Fraction(1, 4), 1)):
        assert function.farthest(((mpq(low), mpq(high)),), mpq(1, 4)) == mpq(3, 4)
        assert reeuaf.farthest_polygon(hat, [(low, high)], Fraction(1, 4)) == Fraction(3, 4)
    for low, high, most in (
        (Fraction(1, 4), Fraction(1, 2), 1),
        (Fraction(1, 2), Fraction(3, 4), 1),
        (0, Fraction(1, 4), Fraction(1, 2)),
    ):
        assert function.farthest(((mpq(low), mpq(high)),), mpq(0)) == mpq(most)
        assert reeuaf.farthest_polygon(hat, [(low, high)], 0) == most


POLYGON = st.lists(FRACTIONS, min_size=2, max_size=5)


@settings(max_examples=60)
@given(POLYGON, st.fractions(0, 1, max_denominator=12), st.fractions(0, 1, max_denominator=12), FRACTIONS)
def test_no_place_of_a_polygon_is_farther(
    heights: list[Fraction], one: Fraction, two: Fraction, value: Fraction
) -> None:
    points = [(Fraction(i, len(heights) - 1), y) for i, y in enumerate(heights)]
    function = euaf.Points(tuple((exact(x), exact(y)) for x, y in points))
    low, high = min(one, two), max(one, two)
    found = function.farthest(((exact(low), exact(high)),), exact(value))
    assert found == exact(Fraction(reeuaf.farthest_polygon(points, [(low, high)], value)))
    assert all(abs(function([exact(low + (high - low) * Fraction(i, 24))]) - exact(value)) <= found for i in range(25))


@settings(max_examples=60)
@given(st.dictionaries(st.tuples(st.integers(0, 3), st.integers(0, 2)), FRACTIONS, min_size=1, max_size=4), st.data())
def test_no_place_of_a_polynomial_is_farther(terms: dict[tuple[int, ...], Fraction], data: st.DataObject) -> None:
    ends = [sorted(data.draw(st.fractions(0, 1, max_denominator=8)) for _ in "ab") for _ in "xy"]
    value = data.draw(FRACTIONS)
    function = euaf.Polynomial(tuple((e, exact(c)) for e, c in terms.items()))
    box = tuple((exact(low), exact(high)) for low, high in ends)
    found = function.farthest(box, exact(value))
    again = reeuaf.farthest_polynomial([[c, *e] for e, c in terms.items()], [(low, high) for low, high in ends], value)
    assert found == exact(Fraction(again))
    for i in range(7):
        for j in range(7):
            point = [low + (high - low) * mpq(k, 6) for (low, high), k in zip(box, (i, j), strict=True)]
            assert abs(function(point) - exact(value)) <= found


def test_points_that_are_no_function() -> None:
    for places in ((1, 2, 4), (0, 1, 2), (0, 3, 2, 4)):
        points = tuple((mpq(x, 4), mpq(0)) for x in places)
        assert not euaf.Points(points).is_function
        document = euaf_document(near_square())
        document["claim"] = {"points": [f"{x} {y}" for x, y in points], "epsilon": "9"}
        with pytest.raises(Unusable, match="do not ascend from 0 to 1"):
            list(reeuaf.check_euaf(document))


# --- ever deeper networks -------------------------------------------------------------------------

HALVES = depth.Tail(mpq(4), mpq(2), mpq(1, 2))


def layers_of(rows: Sequence[Sequence[Sequence[int | mpq]]]) -> list[depth.Layer]:
    """Of each layer: the rows of the matrix, then the vector."""
    return [(tuple(tuple(map(mpq, row)) for row in layer[:-1]), tuple(map(mpq, layer[-1]))) for layer in rows]


def plain(layers: Sequence[depth.Layer]) -> Any:
    """Layers as ``recheck`` has them."""
    return [([list(map(exact_too, row)) for row in weights], list(map(exact_too, bias))) for weights, bias in layers]


def exact_too(x: mpq) -> Fraction:
    return Fraction(int(x.numerator), int(x.denominator))


def of_depth(layers: Sequence[depth.Layer], tail: depth.Tail | None) -> dict[str, Any]:
    """A certificate that both confirm."""
    document = depth_document(layers, tail, depth.findings(layers, tail))
    assert list(redepth.check_depth_certificate(json.loads(json.dumps(document))))[-1] == "certified"
    return document


def small_layers(m: int) -> st.SearchStrategy[list[list[list[int]]]]:
    rows = st.lists(st.integers(-2, 2), min_size=m, max_size=m)
    return st.lists(st.lists(rows, min_size=m + 1, max_size=m + 1), min_size=1, max_size=3)


@settings(max_examples=60)
@given(st.integers(1, 2).flatmap(small_layers))
def test_both_find_the_same_of_layers_of_small_integers(rows: list[list[list[int]]]) -> None:
    """Matrices without an inverse, cells without active ReLUs, and all that is found of them."""
    of_depth(layers_of(rows), None)


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(1, 2), st.integers(3, 7))
def test_both_find_the_same_of_layers_by_a_rule(seed: int, width: int, count: int) -> None:
    from exactnet.construct.near_identity import near_identity

    layers = near_identity(count, seed, width=width)
    tail = depth.Tail(mpq(2 * width), mpq(2), mpq(1, 2))
    try:
        document = of_depth(layers, tail)
    except depth.RuleError:
        assert width * 2 * mpq(1, 2**count) >= 1
        return
    assert document["limit"] is not None
    table = {name: str(getattr(tail, name)) for name in ("a", "b", "rho")}
    assert depth.limit_bound(layers, tail) == exact(Fraction(redepth.rest_of(plain(layers), table, width)))


def refused_rule(rows: Sequence[Sequence[Sequence[int | mpq]]], tail: depth.Tail, reason: str, other: str) -> None:
    layers = layers_of(rows)
    with pytest.raises(depth.RuleError, match=reason):
        depth.limit_bound(layers, tail)
    with pytest.raises(Wrong, match=other):
        redepth.rest_of(
            plain(layers), {name: str(getattr(tail, name)) for name in ("a", "b", "rho")}, len(layers[0][1])
        )


@pytest.mark.parametrize("tail", [(-1, 0, 0), (0, -1, 0), (0, 0, -mpq(1, 2)), (0, 0, 1), (0, 0, 2)])
def test_rules_are_sums(tail: tuple[int, int, int]) -> None:
    refused_rule([[[1], [0]]], depth.Tail(*map(mpq, tail)), "the rule needs", "the rule needs")


def test_every_layer_follows_the_rule() -> None:
    """The last of three layers does not, in its matrix or its vector alone; it would follow it as the first."""
    tail = depth.Tail(mpq(2), mpq(2), mpq(1, 2))
    same: list[Sequence[int | mpq]] = [[1], [0]]
    other = "layer 3 does not follow"
    refused_rule([same, same, [[1 + mpq(1, 3)], [0]]], tail, r"layer 3: \|W - I\| = 1/3 > a rho\^3 = 1/4", other)
    refused_rule([same, same, [[1 - mpq(1, 3)], [0]]], tail, r"layer 3: \|W - I\| = 1/3", other)
    refused_rule([same, same, [[1], [mpq(1, 3)]]], tail, r"layer 3: \|b\| = 1/3 > b rho\^3 = 1/4", other)
    refused_rule([same, same, [[1], [-mpq(1, 3)]]], tail, r"layer 3: \|b\| = 1/3", other)


@pytest.mark.parametrize("a", [2, 3])
def test_a_rule_with_too_few_layers(a: int) -> None:
    """After one layer the rest is 1/2: a times this is 1, or more."""
    tail = depth.Tail(mpq(a), mpq(0), mpq(1, 2))
    refused_rule([[[1], [0]]], tail, "is not below 1", "too few layers")


def test_a_distance_found_by_hand() -> None:
    """``a_1 = 1/2, beta_1 = 1/4``: ``C_1 = 7/4``; the rest is 1/2, so ``(7/4 + 1/4)/(1 - 1/2) = 4`` and ``4/2 + 1/4``."""
    layers = layers_of([[[mpq(1, 2)], [mpq(1, 4)]]])
    tail = depth.Tail(mpq(1), mpq(1, 2), mpq(1, 2))
    assert of_depth(layers, tail)["limit"] == "9/4"


def test_a_cell_at_the_distance_itself_is_not_settled() -> None:
    """The identity on the cube, and a rule that allows nothing else: 0 is at the distance 0 from what is not active."""
    document = of_depth(layers_of([[[1, 0], [0, 1], [0, 0]]]), depth.Tail(mpq(0), mpq(0), mpq(1, 2)))
    assert [cell["settled"] for cell in document["cells"]] == [False]
    tail = depth.Tail(mpq(0), mpq(1), mpq(1, 4))  # the distance is 1/12
    for bias, settled in (((mpq(1, 4), 0), False), ((mpq(1, 12), mpq(1, 4)), False), ((mpq(1, 4), mpq(1, 6)), True)):
        document = of_depth(layers_of([[[1, 0], [0, 1], bias]]), tail)
        assert (document["limit"], [cell["settled"] for cell in document["cells"]]) == ("1/12", [settled])


def stated(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """A certificate with a necessary condition, changed."""
    from exactnet.construct.near_identity import near_identity

    document: dict[str, Any] = json.loads(json.dumps(of_depth(near_identity(6, 3), HALVES)))
    assert document["necessary"] is not None
    change(document)
    return document


@pytest.mark.parametrize(
    ("change", "other"),
    [
        (lambda c: c["necessary"].update(cell=c["necessary"]["cell"] + 1), "the numbers are others"),
        (lambda c: c["necessary"].update(first=c["necessary"]["first"] + 1), "the numbers are others"),
        (lambda c: c["necessary"]["rows"].__setitem__(0, "0 1 0 1"), "the numbers are others"),
        (lambda c: c["necessary"]["rows"].pop(), "the numbers are others"),
        (lambda c: c.update(necessary=None), "there is a cell to show it on"),
        (lambda c: c.update(limit=None), "what is shown"),
        (lambda c: c.update(limit="0"), "what is shown"),
        (lambda c: c["steps"].pop(), "the steps are others"),
        (lambda c: c["steps"].__setitem__(-1, "0 1"), "the steps are others"),
        (lambda c: c["cells"][0].update(b="0 0"), "the map of the cell"),
        (lambda c: c["cells"][0]["W"].__setitem__(0, "0 0"), "the map of the cell"),
        (lambda c: c["cells"][0].update(witness="1/2 1/3"), "a witness is another"),
        (lambda c: c["cells"][0].update(facets="x1=0 x1=1 x2=0"), "the facets"),
        (lambda c: c["cells"][0].update(settled=not c["cells"][0]["settled"]), "a cell is settled"),
        (lambda c: c["cells"].pop(), "activation domains"),
        (lambda c: c["cells"].append(c["cells"][0]), "occurs twice"),
        (lambda c: c["cells"].append({**c["cells"][0], "pattern": "00 " * 5 + "00"}), "activation domains"),
        (lambda c: c["cells"][-1].update(pattern="00 " * 5 + "00"), "activation domains"),
        (lambda c: c.update(statement="D1 D2"), "the statement is"),
        (lambda c: c.update(verdict="refuted"), "the statement is"),
    ],
)
def test_a_certificate_of_layers_that_is_wrong_in_one_thing(
    change: Callable[[dict[str, Any]], object], other: str, tmp_path: Path
) -> None:
    document = stated(change)
    with pytest.raises(Wrong, match=other):
        list(redepth.check_depth_certificate(document))
    path = tmp_path / "c.json"
    path.write_bytes(dump_document(document, 0))
    assert run("check", str(path), "-q")[0] in (1, 2)


def test_cells_in_another_order(tmp_path: Path) -> None:
    from exactnet.construct.near_identity import near_identity

    document = json.loads(json.dumps(of_depth(near_identity(6, 1), HALVES)))
    document["cells"].reverse()
    with pytest.raises(Wrong, match="or their order is another"):
        list(redepth.check_depth_certificate(document))
    path = tmp_path / "c.json"
    path.write_bytes(dump_document(document, 0))
    assert run("check", str(path), "-q")[:2] == (1, "wrong\n")


def test_layers_that_do_not_follow_their_rule(tmp_path: Path) -> None:
    """With the distance that is recorded, though not by what it is."""
    document = stated(lambda c: c["tail"].update(a="1/64"))
    path = tmp_path / "c.json"
    path.write_bytes(dump_document(document, 0))
    assert run("check", str(path), "-q")[:2] == (1, "wrong\n")
    assert main([str(path)]) == 1
