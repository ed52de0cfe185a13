"""What S4 asks and what is found: ramps of a width, bits of every input, outputs between the grid points (docs/continuous.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gmpy2 import mpq

from exactnet.claims.reals.bits import Bits
from exactnet.claims.reals.distance import Exact, check_exact
from exactnet.claims.reals.segment import Range, check_continuous_kind
from exactnet.kernel.errors import DomainError, SizeError
from exactnet.kernel.judge import BoundRow
from exactnet.kernel.network import Network
from exactnet.kernel.rationals import format_rational

__all__ = ["Judgement", "OutputRow", "Setting", "check_setting"]

#: The most ramps of one input.
MAX_RAMPS = 2**16


@dataclass(frozen=True)
class Setting:
    """What is asked: ramps of width ``delta``, densities bounded by ``density``, and whether to integrate exactly."""

    p: int
    delta: mpq
    density: mpq
    exact: bool

    @property
    def uniform(self) -> bool:
        """Whether the density bound leaves the uniform density only."""
        return bool(2 * self.p * self.density == 1)


@dataclass(frozen=True)
class OutputRow:
    """What was found of one output.

    Attributes
    ----------
    range : of ``N'`` for all real inputs of the box; inside ramps nothing else is known.
    original : of ``N`` there, by interval arithmetic. If it is within ``[-R, R]``, nothing is clipped.
    apart, spread, variation : ``c``, ``w`` and ``V`` of the bound.
    pieces : linear pieces of ``N`` along a line parallel to an axis, at most.
    bound : on ``E (N' - clip N)^2``, from these.
    """

    range: Range
    original: Range
    apart: mpq
    spread: mpq
    pieces: int
    variation: mpq
    bound: mpq
    exact: Exact | None


@dataclass(frozen=True)
class Judgement:
    """The verdict about real inputs. Where it is refuted, outputs and bounds may be missing."""

    verdict: str
    reason: str | None
    setting: Setting
    bits: Bits
    bad: mpq
    """The probability of the bad set: exact for the uniform density, else at most this."""
    outputs: Mapping[str, OutputRow]
    bounds: list[BoundRow]


def check_setting(net: Network, setting: Setting) -> None:
    """Raise :class:`DomainError`, :class:`NetworkError` or :class:`SizeError` for what S4 is not about or is too large."""
    check_continuous_kind(net)
    p, delta = setting.p, setting.delta
    width = f"the width of the ramps, delta = {format_rational(delta)},"
    if delta <= 0:
        raise DomainError(f"{width} is not positive")
    if delta * p > 1:
        raise DomainError(f"{width} is more than 1/p = 1/{p}: ramps would overlap")
    if 2 * p * p > MAX_RAMPS:
        raise SizeError(f"2p^2 = {2 * p * p} ramps for each input are more than {MAX_RAMPS}")
    if 2 * p * setting.density < 1:
        raise DomainError(
            f"no density on [-{p}, {p}] is bounded by {format_rational(setting.density)}: the uniform one is 1/{2 * p}"
        )
    if setting.exact:
        check_exact((net,), p)
