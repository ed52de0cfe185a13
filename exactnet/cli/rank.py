"""``exactnet rank flow|depth|kkt``: rank minimisation, negative and positive (docs/rank.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from exactnet.cli.inputs import input_path, load
from exactnet.cli.matrices import reserve_files, show_result
from exactnet.cli.options import Subcommands, net_argument, rational, read, read_tolerance
from exactnet.cli.run import Run, runs
from exactnet.kernel.errors import FormatError, clip_text

if TYPE_CHECKING:
    from exactnet.claims.matrices.algebra import Matrix

__all__ = ["command"]

_WRITE = "Write the certificate to OUT."
_data_argument = click.argument("data", metavar="DATA")


@click.group("rank", cls=Subcommands, short_help="Does training minimise ranks? Limits of gradient flow, and deep networks.")
def command() -> None:
    """Rank minimisation in ReLU networks: where gradient flow ends on two points, and the ranks of deep networks of least norm.

    \b
    Example:
      exactnet rank flow --cosine -3/5
    """


@command.command("flow", short_help="Two points: gradient flow ends at rank 2, though rank 1 fits.")
@click.argument("data", metavar="[DATA]", required=False)
@click.option(
    "--cosine", metavar="C", callback=read(rational), help="Instead of DATA: unit points in the plane at this cosine."
)
@click.option(
    "--start-size",
    "size",
    metavar="S",
    default="1/1000",
    show_default=True,
    callback=read(read_tolerance),
    help="Size of the start, where DATA has none.",
)
@runs("max_file", out=_WRITE)
def flow(*, data: str | None, cosine: Any, size: Any, run: Run) -> int:
    """Certify where gradient flow of [Wx]+ ends on two points: loss 0 and rank 2, though a matrix of rank 1 has loss 0 too.

    DATA is a JSON object: "points" (two), "targets" (two, nonnegative, a row of W is used at one of them), "start" (W_0) if wished.

    \b
    Example:
      exactnet rank flow --cosine 3/5
    """
    if (data is None) == (cosine is None):
        raise FormatError("either DATA or --cosine says which points are meant")
    reserve_files(run, [], [] if data is None else [data])
    from exactnet.certify.rank import certify_flow

    if data is None:
        result = certify_flow(*_at_cosine(cosine), size=size)
    else:
        matrices = _read(data, ("points", "targets"), run.max_file, ("start",))
        result = certify_flow(matrices["points"], matrices["targets"], matrices.get("start"), size)
    about = f"points at the cosine {cosine}" if data is None else data
    return show_result(result, about, run)


def _at_cosine(c: Any) -> tuple[Matrix, Matrix]:
    """Two unit points at a cosine, and the unit vectors as targets."""
    import gmpy2
    from gmpy2 import mpq

    rest = 1 - c * c
    if rest <= 0 or not (gmpy2.is_square(rest.numerator) and gmpy2.is_square(rest.denominator)):
        raise FormatError(
            f"--cosine {clip_text(c)}: 1 - C^2 is no square of a positive rational; -3/5 is such a cosine"
        )
    sine = mpq(gmpy2.isqrt(rest.numerator), gmpy2.isqrt(rest.denominator))
    unit = ((mpq(1), mpq(0)), (mpq(0), mpq(1)))
    return (unit[0], (c, sine)), unit


@command.command("depth", short_help="Deep networks of least norm have stable ranks of at most this mean.")
@net_argument()
@_data_argument
@click.option(
    "--depth", type=click.IntRange(1, 1000), required=True, metavar="T", help="The depth that is asked about."
)
@click.option(
    "--bits",
    type=click.IntRange(4, 256),
    default=10,
    show_default=True,
    help="Bits of the factors by which norms are made equal.",
)
@click.option("--network", "beside", metavar="FILE", help="Write the network of depth T too, as a network file.")
@runs("max_file", out=_WRITE)
def depth(
    *,
    net: str,
    data: str,
    depth: int,
    bits: int,
    beside: str | None,
    run: Run,
) -> int:
    """Bound the stable ranks of every network of depth T that has the least norm of those that fit the data with margins of 1.

    NET is a network without biases, in layers, of depth at most T, that fits. DATA is a JSON object: "points" of norm at most 1,
    and their "labels", 1 or -1.

    \b
    Example:
      exactnet rank depth NET DATA --depth 50
    """
    reserve_files(run, [] if beside is None else [beside], [input_path(net), data])
    from exactnet.certify.rank import certify_depth

    points, labels = _labelled(data, run.max_file)
    result = certify_depth(_layers(net, run.max_file), points, labels, depth, bits)
    if beside is not None:
        from exactnet.claims.matrices.rank import layers_in
        from exactnet.files.networks import write_network
        from exactnet.foreign.arrays import layers_to_network
        from exactnet.kernel.network import Network

        weights = layers_in(result.certificate.matrices)
        deep: Network = layers_to_network(weights, [[0] * len(layer) for layer in weights])
        write_network(beside, deep)
    return show_result(result, f"depth {depth} for {net}", run)


@command.command("kkt", short_help="Is a network a KKT point of the margin problem?")
@net_argument()
@_data_argument
@runs("max_file", out=_WRITE)
def kkt(*, net: str, data: str, run: Run) -> int:
    """Certify that a network is a KKT point of: least norm, with label times output at least 1 at every point.

    NET and DATA are as for 'exactnet rank depth'; points may have any norm.

    \b
    Example:
      exactnet rank kkt NET DATA
    """
    reserve_files(run, [], [input_path(net), data])
    from exactnet.certify.rank import certify_kkt

    points, labels = _labelled(data, run.max_file)
    result = certify_kkt(_layers(net, run.max_file), points, labels)
    return show_result(result, net, run)


def _read(path: str, names: tuple[str, ...], max_file: int, optional: tuple[str, ...] = ()) -> dict[str, Matrix]:
    from exactnet.files.files import read_bytes, shown
    from exactnet.files.matrices import parse_matrices

    return parse_matrices(read_bytes(path, max_file), names, shown(path), optional)


def _labelled(path: str, max_file: int) -> tuple[Matrix, tuple[Any, ...]]:
    matrices = _read(path, ("points", "labels"), max_file)
    labels = matrices["labels"]
    if len(labels[0]) != 1:
        raise FormatError(f"{path}: labels: one number for each point is meant, not {len(labels[0])}")
    return matrices["points"], tuple(label for (label,) in labels)


def _layers(name: str, max_file: int) -> list[Matrix]:
    """The layers of a network that has no biases."""
    from exactnet.files.decode import at
    from exactnet.foreign.arrays import layers_of

    with at(name):
        network = load(name, max_file).network
        biased = next((node for node in network.order if network.bias(node)), None)
        if biased is not None:
            raise FormatError(f"node {clip_text(biased)} has a bias; the statement is about networks without")
        weights, _ = layers_of(network)
        return [tuple(map(tuple, layer)) for layer in weights]
