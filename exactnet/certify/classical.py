"""Classical circuits with small weights, each certified against a circuit that computes the same another way
(docs/classical.md).

The original is a family's naive circuit or the one with large weights. The constructed one is of the kind
``small``, the family's circuit with small weights; or ``shallow``, of the least depth that is possible with them
(``construct/shallow_*.py``). The certificate is one of S3, whose bounds are those of
:mod:`exactnet.theory.classical`, and says which function it is (:mod:`exactnet.claims.classical`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from exactnet.certify.small_weights import MAX_INPUTS, Result
from exactnet.check.claim import make_claim
from exactnet.claims.classical import MEANINGS
from exactnet.claims.statements import STATEMENTS
from exactnet.construct.classical.shallow_addition import add_two, compare_two
from exactnet.construct.classical.shallow_multiplication import multiply
from exactnet.construct.classical.shallow_sorting import sort_bits, sort_numbers
from exactnet.families import FAMILIES, Family, FamilyError, Option
from exactnet.families.naor_reingold import draw_keys, group
from exactnet.files.limits import check_domain
from exactnet.kernel.domain import Cube
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.judge import judge
from exactnet.kernel.network import Network
from exactnet.kernel.relation import Equal
from exactnet.kernel.runs import HERE, Progress, Runner, silent

__all__ = ["KINDS", "SHALLOW", "Pair", "certify_function", "function_family", "make_pair"]

#: For every function the kinds of its family that are the original and the circuit with small weights.
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


def _sorted(original: Network, numbers: Mapping[str, int]) -> Network:
    if numbers["bits"] == 1:
        return sort_bits(original.inputs, original.outputs)
    return sort_numbers(original.inputs, original.outputs, numbers["bits"])


#: What makes the circuit of least depth, from the original, whose inputs and outputs it has, and the function's parameters.
SHALLOW: dict[str, Callable[[Network, Mapping[str, int]], Network]] = {
    "comparison": lambda original, numbers: compare_two(original.inputs, original.outputs[0]),
    "addition": lambda original, numbers: add_two(original.inputs, original.outputs),
    "multiplication": lambda original, numbers: multiply(original.inputs, original.outputs),
    "sorting": _sorted,
}


@dataclass(frozen=True)
class Pair:
    """Two circuits for one function, and the result of holding them against each other."""

    original: Network
    result: Result


def function_family(name: str) -> Family:
    """The family of a function, whose ``kind`` is that of the constructed circuit; left out where there is one kind
    alone.

    Raises :class:`FormatError` for a function that has no entry in :data:`KINDS`.

    >>> [option.name for option in function_family("addition").options], function_family("addition").options[1].choices
    (['n', 'kind'], ('shallow', 'small'))
    """
    if name not in KINDS:
        raise FormatError(f"the function {clip_text(name)} is not one of {', '.join(KINDS)}")
    family = FAMILIES[name]
    options = tuple(option for option in family.options if option.name != "kind")
    if name in SHALLOW:
        what = "least depth, or plain circuits with small weights"
        options += (Option("kind", "choice", "shallow", what, choices=("shallow", "small")),)
    return Family(family.name, re.split("[;:]", family.summary)[0], options, family.build)  # without its kinds


@dataclass(frozen=True)
class _Asked:
    """A function with its parameters, before anything but the original is built."""

    name: str
    kind: str
    plain: Mapping[str, object]
    """The options of the family, without its kind."""
    numbers: Mapping[str, int]
    original: Network

    def constructed(self) -> Network:
        if self.kind == "shallow":
            return SHALLOW[self.name](self.original, self.numbers)
        return FAMILIES[self.name].make(**self.plain, kind=KINDS[self.name][1]).network

    def options(self) -> dict[str, str]:
        named: dict[str, object] = dict(self.numbers)
        if self.name == "naor-reingold":
            n, order, seed = (self.numbers[option] for option in ("n", "order", "seed"))
            named["modulus"], named["base"] = group(order)
            named["keys"] = ",".join(map(str, draw_keys(n, order, seed)))
        parameters = {option: str(named[option]) for option in MEANINGS[self.name].parameters}
        return {"function": self.name, "kind": self.kind} | parameters


def _asked(name: str, values: Mapping[str, object]) -> _Asked:
    try:
        kind = function_family(name).read(values).get("kind", "small")
    except FamilyError as error:
        raise FamilyError(f"family {name}: {error}") from None
    plain = {option: value for option, value in values.items() if option != "kind"}
    original = FAMILIES[name].make(**plain, kind=KINDS[name][0]).network
    numbers = {option: value for option, value in FAMILIES[name].read(plain).items() if isinstance(value, int)}
    return _Asked(name, str(kind), plain, numbers, original)


def make_pair(name: str, values: Mapping[str, object]) -> tuple[Network, Network, dict[str, str]]:
    """The original and the constructed circuit of a function, and the options that its certificate names.

    Raises what :meth:`exactnet.families.Family.make` raises, and :class:`exactnet.kernel.errors.SizeError` for a circuit
    that is too large to build.

    >>> make_pair("sorting", {"n": 3})[2]
    {'function': 'sorting', 'kind': 'shallow', 'n': '3', 'bits': '2'}
    """
    request = _asked(name, values)
    return request.original, request.constructed(), request.options()


def certify_function(
    name: str,
    values: Mapping[str, object],
    *,
    max_inputs: int = MAX_INPUTS,
    progress: Progress = silent,
    runner: Runner = HERE,
) -> Pair:
    """Certify a circuit with small weights of a function against another one, and the function itself, on all
    inputs of the cube.

    ``given`` are the options of :func:`function_family`; the others have their defaults.

    Raises :class:`FormatError` for an unknown function, :class:`exactnet.families.FamilyError` for its options,
    :class:`exactnet.kernel.errors.DomainError` for more than ``max_inputs`` inputs, and :class:`exactnet.kernel.errors.SizeError`
    for a circuit that is too large.

    >>> pair = certify_function("addition", {"n": 2})
    >>> pair.result.certificate.verdict, pair.result.certificate.constructed.depth
    ('certified', 2)
    """
    request = _asked(name, values)
    domain = Cube(len(request.original.inputs))
    check_domain(request.original, domain, max_inputs)
    claim = make_claim(request.original, domain, STATEMENTS["S3"], "classical", request.options(), Equal(1), 1)
    constructed = request.constructed()
    return Pair(request.original, Result(judge(request.original, constructed, claim, progress, runner), constructed))
