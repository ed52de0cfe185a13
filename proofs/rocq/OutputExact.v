(** The output, exact form: one layer of gates and a linear layer.  In words: a form with |V| <= R is (V mod 2R+1), and that is an
    exact sum over one form with coefficients below 2R+1; so is any z with |z| <= R to which V is congruent.  docs/theory.md, "Output,
    exact form". *)
From Coq Require Import ZArith List Lia Bool.
From Exactnet Require Import Network Sums Gadgets Digits Compose LookaheadLayer.
Import ListNotations.
Open Scope Z_scope.

Section Output.
Variable n : nat.
Variable R : Z.
Hypothesis R1 : 1 <= R.
Definition q : Z := 2 * R + 1.
Definition residue (V : form) : form := (map (fun c => c mod q) (fst V), (snd V + R) mod q).
Definition reach : nat := Z.to_nat ((Z.of_nat n + 1) * (q - 1)).
Definition back (t : Z) : Z := t mod q - R.

(** V stands for z: |z| <= R, and V is congruent to z. *)
Definition stands (v z : Z) : Prop := Z.abs z <= R /\ v mod q = z mod q.

Lemma residue_mod V y : (ev (residue V) y) mod q = (ev V y + R) mod q.
Proof.
  assert (q0 : q <> 0) by (unfold q; lia). unfold ev, residue. cbn [fst snd].
  assert (E : forall w z, (dot (map (fun c => c mod q) w) z) mod q = (dot w z) mod q).
  { induction w as [|c w IH]; intros [|v z]; cbn [map dot]; auto.
    rewrite Z.add_mod, IH, <- Z.add_mod by easy. rewrite Z.add_mod, Z.mul_mod, Z.mod_mod, <- Z.mul_mod, <- Z.add_mod by easy. easy. }
  rewrite Z.add_mod, E, Z.mod_mod, <- Z.add_mod by easy. f_equal. lia.
Qed.

Lemma residue_range V y : length (fst V) = n -> Forall bit y -> 0 <= ev (residue V) y <= Z.of_nat reach.
Proof.
  intros HV Hy. assert (q0 : 0 < q) by (unfold q; lia). unfold reach. rewrite Z2Nat.id by nia.
  unfold ev, residue. cbn [fst snd].
  pose proof (dot_bits_range (map (fun c => c mod q) (fst V)) y (q - 1)) as D. rewrite map_length, HV in D.
  pose proof (Z.mod_pos_bound (snd V + R) q q0).
  enough (0 <= dot (map (fun c => c mod q) (fst V)) y <= Z.of_nat n * (q - 1)) by lia.
  apply D; [|easy|lia]. apply Forall_map, Forall_forall. intros c _. pose proof (Z.mod_pos_bound c q q0). lia.
Qed.

Lemma one_output (V : form) : length (fst V) = n ->
  exists ls F, length ls = 1%nat /\ fits n (ls ++ [[F]]) /\ within (Bound q (Z.of_nat reach) (Z.of_nat reach)) ls
  /\ wires_le q [F] /\ biases_le q [F]
  /\ forall y z, cube n y -> stands (ev V y) z -> ev F (run step ls y) = z.
Proof.
  intros HV. exists [thermo (residue V) reach], (jumps back reach, back 0).
  assert (q0 : 0 < q) by (unfold q; lia).
  assert (Hc : 0 <= (snd V + R) mod q <= Z.of_nat reach).
  { pose proof (Z.mod_pos_bound (snd V + R) q q0). unfold reach. rewrite Z2Nat.id by nia. nia. }
  split; [easy|]. split; [|split; [|split; [|split]]].
  - cbn [app fits]. repeat split.
    + unfold wide, thermo. apply Forall_map, Forall_forall. intros t _. cbn [fst residue]. now rewrite map_length.
    + constructor; [|constructor]. cbn [fst]. now rewrite jumps_length, thermo_length.
  - split; (constructor; [|constructor]); cbn [bw bb bs].
    + split; unfold thermo; apply Forall_map, Forall_forall; intros t Ht; apply in_seq in Ht; cbn [fst snd residue].
      * apply Forall_map, Forall_forall. intros c _. pose proof (Z.mod_pos_bound c q q0). lia.
      * lia.
    + unfold width_le. rewrite thermo_length. lia.
  - constructor; [|constructor]. cbn [fst]. unfold jumps. apply Forall_map, Forall_forall. intros t _. unfold back.
    pose proof (Z.mod_pos_bound (Z.of_nat t) q q0). pose proof (Z.mod_pos_bound (Z.of_nat t - 1) q q0). lia.
  - constructor; [|constructor]. cbn [snd]. unfold back. rewrite Z.mod_0_l by lia. unfold q. lia.
  - intros y z [Hy1 Hy2] [HR HV']. cbn [run]. unfold ev at 1. cbn [fst snd].
    rewrite exact_sum by (now apply residue_range). unfold back. rewrite residue_mod.
    rewrite Z.add_mod, HV', <- Z.add_mod, Z.mod_small by (unfold q; lia). lia.
Qed.

Lemma outputs (Vs : list form) : wide n Vs ->
  exists ls Fs, length ls = 1%nat /\ fits n (ls ++ [Fs])
  /\ within (Bound q (Z.of_nat reach) (Z.of_nat (length Vs) * Z.of_nat reach)) ls
  /\ wires_le q Fs /\ biases_le q Fs /\ length Fs = length Vs
  /\ forall y zs, cube n y -> Forall2 stands (map (fun V => ev V y) Vs) zs -> map (fun F => ev F (run step ls y)) Fs = zs.
Proof.
  assert (q0 : 0 <= q) by (unfold q; lia).
  induction 1 as [|V Vs HV _ IH].
  - exists [[]], []. cbn. repeat split; repeat constructor; cbn; try easy; try constructor; try (unfold width_le; cbn; lia).
    intros y zs _ H. now inversion H.
  - destruct IH as (ls2 & Fs2 & A2 & B2 & C2 & D2 & E2 & L2 & G2).
    destruct (one_output V HV) as (ls1 & F1 & A1 & B1 & C1 & D1 & E1 & G1).
    destruct (par_ok n q (Z.of_nat reach) (Z.of_nat reach) (Z.of_nat (length Vs) * Z.of_nat reach) ls1 ls2 [F1] Fs2) as (P1 & P2 & P3 & P4 & P5); auto.
    + congruence.
    + destruct ls1; easy.
    + eexists _, _. split; [|split; [apply P1|split; [|split; [|split; [|split]]]]].
      * now rewrite P3.
      * eapply within_mono; [| | |apply P2]; cbn [length]; lia.
      * apply beside_wires; auto.
      * apply beside_biases; auto.
      * rewrite beside_length, L2. easy.
      * intros y zs Hy HR. cbn [map] in HR. inversion HR as [|? z ? zs' HR1 HR2]. subst. pose proof Hy as [Hl Hx].
        rewrite P5 by easy. cbn [map app]. f_equal; [now apply G1|now apply G2].
Qed.
Lemma stands_itself v : Z.abs v <= R -> stands v v.
Proof. now split. Qed.
End Output.
