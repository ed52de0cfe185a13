"""Make the tables, or check that the committed ones are what a fresh run gives."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from proofs import frontier, s1_reading, s3_circuits, s7_few_bits
from proofs import s1_small_weights as s1
from proofs.table import Table

Maker = Callable[[], Table]

#: The tables of the quick set: less than a minute.
QUICK: dict[str, Maker] = {
    "s1-quick": lambda: s1.table(s1.QUICK_BITS, "s1-quick"),
    "s3-quick": lambda: s3_circuits.table((20, 64), 8, "s3-quick"),
    "frontier-quick": lambda: frontier.table(True, "frontier-quick"),
    **s7_few_bits.QUICK,
}

#: The tables that take longer.
FULL: dict[str, Maker] = {
    "s1": lambda: s1.table(s1.BITS, "s1"),
    "s1-reading": lambda: s1_reading.table("s1-reading"),
    "s3": lambda: s3_circuits.table((20, 64, 256), 16, "s3"),
    "frontier": lambda: frontier.table(False, "frontier"),
    **s7_few_bits.FULL,
}


@click.command()
@click.option("--out", default="docs/tables", show_default=True, help="Where the tables are.")
@click.option("--quick", is_flag=True, help="Only the tables that take less than a minute.")
@click.option("--check", is_flag=True, help="Write nothing; fail if a table in --out differs from a fresh run.")
def main(out: str, quick: bool, check: bool) -> None:
    """Certify the instances of every statement and write the tables (Markdown, CSV, LaTeX)."""
    folder = Path(out)
    differing = []
    for name, make in (QUICK if quick else QUICK | FULL).items():
        click.echo(f"{name}: certifying", err=True)
        for file, text in make().files().items():
            place = folder / file
            if check:
                if not place.exists() or place.read_text(encoding="utf-8") != text:
                    differing.append(file)
            else:
                folder.mkdir(parents=True, exist_ok=True)
                place.write_text(text, encoding="utf-8")
    if differing:
        click.echo(f"proofs: these tables differ from a fresh run: {', '.join(differing)}", err=True)
        sys.exit(1)
    click.echo(f"proofs: {'checked' if check else 'wrote'} {folder}", err=True)


if __name__ == "__main__":
    main()
