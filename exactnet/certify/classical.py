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
from exactnet.certify.structural.certificates import StructuralResult, structural_result
from exactnet.certify.structural.classical import prove_function
from exactnet.certify.structural.proving import NotProved
from exactnet.check.claim import make_claim
from exactnet.claims.classical import MEANINGS, read_given
from exactnet.claims.definitions import DEFINITIONS, definition
from exactnet.claims.statements import STATEMENTS
from exactnet.construct.classical.iterated_addition import add_numbers
from exactnet.construct.classical.shallow_addition import add_two, compare_two
from exactnet.construct.classical.shallow_multiplication import multiply
from exactnet.construct.classical.shallow_sorting import sort_bits, sort_numbers
from exactnet.families import FAMILIES, Family, FamilyError, Option
from exactnet.families.naor_reingold import draw_keys, group
from exactnet.files.limits import check_domain
from exactnet.kernel.domain import Cube
from exactnet.kernel.errors import FormatError, RefusedError, clip_text
from exactnet.kernel.judge import judge
from exactnet.kernel.network import Network
from exactnet.kernel.relation import Equal
from exactnet.kernel.runs import HERE, Progress, Runner, silent

__all__ = [
    "CHOICES", "KINDS", "SHALLOW", "Pair", "certify_function", "certify_function_by_proof", "function_family", "make_defined",
    "make_pair", "out_of_reach",
]

#: For every function the kinds of its family that are the original and the circuit with small weights.
KINDS: dict[str, tuple[str, str]] = {
    "parity": ("chain", "threshold"),
    "majority": ("chain", "threshold"),
    "comparison": ("threshold", "small"),
    "inner-product": ("large", "small"),
    "addition": ("large", "small"),
    "iterated-addition": ("large", "large"),
    "multiplication": ("large", "small"),
    "sorting": ("exchange", "small"),
    "naor-reingold": ("chain", "small"),
}


def _sorted(original: Network, numbers: Mapping[str, int]) -> Network:
    if numbers["bits"] == 1:
        return sort_bits(original.inputs, original.outputs)
    return sort_numbers(original.inputs, original.outputs, numbers["bits"])


#: The kinds of circuits of a function, the default first; one kind alone has no name.
CHOICES: dict[str, tuple[str, ...]] = {
    "comparison": ("shallow", "small"),
    "addition": ("shallow", "small", "large"),
    "iterated-addition": ("shallow", "large"),
    "multiplication": ("shallow", "small", "large"),
    "sorting": ("shallow", "small"),
}

#: What makes the circuit of least depth, from the original, whose inputs and outputs it has, and the function's parameters.
SHALLOW: dict[str, Callable[[Network, Mapping[str, int]], Network]] = {
    "comparison": lambda original, numbers: compare_two(original.inputs, original.outputs[0]),
    "addition": lambda original, numbers: add_two(original.inputs, original.outputs),
    "iterated-addition": lambda original, numbers: add_numbers(numbers["n"], numbers["bits"]),
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
    (['n', 'kind'], ('shallow', 'small', 'large'))
    """
    if name not in KINDS:
        raise FormatError(f"the function {clip_text(name)} is not one of {', '.join(KINDS)}")
    family = FAMILIES[name]
    options = tuple(option for option in family.options if option.name != "kind")
    if name in CHOICES:
        what = "least depth with small weights; plain circuits with small weights; least depth with weights 2^i"
        options += (Option("kind", "choice", CHOICES[name][0], what, choices=CHOICES[name]),)
    return Family(family.name, re.split("[;:]", family.summary)[0], options, family.build)  # without its kinds


@dataclass(frozen=True)
class _Asked:
    """A function with its parameters, before anything but the original is built."""

    name: str
    kind: str
    plain: Mapping[str, object]
    """The options of the family, without its kind."""
    numbers: Mapping[str, int]

    def of_kind(self, kind: str) -> Network:
        """The family's circuit of a kind."""
        return FAMILIES[self.name].make(**self.plain, kind=kind).network

    def original(self) -> Network:
        return self.of_kind(KINDS[self.name][0])

    def constructed(self, original: Network) -> Network:
        if self.kind == "shallow":
            return SHALLOW[self.name](original, self.numbers)
        return self.of_kind(KINDS[self.name][1] if self.kind == "small" else self.kind)

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
        plain = {option: value for option, value in values.items() if option != "kind"}
        numbers = {option: value for option, value in FAMILIES[name].read(plain).items() if isinstance(value, int)}
    except FamilyError as error:
        raise FamilyError(f"family {name}: {error}") from None
    return _Asked(name, str(kind), plain, numbers)


def make_pair(name: str, values: Mapping[str, object]) -> tuple[Network, Network, dict[str, str]]:
    """The original and the constructed circuit of a function, and the options that its certificate names.

    Raises what :meth:`exactnet.families.Family.make` raises, and :class:`exactnet.kernel.errors.SizeError` for a circuit
    that is too large to build.

    >>> make_pair("sorting", {"n": 3})[2]
    {'function': 'sorting', 'kind': 'shallow', 'n': '3', 'bits': '2'}
    """
    request = _asked(name, values)
    original = request.original()
    return original, request.constructed(original), request.options()


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
    original = request.original()
    domain = Cube(len(original.inputs))
    check_domain(original, domain, max_inputs)
    claim = make_claim(original, domain, STATEMENTS["S3"], "classical", request.options(), Equal(1), 1)
    constructed = request.constructed(original)
    return Pair(original, Result(judge(original, constructed, claim, progress, runner), constructed))


def out_of_reach(name: str, values: Mapping[str, object], max_inputs: int = MAX_INPUTS) -> bool:
    """Whether a function has too many inputs for all to be looked at, and a definition that circuits are proved equal to.

    >>> out_of_reach("addition", {"n": 64}), out_of_reach("addition", {"n": 4}), out_of_reach("parity", {"d": 64})
    (True, False, False)
    """
    request = _asked(name, values)
    inputs, _ = MEANINGS[name].shape(read_given(request.options()))
    return name in DEFINITIONS and 1 << inputs > max(max_inputs, MAX_INPUTS)


def make_defined(name: str, values: Mapping[str, object]) -> tuple[Network, Network, dict[str, str]]:
    """The definition of a function, the circuit for it, and the options that its certificate names.

    Raises as :func:`make_pair`.
    """
    request = _asked(name, values)
    options = request.options()
    net = definition(options)
    return net, request.constructed(net), options


def certify_function_by_proof(name: str, values: Mapping[str, object]) -> StructuralResult:
    """Prove a circuit of a function equal to its definition (:mod:`exactnet.claims.definitions`), for all inputs at once.

    Raises as :func:`certify_function`, and :class:`exactnet.kernel.errors.RefusedError` where no tactic proves it, which
    refutes nothing.

    >>> result = certify_function_by_proof("addition", {"n": 40, "kind": "large"})
    >>> result.document["verdict"], result.document["constructed"]["gates"]
    ('certified', 80)
    """
    net, constructed, options = make_defined(name, values)
    numbers = {option: int(options[option]) for option in MEANINGS[name].parameters}
    try:
        proof = prove_function(name, options["kind"], numbers, net, constructed)
    except NotProved as error:
        raise RefusedError(str(error)) from error
    return structural_result(proof, net, Cube(len(net.inputs)), "classical", options, None)
