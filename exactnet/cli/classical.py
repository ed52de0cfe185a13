"""``exactnet classical FUNCTION …``: one command for each classical function, made from the registry."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from exactnet.cli.certify import STATUS, show
from exactnet.cli.inputs import check_certificate_path
from exactnet.cli.make import default_text, family_option
from exactnet.cli.options import Subcommands, json_option, max_inputs_option, out_option, quiet_option, workers_option
from exactnet.cli.output import print_json, print_line
from exactnet.cli.run import Run
from exactnet.draw.progress import Meter

if TYPE_CHECKING:
    from exactnet.families import Family

__all__ = ["command"]


structural_option = click.option(
    "--structural",
    is_flag=True,
    help="Prove the circuit equal to the definition of its function, for all inputs at once; beyond 2^28 inputs, and "
    "--max-inputs, this is done by itself.",
)


class Functions(Subcommands):
    """The group of all functions; the registry is imported when a function is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        from exactnet.certify.classical import KINDS

        return list(KINDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        from exactnet.certify.classical import KINDS, function_family

        return function_command(function_family(cmd_name)) if cmd_name in KINDS else None


@click.group("classical", cls=Functions, short_help="Certify a classical circuit with small weights.")
def command() -> None:
    """Certify a classical circuit with small weights against another circuit for the same function, on all inputs.

    \b
    Example:
      exactnet classical addition --n 4 -o sum.json
    """


def function_command(family: Family) -> click.Command:
    """The command that certifies the circuit of a function."""
    from exactnet.files.reports import certificate_report

    options = {f"option{number}": option for number, option in enumerate(family.options)}

    def certify(
        out: str | None, max_inputs: int, workers: int | None, as_json: bool, quiet: bool, structural: bool, **texts: str | None
    ) -> int:
        begun = time.perf_counter()
        if out is not None:
            check_certificate_path(out)
        from exactnet.certify.classical import certify_function, certify_function_by_proof, out_of_reach
        from exactnet.parallel.running import make_runner

        values = {options[name].name: value for name, value in texts.items()}
        if structural or out_of_reach(family.name, values, max_inputs):
            from exactnet.certify.structural.certificates import write_structural
            from exactnet.cli.structural import STATUS as BY_PROOF
            from exactnet.cli.structural import show_structural

            run = Run(out=out, as_json=as_json, quiet=quiet, begun=begun)
            result = certify_function_by_proof(family.name, values)
            document = result.document if out is None else write_structural(out, result, run.seconds)
            show_structural(document, family.name, run)
            return BY_PROOF[document["verdict"]]
        runner = make_runner(workers, fast=True)
        with Meter(quiet) as meter:
            pair = certify_function(family.name, values, max_inputs=max_inputs, progress=meter, runner=runner)
            certificate = pair.result.certificate
            seconds = round(time.perf_counter() - begun, 3)
            if out is not None:
                from exactnet.files.certificate_writer import write_certificate

                write_certificate(out, pair.original, pair.result.constructed, certificate, seconds)
        if as_json:
            print_json(certificate_report(certificate, seconds))
        elif quiet:
            print_line(certificate.verdict)
        else:
            show(family.name, pair.result, seconds, out)
        return STATUS[certificate.verdict]

    example = " ".join(f"--{option.name} {text}" for option in family.options if (text := default_text(option)))
    about = f"Certify {family.summary}.\n\n\b\nExample:\n  exactnet classical {family.name} {example}"
    command = click.Command(family.name, callback=certify, help=about, short_help=family.summary)
    command.params = [family_option(name, option) for name, option in options.items()]
    for decorate in reversed(
        (
            structural_option,
            max_inputs_option,
            workers_option,
            out_option("Write the certificate to OUT, and both circuits beside it."),
        )
    ):
        decorate(command)
    json_option(command)
    quiet_option(command)
    return command
