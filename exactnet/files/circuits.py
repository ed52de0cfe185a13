"""Families of circuits on disk: a folder with one file for each ``v``, ``v-1.json``, ``v+0.json``, ``v+1.json`` and so on.

Files may be ``.json`` or ``.th``; other names in the folder are passed over. Files are untrusted: every circuit must be a
threshold circuit with the right numbers of inputs and outputs, and there must be one for each ``v``.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from exactnet.claims.barriers import Family, Target
from exactnet.claims.statements import kind_of
from exactnet.files.atomic import write_atomic
from exactnet.files.files import MAX_BYTES, shown
from exactnet.files.network_writer import dump_network
from exactnet.files.networks import read_network
from exactnet.kernel.domain import Cube, Grid
from exactnet.kernel.errors import FormatError
from exactnet.kernel.network import Network

__all__ = ["check_folder", "circuit_file", "new_folder", "read_circuits", "read_family", "target_of_family", "write_family"]

_FILE = re.compile(r"v([+-]\d{1,9})\.(json|th)", re.ASCII)


def circuit_file(v: int) -> str:
    """The name of the file of one circuit.

    >>> circuit_file(-2), circuit_file(0), circuit_file(3)
    ('v-2.json', 'v+0.json', 'v+3.json')
    """
    return f"v{v:+d}.json"


def read_circuits(folder: str, max_file: int = MAX_BYTES) -> dict[int, Network]:
    """All circuits of a folder by their ``v``, ascending.

    Raises :class:`FormatError` where there is no such folder or no circuit in it, a ``v`` has two files, a file cannot be
    read or holds no threshold circuit, or two circuits have different numbers of inputs or outputs.
    """
    circuits: dict[int, Network] = {}
    files = _files(folder)
    for v, name in sorted(files.items()):
        path = os.path.join(folder, name)
        if os.path.exists(path) and not os.path.isfile(path):
            raise FormatError(f"{shown(path)}: is not a regular file")
        net = read_network(path, max_file).network
        if kind_of(net) != "circuit":
            reason = "is not a threshold circuit (threshold and affine nodes, threshold outputs)"
            raise FormatError(f"{shown(path)}: {reason}")
        first = next(iter(circuits.values()), net)
        for what, here, there in (("inputs", net.inputs, first.inputs), ("outputs", net.outputs, first.outputs)):
            if len(here) != len(there):
                other = files[min(circuits)]
                raise FormatError(f"{shown(path)}: has {len(here)} {what}, but {other} has {len(there)}")
        circuits[v] = net
    return circuits


def _files(folder: str) -> dict[int, str]:
    try:
        names = sorted(os.listdir(folder))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "no folder can have this name"
        raise FormatError(f"{shown(folder)}: cannot be read: {reason}") from None
    files: dict[int, str] = {}
    for name in names:
        match = _FILE.fullmatch(name)
        if match is None:
            continue
        v = int(match[1])
        if v in files:
            raise FormatError(f"{shown(folder)}: {files[v]} and {name} are both the circuit for v = {v}")
        files[v] = name
    if not files:
        raise FormatError(f"{shown(folder)}: holds no circuits (v+1.json, v+0.th and so on, one for each v)")
    return files


def read_family(folder: str, circuits: Mapping[int, Network], target: Target) -> Family:
    """The circuits that a target needs, each ``v`` there and none too many, with the right numbers of bits and outputs.

    Raises :class:`FormatError` with the folder's name.
    """
    values = target.thresholds
    span = f"-rR < v <= rR for r = {target.r} and R = {target.output_range}"
    missing = next((v for v in values if v not in circuits), None)
    if missing is not None:
        which = f"no circuit for v = {missing} ({circuit_file(missing)})"
        raise FormatError(f"{shown(folder)}: {which}; there must be one for each v, {span}")
    extra = next((v for v in circuits if v not in values), None)
    if extra is not None:
        raise FormatError(f"{shown(folder)}: a circuit for v = {extra}, but {span}")
    first = circuits[values[0]]
    of_frame = "the cube" if isinstance(target.frame, Cube) else f"the grid with p = {target.frame.p}"
    if len(first.inputs) != len(target.bits):
        raise FormatError(
            f"{shown(folder)}: the circuits have {len(first.inputs)} inputs, but {len(target.inputs)} inputs from {of_frame} "
            f"have {len(target.bits)} bits"
        )
    if len(first.outputs) != len(target.outputs):
        raise FormatError(
            f"{shown(folder)}: the circuits have {len(first.outputs)} outputs, the network {len(target.outputs)}"
        )
    return circuits


def target_of_family(folder: str, circuits: Mapping[int, Network], p: int | None, output_range: int, r: int) -> Target:
    """What circuits are about where no network is given: their inputs are the bits of ``x1, x2, ...`` from the grid ``I_p^d``.

    ``p`` is None for the cube, whose inputs keep the names that they have in the circuits.
    """
    first = next(iter(circuits.values()))
    outputs = ("y",) if len(first.outputs) == 1 else tuple(f"y{place}" for place in range(1, len(first.outputs) + 1))
    if p is None:
        while set(outputs) & set(first.inputs):
            outputs = tuple(f"{name}'" for name in outputs)
        return Target(Cube(len(first.inputs)), output_range, r, first.inputs, outputs, True)
    size = (2 * p * p).bit_length()
    if len(first.inputs) % size:
        raise FormatError(
            f"{shown(folder)}: the circuits have {len(first.inputs)} inputs, not a multiple of the {size} bits of one input "
            f"from the grid with p = {p}"
        )
    d = len(first.inputs) // size
    return Target(Grid(p, d), output_range, r, tuple(f"x{i}" for i in range(1, d + 1)), outputs, True)


def check_folder(folder: str) -> None:
    """Find out before the work begins that a folder can be made: it must not exist, or be empty."""
    try:
        if os.path.islink(folder):
            raise FormatError(f"{shown(folder)}: cannot be written: is a symbolic link")
        if os.path.lexists(folder):
            if not os.path.isdir(folder):
                raise FormatError(f"{shown(folder)}: exists and is not a folder")
            if os.listdir(folder):
                raise FormatError(f"{shown(folder)}: exists and is not empty")
        with tempfile.TemporaryDirectory(prefix=".exactnet-", dir=_parent(folder)):
            pass
    except (OSError, ValueError) as error:
        raise FormatError(f"{shown(folder)}: cannot be written: {_reason(error)}") from None


def _parent(folder: str) -> str:
    return os.path.dirname(os.path.realpath(folder))


def _reason(error: OSError | ValueError) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else "no folder can have this name"


@contextmanager
def new_folder(folder: str) -> Iterator[str]:
    """A temporary folder that takes the place of ``folder`` once all is written into it; removed if anything fails."""
    check_folder(folder)
    staged = tempfile.mkdtemp(prefix=".exactnet-", dir=_parent(folder))
    try:
        yield staged
        os.chmod(staged, 0o777 & ~_umask())
        os.replace(staged, folder.rstrip("/") or folder)
    except OSError as error:
        raise FormatError(f"{shown(folder)}: cannot be written: {_reason(error)}") from None
    finally:
        with suppress(OSError):
            shutil.rmtree(staged)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def write_family(folder: str, family: Family, target: Target) -> None:
    """Write one file for each ``v``. On the cube the files name their domain; codes of a grid are not listed in each file."""
    domain = target.domain if isinstance(target.domain, Cube) else None
    for v, circuit in family.items():
        write_atomic(os.path.join(folder, circuit_file(v)), dump_network(circuit, domain))
