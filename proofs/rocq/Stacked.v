(** Route D, all layers.  In words: for every requirement w there are layers of gates, one for each layer of ReLUs, whose noise times
    w is below the number of moduli; so the moduli are chosen from the last layer to the first.  docs/stacked.md. *)
From Coq Require Import ZArith Znumtheory List Lia Bool.
From Exactnet Require Import Network Sums Gadgets Digits Compose Lookahead LookaheadLayer Steps OutputExact S1Lookahead Divisors Passage StackedLayer Moduli.
Import ListNotations.
Open Scope Z_scope.

Lemma lsum_abs_le w M : Forall (fun a => Z.abs a <= M) w -> lsum Z.abs w <= Z.of_nat (length w) * M.
Proof.
  induction 1 as [|a w Ha _ IH]; [cbn; lia|]. change (lsum Z.abs (a :: w)) with (Z.abs a + lsum Z.abs w). cbn [length]. lia.
Qed.

Lemma lin_wires w us Fs c : 0 <= c -> wide w Fs -> wires_le c Fs -> Forall (fun a => Z.abs a <= lsum Z.abs us * c) (fst (lin w us Fs)).
Proof.
  intros Hc HW; revert us; induction HW as [|F Fs HF HW IH]; intros us HC.
  - assert (0 <= lsum Z.abs us * c) by (apply Z.mul_nonneg_nonneg; [apply lsum_abs_nonneg|easy]).
    destruct us; cbn [lin fst]; now apply Forall_zeros.
  - destruct us as [|u us]; [cbn [lin fst]; apply Forall_zeros; cbn; lia|].
    inversion_clear HC as [|? ? C1 C2]. specialize (IH us C2). cbn [lin fst].
    assert (HL : length (fst F) = length (fst (lin w us Fs))) by (rewrite lin_length; auto).
    change (lsum Z.abs (u :: us)) with (Z.abs u + lsum Z.abs us).
    revert HL C1 IH. generalize (fst F) (fst (lin w us Fs)). intros p. unfold comb.
    induction p as [|a p IHp]; intros [|e r] HL C1 I; cbn in HL; try lia; cbn [combine map]; constructor.
    + inversion_clear C1. inversion_clear I. cbn [fst snd].
      pose proof (Z.abs_triangle (u * a) e). rewrite Z.abs_mul in *.
      assert (Z.abs u * Z.abs a <= Z.abs u * c) by (apply Z.mul_le_mono_nonneg_l; lia). lia.
    + inversion_clear C1. inversion_clear I. apply IHp; auto.
Qed.

Lemma lin_bias w us Fs c : 0 <= c -> biases_le c Fs -> Z.abs (snd (lin w us Fs)) <= lsum Z.abs us * c.
Proof.
  intros Hc HB; revert us; induction HB as [|F Fs HF HB IH]; intros us.
  - pose proof (lsum_abs_nonneg us). destruct us; cbn [lin snd Z.abs]; nia.
  - destruct us as [|u us]; [cbn; lia|]. specialize (IH us). cbn [lin snd].
    change (lsum Z.abs (u :: us)) with (Z.abs u + lsum Z.abs us).
    pose proof (Z.abs_triangle (u * snd F) (snd (lin w us Fs))). rewrite Z.abs_mul in *.
    assert (Z.abs u * Z.abs (snd F) <= Z.abs u * c) by (apply Z.mul_le_mono_nonneg_l; lia). lia.
Qed.

Lemma neg_mass_le w : 0 <= neg_mass w <= lsum Z.abs w.
Proof. induction w as [|c w IH]; [cbn; lia|]. cbn [neg_mass]. change (lsum Z.abs (c :: w)) with (Z.abs c + lsum Z.abs w). lia. Qed.

Lemma mass_parts f M : mass f <= M -> Forall (fun a => Z.abs a <= M) (fst f) /\ Z.abs (snd f) <= M.
Proof.
  unfold mass. intros H. pose proof (lsum_abs_nonneg (fst f)). split; [|lia].
  assert (HM : lsum Z.abs (fst f) <= M) by lia. clear H H0. revert HM. induction (fst f) as [|a w IH]; intros HM; constructor;
    change (lsum Z.abs (a :: w)) with (Z.abs a + lsum Z.abs w) in HM; pose proof (lsum_abs_nonneg w); [lia|apply IH; lia].
