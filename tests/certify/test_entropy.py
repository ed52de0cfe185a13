"""E1 and E2: the deep network on all reals, its mutants, the integers of the theorem, forgeries and bad input."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from gmpy2 import mpq

from exactnet.certify.entropy import certify_bumps, consistency, counted, random_signs, read_signs, shape_of
from exactnet.claims.cells.certificate import Certificate, first_difference, verify
from exactnet.claims.cells.claims import Claim
from exactnet.claims.cells.polyhedron import Polyhedron
from exactnet.claims.cells.replay import ProofError
from exactnet.claims.entropy import Exclusion, centres, excluded, lipschitz, parameters
from exactnet.claims.entropy import verify as verify_exclusion
from exactnet.construct.bumps import deep_bumps, shallow_bumps
from exactnet.construct.functions.flatten import on_interval
from exactnet.kernel.errors import DomainError, FormatError, NetworkError, RefusedError, SizeError
from exactnet.kernel.measures import measure
from exactnet.kernel.network import RELU, Network, affine, relu
from exactnet.recheck.command import main, recheck
from exactnet.theory.entropy import bumps_size, closed_form, least_parameters, least_width
from tests.helpers import run

UNIT = Polyhedron.box(1, 0, 1)


def value(signs: list[list[int]], x: mpq) -> mpq:
    """The sum of hats by its definition."""
    groups, bits = len(signs), len(signs[0])
    cells = groups * (bits + 1)
    place, total = x * cells, mpq(0)
    for j, row in enumerate(signs):
        for i, up in enumerate(row, 1):
            hat = max(mpq(1, 2) - abs(place - j * (bits + 1) - i), mpq(0))
            total += hat if up else -hat
    return total / cells


@pytest.mark.parametrize(("groups", "bits"), [(2, 1), (2, 2), (3, 1), (2, 3), (3, 2)])
def test_every_sign_on_all_reals(groups: int, bits: int) -> None:
    """All functions of small sets: the deep network, the one of depth 2, and the definition at breakpoints and between."""
    for chosen in product((0, 1), repeat=groups * bits):
        signs = [list(chosen[j * bits : (j + 1) * bits]) for j in range(groups)]
        deep, shallow = deep_bumps(signs), shallow_bumps(signs)
        assert first_difference([deep, shallow], UNIT) is None
        for n in range(0, 4 * groups * (bits + 1) + 1, 3):
            x = mpq(n, 4 * groups * (bits + 1))
            assert deep([x])[0] == value(signs, x)


@pytest.mark.parametrize(("groups", "bits", "most", "depth"), [(32, 8, 453, 18), (64, 16, 893, 27)])
def test_the_numbers_of_section_14(groups: int, bits: int, most: int, depth: int) -> None:
    signs = random_signs(groups, bits, 2)
    deep = deep_bumps(signs)
    assert counted(deep) <= min(most, bumps_size(groups, bits)[0])
    assert measure(deep).depth <= depth
    assert measure(deep).bits <= 2 * bits
    assert first_difference([deep, shallow_bumps(signs)], UNIT) is None


def test_values_in_the_gaps_stay_few() -> None:
    """Every neuron has a number of pieces that is linear in the groups; without the mask the last bit would have 3^n in a gap."""
    signs = random_signs(3, 7, 3)
    deep = deep_bumps(signs)
    hidden = [node for node in deep.nodes() if node.kind == RELU]
    every = Network(deep.inputs, hidden, [node.id for node in hidden])
    pieces = [function.pieces for function in on_interval(every, mpq(0), mpq(1))]
    assert max(pieces) <= 3 * 3 * 8
    unmasked = [replace(node, sources={}, bias=mpq(0)) if node.id.startswith(("u", "below", "beyond")) else node for node in hidden]
    without = Network(deep.inputs, unmasked, every.outputs)
    grown = [function.pieces for function in on_interval(without, mpq(0), mpq(1))]
    assert max(grown) > 10 * max(pieces)


def test_mutants_are_refuted_or_equal_everywhere() -> None:
    """One weight or bias of the deep network changed: a point at which it differs, or equality on all reals."""
    signs = [[1, 0], [1, 1], [0, 1]]
    deep, shallow = deep_bumps(signs), shallow_bumps(signs)
    nodes, draws, refuted = list(deep.nodes()), random.Random(5), 0
    for _ in range(60):
        place = draws.randrange(len(nodes))
        node = nodes[place]
        if draws.random() < 0.5 or not node.sources:
            changed = replace(node, bias=node.bias + mpq(draws.choice((1, -1)), 3))
        else:
            source = draws.choice(sorted(node.sources))
            changed = replace(node, sources={**node.sources, source: node.sources[source] * mpq(3, 2)})
        mutant = Network(deep.inputs, [*nodes[:place], changed, *nodes[place + 1 :]], deep.outputs)
        point = first_difference([mutant, shallow], UNIT)
        if point is not None:
            refuted += 1
            assert mutant(point) != shallow(point)
        else:
            assert all(mutant([mpq(n, 97)]) == shallow([mpq(n, 97)]) for n in range(98))
    assert refuted >= 30


def test_a_swapped_sign_is_refuted_at_a_peak(tmp_path: Path) -> None:
    one, other = [[1, 0], [1, 1]], [[1, 0], [0, 1]]
    deep, shallow = deep_bumps(one), shallow_bumps(other)
    point = first_difference([deep, shallow], UNIT)
    assert point is not None
    assert abs(deep([mpq(4, 6)])[0] - shallow([mpq(4, 6)])[0]) == mpq(1, 6)
    found = Certificate(Claim("segment"), UNIT, "refuted", points=((mpq(4, 6),),))
    verify(found, [deep, shallow])
    from exactnet.files.cells import write_cells

    path = str(tmp_path / "c.json")
    write_cells(path, [deep, shallow], found, 0)
    assert run("check", path, "-q")[1] == "refuted\n"
    assert list(recheck(path))[-1] == "refuted"
    wrong = Certificate(Claim("segment"), UNIT, "certified")
    with pytest.raises(ProofError, match="differ"):
        verify(wrong, [deep, shallow])
    write_cells(path, [deep, shallow], wrong, 0)
    assert run("check", path, "-q")[0] == 1
    assert main([path]) == 1


def test_segments_are_of_one_variable_on_a_box() -> None:
    net = Network(["x"], [affine("y", {"x": 1})], ["y"])
    with pytest.raises(DomainError, match="one variable, on a box"):
        verify(Certificate(Claim("segment"), Polyhedron(1), "certified"), [net, net])
    with pytest.raises(ProofError, match="no leaves"):
        verify(Certificate(Claim("segment"), UNIT, "certified", leaves=1), [net, net])
    two = Network(["x"], [affine("y", {"x": 1}), affine("z", {"x": 1})], ["y", "z"])
    with pytest.raises(NetworkError, match="numbers of outputs"):
        verify(Certificate(Claim("segment"), UNIT, "certified"), [net, two])


def test_bumps_from_the_command_line(tmp_path: Path) -> None:
    out = str(tmp_path / "b.json")
    status, text, _ = run("entropy", "bumps", "--groups", "8", "--bits", "4", "-o", out, "--json")
    report = json.loads(text)
    assert (status, report["verdict"], report["hats"]) == (0, "certified", 32)
    assert report["deep"]["parameters"] == 190
    assert run("check", out, "-q")[:2] == (0, "certified\n")
    assert run("check", out)[0] == 0
    assert main([out]) == 0
    assert run("entropy", "bumps", "--signs", "+-,--,-+")[0] == 0
    assert run("compare", str(tmp_path / "b.a.json"), str(tmp_path / "b.b.json"), "--domain", "box:0,1", "-q")[1] == "equal\n"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda c: c.update(leaves=1), 1),
        (lambda c: c.update(steps="0"), 1),
        (lambda c: c.update(domain={"kind": "reals"}), 2),
        (lambda c: c["claim"].update(kind="equal"), 1),
        (lambda c: c["networks"].reverse(), 0),
        (lambda c: c["networks"][0].update(sha256="0" * 64), 2),
    ],
)
def test_forged_certificates_of_e1(tmp_path: Path, change: Callable[[dict[str, Any]], None], status: int) -> None:
    out = tmp_path / "b.json"
    run("entropy", "bumps", "--groups", "2", "--bits", "2", "-o", str(out), "-q")
    document = json.loads(out.read_text())
    change(document)
    path = tmp_path / "forged.json"
    path.write_text(json.dumps(document))
    assert run("check", str(path), "-q")[0] == status
    assert (main([str(path)]) == 0) == (status == 0)


# --- E2 -------------------------------------------------------------------------------------------


def test_lipschitz_constants_bound_what_moves() -> None:
    """Dense networks with random parameters, all moved by e: the output moves by at most L e."""
    draws = random.Random(1)
    for widths in ([2], [3, 2], [1, 4, 2]):
        for weight in (1, 2):
            most = lipschitz(widths, weight)
            for _ in range(15):
                moved = mpq(1, 50)
                first = dense(widths, lambda w=weight: mpq(draws.randint(-50 * w, 50 * w), 50))
                second = shifted(first, lambda s=moved: s * draws.choice((1, -1)))
                for x in (mpq(0), mpq(1, 3), mpq(1)):
                    assert abs(first([x])[0] - second([x])[0]) <= most * moved


def dense(widths: list[int], draw: Callable[[], mpq]) -> Network:
    nodes, before = [], ["x"]
    for layer, width in enumerate(widths):
        names = [f"h{layer}_{i}" for i in range(width)]
        nodes += [relu(name, {source: draw() for source in before}, draw()) for name in names]
        before = names
    return Network(["x"], [*nodes, affine("y", {source: draw() for source in before}, draw())], ["y"])


def shifted(net: Network, draw: Callable[[], mpq]) -> Network:
    nodes = [replace(n, sources={s: w + draw() for s, w in n.sources.items()}, bias=n.bias + draw()) for n in net.nodes()]
    return Network(net.inputs, nodes, net.outputs)


@pytest.mark.parametrize("widths", [[1], [3], [2, 2], [4, 1, 3]])
def test_exclusions_are_the_inequality(widths: list[int]) -> None:
    theta = mpq(1, 64)
    power = centres(widths, 2, theta) ** parameters(widths)
    bits = power.bit_length()
    for hats in (bits - 2, bits - 1, bits, bits + 1, 2 * bits, 3 * bits):
        assert excluded(hats, widths, 2, theta) == (power < 2**hats)


def test_the_closed_form_is_enough() -> None:
    for width, layers, weight in product((1, 2, 5, 17), (1, 2, 7), (1, 2, 16)):
        theta = mpq(1, 1000)
        assert excluded(closed_form(width, layers, weight, theta), [width] * layers, weight, theta)


def test_table_one() -> None:
    """Some rows of the least widths that are not excluded, with their parameters."""
    for weight, hats, wanted in ((2, 2**10, (17, 5, 3, 2, 1)), (2, 2**13, (106, 16, 8, 5, 3)), (16, 2**16, (587, 38, 19, 10, 6))):
        for layers, width in zip((1, 2, 4, 8, 16), wanted, strict=True):
            assert least_width(hats, layers, weight, mpq(1, 2 * hats)) == width
    assert [parameters([n] * k) for n, k in ((17, 1), (5, 2), (3, 4), (2, 8), (1, 16))] == [52, 46, 46, 49, 34]
    assert [least_parameters(10**4, depth) for depth in (2, 5, 20)] == [324, 135, 35]


def test_distances_of_bumps() -> None:
    """Two functions of the set are h apart at a peak, and each is 1-Lipschitz."""
    for first, second in (([[1, 1], [0, 1]], [[1, 1], [1, 1]]), ([[0, 0], [0, 0]], [[1, 1], [1, 1]])):
        (f,), (g,) = (on_interval(shallow_bumps(signs), mpq(0), mpq(1)) for signs in (first, second))
        assert max(map(abs, (f - g).range())) == mpq(1, 6)
        slopes = [(b - a) / (y - x) for (x, a), (y, b) in zip(f.knots(), f.knots()[1:], strict=False)]
        assert max(map(abs, slopes)) <= 1


def test_shapes_and_the_consistency_row() -> None:
    found = certify_bumps(random_signs(4, 3, 1))
    row = consistency(found.deep, mpq(1, 32))
    assert shape_of(found.shallow) == [measure(found.shallow).neurons]
    assert row.parameters == parameters(shape_of(found.deep))
    assert row.parameters * row.bits >= 12
    assert not excluded(12, shape_of(found.deep), row.weight, mpq(1, 32))
    with pytest.raises(RefusedError, match=r"w = 3 is too small for the network: the .* is 32"):
        consistency(found.deep, mpq(1, 32), 3)
    skip = Network(["x"], [relu("h", {"x": 1}), affine("y", {"h": 1, "x": 1})], ["y"])
    with pytest.raises(NetworkError, match="node 'y' is no ReLU that reads one layer alone"):
        shape_of(skip)


@pytest.mark.parametrize(("groups", "bits"), [(2, 1), (3, 1), (2, 2)])
def test_every_choice_of_few_signs(groups: int, bits: int) -> None:
    """Where all groups are alike a ReLU is constant; it stands in the layer in which it is read."""
    for flat in product((0, 1), repeat=groups * bits):
        found = certify_bumps([list(flat[i * bits : (i + 1) * bits]) for i in range(groups)])
        assert found.certificate.verdict == "certified"
        assert sum(shape_of(found.deep)) == measure(found.deep).neurons
        assert consistency(found.deep, mpq(1, 2 * groups * bits)).parameters >= counted(found.deep)


def test_a_constant_in_two_layers_or_in_none_is_no_layered_network() -> None:
    constant, first = relu("c", {}, 1), relu("h", {"x": 1})
    one = Network(["x"], [constant, first, affine("y", {"h": 1, "c": 1})], ["y"])
    assert shape_of(one) == [2]
    second = relu("g", {"h": 1, "c": 1})
    with pytest.raises(NetworkError, match="node 'y' is no ReLU that reads one layer alone"):
        shape_of(Network(["x"], [constant, first, second, affine("y", {"g": 1, "c": 1})], ["y"]))
    chain = relu("d", {"c": 1})
    with pytest.raises(NetworkError, match="node 'c' stands in no layer"):
        shape_of(Network(["x"], [constant, chain, first, relu("g", {"h": 1, "d": 1}), affine("y", {"g": 1})], ["y"]))


def test_exclusions_from_the_command_line(tmp_path: Path) -> None:
    out = tmp_path / "e.json"
    arguments = ("entropy", "exclude", "--hats", "1024", "--widths", "16", "--weight", "2")
    assert run(*arguments, "-o", str(out), "-q")[:2] == (0, "certified\n")
    assert run(*arguments)[0] == 0
    assert run("check", str(out), "-q")[:2] == (0, "certified\n")
    assert run("check", str(out))[0] == 0
    assert main([str(out)]) == 0
    document = json.loads(out.read_text())
    for change in (
        {"hats": 1025},
        {"widths": [17]},
        {"weight": "3"},
        {"theta": "1/1000"},
        {"cell": "1/1000"},
        {"centres": "7"},
        {"lipschitz": "7"},
        {"parameters": "48"},
    ):
        path = tmp_path / "forged.json"
        path.write_text(json.dumps({**document, **change}))
        assert run("check", str(path), "-q")[:2] == (1, "wrong\n"), change
        assert main([str(path)]) == 1, change


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("bumps",), "give --groups and --bits, or --signs"),
        (("bumps", "--groups", "2"), "give --groups and --bits, or --signs"),
        (("bumps", "--signs", "+-,+"), "all equally long"),
        (("bumps", "--signs", "+-0,+-+"), "are not at least two groups of + and -"),
        (("bumps", "--groups", "65536", "--bits", "1024"), "more than 131072"),
        (("exclude", "--hats", "9"), "give --widths or --net"),
        (("exclude", "--hats", "9", "--widths", "2"), "--widths needs --weight"),
        (("exclude", "--hats", "9", "--widths", "2,x", "--weight", "2"), "not a list of widths"),
        (("exclude", "--hats", "1024", "--widths", "17", "--weight", "2"), "against 2^1024, of 1025 bits"),
        (("exclude", "--hats", "1024", "--widths", "16", "--weight", "2", "--theta", "1/1000"), "are 1/1024 apart, at x = 1/2048"),
    ],
)
def test_bad_requests(arguments: tuple[str, ...], reason: str) -> None:
    status, out, err = run("entropy", *arguments)
    assert (status, out) == (2, "")
    assert reason in err
    assert err.count("\n") == 1


def test_a_network_with_larger_parameters_is_named(tmp_path: Path) -> None:
    out = str(tmp_path / "b.json")
    run("entropy", "bumps", "--groups", "8", "--bits", "4", "-o", out, "-q")
    deep = str(tmp_path / "b.a.json")
    status, _, err = run("entropy", "exclude", "--hats", "32", "--net", deep, "--weight", "16")
    assert status == 2
    assert "w = 16 is too small for the network: the weight from 'x' to" in err
    assert run("entropy", "exclude", "--hats", "32", "--net", deep)[0] == 2  # as it must be: the network is there


def test_impossible_claims() -> None:
    for claim, error in (
        (Exclusion(4, mpq(1, 3), mpq(1, 100), (2,), 1), "do not lie in"),
        (Exclusion(4, mpq(1, 4), mpq(0), (2,), 1), "more than half the least distance"),
        (Exclusion(4, mpq(1, 4), mpq(1, 8), (), 1), "positive integers"),
    ):
        with pytest.raises(RefusedError, match=error):
            verify_exclusion(claim)
    with pytest.raises(SizeError):
        verify_exclusion(Exclusion(2**23, mpq(1, 2**23), mpq(1, 2**24), (2,), 1))
    with pytest.raises(FormatError, match="at least 2 groups"):
        deep_bumps([[1, 0]])
    assert read_signs("+,-") == [[1], [0]]
