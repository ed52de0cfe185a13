"""Numbers that were measured before, by first constructions: the committed tables reach each of them, or do better.

The tables themselves are made anew by ``python -m proofs``; here they are read. Decimals of a table are rounded up, those below to
the nearest: both as far as their last digit.
"""

from __future__ import annotations

import csv
import re
from fractions import Fraction
from pathlib import Path

import pytest

TABLES = Path(__file__).resolve().parents[2] / "docs" / "tables"

Row = dict[str, str]


def rows_of(*names: str) -> list[Row]:
    """The rows of tables, by head."""
    return [row for name in names for row in csv.DictReader((TABLES / f"{name}.csv").read_text("utf-8").splitlines())]


def number(text: str, which: int = 0) -> tuple[Fraction, Fraction]:
    """A number in a text, and the unit of its last digit: 0 for an integer."""
    digits = re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", text)[which]
    mantissa, _, exponent = digits.partition("e")
    places = len(mantissa.partition(".")[2])
    unit = Fraction(10) ** (int(exponent or 0) - places)
    return Fraction(digits), unit if places or exponent else Fraction(0)


def at_most(cell: str, wanted: str, which: int = 0) -> bool:
    (value, unit), (target, about) = number(cell, which), number(wanted)
    return value - unit <= target + about / 2


def at_least(cell: str, wanted: str, which: int = 0) -> bool:
    (value, unit), (target, about) = number(cell, which), number(wanted)
    return value + unit >= target - about / 2


