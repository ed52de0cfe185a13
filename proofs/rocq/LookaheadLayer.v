(** Route A, one layer: a list of ReLUs of forms with huge coefficients in three layers of gates, a list of signs in two.
    docs/theory.md, "Route A". *)
From Coq Require Import ZArith List Lia Bool.
From Exactnet Require Import Network Sums Gadgets Digits Carry Compose Lookahead.
Import ListNotations.
Open Scope Z_scope.

(** ** Side by side, layers that read the same inputs. *)
Definition par (ls1 ls2 : list layer) : list layer :=
  match ls1, ls2 with
  | l1 :: r1, l2 :: r2 => (l1 ++ l2) :: diag (length l1) (length l2) r1 r2
  | _, _ => []
  end.

Lemma run_par act n ls1 ls2 x : length ls1 = length ls2 -> ls1 <> [] -> fits n ls1 ->
  run act (par ls1 ls2) x = run act ls1 x ++ run act ls2 x.
Proof.
  intros E NE F. destruct ls1 as [|l1 r1]; [easy|]. destruct ls2 as [|l2 r2]; [easy|]. cbn [par run fits length] in *.
  unfold apply at 1. rewrite map_app. apply (run_diag act r1 r2 (length l1) (length l2)); [lia|apply F|apply apply_length].
Qed.

Lemma par_ok n W b s1 s2 ls1 ls2 Fs1 Fs2 :
  0 <= W -> length ls1 = length ls2 -> ls1 <> [] ->
  fits n (ls1 ++ [Fs1]) -> fits n (ls2 ++ [Fs2]) ->
  within (Bound W b s1) ls1 -> within (Bound W b s2) ls2 ->
  let ls := par ls1 ls2 in let Fs := beside (width n ls1) (width n ls2) Fs1 Fs2 in
  fits n (ls ++ [Fs]) /\ within (Bound W b (s1 + s2)) ls /\ length ls = length ls1
  /\ width n ls = (width n ls1 + width n ls2)%nat
  /\ forall act x, length x = n ->
     map (fun F => ev F (run act ls x)) Fs = map (fun F => ev F (run act ls1 x)) Fs1 ++ map (fun F => ev F (run act ls2 x)) Fs2.
Proof.
  intros HW E NE F1 F2 B1 B2. apply fits_app in F1, F2. destruct F1 as [F1 [G1 _]], F2 as [F2 [G2 _]].
  destruct ls1 as [|l1 r1]; [easy|]. destruct ls2 as [|l2 r2]; [easy|]. cbn [par].
  destruct F1 as [W1 F1], F2 as [W2 F2], B1 as [B1 S1], B2 as [B2 S2]. cbn [bw bb bs width] in *.
  inversion_clear B1 as [|? ? [B1a B1b] B1']. inversion_clear B2 as [|? ? [B2a B2b] B2'].
  inversion_clear S1 as [|? ? S1a S1']. inversion_clear S2 as [|? ? S2a S2'].
  cbn in E. destruct (diag_ok W b s1 s2 r1 r2 HW (length l1) (length l2)) as (H1 & [H2 H3] & H4 & H5);
    auto; try (split; easy).
  cbn zeta. rewrite fits_app. cbn [fits width length]. rewrite app_length, H4.
  split; [|split; [|split; [|split]]]; auto.
  - split; [split; [apply Forall_app; auto|easy]|]. split; [now apply beside_wide|easy].
  - split; constructor; auto; cbn [bw bb bs].
    + split; apply Forall_app; auto.
    + unfold width_le in *. rewrite app_length. cbn [bs] in *. lia.
  - intros act z Hz. change ((l1 ++ l2) :: diag _ _ r1 r2) with (par (l1 :: r1) (l2 :: r2)).
    rewrite (run_par act n) by (easy || now split). set (y1 := run act (l1 :: r1) z).
    assert (L1 : length y1 = width (length l1) r1) by (unfold y1; now rewrite run_length).
    unfold beside. rewrite map_app, !map_map. f_equal; apply map_ext_in; intros f Hf.
    + apply ev_right_pad. unfold wide in G1. rewrite Forall_forall in G1. now rewrite G1, L1.
    + now apply ev_left_pad.
