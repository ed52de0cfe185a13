"""Files beside a certificate, of every format that has some: each is the one that the certificate names, or it is refused."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import exactnet as ex
from exactnet import recheck
from exactnet.symbolic import absolute, equal, x
from exactnet.symbolic import relu as positive
from tests.helpers import run

CORPUS = Path(__file__).parents[1] / "corpus" / "certified"


def _ran(*arguments: object) -> None:
    assert run(*map(str, arguments))[0] == 0


def _structural(folder: Path) -> None:
    ex.write(folder / "net.json", ex.families.comparison(n=3))
    _ran("certify", folder / "net.json", "--structural", "-q", "-o", folder / "c.json")


def _continuous(folder: Path) -> None:
    net = ex.Network(["x"], [ex.relu("h", {"x": "1/2"}, "1/4"), ex.affine("y", {"h": 1})], ["y"])
    ex.write(folder / "net.json", net, ex.Grid(1, 1))
    _ran("continuous", folder / "net.json", "--precision", "1/2", "--range", 1, "--delta", "1/4", "-q", "-o", folder / "c.json")


MAKE: dict[str, Callable[[Path], object]] = {
    "networks": lambda folder: shutil.copytree(CORPUS / "s5-network", folder, dirs_exist_ok=True),
    "cells": lambda folder: equal(absolute(x[1]), 2 * positive(x[1]) - x[1]).write(folder / "c.json"),
    "radial": lambda folder: _ran(
        "radial", "--profile", "0:1/2,1/2:0,1:1/2", "--d", 4, "--p", 1, "--degree", 2, "-q", "-o", folder / "c.json"
    ),
    "structural": _structural,
    "continuous": _continuous,
}
BESIDE = {
    "networks": ["original", "constructed", "circuits"],
    "cells": ["a", "b"],
    "radial": ["network"],
    "structural": ["original", "constructed", "proof"],
    "continuous": ["grid", "grid.original", "grid.constructed"],
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One certificate of each kind."""
    made = {kind: tmp_path_factory.mktemp(kind) for kind in MAKE}
    for kind, folder in made.items():
        MAKE[kind](folder)
        (folder / "net.json").unlink(missing_ok=True)
    return made


def _missing(file: Path) -> None:
    file.unlink()


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _link_to_a_pipe(file: Path) -> None:
    os.mkfifo(file.with_name("pipe"))
    file.unlink()
    file.symlink_to("pipe")


def _link_to_nothing(file: Path) -> None:
    file.unlink()
    file.symlink_to("nothing")


def _another(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"\n")


#: What becomes of a file, and what ``check`` and ``recheck`` say of it.
CHANGES: dict[Callable[[Path], None], tuple[str, str]] = {
    _missing: ("No such file", "No such file"),
    _folder: ("is a directory", "Is a directory"),
    _pipe: ("is not a regular file", "not a regular file"),
    _link_to_a_pipe: ("is not a regular file", "not a regular file"),
    _link_to_nothing: ("No such file", "No such file"),
    _another: ("differs", "is not the recorded one"),
}


@pytest.mark.parametrize(("kind", "beside"), [(kind, name) for kind, names in BESIDE.items() for name in names])
def test_any_other_file_is_refused(
    folders: dict[str, Path], kind: str, beside: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Path(f"c.{beside}.gz" if beside == "proof" else f"c.{beside}.json")
    for change, (message, again) in CHANGES.items():
        if beside == "grid" and change is _another:
            continue  # the certificate of the grid has no digest: it is checked itself
        shutil.copytree(folders[kind], tmp_path / change.__name__)
        monkeypatch.chdir(tmp_path / change.__name__)
        change(file)
        with pytest.raises(ex.ExactnetError, match=rf"^{re.escape(str(file))}: .*{message}"):
            ex.check("c.json")
        with pytest.raises((recheck.Unusable, recheck.Wrong), match=f"{re.escape(str(file))}.* {again}"):
            list(recheck.recheck("c.json"))


@pytest.mark.parametrize("kind", MAKE)
def test_a_file_that_does_not_lie_beside_the_certificate(
    folders: dict[str, Path], kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The right file, but in another folder."""
    shutil.copytree(folders[kind], tmp_path / "inner")
    monkeypatch.chdir(tmp_path / "inner")
    name = f"c.{BESIDE[kind][0]}.json"
    shutil.copy(name, "..")
    text = Path("c.json").read_text()
    assert text.count(f'"{name}"') == 1
    Path("c.json").write_text(text.replace(f'"{name}"', f'"../{name}"'))
    with pytest.raises(ex.ExactnetError, match="does not match"):
        ex.check("c.json")
    with pytest.raises(recheck.Unusable, match="is not next to the certificate"):
        list(recheck.recheck("c.json"))


@pytest.mark.parametrize("kind", MAKE)
def test_links_to_the_right_files_are_read_and_large_files_are_not(
    folders: dict[str, Path], kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for file in folders[kind].iterdir():
        Path(file.name).symlink_to(file)
    assert ex.check("c.json").verdict == "certified"
    sizes = {file.name: file.stat().st_size for file in folders[kind].iterdir()}
    name = f"c.{BESIDE[kind][0]}.json"  # it is read first, and is now the largest
    Path(name).unlink()
    Path(name).write_bytes(bytes(max(sizes.values()) + 1))
    with pytest.raises(ex.ExactnetError, match=f"^{name}: has more than"):
        ex.check("c.json", max_file=max(sizes.values()))
    with pytest.raises(recheck.Unusable, match=f"^{name}: more than"):
        list(recheck.recheck("c.json", max_file=max(sizes.values())))


@pytest.mark.parametrize("change", [_pipe, _folder])
def test_a_certificate_that_is_no_file(change: Callable[[Path], None], tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    file.touch()
    change(file)
    assert run("check", str(file)) == (2, "", f"exactnet: {file}: {CHANGES[change][0]}\n")
