"""``exactnet natural``: natural weights simulate hard ones (docs/natural-weights.md)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

import click

from exactnet.cli.matrices import reserve_files, show_result
from exactnet.cli.run import Run, runs
from exactnet.kernel.errors import FormatError, clip_text

if TYPE_CHECKING:
    from exactnet.claims.matrices.algebra import Matrix

__all__ = ["command"]

_LAW = re.compile(r"(normal|uniform):([1-9]\d{0,3})x([1-9]\d{0,3})", re.ASCII)


@click.command("natural", short_help="Random first weights simulate a network that reads clauses.")
@click.argument("weights", metavar="WEIGHTS")
@click.option(
    "--n", "variables", type=click.IntRange(1, 1000), default=10, show_default=True, help="Variables of a clause."
)
@click.option(
    "--k", "literals", type=click.IntRange(1, 1000), default=3, show_default=True, help="Literals in a clause."
)
@click.option(
    "--bits", type=click.IntRange(1, 64), default=10, show_default=True, help="Drawn weights are multiples of 2^-BITS."
)
@click.option(
    "--seed", type=click.IntRange(0, 2**32), default=1, show_default=True, help="Of the weights and of the assignment."
)
@click.option(
    "--networks",
    nargs=2,
    metavar="NATURAL CLAUSES",
    help="Write the natural network on mapped inputs, and the one that it simulates.",
)
@runs("max_inputs", "max_file", out="Write the certificate to OUT.")
def command(
    *,
    weights: str,
    variables: int,
    literals: int,
    bits: int,
    seed: int,
    networks: tuple[str, str] | None,
    run: Run,
) -> int:
    """Certify that min(1, sum [w_j x]+), with weights as they come, is the network that finds a violated clause, on mapped inputs.

    WEIGHTS is normal:DxQ or uniform:DxQ (drawn; D inputs, Q neurons), or a JSON file {"weights": [[...], ...]} with a row for each
    input. An example is Q clauses; its label is whether a hidden assignment violates one of them.

    \b
    Example:
      exactnet natural normal:12x6 --n 10 --k 3
    """
    reserve_files(run, networks or [], [] if _LAW.fullmatch(weights) else [weights])
    from gmpy2 import mpq

    from exactnet.certify.natural_weights import certify_simulation
    from exactnet.construct.natural_weights import clause_network, draw_assignment, simulating_network

    matrix, law = _weights(weights, bits, seed, run.max_file)
    step = None if law is None else mpq(1, 2**bits)
    most = mpq(1) if law == "uniform" else None
    assignment = draw_assignment(variables, seed)
    result = certify_simulation(matrix, assignment, literals, step=step, most=most, max_clauses=run.max_inputs)
    if networks:
        from exactnet.files.networks import write_network

        matrices = result.certificate.matrices
        forms = (matrices["forms"], matrices["biases"])
        write_network(networks[0], simulating_network(matrices["weights"], matrices["inverse"], *forms))
        write_network(networks[1], clause_network(*forms))
    return show_result(result, weights, run)


def _weights(text: str, bits: int, seed: int, max_file: int) -> tuple[Matrix, str | None]:
    """The matrix, and the law that it is drawn from."""
    match = _LAW.fullmatch(text)
    if match is not None:
        from exactnet.construct.natural_weights import Law, draw_weights

        return draw_weights(cast("Law", match[1]), int(match[2]), int(match[3]), bits, seed), match[1]
    from exactnet.files.files import read_bytes, shown
    from exactnet.files.matrices import parse_matrices

    if ":" in text:
        raise FormatError(f"{clip_text(text)} is not normal:DxQ or uniform:DxQ, D and Q from 1 to 9999")
    return parse_matrices(read_bytes(text, max_file), ("weights",), shown(text))["weights"], None
