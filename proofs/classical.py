"""Classical circuits with small weights in constant depth, and the question what depth 2 can do.

Claim: parity, majority, comparison, the inner product mod 2, addition, multiplication, sorting, and a function in the style of
Naor and Reingold have threshold circuits of the stated depths with polynomial weights. Comparison and addition have such circuits
of depth 2, multiplication and sorting of depth 3; that is the least depth with polynomial weights. In depth 2 with small weights
the inner product needs exponential size.

Source: N. Alon, J. Bruck, *Explicit constructions of depth-2 majority circuits for comparison and addition*, SIAM J. Discrete Math.
7, 1994; K.-Y. Siu, V. Roychowdhury, *On optimal depth threshold circuits for multiplication and related problems*, SIAM J. Discrete
Math. 7, 1994 (NIPS 1992); K.-Y. Siu, J. Bruck, T. Kailath, T. Hofmeister, *Depth efficient neural networks for division and related
problems*, IEEE Trans. Inf. Theory 39, 1993; A. Chandra, L. Stockmeyer, U. Vishkin, *Constant depth reducibility*, SIAM J. Comput.
13, 1984; A. Hajnal, W. Maass, P. Pudlák, M. Szegedy, G. Turán, *Threshold circuits of bounded depth*, J. Comput. Syst. Sci. 46,
1993; M. Naor, O. Reingold, J. ACM 51, 2004. The circuits of least depth are this project's.

Checked: each circuit against another one for the same function, naive or with large weights, and against the function's
definition on integers, on every input, with its stated depth, weights and gates; the least circuits of depth 2 for functions of at
most four bits, by exhaustion over all threshold functions; and for the inner product the best discriminator among all gates whose
weights are bounded, which bounds the output's weights below. Of numbers of up to 64 bits: each circuit is proved equal to the
network that defines the function (`claims/definitions.py`), for all inputs at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import product

from exactnet.certify.classical import CHOICES, KINDS, certify_function, certify_function_by_proof
from exactnet.construct.barriers.least_circuits import LeastSearch
from exactnet.construct.classical.discriminator import best_discriminator, inner_product_weights, truth_table
from exactnet.families import FAMILIES
from exactnet.kernel.domain import Cube
from exactnet.kernel.errors import SizeError
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network, Node
from exactnet.kernel.sweep import CheckJob, compare_networks

from .rows import COMPARED, accept, compared, proved
from .table import Cell, Table

__all__ = ["BOUNDS", "FULL", "LEMMAS", "QUICK", "circuits_table", "depth_two_table", "discriminator_table"]

_LEMMAS = ("first_difference", "iterated_addition", "shallow_addition", "shallow_multiplication", "shallow_sorting")
LEMMAS = tuple(f"classical/{name}" for name in _LEMMAS)
BOUNDS = ("classical",)

Options = Mapping[str, int]
#: A function, its options, and the kind of circuit.
Asked = tuple[str, Options, str]

QUICK_CIRCUITS: tuple[Asked, ...] = (
    ("parity", {"d": 8}, "small"),
    ("majority", {"d": 9}, "small"),
    ("comparison", {"n": 5}, "small"),
    ("comparison", {"n": 5}, "shallow"),
    ("inner-product", {"n": 4}, "small"),
    ("addition", {"n": 6}, "small"),
    ("addition", {"n": 6}, "shallow"),
    ("multiplication", {"n": 5}, "small"),
    ("multiplication", {"n": 5}, "shallow"),
    ("sorting", {"n": 2, "bits": 5}, "small"),
    ("sorting", {"n": 2, "bits": 5}, "shallow"),
    ("naor-reingold", {"n": 6, "order": 11}, "small"),
)
FULL_CIRCUITS: tuple[Asked, ...] = (
    ("parity", {"d": 16}, "small"),
    ("majority", {"d": 17}, "small"),
    ("comparison", {"n": 9}, "small"),
    ("comparison", {"n": 9}, "shallow"),
    ("inner-product", {"n": 8}, "small"),
    ("addition", {"n": 9}, "small"),
    ("addition", {"n": 9}, "shallow"),
    ("multiplication", {"n": 6}, "small"),
    ("multiplication", {"n": 6}, "shallow"),
    ("multiplication", {"n": 8}, "shallow"),
    ("sorting", {"n": 4, "bits": 4}, "small"),
    ("sorting", {"n": 4, "bits": 4}, "shallow"),
    ("sorting", {"n": 3, "bits": 6}, "shallow"),
    ("sorting", {"n": 16, "bits": 1}, "shallow"),
    ("naor-reingold", {"n": 16, "order": 101}, "small"),
)
#: Bits of each vector, and the largest weight of the gates that are tried.
FULL_SIZES = ((1, 1), (2, 3), (3, 1), (3, 4), (4, 1), (4, 2), (5, 1), (6, 1), (7, 1))


def circuits_table(circuits: Iterable[Asked], name: str) -> Table:
    """Certify every circuit against the other and the function; raises ``AssertionError`` unless all are certified."""
    rows: list[tuple[Cell, ...]] = []
    for function, options, kind in circuits:
        values: dict[str, object] = {**options, **({"kind": kind} if function in CHOICES else {})}
        certificate = accept(function, certify_function(function, values).result.certificate)
        bound = {row.name: str(row.value) for row in certificate.bounds}
        before, after = certificate.original, certificate.constructed
        rows.append(
            (
                f"{function} ({', '.join(f'{key} = {value}' for key, value in options.items())})",
                certificate.inputs_checked,
                KINDS[function][0],
                before.depth,
                before.gates,
                str(before.max_weight),
                kind,
                after.depth,
                bound["depth"],
                after.gates,
                bound["gates"],
                str(after.max_weight),
                bound["max_weight"],
                *compared(certificate),
                certificate.verdict,
            )
        )
    columns = (
        "function",
        "inputs",
        "original",
        "its depth",
        "its gates",
        "its largest weight",
        "kind",
        "depth",
        "stated depth",
        "gates",
        "gate bound",
        "largest weight",
        "weight bound",
        *COMPARED,
        "verdict",
    )
    caption = "Classical circuits with small weights, each certified on every input: against another, and as the function."
    return Table(name, caption, columns, rows)


def _single(net: Network, output: str) -> Network:
    """The circuit of one output, called y."""
    nodes = [Node("y" if node.id == output else node.id, node.kind, node.sources, node.bias) for node in net.nodes()]
    return Network(net.inputs, nodes, ["y"])


def depth_two_table(name: str) -> Table:
    """Every output of functions of at most four bits with its least circuit of depth 2, which is compared with the function."""
    chosen: tuple[tuple[str, Options], ...] = (
        ("inner-product", {"n": 1}),
        ("inner-product", {"n": 2}),
        ("parity", {"d": 2}),
        ("parity", {"d": 3}),
        ("parity", {"d": 4}),
        ("majority", {"d": 4}),
        ("comparison", {"n": 2}),
        ("addition", {"n": 2}),
        ("multiplication", {"n": 2}),
        ("sorting", {"n": 2, "bits": 2}),
    )
    rows: list[tuple[Cell, ...]] = []
    for function, options in chosen:
        net = FAMILIES[function].make(**options, kind=KINDS[function][1]).network
        title = f"{function} ({', '.join(f'{key} = {value}' for key, value in options.items())})"
        search = LeastSearch(list(product((0, 1), repeat=len(net.inputs))), most=3)  # by exhaustion alone
        for output, table in zip(net.outputs, truth_table(net), strict=True):
            try:
                least = search.least(table)
            except SizeError:  # at least four gates below the output: the family's circuit has no more
                circuit, proof = _single(net, output), "exhaustion"
                if (measure(circuit).depth, measure(circuit).gates) != (2, 5):
                    raise AssertionError(f"{title}, {output}: no circuit of depth 2 with four gates is known") from None
            else:
                circuit, proof = least.circuit(net.inputs, "y"), least.proof or "-"
            if compare_networks(CheckJob(_single(net, output), circuit, Cube(len(net.inputs))))[1] is not None:
                raise AssertionError(f"{title}, {output}: the circuit of depth 2 computes something else")
            measured = measure(circuit)
            rows.append((title, output, len(net.inputs), measured.gates, str(measured.max_weight), proof))
    columns = ("function", "output", "bits", "least gates in depth 2", "its largest weight", "fewer are excluded by")
    caption = "The fewest gates in depth 2, the output gate counted, whatever the weights: all threshold functions are tried."
    notes = ("An input that the output gate reads counts as a gate that passes it on.",)
    return Table(name, caption, columns, rows, notes)


def discriminator_table(sizes: Iterable[tuple[int, int]], name: str) -> Table:
    """The inner product mod 2: sizes in depths 3 and 2, and the lower bound of the discriminator lemma."""
    rows: list[tuple[Cell, ...]] = []
    for n, most in sizes:
        small, large = (FAMILIES["inner-product"].make(n=n, kind=kind).network for kind in ("small", "large"))
        if compare_networks(CheckJob(small, large, Cube(2 * n)))[1] is not None:
            raise AssertionError(f"inner product, n = {n}: the circuits differ")
        (table,) = truth_table(small)
        best, gate = best_discriminator([table >> x & 1 for x in range(4**n)], inner_product_weights(n, most))
        needed = -(-best.denominator // best.numerator)
        deep, flat = measure(small), measure(large)
        sizes_of = (deep.gates, str(deep.max_weight), flat.gates, str(flat.max_weight))
        rows.append((n, *sizes_of, most, str(best), " ".join(map(str, gate.weights)), int(needed)))
    columns = (
        "`n`",
        "gates in depth 3",
        "largest weight",
        "gates in depth 2",
        "largest weight there",
        "weights of gates up to",
        "best discriminator",
        "attained with weights",
        "output weights in depth 2 sum to at least",
    )
    caption = "The inner product mod 2: `2n+1` gates in depth 3; `2^n` suffice in depth 2; and what the discriminator lemma says."
    return Table(name, caption, columns, rows)


def proved_table(circuits: Iterable[Asked], name: str) -> Table:
    """Circuits that are proved equal to the definition of their function; raises ``AssertionError`` unless all are certified."""
    rows: list[tuple[Cell, ...]] = []
    for function, options, kind in circuits:
        title = f"{function} ({', '.join(f'{key} = {value}' for key, value in options.items())})"
        values = {**options, "kind": kind}
        document, size = proved(f"{title}, {kind}", partial(certify_function_by_proof, function, values))
        constructed = document["constructed"]
        bound = {row["name"]: row["value"] for row in document["bounds"]}
        measured = (constructed["depth"], constructed["gates"], bound["gates"], constructed["max_weight"], bound["max_weight"])
        inputs = int(document["parameters"]["d"])
        rows.append((title, kind, inputs, *measured, document["proof"]["lines"], size, document["verdict"]))
    columns = (
        "function", "kind", "inputs `d`", "depth", "gates", "gate bound", "largest weight", "weight bound", "proof, lines", "bytes",
        "verdict",
    )  # fmt: skip
    caption = "Classical circuits proved equal to the definitions of their functions on all `2^d` inputs."
    return Table(name, caption, columns, rows)


QUICK_PROVED: tuple[Asked, ...] = (
    ("comparison", {"n": 16}, "shallow"),
    ("addition", {"n": 64}, "large"),
    ("addition", {"n": 16}, "small"),
    ("addition", {"n": 8}, "shallow"),
    ("iterated-addition", {"n": 8, "bits": 32}, "large"),
    ("multiplication", {"n": 16}, "large"),
    ("multiplication", {"n": 5}, "shallow"),
    ("multiplication", {"n": 16}, "small"),
    ("comparison", {"n": 64}, "small"),
    ("sorting", {"n": 3, "bits": 8}, "shallow"),
    ("sorting", {"n": 4, "bits": 8}, "small"),
)
FULL_PROVED: tuple[Asked, ...] = (
    *(("comparison", {"n": n}, "shallow") for n in (8, 16, 32, 64)),
    ("comparison", {"n": 64}, "small"),
    *(("addition", {"n": n}, "shallow") for n in (8, 16, 32, 64)),
    *(("addition", {"n": 64}, kind) for kind in ("small", "large")),
    *(("multiplication", {"n": n}, "shallow") for n in (4, 6, 8)),
    *(("multiplication", {"n": n}, "small") for n in (8, 16, 32, 64)),
    *(("multiplication", {"n": n}, "large") for n in (8, 16, 32, 64)),
    *(("iterated-addition", {"n": n, "bits": b}, "shallow") for n, b in ((2, 10), (3, 12))),
    *(("iterated-addition", {"n": n, "bits": b}, "large") for n, b in ((8, 32),)),
    ("sorting", {"n": 4, "bits": 8}, "shallow"),
    ("sorting", {"n": 16, "bits": 8}, "small"),
)

QUICK: Mapping[str, Callable[[], Table]] = {
    "classical-proved-quick": partial(proved_table, QUICK_PROVED, "classical-proved-quick"),
    "classical-quick": partial(circuits_table, QUICK_CIRCUITS, "classical-quick"),
    "depth-two": partial(depth_two_table, "depth-two"),
    "inner-product-quick": partial(discriminator_table, ((1, 1), (2, 3), (3, 2)), "inner-product-quick"),
}
FULL: Mapping[str, Callable[[], Table]] = {
    "classical-proved": partial(proved_table, FULL_PROVED, "classical-proved"),
    "classical": partial(circuits_table, FULL_CIRCUITS, "classical"),
    "inner-product": partial(discriminator_table, FULL_SIZES, "inner-product"),
}