Qed.

(** A gate over literals, read from what is near them. *)
Definition convert (w : nat) (Ys : layer) (N err : Z) (f : form) : form :=
  through w Ys (fst f, N * snd f + neg_mass (fst f) * err).

Lemma apply_convert w Ys N err g z ys : wide w Ys -> 0 <= err ->
  Forall2 (near N err) ys (map (fun F => ev F z) Ys) -> wide (length ys) g ->
  Forall (fun f => lsum Z.abs (fst f) * err < N) g ->
  apply step (map (convert w Ys N err) g) z = apply step g ys.
Proof.
  intros HW He HN Hg HS. unfold apply. rewrite map_map. apply map_ext_in. intros f Hf.
  unfold wide in Hg. rewrite Forall_forall in Hg, HS. unfold convert. rewrite ev_through by easy. symmetry.
  apply noisy_gate; auto.
Qed.

Lemma cap_wires Nw N M T : 1 <= Nw -> 0 <= N <= M -> 0 <= T -> Nw * (N + 1) <= 8 * Nw * (T + 2) * ((M + 2) * (M + 2)).
Proof.
  intros HN [H0 H1] HT.
  assert (Nw * (N + 1) <= Nw * (M + 2)) by (apply Z.mul_le_mono_nonneg_l; lia).
  assert (Nw * (M + 2) * 1 <= Nw * (M + 2) * ((8 * (T + 2)) * (M + 2))).
  { apply Z.mul_le_mono_nonneg_l; [apply Z.mul_nonneg_nonneg; lia|]. assert (1 <= (8 * (T + 2)) * (M + 2)) by nia. lia. }
  lia.
Qed.
Lemma cap_biases Nw N M T bd err : 1 <= Nw -> 0 <= N <= M -> 0 <= T -> 0 <= bd <= 2 * Nw -> err * Nw < N ->
  N * bd + Nw * err + Nw * ((N + 1) * (1 + T * N)) <= 8 * Nw * (T + 2) * ((M + 2) * (M + 2)).
Proof.
  intros HN [H0 H1] HT [B0 B1] HE.
  assert (A1 : N * bd <= M * (2 * Nw)) by (apply Z.mul_le_mono_nonneg; lia).
  assert (A2 : (N + 1) * (1 + T * N) <= (M + 2) * ((T + 2) * (M + 2))).
  { apply Z.mul_le_mono_nonneg; [lia|lia|nia|]. assert (T * N <= T * M) by (apply Z.mul_le_mono_nonneg_l; lia). nia. }
  assert (A3 : Nw * ((N + 1) * (1 + T * N)) <= Nw * ((M + 2) * ((T + 2) * (M + 2)))) by (apply Z.mul_le_mono_nonneg_l; lia).
  assert (A4 : 3 * M <= 3 * ((M + 2) * ((T + 2) * (M + 2)))) by nia.
  assert (A5 : Nw * (3 * M) <= Nw * (3 * ((M + 2) * ((T + 2) * (M + 2))))) by (apply Z.mul_le_mono_nonneg_l; lia).
  assert (A6 : M <= Nw * M) by nia.
  assert (A7 : 0 <= Nw * ((M + 2) * ((T + 2) * (M + 2)))) by (apply Z.mul_nonneg_nonneg; [lia|]; apply Z.mul_nonneg_nonneg; [lia|]; apply Z.mul_nonneg_nonneg; lia).
  lia.
Qed.
Lemma cap_width Nw M T a v bd : 1 <= Nw -> 0 <= M -> 0 <= T -> 0 <= a <= M -> 0 <= v <= (T + 2) * (M + 2) -> 0 <= bd <= 2 * Nw ->
  a * (v * bd) <= 8 * Nw * (T + 2) * ((M + 2) * (M + 2)).
Proof.
  intros HN HM HT Ha Hv Hb.
  assert (A1 : v * bd <= ((T + 2) * (M + 2)) * (2 * Nw)) by (apply Z.mul_le_mono_nonneg; lia).
  assert (A0 : 0 <= v * bd) by (apply Z.mul_nonneg_nonneg; lia).
  assert (A2 : a * (v * bd) <= (M + 2) * (((T + 2) * (M + 2)) * (2 * Nw))) by (apply Z.mul_le_mono_nonneg; lia).
  assert (A3 : 0 <= (M + 2) * (((T + 2) * (M + 2)) * Nw)) by (repeat apply Z.mul_nonneg_nonneg; lia).
  lia.
