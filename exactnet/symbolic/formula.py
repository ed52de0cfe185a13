"""Formulas of sums, maxima and ReLUs, and their networks.

>>> network(maximum(x[1] + x[2], 2 * x[3])).order
('h1', 'y')
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from gmpy2 import mpq

from exactnet.kernel.errors import ExactnetError, clip_text
from exactnet.kernel.network import Network, Node, affine
from exactnet.kernel.network import relu as relu_node
from exactnet.kernel.rationals import Rational, as_rational, format_rational

__all__ = ["Formula", "absolute", "formula", "latex_number", "maximum", "minimum", "network", "relu", "variables", "x"]


@dataclass(frozen=True)
class Variable:
    """``x_i``, with i from 1."""

    number: int


@dataclass(frozen=True)
class Maximum:
    """The largest of at least two formulas; the first two are compared first unless ``balanced``, which compares pairs."""

    of: tuple[Formula, ...]
    balanced: bool = True


@dataclass(frozen=True)
class Relu:
    """``max(0, formula)``."""

    of: Formula


Atom = Variable | Maximum | Relu


class Formula:
    """A rational linear combination of variables, maxima and ReLUs, plus a constant.

    Formulas are added, subtracted, multiplied and divided by rationals. A float is refused: ``"0.1"`` and
    ``Fraction(1, 10)`` say which number is meant.
    """

    __slots__ = ("_key", "constant", "terms")

    def __init__(self, terms: Mapping[Atom, mpq], constant: mpq) -> None:
        self.terms: dict[Atom, mpq] = {atom: c for atom, c in terms.items() if c}
        self.constant = constant
        self._key = hash((frozenset(self.terms.items()), constant))

    def __eq__(self, other: object) -> bool:
        """Whether two formulas are written alike; :func:`exactnet.symbolic.equal` decides whether they have the same values."""
        return isinstance(other, Formula) and self.constant == other.constant and self.terms == other.terms

    def __hash__(self) -> int:
        return self._key

    def __add__(self, other: Formula | Rational) -> Formula:
        other = formula(other)
        terms = dict(self.terms)
        for atom, c in other.terms.items():
            terms[atom] = terms.get(atom, mpq(0)) + c
        return Formula(terms, self.constant + other.constant)

    __radd__ = __add__

    def __mul__(self, factor: Rational) -> Formula:
        if isinstance(factor, Formula):
            raise ExactnetError("a product of two formulas is not piecewise linear")
        number = as_rational(factor)
        return Formula({atom: c * number for atom, c in self.terms.items()}, self.constant * number)

    __rmul__ = __mul__

    def __truediv__(self, divisor: Rational) -> Formula:
        number = as_rational(divisor)
        if not number:
            raise ExactnetError("a formula is divided by 0")
        return self.__mul__(1 / number)

    def __neg__(self) -> Formula:
        return self * -1

    def __pos__(self) -> Formula:
        return self

    def __sub__(self, other: Formula | Rational) -> Formula:
        return self + -formula(other)

    def __rsub__(self, other: Formula | Rational) -> Formula:
        return formula(other) - self

    def __repr__(self) -> str:
        return _written(self, _PLAIN)

    def latex(self) -> str:
        r"""The formula as LaTeX.

        >>> print((maximum(x[1], 2 * x[2]) / 2 - relu(x[1] - 1)).latex())
        \tfrac{1}{2} \max(x_{1},\, 2 x_{2}) - [x_{1} - 1]_+
        """
        return _written(self, _LATEX)

    _repr_latex_ = latex

    def __call__(self, *point: Rational) -> mpq:
        """The value at a point."""
        net = network(self, len(point))
        return net(point)[0]


def formula(value: Formula | Rational) -> Formula:
    """A formula, or a number as one."""
    return value if isinstance(value, Formula) else Formula({}, as_rational(value))


class _Variables:
    """``x[1]``, ``x[2]``, ...: as many as are wanted."""

    def __getitem__(self, number: int) -> Formula:
        if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= 10**6:
            raise ExactnetError(f"variables are x[1], x[2], ..., not x[{clip_text(number)}]")
        return Formula({Variable(number): mpq(1)}, mpq(0))


#: The variables.
x = _Variables()


def relu(argument: Formula | Rational) -> Formula:
    """``max(0, argument)``."""
    return Formula({Relu(formula(argument)): mpq(1)}, mpq(0))


def maximum(*arguments: Formula | Rational, balanced: bool = True) -> Formula:
    """The largest of some formulas: by pairs, pairs of pairs and so on, or one after the other.

    >>> maximum(x[1], 0, 2 * x[2])
    max(x1, 0, 2 x2)
    """
    of = tuple(map(formula, arguments))
    if not of:
        raise ExactnetError("a maximum of no formulas")
    return of[0] if len(of) == 1 else Formula({Maximum(of, balanced): mpq(1)}, mpq(0))


def minimum(*arguments: Formula | Rational) -> Formula:
    """The least of some formulas."""
    return -maximum(*(-formula(argument) for argument in arguments))


def absolute(argument: Formula | Rational) -> Formula:
    """``|argument|``."""
    return maximum(formula(argument), -formula(argument))


# --- networks -----------------------------------------------------------------------------------


class _Builder:
    """Collects ReLUs; equal ones once."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._values: dict[Atom, Formula] = {}
        self._names: dict[Formula, str] = {}

    def linear(self, part: Formula) -> Formula:
        """The same value, over variables and ReLUs of such formulas only."""
        total = Formula({}, part.constant)
        for atom, c in part.terms.items():
            total = total + self._value(atom) * c
        return total

    def _value(self, atom: Atom) -> Formula:
        if atom not in self._values:
            self._values[atom] = self._new(atom)
        return self._values[atom]

    def _new(self, atom: Atom) -> Formula:
        if isinstance(atom, Variable):
            return Formula({atom: mpq(1)}, mpq(0))
        if isinstance(atom, Relu):
            return self._relu(self.linear(atom.of))
        parts = list(map(self.linear, atom.of))
        if not atom.balanced:
            return reduce(self._larger, parts)
        while len(parts) > 1:
            pairs = zip(parts[::2], parts[1::2], strict=False)
            parts = [*(self._larger(a, b) for a, b in pairs), *parts[len(parts) // 2 * 2 :]]
        return parts[0]

    def _larger(self, a: Formula, b: Formula) -> Formula:
        return a + self._relu(b - a)

    def _relu(self, argument: Formula) -> Formula:
        if not argument.terms:
            return Formula({}, max(argument.constant, mpq(0)))
        if argument not in self._names:
            self._names[argument] = f"h{len(self._names) + 1}"
            self.nodes.append(relu_node(self._names[argument], self.wires(argument), argument.constant))
        return Formula({Relu(argument): mpq(1)}, mpq(0))

    def wires(self, linear: Formula) -> dict[str, Rational]:
        """The wires of a node whose argument this is."""
        return {self._name(atom): c for atom, c in linear.terms.items()}

    def _name(self, atom: Atom) -> str:
        if isinstance(atom, Variable):
            return f"x{atom.number}"
        assert isinstance(atom, Relu)
        return self._names[atom.of]


def network(outputs: Formula | Sequence[Formula], inputs: int | None = None) -> Network:
    """The network of one formula or several: inputs ``x1, x2, ...``, ReLUs ``h1, h2, ...``, outputs ``y`` or ``y1, y2, ...``.

    Parameters
    ----------
    inputs : int, optional
        How many inputs; by default as many as occur. Raises :class:`ExactnetError` for fewer.
    """
    formulas = [outputs] if isinstance(outputs, Formula) else list(outputs)
    used = max(map(variables, formulas), default=0)
    d = max(used, 1) if inputs is None else inputs
    if d < used:
        raise ExactnetError(f"x{used} occurs, but there are {d} inputs")
    builder = _Builder()
    linear = list(map(builder.linear, formulas))
    names = ["y"] if len(linear) == 1 else [f"y{k}" for k in range(1, len(linear) + 1)]
    ends = [affine(name, builder.wires(end), end.constant) for name, end in zip(names, linear, strict=True)]
    return Network([f"x{i}" for i in range(1, d + 1)], [*builder.nodes, *ends], names)


def variables(whole: Formula) -> int:
    """The largest number of a variable."""
    largest, todo, seen = 0, [whole], {whole}
    while todo:
        for atom in todo.pop().terms:
            if isinstance(atom, Variable):
                largest = max(largest, atom.number)
                continue
            for part in atom.of if isinstance(atom, Maximum) else (atom.of,):
                if part not in seen:
                    seen.add(part)
                    todo.append(part)
    return largest


# --- text ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Style:
    number: Callable[[mpq], str]
    variable: str
    maximum: str
    comma: str
    relu: str


def latex_number(value: mpq) -> str:
    """A rational as LaTeX."""
    if value.denominator == 1:
        return str(value.numerator)
    return f"{'-' if value < 0 else ''}\\tfrac{{{abs(value.numerator)}}}{{{value.denominator}}}"


_PLAIN = _Style(format_rational, "x{}", "max({})", ", ", "relu({})")
_LATEX = _Style(latex_number, "x_{{{}}}", "\\max({})", ",\\, ", "[{}]_+")


def _written(part: Formula, style: _Style) -> str:
    pieces: list[str] = []
    numbers: Iterable[tuple[Atom | None, mpq]] = [*part.terms.items(), (None, part.constant)]
    for atom, c in numbers:
        if not c:
            continue
        size = abs(c)
        text = style.number(size) if atom is None or size != 1 else ""
        if atom is not None:
            text += (" " if text else "") + _atom(atom, style)
        sign = ("-" if c < 0 else "") if not pieces else (" - " if c < 0 else " + ")
        pieces.append(sign + text)
    return "".join(pieces) or "0"


def _atom(atom: Atom, style: _Style) -> str:
    if isinstance(atom, Variable):
        return style.variable.format(atom.number)
    if isinstance(atom, Relu):
        return style.relu.format(_written(atom.of, style))
    return style.maximum.format(style.comma.join(_written(part, style) for part in atom.of))
