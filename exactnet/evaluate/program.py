"""The intermediate program: a network on a domain as integer forms and functions of one integer.

A program is a list of *roots* and *functions*, all with values in ``0 .. size - 1``:

* a root is an integer form: one coordinate of the domain (:class:`Coordinate`), a sum of functions of
  single coordinates (:class:`Separable`), or a weighted sum of functions of other roots (:class:`Joint`);
* a function (:class:`Function`) is a piecewise linear function of one root (:mod:`.piecewise`).

An output is an affine function of one function. Everything is an integer; the denominators are known when
the program is made. ``size`` comes from interval arithmetic over these integers, so that an executor can
choose machine types that cannot overflow. Executors know nothing of networks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

__all__ = ["Coordinate", "Function", "Joint", "Output", "Program", "Root", "Separable"]

#: Kinks ``(t, d_t)`` in ascending order.
Pairs = tuple[tuple[int, int], ...]
IDENTITY: Pairs = ((0, 1),)


@dataclass(frozen=True, slots=True)
class Coordinate:
    """The root ``n_i``: the place of input ``i`` among the integers ``0 .. size - 1`` (see :mod:`.inputs`)."""

    input: int
    size: int


@dataclass(frozen=True, slots=True)
class Separable:
    """The root ``Σ_i f_i(n_i)`` over coordinates of a product domain; each column is ``(i, kinks, low)``:
    ``f_i = Σ_t d_t [n_i - t]+ - low`` with least value 0."""

    columns: tuple[tuple[int, Pairs, int], ...]
    size: int


@dataclass(frozen=True, slots=True)
class Joint:
    """The root ``base + Σ_j c_j·f_j`` over functions ``f_j`` of other roots; each term is ``(j, c_j)``."""

    terms: tuple[tuple[int, int], ...]
    base: int
    size: int


Root = Coordinate | Separable | Joint


@dataclass(frozen=True, slots=True)
class Function:
    """``Σ_t d_t·[n - t]+ - low`` of the root ``n``; least value 0, greatest ``size - 1``."""

    root: int
    kinks: Pairs
    low: int
    size: int


@dataclass(frozen=True, slots=True)
class Output:
    """``(offset + scale·f)/den`` for the function ``f``, or ``offset/den`` where ``function`` is None."""

    function: int | None
    offset: int
    scale: int
    den: int


@dataclass(frozen=True)
class Program:
    """Roots and functions by number, and what the outputs are."""

    roots: tuple[Root, ...]
    functions: tuple[Function, ...]
    outputs: tuple[Output, ...]

    @cached_property
    def needed(self) -> dict[int, tuple[int, ...]]:
        """The roots that the outputs depend on, each with the functions of it that are read."""
        read = {output.function for output in self.outputs if output.function is not None}
        roots: dict[int, set[int]] = {}
        stack = list(read)
        while stack:
            function = stack.pop()
            number = self.functions[function].root
            if number not in roots:
                roots[number] = set()
                root = self.roots[number]
                if isinstance(root, Joint):
                    terms = [term for term, _ in root.terms]
                    read.update(terms)
                    stack.extend(terms)
        for function in read:
            roots[self.functions[function].root].add(function)
        return {number: tuple(sorted(functions)) for number, functions in sorted(roots.items())}
