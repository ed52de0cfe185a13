"""Fixtures that several test files share."""

from __future__ import annotations

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Limit the examples of property-based tests."""
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
