"""Whatever ``certify`` makes in a test, ``check`` and ``recheck`` find right: they run on it at the end of the test.

Certificates on at most :data:`MOST_INPUTS` inputs, of networks of at most :data:`MOST_WIRES` wires; the first few of a test.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from exactnet.kernel.judge import Certificate
from exactnet.kernel.network import Network
from exactnet.recheck.command import recheck
from tests.amount import few

MOST_INPUTS, MOST_WIRES, MOST = 600, 1500, few(4, 2)
#: Where certificates are made.
MAKERS = ("small_weights", "few_bits", "classical", "barriers", "memorize", "pairs")
_seen: set[bytes] = set()

Made = tuple[Network, Network, Certificate, Network | None]


@contextmanager
def recorded() -> Iterator[list[Made]]:
    """Note what is judged, while ``certify`` runs as ever."""
    made: list[Made] = []
    patch = pytest.MonkeyPatch()
    for name in MAKERS:
        maker = import_module(f"exactnet.certify.{name}")
        judge = maker.judge

        def judged(net: Network, constructed: Network, claim: Any, *rest: Any, judge: Any = judge) -> Certificate:
            certificate: Certificate = judge(net, constructed, claim, *rest)
            small = claim.domain.count <= MOST_INPUTS and certificate.constructed.wires <= MOST_WIRES
            if small and len(made) < MOST:
                made.append((net, constructed, certificate, claim.circuits))
            return certificate

        patch.setattr(maker, "judge", judged)
    try:
        yield made
    finally:
        patch.undo()


def check_again(folder: Path, made: Made) -> None:
    """Write a certificate, and hold what ``check`` and ``recheck`` say of it against its verdict."""
    from exactnet.check.certificate import check_certificate
    from exactnet.files.certificate_writer import companions, write_certificate

    net, constructed, certificate, circuits = made
    path = str(folder / "again.json")
    write_certificate(path, net, constructed, certificate, 0, circuits)
    mark = sha256(b"".join(Path(file).read_bytes() for file in (path, *companions(path)))).digest()
    if mark in _seen:
        return
    _seen.add(mark)
    checked = check_certificate(path, max_file=2**26, max_inputs=2**28)
    assert checked.verdict == certificate.verdict, f"check: {checked.reason}"
    assert list(recheck(path))[-1] == certificate.verdict
