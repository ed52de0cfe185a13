"""exactnet: exact certification of neural networks and threshold circuits with small weights.

>>> import exactnet as ex
>>> net = ex.Network(["x1"], [ex.relu("h", {"x1": 2}, -1), ex.affine("y", {"h": 3})], ["y"])
>>> net([1])
(mpq(3,1),)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = ["Network", "Node", "__version__", "affine", "relu", "threshold"]

if TYPE_CHECKING:
    from exactnet.kernel.network import Network, Node, affine, relu, threshold
else:

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used (PEP 562): exactnet.recheck must run without any dependency."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from exactnet.kernel import network

        return getattr(network, name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
