"""The engine: the values of a network on consecutive inputs of a domain, faster than by the plain evaluator.

It has the interface of :class:`exactnet.kernel.values.Evaluator` and gives the same blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from gmpy2 import mpq

from exactnet.engine.affine import Affine
from exactnet.engine.code import bytes_each
from exactnet.engine.executor import Executor
from exactnet.engine.limbs import TooWideError
from exactnet.engine.lower import lower
from exactnet.kernel.domain import Domain
from exactnet.kernel.network import Network
from exactnet.kernel.values import Block, Evaluator, PlainEvaluator, check_range

__all__ = ["EngineEvaluator", "compile_network"]

#: The most bytes of the values of a block.
BLOCK_BYTES = 2**23

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class AffineBlock:
    """A block whose outputs are affine functions of arrays of non-negative integers."""

    count: int
    outputs: tuple[Affine, ...]

    def split(self, output: int, r: int) -> tuple[Array, npt.NDArray[np.bool_] | None]:
        return self.outputs[output].split(r)

    def max_abs(self, output: int) -> mpq:
        return self.outputs[output].max_abs()

    def denominator(self, output: int) -> int:
        return self.outputs[output].denominator()


class EngineEvaluator:
    """A network lowered to a program and run by an executor.

    Raises :class:`~exactnet.kernel.errors.DomainError` where the dimensions differ, and
    :class:`~exactnet.engine.limbs.TooWideError` where values take more limbs than are proven safe.
    """

    def __init__(self, net: Network, domain: Domain) -> None:
        self._domain = domain
        self._program = lower(net, domain)
        self._executor = Executor(self._program, domain)

    @property
    def at_once(self) -> int:
        outputs = (out for out in self._executor.assembled.outputs if out is not None)
        return max(1, BLOCK_BYTES // sum((bytes_each(out) for out in outputs), start=1))

    def block(self, start: int, stop: int) -> Block:
        check_range(self._domain, start, stop)
        if start == stop:
            arrays: list[Array | None] = [None] * len(self._program.outputs)
        else:
            arrays = self._executor.run(start, stop)
        nothing = np.zeros(stop - start, np.uint8)
        outputs = tuple(
            Affine(nothing if array is None else array, output.offset, output.scale, output.den)
            for output, array in zip(self._program.outputs, arrays, strict=True)
        )
        return AffineBlock(stop - start, outputs)


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
