"""What a certificate claims of its networks and bounds: measures, parameters, and every bound.

To believe: that each number is computed anew from the networks or from its symbolic form and then compared. That the
forms are those of the theorem, and that the parameters ``taken as given`` are right, is not checked here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .certificate import Certificate
from .expression import evaluate
from .measures import Expansion
from .reading import Number, clip, demand, number, take

NEEDED = ("depth", "max_weight", "max_bias")  # every statement bounds these


def check_measures(certificate: Certificate, expansions: Mapping[str, Expansion]) -> Iterator[str]:
    """Compare the measures of both networks."""
    for side, expansion in expansions.items():
        found = expansion.measures
        for name, value in found.items():
            recorded = number(certificate.data[side].get(name), f"{side}, {name}")
            demand(recorded == value, f"{side}: {name} is {clip(value)}, recorded as {clip(recorded)}")
        yield f"confirmed: {side}: " + ", ".join(f"{name} {clip(value)}" for name, value in found.items())


def check_parameters(certificate: Certificate, original: Expansion) -> str:
    """Compare the parameters with networks, domain, relation and their definitions (R: where inputs are seen)."""
    domain, parameters = certificate.domain, certificate.parameters
    known: dict[str, Number] = {"d": domain.d, "r": certificate.r, "k": original.measures["depth"]}
    known["m"] = original.widest_layer
    if domain.kind != "points":
        known["p"] = domain.p
    known = {name: value for name, value in known.items() if name in parameters}
    for name, text in take({"definitions": {}, **certificate.data}, "definitions", dict, "the certificate").items():
        known[name] = evaluate(str(text), parameters)
    for name, value in known.items():
        found = parameters.get(name)
        demand(value == found, f"parameter {clip(name)} is {clip(value)}, recorded as {clip(found)}")
    demand(parameters.get("p", 0) % domain.p == 0, "parameter p: for some point, p*x is no integer")
    given = [name for name in parameters if name not in (*known, "R")]
    return f"confirmed: parameters {clip(', '.join(known))}; taken as given: {clip(', '.join(given)) or 'none'}"


def check_bounds(certificate: Certificate, constructed: Expansion) -> Iterator[str]:
    """Evaluate every bound again. None that a statement needs may be missing; in a certified certificate all must hold."""
    recorded, bounded = certificate.data["constructed"], set()
    for i, bound in enumerate(take(certificate.data, "bounds", list, "the certificate"), 1):
        name, symbolic = (take(bound, key, str, f"bound {i}") for key in ("name", "symbolic"))
        value, measured = (number(bound.get(key), f"bound {i}, {key}") for key in ("value", "measured"))
        exact, what = evaluate(symbolic, certificate.parameters), f"bound {clip(name)}"
        demand(exact == value, f"{what}: {clip(symbolic)} is {clip(exact)}, recorded as {clip(value)}")
        measure = name.partition(" ")[0]  # the name may have a suffix
        bounded.add(measure)
        if measure in recorded:
            of_network = number(recorded[measure], f"constructed, {clip(measure)}")
            demand(measured == of_network, f"{what}: {clip(measured)} is not the measure, {clip(of_network)}")
        holds = take(bound, "holds", bool, what)
        demand(holds == (measured <= value), f"{what}: {clip(measured)} <= {clip(value)} is not {holds}")
        demand(holds or certificate.verdict == "refuted", f"{what} does not hold")
        given = "" if measure in constructed.measures else ", if the measure is right"
        sign = "<=" if holds else ">"
        yield f"confirmed{given}: {clip(name)} {clip(measured)} {sign} {clip(symbolic)} = {clip(value)}"
    for measure in NEEDED:
        demand(measure in bounded, f"no bound on {measure}")
