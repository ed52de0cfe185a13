"""S4: from two networks, a certificate on the grid, and ramps of a width, to a verdict about real inputs (docs/continuous.md).

Part of the trusted base; it imports nothing from the constructions. Three parts, all exact: the bits of every input on all
reals; the measure of the set where they are wrong; the bound on ``E (N' - clip N)^2``.
"""

from __future__ import annotations

from collections.abc import Mapping

from gmpy2 import mpq

from exactnet.claims.reals.bits import Bits, examine_bits
from exactnet.claims.reals.distance import Exact, exact_distances
from exactnet.claims.reals.judgement import Judgement, OutputRow, Setting, check_setting
from exactnet.claims.reals.segment import check_continuous_kind, output_ranges
from exactnet.kernel.judge import BoundRow, Certificate
from exactnet.kernel.network import Network
from exactnet.theory.continuous import BAD_SET, COMPOSED, PIECES, SECOND_MOMENT, VARIATION, evaluate

__all__ = ["judge_continuous"]

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
    parts = [line.bad for line in bits.inputs.values()]
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
        integral = exact.get(name)
        pieces = integral.pieces if integral else int(evaluate(PIECES, known))
        variation = integral.variation if integral else spread * pieces
        bound = evaluate(COMPOSED, {**known, "c": apart, "w": spread, "V": variation})
        rows[name] = OutputRow((low, high), original, apart, spread, pieces, variation, bound, integral)
    return rows
