"""Captions and cells as LaTeX: formulas that parse, everything special escaped, tables that are well formed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.mathtext import MathTextParser

from proofs.table import Table
from proofs.typeset import latex_math, latex_text

TEX = sorted((Path(__file__).parents[1] / "docs" / "tables").glob("*.tex"))
PARSER = MathTextParser("agg")


def formulas(text: str) -> tuple[list[str], str]:
    """The formulas of a text in LaTeX, and the text without them."""
    parts = re.split(r"(?<!\\)\$", text)
    assert len(parts) % 2 == 1, f"an odd number of dollar signs: {text}"
    return parts[1::2], "".join(parts[::2])


def balanced(text: str) -> bool:
    """Whether the braces that are not escaped come in pairs."""
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", text.replace("\\\\", "")):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0


def check_text(text: str) -> None:
    """Formulas and running text of one line: balanced, and nothing that LaTeX would take for a command."""
    inside, outside = formulas(text)
    assert balanced(text), text
    assert not re.search(r"(?<!\\)[\^_#%&<>|~]", outside), outside
    for formula in inside:
        assert balanced(formula), formula
        assert not re.search(r"(?<!\\)[#%&~]", formula), formula


def check_formulas(text: str) -> None:
    """matplotlib's own reader of TeX takes every formula (it does not know about breaks)."""
    for formula in formulas(text)[0]:
        PARSER.parse(f"${formula.replace(chr(92) + 'allowbreak', '')}$")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2^10", "2^{10}"),
        ("2^(d+1)", "2^{d+1}"),
        ("2^-1", "2^{-1}"),
        ("2^2^n", "2^{2^{n}}"),
        ("x_i^2", "x_{i}^{2}"),
        ("n_1*K_out", r"n_{1}\cdot K_{\mathrm{out}}"),
        ("a**2", "a^{2}"),
        ("[z]+", "[z]_{+}"),
        ("[z+1]+ - [z]+", "[z+1]_{+} - [z]_{+}"),
        ("[a]+b", "[a]+b"),
        ("1[z >= 0]", r"\mathbf{1}[z \geq 0]"),
        ("floor(r*N)/r", r"\lfloor r\cdot N\rfloor /r"),
        ("ceil(log2(n))", r"\lceil \log_{2}(n)\rceil"),
        ("max(q, 2)", r"\max (q,\allowbreak 2)"),
        ("{0,1}^d", r"\{0,1\}^{d}"),
        ("|Q| <= 48", r"|Q| \leq 48"),
        ("‖x‖^2", r"\|x\|^{2}"),
        ("2d·p^2·δ·M", r"2d\cdot p^{2}\cdot \delta \cdot M"),
        ("50%", r"50\%"),
        ("N'(x)", "N'(x)"),
    ],
)
def test_formulas(written: str, expected: str) -> None:
    assert latex_math(written) == expected
    check_formulas(f"${latex_math(written)}$")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("50% of A & B_1, #2", r"50\% of A \& $B_{1}$, \#2"),
        ("the file `s1-quick.csv`", r"the file \texttt{s1-quick.csv}"),
        ("`max_weight` and max_weight", r"\texttt{max\_weight} and \texttt{max\_weight}"),
        ("at most `4(n+1)^3`.", "at most $4(n+1)^{3}$."),
        ("at most 4(n+1)^3.", "at most $4(n+1)^{3}$."),
        ("(see x^2)", "(see $x^{2}$)"),
        ("d = 8, m = 4", "$d = 8$, $m = 4$"),
        ("3k+3 = 9", "$3k+3$ $=$ 9"),
        ("16-8-8-10", "16-8-8-10"),
        ("S1, exact form: all 256 inputs", "S1, exact form: all 256 inputs"),
        ("{a} $5 \\ ~ ^", r"\{a\} \$5 \textbackslash{} \textasciitilde{} $^{\,}$"),
        ("a ` b", "a ` b"),
    ],
)
def test_running_text(written: str, expected: str) -> None:
    assert latex_text(written) == expected
    check_text(latex_text(written))


@given(st.text(st.sampled_from("ab1 0^_{}()[]+-*<>=|%&#$~\\`.,'\"βΣ"), max_size=30))
def test_any_text_is_escaped(text: str) -> None:
    check_text(latex_text(text))


def check_table(text: str) -> None:
    """Environments closed in order, braces paired, as many cells in every row as columns, formulas that parse."""
    assert balanced(text)
    stack: list[str] = []
    for what, name in re.findall(r"\\(begin|end)\{(\w+)\}", text):
        if what == "begin":
            stack.append(name)
        else:
            assert stack.pop() == name
    assert not stack
    columns = re.search(r"\\begin\{tabular\}\{(.*)\}$", text, re.MULTILINE)
    assert columns is not None
    count = len(re.findall(r"[lr]|p\{[^}]*\}", columns[1]))
    body = text.partition("\\toprule\n")[2].partition("\\bottomrule")[0]
    rows = [line for line in body.splitlines() if line != "\\midrule"]
    assert len(rows) >= 2
    for row in rows:
        assert row.endswith(" \\\\")
        cells = re.split(r"(?<!\\)&", row.removesuffix(" \\\\"))
        assert len(cells) == count, row
        for cell in cells:
            check_text(cell)
    check_formulas(text)


@pytest.mark.parametrize("path", TEX, ids=lambda path: path.stem)
def test_a_committed_table_is_well_formed(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    check_table(text)
    assert f"\\label{{tab:{path.stem}}}" in text


def test_a_table_with_everything_special() -> None:
    table = Table("t", "A_1 & 50% of `2^d`", ("a|b", "x_1", "n"), (("{0,1}", "|Q| <= 2", 1), ("a & b", "c#", 2)), ("R^2",))
    check_table(table.latex())
    lines = table.markdown().splitlines()
    assert lines[2].count("|") - lines[2].count("\\|") == 4
    assert lines[4].count("|") - lines[4].count("\\|") == 4
    assert table.csv().splitlines()[0] == "a|b,x_1,n"


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="table t: 1 cells in a row of 2"):
        Table("t", "", ("a", "b"), ((1,),))
