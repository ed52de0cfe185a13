"""A second opinion on a certificate, with the Python standard library alone; no code is shared with the rest of exactnet.

``python -m exactnet.recheck CERTIFICATE`` checks again: the digests of both networks; depth, neurons, wires, largest
weight and bias of their expansions; every bound, from its symbolic form; and on every input of the domain that
``N'(x) = N(x)`` with ``r·N(x)`` an integer, or that ``N'(x) = floor(r·N(x))/r``. Of a certificate about real inputs it
checks that of the grid, and then what is said of the inputs between.

Every module says first what a reader must believe. To read in this order: :mod:`.reading`, :mod:`.network` and
:mod:`.domain` (files), :mod:`.certificate`, :mod:`.expression`, :mod:`.measures`, :mod:`.claims` (what is claimed of
networks and bounds), :mod:`.planes`, :mod:`.circuit`, :mod:`.family`, :mod:`.comparing` (the values), :mod:`.curves`,
:mod:`.continuous` (real inputs), :mod:`.proofs` (certificates that are proved), :mod:`.cells`, :mod:`.euaf` and
:mod:`.depth` (certificates of other kinds), :mod:`.verified` (a program with a proof), :mod:`.command`.
"""

from __future__ import annotations

from .command import main, recheck
from .reading import Unusable, Wrong

__all__ = ["Unusable", "Wrong", "main", "recheck"]
