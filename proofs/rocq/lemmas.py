"""Which theorem of the Rocq development proves the lemma of a file of ``exactnet/construct`` (docs/lemmas.md).

The proofs are of the simpler construction in the Coq files: the same lemma, not the same code.

>>> theorem_of("gadgets/carry")
'`terms_sum`, `sign_carry` (`Carry.v`)'
>>> theorem_of("few_bits/walk")
''
"""

from __future__ import annotations

__all__ = ["THEOREMS", "theorem_of"]

#: For a file of ``exactnet/construct``, by its last name or by all of it: theorems and the Coq file that has them.
THEOREMS: dict[str, tuple[tuple[str, ...], str]] = {
    "barriers/network": (("S5_network", "sum_of_circuits"), "S5"),
    "barriers/output_bits": (("S5_circuits_lookahead", "S5_circuits_stacked"), "S5"),
    "base/builder": (("step_as_relus", "exact_sum", "conjunction"), "Gadgets"),
    "base/inputs": (("bit_layer_value", "on_bits_value"), "Grid"),
    "base/scaling": (("scaled_run",), "Rational"),
    "constant_weights": (("S2_constant_weights",), "S2"),
    "functions/component": (("S6_one_input",), "S6"),
    "functions/radial": (("S6_norm",), "S6"),
    "functions/interpolation": (("interpolate", "squares_ok"), "S6"),
    "gadgets/carry": (("terms_sum", "sign_carry"), "Carry"),
    "gadgets/digits": (("A_sum", "A_range", "A_top"), "Digits"),
    "gadgets/moduli": (("enough_moduli",), "Moduli"),
    "gadgets/noisy": (("noisy_gate",), "Passage"),
    "gadgets/outputs/clipped": (("count_clipped", "clipped_from_signs"), "S1Rational"),
    "gadgets/outputs/exact": (("residue_mod", "one_output"), "OutputExact"),
    "gadgets/outputs/rounded": (("rounded_and_exact",), "S1Rational"),
    "gadgets/passages": (("first_passage", "noisy_literal"), "Passage"),
    "gadgets/sign": (("sign_gates_sum",), "Lookahead"),
    "gadgets/tolerance": (("few_divisors",), "Divisors"),
    "routes/lookahead": (("S1_small_weights",), "S1"),
    "routes/stacked/joined": (("literal_noise",), "NoisyLiteral"),
    "routes/stacked/moduli": (("deep_layers",), "Stacked"),
    "routes/stacked/route": (("S1_depth_plus_one",), "S1"),
}


def theorem_of(name: str) -> str:
    """The theorems for a file of ``exactnet/construct`` and where they are; empty if its lemma is not proved in Coq."""
    theorems, file = THEOREMS.get(name, ((), ""))
    return f"{', '.join(f'`{theorem}`' for theorem in theorems)} (`{file}.v`)" if theorems else ""
