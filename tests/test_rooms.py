"""The plan of the house: what lies at the root, and what the trusted rooms weigh. Who imports whom: contracts in pyproject.toml."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import exactnet as ex

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "exactnet"


def lines(folder: Path) -> int:
    return sum(len(file.read_text(encoding="utf-8").splitlines()) for file in folder.rglob("*.py"))


def test_the_root_holds_rooms_alone() -> None:
    files = {path.name for path in PACKAGE.iterdir() if path.is_file()}
    assert files == {"__init__.py", "__main__.py", "py.typed"}


def test_the_kernel_stays_small() -> None:
    assert lines(PACKAGE / "kernel") <= 2_200


@pytest.mark.parametrize("route", ["lookahead", "residue", "compact", "stacked"])
def test_what_check_loads_stays_small(route: str, tmp_path: Path) -> None:
    """Lines of exactnet that are loaded to check a certificate of S1; nothing of constructions or of the engine is among them."""
    instance = ex.families.clipped(d=4, m=2, bits=20, seed=1)
    ex.certify(instance, route=route).save(tmp_path / "c.json")
    code = (
        "import sys; from exactnet.check.certificate import check_certificate as check\n"
        f"assert check({str(tmp_path / 'c.json')!r}, max_file=2**30, max_inputs=2**20).verdict == 'certified'\n"
        "print(*(m.__file__ for name, m in sys.modules.items() if name.split('.')[0] == 'exactnet' and m.__file__), sep='\\n')\n"
        "assert 'networkx' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    files = [Path(line) for line in done.stdout.split("\n") if line]
    rooms = {file.relative_to(PACKAGE).parts[0] for file in files}
    assert rooms <= {"__init__.py", "check", "claims", "files", "kernel", "theory"}
    assert sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files) <= 5_000


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
