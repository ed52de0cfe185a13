"""A certificate and the network files next to it.

To believe: that the networks that are checked are those whose SHA-256 the certificate names, on the domain and with the
relation that it names, and that the statement is one that is made of such networks and this relation. Nothing else of
a certificate is believed: see :mod:`.claims` and :mod:`.comparing`.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import Any

from .domain import Domain
from .expression import Budget
from .fields import check_fields
from .network import Net, read_net
from .reading import clip, demand, number, read_beside, read_bytes, read_object, require

FORMAT = "exactnet-certificate/3"
OLD = ("exactnet-certificate/1", "exactnet-certificate/2", "exactnet-structural-certificate/1")
ANEW = "bounds and measures were stated otherwise; make it anew: exactnet certify ORIGINAL -o CERT"
FORMS = {"exact": "equal", "rounded": "floor", "clipped": "clip"}
RELATION_OF = {f"{what} {form}": kind for what in ("S1", "S2") for form, kind in FORMS.items()} | {"S3": "equal"}
RELATION_OF |= {"S5 circuits": "equal", "S5 network": "floor"}
RELATION_OF |= {"S6 exact": "equal", "S6 rounded": "floor"}  # of any original
RELATION_OF |= {"S7 exact": "equal", "S7 within": "within", "S7 near": "near", "S7 circuit": "equal"}
RELATION_OF |= {"R1 within": "within", "M1": "equal"}  # of any original
PAIRS = {"equal": "equal", "within": "within", "same class": "class", "same sign": "sign"}  # of two networks, none constructed
RELATION_OF |= PAIRS
ANSWERS = ("class", "sign")  # relations between what is read from the outputs, not between values
OF_CIRCUITS = ("S3", "S5 circuits", "S7 circuit")  # what is constructed is a threshold circuit


class Certificate:
    """A certificate and its networks, whose digests are confirmed when they are read."""

    def __init__(self, path: str, max_file: int, data: dict[str, Any] | None = None) -> None:
        data = self.data = read_object(read_bytes(path, max_file), clip(path)) if data is None else data
        require(data.get("format") not in OLD, f"{clip(path)}: format {clip(data.get('format'))}, whose {ANEW}")
        require(data.get("format") == FORMAT, f"{clip(path)}: not in the format {FORMAT}")
        check_fields(data)
        self.verdict, self.statement, self.route = str(data["verdict"]), str(data["statement"]), str(data["route"])
        self.number = self.statement.partition(" ")[0]
        require(self.verdict in ("certified", "refuted"), f"the certificate: unknown verdict {clip(self.verdict)}")
        demand((data["reason"] is None) == (self.verdict == "certified"), "refuted without a reason, or certified with one")
        self.original, self.constructed = (self.network(side, path, max_file) for side in ("original", "constructed"))
        names = [(net.inputs, net.outputs) for net in (self.original, self.constructed)]
        sizes = [(len(inputs), len(outputs)) for inputs, outputs in names]  # given networks are matched by position
        same = sizes[0] == sizes[1] if self.statement in PAIRS else names[0] == names[1]
        demand(same, "the networks differ in the names of their inputs or outputs")
        demand(("circuits" in data) == (self.statement == "S5 network"), "circuits are in S5 network, and only there")
        self.circuits = self.network("circuits", path, max_file) if "circuits" in data else None
        self.domain = Domain(data["domain"], len(self.original.inputs))
        self.relation = str(data["relation"]["kind"])
        require(self.relation in RELATION_OF.values(), f"the relation: unknown kind {clip(self.relation)}")
        tolerant = self.relation in ("within", "near")
        require(tolerant == ("epsilon" in data["relation"]), "the relation: epsilon with a tolerance, and only there")
        self.epsilon = Fraction(number(data["relation"]["epsilon"], "the relation, epsilon")) if tolerant else Fraction(0)
        require(self.epsilon > 0 or not tolerant, "the relation: epsilon is not positive")
        self.r = int(number(data["relation"]["r"], "the relation, r"))
        require(self.r >= 1, "the relation: r is no positive integer")
        listed = data["parameters"].items()
        self.parameters = {name: int(number(value, f"parameter {clip(name)}")) for name, value in listed}
        self.budget = Budget()  # for the bounds
        self.promised = bool(data["promised"])
        self.check_statement()

    def check_statement(self) -> None:
        """The statement is known and about this relation and such an original."""
        right = RELATION_OF.get(self.statement)
        demand(right is not None, f"unknown statement {clip(self.statement)}")
        demand(right == self.relation, f"{clip(self.statement)} is not about the relation {self.relation}")
        demand(right != "clip" or self.promised, "R of a clipped form is given, not found")
        finest = ceil(1 / self.epsilon) if right == "within" else self.r
        demand(self.r == finest, f"r is {clip(self.r)}, but the least integer from 1/epsilon on is {clip(finest)}")
        if self.statement in PAIRS:
            data = self.data
            options = {"epsilon": data["relation"]["epsilon"]} if right == "within" else {}
            nothing = (data["route"], data["options"], data["stated"], data["definitions"], data["bounds"], self.promised)
            demand(nothing == ("pair", options, {}, {}, [], False), f"nothing is chosen or bounded in {self.statement}")
            demand(set(self.parameters) == {"R", "r"}, f"the parameters of {self.statement} are R and r")
            demand(self.parameters["r"] == self.r, "the parameter r is not r")
            demand(right not in ANSWERS or self.parameters["R"] == self.r == 1, "r and R of answers must be 1")
        elif self.statement == "S5 circuits":
            demand(self.original.has_levels, "S5 circuits is not the statement: not the outputs alone are threshold gates")
            bits = all(low >= 0 and high <= 1 for low, high in self.domain.range) and self.domain.p == 1
            demand(bits, "S5 circuits is not the statement: the inputs are not bits")
        else:
            circuit = self.original.is_circuit
            kind = "a threshold circuit" if circuit else "no threshold circuit"
            fits = self.number in ("S6", "R1", "M1") or circuit == (self.statement in OF_CIRCUITS)
            demand(fits, f"{self.statement} is not the statement: the original is {kind}")
        if self.statement in OF_CIRCUITS:
            demand((self.r, self.parameters.get("R"), self.promised) == (1, 1, False), "r and R of a circuit must be 1")

    def misfit(self) -> str | None:
        """Why the constructed network is not of the kind that the statement is about; None if it is."""
        if self.statement in PAIRS:
            return None
        if self.statement in OF_CIRCUITS:
            return None if self.constructed.is_circuit else "the constructed network is not a threshold circuit"
        return None if self.constructed.active <= {"relu"} else "the constructed network is not a ReLU network"

    def network(self, side: str, path: str, max_file: int) -> Net:
        """One of the networks, if its digest is the recorded one."""
        return read_net(*read_beside(path, self.data[side], side, max_file))
