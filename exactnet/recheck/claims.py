"""What a certificate claims of its networks and bounds: measures, parameters, and every bound.

To believe: that each number is computed anew from the networks or from its symbolic form and then compared; that
nothing a statement needs is missing; and that :func:`depth_limit` is that of the theorem. That the forms of the other
bounds are those of the theorem, and that ``B`` and ``s`` are right, is not checked here (:data:`ON_TRUST`).
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping, Sequence

from .certificate import OF_CIRCUITS, PAIRS, Certificate
from .expression import evaluate
from .fields import MEASURES
from .measures import Expansion, live_part
from .memory import Memory
from .reading import Number, clip, demand, number

BASE = ("d", "k", "m", "B", "R", "r", "p", "s")
NEEDED = ("depth", "max_weight", "max_bias")  # every statement bounds these
OF_RELUS = ("neurons", "width")  # and these, where a ReLU network is constructed
DEFINED = re.compile(r"[A-Za-z_]\w*", re.ASCII)
ON_TRUST = "that the bounds' expressions are those of the theorem (exactnet check derives them)"


def check_claims(certificate: Certificate) -> Generator[str, None, Expansion]:
    """Measures, parameters and bounds, and what a certified network has besides; gives the constructed network's expansion."""
    p, signed = certificate.domain.p, any(low < 0 for low, _ in certificate.domain.range)
    networks = (live_part(certificate.original), certificate.constructed)
    original, constructed = (Expansion(net, p, signed) for net in networks)
    expansions = {"original": original, "constructed": constructed}
    if certificate.circuits is not None:
        expansions["circuits"] = Expansion(live_part(certificate.circuits), 1, False)
        yield check_circuits(certificate, expansions["circuits"])
    yield from check_measures(certificate, expansions)
    bounded = certificate.statement not in PAIRS  # else there are neither parameters nor bounds
    if bounded:
        yield check_parameters(certificate, original)
        yield from check_bounds(certificate)
    if certificate.verdict == "certified":
        misfit = certificate.misfit()
        demand(misfit is None, f"{certificate.statement}: {misfit}")
        if bounded:
            yield check_depth(certificate, constructed)
    return constructed


def check_measures(certificate: Certificate, expansions: Mapping[str, Expansion]) -> Iterator[str]:
    """Compare all measures of both networks."""
    for side, expansion in expansions.items():
        measures = {name: expansion.measures[name] for name in MEASURES}
        for name, value in measures.items():
            recorded = number(certificate.data[side][name], f"{side}, {name}")
            demand(recorded == value, f"{side}: {name} is {clip(value)}, recorded as {clip(recorded)}")
        yield f"confirmed: {side}: " + ", ".join(f"{name} {clip(value)}" for name, value in measures.items())


def check_parameters(certificate: Certificate, original: Expansion) -> str:
    """Compare the parameters with networks, domain, relation and their definitions (R: where inputs are seen)."""
    domain, parameters = certificate.domain, certificate.parameters
    for name in BASE:
        demand(name in parameters, f"no parameter {name}")
    gated = certificate.statement in OF_CIRCUITS  # else a linear layer reads outputs that are gates too
    depth = original.highest_layer + (0 if gated else 1)
    known: dict[str, Number] = {"d": domain.d, "k": depth, "m": original.widest_layer}
    known |= {"r": certificate.r, "p": domain.p if certificate.statement == "M1" else domain.frame}
    demand(parameters["R"] >= 1, "parameter R is not positive")
    demand(parameters["s"] <= 1, "parameter s is neither 0 nor 1")
    before: dict[str, Number] = {name: parameters[name] for name in BASE}
    for name, text in certificate.data["definitions"].items():
        demand(DEFINED.fullmatch(name) is not None, f"{clip(name)} is defined, but is no name")
        demand(name not in BASE, f"parameter {clip(name)} is defined, but is given by the networks")
        known[name] = evaluate(text, before, certificate.budget)  # over base parameters and earlier definitions alone
        before[name] = known[name]
    for name, value in known.items():
        recorded = parameters.get(name)
        demand(value == recorded, f"parameter {clip(name)} is {clip(value)}, recorded as {clip(recorded)}")
    for name in parameters:
        demand(name in before, f"parameter {clip(name)} is neither defined nor given by the networks")
    return f"confirmed: parameters {clip(', '.join(known))}; taken as given: B, s"


