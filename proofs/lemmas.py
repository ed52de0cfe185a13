"""Which files of ``exactnet/construct`` a statement rests on, and where their bounds are: read off the sources.

A file counts if the statement's module names it in ``LEMMAS`` or imports it, or if a file that counts imports it. Its
bounds are in the file of ``exactnet/theory`` that has its name or names it in the docstring; where there is none, in those
of the files that use it, else of the files that it uses.

>>> "gadgets/windows" in construct_files(), bounds_of("gadgets/windows"), bounds_of("routes/compact")
(True, ['residue'], ['compact'])
>>> first_sentence("construct", "gadgets/outputs/exact")
'The output of the exact form: one layer of gates and a linear layer'
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import ModuleType

__all__ = ["bounds_for", "bounds_of", "construct_files", "first_sentence", "imports", "lemmas_of", "proved_in_place", "users"]


@cache
def _source(package: str, name: str) -> str:
    return files(package).joinpath(f"{name}.py").read_text(encoding="utf-8")


@cache
def _names(package: str) -> tuple[str, ...]:
    """The files of a package and of the packages in it, each as a path without its ending."""

    def below(folder: Traversable, prefix: str) -> Iterator[str]:
        for entry in folder.iterdir():
            if entry.name.endswith(".py") and not entry.name.startswith("_"):
                yield prefix + entry.name.removesuffix(".py")
            elif entry.is_dir() and not entry.name.startswith("_"):
                yield from below(entry, f"{prefix}{entry.name}/")

    return tuple(sorted(below(files(package), "")))


def construct_files() -> tuple[str, ...]:
    """The files in ``exactnet/construct``, each as a path without its ending."""
    return _names("exactnet.construct")


@cache
def _docstring(folder: str, name: str, function: str = "") -> str:
    tree = ast.parse(_source(f"exactnet.{folder}", name))
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == function)
    return ast.get_docstring(next(nodes) if function else tree) or ""


def first_sentence(folder: str, name: str, function: str = "") -> str:
    """What a file of ``exactnet/FOLDER``, or a function of it, says that it is, without references to the docs.

    >>> first_sentence("structural", "kernel", "rule_equal")
    '`F = 0` from `F >= 0` and `-F >= 0`'
    """
    text = " ".join(_docstring(folder, name, function).split("\n\n")[0].split())
    text = re.split(r"(?<=[.?]) (?=[A-Z`*])", text)[0]
    text = re.sub(r":\w+:`~?\.?([^`]*)`", r"`\1`", re.sub(r" \((docs/[\w-]+\.md(, )?)+\)", "", text))
    return text.rstrip(".:").replace("``", "`")


@cache
def imports(source: str) -> frozenset[str]:
    """The files of ``exactnet/construct`` that a source imports.

    >>> sorted(imports("from exactnet.construct.routes import compact\\nfrom exactnet.construct.gadgets.sign import x"))
    ['gadgets/sign', 'routes/compact']
    """
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    prefix = "exactnet.construct."
    below = {name.removeprefix(prefix).replace(".", "/") for name in names if name.startswith(prefix)}
    return frozenset(below & {*construct_files()})


@cache
def _below(name: str) -> frozenset[str]:
    return imports(_source("exactnet.construct", name))


def _closed(names: Collection[str]) -> list[str]:
    """The files, and all that they import, directly or not."""
    closed: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name not in closed:
            closed.add(name)
            left.extend(_below(name))
    return sorted(closed)


@cache
def users(name: str) -> tuple[str, ...]:
    """The files of ``exactnet/construct`` that use a file of it, directly or not; itself not counted."""
    return tuple(other for other in construct_files() if other != name and name in _closed([other]))


def bounds_of(name: str) -> list[str]:
    """The files of ``exactnet/theory`` that bound what a file of ``exactnet/construct`` makes."""
    for group in ([name], users(name), _closed([name])):
        bounds = {bound for file in group for bound in _own_bounds(file)}
        if bounds:
            return sorted(bounds)
    return []


def proved_in_place(name: str) -> bool:
    """Whether a file of ``exactnet/construct``, or one that it uses, states its lemma with the bound in its docstring."""
    return any("**Lemma" in _docstring("construct", file) for file in _closed([name]))


@cache
def _own_bounds(name: str) -> list[str]:
    return [bound for bound in _names("exactnet.theory") if bound in set(name.split("/")) - {"routes"} or _speaks_of(bound, name)]


def _speaks_of(bound: str, name: str) -> bool:
    return re.search(rf"\bconstruct[./]{name.replace('/', '[./]')}\b", _docstring("theory", bound)) is not None


def _named(module: ModuleType) -> set[str]:
    """The files of ``exactnet/construct`` that a module of proofs names or imports itself."""
    named: Iterator[str] = iter(getattr(module, "LEMMAS", ()))
    return {*named, *imports(_source(__package__, module.__name__.rpartition(".")[2]))}


def lemmas_of(module: ModuleType) -> list[str]:
    """The files of ``exactnet/construct`` that a module of proofs rests on."""
    return _closed(_named(module))


def bounds_for(module: ModuleType) -> list[str]:
    """The files of ``exactnet/theory`` with the bounds that a module of proofs shows: those of the files that it names, not of
    what these are made of, and those in its ``BOUNDS``.

    >>> from proofs import s7_few_bits, classical
    >>> bounds_for(s7_few_bits), bounds_for(classical)
    (['few_bits', 'layers'], ['classical'])
    """
    named: Iterator[str] = iter(getattr(module, "BOUNDS", ()))
    return sorted({*named, *(bound for name in _named(module) for bound in bounds_of(name))})
