"""How long proofs by cells take, and z3 beside them: ``python -m exactnet.bench.reals``.

CPU seconds of one process, the least of up to five runs within about a second. ``make`` finds the proof, ``check`` and ``recheck``
confirm it (``recheck`` reads its files, too). z3, where it is installed, is asked whether the networks differ anywhere; it gives no
certificate. The last columns are ratios to ``make``.

``python -m exactnet.bench.reals --large FOLDER`` does one pair with more than a million cells on all cores, and keeps its state and
certificate in FOLDER: the same command goes on after an interruption.
"""

from __future__ import annotations

import argparse
import math
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from gmpy2 import mpq
from tabulate import tabulate

from exactnet.certify.cells import Options, decide
from exactnet.claims.cells.certificate import verify
from exactnet.claims.cells.claims import Claim, system_for
from exactnet.claims.cells.polyhedron import Polyhedron
from exactnet.families.draws import Draws
from exactnet.families.maximum import five, six
from exactnet.files.cells import write_cells
from exactnet.kernel.errors import ExactnetError
from exactnet.kernel.network import Network
from exactnet.recheck.command import recheck
from exactnet.symbolic import Formula, maximum, network, relu, x

__all__ = ["main", "random_pair"]

Pair = tuple[Network, Network]
T = TypeVar("T")


def _maxima(n: int, shallow: Callable[[], Formula]) -> Pair:
    return network(shallow(), n), network(maximum(*(x[i] for i in range(1, n + 1))), n)


def random_pair(d: int, widths: Sequence[int], seed: int) -> Pair:
    """A network with small random weights, and the same with ``[z]+`` below the last layer replaced by ``[3/2 [z]+]+ / (3/2)``.

    (A rewriting that only scales, shifts and turns ReLUs around is seen through before the first cell.)
    """
    layers = []
    for idle in (False, True):
        draws = Draws(seed)

        def small(draws: Draws = draws) -> int:
            return draws.below(7) - 3

        below = [x[i] for i in range(1, d + 1)]
        for layer, width in enumerate(widths, 1):
            sums = [sum((value * small() for value in below), x[1] * 0 + small()) for _ in range(width)]
            below = list(map(relu, sums))
            if idle and layer < len(widths):
                below = [relu(value * mpq(3, 2)) * mpq(2, 3) for value in below]
        layers.append(network(sum((value * (small() or 1) for value in below), x[1] * 0), d))
    return layers[0], layers[1]


ROWS: tuple[tuple[str, Callable[[], Pair]], ...] = (
    ("max of 5: 6+9 = tree, R^5", lambda: _maxima(5, five)),
    ("max of 6: 15+66 = tree, R^6", lambda: _maxima(6, six)),
    ("random 8+8 = with idle layer, R^4", lambda: random_pair(4, [8, 8], 1)),
    ("random 10+10 = with idle layer, R^3", lambda: random_pair(3, [10, 10], 1)),
    ("random 16+16 = with idle layer, R^4", lambda: random_pair(4, [16, 16], 1)),
    ("random 12+12 = with idle layer, R^8", lambda: random_pair(8, [12, 12], 1)),
    ("random 12+12+12+12 = with idle layers, R^2", lambda: random_pair(2, [12] * 4, 1)),
)
#: Rows that z3 decides within a minute or so.
_SOLVED = 4


def _seconds(work: Callable[[], T]) -> tuple[float, T]:
    """The CPU seconds of some work, and its result."""
    least, begun, runs = math.inf, time.process_time(), 0
    while True:
        start = time.process_time()
        result = work()
        end = time.process_time()
        least, runs = min(least, end - start), runs + 1
        if runs == 5 or end - begun > 1:
            return least, result


def _recheck(path: str) -> None:
    verdict = list(recheck(path, max_file=10**10))[-1]
    if verdict != "certified":
        raise ExactnetError(f"{path}: {verdict}")


#: The pair with many cells: inputs, widths, seed.
LARGE = 6, [32, 8], 1


def large(folder: str, pair: Pair) -> None:
    """Decide on all cores whether a pair is equal everywhere, check that twice, and print how long it took."""
    from exactnet.certify.cells.state import State
    from exactnet.parallel.local import cores

    claim, everywhere = Claim("equal"), Polyhedron(len(pair[0].inputs))
    state, path = os.path.join(folder, "search"), os.path.join(folder, "c.json")
    os.makedirs(folder, exist_ok=True)
    rows = []

    def timed(what: str, work: Callable[[], T]) -> T:
        wall, cpu = time.perf_counter(), sum(os.times()[:4])
        result = work()
        rows.append([what, f"{time.perf_counter() - wall:.0f}", f"{sum(os.times()[:4]) - cpu:.0f}"])
        return result

    options = Options(10**8, cores(), state=State(state))
    certificate = timed(f"make, {cores()} processes", partial(decide, claim, pair, everywhere, options))
    timed("check", partial(verify, certificate, pair))
    write_cells(path, pair, certificate, 0)
    timed("recheck", partial(_recheck, path))
    print(f"{certificate.leaves} cells, {len(certificate.proof.lemmas)} lemmas, {os.path.getsize(path) / 1e6:.1f} MB")
    print(tabulate(rows, ["", "wall, s", "CPU, s"], disable_numparse=True, colalign=("left", "right", "right")))


def main() -> None:
    """Run, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m exactnet.bench.reals", description="How long do proofs by cells take?")
    parser.add_argument("--large", metavar="FOLDER", help="one pair with more than a million cells; FOLDER keeps what is finished")
    folder = parser.parse_args().large
    if folder is None:
        table()
    else:
        large(folder, random_pair(*LARGE))


def table() -> None:
    """Run all rows, and print them."""
    from exactnet.certify.cells.solver import solve

    claim, cells = Claim("equal"), []
    with tempfile.TemporaryDirectory() as folder:
        for number, (title, pair) in enumerate(ROWS):
            networks = pair()
            everywhere = Polyhedron(len(networks[0].inputs))
            making, certificate = _seconds(partial(decide, claim, networks, everywhere))
            checking, _ = _seconds(partial(verify, certificate, networks))
            path = os.path.join(folder, "c.json")
            write_cells(path, networks, certificate, making)
            rechecking, _ = _seconds(partial(_recheck, path))
            solved, ratio = "-", "-"
            if number < _SOLVED:
                try:
                    solving, _ = _seconds(partial(solve, claim, networks, everywhere))
                    solved, ratio = f"{solving:.2f}", f"{solving / making:.0f}"
                except ExactnetError:
                    solved = "not installed"
            system = system_for(claim, networks)
            inner = len(system.inner())
            size = f"{os.path.getsize(path) / 1000:.0f} kB"
            times = [f"{seconds:.3f}" for seconds in (making, checking, rechecking)]
            row = [title, inner, len(system.relus) - inner, certificate.leaves, size, *times, solved]
            cells.append([*row, f"{rechecking / making:.2f}", ratio])
    heads = ["", "inner", "last", "cells", "file", "make", "check", "recheck", "z3", "recheck/make", "z3/make"]
    print(tabulate(cells, heads, disable_numparse=True, colalign=("left", *["right"] * 10)))


if __name__ == "__main__":
    main()
