"""The proof companion: one module per statement, each certifying its instances and yielding one table.

``python -m proofs`` makes all tables; ``--check`` makes them again and fails if a committed one differs.
"""
