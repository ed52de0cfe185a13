"""Make the tables, or check that the committed ones are what a fresh run gives."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from proofs.registry import makers


@click.command()
@click.option("--out", default="docs/tables", show_default=True, help="Where the tables are.")
@click.option("--quick", is_flag=True, help="Only the tables that take less than a minute.")
@click.option("--check", is_flag=True, help="Write nothing; fail if a table in --out differs from a fresh run.")
def main(out: str, quick: bool, check: bool) -> None:
    """Certify the instances of every statement and write the tables (Markdown, CSV, LaTeX)."""
    folder = Path(out)
    differing = []
    for name, make in makers(quick).items():
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
