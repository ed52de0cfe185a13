"""Carry lookahead over redundant digits (docs/theory.md).

With ``lo_b = A_b mod beta``, ``hi_b = floor(A_b / beta)`` and ``D_b = lo_b + hi_{b-1}`` in ``[0, 2 beta - 2]``, the
number is ``sum D_b beta^b``. A block generates a carry if ``D_b >= beta`` and propagates one if ``D_b = beta - 1``;
the carry into block ``b`` is the sum over ``b' < b`` of ``g_{b'} and p_{b'+1} and ... and p_{b-1}``, of which at most
one fires, so that the sum of these gates *is* the carry.

Two ways to make ``g`` and ``p``:

* *pairs*: exact sums over the pair ``(A_b, A_{b-1})``, one layer of gates;
* *linear*: one layer for ``hi_b``, after which ``D_b`` is linear and ``g_b``, ``p_b`` are single gates of a second
  layer. Far fewer gates, one layer more.

Gates of different blocks are never shared, even where their forms are equal: so a conjunction has no weight above 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from exactnet.construct.builder import Builder, Table, check_table
from exactnet.construct.digits import Digits
from exactnet.construct.linear import Linear, total

__all__ = ["Predicates", "block_sums", "carry_into", "linear_predicates", "multiples", "pair_form", "pair_predicates"]


@dataclass(frozen=True)
class Predicates:
    """Generate and propagate of every block below some top, as 0/1-valued forms."""

    generate: tuple[Linear, ...]
    propagate: tuple[Linear, ...]


def block_sums(high: int, below: int | None, beta: int) -> tuple[int, Table]:
    """``W`` and the table of ``D_b`` over the pair form ``F = A_b * W + A_{b-1}``, for ``F`` from 0.

    ``high`` and ``below`` are the largest values of ``A_b`` and ``A_{b-1}``; ``below`` is None at the lowest block.
    """
    if below is None:
        return 1, np.arange(high + 1) % beta
    width = below + 1
    digit, lower = np.divmod(np.arange((high + 1) * width), width)
    return width, digit % beta + lower // beta


def multiples(builder: Builder, form: Linear, beta: int, count: int, name: str) -> Linear:
    """``floor(form / beta)``, at most ``count``, for a form that is never negative: one step for every multiple."""
    places = np.arange(1, count + 1) * beta
    return builder.step_sum(form, 0, places, np.ones_like(places), (0, count), name)


def pair_form(builder: Builder, digits: Digits, block: int) -> tuple[Linear, Table]:
    """The pair form of a block and the table of ``D_b`` over its range."""
    below = digits.highs[block - 1] if block else None
    check_table((digits.highs[block] + 1) * ((below or 0) + 1), f"block {block}")
    width, sums = block_sums(digits.highs[block], below, digits.beta)
    form = digits.forms[block].scaled(width)
    if block:
        form = form + digits.forms[block - 1]
    low, high = builder.interval(form)
    return form, sums[low : high + 1]


def pair_predicates(builder: Builder, digits: Digits, name: str, blocks: int) -> Predicates:
    """Generate and propagate of the lowest ``blocks`` blocks as exact sums over pairs: one layer of gates."""
    generate: list[Linear] = []
    propagate: list[Linear] = []
    for b in range(blocks):
        form, sums = pair_form(builder, digits, b)
        for found, table, kind in ((generate, sums >= digits.beta, "g"), (propagate, sums == digits.beta - 1, "p")):
            bit = builder.exact_sum(form, table.astype(np.int64), f"{name}.{kind}{b}", f"b{b}")
            found.append(builder.own(bit, form, f"b{b}"))
    return Predicates(tuple(generate), tuple(propagate))


def linear_predicates(builder: Builder, digits: Digits, name: str) -> tuple[Predicates, Linear]:
    """Generate and propagate of all blocks from linear ``D_b`` (two layers of gates), and ``hi`` of the top block."""
    beta = digits.beta
    generate, propagate = [], []
    below = Linear()
    for b, (form, high) in enumerate(zip(digits.forms, digits.highs, strict=True)):
        hi = multiples(builder, form, beta, high // beta, f"{name}.A{b}")
        sums = form - hi.scaled(beta) + below
        sums = builder.share(sums, f"{name}.D{b}", 0, 2 * beta - 2)
        generate.append(builder.own(builder.step(sums, beta, f"{name}.D{b}", f"b{b}"), sums, f"b{b}"))
        at_least = builder.own(builder.step(sums, beta - 1, f"{name}.D{b}", f"b{b}"), sums, f"b{b}")
        propagate.append(at_least - generate[-1])
        below = hi
    return Predicates(tuple(generate), tuple(propagate)), below


def carry_into(builder: Builder, predicates: Predicates, also: Sequence[Linear], name: str, owner: str = "") -> Linear:
    """The carry out of the blocks, each term joined with the events ``also``: a sum of gates, 0 or 1.

    With an ``owner`` the gates are shared with nobody else, so that sums of several carries have no weight above 1.
    The term of block ``b`` is ``g_b and p_{b+1} and ... and also``.
    """
    # The events of a term are those of the term above it and one more: the running sum is an affine node, so that a
    # term stores two wires whatever its length.
    terms = []
    running, needed = total(also), len(also)
    for b in range(len(predicates.generate) - 1, -1, -1):
        terms.append(builder.step(predicates.generate[b] + running, needed + 1, f"{name}.T{b}", owner))
        if b:
            needed += 1
            running = builder.share(running + predicates.propagate[b], f"{name}.run{b}", 0, needed)
    return total(terms)
