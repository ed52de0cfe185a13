"""The stated bounds of S2 (constant weights by copying neurons, docs/routes.md), from the bounds before copying.

With weights at most ``W`` and biases at most ``b`` before, and ``M = max(1, W, b)``:

* a neuron of layer 1 is divided by a power of two, at most ``2M``, and copied at most ``4 M max(1, W)`` times;
* a later neuron, and each of the two ReLUs that pass an input, is copied at most ``2 max(1, W)`` times;
* there are fewer than ``b`` constants.

Each factor 2 rounds up to a power of two; the largest of these powers multiplies the common denominator.
"""

from __future__ import annotations

from gmpy2 import mpq

from exactnet.theory.layers import Definitions, neurons_and_width
from exactnet.theory.symbols import Bound, Bounds, Term, ceiling, d, maximum

__all__ = ["constant_weights_bounds", "copies_bound"]


def copies_bound(weight: Term, bias: Term, first: Term, later: Term) -> Term:
    """The neurons after copying, at most.

    Parameters
    ----------
    weight, bias : the largest absolute values before copying.
    first, later : the number of neurons before copying, in layer 1 and above it.

    >>> copies_bound(mpq(3), mpq(5), mpq(10), mpq(1))
    12*d + 611
    """
    factor = maximum(1, weight)
    return 4 * first * maximum(1, weight, bias) * factor + 2 * later * factor + 4 * d * factor + bias


def constant_weights_bounds(before: Bounds) -> Bounds:
    """The bounds after copying: weights and biases at most 1, depth as before.

    The common denominator is multiplied by a power of two, that of a divided or copied neuron. Which neurons lie in layer 1
    is left open.

    Parameters
    ----------
    before : bounds on ``depth``, ``max_weight``, ``max_bias``, ``neurons`` and ``denominator`` of the network that is copied.

    >>> from exactnet.theory.lookahead import LookaheadOptions, lookahead_bounds
    >>> options = LookaheadOptions("exact", False, "integers", "four", True)
    >>> found = constant_weights_bounds(lookahead_bounds(2, options))
    >>> [(bound.name, str(bound.expression)) for bound in found.bounds if bound.name[:5] not in ("denom", "depth")]
    [('max_weight', '1'), ('max_bias', '1'), ('neurons', 'C'), ('width', 'C + 2*d')]
    """
    stated = {bound.name: bound.expression for bound in before.bounds}
    definitions = Definitions(before.definitions)
    weight, bias = (definitions.define(name, ceiling(stated[of])) for name, of in (("W_0", "max_weight"), ("b_0", "max_bias")))
    copies = definitions.define("C", copies_bound(weight, bias, stated["neurons"], stated["neurons"]))
    kept = [bound for bound in before.bounds if bound.measure == "depth"]
    kept += [Bound(measure, measure, mpq(1)) for measure in ("max_weight", "max_bias")]
    kept += neurons_and_width(copies)
    largest = 4 * maximum(1, weight, bias) * maximum(1, weight)
    kept.append(Bound("denominator", "denominator", stated["denominator"] * largest))
    return Bounds(definitions.pairs(), tuple(kept))
