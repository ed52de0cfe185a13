"""Machine-checked: the package's bounds beside the polynomials of the theorems that Coq has checked.

Claim: what the theorem (``proofs/rocq``) says for an instance, evaluated at its own parameters, is at least what is measured on the
network that the package builds. In the theorems of the routes A and D it is far more than the package's bound, since those proofs
round every number up to a power of one base: route D's polynomial for ``k = 2`` has degree 240. S6 has the same constants in both;
S5 (b) and S2 are sharper as theorems, which take the largest weight itself (the package its bits, and for S2 its bound), and the
widest layer (the package all neurons).

Source: the theorems and the bounds are this project's (docs/bounds.md). The networks of the proofs are simpler than those that are
built, so a depth can differ too: on grids the theorems of S1 count a layer of bits, which the package does not need; in
rounded form the package takes one or two layers more, for fewer gates.

Checked: each network is certified on every input of its domain; depths and polynomials of the theorems are read off their
statements in the Coq files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice, product
from math import ceil

from gmpy2 import mpq

from exactnet.certify.barriers import assemble, extract
from exactnet.certify.small_weights import Request
from exactnet.families import FAMILIES
from exactnet.kernel.domain import Cube, Domain
from exactnet.kernel.expansion import live_part
from exactnet.kernel.judge import Certificate
from exactnet.kernel.measures import measure
from exactnet.kernel.network import AFFINE, Network
from exactnet.kernel.rationals import lcm_all

from .rocq.statements import read_statement
from .rows import accept, bound, certified
from .s1_small_weights import ROUNDED, SCALED, STEPS, Instance, named
from .s2_constant_weights import requests
from .s3_circuits import circuit, gate
from .s5_barriers import Case, cases, quick_cases
from .s6_radial import QUICK_ROWS
from .table import Cell, Table

__all__ = ["FULL", "QUICK", "parameters", "polynomials_table"]

_A, _D = "lookahead", "stacked"
#: Of these route D makes networks of more than 30 000 gates (table s1-depths): they are not made again.
_LARGE = (STEPS[2], STEPS[4])
#: The quantities that are compared: name of the measure, of the theorem's bound, and of the theorem's bound on what is over ``r``.
_COMPARED = (("max_weight", "wires", "output wires"), ("max_bias", "biases", "output biases"), ("width", "width", ""))


@dataclass(frozen=True)
class _Row:
    """An instance, the file and name of the theorem about it, what was made, and the theorem's parameters."""

    title: str
    file: str
    theorem: str
    certificate: Certificate
    values: Mapping[str, int]
    copies: int = 1
    """Circuits beside each other, where the theorem is about one of them."""


def parameters(net: Network, domain: Domain, r: int, output_range: int, hidden: bool) -> dict[str, int]:
    """The parameters of the theorems for a network, those of its expansion. All but the last layer count for ``m``.

    Parameters
    ----------
    hidden : whether the theorem leaves the output layer's weights open.

    Raises :class:`AssertionError` for a wire that skips a layer: the theorems are about layered networks.

    >>> instance = FAMILIES["clipped"].make(d=4, m=2, bits=16, seed=1)
    >>> found = parameters(instance.network, instance.domain, 1, 1, True)
    >>> found["d"], found["m"], found["b"], found["kh"]
    (4, 2, 18, 1)
    """
    plain = live_part(net)
    layer = dict.fromkeys(plain.inputs, 0)
    for name in plain.order:
        below = {layer[source] for source, _ in plain.sources(name)}
        if len(below) > 1:
            raise AssertionError(f"{name} reads more than one layer")
        layer[name] = 1 + below.pop()
    depth = max(layer.values())
    inner = [name for name in plain.order if layer[name] < depth or (not hidden) or plain.kind(name) != AFFINE]
    sizes = [sum(layer[name] == place for name in plain.order) for place in range(1, depth + 1)]
    forms = {name: [*(weight for _, weight in plain.sources(name)), plain.bias(name)] for name in inner}
    common = lcm_all(value.denominator for form in forms.values() for value in form)
    mass = max(sum(abs(value) for value in form) for form in forms.values()) * common
    values = {"d": len(plain.inputs), "depth": depth, "k": depth - 1, "kh": depth - 1, "t": depth - 1, "o": len(plain.outputs)}
    values |= {"m": max(sizes[:-1] if plain.kind(plain.outputs[0]) == AFFINE else sizes, default=1)}
    values |= {"b": _bits(max(mpq(common), mass)), "r": r, "R": output_range, "c": _bits(mpq(2 * r * output_range))}
    p = domain.p
    return values | {"p": p, "h": 2 * p * p, "e": _bits(mpq(5 * p * p))}


