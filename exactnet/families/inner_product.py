"""The inner product mod 2: easy in depth 3, exponential in depth 2.

References
----------
A. Hajnal, W. Maass, P. Pudlák, M. Szegedy, G. Turán, *Threshold circuits of bounded depth*, J. Comput. Syst. Sci. 46, 1993
(depth 3 with small weights; every circuit of depth 2 with small weights has exponential size).
"""

from __future__ import annotations

from itertools import combinations

from exactnet.families.family import Family, FamilyError, Instance, Option
from exactnet.families.gates import Circuit

__all__ = ["INNER_PRODUCT", "inner_product"]

#: The most bits of a vector in depth 2.
MAX_LARGE = 16


def inner_product(*, n: int, kind: str) -> Instance:
    """``x_1 y_1 + … + x_n y_n mod 2`` on ``{0,1}^(2n)``, inputs ``x1 … xn y1 … yn``.

    ``small``: depth 3, ``2n+1`` gates, weights 1: the products ``z_i``, the gates ``t_k = 1[z_1 + … + z_n >= k]``, and
    ``1[t_1 - t_2 + t_3 - … >= 1]``. ``large``: depth 2, ``2^n`` gates, weights up to ``2^n``: from
    ``(-1)^IP = Π (1 - 2 x_i y_i) = Σ_S (-2)^|S| Π_{i in S} x_i y_i``, a gate for every set ``S`` but the empty one.

    Raises :class:`FamilyError` for ``large`` and ``n`` above 16.

    >>> net = inner_product(n=2, kind="small").network
    >>> [int(net(x)[0]) for x in ([1, 0, 1, 1], [1, 1, 1, 1], [0, 1, 1, 0])]
    [1, 0, 0]
    """
    xs, ys = [f"x{i}" for i in range(1, n + 1)], [f"y{i}" for i in range(1, n + 1)]
    circuit = Circuit([*xs, *ys])
    if kind == "large":
        if n > MAX_LARGE:
            raise FamilyError(f"--n: {n} makes 2^{n} gates in depth 2; at most {MAX_LARGE} is possible")
        outer: dict[str, int] = {}
        for size in range(1, n + 1):
            for chosen in combinations(range(n), size):
                product = circuit.all_of("".join(f"*{i + 1}" for i in chosen), [v[i] for i in chosen for v in (xs, ys)])
                outer[product] = -((-2) ** size)
        circuit.gate("y", outer, 2)  # 1 - (-1)^IP is 0 or 2
        return circuit.instance(["y"])
    products = [circuit.all_of(f"z{i + 1}", (xs[i], ys[i])) for i in range(n)]
    counts = [circuit.gate(f"t{k}", dict.fromkeys(products, 1), k) for k in range(1, n + 1)]
    circuit.gate("y", {t: (-1) ** k for k, t in enumerate(counts)}, 1)
    return circuit.instance(["y"])


INNER_PRODUCT = Family(
    "inner-product",
    "the inner product mod 2 of two vectors of n bits: depth 3, or depth 2 with 2^n gates",
    (
        Option("n", "int", 4, "bits of each vector", 1, 1000),
        Option("kind", "choice", "small", "depth 3, or exponential depth 2", choices=("small", "large")),
    ),
    inner_product,
)
