"""The statements that certificates are about, each one row: its name, what it means, its relation and its form.

A new statement is a row here, its bounds in ``theory/``, what it asks besides in ``claims/``, and how it is made in
``certify/``. Nothing else compares names of statements.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from exactnet.claims.answers import SameClass, SameSign
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.network import AFFINE, RELU, THRESHOLD, Network
from exactnet.kernel.relation import Clip, Equal, Floor, Near, Relation, Within

__all__ = [
    "LIMIT", "OTHER_STATEMENTS", "RELATIONS", "STATEMENTS", "Form", "Original", "Statement", "has_levels", "kind_of",
    "statement_named",
]

#: Without a promised range, ``r*R`` above this is refused.
LIMIT = 10**6

#: What the last layers of the constructed network give: values (``clipped`` is ``rounded`` for values beyond the range too),
#: threshold gates over threshold gates (``circuit``), or over ReLUs (``levels``: the functions ``1[r*N >= v]`` of S5).
#: ``pair``: it is not constructed, and the statement is about two networks.
Form = Literal["exact", "rounded", "clipped", "circuit", "levels", "pair"]
#: What the original is: a ReLU network, a threshold circuit, a network with gates below its outputs' ReLUs, any network.
Original = Literal["relu", "circuit", "levels", "any"]


def kind_of(net: Network) -> Literal["circuit", "relu", "mixed", "affine"]:
    """What a network is made of.

    ``"circuit"``: all active nodes and all outputs are thresholds; ``"relu"``: all active nodes are ReLUs;
    ``"affine"``: there is no active node; ``"mixed"``: all else.

    >>> from exactnet.kernel.network import threshold
    >>> kind_of(Network(["x"], [threshold("g", {"x": 1})], ["g"])), kind_of(Network(["x"], [], ["x"]))
    ('circuit', 'affine')
    """
    kinds = {net.kind(name) for name in net.order} - {AFFINE}
    if not kinds:
        return "affine"
    if kinds == {RELU}:
        return "relu"
    return "circuit" if kinds == {net.kind(name) for name in net.outputs} == {THRESHOLD} else "mixed"


def has_levels(net: Network) -> bool:
    """Whether the outputs, and no other nodes, are threshold gates: a ReLU network that is read by gates (S5).

    >>> from exactnet.kernel.network import relu, threshold
    >>> has_levels(Network(["x"], [relu("h", {"x": 1}), threshold("g", {"h": 2}, -1)], ["g"]))
    True
    """
    return {name for name in net.order if net.kind(name) == THRESHOLD} == set(net.outputs)


@dataclass(frozen=True)
class Statement:
    """One statement: which networks it is about, and what is claimed of the constructed one.

    Examples
    --------
    >>> STATEMENTS["S1 rounded"].meaning
    "N'(x) = floor(r N(x))/r"
    >>> STATEMENTS["S3"].gates, STATEMENTS["S1 exact"].variant("S2").name
    (True, 'S2 exact')
    """

    name: str
    meaning: str
    form: Form
    relation: type[Relation]
    original: Original = "relu"

    @property
    def number(self) -> str:
        """The number of the statement in the paper's list, such as ``S1``."""
        return self.name.partition(" ")[0]

    @property
    def limited(self) -> bool:
        """Whether ``r*R`` beyond :data:`LIMIT` without a promise is refused: bounds grow with it (those of S7 with its bits)."""
        return self.number != "S7" and self.form != "pair"

    @property
    def gates(self) -> bool:
        """Whether the constructed network is a threshold circuit (else a ReLU network)."""
        return self.form in ("circuit", "levels")

    def variant(self, number: str) -> Statement:
        """The statement of the same form under another number."""
        return statement_named(" ".join([number, *self.name.split(" ")[1:]]))

    def is_about(self, original: Network, relation: Relation) -> bool:
        """Whether it is a statement about such an original and this relation."""
        kinds = {
            "relu": kind_of(original) != "circuit",
            "circuit": kind_of(original) == "circuit",
            "levels": has_levels(original),
            "any": True,
        }
        return type(relation) is self.relation and kinds[self.original]

    def misfit(self, constructed: Network) -> str | None:
        """Why a constructed network is not of the kind that the statement is about, if it is not."""
        kind = kind_of(constructed)
        if self.gates and kind != "circuit":
            return "the constructed network is not a threshold circuit (threshold and affine nodes, threshold outputs)"
        if not self.gates and kind not in ("relu", "affine"):
            return "the constructed network is not a ReLU network (relu and affine nodes only)"
        return None


