(** Comparison by first passage, in numbers: Lemmas 1 to 4 of docs/stacked.md.  In words: the sign is the top digit plus the one
    level at which the form passes 0; modulo any modulus the event is one of a residue; what false events add does not grow with
    the number of moduli; and a gate that reads literals which are a little too large makes no error. *)
From Coq Require Import ZArith Znumtheory List Lia Bool.
From Exactnet Require Import Network Sums Gadgets Digits Divisors.
Import ListNotations.
Open Scope Z_scope.

Section Passage.
Variable beta : Z.
Hypothesis beta2 : 2 <= beta.
Variable n : nat.
Variable a : nat -> Z.          (* the digits of U = L + beta^tau, redundant *)
Variable tau : nat.
Hypothesis a_range : forall b, 0 <= a b <= (Z.of_nat n + 1) * (beta - 1).
Hypothesis beta_n : Z.of_nat n + 1 <= beta.
Hypothesis a_top : bit (a tau).
Notation place := (place beta).

(** H at level tau - i: the digits from there on, less beta^i. *)
Fixpoint H (i : nat) : Z := match i with O => a tau - 1 | S i' => beta * H i' + a (tau - S i')%nat end.

Lemma H_value i : (i <= tau)%nat -> H i = sum (S i) (fun j => a (tau - i + j)%nat * place j) - place i.
Proof.
  induction i as [|i IH]; intros Hi.
  - cbn [H sum]. rewrite Nat.sub_0_r, Nat.add_0_r, place_0. lia.
  - cbn [H]. rewrite IH by lia. clear IH.
    assert (E : forall m, sum (S m) (fun j => a (tau - S i + j)%nat * place j)
              = a (tau - S i)%nat + beta * sum m (fun j => a (tau - i + j)%nat * place j)).
    { induction m as [|m IHm]; [cbn [sum]; rewrite Nat.add_0_r, place_0; lia|].
      cbn [sum] in *. rewrite IHm, place_S by easy. replace (tau - S i + S m)%nat with (tau - i + m)%nat by lia. ring. }
    rewrite E, place_S by easy. ring.
Qed.

Definition sign : Z := step (H tau).

(** The passage at level i: negative above, not negative here. *)
Definition passes (i : nat) : bool := (H i <? 0) && (0 <=? H (S i)).

Lemma first_passage : sign = a tau + sum tau (fun i => ind (passes i)).
Proof.
  unfold sign. assert (E : forall i, step (H i) = a tau + sum i (fun j => ind (passes j))).
  { induction i as [|i IH].
    - cbn [H sum]. destruct a_top as [-> | ->]; easy.
    - cbn [sum]. rewrite Z.add_assoc, <- IH. unfold passes.
      assert (0 <= H i -> 0 <= H (S i)) by (cbn [H]; pose proof (a_range (tau - S i)%nat); nia).
      unfold step. destruct (Z.leb_spec 0 (H i)), (Z.leb_spec 0 (H (S i))), (Z.ltb_spec (H i) 0); cbn [andb ind]; lia. }
  apply E.
Qed.

(** If it passes at level i, then H above is -h with 1 <= h <= n, and the digit is at least beta*h; and conversely. *)
Lemma passes_iff i : (i < tau)%nat ->
  passes i = true <-> 1 <= - H i <= Z.of_nat n /\ beta * (- H i) <= a (tau - S i)%nat.
Proof.
  intros Hi. unfold passes. rewrite andb_true_iff, Z.ltb_lt, Z.leb_le. cbn [H].
  pose proof (a_range (tau - S i)%nat). split; intros [A B]; [|nia]. split; [|lia]. split; [lia|]. nia.
Qed.

(** The event modulo q. *)
Definition event (i : nat) (q : Z) : bool :=
  let r := (- H i) mod q in (1 <=? r) && (r <=? Z.of_nat n) && (beta * r <=? a (tau - S i)%nat).

Lemma true_event i q : (i < tau)%nat -> Z.of_nat n < q -> passes i = true -> event i q = true.
Proof.
  intros Hi Hq P. apply passes_iff in P; [|easy]. unfold event. rewrite Z.mod_small by lia.
  rewrite !andb_true_iff, !Z.leb_le. lia.
Qed.

Variable qs : list Z.
Variable m : Z.
Variable K : nat.
Hypothesis m2 : 2 <= m.
Hypothesis qs_coprime : coprime_list qs.
Hypothesis qs_large : Forall (fun q => m <= q) qs.
Hypothesis qs_n : Forall (fun q => Z.of_nat n < q) qs.
Hypothesis H_small : forall i h, (i < tau)%nat -> 0 <= h <= Z.of_nat n -> Z.abs (H i + h) < m ^ Z.of_nat K.

Definition size : Z := Z.of_nat (length qs).

Lemma count_true f : (forall q, In q qs -> f q = true) -> count f qs = size.
Proof.
  intros E. unfold size. rewrite count_filter. f_equal. f_equal. clear - E.
  induction qs as [|q l IH]; cbn; [easy|]. rewrite E by now left. rewrite IH; auto with datatypes.
Qed.

Lemma events i : (i < tau)%nat ->
  size * ind (passes i) <= count (event i) qs <= size * ind (passes i) + Z.of_nat n * Z.of_nat K.
Proof.
  intros Hi. destruct (passes i) eqn:P; cbn [ind].
  - rewrite count_true; [nia|]. intros q Hq. apply true_event; auto. rewrite Forall_forall in qs_n. auto.
  - assert (0 <= count (event i) qs) by (rewrite count_filter; lia). split; [lia|].
    rewrite Z.mul_0_r, Z.add_0_l.
    eapply Z.le_trans; [apply (count_or n (fun h q => if H i + (Z.of_nat h + 1) =? 0 then false else divides (H i + (Z.of_nat h + 1)) q))|].
    + intros q Hq E. rewrite Forall_forall in qs_n, qs_large. specialize (qs_n q Hq). specialize (qs_large q Hq).
      unfold event in E. rewrite !andb_true_iff, !Z.leb_le in E. set (r := (- H i) mod q) in *.
      destruct E as [[E1 E2] E3]. exists (Z.to_nat (r - 1)). split; [lia|].
      replace (Z.of_nat (Z.to_nat (r - 1)) + 1) with r by lia.
      destruct (Z.eqb_spec (H i + r) 0) as [Z0|NZ].
      * exfalso. assert (passes i = true) by (apply passes_iff; [easy|]; replace (- H i) with r by lia; lia). congruence.
      * unfold divides. apply Z.eqb_eq. unfold r. rewrite Z.add_mod_idemp_r by lia. now rewrite Z.add_opp_diag_r.
    + rewrite <- (Z.mul_comm (Z.of_nat K)).
      assert (S : forall c k, (forall h, (h < k)%nat -> c h <= Z.of_nat K) -> sum k c <= Z.of_nat K * Z.of_nat k).
      { intros c k. induction k as [|k IHk]; cbn [sum]; intros Hc; [lia|]. specialize (IHk ltac:(auto)). specialize (Hc k ltac:(auto)). lia. }
      apply S. intros h Hh. destruct (Z.eqb_spec (H i + (Z.of_nat h + 1)) 0) as [Z0|NZ].
      * unfold count, lsum. assert (E : forall l, fold_right (fun q s => ind ((fun _ : Z => false) q) + s) 0 l = 0) by (induction l; cbn in *; lia).
        rewrite E. lia.
      * apply (few_divisors (H i + (Z.of_nat h + 1)) m K qs); auto. apply H_small; [easy|lia].
Qed.

(** Lemma 3: a bit f joined with the sign, in one layer, up to noise from false events that do not grow with the number of moduli. *)
Definition FP : Z := Z.of_nat tau * (Z.of_nat n * Z.of_nat K).
Theorem noisy_literal (f : Z) : bit f ->
  let Y := f * (size * a tau) + sum tau (fun i => lsum (fun q => f * ind (event i q)) qs) in
  size * (f * sign) <= Y <= size * (f * sign) + FP.
Proof.
  intros Hf Y. rewrite first_passage.
  assert (S : forall k, (k <= tau)%nat -> size * sum k (fun i => ind (passes i)) <= sum k (fun i => count (event i) qs)
     <= size * sum k (fun i => ind (passes i)) + Z.of_nat k * (Z.of_nat n * Z.of_nat K)).
  { induction k as [|k IH]; cbn [sum]; intros Hk; [lia|]. specialize (IH ltac:(lia)). pose proof (events k ltac:(lia)). lia. }
  specialize (S tau ltac:(lia)). fold FP in S.
  assert (F0 : 0 <= FP) by (unfold FP; nia).
  assert (EY : Y = f * (size * a tau + sum tau (fun i => count (event i) qs))).
  { unfold Y. rewrite Z.mul_add_distr_l. f_equal. rewrite <- sum_scale. apply sum_ext. intros i _. unfold count, lsum.
    clear. induction qs as [|q l IH]; cbn [fold_right]; lia. }
  rewrite EY. destruct Hf as [-> | ->]; lia.
Qed.
End Passage.

(** Lemma 4: a gate that reads values that are a little too large is exact. *)
Fixpoint neg_mass (w : list Z) : Z := match w with [] => 0 | c :: w' => Z.max 0 (- c) + neg_mass w' end.

Lemma noise_dot N err w : 0 <= err -> forall ys Ys, length w = length ys ->
  Forall2 (fun y Y => N * y <= Y <= N * y + err) ys Ys ->
  N * dot w ys - neg_mass w * err <= dot w Ys <= N * dot w ys + (lsum Z.abs w - neg_mass w) * err.
Proof.
  intros He. induction w as [|c w IH]; intros ys Ys L F.
  - destruct F; cbn; lia.
  - destruct F as [|y Y ys Ys F0 F]; [easy|]. cbn in L. specialize (IH ys Ys ltac:(lia) F).
    cbn [dot neg_mass]. change (lsum Z.abs (c :: w)) with (Z.abs c + lsum Z.abs w). nia.
Qed.

Theorem noisy_gate N err (f : form) ys Ys : 0 <= err -> length (fst f) = length ys ->
  Forall2 (fun y Y => N * y <= Y <= N * y + err) ys Ys -> lsum Z.abs (fst f) * err < N ->
  step (ev f ys) = step (ev (fst f, N * snd f + neg_mass (fst f) * err) Ys).
Proof.
  intros He L F HN. pose proof (noise_dot N err (fst f) He ys Ys L F) as [A B].
  unfold ev. cbn [fst snd]. unfold step. destruct (Z.leb_spec 0 (dot (fst f) ys + snd f)) as [P|P].
  - destruct (Z.leb_spec 0 (dot (fst f) Ys + (N * snd f + neg_mass (fst f) * err))); [easy|nia].
  - destruct (Z.leb_spec 0 (dot (fst f) Ys + (N * snd f + neg_mass (fst f) * err))); [nia|easy].
Qed.
