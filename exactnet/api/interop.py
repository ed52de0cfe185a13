"""Networks from and to other programs and libraries, as verbs of the public API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from exactnet.api.display import install
from exactnet.files.boxes import Box
from exactnet.foreign.arrays import from_layers
from exactnet.foreign.estimators import from_sklearn
from exactnet.foreign.files import from_nnet, from_onnx
from exactnet.foreign.modules import from_torch
from exactnet.foreign.symbols import from_networkx
from exactnet.kernel.domain import Domain, Points
from exactnet.kernel.errors import DomainError
from exactnet.kernel.network import Network
from exactnet.kernel.rationals import Rational, as_rational

if TYPE_CHECKING:
    from exactnet.families import Instance

__all__ = [
    "box",
    "draw",
    "from_layers",
    "from_networkx",
    "from_nnet",
    "from_onnx",
    "from_sklearn",
    "from_torch",
    "points",
    "to_networkx",
    "to_numpy",
    "to_onnx",
    "to_sympy",
]

install()


def to_networkx(net: Network | Instance, weights: Callable[[Any], Any] = str) -> Any:
    """The network as a ``networkx.DiGraph`` of its own, numbers written by ``weights`` (``str``: exact, fit for GraphML)."""
    from exactnet.foreign.symbols import to_networkx as write

    return write(_network(net), weights)


def to_numpy(net: Network | Instance, dtype: Any = object) -> list[tuple[Any, Any]]:
    """For each layer its weights and biases as arrays; refused where ``dtype`` does not hold a number exactly."""
    from exactnet.foreign.arrays import to_numpy as write

    return write(_network(net), dtype)


def to_sympy(net: Network | Instance) -> Any:
    """The outputs as SymPy expressions of the inputs.

    Examples
    --------
    >>> import exactnet as ex
    >>> ex.to_sympy(ex.Network(["x"], [ex.relu("h", {"x": "1/3"}, -2)], ["h"]))
    Max(0, x/3 - 2)
    """
    from exactnet.foreign.symbols import to_sympy as write

    return write(_network(net))


def to_onnx(net: Network | Instance, domain: Domain | None = None, *, rounded: bool = False) -> bytes:
    """The network as an ONNX model; refused unless float32 computes it exactly on the domain, or with ``rounded``."""
    from exactnet.families import Instance
    from exactnet.foreign.write_onnx import dump_onnx

    where = net.domain if isinstance(net, Instance) and domain is None else domain
    return dump_onnx(_network(net), where, rounded=rounded)


def draw(net: Network | Instance, at: Sequence[Rational] | None = None, *, beside: Network | Instance | None = None) -> Any:
    """A picture of a small network that notebooks show; ``str`` of it is SVG.

    Parameters
    ----------
    net : Network
    at : sequence of numbers, optional
        An input; the values of all nodes there are written under them.
    beside : Network, optional
        Such as the network rounded: what is drawn is how many weights of both have which size (needs matplotlib).

    Examples
    --------
    >>> import exactnet as ex
    >>> str(ex.draw(ex.read("iris")))[:4]
    '<svg'
    """
    from exactnet.api.display import Picture
    from exactnet.draw.network_svg import draw_svg
    from exactnet.kernel.values import all_values

    network = _network(net)
    if beside is not None:
        from exactnet.draw.plot import weights_figure

        return Picture.of_figure(weights_figure({"before": network, "after": _network(beside)}))
    values = None if at is None else all_values(network, [as_rational(value) for value in at])
    return Picture(draw_svg(network, values=values))


def box(low: Sequence[Rational], high: Sequence[Rational], steps: Sequence[Rational]) -> Box:
    """The grid of a box: ``steps`` evenly spaced values in each coordinate, ends included.

    Examples
    --------
    >>> import exactnet as ex
    >>> ex.box([0, 0], [1, "1/2"], [256, 2]).count
    512
    """
    return Box(low, high, steps)


def points(rows: Any, *, floats: str = "refuse") -> Points:
    """A list of points as a domain: rows of exact numbers, or an array (``floats="dyadic"`` takes floats as what they are).

    Examples
    --------
    >>> import exactnet as ex
    >>> ex.points([[0, "1/2"], [1, 0]]).count
    2
    """
    from exactnet.foreign.arrays import rational_array

    array = rational_array(rows, floats)  # type: ignore[arg-type]
    if array.ndim < 2 or not array.size:
        raise DomainError("a list of points is a matrix, a row for each point")
    return Points(tuple(map(tuple, array.reshape(len(array), -1).tolist())))


def _network(net: Network | Instance) -> Network:
    return net if isinstance(net, Network) else net.network
