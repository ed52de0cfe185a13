"""Inputs as literals (docs/theory.md): bits of the cube as they are; grid inputs as integers, or as bits.

On the grid ``u = p*x + p^2`` is an integer in ``[0, 2p^2]``, and ``x = u/p - p``. Read as an integer it costs no
layer, and counts ``2p^2`` times in the mass of literals; as ``ceil(log2(2p^2 + 1))`` bits it costs one layer of
gates.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from gmpy2 import mpq

from exactnet.claims.promises import Means
from exactnet.construct.base.builder import Builder, check_table
from exactnet.construct.base.linear import Linear, total
from exactnet.construct.base.scaling import RationalForm
from exactnet.kernel.domain import Domain, Product
from exactnet.kernel.network import AFFINE, Node

__all__ = ["as_bits", "as_integers", "bits_of", "input_integers"]


def _shifted(builder: Builder, name: str, domain: Product) -> Linear:
    """``u = p*x + p^2`` on the grid; the input itself on the cube."""
    if domain.kind == "cube":
        return builder.signal(name, 0, 1)
    p = domain.p
    node = builder.fresh(f"u({name})")
    means = Means(f"{name} as an integer from 0 to {2 * p * p}", "sum", {}, {name: mpq(p)}, mpq(p * p))
    builder.add_input(Node(node, AFFINE, {name: mpq(p)}, mpq(p * p), means))
    return builder.signal(node, 0, 2 * p * p)


def _value(integer: Linear, domain: Product) -> RationalForm:
    if domain.kind == "cube":
        return RationalForm.of(integer, mpq(1))
    return RationalForm.of(integer.plus(-(domain.p**2)), mpq(1, domain.p))


def as_integers(builder: Builder, domain: Product) -> dict[str, RationalForm]:
    """Every input as a form over one literal, its integer ``u``; no layer of gates."""
    return {name: _value(_shifted(builder, name, domain), domain) for name in builder.inputs}


def as_bits(builder: Builder, domain: Product) -> dict[str, RationalForm]:
    """Every input as a form over the bits of its integer ``u``: one layer of gates on the grid."""
    bits_by_input = {name: bits_of(builder, domain, name) for name in builder.inputs}
    return {name: _value(total(bit.scaled(1 << s) for s, bit in enumerate(bits)), domain) for name, bits in bits_by_input.items()}


def bits_of(builder: Builder, domain: Product, name: str) -> list[Linear]:
    """The bits of the integer ``u`` of one input, lowest first, each a sum of steps; on the cube the input itself."""
    integer = _shifted(builder, name, domain)
    high = builder.interval(integer)[1]
    check_table(high + 1, name)
    places = np.arange(high + 1)
    return [builder.exact_sum(integer, (places >> s) & 1, f"{name}.bit{s}") for s in range(high.bit_length())]


def input_integers(domain: Domain, frame: Product, most: int) -> list[npt.NDArray[np.int32]]:
    """The integers ``u`` of every coordinate on the inputs of a domain, or on ``most`` of them spread evenly.

    One column for each coordinate.
    """
    count = min(domain.count, most)
    columns = np.empty((frame.d, count), dtype=np.int32)
    shift = 0 if frame.kind == "cube" else frame.p**2
    for place in range(count):
        point = domain[place * domain.count // count]
        columns[:, place] = [int(x * frame.p) + shift for x in point]
    return list(columns)
