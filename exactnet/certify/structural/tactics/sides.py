"""What a lemma leaves behind: a proved sign, a proved ReLU."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from exactnet.certify.structural.tactics.roles import Roles
from exactnet.construct.base.linear import Linear
from exactnet.structural.kernel import Form

__all__ = ["Residual", "Side"]


@dataclass(frozen=True)
class Side:
    """``1[L >= 0]`` as it was made."""

    result: Linear
    sign: int
    """A 0/1 variable."""
    same: int
    """The equality ``made - sign = 0``."""
    on: Callable[[int], int]
    """Proves ``L >= 0`` from ``sign - 1 >= 0``."""
    off: Callable[[int], int]
    """Proves ``-1 - L >= 0`` from ``-sign >= 0``."""

    @classmethod
    def of_gate(cls, roles: Roles, linear: Linear, result: Linear, value: int) -> Side:
        """One gate on the form itself; ``value`` is a variable that is ``L``."""
        p = roles.prover
        s = p.new_step({value: 1})
        same = roles.is_gate(result, linear, 0, s, lambda i: p.decide(s, i), lambda i: p.decide(s, i))
        return cls(result, s, same, lambda i: p.decide(s, i), lambda i: p.decide(s, i))


@dataclass(frozen=True)
class Residual:
    """``[L]+ - bits - q*turns = 0``, proved; no ``turns`` if it is ``[L]+`` itself."""

    bits: Form
    turns: int | None
    fact: int
