(** Counting events.  By products: at most as many of pairwise coprime moduli divide a number as of the smallest have a product
    that fits.  By places: a modulus divides a number of a window less h only if h is in one of its intervals; how many
    intervals a place is in says a tree of where they begin and end.

    exactnet/structural/kernel.py, [rule_count], [divisors]. *)
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

(** ** Of any moduli, how many hit *)
Definition hitb (first last h q : Z) : bool := 0 <? over first (Z.to_nat (last - first + 1)) (fun v => if (v - h) mod q =? 0 then 1 else 0).
Definition hits (first last h : Z) (qs : list Z) : Z := fold_right (fun q s => (if hitb first last h q then 1 else 0) + s) 0 qs.
Lemma over_one n f : forall first, 0 < over first n f -> (forall v, 0 <= f v) -> exists v, first <= v < first + Z.of_nat n /\ 0 < f v.
Proof.
  induction n as [|n IH]; intros first H F; cbn [over] in H; [lia|]. destruct (Z.lt_ge_cases 0 (f first)) as [P|N]; [exists first; lia|].
  destruct (IH (first + 1)) as (v & V & W); [specialize (F first); lia|easy|]. exists v. lia.
Qed.
Lemma hitb_ok first last h q : 0 < q -> hitb first last h q = true <-> hit first last h q.
Proof.
  intros Q. unfold hitb. rewrite Z.ltb_lt. split.
  - intros H. apply over_one in H; [|intros v; destruct (_ =? _); lia]. destruct H as (v & V & W). exists v. split; [lia|].
    apply Z.mod_divide; [lia|]. destruct (Z.eqb_spec ((v - h) mod q) 0); [easy|lia].
  - intros H. pose proof (hit_over _ _ _ _ H Q). lia.
Qed.

(** Numbers e_i, each at most [most] if its modulus hits and else at most 0. *)
Definition limited (most first last h : Z) (e q : Z) : Prop := e <= most /\ (0 < e -> hit first last h q).
Lemma sum_limited most first last h es qs : 0 <= most -> Forall2 (limited most first last h) es qs -> Forall (fun q => 1 < q) qs ->
  fold_right Z.add 0 es <= most * hits first last h qs.
Proof.
  intros M. induction 1 as [|e q es qs (E1 & E2) _ IH]; intros F; cbn [fold_right hits]; [lia|]. fold (hits first last h qs).
  inversion_clear F as [|? ? Q F']. specialize (IH F'). pose proof (hitb_ok first last h q ltac:(lia)) as B.
  destruct (hitb first last h q); [lia|]. destruct (Z.lt_ge_cases 0 e) as [P|N]; [apply E2, B in P; easy|lia].
Qed.

Lemma hits_all first last h qs : hits first last h qs <= Z.of_nat (length qs).
Proof. induction qs as [|q qs IH]; cbn [hits fold_right length]; [lia|]. fold (hits first last h qs). destruct (hitb _ _ _ _); lia. Qed.

(** By products. *)
Lemma hits_products low first last h qs : coprime 1 (ModulusSort.sort qs) = true -> low <= h < first ->
  hits first last h qs <= most_events 1 low first last (ModulusSort.sort qs).
Proof.
  intros C H. pose proof (coprime_above _ C) as F.
  etransitivity; [|apply (events_bounded low first last h (map (fun q => if hitb first last h q then 1 else 0) qs) qs C H)].
  - apply Z.eq_le_incl. clear. induction qs as [|q qs IH]; cbn [hits fold_right map]; [easy|]. fold (hits first last h qs). now rewrite IH.
  - clear C. induction F as [|q qs Q _ IH]; cbn [map]; constructor; [|easy]. pose proof (hitb_ok first last h q ltac:(lia)) as B.
    destruct (hitb first last h q); split; try lia. intros _. now apply B.
Qed.

