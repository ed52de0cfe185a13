"""The values of both networks, held against each other on every input of the domain; a counterexample, replayed.

To believe: that :func:`compare` says no less than the relation (equal values that are multiples of ``1/r``, or
``N'(x) = floor(r·N(x))/r``, and ``|N(x)| <= R``), in integers; and that it sees every input (:func:`check_inputs`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction
from hashlib import sha256
from math import floor

from .certificate import Certificate
from .circuit import CHUNK, Circuit
from .network import value_at
from .reading import Number, Wrong, clip, demand, number, require, take

MAX_INPUTS = 1 << 48  # nobody enumerates more: they must be sampled


def wanted(certificate: Certificate, n: Number) -> Number:
    """What the constructed network must give where the original gives ``n``."""
    return Fraction(floor(certificate.r * n), certificate.r) if certificate.relation == "floor" else n


def violation(certificate: Certificate, point: Sequence[Number]) -> str | None:
    """What is wrong at a point, in rational arithmetic; None if nothing is."""
    values = value_at(certificate.original, point), value_at(certificate.constructed, point)
    limit = certificate.parameters.get("R")
    for name, n, got in zip(certificate.original.outputs, *values, strict=True):
        right = wanted(certificate, n)
        if got != right:
            return f"{clip(name)} is {clip(got)}, not {clip(right)}"
        if (certificate.r * right).denominator > 1:
            return f"{clip(name)} is {clip(right)}, and r times that is no integer"
        if limit is not None and abs(Fraction(n)) > limit:
            return f"{clip(name)} is {clip(n)}, beyond R"
    return None


def check_counterexample(certificate: Certificate) -> str:
    """Replay the counterexample of a refuted certificate; without one, a bound must fail."""
    found, what = certificate.data.get("counterexample"), "the counterexample"
    original, constructed = certificate.original, certificate.constructed
    if found is None:
        every = all(bound["holds"] for bound in certificate.data["bounds"])
        demand(not every, "no counterexample, and every bound holds")
        return "confirmed: a bound does not hold"
    values = take(found, "input", dict, what)
    demand(values.keys() == set(original.inputs), f"{what} does not name the inputs")
    point = [number(values[name], what) for name in original.inputs]
    demand(point in certificate.domain, f"{what} is not in the domain")
    expected = [wanted(certificate, n) for n in value_at(original, point)]
    for key, exact in (("expected", expected), ("got", value_at(constructed, point))):
        listed = {name: number(value, what) for name, value in take(found, key, dict, what).items()}
        right = dict(zip(original.outputs, exact, strict=True))
        demand(listed == right, f"{what}: not what the networks give, in {key!r}")
    wrong = violation(certificate, point)
    demand(wrong is not None, f"{what} is none: nothing is wrong there")
    return f"confirmed: at the counterexample {wrong}"


def check_inputs(certificate: Certificate, sample: int | None) -> Iterator[str]:
    """Compare both networks on the domain, and digest the outputs; or on ``sample`` evenly spread inputs, without."""
    total = certificate.domain.count
    full = sample is None or sample >= total
    require(not full or total <= MAX_INPUTS, "the domain is too large to enumerate; sample it with --inputs")
    indices: Sequence[int] = range(total) if full else [i * total // (sample or 1) for i in range(sample or 1)]
    demand(certificate.data.get("counterexample") is None, "certified, but with a counterexample")
    checked = number(certificate.data.get("inputs_checked"), "inputs_checked")
    demand(checked == total, f"the domain has {clip(total)} inputs, inputs_checked says {clip(checked)}")
    table = take(certificate.data, "outputs", dict, "the certificate")
    width, chunk = (take(table, key, int, "outputs") for key in ("width", "chunk"))
    require(chunk == CHUNK and 1 <= width <= 10**5, f"outputs: chunk is not {CHUNK}, or width is not usable")
    circuits = [Circuit(net, certificate.domain) for net in (certificate.original, certificate.constructed)]
    outer, inner, batch = sha256(), sha256(), min(circuit.batch for circuit in circuits)
    for start in range(0, len(indices), batch):
        part = indices[start : start + batch]
        rows = zip(*compare(certificate, circuits, part), strict=True)
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
    about = "floor(r*N(x))/r" if certificate.relation == "floor" else "N(x), a multiple of 1/r"
    limit = ", |N(x)| <= R" if "R" in certificate.parameters else ""
    yield f"confirmed: N'(x) = {about}{limit} on each of them"
    right = not full or outer.hexdigest() == table.get("sha256")
    demand(right, "the SHA-256 of the outputs is not the recorded one")
    yield "confirmed: SHA-256 of the outputs" if full else "not rechecked: the other inputs, SHA-256 of the outputs"
    yield "certified" if full else "certified on the sampled inputs"


def compare(certificate: Certificate, circuits: Sequence[Circuit], indices: Sequence[int]) -> Iterator[list[int]]:
    """Hold the outputs against each other on some inputs; ``r·N'(x)``, one list for each output."""
    domain, r, limit = certificate.domain, certificate.r, certificate.parameters.get("R")
    equal = certificate.relation == "equal"
    values = [circuit.run(indices) for circuit in circuits]
    for name, *columns in zip(certificate.original.outputs, *values, strict=True):
        unit, other_unit = (circuit.ops[name].unit for circuit in circuits)
        targets = []
        for index, n, v in zip(indices, *columns, strict=True):  # N = n/unit, N' = v/other_unit
            target, rest = divmod(r * n, unit)
            if r * v != target * other_unit or (rest and equal) or (limit is not None and abs(n) > limit * unit):
                point = [Fraction(domain.column(i, [index])[0], domain.p) for i in range(domain.d)]
                raise Wrong(f"at input {index} ({clip(', '.join(map(str, point)))}) {violation(certificate, point)}")
            targets.append(target)
        yield targets
