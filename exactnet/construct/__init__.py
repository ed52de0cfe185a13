"""Constructions: one lemma, one file; a route composes them like the theorem's proof.

Nothing here is trusted. Whatever a construction returns is an ordinary network, and the checker
(:mod:`exactnet.kernel.sweep`, which imports nothing from here) has the last word on it.
"""
