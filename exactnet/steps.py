"""Threshold steps written as two ReLUs: ``[z+1]+ - [z]+ = 1[z >= 0]`` for integer ``z``.

Two ReLUs ``(upper, lower)`` are one step if, in the expansion, they have the same incoming wires, the bias of ``upper``
is that of ``lower`` plus 1, and every reader, of which there is at least one, reads them with exactly opposite weights.

Wires are compared by fingerprints, so that the expansion need not be written out: every node gets a pseudorandom
number, and the fingerprint of a set of wires is the sum of weight times number modulo a 128-bit prime. That is linear,
so it passes through affine nodes. Prime and numbers are drawn by SHA-256 from the whole network, so that no weight can
be chosen to fit them. A comparison errs with a probability of about ``2^-120``; no verdict rests on one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from hashlib import sha256
from operator import itemgetter

import gmpy2
from gmpy2 import mpq, mpz

from exactnet.network import AFFINE, THRESHOLD, Node

__all__ = ["pair_steps"]


def pair_steps(
    inputs: Sequence[str], nodes: Sequence[Node], outputs: Sequence[str], bias: Mapping[str, mpq]
) -> list[tuple[str, str]]:
    """A maximum set of disjoint pairs of ReLUs ``(upper, lower)`` that are each one threshold step.

    Parameters
    ----------
    inputs, nodes, outputs : a network; each node after the nodes that it reads.
    bias : the bias of every ReLU in the expansion.

    >>> from exactnet.network import affine, relu
    >>> nodes = [relu("a", {"x": 2}, 1), relu("b", {"x": 2}), affine("y", {"a": 3, "b": -3})]
    >>> pair_steps(["x"], nodes, ["y"], {"a": mpq(1), "b": mpq(0)})
    [('a', 'b')]
    """
    if len(bias) < 2:
        return []
    prints = _Fingerprints(inputs, nodes, outputs)
    incoming, outgoing = prints.incoming(), prints.outgoing()
    groups: defaultdict[tuple[mpz, mpz], list[tuple[mpq, str, bool]]] = defaultdict(list)
    for name, value in bias.items():
        out = outgoing[name]
        if out:  # an unread ReLU is no step
            opposite = prints.prime - out
            groups[incoming[name], min(out, opposite)].append((value, name, out < opposite))
    pairs: list[tuple[str, str]] = []
    for group in groups.values():
        # The ReLUs of one bias and sign can only be paired with those one bias below and one above, of the other sign:
        # the group falls into chains, and pairing from the lowest bias upwards is optimal.
        unpaired: defaultdict[tuple[mpq, bool], list[str]] = defaultdict(list)
        for value, name, sign in sorted(group, key=itemgetter(0)):
            below = unpaired[value - 1, not sign]
            if below:
                pairs.append((name, below.pop()))
            else:
                unpaired[value, sign].append(name)
    return pairs


class _Fingerprints:
    """Fingerprints of the incoming and outgoing wires of the expansion, modulo ``prime``."""

    def __init__(self, inputs: Sequence[str], nodes: Sequence[Node], outputs: Sequence[str]) -> None:
        digest = sha256(repr((tuple(inputs), tuple(outputs))).encode())
        for node in nodes:
            digest.update(repr((node.id, node.kind, node.bias, dict(node.sources))).encode())
        self.inputs, self.nodes, self.outputs = inputs, nodes, outputs
        self.seed = digest.digest()
        self.prime: mpz = gmpy2.next_prime(mpz(int.from_bytes(self.seed[:16], "big") | 1 << 127))

    def number(self, role: str, name: str) -> mpz:
        """The pseudorandom number of a node as a source, as a reader or as an output."""
        return mpz(int.from_bytes(sha256(self.seed + repr((role, name)).encode()).digest(), "big")) % self.prime

    def weight(self, value: mpq) -> mpz:
        """A weight modulo the prime."""
        if value.denominator == 1:
            return value.numerator
        return value.numerator * gmpy2.invert(value.denominator, self.prime)

    def incoming(self) -> dict[str, mpz]:
        """For every node, the sum of weight times number over the expanded wires into it."""
        wires: dict[str, mpz] = {}
        as_source = {name: self.number("source", name) for name in self.inputs}
        for node in self.nodes:
            total = mpz()
            for source, weight in node.sources.items():
                total += self.weight(weight) * as_source[source]
            wires[node.id] = total % self.prime
            as_source[node.id] = wires[node.id] if node.kind == AFFINE else self.number("source", node.id)
        return wires

    def outgoing(self) -> dict[str, mpz]:
        """For every node and input, the sum of weight times number over its expanded readers.

        Readers are active nodes, affine outputs, and the linear layer above an output that is a ReLU or an input.
        """
        wires: defaultdict[str, mpz] = defaultdict(mpz)
        thresholds = {node.id for node in self.nodes if node.kind == THRESHOLD}
        wires.update((name, self.number("output", name)) for name in self.outputs if name not in thresholds)
        for node in reversed(self.nodes):  # every node after its readers
            wires[node.id] %= self.prime
            as_reader = wires[node.id] if node.kind == AFFINE else self.number("reader", node.id)
            if as_reader:
                for source, weight in node.sources.items():
                    wires[source] += self.weight(weight) * as_reader
        return wires
