"""``exactnet radial``: functions of the norm in depth 2, input by input (R1) or by an identity (R2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from exactnet.cli.certify import certify_and_report
from exactnet.cli.inputs import check_certificate_path, check_size, input_path, load, network_domain, reserve_outputs
from exactnet.cli.options import net_argument, rational, read, read_tolerance
from exactnet.cli.run import Run, collecting, runs
from exactnet.kernel.errors import FormatError, RefusedError, clip_text

if TYPE_CHECKING:
    from gmpy2 import mpq

    from exactnet.certify.radial import Identity
    from exactnet.claims.radial import Certificate

__all__ = ["command", "show_checked"]


def read_profile(text: str) -> list[tuple[mpq, mpq]]:
    """Knots of a function of the radius.

    >>> read_profile("0:1/2,1:0")
    [(mpq(0,1), mpq(1,2)), (mpq(1,1), mpq(0,1))]
    """
    pairs = [part.split(":") for part in text.split(",")]
    if any(len(pair) != 2 for pair in pairs):
        raise FormatError(f"{clip_text(text)} is not a list of knots such as 0:1/2,1/2:0,1:1/2")
    return [(rational(rho), rational(value)) for rho, value in pairs]


@dataclass(frozen=True)
class Ask:
    """Which network is to be made, and of what; the last five are about a profile."""

    degree: int
    types: str | None
    knots: int | None
    epsilon: mpq | None
    profile: list[tuple[mpq, mpq]] | None
    d: int | None
    p: int | None
    spacing: int
    reals: bool


_asks = (
    click.option("--degree", type=click.IntRange(1, 40), default=3, show_default=True, metavar="K", help="Degree in |x|^2."),
    click.option("--types", metavar="T;T;…", help="Types of directions, such as 1;1,1. Default: few, by an identity of degree 2K."),
    click.option("--knots", type=click.IntRange(1, 10**6), metavar="N", help="ReLUs of a direction and sign, fitted."),
    click.option(
        "--epsilon", metavar="E", callback=read(read_tolerance), help="Tolerance. Default: the largest error of the network."
    ),
    click.option(
        "--profile",
        metavar="R:V,R:V,…",
        callback=read(read_profile),
        help="In place of NET, a piecewise linear function of the radius (scaled to 0..1): its knots.",
    ),
    click.option("--d", type=click.IntRange(1, 64), metavar="D", help="With --profile: inputs."),
    click.option("--p", type=click.IntRange(1, 31), metavar="P", help="With --profile: the grid I_P, or reals in [-P, P]."),
    click.option("--spacing", type=click.IntRange(1, 10**6), default=1, metavar="S", help="With --profile: distance of knots."),
    click.option("--reals", is_flag=True, help="With --profile: for all real inputs of [-P, P]^D."),
)


@click.command("radial", short_help="A function of the norm in depth 2, and how near it is.")
@net_argument("net", "[NET]", required=False)
@runs("max_inputs", "max_file", "workers", out="Write the certificate to OUT, with the networks beside it.")
@collecting(Ask, "ask")
def command(*, net: str | None, ask: Ask, run: Run) -> int:
    """Approximate a function of the norm by a network of depth 2, a sum of functions of integer directions.

    NET, a network or a table on a grid, is compared on every input. A --profile is compared by an identity, whatever the number of
    inputs: on a whole grid, or for all reals.

    \b
    Example:
      exactnet radial --profile 0:1/2,1/2:0,1:1/2 --d 32 --p 2 --degree 2
    """
    if (net is None) == (ask.profile is None):
        raise FormatError("give NET, or --profile with --d and --p")
    if net is None:
        return _by_identity(ask, run)
    if ask.d is not None or ask.p is not None or ask.reals or ask.spacing > 1:
        raise FormatError("--d, --p, --spacing and --reals go with --profile")
    if run.out is not None:
        check_certificate_path(run.out, input_path(net))
    loaded = load(net, run.max_file)
    where = network_domain(None, net, loaded, run.max_file)
    check_size(loaded.network, where, run.max_inputs)
    from exactnet.certify.radial import RadialRequest, certify_radial
    from exactnet.theory.radial import read_types

    listed = None if ask.types is None else read_types(ask.types, len(loaded.network.inputs))
    request = RadialRequest(loaded.network, where, ask.degree, ask.knots, ask.epsilon, listed, run.max_inputs)
    return certify_and_report(net, request, certify_radial, run)


for _option in reversed(_asks):
    _option(command)


def _by_identity(ask: Ask, run: Run) -> int:
    from exactnet.certify.radial import IdentityRequest, certify_by_identity
    from exactnet.claims.radial import verify
    from exactnet.theory.radial import read_types

    if ask.profile is None or ask.d is None or ask.p is None or ask.knots is not None:
        raise FormatError("--profile needs --d and --p, and goes with --spacing, not with --knots")
    if run.out is not None:
        from exactnet.files.radial import all_files

        reserve_outputs(run.out, all_files(run.out), [])
    listed = None if ask.types is None else read_types(ask.types, ask.d)
    try:
        identity = certify_by_identity(IdentityRequest(ask.profile, ask.d, ask.p, ask.degree, ask.spacing, ask.reals, listed))
    except RefusedError as error:
        raise RefusedError(f"refused: {error}") from None
    network, certificate, reason = identity.network(), identity.certificate(ask.epsilon), identity.beyond(ask.epsilon)
    if reason is not None and not identity.estimate.exact:
        raise RefusedError(f"refused: {reason}")
    if reason is None:
        verify(certificate, network)
    report = {**_report(certificate, ask.d, run), "verdict": "refuted" if reason else "certified", "reason": reason}
    out = run.out if reason is None else None
    if out is not None:
        from exactnet.files.radial import write_radial

        write_radial(out, network, certificate, run.seconds)
    run.say(report, report["verdict"], lambda: _show(report, "a profile of the radius", {**_facts(identity), "certificate": out}))
    return 1 if reason else 0


def _report(certificate: Certificate, d: int, run: Run) -> dict[str, Any]:
    from exactnet.files.radial import document_of

    document = document_of(certificate)
    names = ("p", "on", "error", "exact", "epsilon", "neurons")
    types = [ridge["type"] for ridge in document["ridges"]]
    return {"statement": "R2", "d": d, **{name: document[name] for name in names}, "types": types, "seconds": run.seconds}


def _facts(identity: Identity) -> dict[str, object]:
    from exactnet.cli.render import number

    d, p = identity.request.d, identity.request.p
    facts: dict[str, object] = {
        "parameters": number(identity.parameters),
        "largest ridge": number(identity.largest),
        "in depth 3, exactly": f"{number(2 * d * p**2 + d * p**4)} ReLUs on the grid (S6)",
    }
    if identity.estimate.mean_square is not None:
        facts["mean square"] = number(identity.estimate.mean_square)
    return facts


def _show(report: Mapping[str, Any], about: str, rows: Mapping[str, object]) -> None:
    from exactnet.cli.render import facts, number, print_verdict, show_tables
    from exactnet.kernel.rationals import parse_rational

    d, p = report["d"], report["p"]
    where = f"the grid I_{p}^{d}" if report["on"] == "grid" else f"[-{p}, {p}]^{d}"
    sign = "=" if report["exact"] else "<="
    error = parse_rational(report["error"])
    print_verdict(report["verdict"], about)
    facts_shown: dict[str, object] = {
        "statement": f"R2: depth 2, sup |N' - f| {sign} {number(error)}, about {float(error):.4f}",
        "on": where,
        "reason": report["reason"],
        "types": ", ".join(report["types"]) or "none: N' is constant",
        "ReLUs": number(report["neurons"]),
    }
    show_tables(facts({**facts_shown, **rows, "time": f"{report['seconds']} s"}))


def show_checked(report: Mapping[str, Any], path: str, run: Run) -> None:
    """What ``exactnet check`` shows of a right certificate of the format ``exactnet-radial/1``."""
    shown = {**_report(report["certificate"], len(report["network"].inputs), run), "verdict": "certified", "reason": None}
    run.say(shown, "certified", lambda: _show(shown, path, {}))
