"""Route D (``stacked``): one layer of gates for a ReLU layer, depth ``k+1`` (exact) and ``t+1`` for threshold circuits.

Every literal is a sum of events of one layer of gates (:mod:`passages`), at most a little too large; the gates that
read it allow for that (:mod:`noisy`). Nothing is rounded but the last comparison of a circuit and those of a rounded
output. docs/stacked.md has the theorem with its proof; the numbers of inequalities here are those of that page.

All literals of the original's nodes are promised first. How many moduli a layer needs depends on the weights that read
it, so the layers are built from the last to the first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from exactnet.claims.promises import Means
from exactnet.construct.base.builder import Builder
from exactnet.construct.base.inputs import input_integers
from exactnet.construct.base.linear import Linear
from exactnet.construct.base.scaling import RationalForm
from exactnet.construct.gadgets.few_literals import smaller_gate
from exactnet.construct.gadgets.moduli import MAX_MODULI, Samples, most_divisors
from exactnet.construct.gadgets.noisy import NoisyBuilder, NoisyCircuitBuilder, NoisyReluBuilder, as_noisy
from exactnet.construct.gadgets.outputs.exact import Reduction, reduce_mod, residue_form
from exactnet.construct.gadgets.outputs.rounded import CARRY, Output
from exactnet.construct.gadgets.windows import Levels, likely_multiples
from exactnet.construct.routes.stacked.joined import AIM, Unit, direct_unit, plan_digits, plan_residue, plan_sign
from exactnet.construct.routes.stacked.moduli import Neuron, Promised, Sizes
from exactnet.construct.routes.stacked.output import LIMIT, MAX_GATES, Windows, reduce_values
from exactnet.construct.routes.translate import Form, Inputs, Lemmas, Stages, build, output_forms
from exactnet.kernel.domain import Domain, Product
from exactnet.kernel.errors import SizeError
from exactnet.kernel.network import Network

__all__ = ["Sizes", "Stacked", "outputs_alone", "rank_outputs", "stacked_sizes", "stages"]

#: The most inputs that moduli are searched on; a larger domain is sampled evenly, and the checker finds out.
MAX_SAMPLES = 1 << 17

#: The most inputs that are looked at for the windows of a rounded output, summed over its comparisons.
MAX_SEARCH = 1 << 22


@dataclass
class Stacked:
    """The lemmas of route D: with proven moduli, unless one of the first fields says otherwise."""

    samples: Samples | None
    """Moduli are searched on these."""
    by_hand: tuple[int, ...] = ()
    """Moduli chosen by hand."""
    rounded_names: frozenset[str] = frozenset()
    """Threshold nodes that nothing but the output reads: they are rounded."""
    aim: int = AIM
    """Weights that events are kept within where the choice of the digit size allows it."""
    limit: int = LIMIT
    """The largest weight of a comparison that is rounded in the next layer."""
    expected: int = 0
    """Moduli stand for those that a search on so many inputs is expected to find."""
    most_gates: int = MAX_GATES
    """More gates with proven moduli than this are predicted only."""
    predicted: Sizes | None = None
    """What was predicted for proven moduli."""
    carries: bool = False
    """Whether a rounded output is route A's, and not by windows."""
    moduli: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Of every neuron, once everything is built."""
    promised: Promised = field(default_factory=Promised)

    def __post_init__(self) -> None:
        """The comparisons that are rounded use the same moduli."""
        self.windows = Windows(self.samples, self.by_hand, self.expected, self.limit)

    @property
    def neurons(self) -> list[Neuron]:
        """All neurons whose literals are promised."""
        return self.promised.neurons

    # --- builders and lemmas ---------------------------------------------------------------------

    @property
    def noisy(self) -> bool:
        """Whether literals may be too large."""
        return self.samples is None and len(self.by_hand) != 1 and not self.expected

    def lemmas(self) -> Lemmas:
        """What :mod:`translate` needs."""
        return Lemmas(
            relu=self.relu,
            relu_mod=self.relu_mod,
            threshold=self.threshold,
            reduce=self.reduce,
            network=partial(self._builder, NoisyReluBuilder),
            circuit=partial(self._builder, NoisyCircuitBuilder),
        )

    def _builder(self, kind: type[NoisyBuilder], inputs: Iterable[str], outputs: Iterable[str]) -> Builder:
        builder = kind(inputs, outputs, self.noisy, lambda: self.finish(builder))
        return builder

    def _record(self, builder: NoisyBuilder, form: Linear, levels: Levels, units: list[Unit], digits: list[Linear]) -> None:
        """Remember the values of the literals on the samples: functions of what each unit joins, masked by the sign."""
        samples = self.samples
        if samples is None:
            return
        samples.prepare(builder, form)
        sign = samples.sign(levels)
        for unit, joined in zip(units, digits, strict=True):
            column = samples.form(joined)
            if unit.high > 1:
                column %= unit.high + 1
            for signal, function in unit.outputs:
                samples.columns[signal] = (function(column) * sign).astype(np.int32)

    def threshold(self, builder: Builder, form: Linear, name: str, means: Means) -> Linear:
        """``1[form >= 0]``: a promised literal, a gate where the weights are small, or two layers at an output.

        Noise counts as often as the weights that read it say: gates that may read some, and few bits, are made smaller first.
        """
        builder = as_noisy(builder)
        form = self.read(builder, form)
        if self.samples is not None:
            self.samples.prepare(builder, form)
        comparison, unit = plan_sign(builder, form, name, means, self.aim)
        if not comparison.levels.exact:
            gate = builder.own_sum(form, np.array([0]), np.array([1]), name, "gate")
            self._record_gate(gate, comparison.levels)
            self.promised.settle(form, gate)
            return gate
        if name in self.rounded_names:
            return self.windows.sign(builder, form, name)
        self.promised.add(form, name, comparison, [unit], 1)
        self._record(builder, form, comparison.levels, [unit], [Linear({}, 1)])
        return Linear({unit.outputs[0][0]: 1})

    def read(self, builder: Builder, form: Linear) -> Linear:
        """The form that a threshold gate is made for."""
        return smaller_gate(builder, form) if self.noisy and as_noisy(builder).reads_promised(form) else form

    def _record_gate(self, gate: Linear, levels: Levels) -> None:
        if self.samples is not None:
            self.samples.record(gate, self.samples.sign(levels))

    def relu(self, builder: Builder, form: Linear, name: str, means: Means) -> Linear:
        """``[form]+``: promised masked bits, one layer of gates."""
        builder = as_noisy(builder)
        comparison, units, value = plan_digits(builder, form, name, means, self.aim)
        high = builder.interval(form)[1]
        if not comparison.levels.exact and high <= 2 * sum(comparison.levels_highs):
            unit, value = direct_unit(builder, form, None, name)
            return self._direct(builder, form, name, unit, value)
        self.promised.add(form, name, comparison, units, 1)
        digits = [d for d, h in zip(comparison.levels.digits, comparison.levels_highs, strict=True) if h]
        self._record(builder, form, comparison.levels, units, [Linear({}, 1), *digits])
        return value

    def relu_mod(self, builder: Builder, form: Linear, q: int, name: str, means: Means) -> Linear:
        """``[form]+ mod q``: one promised literal, or the masked bits if those are cheaper."""
        builder = as_noisy(builder)
        high = builder.interval(form)[1]
        comparison, unit = plan_residue(builder, form, q, name, self.aim)
        if not comparison.levels.exact and high <= 2 * q * likely_multiples(builder.mass(form.terms)):
            unit, value = direct_unit(builder, form, q, name)
            return self._direct(builder, form, name, unit, value)
        _, digits, value = plan_digits(builder, form, name, means, self.aim)
        if comparison.parts and sum(digit.gates for digit in digits) < unit.gates:
            return self.relu(builder, form, name, means)
        self.promised.add(form, name, comparison, [unit], q)
        self._record(builder, form, comparison.levels, [unit], [residue_form(builder, form, q)])
        return Linear({unit.outputs[0][0]: 1})

    def _direct(self, builder: NoisyBuilder, form: Linear, name: str, unit: Unit, value: Linear) -> Linear:
        self.promised.add(form, name, None, [unit], 1)
        if self.samples is not None:
            self.samples.prepare(builder, form)
            column = np.maximum(self.samples.form(form), 0)
            for signal, function in unit.outputs:
                self.samples.columns[signal] = function(column).astype(np.int32)
        return value

    def reduce(self, builder: Builder, form: Linear, q: int, name: str) -> Linear:
        """``form mod q`` at an exact output: gates at every value, or at the multiples of ``q`` if literals have no noise."""
        return (reduce_values if self.noisy else reduce_mod)(builder, form, q, name)

    # --- outputs -----------------------------------------------------------------------------------

    def rounded(
        self,
        builder: Builder,
        form: RationalForm,
        output_range: int,
        r: int,
        name: str,
        reduce: Reduction = reduce_mod,
    ) -> RationalForm:
        """``floor(r*N)/r`` clipped to ``[-R, R]``, by windows: two layers of gates."""
        return self.windows.output(builder, form, output_range, r, name, reduce)

    def carried(
        self,
        builder: Builder,
        form: RationalForm,
        output_range: int,
        r: int,
        name: str,
        reduce: Reduction = reduce_mod,
    ) -> RationalForm:
        """``floor(r*N)/r`` by route A's output: three layers of gates. Noise is taken by gates at every value."""
        return CARRY.make(builder, form, output_range, r, name, reduce_values if self.noisy else reduce)

    def searched(self, form: Form) -> dict[str, int]:
        """The largest modulus that was searched for events, and for windows if there may be any, once everything is built."""
        if self.samples is None:
            return {}
        largest = max((q for chosen in self.moduli.values() for q in chosen), default=1)  # of an event
        return {"Q": largest} | ({"Q_out": self.windows.largest} if form != "exact" and not self.carries else {})

    # --- moduli ------------------------------------------------------------------------------------

    def finish(self, builder: NoisyBuilder) -> None:
        """Choose the moduli and build every neuron."""
        false: dict[str, int | None] = {}
        if self.by_hand:
            moduli = self.promised.by_hand(self.by_hand)
            false = {neuron.name: None if neuron.noisy and len(self.by_hand) > 1 else 0 for neuron in self.neurons}
        elif self.samples is not None or self.expected:
            moduli = self.promised.searched(self.samples, self.expected)
        else:
            moduli, false = self._proven(builder)
        self.moduli = moduli
        for neuron in self.neurons:
            for unit in neuron.units:
                unit.build(builder, moduli.get(neuron.name, ()), false.get(neuron.name, 0), neuron.name)

    def _proven(self, builder: NoisyBuilder) -> tuple[dict[str, tuple[int, ...]], dict[str, int | None]]:
        """Proven moduli, and the false events of every neuron; raises :class:`SizeError` where they are too many."""
        self.predicted = sizes = self.promised.sizes(builder)
        if sizes.total > self.most_gates or not all(sizes.primes.values()):
            raise SizeError(
                f"too large to build: about {sizes.total} gates with {max(sizes.moduli.values())} proven moduli a layer, "
                f"more than {self.most_gates} gates or {MAX_MODULI} moduli; searched moduli take far fewer"
            )
        moduli = {neuron.name: tuple(sizes.primes.get(neuron.layer, ())) for neuron in self.neurons}
        return moduli, {
            neuron.name: self.promised.false(builder, neuron, partial(most_divisors, moduli[neuron.name]))
            for neuron in self.neurons
        }