Qed.

Lemma gate_bias N bd sf nm S Nw err lb rb : 1 <= N -> Z.abs sf <= bd -> 0 <= nm <= S -> S <= Nw -> 0 <= err -> 0 <= rb ->
  Z.abs lb <= S * rb -> Z.abs (lb + (N * sf + nm * err)) <= N * bd + Nw * err + Nw * rb.
Proof.
  intros H1 H2 H3 H4 H5 H6 H7.
  assert (A1 : Z.abs (N * sf) <= N * bd) by (rewrite Z.abs_mul, (Z.abs_eq N) by lia; apply Z.mul_le_mono_nonneg_l; lia).
  assert (A2 : 0 <= nm * err) by (apply Z.mul_nonneg_nonneg; lia).
  assert (A3 : nm * err <= Nw * err) by (apply Z.mul_le_mono_nonneg_r; lia).
  assert (A4 : S * rb <= Nw * rb) by (apply Z.mul_le_mono_nonneg_r; lia).
  lia.
Qed.

Lemma cap_count t T v M : 0 <= t <= T -> 0 <= v <= M -> 0 <= 1 + t * v <= (T + 2) * (M + 2).
Proof.
  intros H1 H2. assert (0 <= t * v) by (apply Z.mul_nonneg_nonneg; lia). assert (t * v <= T * M) by (apply Z.mul_le_mono_nonneg; lia).
  lia.
Qed.

Section Deep.
Variables l d m k b : nat.
Hypothesis l_pos : (1 <= l)%nat.
Let T : Z := blocks l k b.
Let p : Z := 2 ^ Z.of_nat l.
Hypothesis fit_d : Z.of_nat d + 1 <= p.
Hypothesis fit_m : Z.of_nat m * (2 * Z.of_nat l * T + 1) + 1 <= p.
Hypothesis m_pos : (1 <= m)%nat.

Definition noise_max : Z := T * (p * (T + 2)).
(** How many moduli, for a requirement; what they require of the layer below; a bound on everything in the layer. *)
Definition moduli (w : Z) : Z := noise_max * w + 1.
Definition need (w : Z) : Z := p * (64 * (moduli w + p + 1) ^ 2 * p ^ 4).
Definition cap (w : Z) : Z := 8 * need w * (T + 2) * (moduli (need w) + 2) ^ 2.
Fixpoint needs (j : nat) (w : Z) : Z := match j with O => w | S j' => needs j' (need w) end.

Lemma T2 : 2 <= T.
Proof. unfold T, blocks, per_layer. nia. Qed.
Lemma p2 : 2 <= p.
Proof. unfold p. change 2 with (2 ^ 1) at 1. apply Z.pow_le_mono_r; lia. Qed.
Lemma noise_max_ge : p <= noise_max.
Proof. pose proof T2. pose proof p2. unfold noise_max. nia. Qed.
Lemma moduli_ge w : 1 <= w -> w <= moduli w.
Proof. pose proof noise_max_ge. pose proof p2. unfold moduli. nia. Qed.
Lemma moduli_mono v w : v <= w -> moduli v <= moduli w.
Proof. pose proof noise_max_ge. pose proof p2. unfold moduli. nia. Qed.
Lemma p4 : 1 <= p ^ 4.
Proof. pose proof p2. assert (0 < p ^ 4) by (apply Z.pow_pos_nonneg; lia). lia. Qed.
Lemma need_ge w : 1 <= w -> moduli w <= need w /\ p <= need w /\ w <= need w.
Proof.
  intros Hw. pose proof (moduli_ge w Hw). pose proof p2. pose proof p4. unfold need. set (M := moduli w) in *. set (P := p ^ 4) in *.
  assert (M + p + 1 <= (M + p + 1) ^ 2) by (rewrite Z.pow_2_r; nia).
  assert (64 * (M + p + 1) <= 64 * (M + p + 1) ^ 2 * P) by nia.
  assert (64 * (M + p + 1) ^ 2 * P <= p * (64 * (M + p + 1) ^ 2 * P)) by nia. lia.
