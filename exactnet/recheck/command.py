"""All checks in their order, and the command line.

To believe: that the last line is ``certified`` only after every check, and that no error is taken for success.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

from .cells import FORM as CELLS
from .cells import check_cells
from .certificate import FORMAT, PAIRS, Certificate
from .claims import check_claims, check_refutation, on_trust
from .comparing import check_counterexample, check_inputs
from .continuous import FORM as CONTINUOUS
from .continuous import check_continuous
from .depth import FORM as DEPTH
from .depth import check_depth_certificate
from .entropy import FORM as ENTROPY
from .entropy import check_entropy
from .euaf import FORM as EUAF
from .euaf import check_euaf
from .fields import check_continuous_fields
from .limits import limited
from .matrices import FORM as MATRICES
from .matrices import check_matrices
from .memory import check_memory
from .proofs import FORM as PROVED
from .proofs import check_proved
from .radial import FORM as RADIAL
from .radial import check_radial
from .reading import MAX_DIGITS, Unusable, Wrong, clip, demand, read_bytes, read_object, require
from .verified import check_verified, find_program

MOST = 10**9  # of any limit
LIMITS: Mapping[str, tuple[int, int, str, str]] = {  # default, least, unit, what is limited
    "file": (64, 1, "MIB", "largest file that is read"),
    "inputs": (2**24, 1, "N", "most inputs that are checked"),
    "seconds": (50, 0, "N", "computing time; 0: no limit"),
    "memory": (1900, 0, "MIB", "memory; 0: no limit"),
}
VERDICTS = ("certified", "certified on the sampled inputs", "refuted")


class Options(NamedTuple):
    """How much is checked, and by what; as the parameters of :func:`recheck`."""

    sample: int | None
    max_file: int
    max_inputs: int
    verified: bool


def recheck(
    path: str,
    sample: int | None = None,
    max_file: int = 64 << 20,
    max_inputs: int = LIMITS["inputs"][0],
    verified: bool = False,
) -> Iterator[str]:
    """Check a certificate and say line by line what is confirmed; the last line is the verdict.

    Parameters
    ----------
    sample : how many inputs to check; all by default, and then the digest of the outputs too.
    max_file : the most bytes that a file may have.
    max_inputs : the most inputs that are checked.
    verified : whether to run the verified checker too, on all inputs (:mod:`.verified`) or on the proof (:mod:`.told`).

    Raises :class:`Wrong` if a claim does not hold, :class:`Unusable` if something cannot be read.
    """
    data = read_object(read_bytes(path, max_file), clip(path))
    if verified:
        require(data.get("format") in (FORMAT, PROVED), "--verified is for certificates of two networks on a finite domain")
        find_program()  # or nothing is begun
    check = CHECKS.get(str(data.get("format")), check_networks)  # which says what is wrong with any other
    yield from check(data, path, Options(sample, max_file, max_inputs, verified))


def check_networks(data: Mapping[str, Any], path: str, options: Options) -> Iterator[str]:
    """Check a certificate of two networks; the last line is the verdict."""
    yield from recheck_networks(Certificate(path, options.max_file, dict(data)), options)


def recheck_networks(certificate: Certificate, options: Options) -> Iterator[str]:
    """Check a certificate of two networks that has been read; the last line is the verdict."""
    domain = certificate.domain
    where = f"{domain.kind}, d = {domain.d}, p = {clip(domain.p)}"
    yield f"{clip(certificate.statement)}: {where}, r = {clip(certificate.r)}"
    yield f"confirmed: SHA-256 of both networks{' and of the circuits' if certificate.circuits is not None else ''}"
    constructed = yield from check_claims(certificate)
    if certificate.verdict == "certified":
        if certificate.statement == "M1":
            yield from check_memory(certificate, constructed)
        demand(certificate.data["counterexample"] is None, "certified, but with a counterexample")
        full = yield from check_inputs(certificate, options.sample, options.max_inputs)
        if options.verified:
            yield from check_verified(certificate, constructed, options.max_inputs)
        if certificate.statement not in PAIRS:
            yield on_trust(certificate)
        yield "certified" if full else "certified on the sampled inputs"
        return
    require(not options.verified, "--verified is for what is certified, but the certificate is a refuted one")
    if certificate.data["counterexample"] is not None:
        yield check_counterexample(certificate)
    else:  # the values agree, and what refutes is something else
        yield check_refutation(certificate)
        yield from check_inputs(certificate, options.sample, options.max_inputs)
        yield on_trust(certificate)
    yield "refuted"


def recheck_continuous(data: Mapping[str, Any], path: str, options: Options) -> Iterator[str]:
    """Check a certificate about real inputs: the one of its grid, which lies next to it, and then what is said beyond that."""
    check_continuous_fields(data)
    name = str(data["grid"]["file"])
    require(os.path.basename(name) == name != "", f"grid: {clip(name)} is not next to the certificate")
    beside = os.path.join(os.path.dirname(path), name)
    grid = Certificate(beside, options.max_file)
    line = ""
    for line in recheck_networks(grid, options):
        if line not in VERDICTS:
            yield line
    yield f"confirmed: {clip(name)} is {line}"
    for verdict in check_continuous(data, grid):
        yield line if verdict == "certified" else verdict


#: What checks the certificates of each format: the document, its path, and how much.
CHECKS: Mapping[str, Callable[[Mapping[str, Any], str, Options], Iterator[str]]] = {
    FORMAT: check_networks,
    CONTINUOUS: recheck_continuous,
    CELLS: lambda data, path, options: check_cells(data, path, options.max_file),
    PROVED: lambda data, path, options: check_proved(data, path, options.max_file, options.verified),
    RADIAL: lambda data, path, options: check_radial(data, path, options.max_file),
    MATRICES: lambda data, path, options: check_matrices(data, options.max_inputs),
    DEPTH: lambda data, path, options: check_depth_certificate(data),
    EUAF: lambda data, path, options: check_euaf(data),
    ENTROPY: lambda data, path, options: check_entropy(data),
}


class Parser(argparse.ArgumentParser):
    """What is wrong with the arguments is one line."""

    def error(self, message: str) -> NoReturn:
        """Say it, and end with status 2."""
        self.exit(2, f"recheck: {' '.join(message.split())}; see --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Exit status 0: certified; 1: refuted, or the certificate is wrong; 2: unusable input, or a limit.

    The limits on time and memory are those of a process: they hold where the arguments are those of one (None).
    """
    for stream in ("stdout", "stderr"):
        if getattr(sys, stream) is None:  # it is closed: nobody reads
            setattr(sys, stream, open(os.devnull, "w"))  # noqa: SIM115
    parser = Parser(prog="recheck", description="Check a certificate of exactnet once more.", allow_abbrev=False)
    parser.add_argument("certificate", help="the certificate; the network files lie next to it")
    parser.add_argument("--inputs", type=int, metavar="N", help="check only N inputs, evenly spread over the domain")
    parser.add_argument("--verified", action="store_true", help="run exactnet-verified too, whose soundness is proved in Coq")
    for name, (default, _, metavar, text) in LIMITS.items():
        parser.add_argument(f"--max-{name}", type=int, default=default, metavar=metavar, help=f"{text} ({default})")
    options = parser.parse_args(arguments)
    for name, (_, least, _, _) in LIMITS.items():
        if not least <= getattr(options, f"max_{name}") <= MOST:
            parser.error(f"--max-{name} is not from {least} to {MOST}")
    if options.inputs is not None and options.inputs < 1:
        parser.error("--inputs is not at least 1")
    sys.set_int_max_str_digits(MAX_DIGITS)
    if arguments is not None:
        return run(options)
    return limited(lambda: run(options), options.max_seconds, options.max_memory)


def run(options: argparse.Namespace) -> int:
    """Check, print, and give the exit status."""
    line = ""
    try:
        for line in recheck(options.certificate, options.inputs, options.max_file << 20, options.max_inputs, options.verified):
            print(line, flush=True)
    except Wrong as error:
        return end(f"WRONG: {error}", 1)
    except Unusable as error:
        return end(f"recheck: {error}", 2)
    except MemoryError:
        return end(f"recheck: more memory is needed; --max-memory MIB is the limit ({options.max_memory}; 0: none)", 2)
    except KeyboardInterrupt:
        return end("recheck: interrupted", 130)
    except OSError as error:  # files are read in reading: this is the standard output
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on; Python must not try once more
        return 1 if isinstance(error, BrokenPipeError) else end(f"recheck: the output: {error.strerror}", 2)
    except Exception as error:  # whatever it is, it is no verdict
        return end(f"recheck: the certificate cannot be checked: {type(error).__name__}: {clip(error)}", 2)
    return 0 if line in VERDICTS[:2] else 1


def end(line: str, status: int) -> int:
    """Print the last line (what is wrong is a result, the rest an error), and give the exit status."""
    print(line, file=sys.stdout if status == 1 else sys.stderr, flush=True)
    return status
