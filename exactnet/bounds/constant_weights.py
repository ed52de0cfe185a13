"""The stated bounds of S2 (constant weights by copying neurons, docs/routes.md), from the bounds before copying.

With weights at most ``W`` and biases at most ``b`` before, and ``M = max(1, W, b)``:

* a neuron of layer 1 is divided by a power of two, at most ``2M``, and copied at most ``4 M max(1, W)`` times;
* a later neuron, and each of the two ReLUs that pass an input, is copied at most ``2 max(1, W)`` times;
* there are fewer than ``b`` constants.

Each factor 2 rounds up to a power of two; the largest of these powers multiplies the common denominator.
"""

from __future__ import annotations

import sympy as sp

from exactnet.bounds.symbols import Bound, Bounds, d

__all__ = ["constant_weights_bounds", "copies_bound"]


def copies_bound(weight: sp.Expr, bias: sp.Expr, first: sp.Expr, later: sp.Expr) -> sp.Expr:
    """The neurons after copying, at most.

    Parameters
    ----------
    weight, bias : the largest absolute values before copying.
    first, later : the number of neurons before copying, in layer 1 and above it.

    >>> copies_bound(sp.Integer(3), sp.Integer(5), sp.Integer(10), sp.Integer(1))
    12*d + 611
    """
    factor = sp.Max(1, weight)
    return 4 * first * sp.Max(1, weight, bias) * factor + 2 * later * factor + 4 * d * factor + bias


def constant_weights_bounds(before: Bounds, neurons: tuple[sp.Expr, sp.Expr] | None = None) -> Bounds:
    """The bounds after copying: weights and biases at most 1, depth as before.

    Where ``before`` bounds the common denominator, so does the result: it is multiplied by a power of two, that of a
    divided or copied neuron.

    Parameters
    ----------
    before : bounds on ``depth``, ``max_weight``, ``max_bias`` (and ``denominator``) of the network that is copied.
    neurons : the number of its neurons in layer 1 and above, for a bound on ``neurons``; None where none is stated.

    >>> from exactnet.bounds.lookahead import LookaheadOptions, lookahead_bounds
    >>> options = LookaheadOptions("exact", False, "integers", "four", True)
    >>> found = constant_weights_bounds(lookahead_bounds(2, options))
    >>> [(bound.name, str(bound.expression)) for bound in found.bounds if bound.name != "denominator"]
    [('depth', '3*k - 1'), ('depth (S1)', '3*k + 3'), ('max_weight', '1'), ('max_bias', '1')]
    """
    weight, bias, denominator = (_stated(before, measure) for measure in ("max_weight", "max_bias", "denominator"))
    kept = [bound for bound in before.bounds if bound.measure == "depth"]
    kept += [Bound(measure, measure, sp.Integer(1)) for measure in ("max_weight", "max_bias")]
    if denominator is not None:
        largest = 4 * sp.Max(1, weight, bias) * sp.Max(1, weight)
        kept.append(Bound("denominator", "denominator", denominator * largest))
    if neurons is not None:
        kept.append(Bound("neurons", "neurons", copies_bound(weight, bias, *neurons)))
    return Bounds(before.definitions, tuple(kept))


def _stated(bounds: Bounds, measure: str) -> sp.Expr | None:
    """The first bound on a measure, if there is one."""
    return next((bound.expression for bound in bounds.bounds if bound.measure == measure), None)
