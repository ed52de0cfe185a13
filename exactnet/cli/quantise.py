"""``exactnet quantise NET``."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

from exactnet.cli.inputs import (
    check_certificate_path,
    check_network_path,
    check_plot,
    check_size,
    check_writable,
    input_path,
    load,
    network_domain,
)
from exactnet.cli.options import domain_option, net_argument, precision_option, rational, read, read_tolerance
from exactnet.cli.output import plain, print_json, print_line
from exactnet.cli.run import Run, collecting, runs
from exactnet.kernel.errors import FormatError

if TYPE_CHECKING:
    from gmpy2 import mpq

    from exactnet.kernel.domain import Domain
    from exactnet.kernel.network import Network

__all__ = ["command"]


@dataclass(frozen=True)
class Rounding:
    """How weights are rounded: to a step, to bits, or to what keeps a promise."""

    step: Any
    bits: int | None
    within: Any
    argmax: bool
    per_layer: bool


@dataclass(frozen=True)
class Tried:
    """Whether coarser steps are shown as well, and in which form their networks are built."""

    table: bool
    plot: str | None
    precision: int | None

    @property
    def asked(self) -> bool:
        """Whether they are."""
        return self.table or self.plot is not None


@click.command("quantise", short_help="Round the weights of NET to multiples of a step.")
@net_argument()
@click.option("--step", metavar="STEP", callback=read(rational), help="Round to multiples of STEP, such as 1/64.")
@click.option("--bits", metavar="B", type=click.IntRange(2, 4096), help="Round to integers of B bits times a power of two.")
@click.option(
    "--within", metavar="E", callback=read(read_tolerance), help="The coarsest power of two that changes no output by more than E."
)
@click.option("--argmax", is_flag=True, help="The coarsest power of two that keeps the largest output on every input.")
@click.option("--per-layer", is_flag=True, help="A step for each layer, the last ones made coarser first.")
@click.option(
    "--certificate", metavar="CERT", help="Write a certificate of the promise (--within or --argmax), and both networks beside it."
)
@click.option("--table", is_flag=True, help="Certify every coarser power of two as well, and show bits, gates and differences.")
@click.option("--plot", metavar="FILE", help="Draw that table (.svg, .pdf, .png; needs matplotlib).")
@domain_option
@precision_option
@runs("max_inputs", "max_file", "max_memory", "workers", "cluster", out="Write the rounded network to OUT (.json).")
@collecting(Rounding, "how")
@collecting(Tried, "tried")
def command(*, net: str, domain: str | None, certificate: str | None, how: Rounding, tried: Tried, run: Run) -> int:
    """Round the weights and biases of NET, and say exactly what that does on every input of the domain.

    A promise (--within, --argmax, or both) is kept on every input, by the coarsest power of two that does. --table and --plot show
    what each step costs: gates are those of a network that route compact builds, in exact form or with --precision, and certified.

    \b
    Example:
      exactnet quantise iris --within 1/10 -o rounded.json --certificate certificate.json
      exactnet quantise iris --step 1/64 --plot curve.svg
    """
    if (how.step is not None) + (how.bits is not None) + (how.within is not None or how.argmax) != 1:
        raise click.UsageError("say how: --step, --bits, or a promise (--within, --argmax)")
    if how.step is not None and how.step <= 0:
        raise click.UsageError("--step is positive")
    out = run.out
    _check_paths(net, out, certificate, how, tried)
    loaded = load(net, run.max_file)
    on = None
    if how.within is not None or how.argmax or tried.asked or domain is not None or loaded.domain is not None:
        on = network_domain(domain, net, loaded, run.max_file)
        check_size(loaded.network, on, run.max_inputs)
    from exactnet.distance.quantise import quantise
    from exactnet.files.files import MAX_BYTES, digest
    from exactnet.files.network_json import Loaded, Source
    from exactnet.files.network_writer import dump_network
    from exactnet.files.networks import write_network
    from exactnet.kernel.measures import measure

    original = loaded.network
    with run.meter as meter:
        quantised = quantise(original, on, **asdict(how), progress=meter, runner=run.runner())
    steps = (
        [str(one) for one in dict.fromkeys(quantised.steps)]
        if len(set(quantised.steps)) == 1
        else [str(one) for one in quantised.steps]
    )
    words = f"weights and biases to multiples of {', '.join(steps)}"
    old = loaded.source or Source(os.path.basename(net), digest(dump_network(original)))
    source = Source(old.name, old.sha256, old.left_out, (*old.rounded, words))
    rows = _tried(original, on, quantised.steps[0], tried, run) if tried.asked and quantised.steps else []
    if out is not None:
        write_network(out, quantised.network, on, max(run.max_file, MAX_BYTES), source)
    if certificate is not None:
        from exactnet.cli.differences import write_pair

        assert on is not None
        rounded = Loaded(quantised.network, on, source=source)
        write_pair(certificate, (loaded, rounded), on, "class" if how.argmax else "equal", how.within, run)
    if run.quiet and not run.as_json:
        return 0
    before, after = measure(original, on), measure(quantised.network, on)
    largest, changes = quantised.largest, quantised.changes
    report: dict[str, Any] = {
        "steps": [str(one) for one in quantised.steps],
        "dropped": quantised.dropped,
        "bits": [before.bits, after.bits],
        "largest": None if largest is None else str(largest.value),
        "index": None if largest is None else largest.index,
        "output": None if largest is None else original.outputs[largest.output],
        "class_changes": None if changes is None else changes.differing,
        "inputs_checked": 0 if on is None else on.count,
        "tried": rows if tried.asked else None,
        "written": out,
        "certificate": certificate,
        "seconds": run.seconds,
    }
    if run.as_json:
        print_json(report)
        return 0
    from exactnet.cli.render import number

    counted = ""
    if largest is not None:
        counted = f"; largest difference {number(largest.value)} at input {largest.index}, output {report['output']}"
    if changes is not None and on is not None:
        counted += f"; class changes on {number(changes.differing)} of {number(on.count)} inputs"
    print_line(
        f"{plain(net if out is None else out)}: step {', '.join(map(number, steps))}, {after.bits} bits (was {before.bits}), "
        f"{quantised.dropped} weights are now 0{counted}{'' if certificate is None else f'; certificate {plain(certificate)}'}"
    )
    if rows:
        _show(rows)
    return 0


def _check_paths(net: str, out: str | None, certificate: str | None, how: Rounding, tried: Tried) -> None:
    """Find out early that all that is asked for can be written, and goes together."""
    if out is None and not tried.asked:
        raise click.UsageError("Missing option '-o' / '--out'.")
    if tried.asked and how.per_layer:
        raise click.UsageError("--table and --plot are of one step for all layers: leave out --per-layer")
    if tried.precision is not None and not tried.asked:
        raise click.UsageError("--precision is of the networks that --table and --plot show")
    if out is not None:
        check_network_path(out, True, True)
        check_writable(out, input_path(net))
    if tried.plot is not None:
        check_plot(tried.plot, net)
    if certificate is not None:
        _check_certificate(certificate, net, out, how)


def _tried(net: Network, domain: Domain | None, last: mpq, tried: Tried, run: Run) -> list[dict[str, Any]]:
    """The rows for every power of two down to a step; drawn where that is asked for."""
    from exactnet.certify.curve import curve, halves
    from exactnet.certify.small_weights import Request

    assert domain is not None
    request = Request(net, domain, "compact", tried.precision, max_inputs=run.max_inputs, max_memory=run.max_memory)
    with run.meter as meter:
        rows = [row.as_json() for row in curve(request, halves(net, last), meter, run.runner())]
    if tried.plot is not None:
        from exactnet.draw.plot import curve_figure, write_figure

        write_figure(curve_figure(rows), tried.plot)
    return rows


def _show(rows: list[dict[str, Any]]) -> None:
    from exactnet.cli.render import listing, number, show_tables

    heads = ("step", "bits", "gates", "wires", "depth", "largest", "class_changes")
    cells = [["-" if row[head] is None else number(row[head]) for head in heads] for row in rows]
    shown = [f"{head}>" for head in (*heads[:5], "largest difference", "class changes")]
    show_tables(listing([*shown, ""], [[*line, row["reason"] or row["verdict"]] for line, row in zip(cells, rows, strict=True)]))


def _check_certificate(path: str, net: str, out: str | None, how: Rounding) -> None:
    """Find out early that there is one promise, and that its certificate can be written beside the rounded network."""
    from exactnet.files.certificate_writer import companions

    if (how.within is None) != how.argmax:
        raise click.UsageError("--certificate is of one promise, --within or --argmax; 'exactnet compare A B -o CERT' makes others")
    check_certificate_path(path, input_path(net), second=out)
    if out is not None and os.path.realpath(out) in map(os.path.realpath, (path, *companions(path))):
        raise FormatError(f"{plain(out)}: the certificate would overwrite the rounded network; give another name")
