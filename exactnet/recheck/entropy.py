"""E2: no network of a shape is near all sums of hats with signs: an inequality between integers.

To believe: the theorem in docs/entropy.md, that :func:`check_entropy` computes its integers, and that it compares them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import Any

from .reading import clip, demand, number, require, take

FORM = "exactnet-entropy/1"
FIELDS = ("format", "hats", "cell", "theta", "widths", "weight", "parameters", "lipschitz", "centres", "versions", "run")
MOST = 2**22  # hats


def check_entropy(data: Mapping[str, Any]) -> Iterator[str]:
    """Check a certificate; the last line is the verdict."""
    require(set(data) == set(FIELDS), "the certificate: a field is missing or unknown")
    hats, widths = take(data, "hats", int, "the certificate"), take(data, "widths", list, "the certificate")
    cell, theta, weight = (Fraction(number(data[name], name)) for name in ("cell", "theta", "weight"))
    whole = all(isinstance(n, int) and not isinstance(n, bool) and 1 <= n <= 10**9 for n in widths)
    require(whole and 1 <= len(widths) <= 10**4, "the widths are not 1 to 10000 positive integers")
    require(1 <= hats <= MOST and weight.denominator == 1 and 1 <= weight < 2**64, "hats or weight is out of range")
    demand(0 < hats * cell <= 1, "the cells do not lie in [0, 1]")
    demand(0 < theta <= cell / 2, "theta is more than half the least distance")
    yield f"E2: {hats} hats on cells of length {clip(cell)}, theta = {clip(theta)}"
    yield f"about: all networks of {len(widths)} hidden layers of these widths, with parameters in [-{weight}, {weight}]"
    layers = [1, *widths, 1]
    w, most, moved, count = int(weight), 1, 0, 0
    for before, after in pairwise(layers):
        moved = before * most + 1 + w * before * moved
        most = w * (before * most + 1)
        count += after * (before + 1)
    places = ceil(2 * w * moved / theta)
    for name, value in (("parameters", count), ("lipschitz", moved), ("centres", places)):
        demand(number(data[name], name) == value, f"{name} is {clip(value)}, not as recorded")
    bits = places.bit_length()
    # places < 2^bits, and places >= 2^(bits - 1)
    fewer = bits * count <= hats or ((bits - 1) * count < hats and places**count < 2**hats)
    demand(fewer, f"{count} parameters of {bits} bits are not excluded by 2^{hats} functions")
    yield f"confirmed: centres^parameters < 2^hats: {count} parameters, {bits} bits for each"
    yield "certified"
