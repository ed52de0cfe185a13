"""The classical circuits, proved equal to the definitions of their functions for numbers of any size (docs/classical.md)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from exactnet.certify.structural.dropping import with_drops
from exactnet.certify.structural.prover import ONE, Part, Prover, form
from exactnet.certify.structural.proving import NotProved, StructuralProof
from exactnet.certify.structural.tactics.bitwise import compared, sorted_by_ranks
from exactnet.certify.structural.tactics.column_sums import bit_of_sum
from exactnet.certify.structural.tactics.differences import Difference, DifferenceTactics
from exactnet.certify.structural.tactics.lookahead import Lookahead
from exactnet.certify.structural.tactics.numbers import (
    Carry,
    Columns,
    Digits,
    decide_output,
    equal_gate,
    nothing_carried,
)
from exactnet.certify.structural.tactics.products import Blocks
from exactnet.certify.structural.tactics.ranks import sorted_numbers
from exactnet.certify.structural.tactics.roles import Roles
from exactnet.construct.base.builder import CircuitBuilder
from exactnet.construct.base.linear import Linear
from exactnet.construct.classical import iterated_addition
from exactnet.construct.classical.first_difference import Differences
from exactnet.construct.classical.shallow_addition import (
    digit_sums,
    digits_of_difference,
    plan_addition,
    plan_comparison,
)
from exactnet.construct.classical.shallow_multiplication import products
from exactnet.files.network_writer import dump_network
from exactnet.kernel.domain import Cube
from exactnet.kernel.network import Network
from exactnet.structural.kernel import Refused

__all__ = ["PROVED", "prove_function"]

Numbers = Mapping[str, int]


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


def prove_function(name: str, kind: str, numbers: Numbers, net: Network, constructed: Network) -> StructuralProof:
    """That a circuit of a kind is equal to the definition of its function.

    Raises
    ------
    NotProved
        If it is not what the construction builds, or no tactic knows the kind; that refutes nothing.
    """
    tactic = PROVED.get((name, kind))
    if tactic is None:
        raise NotProved(f"not proved: {name}, kind {kind}; there are proofs for {', '.join(' '.join(key) for key in PROVED)}")
    try:
        roles, files = _start(net, constructed)
        p = roles.prover
        facts = tactic(roles, numbers)
        goals: list[Any] = [facts[output] - p.count for output in net.outputs]
        p.conclude(goals)
    except (Refused, LookupError) as error:
        raise NotProved(f"not proved: {name}: {error}", (constructed, {"kind": "equal"})) from error
    return StructuralProof(*files, {"kind": "cube"}, {"kind": "equal"}, with_drops(p.lines, goals), goals)


Facts = dict[str, int]


def _division(roles: Roles, outputs: list[str]) -> Digits:
    """The long division of the definition, whose digits are these outputs, lowest first."""
    known = roles.original
    rests = {k: known[f"rest{k}"] for k in range(1, len(outputs))}
    return Digits(roles.prover, known["value"], {k: known[name] for k, name in enumerate(outputs)}, rests)


# --- two numbers -------------------------------------------------------------------------------------


def _comparison(roles: Roles, numbers: Numbers) -> Facts:
    """``Y <= FP``, for the digits ``b_c - a_c``."""
    p, n = roles.prover, numbers["n"]
    plan = plan_comparison(n)
    differences = Differences(roles.builder, digits_of_difference(tuple(roles.inputs)), plan, "b-a")
    less = DifferenceTactics(roles, differences).prove(n)
    ((name, a, b),) = p.outputs
    tie = p.zero(form((p.step[a], 1), (less.value, 1)))  # the gate reads -H_0

    def then(i: int) -> int:
        off = decide_output(p, b, p.sum((less.lower, 1), (i, plan.scale)))
        return p.sum((p.decide(a, p.sum((p.decide(less.positive, i), 1), (tie, -1))), 1), (off, -1))

    def otherwise(i: int) -> int:
        on = decide_output(p, b, p.sum((less.upper, 1), (i, plan.scale)))
        return p.sum((p.decide(a, p.sum((p.decide(less.positive, i), 1), (tie, 1))), 1), (on, -1))

    return {name: p.cases(form((less.positive, 1), (ONE, -1)), then, otherwise)}


def _places(roles: Roles, carry: Callable[[int], Carry]) -> tuple[Digits, list[Carry], list[int]]:
    """Of ``a + b``: its digits, its carries, and by place the equality ``digit - a - b - c + 2 c' = 0``."""
    p, names, n = roles.prover, list(roles.inputs), len(roles.inputs) // 2
    digits = _division(roles, list(roles.outputs)[::-1])
    pairs = list(zip(names[:n][::-1], names[n:][::-1], strict=True))
    above = {n: roles.zero}  # what is above a place, divided by its power
    for i in range(n - 1, -1, -1):
        above[i] = p.name(form(*((roles.inputs[x], 1) for x in pairs[i]), (above[i + 1], 2)))
    floors, carries = [], []
    for i in range(n + 1):
        known = carry(i)
        carries.append(known)
        what = form((above[i], 1), (known.carry, 1))
        same = p.zero(form((digits.value, 1), (known.sum, -1), (above[i], -1 << i)))
        floors.append(digits.floor(i, what, [(known.lower, 1), (same, 1)], [(known.upper, 1), (same, -1)]))
    zero, top = roles.zero, digits.high[n + 1]
    bits = []
    for i in range(n):  # above + c - high = 0
        bits.append(p.sum((floors[i], -1), (floors[i + 1], 2), (("=", above[i]), -1), (("=", digits.high[i]), 1)))
    bits.append(p.sum((floors[n], -1), (("=", digits.high[n]), 1), (("=", zero), -1), (("=", top), 2)))
    return digits, carries, bits


