(** Carry lookahead over redundant digits.  In words: the carry into a block is the sum of the terms "some block below generates
    and all between propagate", of which at most one fires; the sign is the top digit plus that sum.
    docs/theory.md, "Sign by carry lookahead". *)
From Coq Require Import ZArith List Lia Bool.
From Exactnet Require Import Network Sums Gadgets Digits.
Import ListNotations.
Open Scope Z_scope.

Section Carry.
Variable beta : Z.
Hypothesis beta2 : 2 <= beta.
Variable D : nat -> Z.
Variable tau : nat.
Hypothesis D_range : forall b, (b < tau)%nat -> 0 <= D b <= 2 * beta - 2.
Notation place := (place beta).

Fixpoint carry (b : nat) : Z :=
  match b with O => 0 | S b' => ind (beta <=? D b' + carry b') end.

(** Block b' generates, and the blocks after it up to b propagate. *)
Definition term (b' j : nat) : bool :=
  if (j <? b')%nat then true else if (j =? b')%nat then beta <=? D j else D j =? beta - 1.

Lemma carry_bit b : bit (carry b).
Proof. destruct b; [now left|apply ind_bit]. Qed.

Lemma terms_sum b : (b <= tau)%nat -> sum b (fun b' => ind (forallb (term b') (seq 0 b))) = carry b.
Proof.
  induction b as [|b IH]; intros Hb; [easy|]. specialize (IH ltac:(lia)).
  cbn [sum carry].
  assert (E1 : forallb (term b) (seq 0 (S b)) = (beta <=? D b)).
  { rewrite seq_S, forallb_app. cbn [forallb plus]. rewrite andb_true_r.
    replace (forallb (term b) (seq 0 b)) with true.
    - unfold term. rewrite (proj2 (Nat.ltb_ge b b)), Nat.eqb_refl by lia. easy.
    - symmetry. apply forallb_forall. intros j Hj. apply in_seq in Hj. unfold term.
      rewrite (proj2 (Nat.ltb_lt j b)) by lia. easy. }
  rewrite E1.
  rewrite (sum_ext _ _ (fun b' => ind (D b =? beta - 1) * ind (forallb (term b') (seq 0 b)))).
  - rewrite sum_scale, IH. pose proof (D_range b ltac:(lia)). pose proof (carry_bit b) as C. unfold bit in C.
    destruct (Z.leb_spec beta (D b)), (Z.eqb_spec (D b) (beta - 1)), (Z.leb_spec beta (D b + carry b)); cbn [ind]; lia.
  - intros b' Hb'. rewrite seq_S, forallb_app. cbn [forallb plus]. rewrite andb_true_r.
    replace (term b' b) with (D b =? beta - 1).
    + destruct (D b =? beta - 1); rewrite ?andb_true_r, ?andb_false_r; cbn [ind]; lia.
    + unfold term. now rewrite (proj2 (Nat.ltb_ge b b')), (proj2 (Nat.eqb_neq b b')) by lia.
Qed.

(** At most one term fires (a corollary, for the reader: the sum is a bit). *)
Lemma at_most_one_term b : (b <= tau)%nat -> bit (sum b (fun b' => ind (forallb (term b') (seq 0 b)))).
Proof. intros H. rewrite terms_sum by easy. apply carry_bit. Qed.

Lemma value_carry b : (b <= tau)%nat ->
  exists R, 0 <= R < place b /\ sum b (fun j => D j * place j) = R + carry b * place b.
Proof.
  induction b as [|b IH]; intros Hb.
  - exists 0. cbn. lia.
  - destruct (IH ltac:(lia)) as (R & HR & E). cbn [sum carry]. rewrite E.
    pose proof (D_range b ltac:(lia)). pose proof (carry_bit b) as C. unfold bit in C.
    rewrite place_S by easy. pose proof (place_pos beta beta2 b).
    destruct (Z.leb_spec beta (D b + carry b)); cbn [ind].
    + exists (R + (D b + carry b - beta) * place b). split; [nia|ring].
    + exists (R + (D b + carry b) * place b). split; [nia|ring].
Qed.

(** The sign: U >= beta^tau, for U below twice that. *)
Lemma sign_carry U :
  U = sum (S tau) (fun j => D j * place j) -> 0 <= U < 2 * place tau -> 0 <= D tau ->
  step (U - place tau) = D tau + sum tau (fun b' => ind (forallb (term b') (seq 0 tau))).
Proof.
  intros EU HU HD. rewrite terms_sum by lia.
  destruct (value_carry tau ltac:(lia)) as (R & HR & E).
  cbn [sum] in EU. rewrite E in EU.
  pose proof (carry_bit tau) as C. unfold bit in C. pose proof (place_pos beta beta2 tau).
  assert (D tau + carry tau < 2) by nia.
  destruct (Z.eq_dec (D tau + carry tau) 0) as [Z|N].
  - rewrite step_neg by nia. lia.
  - rewrite step_pos by nia. lia.
Qed.
End Carry.

(** From redundant digits A to D = (A mod beta) + floor(A below / beta). *)
Section Redundant.
Variable beta : Z.
Hypothesis beta2 : 2 <= beta.
Notation place := (place beta).

Definition below (A : nat -> Z) (b : nat) : Z := match b with O => 0 | S b' => A b' end.
Definition D_of (A : nat -> Z) (b : nat) : Z := A b mod beta + below A b / beta.

Lemma redistribute A n :
  sum (S n) (fun b => A b * place b) = sum (S n) (fun b => D_of A b * place b) + A n / beta * place (S n).
Proof.
  assert (H : forall b, A b = A b / beta * beta + A b mod beta) by (intros b; pose proof (Z.div_mod (A b) beta ltac:(lia)); lia).
  induction n as [|n IH]; cbn [sum] in *.
  - unfold D_of, below. rewrite place_S, place_0, Z.div_0_l by lia. specialize (H 0%nat). lia.
  - rewrite IH, !place_S by easy. replace (D_of A (S n)) with (A (S n) mod beta + A n / beta) by easy.
    specialize (H (S n)). revert H. generalize (A (S n) / beta) (A (S n) mod beta). intros q r ->. ring.
Qed.

Lemma D_of_range A b m :
  0 <= A b -> 0 <= below A b <= m -> m < beta * beta -> 0 <= D_of A b <= 2 * beta - 2.
Proof.
  intros HA HB Hm. unfold D_of. pose proof (Z.mod_pos_bound (A b) beta ltac:(lia)).
  assert (0 <= below A b / beta < beta) by (split; [apply Z.div_pos; lia|apply Z.div_lt_upper_bound; lia]).
  lia.
Qed.
End Redundant.
