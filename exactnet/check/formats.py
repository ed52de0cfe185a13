"""Every format of certificates, and what checks it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib import import_module

from exactnet.check.certificate import Checked
from exactnet.files.document import FORMAT
from exactnet.files.files import read_bytes

__all__ = ["CHECKS", "find_checker"]

#: ``module:function`` of this room.
CHECKS: Mapping[str, str] = {
    FORMAT: "certificate:check_certificate",
    "exactnet-continuous/1": "reals:check_continuous",
    "exactnet-reals/1": "cells:check_cells",
    "exactnet-structural-certificate/2": "structural:check_structural",
    "exactnet-radial/1": "radial:check_radial",
    "exactnet-entropy/1": "entropy:check_exclusion",
    "exactnet-matrices/1": "matrices:check_matrices",
    "exactnet-euaf/1": "euaf:check_euaf",
    "exactnet-depth/1": "depth:check_depth",
}


def find_checker(path: str, max_file: int) -> tuple[str, Callable[..., Checked]]:
    """The format of a certificate, and the function that checks it.

    A file that names no format is taken for a certificate of two networks: reading it as one says what is wrong.
    """
    try:
        document = json.loads(read_bytes(path, max_file, regular=True))
    except (ValueError, RecursionError):
        document = None
    form = document.get("format") if isinstance(document, dict) else None
    known = form if isinstance(form, str) and form in CHECKS else FORMAT
    module, _, name = CHECKS[known].partition(":")
    checker: Callable[..., Checked] = getattr(import_module(f"exactnet.check.{module}"), name)
    return known, checker
