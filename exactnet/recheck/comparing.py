"""The values of both networks, held against each other on every input of the domain; a counterexample, replayed.

To believe: that :func:`compare` says no less than the relation (equal values that are multiples of ``1/r``, ``N'(x) =
floor(r·N(x))/r``, or no further than epsilon from :func:`wanted`; and ``|N(x)| <= R``; or :func:`answers` that are the
same), exactly; that it sees every
input (:func:`check_inputs`); that :class:`Seen` knows the largest value and the common denominator of all that it
was shown; and that :class:`Functions` finds two inputs that show that an output is no function of what S6 says it is
one of; and that every input and its outputs are shown to :mod:`.named`, where the certificate names a function.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Generator, Iterator, Sequence
from fractions import Fraction
from hashlib import sha256
from math import ceil, floor, gcd, lcm

from .certificate import ANSWERS, OF_CIRCUITS, PAIRS, Certificate
from .circuit import CHUNK, Circuit
from .family import Family
from .named import Named
from .network import value_at
from .reading import Number, Wrong, clip, demand, number, require

PLACES = re.compile(r"[1-9][0-9]{0,8}(,[1-9][0-9]{0,8})*", re.ASCII)  # of inputs, from 1
LIMIT = 10**6  # of r*R where R is not promised
ABOUT = {
    "equal": "N'(x) = N(x), a multiple of 1/r, |N(x)| <= R",
    "floor": "N'(x) = floor(r*N(x))/r, |N(x)| <= R",
    "clip": "N'(x) = floor(r*clip(N(x)))/r, clip(z) = min(max(z, -R), R),",
    "within": "|N'(x) - N(x)| <= {}, |N(x)| <= R",
    "near": "|N'(x) - floor(r*N(x) + 1/2)/r| <= {}, |N(x)| <= R",
    "class": "the largest output (the first of equals) is the same",
    "sign": "every output has the same sign (0 is a sign of its own)",
}


class Seen:
    """The values of the original that were seen: the largest, and the common denominator of all."""

    def __init__(self, outputs: int) -> None:
        self.largest, self.shared = Fraction(0), [0] * outputs  # shared: the gcd of an output's values times its unit

    def add(self, output: int, unit: int, values: Sequence[int]) -> None:
        """Note values of an output, given times its unit."""
        self.shared[output] = gcd(unit, self.shared[output], *values)
        self.largest = max(self.largest, Fraction(max(values), unit), Fraction(-min(values), unit))

    def denominator(self, units: Sequence[int]) -> int:
        """The least common denominator: that of ``n/unit`` is ``unit/gcd(unit, n)``."""
        return lcm(*(unit // shared for unit, shared in zip(units, self.shared, strict=True)))


class Functions:
    """Under S6: what each output is a function of, as the route and its option say, and the values that were seen."""

    def __init__(self, certificate: Certificate) -> None:
        self.domain, self.of, self.places = certificate.domain, list[str](), list[int]()
        outputs = certificate.original.outputs
        self.known: list[dict[int, int]] = [{} for _ in outputs]
        self.conflict: str | None = None
        self.must_be_one = certificate.verdict == "certified"
        self.may_be_one = certificate.misfit() is not None or any(not bound["holds"] for bound in certificate.data["bounds"])
        if certificate.number != "S6":
            return
        radial = certificate.route == "radial"
        demand(radial or certificate.route == "component", f"{clip(certificate.route)} is not a route of {certificate.statement}")
        if radial:
            self.of = ["the norm"] * len(outputs)
            return
        text = str(certificate.data["options"].get("component", ""))
        require(PLACES.fullmatch(text) is not None, f"the option component: {clip(text)} is no list of inputs")
        self.places = [int(place) - 1 for place in text.split(",")]
        usable = len(self.places) == len(outputs) and max(self.places) < self.domain.d
        demand(usable, "the option component does not name an input for each output")
        self.of = [certificate.original.inputs[place] for place in self.places]

    def add(self, indices: Sequence[int], columns: Sequence[Sequence[int]]) -> None:
        """Take in the outputs at some inputs of the domain."""
        if not self.of:
            return
        inputs = [self.domain.column(i, indices) for i in range(self.domain.d)]
        norms = [] if self.places else [sum(x * x for x in point) for point in zip(*inputs, strict=True)]
        for output, (column, known) in enumerate(zip(columns, self.known, strict=True)):
            keys = inputs[self.places[output]] if self.places else norms
            for index, key, value in zip(indices, keys, column, strict=True):
                if known.setdefault(key, value) != value and self.conflict is None:
                    self.conflict = f"output {output + 1} is no function of {clip(self.of[output])}: see input {index}"

    def finding(self) -> str:
        """What was found; if there is nothing else that refutes, it must be that an output is no such function."""
        demand(self.conflict is None or not self.must_be_one, str(self.conflict))
        demand(self.conflict is not None or self.must_be_one or self.may_be_one, "no counterexample, and every bound holds")
        return self.conflict or f"outputs are functions of {clip(', '.join(self.of))}, on each of them"


def wanted(certificate: Certificate, n: Number) -> Number:
    """What the constructed network must give, up to the tolerance, where the original gives ``n``."""
    if certificate.relation in ("equal", "within", *ANSWERS):
        return n
    if certificate.relation == "clip":
        limit = certificate.parameters["R"]
        n = min(max(n, -limit), limit)
    return Fraction(floor(certificate.r * n + (Fraction(1, 2) if certificate.relation == "near" else 0)), certificate.r)


def in_range(certificate: Certificate, n: Number) -> bool:
    """Whether ``|N(x)| <= R``; nobody asks where values are clipped."""
    return certificate.relation in ("clip", *ANSWERS) or abs(Fraction(n)) <= certificate.parameters["R"]


def answers(certificate: Certificate, values: Sequence[Number]) -> list[int]:
    """What is read from the outputs at one input: the place of the largest, the first of equals; or the sign of each."""
    if certificate.relation == "class":
        return [list(values).index(max(values))]
    return [(value > 0) - (value < 0) for value in values]


def violation(certificate: Certificate, point: Sequence[Number]) -> str | None:
    """What is wrong at a point, in rational arithmetic; None if nothing is."""
    values = value_at(certificate.original, point), value_at(certificate.constructed, point)
    if certificate.relation in ANSWERS:
        one, other = (answers(certificate, side) for side in values)
        places = [place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
        if not places:
            return None
        if certificate.relation == "class":
            names = (clip(certificate.original.outputs[place]) for place in (one[0], other[0]))
            return f"the largest output is {' in the first network, and '.join(names)} in the second"
        return f"the sign of {clip(certificate.original.outputs[places[0]])} is another"
    for name, n, got in zip(certificate.original.outputs, *values, strict=True):
        right = wanted(certificate, n)
        if abs(Fraction(got - right)) > certificate.epsilon:
            about = f" up to {clip(certificate.epsilon)}" if certificate.epsilon else ""
            return f"{clip(name)} is {clip(got)}, not {clip(right)}{about}"
        if not certificate.epsilon and (certificate.r * right).denominator > 1:
            return f"{clip(name)} is {clip(right)}, and r times that is no integer"
        if not in_range(certificate, n):
            return f"{clip(name)} is {clip(n)}, beyond R"
    return None


def check_counterexample(certificate: Certificate) -> str:
    """Replay the counterexample of a refuted certificate: the values differ there, and the hypotheses hold."""
    recorded, what = certificate.data["counterexample"], "the counterexample"
    original, constructed = certificate.original, certificate.constructed
    demand(certificate.data["outputs"] is None, f"{what}: outputs have a digest nevertheless")
    demand(recorded["input"].keys() == set(original.inputs), f"{what} does not name the inputs")
    point = [number(recorded["input"][name], what) for name in original.inputs]
    demand(point in certificate.domain, f"{what} is not in the domain")
    before, got = value_at(original, point), value_at(constructed, point)
    expected = [wanted(certificate, n) for n in before]
    for key, exact in (("expected", expected), ("got", got)):
        listed = {name: number(value, what) for name, value in recorded[key].items()}
        demand(listed == dict(zip(original.outputs, exact, strict=True)), f"{what}: not what the networks give, in {key!r}")
    if certificate.relation in ANSWERS:
        wrong = answers(certificate, before) != answers(certificate, got)
    else:
        wrong = any(abs(Fraction(a - b)) > certificate.epsilon for a, b in zip(got, expected, strict=True))
    demand(wrong, f"{what} is none: nothing is wrong there")
    for name, n, right in zip(original.outputs, before, expected, strict=True):
        demand(in_range(certificate, n), f"{what}: {clip(name)} is {clip(n)}, beyond R")
        fine = bool(certificate.epsilon) or certificate.relation in ANSWERS or (certificate.r * right).denominator == 1
        demand(fine, f"{what}: {clip(name)} should be {clip(right)}, and r times that is no integer")
    return f"confirmed: at the counterexample {violation(certificate, point)}"


def check_inputs(certificate: Certificate, sample: int | None, max_inputs: int) -> Generator[str, None, bool]:
    """Compare both networks on the domain, and digest the outputs; or on ``sample`` evenly spread inputs, without.

    Returns whether all inputs were seen.
    """
    total = certificate.domain.count
    full = sample is None or sample >= total
    most = f"more than {max_inputs} inputs to check; --max-inputs N is the limit, --inputs N checks a sample"
    require((total if full else sample or 1) <= max_inputs, most)
    indices: Sequence[int] = range(total) if full else [i * total // (sample or 1) for i in range(sample or 1)]
    checked = number(certificate.data["inputs_checked"], "inputs_checked")
    demand(checked == total, f"the domain has {clip(total)} inputs, inputs_checked says {clip(checked)}")
    table, limit = certificate.data["outputs"], certificate.parameters["R"]
    largest = certificate.r * (limit + (1 + floor(certificate.epsilon) if certificate.epsilon else 0))
    require(table is not None, "outputs: missing")
    width = 8 * -(-(largest.bit_length() + 1) // 64)
    require(table["chunk"] == CHUNK, f"outputs: chunk is not {CHUNK}")
    demand(table["width"] == width, f"outputs: r*R fits into {width} bytes, not {clip(table['width'])}")
    circuits = [Circuit(net, certificate.domain) for net in (certificate.original, certificate.constructed)]
    outer, inner, batch = sha256(), sha256(), min(circuit.batch for circuit in circuits)
    seen, functions, family = Seen(len(certificate.original.outputs)), Functions(certificate), Family(certificate)
    batch = batch if family.circuit is None else min(batch, family.circuit.batch)
    named = named_function(certificate)
    for start in range(0, len(indices), batch):
        part = indices[start : start + batch]
        columns = list(compare(certificate, circuits, part, seen))
        functions.add(part, columns)
        family.add(part, columns)
        if named is not None:
            named.add(part, columns)
        rows = zip(*columns, strict=True)
        inner.update(b"".join([v.to_bytes(width, "little", signed=True) for row in rows for v in row]))
        done = start + len(part)
        if done % CHUNK == 0 or done == len(indices):
            outer.update(inner.digest())
            inner = sha256()
        if sys.stderr.isatty():
            print(f"{done} of {len(indices)} inputs", end="\r", file=sys.stderr, flush=True)
    yield f"rechecked {len(indices)} of {total} inputs"
    yield f"confirmed: {ABOUT[certificate.relation].format(clip(certificate.epsilon))} on each of them"
    if functions.of:
        yield f"confirmed: {functions.finding()}"
    if named is not None:
        yield f"confirmed: {named.finding(functions.must_be_one, functions.may_be_one)}"
    if family.circuit is not None:
        yield f"confirmed: {family.finding()}"
    if not full:
        yield "not rechecked: the other inputs, whether r and R are the least, SHA-256 of the outputs"
        return False
    if certificate.statement not in OF_CIRCUITS and certificate.relation not in ("clip", *ANSWERS):
        yield check_least(certificate, seen, [circuits[0].ops[name].unit for name in certificate.original.outputs])
    demand(outer.hexdigest() == table["sha256"], "the SHA-256 of the outputs is not the recorded one")
    yield "confirmed: SHA-256 of the outputs"
    return True


def named_function(certificate: Certificate) -> Named | None:
    """The function that the original must be, under the route ``classical``."""
    if certificate.route != "classical":
        return None
    demand(certificate.statement == "S3", f"the route classical is not about {clip(certificate.statement)}")
    original = certificate.original
    return Named(certificate.data["options"], certificate.domain.kind, len(original.inputs), len(original.outputs))


def check_least(certificate: Certificate, seen: Seen, units: Sequence[int]) -> str:
    """On the whole domain: ``r`` of the exact form is the common denominator, and ``R``, unless promised, the least."""
    r, limit, confirmed = certificate.r, certificate.parameters["R"], []
    few_bits = certificate.number == "S7" or certificate.statement in PAIRS  # bounds grow with bits of r*R, or are none
    if certificate.relation == "equal":
        least = seen.denominator(units)
        demand(r == least, f"r is {clip(r)}, but the least common denominator of the outputs is {clip(least)}")
        confirmed.append(f"r = {clip(r)} is the least common denominator")
    if certificate.promised:
        confirmed.append(f"R = {clip(limit)} is a promise that holds")
    else:
        least = max(1, ceil(seen.largest))
        demand(limit == least, f"R is {clip(limit)}, but the least is {clip(least)}, and none is promised")
        small = r * limit <= LIMIT
        demand(small or few_bits, f"r*R is {clip(r * limit)}, more than {LIMIT}, and R is not promised")
        confirmed.append(f"R = {clip(limit)} is the least{f', r*R <= {LIMIT}' if small else ''}")
    return f"confirmed: {', '.join(confirmed)}"


def compare(
    certificate: Certificate, circuits: Sequence[Circuit], indices: Sequence[int], seen: Seen
) -> Iterator[list[int]]:
    """Hold the outputs against each other on some inputs; ``floor(r·N'(x))``, one list for each output."""
    r, limit = certificate.r, certificate.parameters["R"]
    equal, clipped = (certificate.relation == kind for kind in ("equal", "clip"))
    epsilon = certificate.epsilon
    values = [circuit.run(indices) for circuit in circuits]
    units = [[circuit.ops[name].unit for name in circuit.net.outputs] for circuit in circuits]
    if certificate.relation in ANSWERS:
        rows = [zip(*scaled(columns, unit), strict=True) for columns, unit in zip(values, units, strict=True)]
        outputs = []
        for index, one, other in zip(indices, *rows, strict=True):
            outputs.append(answers(certificate, other))
            if answers(certificate, one) != outputs[-1]:
                raise Wrong(at_input(certificate, index))
        yield from map(list, zip(*outputs, strict=True))
        return
    for output, columns in enumerate(zip(*values, strict=True)):
        unit, other_unit = units[0][output], units[1][output]
        targets = []
        for index, n, v in zip(indices, *columns, strict=True):  # N = n/unit, N' = v/other_unit
            kept = min(max(n, -limit * unit), limit * unit) if clipped else n
            if epsilon:
                right = wanted(certificate, Fraction(n, unit))
                target, bad = r * v // other_unit, abs(Fraction(v, other_unit) - right) > epsilon
            else:
                target, rest = divmod(r * kept, unit)
                bad = r * v != target * other_unit or bool(rest and equal)
            if bad or abs(kept) > limit * unit:
                raise Wrong(at_input(certificate, index))
            targets.append(target)
        seen.add(output, unit, columns[0])
        yield targets


def scaled(columns: Sequence[Sequence[int]], units: Sequence[int]) -> Iterator[list[int]]:
    """Outputs that are given times their units, all times the same one."""
    common = lcm(*units)
    for column, unit in zip(columns, units, strict=True):
        yield [value * (common // unit) for value in column]


def at_input(certificate: Certificate, index: int) -> str:
    """What is wrong at an input of the domain."""
    domain = certificate.domain
    point = [Fraction(domain.column(i, [index])[0], domain.p) for i in range(domain.d)]
    return f"at input {index} ({clip(', '.join(map(str, point)))}) {violation(certificate, point)}"