def _exact_addition(roles: Roles, n: int, carry: Callable[[int], Carry]) -> Facts:
    """Bits are read from the numbers and from carries that are exact."""
    p = roles.prover
    digits, _, bits = _places(roles, carry)
    facts: Facts = {}
    for i, same in enumerate(bits):
        b = roles.constructed[f"s{i}"]
        if p.of(same).keys() == {digits.digit[i], b}:  # the last carry is the output
            facts[f"s{i}"] = same
            continue
        on = lambda j, same=same: p.sum((j, 1), (same, -1))  # noqa: E731
        off = lambda j, same=same: p.sum((j, 1), (same, 1))  # noqa: E731
        facts[f"s{i}"] = equal_gate(p, digits.digit[i], b, on, off)
    return facts


def _small_addition(roles: Roles, numbers: Numbers) -> Facts:
    """Carry ``i`` is the sum over ``j`` of "``j`` generates one and all places above it pass it on"."""
    lookahead = Lookahead(roles)
    return _exact_addition(roles, numbers["n"], lambda i: lookahead.carry(i) if i else nothing_carried(roles))


def _large_addition(roles: Roles, numbers: Numbers) -> Facts:
    """Carries are gates, with weights ``2^i``."""
    p, n = roles.prover, numbers["n"]
    places = digit_sums(tuple(roles.inputs))

    def carry(i: int) -> Carry:
        if i == 0:
            return nothing_carried(roles)
        c = roles.constructed[f"c{i}" if i < n else f"s{n}"]
        total = p.name(form(*((roles.form(place), 1 << j) for j, place in enumerate(places[:i]))))
        p.range(total)
        return Carry({c: 1}, {total: 1}, *p.pair(total, form((total, 1), (c, -1 << i)), (1 << i) - 1))

    return _exact_addition(roles, n, carry)


def _shallow_addition(roles: Roles, numbers: Numbers) -> Facts:
    """Carries by first differences: a bit is rounded, ``|Q|(a + b) + Y - 2 Y'``."""
    p, n = roles.prover, numbers["n"]
    plan = plan_addition(n)
    differences = Differences(roles.builder, [place.plus(-1) for place in digit_sums(tuple(roles.inputs))], plan, "c")
    tactics = DifferenceTactics(roles, differences)
    known: list[Difference] = []

    def carry(i: int) -> Carry:
        if i == 0:
            return nothing_carried(roles)
        one = tactics.prove(i)
        known.append(one)
        size, total = 1 << i, form((one.value, 1), (ONE, (1 << i) - 1))
        return Carry({one.positive: 1}, total, *p.pair(one.value, form((total, 1), (one.positive, -size)), size - 1))

    digits, _, bits = _places(roles, carry)
    facts: Facts = {}
    for i in range(n + 1):
        t, b = digits.digit[i], roles.constructed[f"s{i}"]
        low = [(known[i - 1].lower, 1), (known[i - 1].upper, 1)] if i else []
        high = [(known[i].upper, 2), (known[i].lower, 2)] if i < n else []
        on = lambda j, i=i, ends=(low[:1], high[:1]): p.sum((j, plan.scale), (bits[i], -plan.scale), *ends[0], *ends[1])  # noqa: E731
        off = lambda j, i=i, ends=(low[1:], high[1:]): p.sum((j, plan.scale), (bits[i], plan.scale), *ends[0], *ends[1])  # noqa: E731
        facts[f"s{i}"] = equal_gate(p, t, b, on, off)
    return facts


# --- many numbers ------------------------------------------------------------------------------------


def _sum_columns(roles: Roles) -> Columns:
    """The columns of many numbers."""
    p, columns = roles.prover, dict[int, list[int]]()
    for name, v in roles.inputs.items():
        columns.setdefault(int(name.rpartition("_")[2]), []).append(v)
    listed = [columns[c] for c in range(len(columns))]
    return Columns(p, roles.zero, listed, [(("=", roles.original["value"]), -1)])


def _products(roles: Roles, gates: Mapping[tuple[int, int], int], places: int) -> tuple[list[list[int]], list[Part]]:
    """The columns of the products of two bits, gates that both networks have; parts that say what the value is over these."""
    p = roles.prover
    parts: list[Part] = [(("=", roles.original["value"]), -1)]
    columns: list[list[int]] = [[] for _ in range(places)]
    for (i, j), z in gates.items():
        both = roles.named(Linear({f"a{i}": 1, f"b{j}": 1})).f
        parts.append((p.steps(both, form((roles.original[f"z{i}_{j}"], 1), (z, -1)), 0), 1 << (i + j)))
        columns[i + j].append(z)
    return columns, parts