Qed.

Lemma places_sum beta m : 2 <= beta -> sum (S m) (place beta) <= 2 * place beta m - 1.
Proof.
  intros H. induction m as [|m IH]; [now cbn|]. cbn [sum] in *. rewrite (place_S beta m).
  pose proof (place_pos beta H m). nia.
Qed.

Lemma relu_form_mass (l : nat) (l_pos : (1 <= l)%nat) (tau : nat) :
  mass (relu_form (2 ^ Z.of_nat l) tau (2 * l)) <= 2 ^ (Z.of_nat l * Z.of_nat tau + 2 * Z.of_nat l + 1).
Proof.
  set (beta := 2 ^ Z.of_nat l).
  assert (beta2 : 2 <= beta) by (unfold beta; change 2 with (2 ^ 1) at 1; apply Z.pow_le_mono_r; lia).
  assert (EP : place beta tau = 2 ^ (Z.of_nat l * Z.of_nat tau)) by (unfold place, beta; now rewrite Z.pow_mul_r by lia).
  assert (EB : 2 ^ Z.of_nat (2 * l) = beta * beta) by (unfold beta; rewrite <- Z.pow_add_r by lia; f_equal; lia).
  unfold mass, relu_form. cbn [fst snd]. rewrite lsum_app. cbn [lsum fold_right].
  assert (P : 0 < place beta tau) by now apply place_pos.
  assert (S1 : lsum Z.abs (map (weight_of beta (2 * l)) (seq 0 (nlit tau (2 * l)))) <= (beta * beta - 1) * (2 * place beta tau - 1)).
  { assert (EM : forall ls, lsum Z.abs (map (weight_of beta (2 * l)) ls) = lsum (fun i => weight_of beta (2 * l) i) ls).
    { intros ls. unfold lsum. induction ls as [|i ls IH]; [easy|]. cbn [map fold_right]. rewrite IH.
      rewrite Z.abs_eq; [easy|]. unfold weight_of.
      pose proof (place_pos beta beta2 (i / (2 * l))). pose proof (Z.pow_nonneg 2 (Z.of_nat (i mod (2 * l))) ltac:(lia)). nia. }
    rewrite EM, lsum_seq. unfold nlit, weight_of.
    rewrite (sum_product (S tau) (2 * l) (fun j s => place beta j * 2 ^ Z.of_nat s)) by lia.
    rewrite (sum_ext _ _ (fun j => (beta * beta - 1) * place beta j)).
    - rewrite sum_scale. pose proof (places_sum beta tau beta2). nia.
    - intros j _. rewrite sum_scale, Z.mul_comm. f_equal. rewrite <- EB. clear - l_pos.
      induction (2 * l)%nat as [|k IH]; [easy|]. cbn [sum]. rewrite IH, Nat2Z.inj_succ, Z.pow_succ_r by lia. lia. }
  rewrite !Z.pow_add_r by lia. rewrite <- EP. replace (2 ^ (2 * Z.of_nat l)) with (beta * beta) by (rewrite <- EB; f_equal; lia).
  rewrite (Z.abs_neq (- place beta tau)) by lia. rewrite Z.opp_involutive, Z.abs_0. unfold lsum in S1.
  eapply Z.le_trans; [apply Z.add_le_mono_r, Z.add_le_mono_r, S1|]. change (2 ^ 1) with 2. nia.
Qed.

(** How many digits a form needs whose coefficients are those of a read-out times those of a form. *)
Lemma levels (l b : nat) (P : Z) : (1 <= l)%nat -> 0 <= P -> exists tau : nat,
  Z.of_nat b + P < Z.of_nat l * Z.of_nat tau <= Z.of_nat b + P + Z.of_nat l /\ Z.of_nat tau <= Z.of_nat b + P + 1.
