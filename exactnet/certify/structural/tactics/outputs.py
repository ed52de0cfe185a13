"""The outputs: of a circuit, in exact form, rounded, and clipped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd

from gmpy2 import mpq

from exactnet.certify.structural.prover import ONE, Fact, Part, form
from exactnet.certify.structural.tactics.blocks import Blocks
from exactnet.certify.structural.tactics.nodes import Lemma, Nodes
from exactnet.certify.structural.tactics.ranges import bound_output
from exactnet.certify.structural.tactics.roles import Named, Roles, exact_quotient, multiples
from exactnet.certify.structural.tactics.sides import Side
from exactnet.claims.promises import Means
from exactnet.construct.base.linear import Linear, total
from exactnet.construct.base.scaling import RationalForm, primitive
from exactnet.construct.gadgets.outputs.rounded import CarryOutput, Quotient, integer_value
from exactnet.structural.kernel import Form, Refused, accumulate, is_constant

__all__ = ["Outputs", "Reduced", "Rounded"]


class Impossible(Refused):
    """What was assumed is true of no input: a fact that a negative constant is not negative."""

    def __init__(self, fact: int) -> None:
        super().__init__("what is supposed holds on no input")
        self.fact = fact


@dataclass(frozen=True)
class Reduced:
    """What the last layer was asked for and gave: ``result`` is ``form mod q``, or a clipped form of it."""

    form: Linear
    q: int
    result: Linear


@dataclass(frozen=True)
class Rounded:
    """A rounded or clipped output: the form of its value, and its last layer; none if it is a sum of comparisons."""

    value: RationalForm
    reduced: Reduced | None


@dataclass
class Floor:
    """``y = floor(V)`` of the kernel for the integer form ``V'`` with ``V = V'/delta``, beside the quotient ``Y`` of
    the construction.
    """

    y: int
    below: int
    """``V' - delta*y >= 0``."""
    above: int
    """``delta*y + delta - 1 - V' >= 0``."""
    quotient: int
    """``Y = whole + carry``, a variable that is a form of digits."""
    quotient_below: int
    """``factor*V' - 2^power*Y >= 0``."""
    quotient_above: int
    power: int
    factor: int
    excess: int
    """``factor*delta - 2^power``."""
    delta: int
    scaled: int
    """The equality ``delta*r*N + delta*r*R - V' = 0``."""
    carry: int | None
    """The equality ``carry as built - carry as in Y = 0``."""


