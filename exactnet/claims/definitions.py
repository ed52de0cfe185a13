"""The classical functions, each as the network that defines it: what a circuit is proved equal to (docs/classical.md).

Part of the trusted base, and to be read as a definition: an integer form of the inputs, or of the products of two bits,
is written in binary by long division from the highest place down, ``digit = 1[rest >= 2^k]``, ``rest - 2^k * digit``
being what is left. Inputs and outputs have the names of the families. On few bits :mod:`exactnet.claims.classical` says
the same of the values on every input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from exactnet.claims.classical import MEANINGS, Given, places_of_sum, read_given
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.network import Network, Node, affine, threshold

__all__ = ["DEFINITIONS", "Definition", "definition", "not_defined"]

#: The most inputs that are looked at.
MAX_INPUTS = 4096


@dataclass(frozen=True)
class Definition:
    """The inputs, the outputs and the nodes."""

    inputs: Callable[[Given], list[str]]
    outputs: Callable[[Given], list[str]]
    nodes: Callable[[Given], Iterator[Node]]


def _number(name: str, bits: int) -> list[str]:
    """The names of the bits of a number, highest first."""
    return [f"{name}{i}" for i in range(bits - 1, -1, -1)]


def _digits(value: Mapping[str, int], outputs: list[str]) -> Iterator[Node]:
    """The binary digits of a form with values from 0 to ``2^len(outputs) - 1``, highest first, by long division."""
    yield affine("value", value)
    rest = "value"
    for k, output in zip(range(len(outputs) - 1, -1, -1), outputs, strict=True):
        yield threshold(output, {rest: 1}, -(1 << k))
        if k:
            yield affine(f"rest{k}", {rest: 1, output: -(1 << k)})
        rest = f"rest{k}"


def _comparison(g: Given) -> Iterator[Node]:
    """``1[a - b >= 0]``."""
    yield threshold("y", {f"a{i}": 1 << i for i in range(g["n"])} | {f"b{i}": -(1 << i) for i in range(g["n"])})


def _addition(g: Given) -> Iterator[Node]:
    """The digits of ``a + b``."""
    yield from _digits({f"{x}{i}": 1 << i for x in "ab" for i in range(g["n"])}, _number("s", g["n"] + 1))


def _multiplication(g: Given) -> Iterator[Node]:
    """The digits of the sum of ``2^(i+j) z_ij``, ``z_ij`` being 1 if ``a_i`` and ``b_j`` are."""
    places = range(g["n"])
    for i in places:
        for j in places:
            yield threshold(f"z{i}_{j}", {f"a{i}": 1, f"b{j}": 1}, -2)
    yield from _digits({f"z{i}_{j}": 1 << (i + j) for i in places for j in places}, _number("m", 2 * g["n"]))


def _iterated_addition(g: Given) -> Iterator[Node]:
    """The digits of the sum of the ``n`` numbers."""
    value = {f"x{i}_{c}": 1 << c for i in range(1, g["n"] + 1) for c in range(g["bits"])}
    yield from _digits(value, _number("s", _places(g)))


def _places(g: Given) -> int:
    return places_of_sum(g["n"], g["bits"])


def _sorting(g: Given) -> Iterator[Node]:
    """``y_k`` is the number of rank ``k``: before ``x_i`` come all that are less, and equal ones that stand before it."""
    n, bits = g["n"], g["bits"]
    numbers, places = range(1, n + 1), range(bits)
    for i in numbers:
        for j in range(i + 1, n + 1):
            yield threshold(
                f"{i}>{j}", {f"x{i}_{c}": 1 << c for c in places} | {f"x{j}_{c}": -(1 << c) for c in places}, -1
            )
    for i in numbers:
        before = {f"{i}>{j}": 1 for j in range(i + 1, n + 1)} | {f"{j}>{i}": -1 for j in range(1, i)}
        yield affine(f"rank{i}", before, i)
        for k in range(1, n + 2):
            yield threshold(f"rank{i}>={k}", {f"rank{i}": 1}, -k)
    for k in numbers:
        for c in places:
            for i in numbers:
                yield threshold(f"{i}:y{k}_{c}", {f"x{i}_{c}": 1, f"rank{i}>={k}": 1, f"rank{i}>={k + 1}": -1}, -2)
            yield threshold(f"y{k}_{c}", {f"{i}:y{k}_{c}": 1 for i in numbers}, -1)


def _two(g: Given) -> list[str]:
    return [*_number("a", g["n"]), *_number("b", g["n"])]


def _many(name: str) -> Callable[[Given], list[str]]:
    return lambda g: [x for i in range(1, g["n"] + 1) for x in _number(f"{name}{i}_", g["bits"])]


#: By name, the functions that circuits are proved to compute.
DEFINITIONS: dict[str, Definition] = {
    "comparison": Definition(_two, lambda g: ["y"], _comparison),
    "addition": Definition(_two, lambda g: _number("s", g["n"] + 1), _addition),
    "multiplication": Definition(_two, lambda g: _number("m", 2 * g["n"]), _multiplication),
    "iterated-addition": Definition(_many("x"), lambda g: _number("s", _places(g)), _iterated_addition),
    "sorting": Definition(_many("x"), _many("y"), _sorting),
}


def _named(options: Mapping[str, str]) -> tuple[Definition, Given]:
    given, name = read_given(options), options["function"]
    if name not in DEFINITIONS:
        raise FormatError(f"{clip_text(name)} is proved of no circuit, but {', '.join(DEFINITIONS)} are")
    if MEANINGS[name].shape(given)[0] > MAX_INPUTS:
        raise FormatError(f"{clip_text(name)} of more than {MAX_INPUTS} inputs")
    return DEFINITIONS[name], given


def definition(options: Mapping[str, str]) -> Network:
    """The network that defines the function that a certificate's options name.

    Raises :class:`FormatError` for one that has no definition here.

    >>> net = definition({"function": "addition", "kind": "small", "n": "3"})
    >>> [int(bit) for bit in net([1, 1, 0, 0, 1, 1])]
    [1, 0, 0, 1]
    """
    row, given = _named(options)
    return Network(row.inputs(given), row.nodes(given), row.outputs(given))


def not_defined(net: Network, options: Mapping[str, str]) -> str | None:
    """Why a network is not the definition of the function that the options name, node by node; None if it is.

    Raises :class:`FormatError` as :func:`definition` does.

    >>> options = {"function": "comparison", "kind": "small", "n": "1"}
    >>> not_defined(definition(options), options), not_defined(definition(options), {**options, "n": "2"})
    (None, 'the original is not the definition of comparison: its inputs or outputs have other names')
    """
    row, given = _named(options)
    what = f"the original is not the definition of {options['function']}"
    if (list(net.inputs), list(net.outputs)) != (row.inputs(given), row.outputs(given)):
        return f"{what}: its inputs or outputs have other names"
    known, seen = set(net.order), 0
    for node in row.nodes(given):
        seen += 1
        if node.id not in known or (net.kind(node.id), dict(net.sources(node.id)), net.bias(node.id)) != (
            node.kind,
            dict(node.sources),
            node.bias,
        ):
            return f"{what}: node {node.id} is another"
    return None if seen == len(known) else f"{what}: it has more nodes"
