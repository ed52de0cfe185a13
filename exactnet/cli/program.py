"""The program: which commands there are, and how every way to fail becomes one line and an exit status."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from exactnet import __version__
from exactnet.cli.output import plain, print_json
from exactnet.kernel.errors import ExactnetError

__all__ = ["program", "run"]

FAILED = 2
DEFECT = 70  # EX_SOFTWARE of sysexits.h
INTERRUPTED = 130
UNREAD = 141  # 128 + SIGPIPE, as a shell reports it

#: Set by a shell that asks for completions.
_COMPLETION = "_EXACTNET_COMPLETE"
#: The commands as the help text groups them; each lives in the module of this package that has its name.
GROUPS = {
    "Certify": (
        "certify", "check", "recheck", "compare", "claim", "construct", "frontier", "plan",
        "quantise", "compress", "prove", "replay",
    ),
    "Statements of the paper": ("continuous", "barrier", "assemble", "least", "flatten", "pieces", "classical"),
    "Other results of the field": ("memorize", "radial", "entropy", "euaf", "rank", "natural", "depth"),
    "Files": ("show", "eval", "convert", "draw", "make", "examples"),
    "Measuring": ("bounds", "companion", "bench"),
}
COMMANDS = tuple(name for names in GROUPS.values() for name in names)
_MODULES = {"eval": "evaluate"}


class Program(click.Group):
    """The group of all commands. A command's module is imported when it is asked for, a command returns its status."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"exactnet.cli.{_MODULES.get(cmd_name, cmd_name)}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands, in groups."""
        width = formatter.width - 6 - max(map(len, COMMANDS))
        for title, names in GROUPS.items():
            commands = [(name, self.get_command(ctx, name)) for name in names]
            with formatter.section(title):
                formatter.write_dl([(name, command.get_short_help_str(width)) for name, command in commands if command])

    def main(self, args: Sequence[str] | None = None, *rest: Any, **options: Any) -> Any:
        """Run and exit (this is what click's test runner calls)."""
        sys.exit(run(self, sys.argv[1:] if args is None else args))

    def status(self, arguments: Sequence[str]) -> int:
        """Run a command and give its exit status; whatever goes wrong is raised.

        This is click's ``main`` without its own ways to end: an empty line on Ctrl-C, status 1 for a broken pipe.
        """
        if _COMPLETION in os.environ:
            super().main(list(arguments), "exactnet", complete_var=_COMPLETION)
        try:
            with self.make_context("exactnet", list(arguments) or ["--help"]) as ctx:
                return int(self.invoke(ctx) or 0)
        except click.exceptions.Exit as done:  # --help, --version
            return done.exit_code


@click.group(
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit status: 0 certified or equal, 1 refuted, 2 refused or unusable input, 130 interrupted. "
    "'exactnet COMMAND --help' says more.",
)
@click.version_option(__version__, prog_name="exactnet", message="%(prog)s %(version)s")
def program() -> None:
    """Certify that ReLU networks and threshold circuits are computed exactly by networks with small weights.

    NET is a network file (.json, .th, .onnx or .nnet) or the name of a shipped example ('exactnet examples').

    \b
    Example:
      exactnet certify iris --precision 1/100 -o iris-certificate.json
    """


def run(command: Program, arguments: Sequence[str]) -> int:
    """Run the command line; the exit status. Every failure is one line on stderr, and an object with ``--json``."""
    _prepare_streams()
    try:
        status = _status(command, arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
        return UNREAD
    except OSError as error:  # files are read and written by exactnet.files: this is the standard output
        _drop_output()
        _complain(f"the output cannot be written: {error.strerror or error}")
        return FAILED
    return status


def _status(command: Program, arguments: Sequence[str]) -> int:
    try:
        return command.status(arguments)
    except KeyboardInterrupt:
        status, reason = INTERRUPTED, "interrupted"
    except click.ClickException as error:
        status, reason = FAILED, error.format_message()
    except ExactnetError as error:
        status, reason = FAILED, str(error)
    except RecursionError:
        _show_traceback()
        status, reason = FAILED, "the input is nested too deeply"
    except MemoryError:
        _show_traceback()
        status, reason = FAILED, "out of memory"
    except OSError:
        raise
    except Exception as error:  # a defect, and no verdict
        _show_traceback()
        status, reason = DEFECT, f"internal error: {type(error).__name__}: {str(error)[:200]}; please report"
    _complain(reason)
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    if "--json" in options:
        print_json({"verdict": "error", "reason": plain(reason)})
    return status


def _prepare_streams() -> None:
    """Make the standard streams take whatever is written: where they are closed, and whatever they encode."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _complain(reason: str) -> None:
    print(f"exactnet: {plain(reason)}", file=sys.stderr)


def _show_traceback() -> None:
    if os.environ.get("EXACTNET_DEBUG"):
        import traceback

        traceback.print_exc()


def _drop_output() -> None:
    """Send what is left in the buffer of the standard output nowhere, so that leaving Python does not fail on it."""
    try:
        number = sys.stdout.fileno()
    except (OSError, ValueError):  # no file of the operating system
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
