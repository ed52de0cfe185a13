"""How stated bounds compare with two networks that need no theorem: the original itself, and a lookup table of the domain.

Where one of the two meets every bound, the certificate says nothing about size: it is as true of that network. Derived from
the certificate's fields; nothing of this stands in a certificate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gmpy2 import mpq

from exactnet.claims.statements import statement_named
from exactnet.kernel.domain import Points
from exactnet.kernel.judge import BoundRow, Certificate
from exactnet.kernel.rationals import format_rational, parse_rational
from exactnet.theory.lookup_table import constant_weight_table, relu_table, threshold_table

__all__ = ["Comparison", "choices", "compare_sizes", "compare_with_original", "size_report"]

_NAMES = {"original": "the original itself", "table": "a lookup table of the domain"}


@dataclass(frozen=True)
class Comparison:
    """What the original and the lookup table measure, beside the stated bounds.

    Attributes
    ----------
    rows : the stated bounds.
    measured : for ``"original"``, and ``"table"`` where the domain is enumerated, the measure of every row, in order.
    """

    rows: Sequence[BoundRow]
    measured: Mapping[str, Sequence[mpq]]

    def missed(self, who: str) -> list[str]:
        """The names of the bounds that the original or the table does not meet."""
        return [row.name for row, value in zip(self.rows, self.measured[who], strict=True) if value > row.value]

    @property
    def empty(self) -> bool:
        """Whether one of the two meets every bound."""
        return any(not self.missed(who) for who in self.measured)

    def words(self) -> str:
        """The comparison in one line."""
        met = [_NAMES[who] for who in self.measured if not self.missed(who)]
        if met:
            return f"says nothing about size here: every bound is met by {' and by '.join(met)}"
        missed = (f"{_NAMES[who]} misses {', '.join(self.missed(who))}" for who in self.measured)
        return "says something about size: " + "; ".join(missed)

    def as_json(self) -> dict[str, Any]:
        """What ``--json`` prints."""
        measured = {
            who: {row.name: format_rational(value) for row, value in zip(self.rows, values, strict=True)}
            for who, values in self.measured.items()
        }
        return {"says": self.words(), "empty": self.empty, **measured}


def compare_sizes(certificate: Certificate) -> Comparison:
    """Hold the original and the lookup table against the bounds of a certificate."""
    domain, r = certificate.domain, certificate.relation.r or 1
    statement, outputs = statement_named(certificate.statement), certificate.outputs
    if statement.gates:
        table = threshold_table(domain, outputs)
    else:
        table = relu_table(domain, outputs, certificate.parameters["R"], r)
        if statement.number == "S2":
            table = constant_weight_table(table, domain.d)
    measures = [row.name.partition(" (")[0] for row in certificate.bounds]
    original = [mpq(getattr(certificate.original, measure)) for measure in measures]
    return Comparison(certificate.bounds, {"original": original, "table": [table[measure] for measure in measures]})


def compare_with_original(report: Mapping[str, Any]) -> Comparison:
    """Hold the original against the bounds of a structural certificate, whose domain has no table."""
    rows = [
        BoundRow(row["name"], row["symbolic"], parse_rational(row["value"]), parse_rational(row["measured"]))
        for row in report["bounds"]
    ]
    original = [parse_rational(str(report["original"][row.name.partition(" (")[0]])) for row in rows]
    return Comparison(rows, {"original": original})


def choices(certificate: Certificate) -> dict[str, str]:
    """The numbers that a bound rests on and that whoever made the certificate chose: what each is, by name."""
    options, domain, promised = certificate.options, certificate.domain, str(certificate.parameters["R"])
    chosen: dict[str, str] = {}
    if certificate.relation.kind == "clip":
        chosen["R"] = f"{promised}, where values are clipped"
    elif certificate.promised:
        chosen["R"] = f"{promised}, promised; the least that is true may be less"
    if certificate.relation.kind in ("floor", "clip"):
        chosen["r"] = f"{certificate.relation.r}, the precision"
    meanings = {
        "delta": "the width of ramps",
        "epsilon": "the tolerance",
        "Q": "the largest modulus",
        "Q_out": "the largest modulus",
    }
    chosen |= {name: f"{options[name]}, {what}" for name, what in meanings.items() if name in options}
    if options.get("moduli", "searched") not in ("searched", "proven"):
        chosen["moduli"] = f"{options['moduli']}, by hand"
    if isinstance(domain, Points):
        different = len(set(domain.points))
        repeated = "" if different == domain.count else f"; {different} of {domain.count} points differ"
        chosen["p"] = f"{certificate.parameters['p']}, from the points{repeated}"
    return chosen


def size_report(certificate: Certificate) -> dict[str, Any]:
    """What reports say of a certificate beyond its fields: how its bounds compare, and which numbers were chosen."""
    if statement_named(certificate.statement).form == "pair":
        return {}  # nothing was to be made small
    return {"compared": compare_sizes(certificate).as_json(), "choices": choices(certificate)}
