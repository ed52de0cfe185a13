(** Counting events: at most as many of pairwise coprime moduli divide a number as of the smallest have a product that fits.

    exactnet/structural/kernel.py, [rule_count]. *)
From Coq Require Import ZArith Znumtheory List Lia Bool Permutation Sorted Orders Mergesort.
Import ListNotations.
Open Scope Z_scope.

Module ModulusOrder <: TotalLeBool.
  Definition t := Z.
  Definition leb (x y : Z) := x <=? y.
  Lemma leb_total x y : leb x y = true \/ leb y x = true.
  Proof. unfold leb. rewrite !Z.leb_le. lia. Qed.
End ModulusOrder.
Module ModulusSort := Sort ModulusOrder.

(** Each is above 1 and coprime to the product of those before it. *)
Fixpoint coprime (product : Z) (qs : list Z) : bool :=
  match qs with [] => true | q :: qs' => (1 <? q) && (Z.gcd product q =? 1) && coprime (product * q) qs' end.
(** The number of those v in first .. last for which [product * (the first j of qs) <= v - low]: summed over j >= 1. *)
Fixpoint most_events (product low first last : Z) (qs : list Z) : Z :=
  match qs with
  | [] => 0
  | q :: qs' => Z.max 0 (last - Z.max first (product * q + low) + 1) + most_events (product * q) low first last qs'
  end.

Fixpoint fitting (product n : Z) (qs : list Z) : Z :=
  match qs with [] => 0 | q :: qs' => (if product * q <=? n then 1 else 0) + fitting (product * q) n qs' end.
Definition dividing (n : Z) (qs : list Z) : Z := fold_right (fun q s => (if n mod q =? 0 then 1 else 0) + s) 0 qs.

