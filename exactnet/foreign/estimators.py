"""scikit-learn estimators: multilayer perceptrons, linear models, and pipelines that scale before them.

An estimator is recognised by the name of its class and read by its fitted attributes; scikit-learn is not imported.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from exactnet.foreign.convert import convert_graph
from exactnet.foreign.graph import Array, Graph, Limits, Operation
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.network import Network

__all__ = ["estimator_graph", "from_sklearn"]

_Step = tuple[str, Array]


def from_sklearn(estimator: Any) -> Network:
    """The network of a fitted scikit-learn estimator.

    Parameters
    ----------
    estimator : object
        An ``MLPClassifier`` or ``MLPRegressor`` with the activation ``relu`` or ``identity``, a linear model with ``coef_``
        and ``intercept_``, or a ``Pipeline`` of StandardScaler, MinMaxScaler, MaxAbsScaler and one of these.

    Returns
    -------
    Network
        Outputs are logits: softmax and the logistic function at the end are left out. A classifier of two classes has one
        output, which is positive for the second.

    Raises
    ------
    FormatError
        For an estimator of another kind, or one that is not fitted.
    """
    return convert_graph(estimator_graph(estimator)[0], Limits())[0]


def estimator_graph(estimator: Any) -> tuple[Graph, tuple[str, ...]]:
    """The estimator as operators, and what they leave out."""
    steps: list[tuple[str, Array | None]] = []
    left_out: tuple[str, ...] = ()
    parts = [step for _, step in estimator.steps] if type(estimator).__name__ == "Pipeline" else [estimator]
    width = None
    for number, part in enumerate(parts):
        kind = type(part).__name__
        if part is None or part == "passthrough":
            continue
        if width is None:
            width = getattr(part, "n_features_in_", None)
            if width is None:
                raise FormatError(f"{clip_text(kind)} is not fitted, or no estimator")
        if kind in _SCALERS:
            steps += _SCALERS[kind](part)
        elif number == len(parts) - 1:
            last, left_out = _last(part, kind)
            steps += last
        else:
            raise FormatError(f"step {number + 1} of the pipeline is {clip_text(kind)}, which is not supported")
    operations, constants, tensor = [], {}, "x"
    for number, (op, value) in enumerate(steps):
        names = (tensor,) if value is None else (tensor, f"c{number}")
        if value is not None:
            constants[f"c{number}"] = value
        tensor = f"t{number}"
        operations.append(Operation(op, names, (tensor,), {}, f"{op} {number}"))
    return Graph({"x": (1, int(width or 0))}, constants, tuple(operations), (tensor,)), left_out


def _last(part: Any, kind: str) -> tuple[list[tuple[str, Array | None]], tuple[str, ...]]:
    steps: list[tuple[str, Array | None]] = []
    if hasattr(part, "coefs_"):
        if part.activation not in ("relu", "identity"):
            raise FormatError(f"the activation {clip_text(part.activation)} is not piecewise linear")
        for layer, (weights, bias) in enumerate(zip(part.coefs_, part.intercepts_, strict=True), 1):
            steps += [("MatMul", weights), ("Add", bias)]
            if layer < len(part.coefs_) and part.activation == "relu":
                steps.append(("Relu", None))
        left = {"softmax": ("softmax (outputs are logits)",), "logistic": ("logistic (the output is a logit)",)}
        return steps, left.get(part.out_activation_, ())
    if hasattr(part, "coef_") and hasattr(part, "intercept_") and not hasattr(part, "support_vectors_"):
        weights = np.atleast_2d(np.asarray(part.coef_))
        left_out = ("the function from the outputs to labels (outputs are decision values)",) if hasattr(part, "classes_") else ()
        return [("MatMul", weights.T), ("Add", np.atleast_1d(np.asarray(part.intercept_)))], left_out
    raise FormatError(f"{clip_text(kind)} is no fitted perceptron or linear model")


def _standard(part: Any) -> list[_Step]:
    steps = [] if part.mean_ is None else [("Sub", part.mean_)]
    return steps if part.scale_ is None else [*steps, ("Div", part.scale_)]


def _min_max(part: Any) -> list[_Step]:
    if part.clip:
        raise FormatError("a MinMaxScaler that clips is not supported")
    return [("Mul", part.scale_), ("Add", part.min_)]


_SCALERS: dict[str, Callable[[Any], list[_Step]]] = {
    "StandardScaler": _standard,
    "MinMaxScaler": _min_max,
    "MaxAbsScaler": lambda part: [("Div", part.scale_)],
}
