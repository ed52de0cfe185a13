"""The verbs of the public API."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from exactnet.api.results import Checked, Comparison, Curve, Frontier, Proved, Result
from exactnet.families import Instance
from exactnet.kernel.domain import Cube, Domain, Grid, Points
from exactnet.kernel.errors import DomainError, FormatError, clip_text
from exactnet.kernel.measures import Measures
from exactnet.kernel.measures import measure as _measure
from exactnet.kernel.network import Network
from exactnet.kernel.rationals import Rational, as_rational
from exactnet.kernel.runs import HERE, Progress, Runner, silent

if TYPE_CHECKING:
    from gmpy2 import mpq

    from exactnet.certify.small_weights import Request
    from exactnet.distance.quantise import Quantised
    from exactnet.kernel.judge import StatedBound

__all__ = [
    "batch", "bounds", "certify", "certify_by_proof", "check", "compare", "construct", "frontier", "measure", "memorize",
    "quantise", "quantise_curve", "read", "recheck", "write",
]

#: The largest file that is read, and the most inputs that are enumerated, unless said otherwise.
MAX_FILE, MAX_INPUTS = 2**30, 2**28


@contextmanager
def _reporting(progress: Progress | bool) -> Iterator[Progress]:
    """What work reports to: a function, a bar (True), or nothing (False)."""
    if progress is True:
        from exactnet.draw.progress import Meter

        with Meter() as meter:
            yield meter
    else:
        yield progress or silent


def read(path: str | os.PathLike[str], *, max_file: Rational = MAX_FILE) -> Instance:
    """Read a network file (``.json``, ``.th``, ``.onnx``, ``.nnet``, a table of values as ``.csv``) or an example by its name.

    Parameters
    ----------
    path : the file, or the name of a shipped network such as ``iris``.
    max_file : the largest file that is read, in bytes.

    Returns
    -------
    Instance
        The network and its domain (the cube where the file names none).

    Raises
    ------
    FormatError : the file cannot be read; one line with the file and the place.

    Examples
    --------
    >>> import exactnet as ex
    >>> ex.read("iris").network
    <Network 4 inputs, 6 nodes, 3 outputs>
    """
    from exactnet.data import EXAMPLES, example_path
    from exactnet.files.networks import read_network

    name, max_file = os.fspath(path), _integer(max_file, "max_file")
    if name.lower().endswith((".onnx", ".nnet")):
        from exactnet.foreign.files import load_foreign

        loaded = load_foreign(name, max_file)
    else:
        loaded = read_network(str(example_path(name)) if name in EXAMPLES and not os.path.exists(name) else name, max_file)
    return Instance(loaded.network, loaded.domain or Cube(len(loaded.network.inputs)))


def write(path: str | os.PathLike[str], net: Network | Instance, domain: Domain | None = None, *, rounded: bool = False) -> None:
    """Write a network, whole or not at all, in the format that the name says.

    Parameters
    ----------
    path : ends in ``.json``, ``.th``, ``.onnx``, ``.nnet``, ``.aag``, ``.aig``, ``.blif``, ``.opb``, ``.smt2`` or ``.dot``.
    net : an :class:`Instance` brings its domain.
    domain : what the file says of the inputs; ``.onnx`` and ``.nnet`` need one.
    rounded : let ``.onnx`` round to float32; else it is refused unless float32 is exact on the domain.

    Raises
    ------
    FormatError : the file cannot be written, or the format cannot hold the network.
    """
    from exactnet.files.networks import write_network

    network, where = (net.network, net.domain) if isinstance(net, Instance) else (net, None)
    name = os.fspath(path)
    if os.path.splitext(name)[1].lower() in (".json", ".th"):
        write_network(name, network, domain or where)
    else:
        from exactnet.foreign.writing import write_foreign

        write_foreign(name, network, domain or where, rounded=rounded)


def measure(net: Network | Instance, domain: Domain | None = None) -> Measures:
    """Depth, width, neurons, wires, weights and bits of a network, of its expansion.

    Examples
    --------
    >>> import exactnet as ex
    >>> ex.measure(ex.read("iris")).neurons
    3
    """
    return _measure(*_instance(net, domain)) if isinstance(net, Instance) or domain is not None else _measure(net)


def _instance(net: Network | Instance, domain: Domain | None) -> tuple[Network, Domain]:
    if isinstance(net, Instance):
        return net.network, domain or net.domain
    if domain is None:
        raise DomainError("on which inputs? Give a domain, such as ex.Cube(len(net.inputs))")
    return net, domain


def _steps(precision: Rational | None) -> int | None:
    """``r`` of a precision ``1/r``; raises :class:`FormatError` for another."""
    if precision is None:
        return None
    step = as_rational(precision)
    if step <= 0 or step.numerator != 1:
        raise FormatError("the precision is 1/r with a positive integer r, such as '1/100'")
    return int(step.denominator)


def _integer(value: Rational, what: str) -> int:
    """An integer, in any of the ways in which exact numbers are said; raises :class:`FormatError` for another."""
    number = as_rational(value)
    if number.denominator != 1:
        raise FormatError(f"{what} is an integer, not {clip_text(value)}")
    return int(number)


def _perhaps(value: Rational | None, what: str) -> int | None:
    return None if value is None else _integer(value, what)


def _request(
    net: Network | Instance,
    domain: Domain | None,
    route: str,
    precision: Rational | None,
    output_range: Rational | None,
    weight_bound: str | None,
    constant_weights: bool,
    clip: bool,
    minimise: str | None,
    options: Mapping[str, str] | None,
    max_inputs: Rational,
) -> Request:
    from exactnet.certify.small_weights import Request

    network, where = _instance(net, domain)
    return Request(
        network,
        where,
        "auto" if minimise is not None else route,
        _steps(precision),
        _perhaps(output_range, "the range"),
        weight_bound,
        _integer(max_inputs, "max_inputs"),
        dict(options or {}),
        constant_weights,
        clip,
        minimise or "gates",
    )


def batch(net: Network | Instance, rows: Any, *, floats: str = "refuse") -> Any:
    """The outputs at many points at once: a NumPy array of exact rationals, a row for each point.

    Parameters
    ----------
    rows : a matrix of exact numbers, or an array; a column for each input.
    floats : ``"dyadic"`` takes floats as the rationals that they are.

    Raises
    ------
    DomainError, FormatError : rows that are no points of the network's inputs; floats, unless they are allowed.

    Examples
    --------
    >>> import exactnet as ex
    >>> ex.batch(ex.Network(["x"], [ex.relu("h", {"x": "1/3"})], ["h"]), [[2], [-1]])
    array([[mpq(2,3)],
           [mpq(0,1)]], dtype=object)
    """
    import numpy as np
    from gmpy2 import mpq

    from exactnet.api.interop import points
    from exactnet.kernel.values import PlainEvaluator

    network, listed = net if isinstance(net, Network) else net.network, points(rows, floats=floats)
    evaluator, parts = PlainEvaluator(network, listed), []
    for start in range(0, listed.count, evaluator.at_once):
        block = evaluator.block(start, min(start + evaluator.at_once, listed.count))
        columns = []
        for place in range(len(network.outputs)):
            scale = block.denominator(place)
            columns.append([mpq(int(value), int(scale)) for value in block.split(place, int(scale))[0].tolist()])
        parts.append(np.array(columns, object).T)
    return np.concatenate(parts)


def certify(
    net: Network | Instance,
    domain: Domain | None = None,
    *,
    route: str = "lookahead",
    precision: Rational | None = None,
    output_range: Rational | None = None,
    weight_bound: str | None = None,
    constant_weights: bool = False,
    clip: bool = False,
    minimise: str | None = None,
    options: Mapping[str, str] | None = None,
    max_inputs: Rational = MAX_INPUTS,
    progress: Progress | bool = False,
    runner: Runner = HERE,
) -> Result:
    """Build a network with small weights and certify that it computes the same on every input of a domain.

    Parameters
    ----------
    net : the original; an :class:`Instance` brings its domain.
    domain : a :class:`Cube`, :class:`Grid` or :class:`Points`.
    route : ``lookahead``, ``residue``, ``compact``, ``stacked``, ``component``, ``radial`` or ``auto``.
    precision : ``1/r`` for the rounded form ``floor(r*N)/r``; None for the exact form.
    output_range : a promise ``|N| <= R``; None to find ``R`` by evaluation.
    weight_bound : a bound on weights and biases to be checked besides, such as ``"4*(d+2)^4"``.
    constant_weights : copy neurons until every weight is at most 1 (statement S2).
    clip : the rounded form of ``min(max(N, -R), R)``.
    minimise : ``gates``, ``wires``, ``depth`` or ``weight``: take the route with the least of it.
    options : options of the route, such as ``{"moduli": "proven"}``.
    progress : True shows a bar on a terminal or in a notebook; or a function of what is done, how much, and of how much.

    Raises
    ------
    RefusedError : a hypothesis of the theorem fails; the message shows the numbers.
    SizeError : the network would be too large.
    DomainError, NetworkError, FormatError : the request makes no sense.

    Notes
    -----
    G. Vardi, O. Shamir, *Neural Networks with Small Weights and Depth-Separation Barriers*, NeurIPS 2020, Main Result 2.

    Examples
    --------
    >>> import exactnet as ex
    >>> gate = ex.Network(["a", "b"], [ex.threshold("g", {"a": 2**40, "b": 1}, -(2**40) - 1)], ["g"])
    >>> result = ex.certify(gate, ex.Cube(2))
    >>> result.verdict, result.network([1, 1]), result.network([1, 0])
    ('certified', (mpq(1,1),), (mpq(0,1),))
    """
    from exactnet.certify.small_weights import certify_network

    request = _request(
        net, domain, route, precision, output_range, weight_bound, constant_weights, clip, minimise, options, max_inputs
    )
    with _reporting(progress) as report:
        result = certify_network(request, report, runner)
    return Result(request.net, result.constructed, result.certificate)


def certify_by_proof(
    net: Network | Instance,
    domain: Domain | None = None,
    *,
    route: str = "lookahead",
    precision: Rational | None = None,
    output_range: Rational | None = None,
    weight_bound: str | None = None,
    constant_weights: bool = False,
    clip: bool = False,
    options: Mapping[str, str] | None = None,
) -> Proved:
    """Build a network with small weights and prove that it computes the same for all inputs of a cube or grid, however many.

    Parameters are those of :func:`certify`. Nothing is evaluated on the domain; a proof is made, and checked by the kernel that
    ``exactnet check`` uses (docs/structural.md).

    Parameters
    ----------
    route : ``lookahead``, ``residue``, ``compact`` or ``stacked``.
    output_range : the range of a clipped or conditional theorem; without it, of a rounded form, the range is proved.

    Raises
    ------
    RefusedError : not proved; the message says at which step, and its ``counterexample`` is an input on which the networks
        differ, if one was found.
    SizeError, DomainError, NetworkError, FormatError : as for :func:`certify`.

    Examples
    --------
    >>> import exactnet as ex
    >>> gate = ex.Network([f"x{i}" for i in range(200)], [ex.threshold("g", {f"x{i}": i**9 for i in range(200)}, -(10**20))], ["g"])
    >>> result = ex.certify_by_proof(gate, ex.Cube(200))
    >>> result, result.network.inputs == gate.inputs
    (<certified: for every x in {0,1}^d: N'(x) = N(x), d = 200>, True)
    """
    from exactnet.certify.structural.certificates import certify_by_proof as work
    from exactnet.files.network_json import parse_network

    network, where = _instance(net, domain)
    if not isinstance(where, Cube | Grid):
        raise DomainError("a proof is about all of a cube or a grid")
    found = work(
        network,
        where,
        route=route,
        options=options,
        precision=_steps(precision),
        output_range=_perhaps(output_range, "the range"),
        clip=clip,
        stated=weight_bound,
        constant=constant_weights,
    )
    return Proved(parse_network(found.files["constructed"], "the constructed network").network, found)


def frontier(
    net: Network | Instance,
    domain: Domain | None = None,
    *,
    precision: Rational | None = None,
    output_range: Rational | None = None,
    constant_weights: bool = False,
    clip: bool = False,
    max_inputs: Rational = MAX_INPUTS,
    progress: Progress | bool = False,
) -> Frontier:
    """Certify a network by every route: depth against gates, wires and weights. Parameters and errors are those of :func:`certify`.

    Examples
    --------
    >>> import exactnet as ex
    >>> rows = ex.frontier(ex.families.comparison(n=4)).rows
    >>> [(row["route"], row["verdict"]) for row in rows[:3]]
    [('lookahead', 'certified'), ('residue', 'certified'), ('compact', 'certified')]
    """
    from exactnet.certify.frontier import frontier as work

    request = _request(net, domain, "lookahead", precision, output_range, None, constant_weights, clip, None, None, max_inputs)
    with _reporting(progress) as report:
        return Frontier([row.as_json() for row in work(request, report)])


def construct(
    net: Network | Instance,
    domain: Domain | None = None,
    *,
    route: str = "lookahead",
    precision: Rational | None = None,
    output_range: Rational | None = None,
    constant_weights: bool = False,
    clip: bool = False,
    minimise: str | None = None,
    options: Mapping[str, str] | None = None,
    max_inputs: Rational = MAX_INPUTS,
) -> Network:
    """Build a network with small weights; nothing is checked. Parameters and errors are those of :func:`certify`.

    Examples
    --------
    >>> import exactnet as ex
    >>> ex.measure(ex.construct(ex.families.comparison(n=4))).max_weight < 64
    True
    """
    from exactnet.certify.small_weights import construct_claimed, decide

    request = _request(net, domain, route, precision, output_range, None, constant_weights, clip, minimise, options, max_inputs)
    decision = decide(request)
    return construct_claimed(request.net, decision.claim, decision.built, decision.budget)[0]


def bounds(
    net: Network | Instance,
    domain: Domain | None = None,
    *,
    route: str = "lookahead",
    precision: Rational | None = None,
    output_range: Rational | None = None,
    constant_weights: bool = False,
    clip: bool = False,
    options: Mapping[str, str] | None = None,
    max_inputs: Rational = MAX_INPUTS,
) -> Sequence[StatedBound]:
    """The bounds that a route states for a network, before anything is built. Parameters as for :func:`certify`.

    Examples
    --------
    >>> import exactnet as ex
    >>> {row.name: row.symbolic for row in ex.bounds(ex.families.comparison(n=4))}["depth"]
    '2*k + 1'
    """
    from exactnet.certify.small_weights import plan

    request = _request(net, domain, route, precision, output_range, None, constant_weights, clip, None, options, max_inputs)
    return plan(request).bounds


def compare(
    one: Network | Instance,
    other: Network | Instance,
    domain: Domain | None = None,
    *,
    relation: Literal["equal", "class", "sign"] = "equal",
    within: Rational | None = None,
    count: bool = False,
    max_inputs: Rational = MAX_INPUTS,
    progress: Progress | bool = False,
    runner: Runner = HERE,
) -> Comparison:
    """Are two networks equal on every input of a domain? Inputs and outputs are matched by position.

    Parameters
    ----------
    relation : ``equal``; ``class``: the largest output (the first of equals) is the same; ``sign``: every output has the same.
    within : no output is further apart than this; the result says how far they are apart and where.
    count : count all inputs on which they differ, and not stop at the first.

    Raises
    ------
    NetworkError : the numbers of inputs or of outputs differ.
    DomainError : the domain does not fit, or has more than ``max_inputs`` inputs.

    Examples
    --------
    >>> import exactnet as ex
    >>> instance = ex.families.comparison(n=3)
    >>> bool(ex.compare(instance, ex.construct(instance)))
    True
    >>> lines = [ex.Network(["x"], [ex.affine("y", {"x": slope})], ["y"]) for slope in ("1/3", "0.333")]
    >>> ex.compare(*lines, ex.Grid(1, 1), within="1/1000")
    <within 1/1000 on 3 inputs: largest difference 1/3000 at input 0, output y>
    """
    from exactnet.files.limits import check_domain
    from exactnet.kernel.sweep import CheckJob, compare_networks

    a, where = _instance(one, domain)
    b = other.network if isinstance(other, Instance) else other
    check_domain(a, where, _integer(max_inputs, "max_inputs"))
    if within is not None:
        from exactnet.distance.differences import largest_difference

        with _reporting(progress) as report:
            largest = largest_difference(a, b, where, progress=report, runner=runner)
        return Comparison.of_largest(a, b, where, as_rational(within), largest)
    if relation != "equal":
        from exactnet.distance.differences import class_changes, sign_changes

        ask = class_changes if relation == "class" else sign_changes
        with _reporting(progress) as report:
            changes = ask(a, b, where, count_all=count, progress=report, runner=runner)
        return Comparison.of_changes(a, b, where, relation, changes, count)
    with _reporting(progress) as report:
        compared, counterexample = compare_networks(CheckJob(a, b, where, make=runner.evaluator), count, report, runner)
    return Comparison(counterexample, compared.inputs_checked, compared.differing if count else None)


def quantise(
    net: Network | Instance,
    domain: Domain | None = None,
    *,
    step: Rational | None = None,
    bits: Rational | None = None,
    within: Rational | None = None,
    argmax: bool = False,
    per_layer: bool = False,
    max_inputs: Rational = MAX_INPUTS,
    progress: Progress | bool = False,
    runner: Runner = HERE,
) -> Quantised:
    """Round the weights and biases of a network: by a step, to a number of bits, or as coarsely as a promise allows.

    Parameters
    ----------
    net, domain : the promise is kept on every input of the domain; without promise and domain nothing is evaluated.
    step : round to multiples of it.
    bits : round to integers of so many bits times a power of two.
    within, argmax : the coarsest power of two that changes no output by more than ``within``, and no class.
    per_layer : a step for each layer.

    Returns
    -------
    Quantised
        ``network``, ``steps``, ``largest`` (the largest difference) and ``changes`` (of the class).

    Raises
    ------
    ExactnetError : no way to round is given, or several; no step down to ``2^-64`` keeps the promise.

    Examples
    --------
    >>> import exactnet as ex
    >>> rounded = ex.quantise(ex.read("iris"), step="1/64")
    >>> ex.measure(rounded.network).bits
    9
    """
    from exactnet.distance.quantise import quantise as work
    from exactnet.files.limits import check_domain

    network, where = (net.network, domain or net.domain) if isinstance(net, Instance) else (net, domain)
    if domain is None and within is None and not argmax:
        where = None
    if where is not None:
        check_domain(network, where, _integer(max_inputs, "max_inputs"))
    with _reporting(progress) as report:
        return work(
            network,
            where,
            step=None if step is None else as_rational(step),
            bits=_perhaps(bits, "the number of bits"),
            within=None if within is None else as_rational(within),
            argmax=argmax,
            per_layer=per_layer,
            progress=report,
            runner=runner,
        )


def quantise_curve(
    net: Network | Instance,
    domain: Domain | None = None,
    *,
    finest: Rational,
    precision: Rational | None = None,
    output_range: Rational | None = None,
    max_inputs: Rational = MAX_INPUTS,
    progress: Progress | bool = False,
    runner: Runner = HERE,
) -> Curve:
    """Bits of the weights against gates as one rounds: every power of two down to a step, each rounded network certified.

    Parameters
    ----------
    net, domain : as for :func:`certify`; what rounding changes is found on every input.
    finest : the finest step.
    precision, output_range : the form that is certified, by route ``compact``, as for :func:`certify`.

    Raises
    ------
    DomainError, NetworkError, FormatError : the request makes no sense. A step that is refused, or far too large, is a row.

    Examples
    --------
    >>> import exactnet as ex
    >>> rows = ex.quantise_curve(ex.read("iris"), ex.Grid(1, 4), finest="1/2").rows
    >>> [(row["step"], row["bits"], row["gates"], row["class_changes"]) for row in rows]
    [('2', 3, 3, 48), ('1', 3, 7, 15), ('1/2', 3, 15, 14)]
    """
    from exactnet.certify.curve import curve, halves

    request = _request(net, domain, "compact", precision, output_range, None, False, False, None, None, max_inputs)
    with _reporting(progress) as report:
        return Curve([row.as_json() for row in curve(request, halves(request.net, as_rational(finest)), report, runner)])


def memorize(
    points: Points | Sequence[Sequence[Rational]],
    labels: Sequence[Rational],
    *,
    depth: Rational | None = None,
    bits: Rational | None = None,
    budget: Rational | None = None,
    narrow: bool = False,
    progress: Progress | bool = False,
    runner: Runner = HERE,
) -> Result:
    """Make a ReLU network that has a given label at each point, with few parameters, and certify it (statement M1).

    Parameters
    ----------
    points : rational points, all of one dimension; a point that is listed again must have the same label.
    labels : a whole number from 0 for each.
    depth, bits : the most layers, and the most bits of a weight or bias.
    budget : the most parameters: wires, and biases that are not 0.
    narrow : a constant width.

    Raises
    ------
    FormatError : a point with two labels; a label that is no whole number from 0; a float, which is no exact number.
    RefusedError : no network that is found keeps the limits.

    Notes
    -----
    G. Vardi, G. Yehudai, O. Shamir, *On the Optimal Memorization Power of ReLU Neural Networks*, ICLR 2022.

    Examples
    --------
    >>> import exactnet as ex
    >>> result = ex.memorize([[0, 0], [0, 1], [1, 0], [1, "1/2"]], [0, 1, 1, 0])
    >>> result.verdict, result.network([1, "1/2"])
    ('certified', (mpq(0,1),))
    """
    from exactnet.certify.memorize import MemorizeRequest, memorize_network
    from exactnet.files.lookup import lookup_points
    from exactnet.kernel.rationals import format_rational

    listed = points if isinstance(points, Points) else Points(tuple(map(tuple, points)))
    if listed.count != len(labels):
        raise FormatError(f"{listed.count} points, but {len(labels)} labels")
    table: dict[tuple[mpq, ...], mpq] = {}
    for point, label in zip(listed.points, map(as_rational, labels), strict=True):
        if table.setdefault(point, label) != label:
            shown = ", ".join(map(format_rational, point))
            raise FormatError(f"the point {clip_text(shown)} has two labels, {table[point]} and {label}")
    inputs = [f"x{i}" for i in range(1, listed.d + 1)]
    net, domain = lookup_points(inputs, "label", table), Points(tuple(table))
    most = [_perhaps(value, name) for value, name in ((depth, "the depth"), (bits, "bits"), (budget, "the budget"))]
    request = MemorizeRequest(net, domain, most[0], most[1], most[2], narrow)
    with _reporting(progress) as report:
        result = memorize_network(request, report, runner)
    return Result(net, result.constructed, result.certificate)


def check(
    path: str | os.PathLike[str],
    *,
    max_file: Rational = MAX_FILE,
    max_inputs: Rational = MAX_INPUTS,
    progress: Progress | bool = False,
    runner: Runner = HERE,
) -> Checked:
    """Verify a certificate of any format again, believing nothing that it says (``exactnet check``).

    Raises
    ------
    ExactnetError : the certificate or one of its networks cannot be read.
    """
    from exactnet.check.formats import find_checker

    name, most = os.fspath(path), _integer(max_file, "max_file")
    checker = find_checker(name, most)[1]
    with _reporting(progress) as report:
        done = checker(name, max_file=most, max_inputs=_integer(max_inputs, "max_inputs"), progress=report, runner=runner)
    return Checked(done.verdict, done.reason)


def recheck(path: str | os.PathLike[str], *, report: Callable[[str], None] = lambda line: None) -> Checked:
    """Verify a certificate by the standard library alone (:mod:`exactnet.recheck`, which shares no code with the rest).

    Parameters
    ----------
    report : told each thing that was confirmed, a line at a time.

    Raises
    ------
    ExactnetError : the certificate cannot be read.
    """
    from exactnet.kernel.errors import ExactnetError
    from exactnet.recheck import Unusable, Wrong
    from exactnet.recheck import recheck as lines_of

    last = ""
    try:
        for last in lines_of(os.fspath(path)):
            report(last)
    except Wrong as error:
        return Checked("wrong", str(error))
    except Unusable as error:
        raise ExactnetError(str(error)) from None
    return Checked(last)
