"""What is claimed of one or two ReLU networks on a polyhedron: the system to walk, and what must hold on every leaf.

=================  ==========================================================  =================================================
claim              says, for all ``x`` of the domain                           on every leaf
=================  ==========================================================  =================================================
``equal``          ``A(x) = B(x)``                                             the outputs of ``A - B`` are 0
``segment``        ``A(x) = B(x)``, one variable between two ends          no leaves: ``A - B`` is 0 at its breakpoints
``one-hidden..``   ``A(x) = B(x)``, and ``B`` has one hidden layer            the same
``at-least``       ``A(x) >= B(x)``                                            those of ``A - B`` are proved to be at least 0
``homogeneous``    ``N(tx) = tN(x)`` for ``t >= 0`` (all of R^d)               those of ``N - N0`` are 0, ``N0`` without biases [1]_
``even``, ``odd``  ``N(-x) = N(x)``, ``N(-x) = -N(x)``                         those of ``N(x) -+ N(-x)`` are 0
``invariant``      ``N(Sx) = N(x)``, ``(Sx)_i = x_{S(i)}``                     those of ``N(Sx) - N(x)`` are 0
``monotone``       ``N`` is nondecreasing in ``x_i``                           the coefficient of ``x_i`` is at least 0
``convex``         every output is the maximum of finitely many listed forms  its form is listed, and at least every listed one
``lipschitz``      ``|N(x) - N(y)| <= L |x - y|`` in a norm                    the dual norm of the gradient is at most ``L``
``cells``          the ReLUs have so many patterns on open sets                a point at which all splits are strict
``pieces``         the outputs are one of so many tuples of affine forms       the same
``property``       no ``x`` meets an assertion (:mod:`.assertion`)             ``-room`` less its margin is proved to be at least 0
=================  ==========================================================  =================================================

For ``monotone`` and ``lipschitz`` the domain is convex, so that a segment of it passes through finitely many leaves.
``cells`` are of the ReLUs on which an output depends, equal ones (up to sign and scale) taken once.

.. [1] If ``N(tx) = tN(x)``, then ``N(x) = lim N(tx)/t = N0(x)`` as t grows; and ``N0`` is homogeneous.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count as count_from
from typing import Any

from gmpy2 import mpq

from exactnet.claims.cells.assertion import Assertion, Comparison, combined, margin
from exactnet.claims.cells.forms import Forms, Vector
from exactnet.claims.cells.system import CONSTANT, System, Term, system_of
from exactnet.claims.cells.tree import Cell, Leaf
from exactnet.kernel.errors import FormatError, NetworkError, clip_text
from exactnet.kernel.network import AFFINE, Network

__all__ = [
    "KINDS", "NORMS", "Ask", "Claim", "Failure", "gradient_norm", "has_one_hidden_layer", "leaf_failure", "same_inputs",
    "system_for",
]

#: Claims of two networks, and of one.
PAIRS = ("equal", "segment", "at-least", "one-hidden-layer")
KINDS = (*PAIRS, "homogeneous", "even", "odd", "invariant", "monotone", "convex", "lipschitz", "cells", "pieces", "property")
#: Those that say that a system is 0.
ZERO = ("equal", "segment", "one-hidden-layer", "homogeneous", "even", "odd", "invariant")
#: The norm of ``x - y`` in a Lipschitz claim. The bound is on the square for the norm 2.
NORMS = ("1", "2", "inf")

#: The sign that is proved of a form on a cell: 1, -1, or 0 for none.
Ask = Callable[[Cell[Any], int], int]


@dataclass(frozen=True)
class Claim:
    """A claim and its parameters; those that its kind does not have are None.

    Attributes
    ----------
    permutation : tuple of int, optional
        For ``invariant``: the images of 1..d.
    variable : int, optional
        For ``monotone``: i from 1.
    norm : str, optional
        For ``lipschitz``: one of :data:`NORMS`.
    bound : mpq, optional
        For ``lipschitz``: L, or L^2 for the norm 2.
    count : int, optional
        For ``cells`` and ``pieces``.
    assertion : Assertion, optional
        For ``property``: what must not happen.
    room : mpq, optional
        For ``property``: by how much all inputs of the domain miss it; positive.
    fixed : tuple, optional
        For ``property``: of every input its value where it has but one; None where it is a variable of the domain.
    """

    kind: str
    permutation: tuple[int, ...] | None = None
    variable: int | None = None
    norm: str | None = None
    bound: mpq | None = None
    count: int | None = None
    assertion: Assertion | None = None
    room: mpq | None = None
    fixed: tuple[mpq | None, ...] | None = None

    @property
    def zero(self) -> bool:
        """Whether it says that a system is 0."""
        return self.kind in ZERO

    @property
    def networks(self) -> int:
        """How many networks it is about (``one-hidden-layer``: if it is true)."""
        return 2 if self.kind in PAIRS else 1

    @property
    def every(self) -> bool:
        """Whether all ReLUs are to be decided."""
        return self.kind == "cells"

    def variables(self, networks: Sequence[Network]) -> int:
        """How many coordinates the domain has: the inputs that are not fixed. Raises as :func:`same_inputs` does."""
        return same_inputs(networks) - sum(value is not None for value in self.fixed or ())

    def input(self, point: Sequence[mpq]) -> tuple[mpq, ...]:
        """The input of the network at a point of the domain."""
        if self.fixed is None:
            return tuple(point)
        left = iter(point)
        return tuple(next(left) if value is None else value for value in self.fixed)


@dataclass(frozen=True)
class Failure:
    """What does not hold on a leaf: a packed form that should be 0 or nonnegative there, and the output that it is of."""

    output: int
    form: int


def same_inputs(networks: Sequence[Network]) -> int:
    """The number of inputs. Raises :class:`NetworkError` where networks differ in it."""
    counts = [len(net.inputs) for net in networks]
    if len(set(counts)) > 1:
        raise NetworkError(f"the networks have {counts[0]} and {counts[1]} inputs")
    return counts[0]


def system_for(claim: Claim, networks: Sequence[Network]) -> System:
    """The system to walk.

    Raises
    ------
    NetworkError
        for threshold gates and for networks of different shapes.
    FormatError
        for parameters that do not fit the network.
    """
    d = same_inputs(networks)
    here = [(i, 1) for i in range(d)]
    first = Term(networks[0], 1, here)
    if claim.kind == "one-hidden-layer" and not has_one_hidden_layer(networks[1]):
        raise NetworkError("the second network has more than one hidden layer")
    if claim.kind in PAIRS:
        return system_of([first, Term(networks[1], -1, here)], d)
    if claim.kind == "homogeneous":
        return system_of([first, Term(networks[0], -1, here, biased=False)], d)
    if claim.kind in ("even", "odd"):
        return system_of([first, Term(networks[0], -1 if claim.kind == "even" else 1, [(i, -1) for i in range(d)])], d)
    if claim.kind == "invariant":
        images = claim.permutation or ()
        if sorted(images) != list(range(1, d + 1)):
            raise FormatError(f"{clip_text(','.join(map(str, images)))} is not a permutation of 1 to {d}")
        return system_of([first, Term(networks[0], -1, [(i - 1, 1) for i in images])], d)
    if claim.kind == "property":
        return _of_property(claim, networks[0])
    if claim.kind == "monotone" and not 1 <= (claim.variable or 0) <= d:
        raise FormatError(f"the network has inputs x1 to x{d}, no x{claim.variable}")
    return system_of([first], d)


def _of_property(claim: Claim, net: Network) -> System:
    """What is at least 0 where the margin of the assertion is at most ``-room``."""
    assertion, room, fixed = claim.assertion, claim.room, claim.fixed
    assert assertion is not None
    assert room is not None
    if fixed is None or len(fixed) != len(net.inputs):
        raise FormatError(f"the claim is about {len(fixed or ())} inputs, the network has {len(net.inputs)}")
    for part in assertion:
        if isinstance(part, Comparison):
            for name, places, count in (("X", part.x, len(net.inputs)), ("Y", part.y, len(net.outputs))):
                if not all(0 <= place < count for place, _ in places):
                    raise FormatError(f"the assertion is about another {name}_i than {name}_0 to {name}_{count - 1}")
    number = count_from(0)
    inputs = [(next(number), mpq(1)) if value is None else (CONSTANT, value) for value in fixed]
    x = [combined([({variable: mpq(1)}, factor)]) for variable, factor in inputs]
    return system_of(
        [Term(net, 1, inputs)],
        next(number),
        lambda y, relu: combined([(margin(assertion, x, y, relu), mpq(-1)), ({CONSTANT: mpq(1)}, -room)]),
    )


def has_one_hidden_layer(net: Network) -> bool:
    """Whether no ReLU depends on another."""
    above: dict[str, int] = dict.fromkeys(net.inputs, 0)
    for name in net.order:
        above[name] = max((above[source] for source, _ in net.sources(name)), default=0) + (net.kind(name) != AFFINE)
    return max(above.values()) <= 1


def gradient_norm(vector: Vector, norm: str) -> int:
    """The dual norm of the linear part of a form, squared for the norm 2.

    >>> [gradient_norm((3, -4, 9), norm) for norm in NORMS]
    [4, 25, 7]
    """
    linear = [abs(c) for c in vector[:-1]]
    if norm == "1":
        return max(linear)
    return sum(linear) if norm == "inf" else sum(c * c for c in linear)


def leaf_failure(
    claim: Claim, leaf: Leaf[Any], forms: Forms, scale: int, pieces: Sequence[Sequence[int]], ask: Ask
) -> Failure | None:
    """What fails on a leaf, if anything does.

    Parameters
    ----------
    scale : int
        Of the system.
    pieces : sequence of sequence of int
        For ``convex``: of every output, the packed forms (times ``scale``) that it is the maximum of.
    ask : Ask
        Proves signs.
    """
    for k, form in enumerate(leaf.outputs):
        if claim.zero:
            if form:
                return Failure(k, form)
        elif claim.kind in ("at-least", "property"):
            if not _nonnegative(form, leaf, forms, ask):
                return Failure(k, form)
        elif claim.kind == "monotone":
            assert claim.variable is not None
            if forms.unpack(form)[claim.variable - 1] < 0:
                return Failure(k, form)
        elif claim.kind == "lipschitz":
            assert claim.norm is not None
            assert claim.bound is not None
            power = 2 if claim.norm == "2" else 1
            if gradient_norm(forms.unpack(form), claim.norm) > claim.bound * scale**power:
                return Failure(k, form)
        elif claim.kind == "convex":
            if form not in pieces[k]:
                return Failure(k, form)
            for other in pieces[k]:
                if not _nonnegative(form - other, leaf, forms, ask):
                    return Failure(k, form - other)
    return None


def _nonnegative(form: int, leaf: Leaf[Any], forms: Forms, ask: Ask) -> bool:
    if not form:
        return True
    f = forms.primitive(form)[0]
    return f in leaf.cell.known or (-f not in leaf.cell.known and ask(leaf.cell, f) == 1)
