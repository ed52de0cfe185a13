"""Single instructions of the compiled back end, whose loops take several items at a time, against NumPy."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
import numpy.typing as npt
import pytest

from exactnet.domain import Cube
from exactnet.errors import ExactnetError
from exactnet.evaluate.block import compile_network
from exactnet.families import FAMILIES

pytest.importorskip("numba")

Array = npt.NDArray[Any]
STRIP = 64
#: Numbers of inputs: whole words, parts of one, several strips.
COUNTS = (1, 7, 8, 9, 63, 64, 65, 200)


def run(rows: list[tuple[int, ...]], registers: list[Array], tables: dict[int, Array], out: int, count: int) -> Array:
    """Run code on registers of ``count`` items, given and returned at once; register ``out`` is the result."""
    from exactnet.evaluate.kernels import run as machine

    widths = [register.itemsize.bit_length() - 1 for register in registers]
    starts = np.cumsum([0, *(STRIP << width for width in widths)])
    found = np.zeros(count, registers[out].dtype)
    types = [np.dtype(f"u{1 << width}") for width in range(4)]
    for begin in range(0, count, STRIP):
        size = min(STRIP, count - begin)
        memory = np.full(starts[-1], 0xA5, np.uint8)
        for register, start, width in zip(registers, starts, widths, strict=False):
            memory[start : start + (STRIP << width)].view(register.dtype)[:size] = register[begin : begin + size]
        code = np.array([row + (0,) * (8 - len(row)) for row in rows], np.int64)
        outputs = np.array([[starts[out] >> widths[out], widths[out], 0]], np.int64)
        results = tuple(np.zeros(size, kind) for kind in types)
        data = tuple(tables.get(width, np.zeros(1, kind)).astype(kind) for width, kind in enumerate(types))
        unsigned, signed = ([memory.view(f"{sign}{kind.itemsize}") for kind in types] for sign in "ui")
        nothing = np.zeros(1, np.int64)
        loaded = tuple(np.zeros(1, kind) for kind in types)
        machine(
            code, outputs, tuple(unsigned), tuple(signed), data, nothing, loaded, nothing, nothing, results, size, STRIP
        )  # fmt: skip
        found[begin : begin + size] = results[widths[out]].view(registers[out].dtype)
    return found


@pytest.mark.parametrize("width", range(4))
@pytest.mark.parametrize("in_place", [False, True])
def test_shift(width: int, in_place: bool) -> None:
    """Every shift of every width: nothing comes over from the item above."""
    from exactnet.evaluate.bytecode import SHIFT

    draws = np.random.default_rng(width)
    for count in COUNTS:
        values = draws.integers(0, 2 ** (8 << width) - 1, count, np.uint64, endpoint=True)
        given = [values.astype(f"u{1 << width}") for _ in range(2)]
        out = 0 if in_place else 1
        place = 0 if in_place else STRIP  # in items, from the first register
        for shift in range(8 << width):
            row = (16 * SHIFT + 4 * width + width, place, 0, 0, shift)
            assert (run([row], given, {}, out, count) == given[0] >> np.uint64(shift).astype(given[0].dtype)).all()


@pytest.mark.parametrize("index", [0, 1, 3])
@pytest.mark.parametrize("width", range(4))
def test_take(index: int, width: int) -> None:
    """Tables of every width at places of every width that there is, from the middle of all tables on."""
    from exactnet.evaluate.bytecode import TAKE

    draws = np.random.default_rng(index)
    size = min(256, 2 ** (8 << index)) if index == 0 else 1100
    table = draws.integers(0, 2 ** min(63, 8 << width), size + 5).astype(f"u{1 << width}")
    for count in COUNTS:
        places = draws.integers(0, size, count).astype(f"u{1 << index}")
        registers = [places, np.zeros(count, table.dtype)]
        out = (STRIP << index) >> width
        row = (16 * TAKE + 4 * index + width, out, 0, 5)
        assert (run([row], registers, {width: table}, 1, count) == table[5 + places.astype(np.int64)]).all()


def test_machine_code_of_another_version_is_not_believed() -> None:
    made = FAMILIES["parity"].make(d=3, kind="relu")
    with mock.patch("exactnet.evaluate.compiled_exec.NUMBERING", 1), pytest.raises(ExactnetError, match="another version"):
        compile_network(made.network, Cube(3), "compiled").block(0, 8)
