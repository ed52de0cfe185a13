"""Operators that are affine in their inputs: sums, products with constants, convolutions, means."""

from __future__ import annotations

import operator as arithmetic
from collections.abc import Callable, Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np
from gmpy2 import mpq

from exactnet.foreign.forms import Form, each, exact, is_symbolic
from exactnet.foreign.graph import Array
from exactnet.foreign.operators import Context, constant_only, integers, operator, symbolic
from exactnet.kernel.errors import FormatError

__all__ = ["windows"]


def _arithmetic(context: Context, a: Array, b: Array, function: Callable[[Any, Any], Any]) -> Array:
    shape = np.broadcast_shapes(a.shape, b.shape)
    context.check_size(prod(shape))
    if a.dtype.kind in "iu" and b.dtype.kind in "iu":
        return _whole(function(a.astype(object), b.astype(object)))
    if is_symbolic(a) or is_symbolic(b):
        for operand in (a, b):
            if is_symbolic(operand):
                longest = max(len(form.weights) for form in operand.flat)
                context.builder.charge(longest * prod(shape))
    try:
        return np.asarray(function(exact(a), exact(b)), object)
    except ZeroDivisionError:
        raise FormatError("a division by zero") from None


def _whole(values: Any) -> Array:
    whole: Array = np.asarray(values, object)
    if any(abs(value) >= 2**63 for value in whole.flat):
        raise FormatError("an integer beyond 64 bits")
    return whole.astype(np.int64)


def _towards_zero(a: Array, b: Array) -> Array:
    if any(value == 0 for value in b.flat):
        raise FormatError("a division by zero")
    return each(lambda x, y: abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1), *np.broadcast_arrays(a, b))


@operator("Add")
def add(context: Context, a: Array, b: Array) -> Array:
    return _arithmetic(context, a, b, arithmetic.add)


@operator("Sum")
def total(context: Context, first: Array, *others: Array) -> Array:
    for other in others:
        first = _arithmetic(context, first, other, arithmetic.add)
    return first


@operator("Sub")
def subtract(context: Context, a: Array, b: Array) -> Array:
    return _arithmetic(context, a, b, arithmetic.sub)


@operator("Mul")
def multiply(context: Context, a: Array, b: Array) -> Array:
    return _arithmetic(context, a, b, arithmetic.mul)


@operator("Div")
def divide(context: Context, a: Array, b: Array) -> Array:
    whole = a.dtype.kind in "iu" and b.dtype.kind in "iu"
    return _arithmetic(context, a, b, _towards_zero if whole else arithmetic.truediv)


@operator("Neg")
def negate(context: Context, x: Array) -> Array:
    return np.asarray(-(x.astype(object) if x.dtype.kind in "iu" else exact(x)), object)


@operator("Pow")
def power(context: Context, x: Array, exponent: Array) -> Array:
    """Powers of constants, by whole numbers and halves; of forms only the first."""
    if is_symbolic(x):
        if all(value == 1 for value in constant_only(exponent, "an exponent").flat):
            return x
        raise FormatError("not piecewise linear: a power of an activation")
    powers = constant_only(exponent, "an exponent")
    if any(value.denominator > 2 or abs(value) > 64 for value in powers.flat):
        raise FormatError("a power of a constant by an exponent that is no whole number or half up to 64")
    context.check_size(prod(np.broadcast_shapes(x.shape, powers.shape)))

    def one(value: mpq, exponent: mpq) -> mpq:
        return value ** int(exponent) if exponent.denominator == 1 else context.root(value) ** int(2 * exponent)

    try:
        return each(one, *np.broadcast_arrays(exact(x), powers))
    except ZeroDivisionError:
        raise FormatError("a division by zero") from None


@operator("Sqrt")
def square_root(context: Context, x: Array) -> Array:
    return each(context.root, constant_only(x, "a square root"))


@operator("Gemm")
def gemm(context: Context, a: Array, b: Array, c: Array | None = None) -> Array:
    a, b = (a.T if context.integer("transA", 0) else a), (b.T if context.integer("transB", 0) else b)
    result = matmul(context, a, b)
    alpha = context.number("alpha", 1)
    if alpha != 1:
        result = np.asarray(exact(result) * alpha, object)
    if c is None:
        return result
    beta = context.number("beta", 1)
    return _arithmetic(context, result, exact(c) * beta if beta != 1 else c, arithmetic.add)


@operator("MatMul")
def matmul(context: Context, a: Array, b: Array) -> Array:
    if is_symbolic(a) and is_symbolic(b):
        raise FormatError("not piecewise linear: a product of two activations")
    if a.ndim == 0 or b.ndim == 0 or a.shape[-1] != b.shape[-2 if b.ndim > 1 else 0]:
        raise FormatError(f"shapes {a.shape} and {b.shape} cannot be multiplied")
    left = a[None, :] if a.ndim == 1 else a
    right = b[:, None] if b.ndim == 1 else b
    batch = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    rows, columns = left.shape[-2], right.shape[-1]
    context.check_size(prod(batch) * rows * columns)
    left, right = (np.broadcast_to(v, (*batch, *v.shape[-2:])) for v in (left, right))
    result = np.empty((*batch, rows, columns), object)
    for place in np.ndindex(*batch):
        result[place] = _product(context, left[place], right[place])
    if a.ndim == 1:
        result = result[..., 0, :]
    return result[..., 0] if b.ndim == 1 else result


