"""The engine: a second evaluator of networks, outside the trusted room, faster than the plain one.

It works in stages, each of which can be read and tested alone::

    Network, Domain --lower, joining--> Program --assemble--> Code --executor--> arrays
                    (piecewise, inputs)         (sums, tables)     (separable)

A :class:`~.program.Program` knows integers, forms and functions of one integer, but no networks; :class:`~.code.Code` knows
registers and array operations, but no programs.

**Why nothing overflows.** All registers are machine words, computed modulo ``2^bits``. The values of roots and functions lie
in ``0 .. size - 1``, with sizes by interval arithmetic over Python integers; where such a register, or one that is compared,
looked up or widened, is given its type, that type holds all of its range, so that its residue is its value (:mod:`.sums`). A
form of more than 64 bits is never computed: over the inputs of a cube or grid, it is known between which steps it lies from
Python integers (:mod:`.separable`), and any other makes :func:`~.inputs.word` raise :class:`~.inputs.TooWideError` while code
is made, so that the plain evaluator does the work.
"""