Proof.
  intros Hl HP. assert (l0 : 0 < Z.of_nat l) by lia. set (B := Z.of_nat b + P). assert (B0 : 0 <= B) by (unfold B; lia).
  pose proof (Z.div_pos B (Z.of_nat l) B0 l0). exists (Z.to_nat (B / Z.of_nat l + 1)). rewrite Z2Nat.id by lia.
  pose proof (Z.mul_succ_div_gt B (Z.of_nat l) l0). pose proof (Z.mul_div_le B (Z.of_nat l) l0).
  pose proof (Z.div_le_upper_bound B (Z.of_nat l) B l0 ltac:(nia)). lia.
Qed.

(** ** One ReLU of a form below 2^(l tau), for n literals with n + 1 <= 2^l. *)
Section Block.
Variable l : nat.
Hypothesis l_pos : (1 <= l)%nat.
Variable n : nat.
Hypothesis n_fit : Z.of_nat n + 1 <= 2 ^ Z.of_nat l.
Variable tau : nat.
Let T : Z := Z.of_nat tau + 1.
Let b1 : bound := Bound (2 ^ (3 * Z.of_nat l)) (2 ^ (4 * Z.of_nat l) + T) (T * 2 ^ (4 * Z.of_nat l)).
Let lits_of_one : nat := S (S tau * (2 * l)).
Let out_mass : Z := 2 ^ (Z.of_nat l * Z.of_nat tau + 2 * Z.of_nat l + 1).

Definition good (f : form) : Prop := length (fst f) = n /\ mass f < 2 ^ (Z.of_nat l * Z.of_nat tau).

Lemma good_through Fs f (b : nat) (P : Z) : wide n Fs -> 0 <= P -> Forall (fun F => mass F <= 2 ^ P) Fs ->
  mass f <= 2 ^ Z.of_nat b -> Z.of_nat b + P < Z.of_nat l * Z.of_nat tau -> good (through n Fs f).
Proof.
  intros HW HP HF Hf Ht. split; [now apply through_length|].
  assert (P1 : 1 <= 2 ^ P) by (pose proof (Z.pow_pos_nonneg 2 P); lia).
  eapply Z.le_lt_trans; [apply (mass_through n Fs f (2 ^ P)); auto|].
  eapply Z.le_lt_trans; [apply Z.mul_le_mono_nonneg_r; [lia|exact Hf]|].
  rewrite <- Z.pow_add_r by lia. apply Z.pow_lt_mono_r; lia.
Qed.

Lemma one_relu (L : form) : good L ->
  exists ls F, length ls = 3%nat /\ fits n (ls ++ [[F]]) /\ within b1 ls /\ width n ls = lits_of_one
  /\ mass F <= out_mass
  /\ forall x, cube n x -> ev F (run step ls x) = relu (ev L x).
