"""Networks as lists of matrices: read from arrays, and written as arrays where they have layers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np
from gmpy2 import mpq

from exactnet.foreign.forms import exact
from exactnet.foreign.graph import Array
from exactnet.kernel.errors import FormatError, NetworkError, clip_text
from exactnet.kernel.network import AFFINE, RELU, Kind, Network, Node
from exactnet.kernel.rationals import as_rational

__all__ = ["Floats", "from_layers", "layers_of", "layers_to_network", "rational_array", "to_numpy"]

Floats = Literal["refuse", "dyadic"]
_ZERO = mpq(0)


def rational_array(values: Any, floats: Floats = "refuse") -> Array:
    """Anything that NumPy takes as an array, as an object array of rationals.

    Parameters
    ----------
    values : array_like
        Integers, rationals, strings that :func:`exactnet.kernel.rationals.parse_rational` reads, or floats.
    floats : {"refuse", "dyadic"}
        Whether a float is refused, or stands for the dyadic rational that it is.

    Raises
    ------
    FormatError
        For floats that are refused, for values that are no numbers and rows of different lengths.

    Examples
    --------
    >>> rational_array([[1, "1/3"]])
    array([[mpq(1,1), mpq(1,3)]], dtype=object)
    >>> rational_array([0.5])
    Traceback (most recent call last):
    ...
    exactnet.kernel.errors.FormatError: 0.5 is a float; say floats="dyadic" if the dyadic rational that it is is meant
    """
    try:
        array = np.asarray(values, object) if not isinstance(values, np.ndarray) else values
    except ValueError:
        raise FormatError("rows of different lengths") from None
    if array.dtype.kind in "iu" or (array.dtype.kind == "f" and floats == "dyadic"):
        return exact(array)
    result = np.empty(array.size, object)
    result[:] = [_rational(value, floats) for value in array.ravel().tolist()]
    return result.reshape(array.shape)


def _rational(value: Any, floats: Floats) -> mpq:
    if isinstance(value, (float, np.floating)):
        if floats == "refuse":
            raise FormatError(f'{float(value)!r} is a float; say floats="dyadic" if the dyadic rational that it is is meant')
        return exact(np.array([value]))[0]
    if isinstance(value, (list, tuple)):
        raise FormatError("rows of different lengths")
    return as_rational(int(value) if isinstance(value, np.integer) else value)


def from_layers(
    weights: Sequence[Any],
    biases: Sequence[Any] | None = None,
    *,
    activation: Kind = RELU,
    last: Kind = AFFINE,
    floats: Floats = "refuse",
) -> Network:
    """A network of fully connected layers.

    Parameters
    ----------
    weights : sequence of array_like
        For each layer a matrix with a row for each of its nodes (``y = W x + b``).
    biases : sequence of array_like, optional
        For each layer its biases; without them all are 0.
    activation, last : {"relu", "threshold", "affine"}
        The kinds of the nodes of the inner layers, and of the last one.
    floats : {"refuse", "dyadic"}
        As for :func:`rational_array`.

    Returns
    -------
    Network
        Inputs ``x0, x1, …``, outputs ``y0, y1, …``.

    Raises
    ------
    FormatError
        For matrices that do not fit each other, and for numbers that are not exact.

    Examples
    --------
    >>> net = from_layers([[[1, -1], [-1, 1]], [[1, 1]]])  # |x0 - x1|
    >>> net([3, 5])
    (mpq(2,1),)
    """
    matrices = [rational_array(matrix, floats) for matrix in weights]
    if biases is None:
        biases = [np.zeros(len(matrix), np.int64) for matrix in matrices]
    vectors = [rational_array(vector, floats).ravel() for vector in biases]
    if not matrices or len(matrices) != len(vectors):
        raise FormatError(f"{len(matrices)} matrices and {len(vectors)} vectors of biases")
    for number, (matrix, vector) in enumerate(zip(matrices, vectors, strict=True), 1):
        if matrix.ndim != 2 or not matrix.size or len(vector) != len(matrix):
            raise FormatError(f"layer {number}: weights of the shape {matrix.shape}, {len(vector)} biases")
        if number > 1 and matrix.shape[1] != len(matrices[number - 2]):
            raise FormatError(f"layer {number}: weights of the shape {matrix.shape} after {len(matrices[number - 2])} nodes")
    return layers_to_network([m.tolist() for m in matrices], [v.tolist() for v in vectors], activation, last)


def layers_to_network(
    weights: Sequence[Sequence[Sequence[mpq]]],
    biases: Sequence[Sequence[mpq]],
    activation: Kind = RELU,
    last: Kind = AFFINE,
    clip: tuple[Sequence[mpq], Sequence[mpq]] | None = None,
) -> Network:
    """The same of matrices of rationals that fit; ``clip``: inputs are clipped to these minima and maxima first."""
    previous = inputs = [f"x{number}" for number in range(len(weights[0][0]))]
    nodes: list[Node] = []
    if clip is not None:
        for name, low, high in zip(inputs, *clip, strict=True):
            nodes.append(Node(f"{name}_above", RELU, {name: mpq(1)}, -low))
            nodes.append(Node(f"{name}_beyond", RELU, {name: mpq(1)}, -high))
            nodes.append(Node(f"{name}_clipped", AFFINE, {f"{name}_above": mpq(1), f"{name}_beyond": mpq(-1)}, low))
        previous = [f"{name}_clipped" for name in inputs]
    for layer, (matrix, vector) in enumerate(zip(weights, biases, strict=True), 1):
        final = layer == len(weights)
        names = [f"y{number}" if final else f"h{layer}_{number}" for number in range(len(matrix))]
        for name, row, bias in zip(names, matrix, vector, strict=True):
            sources = {source: weight for source, weight in zip(previous, row, strict=True) if weight}
            nodes.append(Node(name, last if final else activation, sources, bias))
        previous = names
    return Network(inputs, nodes, previous)


def layers_of(net: Network, kinds: Iterable[Kind] = (RELU,), last: Kind = AFFINE) -> tuple[list[list[list[mpq]]], list[list[mpq]]]:
    """The matrices and biases of a network whose wires join neighbouring layers only.

    Parameters
    ----------
    net : Network
        Its inner nodes are of one of ``kinds``, its outputs are of the kind ``last`` and the whole last layer, in order.

    Raises
    ------
    FormatError
        For another network; the message names the node.
    """
    level = net.heights()
    layers: list[list[str]] = [list(net.inputs)]
    outputs = set(net.outputs)
    for name in net.order:
        kind = net.kind(name)
        if kind != last if name in outputs else kind not in kinds:
            raise FormatError(f"node {clip_text(name)} is {kind}: the format has layers of {'/'.join(kinds)}, and {last} outputs")
        layers += [[] for _ in range(level[name] + 1 - len(layers))]
        layers[level[name]].append(name)
    if set(layers[-1]) != outputs:
        name = next(iter(outputs ^ set(layers[-1])))
        raise FormatError(f"node {clip_text(name)}: the format has all outputs, and nothing else, in the last layer")
    layers[-1] = list(net.outputs)
    weights, biases = [], []
    for number, names in enumerate(layers[1:], 1):
        column = {name: place for place, name in enumerate(layers[number - 1])}
        matrix = []
        for name in names:
            row = [_ZERO] * len(column)
            for source, weight in net.sources(name):
                if source not in column:
                    raise FormatError(f"the wire from {clip_text(source)} to {clip_text(name)} skips a layer")
                row[column[source]] = weight
            matrix.append(row)
        weights.append(matrix)
        biases.append([net.bias(name) for name in names])
    return weights, biases


def to_numpy(net: Network, dtype: Any = object) -> list[tuple[Array, Array]]:
    """The layers of a network as arrays: for each the weights (a row for each node) and the biases.

    Parameters
    ----------
    net : Network
        Its wires join neighbouring layers only; inner nodes are of one kind.
    dtype : dtype
        ``object`` for rationals; for another type every number must be one of its values.

    Raises
    ------
    FormatError
        For a network without layers, and for a number that ``dtype`` does not hold exactly.

    Examples
    --------
    >>> to_numpy(from_layers([[[1, -1]]]), float)
    [(array([[ 1., -1.]]), array([0.]))]
    """
    last = net.kind(net.outputs[0])
    inner = {net.kind(name) for name in net.order} - {AFFINE} or {RELU}
    if len(inner) > 1:
        raise NetworkError("the network has nodes of several kinds: it is no list of matrices")
    weights, biases = layers_of(net, inner, last)
    return [(_as_type(matrix, dtype), _as_type(bias, dtype)) for matrix, bias in zip(weights, biases, strict=True)]


def _as_type(values: Any, dtype: Any) -> Array:
    array = np.array(values, object)
    if np.dtype(dtype) == object:
        return array
    kind = np.dtype(dtype).kind
    with np.errstate(over="ignore"):
        numbers = np.array([_nearest(value, kind) for value in array.ravel()], object)
        try:
            result = numbers.astype(dtype).reshape(array.shape)
        except OverflowError:
            raise FormatError(f"a number is beyond {np.dtype(dtype)}") from None
    for value, got in zip(array.ravel(), result.ravel().tolist(), strict=True):
        if (kind == "f" and not np.isfinite(got)) or mpq(got) != value:
            raise FormatError(f"{clip_text(value)} is no value of {np.dtype(dtype)}")
    return result


def _nearest(value: mpq, kind: str) -> Any:
    return int(value) if kind in "iu" else int(value.numerator) / int(value.denominator)
