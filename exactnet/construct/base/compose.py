"""Networks one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gmpy2 import mpq

from exactnet.kernel.errors import NetworkError
from exactnet.kernel.network import Network, Node, fresh_name

__all__ = ["in_series"]


def in_series(first: Network, second: Network) -> Network:
    """The outputs of ``first`` feed the inputs of ``second``, by position.

    Inner nodes of ``second`` whose names are taken get a prime.

    Raises
    ------
    NetworkError : there are not as many outputs as inputs.

    Examples
    --------
    >>> from exactnet.kernel.network import affine
    >>> double = Network(["x"], [affine("y", {"x": 2})], ["y"])
    >>> in_series(double, double)([5])
    (mpq(20,1),)
    """
    if len(first.outputs) != len(second.inputs):
        raise NetworkError(f"cannot compose: {len(first.outputs)} outputs feed {len(second.inputs)} inputs")
    names = _fresh_names(second.order, {*first.inputs, *first.order})
    names.update(zip(second.inputs, first.outputs, strict=True))
    nodes = [*first.nodes(), *_renamed(second, names)]
    return Network(first.inputs, nodes, [names[name] for name in second.outputs])


def _fresh_names(wanted: Iterable[str], taken: set[str]) -> dict[str, str]:
    """Give each wanted name, or with primes if it is taken; no two the same."""
    wanted = list(wanted)
    used = taken | set(wanted)
    return {name: fresh_name(name, used) if name in taken else name for name in wanted}


def _renamed(net: Network, names: Mapping[str, str]) -> Iterator[Node]:
    """The nodes of ``net`` under new names. Promises speak of the old ones and are dropped."""
    for node in net.nodes():
        sources: dict[str, mpq] = {}
        for source, weight in node.sources.items():
            sources[names[source]] = sources.get(names[source], mpq(0)) + weight
        yield Node(names[node.id], node.kind, sources, node.bias)
