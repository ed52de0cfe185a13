"""Functions of one integer, held against their definition at every integer."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from exactnet.evaluate import piecewise


@st.composite
def functions(draw: st.DrawFn) -> tuple[int, dict[int, int], int]:
    """An offset, kinks and a size."""
    size = draw(st.integers(1, 40))
    numbers = st.integers(-6, 6) | st.integers(-(2**70), 2**70)
    kinks = draw(st.dictionaries(st.integers(0, size - 2), numbers.filter(bool), max_size=6)) if size > 1 else {}
    return draw(numbers), kinks, size


def values(offset: int, kinks: dict[int, int], size: int) -> list[int]:
    return [offset + sum(d * max(n - t, 0) for t, d in kinks.items()) for n in range(size)]


def check_normal(kinks: dict[int, int], size: int) -> None:
    assert all(0 <= t <= size - 2 and d for t, d in kinks.items())


@given(functions())
def test_relu(f: tuple[int, dict[int, int], int]) -> None:
    offset, kinks = piecewise.relu(*f)
    check_normal(kinks, f[2])
    assert values(offset, kinks, f[2]) == [max(v, 0) for v in values(*f)]


@given(functions())
def test_step(f: tuple[int, dict[int, int], int]) -> None:
    offset, kinks = piecewise.step(*f)
    check_normal(kinks, f[2])
    assert values(offset, kinks, f[2]) == [int(v >= 0) for v in values(*f)]


@given(st.integers(-40, 40), st.integers(-9, 9).filter(bool), st.integers(2, 12))
def test_relu_and_step_of_affine(offset: int, slope: int, size: int) -> None:
    f = (offset, {0: slope}, size)
    assert values(*piecewise.relu(*f), size) == [max(v, 0) for v in values(*f)]
    assert values(*piecewise.step(*f), size) == [int(v >= 0) for v in values(*f)]
    check_normal(piecewise.relu(*f)[1], size)
    check_normal(piecewise.step(*f)[1], size)


@given(functions())
def test_bounds_knots_evaluate_dense(f: tuple[int, dict[int, int], int]) -> None:
    offset, kinks, size = f
    pairs = sorted(kinks.items())
    expected = values(*f)
    assert piecewise.bounds(offset, pairs, size) == (min(expected), max(expected))
    assert [piecewise.evaluate(offset, pairs, n) for n in range(size)] == expected
    assert all(expected[n] == v for n, v in piecewise.knots(*f))
    low = min(expected) - offset
    exact = [v - min(expected) for v in expected]
    assert piecewise.dense(pairs, low, size, object).tolist() == exact
    assert piecewise.dense(pairs, low, size, np.uint64).tolist() == [v % 2**64 for v in exact]
