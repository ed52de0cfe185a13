"""A certificate about cells, and its check against the networks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gmpy2 import mpq

from exactnet.claims.cells.claims import Claim, leaf_failure, system_for
from exactnet.claims.cells.forms import Forms, Vector
from exactnet.claims.cells.points import Point, attains, has_two_jumps, refutes
from exactnet.claims.cells.polyhedron import Polyhedron
from exactnet.claims.cells.replay import Proof, ProofError, Replay, replay
from exactnet.claims.cells.tree import Leaf, Walk
from exactnet.claims.reals.segment import along, line
from exactnet.kernel.errors import DomainError, NetworkError
from exactnet.kernel.network import Network

__all__ = [
    "CERTIFIED", "EMPTY", "REFUTED", "Certificate", "check_domain", "first_difference", "generators", "packed_pieces", "verify",
]

CERTIFIED, REFUTED = "certified", "refuted"
EMPTY = Proof((), ())


@dataclass(frozen=True)
class Certificate:
    """What has been decided, and why.

    Attributes
    ----------
    claim, domain, verdict
        The claim, on a domain, is ``certified`` or ``refuted``.
    leaves : int
        Of the proof; 0 where refuted.
    proof : Proof
        Of a certified claim.
    symmetry : tuple of Proof
        For the domain ``chamber``: that every network is invariant under each of :func:`generators`.
    pieces : tuple of tuple of tuple of mpq
        For ``convex``: of every output, the forms (constant last) that it is the maximum of.
    witnesses : tuple of tuple of int
        For ``cells`` and ``pieces``: of every leaf, a point at which its splits are strict, times its last entry.
    points : tuple of tuple of mpq
        That refute the claim, or (``lipschitz``) at which the bound is attained.
    form : tuple of int, optional
        For a refuted ``one-hidden-layer``: the hyperplane on which the points lie.
    """

    claim: Claim
    domain: Polyhedron
    verdict: str
    leaves: int = 0
    proof: Proof = EMPTY
    symmetry: tuple[Proof, ...] = ()
    pieces: tuple[tuple[tuple[mpq, ...], ...], ...] = ()
    witnesses: tuple[Vector, ...] = ()
    points: tuple[Point, ...] = ()
    form: Vector | None = None


def generators(d: int) -> list[tuple[int, ...]]:
    """Permutations of 1..d that generate all.

    >>> generators(3)
    [(2, 1, 3), (2, 3, 1)]
    """
    if d == 1:
        return []
    swap = (2, 1, *range(3, d + 1))
    return [swap] if d == 2 else [swap, (*range(2, d + 1), 1)]


def check_domain(claim: Claim, domain: Polyhedron) -> None:
    """Raise :class:`DomainError` for a domain on which a claim is not about."""
    if claim.kind in ("homogeneous", "one-hidden-layer") and domain.kind != "reals":
        raise DomainError(f"{claim.kind} is a claim on all of R^d")
    if claim.kind == "segment" and (domain.kind, domain.d) != ("box", 1):
        raise DomainError("segment is a claim in one variable, on a box")
    if domain.kind == "chamber" and claim.kind not in ("equal", "at-least"):
        raise DomainError(f"the chamber decides claims of two symmetric networks, not {claim.kind}")


def packed_pieces(forms: Forms, pieces: Sequence[Sequence[Sequence[mpq]]], scale: int) -> list[list[int]]:
    """The pieces times the scale. Raises :class:`ProofError` for one that no leaf can have."""
    packed = []
    for output in pieces:
        row = []
        for piece in output:
            numbers = [value * scale for value in piece]
            if len(numbers) != forms.d + 1 or any(number.denominator != 1 for number in numbers):
                raise ProofError("a piece has another scale than the network")
            forms.pack([4 * int(number) for number in numbers])  # differences of pieces must fit, too
            row.append(forms.pack([int(number) for number in numbers]))
        packed.append(row)
    return packed


def verify(certificate: Certificate, networks: Sequence[Network]) -> None:
    """Confirm a certificate from the networks, anew.

    Raises
    ------
    ProofError
        where something in it is wrong.
    NetworkError, DomainError, FormatError
        where it cannot be about these networks.
    """
    claim, domain = certificate.claim, certificate.domain
    check_domain(claim, domain)
    if claim.variables(networks) != domain.d:
        raise ProofError("the domain has another dimension than the networks")
    refuted, hidden = certificate.verdict == REFUTED, claim.kind == "one-hidden-layer"
    count = 1 if hidden and refuted else claim.networks
    if len(networks) != count:
        raise ProofError(f"the claim is about {count} network{'s' if count > 1 else ''}")
    _check_parts(certificate)
    if refuted:
        if hidden:
            shown = certificate.form is not None and has_two_jumps(networks[0], certificate.form, certificate.points)
        else:
            system_for(claim, networks)  # which the claim can be about: as many outputs, a permutation of the inputs
            shown = refutes(claim, networks, domain, certificate.points)
        if not shown:
            raise ProofError("the points do not refute the claim")
        return
    if claim.kind == "segment":
        if certificate.leaves or certificate.proof.steps or certificate.proof.lemmas or certificate.pieces or certificate.witnesses:
            raise ProofError("a claim by breakpoints has no leaves")
        if first_difference(networks, domain) is not None:
            raise ProofError("the networks differ")
        return
    if claim.room is not None and claim.room <= 0:
        raise ProofError("the room is not positive: an input that is a tie could meet the assertion")
    if domain.kind == "chamber":
        _check_symmetry(certificate, networks)
    _check_proof(certificate, networks)
    if claim.kind == "lipschitz" and not attains(claim, networks[0], domain, certificate.points):
        raise ProofError("the bound is not attained at the points")


def _check_parts(certificate: Certificate) -> None:
    """Raise :class:`ProofError` for what nobody would look at."""
    kind, refuted, proof = certificate.claim.kind, certificate.verdict == REFUTED, certificate.proof
    if refuted and (certificate.leaves or proof.lemmas or proof.steps or certificate.pieces or certificate.witnesses):
        raise ProofError("a refuted claim has no proof")
    if certificate.symmetry and (refuted or certificate.domain.kind != "chamber"):
        raise ProofError("symmetry is proved for the chamber only")
    if certificate.points and not refuted and kind != "lipschitz":
        raise ProofError(f"{kind} needs no points")
    if certificate.form is not None and not (refuted and kind == "one-hidden-layer"):
        raise ProofError("a hyperplane refutes one-hidden-layer only")


def first_difference(networks: Sequence[Network], domain: Polyhedron) -> Point | None:
    """Where two networks of one variable differ: at an end, or a breakpoint of the difference; None where they are equal.

    >>> from exactnet.kernel.network import affine, relu
    >>> a = Network(["x"], [relu("h", {"x": 1}), affine("y", {"h": 1})], ["y"])
    >>> first_difference([a, Network(["x"], [affine("y", {"x": 1})], ["y"])], Polyhedron.box(1, -1, 1))
    (mpq(-1,1),)
    """
    low, high = domain.ends
    functions = [along(net, [line(low, high, low, mpq(1))]) for net in networks]
    if len(functions[0]) != len(functions[1]):
        raise NetworkError("the networks have different numbers of outputs")
    return next(((x,) for one, other in zip(*functions, strict=True) for x, y in (one - other).knots() if y), None)


def _check_symmetry(certificate: Certificate, networks: Sequence[Network]) -> None:
    cases = [(net, images) for net in networks for images in generators(certificate.domain.d)]
    if len(cases) != len(certificate.symmetry):
        raise ProofError(f"{len(cases)} proofs of symmetry are needed")
    for (net, images), proof in zip(cases, certificate.symmetry, strict=True):
        invariant = Claim("invariant", permutation=images)
        verify(Certificate(invariant, Polyhedron(certificate.domain.d), CERTIFIED, _leaves(proof), proof), [net])


def _leaves(proof: Proof) -> int:
    return 1 + sum(step == 0 for step in proof.steps)


def _check_proof(certificate: Certificate, networks: Sequence[Network]) -> None:
    claim = certificate.claim
    system = system_for(claim, networks)
    walk: Walk[None] = Walk(system, certificate.domain.forms, claim.every)
    pieces = packed_pieces(walk.forms, certificate.pieces, system.scale)
    if len(pieces) != (len(system.outputs) if claim.kind == "convex" else 0):
        raise ProofError("the pieces are not those of a convexity claim, output by output")
    witnesses = iter(certificate.witnesses)
    seen: set[tuple[int, ...]] = set()

    def hold(leaf: Leaf[None], oracle: Replay) -> None:
        failure = leaf_failure(claim, leaf, walk.forms, system.scale, pieces, lambda cell, form: oracle.sign(cell, form, True))
        if failure is not None:
            raise ProofError(f"the claim is not shown on a leaf, for output {failure.output + 1}")
        if claim.count is not None:
            _check_witness(next(witnesses, None), leaf, walk.forms, certificate.domain)
            seen.add(leaf.outputs)

    leaves = replay(walk, certificate.proof, [hold])
    if leaves != certificate.leaves:
        raise ProofError(f"there are {leaves} leaves, not {certificate.leaves}")
    if next(witnesses, None) is not None:
        raise ProofError("there are more witnesses than leaves")
    if claim.kind in ("cells", "pieces"):
        count = leaves if claim.kind == "cells" else len(seen)
        if claim.count != count:
            raise ProofError(f"there are {count} {claim.kind}, not {claim.count}")


def _check_witness(witness: Vector | None, leaf: Leaf[None], forms: Forms, domain: Polyhedron) -> None:
    """Raise :class:`ProofError` unless a point lies in the interior of a leaf."""
    strict: Iterator[Vector] = iter((*domain.forms, *map(forms.unpack, leaf.cell.path)))
    if witness is None or len(witness) != forms.d + 1 or witness[-1] <= 0:
        raise ProofError("a leaf has no witness")
    for form in strict:
        if sum(c * x for c, x in zip(form, witness, strict=True)) <= 0:
            raise ProofError("a witness lies outside the interior of its leaf")
