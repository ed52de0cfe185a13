"""``exactnet compare`` with ``--within``, ``--argmax`` and ``--sign``: what is asked, and how it is said."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gmpy2 import mpq

    from exactnet.certify.pairs import Question
    from exactnet.cli.run import Run
    from exactnet.files.network_json import Loaded
    from exactnet.kernel.domain import Domain
    from exactnet.kernel.network import Network

__all__ = ["Pair", "report_changes", "report_difference", "report_largest", "write_pair"]

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
    run: Run
    plot: str | None = None
    """Where the input on which they differ is drawn."""


def write_pair(
    out: str, loaded: tuple[Loaded, Loaded], domain: Domain, question: Question, within: mpq | None, run: Run
) -> None:
    """Judge the statement about two networks, and write its certificate."""
    from exactnet.certify.pairs import certify_pair
    from exactnet.files.certificate_writer import write_certificate

    begun = time.perf_counter()
    a, b = (one.network for one in loaded)
    with run.meter as meter:
        certificate = certify_pair(a, b, domain, question, within, meter, run.runner())
    seconds = time.perf_counter() - begun
    write_certificate(out, a, b, certificate, seconds, source=loaded[0].source, other=loaded[1].source)


def report_difference(pair: Pair, count: bool) -> int:
    """Say whether the networks are equal; the exit status."""
    from exactnet.cli.render import number
    from exactnet.kernel.sweep import CheckJob, compare_networks

    runner = pair.run.runner()
    with pair.run.meter as meter:
        job = CheckJob(*pair.networks, pair.domain, make=runner.evaluator)
        comparison, counterexample = compare_networks(job, count, meter, runner)
    index = None if counterexample is None else counterexample.index
    reason = None if index is None else f"the values differ at input {index} of the domain"
    about: dict[str, Any] = {"statement": "equal", "inputs_checked": comparison.inputs_checked, "reason": reason}
    rows: dict[str, object] = {}
    if count:
        about["differing"] = comparison.differing
        rows["inputs that differ"] = number(comparison.differing)
    return _say(pair, about, "", "equal" if index is None else "different", index, rows)


def report_largest(pair: Pair, within: mpq) -> int:
    """Say how far apart the networks are; the exit status."""
    from exactnet.cli.render import number
    from exactnet.distance.differences import largest_difference

    with pair.run.meter as meter:
        largest = largest_difference(*pair.networks, pair.domain, progress=meter, runner=pair.run.runner())
    kept = largest.value <= within
    output = pair.networks[0].outputs[largest.output]
    more: dict[str, Any] = {"epsilon": str(within), "largest": str(largest.value), "index": largest.index, "output": output}
    rows: dict[str, object] = {"largest difference": f"{number(largest.value)} at input {largest.index}, output {output}"}
    words = f"|A - B| <= {number(within)}"
    reason = None if kept else f"at input {largest.index} of the domain, output {output} differs by {number(largest.value)}"
    index = None if kept else largest.index
    words = words if kept else f"not {words}"
    about = {"statement": "within", "inputs_checked": largest.inputs, "reason": reason, **more}
    return _say(pair, about, words, "within" if kept else "beyond", index, rows)


def report_changes(pair: Pair, question: str, count: bool) -> int:
    """Say where the class or a sign is another; the exit status."""
    from exactnet.cli.render import number
    from exactnet.distance.differences import class_changes, class_of, sign_changes
    from exactnet.kernel.values import evaluate

    with pair.run.meter as meter:
        ask = class_changes if question == "class" else sign_changes
        changes = ask(*pair.networks, pair.domain, count_all=count, progress=meter, runner=pair.run.runner())
    same, other, meaning, tie = _WORDS[question]
    reason = None
    if changes.first is not None:
        reason = f"{other} at input {changes.first} of the domain"
        if question == "class":
            places = [class_of(evaluate(net, pair.domain[changes.first])) for net in pair.networks]
            names = [net.outputs[place] for net, place in zip(pair.networks, places, strict=True)]
            reason += f" (A: {names[0]}, B: {names[1]})"
    more: dict[str, Any] = {"ties": list(changes.ties)}
    rows: dict[str, object] = {f"inputs where {tie}": f"{number(changes.ties[0])} in A, {number(changes.ties[1])} in B"}
    if count:
        more["differing"] = changes.differing
        rows = {"inputs that differ": number(changes.differing), **rows}
    words = meaning if changes.first is None else other
    about = {"statement": f"same {question}", "inputs_checked": changes.inputs, "reason": reason, **more}
    return _say(pair, about, words, same if changes.first is None else other, changes.first, rows)


def _say(
    pair: Pair, about: Mapping[str, Any], words: str, word: str, index: int | None, rows: dict[str, object]
) -> int:
    from exactnet.files.document import counterexample_json
    from exactnet.files.reports import domain_json
    from exactnet.kernel.measures import measure
    from exactnet.kernel.sweep import Counterexample
    from exactnet.kernel.values import evaluate

    (a, b), run = pair.networks, pair.run
    if run.quiet and not run.as_json and pair.plot is None:  # a word, and no measures
        run.say({}, word, lambda: None)
        return int(index is not None)
    counterexample = None
    if index is not None:
        point = pair.domain[index]
        left, right = (dict(zip(a.outputs, evaluate(net, point), strict=True)) for net in (a, b))
        counterexample = Counterexample(index, dict(zip(a.inputs, point, strict=True)), left, right, None)
        if pair.plot is not None:
            from exactnet.draw.plot import counterexample_figure, write_figure

            write_figure(counterexample_figure(counterexample, pair.names), pair.plot)
    report = {
        "verdict": "certified" if index is None else "refuted",
        "route": None,
        "domain": domain_json(pair.domain),
        "original": measure(a, pair.domain).as_json(),
        "constructed": measure(b, pair.domain).as_json(),
        "bounds": [],
        "counterexample": counterexample_json(counterexample),
        "seconds": run.seconds,
        **about,
    }

    def tables() -> None:
        from exactnet.cli.render import print_report

        names = f"A = {pair.names[0]}, B = {pair.names[1]}"
        shown = {**report, "verdict": word, **({"statement": None} if words else {})}
        more = {**rows, "certificate": run.out}
        print_report(shown, f"{words}; {names}" if words else names, more, ("A", "B"))

    run.say(report, word, tables)
    return int(index is not None)
