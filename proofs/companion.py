"""The companion: a page in the paper's order that shows every table and figure.

``template.md`` is the page with lines that stand for something else:

* ``@claim MODULE``: heading and docstring of a module of proofs, and the files that it rests on;
* ``@table NAME``, ``@figure NAME``: one table, one figure;
* ``@rest MODULE``: the tables and figures of a module that have no line of their own;
* ``@module MODULE``: its claim and all of its tables and figures. If there is no such module: nothing;
* ``@modules``: all modules that no other line names.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from types import ModuleType

from .lemmas import bounds_for, lemmas_of
from .registry import figures, modules, tables_of

__all__ = ["claim", "companion", "heading", "template"]

#: Tables with more rows than this are not shown on the page, only named.
_LONG = 50


def template() -> str:
    """The page before anything is put in."""
    return files(__package__).joinpath("template.md").read_text(encoding="utf-8")


def companion(present: Mapping[str, str]) -> str:
    """The page.

    Parameters
    ----------
    present : what there is to show: ``tables/NAME.md`` with its text, and ``figures/NAME.svg``.

    A table that is not there is shown in its smaller edition ``NAME-quick``, or else it is said that it is missing.
    Raises :class:`ValueError` for a line of the template that nothing stands for.
    """
    return _Page(present).text()


def heading(module: ModuleType) -> str:
    """What a section about a module is called: the docstring up to the first colon.

    >>> from proofs import s3_circuits
    >>> heading(s3_circuits)
    'S3, threshold circuits'
    """
    first = re.split(r"(?<=[:.?])\s", _paragraphs(module)[0])[0]
    return first.rstrip(":.")


def claim(module: ModuleType) -> str:
    """The docstring of a module in Markdown.

    >>> from proofs import frontier
    >>> print(claim(frontier).splitlines()[0])
    The frontier: depth against gates, wires and weights, all routes on the same networks.
    """
    return "\n\n".join(_paragraphs(module))


def _paragraphs(module: ModuleType) -> list[str]:
    text = re.sub(r":\w+:`~?\.?([^`]*)`", r"`\1`", inspect.getdoc(module) or "").replace("``", "`")
    return [part for part in text.split("\n\n") if not part.lstrip().startswith(">>>")]


class _Page:
    def __init__(self, present: Mapping[str, str]) -> None:
        self._present = present
        self._lines = template().splitlines()
        self._modules = {module.__name__.rpartition(".")[2]: module for module in modules()}
        words = [line.split() for line in self._lines if line.startswith("@")]
        self._named = {(word[0], word[1]) for word in words if len(word) == 2}

    def text(self) -> str:
        parts = [part for line in self._lines for part in self._expand(line)]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(parts)).rstrip("\n") + "\n"

    def _expand(self, line: str) -> Iterator[str]:
        match line.split() if line.startswith("@") else []:
            case []:
                yield line
            case ["@modules"]:
                named = {name for _, name in self._named}
                for name, module in self._modules.items():
                    if name not in named:
                        yield from self._module(module)
            case ["@module", name]:
                if name in self._modules:
                    yield from self._module(self._modules[name])
            case ["@claim", name] if name in self._modules:
                yield from self._claim(self._modules[name])
            case ["@rest", name] if name in self._modules:
                yield from self._rest(self._modules[name])
            case ["@table", name]:
                yield from self._table(name)
            case ["@figure", name] if name in figures():
                yield from self._figure(name)
            case _:
                raise ValueError(f"template.md: nothing stands for {line!r}")

    def _module(self, module: ModuleType) -> Iterator[str]:
        yield from self._claim(module)
        yield from self._rest(module)

    def _claim(self, module: ModuleType) -> Iterator[str]:
        yield from (f"## {heading(module)}", "", claim(module), "")
        lemmas = lemmas_of(module)
        if lemmas:
            parts = (("construct", lemmas), ("bounds", bounds_for(module)))
            folders = (f"`{folder}/`: {', '.join(names)}" for folder, names in parts if names)
            yield from (f"*Files.* {'; '.join(folders)}; `proofs/`: {module.__name__.rpartition('.')[2]}.", "")

    def _rest(self, module: ModuleType) -> Iterator[str]:
        tables = tables_of(module)
        for name in tables:
            smaller = name.endswith("-quick") and name.removesuffix("-quick") in tables
            if not smaller and ("@table", name) not in self._named:
                yield from self._table(name)
        for name in getattr(module, "FIGURES", {}):
            if ("@figure", name) not in self._named:
                yield from self._figure(name)

    def _table(self, name: str) -> Iterator[str]:
        if f"tables/{name}.md" not in self._present:
            smaller = f"{name}-quick"
            if f"tables/{smaller}.md" not in self._present:
                yield from (f"*The table {name} has not been made: `python -m proofs --only {name}`.*", "")
                return
            name = smaller
        text = self._present[f"tables/{name}.md"]
        caption, *body = text.rstrip("\n").split("\n")
        rows = sum(line.startswith("|") for line in body) - 2
        yield caption
        yield from body if rows <= _LONG else ["", f"{rows} rows, not shown here."]
        links = (f"[{kind}](tables/{name}.{ending})" for kind, ending in (("Markdown", "md"), ("CSV", "csv"), ("LaTeX", "tex")))
        yield from ("", f"Table {name}: {', '.join(links)}.", "")

    def _figure(self, name: str) -> Iterator[str]:
        figure = figures()[name]
        if f"figures/{name}.svg" not in self._present:
            yield from (f"*The figure {name} has not been drawn: `python -m proofs --only {figure.table}`, with matplotlib.*", "")
            return
        links = f"[SVG](figures/{name}.svg), [PDF](figures/{name}.pdf)"
        yield from (f"![{figure.caption.replace('`', '')}](figures/{name}.svg)", "", f"**{figure.caption}**", "")
        yield from (f"Figure {name}: {links}, drawn from the table {figure.table}.", "")
