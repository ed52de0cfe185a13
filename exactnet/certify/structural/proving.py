"""From two networks to a structural certificate: build, prove, write. Untrusted: :mod:`.checking` checks what is
written.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from exactnet.certify.structural.building import Recorded, build_recorded
from exactnet.certify.structural.dropping import with_drops
from exactnet.certify.structural.prover import Prover
from exactnet.certify.structural.tactics.canonical import CanonicalTactics
from exactnet.certify.structural.tactics.nodes import Nodes
from exactnet.certify.structural.tactics.noisy import NoisyRoles
from exactnet.certify.structural.tactics.outputs import Outputs
from exactnet.certify.structural.tactics.passages import PassageTactics
from exactnet.certify.structural.tactics.ranges import bound_output
from exactnet.certify.structural.tactics.roles import Roles
from exactnet.certify.structural.tactics.windows import WindowTactics
from exactnet.check.structural import kernel_domain
from exactnet.claims.statements import kind_of
from exactnet.construct.gadgets.noisy import NoisyBuilder
from exactnet.construct.gadgets.outputs.rounded import CARRY, CarryOutput
from exactnet.construct.routes import compact, lookahead, residue
from exactnet.construct.routes.stacked.route import Stacked, outputs_alone
from exactnet.construct.routes.translate import Inputs, Stages
from exactnet.files.network_writer import dump_network
from exactnet.kernel.domain import Cube, Grid
from exactnet.kernel.network import Network
from exactnet.structural.checking import FORMAT
from exactnet.structural.kernel import Refused, theorem

__all__ = ["ROUTES", "Form", "NotProved", "StructuralProof", "certify_structural", "prove", "required"]

Statement = dict[str, Any]

#: What is built; the exact form is right where a hypothesis holds, or everywhere if the range of the outputs can be proved.
Form = Literal["exact", "rounded", "clipped", "circuit"]


class NotProved(Exception):
    """No tactic proves a network; this is no refutation. The message names the first step that fails.

    Attributes
    ----------
    claim : what was built, if it was, and what was to be proved of it.
    """

    def __init__(self, message: str, claim: tuple[Network, Statement] | None = None) -> None:
        super().__init__(message)
        self.claim = claim


@dataclass(frozen=True)
class StructuralProof:
    """A proof with the files that it is about."""

    original: bytes
    constructed: bytes
    domain: dict[str, Any]
    statement: Statement
    lines: list[list[Any]]
    goals: list[Any]

    def dump(self) -> bytes:
        """The file, packed."""
        header = {
            "format": FORMAT,
            "original": {"sha256": hashlib.sha256(self.original).hexdigest()},
            "constructed": {"sha256": hashlib.sha256(self.constructed).hexdigest()},
            "domain": self.domain,
            "statement": self.statement,
        }
        text = [header, *self.lines, ["goals", self.goals]]
        lines = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in text)
        return gzip.compress(lines.encode(), mtime=0)

    @property
    def theorem(self) -> str:
        """What it proves."""
        return theorem(self.domain, self.statement)


def prove(
    recorded: Recorded,
    net: Network,
    frame: Cube | Grid,
    form: Form,
    statement: Statement,
    tactics: Any,
    output: CarryOutput | None,
    files: tuple[bytes, bytes],
    output_range: int = 1,
    r: int = 1,
) -> StructuralProof:
    """Prove what was built.

    Parameters
    ----------
    recorded : the constructed network with its record.
    tactics : the tactics of the route, called with the roles.
    files : the files of the original and of the constructed network.

    Raises
    ------
    NotProved
    """
    domain = kernel_domain(frame)
    original, constructed = (json.loads(data) for data in files)
    where = ""
    try:
        prover = Prover(original, constructed, domain, statement)
        prover.start()
        numbers = iter(range(1, len(prover.names)))
        inputs = {name: next(numbers) for name in net.inputs}
        sides = [{node["id"]: next(numbers) for node in side["nodes"]} for side in (original, constructed)]
        kind = NoisyRoles if isinstance(recorded.builder, NoisyBuilder) else Roles
        roles = kind(prover, recorded.builder, inputs, sides[0], sides[1], tuple(net.outputs))
        nodes = Nodes(roles, net, tactics(roles), recorded.lemmas, input_bits=recorded.input_bits)
        nodes.prove()
        outputs = Outputs(roles, nodes, output_range, r, output)
        facts: list[Any] = []
        for name, _, _ in prover.outputs:
            where = f"output {name}: "
            if form == "circuit":
                facts.append(outputs.circuit(name, recorded.lemmas.get(name)))
            elif form == "exact":
                facts.append(outputs.exact(name, recorded.reduced[name]))
            else:
                record = recorded.rounded[name]
                if record.reduced is None:
                    facts.append(outputs.windowed(name, record.value))
                elif form == "rounded":
                    facts.append(outputs.rounded(name, record.value, record.reduced))
                else:
                    facts.append(outputs.clipped(name, record.value, record.reduced, recorded.lemmas))
        goals = [[i - prover.count for i in fact] if isinstance(fact, list) else fact - prover.count for fact in facts]
        prover.conclude(goals)
    except Refused as error:
        raise NotProved(f"not proved: {where}{error}", (recorded.network, statement)) from error
    return StructuralProof(files[0], files[1], domain, statement, with_drops(prover.lines, goals), goals)


@dataclass(frozen=True)
class _Route:
    """The stages of a route, its tactics, and how its rounded output finds a carry."""

    stages: Stages
    tactics: Any
    output: CarryOutput | None


def _inputs(options: Mapping[str, str]) -> Inputs:
    if options.get("delta"):
        raise NotProved("not proved: inputs read by ramps")
    return "bits" if options.get("inputs") == "bits" else "integers"


def _lookahead(options: Mapping[str, str], _: Network) -> _Route:
    output = lookahead.OUTPUTS["three" if options.get("output") == "three" else "four"]
    stages = Stages(_inputs(options), lookahead.LEMMAS, output.make)
    return _Route(stages, lambda roles: CanonicalTactics(roles, lookahead.CANONICAL), output)


def _compact(options: Mapping[str, str], _: Network) -> _Route:
    stages = Stages(_inputs(options), compact.LEMMAS, compact.OUTPUT.make)
    return _Route(stages, lambda roles: CanonicalTactics(roles, compact.CANONICAL), compact.OUTPUT)


def _residue(options: Mapping[str, str], _: Network) -> _Route:
    lemmas = residue.Residue()
    stages = Stages(_inputs(options), lemmas.lemmas(), CARRY.make)
    return _Route(stages, lambda roles: WindowTactics(roles, lemmas), CARRY)


def _stacked(options: Mapping[str, str], net: Network) -> _Route:
    carries = options.get("output") != "windows"
    lemmas = Stacked(None, (), outputs_alone(net) if kind_of(net) == "circuit" else frozenset(), carries=carries)
    stages = Stages(_inputs(options), lemmas.lemmas(), CARRY.make if carries else lemmas.rounded, clips=not carries)
    return _Route(stages, lambda roles: PassageTactics(roles, lemmas), CARRY)


#: Routes whose networks are proved, by name.
ROUTES: dict[str, Callable[[Mapping[str, str], Network], _Route]] = {
    "lookahead": _lookahead,
    "compact": _compact,
    "residue": _residue,
    "stacked": _stacked,
}


def required(route: str, form: Form) -> dict[str, str]:
    """The options that a route must have. Clipped outputs of route D are by windows."""
    if route not in ("residue", "stacked"):
        return {}
    return {"moduli": "proven", "output": "windows" if (route, form) == ("stacked", "clipped") else "carry"}


def certify_structural(
    net: Network,
    frame: Cube | Grid,
    form: Form,
    *,
    route: str = "lookahead",
    options: Mapping[str, str] | None = None,
    output_range: int | None = None,
    r: int = 1,
    built: Network | None = None,
) -> StructuralProof:
    """Construct a network and prove it right for all inputs of a cube or a grid, without looking at any.

    Parameters
    ----------
    net : relu, threshold and affine nodes; for a circuit, threshold and affine nodes.
    form : ``"circuit"``: the same outputs. ``"clipped"``: ``floor(r*clip(N))/r``. ``"rounded"``: ``floor(r*N)/r``
        where ``|N| <=
        output_range``. ``"exact"``: ``N`` where ``|N| <= output_range`` and ``r*N`` is an integer.
    output_range : ``R``. None for an exact form without hypotheses: the range is proved then.
    r : the precision is ``1/r``.
    options : of the route: ``inputs`` is ``integers`` or ``bits``; ``output``, for route A, ``three`` or ``four`` layers.
    built : a network to be proved in place of the one that is constructed, whose nodes have the names that that one has.

    Raises
    ------
    NotProved
        If no tactic proves it; this refutes nothing.
    """
    statement: Statement = {
        "kind": {"exact": "equal if", "rounded": "floor if", "clipped": "clip", "circuit": "equal"}[form]
    }
    if form == "exact" and output_range is None:
        output_range = proved_range(net, frame)
        statement = {"kind": "equal", "R": output_range}
    elif form != "circuit":
        statement |= {"r": r, "R": output_range}
    most = output_range or 1
    lemmas = ROUTES[route]({**(options or {}), **required(route, form)}, net)
    recorded = build_recorded(form, net, frame, most, r, lemmas.stages)
    if built is not None:
        if 2 * len({*built.order} & {*recorded.network.order}) < len(built.order):
            raise NotProved(f"not proved: the second network is not what the route {route} builds")
        recorded.network = built
    files = dump_network(net, frame), dump_network(recorded.network, frame)
    return prove(recorded, net, frame, form, statement, lemmas.tactics, lemmas.output, files, most, r)


def proved_range(net: Network, frame: Cube | Grid) -> int:
    """The least ``R`` with ``|N| <= R`` that intervals and pairs of ReLUs prove, for outputs that are integers by
    their definition.
    """
    original = json.loads(dump_network(net, frame))
    prover = Prover(original, original, kernel_domain(frame), {"kind": "equal"})
    prover.start()
    try:
        for _, a, _ in prover.outputs:
            bound_output(prover, a)
    except Refused as error:
        raise NotProved(f"no range of the outputs is proved ({error}): state one as a hypothesis") from error
    return max(1, *(max(-prover.low[a], prover.high[a]) for _, a, _ in prover.outputs))

