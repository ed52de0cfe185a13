"""Fixtures that several test files share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exactnet.kernel.domain import Cube
from tests.checked_again import check_again, recorded
from tests.rechecking import TENTHS, THIRDS, Json, make


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
