"""When a hypothesis fails: the refusals and the two numbers that decide each (docs/theory.md). What helps: :mod:`.outlook`."""

from __future__ import annotations

from gmpy2 import mpq

from exactnet.claims.statements import LIMIT
from exactnet.construct.base.messages import short
from exactnet.kernel.domain import Domain, Points
from exactnet.kernel.network import Network
from exactnet.kernel.rationals import format_rational

__all__ = ["beyond_range", "few_inputs", "not_polynomial", "product_bound", "too_fine"]

#: Inputs that are looked at before all are, at most, and about the wires that are evaluated on them.
FEW, _WIRES = 20, 2**17


def few_inputs(net: Network, domain: Domain, most: int = FEW) -> Points:
    """So many inputs at most, evenly spread; fewer where the network has many wires."""
    count = min(domain.count, most, max(1, _WIRES // (net.wires + 1)))
    return Points(tuple(domain[place * domain.count // count] for place in range(count)))


def product_bound(depth: int, width: int, weight: int, inputs: int, largest_input: mpq) -> mpq:
    """The most that a network of a depth can give, with widths at most ``width``, weights and biases at most ``weight``.

    ``v_0 = max|x_i|``, ``v_1 = W(d v_0 + 1)``, ``v_l = W(w v_{l-1} + 1)``.

    >>> product_bound(1, 121, 121, 11, mpq(1)) < 2**11
    True
    """
    value = largest_input
    for layer in range(depth):
        value = weight * ((inputs if layer == 0 else width) * value + 1)
    return value


def beyond_range(promised: int, value: mpq, point: dict[str, mpq]) -> str:
    """The reason where a value leaves the promised range."""
    where = ", ".join(f"{name}={format_rational(x)}" for name, x in list(point.items())[:8])
    return f"|N| = {short(abs(value))} > R = {promised} at {where}{', ...' if len(point) > 8 else ''}"


def too_fine(r: int, output_range: int, inputs: int) -> str:
    """The reason where a few inputs show ``r`` to be beyond :data:`LIMIT`."""
    return (
        f"not polynomially bounded at this size: r*R is at least {short(mpq(r * output_range))} > {LIMIT} (r at least "
        f"{short(mpq(r))}, R at least {output_range}, on {inputs} inputs); --precision 1/r (rounded form) or --range R may be meant"
    )


def not_polynomial(net: Network, domain: Domain, r: int, output_range: int, largest: mpq, depth: int) -> str:
    """The reason where ``r*R`` is beyond :data:`LIMIT`, with the product bound where it decides.

    A network of width and weights at most ``d^2`` is taken as the measure of "polynomially bounded".
    """
    d = len(net.inputs)
    size = d * d
    largest_input = max(abs(domain[0][0]), abs(domain[domain.count - 1][0])) if not isinstance(domain, Points) else mpq(domain.p)
    target = 3 * depth + 3
    decides = [t for t in range(1, target + 1) if product_bound(t, size, size, d, largest_input) < largest]
    if decides:
        best = max(decides)
        bound = product_bound(best, size, size, d, largest_input)
        proof = (
            f"width and weights up to d^2 = {size} give at most {short(bound)} < max|N| = {short(largest)} in depth {best}"
        )
        if best < target:
            proof += f", which does not decide for depth {best + 1} to {target}"
    else:
        bound = product_bound(depth, size, size, d, largest_input)
        proof = (
            f"in depth {depth}, width and weights up to d^2 = {size} may give {short(bound)} >= max|N| = {short(largest)}, "
            "so the product bound does not decide and this rests on r*R alone"
        )
    return (
        f"not polynomially bounded at this size: r*R = {short(mpq(r * output_range))} > {LIMIT} "
        f"(r = {short(mpq(r))}, R = {short(mpq(output_range))}); {proof}; "
        "--precision 1/r (rounded form) or --range R may be meant"
    )
