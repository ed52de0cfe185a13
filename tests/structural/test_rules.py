"""Every rule of the kernel of structural proofs: what it adds where it applies, and each of its side conditions alone."""

from __future__ import annotations

from typing import Any

import pytest

from exactnet.structural.kernel import Kernel, Refused, divisors
from tests.structural.test_forged import checked

Json = dict[str, Any]
Line = list[Any]

CUBE, EQUAL = {"kind": "cube"}, {"kind": "equal"}


def node(name: str, kind: str, bias: str = "0", **weights: str) -> Json:
    return {"id": name, "kind": kind, "bias": bias, "in": weights}


#: The nodes of :func:`state`: variables 1 and 2 are the inputs, and these the numbers of the original's nodes.
HALF, TWICE_HALF, RELU, FINE, GATE, STEP, WIDE = range(3, 10)
NODES = [
    node("half", "affine", x="1/2"),  # no integer
    node("twice", "affine", half="1"),
    node("relu", "relu", "-1", x="1", y="1"),
    node("fine", "relu", x="1/2"),
    node("gate", "threshold", "-1", x="1", y="1"),
    node("step", "threshold", "-1/4", half="1"),  # of a form that is no integer
    node("wide", "affine", x="2", y="-3"),
]


def state(*lines: Line, domain: Json = CUBE, statement: Json = EQUAL, nodes: list[Json] = NODES) -> Kernel:
    """What is known after some lines."""
    net = {"inputs": ["x", "y"], "nodes": nodes, "outputs": [nodes[-1]["id"]]}
    kernel = Kernel(net, net, domain, statement)
    for line in lines:
        kernel.apply(line)
    return kernel


def last(kernel: Kernel) -> tuple[dict[int, int], bool]:
    """The last fact."""
    return kernel.facts[kernel.count - 1]


NEW = 17  # the first variable that a proof defines: 1, two inputs, and seven nodes twice


# --- what is supposed of networks -----------------------------------------------------------------


def test_variables_are_what_the_file_says() -> None:
    kernel = state()
    assert len(kernel.names) == NEW
    assert [(kernel.low[v], kernel.high[v]) for v in (1, 2, GATE)] == [(0, 1)] * 3
    assert kernel.integer >= {0, 1, 2, RELU, GATE, STEP, WIDE}
    assert not kernel.integer & {HALF, TWICE_HALF, FINE}
    assert kernel.affine[HALF] == (2, {1: 1})
    assert kernel.relu[FINE] == (2, {1: 1})
    grid = state(domain={"kind": "grid", "p": 3})
    assert [(grid.low[v], grid.high[v]) for v in (1, 2)] == [(0, 18)] * 2
    assert grid.affine[WIDE] == (3, {1: 2, 2: -3, 0: 9})  # x = u/3 - 3, so that 3(2x - 3y) = 2u - 3v + 9


def test_statements_suppose_no_more_than_they_say() -> None:
    supposed = state(statement={"kind": "equal if", "r": 2, "R": 3})
    v = supposed.hypotheses[0][0]
    assert (supposed.low[v], supposed.high[v], supposed.affine[v]) == (-6, 6, (1, {WIDE: 2}))
    rounded = state(statement={"kind": "floor if", "r": 2, "R": 3})
    assert (rounded.low[WIDE], rounded.high[WIDE], rounded.hypotheses) == (-3, 3, [()])
    clipped = state(statement={"kind": "clip", "r": 2, "R": 3})
    inner, outer = clipped.hypotheses[0]
    assert [clipped.relu[inner], clipped.relu[outer]] == [(1, {WIDE: 1, 0: 3}), (1, {inner: 1, 0: -6})]
    assert WIDE not in clipped.low


