"""A certificate of cells: what is said of ReLU networks on all of R^d, or on a polyhedron.

An affine form is one integer: its coefficients are digits in a base so large that no form of the walk leaves the digits'
range (:meth:`Sum.size`). A lemma is an identity ``den*f = sum n_i a_i`` with ``den > 0``, ``n_i >= 0``: where all ``a_i`` are at
least 0, ``f`` is.

To believe: that :class:`Sum` is the signed sum of the networks that the claim is about (:func:`terms_of`), with the ReLUs of
``f``, of its positive multiples and of their negatives taken once; that the two halves ``f >= 0`` and ``f <= 0`` cover a cell,
so that the leaves cover the domain (:class:`Walk`); that a lemma is used only where all its premises are known; that a sum
``form + sum c_g [g]+`` is known where every g with ``c_g`` not 0 has one sign; and what :meth:`Claim.check_leaf` asks of every
leaf. There is no search in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from itertools import count
from math import gcd, lcm
from typing import Any, NamedTuple

from .assertion import Assertion
from .curves import identity, weighted
from .curves import outputs as outputs_of
from .fields import RATIONAL, check_cells_fields
from .network import Net, read_net
from .reading import Number, clip, demand, number, read_beside, require, take

FORM = "exactnet-reals/1"
PAIRS = ("equal", "segment", "at-least", "one-hidden-layer")
ZERO = ("equal", "segment", "one-hidden-layer", "homogeneous", "even", "odd", "invariant")
KINDS = (*PAIRS, *ZERO[3:], "monotone", "convex", "lipschitz", "cells", "pieces", "property")
INTEGERS = re.compile(r"(-?\d{1,4000}( -?\d{1,4000})*)?", re.ASCII)
PROVING = ("leaves", "forms", "lemmas", "steps", "pieces", "witnesses")
Vector = tuple[int, ...]
Sparse = dict[int, Fraction]  # a form over values; -1 is the constant


def numbers(value: object, what: str) -> Vector:
    """A text of integers."""
    require(isinstance(value, str) and INTEGERS.fullmatch(value) is not None, f"{what}: {clip(value)} is no text of integers")
    return tuple(map(int, str(value).split()))


def points(value: object, what: str) -> list[list[Fraction]]:
    """Lists of fractions."""
    require(isinstance(value, list) and all(isinstance(p, list) for p in value), f"{what}: no list of lists")
    rows: list[list[object]] = value  # type: ignore[assignment]
    require(all(isinstance(x, str) and RATIONAL.fullmatch(x) for row in rows for x in row), f"{what}: fractions are texts")
    return [[Fraction(number(x, what)) for x in row] for row in rows]


# --- the networks -------------------------------------------------------------------------------


class Term(NamedTuple):
    """``factor * net``, its input i being ``inputs[i][1]`` times variable ``inputs[i][0]``; without biases if it says so."""

    net: Net
    factor: int
    inputs: Sequence[tuple[int, Number]]
    biased: bool = True


class Property(NamedTuple):
    """What must not happen, by how much it does not, and the values of inputs that have but one."""

    assertion: Assertion
    room: Fraction
    fixed: list[Fraction | None]

    def inputs(self) -> list[tuple[int, Number]]:
        """For every input the number of its variable, and 1; or -1, which is the constant, and its value."""
        places = count()
        return [(next(places), 1) if value is None else (-1, value) for value in self.fixed]

    def at(self, point: Sequence[Fraction]) -> list[Fraction]:
        """The input of the network at a point of the domain."""
        left = iter(point)
        return [next(left) if value is None else value for value in self.fixed]


    def box(self, domain: Sequence[Vector]) -> Iterator[str]:
        """The inputs of the domain, in words."""
        free = [f"X_{i}" for i, value in enumerate(self.fixed) if value is None]
        yield from (f"X_{i} = {value}" for i, value in enumerate(self.fixed) if value is not None)
        for form in domain:
            yield " + ".join([*(f"{c} {name}" for c, name in zip(form, free, strict=False) if c), f"{form[-1]} >= 0"])


def read_property(data: Mapping[str, Any], net: Net) -> Property:
    """The property that a claim is about."""
    fixed = take(data, "fixed", list, "the claim")
    demand(len(fixed) == len(net.inputs), "the claim is about another number of inputs")
    require(all(value is None or (isinstance(value, str) and RATIONAL.fullmatch(value)) for value in fixed), "fractions are texts")
    values = [None if value is None else Fraction(number(value, "a fixed input")) for value in fixed]
    assertion = Assertion(data.get("assertion"), len(net.inputs), len(net.outputs))
    return Property(assertion, Fraction(number(data.get("room"), "the room")), values)


def terms_of(kind: str, claim: Mapping[str, Any], nets: Sequence[Net]) -> list[Term]:
    """The networks whose sum a claim is about."""
    if kind == "property":
        return [Term(nets[0], 1, read_property(claim, nets[0]).inputs())]
    d = len(nets[0].inputs)
    plain, minus = [(i, 1) for i in range(d)], [(i, -1) for i in range(d)]
    first = Term(nets[0], 1, plain)
    if kind in PAIRS:
        return [first, Term(nets[1], -1, plain)]
    if kind == "homogeneous":
        return [first, Term(nets[0], -1, plain, False)]
    if kind in ("even", "odd"):
        return [first, Term(nets[0], -1 if kind == "even" else 1, minus)]
    if kind == "invariant":
        images = take(claim, "permutation", list, "the claim")
        whole = all(type(i) is int for i in images)
        demand(whole and sorted(images) == list(range(1, d + 1)), "the claim: not a permutation of the inputs")
        return [first, Term(nets[0], -1, [(i - 1, 1) for i in images])]
    return [first]


def added(total: Sparse, form: Mapping[int, Fraction], weight: Number) -> None:
    """Add a multiple of a form to another."""
    for key, value in form.items():
        total[key] = total.get(key, Fraction(0)) + weight * value
        if not total[key]:
            del total[key]


class Row(NamedTuple):
    """``bias + sum of weight * value``, integers."""

    bias: int
    wires: tuple[tuple[int, int], ...]


class Sum:
    """A signed sum of networks: ReLUs ``[row]+`` over variables (values ``0..d-1``) and each other; outputs times ``scale``."""

    def __init__(self, terms: Sequence[Term], d: int, wanted: Property | None = None) -> None:
        places: dict[Row, int] = {}
        totals: list[Sparse] = [{} for _ in terms[0].net.outputs]
        for term in terms:
            demand(len(term.net.outputs) == len(totals), "the networks have different numbers of outputs")
            for total, form in zip(totals, self.outputs_of(term, d, places), strict=True):
                added(total, form, term.factor)
        if wanted is not None:  # -room less the margin of what must not happen
            x = [{key: Fraction(value)} if value else {} for key, value in terms[0].inputs]
            margin = wanted.assertion.margin(x, totals, lambda z: relu(z, d, places))
            totals = [{-1: -wanted.room}]
            added(totals[0], margin, -1)
        rows, needed = list(places), {key for total in totals for key in total if key >= d}
        depth = [0] * d
        for row in rows:
            depth.append(1 + max(depth[source] for source, _ in row.wires))
        for key in range(len(rows) - 1, -1, -1):
            if d + key in needed:
                needed |= {source for source, _ in rows[key].wires if source >= d}
        order = sorted(needed, key=lambda key: (depth[key], key))
        place = {old: new for new, old in enumerate([*range(d), *order])}
        renamed = [Row(b, tuple(sorted((place[s], w) for s, w in wires))) for b, wires in (rows[key - d] for key in order)]
        self.d, self.rows = d, renamed
        self.scale = lcm(*(value.denominator for total in totals for value in total.values()))
        self.outputs = []
        for total in totals:
            scaled = {key: int(value * self.scale) for key, value in total.items()}
            bias = scaled.pop(-1, 0)
            self.outputs.append(Row(bias, tuple(sorted((place[key], w) for key, w in scaled.items()))))

    @staticmethod
    def outputs_of(term: Term, d: int, places: dict[Row, int]) -> list[Sparse]:
        """The outputs over values; ReLUs that are new get the next number."""
        net, form = term.net, dict[str, Sparse]()
        for name, (variable, sign) in zip(net.inputs, term.inputs, strict=True):
            form[name] = {variable: Fraction(sign)}
        height = dict.fromkeys(net.inputs, 0)
        for name, wires in net.wires.items():
            height[name] = 1 + max((height[source] for source in wires), default=0)
        for name in sorted(net.wires, key=lambda name: (height[name], name)):  # an order that only the network decides
            require(net.kind[name] != "threshold", f"node {clip(name)} is a threshold gate")
            z: Sparse = {}
            added(z, {-1: Fraction(net.bias[name])}, int(term.biased))
            for source, weight in net.wires[name].items():
                added(z, form[source], weight)
            form[name] = relu(z, d, places) if net.kind[name] == "relu" else z
        return [form[name] for name in net.outputs]

    def size(self) -> int:
        """More than twice any coefficient that a walk meets, whatever the signs of the ReLUs are.

        A variable has the coefficient 1, a row at most the sum of those of its values times the weights. An output takes each
        last ReLU at most twice, and two outputs are subtracted at most.
        """
        most = [1] * self.d
        for row in self.rows:
            most.append(abs(row.bias) + sum(abs(w) * most[s] for s, w in row.wires))
        ends = [abs(row.bias) + sum(abs(w) * most[s] for s, w in row.wires) for row in self.outputs]
        return 8 * max(most + ends)


def relu(z: Sparse, d: int, places: dict[Row, int]) -> Sparse:
    """``[z]+``: with ``z = q*f``, ``f`` primitive and its first weight positive, ``|q| [f]+`` and, if ``q < 0``, ``z`` besides."""
    if z.keys() <= {-1}:  # a number
        return {key: value for key, value in z.items() if value > 0}
    common = lcm(*(value.denominator for value in z.values()))
    scaled = {key: int(value * common) for key, value in sorted(z.items())}
    divisor = gcd(*scaled.values())
    bias = scaled.pop(-1, 0)
    sign = 1 if next(iter(scaled.values())) > 0 else -1
    row = Row(sign * bias // divisor, tuple((key, sign * w // divisor) for key, w in scaled.items()))
    new = {d + places.setdefault(row, len(places)): Fraction(divisor, common)}
    return new if sign > 0 else {**z, **new}


# --- the walk -----------------------------------------------------------------------------------


class Lemma(NamedTuple):
    """A form that is at least 0 where some others are; all packed."""

    conclusion: int
    premises: frozenset[int]


class Cell(NamedTuple):
    """The values of variables and decided ReLUs, the forms that are at least 0, how many inner ReLUs are decided, the splits."""

    values: list[int]
    known: set[int]
    decided: int
    path: tuple[int, ...]


class Rows:
    """Several rows over the same values at once: their results stand side by side in one integer."""

    def __init__(self, rows: Sequence[Row], one: int, bits: int) -> None:
        self.places = [bits * j for j in range(len(rows))]
        self.half, self.mask = 1 << (bits - 1), (1 << bits) - 1
        self.halves = sum(self.half << place for place in self.places)
        self.begin = sum(row.bias * one << place for row, place in zip(rows, self.places, strict=True))
        column: dict[int, int] = {}
        for place, row in zip(self.places, rows, strict=True):
            for source, weight in row.wires:
                column[source] = column.get(source, 0) + (weight << place)
        self.columns = list(column.items())

    def total(self, values: Sequence[int]) -> int:
        """The results side by side."""
        return self.begin + sum([column * values[source] for source, column in self.columns])

    def forms(self, total: int) -> list[int]:
        """The results one by one: each is smaller than half a block."""
        total, half, mask = total + self.halves, self.half, self.mask
        return [(total >> place & mask) - half for place in self.places]


class Walk:
    """All cells of a sum of networks on a domain, by the lemmas and steps of a proof."""

    def __init__(self, system: Sum, domain: Sequence[Vector], every: bool, proof: Mapping[str, Any]) -> None:
        self.system, d = system, system.d
        largest = max([system.size(), *(4 * abs(c) for vector in domain for c in vector)])
        self.width = largest.bit_length() + 2
        self.one = 1 << self.width * d
        self.half, self.mask = 1 << self.width - 1, (1 << self.width) - 1
        self.digits = [self.width * k for k in range(d + 1)]
        self.halves = sum(self.half << place for place in self.digits)
        self.remembered: dict[int, int] = {}
        read = {source for row in system.rows for source, _ in row.wires if source >= d}
        values = range(d, d + len(system.rows))
        self.inner = [i for i in values if every or i in read]
        last = [i for i in values if i not in set(self.inner)]
        bits = self.width * (d + 1)
        wires = [(dict(row.wires), bits * k) for k, row in enumerate(system.outputs)]
        self.factors = [sum(row.get(i, 0) << place for row, place in wires) for i in last]
        self.last = Rows([system.rows[i - d] for i in last], self.one, bits)
        self.ends = Rows(system.outputs, self.one, bits)
        self.base = {self.one, *map(self.pack, domain)}
        self.lemmas = list(self.read_lemmas(proof))
        self.steps = iter(numbers(proof.get("steps"), "the steps"))

    def pack(self, vector: Sequence[int]) -> int:
        """A form as one integer."""
        demand(len(vector) == self.system.d + 1, "a form has another number of coefficients than the networks' inputs")
        demand(all(abs(c) < 1 << self.width - 1 for c in vector), "a coefficient is larger than any of these networks")
        return sum(c << self.width * k for k, c in enumerate(vector))

    def unpack(self, form: int) -> Vector:
        """The coefficients."""
        form, half, mask = form + self.halves, self.half, self.mask
        return tuple([(form >> place & mask) - half for place in self.digits])

    def content(self, form: int) -> int:
        """The greatest common divisor of the coefficients."""
        known = self.remembered.get(form)
        if known is None:
            if len(self.remembered) > 1 << 18:
                self.remembered.clear()
            known = self.remembered[form] = gcd(*self.unpack(form))
        return known

    def read_lemmas(self, proof: Mapping[str, Any]) -> Iterator[Lemma]:
        """The lemmas of a proof, each confirmed."""
        forms = [numbers(text, "a form") for text in take(proof, "forms", list, "the proof")]
        packed, used = list(map(self.pack, forms)), set[int]()
        for text in take(proof, "lemmas", list, "the proof"):
            numbered = numbers(text, "a lemma")
            require(len(numbered) >= 2 and len(numbered) % 2 == 0, "a lemma is not a conclusion, a number, and pairs")
            conclusion, den, uses = numbered[0], numbered[1], list(zip(numbered[2::2], numbered[3::2], strict=True))
            unknown = [i for i in numbered[::2] if not 0 < abs(i) <= len(forms)]
            demand(not unknown, f"there is no form {clip(unknown[0])}" if unknown else "")
            used.update(map(abs, numbered[::2]))
            total = [0] * (self.system.d + 1)
            for i, factor in uses:
                demand(factor >= 0, "a multiplier is negative")
                signed = factor if i > 0 else -factor
                total = [t + signed * c for t, c in zip(total, forms[abs(i) - 1], strict=True)]
            side = den if conclusion > 0 else -den
            demand(den > 0 and total == [side * c for c in forms[abs(conclusion) - 1]], "a lemma is no identity")
            sign = [packed[abs(i) - 1] * (1 if i > 0 else -1) for i in (conclusion, *(i for i, factor in uses if factor))]
            yield Lemma(sign[0], frozenset(sign[1:]))
        demand(len(used) == len(forms), "there are forms of no lemma")

    def step(self, known: set[int], form: int) -> int:
        """What the next step proves of a form: 1, -1, or 0 for a split."""
        i = next(self.steps, None)
        if i is None:
            demand(False, "the steps end too early")
            raise AssertionError
        if i == 0:
            return 0
        demand(0 < i <= len(self.lemmas), "there is no such lemma")
        lemma = self.lemmas[i - 1]
        demand(lemma.premises <= known, "a premise of a lemma is not known where it is used")
        demand(lemma.conclusion in (form, -form), "a lemma is used for another form")
        return 1 if lemma.conclusion == form else -1

    def leaves(self) -> Iterator[tuple[Cell, list[int]]]:
        """The leaves in order, each with the forms of the outputs."""
        d, rows, one = self.system.d, self.system.rows, self.one
        todo = [Cell([1 << self.width * i for i in range(d)] + [0] * len(rows), set(self.base), 0, ())]
        while todo:
            values, known, decided, path = todo.pop()
            rest = list[Cell]()

            def sign(form: int, done: int, values: list[int] = values, known: set[int] = known, rest: list[Cell] = rest) -> bool:
                """Whether a form is at least 0 here; otherwise it is at most 0."""
                nonlocal path
                if form in known or -form in known:
                    return form in known
                proved = self.step(known, form)
                if proved == 0:
                    rest.append(Cell(values.copy(), known | {-form}, done, (*path, -form)))
                    path = (*path, form)
                known.add(-form if proved < 0 else form)
                return proved >= 0

            for j in range(decided, len(self.inner)):
                row = rows[self.inner[j] - d]
                z = row.bias * one + sum([w * values[s] for s, w in row.wires])
                if z and sign(z // self.content(z), j + 1):
                    values[self.inner[j]] = z
            outputs, sums = self.ends.total(values), dict[int, int]()
            for z, factors in zip(self.last.forms(self.last.total(values)), self.factors, strict=True):
                if z < 0:  # [z]+ = [-z]+ + z
                    outputs += factors * z
                if z:
                    q = self.content(abs(z))
                    g = abs(z) // q
                    sums[g] = sums.get(g, 0) + factors * q
            for g, factors in sums.items():
                if factors and sign(g, len(self.inner)):
                    outputs += factors * g
            yield Cell(values, known, len(self.inner), path), self.ends.forms(outputs)
            todo.extend(rest)

    def nonnegative(self, known: set[int], form: int) -> bool:
        """Whether a form is at least 0 on a cell, by what is known or by the next step."""
        if form:
            form //= self.content(form)
        return form == 0 or form in known or (-form not in known and self.step(known, form) == 1)

    def end(self) -> None:
        """No step is left over."""
        demand(next(self.steps, None) is None, "steps are left over")


# --- what is claimed ----------------------------------------------------------------------------


def dual_norm(gradient: Sequence[int], norm: str) -> int:
    """The norm that goes with that of ``x - y``, squared for the norm 2."""
    sizes = [abs(c) for c in gradient]
    return max(sizes) if norm == "1" else sum(sizes) if norm == "inf" else sum(c * c for c in sizes)


class Claim:
    """A claim, and what is asked of every leaf."""

    def __init__(self, data: Mapping[str, Any], d: int) -> None:
        self.data = data
        self.kind = take(data, "kind", str, "the claim")
        require(self.kind in KINDS, f"unknown claim {clip(self.kind)}")
        self.norm, self.bound, self.variable = "", Fraction(0), 0
        if self.kind == "lipschitz":
            self.norm = take(data, "norm", str, "the claim")
            require(self.norm in ("1", "2", "inf"), f"unknown norm {clip(self.norm)}")
            self.bound = Fraction(number(data.get("bound"), "the bound"))
        if self.kind == "monotone":
            self.variable = take(data, "variable", int, "the claim")
            demand(1 <= self.variable <= d, "there is no such variable")

    def check_leaf(self, walk: Walk, cell: Cell, outputs: Sequence[int], pieces: Sequence[Sequence[int]]) -> None:
        """What the claim says holds on a leaf."""
        scale = walk.system.scale
        for k, form in enumerate(outputs):
            if self.kind in ZERO:
                demand(form == 0, "an output is not 0 on a leaf")
            elif self.kind == "at-least":
                demand(walk.nonnegative(cell.known, form), "an output is not shown to be at least 0 on a leaf")
            elif self.kind == "property":
                demand(walk.nonnegative(cell.known, form), "the assertion is not shown to be missed on a leaf")
            elif self.kind == "monotone":
                demand(walk.unpack(form)[self.variable - 1] >= 0, "an output decreases on a leaf")
            elif self.kind == "lipschitz":
                size = dual_norm(walk.unpack(form)[:-1], self.norm)
                demand(size <= self.bound * scale ** (2 if self.norm == "2" else 1), "a gradient is larger than the bound")
            elif self.kind == "convex":
                demand(form in pieces[k], "a piece is not listed")
                for other in pieces[k]:
                    demand(walk.nonnegative(cell.known, form - other), "a listed piece is not shown to be below on a leaf")


def read_domain(data: Mapping[str, Any], d: int) -> tuple[str, list[Vector]]:
    """The kind of a domain, and its forms."""
    kind = take(data, "kind", str, "the domain")
    if kind == "box":
        low, high = (Fraction(number(data.get(end), "the box")) for end in ("low", "high"))
        demand(low < high, "the box is empty")
        return kind, [axis(i, d, sign, end) for i in range(d) for sign, end in ((1, -low), (-1, high))]
    if kind == "chamber":
        return kind, [tuple((j == i) - (j == i + 1) for j in range(d + 1)) for i in range(d - 1)]
    if kind == "polytope":
        forms = [numbers(text, "an inequality") for text in take(data, "inequalities", list, "the domain")]
        require(all(gcd(*form) == 1 for form in forms), "an inequality of the domain has a common divisor, or is 0")
        return kind, forms
    require(kind == "reals", f"unknown domain {clip(kind)}")
    return kind, []


def axis(i: int, d: int, sign: int, constant: Fraction) -> Vector:
    """``sign*x_i + constant`` as integers without a common divisor."""
    q = constant.denominator
    return tuple(sign * q * (j == i) if j < d else constant.numerator for j in range(d + 1))


def value_at(net: Net, point: Sequence[Fraction], biased: bool = True) -> list[Fraction]:
    """The outputs at a point."""
    value: dict[str, Fraction] = dict(zip(net.inputs, point, strict=True))
    for name, wires in net.wires.items():
        z = Fraction(net.bias[name] if biased else 0) + sum((w * value[s] for s, w in wires.items()), Fraction(0))
        value[name] = max(z, Fraction(0)) if net.kind[name] == "relu" else z
    return [value[name] for name in net.outputs]


def inside(domain: Sequence[Vector], point: Sequence[Fraction]) -> bool:
    """Whether a point is in a domain."""
    return all(sum(map(Fraction.__mul__, map(Fraction, f), point), Fraction(f[-1])) >= 0 for f in domain)


def is_refuted(claim: Claim, nets: Sequence[Net], where: Sequence[Sequence[Fraction]]) -> bool:
    """Whether points show that a claim is false."""
    net, kind = nets[0], claim.kind
    at = partial(value_at, net)
    if kind == "monotone" and len(where) == 2:
        moved = [b - a for a, b in zip(*where, strict=True)]
        step = moved.pop(claim.variable - 1)
        return step > 0 and not any(moved) and any(a > b for a, b in zip(*map(at, where), strict=True))
    if kind == "convex" and len(where) == 3:
        a, m, b = where
        ratios = {(z - x) / (y - x) for x, z, y in zip(a, m, b, strict=True) if x != y}
        if len(ratios) != 1 or any(x == y != z for x, z, y in zip(a, m, b, strict=True)):
            return False
        t = ratios.pop()
        return 0 < t < 1 and any(w > u + t * (v - u) for u, w, v in zip(*map(at, where), strict=True))
    if len(where) != 1:
        return False
    x = where[0]
    if kind == "property":
        wanted = read_property(claim.data, net)
        point = wanted.at(x)
        return wanted.assertion.is_met(point, at(point))
    left = at(x)
    if kind in PAIRS:
        right = value_at(nets[1], x)
    elif kind == "homogeneous":
        right = value_at(net, x, False)
    elif kind == "invariant":
        right = at([x[i - 1] for i in claim.data["permutation"]])
    elif kind in ("even", "odd"):
        right = [y if kind == "even" else -y for y in at([-c for c in x])]
    else:
        return False
    return left != right if kind != "at-least" else any(a < b for a, b in zip(left, right, strict=True))


def gradient_jump(net: Net, form: Vector, point: Sequence[Fraction]) -> list[Fraction]:
    """By which multiples of a form's gradient those of the outputs jump across its zero set, which a point lies on."""
    on = sum(map(Fraction.__mul__, map(Fraction, form), point), Fraction(form[-1]))
    demand(on == 0, "a point is not on the hyperplane")
    i = next((i for i, c in enumerate(form[:-1]) if c), None)
    if i is None:
        demand(False, "the form of the hyperplane is constant")
        raise AssertionError
    jump = []
    for side in (1, -1):
        value: dict[str, tuple[Fraction, list[Fraction]]] = {}
        for j, (name, x) in enumerate(zip(net.inputs, point, strict=True)):
            value[name] = x, [Fraction(int(j == k)) for k in range(len(point))]
        for name, wires in net.wires.items():
            z, slope = Fraction(net.bias[name]), [Fraction(0)] * len(point)
            for source, w in wires.items():
                z += w * value[source][0]
                slope = [a + w * b for a, b in zip(slope, value[source][1], strict=True)]
            if net.kind[name] == "relu" and z <= 0:
                ratio = slope[i] / form[i]
                if z == 0:
                    proper = all(a == ratio * c for a, c in zip(slope, form, strict=False))
                    demand(proper, "near a point, the network is not affine on both sides of the hyperplane")
                if z < 0 or ratio * side <= 0:
                    slope = [Fraction(0)] * len(point)
                z = Fraction(0)
            value[name] = z, slope
        jump.append([value[name][1][i] for name in net.outputs])
    return [(a - b) / form[i] for a, b in zip(*jump, strict=True)]


