"""What the verbs of the public API return: a verdict with all that it rests on, shown in one line or as a table."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

from exactnet.kernel.certificate import BoundRow, Certificate
from exactnet.kernel.network import Network
from exactnet.kernel.rationals import format_rational
from exactnet.kernel.sweep import Counterexample

__all__ = ["Checked", "Comparison", "Result"]


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows as an HTML table."""

    def row(cells: Sequence[object], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(str(cell))}</{tag}>" for cell in cells) + "</tr>"

    return "<table>" + row(head, "th") + "".join(row(cells, "td") for cells in rows) + "</table>"


def _counterexample_table(found: Counterexample) -> str:
    point = _table(("input", "value"), ((name, format_rational(x)) for name, x in found.input.items()))
    values = ((name, format_rational(found.expected[name]), format_rational(x)) for name, x in found.got.items())
    return point + _table(("output", "expected", "found"), values)


@dataclass(frozen=True)
class Result:
    """A certified (or refuted) network.

    Attributes
    ----------
    network : the constructed network.
    certificate : measures, bounds, digests and the verdict; :meth:`save` writes it.

    Examples
    --------
    >>> import exactnet as ex
    >>> result = ex.certify(ex.families.comparison(n=3))
    >>> result
    <certified: S3 by lookahead, 64 inputs, depth 1, 1 neurons, largest weight 4>
    >>> bool(result), result.verdict, len(result.bounds) > 5
    (True, 'certified', True)
    """

    original: Network = field(repr=False)
    network: Network
    certificate: Certificate

    @property
    def verdict(self) -> str:
        """``"certified"`` or ``"refuted"``."""
        return self.certificate.verdict

    @property
    def bounds(self) -> Sequence[BoundRow]:
        """Every stated bound with its value and what was measured."""
        return self.certificate.bounds

    @property
    def counterexample(self) -> Counterexample | None:
        """An input on which the networks break the relation, if there is one."""
        return self.certificate.counterexample

    def __bool__(self) -> bool:
        return self.verdict == "certified"

    def __repr__(self) -> str:
        done, made = self.certificate, self.certificate.constructed
        size = f"depth {made.depth}, {made.neurons} neurons, largest weight {format_rational(made.max_weight)}"
        return f"<{self.verdict}: {done.statement} by {done.route}, {done.inputs_checked} inputs, {size}>"

    def _repr_html_(self) -> str:
        before, after = self.certificate.original.as_json(), self.certificate.constructed.as_json()
        measures = _table(("measure", "original", "constructed"), ((name, before[name], after[name]) for name in after))
        rows = ((row.name, row.symbolic, format_rational(row.value), format_rational(row.measured)) for row in self.bounds)
        found = "" if self.counterexample is None else _counterexample_table(self.counterexample)
        return f"<p>{escape(repr(self))}</p>{measures}{_table(('bound', 'stated', 'value', 'measured'), rows)}{found}"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the certificate with both networks beside it, all or nothing (``c.json``, ``c.original.json``, …).

        Raises
        ------
        FormatError : a file cannot be written.
        """
        from exactnet.files.certificates import write_certificate

        write_certificate(os.fspath(path), self.original, self.network, self.certificate, 0)


@dataclass(frozen=True)
class Comparison:
    """Two networks on a domain: equal on every input, or different.

    Examples
    --------
    >>> import exactnet as ex
    >>> one = ex.Network(["x"], [ex.relu("h", {"x": 1})], ["h"])
    >>> two = ex.Network(["x"], [ex.affine("h", {"x": 1})], ["h"])
    >>> ex.compare(one, two, ex.Cube(1)), ex.compare(one, two, ex.Grid(1, 1))
    (<equal on 2 inputs>, <different at input 0: h is 0 and -1>)
    """

    counterexample: Counterexample | None
    inputs: int
    """Compared, up to the first difference unless all are counted."""
    differing: int | None
    """On how many inputs the networks differ; None if that was not counted."""

    @property
    def verdict(self) -> str:
        """``"equal"`` or ``"different"``."""
        return "equal" if self.counterexample is None else "different"

    def __bool__(self) -> bool:
        return self.counterexample is None

    def __repr__(self) -> str:
        found = self.counterexample
        if found is None:
            return f"<equal on {self.inputs} inputs>"
        name = next(name for name in found.got if found.got[name] != found.expected[name])
        values = f"{name} is {format_rational(found.expected[name])} and {format_rational(found.got[name])}"
        many = "" if self.differing is None else f", {self.differing} inputs in all"
        return f"<different at input {found.index}: {values}{many}>"

    def _repr_html_(self) -> str:
        found = "" if self.counterexample is None else _counterexample_table(self.counterexample)
        return f"<p>{escape(repr(self))}</p>{found}"


@dataclass(frozen=True)
class Checked:
    """What came of checking a certificate again: ``certified``, ``refuted``, or ``wrong`` with the reason."""

    verdict: str
    reason: str | None = None

    def __bool__(self) -> bool:
        return self.verdict == "certified"

    def __repr__(self) -> str:
        return f"<{self.verdict}{'' if self.reason is None else ': ' + self.reason}>"