Qed.
Lemma need_mono v w : 1 <= v -> v <= w -> need v <= need w.
Proof.
  intros Hv H. pose proof (moduli_mono v w H). pose proof (moduli_ge v Hv). pose proof p2. pose proof p4. unfold need.
  apply Z.mul_le_mono_nonneg_l; [lia|]. apply Z.mul_le_mono_nonneg_r; [lia|]. apply Z.mul_le_mono_nonneg_l; [lia|].
  apply Z.pow_le_mono_l. lia.
Qed.
Lemma cap_mono v w : 1 <= v -> v <= w -> cap v <= cap w.
Proof.
  intros Hv H. pose proof (need_mono v w Hv H) as N. pose proof (need_ge v Hv) as (_ & _ & N1). pose proof T2.
  pose proof (moduli_mono _ _ N). pose proof (moduli_ge (need v) ltac:(lia)). unfold cap.
  apply Z.mul_le_mono_nonneg; [apply Z.mul_nonneg_nonneg; lia|apply Z.mul_le_mono_nonneg_r; lia|apply Z.pow_nonneg; lia|apply Z.pow_le_mono_l; lia].
Qed.
Lemma needs_ge j w : 1 <= w -> w <= needs j w.
Proof.
  revert w; induction j as [|j IH]; intros w Hw; cbn [needs]; [lia|]. pose proof (need_ge w Hw) as (_ & _ & N). specialize (IH (need w) ltac:(lia)). lia.
Qed.

Lemma deep_layers (Ms : list layer) : (length Ms <= k)%nat -> fits d Ms -> Forall (original m b) Ms -> forall w, 1 <= w ->
  let X := cap (needs (length Ms) w) in
  exists ls Ys N err nl Gs Ss,
    length ls = length Ms /\ fits d (ls ++ [Ys]) /\ within (Bound X X X) ls
    /\ 0 <= err /\ err * w < N /\ N <= moduli w /\ err <= noise_max
    /\ wires_le (N + 1) Ys /\ biases_le ((N + 1) * (1 + T * N)) Ys
    /\ Z.of_nat nl + 1 <= p /\ wide nl Gs /\ Forall (fun G => mass G <= 2 ^ (per_layer l b * Z.of_nat (length Ms))) Gs
    /\ wide nl Ss /\ Forall (fun S => mass S <= 1) Ss
    /\ forall x, cube d x -> exists ys, cube nl ys /\ Forall2 (near N err) ys (map (fun F => ev F (run step ls x)) Ys)
         /\ map (fun G => ev G ys) Gs = run relu Ms x
         /\ forall Ms0 M, Ms = Ms0 ++ [M] -> map (fun S => ev S ys) Ss = apply step M (run relu Ms0 x).
