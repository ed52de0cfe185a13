"""Certificates without enumeration: build a network, find a proof that it is right for all inputs, write both.

Nothing here is trusted: :mod:`exactnet.structural` checks what is written.
"""
