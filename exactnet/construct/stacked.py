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
from math import ceil, gcd

import numpy as np
from gmpy2 import mpq

from exactnet.construct.builder import Builder
from exactnet.construct.inputs import input_integers
from exactnet.construct.joined import AIM, Comparison, Unit, compare, direct_unit, plan_digits, plan_residue, plan_sign
from exactnet.construct.linear import Linear, total
from exactnet.construct.moduli import (
    MAX_MODULI,
    Samples,
    expected_moduli,
    primes_below,
    primes_from,
    proven_moduli,
    searched_moduli,
)
from exactnet.construct.noisy import NoisyBuilder, NoisyCircuitBuilder, NoisyReluBuilder, NoisyTally
from exactnet.construct.output_exact import Reduction, reduce_mod, residue_form
from exactnet.construct.scaling import RationalForm
from exactnet.construct.tally import Tally
from exactnet.construct.tolerance import false_passages, likely_modulus, searched_modulus
from exactnet.construct.translate import Inputs, Lemmas, Stages, build
from exactnet.construct.windows import Levels, sign_count
from exactnet.domain import Domain, Product
from exactnet.errors import FormatError, SizeError, clip_text
from exactnet.network import Means, Network
from exactnet.rationals import lcm_all

__all__ = ["Sizes", "stacked_circuit", "stacked_exact", "stacked_rounded", "stacked_sizes"]

#: The most inputs that moduli are searched on; a larger domain is sampled evenly, and the checker finds out.
MAX_SAMPLES = 1 << 17

#: The most gates that are built.
MAX_GATES = 1 << 18

#: The largest weight of a comparison that is rounded in the next layer.
LIMIT = 1 << 14

#: How many moduli are tried for a comparison that is rounded in the next layer.
CANDIDATES = 48


@dataclass(frozen=True)
class Neuron:
    """One node of the original: its layer, its comparison, and the units that make its literals."""

    name: str
    layer: int
    comparison: Comparison | None
    """None if everything is a function of the single form."""
    units: tuple[Unit, ...]
    modulus: int

    @property
    def noisy(self) -> bool:
        """Whether it has events."""
        return self.comparison is not None and bool(self.comparison.parts)

    @property
    def gates(self) -> int:
        """The gates estimated for one modulus."""
        return sum(unit.gates for unit in self.units)


@dataclass(frozen=True)
class Sizes:
    """What is predicted before building: for each layer the number of moduli, the least of them, and the gates."""

    moduli: dict[int, int]
    least: dict[int, int]
    gates: dict[int, int]

    @property
    def total(self) -> int:
        """The gates of all hidden layers."""
        return sum(self.gates.values())


