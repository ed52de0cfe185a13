"""The companion as a user makes and checks it: the committed one is fresh, a change is noticed, every failure is one line."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from exactnet.kernel.network import Network, threshold
from proofs import build, registry
from proofs.__main__ import main
from proofs.build import make, make_all
from proofs.companion import companion, heading, template
from proofs.figure import source
from proofs.registry import figures, makers, modules, needs, tables_of
from proofs.table import Table
from tests.mutants import replace_constructed

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
TABLES = DOCS / "tables"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is committed, the companion put together anew."""
    folder = tmp_path_factory.mktemp("page") / "docs"
    for part in ("tables", "figures"):
        shutil.copytree(DOCS / part, folder / part)
    assert main(["--page", "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def docs(page: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(page, tmp_path / "docs"))


def check(docs: Path, *names: str) -> int:
    return main(["--check", "--workers", "1", "--out", str(docs), *names])


def test_committed_tables_and_the_companion_are_fresh() -> None:
    """Some of them; ``.ci/run`` checks all of the quick set."""
    assert check(DOCS, "s1-quick", "s3-quick", "s3-drawn", "frontier-quick") == 0


def test_what_is_committed_is_whole() -> None:
    """Every table in three formats, every figure in two, each drawn from the table as it is committed."""
    for name in makers(quick=False):
        for kind in ("md", "csv", "tex"):
            assert (TABLES / f"{name}.{kind}").is_file()
    for name, figure in figures().items():
        data = (TABLES / f"{figure.table}.csv").read_text(encoding="utf-8")
        heads, *rows = csv.reader(data.splitlines())
        about = source(Table(figure.table, "", heads, rows)).encode()
        for kind in ("svg", "pdf"):
            assert about in (DOCS / "figures" / f"{name}.{kind}").read_bytes()
    assert build.orphans(DOCS) == []


@pytest.mark.parametrize("path", sorted(TABLES.glob("*.csv")), ids=lambda path: path.stem)
def test_heads_of_a_table_differ(path: Path) -> None:
    heads, *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
    assert len(set(heads)) == len(heads)
    assert rows


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("tables/s3-drawn.csv", "route B", "route C"),
        ("tables/s3-drawn.md", "route B", "route C"),
        ("tables/s3-drawn.tex", "route B", "route C"),
        ("figures/s3-network.svg", "sha256:", "sha256:0"),
        ("figures/s3-network.pdf", "sha256:", "sha256:0"),
        ("companion.md", "certified", "refuted"),
    ],
)
def test_a_changed_file_is_noticed(docs: Path, capsys: pytest.CaptureFixture[str], file: str, old: str, new: str) -> None:
    place = docs / file
    data = place.read_bytes()
    assert old.encode() in data
    place.write_bytes(data.replace(old.encode(), new.encode(), 1))
    assert check(docs, "s3-drawn") == 1
    assert f"not what a fresh run gives: {file}\n" in capsys.readouterr().err


def test_a_missing_file_and_one_that_nothing_makes_are_noticed(docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (docs / "figures" / "s3-network.pdf").unlink()
    (docs / "tables" / "s9.md").write_text("")
    assert check(docs, "s3-drawn") == 1
    assert "gives: figures/s3-network.pdf, tables/s9.md\n" in capsys.readouterr().err
    assert check(docs / "nowhere", "s3-drawn") == 1
    assert "tables/s3-drawn.md" in capsys.readouterr().err


def test_two_runs_write_the_same_files(tmp_path: Path) -> None:
    made = []
    for folder in ("a", "b"):
        assert main(["--only", "s3-drawn", "s3-circuits-quick", "--workers", "1", "--out", str(tmp_path / folder)]) == 0
        files = [path for path in (tmp_path / folder).rglob("*") if path.is_file()]
        made.append({path.relative_to(tmp_path / folder): path.read_bytes() for path in files})
    assert made[0] == made[1]
    assert len(made[0]) == 2 * 3 + 2 + 1
    page = (tmp_path / "a" / "companion.md").read_text(encoding="utf-8")
    assert "](figures/s3-network.svg)" in page
    assert "| 4-2-1, 16 bits " in page  # the smaller edition of a table that was not made
    assert "*The table s1 has not been made: `python -m proofs --only s1`.*" in page


def test_several_processes_make_the_same_tables() -> None:
    names = ["s3-drawn", "s3-circuits-quick"]
    made = {table.name: table for table in make_all(names, 2)}
    assert made == {name: make(name) for name in names}


def test_without_matplotlib_there_are_tables_and_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("proofs.build.can_draw", lambda: False)
    monkeypatch.setattr("proofs.__main__.can_draw", lambda: False)
    assert main(["s3-drawn", "--workers", "1", "--out", str(tmp_path)]) == 0
    assert "no figures: they need matplotlib (pip install 'exactnet[proofs]')\n" in capsys.readouterr().err
    assert not (tmp_path / "figures").exists()
    assert check(tmp_path, "s3-drawn") == 0  # a fresh run gives no figures either
    assert "The figure s3-network has not been drawn" in (tmp_path / "companion.md").read_text(encoding="utf-8")


def test_a_missing_library_is_found_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("proofs.__main__.find_spec", lambda name: None if name == "flint" else name)
    assert main(["s3-drawn", "s7-bits", "--workers", "1", "--out", str(tmp_path)]) == 2
    words = "proofs: the table s7-bits needs flint: pip install 'exactnet[proofs]' (or --only other tables)\n"
    assert capsys.readouterr().err == words
    assert not any(tmp_path.iterdir())
    assert needs().keys() <= makers(quick=False).keys()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--only", "s9"], "no table is called 's9' ('python -m proofs --list' shows all)"),
        (["s\n9"], "no table is called 's\\n9'"),
        (["--workers", "0"], "--workers"),
        (["--nothing"], "No such option"),
        (["s3-drawn", "--workers", "1", "--out", "file/below"], "cannot be made"),
    ],
)
def test_unusable_input_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("")
    assert main(arguments) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].startswith("proofs: ")
    assert words in lines[-1]
    assert not any(line.startswith("Traceback") for line in lines)


