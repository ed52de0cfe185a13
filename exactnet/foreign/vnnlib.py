"""Properties in VNN-LIB 1 and 2: linear conditions on inputs and outputs, read exactly, and witnesses against them.

A property describes what must not happen: a *counterexample* is an input for which all its assertions are met.

References
----------
*The VNN-LIB standard*, vnnlib.org: version 1 (constants ``X_i`` and ``Y_j`` of an SMT-LIB script) and version 2
(``declare-network`` with tensors ``X`` and ``Y``; one network, reals, no hidden nodes are read here).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

from gmpy2 import mpq

from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.rationals import parse_rational

__all__ = ["Atom", "Formula", "Property", "parse_vnnlib", "parse_witness", "witness_number"]

#: The deepest nesting, and the most words, of a file.
MAX_NESTING, MAX_WORDS = 200, 2_000_000

_WORD = re.compile(r";[^\n]*|\s+|([()])|(<[\d.]+>)|([^\s();\[\]]+\s*\[[^\]()]*\])|([^\s();]+)")
_NEGATED = {"<=": ">", "<": ">=", ">=": "<", ">": "<=", "==": "!=", "!=": "=="}
_ZERO = mpq(0)
_COMPARISONS = {"<=", "<", ">=", ">", "==", "!=", "="}


@dataclass(frozen=True, slots=True)
class Linear:
    """``constant + sum of x_i + sum of y_j``, by places from 0."""

    constant: mpq = _ZERO
    x: Mapping[int, mpq] = field(default_factory=dict)
    y: Mapping[int, mpq] = field(default_factory=dict)

    def plus(self, other: Linear, factor: mpq) -> Linear:
        x, y = dict(self.x), dict(self.y)
        for mine, theirs in ((x, other.x), (y, other.y)):
            for place, value in theirs.items():
                mine[place] = mine.get(place, mpq(0)) + factor * value
        return Linear(self.constant + factor * other.constant, x, y)

    @property
    def is_constant(self) -> bool:
        return not any(self.x.values()) and not any(self.y.values())

    def __call__(self, x: Sequence[mpq], y: Sequence[mpq]) -> mpq:
        total = self.constant
        for values, weights in ((x, self.x), (y, self.y)):
            for place, weight in weights.items():
                total += weight * values[place]
        return total


@dataclass(frozen=True, slots=True)
class Atom:
    """A comparison ``form op 0``; ``text`` is how it was written."""

    op: str
    form: Linear
    text: str

    def met(self, value: mpq) -> bool:
        """Whether it is met where the form has a value.

        >>> Atom("<=", Linear(), "").met(mpq(0)), Atom("<", Linear(), "").met(mpq(0))
        (True, False)
        """
        sign = (value > 0) - (value < 0)
        return sign in {"<=": (-1, 0), "<": (-1,), ">=": (0, 1), ">": (1,), "==": (0,), "!=": (-1, 1)}[self.op]


@dataclass(frozen=True, slots=True)
class Formula:
    """``and`` or ``or`` of formulas and comparisons."""

    op: str
    parts: tuple[Formula | Atom, ...]

    def atoms(self) -> Iterator[Atom]:
        """All comparisons, in order."""
        for part in self.parts:
            if isinstance(part, Atom):
                yield part
            else:
                yield from part.atoms()


@dataclass(frozen=True, slots=True)
class Property:
    """What must not happen.

    Attributes
    ----------
    inputs, outputs : int
        How many inputs and outputs are declared.
    formula : Formula
        The conjunction of all assertions.
    """

    inputs: int
    outputs: int
    formula: Formula

    def holds(self, x: Sequence[mpq], y: Sequence[mpq]) -> bool:
        """Whether an input with these outputs is a counterexample."""
        return _holds(self.formula, x, y)

    def failing(self, x: Sequence[mpq], y: Sequence[mpq]) -> list[tuple[Atom, mpq]]:
        """The comparisons because of which an input is no counterexample, each with how far it is from being met."""
        return [] if self.holds(x, y) else list(_failing(self.formula, x, y))

    def box(self) -> list[tuple[mpq | None, mpq | None]]:
        """For each input the least and largest value that the assertions leave (None: no limit); a hull where there is ``or``."""
        limits = _box(self.formula)
        return [limits.get(place, (None, None)) for place in range(self.inputs)]


def _holds(part: Formula | Atom, x: Sequence[mpq], y: Sequence[mpq]) -> bool:
    if isinstance(part, Atom):
        return part.met(part.form(x, y))
    return (all if part.op == "and" else any)(_holds(inner, x, y) for inner in part.parts)


def _failing(part: Formula | Atom, x: Sequence[mpq], y: Sequence[mpq]) -> Iterator[tuple[Atom, mpq]]:
    if isinstance(part, Atom):
        yield part, abs(part.form(x, y))
    else:
        for inner in part.parts:
            if not _holds(inner, x, y):
                yield from _failing(inner, x, y)


_Limits = dict[int, tuple["mpq | None", "mpq | None"]]


def _box(part: Formula | Atom) -> _Limits:
    if isinstance(part, Atom):
        x = {place: weight for place, weight in part.form.x.items() if weight}
        if len(x) != 1 or any(part.form.y.values()) or part.op == "!=":
            return {}
        [(place, weight)] = x.items()
        limit = -part.form.constant / weight
        if part.op == "==":
            return {place: (limit, limit)}
        upper = (part.op in ("<=", "<")) == (weight > 0)
        return {place: (None, limit) if upper else (limit, None)}
    boxes = [_box(inner) for inner in part.parts]
    result: _Limits = {}
    if part.op == "and":
        for box in boxes:
            for place, (low, high) in box.items():
                old_low, old_high = result.get(place, (None, None))
                lows, highs = [v for v in (low, old_low) if v is not None], [v for v in (high, old_high) if v is not None]
                result[place] = (max(lows, default=None), min(highs, default=None))
        return result
    for place in set.intersection(*(set(box) for box in boxes)) if boxes else ():
        ends = [box[place] for box in boxes]
        lows, highs = [low for low, _ in ends if low is not None], [high for _, high in ends if high is not None]
        low, high = (min(lows) if len(lows) == len(ends) else None), (max(highs) if len(highs) == len(ends) else None)
        result[place] = (low, high)
    return result


# --- reading -------------------------------------------------------------------------------------

_Term = str | list["_Term"]


def _terms(text: str) -> list[_Term]:
    """The terms of a file: words and lists."""
    stack: list[list[_Term]] = [[]]
    at = count = 0
    while at < len(text):
        match = _WORD.match(text, at)
        if match is None:
            raise FormatError(f"line {_line(text, at)}: {clip_text(text[at : at + 20])} is no term")
        at = match.end()
        bracket, *words = match.groups()
        count += match.lastindex is not None
        if count > MAX_WORDS or len(stack) > MAX_NESTING:
            raise FormatError(f"more than {MAX_WORDS} words, or brackets nested more than {MAX_NESTING} deep")
        if bracket == "(":
            stack.append([])
        elif bracket == ")":
            if len(stack) == 1:
                raise FormatError(f"line {_line(text, at)}: a bracket closes that none opens")
            stack[-2].append(stack.pop())
        elif word := next((word for word in words if word), ""):
            stack[-1].append(re.sub(r"\s+", "", word))
    if len(stack) > 1:
        raise FormatError("the file ends within a bracket")
    return stack[0]


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def parse_vnnlib(data: bytes) -> Property:
    """Read a property.

    Parameters
    ----------
    data : bytes
        A file in VNN-LIB 1 or 2.

    Returns
    -------
    Property

    Raises
    ------
    FormatError
        For another command than declarations and assertions, conditions that are not linear, several networks.

    Examples
    --------
    >>> found = parse_vnnlib(b"(declare-const X_0 Real)(declare-const Y_0 Real)(assert (<= X_0 0.5))(assert (>= Y_0 (* 2 X_0)))")
    >>> found.box(), found.holds([mpq(0)], [mpq(1)])
    ([(None, mpq(1,2))], True)
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise FormatError("no VNN-LIB file: it is not UTF-8 text") from None
    reader = _Reader()
    for term in _terms(text):
        reader.command(term)
    return reader.property()


