"""Pictures, drawn with matplotlib (the extra ``plot``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["frontier_plot"]


def frontier_plot(rows: Sequence[Mapping[str, Any]], path: str) -> None:
    """Depth against gates, one point for each route; the format is told by the ending of ``path``."""
    import io
    import os

    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    from exactnet.io import write_atomic

    figure, axes = plt.subplots(figsize=(6, 4))
    for row in rows:
        axes.plot(row["depth"], row["gates"], "o")
        label = f"  {row['route']} (largest weight {row['max_weight']})"
        axes.annotate(label, (row["depth"], row["gates"]), va="center", fontsize=9)
    depths = [row["depth"] for row in rows] or [1]
    axes.set_xlim(min(depths) - 0.5, max(depths) + 2.5)
    axes.set_yscale("log")
    axes.set_xlabel("depth")
    axes.set_ylabel("gates")
    axes.set_title("depth against gates, every point certified")
    picture = io.BytesIO()
    # A fixed identifier and no date: the same rows give the same file.
    with mpl.rc_context({"svg.hashsalt": "exactnet"}):
        figure.savefig(picture, format=os.path.splitext(path)[1][1:].lower(), bbox_inches="tight")
    plt.close(figure)
    write_atomic(path, picture.getvalue())