def outputs_alone(net: Network | None) -> frozenset[str]:
    """The outputs of a circuit that nothing else reads."""
    return frozenset() if net is None else frozenset(name for name in net.outputs if not any(True for _ in net.readers(name)))


def _stacked(domain: Domain, frame: Product, moduli: str, net: Network | None = None) -> Stacked:
    """The lemmas for one way to choose moduli: ``"proven"``, ``"searched"``, or numbers separated by commas."""
    alone = outputs_alone(net)
    if moduli == "proven":
        return Stacked(None, (), alone)
    if moduli != "searched":
        return Stacked(None, tuple(int(q) for q in moduli.split(",")), alone)
    return Stacked(Samples(input_integers(domain, frame, MAX_SAMPLES)), (), alone)


def _stages(route: Stacked, inputs: Inputs, output: Output) -> Stages:
    route.carries = output == "carry"
    rounded = route.carried if route.carries else route.rounded
    return Stages(inputs, route.lemmas(), rounded, clips=not route.carries, searched=route.searched)


def stages(
    domain: Domain,
    frame: Product,
    inputs: Inputs,
    moduli: str,
    net: Network | None = None,
    output: Output = "windows",
    searching: bool = True,
) -> Stages:
    """Route D with all its choices made but those of moduli, which are made while it is built.

    ``net`` is a circuit, whose outputs are rounded. Where it is not ``searching``, moduli that are expected stand for others.
    """
    return _stages((_stacked if searching else _expected)(domain, frame, moduli, net), inputs, output)


