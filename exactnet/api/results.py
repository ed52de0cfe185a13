"""What the verbs of the public API return: a verdict with all that it rests on, shown in one line or as a table."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from gmpy2 import mpq

from exactnet.distance.differences import Changes, Largest
from exactnet.kernel.domain import Domain
from exactnet.kernel.judge import BoundRow, Certificate
from exactnet.kernel.network import Network
from exactnet.kernel.rationals import format_rational
from exactnet.kernel.sweep import Counterexample
from exactnet.kernel.values import evaluate

__all__ = ["Checked", "Comparison", "Curve", "Frontier", "Proved", "Result"]


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows as an HTML table."""

    def row(cells: Sequence[object], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(str(cell))}</{tag}>" for cell in cells) + "</tr>"

    return "<table>" + row(head, "th") + "".join(row(cells, "td") for cells in rows) + "</table>"


def _counterexample_table(counterexample: Counterexample) -> str:
    point = _table(("input", "value"), ((name, format_rational(x)) for name, x in counterexample.input.items()))
    values = ((name, format_rational(counterexample.expected[name]), format_rational(x)) for name, x in counterexample.got.items())
    return point + _table(("output", "expected", "found"), values)


def _counterexample(a: Network, b: Network, domain: Domain, index: int) -> Counterexample:
    point = domain[index]
    left, right = (dict(zip(a.outputs, evaluate(net, point), strict=True)) for net in (a, b))
    return Counterexample(index, dict(zip(a.inputs, point, strict=True)), left, right, None)


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
    >>> bool(result), result.verdict, len(result.bounds) >= 5
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
        done, measures = self.certificate, self.certificate.constructed
        size = f"depth {measures.depth}, {measures.neurons} neurons, largest weight {format_rational(measures.max_weight)}"
        return f"<{self.verdict}: {done.statement} by {done.route}, {done.inputs_checked} inputs, {size}>"

    def _repr_html_(self) -> str:
        before, after = self.certificate.original.as_json(), self.certificate.constructed.as_json()
        measures = _table(("measure", "original", "constructed"), ((name, before[name], after[name]) for name in after))
        rows = ((row.name, row.symbolic, format_rational(row.value), format_rational(row.measured)) for row in self.bounds)
        table = "" if self.counterexample is None else _counterexample_table(self.counterexample)
        return f"<p>{escape(repr(self))}</p>{measures}{_table(('bound', 'stated', 'value', 'measured'), rows)}{table}"

    def to_pandas(self) -> Any:
        """The bounds as a ``pandas.DataFrame`` (pandas must be installed): as stated, their values, and what was measured."""
        import pandas

        columns = ["bound", "stated", "value", "measured", "holds"]
        rows = [(row.name, row.symbolic, row.value, row.measured, row.holds) for row in self.bounds]
        return pandas.DataFrame(rows, columns=columns)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the certificate with both networks beside it, all or nothing (``c.json``, ``c.original.json``, …).

        Raises
        ------
        FormatError : a file cannot be written.
        """
        from exactnet.files.certificate_writer import write_certificate

        write_certificate(os.fspath(path), self.original, self.network, self.certificate, 0)


@dataclass(frozen=True)
class Proved:
    """A network that a checked proof relates to its original on all of a cube or grid, however many inputs that has.

    Attributes
    ----------
    network : the constructed network.

    Examples
    --------
    >>> import exactnet as ex
    >>> ex.certify_by_proof(ex.families.comparison(n=40))
    <certified: for every x in {0,1}^d: N'(x) = N(x), d = 80>
    """

    network: Network
    found: Any = field(repr=False)

    @property
    def document(self) -> Mapping[str, Any]:
        """What the certificate says: theorem, measures, bounds; :meth:`save` writes it with its proof."""
        return self.found.document  # type: ignore[no-any-return]

    @property
    def verdict(self) -> str:
        """``"certified"``, or ``"refuted"`` where a stated bound fails; what is not proved is no result."""
        return str(self.document["verdict"])

    @property
    def theorem(self) -> str:
        """What is proved, in one sentence."""
        return str(self.document["theorem"])

    @property
    def bounds(self) -> Sequence[Mapping[str, Any]]:
        """Every stated bound with its value and what was measured."""
        return self.document["bounds"]  # type: ignore[no-any-return]

    def __bool__(self) -> bool:
        return self.verdict == "certified"

    def __repr__(self) -> str:
        reason = "" if self else f"; {self.document['reason']}"
        return f"<{self.verdict}: {self.theorem}, d = {len(self.network.inputs)}{reason}>"

    def _repr_html_(self) -> str:
        before, after = (self.document[role] for role in ("original", "constructed"))
        names = [name for name in after if name not in ("file", "sha256")]
        measures = _table(("measure", "original", "constructed"), ((name, before[name], after[name]) for name in names))
        rows = ([row[name] for name in ("name", "symbolic", "value", "measured")] for row in self.bounds)
        return f"<p>{escape(repr(self))}</p>{measures}{_table(('bound', 'stated', 'value', 'measured'), rows)}"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the certificate with its networks and proofs beside it, all or nothing."""
        from exactnet.certify.structural.certificates import write_structural

        write_structural(os.fspath(path), self.found, 0)


