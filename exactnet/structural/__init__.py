"""The trusted part of structural certificates: two networks agree on every input of a cube or a grid, proved without
enumerating any.

:mod:`~exactnet.structural.kernel` is the calculus and :mod:`~exactnet.structural.checking` reads the files; both need
the standard library alone and import nothing else of exactnet. Proofs are found in
:mod:`exactnet.certify.structural`.
"""
