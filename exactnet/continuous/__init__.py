"""Continuous inputs (S4): what a network computes between grid points, exactly, and the certificate of it.

Everything here is trusted and imports nothing from the constructions: it looks at two networks.
"""
