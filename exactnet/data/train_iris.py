"""Trains the network that ships as ``iris.json``: ``python -m exactnet.data.train_iris OUT`` (needs scikit-learn).

The four measurements of scikit-learn's iris are standardised (mean 0, deviation 1) and rounded to the grid ``I_3``:
the nearest multiple of 1/3, from -3 to 3. A ``MLPClassifier`` with one hidden layer of 3 ReLUs learns the rounded data;
weight decay keeps the 3 logits small on the whole grid. Its float64 weights are taken exactly, as the dyadic rationals
that they are. The predicted class is the output with the largest logit.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from gmpy2 import mpq

from exactnet.kernel.domain import Grid
from exactnet.kernel.network import Network, Node, affine, relu

__all__ = ["load_grid_data", "train"]

P = 3
HIDDEN = 3
INPUTS = ("sepal_length", "sepal_width", "petal_length", "petal_width")
OUTPUTS = ("setosa", "versicolor", "virginica")


def load_grid_data() -> tuple[Any, Any]:
    """The data as the network sees it: ``p·x`` as integers of shape ``(150, 4)``, and the classes 0, 1, 2."""
    from sklearn.datasets import load_iris

    measured, labels = load_iris(return_X_y=True)
    standard = (measured - measured.mean(axis=0)) / measured.std(axis=0)
    return np.clip(np.rint(P * standard), -P * P, P * P).astype(int), labels


def train() -> tuple[Network, Grid]:
    """Train with fixed seeds; the same result wherever floating-point arithmetic is the same."""
    from sklearn.neural_network import MLPClassifier

    scaled, labels = load_grid_data()
    model = MLPClassifier((HIDDEN,), activation="relu", solver="lbfgs", alpha=3.0, max_iter=2000, random_state=3)
    model.fit(scaled / P, labels)
    (inner, outer), (inner_bias, outer_bias) = model.coefs_, model.intercepts_
    hidden = [f"h{j}" for j in range(1, HIDDEN + 1)]
    nodes: list[Node] = [
        relu(name, _form(INPUTS, inner[:, j]), _exact(inner_bias[j])) for j, name in enumerate(hidden)
    ]
    nodes += [affine(name, _form(hidden, outer[:, j]), _exact(outer_bias[j])) for j, name in enumerate(OUTPUTS)]
    return Network(INPUTS, nodes, OUTPUTS), Grid(P, len(INPUTS))


def _exact(value: Any) -> mpq:
    """A float64 as the rational that it is."""
    return mpq(*float(value).as_integer_ratio())


def _form(names: tuple[str, ...] | list[str], column: Any) -> dict[str, mpq]:
    return {name: _exact(value) for name, value in zip(names, column, strict=True)}


if __name__ == "__main__":
    from exactnet.data.write import write_trained

    sys.exit(write_trained(sys.argv, train))
