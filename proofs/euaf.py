"""EUAF, a fixed number of neurons: any accuracy for every continuous function, by rational weights.

Claim: for every continuous function on `[0,1]^d`, networks with the activation EUAF and a number of neurons that depends on d
alone come arbitrarily near: 24 neurons for d = 1, 83 for d = 2. Labels on boxes that are apart are exact, by two neurons more;
every Boolean function of n bits needs 4 neurons.

Source: Z. Shen, H. Yang, S. Zhang, *Deep network approximation: achieving arbitrary accuracy with fixed number of neurons*,
JMLR 23, 2022: width `36d(2d+1)` and depth 11; A. Maiti, Michelle, H. Yang, 2024: `366d + 365` intrinsic neurons, repeated
ones counted once. The construction here, with rational weights and a finite check, is this project's (docs/euaf.md), and so are the
shorter weights.

Checked: every row on all of `[0,1]^d`: boxes of every copy, gaps of different copies, the median on all simplices; Boolean
functions at every point.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import product

from gmpy2 import mpq

from exactnet.certify.euaf import approximate, boolean, fit_labels, read_polynomial
from exactnet.claims.euaf import Box, Certificate, Labels, Points, Target, Within, sigma, verify
from exactnet.construct.euaf.decoding import Moduli, common_multiple, coprime_step, find_weight, search
from exactnet.construct.euaf.network import copies_network
from exactnet.theory.euaf import counting_bits, hidden_layers, neurons, published_neurons, published_width

from .table import Cell, Table

__all__ = [
    "FULL",
    "QUICK",
    "bits_table",
    "boolean_table",
    "decimal",
    "functions_table",
    "labels_table",
    "sizes_table",
]

#: A function, its inputs, cells, and how far decoded values may be off (None: the default).
Row = tuple[str, int, int, mpq | None]


def decimal(value: mpq, places: int = 5) -> str:
    """A nonnegative number, rounded up.

    >>> decimal(mpq(1, 3), 4)
    '0.3334'
    """
    scaled = -(-value.numerator * 10**places // value.denominator)
    return f"{scaled // 10**places}.{scaled % 10**places:0{places}d}"


def _sawtooth(teeth: int) -> Points:
    return Points(tuple((mpq(i, teeth), mpq(i % 2)) for i in range(teeth + 1)))


def _function(name: str) -> Target:
    return _sawtooth(8) if name.startswith("sawtooth") else read_polynomial(name)


def _coprime_bits(cells: int, inputs: int) -> int:
    """Bits of the weights with Goedel's moduli, for an error of at most 1/(4 cells)."""
    n = (cells + 2) ** inputs
    part = coprime_step(n)
    step = part * -(-4 * cells // part)
    return common_multiple(n, (1 + step, step)).bit_length()


def sizes_table(name: str) -> Table:
    """Neurons and layers of the network for every function, counted on networks that are built."""
    rows: list[tuple[Cell, ...]] = []
    for d in (1, 2, 3, 10):
        net, _, _ = copies_network(d, 1, (3, 1), [1] * (2 * d + 1), mpq(0), mpq(1))
        if (sum(net.widths), len(net.widths)) != (neurons(d), hidden_layers(d)):
            raise AssertionError(f"d = {d}: {sum(net.widths)} neurons in {len(net.widths)} layers")
        published = f"{published_width(d)} wide, depth 11"
        rows.append((d, sum(net.widths), len(net.widths), max(net.widths), published, published_neurons(d)))
    heads = (
        "d",
        "neurons here",
        "hidden layers",
        "largest width",
        "Shen, Yang, Zhang 2022",
        "intrinsic neurons, Maiti, Michelle, Yang 2024",
    )
    return Table(
        name, "EUAF: sizes that serve every continuous function on `[0,1]^d`, whatever the accuracy.", heads, rows
    )


def functions_table(instances: Iterable[Row], name: str) -> Table:
    """Certify every row anew, and evaluate it on a grid."""
    rows: list[tuple[Cell, ...]] = []
    for title, d, cells, error in instances:
        function = _function(title)
        certificate = approximate(function, d, cells, error)
        verify(certificate)
        assert isinstance(certificate.claim, Within)
        size = {1: min(2000, 16 * cells), 2: 24, 3: 4}[d]
        points = ([mpq(i, size) for i in index] for index in product(range(size + 1), repeat=d))
        seen = max(abs(certificate.network(point) - function(point)) for point in points)
        if seen > certificate.claim.epsilon:
            raise AssertionError(f"{title}, K = {cells}: off by {seen}")
        net = certificate.network
        sizes = (d, cells, sum(net.widths), net.bits, _coprime_bits(cells, d))
        rows.append((title, *sizes, decimal(certificate.claim.epsilon), decimal(seen), "certified"))
    heads = (
        "f",
        "d",
        "K",
        "neurons",
        "bits",
        "bits, coprime moduli",
        "proved on `[0,1]^d`",
        "most on a grid",
        "verdict",
    )
    note = "Decimals are rounded up. Coprime moduli are Goedel's, for decoded values within 1/(4K)."
    return Table(
        name, "EUAF: the largest distance from a function, proved for all real inputs.", heads, rows, notes=(note,)
    )


#: How many values, how near, and moduli (None: searched). The values are multiples of the error, drawn with one seed in this order.
BITS: tuple[tuple[int, int, Moduli | None], ...] = (
    (8, 64, None),
    (16, 64, (130, 3)),
    (32, 64, (82, 24)),
    (16, 1024, (12446, 210)),
)
_TRIES = 10**5


def bits_table(count: int, name: str) -> Table:
    """The shortest weights that are found, beside the counting bound; each value is decoded again."""
    draws = random.Random(3)
    rows: list[tuple[Cell, ...]] = []
    for n, parts, bits_given in BITS[:count]:
        values = [mpq(draws.randint(0, parts), parts) for _ in range(n)]
        error = mpq(1, parts)
        least = counting_bits(n, error)
        weight = find_weight(values, error, bits_given, _TRIES) if bits_given is not None else None
        moduli, w = (bits_given, weight) if bits_given is not None else search(values, error, least) or (None, None)
        if moduli is None or w is None:
            raise AssertionError(f"n = {n}, error 1/{parts}: no weight is found")
        for k, y in enumerate(values):
            if abs(sigma(mpq(2 * w, moduli[0] + k * moduli[1])) - y) > error:
                raise AssertionError(f"n = {n}: value {k} is off")
        part = coprime_step(n)
        coprime = part * -(-parts // part)
        bits = common_multiple(n, (1 + coprime, coprime)).bit_length()
        rows.append((n, f"1/{parts}", least, w.bit_length(), f"{moduli[0]} + {moduli[1]}k", bits))
    heads = ("values", "error", "counting bound", "bits here", "moduli", "bits, coprime moduli")
    note = "The counting bound is for the worst list of values; a lucky one may need less."
    return Table(name, "EUAF: bits of one weight that holds many values.", heads, rows, notes=(note,))


def boolean_table(instances: Iterable[tuple[int, Moduli]], name: str) -> Table:
    """Every Boolean function of n bits, with moduli that serve all of them."""
    rows: list[tuple[Cell, ...]] = []
    for n, moduli in instances:
        most = 0
        for table in product("01", repeat=2**n):
            certificate = boolean("".join(table), moduli=moduli)
            if certificate.network.widths != [1, 1, 2]:
                raise AssertionError(f"{''.join(table)}: {certificate.network.widths}")
            most = max(most, certificate.network.bits)
        rows.append((n, 2**2**n, 4, f"{moduli[0]} + {moduli[1]}k", most, "certified"))
    heads = ("bits", "functions", "neurons", "moduli", "bits of the longest weight", "verdict")
    return Table(name, "EUAF: every Boolean function by four neurons, evaluated at every point.", heads, rows)


def _square(low: str, high: str, d: int) -> Box:
    return ((mpq(low), mpq(high)),) * d


#: Name, cells, and boxes with labels.
REGIONS: tuple[tuple[str, int, tuple[tuple[Box, mpq], ...]], ...] = (
    (
        "[0,1/4], [1/2,5/8], {1}",
        8,
        ((_square("0", "1/4", 1), mpq(1)), (_square("1/2", "5/8", 1), mpq(-3, 2)), (_square("1", "1", 1), mpq(2))),
    ),
    (
        "two squares and a point",
        5,
        ((_square("0", "1/4", 2), mpq(0)), (_square("1/2", "3/4", 2), mpq(3)), (_square("1", "1", 2), mpq(1))),
    ),
)


def labels_table(name: str) -> Table:
    """Labels that are exact on boxes."""
    rows: list[tuple[Cell, ...]] = []
    for title, cells, regions in REGIONS:
        certificate: Certificate = fit_labels(regions, len(regions[0][0]), cells)
        verify(certificate)
        assert isinstance(certificate.claim, Labels)
        labels = ", ".join(str(label) for _, label in regions)
        net = certificate.network
        rows.append((title, labels, net.inputs, cells, sum(net.widths), len(net.widths), net.bits, "certified"))
    heads = ("regions", "labels", "d", "K", "neurons", "hidden layers", "bits", "verdict")
    return Table(name, "EUAF: labels that are exact at all real points of regions.", heads, rows)


QUICK_ROWS: tuple[Row, ...] = (
    ("x^2", 1, 4, None),
    ("x^2", 1, 16, None),
    ("sawtooth, 8 teeth", 1, 16, None),
    ("x1*x2", 2, 2, None),
)
FULL_ROWS: tuple[Row, ...] = (
    *(("x^2", 1, cells, None) for cells in (4, 16, 64, 256)),
    *(("sawtooth, 8 teeth", 1, cells, None) for cells in (16, 64, 256)),
    *(("x1*x2", 2, cells, None) for cells in (2, 4)),
    *(("x1*x2", 2, cells, mpq(1, 1024)) for cells in (8, 16)),
    ("x1*x2*x3", 3, 2, None),
)
SMALL_BOOLEAN: tuple[tuple[int, Moduli], ...] = ((2, (2, 3)), (3, (2, 6)))

QUICK: Mapping[str, Callable[[], Table]] = {
    "euaf-sizes": partial(sizes_table, "euaf-sizes"),
    "euaf-quick": partial(functions_table, QUICK_ROWS, "euaf-quick"),
    "euaf-bits-quick": partial(bits_table, 1, "euaf-bits-quick"),
    "euaf-boolean-quick": partial(boolean_table, SMALL_BOOLEAN, "euaf-boolean-quick"),
    "euaf-labels": partial(labels_table, "euaf-labels"),
}
FULL: Mapping[str, Callable[[], Table]] = {
    "euaf": partial(functions_table, FULL_ROWS, "euaf"),
    "euaf-bits": partial(bits_table, 4, "euaf-bits"),
    "euaf-boolean": partial(boolean_table, (*SMALL_BOOLEAN, (4, (7, 30))), "euaf-boolean"),
}
LONG = ("euaf", "euaf-bits", "euaf-boolean")
