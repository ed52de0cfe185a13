"""The stated depth, weights and sizes of the classical circuits (docs/classical.md).

Each holds for every size. ``n`` is the number of bits of a number (or of numbers, where they are sorted; these have
``b`` bits), ``q`` the order of the group of the Naor-Reingold function and ``P`` its modulus. The circuits of the
kind ``small`` are those of :mod:`exactnet.families`, whose docstrings have the constructions.

Those of the kind ``shallow`` are made by construct/shallow_addition.py, construct/shallow_sorting.py and
construct/shallow_multiplication.py.

*Differences* (construct/first_difference.py) of numbers of ``b`` bits, read by gates for which ``|Q| > f*FP`` is
asked, with weights up to ``c*|Q|``:

* The moduli are odd primes. A product of ``k`` of them exceeds ``2^k``, so an event with ``m`` digits above it is
  false for at most ``m-1`` of them, and ``FP <= (b-1)(b-2)/2``; wider blocks make fewer events. With the fewest
  moduli, ``|Q| <= M = f*(b-1)(b-2)/2 + 1``.
* The ``k``-th prime is at most ``k*(bits(k)+1)``. So the first ``M`` odd primes are at most ``T =
  (M+1)(bits(M+1)+1)``, and with them and ``top = 1`` no weight exceeds ``3/2*T`` in the first layer and ``c*M``
  above; the plan that is taken has no larger one.
* Gates: two for each modulus and level, one for the top. Biases of the first layer: 2, or ``2^w`` for blocks of ``w``
  digits, which is no more than a weight is; for ``a_c + b_c - 1`` the coefficients add up. Above it, a threshold and
  what complements of gates add.

*Multiplication*: iterated addition (construct/classical/iterated_addition.py) of ``2n-1`` columns of at most ``n`` bits.

* Bit ``k`` counts at most ``2n`` values ``v``, each with ``n/2 + 1`` values ``h``, at ``2n`` levels; values of
  ``G`` are below ``2^(2n+bits(n))``. So ``F+ + F- <= Phi = 2n*n(n+2)*(2n+bits(n))``.
* Moduli must keep the values of a level apart. Their differences are ``dv*2^i - dh``, of which there are at most
  ``(2n+1)(n+1)`` up to sign, each with at most ``2n+bits(n)`` prime divisors: ``Psi`` primes in all are left out.
* So moduli are found among the first ``M = Phi+1+Psi`` primes; they may go up to ``2*limit/(n+1)``, and the limit
  is the least power of two that will do: it is below ``L = (n+1)*M*(bits(M)+1)``, the bound on weights. Where two
  rows meet, a gate counts twice.
* Gates: a form reaches at most ``n^2/2 + 2`` multiples of a modulus, with ``n(n+2)`` rows of two gates for each, at
  ``2n`` levels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gmpy2 import mpq

from exactnet.claims.classical import Given, read_given
from exactnet.claims.statements import Statement
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.theory.layers import Definitions
from exactnet.theory.parameters import Parameters
from exactnet.theory.symbols import Bound, Bounds, Symbol, Term, bits, d, maximum

__all__ = ["CIRCUITS", "classical_bounds", "state"]

#: Depth, largest weight, largest bias, gates.
Shape = tuple[int, Term, Term, Term]


def _parity(define: Definitions, sizes: Given) -> Shape:
    return 2, mpq(1), d, d + 1


def _majority(define: Definitions, sizes: Given) -> Shape:
    return 1, mpq(1), d / 2 + 1, mpq(1)


def _n(define: Definitions, sizes: Given) -> Symbol:
    return define.define("n", mpq(sizes["n"]))


def _comparison(define: Definitions, sizes: Given) -> Shape:
    n = _n(define, sizes)
    return 3, mpq(1), n, 3 * n


def _inner_product(define: Definitions, sizes: Given) -> Shape:
    n = _n(define, sizes)
    return 3, mpq(1), maximum(2, n), 2 * n + 1


def _addition(define: Definitions, sizes: Given) -> Shape:
    n = _n(define, sizes)
    return 3, mpq(2), maximum(2, n), n * (n + 5) / 2


def _multiplication(define: Definitions, sizes: Given) -> Shape:
    """``β <= 2n``, and at most ``2n`` blocks: ``n^2`` products, and for each block fewer than ``n`` gates on ``A_b``, ``2β`` on
    ``D_b``; for each of ``2n`` bits two for each block below, and the bit.
    """
    n = _n(define, sizes)
    return 5, 2 * n, 4 * n**2, 19 * n**2


def _sorting(define: Definitions, sizes: Given) -> Shape:
    n = _n(define, sizes)
    b = define.define("b", mpq(sizes["bits"]))
    gates = n * (n - 1) / 2 * (3 * b + 1) + n * (n - 1) + n**2 * b + d
    return 5, mpq(1), maximum(2, n, b), gates


def _naor_reingold(define: Definitions, sizes: Given) -> Shape:
    q = define.define("q", mpq(sizes["order"]))
    modulus = define.define("P", mpq(sizes["modulus"]))
    return 2, maximum(1, q - 2), maximum(1, d * (q - 2)), d * (q - 2) + bits(modulus - 1)


# --- least depth ----------------------------------------------------------------------------------


def _large_addition(define: Definitions, sizes: Given) -> Shape:
    n = _n(define, sizes)
    return 2, maximum(2, 2 ** (n - 1)), 2**n, 2 * n


def _large_sum(define: Definitions, sizes: Given) -> Shape:
    """``n`` numbers of ``b`` bits: fewer than ``2n`` gates for each of at most ``b + bits(n)`` places, and one over them."""
    n = _n(define, sizes)
    b = define.define("b", mpq(sizes["bits"]))
    return 2, 2 ** (b - 1), n * 2**b, 2 * n * (b + bits(n))


def _large_multiplication(define: Definitions, sizes: Given) -> Shape:
    """The products, and fewer than ``2n`` gates for each of ``2n`` places, and one over them."""
    n = _n(define, sizes)
    return 3, 2 ** (2 * n - 2), 2 ** (2 * n), 5 * n**2


def _differences(define: Definitions, size: Symbol, noise: Term) -> tuple[Symbol, Term]:
    """``M``, and the bound on weights of the first layer, for differences of ``size`` digits."""
    moduli = define.define("M", noise * (size - 1) * (size - 2) / 2 + 1)
    largest = define.define("T", (moduli + 1) * (bits(moduli + 1) + 1))
    return moduli, 3 * largest / 2


def _shallow_comparison(define: Definitions, sizes: Given) -> Shape:
    n = _n(define, sizes)
    moduli, weight = _differences(define, n, mpq(1))
    return 2, weight, maximum(2, weight), 2 * (n - 1) * moduli + 2


def _shallow_addition(define: Definitions, sizes: Given) -> Shape:
    """Outputs read with weights up to ``2M <= 3/2*T``."""
    n = _n(define, sizes)
    moduli, weight = _differences(define, n, mpq(3))
    return 2, weight, (n + 1) * weight + 3, n * (n - 1) * moduli + 2 * n + 1


def _shallow_sorting(define: Definitions, sizes: Given) -> Shape:
    """Where ``n`` or ``b`` is 1, the depth is 1."""
    n = _n(define, sizes)
    b = define.define("b", mpq(sizes["bits"]))
    moduli, weight = _differences(define, b, maximum(1, n - 1))
    gates = n * (n - 1) / 2 * (2 * (b - 1) * moduli + 1) + n**2 * b
    return 3, maximum(weight, n * moduli), maximum(2, weight, 3 * n * moduli), gates


def _shallow_multiplication(define: Definitions, sizes: Given) -> Shape:
    n = _n(define, sizes)
    phi = define.define("Phi", 2 * n**2 * (n + 2) * (2 * n + bits(n)))
    moduli = define.define("M", phi + 1 + 2 * n * (2 * n + 1) * (n + 1) * (2 * n + bits(n)))
    limit = define.define("L", (n + 1) * moduli * (bits(moduli) + 1))
    gates = define.define("G", 2 * n + (phi + 1) * 2 * n * (n**2 / 2 + 2) * 2 * n * (n + 2))
    return 3, limit, maximum(n**2 * limit + 1, 2 * n * (phi + 1) + 2 * gates), n**2 + 2 * n * (gates + 1)


def _shallow_sum(define: Definitions, sizes: Given) -> Shape:
    """``n`` numbers of ``b`` bits (docs/addition.md): as in multiplication, with ``b`` levels and ``n`` for all heights."""
    n = _n(define, sizes)
    b = define.define("b", mpq(sizes["bits"]))
    phi = define.define("Phi", 2 * b * n * (n / 2 + 1) * (b + bits(n) + 1))
    moduli = define.define("M", phi + 1 + (b + bits(n)) * (2 * n + 1) * (n + 1) * (b + bits(n) + 1))
    limit = define.define("L", maximum(8, 2 * (n + 1) * moduli * (bits(moduli) + 1)))
    gates = define.define("G", 2 * n + (phi + 1) * b * (n * b / 2 + 2) * 4 * n * (n / 2 + 1))
    return 2, maximum(limit, 2 * (phi + 1)), maximum(2 * n * b * limit, 2 * n * (phi + 1) + 2 * gates), (b + bits(n)) * (gates + 1)


#: Every function by its name, and every kind of circuit for it.
CIRCUITS: dict[str, dict[str, Callable[[Definitions, Given], Shape]]] = {
    "parity": {"small": _parity},
    "majority": {"small": _majority},
    "comparison": {"shallow": _shallow_comparison, "small": _comparison},
    "inner-product": {"small": _inner_product},
    "addition": {"shallow": _shallow_addition, "small": _addition, "large": _large_addition},
    "iterated-addition": {"shallow": _shallow_sum, "large": _large_sum},
    "multiplication": {"shallow": _shallow_multiplication, "small": _multiplication, "large": _large_multiplication},
    "sorting": {"shallow": _shallow_sorting, "small": _sorting},
    "naor-reingold": {"small": _naor_reingold},
}


def classical_bounds(options: Mapping[str, str], parameters: Parameters) -> Bounds:
    """The bounds of one circuit: depth, weights, biases, gates.

    Parameters
    ----------
    options : ``function`` and ``kind``, keys of :data:`CIRCUITS`, and the parameters of the function
    (:mod:`exactnet.claims.classical`).

    Raises :class:`FormatError` for other options.

    >>> found = Parameters(d=8, k=2, m=5, B=9, p=1, s=0, dyadic=True)
    >>> options = {"function": "addition", "kind": "small", "n": "4"}
    >>> [(b.name, str(b.expression)) for b in classical_bounds(options, found).bounds]
    [('depth', '3'), ('max_weight', '2'), ('max_bias', 'Max(2, n)'), ('gates', 'n*(n + 5)/2')]
    """
    sizes = read_given(options)
    kinds = CIRCUITS[options["function"]]
    if options["kind"] not in kinds:
        raise FormatError(f"the kind {clip_text(options['kind'])} of {options['function']} is not one of {', '.join(kinds)}")
    definitions = Definitions()
    depth, weight, bias, gates = kinds[options["kind"]](definitions, sizes)
    measures = ("depth", "max_weight", "max_bias", "gates")
    bounds = zip(measures, (mpq(depth), weight, bias, gates), strict=True)
    return Bounds(definitions.pairs(), tuple(Bound(measure, measure, expression) for measure, expression in bounds))


def state(statement: Statement, grid: bool, options: Mapping[str, str], parameters: Parameters) -> Bounds:
    """The bounds of the route, as a certificate's options say."""
    return classical_bounds(options, parameters)
