"""exactnet: exact certification of neural networks and threshold circuits with small weights.

>>> import exactnet as ex
>>> net = ex.Network(["x1"], [ex.relu("h", {"x1": 2}, -1), ex.affine("y", {"h": 3})], ["y"])
>>> net([1])
(mpq(3,1),)
>>> ex.certify(net, ex.Cube(1))
<certified: S1 exact by lookahead, 2 inputs, depth 2, 2 neurons, largest weight 3>
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

#: The modules of public names that are not of the API; nothing is imported before it is used (``recheck`` needs nothing).
_NAMES = {
    **dict.fromkeys(("Network", "Node", "affine", "relu", "threshold"), "exactnet.kernel.network"),
    **dict.fromkeys(("Cube", "Domain", "Grid", "Points"), "exactnet.kernel.domain"),
    **dict.fromkeys(("Measures",), "exactnet.kernel.measures"),
    **dict.fromkeys(("ExactnetError", "RefusedError", "SizeError"), "exactnet.kernel.errors"),
    **dict.fromkeys(("Instance",), "exactnet.families"),
    **dict.fromkeys(("equal",), "exactnet.symbolic"),
    **dict.fromkeys(("Polyhedron",), "exactnet.claims.cells.polyhedron"),
}
#: Rooms that are public themselves; those whose name is a verb can be called.
_ROOMS = {"examples": "exactnet.data", "families": "exactnet.families", "symbolic": "exactnet.symbolic"}
_VERBS = ("certify", "check", "construct", "draw", "recheck")

__all__ = [
    "Comparison", "Cube", "Curve", "Domain", "ExactnetError", "Frontier", "Grid", "Instance", "Measures", "Network", "Node",
    "Points", "Polyhedron", "Proved", "RefusedError", "Result", "SizeError", "__version__", "affine", "batch", "bounds", "box",
    "certify", "certify_by_proof", "check", "compare", "construct", "draw", "equal", "examples", "families", "from_layers",
    "from_networkx", "from_nnet", "from_onnx", "from_sklearn", "from_torch", "frontier", "measure", "memorize", "points",
    "quantise", "quantise_curve", "read", "recheck", "relu", "symbolic", "threshold", "to_networkx", "to_numpy",
    "to_onnx", "to_sympy", "write",
]

if TYPE_CHECKING:
    from exactnet import data as examples
    from exactnet import families, symbolic
    from exactnet.api import (
        Comparison,
        Curve,
        Frontier,
        Proved,
        Result,
        batch,
        bounds,
        box,
        certify,
        certify_by_proof,
        check,
        compare,
        construct,
        draw,
        from_layers,
        from_networkx,
        from_nnet,
        from_onnx,
        from_sklearn,
        from_torch,
        frontier,
        measure,
        memorize,
        points,
        quantise,
        quantise_curve,
        read,
        recheck,
        to_networkx,
        to_numpy,
        to_onnx,
        to_sympy,
        write,
    )
    from exactnet.claims.cells.polyhedron import Polyhedron
    from exactnet.families import Instance
    from exactnet.kernel.domain import Cube, Domain, Grid, Points
    from exactnet.kernel.errors import ExactnetError, RefusedError, SizeError
    from exactnet.kernel.measures import Measures
    from exactnet.kernel.network import Network, Node, affine, relu, threshold
    from exactnet.symbolic import equal
else:

    class _Verb(ModuleType):
        """A room whose name is a verb (``certify/``): calling it calls the function of the public API."""

        def __call__(self, *arguments: Any, **options: Any) -> Any:
            return getattr(import_module("exactnet.api"), self.__name__.rpartition(".")[2])(*arguments, **options)

    class _Package(ModuleType):
        """This package: ``ex.certify`` is the verb whether or not the room of that name has been imported."""

        def __setattr__(self, name: str, value: object) -> None:
            if name in _VERBS and isinstance(value, ModuleType):
                value.__class__ = _Verb
            super().__setattr__(name, value)

    sys.modules[__name__].__class__ = _Package

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used (PEP 562)."""
        if name in _VERBS or name in _ROOMS:
            return import_module(_ROOMS.get(name, f"{__name__}.{name}"))
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_NAMES.get(name, "exactnet.api")), name)

    def __dir__() -> list[str]:
        return sorted({*(name for name in globals() if name.startswith("__")), *__all__})