class _Reader:
    def __init__(self) -> None:
        self.shapes: dict[str, tuple[str, tuple[int, ...]]] = {}
        self.first: dict[str, int] = {"x": 0, "y": 0}
        self.offset: dict[str, int] = {}
        self.assertions: list[Formula | Atom] = []
        self.networks = 0

    def command(self, term: _Term) -> None:
        match term:
            case ["declare-const" | "declare-fun", str(name), *_, "Real"] if re.fullmatch(r"[XY]_\d{1,7}", name, re.ASCII):
                kind = name[0].lower()
                if name[2:] != str(self.first[kind]):
                    raise FormatError(f"{name} is declared where {name[0]}_{self.first[kind]} is expected")
                self.declare(name, kind, ())
            case ["vnnlib-version", str(version)] if version.startswith("<2."):
                pass
            case ["declare-network", str(), *declarations]:
                self.networks += 1
                if self.networks > 1:
                    raise FormatError("properties of several networks are not supported")
                for declaration in declarations:
                    self.tensor(declaration)
            case ["assert", condition]:
                self.assertions.append(self.condition(condition))
            case ["set-logic" | "set-info", *_]:
                pass
            case _:
                raise FormatError(f"{clip_text(_written(term))} is not supported")

    def tensor(self, term: _Term) -> None:
        match term:
            case ["declare-input" | "declare-output", str(name), str(kind)]:  # the shape stands with the type
                word, bracket, shape = kind.partition("[")
                if word.lower() not in ("real", "float16", "float32", "float64"):
                    raise FormatError(f"the type {clip_text(kind)} is not supported")
                name, dims = _indexed(name + bracket + shape)
                self.declare(name, "x" if term[0] == "declare-input" else "y", dims)
            case _:
                raise FormatError(f"{clip_text(_written(term))} is not supported")

    def declare(self, name: str, kind: str, shape: tuple[int, ...]) -> None:
        if name in self.offset:
            raise FormatError(f"{clip_text(name)} is declared twice")
        if any(n < 1 for n in shape) or prod(shape) > MAX_WORDS:
            raise FormatError(f"{clip_text(name)} has the shape {shape}")
        self.shapes[name], self.offset[name] = (kind, shape), self.first[kind]
        self.first[kind] += prod(shape)

    def condition(self, term: _Term) -> Formula | Atom:
        match term:
            case ["and" | "or" as op, *parts] if parts:
                return Formula(op, tuple(self.condition(part) for part in parts))
            case ["not", inner]:
                return _negated(self.condition(inner))
            case [str(op), left, right] if op in _COMPARISONS:
                form = self.expression(left).plus(self.expression(right), mpq(-1))
                return Atom("==" if op == "=" else op, form, _written(term))
            case _:
                raise FormatError(f"{clip_text(_written(term))} is no condition that is supported")

    def expression(self, term: _Term) -> Linear:
        match term:
            case str(word):
                return self.word(word)
            case ["+", *parts] if parts:
                total = Linear()
                for part in parts:
                    total = total.plus(self.expression(part), mpq(1))
                return total
            case ["-", first]:
                return Linear().plus(self.expression(first), mpq(-1))
            case ["-", first, *parts]:
                total = self.expression(first)
                for part in parts:
                    total = total.plus(self.expression(part), mpq(-1))
                return total
            case ["*", *parts] if parts:
                result = Linear(mpq(1))
                for part in parts:
                    factor = self.expression(part)
                    if result.is_constant:
                        result, factor = factor, result
                    if not factor.is_constant:
                        raise FormatError(f"{clip_text(_written(term))} is not linear")
                    result = Linear().plus(result, factor.constant)
                return result
            case ["/", first, second]:
                divisor = self.expression(second)
                if not divisor.is_constant or not divisor.constant:
                    raise FormatError(f"{clip_text(_written(term))} is not linear, or divides by 0")
                return Linear().plus(self.expression(first), 1 / divisor.constant)
            case _:
                raise FormatError(f"{clip_text(_written(term))} is no expression that is supported")

    def word(self, word: str) -> Linear:
        if word[0].isdigit() or word[0] in "-+.":
            return Linear(_number(word))
        name, index = _indexed(word)
        if name not in self.shapes:
            raise FormatError(f"{clip_text(name)} is not declared")
        kind, shape = self.shapes[name]
        if len(index) != len(shape) or any(i >= n for i, n in zip(index, shape, strict=True)):
            raise FormatError(f"{clip_text(word)} is no element of a tensor of the shape {shape}")
        place = 0
        for i, n in zip(index, shape, strict=True):
            place = place * n + i
        one = {self.offset[name] + place: mpq(1)}
        return Linear(mpq(0), one, {}) if kind == "x" else Linear(mpq(0), {}, one)

    def property(self) -> Property:
        if not self.first["x"] or not self.first["y"]:
            raise FormatError("no inputs or no outputs are declared")
        if not self.assertions:
            raise FormatError("nothing is asserted")
        return Property(self.first["x"], self.first["y"], Formula("and", tuple(self.assertions)))


