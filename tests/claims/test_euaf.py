"""EUAF networks: the evaluator, certificates of three kinds with check and recheck, mutants, and what must not pass."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import chain, combinations, product
from math import gcd
from pathlib import Path
from typing import Any

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.certify.euaf import approximate, boolean, fit_labels, read_polynomial
from exactnet.check.euaf import check_euaf
from exactnet.claims.euaf import (
    Certificate,
    EuafNetwork,
    Labels,
    NotShown,
    Points,
    Row,
    Values,
    Within,
    sigma,
    verify,
    worst_error,
)
from exactnet.construct.euaf.decoding import check_coprime, find_moduli, find_weight
from exactnet.construct.euaf.network import copies_network, good_intervals
from exactnet.files.euaf import write_euaf
from exactnet.kernel.errors import DomainError, ExactnetError, FormatError, SizeError
from exactnet.recheck import Unusable, Wrong, recheck
from exactnet.recheck.euaf import wave
from exactnet.theory.euaf import hidden_layers, neurons, sorting_network

SQUARE = read_polynomial("x^2")
REGIONS = [(((mpq(0), mpq(1, 4)),), mpq(1)), (((mpq(1, 2), mpq(5, 8)),), mpq(-3, 2)), (((mpq(1), mpq(1)),), mpq(2))]


def answers(certificate: Certificate, path: Path) -> list[bool]:
    """Whether check, and recheck, confirm a certificate."""
    write_euaf(str(path), certificate, 0.0)
    return said(path)


def said(path: Path) -> list[bool]:
    found = []
    for confirm in (lambda: check_euaf(str(path), max_file=2**26).verdict, lambda: list(recheck(str(path)))[-1]):
        try:
            found.append(confirm() == "certified")
        except (ExactnetError, Wrong, Unusable):
            found.append(False)
    return found


def confirmed(certificate: Certificate, path: Path) -> bool:
    found = answers(certificate, path)
    assert len(set(found)) == 1, found
    return found[0]


@settings(max_examples=40)
@given(st.fractions(-9, 9, max_denominator=50))
def test_the_activation_is_its_definition(x: Fraction) -> None:
    floor = (x + 1) / 2 // 1
    expected = abs(x - 2 * floor) if x >= 0 else x / (1 + abs(x))
    assert Fraction(sigma(mpq(x.numerator, x.denominator))) == expected == wave(x)


@pytest.mark.parametrize(
    ("d", "cells", "text"), [(1, 6, "x^2"), (1, 5, "4*x - 4*x^2 - 1/2"), (2, 2, "x1*x2 - x2"), (1, 3, "1/3")]
)
def test_near_a_polynomial(d: int, cells: int, text: str, tmp_path: Path) -> None:
    function = read_polynomial(text, d)
    found = approximate(function, d, cells)
    assert confirmed(found, tmp_path / "c.json")
    assert (sum(found.network.widths), len(found.network.widths)) == (neurons(d), hidden_layers(d))
    assert isinstance(found.claim, Within)
    draws = random.Random(1)
    for _ in range(200):  # and at points that nobody chose
        point = [mpq(draws.randint(0, 997), 997) for _ in range(d)]
        assert abs(found.network(point) - function(point)) <= found.claim.epsilon


def test_near_a_polygon(tmp_path: Path) -> None:
    hat = Points(((mpq(0), mpq(0)), (mpq(1, 3), mpq(2)), (mpq(1), mpq(-1))))
    found = approximate(hat, 1, 9)
    assert confirmed(found, tmp_path / "c.json")
    assert isinstance(found.claim, Within)
    assert found.claim.epsilon < mpq(1, 2)


def test_three_inputs() -> None:
    found = approximate(read_polynomial("x1*x2*x3"), 3, 1, mpq(1, 8))
    assert (sum(found.network.widths), len(found.network.widths)) == (neurons(3), hidden_layers(3)) == (156, 11)
    verify(found)


@pytest.mark.parametrize("m", range(2, 12))
def test_sorting_networks_sort_all_lists_of_zeros_and_ones(m: int) -> None:
    """Which is enough for all lists; and no place is in two pairs of a layer."""
    layers, t = sorting_network(m), (m - 1).bit_length()
    assert len(layers) == min(m, t * (t + 1) // 2)
    assert all(len({place for pair in pairs for place in pair}) == 2 * len(pairs) for pairs in layers)
    for values in product((0, 1), repeat=m):
        new = list(values)
        for a, b in chain(*layers):
            new[a], new[b] = min(new[a], new[b]), max(new[a], new[b])
        assert new == sorted(values)


def test_labels_are_exact(tmp_path: Path) -> None:
    found = fit_labels(REGIONS, 1, 8)
    assert confirmed(found, tmp_path / "c.json")
    for ((low, high),), label in REGIONS:
        for i in range(41):
            assert found.network([low + (high - low) * mpq(i, 40)]) == label


@pytest.mark.parametrize("n", [1, 2])
def test_every_boolean_function_of_few_bits(n: int, tmp_path: Path) -> None:
    for table in map("".join, product("01", repeat=2**n)):
        found = boolean(table)
        assert found.network.widths == [1, 1, 2]
        assert confirmed(found, tmp_path / "c.json")


# --- mutants and controls ---------------------------------------------------------------------------


def mutants(net: EuafNetwork) -> Iterator[EuafNetwork]:
    """Every weight and bias changed by a little and by 1, one at a time."""

    def changed(row: Row) -> Iterator[Row]:
        for step in (mpq(1, 7), mpq(1)):
            yield Row(row.bias + step, row.weights)
            for source, weight in row.weights.items():
                if weight + step:
                    yield Row(row.bias, {**row.weights, source: weight + step})

    for number, layer in enumerate(net.layers):
        for place, row in enumerate(layer):
            for new in changed(row):
                changed_layer = (*layer[:place], new, *layer[place + 1 :])
                yield replace(net, layers=(*net.layers[:number], changed_layer, *net.layers[number + 1 :]))
    for new in changed(net.output):
        yield replace(net, output=new)


def test_mutants_of_an_approximation_are_refuted_or_within_the_bound() -> None:
    """A mutant that is confirmed is within epsilon at many points; one that is not differs somewhere from the network."""
    found = approximate(SQUARE, 1, 2)
    assert isinstance(found.claim, Within)
    points = [[mpq(i, 97)] for i in range(98)]
    values = [found.network(point) for point in points]
    count = 0
    for mutant in mutants(found.network):
        count += 1
        try:
            verify(replace(found, network=mutant))
        except NotShown:
            assert [mutant(point) for point in points] != values
        else:
            assert all(abs(mutant(point) - SQUARE(point)) <= found.claim.epsilon for point in points)
    assert count > 100


def test_mutants_of_labels_are_refuted_or_right() -> None:
    found = fit_labels(REGIONS[:2], 1, 5)
    refuted = 0
    for mutant in mutants(found.network):
        try:
            verify(replace(found, network=mutant))
        except NotShown:
            refuted += 1
        else:
            for ((low, high),), label in REGIONS[:2]:
                assert all(mutant([low + (high - low) * mpq(i, 30)]) == label for i in range(31))
    assert refuted > 50


def test_mutants_of_a_boolean_network_are_refuted_or_equal() -> None:
    found = boolean("0111")
    refuted = 0
    for mutant in mutants(found.network):
        wrong = any(mutant([mpq(b) for b in bits]) != max(bits) for bits in product((0, 1), repeat=2))
        try:
            verify(replace(found, network=mutant))
        except NotShown:
            refuted += 1
            assert wrong
        else:
            assert not wrong
    assert refuted > 10


def _network(cells: int, weights_of: int, **changes: Any) -> Certificate:
    """The square with so many cells, and values that were made for others."""
    values = [[min(mpq(1), max(mpq(0), (k - mpq(s, 3)) / weights_of)) ** 2 for k in range(cells + 2)] for s in range(3)]
    moduli, weights = find_moduli(values, mpq(1, 64))
    net, decoded, ordered = copies_network(
        1, cells, moduli, [w + changes.get("add", 0) for w in weights], mpq(0), mpq(1)
    )
    claim = Within(SQUARE, approximate(SQUARE, 1, cells, mpq(1, 64)).claim.epsilon)  # type: ignore[union-attr]
    return Certificate(net, claim, decoded, ordered, good_intervals(1, cells))


@pytest.mark.parametrize(("changes", "made_for"), [({"add": 1}, 6), ({}, 3)], ids=["w + 1", "K halved"])
def test_other_values_are_refused(changes: dict[str, int], made_for: int, tmp_path: Path) -> None:
    assert confirmed(_network(6, 6), tmp_path / "right.json")
    wrong = _network(6, made_for, **changes)
    assert not confirmed(wrong, tmp_path / "c.json")
    assert isinstance(wrong.claim, Within)
    assert worst_error(wrong) > wrong.claim.epsilon


def test_two_copies_have_a_wrong_median_somewhere() -> None:
    """2d copies: the lower of two is wrong where one of them is off."""
    found = approximate(SQUARE, 1, 8)
    assert isinstance(found.claim, Within)
    cut = found.network.layers[: found.decoded]
    worst = mpq(0)
    for i in range(2001):
        values = [mpq(i, 2000)]
        for layer in cut:
            values = [sigma(row.at(values)) for row in layer]
        worst = max(worst, abs(min(values[:2]) - mpq(i, 2000) ** 2))
    assert worst > 2 * found.claim.epsilon
    with pytest.raises(NotShown, match="not 3 copies"):
        verify(replace(found, intervals=found.intervals[:2]))


def test_one_round_too_few_leaves_copies_off_together() -> None:
    found = approximate(SQUARE, 1, 8)
    short = tuple(tuple(ends for k, ends in enumerate(copy) if k % 3 == 1) for copy in found.intervals)
    with pytest.raises(NotShown, match="two copies are off right after"):
        verify(replace(found, intervals=short))


def test_moduli_with_a_common_divisor_are_refused() -> None:
    with pytest.raises(FormatError, match=r"the moduli 11 and 33 \(places 0 and 2\)|the moduli"):
        check_coprime(6, (11, 11))
    with pytest.raises(FormatError, match="have the common divisor 3; take a multiple of 30 as the step"):
        approximate(SQUARE, 1, 4, step=10)
    assert approximate(SQUARE, 1, 4, mpq(1, 16), 30).network.bits >= 30
    with pytest.raises(SizeError, match="the step 30 is too small"):
        approximate(SQUARE, 1, 4, error=mpq(1, 1000), step=30)


def test_offsets_from_a_quadratic_field_cannot_decode() -> None:
    """With 1/(k + sqrt 2) in place of 1/q_k no weight is near some values: they satisfy integer relations.

    ``1/(k + sqrt 2) = (k - sqrt 2)/(k^2 - 2)`` lie in a plane over Q, so for three of them ``sum c_k a_k = 0``. Then for every
      real w,
    ``sum c_k w a_k = 0``, where ``w a_k`` is ``+-y_k`` modulo 2 if ``y_k`` is decoded: the sum of ``+-c_k y_k`` is an even integer.
    """
    draws = random.Random(3)
    values = [Fraction(draws.randint(0, 64), 64) for _ in range(8)]
    best = Fraction(0)
    for places in combinations(range(1, 9), 3):
        x, y = ([Fraction(k if part else -1, k * k - 2) for k in places] for part in (1, 0))
        cross = [x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]]
        scale = 1
        for c in cross:
            scale *= c.denominator
        whole = [int(c * scale) for c in cross]
        divisor = gcd(*whole)
        whole = [c // divisor for c in whole]
        assert sum(Fraction(c) * u for c, u in zip(whole, x, strict=True)) == 0
        assert sum(Fraction(c) * u for c, u in zip(whole, y, strict=True)) == 0
        off = []
        for signs in product((1, -1), repeat=3):
            total = sum(s * c * values[k - 1] for s, c, k in zip(signs, whole, places, strict=True)) % 2
            off.append(min(total, 2 - total))
        best = max(best, Fraction(min(off)) / sum(map(abs, whole)))
    assert best > 0  # no w, of whatever size, is nearer than that
    found = find_weight([mpq(v.numerator, v.denominator) for v in values], mpq(1, 1000), (30013, 2310))
    assert found is not None


# --- forged files -----------------------------------------------------------------------------------


def _tampered(path: Path, change: Any) -> list[bool]:
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
    return said(path)


def _set(*keys: Any, to: Any) -> Any:
    def change(data: Any) -> None:
        for key in keys[:-1]:
            data = data[key]
        data[keys[-1]] = to(data[keys[-1]]) if callable(to) else to

    return change


TAMPERED = {
    "epsilon smaller": _set("claim", "epsilon", to="1/1000"),
    "epsilon larger": _set("claim", "epsilon", to="2"),
    "another function": _set("claim", "polynomial", to=["1 3"]),
    "negative power": _set("claim", "polynomial", to=["1 -1"]),
    "an interval longer": _set("intervals", 0, 0, to="0 1/5"),
    "an interval missing": _set("intervals", 1, to=lambda copy: copy[:-3]),
    "a copy missing": _set("intervals", to=lambda copies: copies[:-1]),
    "intervals out of order": _set("intervals", 0, to=lambda copy: copy[::-1]),
    "beyond the cube": _set("intervals", 2, to=lambda copy: [*copy, "1 2"]),
    "decoded earlier": _set("decoded", to=3),
    "decoded nowhere": _set("decoded", to=0),
    "sorted earlier": _set("sorted", to=6),
    "sorted beyond": _set("sorted", to=9),
    "another statement": _set("statement", to="U2"),
    "more bits": _set("bits", to=7),
    "other widths": _set("widths", 0, to=5),
    "a source that is not there": _set("output", to="0 7:1"),
    "a source twice": _set("output", to="0 0:1 0:1"),
    "a neuron that reads nothing": _set("layers", 0, 0, to="1/2"),
    "refuted": _set("verdict", to="refuted"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_tampered_certificates_are_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    assert confirmed(approximate(SQUARE, 1, 4), path)
    assert _tampered(path, TAMPERED[name]) == [False, False]


def test_regions_outside_the_cube_and_labels_that_are_not_there_are_refused(tmp_path: Path) -> None:
    found = fit_labels(REGIONS, 1, 8)
    assert isinstance(found.claim, Labels)
    for box, label in (
        ((mpq(2), mpq(3)), mpq(1)),
        ((mpq(0), mpq(1, 4)), mpq(2)),
        ((mpq(1, 3), mpq(2, 5)), mpq(7)),
        ((mpq(1, 2), mpq(1, 3)), mpq(1)),
    ):
        claim = Labels((*found.claim.regions, ((box,), label)))
        assert not confirmed(replace(found, claim=claim), tmp_path / "c.json")
    flipped = boolean("0110")
    assert isinstance(flipped.claim, Values)
    wrong = tuple((point, 1 - value) for point, value in flipped.claim.values)
    assert not confirmed(replace(flipped, claim=Values(wrong)), tmp_path / "c.json")


@pytest.mark.parametrize("d", [0, 4])
def test_too_many_inputs(d: int) -> None:
    with pytest.raises(DomainError, match=f"{d} inputs; from 1 to 3"):
        approximate(SQUARE, d, 2)


def test_regions_that_touch_are_refused() -> None:
    with pytest.raises(
        DomainError, match="regions 1 and 2 have labels 1 and -3/2, at distance 1/4: more than 4 cells are needed"
    ):
        fit_labels(REGIONS, 1, 4)
    with pytest.raises(DomainError, match="regions 1 and 2 have labels 1 and 2, and a point in common"):
        fit_labels([REGIONS[0], (((mpq(1, 4), mpq(1, 2)),), mpq(2))], 1, 4)
    with pytest.raises(DomainError, match="region 1 is no box"):
        fit_labels([(((mpq(1, 2), mpq(3, 2)),), mpq(2))], 1, 4)