@dataclass
class Outputs:
    """Facts about outputs, one or two for each, as the statement wants them."""

    roles: Roles
    nodes: Nodes
    output_range: int
    r: int
    output: CarryOutput | None = None
    """How a rounded output finds its carry; None for comparisons."""

    def __post_init__(self) -> None:
        self.prover = self.roles.prover
        self._built: tuple[Form, int] | None = None
        self.variables = {name: (a, b) for name, a, b in self.prover.outputs}
        self.hypotheses = dict(zip(self.variables, self.prover.hypotheses, strict=True))

    # --- circuits ----------------------------------------------------------------------------------

    def circuit(self, name: str, lemma: Lemma | None) -> int:
        """The equality ``k*N - k*N' = 0`` for an output that is a gate."""
        p, roles = self.prover, self.roles
        a, b = self.variables[name]
        k, known = self.nodes.known[a]  # k*a - form = 0
        result = primitive(RationalForm.of(lemma.result, Fraction(1)))[0] if lemma else Linear()
        bit = form(({a: k}, 1), (p.of(known), -1))
        if k != 1:
            raise Refused(f"output {name} is no gate")
        if is_constant(bit):
            return p.sum((known, 1), (p.decide(b, p.sum()), -1))
        ((gate, c),) = result.terms.items() if len(result.terms) == 1 else (("", 0),)
        if gate in roles.builder._gates and (c, result.constant) in ((1, 0), (-1, 1)):
            g = roles.variable(gate)
            then = lambda i: p.sum((p.decide(b, roles.actual(p.decide(g, i))), 1), (p.one(i, g), -c))  # noqa: E731
            otherwise = lambda i: p.sum((p.decide(b, roles.actual(p.decide(g, i))), 1), (p.none(i, g), -c))  # noqa: E731
            same = p.cases(form((g, 1), (ONE, -1)), then, otherwise)
        else:
            t = roles.alias(bit)
            p.range(t)
            tie = p.zero(form((bit, 1), (t, -1)))
            top = p.sum((("<", a), 1), (known, 1), (tie, 1))
            bottom = p.sum(((">", a), 1), (known, -1), (tie, -1))

            def output(i: int, sign: int) -> int:
                return p.decide(b, roles.actual(p.sum((i, 1), (tie, sign))))

            then = lambda i: p.sum((output(i, 1), 1), (p.equal(i, top), -1), (tie, -1))  # noqa: E731
            otherwise = lambda i: p.sum((output(i, -1), 1), (p.equal(bottom, i), -1), (tie, -1))  # noqa: E731
            same = p.cases(form((t, 1), (ONE, -1)), then, otherwise)
        return p.sum((known, 1), (same, -1))

    # --- the exact form ----------------------------------------------------------------------------

    def _reduced(self, reduced: Reduced) -> tuple[Named, int, int, int]:
        """``content*f + constant - q*S`` in ``[0, q - 1]``: what the last layer reads, ``S``, and the two facts."""
        p, roles = self.prover, self.roles
        what, result, q = roles.form(reduced.form), roles.form(reduced.result), reduced.q
        read = roles.named(reduced.form)
        self._built = None
        if all(c % q == 0 for c in form((what, 1), (result, -1)).values()):
            turns = p.name(exact_quotient(form((what, 1), (result, -1)), q))
        else:  # gates at every value
            turns = p.name(multiples(roles, read, q, roles.builder.interval(reduced.form)[1]))
        low, high = p.pair(read.f, form((read.form, 1), (turns, -q)), q - 1)
        value = form((read.form, 1), (turns, -q))
        if not roles.vanishes(form((value, 1), (result, -1))):
            self._built = result, p.steps(read.f, form((value, 1), (result, -1)), 0)
        return read, turns, low, high

    def _output(self, b: int, value: Form) -> tuple[int, int]:
        """``den``, and the equality ``r*den*b - den*(value - r*R) = 0`` for the value that the output is made of."""
        p, (den, z) = self.prover, self.prover.affine[b]
        r = self.r
        parts, z = self.roles.virtual(z)
        more = [] if self._built is None else [(self._built[1], -den)]
        shown = value if self._built is None else self._built[0]
        tie = p.zero(form((z, r), (shown, -den), (ONE, r * self.output_range * den)))
        return den, p.sum((("=", b), -r), (tie, 1), *((fact, r * c) for fact, c in parts), *more)

    def exact(self, name: str, reduced: Reduced) -> int:
        """The equality of an output in exact form."""
        p, r, q = self.prover, self.r, reduced.q
        a, b = self.variables[name]
        k, known = self.nodes.known[a]
        whole, is_whole = self._integer(name, a)  # r*a - whole = 0
        read, turns, low, high = self._reduced(reduced)
        value = form((read.form, 1), (turns, -q), (ONE, -r * self.output_range))
        apart = p.name(form((value, 1), (whole, -1)))  # to be 0
        common = gcd(k, r)
        fact = p.sum((is_whole, -(k // common)), (known, r // common))  # (k*whole - r*form)/common = 0
        k //= common
        for relu, residual in self.nodes.residuals.items():
            times = p.of(fact).get(relu, 0)
            if times:
                fact = p.sum((fact, 1), (residual.fact, -times))
        rest = form((value, k), (p.of(fact), 1), (whole, -k))
        parts, rest = self._divisible(rest, read.f, q)
        quotient = p.name(exact_quotient(rest, q))
        tie = p.sum(*parts, (("=", quotient), q))  # k*value - form - q*quotient = 0
        multiple = p.sum((("=", apart), -k), (fact, -1), (tie, 1))  # k*apart - q*quotient = 0
        inverse = pow(k, -1, q)
        other = (1 - inverse * k) // q
        w = p.name(form((quotient, inverse), (apart, other)))
        small = p.sum((multiple, inverse), (("=", w), q))  # apart - q*w = 0
        up = p.sum((("=", apart), 1), (high, 1), ((">", whole), 1), (small, 1), by=q)
        down = p.sum((("=", apart), -1), (low, 1), (("<", whole), 1), (small, -1), by=q)
        zero = p.sum((small, 1), (p.equal(down, up), q))
        den, integers = self._output(b, form((value, 1), (ONE, r * self.output_range)))
        result = p.sum((integers, 1), (("=", apart), den), (zero, den), (is_whole, -den))
        content = gcd(*p.of(result).values())
        return p.sum((result, 1), by=content) if content > 1 else result

    def _divisible(self, what: Form, f: int, q: int) -> tuple[list[Part], Form]:
        """A form with definitions put in until all coefficients are multiples of ``q``."""
        p = self.prover
        rest = dict(what)
        parts: list[Part] = []
        if f in rest and f in p.affine and p.affine[f][0] == 1:
            c = rest.pop(f)
            accumulate(rest, p.affine[f][1], c)
            parts.append((("=", f), -c))
        if all(c % q == 0 for c in rest.values()):
            return parts, rest
        more, rest = p.expand(rest)
        return [*parts, *more], rest

    def _integer(self, name: str, a: int) -> tuple[int, int]:
        """A variable ``h`` in ``[-rR, rR]`` with ``r*a - h = 0``."""
        p = self.prover
        if self.prover.statement["kind"] == "equal if":
            (h,) = self.hypotheses[name]
            return h, p.sum((("=", h), 1))
        if self.r != 1:
            raise Refused("the values of an output are multiples of 1/r only by hypothesis")
        bound_output(p, a)
        if p.low[a] < -self.output_range or p.high[a] > self.output_range:
            raise Refused(f"it is only known to be in [{p.low[a]}, {p.high[a]}]")
        return a, p.sum()

    # --- the rounded form ---------------------------------------------------------------------------

    def rounded(self, name: str, known: RationalForm, reduced: Reduced) -> list[int]:
        """``0 <= N - N'`` and ``N - N' < 1/r``."""
        p = self.prover
        a, b = self.variables[name]
        floor, read, turns = self._floor(name, a, known, reduced)
        most = self.delta_range(floor)
        same, low, high = self._same_floor(
            floor, p.sum((floor.scaled, -1), ((">", a), most)), p.sum((floor.scaled, 1), (("<", a), most))
        )
        value = form((read.form, 1), (turns, -reduced.q))
        equal = self._congruent(floor, value, reduced, turns, same, low, high)  # value - y = 0
        den, integers = self._output(b, value)
        return [
            p.sum(
                (fact, den), (floor.scaled, sign * den), (equal, -sign * floor.delta * den), (integers, -sign * floor.delta)
            )
            for fact, sign in ((floor.below, 1), (floor.above, -1))
        ]

    def delta_range(self, floor: Floor) -> int:
        """``delta*r``."""
        return floor.delta * self.r

    def _scaled(self, a: int, value: RationalForm) -> tuple[int, int, int]:
        """``delta``, a variable ``V'``, and the equality ``delta*r*N + delta*r*R - V' = 0``."""
        p, roles, r, most = self.prover, self.roles, self.r, self.output_range
        k, known = self.nodes.known[a]
        linear, delta = integer_value(value, most, r)
        whole = p.name(roles.form(linear))
        p.range(whole)
        times = Fraction(delta * r, k)
        if times.denominator != 1:
            raise Refused("the value of the output is no form of the node")
        over = form(({a: k}, 1), (p.of(known), -1))
        # k*a - over = 0, times*over + delta*r*R = V'
        tie = p.zero(form((over, int(times)), (ONE, delta * r * most), (whole, -1)))
        return delta, whole, p.sum((known, int(times)), (tie, 1))

    def _floor(self, name: str, a: int, known: RationalForm, reduced: Reduced | None) -> tuple[Floor, Named, int]:
        """The quotient of the construction and of the kernel."""
        p, roles, builder, r, most = self.prover, self.roles, self.roles.builder, self.r, self.output_range
        if self.output is None:
            raise Refused("an output by comparisons")
        quotient = self.output.plan(builder, known, most, r)
        delta, value, scaled = self._scaled(a, known)
        power, factor, excess = self._factor(quotient, delta)
        digits, n = quotient.digits, len(quotient.digits.forms)
        carries = self.output.predicates.make(builder, digits, n, name)
        blocks = Blocks(roles, digits, carries, self.output.predicates, n)
        places = [(v, blocks.beta**b) for b, v in enumerate(blocks.values)]
        top = form((blocks.wraps[n - 1], 1), (blocks.into[n], 1)) if n else {}
        carry = None
        if n:
            high = sum(h << (b * digits.bits) for b, h in enumerate(digits.highs)) >> power
            result = roles.form(builder.share(carries.sums[n] + carries.into(n), f"{name}.carry", 0, high))
            gates, linear_gates = blocks.carry_gates(n)
            plain = p.zero(form((result, 1), (roles.form(linear_gates), -1), (blocks.wraps[n - 1], -1)))
            carry = p.sum((plain, 1), (gates, 1))  # carry as built - hi - c = 0
            node = [v for v in result if v]
            if power and node and result == {node[0]: 1}:  # its bounds
                everything = p.zero(
                    form(*places, (top, 1 << power), *((v, -(blocks.beta**b)) for b, v in enumerate(blocks.forms)))
                )
                sums = [(("<", v), blocks.beta**b) for b, v in enumerate(blocks.forms)]
                up = p.sum((everything, -1), *sums, *(((">", v), place) for v, place in places), by=1 << power)
                p.bound((up, 1), (carry, -1))
                p.bound((carry, 1), ((">", blocks.wraps[n - 1]), 1), ((">", blocks.into[n]), 1))
        whole = p.name(form((roles.form(quotient.whole), 1), (top, 1)))
        split = p.zero(form((value, factor), (whole, -(1 << power)), *((v, -place) for v, place in places)))
        below = p.sum((split, 1), *(((">", v), place) for v, place in places))
        above = p.sum((split, -1), *((("<", v), place) for v, place in places))
        y, y_below, y_above = p.floor({value: 1}, delta)
        read, turns = Named(roles.zero, 1, 0), roles.zero
        floor = Floor(y, y_below, y_above, whole, below, above, power, factor, excess, delta, scaled, carry)
        if reduced is not None:
            read, turns, *self._ends = self._reduced(reduced)
        return floor, read, turns

    def _factor(self, quotient: Quotient, delta: int) -> tuple[int, int, int]:
        """``power``, ``factor`` and ``factor*delta - 2^power``, as :func:`plan_quotient` chose them."""
        t = (delta - 1).bit_length()
        while True:
            factor = -(-(1 << t) // delta)
            if (1 << t) > 2 * self.r * self.output_range * delta * (factor * delta - (1 << t)):
                break
            t += 1
        factor <<= quotient.power - t
        return quotient.power, factor, factor * delta - (1 << quotient.power)

    def _same_floor(self, floor: Floor, low: Fact, high: Fact) -> tuple[int, int, int]:
        """``Y - y = 0``, ``y >= 0`` and ``2rR - y >= 0`` from ``V' >= 0`` and ``2rR*delta - V' >= 0``."""
        p, delta, size = self.prover, floor.delta, 1 << floor.power
        positive = p.sum((floor.above, 1), (low, 1), by=delta)
        bounded = p.sum((floor.below, 1), (high, 1), by=delta)
        least = p.sum((floor.below, floor.factor), (positive, floor.excess))  # factor*V' - 2^power*y >= 0
        most = p.sum((floor.above, size), (high, floor.excess), by=delta)  # 2^power*y + 2^power - 1 - factor*V' >= 0
        one = p.sum((floor.quotient_below, 1), (most, 1), by=size)
        two = p.sum((floor.quotient_above, 1), (least, 1), by=size)
        return self.equal(two, one), positive, bounded

    def equal(self, above: int, below: int) -> int:
        """As the prover's; raises :class:`Impossible` where the two facts contradict each other."""
        p = self.prover
        both = form((p.of(above), 1), (p.of(below), 1))
        if is_constant(both) and both.get(ONE, 0) < 0:
            raise Impossible(p.sum((above, 1), (below, 1)))
        return p.equal(above, below)

    def _turns(self, floor: Floor, reduced: Reduced) -> Form:
        """``(form - Y as built)/q``, an integer form."""
        what = form((self.roles.form(reduced.form), 1), (self.prover.affine[floor.quotient][1], -1))
        if floor.carry is not None:
            accumulate(what, self.prover.of(floor.carry), -1)
        return exact_quotient(what, reduced.q)

    def _congruent(
        self, floor: Floor, value: Form, reduced: Reduced, turns: int, same: int, positive: int, bounded: int
    ) -> int:
        """``value - y = 0``: both are in ``[0, q - 1]``, and congruent by their coefficients."""
        p, q = self.prover, reduced.q
        low, high = self._ends
        w = p.name(form((self._turns(floor, reduced), 1), (turns, -1)))
        built = p.of(floor.carry) if floor.carry is not None else {}
        tie = p.zero(form((value, 1), (floor.quotient, -1), (built, -1), (w, -q)))
        known: list[Part] = [] if floor.carry is None else [(floor.carry, 1)]
        apart = p.sum((tie, 1), *known, (same, 1))  # value - y - q*w = 0
        up = p.sum((high, 1), (positive, 1), (apart, 1), by=q)
        down = p.sum((low, 1), (bounded, 1), (apart, -1), by=q)
        return p.sum((apart, 1), (p.equal(down, up), q))

    # --- the clipped form -----------------------------------------------------------------------------

    def clipped(self, name: str, known: RationalForm, reduced: Reduced, lemmas: Mapping[str, Lemma]) -> list[int]:
        """``0 <= clip(N) - N'`` and ``clip(N) - N' < 1/r``."""
        a, b = self.variables[name]
        floor, _, _ = self._floor(name, a, known, None)
        sides = [
            self._compare(name, a, known, side, limit, lemmas)
            for side, limit in (("above", -self.output_range), ("beyond", self.output_range))
        ]
        clip = Clip(self, name, floor, reduced, sides[0], sides[1])
        return clip.prove(b)

    def windowed(self, name: str, known: RationalForm) -> list[int]:
        """The same of a sum of comparisons, ``1[r*N + r*R >= v]`` for ``v`` from 1 to ``2*r*R`` (route D)."""
        p, roles, r, most = self.prover, self.roles, self.r, 2 * self.r * self.output_range
        windows = self.nodes.tactics.windows  # type: ignore[attr-defined]
        a, b = self.variables[name]
        inner, outer = self.hypotheses[name]
        linear, _ = integer_value(known, self.output_range, r)
        delta, whole, scaled = self._scaled(a, known)
        always = min(most, max(0, roles.builder.interval(linear)[0] // delta))
        made, steps, same = Form(), {ONE: always} if always else Form(), list[Part]()
        for v in range(always + 1, min(most, roles.builder.interval(linear)[1] // delta) + 1):
            shifted, means = linear.plus(-v * delta), Means(f"{name}.v{v}", "step", {}, {}, mpq(0))
            result = windows.lemmas.sign(roles.builder, shifted, f"{name}.v{v}")
            value = p.name(form((whole, 1), (ONE, -v * delta)))
            p.range(value)
            side, s = windows.side(shifted, result, f"{name}.v{v}", means, value), p.new_step(form((whole, 1), (ONE, -v * delta)))
            link = ("=", value)
            on = lambda i, side=side, s=s, link=link: p.sum(  # noqa: E731
                (p.one(i, side.sign), 1), (p.decide(s, p.sum((side.on(i), 1), (link, 1))), -1)
            )
            off = lambda i, side=side, s=s, link=link: p.sum(  # noqa: E731
                (p.none(i, side.sign), 1), (p.decide(s, p.sum((side.off(i), 1), (link, -1))), -1)
            )
            equal = p.cases(form((side.sign, 1), (ONE, -1)), on, off)
            same += [(side.same, 1), (equal, 1)]  # made - s = 0
            made, steps = form((made, 1), (roles.form(result), 1)), form((steps, 1), (s, 1))
        apart = p.sum(*same)

        def fact(which: int) -> int:
            """``r*clip - Y >= 0`` (``r*R`` added to both), or ``delta*(Y - r*clip) + delta - 1 >= 0``, ``Y`` being the sum."""

            def ends(equal: int, parts: list[Part]) -> int:  # r*clip - Y = 0, of which the parts are r*clip
                return p.sum(*((f, t if which == 0 else -delta * t) for f, t in [*parts, (equal, -1)]))

            def below(i: int) -> int:
                zero = p.decide(inner, p.sum((i, 1), (scaled, -1)))
                return ends(p.steps(whole, steps, 0, None, p.sum((i, 1))), [(zero, r), (p.decide(outer, p.sum((zero, -1))), -r)])

            def reached(i: int) -> int:
                positive = p.decide(inner, p.sum((i, 1), (scaled, 1)))  # inner - a - R = 0

                def beyond(j: int) -> int:
                    above = p.decide(outer, p.sum((j, 1), (scaled, 1), (positive, delta * r)))  # outer - inner + 2R = 0
                    return ends(p.steps(whole, form((steps, 1), (ONE, -most)), 0, p.sum((j, 1))), [(above, -r)])

                def within(j: int) -> int:
                    none = p.decide(outer, p.sum((j, 1), (scaled, -1), (positive, -delta * r)))
                    low, high = p.pair(whole, form((whole, 1), (steps, -delta)), delta - 1, i, p.sum((j, 1)))
                    parts: list[Part] = [(scaled, 1), (positive, delta * r), (none, -delta * r)]
                    if which:
                        return p.sum((high, 1), *((f, -t) for f, t in parts))
                    return p.sum((low, 1), *parts, by=delta)

                return p.cases(form((whole, 1), (ONE, -most * delta)), beyond, within)

            return p.cases({whole: 1}, reached, below)

        den, integers = self._output(b, form((made, 1), (ONE, always)))
        tie = p.sum((integers, 1), (apart, den))  # r*den*b - den*(Y - r*R) = 0
        return [p.sum((fact(0), den), (tie, -1)), p.sum((fact(1), den), (tie, delta))]

    def _compare(
        self, name: str, a: int, value: RationalForm, side: str, limit: int, lemmas: Mapping[str, Lemma]
    ) -> Comparison:
        """``N >= limit`` as it was built."""
        p, roles = self.prover, self.roles
        k, known = self.nodes.known[a]
        shifted = primitive(RationalForm(value.terms, value.constant - limit))[0]
        content = shifted.content() or 1
        linear = Linear({u: c // content for u, c in shifted.terms.items()}, shifted.constant // content)
        over = form(({a: k}, 1), (p.of(known), -1), (ONE, -k * limit))  # k*(a - limit) = over
        primitive_form = roles.form(linear)
        some = next((u for u in primitive_form if u), None)
        if some is None:
            value_of = p.name(over)
            p.range(value_of)
            rel = p.sum((known, 1), (("=", value_of), 1))
            factor = 1
        else:
            ratio = Fraction(over.get(some, 0), primitive_form[some])
            if ratio <= 0 or ratio.denominator != 1:
                raise Refused("the comparison is not of the output")
            factor = int(ratio)
            value_of = p.name(primitive_form)
            p.range(value_of)
            rest = form((over, 1), (primitive_form, -factor))
            if not is_constant(rest) or not 0 <= rest.get(ONE, 0) < factor:
                raise Refused("the comparison is not of the output")
            rel = p.sum(
                (known, 1), (("=", value_of), factor)
            )  # k*(a - limit) - factor*value_of - rest = 0 with the constant on the left
        lemma = lemmas.get(f"{name}.{side}")
        if lemma is None:
            positive = p.low[value_of] >= 0
            bound: Fact = (">", value_of) if positive else ("<", value_of)
            both = [lambda i, sign=sign: p.sum((rel, sign), (bound, factor)) for sign in (1, -1)]
            return Comparison(Linear({}, int(positive)), None, both[0], both[1])
        proved = self.nodes.tactics.side(lemma.form, lemma.result, f"{name}.{side}", lemma.means, value_of)
        return Comparison(
            proved.result,
            proved,
            lambda i: p.sum((rel, 1), (proved.on(i), factor)),
            lambda i: p.sum((rel, -1), (proved.off(i), factor)),
        )


@dataclass(frozen=True)
class Comparison:
    """``1[N >= limit]`` as it was built, or a constant."""

    result: Linear
    side: Side | None
    above: Callable[[int], int]
    """Proves ``k*(N - limit) + .. >= 0`` from ``sign - 1 >= 0``."""
    below: Callable[[int], int]
    """Proves ``N < limit`` from ``-sign >= 0``."""


@dataclass
class Clip:
    """One output of the clipped form: a function of ``G = F + W*(above + beyond)``, by cases on the two comparisons."""

    outputs: Outputs
    name: str
    floor: Floor
    reduced: Reduced
    first: Comparison
    second: Comparison
    steps: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        roles, p = self.outputs.roles, self.outputs.prover
        builder, linear = roles.builder, self.reduced.form
        self.prover, self.q = p, self.reduced.q
        self.inner, self.outer = self.outputs.hypotheses[self.name]
        most = builder.interval(linear)[1]
        self.wide = most + 1
        joint = linear + (self.first.result + self.second.result).scaled(self.wide)
        self.constant = joint.constant
        key = tuple(sorted(joint.terms.items()))
        self.g = roles.zero
        if key:
            self.g = roles.variable(key[0][0] if len(key) == 1 and key[0][1] == 1 else builder._forms[key])
            p.range(self.g)
        self.value = roles.form(self.reduced.result)
        self.f = p.name(roles.form(linear))
        p.range(self.f)
        if p.low[self.f] < 0 or p.high[self.f] > most:
            raise Refused("the range of the last form is wider than that of the construction")
        signs = total([self.first.result, self.second.result])
        tie = p.zero(form((self.g, 1), (ONE, self.constant), (self.f, -1), (roles.form(signs), -self.wide)))
        self.tie = p.sum((tie, 1), *((c.side.same, self.wide) for c in (self.first, self.second) if c.side))
        for j in range(1, most // self.q + 1):
            self.steps.append(p.new_step(form((self.g, 1), (ONE, self.constant - self.wide - j * self.q))))
        self.turns = form(*((v, 1) for v in self.steps))
        w = p.name(self.outputs._turns(self.floor, self.reduced))
        built = p.of(self.floor.carry) if self.floor.carry is not None else {}
        self.congruent = p.zero(form((self.f, 1), (self.floor.quotient, -1), (w, -self.q), (built, -1)))

    def prove(self, b: int) -> list[int]:
        """The two facts of the output."""
        p, delta = self.prover, self.floor.delta
        one, two = (self._first(which) for which in (0, 1))
        den, integers = self.outputs._output(b, self.value)
        return [p.sum((one, den), (integers, -1)), p.sum((two, den), (integers, delta))]

    def _first(self, which: int) -> int:
        """``r*clip - value >= 0`` (with ``r*R`` added to both), or ``delta*(value - r*clip) + delta - 1 >= 0``."""
        p, one = self.prover, self.first

        def yes(i: int) -> int:
            return self._second(which, self._known(one, i, True), one.above(i), None)

        def no(i: int) -> int:
            return self._second(which, self._known(one, i, False), None, one.below(i))

        if one.side is None:
            return yes(-1) if one.result.constant else no(-1)
        return p.cases(form((one.side.sign, 1), (ONE, -1)), yes, no)

    def _known(self, side: Comparison, i: int, on: bool) -> list[int]:
        if side.side is None:
            return []
        return [self.prover.one(i, side.side.sign) if on else self.prover.none(i, side.side.sign)]

    def _second(self, which: int, signs: list[int], above: int | None, below: int | None) -> int:
        p, two = self.prover, self.second

        def yes(i: int) -> int:
            known, beyond = [*signs, *self._known(two, i, True)], two.above(i)
            if below is not None:  # at least R and below -R
                return p.sum((beyond, 1), (below, 1))
            return self._top(known, beyond)[which]

        def no(i: int) -> int:
            known, short = [*signs, *self._known(two, i, False)], two.below(i)
            if below is not None:
                return self._bottom(known, below)[which]
            try:
                return self._middle(known, above, short)[which]  # type: ignore[arg-type]
            except Impossible as error:  # no value is between
                return error.fact

        if two.side is None:
            return yes(-1) if two.result.constant else no(-1)
        return p.cases(form((two.side.sign, 1), (ONE, -1)), yes, no)

    def _ends(self, signs: list[int]) -> tuple[int, int, int]:
        """Where the signs are known: ``g + constant - F - wide*n = 0``, and the ends of the range of ``g``."""
        p = self.prover
        x = p.sum((self.tie, 1), *((fact, self.wide) for fact in signs))
        return x, p.sum((x, 1), ((">", self.f), 1)), p.sum((x, -1), (("<", self.f), 1))

    def _bottom(self, signs: list[int], below: int) -> tuple[int, int]:
        p, r, delta = self.prover, self.outputs.r, self.floor.delta
        _, low, high = self._ends(signs)
        inner = p.decide(self.inner, below)
        outer = p.decide(self.outer, p.sum((inner, -1)))
        value = p.steps(self.g, self.value, 0, low, high)
        return (
            p.sum((inner, r), (outer, -r), (value, -1)),
            p.sum((inner, -r * delta), (outer, r * delta), (value, delta)),
        )

    def _top(self, signs: list[int], beyond: int) -> tuple[int, int]:
        p, r, delta = self.prover, self.outputs.r, self.floor.delta
        k = self.outputs.nodes.known[self.outputs.variables[self.name][0]][0]
        _, low, high = self._ends(signs)
        inner = p.decide(self.inner, beyond)
        outer = p.decide(self.outer, p.sum((beyond, 1), (inner, k)))
        value = p.steps(self.g, form((self.value, 1), (ONE, -2 * r * self.outputs.output_range)), 0, low, high)
        return p.sum((outer, -r), (value, -1)), p.sum((outer, r * delta), (value, delta))

    def _middle(self, signs: list[int], above: int, short: int) -> tuple[int, int]:
        p, r, q, floor = self.prover, self.outputs.r, self.q, self.floor
        delta = floor.delta
        k = self.outputs.nodes.known[self.outputs.variables[self.name][0]][0]
        x, low, high = self._ends(signs)
        inner = p.decide(self.inner, above)
        outer = p.decide(self.outer, p.sum((short, 1), (inner, -k)))
        times = delta * r // k
        same, positive, bounded = self.outputs._same_floor(
            floor, p.sum((floor.scaled, -1), (above, times)), p.sum((floor.scaled, 1), (short, times))
        )
        goal = form((self.value, 1), (self.g, -1), (ONE, self.wide - self.constant), (self.turns, q))
        value = p.sum((p.steps(self.g, goal, 0, low, high), 1), (x, 1))  # value - F + q*turns = 0
        nonnegative, small = p.pair(self.g, self.value, q - 1, low, high)
        known: list[Part] = [] if floor.carry is None else [(floor.carry, 1)]
        apart = p.sum((value, 1), (self.congruent, 1), (same, 1), *known)  # value - y - q*(..) = 0
        up = p.sum((small, 1), (positive, 1), (apart, 1), by=q)
        down = p.sum((nonnegative, 1), (bounded, 1), (apart, -1), by=q)
        equal = p.sum((apart, 1), (self.outputs.equal(down, up), q))
        one = p.sum(
            (floor.below, 1), (floor.scaled, 1), (equal, -delta), (inner, r * delta), (outer, -r * delta), by=delta
        )
        two = p.sum((floor.above, 1), (floor.scaled, -1), (equal, delta), (inner, -r * delta), (outer, r * delta))
        return one, two
