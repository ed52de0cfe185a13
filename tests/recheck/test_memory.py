"""What ``recheck`` holds a certificate of M1 to: the numbers of the construction, and the inequality for sign patterns."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest

from exactnet.recheck.memory import Memory, check_memory, excluded
from exactnet.recheck.reading import Unusable, Wrong
from exactnet.theory.memorize import (
    ANY_DATA,
    FORMS,
    Shape,
    fewest_keys,
    least_parameters,
    length_for_any_data,
    memorize_bounds,
    memorize_sizes,
)

NAMES = {"intervals": "M", "folds": "e", "halvings": "K", "address": "a", "pace": "g", "fields": "n", "kinks": "J"}
NAMES |= {"line": "w", "offset": "o", "length": "Z", "any_points": "n_any", "any_pace": "g_any"}
POINTS, MOST_LABEL = 300, 5
RANGE = [(-7, 8), (0, 3), (2, 2)]  # the largest difference is 15
LEAST = fewest_keys(POINTS, length_for_any_data(POINTS, len(RANGE), 15), MOST_LABEL.bit_length(), False, lambda keys: True)
assert LEAST is not None
LINE = {"line": 5, "offset": 3, "length": 99, "any_points": LEAST.fields, "any_pace": LEAST.pace}
PLAIN = {"kinks": 6, **LINE, "any_points": 0}
DEEP = [{"intervals": 4, "folds": 7, "halvings": 9, "address": a, "pace": g, **LINE} for a in (0, 1, 3) for g in (1, 2)]
KEYS = [{**numbers, "fields": fields} for numbers in DEEP for fields in (1, 3)]
SHAPES = [Shape(form, numbers) for form in ("deep", "narrow") for numbers in DEEP]
SHAPES += [Shape(form, numbers) for form in ("keys", "narrow-keys") for numbers in KEYS]
SHAPES += [Shape("straight", {**PLAIN, "any_pace": 1}), Shape("held", {**PLAIN, "any_pace": 2})]
UNSAID = Shape("narrow", {**DEEP[0], "any_points": 0})  # nothing is said of any data


def certificate(shape: Shape, most: int = MOST_LABEL, **numbers: int) -> Any:
    """What ``recheck`` reads of a certificate about so many points."""
    depth = memorize_sizes(shape, len(RANGE), most)["depth"]
    parameters = {NAMES[name]: number for name, number in shape.numbers.items()}
    parameters |= {"N": POINTS, "R": most, "W_L": least_parameters(POINTS, depth), "W_any": least_parameters(POINTS)}
    domain = SimpleNamespace(count=POINTS, d=len(RANGE), range=RANGE)
    stated = memorize_bounds(shape, POINTS, most, 15)
    values = stated.evaluate({"d": len(RANGE), "R": most})[1]
    bounds = [{"name": row.name, "value": str(value)} for row, value in zip(stated.bounds, values, strict=True)]
    data = {"options": shape.options(), "bounds": bounds}
    return SimpleNamespace(route="memorize", parameters=parameters | numbers, data=data, domain=domain)


def lines(given: Any, **more: int) -> list[str]:
    """Check it, with a network that has just the depth and the parameters of the construction, and so many more."""
    limits = Memory(given).limits()
    measures = {name: most + more.get(name, 0) for name, most in limits.items()}
    return list(check_memory(given, SimpleNamespace(measures=measures)))  # type: ignore[arg-type]


@pytest.mark.parametrize("most", [1, 5, 16])
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: "-".join(map(str, shape.options().values())))
def test_depth_and_parameters_are_those_that_check_states(shape: Shape, most: int) -> None:
    sizes = memorize_sizes(shape, 3, most)
    assert Memory(certificate(shape, most=most)).limits() == {name: sizes[name] for name in ("depth", "parameters")}


@pytest.mark.parametrize("form", FORMS)
def test_what_is_enough_for_any_data_is_what_check_states(form: str) -> None:
    numbers = next(shape.numbers for shape in SHAPES if shape.form == form)
    for each, pace, most in product((0, 1, 2, 9, 10**6), (1, 2), (1, 5, 10**6)):
        given = certificate(Shape(form, {**numbers, "any_points": each, "any_pace": pace}), most)
        stated = [bound["value"] for bound in given.data["bounds"] if bound["name"] == ANY_DATA]
        enough = Memory(given).any_data()
        assert stated == ([] if enough is None else [str(enough)])
        assert (enough is None) == (each == 0 and form.startswith("narrow"))


@pytest.mark.parametrize("shape", [*SHAPES[::5], UNSAID], ids=lambda shape: "-".join(map(str, shape.options().values())))
def test_the_limits_hold_for_the_network(shape: Shape) -> None:
    first, *any_data, last = lines(certificate(shape))
    assert first.startswith("confirmed: depth ")
    assert first.endswith(" by M1")
    assert last.endswith("for 300 points")
    assert len(any_data) == (shape is not UNSAID)
    for line in any_data:
        enough = Memory(certificate(shape)).any_data()
        assert line == f"confirmed: at most {enough} parameters, which are enough for any 300 points and labels like these"
    for name in ("depth", "parameters"):
        with pytest.raises(Wrong, match=rf"^{name} \d+, but the construction has at most \d+$"):
            lines(certificate(shape), **{name: 1})


def test_no_more_parameters_than_are_enough_for_any_data() -> None:
    """One kink for each point and no more: 299 and the 2 beside them are as many as 3 numbers for each of the 300 points."""
    numbers = {**PLAIN, "any_pace": 1}
    assert Memory(certificate(Shape("straight", numbers))).any_data() == 3 + 3 * POINTS
    assert len(lines(certificate(Shape("straight", {**numbers, "kinks": POINTS - 1})))) == 3
    with pytest.raises(Wrong, match=r"^905 parameters, but 903 are enough for any data$"):
        lines(certificate(Shape("straight", {**numbers, "kinks": POINTS})))


@pytest.mark.parametrize("shape", [SHAPES[0], SHAPES[-1], UNSAID], ids=["keys", "kinks", "none"])
def test_the_bound_for_any_data_is_stated_just_where_there_is_one(shape: Shape) -> None:
    right = certificate(shape)
    enough = Memory(right).any_data()
    others = [bound for bound in right.data["bounds"] if bound["name"] != ANY_DATA]
    stated = [[], *([{"name": ANY_DATA, "value": str(value)}] for value in ((enough or 0) - 1, (enough or 0) + 1))]
    for rows in stated[enough is None :]:
        right.data["bounds"] = [*others, *rows]
        with pytest.raises(Wrong, match=r"^parameters \(any data\): the bound is not what is enough for any data$"):
            lines(right)


def test_the_inequality_is_that_of_the_theorem() -> None:
    """``2^N > 2^L ((2N)^L s)^W``, ``s`` the least integer above ``e sqrt(L)``."""
    assert excluded(10, 1, 1)  # 1024 > 2 * (20 * 3)
    assert not excluded(5, 1, 1)  # 32 < 2 * (10 * 3)
    assert not excluded(6, 1, 1)  # 64 < 2 * (12 * 3), although 64 > 2 * (12 * 2): s = 3, e = 2.718
    assert excluded(8, 0, 7)  # 256 > 2^7


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"N": 301}, "N is not the number of points, 300"),
        ({"M": 5}, "the options are not the numbers that the bounds are evaluated at"),
        ({"n_any": 1}, "the options are not the numbers that the bounds are evaluated at"),
        ({"w": 6}, "the options are not the numbers that the bounds are evaluated at"),
        ({"W_L": 301}, "W_L is 301, more than the number of points"),
        ({"W_any": 301}, "W_any is 301, more than the number of points"),
    ],
)
def test_numbers_that_are_not_those_of_the_network(numbers: dict[str, int], message: str) -> None:
    with pytest.raises(Wrong, match=f"^{message}$"):
        lines(certificate(SHAPES[0], **numbers))


def test_the_least_number_is_excluded_below() -> None:
    shape = Shape("held", {**PLAIN, "any_pace": 2})
    at_this_depth, at_any = least_parameters(300, 3), least_parameters(300)
    assert lines(certificate(shape, W_L=0, W_any=0))[2:]
    for name, least in (("W_L", at_this_depth), ("W_any", at_any)):
        with pytest.raises(Wrong, match=f"^{name} is not excluded below$"):
            lines(certificate(shape, **{name: least + 1}))
        assert lines(certificate(shape, **{name: least - 1}))[2:]


@pytest.mark.parametrize("form", FORMS)
def test_a_number_that_is_missing(form: str) -> None:
    shape = next(shape for shape in SHAPES if shape.form == form)
    for name in certificate(shape).parameters:
        short = certificate(shape)
        del short.parameters[name]
        with pytest.raises(Unusable, match=f"^no parameter {name}$"):
            Memory(short)


@pytest.mark.parametrize("form", FORMS)
def test_a_number_beyond_what_is_evaluated(form: str) -> None:
    ends = {"intervals": (1, None), "folds": (0, 20_000), "halvings": (0, 20_000), "pace": (1, 2), "fields": (1, 10**6)}
    ends |= {"address": (0, 80 if "keys" in form else 16), "kinks": (0, None), "any_points": (0, 10**6), "any_pace": (1, 2)}
    ends |= dict.fromkeys(("line", "offset", "length"), (0, None))
    shape = next(shape for shape in SHAPES if shape.form == form)
    for option in shape.numbers:
        name, (least, most) = NAMES[option], ends[option]

        def given(number: int, option: str = option, name: str = name) -> Any:
            changed = certificate(shape, **{name: number})
            changed.data["options"][option] = str(number)
            return changed

        for allowed in (least, 10**30 if most is None else most):
            assert Memory(given(allowed)).limits()
        with pytest.raises(Unusable, match=rf"^parameter {name} is not from {least} to {80 if option == 'address' else most}$"):
            Memory(given(least - 1))
        if most is not None:
            message = f"is more than {most}, without keys" if most == 16 else f"is not from {least} to {most}"
            with pytest.raises(Unusable, match=rf"^parameter {name} {message}$"):
                Memory(given(most + 1))


def test_another_route_or_form() -> None:
    other = certificate(SHAPES[0])
    other.route = "radial"
    with pytest.raises(Unusable, match=r"^radial is no route of M1"):
        Memory(other)
    other = certificate(SHAPES[0])
    other.data["options"]["form"] = "wide"
    with pytest.raises(Unusable, match=r"^the option form: wide is not known"):
        Memory(other)
