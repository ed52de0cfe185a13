"""From options to a runner."""

from __future__ import annotations

from exactnet.engine.block import require
from exactnet.parallel.cluster import Cluster
from exactnet.parallel.local import Local, cores
from exactnet.parallel.runner import Runner

__all__ = ["make_runner"]


def make_runner(workers: int | None = None, cluster: str | None = None, evaluator: str | None = None) -> Runner:
    """A runner of ``workers`` processes (None: one for each core), or of the workers of the Dask scheduler at ``cluster``.

    ``evaluator`` as in :class:`Runner`. Raises :class:`exactnet.kernel.errors.ExactnetError` where it is not installed.
    """
    if evaluator is not None:
        require(evaluator)
    return Runner(Local(cores() if workers is None else workers) if cluster is None else Cluster(cluster), evaluator)
