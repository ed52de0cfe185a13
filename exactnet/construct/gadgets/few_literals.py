"""Gates over few bits have small weights, whatever they were.

**Lemma.** If ``w'`` and ``t`` are integers with ``w'*x >= t`` for every ``x`` in ``{0,1}^n`` with ``w*x + c >= 0``, and ``w'*x <
t`` for all others, then ``1[w*x + c >= 0] = 1[w'*x >= t]``. The ``w'`` that are tried have the signs and the order of ``w``, and a
largest weight of 1, 2, 3 and so on.
"""

from __future__ import annotations

from itertools import combinations_with_replacement, product

from exactnet.construct.base.builder import Builder
from exactnet.construct.base.linear import Linear

__all__ = ["MOST", "smaller_gate"]

#: The most literals that are looked at.
MOST = 6
#: The largest weight that is tried.
LARGEST = 9


def smaller_gate(builder: Builder, form: Linear) -> Linear:
    """A form that is ``>= 0`` for the same values of its literals, with smaller weights if there are few literals, all bits.

    >>> from exactnet.construct.base.builder import CircuitBuilder
    >>> builder = CircuitBuilder(["x", "y"], [])
    >>> bits = [builder.signal(name, 0, 1) for name in "xy"]
    >>> made = smaller_gate(builder, Linear({"x": 70, "y": 81}, -75))
    >>> made.terms, made.constant
    ({'y': 1}, -1)
    """
    largest = max((abs(c) for c in form.terms.values()), default=0)
    bits = all(builder.interval(Linear({name: 1})) == (0, 1) for name in form.terms)
    if len(form.terms) > MOST or largest < 2 or not bits:
        return form
    points = list(product((0, 1), repeat=len(form.terms)))
    on = [sum(c * x for c, x in zip(form.terms.values(), point, strict=True)) + form.constant >= 0 for point in points]
    order = sorted(form.terms, key=lambda name: abs(form.terms[name]))
    for sizes in sorted(combinations_with_replacement(range(LARGEST + 1), len(order)), key=lambda some: (some[-1], sum(some))):
        if sizes[-1] >= largest:
            break
        size = dict(zip(order, sizes, strict=True))
        weights = [size[name] if c > 0 else -size[name] for name, c in form.terms.items()]
        sums = [sum(w * x for w, x in zip(weights, point, strict=True)) for point in points]
        least = min((total for total, is_on in zip(sums, on, strict=True) if is_on), default=sum(sizes) + 1)
        if all(is_on or total < least for total, is_on in zip(sums, on, strict=True)):
            return Linear({name: w for name, w in zip(form.terms, weights, strict=True) if w}, -least)
    return form
