"""How much memory there is for building a network."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["NODE_BYTES", "TERM_BYTES", "USUAL", "available_memory", "budget_of", "bytes_text"]

#: The memory that a node and a term of its form take while a network is built: measured, on 64-bit Linux, names and wires included.
NODE_BYTES, TERM_BYTES = 4096, 256

#: What building may take where nobody says more: about 2^17 nodes, which take some twenty seconds to build, compare, measure and
#: write, so that a small file that asks for more is refused in a part of that time.
USUAL = 2**29

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""


def _machine() -> int | None:
    """What the machine can give without swapping, or else what it has."""
    for line in _read("/proc/meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _container() -> int | None:
    """What is left of the limit of a control group, if there is one."""
    for limit, used in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ):
        most, now = _read(limit).strip(), _read(used).strip()
        if most.isdigit() and now.isdigit():
            return max(0, int(most) - int(now))
    return None


def _process() -> int | None:
    """The limit of this process (``ulimit -v``), if there is one."""
    if sys.platform == "win32":
        return None
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if soft == resource.RLIM_INFINITY else soft


def available_memory() -> int | None:
    """The bytes that a process may still take: the least of what machine, container and process limits say; None if none does."""
    limits = [value for value in (_machine(), _container(), _process()) if value is not None]
    return min(limits, default=None)


def budget_of(most: int | None) -> int:
    """The bytes that building may take: ``most`` where that is said, else :data:`USUAL`, or less where there is less."""
    if most is not None:
        return most
    available = available_memory()
    return USUAL if available is None else min(USUAL, available)


def bytes_text(count: int) -> str:
    """A number of bytes for a person, rounded up.

    >>> bytes_text(1000), bytes_text(3 * 2**29), bytes_text(2**70)
    ('1000 bytes', '1.5 GiB', '1073741824.0 TiB')
    """
    unit, size = 0, 1
    while count >= 1024 * size and unit < len(_UNITS) - 1:
        unit, size = unit + 1, size * 1024
    tenths = -(-10 * count // size)
    return f"{count} bytes" if unit == 0 else f"{tenths // 10}.{tenths % 10} {_UNITS[unit]}"
