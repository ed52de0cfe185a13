"""From a program to code: which instruction computes what, and in which type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from exactnet.evaluate.code import Code, Form, Ranked, Register, Take, bytes_each
from exactnet.evaluate.limbs import limbs_of
from exactnet.evaluate.program import IDENTITY, Joint, Program, Root, Separable
from exactnet.evaluate.sums import Sum, Term, WideSum, new_sum
from exactnet.evaluate.tables import BYTE, compute_functions, from_steps, pieces

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
    for output in program.outputs:
        if output.function is not None:
            assembler.compute(output.function)
    outputs = (None if o.function is None else assembler.computed[o.function] for o in program.outputs)
    return Assembled(assembler.code, tuple(outputs))


class _Assembler:
    """Emits code depth first: a term is computed when a sum is about to add it, so that few values are alive."""

    def __init__(self, program: Program, table_limit: int) -> None:
        self.code = Code()
        #: The registers of the functions computed so far.
        self.computed: dict[int, Register] = {}
        self._program, self._limit = program, table_limit
        self._table_bytes = 0

    def compute(self, function: int) -> None:
        """Emit the code for a function and all that it depends on."""
        functions = self._program.functions
        sums: list[_Open] = []  # each waits for the next
        wanted = function
        while True:
            if wanted not in self.computed:
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
                if wanted not in self.computed:
                    break
                sums[-1].sum.add(Term(self.computed[wanted], factor, functions[wanted].size))
                sums[-1].pending = None
            else:
                return

    def _leaf(self, number: int, root: Root) -> None:
        """A root that depends on the inputs alone, and its functions."""
        read = self._program.needed[number]
        if isinstance(root, Separable) and (ranked := _ranked(self.code, self._program, number, read)):
            self.computed.update(ranked)
            return
        values = self.code.new_for(root.size)
        self.code.emit(Form(values, number))
        self._functions(number, values)

    def _functions(self, number: int, values: Register) -> None:
        functions = [(f, self._program.functions[f]) for f in self._program.needed[number]]
        size = self._program.roots[number].size
        limit = self._limit if self._table_bytes < MAX_BYTES else min(self._limit, MIN_TABLE)
        first = len(self.code.instructions)
        self.computed.update(compute_functions(self.code, values, size, functions, limit))
        for instruction in self.code.instructions[first:]:
            if isinstance(instruction, Take):
                self._table_bytes += instruction.size * bytes_each(instruction.out)


@dataclass(slots=True)
class _Open:
    """A root that is being summed up."""

    root: int
    sum: Sum | WideSum
    terms: Iterator[tuple[int, int]]
    pending: tuple[int, int] | None = None


def _ranked(code: Code, program: Program, number: int, read: tuple[int, ...]) -> dict[int, Register] | None:
    """The functions of a wide separable root that are sums of few steps, computed without the root."""
    root = program.roots[number]
    if not limbs_of(root.size):
        return None
    functions = {f: program.functions[f] for f in read}
    parts = {f: pieces(function.kinks, root.size) for f, function in functions.items()}
    places = tuple(sorted({t for part in parts.values() for t, _ in part.steps}))
    if any(part.ramps or functions[f].kinks == IDENTITY for f, part in parts.items()) or len(places) > MAX_RANKED:
        return None
    registers = {place: code.new(BYTE) for place in places}
    code.emit(Ranked(tuple(registers.values()), number, places))
    return {
        f: from_steps(code, functions[f], [Term(registers[t], height, 2) for t, height in part.steps])
        for f, part in parts.items()
    }
