"""S1, small weights: a depth-k ReLU network with huge weights as one of depth at most 3k+3 with small weights.

Claim: Main Result 2 of G. Vardi, O. Shamir, *Neural Networks with Small Weights and Depth-Separation Barriers*,
NeurIPS 2020. For ``k = 2`` on the cube every wire of the hidden part is at most ``(d+3)^3/4``, whatever the size of
the original weights (docs/theory.md).

Checked: the family ``clipped`` (``d = 8``, ``m = 4``, seed 1) with weights of 20 to 1024 bits, on all 256 inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from exactnet.families import FAMILIES
from exactnet.pipeline import Request, certify_network
from proofs.table import Table

__all__ = ["BITS", "FULL", "QUICK", "QUICK_BITS", "table"]

BITS = (20, 64, 256, 1024)
QUICK_BITS = (20, 64)


def table(bits: tuple[int, ...], name: str) -> Table:
    """Certify the family for each size of weights; raises ``AssertionError`` unless every instance is certified."""
    rows = []
    for size in bits:
        instance = FAMILIES["clipped"].make(d=8, m=4, bits=size, seed=1)
        certificate = certify_network(Request(instance.network, instance.domain)).certificate
        if certificate.verdict != "certified":
            raise AssertionError(f"clipped with {size} bits: {certificate.reason}")
        bounds = {row.name: row for row in certificate.bounds}
        made = certificate.constructed
        rows.append(
            (
                size,
                certificate.original.bits,
                made.depth,
                made.gates,
                made.wires,
                str(made.max_weight),
                str(bounds["max_weight"].value),
                str(made.max_bias),
                str(bounds["max_bias"].value),
                certificate.verdict,
            )
        )
    columns = (
        "bits of the family",
        "bits measured",
        "depth",
        "gates",
        "wires",
        "largest weight",
        "bound",
        "largest bias",
        "bound",
        "verdict",
    )
    caption = (
        "S1, exact form, route A: clipped, d = 8, m = 4, seed 1, all 256 inputs. "
        "The largest weight depends on d and not on the bits; gates grow linearly with the bits."
    )
    return Table(name, caption, columns, rows)


QUICK: Mapping[str, Callable[[], Table]] = {"s1-quick": lambda: table(QUICK_BITS, "s1-quick")}
FULL: Mapping[str, Callable[[], Table]] = {"s1": lambda: table(BITS, "s1")}