def test_two_relus_are_a_gate_if_they_are_one_step() -> None:
    def difference(bias: str, **weights: str) -> Kernel:
        pair = [
            node("a", "relu", bias, **weights),
            node("b", "relu", "-1", **weights),
            node("s", "affine", a="1", b="-1"),
        ]
        return state(nodes=[NODES[0], *pair])

    assert difference("0", x="1", y="1").gate(6) == {1: 1, 2: 1, 0: -1}
    assert difference("1", x="1", y="1").gate(6) is None  # [z + 2]+ - [z]+
    assert difference("0", half="1").gate(6) is None  # of a form that is no integer
    assert state().gate(GATE) == {1: 1, 2: 1, 0: -1}
    assert state().gate(STEP) is None


# --- facts that are added ----------------------------------------------------------------------------

#: ``n`` = x + y + 2 (from 2 to 4), and whether it is at least 3.
SUM = [["define", "name", [1, 1, 2, 1, 0, 2]], ["range", NEW]]


@pytest.mark.parametrize(
    ("lines", "form", "equal"),
    [
        ([["sum", [["<", 1], 2, [">", 2], 1]]], {1: -2, 0: 2, 2: 1}, False),
        ([["sum", [["=", HALF], -1, ["<", 1], 1]]], {HALF: 2, 1: -2, 0: 1}, False),  # with an inequality it is one
        ([["sum", [["=", HALF], -1, ["=", TWICE_HALF], 2]]], {HALF: 4, 1: -1, TWICE_HALF: -2}, True),
        ([["sum", [["<", 1], 2, ["<", 2], 2, [">", 0], 1], 2]], {1: -1, 2: -1, 0: 2}, False),
        ([["sum", [["<", 1], 1, [">", 1], 1, ["<", 2], 2], 2]], {2: -1, 0: 1}, False),  # 3 - 2y >= 0: rounded down
        ([["define", "floor", [1, 1, 2, 1], 2]], {NEW: 2, 0: 1, 1: -1, 2: -1}, False),
        ([["cases", [1, 1, 0, -1], [["equal", -1, ["<", 1]]], [["equal", [">", 1], -1]]]], {1: 1}, False),
        ([["cases", [1, 1, 0, -1], [["sum", [["<", 1], 1]]], [["sum", [-1, 1]]]]], {1: -1, 0: 1}, False),
        ([["cases", [1, 1], [["decide", FINE, -1]], [["sum", [-1, 1, [">", 1], 1]]]]], {FINE: 2, 1: -1}, True),
        ([*SUM, ["steps", NEW, [NEW, 1, GATE, -1, 0, -2], 1]], {NEW: -1, GATE: 1, 0: 3}, False),
        ([*SUM, ["steps", NEW, [NEW, -1, GATE, 3, 0, 2], 2]], {NEW: 1, GATE: -3, 0: 0}, False),
        ([*SUM, ["steps", NEW, [NEW, 1, RELU, -1, 0, -2], 1]], {NEW: -1, RELU: 1, 0: 3}, False),
    ],
)
def test_what_a_rule_adds(lines: list[Line], form: dict[int, int], equal: bool) -> None:
    kernel = state(*lines)
    found = last(kernel)
    assert (found[0], found[1]) == ({v: c for v, c in form.items() if c}, equal)
    assert sorted(kernel.facts) == list(range(kernel.count))
    assert kernel.count <= 2
    assert kernel.depth == 0


def test_a_form_between_bounds_is_no_equation() -> None:
    for width, facts in ((1, [False, False]), (None, [False])):
        kernel = state(*SUM, ["steps", NEW, [NEW, 1, GATE, -1, 0, -2], width])
        assert [equal for _, equal in kernel.facts.values()] == facts


def test_bounds_are_those_of_the_fact() -> None:
    kernel = state(["range", WIDE], ["bound", [["<", 1], 1]])
    assert (kernel.low[WIDE], kernel.high[WIDE]) == (-3, 2)
    assert (kernel.low[1], kernel.high[1]) == (0, 1)
    kernel = state(["define", "name", [0, -5, 1, 1]], ["bound", [["=", NEW], 1, ["<", 1], 1]])
    assert (kernel.low.get(NEW), kernel.high.get(NEW)) == (None, -4)
    kernel = state(["define", "name", [0, -5]], ["bound", [["=", NEW], 1]])
    assert (kernel.low[NEW], kernel.high[NEW]) == (-5, -5)


