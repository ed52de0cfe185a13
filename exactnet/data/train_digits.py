"""Trains the circuit that ships as ``digits.json``: ``python -m exactnet.data.train_digits OUT`` (needs scikit-learn).

scikit-learn's 8x8 digits become 16 bits: the picture is cut into 4x4 blocks of 2x2 pixels, and a bit says whether a
block is at least as bright as that block is on average over the data set. The network is 16-8-8-10 with steps
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
from typing import Any

import numpy as np

from exactnet.kernel.domain import Cube
from exactnet.kernel.network import Network, Node, threshold

__all__ = ["held_out", "load_bits", "train"]

WIDTHS = (16, 8, 8, 10)
SCALE = 10**6
SEED = 13
STEPS = 4000
RATE = 0.02


def load_bits() -> tuple[Any, Any]:
    """The data as the circuit sees it: bits of shape ``(1797, 16)``, row by row of the picture, and the digits."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    blocks = pixels.reshape(-1, 4, 2, 4, 2).sum(axis=(2, 4)).reshape(-1, 16).astype(int)
    return (len(blocks) * blocks >= blocks.sum(axis=0)).astype(int), labels


def held_out(count: int) -> Any:
    """Which of ``count`` pictures are not trained on: every fourth."""
    return np.arange(count) % 4 == 3


def train() -> tuple[Network, Cube]:
    """Train with a fixed seed; the same result wherever floating-point arithmetic is the same."""
    bits, labels = load_bits()
    seen = ~held_out(len(labels))
    weights = _descend(bits[seen].astype(float), np.eye(10)[labels[seen]])
    layer = [f"x{i}" for i in range(1, WIDTHS[0] + 1)]
    inputs = list(layer)
    nodes: list[Node] = []
    for number, (matrix, bias) in enumerate(zip(weights[::2], weights[1::2], strict=True), 1):
        last = number == len(WIDTHS) - 1
        names = [f"digit_{j}" if last else f"g{number}_{j + 1}" for j in range(len(bias))]
        for name, column, constant in zip(names, matrix.T, bias, strict=True):
            largest = max(abs(column).max(), abs(constant))
            *form, whole = (int(value) for value in np.rint(SCALE * np.append(column, constant) / largest))
            nodes.append(threshold(name, dict(zip(layer, form, strict=True)), whole))
        layer = names
    return Network(inputs, nodes, layer), Cube(WIDTHS[0])


def _descend(bits: Any, targets: Any) -> list[Any]:
    """Weight matrices and biases of the three layers, alternating."""
    generator = np.random.RandomState(SEED)
    values: list[Any] = []
    for fan_in, width in pairwise(WIDTHS):
        values += [_rounded(2 * generator.randn(fan_in, width) / np.sqrt(fan_in), 16), np.zeros(width)]
    mean = [np.zeros_like(value) for value in values]
    square = [np.zeros_like(value) for value in values]
    for step in range(1, STEPS + 1):
        rate = RATE * (1 - step / STEPS)
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
