"""ReLU networks on all of R^d or on a polyhedron: what a proof by cells shows (docs/reals.md).

To read in this order: :mod:`.forms` (an affine form as one integer), :mod:`.system` (networks as integer rows), :mod:`.tree` (the
walk over all cells), :mod:`.replay` (a proof: lemmas, and one number for each question of the walk), :mod:`.claims` (what is
asked of every leaf), :mod:`.points` (counterexamples), :mod:`.certificate`. Nothing here searches: that is
:mod:`exactnet.certify.cells`.
"""
