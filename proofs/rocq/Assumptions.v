(** Every theorem of the table in README.md, and what they rest on: "Closed under the global context", that is, nothing. *)
From Exactnet Require Import Lookahead Moduli Divisors Passage NoisyLiteral S1 S3 Signs S1Rational Grid Barrier S2 S6 Checker Measures Cells Farkas Maximum.

Definition theorems := (
  @one_gate,
  @one_gate_small,
  @enough_moduli,
  @few_divisors,
  @first_passage,
  @noisy_literal,
  @noisy_gate,
  @S1_small_weights,
  @S1_depth_plus_one,
  @signs_lookahead,
  @signs_stacked,
  @S3_lookahead,
  @S3_stacked,
  @S1_clipped_lookahead,
  @S1_clipped_stacked,
  @rounded_and_exact,
  @S1_grid_lookahead,
  @S1_grid_stacked,
  @magnitude,
  @no_small_network,
  @S2_constant_weights,
  @S6_one_input,
  @S6_norm,
  @check_sound,
  @measures_sound,
  @agree_sound,
  @lemma_F,
  @max_of_five,
  @max_of_six).
Print Assumptions theorems.
