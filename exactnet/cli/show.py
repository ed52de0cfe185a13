"""``exactnet show NET``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from exactnet.cli.examples import list_examples
from exactnet.cli.inputs import common_domain, load
from exactnet.cli.options import domain_option, json_option, max_file_option, net_argument
from exactnet.cli.output import print_json
from exactnet.kernel.errors import FormatError

if TYPE_CHECKING:
    from exactnet.kernel.domain import Domain
    from exactnet.kernel.network import Network

__all__ = ["command"]

#: The number of inputs of a domain is written out up to so many bits.
_COUNT_BITS = 4096
_TERMS = 6


@click.command("show", short_help="Show what NET is: nodes, measures, domain, layers.")
@net_argument(required=False)
@domain_option
@click.option("--nodes", is_flag=True, help="List every node.")
@max_file_option
@json_option
def command(*, net: str | None, domain: str | None, nodes: bool, max_file: int, as_json: bool) -> int:
    """Show what NET is: kinds of nodes, measures, domain and layers. Without NET, list the shipped examples.

    Of a structural certificate it is shown what it says, which 'exactnet check' confirms.

    \b
    Example:
      exactnet show iris --nodes
    """
    if net is None:
        return list_examples(as_json)
    try:
        loaded = load(net, max_file)
    except FormatError:
        from exactnet.cli.structural import show_unchecked

        if not show_unchecked(net, max_file, as_json):
            raise
        return 0
    on = loaded.domain
    if domain is not None or net.lower().endswith(".th"):
        on = common_domain(domain, [(net, loaded)], max_file)
    report = describe(loaded.network, on)
    if nodes:
        report["nodes"] = [node_json(loaded.network, name) for name in loaded.network.order]
    if as_json:
        print_json(report)
    else:
        print_tables(net, report)
    return 0


def layers(net: Network) -> dict[str, int]:
    """The layer of every active node: 1 more than the largest layer of its expanded sources; inputs lie in layer 0.

    >>> from exactnet.kernel.network import Network, relu
    >>> layers(Network(["x"], [relu("a", {"x": 1}), relu("b", {"x": 1, "a": 1})], ["b"]))
    {'a': 1, 'b': 2}
    """
    from exactnet.kernel.expansion import expanded_nodes

    layer = dict.fromkeys(net.inputs, 0)
    for node in expanded_nodes(list(net.nodes()), net.outputs):
        if node.kind != "affine":
            layer[node.id] = 1 + max((layer[source] for source in node.form.coefs), default=0)
    return {name: place for name, place in layer.items() if net.kind(name) != "input"}


def describe(net: Network, domain: Domain | None) -> dict[str, Any]:
    """Everything that is shown of a network."""
    from exactnet.claims.statements import kind_of
    from exactnet.kernel.measures import measure

    counts = Counter((layer, net.kind(name)) for name, layer in layers(net).items())
    top = max((layer for layer, _ in counts), default=0)
    return {
        "kind": kind_of(net),
        "inputs": list(net.inputs),
        "outputs": list(net.outputs),
        "domain": None if domain is None else describe_domain(domain),
        "nodes_by_kind": dict(Counter(net.kind(name) for name in net.order)),
        "measures": measure(net, domain).as_json(),
        "layers": [
            {"layer": layer, "relu": counts[layer, "relu"], "threshold": counts[layer, "threshold"]}
            for layer in range(1, top + 1)
        ],
    }


def describe_domain(domain: Domain) -> dict[str, Any]:
    """Kind, size and ``p`` of a domain; null for a size of more than a thousand digits."""
    from exactnet.kernel.domain import Points

    few = isinstance(domain, Points) or domain.base.bit_length() * domain.d <= _COUNT_BITS
    shown: dict[str, Any] = {"kind": domain.kind, "inputs": domain.count if few else None}
    if domain.kind == "grid":
        shown["p"] = domain.p
    return shown


def node_json(net: Network, name: str) -> dict[str, Any]:
    """A node as it stands in a file."""
    from exactnet.kernel.rationals import format_rational

    means = net.means(name)
    return {
        "id": name,
        "kind": net.kind(name),
        "bias": format_rational(net.bias(name)),
        "in": {source: format_rational(weight) for source, weight in net.sources(name)},
        "means": means and means.words,
    }


def print_tables(name: str, report: dict[str, Any]) -> None:
    """The report as tables."""
    from exactnet.cli.render import domain_words, facts, listing, measures_table, show_tables

    tables = [
        facts(
            {
                "network": name,
                "kind": report["kind"],
                "inputs": names_text(report["inputs"]),
                "outputs": names_text(report["outputs"]),
                "nodes": ", ".join(f"{count} {kind}" for kind, count in report["nodes_by_kind"].items()) or "none",
                "domain": domain_words(report["domain"]) if report["domain"] else "none named",
            }
        ),
        measures_table(network=report["measures"]),
    ]
    if report["layers"]:
        rows = [[row["layer"], row["relu"], row["threshold"]] for row in report["layers"]]
        tables.append(listing(["layer>", "ReLU>", "threshold>"], rows))
    if "nodes" in report:
        listed = [[node["id"], node["kind"], form_text(node), node["means"] or ""] for node in report["nodes"]]
        tables.append(listing(["node", "kind", "of", "means"], listed))
    show_tables(*tables)


def names_text(names: list[str], limit: int = 8) -> str:
    """How many names there are, and the first of them.

    >>> names_text(["a", "b"])
    '2: a, b'
    """
    return f"{len(names)}: {', '.join(names[:limit])}{', …' if len(names) > limit else ''}"


def form_text(node: dict[str, Any]) -> str:
    """The linear form of a node, for a person; long ones are cut.

    >>> form_text({"bias": "-1", "in": {"x": "2", "y": "1/2"}})
    '2 x + 1/2 y - 1'
    """
    from exactnet.cli.render import number

    wires = list(node["in"].items())
    terms = [f"{number(weight)} {source}" for source, weight in wires[:_TERMS]]
    if len(wires) > _TERMS:
        terms.append(f"… ({len(wires)} wires)")
    if node["bias"] != "0" or not terms:
        terms.append(number(node["bias"]))
    return " + ".join(terms).replace("+ -", "- ")