Lemma fitting_nonneg n qs : forall p, 0 <= fitting p n qs.
Proof. induction qs as [|q qs IH]; intros p; cbn [fitting]; [lia|]. specialize (IH (p * q)). destruct (_ <=? _); lia. Qed.
Lemma fitting_mono n qs : forall p p', 0 <= p <= p' -> Forall (fun q => 1 < q) qs -> fitting p' n qs <= fitting p n qs.
Proof.
  induction qs as [|q qs IH]; intros p p' H F; cbn [fitting]; [lia|]. inversion_clear F as [|? ? Q F'].
  assert (0 <= p * q <= p' * q) by nia. specialize (IH _ _ H0 F').
  destruct (Z.leb_spec (p' * q) n), (Z.leb_spec (p * q) n); lia.
Qed.
(** One modulus less, which is at least the first. *)
Lemma fitting_skip n qs : forall p q, 0 < p -> 1 < q -> Forall (fun r => 1 < r) qs -> StronglySorted Z.le (q :: qs) ->
  fitting p n qs <= fitting p n (q :: qs).
Proof.
  induction qs as [|r qs IH]; intros p q P Q F S; cbn [fitting]; [destruct (_ <=? _); lia|].
  inversion_clear F as [|? ? R F']. inversion_clear S as [|? ? S1 S2]. inversion_clear S2 as [|? ? S3 S4].
  inversion_clear S1 as [|? ? S5 S6].
  assert (0 < p * q <= p * r) by nia.
  assert (X : fitting (p * r) n qs <= fitting (p * q) n qs) by (apply fitting_mono; [lia|easy]).
  assert (Y : fitting (p * q) n qs <= fitting (p * q) n (r :: qs)) by (apply IH; [lia|easy|easy|now constructor]).
  cbn [fitting] in Y. destruct (Z.leb_spec (p * r) n), (Z.leb_spec (p * q) n); lia.
Qed.

(** Of the moduli that divide n, times a number that divides it. *)
Lemma coprime_mono product qs : forall d, (d | product) -> coprime product qs = true -> coprime d qs = true.
Proof.
  revert product. induction qs as [|q qs IH]; intros product d D H; cbn [coprime] in *; [easy|].
  apply andb_true_iff in H. destruct H as [H H3]. apply andb_true_iff in H. destruct H as [H1 H2].
  rewrite H1. cbn [andb]. apply andb_true_iff. split.
  - apply Z.eqb_eq in H2. apply Z.eqb_eq. apply Zgcd_1_rel_prime in H2. apply Zgcd_1_rel_prime. now apply rel_prime_div with product.
  - apply (IH (product * q)); [|easy]. now apply Z.mul_divide_mono_r.
Qed.

Lemma few_fit n qs : 0 < n -> forall d, 0 < d -> (d | n) -> Forall (fun q => 1 < q) qs -> StronglySorted Z.le qs -> coprime d qs = true ->
  dividing n qs <= fitting d n qs.
Proof.
  intros N. induction qs as [|q qs IH]; intros d D DN F S C; cbn [dividing fold_right]; [cbn; lia|]. fold (dividing n qs).
  inversion_clear F as [|? ? Q F']. inversion S as [|? ? S1 S2]. subst. cbn [coprime] in C.
  apply andb_true_iff in C. destruct C as [C C3]. apply andb_true_iff in C. destruct C as [C1 C2].
  destruct (Z.eqb_spec (n mod q) 0) as [E|E].
  - apply Z.mod_divide in E; [|lia]. apply Z.eqb_eq in C2.
    assert (DQ : (d * q | n)).
    { destruct DN as [m M]. assert (RP : rel_prime q d) by (apply rel_prime_sym; now apply Zgcd_1_rel_prime).
      rewrite M in E. rewrite Z.mul_comm in E. apply Gauss in E; [|easy]. destruct E as [j ->]. exists j. lia. }
    cbn [fitting]. assert (0 < d * q) by nia. specialize (IH (d * q) H DQ F' S1 C3).
    apply Z.divide_pos_le in DQ; [|easy]. rewrite (proj2 (Z.leb_le _ _) DQ). lia.
  - rewrite Z.add_0_l. etransitivity; [|apply fitting_skip; easy]. apply IH; try easy.
    apply (coprime_mono (d * q)); [|easy]. exists q. lia.
Qed.

(** The sum over all v of the window. *)
Fixpoint over (first : Z) (n : nat) (g : Z -> Z) : Z := match n with O => 0 | S n' => g first + over (first + 1) n' g end.
Lemma over_add n f g : forall first, over first n (fun v => f v + g v) = over first n f + over first n g.
Proof. induction n as [|n IH]; intros first; cbn [over]; [lia|]. rewrite IH. lia. Qed.
Lemma over_le n f g : forall first, (forall v, first <= v < first + Z.of_nat n -> f v <= g v) -> over first n f <= over first n g.
Proof.
  induction n as [|n IH]; intros first H; cbn [over]; [lia|]. assert (f first <= g first) by (apply H; lia).
  assert (over (first + 1) n f <= over (first + 1) n g) by (apply IH; intros v Hv; apply H; lia). lia.
Qed.
Lemma over_zero n : forall first, over first n (fun _ => 0) = 0.
Proof. induction n as [|n IH]; intros first; cbn [over]; [lia|]. rewrite IH. lia. Qed.
Lemma over_above n c : forall first, over first n (fun v => if c <=? v then 1 else 0) = Z.max 0 (first + Z.of_nat n - Z.max first c).
Proof. induction n as [|n IH]; intros first; cbn [over]; [lia|]. rewrite IH. destruct (Z.leb_spec c first); lia. Qed.

Lemma most_events_sum low first last qs : first <= last + 1 -> forall p,
  most_events p low first last qs = over first (Z.to_nat (last - first + 1)) (fun v => fitting p (v - low) qs).
Proof.
  intros L. induction qs as [|q qs IH]; intros p; cbn [most_events fitting]; [now rewrite over_zero|].
  rewrite over_add, <- IH. f_equal.
  assert (E : forall n s, over s n (fun v => if p * q <=? v - low then 1 else 0) = over s n (fun v => if p * q + low <=? v then 1 else 0)).
  { induction n as [|n IHn]; intros s; cbn [over]; [easy|]. rewrite IHn. f_equal. destruct (Z.leb_spec (p * q) (s - low)), (Z.leb_spec (p * q + low) s); lia. }
  rewrite E, over_above, Z2Nat.id by lia. lia.
Qed.

(** Some v of the window with [q | v - h]. *)
Definition hit (first last h q : Z) : Prop := exists v, first <= v <= last /\ (q | v - h).

Lemma hit_over first last h q : hit first last h q -> 0 < q ->
  1 <= over first (Z.to_nat (last - first + 1)) (fun v => if (v - h) mod q =? 0 then 1 else 0).
Proof.
  intros (v & V & D) Q. assert (G : forall n s, s <= v < s + Z.of_nat n -> 1 <= over s n (fun v => if (v - h) mod q =? 0 then 1 else 0)).
  { induction n as [|n IH]; intros s H; cbn [over]; [lia|].
    assert (N : 0 <= over (s + 1) n (fun v => if (v - h) mod q =? 0 then 1 else 0)).
    { clear. generalize (s + 1). induction n as [|n IH]; intros t; cbn [over]; [lia|]. specialize (IH (t + 1)). destruct (_ =? _); lia. }
    destruct (Z.eq_dec s v) as [->|NE]; [apply Z.mod_divide in D; [|lia]; rewrite D, Z.eqb_refl; lia|].
    assert (1 <= over (s + 1) n (fun v => if (v - h) mod q =? 0 then 1 else 0)) by (apply IH; lia). destruct (_ =? _); lia. }
  apply G. lia.
Qed.

(** Numbers e_i, each at most 1 if its modulus hits and else at most 0. *)
Definition counted (first last h : Z) (e q : Z) : Prop := e <= 1 /\ (0 < e -> hit first last h q).

Lemma sum_counted first last h es qs : Forall2 (counted first last h) es qs -> Forall (fun q => 1 < q) qs ->
  fold_right Z.add 0 es <= over first (Z.to_nat (last - first + 1)) (fun v => dividing (v - h) qs).
Proof.
  induction 1 as [|e q es qs (E1 & E2) _ IH]; intros F; cbn [fold_right dividing]; [now rewrite over_zero|].
  inversion_clear F as [|? ? Q F']. specialize (IH F').
  change (fun v => (if (v - h) mod q =? 0 then 1 else 0) + fold_right (fun q0 s => (if (v - h) mod q0 =? 0 then 1 else 0) + s) 0 qs)
    with (fun v => (fun v => if (v - h) mod q =? 0 then 1 else 0) v + (fun v => dividing (v - h) qs) v).
  rewrite over_add. destruct (Z.lt_ge_cases 0 e) as [P|N].
  - pose proof (hit_over _ _ _ _ (E2 P) ltac:(lia)). lia.
  - assert (0 <= over first (Z.to_nat (last - first + 1)) (fun v => if (v - h) mod q =? 0 then 1 else 0)); [|cbv beta in *; lia].
    etransitivity; [|apply over_le with (f := fun _ => 0); intros v _; destruct (_ =? _); lia]. now rewrite over_zero.
Qed.

Lemma dividing_perm n qs qs' : Permutation qs qs' -> dividing n qs = dividing n qs'.
Proof. induction 1; cbn [dividing fold_right] in *; unfold dividing in *; lia. Qed.

Lemma coprime_above_1 s : forall p, coprime p s = true -> Forall (fun q => 1 < q) s.
Proof.
  induction s as [|q s IH]; intros p C; constructor; cbn [coprime] in C; apply andb_true_iff in C; destruct C as [C C3];
    apply andb_true_iff in C; destruct C as [C1 C2]; [now apply Z.ltb_lt|now apply (IH (p * q))].
Qed.
Lemma coprime_above qs : coprime 1 (ModulusSort.sort qs) = true -> Forall (fun q => 1 < q) qs.
Proof. intros C. eapply Permutation_Forall; [apply Permutation_sym, ModulusSort.Permuted_sort|exact (coprime_above_1 _ _ C)]. Qed.

Theorem events_bounded low first last h es qs : let sorted := ModulusSort.sort qs in
  coprime 1 sorted = true -> low <= h < first -> Forall2 (counted first last h) es qs ->
  fold_right Z.add 0 es <= most_events 1 low first last sorted.
Proof.
  cbv zeta. intros C H E. pose proof (ModulusSort.Permuted_sort qs) as P. assert (T : StronglySorted (fun x y => is_true (x <=? y)) (ModulusSort.sort qs)).
  { apply ModulusSort.StronglySorted_sort. intros x y z A B. unfold ModulusOrder.leb, is_true in *. apply Z.leb_le in A, B. apply Z.leb_le. lia. }
  revert P C T. generalize (ModulusSort.sort qs). intros s P C T.
  assert (S : StronglySorted Z.le s).
  { clear - T. induction T as [|q rs T IH F]; constructor; [easy|]. eapply Forall_impl; [|exact F]. intros r R. now apply Z.leb_le. }
  assert (F : Forall (fun q => 1 < q) s) by (now apply (coprime_above_1 s 1)).
  assert (Fq : Forall (fun q => 1 < q) qs) by (eapply Permutation_Forall; [apply Permutation_sym; exact P|exact F]).
  etransitivity; [now apply (sum_counted first last h es qs)|].
  destruct (Z.le_gt_cases first (last + 1)) as [L|L].
  - rewrite most_events_sum by easy. apply over_le. intros v V. rewrite (dividing_perm _ _ _ P).
    etransitivity; [apply (few_fit (v - h) s ltac:(lia) 1 ltac:(lia) (Z.divide_1_l _) F S C)|].
    assert (M : v - h <= v - low) by lia. revert M. generalize (v - h), (v - low). intros n n' M. clear - M. generalize 1.
    induction s as [|q s IH]; intros p; cbn [fitting]; [lia|]. specialize (IH (p * q)). destruct (Z.leb_spec (p * q) n), (Z.leb_spec (p * q) n'); lia.
  - replace (Z.to_nat (last - first + 1)) with O by lia. cbn [over]. clear. generalize 1. induction s as [|q s IH]; intros p; cbn [most_events]; [lia|].
    specialize (IH (p * q)). lia.
Qed.
