"""From options to a runner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from exactnet.distribute.cluster import Cluster
from exactnet.distribute.journal import Journal
from exactnet.distribute.local import Local, cores
from exactnet.distribute.runner import Backend, Runner
from exactnet.evaluate.block import require

__all__ = ["make_runner"]


@contextmanager
def make_runner(
    workers: int | None = None, journal: str | None = None, cluster: str | None = None, evaluator: str | None = None
) -> Iterator[Runner]:
    """A runner of ``workers`` processes (None: one for each core), or of the
    workers of the Dask scheduler at ``cluster``. ``evaluator`` as in :class:`Runner`.

    The journal is removed at the end of the block; where an exception ends it, it is kept.
    Raises :class:`exactnet.errors.FormatError` where the journal cannot be written or another run is using it, and
    :class:`exactnet.errors.ExactnetError` where the evaluator is not installed.
    """
    if evaluator is not None:
        require(evaluator)
    backend: Backend = Local(cores() if workers is None else workers)
    if cluster is not None:
        backend = Cluster(cluster)
    if journal is None:
        yield Runner(backend, None, evaluator)
        return
    with Journal(journal) as kept:
        yield Runner(backend, kept, evaluator)
        kept.remove()
