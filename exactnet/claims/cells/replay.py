"""Does a certificate of cells prove its claim?

A *lemma* is an identity ``den*f = sum n_i a_i`` of integer forms with ``den > 0`` and all ``n_i >= 0``: where every ``a_i`` is
at least 0, ``f`` is (Farkas). A certificate holds lemmas and one number for every question that a walk asks, in the order of
the walk (:mod:`exactnet.claims.cells.tree`): 0 for a split, else the number of a lemma whose conclusion is the form in question
or its negative, and whose premises are all known on the cell. There is no search in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from exactnet.claims.cells.forms import Forms, Vector
from exactnet.claims.cells.tree import Cell, Leaf, Walk
from exactnet.kernel.errors import ExactnetError

__all__ = ["Lemma", "Proof", "ProofError", "Replay", "is_identity", "replay"]


class ProofError(ExactnetError):
    """A step of a proof that is wrong, or missing; the message says which."""


@dataclass(frozen=True, slots=True)
class Lemma:
    """``den * conclusion = sum of factor * premise``, which makes ``conclusion >= 0`` follow."""

    conclusion: Vector
    den: int
    premises: tuple[tuple[Vector, int], ...]


@dataclass(frozen=True)
class Proof:
    """Lemmas, and the answer to every question of a walk: 0 to split, ``i`` for lemma ``i``, counted from 1."""

    lemmas: Sequence[Lemma]
    steps: Sequence[int]


def is_identity(lemma: Lemma) -> bool:
    """Whether a lemma holds: integers compared, nothing else.

    >>> is_identity(Lemma((1, 0), 2, (((2, 0), 1),))), is_identity(Lemma((1, 0), 1, (((-1, 0), -1),)))
    (True, False)
    """
    if lemma.den <= 0 or any(factor < 0 for _, factor in lemma.premises):
        return False
    total = [0] * len(lemma.conclusion)
    for premise, factor in lemma.premises:
        if len(premise) != len(total):
            return False
        total = [t + factor * c for t, c in zip(total, premise, strict=True)]
    return total == [lemma.den * c for c in lemma.conclusion]


class Replay:
    """The oracle of a proof. Raises :class:`ProofError` for a lemma that is wrong or does not apply."""

    def __init__(self, forms: Forms, proof: Proof) -> None:
        self._lemmas: list[tuple[int, frozenset[int]]] = []
        for number, lemma in enumerate(proof.lemmas, 1):
            if len(lemma.conclusion) != forms.d + 1 or not is_identity(lemma):
                raise ProofError(f"lemma {number} is no identity with multipliers at least 0")
            premises = frozenset(forms.pack(premise) for premise, factor in lemma.premises if factor)
            self._lemmas.append((forms.pack(lemma.conclusion), premises))
        self._steps = iter(proof.steps)
        self._number = 0

    def sign(self, cell: Cell[None], form: int, last: bool) -> int:
        """See :class:`exactnet.claims.cells.tree.Oracle`."""
        step = self._next()
        if step == 0:
            return 0
        if not 0 < step <= len(self._lemmas):
            raise ProofError(f"step {self._number}: there is no lemma {step}")
        conclusion, premises = self._lemmas[step - 1]
        if not premises <= cell.known:
            raise ProofError(f"step {self._number}: a premise of lemma {step} is not known there")
        if abs(conclusion) != abs(form):
            raise ProofError(f"step {self._number}: lemma {step} is about another form")
        return 1 if conclusion == form else -1

    def split(self, cell: Cell[None], form: int) -> tuple[None, None]:
        """See :class:`exactnet.claims.cells.tree.Oracle`."""
        return None, None

    def _next(self) -> int:
        self._number += 1
        step = next(self._steps, None)
        if step is None:
            raise ProofError(f"the proof ends before step {self._number}")
        return step

    def end(self) -> None:
        """Raise :class:`ProofError` unless all steps have been used."""
        if next(self._steps, None) is not None:
            raise ProofError(f"steps are left over after step {self._number}")


def replay(walk: Walk[None], proof: Proof, rules: Iterable[Callable[[Leaf[None], Replay], None]]) -> int:
    """Walk through all cells by a proof and hold every leaf against rules; the number of leaves.

    A rule raises :class:`ProofError`, and may ask the replay for more steps. Raises :class:`ProofError`.
    """
    oracle = Replay(walk.forms, proof)
    rules, leaves = list(rules), 0
    for leaf in walk.leaves(oracle, walk.root(None)):
        leaves += 1
        for rule in rules:
            rule(leaf, oracle)
    oracle.end()
    return leaves
