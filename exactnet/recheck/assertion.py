"""What must not happen: comparisons of inputs and outputs, joined by ``and`` and ``or``, and its margin.

To believe: that :meth:`Assertion.is_met` says what an assertion means, and that :meth:`Assertion.margin` is a form that is negative
only where it is not met: of ``f >= 0`` and ``f > 0`` it is ``f``, of ``and`` the least, of ``or`` the largest of the parts, with
``min(a, b) = a - [a - b]+`` and ``max(a, b) = a + [b - a]+``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from .fields import RATIONAL, check_table, is_count, matches, table_of
from .reading import demand, number, require

PLACE = re.compile(r"0|[1-9][0-9]{0,6}", re.ASCII)
WEIGHTS = table_of(matches(RATIONAL))
COMPARISON = {"op": matches(re.compile(">=?")), "X": WEIGHTS, "Y": WEIGHTS, "constant": matches(RATIONAL)}
JOIN = {"op": matches(re.compile("and|or")), "parts": is_count}
Sparse = dict[int, Fraction]  # a form over values; -1 is the constant


class Part(NamedTuple):
    """A comparison of a form with 0 (``>`` or ``>=``), or a join (``and``, ``or``) of the last so many parts."""

    op: str
    x: list[tuple[int, Fraction]]
    y: list[tuple[int, Fraction]]
    constant: Fraction
    parts: int


class Assertion:
    """An assertion about so many inputs and outputs: parts, each join after what it joins."""

    def __init__(self, data: object, inputs: int, outputs: int) -> None:
        require(isinstance(data, list), "the assertion is no list")
        entries: list[object] = data  # type: ignore[assignment]
        self.parts = [self.read(entry, inputs, outputs) for entry in entries]
        open_parts = 0
        for part in self.parts:
            if part.op in ("and", "or"):
                demand(1 <= part.parts <= open_parts, "a join has no parts")
                open_parts -= part.parts
            open_parts += 1
        demand(open_parts == 1, "the assertion is not one assertion")

    @staticmethod
    def read(entry: object, inputs: int, outputs: int) -> Part:
        """One part."""
        joins = isinstance(entry, dict) and entry.get("op") in ("and", "or")
        check_table(entry, JOIN if joins else COMPARISON, "a part of the assertion")
        fields: dict[str, object] = entry  # type: ignore[assignment]
        if joins:
            return Part(str(fields["op"]), [], [], Fraction(0), int(str(fields["parts"])))
        weights: list[list[tuple[int, Fraction]]] = []
        for name, count in (("X", inputs), ("Y", outputs)):
            table: Mapping[str, object] = fields[name]  # type: ignore[assignment]
            require(all(PLACE.fullmatch(place) for place in table), "a place of the assertion is no number")
            demand(all(int(place) < count for place in table), "the assertion is about inputs or outputs that the network has not")
            weights.append([(int(place), Fraction(number(value, "a weight"))) for place, value in table.items()])
        return Part(str(fields["op"]), weights[0], weights[1], Fraction(number(fields["constant"], "a constant")), 0)

    def is_met(self, x: Sequence[Fraction], y: Sequence[Fraction]) -> bool:
        """Whether an input with these outputs meets it."""
        stack: list[bool] = []
        for part in self.parts:
            if part.op in ("and", "or"):
                joined = stack[-part.parts :]
                stack[-part.parts :] = [all(joined) if part.op == "and" else any(joined)]
                continue
            value = part.constant + sum(w * x[i] for i, w in part.x) + sum(w * y[j] for j, w in part.y)
            stack.append(value > 0 or (value == 0 and part.op == ">="))
        return stack[0]

    def margin(self, x: Sequence[Sparse], y: Sequence[Sparse], relu: Callable[[Sparse], Sparse]) -> Sparse:
        """Its margin over values; ``relu`` makes the ReLU of a form."""
        stack: list[Sparse] = []
        for part in self.parts:
            if part.op in ("and", "or"):
                forms = stack[-part.parts :]
                while len(forms) > 1:  # in pairs, pairs of them in pairs, and so on
                    rest = forms[len(forms) // 2 * 2 :]
                    forms = [extreme(part.op, a, b, relu) for a, b in zip(forms[::2], forms[1::2], strict=False)] + rest
                stack[-part.parts :] = forms
                continue
            form = plus({}, {-1: Fraction(1)}, part.constant)
            for values, weights in ((x, part.x), (y, part.y)):
                for place, weight in weights:
                    form = plus(form, values[place], weight)
            stack.append(form)
        return stack[0]

    def __str__(self) -> str:
        stack: list[str] = []
        for part in self.parts:
            if part.op in ("and", "or"):
                joined = stack[-part.parts :]
                stack[-part.parts :] = [joined[0] if len(joined) == 1 else f"({f' {part.op} '.join(joined)})"]
                continue
            terms = [f"{w} X_{i}" for i, w in part.x] + [f"{w} Y_{j}" for j, w in part.y] + [str(part.constant)]
            stack.append(f"{' + '.join(terms)} {part.op} 0")
        return stack[0]


def extreme(op: str, a: Sparse, b: Sparse, relu: Callable[[Sparse], Sparse]) -> Sparse:
    """The least (``and``) or the largest (``or``) of two forms."""
    if op == "and":
        return plus(a, relu(plus(a, b, Fraction(-1))), Fraction(-1))
    return plus(a, relu(plus(b, a, Fraction(-1))), Fraction(1))


def plus(a: Sparse, b: Mapping[int, Fraction], weight: Fraction) -> Sparse:
    """``a + weight * b``, without zeros."""
    total = dict(a)
    for key, value in b.items():
        total[key] = total.get(key, Fraction(0)) + weight * value
    return {key: value for key, value in total.items() if value}
