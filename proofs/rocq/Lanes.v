(** Lanes: the values of many inputs in one integer, w bits each, so that one addition adds them all.

    Lists of values are [map f xs] for a function f of the inputs xs.  Negative values borrow from the next lane: sums and
    multiples of packed integers are those of the values ([pack_sum], [pack_times]).  For the signs, 2^(w-1) is added in every
    lane ([signs_lanes], [relu_lanes]); the same to get the values back ([unpack_pack]).  For Checker.v; no part of a theorem. *)
From Coq Require Import ZArith List Lia Bool.
Import ListNotations.
Open Scope Z_scope.

Definition pack (w : Z) (vs : list Z) : Z := fold_right (fun v acc => v + Z.shiftl acc w) 0 vs.
Definition high (w one : Z) : Z := Z.shiftl one (w - 1).
(** For each lane 1 if its value is at least 0, else 0; [one] is 1 in every lane. *)
Definition signs (w one z : Z) : Z := Z.shiftr (Z.land (z + high w one) (high w one)) (w - 1).
Definition relus (w one z : Z) : Z := let above := signs w one z in Z.land (z + high w one) (above * Z.ones w) - high w above.
(** The values of n lanes, if 2^(w-1) was added to each. *)
Fixpoint unpack (w : Z) (n : nat) (z : Z) : list Z :=
  match n with
  | O => []
  | S n' => (Z.land z (Z.ones w) - Z.shiftl 1 (w - 1)) :: unpack w n' (Z.shiftr z w)
  end.
(** Columns of a list of rows of d numbers, each packed. *)
Fixpoint push (w : Z) (x : list Z) (cols : list Z) : list Z :=
  match x, cols with v :: x', c :: cols' => (v + Z.shiftl c w) :: push w x' cols' | _, _ => [] end.
Definition columns (w : Z) (d : nat) (xs : list (list Z)) : list Z := fold_right (push w) (repeat 0 d) xs.

Lemma pack_cons w v vs : 0 <= w -> pack w (v :: vs) = v + 2 ^ w * pack w vs.
Proof. intros H. cbn [pack fold_right]. fold (pack w vs). rewrite Z.shiftl_mul_pow2 by easy. ring. Qed.

Section Lanes.
Variables (X : Type) (w : Z).
Hypothesis Hw : 0 < w.
Implicit Types (f g : X -> Z) (xs : list X).

Lemma pack_sum f g xs : pack w (map f xs) + pack w (map g xs) = pack w (map (fun x => f x + g x) xs).
Proof. induction xs as [|x xs IH]; [easy|]. cbn [map]. rewrite !pack_cons by lia. rewrite <- IH. ring. Qed.
Lemma pack_times c f xs : c * pack w (map f xs) = pack w (map (fun x => c * f x) xs).
Proof. induction xs as [|x xs IH]; [cbn; ring|]. cbn [map]. rewrite !pack_cons by lia. rewrite <- IH. ring. Qed.
Lemma pack_ext f g xs : (forall x, In x xs -> f x = g x) -> pack w (map f xs) = pack w (map g xs).
Proof. intros H. f_equal. now apply map_ext_in. Qed.

