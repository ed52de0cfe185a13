"""S5, barriers: from a network to threshold circuits for ``1[r*N(x) >= v]``, and from any such circuits to a network.

Nothing here is trusted with a verdict: circuits and networks are judged by :mod:`exactnet.kernel.judge` like those of the other
statements. A *family* is one circuit for each ``v`` with ``-rR < v <= rR`` over the bits of the input, lowest bit first,
input after input; each has an output for each output of the network.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gmpy2 import mpq

from exactnet.certify.choice import choose
from exactnet.certify.small_weights import (
    AUTO,
    Request,
    Result,
    check_request,
    construct_claimed,
    find_range,
)
from exactnet.check.claim import make_claim
from exactnet.claims.barriers import Family, Target, codes, first_wrong, level_name
from exactnet.claims.statements import STATEMENTS, kind_of
from exactnet.construct.barriers.network import assemble_network, sum_of_circuits
from exactnet.construct.barriers.output_bits import levels
from exactnet.construct.base.memory import NODE_BYTES, budget_of, bytes_text
from exactnet.construct.routes.registry import ROUTES, Route, Task, find_route
from exactnet.kernel.domain import Cube, Product
from exactnet.kernel.errors import NetworkError, SizeError
from exactnet.kernel.judge import Certificate, judge
from exactnet.kernel.measures import Measures
from exactnet.kernel.network import Network, Node
from exactnet.kernel.relation import Equal, Floor
from exactnet.kernel.runs import HERE, Progress, Runner, silent
from exactnet.kernel.sweep import Counterexample
from exactnet.theory.routes import ASSEMBLED

__all__ = [
    "Assembled",
    "Circuits",
    "Family",
    "Misfit",
    "Step",
    "Target",
    "assemble",
    "extract",
    "join",
    "round_trip",
    "split",
    "steps_back",
    "target_of",
]

@dataclass(frozen=True)
class Circuits:
    """S5 (a): the circuits as one network with an output for each ``v``, their certificate, and one circuit for each ``v``."""

    target: Target
    result: Result
    original: Network
    """``1[r*N(x) >= v]`` over the bits, by the layers of ``N``: what the circuits are compared with."""
    family: Family


@dataclass(frozen=True)
class Misfit:
    """The first input, in the order of the domain, on which a circuit of a family is wrong."""

    index: int
    v: int
    output: str
    input: dict[str, mpq]
    bits: dict[str, mpq]
    expected: int
    got: int

    @property
    def counterexample(self) -> Counterexample:
        """The same as counterexamples are shown."""
        name = level_name(self.output, self.v)
        return Counterexample(self.index, self.input, {name: mpq(self.expected)}, {name: mpq(self.got)}, None)


@dataclass(frozen=True)
class Assembled:
    """S5 (b): the network with its certificate, what it was compared with, and the first circuit that is wrong, if any.

    The certificate is about both: it is refuted where the network is right and circuits are not, as when two are exchanged.
    """

    result: Result
    original: Network
    circuits: Network
    """All circuits beside each other, as the certificate has them."""
    misfit: Misfit | None
    from_network: bool
    """Whether ``N`` was given; otherwise the circuits were held against their own sum."""

    @property
    def verdict(self) -> str:
        """``certified`` if the network is, and every circuit is right."""
        return self.result.certificate.verdict

    @property
    def reason(self) -> str | None:
        """Why it is refuted."""
        wrong = self.misfit
        if wrong is None:
            return self.result.certificate.reason
        if self.from_network:
            return f"the circuit for v = {wrong.v} gives {wrong.got}, not {wrong.expected}"
        return f"the circuits are not nested: that for v = {wrong.v} gives {wrong.got}, their sum says {wrong.expected}"


def target_of(request: Request, progress: Progress = silent, runner: Runner = HERE) -> Target:
    """Find ``R`` and ``r`` for a ReLU network, as for S1.

    Raises :class:`NetworkError` for another kind of network, and what :func:`exactnet.certify.small_weights.find_range` raises.
    """
    check_request(request)
    net = request.net
    if kind_of(net) not in ("relu", "affine"):
        raise NetworkError("S5 is about ReLU networks; this one has threshold gates")
    if any(name in net.inputs for name in net.outputs):
        raise NetworkError("S5 needs outputs that are not inputs; one output of this network is an input")
    r, output_range = find_range(request, progress, runner)
    return Target(request.domain, output_range, r, net.inputs, net.outputs, request.promised is not None)


def extract(request: Request, progress: Progress = silent, runner: Runner = HERE) -> Circuits:
    """S5 (a): threshold circuits with small weights for ``1[r*N(x) >= v]``, by a route.

    Raises what :func:`target_of` raises, and :class:`SizeError` for too many circuits, or where the route takes too much memory.
    """
    target = target_of(request, progress, runner)
    values = target.thresholds
    original = levels(request.net, target.frame, target.output_range, target.r)
    domain = codes(target.domain, target.frame)
    frame: Product = Cube(len(original.inputs))
    limit = budget_of(request.max_memory)
    task = Task(original, domain, frame, STATEMENTS["S5 circuits"], 1, 1, limit)
    if request.route != AUTO:
        _check_one(request, target, find_route(request.route, ROUTES), limit)  # no others are about circuits
    route, options, built, attempts = choose(task, request.route, request.options, request.minimise)
    claim = make_claim(original, domain, STATEMENTS["S5 circuits"], route, options, Equal(1), 1)
    constructed, claim = construct_claimed(original, claim, built, limit)
    _check_split(constructed, values, limit)
    certificate = judge(original, constructed, claim, progress, runner)
    return Circuits(target, Result(certificate, constructed, attempts), original, split(constructed, values))


def _parts(circuits: Network, count: int) -> Iterator[tuple[Sequence[str], set[str]]]:
    """The outputs cut into ``count`` runs, each with the nodes that it needs."""
    size = len(circuits.outputs) // count
    inputs = set(circuits.inputs)
    for place in range(count):
        outputs = circuits.outputs[place * size : (place + 1) * size]
        needed, stack = set(outputs), list(outputs)
        while stack:
            for source, _ in circuits.sources(stack.pop()):
                if source not in inputs and source not in needed:
                    needed.add(source)
                    stack.append(source)
        yield outputs, needed


def _check_one(request: Request, target: Target, route: Route, limit: int | None) -> None:
    """Raise :class:`SizeError` where one circuit, as often as there are ``v``, would take more than twice what there is.

    This takes a moment, where building all circuits takes long. What is nearer to the limit is found by :func:`_check_split`.
    """
    if limit is None:
        return
    values = target.thresholds
    one = levels(request.net, target.frame, target.output_range, target.r, values[len(values) // 2])
    share = 2 * limit // len(values)
    task = Task(one, codes(target.domain, target.frame), Cube(len(one.inputs)), STATEMENTS["S5 circuits"], 1, 1, share)
    try:
        route.make(task, route.options(task, request.options))
    except SizeError as error:
        raise SizeError(
            f"too large: each of {len(values)} circuits takes {str(error).removeprefix('too large to build: ')} for it; a coarser "
            "--precision takes fewer"
        ) from None


def _check_split(circuits: Network, values: Sequence[int], limit: int | None) -> None:
    """Raise :class:`SizeError` if the circuits, each with gates of its own, would take more than ``limit`` bytes."""
    gates = 0
    for done, (_, needed) in enumerate(_parts(circuits, len(values)), 1):
        gates += len(needed)
        if limit is not None and gates * NODE_BYTES > limit:
            raise SizeError(
                f"too large: the circuits for {done} of {len(values)} values of v have {gates} gates, each its own, about "
                f"{bytes_text(gates * NODE_BYTES)} of memory, against {bytes_text(limit)} available; a coarser --precision "
                "takes fewer"
            )


def split(circuits: Network, values: Sequence[int]) -> dict[int, Network]:
    """One circuit for each ``v``: the outputs are cut into as many runs, and each keeps what it needs."""
    nodes = {node.id: node for node in circuits.nodes()}
    by_value = {}
    for v, (outputs, needed) in zip(values, _parts(circuits, len(values)), strict=True):
        # What nodes promise speaks of the network that the circuits were made from, which is not at hand here.
        kept = [replace(node, means=None) for name, node in nodes.items() if name in needed]
        by_value[v] = Network(circuits.inputs, kept, outputs)
    return by_value


def join(family: Family, target: Target) -> Network:
    """All circuits beside each other over the same bits, with an output for each ``v``."""
    bits = [f"bit{place}" for place in range(len(target.bits))]  # names that no node below has
    nodes, outputs = [], []
    for v, circuit in family.items():
        names = {name: f"C{v}:{name}" for name in circuit.order} | dict(zip(circuit.inputs, bits, strict=True))
        for node in circuit.nodes():
            nodes.append(Node(names[node.id], node.kind, {names[s]: w for s, w in node.sources.items()}, node.bias))
        outputs += [names[name] for name in circuit.outputs]
    return Network(bits, nodes, outputs)


def assemble(
    family: Family,
    target: Target,
    net: Network | None,
    progress: Progress = silent,
    runner: Runner = HERE,
) -> Assembled:
    """S5 (b): the network ``-R + (1/r) * sum_v C_v(bits(x))``, held against ``floor(r*N)/r``.

    Every circuit is held against ``1[r*N(x) >= v]``. Without ``N``, both are held against the sum ``F`` of the circuits: each
    must be ``1[r*F(x) >= v]``, that is they must be nested.

    Parameters
    ----------
    family : threshold circuits (:func:`exactnet.files.circuits.read_family` checks what is read from files).
    net : ``N``, a network with the inputs and outputs of ``target``.
    """
    joined = join(family, target)
    shape = (family, target.frame, target.inputs, target.outputs, target.output_range, target.r)
    original = sum_of_circuits(*shape) if net is None else net
    relation = Floor(target.r)
    promised = target.promised or net is None
    claim = make_claim(
        original, target.domain, STATEMENTS["S5 network"], ASSEMBLED, {}, relation, target.output_range,
        promised=promised, circuits=joined
    )
    constructed = assemble_network(*shape)
    certificate = judge(original, constructed, claim, progress, runner)
    misfit = None if certificate.verdict == "certified" else _first_misfit(original, joined, target)
    return Assembled(Result(certificate, constructed), original, joined, misfit, net is not None)


def _first_misfit(net: Network, joined: Network, target: Target) -> Misfit | None:
    wrong = first_wrong(net, joined, target.domain, target.output_range, target.r)
    if wrong is None:
        return None
    point = dict(zip(target.inputs, target.domain[wrong.index], strict=True))
    bits = dict(zip(target.bits, codes(target.domain, target.frame)[wrong.index], strict=True))
    return Misfit(wrong.index, wrong.v, target.outputs[wrong.output], point, bits, wrong.expected, wrong.got)


@dataclass(frozen=True)
class Step:
    """One line of the round trip: a network or its circuits, what the depth is to be, and what it is."""

    name: str
    arithmetic: str
    """The bound on the depth as an expression."""
    bound: int
    measures: Measures
    weight_bound: mpq | None
    verdict: str


def round_trip(circuits: Circuits, back: Assembled) -> list[Step]:
    """Network, circuits and network again, each with its depth and the bound on it."""
    there = circuits.result.certificate
    start, end = steps_back(back)
    return [start, _step("C_v", there, there.verdict), end]


def steps_back(back: Assembled) -> list[Step]:
    """The network that was given, and the one from circuits."""
    certificate = back.result.certificate
    start = Step("N", "k", certificate.original.depth, certificate.original, None, "")
    return [start, _step("N'", certificate, back.verdict)]


def _step(name: str, certificate: Certificate, verdict: str) -> Step:
    rows = {row.name: row for row in certificate.bounds}
    depth = rows["depth"]
    return Step(name, depth.symbolic, int(depth.value), certificate.constructed, rows["max_weight"].value, verdict)
