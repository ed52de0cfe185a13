"""The engine: the values of a network on consecutive inputs of a domain, faster than by the plain evaluator.

It has the interface of :class:`exactnet.kernel.values.Evaluator` and gives the same blocks.
"""

from __future__ import annotations

from math import gcd
from typing import Any

import numpy as np
import numpy.typing as npt
from gmpy2 import mpq

from exactnet.engine.executor import Executor
from exactnet.engine.inputs import TooWideError
from exactnet.engine.lower import lower
from exactnet.engine.program import Output
from exactnet.kernel.domain import Domain
from exactnet.kernel.network import Network
from exactnet.kernel.values import Block, Evaluator, PlainEvaluator, check_range

__all__ = ["EngineEvaluator", "compile_network"]

#: The most bytes of the values of a block.
BLOCK_BYTES = 2**23

Array = npt.NDArray[Any]


class EngineEvaluator:
    """A network lowered to a program and run by an executor.

    Raises :class:`~exactnet.kernel.errors.DomainError` where the dimensions differ, and
    :class:`~exactnet.engine.inputs.TooWideError` where values between take more than 64 bits.
    """

    def __init__(self, net: Network, domain: Domain) -> None:
        self._domain = domain
        self._program = lower(net, domain)
        self._executor = Executor(self._program, domain)

    @property
    def at_once(self) -> int:
        return max(1, BLOCK_BYTES // (8 * len(self._program.outputs)))

    def block(self, start: int, stop: int) -> Block:
        check_range(self._domain, start, stop)
        if start == stop:
            arrays: list[Array | None] = [None] * len(self._program.outputs)
        else:
            arrays = self._executor.run(start, stop)
        outputs = zip(self._program.outputs, arrays, strict=True)
        return Block(stop - start, tuple(_integers(output, array, stop - start) for output, array in outputs))


def _integers(output: Output, values: Array | None, count: int) -> tuple[Array, mpq]:
    """``(offset + scale·n)/den`` for an array of ``n >= 0`` (None: for 0), as integers and their unit.

    The integers are computed modulo ``2^64`` where all of them lie within int64, else as Python integers.
    """
    common = gcd(output.offset, output.scale) or 1
    offset, scale, unit = output.offset // common, output.scale // common, mpq(output.den, common)
    if values is None or not count:
        values = np.zeros(count, np.uint8)
    ends = [offset + scale * int(n) for n in (values.min(), values.max())] if count else []
    if all(abs(end) < 1 << 63 for end in ends):
        return (values.astype(np.uint64) * np.uint64(scale % 2**64) + np.uint64(offset % 2**64)).view(np.int64), unit
    return values.astype(object) * scale + offset, unit


def compile_network(net: Network, domain: Domain) -> Evaluator:
    """A network made ready by the engine; by the plain evaluator where values are too wide for it.

    Raises :class:`~exactnet.kernel.errors.DomainError` where the dimensions differ.

    >>> from exactnet.kernel.domain import Cube
    >>> from exactnet.kernel.network import relu
    >>> net = Network(["a", "b"], [relu("h", {"a": "3/2", "b": 1}, -1)], ["h"])
    >>> block = compile_network(net, Cube(2)).block(0, 4)
    >>> block.split(0, 1)
    (array([0, 0, 0, 1]), array([ True,  True, False, False]))
    >>> block.max_abs(0), block.denominator(0)
    (mpq(3,2), 2)
    """
    try:
        return EngineEvaluator(net, domain)
    except TooWideError:
        return PlainEvaluator(net, domain)
