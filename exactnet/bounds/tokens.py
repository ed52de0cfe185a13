"""The tokens of arithmetic in text: numbers, names and signs, each with its column."""

from __future__ import annotations

import re
from dataclasses import dataclass

from exactnet.bounds.tree import ExpressionError

__all__ = ["Token", "split"]

_TOKEN = re.compile(r"(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<sign>\*\*|[-+*/^(),])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Token:
    """A token: its kind (``"number"``, ``"name"``, ``"sign"`` or ``"end"``), its text, its column from 1."""

    kind: str
    text: str
    column: int


def split(text: str, what: str) -> list[Token]:
    """All tokens, an ``"end"`` last; between them there may be blanks and tabs.

    Raises :class:`ExpressionError` at a character that begins no token; ``what`` is what the text is.

    >>> [token.text for token in split("4*d", "bound")]
    ['4', '*', 'd', '']
    """
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        if text[at] in " \t":
            at += 1
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            raise ExpressionError(f"{what}, column {at + 1}: {text[at]!a} has no meaning here")
        tokens.append(Token(str(match.lastgroup), match.group(), at + 1))
        at = match.end()
    tokens.append(Token("end", "", len(text) + 1))
    return tokens
