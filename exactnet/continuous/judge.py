"""S4: from two networks, a certificate on the grid, and ramps of a width, to a verdict about real inputs (docs/continuous.md).

Part of the trusted base; it imports nothing from the constructions. Three parts, all exact: the bits of every input on all
reals; the measure of the set where they are wrong; the bound on ``E (N' - clip N)^2``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gmpy2 import mpq

from exactnet.bounds.ramps import BAD_SET, COMPOSED, PIECES, SECOND_MOMENT, VARIATION, evaluate
from exactnet.certificate import Certificate
from exactnet.certify import BoundRow
from exactnet.continuous.bits import Bits, examine_bits
from exactnet.continuous.distance import Exact, check_exact, exact_distances
from exactnet.continuous.ranges import Range, output_ranges
from exactnet.continuous.segment import check_continuous_kind
from exactnet.errors import DomainError, SizeError
from exactnet.network import Network
from exactnet.rationals import format_rational

__all__ = ["Judgement", "OutputRow", "Setting", "check_setting", "judge_continuous"]

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


def judge_continuous(net: Network, constructed: Network, grid: Certificate, setting: Setting) -> Judgement:
    """Judge a network between the grid points on which it has been certified, or refuted.

    Parameters
    ----------
    grid : the certificate of the clipped form on the whole grid of ``setting.p``.
    """
    check_setting(net, setting)
    check_continuous_kind(constructed)
    bits = examine_bits(constructed, setting.p, setting.delta)
    bad = _bad_set(bits, setting)
    reason = bits.wrong
    if grid.verdict != "certified":
        reason = f"on the grid: {grid.reason}"
    if reason is not None:
        return Judgement("refuted", reason, setting, bits, bad, {}, [])
    known = {name: mpq(value) for name, value in grid.parameters.items()}
    known |= {"delta": setting.delta, "M": setting.density, "b": bad}
    outputs = _outputs(net, constructed, setting, bits, known)
    bounds = [BoundRow("bad set", str(BAD_SET), evaluate(BAD_SET, known), bad)]
    for name, row in outputs.items():
        theorem = evaluate(SECOND_MOMENT, known)
        bounds.append(BoundRow(f"range ({name})", "R", known["R"], max(abs(end) for end in row.range)))
        bounds.append(BoundRow(f"second moment ({name})", str(SECOND_MOMENT), theorem, row.bound))
        if row.exact is not None:
            bounds.append(BoundRow(f"exact second moment ({name})", str(COMPOSED), row.bound, row.exact.clipped))
            bounds.append(BoundRow(f"pieces ({name})", str(PIECES), evaluate(PIECES, known), mpq(row.exact.pieces)))
            bounds.append(BoundRow(f"variation ({name})", str(VARIATION), evaluate(VARIATION, known), row.variation))
    failed = next((row for row in bounds if not row.holds), None)
    if failed is not None:
        reason = f"the bound {failed.name} = {failed.symbolic} = {failed.value} fails: measured {failed.measured}"
    return Judgement("refuted" if reason else "certified", reason, setting, bits, bad, outputs, bounds)


def _bad_set(bits: Bits, setting: Setting) -> mpq:
    """The probability that some input lies where its bits are wrong."""
    parts = [found.bad for found in bits.inputs.values()]
    if not setting.uniform:
        return setting.density * sum(parts, mpq(0))
    good = mpq(1)
    for part in parts:
        good *= 1 - part / (2 * setting.p)
    return 1 - good


def _outputs(
    net: Network, constructed: Network, setting: Setting, bits: Bits, known: Mapping[str, mpq]
) -> dict[str, OutputRow]:
    box = dict.fromkeys(net.inputs, (mpq(-setting.p), mpq(setting.p)))
    limit = known["R"]
    exact: Mapping[str, Exact] = {}
    if setting.exact:
        exact = exact_distances(net, constructed, setting.p, setting.delta, int(limit))
    rows = {}
    ranges = zip(net.outputs, output_ranges(constructed, bits.ranges), output_ranges(net, box), strict=True)
    for name, (low, high), original in ranges:
        least, most = (min(max(end, -limit), limit) for end in original)
        apart, spread = max(high - least, most - low, mpq(0)), most - least
        found = exact.get(name)
        pieces = found.pieces if found else int(evaluate(PIECES, known))
        variation = found.variation if found else spread * pieces
        bound = evaluate(COMPOSED, {**known, "c": apart, "w": spread, "V": variation})
        rows[name] = OutputRow((low, high), original, apart, spread, pieces, variation, bound, found)
    return rows
