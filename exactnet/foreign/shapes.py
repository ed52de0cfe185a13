"""Operators that move elements and compute none; what they do with a constant they do with forms."""

from __future__ import annotations

from math import prod

import numpy as np

from exactnet.foreign.forms import exact, is_symbolic
from exactnet.foreign.graph import Array
from exactnet.foreign.operators import Context, integers, operator, symbolic
from exactnet.kernel.errors import FormatError, clip_text

__all__: list[str] = []


@operator("Identity")
def identity(context: Context, x: Array) -> Array:
    return x


@operator("Dropout")
def dropout(context: Context, x: Array, *_: Array) -> Array:
    return x


@operator("Cast")
def cast(context: Context, x: Array) -> Array:
    """Numbers stay what they are; that rounding by a narrow float type is left out is noted."""
    to = context.integer("to", 1)
    if to in (10, 16) and is_symbolic(x):
        context.left_out.append("rounding by Cast to 16 bits")
    if to in (1, 10, 11, 16):
        return x
    if is_symbolic(x):
        raise FormatError("not piecewise linear: an activation is cast to an integer")
    if x.dtype == object:
        whole = [abs(value.numerator) // value.denominator * (-1 if value < 0 else 1) for value in x.flat]
        return np.array(whole, np.int64).reshape(x.shape)
    return x.astype(np.bool_ if to == 9 else np.int64)


@operator("Constant")
def constant(context: Context) -> Array:
    attributes = context.attributes
    for name in ("value_float", "value_floats", "value_int", "value_ints"):
        if name in attributes:
            return np.asarray(attributes[name], np.float32 if "float" in name else np.int64)
    if "value" not in attributes:
        raise FormatError("a constant that is no tensor of numbers")
    return np.asarray(attributes["value"])


@operator("ConstantOfShape")
def constant_of_shape(context: Context, shape: Array) -> Array:
    dims = integers(shape)
    context.check_size(prod(dims))
    return np.full(dims, np.asarray(context.attributes.get("value", np.zeros(1, np.float32))).ravel()[0])


@operator("Shape")
def shape_of(context: Context, x: Array) -> Array:
    start, end = context.integer("start", 0), context.attributes.get("end")
    return np.array(x.shape[slice(start, None if end is None else int(end))], np.int64)


@operator("Size")
def size(context: Context, x: Array) -> Array:
    return np.array(x.size, np.int64)


@operator("Flatten")
def flatten(context: Context, x: Array) -> Array:
    axis = context.integer("axis", 1)
    if not -x.ndim <= axis <= x.ndim:
        raise FormatError(f"axis {axis} of {x.ndim}")
    axis += x.ndim if axis < 0 else 0
    return x.reshape(prod(x.shape[:axis]), prod(x.shape[axis:]))


@operator("Reshape")
def reshape(context: Context, x: Array, shape: Array | None = None) -> Array:
    dims = context.integers("shape", shape)
    if not context.integer("allowzero", 0):
        dims = [x.shape[i] if dim == 0 and i < x.ndim else dim for i, dim in enumerate(dims)]
    if dims and dims[0] > 1 and dims.count(-1) == 0 and prod(dims) == x.size * dims[0]:
        dims[0] = 1  # the batch that the model was exported with
    return x.reshape(dims)


@operator("Transpose")
def transpose(context: Context, x: Array) -> Array:
    order = context.attributes.get("perm")
    return np.transpose(x, None if order is None else [int(axis) for axis in order])


@operator("Squeeze")
def squeeze(context: Context, x: Array, axes: Array | None = None) -> Array:
    if axes is None and "axes" not in context.attributes:
        return np.squeeze(x)
    return np.squeeze(x, tuple(context.integers("axes", axes)))


@operator("Unsqueeze")
def unsqueeze(context: Context, x: Array, axes: Array | None = None) -> Array:
    return np.expand_dims(x, tuple(context.integers("axes", axes)))


@operator("Concat")
def concatenate(context: Context, *parts: Array) -> Array:
    context.check_size(sum(part.size for part in parts))
    if any(map(is_symbolic, parts)):
        parts = tuple(symbolic(part) for part in parts)
    return np.concatenate(parts, context.integer("axis", 0))


@operator("Gather")
def gather(context: Context, x: Array, indices: Array) -> Array:
    axis = context.integer("axis", 0)
    integers(indices)
    context.check_size(x.size // max(1, x.shape[axis]) * indices.size)
    return np.take(x, indices.astype(np.int64), axis)


@operator("Slice")
def cut(context: Context, x: Array, *lists: Array) -> Array:
    padded = [*lists, None, None, None, None]
    starts, ends = context.integers("starts", padded[0]), context.integers("ends", padded[1])
    axes = context.integers("axes", padded[2], list(range(len(starts))))
    steps = integers(padded[3]) if padded[3] is not None else [1] * len(starts)
    index = [slice(None)] * x.ndim
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        length = x.shape[axis]
        stop = None if step < 0 and end < -length else end  # down to the first element
        index[axis] = slice(start, stop, step)
    return x[tuple(index)]


@operator("Split")
def split(context: Context, x: Array, sizes: Array | None = None) -> tuple[Array, ...]:
    axis, parts = context.integer("axis", 0), len(context.operation.outputs)
    if sizes is None and "split" not in context.attributes:
        width = -(-x.shape[axis] // parts)
        bounds = [width * number for number in range(1, parts)]
    else:
        listed = context.integers("split", sizes)
        if min(listed, default=0) < 0 or sum(listed) != x.shape[axis] or len(listed) != parts:
            raise FormatError(f"{clip_text(listed)} are no sizes of {parts} parts of {x.shape[axis]} elements")
        bounds = np.cumsum(listed)[:-1].tolist()
    return tuple(np.split(x, bounds, axis))


@operator("Pad")
def pad(context: Context, x: Array, pads: Array | None = None, value: Array | None = None, axes: Array | None = None) -> Array:
    if context.text("mode", "constant") != "constant":
        raise FormatError(f"padding of the mode {context.text('mode', '')} is not supported")
    amounts = context.integers("pads", pads)
    which = [axis % x.ndim for axis in integers(axes)] if axes is not None else list(range(x.ndim))
    half = len(which)
    if len(amounts) != 2 * half:
        raise FormatError(f"{len(amounts)} pads for {half} dimensions")
    low, high = [0] * x.ndim, [0] * x.ndim
    for place, axis in enumerate(which):
        low[axis], high[axis] = amounts[place], amounts[place + half]
    shape = [n + a + b for n, a, b in zip(x.shape, low, high, strict=True)]
    if any(n < 0 for n in shape):
        raise FormatError(f"padding to the shape {tuple(shape)}")
    context.check_size(prod(shape))
    filler = exact(value).ravel()[0] if value is not None and value.size else context.number("value", 0)
    result = np.full(shape, None, object)
    result.fill(filler)
    result = symbolic(result) if is_symbolic(x) else result
    inside = tuple(slice(max(0, a), a + n + min(0, b)) for n, a, b in zip(x.shape, low, high, strict=True))
    kept = tuple(slice(max(0, -a), n + min(0, b)) for n, a, b in zip(x.shape, low, high, strict=True))
    result[inside] = (x if is_symbolic(x) else exact(x))[kept]
    return result


@operator("Expand")
def expand(context: Context, x: Array, shape: Array) -> Array:
    dims = np.broadcast_shapes(x.shape, tuple(integers(shape)))
    context.check_size(prod(dims))
    return np.broadcast_to(x, dims)


@operator("Tile")
def tile(context: Context, x: Array, repeats: Array) -> Array:
    context.check_size(x.size * prod(integers(repeats)))
    return np.tile(x, integers(repeats))