def _product(context: Context, a: Array, b: Array) -> Array:
    if is_symbolic(a):
        return context.builder.product(a, b)
    if is_symbolic(b):
        return context.builder.product(b.T, a.T).T
    context.builder.charge(a.shape[0] * b.size)
    return np.asarray(exact(a) @ exact(b), object)


@operator("BatchNormalization")
def batch_normalization(context: Context, x: Array, scale: Array, shift: Array, mean: Array, variance: Array) -> Array:
    """``(x - mean) / sqrt(variance + epsilon) * scale + shift``, the root rounded once where it is irrational."""
    context.only(training_mode=0, spatial=1)
    epsilon = context.number("epsilon", 1e-5)
    names = ("scale", "shift", "mean", "variance")
    values = [constant_only(v, n) for v, n in zip((scale, shift, mean, variance), names, strict=True)]
    factor = each(lambda number, spread: number / context.root(spread + epsilon), values[0].ravel(), values[3].ravel())
    shift, mean, factors = (v.reshape(-1, *[1] * (x.ndim - 2)) for v in (values[1], values[2], factor))
    return np.asarray((exact(x) - mean) * factors + shift, object)


@operator("Scaler")
def scaler(context: Context, x: Array) -> Array:
    """Of ``ai.onnx.ml``: ``(x - offset) * scale``."""
    offset, scale = (exact(np.asarray(context.attributes[name], np.float32)) for name in ("offset", "scale"))
    return np.asarray((exact(x) - offset) * scale, object)


# --- windows -------------------------------------------------------------------------------------


