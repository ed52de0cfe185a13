"""``exactnet quantise NET``."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import Any

import click

from exactnet.cli.inputs import (
    check_certificate_path,
    check_network_path,
    check_size,
    check_writable,
    input_path,
    load,
    network_domain,
)
from exactnet.cli.options import domain_option, net_argument, rational, read, read_tolerance
from exactnet.cli.output import plain, print_json, print_line
from exactnet.cli.run import Run, collecting, runs
from exactnet.kernel.errors import FormatError

__all__ = ["command"]


@dataclass(frozen=True)
class Rounding:
    """How weights are rounded: to a step, to bits, or to what keeps a promise."""

    step: Any
    bits: int | None
    within: Any
    argmax: bool
    per_layer: bool


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
@domain_option
@runs("max_inputs", "max_file", "workers", "cluster", out="Write the rounded network to OUT (.json).", required=True)
@collecting(Rounding, "how")
def command(*, net: str, domain: str | None, certificate: str | None, how: Rounding, run: Run) -> int:
    """Round the weights and biases of NET, and say exactly what that does on every input of the domain.

    A promise (--within, --argmax, or both) is kept on every input, by the coarsest power of two that does.

    \b
    Example:
      exactnet quantise iris --within 1/10 -o rounded.json --certificate certificate.json
    """
    if (how.step is not None) + (how.bits is not None) + (how.within is not None or how.argmax) != 1:
        raise click.UsageError("say how: --step, --bits, or a promise (--within, --argmax)")
    if how.step is not None and how.step <= 0:
        raise click.UsageError("--step is positive")
    out = str(run.out)
    check_network_path(out, True, True)
    check_writable(out, input_path(net))
    if certificate is not None:
        _check_certificate(certificate, net, out, how)
    loaded = load(net, run.max_file)
    on = None
    if how.within is not None or how.argmax or domain is not None or loaded.domain is not None:
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
        f"{plain(out)}: step {', '.join(map(number, steps))}, {after.bits} bits (was {before.bits}), "
        f"{quantised.dropped} weights are now 0{counted}{'' if certificate is None else f'; certificate {plain(certificate)}'}"
    )
    return 0


def _check_certificate(path: str, net: str, out: str, how: Rounding) -> None:
    """Find out early that there is one promise, and that its certificate can be written beside the rounded network."""
    from exactnet.files.certificate_writer import companions

    if (how.within is None) != how.argmax:
        raise click.UsageError("--certificate is of one promise, --within or --argmax; 'exactnet compare A B -o CERT' makes others")
    check_certificate_path(path, input_path(net), second=out)
    if os.path.realpath(out) in map(os.path.realpath, (path, *companions(path))):
        raise FormatError(f"{plain(out)}: the certificate would overwrite the rounded network; give another name")
