"""From a program to code: which instruction computes what, and in which type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from exactnet.engine.code import Code, Form, Ranked, Register, Take
from exactnet.engine.inputs import TooWideError, narrowest, word
from exactnet.engine.program import Joint, Program, Root, Separable
from exactnet.engine.sums import Sum, Term
from exactnet.engine.tables import BYTE, compute_functions, from_steps, pieces

__all__ = ["Assembled", "assemble"]

#: The most values of a table, and the least bound that a small domain imposes.
MAX_TABLE, MIN_TABLE = 2**20, 2**10
#: The most bytes of all tables (past it, only tables up to the least bound are made).
MAX_BYTES = 2**27


@dataclass(frozen=True, slots=True)
class Assembled:
    """Code, and the register of each output (None for a constant)."""

    code: Code
    outputs: tuple[Register | None, ...]


def assemble(program: Program, count: int) -> Assembled:
    """Code for a program on a domain of ``count`` inputs (which limits the size of tables that pay).

    Raises :class:`~exactnet.engine.inputs.TooWideError` where a value that is computed takes more than 64 bits.
    """
    assembler = _Assembler(program, max(MIN_TABLE, min(MAX_TABLE, 4 * count)))
    outputs = [None if output.function is None else assembler.value(output.function) for output in program.outputs]
    return Assembled(assembler.code, tuple(outputs))


class _Assembler:
    """Emits code depth first: a term is computed when a sum is about to add it, so that few values are alive."""

    def __init__(self, program: Program, table_limit: int) -> None:
        self.code = Code()
        self._computed: dict[int, Register] = {}
        self._program, self._limit = program, table_limit
        self._table_bytes = 0

    def value(self, function: int) -> Register:
        """The register of a function; emits the code for it and all that it depends on."""
        functions = self._program.functions
        sums: list[_Open] = []  # each waits for the next
        wanted = function
        while True:
            if wanted not in self._computed:
                number = functions[wanted].root
                root = self._program.roots[number]
                if isinstance(root, Joint):
                    sums.append(_Open(number, Sum(self.code, root.base, root.size), iter(root.terms)))
                else:
                    self._leaf(number, root)
            while sums:
                term = sums[-1].pending or next(sums[-1].terms, None)
                if term is None:
                    done = sums.pop()
                    self._functions(done.root, done.sum.finish())
                    continue
                wanted, factor = sums[-1].pending = term
                if wanted not in self._computed:
                    break
                sums[-1].sum.add(Term(self._computed[wanted], factor, functions[wanted].size))
                sums[-1].pending = None
            else:
                return self._computed[function]

    def _leaf(self, number: int, root: Root) -> None:
        """A root that depends on the inputs alone, and its functions."""
        if isinstance(root, Separable) and narrowest(root.size).hasobject:
            self._ranked(number, root)
            return
        values = self.code.new(word(root.size))
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
                self._table_bytes += instruction.size * instruction.out.dtype.itemsize

    def _ranked(self, number: int, root: Separable) -> None:
        """The functions of a separable root of more than 64 bits, which is not computed itself: sums of steps."""
        functions = {f: self._program.functions[f] for f in self._program.needed[number]}
        parts = {f: pieces(function.kinks, root.size) for f, function in functions.items()}
        if any(part.ramps for part in parts.values()):
            raise TooWideError(number)
        above = {place: self.code.new(BYTE) for place in sorted({t for part in parts.values() for t, _ in part.steps})}
        self.code.emit(Ranked(tuple(above.values()), number, tuple(above)))
        for f, part in parts.items():
            self._computed[f] = from_steps(self.code, functions[f], [Term(above[t], height, 2) for t, height in part.steps])


@dataclass(slots=True)
class _Open:
    """A root that is being summed up."""

    root: int
    sum: Sum
    terms: Iterator[tuple[int, int]]
    pending: tuple[int, int] | None = None
