"""The range of an output of the original, proved: differences of two ReLUs that are gates, and intervals for all else.
"""

from __future__ import annotations

from exactnet.certify.structural.prover import Prover, form
from exactnet.structural.kernel import Form, Refused, accumulate

__all__ = ["bound_output", "relu_range"]


def _gate_of(p: Prover, one: int, two: int) -> tuple[int, int] | None:
    """Two ReLUs as ``(upper, lower)`` if ``upper - lower`` is ``[z + 1]+ - [z]+`` for an integer form ``z``."""
    for upper, lower in ((one, two), (two, one)):
        (d1, z1), (d0, z0) = p.relu[upper], p.relu[lower]
        if d0 == d1 == 1 and p.whole(z0) and form((z1, 1), (z0, -1)) == {0: 1}:
            return upper, lower
    return None


def relu_range(p: Prover, v: int) -> None:
    """An upper bound of a ReLU from that of its form."""
    if p.bounded(v):
        return
    den, z = p.relu[v]
    if den != 1 or v not in p.integer:
        raise Refused(f"{p.names[v]} is not an integer")
    inner = p.name(z)
    for u in z:
        _range(p, u)
    p.range(inner)
    most = max(0, p.high[inner])
    then = lambda i: p.sum((p.decide(v, p.sum((i, 1), (("=", inner), 1))), -1), (("=", inner), -1), (("<", inner), 1))  # noqa: E731
    otherwise = lambda i: p.sum((p.decide(v, p.sum((i, 1), (("=", inner), -1))), -1))  # noqa: E731
    p.bound((p.cases({inner: 1}, then, otherwise), 1))
    if p.high[v] > most:
        raise Refused("the bound of a ReLU is not the one that was meant")


def _range(p: Prover, v: int) -> None:
    """Bounds of any node of the original."""
    stack = [v]
    while stack:
        u = stack[-1]
        if p.bounded(u):
            stack.pop()
            continue
        inner = p.affine[u][1] if u in p.affine else p.relu[u][1]
        todo = [] if p.gate(u) is not None else [w for w in inner if not p.bounded(w)]
        stack.extend(todo)
        if not todo:
            if u in p.relu:
                relu_range(p, u)
            else:
                p.range(u)
            stack.pop()


def bound_output(p: Prover, a: int) -> None:
    """Bounds of an output ``a`` of the original.

    Raises
    ------
    Refused
        If the output is no integer by its definition.
    """
    if a not in p.integer:
        raise Refused(f"{p.names[a]} is no integer by its definition")
    parts, rest = p.expand({a: 1})
    known: Form = {}
    for u in [u for u in rest if u in p.relu]:
        if u not in rest:
            continue
        for w in [w for w in rest if w != u and w in p.relu and rest[w] == -rest[u]]:
            gate = _gate_of(p, u, w)
            if gate is not None:
                s = p.name({gate[0]: 1, gate[1]: -1})
                p.range(s)
                c = rest.pop(gate[0])
                del rest[gate[1]]
                parts.append((("=", s), c))
                accumulate(known, {s: c})
                break
    for u in rest:
        _range(p, u)
    known = form((known, 1), (rest, 1))
    same = p.sum(*parts)  # a - known = 0
    p.bound((same, 1), *p.box(known, 1))
    p.bound((same, -1), *p.box(known, -1))
