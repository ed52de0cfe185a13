"""M1: from labelled points to a network with few parameters that has these labels, and its certificate (docs/memorize.md).

The original is a network that looks the labels up (:mod:`exactnet.files.lookup`), on the list of points; any network will do that
has one output and whole numbers from 0 as its values there. Nothing here is trusted with a verdict: verdicts are made by
:mod:`exactnet.kernel.judge` from two networks and a claim.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from typing import ClassVar

from gmpy2 import mpq

from exactnet.certify.small_weights import MAX_INPUTS, Result
from exactnet.check.claim import make_claim
from exactnet.claims.statements import LIMIT, STATEMENTS
from exactnet.construct.memorize.intervals import Hash, cut, keyed
from exactnet.construct.memorize.line import Line, find_line
from exactnet.construct.memorize.network import (
    deep_network,
    held_jumps,
    interpolating_network,
    keyed_network,
    kinks_of,
    straight_jumps,
)
from exactnet.files.limits import check_domain
from exactnet.kernel.domain import Domain, Points
from exactnet.kernel.errors import DomainError, FormatError, NetworkError, RefusedError, clip_text
from exactnet.kernel.judge import judge
from exactnet.kernel.network import Network
from exactnet.kernel.rationals import format_rational
from exactnet.kernel.relation import Equal
from exactnet.kernel.runs import HERE, Progress, Runner, silent
from exactnet.theory.memorize import Keys, Shape, fewest_keys, length_for_any_data, memorize_sizes, span_of

__all__ = ["MemorizeRequest", "memorize_network"]

#: The most bits of an address, so that a network that is narrow has a width of at most 12 for two labels.
MOST_ADDRESS, MOST_NARROW = 12, 6
#: Halvings beyond the address after which points of one interval hardly ever collide, and the most that the search takes.
SPREAD, MOST_HALVINGS = 10, 30
#: What numbers of the line are below: 600 digits of each are written.
MOST_LENGTH = 10**600
#: Intervals that a shape is judged by before all points are cut.
SAMPLE = 4


@dataclass(frozen=True)
class MemorizeRequest:
    """What to memorise, and what the network may cost.

    Attributes
    ----------
    net : the original, which has a label at each point.
    domain : the points, all different.
    depth, bits, parameters : the most that is allowed; None for any. The network with the fewest parameters is taken.
    narrow : a constant width: one kink a layer.
    """

    net: Network
    domain: Domain
    depth: int | None = None
    bits: int | None = None
    parameters: int | None = None
    narrow: bool = False
    max_inputs: int = MAX_INPUTS
    route: ClassVar[str] = "memorize"
    minimised: ClassVar[str | None] = None


def _labels(request: MemorizeRequest, runner: Runner) -> list[int]:
    """The label of every point.

    Raises :class:`RefusedError` for a value that is no whole number from 0 to :data:`LIMIT`.
    """
    domain, labels = request.domain, list[int]()
    evaluator = runner.evaluator(request.net, domain)
    for start in range(0, domain.count, evaluator.at_once):
        stop = min(start + evaluator.at_once, domain.count)
        floors, whole = evaluator.block(start, stop).split(0, 1)
        for place, label in enumerate(floors.tolist()):
            if not 0 <= label <= LIMIT or not (whole is None or whole[place]):
                point = domain[start + place]
                value = format_rational(request.net(point)[0])
                shown = clip_text(", ".join(map(format_rational, point)))
                raise RefusedError(f"the label of the point {shown} is {clip_text(value)}, no whole number from 0 to {LIMIT}")
            labels.append(label)
    return labels


@dataclass(frozen=True)
class _Data:
    """The points in the order of a line that tells them apart, with their labels."""

    request: MemorizeRequest
    line: Line
    places: Sequence[int]
    labels: Sequence[int]

    @property
    def most(self) -> int:
        """``R``: the largest label, at least 1."""
        return max(1, *self.labels)

    @property
    def digits(self) -> int:
        return self.most.bit_length()

    @cached_property
    def of_line(self) -> dict[str, int]:
        weight = max(max(abs(w.numerator), w.denominator) for w in self.line.weights)
        offset = 0 if not self.line.offset else max(abs(self.line.offset.numerator), self.line.offset.denominator)
        return {"line": int(weight), "offset": int(offset), "length": self.places[-1]}

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Those that every shape has: of the line, and of the fewest parameters that are proved for any data within the limits."""
        inputs, count = len(self.request.net.inputs), len(self.places)
        length = length_for_any_data(count, inputs, span_of(self.request.domain))
        keys, slopes = self.keys(length), max(*map(int.bit_length, self.of_line.values()), (2 * self.most * length**2).bit_length())
        straight = not self.request.narrow and self.fits({"depth": 3, "bits": slopes})
        if keys is not None and not (straight and keys.parameters > 3 * count):
            return {**self.of_line, "any_points": keys.fields, "any_pace": keys.pace}
        return {**self.of_line, "any_points": 0, "any_pace": 1 if straight else 2}

    def keys(self, length: int) -> Keys | None:
        """Those of the network with keys, on a line of that length, that has the fewest parameters within the limits."""
        weight, offset = self.of_line["line"], self.of_line["offset"]

        def fits(keys: Keys) -> bool:
            return self.fits({"depth": keys.depth, "bits": keys.bits(weight, offset, length)})

        return fewest_keys(len(self.places), length, self.digits, self.request.narrow, fits)

    def sizes(self, shape: Shape) -> dict[str, int]:
        return memorize_sizes(shape, len(self.request.net.inputs), self.most)

    def fits(self, sizes: dict[str, int]) -> bool:
        """Whether the depth and the bits are allowed."""
        limits = {"depth": self.request.depth, "bits": self.request.bits}
        return all(limit is None or sizes[name] <= limit for name, limit in limits.items())


