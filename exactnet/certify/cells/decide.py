"""From a claim to a certificate that it holds, or does not; :func:`exactnet.claims.cells.certificate.verify` is who decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

from gmpy2 import mpq

from exactnet.certify.cells.prove import Interior, Refuted, find_interior, point_of, simplify
from exactnet.certify.cells.search import MAX_CELLS, Found, Progress, Search, search, silent
from exactnet.certify.cells.state import State
from exactnet.claims.cells.certificate import (
    CERTIFIED,
    REFUTED,
    Certificate,
    check_domain,
    first_difference,
    generators,
    packed_pieces,
)
from exactnet.claims.cells.claims import NORMS, Claim, gradient_norm, system_for
from exactnet.claims.cells.forms import Forms
from exactnet.claims.cells.points import Point, attains, refutes
from exactnet.claims.cells.polyhedron import Polyhedron, form_text
from exactnet.claims.cells.replay import Proof
from exactnet.kernel.errors import DomainError, ExactnetError
from exactnet.kernel.network import Network
from exactnet.kernel.rationals import format_rational

__all__ = ["Options", "decide", "interior_of"]


@dataclass(frozen=True)
class Options:
    """How to search.

    Attributes
    ----------
    max_cells : int
        Refuse beyond.
    workers : int
        Processes.
    progress : callable
        Told what is being done, how much is done, and how much there may be.
    state : State, optional
        Where finished parts are kept, and taken from.
    """

    max_cells: int = MAX_CELLS
    workers: int = 1
    progress: Progress = silent
    state: State | None = None


DEFAULT = Options()


def interior_of(domain: Polyhedron) -> Interior:
    """The interior of a domain. Raises :class:`DomainError` with the multipliers that show that there is none."""
    interior, lemma = find_interior(domain.forms, domain.d)
    if interior is not None:
        return interior
    assert lemma is not None
    one, negated = (0,) * domain.d + (1,), tuple(-c for c in lemma.conclusion)
    number = {form: k for k, form in reversed(list(enumerate(domain.forms, 1)))}
    names = [str(n) if f == one else ("" if n == 1 else f"{n} ") + f"g{number[f]}" for f, n in lemma.premises]
    total = " + ".join(names) or "0"
    left = f"-g{number[negated]}" if lemma.den == 1 else f"-{lemma.den} g{number[negated]}"
    used = sorted({number[f] for f, _ in lemma.premises if f != one} | {number[negated]})
    given = ", ".join(f"g{k} = {form_text(domain.forms[k - 1])}" for k in used)
    raise DomainError(
        f"the domain has no interior: of its inequalities g_i >= 0, {left} = {total}, so g{number[negated]} <= 0 on it; {given}"
    )


def decide(claim: Claim, networks: Sequence[Network], domain: Polyhedron, options: Options = DEFAULT) -> Certificate:
    """Decide a claim.

    Parameters
    ----------
    claim : Claim
        Without the numbers that are to be found (``bound``, ``count``).
    networks : sequence of Network
        Two for ``equal`` and ``at-least``, else one.

    Raises
    ------
    NetworkError, DomainError, FormatError
        for networks and domains that the claim cannot be about.
    SizeError
        for more cells than ``options.max_cells``.

    Examples
    --------
    >>> from exactnet.kernel.network import affine, relu
    >>> net = Network(["x"], [relu("h", {"x": 2}), affine("y", {"h": 1, "x": -1})], ["y"])
    >>> decide(Claim("even"), [net], Polyhedron(1)).verdict
    'certified'
    >>> [str(x) for x in decide(Claim("odd"), [net], Polyhedron(1)).points[0]]
    ['1']
    """
    check_domain(claim, domain)
    if claim.variables(networks) != domain.d:
        raise DomainError(f"the networks have {claim.variables(networks)} inputs, the domain {domain.d}")
    if claim.kind == "one-hidden-layer" and len(networks) == 1:
        raise ExactnetError("one-hidden-layer is decided by exactnet.certify.cells.hidden.decide_one_hidden_layer")
    symmetry = _symmetry(networks, options) if domain.kind == "chamber" else ()
    interior = interior_of(domain)
    if claim.kind == "segment":
        point = first_difference(networks, domain)
        return Certificate(claim, domain, CERTIFIED if point is None else REFUTED, points=() if point is None else (point,))
    task = Search(system_for(claim, networks), domain.forms, claim, ())
    try:
        if claim.kind == "convex":
            return _convex(task, networks, domain, interior, options)
        if claim.kind == "lipschitz":
            return _lipschitz(task, networks[0], domain, interior, options)
        leaves = _search(task, interior, options)
    except Refuted as refuted:
        points = _shown(claim, networks, domain, refuted.points)
        return Certificate(claim, domain, REFUTED, points=points)
    certificate = Certificate(claim, domain, CERTIFIED, leaves.leaves, leaves.proof, symmetry)
    if claim.kind in ("cells", "pieces"):
        total = leaves.leaves if claim.kind == "cells" else len(leaves.outputs)
        return replace(certificate, claim=replace(claim, count=total), witnesses=tuple(leaves.witnesses))
    return certificate


def _shown(claim: Claim, networks: Sequence[Network], domain: Polyhedron, points: tuple[Point, ...]) -> tuple[Point, ...]:
    return simplify(points, lambda near: refutes(claim, networks, domain, near))


def _symmetry(networks: Sequence[Network], options: Options) -> tuple[Proof, ...]:
    proofs = []
    d = len(networks[0].inputs)
    for name, net in zip("AB", networks, strict=True):
        for images in generators(d):
            claim = Claim("invariant", permutation=images)
            certificate = decide(claim, [net], Polyhedron(d), options)
            if certificate.verdict == REFUTED:
                point = ", ".join(map(format_rational, certificate.points[0]))
                swapped = ",".join(map(str, images))
                raise DomainError(f"the chamber is for symmetric networks; {name} at ({point}) changes under {swapped}")
            proofs.append(certificate.proof)
    return tuple(proofs)


def _rational(forms: Forms, form: int, scale: int) -> tuple[mpq, ...]:
    return tuple(mpq(c, scale) for c in forms.unpack(form))


def _search(task: Search, interior: Interior, options: Options) -> Found:
    return search(task, interior, options.max_cells, options.workers, options.progress, options.state)


def _explore(task: Search, interior: Interior, options: Options) -> Found:
    """All leaves, with nothing to be shown on them."""
    return _search(replace(task, claim=Claim("pieces")), interior, options)


def _convex(
    task: Search, networks: Sequence[Network], domain: Polyhedron, interior: Interior, options: Options
) -> Certificate:
    """First the pieces, then the proof that each output is their maximum."""
    explored = _explore(task, interior, options)
    forms, scale = task.walk().forms, task.system.scale
    of_output = zip(*explored.outputs, strict=True)
    pieces = tuple(tuple(_rational(forms, form, scale) for form in dict.fromkeys(column)) for column in of_output)
    try:
        task = replace(task, pieces=packed_pieces(forms, pieces, scale))
        leaves = _search(task, interior, options)
    except Refuted as refuted:
        # At the point, the piece there lies below another: go from a point of the other towards it.
        low = refuted.points[0]
        values = networks[0](low)
        for outputs, witness in explored.outputs.items():
            if any(_value(forms, form, low) > y * scale for form, y in zip(outputs, values, strict=True)):
                points = _chord(task.claim, networks, domain, point_of(witness), low)
                if points is not None:
                    return Certificate(task.claim, domain, REFUTED, points=_shown(task.claim, networks, domain, points))
        raise ExactnetError("no chord has been found that shows that the network is not convex") from None
    return Certificate(task.claim, domain, CERTIFIED, leaves.leaves, leaves.proof, pieces=pieces)


def _value(forms: Forms, form: int, point: Point) -> mpq:
    vector = forms.unpack(form)
    return sum((c * x for c, x in zip(vector, point, strict=False)), mpq(vector[-1]))


def _chord(claim: Claim, networks: Sequence[Network], domain: Polyhedron, a: Point, b: Point) -> tuple[Point, ...] | None:
    for bits in range(1, 200):
        t = mpq(1, 2**bits)
        points = (a, tuple(x + t * (y - x) for x, y in zip(a, b, strict=True)), b)
        if refutes(claim, networks, domain, points):
            return points
    return None


def _lipschitz(task: Search, net: Network, domain: Polyhedron, interior: Interior, options: Options) -> Certificate:
    """The largest gradient, and two points at which it is attained."""
    norm = task.claim.norm
    if norm not in NORMS:
        raise DomainError(f"the norm is one of {', '.join(NORMS)}")
    explored = _explore(task, interior, options)
    forms, scale = task.walk().forms, mpq(task.system.scale)
    sizes = {
        (k, outputs): gradient_norm(forms.unpack(form), norm) for outputs in explored.outputs for k, form in enumerate(outputs)
    }
    (k, outputs), largest = max(sizes.items(), key=lambda item: item[1])
    claim = replace(task.claim, bound=largest / scale ** (2 if norm == "2" else 1))
    start, direction = point_of(explored.outputs[outputs]), _steepest(forms.unpack(outputs[k])[:-1], norm)

    def shown(points: tuple[Point, ...]) -> bool:
        return attains(claim, net, domain, points)

    steps = (tuple(x + mpq(c, 2**bits) for x, c in zip(start, direction, strict=True)) for bits in count())
    points = next((start, end) for end in steps if shown((start, end)))
    return Certificate(claim, domain, CERTIFIED, explored.leaves, explored.proof, points=simplify(points, shown))


def _steepest(gradient: Sequence[int], norm: str) -> Sequence[int]:
    """A direction in which the value grows as the dual norm says; any for the gradient 0."""
    if not any(gradient):
        return [1] * len(gradient)
    if norm == "1":
        place = max(range(len(gradient)), key=lambda i: abs(gradient[i]))
        return [(c > 0) - (c < 0) if i == place else 0 for i, c in enumerate(gradient)]
    return [(c > 0) - (c < 0) for c in gradient] if norm == "inf" else gradient
