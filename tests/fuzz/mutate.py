"""Changes of files: of their bytes, of their JSON, of words in a text; and of options."""

from __future__ import annotations

import json
import random
import re
from typing import Any

NUMBERS = (
    "0", "1", "-1", "2", "3", "1/2", "-1/3", "7/1000000007", "1e3", "1e-3", "1e9999", "-1e-9999", "0.1", "1/0", "0/1", "007",
    "127", "128", "255", "256", "65535", "65536", str(2**31), str(2**32 - 1), str(2**53 + 1), str(2**63), str(-(2**63) - 1),
    str(2**64), "9" * 30, "9" * 600, "9" * 5000, "9" * 20001, "1/" + "9" * 300, "+1", "1_000", "0x10", "nan", "inf", " 1", "1 ",
    "", "x", "é", "\u0661", "1/2/3", "--1",
)  # fmt: skip
TEXTS = (
    "", " ", "x1", "y", "é", "\0", "\ud800", "\U0001f600", "a\nb", "a" * 300, "a" * 100_000, "../x", "/dev/zero", "-", "()", "Σ",
    "x" * 5000, "\u202e", "d + 1", "9**9**9", "bits(d)", "(" * 300, "1/0", "Max()", "S1 exact", "S3", "S7", "cube", "grid",
)  # fmt: skip
VALUES: tuple[object, ...] = (
    None, True, False, 0, 1, -1, 2, 10**6, 2**31, 2**63, 2**64, -(2**63), 10**30, 10**600, 0.5, 1e308, float("nan"), float("inf"),
    [], {}, [[]], [None], {"": None}, {"x1": "1"}, ["x1", "x1"],
)  # fmt: skip


def change(rng: random.Random, data: bytes, name: str) -> bytes:
    """A file with one change or a few."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        if name.endswith(".json") and rng.random() < 0.85:
            data = change_json(rng, data)
        elif rng.random() < 0.7:
            data = change_words(rng, data)
        else:
            data = change_bytes(rng, data)
    return data


def change_bytes(rng: random.Random, data: bytes) -> bytes:
    """Bytes changed, left out, doubled, or put in."""
    at = rng.randrange(len(data) + 1)
    end = min(len(data), at + rng.choice((1, 1, 2, 8, 64, 4096)))
    match rng.randrange(6):
        case 0:
            return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
        case 1:
            return data[:at] + data[end:]
        case 2:
            return data[:end] + data[at:]
        case 3:
            return data[:at]
        case 4:
            return data[:at] + rng.choice((b"\xff", b"\0", b"\xef\xbb\xbf", b"[" * 5000, b'{"a":' * 2000, b"NaN")) + data[at:]
    return data[:at] + rng.randbytes(rng.choice((1, 4, 64))) + data[at:]


def change_words(rng: random.Random, data: bytes) -> bytes:
    """Words of a text changed, doubled, left out; lines too."""
    parts = re.split(rb"([\s,]+)", data)
    at = rng.randrange(len(parts))
    match rng.randrange(6):
        case 0 | 1:
            parts[at] = rng.choice(NUMBERS).encode()
        case 2:
            parts[at] = rng.choice(TEXTS).encode("utf-8", "surrogatepass")
        case 3:
            parts[at : at + rng.choice((1, 2, 4))] = []
        case 4:
            parts[at:at] = parts[at : at + rng.choice((2, 4))] * rng.choice((1, 2, 500))
        case 5:
            other = rng.randrange(len(parts))
            parts[at], parts[other] = parts[other], parts[at]
    return b"".join(parts)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a JSON value: the object or list, and the key in it."""
    found, rest = [], [value]
    while rest:
        holder = rest.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder)) if isinstance(holder, list) else ()
        for key in keys:
            found.append((holder, key))
            rest.append(holder[key])
    return found


