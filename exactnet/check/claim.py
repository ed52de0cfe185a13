"""The claim that a statement makes of an instance: its bounds (``theory/``), and what it asks besides (``claims/``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gmpy2 import mpq

from exactnet.claims.statements import Statement
from exactnet.kernel.domain import Domain
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.expansion import live_part
from exactnet.kernel.judge import Besides, Claim, StatedBound
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network
from exactnet.kernel.rationals import format_rational
from exactnet.kernel.relation import Relation
from exactnet.kernel.values import MakeEvaluator
from exactnet.theory.parameters import parameters_of
from exactnet.theory.routes import ASSEMBLED, stated_bounds

__all__ = ["make_claim"]


def make_claim(
    net: Network,
    domain: Domain,
    statement: Statement,
    route: str,
    options: Mapping[str, str],
    relation: Relation,
    output_range: int,
    *,
    promised: bool = False,
    stated: str | None = None,
    circuits: Network | None = None,
) -> Claim:
    """State the bounds of a route for an instance; nothing is built or evaluated here.

    Parameters
    ----------
    stated : a bound on weights and biases that the user states, in the symbols of the bounds.
    circuits : under ``S5 network``, those that the network is made from; the options are measured on them, whatever
        ``options`` says.

    Raises
    ------
    FormatError : the statement, the route and the options do not go together; ``S5 network`` without circuits.
    """
    if statement.form == "pair":
        wanted = {} if relation.epsilon is None else {"epsilon": format_rational(relation.epsilon)}
        if (route, dict(options), promised, stated, circuits) != ("pair", wanted, False, None, None):
            raise FormatError(f"{statement.name} is about two given networks: its route is 'pair', and nothing else is chosen")
        size, numbers = measure(live_part(net), domain), {"R": output_range, "r": relation.r}
        return Claim(domain, statement.name, route, options, relation, output_range, size, numbers, {}, [])
    if (circuits is not None) != (route == ASSEMBLED):
        which = "there are none" if circuits is None else "it has some"
        raise FormatError(f"circuits go with the route {ASSEMBLED} alone; this one is {clip_text(route)}, and {which}")
    if circuits is not None:
        from exactnet.claims.barriers import circuit_options, measure_circuits

        options = circuit_options(measure_circuits(circuits))
    memory = statement.number == "M1"  # points with labels need lie on no grid; bounds take how many there are
    frame = domain if memory else domain.frame
    original = measure(live_part(net), domain)
    instance = parameters_of(net, frame, relation.r or 1, not statement.gates)
    if memory:
        from exactnet.theory.memorize import span_of

        instance = replace(instance, points=domain.count, output_range=output_range, span=span_of(domain))
    from exactnet.theory.symbols import SYMBOLS, text_of  # SymPy is slow to load, and a refusal needs none of it

    bounds = stated_bounds(route, statement, frame.kind == "grid", options, instance)
    parameters = {**instance.values(), "R": output_range, "r": relation.r or 1}
    named, values = bounds.evaluate(parameters)
    rows = [StatedBound(b.name, b.measure, text_of(b.expression), v) for b, v in zip(bounds.bounds, values, strict=True)]
    if stated is not None:
        from exactnet.theory.arithmetic import evaluate, parse

        value = evaluate(parse(stated, list(SYMBOLS)), parameters)
        rows += [StatedBound(f"{name} (stated)", name, stated, value) for name in ("max_weight", "max_bias")]
    return Claim(
        domain=domain,
        statement=statement.name,
        route=route,
        options=options,
        relation=relation,
        output_range=output_range,
        original=original,
        parameters=named,
        definitions={symbol.name: text_of(expression) for symbol, expression in bounds.definitions},
        bounds=rows,
        promised=promised,
        stated={} if stated is None else {"weights": stated},
        besides=_besides(domain, route, options, relation.r or 1, output_range, circuits),
        misfit=statement.misfit,
        blame=_first_broken,
        circuits=circuits,
    )


def _first_broken(net: Network, constructed: Network, point: Sequence[mpq]) -> str | None:
    from exactnet.claims.promises import first_broken  # only where something is refuted

    return first_broken(net, constructed, point)


def _besides(
    domain: Domain, route: str, options: Mapping[str, str], r: int, output_range: int, circuits: Network | None
) -> Besides | None:
    """What a statement, or a route that is about one function alone, asks besides equal values and bounds."""

    def circuits_are_right(net: Network, constructed: Network, make: MakeEvaluator) -> str | None:
        from exactnet.claims.barriers import first_wrong

        assert circuits is not None
        wrong = first_wrong(net, circuits, domain, output_range, r, make)
        return None if wrong is None else str(wrong)

    def output_is_simpler(net: Network, constructed: Network, make: MakeEvaluator) -> str | None:
        from exactnet.claims.functions import not_simpler

        return not_simpler(constructed, domain, r, route, options, make)  # what agrees with N' may be a function of anything

    def function_is_named(net: Network, constructed: Network, make: MakeEvaluator) -> str | None:
        from exactnet.claims.classical import not_named

        return not_named(net, domain, options, make)  # a pair of equal circuits may compute anything

    if circuits is not None:
        return circuits_are_right
    return {"component": output_is_simpler, "radial": output_is_simpler, "classical": function_is_named}.get(route)
