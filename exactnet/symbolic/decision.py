"""Formulas, or networks, that are proved to be equal, or one to be at least the other."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from gmpy2 import mpq

from exactnet.certify.cells.decide import Options, decide
from exactnet.claims.cells.certificate import CERTIFIED, Certificate, verify
from exactnet.claims.cells.claims import Claim
from exactnet.claims.cells.points import sides
from exactnet.claims.cells.polyhedron import Polyhedron
from exactnet.kernel.network import Network
from exactnet.kernel.rationals import Rational, format_rational
from exactnet.symbolic.formula import Formula, formula, latex_number, network, variables

__all__ = ["Decision", "at_least", "equal"]


@dataclass(frozen=True)
class Decision:
    """What has been decided of two formulas; true where the claim holds.

    Attributes
    ----------
    certificate : Certificate
    networks : tuple of Network
    formulas : tuple of (Formula or Network)
        As they were given.
    """

    certificate: Certificate
    networks: tuple[Network, ...]
    formulas: tuple[Formula | Network, ...]

    def __bool__(self) -> bool:
        return self.certificate.verdict == CERTIFIED

    @property
    def point(self) -> tuple[mpq, ...] | None:
        """A point at which the claim fails, if it does."""
        return None if self else self.certificate.points[0]

    def __repr__(self) -> str:
        certificate = self.certificate
        if self:
            relation = "equal" if certificate.claim.zero else "f >= g"
            where = f"{'all of ' if certificate.domain.kind == 'reals' else ''}{certificate.domain}"
            cells, lemmas = _plural(certificate.leaves, "cell"), _plural(len(certificate.proof.lemmas), "lemma")
            return f"{relation} on {where} ({cells}, {lemmas})"
        left, right = self._values()
        place = ", ".join(map(format_rational, certificate.points[0]))
        word = "different" if certificate.claim.zero else "not f >= g"
        return f"{word}: f = {format_rational(left)} and g = {format_rational(right)} at ({place})"

    def _values(self) -> tuple[mpq, mpq]:
        """Of an output for which the claim fails at :attr:`point`."""
        pairs = zip(*sides(self.certificate.claim, self.networks, self.certificate.points[0]), strict=True)
        return next((a, b) for a, b in pairs if a < b or (self.certificate.claim.zero and a != b))

    def latex(self) -> str:
        r"""What has been decided, as a statement in LaTeX."""
        certificate = self.certificate
        f, g = (side.latex() if isinstance(side, Formula) else name for side, name in zip(self.formulas, "fg", strict=True))
        sign = "=" if certificate.claim.zero else r"\ge"
        claim = f"\\[\n  {f}\n  {sign} {g}\n\\]\n"
        everywhere = f"or all $x \\in {_latex_domain(certificate.domain)}$"
        if self:
            cells, lemmas = _plural(certificate.leaves, "cell"), _plural(len(certificate.proof.lemmas), "identity", "identities")
            return f"F{everywhere},\n{claim}(certified: {cells}, {lemmas})."
        left, right = self._values()
        place = ",\\, ".join(map(latex_number, certificate.points[0]))
        values = f"the left side is ${latex_number(left)}$, the right side ${latex_number(right)}$"
        return f"Not f{everywhere} is\n{claim}At $x = ({place})$, {values}."

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the certificate, with both networks beside it."""
        from exactnet.files.cells import write_cells

        write_cells(os.fspath(path), self.networks, self.certificate, 0.0)


def equal(
    f: Formula | Network | Rational, g: Formula | Network | Rational, domain: Polyhedron | None = None, **options: object
) -> Decision:
    """Decide whether two formulas, or networks, have the same values everywhere, or on a polyhedron.

    Parameters
    ----------
    f, g : Formula, Network or number
    domain : Polyhedron, optional
        By default all of R^d, with d the number of variables.
    **options
        As for :class:`exactnet.certify.cells.Options`.

    Examples
    --------
    >>> from exactnet.symbolic import absolute, maximum, relu, x
    >>> bool(equal(absolute(x[1]), 2 * relu(x[1]) - x[1]))
    True
    """
    return _decide("equal", f, g, domain, options)


def at_least(
    f: Formula | Network | Rational, g: Formula | Network | Rational, domain: Polyhedron | None = None, **options: object
) -> Decision:
    """Decide whether ``f >= g`` everywhere, or on a polyhedron.

    >>> from exactnet.symbolic import maximum, relu, x
    >>> at_least(maximum(x[1], x[2]), (x[1] + x[2]) / 2)
    f >= g on all of R^2 (2 cells, 0 lemmas)
    >>> at_least(x[1], relu(x[1]))
    not f >= g: f = -1 and g = 0 at (-1)
    """
    return _decide("at-least", f, g, domain, options)


def _decide(
    kind: str,
    f: Formula | Network | Rational,
    g: Formula | Network | Rational,
    domain: Polyhedron | None,
    options: Mapping[str, object],
) -> Decision:
    sides = tuple(each if isinstance(each, Network) else formula(each) for each in (f, g))
    inputs = (len(each.inputs) if isinstance(each, Network) else variables(each) for each in sides)
    d = max(1, *inputs) if domain is None else domain.d
    networks = tuple(each if isinstance(each, Network) else network(each, d) for each in sides)
    certificate = decide(Claim(kind), networks, domain or Polyhedron(d), Options(**options))  # type: ignore[arg-type]
    verify(certificate, networks)
    return Decision(certificate, networks, sides)


def _plural(count: int, word: str, many: str | None = None) -> str:
    return f"{count} {word if count == 1 else many or word + 's'}"


def _latex_domain(domain: Polyhedron) -> str:
    if domain.kind == "box":
        low, high = map(latex_number, domain.ends)
        return f"[{low}, {high}]^{{{domain.d}}}"
    if domain.kind == "polytope":
        return "P"
    return f"\\mathbb{{R}}^{{{domain.d}}}"
