"""The roots and functions of a program in the making, each made once, and the joining of values of several roots.

Forms with the same wires, up to a factor and the bias, are the same root; functions that differ by a factor and a
constant only are the same function.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import gcd

from exactnet.evaluate import piecewise
from exactnet.evaluate.inputs import Inputs
from exactnet.evaluate.piecewise import Kinks
from exactnet.evaluate.program import IDENTITY, Coordinate, Function, Joint, Output, Pairs, Program, Root, Separable

__all__ = ["NONE", "Joiner", "Value"]

#: What one table look-up costs, in additions of narrow arrays (measured).
LOOKUP = 12
#: Functions with at most this many kinks cost about one addition.
FEW_KINKS = 2
#: Functions with more kinks than this in all are not added up just to see what comes out.
MANY_KINKS = 200
#: A constant has no root.
NONE = -1


class Value:
    """``(offset + Σ d_t [n - t]+)/den``, a function of the root ``n``, ``0 <= n < size``."""

    __slots__ = ("den", "function", "kinks", "offset", "root", "size")

    def __init__(self, root: int, size: int, den: int, offset: int, kinks: Kinks) -> None:
        self.root = root if kinks else NONE
        self.size, self.den, self.offset, self.kinks = size, den, offset, kinks
        #: The function of the program, the factor and the offset: ``Σ d_t [n - t]+ = factor·f + offset``.
        self.function: tuple[int, int, int] | None = None


#: A value, its factor in a form, and how many nodes read the value.
Member = tuple[Value, int, int]


class Joiner:
    """The program so far."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        self._roots: list[Root] = []
        self._functions: list[Function] = []
        self._root_of: dict[object, int] = {}
        self._function_of: dict[tuple[int, Pairs], int] = {}
        self._coordinates = [
            self._root(("coordinate", i), self._coordinate(i)) if place.size > 1 else NONE
            for i, place in enumerate(inputs.places)
        ]
        self._input_of = {root: i for i, root in enumerate(self._coordinates) if root != NONE}

    def program(self, outputs: Iterable[Output]) -> Program:
        """The program with these outputs."""
        return Program(tuple(self._roots), tuple(self._functions), tuple(outputs))

    def coordinate(self, i: int) -> Value:
        """The value of input ``i``."""
        place = self._inputs.places[i]
        return Value(self._coordinates[i], place.size, place.den, place.low, {0: 1} if place.size > 1 else {})

    def _coordinate(self, i: int) -> Root:
        size = self._inputs.places[i].size
        return Separable(((i, IDENTITY, 0),), size) if self._inputs.base else Coordinate(i, size)

    def cut(self, value: Value) -> Value:
        """The same value as a function of a root of its own, so that what follows has one kink only."""
        function, factor, offset = self.function(value)
        root, scale, more = self._joint_root({function: factor})
        return self._value(root, value.den, value.offset + offset + more, {0: scale})

    # --- joining ----------------------------------------------------------------------------------

    def join(self, den: int, offset: int, members: Sequence[Member]) -> Value:
        """``(offset + Σ factor·(kinks of value))/den``."""
        groups: dict[int, list[Member]] = {}
        for member in members:
            if member[0].root != NONE:
                groups.setdefault(member[0].root, []).append(member)
        if len(groups) > 1:
            return self._join(den, offset, groups)
        for root, group in groups.items():
            return self._value(root, den, offset, _merge((value.kinks, factor) for value, factor, _ in group))
        return Value(NONE, 1, den, offset, {})

    def _value(self, root: int, den: int, offset: int, kinks: Kinks) -> Value:
        return Value(root, self._roots[root].size, den, offset, kinks)

    def _join(self, den: int, offset: int, groups: dict[int, list[Member]]) -> Value:
        merged: list[tuple[int, Kinks]] = []  # one function per root
        single: list[tuple[Value, int]] = []  # functions that stay on their own
        columns: dict[int, Kinks] = {}
        for root, members in groups.items():
            if self._inputs.base and self._separates(root, members):
                offset += self._add_columns(columns, root, members)
            elif len(members) == 1 or (kinks := _merge_if_it_pays(members)) is None:
                single.extend((value, factor) for value, factor, _ in members)
            elif kinks:
                merged.append((root, kinks))
        columns = {i: kinks for i, kinks in columns.items() if kinks}
        if len(columns) == 1:
            merged.extend((self._coordinates[i], kinks) for i, kinks in columns.items())
        elif columns:
            root, factor, more = self._separable_root(columns)
            offset += more
            merged.append((root, {0: factor}))
        terms: dict[int, int] = {}
        for value, factor in [*single, *((self._value(root, 1, 0, kinks), 1) for root, kinks in merged)]:
            function, scale, more = self.function(value)
            offset += factor * more
            terms[function] = terms.get(function, 0) + factor * scale
        return self._combine(den, offset, {function: factor for function, factor in terms.items() if factor})

    def _combine(self, den: int, offset: int, terms: dict[int, int]) -> Value:
        """``(offset + Σ_j c_j f_j)/den``."""
        roots = {self._functions[function].root for function in terms}
        if not roots:
            return Value(NONE, 1, den, offset, {})
        if len(roots) > 1:
            root, factor, more = self._joint_root(terms)
            return self._value(root, den, offset + more, {0: factor})
        functions = [(self._functions[function], factor) for function, factor in terms.items()]
        offset -= sum(factor * function.low for function, factor in functions)
        return self._value(roots.pop(), den, offset, _merge((dict(f.kinks), factor) for f, factor in functions))

    def _separates(self, root: int, members: list[Member]) -> bool:
        """Whether the values are sums of functions of single coordinates."""
        if root in self._input_of:
            return True
        linear = all(len(value.kinks) == 1 and 0 in value.kinks for value, _, _ in members)
        return linear and isinstance(self._roots[root], Separable)

    def _add_columns(self, columns: dict[int, Kinks], root: int, members: list[Member]) -> int:
        """Add the values to ``columns`` and return the constant left over."""
        if root in self._input_of:
            i = self._input_of[root]
            columns[i] = _merge([(columns.get(i, {}), 1), *((value.kinks, factor) for value, factor, _ in members)])
            return 0
        form = self._roots[root]
        assert isinstance(form, Separable)
        slope = sum(factor * value.kinks[0] for value, factor, _ in members)
        for i, kinks, _ in form.columns:
            columns[i] = _merge([(columns.get(i, {}), 1), (dict(kinks), slope)])
        return -slope * sum(low for _, _, low in form.columns)

    # --- roots and functions, each made once --------------------------------------------------------

    def _separable_root(self, columns: dict[int, Kinks]) -> tuple[int, int, int]:
        """The root, the factor and the offset with ``Σ_i (kinks of column i) = factor·n + offset``."""
        factor = gcd(*(d for kinks in columns.values() for d in kinks.values()))
        pairs = {i: tuple((t, d // factor) for t, d in sorted(columns[i].items())) for i in sorted(columns)}
        if pairs[min(pairs)][0][1] < 0:
            factor, pairs = -factor, {i: tuple((t, -d) for t, d in kinks) for i, kinks in pairs.items()}
        parts, low, size = [], 0, 1
        for i, kinks in pairs.items():
            least, most = piecewise.bounds(0, kinks, self._inputs.places[i].size)
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
            reach = c * (self._functions[function].size - 1)
            low, size = low + min(reach, 0), size + abs(reach)
        return self._root(("joint", key), Joint(key, -low, size)), factor, factor * low

    def _root(self, key: object, root: Root) -> int:
        number = self._root_of.setdefault(key, len(self._roots))
        if number == len(self._roots):
            self._roots.append(root)
        return number

    def function(self, value: Value) -> tuple[int, int, int]:
        """The function of the program, the factor and the offset: ``Σ d_t [n - t]+ = factor·f + offset``."""
        if value.function is None:
            factor = gcd(*value.kinks.values())
            pairs = sorted(value.kinks.items())
            if pairs[0][1] < 0:
                factor = -factor
            kinks = tuple((t, d // factor) for t, d in pairs) if factor != 1 else tuple(pairs)
            key = (value.root, kinks)
            number = self._function_of.setdefault(key, len(self._functions))
            if number == len(self._functions):
                low, high = (0, value.size - 1) if kinks == IDENTITY else piecewise.bounds(0, kinks, value.size)
                self._functions.append(Function(value.root, kinks, low, high - low + 1))
            value.function = number, factor, factor * self._functions[number].low
        return value.function


def _merge(parts: Iterable[tuple[Mapping[int, int], int]]) -> Kinks:
    """``Σ factor·kinks``."""
    total: Kinks = {}
    for kinks, factor in parts:
        for t, d in kinks.items():
            total[t] = total.get(t, 0) + factor * d
    return {t: d for t, d in total.items() if d}


def _merge_if_it_pays(members: list[Member]) -> Kinks | None:
    """The weighted sum as one function if that is cheaper than separate functions that other readers share.

    It always is when nobody else reads them; and often when it is a plain step, such as the difference of two ReLUs,
    which is likely to be what the other readers want as well.
    """
    separate = 0.0
    for value, factor, readers in members:
        separate += _cost(value.kinks) / readers + (1 if factor in {1, -1} else 2)
    readers = min(readers for _, _, readers in members)
    if readers > 1 and separate < 1 + LOOKUP and sum(len(value.kinks) for value, _, _ in members) > MANY_KINKS:
        return None
    kinks = _merge((value.kinks, factor) for value, factor, _ in members)
    shared = readers if len(kinks) <= FEW_KINKS else 1
    return kinks if readers == 1 or 1 + _cost(kinks) / shared <= separate else None


def _cost(kinks: Kinks) -> int:
    return 1 if len(kinks) <= FEW_KINKS else LOOKUP