class Windows:
    """The windows of a convolution or a pooling over the last dimensions of ``(batch, channels, …)``."""

    def __init__(self, context: Context, shape: Sequence[int], kernel: Sequence[int]) -> None:
        n = len(kernel)
        if len(shape) != n + 2:
            raise FormatError(f"a kernel of {n} dimensions for a tensor of {len(shape)}")
        attributes = context.attributes
        self.kernel = list(kernel)
        self.strides = [int(v) for v in attributes.get("strides", [1] * n)]
        self.dilations = [int(v) for v in attributes.get("dilations", [1] * n)]
        if any(v < 1 for v in (*self.kernel, *self.strides, *self.dilations)):
            raise FormatError("a kernel, a stride or a dilation that is not positive")
        reach = [(k - 1) * d + 1 for k, d in zip(self.kernel, self.dilations, strict=True)]
        pads = [int(v) for v in attributes.get("pads", [0] * 2 * n)]
        mode = context.text("auto_pad", "NOTSET")
        if mode in ("SAME_UPPER", "SAME_LOWER"):
            pads = _same(shape[2:], reach, self.strides, mode == "SAME_LOWER")
        elif mode == "VALID":
            pads = [0] * 2 * n
        elif mode != "NOTSET":
            raise FormatError(f"auto_pad {mode} is not supported")
        if len(pads) != 2 * n or any(v < 0 for v in pads):
            raise FormatError(f"pads {pads} for {n} dimensions")
        self.before, self.after = pads[:n], pads[n:]
        ceiling = context.integer("ceil_mode", 0)
        self.size = []
        for length, low, high, r, s in zip(shape[2:], self.before, self.after, reach, self.strides, strict=True):
            room = length + low + high - r
            if room < 0:
                raise FormatError(f"a window of {r} for a length of {length + low + high}")
            steps = -(-room // s) if ceiling else room // s
            if ceiling and steps * s >= length + low:  # a window that would begin in the padding after the end
                steps -= 1
            self.size.append(steps + 1)
        context.check_size(shape[0] * shape[1] * prod(self.size) * prod(self.kernel))

    def places(self, shape: Sequence[int]) -> list[tuple[tuple[int, ...], list[tuple[int, tuple[int, ...]]], int]]:
        """For each window its place, its elements that are inside (number in the kernel, index), and how many with padding."""
        result = []
        offsets = list(product(*(range(k) for k in self.kernel)))
        for place in product(*(range(s) for s in self.size)):
            start = [p * s - b for p, s, b in zip(place, self.strides, self.before, strict=True)]
            inside, padded = [], 0
            for number, offset in enumerate(offsets):
                index = tuple(b + o * d for b, o, d in zip(start, offset, self.dilations, strict=True))
                if all(i < n + a for i, n, a in zip(index, shape[2:], self.after, strict=True)):
                    padded += 1
                    if all(0 <= i < n for i, n in zip(index, shape[2:], strict=True)):
                        inside.append((number, index))
            result.append((place, inside, padded))
        return result


def _same(lengths: Sequence[int], reach: Sequence[int], strides: Sequence[int], lower: bool) -> list[int]:
    totals = [max(0, (-(-n // s) - 1) * s + r - n) for n, r, s in zip(lengths, reach, strides, strict=True)]
    halves = [total // 2 for total in totals]
    rests = [total - half for total, half in zip(totals, halves, strict=True)]
    return [*rests, *halves] if lower else [*halves, *rests]


def windows(context: Context, x: Array, reduce: Callable[[list[Form], int, int], Form]) -> Array:
    """Reduce every window of every channel: ``reduce(forms inside, elements with padding, all elements)``."""
    kernel = [int(v) for v in context.attributes.get("kernel_shape", [])]
    frame = Windows(context, x.shape, kernel)
    result = np.empty((*x.shape[:2], *frame.size), object)
    places = frame.places(x.shape)
    for image, channel in np.ndindex(*x.shape[:2]):
        plane = x[image, channel]
        for place, inside, padded in places:
            if not inside:
                raise FormatError("a window with nothing but padding")
            result[(image, channel, *place)] = reduce([plane[index] for _, index in inside], padded, prod(kernel))
    return result


@operator("Conv")
def convolution(context: Context, x: Array, weight: Array, bias: Array | None = None) -> Array:
    group = context.integer("group", 1)
    numbers, x = constant_only(weight, "a kernel"), symbolic(x)
    if x.ndim < 3 or numbers.ndim != x.ndim:
        raise FormatError(f"a kernel of the shape {numbers.shape} for a tensor of the shape {x.shape}")
    filters, channels = numbers.shape[:2]
    if group < 1 or channels * group != x.shape[1] or filters % group:
        raise FormatError(f"a kernel of the shape {numbers.shape}, {group} groups, for a tensor of the shape {x.shape}")
    if context.integers("kernel_shape", None, [*numbers.shape[2:]]) != [*numbers.shape[2:]]:
        raise FormatError(f"kernel_shape is not that of a kernel of the shape {numbers.shape}")
    frame = Windows(context, x.shape, numbers.shape[2:])
    context.check_size(x.shape[0] * filters * prod(frame.size))
    places = frame.places(x.shape)
    context.builder.charge(x.shape[0] * filters * channels * sum(len(inside) for _, inside, _ in places))
    x, flat = context.builder.settled(x), numbers.reshape(filters, channels, -1)
    constants = constant_only(bias, "a bias").tolist() if bias is not None else [mpq(0)] * filters
    result = np.empty((x.shape[0], filters, *frame.size), object)
    for place, inside, _ in places:
        chosen = [number for number, _ in inside]
        rows = [flat[f][:, chosen].ravel().tolist() for f in range(filters)]
        for image in range(x.shape[0]):
            for part in range(group):
                span = range(part * channels, (part + 1) * channels)
                forms = [x[(image, c, *index)] for c in span for _, index in inside]
                for f in range(part * filters // group, (part + 1) * filters // group):
                    result[(image, f, *place)] = context.builder.dot(forms, rows[f]) + constants[f]
    return result


@operator("AveragePool")
def average_pool(context: Context, x: Array) -> Array:
    whole = context.integer("count_include_pad", 0)
    builder = context.builder

    def mean(forms: list[Form], padded: int, _: int) -> Form:
        share = mpq(1, padded if whole else len(forms))
        return builder.dot(forms, [share] * len(forms))

    return windows(context, builder.settled(symbolic(x)), mean)


@operator("GlobalAveragePool")
def global_average_pool(context: Context, x: Array) -> Array:
    return _mean(context, symbolic(x), list(range(2, x.ndim)), True, True)


@operator("ReduceMean", "ReduceSum")
def reduce(context: Context, x: Array, axes: Array | None = None) -> Array:
    kept = bool(context.integer("keepdims", 1))
    which = integers(axes) if axes is not None else [int(v) for v in context.attributes.get("axes", [])]
    if not which:
        if context.integer("noop_with_empty_axes", 0):
            return x
        which = list(range(x.ndim))
    return _mean(context, symbolic(x), which, kept, context.operation.op == "ReduceMean")


def _mean(context: Context, x: Array, axes: list[int], kept: bool, divided: bool) -> Array:
    axes = sorted({axis % x.ndim for axis in axes})
    count = prod(x.shape[axis] for axis in axes)
    if not count:
        raise FormatError("a mean of no elements")
    moved = np.moveaxis(context.builder.settled(x), axes, range(-len(axes), 0))
    rows = moved.reshape(-1, count)
    share = mpq(1, count) if divided else mpq(1)
    result = context.builder.product(rows, np.full((count, 1), share, object))
    shape = [1 if axis in axes else n for axis, n in enumerate(x.shape) if kept or axis not in axes]
    return result.reshape(shape)
