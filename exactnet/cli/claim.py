"""``exactnet claim NET --that CLAIM``: what holds for all real inputs; ``compare`` decides equality here, too."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from exactnet.cli.inputs import input_path, load, reserve_outputs
from exactnet.cli.options import net_argument, read, read_count
from exactnet.cli.output import print_line
from exactnet.cli.run import Run, collecting, runs
from exactnet.kernel.errors import DomainError, FormatError, clip_text

if TYPE_CHECKING:
    from exactnet.claims.cells.certificate import Certificate
    from exactnet.claims.cells.claims import Claim
    from exactnet.claims.cells.polyhedron import Polyhedron
    from exactnet.kernel.network import Network

__all__ = ["Cells", "command", "decide_on_reals", "deciding", "is_polyhedron", "report_of", "show_checked", "show_report"]

F = TypeVar("F", bound=Callable[..., Any])

_PLAIN = ("homogeneous", "even", "odd", "convex", "cells", "pieces", "one-hidden-layer")
_WANTED = "homogeneous, even, odd, convex, cells, pieces, one-hidden-layer, monotone:x1, lipschitz:1|2|inf, invariant:2,1,3, A >= B"

@dataclass(frozen=True)
class Cells:
    """How real inputs are decided: the options of :func:`deciding`."""

    max_cells: int
    solver: str | None
    resume: str | None


def deciding(command: F) -> Callable[..., Any]:
    """The options of what decides on real inputs, as the argument ``cells``."""
    decorated = collecting(Cells, "cells")(command)
    max_cells = click.option(
        "--max-cells",
        metavar="COUNT",
        default="1000000",
        show_default=True,
        callback=read(read_count),
        help="Most cells of a proof about real inputs.",
    )
    solver = click.option(
        "--solver",
        type=click.Choice(("z3",)),
        help="Ask this solver instead, where there are too many cells (extra 'smt'): it decides, but gives no certificate.",
    )
    resume = click.option(
        "--resume",
        metavar="FILE",
        help="Keep finished parts of a long search in FILE, and go on from there where it was ended; removed at the end.",
    )
    return max_cells(solver(resume(decorated)))


def read_claim(text: str) -> tuple[Claim, bool]:
    """The claim that ``--that`` names, and whether A and B change places.

    >>> read_claim("lipschitz:inf")[0].norm, read_claim("invariant:2,1")[0].permutation, read_claim("A <= B")[1]
    ('inf', (2, 1), True)
    """
    from exactnet.claims.cells.claims import NORMS, Claim

    order = re.fullmatch(r"\s*A\s*(>=|<=|=)\s*B\s*", text)
    if order is not None:
        return Claim("equal" if order[1] == "=" else "at-least"), order[1] == "<="
    if text in _PLAIN:
        return Claim(text), False
    kind, _, rest = text.partition(":")
    if kind == "lipschitz" and rest in NORMS:
        return Claim(kind, norm=rest), False
    if kind == "monotone" and re.fullmatch(r"x\d{1,6}", rest, re.ASCII):
        return Claim(kind, variable=int(rest[1:])), False
    if kind == "invariant" and re.fullmatch(r"\d{1,6}(,\d{1,6})*", rest, re.ASCII):
        return Claim(kind, permutation=tuple(map(int, rest.split(",")))), False
    raise FormatError(f"{clip_text(text)} is not one of the claims {_WANTED}")


def is_polyhedron(text: str | None) -> bool:
    """Whether ``--domain`` names real inputs."""
    return text is not None and (text in ("reals", "chamber") or text.startswith(("box:", "polytope:")))


def read_polyhedron(text: str, d: int, max_file: int) -> Polyhedron:
    """``reals``, ``chamber``, ``box:a,b`` or ``polytope:FILE``, in ``d`` variables."""
    from exactnet.claims.cells.polyhedron import Polyhedron
    from exactnet.kernel.rationals import parse_rational

    kind, _, rest = text.partition(":")
    if text == "reals":
        return Polyhedron(d)
    if text == "chamber":
        return Polyhedron.chamber(d)
    if kind == "box":
        ends = rest.split(",")
        if len(ends) != 2:
            raise DomainError(f"--domain {clip_text(text)}: box:a,b has two ends")
        return Polyhedron.box(d, *map(parse_rational, ends))
    if kind == "polytope":
        from exactnet.files.files import read_bytes, shown
        from exactnet.files.polyhedra import parse_polyhedron

        return parse_polyhedron(read_bytes(rest, max_file), d, shown(rest))
    raise DomainError(f"--domain {clip_text(text)} is not reals, box:a,b, polytope:FILE or chamber")


@click.command("claim", short_help="Does NET have a property for all real inputs?")
@net_argument("net", "NET")
@net_argument("other", "[B]", required=False)
@click.option("--that", "claimed", metavar="CLAIM", required=True, callback=read(read_claim), help=f"One of: {_WANTED}.")
@click.option(
    "--domain",
    metavar="reals|box:a,b|polytope:FILE|chamber",
    default="reals",
    show_default=True,
    help="The real inputs to consider: all, a box, the solutions of inequalities in a JSON file, or x1 >= x2 >= ... by symmetry.",
)
@runs("max_file", "workers", out="Write the certificate to OUT, with the networks beside it.")
@deciding
def command(
    *, net: str, other: str | None, claimed: tuple[Claim, bool], domain: str, cells: Cells, run: Run
) -> int:
    """Decide a property of a ReLU network for all real inputs, exactly, with a certificate or a point that refutes it.

    CLAIM is one of homogeneous, even, odd, convex, monotone:xi, lipschitz:1|2|inf (the constant, and where it is attained),
    invariant:2,1,3 (a permutation of the inputs), cells, pieces (how many), one-hidden-layer, or A >= B, A <= B, A = B for NET
    and a second network.

    \b
    Example:
      exactnet claim net.json --that convex -o convex.json
    """
    claim, turned = claimed
    paired = claim.kind in ("equal", "at-least")
    if paired != (other is not None):
        needed = "two networks, A and B" if paired else "one network"
        raise FormatError(f"--that {claim.kind} is about {needed}")
    names = [net] if other is None else [net, other]
    return decide_on_reals(claim, names[::-1] if turned else names, domain, cells, run)


def decide_on_reals(claim: Claim, names: Sequence[str], domain: str, cells: Cells, run: Run) -> int:
    """Read, decide, write the certificate, print; the exit status."""
    if run.out is not None:
        from exactnet.files.cells import all_files

        reserve_outputs(run.out, all_files(run.out, 2), map(input_path, names))
    networks = [_network(name, run.max_file) for name in names]
    where = read_polyhedron(domain, len(networks[0].inputs), run.max_file)
    from exactnet.certify.cells import Options, decide
    from exactnet.certify.cells.state import State
    from exactnet.claims.cells.certificate import REFUTED, Certificate, verify
    from exactnet.claims.cells.replay import ProofError
    from exactnet.parallel.local import cores

    used: Sequence[Network] = networks
    certificate: Certificate | None
    with run.meter as meter:
        state = None if cells.resume is None else State(cells.resume)
        options = Options(cells.max_cells, run.workers or cores(), meter, state)
        if cells.solver is not None:
            from exactnet.certify.cells.solver import solve

            point = solve(claim, networks, where)
            certificate = None if point is None else Certificate(claim, where, REFUTED, points=(point,))
        elif claim.kind == "one-hidden-layer":
            from exactnet.certify.cells.hidden import decide_one_hidden_layer
            from exactnet.claims.cells.certificate import check_domain

            check_domain(claim, where)
            certificate, used = decide_one_hidden_layer(networks[0], options)
        else:
            certificate = decide(claim, networks, where, options)
    if certificate is None:
        return _show_solved(claim, names, where, run)
    try:
        verify(certificate, used)
    except ProofError as error:
        if cells.resume is None:
            raise
        raise FormatError(f"{cells.resume}: what it holds is not what a search has found ({error}); remove it") from None
    if cells.resume is not None:
        os.remove(cells.resume)
    report = {**report_of(certificate, used, run.seconds), "networks": names}
    if run.out is not None:
        from exactnet.files.cells import write_cells

        write_cells(run.out, used, certificate, report["seconds"])
    run.say(report, _word(report), lambda: show_report(report, _about(claim, names), {"certificate": run.out}))
    return 0 if report["verdict"] == "certified" else 1


def show_checked(report: Mapping[str, Any], path: str, run: Run) -> None:
    """What ``exactnet check`` shows of a right certificate of the format ``exactnet-reals/1``."""
    shown = report_of(report["certificate"], report["networks"], run.seconds)
    run.say(shown, shown["verdict"], lambda: show_report(shown, path, {}))


def _network(name: str, max_file: int) -> Network:
    loaded = load(name, max_file)
    if loaded.table:
        raise DomainError(f"{name} is a table, which has no values outside its own domain")
    return loaded.network


def _show_solved(claim: Claim, names: Sequence[str], domain: Polyhedron, run: Run) -> int:
    from exactnet.certify.cells.solver import version

    if run.out is not None:
        raise FormatError("a solver gives no certificate that could be written")
    verdict = "decided by a solver"
    answer = f"{_claimed(claim.kind)} on {domain}, decided by {version()}, no certificate"
    report = {"verdict": verdict, "claim": {"kind": claim.kind}, "answer": answer, "seconds": run.seconds}
    run.say(report, verdict, lambda: print_line(f"{_about(claim, names)}: {answer}"))
    return 0


def _about(claim: Claim, names: Sequence[str]) -> str:
    """The networks; those of ``A <= B`` have changed places."""
    return f"A = {names[0]}, B = {names[1]}" if claim.kind == "at-least" else ", ".join(names)


def _claimed(kind: str) -> str:
    return "A >= B" if kind == "at-least" else kind


def report_of(certificate: Certificate, networks: Sequence[Network], seconds: float) -> dict[str, Any]:
    """The object that ``--json`` prints."""
    from exactnet.claims.cells.assertion import words
    from exactnet.files.cells import claim_json, domain_json

    at = [certificate.claim.input(point) for point in certificate.points]
    values = [[list(map(str, net(point))) for net in networks] for point in at]
    return {
        "verdict": certificate.verdict,
        "statement": "reals",
        "claim": claim_json(certificate.claim),
        "domain": domain_json(certificate.domain),
        "on": str(certificate.domain) if certificate.claim.fixed is None else _box(certificate.claim, certificate.domain),
        "leaves": certificate.leaves,
        "lemmas": len(certificate.proof.lemmas),
        "points": [list(map(str, point)) for point in certificate.points],
        "values": values,
        "denied": None if certificate.claim.assertion is None else words(certificate.claim.assertion),
        "reason": None if certificate.verdict == "certified" else _reason(certificate, networks),
        "seconds": seconds,
    }


def _box(claim: Claim, domain: Polyhedron) -> str:
    """The inputs that a property is about, by their names in VNN-LIB."""
    from gmpy2 import mpq

    from exactnet.claims.cells.assertion import Comparison, words

    values = list(enumerate(claim.fixed or ()))
    free = [place for place, value in values if value is None]
    shown = [f"X_{place} = {value}" for place, value in values if value is not None]
    for form in domain.forms:
        weights = tuple((place, mpq(c)) for place, c in zip(free, form, strict=False) if c)
        shown.append(words((Comparison(weights, (), mpq(form[-1])),)))
    return ", ".join(shown)


def _at(point: Sequence[object]) -> str:
    return f"({', '.join(map(str, point))})"


def _some(values: Sequence[object]) -> str:
    return str(values[0]) if len(values) == 1 else _at(values)


def _reason(certificate: Certificate, networks: Sequence[Network]) -> str:
    """What the points show, in one line."""
    from exactnet.claims.cells.points import jump_across, sides
    from exactnet.claims.cells.polyhedron import form_text

    claim, points, net = certificate.claim, certificate.points, networks[0]
    if claim.kind == "one-hidden-layer":
        assert certificate.form is not None
        first, second = (jump_across(net, point, certificate.form) for point in points)
        assert first is not None
        assert second is not None
        jumps = (f"by {_some(jump)} at {_at(point)}" for jump, point in zip((first, second), points, strict=True))
        return f"across {form_text(certificate.form)} = 0, the gradient jumps {' and '.join(jumps)}"
    if claim.kind == "monotone":
        low, high = map(net, points)
        return f"the value goes from {_some(low)} at {_at(points[0])} to {_some(high)} at {_at(points[1])}"
    if claim.kind == "convex":
        a, m, b = (f"{_some(net(point))} at {_at(point)}" for point in points)
        return f"above a chord: {m}, between {a} and {b}"
    if claim.kind == "property":
        point = claim.input(points[0])
        return f"N = {_some(net(point))} at x = {_at(point)} meets it"
    left, right = map(_some, sides(claim, networks, points[0]))
    words = {
        "equal": "A = {}, B = {}",
        "segment": "A = {}, B = {}",
        "at-least": "A = {}, B = {}",
        "homogeneous": "N = {}, but {} without biases,",
        "even": "N(x) = {}, N(-x) = {}",
        "odd": "N(x) = {}, -N(-x) = {}",
        "invariant": "N(x) = {}, permuted {}",
    }
    return f"{words[claim.kind].format(left, right)} at x = {_at(points[0])}"


def _word(report: Mapping[str, Any]) -> str:
    if report["claim"]["kind"] == "equal":
        return "equal" if report["verdict"] == "certified" else "different"
    return str(report["verdict"])


def show_report(report: Mapping[str, Any], about: str, rows: Mapping[str, object]) -> None:
    """A verdict and what it rests on, as a table."""
    from exactnet.cli.render import facts, number, print_verdict, show_tables

    claim = report["claim"]
    words = _claimed(claim["kind"])
    if "norm" in claim:
        words += f", norm {claim['norm']} of x - y"
    if "variable" in claim:
        words += f" in x{claim['variable']}"
    if "permutation" in claim:
        words += f" under {','.join(map(str, claim['permutation']))}"
    rows_shown: dict[str, object] = {"claim": words, "on": report["on"], "never": report["denied"], "reason": report["reason"]}
    if "bound" in claim:
        points = " and ".join(map(_at, report["points"]))
        bound = number(claim["bound"])
        rows_shown["constant"] = f"{f'the square root of {bound}' if claim['norm'] == '2' else bound}, attained between {points}"
    if "count" in claim:
        rows_shown["count"] = f"{claim['count']} {claim['kind']}"
    if report["verdict"] == "certified" and words == "segment":
        rows_shown["proof"] = "the difference is 0 at its breakpoints"
    elif report["verdict"] == "certified":
        counts = ((report["leaves"], "cell"), (report["lemmas"], "lemma"))
        rows_shown["proof"] = ", ".join(f"{n} {what}{'' if n == 1 else 's'}" for n, what in counts)
    rows_shown |= {**rows, "time": f"{report['seconds']} s"}
    print_verdict(_word(report), about)
    show_tables(facts(rows_shown))