def check_attained(claim: Claim, net: Net, where: Sequence[Sequence[Fraction]]) -> None:
    """The bound of a Lipschitz claim is attained between two points."""
    demand(len(where) == 2, "the bound is to be attained at two points")
    moved = [abs(b - a) for a, b in zip(*where, strict=True)]
    grown = max(abs(b - a) for a, b in zip(value_at(net, where[0]), value_at(net, where[1]), strict=True))
    if claim.norm == "2":
        attained = grown**2 == claim.bound * sum(c * c for c in moved)
    else:
        attained = grown == claim.bound * (sum(moved) if claim.norm == "1" else max(moved))
    demand(any(moved) and attained, "the bound is not attained at the points")


def read_networks(data: Mapping[str, Any], path: str, max_file: int) -> list[Net]:
    """The networks beside a certificate, which have the digests that it names."""
    nets = []
    for entry in take(data, "networks", list, "the certificate"):
        nets.append(read_net(*read_beside(path, entry, "a network", max_file)))
    require(len(nets) in (1, 2), "the certificate names no network, or more than two")
    for net in nets:
        require("threshold" not in net.kind.values(), "a network has a threshold gate, which is not continuous")
    demand(len(nets[0].inputs) == len(nets[-1].inputs), "the networks have different numbers of inputs")
    return nets


