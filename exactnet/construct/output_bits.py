"""S5 (a): the Boolean functions ``g_v = 1[r*N(x) >= v]`` over the bits of the input (docs/barriers.md).

On the grid ``u = p*x + p^2`` is an integer in ``[0, 2p^2]``, and its bits, lowest first, are the inputs of ``g_v``. Bits that
are no such ``u`` encode no input: there nothing is claimed, and the domain of ``g_v`` leaves them out. On the cube the
inputs are bits already.

Here a network becomes ``g_v`` as it is defined: it reads ``x`` off the bits, and a threshold gate reads it. What a route makes
of that (:func:`exactnet.construct.translate.build_circuit`) is a threshold circuit.
"""

from __future__ import annotations

from collections.abc import Sequence

from gmpy2 import mpq

from exactnet.domain import Cube, Domain, Grid, Points
from exactnet.errors import SizeError
from exactnet.network import AFFINE, THRESHOLD, Network, Node

__all__ = ["bit_names", "codes", "from_bits", "level_name", "levels", "thresholds"]

#: The most bits in a list of codes: what a file can hold.
MAX_CODES = 4_000_000


def bit_names(name: str, frame: Cube | Grid) -> list[str]:
    """The names of the bits of one input, lowest first; on the cube the input itself.

    >>> bit_names("x1", Grid(1, 2)), bit_names("x1", Cube(2))
    (['x1.0', 'x1.1'], ['x1'])
    """
    if isinstance(frame, Cube):
        return [name]
    return [f"{name}.{s}" for s in range((2 * frame.p**2).bit_length())]


def level_name(output: str, v: int) -> str:
    """What ``1[r*output >= v]`` is called.

    >>> level_name("y", -3)
    'y>=-3'
    """
    return f"{output}>={v}"


def thresholds(output_range: int, r: int) -> range:
    """The ``v`` with ``-rR < v <= rR``, ascending.

    >>> list(thresholds(1, 2))
    [-1, 0, 1, 2]
    """
    return range(1 - r * output_range, r * output_range + 1)


def codes(domain: Domain, frame: Cube | Grid) -> Cube | Points:
    """The bits of all inputs of a domain that lies on ``frame``, in the order of the domain.

    Raises :class:`SizeError` for more than :data:`MAX_CODES` bits in all.

    >>> [tuple(map(int, code)) for code in codes(Grid(1, 1), Grid(1, 1))]
    [(0, 0), (1, 0), (0, 1)]
    """
    if isinstance(domain, Cube):
        return domain
    size = len(bit_names("", frame))
    if isinstance(frame, Cube):
        return Points(tuple(domain))
    if domain.count * domain.d * size > MAX_CODES:
        raise SizeError(
            f"too large: {domain.count} inputs of {domain.d * size} bits each, which are listed in the certificate of the "
            f"circuits, more than {MAX_CODES} bits"
        )
    known: dict[mpq, tuple[mpq, ...]] = {}
    for u in range(frame.base):
        known[frame.value(u)] = tuple(mpq(u >> s & 1) for s in range(size))
    return Points(tuple(tuple(bit for x in point for bit in known[x]) for point in domain))


def from_bits(inputs: Sequence[str], frame: Grid) -> Network:
    """The inputs from their bits, ``x = (sum of 2^s * bit_s)/p - p``; outputs in the order of the inputs.

    >>> from_bits(["x"], Grid(1, 1))([1, 0])
    (mpq(0,1),)
    """
    bits = [bit_names(name, frame) for name in inputs]
    taken = {bit for of_one in bits for bit in of_one}
    nodes = []
    for name, of_one in zip(inputs, bits, strict=True):
        fresh = name
        while fresh in taken:
            fresh += "'"
        taken.add(fresh)
        nodes.append(Node(fresh, AFFINE, {bit: mpq(1 << s, frame.p) for s, bit in enumerate(of_one)}, mpq(-frame.p)))
    return Network([bit for of_one in bits for bit in of_one], nodes, [node.id for node in nodes])


def levels(net: Network, frame: Cube | Grid, output_range: int, r: int) -> Network:
    """``1[r*N(x) >= v]`` over the bits of ``x``: for each ``v`` in ascending order, each output of ``N``.

    The hidden layers are those of ``N``; a threshold gate for each ``v`` takes the place of its output layer.

    >>> from exactnet.network import affine
    >>> g = levels(Network(["x"], [affine("y", {"x": 1})], ["y"]), Grid(1, 1), 1, 1)
    >>> g.inputs, g.outputs, [tuple(map(int, g(code))) for code in codes(Grid(1, 1), Grid(1, 1))]
    (('x.0', 'x.1'), ('y>=0', 'y>=1'), [(0, 0), (1, 0), (1, 1)])
    """
    gates = [
        Node(level_name(output, v), THRESHOLD, {output: mpq(r)}, mpq(-v))
        for v in thresholds(output_range, r)
        for output in net.outputs
    ]
    reading = Network(net.outputs, gates, [gate.id for gate in gates])
    return (net if isinstance(frame, Cube) else from_bits(net.inputs, frame) >> net) >> reading
