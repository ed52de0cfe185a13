"""A second way to decide claims about values: the SMT solver z3, with exact rationals (extra ``smt``). It gives no certificate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gmpy2 import mpq

from exactnet.certify.cells.decide import interior_of
from exactnet.claims.cells.certificate import check_domain
from exactnet.claims.cells.claims import Claim, system_for
from exactnet.claims.cells.polyhedron import Polyhedron
from exactnet.claims.cells.system import Row
from exactnet.kernel.errors import DomainError, ExactnetError
from exactnet.kernel.network import Network

__all__ = ["solve", "version"]


def _z3() -> Any:
    try:
        import z3
    except ImportError:
        raise ExactnetError("--solver z3 needs the package z3-solver: pip install 'exactnet[smt]'") from None
    return z3


def version() -> str:
    """Which solver answers."""
    return f"z3 {_z3().get_version_string()}"


def solve(claim: Claim, networks: Sequence[Network], domain: Polyhedron) -> tuple[mpq, ...] | None:
    """A point at which the claim fails, as z3 says; None if there is none, as z3 says.

    Raises :class:`ExactnetError` for claims that are not about values, for the chamber, which needs a proof of symmetry, for
    domains without interior, and where z3 gives up.
    """
    z3 = _z3()
    if not (claim.zero or claim.kind == "at-least") or claim.kind == "one-hidden-layer":
        raise ExactnetError(f"--solver z3 decides equality and A >= B, not {claim.kind}")
    check_domain(claim, domain)
    if domain.kind == "chamber":
        raise DomainError("the chamber needs a proof that the networks are symmetric, which no solver gives: take --domain reals")
    interior_of(domain)
    system = system_for(claim, networks)
    variables = [z3.Real(f"x{i + 1}") for i in range(system.d)]
    values, solver = list(variables), z3.SolverFor("QF_LRA")

    def form(row: Row) -> Any:
        return z3.Sum([z3.RealVal(row.bias), *(z3.RealVal(w) * values[s] for s, w in row.wires)])

    for number, row in enumerate(system.relus):
        value, argument = z3.Real(f"h{number}"), form(row)
        solver.add(value == z3.If(argument >= 0, argument, 0))
        values.append(value)
    for vector in domain.forms:
        solver.add(z3.Sum([z3.RealVal(vector[-1]), *(z3.RealVal(c) * x for c, x in zip(vector, variables, strict=False))]) >= 0)
    ends = list(map(form, system.outputs))
    solver.add(z3.Or([end != 0 if claim.zero else end < 0 for end in ends]))
    answer = solver.check()
    if answer == z3.unsat:
        return None
    if answer != z3.sat:
        raise ExactnetError(f"z3 gives up: {solver.reason_unknown()}")
    model = solver.model()
    coordinates = (model.eval(variable, model_completion=True) for variable in variables)
    return tuple(mpq(value.numerator_as_long(), value.denominator_as_long()) for value in coordinates)
