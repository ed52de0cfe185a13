"""Build a network with the activation EUAF, and certify what it does for all real inputs."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product

from gmpy2 import mpq

from exactnet.claims.euaf import (
    MOST_INPUTS,
    Box,
    Certificate,
    Labels,
    Polynomial,
    Target,
    Values,
    Within,
    meets,
    verify,
    worst_error,
)
from exactnet.construct.euaf.decoding import Moduli, find_moduli, find_weight, search
from exactnet.construct.euaf.network import boolean_network, cell_centre, copies_network, good_intervals
from exactnet.kernel.errors import DomainError, FormatError, SizeError, clip_text
from exactnet.kernel.rationals import format_rational, lcm_all
from exactnet.theory.arithmetic import evaluate, parse

__all__ = ["MOST_VALUES", "approximate", "boolean", "fit_labels", "read_polynomial"]

#: Most values that one weight is to hold.
MOST_VALUES = 5000
#: Most bits of a Boolean function's table.
MOST_BITS = 64
_MOST_DEGREE = 100
_BOOLEAN_TRIES = 3000


def read_polynomial(text: str, inputs: int | None = None) -> Polynomial:
    """A polynomial in ``x1, ..., xd`` (``x`` is ``x1``), from text.

    Raises an error that names the place for anything else.

    >>> read_polynomial("4*x - 4*x^2").terms
    (((1,), mpq(4,1)), ((2,), mpq(-4,1)))
    """
    exponents = [1 if name == "x" else int(name[1:]) for name in re.findall(r"x[1-9]\d{0,3}|x", text, re.ASCII)]
    d = max(exponents, default=1) if inputs is None else inputs
    names = {"x": 0, **{f"x{i + 1}": i for i in range(d)}}
    terms = _expanded(parse(text, names, "function"), names, d)
    return Polynomial(tuple(sorted((e, c) for e, c in terms.items() if c)) or (((0,) * d, mpq(0)),))


def _expanded(tree: ast.expr, names: dict[str, int], d: int) -> dict[tuple[int, ...], mpq]:
    """A polynomial as its coefficients by exponents."""
    one = (0,) * d
    match tree:
        case ast.Constant():
            return {one: evaluate(tree, {}, "function")}
        case ast.Name():
            return {tuple(int(i == names[tree.id]) for i in range(d)): mpq(1)}
        case ast.UnaryOp():
            return {e: -c for e, c in _expanded(tree.operand, names, d).items()}
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            total = _expanded(tree.left, names, d)
            sign = 1 if isinstance(tree.op, ast.Add) else -1
            for e, c in _expanded(tree.right, names, d).items():
                total[e] = total.get(e, mpq(0)) + sign * c
            return total
        case ast.BinOp(op=ast.Mult()):
            return _times(_expanded(tree.left, names, d), _expanded(tree.right, names, d))
        case ast.BinOp(op=ast.Div()):
            divisor = _expanded(tree.right, names, d)
            if set(divisor) <= {one} and divisor.get(one):
                return {e: c / divisor[one] for e, c in _expanded(tree.left, names, d).items()}
        case ast.BinOp(op=ast.Pow()):
            exponent = evaluate(tree.right, {}, "function")
            if 0 <= exponent <= _MOST_DEGREE:
                power = {one: mpq(1)}
                base = _expanded(tree.left, names, d)
                for _ in range(int(exponent)):
                    power = _times(power, base)
                return power
    shown = ast.unparse(tree).replace("'", "")
    raise FormatError(f"function: {clip_text(shown)} is no polynomial (of degree up to {_MOST_DEGREE})")


def _times(left: dict[tuple[int, ...], mpq], right: dict[tuple[int, ...], mpq]) -> dict[tuple[int, ...], mpq]:
    total: dict[tuple[int, ...], mpq] = {}
    for (e, c), (f, b) in product(left.items(), right.items()):
        key = tuple(i + j for i, j in zip(e, f, strict=True))
        if max(key, default=0) > _MOST_DEGREE or len(total) > MOST_VALUES:
            raise FormatError(f"function: more than degree {_MOST_DEGREE}, or than {MOST_VALUES} terms")
        total[key] = total.get(key, mpq(0)) + c * b
    return total


def _sampled(inputs: int, cells: int, value: Callable[[int, tuple[int, ...]], mpq]) -> list[list[mpq]]:
    """The values of each copy in the order of the decoder's index."""
    if not 1 <= inputs <= MOST_INPUTS:
        raise DomainError(f"{inputs} inputs; from 1 to {MOST_INPUTS} are possible")
    if cells < 1 or (cells + 2) ** inputs > MOST_VALUES:
        raise SizeError(
            f"{cells} cells in {inputs} dimensions are {(cells + 2) ** inputs} values, more than {MOST_VALUES}"
        )
    places = [index[::-1] for index in product(range(cells + 2), repeat=inputs)]
    return [[value(copy, index) for index in places] for copy in range(2 * inputs + 1)]


