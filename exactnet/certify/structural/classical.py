"""Comparison and addition of two numbers in depth 2 with small weights, proved for numbers of any size (docs/classical.md)."""

from __future__ import annotations

import json

from exactnet.certify.structural.dropping import with_drops
from exactnet.certify.structural.prover import ONE, Prover, form
from exactnet.certify.structural.proving import NotProved, StructuralProof
from exactnet.certify.structural.tactics.differences import Difference, difference
from exactnet.certify.structural.tactics.roles import Roles
from exactnet.construct.base.builder import CircuitBuilder
from exactnet.construct.base.linear import Linear
from exactnet.construct.classical.first_difference import plan_differences
from exactnet.construct.classical.shallow_addition import add_two, compare_two
from exactnet.families import FAMILIES
from exactnet.files.network_writer import dump_network
from exactnet.kernel.domain import Cube
from exactnet.kernel.network import Network
from exactnet.structural.kernel import Refused

__all__ = ["prove_addition", "prove_comparison"]


def _start(net: Network, constructed: Network) -> tuple[Roles, tuple[bytes, bytes]]:
    """A prover that knows both networks, and a builder that has what the construction asks of one."""
    domain = Cube(len(net.inputs))
    files = dump_network(net, domain), dump_network(constructed, domain)
    sides = [json.loads(data) for data in files]
    prover = Prover(sides[0], sides[1], {"kind": "cube"}, {"kind": "equal"})
    prover.start()
    builder = CircuitBuilder(net.inputs, net.outputs)
    for name in net.inputs:
        builder.signal(name, 0, 1)
    numbers = iter(range(1, len(prover.names)))
    inputs = {name: next(numbers) for name in net.inputs}
    tables = [{node["id"]: next(numbers) for node in side["nodes"]} for side in sides]
    return Roles(prover, builder, inputs, tables[0], tables[1], tuple(net.outputs)), files


def _finish(roles: Roles, files: tuple[bytes, bytes], facts: list[int]) -> StructuralProof:
    p = roles.prover
    goals = [fact - p.count for fact in facts]
    p.conclude(goals)
    return StructuralProof(*files, {"kind": "cube"}, {"kind": "equal"}, with_drops(p.lines, goals), goals)


def _decide(p: Prover, v: int, fact: int) -> int:
    """The value of an output gate from a fact about what it reads; where that is one gate, the output is that gate again."""
    gates = [u for u in p.of(fact) if u]
    if len(gates) == 1 and gates[0] not in p.step[v]:
        fact = p.decide(gates[0], fact)
    return p.decide(v, fact)


def prove_comparison(n: int) -> StructuralProof:
    """``1[a >= b]`` for numbers of ``n`` bits: the gate with weights up to ``2^(n-1)``, and the circuit of depth 2.

    Raises
    ------
    NotProved, SizeError
    """
    net = FAMILIES["comparison"].make(n=n, kind="threshold").network
    roles, files = _start(net, compare_two(net.inputs, net.outputs[0]))
    p = roles.prover
    try:
        digits = [Linear({b: 1, a: -1}) for a, b in zip(net.inputs[:n], net.inputs[n:], strict=True)][::-1]
        plan = plan_differences(n, 1, 1)
        less = difference(roles, digits, plan, "b-a")
        ((_, a, b),) = p.outputs
        tie = p.zero(form((p.step[a], 1), (less.value, 1)))  # the gate reads -H_0

        def then(i: int) -> int:
            off = _decide(p, b, p.sum((less.lower, 1), (i, plan.scale)))
            return p.sum((p.decide(a, p.sum((p.decide(less.positive, i), 1), (tie, -1))), 1), (off, -1))

        def otherwise(i: int) -> int:
            on = _decide(p, b, p.sum((less.upper, 1), (i, plan.scale)))
            return p.sum((p.decide(a, p.sum((p.decide(less.positive, i), 1), (tie, 1))), 1), (on, -1))

        return _finish(roles, files, [p.cases(form((less.positive, 1), (ONE, -1)), then, otherwise)])
    except Refused as error:
        raise NotProved(f"not proved: comparison: {error}") from error


