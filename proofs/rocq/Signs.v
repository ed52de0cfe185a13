(** Signs of any forms on top of a ReLU network, in words:

    Let Ms be k hidden layers of ReLUs with integer weights, and Vs any number of integer forms over the last of them.
    - Route A (lookahead): 3k+2 layers of gates with small weights, such that every 1[V >= 0] is a sum of gates of the last.
    - Route D (stacked): k+2 layers of gates with small weights, such that the last layer of gates is the list of all 1[V >= 0].

    Used for the clipped, rounded and exact forms with rational weights (S1Rational.v), circuits (S3.v) and barriers (S5.v). *)
From Coq Require Import ZArith List Lia Bool.
From Exactnet Require Import Network Sums Gadgets Digits Compose Lookahead LookaheadLayer S1Lookahead Passage StackedLayer Stacked S1.
Import ListNotations.
Open Scope Z_scope.

(** The values of the forms as gates. *)
Definition signs (Ms : list layer) (Vs : layer) (x : list Z) : list Z := map (fun V => step (ev V (run relu Ms x))) Vs.

Lemma originals m b Ms : Forall (fun M => (length M <= m)%nat) Ms -> Forall (Forall (fun f => mass f <= 2 ^ Z.of_nat b)) Ms ->
  Forall (original m b) Ms.
Proof. intros HM HB. induction HM; inversion_clear HB; constructor; [now split|auto]. Qed.

Section Signs.
Variables l d m k b : nat.
Hypothesis l_pos : (1 <= l)%nat.
Hypothesis m_pos : (1 <= m)%nat.
Hypothesis fit_d : Z.of_nat d + 1 <= 2 ^ Z.of_nat l.
Let T : Z := blocks l (S k) b.
Hypothesis fit_m : Z.of_nat m * (2 * Z.of_nat l * T + 1) + 1 <= 2 ^ Z.of_nat l.
Variable Ms : list layer.
Variable Vs : layer.
Hypothesis Ms_k : length Ms = k.
Hypothesis Ms_fits : fits d (Ms ++ [Vs]).
Hypothesis Ms_small : Forall (original m b) Ms.
Hypothesis Vs_small : Forall (fun V => mass V <= 2 ^ Z.of_nat b) Vs.

Lemma signs_lookahead_bits : exists ls Fs,
  length ls = (3 * k + 2)%nat /\ fits d (ls ++ [Fs])
  /\ within (Bound (2 ^ (3 * Z.of_nat l)) (2 ^ (4 * Z.of_nat l) + T)
      ((Z.of_nat m + Z.of_nat (length Vs)) * (T * 2 ^ (4 * Z.of_nat l)))) ls
  /\ wires_le 1 Fs /\ biases_le 0 Fs /\ length Fs = length Vs
  /\ forall x, cube d x -> map (fun F => ev F (run step ls x)) Fs = signs Ms Vs x.
