(** Digits: a form with huge coefficients as a sum of small forms times powers of the base.  In words: with complements of the
    literals whose coefficient is negative, L + beta^tau = sum of A_b beta^b with 0 <= A_b <= (n+1)(beta-1) and A_tau <= 1.
    docs/theory.md, "Digits" (there with balanced digits, which are half as large). *)
From Coq Require Import ZArith List Lia Bool.
From Exactnet Require Import Network Sums Gadgets.
Import ListNotations.
Open Scope Z_scope.

Lemma dot_bits_range u x m :
  Forall (fun a => 0 <= a <= m) u -> Forall bit x -> 0 <= m -> 0 <= dot u x <= Z.of_nat (length u) * m.
Proof.
  intros Hu; revert x; induction Hu as [|a u Ha Hu IH]; intros [|z x] Hx Hm; cbn [dot length]; try nia.
  inversion Hx as [|? ? Hz Hx']; subst. specialize (IH x Hx' Hm). unfold bit in Hz.
  destruct Hz; subst; nia.
Qed.

Section Digits.
Variable beta : Z.
Hypothesis beta2 : 2 <= beta.

Definition place (b : nat) : Z := beta ^ Z.of_nat b.
Definition digit (b : nat) (v : Z) : Z := (v / place b) mod beta.

Lemma place_pos b : 0 < place b.
Proof. unfold place. apply Z.pow_pos_nonneg; lia. Qed.
Lemma place_S b : place (S b) = place b * beta.
Proof. unfold place. rewrite Nat2Z.inj_succ, Z.pow_succ_r by lia. ring. Qed.
Lemma place_0 : place 0 = 1.
Proof. easy. Qed.

Lemma digit_range b v : 0 <= digit b v <= beta - 1.
Proof. unfold digit. pose proof (Z.mod_pos_bound (v / place b) beta). lia. Qed.

Lemma digits_mod n v : sum n (fun b => digit b v * place b) = v mod place n.
Proof.
  induction n as [|n IH]; cbn [sum].
  - now rewrite place_0, Z.mod_1_r.
  - rewrite IH, place_S, Z.rem_mul_r by (pose proof (place_pos n); lia). unfold digit. ring.
Qed.

Lemma digit_small b v : 0 <= v < place b -> digit b v = 0.
Proof. intros H. unfold digit. now rewrite Z.div_small. Qed.

(** A literal: a bit, or its complement where the coefficient is negative. *)
Definition lit (w z : Z) : Z := if w <? 0 then 1 - z else z.
Fixpoint lits (ws x : list Z) : list Z :=
  match ws, x with w :: ws', z :: x' => lit w z :: lits ws' x' | _, _ => [] end.
Definition negative (w : Z) : Z := if w <? 0 then w else 0.

Lemma lits_bits ws x : Forall bit x -> Forall bit (lits ws x).
Proof.
  revert x; induction ws as [|w ws IH]; intros [|z x] H; cbn; auto.
  inversion H; subst. constructor; auto. unfold lit, bit in *. destruct (w <? 0); lia.
Qed.

Definition digit_form (c : Z) (ws : list Z) (b : nat) : form :=
  (map (fun w => Z.sgn w * digit b (Z.abs w)) ws,
   digit b c + lsum (fun w => if w <? 0 then digit b (Z.abs w) else 0) ws).

Lemma ev_digit_form c ws b x :
  length ws = length x ->
  ev (digit_form c ws b) x = digit b c + dot (map (fun w => digit b (Z.abs w)) ws) (lits ws x).
Proof.
  unfold ev, digit_form. cbn [fst snd].
  revert x; induction ws as [|w ws IH]; intros [|z x] H; cbn in H; try lia; [cbn; lia|].
  specialize (IH x ltac:(lia)). cbn [map dot lits lsum fold_right]. unfold lsum in IH.
  unfold lit. destruct (Z.ltb_spec w 0) as [L|G].
  - rewrite Z.sgn_neg by lia. lia.
  - destruct (Z.eq_dec w 0) as [->|N]; [|rewrite Z.sgn_pos by lia; lia].
    rewrite (digit_small b (Z.abs 0)) by (pose proof (place_pos b); lia). cbn [Z.sgn]. lia.
Qed.

Lemma digit_form_sum c ws n x :
  length ws = length x ->
  sum n (fun b => ev (digit_form c ws b) x * place b)
    = c mod place n + dot (map (fun w => Z.abs w mod place n) ws) (lits ws x).
Proof.
  intros H.
  rewrite (sum_ext _ _ (fun b => digit b c * place b
     + place b * dot (map (fun w => digit b (Z.abs w)) ws) (lits ws x)))
    by (intros b _; rewrite ev_digit_form by easy; ring).
  rewrite sum_add, digits_mod. f_equal.
  revert x H; induction ws as [|w ws IH]; intros [|z x] H; cbn in H; try lia.
  - cbn. rewrite (sum_ext _ _ (fun _ => 0)) by (intros; lia). apply sum_zero.
  - cbn [map dot lits]. rewrite <- (IH x) by lia. rewrite <- digits_mod.
    rewrite (Z.mul_comm _ (lit w z)), <- sum_scale, <- sum_add. apply sum_ext. intros b _. ring.
