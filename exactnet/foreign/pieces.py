"""Operators that are piecewise linear: each says here what it is in ReLUs and threshold gates."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from gmpy2 import mpq

from exactnet.foreign.forms import Builder, Form, each, exact, is_symbolic
from exactnet.foreign.graph import Array
from exactnet.foreign.linear import windows
from exactnet.foreign.operators import Context, constant_only, operator, symbolic
from exactnet.kernel.errors import FormatError

__all__: list[str] = []

#: ``Quant`` of more levels than these is no bundle of gates.
_LEVELS = 2**10


def _each(context: Context, x: Array, function: Callable[[Form], Form]) -> Array:
    context.builder.begin("h")
    return each(function, symbolic(x))


@operator("Relu")
def relu(context: Context, x: Array) -> Array:
    return _each(context, x, context.builder.relu)


def _leaky(builder: Builder, form: Form, slope: mpq) -> Form:
    """``[z]+ - slope·[-z]+``."""
    return builder.relu(form) - builder.relu(-form).__mul__(slope) if slope else builder.relu(form)


@operator("LeakyRelu")
def leaky_relu(context: Context, x: Array) -> Array:
    slope = context.number("alpha", 0.01)
    return _each(context, x, lambda form: _leaky(context.builder, form, slope))


@operator("PRelu")
def parametric_relu(context: Context, x: Array, slope: Array) -> Array:
    slopes = np.broadcast_to(constant_only(slope, "a slope"), x.shape)
    context.builder.begin("h")
    return each(lambda form, value: _leaky(context.builder, form, value), symbolic(x), slopes)


@operator("Abs")
def absolute(context: Context, x: Array) -> Array:
    return _each(context, x, lambda form: _leaky(context.builder, form, mpq(-1)))


@operator("Sign")
def sign(context: Context, x: Array) -> Array:
    """``1[z >= 0] - 1[-z >= 0]``, which is 0 at 0."""
    step = context.builder.step
    return _each(context, x, lambda form: step(form) - step(-form))


def _clip(builder: Builder, form: Form, low: mpq | None, high: mpq | None) -> Form:
    """``low + [z - low]+ - [z - high]+``."""
    if low is None:
        return form if high is None else -builder.relu(-form + high) + high
    above: Form = builder.relu(form - low) + low
    if high is None:
        return above
    return above - builder.relu(form - high) if low < high else Form(high, {})


@operator("Clip")
def clip(context: Context, x: Array, low: Array | None = None, high: Array | None = None) -> Array:
    ends: list[mpq | None] = []
    for name, tensor, widest in (("min", low, -3.0e38), ("max", high, 3.0e38)):
        value = context.attributes.get(name) if tensor is None or not tensor.size else tensor.ravel()[0]
        if value is not None and not isinstance(value, (Form, type(mpq()))):  # beyond float32: no limit
            value = None if (value <= widest if widest < 0 else value >= widest) else value
        ends.append(None if value is None else constant_only(np.asarray([value]), "a limit")[0])
    if ends == [None, None]:
        return x
    return _each(context, x, lambda form: _clip(context.builder, form, *ends))


@operator("HardSigmoid")
def hard_sigmoid(context: Context, x: Array) -> Array:
    alpha, beta = context.number("alpha", 0.2), context.number("beta", 0.5)
    return _each(context, x, lambda form: _clip(context.builder, form * alpha + beta, mpq(0), mpq(1)))


def _maximum(builder: Builder, a: Form, b: Form) -> Form:
    """``b + [a - b]+``."""
    return b + builder.relu(a - b)


def _largest(builder: Builder, forms: list[Form]) -> Form:
    """The maximum, two and two, so that its depth is logarithmic."""
    while len(forms) > 1:
        odd = forms[len(forms) // 2 * 2 :]
        forms = [_maximum(builder, a, b) for a, b in list(pairwise(forms))[::2]] + odd
    return forms[0]


@operator("MaxPool")
def max_pool(context: Context, x: Array) -> Array:
    if len(context.operation.outputs) > 1:
        raise FormatError("the indices of a MaxPool are not supported")
    context.builder.begin("h")
    x = context.builder.settled(symbolic(x))
    return windows(context, x, lambda forms, padded, _: _largest(context.builder, forms))


@operator("GlobalMaxPool")
def global_max_pool(context: Context, x: Array) -> Array:
    context.builder.begin("h")
    rows = context.builder.settled(symbolic(x)).reshape(*x.shape[:2], -1)
    result = np.empty(x.shape[:2], object)
    for place in np.ndindex(*x.shape[:2]):
        result[place] = _largest(context.builder, rows[place].tolist())
    return result.reshape(*x.shape[:2], *[1] * (x.ndim - 2))


def _extreme(context: Context, sign: int, parts: tuple[Array, ...]) -> Array:
    if not any(map(is_symbolic, parts)):
        return np.asarray((np.maximum if sign > 0 else np.minimum).reduce(np.broadcast_arrays(*map(exact, parts))), object)
    context.builder.begin("h")
    settle = context.builder.settle
    operands = np.broadcast_arrays(*(each(lambda form: settle(form) * mpq(sign), symbolic(part)) for part in parts))
    context.check_size(operands[0].size)
    result = each(lambda *forms: _largest(context.builder, list(forms)), *operands)
    return each(lambda form: form * mpq(sign), result)


@operator("Max")
def maximum(context: Context, *parts: Array) -> Array:
    return _extreme(context, 1, parts)


@operator("Min")
def minimum(context: Context, *parts: Array) -> Array:
    return _extreme(context, -1, parts)


# --- quantisation (QONNX) ------------------------------------------------------------------------


@operator("BipolarQuant")
def bipolar_quant(context: Context, x: Array, scale: Array) -> Array:
    """``scale`` where ``z >= 0``, else ``-scale``."""
    factors = constant_only(scale, "a scale")
    if not is_symbolic(x):
        return np.asarray(each(lambda value: mpq(1 if value >= 0 else -1), exact(x)) * factors, object)
    step = context.builder.step
    return np.asarray(_each(context, x, lambda form: step(form) * mpq(2) - mpq(1)) * factors, object)


@operator("Quant")
def quant(context: Context, x: Array, scale: Array, zero: Array, bits: Array) -> Array:
    """``(round(clip(z/scale + zero, low, high)) - zero)·scale``; a gate for every level but the lowest.

    Ties go to the even level (``ROUND``), as in QONNX: the gate of an odd level is ``1 - 1[-z' >= 0]``, which does not fire
    at the tie.
    """
    levels = _levels(context, bits)
    mode = context.text("rounding_mode", "ROUND").upper()
    if mode not in ("ROUND", "CEIL", "FLOOR"):
        raise FormatError(f"rounding_mode {mode} is not supported")
    factors = np.broadcast_to(constant_only(scale, "a scale"), x.shape)
    zeros = np.broadcast_to(constant_only(zero, "a zero point"), x.shape)
    if any(value <= 0 for value in factors.flat):
        raise FormatError("a scale that is not positive")
    if is_symbolic(x) and len(levels) > _LEVELS:
        if all(form.is_unit and not _is_node(form) for form in x.flat):
            words = f"{context.operation.op} of the inputs to {len(levels)} levels (inputs are taken to be on them)"
            context.left_out.append(words)
            return x
        raise FormatError(f"{len(levels)} levels, more than {_LEVELS}, are no bundle of gates")
    if not is_symbolic(x):
        return each(lambda value, f, shift: (_level(value / f + shift, levels, mode) - shift) * f, exact(x), factors, zeros)
    context.builder.charge(len(levels) * sum(len(form.weights) for form in x.flat))
    context.builder.begin("h")

    def one(form: Form, factor: mpq, shift: mpq) -> Form:
        scaled = form / factor + shift
        total = Form(mpq(levels[0]) - shift, {})
        for level in levels[1:]:
            total = total + _reaches(context.builder, scaled, level, mode)
        scaled_back: Form = total * factor
        return scaled_back

    return each(one, x, factors, zeros)


def _level(value: mpq, levels: range, mode: str) -> int:
    """The level that a number is rounded to."""
    below = int(value.numerator // value.denominator)
    rest = value - below
    up = rest > 0 if mode == "CEIL" else mode == "ROUND" and (rest > mpq(1, 2) or (rest == mpq(1, 2) and below % 2 == 1))
    return min(max(below + up, levels[0]), levels[-1])


def _levels(context: Context, bits: Array) -> range:
    width = constant_only(bits, "a bit width").ravel()[0]
    if width.denominator != 1 or not 1 <= width <= 64:
        raise FormatError(f"a bit width of {width}")
    signed, narrow = context.integer("signed", 1), context.integer("narrow", 0)
    low = -(2 ** (int(width) - 1)) + narrow if signed else 0
    high = 2 ** (int(width) - 1) - 1 if signed else 2 ** int(width) - 1 - narrow
    if high <= low:
        raise FormatError("quantisation to one level")
    return range(low, high + 1)


def _reaches(builder: Builder, form: Form, level: int, mode: str) -> Form:
    """Whether a value is rounded to ``level`` or above, as a form that is 0 or 1."""
    if mode == "FLOOR":
        return builder.step(form - mpq(level))
    if mode == "CEIL":  # above level - 1
        return -builder.step(-form + mpq(level - 1)) + 1
    border = mpq(2 * level - 1, 2)
    return builder.step(form - border) if level % 2 == 0 else -builder.step(-form + border) + 1


def _is_node(form: Form) -> bool:
    return not next(iter(form.weights)).startswith("x")


# --- comparisons ---------------------------------------------------------------------------------
# Truth values are the numbers 0 and 1.


def _compare(context: Context, a: Array, b: Array, sign: int, strict: bool) -> Array:
    """``1[sign·(a - b) >= 0]``, or ``1[sign·(a - b) > 0]``."""
    shape = np.broadcast_shapes(a.shape, b.shape)
    context.check_size(int(np.prod(shape)))
    step = context.builder.step

    def one(x: Form, y: Form) -> Form:
        difference = (x - y) * mpq(sign)
        return -step(-difference) + 1 if strict else step(difference)

    context.builder.begin("h")
    return each(one, *np.broadcast_arrays(symbolic(a), symbolic(b)))


@operator("GreaterOrEqual")
def at_least(context: Context, a: Array, b: Array) -> Array:
    return _compare(context, a, b, 1, False)


@operator("LessOrEqual")
def at_most(context: Context, a: Array, b: Array) -> Array:
    return _compare(context, a, b, -1, False)


@operator("Greater")
def above(context: Context, a: Array, b: Array) -> Array:
    return _compare(context, a, b, 1, True)


@operator("Less")
def below(context: Context, a: Array, b: Array) -> Array:
    return _compare(context, a, b, -1, True)


@operator("Not")
def negation(context: Context, x: Array) -> Array:
    return each(lambda form: -form + 1, symbolic(x))