Proof.
  intros [HL HM]. set (beta := 2 ^ Z.of_nat l).
  assert (beta2 : 2 <= beta).
  { unfold beta. change 2 with (2 ^ 1) at 1. apply Z.pow_le_mono_r; lia. }
  assert (beta_n : Z.of_nat (length (fst L)) + 1 <= beta) by (rewrite HL; easy).
  assert (EP : place beta tau = 2 ^ (Z.of_nat l * Z.of_nat tau)).
  { unfold place, beta. now rewrite Z.pow_mul_r by lia. }
  assert (fit : mass L < place beta tau) by (now rewrite EP).
  assert (HW : W L beta <= beta * beta) by (unfold W; nia).
  pose proof (W_pos L beta beta2 beta_n) as W2.
  assert (EB : 2 ^ Z.of_nat (2 * l) = beta * beta).
  { unfold beta. rewrite <- Z.pow_add_r by lia. f_equal. lia. }
  assert (nb_fit : W L beta <= 2 ^ Z.of_nat (2 * l)) by lia.
  assert (E3 : 2 ^ (3 * Z.of_nat l) = beta * beta * beta).
  { unfold beta. rewrite <- !Z.pow_add_r by lia. f_equal. lia. }
  assert (E4 : 2 ^ (4 * Z.of_nat l) = beta * beta * (beta * beta)).
  { unfold beta. rewrite <- !Z.pow_add_r by lia. f_equal. lia. }
  assert (T1 : 1 <= T) by (unfold T; lia).
  assert (small1 : forall ls : layer, wires_le 1 ls -> wires_le (2 ^ (3 * Z.of_nat l)) ls).
  { intros ls. apply Forall_impl. intros f. apply Forall_impl. intros c. rewrite E3. nia. }
  assert (small2 : forall c (ls : layer), c <= 2 ^ (4 * Z.of_nat l) + T -> biases_le c ls -> biases_le (2 ^ (4 * Z.of_nat l) + T) ls).
  { intros c ls Hc. apply Forall_impl. intros f. lia. }
  destruct (layer2_ok L beta tau (2 * l)) as (w2 & s2 & c2).
  destruct (layer3_ok L beta tau (2 * l)) as (w3 & s3 & c3).
  exists [layer1 L beta tau; layer2 L beta tau (2 * l); layer3 tau (2 * l)], (relu_form beta tau (2 * l)).
  assert (N4 : 2 * Z.of_nat l + 1 <= beta * beta).
  { rewrite <- EB. replace (2 * Z.of_nat l + 1) with (Z.succ (Z.of_nat (2 * l))) by lia.
    apply Z.le_succ_l. apply Z.pow_gt_lin_r; lia. }
  assert (N5 : 2 * Z.of_nat l + 1 <= beta * beta * (beta * beta)) by nia.
  split; [easy|]. split; [|split; [|split; [|split]]].
  - cbn [app fits]. repeat split; auto.
    + unfold wide, layer1, bank. apply Forall_flat_map, Forall_forall. intros b _.
      unfold thermo. apply Forall_map, Forall_forall. intros t _. cbn [fst]. rewrite <- HL. now apply pair_length.
    + constructor; [|constructor]. now apply relu_form_length.
  - unfold within, b1. split; cbn [bw bb bs].
    + constructor; [|constructor; [|constructor; [|constructor]]]; split; auto.
      * eapply Forall_impl; [|apply layer1_wires; auto]. intros f. apply Forall_impl. intros c. rewrite E3. nia.
      * eapply small2; [|apply layer1_biases; auto]. rewrite E4. nia.
      * eapply small2; [|apply c2]. unfold T. rewrite E4. nia.
      * eapply small2; [|apply c3]. rewrite E4. nia.
    + constructor; [|constructor; [|constructor; [|constructor]]]; unfold width_le.
      * rewrite layer1_width by auto. fold T. rewrite E4.
        assert (W L beta * W L beta <= beta * beta * (beta * beta)) by (apply Z.mul_le_mono_nonneg; lia).
        apply Z.mul_le_mono_nonneg_l; lia.
      * rewrite (layer2_length L). unfold nlit.
        replace (Z.of_nat (S tau + S tau * (2 * l))) with (T * (2 * Z.of_nat l + 1)) by (unfold T; lia).
        rewrite E4. apply Z.mul_le_mono_nonneg_l; lia.
      * rewrite (layer3_length L). unfold nlit.
        replace (Z.of_nat (S (S tau * (2 * l)))) with (T * (2 * Z.of_nat l) + 1) by (unfold T; lia).
        rewrite E4. transitivity (T * (2 * Z.of_nat l + 1)); [lia|]. apply Z.mul_le_mono_nonneg_l; lia.
  - cbn [width]. now rewrite (layer3_length L).
  - now apply relu_form_mass.
  - intros x [Hl Hx]. apply relu_layers; auto. now rewrite HL.
Qed.