# --- side conditions -----------------------------------------------------------------------------------

SMALL = [["define", "name", [0, 3]], ["range", NEW]]  # 3
SPREAD = [["define", "name", [1, 1, 2, 1]], ["range", NEW]]  # x + y, from 0 to 2
WEAK = "too weak"


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([["sum", [["<", 1], -1]]], "a negative multiple"),
        ([["sum", [["<", 1], 1], 2]], "cannot be divided"),
        ([["sum", [["=", HALF], 1, ["<", 1], 1], 2]], "cannot be rounded"),  # 1 - 2*half >= 0 is not half <= 0
        ([["define", "name", [HALF, 1]]], "integer forms"),
        ([["define", "floor", [HALF, 1], 2]], "integer forms"),
        ([["cases", [1, 1], [["define", "name", [1, 1]]], [["sum", [-1, 1]]]]], "outside cases"),
        ([["cases", [1, 1, 0, -1], [["bound", [-1, 1]]], [["bound", [-1, 1]]]]], "outside cases"),
        ([["bound", [["=", HALF], 1, ["<", 1], 1]]], "integer variables"),
        ([["bound", [["<", 1], 1, ["<", 2], 1]]], "not about one variable"),
        ([["equal", ["<", 1], [">", 1]]], "not opposite"),
        ([["cases", [STEP, -1], [["decide", STEP, -1]], [["sum", [-1, 1]]]]], "not an integer form"),
        ([["cases", [1, -1, 2, -1, 0, 1], [["decide", GATE, -1]], [["sum", [-1, 1]]]]], WEAK),  # z <= 0
        ([["cases", [1, 1, 2, 1], [["decide", GATE, -1]], [["sum", [-1, 1]]]]], WEAK),  # z >= -1
        ([["cases", [1, 1, 2, 1], [["decide", RELU, -1]], [["sum", [-1, 1]]]]], WEAK),
        ([["decide", GATE, [">", 1]]], "about another form"),
        ([["cases", [HALF, 2, 0, -1], [["sum", [-1, 1]]], [["sum", [-1, 1]]]]], "cases are of integer forms"),
        ([["cases", [1, 1, 0, -1], [["sum", [-1, 1]]], [["sum", [-1, 1, [">", 1], 1]]]]], "different things"),  # 0 >= 0
        ([["cases", [1, 1, 0, -1], [["sum", [-1, 1, ["<", 1], 1]]], [["sum", [-1, 1]]]]], "different things"),
        ([*SMALL, ["steps", NEW, [NEW, 1, 0, -5], None]], "takes the values"),  # of one value only
        ([*SPREAD, ["steps", NEW, [NEW, -1, 0, 1], None]], "takes the values"),  # 1, 0, -1
        ([*SPREAD, ["steps", NEW, [NEW, 1], 1]], "takes the values"),  # 0, 1, 2
        ([*SPREAD, ["steps", NEW, [NEW, -1, 0, 2], 1]], "takes the values"),
        ([*SPREAD, ["steps", NEW, [NEW, 1, 0, -1], None, ["=", NEW]]], "no end of the range"),
        ([*SPREAD, ["sum", [[">", NEW], 1, [">", 1], 1]], ["steps", NEW, [NEW, 1], None, -1]], "no end of the range"),
        ([*SPREAD, ["steps", NEW, [NEW, 1, 0, -1], None, ["<", NEW]]], "no end of the range"),
        ([*SPREAD, ["steps", NEW, [NEW, -1, 0, 1], None, None, [">", NEW]]], "no end of the range"),
        ([["steps", 0, [1, 1], None]], "not an integer variable"),
        ([*SPREAD, ["define", "step", [NEW, 1, 1, 1, 0, -1]], ["steps", NEW, [NEW + 1, 1], 1]], "is no step of"),
        ([*SPREAD, ["steps", NEW, [WIDE, 1], 9]], "is no step of"),
    ],
)
def test_what_no_rule_allows(lines: list[Line], says: str) -> None:
    kernel = state(*lines[:-1])
    with pytest.raises(Refused, match=says):
        kernel.apply(lines[-1])


