(** Functions that are linear in pieces of the integers, on intervals: what the rules [steps], [residue] and [count] look at.

    exactnet/structural/kernel.py, [_evaluate], [_congruent], [gaps]. *)
From Coq Require Import ZArith List Lia Bool Permutation Sorted Orders Mergesort.
Import ListNotations.
Open Scope Z_scope.

(** [slope * x + level], to which [jump + bend * x] is added from [t] on, for each (t, jump, bend). *)
Notation kink := (Z * Z * Z)%type.
Definition from (x : Z) (k : kink) : Z := let '(t, jump, bend) := k in if t <=? x then jump + bend * x else 0.
Definition kinks_at (x : Z) (ks : list kink) : Z := fold_right (fun k s => from x k + s) 0 ks.
Record piecewise := Piecewise { slope : Z; level : Z; kinks : list kink }.
Definition value_at (P : piecewise) (x : Z) : Z := slope P * x + level P + kinks_at x (kinks P).

Module KinkOrder <: TotalLeBool.
  Definition t := kink.
  Definition leb (x y : kink) := fst (fst x) <=? fst (fst y).
  Lemma leb_total x y : leb x y = true \/ leb y x = true.
  Proof. unfold leb. rewrite !Z.leb_le. lia. Qed.
End KinkOrder.
Module KinkSort := Sort KinkOrder.

(** Between 0 and the width, if there is one. *)
Definition inside (width : option Z) (y : Z) : Prop := 0 <= y /\ forall w, width = Some w -> y <= w.
Definition insideb (width : option Z) (y : Z) : bool := (0 <=? y) && match width with Some w => y <=? w | None => true end.

(** The values on low .. high, from what holds at low on; and what holds after high. *)
Fixpoint sweep (width : option Z) (s l : Z) (ks : list kink) (low high : Z) : option piecewise :=
  match ks with
  | (t, jump, bend) :: ks' =>
      if t <=? low then sweep width (s + bend) (l + jump) ks' low high
      else if high <? t then if insideb width (s * low + l) && insideb width (s * high + l) then Some (Piecewise s l ks) else None
      else if insideb width (s * low + l) && insideb width (s * (t - 1) + l)
      then sweep width (s + bend) (l + jump) ks' t high else None
  | [] => if insideb width (s * low + l) && insideb width (s * high + l) then Some (Piecewise s l []) else None
  end.
(** On ascending intervals, from [at] on. *)
Fixpoint sweep_all (width : option Z) (P : piecewise) (at_ : Z) (intervals : list (Z * Z)) : bool :=
  match intervals with
  | [] => true
  | (low, high) :: rest =>
      (at_ <=? low) && (low <=? high) &&
      match sweep width (slope P) (level P) (kinks P) low high with Some P' => sweep_all width P' high rest | None => false end
  end.
Definition evaluate (width : option Z) (P : piecewise) (intervals : list (Z * Z)) : bool :=
  match intervals with
  | [] => true
  | (low, _) :: _ => sweep_all width (Piecewise (slope P) (level P) (KinkSort.sort (kinks P))) low intervals
  end.

Definition among (x : Z) (intervals : list (Z * Z)) : Prop := exists i, In i intervals /\ fst i <= x <= snd i.

Lemma insideb_ok width y : insideb width y = true -> inside width y.
Proof.
  unfold insideb, inside. intros H. apply andb_true_iff in H. destruct H as [H1 H2]. apply Z.leb_le in H1. split; [easy|].
  intros w ->. now apply Z.leb_le.
Qed.
Lemma between width s l low high x : insideb width (s * low + l) && insideb width (s * high + l) = true -> low <= x <= high ->
  inside width (s * x + l).
Proof.
  intros H X. apply andb_true_iff in H. destruct H as [H1 H2]. apply insideb_ok in H1, H2. destruct H1 as [A1 B1], H2 as [A2 B2].
  split.
  - destruct (Z.le_ge_cases 0 s); nia.
  - intros w W. specialize (B1 w W). specialize (B2 w W). destruct (Z.le_ge_cases 0 s); nia.
Qed.

Definition ascending (ks : list kink) : Prop := StronglySorted (fun x y => fst (fst x) <= fst (fst y)) ks.
Lemma kinks_later x ks : Forall (fun k => x < fst (fst k)) ks -> kinks_at x ks = 0.
Proof.
  induction 1 as [|[[t j] b] ks H _ IH]; [easy|]. cbn [kinks_at fold_right]. fold (kinks_at x ks). rewrite IH. cbn [from fst] in *.
  destruct (Z.leb_spec t x); lia.