_EXACT, _ROUNDED = "N'(x) = N(x), a multiple of 1/r", "N'(x) = floor(r N(x))/r"
_CLIPPED = "N'(x) = floor(r clip(N(x)))/r"
_SMALL, _SIMPLER = ", weights and biases at most 1", "; a function of one input, or of the norm"
_FEW = ", weights of few bits at the same depth"

#: All statements, by name.
STATEMENTS: dict[str, Statement] = {
    row.name: row
    for row in (
        Statement("S1 exact", _EXACT, "exact", Equal),
        Statement("S1 rounded", _ROUNDED, "rounded", Floor),
        Statement("S1 clipped", _CLIPPED + ", clip(z) = min(max(z, -R), R)", "clipped", Clip),
        Statement("S2 exact", _EXACT + _SMALL, "exact", Equal),
        Statement("S2 rounded", _ROUNDED + _SMALL, "rounded", Floor),
        Statement("S2 clipped", _CLIPPED + _SMALL, "clipped", Clip),
        Statement("S3", "an equivalent threshold circuit", "circuit", Equal, "circuit"),
        Statement("S5 circuits", "a threshold circuit for 1[r N(x) >= v], for each v", "levels", Equal, "levels"),
        Statement("S5 network", _ROUNDED + ", from threshold circuits", "rounded", Floor),
        Statement("S6 exact", _EXACT + _SIMPLER, "exact", Equal, "any"),
        Statement("S6 rounded", _ROUNDED + _SIMPLER, "rounded", Floor, "any"),
        Statement("S7 exact", _EXACT + _FEW, "exact", Equal),
        Statement("S7 within", "|N'(x) - N(x)| <= epsilon" + _FEW, "rounded", Within),
        Statement("S7 near", "|N'(x) - floor(r N(x) + 1/2)/r| <= epsilon" + _FEW, "rounded", Near),
        Statement("R1 within", "|N'(x) - N(x)| <= epsilon, N' of depth 2", "rounded", Within, "any"),
        Statement("S7 circuit", "an equivalent threshold circuit" + _FEW, "circuit", Equal, "circuit"),
        Statement("M1", "N'(x) = N(x) at every listed point, with few parameters", "exact", Equal, "any"),
        Statement("equal", "A(x) = B(x)", "pair", Equal, "any"),
        Statement("within", "|A(x) - B(x)| <= epsilon", "pair", Within, "any"),
        Statement("same class", "the largest output (the first of equals) is the same", "pair", SameClass, "any"),
        Statement("same sign", "every output has the same sign (0 is a sign of its own)", "pair", SameSign, "any"),
    )
}

#: The relations by the name that certificates use.
RELATIONS: dict[str, type[Relation]] = {row.relation.kind: row.relation for row in STATEMENTS.values()}

#: Statements whose certificates are of formats of their own (``claims/``), and what each says.
OTHER_STATEMENTS: dict[str, str] = {
    "R2": "|N'(x) - f(x)| <= epsilon on a whole grid or all reals of a box, N' of depth 2, by an identity",
    "E1": "the deep network for signs of bumps is that of depth 2, for all reals of [0, 1]",
    "E2": "centres^parameters < 2^hats",
    "U1": "|N(x) - f(x)| <= epsilon for all x in [0, 1]^d",
    "U2": "N(x) is the label for all x in each of some boxes",
    "U3": "N(x) is the value at each of some points",
    "D1": "these are all activation domains with interior, each with its map, by the product formula",
    "D2": "the limit of every continuation by the rule is within this of the network, on all of the cube",
    "D3": "where the maps of a cell converge, layers tend to the identity and biases to 0",
    "K1 flow": "gradient flow from the start ends at a matrix of loss 0 and rank at least 2, though one of rank 1 has loss 0",
    "K2 depth": "in every network of this depth that has the least norm, the geometric mean of the stable ranks is at most this",
    "K3 KKT": "the network is a KKT point of least norm with margins of at least 1",
    "W1 simulation": "the network with these first weights, on inputs that are mapped linearly, is the one that reads clauses",
}


def statement_named(name: str) -> Statement:
    """The statement of a name.

    Raises
    ------
    FormatError : there is none of that name.
    """
    if name not in STATEMENTS:
        raise FormatError(f"the statement {clip_text(name)} is not one of {', '.join(STATEMENTS)}")
    return STATEMENTS[name]
