"""What every route would need for an instance, before the work begins, and what rounding the weights would do to it.

No verdict rests on this. A bound is that of the theorem. A prediction is the size of a network that is laid out within
:data:`LAID_OUT` bytes, with moduli that a search is expected to find, and dropped: what takes more is not predicted. Seconds are
those of one core of a usual machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gmpy2 import mpq

from exactnet.certify.choice import SMALL_NEURON, check_stated, stated_sizes
from exactnet.certify.refusal import few_inputs
from exactnet.certify.small_weights import seen_range
from exactnet.claims.statements import LIMIT, STATEMENTS, kind_of
from exactnet.construct.base.memory import budget_of, bytes_text
from exactnet.construct.base.messages import short
from exactnet.construct.routes.registry import ROUTES, Task
from exactnet.distance.differences import class_of
from exactnet.distance.quantise import power_of_two, round_weights
from exactnet.kernel.domain import Domain
from exactnet.kernel.errors import ExactnetError, SizeError
from exactnet.kernel.measures import Measures, measure
from exactnet.kernel.network import Network
from exactnet.kernel.values import evaluate

__all__ = ["Dust", "Outlook", "Rounding", "dust", "outlooks", "remedy", "rounding", "task_of"]

#: What a prediction may lay out, in bytes: a moment's work.
LAID_OUT = 2**25
#: Inputs on which the effect of rounding is looked at, at most, and on which a step is tried first.
SAMPLES, _FIRST = 100, 4
#: A weight is dust below the largest one times this: in single precision it would vanish beside it.
DUST = mpq(1, 2**24)
#: Weights of so many bits at most are no burden, and rounding is not proposed.
FEW_BITS = 12
#: Seconds to start, for a wire to be built, and for a wire to be evaluated on an input; a search of moduli takes some more.
_START, _PER_WIRE, _PER_VALUE, _SEARCH = 1.0, 1e-5, 3e-11, 4.0


@dataclass(frozen=True)
class Outlook:
    """What one route would need.

    Attributes
    ----------
    route : str
    gates, weight : mpq or None
        The stated bounds on neurons (of a circuit: gates) and on weights; None where there are none for the instance.
    predicted : Measures or None
        Of the network laid out; None where that took more than :data:`LAID_OUT`.
    memory : int or None
        Bytes that building takes, by the prediction, or about the most that it may take, by the bound.
    seconds : float or None
        To build and to check it, by the prediction.
    reason : str or None
        Why the route would refuse.
    """

    route: str
    gates: mpq | None
    weight: mpq | None
    predicted: Measures | None
    memory: int | None
    seconds: float | None
    reason: str | None

    @property
    def fits(self) -> bool:
        """Whether it is expected to fit the memory."""
        return self.reason is None and self.memory is not None


@dataclass(frozen=True)
class Dust:
    """Weights that are nothing beside the largest: how many of how many, the first, and the bits with and without them."""

    count: int
    total: int
    first: str
    bits: tuple[int, int]

    def words(self) -> str:
        """In one line."""
        return (
            f"{self.count} of {self.total} weights are dust, below 2^-24 of the largest (the first: {self.first}); "
            f"weights have {self.bits[0]} bits, without them {self.bits[1]}"
        )


@dataclass(frozen=True)
class Rounding:
    """What rounding to a step does, on the inputs that were looked at."""

    step: mpq
    bits: tuple[int, int]
    largest: mpq
    changes: int | None
    inputs: int
    network: Network

    def words(self, name: str) -> str:
        """The command, and its effect, in one line."""
        changed = "" if self.changes is None else f" and the class of {self.changes}"
        return (
            f"'exactnet quantise {name} --step {self.step} -o q.json' leaves {self.bits[1]} bits of {self.bits[0]} and changes "
            f"outputs by at most {_decimal(self.largest)}{changed}, on {self.inputs} inputs"
        )


def _decimal(value: mpq) -> str:
    """A positive number for a person, rounded up.

    >>> _decimal(mpq(1, 3)), _decimal(mpq(1, 2**40))
    ('0.3334', '1/1099511627776')
    """
    return str(int(-(-value * 10**4 // 1)) / 10**4) if value * 10**4 > 1 else short(value)


def task_of(
    net: Network, domain: Domain, precision: int | None = None, promised: int | None = None, most_memory: int | None = None
) -> tuple[Task, str | None]:
    """The task as far as it can be known from a few inputs, and why ``certify`` would refuse its form, if it would.

    Raises
    ------
    DomainError : the points lie on no cube or grid.
    """
    budget = budget_of(most_memory)
    if kind_of(net) == "circuit":
        return Task(net, domain, domain.frame, STATEMENTS["S3"], 1, 1, budget), None
    r, seen = seen_range([evaluate(net, point) for point in few_inputs(net, domain)], precision)
    output_range = promised or seen
    statement = STATEMENTS["S1 exact" if precision is None else "S1 rounded"]
    reason = None
    if promised is None and r * output_range > LIMIT:
        reason = f"r*R is at least {short(mpq(r * output_range))}, more than {LIMIT}: --precision 1/r (rounded form) or --range R"
    return Task(net, domain, domain.frame, statement, output_range, r, budget), reason


def outlooks(task: Task, routes: Sequence[str] = tuple(ROUTES)) -> list[Outlook]:
    """What every route would need, in the order of the routes."""
    small = _laid_out(task, "compact")  # where this is large, the others are
    return [_outlook(task, name, small) for name in routes]


def _outlook(task: Task, name: str, small: Measures | None) -> Outlook:
    reason, sizes, network = None, dict[str, mpq](), None
    try:
        sizes = stated_sizes(task, name)
        check_stated(task, name, {})
    except SizeError:
        reason = f"far too large for {bytes_text(budget_of(task.budget))}"
    if reason is None and small is not None and not ROUTES[name].for_depth:
        network = small if name == "compact" else _laid_out(task, name)
    gates, weight = sizes.get("neurons", sizes.get("gates")), sizes.get("max_weight")
    memory: int | None = None
    seconds: float | None = None
    if network is not None:
        memory = 4096 * 2 * network.neurons + 256 * network.wires
        searched = _SEARCH if name == "residue" else 0.0
        seconds = _START + searched + network.wires * (_PER_WIRE + _PER_VALUE * task.domain.count)
    elif gates is not None:
        memory = int(gates) * SMALL_NEURON
        if reason is None and task.budget is not None and memory > task.budget:
            reason = "not predicted, and its bound is too large"
    if ROUTES[name].for_depth:
        reason = "for the least depth: its search takes long"
    return Outlook(name, gates, weight, network, memory, seconds, reason)


def _laid_out(task: Task, name: str) -> Measures | None:
    """The measures of the network of a route; None where it takes more than :data:`LAID_OUT`."""
    options = {"inputs": "integers"} | ({"output": "four"} if name == "lookahead" else {})
    if name == "residue":
        options |= {"moduli": "searched"} | ({"output": "windows"} if task.statement.form == "rounded" else {})
    try:
        check_stated(task, name, {})
        built = ROUTES[name].make(replace(task, budget=LAID_OUT, searching=False), options)
    except ExactnetError:
        return None
    return measure(built.network)


def dust(net: Network) -> Dust | None:
    """The weights that are nothing beside the largest, if there are any and weights are shorter without them."""
    wires = [(source, name, weight) for name in net.order for source, weight in net.sources(name)]
    largest = max((abs(weight) for _, _, weight in wires), default=mpq(0))
    light = [wire for wire in wires if abs(wire[2]) < largest * DUST]
    if not light:
        return None
    left = [weight for _, _, weight in wires if abs(weight) >= largest * DUST] + [net.bias(name) for name in net.order]
    source, name, weight = light[0]
    bits = max(value.numerator.bit_length() + value.denominator.bit_length() - 1 for value in left)
    before = measure(net).bits
    if bits >= before:  # they are not what makes weights long
        return None
    return Dust(len(light), len(wires), f"{short(abs(weight))} from {source} to {name}", (before, int(bits)))


def rounding(net: Network, domain: Domain) -> Rounding | None:
    """A step that is expected to change outputs by about a hundredth of their largest value, and what it does.

    None where weights are short already. The difference is about proportional to the step: one trial says which step to take.
    """
    before = measure(net).bits
    if before <= FEW_BITS:
        return None
    points = few_inputs(net, domain, SAMPLES)
    values = [evaluate(net, point) for point in points]

    def gaps(other: Network, every: int = 1) -> list[tuple[mpq, bool]]:
        """The largest difference, and whether the class is another, on every so-manieth input."""
        pairs = [(known, evaluate(other, point)) for known, point in zip(values[::every], points.points[::every], strict=True)]
        return [(max(abs(a - b) for a, b in zip(*pair, strict=True)), class_of(pair[0]) != class_of(pair[1])) for pair in pairs]

    step, wanted = mpq(1, 64), max(abs(value) for row in values for value in row) / 100
    first = max(gap for gap, _ in gaps(round_weights(net, step), -(-points.count // _FIRST)))
    if first and wanted:
        step = min(mpq(1), step * power_of_two(wanted / first))
    rounded = round_weights(net, step)
    after = measure(rounded).bits
    if after >= before:
        return None
    seen = gaps(rounded)
    changes = sum(changed for _, changed in seen) if len(net.outputs) > 1 else None
    return Rounding(step, (before, after), max(gap for gap, _ in seen), changes, points.count, rounded)


def remedy(net: Network, domain: Domain, name: str) -> str:
    """What helps where an instance with long weights is refused, to be added to the reason; empty where nothing is known."""
    light, helps = dust(net), rounding(net, domain)
    words = [] if light is None else [light.words()]
    return "".join(f"; {text}" for text in [*words, *([] if helps is None else [helps.words(name)])])
