"""Networks one after the other, and beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gmpy2 import mpq

from exactnet.kernel.errors import NetworkError
from exactnet.kernel.network import AFFINE, Network, Node, fresh_name

__all__ = ["in_parallel", "in_series"]


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


def in_parallel(one: Network, other: Network) -> Network:
    """Two networks side by side: inputs of the same name are shared, the outputs of both follow each other.

    Inner nodes of ``other`` whose names are taken get a prime, its outputs too.

    Examples
    --------
    >>> from exactnet.kernel.network import affine
    >>> double = Network(["x"], [affine("y", {"x": 2})], ["y"])
    >>> twice = in_parallel(double, double)
    >>> twice.outputs, twice([1])
    (('y', "y'"), (mpq(2,1), mpq(2,1)))
    """
    shared = {name: name for name in other.inputs if name in one.inputs}
    new = [name for name in other.inputs if name not in shared]
    names = _fresh_names([*new, *other.order], {*one.inputs, *one.order, *shared})
    names.update(shared)
    outputs = [*one.outputs]
    copies: list[Node] = []
    for name in other.outputs:
        if names[name] in outputs:  # a shared input that both give out: the second needs a name of its own
            fresh = _fresh_names([names[name]], {*one.inputs, *one.order, *names.values()})[names[name]]
            copies.append(Node(fresh, AFFINE, {names[name]: mpq(1)}))
            outputs.append(fresh)
        else:
            outputs.append(names[name])
    nodes = [*one.nodes(), *_renamed(other, names), *copies]
    return Network([*one.inputs, *(names[name] for name in new)], nodes, outputs)


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
