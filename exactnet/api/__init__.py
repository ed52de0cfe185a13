"""What ``import exactnet as ex`` offers, each verb one function; everything here only calls the rooms that do the work."""

from __future__ import annotations

from exactnet.api.interop import (
    box,
    draw,
    from_layers,
    from_networkx,
    from_nnet,
    from_onnx,
    from_sklearn,
    from_torch,
    points,
    to_networkx,
    to_numpy,
    to_onnx,
    to_sympy,
)
from exactnet.api.results import Comparison, Curve, Frontier, Proved, Result
from exactnet.api.verbs import (
    batch,
    bounds,
    certify,
    certify_by_proof,
    check,
    compare,
    construct,
    frontier,
    measure,
    memorize,
    quantise,
    quantise_curve,
    read,
    recheck,
    write,
)

__all__ = [
    "Comparison", "Curve", "Frontier", "Proved", "Result", "batch", "bounds", "box", "certify", "certify_by_proof", "check",
    "compare", "construct", "draw", "from_layers", "from_networkx", "from_nnet", "from_onnx", "from_sklearn", "from_torch",
    "frontier", "measure", "memorize", "points", "quantise", "quantise_curve", "read", "recheck", "to_networkx", "to_numpy",
    "to_onnx", "to_sympy", "write",
]
