"""The parser of arithmetic in text: it means what it says, and it refuses the rest quickly and in one line."""

from __future__ import annotations

import time
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exactnet import recheck
from exactnet.certify.small_weights import Request, certify_network
from exactnet.kernel.domain import Cube
from exactnet.kernel.errors import ExactnetError
from exactnet.kernel.network import Network, affine, relu
from exactnet.theory.arithmetic import MAX_BITS, ArithmeticTextError, evaluate, parse

NAMES = ("d", "k", "m", "B", "R", "r", "p")

# A tree is a number in text, a name, or (operator, children). What it means and how it is printed are written here
# a second time, independently of the parser.
Tree = Any

leaves = st.one_of(
    st.integers(0, 30).map(str),
    st.tuples(st.integers(0, 30), st.integers(0, 999)).map(lambda t: f"{t[0]}.{t[1]}"),
    st.sampled_from(NAMES),
)


def grow(trees: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    return st.one_of(
        st.tuples(st.sampled_from("+-*/"), trees, trees),
        st.tuples(st.just("neg"), trees),
        st.tuples(st.just("^"), trees, st.integers(-3, 3)),
        st.tuples(st.sampled_from(["max", "min"]), trees, trees, trees),
    )


trees = st.recursive(leaves, grow, max_leaves=12)


def meaning(tree: Tree, values: dict[str, int]) -> Fraction:
    if isinstance(tree, str):
        return Fraction(values[tree]) if tree in values else Fraction(tree)
    operator, *rest = tree
    if operator == "^":
        return Fraction(meaning(rest[0], values) ** rest[1])
    parts = [meaning(part, values) for part in rest]
    match operator:
        case "neg":
            return -parts[0]
        case "+":
            return parts[0] + parts[1]
        case "-":
            return parts[0] - parts[1]
        case "*":
            return parts[0] * parts[1]
        case "/":
            return parts[0] / parts[1]
    return max(parts) if operator == "max" else min(parts)


def refusal(text: str, values: dict[str, int]) -> str | None:
    try:
        evaluate(parse(text, NAMES), values)
    except ArithmeticTextError as error:
        return str(error)
    return None


def label(value: object) -> str:
    """A short name for a test case (pytest would write out numbers that Python refuses to write)."""
    return f"{value:.20}" if isinstance(value, str) else type(value).__name__


LEVEL = {"+": 1, "-": 1, "*": 2, "/": 2, "neg": 3, "^": 4}


def printed(tree: Tree, power: str, space: str, level: int = 1) -> str:
    """With no parentheses but those that the grammar needs; ``level`` is what may stand here bare."""
    if isinstance(tree, str):
        return tree
    operator, *rest = tree
    if operator in ("max", "min"):
        return f"{operator}({f',{space}'.join(printed(part, power, space) for part in rest)})"
    own = LEVEL[operator]
    if operator == "neg":
        text = f"-{printed(rest[0], power, space, 3)}"
    elif operator == "^":
        text = f"{printed(rest[0], power, space, 5)}{space}{power}{space}{rest[1]}"
    else:
        text = f"{printed(rest[0], power, space, own)}{space}{operator}{space}{printed(rest[1], power, space, own + 1)}"
    return text if own >= level else f"({text})"


@settings(max_examples=400)
@given(trees, st.sampled_from(["^", "**"]), st.sampled_from(["", " "]), st.tuples(*[st.integers(-9, 9)] * 7))
def test_a_printed_tree_is_read_back_with_its_meaning(
    tree: Tree, power: str, space: str, numbers: tuple[int, ...]
) -> None:
    values = dict(zip(NAMES, numbers, strict=True))
    text = printed(tree, power, space)
    assume(len(text) <= 1000)
    try:
        expected = meaning(tree, values)
    except ZeroDivisionError:
        assert "division by zero" in (refusal(text, values) or "")
        return
    value = evaluate(parse(text, NAMES), values)
    assert Fraction(int(value.numerator), int(value.denominator)) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4*(d+2)^4", 40000),
        ("-2^2", -4),
        ("2^-2", Fraction(1, 4)),
        ("2^3^2", 512),
        ("(2^3)^2", 64),
        ("2**3**2", 512),
        ("7-2-1", 4),
        ("24/2/3", 4),
        ("24/2*3", 36),
        ("0.1+0.2", Fraction(3, 10)),
        ("--d", 8),
        ("2*-d", -16),
        ("2^(1+1)", 4),
        ("d^0", 1),
        ("max(1, d, 3)*min(2, d)", 16),
        ("\t d ", 8),
        ("9" * 1000, 10**1000 - 1),
        ("(" * 50 + "d" + ")" * 50, 8),
        ("(d^9999)^9", 2**269973),
        ("+".join(["max(1,(2),-2^1)"] * 60), 120),  # beside each other is not nested
    ],
    ids=label,
)
def test_precedence_and_numbers(text: str, value: Fraction | int) -> None:
    assert evaluate(parse(text, NAMES), {"d": 8}) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        *((text, "invalid syntax") for text in ("", "   ", "d+", "d^", "*d", "d d", "1..2", "d %", "max(1,,2)", "lambda")),
        *((text, "is not arithmetic") for text in ("+d", "2(d)", "d//2", "d %2", "max()", "max(1, key=2)", "log2(d)")),
        *((text, "is not arithmetic") for text in ("d.__class__", "__import__('os')", "lambda: 1", "d[0]", "d and d")),
        *((text, "is not arithmetic") for text in ("max(*[1])", "d if d else 1")),
        *((text, "is not a number in digits") for text in ("1.", ".5", "1e6", "1_000", "0x10", "True", "'d'", "1j")),
        *((text, "is not one line of ASCII characters") for text in ("d\n", "\u0663", "\uff11+1", "\u0432", "\x00")),
        ("(d", "never closed"),
        ("d)", "unmatched"),
        ("max(1", "never closed"),
        ("x+1", "unknown name 'x' (known: B, R, d, k, m, p, r)"),
        ("max", "unknown name"),
        ("d^(1/2)", "is not an integer from -10000 to 10000"),
        ("d^0.5", "is not an integer"),
        ("2^d", "unknown name 'd' (known: none)"),
        ("2^10001", "is not an integer"),
        ("2^-10001", "is not an integer"),
        ("2^10^9", "is not an integer"),
        ("2^2^2^2^2", "is not an integer"),
        ("2^(1/0)", "division by zero"),
        ("(" * 999, "many nested parentheses"),
        ("-" * 999 + "d", "nested"),
        ("2^" * 400 + "2", "nested"),
        ("max(" * 150 + "d" + ")" * 150, "nested"),
    ],
    ids=label,
)
def test_refusals_are_one_line(text: str, words: str) -> None:
    with pytest.raises(ExactnetError) as caught:
        parse(text, NAMES)
    message = str(caught.value)
    assert message.startswith("weight bound")
    assert words in message
    assert message.isprintable()
    assert len(message) < 250


