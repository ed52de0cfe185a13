"""M1, memorisation: labelled points fitted exactly, with far fewer parameters than points.

Claim: `N` different points with labels from `C` have a ReLU network with the label of each, of `O~(sqrt(N))`
parameters; with depth at most `L`, of `O~(N/L)`; and long weights are needed for that. (Published.) The networks here
are found, not published: kinks that carry a table of labels and a hash each; keys, for which these orders are proved
for all data; and slots that share points of one label, which take fewer parameters where they were tried.

Source: G. Vardi, G. Yehudai, O. Shamir, *On the Optimal Memorization Power of ReLU Neural Networks*, ICLR 2022; lower
bounds by M. Anthony, P. Bartlett, *Neural Network Learning: Theoretical Foundations*, 1999, Theorem 8.3.

Checked, each at every point: random points of `{0..X}^d` with random labels, up to `10^5` of them, and the digits of
scikit-learn; with the depth or the bits bounded; all labellings of ten points by networks of one architecture; and
what small weights (S1) cost on top. Beside each the least parameters that are not excluded for an architecture that
has all labellings, and the most that any data need.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any

from gmpy2 import mpq

from exactnet.certify.memorize import MemorizeRequest, memorize_network
from exactnet.certify.small_weights import Request
from exactnet.construct.memorize.intervals import Hash, Interval, cut, slot_of
from exactnet.construct.memorize.line import Line, find_line
from exactnet.construct.memorize.network import deep_network, kinks_of
from exactnet.data import example_path
from exactnet.engine.block import compile_network
from exactnet.files.lookup import lookup_points
from exactnet.files.networks import read_network
from exactnet.kernel.domain import Points
from exactnet.kernel.judge import Certificate
from exactnet.kernel.measures import measure
from exactnet.kernel.runs import Runner
from exactnet.kernel.values import PlainEvaluator
from exactnet.theory.memorize import ANY_DATA, Keys, fewest_keys, least_parameters, length_for_any_data

from .rows import accept, bound, certified
from .table import Cell, Table

__all__ = [
    "BOUNDS",
    "FULL",
    "LEMMAS",
    "LONG",
    "QUICK",
    "any_table",
    "both_table",
    "limits_table",
    "lower_table",
    "shatter_table",
    "sizes_table",
]

LEMMAS = ("memorize/line", "memorize/intervals", "memorize/network")
BOUNDS = ("memorize",)


@dataclass(frozen=True)
class Data:
    """Random points of ``{0..most}^d``, with random labels below ``labels``; or the shipped digits (0 points)."""

    points: int
    d: int = 8
    most: int = 15
    labels: int = 2

    def request(self, **limits: Any) -> MemorizeRequest:
        """The points looked up, and what the network may cost."""
        if not self.points:
            loaded = read_network(example_path("digits-pixels"))
            assert loaded.domain is not None
            return MemorizeRequest(loaded.network, loaded.domain, **limits)
        rng = random.Random(1)
        drawn: set[tuple[int, ...]] = set()
        while len(drawn) < self.points:
            drawn.add(tuple(rng.randint(0, self.most) for _ in range(self.d)))
        listed = sorted(drawn)
        rng.shuffle(listed)
        table = {tuple(map(mpq, point)): mpq(rng.randrange(self.labels)) for point in listed}
        inputs = [f"x{i}" for i in range(1, self.d + 1)]
        return MemorizeRequest(lookup_points(inputs, "y", table), Points(tuple(table)), **limits)

    def certified(self, row: str, **limits: Any) -> tuple[Certificate, int]:
        """Made and judged, the values of both networks by the engine; and the bits of all its parameters."""
        result = memorize_network(self.request(**limits), runner=Runner(evaluator=compile_network))
        numbers = (number for node in result.constructed.nodes() for number in (node.bias, *node.sources.values()) if number)
        bits = sum(max(abs(number.numerator), number.denominator).bit_length() for number in numbers)
        return accept(row, result.certificate), bits


def sizes_table(rows: Iterable[tuple[Data, bool]], name: str) -> Table:
    """One network for each row, wide or narrow."""
    cells: list[tuple[Cell, ...]] = []
    for data, narrow in rows:
        title = f"{data.points} points" if data.points else "digits-pixels"
        done, bits = data.certified(title, narrow=narrow)
        constructed, n, d = done.constructed, done.inputs_checked, done.parameters["d"]
        cells.append(
            (
                n,
                d,
                f"0..{data.most}" if data.points else "0..16",
                done.parameters["R"] + 1,
                done.options["form"],
                constructed.depth,
                constructed.width,
                constructed.neurons,
                constructed.parameters,
                bound(done, "parameters"),
                constructed.parameters + constructed.size - constructed.neurons,
                bound(done, ANY_DATA),
                3 * n + d,
                constructed.bits,
                bits,
                done.parameters["W_L"],
                done.parameters["W_any"],
                done.verdict,
            )
        )
    columns = (
        "`N`",
        "`d`",
        "coordinates",
        "`C`",
        "form",
        "depth",
        "width",
        "neurons",
        "parameters",
        "stated",
        "with passing neurons",
        "enough for any data",
        "interpolation: `3N + d`",
        "bits",
        "bits of all parameters",
        "not excluded at this depth",
        "at any",
        "verdict",
    )
    caption = "Labelled points fitted exactly: parameters are the wires and the biases that are not 0."
    notes = (
        "A wire that skips layers counts once; where neurons that pass a value on stand for it, each of them is a wire more.",
        "Any `N` points in such a box have, with any `C` labels, a network of the parameters that are enough for any data.",
        "An architecture with fewer parameters than the last columns say does not have all labellings of `N` points.",
    )
    return Table(name, caption, columns, cells, notes)


def limits_table(data: Data, option: str, limits: Iterable[int], name: str) -> Table:
    """The fewest parameters for every limit on the depth or on the bits."""
    rows: list[tuple[Cell, ...]] = []
    n, most = data.points, data.labels - 1
    for limit in limits:
        done, bits = data.certified(f"{n} points, {option} {limit}", **{option: limit})
        constructed = done.constructed
        used = constructed.depth if option == "depth" else constructed.bits
        least = -(-(n * most.bit_length()) // constructed.parameters)
        product_of = f"{constructed.parameters * used / n:.1f}"  # shown, never computed with
        shape = done.options.get("intervals") or done.options["kinks"]
        rows.append(
            (
                limit,
                done.options["form"],
                shape,
                constructed.depth,
                constructed.bits,
                constructed.parameters,
                product_of,
                f"{bits / n:.1f}",  # nor with this
                bound(done, ANY_DATA),
                least,
                done.verdict,
            )
        )
    columns = (
        f"most {option}",
        "form",
        "intervals or kinks",
        "depth",
        "bits",
        "parameters",
        f"parameters times {option}, over `N`",
        "bits of all parameters, over `N`",
        "enough for any data",
        "bits a parameter needs on average",
        "verdict",
    )
    caption = f"{n} points in {data.d} dimensions, {data.labels} labels: what a limit on the {option} costs."
    notes = (
        "By counting: networks of one architecture with `P` parameters of `B` bits are at most `2^(P*B)`, "
        "and there are `C^N` labellings.",
    )
    return Table(name, caption, columns, rows, notes)


def both_table(rows: Iterable[tuple[Data, bool, int, int]], name: str) -> Table:
    """The fewest parameters where depth and bits are limited at once."""
    cells: list[tuple[Cell, ...]] = []
    for data, narrow, depth, bits in rows:
        done, _ = data.certified(f"{data.points} points, depth {depth}", narrow=narrow, depth=depth, bits=bits)
        constructed = done.constructed
        found = done.options["form"], constructed.depth, constructed.bits, constructed.parameters
        cells.append((data.points, data.d, f"0..{data.most}", data.labels, depth, bits, *found, done.verdict))
    columns = ("`N`", "`d`", "coordinates", "`C`", "most depth", "most bits", "form", "depth", "bits", "parameters", "verdict")
    caption = "What limits on depth and bits at once cost; the limits are what a first construction took, for more parameters."
    return Table(name, caption, columns, cells)


def any_table(name: str) -> Table:
    """What is enough for any points of ``{0..15}^8`` with two labels, from the formulas alone."""
    depths, rows = (120, 240, 480, 960), list[tuple[Cell, ...]]()
    for n in (1000, 10_000, 100_000, 1_000_000):

        def fewest(depth: int, narrow: bool = False, points: int = n) -> Keys:
            keys = fewest_keys(points, length_for_any_data(points, 8, 15), 1, narrow, lambda one: one.depth <= depth)
            assert keys is not None
            return keys

        best, narrow = fewest(10 * n), fewest(10 * n, True)
        limited = [8 + fewest(depth).parameters for depth in depths]
        over = f"{(8 + best.parameters) / n**0.5:.1f}"  # shown, never computed with
        rows.append((n, best.fields, best.depth, 8 + best.parameters, over, 8 + narrow.parameters, *limited))
    columns = (
        "`N`",
        "points an interval",
        "depth",
        "parameters",
        "over `sqrt(N)`",
        "narrow: parameters",
        *(f"depth at most {depth}" for depth in depths),
    )
    caption = "Parameters that are enough for any `N` points of `{0..15}^8` with any two labels."
    return Table(name, caption, columns, rows)


def lower_table(name: str) -> Table:
    """The fewest parameters that the number of sign patterns does not exclude."""
    depths = (2, 5, 20, 50, 100, 257)
    rows = [
        (n, *(least_parameters(n, depth) for depth in depths), least_parameters(n)) for n in (100, 1000, 10_000)
    ]
    columns = ("`N`", *(f"depth {depth}" for depth in depths), "any depth")
    caption = "The least `W` with `2^N <= 2^L*((2N)^L*s)^W`: fewer parameters do not have all labellings of any `N` points."
    return Table(name, caption, columns, rows)


def _filled(interval: Interval, places: tuple[int, ...], labels: tuple[int, ...], shape: Hash) -> Interval:
    slots = [-1] * shape.slots
    for at in range(interval.start, interval.stop):
        slots[slot_of(places[at], interval, shape)] = labels[at]
    return replace(interval, slots=tuple(slots))


def shatter_table(places: tuple[int, ...], shapes: Iterable[Hash], name: str) -> Table:
    """All labellings of some points of the line, the first of them 0, by networks that differ in some biases alone."""
    domain, count = Points(tuple((mpq(place),) for place in places)), len(places)
    line = Line((mpq(1),), mpq(0), places)
    rows: list[tuple[Cell, ...]] = []
    for shape in shapes:
        intervals = cut(places, range(count), shape)  # no two points in one slot
        changes, wires, biases = None, set(), set()
        for labels in product((0, 1), repeat=count):
            filled = [_filled(interval, places, labels, shape) for interval in intervals]
            kinks = kinks_of(filled, places, shape, 1, changes=changes)
            changes = kinks.changes
            net = deep_network(["x"], "y", line, replace(kinks, folds=FOLDS), shape, 1, pace=2)
            if kinks.folds > FOLDS or PlainEvaluator(net, domain).block(0, count).split(0, 1)[0].tolist() != list(labels):
                raise AssertionError(f"{shape}: the labelling {labels} is not fitted")
            nodes = list(net.nodes())
            wires.add(tuple((node.id, tuple(node.sources.items())) for node in nodes))
            biases.add(tuple(node.bias for node in nodes))
        if (len(wires), len(biases)) != (1, 2**count):
            raise AssertionError(f"{shape}: {len(wires)} architectures")
        measures = measure(net, domain)
        differ = sum(len(set(column)) > 1 for column in zip(*biases, strict=True))
        rows.append(
            (
                count,
                2**count,
                len(intervals),
                differ,
                measures.depth,
                measures.parameters,
                measures.bits,
                least_parameters(count),
            )
        )
    columns = (
        "points",
        "labellings",
        "intervals",
        "biases that depend on the labels",
        "depth",
        "parameters",
        "bits",
        "parameters not excluded",
    )
    caption = "Every labelling of some points by one architecture: wires and weights are the same, a bias for each interval is not."
    return Table(name, caption, columns, rows)


def small_table(name: str) -> Table:
    """What S1 makes of a network that memorises eight points."""
    request = Data(8, 3, 1).request()
    line = find_line(Points(request.domain.points if isinstance(request.domain, Points) else ()))
    placed = sorted((place, int(request.net(point)[0])) for place, point in zip(line.values, request.domain, strict=True))
    places, labels = [place for place, _ in placed], [label for _, label in placed]
    rows: list[tuple[Cell, ...]] = []
    for shape in (Hash(0, 0), Hash(1, 1), Hash(2, 2)):
        intervals = cut(places, labels, shape)
        net = deep_network(request.net.inputs, "y", line, kinks_of(intervals, places, shape, 1), shape, 1, pace=2)
        before = measure(net, request.domain)
        done = certified(f"{len(intervals)} intervals", Request(net, request.domain, "compact"))
        constructed = done.constructed
        after = (constructed.depth, constructed.neurons, constructed.wires, str(constructed.max_weight))
        rows.append((len(intervals), before.depth, before.parameters, before.bits, *after, done.verdict))
    columns = (
        "intervals",
        "depth",
        "parameters",
        "bits",
        "depth after S1",
        "neurons after S1",
        "wires after S1",
        "largest weight after S1",
        "verdict",
    )
    caption = "Eight points, then small weights by route C: exact, but no longer of few parameters, and by counting it cannot be."
    return Table(name, caption, columns, rows)


#: The ten points of a line that are shattered, and folds that are enough for all their labellings.
TEN, FOLDS = (0, 3, 4, 9, 10, 15, 21, 22, 30, 31), 7
#: Limits on depth, and on bits, for ten and for two thousand points.
DEPTHS, BITS = (3, 34, 46, 62, 76, 109, 210, 258), (22, 40, 64, 124)
#: Limits on both.
BOTH = (
    (Data(100, 4), False, 26, 25),
    (Data(100, 4), True, 65, 33),
    (Data(1000, 4), False, 68, 71),
    (Data(1000, 4), True, 231, 112),
    (Data(1000, 8, 255, 10), False, 83, 84),
    (Data(1000, 8, 2**40, 10), False, 109, 111),
    (Data(3000, 6), False, 127, 133),
    (Data(10_000, labels=10), False, 289, 295),
)

QUICK: Mapping[str, Callable[[], Table]] = {
    "memorize-quick": partial(sizes_table, ((Data(100, 4), False), (Data(100, 4), True), (Data(400, 6), False)), "memorize-quick"),
    "memorize-depth-quick": partial(limits_table, Data(200, 4), "depth", (3, 30, 45, 60), "memorize-depth-quick"),
    "memorize-any": partial(any_table, "memorize-any"),
    "memorize-lower": partial(lower_table, "memorize-lower"),
    "memorize-shatter-quick": partial(shatter_table, TEN[:5], (Hash(8, 2), Hash(4, 4)), "memorize-shatter-quick"),
}
FULL: Mapping[str, Callable[[], Table]] = {
    "memorize": partial(
        sizes_table,
        (
            (Data(100, 4), False),
            (Data(100, 4), True),
            (Data(1000, 4), False),
            (Data(1000, 4), True),
            (Data(1000, 8, 255, 10), False),
            (Data(1000, 8, 2**40, 10), False),
            (Data(0), False),
            (Data(3000, 6), False),
            (Data(10_000), False),
            (Data(10_000), True),
            (Data(10_000, labels=10), False),
            (Data(100_000), False),
        ),
        "memorize",
    ),
    "memorize-depth": partial(limits_table, Data(10_000), "depth", DEPTHS, "memorize-depth"),
    "memorize-bits": partial(limits_table, Data(2000, 6), "bits", BITS, "memorize-bits"),
    "memorize-both": partial(both_table, BOTH, "memorize-both"),
    "memorize-shatter": partial(
        shatter_table, TEN, (Hash(0, 0), Hash(8, 1), Hash(8, 2), Hash(8, 3), Hash(4, 4)), "memorize-shatter"
    ),
    "memorize-small-weights": partial(small_table, "memorize-small-weights"),
}
LONG = ("memorize", "memorize-depth")
