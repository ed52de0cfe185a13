"""The moduli of route D: how many each layer needs, from the last layer to the first, or one that is right for each comparison.

The numbers of inequalities are those of docs/stacked.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from math import gcd

from exactnet.construct.base.linear import Linear
from exactnet.construct.gadgets.moduli import Counting, Samples, divisors, fewest_moduli, spread_primes
from exactnet.construct.gadgets.noisy import NoisyBuilder
from exactnet.construct.gadgets.tolerance import false_passages, likely_modulus, searched_modulus
from exactnet.construct.routes.stacked.joined import NOMINAL, Comparison, Unit
from exactnet.kernel.errors import FormatError

__all__ = ["Neuron", "Promised", "Sizes"]


#: Proven moduli are below ``NOMINAL`` times this power of two, 2^24, as searched ones are, but for those by products alone.
EXTRA = 13


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
    """What is predicted before building: for each layer the number of moduli, they (none if too many), and the gates."""

    moduli: dict[int, int]
    primes: dict[int, Sequence[int]]
    gates: dict[int, int]

    @property
    def total(self) -> int:
        """The gates of all hidden layers."""
        return sum(self.gates.values())


@dataclass
class Promised:
    """All neurons whose literals are promised, and the layer and the maker of every such literal."""

    neurons: list[Neuron] = field(default_factory=list)
    layer: dict[str, int] = field(default_factory=dict)
    maker: dict[str, Neuron] = field(default_factory=dict)

    def _above(self, form: Linear) -> int:
        return 1 + max((self.layer.get(signal, 0) for signal in form.terms), default=0)

    def add(self, form: Linear, name: str, comparison: Comparison | None, units: Sequence[Unit], modulus: int) -> None:
        """A neuron over a form; ``modulus`` is what its literals are joined modulo, 1 if they are bits."""
        neuron = Neuron(name, self._above(form), comparison, tuple(units), modulus)
        self.neurons.append(neuron)
        for unit in units:
            for signal, _ in unit.outputs:
                self.layer[signal] = neuron.layer
                self.maker[signal] = neuron

    def settle(self, form: Linear, gate: Linear) -> None:
        """A gate without noise is a literal of its layer."""
        for signal in gate.terms:
            self.layer.setdefault(signal, self._above(form))

    # --- proven ----------------------------------------------------------------------------------

    def _readers(self, builder: NoisyBuilder, layer: int, largest: dict[int, int]) -> list[tuple[int, dict[str, int]]]:
        """What reads the literals of a layer: for each form the layers with noise that share its room, and its weights."""
        weights = [{name: abs(c) for name, c in form.terms.items()} for form in builder.waiting.values()]
        for neuron in self.neurons:
            if neuron.layer > layer and neuron.comparison is not None:
                q = largest.get(neuron.layer, 1)
                names = neuron.comparison.form.terms
                weights += [{name: unit.reading(name, q) for name in names} for unit in neuron.units]
        readers = []
        for form in weights:
            noisy = {name for name in form if name in self.maker and self.maker[name].noisy}
            here = {name: form[name] for name in noisy if self.layer[name] == layer}
            if here:
                readers.append((len({self.layer[name] for name in noisy}), here))
        return readers

    def _needed(
        self, builder: NoisyBuilder, layer: int, readers: list[tuple[int, dict[str, int]]], mixed: bool, counting: Counting
    ) -> int:
        """More than the noise that any gate may meet from the literals of a layer (inequalities 3 and 4)."""
        error: dict[str, int] = {}
        for neuron in self.neurons:
            if neuron.layer == layer and neuron.noisy:
                false = self.false(builder, neuron, counting)
                error |= {signal: unit.high * false for unit in neuron.units for signal, _ in unit.outputs}
        noise = (sharing * sum(weight * error[name] for name, weight in form.items()) for sharing, form in readers)
        needed = 1 + max([*error.values(), *noise])
        return 1 << (needed - 1).bit_length() if mixed else needed  # so that scales divide each other

    @staticmethod
    def false(builder: NoisyBuilder, neuron: Neuron, counting: Counting) -> int:
        """The most false events of a neuron (inequality 2)."""
        return 0 if neuron.comparison is None else false_passages(builder, neuron.comparison.parts, counting)

    def _proven(self, builder: NoisyBuilder) -> tuple[dict[int, int], dict[int, Sequence[int]]]:
        """For every layer how many moduli it needs, and they, from the last layer to the first; none where it needs too many."""
        counts: dict[int, int] = {}
        chosen: dict[int, Sequence[int]] = {}
        largest: dict[int, int] = {}
        mixed = any(
            len({self.layer.get(name, 0) for name in form} - {0}) > 1
            for form in [
                *(waiting.terms for waiting in builder.waiting.values()),
                *(neuron.comparison.form.terms for neuron in self.neurons if neuron.comparison is not None),
            ]
        )
        for layer in sorted({neuron.layer for neuron in self.neurons if neuron.noisy}, reverse=True):
            here = [neuron for neuron in self.neurons if neuron.layer == layer and neuron.noisy]
            parts = [part for neuron in here if neuron.comparison for part in neuron.comparison.parts]
            widest = 2 * max(len(part.at) for part in parts)
            needed = partial(self._needed, builder, layer, self._readers(builder, layer, largest), mixed)
            chosen[layer] = moduli = fewest_moduli(needed, widest, NOMINAL, partial(_primes, here), extra=EXTRA)
            if moduli:
                counts[layer], largest[layer] = len(moduli), moduli[-1]
                continue
            least = max(16, widest)
            while (count := needed(partial(_by_products, least))) > least:
                least *= 2
            counts[layer], largest[layer] = count, 18 * (least + 2) ** 2
        return counts, chosen

    def sizes(self, builder: NoisyBuilder) -> Sizes:
        """Predict the sizes for proven moduli; nothing is built."""
        counts, chosen = self._proven(builder)
        gates = {
            layer: count * sum(neuron.gates for neuron in self.neurons if neuron.layer == layer)
            for layer, count in counts.items()
        }
        return Sizes(counts, chosen, gates)

    # --- searched, given -------------------------------------------------------------------------

    def searched(self, samples: Samples | None, inputs: int) -> dict[str, tuple[int, ...]]:
        """One modulus for all neurons that differ by a constant only, so that they share their gates.

        Without samples, one that a search on so many inputs is likely to find.
        """
        groups: dict[tuple[object, ...], list[Neuron]] = {}
        for neuron in self.neurons:
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
            if samples is not None:
                q = searched_modulus(samples, compared, besides, group[0].name)
            else:
                q = likely_modulus(inputs, [part for _, parts in compared for part in parts], besides)
            chosen |= {neuron.name: (q,) for neuron in group}
        return chosen

    def by_hand(self, moduli: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
        """The same moduli for all neurons; raises :class:`FormatError` if one is not coprime to an output's."""
        for neuron in self.neurons:
            for q in moduli:
                if neuron.noisy and gcd(q, neuron.modulus) > 1:
                    raise FormatError(f"the modulus {q} has a divisor in common with the {neuron.modulus} of the output")
        return {neuron.name: moduli for neuron in self.neurons}


def _primes(neurons: list[Neuron], start: int, count: int) -> Sequence[int]:
    """Primes that divide no modulus of an output, spread from ``start`` to twice it."""
    outputs = {neuron.modulus for neuron in neurons}
    spare = sum(modulus > start for modulus in outputs)
    primes = [q for q in spread_primes(start, count + spare) if all(modulus % q for modulus in outputs)]
    return primes[: max(count, 0)]


def _by_products(least: int, width: int, size: int) -> int:
    """The most moduli from ``least`` on that err, whatever their number."""
    return width * divisors(least, size)
