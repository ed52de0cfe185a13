"""What ``exactnet rank``, ``natural`` and ``check`` say of certificates about matrices."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from exactnet.cli.inputs import check_network_path, check_writable, reserve_outputs
from exactnet.cli.output import print_line
from exactnet.kernel.errors import FormatError

if TYPE_CHECKING:
    from exactnet.certify.matrices import Result
    from exactnet.claims.matrices.algebra import Matrix
    from exactnet.claims.matrices.certificate import Certificate, Judgement
    from exactnet.cli.run import Run

__all__ = ["STATUS", "reserve_files", "show_checked", "show_result"]

STATUS = {"certified": 0, "refuted": 1, "wrong": 1}


def reserve_files(run: Run, networks: Sequence[str], sources: Sequence[str]) -> None:
    """Find out early that the certificate and network files can be written, and are none of those that are read."""
    for path in networks:
        check_network_path(path, False, False)
        for source in sources:
            check_writable(path, source)
    written = [os.path.realpath(path) for path in (*networks, run.out) if path is not None]
    if len(set(written)) < len(written):
        raise FormatError("two outputs have the name of one file")
    if run.out is not None:
        reserve_outputs(run.out, [], sources)


def show_result(result: Result, about: str, run: Run) -> int:
    """Write the certificate, print; the exit status."""
    if run.out is not None:
        from exactnet.files.matrices_writer import write_matrices

        write_matrices(run.out, result.certificate, result.judgement, run.seconds)
    _show(result.certificate, result.judgement, about, run)
    return STATUS[result.judgement.verdict]


def show_checked(report: Mapping[str, Any], path: str, run: Run) -> None:
    """What ``exactnet check`` shows of a right certificate of the format ``exactnet-matrices/1``."""
    _show(report["certificate"], report["judgement"], path, run)


def _show(certificate: Certificate, judgement: Judgement, about: str, run: Run) -> None:
    rows, seconds = _facts(certificate), run.seconds
    report = {
        "verdict": judgement.verdict,
        "statement": certificate.statement,
        **{name: str(value) for name, value in rows.items()},
        "confirmed": list(judgement.confirmed),
        "reason": judgement.reason,
        "seconds": seconds,
    }

    def tables() -> None:
        from exactnet.claims.statements import OTHER_STATEMENTS
        from exactnet.cli.render import facts, number, print_verdict, show_tables

        statement = certificate.statement
        lines = {"statement": f"{statement}: {OTHER_STATEMENTS[statement]}", "reason": judgement.reason}
        shown = {name: value if isinstance(value, str) else number(value) for name, value in rows.items()}
        print_verdict(judgement.verdict, about)
        show_tables(facts({**lines, **shown, "certificate": run.out, "time": f"{seconds} s"}))
        for words in judgement.confirmed:
            print_line(f"confirmed: {words}")

    run.say(report, judgement.verdict, tables)


def _bits(matrices: Sequence[Matrix]) -> int:
    values = (value for matrix in matrices for row in matrix for value in row)
    return max(int(max(value.numerator.bit_length(), value.denominator.bit_length())) for value in values)


def _facts(certificate: Certificate) -> dict[str, Any]:
    """What a certificate is about, in numbers: its own, and what follows from them."""
    from exactnet.certify.matrices import outward
    from exactnet.claims.matrices.algebra import dot, squares

    matrices, numbers = certificate.matrices, certificate.numbers
    if certificate.statement == "K1 flow":
        norm = squares(matrices["limit"])
        return {
            "x_1 x_2": dot(*matrices["points"]),
            "stable rank": outward(norm / numbers["high"], norm / numbers["low"]),
        }
    if certificate.statement == "W1 simulation":
        from exactnet.claims.matrices.natural_weights import largest_coordinate
        from exactnet.cli.render import number
        from exactnet.theory.natural_weights import length_bound

        weights, k = matrices["weights"], int(numbers["literals"])
        q = len(weights[0])
        return {
            "weights": f"{len(weights)} x {q}, multiples of {number(numbers['step'])}, at most {number(numbers['most'])}",
            "examples": f"{q} clauses of {k} literals over {len(matrices['forms'][0])} variables",
            "sigma_min^2": outward(numbers["low"], numbers["high"]),
            "bits of M": _bits([matrices["inverse"]]),
            "largest coordinate of an example": largest_coordinate(matrices["inverse"], k),
            "|M z + c|^2, at most": length_bound(q, k, numbers["low"]),
        }
    layers = [matrix for name, matrix in matrices.items() if name.startswith("layer ")]
    rows: dict[str, Any] = {"depth": len(layers), "bits of weights": _bits(layers)}
    if certificate.statement == "K2 depth":
        return {**rows, "geometric mean of stable ranks, at most": numbers["mean"]}
    return {**rows, "multipliers": ", ".join(str(value) for (value,) in matrices["multipliers"])}
