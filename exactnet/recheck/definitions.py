"""The classical functions as networks that define them: what the original of a proved classical circuit must be.

To believe: that each definition says what its name says. ``digits`` writes a form in binary by long division: a digit is
whether the rest is at least ``2^k``, from the highest place down. This is written anew, and shares nothing with what makes
the networks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .named import Named
from .network import Net
from .reading import clip, demand

Row = tuple[str, str, Mapping[str, int], int]  # a node: name, kind, weights, bias
MOST = 4096  # inputs


def bits(name: str, count: int) -> list[str]:
    """The names of the bits of a number, from the highest on."""
    return [f"{name}{place}" for place in reversed(range(count))]


def digits(value: Mapping[str, int], outputs: Sequence[str]) -> Iterator[Row]:
    """The digits of a form whose values have no more digits than there are outputs; the last output is the digit of 1."""
    yield "value", "affine", value, 0
    rest = "value"
    for place, output in reversed(list(enumerate(reversed(outputs)))):
        yield output, "threshold", {rest: 1}, -(2**place)
        if place > 0:
            yield f"rest{place}", "affine", {rest: 1, output: -(2**place)}, 0
            rest = f"rest{place}"


def comparison(n: int) -> Iterator[Row]:
    """Whether ``a - b`` is at least 0."""
    yield "y", "threshold", {f"{x}{i}": sign * 2**i for x, sign in (("a", 1), ("b", -1)) for i in range(n)}, 0


def products(n: int) -> Iterator[Row]:
    """A gate for each product of a bit of ``a`` and a bit of ``b``; the digits of their sum, each times its power of two."""
    value = {}
    for i in range(n):
        for j in range(n):
            yield f"z{i}_{j}", "threshold", {f"a{i}": 1, f"b{j}": 1}, -2
            value[f"z{i}_{j}"] = 2**i * 2**j
    yield from digits(value, bits("m", 2 * n))


def ascending(n: int, size: int) -> Iterator[Row]:
    """``y_k`` is the number of rank ``k``. A rank is one more than how many come before: of the numbers that stand after
    ``x_i`` those that are less, of the others those that are not larger.
    """
    for i in range(1, n + 1):
        for j in range(i + 1, n + 1):
            weights = {f"x{k}_{c}": sign * 2**c for k, sign in ((i, 1), (j, -1)) for c in range(size)}
            yield f"{i}>{j}", "threshold", weights, -1
    for i in range(1, n + 1):
        less = {f"{i}>{j}": 1 for j in range(i + 1, n + 1)}
        not_larger = {f"{j}>{i}": -1 for j in range(1, i)}
        yield f"rank{i}", "affine", {**less, **not_larger}, 1 + len(not_larger)
        for k in range(1, n + 2):
            yield f"rank{i}>={k}", "threshold", {f"rank{i}": 1}, -k
    for k in range(1, n + 1):
        for c in range(size):
            taken = {}
            for i in range(1, n + 1):
                has_rank = {f"rank{i}>={k}": 1, f"rank{i}>={k + 1}": -1}
                yield f"{i}:y{k}_{c}", "threshold", {f"x{i}_{c}": 1, **has_rank}, -2
                taken[f"{i}:y{k}_{c}"] = 1
            yield f"y{k}_{c}", "threshold", taken, -1


def defined(name: str, numbers: Mapping[str, int]) -> tuple[list[str], list[str], Iterator[Row]]:
    """Inputs, outputs and nodes of the definition of a function."""
    n, size = numbers["n"], numbers.get("bits", 1)
    two = bits("a", n) + bits("b", n)
    many = {x: [bit for i in range(1, n + 1) for bit in bits(f"{x}{i}_", size)] for x in "xy"}
    if name == "comparison":
        return two, ["y"], comparison(n)
    if name == "addition":
        outputs = bits("s", n + 1)
        return two, outputs, digits({f"{x}{i}": 2**i for i in range(n) for x in "ab"}, outputs)
    if name == "multiplication":
        return two, bits("m", 2 * n), products(n)
    if name == "iterated-addition":
        outputs = bits("s", len(bin(n * (2**size - 1))) - 2)
        return many["x"], outputs, digits({f"x{i}_{c}": 2**c for c in range(size) for i in range(1, n + 1)}, outputs)
    demand(name == "sorting", f"no circuit is proved to be {clip(name)}")
    return many["x"], many["y"], ascending(n, size)


def check_definition(original: Net, options: Mapping[str, str], kind: str) -> str:
    """The original is the definition of the function that the options name, node by node."""
    named = Named(options, kind, len(original.inputs), len(original.outputs))
    demand(named.conflict is None, str(named.conflict))
    demand("n" in named.numbers and len(original.inputs) <= MOST, f"{named.what}: no definition, or more than {MOST} inputs")
    inputs, outputs, nodes = defined(options["function"], named.numbers)
    what, seen = f"the original is not the definition of {named.what}", set()
    demand((original.inputs, original.outputs) == (inputs, outputs), f"{what}: other names")
    for name, sort, weights, bias in nodes:
        seen.add(name)
        same = original.kind.get(name) == sort and original.wires[name] == weights and original.bias[name] == bias
        demand(same, f"{what}: node {clip(name)} is another")
    demand(seen == original.wires.keys(), f"{what}: it has other nodes")
    return f"confirmed: the original is the definition of {named.what}"