def has_one_hidden_layer(net: Net) -> bool:
    """Whether no ReLU depends on another."""
    above = dict.fromkeys(net.inputs, 0)
    for name, wires in net.wires.items():
        above[name] = max((above[source] for source in wires), default=0) + (net.kind[name] == "relu")
    return max(above.values()) <= 1


def check_segment(nets: Sequence[Net], domain: Mapping[str, Any]) -> str:
    """Two networks of one variable are equal between two ends: at these, and at every kink of the difference."""
    low, high = (number(domain[end], "the box") for end in ("low", "high"))
    demand(len(nets[0].outputs) == len(nets[1].outputs), "the networks have different numbers of outputs")
    values = [outputs_of(net, {net.inputs[0]: ("x", identity(low, high))}) for net in nets]
    kinks = 0
    for one, other in zip(*values, strict=True):
        demand(not any(y for _, y in weighted([(1, one), (-1, other)], 0).knots()), "the networks differ")
        kinks += len(one.kinks)
    return f"confirmed: equal at both ends and at every kink; {kinks} kinks"


def check_cells(data: Mapping[str, Any], path: str, max_file: int) -> Iterator[str]:
    """Check a certificate; the last line is the verdict."""
    check_cells_fields(data)
    nets = read_networks(data, path, max_file)
    d = len(nets[0].inputs)
    claim = Claim(take(data, "claim", dict, "the certificate"), d)
    wanted = read_property(claim.data, nets[0]) if claim.kind == "property" else None
    d = d if wanted is None else wanted.fixed.count(None)
    shape, domain = read_domain(take(data, "domain", dict, "the certificate"), d)
    yield f"{claim.kind} on {'all of R^' + str(d) if shape in ('reals', 'chamber') else 'a ' + shape + ' in R^' + str(d)}"
    yield "confirmed: SHA-256 of the networks"
    yield from [] if wanted is None else [f"what must not happen: {wanted.assertion}", f"inputs: {', '.join(wanted.box(domain))}"]
    demand(shape == "reals" or claim.kind not in ("homogeneous", "one-hidden-layer"), f"{claim.kind} is a claim on all of R^d")
    demand((shape, d) == ("box", 1) or claim.kind != "segment", "segment is a claim in one variable, on a box")
    demand(shape != "chamber" or claim.kind in ("equal", "at-least"), f"{claim.kind} is not decided on the chamber")
    demand(all(len(form) == d + 1 for form in domain), "the domain has another dimension than the networks")
    where = points(data.get("points"), "the points")
    demand(all(len(point) == d and inside(domain, point) for point in where), "a point is not in the domain")
    refuted = data.get("verdict") == "refuted"
    check_parts(data, claim.kind, shape, refuted)
    pair = claim.kind in PAIRS and not (claim.kind == "one-hidden-layer" and refuted)
    demand(len(nets) == 1 + pair, "the claim is about another number of networks")
    if refuted:
        if claim.kind == "one-hidden-layer":
            form = numbers(data.get("form"), "the form")
            demand(len(form) == d + 1 and len(where) == 2, "a hyperplane needs a form and two points")
            demand(gradient_jump(nets[0], form, where[0]) != gradient_jump(nets[0], form, where[1]), "the jumps are equal")
            yield "confirmed: two points of one hyperplane across which the gradient jumps differently"
        else:
            Sum(terms_of(claim.kind, claim.data, nets), d, wanted)  # as many outputs, a permutation of the inputs
            demand(is_refuted(claim, nets, where), "the points do not refute the claim")
            yield "confirmed: the values at the points refute the claim"
        yield "refuted"
        return
    demand(data.get("verdict") == "certified", "unknown verdict")
    demand(wanted is None or wanted.room > 0, "the room is not positive: an input that is a tie could meet the assertion")
    if claim.kind == "segment":
        demand(not any(map(data.get, PROVING)), "a claim by breakpoints has no leaves")
        yield check_segment(nets, data["domain"])
        yield "certified"
        return
    if claim.kind == "one-hidden-layer":
        demand(has_one_hidden_layer(nets[1]), "the second network has more than one hidden layer")
    if shape == "chamber":
        check_symmetry(data, nets)
        yield "confirmed: all networks are invariant under permutations of the inputs"
    leaves, lemmas = check_proof(data, claim, nets, domain)
    demand(take(data, "leaves", int, "the certificate") == leaves, f"there are {leaves} leaves")
    if claim.kind == "lipschitz":
        check_attained(claim, nets[0], where)
    yield f"confirmed: {lemmas} lemmas as identities of integers; the claim on each of {leaves} leaves, which cover the domain"
    yield "certified"


