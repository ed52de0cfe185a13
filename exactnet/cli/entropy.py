"""``exactnet entropy``: bumps by a deep network (E1), and what no network of a shape approximates (E2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from exactnet.cli.inputs import input_path, load, reserve_outputs
from exactnet.cli.options import Subcommands, read, read_tolerance
from exactnet.cli.run import Run, runs
from exactnet.kernel.errors import FormatError, RefusedError, clip_text

if TYPE_CHECKING:
    from gmpy2 import mpq

    from exactnet.claims.entropy import Exclusion

__all__ = ["command", "show_checked"]


def read_widths(text: str) -> list[int]:
    """Widths of hidden layers; ``WxL`` for equal ones.

    >>> read_widths("3,4"), read_widths("5x3")
    ([3, 4], [5, 5, 5])
    """
    equal = re.fullmatch(r"([1-9]\d{0,8})x([1-9]\d{0,3})", text, re.ASCII)
    if equal is not None:
        return [int(equal[1])] * int(equal[2])
    if not re.fullmatch(r"[1-9]\d{0,8}(,[1-9]\d{0,8})*", text, re.ASCII):
        raise FormatError(f"{clip_text(text)} is not a list of widths such as 4,4 or 4x2")
    return list(map(int, text.split(",")))


@click.group("entropy", cls=Subcommands, short_help="Sums of bumps: a deep network for each, and what none can do.")
def command() -> None:
    """Sums of N bumps with signs on [0, 1]: one deep wiring for all of them (bumps), and shapes that cannot do it (exclude).

    \b
    Example:
      exactnet entropy bumps --groups 8 --bits 4 -o bumps.json
    """


@command.command("bumps", short_help="A deep network for given signs, equal to the one of depth 2 on all reals.")
@click.option("--groups", type=click.IntRange(2, 2**16), metavar="M", help="Groups of bumps, with --bits.")
@click.option("--bits", type=click.IntRange(1, 2**10), metavar="N", help="Bumps of a group, with --groups.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, metavar="SEED", help="Of random signs.")
@click.option("--signs", metavar="+-…,+-…", help="In place of --groups and --bits: the signs of each group.")
@runs(out="Write the certificate to OUT, with both networks beside it.")
def bumps(*, groups: int | None, bits: int | None, seed: int, signs: str | None, run: Run) -> int:
    """Write a sum of bumps as a deep network, and certify that it is the one of depth 2 on all reals of [0, 1] (E1).

    \b
    Example:
      exactnet entropy bumps --groups 8 --bits 4 -o bumps.json
    """
    if (signs is None) != (groups is not None and bits is not None) or (signs is not None and (groups or bits)):
        raise FormatError("give --groups and --bits, or --signs")
    if run.out is not None:
        from exactnet.files.cells import all_files

        reserve_outputs(run.out, all_files(run.out, 2), [])
    from exactnet.certify.entropy import certify_bumps, consistency, counted, random_signs, read_signs
    from exactnet.claims.cells.certificate import verify
    from exactnet.kernel.measures import measure

    chosen = read_signs(signs) if signs is not None else random_signs(groups or 0, bits or 0, seed)
    bumps_certified = certify_bumps(chosen)
    verify(bumps_certified.certificate, [bumps_certified.deep, bumps_certified.shallow])
    seconds = run.seconds
    if run.out is not None:
        from exactnet.files.cells import write_cells

        write_cells(run.out, [bumps_certified.deep, bumps_certified.shallow], bumps_certified.certificate, seconds)
    from gmpy2 import mpq

    hats = sum(map(len, chosen))
    cells = len(chosen) * (len(chosen[0]) + 1)
    row = consistency(bumps_certified.deep, mpq(1, 2 * cells))
    deep, shallow = (measure(net).as_json() for net in (bumps_certified.deep, bumps_certified.shallow))
    report: dict[str, Any] = {
        "verdict": bumps_certified.certificate.verdict,
        "statement": "E1",
        "hats": hats,
        "cell": f"1/{cells}",
        "deep": {**deep, "parameters": counted(bumps_certified.deep)},
        "shallow": {**shallow, "parameters": counted(bumps_certified.shallow)},
        "E2 of this shape": {"parameters": row.parameters, "bits": row.bits, "weight": row.weight, "hats": hats},
        "seconds": seconds,
    }

    def tables() -> None:
        from exactnet.cli.render import facts, measures_table, number, print_verdict, show_tables

        print_verdict(report["verdict"], f"{hats} bumps, the deep network and that of depth 2, on every real of [0, 1]")
        listed = {
            "parameters": f"{number(counted(bumps_certified.deep))} deep, {number(counted(bumps_certified.shallow))} in depth 2",
            "E2 of this shape": f"{number(row.parameters)} dense parameters in [-{row.weight}, {row.weight}], {row.bits} bits, "
            f"against {hats}: not excluded",
            "certificate": run.out,
            "time": f"{seconds} s",
        }
        show_tables(facts(listed), measures_table(deep=deep, shallow=shallow))

    run.say(report, report["verdict"], tables)
    return 0 if report["verdict"] == "certified" else 1


@command.command("exclude", short_help="No network of a shape is near all sums of bumps: an inequality of integers.")
@click.option("--hats", type=click.IntRange(1, 2**22), required=True, metavar="N", help="Bumps; there are 2^N functions.")
@click.option("--widths", metavar="W,W,…|WxL", callback=read(read_widths), help="Widths of the hidden layers.")
@click.option("--net", metavar="NET", help="In place of --widths: those of a layered ReLU network of one input.")
@click.option("--weight", type=click.IntRange(1, 2**63), metavar="W", help="Parameters lie in [-W, W]. Default: the least for NET.")
@click.option("--theta", metavar="Q", callback=read(read_tolerance), help="Half a distance of functions.  [default: 1/(2N)]")
@runs("max_file", out="Write the certificate to OUT.")
def exclude(
    *, hats: int, widths: list[int] | None, net: str | None, weight: int | None, theta: mpq | None, run: Run
) -> int:
    """Certify that some sum of N bumps is theta/2 or more from every network of a shape (E2), or say which integers forbid it.

    \b
    Example:
      exactnet entropy exclude --hats 1024 --widths 16 --weight 2 -o e2.json
    """
    if (widths is None) == (net is None):
        raise FormatError("give --widths or --net")
    if run.out is not None:
        reserve_outputs(run.out, (), [] if net is None else [input_path(net)])
    from gmpy2 import mpq

    from exactnet.claims.entropy import Exclusion, verify

    theta = mpq(1, 2 * hats) if theta is None else theta
    try:
        if net is not None:
            from exactnet.certify.entropy import consistency, shape_of

            network = load(net, run.max_file).network
            widths = shape_of(network)
            weight = consistency(network, theta, weight).weight
        if widths is None or weight is None:
            raise FormatError("--widths needs --weight")
        claim = Exclusion(hats, mpq(1, hats), theta, widths, weight)
        verify(claim)
    except RefusedError as error:
        raise RefusedError(f"refused: {error}") from None
    if run.out is not None:
        from exactnet.files.entropy import write_exclusion

        write_exclusion(run.out, claim, run.seconds)
    _say(claim, {"certificate": run.out}, run)
    return 0


def _say(claim: Exclusion, rows: dict[str, object], run: Run) -> None:
    from exactnet.files.entropy import document_of

    document, seconds = document_of(claim), run.seconds
    report = {"verdict": "certified", "statement": "E2", **document, "seconds": seconds}
    run.say(report, "certified", lambda: _show(claim, document, {**rows, "time": f"{seconds} s"}))


def _show(claim: Exclusion, document: dict[str, Any], rows: dict[str, object]) -> None:
    from exactnet.claims.statements import OTHER_STATEMENTS
    from exactnet.cli.render import facts, number, print_verdict, show_tables
    from exactnet.construct.base.messages import short

    bits = int(document["centres"]).bit_length()
    layers = len(claim.widths)
    print_verdict("certified", f"some sum of {claim.hats} bumps is at least {short(claim.theta / 2)} from every such network")
    listed = {
        "statement": f"E2: {OTHER_STATEMENTS['E2']}",
        "networks": f"{layers} hidden layer{'' if layers == 1 else 's'}, parameters in [-{claim.weight}, {claim.weight}]",
        "parameters": number(int(document["parameters"])),
        "centres": f"of {bits} bits",
        "hats": f"{claim.hats}, on cells of length {short(claim.cell)}",
    }
    show_tables(facts({**listed, **rows}))


def show_checked(report: Mapping[str, Any], path: str, run: Run) -> None:
    """What ``exactnet check`` shows of a right certificate of the format ``exactnet-entropy/1``."""
    _say(report["claim"], {}, run)