def _negated(part: Formula | Atom) -> Formula | Atom:
    if isinstance(part, Atom):
        return Atom(_NEGATED[part.op], part.form, f"(not {part.text})")
    return Formula("or" if part.op == "and" else "and", tuple(_negated(inner) for inner in part.parts))


def _indexed(word: str) -> tuple[str, tuple[int, ...]]:
    """A name and its index or shape.

    >>> _indexed("X[1,2]"), _indexed("Y"), _indexed("Y[]")
    (('X', (1, 2)), ('Y', ()), ('Y', ()))
    """
    match = re.fullmatch(r"([A-Za-z]\w*)(?:\[((?:\d{1,7}(?:,\d{1,7})*)?)\])?", word, re.ASCII)
    if match is None:
        raise FormatError(f"{clip_text(word)} is no name or element")
    return match[1], tuple(int(n) for n in (match[2] or "").split(",") if n)


def _number(word: str) -> mpq:
    text = word.lower().replace("e+", "e").removeprefix("+")
    text = re.sub(r"^(-?)\.", r"\g<1>0.", text)
    return parse_rational(re.sub(r"\.(e|$)", r"\1", text))


def _written(term: _Term) -> str:
    return term if isinstance(term, str) else f"({' '.join(_written(part) for part in term[:8])}{' ...' if len(term) > 8 else ''})"


