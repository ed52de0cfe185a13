"""The stated bounds of S7 (few bits): Cramer's rule and Hadamard's inequality for a basic solution (docs/few-bits.md).

They hold for every basic solution (``construct/solvers``), and for what ``construct/rounding`` makes of one.

*ReLU networks* (``construct/few_bits``). Every output is a tree of at most ``c`` neurons whose hidden-to-hidden wires
are ±1. Its other weights and biases, at most ``n``, solve a square system. Multiplied by ``p``, the rows of the
system have at most ``n`` integer entries, of absolute value at most ``p^2``; its right-hand sides are 0, or ``p``
times a number up to ``R`` that is a multiple of ``1/r`` (of ``1/(e*r)`` under the relation ``near``, with ``e`` the
denominator of the tolerance). So no minor of the system exceeds

* ``D = n^(n/2) * p^(2n)`` (Hadamard), and on the cube, where the entries are 0 or 1 after a change of signs of rows and
  columns, ``D = (n+1)^((n+1)/2) / 2^n``;

and by Cramer's rule every solution is a quotient of integers, the numerator at most ``n*e*r*R*D`` (expanded along the
column of right-hand sides), the denominator at most ``e*r*D``, and this denominator is the same for all of one output.

*Threshold circuits* (``construct/few_bits_gates``). Every gate by itself: ``n`` is its fan-in plus 1, right-hand
sides are 0 and -1, and the determinants themselves are integer weights of an equivalent gate (Muroga).

Exponents are rounded up to integers, so that bounds are rational.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from exactnet.claims.statements import Statement
from exactnet.kernel.rationals import parse_rational
from exactnet.kernel.relation import Near, Within
from exactnet.theory.layers import Definitions, neurons_and_width
from exactnet.theory.options import check_names
from exactnet.theory.parameters import Parameters
from exactnet.theory.symbols import Bound, Bounds, R, Term, bits, ceiling, d, floor, k, m, maximum, p, r, total

__all__ = ["FewBitsOptions", "few_bits_bounds", "largest_minor", "state"]


@dataclass(frozen=True)
class FewBitsOptions:
    """What the bounds of S7 depend on besides the parameters.

    Attributes
    ----------
    form : ``"relu"`` or ``"circuit"``.
    grid : whether the domain is a grid (else the cube).
    skips : whether some wire of the original skips a layer.
    outputs : the number of outputs.
    finer : ``e``: right-hand sides are multiples of ``1/(e*r)``.
    """

    form: Literal["relu", "circuit"]
    grid: bool
    skips: bool
    outputs: int = 1
    finer: int = 1


def largest_minor(n: Term, grid: bool) -> Term:
    """``D``: no minor of a system in ``n`` unknowns exceeds it.

    >>> largest_minor(d, False), largest_minor(d, True)
    ((d + 1)**ceiling(d/2 + 1/2)/2**d, d**ceiling(d/2)*p**(2*d))
    """
    if grid:
        return n ** ceiling(n / 2) * p ** (2 * n)
    return (n + 1) ** ceiling((n + 1) / 2) / 2**n


def few_bits_bounds(layers: int, options: FewBitsOptions) -> Bounds:
    """The bounds for an original of ``layers`` layers (its depth ``k``), as expressions.

    >>> found = few_bits_bounds(2, FewBitsOptions("relu", False, False))
    >>> [(str(symbol), str(expression)) for symbol, expression in found.definitions]
    [('c', 'm'), ('n', 'm*(d + 1) + 1')]
    >>> [(bound.name, str(bound.expression)) for bound in found.bounds if bound.name == 'max_weight']
    [('max_weight', 'R*n*r*(n + 1)**ceiling(n/2 + 1/2)/2**n')]
    """
    definitions = Definitions()
    if options.form == "circuit":
        fan_in = d + (layers - 1) * m if options.skips else maximum(d, m)
        n = definitions.define("n", fan_in + 1)
        largest, neurons = largest_minor(n, options.grid), k * m
    else:
        if options.skips:  # every neuron may be read by all above it, and read all inputs
            copies: Term = (m + 1) ** (layers - 1) - 1
            unknowns = (d + 1) * (m + 1) ** (layers - 1)
        else:
            copies = total(*(m**layer for layer in range(1, layers)))
            unknowns = (d + 1) * m ** (layers - 1) + total(*(m**layer for layer in range(layers - 1)))
        neurons = options.outputs * definitions.define("c", copies)
        n = definitions.define("n", unknowns)
        minor = options.finer * r * largest_minor(n, options.grid)
        largest = n * R * minor
    bounds = [
        Bound("depth", "depth", k),
        *(neurons_and_width(neurons) if options.form == "relu" else [Bound("neurons", "neurons", neurons)]),
        Bound("max_weight", "max_weight", largest),
        Bound("max_bias", "max_bias", largest),
        Bound("bits", "bits", bits(floor(largest))),
    ]
    if options.form == "relu":
        bounds.append(Bound("denominator", "denominator", minor**options.outputs))
    return Bounds(definitions.pairs(), tuple(bounds))


def state(statement: Statement, grid: bool, options: Mapping[str, str], parameters: Parameters) -> Bounds:
    """S7: under a tolerance, ``epsilon`` is an option, as in the relation."""
    tolerant = statement.relation in (Within, Near)
    check_names(options, *(["epsilon"] if tolerant else []))
    epsilon = parse_rational(options["epsilon"]) if tolerant else None
    finer = int(epsilon.denominator) if epsilon is not None and statement.relation is Near else 1
    form: Literal["relu", "circuit"] = "circuit" if statement.gates else "relu"
    return few_bits_bounds(parameters.k, FewBitsOptions(form, grid, parameters.s == 1, parameters.outputs, finer))
