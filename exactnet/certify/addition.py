"""Iterated addition: construct the circuit of depth 2, check it for all inputs, and measure it (docs/addition.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from exactnet.claims.addition import MAX_VALUES, Found, Method, Problem, check_addition
from exactnet.construct.classical.iterated_addition import Moduli, add_numbers, default_limit
from exactnet.families.iterated_addition import addition_circuit
from exactnet.kernel.domain import Cube
from exactnet.kernel.errors import FormatError, SizeError
from exactnet.kernel.measures import Measures, measure
from exactnet.kernel.network import Network
from exactnet.kernel.sweep import CheckJob, compare_networks
from exactnet.theory.addition import addition_bounds, evaluate_bounds

__all__ = ["MAX_ENUMERATED", "Addition", "certify_addition"]

#: Up to so many inputs the circuit is compared with the original on every one of them as well.
MAX_ENUMERATED = 2**20


@dataclass(frozen=True)
class Addition:
    """What was made and what is known of it."""

    problem: Problem
    moduli: Moduli
    limit: int
    circuit: Network
    original: Measures
    constructed: Measures
    places: tuple[Found, ...]
    """The verdict on every bit that was made."""
    enumerated: bool
    """Whether every input was evaluated too."""
    bounds: dict[str, int]
    """The stated bounds; No measure may exceed them; that on gates is for one bit, on average."""

    @property
    def verdict(self) -> Literal["certified", "refuted"]:
        """``certified`` if every bit is right and every stated bound holds."""
        measured = {name: getattr(self.constructed, name) for name in self.bounds}
        measured["gates"] = -(-measured["gates"] // max(1, len(self.places)))
        holds = all(measured[name] <= bound for name, bound in self.bounds.items())
        return "certified" if holds and all(place.right for place in self.places) else "refuted"


def certify_addition(problem: Problem, moduli: Moduli = "searched", limit: int | None = None, bits: Sequence[int] = ()) -> Addition:
    """Build bits of the sum of ``n`` numbers in depth 2 with small weights, and check them.

    Searched moduli are checked by the values of all partial sums, proven ones by counting
    (:func:`exactnet.claims.addition.check_addition`); with at most :data:`MAX_ENUMERATED` inputs the circuit is also
    compared with the original on every input.

    Parameters
    ----------
    problem, moduli, limit, bits : as for :func:`exactnet.construct.classical.iterated_addition.add_numbers`.

    Raises
    ------
    FormatError : a place that the sum does not have, or a limit below 1.
    SizeError : too large to build or to check.

    >>> made = certify_addition(Problem(2, 8), limit=56)
    >>> made.verdict, made.constructed.depth, int(made.original.max_weight), int(made.constructed.max_weight)
    ('certified', 2, 128, 48)
    """
    for j in bits:
        if f"s{j}" not in problem.outputs:
            raise FormatError(f"the sum has no bit {j}: its bits are 0 to {len(problem.outputs) - 1}")
    if limit is not None and limit < 1:
        raise FormatError(f"the weight limit {limit} is not positive")
    planned = limit or default_limit(problem, moduli)
    if moduli == "searched" and problem.most(len(problem.outputs), 0) >= MAX_VALUES:
        raise SizeError(f"searched moduli look at every value of the sum, at most {MAX_VALUES}; use proven ones")
    circuit = add_numbers(problem, moduli, planned, bits)
    method: Method = "values" if moduli == "searched" else "counting"
    places = check_addition(circuit, problem, method)
    domain = Cube(len(problem.inputs))
    original = addition_circuit(problem, circuit.outputs)
    enumerated = domain.count <= MAX_ENUMERATED
    if enumerated:
        _, counterexample = compare_networks(CheckJob(original, circuit, domain))
        if counterexample is not None:
            point = [int(value) for value in counterexample.input.values()]
            places = [Found(one.output, False, one.method, one.moduli, point) for one in places]
    bounds = evaluate_bounds(addition_bounds(moduli), problem.n, problem.bits, planned)
    measures = measure(original, domain), measure(circuit, domain)
    return Addition(problem, moduli, planned, circuit, *measures, tuple(places), enumerated, bounds)
