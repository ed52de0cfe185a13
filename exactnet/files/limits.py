"""How large the numbers of a network from a file can become: bounds that are found before anything is evaluated.

A short file can ask for numbers of gigabytes: weights are multiplied along paths, denominators in sums, and affine nodes
in the nodes that read them. One pass over the wires, on bit lengths and denominators alone, bounds what evaluating an
input once takes, and what the expansion (:mod:`exactnet.kernel.expansion`) takes. No verdict rests on it.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain

import gmpy2
from gmpy2 import mpq, mpz

from exactnet.kernel.domain import Domain, Points, check_dimension
from exactnet.kernel.errors import DomainError, FormatError, clip_text
from exactnet.kernel.network import AFFINE, THRESHOLD, Network

__all__ = ["check_domain", "check_domain_size", "check_expansion", "check_growth"]

#: Bits of all products and partial sums at one input, besides those that the length of the file allows.
MAX_BITS = 2**26
#: The same for each byte of the file.
BITS_PER_BYTE = 64
#: Bits of all coordinates of a list of points, as integers over their common denominator.
MAX_COORDINATE_BITS = 2**28
#: Terms of all forms of the expansion that are written out, besides those that the wires allow; and of those held at once.
MAX_TERMS, MAX_LIVE_TERMS = 2**24, 2**23
#: The same for each wire.
TERMS_PER_WIRE = 16


def check_growth(net: Network, length: int) -> None:
    """Raise :class:`FormatError` where a network from a file of ``length`` bytes has values or forms that are too large.

    The values are those at integer inputs of one bit; larger inputs are for :func:`check_domain_size`.

    >>> from exactnet.kernel.network import affine
    >>> chain = [affine(f"h{i + 1}", {f"h{i}": "1e9999"}) for i in range(100)]
    >>> check_growth(Network(["h0"], chain, ["h100"]), 5000)
    Traceback (most recent call last):
    ...
    exactnet.kernel.errors.FormatError: node 'h45': up to here, the values at one input may have more than 67428864 bits
    """
    _check_values(net, MAX_BITS + BITS_PER_BYTE * length)
    check_expansion(net)


def _check_values(net: Network, limit: int) -> None:
    one = mpz(1)
    size: dict[str, tuple[mpz, mpz]] = dict.fromkeys(net.inputs, (one, one))  # |value| at most; a common denominator
    used = 0
    for name in net.order:
        sources, bias = [*net.sources(name)], net.bias(name)
        most, denominator = _rounded_up(bias), bias.denominator
        for part, wires in Counter([size[source][1] * weight.denominator for source, weight in sources]).items():
            if denominator % part:
                denominator = gmpy2.lcm(denominator, part)
            used += 2 * wires * denominator.bit_length() if part != 1 else 0
            if used > limit:
                break
        most += sum([size[source][0] * _rounded_up(weight) for source, weight in sources])
        used += (1 + len(sources)) * most.bit_length() + 2 * denominator.bit_length()
        if used > limit:
            raise FormatError(f"node {clip_text(name)}: up to here, the values at one input may have more than {limit} bits")
        size[name] = (one, one) if net.kind(name) == THRESHOLD else (most, denominator)


def _rounded_up(value: mpq) -> mpz:
    """The absolute value."""
    return -(-abs(value.numerator) // value.denominator)


def _magnitude(value: mpq) -> int:
    """Bits such that the absolute value is less than 2 to this power."""
    return int(value.numerator.bit_length() - value.denominator.bit_length() + 1)


def check_expansion(net: Network) -> None:
    """Raise :class:`FormatError` where the expansion of a network may be too large to be measured.

    That is where :func:`exactnet.kernel.expansion.expanded_nodes` may write out, or hold at once, too many terms.
    """
    affine = [name for name in net.order if net.kind(name) == AFFINE]
    if not affine:
        return
    wires = net.wires
    most, most_live = MAX_TERMS + TERMS_PER_WIRE * wires, MAX_LIVE_TERMS + TERMS_PER_WIRE * wires
    terms: dict[str, int] = {}  # of the form of an affine node; others are terms themselves
    readers = {name: sum(1 for _ in net.readers(name)) for name in affine}
    sources_of_all = len(net.inputs) + len(net.order) - len(affine)
    total = live = 0
    for name in net.order:
        sources = [source for source, _ in net.sources(name)]
        shared = len(sources) == 1 and sources[0] in terms
        count = terms[sources[0]] if shared else sum(terms.get(source, 1) for source in sources)
        total += 0 if shared else count
        if name in readers:
            terms[name] = min(count, sources_of_all)
            live += 0 if shared else terms[name]
        if total > most or live > most_live:
            raise FormatError(
                f"node {clip_text(name)}: with affine nodes substituted, there may be more than "
                f"{most if total > most else most_live} terms up to here"
            )
        for source in sources:
            if source in readers:
                readers[source] -= 1
                if not readers[source] and len(sources) > 1:
                    live -= terms[source]


def check_domain_size(domain: Domain, net: Network | None = None) -> None:
    """Raise :class:`DomainError` where coordinates have too many bits: to be kept, or to evaluate ``net`` there.

    Coordinates are taken as integers over their least common denominator, which can be far longer than all of them.
    """
    if not isinstance(domain, Points):
        return
    cells = domain.count * domain.d
    allowed = MAX_COORDINATE_BITS // cells + BITS_PER_BYTE
    if net is not None:
        allowed = min(allowed, max(1024, MAX_BITS // (1 + net.wires)))
    denominator, bits = mpz(1), 0
    for value in chain.from_iterable(domain.points):
        bits = max(bits, _magnitude(value))
        if denominator % value.denominator:
            denominator = gmpy2.lcm(denominator, value.denominator)
        if bits + denominator.bit_length() > allowed:
            many = f"{cells} coordinates" if net is None else f"{cells} coordinates with this network"
            raise DomainError(f"over their common denominator, coordinates have more than {allowed} bits; too many for {many}")


def check_domain(net: Network, domain: Domain, max_inputs: int) -> None:
    """Raise :class:`DomainError` unless the domain fits the network and has at most ``max_inputs`` inputs."""
    check_dimension(domain, net.inputs)
    if domain.count > max_inputs:
        count = str(domain.count) if domain.count < 10**30 else f"about 2^{domain.count.bit_length() - 1}"
        raise DomainError(f"the domain has {count} inputs, more than --max-inputs {max_inputs}")
