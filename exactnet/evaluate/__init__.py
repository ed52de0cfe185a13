"""What a network means: the definition, and fast evaluators that must agree with it.

* :mod:`.reference` is the definition, one input at a time in rational arithmetic.
* :mod:`.block` is the interface: the outputs on a range of inputs, by any back end.

The back ends ``numpy`` and ``compiled`` work in stages, each of which can be read and tested alone::

    Network, Domain --lower, joining--> Program --sharing--> Program --assemble--> Code --numpy_exec--> arrays
                    (piecewise, inputs)                              (sums, tables)  |  (separable, searching, limbs)
                                                                                     |
                                                                                     +--bytecode--> rows --kernels--> arrays

A :class:`~.program.Program` knows integers, forms and functions of one integer, but no networks; :class:`~.code.Code` knows
registers and array operations, but no programs. What executors share, and what to do where memory is short, is in
:mod:`.executor`; what is asked of a block in the end in :mod:`.affine`.
"""