@dataclass(frozen=True)
class _Plan:
    """A shape that may be built, what it costs, and what its network is made from."""

    shape: Shape
    sizes: dict[str, int]
    build: Callable[[], Network]


def _deep_shape(data: _Data, hashed: Hash, intervals: int, folds: int, pace: int) -> Shape:
    numbers = {"intervals": intervals, "folds": folds, "halvings": hashed.halvings, "address": hashed.address, "pace": pace}
    return Shape("narrow" if data.request.narrow else "deep", {**numbers, **data.numbers})


def _hashes(data: _Data) -> Iterator[Hash]:
    """For every number of address bits, as many halvings as let the hash tell most points apart."""
    yield Hash(0, 0)
    count, most = len(data.places), data.places[-1].bit_length()
    halvings = 0
    for address in range(1, (MOST_NARROW if data.request.narrow else MOST_ADDRESS) + 1):
        halvings = max(halvings, min(address + SPREAD, most))
        while halvings < min(most, MOST_HALVINGS) and 2 * len({z % (2 << halvings) for z in data.places}) < count:
            halvings += 1
        if address <= halvings <= MOST_HALVINGS:
            yield Hash(halvings, address)


def _estimates(data: _Data) -> list[Hash]:
    """Hashes by the parameters that they would take if all intervals were like the first ones, and that may fit the limits."""
    estimates: list[tuple[int, Hash]] = []
    for hashed in _hashes(data):
        least = min((size for size, _ in estimates), default=None)
        if least is not None and 4 * data.digits * (hashed.slots - 1) > least:
            break
        first = cut(data.places, data.labels, hashed, SAMPLE)
        intervals = -(-len(data.places) * len(first) // first[-1].stop)
        folds = max(1, (2 * data.places[-1] // intervals).bit_length())
        sizes = [data.sizes(_deep_shape(data, hashed, intervals, folds, pace)) for pace in (2, 1)]
        # What is estimated may be a little too much: the limits are looked at again when the network is known.
        loose = [size for size in sizes if data.fits({name: value * 9 // 10 for name, value in size.items()})]
        estimates += [(size["parameters"], hashed) for size in loose[:1]]
    return [hashed for _, hashed in sorted(estimates, key=lambda one: one[0])]


def _deep_plan(data: _Data, hashed: Hash) -> _Plan | None:
    """The plan for one hash, on all points, if it is allowed; with the pace that takes fewer parameters if it can be."""
    narrow, net = data.request.narrow, data.request.net
    intervals = cut(data.places, data.labels, hashed)
    kinks = kinks_of(intervals, data.places, hashed, data.digits, rising=narrow)
    for pace in (2, 1):
        shape = _deep_shape(data, hashed, len(intervals), kinks.folds, pace)
        sizes = data.sizes(shape)
        if data.fits(sizes):
            arguments = net.inputs, net.outputs[0], data.line, kinks, hashed, data.digits
            return _Plan(shape, sizes, partial(deep_network, *arguments, pace=pace, narrow=narrow))
    return None


def _keyed_plan(data: _Data, most: int | None) -> _Plan | None:
    """The plan with keys, if one is allowed and takes fewer parameters than ``most``."""
    narrow, net = data.request.narrow, data.request.net
    keys = data.keys(data.places[-1])
    if keys is None or (most is not None and len(net.inputs) + keys.parameters >= most):
        return None
    hashed = Hash(keys.halvings, keys.address)
    intervals = keyed(data.places, data.labels, hashed, keys.fields)
    kinks = kinks_of(intervals, data.places, hashed, data.digits, rising=narrow)
    numbers = {**_deep_shape(data, hashed, len(intervals), kinks.folds, keys.pace).numbers, "fields": keys.fields}
    shape = Shape("narrow-keys" if narrow else "keys", numbers)
    arguments = net.inputs, net.outputs[0], data.line, kinks, hashed, data.digits, keys.fields
    return _Plan(shape, data.sizes(shape), partial(keyed_network, *arguments, pace=keys.pace, narrow=narrow))


def _plain_plans(data: _Data) -> Iterator[_Plan]:
    """The interpolations of depth 3 that are allowed."""
    net = data.request.net
    for form, jumps_of in (("straight", straight_jumps), ("held", held_jumps)):
        jumps = jumps_of(data.places, data.labels)
        shape = Shape(form, {"kinks": len(jumps), **data.numbers})
        sizes = data.sizes(shape)
        if data.fits(sizes) and not data.request.narrow:
            arguments = net.inputs, net.outputs[0], data.line, data.labels[0], jumps
            yield _Plan(shape, sizes, partial(interpolating_network, *arguments))


def _plan(data: _Data) -> _Plan:
    """The plan with the fewest parameters that is found.

    Raises :class:`RefusedError` where none is allowed.
    """
    request, plans = data.request, list(_plain_plans(data))
    deep = (_deep_plan(data, hashed) for hashed in _estimates(data))
    plans += islice(filter(None, deep), 1)
    keyed_plan = _keyed_plan(data, min((plan.sizes["parameters"] for plan in plans), default=None))
    plans += [] if keyed_plan is None else [keyed_plan]
    if not plans:
        named = {"--depth": request.depth, "--bits": request.bits}
        limits = " and ".join(f"{option} {limit}" for option, limit in named.items() if limit is not None)
        narrow = ", narrow" if request.narrow else ""
        raise RefusedError(f"no network for these {len(data.places)} points is found within {limits}{narrow}")
    best = min(plans, key=lambda plan: plan.sizes["parameters"])
    if request.parameters is not None and best.sizes["parameters"] > request.parameters:
        raise RefusedError(
            f"no network within --budget {request.parameters} is found: the fewest parameters for these "
            f"{len(data.places)} points are {best.sizes['parameters']}, at depth {best.sizes['depth']}"
        )
    return best


def _check(request: MemorizeRequest) -> Points:
    check_domain(request.net, request.domain, request.max_inputs)
    if len(request.net.outputs) != 1:
        raise NetworkError(f"a label is one output; this network has {len(request.net.outputs)}")
    if request.net.outputs[0] in request.net.inputs:
        raise NetworkError(f"the output {clip_text(request.net.outputs[0])} is an input: there are no labels")
    for name, limit in (("depth", request.depth), ("bits", request.bits), ("parameters", request.parameters)):
        if limit is not None and limit < 1:
            raise FormatError(f"the most {name} is a positive number, not {clip_text(limit)}")
    domain = request.domain if isinstance(request.domain, Points) else Points(tuple(request.domain))
    if len(set(domain.points)) < domain.count:
        twice = next(point for point, count in Counter(domain.points).items() if count > 1)
        raise DomainError(f"the point {clip_text(', '.join(map(format_rational, twice)))} is listed twice")
    return domain


def _read(request: MemorizeRequest, runner: Runner) -> _Data:
    domain = _check(request)
    labels, line = _labels(request, runner), find_line(domain)
    written = (*line.weights, line.offset, *map(mpq, line.values))
    if any(max(abs(number.numerator), number.denominator) >= MOST_LENGTH for number in written):
        longest = max(domain.points, key=lambda point: sum(x.numerator.bit_length() + x.denominator.bit_length() for x in point))
        shown = clip_text(", ".join(map(format_rational, longest)))
        raise RefusedError(f"the line through these points takes numbers of more than 600 digits; the longest point is {shown}")
    order = sorted(range(domain.count), key=line.values.__getitem__)
    return _Data(request, line, [line.values[i] for i in order], [labels[i] for i in order])


def memorize_network(request: MemorizeRequest, progress: Progress = silent, runner: Runner = HERE) -> Result:
    """Memorise the values of a network on a list of points, and certify the network.

    Raises
    ------
    RefusedError : a label is no whole number from 0, or no network that is found keeps the limits.
    DomainError : a point is listed twice, or there are too many.
    NetworkError : there is not one output.

    Examples
    --------
    >>> from exactnet.kernel.network import threshold
    >>> net = Network(["x"], [threshold("y", {"x": 1}, -2)], ["y"])
    >>> result = memorize_network(MemorizeRequest(net, Points([[0], [1], [3], [7]])))
    >>> result.certificate.verdict, result.constructed([3])
    ('certified', (mpq(1,1),))
    """
    data = _read(request, runner)
    plan = _plan(data)
    constructed = plan.build()
    claim = make_claim(request.net, request.domain, STATEMENTS["M1"], request.route, plan.shape.options(), Equal(1), data.most)
    return Result(judge(request.net, constructed, claim, progress, runner), constructed)
