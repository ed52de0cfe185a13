"""The search for proofs by cells, and for points that refute: an exact linear program, and a walk that asks it.

What is found is verified by :mod:`exactnet.claims.cells`, which imports nothing from here.
"""

from __future__ import annotations

from exactnet.certify.cells.decide import Options, decide

__all__ = ["Options", "decide"]