Proof.
  induction Ms as [|M Ms IH] using rev_ind; intros Hk HF HO w Hw X.
  - destruct (idents_ok d) as (A & B & C). exists [], (idents d), 1, 0, d, (idents d), [].
    pose proof (moduli_ge w Hw). pose proof noise_max_ge. pose proof p2. pose proof T2.
    split; [easy|]. split; [split; [exact A|easy]|]. split; [split; constructor|]. split; [lia|]. split; [lia|]. split; [lia|]. split; [lia|].
    split; [|split; [|split; [|split; [|split; [|split; [|split]]]]]]; auto; try constructor.
    + eapply Forall_impl; [|apply B]. intros f Hf. destruct (mass_parts f 1 Hf) as [W _]. eapply Forall_impl; [|apply W]. cbv beta. lia.
    + eapply Forall_impl; [|apply B]. intros f Hf. destruct (mass_parts f 1 Hf) as [_ W]. cbv beta. lia.
    + rewrite Z.mul_0_r. exact B.
    + intros x [Hx Hb]. exists x. rewrite C by easy. repeat split; auto; [|now intros [|? ?]]. clear. cbn [run].
      induction x as [|a x IH]; cbn; constructor; auto. unfold near. lia.
  - rewrite app_length in Hk. cbn [length] in Hk. apply fits_app in HF. destruct HF as [HF [HM _]].
    apply Forall_app in HO. destruct HO as [HO HM']. inversion_clear HM' as [|? ? [M1 M2] _].
    pose proof (need_ge w Hw) as (ND1 & ND2 & ND3).
    destruct (IH ltac:(lia) HF HO (need w) ltac:(lia)) as (ls & Ys & N & err & nl & Gs & Ss & A1 & A2 & A3 & A4 & A5 & A6 & A7 & A8 & A9 & A10 & A11 & A12 & _ & _ & A13).
    clear IH. apply fits_app in A2. destruct A2 as [A2 [A2' _]].
    set (P := per_layer l b * Z.of_nat (length Ms)) in *.
    assert (pl : 0 <= per_layer l b) by (unfold per_layer; lia).
    assert (P0 : 0 <= P) by (unfold P; nia).
    destruct (levels l b P l_pos P0) as (tau & [t1 t2] & t3). set (t := Z.of_nat tau) in *.
    assert (t0 : 0 <= t) by apply Nat2Z.is_nonneg. assert (Et : Z.of_nat tau = t) by easy.
    assert (t4 : t + 1 <= T) by (clear - t3 Hk P pl; unfold T, blocks, P, per_layer in *; nia).
    set (Ls := map (through nl Gs) M).
    assert (HG : Forall (good l nl tau) Ls).
    { unfold Ls. apply Forall_map. eapply Forall_impl; [|apply M2]. intros f Hf. now apply good_through with (b := b) (P := P). }
    pose proof noise_max_ge as NM. pose proof p2 as pp2. pose proof T2 as TT. pose proof p4 as pp4.
    pose proof (moduli_ge w Hw) as MG.
    destruct (enough_moduli (Z.to_nat (moduli w)) p ltac:(lia)) as (qs & Q1 & Q2 & Q3).
    rewrite Z2Nat.id in Q3 by lia. set (qm := 64 * (moduli w + p + 1) ^ 2) in *.
    assert (qm1 : 1 <= qm).
    { unfold qm. assert (0 < (moduli w + p + 1) ^ 2) by (apply Z.pow_pos_nonneg; lia). lia. }
    destruct (block_d l l_pos nl A10 tau qs qm Q2 Q3 qm1 Ls HG) as (ls3 & Ys3 & Gs3 & Ss3 & B1 & B2 & B3 & B4 & B5 & B6 & B7 & B8a & B8b & B8).
    assert (EQ : count_q qs = moduli w) by (unfold count_q; rewrite Q1; lia).
    assert (LL : length Ls = length M) by apply map_length.
    destruct ls3 as [|g [|? ?]]; try easy. clear B1. destruct B2 as [B2 [B2' _]].
    destruct B3 as [B3 B3']. inversion_clear B3 as [|? ? [B3a B3b] _]. inversion_clear B3' as [|? ? B3c _]. cbn [bw bb bs] in *.
    assert (EW : wire_d l qm = qm * p ^ 4).
    { unfold wire_d. f_equal. unfold p. rewrite <- Z.pow_mul_r by lia. f_equal. lia. }
    assert (EN : need w = p * wire_d l qm) by (rewrite EW; reflexivity).
    assert (Gw : Forall (fun f => lsum Z.abs (fst f) <= need w) g).
    { rewrite Forall_forall. intros f Hf. unfold wires_le, wide in *. rewrite Forall_forall in B3a, B2.
      eapply Z.le_trans; [apply (lsum_abs_le _ _ (B3a f Hf))|]. rewrite (B2 f Hf), EN.
      apply Z.mul_le_mono_nonneg_r; [rewrite EW; apply Z.mul_nonneg_nonneg; lia|lia]. }
    assert (Gn : Forall (fun f => lsum Z.abs (fst f) * err < N) g).
    { eapply Forall_impl; [|apply Gw]. cbv beta. intros f Hf. pose proof (lsum_abs_nonneg (fst f)).
      assert (lsum Z.abs (fst f) * err <= need w * err) by (apply Z.mul_le_mono_nonneg_r; lia). lia. }
    set (g' := map (convert (width d ls) Ys N err) g).
    assert (N1 : 1 <= N) by (assert (0 <= err * need w) by (apply Z.mul_nonneg_nonneg; lia); lia).
    assert (Lg : length g' = length g) by apply map_length.
    assert (NX : needs (length (Ms ++ [M])) w = needs (length Ms) (need w)).
    { rewrite app_length, Nat.add_comm. easy. }
    assert (CX : cap w <= X).
    { unfold X. apply cap_mono; [lia|]. apply needs_ge. lia. }
    assert (EX : X = cap (needs (length Ms) (need w))) by (unfold X; now rewrite NX).
    set (Nw := need w) in *. set (Mn := moduli Nw) in *.
    assert (MN1 : Nw <= Mn) by (apply moduli_ge; lia).
    assert (ECAP : cap w = 8 * Nw * (T + 2) * (Mn + 2) ^ 2) by reflexivity.
    assert (Nw1 : 1 <= Nw) by lia.
    assert (C1 : Nw * (N + 1) <= cap w) by (rewrite ECAP, Z.pow_2_r; apply cap_wires; lia).
    assert (BD : 0 <= bias_d l qm <= 2 * Nw).
    { unfold bias_d. fold p. rewrite EN, EW. replace (2 ^ (4 * Z.of_nat l)) with (p ^ 4) by (unfold p; rewrite <- Z.pow_mul_r by lia; f_equal; lia).
      clear - pp2 pp4 qm1. generalize dependent (p ^ 4). intros P4 pp4. assert (0 <= p * qm) by nia. assert (1 <= p * qm) by nia.
      replace (2 * (p * (qm * P4))) with ((2 * (p * qm)) * P4) by ring. split; [apply Z.mul_nonneg_nonneg; lia|apply Z.mul_le_mono_nonneg_r; lia]. }
    assert (C2 : N * bias_d l qm + Nw * err + Nw * ((N + 1) * (1 + T * N)) <= cap w) by (rewrite ECAP, Z.pow_2_r; apply cap_biases; lia).
    exists (ls ++ [g']), Ys3, (moduli w), (noise nl tau), (length Ls * S (nlit tau (2 * l)))%nat, Gs3, Ss3.
    assert (NZ : 0 <= noise nl tau <= noise_max).
    { unfold noise, noise_max. rewrite Et. assert (0 <= Z.of_nat nl * (t + 3)) by (apply Z.mul_nonneg_nonneg; lia).
      split; [apply Z.mul_nonneg_nonneg; lia|]. apply Z.mul_le_mono_nonneg; try lia. apply Z.mul_le_mono_nonneg; lia. }
    assert (one_ok : Z.of_nat (S (nlit tau (2 * l))) <= 2 * Z.of_nat l * T + 1).
    { unfold nlit. rewrite Nat2Z.inj_succ, !Nat2Z.inj_mul, Nat2Z.inj_succ, Et.
      assert (Z.succ t * (Z.of_nat 2 * Z.of_nat l) <= T * (2 * Z.of_nat l)) by (apply Z.mul_le_mono_nonneg_r; lia). lia. }
    split; [|split; [|split; [|split; [|split; [|split; [|split; [|split; [|split; [|split; [|split; [|split; [|split; [|split]]]]]]]]]]]]].
    + rewrite !app_length, A1. easy.
    + rewrite <- app_assoc. apply fits_app. split; [easy|]. cbn [app fits]. split; [|split; [|easy]].
      * unfold wide, g'. apply Forall_map, Forall_forall. intros f _. unfold convert. now apply through_length.
      * rewrite Lg. exact B2'.
    + apply within_app; [rewrite EX; exact A3|]. split; (constructor; [|constructor]); cbn [bw bb bs]; [split|].
      * unfold wires_le, g'. apply Forall_map. eapply Forall_impl; [|apply Gw]. cbv beta. intros f Hf.
        eapply Forall_impl; [|apply (lin_wires (width d ls) (fst f) Ys (N + 1)); auto; lia]. cbn. intros a Ha.
        eapply Z.le_trans; [exact Ha|]. eapply Z.le_trans; [|exact CX]. eapply Z.le_trans; [|exact C1]. apply Z.mul_le_mono_nonneg_r; lia.
      * unfold biases_le, g'. apply Forall_map, Forall_forall. intros f Hf. unfold convert, through. cbn [fst snd].
        unfold biases_le in B3b. rewrite Forall_forall in Gw, B3b. specialize (Gw f Hf). specialize (B3b f Hf).
        assert (RB : 0 <= (N + 1) * (1 + T * N)) by (apply Z.mul_nonneg_nonneg; [lia|]; assert (0 <= T * N) by (apply Z.mul_nonneg_nonneg; lia); lia).
        pose proof (lin_bias (width d ls) (fst f) Ys ((N + 1) * (1 + T * N)) RB A9) as LB.
        eapply Z.le_trans; [|exact CX]. eapply Z.le_trans; [|exact C2].
        apply gate_bias with (S := lsum Z.abs (fst f)); auto. apply neg_mass_le.
      * unfold width_le in *. rewrite Lg. eapply Z.le_trans; [exact B3c|]. eapply Z.le_trans; [|exact CX].
        unfold width_d. rewrite EQ, LL, Et, ECAP, Z.pow_2_r.
        assert (W1 : Z.of_nat (length M) * Z.of_nat (S (nlit tau (2 * l))) <= Mn).
        { assert (Z.of_nat (length M) * Z.of_nat (S (nlit tau (2 * l))) <= Z.of_nat m * (2 * Z.of_nat l * T + 1))
            by (apply Z.mul_le_mono_nonneg; [apply Nat2Z.is_nonneg|now apply Nat2Z.inj_le|apply Nat2Z.is_nonneg|exact one_ok]).
          clear - H fit_m ND2 MN1; lia. }
        assert (W2 : 0 <= 1 + t * moduli w <= (T + 2) * (Mn + 2)).
        { apply cap_count; [clear - t0 t4; lia|clear - ND1 MN1 MG Hw; lia]. }
        rewrite Z.mul_assoc. apply cap_width; [exact Nw1|clear - MN1 Nw1; lia|clear - TT; lia| |exact W2|exact BD].
        split; [apply Z.mul_nonneg_nonneg; apply Nat2Z.is_nonneg|exact W1].
    + exact (proj1 NZ).
    + clear - NZ Hw. unfold moduli. assert (noise nl tau * w <= noise_max * w) by (apply Z.mul_le_mono_nonneg_r; lia). lia.
    + apply Z.le_refl.
    + exact (proj2 NZ).
    + rewrite EQ in B4. exact B4.
    + eapply Forall_impl; [|apply B5]. cbv beta. intros f Hf. eapply Z.le_trans; [exact Hf|]. unfold read_bias_d. rewrite EQ, Et.
      apply Z.mul_le_mono_nonneg_l; [clear - MG Hw; lia|]. apply Z.add_le_mono_l. apply Z.mul_le_mono_nonneg_r; [clear - MG Hw; lia|clear - t4; lia].
    + rewrite LL, Nat2Z.inj_mul. eapply Z.le_trans; [|exact fit_m]. apply Z.add_le_mono_r.
      apply Z.mul_le_mono_nonneg; [apply Nat2Z.is_nonneg|now apply Nat2Z.inj_le|apply Nat2Z.is_nonneg|exact one_ok].
    + exact B6.
    + eapply Forall_impl; [|apply B7]. intros F HFm. eapply Z.le_trans; [apply HFm|]. apply Z.pow_le_mono_r; [easy|].
      rewrite Et. rewrite app_length. cbn [length].
      replace (per_layer l b * Z.of_nat (length Ms + 1)) with (P + per_layer l b) by (unfold P; clear; lia). clear - t2. unfold per_layer. lia.
    + exact B8a.
    + exact B8b.
    + intros x Hx. destruct (A13 x Hx) as (ys & Hy & Hn & Hv & _). destruct (B8 ys Hy) as (ys3 & Hy3 & Hn3 & Hv3 & Hs3).
      exists ys3. split; [easy|]. split; [|split].
      * rewrite run_app. cbn [run]. replace (apply step g' (run step ls x)) with (apply step g ys); [rewrite EQ in Hn3; exact Hn3|]. symmetry.
        apply apply_convert; auto. destruct Hy as [Hy _]. rewrite Hy. exact B2.
      * rewrite Hv3. rewrite run_app. cbn [run]. unfold Ls, apply. rewrite map_map. apply map_ext. intros f. rewrite ev_through by easy.
        now rewrite Hv.
      * intros Ms0 M0 E. apply app_inj_tail in E. destruct E as [<- <-]. rewrite Hs3. unfold Ls, apply. rewrite map_map.
        apply map_ext. intros f. rewrite ev_through by easy. now rewrite Hv.
Qed.
End Deep.
