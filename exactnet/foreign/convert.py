"""Graphs of tensor operations as networks: everything piecewise linear, and what stands at the end for people is cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import prod

import numpy as np
from gmpy2 import mpq

import exactnet.foreign.linear
import exactnet.foreign.pieces
import exactnet.foreign.shapes  # noqa: F401  (the three fill the table of operators)
from exactnet.foreign.forms import Builder, Form, each, is_symbolic
from exactnet.foreign.graph import Array, Graph, Limits, Operation
from exactnet.foreign.operators import OPERATORS, Context, symbolic
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.network import AFFINE, Network, Node

__all__ = ["Conversion", "convert_graph"]

#: Cut where they stand at the end: they keep the order of the outputs, which become what they read.
_KEEPS_ORDER = {"LogSoftmax", "Softmax"}
#: Cut where they stand at the end, with all that is made of them.
_LABELS = {"ArgMax", "ArrayFeatureExtractor", "LabelEncoder", "TopK", "ZipMap"}
#: What may follow on those.
_FOLLOW = _KEEPS_ORDER | _LABELS | {"Cast", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"}


def convert_graph(graph: Graph, limits: Limits = Limits()) -> tuple[Network, tuple[str, ...], tuple[str, ...]]:  # noqa: B008
    """Turn a graph of tensor operations into a network.

    Parameters
    ----------
    graph : Graph
        Its operations are those of :data:`exactnet.foreign.operators.OPERATORS`.
    limits : Limits
        How large the network may become.

    Returns
    -------
    network : Network
        Inputs ``x0, x1, …`` and outputs ``y0, y1, …``, the elements of the tensors in order.
    left_out, rounded : tuple of str
        As in :class:`~exactnet.files.network_json.Source`.

    Raises
    ------
    FormatError
        For a graph that is not piecewise linear (all its other operators are named) or too large.
    """
    conversion = Conversion(graph, Builder(limits))
    conversion.run()
    return conversion.network(), tuple(dict.fromkeys(conversion.left_out)), tuple(conversion.rounded)


def _sorted(graph: Graph) -> list[Operation]:
    """The operations, each after those whose results it reads; in the order given where that is one."""
    writer = {name: operation for operation in graph.operations for name in operation.outputs if name}
    order: dict[int, Operation] = {}
    for first in graph.operations:
        stack, open_ = [(first, False)], set[int]()
        while stack:
            operation, ready = stack.pop()
            if id(operation) in order:
                continue
            if ready:
                order[id(operation)] = operation
                continue
            if id(operation) in open_:
                raise FormatError(f"the operators form a cycle at {clip_text(operation)}")
            open_.add(id(operation))
            stack.append((operation, True))
            stack += [(writer[name], False) for name in reversed(operation.inputs) if name in writer]
    return list(order.values())


def _at_the_end(operations: list[Operation]) -> set[int]:
    """The operations of :data:`_FOLLOW` on whose results only such operations depend (by ``id``)."""
    readers: Counter[str] = Counter()
    for operation in operations:
        readers.update(name for name in set(operation.inputs) if name)
    last: set[int] = set()
    ends: Counter[str] = Counter()  # of how many readers at the end a tensor is known
    for operation in reversed(operations):
        if operation.op in _FOLLOW and all(ends[name] == readers[name] for name in operation.outputs):
            last.add(id(operation))
            ends.update(name for name in set(operation.inputs) if name)
    return last


def _refuse_unknown(operations: Iterable[Operation], last: set[int]) -> None:
    unknown: dict[str, list[Operation]] = {}
    for operation in operations:
        if operation.op not in OPERATORS and id(operation) not in last:
            unknown.setdefault(operation.op, []).append(operation)
    if unknown:
        words = []
        for op, which in sorted(unknown.items(), key=lambda item: -len(item[1]))[:8]:
            count = f"{len(which)} nodes, first " if len(which) > 1 else "node "
            words.append(f"{clip_text(op)[1:-1]} ({count}{clip_text(which[0])[1:-1]})")
        raise FormatError(f"not piecewise linear, or not supported: {', '.join(words)}")


class _Cut:
    """Stands for a tensor that was left out: it was made of the tensor ``source``."""

    def __init__(self, source: str) -> None:
        self.source = source


class Conversion:
    """Carries out the operations of a graph, whatever the builder makes of them."""

    def __init__(self, graph: Graph, builder: Builder) -> None:
        self.graph, self.builder = graph, builder
        self.tensors: dict[str, Array | _Cut] = dict(graph.constants)
        self.computed = 0
        self.measured: dict[int, dict[str, mpq]] = {}  # weights that forms share, kept so that none has the id of another
        self.left_out: list[str] = []
        self.rounded: list[str] = []
        total = sum(prod(shape) for shape in graph.inputs.values())
        self.inputs = [f"x{number}" for number in range(total)]
        start = 0
        for name, shape in graph.inputs.items():
            self.tensors[name] = self.builder.inputs(self.inputs[start : start + prod(shape)], shape)
            start += prod(shape)

    def run(self) -> None:
        """Carry out all operations."""
        order = _sorted(self.graph)
        last = _at_the_end(order)
        _refuse_unknown(order, last)
        for operation in order:
            self.step(operation, id(operation) in last)

    def step(self, operation: Operation, last: bool) -> None:
        """Carry out one operation."""
        operands = [self.operand(operation, name) for name in operation.inputs]
        if last and (operation.op in _LABELS or any(isinstance(operand, _Cut) for operand in operands)):
            source = next((op.source for op in operands if isinstance(op, _Cut)), operation.inputs[0])
            self.tensors.update(dict.fromkeys(operation.outputs, _Cut(source)))
            if operation.op in _LABELS:
                self.left_out.append(operation.op)
            return
        if last and operation.op in _KEEPS_ORDER:
            self.tensors[operation.outputs[0]] = self.tensors[operation.inputs[0]]
            self.left_out.append(f"{operation.op} (outputs are logits)")
            return
        known = [operand for operand in operands if isinstance(operand, np.ndarray)]
        context = Context(self.builder, operation, self.left_out, self.rounded)
        self.builder.begin("a")
        try:
            results = OPERATORS[operation.op](context, *operands)
            context.attributes.check()
        except FormatError as error:
            raise FormatError(f"{operation.op} {clip_text(operation)}: {error}") from None
        except AttributeError:  # of None
            raise FormatError(f"{operation.op} {clip_text(operation)}: an operand is left out") from None
        except (ValueError, IndexError, TypeError, KeyError, OverflowError) as error:  # shapes that do not fit
            reason = clip_text(str(error).splitlines()[0] if str(error) else type(error).__name__, 90)
            raise FormatError(f"{operation.op} {clip_text(operation)}: cannot be applied: {reason}") from None
        values = results if isinstance(results, tuple) else (results,)
        if not any(map(is_symbolic, known)):  # what is made of constants alone is constant
            values = tuple(each(lambda form: form.bias, value) if is_symbolic(value) else value for value in values)
        for name, value in zip(operation.outputs, values, strict=False):
            if not name:
                continue
            self.check(operation, value)
            self.tensors[name] = value

    def operand(self, operation: Operation, name: str) -> Array | _Cut | None:
        if not name:
            return None
        if name not in self.tensors:
            raise FormatError(f"{operation.op} {clip_text(operation)} reads {clip_text(name)}, which nothing has written")
        return self.tensors[name]

    def check(self, operation: Operation, values: Array) -> None:
        """Refuse tensors and numbers that grow without bound. Every operation makes them larger by a factor at most."""
        self.computed += values.size
        if self.computed > self.builder.limits.computed:
            raise FormatError(f"too large: operators make tensors of more than {self.builder.limits.computed} elements")
        if values.dtype != object:
            return
        most = 0
        for value in values.flat:
            numbers = [value.bias if isinstance(value, Form) else value]
            if isinstance(value, Form) and id(value.weights) not in self.measured:
                self.measured[id(value.weights)] = value.weights
                numbers += value.weights.values()
            for number in numbers:
                most = max(most, number.numerator.bit_length(), number.denominator.bit_length())
        allowed = self.builder.limits.bits
        if most > allowed:
            raise FormatError(f"{operation.op} {clip_text(operation)}: numbers of {most} bits, more than {allowed}")

    def outputs(self) -> list[Form]:
        """The elements of the outputs, or of what they were made of where all of them are cut."""
        outputs = [self.output(name) for name in self.graph.outputs]
        kept = [values for values in outputs if not isinstance(values, _Cut)]
        if not kept:
            sources = dict.fromkeys(values.source for values in outputs if isinstance(values, _Cut))
            kept = [values for values in map(self.output, sources) if not isinstance(values, _Cut)]
        forms = [form for values in kept for form in symbolic(values).ravel().tolist()]
        if not forms:
            raise FormatError("the model has no outputs")
        return forms

    def network(self) -> Network:
        """What has been built, once all operations are done."""
        nodes, forms = list(self.builder.nodes), self.outputs()
        names = {name for name, _, _ in nodes}
        renamed: dict[str, str] = {}
        outputs = [f"y{number}" for number in range(len(forms))]
        for output, form in zip(outputs, forms, strict=True):
            name = next(iter(form.weights), "")
            if form.is_unit and name in names and name not in renamed:  # the node itself is the output
                renamed[name] = output
            else:
                nodes.append((output, AFFINE, form))
        kept = [Node(renamed.get(name, name), kind, _sources(form, renamed), form.bias) for name, kind, form in nodes]
        return Network(self.inputs, kept, outputs)

    def output(self, name: str) -> Array | _Cut:
        if name not in self.tensors:
            raise FormatError(f"output {clip_text(name)} is written by no operator")
        return self.tensors[name]


def _sources(form: Form, renamed: dict[str, str]) -> dict[str, mpq]:
    weights = form.weights
    if renamed and not renamed.keys().isdisjoint(weights):
        return {renamed.get(name, name): weight for name, weight in weights.items() if weight}
    return {name: weight for name, weight in weights.items() if weight}
