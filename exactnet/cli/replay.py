"""``exactnet replay NET PROPERTY WITNESS``."""

from __future__ import annotations

import click

from exactnet.cli.inputs import input_path, load
from exactnet.cli.options import json_option, max_file_option, net_argument, quiet_option
from exactnet.cli.output import print_json, print_line

__all__ = ["command"]


@click.command("replay", short_help="Is a witness against a property a counterexample? Exactly.")
@net_argument()
@click.argument("wanted", metavar="PROPERTY")
@click.argument("witness", metavar="WITNESS")
@max_file_option
@json_option
@quiet_option
def command(*, net: str, wanted: str, witness: str, max_file: int, as_json: bool, quiet: bool) -> int:
    """Judge a published counterexample: as its decimals are written, with its inputs rounded to floats, and by onnxruntime.

    PROPERTY is in VNN-LIB 1 or 2. WITNESS holds inputs as in VNN-COMP, ((X_0 0.1) (X_1 2)), or numbers alone. NET .onnx is also
    run in float32 where onnxruntime is installed. Exit status: 0 a counterexample as written, 1 none.

    \b
    Example:
      exactnet replay net.onnx property.vnnlib witness.txt
    """
    from exactnet.files.decode import at
    from exactnet.files.files import read_bytes, shown
    from exactnet.foreign.properties import replay_witness, run_in_float32
    from exactnet.foreign.vnnlib import parse_vnnlib, parse_witness

    network = load(net, max_file).network
    data = read_bytes(wanted, max_file)
    with at(shown(wanted)):
        spec = parse_vnnlib(data)
    data = read_bytes(witness, max_file)
    with at(shown(witness)):
        words = parse_witness(data, spec.inputs)
    runtime = run_in_float32(read_bytes(input_path(net), max_file)) if net.lower().endswith(".onnx") else None
    readings = replay_witness(network, spec, words, runtime)
    written = readings[0].counterexample
    if as_json:
        rows = [
            {
                "reading": reading.name,
                "in_box": reading.in_box,
                "counterexample": reading.counterexample,
                "failing": [{"condition": atom.text, "by": str(value)} for atom, value in reading.failing],
            }
            for reading in readings
        ]
        print_json({"verdict": "counterexample" if written else "none", "readings": rows})
    elif quiet:
        print_line("counterexample" if written else "none")
    else:
        from exactnet.cli.render import listing, print_verdict, show_tables

        print_verdict("counterexample" if written else "no counterexample", f"{witness} as written, against {wanted}")
        table = []
        for reading in readings:
            reasons = [f"{atom.text} fails by {_about(value)}" for atom, value in reading.failing[:3]]
            more = f" and {len(reading.failing) - 3} more" if len(reading.failing) > 3 else ""
            answer = "yes" if reading.counterexample else "no"
            table.append([reading.name, "yes" if reading.in_box else "no", answer, "; ".join(reasons) + more])
        show_tables(listing(["reading", "in the box", "counterexample", "why not"], table))
    return 0 if written else 1


def _about(value: object) -> str:
    """Four digits of a positive rational, shown and never computed with.

    >>> from gmpy2 import mpq
    >>> _about(mpq(1, 3)), _about(mpq(1, 10**400))
    ('3.333e-01', '~1e-400')
    """
    from gmpy2 import mpq

    exact = mpq(value)
    digits = len(str(exact.denominator)) - len(str(exact.numerator))
    return f"{float(exact):.3e}" if abs(digits) < 290 else f"~1e{-digits}"
