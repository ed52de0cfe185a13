"""NNet files (fully connected ReLU networks as text), read and written; decimals are the numbers that they say.

References
----------
K. Julian, *NNet*, github.com/sisl/NNet: after comment lines ``//`` come the counts, the sizes of the layers, an unused flag,
minima and maxima of the inputs, means and ranges of the inputs and, last, of the outputs; then weights and biases by rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

from gmpy2 import mpq

from exactnet.foreign.arrays import layers_of, layers_to_network
from exactnet.foreign.graph import Limits
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.network import Network
from exactnet.kernel.rationals import parse_rational

__all__ = ["dump_nnet", "parse_nnet"]

_Row = list[mpq]


def parse_nnet(data: bytes, scaled: bool = False, limits: Limits = Limits()) -> Network:  # noqa: B008
    """Read an NNet file.

    Parameters
    ----------
    data : bytes
        The file.
    scaled : bool
        Whether inputs and outputs are those of the physical problem: inputs are clipped to their minima and maxima, their
        mean is taken off and they are divided by their range; outputs are multiplied by theirs and their mean is added.
        Otherwise the network is what the weights say, as in the ONNX files made from NNet files.
    limits : Limits
        How many weights there may be.

    Returns
    -------
    Network
        Inputs ``x0, x1, …``, outputs ``y0, y1, …``.

    Raises
    ------
    FormatError
        For a file that is not of this format; the message names the line.
    """
    rows = _rows(data)
    counts = _integers(next(rows, (0, "")), "the counts")
    sizes = _integers(next(rows, (0, "")), "the sizes of the layers")
    if len(counts) != 4 or counts[0] != len(sizes) - 1 or sizes[0] != counts[1] or sizes[-1] != counts[2] or counts[0] < 1:
        raise FormatError(f"no NNet file: layers {sizes[:8]} for the counts {counts[:8]}")
    if min(sizes) < 1 or sum(a * b for a, b in pairwise(sizes)) > limits.wires:
        raise FormatError(f"layers of {sizes[:8]} neurons: empty, or more than {limits.wires} weights")
    next(rows, None)
    low, high = (_numbers(next(rows, (0, "")), counts[1]) for _ in range(2))
    mean, spread = (_numbers(next(rows, (0, "")), counts[1] + 1) for _ in range(2))
    weights, biases = [], []
    for width, height in pairwise(sizes):
        weights.append([_numbers(row, width) for row in islice(rows, height)])
        biases.append([_numbers(row, 1)[0] for row in islice(rows, height)])
        if len(biases[-1]) != height:
            raise FormatError(f"the file ends in layer {len(weights)} of {counts[0]}")
    if scaled:
        return layers_to_network(*_scaled(weights, biases, mean, spread), clip=(low, high))
    return layers_to_network(weights, biases)


def _scaled(weights: list[list[_Row]], biases: list[_Row], mean: _Row, spread: _Row) -> tuple[list[list[_Row]], list[_Row]]:
    if not all(spread):
        raise FormatError("a range of the normalisation is 0")
    first = [[w / r for w, r in zip(row, spread, strict=False)] for row in weights[0]]
    moved = [b - sum(w * m for w, m in zip(row, mean, strict=False)) for b, row in zip(biases[0], first, strict=True)]
    weights, biases = [first, *weights[1:]], [moved, *biases[1:]]
    weights[-1] = [[w * spread[-1] for w in row] for row in weights[-1]]
    biases[-1] = [b * spread[-1] + mean[-1] for b in biases[-1]]
    return weights, biases


def _rows(data: bytes) -> Iterator[tuple[int, str]]:
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        raise FormatError("no NNet file: it is not ASCII text") from None
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("//"):
            yield number, line


def _there(row: tuple[int, str]) -> tuple[int, str]:
    """The row; raises :class:`FormatError` for what stands for the end of the file."""
    if not row[0]:
        raise FormatError("no NNet file: it ends among the lines that come first")
    return row


def _fields(row: tuple[int, str]) -> list[str]:
    return [field.strip() for field in row[1].rstrip().rstrip(",").split(",")]


def _integers(row: tuple[int, str], what: str) -> list[int]:
    fields = _fields(_there(row))
    if any(not (field.isascii() and field.isdigit() and len(field) < 10) for field in fields):
        raise FormatError(f"no NNet file: line {row[0]}: {what} are no integers")
    return [int(field) for field in fields]


def _numbers(row: tuple[int, str], count: int) -> _Row:
    fields = _fields(_there(row))
    if len(fields) < count or (len(fields) > count > 1):
        raise FormatError(f"line {row[0]}: {len(fields)} numbers, not {count}")
    try:
        return [parse_rational(field.lower().replace("e+", "e").removeprefix("+")) for field in fields[:count]]
    except FormatError as error:
        raise FormatError(f"line {row[0]}: {error}") from None


def dump_nnet(net: Network, low: Sequence[mpq], high: Sequence[mpq]) -> bytes:
    """Write a network of ReLU layers and a linear last one, in decimals; inputs are not normalised.

    Parameters
    ----------
    net : Network
        Wires join neighbouring layers only, hidden nodes are ReLUs, outputs affine.
    low, high : sequence of mpq
        Least and largest value of each input, for the header.

    Raises
    ------
    FormatError
        For another network, and for a number that is no finite decimal.
    """
    weights, biases = layers_of(net)
    sizes = [len(net.inputs), *map(len, weights)]
    zeros, ones = ["0"] * (sizes[0] + 1), ["1"] * (sizes[0] + 1)
    lines = [
        [str(len(weights)), str(sizes[0]), str(sizes[-1]), str(max(sizes))],
        [str(size) for size in sizes],
        ["0"],
        [_decimal(value) for value in low],
        [_decimal(value) for value in high],
        zeros,
        ones,
    ]
    for matrix, bias in zip(weights, biases, strict=True):
        lines += [[_decimal(value) for value in row] for row in matrix]
        lines += [[_decimal(value)] for value in bias]
    return "".join(",".join(line) + ",\n" for line in lines).encode()


def _decimal(value: mpq) -> str:
    """A rational as a finite decimal.

    >>> _decimal(mpq(-3, 8)), _decimal(mpq(12))
    ('-0.375', '12')
    """
    top, bottom, places = abs(value.numerator), value.denominator, 0  # Python writes no int of more than 4300 digits
    twos, fives = bottom, bottom
    while twos % 2 == 0:
        twos, places = twos // 2, places + 1
    exponent = 0
    while fives % 5 == 0:
        fives, exponent = fives // 5, exponent + 1
    places = max(places, exponent)
    if 10**places % bottom:
        raise FormatError(f"{clip_text(value)} is no finite decimal")
    digits = str(top * 10**places // bottom).rjust(places + 1, "0")
    text = digits if not places else f"{digits[:-places]}.{digits[-places:]}"
    return ("-" if value < 0 else "") + text
