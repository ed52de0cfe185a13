"""From the words on the command line to networks, domains, requests, and paths that can be written."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from exactnet.kernel.errors import DomainError, FormatError, clip_text

if TYPE_CHECKING:
    from exactnet.files.network_json import Loaded
    from exactnet.kernel.domain import Domain
    from exactnet.kernel.network import Network

__all__ = [
    "check_certificate_path",
    "check_foreign_path",
    "check_plot",
    "check_size",
    "check_writable",
    "common_domain",
    "input_path",
    "load",
    "load_domain",
    "network_domain",
    "reserve_outputs",
]

#: A domain of more than two to this many inputs is described by the exponent.
_BITS_SHOWN = 64


def input_path(name: str) -> str:
    """The file that a NET names: a file, or else a shipped example."""
    from exactnet.data import EXAMPLES, example_path

    if os.path.exists(name) and not (name in EXAMPLES and os.path.isdir(name)):
        return name
    if name in EXAMPLES:
        return str(example_path(name))
    if os.path.splitext(name)[1] or os.path.dirname(name):
        return name  # reading it will say why it cannot be read
    raise FormatError(f"{clip_text(name)} is no file and no shipped example (there are: {', '.join(EXAMPLES)})")


def load(name: str, max_file: int) -> Loaded:
    """Read the network that a NET names."""
    path = input_path(name)
    if path.lower().endswith((".onnx", ".nnet")):  # read outside the trusted room
        from exactnet.foreign.files import load_foreign

        return load_foreign(path, max_file)
    from exactnet.files.networks import read_network

    return read_network(path, max_file)


def load_domain(text: str, net: Network, max_file: int) -> Domain:
    """The domain that ``--domain`` names: ``cube``, ``grid:P``, a JSON file, or points (:mod:`exactnet.foreign.inputs`)."""
    from exactnet.files.decode import at, decode
    from exactnet.files.files import read_bytes, shown
    from exactnet.files.network_json import parse_domain
    from exactnet.kernel.domain import Cube, Grid

    d = len(net.inputs)
    if text == "cube":
        return Cube(d)
    if text.startswith("grid:"):
        size = text.removeprefix("grid:")
        if not re.fullmatch(r"\d{1,9}", size, re.ASCII):
            raise DomainError(f"--domain {clip_text(text)}: P of grid:P is a positive integer")
        return Grid(int(size), d)
    if re.search(r"^sklearn:|\.csv$|\.npy$|\.vnnlib(:|$)", text, re.IGNORECASE):
        from exactnet.foreign.inputs import named_points

        return named_points(text, d, max_file)
    if not os.path.exists(text):
        raise DomainError(f"--domain {clip_text(text)} is not cube, not grid:P, and no file has this name")
    data = read_bytes(text, max_file)
    with at(shown(text)):
        document = decode(data)
    return parse_domain({"kind": "points", "points": document} if isinstance(document, list) else document, d, shown(text))


def network_domain(option: str | None, name: str, loaded: Loaded, max_file: int) -> Domain:
    """The domain of one network: ``--domain``, else the file's, else the cube for ``.th`` files."""
    return common_domain(option, [(name, loaded)], max_file)


def common_domain(option: str | None, networks: Iterable[tuple[str, Loaded]], max_file: int) -> Domain:
    """The domain on which networks are looked at: ``--domain``, else the files', which must agree."""
    networks = list(networks)
    net = networks[0][1].network
    tables = [(name, loaded) for name, loaded in networks if loaded.table]
    if option is not None and tables:
        raise DomainError(f"{tables[0][0]} is a table, which has no values outside its own domain; leave out --domain")
    if option is not None:
        return load_domain(option, net, max_file)
    networks = tables or networks
    named = [(name, loaded.domain) for name, loaded in networks if loaded.domain is not None]
    if named:
        name, domain = named[0]
        for other, its_domain in named[1:]:
            if its_domain != domain:
                raise DomainError(f"{name} and {other} name different domains; --domain says which is meant")
        return domain
    if any(name.lower().endswith(".th") for name, _ in networks):
        return load_domain("cube", net, max_file)
    files = " and ".join(name for name, _ in networks)
    raise DomainError(f"{files}: no domain is named; add --domain cube, --domain grid:P or --domain FILE")