@dataclass(frozen=True)
class _Rows:
    """A row for each network that was certified, refuted or, with the verdict None, refused."""

    rows: Sequence[Mapping[str, Any]]

    def __bool__(self) -> bool:
        return any(row["verdict"] for row in self.rows) and all(row["verdict"] in ("certified", None) for row in self.rows)

    def _counted(self, what: str, size: str, names: Sequence[str]) -> str:
        done = [row for row in self.rows if row["verdict"] == "certified"]
        ends = [end([row[name] for row in done]) for name in names for end in (min, max) if done]
        return f"<{len(done)} of {len(self.rows)} {what} certified{size.format(*ends) if done else ''}>"

    def to_pandas(self) -> Any:
        """The rows as a ``pandas.DataFrame`` (pandas must be installed)."""
        import pandas

        return pandas.DataFrame(list(self.rows))


@dataclass(frozen=True)
class Frontier(_Rows):
    """A network by every route: a row for each, with what was certified, or why nothing was built.

    ``rows`` are mappings; ``to_pandas()`` gives them as a ``pandas.DataFrame``. True if none that was built is refuted.

    Examples
    --------
    >>> import exactnet as ex
    >>> ex.frontier(ex.families.clipped(d=4, m=2, bits=8), precision="1/2")
    <4 of 4 routes certified: depth 3 to 6, 38 to 57 gates>
    """

    def __repr__(self) -> str:
        return self._counted("routes", ": depth {} to {}, {} to {} gates", ("depth", "gates"))

    def _repr_html_(self) -> str:
        head = ("route", "depth", "depth_bound", "theorem", "gates", "wires", "max_weight", "max_weight_bound", "verdict", "reason")
        return _table(head, ([row.get(name) or "" for name in head] for row in self.rows))

    def plot(self) -> Any:
        """Depth against gates, coloured by the largest weight, as a picture for notebooks (needs matplotlib)."""
        from exactnet.api.display import Picture
        from exactnet.draw.plot import frontier_figure

        return Picture.of_figure(frontier_figure(self.rows))


