"""Depth ``k+1``: one layer of gates for a ReLU layer (route D).

Claim: a depth-``k`` ReLU network with arbitrary weights is computed by one of depth ``k+1`` (exact form) or ``k+2`` (rounded form)
with weights bounded by a polynomial, for every constant ``k``; a threshold circuit of depth ``t`` by one of depth ``t+1``.

Source: for circuits M. Goldmann, J. Håstad, A. Razborov, *Majority gates vs. general weighted threshold gates*,
Computational Complexity 2, 1992, and M. Goldmann, M. Karpinski, *Simulating threshold circuits by majority circuits*,
SIAM J. Computing 27, 1998. For ReLU networks the theorem and its proof are this project's (docs/stacked.md).

Checked, each on every input of its domain, with searched moduli: clipped steps of forms with weights of 20 to 256 bits
(``k = 2``), ``k = 3`` and ``k = 4`` with masked bits, a grid, circuits of two and three layers with 64-bit weights. With
proven moduli, for which inequality (4) of the proof decides: instances that are small enough, and for the others the
predicted sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from exactnet.certify.small_weights import Request
from exactnet.construct.routes.stacked.route import stacked_sizes
from exactnet.families import FAMILIES
from exactnet.kernel.domain import Cube, Domain
from exactnet.kernel.network import Network

from .rows import MEASURED, bound, certified, measured
from .s3_circuits import circuit
from .table import Cell, Table

__all__ = ["FULL", "QUICK", "depth_table", "proven_table", "sizes_table"]

Case = tuple[str, Network, Domain, int | None]


def _clipped(d: int, m: int, bits: int, precision: int | None = None) -> Case:
    instance = FAMILIES["clipped"].make(d=d, m=m, bits=bits, seed=1)
    return f"clipped, d = {d}, m = {m}, {bits} bits", instance.network, instance.domain, precision


def _random(d: int, widths: tuple[int, ...], bits: int, grid: int = 0, precision: int | None = None) -> Case:
    instance = FAMILIES["random"].make(d=d, widths=widths, bits=bits, outputs=1, end="steps", grid=grid, seed=1)
    where = f", grid p = {grid}" if grid else ""
    title = f"random, d = {d}, widths {','.join(map(str, widths))}, {bits} bits{where}"
    return title, instance.network, instance.domain, precision


def _circuit(d: int, widths: tuple[int, ...], bits: int) -> Case:
    return f"circuit, d = {d}, widths {','.join(map(str, widths))}, {bits} bits", circuit(d, widths, bits, 1), Cube(d), None


def depth_table(cases: Iterable[Case], name: str) -> Table:
    """Certify every case with searched moduli."""
    rows: list[tuple[Cell, ...]] = []
    for title, net, domain, precision in cases:
        certificate = certified(title, Request(net, domain, "stacked", precision))
        rows.append(
            (
                title,
                certificate.original.depth,
                "rounded" if precision else "exact",
                bound(certificate, "depth"),
                *measured(certificate),
            )
        )
    caption = "Route D with searched moduli: depth k + 1 in exact form, k + 2 in rounded form, t + 1 for circuits, on every input."
    return Table(name, caption, ("network", "k or t", "form", "depth bound", *MEASURED), rows)


def proven_table(cases: Iterable[Case], name: str) -> Table:
    """Certify every case with proven moduli."""
    rows: list[tuple[Cell, ...]] = []
    for title, net, domain, precision in cases:
        certificate = certified(title, Request(net, domain, "stacked", precision, options={"moduli": "proven"}))
        rows.append((title, certificate.original.depth, bound(certificate, "depth"), *measured(certificate)))
    caption = "Route D with moduli proven by inequality (4): small instances, certified on every input."
    return Table(name, caption, ("network", "k or t", "depth bound", *MEASURED), rows)


def sizes_table(cases: Iterable[Case], name: str) -> Table:
    """The predicted sizes of the exact form with proven moduli."""
    rows: list[tuple[Cell, ...]] = []
    for title, net, domain, _ in cases:
        largest = max(abs(value) for point in domain for value in net(point))
        output_range = max(1, int(-(-largest.numerator // largest.denominator)))
        sizes = stacked_sizes(net, Cube(domain.d), output_range, 1)
        layers = sorted(sizes.moduli)
        rows.append(
            (
                title,
                ", ".join(str(sizes.moduli[layer]) for layer in layers) or "0",
                ", ".join(str(sizes.primes[layer][0]) if sizes.primes[layer] else "-" for layer in layers) or "0",
                sizes.total,
            )
        )
    caption = (
        "Route D with proven moduli, predicted and not built: how many moduli inequality (4) asks for in each hidden layer, "
        "the least of them (none, if too many), and the gates that they make."
    )
    return Table(name, caption, ("network", "moduli a layer", "from", "gates (predicted)"), rows)


QUICK: Mapping[str, Callable[[], Table]] = {
    "depth-quick": lambda: depth_table(
        (_clipped(8, 2, 64), _random(3, (2, 2), 6), _random(3, (2, 2), 6, 0, 1), _circuit(6, (3, 2), 64)), "depth-quick"
    ),
    "depth-proven-quick": lambda: proven_table((_random(3, (2, 2), 6), _clipped(4, 2, 16)), "depth-proven-quick"),
    "depth-sizes": lambda: sizes_table(
        (_clipped(8, 2, 20), _clipped(8, 2, 64), _clipped(8, 2, 256), _clipped(12, 2, 64), _random(4, (3, 2), 10)), "depth-sizes"
    ),
}
FULL: Mapping[str, Callable[[], Table]] = {
    "depth": lambda: depth_table(
        (
            *(_clipped(8, 2, bits) for bits in (20, 64, 256)),
            _clipped(8, 4, 64),
            _random(3, (2, 2), 8),
            _random(3, (2, 2), 6, 0, 1),
            _random(2, (2, 2), 6, 2),
            _random(2, (2, 2), 6, 2, 1),
            _random(2, (1, 2, 2), 3),
            _circuit(8, (4, 2), 64),
            _circuit(8, (4, 4, 2), 64),
        ),
        "depth",
    ),
    "depth-proven": partial(
        proven_table, (_clipped(4, 2, 24), _clipped(8, 2, 20), _random(3, (2, 2), 6), _random(3, (2, 2), 8)), "depth-proven"
    ),
}
