"""Natural weights: the matrices of a certificate for a first layer, and the verdict (docs/natural-weights.md)."""

from __future__ import annotations

from gmpy2 import mpq

from exactnet.certify.matrices import Result, bracket
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
from exactnet.claims.matrices.certificate import Certificate, judge
from exactnet.construct.natural_weights import clause_rows, kernel_vector, right_inverse
from exactnet.kernel.errors import FormatError, RefusedError, SizeError, clip_text
from exactnet.kernel.rationals import lcm_all

__all__ = ["certify_simulation"]

#: Bits of the bracket of the least singular value.
BITS = 12
#: The most columns: their Gram matrix is inverted.
MAX_COLUMNS = 128


def certify_simulation(
    weights: Matrix,
    assignment: Vector,
    literals: int,
    *,
    step: mpq | None = None,
    most: mpq | None = None,
    max_clauses: int = 2**28,
) -> Result:
    """Certify (W1) that the network with these first weights reads clauses, on inputs that are mapped linearly.

    Parameters
    ----------
    weights : ``D x q``, a row for each input of the natural network, a column for each of its neurons.
    assignment : the hidden assignment psi, 1 or -1.
    literals : ``K``, in a clause.
    step, most : every weight is a multiple of ``step``, at most ``most`` in absolute value; by default the finest that are true.

    Raises
    ------
    FormatError
        for literals out of range.
    RefusedError
        where the columns are dependent, with ``v != 0`` for which ``W v = 0``.
    SizeError
        for more than 128 columns, or too many clauses.

    Examples
    --------
    >>> identity = ((mpq(1), mpq(0)), (mpq(0), mpq(1)))
    >>> certify_simulation(identity, (mpq(1), mpq(-1), mpq(1)), 2).judgement.verdict
    'certified'
    """
    rows, q = shape(weights)
    if not 1 <= literals <= len(assignment):
        raise FormatError(f"clauses of {literals} literals over {len(assignment)} variables")
    if q > MAX_COLUMNS:
        raise SizeError(f"weights of {q} columns are more than {MAX_COLUMNS}")
    vector = kernel_vector(weights)
    if vector is not None:
        shown = clip_text(" ".join(map(str, vector)), 100)
        why = f"there are {q} columns of {rows} weights" if q > rows else "the columns of the weights are dependent"
        raise RefusedError(
            f"{why}: W v = 0 for v = {shown}, and no inputs have the forms of clauses, whose sum by v is not 0"
        )
    forms, biases = clause_rows(assignment, literals, q)
    entries = [value for row in weights for value in row]
    square = product(transpose(weights), weights)

    def is_below(t: mpq) -> bool:
        return is_positive_definite(minus(square, multiple_of_identity(q, t)))

    low, high = bracket(is_below, min(square[j][j] for j in range(q)), BITS)
    numbers = {
        "literals": mpq(literals),
        "low": low,
        "high": high,
        "step": mpq(1, lcm_all(value.denominator for value in entries)) if step is None else step,
        "most": max(map(abs, entries)) if most is None else most,
    }
    matrices = {
        "weights": weights,
        "inverse": right_inverse(weights),
        "forms": forms,
        "biases": biases,
        "assignment": (assignment,),
    }
    certificate = Certificate("W1 simulation", matrices, numbers)
    return Result(certificate, judge(certificate, max_clauses))
