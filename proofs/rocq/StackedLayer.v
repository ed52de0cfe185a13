(** Route D, one layer: every ReLU of a list of forms with huge coefficients (and its sign) by one layer of gates, up to noise.
    docs/stacked.md. *)
From Coq Require Import ZArith Znumtheory List Lia Bool.
From Exactnet Require Import Network Sums Gadgets Digits Compose Lookahead LookaheadLayer Steps OutputExact S1Lookahead Divisors Passage NoisyLiteral.
Import ListNotations.
Open Scope Z_scope.

(** Y is N times y, up to noise. *)
Definition near (N err y Y : Z) : Prop := N * y <= Y <= N * y + err.

Section Block.
Variable l : nat.
Hypothesis l_pos : (1 <= l)%nat.
Variable n : nat.
Hypothesis n_fit : Z.of_nat n + 1 <= 2 ^ Z.of_nat l.
Variable tau : nat.
Variable qs : list Z.
Variable qmax : Z.
Hypothesis qs_coprime : coprime_list qs.
Hypothesis qs_range : Forall (fun q => 2 ^ Z.of_nat l <= q <= qmax) qs.
Hypothesis qmax_1 : 1 <= qmax.
Let beta : Z := 2 ^ Z.of_nat l.
Definition count_q : Z := Z.of_nat (length qs).
Definition noise : Z := Z.of_nat tau * (Z.of_nat n * (Z.of_nat tau + 3)).
Definition wire_d : Z := qmax * 2 ^ (4 * Z.of_nat l).
Definition bias_d : Z := (2 ^ Z.of_nat l * qmax + 1) * 2 ^ (4 * Z.of_nat l).
Definition width_d : Z := (1 + Z.of_nat tau * count_q) * bias_d.
Definition read_bias_d : Z := (count_q + 1) * (1 + Z.of_nat tau * count_q).
Notation nearD := (near count_q noise).
Notation good := (good l n tau).

Lemma beta_2 : 2 <= beta.
Proof. unfold beta. change 2 with (2 ^ 1) at 1. apply Z.pow_le_mono_r; lia. Qed.
Lemma beta_4 : beta * beta * (beta * beta) = 2 ^ (4 * Z.of_nat l).
Proof. unfold beta. rewrite <- !Z.pow_add_r by lia. f_equal. lia. Qed.
Lemma count_0 : 0 <= count_q.
Proof. unfold count_q. lia. Qed.

Lemma one_literal (L : form) (c : nat) (f : Z -> Z) : good L -> (forall t, bit (f t)) ->
  exists ls F, length ls = 1%nat /\ fits n (ls ++ [[F]]) /\ within (Bound wire_d bias_d width_d) ls
  /\ wires_le (count_q + 1) [F] /\ biases_le read_bias_d [F]
  /\ forall x, cube n x -> nearD (f (ev (A beta L tau c) x) * step (ev L x)) (ev F (run step ls x)).
