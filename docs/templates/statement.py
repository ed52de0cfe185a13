"""Statement ``S8``: an equal network whose hidden weights are integers (a template).

``STATEMENT`` is its row in ``claims/statements.py``, ``RELATION_OF`` that in ``recheck/certificate.py``; :func:`certify` would be
``exactnet/certify/integral.py``. What it asks besides equal values and bounds would be a function of its own in ``claims/``.
"""

from __future__ import annotations

from exactnet.certify.small_weights import Result
from exactnet.check.claim import make_claim
from exactnet.claims.statements import Statement
from exactnet.construct.routes.registry import Task, find_route
from exactnet.kernel.domain import Cube
from exactnet.kernel.judge import judge
from exactnet.kernel.network import Network
from exactnet.kernel.relation import Equal
from exactnet.kernel.sweep import survey_domain

__all__ = ["RELATION_OF", "STATEMENT", "certify"]

STATEMENT = Statement("S8", "N'(x) = N(x), every hidden weight an integer", "exact", Equal)
RELATION_OF = {"S8": "equal"}


def certify(net: Network) -> Result:
    """Construct and judge, on the cube."""
    domain = Cube(len(net.inputs))
    taken = survey_domain(net, domain, None)
    r, output_range = taken.denominator, max(1, -int(-taken.largest // 1))
    claim = make_claim(net, domain, STATEMENT, "integral", {}, Equal(r), output_range)
    made = find_route("integral").make(Task(net, domain, domain, STATEMENT, output_range, r), {})
    return Result(judge(net, made.network, claim), made.network)