def check_circuits(certificate: Certificate, circuits: Expansion) -> str:
    """Under ``S5 network``: ``t``, ``w``, ``b``, ``g`` are the depth, the bits of weights and biases, the gates of the circuits."""
    net = certificate.circuits
    demand(net is not None and net.is_circuit, "the circuits are not threshold circuits")
    sizes = {"t": circuits.measures["depth"]}
    sizes |= {short: int(circuits.measures[name]).bit_length() for short, name in (("w", "max_weight"), ("b", "max_bias"))}
    sizes["g"] = circuits.measures["gates"]
    for name, value in sizes.items():
        recorded = certificate.parameters.get(name)
        demand(recorded == value, f"parameter {name} is {clip(value)} of the circuits, recorded as {clip(recorded)}")
    listed = dict(zip(sizes, ("t", "weight_bits", "bias_bits", "gates"), strict=True))
    options = {listed[name]: str(value) for name, value in sizes.items()}
    demand(certificate.data["options"] == options, "the options are not those of the circuits")
    return "confirmed: the circuits have " + ", ".join(f"{name} = {clip(value)}" for name, value in sizes.items())


def on_trust(certificate: Certificate) -> str:
    """What is not checked here."""
    listed = ", ".join(f"{name} = {clip(certificate.parameters[name])}" for name in ("B", "s"))
    return f"taken on trust: {ON_TRUST}, and {listed}"


def depth_limit(certificate: Certificate) -> tuple[str, int]:
    """The depth that the theorem allows for any weights, whatever bounds a certificate has.

    For S1 and S2 it is ``3k+3``, but the gates of route ``compact`` take ``4k+1``, and one more layer for the bits of a
    grid. For S3 it is ``3t+1`` (``t = k``), one more with bits. For circuits of S5 it is ``3k``, by route ``compact``
    ``4k``; for a network of S5 ``t+2`` for the depth ``t`` of its circuits, one less on the cube.
    For S6 it is 2 for a function of one input, and 3 for one of the norm. For R1 it is 2. For S7 it is ``k``.
    For M1 it is that of the construction (:mod:`.memory`).
    """
    if certificate.number == "R1":
        return "2", 2
    if certificate.number == "S6":
        return "2" if certificate.route == "component" else "3", 2 if certificate.route == "component" else 3
    if certificate.statement == "M1":
        return "that of the construction", Memory(certificate).limits()["depth"]
    if certificate.number == "S7":
        return "k", certificate.parameters["k"]
    k, bits = certificate.parameters["k"], int(certificate.domain.kind != "cube")
    if certificate.statement == "S5 network":
        demand("t" in certificate.parameters, "no parameter t")
        return f"t + {1 + bits}", certificate.parameters["t"] + 1 + bits
    if certificate.statement == "S5 circuits":
        return ("4*k (route compact)", 4 * k) if certificate.route == "compact" else ("3*k", 3 * k)
    if certificate.statement == "S3":
        return f"3*k + {1 + bits}", 3 * k + 1 + bits
    if certificate.route == "compact" and 4 * k + 1 + bits > 3 * k + 3:
        return f"4*k + {1 + bits} (route compact)", 4 * k + 1 + bits
    return "3*k + 3", 3 * k + 3