Proof.
  intros [HL HM] Hf. pose proof beta_2 as b2. pose proof beta_4 as b4. pose proof count_0 as c0.
  assert (bn : Z.of_nat (length (fst L)) + 1 <= beta) by (rewrite HL; exact n_fit).
  assert (fit : mass L < place beta tau) by (unfold place, beta; now rewrite <- Z.pow_mul_r by lia).
  assert (W2 : 2 <= W L beta) by (now apply W_pos).
  assert (WB : W L beta <= beta * beta) by (unfold W; nia).
  assert (WW : W L beta * W L beta <= 2 ^ (4 * Z.of_nat l)) by (rewrite <- b4; apply Z.mul_le_mono_nonneg; lia).
  assert (q0 : 0 <= qmax) by lia.
  destruct (gates_ok L beta b2 bn tau qs qmax qs_range q0 c) as (G1 & G2 & G3 & G4). rewrite HL in G1.
  assert (ER : Z.of_nat (NoisyLiteral.reach L beta qmax) <= bias_d).
  { rewrite (reach_Z L beta b2 bn qmax q0). unfold bias_d. fold beta.
    assert (beta * qmax * (W L beta * W L beta) <= beta * qmax * 2 ^ (4 * Z.of_nat l)) by (apply Z.mul_le_mono_nonneg_l; nia). lia. }
  assert (E4 : 0 <= 2 ^ (4 * Z.of_nat l)) by (apply Z.pow_nonneg; lia).
  exists [gates L beta tau qs qmax c], (literal L beta tau qs qmax f).
  split; [easy|]. split; [|split; [|split; [|split]]].
  - cbn [app fits]. repeat split; auto. constructor; [|constructor]. unfold literal, gates. now rewrite readl_length, bankl_length.
  - split; (constructor; [|constructor]); cbn [bw bb bs].
    + split.
      * eapply Forall_impl; [|apply G2]. intros g. apply Forall_impl. intros v Hv. unfold wire_d.
        rewrite Z.max_r in Hv by lia. eapply Z.le_trans; [exact Hv|]. apply Z.mul_le_mono_nonneg_l; lia.
      * eapply Forall_impl; [|apply G3]. cbn. intros; lia.
    + unfold width_le, width_d. rewrite G4. change (N qs) with count_q. apply Z.mul_le_mono_nonneg_l; nia.
  - constructor; [|constructor]. now apply literal_wires.
  - constructor; [|constructor]. unfold literal, readl. cbn [snd]. rewrite Z.add_0_r.
    assert (Hl : Z.of_nat (length (indices tau qs)) = 1 + Z.of_nat tau * count_q).
    { unfold indices, count_q. cbn [length]. rewrite flat_map_length_const with (c := length qs) by (intros; apply map_length).
      rewrite seq_length. lia. }
    assert (S : forall js, Z.abs (lsum (fun j => phi L beta qs f j 0) js) <= (count_q + 1) * Z.of_nat (length js)).
    { induction js as [|j js IH]; [cbn; lia|]. unfold lsum in *. cbn [fold_right length].
      destruct (phi_range L beta qs f Hf j 0) as [P|P]; change (N qs) with count_q in *; unfold bit in *; nia. }
    eapply Z.le_trans; [apply S|]. rewrite Hl. unfold read_bias_d. lia.
  - intros x [Hx1 Hx2].
    pose proof (literal_noise L beta b2 bn tau fit qs qmax qs_coprime qs_range q0 c f Hf x ltac:(now rewrite HL) Hx2) as LN.
    cbn zeta in LN. rewrite HL in LN. exact LN.
Qed.

(** All literals of one form. *)
Lemma requests (L : form) (rs : list (nat * (Z -> Z))) : good L -> Forall (fun r => forall t, bit (snd r t)) rs ->
  exists ls Fs, length ls = 1%nat /\ fits n (ls ++ [Fs]) /\ within (Bound wire_d bias_d (Z.of_nat (length rs) * width_d)) ls
  /\ wires_le (count_q + 1) Fs /\ biases_le read_bias_d Fs
  /\ forall x, cube n x -> Forall2 nearD (map (fun r => snd r (ev (A beta L tau (fst r)) x) * step (ev L x)) rs)
                                        (map (fun F => ev F (run step ls x)) Fs).
Proof.
  intros HL. pose proof count_0. pose proof beta_2.
  assert (w0 : 0 <= wire_d) by (unfold wire_d; pose proof (Z.pow_nonneg 2 (4 * Z.of_nat l)); nia).
  induction 1 as [|[c f] rs Hf _ IH].
  - exists [[]], []. cbn. repeat split; repeat constructor; cbn; try easy; try constructor; unfold width_le; cbn; lia.
  - destruct IH as (ls2 & Fs2 & A2 & B2 & C2 & D2 & E2 & G2).
    destruct (one_literal L c f HL Hf) as (ls1 & F1 & A1 & B1 & C1 & D1 & E1 & G1).
    destruct (par_ok n wire_d bias_d width_d (Z.of_nat (length rs) * width_d) ls1 ls2 [F1] Fs2) as (P1 & P2 & P3 & P4 & P5); auto.
    + congruence.
    + destruct ls1; easy.
    + eexists _, _. split; [|split; [apply P1|split; [|split; [|split]]]].
      * now rewrite P3.
      * eapply within_mono; [| | |apply P2]; cbn [length]; try lia; rewrite Nat2Z.inj_succ, Z.mul_succ_l; lia.
      * apply beside_wires; auto; lia.
      * now apply beside_biases.
      * intros x Hx. pose proof Hx as [Hl _]. rewrite P5 by easy. cbn [map fst snd app]. constructor; [now apply G1|now apply G2].
