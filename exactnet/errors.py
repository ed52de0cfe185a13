"""What can go wrong, as a user sees it: one line that says what and where.

Every error that a bad input can cause derives from :class:`ExactnetError`; the command line
turns it into one line and exit status 2. Anything else that escapes is a defect of exactnet.
"""

from __future__ import annotations

__all__ = ["DomainError", "ExactnetError", "FormatError", "NetworkError", "RefusedError", "ResourceError", "SizeError", "clip_text"]


def clip_text(text: object, limit: int = 60) -> str:
    """Quote untrusted text for a one-line message: printable, at most about ``limit`` characters.

    >>> clip_text("a\\nb")
    "'a\\\\nb'"
    >>> clip_text("9" * 100, 20)
    "'99999999999999...' (100 characters)"
    """
    raw = str(text)
    if len(raw) <= limit:
        return repr(raw)
    return f"{raw[: limit - 6] + '...'!r} ({len(raw)} characters)"


class ExactnetError(Exception):
    """Base of all errors with a one-line message for the user."""


class NetworkError(ExactnetError):
    """A network that is not well formed; the message names the node."""


class DomainError(ExactnetError):
    """A domain that cannot be used (unknown, too large, of the wrong dimension)."""


class FormatError(ExactnetError):
    """A file that cannot be read or written; the message names the file and the place."""


class SizeError(ExactnetError):
    """A construction that would be too large; the message shows the size."""


class ResourceError(ExactnetError):
    """The machine has too little memory, or has lost the processes that were to work; the message says which."""


class RefusedError(ExactnetError):
    """A hypothesis of a theorem fails; the message shows the two numbers that decide it."""