Qed.

Lemma dot_abs ws x : length ws = length x -> dot (map Z.abs ws) (lits ws x) = dot ws x - lsum negative ws.
Proof.
  revert x; induction ws as [|w ws IH]; intros [|z x] H; cbn in H; try lia; [easy|].
  specialize (IH x ltac:(lia)). cbn [map dot lits lsum fold_right]. unfold lsum in IH.
  unfold lit, negative at 1. destruct (Z.ltb_spec w 0); nia.
Qed.

Lemma digit_form_range c ws b x :
  length ws = length x -> Forall bit x ->
  0 <= ev (digit_form c ws b) x <= (Z.of_nat (length ws) + 1) * (beta - 1).
Proof.
  intros H Hx. rewrite ev_digit_form by easy.
  pose proof (digit_range b c).
  assert (0 <= dot (map (fun w => digit b (Z.abs w)) ws) (lits ws x)
          <= Z.of_nat (length (map (fun w => digit b (Z.abs w)) ws)) * (beta - 1)).
  { apply dot_bits_range; [|now apply lits_bits|lia].
    apply Forall_map, Forall_forall. intros w _. apply digit_range. }
  rewrite map_length in *. lia.
Qed.

(** The mass of a form bounds it on bits. *)
Definition mass (f : form) : Z := lsum Z.abs (fst f) + Z.abs (snd f).

Lemma dot_mass ws x : Forall bit x -> Z.abs (dot ws x) <= lsum Z.abs ws.
Proof.
  revert x; induction ws as [|w ws IH]; intros [|z x] H; cbn [dot lsum fold_right]; try lia.
  - enough (0 <= lsum Z.abs ws) by (unfold lsum in *; lia). clear. induction ws; cbn [lsum fold_right] in *; unfold lsum in *; lia.
  - inversion H as [|? ? Hz Hx]; subst. specialize (IH x Hx). unfold lsum in IH. destruct Hz; subst; lia.
Qed.

Lemma ev_mass f x : Forall bit x -> Z.abs (ev f x) <= mass f.
Proof. intros H. unfold ev, mass. pose proof (dot_mass (fst f) x H). lia. Qed.

(** The shifted form U = L + beta^tau in digits 0, .., tau. *)
Variable L : form.
Variable tau : nat.
Hypothesis fit : mass L < place tau.

Definition offset : Z := snd L + place tau + lsum negative (fst L).
Definition A (b : nat) : form := digit_form offset (fst L) b.

Lemma negative_range ws : - lsum Z.abs ws <= lsum negative ws <= 0.
Proof.
  induction ws as [|w ws IH]; cbn [lsum fold_right]; [lia|]. unfold lsum, negative in *.
  destruct (Z.ltb_spec w 0); lia.
Qed.

Lemma offset_range : 0 < offset < 2 * place tau.
Proof. unfold offset. pose proof (negative_range (fst L)). unfold mass in fit. lia. Qed.

Lemma weight_small w : In w (fst L) -> Z.abs w < place tau.
Proof.
  intros H. enough (Z.abs w <= lsum Z.abs (fst L)) by (unfold mass in fit; lia).
  clear fit. induction (fst L) as [|v ws IH]; [easy|]. cbn [lsum fold_right].
  assert (P : 0 <= lsum Z.abs ws) by (clear; induction ws; cbn [lsum fold_right] in *; unfold lsum in *; lia).
  unfold lsum in *. destruct H as [->|H]; [lia|]. specialize (IH H). lia.
Qed.

Lemma A_sum x : length (fst L) = length x ->
  sum (S tau) (fun b => ev (A b) x * place b) = ev L x + place tau.
Proof.
  intros H. unfold A. rewrite digit_form_sum by easy.
  rewrite Z.mod_small by (pose proof offset_range; rewrite place_S; nia).
  rewrite (map_ext_in _ Z.abs).
  - rewrite dot_abs by easy. unfold offset, ev. lia.
  - intros w Hw. apply Z.mod_small. pose proof (weight_small w Hw). rewrite place_S. nia.
Qed.

Lemma A_range b x : length (fst L) = length x -> Forall bit x ->
  0 <= ev (A b) x <= (Z.of_nat (length (fst L)) + 1) * (beta - 1).
Proof. apply digit_form_range. Qed.

Lemma A_top x : length (fst L) = length x -> 0 <= ev (A tau) x <= 1.
Proof.
  intros H. unfold A. rewrite ev_digit_form by easy.
  rewrite (map_ext_in _ (fun _ => 0)) by (intros w Hw; apply digit_small; pose proof (weight_small w Hw); lia).
  assert (E : forall (l y : list Z), dot (map (fun _ => 0) l) y = 0) by (induction l; intros [|? ?]; cbn; auto).
  rewrite E. unfold digit. pose proof offset_range. pose proof (place_pos tau).
  assert (0 <= offset / place tau < 2).
  { split; [apply Z.div_pos; lia | apply Z.div_lt_upper_bound; lia]. }
  rewrite Z.mod_small; lia.
Qed.
End Digits.