Qed.

Let nb : nat := (2 * l)%nat.
Let one_size : nat := S (nlit tau nb).
Let out_mass : Z := 2 ^ (Z.of_nat l * Z.of_nat tau + 2 * Z.of_nat l + 1).

Lemma one_relu_d (L : form) : good L ->
  exists ls Fs G S, length ls = 1%nat /\ fits n (ls ++ [Fs]) /\ within (Bound wire_d bias_d (Z.of_nat one_size * width_d)) ls
  /\ wires_le (count_q + 1) Fs /\ biases_le read_bias_d Fs
  /\ length (fst G) = one_size /\ mass G <= out_mass /\ length (fst S) = one_size /\ mass S <= 1
  /\ forall x, cube n x -> exists ys, cube one_size ys
       /\ Forall2 nearD ys (map (fun F => ev F (run step ls x)) Fs) /\ ev G ys = relu (ev L x) /\ ev S ys = step (ev L x).
Proof.
  intros HL. pose proof HL as [HL1 HL2]. pose proof beta_2 as b2.
  set (rs := map (fun i => ((i / nb)%nat, digit 2 (i mod nb))) (seq 0 (nlit tau nb)) ++ [(0%nat, fun _ : Z => 1)]).
  assert (HR : Forall (fun r : nat * (Z -> Z) => forall t, bit (snd r t)) rs).
  { apply Forall_app. split; [|constructor; [now right|constructor]]. apply Forall_map, Forall_forall. intros i _ t. cbn [snd].
    pose proof (digit_range 2 ltac:(lia) (i mod nb) t). unfold bit. lia. }
  destruct (requests L rs HL HR) as (ls & Fs & A1 & A2 & A3 & A4 & A5 & A6).
  assert (Lr : length rs = one_size) by (unfold rs, one_size; rewrite app_length, map_length, seq_length; cbn; lia).
  destruct (one_relu l l_pos n n_fit tau L HL) as (_ & G0 & _).
  exists ls, Fs, (relu_form beta tau nb), (repeat 0 (nlit tau nb) ++ [1], 0). rewrite <- Lr at 1. split; [easy|]. split; [easy|]. split; [easy|].
  split; [easy|]. split; [easy|]. split; [|split; [|split; [|split]]].
  - unfold relu_form. cbn [fst]. rewrite app_length, map_length, seq_length. unfold one_size. cbn. lia.
  - apply (relu_form_mass l l_pos tau).
  - cbn [fst]. rewrite app_length, repeat_length. unfold one_size. cbn. lia.
  - unfold mass. cbn [fst snd]. rewrite lsum_app, lsum_abs_zeros. easy.
  - intros x [Hx1 Hx2].
    assert (bn : Z.of_nat (length (fst L)) + 1 <= beta) by (rewrite HL1; exact n_fit).
    assert (fit : mass L < place beta tau) by (unfold place, beta; now rewrite <- Z.pow_mul_r by lia).
    assert (nbf : W L beta <= 2 ^ Z.of_nat nb).
    { assert (W L beta <= beta * beta) by (unfold W; nia). unfold nb. replace (2 ^ Z.of_nat (2 * l)) with (beta * beta); [easy|].
      unfold beta. rewrite <- Z.pow_add_r by lia. f_equal. lia. }
    exists (masked L beta tau nb x). split; [apply masked_cube|split; [|split]].
    + replace (masked L beta tau nb x) with (map (fun r => snd r (ev (A beta L tau (fst r)) x) * step (ev L x)) rs); [now apply A6|].
      unfold masked, rs. rewrite map_app, map_map. cbn [map fst snd]. f_equal; [apply map_ext; intros i; apply Z.mul_comm|].
      now rewrite Z.mul_1_l.
    + apply relu_of_masked; auto. now rewrite HL1.
    + unfold ev at 1, masked. cbn [fst snd]. rewrite dot_app, dot_zeros by (now rewrite repeat_length, map_length, seq_length).
      cbn [dot]. lia.
