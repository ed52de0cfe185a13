"""exactnet: exact certification of neural networks and threshold circuits with small weights.

>>> import exactnet as ex
>>> net = ex.Network(["x1"], [ex.relu("h", {"x1": 2}, -1), ex.affine("y", {"h": 3})], ["y"])
>>> net([1])
(mpq(3,1),)
"""

from __future__ import annotations

from exactnet.network import Network, Node, affine, relu, threshold

__version__ = "0.1.0"
__all__ = ["Network", "Node", "__version__", "affine", "relu", "threshold"]
