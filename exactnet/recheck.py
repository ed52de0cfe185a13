"""A second opinion on a certificate, with the Python standard library alone; no code is shared with the other modules.

``python -m exactnet.recheck CERTIFICATE``, or a bare copy of this file, checks again: the digests of both networks;
depth, neurons, wires, largest weight and bias of their expansions; every bound, from its symbolic form; and on every
input of the domain that ``N'(x) = N(x)`` with ``r·N(x)`` an integer, or that ``N'(x) = floor(r·N(x))/r``.

Many inputs are evaluated at once. A signal is an integer in two's complement (the value of a node times a common
denominator, its ``unit``), held as *planes*: plane ``i`` is one Python integer with bit ``i`` of the signal for every
input of a batch. Interval arithmetic proves how many planes a signal needs, so that nothing wraps around.
"""

from __future__ import annotations

import argparse
import ast
import json
import operator
import os
import re
import struct
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from hashlib import sha256
from math import ceil, floor, gcd, lcm
from typing import Any, NamedTuple, TypeVar

Number = int | Fraction
Key = str | tuple[str]  # a node, or (node,): the step 1[z >= 0], where z is the form of that ReLU
T = TypeVar("T")
H = TypeVar("H", bound=Hashable)

CHUNK = 65536  # inputs in a chunk of the output digest, and the most in a batch
MAX_INPUTS = 1 << 48  # nobody enumerates more: they must be sampled
MAX_DIGITS = 20_000  # in a number of a file
MAX_BITS = 10**6  # in a number that a bound computes
NUMBER = re.compile(r"-?\d+(/\d+|(\.\d+)?([eE]-?\d{1,4})?)", re.ASCII)
RELATION_OF = {"S1 exact": "equal", "S1 rounded": "floor", "S3": "equal", "equal": "equal"}


class Unusable(Exception):
    """Something that cannot be read: exit status 2."""


class Wrong(Exception):
    """A claim of the certificate that does not hold: exit status 1."""


# --- reading -------------------------------------------------------------------------------------


def clip(value: object) -> str:
    """Untrusted text or a long number for a one-line message: printable and short."""
    try:
        text = ascii(str(value))[1:-1]
    except ValueError:  # an integer of too many digits
        return "a huge number"
    return text if len(text) <= 60 else text[:57] + "..."


def demand(claim: bool, otherwise: str) -> None:
    """Go on only if a claim of the certificate holds."""
    if not claim:
        raise Wrong(otherwise)


def require(usable: bool, otherwise: str) -> None:
    """Go on only if the input can be used."""
    if not usable:
        raise Unusable(otherwise)


@lru_cache(maxsize=65536)
def parse(text: str) -> Number | None:
    """An exact number from digits with /digits, .digits or an exponent; None for anything else.

    >>> parse("-6/4"), parse("1.5e1"), parse("1/0")
    (Fraction(-3, 2), 15, None)
    """
    try:
        exact = Fraction(text) if len(text) <= MAX_DIGITS and NUMBER.fullmatch(text) else None
    except (ZeroDivisionError, ValueError):  # ValueError: more digits than this interpreter takes
        return None
    return exact.numerator if exact is not None and exact.denominator == 1 else exact


