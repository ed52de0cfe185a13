"""Options that several commands share, and how their values are read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

from exactnet.kernel.errors import ExactnetError, clip_text

__all__ = [
    "Subcommands",
    "cluster_option",
    "domain_option",
    "fast_option",
    "json_option",
    "max_file_option",
    "max_inputs_option",
    "max_memory_option",
    "minimise_option",
    "moduli_option",
    "nearness_option",
    "net_argument",
    "out_option",
    "precision_option",
    "quiet_option",
    "range_option",
    "rational",
    "read",
    "read_tolerance",
    "route_option",
    "tolerance_option",
    "workers_option",
]

F = TypeVar("F", bound=Callable[..., Any])
_UNITS = {"": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_MAX_DIGITS = 300
_MAX_EXPONENT = 1000


class Subcommands(click.Group):
    """A command with others below it; without any it shows its help."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, args or ["--help"])


def read(reader: Callable[[str], Any]) -> Callable[[click.Context, click.Parameter, str | None], Any]:
    """A callback for click from a function that raises ValueError or ExactnetError with the reason."""

    def callback(ctx: click.Context, param: click.Parameter, value: str | None) -> Any:
        if value is None:
            return None
        try:
            return reader(value)
        except (ValueError, ExactnetError) as error:
            raise click.BadParameter(str(error), ctx, param) from None

    return callback


def read_count(text: str) -> int:
    """A positive integer, also as a power.

    >>> read_count("1000"), read_count("2^28") == 2**28
    (1000, True)
    """
    match = re.fullmatch(r"(\d{1,300})(?:\^(\d{1,4}))?", text, re.ASCII)
    if match is None:
        raise ValueError(f"{clip_text(text)} is not a positive integer such as 1000 or 2^28")
    base, exponent = int(match[1]), int(match[2] or "1")
    if (base > 2 and base.bit_length() * exponent > _MAX_EXPONENT) or exponent > _MAX_EXPONENT:
        raise ValueError(f"{clip_text(text)} is larger than any domain that can be enumerated")
    if base**exponent < 1:
        raise ValueError(f"{clip_text(text)} is not positive")
    return int(base**exponent)


def read_size(text: str) -> int:
    """A number of bytes.

    >>> read_size("100"), read_size("64MiB") == 64 * 2**20
    (100, True)
    """
    match = re.fullmatch(r"(\d{1,15}) ?(|KiB|MiB|GiB)", text, re.ASCII)
    if match is None or int(match[1]) == 0:
        raise ValueError(f"{clip_text(text)} is not a number of bytes such as 100000, 512KiB or 64MiB")
    return int(match[1]) * _UNITS[match[2]]


def read_range(text: str) -> int:
    """The promised range ``R``, a positive integer.

    >>> read_range("20")
    20
    """
    if not re.fullmatch(r"\d+", text, re.ASCII) or not text.strip("0"):
        raise ValueError(f"{clip_text(text)} is not a positive integer")
    if len(text) > _MAX_DIGITS:
        raise ValueError(f"a number of {len(text)} digits (at most {_MAX_DIGITS} are read)")
    return int(text)


def rational(text: str) -> Any:
    """An exact number; decimals are read exactly.

    >>> str(rational("0.001"))
    '1/1000'
    """
    from exactnet.kernel.rationals import parse_rational

    if len(text) > _MAX_DIGITS:
        raise ValueError(f"a number of {len(text)} characters (at most {_MAX_DIGITS} are read)")
    return parse_rational(text)


def read_tolerance(text: str) -> Any:
    """A positive rational; decimals are read exactly.

    >>> read_tolerance("1e-3"), read_tolerance("3/2")
    (mpq(1,1000), mpq(3,2))
    """
    value = rational(text)
    if value <= 0 or max(value.numerator, value.denominator).bit_length() > 4 * _MAX_DIGITS:
        raise ValueError(f"{clip_text(text)} is not positive, or has too many digits")
    return value


