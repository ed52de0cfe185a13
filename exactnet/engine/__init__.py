"""The engine: a second evaluator of networks, outside the trusted room, faster than the plain one.

It works in stages, each of which can be read and tested alone::

    Network, Domain --lower, joining--> Program --sharing--> Program --assemble--> Code --executor--> arrays
                    (piecewise, inputs)                              (sums, tables)     (separable, searching, limbs)

A :class:`~.program.Program` knows integers, forms and functions of one integer, but no networks; :class:`~.code.Code` knows
registers and array operations, but no programs; what is asked of a block in the end is in :mod:`.affine`.

**Why nothing overflows.** A machine word is computed modulo ``2^bits``, and whatever is compared, looked up, widened or given
out is known by interval arithmetic over Python integers to lie in its range, so that its residue is its value (:mod:`.sums`). Of
limbs, which are summed without carries for a while, each column is bounded when the code is made (:mod:`.limbs`).
"""
