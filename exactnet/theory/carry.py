"""The stated bounds of carries over redundant digits (:mod:`exactnet.construct.gadgets.carry`, docs/bounds.md): all routes.

A form over literals of mass ``n`` uses balanced digits in a base ``beta <= n+2``, so digit forms are at most ``A`` with ``A+1
<= (n+2)^2/2``, and wrap at most ``nu <= (n+1)/2`` times. A coefficient of a literal counts ``f`` times on a wire, where ``f``
is what reading a literal puts on one; a literal is at most ``z`` in absolute value where its sources are 0.

* Wires: in ``A_b`` at most ``beta/2``; in ``D_b`` at most ``beta + 1``, also where a gate of ``hi_b`` is a literal of ``A_b``
  (the coefficients have opposite signs); in the carries at most ``2^(w-1) <= beta``, as gates of different blocks are not
  merged; in ``V_b + W*sign`` the gates of the carries count at most ``1 + beta + W <= 2 beta``, and the others are those of
  ``D_b``. So they are at most ``max(f, 2)*(n+3)``.
* Biases, that is the value of a form where its sources are 0, and its threshold: ``D_b`` is between ``-A`` and ``A + nu``
  there, and each of the at most ``K`` terms of a carry at most 1, so ``A + 4 beta + 2 beta*K <= (n+3)^2 + 2(n+2)(K+2)``, the
  first part ``z`` times.
* Overlapping digits (route A, and the outputs of B and D) besides: wires of ``G_b = beta*A_b + A_{b-1}`` at most
  ``f*beta*(beta+1)/2 <= f*(n+2)(n+3)/2``. Biases of ``G_b`` at most ``z*(beta+1)*A <= z*(n+3)^3/2``. Where all sources are 0,
  ``g_b``, ``h_b`` and ``p_b`` are at most ``nu + 1`` in absolute value, so the biases of the carries are at most
  ``beta*(K+2)*(nu+2) <= (n+5)^2*(K+2)/2``.
* Gates of a sign, or of the carry out of a rounded output: ``(K+1)*(nu + 4)``: the wraps of a block, two predicates, and a term
  of the carry for each block at most; the digit above. With overlapping digits ``(K+1)*(3 nu + 4)``.
* The carry out of a rounded output is over digits below ``2^t`` only, ``t <= K_out = bits(2rR) + 2B + bits(n+2)``.
"""

from __future__ import annotations

from typing import Literal

from exactnet.theory.symbols import B, R, Term, bits, maximum, r

__all__ = ["Predicates", "carry_biases", "carry_exponent", "carry_weights", "sign_gates"]

#: How ``g_b`` and ``h_b`` are made: from linear digit sums (two layers of gates) or overlapping digits (one).
Predicates = Literal["linear", "overlapping"]


def carry_exponent(n: Term) -> Term:
    """``K_out`` of a rounded output over literals of mass ``n``."""
    return bits(2 * R * r) + 2 * B + bits(n + 2)


def carry_weights(predicates: Predicates, n: Term, factor: Term) -> list[Term]:
    """The wires of digit sums, predicates, carries and masks.

    >>> carry_weights("overlapping", R, 1)
    [2*R + 6, (R + 2)*(R + 3)/2]
    """
    plain = [maximum(factor, 2) * (n + 3)]
    return plain if predicates == "linear" else [*plain, factor * (n + 2) * (n + 3) / 2]


def carry_biases(predicates: Predicates, n: Term, power: Term, at_zero: Term) -> list[Term]:
    """Their biases, for forms below ``2^power``."""
    plain = [at_zero * (n + 3) ** 2 + 2 * (n + 2) * (power + 2)]
    return plain if predicates == "linear" else [*plain, at_zero * (n + 3) ** 3 / 2, (n + 5) ** 2 * (power + 2) / 2]


def sign_gates(predicates: Predicates, n: Term, power: Term) -> Term:
    """The gates of a sign, or of the carry out of a rounded output."""
    wraps = (1 if predicates == "linear" else 3) * (n + 1) / 2
    return (power + 1) * (wraps + 4)
