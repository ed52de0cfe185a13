"""The command line: ``exactnet COMMAND …``; each command is a small module of this package.

Nothing heavy is imported before a command needs it: ``exactnet --help`` starts without numpy, sympy, networkx or rich.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import NoReturn

__all__ = ["main"]

INTERRUPTED = 130
#: Seconds for tidying up after Ctrl-C.
_GRACE = 1.0
_SHOW_CURSOR = b"\x1b[?25h"


def main() -> int:
    """Run the command line on ``sys.argv``; the exit status.

    0: certified or equal; 1: refuted; 2: refused or unusable input; 70: a defect of exactnet; 130: interrupted;
    141: nobody reads the output.
    """
    _end_on_interrupt()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # there is a process for each core; threads that wait for a core spin
    try:
        from exactnet.cli.program import program, run

        status = run(program, sys.argv[1:])
    except KeyboardInterrupt:  # before the program had begun, or once more while it was ending
        print("exactnet: interrupted", file=sys.stderr)
        status = INTERRUPTED
    if status == INTERRUPTED:
        _leave()  # at once: taking large networks apart would take a while
    return status


def _leave() -> NoReturn:
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.flush()
    os._exit(INTERRUPTED)


def _end_on_interrupt() -> None:
    """Make sure that Ctrl-C ends the program, even where a library swallows the exception.

    Python drops an exception that is raised in a finalizer or a weak reference's callback (after printing a traceback).
    The first Ctrl-C raises KeyboardInterrupt, so that temporary files are removed, and sets a timer that ends the
    process; the second one ends it.
    """
    previous = sys.unraisablehook

    def quiet(unraisable: sys.UnraisableHookArgs) -> None:
        if unraisable.exc_type is not KeyboardInterrupt:
            previous(unraisable)

    def leave(number: int, frame: FrameType | None) -> None:
        if sys.stderr is not None and sys.stderr.isatty():
            os.write(2, _SHOW_CURSOR)  # a progress bar hides it
        os._exit(INTERRUPTED)

    def interrupt(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, leave)
        if hasattr(signal, "setitimer"):
            signal.signal(signal.SIGALRM, leave)
            signal.setitimer(signal.ITIMER_REAL, _GRACE)
        raise KeyboardInterrupt

    sys.unraisablehook = quiet
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # nohup and the like
        signal.signal(signal.SIGINT, interrupt)
