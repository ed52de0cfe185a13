"""Make tables, figures and the companion, or compare them with what is on disk.

A folder holds ``tables/`` (every table as Markdown, CSV and LaTeX), ``figures/`` (SVG and PDF) and ``companion.md``.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Collection, Generator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from exactnet.files.atomic import write_atomic
from exactnet.files.files import shown
from exactnet.kernel.errors import ExactnetError, FormatError
from exactnet.parallel.local import die_with_parent

from .companion import companion
from .figure import source
from .registry import figures, long_ones, makers
from .table import Table

__all__ = ["Uncertified", "differences", "make", "make_all", "orphans", "write_companion", "write_table"]


class Uncertified(ExactnetError):
    """A row that is not certified; the message names the table and the row."""


@dataclass(frozen=True)
class _Failure:
    """What a table failed with, on its way from one process to another."""

    message: str


def make(name: str) -> Table:
    """Make one table.

    Raises :class:`Uncertified` where a row is not certified, for whatever reason.
    """
    try:
        table = makers(quick=False)[name]()
    except (AssertionError, ExactnetError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise Uncertified(f"table {name}: {reason}") from error
    if table.name != name:
        raise Uncertified(f"table {name}: its maker calls it {table.name}")
    return table


def _try(name: str) -> Table | _Failure:
    try:
        return make(name)
    except Uncertified as error:
        return _Failure(str(error))


def _begin() -> None:
    """In a worker: Ctrl-C is for the parent; whatever ends that ends the worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent()


def make_all(names: Sequence[str], workers: int) -> Generator[Table]:
    """Make tables by ``workers`` processes, in the order in which they are finished. Closing it stops all work.

    Raises :class:`Uncertified` for the first that fails.
    """
    workers = min(workers, len(names))
    if workers <= 1:
        yield from map(make, names)
        return
    # Fresh interpreters: a fork would copy the locks of the thread that shows progress.
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _begin)
    try:
        long = long_ones()  # begun first, so that no process is left alone with one of them at the end
        ordered = sorted(names, key=lambda name: name not in long)
        futures: list[Future[Table | _Failure]] = [pool.submit(_try, name) for name in ordered]
        for future in as_completed(futures):
            table = future.result()
            if isinstance(table, _Failure):
                raise Uncertified(table.message)
            yield table
    except BrokenProcessPool:
        raise Uncertified("a process died (killed, or out of memory?); try --workers 1") from None
    finally:
        for process in list((pool._processes or {}).values()):  # nobody waits for what they are doing
            process.terminate()
        pool.shutdown(wait=True, cancel_futures=True)


def can_draw() -> bool:
    """Whether matplotlib is there."""
    return find_spec("matplotlib") is not None


def _files(table: Table) -> dict[str, bytes]:
    """The files of a table, and of the figures that are drawn from it if they can be, below the folder."""
    files = {f"tables/{name}": text.encode() for name, text in table.files().items()}
    if can_draw():
        for name, figure in figures().items():
            if figure.table == table.name:
                files |= {f"figures/{file}": data for file, data in figure.render(name, table).items()}
    return files


def write_table(folder: Path, table: Table) -> None:
    """Write a table in every format, and the figures that are drawn from it, each file whole or not at all."""
    for file, data in _files(table).items():
        _write(folder / file, data)


def redraw(folder: Path) -> None:
    """Draw the figures anew from the tables in the folder."""
    for name, figure in figures().items():
        place = folder / "tables" / f"{figure.table}.md"
        if can_draw() and place.is_file():
            for file, data in figure.render(name, Table.read(figure.table, _text(place))).items():
                _write(folder / "figures" / file, data)


def write_companion(folder: Path) -> None:
    """Write the companion from the tables and figures in the folder."""
    _write(folder / "companion.md", companion(_present(folder)).encode())


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FormatError(f"{shown(path.parent)}: cannot be made: {error.strerror}") from None
    write_atomic(path, data)


def _present(folder: Path) -> Mapping[str, str]:
    """What is in the folder: the Markdown of tables and the names of figures, by their place below it."""
    texts = {f"tables/{path.name}": _text(path) for path in sorted((folder / "tables").glob("*.md"))}
    return texts | {f"figures/{path.name}": "" for path in sorted((folder / "figures").glob("*.svg"))}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def differences(folder: Path, tables: Collection[Table]) -> list[str]:
    """The files that are missing, or not what these tables give.

    Tables are compared byte for byte, figures by the digest of the table that they were drawn from, and the companion
    with what the folder's tables and figures give. Without matplotlib a figure may be missing.
    """
    wrong = []
    drawn = can_draw()
    for table in tables:
        for name, text in table.files().items():
            place = folder / "tables" / name
            if not place.is_file() or _text(place) != text:
                wrong.append(f"tables/{name}")
        for name, figure in figures().items():
            if figure.table == table.name:
                places = [folder / "figures" / f"{name}.{kind}" for kind in ("svg", "pdf")]
                about = source(table).encode()
                wanted = (place for place in places if drawn or place.exists())
                wrong += [f"figures/{place.name}" for place in wanted if not _holds(place, about)]
    if _text(folder / "companion.md") != companion(_present(folder)):
        wrong.append("companion.md")
    return wrong


def orphans(folder: Path) -> list[str]:
    """The tables and figures in a folder that no module makes."""
    known = {"tables": makers(quick=False).keys(), "figures": figures().keys()}
    return [
        f"{part}/{path.name}"
        for part, names in known.items()
        for path in sorted((folder / part).glob("*.*"))
        if path.stem not in names
    ]


def _holds(place: Path, data: bytes) -> bool:
    return place.is_file() and data in place.read_bytes()
