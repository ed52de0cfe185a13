r"""Text with formulas, as it stands in captions and cells, for LaTeX.

Formulas are written as everywhere in the docs: between backticks, in plain characters. Outside backticks a word with a
mathematical sign is a formula too.

>>> print(latex_text("weights at most `(d+3)^3/4`, 50% of R_1 & `max_weight`"))
weights at most $(d+3)^{3}/4$, 50\% of $R_{1}$ \& \texttt{max\_weight}
>>> print(latex_text("`floor(r*N)/r`, `1[z >= 0] = [z+1]+ - [z]+`, `{0,1}^d`, |N| <= R"))
$\lfloor r\cdot N\rfloor /r$, $\mathbf{1}[z \geq 0] = [z+1]_{+} - [z]_{+}$, $\{0,1\}^{d}$, $|N| \leq R$
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["latex_math", "latex_text"]

#: What is between backticks and no formula: names, options, commands. It has three letters in a row, and nothing that counts.
_CODE = re.compile(r"(?=.*[a-z]{3})[-a-z0-9_./ ]+")
#: Signs that make a word a formula.
_MATHEMATICAL = re.compile(r"[\^_|<>=*·×≤≥≠≈→∞∈∧∪‖Σα-ωΓ-Ω]")
#: Formulas with spaces, or without such a sign, as they stand in running text: ``d = 8``, ``|N| <= R``, ``3k+3``.
_FORMULA = re.compile(r"((?<!\S)(?:\w{1,2}|\w_\w+|\|\w\|) (?:=|<|>|<=|>=) -?\w[\w^/]*|(?<!\S)\d*[a-z][+-]\d+(?![\w.]))")
_TEXT = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "…": r"\ldots{}",
}
_SIGNS = {
    ">=": r"\geq ",
    "<=": r"\leq ",
    "!=": r"\neq ",
    "->": r"\to ",
    "**": "^",
    "*": r"\cdot ",
    "·": r"\cdot ",
    "×": r"\times ",
    "≤": r"\leq ",
    "≥": r"\geq ",
    "≠": r"\neq ",
    "≈": r"\approx ",
    "→": r"\to ",
    "∞": r"\infty ",
    "∈": r"\in ",
    "∧": r"\wedge ",
    "∪": r"\cup ",
    "‖": r"\|",
    "…": r"\ldots ",
    "Σ": r"\sum ",
    "{": r"\{",
    "}": r"\}",
    "%": r"\%",
    "&": r"\&",
    "#": r"\#",
    "$": r"\$",
    "\\": r"\backslash ",
    "~": r"\sim ",
    '"': "''",
}
_GREEK = {
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "ε": "varepsilon",
    "λ": "lambda",
    "μ": "mu",
    "ν": "nu",
    "π": "pi",
    "σ": "sigma",
    "τ": "tau",
    "φ": "varphi",
    "ω": "omega",
    "Γ": "Gamma",
    "Δ": "Delta",
    "Φ": "Phi",
    "Ω": "Omega",
}
_FUNCTIONS = {
    "log2": r"\log_{2}",
    "log": r"\log ",
    "max": r"\max ",
    "Max": r"\max ",
    "min": r"\min ",
    "Min": r"\min ",
    "mod": r"\ \mathrm{mod}\ ",
    "and": r"\wedge ",
    "in": r"\in ",
}
_BRACKETS = {"floor": (r"\lfloor ", r"\rfloor "), "ceil": (r"\lceil ", r"\rceil "), "sqrt": (r"\sqrt{", "}")}
_TOKEN = re.compile(r"\s+|>=|<=|!=|->|\*\*|1(?=\[)|\d+|[A-Za-z]+\d*|.", re.DOTALL)
_SCRIPTS = {"^": "^", "**": "^", "_": "_"}
_OPENING, _CLOSING = "([{", ")]}"


def latex_text(text: str) -> str:
    """A caption or a cell for LaTeX (with the package amsmath), everything special escaped."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a backtick without a partner is one
        return _words(text)
    return "".join(_quoted(part) if place % 2 else _words(part) for place, part in enumerate(parts))


def _quoted(part: str) -> str:
    return _code(part) if _CODE.fullmatch(part) else f"${latex_math(part)}$"


def _code(part: str) -> str:
    return rf"\texttt{{{_plain(part)}}}"


def _plain(part: str) -> str:
    return "".join(_TEXT.get(character, character) for character in part)


