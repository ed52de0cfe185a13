"""``exactnet compare`` with ``--within``, ``--argmax`` and ``--sign``: what is asked, and how it is said."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from exactnet.cli.output import print_json, print_line
from exactnet.cli.progress import Meter

if TYPE_CHECKING:
    from gmpy2 import mpq

    from exactnet.kernel.domain import Domain
    from exactnet.kernel.network import Network
    from exactnet.kernel.runs import Runner

__all__ = ["Pair", "report_changes", "report_largest"]

_WORDS = {
    "class": ("same class", "another class", "the largest output (the first of equals) is the same", "the largest output is tied"),
    "sign": ("same signs", "another sign", "every output has the same sign", "an output is 0"),
}


@dataclass(frozen=True)
class Pair:
    """Two networks to compare, and how to say it."""

    names: tuple[str, str]
    networks: tuple[Network, Network]
    domain: Domain
    begun: float
    as_json: bool
    quiet: bool


def report_largest(pair: Pair, within: mpq, runner: Runner) -> int:
    """Say how far apart the networks are; the exit status."""
    from exactnet.cli.render import number
    from exactnet.distance.differences import largest_difference

    with Meter(pair.quiet) as meter:
        found = largest_difference(*pair.networks, pair.domain, progress=meter, runner=runner)
    kept = found.value <= within
    output = pair.networks[0].outputs[found.output]
    more: dict[str, Any] = {"epsilon": str(within), "largest": str(found.value), "index": found.index, "output": output}
    rows: dict[str, object] = {"largest difference": f"{number(found.value)} at input {found.index}, output {output}"}
    words = f"|A - B| <= {number(within)}"
    reason = None if kept else f"at input {found.index} of the domain, output {output} differs by {number(found.value)}"
    index = None if kept else found.index
    return _say(pair, "within", words if kept else f"not {words}", ("within", "beyond"), index, found.inputs, reason, more, rows)


def report_changes(pair: Pair, question: str, count: bool, runner: Runner) -> int:
    """Say where the class or a sign is another; the exit status."""
    from exactnet.cli.render import number
    from exactnet.distance.differences import class_changes, class_of, sign_changes
    from exactnet.kernel.values import evaluate

    with Meter(pair.quiet) as meter:
        ask = class_changes if question == "class" else sign_changes
        found = ask(*pair.networks, pair.domain, count_all=count, progress=meter, runner=runner)
    same, other, meaning, tie = _WORDS[question]
    reason = None
    if found.first is not None:
        reason = f"{other} at input {found.first} of the domain"
        if question == "class":
            places = [class_of(evaluate(net, pair.domain[found.first])) for net in pair.networks]
            names = [net.outputs[place] for net, place in zip(pair.networks, places, strict=True)]
            reason += f" (A: {names[0]}, B: {names[1]})"
    more: dict[str, Any] = {"ties": list(found.ties)}
    rows: dict[str, object] = {f"inputs where {tie}": f"{number(found.ties[0])} in A, {number(found.ties[1])} in B"}
    if count:
        more["differing"] = found.differing
        rows = {"inputs that differ": number(found.differing), **rows}
    words = meaning if found.first is None else other
    statement = f"same {question}"
    return _say(pair, statement, words, (same, other), found.first, found.inputs, reason, more, rows)


def _say(
    pair: Pair,
    statement: str,
    words: str,
    verdicts: tuple[str, str],
    index: int | None,
    inputs: int,
    reason: str | None,
    more: dict[str, Any],
    rows: dict[str, object],
) -> int:
    from exactnet.files.document import counterexample_json
    from exactnet.files.reports import domain_json
    from exactnet.kernel.measures import measure
    from exactnet.kernel.sweep import Counterexample
    from exactnet.kernel.values import evaluate

    a, b = pair.networks
    word = verdicts[index is not None]
    if pair.quiet and not pair.as_json:
        print_line(word)
        return int(index is not None)
    counterexample = None
    if index is not None:
        point = pair.domain[index]
        left, right = (dict(zip(a.outputs, evaluate(net, point), strict=True)) for net in (a, b))
        counterexample = Counterexample(index, dict(zip(a.inputs, point, strict=True)), left, right, None)
    report = {
        "verdict": "certified" if index is None else "refuted",
        "statement": statement,
        "route": None,
        "domain": domain_json(pair.domain),
        "original": measure(a, pair.domain).as_json(),
        "constructed": measure(b, pair.domain).as_json(),
        "bounds": [],
        "inputs_checked": inputs,
        "counterexample": counterexample_json(counterexample),
        "reason": reason,
        "seconds": round(time.perf_counter() - pair.begun, 3),
        **more,
    }
    if pair.as_json:
        print_json(report)
    else:
        from exactnet.cli.render import print_report

        about = f"{words}; A = {pair.names[0]}, B = {pair.names[1]}"
        print_report({**report, "verdict": word, "statement": None}, about, rows, ("A", "B"))
    return int(index is not None)
