"""``exactnet make FAMILY …``: one command for each family, made from the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from exactnet.cli.inputs import check_network_path
from exactnet.cli.options import Subcommands
from exactnet.cli.output import print_bytes, print_line, written

if TYPE_CHECKING:
    from exactnet.families import Family, Option

__all__ = ["command"]


class Families(Subcommands):
    """The group of all families; the registry is imported when a family is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        from exactnet.families import FAMILIES

        return list(FAMILIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        from exactnet.families import FAMILIES

        return family_command(FAMILIES[cmd_name]) if cmd_name in FAMILIES else None


@click.group("make", cls=Families, short_help="Make a network of a family.")
def command() -> None:
    """Make a network of a family, with its domain: to -o OUT, or as JSON to the standard output.

    \b
    Example:
      exactnet make parity --d 8 -o parity.json
    """


def family_command(family: Family) -> click.Command:
    """The command that makes instances of a family."""
    options = {f"option{number}": option for number, option in enumerate(family.options)}

    def make(out: str | None, quiet: bool, **values: str | None) -> int:
        instance = family.make(**{options[name].name: value for name, value in values.items()})
        network, domain = instance.network, instance.domain
        if out is None:
            from exactnet.files.network_writer import dump_network

            print_bytes(dump_network(network, domain))
            return 0
        from exactnet.claims.statements import kind_of
        from exactnet.files.networks import write_network

        check_network_path(out, kind_of(network) == "circuit", domain.kind == "cube")
        write_network(out, network, domain)
        if not quiet:
            print_line(written(out, network))
        return 0

    params: list[click.Parameter] = [family_option(name, option) for name, option in options.items()]
    params.append(click.Option(["-o", "--out", "out"], metavar="OUT", help="Write to OUT (.json; .th for circuits)."))
    params.append(click.Option(["--quiet", "-q", "quiet"], is_flag=True, help="Do not say what was written."))
    example = " ".join(f"--{option.name} {text}" for option in family.options if (text := default_text(option)))
    about = f"Make {family.summary}.\n\n\b\nExample:\n  exactnet make {family.name} {example}"
    return click.Command(family.name, params=params, callback=make, help=about, short_help=family.summary)


def default_text(option: Option) -> str:
    """The default of an option as it is written; empty for none."""
    default: Any = option.default
    if default is None:
        return ""
    return ",".join(map(str, default)) if isinstance(default, tuple) else str(default)


def family_option(name: str, option: Option) -> click.Option:
    """An option of a family; the family itself reads the value."""
    if option.type == "choice":
        metavar, span = "|".join(option.choices), ""
    else:
        metavar, span = ("INT" if option.type == "int" else "INT,INT,…"), f"{option.minimum} to {option.maximum}"
    default = default_text(option)
    facts = "; ".join(part for part in (span, f"default: {default}" if default else "required") if part)
    return click.Option([f"--{option.name}", name], metavar=metavar, help=f"{option.help}  [{facts}]")