def test_a_row_that_is_not_certified_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nothing(made: Network) -> Network:
        return Network(made.inputs, [threshold(name, {}, -1) for name in made.outputs], made.outputs)

    replace_constructed(monkeypatch, nothing)
    assert main(["s3-quick", "--workers", "1", "--out", str(tmp_path)]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("proofs: table s3-quick: a gate of 20 bits, route lookahead: ")
    assert captured.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_maker_that_fails_names_its_table(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> Table:
        raise AssertionError("row 3: the values\ndiffer")

    module = modules()[0]
    monkeypatch.setattr(module, "QUICK", {"t": fails, "u": lambda: Table("other", "", (), ())})
    with pytest.raises(build.Uncertified, match=r"^table t: row 3: the values differ$"):
        make("t")
    with pytest.raises(build.Uncertified, match=r"^table u: its maker calls it other$"):
        make("u")


def test_it_runs_from_an_installed_package_in_an_empty_folder(tmp_path: Path) -> None:
    """The package alone, without docs and tests: ``proofs`` is ``exactnet.companion`` there, and its template package data."""
    site, empty = tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    shutil.copytree(ROOT / "exactnet", site / "exactnet", ignore=shutil.ignore_patterns("__pycache__"))  # links are followed
    environment = {**os.environ, "PYTHONPATH": str(site)}
    command = [sys.executable, "-m", "exactnet", "companion", "s3-drawn"]
    run = subprocess.run(command, cwd=empty, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stderr.splitlines()[-1] == f"proofs: wrote {Path('companion', 'companion.md')} and what it shows"
    assert {path.name for path in (empty / "companion").iterdir()} == {"companion.md", "figures", "tables"}
    assert run.stdout == ""
    packaged = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["package-data"]
    beside = {path.name for path in (ROOT / "proofs").iterdir() if path.is_file() and path.suffix != ".py"}
    assert set(packaged["exactnet.companion"]) == beside


def test_where_things_go(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from proofs.__main__ import default_folder

    monkeypatch.chdir(ROOT)
    assert default_folder() == Path("docs")
    monkeypatch.chdir(tmp_path)
    assert default_folder() == Path("companion")


def test_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(makers(quick=False))
    assert {line.split()[0] for line in lines if line.endswith("quick") and " " in line} == set(makers(quick=True))


def test_modules_come_in_the_order_of_the_paper() -> None:
    names = [module.__name__.rpartition(".")[2] for module in modules()]
    assert set(names) <= set(registry.ORDER), "a module without a place in proofs/registry.py"
    assert names == [name for name in registry.ORDER if name in names]
    with_tables = [path.stem for path in (ROOT / "proofs").glob("*.py") if "\nQUICK" in path.read_text(encoding="utf-8")]
    assert set(names) == set(with_tables)


def test_two_tables_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = modules()[:2]
    monkeypatch.setattr(second, "QUICK", dict(first.QUICK))
    with pytest.raises(ValueError, match="another module has a table s1-quick"):
        makers(quick=True)


def test_the_companion_shows_every_table_and_figure() -> None:
    page = (DOCS / "companion.md").read_text(encoding="utf-8")
    for module in modules():
        assert f"## {heading(module)}\n" in page
        tables = tables_of(module)
        for name in tables:
            if not (name.endswith("-quick") and name.removesuffix("-quick") in tables):
                assert f"Table {name}: [Markdown](tables/{name}.md)" in page
    for name in figures():
        assert re.search(rf"!\[[A-Z][^]`]+\.]\(figures/{name}\.svg\)", page)  # what a reader hears who sees no picture
        assert "<text" in (DOCS / "figures" / f"{name}.svg").read_text(encoding="utf-8")
    assert not [line for line in page.splitlines() if line.startswith("@")]


def test_a_line_of_the_template_that_nothing_stands_for_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "@claim s1_small_weights" in template()
    monkeypatch.setattr("proofs.companion.template", lambda: "@figure none\n")
    with pytest.raises(ValueError, match="nothing stands for '@figure none'"):
        companion({})


@pytest.mark.parametrize("name", ["s1", "s1-quick"])
def test_the_largest_weight_does_not_grow_with_the_bits(name: str) -> None:
    """Golden: in the committed table every weight is within (d+3)^3/4 = 1331/4, from 20 bits up."""
    rows = list(csv.DictReader((TABLES / f"{name}.csv").read_text(encoding="utf-8").splitlines()))
    sizes = [int(row["bits"]) for row in rows]
    assert sizes[0] == 20
    assert sizes == sorted(sizes)
    assert all(4 * int(row["largest weight"]) <= 11**3 for row in rows)


def test_every_measured_number_is_within_its_bound() -> None:
    """In every committed table with bounds."""
    from fractions import Fraction

    compared = 0
    for path in TABLES.glob("*.csv"):
        for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
            for measured, bound in (("largest weight", "weight bound"), ("largest bias", "bias bound"), ("depth", "depth bound")):
                if row.get(measured, "-") not in ("", "-") and row.get(bound, "-") not in ("", "-"):  # "-": too large to build
                    assert Fraction(row[measured]) <= Fraction(row[bound]), (path.stem, row)
                    compared += 1
    assert compared > 100
