"""Relations between what is read from the outputs of two networks, not between values: the class, and the signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import lcm
from typing import ClassVar

import numpy as np
from gmpy2 import mpq, sign

from exactnet.kernel.relation import Flags, Relation, Values
from exactnet.kernel.values import Block

__all__ = ["SameClass", "SameSign"]


@dataclass(frozen=True)
class SameSign(Relation):
    """Every output has the same sign; 0 is a sign of its own. Signs are digested."""

    r: int = 1
    kind: ClassVar[str] = "sign"

    def allows(self, value: mpq, got: mpq) -> bool:
        return bool(sign(value) == sign(got))

    def differs(self, original: Block, constructed: Block, output: int) -> tuple[Flags, Values]:
        blocks = original, constructed
        ours, theirs = (np.sign(block.split(output, int(block.denominator(output)))[0]) for block in blocks)
        return np.asarray(ours != theirs, dtype=np.bool_), theirs


@dataclass(frozen=True)
class SameClass(SameSign):
    """The largest output, the first of equals, is the same. Its place, from 0, is digested.

    >>> SameClass().holds([mpq(1), mpq(3), mpq(3)], [mpq(1), mpq(3), mpq(2)])
    True
    """

    kind: ClassVar[str] = "class"

    def holds(self, values: Sequence[mpq], got: Sequence[mpq]) -> bool:
        return values.index(max(values)) == got.index(max(got))

    def compare(self, original: Block, constructed: Block, outputs: int) -> tuple[Flags, list[Values]]:
        places = []
        for block in (original, constructed):
            common = lcm(*(int(block.denominator(output)) for output in range(outputs)))
            places.append(np.argmax([block.split(output, common)[0] for output in range(outputs)], axis=0))
        return places[0] != places[1], places[1:]