def number(value: object, what: str) -> Number:
    """An exact number of a file: a JSON integer or a string."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    exact = parse(value) if isinstance(value, str) else None
    if exact is None:
        raise Unusable(f"{what}: {clip(value)} is not an exact number, or is too long")
    return exact


def take(table: object, key: str, kind: type[T], what: str) -> T:
    """An entry of a JSON object, which must be of the given type."""
    value = table.get(key) if isinstance(table, dict) else None
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise Unusable(f"{what}: {key} is missing or is no {kind.__name__}")
    return value


def read_bytes(path: str, max_file: int) -> bytes:
    """A file of at most ``max_file`` bytes."""
    try:
        with open(path, "rb") as file:
            data = file.read(max_file + 1)
    except (OSError, ValueError) as error:
        raise Unusable(f"{clip(path)}: {getattr(error, 'strerror', None) or 'not a file name'}") from None
    require(len(data) <= max_file, f"{clip(path)}: more than {max_file} bytes")
    return data


def read_json(data: bytes, form: str, what: str) -> dict[str, Any]:
    """A JSON object of the given ``format``. No key may occur twice. (Floats are refused wherever a number is used.)"""

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError(f"the key {clip(Counter(key for key, _ in pairs).most_common(1)[0][0])} occurs twice")
        return dict(pairs)

    try:
        value = json.loads(data, object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        raise Unusable(f"{what}: {str(error)[:120]}") from None
    require(isinstance(value, dict) and value.get("format") == form, f"{what}: not in the format {form}")
    return dict(value)


class Net(NamedTuple):
    """A network: inputs and outputs in order, all kinds, and biases and wires of the nodes, sources before readers."""

    inputs: list[str]
    outputs: list[str]
    kind: dict[str, str]
    bias: dict[str, Number]
    wires: dict[str, dict[str, Number]]


def read_net(data: bytes, what: str) -> Net:
    """Read a network file."""
    table = read_json(data, "exactnet-network/1", what)
    inputs, outputs = take(table, "inputs", list, what), take(table, "outputs", list, what)
    for names in (inputs, outputs):
        proper = names and all(isinstance(name, str) and name for name in names) and len(set(names)) == len(names)
        require(bool(proper), f"{what}: inputs and outputs must be non-empty lists of different names")
    net = Net(inputs, outputs, dict.fromkeys(inputs, "input"), {}, {})
    read = set(outputs)
    for node in take(table, "nodes", list, what):
        name = take(node, "id", str, f"{what}, a node")
        where = f"{what}, node {clip(name)}"
        require(bool(name) and name not in net.kind, f"{where}: the name is empty or taken")
        net.kind[name], net.bias[name] = take(node, "kind", str, where), number(node.get("bias", 0), where)
        require(net.kind[name] in ("relu", "threshold", "affine"), f"{where}: unknown kind {clip(net.kind[name])}")
        weights = {source: number(w, where) for source, w in take(node, "in", dict, where).items()}
        read.update(weights)
        net.wires[name] = {source: w for source, w in weights.items() if w}
    for name in read - net.kind.keys():
        raise Unusable(f"{what}: {clip(name)} is read, but is no node")
    order = post_order(net.wires, net.wires)
    return net._replace(wires={name: net.wires[name] for name in order if name in net.wires})


def post_order(roots: Iterable[H], sources: Mapping[H, Collection[H]]) -> list[H]:
    """The roots and all that they depend on, every node after its sources.

    >>> post_order("c", {"c": "ab", "b": "a"})
    ['a', 'b', 'c']
    """
    done: dict[H, None] = {}
    for root in roots:
        path = {} if root in done else {root: iter(sources.get(root, ()))}
        while path:
            node, rest = next(reversed(path.items()))
            source = next((s for s in rest if s not in done), None)
            if source is None:
                done[node] = None
                del path[node]
            else:
                require(source not in path, f"the wires form a cycle through node {clip(source)}")
                path[source] = iter(sources.get(source, ()))
    return list(done)


class Domain:
    """The inputs in order: first input slowest, values ascending; points as listed. ``p·x`` has integer coordinates."""

    def __init__(self, table: object, d: int) -> None:
        self.kind, self.d, self.p, self.points = take(table, "kind", str, "the domain"), d, 1, list[list[int]]()
        require(self.kind in ("cube", "grid", "points"), f"the domain: unknown kind {clip(self.kind)}")
        if self.kind == "points":
            listed = take(table, "points", list, "the domain")
            usable = listed and all(isinstance(point, list) and len(point) == d for point in listed)
            require(bool(usable), f"the domain: not a list of points of {d} coordinates")
            exact = [[number(x, "a point of the domain") for x in point] for point in listed]
            self.p = lcm(*(x.denominator for point in exact for x in point))
            self.points = [[int(x * self.p) for x in point] for point in exact]
            self.range = [(min(column), max(column)) for column in zip(*self.points, strict=True)]
            self.count = len(listed)
            return
        if self.kind == "grid":
            self.p = take(table, "p", int, "the domain")
            require(1 <= self.p <= 10**6, "the domain: p is not from 1 to 10^6")
        low, high = (0, 1) if self.kind == "cube" else (-(self.p**2), self.p**2)
        self.range = [(low, high)] * d
        self.count = (high - low + 1) ** d

    def column(self, i: int, indices: Sequence[int]) -> list[int]:
        """``p`` times input ``i`` (from 0), at the given indices of the domain."""
        if self.points:
            return [self.points[index][i] for index in indices]
        low, high = self.range[i]
        step, base = (high - low + 1) ** (self.d - 1 - i), high - low + 1
        return [index // step % base + low for index in indices]

    def __contains__(self, point: Sequence[Number]) -> bool:
        scaled = [x * self.p for x in point]
        if self.points:
            return scaled in self.points
        return all(x.denominator == 1 and low <= x <= high for x, (low, high) in zip(scaled, self.range, strict=True))


# --- evaluation ----------------------------------------------------------------------------------


def value_at(net: Net, point: Sequence[Number]) -> list[Number]:
    """The outputs at one point in rational arithmetic: the definition of a network."""
    value: dict[str, Number] = dict(zip(net.inputs, point, strict=True))
    for name, wires in net.wires.items():
        z = net.bias[name] + sum(w * value[source] for source, w in wires.items())
        value[name] = {"affine": z, "relu": max(z, Fraction(0)), "threshold": int(z >= 0)}[net.kind[name]]
    return [value[name] for name in net.outputs]


class Op(NamedTuple):
    """``unit`` times a node, a value in [low, high]: an activation of the integer form ``constant + sum(c·source)``."""

    kind: str
    terms: dict[Key, int]
    constant: int
    unit: int
    width: int  # how many planes the form needs
    low: int
    high: int


def planes_for(low: int, high: int) -> int:
    """How many planes hold every integer in [low, high]. If low < 0, and only then, the last has the sign.

    >>> planes_for(0, 8), planes_for(-8, 7), planes_for(0, 0)
    (4, 4, 0)
    """
    return max(x.bit_length() if x >= 0 else (~x).bit_length() for x in (low, high)) + (low < 0)


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
            unit = lcm(net.bias[name].denominator, *{w.denominator for w in weights.values()})
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
        self.batch = max(1024, CHUNK >> (peak * CHUNK >> 31).bit_length())  # planes of at most about 256 MB

    def make(self, kind: str, terms: dict[Key, int], constant: int, unit: int) -> Op:
        """An operation; interval arithmetic gives the range of its form, and so its own."""
        low = high = constant
        for source, c in terms.items():
            ends = self.ops[source].low, self.ops[source].high
            low, high = low + c * ends[c < 0], high + c * ends[c > 0]
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
                c = terms[twin,] = terms.pop(source)
                terms[twin] += c
                if not terms[twin]:
                    del terms[twin]

    def run(self, indices: Sequence[int]) -> list[list[int]]:
        """The outputs times their units, one list per output, on the inputs at these indices of the domain."""
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


def over(x: Number, divisor: int) -> Number:
    """An exact quotient."""
    return x if divisor == 1 else Fraction(x, divisor)


@lru_cache(maxsize=4096)
def signed_digits(c: int) -> list[tuple[int, bool]]:
    """An integer as a sum of few different ``±2^shift``: (shift, whether negative), ascending.

    >>> signed_digits(7), signed_digits(-2)
    ([(0, True), (3, False)], [(1, True)])
    """
    half = abs(c) >> 1
    plus = half + abs(c)  # |c| = plus - half; where both have a 1, it cancels
    return [(i, (half >> i & 1 > 0) == (c > 0)) for i in range(plus.bit_length()) if (plus ^ half) >> i & 1]


def add(columns: Sequence[list[int]], constant: int, ones: int, only_last: bool) -> list[int]:
    """The planes of ``constant`` plus ``2^s`` times all planes in column ``s``, modulo ``2^len(columns)``.

    Three planes of a column become their sum there and a carry in the next column. The columns are used up.
    With ``only_last``, all planes but the last are left out.
    """
    planes = []
    for s, column in enumerate(columns):
        top = s + 1 == len(columns)
        carries = [] if top else columns[s + 1]
        while len(column) > 2:
            x, y, z = column.pop(), column.pop(), column.pop()
            differ = x ^ y
            column.append(differ ^ z)
            carries.append(x & y | differ & z)
        x, y = (*column, 0, 0)[:2]
        one = constant >> s & 1
        carry = x | y if one else x & y
        if carry:
            carries.append(carry)
        if top or not only_last:
            planes.append(x ^ y ^ ones if one else x ^ y)
    return planes


def integers(planes: Sequence[int], signed: bool, count: int) -> list[int]:
    """The integers that planes hold, that of the first input first.

    >>> integers([0b01, 0b10, 0b10], True, 2)
    [1, -2]
    """
    size = max(8, len(planes) // 8 + 1)
    rows = bytearray(size * count)
    zero_one = bytes.maketrans(b"01", b"\0\1")
    spread = [int.from_bytes(format(plane, f"0{count}b").encode().translate(zero_one), "big") for plane in planes]
    spread += [spread[-1] if signed else 0] * (8 * size - len(planes))  # now one byte per input, 0 or 1
    for byte in range(size):
        packed = 0
        for i in range(8):
            packed |= spread[8 * byte + i] << i
        rows[byte::size] = packed.to_bytes(count, "little")
    if size == 8:
        return list(struct.unpack(f"<{count}q", rows))
    return [int.from_bytes(rows[at : at + size], "little", signed=True) for at in range(0, len(rows), size)]


# --- measures of the expansion, and bounds -------------------------------------------------------


class Form(NamedTuple):
    """A linear form over inputs and active nodes, ``scale·coefs + bias``; the rest is about ``coefs``.

    Normal coefficients are those on integer-valued multiples of the sources. Their content is the largest rational of
    which all are integer multiples; its denominator is their common denominator.
    """

    scale: Number
    bias: Number
    coefs: Mapping[str, Number]
    layer: int
    peak: Fraction
    normal_peak: Fraction
    content: Fraction


def content(values: Iterable[Number]) -> Fraction:
    """The largest rational of which all values are integer multiples (0 if all are 0)."""
    distinct = set(values)
    return Fraction(gcd(*(x.numerator for x in distinct)), lcm(*(x.denominator for x in distinct)))


def largest(values: Collection[Number]) -> Fraction:
    """The largest absolute value (0 if there is none)."""
    return Fraction(max([0, *values, *(-x for x in values)]))


class Expansion:
    """Measures a network whose affine nodes are all substituted into the nodes that read them."""

    def __init__(self, net: Net, p: int) -> None:
        self.layer, self.denominator = dict.fromkeys(net.inputs, 0), dict.fromkeys(net.inputs, p)
        self.forms: dict[str, Form] = {}  # of the affine nodes that are still to be read
        unread = Counter(source for wires in net.wires.values() for source in wires)
        plain = [name for name in net.outputs if net.kind[name] in ("relu", "input")]  # a linear layer reads them
        depth, wire_count = 0, len(plain)
        max_weight, max_bias = Fraction(1 if plain else 0), Fraction(0)
        for name, wires in net.wires.items():
            kind, form = net.kind[name], self.form(wires, net.bias[name])
            scale, unit = abs(Fraction(form.scale)), Fraction(1)
            for source in self.forms.keys() & wires.keys():
                unread[source] -= 1
                if not unread[source]:
                    del self.forms[source]
            if kind == "affine" and unread[name]:
                self.forms[name] = form
            if kind == "affine" and name not in net.outputs:
                continue
            if kind != "affine":
                self.layer[name], self.denominator[name] = form.layer, 1
            if kind == "relu":
                self.denominator[name] = lcm((scale * form.content).denominator, form.bias.denominator)
            if kind == "threshold":  # in normal form: coprime integers on integer-valued sources
                unit = content([scale * form.content, form.bias]) or unit
            weight = scale * (form.normal_peak if kind == "threshold" else form.peak)
            max_weight, max_bias = max(max_weight, weight / unit), max(max_bias, abs(Fraction(form.bias)) / unit)
            depth, wire_count = max(depth, form.layer), wire_count + len(form.coefs)
        depth = max([depth, *(self.layer[name] + 1 for name in plain)])
        active = [layer for name, layer in self.layer.items() if net.kind[name] != "input"]
        self.widest_layer = max(Counter(active).values(), default=0)
        self.measures: dict[str, Number] = {"depth": depth, "neurons": len(active), "wires": wire_count}
        self.measures |= {"max_weight": max_weight, "max_bias": max_bias}

    def form(self, wires: Mapping[str, Number], bias: Number) -> Form:
        """The form of a node over inputs and active nodes, and what is measured of it."""
        if len(wires) == 1:
            [(source, w)] = wires.items()
            if source in self.forms:  # many nodes may read one long form: it is not written out again
                inner = self.forms[source]
                return inner._replace(scale=w * inner.scale, bias=bias + w * inner.bias)
        total: dict[str, Number] = defaultdict(int)
        for source, w in wires.items():
            if source in self.forms:
                inner = self.forms[source]
                bias += w * inner.bias
                for original, c in inner.coefs.items():
                    total[original] += w * inner.scale * c
            else:
                total[source] += w
        coefs = {source: c for source, c in total.items() if c}
        normal = {over(c, self.denominator[source]) for source, c in coefs.items()}
        layer = 1 + max((self.layer[source] for source in coefs), default=0)
        return Form(1, bias, coefs, layer, largest(coefs.values()), largest(normal), content(normal))


def size(x: Number) -> int:
    """The bits of numerator and denominator together."""
    return x.numerator.bit_length() + x.denominator.bit_length()


def bits(x: Number) -> int:
    """The bits of an integer."""
    if x.denominator > 1:
        raise ValueError("the bits of a fraction")
    return x.numerator.bit_length()


FUNCTIONS: dict[str, Callable[..., Number]] = {"Max": max, "Min": min, "max": max, "min": min}
FUNCTIONS |= {"ceiling": ceil, "floor": floor, "bits": bits}
OPERATORS: dict[type, Callable[[Any, Any], Number]] = {ast.Add: operator.add, ast.Sub: operator.sub}
OPERATORS |= {ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Pow: operator.pow}


def evaluate(text: str, parameters: Mapping[str, Number]) -> Fraction:
    """The value of a symbolic bound. The text is only parsed, never executed; no number in it exceeds 10^6 bits.

    >>> evaluate("Max(4*(d + 1)**3, bits(d)/2)", {"d": 2})
    Fraction(108, 1)
    """

    def value(node: ast.AST) -> Fraction:
        match node:
            case ast.Constant():
                return Fraction(number(ast.get_source_segment(text, node), "a constant"))
            case ast.Name(id=name) if name in parameters:
                return Fraction(parameters[name])
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -value(operand)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                x, y = value(left), value(right)
                if isinstance(op, ast.Pow) and (y.denominator > 1 or abs(y) * size(x) > MAX_BITS):
                    raise ValueError("an exponent that is no integer or is too large")
                result = Fraction(OPERATORS[type(op)](x, y))
                if size(result) > MAX_BITS:
                    raise ValueError("too large a number")
                return result
            case ast.Call(func=ast.Name(id=name), args=[_, *_] as args, keywords=[]) if name in FUNCTIONS:
                return Fraction(FUNCTIONS[name](*map(value, args)))
        raise ValueError(f"{type(node).__name__} {getattr(node, 'id', '')} is not known")

    text = text.replace("^", "**")
    try:
        return value(ast.parse(text, mode="eval").body)
    except (Unusable, SyntaxError, ValueError, TypeError, ArithmeticError, RecursionError, MemoryError) as error:
        raise Wrong(f"the bound {clip(text)} cannot be evaluated: {clip(error)}") from None


# --- the certificate -----------------------------------------------------------------------------


class Certificate:
    """A certificate and its two networks, whose digests are confirmed when they are read."""

    def __init__(self, path: str, max_file: int) -> None:
        data = self.data = read_json(read_bytes(path, max_file), "exactnet-certificate/1", clip(path))
        self.verdict, self.statement = (take(data, key, str, "the certificate") for key in ("verdict", "statement"))
        require(self.verdict in ("certified", "refuted"), f"the certificate: unknown verdict {clip(self.verdict)}")
        self.original, self.constructed = (self.network(side, path, max_file) for side in ("original", "constructed"))
        names = [(net.inputs, net.outputs) for net in (self.original, self.constructed)]
        demand(names[0] == names[1], "the networks differ in the names of their inputs or outputs")
        self.domain = Domain(data.get("domain"), len(self.original.inputs))
        relation = take(data, "relation", dict, "the certificate")
        self.relation, r = take(relation, "kind", str, "the relation"), number(relation.get("r"), "the relation, r")
        require(self.relation in ("equal", "floor"), f"the relation: unknown kind {clip(self.relation)}")
        require(r >= 1 and r.denominator == 1, "the relation: r is no positive integer")
        self.r = int(r)
        fits = RELATION_OF.get(self.statement, self.relation) == self.relation
        demand(fits, f"{clip(self.statement)} is not about the relation {self.relation}")
        listed = take(data, "parameters", dict, "the certificate").items()
        self.expansion: dict[str, Expansion] = {}
        self.parameters = {name: number(value, f"parameter {clip(name)}") for name, value in listed}

    def network(self, side: str, path: str, max_file: int) -> Net:
        """One of the networks, if its digest is the recorded one."""
        table = take(self.data, side, dict, "the certificate")
        name = take(table, "file", str, side)
        require(os.path.basename(name) == name, f"{side}: {clip(name)} is not next to the certificate")
        data = read_bytes(os.path.join(os.path.dirname(path), name), max_file)
        demand(sha256(data).hexdigest() == table.get("sha256"), f"the SHA-256 of {clip(name)} is not the recorded one")
        return read_net(data, clip(name))

    def check_measures(self) -> Iterator[str]:
        """Measure both networks again."""
        for side, net in (("original", self.original), ("constructed", self.constructed)):
            expansion = self.expansion[side] = Expansion(net, self.domain.p)
            found = expansion.measures
            for name, value in found.items():
                recorded = number(self.data[side].get(name), f"{side}, {name}")
                demand(recorded == value, f"{side}: {name} is {clip(value)}, recorded as {clip(recorded)}")
            yield f"confirmed: {side}: " + ", ".join(f"{name} {clip(value)}" for name, value in found.items())

    def check_parameters(self) -> str:
        """Compare the parameters with networks, domain, relation and their definitions (R: where inputs are seen)."""
        original = self.expansion["original"]
        known: dict[str, Number] = {"d": self.domain.d, "r": self.r, "k": original.measures["depth"]}
        known["m"] = original.widest_layer
        if self.domain.kind != "points":
            known["p"] = self.domain.p
        known = {name: value for name, value in known.items() if name in self.parameters}
        for name, text in take({"definitions": {}, **self.data}, "definitions", dict, "the certificate").items():
            known[name] = evaluate(str(text), self.parameters)
        for name, value in known.items():
            found = self.parameters.get(name)
            demand(value == found, f"parameter {clip(name)} is {clip(value)}, recorded as {clip(found)}")
        demand(self.parameters.get("p", 0) % self.domain.p == 0, "parameter p: for some point, p*x is no integer")
        given = [name for name in self.parameters if name not in (*known, "R")]
        return f"confirmed: parameters {clip(', '.join(known))}; taken as given: {clip(', '.join(given)) or 'none'}"

    def check_bounds(self) -> Iterator[str]:
        """Evaluate every bound again. In a certified certificate all must hold."""
        for i, bound in enumerate(take(self.data, "bounds", list, "the certificate"), 1):
            name, symbolic = (take(bound, key, str, f"bound {i}") for key in ("name", "symbolic"))
            value, measured = (number(bound.get(key), f"bound {i}, {key}") for key in ("value", "measured"))
            exact, what = evaluate(symbolic, self.parameters), f"bound {clip(name)}"
            demand(exact == value, f"{what}: {clip(symbolic)} is {clip(exact)}, recorded as {clip(value)}")
            measure = name.partition(" ")[0]  # the name may have a suffix
            if measure in self.data["constructed"]:
                recorded = number(self.data["constructed"][measure], f"constructed, {clip(measure)}")
                demand(measured == recorded, f"{what}: {clip(measured)} is not the measure, {clip(recorded)}")
            holds = take(bound, "holds", bool, what)
            demand(holds == (measured <= value), f"{what}: {clip(measured)} <= {clip(value)} is not {holds}")
            demand(holds or self.verdict == "refuted", f"{what} does not hold")
            given = "" if measure in self.expansion["constructed"].measures else ", if the measure is right"
            sign = "<=" if holds else ">"
            yield f"confirmed{given}: {clip(name)} {clip(measured)} {sign} {clip(symbolic)} = {clip(value)}"

    def wanted(self, n: Number) -> Number:
        """What the constructed network must give where the original gives ``n``."""
        return Fraction(floor(self.r * n), self.r) if self.relation == "floor" else n

    def violation(self, point: Sequence[Number]) -> str | None:
        """What is wrong at a point, in rational arithmetic; None if nothing is."""
        values = value_at(self.original, point), value_at(self.constructed, point)
        for name, n, got in zip(self.original.outputs, *values, strict=True):
            wanted = self.wanted(n)
            if got != wanted:
                return f"{clip(name)} is {clip(got)}, not {clip(wanted)}"
            if (self.r * wanted).denominator > 1:
                return f"{clip(name)} is {clip(wanted)}, and r times that is no integer"
            if "R" in self.parameters and abs(Fraction(n)) > self.parameters["R"]:
                return f"{clip(name)} is {clip(n)}, beyond R"
        return None

    def check_counterexample(self) -> str:
        """Replay the counterexample of a refuted certificate; without one, a bound must fail."""
        found, what = self.data.get("counterexample"), "the counterexample"
        if found is None:
            demand(not all(bound["holds"] for bound in self.data["bounds"]), "no counterexample, and every bound holds")
            return "confirmed: a bound does not hold"
        values = take(found, "input", dict, what)
        demand(values.keys() == set(self.original.inputs), f"{what} does not name the inputs")
        point = [number(values[name], what) for name in self.original.inputs]
        demand(point in self.domain, f"{what} is not in the domain")
        expected = [self.wanted(n) for n in value_at(self.original, point)]
        for key, exact in (("expected", expected), ("got", value_at(self.constructed, point))):
            listed = {name: number(value, what) for name, value in take(found, key, dict, what).items()}
            right = dict(zip(self.original.outputs, exact, strict=True))
            demand(listed == right, f"{what}: not what the networks give, in {key!r}")
        wrong = self.violation(point)
        demand(wrong is not None, f"{what} is none: nothing is wrong there")
        return f"confirmed: at the counterexample {wrong}"

    def check_inputs(self, sample: int | None) -> Iterator[str]:
        """Evaluate both networks on the domain, or on evenly spread inputs, and compare; digest the outputs."""
        total = self.domain.count
        full = sample is None or sample >= total
        require(not full or total <= MAX_INPUTS, "the domain is too large to enumerate; sample it with --inputs")
        indices: Sequence[int] = range(total) if full else [i * total // (sample or 1) for i in range(sample or 1)]
        demand(self.data.get("counterexample") is None, "certified, but with a counterexample")
        checked = number(self.data.get("inputs_checked"), "inputs_checked")
        demand(checked == total, f"the domain has {clip(total)} inputs, inputs_checked says {clip(checked)}")
        table = take(self.data, "outputs", dict, "the certificate")
        width, chunk = (take(table, key, int, "outputs") for key in ("width", "chunk"))
        require(chunk == CHUNK and 1 <= width <= 10**5, f"outputs: chunk is not {CHUNK}, or width is not usable")
        circuits = Circuit(self.original, self.domain), Circuit(self.constructed, self.domain)
        outer, inner, batch = sha256(), sha256(), min(circuit.batch for circuit in circuits)
        for start in range(0, len(indices), batch):
            part = indices[start : start + batch]
            rows = zip(*self.compare(circuits, part), strict=True)
            try:
                inner.update(b"".join([v.to_bytes(width, "little", signed=True) for row in rows for v in row]))
            except OverflowError:
                raise Wrong(f"an output does not fit into {width} bytes") from None
            done = start + len(part)
            if done % CHUNK == 0 or done == len(indices):
                outer.update(inner.digest())
                inner = sha256()
            if sys.stderr.isatty():
                print(f"{done} of {len(indices)} inputs", end="\r", file=sys.stderr, flush=True)
        yield f"rechecked {len(indices)} of {total} inputs"
        about = "floor(r*N(x))/r" if self.relation == "floor" else "N(x), a multiple of 1/r"
        yield f"confirmed: N'(x) = {about}" + (", |N(x)| <= R" if "R" in self.parameters else "") + " on each of them"
        right = not full or outer.hexdigest() == table.get("sha256")
        demand(right, "the SHA-256 of the outputs is not the recorded one")
        yield "confirmed: SHA-256 of the outputs" if full else "not rechecked: the other inputs, SHA-256 of the outputs"

    def compare(self, circuits: tuple[Circuit, Circuit], indices: Sequence[int]) -> Iterator[list[int]]:
        """Hold the outputs against each other on some inputs; ``r·N'(x)``, one list for each output."""
        limit = self.parameters.get("R")
        values = [circuit.run(indices) for circuit in circuits]
        for i, name in enumerate(self.original.outputs):
            (original, constructed), targets = (values[0][i], values[1][i]), []
            unit, other_unit = (circuit.ops[name].unit for circuit in circuits)
            for index, n, v in zip(indices, original, constructed, strict=True):  # N = n/unit, N' = v/other_unit
                target, rest = divmod(self.r * n, unit)
                beyond = limit is not None and abs(n) > limit * unit
                if self.r * v != target * other_unit or (rest and self.relation == "equal") or beyond:
                    point = [Fraction(self.domain.column(i, [index])[0], self.domain.p) for i in range(self.domain.d)]
                    raise Wrong(f"at input {index} ({clip(', '.join(map(str, point)))}) {self.violation(point)}")
                targets.append(target)
            yield targets


