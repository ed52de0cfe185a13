"""Under ``M1``: the numbers of a network that memorises labelled points, and what fewer parameters cannot do.

To believe: that :meth:`Memory.limits` are the depth and the parameters of the construction, for the numbers that the certificate
names; that any points have a network of the form ``keys`` with the numbers of :meth:`Memory.any_data`; and that :func:`excluded`
is the inequality for sign patterns: an architecture of depth ``L`` with ``W`` parameters that has all labellings of ``N`` points
has ``2^N <= 2^L * ((2N)^L * s)^W`` with an integer ``s >= e*sqrt(L)``.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isqrt

from .certificate import Certificate
from .measures import Expansion
from .reading import Number, clip, demand, require

DEEP = {"M": "intervals", "e": "folds", "K": "halvings", "a": "address", "g": "pace"}
KEYS = {**DEEP, "n": "fields"}
PLAIN = {"J": "kinks"}
FORMS = {"deep": DEEP, "narrow": DEEP, "keys": KEYS, "narrow-keys": KEYS, "straight": PLAIN, "held": PLAIN}
COMMON = {"w": "line", "o": "offset", "Z": "length", "n_any": "any_points", "g_any": "any_pace"}
MOST = {"a": 80, "K": 20_000, "e": 20_000, "g": 2, "g_any": 2, "n": 10**6, "n_any": 10**6}
LEAST = {"M": 1, "n": 1, "g": 1, "g_any": 1}  # 0 else
MOST_SLOTS = 16  # as bits
ANY_DATA = "parameters (any data)"


def excluded(points: int, parameters: int, depth: int) -> bool:
    """Whether no architecture of that depth and with so many parameters has all labellings of the points."""
    s = isqrt(7389057 * depth // 10**6) + 1  # e^2 < 7.389057
    return depth < points and 2**points > 2**depth * ((2 * points) ** depth * s) ** parameters


class Memory:
    """What a certificate of M1 says of its network."""

    def __init__(self, certificate: Certificate) -> None:
        self.numbers, self.form = certificate.parameters, str(certificate.data["options"].get("form"))
        self.points, self.inputs = certificate.domain.count, certificate.domain.d
        require(certificate.route == "memorize", f"{clip(certificate.route)} is no route of M1")
        require(self.form in FORMS, f"the option form: {clip(self.form)} is not known")
        listed = {**FORMS[self.form], **COMMON}
        for name in ("N", "R", "W_L", "W_any", *listed):
            require(name in self.numbers, f"no parameter {name}")
        options = {"form": self.form, **{option: str(self.numbers[name]) for name, option in listed.items()}}
        demand(certificate.data["options"] == options, "the options are not the numbers that the bounds are evaluated at")
        for name in listed:
            least, value = LEAST.get(name, 0), self.numbers[name]
            require(least <= value <= MOST.get(name, value), f"parameter {name} is not from {least} to {MOST.get(name)}")
        require("n" in listed or self.numbers.get("a", 0) <= MOST_SLOTS, f"parameter a is more than {MOST_SLOTS}, without keys")
        self.narrow = self.form.startswith("narrow")
        self.span = max(high - low for low, high in certificate.domain.range)
        demand(self.numbers["N"] == self.points, f"N is not the number of points, {self.points}")

    def limits(self) -> dict[str, int]:
        """The most depth and parameters."""
        d, labels = self.inputs, self.numbers["R"].bit_length()
        if self.form in ("straight", "held"):
            return {"depth": 3, "parameters": d + 2 + 3 * self.numbers["J"]}
        intervals, folds, halvings, address, layers = (self.numbers[name] for name in DEEP)
        if "n" in FORMS[self.form]:
            return self.keys(intervals, folds, halvings, address, self.numbers["n"], layers)
        path = folds + halvings + labels * 2**address
        above, kinks = self.kinks(intervals)
        choices = 8 * address + 4 * labels * (2**address - 1) + 7 * labels
        parameters = d + kinks + 4 * (folds + halvings) + choices + 4 + (2 - layers) * path
        return {"depth": above + 3 + layers * path + address, "parameters": parameters}

    def kinks(self, intervals: int) -> tuple[int, int]:
        """The layers up to the kinks of so many intervals, and their parameters."""
        return (intervals + 1, 5 * intervals - 2) if self.narrow else (3, 3 * intervals)

    def keys(self, intervals: int, folds: int, halvings: int, address: int, fields: int, layers: int) -> dict[str, int]:
        """The most depth and parameters of the form ``keys``: each field is a key, a label and a 0."""
        labels = self.numbers["R"].bit_length()
        shifted = (fields - 1) * (address + labels + 1)
        path = folds + halvings + shifted + labels
        above, kinks = self.kinks(intervals)
        parameters = self.inputs + kinks + 4 * (folds + halvings + address + shifted + labels) + 8 * fields + 8
        return {"depth": above + 7 + layers * path, "parameters": parameters + (2 - layers) * path}

    def any_data(self) -> int | None:
        """The parameters that are enough for any points with such coordinates and any labels; None where nothing is said."""
        each, points = self.numbers["n_any"], self.points
        if each == 0:
            return None if self.narrow else self.inputs + 3 * self.numbers["g_any"] * points
        line = 2 * self.inputs * points**2 * self.span
        address = (2 * each * (each - 1)).bit_length()
        folds = (6 * line + 6).bit_length() + (1 if self.narrow else 0)
        halvings = max(address, line.bit_length())
        return self.keys(-(-points // each), folds, halvings, address, each, self.numbers["g_any"])["parameters"]


def check_memory(certificate: Certificate, constructed: Expansion) -> Iterator[str]:
    """The construction's depth and parameters for its numbers; and the lower bounds beside them, as inequalities of integers."""
    memory = Memory(certificate)
    measures: dict[str, Number] = constructed.measures
    limits = memory.limits()
    for name, most in limits.items():
        demand(measures[name] <= most, f"{name} {clip(measures[name])}, but the construction has at most {clip(most)}")
    yield "confirmed: " + ", ".join(f"{name} {clip(measures[name])} <= {clip(most)}" for name, most in limits.items()) + " by M1"
    enough = memory.any_data()
    stated = next((bound["value"] for bound in certificate.data["bounds"] if bound["name"] == ANY_DATA), None)
    demand(stated == (None if enough is None else str(enough)), f"{ANY_DATA}: the bound is not what is enough for any data")
    if enough is not None:
        demand(measures["parameters"] <= enough, f"{clip(measures['parameters'])} parameters, but {enough} are enough for any data")
        yield f"confirmed: at most {clip(enough)} parameters, which are enough for any {memory.points} points and labels like these"
    points, depth = memory.points, limits["depth"]
    for name, levels in (("W_L", depth), ("W_any", None)):
        least = memory.numbers[name]
        demand(least <= points, f"{name} is {clip(least)}, more than the number of points")
        demand(least == 0 or excluded(points, least - 1, least - 1 if levels is None else levels), f"{name} is not excluded below")
    yield (
        f"confirmed: {memory.numbers['W_L']} parameters at this depth, and {memory.numbers['W_any']} at any, are the least that "
        f"are not excluded where one architecture has all labellings; here {clip(measures['parameters'])}, for {points} points"
    )
