"""A property as one network, for proofs on all reals of its box: positive where all comparisons are met with room to spare.

Of a comparison it is the form, or its negative; of ``==`` minus the absolute value, of ``!=`` the absolute value; of ``and`` the
least and of ``or`` the largest of the parts. Where it is positive the assertions are met, and where it is negative they are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gmpy2 import mpq

from exactnet.foreign.properties import check_interface, ends_of_box
from exactnet.foreign.vnnlib import Atom, Formula, Property
from exactnet.kernel.network import AFFINE, RELU, Network, Node, fresh_name

__all__ = ["Margin", "margin"]


@dataclass(frozen=True)
class Margin:
    """The network of one output, over the inputs that the box does not fix, and where these lie."""

    network: Network
    ends: tuple[tuple[mpq, mpq], ...]
    fixed: Mapping[int, mpq]

    def point(self, free: Sequence[mpq]) -> tuple[mpq, ...]:
        """An input of the original."""
        left = iter(free)
        return tuple(self.fixed[place] if place in self.fixed else next(left) for place in range(len(self.fixed) + len(free)))

    def inequalities(self) -> Iterator[list[mpq]]:
        """The box, as forms that are at least 0."""
        for place, (low, high) in enumerate(self.ends):
            for sign, constant in ((1, -low), (-1, high)):
                yield [*(mpq(sign * (place == other)) for other in range(len(self.ends))), constant]


class _Form:
    """``bias + sum of weights times nodes``."""

    def __init__(self, weights: Mapping[str, mpq], bias: mpq) -> None:
        self.weights, self.bias = weights, bias

    def plus(self, other: _Form, factor: int) -> _Form:
        weights = dict(self.weights)
        for name, weight in other.weights.items():
            weights[name] = weights.get(name, mpq(0)) + factor * weight
        return _Form(weights, self.bias + factor * other.bias)


class _Builder:
    def __init__(self, net: Network, fixed: Mapping[int, mpq]) -> None:
        self.net = net
        self.known = {net.inputs[place]: value for place, value in fixed.items()}
        self.nodes = [Node(node.id, node.kind, *self.folded(node.sources, node.bias)) for node in net.nodes()]
        self.taken = {*net.inputs, *net.order}

    def folded(self, sources: Mapping[str, mpq], bias: mpq) -> tuple[dict[str, mpq], mpq]:
        """Inputs that are fixed become constants."""
        left = {name: weight for name, weight in sources.items() if name not in self.known}
        return left, bias + sum((w * self.known[name] for name, w in sources.items() if name in self.known), mpq(0))

    def relu(self, form: _Form) -> _Form:
        name = fresh_name("m", self.taken)
        self.nodes.append(Node(name, RELU, form.weights, form.bias))
        return _Form({name: mpq(1)}, mpq(0))

    def least(self, a: _Form, b: _Form) -> _Form:
        return a.plus(self.relu(a.plus(b, -1)), -1)

    def largest(self, a: _Form, b: _Form) -> _Form:
        return a.plus(self.relu(b.plus(a, -1)), 1)

    def of(self, part: Formula | Atom) -> _Form:
        """What is positive where a part is met with room."""
        if isinstance(part, Formula):
            return self.together([self.of(inner) for inner in part.parts], self.least if part.op == "and" else self.largest)
        sources = {self.net.inputs[place]: weight for place, weight in part.form.x.items()}
        for place, weight in part.form.y.items():
            sources[self.net.outputs[place]] = sources.get(self.net.outputs[place], mpq(0)) + weight
        form = _Form(*self.folded(sources, part.form.constant))
        minus = _Form({}, mpq(0)).plus(form, -1)
        if part.op in ("==", "!="):
            size = self.relu(form).plus(self.relu(minus), 1)
            return size if part.op == "!=" else _Form({}, mpq(0)).plus(size, -1)
        return form if part.op in (">=", ">") else minus

    def together(self, forms: list[_Form], two: Callable[[_Form, _Form], _Form]) -> _Form:
        """All of them, in a tree."""
        while len(forms) > 1:
            pairs = [two(*forms[i : i + 2]) for i in range(0, len(forms) - 1, 2)]
            forms = pairs + forms[2 * len(pairs) :]
        return forms[0]


def _besides(part: Formula | Atom) -> Iterator[Formula | Atom]:
    """The parts of a conjunction but those that the box says already."""
    if isinstance(part, Formula) and part.op == "and":
        for inner in part.parts:
            yield from _besides(inner)
    elif isinstance(part, Formula) or part.form.y or part.op not in ("<=", ">=", "==") or sum(map(bool, part.form.x.values())) != 1:
        yield part


def margin(net: Network, wanted: Property) -> Margin:
    """The network that is positive where the assertions of a property are met with room to spare.

    Raises :class:`DomainError` for an input without limits, and for an empty box.
    """
    check_interface(net, wanted)
    ends = ends_of_box(wanted)
    fixed = {place: low for place, (low, high) in enumerate(ends) if low == high}
    builder = _Builder(net, fixed)
    parts = [builder.of(part) for part in _besides(wanted.formula)]
    form = builder.together(parts, builder.least) if parts else _Form({}, mpq(1))
    name = fresh_name("margin", builder.taken)
    builder.nodes.append(Node(name, AFFINE, form.weights, form.bias))
    inputs = [net.inputs[place] for place in range(len(ends)) if place not in fixed]
    return Margin(Network(inputs, builder.nodes, [name]), tuple(end for place, end in enumerate(ends) if place not in fixed), fixed)
