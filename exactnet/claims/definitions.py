"""The classical functions, each as the network that defines it: what a circuit is proved equal to (docs/classical.md).

Part of the trusted base, and to be read as a definition: an integer form of the inputs, or of the products of two bits,
is written in binary by long division, ``digit = 1[rest >= 2^k]``, ``rest = rest - 2^k * digit``, from the highest place
down. Inputs and outputs have the names of the families. On few bits :mod:`exactnet.claims.classical` says the same of
the values on every input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from exactnet.claims.classical import Given, read_given
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.network import Network, Node, affine, threshold

__all__ = ["DEFINITIONS", "definition"]


def _number(name: str, bits: int) -> list[str]:
    """The names of the bits of a number, highest first."""
    return [f"{name}{i}" for i in range(bits - 1, -1, -1)]


def _digits(value: Mapping[str, int], outputs: list[str]) -> list[Node]:
    """The binary digits of a form with values in ``[0, 2^len(outputs))``, highest first, by long division."""
    nodes, rest = [affine("value", value)], "value"
    for k, output in zip(range(len(outputs) - 1, -1, -1), outputs, strict=True):
        nodes.append(threshold(output, {rest: 1}, -(1 << k)))
        nodes.append(affine(f"rest{k}", {rest: 1, output: -(1 << k)}))
        rest = f"rest{k}"
    return nodes[:-1]  # nothing reads the last rest


def _comparison(g: Given) -> Network:
    """``1[a - b >= 0]``."""
    n = g["n"]
    form = {f"a{i}": 1 << i for i in range(n)} | {f"b{i}": -(1 << i) for i in range(n)}
    return Network([*_number("a", n), *_number("b", n)], [threshold("y", form)], ["y"])


def _addition(g: Given) -> Network:
    """The digits of ``a + b``."""
    n = g["n"]
    outputs = _number("s", n + 1)
    value = {f"{x}{i}": 1 << i for x in "ab" for i in range(n)}
    return Network([*_number("a", n), *_number("b", n)], _digits(value, outputs), outputs)


def _multiplication(g: Given) -> Network:
    """The digits of the sum of ``2^(i+j) z_ij``, ``z_ij`` being 1 if ``a_i`` and ``b_j`` are."""
    n = g["n"]
    outputs = _number("m", 2 * n)
    both = [threshold(f"z{i}_{j}", {f"a{i}": 1, f"b{j}": 1}, -2) for i in range(n) for j in range(n)]
    value = {f"z{i}_{j}": 1 << (i + j) for i in range(n) for j in range(n)}
    return Network([*_number("a", n), *_number("b", n)], [*both, *_digits(value, outputs)], outputs)


def _iterated_addition(g: Given) -> Network:
    """The digits of the sum of the ``n`` numbers."""
    n, bits = g["n"], g["bits"]
    outputs = _number("s", (n * ((1 << bits) - 1)).bit_length())
    value = {f"x{i}_{c}": 1 << c for i in range(1, n + 1) for c in range(bits)}
    return Network([x for i in range(1, n + 1) for x in _number(f"x{i}_", bits)], _digits(value, outputs), outputs)


def _sorting(g: Given) -> Network:
    """The ``k``-th number, from 0, is the one whose rank is ``k``: before ``x_i`` come all that are less, and of equal ones those before it."""
    n, bits = g["n"], g["bits"]
    rows = [_number(f"x{i}_", bits) for i in range(1, n + 1)]
    outputs = [_number(f"y{i}_", bits) for i in range(1, n + 1)]
    nodes: list[Node] = []
    for i in range(n):
        for j in range(i + 1, n):
            places = zip(rows[i], rows[j], range(bits - 1, -1, -1), strict=True)
            form = {name: c for x, y, place in places for name, c in ((x, 1 << place), (y, -(1 << place)))}
            nodes.append(threshold(f"{i}>{j}", form, -1))
    for i in range(n):
        before = {f"{i}>{j}": 1 for j in range(i + 1, n)} | {f"{j}>{i}": -1 for j in range(i)}
        nodes.append(affine(f"rank{i}", before, i))
        nodes += [threshold(f"rank{i}>={k}", {f"rank{i}": 1}, -k) for k in range(n + 1)]
    for k in range(n):
        for place in range(bits):
            taken = [f"{i}:{outputs[k][place]}" for i in range(n)]
            for i, name in enumerate(taken):
                nodes.append(threshold(name, {rows[i][place]: 1, f"rank{i}>={k}": 1, f"rank{i}>={k + 1}": -1}, -2))
            nodes.append(threshold(outputs[k][place], dict.fromkeys(taken, 1), -1))
    return Network([x for row in rows for x in row], nodes, [y for row in outputs for y in row])


#: By name, the functions that circuits are proved to compute.
DEFINITIONS: dict[str, Callable[[Given], Network]] = {
    "comparison": _comparison,
    "addition": _addition,
    "multiplication": _multiplication,
    "iterated-addition": _iterated_addition,
    "sorting": _sorting,
}


def definition(options: Mapping[str, str]) -> Network:
    """The network that defines the function that a certificate's options name.

    Raises :class:`FormatError` for one that has no definition here.

    >>> net = definition({"function": "addition", "kind": "small", "n": "3"})
    >>> [int(bit) for bit in net([1, 1, 0, 0, 1, 1])]
    [1, 0, 0, 1]
    """
    given, name = read_given(options), options["function"]
    if name not in DEFINITIONS:
        raise FormatError(f"{clip_text(name)} is proved of no circuit: {', '.join(DEFINITIONS)} are")
    return DEFINITIONS[name](given)