# --- residues ----------------------------------------------------------------------------------------

#: ``f`` = 4(x + y) + 3, so 3, 7 or 11; its quotient by 4; and that ``f - 4*quotient >= 3``.
F, QUOTIENT, FROM_3, FROM_4, FROM_7, FROM_8, FROM_11 = range(NEW, NEW + 7)
NUMBER = [
    ["define", "name", [1, 4, 2, 4, 0, 3]],
    ["range", F],
    ["define", "floor", [F, 1], 4],
    *(["define", "step", [F, 1, 0, -t]] for t in (3, 4, 7, 8, 11)),
]


@pytest.mark.parametrize(
    ("form", "low", "high", "says"),
    [
        ([FROM_3, 1, FROM_4, -1, FROM_7, 1, FROM_8, -1, FROM_11, 1, 0, -1], -1, -2, None),  # 1 at 3, 7 and 11
        ([FROM_3, 1, FROM_4, -1, FROM_7, 1, FROM_8, -1, 0, -1], -1, -2, "takes the values"),  # not at 11
        ([FROM_4, 1, 0, -1], -1, -2, "takes the values"),  # not at 3
        ([FROM_3, 1, FROM_4, -1, FROM_11, 1, 0, -1], -1, -2, "takes the values"),
        ([FROM_3, 1, FROM_4, -1, FROM_7, 1, FROM_8, -1, FROM_11, 1, 0, -1], [">", 1], -2, "about other forms"),
        ([FROM_3, 1, FROM_4, -1, FROM_7, 1, FROM_8, -1, FROM_11, 1, 0, -1], -1, ["<", 1], "about other forms"),
        ([FROM_3, 1, FROM_4, -1, FROM_7, 1, FROM_8, -1, FROM_11, 1, 0, -1], -3, -2, "takes the values"),  # all residues
    ],
)
def test_residues(form: list[int], low: Any, high: Any, says: str | None) -> None:
    kernel = state(*NUMBER)
    kernel.open_case({F: 1, QUOTIENT: -4, 0: -3})
    line = ["residue", F, 1, form, 4, [QUOTIENT, 1], low, high, 0]
    if says is None:
        kernel.apply(line)
        assert last(kernel) == (dict(zip(form[::2], form[1::2], strict=True)), True)
    else:
        with pytest.raises(Refused, match=says):
            kernel.apply(line)


# --- counting ----------------------------------------------------------------------------------------

#: ``h`` = x; ``f = h + 3y`` and whether it is 2 or 3; ``-h + 1 >= 0``; ``f - h - 3y = 0``; ``f - h - 3y >= 0``.
H, FORM, FROM, TO, EVENT, TWICE, LATER, NOTHING, FIFTH = range(NEW, NEW + 9)


def window(low: int = 0) -> Kernel:
    """What is known before an event is counted; ``h`` is ``x + low``."""
    return state(
        ["define", "name", [1, 1, *((0, low) if low else ())]],
        ["range", H],
        ["define", "name", [H, 1, 2, 3]],
        ["range", FORM],
        ["define", "step", [FORM, 1, 0, -2]],
        ["define", "step", [FORM, 1, 0, -4]],
        ["define", "name", [FROM, 1, TO, -1]],
        ["define", "name", [FROM, 2, TO, -2]],
        ["define", "name", [TO, 1]],
        ["define", "name", []],
        ["define", "name", [H, 1, 2, 5]],
        ["range", FIFTH],
        ["sum", [["=", FORM], -1, [">", 0], 1]],
        ["sum", [["=", FIFTH], -1]],
        ["sum", [["=", FORM], -1]],
        ["sum", [["<", 1], 1, [">", 1], 1]],  # 1 >= 0
        ["sum", [["<", H], 1, -1, -low]],
    )