@dataclass
class Stacked:
    """The lemmas of route D: with proven moduli, unless one of the first fields says otherwise."""

    samples: Samples | None
    """Moduli are searched on these."""
    given: tuple[int, ...] = ()
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
    neurons: list[Neuron] = field(default_factory=list)
    layer: dict[str, int] = field(default_factory=dict)
    """The layer of every promised literal."""
    maker: dict[str, Neuron] = field(default_factory=dict)
    """The neuron that makes a promised literal."""

    # --- builders and lemmas ---------------------------------------------------------------------

    @property
    def noisy(self) -> bool:
        """Whether literals may be too large."""
        return self.samples is None and len(self.given) != 1 and not self.expected

    def lemmas(self) -> Lemmas:
        """What :mod:`translate` needs."""
        return Lemmas(
            relu=self.relu,
            relu_mod=self.relu_mod,
            threshold=self.threshold,
            reduce=self.reduce,
            network=self._network,
            circuit=self._circuit,
            tally=self._tally,
        )

    def _network(self, inputs: Iterable[str], outputs: Iterable[str]) -> Builder:
        builder = NoisyReluBuilder(inputs, outputs, self.noisy, lambda: self.finish(builder))
        return builder

    def _circuit(self, inputs: Iterable[str], outputs: Iterable[str]) -> Builder:
        builder = NoisyCircuitBuilder(inputs, outputs, self.noisy, lambda: self.finish(builder))
        return builder

    def _tally(self, inputs: Iterable[str], outputs: Iterable[str], circuit: bool, limit: int | None) -> Tally:
        builder = NoisyTally(inputs, outputs, self.noisy, lambda: self.finish(builder), circuit, limit)
        return builder

    def _add(
        self, builder: NoisyBuilder, form: Linear, name: str, comparison: Comparison | None, units: list[Unit], q: int
    ) -> None:
        layer = 1 + max((self.layer.get(signal, 0) for signal in form.terms), default=0)
        neuron = Neuron(name, layer, comparison, tuple(units), q)
        self.neurons.append(neuron)
        for unit in units:
            for signal, _ in unit.outputs:
                self.layer[signal] = layer
                self.maker[signal] = neuron

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
        """``1[form >= 0]``: a promised literal, a gate where the weights are small, or two layers at an output."""
        builder = _noisy(builder)
        if self.samples is not None:
            self.samples.prepare(builder, form)
        comparison, unit = plan_sign(builder, form, name, means, self.aim)
        if not comparison.parts:
            gate = builder.step(form, 0, name)
            self._record_gate(gate, comparison.levels)
            self._settle(builder, form, gate)
            return gate
        if name in self.rounded_names:
            return self.rounded_sign(builder, form, name)
        self._add(builder, form, name, comparison, [unit], 1)
        self._record(builder, form, comparison.levels, [unit], [Linear({}, 1)])
        return Linear({unit.outputs[0][0]: 1})

    def _record_gate(self, gate: Linear, levels: Levels) -> None:
        if self.samples is not None:
            self.samples.record(gate, self.samples.sign(levels))

    def _settle(self, builder: NoisyBuilder, form: Linear, gate: Linear) -> None:
        """A gate without noise is a literal of its layer."""
        for signal in gate.terms:
            self.layer.setdefault(signal, 1 + max((self.layer.get(source, 0) for source in form.terms), default=0))

    def relu(self, builder: Builder, form: Linear, name: str, means: Means) -> Linear:
        """``[form]+``: promised masked bits, one layer of gates."""
        builder = _noisy(builder)
        comparison, units, value = plan_digits(builder, form, name, means, self.aim)
        high = builder.interval(form)[1]
        if not comparison.parts and high <= 2 * sum(comparison.levels_highs):
            unit, value = direct_unit(builder, form, None, name)
            return self._direct(builder, form, name, unit, value)
        self._add(builder, form, name, comparison, units, 1)
        digits = [d for d, h in zip(comparison.levels.digits, comparison.levels_highs, strict=True) if h]
        self._record(builder, form, comparison.levels, units, [Linear({}, 1), *digits])
        return value

    def relu_mod(self, builder: Builder, form: Linear, q: int, name: str, means: Means) -> Linear:
        """``[form]+ mod q``: one promised literal, or the masked bits if those are cheaper."""
        builder = _noisy(builder)
        high = builder.interval(form)[1]
        comparison, unit = plan_residue(builder, form, q, name, self.aim)
        if not comparison.parts and high <= 2 * q * (builder.mass(form.terms) // 4 + 1):
            unit, value = direct_unit(builder, form, q, name)
            return self._direct(builder, form, name, unit, value)
        _, digits, value = plan_digits(builder, form, name, means, self.aim)
        if comparison.parts and sum(found.gates for found in digits) < unit.gates:
            return self.relu(builder, form, name, means)
        self._add(builder, form, name, comparison, [unit], q)
        self._record(builder, form, comparison.levels, [unit], [residue_form(builder, form, q)])
        return Linear({unit.outputs[0][0]: 1})

    def _direct(self, builder: NoisyBuilder, form: Linear, name: str, unit: Unit, value: Linear) -> Linear:
        self._add(builder, form, name, None, [unit], 1)
        if self.samples is not None:
            self.samples.prepare(builder, form)
            column = np.maximum(self.samples.form(form), 0)
            for signal, function in unit.outputs:
                self.samples.columns[signal] = function(column).astype(np.int32)
        return value

    def reduce(self, builder: Builder, form: Linear, q: int, name: str) -> Linear:
        """``form mod q`` at an exact output: gates at every value, or at the multiples of ``q`` if literals have no noise."""
        if not self.noisy:
            return reduce_mod(builder, form, q, name)
        low, high = builder.interval(form)
        if high - low > MAX_GATES:
            raise SizeError(f"too large to build: the output {clip_text(name)} takes {high - low} gates, more than {MAX_GATES}")
        return builder.exact_sum(form, np.arange(low, high + 1) % q, name)

    # --- what is rounded -------------------------------------------------------------------------

    def rounded_sign(self, builder: NoisyBuilder, form: Linear, name: str) -> Linear:
        """``1[form >= 0]`` in two layers of gates: windows, and one gate that rounds."""
        levels = compare(builder, form, max(1, builder.mass(form.terms).bit_length() - 1), self.limit).levels
        moduli: list[int] = []
        if levels.exact and self.given:
            moduli = list(self.given)
        elif levels.exact and self.expected:
            candidates = primes_below(2 * LIMIT, CANDIDATES)
            moduli = candidates[: ceil(min(CANDIDATES, expected_moduli(levels.spans, self.expected // 4, candidates[0])))]
        elif levels.exact and self.samples is None:
            moduli = proven_moduli(builder, levels, name)
        elif levels.exact and self.samples is not None:
            self.samples.prepare(builder, form)
            moduli = self._few_moduli(self.samples, levels, name)
        count = sign_count(builder, levels, moduli, name)
        return count.rounded(builder, name)

    @staticmethod
    def _few_moduli(samples: Samples, levels: Levels, name: str) -> list[int]:
        """Moduli for windows: small ones if some will do."""
        for limit in (2 * LIMIT, 16 * LIMIT):
            try:
                return searched_moduli(samples, levels, primes_below(limit, CANDIDATES), name)
            except SizeError:
                continue
        return searched_moduli(samples, levels, primes_below(128 * LIMIT, CANDIDATES), name)

    def rounded(
        self,
        builder: Builder,
        form: RationalForm,
        output_range: int,
        r: int,
        name: str,
        reduce: Reduction = reduce_mod,
    ) -> RationalForm:
        """``floor(r*N)/r`` clipped to ``[-R, R]``: the sum of ``1[r*N + rR >= v]`` over ``1 <= v <= 2rR``, less ``rR``.

        Nothing is left to ``reduce``: the sum is within the range.
        """
        builder = _noisy(builder)
        terms = {signal: c * r for signal, c in form.terms.items()}
        constant = form.constant * r + r * output_range
        delta = int(lcm_all(c.denominator for c in [*terms.values(), constant]))
        whole = Linear({signal: int(c * delta) for signal, c in terms.items()}, int(constant * delta))
        gates = []
        for v in builder.alike(range(1, 2 * r * output_range + 1)):
            shifted = whole.plus(-v * delta)
            low, high = builder.interval(shifted)
            if low >= 0:
                gates.append(Linear({}, 1))
            elif high >= 0:
                gates.append(self.rounded_sign(builder, shifted, f"{name}.v{v}"))
        return RationalForm.of(total(gates).plus(-r * output_range), mpq(1, r))

    # --- moduli, from the last layer to the first ----------------------------------------------------

    def _readers(self, builder: NoisyBuilder, layer: int, largest: dict[int, int]) -> list[tuple[int, dict[str, int]]]:
        """What reads the literals of a layer: for each form the layers with noise that share its room, and its weights."""
        weights = [{name: abs(c) for name, c in form.terms.items()} for form in builder.waiting.values()]
        for neuron in self.neurons:
            if neuron.layer > layer and neuron.comparison is not None:
                q = largest.get(neuron.layer, 1)
                names = neuron.comparison.form.terms
                weights += [{name: unit.reading(name, q) for name in names} for unit in neuron.units]
        found = []
        for form in weights:
            noisy = {name for name in form if name in self.maker and self.maker[name].noisy}
            here = {name: form[name] for name in noisy if self.layer[name] == layer}
            if here:
                found.append((len({self.layer[name] for name in noisy}), here))
        return found

    def _needed(self, builder: NoisyBuilder, layer: int, least: int, readers: list[tuple[int, dict[str, int]]]) -> int:
        """More than the noise that any gate may meet from the literals of a layer (inequalities 3 and 4)."""
        error: dict[str, int] = {}
        for neuron in self.neurons:
            if neuron.layer == layer and neuron.noisy:
                false = self._false(builder, neuron, least)
                error |= {signal: unit.high * false for unit in neuron.units for signal, _ in unit.outputs}
        noise = (sharing * sum(weight * error[name] for name, weight in form.items()) for sharing, form in readers)
        return 1 + max([*error.values(), *noise])

    @staticmethod
    def _false(builder: NoisyBuilder, neuron: Neuron, least: int) -> int:
        return 0 if neuron.comparison is None else false_passages(builder, neuron.comparison.parts, least)

    def _proven(self, builder: NoisyBuilder) -> dict[int, tuple[int, ...]]:
        """For every layer as many primes as it needs, from the last layer to the first."""
        chosen: dict[int, tuple[int, ...]] = {}
        largest: dict[int, int] = {}
        mixed = any(
            len({self.layer.get(name, 0) for name in form} - {0}) > 1
            for form in [
                *(found.terms for found in builder.waiting.values()),
                *(neuron.comparison.form.terms for neuron in self.neurons if neuron.comparison is not None),
            ]
        )
        for layer in sorted({neuron.layer for neuron in self.neurons if neuron.noisy}, reverse=True):
            here = [neuron for neuron in self.neurons if neuron.layer == layer and neuron.noisy]
            parts = [part for neuron in here if neuron.comparison for part in neuron.comparison.parts]
            least = max(16, 2 * max(len(part.at) for part in parts))
            readers = self._readers(builder, layer, largest)
            while True:
                needed = self._needed(builder, layer, least, readers)
                needed = 1 << (needed - 1).bit_length() if mixed else needed  # so that scales divide each other
                # Small moduli make small weights; doubling the least one until the count is below it balances the two.
                if needed <= least:
                    break
                least *= 2
            chosen[layer] = (least, needed)
            largest[layer] = 18 * (least + 2) ** 2 if needed > MAX_MODULI else self._primes(here, least, needed)[-1]
        return chosen

    @staticmethod
    def _primes(neurons: list[Neuron], least: int, count: int) -> tuple[int, ...]:
        """Primes from ``least`` on that divide no modulus of an output."""
        found: list[int] = []
        for prime in primes_from(least):
            if len(found) == count:
                break
            if all(neuron.modulus % prime for neuron in neurons):
                found.append(prime)
        return tuple(found)

    def sizes(self, builder: NoisyBuilder) -> Sizes:
        """Predict the sizes for proven moduli; nothing is built."""
        chosen = self._proven(builder)
        gates = {
            layer: count * sum(neuron.gates for neuron in self.neurons if neuron.layer == layer)
            for layer, (_, count) in chosen.items()
        }
        return Sizes({layer: n for layer, (_, n) in chosen.items()}, {layer: q for layer, (q, _) in chosen.items()}, gates)

    def _searched(self, neurons: list[Neuron]) -> dict[str, tuple[int, ...]]:
        """One modulus for all neurons that differ by a constant only, so that they share their gates."""
        groups: dict[tuple[object, ...], list[Neuron]] = {}
        for neuron in neurons:
            comparison = neuron.comparison
            if neuron.noisy and comparison is not None:
                terms = tuple(sorted(comparison.form.terms.items()))
                groups.setdefault((neuron.layer, terms, comparison.levels.bits), []).append(neuron)
        chosen: dict[str, tuple[int, ...]] = {}
        for group in groups.values():
            compared = [(n.comparison.levels, n.comparison.parts) for n in group if n.comparison is not None]
            besides = 1
            for neuron in group:
                besides *= neuron.modulus
            if self.samples is not None:
                q = searched_modulus(self.samples, compared, besides, group[0].name)
            else:
                q = likely_modulus(self.expected, [part for _, parts in compared for part in parts], besides)
            chosen |= {neuron.name: (q,) for neuron in group}
        return chosen

    def _check_given(self) -> None:
        for neuron in self.neurons:
            for q in self.given:
                if neuron.noisy and gcd(q, neuron.modulus) > 1:
                    raise FormatError(f"the modulus {q} has a divisor in common with the {neuron.modulus} of the output")

    def finish(self, builder: NoisyBuilder) -> None:
        """Choose the moduli and build every neuron."""
        false: dict[str, int | None] = {}
        if self.given:
            self._check_given()
            moduli = {neuron.name: self.given for neuron in self.neurons}
            false = {neuron.name: None if neuron.noisy and len(self.given) > 1 else 0 for neuron in self.neurons}
        elif self.samples is not None or self.expected:
            moduli = self._searched(self.neurons)
        else:
            self.predicted = sizes = self.sizes(builder)
            if sizes.total > self.most_gates or any(count > MAX_MODULI for count in sizes.moduli.values()):
                raise SizeError(
                    f"too large to build: about {sizes.total} gates with {max(sizes.moduli.values())} proven moduli a layer, "
                    f"more than {self.most_gates} gates or {MAX_MODULI} moduli; searched moduli take far fewer"
                )
            by_layer = {
                layer: self._primes([n for n in self.neurons if n.layer == layer], least, sizes.moduli[layer])
                for layer, least in sizes.least.items()
            }
            moduli = {neuron.name: by_layer.get(neuron.layer, ()) for neuron in self.neurons}
            false = {
                neuron.name: self._false(builder, neuron, sizes.least.get(neuron.layer, 2)) for neuron in self.neurons
            }
        for neuron in self.neurons:
            for unit in neuron.units:
                unit.build(builder, moduli.get(neuron.name, ()), false.get(neuron.name, 0), neuron.name)


def _noisy(builder: Builder) -> NoisyBuilder:
    if not isinstance(builder, NoisyBuilder):
        raise TypeError("route D needs a builder that waits for literals")
    return builder


def _stacked(domain: Domain, frame: Product, moduli: str, net: Network | None = None) -> Stacked:
    """The lemmas for one way to choose moduli: ``"proven"``, ``"searched"``, or numbers separated by commas."""
    alone: frozenset[str] = frozenset()
    if net is not None:
        alone = frozenset(name for name in net.outputs if not any(True for _ in net.readers(name)))
    if moduli == "proven":
        return Stacked(None, (), alone)
    if moduli != "searched":
        return Stacked(None, tuple(int(q) for q in moduli.split(",")), alone)
    return Stacked(Samples(input_integers(domain, frame, MAX_SAMPLES)), (), alone)


def stages(domain: Domain, frame: Product, inputs: Inputs, moduli: str, net: Network | None = None) -> Stages:
    """Route D with all its choices made but those of moduli, which are made while it is built.

    ``net`` is a circuit, whose outputs are rounded.
    """
    route = _stacked(domain, frame, moduli, net)
    return Stages(inputs, route.lemmas(), route.rounded, clips=True)


def expected_stages(
    domain: Domain, frame: Product, inputs: Inputs, moduli: str, net: Network | None = None
) -> Stages:
    """As :func:`stages`, but in place of searched moduli some that a search is likely to find; no input is looked at."""
    if moduli != "searched":
        return stages(domain, frame, inputs, moduli, net)
    route = _stacked(domain, frame, "proven", net)
    route.expected = min(domain.count, MAX_SAMPLES)
    return Stages(inputs, route.lemmas(), route.rounded, clips=True)


def stacked_exact(
    net: Network, domain: Domain, frame: Product, output_range: int, r: int, inputs: Inputs, moduli: str
) -> Network:
    """S1, exact form, in depth ``k+1`` (one more with inputs read as bits)."""
    return build("exact", net, frame, output_range, r, stages(domain, frame, inputs, moduli))


def stacked_rounded(
    net: Network, domain: Domain, frame: Product, output_range: int, r: int, inputs: Inputs, moduli: str
) -> Network:
    """S1, rounded form, in depth ``k+2`` (one more with inputs read as bits)."""
    return build("rounded", net, frame, output_range, r, stages(domain, frame, inputs, moduli))


def stacked_circuit(net: Network, domain: Domain, frame: Product, inputs: Inputs, moduli: str) -> Network:
    """S3 in depth ``t+1`` (one more with inputs read as bits)."""
    return build("circuit", net, frame, 1, 1, stages(domain, frame, inputs, moduli, net))


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
