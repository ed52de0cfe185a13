"""Are two networks equal on all of a cube or a grid, however large? A proof, or a search for an input on which they differ."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from exactnet.certify.structural.dropping import with_drops
from exactnet.certify.structural.prover import Prover
from exactnet.certify.structural.proving import Form, NotProved, StructuralProof, certify_structural
from exactnet.certify.structural.searching import search
from exactnet.certify.structural.tactics.congruence import Congruence
from exactnet.check.structural import kernel_domain
from exactnet.claims.statements import kind_of
from exactnet.construct.base.memory import budget_of
from exactnet.construct.constant_weights import constant_weights
from exactnet.files.network_json import parse_network
from exactnet.files.network_writer import dump_network
from exactnet.kernel.domain import Cube, Grid
from exactnet.kernel.errors import NetworkError, SizeError
from exactnet.kernel.network import Network, Node, fresh_name
from exactnet.kernel.relation import Equal
from exactnet.kernel.runs import HERE, Runner
from exactnet.kernel.sweep import Counterexample, check_interface
from exactnet.structural.checking import check
from exactnet.structural.kernel import Refused

__all__ = ["Compared", "compare_by_proof", "prove_copies", "prove_equal", "with_names_of"]

#: A network with so many times the nodes of another may be what a route made of it.
LARGER = 3
#: The routes that are tried then: to build by route residue takes long.
BUILT = ("lookahead", "compact")


@dataclass(frozen=True)
class Compared:
    """What is known of two networks on all of a cube or a grid.

    Attributes
    ----------
    lines : of the proof, if they are equal.
    tried : inputs on which both were evaluated.
    """

    word: Literal["equal", "different", "unknown"]
    reason: str
    lines: int | None = None
    tried: int = 0
    counterexample: Counterexample | None = None


def compare_by_proof(a: Network, b: Network, frame: Cube | Grid, runner: Runner = HERE, seconds: float = 20) -> Compared:
    """Prove that two networks are equal, or find an input on which they differ.

    Parameters
    ----------
    seconds : for each way to search for an input.

    >>> from exactnet.kernel.network import threshold
    >>> names = [f"x{i}" for i in range(100)]
    >>> a, b = (Network(names, [threshold("y", dict.fromkeys(names, w), -40 * w)], ["y"]) for w in (1, 3))
    >>> compare_by_proof(a, b, Cube(100)).word
    'equal'
    """
    try:
        proof = _prove(a, b, frame)
        return Compared("equal", "proved for all inputs", check(proof.original, proof.constructed, proof.dump())["lines"])
    except NotProved as error:
        result = search(a, b, frame, Equal(), seconds=seconds, runner=runner)
        if result.counterexample is not None:
            return Compared(
                "different",
                "the values differ at an input that a search has found",
                None,
                result.tried,
                result.counterexample,
            )
        return Compared("unknown", f"{error}; {result}", None, result.tried)


def _prove(a: Network, b: Network, frame: Cube | Grid) -> StructuralProof:
    """What a route makes of the other, if one network is much larger; else equal as they stand."""
    for net, built in ((a, b), (b, a)):
        if len(built.order) < LARGER * len(net.order):
            continue
        form: Form = "circuit" if kind_of(net) == "circuit" else "exact"
        for route in BUILT:
            try:
                return certify_structural(net, frame, form, route=route, built=with_names_of(net, built))
            except NotProved as error:
                if error.claim is not None:  # it has the names of what the route builds
                    raise
            except (NetworkError, SizeError):
                continue
    return prove_equal(a, b, frame)


def with_names_of(a: Network, b: Network) -> Network:
    """``b`` with the inputs and outputs named as those of ``a``, by position.

    Raises
    ------
    NetworkError : the numbers of inputs or outputs differ.
    NotProved : an output of one is an input, and of the other is not that input.
    """
    check_interface(a, b)
    names = dict(zip(b.inputs, a.inputs, strict=True))
    for theirs, mine in zip(b.outputs, a.outputs, strict=True):
        if names.setdefault(theirs, mine) != mine or (mine in a.inputs) != (theirs in b.inputs):
            raise NotProved(f"not proved: output {mine} is an input of one of the networks alone")
    taken = {*a.inputs, *a.outputs}
    for name in b.order:
        if name not in names:
            names[name] = fresh_name(name, taken)
    nodes = [Node(names[n.id], n.kind, {names[u]: w for u, w in n.sources.items()}, n.bias) for n in b.nodes()]
    return Network(a.inputs, nodes, a.outputs)


def prove_equal(a: Network, b: Network, frame: Cube | Grid) -> StructuralProof:
    """Prove that two networks are equal up to names, scaling, sharing, duplicated nodes and complements.

    Raises
    ------
    NotProved : they are not equal in this way; that refutes nothing. The message names the output and how its two forms differ.
    NetworkError : the numbers of inputs or outputs differ.

    >>> from exactnet.kernel.network import threshold
    >>> a = Network(["x", "y"], [threshold("g", {"x": 2, "y": -2}, -1)], ["g"])
    >>> b = Network(["u", "v"], [threshold("h", {"u": 3, "v": -3}, -3)], ["h"])
    >>> prove_equal(a, b, Cube(2)).theorem
    "for every x in {0,1}^d: N'(x) = N(x)"
    """
    b = with_names_of(a, b)
    files = dump_network(a, frame), dump_network(b, frame)
    sides = [json.loads(data) for data in files]
    domain, statement = kernel_domain(frame), {"kind": "equal"}
    try:
        prover = Prover(sides[0], sides[1], domain, statement)
        prover.start()
        tactic, first = Congruence(prover), 1 + len(a.inputs)
        for net, side in zip((a, b), sides, strict=True):
            place = {node["id"]: v for v, node in enumerate(side["nodes"], first)}
            first += len(place)
            tactic.add((place[name], net.kind(name)) for name in net.order)
        facts = [tactic.same(one, two) for _, one, two in prover.outputs]
        goals = [fact - prover.count for fact in facts]
        prover.conclude(goals)
    except Refused as error:
        raise NotProved(f"not proved: {error}") from error
    return StructuralProof(files[0], files[1], domain, statement, with_drops(prover.lines, goals), goals)


def prove_copies(constructed: bytes, frame: Cube | Grid, budget: int | None = None) -> StructuralProof:
    """The proof that a network is equal to itself with its neurons copied until no weight is above 1: the second of S2.

    Parameters
    ----------
    constructed : the file of the network, as the first proof is about it.
    budget : the most bytes that the copies may take; None for what is usual.

    Raises
    ------
    NotProved

    >>> from exactnet.kernel.network import affine, relu
    >>> net = Network(["x"], [relu("h", {"x": 6}, -1), affine("y", {"h": 2})], ["y"])
    >>> one = certify_structural(net, Cube(1), "exact")
    >>> two = prove_copies(one.constructed, Cube(1))
    >>> one.theorem, two.theorem
    ("for every x in {0,1}^d: N'(x) = N(x) and |N(x)| <= 10", "for every x in {0,1}^d: N'(x) = N(x)")
    """
    net = parse_network(constructed, "the constructed network").network
    proof = prove_equal(net, constant_weights(net, frame, budget_of(budget)), frame)
    assert proof.original == constructed
    return proof