BELOW, CONGRUENT, OTHER, INEQUALITY = -1, -3, -4, -5


@pytest.mark.parametrize(
    ("low", "events", "bound"),
    [
        (0, [[FORM, 1, EVENT, 3, CONGRUENT]], 1),  # 3 divides v - h for v = 3, and is more than 2 - h
        (-3, [[FORM, 1, NOTHING, 3, CONGRUENT]], 1),  # for v = 2 too, but there is one modulus
        (-3, [[FORM, 1, NOTHING, 3, CONGRUENT]] * 2, 2),  # not coprime
        (0, [[FORM, 1, NOTHING, 3, CONGRUENT], [FIFTH, 1, NOTHING, 5, OTHER]], 1),
        (0, [[FIFTH, 1, NOTHING, 5, OTHER], [FORM, 1, NOTHING, 3, CONGRUENT]], 1),
    ],
)
def test_counting(low: int, events: list[Line], bound: int) -> None:
    kernel = window(low)
    kernel.apply(["count", H, events, 2, 3, BELOW])
    counted: dict[int, int] = {0: bound}
    for _, _, event, _, _ in events:
        counted[event] = counted.get(event, 0) - 1
    assert last(kernel) == (counted, False)


@pytest.mark.parametrize(
    ("h", "events", "below", "says"),
    [
        (H, [[FORM, 1, EVENT, 2, CONGRUENT]], BELOW, "not congruent"),
        (H, [[FORM, 1, EVENT, 3, INEQUALITY]], BELOW, "no congruence"),
        (H, [[FORM, 1, EVENT, 3, ["<", 1]]], BELOW, "no congruence"),
        (H, [[FORM, 1, TWICE, 3, CONGRUENT]], BELOW, "takes the values"),  # 2 in the window
        (H, [[FORM, 1, LATER, 3, CONGRUENT]], BELOW, "takes the values"),  # 1 at 4, which is 1 modulo 3
        (H, [[FORM, 1, NOTHING, 1, CONGRUENT]], BELOW, "bad moduli"),
        (H, [[FORM, 1, NOTHING, True, CONGRUENT]], BELOW, "bad window"),
        (H, [[FORM, 1, EVENT, 3, CONGRUENT]], ["<", 1], "not known to be below"),
        (H, [[FORM, 1, EVENT, 3, CONGRUENT]], [">", H], "not known to be below"),
        (H, [[H, -1, NOTHING, 3, ["=", H]]], BELOW, "no congruence"),
        (HALF, [[FORM, 1, EVENT, 3, CONGRUENT]], BELOW, "bad window"),
        (0, [[FORM, 1, EVENT, 3, CONGRUENT]], BELOW, "bad window"),
    ],
)
def test_what_is_not_counted(h: int, events: list[Line], below: Any, says: str) -> None:
    kernel = window()
    with pytest.raises(Refused, match=says):
        kernel.apply(["count", h, events, 2, 3, below])


def scaled(rest: int, most: int = 1) -> Kernel:
    """For ``h = x - 4``: ``f = 2h + 6x + 12 + rest*y``, and twice whether it is 4 or 5, counted modulo 3 with ``M = 2``."""
    kernel = window(-4)
    form = len(kernel.names)
    for line in (
        ["define", "name", [H, 2, 1, 6, 0, 12, *((2, rest) if rest else ())]],
        ["range", form],
        ["define", "step", [form, 1, 0, -4]],
        ["define", "step", [form, 1, 0, -6]],
        ["define", "name", [form + 1, 2, form + 2, -2]],
        ["range", form],
        ["sum", [["=", form], -1]],
        ["count", H, [[form, 1, form + 3, 3, -1]], 2, 2, BELOW - 1, most],
    ):
        kernel.apply(line)
    return kernel


