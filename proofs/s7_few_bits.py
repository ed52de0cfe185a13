"""S7, few bits: weights of thousands of bits replaced by weights of few bits at the same depth.

Claim: W. Maass, *Bounds for the computational power and learning complexity of analog neural nets*, SIAM J. Comput.
26 (1997), in the form of docs/few-bits.md. On a finite set of inputs, with outputs that are multiples of ``1/r`` or
kept within a tolerance, the weights of a network are replaced by rationals whose bits are bounded by Hadamard's
inequality in the number of weights, whatever the bits of the original. At depth 2 nothing else changes; above, hidden
layers are unfolded into trees.

Checked: networks of 256 to 4096 bits on the cube and the grid, of depth 2 to 4, equal or within a tolerance, and
threshold circuits; every input, with the bound evaluated for each instance. Then S7 composed with S1: the size that
route A needs for the original, and for the network with few bits, which has the same values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from gmpy2 import mpq

from exactnet.compress import CompressRequest, compress_network
from exactnet.data import example_path
from exactnet.domain import Cube
from exactnet.families import FAMILIES
from exactnet.io import read_network
from exactnet.judge import compare_networks
from exactnet.pipeline import Request, certify_network
from proofs.s3_circuits import gate
from proofs.table import Cell, Table

__all__ = ["FULL", "QUICK", "composed", "table"]


def _made(title: str, family: str, epsilon: mpq | None = None, **options: object) -> tuple[str, CompressRequest]:
    instance = FAMILIES[family].make(seed=1, **options)
    return title, CompressRequest(instance.network, instance.domain, epsilon)


def _quick() -> Iterator[tuple[str, CompressRequest]]:
    yield _made("clipped, d = 6, m = 4", "clipped", d=6, m=4, bits=256)
    yield _made("random, d = 4, widths 3, 4", "random", d=4, widths=(3, 4), bits=256)
    yield _made("scaled, d = 4, widths 4", "random", mpq(1, 1000), d=4, widths=(4,), bits=256, end="scaled")
    yield "a gate of 8 inputs", CompressRequest(gate(8, 256), Cube(8))


def _full() -> Iterator[tuple[str, CompressRequest]]:
    for bits in (256, 1024, 4096):
        yield _made("clipped, d = 8, m = 8", "clipped", d=8, m=8, bits=bits)
    yield _made("clipped, d = 16, m = 4", "clipped", d=16, m=4, bits=1024)
    yield _made("random, d = 6, widths 4, 4", "random", d=6, widths=(4, 4), bits=1024)
    yield _made("random, d = 6, widths 4, 4, 4", "random", d=6, widths=(4, 4, 4), bits=1024)
    yield _made("random, d = 3 on I_2, widths 3, 4", "random", d=3, widths=(3, 4), bits=1024, grid=2)
    for epsilon in (mpq(1, 10), mpq(1, 1000), mpq(1, 10**6)):
        yield _made("scaled, d = 6, widths 6", "random", epsilon, d=6, widths=(6,), bits=1024, end="scaled")
    yield _made("scaled, d = 4, widths 4, 3", "random", mpq(1, 1000), d=4, widths=(4, 3), bits=1024, end="scaled")
    iris = read_network(example_path("iris"))
    if iris.domain is None:
        raise AssertionError("iris has no domain")
    yield "iris", CompressRequest(iris.network, iris.domain, mpq(1, 100))
    yield "iris, rounded", CompressRequest(iris.network, iris.domain, mpq(1, 100), solver="round")
    yield "a gate of 16 inputs", CompressRequest(gate(16, 4096), Cube(16))
    digits = read_network(example_path("digits")).network
    yield "digits (circuit)", CompressRequest(digits, Cube(len(digits.inputs)))


def table(instances: Iterator[tuple[str, CompressRequest]], name: str) -> Table:
    """Compress and certify instances; raises ``AssertionError`` unless all are certified."""
    rows: list[tuple[Cell, ...]] = []
    for title, request in instances:
        certificate = compress_network(request).certificate
        if certificate.verdict != "certified":
            raise AssertionError(f"{title}: {certificate.reason}")
        before, after = certificate.original, certificate.constructed
        bound = next(row.value for row in certificate.bounds if row.name == "bits")
        rows.append(
            (
                title,
                "equal" if request.epsilon is None else f"within {request.epsilon}",
                certificate.inputs_checked,
                before.depth,
                after.depth,
                before.neurons,
                after.neurons,
                before.bits,
                after.bits,
                str(bound),
                certificate.verdict,
            )
        )
    columns = (
        "network",
        "outputs",
        "inputs",
        *("depth", "depth after"),
        *("neurons", "neurons after"),
        *("bits", "bits after", "bound"),
        "verdict",
    )
    caption = (
        "S7: bits of the weights before and after, beside Hadamard's bound; depth and neurons likewise; every input checked. "
        "The bound does not depend on the bits before."
    )
    return Table(name, caption, columns, rows)


def composed(sizes: tuple[int, ...], d: int, name: str) -> Table:
    """S7, then route A of S1; raises ``AssertionError`` unless every step is certified and the ends are equal."""
    rows: list[tuple[Cell, ...]] = []
    for bits in sizes:
        instance = FAMILIES["clipped"].make(d=d, m=2, bits=bits, seed=1)
        few = compress_network(CompressRequest(instance.network, instance.domain))
        direct, after = (certify_network(Request(net, instance.domain)) for net in (instance.network, few.constructed))
        verdicts = {result.certificate.verdict for result in (few, direct, after)}
        if verdicts != {"certified"} or compare_networks(instance.network, after.constructed, instance.domain)[1]:
            raise AssertionError(f"clipped with {bits} bits: S7 and S1 do not compose")
        sides = [(result.certificate.parameters["B"], result.certificate.constructed) for result in (direct, after)]
        cells = [cell for (B, made) in sides for cell in (B, made.depth, made.gates, made.wires, str(made.max_weight))]
        rows.append((bits, *cells, "certified"))
    measures = ("B", "depth", "gates", "wires", "largest weight")
    columns = ("bits", *measures, *(f"{measure} after S7" for measure in measures), "verdict")
    caption = (
        f"S7 and then S1 (route A): clipped, d = {d}, m = 2, seed 1, all {2**d} inputs. Left the size of route A for the original, "
        "right for the equal network with few bits."
    )
    return Table(name, caption, columns, rows)


#: The tables that take seconds.
QUICK: Mapping[str, Callable[[], Table]] = {
    "s7-quick": lambda: table(_quick(), "s7-quick"),
    "s7-s1-quick": lambda: composed((20, 64), 6, "s7-s1-quick"),
}

#: The tables that take longer.
FULL: Mapping[str, Callable[[], Table]] = {
    "s7": lambda: table(_full(), "s7"),
    "s7-s1": lambda: composed((64, 256, 1024), 8, "s7-s1"),
}
