"""Finished parts of a search in a file, so that a search that was ended goes on where it was.

One line of JSON for each part, after its SHA-256, appended when the part is done. Nothing of it is believed: the proof that is put
together is verified as ever, and a line that is not whole, or is of another search, is passed over.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from exactnet.claims.cells.forms import Vector
from exactnet.kernel.errors import FormatError

__all__ = ["LemmaKey", "Part", "State"]

FORMAT = "exactnet-search/1"

#: A lemma with packed forms: conclusion, den, premises with factors.
LemmaKey = tuple[int, int, tuple[tuple[int, int], ...]]


@dataclass
class Part:
    """What a search has found below one cell; ``share`` is about the part of all cells that it is (for progress alone)."""

    steps: list[int]
    lemmas: dict[LemmaKey, int]
    leaves: int = 0
    share: float = 0.0
    outputs: dict[tuple[int, ...], Vector] = field(default_factory=dict)
    witnesses: list[Vector] = field(default_factory=list)


class State:
    """The parts of searches in one file.

    Raises
    ------
    FormatError
        The file is there and no such file, or cannot be read or written.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._parts: dict[tuple[str, int], Part] = {}
        try:
            with open(path, "a+", encoding="ascii") as file:
                file.seek(0)
                lines = file.read().split("\n")
                if lines == [""]:
                    file.write(FORMAT + "\n")
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise FormatError(f"{path}: cannot keep the state of a search: {reason}") from None
        if lines[0] not in ("", FORMAT):
            raise FormatError(f"{path}: is not the state of a search (--resume makes such a file)")
        for line in lines[1:]:
            digest, _, text = line.partition(" ")
            if digest == sha256(text.encode()).hexdigest():  # else cut short when a search was ended, or changed
                read = json.loads(text)
                self._parts[read["search"], read["part"]] = _part(read)

    def known(self, search: str, count: int) -> dict[int, Part]:
        """The parts of a search that are done, of so many."""
        return {part: kept for (name, part), kept in self._parts.items() if name == search and 0 <= part < count}

    def keep(self, search: str, number: int, part: Part) -> None:
        """Add a part, for good."""
        if (search, number) in self._parts:
            return
        lemmas = [[form, den, *(number for pair in premises for number in pair)] for form, den, premises in part.lemmas]
        line = json.dumps(
            {
                "search": search,
                "part": number,
                "leaves": part.leaves,
                "share": part.share,
                "steps": part.steps,
                "lemmas": list(map(_text, lemmas)),
                "outputs": [[_text(values), _text(point)] for values, point in part.outputs.items()],
                "witnesses": list(map(_text, part.witnesses)),
            }
        )
        with open(self.path, "a", encoding="ascii") as file:
            file.write(f"\n{sha256(line.encode()).hexdigest()} {line}")  # after what may have been cut short
            file.flush()
            os.fsync(file.fileno())

    @staticmethod
    def name_of(*what: object) -> str:
        """A name for a search of this."""
        return sha256(repr(what).encode()).hexdigest()


def _part(read: Mapping[str, Any]) -> Part:
    lemmas: dict[LemmaKey, int] = {}
    for form, den, *rest in map(_numbers, read["lemmas"]):
        lemmas[form, den, tuple(zip(rest[::2], rest[1::2], strict=True))] = len(lemmas) + 1
    outputs = {_numbers(values): _numbers(point) for values, point in read["outputs"]}
    return Part(read["steps"], lemmas, read["leaves"], read["share"], outputs, list(map(_numbers, read["witnesses"])))


def _text(numbers: Iterable[int]) -> str:
    return " ".join(f"{number:x}" for number in numbers)  # decimals of many digits take long, and are refused


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number, 16) for number in text.split())