#: Tables: the heads that name a row; the heads of what is compared (``<`` at most, ``>`` at least, ``=`` neither more nor less);
#: and rows, what names one, then what was to be reached, with ``|`` between them and ``-`` for nothing.
LISTS = {
    "memorize": (
        "N, d, coordinates, C, form",
        "<parameters, <bits of all parameters",
        """100, 4, 0..15, 2, deep | 335, 1790
        100, 4, 0..15, 2, narrow | 411, 1810
        1000, 4, 0..15, 2, deep | 1119, 15809
        1000, 4, 0..15, 2, narrow | 1459, 16614
        1000, 8, 0..255, 10, deep | 1231, 18831
        1000, 8, 0..1099511627776, 10, deep | 1473, 26023
        3000, 6, 0..15, 2, deep | 2105, 53150
        10000, 8, 0..15, 2, deep | 3995, 183315
        10000, 8, 0..15, 2, narrow | 5238, 183662
        10000, 8, 0..15, 10, deep | 4216, 204147
        100000, 8, 0..15, 2, deep | 14040, 2199764""",
    ),
    "memorize-both": (
        "N, d, coordinates, C, most depth",
        "<parameters",
        """100, 4, 0..15, 2, 26 | 335
        100, 4, 0..15, 2, 65 | 411
        1000, 4, 0..15, 2, 68 | 1119
        1000, 4, 0..15, 2, 231 | 1459
        1000, 8, 0..255, 10, 83 | 1231
        1000, 8, 0..1099511627776, 10, 109 | 1473
        3000, 6, 0..15, 2, 127 | 2105
        10000, 8, 0..15, 10, 289 | 4216""",
    ),
    "memorize-any": ("N", "<parameters, <narrow: parameters", "10000 | 3995, 5238"),
    "memorize-depth": (
        "most depth",
        "<parameters, <parameters times depth; over N",
        """3 | 30006, 9
        34 | 30309, 103
        46 | 15437, 71
        62 | 10571, 66
        76 | 8181, 62
        109 | 4931, 65
        210 | 4239, 89
        258 | 4116, 106""",
    ),
    "memorize-bits": (
        "most bits",
        "<parameters, <parameters times bits; over N, <bits of all parameters; over N",
        """22 | 6230, 69, 23.8
        40 | 3286, 66, 21.2
        64 | 1967, 63, 17.1
        124 | 1675, 104, 17.0""",
    ),
    "memorize-lower": (
        "N",
        ">depth 2, >depth 5, >depth 20, >depth 50, >depth 100, >depth 257, >any depth",
        """100 | -, -, -, -, -, -, 4
        1000 | -, -, -, -, -, -, 10
        10000 | 319, 134, 35, 14, 7, 3, 27""",
    ),
    "memorize-shatter": (
        "biases that depend on the labels",
        "<depth, <parameters",
        """10 | -, -
        5 | -, -
        2 | -, -
        1 | 76, 626""",
    ),
    "memorize-small-weights": (
        "intervals",
        "<depth after S1, <neurons after S1, <wires after S1, <largest weight after S1",
        """5 | 58, 4846, 212458, 64
        3 | 98, 12794, 578242, 64
        1 | 98, 12794, 578242, 64""",
    ),
    "radial": (
        "φ, k, d",
        "<largest error, <ReLUs, <root mean square, =ReLUs in depth 3; exact",
        """vee, 2, 2 | 0.1330, 48, 0.096, 48
        vee, 2, 4 | 0.1330, 192, -, 96
        vee, 2, 8 | 0.1330, 960, -, 192
        vee, 2, 16 | 0.1330, 3968, -, 384
        vee, 2, 32 | 0.1330, 16128, 0.070, 768
        vee, 3, 2 | 0.0528, 48, -, 48
        vee, 3, 4 | 0.0538, 608, -, 96
        vee, 3, 8 | 0.0538, 6336, -, 192
        vee, 3, 16 | 0.0538, 57728, -, 384
        vee, 3, 32 | 0.0538, 492288, -, 768
        vee, 4, 2 | 0.0282, 144, -, 48
        vee, 4, 4 | 0.0306, 1440, -, 96
        vee, 4, 8 | 0.0306, 26944, -, 192
        vee, 4, 16 | 0.0306, 535168, -, 384
        norm, 2, 3 | 0.0676, 120, -, -
        saw, 3, 6 | 0.0379, -, -, -""",
    ),
    "radial-degree": (
        "d, p, k",
        "<largest error, <ReLUs",
        """2, 8, 2 | 0.133, 768
        2, 8, 3 | 0.0538, 768
        2, 8, 4 | 0.0306, 2304
        2, 8, 6 | 0.0298, 4352
        2, 8, 8 | 0.0211, 6912
        2, 8, 12 | 0.0134, -
        2, 8, 16 | 0.0088, -
        2, 8, 20 | 0.0074, -
        3, 4, 2 | -, 480
        3, 4, 3 | -, 864
        3, 4, 4 | -, 2016
        3, 4, 6 | -, 7008
        3, 4, 8 | -, 13152""",
    ),
    "radial-reals": (
        "k, knots every, types",
        "<error; at most, <of the polynomial; at most, <ReLUs",
        """3, 1, 1; 1 1 | 0.0546, 0.0538, 768
        3, 2, 1; 1 1 | 0.0569, 0.0538, 384
        3, 4, 1; 1 1 | 0.0662, 0.0538, 192
        3, 8, 1; 1 1 | 0.104, 0.0538, 96
        4, 1, 1; 1 1; 2 1 | 0.0311, 0.0306, 2304
        4, 2, 1; 1 1; 2 1 | 0.0326, 0.0306, 1152
        4, 4, 1; 1 1; 2 1 | 0.0387, 0.0306, 576
        4, 8, 1; 1 1; 2 1 | 0.0633, 0.0306, 288
        8, 1, 1; 1 1; 2 1; 3 1; 3 2 | 0.0259, 0.0223, 6912
        8, 2, 1; 1 1; 2 1; 3 1; 3 2 | 0.0368, 0.0223, 3456
        8, 4, 1; 1 1; 2 1; 3 1; 3 2 | 0.0811, 0.0223, 1728
        8, 8, 1; 1 1; 2 1; 3 1; 3 2 | 0.269, 0.0223, 864""",
    ),
    "radial-teeth": (
        "teeth T, k",
        "=largest error",
        """1, 2 | 0.133
        1, 3 | 0.054
        1, 4 | 0.031
        2, 2 | 0.25
        2, 3 | 0.25
        2, 4 | 0.22
        4, 2 | 0.25
        4, 3 | 0.25
        4, 4 | 0.25""",
    ),
    "entropy-attained": (
        "N",
        "<parameters, =depth, <width, <bits, =parameters in depth 2, =ReLUs needed in depth 2, <with its wires alone",
        """256 | 453, 18, 63, 16, 1347, 254, 364
        1024 | 893, 27, 127, 32, 4935, 1022, -
        4096 | 1763, 44, 255, 64, 19056, 4094, -
        32768 | 5039, 78, 1023, 128, 149556, 32766, -
        65536 | 8117, 79, 2047, 128, 299364, 65534, -""",
    ),
    "euaf-sizes": (
        "d",
        "<neurons here, <hidden layers, <largest width",
        "1 | 24, 7, 6\n2 | 87, 10, 20\n3 | 171, 11, 42\n10 | 2383, 28, 420",
    ),
    "euaf": (
        "f, K",
        "<neurons, <bits, <proved on [0;1]^d, <most on a grid",
        """x^2, 4 | 24, 39, 0.358, 0.135
        x^2, 16 | 24, 392, 0.092, 0.033
        x^2, 64 | 24, 5365, 0.0234, 0.0084
        x^2, 256 | 24, 90164, 0.00585, 0.0022
        sawtooth; 8 teeth, 16 | 24, 393, 0.375, 0.167
        sawtooth; 8 teeth, 64 | 24, 5364, 0.094, 0.042
        sawtooth; 8 teeth, 256 | 24, 90162, 0.023, 0.0104
        x1*x2, 2 | 87, 283, 0.438, 0.199
        x1*x2, 4 | 87, 1491, 0.219, 0.089
        x1*x2, 8 | 87, 12606, 0.109, 0.033
        x1*x2, 16 | 87, 142470, 0.055, 0.019""",
    ),
    "euaf-bits": (
        "values, error",
        "=counting bound, <bits here",
        "8, 1/64 | 40, 52\n16, 1/64 | 80, 100\n32, 1/64 | 160, 211\n16, 1/1024 | 144, 167",
    ),
    "euaf-boolean": (
        "bits",
        "=functions, <neurons, <bits of the longest weight",
        "2 | 16, 4, 16\n3 | 256, 4, 78\n4 | 65536, 4, 283",
    ),
    "rank-depth": (
        "depth",
        "=mean of stable ranks; at most, <bits of weights",
        """3 | 4.0000, 9
        5 | 3.0314, 48
        10 | 2.4623, 103
        20 | 2.2191, 229
        50 | 2.0849, 542
        100 | 2.0420, 1189
        200 | 2.0209, 2389""",
    ),
    "rank-kkt": ("point", "=multiplier", "(1; 0) | 1\n(-1; 0) | 1\n(0; 1) | 1\n(0; -1) | 1"),
    "depth-cells": ("seed, width, layers", "=cells", "1, 2, 14 | 15\n2, 2, 14 | 2\n3, 2, 14 | 1"),
    "depth-steps": (
        "n",
        "=exact supremum, =bound",
        """2 | 0.333, 2.25
        4 | 0.355, 2.16
        6 | 0.0128, 0.56
        8 | 0.00998, 0.154
        10 | 0.00463, 0.0268
        12 | 3.7e-4, 6.7e-3
        14 | 1.1e-4, 2.5e-3""",
    ),
    "sgd-ranks": (
        "d, m, B, T, k",
        "=rank of W_T, =of the change, =kB, =control, <squared relative distance to rank kB, <bits",
        "20, 24, 1, 60, 12 | 20, 6, 12, 20, 4.6e-6, 151",
    ),
    "natural-weights": (
        "n; K; q; D, law; 10 bits",
        "=clauses, <bits of M, <largest coordinate; these examples",
        """10; 3; 6; 12, normal | 960, 134, 3.3
        10; 3; 6; 6, normal | 960, 62, 29.2
        20; 3; 16; 64, normal | 9120, 414, 0.64
        20; 3; 16; 64, uniform | 9120, 388, 1.05
        30; 4; 32; 128, normal | 438480, 856, 0.65""",
    ),
    "reals": (
        "domain, inner ReLUs, last ReLUs",
        "<cells, <lemmas",
        """R^4, 3, 2 | 8, 10
        R^5, 9, 10 | 80, 354
        R^8, 11, 2 | 640, 1212
        R^6, 16, 67 | 720, 9392
        R^6, 16, 495 | 720, 13964""",
    ),
}


