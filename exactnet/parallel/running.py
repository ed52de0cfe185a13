"""From options to a runner."""

from __future__ import annotations

from exactnet.kernel.runs import Runner
from exactnet.kernel.values import MakeEvaluator, PlainEvaluator
from exactnet.parallel.cluster import Cluster
from exactnet.parallel.local import Local, cores

__all__ = ["make_runner"]


def make_runner(workers: int | None = None, cluster: str | None = None, fast: bool = False) -> Runner:
    """A runner of ``workers`` processes (None: one for each core), or of the workers of the Dask scheduler at ``cluster``.

    With ``fast``, the engine (:mod:`exactnet.engine`) evaluates in place of the plain evaluator.
    """
    evaluator: MakeEvaluator = PlainEvaluator
    if fast:  # only here, so that nothing of the engine is loaded where it is not used
        from exactnet.engine.block import compile_network

        evaluator = compile_network
    return Local(evaluator, cores() if workers is None else workers) if cluster is None else Cluster(evaluator, cluster)
