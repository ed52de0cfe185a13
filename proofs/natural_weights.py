"""Natural weights: networks with random first weights compute what networks that read clauses compute, on mapped inputs.

Claim: (W1) For every first layer W of full rank there is a linear map `z -> Mz + c` with which `min(1, sum [w_j x]+)` is 1 where a
hidden assignment violates one of the clauses of `z`, else 0. So examples of clauses, mapped, are examples of the natural network.

Source: A. Daniely, G. Vardi, *Hardness of learning neural networks with natural weights*, NeurIPS 2020: for depth-2 networks and
weights of natural distributions, such as the normal and the uniform one, no efficient algorithm learns most networks under every
input distribution, if random K-SAT is hard to refute. That is conditional and asymptotic; the simulation here is its finite core,
reconstructed (docs/natural-weights.md).

Checked: `W^T P = I` exactly, which makes the simulation an identity on all real `z`; every gate on every clause; the least
singular value by positive definiteness; 60 examples through the natural network; smaller rows also as networks, on all of `R^(qn)`,
by cells.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import pairwise
from math import erf, sqrt
from typing import NamedTuple

from gmpy2 import isqrt, mpq

from exactnet.certify.cells import decide
from exactnet.certify.matrices import outward
from exactnet.certify.natural_weights import certify_simulation
from exactnet.claims.cells.claims import Claim
from exactnet.claims.cells.polyhedron import Polyhedron
from exactnet.claims.matrices.algebra import Vector, dot, transpose
from exactnet.claims.matrices.certificate import Certificate
from exactnet.claims.matrices.natural_weights import clauses, largest_coordinate
from exactnet.construct.natural_weights import Law, clause_network, draw_assignment, draw_weights, simulating_network
from exactnet.theory.natural_weights import length_bound

from .table import Cell, Table

__all__ = ["FULL", "QUICK", "Row", "bins_table", "table"]

#: Bits of a weight; how many examples are evaluated; the most wires of a mapped network that is compared by cells.
BITS, EXAMPLES, WIRES = 10, 60, 25_000


class Row(NamedTuple):
    """Variables, literals, clauses in an example, inputs of the natural network, its law and seed."""

    n: int
    literals: int
    q: int
    inputs: int
    law: Law
    seed: int


SMALL = (Row(10, 3, 6, 12, "normal", 1), Row(10, 3, 6, 6, "normal", 1))
LARGE = (*SMALL, Row(20, 3, 16, 64, "normal", 2), Row(20, 3, 16, 64, "uniform", 2), Row(30, 4, 32, 128, "normal", 3))


def _certificate(row: Row) -> Certificate:
    weights = draw_weights(row.law, row.inputs, row.q, BITS, row.seed)
    most = mpq(1) if row.law == "uniform" else None
    assignment = draw_assignment(row.n, row.seed)
    result = certify_simulation(weights, assignment, row.literals, step=mpq(1, 2**BITS), most=most)
    if result.judgement.verdict != "certified":
        raise AssertionError(f"{row}: {result.judgement.reason}")
    return result.certificate


def _examples(row: Row, assignment: Vector) -> list[tuple[list[dict[int, int]], int]]:
    """Random examples with their labels: clauses as signs by variable; a violated one is mended nine times in ten."""
    draws = random.Random(row.seed)
    for _ in range(row.n):
        draws.choice((-1, 1))  # the assignment
    examples = []
    for _ in range(EXAMPLES):
        parts, label = [], 0
        for _ in range(row.q):
            places = draws.sample(range(row.n), row.literals)
            signs = [draws.choice((-1, 1)) for _ in places]
            if draws.random() < 0.9 and all(sign == -assignment[i] for sign, i in zip(signs, places, strict=True)):
                signs[0] = -signs[0]
            label |= all(sign == -assignment[i] for sign, i in zip(signs, places, strict=True))
            parts.append(dict(zip(places, signs, strict=True)))
        examples.append((parts, label))
    return examples


def _evaluate(row: Row, certificate: Certificate) -> tuple[mpq, int]:
    """The largest coordinate of all examples and how many have the label 1; raises ``AssertionError`` for another label."""
    matrices = certificate.matrices
    forms, columns = matrices["forms"], transpose(matrices["weights"])
    largest, ones = mpq(0), 0
    for parts, label in _examples(row, matrices["assignment"][0]):
        pairs = zip(parts, forms, matrices["biases"], strict=True)
        values = tuple(sum((form[i] * sign for i, sign in part.items()), bias) for part, form, (bias,) in pairs)
        x = tuple(dot(line, values) for line in matrices["inverse"])
        output = min(sum((max(dot(column, x), mpq(0)) for column in columns), mpq(0)), mpq(1))
        if output != label:
            raise AssertionError(f"{row}: an example of the label {label} has the output {output}")
        largest, ones = max(largest, *map(abs, x)), ones + label
    return largest, ones


def _compared(row: Row, certificate: Certificate) -> str:
    """Cells of the proof that the two networks are equal on all real inputs; raises ``AssertionError`` if they are not."""
    if row.inputs * row.q * row.n > WIRES:
        return "by the identity"
    matrices = certificate.matrices
    forms = (matrices["forms"], matrices["biases"])
    networks = (simulating_network(matrices["weights"], matrices["inverse"], *forms), clause_network(*forms))
    equal = decide(Claim("equal"), networks, Polyhedron(row.q * row.n))
    if equal.verdict != "certified":
        raise AssertionError(f"{row}: the networks differ at {equal.points}")
    return f"by cells too: {equal.leaves}"


def _expected(row: Row) -> str:
    """``(sqrt D - sqrt q)^2`` times the variance of the law, in decimals, rounded down."""
    variance = mpq(1) if row.law == "normal" else mpq(1, 3)
    root = isqrt(row.inputs * row.q * 10**12)
    value = variance * (row.inputs + row.q - mpq(2 * root, 10**6))
    return outward(value, value, 2).split()[0]


def table(instances: Iterable[Row], name: str) -> Table:
    """Certify every row; raises ``AssertionError`` unless all are certified."""
    rows: list[tuple[Cell, ...]] = []
    for row in instances:
        certificate = _certificate(row)
        numbers, inverse = certificate.numbers, certificate.matrices["inverse"]
        bits = max(max(v.numerator.bit_length(), v.denominator.bit_length()) for line in inverse for v in line)
        seen, ones = _evaluate(row, certificate)
        every = largest_coordinate(inverse, row.literals)
        lengths = length_bound(row.q, row.literals, numbers["low"])
        rows.append(
            (
                f"{row.n}, {row.literals}, {row.q}, {row.inputs}",
                row.law,
                clauses(row.n, row.literals),
                int(bits),
                outward(numbers["low"], numbers["high"], 4),
                _expected(row),
                *(outward(value, value, 2).split()[2] for value in (seen, every, lengths)),
                f"{EXAMPLES}, {ones} of label 1",
                _compared(row, certificate),
                "certified",
            )
        )
    heads = (
        "`n, K, q, D`",
        f"law, {BITS} bits",
        "clauses",
        "bits of `M`",
        "`sigma_min^2`, from ... to",
        "`v(sqrt D - sqrt q)^2`",
        "largest coordinate, these examples",
        "all examples",
        "`|Mz + c|^2`, at most",
        "examples evaluated",
        "equal on `R^(qn)`",
        "verdict",
    )
    caption = (
        "Networks with `q` neurons over `D` inputs and random weights compute whether one of `q` clauses is violated."
    )
    note = (
        "Clauses of `K` literals over `n` variables, all of them checked at every gate. `v` is the variance of the law: large "
        "matrices of independent entries have about this `sigma_min^2`, which is no bound. All examples: the largest coordinate "
        "that any `q` clauses give. Weights are those of Python's generator with the seeds 1, 1, 2, 2, 3."
    )
    return Table(name, caption, heads, rows, notes=(note,))


def bins_table(row: Row, name: str) -> Table:
    """How many weights lie in each interval of length 1/2, beside what the law expects (in floats: nothing rests on it)."""
    entries = [value for line in draw_weights(row.law, row.inputs, row.q, BITS, row.seed) for value in line]
    ends = [mpq(i, 2) for i in range(-6, 7)]
    bins: list[tuple[mpq | None, mpq | None]] = [(None, ends[0]), *pairwise(ends), (ends[-1], None)]

    def below(end: mpq | None, without: float) -> float:
        return without if end is None else (1 + erf(float(end) / sqrt(2))) / 2

    rows: list[tuple[Cell, ...]] = []
    for low, high in bins:
        count = sum((low is None or value >= low) and (high is None or value < high) for value in entries)
        expected = len(entries) * (below(high, 1.0) - below(low, 0.0))
        rows.append(
            (f"{'' if low is None else low} to {'' if high is None else high}".strip(), count, f"{expected:.1f}")
        )
    name_of_row = f"{row.n}, {row.literals}, {row.q}, {row.inputs} ({row.law})"
    caption = f"The {len(entries)} weights of the row `n, K, q, D` = {name_of_row}, by size."
    rule = f"`round(2^{BITS} g)/2^{BITS}` for a number `g` of Python's normal generator"
    note = f"Each is {rule}. That they are random is not proved by a count."
    return Table(name, caption, ("interval", "weights", "expected"), rows, notes=(note,))


QUICK: Mapping[str, Callable[[], Table]] = {
    "natural-weights-quick": partial(table, SMALL, "natural-weights-quick"),
    "natural-weights-bins": partial(bins_table, LARGE[2], "natural-weights-bins"),
}
FULL: Mapping[str, Callable[[], Table]] = {"natural-weights": partial(table, LARGE, "natural-weights")}
