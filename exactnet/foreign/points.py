"""Domains that people have: tables of points and data sets, as lists of points."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from gmpy2 import mpq

from exactnet.files.boxes import MAX_NUMBERS, MAX_POINTS
from exactnet.files.commas import is_number, numbers, rows
from exactnet.files.decode import at
from exactnet.foreign.forms import exact
from exactnet.foreign.graph import Array
from exactnet.kernel.domain import Points
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.rationals import parse_rational

__all__ = ["DATASETS", "csv_points", "dataset_labels", "dataset_points", "npy_points"]

#: The data sets of scikit-learn that come with it, by name.
DATASETS = ("breast_cancer", "diabetes", "digits", "iris", "wine")


def csv_points(data: bytes, d: int) -> Points:
    """The points of a CSV file (:mod:`exactnet.files.commas`), one a line; a first line of names is left out.

    Raises
    ------
    FormatError
        With line and column of what is no exact number, and for other numbers of columns than ``d``.

    Examples
    --------
    >>> csv_points(b'a,b\\n"0.1",1/3\\n', 2)
    Points(points=((mpq(1,10), mpq(1,3)),))
    """
    points: list[tuple[mpq, ...]] = []
    for place, cells in rows(data):
        with at(place):
            if len(cells) != d:
                raise FormatError(f"{len(cells)} columns, but the network has {d} inputs")
            if place == "line 1" and not any(map(is_number, cells)):
                continue
            if len(points) >= MAX_POINTS:
                raise FormatError(f"more than {MAX_POINTS} points")
        points.append(tuple(numbers(place, cells)))
    if not points:
        raise FormatError("no points")
    return Points(tuple(points))


def npy_points(data: bytes, d: int) -> Points:
    """The rows of an array in a ``.npy`` file; floats are the dyadic rationals that they are. Nothing is unpickled.

    Raises
    ------
    FormatError
        For another shape than ``(points, d)``, and for objects, infinities and the like.
    """
    try:
        array = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    except Exception as error:  # of a header that is broken NumPy says many things; MemoryError: it promises too much
        raise FormatError(f"no array that is read: {clip_text((str(error) or type(error).__name__).splitlines()[0], 90)}") from None
    if array.dtype.kind not in "iuf" or array.ndim < 2 or not array.size:
        raise FormatError("not a matrix of numbers, a row for each point")
    return _rows(array, d)


def _rows(array: Array, d: int) -> Points:
    rows = array.reshape(len(array), -1)
    if rows.shape[1] != d:
        raise FormatError(f"{rows.shape[1]} columns, but the network has {d} inputs")
    if not 0 < len(rows) <= MAX_POINTS or rows.size > MAX_NUMBERS:
        raise FormatError(f"{len(rows)} points of {d} coordinates, at most {MAX_POINTS} are read")
    return Points(tuple(map(tuple, exact(rows).tolist())))


def dataset_points(name: str, d: int) -> Points:
    """The inputs of a data set that comes with scikit-learn, as the decimals that they are printed as.

    Parameters
    ----------
    name : str
        One of :data:`DATASETS`.
    d : int
        How many inputs there must be.

    Raises
    ------
    FormatError
        For another name or number of inputs, and where scikit-learn is not installed.
    """
    rows = _dataset(name).data.tolist()
    if len(rows[0]) != d:
        raise FormatError(f"the data set {name} has {len(rows[0])} inputs, the network {d}")
    return Points(tuple(map(_printed, rows)))


def dataset_labels(name: str) -> dict[tuple[mpq, ...], mpq]:
    """The points of a data set that comes with scikit-learn, each once, with their labels.

    Raises
    ------
    FormatError
        For another name than one of :data:`DATASETS`, for a point with two labels, and where scikit-learn is not installed.
    """
    dataset = _dataset(name)
    table: dict[tuple[mpq, ...], mpq] = {}
    for number, (row, label) in enumerate(zip(dataset.data.tolist(), dataset.target.tolist(), strict=True), 1):
        point, value = _printed(row), parse_rational(repr(label))
        if table.setdefault(point, value) != value:
            raise FormatError(f"row {number} of {name}: the point has two labels, {table[point]} and {value}")
    return table


def _printed(row: Sequence[float]) -> tuple[mpq, ...]:
    """Floats as the decimals that they are printed as."""
    return tuple(parse_rational(repr(value)) for value in row)


def _dataset(name: str) -> Any:
    """A data set that comes with scikit-learn."""
    if name not in DATASETS:
        raise FormatError(f"{clip_text(name)} is no data set that is known (there are: {', '.join(DATASETS)})")
    try:
        from sklearn import datasets
    except ImportError:
        raise FormatError("data sets need scikit-learn: pip install scikit-learn") from None
    return getattr(datasets, f"load_{name}")()
