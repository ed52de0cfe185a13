"""The MNIST circuits of the shared cases, where they are there: routes A and B on all 65 536 inputs, and single gates."""

from __future__ import annotations

from pathlib import Path

import pytest

from exactnet.certify.small_weights import Request, certify_network
from exactnet.files.networks import read_network
from exactnet.kernel.domain import Cube
from exactnet.kernel.measures import measure
from exactnet.kernel.network import THRESHOLD, Network, Node

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases"
MNIST = CASES / "mnist_16_3_1000000.th"

pytestmark = pytest.mark.skipif(not MNIST.exists(), reason="the shared cases are not here")


@pytest.mark.parametrize(("route", "layers", "weight"), [("lookahead", 2, 2000), ("residue", 2, 20_000), ("compact", 3, 2000)])
def test_the_whole_circuit_on_every_input(route: str, layers: int, weight: int) -> None:
    """Weights near 10^6 become less than 2000 in depth ``2t+1`` and less than 20 000 in depth ``2t``."""
    net = read_network(str(MNIST)).network
    depth = measure(net).depth
    certificate = certify_network(Request(net, Cube(16), route)).certificate
    assert (certificate.verdict, certificate.inputs_checked) == ("certified", 2**16)
    assert certificate.constructed.depth <= layers * depth + (route != "residue")
    assert certificate.constructed.max_weight < weight


def test_single_gates_in_route_b() -> None:
    """At most 1100 gates with weights below 20 000 are asked for; 500 is the aim."""
    net = read_network(str(MNIST)).network
    first = [node for node in net.nodes() if set(node.sources) <= set(net.inputs)]
    for node in first[:3]:
        gate = Network(net.inputs, [Node("y", THRESHOLD, node.sources, node.bias)], ["y"])
        certificate = certify_network(Request(gate, Cube(16), "residue")).certificate
        assert certificate.verdict == "certified"
        assert (certificate.constructed.depth, certificate.constructed.gates <= 200) == (2, True)
        assert certificate.constructed.max_weight < 20_000
