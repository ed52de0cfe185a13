"""A run with limits on time and memory.

To believe: that a run that is ended by a limit is not taken for a verdict: its exit status is 2, never 0 or 1.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

try:
    import resource
except ImportError:  # not a Unix: there are no limits
    resource = None  # type: ignore[assignment]


def limited(run: Callable[[], int], seconds: int, mebibytes: int) -> int:
    """The exit status of ``run``, in a process of its own with limits (0: none); 2 where one of them ends it.

    The system counts the time, of computing alone, and ends even one long multiplication.
    """
    if resource is None:
        return run()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        lower(resource.RLIMIT_CORE, 0)
        if seconds:
            lower(resource.RLIMIT_CPU, seconds)
        if mebibytes:
            lower(resource.RLIMIT_AS, mebibytes << 20)
        return run()
    ended = wait(child)
    if ended >= 0:
        return ended
    why = f"ended by signal {-ended}"
    if -ended == signal.SIGXCPU:
        why = f"not done within {seconds} s of computing; --max-seconds N is the limit (0: none)"
    print(f"recheck: {why}", file=sys.stderr)
    return 2


def lower(limit: int, most: int) -> None:
    """Lower a limit, never beyond what the process was given."""
    _, hard = resource.getrlimit(limit)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(limit, (most, hard))


def wait(child: int) -> int:
    """The exit status of a process, or minus the number of the signal that ended it."""
    while True:
        try:
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        except KeyboardInterrupt:  # the child is interrupted too, and says so
            continue
