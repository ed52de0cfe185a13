"""Circuits of depth 2 with a given number of gates, as an integer program that CP-SAT of OR-Tools solves.

Unknown are the integer weights and thresholds of ``s`` gates that read the inputs, the 0/1 values of these gates at every
point, and the weights and the threshold of the output gate. By the lemma of :mod:`exactnet.construct.threshold_functions`
no weight need be above ``largest_weight(n)`` in the first layer and ``largest_weight(s)`` at the output; as a gate can be
replaced by its complement, those of the output need not be negative; as gates can be exchanged, they may ascend. So the program
has a solution if and only if there is a circuit. CP-SAT computes with integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from itertools import pairwise

from exactnet.construct.threshold_functions import Gate, largest_weight
from exactnet.errors import ExactnetError, SizeError

__all__ = ["solve"]

#: How long the solver may work on one program, in its own deterministic unit (about a second).
EFFORT = 120.0


def solve(function: int, points: Sequence[Sequence[int]], size: int) -> tuple[tuple[Gate, ...], Gate] | None:
    """The gates of the first layer and the output gate, or None if there is no circuit with ``size`` gates.

    Parameters
    ----------
    function : bit ``j`` is the value at point ``j``.
    points : different inputs.
    size : gates in the first layer.

    Raises
    ------
    ExactnetError : OR-Tools is not installed (the extra ``least``).
    SizeError : the solver gives up.
    """
    if find_spec("ortools") is None:
        raise ExactnetError("this search needs OR-Tools: pip install 'exactnet[least]'")
    from ortools.sat.python import cp_model

    n = len(points[0])
    inner, outer = largest_weight(n), largest_weight(size)
    model = cp_model.CpModel()
    weights = [[model.new_int_var(-inner, inner, f"w{g}.{i}") for i in range(n)] for g in range(size)]
    places = [model.new_int_var(-n * inner, n * inner + 1, f"t{g}") for g in range(size)]
    reads = [model.new_int_var(0, outer, f"u{g}") for g in range(size)]
    at = model.new_int_var(0, size * outer + 1, "c")
    for one, other in pairwise(reads):
        model.add(one <= other)
    for j, point in enumerate(points):
        total = []
        for g in range(size):
            fires = model.new_bool_var(f"h{g}.{j}")
            form = sum(w for w, x in zip(weights[g], point, strict=True) if x)
            model.add(form >= places[g]).only_enforce_if(fires)
            model.add(form <= places[g] - 1).only_enforce_if(fires.negated())
            counted = model.new_int_var(0, outer, f"p{g}.{j}")
            model.add(counted == reads[g]).only_enforce_if(fires)
            model.add(counted == 0).only_enforce_if(fires.negated())
            total.append(counted)
        if function >> j & 1:
            model.add(sum(total) >= at)
        else:
            model.add(sum(total) <= at - 1)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = EFFORT
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return None
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise SizeError(f"the solver does not decide whether {size} gates are enough in the first layer")
    hidden = tuple(
        Gate(tuple(solver.value(w) for w in weights[g]), solver.value(places[g])) for g in range(size)
    )
    return hidden, Gate(tuple(solver.value(u) for u in reads), solver.value(at))
