"""Affine forms with integer coefficients, each one Python integer.

A form ``c_1 x_1 + ... + c_d x_d + c_0`` is the number whose digits in base ``2^width`` are ``c_1, ..., c_d, c_0``, from the
lowest up; digits may be negative. Sums and integer multiples of forms are those of the numbers. If every coefficient is
smaller than ``2^(width-1)`` in size, the digits can be read back, so two forms are equal iff the numbers are; and the
number has the sign of the form's last coefficient that is not 0. :meth:`exactnet.claims.cells.system.System.width` computes a
width for which this holds of every form that a walk meets.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

from exactnet.kernel.errors import SizeError

__all__ = ["Forms", "Vector"]

#: The coefficients of a form, the constant last.
Vector = tuple[int, ...]

#: Contents of so many forms are remembered.
_REMEMBERED = 2**18


class Forms:
    """Packing and unpacking of forms in ``d`` variables.

    Parameters
    ----------
    d : int
        Number of variables, at least 1.
    width : int
        Bits of a digit, at least 2.

    Examples
    --------
    >>> forms = Forms(2, 8)
    >>> z = forms.pack((6, -4, 2))
    >>> forms.unpack(z), forms.unpack(-3 * z)
    ((6, -4, 2), (-18, 12, -6))
    >>> forms.unpack(forms.primitive(z)[0]), forms.primitive(z)[1]
    ((3, -2, 1), 2)
    """

    __slots__ = ("_digits", "_half", "_mask", "_parts", "_shift", "bits", "d", "one")

    def __init__(self, d: int, width: int) -> None:
        self.d = d
        self._half, self._mask = 1 << (width - 1), (1 << width) - 1
        self._digits = [width * k for k in range(d + 1)]
        self._shift = sum(self._half << place for place in self._digits)
        self._parts: dict[int, tuple[int, int]] = {}
        #: The form 1.
        self.one = 1 << self._digits[-1]
        #: All forms are smaller than ``2^(bits-1)`` in size.
        self.bits = width * (d + 1)

    def pack(self, vector: Sequence[int]) -> int:
        """The number of a form. Raises :class:`SizeError` where a coefficient is too large for a digit."""
        if not all(-self._half < c < self._half for c in vector):
            raise SizeError("a coefficient is larger than any that these networks can give")
        return sum(c << place for c, place in zip(vector, self._digits, strict=True))

    def unpack(self, form: int) -> Vector:
        """The coefficients of a form, the constant last."""
        shifted, mask, half = form + self._shift, self._mask, self._half
        return tuple([(shifted >> place & mask) - half for place in self._digits])

    def primitive(self, form: int) -> tuple[int, int]:
        """``(f, q)`` with ``form = q*f``, ``q > 0`` the greatest common divisor of the coefficients. The form must not be 0."""
        parts = self._parts.get(form)
        if parts is None:
            if len(self._parts) >= _REMEMBERED:
                self._parts.clear()
            q = gcd(*self.unpack(form))
            parts = self._parts[form] = form // q, q
        return parts
