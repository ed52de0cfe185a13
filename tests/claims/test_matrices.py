"""Matrices of rationals: positive definiteness and gradients against other ways to find them; conditions that are left out."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import product as every

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.claims.matrices.algebra import (
    Matrix,
    dot,
    exceeds_norm,
    gram,
    is_positive_definite,
    multiple_of_identity,
    product,
    squares,
    transpose,
)
from exactnet.claims.matrices.certificate import Certificate, conditions, judge
from exactnet.claims.matrices.natural_weights import clauses, largest_coordinate, misread_clause
from exactnet.claims.matrices.rank import gradient, layers_in, output_of
from exactnet.kernel.errors import FormatError, SizeError

NUMBERS = st.fractions(min_value=-4, max_value=4, max_denominator=6).map(mpq)


@st.composite
def matrices(draw: st.DrawFn, rows: int, columns: int) -> Matrix:
    return tuple(tuple(draw(NUMBERS) for _ in range(columns)) for _ in range(rows))


def numbers(*rows: tuple[int | str, ...]) -> Matrix:
    return tuple(tuple(map(mpq, row)) for row in rows)


def determinant(matrix: Matrix) -> mpq:
    """By cofactors of the first row."""
    if not matrix:
        return mpq(1)
    minors = (tuple(row[:j] + row[j + 1 :] for row in matrix[1:]) for j in range(len(matrix)))
    return sum(((-1) ** j * matrix[0][j] * determinant(minor) for j, minor in enumerate(minors)), mpq(0))


@settings(max_examples=40)
@given(st.integers(1, 4).flatmap(lambda n: matrices(n, n)), st.integers(0, 6))
def test_positive_definite_is_what_leading_minors_say(half: Matrix, shift: int) -> None:
    pairs = zip(half, transpose(half), multiple_of_identity(len(half), mpq(shift)), strict=True)
    symmetric = tuple(tuple(map(sum, zip(*three, strict=True))) for three in pairs)
    minors = [determinant(tuple(row[:k] for row in symmetric[:k])) for k in range(1, len(half) + 1)]
    assert is_positive_definite(symmetric) is all(minor > 0 for minor in minors)


@settings(max_examples=20)
@given(matrices(3, 2), matrices(1, 2))
def test_a_norm_that_is_exceeded_bounds_every_vector(matrix: Matrix, vector: Matrix) -> None:
    image = squares(product(matrix, transpose(vector)))
    for bound in (mpq(1, 3), mpq(2), mpq(30)):
        if exceeds_norm(bound, matrix):
            assert image <= bound * squares(vector)
    assert exceeds_norm(squares(matrix) + mpq(1, 10**9), matrix)
    assert not exceeds_norm(squares(matrix) / 2 - mpq(1, 10**9), matrix)  # two singular values


def test_products_and_norms_of_one_row_are_exact() -> None:
    row = numbers(("1/3", "2/5"))
    assert not exceeds_norm(squares(row), row)
    assert exceeds_norm(squares(row) + mpq(1, 10**30), row)
    assert product(row, transpose(row)) == gram(row) == ((mpq(1, 9) + mpq(4, 25),),)
    with pytest.raises(ValueError, match="not symmetric"):
        is_positive_definite(numbers((1, 2), (3, 4)))
    with pytest.raises(ValueError, match="argument 2"):
        product(row, row)
    with pytest.raises(SizeError, match="minors of a 600 x 600"):
        is_positive_definite(multiple_of_identity(600, mpq(7)))


@settings(max_examples=20)
@given(matrices(3, 2), matrices(2, 3), matrices(1, 2), matrices(1, 2))
def test_gradients_are_quotients_of_differences(first: Matrix, second: Matrix, last: Matrix, points: Matrix) -> None:
    """Exactly: along one weight the output is linear as long as no ReLU changes."""
    layers, point, step = [first, second, last], points[0], mpq(1, 10**12)
    slopes = gradient(layers, point)

    def pre_activations(net: list[Matrix]) -> list[mpq]:
        found, values = [], point
        for layer in net[:-1]:
            sums = tuple(dot(row, values) for row in layer)
            found += sums
            values = tuple(max(z, mpq(0)) for z in sums)
        return found

    if 0 in pre_activations(layers):
        return
    for place, i in every(range(3), range(2)):
        layer = layers[place]
        for row in range(len(layer)):
            column = min(i, len(layer[0]) - 1)
            moved = [list(line) for line in layer]
            moved[row][column] += step
            other = [*layers[:place], tuple(map(tuple, moved)), *layers[place + 1 :]]
            assert output_of(other, point) - output_of(layers, point) == step * slopes[place][row][column]


def test_layers_are_read_in_order_and_bounded() -> None:
    one = numbers((1,))
    assert layers_in({"layer 2": numbers((1, 1)), "layer 1": numbers((1,), (2,))}) == [
        numbers((1,), (2,)),
        numbers((1, 1)),
    ]
    for wrong in (
        {},
        {"layer 2": one},
        {"layer 1": numbers((1,), (2,))},
        {"layer 1": numbers((1,)), "layer 2": numbers((1, 1))},
    ):
        with pytest.raises(FormatError, match="do not fit"):
            layers_in(wrong)
    with pytest.raises(SizeError, match="more than 4096 layers"):
        layers_in({f"layer {place}": one for place in range(1, 4098)})
    with pytest.raises(SizeError, match="values of more than"):
        layers_in({f"layer {place}": ((mpq(2) ** 20000,),) for place in range(1, 60)})


@pytest.mark.parametrize(("n", "k"), [(3, 1), (4, 2), (5, 3), (4, 4)])
def test_clause_gates_are_held_against_the_meaning_of_a_clause(n: int, k: int) -> None:
    """Every gate with small weights is right iff it is on all clauses, each evaluated by its literals."""
    draws = random.Random(n)
    assignment = tuple(mpq(draws.choice((-1, 1))) for _ in range(n))
    vectors = [z for z in every((-1, 0, 1), repeat=n) if sum(map(abs, z)) == k]
    assert len(vectors) == clauses(n, k)
    right = tuple(-value for value in assignment)
    forms = [right, *(tuple(mpq(draws.randint(-1, 1)) for _ in range(n)) for _ in range(20))]
    for form, bias in every(forms, (1 - k, 2 - k, -k)):
        values = [max(dot(form, tuple(map(mpq, z))) + bias, mpq(0)) for z in vectors]
        violated = [all(s * v <= 0 for s, v in zip(z, assignment, strict=True)) for z in vectors]
        clause = misread_clause(form, mpq(bias), assignment, k)
        assert (clause is None) is (values == violated)
        if clause is not None:
            z = [0] * n
            for literal in clause:
                z[abs(literal) - 1] = 1 if literal > 0 else -1
            place = vectors.index(tuple(z))
            assert values[place] != violated[place]
    assert misread_clause(right, mpq(1 - k), assignment, k) is None
    assert (
        misread_clause(right, mpq(2 - k), assignment, k) is not None
    )  # the bias -(K-2) reads some satisfied clause as violated


def test_the_largest_coordinate_is_that_of_some_example() -> None:
    draws = random.Random(3)
    inverse = tuple(tuple(mpq(draws.randint(-9, 9), 4) for _ in range(3)) for _ in range(4))
    k = 2
    values = every((1, -1, -3), repeat=3)  # what a form can be on a clause: 1 - 2j for j true literals
    assert largest_coordinate(inverse, k) == max(abs(dot(row, tuple(map(mpq, v)))) for v in values for row in inverse)


def test_other_matrices_than_those_of_the_statement_are_refused() -> None:
    one = numbers((1,))
    right = {"points": one, "labels": one, "layer 1": one, "multipliers": one}
    assert judge(Certificate("K3 KKT", right)).verdict == "certified"
    changes: list[Callable[[dict[str, Matrix]], object]] = [
        lambda m: m.pop("labels"),
        lambda m: m.update({"layer 3": one}),
        lambda m: m.update(extra=one),
        lambda m: m.update(multipliers=numbers((1, 1))),
        lambda m: m.update(points=numbers((1, 1))),
        lambda m: m.update(labels=numbers((1,), (1,))),
    ]
    for change in changes:
        wrong = dict(right)
        change(wrong)
        with pytest.raises(FormatError):
            judge(Certificate("K3 KKT", wrong))
    with pytest.raises(FormatError, match="K3 KKT is about other"):
        list(conditions(Certificate("K3 KKT", right, {"mean": mpq(1)}), 1))
