"""``exactnet assemble FOLDER [NET]``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from exactnet.cli.certify import STATUS
from exactnet.cli.construction import Construction, asks, make_request, report_refusal
from exactnet.cli.inputs import check_certificate_path, input_path
from exactnet.cli.output import plain
from exactnet.cli.run import Run
from exactnet.kernel.errors import DomainError, FormatError, RefusedError, clip_text

if TYPE_CHECKING:
    from exactnet.certify.barriers import Assembled, Target

__all__ = ["command"]


@click.command("assemble", short_help="S5: from threshold circuits to a ReLU network.")
@click.argument("folder", metavar="FOLDER")
@asks(required=False, memory=False, out="Write the certificate to OUT, and both networks beside it.")
def command(*, folder: str, construction: Construction, run: Run) -> int:
    """Assemble a ReLU network of depth t+2 from any threshold circuits of depth t for 1[r N(x) >= v], -rR < v <= rR, and
    check on every input of the domain that it computes floor(r N(x))/r, and that every circuit is right.

    FOLDER holds one circuit for each v: v-1.json, v+0.json, v+1.th and so on. The inputs of each are the bits of
    u = p x + p^2, lowest first, input after input (of the cube: the inputs). Without NET, --range and --domain are
    needed, and the circuits are checked against each other: each must be 1[r F(x) >= v] for the sum F that they make.

    \b
    Example:
      exactnet assemble circuits net.json --domain grid:1 --precision 1/2
    """
    net: str | None = construction.net
    if run.out is not None:
        from exactnet.files.certificate_writer import circuits_file

        check_certificate_path(run.out, None if net is None else input_path(net), circuits_file(run.out))
    from exactnet.certify.barriers import assemble, target_of
    from exactnet.files.circuits import read_circuits, read_family, target_of_family

    circuits = read_circuits(folder, run.max_file)
    runner = run.runner(fast=True)
    with run.meter as meter:
        if net is None:
            p = domain_parameter(construction.domain)
            if construction.promised is None:
                raise FormatError("without NET, --range R is needed: it says which circuits there must be")
            target, original = target_of_family(folder, circuits, p, construction.promised, construction.precision or 1), None
            check_count(target, run.max_inputs)
        else:
            request = make_request(construction, run)
            try:
                target, original = target_of(request, meter, runner), request.net
            except RefusedError as error:
                return report_refusal(request, str(error), run)
        family = read_family(folder, circuits, target)
        assembled = assemble(family, target, original, meter, runner)
    seconds = run.seconds
    if run.out is not None:
        from exactnet.files.certificate_writer import write_certificate

        certificate = assembled.result.certificate
        write_certificate(run.out, assembled.original, assembled.result.constructed, certificate, seconds, assembled.circuits)
    report = report_of(assembled, target, seconds)
    run.say(report, assembled.verdict, lambda: show(folder, net, assembled, target, seconds, run.out))
    return STATUS[assembled.verdict]


def domain_parameter(text: str | None) -> int | None:
    """``p`` of ``grid:P``, None for ``cube``: what ``--domain`` may be without a network."""
    if text is None or not re.fullmatch(r"cube|grid:[1-9]\d{0,5}", text, re.ASCII):
        named = "" if text is None else f", not {clip_text(text)}"
        raise DomainError(f"without NET, --domain is cube or grid:P{named}")
    return None if text == "cube" else int(text.removeprefix("grid:"))


def check_count(target: Target, max_inputs: int) -> None:
    """Raise :class:`DomainError` for more inputs than are enumerated."""
    from exactnet.cli.inputs import check_size
    from exactnet.kernel.network import Network

    check_size(Network(target.inputs, [], target.inputs[:1]), target.domain, max_inputs)


def report_of(assembled: Assembled, target: Target, seconds: float) -> dict[str, Any]:
    """What ``--json`` prints: the report of the certificate, with the first wrong circuit if there is one."""
    from exactnet.files.document import counterexample_json
    from exactnet.files.reports import certificate_report

    report = certificate_report(assembled.result.certificate, seconds) | {"verdict": assembled.verdict, "reason": assembled.reason}
    report |= {"R": target.output_range, "r": target.r, "wrong_circuit": None}
    if assembled.misfit is not None:
        bits = {name: int(value) for name, value in assembled.misfit.bits.items()}
        report["wrong_circuit"] = {"v": assembled.misfit.v, "output": assembled.misfit.output, "bits": bits}
        report["counterexample"] = counterexample_json(assembled.misfit.counterexample)
    return report


def show(folder: str, net: str | None, assembled: Assembled, target: Target, seconds: float, out: str | None) -> None:
    """The result as tables."""
    from exactnet.cli.render import number, print_report

    certificate = assembled.result.certificate
    values = target.thresholds
    wrong = assembled.misfit
    rows = {
        "R, r": f"|N(x)| <= R = {number(target.output_range)}, r = {number(target.r)}",
        "circuits": f"{len(values)} of depth at most t = {certificate.parameters['t']} over {len(target.bits)} bits, "
        f"for v from {values[0]} to {values[-1]}",
        "bits": wrong and " ".join(f"{name}={int(value)}" for name, value in wrong.bits.items()),
        "SHA-256 of outputs": certificate.digest,
        "certificate": out,
    }
    about = f"{plain(folder)} as {'the sum of its circuits' if net is None else plain(net)}"
    print_report(report_of(assembled, target, seconds), about, rows, ("N" if net is not None else "sum", "network"))