Proof.
  apply fits_app in Ms_fits. destruct Ms_fits as [HF [HV _]].
  destruct (hidden_layers l d m (S k) b l_pos fit_d fit_m Ms ltac:(lia) HF Ms_small) as (ls & Fs & A1 & A2 & A3 & A4 & A5 & A6).
  apply fits_app in A2. destruct A2 as [A2 [A2' _]]. set (n := width d ls) in *.
  set (P := per_layer l b * Z.of_nat (length Ms)) in *.
  assert (pl : 0 <= per_layer l b) by (unfold per_layer; lia). assert (P0 : 0 <= P) by (unfold P; nia).
  destruct (levels l b P l_pos P0) as (tau & [t1 t2] & t3).
  assert (t4 : Z.of_nat tau + 1 <= T) by (clear - t3 Ms_k P pl; unfold T, blocks, P, per_layer in *; nia).
  assert (HG : Forall (good l n tau) (map (through n Fs) Vs)).
  { apply Forall_map. eapply Forall_impl; [|exact Vs_small]. intros f Hf. now apply good_through with (b := b) (P := P). }
  destruct (sign_block l l_pos n A4 tau (map (through n Fs) Vs) HG) as (ls2 & Gs & B1 & B2 & B3 & B4 & B5 & B6 & B7 & _ & B8).
  rewrite map_length in *.
  assert (E4 : 0 <= 2 ^ (4 * Z.of_nat l)) by (apply Z.pow_nonneg; lia).
  assert (T0 : 0 <= T * 2 ^ (4 * Z.of_nat l)) by (apply Z.mul_nonneg_nonneg; lia).
  exists (ls ++ ls2), Gs. split; [|split; [|split; [|split; [|split; [|split]]]]]; auto.
  - rewrite app_length. lia.
  - rewrite <- app_assoc. apply fits_app. split; [easy|exact B2].
  - assert (S1 : 0 <= Z.of_nat (length Vs) * (T * 2 ^ (4 * Z.of_nat l))) by (apply Z.mul_nonneg_nonneg; lia).
    assert (S2 : 0 <= Z.of_nat m * (T * 2 ^ (4 * Z.of_nat l))) by (apply Z.mul_nonneg_nonneg; lia).
    assert (S3 : Z.of_nat (length Vs) * ((Z.of_nat tau + 1) * 2 ^ (4 * Z.of_nat l)) <= Z.of_nat (length Vs) * (T * 2 ^ (4 * Z.of_nat l))).
    { apply Z.mul_le_mono_nonneg_l; [lia|]. apply Z.mul_le_mono_nonneg_r; lia. }
    rewrite Z.mul_add_distr_r. apply within_app.
    + eapply within_mono; [| | |exact A3]; unfold T in *; lia.
    + eapply within_mono; [| | |exact B3]; cbn [bw bb bs]; lia.
  - intros x Hx. rewrite run_app. cbv beta. rewrite B8.
    + unfold signs. rewrite map_map. apply map_ext. intros V. rewrite ev_through by easy. now rewrite A6.
    + destruct Hx as [Hx1 Hx2]. split; [rewrite run_length, Hx1; easy|]. now apply run_bits.
Qed.

Hypothesis Vs_m : (length Vs <= m)%nat.

Lemma signs_stacked_bits : let X := cap l (S k) b (needs l (S k) b (S k) (2 ^ Z.of_nat l)) in
  exists ls, length ls = (k + 2)%nat /\ fits d ls /\ within (Bound X X X) ls
  /\ forall x, cube d x -> run step ls x = signs Ms Vs x.
Proof.
  intros X. set (w0 := 2 ^ Z.of_nat l) in *.
  assert (Hw2 : 2 <= w0) by (unfold w0; change 2 with (2 ^ 1) at 1; apply Z.pow_le_mono_r; lia).
  assert (Hw : 1 <= w0) by lia.
  assert (SM : Forall (original m b) (Ms ++ [Vs])) by (apply Forall_app; split; [easy|constructor; [now split|constructor]]).
  assert (LM : length (Ms ++ [Vs]) = S k) by (rewrite app_length, Ms_k; cbn; lia).
  destruct (deep_layers l d m (S k) b l_pos fit_d fit_m m_pos (Ms ++ [Vs]) ltac:(lia) Ms_fits SM w0 Hw)
    as (ls & Ys & NN & err & n & Gs & Ss & A1 & A2 & A3 & A4 & A5 & A6 & A7 & A8 & A9 & A10 & A11 & A12 & A13 & A14 & A15).
  rewrite LM in *. fold X in A3. apply fits_app in A2. destruct A2 as [A2 [A2' _]].
  assert (TT : 2 <= T) by (apply (T2 l d m (S k) b l_pos fit_d m_pos)).
  set (Mq := moduli l (S k) b w0) in *.
  assert (Mw : w0 <= Mq) by (apply (moduli_ge l d m (S k) b l_pos fit_d m_pos); exact Hw).
  destruct (need_ge l d m (S k) b l_pos fit_d m_pos w0 Hw) as (ND1 & ND2 & ND3).
  assert (N1 : 1 <= NN) by (assert (0 <= err * w0) by (apply Z.mul_nonneg_nonneg; lia); lia).
  set (g := map (fun S : form => (fst S, snd S - 1)) Ss).
  assert (Gw : Forall (fun f => lsum Z.abs (fst f) <= 1 /\ Z.abs (snd f) <= 2) g).
  { unfold g. apply Forall_map. eapply Forall_impl; [|exact A14]. intros f Hf. unfold mass in Hf. cbn [fst snd].
    pose proof (lsum_abs_nonneg (fst f)). lia. }
  assert (W2 : 1 * err < NN) by (assert (1 * err <= w0 * err) by (apply Z.mul_le_mono_nonneg_r; lia); lia).
  assert (Gn : Forall (fun f => lsum Z.abs (fst f) * err < NN) g).
  { eapply Forall_impl; [|exact Gw]. cbv beta. intros f [Hf _].
    assert (lsum Z.abs (fst f) * err <= 1 * err) by (apply Z.mul_le_mono_nonneg_r; lia). lia. }
  set (C0 := 8 * w0 * (T + 2) * ((Mq + 2) * (Mq + 2))).
  assert (C1 : w0 * (NN + 1) <= C0) by (apply cap_wires; lia).
  assert (C2 : NN * 2 + w0 * err + w0 * ((NN + 1) * (1 + T * NN)) <= C0) by (apply cap_biases; lia).
  assert (C3 : C0 <= X).
  { apply Z.le_trans with (cap l (S k) b w0).
    - unfold C0, cap. fold T. rewrite Z.pow_2_r.
      assert (MM : Mq <= moduli l (S k) b (need l (S k) b w0)) by (apply (moduli_mono l d m (S k) b l_pos fit_d m_pos); exact ND3).
      apply Z.mul_le_mono_nonneg; [repeat apply Z.mul_nonneg_nonneg; lia|apply Z.mul_le_mono_nonneg_r; lia|apply Z.mul_nonneg_nonneg; lia|apply Z.mul_le_mono_nonneg; lia].
    - apply (cap_mono l d m (S k) b l_pos fit_d m_pos); [exact Hw|]. apply (needs_ge l d m (S k) b l_pos fit_d m_pos). exact Hw. }
  set (g' := map (convert (width d ls) Ys NN err) g).
  assert (Wg : wide n g) by (unfold g; apply Forall_map; exact A13).
  exists (ls ++ [g']). split; [|split; [|split]].
  - rewrite app_length, A1. cbn [length]. lia.
  - apply fits_app. split; [easy|]. split; [|easy]. unfold wide, g'. apply Forall_map, Forall_forall. intros f _.
    unfold convert. now apply through_length.
  - apply within_app; [exact A3|]. split; (constructor; [|constructor]); cbn [bw bb bs]; [split|].
    + unfold wires_le, g'. apply Forall_map. eapply Forall_impl; [|exact Gw]. cbv beta. intros f [Hf _].
      eapply Forall_impl; [|apply (lin_wires (width d ls) (fst f) Ys (NN + 1)); auto; lia]. cbv beta. intros a Ha.
      assert (lsum Z.abs (fst f) * (NN + 1) <= w0 * (NN + 1)) by (apply Z.mul_le_mono_nonneg_r; lia). lia.
    + unfold biases_le, g'. apply Forall_map. eapply Forall_impl; [|exact Gw]. cbv beta. intros f [Hf Hs]. unfold convert, through. cbn [fst snd].
      assert (RB : 0 <= (NN + 1) * (1 + T * NN)) by (apply Z.mul_nonneg_nonneg; [lia|]; assert (0 <= T * NN) by (apply Z.mul_nonneg_nonneg; lia); lia).
      pose proof (lin_bias (width d ls) (fst f) Ys ((NN + 1) * (1 + T * NN)) RB A9) as LB.
      eapply Z.le_trans; [|exact C3]. eapply Z.le_trans; [|exact C2].
      apply gate_bias with (S := lsum Z.abs (fst f)); auto; [apply neg_mass_le|lia].
    + unfold width_le, g'. rewrite map_length. unfold g. rewrite map_length.
      assert (LS : length Ss = length Vs).
      { destruct (A15 (repeat 0 d)) as (ys & _ & _ & _ & Hs).
        - split; [apply repeat_length|]. apply Forall_forall. intros z Hz. apply repeat_spec in Hz. now left.
        - specialize (Hs Ms Vs eq_refl). apply (f_equal (@length Z)) in Hs. unfold apply in Hs. now rewrite !map_length in Hs. }
      rewrite LS. assert (M1 : Z.of_nat m <= w0).
      { assert (Z.of_nat m * 1 <= Z.of_nat m * (2 * Z.of_nat l * T + 1)); [|lia]. apply Z.mul_le_mono_nonneg_l; [lia|].
        assert (0 <= 2 * Z.of_nat l * T) by (apply Z.mul_nonneg_nonneg; lia). lia. }
      assert (w0 * 1 <= w0 * (NN + 1)) by (apply Z.mul_le_mono_nonneg_l; lia). lia.
  - intros x Hx. destruct (A15 x Hx) as (ys & Hy & Hn & _ & Hs). specialize (Hs Ms Vs eq_refl).
    rewrite run_app. cbn [run]. unfold g'. rewrite (apply_convert _ Ys NN err g _ ys); auto.
    + unfold g, apply, signs. rewrite map_map. unfold apply in Hs.
      rewrite (map_ext _ (fun S => step (ev S ys - 1))) by (intros S; unfold ev; cbn [fst snd]; f_equal; lia).
      rewrite <- (map_map (fun S => ev S ys) (fun v => step (v - 1))).
      * rewrite Hs, map_map. apply map_ext. intros V. destruct (step_bit (ev V (run relu Ms x))) as [-> | ->]; easy.
    + destruct Hy as [Hy _]. rewrite Hy. exact Wg.
Qed.
End Signs.

(** Sums of gates that are 0 or 1 as gates, in one more layer. *)
Lemma gates_of_sums d ls Fs W B S : fits d (ls ++ [Fs]) -> within (Bound W B S) ls -> 1 <= W -> 1 <= B -> Z.of_nat (length Fs) <= S ->
  wires_le 1 Fs -> biases_le 0 Fs ->
  exists C, length C = Datatypes.S (length ls) /\ fits d C /\ within (Bound W B S) C
  /\ forall x, Forall bit (map (fun F => ev F (run step ls x)) Fs) -> run step C x = map (fun F => ev F (run step ls x)) Fs.
Proof.
  intros HF HW W1 B1 LS HW1 HB1. apply fits_app in HF. destruct HF as [F1 [F2 _]]. set (g := map (fun F : form => (fst F, snd F - 1)) Fs).
  exists (ls ++ [g]). split; [rewrite app_length; cbn [length]; lia|]. split; [|split].
  - apply fits_app. split; [exact F1|]. split; [|easy]. apply Forall_map. exact F2.
  - apply within_app; [exact HW|]. split; (constructor; [|constructor]); cbn [bw bb bs]; [split|].
    + apply Forall_map. eapply Forall_impl; [|exact HW1]. intros F. apply Forall_impl. lia.
    + apply Forall_map. eapply Forall_impl; [|exact HB1]. intros F HF. cbn [snd] in *. lia.
    + unfold width_le, g. now rewrite map_length.
  - intros x HB. rewrite run_app. cbn [run]. set (y := run step ls x) in *. unfold g, apply. rewrite map_map. clear - HB.
    induction Fs as [|F Fs IH]; [easy|]. cbn [map] in *. inversion_clear HB as [|? ? Hb HB']. rewrite (IH HB'). f_equal.
    transitivity (step (ev F y - 1)); [f_equal; unfold ev; cbn [fst snd]; lia|]. now destruct Hb as [-> | ->].
Qed.

(** ** With polynomials. *)
Lemma blocks_le (l m : nat) (T : Z) : (1 <= l)%nat -> (1 <= m)%nat -> 0 <= T ->
  Z.of_nat m * (2 * Z.of_nat l * T + 1) + 1 <= 2 ^ Z.of_nat l -> T + 2 <= 2 ^ Z.of_nat l.
Proof.
  intros Hl Hm T0 H. assert (E0 : 2 * T <= 2 * Z.of_nat l * T) by (apply Z.mul_le_mono_nonneg_r; lia).
  assert (E1 : 1 * (2 * Z.of_nat l * T + 1) <= Z.of_nat m * (2 * Z.of_nat l * T + 1)) by (apply Z.mul_le_mono_nonneg_r; lia).
  destruct (Z.eq_dec T 0) as [->|NE]; [|lia]. assert (2 ^ 1 <= 2 ^ Z.of_nat l) by (apply Z.pow_le_mono_r; lia). lia.
Qed.

Theorem signs_lookahead : forall (Ms : list layer) (Vs : layer) (d m k b : nat),
  fits d (Ms ++ [Vs]) -> length Ms = k -> (1 <= m)%nat ->
  Forall (fun M => (length M <= m)%nat) Ms -> Forall (Forall (fun f => mass f <= 2 ^ Z.of_nat b)) (Ms ++ [Vs]) ->
  let V := Z.of_nat d + Z.of_nat m + Z.of_nat k + Z.of_nat b + 3 in
  let p := 12544 * V ^ 6 in
  exists ls Fs, length ls = (3 * k + 2)%nat /\ fits d (ls ++ [Fs])
  /\ within (Bound (p ^ 3) (2 * p ^ 4) ((Z.of_nat m + Z.of_nat (length Vs)) * p ^ 5)) ls
  /\ wires_le 1 Fs /\ biases_le 0 Fs /\ length Fs = length Vs
  /\ forall x, cube d x -> map (fun F => ev F (run step ls x)) Fs = signs Ms Vs x.
Proof.
  intros Ms Vs d m k b HF HK Hm HM HB V p. apply Forall_app in HB. destruct HB as [HB HV]. inversion_clear HV as [|? ? HV' _].
  destruct (enough_bits d m (S k) b Hm) as (l & l1 & fd & fm & lp).
  replace (Z.of_nat d + Z.of_nat m + Z.of_nat (S k) + Z.of_nat b + 2) with V in lp by (unfold V; lia). fold p in lp.
  destruct (signs_lookahead_bits l d m k b l1 Hm fd fm Ms Vs HK HF (originals m b Ms HM HB) HV') as (ls & Fs & A1 & A2 & A3 & A4).
  exists ls, Fs. split; [exact A1|]. split; [exact A2|]. split; [|exact A4].
  pose proof (blocks_le l m (blocks l (S k) b) l1 Hm ltac:(unfold blocks, per_layer; lia) fm) as TB.
  set (T := blocks l (S k) b) in *. assert (T0 : 0 <= T) by (unfold T, blocks, per_layer; lia).
  eapply within_mono; [| | |exact A3].
  - rewrite Z.mul_comm, Z.pow_mul_r by lia. apply Z.pow_le_mono_l. lia.
  - rewrite (Z.mul_comm 4), Z.pow_mul_r by lia. set (q := 2 ^ Z.of_nat l) in *.
    assert (q ^ 4 <= p ^ 4) by (apply Z.pow_le_mono_l; lia). assert (q ^ 1 <= q ^ 4) by (apply Z.pow_le_mono_r; lia). lia.
  - apply Z.mul_le_mono_nonneg_l; [lia|]. rewrite (Z.mul_comm 4), Z.pow_mul_r by lia. set (q := 2 ^ Z.of_nat l) in *.
    assert (Q4 : 0 <= q ^ 4) by (apply Z.pow_nonneg; lia).
    apply Z.le_trans with (q * q ^ 4); [apply Z.mul_le_mono_nonneg_r; lia|].
    rewrite <- Z.pow_succ_r by lia. apply Z.pow_le_mono_l. lia.
Qed.

Theorem signs_stacked : forall (Ms : list layer) (Vs : layer) (d m k b : nat),
  fits d (Ms ++ [Vs]) -> length Ms = k -> (1 <= m)%nat ->
  Forall (fun M => (length M <= m)%nat) (Ms ++ [Vs]) -> Forall (Forall (fun f => mass f <= 2 ^ Z.of_nat b)) (Ms ++ [Vs]) ->
  let V := Z.of_nat d + Z.of_nat m + Z.of_nat k + Z.of_nat b + 3 in
  let X := (12544 * V ^ 6) ^ (240 * 2 ^ Z.of_nat k) in
  exists ls, length ls = (k + 2)%nat /\ fits d ls /\ within (Bound X X X) ls
  /\ forall x, cube d x -> run step ls x = signs Ms Vs x.
Proof.
  intros Ms Vs d m k b HF HK Hm HM HB V X. apply Forall_app in HB, HM. destruct HB as [HB HV], HM as [HM HW].
  inversion_clear HV as [|? ? HV' _]. inversion_clear HW as [|? ? HW' _].
  destruct (enough_bits d m (S k) b Hm) as (l & l1 & fd & fm & lp).
  replace (Z.of_nat d + Z.of_nat m + Z.of_nat (S k) + Z.of_nat b + 2) with V in lp by (unfold V; lia).
  destruct (signs_stacked_bits l d m k b l1 Hm fd fm Ms Vs HK HF (originals m b Ms HM HB) HV' HW') as (ls & A1 & A2 & A3 & A4).
  exists ls. split; [exact A1|]. split; [exact A2|]. split; [|exact A4].
  assert (B0 : 2 <= blocks l (S k) b) by (unfold blocks, per_layer; apply (Z.add_le_mono_r 0 _ 2); apply Z.mul_nonneg_nonneg; lia).
  pose proof (blocks_le l m (blocks l (S k) b) l1 Hm ltac:(lia) fm) as TB.
  assert (p_2 : 2 <= 2 ^ Z.of_nat l) by (change 2 with (2 ^ 1) at 1; apply Z.pow_le_mono_r; lia).
  pose proof (cap_needs l (S k) b (2 ^ Z.of_nat l) p_2 (conj (Z.le_trans 0 2 _ ltac:(lia) B0) TB) (Z.le_refl _) (S k) (2 ^ Z.of_nat l) 1
    ltac:(lia) ltac:(rewrite Z.pow_1_r; lia)) as C.
  assert (CX : cap l (S k) b (needs l (S k) b (S k) (2 ^ Z.of_nat l)) <= X).
  { eapply Z.le_trans; [exact C|]. unfold X. set (q := 2 ^ Z.of_nat l) in *.
    replace (240 * 2 ^ Z.of_nat k) with (120 * 2 ^ Z.of_nat (S k)) by (rewrite Nat2Z.inj_succ, Z.pow_succ_r by lia; lia).
    assert (K0 : 0 < 2 ^ Z.of_nat (S k)) by (apply Z.pow_pos_nonneg; lia). set (K := 2 ^ Z.of_nat (S k)) in *. clearbody K.
    apply Z.le_trans with (q ^ (120 * K)); [apply Z.pow_le_mono_r; lia|apply Z.pow_le_mono_l; lia]. }
  eapply within_mono; [| | |exact A3]; exact CX.
Qed.
