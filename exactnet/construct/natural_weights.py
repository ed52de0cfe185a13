"""Natural weights: a right inverse of any first layer of full rank, and the networks that it makes equal (docs/natural-weights.md).

For a ``D x q`` matrix W of rank q, ``P = W (W^T W)^-1`` satisfies ``W^T P = I``. With forms ``s_j z_j + b_j`` in the q parts of
z, and ``M z + c = sum (s_j z_j + b_j) p_j`` over the columns of P, the columns of W read the forms: ``w_j (M z + c) = s_j z_j +
b_j``. So ``h_W(M z + c) = min(1, sum [s_j z_j + b_j]+)`` for all real z, whatever W. Of all P this one has the shortest ``M z +
c``: its square is at most ``sum (s_j z_j + b_j)^2 / sigma_min(W)^2``.

``[-psi z - (K-1)]+`` for psi of ±1 and a clause z of K literals, as numbers 1, -1, 0: 1 if psi violates z, else 0, as then
``psi z >= -K + 2``.

References
----------
A. Daniely, G. Vardi, *Hardness of learning neural networks with natural weights*, NeurIPS 2020.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Literal

from gmpy2 import mpq, mpz
from sympy import QQ
from sympy.polys.matrices import DomainMatrix

from exactnet.claims.matrices.algebra import Matrix, Vector, product, transpose
from exactnet.kernel.network import Network, Node, affine, relu

__all__ = [
    "Law",
    "clause_network",
    "clause_rows",
    "draw_assignment",
    "draw_weights",
    "kernel_vector",
    "right_inverse",
    "simulating_network",
]

#: The laws that weights are drawn from: standard normal, uniform on [-1, 1].
Law = Literal["normal", "uniform"]


def draw_weights(law: Law, rows: int, columns: int, bits: int, seed: int) -> Matrix:
    """Weights of a law, rounded to multiples of ``2^-bits``: row by row, by Python's generator of this seed.

    Each is ``round(2^bits * gauss(0, 1))``, or ``randint(-2^bits, 2^bits)``, over ``2^bits``.

    >>> draw_weights("uniform", 1, 2, 3, 1)
    ((mpq(-1,2), mpq(-3,4)),)
    """
    source, one = random.Random(seed), 2**bits

    def draw() -> int:
        return round(source.gauss(0, 1) * one) if law == "normal" else source.randint(-one, one)

    return tuple(tuple(mpq(draw(), one) for _ in range(columns)) for _ in range(rows))


def draw_assignment(variables: int, seed: int) -> Vector:
    """An assignment, 1 or -1 for each variable, by Python's generator of this seed.

    >>> draw_assignment(3, 1)
    (mpq(-1,1), mpq(-1,1), mpq(1,1))
    """
    source = random.Random(seed)
    return tuple(mpq(source.choice((-1, 1))) for _ in range(variables))


def _domain_matrix(matrix: Matrix) -> DomainMatrix:
    rows = [[QQ(int(value.numerator), int(value.denominator)) for value in row] for row in matrix]
    return DomainMatrix(rows, (len(rows), len(rows[0])), QQ)


def _rational(value: object) -> mpq:
    return mpq(mpz(value.numerator), mpz(value.denominator))  # type: ignore[attr-defined]


def kernel_vector(weights: Matrix) -> Vector | None:
    """A vector ``v != 0`` with ``W v = 0``; None if the columns are independent.

    >>> kernel_vector(((mpq(1), mpq(2)),))
    (mpq(-2,1), mpq(1,1))
    """
    basis = _domain_matrix(weights).nullspace().to_list()
    return tuple(map(_rational, basis[0])) if basis else None


def right_inverse(weights: Matrix) -> Matrix:
    """``P = W (W^T W)^-1`` for a W with independent columns: ``W^T P = I``.

    >>> right_inverse(((mpq(1),), (mpq(2),)))
    ((mpq(1,5),), (mpq(2,5),))
    """
    square = _domain_matrix(product(transpose(weights), weights)).to_dense()
    inverse = tuple(tuple(map(_rational, row)) for row in square.inv().to_list())
    return product(weights, inverse)


def clause_rows(assignment: Vector, literals: int, blocks: int) -> tuple[Matrix, Matrix]:
    """The forms ``-psi`` and the biases ``-(K-1)`` of gates that find clauses violated by ``psi``, one for each block."""
    form = tuple(-value for value in assignment)
    return (form,) * blocks, ((mpq(1 - literals),),) * blocks


def _clipped(sums: Sequence[tuple[str, dict[str, mpq], mpq]]) -> Iterator[Node]:
    """``min(1, sum [form + bias]+)``: with s the sum, ``s - [s - 1]+``."""
    for name, form, bias in sums:
        yield relu(name, form, bias)
    ones = {name: mpq(1) for name, _, _ in sums}
    yield relu("above", ones, -1)
    yield affine("y", {**ones, "above": mpq(-1)})


def _inputs(forms: Matrix) -> list[list[str]]:
    return [[f"z{block}_{i}" for i in range(1, len(form) + 1)] for block, form in enumerate(forms, 1)]


def _form(names: Sequence[str], form: Vector) -> dict[str, mpq]:
    return {name: value for name, value in zip(names, form, strict=True) if value}


def clause_network(forms: Matrix, biases: Matrix) -> Network:
    """``h*(z) = min(1, sum [s_j z_j + b_j]+)``.

    >>> clause_network(*clause_rows((mpq(1), mpq(-1)), 2, 1))([-1, 1])
    (mpq(1,1),)
    """
    inputs = _inputs(forms)
    rows = zip(inputs, forms, biases, strict=True)
    sums = [(f"h{j}", _form(names, form), bias) for j, (names, form, (bias,)) in enumerate(rows, 1)]
    return Network([name for names in inputs for name in names], list(_clipped(sums)), ["y"])


def simulating_network(weights: Matrix, inverse: Matrix, forms: Matrix, biases: Matrix) -> Network:
    """``h_W(M z + c)``: the coordinates of ``M z + c`` as affine nodes, then the natural network on them."""
    inputs = _inputs(forms)
    nodes: list[Node] = []
    for place, row in enumerate(inverse, 1):
        form = {
            name: p * value
            for p, names, block in zip(row, inputs, forms, strict=True)
            for name, value in zip(names, block, strict=True)
            if p * value
        }
        nodes.append(affine(f"x{place}", form, sum((p * bias for p, (bias,) in zip(row, biases, strict=True)), mpq(0))))
    names = [node.id for node in nodes]
    sums = [(f"h{j}", _form(names, column), mpq(0)) for j, column in enumerate(transpose(weights), 1)]
    return Network([name for part in inputs for name in part], [*nodes, *_clipped(sums)], ["y"])