Let bm (c : nat) : bound := Bound (bw b1) (bb b1) (Z.of_nat c * bs b1).

Lemma relu_block (Ls : list form) : Forall good Ls ->
  exists ls Fs, length ls = 3%nat /\ fits n (ls ++ [Fs]) /\ within (bm (length Ls)) ls
  /\ width n ls = (length Ls * lits_of_one)%nat /\ Forall (fun F => mass F <= out_mass) Fs
  /\ forall x, cube n x -> map (fun F => ev F (run step ls x)) Fs = map (fun L => relu (ev L x)) Ls.
Proof.
  induction 1 as [|L Ls HL _ IH].
  - exists [[]; []; []], []. cbn. repeat split; repeat constructor; cbn; try easy; constructor.
  - destruct IH as (ls2 & Fs2 & A2 & B2 & C2 & D2 & M2 & E2).
    destruct (one_relu L HL) as (ls1 & F1 & A1 & B1 & C1 & D1 & M1 & E1).
    destruct (par_ok n (bw b1) (bb b1) (bs b1) (Z.of_nat (length Ls) * bs b1) ls1 ls2 [F1] Fs2) as (P1 & P2 & P3 & P4 & P5); auto.
    + cbn. apply Z.pow_nonneg. lia.
    + congruence.
    + destruct ls1; easy.
    + eexists _, _. split; [|split; [apply P1|split; [|split; [|split]]]].
      * now rewrite P3.
      * replace (bm (length (L :: Ls))) with (Bound (bw b1) (bb b1) (bs b1 + Z.of_nat (length Ls) * bs b1)); auto.
        unfold bm. f_equal. cbn [length]. lia.
      * rewrite P4, D1, D2. cbn [length]. lia.
      * now apply beside_mass.
      * intros x Hx. destruct Hx as [Hl Hx]. rewrite P5 by easy. cbn [map app]. f_equal; [now apply E1|now apply E2].
Qed.

(** One sign: two layers of gates, and a sum. *)
Lemma one_sign (L : form) : good L ->
  exists ls F, length ls = 2%nat /\ fits n (ls ++ [[F]]) /\ within b1 ls /\ width n ls = S tau
  /\ wires_le 1 [F] /\ biases_le 0 [F] /\ mass F <= T
  /\ forall x, cube n x -> ev F (run step ls x) = step (ev L x).