def _bits(value: mpq) -> int:
    """The least ``b`` with ``value <= 2^b``."""
    return (int(-(-value.numerator // value.denominator)) - 1).bit_length()


def _row(title: str, file: str, theorem: str, request: Request) -> Iterator[_Row]:
    certificate = certified(f"{title}, {theorem}", request)
    r, output_range = (int(certificate.parameters[name]) for name in ("r", "R"))
    yield _Row(title, file, theorem, certificate, parameters(request.net, request.domain, r, output_range, file == "S1"))


def _clipped(d: int, m: int, bits: int, route: str) -> Iterator[_Row]:
    """Integer weights, exact form, on the cube."""
    instance = FAMILIES["clipped"].make(d=d, m=m, bits=bits, seed=1)
    theorem = "S1_small_weights" if route == _A else "S1_depth_plus_one"
    return _row(f"clipped, d = {d}, m = {m}, {bits} bits", "S1", theorem, Request(instance.network, instance.domain, route))


def _rational(case: Instance, route: str, precision: int | None = None) -> Iterator[_Row]:
    """Rational weights: exact or rounded, on the cube or on a grid."""
    family, options = case
    instance = FAMILIES[family].make(**options)
    on_cube = isinstance(instance.domain, Cube)
    file, form = ("Grid", "grid") if not on_cube else ("S1Rational", "clipped") if precision else ("S1RationalExact", "rational")
    request = Request(instance.network, instance.domain, route, precision)
    return _row(named(family, options), file, f"S1_{form}_{route}", request)


def _circuit(net: Network, title: str, route: str) -> Iterator[_Row]:
    return _row(title, "S3", f"S3_{route}", Request(net, Cube(len(net.inputs)), route))


def _constant(title: str, request: Request) -> Iterator[_Row]:
    """S2, about the network that a route makes."""
    before = certified(title, request).constructed
    after = certified(title, replace(request, constant=True))
    largest = ceil(max(1, before.max_weight, before.max_bias))
    values = {"W": largest, "m": before.width, "depth": before.depth, "r": 1}
    yield _Row(f"{title}, {request.route}", "S2", "S2_constant_weights", after, values)


def _function(make: Callable[[], tuple[str, Request]]) -> Iterator[_Row]:
    """S6, exact or rounded: the theorem is about any function of one input, or of the norm."""
    title, request = make()
    certificate = certified(title, request)
    values = {name: int(certificate.parameters[name]) for name in ("d", "p", "R", "r")}
    theorem = "S6_one_input" if request.route == "component" else "S6_norm"
    yield _Row(f"{title}, {certificate.statement.removeprefix('S6 ')}", "S6", theorem, certificate, values)


def _barrier(case: Case) -> Iterator[_Row]:
    """S5 (a) and (b)."""
    title, net, domain, r, routes = case
    for route in routes:
        if route not in (_A, _D):
            continue
        there = extract(Request(net, domain, route, r))
        back = assemble(there.family, there.target, net)
        count = len(there.family)
        values = parameters(net, domain, r, count // (2 * r), hidden=False)
        yield _Row(title, "S5", f"S5_circuits_{route}", accept(title, there.result.certificate), values, count)
        sizes = [measure(one) for one in there.family.values()]
        around = {"t": max(one.depth for one in sizes), "W": max(1, *(int(one.max_weight) for one in sizes))}
        around |= {"B": max(1, *(int(one.max_bias) for one in sizes)), "S": max(one.width for one in sizes)}
        yield _Row(f"{title}, from circuits", "S5", "S5_network", accept(title, back.result.certificate), values | around)


def polynomials_table(rows: Callable[[], Iterable[_Row]], name: str) -> Table:
    """What was measured, the package's bound and the theorem's; raises ``AssertionError`` for what is more than the theorem's."""
    cells: list[tuple[Cell, ...]] = []
    for row in rows():
        constructed = row.certificate.constructed
        statement = read_statement(row.file, row.theorem)
        sizes = statement.sizes(row.values)
        line: list[Cell] = [constructed.depth, bound(row.certificate, "depth"), statement.depth(row.values)]
        for measured, proved, over_r in _COMPARED:
            found = mpq(getattr(constructed, measured))
            stated = [_bits(mpq(one.value)) for one in row.certificate.bounds if one.name == measured]
            theorem = row.copies * max(mpq(sizes[proved]), mpq(sizes.get(over_r, 0), row.values["r"]))
            if found > theorem:
                raise AssertionError(f"{row.title}, {row.theorem}: {measured} {found}, more than {theorem}")
            line += [_bits(found), *(stated or "-"), _bits(theorem)]
        cells.append((row.title, f"`{row.theorem}`", *line, row.certificate.verdict))
    caption = (
        "Machine-checked: what is measured, the package's bound, and what the theorem says for the instance's parameters. "
        "Depths as they are; of weights, biases and widths the binary logarithm, rounded up."
    )
    heads = (f"{quantity}{of}" for quantity in ("depth", "weight", "bias", "width") for of in ("", ": bound", ": theorem"))
    return Table(name, caption, ("network", "theorem", *heads, "verdict"), cells)


def _quick() -> Iterator[_Row]:
    for route in (_A, _D):
        yield from _clipped(8, 2, 64, route)
    yield from _rational(STEPS[0], _A)
    yield from _rational(SCALED[0], _A, 4)
    yield from _rational(SCALED[1], _A, 4)
    yield from _circuit(circuit(4, (2, 1), 16, 1), "4-2-1, 16 bits", _A)
    yield from _barrier(quick_cases()[1])
    for title, request in islice(requests(quick=True), 1):
        yield from _constant(title, request)
    for make in QUICK_ROWS[1:4]:
        yield from _function(make)


def _full() -> Iterator[_Row]:
    for bits in (20, 64, 256, 1024):
        yield from _clipped(8, 4, bits, _A)
    for d, m, bits in ((8, 2, 64), (8, 2, 256), (8, 4, 64)):
        yield from _clipped(d, m, bits, _D)
    for case in STEPS:
        for route in (_A,) if case in _LARGE else (_A, _D):
            yield from _rational(case, route)
    for case, route in ROUNDED:
        if route in (_A, _D):
            yield from _rational(case, route, 4)
    for bits, route in product((20, 64, 256), (_A, _D)):
        yield from _circuit(gate(16, bits), f"a gate of 16 inputs, {bits} bits", route)
    for widths, route in product(((4, 2), (4, 4, 2)), (_A, _D)):
        yield from _circuit(circuit(8, widths, 64, 1), f"8-{'-'.join(map(str, widths))}, 64 bits", route)
    for barrier in cases()[2:4]:
        yield from _barrier(barrier)
    for title, request in islice(requests(quick=True), 3):
        yield from _constant(title, request)
    for make in QUICK_ROWS[::2]:
        yield from _function(make)


QUICK: Mapping[str, Callable[[], Table]] = {"polynomials-quick": partial(polynomials_table, _quick, "polynomials-quick")}
FULL: Mapping[str, Callable[[], Table]] = {"polynomials": partial(polynomials_table, _full, "polynomials")}