def test_counting_multiples() -> None:
    """``f`` is 2h + y modulo 6: so where it is 4 or 5, ``h`` is 2 modulo 3."""
    for rest in (0, 1):
        kernel = scaled(rest, 2)
        assert last(kernel) == ({0: 2, len(kernel.names) - 1: -1}, False)
        with pytest.raises(Refused, match="takes the values"):
            scaled(rest, 1)
    for rest in (2, -1):
        with pytest.raises(Refused, match="not congruent"):
            scaled(rest, 2)


def test_how_many_moduli_divide() -> None:
    """By all places from -1000 on; by products where there are too many; all of them."""
    moduli = (101, 103, 107, 109, 113)
    truth = max(sum(any((v - h) % q == 0 for v in range(1, 9)) for q in moduli) for h in range(-1000, 1))
    assert divisors(moduli, -1000, 1, 8) == truth < 5
    assert divisors(moduli, -(10**12), 1, 1) == 5  # a number of twelve digits may have five such divisors
    assert divisors(moduli, -(10**9), 1, 1) == 4
    assert divisors((*moduli, 202), -(10**9), 1, 1) == 6  # not coprime
    assert divisors((2, 3), -5, 1, 0) == divisors((), -5, 1, 9) == 0
    assert divisors((4,), -5, 1, 9) == 1


def test_a_window_is_above_what_is_known() -> None:
    kernel = window()
    kernel.apply(["sum", [BELOW, 1, -2, 4]])  # -h + 5 >= 0
    with pytest.raises(Refused, match="not known to be below"):
        kernel.apply(["count", H, [], 2, 3, -1])


def test_what_is_congruent_for_integers_only() -> None:
    """For ``h = x`` and ``f = 3x``, the form ``f - h - 4*half`` is 0; that is congruence modulo 4 only for an integer half."""
    kernel = state(["define", "name", [1, 1]], ["define", "name", [1, 3]], ["define", "name", []])
    h, f, nothing = range(NEW, NEW + 3)
    for line in (["range", h], ["range", f], ["sum", [["=", f], -1, ["=", h], 1, ["=", HALF], 2]]):
        kernel.apply(line)
    assert last(kernel) == ({f: 1, h: -1, HALF: -4}, True)
    with pytest.raises(Refused, match="nothing is known of 3"):  # nor has the half a range that may be a remainder
        kernel.apply(["count", h, [[f, 1, nothing, 4, -1]], 2, 3, ["<", h]])


# --- the end -------------------------------------------------------------------------------------------


def outputs(original: list[Json], constructed: list[Json], statement: Json, lines: list[Line]) -> Json:
    """What the checker says of networks of one input on the cube; variable 1 is the input, and then come their nodes."""
    nets = ({"inputs": ["x"], "nodes": nodes, "outputs": ["y"]} for nodes in (original, constructed))
    return checked(*nets, CUBE, statement, lines)


def affine(bias: str = "0", **weights: str) -> list[Json]:
    return [node("y", "affine", bias, **weights)]


ROUNDED = {"kind": "floor if", "r": 1, "R": 1}
A, B = 2, 3  # the outputs of networks of one node