Proof.
  intros [HL HM]. set (beta := 2 ^ Z.of_nat l).
  assert (beta2 : 2 <= beta) by (unfold beta; change 2 with (2 ^ 1) at 1; apply Z.pow_le_mono_r; lia).
  assert (beta_n : Z.of_nat (length (fst L)) + 1 <= beta) by (rewrite HL; easy).
  assert (fit : mass L < place beta tau) by (unfold place, beta; now rewrite <- Z.pow_mul_r by lia).
  assert (HW : W L beta <= beta * beta) by (unfold W; nia).
  pose proof (W_pos L beta beta2 beta_n) as W2.
  assert (E3 : 2 ^ (3 * Z.of_nat l) = beta * beta * beta) by (unfold beta; rewrite <- !Z.pow_add_r by lia; f_equal; lia).
  assert (E4 : 2 ^ (4 * Z.of_nat l) = beta * beta * (beta * beta)) by (unfold beta; rewrite <- !Z.pow_add_r by lia; f_equal; lia).
  assert (WW : W L beta * W L beta <= beta * beta * (beta * beta)) by (apply Z.mul_le_mono_nonneg; lia).
  assert (B4 : 1 <= beta * beta * (beta * beta)) by (clear - beta2; nia).
  destruct (sign_gates_ok L beta tau) as (w2 & s2 & c2).
  assert (len : length (sign_gates L beta tau) = S tau) by apply sign_gates_length.
  exists [layer1 L beta tau; sign_gates L beta tau], (repeat 1 (S tau), 0).
  split; [easy|]. split; [|split; [|split; [|split; [|split; [|split]]]]].
  - cbn [app fits]. repeat split; auto.
    + unfold wide, layer1, bank. apply Forall_flat_map, Forall_forall. intros b _.
      unfold thermo. apply Forall_map, Forall_forall. intros t _. cbn [fst]. rewrite <- HL. now apply pair_length.
    + constructor; [|constructor]. cbn [fst]. rewrite repeat_length. now symmetry.
  - unfold within, b1. split; cbn [bw bb bs]; repeat (apply Forall_cons; [|]); try apply Forall_nil; try split.
    + eapply Forall_impl; [|apply layer1_wires; auto]. intros f. apply Forall_impl. intros c. rewrite E3. clear - HW W2 beta2. nia.
    + eapply Forall_impl; [|apply layer1_biases; auto]. intros f. rewrite E4. unfold T. lia.
    + eapply Forall_impl; [|apply s2]. intros f. apply Forall_impl. intros c. rewrite E3. clear - beta2. nia.
    + eapply Forall_impl; [|apply c2]. intros f. rewrite E4. unfold T. lia.
    + unfold width_le. rewrite layer1_width by auto. fold T. rewrite E4. apply Z.mul_le_mono_nonneg_l; unfold T; lia.
    + unfold width_le. rewrite len, E4. replace (Z.of_nat (S tau)) with (T * 1) by (unfold T; lia).
      apply Z.mul_le_mono_nonneg_l; unfold T; lia.
  - cbn [width]. exact len.
  - constructor; [|constructor]. apply Forall_forall. intros a Ha. apply repeat_spec in Ha. now subst.
  - constructor; [easy|constructor].
  - unfold mass. cbn [fst snd]. rewrite lsum_ones. unfold T. lia.
  - intros x [Hl Hx]. apply sign_gates_sum; auto. now rewrite HL.
Qed.

Lemma sign_block (Ls : list form) : Forall good Ls ->
  exists ls Fs, length ls = 2%nat /\ fits n (ls ++ [Fs]) /\ within (bm (length Ls)) ls
  /\ width n ls = (length Ls * S tau)%nat /\ length Fs = length Ls
  /\ wires_le 1 Fs /\ biases_le 0 Fs /\ Forall (fun F => mass F <= T) Fs
  /\ forall x, cube n x -> map (fun F => ev F (run step ls x)) Fs = map (fun L => step (ev L x)) Ls.
Proof.
  induction 1 as [|L Ls HL _ IH].
  - exists [[]; []], []. cbn. repeat split; repeat constructor; cbn; try easy; constructor.
  - destruct IH as (ls2 & Fs2 & A2 & B2 & C2 & D2 & L2 & G2 & H2 & M2 & E2).
    destruct (one_sign L HL) as (ls1 & F1 & A1 & B1 & C1 & D1 & G1 & H1 & M1 & E1).
    destruct (par_ok n (bw b1) (bb b1) (bs b1) (Z.of_nat (length Ls) * bs b1) ls1 ls2 [F1] Fs2) as (P1 & P2 & P3 & P4 & P5); auto.
    + cbn. apply Z.pow_nonneg. lia.
    + congruence.
    + destruct ls1; easy.
    + eexists _, _. split; [|split; [apply P1|split; [|split; [|split; [|split; [|split; [|split]]]]]]].
      * now rewrite P3.
      * replace (bm (length (L :: Ls))) with (Bound (bw b1) (bb b1) (bs b1 + Z.of_nat (length Ls) * bs b1)); auto.
        unfold bm. f_equal. cbn [length]. lia.
      * rewrite P4, D1, D2. cbn [length]. lia.
      * rewrite beside_length, L2. easy.
      * now apply beside_wires.
      * now apply beside_biases.
      * now apply beside_mass.
      * intros x Hx. destruct Hx as [Hl Hx]. rewrite P5 by easy. cbn [map app]. f_equal; [now apply E1|now apply E2].
Qed.
End Block.
