"""S6: is every output of a network a function of one input, or of the norm, on a whole domain?

Part of the trusted base: that a network of the right depth and weights agrees with another one does not say so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy.typing as npt

from exactnet.kernel.domain import Domain, Points
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.network import Network
from exactnet.kernel.values import MakeEvaluator, PlainEvaluator

__all__ = ["coordinates", "not_simpler", "read_components"]

Array = npt.NDArray[Any]


def coordinates(domain: Domain, p: int) -> Callable[[int, int], list[Array]]:
    """``p`` times every coordinate on a range of inputs; Python integers for listed points, which may be far apart."""
    names = [f"x{i}" for i in range(domain.d)]
    evaluator = PlainEvaluator(Network(names, [], names), domain)

    def read(start: int, stop: int) -> list[Array]:
        block = evaluator.block(start, stop)
        columns = [block.split(i, p)[0] for i in range(domain.d)]
        return [column.astype(object) for column in columns] if isinstance(domain, Points) else columns

    return read


def _squared_norm(columns: Sequence[Array]) -> list[int]:
    return [sum(x * x for x in point) for point in zip(*(column.tolist() for column in columns), strict=True)]


def not_simpler(
    net: Network, domain: Domain, r: int, route: str, options: Mapping[str, str], make: MakeEvaluator = PlainEvaluator
) -> str | None:
    """Why an output is no function of the input that the options name (of the norm for the route ``radial``); None if all are.

    Parameters
    ----------
    net : a network whose outputs are multiples of ``1/r`` on the domain.
    domain : on a cube or grid.
    make : what evaluates.

    >>> from exactnet.kernel.domain import Cube
    >>> from exactnet.kernel.network import affine
    >>> net = Network(["a", "b"], [affine("y", {"a": 1, "b": 2})], ["y"])
    >>> not_simpler(net, Cube(2), 1, "radial", {})
    'y is not a function of the norm: it differs at the inputs 1 and 2 of the domain'
    """
    radial, outputs = route == "radial", range(len(net.outputs))
    places = () if radial else read_components(options["component"], len(net.inputs))
    if not radial and len(places) != len(outputs):
        return f"the option 'component' names {len(places)} inputs for {len(outputs)} outputs"
    evaluator, read = make(net, domain), coordinates(domain, domain.p)
    known: list[dict[int, tuple[int, int]]] = [{} for _ in outputs]
    for start in range(0, domain.count, evaluator.at_once):
        stop = min(start + evaluator.at_once, domain.count)
        block, columns = evaluator.block(start, stop), read(start, stop)
        norms = _squared_norm(columns) if radial else []
        for output in outputs:
            keys: list[int] = norms if radial else columns[places[output]].tolist()
            values: list[int] = block.split(output, r)[0].tolist()
            for index, (key, value) in enumerate(zip(keys, values, strict=True), start):
                first, where = known[output].setdefault(key, (value, index))
                if first != value:
                    what = f"{net.outputs[output]} is not a function of {'the norm' if radial else net.inputs[places[output]]}"
                    return f"{what}: it differs at the inputs {where} and {index} of the domain"
    return None


def read_components(text: str, inputs: int) -> tuple[int, ...]:
    """For each output the place, from 0, of the input that it depends on; ``text`` counts from 1.

    Raises :class:`FormatError` for anything but numbers from 1 to ``inputs``, separated by commas.

    >>> read_components("1,3", 3)
    (0, 2)
    """
    if not re.fullmatch(r"[1-9]\d{0,8}(,[1-9]\d{0,8})*", text, re.ASCII):
        raise FormatError(f"the option 'component' is {clip_text(text)}, not places of inputs such as 1 or 1,2")
    places = tuple(int(number) - 1 for number in text.split(","))
    if max(places) >= inputs:
        raise FormatError(f"the option 'component' names input {max(places) + 1}, but there are {inputs}")
    return places
