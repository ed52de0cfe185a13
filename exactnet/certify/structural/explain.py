"""A proof in words: every line with what it adds, by the names of inputs, nodes and variables. Untrusted, and for readers alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from exactnet.structural.kernel import Form, Kernel

__all__ = ["explain", "words"]


def words(form: Form, names: Sequence[str], most: int = 10**9) -> str:
    """A form in words, up to so many terms.

    >>> words({1: 2, 2: -1, 0: 5}, ["1", "a", "b"])
    '2 a - b +5'
    """
    items = sorted(form.items(), key=lambda item: item[0] == 0)
    parts = [f"{c:+d} {names[v]}" if v else f"{c:+d}" for v, c in items[:most]]
    text = " ".join(parts).replace("+1 ", "+ ").replace("-1 ", "- ") if parts else "0"
    return text.removeprefix("+ ").removeprefix("+") + (" ..." if len(items) > most else "")


class _Speaking(Kernel):
    """A kernel that says what every line does."""

    def say(self, form: Form) -> str:
        """A form in words."""
        return words(form, self.names)

    def ref(self, ref: Any) -> str:
        """A fact in words."""
        if isinstance(ref, int):
            return f"({self.count + ref + 1})"
        kind, v = ref
        name = self.names[v]
        return {
            "=": f"the definition of {name}",
            "<": f"{name} <= {self.high.get(v)}",
            ">": f"{name} >= {self.low.get(v)}",
        }.get(kind, f"{name} >= its form")

    def told(self, line: list[Any], indent: str = "") -> Iterator[str]:
        """A line, applied and in words."""
        rule, *rest = line
        sentence = f"{indent}{rule}: {self.reason(rule, rest)}"
        if rule == "cases":
            yield f"{indent}cases: on {self.say(self.form(rest[0]))} >= 0, or else <= -1"
            yield from self._branches(rest, indent)
            return
        count, names, bounds = (
            self.count,
            len(self.names),
            {v: (self.low.get(v), self.high.get(v)) for v in range(len(self.names))},
        )
        self.apply(line)
        added = [
            f"({i + 1}) {self.say(self.facts[i][0])} {'=' if self.facts[i][1] else '>='} 0"
            for i in range(count, self.count)
        ]
        added += [
            f"{self.names[v]} in [{self.low.get(v)}, {self.high.get(v)}]"
            for v, b in bounds.items()
            if b != (self.low.get(v), self.high.get(v))
        ]
        new = [f"{self.names[v]}" for v in range(names, len(self.names))]
        yield sentence + "".join(f"; {name} is new" for name in new) + "".join(f"\n{indent}    {text}" for text in added)

    def _branches(self, rest: list[Any], indent: str) -> Iterator[str]:
        on = self.form(rest[0])
        ends = []
        for assumed, lines in ((on, rest[1]), ({**{v: -c for v, c in on.items()}, 0: -on.get(0, 0) - 1}, rest[2])):
            mark = self.open_case({v: c for v, c in assumed.items() if c})
            yield f"{indent}  suppose ({self.count}) {self.say(self.facts[mark][0])} >= 0"
            for line in lines:
                yield from self.told(line, indent + "    ")
            ends.append(self.close_case(mark))
        self.add_fact(*self.common(*ends))
        form, equal = self.facts[self.count - 1]
        yield f"{indent}  both: ({self.count}) {self.say(form)} {'=' if equal else '>='} 0"

    def reason(self, rule: str, rest: list[Any]) -> str:
        """What a line rests on."""
        if rule in ("sum", "bound"):
            parts = [f"{times} * {self.ref(ref)}" for ref, times in zip(rest[0][::2], rest[0][1::2], strict=True)]
            return (" + ".join(parts) or "nothing, 0 = 0") + (f", divided by {rest[1]}" if len(rest) > 1 else "")
        if rule == "define":
            return f"{rest[0]} of {self.say(self.form(rest[1]))}" + (f" by {rest[2]}" if len(rest) > 2 else "")
        if rule == "steps":
            width = rest[2] if len(rest) > 2 else None
            ends = "".join(f", {self.ref(end)}" for end in rest[3:] if end is not None)
            return f"{self.say(self.form(rest[1]))} as a function of {self.names[rest[0]]}, at most {width}{ends}"
        if rule == "decide":
            return f"{self.names[rest[0]]} by {self.ref(rest[1])}"
        if rule == "equal":
            return f"{self.ref(rest[0])} and {self.ref(rest[1])}"
        return " ".join(str(self.names[rest[0]]) if rule == "range" else str(x) for x in rest[:1])


def explain(
    original: bytes, constructed: bytes, domain: dict[str, Any], statement: dict[str, Any], lines: list[Any]
) -> Iterator[str]:
    """The lines of a proof in words; facts are numbered from 1."""
    kernel = _Speaking(json.loads(original), json.loads(constructed), domain, statement)
    for line in lines:
        yield from kernel.told(json.loads(json.dumps(line)))
