"""What is done already, on disk: a run that was killed goes on where it stopped.

JSON lines. A section for each job begins with a line that identifies the networks, the domain, the relation and the
version of exactnet; a line for each finished range follows. Every line ends with a checksum over itself and all lines
before it. A last line that was cut off is dropped; anything else that is not as expected is not believed.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Any, Generic, TypeVar

from exactnet import __version__
from exactnet.distribute.jobs import Job
from exactnet.errors import FormatError
from exactnet.evaluate.block import CHUNK
from exactnet.io import digest, dump_network, shown

try:
    import fcntl
except ImportError:  # no such locks on this system
    fcntl = None  # type: ignore[assignment]

__all__ = ["Journal", "Section", "key_of"]

T = TypeVar("T")
Range = tuple[int, int]

#: A longer journal is not read: 2^40 inputs make less.
_MAX_BYTES = 2**32


def key_of(job: Job[Any]) -> str:
    """What a job's results depend on, as SHA-256: version, networks, domain, relation, width."""
    networks = [digest(dump_network(net, job.domain)) for net in job.networks]
    domain = {"d": job.domain.d, **job.domain.describe()}
    said = {"exactnet": __version__, "networks": networks, "domain": domain, **job.settings()}
    return digest(json.dumps(said, sort_keys=True).encode())


@dataclass
class _Found:
    """A section as it was read: its key, where its header and its end are in the file, the checksum there."""

    key: str
    begin: int
    before: str
    end: int
    check: str
    first: int
    """Where the results begin."""
    packed: dict[Range, dict[str, Any]] = field(default_factory=dict)


def _checksum(before: str, line: bytes) -> str:
    return hashlib.sha256(before.encode() + line).hexdigest()


def _line(before: str, said: dict[str, Any]) -> tuple[bytes, str]:
    text = json.dumps(said).encode()
    check = _checksum(before, text)
    return text + b" " + check.encode() + b"\n", check


def _read(handle: IO[bytes]) -> list[_Found]:
    """The sections of a journal; none if any whole line is not as it was written."""
    found: list[_Found] = []
    check, place = "", 0
    for line in handle:
        if not line.endswith(b"\n"):
            break
        text, _, said = line[:-1].rpartition(b" ")
        before, check = check, _checksum(check, text)
        if said != check.encode():
            return []
        try:
            entry = json.loads(text)
            if "key" in entry:
                found.append(_Found(str(entry["key"]), place, before, place, check, place + len(line)))
            else:
                found[-1].packed[entry.pop("start"), entry.pop("stop")] = entry
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
            return []
        place += len(line)
        found[-1].end, found[-1].check = place, check
    return found


class Journal:
    """The journal of one run at a path. Use as a context manager; :meth:`remove` when the run is over.

    The file is opened when the first job begins.

    Raises :class:`FormatError` where the file cannot be read or written, or another run is using it.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._begun = 0
        self._handle: IO[bytes] | None = None
        self._found: list[_Found] = []

    def _do(self, action: Callable[[], T]) -> T:
        try:
            return action()
        except (OSError, ValueError) as error:
            reason = (isinstance(error, OSError) and error.strerror) or "no file can have this name"
            raise FormatError(f"{shown(self.path)}: the journal cannot be written: {reason}") from None

    def _open(self) -> IO[bytes]:
        handle = os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666), "r+b", buffering=0)
        try:
            self._claim(handle)
        except BaseException:
            handle.close()
            raise
        return handle

    def _claim(self, handle: IO[bytes]) -> None:
        if not stat.S_ISREG(os.fstat(handle.fileno()).st_mode):
            raise FormatError(f"{shown(self.path)}: the journal cannot be written: is not a regular file")
        if fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise FormatError(f"{shown(self.path)}: another run is using this journal") from None

    @staticmethod
    def _load(handle: IO[bytes]) -> list[_Found]:
        if os.fstat(handle.fileno()).st_size > _MAX_BYTES:
            return []
        with open(os.dup(handle.fileno()), "rb") as buffered:
            return _read(buffered)

    def section(self, job: Job[T]) -> Section[T]:
        """The part of the journal for a job, the next of this run; what does not belong to the job is forgotten."""
        if self._handle is None:
            self._handle = handle = self._do(self._open)
            self._found = self._do(lambda: self._load(handle))
        key, index = key_of(job), self._begun
        self._begun += 1
        if index < len(self._found) and self._found[index].key == key:
            known = self._unpack(job, self._found[index].packed)
            if known is not None:
                return Section(self, job, index, known)
        if index < len(self._found):
            begin, before = self._found[index].begin, self._found[index].before
        else:
            begin, before = (self._found[-1].end, self._found[-1].check) if self._found else (0, "")
        del self._found[index:]
        self._found.append(_Found(key, begin, before, begin, before, begin))
        self.append(index, {"key": key})
        self._found[index].first = self._found[index].end
        return Section(self, job, index, {})

    @staticmethod
    def _unpack(job: Job[T], packed: dict[Range, dict[str, Any]]) -> dict[Range, T] | None:
        """The results; None if anything in them cannot be."""
        count = job.domain.count
        try:
            for start, stop in packed:
                if not (0 <= start < stop == min(start + CHUNK, count) and start % CHUNK == 0):
                    return None
            return {part: job.unpack(*part, entry) for part, entry in packed.items()}
        except (ValueError, KeyError, TypeError):
            return None

    def append(self, index: int, said: dict[str, Any]) -> None:
        """Write a line at the end of a section; what stood after it is forgotten."""
        del self._found[index + 1 :]
        section = self._found[index]
        line, check = _line(section.check, said)
        self._do(lambda: self._write(section.end, line))
        section.end, section.check = section.end + len(line), check

    def _write(self, place: int, line: bytes) -> None:
        assert self._handle is not None, "a section is open"
        self._handle.truncate(place)
        self._handle.seek(place)
        rest = memoryview(line)
        while rest:
            rest = rest[self._handle.write(rest) :]

    def remove(self) -> None:
        """The run is over: nothing is left to be continued."""
        if self._handle is not None:
            with suppress(FileNotFoundError):
                os.unlink(self.path)
            self._close()

    def _close(self) -> None:
        if self._handle is not None:
            self._handle.close()
            self._handle = None

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        if any(section.end > section.first for section in self._found):
            self._close()
        else:  # nothing worth keeping
            self.remove()


@dataclass(frozen=True)
class Section(Generic[T]):
    """The finished ranges of one job."""

    journal: Journal
    job: Job[T]
    index: int
    known: dict[Range, T]

    def append(self, part: Range, result: T) -> None:
        """Remember a result; it is in the file when this returns."""
        self.journal.append(self.index, {"start": part[0], "stop": part[1], **self.job.pack(result)})
