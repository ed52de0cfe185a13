"""Few points far apart: the cost is that of the points, not of the grid that they lie on."""

from __future__ import annotations

import pytest
from gmpy2 import mpq

from exactnet.certify.small_weights import Request, certify_network
from exactnet.construct.routes import translate
from exactnet.kernel.domain import Points
from exactnet.kernel.network import Network, affine, relu


def test_no_step_is_made_where_a_coordinate_has_too_many_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pixel of 255: ``2 * 255^2`` steps for each input, against a few thousand gates where it is read as an integer."""

    def no(*arguments: object) -> None:
        raise AssertionError("all steps of the grid are made")

    monkeypatch.setattr(translate, "as_bits", no)
    net = Network(["x1", "x2"], [relu("h", {"x1": 3, "x2": "1/2"}, -1), affine("y", {"h": 1})], ["y"])
    domain = Points(((mpq(1), mpq(40)), (mpq(0), mpq(3))))
    certificate = certify_network(Request(net, domain, precision=1)).certificate
    assert certificate.verdict == "certified"
    assert certificate.options["inputs"] == "integers"
