"""Make the tables, figures and the companion, or check that those in a folder are what a fresh run gives."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import click

from exactnet.kernel.errors import ExactnetError, clip_text
from exactnet.parallel.local import cores

from .build import Uncertified, can_draw, differences, make_all, orphans, redraw, write_companion, write_table
from .progress import Progress
from .registry import makers, needs

FAILED, UNUSABLE, INTERRUPTED = 1, 2, 130


def default_folder() -> Path:
    """``docs`` in a checkout, else ``companion``: a run elsewhere changes nothing of the project's."""
    checkout = Path(__file__).resolve().parents[1]
    in_checkout = Path.cwd().resolve() == checkout and (checkout / "pyproject.toml").is_file()
    return Path("docs" if in_checkout else "companion")


def chosen(quick: bool, only: tuple[str, ...]) -> list[str]:
    """The names of the tables to make, those that take long first.

    Raises :class:`ExactnetError` for a name that no table has.
    """
    everything = makers(quick=False)
    for name in only:
        if name not in everything:
            raise ExactnetError(f"no table is called {clip_text(name)} ('python -m proofs --list' shows all)")
    wanted = only or tuple(makers(quick))
    fast = makers(quick=True)
    return sorted(dict.fromkeys(wanted), key=lambda name: name in fast)


def check_libraries(names: list[str]) -> None:
    """Find out before the work begins whether all tables can be made.

    Raises :class:`ExactnetError` that names the libraries that are not installed.
    """
    wanted = needs()
    for name in names:
        for library in wanted.get(name, ()):
            if find_spec(library) is None:
                raise ExactnetError(f"the table {name} needs {library}: pip install 'exactnet[proofs]' (or --only other tables)")


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.argument("tables", nargs=-1, metavar="[TABLE]...")
@click.option("--out", metavar="FOLDER", help="Where everything goes.  [default: docs in a checkout, else companion]")
@click.option("--quick", is_flag=True, help="Only the tables that take seconds.")
@click.option("--only", metavar="TABLE", multiple=True, help="Only this table; may be given again, and words after it count too.")
@click.option("--check", is_flag=True, help="Write nothing; fail if a file differs from what a fresh run gives.")
@click.option("--page", is_flag=True, help="Certify nothing; draw figures from the folder's tables, and put companion.md together.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes.  [default: the number of cores, at most 4]")
@click.option("--list", "listing", is_flag=True, help="List the tables and end.")
def command(
    *,
    tables: tuple[str, ...],
    out: str | None,
    quick: bool,
    only: tuple[str, ...],
    check: bool,
    page: bool,
    workers: int | None,
    listing: bool,
) -> int:
    """Certify the instances of every statement, and write tables (Markdown, CSV, LaTeX), figures (SVG, PDF) and companion.md.

    What it needs beyond exactnet itself (HiGHS, FLINT, OR-Tools; matplotlib for figures): pip install 'exactnet[proofs]'.

    \b
    Exit status: 0 done, 1 a row is not certified or a file differs, 2 unusable input, 130 interrupted.
    """
    if listing:
        fast = makers(quick=True)
        for name in makers(quick=False):
            click.echo(f"{name:24}{'quick' if name in fast else ''}".rstrip())
        return 0
    folder = default_folder() if out is None else Path(out)
    if page:
        redraw(folder)
        write_companion(folder)
        return 0
    names = chosen(quick, only + tables)
    check_libraries(names)
    files = {}
    with Progress(len(names)) as progress:
        for table in make_all(names, workers or min(4, cores())):
            progress.done(table.name, len(table.rows))
            files[table.name] = table
            if not check:
                write_table(folder, table)
    if check:
        return report(folder, differences(folder, [files[name] for name in names]) + orphans(folder))
    write_companion(folder)
    if not can_draw():
        click.echo("proofs: no figures: they need matplotlib (pip install 'exactnet[proofs]')", err=True)
    click.echo(f"proofs: wrote {folder / 'companion.md'} and what it shows", err=True)
    return 0


def report(folder: Path, wrong: list[str]) -> int:
    """Say what differs, in one line."""
    if not wrong:
        click.echo(f"proofs: {folder} is what a fresh run gives", err=True)
        return 0
    shown = ", ".join(wrong[:8]) + (f" and {len(wrong) - 8} more" if len(wrong) > 8 else "")
    click.echo(f"proofs: {folder}: not what a fresh run gives: {shown}", err=True)
    return FAILED


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit status. Every failure is one line on stderr."""
    try:
        return int(command.main(arguments, "python -m proofs", standalone_mode=False) or 0)
    except (KeyboardInterrupt, click.Abort):
        status, reason = INTERRUPTED, "interrupted; finished tables are kept"
    except Uncertified as error:
        status, reason = FAILED, str(error)
    except ExactnetError as error:
        status, reason = UNUSABLE, str(error)
    except click.ClickException as error:
        status, reason = UNUSABLE, error.format_message()
    click.echo(f"proofs: {reason}", err=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