Qed.

Lemma block_d (Ls : list form) : Forall good Ls ->
  exists ls Fs Gs Ss, length ls = 1%nat /\ fits n (ls ++ [Fs])
  /\ within (Bound wire_d bias_d (Z.of_nat (length Ls) * (Z.of_nat one_size * width_d))) ls
  /\ wires_le (count_q + 1) Fs /\ biases_le read_bias_d Fs
  /\ wide (length Ls * one_size) Gs /\ Forall (fun G => mass G <= out_mass) Gs
  /\ wide (length Ls * one_size) Ss /\ Forall (fun S => mass S <= 1) Ss
  /\ forall x, cube n x -> exists ys, cube (length Ls * one_size) ys
       /\ Forall2 nearD ys (map (fun F => ev F (run step ls x)) Fs)
       /\ map (fun G => ev G ys) Gs = map (fun L => relu (ev L x)) Ls
       /\ map (fun S => ev S ys) Ss = map (fun L => step (ev L x)) Ls.
Proof.
  pose proof count_0. pose proof beta_2.
  assert (w0 : 0 <= wire_d) by (unfold wire_d; pose proof (Z.pow_nonneg 2 (4 * Z.of_nat l)); nia).
  induction 1 as [|L Ls HL _ IH].
  - exists [[]], [], [], []. cbn. repeat split; repeat constructor; cbn; try easy; try constructor; try (unfold width_le; cbn; lia).
    intros x Hx. exists []. repeat split; constructor.
  - destruct IH as (ls2 & Fs2 & Gs2 & Ss2 & A2 & B2 & C2 & D2 & E2 & H2 & I2 & K2 & M2 & J2).
    destruct (one_relu_d L HL) as (ls1 & Fs1 & G1 & S1 & A1 & B1 & C1 & D1 & E1 & H1 & I1 & K1 & M1 & J1).
    destruct (par_ok n wire_d bias_d (Z.of_nat one_size * width_d) (Z.of_nat (length Ls) * (Z.of_nat one_size * width_d)) ls1 ls2 Fs1 Fs2) as (P1 & P2 & P3 & P4 & P5); auto.
    + congruence.
    + destruct ls1; easy.
    + eexists _, _, (beside one_size (length Ls * one_size) [G1] Gs2), (beside one_size (length Ls * one_size) [S1] Ss2).
      split; [|split; [apply P1|split; [|split; [|split; [|split; [|split; [|split; [|split]]]]]]]].
      * now rewrite P3.
      * eapply within_mono; [| | |apply P2]; cbn [length]; lia.
      * apply beside_wires; auto; lia.
      * now apply beside_biases.
      * cbn [length]. rewrite Nat.mul_succ_l, Nat.add_comm. apply beside_wide; [constructor; [exact H1|constructor]|exact H2].
      * now apply beside_mass.
      * cbn [length]. rewrite Nat.mul_succ_l, Nat.add_comm. apply beside_wide; [constructor; [exact K1|constructor]|exact K2].
      * now apply beside_mass.
      * intros x Hx. pose proof Hx as [Hl _].
        destruct (J1 x Hx) as (y1 & [Y1 Y1'] & N1 & V1 & W1). destruct (J2 x Hx) as (y2 & [Y2 Y2'] & N2 & V2 & W2).
        exists (y1 ++ y2). split; [|split; [|split]].
        -- split; [rewrite app_length, Y1, Y2; cbn [length]; lia|]. apply Forall_app; auto.
        -- rewrite P5 by easy. now apply Forall2_app.
        -- unfold beside. cbn [map app]. f_equal; [rewrite ev_right_pad; [easy|now rewrite H1]|].
           rewrite map_map. rewrite <- V2. apply map_ext. intros f. now apply ev_left_pad.
        -- unfold beside. cbn [map app]. f_equal; [rewrite ev_right_pad; [easy|now rewrite K1]|].
           rewrite map_map. rewrite <- W2. apply map_ext. intros f. now apply ev_left_pad.
Qed.
End Block.
