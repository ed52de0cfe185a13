"""Every command and every piece of Python in README.md and docs/ is run, and what it prints is what is written there.

Blocks of one file are run in the order of the file, in one new directory and one Python namespace:

* ``console``: a line ``$ command`` is run by bash, the lines below it are what it prints (both streams). A line ``...``
  stands for any lines; times (``1.2 s``) are not compared. ``$ echo $?`` prints the exit status of the command before it.
* ``python``: run as a doctest if it has ``>>>``, else executed.
* lines indented by four spaces that begin with ``exactnet`` are run, and must succeed; a word in capitals is a placeholder.

``python docs/make.py`` writes what commands print now into the pages, abridged as before.
"""

from __future__ import annotations

import difflib
import doctest
import importlib
import inspect
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from docs.make import BLOCK, PAGES, agrees, commands, fold_times, renewed, shell
from exactnet.cli.program import program

ROOT = Path(__file__).parents[2]
#: What a shell takes for more than words, outside of quotes.
SHELL = re.compile(r"[|&;<>()$`\\*?\[\]{}~#!\n]")

#: Blocks that show a file, a picture, set-up that needs a fresh clone (it is compared with what is run), or are for Sphinx.
NOT_RUN = {"json", "text", "th", "sh", "{eval-rst}", "{toctree}"}


def execute(command: str, folder: Path, status: int, page: str) -> tuple[int, str]:
    """Run a command where its files are; its status and what it prints.

    What needs no shell is run in this process, but for the README, where every command is a process of its own: most of the
    time of a command goes by before it begins.
    """
    words = shlex.split(command)
    if page == "README.md" or words[0] != "exactnet" or SHELL.search(re.sub(r"'[^']*'|\"[^\"$`\\]*\"", "", command)):
        result = shell(command, folder, status)
        return result.returncode, result.stdout
    assert Path.cwd() == folder
    done = CliRunner().invoke(program, words[1:])
    return done.exit_code, done.output


def run_console(block: str, folder: Path, page: str) -> None:
    """Run a console block and compare."""
    status = 0
    for command, expected in commands(block):
        status, printed = execute(command, folder, status, page)
        if not agrees(expected, printed):
            difference = difflib.unified_diff(fold_times(expected), fold_times(printed), page, "printed", "", "", 3, "")
            pytest.fail(f"$ {command}\n" + "\n".join(difference), pytrace=False)


def run_python(block: str, namespace: dict[str, object], page: str) -> None:
    """Run a Python block in the namespace of its page."""
    if ">>>" not in block:
        exec(compile(block, page, "exec"), namespace)
        return
    found = doctest.DocTestParser().get_doctest(block, namespace, page, page, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    report: list[str] = []
    runner.run(found, out=report.append, clear_globs=False)
    namespace.update(found.globs)
    assert runner.summarize(verbose=False).failed == 0, "".join(report)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_shows_is_what_happens(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__main__"}
    for language, block in BLOCK.findall(page.read_text(encoding="utf-8")):
        if language == "console":
            run_console(block, tmp_path, page.name)
        elif language == "python":
            run_python(block, namespace, page.name)
        else:
            assert language in NOT_RUN, f"{page.name}: nobody knows how to run a {language} block"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_says_what_it_is(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.count("\n```") + text.startswith("```") == 2 * len(BLOCK.findall(text))


def test_indented_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for page in PAGES:
        outside = BLOCK.sub("", page.read_text(encoding="utf-8"))
        for command in re.findall(r"^    (exactnet .*)$", outside, re.MULTILINE):
            if not re.search(r"\b[A-Z]{2,}\b", command):
                status, printed = execute(command, tmp_path, 0, page.name)
                assert status == 0, f"{page.name}: {command}: {printed}"


def anchor(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\((?!https?://)([^)\s]+)\)", BLOCK.sub("", page.read_text(encoding="utf-8"))):
        file, _, part = link.partition("#")
        target = page.parent / file if file else page
        assert target.exists(), f"{page.name}: {link}"
        if part:
            headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert part in map(anchor, headings), f"{page.name}: {link}"


def test_an_attribute_is_described_in_one_place() -> None:
    """A property has its own docstring; named once more under *Attributes*, the site has a warning, and is not built."""
    api, network, domain = (importlib.import_module(f"exactnet.{name}") for name in ("api", "kernel.network", "kernel.domain"))
    classes = {value for room in (api, network, domain) for value in vars(room).values() if inspect.isclass(value)}
    assert len(classes) > 10
    for described in classes:
        _, _, attributes = (described.__doc__ or "").partition("Attributes\n")
        named = re.findall(r"^ *(\w+(?:, \w+)*) : ", attributes, re.MULTILINE)
        for name in ", ".join(named).split(", "):
            assert not isinstance(inspect.getattr_static(described, name, None), property), f"{described.__name__}.{name}"


def test_the_set_up_commands_run_what_is_shown() -> None:
    """The first command of the README ends in the job whose output is shown; both begin with a fresh environment."""
    blocks = BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    setups = [block.strip() for language, block in blocks if language == "sh"]
    shown = [command for language, block in blocks if language == "console" for command, _ in commands(block)]
    assert len(setups) == 2
    assert all(setup.startswith("python3 -m venv .venv && .venv/bin/python -m pip install ") for setup in setups)
    assert setups[0].rsplit(" && .venv/bin/", 1)[1] in shown
    assert setups[1].endswith(".venv/bin/python -m pytest -n 2")


# --- this file -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "printed", "right"),
    [
        ("a\n", "a  \n", True),
        ("a\n", "b\n", False),
        ("a\n...\nc\n", "a\nb\nb\nc\n", True),
        ("a\n...\nc\n", "a\nc\n", True),
        ("a\n...\nc\n", "a\nb\n", False),
        ("time   1.5 s\n", "time   20.25 s\n", True),
        ("time   1.5 s\n", "time   20\n", False),
        ("", "a\n", False),
    ],
)
def test_the_comparison(expected: str, printed: str, right: bool) -> None:
    assert agrees(expected, printed) is right


def test_an_abridged_output_is_made_anew() -> None:
    old = "certified  x\nwires  5\n...\ndepth  3\nbits   4\n...\n"
    new = "certified  x\nwires  7\nsize   9\ntime   1.0 s\ndepth  2\nbits   1\nend\n"
    assert renewed(old, new) == "certified  x\nwires  7\n...\ndepth  2\nbits   1\n...\n"
    assert renewed("a  1\n", "a  2\nb  3\n") == "a  2\nb  3\n"
    assert agrees(renewed(old, new), new)


def test_a_wrong_page_fails(tmp_path: Path) -> None:
    run_console("$ exit 3\n$ echo $?\n3\n", tmp_path, "page")
    with pytest.raises(pytest.fail.Exception, match="echo b"):
        run_console("$ echo a\na\n$ echo b\na\n", tmp_path, "page")
    with pytest.raises(AssertionError, match="Expected"):
        run_python(">>> 1 + 1\n3\n", {}, "page")
