"""S5 (b): the network ``-R + (1/r) * sum_v C_v(bits(x))`` from any threshold circuits ``C_v`` (docs/barriers.md).

One layer makes the bits, ``t`` layers the gates, one sums. Gates are taken as they are, multiplied to coprime integers; equal
gates of different circuits are made once. A circuit of less depth than another is read by wires that skip layers, that is by
chains of pass-through neurons of weight 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gmpy2 import mpq

from exactnet.construct.base.builder import Builder, CircuitBuilder, ReluBuilder
from exactnet.construct.base.inputs import bits_of
from exactnet.construct.base.scaling import RationalForm, combine, primitive
from exactnet.kernel.domain import Cube, Grid
from exactnet.kernel.network import AFFINE, Network

__all__ = ["assemble_network", "sum_of_circuits"]


def assemble_network(
    circuits: Mapping[int, Network],
    frame: Cube | Grid,
    inputs: Sequence[str],
    outputs: Sequence[str],
    output_range: int,
    r: int,
) -> Network:
    """The ReLU network ``-R + (1/r) * sum_v C_v(bits(x))``, of depth ``t + 2`` on the grid, ``t + 1`` on the cube.

    Parameters
    ----------
    circuits : for each ``v`` a threshold circuit over the bits of all inputs (lowest bit first, input after input), with
        one output for each output of the network.
    frame : the grid or cube that the inputs are from.
    inputs, outputs : the names of the network.
    output_range, r : ``R`` and ``r``; there are ``2rR`` circuits.

    >>> from exactnet.kernel.network import threshold
    >>> low, high = (Network(["a", "b"], [threshold("g", {"a": 1, "b": w}, -1)], ["g"]) for w in (1, 0))
    >>> net = assemble_network({0: low, 1: high}, Cube(2), ["a", "b"], ["y"], 1, 1)
    >>> [int(net(x)[0]) for x in Cube(2)]
    [-1, 0, 1, 1]
    """
    return _sum(ReluBuilder(inputs, outputs), circuits, frame, output_range, r)


def sum_of_circuits(
    circuits: Mapping[int, Network],
    frame: Cube | Grid,
    inputs: Sequence[str],
    outputs: Sequence[str],
    output_range: int,
    r: int,
) -> Network:
    """The same sum with the threshold gates left as they are: what :func:`assemble_network` is to compute."""
    return _sum(CircuitBuilder(inputs, outputs), circuits, frame, output_range, r)


def _sum(builder: Builder, circuits: Mapping[int, Network], frame: Cube | Grid, output_range: int, r: int) -> Network:
    bits = [RationalForm.of(bit, mpq(1)) for name in builder.inputs for bit in bits_of(builder, frame, name)]
    signals = [_circuit(builder, circuit, bits, v) for v, circuit in circuits.items()]
    for place, name in enumerate(builder.outputs):
        value = combine(((mpq(1, r), outputs[place]) for outputs in signals), mpq(-output_range))
        builder.affine_output(name, value.terms, value.constant)
    return builder.network()


def _circuit(builder: Builder, circuit: Network, bits: Sequence[RationalForm], v: int) -> list[RationalForm]:
    """The outputs of one circuit. Its output gates are its own, so that each is read with weight ``1/r``."""
    values = dict(zip(circuit.inputs, bits, strict=True))
    for name in circuit.order:
        form = combine(((weight, values[source]) for source, weight in circuit.sources(name)), circuit.bias(name))
        if circuit.kind(name) == AFFINE:
            values[name] = form
        else:
            integers, _ = primitive(form)
            owner = f"C{v}" if name in circuit.outputs else ""
            values[name] = RationalForm.of(builder.gate(integers, f"C{v}.{name}", owner), mpq(1))
    return [values[name] for name in circuit.outputs]