def _plain_products(roles: Roles, n: int, places: int) -> tuple[list[list[int]], list[Part]]:
    return _products(roles, {(i, j): roles.constructed[f"z{i}_{j}"] for i in range(n) for j in range(n)}, places)


def _by_thresholds(roles: Roles, columns: Columns, name: str) -> Facts:
    """Bit ``k`` is the sum of ``(-1)^(v+1) 1[F >= v*2^k]``, where ``F`` adds up the columns to place ``k``."""
    p, outputs = roles.prover, list(roles.outputs)[::-1]
    digits, facts, chain = _division(roles, outputs), Facts(), list[Part]()
    for k, output in enumerate(outputs):
        b = roles.constructed[output]
        if k < len(columns.bits):
            f = roles.constructed[f"{name}{k}"]
            p.range(f)
            chain = [*chain, (("=", columns.height[k]), -(1 << k)), (("=", f), 1)]
        rest, tie = columns.tie(k, f, chain)
        if k < len(columns.bits):
            # from here on by one fact
            chain = [(p.sum(*chain), 1)]
        gates = [roles.constructed[f"{name}{k}>={v}"] for v in range(1, (p.high[f] >> k) + 1)]
        low, high = p.pair(f, form((f, 1), *((g, -(1 << k)) for g in gates)), (1 << k) - 1)
        bit = form(*((g, -1 if v % 2 else 1) for v, g in enumerate(gates)))
        ends = p.pair(f, bit, 1)
        rest = form((rest, 1), *((g, 1) for g in gates[1::2]))
        same = digits.last(k, bit, rest, [(low, 1), (tie, 1)], [(high, 1), (tie, -1)], *ends)
        on = lambda i, same=same: p.sum((i, 1), (same, 1))  # noqa: E731
        off = lambda i, same=same: p.sum((i, 1), (same, -1))  # noqa: E731
        facts[output] = equal_gate(p, digits.digit[k], b, on, off)
    return facts


def _large_sum(roles: Roles, numbers: Numbers) -> Facts:
    return _by_thresholds(roles, _sum_columns(roles), "u")


def _large_multiplication(roles: Roles, numbers: Numbers) -> Facts:
    columns = Columns(roles.prover, roles.zero, *_plain_products(roles, numbers["n"], 2 * numbers["n"]))
    return _by_thresholds(roles, columns, "F")


def _small_multiplication(roles: Roles, numbers: Numbers) -> Facts:
    outputs = list(roles.outputs)[::-1]
    columns, parts = _plain_products(roles, numbers["n"], len(outputs))
    return Blocks(roles, columns, roles.prover.sum(*parts), _division(roles, outputs)).prove(outputs)


def _by_passages(roles: Roles, columns: Columns, plain: iterated_addition.Columns) -> Facts:
    outputs = list(roles.outputs)[::-1]
    digits = _division(roles, outputs)
    return {
        outputs[plan.j]: bit_of_sum(roles, columns, plain, plan, digits, outputs[plan.j])
        for plan in iterated_addition.plan_columns(plain, len(outputs))
    }


def _shallow_sum(roles: Roles, numbers: Numbers) -> Facts:
    return _by_passages(roles, _sum_columns(roles), iterated_addition.number_columns(numbers["n"], numbers["bits"]))


def _shallow_multiplication(roles: Roles, numbers: Numbers) -> Facts:
    n = numbers["n"]
    plain = products(roles.builder, list(roles.inputs))
    left = [iter(column) for column in plain.columns]
    gates = {(i, j): roles.variable(next(left[i + j])) for i in range(n) for j in range(n)}
    return _by_passages(roles, Columns(roles.prover, roles.zero, *_products(roles, gates, 2 * n - 1)), plain)


def _sorting(sort: Callable[[Roles, int, int], Facts]) -> Callable[[Roles, Numbers], Facts]:
    """One bit is sorted by another circuit, of depth 1."""

    def tactic(roles: Roles, numbers: Numbers) -> Facts:
        if numbers["bits"] == 1:
            raise Refused("of one bit there is no proof")
        return sort(roles, numbers["n"], numbers["bits"])

    return tactic


#: The tactics by function and kind.
PROVED: dict[tuple[str, str], Callable[[Roles, Numbers], Facts]] = {
    ("comparison", "shallow"): _comparison,
    ("comparison", "small"): lambda roles, numbers: compared(roles, numbers["n"]),
    ("addition", "large"): _large_addition,
    ("addition", "small"): _small_addition,
    ("addition", "shallow"): _shallow_addition,
    ("iterated-addition", "large"): _large_sum,
    ("iterated-addition", "shallow"): _shallow_sum,
    ("sorting", "shallow"): _sorting(sorted_numbers),
    ("sorting", "small"): _sorting(sorted_by_ranks),
    ("multiplication", "large"): _large_multiplication,
    ("multiplication", "shallow"): _shallow_multiplication,
    ("multiplication", "small"): _small_multiplication,
}
