"""Structural certificates: two networks agree on every input of a cube or a grid, proved without enumerating any.

:mod:`~exactnet.structural.kernel` is trusted and complete in itself: it imports nothing but the standard library. All
else here finds proofs and is never trusted.
"""
