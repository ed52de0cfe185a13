"""Networks as files of other programs, by their names."""

from __future__ import annotations

import os
from collections.abc import Callable

from exactnet.files.atomic import write_atomic
from exactnet.files.decode import at
from exactnet.files.files import Path, shown
from exactnet.foreign.circuits import dump_aiger, dump_binary_aiger, dump_blif, dump_opb
from exactnet.foreign.nnet import dump_nnet
from exactnet.foreign.symbols import dump_dot, dump_smtlib
from exactnet.foreign.write_onnx import dump_onnx
from exactnet.kernel.domain import Domain, Points
from exactnet.kernel.errors import FormatError
from exactnet.kernel.network import Network

__all__ = ["WRITERS", "dump_foreign", "write_foreign"]


def _nnet(net: Network, domain: Domain | None, rounded: bool) -> bytes:
    if domain is None:
        raise FormatError("an .nnet file says between what its inputs lie: name a domain (--domain)")
    if isinstance(domain, Points):
        columns = list(zip(*domain.points, strict=True))
        return dump_nnet(net, [min(column) for column in columns], [max(column) for column in columns])
    return dump_nnet(net, domain[0], domain[domain.count - 1])


#: What writes a file, by the end of its name; the others than ONNX have nothing to round.
WRITERS: dict[str, Callable[[Network, Domain | None, bool], bytes]] = {
    ".onnx": lambda net, domain, rounded: dump_onnx(net, domain, rounded=rounded),
    ".nnet": _nnet,
    ".aag": lambda net, domain, rounded: dump_aiger(net),
    ".aig": lambda net, domain, rounded: dump_binary_aiger(net),
    ".blif": lambda net, domain, rounded: dump_blif(net),
    ".opb": lambda net, domain, rounded: dump_opb(net),
    ".smt2": lambda net, domain, rounded: dump_smtlib(net),
    ".dot": lambda net, domain, rounded: dump_dot(net),
}


def dump_foreign(path: Path, net: Network, domain: Domain | None = None, *, rounded: bool = False) -> bytes:
    """The bytes of a file in the format that its name says (:data:`WRITERS`).

    Raises
    ------
    FormatError
        For another name, and for what the format does not hold; ``rounded`` lets ONNX round.
    """
    extension = os.path.splitext(os.fspath(path))[1].lower()
    with at(shown(path)):
        if extension not in WRITERS:
            raise FormatError(f"the name of the file ends in none of {', '.join(WRITERS)}")
        return WRITERS[extension](net, domain, rounded)


def write_foreign(path: Path, net: Network, domain: Domain | None = None, *, rounded: bool = False) -> None:
    """Write such a file, whole or not at all; as :func:`dump_foreign`."""
    write_atomic(path, dump_foreign(path, net, domain, rounded=rounded))
