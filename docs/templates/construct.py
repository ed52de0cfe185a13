"""Route ``integral``: the same network, every hidden weight an integer (a template: ``exactnet/construct/routes/integral.py``).

**Lemma.** ReLU is positively homogeneous, so a pre-activation can be replaced by a primitive integer form if its scale is
carried to the readers; the depth and the values stay.

Its row in ``registry.py``: ``Route("integral", "every hidden weight an integer", choose, make)``.
"""

from __future__ import annotations

from collections.abc import Mapping

from gmpy2 import mpq

from exactnet.construct.base.scaling import RationalForm, primitive
from exactnet.construct.routes.registry import Built, Task
from exactnet.kernel.expansion import live_part
from exactnet.kernel.network import RELU, Network, Node

__all__ = ["choose", "make"]


def choose(task: Task, wanted: Mapping[str, str]) -> dict[str, str]:
    """It has no options."""
    return {}


def make(task: Task, options: Mapping[str, str]) -> Built:
    """The network."""
    net = live_part(task.net)
    scale, nodes = dict.fromkeys(net.inputs, mpq(1)), []
    for node in net.nodes():
        form = RationalForm({source: weight * scale[source] for source, weight in node.sources.items()}, node.bias)
        if node.kind != RELU:  # an output
            nodes.append(Node(node.id, node.kind, form.terms, form.constant))
            continue
        integers, scale[node.id] = primitive(form)
        terms = {source: mpq(weight) for source, weight in integers.terms.items()}
        nodes.append(Node(node.id, RELU, terms, mpq(integers.constant)))
    return Built(Network(net.inputs, nodes, net.outputs))
