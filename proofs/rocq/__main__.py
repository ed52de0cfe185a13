"""``python -m exactnet.companion.rocq DIRECTORY``: build the verified checker there."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .export import PROGRAM, build

NEEDS = ("coqc", "ocamlfind")
FAILED = 2


def main(arguments: list[str]) -> int:
    """Build, and say where the program is; the exit status."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        return _complain("usage: python -m exactnet.companion.rocq DIRECTORY, a directory that exists and is on the search path")
    if missing := [command for command in NEEDS if shutil.which(command) is None]:
        return _complain(f"{', '.join(missing)} not installed: apt-get install coq ocaml-findlib libzarith-ocaml-dev")
    try:
        with tempfile.TemporaryDirectory() as folder:
            done = shutil.copy(build(Path(folder)), arguments[0])
    except subprocess.CalledProcessError as error:
        return _complain(f"{error.cmd[0]}: {' '.join((error.stderr or error.stdout).split())[:300]}")
    except OSError as error:
        return _complain(f"{PROGRAM} cannot be written to {arguments[0]}: {error.strerror}")
    print(done)
    return 0


def _complain(line: str) -> int:
    print(line, file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
