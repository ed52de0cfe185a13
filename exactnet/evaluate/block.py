"""The values of a network on consecutive inputs of a domain, behind one interface.

``BACKENDS`` names the ways to compute them. All are exact, and all give the same blocks; they differ in speed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from gmpy2 import mpq

from exactnet.domain import Domain, check_dimension
from exactnet.errors import DomainError, ExactnetError
from exactnet.evaluate.affine import Affine, as_int64
from exactnet.evaluate.code import bytes_each
from exactnet.evaluate.executor import Executor
from exactnet.evaluate.lower import lower
from exactnet.evaluate.numpy_exec import NumpyExecutor
from exactnet.evaluate.program import Program
from exactnet.evaluate.reference import evaluate
from exactnet.network import Network
from exactnet.rationals import lcm_all

__all__ = ["BACKENDS", "CHUNK", "Block", "Evaluator", "best_backend", "compile_network", "installed", "require"]

#: A good number of inputs for one block.
CHUNK = 2**16
#: The most bytes of the values of a block.
BLOCK_BYTES = 2**23
#: From so many inputs on, it pays to start Numba, and to compile.
LARGE, VAST = 2**21, 2**26

Array = npt.NDArray[Any]


class Block(Protocol):
    """The outputs of a network at the inputs ``start <= index < stop`` of a domain."""

    @property
    def count(self) -> int:
        """``stop - start``."""
        ...

    def split(self, output: int, r: int) -> tuple[Array, npt.NDArray[np.bool_] | None]:
        """``floor(r·value)`` of one output, and where ``r·value`` is an integer (None: everywhere).

        The floors come as int64 where all of them fit, else as Python integers in an object array.
        """
        ...

    def max_abs(self, output: int) -> mpq:
        """The largest absolute value of one output in the block (0 for an empty block)."""
        ...

    def denominator(self, output: int) -> int:
        """The least ``e >= 1`` such that ``e·value`` is an integer for every input of the block."""
        ...


class Evaluator(Protocol):
    """A network on a domain, ready to be evaluated. It can be pickled."""

    @property
    def at_once(self) -> int:
        """How many inputs a block should have at most, so that its values take little memory."""
        ...

    def block(self, start: int, stop: int) -> Block:
        """The outputs at ``start <= index < stop``.

        Raises :class:`~exactnet.errors.DomainError` for a range that is not part of the domain.
        """
        ...


def _check_range(domain: Domain, start: int, stop: int) -> None:
    if not 0 <= start <= stop <= domain.count:
        raise DomainError(f"the range from {start} to {stop} is not part of a domain of {domain.count} inputs")


@dataclass(frozen=True, slots=True)
class ArrayBlock:
    """A block whose outputs are affine functions of arrays of non-negative integers."""

    count: int
    outputs: tuple[Affine, ...]

    def split(self, output: int, r: int) -> tuple[Array, npt.NDArray[np.bool_] | None]:
        return self.outputs[output].split(r)

    def max_abs(self, output: int) -> mpq:
        return self.outputs[output].max_abs()

    def denominator(self, output: int) -> int:
        return self.outputs[output].denominator()


class ProgramEvaluator:
    """A network compiled to a program and run by an executor."""

    def __init__(self, net: Network, domain: Domain, executor: Callable[[Program, Domain], Executor]) -> None:
        self._domain = domain
        self._program = lower(net, domain)
        self._executor = executor(self._program, domain)

    @property
    def at_once(self) -> int:
        outputs = (out for out in self._executor.assembled.outputs if out is not None)
        return max(1, BLOCK_BYTES // sum((bytes_each(out) for out in outputs), start=1))

    def block(self, start: int, stop: int) -> Block:
        _check_range(self._domain, start, stop)
        if start == stop:
            arrays: list[Array | None] = [None] * len(self._program.outputs)
        else:
            arrays = self._executor.run(start, stop)
        nothing = np.zeros(stop - start, np.uint8)
        outputs = tuple(
            Affine(nothing if array is None else array, output.offset, output.scale, output.den)
            for output, array in zip(self._program.outputs, arrays, strict=True)
        )
        return ArrayBlock(stop - start, outputs)


@dataclass(frozen=True, slots=True)
class RationalBlock:
    """A block of rationals, by definition."""

    rows: tuple[tuple[mpq, ...], ...]

    @property
    def count(self) -> int:
        return len(self.rows)

    def split(self, output: int, r: int) -> tuple[Array, npt.NDArray[np.bool_] | None]:
        products = [r * row[output] for row in self.rows]
        floors = np.empty(len(products), object)
        floors[:] = [int(value.numerator // value.denominator) for value in products]
        whole = np.array([value.denominator == 1 for value in products], np.bool_)
        return as_int64(floors), None if whole.all() else whole

    def max_abs(self, output: int) -> mpq:
        return max((abs(row[output]) for row in self.rows), default=mpq(0))

    def denominator(self, output: int) -> int:
        return int(lcm_all(row[output].denominator for row in self.rows))


@dataclass(frozen=True, slots=True)
class ReferenceEvaluator:
    """A network evaluated by the definition, one input at a time."""

    net: Network
    domain: Domain

    @property
    def at_once(self) -> int:
        return CHUNK

    def block(self, start: int, stop: int) -> Block:
        _check_range(self.domain, start, stop)
        return RationalBlock(tuple(evaluate(self.net, point) for point in self.domain.range(start, stop)))


def numpy_evaluator(net: Network, domain: Domain) -> Evaluator:
    """Compile a network for a domain; blocks are computed with NumPy.

    Raises :class:`~exactnet.errors.DomainError` where the dimensions differ.
    """
    return ProgramEvaluator(net, domain, NumpyExecutor)


def compiled_evaluator(net: Network, domain: Domain) -> Evaluator:
    """Compile a network for a domain; blocks are computed by machine code (Numba, the extra ``compiled``).

    Raises :class:`~exactnet.errors.DomainError` where the dimensions differ, and
    :class:`~exactnet.errors.ExactnetError` where Numba is not installed.
    """
    require("compiled")
    from exactnet.evaluate.compiled_exec import CompiledExecutor

    return ProgramEvaluator(net, domain, CompiledExecutor)


def reference_evaluator(net: Network, domain: Domain) -> Evaluator:
    """The same interface on top of the definition: slow, and what the others are tested against.

    Raises :class:`~exactnet.errors.DomainError` where the dimensions differ.
    """
    check_dimension(domain, net.inputs)
    return ReferenceEvaluator(net, domain)


#: The ways to evaluate, by name.
BACKENDS: dict[str, Callable[[Network, Domain], Evaluator]] = {
    "reference": reference_evaluator,
    "numpy": numpy_evaluator,
    "compiled": compiled_evaluator,
}


def installed(backend: str) -> bool:
    """Whether what a back end needs is installed."""
    return backend != "compiled" or find_spec("numba") is not None


def require(backend: str) -> None:
    """Raise :class:`~exactnet.errors.ExactnetError` where what a back end needs is not installed."""
    if not installed(backend):
        raise ExactnetError("the back end 'compiled' needs Numba: pip install 'exactnet[compiled]'")


def best_backend(count: int) -> str:
    """The fastest way to evaluate a domain of ``count`` inputs here.

    Starting Numba takes about a second; the first time on a machine, when it compiles, about twenty.

    >>> best_backend(1000)
    'numpy'
    """
    if count < LARGE or not installed("compiled"):
        return "numpy"
    if count < VAST:
        from exactnet.evaluate.kernels import is_on_disk

        return "compiled" if is_on_disk() else "numpy"
    return "compiled"


def compile_network(net: Network, domain: Domain, backend: str | None = None) -> Evaluator:
    """Compile a network for a domain, for one of :data:`BACKENDS` (None: the one that is best).

    Raises :class:`~exactnet.errors.DomainError` where the dimensions differ, and
    :class:`~exactnet.errors.ExactnetError` where the back end is not installed.

    >>> from exactnet.domain import Cube
    >>> from exactnet.network import relu
    >>> net = Network(["a", "b"], [relu("h", {"a": "3/2", "b": 1}, -1)], ["h"])
    >>> block = compile_network(net, Cube(2)).block(0, 4)
    >>> block.split(0, 1)
    (array([0, 0, 0, 1]), array([ True,  True, False, False]))
    >>> block.max_abs(0), block.denominator(0)
    (mpq(3,2), 2)
    """
    return BACKENDS[best_backend(domain.count) if backend is None else backend](net, domain)
