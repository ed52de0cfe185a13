(** A number that is not 0 has few pairwise coprime divisors: how many false events there can be.
    docs/stacked.md, Lemma 2; docs/routes.md, "Proven moduli". *)
From Coq Require Import ZArith Znumtheory List Lia Bool.
From Exactnet Require Import Network Sums Gadgets.
Import ListNotations.
Open Scope Z_scope.

(** Pairwise coprime. *)
Inductive coprime_list : list Z -> Prop :=
| coprime_nil : coprime_list []
| coprime_cons q qs : Forall (rel_prime q) qs -> coprime_list qs -> coprime_list (q :: qs).

Definition product (qs : list Z) : Z := fold_right Z.mul 1 qs.

Lemma rel_prime_product q qs : Forall (rel_prime q) qs -> rel_prime q (product qs).
Proof.
  induction 1 as [|p qs Hp _ IH]; cbn; [apply rel_prime_sym, rel_prime_1|]. now apply rel_prime_mult.
Qed.

Lemma product_divides H qs : coprime_list qs -> Forall (fun q => (q | H)) qs -> (product qs | H).
Proof.
  induction 1 as [|q qs Hq Hc IH]; intros HD; [apply Z.divide_1_l|].
  change (product (q :: qs)) with (q * product qs).
  inversion_clear HD as [|? ? D1 D2]. specialize (IH D2). destruct IH as [c Hc'].
  apply rel_prime_product in Hq. destruct D1 as [a Ha].
  assert (q | c).
  { apply (Gauss q (product qs) c); [|easy]. exists a. lia. }
  destruct H0 as [e He]. exists e. rewrite Hc', He. ring.
Qed.

Lemma product_ge m qs : 1 <= m -> Forall (fun q => m <= q) qs -> m ^ Z.of_nat (length qs) <= product qs.
Proof.
  intros Hm. induction 1 as [|q qs Hq _ IH]; [easy|]. cbn [length product fold_right].
  rewrite Nat2Z.inj_succ, Z.pow_succ_r by lia. fold (product qs).
  assert (0 <= m ^ Z.of_nat (length qs)) by (apply Z.pow_nonneg; lia). nia.
Qed.

Lemma coprime_filter f qs : coprime_list qs -> coprime_list (filter f qs).
Proof.
  induction 1 as [|q qs Hq _ IH]; cbn; [constructor|]. destruct (f q); auto. constructor; auto.
  rewrite Forall_forall in *. intros p Hp. apply filter_In in Hp. now apply Hq.
Qed.

(** The number of moduli that divide H. *)
Definition divides (H q : Z) : bool := H mod q =? 0.
Definition count (f : Z -> bool) (qs : list Z) : Z := lsum (fun q => ind (f q)) qs.

Lemma count_filter f qs : count f qs = Z.of_nat (length (filter f qs)).
Proof.
  unfold count, lsum. induction qs as [|q qs IH]; cbn [fold_right filter]; [easy|]. rewrite IH.
  destruct (f q); cbn [ind length]; lia.
Qed.

Theorem few_divisors (H m : Z) (K : nat) (qs : list Z) :
  2 <= m -> H <> 0 -> Z.abs H < m ^ Z.of_nat K -> coprime_list qs -> Forall (fun q => m <= q) qs ->
  count (divides H) qs <= Z.of_nat K.
Proof.
  intros Hm H0 HK HC HQ. rewrite count_filter. set (ds := filter (divides H) qs).
  assert (Hd : Forall (fun q => m <= q) ds).
  { rewrite Forall_forall in *. intros q Hq. apply filter_In in Hq. now apply HQ. }
  assert (D : (product ds | H)).
  { apply product_divides; [now apply coprime_filter|]. rewrite Forall_forall in *. intros q Hq.
    apply filter_In in Hq. destruct Hq as [Hq E]. unfold divides in E. apply Z.eqb_eq in E.
    specialize (HQ q Hq). apply Z.mod_divide; lia. }
  pose proof (product_ge m ds ltac:(lia) Hd) as G.
  apply Z.divide_abs_r in D. apply Z.divide_pos_le in D; [|lia].
  apply Nat2Z.inj_le. apply Nat.nlt_ge. intros L.
  assert (m ^ Z.of_nat K <= m ^ Z.of_nat (length ds)) by (apply Z.pow_le_mono_r; lia). lia.
Qed.

Lemma count_le f g qs : (forall q, In q qs -> f q = true -> g q = true) -> count f qs <= count g qs.
Proof.
  unfold count, lsum. induction qs as [|q qs IH]; cbn [fold_right]; intros H; [easy|].
  specialize (IH ltac:(auto with datatypes)). specialize (H q ltac:(now left)).
  destruct (f q), (g q); cbn [ind]; try lia.
Qed.

Lemma count_or n (g : nat -> Z -> bool) f qs :
  (forall q, In q qs -> f q = true -> exists h, (h < n)%nat /\ g h q = true) ->
  count f qs <= sum n (fun h => count (g h) qs).
Proof.
  unfold count, lsum. induction qs as [|q qs IH]; cbn [fold_right]; intros H.
  - rewrite sum_zero. lia.
  - rewrite sum_add. specialize (IH ltac:(auto with datatypes)).
    enough (ind (f q) <= sum n (fun h => ind (g h q))) by lia.
    assert (B : 0 <= sum n (fun h => ind (g h q))) by (apply sum_nonneg; intros; destruct (g i q); cbn; lia).
    destruct (f q) eqn:E; cbn [ind]; [|lia].
    destruct (H q ltac:(now left) E) as (h & Hh & G). clear - Hh G.
    induction n as [|n IH]; [lia|]. cbn [sum].
    assert (B : 0 <= sum n (fun h => ind (g h q))) by (apply sum_nonneg; intros; destruct (g i q); cbn; lia).
    destruct (Nat.eq_dec h n) as [->|NE]; [rewrite G; cbn; lia|]. specialize (IH ltac:(lia)).
    destruct (g n q); cbn; lia.
Qed.
