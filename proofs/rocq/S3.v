(** One threshold gate with arbitrary integer weights is a circuit of depth 2 with polynomial weights (t + 1 for t = 1). *)
From Coq Require Import ZArith List Lia Bool.
From Exactnet Require Import Network Digits NoisyLiteral Moduli.
Import ListNotations.
Open Scope Z_scope.

Theorem one_gate_small : forall (L : form) (B : nat), mass L < 2 ^ Z.of_nat B ->
  let n := Z.of_nat (length (fst L)) in
  let M := Z.of_nat B * (n * (Z.of_nat B + 3)) + 1 in          (* moduli *)
  let q := 64 * (M + n + 3) ^ 2 in                             (* their size *)
  exists (g : layer) (F : form),
    fits (length (fst L)) [g; [F]]
    /\ wires_le (q * (n + 2) ^ 4) g /\ biases_le ((q + 1) * (n + 2) ^ 5) g /\ Forall (fun v => Z.abs v <= M + 1) (fst F)
    /\ width_le ((1 + Z.of_nat B * M) * ((q + 1) * (n + 2) ^ 5)) g
    /\ forall x, cube (length (fst L)) x -> run step [g; [F]] x = [step (ev L x)].
Proof.
  intros L B HB n M q. assert (n0 : 0 <= n) by (unfold n; lia).
  assert (M0 : 1 <= M) by (assert (0 <= Z.of_nat B * (n * (Z.of_nat B + 3))) by (repeat apply Z.mul_nonneg_nonneg; lia); unfold M; lia).
  destruct (enough_moduli (Z.to_nat M) (n + 2) ltac:(lia)) as (qs & Q1 & Q2 & Q3).
  rewrite Z2Nat.id in Q3 by lia. replace (M + (n + 2) + 1) with (M + n + 3) in Q3 by ring.
  assert (q1 : 1 <= q) by (unfold q; assert (0 < (M + n + 3) ^ 2) by (apply Z.pow_pos_nonneg; lia); lia).
  assert (EM : Z.of_nat (length qs) = M) by (rewrite Q1; lia).
  destruct (one_gate_depth_2 L B qs q HB Q2 Q3) as (g & F & A); [rewrite EM; unfold M; fold n; lia|lia|].
  exists g, F. rewrite EM in A. rewrite Z.max_r in A by lia. exact A.
Qed.
