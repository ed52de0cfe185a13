"""What the tests of the Rocq development need; without it they skip, or fail where ``EXACTNET_ROCQ`` is ``require``."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from proofs.rocq import export


def _need(*commands: str) -> None:
    missing = [command for command in commands if shutil.which(command) is None]
    if missing:
        message = f"{', '.join(missing)} not installed (apt-get install coq ocaml-findlib libzarith-ocaml-dev make)"
        if os.environ.get("EXACTNET_ROCQ") == "require":
            pytest.fail(message)
        pytest.skip(message)


@pytest.fixture(scope="session")
def coq() -> None:
    """Coq, and what its builds need."""
    _need("coqc", "coq_makefile", "make")


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The verified checker, extracted and built; beside it the compiled ``Checker.v``."""
    _need("coqc", "ocamlfind")
    return export.build(tmp_path_factory.mktemp("verified"))
