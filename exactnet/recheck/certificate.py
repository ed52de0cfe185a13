"""A certificate and the two network files next to it.

To believe: that the networks that are checked are those whose SHA-256 the certificate names, on the domain and with the
relation that it names. Nothing else of a certificate is believed: see :mod:`.claims` and :mod:`.comparing`.
"""

from __future__ import annotations

import os.path
from hashlib import sha256

from .domain import Domain
from .network import Net, read_net
from .reading import clip, demand, number, read_bytes, read_json, require, take

RELATION_OF = {"S1 exact": "equal", "S1 rounded": "floor", "S3": "equal", "equal": "equal"}


class Certificate:
    """A certificate and its two networks, whose digests are confirmed when they are read."""

    def __init__(self, path: str, max_file: int) -> None:
        data = self.data = read_json(read_bytes(path, max_file), "exactnet-certificate/1", clip(path))
        self.verdict, self.statement = (take(data, key, str, "the certificate") for key in ("verdict", "statement"))
        require(self.verdict in ("certified", "refuted"), f"the certificate: unknown verdict {clip(self.verdict)}")
        self.original, self.constructed = (self.network(side, path, max_file) for side in ("original", "constructed"))
        names = [(net.inputs, net.outputs) for net in (self.original, self.constructed)]
        demand(names[0] == names[1], "the networks differ in the names of their inputs or outputs")
        self.domain = Domain(data.get("domain"), len(self.original.inputs))
        relation = take(data, "relation", dict, "the certificate")
        self.relation, r = take(relation, "kind", str, "the relation"), number(relation.get("r"), "the relation, r")
        require(self.relation in ("equal", "floor"), f"the relation: unknown kind {clip(self.relation)}")
        require(r >= 1 and r.denominator == 1, "the relation: r is no positive integer")
        self.r = int(r)
        fits = RELATION_OF.get(self.statement, self.relation) == self.relation
        demand(fits, f"{clip(self.statement)} is not about the relation {self.relation}")
        listed = take(data, "parameters", dict, "the certificate").items()
        self.parameters = {name: number(value, f"parameter {clip(name)}") for name, value in listed}

    def network(self, side: str, path: str, max_file: int) -> Net:
        """One of the networks, if its digest is the recorded one."""
        table = take(self.data, side, dict, "the certificate")
        name = take(table, "file", str, side)
        require(os.path.basename(name) == name, f"{side}: {clip(name)} is not next to the certificate")
        data = read_bytes(os.path.join(os.path.dirname(path), name), max_file)
        demand(sha256(data).hexdigest() == table.get("sha256"), f"the SHA-256 of {clip(name)} is not the recorded one")
        return read_net(data, clip(name))
