"""``exactnet euaf function|labels|boolean``: a fixed number of neurons, certified for all real inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from exactnet.cli.inputs import reserve_outputs
from exactnet.cli.options import Subcommands, read, read_range, read_tolerance
from exactnet.cli.run import Run, runs

if TYPE_CHECKING:
    from exactnet.claims.euaf import Certificate

__all__ = ["command", "show_checked"]

cells_option = click.option(
    "--cells",
    type=click.IntRange(1, 5000),
    default=16,
    show_default=True,
    metavar="K",
    help="Cells in each direction of the cube.",
)
step_option = click.option(
    "--step",
    metavar="L",
    callback=read(read_range),
    help="Decode with the coprime moduli 1 + (k+1) L. Default: the smallest moduli that are found.",
)
error_option = click.option(
    "--error",
    metavar="E",
    callback=read(read_tolerance),
    help="How far decoded values may be off.  [default: 1/(4 K^2) of the range]",
)
_OUT = "Write the certificate, which holds the network, to OUT."


@click.group("euaf", cls=Subcommands, short_help="A fixed number of EUAF neurons for a function, for labels, for a table.")
def command() -> None:
    """Build and certify networks with the activation EUAF: a triangle wave on x >= 0, x/(1+|x|) on x < 0.

    \b
    Example:
      exactnet euaf function "x^2" --cells 64 -o square.json
    """


def _certify(make: Callable[[], Certificate], about: str, run: Run, sources: Sequence[str] = ()) -> int:
    if run.out is not None:
        reserve_outputs(run.out, (), sources)
    certificate = make()
    if run.out is not None:
        from exactnet.files.euaf import write_euaf

        write_euaf(run.out, certificate, run.seconds)
    _report(certificate, about, run)
    return 0


@command.command("function", short_help="Near a function on all of [0, 1]^d.")
@click.argument("function", metavar="FUNCTION")
@cells_option
@error_option
@step_option
@runs("max_file", out=_OUT)
def function_command(*, function: str, cells: int, error: Any, step: int | None, run: Run) -> int:
    """A network within a certified distance of FUNCTION, for all real inputs in [0, 1]^d.

    FUNCTION is a polynomial in x1, x2, x3 (x is x1), or a .csv file with lines x,y: the polygon through points from x = 0 to x = 1.

    \b
    Example:
      exactnet euaf function "x1*x2" --cells 8
    """
    from exactnet.certify.euaf import approximate, read_polynomial

    points = function.lower().endswith(".csv")

    def make() -> Certificate:
        if points:
            from exactnet.files.euaf import read_points

            return approximate(read_points(function, run.max_file), 1, cells, error, step)
        polynomial = read_polynomial(function)
        return approximate(polynomial, len(polynomial.terms[0][0]), cells, error, step)

    return _certify(make, function, run, [function] if points else [])


@command.command("labels", short_help="Equal to labels on boxes.")
@click.argument("regions", metavar="FILE")
@cells_option
@runs("max_file", out=_OUT)
def labels_command(*, regions: str, cells: int, run: Run) -> int:
    """A network equal to a label on each box of FILE, for all real inputs in it.

    FILE is JSON: a list of {"box": [[low, high], ...], "label": number}; a box of one point has low = high. Boxes with
    different labels must be more than 1/K apart in some coordinate.

    \b
    Example:
      exactnet euaf labels regions.json --cells 8
    """
    from exactnet.certify.euaf import fit_labels
    from exactnet.files.euaf import read_regions

    def make() -> Certificate:
        labelled = read_regions(regions, run.max_file)
        return fit_labels(labelled, len(labelled[0][0]), cells)

    return _certify(make, regions, run, [regions])


@command.command("boolean", short_help="Four neurons for a Boolean function.")
@click.argument("table", metavar="TABLE")
@step_option
@runs(out=_OUT)
def boolean_command(*, table: str, step: int | None, run: Run) -> int:
    """Four neurons for the Boolean function whose values are the 2^n digits of TABLE; x1 is the lowest bit of the place.

    \b
    Example:
      exactnet euaf boolean 01101001
    """
    from exactnet.certify.euaf import boolean

    return _certify(lambda: boolean(table, step), table, run)


def _report(certificate: Certificate, about: str, run: Run) -> None:
    from exactnet.claims.euaf import Labels, Within
    from exactnet.cli.render import facts, number, print_verdict, show_tables
    from exactnet.files.euaf import STATEMENTS
    from exactnet.kernel.rationals import format_rational

    net, claim = certificate.network, certificate.claim
    neurons, statement = sum(net.widths), STATEMENTS[type(claim)]
    where = f"[0, 1]^{net.inputs}" if net.inputs > 1 else "[0, 1]"
    if isinstance(claim, Within):
        meaning = f"|N(x) - f(x)| <= {number(claim.epsilon)} for all x in {where}"
    elif isinstance(claim, Labels):
        meaning = f"N(x) is the label for all x in each of {len(claim.regions)} boxes in {where}"
    else:
        meaning = f"N(x) is the value at each of {len(claim.values)} points"
    report = {
        "verdict": "certified",
        "statement": statement,
        "inputs": net.inputs,
        "neurons": neurons,
        "widths": net.widths,
        "bits": net.bits,
        "epsilon": format_rational(claim.epsilon) if isinstance(claim, Within) else None,
        "seconds": run.seconds,
    }
    rows = {
        "statement": f"{statement}: {meaning}",
        "neurons": f"{neurons}, hidden layers of {', '.join(map(str, net.widths))}",
        "bits": f"{net.bits} of the longest weight",
        "certificate": run.out,
        "time": f"{run.seconds} s",
    }

    def show() -> None:
        print_verdict("certified", about)
        show_tables(facts(rows))

    run.say(report, "certified", show)


def show_checked(report: Mapping[str, Any], path: str, run: Run) -> None:
    """What ``exactnet check`` shows of a right certificate of the format ``exactnet-euaf/1``."""
    _report(report["certificate"], path, run)
