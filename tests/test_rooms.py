"""The plan of the house: what lies at the root, and what the trusted rooms weigh. Who imports whom: contracts in pyproject.toml."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "exactnet"


def imported(file: Path) -> Iterator[Path]:
    """The files of exactnet that a file imports, anywhere in it but under ``TYPE_CHECKING``."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for module in modules:
            place = ROOT / module.replace(".", "/")
            found = (place.with_suffix(".py"), place / "__init__.py")
            yield from (f for f in found if module.startswith("exactnet.") and f.exists())


def closure(*files: Path) -> set[Path]:
    """Files and all of exactnet that they import, directly or not."""
    reached: set[Path] = set()
    stack = list(files)
    while stack:
        file = stack.pop()
        if file not in reached:
            reached.add(file)
            stack.extend(imported(file))
    return reached


def lines(files: Iterator[Path] | set[Path]) -> int:
    return sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)


def test_the_root_holds_rooms_alone() -> None:
    files = {path.name for path in PACKAGE.iterdir() if path.is_file()}
    assert files == {"__init__.py", "__main__.py", "py.typed"}


def test_the_trusted_rooms_stay_small() -> None:
    assert lines(PACKAGE.joinpath("kernel").rglob("*.py")) <= 2_200
    small_weights = closure(PACKAGE / "check/certificate.py")
    assert lines(small_weights) <= 5_000


def test_recheck_imports_the_standard_library_and_itself() -> None:
    for file in PACKAGE.joinpath("recheck").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert {alias.name.split(".")[0] for alias in node.names} <= sys.stdlib_module_names
            elif isinstance(node, ast.ImportFrom) and node.level != 1:
                assert (node.module or "").split(".")[0] in sys.stdlib_module_names


def test_the_public_package_is_imported_in_a_moment() -> None:
    """No dependency is loaded before a name is used: ``recheck`` runs where there are none."""
    code = "import exactnet, sys; print(sorted({'gmpy2', 'networkx', 'numpy', 'sympy', 'click'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
