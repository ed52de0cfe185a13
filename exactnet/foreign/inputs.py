"""Domains as they are named on the command line and in files: boxes, tables, data sets, boxes of properties."""

from __future__ import annotations

import re

from exactnet.files.decode import at
from exactnet.files.files import read_bytes, shown
from exactnet.files.lookup import lookup_points
from exactnet.files.networks import read_network
from exactnet.foreign.points import csv_points, dataset_labels, dataset_points, npy_points
from exactnet.foreign.properties import grid_of_box
from exactnet.foreign.vnnlib import parse_vnnlib
from exactnet.kernel.domain import Domain, Points
from exactnet.kernel.errors import DomainError, FormatError
from exactnet.kernel.network import Network

__all__ = ["labelled_points", "named_points"]


def named_points(text: str, d: int, max_file: int) -> Points:
    """The points that a word names.

    Parameters
    ----------
    text : str
        ``sklearn:NAME``, a ``.csv`` or ``.npy`` file, or ``PROPERTY.vnnlib:STEPS``.
    d : int
        How many coordinates each point must have.
    max_file : int
        The largest file that is read, in bytes.

    Raises
    ------
    FormatError, DomainError
        One line with the place.
    """
    if text.lower().startswith("sklearn:"):
        return dataset_points(text.partition(":")[2], d)
    if match := re.fullmatch(r"(.*\.vnnlib)(?::(\d{1,7}))?", text, re.IGNORECASE | re.ASCII | re.DOTALL):
        path, steps = match.groups()
        if steps is None:
            raise DomainError(f"{shown(path)} is a property: {shown(path)}:STEPS is a grid of its box, STEPS values a coordinate")
        data = read_bytes(path, max_file)
        with at(shown(path)):
            wanted = parse_vnnlib(data)
            if wanted.inputs != d:
                raise FormatError(f"the property has {wanted.inputs} inputs, the network {d}")
            return grid_of_box(wanted, int(steps))
    data = read_bytes(text, max_file)
    with at(shown(text)):
        return (csv_points if text.lower().endswith(".csv") else npy_points)(data, d)


def labelled_points(text: str, max_file: int) -> tuple[Network, Domain]:
    """The labelled points that a word names: a network that looks the labels up, and the points.

    Parameters
    ----------
    text : str
        ``sklearn:NAME``, or a table of values, in CSV or JSON.
    max_file : int
        The largest file that is read, in bytes.

    Raises
    ------
    FormatError
        One line with the place.
    """
    if not text.lower().startswith("sklearn:"):
        loaded = read_network(text, max_file)
        if loaded.domain is None:
            raise FormatError(f"{shown(text)}: is no table of labelled points")
        return loaded.network, loaded.domain
    table = dataset_labels(text.partition(":")[2])
    inputs = [f"x{i}" for i in range(1, len(next(iter(table))) + 1)]
    return lookup_points(inputs, "label", table), Points(tuple(table))