@dataclass(frozen=True)
class Curve(_Rows):
    """A network rounded to ever finer steps: for each its bits, what changes, and the gates that are certified, or why none are.

    ``rows`` are mappings; ``to_pandas()`` gives them as a ``pandas.DataFrame``. True if none that was built is refuted.

    Examples
    --------
    >>> import exactnet as ex
    >>> ex.quantise_curve(ex.read("iris"), ex.Grid(1, 4), finest="1/16")
    <6 of 6 steps certified: 3 to 7 bits, 3 to 36 gates>
    """

    def __repr__(self) -> str:
        return self._counted("steps", ": {} to {} bits, {} to {} gates", ("bits", "gates"))

    def _repr_html_(self) -> str:
        head = ("step", "bits", "gates", "wires", "depth", "largest", "class_changes", "inputs", "verdict", "reason")
        return _table(head, (["" if row[name] is None else row[name] for name in head] for row in self.rows))

    def plot(self) -> Any:
        """Bits of the weights against gates, and against what changes, as a picture for notebooks (needs matplotlib)."""
        from exactnet.api.display import Picture
        from exactnet.draw.plot import curve_figure

        return Picture.of_figure(curve_figure(self.rows))


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
    relation: str = "equal"
    """``equal``, ``class``, ``sign``, or ``within E``."""
    largest: Largest | None = None
    """With ``within``: the largest difference and where it is attained."""
    output: str | None = None
    """The name of the output where it is attained."""
    ties: tuple[int, int] | None = None
    """With ``class`` and ``sign``: on how many inputs each network has a tie, or an output 0."""

    @classmethod
    def of_largest(cls, a: Network, b: Network, domain: Domain, within: mpq, largest: Largest) -> Comparison:
        """The answer to: no output further apart than ``within``?"""
        beyond = largest.value > within
        counterexample = _counterexample(a, b, domain, largest.index) if beyond else None
        return cls(counterexample, largest.inputs, None, f"within {format_rational(within)}", largest, a.outputs[largest.output])

    @classmethod
    def of_changes(cls, a: Network, b: Network, domain: Domain, relation: str, changes: Changes, counted: bool) -> Comparison:
        """The answer to: the same class, or the same signs?"""
        counterexample = None if changes.first is None else _counterexample(a, b, domain, changes.first)
        return cls(counterexample, changes.inputs, changes.differing if counted else None, relation, None, None, changes.ties)

    @property
    def verdict(self) -> str:
        """``"equal"`` or ``"different"``; for other relations ``"same class"``, ``"within E"`` and the like."""
        if self.relation == "equal":
            return "equal" if self.counterexample is None else "different"
        if self.largest is not None:
            return self.relation if self.counterexample is None else f"not {self.relation}"
        return f"{'same' if self.counterexample is None else 'another'} {self.relation}"

    def __bool__(self) -> bool:
        return self.counterexample is None

    def __repr__(self) -> str:
        counterexample = self.counterexample
        if self.largest is not None:
            name = self.output
            where = f"{format_rational(self.largest.value)} at input {self.largest.index}, output {name}"
            return f"<{self.verdict} on {self.inputs} inputs: largest difference {where}>"
        if counterexample is None:
            return f"<{self.verdict} on {self.inputs} inputs>"
        name = next(name for name in counterexample.got if counterexample.got[name] != counterexample.expected[name])
        values = f"{name} is {format_rational(counterexample.expected[name])} and {format_rational(counterexample.got[name])}"
        many = "" if self.differing is None else f", {self.differing} inputs in all"
        return f"<{self.verdict} at input {counterexample.index}: {values}{many}>"

    def draw(self) -> Any:
        """The input on which the networks differ, and the outputs of both, as a picture for notebooks; None where they agree."""
        if self.counterexample is None:
            return None
        from exactnet.api.display import Picture
        from exactnet.draw.plot import counterexample_figure

        return Picture.of_figure(counterexample_figure(self.counterexample, ("A", "B")))

    def _repr_html_(self) -> str:
        table = "" if self.counterexample is None else _counterexample_table(self.counterexample)
        return f"<p>{escape(repr(self))}</p>{table}"


@dataclass(frozen=True)
class Checked:
    """What came of checking a certificate again: ``certified``, ``refuted``, or ``wrong`` with the reason."""

    verdict: str
    reason: str | None = None

    def __bool__(self) -> bool:
        return self.verdict == "certified"

    def __repr__(self) -> str:
        return f"<{self.verdict}{'' if self.reason is None else ': ' + self.reason}>"
