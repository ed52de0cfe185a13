"""Many values from one integer: ``w`` with ``|sigma(2w/q_k) - y_k| <= error`` for ``q_k = start + k*step``, ``0 <= k < n``.

``sigma(2w/q) = 2r/q`` or ``2(q-r)/q`` for ``r = w mod q``, whichever is at most 1. So each ``y_k`` allows some residues of
``w`` modulo ``q_k``. The Chinese remainder theorem joins them where they agree modulo common divisors. With pairwise coprime
``q_k`` (Goedel's beta function: ``step`` a multiple of every prime below ``n``, ``start = step + 1``) everything agrees, but
the ``q_k`` are large, and so is ``w``: about ``n log2(step*n)`` bits. Here the ``q_k`` may have common divisors: residues are
chosen one after the other, those that agree with the ones before and are near, with a step back where there is none. What ``w``
has is the bits of the least common multiple, ``sum log2(q_k/g_k)`` with ``g_k`` the divisor that ``q_k`` shares with the
``q_i`` before; about
``2 error q_k/g_k`` residues agree and are near. So ``n log2(1/(2 error))`` bits, what ``n`` values carry, are nearly enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import gcd, lcm, log2

from gmpy2 import mpq

from exactnet.construct.base.messages import short
from exactnet.kernel.errors import FormatError, SizeError

__all__ = ["Moduli", "check_coprime", "common_multiple", "find_moduli", "find_weight", "search"]

#: ``start`` and ``step``.
Moduli = tuple[int, int]

#: Most residues that are tried for one progression, for each value.
_TRIES = 3
#: Residues that are looked at on each side of a value.
_NEAREST = 16
#: Steps with few common divisors, for :func:`search`.
_PRIMORIALS = (1, 6, 30, 210, 2310)
_STEPS = (1, 2, 3, 4, 6, 8, 12, 24, 30, 42, 60, 90, 210)
#: Starts that :func:`search` looks at, for each step.
_STARTS = 2000


def _residues(q: int, g: int, w: int, y: mpq, error: mpq) -> list[int]:
    """The residues modulo ``q`` that are ``w`` modulo ``g`` and give a value near ``y``, the nearest first."""
    # |2r/q - y| <= error, times all denominators
    scale = int(2 * y.denominator * error.denominator)
    aim = int(y.numerator * q * error.denominator)
    most = int(error.numerator * q * y.denominator)
    middle = aim // scale
    residues: dict[int, tuple[int, int]] = {}
    for sign in (1, -1):
        nearest = middle + (sign * w - middle) % g
        for r in range(nearest - _NEAREST * g, nearest + _NEAREST * g, g):
            off = abs(scale * r - aim)
            if off <= most and 0 <= 2 * r <= q:
                residues[r if sign > 0 else (q - r) % q] = off, r
    return sorted(residues, key=residues.__getitem__)


def find_weight(values: Sequence[mpq], error: mpq, moduli: Moduli, tries: int | None = None) -> int | None:
    """A positive integer ``w`` as above; None if none is found.

    >>> w = find_weight([mpq(1), mpq(0), mpq(1, 2)], mpq(1, 4), (5, 3))
    >>> w is not None and [str(mpq(2 * min(w % q, -w % q), q)) for q in (5, 8, 11)]
    ['4/5', '0', '6/11']
    """
    parts = _shared(len(values), moduli)
    inverses = [pow(before // g, -1, q // g) if q > g else 0 for _, q, g, before in parts]
    left = tries if tries is not None else _TRIES * len(values)
    weights, open_residues = [0], [iter(_residues(*parts[0][1:3], 0, values[parts[0][0]], error))]
    while open_residues:
        residue = next(open_residues[-1], None)
        if residue is None:
            open_residues.pop()
            weights.pop()
            continue
        left -= 1
        if left < 0:
            return None
        w = weights[-1]
        _, q, g, before = parts[len(weights) - 1]
        if q > g:
            w += before * ((residue - w) // g * inverses[len(weights) - 1] % (q // g))
        if len(weights) == len(values):
            return w or before // g * q
        k, q, g, _ = parts[len(weights)]
        open_residues.append(iter(_residues(q, g, w, values[k], error)))
        weights.append(w)
    return None


@lru_cache
def _differences(n: int) -> int:
    return lcm(*range(1, n))


def _shared(n: int, moduli: Moduli) -> list[tuple[int, int, int, int]]:
    """For every place: it, its modulus, what that shares with those before it, and their common multiple.

    Moduli that have most in common with others come first: then those share little with the ones before.
    """
    start, step = moduli
    differences = _differences(n)
    places = sorted(range(n), key=lambda k: (-gcd(start + k * step, differences), k))
    parts, whole = [], 1
    for k in places:
        q = start + k * step
        g = gcd(whole, q)
        parts.append((k, q, g, whole))
        whole = whole // g * q
    return parts


def check_coprime(n: int, moduli: Moduli) -> None:
    """Raise :class:`FormatError`, which names two of them, unless the moduli are pairwise coprime.

    >>> check_coprime(4, (7, 6))
    >>> check_coprime(4, (3, 2))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    exactnet.kernel.errors.FormatError: the moduli 3 and 9 (places 0 and 3) have the common divisor 3; take a multiple of 6 ...
    """
    start, step = moduli
    before: list[int] = []
    for k in range(n):
        q = start + k * step
        for i, other in enumerate(before):
            g = gcd(q, other)
            if g > 1:
                advice = f"take a multiple of {coprime_step(n) if n < 60 else f'the product of all primes below {n}'} as the step"
                named = " and ".join(short(mpq(number)) for number in (other, q))
                raise FormatError(f"the moduli {named} (places {i} and {k}) have the common divisor {short(mpq(g))}; {advice}")
        before.append(q)


def coprime_step(n: int) -> int:
    """The product of all primes below ``n``: multiples of it are steps to pairwise coprime moduli.

    >>> coprime_step(4), coprime_step(12)
    (6, 2310)
    """
    step = 1
    for p in range(2, n):
        if all(p % i for i in range(2, p)):
            step *= p
    return step


def find_moduli(copies: Sequence[Sequence[mpq]], error: mpq, step: int | None = None) -> tuple[Moduli, list[int]]:
    """Moduli and the weights with which they give lists of values, of equal length.

    Parameters
    ----------
    step : int, optional
        Moduli ``1 + (k+1)*step``, which must be coprime. By default, the smallest that are found.

    Raises
    ------
    FormatError
        for moduli that are not coprime.
    SizeError
        if they are too small for the error.
    """
    n = len(copies[0])
    if step is not None:
        check_coprime(n, (1 + step, step))
        tried: Iterable[Moduli] = [(1 + step, step)]
    else:
        tried = sorted(_sure_moduli(n, error), key=lambda moduli: (common_multiple(n, moduli).bit_length(), moduli))
    for moduli in tried:
        weights = [find_weight(values, error, moduli) for values in copies]
        if None not in weights:
            return moduli, [w for w in weights if w is not None]
    raise SizeError(f"the step {step} is too small: values would be off by more than {error}")


def _sure_moduli(n: int, error: mpq) -> list[Moduli]:
    """Small moduli of which every value has a residue that agrees with those before it: ``error q_k >= g_k``."""
    candidates: list[Moduli] = []
    size = int(1 / error) + 1
    while not candidates or size < 2 * candidates[0][0]:
        for step in _PRIMORIALS:
            if all(error * q >= g for _, q, g, _ in _shared(n, (size, step))):
                candidates.append((size, step))
        size += size // 32 + 1
    return candidates


def common_multiple(n: int, moduli: Moduli) -> int:
    """The least common multiple of all ``n`` moduli.

    >>> common_multiple(3, (2, 2))
    12
    """
    _, q, g, before = _shared(n, moduli)[-1]
    return before // g * q


def search(values: Sequence[mpq], error: mpq, most_bits: int) -> tuple[Moduli, int] | None:
    """Moduli whose common multiple has at most so many bits, and a weight; None if none are found.

    Those that leave the most residues to the last values come first. A heuristic: what it gives is checked by evaluation.
    """
    n = len(values)
    inverse = float(1 / error)
    tried = []
    for step in _STEPS:
        for start in range(int(inverse) // 2, 60 * int(inverse), max(1, 60 * int(inverse) // _STARTS)):
            parts = _shared(n, (start, step))
            _, last, shared, before = parts[-1]
            bits = (before // shared * last).bit_length()
            if bits <= most_bits:
                tail = worst = 0.0
                for _, q, g, _ in reversed(parts):
                    tail += log2(2 * q / g / inverse)
                    worst = min(worst, tail)
                tried.append((-worst, bits, (start, step)))
    for _, _, moduli in sorted(tried):
        w = find_weight(values, error, moduli, 100 * n)
        if w is not None:
            return moduli, w
    return None
