"""Files of other programs by their names."""

from __future__ import annotations

import hashlib
import os

from exactnet.files.decode import at
from exactnet.files.files import MAX_BYTES, Path, read_bytes, shown
from exactnet.files.limits import check_growth
from exactnet.files.network_json import Loaded, Source
from exactnet.foreign.convert import convert_graph
from exactnet.foreign.graph import Limits
from exactnet.foreign.nnet import parse_nnet
from exactnet.foreign.onnx_file import parse_onnx
from exactnet.kernel.errors import FormatError
from exactnet.kernel.network import Network

__all__ = ["EXTENSIONS", "from_nnet", "from_onnx", "load_foreign", "read_foreign"]

#: The names of the files that are read here end in one of these.
EXTENSIONS = (".onnx", ".nnet")
#: A wire is granted the numbers of so many bytes: a convolution has far more wires than its file has bytes. Wires are bounded.
_BYTES_OF_WIRE = 16


def read_foreign(path: Path, max_bytes: int = MAX_BYTES, limits: Limits = Limits()) -> tuple[Network, Source]:  # noqa: B008
    """Read an ``.onnx`` or ``.nnet`` file; its floats and decimals are taken exactly.

    Parameters
    ----------
    path : path
        The file. Tensors of an ONNX model that lie outside are read from plain files in the same folder only.
    max_bytes : int
        The largest file that is read.
    limits : Limits
        What the file may ask for.

    Returns
    -------
    network : Network
        Inputs ``x0, x1, …``, outputs ``y0, y1, …``.
    source : Source
        The file's name and digest, and what was left out or rounded.

    Raises
    ------
    FormatError
        One line with the file and the place.
    """
    extension = os.path.splitext(os.fspath(path))[1].lower()
    with at(shown(path)):
        if extension not in EXTENSIONS:
            raise FormatError(f"the name of the file ends in none of {', '.join(EXTENSIONS)}")
    data = read_bytes(path, max_bytes)
    name, digest = os.path.basename(os.fspath(path)), hashlib.sha256(data).hexdigest()
    with at(shown(path)):
        if extension == ".nnet":
            net, source = parse_nnet(data, limits=limits), Source(name, digest)
        else:
            folder = os.path.dirname(os.path.abspath(path))
            net, left_out, rounded = convert_graph(parse_onnx(data, folder, limits), limits)
            source = Source(name, digest, left_out, rounded)
        check_growth(net, max(len(data), _BYTES_OF_WIRE * net.wires))
        return net, source


def load_foreign(path: Path, max_bytes: int = MAX_BYTES) -> Loaded:
    """The same as a file that :mod:`exactnet.files` has read; without a domain."""
    net, source = read_foreign(path, max_bytes)
    return Loaded(net, None, source=source)


def from_onnx(model: object) -> Network:
    """The network of an ONNX model: a path, the bytes of a file, or an ``onnx.ModelProto``.

    Every float is the dyadic rational that it is. Softmax and ArgMax at the end are left out: outputs are logits.

    Raises
    ------
    FormatError
        The model is broken, too large, or not piecewise linear; the message names the operators.
    """
    if isinstance(model, (str, os.PathLike)):
        return read_foreign(model)[0]
    limits = Limits()
    data = model if isinstance(model, bytes) else model.SerializeToString()  # type: ignore[attr-defined]
    return convert_graph(parse_onnx(data, None, limits), limits)[0]


def from_nnet(path: Path, *, scaled: bool = False) -> Network:
    """The network of an NNet file, decimals as written; ``scaled``: with the normalisation of inputs and outputs."""
    data = read_bytes(path)
    with at(shown(path)):
        return parse_nnet(data, scaled)
