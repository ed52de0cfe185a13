"""The classical functions, each defined on integers, and whether a circuit computes the one that is named
(docs/classical.md).

Part of the trusted base: the definitions share nothing with the circuits. The inputs of a circuit, the first one
highest, are the binary digits of a number ``x``; its outputs, the first one highest, are those of the value. A
function of several numbers finds them in ``x`` one after the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sympy import isprime

from exactnet.claims.functions import coordinates
from exactnet.kernel.domain import Cube, Domain
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.network import Network
from exactnet.kernel.sweep import EvaluatorError
from exactnet.kernel.values import Evaluator, MakeEvaluator, PlainEvaluator, evaluate

__all__ = ["MEANINGS", "Given", "Meaning", "not_named", "places_of_sum", "read_given"]

Column = npt.NDArray[np.int64]

#: ``x`` and the values have at most so many binary digits: nothing here passes 63 bits.
MAX_BITS = 60

# Nine digits: less than 2^30, so that products of two numbers are less than 2^60.
_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_NUMBERS = re.compile(r"[1-9][0-9]{0,8}(,[1-9][0-9]{0,8}){0,9999}", re.ASCII)


@dataclass(frozen=True)
class Given:
    """The parameters of a function: positive integers by name, and the keys of the function of Naor and Reingold."""

    numbers: Mapping[str, int]
    keys: tuple[int, ...] = ()

    def __getitem__(self, name: str) -> int:
        return self.numbers[name]


@dataclass(frozen=True)
class Meaning:
    """A function: its parameters, how many inputs and outputs it has, and its values for a column of ``x``."""

    parameters: tuple[str, ...]
    shape: Callable[[Given], tuple[int, int]]
    value: Callable[[Column, Given], Column]


def _halves(x: Column, g: Given) -> tuple[Column, Column]:
    """The numbers ``a`` and ``b`` of ``n`` bits: ``x = a*2^n + b``."""
    return x >> g["n"], x & ((1 << g["n"]) - 1)


def _ones(x: Column, bits: int) -> Column:
    return np.asarray(sum((x >> i & 1 for i in range(bits)), np.zeros_like(x)))


def _parity(x: Column, g: Given) -> Column:
    return _ones(x, g["d"]) % 2


def _majority(x: Column, g: Given) -> Column:
    return np.asarray(2 * _ones(x, g["d"]) > g["d"], dtype=np.int64)


def _comparison(x: Column, g: Given) -> Column:
    a, b = _halves(x, g)
    return np.asarray(a >= b, dtype=np.int64)


def _inner_product(x: Column, g: Given) -> Column:
    a, b = _halves(x, g)
    return _ones(a & b, g["n"]) % 2


def _addition(x: Column, g: Given) -> Column:
    a, b = _halves(x, g)
    return a + b


def _iterated_addition(x: Column, g: Given) -> Column:
    return np.asarray(sum((x >> (g["bits"] * i) & ((1 << g["bits"]) - 1) for i in range(g["n"])), np.zeros_like(x)))


def _multiplication(x: Column, g: Given) -> Column:
    a, b = _halves(x, g)
    return a * b


def _sorting(x: Column, g: Given) -> Column:
    numbers = np.sort([x >> (g["bits"] * i) & ((1 << g["bits"]) - 1) for i in range(g["n"])], axis=0)
    return np.asarray(sum((number << (g["bits"] * i) for i, number in enumerate(numbers[::-1])), np.zeros_like(x)))


def _naor_reingold(x: Column, g: Given) -> Column:
    """``base^(a_0 * prod of a_i over the inputs i that are 1, modulo order)`` modulo ``modulus``; the keys are ``a_0, a_1, …``."""
    exponent = np.full_like(x, g.keys[0] % g["order"])
    for place, key in enumerate(reversed(g.keys[1:])):
        exponent = np.where(x >> place & 1, exponent * (key % g["order"]), exponent) % g["order"]
    value, square = np.ones_like(x) % g["modulus"], g["base"] % g["modulus"]
    for bit in range(g["order"].bit_length()):
        value = np.where(exponent >> bit & 1, value * square, value) % g["modulus"]
        square = square * square % g["modulus"]
    return value


def places_of_sum(n: int, bits: int) -> int:
    """How many binary digits the sum of ``n < 2^30`` numbers of ``bits`` bits has at most; no number of so many bits is made.

    >>> [places_of_sum(n, 2) for n in (1, 2, 3, 4, 5)], places_of_sum(5, 10**9)
    ([2, 3, 4, 4, 4], 1000000003)
    """
    return (n * ((1 << min(bits, 30)) - 1)).bit_length() + max(0, bits - 30)


def _of_two(outputs: Callable[[int], int]) -> Callable[[Given], tuple[int, int]]:
    return lambda g: (2 * g["n"], outputs(g["n"]))


#: Every function by its name.
MEANINGS: dict[str, Meaning] = {
    "parity": Meaning(("d",), lambda g: (g["d"], 1), _parity),
    "majority": Meaning(("d",), lambda g: (g["d"], 1), _majority),
    "comparison": Meaning(("n",), _of_two(lambda n: 1), _comparison),
    "inner-product": Meaning(("n",), _of_two(lambda n: 1), _inner_product),
    "addition": Meaning(("n",), _of_two(lambda n: n + 1), _addition),
    "iterated-addition": Meaning(
        ("n", "bits"), lambda g: (g["n"] * g["bits"], places_of_sum(g["n"], g["bits"])), _iterated_addition
    ),
    "multiplication": Meaning(("n",), _of_two(lambda n: 2 * n), _multiplication),
    "sorting": Meaning(("n", "bits"), lambda g: (g["n"] * g["bits"],) * 2, _sorting),
    "naor-reingold": Meaning(
        ("n", "order", "modulus", "base", "keys"), lambda g: (g["n"], (g["modulus"] - 1).bit_length()), _naor_reingold
    ),
}


def read_given(options: Mapping[str, str]) -> Given:
    """The parameters of the function that a certificate's options name; ``function`` and ``kind`` are no parameters.

    Raises :class:`FormatError` for an unknown function, and for other options than its parameters.

    >>> read_given({"function": "sorting", "kind": "small", "n": "3", "bits": "2"}).numbers
    {'n': 3, 'bits': 2}
    """
    name = options.get("function")
    if name not in MEANINGS:
        raise FormatError(f"the function {clip_text(name)} is not one of {', '.join(MEANINGS)}")
    wanted = ("function", "kind", *MEANINGS[name].parameters)
    if set(options) != set(wanted):
        raise FormatError(f"the options of {name} are {', '.join(wanted)}, not {clip_text(', '.join(options))}")
    numbers: dict[str, int] = {}
    keys: tuple[int, ...] = ()
    for option in MEANINGS[name].parameters:
        text = options[option]
        if option == "keys":
            if not _NUMBERS.fullmatch(text):
                raise FormatError(f"the option 'keys' is {clip_text(text)}, not a list of positive integers")
            keys = tuple(map(int, text.split(",")))
        elif not _NUMBER.fullmatch(text):
            raise FormatError(f"the option {option!r} is {clip_text(text)}, not a positive integer")
        else:
            numbers[option] = int(text)
    return Given(numbers, keys)


def not_named(
    net: Network, domain: Domain, options: Mapping[str, str], make: MakeEvaluator = PlainEvaluator
) -> str | None:
    """Why a circuit does not compute the function that the options name on the whole cube; None if it does.

    Raises :class:`FormatError` for options that name no function.

    >>> from exactnet.kernel.network import threshold
    >>> net = Network(["a", "b"], [threshold("y", {"a": 1, "b": -1}, -1)], ["y"])
    >>> not_named(net, Cube(2), {"function": "comparison", "kind": "small", "n": "1"})
    'the original is not comparison (n = 1): at input 0, 0 0, its outputs are 0, not 1'
    """
    sizes = read_given(options)
    meaning = MEANINGS[options["function"]]
    named = [f"{option} = {sizes[option]}" for option in meaning.parameters if option != "keys"]
    what = f"the original is not {options['function']} ({', '.join(named)})"
    shape = meaning.shape(sizes)
    if (len(net.inputs), len(net.outputs)) != shape:
        return f"{what}: it has {len(net.inputs)} inputs and {len(net.outputs)} outputs, not {shape[0]} and {shape[1]}"
    if not isinstance(domain, Cube):
        return f"{what}: that is a function on the cube"
    if max(shape) > MAX_BITS:
        return f"{what}: no more than {MAX_BITS} bits are checked"
    if sizes.keys:
        strange = _strange_group(sizes)
        if strange is not None:
            return f"{what}: {strange}"
    wrong = _first_wrong(make(net, domain), net, domain, meaning, sizes)
    if wrong is None:
        return None
    index, got, right = wrong
    return f"{what}: at input {index}, {' '.join(map(str, domain[index]))}, its outputs are {got}, not {right}"


def _strange_group(sizes: Given) -> str | None:
    """Why the parameters are no keys and no group of prime order; None if they are."""
    order, modulus, base = sizes["order"], sizes["modulus"], sizes["base"]
    if len(sizes.keys) != sizes["n"] + 1 or any(key >= order for key in sizes.keys):
        return f"the keys are not {sizes['n'] + 1} numbers below the order"
    if not (isprime(order) and isprime(modulus)) or base >= modulus or base == 1 or pow(base, order, modulus) != 1:
        return "the base has not this prime order modulo a prime"
    return None


def _first_wrong(
    evaluator: Evaluator, net: Network, domain: Cube, meaning: Meaning, sizes: Given
) -> tuple[int, str, str] | None:
    """The first input on which the outputs are not the digits of the value, and both; replayed by the reference evaluator."""
    read, places = coordinates(domain, 1), range(len(net.outputs))
    for start in range(0, domain.count, evaluator.at_once):
        stop = min(start + evaluator.at_once, domain.count)
        x = np.zeros(stop - start, dtype=np.int64)
        for column in read(start, stop):
            x = 2 * x + column
        value, block = meaning.value(x, sizes), evaluator.block(start, stop)
        differs = value >> len(places) != 0
        for place in places:
            bits, whole = block.split(place, 1)
            differs |= np.asarray(bits != (value >> (len(places) - 1 - place) & 1), dtype=np.bool_)
            if whole is not None:
                differs |= ~whole
        if differs.any():
            index = start + int(np.argmax(differs))
            got = " ".join(map(str, evaluate(net, domain[index])))
            right = " ".join(f"{int(value[index - start]):0{len(places)}b}")
            if got == right:
                raise EvaluatorError(f"the block evaluator is wrong at input {index}: please report this as a defect")
            return index, got, right
    return None
