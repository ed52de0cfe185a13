"""How far apart two networks are on a domain, and on which inputs their class or a sign is another: exactly, input by input.

Most inputs are decided by :mod:`exactnet.distance.enclosures`; the others, and all inputs where nothing can be enclosed, by the
plain evaluator. What is reported is computed once more by definition.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from math import lcm
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from gmpy2 import mpq

from exactnet.distance.enclosures import Enclosures
from exactnet.kernel.domain import Domain, Points, check_dimension
from exactnet.kernel.errors import NetworkError
from exactnet.kernel.network import Network
from exactnet.kernel.rationals import lcm_all
from exactnet.kernel.runs import HERE, Progress, Runner, silent
from exactnet.kernel.sweep import EvaluatorError, check_interface
from exactnet.kernel.values import PlainEvaluator, evaluate

__all__ = ["Changes", "Largest", "class_changes", "class_of", "largest_difference", "sign_changes", "signs_at"]

Array = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]

#: Inputs that enclosures leave open: with more in one block than this, the whole block is evaluated exactly.
MOST_OPEN = 2**11
#: Inputs that are evaluated by definition: to make an evaluator ready takes longer.
FEW = 4


@dataclass(frozen=True, slots=True)
class Largest:
    """The largest ``|A - B|`` on a domain.

    Attributes
    ----------
    value : mpq
        Over all inputs and outputs.
    index : int
        The first input where it is attained, counted from 0.
    output : int
        The first output where it is attained there.
    inputs : int
        How many inputs were looked at: all of the domain, or those up to the first chunk beyond the limit that was asked for.
    """

    value: mpq
    index: int
    output: int
    inputs: int


@dataclass(frozen=True, slots=True)
class Changes:
    """The inputs on which two networks have other classes, or an output of another sign.

    Attributes
    ----------
    inputs : int
        How many inputs were looked at.
    differing : int
        On how many of them there is a difference.
    first : int or None
        The first of them.
    ties : tuple of int
        For each network on how many inputs the largest output is attained twice (it goes to the first), or an output is 0.
    """

    inputs: int
    differing: int
    first: int | None
    ties: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Known:
    """Values ``n·unit`` of some inputs (rows) up to ``slack`` units, where they are ``decided``."""

    numbers: Array
    slack: Array
    unit: mpq
    decided: Flags

    @property
    def exact(self) -> bool:
        return not self.slack.any()

    def rows(self, chosen: Flags) -> _Known:
        return _Known(self.numbers[chosen], self.slack, self.unit, self.decided[chosen])


class _Values:
    """A network on a domain: enclosed where that is possible, and exactly."""

    def __init__(self, net: Network, domain: Domain) -> None:
        self.net, self.domain = net, domain
        self.enclosures = Enclosures(net, domain)
        self.plain: PlainEvaluator | None = None

    def enclosed(self, start: int, stop: int) -> _Known:
        if not self.enclosures.usable:
            return self.exactly(start, stop)
        block = self.enclosures.block(start, stop)
        slack = [-int(-error / block.unit // 1) if error else 0 for error in block.errors]
        if max(slack, default=0) >= 2**60:
            return self.exactly(start, stop)
        return _Known(block.numbers, np.array(slack, np.int64), block.unit, block.decided)

    def exactly(self, start: int, stop: int) -> _Known:
        if self.plain is None:
            self.plain = PlainEvaluator(self.net, self.domain)
        return _exact(self.plain, start, stop, len(self.net.outputs))

    def at(self, indices: Sequence[int]) -> _Known:
        points = Points(tuple(self.domain[index] for index in indices))
        if len(indices) <= FEW:
            rows = [evaluate(self.net, point) for point in points.points]
            scale = lcm_all(value.denominator for row in rows for value in row)
            numbers = np.array([[int(value * scale) for value in row] for row in rows], object)
            return _Known(numbers, np.zeros(len(self.net.outputs), np.int64), mpq(1, scale), np.ones(len(rows), np.bool_))
        return _exact(PlainEvaluator(self.net, points), 0, len(indices), len(self.net.outputs))


def _exact(evaluator: PlainEvaluator, start: int, stop: int, outputs: int) -> _Known:
    block = evaluator.block(start, stop)
    scale = lcm(*(int(block.denominator(output)) for output in range(outputs)))
    columns = [block.split(output, scale)[0] for output in range(outputs)]
    numbers = np.stack([column.astype(object) if column.dtype != np.int64 else column for column in columns], axis=1)
    return _Known(numbers, np.zeros(outputs, np.int64), mpq(1, scale), np.ones(stop - start, np.bool_))


def _wide(numbers: Array, reach: int) -> Array:
    """Integers so that sums up to ``reach`` are computed without overflow."""
    return numbers if numbers.dtype == object or reach < 2**62 else numbers.astype(object)


def _most(numbers: Array) -> int:
    return max(abs(int(numbers.min())), abs(int(numbers.max()))) if numbers.size else 0


# --- the largest difference ----------------------------------------------------------------------


def _common(a: _Known, b: _Known) -> tuple[Array, Array, mpq, Array]:
    """The numbers of both in one unit, and the slack of their difference in it."""
    if a.exact and b.exact:
        unit = mpq(1, lcm(int(a.unit.denominator), int(b.unit.denominator)))
        scaled = []
        for known in (a, b):
            factor = int(known.unit / unit)
            scaled.append(_wide(known.numbers, max(_most(known.numbers), 1) * factor) * factor)
        return scaled[0], scaled[1], unit, a.slack
    unit = max(a.unit, b.unit)
    numbers, slack = [], [0] * len(a.slack)
    for known in (a, b):
        factor = unit / known.unit
        top, bottom = int(factor.numerator), int(factor.denominator)
        if factor == 1:
            numbers.append(known.numbers)
            slack = [sum(pair) for pair in zip(slack, known.slack.tolist(), strict=True)]
            continue
        # Numbers are rounded down, an error of less than one unit more, and so is the slack.
        reached = _wide(known.numbers, max(_most(known.numbers), 1) * bottom + top)
        numbers.append(reached * bottom // top)
        slack = [old + new * bottom // top + 2 for old, new in zip(slack, known.slack.tolist(), strict=True)]
    return numbers[0], numbers[1], unit, np.array(slack, np.int64 if max(slack) < 2**61 else object)


def _gaps(a: _Known, b: _Known) -> tuple[Array, mpq, Array]:
    left, right, unit, slack = _common(a, b)
    reach = _most(left) + _most(right) + int(slack.max())
    return np.abs(_wide(left, reach) - _wide(right, reach)), unit, slack


@dataclass(frozen=True)
class _LargestJob:
    """The largest difference on each range."""

    a: Network
    b: Network
    domain: Domain
    what = "inputs compared"

    def compile(self) -> Any:
        left, right = _Values(self.a, self.domain), _Values(self.b, self.domain)
        return lambda start, stop: _largest(left, right, start, stop)


def _largest(a: _Values, b: _Values, start: int, stop: int) -> Largest:
    value, index, output = mpq(-1), start, 0
    for begin in range(start, stop, a.enclosures.at_once):
        end = min(stop, begin + a.enclosures.at_once)
        left, right = a.enclosed(begin, end), b.enclosed(begin, end)
        open_ = _candidates(left, right, value)
        if left.exact and right.exact:
            indices = np.arange(begin, end)
        elif int(np.count_nonzero(open_)) > MOST_OPEN:
            indices, left, right = np.arange(begin, end), a.exactly(begin, end), b.exactly(begin, end)
        else:
            indices = begin + np.flatnonzero(open_)
            if not len(indices):
                continue
            left, right = a.at(indices.tolist()), b.at(indices.tolist())
        gaps, unit, _ = _gaps(left, right)
        best = gaps.max()
        if int(best) * unit > value:
            value = int(best) * unit
            row = int(np.argmax((gaps == best).any(axis=1)))
            index, output = int(indices[row]), int(np.argmax(gaps[row] == best))
    return Largest(value, index, output, stop - start)


def _candidates(a: _Known, b: _Known, known: mpq) -> Flags:
    """The inputs where the difference may be the largest, and larger than what is known."""
    gaps, unit, slack = _gaps(a, b)
    decided = a.decided & b.decided
    if not decided.any():
        return np.ones(len(gaps), np.bool_)
    least = max(int((gaps - slack)[decided].max()), int(known / unit // 1))
    return np.asarray(((gaps + slack) >= least).any(axis=1) | ~decided, np.bool_)


def largest_difference(
    a: Network, b: Network, domain: Domain, *, limit: mpq | None = None, progress: Progress = silent, runner: Runner = HERE
) -> Largest:
    """The largest difference of two networks on a domain, over all inputs and outputs.

    Parameters
    ----------
    a, b : Network
        Inputs and outputs are matched by position.
    domain : Domain
    limit : mpq, optional
        Stop after the first chunk (of 65 536 inputs) with a larger difference.

    Raises
    ------
    NetworkError, DomainError
        For networks of other interfaces than the domain's or one another's.

    Examples
    --------
    >>> from exactnet.kernel.domain import Cube
    >>> from exactnet.kernel.network import affine
    >>> nets = [Network(["x"], [affine("y", {"x": weight})], ["y"]) for weight in ("1/3", "0.333")]
    >>> largest_difference(*nets, Cube(1))
    Largest(value=mpq(1,3000), index=1, output=0, inputs=2)
    """
    check_interface(a, b)
    check_dimension(domain, a.inputs)
    best = Largest(mpq(-1), 0, 0, 0)
    with closing(runner.run(_LargestJob(a, b, domain), progress)) as parts:
        for part in parts:
            larger = part if part.value > best.value else best
            best = Largest(larger.value, larger.index, larger.output, best.inputs + part.inputs)
            if limit is not None and best.value > limit:
                break
    values = [evaluate(net, domain[best.index])[best.output] for net in (a, b)]
    if abs(values[0] - values[1]) != best.value:
        raise EvaluatorError(f"the difference at input {best.index} is another by definition: please report this as a defect")
    return best


# --- classes and signs ---------------------------------------------------------------------------

Question = Literal["class", "sign"]


def class_of(values: Sequence[mpq]) -> int:
    """The place of the largest value; the first of equals.

    >>> class_of([1, 3, 3])
    1
    """
    return max(range(len(values)), key=lambda place: (values[place], -place))


def _answers(known: _Known, question: Question) -> tuple[Array, Flags, Flags]:
    """For each input the answer (its class, or its signs), whether it ties, and whether that is sure."""
    numbers = _wide(known.numbers, _most(known.numbers) + int(known.slack.max()))
    if question == "class":
        best = numbers.max(axis=1)
        answers = np.argmax(numbers == best[:, None], axis=1)
        ties = np.asarray((numbers == best[:, None]).sum(axis=1) > 1, np.bool_)
        if known.exact:
            return answers, ties, known.decided
        rows = np.arange(len(numbers))
        highest = numbers + known.slack
        highest[rows, answers] = numbers.min() - int(known.slack.max()) - 1  # the others
        sure = best - known.slack[answers] > highest.max(axis=1)
    else:
        answers = (numbers > 0).astype(np.int8) - (numbers < 0).astype(np.int8)
        ties = np.asarray((numbers == 0).any(axis=1), np.bool_)
        if known.exact:
            return answers, ties, known.decided
        sure = (np.abs(numbers) > known.slack).all(axis=1)
    return answers, np.zeros(len(numbers), np.bool_), np.asarray(sure, np.bool_) & known.decided


@dataclass(frozen=True)
class _ChangesJob:
    """The changes on each range."""

    a: Network
    b: Network
    domain: Domain
    question: Question
    what = "inputs compared"

    def compile(self) -> Any:
        left, right = _Values(self.a, self.domain), _Values(self.b, self.domain)
        return lambda start, stop: _changes(left, right, self.question, start, stop)


def _changes(a: _Values, b: _Values, question: Question, start: int, stop: int) -> Changes:
    differing, first, ties = 0, None, [0, 0]
    for begin in range(start, stop, a.enclosures.at_once):
        end = min(stop, begin + a.enclosures.at_once)
        answers = []
        for number, values in enumerate((a, b)):
            answer, tied, sure = _answers(values.enclosed(begin, end), question)
            open_ = np.flatnonzero(~sure)
            if len(open_) > MOST_OPEN:
                answer, tied, sure = _answers(values.exactly(begin, end), question)
            elif len(open_):
                answer[open_], tied[open_], _ = _answers(values.at((begin + open_).tolist()), question)
            answers.append(answer)
            ties[number] += int(np.count_nonzero(tied))
        differs = answers[0] != answers[1]
        if differs.ndim > 1:
            differs = differs.any(axis=1)
        if differs.any():
            differing += int(np.count_nonzero(differs))
            first = begin + int(np.argmax(differs)) if first is None else first
    return Changes(stop - start, differing, first, (ties[0], ties[1]))


def _joined(parts: Iterable[Changes], count_all: bool) -> Changes:
    total = Changes(0, 0, None, (0, 0))
    for part in parts:
        ties = (total.ties[0] + part.ties[0], total.ties[1] + part.ties[1])
        first = part.first if total.first is None else total.first
        total = Changes(total.inputs + part.inputs, total.differing + part.differing, first, ties)
        if total.first is not None and not count_all:
            break
    return total


def _ask(
    question: Question, a: Network, b: Network, domain: Domain, count_all: bool, progress: Progress, runner: Runner
) -> Changes:
    check_interface(a, b)
    check_dimension(domain, a.inputs)
    with closing(runner.run(_ChangesJob(a, b, domain, question), progress)) as parts:
        changes = _joined(parts, count_all)
    samples = [changes.first] if changes.first is not None else [0, domain.count // 2, domain.count - 1]
    for index in samples:
        values = [evaluate(net, domain[index]) for net in (a, b)]
        if question == "class":
            differs = class_of(values[0]) != class_of(values[1])
        else:
            differs = [_sign(value) for value in values[0]] != [_sign(value) for value in values[1]]
        if differs != (changes.first is not None):
            raise EvaluatorError(f"input {index} is another by definition: please report this as a defect")
    return changes


def _sign(value: mpq) -> int:
    return int(value > 0) - int(value < 0)


def class_changes(
    a: Network, b: Network, domain: Domain, *, count_all: bool = False, progress: Progress = silent, runner: Runner = HERE
) -> Changes:
    """The inputs on which the largest output (the first of equals) is another.

    Parameters
    ----------
    a, b : Network
        With two outputs or more; inputs and outputs are matched by position.
    domain : Domain
    count_all : bool
        Go on after the first chunk (of 65 536 inputs) with a difference.

    Raises
    ------
    NetworkError, DomainError
        For one output, and for other interfaces.

    Examples
    --------
    >>> from exactnet.kernel.domain import Cube
    >>> from exactnet.kernel.network import affine
    >>> nets = [Network(["x"], [affine("no", {}, bias), affine("yes", {"x": 1})], ["no", "yes"]) for bias in ("1/2", 1)]
    >>> class_changes(*nets, Cube(1))
    Changes(inputs=2, differing=1, first=1, ties=(0, 1))
    """
    if len(a.outputs) < 2:
        raise NetworkError("a class is the largest of several outputs, and there is one; compare its sign")
    return _ask("class", a, b, domain, count_all, progress, runner)


def sign_changes(
    a: Network, b: Network, domain: Domain, *, count_all: bool = False, progress: Progress = silent, runner: Runner = HERE
) -> Changes:
    """The inputs on which an output has another sign; 0 is a sign of its own, and counted among the ties.

    Parameters are those of :func:`class_changes`.

    >>> from exactnet.kernel.domain import Grid
    >>> from exactnet.kernel.network import affine
    >>> nets = [Network(["x"], [affine("y", {"x": 1}, bias)], ["y"]) for bias in (0, "1/2")]
    >>> sign_changes(*nets, Grid(1, 1))
    Changes(inputs=3, differing=1, first=1, ties=(1, 0))
    """
    return _ask("sign", a, b, domain, count_all, progress, runner)


def signs_at(net: Network, domain: Domain) -> npt.NDArray[np.int8]:
    """The sign of every output at every input, exactly.

    Returns
    -------
    array of int8, shape (inputs, outputs)
        -1, 0 or 1.

    Examples
    --------
    >>> from exactnet.kernel.domain import Grid
    >>> from exactnet.kernel.network import affine
    >>> signs_at(Network(["x"], [affine("y", {"x": 1}, "1/2")], ["y"]), Grid(1, 1)).tolist()
    [[-1], [1], [1]]
    """
    check_dimension(domain, net.inputs)
    values = _Values(net, domain)
    parts = []
    for start in range(0, domain.count, values.enclosures.at_once):
        stop = min(domain.count, start + values.enclosures.at_once)
        answers, _, sure = _answers(values.enclosed(start, stop), "sign")
        open_ = np.flatnonzero(~sure)
        if len(open_) > MOST_OPEN:
            answers, _, _ = _answers(values.exactly(start, stop), "sign")
        elif len(open_):
            answers[open_], _, _ = _answers(values.at((start + open_).tolist()), "sign")
        parts.append(answers)
    return np.concatenate(parts)
