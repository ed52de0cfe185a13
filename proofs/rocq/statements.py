"""The depths and polynomials of the Coq theorems, read off their statements.

Nothing is written down twice: what a table shows of a theorem is evaluated from the text that Coq has checked.

>>> statement = read_statement("S1", "S1_small_weights")
>>> statement.depth({"depth": 3})
8
>>> parameters = dict(d=2, m=2, k=1, b=3, R=1, o=1)
>>> statement.sizes(parameters)["wires"] == 2 * (12544 * 10**6) ** 4
True
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .export import SOURCES

__all__ = ["Statement", "evaluate", "read_statement"]

#: What expressions mean that are no variables: the network of the theorem, and functions of one number.
_NAMES = (
    (r"Z\.of_nat \(length \(output N\)\)", "o"),
    (r"\bdepthQ? N\b|\blength C\b(?!')", "depth"),
    (r"\b(Z\.of_nat|Zpos|Pos\.to_nat) | # 1\b|%nat|%Z", ""),
)
_TOKEN = re.compile(r"\s*(\d+|[\w.]+'?|[-+*^()])")
_DEPTH = re.compile(r"(?:\bdepthQ? N'?|\blength C'|\bt) = (.*?)(?=%nat| /\\)")
#: Where bounds stand in a statement, and what its arguments bound.
_BOUNDS = {
    "tame r": ("wires", "biases", "width", "output wires", "output biases"),
    "Bound": ("wires", "biases", "width"),
    "wires_le": ("wires",),
    "biases_le": ("biases",),
    "width_le": ("width",),
    "wires_leQ": ("wires",),
    "biases_leQ": ("biases",),
}
_WIDTH = re.compile(r"\blength l <?= ")


@dataclass(frozen=True)
class Statement:
    """A theorem's text, without its proof."""

    text: str

    def depth(self, parameters: Mapping[str, int]) -> int:
        """The depth of what the theorem gives, for an original of depth ``depth``."""
        found = _DEPTH.search(self.text, self.text.index("exists"))
        if found is None:
            raise AssertionError(f"no depth: {self.text}")
        return evaluate(found[1], parameters)

    def sizes(self, parameters: Mapping[str, int]) -> dict[str, int]:
        """The theorem's bounds on wires, biases and the width of a layer; ``output`` ones are of multiples of ``1/r``."""
        values = dict(parameters)
        for name, expression in re.findall(r"let (\S+) := (.*?) in(?= )", self.text):
            values[name] = evaluate(expression, values)
        sizes: dict[str, int] = {}
        conclusion = self.text[self.text.index("exists") :]
        for words, names in _BOUNDS.items():
            for place in re.finditer(rf"\b{words} (?=[(\w])", conclusion):
                arguments = _atoms(conclusion[place.end() :], len(names))
                for name, argument in zip(names, arguments, strict=True):
                    sizes[name] = max(sizes.get(name, 0), evaluate(argument, values))
        for place in _WIDTH.finditer(conclusion):
            sizes["width"] = evaluate(_atoms(f"({conclusion[place.end() :]}", 1)[0], values)
        return sizes


def read_statement(file: str, theorem: str) -> Statement:
    """The statement of a theorem of ``proofs/rocq``."""
    source = (SOURCES / f"{file}.v").read_text(encoding="utf-8")
    found = re.search(rf"^Theorem {theorem}\b.*?(?=^Proof)", source, re.MULTILINE | re.DOTALL)
    if found is None:
        raise AssertionError(f"{file}.v has no theorem {theorem}")
    return Statement(" ".join(found[0].split()))


def _atoms(text: str, count: int) -> list[str]:
    """The first arguments of an application: names, or what is in parentheses."""
    atoms: list[str] = []
    for _ in range(count):
        text, depth, end = text.lstrip(), 0, 0
        while end < len(text):
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
            if depth < 0 or (depth == 0 and (end == len(text) or text[end] in " )")):
                break
        atoms.append(text[:end])
        text = text[end:]
    return atoms


def evaluate(expression: str, values: Mapping[str, int]) -> int:
    """An expression of Coq over numbers: ``+``, ``-``, ``*``, ``^``, ``Z.max``, ``S``, and two functions that are defined there,
    ``size p`` and ``steps_of p``: the bits of ``2p^2``, and ``2p^2``.

    >>> evaluate("Z.max (2 * q ^ 4) (Zpos p) - S t", {"q": 2, "p": 3, "t": 1})
    30
    """
    for pattern, replacement in _NAMES:
        expression = re.sub(pattern, replacement, expression)
    tokens = _TOKEN.findall(expression)
    if "".join(tokens) != "".join(expression.split()):
        raise AssertionError(f"not an expression: {expression}")
    value, rest = _sum(tokens, values)
    if rest:
        raise AssertionError(f"not an expression: {expression}")
    return value


_Parsed = tuple[int, Sequence[str]]


def _sum(tokens: Sequence[str], values: Mapping[str, int]) -> _Parsed:
    value, tokens = _product(tokens, values)
    while tokens and tokens[0] in "+-":
        term, rest = _product(tokens[1:], values)
        value, tokens = (value + term if tokens[0] == "+" else value - term), rest
    return value, tokens


def _product(tokens: Sequence[str], values: Mapping[str, int]) -> _Parsed:
    value, tokens = _power(tokens, values)
    while tokens and tokens[0] == "*":
        factor, tokens = _power(tokens[1:], values)
        value *= factor
    return value, tokens


def _power(tokens: Sequence[str], values: Mapping[str, int]) -> _Parsed:
    value, tokens = _atom(tokens, values)
    if tokens and tokens[0] == "^":
        exponent, tokens = _power(tokens[1:], values)
        return int(value**exponent), tokens
    return value, tokens


def _atom(tokens: Sequence[str], values: Mapping[str, int]) -> _Parsed:
    head, rest = tokens[0], tokens[1:]
    if head == "(":
        value, rest = _sum(rest, values)
        if rest[0] != ")":
            raise AssertionError(f"not closed: {' '.join(tokens)}")
        return value, rest[1:]
    if head == "Z.max":
        first, rest = _atom(rest, values)
        second, rest = _atom(rest, values)
        return max(first, second), rest
    if head == "S" and rest and rest[0] not in "+-*^)":
        value, rest = _atom(rest, values)
        return value + 1, rest
    if head in ("size", "steps_of"):
        value, rest = _atom(rest, values)
        steps = 2 * value * value
        return steps.bit_length() if head == "size" else steps, rest
    return int(head) if head.isdigit() else values[head], rest