(** Two lanes' bits do not meet. *)
Lemma bits_of_lanes a A n i : 0 <= n -> 0 <= a < 2 ^ n -> 0 <= i ->
  Z.testbit (a + 2 ^ n * A) i = if i <? n then Z.testbit a i else Z.testbit A (i - n).
Proof.
  intros Hn Ha Hi. assert (P : 0 < 2 ^ n) by (apply Z.pow_pos_nonneg; lia). destruct (Z.ltb_spec i n) as [L|G].
  - rewrite <- (Z.mod_pow2_bits_low (a + 2 ^ n * A) n i) by lia. f_equal.
    rewrite (Z.mul_comm (2 ^ n) A), Z.mod_add by lia. now apply Z.mod_small.
  - replace i with ((i - n) + n) at 1 by lia. rewrite <- Z.div_pow2_bits by lia. f_equal.
    rewrite (Z.mul_comm (2 ^ n) A), Z.div_add by lia. rewrite Z.div_small by easy. ring.
Qed.
Lemma land_lanes a A b B n : 0 <= n -> 0 <= a < 2 ^ n -> 0 <= b < 2 ^ n ->
  Z.land (a + 2 ^ n * A) (b + 2 ^ n * B) = Z.land a b + 2 ^ n * Z.land A B.
Proof.
  intros Hn Ha Hb. assert (L : 0 <= Z.land a b < 2 ^ n).
  { split; [apply Z.land_nonneg; lia|]. destruct (Z.eq_dec (Z.land a b) 0) as [->|NE]; [apply Z.pow_pos_nonneg; lia|].
    assert (0 <= Z.land a b) by (apply Z.land_nonneg; lia). apply Z.log2_lt_pow2; [lia|].
    destruct (Z.eq_dec a 0) as [->|Na]; [now rewrite Z.land_0_l in NE|]. destruct (Z.eq_dec b 0) as [->|Nb]; [now rewrite Z.land_0_r in NE|].
    eapply Z.le_lt_trans; [apply Z.log2_land; lia|]. apply Z.min_lt_iff. left. apply Z.log2_lt_pow2; lia. }
  apply Z.bits_inj'. intros i Hi. rewrite Z.land_spec, !bits_of_lanes by easy. destruct (i <? n); now rewrite Z.land_spec.
Qed.
Lemma land_pack f g xs : (forall x, In x xs -> 0 <= f x < 2 ^ w) -> (forall x, In x xs -> 0 <= g x < 2 ^ w) ->
  Z.land (pack w (map f xs)) (pack w (map g xs)) = pack w (map (fun x => Z.land (f x) (g x)) xs).
Proof.
  induction xs as [|x xs IH]; intros F G; [easy|]. cbn [map]. rewrite !pack_cons by lia.
  rewrite land_lanes by (lia || apply F || apply G; now left). rewrite IH; [easy| |]; intros y Hy; apply F || apply G; now right.
Qed.

Lemma half : 2 ^ w = 2 * 2 ^ (w - 1) /\ 0 < 2 ^ (w - 1).
Proof. split; [rewrite <- Z.pow_succ_r by lia; f_equal; lia|apply Z.pow_pos_nonneg; lia]. Qed.

Lemma shift_pack c f xs : 0 <= c -> Z.shiftl (pack w (map f xs)) c = pack w (map (fun x => 2 ^ c * f x) xs).
Proof. intros H. rewrite Z.shiftl_mul_pow2 by easy. rewrite Z.mul_comm. apply pack_times. Qed.
Lemma high_pack f xs : high w (pack w (map f xs)) = pack w (map (fun x => 2 ^ (w - 1) * f x) xs).
Proof. apply shift_pack. lia. Qed.

Lemma top_bit a : - 2 ^ (w - 1) <= a < 2 ^ (w - 1) ->
  Z.land (a + 2 ^ (w - 1) * 1) (2 ^ (w - 1) * 1) = 2 ^ (w - 1) * (if 0 <=? a then 1 else 0).
Proof.
  intros H. destruct half as [E P]. replace (2 ^ (w - 1) * 1) with (0 + 2 ^ (w - 1) * 1) at 2 by ring. destruct (Z.leb_spec 0 a).
  - rewrite land_lanes by lia. rewrite Z.land_0_r. cbn. ring.
  - replace (a + 2 ^ (w - 1) * 1) with (a + 2 ^ (w - 1) + 2 ^ (w - 1) * 0) by ring. rewrite land_lanes by lia. rewrite Z.land_0_r. cbn. ring.
Qed.

Lemma signs_lanes f xs : (forall x, In x xs -> - 2 ^ (w - 1) <= f x < 2 ^ (w - 1)) ->
  signs w (pack w (map (fun _ => 1) xs)) (pack w (map f xs)) = pack w (map (fun x => if 0 <=? f x then 1 else 0) xs).
Proof.
  intros H. destruct half as [E P]. unfold signs. rewrite high_pack, pack_sum, land_pack.
  2, 3: intros x Hx; specialize (H x Hx); lia.
  rewrite (pack_ext _ (fun x => 2 ^ (w - 1) * (if 0 <=? f x then 1 else 0))) by (intros x Hx; now apply top_bit, H).
  rewrite <- pack_times, Z.shiftr_div_pow2 by lia. rewrite Z.mul_comm, Z.div_mul by lia. easy.
Qed.

Lemma relu_lanes f xs : (forall x, In x xs -> - 2 ^ (w - 1) <= f x < 2 ^ (w - 1)) ->
  relus w (pack w (map (fun _ => 1) xs)) (pack w (map f xs)) = pack w (map (fun x => if 0 <=? f x then f x else 0) xs).
Proof.
  intros H. destruct half as [E P]. unfold relus. cbv zeta. rewrite signs_lanes, !high_pack, pack_sum by easy.
  rewrite (Z.mul_comm _ (Z.ones w)), pack_times, land_pack.
  2: intros x Hx; specialize (H x Hx); lia.
  2: intros x Hx; rewrite Z.ones_equiv; destruct (0 <=? f x); lia.
  set (a := fun x => Z.land _ _). set (b := fun x => 2 ^ (w - 1) * (if 0 <=? f x then 1 else 0)).
  replace (pack w (map a xs) - pack w (map b xs)) with (pack w (map a xs) + -1 * pack w (map b xs)) by ring.
  rewrite pack_times, pack_sum. apply pack_ext. intros x Hx. specialize (H x Hx). unfold a, b. destruct (Z.leb_spec 0 (f x)).
  - rewrite !Z.mul_1_r, Z.land_ones by lia. rewrite Z.mod_small by lia. ring.
  - rewrite !Z.mul_0_r, Z.land_0_r. ring.
Qed.

Lemma unpack_pack f xs : (forall x, In x xs -> - 2 ^ (w - 1) <= f x < 2 ^ (w - 1)) ->
  unpack w (length xs) (pack w (map f xs) + high w (pack w (map (fun _ => 1) xs))) = map f xs.
Proof.
  destruct half as [E P]. rewrite high_pack, pack_sum. induction xs as [|x xs IH]; intros H; [easy|].
  cbn [map length unpack]. rewrite pack_cons by lia. pose proof (H x (or_introl eq_refl)) as Hx. f_equal.
  - rewrite Z.land_ones, Z.shiftl_mul_pow2, (Z.mul_comm (2 ^ w)), Z.mod_add, Z.mod_small by lia. ring.
  - rewrite Z.shiftr_div_pow2, (Z.mul_comm (2 ^ w)), Z.div_add, Z.div_small by lia. apply IH. intros y Hy. apply H. now right.
Qed.
End Lanes.

Lemma push_nth w x : forall cols j, length x = length cols -> 0 <= w -> nth j (push w x cols) 0 = nth j x 0 + 2 ^ w * nth j cols 0.
Proof.
  induction x as [|v x IH]; intros [|c cols] j L Hw; try easy; [destruct j; cbn; lia|].
  destruct j as [|j]; cbn [push nth]; [rewrite Z.shiftl_mul_pow2 by easy; ring|]. apply IH; [now injection L|easy].
Qed.
Lemma push_length w x : forall cols, length x = length cols -> length (push w x cols) = length cols.
Proof. induction x as [|v x IH]; intros [|c cols] L; try easy. cbn [push length]. rewrite IH; [easy|now injection L]. Qed.
Lemma columns_ok w d xs : 0 <= w -> (forall x, In x xs -> length x = d) ->
  length (columns w d xs) = d /\ forall j, nth j (columns w d xs) 0 = pack w (map (fun x => nth j x 0) xs).
Proof.
  intros Hw. induction xs as [|x xs IH]; intros H; cbn [columns fold_right].
  - split; [apply repeat_length|]. intros j. cbn. destruct (Nat.lt_ge_cases j d) as [L|G]; [now rewrite nth_repeat|].
    now rewrite nth_overflow by now rewrite repeat_length.
  - fold (columns w d xs). destruct IH as [L IH]; [intros y Hy; apply H; now right|].
    assert (Lx : length x = length (columns w d xs)) by (rewrite L; apply H; now left).
    split; [now rewrite push_length|]. intros j. rewrite push_nth by easy. cbn [map]. now rewrite pack_cons, IH by easy.
Qed.
