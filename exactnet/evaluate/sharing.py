"""Common partial sums of joint forms, computed once.

The terms of every form are put in one order, those that occur in most forms first; forms that then begin with the
same terms share the sum of that beginning. For the AND gates of a carry lookahead, whose forms are
``g_b + p_(b+1) + ... + p_j`` for many ``b`` and ``j``, this leaves one or two additions a gate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from exactnet.evaluate.program import IDENTITY, Function, Joint, Program, Root

__all__ = ["prefixes", "share_sums"]

Terms = tuple[tuple[int, int], ...]


@dataclass(slots=True)
class Prefix:
    """The first ``length`` terms of a form (by its number in the list), and the next shorter shared beginning."""

    form: int
    length: int
    parent: int


def share_sums(program: Program) -> Program:
    """An equivalent program in which forms that begin with the same two terms or more share their sum."""
    terms = {number: root.terms for number in program.needed if isinstance(root := program.roots[number], Joint)}
    uses = Counter(function for form in terms.values() for function, _ in form)
    ordered = sorted((_ordered(form, uses), number) for number, form in terms.items())
    forms = [form for form, _ in ordered]
    tree, places = prefixes(forms)
    writer = _Writer(program, forms, tree)
    for (form, number), place in zip(ordered, places, strict=True):
        if place:
            writer.rewrite(number, form, place)
    return Program(tuple(writer.roots), tuple(writer.functions), program.outputs)


def _ordered(terms: Terms, uses: Counter[int]) -> Terms:
    """The terms, most used first, with the first coefficient positive."""
    ordered = sorted(terms, key=lambda term: (-uses[term[0]], term[0]))
    if ordered[0][1] < 0:
        return tuple((function, -c) for function, c in ordered)
    return tuple(ordered)


def prefixes(forms: Sequence[Sequence[object]]) -> tuple[list[Prefix], list[int]]:
    """The shared beginnings of two items or more of sequences in lexicographic order, as a tree (0 is the empty one),
    and the longest of them for each sequence.

    >>> tree, places = prefixes(["abc", "abd", "abde", "x"])
    >>> tree[1:], places
    ([Prefix(form=0, length=2, parent=0), Prefix(form=1, length=3, parent=1)], [1, 2, 2, 0])
    """
    tree = [Prefix(0, 0, -1)]
    stack, places = [0], []
    for k, form in enumerate(forms):
        common = 0
        if k + 1 < len(forms):
            for a, b in zip(form, forms[k + 1], strict=False):
                if a != b:
                    break
                common += 1
        common = common if common > 1 else 0
        if common > tree[stack[-1]].length:
            tree.append(Prefix(k, common, stack[-1]))
            stack.append(len(tree) - 1)
        places.append(stack[-1])
        while tree[stack[-1]].length > common:
            done = stack.pop()
            if tree[stack[-1]].length < common:
                tree.append(Prefix(k, common, stack[-1]))
                stack.append(len(tree) - 1)
                tree[done].parent = stack[-1]
    return tree, places


class _Writer:
    """Rewrites forms so that they read the sums of their longest shared beginnings."""

    def __init__(self, program: Program, forms: Sequence[Terms], tree: Sequence[Prefix]) -> None:
        self.roots: list[Root] = list(program.roots)
        self.functions: list[Function] = list(program.functions)
        self._forms, self._tree = forms, tree
        #: For each beginning that is a root by now: the function that is its value ``n``, and the constant ``sum - n``.
        self._made: dict[int, tuple[int, int]] = {}

    def rewrite(self, number: int, terms: Terms, place: int) -> None:
        """Rewrite the form of a root; ``terms`` are its terms in order, perhaps all with the other sign."""
        root = self.roots[number]
        assert isinstance(root, Joint)
        sign = 1 if terms[0] in root.terms else -1
        function, constant = self._sum(place)
        rest = [(f, sign * c) for f, c in terms[self._tree[place].length :]]
        self.roots[number] = Joint(((function, sign), *rest), root.base + sign * constant, root.size)

    def _sum(self, place: int) -> tuple[int, int]:
        chain = []
        while place and place not in self._made:
            chain.append(place)
            place = self._tree[place].parent
        for at in reversed(chain):
            self._made[at] = self._make(self._tree[at])
        return self._made[chain[0] if chain else place]

    def _make(self, prefix: Prefix) -> tuple[int, int]:
        terms = list(self._forms[prefix.form][self._tree[prefix.parent].length : prefix.length])
        constant = 0
        if prefix.parent:
            function, constant = self._made[prefix.parent]
            terms.insert(0, (function, 1))
        reaches = [c * (self.functions[function].size - 1) for function, c in terms]
        low, size = sum(min(reach, 0) for reach in reaches), 1 + sum(abs(reach) for reach in reaches)
        self.functions.append(Function(len(self.roots), IDENTITY, 0, size))
        self.roots.append(Joint(tuple(terms), -low, size))
        return len(self.functions) - 1, constant + low
