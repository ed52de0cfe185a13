"""Natural weights: any first layer of full rank simulates another one, by a linear map of the inputs (docs/natural-weights.md).

``h_W(x) = min(1, sum of [w_j x]+)`` over the columns ``w_j`` of W. With ``W^T P = I`` and ``M z + c = sum over j of
(s_j z_j + b_j) p_j``, where ``p_j`` are the columns of P, ``w_j (M z + c) = s_j z_j + b_j`` for all real z: so
``h_W(M z + c) = min(1, sum of [s_j z_j + b_j]+)``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from itertools import product as every
from math import comb
from operator import mul

from gmpy2 import mpq

from exactnet.claims.matrices.algebra import (
    Matrix,
    Vector,
    is_positive_definite,
    minus,
    multiple_of_identity,
    product,
    shape,
    transpose,
)
from exactnet.claims.matrices.rank import Condition
from exactnet.kernel.errors import FormatError, SizeError
from exactnet.kernel.rationals import lcm_all

__all__ = ["clauses", "largest_coordinate", "misread_clause", "simulation_conditions"]


def clauses(n: int, k: int) -> int:
    """How many clauses of k literals over n variables there are.

    >>> clauses(10, 3)
    960
    """
    return comb(n, k) << k


def misread_clause(form: Vector, bias: mpq, assignment: Vector, k: int) -> list[int] | None:
    """The first clause z of k literals that a gate misreads; None if there is none.

    ``[form z + bias]+`` is to be 1 where the assignment violates z, and 0 elsewhere.

    A clause is its literals, such as ``[1, -3, 4]``; it is violated iff every literal is false.

    >>> form, assignment = (mpq(-1), mpq(1)), (mpq(1), mpq(-1))
    >>> misread_clause(form, mpq(-1), assignment, 2), misread_clause(form, mpq(0), assignment, 2)
    (None, [-1, 2])
    """
    den = lcm_all([value.denominator for value in (*form, bias)])
    weights, constant, one = [int(value * den) for value in form], int(bias * den), int(den)
    violating = [-int(value) for value in assignment]
    for places in combinations(range(len(form)), k):
        chosen = [weights[place] for place in places]
        violated = tuple(violating[place] for place in places)
        for signs in every((-1, 1), repeat=k):
            value = constant + sum(map(mul, signs, chosen))
            if max(value, 0) != (one if signs == violated else 0):
                return [sign * (place + 1) for sign, place in zip(signs, places, strict=True)]
    return None


def simulation_conditions(matrices: Mapping[str, Matrix], numbers: Mapping[str, mpq], most: int) -> Iterator[Condition]:
    """W1: ``h_W(M z + c)`` is 1 where ``assignment`` violates one of the q clauses of z, else 0.

    Parameters
    ----------
    matrices : ``weights`` (D x q), ``inverse`` P (D x q), ``forms`` s_j (q x n), ``biases`` b_j (q x 1), ``assignment`` (1 x n).
    numbers : ``literals`` in a clause; ``low < sigma_min(W)^2 <= high``; every entry of W is a multiple of ``step``, and at most
        ``most`` in absolute value.
    most : clauses that may be enumerated.

    Raises
    ------
    SizeError
        for more clauses.
    """
    weights, inverse, forms = matrices["weights"], matrices["inverse"], matrices["forms"]
    (rows, q), n = shape(weights), len(forms[0])
    assignment, k = matrices["assignment"][0], int(numbers["literals"])
    shapes = [shape(matrices[name]) for name in ("inverse", "forms", "biases", "assignment")]
    if shapes != [(rows, q), (q, n), (q, 1), (1, n)] or numbers["literals"] != k or not 1 <= k <= n:
        raise FormatError(
            "weights and inverse are D x q, forms q x n, biases q x 1, assignment 1 x n, literals from 1 to n"
        )
    step, largest = numbers["step"], max(abs(value) for row in weights for value in row)
    of_law = (
        step > 0 and largest <= numbers["most"] and all((v / step).denominator == 1 for row in weights for v in row)
    )
    yield "weights are multiples of 'step', at most 'most' in absolute value", of_law
    yield "the assignment is 1 or -1 everywhere", all(abs(value) == 1 for value in assignment)
    yield "weights^T inverse is the identity", product(transpose(weights), inverse) == multiple_of_identity(q, mpq(1))
    gates = dict.fromkeys((form, bias) for form, (bias,) in zip(forms, matrices["biases"], strict=True))
    count = clauses(n, k)
    if count * len(gates) > most:
        raise SizeError(f"{count} clauses at {len(gates)} different gates are more than {most}")
    misread = next((clause for gate in gates if (clause := misread_clause(*gate, assignment, k)) is not None), None)
    shown = "" if misread is None else f" ({misread} is misread)"
    yield f"every gate is right on all {count} clauses{shown}", misread is None
    square = product(transpose(weights), weights)
    low, high = (minus(square, multiple_of_identity(q, numbers[end])) for end in ("low", "high"))
    yield (
        "low < sigma_min^2 <= high, and low > 0",
        numbers["low"] > 0 and is_positive_definite(low) and not is_positive_definite(high),
    )


def largest_coordinate(inverse: Matrix, k: int) -> mpq:
    """The largest ``|M z + c|`` of one coordinate over all examples: every part of z is some clause of k literals.

    >>> largest_coordinate(((mpq(1, 2),), (mpq(0),)), 2)
    mpq(3,2)
    """
    far = mpq(2 * k - 1)  # a form goes from -far to 1
    return max(max(sum((max(sign * p, -sign * far * p) for p in row), mpq(0)) for sign in (1, -1)) for row in inverse)
