"""Classical circuits with small weights, each certified against a circuit that computes the same another way (docs/classical.md).

The original is a family's naive circuit or the one with large weights, the constructed one its circuit with small weights; the
certificate is one of S3, whose bounds are those of :mod:`exactnet.bounds.classical`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from exactnet.bounds.classical import CIRCUITS
from exactnet.certify import Relation
from exactnet.distribute import Runner
from exactnet.domain import make_cube
from exactnet.errors import FormatError, clip_text
from exactnet.families import FAMILIES, Family
from exactnet.families.naor_reingold import group
from exactnet.judge import HERE, Progress, check_domain, judge, make_claim, silent
from exactnet.network import Network
from exactnet.pipeline import MAX_INPUTS, Result

__all__ = ["KINDS", "Pair", "certify_function", "function_family", "make_pair"]

#: For every function the kinds of its family that are the original and the constructed circuit.
KINDS: dict[str, tuple[str, str]] = {
    "parity": ("chain", "threshold"),
    "majority": ("chain", "threshold"),
    "comparison": ("threshold", "small"),
    "inner-product": ("large", "small"),
    "addition": ("large", "small"),
    "multiplication": ("large", "small"),
    "sorting": ("exchange", "small"),
    "naor-reingold": ("chain", "small"),
}


@dataclass(frozen=True)
class Pair:
    """Two circuits for one function, and the result of holding them against each other."""

    original: Network
    result: Result


def function_family(name: str) -> Family:
    """The family of a function, without its kinds.

    Raises :class:`FormatError` for a function that has no entry in :data:`KINDS`.

    >>> [option.name for option in function_family("addition").options]
    ['n']
    """
    if name not in KINDS:
        raise FormatError(f"the function {clip_text(name)} is not one of {', '.join(KINDS)}")
    family = FAMILIES[name]
    options = tuple(option for option in family.options if option.name != "kind")
    return Family(family.name, family.summary, options, family.build)


def make_pair(name: str, given: Mapping[str, object]) -> tuple[Network, Network, dict[str, str]]:
    """The original and the constructed circuit of a function, and the options that its certificate names.

    Raises what :meth:`exactnet.families.Family.make` raises.
    """
    family = FAMILIES[name]
    original, constructed = (family.make(**given, kind=kind) for kind in KINDS[name])
    values: Mapping[str, object] = family.read(given)
    named = {"order": values.get("order"), "n": values.get("n")}
    if "modulus" in CIRCUITS[name][1]:
        named["modulus"] = group(int(str(values["order"])))[0]
    options = {"function": name} | {option: str(named[option]) for option in CIRCUITS[name][1]}
    return original.network, constructed.network, options


def certify_function(
    name: str,
    given: Mapping[str, object],
    *,
    max_inputs: int = MAX_INPUTS,
    progress: Progress = silent,
    runner: Runner = HERE,
) -> Pair:
    """Certify the circuit with small weights of a function against the other one, on all inputs of the cube.

    ``given`` are the options of the function's family, without its kind; the others have their defaults.

    Raises :class:`FormatError` for an unknown function, :class:`exactnet.families.FamilyError` for its options, and
    :class:`exactnet.errors.DomainError` for more than ``max_inputs`` inputs.

    >>> certify_function("addition", {"n": 2}).result.certificate.verdict
    'certified'
    """
    function_family(name)
    original, constructed, options = make_pair(name, given)
    domain = make_cube(len(original.inputs))
    check_domain(original, domain, max_inputs)
    claim = make_claim(original, domain, "S3", "classical", options, Relation("equal", 1), 1)
    return Pair(original, Result(judge(original, constructed, claim, progress, runner), constructed))
