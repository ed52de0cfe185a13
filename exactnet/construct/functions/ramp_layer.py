"""Ramps ``[x - t]+`` as ReLU neurons, each made once, and forms that read them (docs/functions.md)."""

from __future__ import annotations

from gmpy2 import mpq

from exactnet.construct.base.scaling import RationalForm
from exactnet.construct.functions.interpolation import Interpolant
from exactnet.kernel.errors import SizeError
from exactnet.kernel.network import AFFINE, RELU, Network, Node, fresh_name

__all__ = ["RampLayer"]

#: The most neurons.
MAX_RAMPS = 2**20


class RampLayer:
    """A network under construction from ramps, with the names of the network that it stands for."""

    def __init__(self, net: Network) -> None:
        self._inputs, self._outputs = net.inputs, net.outputs
        self._taken = {*net.inputs, *net.outputs}
        self._nodes: list[Node] = []
        self._ramps: dict[tuple[str, int, mpq], str] = {}

    def read(self, source: str, sign: int, form: Interpolant, p: int, unit: mpq) -> RationalForm:
        """``unit`` times a function of ``n = sign·p·source``: weights ``unit·p·jump`` on ramps ``[sign·source - t/p]+``.

        Raises :class:`SizeError` for more than :data:`MAX_RAMPS` neurons.
        """
        terms = {self.ramp(source, sign, mpq(t, p)): unit * p * jump for t, jump in form.jumps.items()}
        return RationalForm(terms, unit * form.constant)

    def ramp(self, source: str, sign: int, at: mpq) -> str:
        """The neuron ``[sign·source - at]+``, made unless it exists.

        Raises :class:`SizeError` for more than :data:`MAX_RAMPS` neurons.
        """
        key = source, sign, at
        if key not in self._ramps:
            if len(self._ramps) >= MAX_RAMPS:
                raise SizeError(f"too large to build: more than {MAX_RAMPS} neurons")
            self._ramps[key] = fresh_name(f"[{source}-{at}]" if sign > 0 else f"[-{source}-{at}]", self._taken)
            self._nodes.append(Node(self._ramps[key], RELU, {source: mpq(sign)}, -at))
        return self._ramps[key]

    def name(self, form: RationalForm, name: str) -> str:
        """An affine node for a form."""
        fresh = fresh_name(name, self._taken)
        self._nodes.append(Node(fresh, AFFINE, form.terms, form.constant))
        return fresh

    def output(self, name: str, form: RationalForm) -> None:
        """An affine output."""
        self._nodes.append(Node(name, AFFINE, form.terms, form.constant))

    def network(self) -> Network:
        """The network made so far."""
        return Network(self._inputs, self._nodes, self._outputs)
