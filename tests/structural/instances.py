"""Small random networks of every kind that structural certificates cover, with their proofs."""

from __future__ import annotations

import random
from collections.abc import Callable

from exactnet.certify.structural.proving import StructuralProof, certify_structural
from exactnet.families import FAMILIES
from exactnet.kernel.domain import Cube
from exactnet.kernel.network import Network, threshold

__all__ = ["KINDS", "PROVED", "random_circuit", "random_proof"]

#: Routes whose moduli are proven, and so are small only for few bits.
MODULI = ("residue", "stacked")
ROUTES = ("lookahead", "compact", *MODULI)


def random_circuit(rnd: random.Random, d: int, widths: list[int], bits: int) -> Network:
    """Layers of threshold gates; some read inputs over a skip wire."""
    inputs = [f"x{i}" for i in range(d)]
    nodes, below, layer = [], list(inputs), []
    for level, width in enumerate(widths):
        layer = [f"g{level}_{i}" for i in range(width)]
        for name in layer:
            weights = {
                source: rnd.choice([-1, 1]) * rnd.randrange(1, 1 << bits) for source in below if rnd.random() < 0.9
            }
            nodes.append(threshold(name, weights, -sum(weights.values()) // 2 + rnd.randrange(-3, 4)))
        below = layer + ([rnd.choice(inputs)] if rnd.random() < 0.4 else [])
    return Network(inputs, nodes, layer)


def _circuit(rnd: random.Random, route: str) -> StructuralProof:
    d = rnd.randrange(2, 6)
    net = random_circuit(
        rnd,
        d,
        rnd.choice([[1], [2, 1], [1, 1, 2], [3]]),
        rnd.choice([2, 4, 10, 20] if route not in MODULI else [2, 9, 12, 16]),
    )
    return certify_structural(net, Cube(d), "circuit", route=route)


def _pairs(rnd: random.Random, route: str) -> StructuralProof:
    made = FAMILIES["clipped"].make(
        d=rnd.randrange(2, 6), m=2, bits=rnd.randrange(1, 13 if route in MODULI else 9), seed=rnd.randrange(10**6)
    )
    return certify_structural(made.network, made.domain, "exact", route=route)


def _exact(rnd: random.Random, route: str) -> StructuralProof:
    made = FAMILIES["random"].make(
        d=rnd.randrange(1, 3),
        widths=rnd.choice([(1, 2), (2,), (1, 1, 2)]),
        bits=rnd.randrange(2, 7),
        outputs=rnd.randrange(1, 3),
        end="steps",
        grid=rnd.choice([0, 1, 2]),
        seed=rnd.randrange(10**6),
    )
    options = {"inputs": rnd.choice(["integers", "bits"])}
    return certify_structural(
        made.network, made.domain, "exact", route=route, options=options, output_range=5, r=rnd.choice([1, 2, 6])
    )


def _real(rnd: random.Random, route: str, form: str) -> StructuralProof:
    made = FAMILIES["random"].make(
        d=rnd.randrange(1, 3),
        widths=rnd.choice([(2,), (1, 1)]),
        bits=rnd.randrange(2, 8),
        outputs=rnd.randrange(1, 3),
        end="scaled",
        grid=rnd.choice([0, 0, 1]),
        seed=rnd.randrange(10**6),
    )
    options, most, r = {"inputs": rnd.choice(["integers", "bits"])}, rnd.choice([1, 3]), rnd.choice([1, 2, 5])
    return certify_structural(made.network, made.domain, form, route=route, options=options, output_range=most, r=r)  # type: ignore[arg-type]


KINDS: dict[str, Callable[[random.Random, str], StructuralProof]] = {
    "circuit": _circuit,
    "pairs": _pairs,
    "exact": _exact,
    "rounded": lambda rnd, route: _real(rnd, route, "rounded"),
    "clipped": lambda rnd, route: _real(rnd, route, "clipped"),
}


#: What is proved: every kind by every route but one.
PROVED = [(kind, route) for kind in KINDS for route in ROUTES]


def random_proof(kind: str, route: str, seed: int) -> StructuralProof:
    """The proof of a random instance."""
    return KINDS[kind](random.Random(seed), route)
