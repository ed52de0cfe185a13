"""The templates of docs/templates are what the architecture page says: a route and a statement, added by a row each."""

from __future__ import annotations

import json
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from gmpy2 import mpq

import exactnet as ex
from exactnet.certify.small_weights import Request, certify_network
from exactnet.check.certificate import check_certificate
from exactnet.claims.statements import STATEMENTS
from exactnet.construct.routes import registry
from exactnet.files.certificate_writer import write_certificate
from exactnet.recheck import certificate as recheck_certificate
from exactnet.recheck.command import recheck
from exactnet.theory.routes import BOUNDS, RouteBounds

TEMPLATES = Path(__file__).parents[1] / "docs" / "templates"
NET = ex.Network(
    ["x1", "x2"],
    [ex.relu("h", {"x1": "3/2", "x2": "-5/7"}, "1/3"), ex.relu("g", {"h": "2/9"}, -1), ex.affine("y", {"g": 5, "h": "-1/4"})],
    ["y"],
)


def load(monkeypatch: pytest.MonkeyPatch, template: str, name: str) -> ModuleType:
    """A template as if it lay in its place."""
    spec = spec_from_file_location(name, TEMPLATES / f"{template}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def certificates_are_right() -> None:
    """Done here, while the rows are there."""


@pytest.fixture
def route(monkeypatch: pytest.MonkeyPatch) -> None:
    load(monkeypatch, "theory", "exactnet.theory.integral")
    made = load(monkeypatch, "construct", "exactnet.construct.routes.integral")
    row = registry.Route("integral", "every hidden weight an integer", made.choose, made.make)
    monkeypatch.setitem(registry.ROUTES, "integral", row)
    monkeypatch.setitem(registry.find_route.__defaults__[0], "integral", row)  # type: ignore[index]
    monkeypatch.setitem(BOUNDS, "integral", RouteBounds("integral", "integral:state", ("S1 exact", "S8")))


@pytest.mark.usefixtures("route")
def test_a_route_is_one_row_in_each_table(tmp_path: Path) -> None:
    result = certify_network(Request(NET, ex.Cube(2), route="integral"))
    assert result.certificate.verdict == "certified"
    hidden = [node for node in result.constructed.nodes() if node.kind == "relu"]
    assert all(weight.denominator == 1 for node in hidden for weight in [*node.sources.values(), node.bias])
    write_certificate(str(tmp_path / "c.json"), NET, result.constructed, result.certificate, 0)
    assert check_certificate(str(tmp_path / "c.json"), max_file=2**20, max_inputs=4).verdict == "certified"
    assert list(recheck(str(tmp_path / "c.json")))[-1] == "certified"


@pytest.mark.usefixtures("route")
def test_a_statement_is_one_row_in_each_table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = load(monkeypatch, "statement", "exactnet.certify.integral")
    monkeypatch.setitem(STATEMENTS, "S8", made.STATEMENT)
    result = made.certify(NET)
    write_certificate(str(tmp_path / "c.json"), NET, result.constructed, result.certificate, 0)
    path = str(tmp_path / "c.json")
    with pytest.raises(Exception, match="S8"):
        list(recheck(path))
    monkeypatch.setattr(recheck_certificate, "RELATION_OF", recheck_certificate.RELATION_OF | made.RELATION_OF)
    assert check_certificate(path, max_file=2**20, max_inputs=4).verdict == "certified"
    assert list(recheck(path))[-1] == "certified"
    document = json.loads((tmp_path / "c.json").read_text())
    assert (document["statement"], document["bounds"][1]["symbolic"]) == ("S8", "2**B")
    # a mutant is refuted
    wrong = [type(n)(n.id, n.kind, n.sources, n.bias + (n.id == "y") * mpq(1, 100)) for n in result.constructed.nodes()]
    from exactnet.check.claim import make_claim
    from exactnet.kernel.judge import judge

    certificate = result.certificate
    claim = make_claim(
        NET, ex.Cube(2), made.STATEMENT, "integral", {}, certificate.relation, int(certificate.parameters["R"])
    )
    assert judge(NET, ex.Network(NET.inputs, wrong, NET.outputs), claim).verdict == "refuted"