def split(text: str) -> list[str]:
    """Parts between commas; a semicolon stands for a comma inside one."""
    return [part.strip().replace(";", ",") for part in text.split(",")]


@pytest.mark.parametrize("name", LISTS)
def test_what_was_measured_before_is_reached(name: str) -> None:
    keys, compared, listed = LISTS[name]
    rows = rows_of(name)
    for line in listed.splitlines():
        key, _, wanted = line.partition("|")
        found = [row for row in rows if [row[head] for head in split(keys)] == split(key)]
        assert found, line
        for head, target in zip(split(compared), split(wanted), strict=True):
            if target != "-":
                cell = found[0][head[1:]]
                assert head[0] == ">" or at_most(cell, target), (line, head, cell)
                assert head[0] == "<" or at_least(cell, target), (line, head, cell)


#: Largest errors with so many ReLUs.
FEW = {
    "radial-size": """384 0.0541, 192 0.0555, 96 0.0585, 48 0.0835, 512 0.0311, 256 0.0333, 128 0.0427, 64 0.0747, 1024 0.0220,
        512 0.0252, 256 0.0353, 128 0.0613, 1536 0.0148, 768 0.0189, 384 0.0341, 192 0.0745, 2048 0.0107, 1024 0.0176, 512 0.0373,
        256 0.0629, 2560 0.0098, 1280 0.0168, 640 0.0329, 320 0.0538""",
    "radial-ball norm 2": "8 0.051, 16 0.012, 32 0.0042",
    "radial-ball norm 3": "128 0.011, 512 0.0024",
    "radial-ball vee 2": "128 0.059, 512 0.025, 2048 0.013",
    "radial-ball vee 3": "384 0.036, 1536 0.010",
}


