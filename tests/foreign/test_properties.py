"""VNN-LIB, witnesses, grids of boxes, tables of points and data sets."""

from __future__ import annotations

import csv
import io
import random
import struct
from pathlib import Path

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from exactnet.claims.cells.claims import system_for
from exactnet.files.boxes import Box
from exactnet.files.commas import rows
from exactnet.foreign.arrays import from_layers
from exactnet.foreign.files import from_onnx
from exactnet.foreign.points import csv_points, dataset_points, npy_points
from exactnet.foreign.properties import _single, grid_of_box, on_reals, prove_on, replay_witness, run_in_float32
from exactnet.foreign.vnnlib import Atom, Formula, Linear, Property, parse_vnnlib, parse_witness
from exactnet.foreign.write_onnx import dump_onnx
from exactnet.kernel.domain import Points
from exactnet.kernel.errors import DomainError, ExactnetError, FormatError
from exactnet.kernel.network import Network, affine, relu
from exactnet.kernel.values import evaluate

CASES = Path(__file__).parents[3] / "shared" / "cases" / "networks"
NAMES = "(declare-const X_0 Real)(declare-const X_1 Real)(declare-const Y_0 Real)(declare-const Y_1 Real)"

BOX = "(assert (<= X_0 1))(assert (>= X_0 -1))(assert (<= X_1 1))(assert (>= X_1 -1))"


def read(text: str):
    return parse_vnnlib((NAMES + text).encode())


def holds(text: str, x=(0, 0), y=(0, 0)) -> bool:
    return read(text).holds([mpq(v) for v in x], [mpq(v) for v in y])


@pytest.mark.parametrize(
    ("text", "x", "y", "expected"),
    [
        ("(assert (<= X_0 0.5))", ("1/2", 0), (0, 0), True),
        ("(assert (< X_0 0.5))", ("1/2", 0), (0, 0), False),
        ("(assert (>= (* -2 X_0) (- 2)))", (1, 0), (0, 0), True),
        ("(assert (>= (* X_0 -2) (+ -2 1e-30)))", (1, 0), (0, 0), False),
        ("(assert (<= (- Y_0 Y_1 X_1) 0))", (0, 2), (3, 1), True),
        ("(assert (or (<= Y_0 Y_1) (and (>= X_0 1) (>= X_1 1))))", (1, 1), (1, 0), True),
        ("(assert (or (<= Y_0 Y_1) (and (>= X_0 1) (>= X_1 1))))", (1, 0), (1, 0), False),
        ("(assert (not (or (<= Y_0 0) (> X_0 0))))", (0, 0), ("1e-9", 0), True),
        ("(assert (== X_0 (/ 1 3)))", ("1/3", 0), (0, 0), True),
        ("(assert (!= X_0 .5))(assert (= X_1 1.))", ("1/2", 1), (0, 0), False),
        ("; a comment (assert (\n(assert (<= Y_0 1E+3)) ; another", (0, 0), (1000, 0), True),
    ],
)
def test_conditions(text, x, y, expected):
    assert holds(text, x, y) is expected