def _words(part: str) -> str:
    pieces = _FORMULA.split(part)
    return "".join(f"${latex_math(piece)}$" if place % 2 else _running(piece) for place, piece in enumerate(pieces))


def _running(part: str) -> str:
    return "".join(_word(word) if _MATHEMATICAL.search(word) else _plain(word) for word in re.split(r"(\s+)", part))


def _word(word: str) -> str:
    """A formula in running text, without the punctuation and the lone parentheses around it."""
    start, stop = 0, len(word)
    while True:
        core = word[start:stop]
        if (core[-1:] in set(".,;:") and core[:-1]) or (core.endswith(")") and core.count("(") < core.count(")")):
            stop -= 1
        elif core.startswith("(") and core.count("(") > core.count(")"):
            start += 1
        else:
            break
    shown = _code(core) if _CODE.fullmatch(core) else f"${latex_math(core)}$"
    return _plain(word[:start]) + shown + _plain(word[stop:])


def latex_math(formula: str) -> str:
    r"""A formula in plain characters for LaTeX's math mode.

    >>> print(latex_math("2^(k-1) + n_10*K_out <= ceil(log2(2p^2 + 1))"))
    2^{k-1} + n_{10}\cdot K_{\mathrm{out}} \leq \lceil \log_{2}(2p^{2} + 1)\rceil
    """
    tokens = _TOKEN.findall(formula)
    return re.sub(r" +", " ", "".join(_pieces(tokens))).strip()


def _pieces(tokens: list[str]) -> Iterator[str]:
    at, scripts = 0, ""
    while at < len(tokens):
        token = tokens[at]
        at += 1
        if token in _SCRIPTS:
            kind = _SCRIPTS[token]
            script, at = _script(tokens, at, kind)
            # LaTeX takes one script of a kind at a time.
            yield f"{'{}' if kind in scripts else ''}{kind}{{{script}}}"
            scripts = kind if kind in scripts else scripts + kind
            continue
        scripts = ""
        if token in _BRACKETS and at < len(tokens) and tokens[at] == "(":
            stop = _match(tokens, at)
            left, right = _BRACKETS[token]
            yield left + "".join(_pieces(tokens[at + 1 : stop])).strip() + right
            at = stop + 1
        elif token == "]" and _is_positive_part(tokens, at):
            yield "]_{+}"
            at, scripts = at + 1, "_"
        elif token == "," and "".join(tokens[at : at + 1]).isspace():
            yield ",\\allowbreak"
        elif token == "1" and tokens[at : at + 1] == ["["]:
            yield r"\mathbf{1}"
        else:
            yield _single(token)


def _single(token: str) -> str:
    if token.isspace():
        return " "
    if token in _FUNCTIONS:
        return _FUNCTIONS[token]
    if token in _GREEK:
        return f"\\{_GREEK[token]} "
    if len(token) >= 3 and token.isalpha():
        return rf"\mathrm{{{token}}}"
    return _SIGNS.get(token, token)


def _script(tokens: list[str], at: int, kind: str) -> tuple[str, int]:
    """What stands above or below, and where it ends: a bracket, or a signed number or name, which may have one itself."""
    if at == len(tokens):
        return r"\,", at
    if tokens[at] in ("{", "("):
        stop = _match(tokens, at)
        return "".join(_pieces(tokens[at + 1 : stop])).strip(), stop + 1
    if tokens[at] == "-" and at + 1 < len(tokens):
        below, at = _script(tokens, at + 1, kind)
        return f"-{below}", at
    script, at = _single(tokens[at]).strip(), at + 1
    if at < len(tokens) and _SCRIPTS.get(tokens[at]) == kind:
        below, at = _script(tokens, at + 1, kind)
        script += f"{kind}{{{below}}}"
    return script, at


def _match(tokens: list[str], at: int) -> int:
    """Where the bracket that opens at ``at`` is closed; the end where it is not."""
    depth = 0
    for place in range(at, len(tokens)):
        depth += (tokens[place] in _OPENING) - (tokens[place] in _CLOSING)
        if depth == 0:
            return place
    return len(tokens)


def _is_positive_part(tokens: list[str], at: int) -> bool:
    """Whether the ``+`` at ``at`` is that of ``[z]+``: nothing follows that could be added."""
    if tokens[at : at + 1] != ["+"]:
        return False
    after = next((token for token in tokens[at + 1 :] if not token.isspace()), "")
    return not (after[:1].isalnum() or after[:1] in set(_OPENING) or after in _GREEK)
