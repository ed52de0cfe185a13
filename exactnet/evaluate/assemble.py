"""From a program to code: which instruction computes what, and in which type."""

from __future__ import annotations

from dataclasses import dataclass

from exactnet.evaluate.code import Code, Form, Ranked, Register
from exactnet.evaluate.inputs import narrowest
from exactnet.evaluate.program import IDENTITY, Joint, Program, Separable
from exactnet.evaluate.sums import Term, weighted_sum
from exactnet.evaluate.tables import BYTE, compute_functions, from_steps, pieces

__all__ = ["Assembled", "assemble"]

#: The most values of a table, and the least bound that a small domain imposes.
MAX_TABLE, MIN_TABLE = 2**20, 2**10
#: The most steps of one root that are computed from ranks.
MAX_RANKED = 64


@dataclass(frozen=True, slots=True)
class Assembled:
    """Code, and the register of each output (None for a constant)."""

    code: Code
    outputs: tuple[Register | None, ...]


def assemble(program: Program, count: int) -> Assembled:
    """Code for a program on a domain of ``count`` inputs (which limits the size of tables that pay)."""
    code = Code()
    computed: dict[int, Register] = {}
    limit = max(MIN_TABLE, min(MAX_TABLE, 4 * count))
    for number, read in program.schedule:
        root = program.roots[number]
        if isinstance(root, Separable) and (ranked := _ranked(code, program, number, read)):
            computed.update(ranked)
            continue
        if isinstance(root, Joint):
            terms = [Term(computed[f], factor, program.functions[f].size) for f, factor in root.terms]
            values = weighted_sum(code, terms, root.base, root.size)
        else:
            values = code.new(narrowest(root.size))
            code.emit(Form(values, number))
        functions = [(f, program.functions[f]) for f in read]
        computed.update(compute_functions(code, values, root.size, functions, limit))
    outputs = tuple(None if output.function is None else computed[output.function] for output in program.outputs)
    return Assembled(code, outputs)


def _ranked(code: Code, program: Program, number: int, read: tuple[int, ...]) -> dict[int, Register] | None:
    """The functions of a wide separable root that are sums of few steps, computed without the root."""
    root = program.roots[number]
    if not narrowest(root.size).hasobject:
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