def test_version_2():
    text = """(vnnlib-version <2.0>)
    (declare-network f (declare-input X Real [2,2]) (declare-input T Real []) (declare-output Y float32 [1, 2]))
    (assert (<= X[1,0] 3.5)) (assert (>= X [1,0] -1.0)) (assert (<= (* 2.0 T) Y[0,1]))"""
    found = parse_vnnlib(text.encode())
    assert (found.inputs, found.outputs) == (5, 2)
    assert found.box() == [(None, None), (None, None), (-1, mpq(7, 2)), (None, None), (None, None)]
    assert found.holds([mpq(0)] * 5, [mpq(0)] * 2)
    assert not found.holds([mpq(0)] * 4 + [mpq(1)], [mpq(0), mpq(1)])


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("(assert (<= X_0 1))(assert (>= X_0 -1))(assert (<= X_0 0.5))(assert (>= (* -2 X_1) 3))", [(-1, "1/2"), (None, "-3/2")]),
        ("(assert (or (and (<= X_0 1) (>= X_0 0) (<= X_1 2)) (and (<= X_0 3) (>= X_0 2))))", [(0, 3), (None, None)]),
        ("(assert (or (<= X_0 1) (>= X_0 0)))(assert (== X_1 2))", [(None, None), (2, 2)]),
        ("(assert (not (or (> X_0 1) (< X_0 -1))))(assert (<= X_1 Y_0))", [(-1, 1), (None, None)]),
    ],
)
def test_boxes(text, box):
    assert read(text).box() == [tuple(None if v is None else mpq(v) for v in ends) for ends in box]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("(assert (>= (* X_0 X_0) 0))", "is not linear"),
        ("(assert (>= (/ 1 X_0) 0))", "is not linear"),
        ("(declare-sore X_1 2)", "is not supported"),
        ("(assert (>= Z_0 0))", "'Z_0' is not declared"),
        ("(assert (>= X_7 0))", "'X_7' is not declared"),
        ("(assert (>= X_0 abc", "within a bracket"),
        ("(assert (>= X_0 0)))", "a bracket closes"),
        ("(assert (=> (>= X_0 0) (<= Y_0 0)))", "no condition that is supported"),
        ("(assert (>= X_0 1e99999))", "an exponent of more than four digits"),
        ("(assert " + "(not " * 300 + "(>= X_0 0)" + ")" * 301, "nested more than"),
        ("(declare-const X_3 Real)", "X_3 is declared where X_2 is expected"),
        ("", "nothing is asserted"),
    ],
)
def test_properties_that_are_refused(text, words):
    with pytest.raises(FormatError, match=words) as caught:
        read(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("texts", [["declare-input X Real [1]"] * 2, ["declare-hidden X Real [1]"], ["declare-input X Bool []"]])
def test_networks_of_version_2_that_are_refused(texts):
    with pytest.raises(FormatError, match="not supported"):
        parse_vnnlib("".join(f"(declare-network a ({text}))" for text in texts).encode())


def test_broken_properties_are_one_line():
    data = (NAMES + "(assert (or (and (<= X_0 1.5) (>= (* 2 X_1) -1e3)) (< Y_0 Y_1)))").encode()
    rng = random.Random(3)
    messages = []
    for _ in range(400):
        broken = bytearray(data)
        for _ in range(rng.randint(1, 3)):
            broken[rng.randrange(len(broken))] = rng.choice(b"()[]XY_01; .-<>=*/e\xff")
        try:
            parse_vnnlib(bytes(broken))
        except FormatError as error:
            messages.append(str(error))
    assert messages
    assert not any("\n" in message for message in messages)


ATOMS = st.builds(
    lambda op, x, y, constant: Atom(op, Linear(mpq(constant, 2), {0: mpq(x[0]), 1: mpq(x[1])}, {0: mpq(y[0]), 1: mpq(y[1])}), ""),
    st.sampled_from(["<=", "<", ">=", ">", "==", "!="]),
    *[st.tuples(st.integers(-1, 1), st.integers(-1, 1))] * 2,
    st.integers(-3, 3),
)
FORMULAS = st.recursive(
    ATOMS,
    lambda inner: st.builds(Formula, st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3).map(tuple)),
    max_leaves=5,
)


def atom(op: str, constant: int, x=(0, 0)) -> Atom:
    return Atom(op, Linear(mpq(constant), dict(enumerate(map(mpq, x))), {}), "")


@example(Formula("or", (Formula("and", (atom(">=", 1), atom(">=", -1))),)), (0, 1), 1)
@example(atom("<=", -1, (1, 1)), (0, 1), 1)
@example(atom(">=", -1, (0, 0)), (0, 1), 1)
@given(FORMULAS, st.sampled_from([(0, 1), (1, 1)]), st.integers(0, 99))
@settings(max_examples=150)
def test_the_claim_about_reals_is_that_of_the_property(formula, ends, seed):
    """Its margin is positive: met; negative: not met. A fixed input is no variable of the domain."""
    rng = random.Random(seed)
    nodes = [relu(f"h{i}", {"a": rng.randint(-2, 2), "b": rng.randint(-2, 2)}, rng.randint(-1, 1)) for i in range(2)]
    net = Network(["a", "b"], [*nodes, affine("y", {"h0": 1, "h1": -1, "b": 1})], ["y", "b"])
    low, high = ends
    box = [Atom(">=", Linear(-mpq(low), {0: mpq(1)}), ""), Atom("<=", Linear(-mpq(high), {0: mpq(1)}), "")]
    box += [Atom(">=", Linear(mpq(0), {1: mpq(1)}), ""), Atom("<=", Linear(mpq(-2), {1: mpq(1)}), "")]
    wanted = Property(2, 2, Formula("and", (*box, formula)))
    limits = wanted.box()
    assume(all(least <= most for least, most in limits) and any(least < most for least, most in limits))
    claim, domain = on_reals(net, wanted, mpq(0))
    system = system_for(claim, [net])
    for _ in range(8):
        x = [least + (most - least) * mpq(rng.randint(0, 4), 4) for least, most in limits]
        free = tuple(value for value, (least, most) in zip(x, limits, strict=True) if least < most)
        assert free in domain
        assert claim.input(free) == tuple(x)
        value = -system.at(free)[0]
        met = wanted.holds(x, evaluate(net, x))
        assert met if value > 0 else value == 0 or not met


