"""From a network on a domain to a :class:`~exactnet.engine.program.Program`.

Every node becomes a rational multiple of a piecewise linear function of one root, ``(offset + Σ d_t [n - t]+)/den``:
affine nodes, ReLUs and gates that depend on one root only (however many wires lie between) are computed here, once
and for all. A form that joins several roots becomes a root itself (:mod:`.joining`), so that all ReLUs and gates on it
are functions of one integer again.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import lcm

from gmpy2 import mpq

from exactnet.engine import piecewise
from exactnet.engine.inputs import TooWideError, make_inputs
from exactnet.engine.joining import NONE, Joiner, Value
from exactnet.engine.piecewise import Kinks
from exactnet.engine.program import Output, Program
from exactnet.kernel.domain import Domain, check_dimension
from exactnet.kernel.network import AFFINE, RELU, THRESHOLD, Network

__all__ = ["lower"]

#: A function with more kinks than this becomes a root of its own before it is activated, or when its kinks were not
#: paid for by wires: compositions (sawtooths) and running sums would square or double their number time and again.
MAX_KINKS = 512

#: Numbers of more bits are left to the plain evaluator at once: Python multiplies them slowly.
MAX_BITS = 2**17
#: What a node reads: the weight of every source.
Wires = Mapping[str, mpq]


def lower(net: Network, domain: Domain) -> Program:
    """Compile.

    Raises :class:`~exactnet.kernel.errors.DomainError` where the dimensions differ, and
    :class:`~exactnet.engine.inputs.TooWideError` where numbers have more than :data:`MAX_BITS` bits.
    """
    check_dimension(domain, net.inputs)
    joiner = Joiner(make_inputs(domain))
    lowering = _Lowering(net, joiner)
    for i, name in enumerate(net.inputs):
        lowering.values[name] = joiner.coordinate(i)
    for name in net.order:
        lowering.add(name, dict(net.sources(name)), net.kind(name), net.bias(name))
    return joiner.program([lowering.output(name) for name in net.outputs])


class _Ratios(dict[mpq, tuple[int, int]]):
    """Numerator and denominator as Python integers: much faster to look up than to convert each time."""

    def __missing__(self, number: mpq) -> tuple[int, int]:
        ratio = int(number.numerator), int(number.denominator)
        self[number] = ratio
        return ratio


class _Lowering:
    """Makes a value of every node."""

    def __init__(self, net: Network, joiner: Joiner) -> None:
        self.values: dict[str, Value] = {}
        self._joiner = joiner
        self._ratios = _Ratios()
        self._readers = {name: sum(1 for _ in net.readers(name)) for name in (*net.inputs, *net.order)}
        #: How many readers of a node are still to come; an output has one more, which never comes.
        self._unread = self._readers.copy()
        for name in net.outputs:
            self._unread[name] += 1

    def add(self, name: str, wires: Wires, kind: str, bias: mpq) -> None:
        """Make the value of a node from the values that it reads."""
        form = self._unary(bias, wires) or self._form(bias, wires)
        if max(form.offset.bit_length(), form.den.bit_length(), *(d.bit_length() for d in form.kinks.values())) > MAX_BITS:
            raise TooWideError(name)  # not left to those who make registers: much would be multiplied before
        if len(form.kinks) > MAX_KINKS and (kind != AFFINE or len(form.kinks) > MAX_KINKS + 4 * len(wires)):
            form = self._joiner.cut(form)
        if kind == RELU:
            form = Value(form.root, form.size, form.den, *piecewise.relu(form.offset, form.kinks, form.size))
        elif kind == THRESHOLD:
            form = Value(form.root, form.size, 1, *piecewise.step(form.offset, form.kinks, form.size))
        self.values[name] = form
        for source in wires:
            self._unread[source] -= 1
            if not self._unread[source]:
                del self.values[source]

    def output(self, name: str) -> Output:
        """An output of the program."""
        value = self.values[name]
        if value.root == NONE:
            return Output(None, value.offset, 0, value.den)
        function, factor, offset = self._joiner.function(value)
        return Output(function, value.offset + offset, factor, value.den)

    def _unary(self, bias: mpq, wires: Wires) -> Value | None:
        """The common case, made fast: integers everywhere and a single root. Otherwise None."""
        values, ratios = self.values, self._ratios
        offset, den = ratios[bias]
        if den != 1:
            return None
        root, size = NONE, 1
        kinks: Kinks = {}
        for source, weight in wires.items():
            value = values[source]
            factor, den = ratios[weight]
            if den != 1 or value.den != 1:
                return None
            if value.root not in (root, NONE):
                if root != NONE:
                    return None
                root, size = value.root, value.size
            offset += factor * value.offset
            if kinks:
                for t, d in value.kinks.items():
                    kinks[t] = kinks.get(t, 0) + factor * d
            elif factor == 1:
                kinks = value.kinks if len(wires) == 1 else value.kinks.copy()
            else:
                kinks = {t: factor * d for t, d in value.kinks.items()}
        if 0 in kinks.values():
            kinks = {t: d for t, d in kinks.items() if d}
        return Value(root, size, 1, offset, kinks)

    def _form(self, bias: mpq, wires: Wires) -> Value:
        """``bias + Σ weight·value``."""
        bias_numerator, bias_den = self._ratios[bias]
        den = bias_den
        scaled = []  # the value, then weight/(its denominator) as numerator and denominator, then its readers
        for source, weight in wires.items():
            value = self.values[source]
            factor, d = self._ratios[weight]
            d *= value.den
            if d != 1:
                den = lcm(den, d)
            scaled.append((value, factor, d, self._readers[source]))
        offset = bias_numerator * (den // bias_den)
        members = []
        for value, numerator, d, readers in scaled:
            factor = numerator if d == den else numerator * (den // d)
            offset += factor * value.offset
            members.append((value, factor, readers))
        return self._joiner.join(den, offset, members)
