"""Threshold circuits as and-inverter graphs (AIGER), as BLIF, and as pseudo-Boolean constraints (OPB).

References
----------
A. Biere, *The AIGER And-Inverter Graph (AIG) Format*, 2007 (ASCII variant, ``aag``, and binary, ``aig``).
*Berkeley Logic Interchange Format (BLIF)*, University of California, Berkeley, 1992.
O. Roussel, V. Manquinho, *Input/Output Format and Solver Requirements for the Competitions of Pseudo-Boolean Solvers*, 2012.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from gmpy2 import mpz

from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.expansion import expand
from exactnet.kernel.network import INPUT, THRESHOLD, Network
from exactnet.kernel.rationals import lcm_all

__all__ = ["MAX_GATES", "dump_aiger", "dump_binary_aiger", "dump_blif", "dump_opb"]

#: The most and-gates that are written; a threshold gate of n large weights can need about 2^(n/2).
MAX_GATES = 2**22
#: The most nodes that a gate may read; the diagrams are made by recursion.
_MAX_FAN_IN = 500


def _circuit(net: Network) -> Network:
    """The circuit without affine nodes."""
    expanded = expand(net)
    for name in expanded.order:
        if expanded.kind(name) != THRESHOLD:
            copied = name in net.outputs and not expanded.bias(name) and [w for _, w in expanded.sources(name)] == [1]
            if not copied:
                raise FormatError(f"node {clip_text(name)} is {expanded.kind(name)}: the format holds threshold circuits only")
    return expanded


def _integers(net: Network, name: str) -> tuple[dict[str, int], int]:
    """The weights and the bias of a gate, times their common denominator."""
    weights, bias = dict(net.sources(name)), net.bias(name)
    scale = lcm_all(value.denominator for value in (*weights.values(), bias))
    return {source: int(weight * scale) for source, weight in weights.items()}, int(bias * scale)


@dataclass
class _Graph:
    """An and-inverter graph. A literal is twice a variable, plus 1 where it is negated; 0 is false."""

    inputs: list[str]
    gates: list[tuple[int, int, int]] = field(default_factory=list)
    outputs: list[tuple[str, int]] = field(default_factory=list)
    known: dict[tuple[int, int], int] = field(default_factory=dict)

    def both(self, a: int, b: int) -> int:
        a, b = sorted((a, b))
        if a == 0 or a == b ^ 1:
            return 0
        if a in (1, b):
            return b
        if (a, b) not in self.known:
            if len(self.gates) >= MAX_GATES:
                raise FormatError(f"more than {MAX_GATES} and-gates: the weights are too large for this format")
            self.known[a, b] = 2 * (len(self.inputs) + len(self.gates) + 1)
            self.gates.append((self.known[a, b], a, b))
        return self.known[a, b]

    def choose(self, literal: int, yes: int, no: int) -> int:
        """``yes`` where the literal holds, else ``no``."""
        if yes == no:
            return yes
        return self.both(self.both(literal, yes) ^ 1, self.both(literal ^ 1, no) ^ 1) ^ 1


def _and_inverter_graph(net: Network) -> _Graph:
    circuit = _circuit(net)
    graph = _Graph(list(circuit.inputs))
    literal = {name: 2 * (number + 1) for number, name in enumerate(circuit.inputs)}
    for name in circuit.order:
        if circuit.kind(name) == THRESHOLD:
            weights, bias = _integers(circuit, name)
            literal[name] = _gate(graph, [(literal[source], weight) for source, weight in weights.items()], bias)
        else:
            literal[name] = literal[next(source for source, _ in circuit.sources(name))]
    graph.outputs = [(name, literal[name]) for name in circuit.outputs]
    return graph


def _gate(graph: _Graph, weights: Sequence[tuple[int, int]], bias: int) -> int:
    """A threshold gate as a decision diagram over its literals, the largest weights first.

    What is left to decide depends on the partial sum only by which sums of the rest reach 0: partial sums with the same rest
    share a node of the diagram, by intervals ``low <= sum < high`` of one outcome.
    """
    terms: dict[int, int] = {}
    for literal, weight in weights:  # positive weights only: w·x = w - |w| + |w|·(1 - x) for w < 0
        if literal < 2:
            bias += weight * literal
        elif weight < 0:
            terms[literal ^ 1] = terms.get(literal ^ 1, 0) - weight
            bias += weight
        else:
            terms[literal] = terms.get(literal, 0) + weight
    order = sorted(terms.items(), key=lambda term: -term[1])
    rest = [0] * (len(order) + 1)
    for place in range(len(order) - 1, -1, -1):
        rest[place] = rest[place + 1] + order[place][1]
    if len(order) > _MAX_FAN_IN:
        raise FormatError(f"a gate reads {len(order)} nodes, more than {_MAX_FAN_IN}")
    levels: list[list[tuple[int, int, int]]] = [[] for _ in order]  # (low, high, literal): for low <= sum < high; ascending

    def decide(place: int, total: int) -> tuple[int | None, int | None, int]:
        """The outcome for a partial sum, and the interval of the sums that have the same one (None: unbounded)."""
        if total >= 0:
            return 0, None, 1
        if total + rest[place] < 0:
            return None, -rest[place], 0
        at = bisect_right(levels[place], total, key=itemgetter(0)) - 1
        if at >= 0 and total < levels[place][at][1]:
            return levels[place][at]
        literal, weight = order[place]
        low_no, high_no, no = decide(place + 1, total)
        low_yes, high_yes, yes = decide(place + 1, total + weight)
        lows = [value for value in (low_no, None if low_yes is None else low_yes - weight) if value is not None]
        highs = [value for value in (high_no, None if high_yes is None else high_yes - weight) if value is not None]
        result = (max(lows), min(highs), graph.choose(literal, yes, no))
        insort(levels[place], result)
        return result

    return decide(0, bias)[2]


def dump_aiger(net: Network) -> bytes:
    """Write a threshold circuit as an ASCII AIGER file (``.aag``); the values are those on ``{0,1}^d``.

    Raises
    ------
    FormatError
        For a network with other nodes than threshold gates, and for more than :data:`MAX_GATES` and-gates.

    Examples
    --------
    >>> from exactnet.kernel.network import threshold
    >>> print(dump_aiger(Network(["a", "b"], [threshold("y", {"a": 2, "b": 2}, -3)], ["y"])).decode(), end="")
    aag 3 2 0 1 1
    2
    4
    6
    6 2 4
    i0 a
    i1 b
    o0 y
    """
    graph = _and_inverter_graph(net)
    count = len(graph.inputs)
    lines = [f"aag {count + len(graph.gates)} {count} 0 {len(graph.outputs)} {len(graph.gates)}"]
    lines += [str(2 * number) for number in range(1, count + 1)]
    lines += [str(literal) for _, literal in graph.outputs]
    lines += [f"{out} {a} {b}" for out, a, b in graph.gates]
    return "".join(f"{line}\n" for line in lines).encode() + _symbols(graph)


def dump_binary_aiger(net: Network) -> bytes:
    """Write a threshold circuit as a binary AIGER file (``.aig``); refuses what :func:`dump_aiger` refuses.

    Of a gate only the differences to its literals are written, seven bits a byte, the lowest first.

    Examples
    --------
    >>> from exactnet.kernel.network import threshold
    >>> dump_binary_aiger(Network(["a", "b"], [threshold("y", {"a": 2, "b": 2}, -3)], ["y"]))
    b'aig 3 2 0 1 1\\n6\\n\\x02\\x02i0 a\\ni1 b\\no0 y\\n'
    """
    graph = _and_inverter_graph(net)
    differences = bytearray()
    for out, a, b in graph.gates:
        for number in (out - b, b - a):
            while number >= 128:
                differences.append(number & 127 | 128)
                number >>= 7  # noqa: PLW2901
            differences.append(number)
    count = len(graph.inputs)
    head = [f"aig {count + len(graph.gates)} {count} 0 {len(graph.outputs)} {len(graph.gates)}"]
    head += [str(literal) for _, literal in graph.outputs]
    return "".join(f"{line}\n" for line in head).encode() + bytes(differences) + _symbols(graph)


def _symbols(graph: _Graph) -> bytes:
    lines = [f"i{number} {_word(name)}" for number, name in enumerate(graph.inputs)]
    lines += [f"o{number} {_word(name)}" for number, (name, _) in enumerate(graph.outputs)]
    return "".join(f"{line}\n" for line in lines).encode()


def dump_blif(net: Network) -> bytes:
    """Write a threshold circuit as BLIF, by and-gates; refuses what :func:`dump_aiger` refuses."""
    graph = _and_inverter_graph(net)
    inputs = [_word(name) for name in graph.inputs]
    taken = {*inputs, *(_word(name) for name, _ in graph.outputs)}
    prefix = "n"
    while any(name.startswith(prefix) and name[len(prefix) :].isdigit() for name in taken):
        prefix += "_"
    names = {2 * (number + 1): name for number, name in enumerate(inputs)}
    outputs = [_word(name) if net.kind(name) != INPUT else f"{_word(name)}_out" for name, _ in graph.outputs]
    lines = [".model exactnet", " ".join([".inputs", *inputs]), " ".join([".outputs", *outputs])]
    for out, a, b in graph.gates:
        names[out] = f"{prefix}{out // 2}"
        lines += [f".names {names[a & ~1]} {names[b & ~1]} {names[out]}", f"{1 - (a & 1)}{1 - (b & 1)} 1"]
    for output, (_, literal) in zip(outputs, graph.outputs, strict=True):
        if literal < 2:
            lines += [f".names {output}"] + ["1"] * literal
        else:
            lines += [f".names {names[literal & ~1]} {output}", f"{1 - (literal & 1)} 1"]
    return ("\n".join([*lines, ".end"]) + "\n").encode()


def _word(name: str) -> str:
    if name.split() != [name] or not name.isprintable() or any(c in name for c in "#\\="):
        raise FormatError(f"{clip_text(name)} cannot be a name in this format")
    return name


def dump_opb(a: Network, b: Network | None = None) -> bytes:
    """Write a threshold circuit, or the question whether two differ, as pseudo-Boolean constraints.

    Parameters
    ----------
    a : Network
        A threshold circuit. Its inputs are the variables ``x1, x2, …``; gates follow in order.
    b : Network, optional
        Another one with as many inputs and outputs. The constraints can then be met exactly if the two differ on some input
        of ``{0,1}^d``, and every solution says where.

    Raises
    ------
    FormatError
        For other nodes than threshold gates, or other numbers of inputs and outputs.
    """
    constraints: list[tuple[dict[int, int], int]] = []
    circuits = [_circuit(net) for net in (a, b) if net is not None]
    names = dict(enumerate(circuits[0].inputs, 1))
    count = len(names)
    values: list[list[int]] = []
    for circuit in circuits:
        if (len(circuit.inputs), len(circuit.outputs)) != (len(circuits[0].inputs), len(circuits[0].outputs)):
            raise FormatError("the two circuits have other numbers of inputs or outputs")
        variable = dict(zip(circuit.inputs, range(1, len(names) + 1), strict=True))
        for name in circuit.order:
            if circuit.kind(name) != THRESHOLD:
                variable[name] = variable[next(source for source, _ in circuit.sources(name))]
                continue
            count += 1
            variable[name] = count
            weights, bias = _integers(circuit, name)
            terms: dict[int, int] = {}
            for source, weight in weights.items():  # two sources may be copies of one variable
                terms[variable[source]] = terms.get(variable[source], 0) + weight
            constraints += _reified(terms, bias, count)
        values.append([variable[name] for name in circuit.outputs])
    if b is not None:
        differs = []
        for x, y in zip(*values, strict=True):
            if x != y:
                count += 1
                differs.append(count)
                constraints += [({x: 1, y: 1, count: -1}, 0), ({x: -1, y: -1, count: -1}, -2)]
                constraints += [({x: 1, y: -1, count: 1}, 0), ({x: -1, y: 1, count: 1}, 0)]
        constraints.append((dict.fromkeys(differs, 1), 1))
    lines = [f"* #variable= {count} #constraint= {len(constraints)}"]
    lines += [f"* x{number} is the input {clip_text(name)}" for number, name in names.items()]
    for constraint, least in constraints:
        words = [f"{mpz(weight):+d} x{number}" for number, weight in sorted(constraint.items()) if weight] or ["+0 x1"]
        lines.append(f"{' '.join(words)} >= {mpz(least)} ;")  # Python writes no int of more than 4300 digits
    return ("\n".join(lines) + "\n").encode()


def _reified(weights: dict[int, int], bias: int, gate: int) -> list[tuple[dict[int, int], int]]:
    """``gate = 1[sum + bias >= 0]`` as two constraints ``sum >= least``."""
    low = bias + sum(min(weight, 0) for weight in weights.values())
    high = bias + sum(max(weight, 0) for weight in weights.values())
    fires = (weights | {gate: low}, low - bias)  # gate = 1: sum + bias >= 0
    silent = ({number: -weight for number, weight in weights.items()} | {gate: high + 1}, bias + 1)  # gate = 0: sum + bias <= -1
    return [fires, silent]