# --- witnesses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["0.10, -2e-3", "0.10 -2e-3\n", "[0.10,-2e-3]", "((X_0 0.10)\n(X_1 -2e-3)(Y_0 7))", "sat\n((X[0] 0.10) (X[1] -2e-3))"]
)
def test_forms_of_witnesses(text):
    assert parse_witness(text.encode(), 2) == ["0.10", "-2e-3"]


def test_a_witness_of_no_numbers_is_not_counted():
    with pytest.raises(FormatError, match="'hello'"):
        parse_witness(b"hello", 2)


@pytest.mark.parametrize(
    "text",
    [
        "1", "1,2,3", "(X_0 1)", "((X_1 1)(X_0 2))", "unsat", "1,nan", "1,inf", "é",
        "((X[0,1] 1)(X[0,0] 2))", "((X[0,0] 1)(X[0,0] 2))",
    ],
)
def test_witnesses_that_are_refused(text):
    with pytest.raises(FormatError):
        parse_witness(text.encode(), 2)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False), st.integers(-(2**40), 2**40))
def test_rounding_to_float32_is_to_the_nearest(value, shift):
    exact = mpq(value) + mpq(shift, 2**200)
    got = mpq(_single(exact))
    bits = struct.unpack("<i", struct.pack("<f", float(got)))[0]
    for neighbour in (bits - 1, bits + 1):
        other = struct.unpack("<f", struct.pack("<i", max(-(2**31), min(2**31 - 1, neighbour))))[0]
        if np.isfinite(other):
            assert abs(got - exact) <= abs(mpq(other) - exact)


def test_readings_differ():
    """0.1 as written, in float32 (above it) and in float64 (above it, by less)."""
    net = from_layers([[[1]]])
    text = "(declare-const X_0 Real)(declare-const Y_0 Real)(assert (<= X_0 0.1))(assert (>= Y_0 0.1))"
    wanted = parse_vnnlib(text.encode())
    readings = {r.name: r for r in replay_witness(net, wanted, ["0.1"], run_in_float32(dump_onnx(net, Points(((mpq(0),),)))))}
    assert (readings["as written"].in_box, readings["as written"].counterexample) == (True, True)
    single = readings["float32 inputs"]
    assert (single.in_box, single.counterexample) == (False, False)
    [(atom, distance)] = single.failing
    assert (atom.text, distance) == ("(<= X_0 0.1)", mpq(float(np.float32(0.1))) - mpq(1, 10))
    assert 0 < readings["float64 inputs"].failing[0][1] < distance
    if "onnxruntime" in readings:
        assert not readings["onnxruntime"].counterexample


def test_a_property_of_another_network_is_refused():
    with pytest.raises(FormatError, match="the property is about 2 inputs"):
        replay_witness(from_layers([[[1]]]), read("(assert (>= X_0 0))"), ["1", "2"])


# --- grids ---------------------------------------------------------------------------------------


def test_a_counterexample_on_the_grid_is_the_first():
    net = from_layers([[[1, 1], [1, -1]], [[1, 0], [0, 1]]])
    wanted = read(BOX + "(assert (or (> Y_0 1.5) (and (> Y_1 1) (< X_1 0))))")
    points = grid_of_box(wanted, 5)
    first = next(i for i, point in enumerate(points) if wanted.holds(point, net(point)))
    found = prove_on(net, wanted, points)
    assert (found.points, found.index) == (25, first)
    assert found.output == net(found.input)
    stricter = read(BOX + "(assert (> Y_0 2))")
    assert prove_on(net, stricter, grid_of_box(stricter, 5)).index is None


def test_a_box_without_limits_has_no_grid():
    with pytest.raises(DomainError, match="does not limit input X_1"):
        grid_of_box(read("(assert (== X_0 1))(assert (<= X_1 1))"), 3)


@pytest.mark.skipif(not CASES.is_dir(), reason="needs the shared cases")
def test_acas_xu_on_a_grid():
    net = from_onnx(CASES / "ACASXU_experimental_v2a_1_1.onnx")
    for name in ("acasxu_prop1", "test_prop_vnncomp"):
        wanted = parse_vnnlib((CASES / "vnnlib" / f"{name}.vnnlib").read_bytes())
        points = grid_of_box(wanted, 3)
        found = prove_on(net, wanted, points)
        holding = [i for i in range(0, points.count, 27) if wanted.holds(points[i], net(points[i]))]
        assert found.index is None or found.index <= min(holding, default=points.count)
        assert (found.index is not None) >= bool(holding)
    with pytest.raises(FormatError):
        parse_vnnlib((CASES / "vnnlib" / "test_command_not_implemented.vnnlib").read_bytes())


