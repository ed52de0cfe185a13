"""Networks as SMT-LIB scripts, SymPy expressions, and graphs of networkx and Graphviz."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gmpy2 import mpq

from exactnet.kernel.errors import FormatError, NetworkError, clip_text
from exactnet.kernel.network import AFFINE, INPUT, KINDS, RELU, Network, Node
from exactnet.kernel.rationals import as_rational

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["dump_dot", "dump_smtlib", "from_networkx", "to_networkx", "to_sympy"]

#: A sympy expression repeats what several nodes read: so many terms at most.
MAX_TERMS = 100_000


# --- SMT-LIB -------------------------------------------------------------------------------------


def dump_smtlib(a: Network, b: Network | None = None) -> bytes:
    """Write a network as an SMT-LIB 2.6 script over the reals (QF_LRA).

    Parameters
    ----------
    a : Network
        Its nodes become definitions.
    b : Network, optional
        Another network with as many inputs and outputs. The script then asks for a real input on which they differ.

    Returns
    -------
    bytes
        Without ``b`` the script ends before any question: add assertions and ``(check-sat)``.

    Examples
    --------
    >>> from exactnet.kernel.network import relu
    >>> print(dump_smtlib(Network(["x"], [relu("h", {"x": "-1/2"}, 3)], ["h"])).decode(), end="")
    (set-logic QF_LRA)
    (declare-const |x| Real)
    (define-fun |a.h| () Real (let ((z (+ 3 (* (- (/ 1 2)) |x|)))) (ite (>= z 0) z 0)))
    """
    lines = ["(set-logic QF_LRA)", *(f"(declare-const {_symbol(name)} Real)" for name in a.inputs)]
    inputs = [_symbol(name) for name in a.inputs]
    outputs = []
    for prefix, net in (("a.", a), ("b.", b)):
        while any(name.startswith(prefix) for name in a.inputs):
            prefix += "."  # noqa: PLW2901
        if net is None:
            continue
        if (len(net.inputs), len(net.outputs)) != (len(a.inputs), len(a.outputs)):
            raise FormatError("the two networks have other numbers of inputs or outputs")
        symbols = dict(zip(net.inputs, inputs, strict=True))
        for node in net.nodes():
            symbols[node.id] = _symbol(prefix + node.id)
            lines.append(f"(define-fun {symbols[node.id]} () Real {_definition(node, symbols)})")
        outputs.append([symbols[name] for name in net.outputs])
    if b is not None:
        same = " ".join(f"(= {x} {y})" for x, y in zip(*outputs, strict=True))
        lines += [f"(assert (not (and {same})))", "(check-sat)", f"(get-value ({' '.join(inputs)}))"]
    return ("\n".join(lines) + "\n").encode()


def _definition(node: Node, symbols: dict[str, str]) -> str:
    terms = [_smt_number(node.bias)] if node.bias or not node.sources else []
    terms += [symbols[s] if w == 1 else f"(* {_smt_number(w)} {symbols[s]})" for s, w in node.sources.items()]
    total = terms[0] if len(terms) == 1 else f"(+ {' '.join(terms)})"
    if node.kind == AFFINE:
        return total
    return f"(let ((z {total})) (ite (>= z 0) {'z' if node.kind == RELU else '1'} 0))"


def _smt_number(value: mpq) -> str:
    top = abs(value.numerator)
    text = f"(/ {top} {value.denominator})" if value.denominator != 1 else str(top)
    return f"(- {text})" if value < 0 else text


def _symbol(name: str) -> str:
    if "|" in name or "\\" in name or not name.isprintable():
        raise FormatError(f"{clip_text(name)} cannot be a name in SMT-LIB")
    return f"|{name}|"


# --- SymPy ---------------------------------------------------------------------------------------


def to_sympy(net: Network) -> Any:
    """The outputs as SymPy expressions of the inputs: a tuple, or the expression of the only output.

    ReLUs are ``Max(0, z)``, gates ``Piecewise((1, z >= 0), (0, True))``; nothing is simplified.

    Raises
    ------
    FormatError
        Where more than :data:`MAX_TERMS` terms would be written.

    Examples
    --------
    >>> from exactnet.kernel.network import affine, relu
    >>> to_sympy(Network(["x1"], [relu("h", {"x1": "1/3"}, -2), affine("y", {"h": "5/11"})], ["y"]))
    5*Max(0, x1/3 - 2)/11
    """
    import sympy

    terms = dict.fromkeys(net.inputs, 1)
    for name in net.order:
        terms[name] = 1 + sum(terms[source] for source, _ in net.sources(name))
    total = sum(terms[name] for name in net.outputs)
    if total > MAX_TERMS:
        raise FormatError(f"the expressions have {total} terms, more than {MAX_TERMS}")
    values: dict[str, Any] = {name: sympy.Symbol(name, real=True) for name in net.inputs}
    for node in net.nodes():
        parts = [_sympy_number(weight) * values[source] for source, weight in node.sources.items()]
        z = sympy.Add(_sympy_number(node.bias), *parts)
        if node.kind == AFFINE:
            values[node.id] = z
        elif node.kind == RELU:
            values[node.id] = sympy.Max(0, z)
        else:
            values[node.id] = sympy.Piecewise((1, z >= 0), (0, True))
    outputs = tuple(values[name] for name in net.outputs)
    return outputs[0] if len(outputs) == 1 else outputs


def _sympy_number(value: mpq) -> Any:
    import sympy

    return sympy.Rational(int(value.numerator), int(value.denominator))


# --- networkx ------------------------------------------------------------------------------------


def to_networkx(net: Network, weights: Callable[[mpq], Any] = str) -> nx.DiGraph[str]:
    """The network as a ``networkx.DiGraph`` of its own: nothing that is done to it changes the network.

    Parameters
    ----------
    net : Network
        Nodes get ``kind`` and ``bias``, inputs and outputs ``input`` and ``output`` (their number), edges ``weight``.
    weights : callable
        How numbers are written: ``str`` (exact, and fit for GraphML and JSON), ``float``, ``fractions.Fraction``.
    """
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    for number, name in enumerate(net.inputs):
        graph.add_node(name, kind=INPUT, input=number)
    for node in net.nodes():
        graph.add_node(node.id, kind=node.kind, bias=weights(node.bias))
        graph.add_edges_from((source, node.id, {"weight": weights(weight)}) for source, weight in node.sources.items())
    for number, name in enumerate(net.outputs):
        graph.nodes[name]["output"] = number
    return graph


def from_networkx(graph: nx.DiGraph[Any], inputs: list[Any] | None = None, outputs: list[Any] | None = None) -> Network:
    """The network of a ``networkx.DiGraph``.

    Parameters
    ----------
    graph : networkx.DiGraph
        Nodes have ``kind`` (without one: nodes that read nothing are inputs, nodes that nothing reads affine, others ReLUs)
        and ``bias`` (without one: 0), edges ``weight`` (without one: 1); numbers are exact or strings. Names are ``str`` of
        the nodes.
    inputs, outputs : list, optional
        The nodes in order. By default those with the attribute ``input`` and ``output``, by its value, and else the nodes
        that read nothing, and those that nothing reads, in the order of the graph.

    Raises
    ------
    NetworkError, FormatError
        For a cycle, an unknown kind, a float.
    """
    if not graph.is_directed() or graph.is_multigraph():
        raise NetworkError("a network is a directed graph without parallel edges")
    inputs = _ends(graph, "input", graph.in_degree) if inputs is None else inputs
    outputs = _ends(graph, "output", graph.out_degree) if outputs is None else outputs
    names = {node: str(node) for node in graph}
    if len(set(names.values())) < len(names):
        raise NetworkError("two nodes of the graph have the same name")
    unknown = next((node for node in (*inputs, *outputs) if node not in names), None)
    if unknown is not None:
        raise NetworkError(f"{clip_text(unknown)} is not a node")
    nodes = []
    for node, data in graph.nodes(data=True):
        if node in inputs:
            continue
        kind = data.get("kind", AFFINE if not graph.out_degree(node) else RELU)
        if kind not in KINDS:
            raise NetworkError(f"node {clip_text(node)} has the kind {clip_text(kind)}, and is no input")
        sources = {names[source]: as_rational(wire.get("weight", 1)) for source, _, wire in graph.in_edges(node, data=True)}
        nodes.append(Node(names[node], kind, sources, as_rational(data.get("bias", 0))))
    return Network([names[node] for node in inputs], nodes, [names[node] for node in outputs])


def _ends(graph: nx.DiGraph[Any], attribute: str, degree: Any) -> list[Any]:
    marked = [(data[attribute], node) for node, data in graph.nodes(data=True) if attribute in data]
    if marked:
        return [node for _, node in sorted(marked, key=lambda entry: int(entry[0]))]
    return [node for node in graph if not degree(node)]


# --- Graphviz ------------------------------------------------------------------------------------

_SHAPES = {INPUT: "box", AFFINE: "plain"}


def dump_dot(net: Network) -> bytes:
    """Write a network for Graphviz, from left to right, weights on the wires.

    Examples
    --------
    >>> from exactnet.kernel.network import relu
    >>> print(dump_dot(Network(["x"], [relu("h", {"x": -2}, 1)], ["h"])).decode(), end="")
    digraph network {
      rankdir=LR;
      "x" [shape=box];
      "h" [shape=circle, label="h\\n[· + 1]+"];
      "x" -> "h" [label="-2"];
    }
    """
    lines = ["digraph network {", "  rankdir=LR;", *(f"  {_quoted(name)} [shape=box];" for name in net.inputs)]
    for node in net.nodes():
        bias = f" {'+' if node.bias > 0 else '-'} {abs(node.bias)}" if node.bias else ""
        words = {RELU: f"[·{bias}]+", AFFINE: f"·{bias}"}.get(node.kind, f"1[·{bias} >= 0]")
        label = _quoted(node.id)[:-1] + "\\n" + words + '"'
        lines.append(f"  {_quoted(node.id)} [shape={_SHAPES.get(node.kind, 'circle')}, label={label}];")
        for source, weight in node.sources.items():
            lines.append(f'  {_quoted(source)} -> {_quoted(node.id)} [label="{weight}"];')
    return ("\n".join([*lines, "}"]) + "\n").encode()


def _quoted(name: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", name if name.isprintable() else repr(name)) + '"'
