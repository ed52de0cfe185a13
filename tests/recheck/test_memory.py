"""What ``recheck`` holds a certificate of M1 to: the numbers of the construction, and the inequality for sign patterns."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from exactnet.recheck.memory import Memory, check_memory, excluded
from exactnet.recheck.reading import Unusable, Wrong
from exactnet.theory.memorize import FORMS, Shape, least_parameters, memorize_sizes

NAMES = {"intervals": "M", "folds": "e", "halvings": "K", "address": "a", "pace": "g", "kinks": "J"}
NAMES |= {"line": "w", "offset": "o", "length": "Z"}
LINE = {"line": 5, "offset": 3, "length": 99}
DEEP = [{"intervals": 4, "folds": 7, "halvings": 9, "address": a, "pace": g, **LINE} for a in (0, 1, 3) for g in (1, 2)]
SHAPES = [Shape(form, numbers) for form in ("deep", "narrow") for numbers in DEEP]
SHAPES += [Shape(form, {"kinks": 6, **LINE}) for form in ("straight", "held")]


def certificate(shape: Shape, points: int = 300, inputs: int = 3, most: int = 5, **numbers: int) -> Any:
    """What ``recheck`` reads of a certificate about so many points."""
    depth = memorize_sizes(shape, inputs, most)["depth"]
    parameters = {NAMES[name]: number for name, number in shape.numbers.items()}
    parameters |= {"N": points, "R": most, "W_L": least_parameters(points, depth), "W_any": least_parameters(points)}
    domain = SimpleNamespace(count=points, d=inputs)
    data = {"options": shape.options()}
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


@pytest.mark.parametrize("shape", SHAPES[::5], ids=lambda shape: shape.form)
def test_the_limits_hold_for_the_network(shape: Shape) -> None:
    first, second = lines(certificate(shape))
    assert first.startswith("confirmed: depth ")
    assert first.endswith(" by M1")
    assert second.endswith("for 300 points")
    for name in ("depth", "parameters"):
        with pytest.raises(Wrong, match=rf"^{name} \d+, but the construction has at most \d+$"):
            lines(certificate(shape), **{name: 1})


def test_the_inequality_is_that_of_the_theorem() -> None:
    """``2^N > 2^L ((2N)^L s)^W``, ``s`` the least integer above ``e sqrt(L)``: it excludes just what is below the least."""
    for points in (8, 9, 30, 100, 400):
        for depth in (1, 2, 5, 9):
            least = least_parameters(points, depth)
            assert not excluded(points, least, depth)
            assert least == 0 or excluded(points, least - 1, depth)
    assert excluded(10, 1, 1)  # 1024 > 2 * (20 * 3)
    assert not excluded(5, 1, 1)  # 32 < 2 * (10 * 3)
    assert not excluded(6, 1, 1)  # 64 < 2 * (12 * 3), although 64 > 2 * (12 * 2): s = 3, e = 2.718
    assert not excluded(7, 0, 7)  # 128 = 2^7
    assert excluded(8, 0, 7)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"N": 301}, "N is not the number of points, 300"),
        ({"M": 5}, "the options are not the numbers that the bounds are evaluated at"),
        ({"w": 6}, "the options are not the numbers that the bounds are evaluated at"),
        ({"W_L": 301}, "W_L is 301, more than the number of points"),
        ({"W_any": 301}, "W_any is 301, more than the number of points"),
    ],
)
def test_numbers_that_are_not_those_of_the_network(numbers: dict[str, int], message: str) -> None:
    with pytest.raises(Wrong, match=f"^{message}$"):
        lines(certificate(SHAPES[0], **numbers))


def test_the_least_number_is_excluded_below() -> None:
    shape = Shape("held", {"kinks": 6, **LINE})
    at_this_depth, at_any = least_parameters(300, 3), least_parameters(300)
    assert lines(certificate(shape, W_L=0, W_any=0))[1:]
    for name, least in (("W_L", at_this_depth), ("W_any", at_any)):
        with pytest.raises(Wrong, match=f"^{name} is not excluded below$"):
            lines(certificate(shape, **{name: least + 1}))
        assert lines(certificate(shape, **{name: least - 1}))[1:]


@pytest.mark.parametrize("form", FORMS)
def test_a_number_that_is_missing(form: str) -> None:
    shape = next(shape for shape in SHAPES if shape.form == form)
    for name in certificate(shape).parameters:
        short = certificate(shape)
        del short.parameters[name]
        with pytest.raises(Unusable, match=f"^no parameter {name}$"):
            Memory(short)


def test_a_number_beyond_what_is_evaluated() -> None:
    for option, most in {"address": 16, "halvings": 60, "folds": 20_000, "pace": 2}.items():
        allowed, beyond = (Shape("deep", {**DEEP[0], option: number}) for number in (most, most + 1))
        assert Memory(certificate(allowed)).limits()
        with pytest.raises(Unusable, match=f"^parameter {NAMES[option]} is more than {most}$"):
            Memory(certificate(beyond))


def test_another_route_or_form() -> None:
    other = certificate(SHAPES[0])
    other.route = "radial"
    with pytest.raises(Unusable, match=r"^radial is no route of M1"):
        Memory(other)
    other = certificate(SHAPES[0])
    other.data["options"]["form"] = "wide"
    with pytest.raises(Unusable, match=r"^the option form: wide is not known"):
        Memory(other)
