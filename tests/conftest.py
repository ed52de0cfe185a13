"""Fixtures that several test files share."""

from __future__ import annotations

from fractions import Fraction
from math import floor, lcm
from pathlib import Path

import pytest
from gmpy2 import mpq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exactnet.domain import Cube, Domain
from exactnet.evaluate.reference import evaluate
from exactnet.expand import expand
from exactnet.network import Network, Node, affine, relu
from tests.rechecking import TENTHS, THIRDS, Json, fractions, instances, make, verdict


@pytest.fixture
def rounded(tmp_path: Path) -> Json:
    """A right certificate of the rounded form."""
    return make(tmp_path, (THIRDS, TENTHS), Cube(2), "floor", 10)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(instances([affine, relu, relu]), st.data())
def test_the_verdict_is_that_of_a_naive_comparison(
    tmp_path: Path, instance: tuple[Network, Domain], data: st.DataObject
) -> None:
    """The constructed network is the expansion with perhaps one number changed, in an otherwise right certificate."""
    net, domain = instance
    nodes, changes = list(expand(net).nodes()), data.draw(st.integers(0, 1))
    if nodes and changes:
        at = data.draw(st.integers(0, len(nodes) - 1))
        old = nodes[at]
        change = mpq(data.draw(st.sampled_from(["1", "-1", "1/1000"])))
        nodes[at] = Node(old.id, old.kind, old.sources, old.bias + change)
    changed = Network(net.inputs, nodes, net.outputs)
    values = [(fractions(evaluate(net, point)), fractions(evaluate(changed, point))) for point in domain]
    r = lcm(*(v.denominator for row, _ in values for v in row))
    certificate = make(tmp_path, (net, changed), domain, "equal", r)
    right = all(before == after for before, after in values)
    assert verdict(tmp_path, certificate).startswith("certified" if right else "WRONG: at input ")
    if r > 1:  # then r-1 does not make all outputs integers
        certificate = make(tmp_path, (net, expand(net)), domain, "equal", r - 1)
        assert verdict(tmp_path, certificate).startswith("WRONG")
    rounding = data.draw(st.integers(1, 3))
    certificate = make(tmp_path, (net, changed), domain, "floor", rounding)
    right = all([Fraction(floor(rounding * v), rounding) for v in before] == after for before, after in values)
    assert verdict(tmp_path, certificate).startswith("certified" if right else "WRONG: at input ")
