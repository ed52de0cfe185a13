"""Reading whole files: bounded, and with one line for whatever goes wrong."""

from __future__ import annotations

import hashlib
import os
import stat

from exactnet.kernel.errors import FormatError

__all__ = ["MAX_BYTES", "Path", "digest", "read_bytes", "shown", "system_reason"]

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


def read_bytes(path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """Read a file of at most ``max_bytes`` bytes.

    The size is looked at before reading and counted while reading, so that pipes and devices are bounded too.
    Raises :class:`FormatError` for a larger file and for everything that the operating system refuses.
    """
    chunks: list[bytes] = []
    size = 0
    try:
        with open(path, "rb") as handle:
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
