"""Network files of every format of exactnet: which one a file has is told by its name, and otherwise by how it begins."""

from __future__ import annotations

import os
import re

from exactnet.files.atomic import write_atomic
from exactnet.files.decode import at
from exactnet.files.files import MAX_BYTES, Path, read_bytes, shown
from exactnet.files.network_json import Loaded, Source, parse_network
from exactnet.files.network_writer import dump_network
from exactnet.files.table import is_table, parse_csv_table, parse_table
from exactnet.files.th import dump_th, parse_th
from exactnet.kernel.domain import Cube, Domain
from exactnet.kernel.errors import FormatError
from exactnet.kernel.network import Network

__all__ = ["read_network", "write_network"]

_TH_LINE = re.compile(rb"^\.(?:model|input|output|threshold)\s", re.MULTILINE)


def _extension(path: Path) -> str:
    return os.path.splitext(os.fspath(path))[1].lower()


def read_network(path: Path, max_bytes: int = MAX_BYTES) -> Loaded:
    """Read a network file, or a table of values, which stands for the network that looks them up.

    A name that ends in ``.th`` says the format, ``.json`` too; another file is ``.th`` if a line of it starts like one,
    and JSON otherwise. Raises :class:`FormatError`: one line with the file and the place.
    """
    data = read_bytes(path, max_bytes)
    extension = _extension(path)
    if extension == ".csv":
        return parse_csv_table(data, shown(path))
    if extension == ".th" or (extension != ".json" and not data.lstrip().startswith(b"{") and _TH_LINE.search(data)):
        return parse_th(data, shown(path))
    return (parse_table if is_table(data) else parse_network)(data, shown(path))


def write_network(
    path: Path, net: Network, domain: Domain | None = None, max_bytes: int = MAX_BYTES, source: Source | None = None
) -> None:
    """Write a network file, whole or not at all; the name ends in ``.json`` or ``.th``.

    ``source`` (where the network comes from) is kept in JSON only. A ``.th`` file holds no domain: only the cube, which goes
    without saying there, can be given with it.
    Raises :class:`FormatError` for what cannot be written in the format or could not be read back, more than
    ``max_bytes`` bytes included; the message names the file.
    """
    with at(shown(path)):
        extension = _extension(path)
        if extension not in (".json", ".th"):
            raise FormatError("the name of a network file ends in .json or .th")
        if extension == ".json":
            data = dump_network(net, domain, source)
        elif domain is None or isinstance(domain, Cube):
            data = dump_th(net)
        else:
            raise FormatError(f"a .th file cannot hold the domain {domain.kind}; write .json")
        if len(data) > max_bytes:
            raise FormatError(f"would have {len(data)} bytes, more than the {max_bytes} that are read back")
    write_atomic(path, data)