@pytest.mark.parametrize("case", FEW)
def test_few_relus_are_as_near(case: str) -> None:
    name, *function = case.split()
    tables = ("radial-size", "radial-size-quick") if name == "radial-size" else (name,)
    rows = [row for row in rows_of(*tables) if not function or [row["φ"], row["d"]] == function]
    for pair in FEW[case].split(","):
        most, error = pair.split()
        assert any(at_most(row["ReLUs"], most) and at_most(row["largest error"], error) for row in rows), pair


def test_exclusions_are_as_far() -> None:
    wanted = """2 2^10 17: 52, 5: 46, 3: 46, 2: 49, 1: 34, 1: 66, 1: 130
        2 2^13 106: 319, 16: 321, 8: 241, 5: 226, 3: 190, 2: 193, 1: 130
        2 2^16 695: 2086, 42: 1933, 22: 1585, 12: 1129, 7: 862, 4: 633, 3: 766
        2 2^20 8934: 26803, 156: 24961, 79: 19198, 43: 13374, 24: 9073, 14: 6553, 8: 4561
        16 2^16 587: 1762, 38: 1597, 19: 1198, 10: 801, 6: 649, 3: 382, 2: 385
        16 2^20 7780: 23341, 142: 20733, 70: 15121, 38: 10489, 21: 6994, 11: 4126, 6: 2665"""
    rows = {(row["w"], row["N"]): row for row in rows_of("entropy-excluded")}
    for line in wanted.splitlines():
        weight, hats, least = line.split(maxsplit=2)
        row = rows[weight, hats]
        for layers, cell in zip((1, 2, 4, 8, 16, 32, 64), least.split(", "), strict=True):
            assert all(at_least(row[f"l = {layers}"], part, which) for which, part in enumerate(cell.split(":"))), line


def test_where_flow_and_descent_end() -> None:
    ranks = {"(-3/5, 4/5)": "1.24942", "(-1/1000, 1)": "1.99468", "(-99/101, 20/101)": "1.00998", "(-7/25, 24/25)": "1.56091"}
    rows = {row["x_2"]: row for row in rows_of("rank-flow") if row["start"] == "1/1000"}
    for point, rank in ranks.items():
        cell = rows[point]["stable rank of the limit"]
        assert at_most(cell, rank, 0)
        assert at_least(cell, rank, 1)
        assert (rows[point]["loss at rank 1"], rows[point]["loss of the limit"]) == ("0", "0")
    descent = {row["x_2"]: row for row in rows_of("rank-descent")}
    losses, far = descent["(-3/5, 4/5)"]["loss, at most"], descent["(3/5, 4/5)"]["distance to the limit of the flow, at most"]
    assert all(at_most(losses, wanted, which) for which, wanted in enumerate(("9.5e-7", "9.1e-13", "3.5e-18")))
    assert at_most(far, "7e-10", 2)


def test_singular_values_lie_where_they_did() -> None:
    bounds = ((1.391, 1.393), (0.0130, 0.0137), (19.09, 19.10), (6.322, 6.328), (35.87, 35.90))
    for row, (low, high) in zip(rows_of("natural-weights"), bounds, strict=True):
        cell = row["sigma_min^2, from ... to"]
        assert low <= number(cell, 0)[0] < number(cell, 1)[0] <= high
