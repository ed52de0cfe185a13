(** S3, threshold circuits with small weights, on the cube, for every circuit with integer weights. In words:

    - [S3_lookahead] (route A): a circuit of depth t equals one of depth 2t+1.
    - [S3_stacked] (route D): it equals one of depth t+1; for constant t its size and weights are a polynomial.
    - [one_gate_small]: one gate with any weights is a circuit of depth 2, unconditionally.

    docs/theory.md, S3; docs/stacked.md. A gate's weights may be as large as 2^b; the bounds depend on b polynomially. *)
From Coq Require Import ZArith List Lia Bool.
From Exactnet Require Import Network Sums Gadgets Digits Compose Lookahead LookaheadLayer Steps S1Lookahead Moduli NoisyLiteral Stacked S1 Signs.
Import ListNotations.
Open Scope Z_scope.

Theorem one_gate_small : forall (L : form) (B : nat), mass L < 2 ^ Z.of_nat B ->
  let n := Z.of_nat (length (fst L)) in
  let M := Z.of_nat B * (n * (Z.of_nat B + 3)) + 1 in          (* moduli *)
  let q := 64 * (M + n + 3) ^ 2 in                             (* their size *)
  exists (g : layer) (F : form),
    fits (length (fst L)) [g; [F]]
    /\ wires_le (q * (n + 2) ^ 4) g /\ biases_le ((q + 1) * (n + 2) ^ 5) g /\ Forall (fun v => Z.abs v <= M + 1) (fst F)
    /\ width_le ((1 + Z.of_nat B * M) * ((q + 1) * (n + 2) ^ 5)) g
    /\ forall x, cube (length (fst L)) x -> run step [g; [F]] x = [step (ev L x)].
Proof.
  intros L B HB n M q. assert (n0 : 0 <= n) by (unfold n; lia).
  assert (M0 : 1 <= M) by (assert (0 <= Z.of_nat B * (n * (Z.of_nat B + 3))) by (repeat apply Z.mul_nonneg_nonneg; lia); unfold M; lia).
  destruct (enough_moduli (Z.to_nat M) (n + 2) ltac:(lia)) as (qs & Q1 & Q2 & Q3).
  rewrite Z2Nat.id in Q3 by lia. replace (M + (n + 2) + 1) with (M + n + 3) in Q3 by ring.
  assert (q1 : 1 <= q) by (unfold q; assert (0 < (M + n + 3) ^ 2) by (apply Z.pow_pos_nonneg; lia); lia).
  assert (EM : Z.of_nat (length qs) = M) by (rewrite Q1; lia).
  destruct (one_gate_depth_2 L B qs q HB Q2 Q3) as (g & F & A); [rewrite EM; unfold M; fold n; lia|lia|].
  exists g, F. rewrite EM in A. rewrite Z.max_r in A by lia. exact A.
Qed.

(** ** Route A: two layers of gates for a layer of gates. *)
Section Lookahead.
Variables l d m b : nat.
Hypothesis l_pos : (1 <= l)%nat.
Hypothesis m_pos : (1 <= m)%nat.
Let T : Z := Z.of_nat b + Z.of_nat l + 2.
Hypothesis fit_d : Z.of_nat d + 1 <= 2 ^ Z.of_nat l.
Hypothesis fit_m : Z.of_nat m * T + 1 <= 2 ^ Z.of_nat l.

Lemma gate_layers (Ms : list layer) : fits d Ms -> Forall (original m b) Ms ->
  exists ls Fs, length ls = (2 * length Ms)%nat /\ fits d (ls ++ [Fs])
  /\ within (Bound (2 ^ (3 * Z.of_nat l)) (2 ^ (4 * Z.of_nat l) + T) (Z.of_nat m * (T * 2 ^ (4 * Z.of_nat l)))) ls
  /\ Z.of_nat (width d ls) + 1 <= 2 ^ Z.of_nat l /\ Z.of_nat (length Fs) <= 2 ^ Z.of_nat l
  /\ wires_le 1 Fs /\ biases_le 0 Fs /\ Forall (fun F => mass F <= 2 ^ Z.of_nat l) Fs
  /\ forall x, cube d x -> map (fun F => ev F (run step ls x)) Fs = run step Ms x.
Proof.
  assert (p2 : 2 <= 2 ^ Z.of_nat l) by (change 2 with (2 ^ 1) at 1; apply Z.pow_le_mono_r; lia).
  assert (T2 : 3 <= T) by (unfold T; lia).
  assert (mT : Z.of_nat m * 1 <= Z.of_nat m * T) by (apply Z.mul_le_mono_nonneg_l; lia).
  assert (Tm : 1 * T <= Z.of_nat m * T) by (apply Z.mul_le_mono_nonneg_r; lia).
  induction Ms as [|M Ms IH] using rev_ind; intros HF HO.
  - destruct (idents_ok d) as (A & B & C). exists [], (idents d). cbn [app length fits run width].
    assert (LI : length (idents d) = d).
    { specialize (C (repeat 0 d) (repeat_length _ _)). apply (f_equal (@length Z)) in C. now rewrite map_length, repeat_length in C. }
    split; [easy|]. split; [now split|]. split; [split; constructor|]. split; [easy|]. split; [rewrite LI; lia|].
    split; [|split; [|split]].
    + eapply Forall_impl; [|exact B]. intros f Hf. now apply (mass_parts f 1).
    + clear. generalize d. intros e. induction e as [|e IH]; constructor; [easy|]. apply Forall_map. eapply Forall_impl; [|exact IH]. now intros.
    + eapply Forall_impl; [|exact B]. cbv beta. lia.
    + intros x [Hx _]. now apply C.
  - apply fits_app in HF. destruct HF as [HF [HM _]].
    apply Forall_app in HO. destruct HO as [HO HM']. inversion_clear HM' as [|? ? [M1 M2] _].
    destruct (IH HF HO) as (ls & Fs & A1 & A2 & A3 & A4 & A5 & _ & _ & A6 & A7). clear IH.
    apply fits_app in A2. destruct A2 as [A2 [A2' _]]. set (n := width d ls) in *.
    destruct (levels l b (Z.of_nat l) l_pos ltac:(lia)) as (tau & [t1 _] & t3).
    set (Ls := map (through n Fs) M).
    assert (HG : Forall (good l n tau) Ls).
    { apply Forall_map. eapply Forall_impl; [|exact M2]. intros f Hf. apply good_through with (b := b) (P := Z.of_nat l); auto; lia. }
    destruct (sign_block l l_pos n A4 tau Ls HG) as (ls2 & Gs & B1 & B2 & B3 & B4 & B5 & B6 & B7 & B8 & B9).
    assert (LL : length Ls = length M) by apply map_length. rewrite LL in *.
    assert (E4 : 0 <= 2 ^ (4 * Z.of_nat l)) by (apply Z.pow_nonneg; lia).
    assert (WM : Z.of_nat (length M) * (Z.of_nat tau + 1) <= Z.of_nat m * T) by (apply Z.mul_le_mono_nonneg; unfold T; lia).
    exists (ls ++ ls2), Gs. split; [|split; [|split; [|split; [|split; [|split; [|split; [|split]]]]]]]; auto.
    + rewrite !app_length, A1, B1. cbn [length]. lia.
    + rewrite <- app_assoc. apply fits_app. split; auto.
    + apply within_app; [exact A3|]. eapply within_mono; [| | |exact B3]; cbn [bw bb bs]; [lia|unfold T; lia|].
      rewrite !Z.mul_assoc. now apply Z.mul_le_mono_nonneg_r.
    + rewrite width_app. fold n. rewrite B4. lia.
    + rewrite B5. lia.
    + eapply Forall_impl; [|exact B8]. cbv beta. unfold T in *. lia.
    + intros x Hx. rewrite !run_app. cbn [run]. rewrite B9.
      * unfold Ls, apply. rewrite map_map. apply map_ext. intros f. rewrite ev_through by easy. now rewrite A7.
      * destruct Hx as [Hx1 Hx2]. split; [rewrite run_length, Hx1; easy|]. now apply run_bits.
Qed.
End Lookahead.

(** Bits of the base: 2^l at most 4 Y^2. *)
Lemma base_bits (d m b : nat) : (1 <= m)%nat -> let Y := Z.of_nat m * (Z.of_nat b + 3) + Z.of_nat d + 1 in
  exists l, (1 <= l)%nat /\ Z.of_nat d + 1 <= 2 ^ Z.of_nat l
    /\ Z.of_nat m * (Z.of_nat b + Z.of_nat l + 2) + 1 <= 2 ^ Z.of_nat l /\ 2 ^ Z.of_nat l <= 4 * Y ^ 2.
Proof.
  intros Hm Y. assert (Y4 : 4 <= Y) by (unfold Y; nia). set (j := Z.log2_up Y).
  destruct (Z.log2_up_spec Y ltac:(lia)) as [L1 L2]. fold j in L1, L2.
  assert (J1 : 1 <= j) by (pose proof (Z.log2_up_pos Y); unfold j; lia).
  assert (J2 : 2 * j <= 2 ^ j).
  { replace j with (Z.succ (Z.pred j)) at 2 by lia. rewrite Z.pow_succ_r by lia. pose proof (Z.pow_gt_lin_r 2 (Z.pred j)). lia. }
  assert (J3 : 2 ^ j <= 2 * Y).
  { replace j with (Z.succ (Z.pred j)) by lia. rewrite Z.pow_succ_r by lia. lia. }
  exists (Z.to_nat (2 * j)). rewrite Z2Nat.id by lia. replace (2 * j) with (j + j) by lia. rewrite Z.pow_add_r by lia.
  assert (K : Y * (2 * j) <= 2 ^ j * 2 ^ j) by (apply Z.mul_le_mono_nonneg; lia).
  split; [lia|]. split; [|split].
  - unfold Y in *. nia.
  - eapply Z.le_trans; [|exact K]. clear - Hm J1. unfold Y.
    assert (Z.of_nat m * (Z.of_nat b + (j + j) + 2) <= Z.of_nat m * ((Z.of_nat b + 3) * (2 * j))) by (apply Z.mul_le_mono_nonneg_l; nia). nia.
  - rewrite Z.pow_2_r. nia.
Qed.

Theorem S3_lookahead : forall (C : list layer) (d m b : nat),
  fits d C -> (1 <= m)%nat -> Forall (fun M => (length M <= m)%nat) C ->
  Forall (Forall (fun f => mass f <= 2 ^ Z.of_nat b)) C ->
  let p := 4 * (Z.of_nat m * (Z.of_nat b + 3) + Z.of_nat d + 1) ^ 2 in
  exists C' : list layer, fits d C' /\ length C' = (2 * length C + 1)%nat
    /\ (forall x, cube d x -> run step C' x = run step C x)
    /\ Forall (wires_le (p ^ 3)) C' /\ Forall (biases_le (2 * p ^ 4)) C' /\ Forall (width_le (p ^ 5)) C'.
Proof.
  intros C d m b HF Hm HM HB p. destruct (base_bits d m b Hm) as (l & l1 & fd & fm & lp). fold p in lp.
  destruct (gate_layers l d m b l1 Hm fd fm C HF (originals m b C HM HB)) as (ls & Fs & A1 & A2 & A3 & A4 & A5 & A6 & A7 & _ & A8).
  clearbody p. set (q := 2 ^ Z.of_nat l) in *.
  assert (q2 : 2 <= q) by (unfold q; change 2 with (2 ^ 1) at 1; apply Z.pow_le_mono_r; lia).
  assert (Q3 : q ^ 3 <= p ^ 3) by (apply Z.pow_le_mono_l; lia). assert (Q4 : q ^ 4 <= p ^ 4) by (apply Z.pow_le_mono_l; lia).
  assert (Q5 : q ^ 5 <= p ^ 5) by (apply Z.pow_le_mono_l; lia).
  assert (P3 : q ^ 1 <= q ^ 3) by (apply Z.pow_le_mono_r; lia). assert (P4 : q ^ 1 <= q ^ 4) by (apply Z.pow_le_mono_r; lia).
  assert (P5 : q ^ 1 <= q ^ 5) by (apply Z.pow_le_mono_r; lia). rewrite Z.pow_1_r in P3, P4, P5.
  assert (U3 : 1 <= p ^ 3) by lia. assert (U4 : 1 <= p ^ 4) by lia.
  set (T := Z.of_nat b + Z.of_nat l + 2) in *. assert (T0 : 0 <= T) by (clear; unfold T; lia).
  assert (Tm : 1 * T <= Z.of_nat m * T) by (clear - T0 Hm; apply Z.mul_le_mono_nonneg_r; lia).
  assert (W : within (Bound (p ^ 3) (2 * p ^ 4) (p ^ 5)) ls).
  { eapply within_mono; [| | |exact A3].
    - rewrite Z.mul_comm, Z.pow_mul_r by lia. exact Q3.
    - rewrite (Z.mul_comm 4), Z.pow_mul_r by lia. fold q. lia.
    - rewrite (Z.mul_comm 4), Z.pow_mul_r by lia. fold q. rewrite Z.mul_assoc.
      eapply Z.le_trans; [|exact Q5]. replace (q ^ 5) with (q * q ^ 4) by ring. apply Z.mul_le_mono_nonneg_r; lia. }
  destruct (gates_of_sums d ls Fs _ _ _ A2 W ltac:(lia) ltac:(lia) ltac:(lia) A6 A7) as (C' & B1 & B2 & B3 & B5).
  exists C'. split; [exact B2|]. split; [lia|]. split; [|apply within_parts in B3; exact B3].
  intros x Hx. rewrite B5; rewrite A8 by easy; [easy|]. apply run_bits, Hx.
Qed.

(** ** Route D: a circuit is a ReLU network whose last gates are the signs of [signs_stacked]. *)
Lemma relu_layers_widths m (ls : list layer) : Forall (fun M => (length M <= m)%nat) ls ->
  Forall (fun M : layer => (length M <= 2 * m)%nat) (relu_layers ls).
Proof.
  intros H. destruct H as [|M ls HM H]; [constructor|]. cbn [relu_layers]. constructor; [rewrite two_length; lia|].
  apply Forall_map. eapply Forall_impl; [|exact H]. intros L HL. cbv beta in *. unfold relu_layer. rewrite two_length, map_length. lia.
Qed.
Lemma dbl_mass f : mass (dbl_form f) <= 2 * mass f.
Proof.
  unfold mass, dbl_form. cbn [fst snd]. enough (lsum Z.abs (dbl (fst f)) = 2 * lsum Z.abs (fst f)) by lia.
  induction (fst f) as [|c w IH]; [easy|]. unfold dbl in *. cbn [flat_map app].
  change (lsum Z.abs (c :: - c :: flat_map (fun c => [c; - c]) w)) with (Z.abs c + (Z.abs (- c) + lsum Z.abs (flat_map (fun c => [c; - c]) w))).
  change (lsum Z.abs (c :: w)) with (Z.abs c + lsum Z.abs w). lia.
Qed.
Lemma two_mass M l : Forall (fun f => mass f <= M) l -> Forall (fun f => mass f <= M + 1) (flat_map two l).
Proof.
  induction 1 as [|f l Hf _ IH]; [constructor|]. cbn [flat_map two app]. unfold mass in *. cbn [fst snd] in *.
  constructor; [cbn [fst snd]; lia|]. constructor; [lia|exact IH].
Qed.
Lemma relu_layers_mass b ls : Forall (Forall (fun f => mass f <= 2 ^ Z.of_nat b)) ls ->
  Forall (Forall (fun f => mass f <= 2 ^ Z.of_nat (b + 2))) (relu_layers ls).
Proof.
  assert (E : 2 ^ Z.of_nat (b + 2) = 4 * 2 ^ Z.of_nat b) by (rewrite Nat2Z.inj_add, Z.pow_add_r by lia; change (2 ^ Z.of_nat 2) with 4; lia).
  assert (P : 1 <= 2 ^ Z.of_nat b) by (pose proof (Z.pow_pos_nonneg 2 (Z.of_nat b)); lia).
  intros H. destruct H as [|M ls HM H]; [constructor|]. cbn [relu_layers]. constructor.
  - eapply Forall_impl; [|apply two_mass; exact HM]. cbv beta. lia.
  - apply Forall_map. eapply Forall_impl; [|exact H]. intros L HL. unfold relu_layer.
    eapply Forall_impl; [|apply (two_mass (2 * 2 ^ Z.of_nat b)); apply Forall_map; eapply Forall_impl; [|exact HL]].
    + cbv beta. lia.
    + intros f Hf. pose proof (dbl_mass f). cbv beta in Hf. lia.
Qed.

Lemma within_mass M m (ls : list layer) : Forall (fun L => (length L <= m)%nat) ls -> Forall (Forall (fun f => mass f <= M)) ls ->
  within (Bound M M (Z.of_nat m)) ls.
Proof.
  intros H1 H2. split; cbn [bw bb bs].
  - eapply Forall_impl; [|exact H2]. intros L HL. split; (eapply Forall_impl; [|exact HL]); intros f Hf; now apply mass_parts.
  - eapply Forall_impl; [|exact H1]. intros L HL. cbv beta in *. unfold width_le. lia.
Qed.

Theorem S3_stacked : forall (C : list layer) (d m b t : nat),
  fits d C -> length C = S t -> (1 <= m)%nat -> Forall (fun M => (length M <= m)%nat) C ->
  Forall (Forall (fun f => mass f <= 2 ^ Z.of_nat b)) C ->
  let V := Z.of_nat d + 2 * Z.of_nat m + Z.of_nat t + Z.of_nat b + 5 in
  let X := (12544 * V ^ 6) ^ (240 * 2 ^ Z.of_nat t) in
  exists C' : list layer, fits d C' /\ length C' = S (length C)
    /\ (forall x, cube d x -> run step C' x = run step C x)
    /\ Forall (wires_le X) C' /\ Forall (biases_le X) C' /\ Forall (width_le X) C'.
Proof.
  intros C d m b t HF HL Hm HM HB V X.
  destruct C as [|c0 C0] using rev_ind; [easy|]. clear IHC0. rename c0 into g. rename C0 into ls.
  rewrite app_length in HL. cbn [length] in HL. apply fits_app in HF. destruct HF as [HF [HG _]].
  apply Forall_app in HM, HB. destruct HM as [HM HMg], HB as [HB HBg].
  inversion_clear HMg as [|? ? Mg _]. inversion_clear HBg as [|? ? Bg _].
  set (Vs := match ls with [] => g | _ => map dbl_form g end).
  assert (LV : length Vs = length g) by (unfold Vs; destruct ls; [easy|apply map_length]).
  assert (E2 : 2 ^ Z.of_nat (b + 2) = 4 * 2 ^ Z.of_nat b) by (rewrite Nat2Z.inj_add, Z.pow_add_r by lia; change (2 ^ Z.of_nat 2) with 4; lia).
  assert (P : 1 <= 2 ^ Z.of_nat b) by (pose proof (Z.pow_pos_nonneg 2 (Z.of_nat b)); lia).
  assert (MV : Forall (fun f => mass f <= 2 ^ Z.of_nat (b + 2)) Vs).
  { unfold Vs. destruct ls; [|apply Forall_map]; (eapply Forall_impl; [|exact Bg]); intros f Hf; cbv beta in *; [lia|].
    pose proof (dbl_mass f). lia. }
  assert (WI : within (Bound (2 ^ Z.of_nat b) (2 ^ Z.of_nat b) (Z.of_nat m)) ls) by now apply within_mass.
  assert (FV : fits d (relu_layers ls ++ [Vs])).
  { destruct ls as [|l0 ls]; [now cbn|]. destruct (relu_layers_ok d (l0 :: ls) _ _ _ HF WI) as (F1 & _ & _ & F4); [easy|].
    apply fits_app. split; [exact F1|]. split; [|easy]. rewrite F4. now apply dbl_wide. }
  assert (LR : length (relu_layers ls) = t).
  { destruct ls as [|l0 ls]; [cbn in *; lia|]. destruct (relu_layers_ok d (l0 :: ls) _ _ _ HF WI) as (_ & _ & F3 & _); [easy|].
    rewrite F3. lia. }
  destruct (signs_stacked (relu_layers ls) Vs d (2 * m) t (b + 2) FV LR ltac:(lia)) as (C' & A1 & A2 & A3 & A4).
  - apply Forall_app. split; [now apply relu_layers_widths|]. constructor; [|constructor]. rewrite LV. lia.
  - apply Forall_app. split; [now apply relu_layers_mass|]. now constructor.
  - replace (Z.of_nat d + Z.of_nat (2 * m) + Z.of_nat t + Z.of_nat (b + 2) + 3) with V in A3 by (unfold V; lia).
    fold X in A3.
    exists C'. split; [easy|]. split; [rewrite app_length; cbn [length]; lia|]. split; [|apply within_parts in A3; exact A3].
    intros x Hx. rewrite A4 by easy. rewrite run_app. cbn [run]. unfold signs, apply, Vs.
    destruct ls as [|l0 ls]; [easy|]. rewrite map_map. apply map_ext. intros f. f_equal. unfold ev. cbn [dbl_form fst snd].
    now rewrite run_relu_layers.
Qed.