def check_size(net: Network, domain: Domain, max_inputs: int) -> None:
    """Raise :class:`DomainError` unless the domain fits the network and is small enough to enumerate.

    Does not write out the number of inputs where that has thousands of digits.
    """
    from exactnet.files.limits import check_domain, check_domain_size
    from exactnet.kernel.domain import Product, check_dimension

    check_dimension(domain, net.inputs)
    if isinstance(domain, Product):
        bits = (domain.base.bit_length() - 1) * domain.d
        if bits > max(_BITS_SHOWN, max_inputs.bit_length()):
            raise DomainError(f"the domain has at least 2^{bits} inputs, more than --max-inputs {max_inputs}")
    check_domain(net, domain, max_inputs)
    check_domain_size(domain, net)


def check_writable(path: str, source: str | None = None) -> None:
    """Find out before the work begins that a file can be written, and is not the one that is read.

    Raises :class:`FormatError`. The proof of writing is that a nameless temporary file can be made beside it.
    """
    import tempfile

    from exactnet.files.atomic import is_stream
    from exactnet.files.files import shown

    if not path:
        raise FormatError("the name of the output file is empty")
    try:
        if source is not None and os.path.exists(path) and os.path.exists(source) and os.path.samefile(path, source):
            raise FormatError(f"{shown(path)}: would overwrite the network that is read")
        if is_stream(path):
            return
        with tempfile.TemporaryFile(dir=os.path.dirname(os.path.realpath(path))):
            pass
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "no file can have this name"
        raise FormatError(f"{shown(path)}: cannot be written: {reason}") from None


def check_certificate_path(out: str, source: str | None = None, *others: str, second: str | None = None) -> None:
    """Find out early that a certificate, the networks beside it and other files can be written, over no network that is read.

    Their names are kept for this command until it ends (:func:`exactnet.files.atomic.reserved`).
    """
    from exactnet.files.certificate_writer import companions

    reserve_outputs(out, (*companions(out), *others), [path for path in (source, second) if path is not None])


def reserve_outputs(out: str, others: Iterable[str], sources: Iterable[str]) -> None:
    """Find out early that a certificate and what it names can be written, and is none of the files that are read.

    The name is kept for this command until it ends (:func:`exactnet.files.atomic.reserved`).
    """
    from exactnet.files.atomic import reserved
    from exactnet.files.certificate_writer import check_name

    check_name(out)
    sources = list(sources)
    for path in (*others, out):
        check_writable(path)
        for source in sources:
            check_writable(path, source)
    click.get_current_context().with_resource(reserved(out))


def check_network_path(path: str, circuit: bool, cube: bool) -> None:
    """Find out before the work begins that a network can be written to a path in the format that its name says."""
    from exactnet.files.files import shown

    extension = os.path.splitext(path)[1].lower()
    if extension not in (".json", ".th"):
        raise FormatError(f"{shown(path)}: the name of a network file ends in .json or .th")
    if extension == ".th" and not (circuit and cube):
        raise FormatError(f"{shown(path)}: a .th file holds a threshold circuit on the cube only; write .json")
    check_writable(path)


def check_foreign_path(path: str) -> None:
    """Find out before the work begins that a file of another program can be written to a path."""
    from exactnet.files.files import shown
    from exactnet.foreign.writing import WRITERS

    if os.path.splitext(path)[1].lower() not in WRITERS:
        endings = f"ends in .json, .th, {', '.join(WRITERS)}; 'exactnet draw' makes pictures"
        raise FormatError(f"{shown(path)}: the name of a network file {endings}")
    check_writable(path)


def check_weight_bound(text: str | None) -> None:
    """Raise :class:`FormatError` unless the bound of ``--weight-bound`` is arithmetic in the symbols of the bounds."""
    if text is None:
        return
    from exactnet.theory.arithmetic import parse
    from exactnet.theory.symbols import SYMBOLS

    parse(text, list(SYMBOLS))


def check_plot(path: str, net: str) -> None:
    """Find out early whether the picture can be drawn and written."""
    from importlib.util import find_spec

    if not path.lower().endswith((".svg", ".pdf", ".png")):
        raise FormatError(f"{path}: the name of a picture ends in .svg, .pdf or .png")
    if find_spec("matplotlib") is None:
        raise FormatError("--plot needs matplotlib: pip install 'exactnet[plot]'")
    check_writable(path, input_path(net))
