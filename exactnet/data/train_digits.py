"""Trains the circuit that ships as ``digits.json``: ``python -m exactnet.data.train_digits OUT`` (needs scikit-learn).

scikit-learn's 8x8 digits become 16 bits: the picture is cut into 4x4 blocks of 2x2 pixels, and a bit says whether a
block is at least as bright as that block is on average over the data set. (Or 64 bits, one for each pixel:
:mod:`exactnet.data.train_pixels`.) The network is 16-8-8-10 with steps
``1[z >= 0]`` in place of activations. It is trained by gradient descent (Adam) on the logistic loss of each output
against the rest. The forward pass uses the steps themselves; the backward pass uses ``tanh'(z)`` for their derivative
(a straight-through estimator). Every fourth picture is held out. The seed is the one of 0 to 19 that does best on the
others.

The real weights and bias of each gate are divided by the largest of them, multiplied by 10^6 and rounded to integers.
The output gate ``digit_c`` fires if the circuit takes the picture for a ``c``.

References
----------
Y. Bengio, N. Léonard, A. Courville, *Estimating or Propagating Gradients Through Stochastic Neurons for Conditional
Computation*, 2013 (straight-through estimator).
"""

from __future__ import annotations

import sys
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from exactnet.kernel.domain import Cube
from exactnet.kernel.network import Network, Node, threshold

__all__ = ["PIXELS", "Shape", "held_out", "load_bits", "train"]


class Shape(NamedTuple):
    """What is trained: the picture as ``side * side`` bits, the widths of the layers of gates, the seed, and how long."""

    side: int
    widths: tuple[int, ...]
    seed: int
    steps: int


BLOCKS = Shape(4, (8, 8, 10), 13, 4000)
PIXELS = Shape(8, (32, 10), 0, 800)
SCALE = 10**6
RATE = 0.02


def load_bits(side: int = BLOCKS.side) -> tuple[Any, Any]:
    """The data as the circuit sees it: bits of shape ``(1797, side*side)``, row by row of the picture, and the digits."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    blocks = pixels.reshape(-1, side, 8 // side, side, 8 // side).sum(axis=(2, 4)).reshape(-1, side * side).astype(int)
    return (len(blocks) * blocks >= blocks.sum(axis=0)).astype(int), labels


def held_out(count: int) -> Any:
    """Which of ``count`` pictures are not trained on: every fourth."""
    return np.arange(count) % 4 == 3


def train(shape: Shape = BLOCKS) -> tuple[Network, Cube]:
    """Train with a fixed seed; the same result wherever floating-point arithmetic is the same."""
    bits, labels = load_bits(shape.side)
    seen = ~held_out(len(labels))
    weights = _descend(shape, bits[seen].astype(float), np.eye(10)[labels[seen]])
    layer = [f"x{i}" for i in range(1, shape.side**2 + 1)]
    inputs = list(layer)
    nodes: list[Node] = []
    for number, (matrix, bias) in enumerate(zip(weights[::2], weights[1::2], strict=True), 1):
        last = number == len(shape.widths)
        names = [f"digit_{j}" if last else f"g{number}_{j + 1}" for j in range(len(bias))]
        for name, column, constant in zip(names, matrix.T, bias, strict=True):
            largest = max(abs(column).max(), abs(constant))
            *form, whole = (int(value) for value in np.rint(SCALE * np.append(column, constant) / largest))
            nodes.append(threshold(name, dict(zip(layer, form, strict=True)), whole))
        layer = names
    return Network(inputs, nodes, layer), Cube(len(inputs))


def _descend(shape: Shape, bits: Any, targets: Any) -> list[Any]:
    """Weight matrices and biases of the layers, alternating."""
    generator = np.random.RandomState(shape.seed)
    values: list[Any] = []
    for fan_in, width in pairwise((shape.side**2, *shape.widths)):
        values += [_rounded(2 * generator.randn(fan_in, width) / np.sqrt(fan_in), 16), np.zeros(width)]
    mean = [np.zeros_like(value) for value in values]
    square = [np.zeros_like(value) for value in values]
    for step in range(1, shape.steps + 1):
        rate = RATE * (1 - step / shape.steps)
        for i, slope in enumerate(_gradient(values, bits, targets)):
            mean[i] = 0.9 * mean[i] + 0.1 * slope
            square[i] = 0.999 * square[i] + 0.001 * slope**2
            move = mean[i] / (1 - 0.9**step) / (np.sqrt(square[i] / (1 - 0.999**step)) + 1e-8)
            values[i] = _rounded(values[i] - rate * move, 16)
    return values


def _rounded(values: Any, bits: int) -> Any:
    """Multiples of ``2**-bits``, few enough bits that sums of products are exact in float64 whatever their order.

    Training through steps is chaotic: without this, each way to order a sum would lead to another circuit.
    """
    return np.rint(values * 2.0**bits) / 2.0**bits


def _gradient(values: list[Any], bits: Any, targets: Any) -> list[Any]:
    """The gradient of the mean logistic loss, ``tanh'`` standing for the derivative of the step."""
    layers = [bits]
    forms = []
    for matrix, bias in zip(values[::2], values[1::2], strict=True):
        forms.append(layers[-1] @ matrix + bias)
        layers.append((forms[-1] >= 0).astype(float))
    back = _rounded(1 / (1 + np.exp(-forms[-1])) - targets, 24)
    slopes: list[Any] = []
    for number in range(len(forms) - 1, -1, -1):
        if number < len(forms) - 1:
            back = _rounded((back @ values[2 * number + 2].T) / np.cosh(forms[number]) ** 2, 24)
        slopes = [layers[number].T @ back, back.sum(axis=0), *slopes]
    return [slope / len(bits) for slope in slopes]


if __name__ == "__main__":
    from exactnet.data.write import write_trained

    sys.exit(write_trained(sys.argv, train))