def check_parts(data: Mapping[str, Any], kind: str, shape: str, refuted: bool) -> None:
    """Nothing is there that nobody would look at."""
    demand(not refuted or not any(map(data.get, PROVING)), "a refuted claim has no proof")
    demand(not data["symmetry"] or (shape == "chamber" and not refuted), "symmetry is proved for the chamber only")
    demand(not data["points"] or refuted or kind == "lipschitz", f"{kind} needs no points")
    demand(data["form"] is None or (refuted and kind == "one-hidden-layer"), "a hyperplane refutes one-hidden-layer only")


def check_symmetry(data: Mapping[str, Any], nets: Sequence[Net]) -> None:
    """Every network is invariant under permutations that generate all."""
    d = len(nets[0].inputs)
    images = [] if d == 1 else [[2, 1, *range(3, d + 1)], [*range(2, d + 1), 1]][: 1 if d == 2 else 2]
    proofs, cases = take(data, "symmetry", list, "the certificate"), [(net, image) for net in nets for image in images]
    demand(len(proofs) == len(cases), "a proof of symmetry is missing, or there are too many")
    for (net, image), proof in zip(cases, proofs, strict=True):
        invariant = Claim({"kind": "invariant", "permutation": image}, d)
        check_proof({**proof, "pieces": [], "witnesses": []}, invariant, [net], [])


