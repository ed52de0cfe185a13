"""Which modules of proofs there are, in the paper's order, and what each of them offers.

A module of proofs is about one statement. Its docstring begins with the claim, names the source, and says what is checked
on which instances. It has

* ``QUICK``, ``FULL``: tables by name, each with a function that makes it; those of ``QUICK`` take seconds, those of
  ``FULL`` minutes at most. A function raises :class:`AssertionError`, with the row in its message, for a row that is
  not certified. Names are those of files, such as ``s5-barriers``; a smaller edition of it in ``QUICK`` is ``s5-barriers-quick``;
* ``FIGURES`` (optional): figures by name, each drawn from one of these tables (:mod:`proofs.figure`);
* ``LEMMAS`` (optional): the files of ``exactnet/construct`` that the statement rests on, where the module does not import them;
* ``BOUNDS`` (optional): files of ``exactnet/bounds`` that it shows besides those of these files;
* ``NEEDS`` (optional): tables by name, each with the libraries that it cannot be made without;
* ``LONG`` (optional): names of tables that take minutes, which are begun first.

>>> [module.__name__ for module in modules()][:1]
['proofs.s1_small_weights']
>>> "s1-quick" in makers(quick=True), "s1" in makers(quick=True), "s1" in makers(quick=False)
(True, False, True)
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

from .figure import Figure
from .table import Table

__all__ = ["ORDER", "Maker", "figures", "long_ones", "makers", "modules", "needs", "tables_of"]

Maker = Callable[[], Table]

#: The order of reading. A module that is not named here comes last.
ORDER = (
    "s1_small_weights",
    "s2_constant_weights",
    "s3_circuits",
    "frontier",
    "depth",
    "s4_continuous",
    "s5_barriers",
    "s6_radial",
    "s7_few_bits",
    "rounding",
    "machine_checked",
    "memorize",
    "radial",
    "entropy",
    "euaf",
    "infinite_depth",
    "growth",
    "structural",
    "classical",
    "maximum",
    "rank",
    "natural_weights",
)


def modules() -> list[ModuleType]:
    """Every module of proofs that makes tables, in the order of reading."""
    names = [loaded.name for loaded in pkgutil.iter_modules([str(Path(__file__).parent)]) if not loaded.name.startswith("_")]
    names.sort(key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
    loaded = [import_module(f"{__package__}.{name}") for name in names]
    return [module for module in loaded if hasattr(module, "QUICK") or hasattr(module, "FULL")]


def tables_of(module: ModuleType) -> dict[str, Maker]:
    """The function that makes each table of a module, the quick ones first."""
    return {**getattr(module, "QUICK", {}), **getattr(module, "FULL", {})}


def makers(quick: bool) -> dict[str, Maker]:
    """The function that makes each table: the quick set alone, or all.

    Raises :class:`ValueError` if two tables have one name.
    """
    makers: dict[str, Maker] = {}
    for module in modules():
        for name, maker in (getattr(module, "QUICK", {}) if quick else tables_of(module)).items():
            if name in makers:
                raise ValueError(f"{module.__name__}: another module has a table {name}")
            makers[name] = maker
    return makers


def needs() -> dict[str, tuple[str, ...]]:
    """The libraries that tables cannot be made without, by the table's name.

    >>> needs()["s7"]
    ('highspy', 'flint')
    """
    return {name: libraries for module in modules() for name, libraries in getattr(module, "NEEDS", {}).items()}


def long_ones() -> frozenset[str]:
    """The tables that take longest.

    >>> "frontier" in long_ones(), "s1-quick" in long_ones()
    (True, False)
    """
    return frozenset(name for module in modules() for name in getattr(module, "LONG", ()))


def figures() -> dict[str, Figure]:
    """Every figure by its name.

    >>> figures()["s1-weights"].table
    's1'
    """
    figures: dict[str, Figure] = {}
    for module in modules():
        figures.update(getattr(module, "FIGURES", {}))
    return figures
