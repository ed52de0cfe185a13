"""Literals that are a little too large, and gates that read them without error (route D).

A literal ``y`` is *noisy* if the network under construction has only a linear form ``Y`` of gates with ``N*y <= Y <=
N*y + err``. (Its node is that form; ranges, sharing and names are those of ``y``.) A form ``G = sum of c_i*y_i +
const`` is read as ``G~ = sum of c_i*(N/N_i)*Y_i``, with ``N`` the least common multiple of the ``N_i``.

*Lemma.* Let ``e+`` be the sum of ``c_i*(N/N_i)*err_i`` over the positive ``c_i``, ``e-`` that of ``|c_i|*(N/N_i)*err_i``
over the negative ones. If ``e+ + e- < N``, then ``1[G >= t] = 1[G~ >= N*t - e-]`` (constants left out on both sides).

*Proof.* ``N*G - e- <= G~ <= N*G + e+``. If ``G >= t``, then ``G~ >= N*t - e-``. If ``G <= t-1``, then ``G~ <= N*t - N +
e+ < N*t - e-``.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from math import lcm

from gmpy2 import mpq

from exactnet.claims.promises import Means
from exactnet.construct.base.builder import Builder, CircuitBuilder, ReluBuilder, Table, oriented
from exactnet.construct.base.linear import Linear, total
from exactnet.kernel.network import AFFINE, THRESHOLD, Node

__all__ = ["Noise", "NoisyBuilder", "NoisyCircuitBuilder", "NoisyReluBuilder", "as_noisy"]


@dataclass(frozen=True)
class Noise:
    """``N*y <= Y <= N*y + err``; ``err`` is None for literals whose error nobody proved (moduli given by hand)."""

    scale: int
    err: int | None


EXACT = Noise(1, 0)


class NoisyBuilder(Builder):
    """Keeps steps on forms that read promised literals until the literals are placed.

    A literal is promised first (its range is known) and placed later, when it is known with how much noise.
    ``finish`` is called before the network is made: it places all promised literals.
    """

    def __init__(self, inputs: Iterable[str], outputs: Iterable[str], noisy: bool, finish: Callable[[], None]) -> None:
        super().__init__(inputs, outputs)
        self._wait(noisy, finish)

    def _wait(self, noisy: bool, finish: Callable[[], None]) -> None:
        self._noisy = noisy
        self._finish = finish
        self._promised: set[str] = set()
        self.noise: dict[str, Noise] = {}
        """The noise of every promised literal that is placed."""
        self.waiting: dict[str, Linear] = {}
        """Forms over promised literals, without their constants, by the name of their node."""
        self._steps_waiting: list[tuple[str, str, int]] = []
        self._outputs_waiting: list[tuple[str, Linear]] = []
        self._owners: dict[tuple[tuple[str, int], ...], dict[Hashable, str]] = {}

    # --- literals ------------------------------------------------------------------------------

    def promise(self, name: str, high: int) -> Linear:
        """A literal with values in ``[0, high]`` that is placed later."""
        fresh = self.fresh(name)
        self._promised.add(fresh)
        return self.signal(fresh, 0, high)

    def place(self, name: str, form: Linear, noise: Noise, means: Means | None = None) -> None:
        """Give a promised literal its form of gates. ``means`` is what it means if it has no noise."""
        self.noise[name] = noise
        terms = {source: mpq(c) for source, c in form.terms.items()}
        self.add(Node(name, AFFINE, terms, mpq(form.constant), means if noise == EXACT else None))

    def reads_promised(self, form: Linear) -> bool:
        """Whether a form reads a promised literal."""
        return not self._promised.isdisjoint(form.terms)

    # --- forms and steps -------------------------------------------------------------------------

    def name_form(self, form: Linear, name: str) -> str:
        """As for every builder; a form over promised literals waits for them."""
        key = tuple(sorted(form.terms.items()))
        if not self.reads_promised(form) or (len(key) == 1 and key[0][1] == 1):
            return super().name_form(form, name)
        if key not in self._forms:
            fresh = self.fresh(name)
            self.waiting[fresh] = Linear(form.terms)
            self._range[fresh] = self.interval(Linear(form.terms))
            self._forms[key] = fresh
        return self._forms[key]

    def own_sum(self, form: Linear, places: Table, jumps: Table, name: str, part: Hashable) -> Linear:
        """As :meth:`step_sum`, in gates of one part of the network: another part that steps on the same form has others.

        So a form that reads several parts reads every gate through one of them. A literal that is such a step itself is copied,
        unless it is an input.
        """
        if not form.terms:
            return self.step_sum(form, places, jumps, name)
        known = self._owners.setdefault(tuple(sorted(oriented(form)[0].terms.items())), {})
        owner = known.setdefault(part, str(len(known)) if known else "")
        sum_of_steps = self.step_sum(form, places, jumps, name, owner)
        parts = [
            (Linear({node: 1}) if node not in form.terms or node in self.inputs else self._copied(node, owner)).scaled(c)
            for node, c in sum_of_steps.terms.items()
        ]
        return total([*parts, Linear({}, sum_of_steps.constant)])

    def _copied(self, node: str, owner: str) -> Linear:
        return Linear({self._step_on(node, 1, owner): 1})

    def _is_bit(self, node: str) -> bool:
        return not self._noisy or not (node in self.waiting or node in self._promised)

    def _add_step(self, gate: str, form: str, at: int, means: Means) -> None:
        if form in self.waiting or form in self._promised:
            self._steps_waiting.append((gate, form, at))
        else:
            self._step_now(gate, form, at, means)

    @abstractmethod
    def _step_now(self, gate: str, form: str, at: int, means: Means) -> None:
        """Add the nodes of a step on a form as it is."""

    def threshold_output(self, name: str, bit: Linear) -> None:
        """An output ``1[bit >= 1]`` over promised literals waits for them; another is made as it is."""
        if len(bit.terms) == 1:
            ((gate, c),) = bit.terms.items()
            node, at = self._gates.get(gate, ("", 0))
            if node in self.waiting or node in self._promised:  # the gate itself becomes the output
                form = self.waiting.get(node, Linear({node: 1})).scaled(c)
                bit = form.plus(1 - at if c > 0 else at)
        if self.reads_promised(bit):
            self._outputs_waiting.append((name, bit))
        else:
            super().threshold_output(name, bit)

    # --- the result --------------------------------------------------------------------------------

    def reading(self, form: Linear) -> tuple[int, int]:
        """``N`` and ``e-`` of a form; raises ``ValueError`` where noise may change what a gate on it says."""
        noise = {name: self.noise.get(name, EXACT) for name in form.terms}
        scale = lcm(*(one.scale for one in noise.values()))
        if any(one.err is None for one in noise.values()):
            # Nobody knows the errors: share the room for them in proportion to the coefficients.
            weights = {name: abs(c) for name, c in form.terms.items() if noise[name].scale > 1}
            below = sum(weight for name, weight in weights.items() if form.terms[name] < 0)
            return scale, (scale - 1) * below // max(1, sum(weights.values()))
        above = below = 0
        for name, c in form.terms.items():
            error = abs(c) * (scale // noise[name].scale) * (noise[name].err or 0)
            above, below = (above + error, below) if c > 0 else (above, below + error)
        if above + below >= scale:
            raise ValueError(f"noise of {above + below} in a form that is scaled by {scale}")
        return scale, below

    def _scaled(self, form: Linear, scale: int) -> Mapping[str, mpq]:
        return {name: mpq(c * (scale // self.noise.get(name, EXACT).scale)) for name, c in form.terms.items()}

    def settle(self) -> None:
        """Place the promised literals, and make what waits for them."""
        self._finish()
        readings = {name: self.reading(form) for name, form in self.waiting.items()}
        for name, form in self.waiting.items():
            self.add(Node(name, AFFINE, self._scaled(form, readings[name][0])))
        for gate, node, at in self._steps_waiting:
            scale, below = readings[node] if node in readings else self.reading(Linear({node: 1}))
            place = scale * at - below
            self._step_now(gate, node, place, Means(f"1[{node} >= {place}]", "step", {node: mpq(1)}, {}, mpq(-place)))
        for name, bit in self._outputs_waiting:
            scale, below = self.reading(bit)
            bias = scale * (bit.constant - 1) + below
            self.add(Node(name, THRESHOLD, self._scaled(bit, scale), mpq(bias)))
        self._steps_waiting, self._outputs_waiting = [], []


def as_noisy(builder: Builder) -> NoisyBuilder:
    """The builder, if it waits for literals; raises ``TypeError`` for another."""
    if not isinstance(builder, NoisyBuilder):
        raise TypeError("route D needs a builder that waits for literals")
    return builder


class NoisyReluBuilder(NoisyBuilder, ReluBuilder):
    """Steps are differences of two ReLUs."""

    def _step_now(self, gate: str, form: str, at: int, means: Means) -> None:
        ReluBuilder._add_step(self, gate, form, at, means)


class NoisyCircuitBuilder(NoisyBuilder, CircuitBuilder):
    """Steps are threshold nodes."""

    def _step_now(self, gate: str, form: str, at: int, means: Means) -> None:
        CircuitBuilder._add_step(self, gate, form, at, means)
