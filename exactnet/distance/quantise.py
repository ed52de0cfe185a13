"""Weights rounded to multiples of a step: the coarsest that keeps a promise on every input of a domain.

References
----------
B. Jacob et al., *Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference*, CVPR 2018
(steps for each layer). The promises are checked here on every input; no bound is estimated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from gmpy2 import mpq

from exactnet.distance.differences import Changes, Largest, class_changes, class_of, largest_difference
from exactnet.kernel.domain import Domain, check_dimension
from exactnet.kernel.errors import ExactnetError, NetworkError
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network, Node
from exactnet.kernel.runs import HERE, Progress, Runner, silent
from exactnet.kernel.values import evaluate

__all__ = ["Quantised", "fewer_bits", "fewest_bits", "first_step", "layers_of_nodes", "power_of_two", "quantise", "round_weights"]

#: The finest step that is tried is 2 to minus this.
FINEST = 64
#: Inputs at which a step is tried before all are.
SAMPLES = 64


@dataclass(frozen=True, slots=True)
class Quantised:
    """A rounded network and what its rounding does.

    Attributes
    ----------
    network : Network
    steps : tuple of mpq
        For each layer of nodes, the first one the nearest to the inputs.
    dropped : int
        Weights that are 0 now.
    largest : Largest or None
        The largest difference on the domain, if there is one.
    changes : Changes or None
        The inputs whose class is another, if there are a domain and several outputs.
    """

    network: Network
    steps: tuple[mpq, ...]
    dropped: int
    largest: Largest | None
    changes: Changes | None


def layers_of_nodes(net: Network) -> dict[str, int]:
    """The layer of every node, from 0: one more than the highest that it reads; inputs lie below layer 0."""
    height = net.heights()
    return {name: height[name] - 1 for name in net.order}


def round_weights(net: Network, steps: mpq | Mapping[str, mpq]) -> Network:
    """Weights and biases to the nearest multiples of a step; half a step is rounded up.

    Parameters
    ----------
    net : Network
    steps : mpq or mapping
        One positive step, or one for each node.

    Examples
    --------
    >>> from exactnet.kernel.network import relu
    >>> net = round_weights(Network(["x"], [relu("h", {"x": "0.3"}, "-0.126")], ["h"]), mpq(1, 4))
    >>> dict(net.sources("h")), net.bias("h")
    ({'x': mpq(1,4)}, mpq(-1,4))
    """

    def nearest(value: mpq, step: mpq) -> mpq:
        scaled = value / step + mpq(1, 2)
        return scaled.numerator // scaled.denominator * step

    nodes = []
    for node in net.nodes():
        step = steps[node.id] if isinstance(steps, Mapping) else steps
        sources = {source: nearest(weight, step) for source, weight in node.sources.items()}
        nodes.append(Node(node.id, node.kind, sources, nearest(node.bias, step)))
    return Network(net.inputs, nodes, net.outputs)


def fewest_bits(net: Network, bits: int) -> list[mpq]:
    """For each layer the finest step ``2^-k`` of which all weights and biases are at most ``2^(bits-1) - 1`` multiples."""
    largest: dict[int, mpq] = {}
    for name, layer in layers_of_nodes(net).items():
        largest[layer] = max(largest.get(layer, mpq(0)), _largest_weight(net, [name]))
    most = 2 ** (bits - 1) - 1
    steps = []
    for layer in sorted(largest):
        step = power_of_two(largest[layer] / most) if largest[layer] else mpq(1)
        while largest[layer] / step + mpq(1, 2) >= most + 1:
            step *= 2
        steps.append(step)
    return steps


def power_of_two(value: mpq) -> mpq:
    """The largest power of two that is at most a positive rational.

    >>> power_of_two(mpq(5)), power_of_two(mpq(1, 3))
    (mpq(4,1), mpq(1,4))
    """
    step = mpq(2) ** (int(value.numerator).bit_length() - int(value.denominator).bit_length())
    return step if step <= value else step / 2


def quantise(
    net: Network,
    domain: Domain | None = None,
    *,
    step: mpq | None = None,
    bits: int | None = None,
    within: mpq | None = None,
    argmax: bool = False,
    per_layer: bool = False,
    progress: Progress = silent,
    runner: Runner = HERE,
) -> Quantised:
    """Round the weights and biases of a network.

    Parameters
    ----------
    net : Network
    domain : Domain, optional
        The inputs on which a promise is kept and the difference is measured; needed for ``within`` and ``argmax``.
    step : mpq, optional
        Round to multiples of it.
    bits : int, optional
        Round to integers of so many bits, sign included, times a power of two.
    within : mpq, optional
        The coarsest power of two for which no output changes by more than this on any input.
    argmax : bool
        The coarsest power of two for which the largest output (the first of equals) stays the same on every input.
    per_layer : bool
        A step for each layer; with a promise, layers are made coarser one after the other, the last first.
    progress, runner
        As for :func:`exactnet.kernel.sweep.compare_networks`.

    Returns
    -------
    Quantised

    Raises
    ------
    ExactnetError
        Unless exactly one of ``step``, ``bits``, and the promises is given (both promises together are one), and where no
        step down to ``2^-64`` keeps the promise.

    Examples
    --------
    >>> from exactnet.kernel.domain import Grid
    >>> from exactnet.kernel.network import relu
    >>> net = Network(["x"], [relu("h", {"x": "0.3"}, "0.11")], ["h"])
    >>> found = quantise(net, Grid(1, 1), within=mpq(1, 10))
    >>> found.steps, found.largest.value
    ((mpq(1,8),), mpq(7,200))
    """
    promised = within is not None or argmax
    if (step is not None) + (bits is not None) + promised != 1:
        raise ExactnetError("say one of: a step, a number of bits, a promise (within, argmax)")
    if promised and domain is None:
        raise ExactnetError("a promise is kept on a domain: name one")
    if argmax and len(net.outputs) < 2:
        raise NetworkError("a class is the largest of several outputs, and there is one")
    if domain is not None:
        check_dimension(domain, net.inputs)
    layer = layers_of_nodes(net)
    count = 1 + max(layer.values(), default=-1)
    if step is not None:
        if step <= 0:
            raise ExactnetError("a step is positive")
        steps = [step] * count
    elif bits is not None:
        if bits < 2:
            raise ExactnetError("a sign and a digit are 2 bits at least")
        steps = fewest_bits(net, bits)
        steps = steps if per_layer else [max(steps, default=mpq(1))] * count
    else:
        assert domain is not None
        keeps = _promise(net, domain, within, argmax, progress, runner)
        steps = _coarsest(net, count, keeps)
        if per_layer:
            steps = _coarser_layers(net, layer, steps, keeps)
    rounded = round_weights(net, {name: steps[number] for name, number in layer.items()})
    largest = changes = None
    if domain is not None:
        largest = largest_difference(net, rounded, domain, progress=progress, runner=runner)
        if len(net.outputs) > 1:
            changes = class_changes(net, rounded, domain, count_all=True, progress=progress, runner=runner)
    return Quantised(rounded, tuple(steps), net.wires - rounded.wires, largest, changes)


def fewer_bits(
    net: Network, domain: Domain, within: mpq, bits: int, progress: Progress = silent, runner: Runner = HERE
) -> Network | None:
    """The network with the coarsest power of two as its step that changes no output by more than ``within`` on the domain.

    None where that takes ``bits`` bits or more: finer steps are not tried.

    Examples
    --------
    >>> from exactnet.kernel.domain import Grid
    >>> from exactnet.kernel.network import relu
    >>> net = Network(["x"], [relu("h", {"x": "0.3"}, "0.11")], ["h"])
    >>> found = fewer_bits(net, Grid(1, 1), mpq(1, 10), 5)
    >>> dict(found.sources("h")), fewer_bits(net, Grid(1, 1), mpq(1, 10), 4)
    ({'x': mpq(1,4)}, None)
    """
    keeps = _promise(net, domain, within, False, progress, runner)
    step = first_step(net)
    rounded = round_weights(net, step)
    while measure(rounded).bits < bits:
        if keeps(rounded):
            return rounded
        step /= 2
        rounded = round_weights(net, step)
    return None


_Keeps = Callable[[Network], bool]


def _promise(net: Network, domain: Domain, within: mpq | None, argmax: bool, progress: Progress, runner: Runner) -> _Keeps:
    """Whether a network keeps the promise: at some inputs first, by definition, then at all."""
    samples = sorted({domain.count * part // SAMPLES for part in range(SAMPLES)} | {domain.count - 1})
    known = [(domain[index], evaluate(net, domain[index])) for index in samples]

    def keeps(other: Network) -> bool:
        for point, values in known:
            got = evaluate(other, point)
            if within is not None and max(abs(a - b) for a, b in zip(values, got, strict=True)) > within:
                return False
            if argmax and class_of(values) != class_of(got):
                return False
        if argmax and class_changes(net, other, domain, progress=progress, runner=runner).first is not None:
            return False
        if within is None:
            return True
        return bool(largest_difference(net, other, domain, limit=within, progress=progress, runner=runner).value <= within)

    return keeps


def _largest_weight(net: Network, names: Iterable[str]) -> mpq:
    """The largest absolute value of a weight or bias of some nodes."""
    return max((abs(value) for name in names for value in (*(w for _, w in net.sources(name)), net.bias(name))), default=mpq(0))


def first_step(net: Network) -> mpq:
    """A power of two that rounds everything to 0."""
    largest = _largest_weight(net, net.order)
    return 2 * power_of_two(2 * largest) if largest else mpq(1)


def _coarsest(net: Network, count: int, keeps: _Keeps) -> list[mpq]:
    step = first_step(net)
    while not keeps(round_weights(net, step)):
        step /= 2
        if step.denominator > 2**FINEST:
            raise ExactnetError(f"no step down to 2^-{FINEST} keeps the promise")
    return [step] * count


def _coarser_layers(net: Network, layer: Mapping[str, int], steps: list[mpq], keeps: _Keeps) -> list[mpq]:
    """Double the steps of one layer after the other, the last first, as long as the promise is kept."""
    steps = list(steps)
    for number in reversed(range(len(steps))):
        largest = _largest_weight(net, [name for name in layer if layer[name] == number])
        while steps[number] <= 2 * largest:  # else all is 0
            tried = [*steps[:number], 2 * steps[number], *steps[number + 1 :]]
            if not keeps(round_weights(net, {name: tried[place] for name, place in layer.items()})):
                break
            steps = tried
    return steps
