"""What a network means: the definition, and fast evaluators that must agree with it.

* :mod:`.reference` is the definition, one input at a time in rational arithmetic.
* :mod:`.block` is the interface: the outputs on a range of inputs, by any back end.

The compiled back end works in stages, each of which can be read and tested alone::

    Network, Domain --lower, joining--> Program --sharing--> Program --assemble--> Code --numpy_exec--> arrays
                    (piecewise, inputs)                              (sums, tables)     (separable, searching)

A :class:`~.program.Program` knows integers, forms and functions of one integer, but no networks; :class:`~.code.Code` knows
registers and array operations, but no programs. Another executor starts from either.
"""