Qed.

Lemma sweep_ok width high P' ks : ascending ks -> forall s l low, low <= high -> sweep width s l ks low high = Some P' ->
  (forall x, low <= x <= high -> inside width (s * x + l + kinks_at x ks))
  /\ ascending (kinks P') /\ forall x, high <= x -> value_at P' x = s * x + l + kinks_at x ks.
Proof.
  induction 1 as [|[[t j] b] ks S IH F]; intros s l low L H; cbn [sweep] in H.
  - destruct (_ && _) eqn:E; [|easy]. injection H as <-. split; [|split; [constructor|easy]].
    intros x X. cbn [kinks_at fold_right]. rewrite Z.add_0_r. now apply (between width s l low high).
  - destruct (Z.leb_spec t low) as [T|T].
    + destruct (IH _ _ _ L H) as (A & B & C). split; [|split; [easy|]].
      * intros x X. specialize (A x X). cbn [kinks_at fold_right from]. fold (kinks_at x ks). rewrite (proj2 (Z.leb_le t x)) by lia.
        now replace (s * x + l + (j + b * x + kinks_at x ks)) with ((s + b) * x + (l + j) + kinks_at x ks) by ring.
      * intros x X. rewrite (C x X). cbn [kinks_at fold_right from]. fold (kinks_at x ks). rewrite (proj2 (Z.leb_le t x)) by lia. ring.
    + assert (K : forall x, x < t -> kinks_at x ((t, j, b) :: ks) = 0).
      { intros x X. apply kinks_later. constructor; [easy|]. eapply Forall_impl; [|exact F]. cbn [fst]. intros k Hk. lia. }
      destruct (Z.ltb_spec high t) as [U|U].
      * destruct (_ && _) eqn:E; [|easy]. injection H as <-. split; [|split; [now constructor|easy]].
        intros x X. rewrite K by lia. rewrite Z.add_0_r. now apply (between width s l low high).
      * destruct (_ && _) eqn:E; [|easy]. destruct (IH _ _ _ U H) as (A & B & C). split; [|split; [easy|]].
        -- intros x X. destruct (Z.lt_ge_cases x t) as [X1|X1].
           ++ rewrite K, Z.add_0_r by easy. apply (between width s l low (t - 1)); [easy|lia].
           ++ specialize (A x ltac:(lia)). cbn [kinks_at fold_right from]. fold (kinks_at x ks). rewrite (proj2 (Z.leb_le t x)) by lia.
              now replace (s * x + l + (j + b * x + kinks_at x ks)) with ((s + b) * x + (l + j) + kinks_at x ks) by ring.
        -- intros x X. rewrite (C x X). cbn [kinks_at fold_right from]. fold (kinks_at x ks). rewrite (proj2 (Z.leb_le t x)) by lia. ring.
Qed.
Lemma sweep_all_ok width intervals : forall P at_, ascending (kinks P) -> sweep_all width P at_ intervals = true ->
  forall x, among x intervals -> at_ <= x /\ inside width (value_at P x).
Proof.
  induction intervals as [|[low high] rest IH]; intros P at_ S H x ([a b] & I & X); cbn [sweep_all] in H; [easy|].
  apply andb_true_iff in H. destruct H as [H R]. apply andb_true_iff in H. destruct H as [H1 H2]. apply Z.leb_le in H1, H2.
  destruct (sweep _ _ _ _ _ _) as [P'|] eqn:E; [|easy]. destruct (sweep_ok _ _ _ _ S _ _ _ H2 E) as (A & B & C).
  cbn [fst snd] in X. destruct I as [I|I].
  - injection I as <- <-. split; [lia|]. now apply A.
  - destruct (IH P' high B R x) as [K1 K2]; [now exists (a, b)|]. split; [lia|]. rewrite (C x K1) in K2. exact K2.
Qed.
Lemma kinks_perm x ks ks' : Permutation ks ks' -> kinks_at x ks = kinks_at x ks'.
Proof. induction 1; cbn [kinks_at fold_right] in *; unfold kinks_at in *; lia. Qed.

Theorem evaluate_ok width P intervals : evaluate width P intervals = true -> forall x, among x intervals -> inside width (value_at P x).
Proof.
  unfold evaluate. destruct intervals as [|[low high] rest]; intros H x X; [destruct X as (i & [] & _)|].
  eapply sweep_all_ok in H; [|clear H|exact X].
  - destruct H as [_ H]. unfold value_at in *. cbn [slope level kinks] in H. now rewrite <- (kinks_perm x _ _ (KinkSort.Permuted_sort (kinks P))) in H.
  - cbn [kinks]. assert (T : StronglySorted (fun x y => is_true (KinkOrder.leb x y)) (KinkSort.sort (kinks P))).
    { apply KinkSort.StronglySorted_sort. intros a b c A B. unfold KinkOrder.leb, is_true in *. apply Z.leb_le in A, B. apply Z.leb_le. lia. }
    unfold ascending. induction T as [|k ks T IH F]; constructor; [easy|]. eapply Forall_impl; [|exact F]. intros r R. now apply Z.leb_le.
Qed.

(** ** The x of low .. high for which [c x] is congruent to one of first .. last modulo q, as ascending intervals. *)
Definition up (a b : Z) : Z := - (- a / b).
Fixpoint turns (n : nat) (k : Z) (low high c q first last : Z) : list (Z * Z) :=
  match n with
  | O => []
  | S n' =>
      let a := Z.max low (k * q + first) in let b := Z.min high (k * q + last) in
      let '(a, b) := if 0 <? c then (up a c, b / c) else (up b c, a / c) in
      let rest := turns n' (k + 1) low high c q first last in
      if a <=? b then (a, b) :: rest else rest
  end.
Definition most_pieces : Z := 4194304.
Definition congruent (low high c q first last : Z) : option (list (Z * Z)) :=
  if q <=? last - first + 1 then Some (if low <=? high then [(low, high)] else [])
  else
    let '(a, b) := if 0 <? c then (c * low, c * high) else (c * high, c * low) in
    let start := - ((last - a) / q) in
    let n := (b - first) / q + 1 - start in
    if n <=? most_pieces then
      let found := turns (Z.to_nat n) start a b c q first last in Some (if 0 <? c then found else rev found)
    else None.

Lemma up_le a b x : 0 < b -> a <= b * x -> up a b <= x.
Proof. intros B H. unfold up. assert (- x <= - a / b) by (apply Z.div_le_lower_bound; lia). lia. Qed.
Lemma up_le_neg a b x : b < 0 -> b * x <= a -> up a b <= x.
Proof.
  intros B H. unfold up. rewrite <- (Z.div_opp_opp (- a) b) by lia. assert (- x <= - - a / - b) by (apply Z.div_le_lower_bound; lia). lia.
Qed.
Lemma up_ge a b x : 0 < b -> up a b <= x -> a <= b * x.
Proof. unfold up. intros B H. pose proof (Z.mul_div_le (- a) b B). pose proof (Z.mod_pos_bound (- a) b B). pose proof (Z.div_mod (- a) b). nia. Qed.
Lemma up_ge_neg a b x : b < 0 -> up a b <= x -> b * x <= a.
Proof.
  unfold up. intros B H. rewrite <- (Z.div_opp_opp (- a) b) in H by lia. assert (B' : 0 < - b) by lia.
  pose proof (Z.mod_pos_bound (- - a) (- b) B'). pose proof (Z.div_mod (- - a) (- b)). nia.
Qed.
Lemma div_le_neg a b x : b < 0 -> (x <= a / b <-> a <= b * x).
Proof.
  intros B. rewrite <- (Z.div_opp_opp a b) by lia. assert (B' : 0 < - b) by lia.
  pose proof (Z.mod_pos_bound (- a) (- b) B'). pose proof (Z.div_mod (- a) (- b)). split; intros H1; nia.
Qed.
Lemma div_le_pos a b x : 0 < b -> (x <= a / b <-> b * x <= a).
Proof. intros B. pose proof (Z.mod_pos_bound a b B). pose proof (Z.div_mod a b). split; intros H1; nia. Qed.

Lemma turns_ok low high c q first last x : c <> 0 -> forall n k,
  among x (turns n k low high c q first last) <->
  exists j, k <= j < k + Z.of_nat n /\ low <= c * x <= high /\ first <= c * x - j * q <= last.
Proof.
  intros C. induction n as [|n IH]; intros k; cbn [turns].
  - split; [intros (i & [] & _)|]. intros (j & J & _). lia.
  - set (a := Z.max low (k * q + first)). set (b := Z.min high (k * q + last)).
    assert (E : exists lo hi, (if 0 <? c then (up a c, b / c) else (up b c, a / c)) = (lo, hi) /\ (lo <= x <= hi <-> a <= c * x <= b)).
    { destruct (Z.ltb_spec 0 c) as [P|N].
      - exists (up a c), (b / c). split; [easy|]. rewrite (div_le_pos b c x P). pose proof (up_le a c x P). pose proof (up_ge a c x P). lia.
      - assert (N' : c < 0) by lia. exists (up b c), (a / c). split; [easy|]. rewrite (div_le_neg a c x N').
        pose proof (up_le_neg b c x N'). pose proof (up_ge_neg b c x N'). lia. }
    destruct E as (lo & hi & -> & E).
    assert (G : among x (if lo <=? hi then (lo, hi) :: turns n (k + 1) low high c q first last else turns n (k + 1) low high c q first last)
      <-> (lo <= x <= hi \/ among x (turns n (k + 1) low high c q first last))).
    { destruct (Z.leb_spec lo hi) as [O|O].
      - split.
        + intros (i & [<-|I] & X); [now left|]. right. now exists i.
        + intros [X|(i & I & X)]; [exists (lo, hi); split; [now left|easy]|]. exists i. split; [now right|easy].
      - split; [now right|]. intros [X|X]; [lia|easy]. }
    rewrite G, IH, E. split.
    + intros [X|(j & J & X)]; [|exists j; split; [lia|easy]]. exists k. unfold a, b in X. split; [lia|]. lia.
    + intros (j & J & X). destruct (Z.eq_dec j k) as [->|NE]; [left; unfold a, b; lia|]. right. exists j. split; [lia|easy].
Qed.

Theorem congruent_ok low high c q first last found x : 0 < q -> c <> 0 -> congruent low high c q first last = Some found ->
  low <= x <= high -> (among x found <-> exists k, first <= c * x - k * q <= last).
Proof.
  intros Q C. unfold congruent. destruct (Z.leb_spec q (last - first + 1)) as [S|S]; intros H X.
  - injection H as <-. rewrite (proj2 (Z.leb_le low high)) by lia. split.
    + intros _. exists ((c * x - first) / q). pose proof (Z.mod_pos_bound (c * x - first) q Q). pose proof (Z.div_mod (c * x - first) q). lia.
    + intros _. exists (low, high). split; [now left|easy].
  - assert (E : exists a b, (if 0 <? c then (c * low, c * high) else (c * high, c * low)) = (a, b) /\ a <= c * x <= b).
    { destruct (Z.ltb_spec 0 c); eexists _, _; (split; [reflexivity|nia]). }
    destruct E as (a & b & E & AB). rewrite E in H. set (start := - ((last - a) / q)) in *. set (n := (b - first) / q + 1 - start) in *.
    destruct (n <=? most_pieces); [|easy]. injection H as <-.
    assert (R : among x (if 0 <? c then turns (Z.to_nat n) start a b c q first last else rev (turns (Z.to_nat n) start a b c q first last))
      <-> among x (turns (Z.to_nat n) start a b c q first last)).
    { destruct (0 <? c); [easy|]. unfold among. split; intros (i & I & X'); exists i; (split; [|easy]); now apply in_rev; rewrite ?rev_involutive. }
    rewrite R, turns_ok by easy. split; [intros (j & _ & _ & J); now exists j|]. intros (k & K). exists k. split; [|now split].
    assert (K1 : k <= (b - first) / q) by (apply Z.div_le_lower_bound; lia).
    assert (K2 : - k <= (last - a) / q) by (apply Z.div_le_lower_bound; lia). unfold n, start. lia.
Qed.

(** What ascending intervals leave of low .. high. *)
Fixpoint gaps (low high : Z) (intervals : list (Z * Z)) : list (Z * Z) :=
  match intervals with
  | [] => if low <=? high then [(low, high)] else []
  | (a, b) :: rest => if low <? a then (low, a - 1) :: gaps (b + 1) high rest else gaps (b + 1) high rest
  end.
Lemma gaps_ok high x intervals : forall low, low <= x <= high -> among x intervals \/ among x (gaps low high intervals).
Proof.
  induction intervals as [|[a b] rest IH]; intros low X; cbn [gaps].
  - right. rewrite (proj2 (Z.leb_le low high)) by lia. exists (low, high). split; [now left|easy].
  - destruct (Z.lt_ge_cases x a) as [L|G].
    + right. rewrite (proj2 (Z.ltb_lt low a)) by lia. exists (low, a - 1). split; [now left|]. cbn. lia.
    + destruct (Z.le_gt_cases x b) as [B|B]; [left; exists (a, b); split; [now left|easy]|].
      destruct (IH (b + 1)) as [(i & I & J)|(i & I & J)]; [lia| |].
      * left. exists i. split; [now right|easy].
      * right. destruct (low <? a); exists i; (split; [|easy]); [now right|easy].
Qed.
