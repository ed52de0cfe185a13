"""Trained networks and a table that ship with exactnet, and the scripts that made them."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from exactnet.kernel.errors import ExactnetError, clip_text

__all__ = ["EXAMPLES", "example_path"]

#: Every shipped file: its name, and what it is.
EXAMPLES: dict[str, str] = {
    "iris": "ReLU network 4-3-3 trained on scikit-learn's iris, float64 weights taken exactly, on the grid I_3^4",
    "digits": "threshold circuit 16-8-8-10 trained on scikit-learn's digits, weights near 10^6, on the cube {0,1}^16",
    "digits-pixels": "table: scikit-learn's digits, the 64 pixels of 1797 pictures, from 0 to 16, with the digit",
    "pixels": "threshold circuit 64-32-10 trained on scikit-learn's digits, weights up to 10^6, on the cube {0,1}^64",
}


def example_path(name: str) -> Path:
    """The file of a shipped network (format ``exactnet-network/1``) or table (CSV).

    Raises :class:`ExactnetError` for a name that is not in :data:`EXAMPLES`.

    >>> example_path("iris").name
    'iris.json'
    """
    if name not in EXAMPLES:
        raise ExactnetError(f"no example is called {clip_text(name)} (there are: {', '.join(EXAMPLES)})")
    return Path(str(files(__name__).joinpath(f"{name}.csv" if name == "digits-pixels" else f"{name}.json")))