def prove_addition(n: int) -> StructuralProof:
    """``a + b`` for numbers of ``n`` bits: carries with weights up to ``2^(n-1)``, and the circuit of depth 2.

    Raises
    ------
    NotProved, SizeError
    """
    net = FAMILIES["addition"].make(n=n, kind="large").network
    roles, files = _start(net, add_two(net.inputs, net.outputs))
    p = roles.prover
    where = ""
    try:
        plan = plan_differences(n, 3, 2)
        ones = [Linear({a: 1, b: 1}) for a, b in zip(net.inputs[:n], net.inputs[n:], strict=True)][::-1]
        carries: list[Difference | None] = [None]
        carried: list[int | None] = [None]
        for i in range(1, n + 1):
            where = f"carry {i}"
            carry = difference(roles, [column.plus(-1) for column in ones[:i]], plan, f"c{i}")
            v = roles.original[f"c{i}" if i < n else net.outputs[0]]
            tie = p.zero(form((p.step[v], 1), (carry.value, -1), (ONE, 1)))  # the gate reads H_0 - 1
            s = carry.positive
            when = lambda j, v=v, s=s, tie=tie: p.sum((p.decide(v, p.sum((p.decide(s, j), 1), (tie, 1))), 1), (p.one(j, s), -1))  # noqa: E731
            unless = lambda j, v=v, s=s, tie=tie: p.sum((p.decide(v, p.sum((p.decide(s, j), 1), (tie, -1))), 1), (p.none(j, s), -1))  # noqa: E731
            carried.append(p.cases(form((s, 1), (ONE, -1)), when, unless))  # the gate - positive = 0
            carries.append(carry)
        facts = []
        for k, (name, a, b) in enumerate(p.outputs):
            where = f"output {name}"
            low, high = (carries[n], None) if k == 0 else (carries[n - k], carries[n - k + 1])
            facts.append(_sum_bit(roles, plan.scale, a, b, low, high, carried, n - k if k else n, k == 0))
        return _finish(roles, files, facts)
    except Refused as error:
        raise NotProved(f"not proved: addition, {where}: {error}") from error


def _sum_bit(
    roles: Roles,
    scale: int,
    a: int,
    b: int,
    low: Difference | None,
    high: Difference | None,
    carried: list[int | None],
    place: int,
    last: bool,
) -> int:
    """The equality of one bit of the sum: by cases on what the gate of the original reads."""
    p = roles.prover
    if last:
        assert low is not None
        s, known = low.positive, carried[place]
        assert known is not None
        when = lambda i: p.sum((_decide(p, b, p.sum((low.lower, 1), (i, scale))), 1), (p.one(i, s), -1))  # noqa: E731
        unless = lambda i: p.sum((_decide(p, b, p.sum((low.upper, 1), (i, scale))), 1), (p.none(i, s), -1))  # noqa: E731
        return p.sum((known, 1), (p.cases(form((s, 1), (ONE, -1)), when, unless), -1))
    assert high is not None
    z = p.step[a]
    above, own = carried[place + 1], carried[place]
    assert above is not None
    pairs = [(own, -1)] if own is not None else []
    over = p.sum(*pairs, (above, 2))  # what the gate reads, over the variables of the signs

    def on(i: int) -> int:
        parts = [(low.lower, 1)] if low is not None else []
        known = p.sum((i, scale), (over, scale), *parts, (high.upper, 2))
        return p.sum((p.decide(a, i), 1), (_decide(p, b, known), -1))

    def off(i: int) -> int:
        parts = [(low.upper, 1)] if low is not None else []
        known = p.sum((i, scale), (over, -scale), *parts, (high.lower, 2))
        return p.sum((p.decide(a, i), 1), (_decide(p, b, known), -1))

    return p.cases(z, on, off)
