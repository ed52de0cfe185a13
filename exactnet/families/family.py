"""What a family is: a name, options with ranges, and a function that makes an instance from them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from exactnet.kernel.domain import Domain
from exactnet.kernel.errors import ExactnetError, FormatError, clip_text
from exactnet.kernel.network import Network
from exactnet.kernel.rationals import as_rational

__all__ = ["Family", "FamilyError", "Instance", "Option", "Value"]

#: What an option is after reading.
Value = int | str | tuple[int, ...]

_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)


class FamilyError(ExactnetError):
    """Options from which no instance can be made; the message names the family and the option."""


@dataclass(frozen=True)
class Instance:
    """A network and the finite set of inputs on which it is looked at."""

    network: Network
    domain: Domain


@dataclass(frozen=True)
class Option:
    """One option of a family.

    ``type`` is ``"int"``, ``"ints"`` (a comma-separated list, at least one entry) or ``"choice"`` (one of ``choices``).
    ``minimum`` and ``maximum`` bound an integer, and each entry of a list. A default of ``None`` means required.
    """

    name: str
    type: Literal["int", "ints", "choice"]
    default: Value | None
    help: str
    minimum: int = 0
    maximum: int = 0
    choices: tuple[str, ...] = ()
    max_length: int = 16

    @property
    def required(self) -> bool:
        """Whether the option has no default."""
        return self.default is None

    def read(self, value: object) -> Value:
        """The value of the option, from Python or from the text of a command line.

        Raises :class:`FamilyError`, without the family's name, for anything out of range.

        >>> Option("widths", "ints", None, "", 1, 9).read("3,3")
        (3, 3)
        >>> Option("d", "int", None, "", 1, 9).read(10)
        Traceback (most recent call last):
        ...
        exactnet.families.family.FamilyError: --d: 10 is not from 1 to 9
        """
        if self.type == "choice":
            if not isinstance(value, str) or value not in self.choices:
                raise FamilyError(f"--{self.name}: {clip_text(value)} is not one of {', '.join(self.choices)}")
            return value
        if self.type == "int":
            return self._integer(value)
        entries: Sequence[object]
        if isinstance(value, str):
            entries = value.split(",")
        elif isinstance(value, Sequence):
            entries = value
        else:
            entries = [value]
        if not 1 <= len(entries) <= self.max_length:
            raise FamilyError(f"--{self.name}: {len(entries)} entries, from 1 to {self.max_length} are possible")
        return tuple(self._integer(entry) for entry in entries)

    def _integer(self, raw: object) -> int:
        value, number = raw.strip() if isinstance(raw, str) else raw, None
        if not isinstance(value, str) or _INTEGER.fullmatch(value):
            with suppress(FormatError):
                number = as_rational(value)
        if number is None or number.denominator != 1:
            raise FamilyError(f"--{self.name}: {clip_text(raw)} is not an integer from {self._range}")
        integer = int(number)
        if not self.minimum <= integer <= self.maximum:
            shown = str(integer) if abs(integer) < 10**18 else "this number"
            raise FamilyError(f"--{self.name}: {shown} is not from {self._range}")
        return integer

    @property
    def _range(self) -> str:
        return f"{self.minimum} to {self.maximum}"


@dataclass(frozen=True)
class Family:
    """Instances by name: ``build`` takes every option as a keyword, read and in range."""

    name: str
    summary: str
    options: tuple[Option, ...]
    build: Callable[..., Instance]

    def make(self, **value: object) -> Instance:
        """Make the instance with these options and the defaults of the others.

        Values may be integers, sequences of integers or their text (``"3,3"``). ``None`` stands for the default.

        Raises
        ------
        FamilyError
            one line, for an unknown or missing option, a value out of range, or options that do not go together.
        """
        try:
            return self.build(**self.read(value))
        except FamilyError as error:
            raise FamilyError(f"family {self.name}: {error}") from None

    def read(self, raw: Mapping[str, object]) -> dict[str, Value]:
        """Every option with its value."""
        known = {option.name: option for option in self.options}
        for name in raw:
            if name not in known:
                listed = ", ".join(f"--{option}" for option in known)
                raise FamilyError(f"unknown option {clip_text('--' + name)} (known: {listed})")
        values: dict[str, Value] = {}
        for name, option in known.items():
            value = raw.get(name)
            if value is not None:
                values[name] = option.read(value)
            elif option.default is not None:
                values[name] = option.default
            else:
                raise FamilyError(f"--{name} is required")
        return values
