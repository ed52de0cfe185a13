"""Writing whole files: all of them or none, never through a link, one run at a time."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from exactnet.files.files import Path, digest, shown, system_reason
from exactnet.kernel.errors import FormatError

try:
    import fcntl
except ImportError:  # no such locks on this system
    fcntl = None  # type: ignore[assignment]

__all__ = ["is_stream", "reserved", "write_atomic", "write_together"]


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; see :func:`write_together`."""
    write_together({os.fspath(path): data})


def write_together(files: Mapping[str, bytes]) -> None:
    """Write files, each whole or not at all, and none unless there is room for all.

    The data goes to temporary files in the same directories, which then take the places of the old files, in the order
    given. Whatever happens before that (Ctrl-C included), the old files stay as they were and the temporary files are
    removed. The mode of an old file is kept. Pipes and devices cannot be replaced; they are written to directly.
    Raises :class:`FormatError` for a symbolic link (what it leads to may be anybody's) and for everything that the
    operating system refuses.
    """
    staged: dict[str, str | None] = {}
    path = ""
    try:
        for path, data in files.items():
            staged[path] = None if is_stream(path) else _stage(path, data)
        for path, temporary in staged.items():
            if temporary is None:
                _send(path, files[path])
            else:
                os.replace(temporary, path)
                staged[path] = None
    except (OSError, ValueError) as error:
        raise FormatError(f"{shown(path)}: cannot be written: {system_reason(error)}") from None
    finally:
        for temporary in staged.values():
            if temporary is not None:
                with suppress(OSError):
                    os.unlink(temporary)


def is_stream(path: Path) -> bool:
    """Whether a path is a pipe or a device, so that it is written to in place; False for a file or a new name.

    Raises :class:`FormatError` for a directory, and for a symbolic link, but for those of the system (``/dev/stdout``) to
    pipes and devices.
    """
    try:
        mode = os.lstat(path).st_mode
        if stat.S_ISLNK(mode):
            folder = os.path.realpath(os.path.dirname(os.path.abspath(path)))
            if folder == "/dev" or folder.startswith("/proc/"):  # not /dev/shm, where anybody makes links
                mode = os.stat(path).st_mode
            if stat.S_ISLNK(mode) or stat.S_ISREG(mode):
                raise FormatError(f"{shown(path)}: cannot be written: is a symbolic link")
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(mode):
        raise FormatError(f"{shown(path)}: cannot be written: is a directory")
    return not stat.S_ISREG(mode)


def _stage(path: Path, data: bytes) -> str:
    """A temporary file beside ``path`` that holds the data."""
    folder = os.path.dirname(os.fsdecode(path))
    temporary = os.path.join(folder, f".exactnet-{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        with suppress(FileNotFoundError):
            os.chmod(temporary, stat.S_IMODE(os.lstat(path).st_mode))
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    return temporary


def _send(path: Path, data: bytes) -> None:
    with open(os.open(path, os.O_WRONLY), "wb") as handle:  # nothing is made or cut here
        handle.write(data)


@contextmanager
def reserved(path: Path) -> Iterator[None]:
    """Keep a name, and those made from it (``c.json``: ``c.original.json``), for the files of one run.

    The lock is an empty file beside it, which is removed at the end; after a crash it holds nobody up. Systems without
    ``fcntl`` have no lock. Raises :class:`FormatError` where another run has it.
    """
    if fcntl is None or is_stream(path):
        yield
        return
    folder, name = os.path.split(os.fsencode(path))
    lock = os.path.join(os.fsdecode(folder), f".exactnet-{digest(name.removesuffix(b'.json'))[:16]}.lock")
    try:
        handle = _lock(lock)
    except BlockingIOError:
        raise FormatError(f"{shown(path)}: cannot be written: another run is writing it") from None
    except (OSError, ValueError) as error:
        raise FormatError(f"{shown(path)}: cannot be written: {system_reason(error)}") from None
    try:
        yield
    finally:
        with suppress(OSError):
            os.unlink(lock)  # while it is held
        os.close(handle)


def _lock(path: str) -> int:
    """A lock on the file that has this name (not on one that was removed while this one waited for its turn)."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(handle), os.lstat(path)):
                    return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