def recheck(path: str, sample: int | None = None, max_file: int = 64 << 20) -> Iterator[str]:
    """Check a certificate and say line by line what is confirmed; the last line is the verdict.

    Parameters
    ----------
    sample : how many inputs to check; all by default, and then the digest of the outputs too.
    max_file : the most bytes that a file may have.

    Raises :class:`Wrong` if a claim does not hold, :class:`Unusable` if something cannot be read.
    """
    certificate = Certificate(path, max_file)
    domain = certificate.domain
    where = f"{domain.kind}, d = {domain.d}, p = {clip(domain.p)}"
    yield f"{clip(certificate.statement)}: {where}, r = {clip(certificate.r)}"
    yield "confirmed: SHA-256 of both networks"
    yield from certificate.check_measures()
    yield "not rechecked: other measures (width, size, gates, bits, denominator)"
    yield certificate.check_parameters()
    yield from certificate.check_bounds()
    if certificate.verdict == "refuted":
        yield certificate.check_counterexample()
    else:
        yield from certificate.check_inputs(sample)
    yield certificate.verdict


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Exit status 0: certified; 1: refuted, or the certificate is wrong; 2: unusable input."""
    parser = argparse.ArgumentParser(prog="recheck", description="Check a certificate of exactnet once more.")
    parser.add_argument("certificate", help="the certificate; the network files lie next to it")
    parser.add_argument("--inputs", type=int, metavar="N", help="check only N inputs, evenly spread over the domain")
    parser.add_argument("--max-file", type=int, default=64, metavar="MIB", help="largest file that is read (64)")
    options = parser.parse_args(arguments)
    if options.max_file < 1 or (options.inputs is not None and options.inputs < 1):
        parser.error("N and MIB must be at least 1")
    sys.set_int_max_str_digits(MAX_DIGITS)
    line = ""
    try:
        for line in recheck(options.certificate, options.inputs, options.max_file << 20):
            print(line, flush=True)
    except Wrong as error:
        print(f"WRONG: {error}")
        return 1
    except (Unusable, MemoryError) as error:
        print(f"recheck: {error or 'out of memory'}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # nobody reads on; Python must not try once more at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("recheck: interrupted", file=sys.stderr)
        return 130
    return 0 if line == "certified" else 1


if __name__ == "__main__":
    sys.exit(main())