@pytest.mark.parametrize(
    ("original", "constructed", "statement", "lines", "says"),
    [
        # x >= 0
        (
            affine(x="1"),
            affine(),
            EQUAL,
            [["sum", [["=", A], -1, ["=", B], 1, [">", 1], 1]], ["goals", [-1]]],
            "equality is not proved",
        ),
        # 2x - 2x = 0
        (
            affine(x="2"),
            affine(x="1"),
            EQUAL,
            [["sum", [["=", A], -1, ["=", B], 2]], ["goals", [-1]]],
            "equality is not proved",
        ),
        # -2x is not at least -1
        (
            affine(x="-2"),
            affine(x="-2"),
            {"kind": "equal", "R": 1},
            [["range", A], ["sum", [["=", A], -1, ["=", B], 1]], ["goals", [-1]]],
            "the range of y is not proved",
        ),
        (
            affine(x="2"),
            affine(x="2"),
            {"kind": "equal", "R": 1},
            [["range", A], ["sum", [["=", A], -1, ["=", B], 1]], ["goals", [-1]]],
            "the range of y is not proved",
        ),
        # 0 <= x - 0 <= 1, and not less than 1
        (
            affine(x="1"),
            affine(),
            ROUNDED,
            [
                ["sum", [["=", A], -1, ["=", B], 1, [">", 1], 1]],
                ["sum", [["=", A], 1, ["=", B], -1, ["<", 1], 1]],
                ["goals", [[-2, -1]]],
            ],
            "too little is proved",
        ),
        # 0 - x >= -1, and not at least 0
        (
            affine(),
            affine(x="1"),
            ROUNDED,
            [
                ["sum", [["=", A], -1, ["=", B], 1, ["<", 1], 1]],
                ["sum", [["=", A], 1, ["=", B], -1, [">", 1], 1]],
                ["goals", [[-2, -1]]],
            ],
            "too little is proved",
        ),
        # x - 0 >= 0 for both
        (
            affine(),
            affine(x="1"),
            ROUNDED,
            [["sum", [["=", A], 1, ["=", B], -1, [">", 1], 1]], ["goals", [[-1, -1]]]],
            "nothing is proved",
        ),
        # x - x/2 is from 0 to 1/2, but x/2 is no integer
        (
            affine(x="1"),
            affine(x="1/2"),
            ROUNDED,
            [
                ["sum", [["=", A], -2, ["=", B], 1, [">", 1], 1]],
                ["sum", [["=", A], 2, ["=", B], -1, ["<", 1], 1]],
                ["goals", [[-2, -1]]],
            ],
            "no multiple of 1/r",
        ),
        (
            affine(x="1"),
            [node("h", "affine", x="1/2"), node("y", "affine", h="1")],
            ROUNDED,
            [
                ["sum", [["=", A], -2, ["=", 4], 2, ["=", 3], 1, [">", 1], 1]],
                ["sum", [["=", A], 2, ["=", 4], -2, ["=", 3], -1, ["<", 1], 1]],
                ["goals", [[-2, -1]]],
            ],
            "no multiple of 1/r",
        ),
    ],
)
def test_what_proves_nothing(
    original: list[Json], constructed: list[Json], statement: Json, lines: list[Line], says: str
) -> None:
    with pytest.raises(Refused, match=says):
        outputs(original, constructed, statement, lines)


def test_what_is_proved() -> None:
    """The positive controls."""
    same = [["sum", [["=", A], -1, ["=", B], 1]], ["goals", [-1]]]
    assert outputs(affine(x="1"), affine(x="1"), EQUAL, same)
    assert outputs(affine(x="1"), affine(x="1"), {"kind": "equal", "R": 1}, [["range", A], *same])
    below = ["sum", [["=", A], -1, ["=", B], 2, [">", 1], 1]]
    above = ["sum", [["=", A], 1, ["=", B], -2, ["<", 1], 1]]
    assert outputs(affine(x="1/2"), affine(), ROUNDED, [below, above, ["goals", [[-2, -1]]]])
    clipped = [
        ["sum", [["=", A], -1, [">", 1], 1]],  # N >= 0
        ["decide", B + 1, -1],  # so [N + 1]+ = N + 1
        ["sum", [-1, -1, ["=", A], 1, ["<", 1], 1]],  # which is at most 2
        ["decide", B + 2, -1],
        ["sum", [-3, 1, -1, -1, ["=", A], -1, ["=", B], 1]],
        ["sum", [-1, -1]],
    ]
    assert outputs(affine(x="1"), affine(x="1"), {"kind": "clip", "r": 1, "R": 1}, [*clipped, ["goals", [[-2, -1]]]])
