"""The routes A and C as functions from a network to a network, one for each form: nothing is chosen, nothing is checked."""

from __future__ import annotations

from exactnet.construct.routes import compact, lookahead
from exactnet.construct.routes.translate import build
from exactnet.kernel.domain import Product
from exactnet.kernel.network import Network


def lookahead_exact(net: Network, domain: Product, output_range: int, r: int, options: lookahead.Options) -> Network:
    """``N'(x) = N(x)`` wherever ``|N(x)| <= output_range`` and ``r*N(x)`` is an integer."""
    return build("exact", net, domain, output_range, r, lookahead.stages(options))


def lookahead_rounded(net: Network, domain: Product, output_range: int, r: int, options: lookahead.Options) -> Network:
    """``N'(x) = floor(r*N(x))/r`` wherever ``|N(x)| <= output_range``."""
    return build("rounded", net, domain, output_range, r, lookahead.stages(options))


def lookahead_circuit(net: Network, domain: Product, options: lookahead.Options) -> Network:
    """An equivalent threshold circuit."""
    return build("circuit", net, domain, 1, 1, lookahead.stages(options))


def compact_exact(net: Network, domain: Product, output_range: int, r: int, options: compact.Options) -> Network:
    """``N'(x) = N(x)`` wherever ``|N(x)| <= output_range`` and ``r*N(x)`` is an integer."""
    return build("exact", net, domain, output_range, r, compact.stages(options))


def compact_rounded(net: Network, domain: Product, output_range: int, r: int, options: compact.Options) -> Network:
    """``N'(x) = floor(r*N(x))/r`` wherever ``|N(x)| <= output_range``."""
    return build("rounded", net, domain, output_range, r, compact.stages(options))


def compact_circuit(net: Network, domain: Product, options: compact.Options) -> Network:
    """An equivalent threshold circuit."""
    return build("circuit", net, domain, 1, 1, compact.stages(options))
