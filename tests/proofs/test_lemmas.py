"""docs/lemmas.md: for every file in ``exactnet/construct`` its lemma, bounds, statements and tests, and the other way round.

``python tests/proofs/test_lemmas.py`` makes the tables anew.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from proofs.companion import heading
from proofs.lemmas import bounds_of, construct_files, first_sentence, imports, lemmas_of, proved_in_place, users
from proofs.registry import ORDER, modules
from proofs.rocq.lemmas import THEOREMS, theorem_of

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "lemmas.md"
FIRST = "| file in `construct/` |"


@cache
def importing() -> dict[str, frozenset[str]]:
    """Every file of tests, with the files of ``exactnet/construct`` that it imports."""
    tests = sorted((ROOT / "tests").rglob("test_*.py"))
    return {f"{path.parent.name}/{path.stem}": imports(path.read_text(encoding="utf-8")) for path in tests}


def statements(name: str) -> list[str]:
    """The modules of proofs that rest on a file."""
    return [module.__name__.rpartition(".")[2] for module in modules() if name in lemmas_of(module)]


def checked_in(name: str) -> list[str]:
    """The tests that import a file or have its name; where there is none, those of the files that use it."""

    def own(file: str) -> set[str]:
        return {test for test, files in importing().items() if file in files or test == f"construct/test_{file.rpartition('/')[2]}"}

    return sorted(own(name) or set().union(*map(own, users(name))))


def row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def tables() -> str:
    """What stands on the page below its text."""
    by_file = [
        row("file in `construct/`", "what it is", "`theory/`", "`proofs/`", "`tests/`", "`proofs/rocq/`"),
        "|---|---|---|---|---|---|",
    ]
    for name in construct_files():
        lists = [", ".join(f"`{entry}`" for entry in part) for part in (bounds_of(name), statements(name), checked_in(name))]
        if not lists[0] and proved_in_place(name):
            lists[0] = "its docstring"
        by_file.append(row(f"`{name}.py`", first_sentence("construct", name), *lists, theorem_of(f"construct/{name}")))
    elsewhere = [row("where", "what it is", "`proofs/rocq/`"), "|---|---|---|"]
    for place in (place for place in THEOREMS if not place.startswith("construct/")):
        path, _, function = place.partition(".")
        name = f"`{path}.py`" + (f", `{function}`" if function else "")
        elsewhere.append(row(name, first_sentence(*path.split("/", 1), function), theorem_of(place)))
    by_statement = [row("statement", "`proofs/`", "files in `construct/`"), "|---|---|---|"]
    for module in modules():
        files = ", ".join(f"`{name}`" for name in lemmas_of(module))
        by_statement.append(row(heading(module), f"`{module.__name__.rpartition('.')[2]}`", files))
    parts = (by_file, ["## Beyond constructions", ""], elsewhere, ["## By statement", ""], by_statement)
    return "\n\n".join("\n".join(part).rstrip("\n") for part in parts) + "\n"


def test_the_page_says_what_the_sources_say() -> None:
    """If this fails: ``python tests/proofs/test_lemmas.py`` makes the tables anew."""
    text = PAGE.read_text(encoding="utf-8")
    assert text[text.index(FIRST) :] == tables()


@pytest.mark.parametrize("name", construct_files())
def test_every_lemma_has_a_name_a_bound_a_statement_and_a_test(name: str) -> None:
    """A statement that uses the pipeline names its files in ``LEMMAS`` (proofs/registry.py)."""
    assert first_sentence("construct", name)
    assert bounds_of(name) or proved_in_place(name), f"no file in theory/ is called {name} or names construct/{name}"
    missing = set(ORDER) - {module.__name__.rpartition(".")[2] for module in modules()}
    if missing and not statements(name):
        pytest.skip(f"not every statement has its module yet: {', '.join(sorted(missing))}")
    assert statements(name), f"no module of proofs rests on {name}"
    assert checked_in(name), f"no test imports {name}"


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.__name__)
def test_a_statement_opens_with_claim_source_and_instances(module: object) -> None:
    text = module.__doc__ or ""
    for word in ("Claim:", "Source:", "Checked"):
        assert word in text, f"{word} is missing"


def test_lemmas_that_are_named_exist() -> None:
    for module in modules():
        assert set(getattr(module, "LEMMAS", ())) <= set(construct_files())


def test_imports_are_read_from_the_source() -> None:
    assert imports("import exactnet.construct.gadgets.sign\nfrom exactnet.files import th") == {"gadgets/sign"}
    assert imports("def f():\n    from exactnet.construct.base import linear, nothing") == {"base/linear"}
    sign = (ROOT / "exactnet/construct/gadgets/sign.py").read_text(encoding="utf-8")
    assert "base/linear" in imports(ast.unparse(ast.parse(sign)))


if __name__ == "__main__":
    kept = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(kept[: kept.index(FIRST)] + tables(), encoding="utf-8")