def parse_witness(data: bytes, inputs: int) -> list[str]:
    """The inputs of a witness, as they are written.

    Parameters
    ----------
    data : bytes
        A counterexample as in VNN-COMP, ``((X_0 0.1) (X_1 2) (Y_0 ...))``, of VNN-LIB 2, ``(X[0] 0.1)``, or numbers with
        white space or commas between them.
    inputs : int
        How many there must be.

    Raises
    ------
    FormatError
        For other numbers of inputs, and for words that are no decimals.

    Examples
    --------
    >>> parse_witness(b"sat ((X_0 0.10) (X_1 -2e-3) (Y_0 5))", 2)
    ['0.10', '-2e-3']
    """
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        raise FormatError("no witness: it is not ASCII text") from None
    if "(" in text:
        pairs = re.findall(r"\(\s*X(?:_(\d{1,7})|\[(\d{1,7}(?:\s*,\s*\d{1,7})*)\])?\s+([^\s()]+)\s*\)", text)
        places = [tuple(int(part) for part in (first or second or "0").split(",")) for first, second, _ in pairs]
        flat = all(len(place) == 1 for place in places)
        if places != ([(number,) for number in range(len(places))] if flat else sorted(set(places))):
            raise FormatError("the inputs of the witness are not X_0, X_1, … in order")
        words = [word for _, _, word in pairs]
    else:
        words = re.split(r"[\s,;]+", text.strip().strip("[]"))
    for word in words:
        _number(word)
    if len(words) != inputs:
        raise FormatError(f"the witness has {len(words)} inputs, the property {inputs}: is it a witness for another one?")
    return words


def witness_number(word: str) -> mpq:
    """A number of a witness, as written."""
    return _number(word)
