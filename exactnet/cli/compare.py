"""``exactnet compare A B``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import click

from exactnet.cli.claim import Cells, decide_on_reals, deciding, is_polyhedron
from exactnet.cli.inputs import check_certificate_path, check_plot, check_size, common_domain, input_path, load
from exactnet.cli.options import net_argument, read, read_tolerance
from exactnet.cli.run import Run, collecting, runs
from exactnet.kernel.errors import FormatError

__all__ = ["command"]


@dataclass(frozen=True)
class Question:
    """What is asked of two networks, besides whether they are equal."""

    count: bool
    within: Any
    question: Literal["class", "sign"] | None


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
@click.option("--plot", metavar="FILE", help="Draw the input on which they differ, if there is one (.svg, .pdf, .png).")
@runs(
    "max_inputs",
    "max_file",
    "workers",
    "cluster",
    "fast",
    out="Write the certificate to OUT, and both networks beside it.",
)
@deciding
@collecting(Question, "question")
def command(*, a: str, b: str, domain: str | None, question: Question, plot: str | None, cells: Cells, run: Run) -> int:
    """Evaluate two networks on every input of a domain: are they equal there? (A digest never decides.)

    Beyond --max-inputs the networks are proved to be equal up to names, scaling, sharing and duplicated nodes, or an input on
    which they differ is searched for; if there is neither, nothing is said, and the exit status is 2.

    Inputs and outputs are matched by position. --within also says how far apart the networks are and where; with --argmax and
    --sign ties are counted. On real inputs, equality is proved by cells, or refuted by a point.

    \b
    Example:
      exactnet compare net.json other.th --domain cube --count
      exactnet compare net.onnx q.json --domain grid:2 --argmax --count
      exactnet compare net.onnx q.json --domain grid:2 --within 1/10 -o certificate.json
    """
    if question.within is not None and question.question is not None:
        raise click.UsageError("--within, --argmax and --sign are different questions: ask one at a time")
    if question.within is not None and question.count:
        raise click.UsageError("--count counts inputs that are not equal, or of another class or sign; leave out --within")
    if is_polyhedron(domain):
        assert domain is not None
        if question.count or plot is not None:
            raise FormatError(f"{'--count' if question.count else '--plot'} is for finite domains")
        from exactnet.claims.cells.claims import Claim

        return decide_on_reals(Claim("equal"), [a, b], domain, cells, run)
    if cells.solver is not None or cells.resume is not None:
        raise FormatError("--solver and --resume are for real inputs: --domain reals, box:a,b, polytope:FILE or chamber")
    if run.out is not None:
        check_certificate_path(run.out, input_path(a), second=input_path(b))
    if plot is not None:
        check_plot(plot, a)
    first, second = load(a, run.max_file), load(b, run.max_file)
    on = common_domain(domain, [(a, first), (b, second)], run.max_file)
    left, right = first.network, second.network
    from exactnet.cli.differences import Pair, report_changes, report_difference, report_largest, write_pair
    from exactnet.kernel.domain import Points

    pair = Pair((a, b), (left, right), on, run, plot)
    asks_more = question.count or question.within is not None or question.question is not None or run.out is not None
    if len(left.inputs) == len(right.inputs) == on.d:  # else compare_networks says so
        if not asks_more and not isinstance(on, Points) and on.count > run.max_inputs:
            from exactnet.cli.structural import compare_by_proof_and_report

            return compare_by_proof_and_report(pair)
        check_size(left, on, run.max_inputs)
    if run.out is not None:
        write_pair(run.out, (first, second), on, question.question or "equal", question.within, run)
    if question.within is not None:
        return report_largest(pair, question.within)
    return (
        report_difference(pair, question.count)
        if question.question is None
        else report_changes(pair, question.question, question.count)
    )
