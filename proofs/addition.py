"""Iterated addition: every bit of the sum of n numbers of B bits by a threshold circuit of depth 2 with small weights.

Claim: depth 2 with polynomial weights suffices for every bit.

Source: M. Goldmann, J. Håstad, A. Razborov, *Majority gates vs. general weighted threshold gates*, Computational
Complexity 2, 1992: a gate with small weights over gates with arbitrary weights is equivalent to a circuit of depth 2 with
small weights. The circuit here, by first passages, is this project's (docs/addition.md).

Checked: searched moduli by all values of the partial sums, which decides every one of the 2^(nB) inputs; proven moduli
by counting; up to 2^20 inputs also one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from exactnet.certify.addition import Addition, certify_addition
from exactnet.claims.addition import Problem
from exactnet.construct.classical.iterated_addition import Moduli

from .table import Cell, Table

__all__ = ["FULL", "QUICK", "table"]

#: ``n``, ``B``, how moduli are chosen, the weight limit (None: the default), and the bits of the sum (none: all).
Instance = tuple[int, int, Moduli, int | None, tuple[int, ...]]

SMALL: tuple[Instance, ...] = (
    (2, 10, "searched", None, ()),
    (2, 10, "proven", None, ()),
    (2, 16, "proven", None, (15,)),
)
LARGE: tuple[Instance, ...] = (
    (3, 12, "searched", None, ()),
    (4, 16, "searched", None, (16,)),
    (4, 16, "proven", None, (16,)),
    (8, 16, "searched", None, (16,)),
    (8, 16, "proven", 8192, (16,)),
    (2, 24, "proven", None, (23,)),
    (2, 32, "proven", 8192, (31,)),
)


def _checked(addition: Addition) -> str:
    method = addition.places[0].method
    return f"{method}, every input" if addition.enumerated else method


def table(instances: Sequence[Instance], name: str) -> Table:
    """Certify every instance; raises ``AssertionError`` unless all are certified."""
    rows: list[tuple[Cell, ...]] = []
    for n, bits, moduli, limit, places in instances:
        addition = certify_addition(Problem(n, bits), moduli, limit, places)
        if addition.verdict != "certified":
            raise AssertionError(f"the sum of {n} numbers of {bits} bits: {addition.verdict}")
        circuit = addition.constructed
        rows.append(
            (
                n,
                bits,
                ", ".join(map(str, places)) or "all",
                f"{max(len(place.moduli) for place in addition.places)} {moduli}",
                circuit.depth,
                circuit.gates,
                circuit.wires,
                str(addition.original.max_weight),
                str(circuit.max_weight),
                str(addition.bounds["max_weight"]),
                _checked(addition),
                addition.verdict,
            )
        )
    columns = (
        "n",
        "B",
        "bits of the sum",
        "moduli",
        "depth",
        "gates",
        "wires",
        "weight before",
        "largest weight",
        "bound",
        "checked by",
        "verdict",
    )
    return Table(name, "The sum of n numbers of B bits in depth 2, for all inputs.", columns, rows)


QUICK: Mapping[str, Callable[[], Table]] = {"addition-quick": lambda: table(SMALL, "addition-quick")}
FULL: Mapping[str, Callable[[], Table]] = {"addition": lambda: table(LARGE, "addition")}