def test_long_text_and_long_numbers_are_refused() -> None:
    with pytest.raises(ArithmeticTextError, match="1001 characters"):
        parse("d" * 1001, NAMES)
    with pytest.raises(ArithmeticTextError, match="gates: 1001 characters"):
        parse("9" * 1001, NAMES, "gates")


@settings(max_examples=300)
@given(st.text(alphabet="0123456789.+-*/^(),dkmaxi n\t\n_'[]é٣", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    start = time.process_time()
    message = refusal(text, dict.fromkeys(NAMES, 3))  # anything but an ArithmeticTextError fails the test
    assert message is None or (message.isprintable() and message.startswith("weight bound"))
    assert time.process_time() - start < 60


@pytest.mark.parametrize(
    ("text", "values", "words"),
    [
        ("(d^9999)^9999", {"d": 2}, "more than 1000000 bits"),
        ("((d^9999)^9999)^9999", {"d": 3}, "more than 1000000 bits"),
        ("(d^9999)^9999^1*d^9999", {"d": Fraction(1, 2)}, "more than 1000000 bits"),
        ("d*m", {"d": 1 << (MAX_BITS - 1), "m": 2}, "more than 1000000 bits"),
        ("d+m", {"d": (1 << MAX_BITS) - 1, "m": 1}, "more than 1000000 bits"),
        ("d", {"d": 1 << MAX_BITS}, "more than 1000000 bits"),
        ("1/(d-1)", {"d": 1}, "division by zero"),
        ("1/(d-m)^3", {"d": 4, "m": 4}, "division by zero"),
        ("1/(d-d)", {"d": 7}, "division by zero"),
        ("5*d/d", {"d": 0}, "division by zero"),
        ("5*d^-1*d", {"d": 0}, "division by zero"),
        ("0*(1/d)", {"d": 0}, "division by zero"),
        ("d^2/d", {"d": 0}, "division by zero"),
        ("1/d - 1/d", {"d": 0}, "division by zero"),
        ("(1/d)^0", {"d": 0}, "division by zero"),
        ("max(1, 2, d/d)", {"d": 0}, "division by zero"),
        ("d+m", {"d": 1}, "'m' has no value"),
    ],
    ids=label,
)
def test_evaluation_is_bounded(text: str, values: dict[str, int], words: str) -> None:
    expr = parse(text, NAMES)
    start = time.process_time()
    with pytest.raises(ArithmeticTextError, match=words):
        evaluate(expr, values)
    assert time.process_time() - start < 60


def test_the_largest_numbers_pass() -> None:
    largest = (1 << MAX_BITS) - 1
    assert evaluate(parse("d", NAMES), {"d": largest}) == largest
    assert evaluate(parse("d-m", NAMES), {"d": largest, "m": largest}) == 0
    assert evaluate(parse("(d^9999)^9999", NAMES), {"d": -1}) == -1


def test_long_sums_and_products_are_not_deep() -> None:
    assert evaluate(parse("+".join(["d"] * 500), NAMES), {"d": 2}) == 1000
    assert evaluate(parse("*".join(["d"] * 500), NAMES), {"d": 2}) == 2**500


@settings(max_examples=200)
@given(trees, st.sampled_from(["^", "**"]), st.tuples(*[st.integers(0, 9)] * 7))
def test_recheck_reads_what_the_parser_reads(tree: Tree, power: str, numbers: tuple[int, ...]) -> None:
    values = dict(zip(NAMES, numbers, strict=True))
    text = f" {printed(tree, power, ' ')}\t"
    assume(len(text) <= 1000)
    try:
        value = evaluate(parse(text, NAMES), values)
    except ArithmeticTextError:
        with pytest.raises(recheck.Wrong):
            recheck.expression.evaluate(text, values, recheck.expression.Budget())
    else:
        there = recheck.expression.evaluate(text, values, recheck.expression.Budget())
        assert there == Fraction(int(value.numerator), int(value.denominator))


@pytest.mark.parametrize("text", [" 5", "\t5", "007", "0*007.50", "max(5)", "min(9)", "max(min(3))", "d - 00", "1.007", "m/010"])
def test_recheck_reads_all_spellings(text: str) -> None:
    value = evaluate(parse(text, NAMES), {"d": 4, "m": 7})
    there = recheck.expression.evaluate(text, {"d": 4, "m": 7}, recheck.expression.Budget())
    assert there == Fraction(int(value.numerator), int(value.denominator))


@pytest.mark.parametrize("text", ["5*s/s", "5*s^-1*s"])
def test_a_stated_bound_that_divides_by_zero_is_refused(text: str) -> None:
    net = Network(["x"], [relu("h", {"x": 1}), affine("y", {"h": 1})], ["y"])  # no wire skips a layer: s = 0
    request = Request(net, Cube(1), stated=text)
    with pytest.raises(ExactnetError, match=r"^weight bound: division by zero$"):
        certify_network(request)
