"""From a network on a domain to a :class:`~exactnet.evaluate.program.Program`.

Every node becomes a rational multiple of a piecewise linear function of one root, ``(offset + Σ d_t [n - t]+)/den``:
affine nodes, ReLUs and gates that depend on one root only (however many wires lie between) are computed here, once
and for all. A form that joins several roots becomes a root itself, so that all ReLUs and gates on it are functions of
one integer again. Forms with the same wires, up to a factor and the bias, are the same root.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import gcd, lcm

from gmpy2 import mpq

from exactnet.domain import Domain, check_dimension
from exactnet.evaluate import piecewise
from exactnet.evaluate.inputs import Inputs, make_inputs
from exactnet.evaluate.piecewise import Kinks
from exactnet.evaluate.program import IDENTITY, Coordinate, Function, Joint, Output, Pairs, Program, Root, Separable
from exactnet.network import AFFINE, RELU, Network

__all__ = ["lower"]

#: What one table look-up costs, in additions of narrow arrays (measured).
LOOKUP = 20
#: Functions with at most this many kinks cost about one addition.
FEW_KINKS = 2
#: A constant has no root.
NONE = -1


class Value:
    """``(offset + Σ d_t [n - t]+)/den``, a function of the root ``n``."""

    __slots__ = ("den", "function", "kinks", "offset", "root")

    def __init__(self, root: int, den: int, offset: int, kinks: Kinks) -> None:
        self.root = root if kinks else NONE
        self.den, self.offset, self.kinks = den, offset, kinks
        #: The function of the program, the factor and the offset: ``Σ d_t [n - t]+ = factor·f + offset``.
        self.function: tuple[int, int, int] | None = None


def lower(net: Network, domain: Domain) -> Program:
    """Compile.

    Raises :class:`~exactnet.errors.DomainError` where the dimensions differ.
    """
    check_dimension(domain, net.inputs)
    lowering = _Lowering(make_inputs(domain))
    values: dict[str, Value] = {}
    for i, name in enumerate(net.inputs):
        values[name] = lowering.coordinate(i)
    nodes, wires, readers = net.graph.nodes, net.graph.pred, net.graph.succ
    for name in net.order:
        data = nodes[name]
        sources = [(values[s], wire["weight"], len(readers[s])) for s, wire in wires[name].items()]
        form = lowering.form(data["bias"], sources)
        if data["kind"] != AFFINE:
            form = lowering.activate(form, data["kind"] == RELU)
        values[name] = form
    outputs = tuple(lowering.output(values[name]) for name in net.outputs)
    return Program(tuple(lowering.roots), tuple(lowering.functions), outputs)


class _Lowering:
    """The program so far."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self.roots: list[Root] = []
        self.functions: list[Function] = []
        self._root_of: dict[object, int] = {}
        self._function_of: dict[tuple[int, Pairs], int] = {}
        self._coordinates = [self._coordinate_root(i) for i in range(len(inputs.places))]
        self._input_of = {root: i for i, root in enumerate(self._coordinates) if root != NONE}

    # --- values ----------------------------------------------------------------------------------

    def coordinate(self, i: int) -> Value:
        """The value of input ``i``."""
        place = self.inputs.places[i]
        return Value(self._coordinates[i], place.den, place.low, {0: 1} if place.size > 1 else {})

    def activate(self, form: Value, is_relu: bool) -> Value:
        """``[form]+`` or ``1[form >= 0]``."""
        size = self.roots[form.root].size if form.root != NONE else 1
        if is_relu:
            return Value(form.root, form.den, *piecewise.relu(form.offset, form.kinks, size))
        return Value(form.root, 1, *piecewise.step(form.offset, form.kinks, size))

    def output(self, value: Value) -> Output:
        """An output of the program."""
        if value.root == NONE:
            return Output(None, value.offset, 0, value.den)
        function, factor, offset = self._function(value)
        return Output(function, value.offset + offset, factor, value.den)

    def form(self, bias: mpq, sources: list[tuple[Value, mpq, int]]) -> Value:
        """``bias + Σ weight·value``; each source comes with the number of its readers."""
        den = int(bias.denominator)
        scaled = []  # (value, numerator, denominator, readers) of each weight/den
        for value, weight, readers in sources:
            d = int(weight.denominator) * value.den
            if d != 1:
                den = lcm(den, d)
            scaled.append((value, int(weight.numerator), d, readers))
        offset = int(bias.numerator) * (den // int(bias.denominator))
        groups: dict[int, list[tuple[Value, int, int]]] = {}
        for value, numerator, d, readers in scaled:
            factor = numerator if d == den else numerator * (den // d)
            offset += factor * value.offset
            if value.root != NONE:
                groups.setdefault(value.root, []).append((value, factor, readers))
        if len(groups) > 1:
            return self._join(den, offset, groups)
        for root, members in groups.items():
            return Value(root, den, offset, _merge((v.kinks, f) for v, f, _ in members))
        return Value(NONE, den, offset, {})

    # --- forms over several roots -----------------------------------------------------------------

    def _join(self, den: int, offset: int, groups: dict[int, list[tuple[Value, int, int]]]) -> Value:
        """``(offset + Σ factor·(kinks of value))/den`` over several roots."""
        merged: list[tuple[int, Kinks]] = []  # one function per root
        single: list[tuple[Value, int]] = []  # functions that stay on their own
        columns: dict[int, Kinks] = {}
        for root, members in groups.items():
            if self.inputs.base and self._separates(root, members):
                offset += self._add_columns(columns, root, members)
            elif len(members) == 1 or not _merging_pays(members):
                single.extend((value, factor) for value, factor, _ in members)
            else:
                kinks = _merge((value.kinks, factor) for value, factor, _ in members)
                if kinks:
                    merged.append((root, kinks))
        columns = {i: kinks for i, kinks in columns.items() if kinks}
        if len(columns) == 1:
            merged.extend((self._coordinates[i], kinks) for i, kinks in columns.items())
        elif columns:
            root, factor, more = self._separable_root(columns)
            offset += more
            merged.append((root, {0: factor}))
        terms: dict[int, int] = {}
        for value, factor in [*single, *((Value(root, 1, 0, kinks), 1) for root, kinks in merged)]:
            function, scale, more = self._function(value)
            offset += factor * more
            terms[function] = terms.get(function, 0) + factor * scale
        terms = {function: factor for function, factor in terms.items() if factor}
        if len(roots := {self.functions[function].root for function in terms}) > 1:
            root, factor, more = self._joint_root(terms)
            return Value(root, den, offset + more, {0: factor})
        functions = [(self.functions[function], factor) for function, factor in terms.items()]
        offset -= sum(factor * function.low for function, factor in functions)
        return Value(min(roots, default=NONE), den, offset, _merge((dict(g.kinks), factor) for g, factor in functions))

    def _separates(self, root: int, members: list[tuple[Value, int, int]]) -> bool:
        """Whether the values are sums of functions of single coordinates."""
        if root in self._input_of:
            return True
        linear = all(len(value.kinks) == 1 and 0 in value.kinks for value, _, _ in members)
        return linear and isinstance(self.roots[root], Separable)

    def _add_columns(self, columns: dict[int, Kinks], root: int, members: list[tuple[Value, int, int]]) -> int:
        """Add the values to ``columns`` and return the constant left over."""
        if root in self._input_of:
            i = self._input_of[root]
            columns[i] = _merge([(columns.get(i, {}), 1), *((value.kinks, factor) for value, factor, _ in members)])
            return 0
        form = self.roots[root]
        assert isinstance(form, Separable)
        slope = sum(factor * value.kinks[0] for value, factor, _ in members)
        for i, kinks, _ in form.columns:
            columns[i] = _merge([(columns.get(i, {}), 1), (dict(kinks), slope)])
        return -slope * sum(low for _, _, low in form.columns)

    # --- roots and functions, each made once --------------------------------------------------------

    def _coordinate_root(self, i: int) -> int:
        size = self.inputs.places[i].size
        return self._root(("coordinate", i), Coordinate(i, size)) if size > 1 else NONE

    def _separable_root(self, columns: dict[int, Kinks]) -> tuple[int, int, int]:
        """The root, the factor and the offset with ``Σ_i (kinks of column i) = factor·n + offset``."""
        factor = gcd(*(d for kinks in columns.values() for d in kinks.values()))
        pairs = {i: tuple((t, d // factor) for t, d in sorted(columns[i].items())) for i in sorted(columns)}
        if pairs[min(pairs)][0][1] < 0:
            factor, pairs = -factor, {i: tuple((t, -d) for t, d in kinks) for i, kinks in pairs.items()}
        parts, low, size = [], 0, 1
        for i, kinks in pairs.items():
            least, most = piecewise.bounds(0, kinks, self.inputs.places[i].size)
            parts.append((i, kinks, least))
            low, size = low + least, size + most - least
        return self._root(("separable", tuple(pairs.items())), Separable(tuple(parts), size)), factor, factor * low

    def _joint_root(self, terms: Mapping[int, int]) -> tuple[int, int, int]:
        """The root, the factor and the offset with ``Σ_j c_j f_j = factor·n + offset``."""
        factor = gcd(*terms.values())
        ordered = sorted(terms.items())
        if ordered[0][1] < 0:
            factor = -factor
        key = tuple((function, c // factor) for function, c in ordered)
        low, size = 0, 1
        for function, c in key:
            reach = c * (self.functions[function].size - 1)
            low, size = low + min(reach, 0), size + abs(reach)
        return self._root(("joint", key), Joint(key, -low, size)), factor, factor * low

    def _root(self, key: object, root: Root) -> int:
        number = self._root_of.setdefault(key, len(self.roots))
        if number == len(self.roots):
            self.roots.append(root)
        return number

    def _function(self, value: Value) -> tuple[int, int, int]:
        """The function of the program, the factor and the offset: ``Σ d_t [n - t]+ = factor·f + offset``."""
        if value.function is None:
            factor = gcd(*value.kinks.values())
            pairs = sorted(value.kinks.items())
            if pairs[0][1] < 0:
                factor = -factor
            kinks = tuple((t, d // factor) for t, d in pairs) if factor != 1 else tuple(pairs)
            key = (value.root, kinks)
            number = self._function_of.setdefault(key, len(self.functions))
            if number == len(self.functions):
                size = self.roots[value.root].size
                low, high = (0, size - 1) if kinks == IDENTITY else piecewise.bounds(0, kinks, size)
                self.functions.append(Function(value.root, kinks, low, high - low + 1))
            value.function = number, factor, factor * self.functions[number].low
        return value.function


def _merge(parts: Iterable[tuple[Mapping[int, int], int]]) -> Kinks:
    """``Σ factor·kinks``."""
    total: Kinks = {}
    for kinks, factor in parts:
        for t, d in kinks.items():
            total[t] = total.get(t, 0) + factor * d
    return {t: d for t, d in total.items() if d}


def _merging_pays(members: list[tuple[Value, int, int]]) -> bool:
    """Whether one table of the weighted sum beats separate arrays, which are shared with other readers."""
    separate = 0.0
    for value, factor, readers in members:
        cost = 1 if len(value.kinks) <= FEW_KINKS else LOOKUP
        separate += cost / readers + (1 if factor in {1, -1} else 2)
    return separate >= LOOKUP + 1
