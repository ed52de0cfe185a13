"""S5 (a): the Boolean functions ``g_v = 1[r*N(x) >= v]`` over the bits of the input (docs/barriers.md).

On the grid ``u = p*x + p^2`` is an integer in ``[0, 2p^2]``, and its bits, lowest first, are the inputs of ``g_v``. Bits that
are no such ``u`` encode no input: there nothing is claimed, and the domain of ``g_v`` leaves them out. On the cube the
inputs are bits already.

Here a network becomes ``g_v`` as it is defined: it reads ``x`` off the bits, and a threshold gate reads it. What a route makes
of that (:func:`exactnet.construct.routes.translate.build_circuit`) is a threshold circuit.
"""

from __future__ import annotations

from collections.abc import Sequence

from gmpy2 import mpq

from exactnet.claims.barriers import bit_names, level_name, thresholds
from exactnet.construct.base.compose import in_series
from exactnet.kernel.domain import Cube, Grid
from exactnet.kernel.network import AFFINE, THRESHOLD, Network, Node, fresh_name

__all__ = ["from_bits", "levels"]

def from_bits(inputs: Sequence[str], frame: Grid) -> Network:
    """The inputs from their bits, ``x = (sum of 2^s * bit_s)/p - p``; outputs in the order of the inputs.

    >>> from_bits(["x"], Grid(1, 1))([1, 0])
    (mpq(0,1),)
    """
    bits = [bit_names(name, frame) for name in inputs]
    taken = {bit for of_one in bits for bit in of_one}
    nodes = []
    for name, of_one in zip(inputs, bits, strict=True):
        weights = {bit: mpq(1 << s, frame.p) for s, bit in enumerate(of_one)}
        nodes.append(Node(fresh_name(name, taken), AFFINE, weights, mpq(-frame.p)))
    return Network([bit for of_one in bits for bit in of_one], nodes, [node.id for node in nodes])


def levels(net: Network, frame: Cube | Grid, output_range: int, r: int, only: int | None = None) -> Network:
    """``1[r*N(x) >= v]`` over the bits of ``x``: for each ``v`` in ascending order (or ``only`` one), each output of ``N``.

    The hidden layers are those of ``N``; a threshold gate for each ``v`` takes the place of its output layer.

    >>> from exactnet.claims.barriers import codes
    >>> from exactnet.kernel.network import affine
    >>> g = levels(Network(["x"], [affine("y", {"x": 1})], ["y"]), Grid(1, 1), 1, 1)
    >>> g.inputs, g.outputs, [tuple(map(int, g(code))) for code in codes(Grid(1, 1), Grid(1, 1))]
    (('x.0', 'x.1'), ('y>=0', 'y>=1'), [(0, 0), (1, 0), (1, 1)])
    """
    gates = [
        Node(level_name(output, v), THRESHOLD, {output: mpq(r)}, mpq(-v))
        for v in (thresholds(output_range, r) if only is None else (only,))
        for output in net.outputs
    ]
    reading = Network(net.outputs, gates, [gate.id for gate in gates])
    return in_series(net if isinstance(frame, Cube) else in_series(from_bits(net.inputs, frame), net), reading)
