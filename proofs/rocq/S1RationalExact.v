(** S1 for rational weights, exact form, on the cube: depth 3k-1 by route A and k+1 by route D.  In words:

    Let N be a ReLU network of depth k with rational weights, D a common denominator of them, D <= 2^b, and every form, times D,
    of mass at most 2^b.  If on the cube all outputs are multiples of 1/r of absolute value at most R, there is a network N' of
    depth 3k-1 (k+1) that is equal to N on the cube, whose hidden weights are integers and whose output weights are multiples of
    1/r, bounded by a polynomial in d, m, k, b, r and R (for constant k).

    The output is read modulo a number that is coprime to D: of b+3 pairwise coprime numbers one is (docs/theory.md, "Output, exact
    form"; "Rational weights"). *)
From Coq Require Import ZArith Znumtheory QArith Qabs Qround List Lia Bool.
From Exactnet Require Import Network Sums Gadgets Digits Compose Lookahead OutputExact Divisors Moduli S1 Rational S1Rational.
Import ListNotations.
Open Scope Z_scope.

(** ** A modulus that is coprime to D *)
Lemma coprime_gcds H qs : coprime_list qs -> coprime_list (map (Z.gcd H) qs).
Proof.
  induction 1 as [|q qs Hq _ IH]; cbn [map]; constructor; [|exact IH]. apply Forall_map. eapply Forall_impl; [|exact Hq]. intros p Hp.
  apply rel_prime_div with q; [|apply Z.gcd_divide_r]. apply rel_prime_sym. apply rel_prime_div with p; [|apply Z.gcd_divide_r]. now apply rel_prime_sym.
Qed.
Lemma filter_all {A} (f : A -> bool) l : (forall a, In a l -> f a = true) -> filter f l = l.
Proof. induction l as [|a l IH]; intros H; [easy|]. cbn [filter]. rewrite (H a) by now left. rewrite IH; [easy|]. intros b Hb. apply H. now right. Qed.
Lemma one_is_coprime H (K : nat) qs : H <> 0 -> Z.abs H < 2 ^ Z.of_nat K -> coprime_list qs -> (K < length qs)%nat ->
  exists q, In q qs /\ Z.gcd H q = 1.
Proof.
  intros H0 HK C L. destruct (find (fun q => Z.gcd H q =? 1) qs) as [q|] eqn:F.
  - apply find_some in F. destruct F as [I E]. exists q. split; [easy|now apply Z.eqb_eq].
  - exfalso. set (gs := map (Z.gcd H) qs). assert (G : Forall (fun g => 2 <= g) gs).
    { unfold gs. apply Forall_map, Forall_forall. intros q Hq. pose proof (find_none _ _ F q Hq) as E. cbv beta in E. apply Z.eqb_neq in E.
      pose proof (Z.gcd_nonneg H q). assert (Z.gcd H q <> 0) by (intros X; apply Z.gcd_eq_0 in X; tauto). lia. }
    pose proof (few_divisors H 2 K gs ltac:(lia) H0 HK (coprime_gcds H qs C) G) as B.
    assert (A : count (divides H) gs = Z.of_nat (length gs)).
    { rewrite count_filter. f_equal. f_equal. unfold gs. apply filter_all. intros g Hg. apply in_map_iff in Hg.
      destruct Hg as (q & <- & Hq). unfold divides. apply Z.eqb_eq, Z.mod_divide; [|apply Z.gcd_divide_l].
      rewrite Forall_forall in G. assert (2 <= Z.gcd H q) by (apply G; unfold gs; now apply in_map). lia. }
    rewrite A in B. unfold gs in B. rewrite map_length in B. lia.
Qed.
(** R' >= B with 2R'+1 coprime to D. *)
Lemma coprime_range D (b : nat) B : 1 <= D <= 2 ^ Z.of_nat b -> 1 <= B ->
  exists R', B <= R' <= 32 * (Z.of_nat b + 2 * B + 5) ^ 2 /\ rel_prime (2 * R' + 1) D.
Proof.
  intros HD HB. destruct (enough_moduli (b + 3) (2 * B + 1) ltac:(lia)) as (qs & L & C & F).
  assert (P : 2 ^ Z.of_nat (b + 2) = 4 * 2 ^ Z.of_nat b) by (rewrite Nat2Z.inj_add, Z.pow_add_r by lia; change (2 ^ Z.of_nat 2) with 4; ring).
  destruct (one_is_coprime (2 * D) (b + 2) qs) as (q & I & G); [lia|rewrite P; lia|easy|lia|].
  rewrite Forall_forall in F. specialize (F q I). apply Zgcd_1_rel_prime in G. apply rel_prime_sym in G.
  assert (O : q mod 2 = 1).
  { assert (R2 : rel_prime q 2) by (apply rel_prime_sym; apply rel_prime_div with (2 * D); [now apply rel_prime_sym|exists D; ring]).
    destruct (Z.eq_dec (q mod 2) 0) as [E|E]; [|pose proof (Z.mod_pos_bound q 2); lia]. apply Z.mod_divide in E; [|lia].
    assert (X : (2 | 1)) by (apply R2; [easy|apply Z.divide_refl]). apply Z.divide_1_r in X. lia. }
  pose proof (Z.div_mod q 2 ltac:(lia)) as DM. exists (q / 2). replace (2 * (q / 2) + 1) with q by lia.
  replace (Z.of_nat (b + 3) + (2 * B + 1) + 1) with (Z.of_nat b + 2 * B + 5) in F by lia. split; [lia|].
  apply rel_prime_sym. apply rel_prime_div with (2 * D); [now apply rel_prime_sym|exists 2; ring].
Qed.

(** ** The network of integers *)
Definition times_form (u : Z) (V : form) : form := (map (Z.mul u) (fst V), u * snd V).
Lemma ev_times u V x : ev (times_form u V) x = u * ev V x.
Proof. unfold ev, times_form. cbn [fst snd]. rewrite dot_scale. ring. Qed.

Lemma tame_mono r W B S Wo Bo W' B' S' Wo' Bo' N : W <= W' -> B <= B' -> S <= S' -> Wo <= Wo' -> Bo <= Bo' ->
  tame r W B S Wo Bo N -> tame r W' B' S' Wo' Bo' N.
Proof.
  intros L1 L2 L3 L4 L5 [(H & E & A1 & A2 & A3) (O & F & A4 & A5)].
  assert (X : Forall (wires_le Wo') [O]) by (apply (wires_mono _ _ _ L4); now constructor).
  assert (Y : Forall (biases_le Bo') [O]) by (apply (biases_mono _ _ _ L5); now constructor).
  split; [exists H|exists O; now inversion_clear X; inversion_clear Y]. split; [exact E|].
  split; [exact (wires_mono _ _ _ L1 A1)|]. split; [exact (biases_mono _ _ _ L2 A2)|exact (widths_mono _ _ _ L3 A3)].
Qed.

Lemma power_mono v R R' e : 0 <= v -> 0 <= R <= R' -> (12544 * v * (2 * R + 1)) ^ e <= (12544 * v * (2 * R' + 1)) ^ e.
Proof. intros V H. apply Z.pow_le_mono_l. split; [apply Z.mul_nonneg_nonneg; lia|apply Z.mul_le_mono_nonneg_l; lia]. Qed.

Section Exact.
Variables (N : netQ) (d m b kh : nat) (D : Z) (r : positive) (R : Z).
Hypothesis N_fits : well_formedQ d N.
Hypothesis N_kh : length (hiddenQ N) = kh.
Hypothesis m_pos : (1 <= m)%nat.
Hypothesis N_width : Forall (fun l : layerQ => (length l <= m)%nat) (hiddenQ N).
Hypothesis D_range : 1 <= D <= 2 ^ Z.of_nat b.
Hypothesis N_small : Forall (Forall (small D (2 ^ Z.of_nat b))) (hiddenQ N ++ [outputQ N]).
Hypothesis R_pos : 1 <= R.
(** The outputs are multiples of 1/r of absolute value at most R. *)
Hypothesis N_range : forall x, cube d x -> Forall (fun v => (Qabs v <= inject_Z R)%Q /\ exists z, (v == z # r)%Q) (valueQ N (toQ x)).
Let o : Z := Z.of_nat (length (outputQ N)).
Let s : Z := D ^ Z.of_nat kh.
Let target (x : list Z) : list Z := map (fun v => Qfloor (inject_Z (Zpos r) * v)) (valueQ N (toQ x)).

Lemma integer_network : exists R' (M : net), Zpos r * R <= R' <= 32 * (Z.of_nat b + 2 * (Zpos r * R) + 5) ^ 2
  /\ well_formed d M /\ length (hidden M) = kh /\ Forall (fun l => (length l <= m)%nat) (hidden M)
  /\ Forall (Forall (fun f => mass f <= 2 ^ Z.of_nat (b * (kh + 1)))) (hidden M) /\ length (output M) = length (outputQ N)
  /\ forall x, cube d x -> Forall2 (stands R') (value relu M x) (target x).
Proof.
  destruct (coprime_range D b (Zpos r * R) D_range ltac:(nia)) as (R' & HR & CO). set (q := 2 * R' + 1) in *.
  assert (CS : rel_prime q (D * s)).
  { apply rel_prime_mult; [easy|]. unfold s. apply rel_prime_sym. clear - CO. induction kh as [|k IH]; [change (Z.of_nat 0) with 0; rewrite Z.pow_0_r; apply rel_prime_1|].
    rewrite Nat2Z.inj_succ, Z.pow_succ_r by lia. apply rel_prime_sym, rel_prime_mult; apply rel_prime_sym; [now apply rel_prime_sym|exact IH]. }
  destruct (rel_prime_bezout _ _ CS) as [e i E].
  set (Ms := integers D 1 (hiddenQ N)). set (Vs := map (integral D s) (outputQ N)). set (u := Zpos r * i).
  exists R', (Net Ms (map (times_form u) Vs)). cbn [hidden output]. split; [easy|]. split; [|split; [|split; [|split; [|split]]]].
  - unfold well_formed. cbn [hidden output]. pose proof (network_fits D d N N_fits) as F. rewrite N_kh in F. fold s Vs Ms in F. apply fits_app in F. destruct F as [F1 [F2 _]]. apply fits_app. split; [easy|]. split; [|easy].
    unfold wide. apply Forall_map. eapply Forall_impl; [|exact F2]. intros V HV. cbn [fst times_form]. now rewrite map_length.
  - unfold Ms. now rewrite integers_length.
  - now apply integers_widths.
  - apply Forall_app in N_small. now apply integers_small; [..|rewrite N_kh].
  - unfold Vs. now rewrite !map_length.
  - intros x Hx. unfold value. cbn [hidden output]. rewrite map_map.
    pose proof (outputs_scaled N kh D (proj1 D_range) N_kh (small_over _ _ _ N_small) x) as SC. fold s Ms Vs in SC.
    specialize (N_range x Hx). unfold target. revert SC N_range. generalize (valueQ N (toQ x)). induction Vs as [|V Vs' IH]; intros vs SC NR; inversion SC as [|v z vs' zs Hv SC']; subst; cbn [map].
    + constructor.
    + inversion_clear NR as [|? ? [A1 [z0 A2]] NR']. constructor; [|now apply IH]. rewrite ev_times. set (y := ev V (run relu Ms x)) in *.
      rewrite (Qfloor_comp _ (inject_Z (Zpos r) * (z0 # r))) by (now rewrite A2). rewrite floor_multiple.
      assert (Y : Zpos r * y = D * s * z0).
      { unfold scaled in Hv. rewrite A2 in Hv. unfold Qeq, Qmult, inject_Z in Hv. cbn [Qnum Qden] in Hv. rewrite ?Pos.mul_1_l, ?Z.mul_1_r in Hv. lia. }
      assert (B : Z.abs z0 <= Zpos r * R).
      { rewrite A2 in A1. unfold Qle, Qabs, inject_Z in A1. cbn [Qnum Qden] in A1. lia. }
      split; [lia|]. unfold OutputExact.q. fold q. replace (u * y) with (z0 + - (e * z0) * q); [apply Z.mod_add; unfold q; lia|].
      unfold u. replace (Zpos r * i * y) with (i * (Zpos r * y)) by ring. rewrite Y. replace (i * (D * s * z0)) with ((i * (D * s)) * z0) by ring.
      replace (i * (D * s)) with (1 - e * q) by lia. ring.
Qed.

(** The integers that stand for the outputs, over r. *)
Lemma over_r (M : net) W B S Wo Bo : well_formed d M -> (forall x, cube d x -> value relu M x = target x) ->
  Forall (wires_le W) (hidden M) -> Forall (biases_le B) (hidden M) -> Forall (width_le S) (hidden M) -> wires_le Wo (output M) -> biases_le Bo (output M) ->
  exists N' : netQ, well_formedQ d N' /\ depthQ N' = depth M /\ (forall x, cube d x -> Forall2 Qeq (valueQ N' (toQ x)) (valueQ N (toQ x)))
  /\ tame r W B S Wo Bo N'.
Proof.
  intros F V H1 H2 H3 H4 H5. destruct (divided_ok r d M W B S Wo Bo F H1 H2 H3 H4 H5) as (A1 & A2 & A3 & A4).
  exists (divided r M). split; [exact A1|]. split; [exact A2|]. split; [|exact A3]. intros x Hx. specialize (A4 x). rewrite (V x Hx) in A4.
  apply (values_trans _ _ _ A4). unfold target. rewrite map_map. pose proof (N_range x Hx) as NR. clear - NR.
  induction NR as [|v vs [_ [z Z0]] _ IH]; cbn [map]; constructor; [|exact IH].
  rewrite (Qfloor_comp _ (inject_Z (Zpos r) * (z # r))) by (now rewrite Z0). now rewrite floor_multiple.
Qed.

Theorem S1_rational_lookahead :
  let V := Z.of_nat d + Z.of_nat m + Z.of_nat kh + Z.of_nat (b * (kh + 1)) + 2 in
  let p := 12544 * V ^ 6 in let R' := 32 * (Z.of_nat b + 2 * (Zpos r * R) + 5) ^ 2 in
  exists N' : netQ, well_formedQ d N' /\ depthQ N' = (3 * depthQ N - 1)%nat
  /\ (forall x, cube d x -> Forall2 Qeq (valueQ N' (toQ x)) (valueQ N (toQ x)))
  /\ tame r (2 * R' * p ^ 4) (2 * R' * p ^ 4) (4 * R' * (1 + o) * p ^ 5) (2 * R' * p ^ 4) (2 * R' * p ^ 4) N'.
Proof.
  intros V p Rm. destruct integer_network as (R' & M & HR & M1 & M2 & M3 & M4 & M5 & M6).
  assert (R1 : 1 <= R') by (apply Z.le_trans with (Zpos r * R); [clear - R_pos; nia|exact (proj1 HR)]).
  destruct (small_weights_of M d m kh (b * (kh + 1)) R' target M1 M2 m_pos M3 M4 R1 M6) as (M' & A1 & A2 & A3 & A4 & A5 & A6).
  fold V p in A4, A5, A6. assert (P0 : 0 <= p) by (unfold p; apply Z.mul_nonneg_nonneg; [easy|apply Z.pow_nonneg; clear; unfold V; lia]).
  assert (P4 : 0 <= p ^ 4) by now apply Z.pow_nonneg. assert (P5 : 0 <= p ^ 5) by now apply Z.pow_nonneg.
  pose proof (proj2 HR) as HR'. fold Rm in HR'. clear HR. clearbody p Rm. clear V.
  assert (LW : 2 * R' * p ^ 4 <= 2 * Rm * p ^ 4) by (apply Z.mul_le_mono_nonneg_r; [easy|clear - HR'; lia]).
  assert (LS : 4 * R' * (1 + Z.of_nat (length (output M))) * p ^ 5 <= 4 * Rm * (1 + o) * p ^ 5).
  { rewrite M5. fold o. apply Z.mul_le_mono_nonneg_r; [easy|]. apply Z.mul_le_mono_nonneg_r; [clear; unfold o; lia|clear - HR'; lia]. }
  apply Forall_app in A4, A5. destruct A4 as [A4 A4'], A5 as [A5 A5']. inversion_clear A4' as [|? ? A4o _]. inversion_clear A5' as [|? ? A5o _].
  destruct (over_r M' (2 * R' * p ^ 4) (2 * R' * p ^ 4) (4 * R' * (1 + Z.of_nat (length (output M))) * p ^ 5) (2 * R' * p ^ 4) (2 * R' * p ^ 4)
    A1 A3 A4 A5 A6 A4o A5o) as (N' & B1 & B2 & B3 & B4).
  exists N'. split; [exact B1|]. split; [rewrite B2, A2; unfold depth, depthQ; rewrite M2, N_kh; reflexivity|]. split; [exact B3|]. now apply (tame_mono r _ _ _ _ _ _ _ _ _ _ N' LW LW LS LW LW).
Qed.

Theorem S1_rational_stacked :
  let V := Z.of_nat d + Z.of_nat m + Z.of_nat kh + Z.of_nat (b * (kh + 1)) + 2 in
  let R' := 32 * (Z.of_nat b + 2 * (Zpos r * R) + 5) ^ 2 in
  let X := (12544 * V ^ 6 * (2 * R' + 1)) ^ (120 * 2 ^ Z.of_nat kh) in
  exists N' : netQ, well_formedQ d N' /\ depthQ N' = S (depthQ N)
  /\ (forall x, cube d x -> Forall2 Qeq (valueQ N' (toQ x)) (valueQ N (toQ x)))
  /\ tame r X X (2 * (1 + o) * X) X X N'.
Proof.
  intros V Rm X. destruct integer_network as (R' & M & HR & M1 & M2 & M3 & M4 & M5 & M6).
  assert (R1 : 1 <= R') by (apply Z.le_trans with (Zpos r * R); [clear - R_pos; nia|exact (proj1 HR)]).
  destruct (depth_plus_one_of M d m kh (b * (kh + 1)) R' target M1 M2 m_pos M3 M4 R1 M6) as (M' & A1 & A2 & A3 & A4 & A5 & A6).
  fold V in A4, A5, A6. set (Y := (12544 * V ^ 6 * (2 * R' + 1)) ^ (120 * 2 ^ Z.of_nat kh)) in *.
  assert (V0 : 0 <= V ^ 6) by (apply Z.pow_nonneg; clear; unfold V; lia).
  assert (LY : Y <= X) by (apply power_mono; [exact V0|exact (conj (Z.le_trans 0 1 R' ltac:(easy) R1) (proj2 HR))]).
  clearbody X Y. clear V0 HR Rm V.
  assert (LS : 2 * (1 + Z.of_nat (length (output M))) * Y <= 2 * (1 + o) * X).
  { rewrite M5. fold o. apply Z.mul_le_mono_nonneg_l; [clear; unfold o; lia|exact LY]. }
  apply Forall_app in A4, A5. destruct A4 as [A4 A4'], A5 as [A5 A5']. inversion_clear A4' as [|? ? A4o _]. inversion_clear A5' as [|? ? A5o _].
  destruct (over_r M' Y Y (2 * (1 + Z.of_nat (length (output M))) * Y) Y Y A1 A3 A4 A5 A6 A4o A5o) as (N' & B1 & B2 & B3 & B4).
  exists N'. split; [exact B1|]. split; [rewrite B2, A2; unfold depth, depthQ; now rewrite M2, N_kh|]. split; [exact B3|].
  now apply (tame_mono r _ _ _ _ _ _ _ _ _ _ N' LY LY LS LY LY).
Qed.
End Exact.
