"""Fixtures that several test files share."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from exactnet.kernel.domain import Cube
from tests.amount import ALL, MOST_EXAMPLES
from tests.checked_again import check_again, recorded
from tests.rechecking import TENTHS, THIRDS, Json, make

#: No test fails because a machine is busy.
hypothesis.settings.register_profile("exactnet", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("exactnet")


#: A shell lets what runs in its background ignore Ctrl-C, and so does all that is started there: tests that send it would wait.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN and threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)

#: What takes longest, so that workers of ``-n`` end together: they begin with it.
LONGEST = ("tests/rocq/", "tests/docs/test_docs.py", "tests/parallel/", "tests/proofs/", "tests/structural/")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file is a worker's as a whole, so that what it sets up is set up once; so are all of Coq; pages are each for itself."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            if nodeid.startswith(("tests/rocq/", "tests/docs/")):
                return "tests/rocq/" if nodeid.startswith("tests/rocq/") else nodeid
            return nodeid.partition("::")[0]

    if config.option.dist != "load":  # another way is asked for
        return None
    config.option.loadscopereorder = False
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest first, and limit the examples of property-based tests."""
    items.sort(key=lambda item: next((n for n, start in enumerate(LONGEST) if item.nodeid.startswith(start)), len(LONGEST)))
    if ALL:
        return
    for item in items:
        test: Any = getattr(item, "obj", None)
        if hasattr(test, "hypothesis"):
            test = getattr(test, "__func__", test)
            named = getattr(test, "_hypothesis_internal_use_settings", None) or hypothesis.settings()
            fewer = hypothesis.settings(named, max_examples=min(named.max_examples, MOST_EXAMPLES))
            test._hypothesis_internal_use_settings = fewer


@pytest.fixture
def rounded(tmp_path: Path) -> Json:
    """A right certificate of the rounded form."""
    return make(tmp_path, (THIRDS, TENTHS), Cube(2), "floor", 10)


@pytest.fixture(autouse=True)
def certificates_are_right(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """After every ``certify``: ``check`` and ``recheck``."""
    with recorded() as made:
        yield
    for one in made:
        check_again(tmp_path_factory.mktemp("again"), one)
