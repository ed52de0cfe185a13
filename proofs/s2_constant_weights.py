"""S2, weights bounded by a constant: every weight and bias in [-1, 1], at the same depth, from any route.

Claim: the networks of S1 with all weights and biases in ``[-1, 1]``, the same depth, and more neurons by a polynomial
factor.

Source: G. Vardi, O. Shamir, *Neural Networks with Small Weights and Depth-Separation Barriers*, NeurIPS 2020, on weights
bounded by a constant. The construction here is this project's (docs/routes.md).

Checked: ``clipped`` and ``random`` (exact form), and a random network with rounded outputs, by every route of small
enough weights, on every input. The neurons are bounded by those of the route times what its largest weight and bias allow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from gmpy2 import mpq

from exactnet.certify.small_weights import Request, certify_network
from exactnet.cli.show import layers
from exactnet.families import FAMILIES
from exactnet.kernel.measures import Measures
from exactnet.kernel.network import RELU, Network
from exactnet.theory.constant_weights import copies_bound
from exactnet.theory.symbols import d, value_of

from .rows import COMPARED, ROUTE_LEMMAS, compared, with_memory
from .table import Cell, Table

__all__ = ["FULL", "LEMMAS", "QUICK", "requests", "table"]

LEMMAS = (*ROUTE_LEMMAS, "constant_weights")


def requests(quick: bool) -> Iterator[tuple[str, Request]]:
    routes = ("lookahead", "compact") if quick else ("lookahead", "residue", "compact")
    sizes = [(4, 2, 16)] if quick else [(4, 2, 16), (6, 2, 64), (8, 4, 64)]
    for inputs, m, bits in sizes:
        instance = FAMILIES["clipped"].make(d=inputs, m=m, bits=bits, seed=1)
        for route in routes:
            if route != "residue" or inputs < 6:
                yield f"clipped, d = {inputs}, m = {m}, {bits} bits", Request(instance.network, instance.domain, route)
    deep = FAMILIES["random"].make(d=3, widths=[2, 2], bits=4 if quick else 12, seed=1)
    scaled = FAMILIES["random"].make(d=3, widths=[2], bits=6, end="scaled", seed=1)
    for route in ("lookahead", "compact"):
        yield "random, d = 3, widths 2, 2", Request(deep.network, deep.domain, route)
        yield "random, d = 3, widths 2, rounded", Request(scaled.network, scaled.domain, route, precision=4)


def _bound(net: Network, measured: Measures) -> int:
    """The stated bound on neurons after copying, for the weights and biases that were measured before."""
    active = [layer for name, layer in layers(net).items() if net.kind(name) == RELU]
    first = active.count(1)
    bound = copies_bound(measured.max_weight, measured.max_bias, first, len(active) - first)
    return int(value_of(bound, {d: mpq(len(net.inputs))}) // 1)


def table(quick: bool, name: str) -> Table:
    """Certify every instance before and after; raises ``AssertionError`` unless all are certified at the same depth."""
    rows: list[tuple[Cell, ...]] = []
    for title, request in ((title, with_memory(request)) for title, request in requests(quick)):
        result = certify_network(request)
        before = result.certificate
        after = certify_network(replace(request, constant=True)).certificate
        small, copied = before.constructed, after.constructed
        if not before.verdict == after.verdict == "certified" or small.depth != copied.depth:
            raise AssertionError(f"{title}, route {request.route}: {before.reason or after.reason or 'the depths differ'}")
        if max(copied.max_weight, copied.max_bias) > 1:
            raise AssertionError(f"{title}, route {request.route}: a weight above 1")
        bound = _bound(result.constructed, small)
        if copied.neurons > bound:
            raise AssertionError(f"{title}, route {request.route}: {copied.neurons} neurons, more than {bound}")
        rows.append(
            (
                title,
                request.route,
                small.depth,
                copied.depth,
                str(small.max_weight),
                str(small.max_bias),
                str(max(copied.max_weight, copied.max_bias)),
                small.neurons,
                copied.neurons,
                str(bound),
                *compared(after),
                after.verdict,
            )
        )
    columns = (
        "network",
        "route",
        "depth",
        "depth, S2",
        "largest weight",
        "largest bias",
        "largest, S2",
        "neurons",
        "neurons, S2",
        "bound",
        *COMPARED,
        "verdict",
    )
    caption = "S2: all weights and biases in [-1, 1] at the same depth, every input checked; before and after copying neurons."
    return Table(name, caption, columns, rows)


QUICK: Mapping[str, Callable[[], Table]] = {"s2-quick": lambda: table(True, "s2-quick")}
FULL: Mapping[str, Callable[[], Table]] = {"s2": lambda: table(False, "s2")}
