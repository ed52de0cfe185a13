"""What a certificate says: the result of judging, complete. (Its file: :mod:`exactnet.files.document`.)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gmpy2 import mpq

from exactnet.kernel.domain import Domain
from exactnet.kernel.measures import Measures
from exactnet.kernel.relation import Relation
from exactnet.kernel.sweep import Counterexample

__all__ = ["BoundRow", "Certificate"]


@dataclass(frozen=True)
class BoundRow:
    """A bound, what was measured, and whether it holds."""

    name: str
    symbolic: str
    value: mpq
    measured: mpq

    @property
    def holds(self) -> bool:
        return bool(self.measured <= self.value)


@dataclass(frozen=True)
class Certificate:
    """The result of certifying a network, complete."""

    verdict: str
    statement: str
    route: str
    options: Mapping[str, str]
    domain: Domain
    relation: Relation
    parameters: Mapping[str, int]
    definitions: Mapping[str, str]
    original: Measures
    constructed: Measures
    bounds: Sequence[BoundRow]
    inputs_checked: int
    digest: str | None
    width: int
    outputs: int
    """The number of outputs."""
    counterexample: Counterexample | None = None
    reason: str | None = None
    promised: bool = False
    """Whether ``R`` was promised; otherwise it is the least integer that ``|N|`` does not exceed on the domain."""
    stated: Mapping[str, str] = field(default_factory=dict)
    """Bounds that the user stated, as written."""
    circuits: Measures | None = None
    """Under ``S5 network``: the measures of the circuits, all beside each other."""

    def __bool__(self) -> bool:
        """Whether the verdict is ``"certified"``."""
        return self.verdict == "certified"
