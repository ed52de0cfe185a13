"""Networks with one number changed, for mutation tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from gmpy2 import mpq

from exactnet.kernel.judge import Claim
from exactnet.kernel.network import Network, Node

__all__ = ["mutants", "replace_constructed"]


def mutants(net: Network, deltas: tuple[int, ...] = (1, -1)) -> Iterator[tuple[str, Network]]:
    """Every weight and every bias changed by each of ``deltas``: what was changed, and the network."""
    nodes = list(net.nodes())

    def changed(place: int, sources: dict[str, mpq], bias: mpq) -> Network:
        node = nodes[place]
        return Network(net.inputs, [*nodes[:place], Node(node.id, node.kind, sources, bias), *nodes[place + 1 :]], net.outputs)

    for place, node in enumerate(nodes):
        for delta in deltas:
            for source, weight in node.sources.items():
                sources = {**node.sources, source: weight + delta}
                yield f"{source} -> {node.id} {weight} {delta:+}", changed(place, sources, node.bias)
            yield f"bias of {node.id} {node.bias} {delta:+}", changed(place, dict(node.sources), node.bias + delta)


def replace_constructed(monkeypatch: pytest.MonkeyPatch, change: Callable[[Network], Network]) -> None:
    """From now on the pipeline judges ``change(made)`` and not the network that it made."""
    from exactnet.certify import small_weights as pipeline

    build = pipeline.construct_claimed

    def construct(net: Network, claim: Claim, *more: Any) -> tuple[Network, Claim]:
        made, found = build(net, claim, *more)
        return change(made), found

    monkeypatch.setattr(pipeline, "construct_claimed", construct)
