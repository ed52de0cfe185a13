"""S5, barriers: from a network to threshold circuits for the bits of its output, and back.

Claim: (a) for a ReLU network ``N`` of depth ``k`` on the grid, the functions ``g_v = 1[r*N(x) >= v]``, ``-rR < v <= rR``, of
the bits of ``x`` are threshold circuits with polynomial weights of depth ``3k`` (route A), ``2k`` (B), ``4k`` (C) and ``k+1`` (D).
(b) From any threshold circuits of depth ``t`` for these functions, with arbitrary weights, ``-R + (1/r)*sum_v C_v(bits(x))`` is a
ReLU network of depth ``t+2`` that equals ``floor(r*N)/r`` on the grid. So circuits of depth ``k-2`` for the ``g_v`` would give a
network of depth ``k``: a depth separation for networks would separate threshold circuits.

Source: G. Vardi, O. Shamir, *Neural Networks with Small Weights and Depth-Separation Barriers*, NeurIPS 2020, Main Result 1.
The constructions are this project's (docs/barriers.md).

Checked: the round trip for ``k = 1, 2, 3`` on small grids, circuits on the bits of every input, networks on every input. On
tiny instances (b) also with circuits that no route made: those of depth 2 with the fewest gates, for which an integer program
or exhaustion shows that there are none with fewer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from gmpy2 import mpq

from exactnet.certify.barriers import assemble, extract, round_trip
from exactnet.certify.least import least_family
from exactnet.certify.small_weights import Request
from exactnet.families import FAMILIES
from exactnet.families.draws import Draws
from exactnet.kernel.domain import Domain, Grid
from exactnet.kernel.errors import ExactnetError
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network, Node, affine, relu

from .rows import COMPARED, ROUTE_LEMMAS, ROUTES, accept, compared
from .table import Cell, Table

__all__ = ["FULL", "LEMMAS", "NEEDS", "QUICK", "Case", "cases", "least_table", "network", "quick_cases", "round_trip_table"]

LEMMAS = (*ROUTE_LEMMAS, "barriers/output_bits", "barriers/network", "barriers/least_circuits")

#: A network with its title, domain and ``r``, and the routes.
Case = tuple[str, Network, Domain, int, tuple[str, ...]]

#: A network with its title, domain and ``r``.
Tiny = tuple[str, Network, Domain, int]


def network(domain: Domain, widths: Iterable[int], bits: int, seed: int = 1) -> Network:
    """Random layers with weights of ``bits`` bits; the output is divided by its largest value on the domain.

    >>> net = network(Grid(1, 1), (2,), 8)
    >>> max(abs(net(x)[0]) for x in Grid(1, 1))
    mpq(1,1)
    """
    draws = Draws(seed)
    inputs = [f"x{place}" for place in range(1, domain.d + 1)]
    nodes: list[Node] = []
    below = inputs
    for level, width in enumerate(widths, 1):
        relus = []
        for place in range(1, width + 1):
            weights = {name: draws.signed(bits) for name in below}
            relus.append(relu(f"h{level}_{place}", weights, draws.signed(bits - 2)))
        nodes += relus
        below = [node.id for node in relus]
    ends = {name: mpq(draws.signed(bits)) for name in below}
    net = Network(inputs, [*nodes, affine("y", ends)], ["y"])
    largest = max(abs(net(point)[0]) for point in domain)
    return Network(inputs, [*nodes, affine("y", {name: w / largest for name, w in ends.items()})], ["y"])


def _case(
    p: int, d: int, widths: tuple[int, ...], bits: int, r: int, routes: tuple[str, ...] = ROUTES, seed: int = 1
) -> Case:
    domain = Grid(p, d)
    shape = f"widths {', '.join(map(str, widths))}" if widths else "affine"
    return f"{shape}, {bits} bits, p = {p}, d = {d}", network(domain, widths, bits, seed), domain, r, routes


def round_trip_table(cases: Iterable[Case], name: str) -> Table:
    """Network to circuits to network, with the depth of each."""
    rows: list[tuple[Cell, ...]] = []
    for title, net, domain, r, routes in cases:
        for route in routes:
            where = f"{title}, route {route}"
            try:
                there = extract(Request(net, domain, route, r))
                back = assemble(there.family, there.target, net)
            except ExactnetError as error:
                raise AssertionError(f"{where}: {error}") from error
            accept(where, there.result.certificate)
            accept(where, back.result.certificate)
            if back.verdict != "certified":
                raise AssertionError(f"{where}: {back.reason}")
            start, circuits, end = round_trip(there, back)
            rows.append(
                (
                    title,
                    start.measures.depth,
                    route,
                    len(there.family),
                    f"{circuits.measures.depth} <= {circuits.arithmetic.replace('*', '')} = {circuits.bound}",
                    circuits.measures.gates,
                    str(circuits.measures.max_weight),
                    str(circuits.weight_bound),
                    f"{end.measures.depth} <= {end.arithmetic} = {end.bound}",
                    end.measures.gates,
                    str(end.measures.max_weight),
                    str(end.weight_bound),
                    *compared(back.result.certificate),
                    back.verdict,
                )
            )
    caption = (
        "S5, the round trip: a network of depth k, threshold circuits for 1[r N(x) >= v] over the bits of the input, and a "
        "network from these circuits that equals floor(r N)/r; everything on every input of the grid."
    )
    columns = (
        "network", "k", "route", "circuits",
        "depth of the circuits", "gates", "largest weight", "weight bound",
        "depth of the network", "its gates", "its largest weight", "its weight bound", *COMPARED, "verdict",
    )  # fmt: skip
    return Table(name, caption, columns, rows)


def _parity(d: int) -> Tiny:
    instance = FAMILIES["parity"].make(d=d, kind="relu")
    return f"parity, d = {d}", instance.network, instance.domain, 1


def _absolute(d: int) -> Tiny:
    """``|x1 + ... + xd|`` on the grid with p = 1."""
    inputs = [f"x{place}" for place in range(1, d + 1)]
    pair = [relu("a", dict.fromkeys(inputs, 1)), relu("b", dict.fromkeys(inputs, -1))]
    net = Network(inputs, [*pair, affine("y", {"a": 1, "b": 1})], ["y"])
    return f"absolute value of the sum, p = 1, d = {d}", net, Grid(1, d), 1


def _random(p: int, d: int, seed: int) -> Tiny:
    return f"widths 3, 2, 10 bits, p = {p}, d = {d}", network(Grid(p, d), (3, 2), 10, seed), Grid(p, d), 3


def least_table(cases: Iterable[Tiny], name: str) -> Table:
    """Least circuits of depth 2 for every ``v``, beside those of route B; and the network made from them."""
    rows: list[tuple[Cell, ...]] = []
    for title, net, domain, r in cases:
        request = Request(net, domain, "residue", r)
        try:
            family = least_family(request)
            back = assemble(family.family, family.target, net)
            other = extract(request)
        except ExactnetError as error:
            raise AssertionError(f"{title}: {error}") from error
        accept(title, other.result.certificate)
        accept(title, back.result.certificate)
        if back.verdict != "certified":
            raise AssertionError(f"{title}: {back.reason}")
        depth = next(row for row in back.result.certificate.bounds if row.name == "depth")
        for v, least in family.circuits.items():
            rows.append(
                (
                    title,
                    v,
                    least.size,
                    least.proof or "-",
                    measure(other.family[v]).gates,
                    f"{back.result.certificate.constructed.depth} <= {depth.symbolic} = {depth.value}",
                    back.verdict,
                )
            )
    caption = (
        "S5 (b) with circuits that (a) did not make: for every v the fewest gates in the first layer of a circuit of depth 2 "
        "(0: one gate is all), how fewer are ruled out, all gates of the circuit of route B, and the network from the least ones."
    )
    columns = (
        "network", "v", "least gates in layer 1", "none with fewer, by", "gates by route B", "depth of the network", "verdict"
    )  # fmt: skip
    return Table(name, caption, columns, rows)


#: Route D takes minutes on some instances.
_QUICKER = tuple(route for route in ROUTES if route != "stacked")


def quick_cases() -> tuple[Case, ...]:
    return _case(1, 2, (), 20, 2, _QUICKER), _case(1, 2, (2,), 10, 1)


def cases() -> tuple[Case, ...]:
    return (
        _case(1, 2, (), 20, 2),
        _case(3, 2, (), 20, 2),
        _case(1, 2, (2,), 10, 2),
        _case(1, 2, (2,), 30, 1),
        _case(2, 1, (2,), 10, 2),
        _case(2, 2, (2,), 10, 1, _QUICKER),
        _case(1, 2, (2, 2), 10, 1, _QUICKER, seed=5),
        _case(2, 1, (2, 2), 10, 1, _QUICKER),
    )


QUICK: Mapping[str, Callable[[], Table]] = {
    "s5-barriers-quick": lambda: round_trip_table(quick_cases(), "s5-barriers-quick"),
    "s5-least-quick": lambda: least_table((_parity(2), _parity(3), _absolute(2)), "s5-least-quick"),
}
FULL: Mapping[str, Callable[[], Table]] = {
    "s5-barriers": lambda: round_trip_table(cases(), "s5-barriers"),
    "s5-least": lambda: least_table(
        (_parity(3), _parity(4), _absolute(2), _absolute(3), _random(1, 2, 15), _random(2, 1, 1)), "s5-least"
    ),
}
#: With more than four bits there are integer programs to solve.
NEEDS: Mapping[str, tuple[str, ...]] = {"s5-least": ("ortools",)}
