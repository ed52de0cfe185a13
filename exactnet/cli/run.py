"""How large and how fast a command may be, and how it reports: the options that nearly all commands share, as one argument."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar

from exactnet.cli.options import (
    cluster_option,
    fast_option,
    json_option,
    max_file_option,
    max_inputs_option,
    max_memory_option,
    out_option,
    quiet_option,
    workers_option,
)
from exactnet.cli.output import print_json, print_line
from exactnet.draw.progress import Meter

if TYPE_CHECKING:
    from exactnet.kernel.runs import Runner

__all__ = ["Run", "collecting", "runs"]

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS: Mapping[str, Callable[[Any], Any]] = {
    "max_inputs": max_inputs_option,
    "max_file": max_file_option,
    "max_memory": max_memory_option,
    "workers": workers_option,
    "cluster": cluster_option,
    "fast": fast_option,
}


@dataclass(frozen=True)
class Run:
    """The values of these options; those that a command does not have keep their defaults."""

    max_inputs: int = 2**28
    max_file: int = 2**26
    max_memory: int | None = None
    workers: int | None = None
    cluster: str | None = None
    fast: bool = False
    out: str | None = None
    as_json: bool = False
    quiet: bool = False
    begun: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """Since the options were read."""
        return round(time.perf_counter() - self.begun, 3)

    @property
    def meter(self) -> Meter:
        """What shows progress."""
        return Meter(self.quiet)

    def runner(self, fast: bool = False) -> Runner:
        """What runs the jobs of the command; ``fast``: by the engine, also where ``--fast`` does not say so."""
        from exactnet.parallel.running import make_runner

        return make_runner(self.workers, self.cluster, fast or self.fast)

    def say(self, report: Mapping[str, Any], word: str, show: Callable[[], None]) -> None:
        """One JSON object, or one word, or else what ``show`` prints."""
        if self.as_json:
            print_json(report)
        elif self.quiet:
            print_line(word)
        else:
            show()


def collecting(kind: type[Any], name: str) -> Callable[[F], Callable[..., Any]]:
    """Hand the options that are fields of a dataclass to a command as one argument."""

    def decorate(command: F) -> Callable[..., Any]:
        @functools.wraps(command)
        def collect(**values: Any) -> Any:
            own = {field.name: values.pop(field.name) for field in fields(kind) if field.name in values}
            return command(**{name: kind(**own)}, **values)

        return collect

    return decorate


def runs(*names: str, out: str | None = None, required: bool = False) -> Callable[[F], Callable[..., Any]]:
    """The options of these names (fields of :class:`Run`), ``--json`` and ``--quiet``, as the argument ``run``.

    Parameters
    ----------
    out : the help text of ``-o OUT``, if the command has it.
    required : whether it must be given.
    """
    options = [*(_OPTIONS[name] for name in names), json_option, quiet_option]
    if out is not None:
        options.append(out_option(out, required))

    def decorate(command: F) -> Callable[..., Any]:
        decorated = collecting(Run, "run")(command)
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return decorate
