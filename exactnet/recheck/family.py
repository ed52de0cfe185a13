"""Under ``S5 network``: the circuits, each held against ``1[r·N(x) >= v]`` on every input.

To believe: that :meth:`Bits.column` gives the bits of ``u = p·x + p²``, lowest first, input after input (on the cube the
inputs themselves); that the outputs of the circuits are taken in the order of ``v``, ``-rR < v <= rR``, and for each ``v``
in that of the outputs of ``N``; and that :meth:`Family.add` sees every input.
"""

from __future__ import annotations

from collections.abc import Sequence

from .certificate import Certificate
from .circuit import Circuit
from .domain import Domain
from .reading import clip, demand


class Bits(Domain):
    """The bits of the inputs of a domain, in its order, as the inputs of the circuits."""

    def __init__(self, inputs: Domain) -> None:
        self.inputs, self.kind, self.p, self.points, self.count = inputs, "cube", 1, list[list[int]](), inputs.count
        cube = all(low >= 0 and high <= 1 for low, high in inputs.range) and inputs.p == 1
        self.size = 1 if cube else (2 * inputs.frame**2).bit_length()
        self.shift, self.scale = (0, 1) if cube else (inputs.frame**2, inputs.frame // inputs.p)
        self.d = inputs.d * self.size
        self.range = [(0, 1)] * self.d

    def column(self, i: int, indices: Sequence[int]) -> list[int]:
        """One bit of one input, at the given indices of the domain."""
        place, bit = divmod(i, self.size)
        return [(x * self.scale + self.shift) >> bit & 1 for x in self.inputs.column(place, indices)]


class Family:
    """The circuits of a certificate; none, and nothing to check, under other statements."""

    def __init__(self, certificate: Certificate) -> None:
        self.circuit: Circuit | None = None
        self.conflict: str | None = None
        self.must_be_right = certificate.verdict == "certified"
        self.may_be_right = certificate.misfit() is not None or any(not row["holds"] for row in certificate.data["bounds"])
        net = certificate.circuits
        if net is None:
            return
        bits, most = Bits(certificate.domain), certificate.r * certificate.parameters["R"]
        self.values, self.width = range(1 - most, most + 1), len(certificate.original.outputs)
        wanted = f"{bits.d} bits, and {self.width} outputs for each of {clip(2 * most)} values of v"
        demand((len(net.inputs), len(net.outputs)) == (bits.d, 2 * most * self.width), f"the circuits do not have {wanted}")
        self.circuit = Circuit(net, bits)

    def add(self, indices: Sequence[int], columns: Sequence[Sequence[int]]) -> None:
        """Take in ``floor(r·N)`` of every output at some inputs of the domain."""
        if self.circuit is None or self.conflict is not None:
            return
        outputs = self.circuit.run(indices)
        for rank, v in enumerate(self.values):
            for output, column in enumerate(columns):
                for index, level, fires in zip(indices, column, outputs[rank * self.width + output], strict=True):
                    if fires != (level >= v) and self.conflict is None:
                        self.conflict = f"the circuit for v = {v} is wrong at input {index}: it gives {fires}"

    def finding(self) -> str:
        """What was found; if there is nothing else that refutes, it must be that a circuit is wrong."""
        demand(self.conflict is None or not self.must_be_right, str(self.conflict))
        demand(self.conflict is not None or self.must_be_right or self.may_be_right, "no counterexample, and every bound holds")
        return self.conflict or "every circuit is 1[r*N(x) >= v] on each of them"
