"""Which theorems of the Rocq development prove the lemma of a file, or of one of its functions (docs/lemmas.md).

The proofs are of the simpler construction in the Coq files: the same lemma, not the same code.

>>> theorem_of("construct/gadgets/carry")
'`terms_sum`, `sign_carry` (`Carry.v`)'
>>> theorem_of("construct/few_bits/walk")
''
"""

from __future__ import annotations

__all__ = ["THEOREMS", "theorem_of"]

#: For a file of ``exactnet``, or a function of it: the theorems, by the Coq file that has them.
THEOREMS: dict[str, dict[str, tuple[str, ...]]] = {
    "construct/barriers/network": {"S5": ("S5_network", "S5_network_cube", "sum_of_circuits")},
    "construct/barriers/output_bits": {
        "S5": ("S5_circuits_lookahead", "S5_circuits_stacked", "S5_circuits_lookahead_cube", "S5_circuits_stacked_cube"),
        "Signs": ("signs_lookahead", "signs_stacked"),
    },
    "construct/base/builder": {"Gadgets": ("step_as_relus", "exact_sum", "conjunction"), "Steps": ("gates_as_relus",)},
    "construct/base/compose": {"Compose": ("run_app",)},
    "construct/base/inputs": {"Grid": ("bit_layer_value", "on_bits_value"), "S5": ("binary_value", "on_steps_value")},
    "construct/base/linear": {"Compose": ("ev_through", "mass_through")},
    "construct/base/scaling": {"Rational": ("scaled_run",)},
    "construct/constant_weights": {"S2": ("S2_constant_weights",)},
    "construct/functions/component": {"S6": ("S6_one_input",)},
    "construct/functions/interpolation": {"S6": ("interpolate", "squares_ok")},
    "construct/functions/radial": {"S6": ("S6_norm",)},
    "construct/functions/ramp_layer": {"S6": ("ramps_ok",)},
    "construct/gadgets/carry": {"Carry": ("terms_sum", "sign_carry")},
    "construct/gadgets/digits": {"Digits": ("A_sum", "A_range", "A_top")},
    "construct/gadgets/moduli": {"Moduli": ("enough_moduli",)},
    "construct/gadgets/noisy": {"Passage": ("noisy_gate",)},
    "construct/gadgets/outputs/clipped": {"S1Rational": ("count_clipped", "clipped_from_signs")},
    "construct/gadgets/outputs/exact": {"OutputExact": ("residue_mod", "one_output"), "S1RationalExact": ("coprime_range",)},
    "construct/gadgets/outputs/rounded": {"S1Rational": ("rounded_and_exact",)},
    "construct/gadgets/passages": {"Passage": ("first_passage", "noisy_literal")},
    "construct/gadgets/relu_layer": {"Lookahead": ("masked_layers", "relu_of_masked")},
    "construct/gadgets/sign": {"Lookahead": ("sign_gates_sum",)},
    "construct/gadgets/tolerance": {"Divisors": ("few_divisors",)},
    "construct/routes/canonical": {"Lookahead": ("one_gate",), "LookaheadLayer": ("run_par", "par_ok", "relu_block", "sign_block")},
    "construct/routes/lookahead": {
        "S1": ("S1_small_weights",),
        "S1RationalExact": ("S1_rational_lookahead",),
        "S1Rational": ("S1_clipped_lookahead",),
        "Grid": ("S1_grid_lookahead",),
        "S3": ("S3_lookahead",),
    },
    "construct/routes/stacked/joined": {"NoisyLiteral": ("literal_noise",)},
    "construct/routes/stacked/moduli": {"Stacked": ("deep_layers",)},
    "construct/routes/stacked/route": {
        "S1": ("S1_depth_plus_one",),
        "S1RationalExact": ("S1_rational_stacked",),
        "S1Rational": ("S1_clipped_stacked",),
        "Grid": ("S1_grid_stacked",),
        "S3": ("S3_stacked", "one_gate_small"),
    },
    "construct/routes/translate": {"S1Lookahead": ("hidden_layers",)},
    "certify/refusal": {"Barrier": ("magnitude", "no_small_network")},
    "kernel/judge": {"Checker": ("check_sound",)},
    "kernel/measures": {"Measures": ("measures_sound",)},
    "structural/kernel": {"Structural": ("structural_sound", "conclude_sound")},
    "structural/kernel.rule_sum": {"Rules": ("rule_sum_sound",)},
    "structural/kernel.rule_define": {"Structural": ("rule_define_sound",)},
    "structural/kernel.rule_range": {"Rules": ("rule_range_sound",)},
    "structural/kernel.rule_bound": {"Rules": ("rule_bound_sound",)},
    "structural/kernel.rule_equal": {"Rules": ("rule_equal_sound",)},
    "structural/kernel.rule_decide": {"Rules": ("rule_decide_sound",)},
    "structural/kernel.rule_cases": {"Rules": ("rule_cases_sound",)},
    "structural/kernel.rule_steps": {"Rules": ("rule_steps_sound",)},
    "structural/kernel.rule_residue": {"Rules": ("rule_residue_sound",)},
    "structural/kernel.rule_count": {"Rules": ("rule_count_sound",)},
    "claims/cells/replay": {"Cells": ("agree_sound",), "Farkas": ("lemma_F",)},
    "families/maximum": {"Maximum": ("max_of_five", "max_of_six")},
}


def theorem_of(place: str) -> str:
    """The theorems for a file or function of ``exactnet`` and where they are; empty if its lemma is not proved in Coq."""
    by_file = THEOREMS.get(place, {})
    return "; ".join(f"{', '.join(f'`{theorem}`' for theorem in theorems)} (`{file}.v`)" for file, theorems in by_file.items())
