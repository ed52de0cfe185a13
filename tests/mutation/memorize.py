"""Mutants of what ``recheck`` says of M1 in its own words."""

# ruff: noqa: E501
from __future__ import annotations

from tests.mutation.mutant import Mutant, of

MUTANTS: list[Mutant] = [
    *of(
        "recheck/memory.py",
        "tests/certify/test_memorize.py",
        ("return depth < points and", "return"),
        ("2**points > 2**depth *", "2**points >= 2**depth *", "a product of a number that is no power of two is none either"),
        ("2**points > 2**depth *", "2**points > "),
        ("(2 * points) ** depth * s", "points ** depth * s"),
        ('demand(certificate.data["options"] == options,', "demand(bool(options),"),
        ("require(least <= value <=", "require(value <="),
        ("require(least <= value <= MOST.get(name, value),", "require(least <= value,"),
        ('require("n" in listed or self', 'require(self.narrow or self'),
        ('demand(self.numbers["N"] == self.points,', 'demand(self.numbers["N"] >= self.points,'),
        ("max(high - low for", "max(high for"),
        ("d + 2 + 3 * self", "d + 2 + 4 * self"),
        ("labels * 2**address\n", "labels * (2**address + 1)\n"),
        ("(intervals + 1, 5 * intervals - 2) if self.narrow else (3, 3 * intervals)\n        choices", "(3, 3 * intervals)\n        choices"),
        ("choices = 8 * address", "choices = 9 * address"),
        ('"depth": above + 3 +', '"depth": above + 4 +'),
        ("shifted = (fields - 1) *", "shifted = fields *"),
        ("above, kinks = (intervals + 1, 5 * intervals - 2) if self.narrow else (3, 3 * intervals)\n        parameters = self", "above, kinks = 3, 3 * intervals\n        parameters = self"),
        ("+ 8 * fields + 8\n", "+ 9 * fields + 8\n"),
        ('"depth": above + 7 +', '"depth": above + 8 +'),
        ("(2 - layers) * path}\n\n    def any_data", "path}\n\n    def any_data"),
        ('None if self.narrow else self.inputs + 3 * self.numbers["g_any"] * points', 'self.inputs + 3 * self.numbers["g_any"] * points'),
        ('3 * self.numbers["g_any"] * points', "6 * points"),
        ("line = 2 * self", "line = 3 * self"),
        ("(2 * each * (each - 1)).bit_length()", "(each * (each - 1)).bit_length()"),
        ("(6 * line + 6).bit_length() + (1 if self.narrow else 0)", "(6 * line + 6).bit_length()"),
        ("max(address, line.bit_length())", "line.bit_length()", "a line of N points is longer than any n of them need bits, for the n that are stated"),
        ("-(-points // each)", "points // each"),
        ("demand(measures[name] <= most,", "demand(most >= 0,"),
        ("demand(stated ==", "demand(stated !="),
        ("demand(least <= points,", "demand(least >= 0,", "as many parameters as points are not excluded either; their powers need not be computed"),
        ("demand(least == 0 or excluded(", "demand(least >= 0 or excluded("),
        ("least - 1 if levels is None else levels", "levels or least"),
    ),
]  # fmt: skip
