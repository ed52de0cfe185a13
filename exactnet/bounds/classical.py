"""The stated depth, weights and sizes of the classical circuits (:mod:`exactnet.families`, docs/classical.md).

Each holds for every size. ``n`` is the number of bits of a number (or of numbers, where they are sorted), ``q`` the order of the
group of the Naor-Reingold function and ``P`` its modulus; the families' docstrings have the constructions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sympy as sp

from exactnet.bounds.layers import Definitions
from exactnet.bounds.parameters import Parameters
from exactnet.bounds.symbols import Bound, Bounds, bits, d
from exactnet.errors import FormatError, clip_text

__all__ = ["CIRCUITS", "classical_bounds"]

#: Depth, largest weight, largest bias, gates.
Shape = tuple[int, sp.Expr, sp.Expr, sp.Expr]


def _parity(define: Definitions, given: Mapping[str, int]) -> Shape:
    return 2, sp.Integer(1), d, d + 1


def _majority(define: Definitions, given: Mapping[str, int]) -> Shape:
    return 1, sp.Integer(1), d / 2 + 1, sp.Integer(1)


def _halves(define: Definitions) -> sp.Symbol:
    return define.define("n", d / 2)


def _comparison(define: Definitions, given: Mapping[str, int]) -> Shape:
    n = _halves(define)
    return 3, sp.Integer(1), n, 3 * n


def _inner_product(define: Definitions, given: Mapping[str, int]) -> Shape:
    n = _halves(define)
    return 3, sp.Integer(1), sp.Max(2, n), 2 * n + 1


def _addition(define: Definitions, given: Mapping[str, int]) -> Shape:
    n = _halves(define)
    return 3, sp.Integer(2), sp.Max(2, n), n * (n + 5) / 2


def _multiplication(define: Definitions, given: Mapping[str, int]) -> Shape:
    """Pairs of digits are below ``W^2`` with ``W <= n·β`` and ``β <= 2n``; there are at most ``2n`` blocks."""
    n = _halves(define)
    return 5, 2 * n**3, 4 * n**4, 8 * n**5 + 3 * n**2 + 6 * n


def _sorting(define: Definitions, given: Mapping[str, int]) -> Shape:
    n = define.define("n", sp.Integer(given["n"]))
    b = define.define("b", d / n)
    gates = n * (n - 1) / 2 * (3 * b + 1) + n * (n - 1) + n**2 * b + d
    return 5, sp.Integer(1), sp.Max(2, n, b), gates


def _naor_reingold(define: Definitions, given: Mapping[str, int]) -> Shape:
    q = define.define("q", sp.Integer(given["order"]))
    modulus = define.define("P", sp.Integer(given["modulus"]))
    return 2, sp.Max(1, q - 2), sp.Max(1, d * (q - 2)), d * (q - 2) + bits(modulus - 1)


#: Every function by its family's name, with the options that its bounds depend on besides the number of inputs.
CIRCUITS: dict[str, tuple[Callable[[Definitions, Mapping[str, int]], Shape], tuple[str, ...]]] = {
    "parity": (_parity, ()),
    "majority": (_majority, ()),
    "comparison": (_comparison, ()),
    "inner-product": (_inner_product, ()),
    "addition": (_addition, ()),
    "multiplication": (_multiplication, ()),
    "sorting": (_sorting, ("n",)),
    "naor-reingold": (_naor_reingold, ("order", "modulus")),
}


def classical_bounds(options: Mapping[str, str], found: Parameters) -> Bounds:
    """The bounds of one function: depth, weights, biases, gates.

    Parameters
    ----------
    options : ``function``, a key of :data:`CIRCUITS`, and the options named there, as positive integers.

    Raises :class:`FormatError` for other options.

    >>> found = Parameters(d=8, k=2, m=5, B=9, p=1, s=0, dyadic=True)
    >>> [(b.name, str(b.expression)) for b in classical_bounds({"function": "addition"}, found).bounds]
    [('depth', '3'), ('max_weight', '2'), ('max_bias', 'Max(2, n)'), ('gates', 'n*(n + 5)/2')]
    """
    name = options.get("function")
    if name not in CIRCUITS:
        raise FormatError(f"the function {clip_text(name)} is not one of {', '.join(CIRCUITS)}")
    state, wanted = CIRCUITS[name]
    if set(options) != {"function", *wanted}:
        raise FormatError(f"the options of {name} are {', '.join(('function', *wanted))}, not {clip_text(', '.join(options))}")
    given = {}
    for option in wanted:
        text = options[option]
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0):
            raise FormatError(f"the option {option!r} is {clip_text(text)}, not a positive integer")
        given[option] = int(text)
    definitions = Definitions()
    depth, weight, bias, gates = state(definitions, given)
    measures = ("depth", "max_weight", "max_bias", "gates")
    bounds = zip(measures, (sp.Integer(depth), weight, bias, gates), strict=True)
    return Bounds(definitions.pairs(), tuple(Bound(measure, measure, expression) for measure, expression in bounds))
