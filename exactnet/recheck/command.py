"""All checks in their order, and the command line.

To believe: that the last line is ``certified`` only after every check, and that no error is taken for success.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .cells import FORM as CELLS
from .cells import check_cells
from .certificate import Certificate
from .claims import (
    check_bounds,
    check_circuits,
    check_depth,
    check_measures,
    check_parameters,
    check_refutation,
    on_trust,
)
from .comparing import check_counterexample, check_inputs
from .continuous import FORM, check_continuous
from .measures import Expansion
from .reading import MAX_DIGITS, Unusable, Wrong, clip, demand, read_bytes, read_object, require, take

VERDICTS = ("certified", "certified on the sampled inputs", "refuted")


def recheck(path: str, sample: int | None = None, max_file: int = 64 << 20) -> Iterator[str]:
    """Check a certificate and say line by line what is confirmed; the last line is the verdict.

    Parameters
    ----------
    sample : how many inputs to check; all by default, and then the digest of the outputs too.
    max_file : the most bytes that a file may have.

    Raises :class:`Wrong` if a claim does not hold, :class:`Unusable` if something cannot be read.
    """
    data = read_object(read_bytes(path, max_file), clip(path))
    if data.get("format") == CELLS:
        yield from check_cells(data, path, max_file)
    elif data.get("format") == FORM:
        yield from recheck_continuous(data, path, sample, max_file)
    else:
        yield from recheck_networks(Certificate(path, max_file), sample)


def recheck_networks(certificate: Certificate, sample: int | None) -> Iterator[str]:
    """Check a certificate of two networks; the last line is the verdict."""
    domain, networks = certificate.domain, (certificate.original, certificate.constructed)
    where = f"{domain.kind}, d = {domain.d}, p = {clip(domain.p)}"
    yield f"{clip(certificate.statement)}: {where}, r = {clip(certificate.r)}"
    yield f"confirmed: SHA-256 of both networks{' and of the circuits' if certificate.circuits is not None else ''}"
    original, constructed = (Expansion(net, domain.p) for net in networks)
    expansions = {"original": original, "constructed": constructed}
    if certificate.circuits is not None:
        expansions["circuits"] = Expansion(certificate.circuits, 1)
        yield check_circuits(certificate, expansions["circuits"])
    yield from check_measures(certificate, expansions)
    yield check_parameters(certificate, original)
    yield from check_bounds(certificate, constructed)
    if certificate.verdict == "certified":
        misfit = certificate.misfit()
        demand(misfit is None, f"{certificate.statement}: {misfit}")
        yield check_depth(certificate, constructed)
        demand(certificate.data["counterexample"] is None, "certified, but with a counterexample")
        full = yield from check_inputs(certificate, sample)
        yield on_trust(certificate)
        yield "certified" if full else "certified on the sampled inputs"
        return
    if certificate.data["counterexample"] is not None:
        yield check_counterexample(certificate)
    else:  # the values agree, and what refutes is something else
        yield check_refutation(certificate)
        yield from check_inputs(certificate, sample)
        yield on_trust(certificate)
    yield "refuted"


def recheck_continuous(data: Mapping[str, Any], path: str, sample: int | None, max_file: int) -> Iterator[str]:
    """Check a certificate about real inputs: the one of its grid, which lies next to it, and then what is said beyond that."""
    name = take(take(data, "grid", dict, clip(path)), "file", str, "grid")
    require(os.path.basename(name) == name != "", f"grid: {clip(name)} is not next to the certificate")
    beside = os.path.join(os.path.dirname(path), name)
    grid = Certificate(beside, max_file)
    line = ""
    for line in recheck_networks(grid, sample):
        if line not in VERDICTS:
            yield line
    yield f"confirmed: {clip(name)} is {line}"
    for verdict in check_continuous(data, grid):
        yield line if verdict == "certified" else verdict


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Exit status 0: certified; 1: refuted, or the certificate is wrong; 2: unusable input."""
    parser = argparse.ArgumentParser(prog="recheck", description="Check a certificate of exactnet once more.")
    parser.add_argument("certificate", help="the certificate; the network files lie next to it")
    parser.add_argument("--inputs", type=int, metavar="N", help="check only N inputs, evenly spread over the domain")
    parser.add_argument("--max-file", type=int, default=64, metavar="MIB", help="largest file that is read (64)")
    options = parser.parse_args(arguments)
    if options.max_file < 1 or (options.inputs is not None and options.inputs < 1):
        parser.error("N and MIB must be at least 1")
    sys.set_int_max_str_digits(MAX_DIGITS)
    line = ""
    try:
        for line in recheck(options.certificate, options.inputs, options.max_file << 20):
            print(line, flush=True)
    except Wrong as error:
        print(f"WRONG: {error}")
        return 1
    except (Unusable, MemoryError) as error:
        print(f"recheck: {error or 'out of memory'}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # nobody reads on; Python must not try once more at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("recheck: interrupted", file=sys.stderr)
        return 130
    return 0 if line in VERDICTS[:2] else 1
