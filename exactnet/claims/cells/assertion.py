"""What must not happen, as ``and`` and ``or`` of linear comparisons of a network's inputs and outputs, and by how far it does not.

The *margin* of ``f >= 0`` and of ``f > 0`` is ``f``, that of ``and`` the least and of ``or`` the largest margin of the parts. Where
it is negative the assertion is not met, and where it is positive it is. So if the margin is at most ``-room`` on a domain, with
``room > 0``, no input there meets the assertion.

An assertion is a sequence in which ``and`` and ``or`` come after their parts, and say how many these are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from gmpy2 import mpq

from exactnet.kernel.errors import FormatError

__all__ = ["Assertion", "Comparison", "Join", "combined", "fold", "is_met", "margin", "words"]

T = TypeVar("T")
#: A form over values (the key; -1 for the constant).
Sparse = Mapping[int, mpq]


@dataclass(frozen=True)
class Comparison:
    """``constant + sum of x_i + sum of y_j >= 0``, or ``> 0``; weights by the places of inputs and outputs, from 0."""

    x: tuple[tuple[int, mpq], ...]
    y: tuple[tuple[int, mpq], ...]
    constant: mpq
    strict: bool = False


@dataclass(frozen=True)
class Join:
    """All of the last so many parts (``and``), or one of them (``or``)."""

    op: str
    parts: int


Assertion = tuple[Comparison | Join, ...]


def fold(assertion: Assertion, leaf: Callable[[Comparison], T], join: Callable[[str, list[T]], T]) -> T:
    """What becomes of an assertion where ``leaf`` says what a comparison is, and ``join`` what parts are together.

    Raises :class:`FormatError` where a join has no parts, or parts are left over.
    """
    stack: list[T] = []
    for item in assertion:
        if isinstance(item, Comparison):
            stack.append(leaf(item))
            continue
        if not 0 < item.parts <= len(stack):
            raise FormatError(f"the assertion joins {item.parts} parts where there are {len(stack)}")
        stack[-item.parts :] = [join(item.op, stack[-item.parts :])]
    if len(stack) != 1:
        raise FormatError(f"the assertion has {len(stack)} parts that nothing joins")
    return stack[0]


def is_met(assertion: Assertion, x: Sequence[mpq], y: Sequence[mpq]) -> bool:
    """Whether an input with these outputs meets it.

    >>> tie = Comparison(((0, mpq(1)),), ((0, mpq(-1)),), mpq(0))
    >>> never = Comparison((), (), mpq(0), True)
    >>> [is_met((tie, never, Join(op, 2)), [mpq(2)], [mpq(2)]) for op in ("and", "or")]
    [False, True]
    """

    def met(part: Comparison) -> bool:
        value = part.constant + sum((w * x[i] for i, w in part.x), mpq(0)) + sum((w * y[j] for j, w in part.y), mpq(0))
        return bool(value > 0 or (value == 0 and not part.strict))

    return fold(assertion, met, lambda op, parts: (all if op == "and" else any)(parts))


def words(assertion: Assertion) -> str:
    """An assertion for a person.

    >>> words((Comparison(((0, mpq(1)),), ((1, mpq(-1, 2)),), mpq(3)), Comparison((), ((0, mpq(1)),), mpq(0), True), Join("or", 2)))
    '(X_0 - 1/2 Y_1 + 3 >= 0 or Y_0 > 0)'
    """

    def leaf(part: Comparison) -> str:
        terms = [(w, f"X_{i}") for i, w in part.x] + [(w, f"Y_{j}") for j, w in part.y] + [(part.constant, "")]
        shown = [f"{'-' if w < 0 else '+'} {f'{abs(w)} {name}'.removeprefix('1 ') if name else abs(w)}" for w, name in terms if w]
        left = " ".join(shown).removeprefix("+ ") or "0"
        return f"{f'-{left[2:]}' if left.startswith('- ') else left} {'>' if part.strict else '>='} 0"

    def join(op: str, parts: list[str]) -> str:
        return parts[0] if len(parts) == 1 else f"({f' {op} '.join(parts)})"

    return fold(assertion, leaf, join)


def margin(assertion: Assertion, x: Sequence[Sparse], y: Sequence[Sparse], relu: Callable[[Sparse], Sparse]) -> Sparse:
    """Its margin as a form, where inputs and outputs are forms; ``relu`` makes the ReLU of one.

    Parts are taken in pairs, pairs of them in pairs, and so on: ``min(a, b) = a - [a - b]+``, ``max(a, b) = a + [b - a]+``.
    """

    def leaf(part: Comparison) -> Sparse:
        return combined([({-1: mpq(1)}, part.constant), *((x[i], w) for i, w in part.x), *((y[j], w) for j, w in part.y)])

    def join(op: str, forms: list[Sparse]) -> Sparse:
        sign = mpq(-1 if op == "and" else 1)
        while len(forms) > 1:
            pairs = [(a, relu(combined([(b, sign), (a, -sign)]))) for a, b in zip(forms[::2], forms[1::2], strict=False)]
            forms = [combined([(a, mpq(1)), (rest, sign)]) for a, rest in pairs] + forms[2 * len(pairs) :]
        return forms[0]

    return fold(assertion, leaf, join)


def combined(terms: Sequence[tuple[Sparse, mpq]]) -> Sparse:
    """A sum of multiples of forms, without zeros."""
    total: dict[int, mpq] = {}
    for form, weight in terms:
        for key, value in form.items():
            total[key] = total.get(key, mpq(0)) + weight * value
    return {key: value for key, value in total.items() if value}