def check_depth(certificate: Certificate, constructed: Expansion) -> str:
    """The depth against the limit of the theorem, and under S2 weights and biases against 1."""
    text, limit = depth_limit(certificate)
    measures = constructed.measures
    demand(
        measures["depth"] <= limit,
        f"depth {clip(measures['depth'])} > {text} = {clip(limit)}, the most in {certificate.statement}",
    )
    also = ""
    if certificate.number == "S2":
        for name in ("max_weight", "max_bias"):
            demand(measures[name] <= 1, f"{name} is {clip(measures[name])}, more than 1")
        also = ", max_weight and max_bias <= 1"
    return f"confirmed: depth {clip(measures['depth'])} <= {text} = {clip(limit)}{also}, as {certificate.statement} says"


def check_rows(certificate: Certificate) -> None:
    """The names of the rows: one for each needed measure, none twice, and what the user stated where he did."""
    rows: Sequence[Mapping[str, str]] = certificate.data["bounds"]
    names = [row["name"] for row in rows]
    demand(len(set(names)) == len(names), "a bound occurs twice")
    for name in names:
        measure, space, suffix = name.partition(" (")
        proper = measure in MEASURES and (not space or (suffix.endswith(")") and suffix != ")"))
        demand(proper, f"bound {clip(name)}: not the name of a measure")
    stated = certificate.data["stated"].get("weights")
    wanted = {} if stated is None else {f"{measure} (stated)": stated for measure in ("max_weight", "max_bias")}
    stated_rows = {row["name"]: row["symbolic"] for row in rows if row["name"].endswith(" (stated)")}
    demand(stated_rows == wanted, "the stated bounds are not those that the user stated")
    for measure in (*NEEDED, *(() if certificate.statement in OF_CIRCUITS else OF_RELUS)):
        demand(any(name.partition(" (")[0] == measure and name not in stated_rows for name in names), f"no bound on {measure}")
    if certificate.number == "S2":
        for measure in ("max_weight", "max_bias"):
            one = any(row["name"] == measure and number(row["value"], measure) == 1 for row in rows)
            demand(one, f"no bound of 1 on {measure}")


def check_bounds(certificate: Certificate) -> Iterator[str]:
    """Evaluate every bound again; in a certified certificate all must hold."""
    check_rows(certificate)
    for i, bound in enumerate(certificate.data["bounds"], 1):
        name, symbolic, holds = bound["name"], bound["symbolic"], bound["holds"]
        value, measured = (number(bound[key], f"bound {i}, {key}") for key in ("value", "measured"))
        of_base = {base: certificate.parameters[base] for base in BASE}
        exact = evaluate(symbolic, of_base if name.endswith(" (stated)") else certificate.parameters, certificate.budget)
        what = f"bound {clip(name)}"
        demand(exact == value, f"{what}: {clip(symbolic)} is {clip(exact)}, recorded as {clip(value)}")
        measure = name.partition(" (")[0]
        of_network = number(certificate.data["constructed"][measure], f"constructed, {measure}")
        demand(measured == of_network, f"{what}: {clip(measured)} is not the measure, {clip(of_network)}")
        demand(holds == (measured <= value), f"{what}: {clip(measured)} <= {clip(value)} is not {holds}")
        demand(holds or certificate.verdict == "refuted", f"{what} does not hold")
        sign = "<=" if holds else ">"
        yield f"confirmed: {clip(name)} {clip(measured)} {sign} {clip(symbolic)} = {clip(value)}"


def check_refutation(certificate: Certificate) -> str:
    """Without a counterexample: the constructed network is of the wrong kind, or a bound fails, or a circuit is wrong."""
    misfit = certificate.misfit()
    if misfit is not None:
        return f"confirmed: {misfit}"
    failing = [bound["name"] for bound in certificate.data["bounds"] if not bound["holds"]]
    if not failing and (certificate.number == "S6" or certificate.route == "classical"):
        return "every bound holds: see what the outputs are functions of"
    if not failing and certificate.circuits is not None:
        return "every bound holds: see what the circuits compute"
    demand(bool(failing), "no counterexample, and every bound holds")
    stated = failing[0].endswith(" (stated)")
    whose = "as the user stated it" if stated else "its expression is taken from the certificate"
    return f"confirmed: the bound {clip(failing[0])} does not hold ({whose})"