# --- points --------------------------------------------------------------------------------------


def test_boxes_have_their_ends():
    points = Box([mpq(0)] * 2, [mpq(1), mpq(1, 3)], [256, 2])
    assert (points.count, points[0], points[-1], points[3][0]) == (512, (0, 0), (1, mpq(1, 3)), mpq(1, 255))


@pytest.mark.parametrize(
    ("box", "words"),
    [
        (([1], [0], [2]), "runs from '1' to '0'"),
        (([0], [1], [0]), "in 0 steps"),
        (([0] * 99, [1] * 99, [9] * 99), "points, more than"),
        (([], [], []), "0 low ends"),
    ],
)
def test_boxes_that_are_refused(box, words):
    with pytest.raises(DomainError, match=words):
        Box(*(tuple(map(mpq, ends)) for ends in box[:2]), box[2])


def test_csv_numbers_are_what_they_say():
    assert csv_points(b'a,b\n"0.1", 1/3\n\n"1e-2",-5\n', 2).points == ((mpq(1, 10), mpq(1, 3)), (mpq(1, 100), -5))
    assert csv_points(b' "0.1" ,"-1/3"\r\n', 2).points == ((mpq(1, 10), mpq(-1, 3)),)


def test_cells_are_those_of_the_csv_module():
    """On what that writes, whichever cells it quotes; each cell says whether it was quoted."""
    draws, words = random.Random(5), ["1", "0.5", "a b", "", 'say "x"', "a,b", '"', "é", "-2/3", " x"]
    for _ in range(200):
        table = [[draws.choice(words) for _ in range(draws.randint(2, 4))] for _ in range(draws.randint(1, 4))]
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL):
            text = io.StringIO()
            csv.writer(text, quoting=quoting).writerows(table)
            found = [cells for _, cells in rows(text.getvalue().encode())]
            wanted = [[word.strip() for word in line] for line in table if any(map(str.strip, line))]
            assert [[cell.text for cell in cells] for cells in found] == wanted
            assert quoting != csv.QUOTE_ALL or all(cell.quoted for cells in found for cell in cells)


@pytest.mark.parametrize("text", [b"0.5,1\n", b"1,2\n1e0,1\n", b"a,b\n1.,1\n" b'"0.5",0.5\n', b"0.5,x\n"])
def test_floats_without_quotes_are_refused(text):
    with pytest.raises(FormatError, match=r"^line \d, column \d: .*(is a float: in quotation marks|is not a number)"):
        csv_points(text, 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"1,2\n3\n", "line 2: 1 columns"),
        (b"1,2\n3,x\n", "line 2, column 2: 'x' is not a number"),
        (b"1,nan\n", "'nan' is not a number"),
        (b"a,b\n", "no points"),
        (b"", "no points"),
        (b"\xff", "not UTF-8"),
        (b'1,"2\n', "line"),
    ],
)
def test_csv_that_is_refused(text, words):
    with pytest.raises(FormatError, match=words):
        csv_points(text, 2)


def saved(array, **options) -> bytes:
    handle = io.BytesIO()
    np.save(handle, array, **options)
    return handle.getvalue()


def test_arrays_are_dyadic():
    assert npy_points(saved(np.array([[0.1, 2]])), 2).points == ((mpq(0.1), 2),)
    assert npy_points(saved(np.arange(8, dtype=np.uint8).reshape(2, 2, 2)), 4).count == 2


@pytest.mark.parametrize(
    "data",
    [
        b"", b"nothing", saved(np.zeros(3)), saved(np.zeros((1, 3))), saved(np.array([[np.nan, 1]])), saved(np.zeros((0, 2))),
        saved(np.array([["a", "b"]])), saved(np.array([[1, None]], object), allow_pickle=True), saved(np.zeros((9, 2)))[:-8],
        b"PK\x03\x04" + bytes(99), b"\x93NUMPY\x01\x00\x80\x00" + b"{" * 127 + b"\n", saved(np.zeros((1, 2), np.longdouble)),
    ],
)
def test_arrays_that_are_refused(data):
    with pytest.raises(FormatError):
        npy_points(data, 2)


def test_data_sets_are_decimals():
    pytest.importorskip("sklearn")
    assert dataset_points("iris", 4)[0] == (mpq("51/10"), mpq("35/10"), mpq("14/10"), mpq("2/10"))
    for name, d in (("nothing", 4), ("iris", 3)):
        with pytest.raises(ExactnetError):
            dataset_points(name, d)