def check_proof(data: Mapping[str, Any], claim: Claim, nets: Sequence[Net], domain: Sequence[Vector]) -> tuple[int, int]:
    """The claim holds on every leaf; the numbers of leaves and lemmas."""
    wanted = read_property(claim.data, nets[0]) if claim.kind == "property" else None
    d = len(nets[0].inputs) if wanted is None else wanted.fixed.count(None)
    system = Sum(terms_of(claim.kind, claim.data, nets), d, wanted)
    walk = Walk(system, domain, claim.kind == "cells", data)
    listed = take(data, "pieces", list, "the certificate")
    demand(len(listed) == (len(system.outputs) if claim.kind == "convex" else 0), "pieces, but not of the outputs")
    pieces = [[packed_piece(walk, piece) for piece in points(output, "the pieces")] for output in listed]
    witnesses = take(data, "witnesses", list, "the certificate")
    counted, leaves, seen = claim.kind in ("cells", "pieces"), 0, set[tuple[int, ...]]()
    for cell, outputs in walk.leaves():
        leaves += 1
        claim.check_leaf(walk, cell, outputs, pieces)
        if counted:
            demand(leaves <= len(witnesses), "a leaf has no witness")
            check_witness(numbers(witnesses[leaves - 1], "a witness"), [*domain, *map(walk.unpack, cell.path)], system.d)
            seen.add(tuple(outputs))
    walk.end()
    demand(len(witnesses) == (leaves if counted else 0), "there are witnesses of no leaf")
    if counted:
        count = leaves if claim.kind == "cells" else len(seen)
        demand(claim.data.get("count") == count, f"there are {count} {claim.kind}")
    return leaves, len(walk.lemmas)


def packed_piece(walk: Walk, piece: Sequence[Fraction]) -> int:
    """A listed piece, times the scale of the outputs; small enough that differences fit."""
    scaled = [value * walk.system.scale for value in piece]
    demand(all(value.denominator == 1 for value in scaled), "a piece has another scale than the network")
    walk.pack([4 * int(value) for value in scaled])
    return walk.pack([int(value) for value in scaled])


def check_witness(witness: Vector, strict: Iterable[Vector], d: int) -> None:
    """A point, times its last entry, lies where forms are positive."""
    demand(len(witness) == d + 1 and witness[-1] > 0, "a witness is no point")
    for form in strict:
        demand(sum(map(int.__mul__, form, witness)) > 0, "a witness lies outside the interior of its leaf")
