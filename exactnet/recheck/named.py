"""The classical functions, defined on integers, and whether the outputs that are seen are those of the function
that is named.

To believe: that each definition says what its name says. An input of the cube is a number ``x``, its binary digits
the inputs, the first one highest; the outputs are the digits of the value in the same way. ``x`` is the index of
the input in the cube.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from math import isqrt
from typing import NamedTuple

from .reading import clip, demand, require

NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
NUMBERS = re.compile(r"[1-9][0-9]{0,8}(,[1-9][0-9]{0,8}){0,9999}", re.ASCII)

Parameters = Mapping[str, int]


class Function(NamedTuple):
    """Names of the parameters; how many inputs and outputs there are; the value at ``x``, with the keys where there are any."""

    parameters: tuple[str, ...]
    inputs: Callable[[Parameters], int]
    outputs: Callable[[Parameters], int]
    value: Callable[[int, Parameters, Sequence[int]], int]


def power(x: int, p: Parameters, keys: Sequence[int]) -> int:
    """``base^e mod modulus``, ``e`` being the first key times those of the inputs that are 1, modulo ``order``."""
    exponent = keys[0]
    for i in range(1, len(keys)):
        if x >> (len(keys) - 1 - i) & 1:
            exponent = exponent * keys[i] % p["order"]
    return pow(p["base"], exponent, p["modulus"])


def ascending(x: int, p: Parameters, keys: Sequence[int]) -> int:
    """The ``n`` numbers of ``bits`` bits that stand in ``x``, put in order, the least first."""
    one, value = 1 << p["bits"], 0
    for number in sorted(x // one**i % one for i in range(p["n"])):
        value = value * one + number
    return value


FUNCTIONS: Mapping[str, Function] = {
    "parity": Function(("d",), lambda p: p["d"], lambda p: 1, lambda x, p, _: bin(x).count("1") % 2),
    "majority": Function(("d",), lambda p: p["d"], lambda p: 1, lambda x, p, _: int(2 * bin(x).count("1") > p["d"])),
    "comparison": Function(("n",), lambda p: 2 * p["n"], lambda p: 1, lambda x, p, _: int(x // 2 ** p["n"] >= x % 2 ** p["n"])),
    "inner-product": Function(
        ("n",), lambda p: 2 * p["n"], lambda p: 1, lambda x, p, _: bin(x // 2 ** p["n"] & x % 2 ** p["n"]).count("1") % 2
    ),
    "addition": Function(("n",), lambda p: 2 * p["n"], lambda p: p["n"] + 1, lambda x, p, _: sum(divmod(x, 2 ** p["n"]))),
    "iterated-addition": Function(
        ("n", "bits"),
        lambda p: p["n"] * p["bits"],
        lambda p: len(bin(p["n"] * (2 ** min(p["bits"], 40) - 1))) - 2 + max(p["bits"] - 40, 0),  # n < 2^40
        lambda x, p, _: sum(x // 2 ** (p["bits"] * i) % 2 ** p["bits"] for i in range(p["n"])),
    ),
    "multiplication": Function(
        ("n",), lambda p: 2 * p["n"], lambda p: 2 * p["n"], lambda x, p, _: (x // 2 ** p["n"]) * (x % 2 ** p["n"])
    ),
    "sorting": Function(("n", "bits"), lambda p: p["n"] * p["bits"], lambda p: p["n"] * p["bits"], ascending),
    "naor-reingold": Function(
        ("n", "order", "modulus", "base", "keys"), lambda p: p["n"], lambda p: len(bin(p["modulus"] - 1)) - 2, power
    ),
}


def is_prime(n: int) -> bool:
    """By trial division, for numbers below 10^9."""
    return n > 1 and all(n % i for i in range(2, isqrt(n) + 1))


class Named:
    """The function that the options of a certificate name, and the first input where the outputs are not its value."""

    def __init__(self, options: Mapping[str, str], kind: str, inputs: int, outputs: int) -> None:
        name = options.get("function", "")
        require(name in FUNCTIONS, f"the option function: {clip(name)} is not known")
        self.function, self.keys, self.numbers = FUNCTIONS[name], list[int](), dict[str, int]()
        self.conflict = None if kind == "cube" else "the domain is not the cube"
        expected = {"function", "kind", *self.function.parameters}
        require(set(options) == expected, f"the options of {name} are not {', '.join(sorted(expected))}")
        for option in self.function.parameters:
            text = options[option]
            require((NUMBERS if option == "keys" else NUMBER).fullmatch(text) is not None, f"the option {option}: {clip(text)}")
            if option == "keys":
                self.keys = [int(key) for key in text.split(",")]
            else:
                self.numbers[option] = int(text)
        self.what = f"{name} ({', '.join(f'{option} = {number}' for option, number in self.numbers.items())})"
        if (inputs, outputs) != (self.function.inputs(self.numbers), self.function.outputs(self.numbers)):
            self.conflict = f"the original is not {self.what}: it has {inputs} inputs and {outputs} outputs"
        elif self.keys and not self.is_group():
            self.conflict = f"the original is not {self.what}: these are no keys and no group of prime order"

    def is_group(self) -> bool:
        """Whether the base has prime order modulo a prime, and the keys, one more than inputs, are below it."""
        order, modulus, base = (self.numbers[option] for option in ("order", "modulus", "base"))
        right = len(self.keys) == self.numbers["n"] + 1 and max(self.keys) < order and 1 < base < modulus
        return right and is_prime(order) and is_prime(modulus) and pow(base, order, modulus) == 1

    def add(self, indices: Sequence[int], columns: Sequence[Sequence[int]]) -> None:
        """Take in the outputs at some inputs of the cube."""
        if self.conflict is not None:
            return
        for index, row in zip(indices, zip(*columns, strict=True), strict=True):
            value = self.function.value(index, self.numbers, self.keys)
            if any(bit != value >> place & 1 for place, bit in enumerate(reversed(row))) or value >> len(row):
                self.conflict = f"the original is not {self.what}: at input {index} the outputs are {' '.join(map(str, row))}"
                return

    def finding(self, must_be: bool, may_be: bool) -> str:
        """What was found: under ``must_be`` there must be no conflict; and one, unless ``may_be``, if there need not be none."""
        demand(self.conflict is None or not must_be, str(self.conflict))
        demand(self.conflict is not None or must_be or may_be, "no counterexample, and every bound holds")
        return self.conflict or f"the original is {self.what}"