def approximate(
    function: Target, inputs: int, cells: int, error: mpq | None = None, step: int | None = None
) -> Certificate:
    """A network within a certified distance of a function on ``[0, 1]^d``.

    Parameters
    ----------
    cells : cells in each direction; the more, the nearer.
    error : how far decoded values may be off. Default: 1/(4 cells^2) of the range of the function's values.
    step : coprime moduli ``1 + (k+1)*step`` for decoding, in place of the smallest that are found.

    Raises
    ------
    SizeError, DomainError, FormatError
        for too many values or inputs, and for moduli that are not coprime.

    Examples
    --------
    >>> found = approximate(read_polynomial("x^2"), 1, 16)
    >>> sum(found.network.widths), found.network.widths, float(found.claim.epsilon) < 1 / 16
    (24, [4, 6, 3, 3, 3, 3, 2], True)
    """
    m = 2 * inputs + 1
    values = _sampled(inputs, cells, lambda s, index: function([cell_centre(cells, m, s, k) for k in index]))
    low, high = min(map(min, values)), max(map(max, values))
    scale = high - low or mpq(1)
    copies = [[(y - low) / scale for y in row] for row in values]
    moduli, weights = find_moduli(copies, error / scale if error is not None else mpq(1, 4 * cells**2), step)
    network, decoded, ordered = copies_network(inputs, cells, moduli, weights, low, low + scale)
    certificate = Certificate(network, Within(function, mpq(0)), decoded, ordered, good_intervals(inputs, cells))
    return replace(certificate, claim=Within(function, worst_error(certificate)))


def fit_labels(regions: Sequence[tuple[Box, mpq]], inputs: int, cells: int) -> Certificate:
    """A network that is equal to a label on each of some boxes in ``[0, 1]^d``.

    Raises
    ------
    DomainError
        for two boxes with different labels that a cell may meet, both named, and for one outside the cube.
    """
    for number, (box, _) in enumerate(regions, 1):
        if len(box) != inputs or not all(0 <= low <= high <= 1 for low, high in box):
            raise DomainError(f"region {number} is no box in [0, 1]^{inputs}")
    _check_distances(regions, cells)
    m = 2 * inputs + 1
    labels = [label for _, label in regions]
    denominator = lcm_all(label.denominator for label in labels)
    low = min(labels)
    steps = max(1, int((max(labels) - low) * denominator))
    half = mpq(1, 2 * cells)

    def value(copy: int, index: tuple[int, ...]) -> mpq:
        middle = [(k - mpq(copy, m)) / cells for k in index]
        cell = tuple((max(mpq(0), x - half), min(mpq(1), x + half)) for x in middle)
        met = next((label for box, label in regions if meets(cell, box)), low)
        return (met - low) * denominator / steps

    moduli, weights = find_moduli(_sampled(inputs, cells, value), mpq(1, 4 * steps))
    network, decoded, ordered = copies_network(
        inputs, cells, moduli, weights, low, low + mpq(steps, denominator), steps
    )
    certificate = Certificate(network, Labels(tuple(regions)), decoded, ordered, good_intervals(inputs, cells))
    verify(certificate)
    return certificate


def _check_distances(regions: Sequence[tuple[Box, mpq]], cells: int) -> None:
    for j, (box, label) in enumerate(regions, 1):
        for i, (other, its) in enumerate(regions[: j - 1], 1):
            apart = max(max(a - v, u - b) for (a, b), (u, v) in zip(box, other, strict=True))
            if label != its and apart * cells <= 1:
                what = f"regions {i} and {j} have labels {format_rational(its)} and {format_rational(label)}"
                if apart <= 0:
                    raise DomainError(f"{what}, and a point in common")
                raise DomainError(
                    f"{what}, at distance {format_rational(apart)}: more than {1 / apart} cells are needed"
                )


def boolean(table: str, step: int | None = None, moduli: Moduli | None = None) -> Certificate:
    """Four neurons for a Boolean function, whose values stand in a text of ``2^n`` digits; ``x1`` is the lowest bit.

    Parameters
    ----------
    step : coprime moduli ``1 + (k+1)*step``.
    moduli : start and step of other moduli. By default, small ones are searched.

    >>> found = boolean("0110")
    >>> found.network.widths, found.network([mpq(1), mpq(0)])
    ([1, 1, 2], mpq(1,1))
    """
    n = len(table).bit_length() - 1
    if not re.fullmatch("[01]{2,}", table, re.ASCII) or len(table) != 2**n:
        raise FormatError(f"{clip_text(table)} is no table of 2^n digits 0 and 1")
    if len(table) > MOST_BITS:
        raise SizeError(f"a table of {len(table)} bits; at most {MOST_BITS} are possible")
    bits = [mpq(int(bit)) for bit in table]
    quarter = mpq(1, 4)
    weight = None
    if moduli is not None:
        weight = find_weight(bits, quarter, moduli, _BOOLEAN_TRIES)
    elif step is None:
        moduli, weight = search(bits, quarter, 2 * len(bits) + 8) or (None, None)
    if moduli is None or weight is None:
        moduli, (weight,) = find_moduli([bits], quarter, step)
    points = [tuple(mpq(k >> i & 1) for i in range(n)) for k in range(2**n)]
    certificate = Certificate(boolean_network(n, moduli, weight), Values(tuple(zip(points, bits, strict=True))))
    verify(certificate)
    return certificate
