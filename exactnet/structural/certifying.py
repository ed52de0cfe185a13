"""From two networks to a structural certificate: build, prove, write. Untrusted: :mod:`.checking` checks what is written."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal

from exactnet.construct.output_rounded import CarryOutput
from exactnet.construct.translate import Stages
from exactnet.domain import Product
from exactnet.io.network_json import dump_network
from exactnet.network import Network
from exactnet.structural.building import Recorded
from exactnet.structural.checking import FORMAT
from exactnet.structural.kernel import Refused, theorem
from exactnet.structural.prover import Prover
from exactnet.structural.tactics.nodes import Nodes, RouteTactics
from exactnet.structural.tactics.outputs import Outputs
from exactnet.structural.tactics.roles import Roles

__all__ = ["NotProved", "StructuralProof", "prove"]

Statement = dict[str, Any]


class NotProved(Exception):
    """No tactic proves a network; this is no refutation. The message names the first step that fails."""


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
    frame: Product,
    form: Literal["exact", "rounded", "clipped", "circuit"],
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
    domain = {"kind": "cube"} if frame.kind == "cube" else {"kind": "grid", "p": frame.p}
    original, constructed = (json.loads(data) for data in files)
    where = "the networks"
    try:
        prover = Prover(original, constructed, domain, statement)
        prover.start()
        numbers = iter(range(1, len(prover.names)))
        inputs = {name: next(numbers) for name in net.inputs}
        sides = [{node["id"]: next(numbers) for node in side["nodes"]} for side in (original, constructed)]
        roles = Roles(prover, recorded.builder, inputs, sides[0], sides[1], tuple(net.outputs))
        nodes = Nodes(roles, net, tactics(roles), recorded.lemmas, input_bits=recorded.input_bits)
        nodes.prove()
        outputs = Outputs(roles, nodes, output_range, r, output)
        facts: list[Any] = []
        for name, _, _ in prover.outputs:
            where = f"output {name}"
            if form == "circuit":
                facts.append(outputs.circuit(name, recorded.lemmas.get(name)))
            elif form == "exact":
                facts.append(outputs.exact(name, recorded.reduced[name]))
            elif form == "rounded":
                facts.append(outputs.rounded(name, recorded.rounded[name]))
            else:
                facts.append(outputs.clipped(name, recorded.rounded[name], recorded.lemmas))
        goals = [[i - prover.count for i in fact] if isinstance(fact, list) else fact - prover.count for fact in facts]
        prover.conclude(goals)
    except Refused as error:
        raise NotProved(f"not proved: {where}: {error}") from error
    return StructuralProof(files[0], files[1], domain, statement, prover.lines, goals)
