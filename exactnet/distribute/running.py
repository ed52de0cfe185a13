"""From options to a runner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from exactnet.distribute.cluster import Cluster
from exactnet.distribute.journal import Journal
from exactnet.distribute.local import Local, cores
from exactnet.distribute.runner import Backend, Runner
from exactnet.kernel.values import MakeEvaluator, PlainEvaluator

__all__ = ["make_runner"]


@contextmanager
def make_runner(
    workers: int | None = None, journal: str | None = None, cluster: str | None = None, fast: bool = False
) -> Iterator[Runner]:
    """A runner of ``workers`` processes (None: one for each core), or of the
    workers of the Dask scheduler at ``cluster``. With ``fast``, the engine
    (:mod:`exactnet.evaluate`) evaluates in place of the plain evaluator.

    The journal is removed at the end of the block; where an exception ends it, it is kept.
    Raises :class:`exactnet.errors.FormatError` where the journal cannot be written or another run is using it.
    """
    evaluator: MakeEvaluator = PlainEvaluator
    if fast:  # only here, so that nothing of the engine is loaded where it is not used
        from exactnet.evaluate.block import compile_network

        evaluator = compile_network
    backend: Backend = Local(cores() if workers is None else workers)
    if cluster is not None:
        backend = Cluster(cluster)
    if journal is None:
        yield Runner(backend, None, evaluator)
        return
    with Journal(journal) as kept:
        yield Runner(backend, kept, evaluator)
        kept.remove()