def read_precision(text: str) -> int:
    """The ``r`` of a precision ``1/r``; decimals are read exactly.

    >>> read_precision("1/100"), read_precision("0.01")
    (100, 100)
    """
    from exactnet.kernel.rationals import parse_rational

    if len(text) > _MAX_DIGITS:
        raise ValueError(f"a number of {len(text)} characters (at most {_MAX_DIGITS} are read)")
    value = parse_rational(text)
    if value.numerator != 1 or value.denominator.bit_length() > 4 * _MAX_DIGITS:
        raise ValueError(f"{clip_text(text)} is not 1/r for a positive integer r")
    return int(value.denominator)


domain_option = click.option(
    "--domain",
    metavar="cube|grid:P|FILE",
    help="The inputs to consider: {0,1}^d, the grid I_P^d, a JSON file with a domain, a box or a list of points, points in "
    "a .csv (decimals in quotes) or .npy file, sklearn:NAME, or PROPERTY.vnnlib:STEPS (a grid of its box). "
    "Default: the domain in the network file; the cube for .th files.",
)
max_inputs_option = click.option(
    "--max-inputs",
    metavar="COUNT",
    default="2^28",
    show_default=True,
    callback=read(read_count),
    help="Largest domain that is enumerated.",
)
max_file_option = click.option(
    "--max-file",
    metavar="SIZE",
    default="64MiB",
    show_default=True,
    callback=read(read_size),
    help="Largest file that is read, in bytes, KiB, MiB or GiB.",
)
precision_option = click.option(
    "--precision",
    metavar="1/r",
    callback=read(read_precision),
    help="Rounded form: floor(r N(x))/r. Without it the exact form.",
)
tolerance_option = click.option(
    "--epsilon",
    metavar="E",
    callback=read(read_tolerance),
    help="Keep outputs within E, such as 1/1000, of those of NET. Without it they stay equal.",
)
nearness_option = click.option(
    "--precision",
    metavar="1/r",
    callback=read(read_precision),
    help="With --epsilon: within E of the nearest multiples of 1/r instead, if the outputs of NET are.",
)
range_option = click.option(
    "--range",
    "promised",
    metavar="R",
    callback=read(read_range),
    help="Promise that |N(x)| <= R on the domain; a value beyond it is refused. Without it R is found by "
    "evaluation, and r R > 10^6 is refused.",
)
route_option = click.option(
    "--route",
    metavar="NAME",
    default="lookahead",
    show_default=True,
    help="Construction: lookahead (A), residue (B), compact (C), stacked (D), or auto: the one with the least of --minimise "
    "of all that fit; certify and construct also component, radial (S6).",
)
minimise_option = click.option(
    "--minimise",
    type=click.Choice(("depth", "gates", "wires", "weight")),
    help="What --route auto minimises.  [default: gates]",
)
moduli_option = click.option(
    "--moduli",
    metavar="proven|searched|Q,Q,…",
    help="Routes residue and stacked: moduli by the counting bound, the fewest that are right on the domain (the default), "
    "or given by hand.",
)
max_memory_option = click.option(
    "--max-memory",
    metavar="SIZE",
    callback=read(read_size),
    help="Most memory that building may take, in bytes, KiB, MiB or GiB. Default: 512MiB, or less where less is available.",
)
workers_option = click.option(
    "--workers",
    metavar="N",
    type=click.IntRange(1, 1024),
    help="Processes that evaluate ranges of the domain. Default: one for each core. Results do not depend on it.",
)
cluster_option = click.option(
    "--cluster",
    metavar="tcp://HOST:PORT",
    help="Evaluate on the workers of this Dask scheduler (needs the extra 'cluster'). Results do not depend on it.",
)
fast_option = click.option(
    "--fast",
    is_flag=True,
    help="Evaluate with the engine that 'certify' uses: faster, but much more code to believe than the plain evaluator.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
quiet_option = click.option("--quiet", "-q", is_flag=True, help="Print no tables and no progress.")


def net_argument(name: str = "net", metavar: str = "NET", required: bool = True) -> Callable[[F], F]:
    """An argument that names a network."""
    return click.argument(name, metavar=metavar, required=required)


def out_option(text: str, required: bool = False) -> Callable[[F], F]:
    """The option ``-o OUT``."""
    return click.option("-o", "--out", metavar="OUT", required=required, help=text)