def change_json(rng: random.Random, data: bytes) -> bytes:
    """One place of a JSON document changed, left out, renamed, doubled, or nested."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return change_bytes(rng, data)
    known = places(document)
    if not known:
        return change_bytes(rng, data)
    holder, key = rng.choice(known)
    old = holder[key]
    match rng.randrange(12):
        case 0 | 1:
            del holder[key]
        case 2:
            holder[key] = rng.choice(VALUES)
        case 3 | 4:
            holder[key] = rng.choice(NUMBERS)
        case 5:
            holder[key] = rng.choice(TEXTS)
        case 6 if isinstance(holder, dict):
            holder[rng.choice((*TEXTS, *holder))] = holder.pop(key)
        case 6:
            holder[key:key] = [old] * rng.choice((1, 2, 500))
        case 7:
            other, place = rng.choice(known)
            holder[key] = json.loads(json.dumps(other[place]))
        case 8 if isinstance(holder, dict):  # the key once more
            marker = "doubled key"
            holder[marker] = rng.choice((old, None, "1"))
            return write(document).replace(json.dumps(marker).encode(), json.dumps(key).encode(), 1)
        case 8:
            rng.shuffle(holder)
        case 9:
            for _ in range(rng.choice((1, 2, 2000))):
                old = rng.choice(([old], {"a": old}))
            try:
                holder[key] = old
                return write(document)
            except RecursionError:
                return b"[" * 3000 + data
        case 10 if isinstance(old, int):
            holder[key] = rng.choice((old + 1, old - 1, -old, old * 2**32, str(old), float(old) if old < 2**53 else 0.5))
        case 10 | 11 if isinstance(old, str) and re.fullmatch(r"-?\d+(/\d+)?", old):
            holder[key] = rng.choice((f"{old}0", f"-{old}", f"{old}/3", f"{old}e2", f"0{old}", int(old.split("/")[0][:4000])))
        case _:
            if isinstance(holder, dict):
                holder[rng.choice(TEXTS)] = rng.choice(VALUES)
            else:
                holder.append(rng.choice((*VALUES, *NUMBERS)))
    return write(document)


def write(document: object) -> bytes:
    """As JSON, be it none, in one of the two ways that Python writes text."""
    text = json.dumps(document, indent=1)
    return text.encode("utf-8", "surrogatepass")


#: Options that may be added to a command or changed in it, and values beside :data:`NUMBERS`.
OPTIONS: dict[str, tuple[str, ...]] = {
    "--domain": ("cube", "grid:1", "grid:2", "grid:0", "grid:-1", "grid:1000000", "grid:" + "9" * 30, "domain.json", "list.json"),
    "--route": ("lookahead", "residue", "compact", "stacked", "auto", "component", "radial", "x"),
    "--minimise": ("depth", "gates", "wires", "weight"),
    "--moduli": ("proven", "searched", "2,3", "5", "2,2", "1", "0", "-3", "97,101,103", "4294967296", "x"),
    "--precision": ("1/2", "1/3", "1/100", "1/1000000", "1", "2/3", "1/" + "9" * 30),
    "--range": ("1", "2", "9", "1000000", str(2**62), str(2**63), "9" * 30, "9" * 300),
    "--weight-bound": ("1", "4*(d+2)^4", "2^10000", "d^(k", "1/0", "max(d,k,m,B,R,r,p,s)", "(" * 60 + "d", "-d", "1/(d-d)"),
    "--epsilon": ("1/10", "1/1000", "5"),
    "--solver": ("highs", "walk", "round"),
    "--delta": ("1/10", "1/2", "1/1000", "5"),
    "--density": ("1/2", "1", "100"),
    "--growth": ("m=d", "B=d^2", "R=d", "x=1", "m", "B=2^d", "m=d^d"),
    "--form": ("exact", "rounded", "clipped", "circuit", "levels"),
    "--interval": ("0,1", "-1,1", "1,0", "0,0", "1"),
    "--from": ("0,0", "1", "1,2,3"),
    "--to": ("1,1", "0,0"),
    "--bit": ("0", "1", "99"),
    "--p": ("1", "2"),
    "--depth": ("1", "2", "3"),
    "--d": ("1", "2", "4"),
    "--n": ("2", "3"),
    "--bits": ("1", "3"),
    "--max-gates": ("0", "1", "2"),
    "--max-inputs": ("1", "4", "2^16", "2^999", "10^30"),
    "--max-file": ("1", "100", "1KiB", "2^70GiB", "x"),
    "--max-memory": ("1", "1KiB", "100MiB", "x"),
    "--clip": (), "--constant-weights": (), "--count": (), "--nodes": (), "--json": (), "--quiet": (), "--expand": (),
    "--exact": (), "--no-exact": (), "--grid": (), "--help": (), "--nonsense": (),
}  # fmt: skip


def change_arguments(rng: random.Random, arguments: list[str], known: set[str]) -> list[str]:
    """Arguments with an option more or less, or with another value; ``known`` are those of the command."""
    arguments = list(arguments)
    match rng.randrange(4):
        case 0 if len(arguments) > 1:
            at = rng.randrange(1, len(arguments))
            arguments[at] = rng.choice((*NUMBERS, *TEXTS)).replace("\0", "")
        case 1 if len(arguments) > 1:
            del arguments[rng.randrange(1, len(arguments))]
        case _:
            usual = [name for name in OPTIONS if name in known]
            option = rng.choice(usual if usual and rng.random() < 0.95 else list(OPTIONS))
            values = OPTIONS[option]
            extra = [] if not values else [rng.choice(values if rng.random() < 0.75 else NUMBERS)]
            arguments[1:1] = [option, *extra]
    return arguments
