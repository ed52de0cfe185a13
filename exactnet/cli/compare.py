"""``exactnet compare A B``."""

from __future__ import annotations

import time
from typing import Any

import click

from exactnet.cli.claim import decide_on_reals, is_polyhedron, max_cells_option, solver_option
from exactnet.cli.inputs import check_size, common_domain, load
from exactnet.cli.options import (
    cluster_option,
    fast_option,
    json_option,
    max_file_option,
    max_inputs_option,
    net_argument,
    out_option,
    quiet_option,
    read,
    read_tolerance,
    workers_option,
)
from exactnet.cli.output import print_json, print_line
from exactnet.cli.progress import Meter
from exactnet.kernel.errors import FormatError

__all__ = ["command"]


@click.command("compare", short_help="Are two networks equal on a domain?")
@net_argument("a", "A")
@net_argument("b", "B")
@click.option(
    "--domain",
    metavar="cube|grid:P|FILE|reals|box:a,b|polytope:FILE|chamber",
    help="The inputs to consider: {0,1}^d, the grid I_P^d, a JSON file with a domain or a list of points; or real inputs: all, "
    "a box, the solutions of inequalities, x1 >= x2 >= ... by symmetry. Default: the domain in the network file.",
)
@click.option("--count", is_flag=True, help="Go on after the first difference, and count the inputs that differ.")
@click.option("--within", metavar="E", callback=read(read_tolerance), help="Is no output further apart than E, such as 1/20?")
@click.option("--argmax", "question", flag_value="class", help="Is the largest output (the first of equals) the same?")
@click.option("--sign", "question", flag_value="sign", help="Has every output the same sign (0 is a sign of its own)?")
@max_inputs_option
@max_file_option
@workers_option
@cluster_option
@fast_option
@max_cells_option
@solver_option
@json_option
@quiet_option
@out_option("Real inputs: write the certificate to OUT, with both networks beside it.")
def command(
    *,
    a: str,
    b: str,
    domain: str | None,
    count: bool,
    within: Any,
    question: str | None,
    max_inputs: int,
    max_file: int,
    workers: int | None,
    cluster: str | None,
    fast: bool,
    max_cells: int,
    solver: str | None,
    as_json: bool,
    quiet: bool,
    out: str | None,
) -> int:
    """Evaluate two networks on every input of a domain: are they equal there? (A digest never decides.)

    Inputs and outputs are matched by position. --within also says how far apart the networks are and where; with --argmax and
    --sign ties are counted. On real inputs, equality is proved by cells, or refuted by a point.

    \b
    Example:
      exactnet compare net.json other.th --domain cube --count
      exactnet compare net.onnx q.json --domain grid:2 --argmax --count
    """
    if within is not None and question is not None:
        raise click.UsageError("--within, --argmax and --sign are different questions: ask one at a time")
    if within is not None and count:
        raise click.UsageError("--count counts inputs that are not equal, or of another class or sign; leave out --within")
    begun = time.perf_counter()
    if is_polyhedron(domain):
        assert domain is not None
        if count:
            raise FormatError("--count is for finite domains")
        from exactnet.claims.cells.claims import Claim

        return decide_on_reals(
            Claim("equal"),
            [a, b],
            domain,
            max_cells=max_cells,
            solver=solver,
            max_file=max_file,
            workers=workers,
            as_json=as_json,
            quiet=quiet,
            out=out,
        )
    if out is not None or solver is not None:
        raise FormatError("-o and --solver are for real inputs: --domain reals, box:a,b, polytope:FILE or chamber")
    first, second = load(a, max_file), load(b, max_file)
    on = common_domain(domain, [(a, first), (b, second)], max_file)
    left, right = first.network, second.network
    if len(left.inputs) == len(right.inputs):  # else compare_networks says so
        check_size(left, on, max_inputs)
    from exactnet.files.document import counterexample_json
    from exactnet.files.reports import domain_json
    from exactnet.kernel.measures import measure
    from exactnet.kernel.sweep import CheckJob, compare_networks
    from exactnet.parallel.running import make_runner

    runner = make_runner(workers, cluster, fast)
    if within is not None or question is not None:
        from exactnet.cli.differences import Pair, report_changes, report_largest

        pair = Pair((a, b), (left, right), on, begun, as_json, quiet)
        return report_largest(pair, within, runner) if question is None else report_changes(pair, question, count, runner)
    with Meter(quiet) as meter:
        found, counterexample = compare_networks(CheckJob(left, right, on, make=runner.evaluator), count, meter, runner)
    report: dict[str, Any] = {
        "verdict": "certified" if counterexample is None else "refuted",
        "statement": "equal",
        "route": None,
        "domain": domain_json(on),
        "original": measure(left, on).as_json(),
        "constructed": measure(right, on).as_json(),
        "bounds": [],
        "inputs_checked": found.inputs_checked,
        "counterexample": counterexample_json(counterexample),
        "reason": counterexample and f"the values differ at input {counterexample.index} of the domain",
        "seconds": round(time.perf_counter() - begun, 3),
    }
    if count:
        report["differing"] = found.differing
    word = "equal" if counterexample is None else "different"
    if as_json:
        print_json(report)
    elif quiet:
        print_line(word)
    else:
        from exactnet.cli.render import number, print_report

        rows = {"inputs that differ": number(found.differing) if count else None}
        print_report({**report, "verdict": word}, f"A = {a}, B = {b}", rows, ("A", "B"))
    return 0 if counterexample is None else 1
