"""The proof companion: one module per statement, each certifying its instances and yielding one table.

``python -m proofs`` makes all tables; ``--check`` makes them again and fails if a committed one differs.
"""

import os

#: Before NumPy is loaded: there is a process for each core, and threads of a linear solver that wait for one spin.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
