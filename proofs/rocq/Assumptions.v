(** Every theorem of the table in README.md, and what it rests on: "Closed under the global context" for each. *)
From Exactnet Require Import Lookahead Moduli Divisors Passage NoisyLiteral S1 S3 Signs Checker Measures.
Print Assumptions one_gate.
Print Assumptions one_gate_small.
Print Assumptions enough_moduli.
Print Assumptions few_divisors.
Print Assumptions first_passage.
Print Assumptions noisy_literal.
Print Assumptions noisy_gate.
Print Assumptions S1_small_weights.
Print Assumptions S1_depth_plus_one.
Print Assumptions signs_lookahead.
Print Assumptions signs_stacked.
Print Assumptions S3_lookahead.
Print Assumptions S3_stacked.
Print Assumptions check_sound.
Print Assumptions measures_sound.
