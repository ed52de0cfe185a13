"""The order in which files list nodes: a function of the network alone, so that equal networks give equal files."""

from __future__ import annotations

import re

from gmpy2 import mpz

from exactnet.kernel.network import Network

__all__ = ["canonical_order", "natural_key"]

_DIGITS = re.compile("([0-9]+)")


def natural_key(name: str) -> tuple[list[object], str]:
    """A sorting key that counts: ``h2`` comes before ``h10``.

    >>> sorted(["h10", "h2", "g", "h"], key=natural_key)
    ['g', 'h', 'h2', 'h10']
    """
    # Text and numbers alternate, text first, so that like is compared with like. mpz: int() refuses long digits.
    parts: list[object] = list(_DIGITS.split(name))
    for index in range(1, len(parts), 2):
        parts[index] = mpz(str(parts[index]))
    return parts, name


def canonical_order(net: Network) -> list[str]:
    """All nodes but the inputs, by the length of the longest path to them, then by name.

    Every node comes after the nodes it reads. Unlike ``net.order``, this does not depend on the order in which
    the network was built.
    """
    level = net.heights()
    return sorted(net.order, key=lambda name: (level[name], *natural_key(name)))
