"""Tests of exactnet."""

import os

#: As the command line has it, before NumPy is loaded: threads of a linear solver that wait for a core spin.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
