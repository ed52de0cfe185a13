"""Files that a certificate names: ``check`` and ``recheck`` read the one beside it, and it is the one that was certified."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from exactnet.cli.program import program
from exactnet.recheck.command import main as recheck
from tests.fuzz.seeds import FILES
from tests.test_corpus import CORPUS

#: How certificates of every format that names files are made, and where in them the companions are.
KINDS: dict[str, tuple[tuple[str, ...], tuple[tuple[str | int, ...], ...]]] = {
    "reals": (("compare", "whole.json", "whole.json", "--domain", "reals"), (("networks", 0), ("networks", 1))),
    "radial": (("radial", "--profile", "0:1/2,1/2:0,1:1/2", "--d", "2", "--p", "2"), (("network",),)),
    "structural": (("certify", "gates.th", "--structural"), (("original",), ("constructed",), ("proof",))),
    "continuous": (("continuous", "line.json", "--precision", "1/2", "--delta", "1/10"), (("grid",),)),
    "circuits": ((), (("original",), ("constructed",), ("circuits",))),
}
PLACES = [(kind, place) for kind, (_, places) in KINDS.items() for place in places]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each kind."""
    folder = tmp_path_factory.mktemp("companions")
    for kind, (command, _) in KINDS.items():
        own = folder / kind
        if not command:
            shutil.copytree(CORPUS / "certified" / "s5-network", own)
            continue
        own.mkdir()
        arguments = [str(own / part) if part in FILES else part for part in command]
        for name in FILES:
            if name in command:
                (own / name).write_text(FILES[name])
        result = CliRunner().invoke(program, [*arguments, "-o", str(own / "c.json"), "-q"])
        assert result.exit_code == 0, result.output
    return folder


def at(document: Any, place: tuple[str | int, ...]) -> dict[str, Any]:
    for part in place:
        document = document[part]
    return dict(document)


def refusals(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """What both say, one line each."""
    result = CliRunner().invoke(program, ["check", "-q", str(path)])
    capsys.readouterr()
    status = recheck([str(path)])
    said = capsys.readouterr()
    assert (result.exit_code, status) != (0, 0)
    assert result.exit_code in (1, 2)
    assert status in (1, 2)
    return result.output.strip(), (said.out + said.err).strip().splitlines()[-1]


@pytest.mark.parametrize("kind", KINDS)
def test_they_are_confirmed_where_nothing_is_changed(certificates: Path, kind: str) -> None:
    path = certificates / kind / "c.json"
    assert CliRunner().invoke(program, ["check", "-q", str(path)]).exit_code == 0
    assert recheck([str(path)]) == 0


def changed(path: Path) -> None:
    """The same document in other bytes."""
    path.write_bytes(path.read_bytes() + b"\n")


def missing(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(("kind", "place"), [case for case in PLACES if case[0] != "continuous"])
@pytest.mark.parametrize(
    ("spoil", "says", "says_again"),
    [(changed, "SHA-256 differs", "not the (recorded one|network that)"), (missing, "No such file", "No such file")],
    ids=["changed", "missing"],
)
def test_another_companion(
    certificates: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    kind: str,
    place: tuple[str | int, ...],
    spoil: Callable[[Path], None],
    says: str,
    says_again: str,
) -> None:
    shutil.copytree(certificates / kind, tmp_path / "own")
    path = tmp_path / "own" / "c.json"
    spoil(path.parent / at(json.loads(path.read_text()), place)["file"])
    one, again = refusals(path, capsys)
    for text, pattern in ((one, says), (again, says_again)):
        assert re.search(pattern, text), text


@pytest.mark.parametrize(("kind", "place"), PLACES)
def test_a_companion_elsewhere_is_not_read(
    certificates: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, place: tuple[str | int, ...]
) -> None:
    """Not even the right one: what a certificate names lies beside it."""
    shutil.copytree(certificates / kind, tmp_path / "own")
    path = tmp_path / "own" / "c.json"
    document = json.loads(path.read_text())
    inner = document
    for part in place:
        inner = inner[part]
    inner["file"] = f"../own/{inner['file']}"
    path.write_text(json.dumps(document))
    one, again = refusals(path, capsys)
    assert "does not match" in one, one
    assert "is not next to the certificate" in again
