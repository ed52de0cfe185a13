"""Comparison, addition and multiplication of numbers, on all pairs of few bits and on close pairs of many."""

from __future__ import annotations

import random

import pytest

from exactnet.construct.classical.shallow_addition import add_two, compare_two
from exactnet.construct.classical.shallow_multiplication import multiply


def bits_of(number: int, n: int) -> list[int]:
    """Highest first."""
    return [number >> i & 1 for i in range(n - 1, -1, -1)]


def number_of(bits: tuple[object, ...]) -> int:
    return int("".join(str(int(str(bit))) for bit in bits), 2)


def names(letter: str, n: int) -> tuple[str, ...]:
    return tuple(f"{letter}{i}" for i in range(n - 1, -1, -1))


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_all_pairs(n: int) -> None:
    inputs = names("a", n) + names("b", n)
    compared, added = compare_two(inputs, "y"), add_two(inputs, names("s", n + 1))
    multiplied = multiply(inputs, names("p", 2 * n))
    for a in range(1 << n):
        for b in range(1 << n):
            point = bits_of(a, n) + bits_of(b, n)
            assert compared(point) == (a >= b,)
            assert number_of(added(point)) == a + b
            assert number_of(multiplied(point)) == a * b


def test_close_pairs_of_sixteen_bits() -> None:
    n, rnd = 16, random.Random(1)
    inputs = names("a", n) + names("b", n)
    compared, added = compare_two(inputs, "y"), add_two(inputs, names("s", n + 1))
    for _ in range(40):
        a = rnd.randrange(1 << n)
        b = a ^ rnd.choice([0, *(1 << i for i in range(n))])
        point = bits_of(a, n) + bits_of(b, n)
        assert compared(point) == (a >= b,)
        carried = bits_of(a, n) + bits_of(~b & 0xFFFF, n)  # carries run far
        assert number_of(added(carried)) == a + (~b & 0xFFFF)
