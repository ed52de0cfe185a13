"""Tables for people. What is shown comes from the objects that ``--json`` prints, numbers shortened."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click
from gmpy2 import mpq
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from exactnet.claims.statements import STATEMENTS
from exactnet.cli.output import plain

__all__ = ["bounds_table", "counterexample_table", "measures_table", "number", "print_report", "show_tables"]

#: Columns of text where the output is no terminal.
_WIDTH = 120
#: Numbers of so many characters are shown as they are.
_EXACT = 24
_NEAR_ONE = 30
_MEANING = {
    **{name: statement.meaning for name, statement in STATEMENTS.items()},
    "S4": "N'(x) = floor(r clip(N(x rounded down)))/r for real x outside ramps",
    "equal": "A(x) = B(x)",
}
_STYLES = {"certified": "bold green", "equal": "bold green", "constructed": "bold"}
_MEASURES = {
    "depth": "depth",
    "width": "width",
    "size": "size",
    "neurons": "neurons",
    "gates": "gates",
    "wires": "wires",
    "parameters": "parameters",
    "max_weight": "largest weight",
    "max_bias": "largest bias",
    "bits": "bits",
    "denominator": "common denominator",
}


def number(value: object) -> str:
    """An exact number: as it is up to 24 characters, else six digits of it, or its size as a power of two.

    >>> number("-3/2"), number(2**100), number(mpq(10**30, 3**60))
    ('-3/2', '~2^100', '~23.5898')
    """
    exact = mpq(value)
    text = str(exact)
    if len(text) <= _EXACT:
        return text
    exponent = exact.numerator.bit_length() - exact.denominator.bit_length()
    if exact.denominator != 1 and abs(exponent) <= _NEAR_ONE:
        return f"~{float(exact):.6g}"  # shown, never computed with
    return f"{'-' if exact < 0 else ''}~2^{exponent}"


def number_words(text: str) -> str:
    """A number and words about it, the number shortened if it is long.

    >>> number_words("3, promised"), number_words(f"{10**40}, promised")
    ('3, promised', '~2^132, promised')
    """
    first, comma, rest = text.partition(",")
    return f"{number(first)}{comma}{rest}" if len(first) > _EXACT else text


def _print(*shown: Text | Table | str) -> None:
    """Print for the terminal, or as plain text of a fixed width. (rich itself would exit on a broken pipe.)"""
    console = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False, emoji=False, markup=False)
    with console.capture() as capture:
        for one in shown:
            console.print(one)
    click.echo(capture.get(), nl=False)


def _text(value: object) -> Text:
    return Text(plain(value))


def _grid() -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    return table


def facts(rows: Mapping[str, object]) -> Table:
    """Two columns, a name and what is said of it; rows without a value are left out."""
    table = _grid()
    for name, value in rows.items():
        if value is not None and value != "":
            table.add_row(Text(name), _text(value))
    return table


def listing(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A table of text; columns whose name ends in ``>`` are aligned to the right."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in columns:
        right = name.endswith(">")
        table.add_column(name.removesuffix(">"), justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(_text, row))
    return table


def measures_table(**described: Mapping[str, Any]) -> Table:
    """The measures of one or two networks, one column each."""
    rows = [[label, *(number(measures[name]) for measures in described.values())] for name, label in _MEASURES.items()]
    return listing(["", *(f"{name}>" for name in described)], rows)


def bounds_table(bounds: Sequence[Mapping[str, Any]], compared: Mapping[str, Any] | None = None) -> Table:
    """Every bound with its value, what was measured, and whether it holds; beside it the original and a lookup table."""
    others = () if compared is None else (compared["original"], compared["table"])
    rows = []
    for row in bounds:
        beside = [number(other[row["name"]]) for other in others]
        holds = "yes" if row["holds"] else "NO"
        rows.append([row["name"], row["symbolic"], number(row["value"]), number(row["measured"]), holds, *beside])
    return listing(["measure", "bound", "value>", "measured>", "holds", *["original>", "lookup table>"][: len(others)]], rows)


#: Of more inputs than these, only those are listed that are not 0.
MOST_LISTED = 40


def counterexample_table(counterexample: Mapping[str, Any]) -> list[Table]:
    """Where two networks differ: the input, and both values of each output."""
    point = counterexample["input"]
    inputs = [[name, number(x)] for name, x in point.items() if len(point) <= MOST_LISTED or x != "0"]
    if len(inputs) < len(point):
        inputs.append([f"{len(point) - len(inputs)} others", "0"])
    outputs = [
        [name, number(value), number(counterexample["got"][name]), "" if value == counterexample["got"][name] else "differs"]
        for name, value in counterexample["expected"].items()
    ]
    tables = [
        listing(["at input", "value>"], inputs),
        listing(["output", "expected>", "got>", ""], outputs),
    ]
    if counterexample["node"] is not None:
        tables.append(facts({"first node off its promise": counterexample["node"]}))
    return tables


def domain_words(domain: Mapping[str, Any]) -> str:
    """A domain in a few words.

    >>> domain_words({"kind": "grid", "p": 3, "inputs": 361})
    'grid, p = 3, 361 inputs'
    """
    p = f", p = {domain['p']}" if "p" in domain else ""
    count = "too many" if domain["inputs"] is None else number(domain["inputs"])
    return f"{domain['kind']}{p}, {count} inputs"


def print_verdict(verdict: str, about: str) -> None:
    """The first line: the verdict, in colour on a terminal."""
    _print(Text.assemble((verdict, _STYLES.get(verdict, "bold red")), "  ", plain(about)))


def show_tables(*tables: Table) -> None:
    """Print tables one below the other."""
    for place, table in enumerate(tables):
        _print(*([""] if place else []), table)


def print_report(
    report: Mapping[str, Any],
    about: str,
    rows: Mapping[str, object],
    names: tuple[str, str] = ("original", "constructed"),
) -> None:
    """A verdict with everything that it rests on.

    Parameters
    ----------
    report : the object that ``--json`` prints; the verdict may be another word.
    about : what the verdict is about.
    rows : more to say, between the domain and the measures.
    names : the headings of the two networks.
    """
    print_verdict(report["verdict"], about)
    statement = report["statement"]
    seconds = report["seconds"]
    tables = [
        facts(
            {
                "reason": report["reason"],
                "statement": statement and f"{statement}: {_MEANING.get(statement, '')}".removesuffix(": "),
                "route": report["route"],
                "domain": domain_words(report["domain"]),
                "inputs checked": number(report["inputs_checked"]),
                **rows,
                "chosen": "; ".join(f"{name} = {number_words(text)}" for name, text in report.get("choices", {}).items()),
                "size": report.get("compared", {}).get("says"),
                "time": None if seconds is None else f"{seconds} s",
            }
        )
    ]
    if report["counterexample"] is not None:
        tables += counterexample_table(report["counterexample"])
    tables.append(measures_table(**dict(zip(names, (report["original"], report["constructed"]), strict=True))))
    if report["bounds"]:
        tables.append(bounds_table(report["bounds"], report.get("compared")))
    show_tables(*tables)
