"""The values of a network on many inputs at once.

A signal is an integer, the value of a node times a common denominator (its ``unit``), in two's complement on the planes of
:mod:`.planes`.

To believe: that the range of every form, by interval arithmetic, holds on the whole domain, so that no sum wraps around
in the planes it is given; that a ReLU or a gate then only needs the sign plane; and that :meth:`Circuit.use_steps`
rewrites a sum into an equal one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .domain import Domain
from .measures import common
from .network import Net, post_order
from .planes import add, integers, planes_for, signed_digit_count, signed_digits
from .reading import bounded, over

Key = str | tuple[str]  # a node, or (node,): the step 1[z >= 0], where z is the form of that ReLU
CHUNK = 65536  # inputs in a chunk of the output digest, and the most in a batch
SLOW = 2 * 10**6  # in tenths of a microsecond: planes are not given up before
MANY = 10**8  # planes to add: beyond, their memory could be a matter too


class Op(NamedTuple):
    """``unit`` times a node, a value in [low, high]: an activation of the integer form ``constant + sum(c·source)``."""

    kind: str
    terms: dict[Key, int]
    constant: int
    unit: int
    width: int  # how many planes the form needs
    low: int
    high: int


class Circuit:
    """A network over a domain as integer operations, in the order in which they are done."""

    def __init__(self, net: Net, domain: Domain) -> None:
        self.net, self.domain = net, domain
        self.ops: dict[Key, Op] = {}
        for name, (low, high) in zip(net.inputs, domain.range, strict=True):
            self.ops[name] = Op("input", {}, 0, domain.p, planes_for(low, high), low, high)
        same_form: dict[object, dict[int, str]] = defaultdict(dict)  # ReLUs of the same form, by their constants
        self.siblings: dict[Key, dict[int, str]] = {}
        for name, wires in net.wires.items():
            weights = {source: over(w, self.ops[source].unit) for source, w in wires.items()}
            unit = common({net.bias[name].denominator, *(w.denominator for w in weights.values())})
            terms: dict[Key, int] = {source: int(w * unit) for source, w in weights.items()}
            self.use_steps(terms)
            constant = int(net.bias[name] * unit)
            self.ops[name] = self.make(net.kind[name], terms, constant, unit)
            if net.kind[name] == "relu":
                self.siblings[name] = same_form[frozenset(terms.items())]
                self.siblings[name][constant] = name
        self.order = post_order(net.outputs, {key: op.terms for key, op in self.ops.items()})
        last_reader = {source: key for key in self.order for source in self.ops[key].terms}
        self.last_read: dict[Key, list[Key]] = defaultdict(list)  # what can be forgotten after a node
        for source in last_reader.keys() - set(net.outputs):
            self.last_read[last_reader[source]].append(source)
        planes = {key: planes_for(self.ops[key].low, self.ops[key].high) for key in self.order}
        live = peak = 0
        for key in self.order:
            live += planes[key]
            peak = max(peak, live)
            live -= sum(planes[source] for source in self.last_read[key])
        costs = [(signed_digit_count(c), c, planes[s]) for key in self.order for s, c in self.ops[key].terms.items()]
        self.adding = sum(digits * count for digits, _, count in costs)  # planes to add
        self.multiplying = sum(2 + c.bit_length() * count // 90000 for _, c, count in costs)  # for one input
        self.batch = max(1024, CHUNK >> (peak * CHUNK >> 31).bit_length())  # planes of at most about 256 MB

    def make(self, kind: str, terms: dict[Key, int], constant: int, unit: int) -> Op:
        """An operation; interval arithmetic gives the range of its form, and so its own."""
        low = high = constant
        for source, c in terms.items():
            ends = self.ops[source].low, self.ops[source].high
            low, high = int(bounded(low + c * ends[c < 0])), int(bounded(high + c * ends[c > 0]))
        width = planes_for(low, high)
        if kind == "threshold":
            return Op(kind, terms, constant, 1, width, int(low >= 0), int(high >= 0))
        if kind == "relu" and low < 0:
            return Op(kind, terms, constant, unit, width, 0, max(0, high))
        return Op("affine", terms, constant, unit, width, low, high)

    def use_steps(self, terms: dict[Key, int]) -> None:
        """Write ``c·[z+1]+ + e·[z]+`` as ``c·1[z >= 0] + (c+e)·[z]+``: equal for integers z, and cheap if c + e = 0."""
        relus = [source for source in terms if source in self.siblings]
        for source in sorted(relus, key=lambda relu: self.ops[relu].constant, reverse=True):
            op = self.ops[source]
            twin = self.siblings[source].get(op.constant - 1)
            if twin is not None and twin in terms and source in terms:
                if (twin,) not in self.ops:
                    self.ops[twin,] = self.make("threshold", op.terms, op.constant - 1, 1)
                c = terms.pop(source)
                for key in ((twin,), twin):  # the step may be there already, from another ReLU like this one
                    terms[key] = terms.get(key, 0) + c
                    if not terms[key]:
                        del terms[key]

    def run(self, indices: Sequence[int]) -> list[list[int]]:
        """The outputs times their units, one list per output, on the inputs at these indices of the domain."""
        planes, integer = self.adding * (3 + len(indices) // 1600), self.multiplying * len(indices)  # both in 0.1 us
        slow = planes > max(SLOW, integer) or self.adding > MANY
        return self.run_integers(indices) if slow else self.run_planes(indices)

    def run_integers(self, indices: Sequence[int]) -> list[list[int]]:
        """The same, one input after the other: quicker for huge weights on few inputs."""
        inputs = {name: self.domain.column(i, indices) for i, name in enumerate(self.net.inputs)}
        rows = []
        for at in range(len(indices)):
            signal: dict[Key, int] = {name: column[at] for name, column in inputs.items()}
            for key in self.order:
                op = self.ops[key]
                if op.kind != "input":
                    z = op.constant + sum(c * signal[source] for source, c in op.terms.items())
                    signal[key] = {"affine": z, "relu": max(z, 0), "threshold": int(z >= 0)}[op.kind]
            rows.append([signal[name] for name in self.net.outputs])
        return [list(column) for column in zip(*rows, strict=True)]

    def run_planes(self, indices: Sequence[int]) -> list[list[int]]:
        """The same, all inputs at once."""
        ones = (1 << len(indices)) - 1
        signal: dict[Key, list[int]] = {}
        for key in self.order:
            op = self.ops[key]
            if op.kind == "input":
                column = self.domain.column(self.net.inputs.index(str(key)), indices)[::-1]
                bits = range(op.width)
                signal[key] = [int("".join(["1" if x >> i & 1 else "0" for x in column]), 2) for i in bits]
            else:
                signal[key] = self.activate(op, signal, ones)
            for source in self.last_read[key]:
                del signal[source]
        return [integers(signal[name], self.ops[name].low < 0, len(indices)) for name in self.net.outputs]

    def activate(self, op: Op, signal: Mapping[Key, list[int]], ones: int) -> list[int]:
        """The planes of a node from those of its sources; ``ones`` has a 1 for every input."""
        if op.kind == "threshold" and op.low == op.high:
            return [ones] * op.low
        constant = op.constant
        columns: list[list[int]] = [[] for _ in range(op.width)]
        for source, c in op.terms.items():
            digits = signed_digits(c)
            sign = len(signal[source]) - 1 if self.ops[source].low < 0 else None
            for i, plane in enumerate(signal[source]):
                for shift, negative in digits:
                    if i + shift >= len(columns):
                        break  # a multiple of 2^planes
                    if negative == (i == sign):
                        columns[i + shift].append(plane)
                    else:  # -b = (1 - b) - 1
                        columns[i + shift].append(plane ^ ones)
                        constant -= 1 << (i + shift)
        planes = add(columns, constant, ones, op.kind == "threshold")
        if op.kind == "threshold":
            return [planes[-1] ^ ones]
        if op.kind == "relu":
            positive = planes[-1] ^ ones
            return [plane & positive for plane in planes[: planes_for(op.low, op.high)]]
        return planes
