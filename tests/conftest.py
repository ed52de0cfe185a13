"""Fixtures that several test files share."""

from __future__ import annotations

from pathlib import Path

import pytest

from exactnet.kernel.domain import Cube
from tests.rechecking import TENTHS, THIRDS, Json, make


@pytest.fixture
def rounded(tmp_path: Path) -> Json:
    """A right certificate of the rounded form."""
    return make(tmp_path, (THIRDS, TENTHS), Cube(2), "floor", 10)
