"""Route B (``residue``): two layers of gates for a ReLU layer, one rounded gate for a threshold gate.

The sign of a form is a count of events (:mod:`windows`) that one gate rounds: ``1[count >= |Q|]``; a bit is masked by
it in the same gate, ``1[most*a + count >= most + |Q|]``. So a ReLU layer is two layers of gates and a threshold
circuit keeps twice its depth. A rounded output takes three: its carry is a sum of comparisons, or route A's
(:class:`~exactnet.construct.gadgets.outputs.rounded.CarryOutput`), and is then reduced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil

from exactnet.claims.promises import Means
from exactnet.construct.base.builder import Builder, ReluBuilder, Table
from exactnet.construct.base.inputs import input_integers
from exactnet.construct.base.linear import Linear, total
from exactnet.construct.base.scaling import RationalForm
from exactnet.construct.gadgets.digits import largest_digit_bits
from exactnet.construct.gadgets.moduli import (
    LONGEST,
    Samples,
    expected_moduli,
    likely_moduli,
    primes_below,
    primes_between,
    proven_levels,
    proven_moduli,
    searched_moduli,
)
from exactnet.construct.gadgets.outputs.exact import Reduction, reduce_mod
from exactnet.construct.gadgets.outputs.rounded import CARRY, Output, Quotient, plan_quotient, reduce_quotient
from exactnet.construct.gadgets.relu_layer import Mask, masked_digits, masked_residue, plan_digits, residue_is_cheaper
from exactnet.construct.gadgets.windows import Cuts, Levels, SignCount, likely_multiples, sign_count
from exactnet.construct.routes.translate import Inputs, Lemmas, Stages, output_forms
from exactnet.kernel.domain import Domain, Product
from exactnet.kernel.errors import SizeError
from exactnet.kernel.network import RELU, Network

__all__ = [
    "Residue",
    "choose_output",
    "predicted_gates",
    "stages",
]

#: How many candidate moduli are searched, and so the most that are used.
CANDIDATES = 48

#: The most inputs that moduli are searched on; a larger domain is sampled evenly, and the checker finds out.
MAX_SAMPLES = 1 << 17


def weight_limit(mass: int) -> int:
    """The largest weight on a literal that the events of a form of mass ``n`` may have, at most ``2(n+3)^3``.

    Large moduli make false events rare, but beyond some size they only make weights and tables large: so 2^14, or
    what keeps the windows (at most ``(n+2)^2/2`` wide) a small part of the modulus.
    """
    return min(2 * (mass + 3) ** 3, max(1 << 14, 4 * (mass + 3) ** 2))


def predicted_gates(builder: Builder, form: Linear, kind: str) -> int:
    """About how many gates one node takes, with three moduli; what the reading of the inputs is chosen by."""
    lemmas = Residue()
    levels = lemmas.levels(builder, form)
    mass = builder.mass(form.terms)
    events = 1 + 3 * levels.exact * 2 * likely_multiples(mass)
    return events + (sum(plan_digits(builder, form).digits.highs) if kind == RELU else 0)


@dataclass
class Residue:
    """The lemmas of route B: with proven moduli, unless one of the fields says otherwise."""

    samples: Samples | None = None
    """Moduli are searched on these."""
    by_hand: tuple[int, ...] = ()
    """Moduli chosen by hand."""
    expected: int = 0
    """Moduli stand for those that a search on so many inputs is expected to find."""
    _cuts: Cuts = field(default_factory=Cuts)

    def lemmas(self) -> Lemmas:
        """What :mod:`translate` needs."""
        return Lemmas(relu=self.relu, relu_mod=self.relu_mod, threshold=self.threshold)

    @property
    def _proven(self) -> bool:
        return self.samples is None and not self.by_hand and not self.expected

    # --- the sign ----------------------------------------------------------------------------

    def levels(self, builder: Builder, form: Linear) -> Levels:
        """Cut a comparison into levels, with the digit size of the fewest predicted gates."""
        limit = weight_limit(builder.mass(form.terms))
        admissible = largest_digit_bits(builder.mass(form.terms))
        if self._proven:
            cuts = self._cuts.of(builder, form, max(admissible, LONGEST))
            return proven_levels(cuts, form.constant, limit, admissible)
        at_levels = [Levels.at(cut, form.constant, limit) for cut in self._cuts.of(builder, form, admissible)]
        return min(at_levels, key=lambda levels: self._predict(levels, 2 * limit))

    def _predict(self, levels: Levels, q: int) -> float:
        """Events to be built: levels times the moduli that random false events would need."""
        spans = levels.spans
        if self._proven:
            return len(spans) * likely_moduli(levels)
        count = self.expected if self.samples is None else self.samples.count
        return len(spans) * (expected_moduli(spans, count, q) if count and sum(spans) else 1 + sum(spans))

    def moduli(self, builder: Builder, levels: Levels, form: Linear, name: str) -> Sequence[int]:
        """The moduli for one comparison: by hand, proven, or searched."""
        if not levels.exact:
            return []
        if self.by_hand:
            return list(self.by_hand)
        if self._proven:
            return proven_moduli(levels, name)
        limit = 2 * weight_limit(builder.mass(form.terms))
        candidates = primes_below(limit, CANDIDATES)
        if self.samples is not None:
            try:
                return searched_moduli(self.samples, levels, candidates, name)
            except SizeError:
                return searched_moduli(self.samples, levels, primes_between(limit // 2, limit, CANDIDATES), name)
        # A search takes the best of many candidates, and half of the inputs are in no doubt: about a factor of 4.
        number = expected_moduli(levels.spans, self.expected // 4, candidates[0])
        return candidates[: ceil(min(number, CANDIDATES))]

    def count(self, builder: Builder, form: Linear, name: str) -> tuple[SignCount, Levels]:
        """The sign of a form, not yet rounded: one layer of gates."""
        if self.samples is not None:
            self.samples.prepare(builder, form)
        levels = self.levels(builder, form)
        return sign_count(builder, levels, self.moduli(builder, levels, form, name), name), levels

    # --- the lemmas --------------------------------------------------------------------------

    def threshold(self, builder: Builder, form: Linear, name: str, means: Means) -> Linear:
        """``1[form >= 0]``: two layers of gates; one if the coefficients are small."""
        count, levels = self.count(builder, form, name)
        gate = count.rounded(builder, name) if levels.exact else builder.step(form, 0, name)
        if self.samples is not None:
            self.samples.record(gate, self.samples.sign(levels))
        return gate

    def _mask(self, builder: Builder, count: SignCount, levels: Levels) -> Mask:
        samples = self.samples
        sign = None if samples is None else samples.sign(levels)

        def mask(bit: Linear, table: Table, of: Linear, name: str) -> Linear:
            gate = count.mask(builder, bit, name)
            if samples is not None and sign is not None:
                low, _ = builder.interval(of)
                samples.prepare(builder, of)
                samples.record(gate, (table[samples.form(of) - low] == 1) & sign)
            return gate

        return mask

    def relu(self, builder: Builder, form: Linear, name: str, means: Means) -> Linear:
        """``[form]+``: two layers of gates."""
        plan = plan_digits(builder, form)
        count, levels = self.count(builder, form, name)
        digits = masked_digits(builder, plan, self._mask(builder, count, levels), name)
        sign = count.rounded(builder, f"{name}.sign")
        if self.samples is not None:
            self.samples.record(sign, self.samples.sign(levels))
        return digits - sign.scaled(1 << plan.power)

    def relu_mod(self, builder: Builder, form: Linear, q: int, name: str, means: Means) -> Linear:
        """A form that is congruent to ``[form]+`` mod ``q``: two layers of gates."""
        if not residue_is_cheaper(builder, plan_digits(builder, form), form, q):
            return self.relu(builder, form, name, means)
        count, levels = self.count(builder, form, name)
        return masked_residue(builder, form, q, self._mask(builder, count, levels), name)

    def _carry(self, builder: Builder, form: RationalForm, output_range: int, r: int) -> tuple[Quotient, list[Linear]]:
        """``floor(r*N) + rR`` as a quotient, and for each value that its carry may reach the form that says so by its sign."""
        quotient = plan_quotient(builder, form, output_range, r, 1)
        rest = total(part.scaled(1 << b) for b, part in enumerate(quotient.digits.forms))
        most = builder.interval(rest)[1] >> quotient.power
        return quotient, [rest.plus(-(v << quotient.power)) for v in range(1, most + 1)]

    def rounded(
        self,
        builder: Builder,
        form: RationalForm,
        output_range: int,
        r: int,
        name: str,
        reduce: Reduction = reduce_mod,
    ) -> RationalForm:
        """``floor(r*N)/r`` in three layers of gates: ``floor(rest / 2^t)`` is a sum of comparisons, reduced mod ``q``."""
        quotient, compared = self._carry(builder, form, output_range, r)
        carries = []
        for place in range(len(compared)):
            low, high = builder.interval(compared[place])
            if high >= 0:
                none, called = Means(f"a carry of {name}"), f"{name}.v{place + 1}"
                carries.append(Linear({}, 1) if low >= 0 else self.threshold(builder, compared[place], called, none))
        return reduce_quotient(builder, quotient, total(carries), output_range, r, name, reduce)

    def rounded_gates(self, builder: Builder, form: RationalForm, output_range: int, r: int) -> float:
        """The gates predicted for the carry of :meth:`rounded`: as many for every comparison as for the middle one."""
        _, compared = self._carry(builder, form, output_range, r)
        if not compared:
            return 0
        middle = compared[len(compared) // 2]
        limit = weight_limit(builder.mass(middle.terms))
        events = self._predict(self.levels(builder, middle), 2 * limit)
        return len(compared) * (events * 2 * likely_multiples(builder.mass(middle.terms)) + 2)


def _residue(domain: Domain, frame: Product, moduli: str) -> Residue:
    """The lemmas for one way to choose moduli: ``"proven"``, ``"searched"``, or numbers separated by commas."""
    if moduli == "proven":
        return Residue()
    if moduli != "searched":
        return Residue(by_hand=tuple(int(q) for q in moduli.split(",")))
    columns = input_integers(domain, frame, MAX_SAMPLES)
    return Residue(samples=Samples(columns))


def _stages(lemmas: Residue, inputs: Inputs, output: Output) -> Stages:
    return Stages(inputs, lemmas.lemmas(), CARRY.make if output == "carry" else lemmas.rounded)


def stages(
    domain: Domain, frame: Product, inputs: Inputs, moduli: str, output: Output = "windows", searching: bool = True
) -> Stages:
    """Route B with all its choices made but those of searched moduli, which are made while it is built.

    Where it is not ``searching``, those that are expected stand for them.
    """
    return _stages((_residue if searching else _expected)(domain, frame, moduli), inputs, output)


def _expected(domain: Domain, frame: Product, moduli: str) -> Residue:
    return Residue(expected=min(domain.count, MAX_SAMPLES)) if moduli == "searched" else _residue(domain, frame, moduli)


def choose_output(
    net: Network,
    domain: Domain,
    frame: Product,
    output_range: int,
    r: int,
    inputs: Inputs,
    moduli: str,
    budget: int | None = None,
) -> Output:
    """The rounded output with the fewest gates predicted, by windows where it takes no more.

    The hidden layers are laid out for it, as their literals are what the outputs read.
    """
    route = _expected(domain, frame, moduli)
    builder = ReluBuilder(net.inputs, net.outputs)
    forms = output_forms(builder, net, frame, inputs, route.lemmas(), budget)
    windows = sum(route.rounded_gates(builder, form, output_range, r) for form in forms)
    carry = CARRY.gates_of_all(builder, forms, output_range, r)
    return "windows" if windows <= carry else "carry"