def _expected(domain: Domain, frame: Product, moduli: str, net: Network | None = None) -> Stacked:
    if moduli != "searched":
        return _stacked(domain, frame, moduli, net)
    return Stacked(None, (), outputs_alone(net), expected=min(domain.count, MAX_SAMPLES))


def rank_outputs(
    net: Network,
    domain: Domain,
    frame: Product,
    output_range: int,
    r: int,
    inputs: Inputs,
    moduli: str,
    budget: int | None = None,
) -> tuple[Output, Output]:
    """The rounded output that is taken by default, and the one with the fewest gates predicted.

    By default windows, which are shallower, unless they take more than :data:`MAX_GATES` gates, or a search that looks at more
    than :data:`MAX_SEARCH` pairs of a comparison and an input. The hidden layers are laid out for it.
    """
    route = _expected(domain, frame, moduli)
    builder = NoisyReluBuilder(net.inputs, net.outputs, route.noisy, lambda: None)
    forms = output_forms(builder, net, frame, inputs, route.lemmas(), budget)
    sizes = [route.windows.gates(builder, form, output_range, r) for form in forms]
    gates, comparisons = sum(gates for gates, _ in sizes), sum(number for _, number in sizes)
    carry = CARRY.gates_of_all(builder, forms, output_range, r)
    fits = gates <= MAX_GATES and comparisons * route.expected <= MAX_SEARCH
    return "windows" if fits else "carry", "windows" if gates <= carry else "carry"


def stacked_sizes(net: Network, frame: Product, output_range: int, r: int) -> Sizes:
    """The sizes of the exact form with proven moduli, predicted; nothing is built."""
    route = Stacked(None, most_gates=-1)
    try:
        build("exact", net, frame, output_range, r, Stages("integers", route.lemmas(), route.rounded, clips=True))
    except SizeError:
        if route.predicted is None:
            raise
    assert route.predicted is not None
    return route.predicted
