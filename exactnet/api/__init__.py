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
from exactnet.api.results import Comparison, Result
from exactnet.api.verbs import (
    batch,
    bounds,
    certify,
    check,
    compare,
    construct,
    measure,
    memorize,
    quantise,
    read,
    recheck,
    write,
)

__all__ = [
    "Comparison",
    "Result",
    "batch",
    "bounds",
    "box",
    "certify",
    "check",
    "compare",
    "construct",
    "draw",
    "from_layers",
    "from_networkx",
    "from_nnet",
    "from_onnx",
    "from_sklearn",
    "from_torch",
    "measure",
    "memorize",
    "points",
    "quantise",
    "read",
    "recheck",
    "to_networkx",
    "to_numpy",
    "to_onnx",
    "to_sympy",
    "write",
]
