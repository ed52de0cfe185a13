"""Reading whole files: bounded, and with one line for whatever goes wrong."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping

from exactnet.kernel.errors import FormatError

__all__ = ["MAX_BYTES", "Path", "digest", "read_bytes", "read_companion", "shown", "system_reason"]

#: The largest file that is read or written unless the caller says otherwise.
MAX_BYTES = 64 * 2**20

_CHUNK = 2**20

Path = str | os.PathLike[str]


def shown(path: Path) -> str:
    """A path as it stands in a message: on one line, whatever the file is called.

    >>> shown("net.json"), shown("a\\nb")
    ('net.json', "'a\\\\nb'")
    """
    name = os.fspath(path)
    return name if name.isprintable() and name else repr(name)


def read_bytes(path: Path, max_bytes: int = MAX_BYTES, *, regular: bool = False) -> bytes:
    """Read a file of at most ``max_bytes`` bytes. Of a pipe or device nothing is read, unless a shell has opened it already
    (``/dev/stdin``, ``<(...)``) and not ``regular``: nobody may ever write to it.

    The size is looked at before reading and counted while reading, so that these are bounded too.
    Raises :class:`FormatError` for a larger file and for everything that the operating system refuses.
    """
    chunks: list[bytes] = []
    size = 0
    try:
        opened = not regular and os.fspath(path).startswith(("/dev/fd/", "/dev/stdin"))
        with open(path, "rb", opener=None if opened else _open_regular) as handle:
            about = os.fstat(handle.fileno())
            if stat.S_ISREG(about.st_mode):
                size = about.st_size
            total = 0
            while size <= max_bytes:
                chunk = handle.read(min(_CHUNK, max_bytes + 1 - total))
                if not chunk:
                    break
                chunks.append(chunk)
                total += len(chunk)
                size = max(size, total)
    except (OSError, ValueError) as error:
        raise FormatError(f"{shown(path)}: cannot be read: {system_reason(error)}") from None
    if size > max_bytes:
        raise FormatError(f"{shown(path)}: has more than {max_bytes} bytes")
    return b"".join(chunks)


def _open_regular(path: str, flags: int) -> int:
    """Open a file without waiting for whoever writes to it."""
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(mode := os.fstat(handle).st_mode):
        os.close(handle)
        raise FormatError(f"{shown(path)}: is {'a directory' if stat.S_ISDIR(mode) else 'not a regular file'}")
    return handle


def read_companion(path: str, described: Mapping[str, str], what: str, max_file: int) -> tuple[bytes, str]:
    """The bytes of a file beside a certificate, ``described`` there by its ``file`` and ``sha256``, and its name for messages."""
    place = os.path.join(os.path.dirname(path), described["file"])
    data = read_bytes(place, max_file, regular=True)
    if digest(data) != described["sha256"]:
        raise FormatError(f"{shown(place)}: is not the {what} of the certificate (its SHA-256 differs)")
    return data, shown(place)


def system_reason(error: OSError | ValueError) -> str:
    """Why the operating system refuses, in words."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return "no file can have this name"  # a NUL in it, or characters that cannot be encoded


def digest(data: bytes) -> str:
    """The SHA-256 digest in hexadecimal.

    >>> digest(b"")[:16]
    'e3b0c44298fc1c14'
    """
    return hashlib.sha256(data).hexdigest()