(** By places: a tree of the numbers at 0 .. p - 1, for a power p of 2, with their sums. *)
Inductive tree := Empty | Fork (sum : Z) (l r : tree).
Definition total (t : tree) : Z := match t with Empty => 0 | Fork s _ _ => s end.
Definition left_of (t : tree) : tree := match t with Empty => Empty | Fork _ l _ => l end.
Definition right_of (t : tree) : tree := match t with Empty => Empty | Fork _ _ r => r end.
(** d more at x. *)
Fixpoint put (p : positive) (x d : Z) (t : tree) : tree :=
  let s := total t + d in let l := left_of t in let r := right_of t in
  match p with
  | xO p' => if x <? Zpos p' then Fork s (put p' x d l) r else Fork s l (put p' (x - Zpos p') d r)
  | _ => Fork s l r
  end.
(** The sum of what is at 0 .. z; and the most of these sums. *)
Fixpoint up_to (p : positive) (z : Z) (t : tree) : Z :=
  match p with
  | xO p' => if z <? Zpos p' then up_to p' z (left_of t) else total (left_of t) + up_to p' (z - Zpos p') (right_of t)
  | _ => total t
  end.
Fixpoint highest (p : positive) (t : tree) : Z :=
  match t, p with
  | Empty, _ => 0
  | Fork _ l r, xO p' => Z.max (highest p' l) (total l + highest p' r)
  | Fork s _ _, _ => s
  end.
Fixpoint power (n : nat) : positive := match n with O => xH | S n' => xO (power n') end.

Lemma total_put p x d t : total (put p x d t) = total t + d.
Proof. destruct p; cbn [put]; try destruct (_ <? _); reflexivity. Qed.
Lemma up_to_put d n : forall x z t, 0 <= x < Zpos (power n) -> 0 <= z < Zpos (power n) ->
  up_to (power n) z (put (power n) x d t) = up_to (power n) z t + (if x <=? z then d else 0).
Proof.
  induction n as [|n IH]; intros x z t X Y; cbn [power put up_to] in *.
  - cbn [total]. destruct (Z.leb_spec x z); lia.
  - destruct (Z.ltb_spec x (Zpos (power n))) as [A|A], (Z.ltb_spec z (Zpos (power n))) as [B|B]; cbn [left_of right_of].
    + apply IH; lia.
    + rewrite total_put. destruct (Z.leb_spec x z); lia.
    + destruct (Z.leb_spec x z); lia.
    + rewrite IH by lia. destruct (Z.leb_spec x z), (Z.leb_spec (x - Zpos (power n)) (z - Zpos (power n))); lia.
Qed.
Lemma up_to_empty p : forall z, up_to p z Empty = 0.
Proof. induction p as [p IH|p IH|]; intros z; cbn [up_to left_of right_of total]; [easy| |easy]. destruct (_ <? _); now rewrite IH. Qed.
Lemma highest_ok p : forall z t, up_to p z t <= highest p t.
Proof.
  induction p as [p IH|p IH|]; intros z [|s l r]; rewrite ?up_to_empty; cbn [up_to highest total left_of right_of]; try lia.
  destruct (z <? Zpos p); [specialize (IH z l)|specialize (IH (z - Zpos p) r)]; lia.
Qed.

(** One interval of a modulus, a .. b, of which what is from [low] on counts; and the next. *)
Definition enter (p : positive) (low q : Z) (state : Z * Z * tree) : Z * Z * tree :=
  let '(a, b, t) := state in (a - q, b - q, put p (Z.max a low - low) 1 (put p (b + 1 - low) (-1) t)).
Definition enter_all (p : positive) (low first last q : Z) (t : tree) : tree :=
  snd (Z.iter ((last - low) / q) (enter p low q) (first - q, last - q, t)).
Definition most_at_once (low first last : Z) (qs : list Z) : Z :=
  let p := power (Z.to_nat (Z.log2 (last - low + 1) + 1)) in
  Z.max 0 (highest p (fold_right (enter_all p low first last) Empty qs)).

Lemma iter_up A (f : A -> A) x k : 0 <= k -> Z.iter (k + 1) f x = f (Z.iter k f x).
Proof. intros K. destruct k as [|k|k]; [easy| |lia]. rewrite Z.add_1_r, <- Pos2Z.inj_succ. cbn [Z.iter]. apply Pos.iter_succ. Qed.
Lemma enter_ok n low first last q h t : last - low + 1 <= Zpos (power n) -> low <= h < first -> first <= last -> 1 < q ->
  forall k, 0 <= k -> k <= (last - low) / q ->
  exists t', Z.iter k (enter (power n) low q) (first - q, last - q, t) = (first - q - k * q, last - q - k * q, t')
    /\ up_to (power n) (h - low) t <= up_to (power n) (h - low) t'
    /\ forall j, 1 <= j <= k -> first - j * q <= h <= last - j * q -> up_to (power n) (h - low) t + 1 <= up_to (power n) (h - low) t'.
Proof.
  intros P H L Q. refine (natlike_ind _ _ _).
  - intros _. exists t. rewrite !Z.mul_0_l, !Z.sub_0_r. split; [easy|]. split; [lia|]. intros j J. lia.
  - intros k K IH S. unfold Z.succ in *. destruct (IH ltac:(lia)) as (t' & E & I1 & I2). rewrite iter_up, E by easy. cbn [enter].
    assert (B : (k + 1) * q <= last - low) by (pose proof (Z.mul_div_le (last - low) q ltac:(lia)); nia).
    eexists. split; [f_equal; f_equal; ring|]. rewrite !up_to_put by nia.
    set (a := first - q - k * q). set (b := last - q - k * q). split.
    + destruct (Z.leb_spec (Z.max a low - low) (h - low)), (Z.leb_spec (b + 1 - low) (h - low)); lia.
    + intros j J X. destruct (Z.eq_dec j (k + 1)) as [->|NE].
      * destruct (Z.leb_spec (Z.max a low - low) (h - low)), (Z.leb_spec (b + 1 - low) (h - low)); lia.
      * specialize (I2 j ltac:(lia) X). destruct (Z.leb_spec (Z.max a low - low) (h - low)), (Z.leb_spec (b + 1 - low) (h - low)); lia.
Qed.
Lemma power_pos n : Zpos (power n) = 2 ^ Z.of_nat n.
Proof. induction n as [|n IH]; [easy|]. rewrite Nat2Z.inj_succ, Z.pow_succ_r by lia. cbn [power]. lia. Qed.
Lemma hits_places low first last h qs : Forall (fun q => 1 < q) qs -> low <= h < first -> hits first last h qs <= most_at_once low first last qs.
Proof.
  intros F H. unfold most_at_once. cbv zeta. destruct (Z.lt_ge_cases last first) as [E|L].
  - etransitivity; [|apply Z.le_max_l]. induction F as [|q qs Q _ IH]; cbn [hits fold_right]; [lia|]. fold (hits first last h qs).
    pose proof (hitb_ok first last h q ltac:(lia)) as [B _]. destruct (hitb first last h q); [|lia]. destruct (B eq_refl) as (v & V & _). lia.
  - set (n := Z.to_nat _). assert (P : last - low + 1 <= Zpos (power n)).
    { rewrite power_pos. unfold n. pose proof (Z.log2_nonneg (last - low + 1)). rewrite Z2Nat.id by lia.
      pose proof (Z.log2_spec (last - low + 1) ltac:(lia)) as [_ G]. unfold Z.succ in G. lia. }
    etransitivity; [|apply Z.le_max_r]. etransitivity; [|apply (highest_ok _ (h - low))].
    induction F as [|q qs Q _ IH]; cbn [hits fold_right]; [now rewrite up_to_empty|]. fold (hits first last h qs). unfold enter_all at 1.
    set (t := fold_right _ _ _) in *. assert (D : 0 <= (last - low) / q) by (apply Z.div_pos; lia).
    destruct (enter_ok n low first last q h t P H L Q _ D (Z.le_refl _)) as (t' & -> & I1 & I2). cbn [snd].
    pose proof (hitb_ok first last h q ltac:(lia)) as [B _]. destruct (hitb first last h q); [|lia]. destruct (B eq_refl) as (v & V & j & J).
    assert (1 <= j) by nia. assert (j <= (last - low) / q) by (apply Z.div_le_lower_bound; nia). specialize (I2 j ltac:(lia) ltac:(nia)). lia.
Qed.

(** At most so many of the moduli hit, whatever h from low to first - 1. *)
Definition most_places : Z := 1048576.
Definition divisors (low first last : Z) (qs : list Z) : Z :=
  let sorted := ModulusSort.sort qs in
  let bound := if coprime 1 sorted then Z.min (most_events 1 low first last sorted) (Z.of_nat (length qs)) else Z.of_nat (length qs) in
  if fold_right (fun q s => (last - low) / q + s) 0 qs <=? most_places then Z.min bound (most_at_once low first last qs) else bound.
Theorem few_hits low first last h qs : Forall (fun q => 1 < q) qs -> low <= h < first -> hits first last h qs <= divisors low first last qs.
Proof.
  intros F H. unfold divisors. cbv zeta. pose proof (hits_all first last h qs) as A. pose proof (hits_places low first last h qs F H) as P.
  pose proof (hits_products low first last h qs) as C. destruct (coprime 1 _), (_ <=? most_places); try specialize (C eq_refl H); lia.
Qed.

(** What was counted before is looked up: each entry is right by the proof that it carries, which the program does not have. *)
Record tally := Tally { at_low : Z; at_first : Z; at_last : Z; of_moduli : list Z; number : Z; right : number = divisors at_low at_first at_last of_moduli }.
Fixpoint equal_moduli (qs rs : list Z) : bool :=
  match qs, rs with [], [] => true | q :: qs, r :: rs => (q =? r) && equal_moduli qs rs | _, _ => false end.
Definition is_of (low first last : Z) (qs : list Z) (c : tally) : bool :=
  (at_low c =? low) && (at_first c =? first) && (at_last c =? last) && equal_moduli (of_moduli c) qs.
Definition look_up (seen : list tally) (low first last : Z) (qs : list Z) : tally * list tally :=
  match find (is_of low first last qs) seen with
  | Some c => (c, seen)
  | None => let c := Tally low first last qs (divisors low first last qs) eq_refl in (c, c :: seen)
  end.
Lemma equal_moduli_ok qs rs : equal_moduli qs rs = true -> qs = rs.
Proof.
  revert rs. induction qs as [|q qs IH]; intros [|r rs] H; cbn [equal_moduli] in H; try easy. apply andb_true_iff in H. destruct H as [H1 H2].
  apply Z.eqb_eq in H1. now rewrite H1, (IH rs H2).
Qed.
Lemma look_up_ok seen low first last qs : number (fst (look_up seen low first last qs)) = divisors low first last qs.
Proof.
  unfold look_up. destruct (find _ seen) as [c|] eqn:F; [|easy]. apply find_some in F. destruct F as [_ F]. cbn [fst]. rewrite (right c). unfold is_of in F.
  apply andb_true_iff in F. destruct F as [F F4]. apply andb_true_iff in F. destruct F as [F F3]. apply andb_true_iff in F. destruct F as [F1 F2].
  apply Z.eqb_eq in F1, F2, F3. apply equal_moduli_ok in F4. now rewrite F1, F2, F3, F4.
Qed.
