"""From a program to code: which instruction computes what, and in which type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from exactnet.evaluate.code import Code, Form, Ranked, Register, Take, bytes_each
from exactnet.evaluate.inputs import narrowest
from exactnet.evaluate.limbs import limbs_of
from exactnet.evaluate.program import Joint, Program, Root, Separable
from exactnet.evaluate.sums import Sum, Term, WideSum, new_sum
from exactnet.evaluate.tables import BYTE, Pieces, compute_functions, from_steps, pieces

__all__ = ["Assembled", "assemble"]

#: The most values of a table, and the least bound that a small domain imposes.
MAX_TABLE, MIN_TABLE = 2**20, 2**10
#: The most bytes of all tables (past it, only tables up to the least bound are made).
MAX_BYTES = 2**27
#: The most steps of one root that are computed from ranks.
MAX_RANKED = 64


@dataclass(frozen=True, slots=True)
class Assembled:
    """Code, and the register of each output (None for a constant)."""

    code: Code
    outputs: tuple[Register | None, ...]


def assemble(program: Program, count: int) -> Assembled:
    """Code for a program on a domain of ``count`` inputs (which limits the size of tables that pay)."""
    assembler = _Assembler(program, max(MIN_TABLE, min(MAX_TABLE, 4 * count)))
    outputs = [None if output.function is None else assembler.value(output.function) for output in program.outputs]
    return Assembled(assembler.code, tuple(outputs))


class _Assembler:
    """Emits code depth first: a term is computed when a sum is about to add it, so that few values are alive."""

    def __init__(self, program: Program, table_limit: int) -> None:
        self.code = Code()
        self._computed: dict[int, Register] = {}
        #: Functions of wide separable roots that are known in pieces.
        self._pieces: dict[int, _Pieces] = {}
        self._program, self._limit = program, table_limit
        self._table_bytes = 0

    def value(self, function: int) -> Register:
        """The register of a function; emits the code for it and all that it depends on."""
        functions = self._program.functions
        sums: list[_Open] = []  # each waits for the next
        wanted = function
        while True:
            if not self._known(wanted):
                number = functions[wanted].root
                root = self._program.roots[number]
                if isinstance(root, Joint):
                    sums.append(_Open(number, new_sum(self.code, root.base, root.size), iter(root.terms)))
                else:
                    self._leaf(number, root)
            while sums:
                term = sums[-1].pending or next(sums[-1].terms, None)
                if term is None:
                    done = sums.pop()
                    self._functions(done.root, done.sum.finish())
                    continue
                wanted, factor = sums[-1].pending = term
                if not self._known(wanted):
                    break
                self._add(sums[-1].sum, wanted, factor)
                sums[-1].pending = None
            else:
                return self._register(function)

    def _known(self, function: int) -> bool:
        return function in self._computed or function in self._pieces

    def _add(self, total: Sum | WideSum, function: int, factor: int) -> None:
        pieces = self._pieces.get(function)
        if pieces is not None and isinstance(total, WideSum):
            pieces.add_to(total, factor)
        else:
            total.add(Term(self._register(function), factor, self._program.functions[function].size))

    def _register(self, function: int) -> Register:
        """The register of a function that is known."""
        if function not in self._computed:
            size = self._program.functions[function].size
            total = WideSum(self.code, 0, size)
            self._pieces[function].add_to(total, 1)
            register = total.finish()
            self._computed[function] = register if limbs_of(size) else self.code.cast(register, narrowest(size))
        return self._computed[function]

    def _leaf(self, number: int, root: Root) -> None:
        """A root that depends on the inputs alone, and its functions."""
        if isinstance(root, Separable) and limbs_of(root.size) and self._in_pieces(number, root):
            return
        values = self.code.new_for(root.size)
        self.code.emit(Form(values, number))
        self._functions(number, values)

    def _functions(self, number: int, values: Register) -> None:
        functions = [(f, self._program.functions[f]) for f in self._program.needed[number]]
        size = self._program.roots[number].size
        limit = self._limit if self._table_bytes < MAX_BYTES else min(self._limit, MIN_TABLE)
        first = len(self.code.instructions)
        self._computed.update(compute_functions(self.code, values, size, functions, limit))
        for instruction in self.code.instructions[first:]:
            if isinstance(instruction, Take):
                self._table_bytes += instruction.size * bytes_each(instruction.out)

    def _in_pieces(self, number: int, root: Separable) -> bool:
        """The functions of a wide separable root from few steps and ramps, without the root itself."""
        functions = {f: self._program.functions[f] for f in self._program.needed[number]}
        parts = {f: pieces(function.kinks, root.size) for f, function in functions.items()}
        places = sorted({t for part in parts.values() for t, _ in (*part.steps, *part.ramps) if t})
        places += [0] if any(t == 0 for part in parts.values() for t, _ in part.steps) else []
        if len(places) > MAX_RANKED:
            return False
        above = {place: self.code.new(BYTE) for place in places}
        if above:
            self.code.emit(Ranked(tuple(above.values()), number, tuple(above)))
        for f, part in parts.items():
            if part.ramps:
                self._pieces[f] = _Pieces(number, part, above, -functions[f].low)
            else:
                terms = [Term(above[t], height, 2) for t, height in part.steps]
                self._computed[f] = from_steps(self.code, functions[f], terms)
        return True


@dataclass(frozen=True, slots=True)
class _Pieces:
    """``offset`` plus steps and ramps of a separable root ``n``; ``above[t]`` is ``1[n > t]``."""

    root: int
    parts: Pieces
    above: Mapping[int, Register]
    offset: int

    def add_to(self, total: WideSum, factor: int) -> None:
        """Add ``factor`` times the function."""
        total.add_constant(factor * self.offset)
        for t, height in self.parts.steps:
            total.add(Term(self.above[t], factor * height, 2))
        for t, slope in self.parts.ramps:  # [n - t]+ = 1[n > t]·(n - t), and n itself for t = 0
            total.add_scaled(self.above[t] if t else None, self.root, factor * slope, -factor * slope * t)


@dataclass(slots=True)
class _Open:
    """A root that is being summed up."""

    root: int
    sum: Sum | WideSum
    terms: Iterator[tuple[int, int]]
    pending: tuple[int, int] | None = None
