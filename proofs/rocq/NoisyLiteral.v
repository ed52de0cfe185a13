(** Route D: the sign of a form with huge coefficients, joined with a function of a digit, in one layer of gates, up to noise from
    false events; and one gate of any weights in depth 2.  docs/stacked.md, Lemma 3. *)
From Coq Require Import ZArith Znumtheory List Lia Bool.
From Exactnet Require Import Network Sums Gadgets Digits Lookahead Divisors Passage.
Import ListNotations.
Open Scope Z_scope.

(** Banks and read-outs over any list of indices. *)
Section Bank.
Context {I : Type}.
Definition bankl (F : I -> form) (h : nat) (l : list I) : layer := flat_map (fun i => thermo (F i) h) l.
Definition readl (phi : I -> Z -> Z) (h : nat) (l : list I) (c : Z) : form :=
  (flat_map (fun i => jumps (phi i) h) l, lsum (fun i => phi i 0) l + c).

Lemma lsum_add (f g : I -> Z) l : lsum (fun i => f i + g i) l = lsum f l + lsum g l.
Proof. unfold lsum. induction l; cbn [fold_right]; lia. Qed.

Lemma read_bankl phi F h l c x : (forall i, In i l -> 0 <= ev (F i) x <= Z.of_nat h) ->
  ev (readl phi h l c) (apply step (bankl F h l) x) = lsum (fun i => phi i (ev (F i) x)) l + c.
Proof.
  intros H. unfold ev at 1. cbn [fst snd readl]. unfold apply, bankl. rewrite map_flat_map.
  rewrite dot_flat_map by (intros i _; now rewrite jumps_length, map_length, thermo_length).
  rewrite Z.add_assoc, <- lsum_add. f_equal. apply lsum_ext. intros i Hi. now apply exact_sum; auto.
Qed.

Lemma bankl_length F h l : length (bankl F h l) = (length l * h)%nat.
Proof. apply flat_map_length_const. intros. apply thermo_length. Qed.
Lemma readl_length phi h l c : length (fst (readl phi h l c)) = (length l * h)%nat.
Proof. apply flat_map_length_const. intros. apply jumps_length. Qed.
End Bank.

Section Literal.
Variable L : form.
Let n := length (fst L).
Variable beta : Z.
Hypothesis beta2 : 2 <= beta.
Hypothesis beta_n : Z.of_nat n + 1 <= beta.
Variable tau : nat.
Hypothesis fit : mass L < place beta tau.
Notation A := (A beta L tau).
Notation W := (W L beta).
Notation place := (place beta).

Variable qs : list Z.
Variable qmax : Z.
Hypothesis qs_coprime : coprime_list qs.
Hypothesis qs_range : Forall (fun q => beta <= q <= qmax) qs.
Hypothesis qmax_0 : 0 <= qmax.

Fixpoint Hform (i : nat) : form :=
  match i with
  | O => (fst (A tau), snd (A tau) - 1)
  | S i' => (comb beta (fst (Hform i')) (fst (A (tau - S i'))), beta * snd (Hform i') + snd (A (tau - S i')))
  end.
Definition resid (i : nat) (q : Z) : form :=
  (map (fun c => (- c) mod q) (fst (Hform i)), (- snd (Hform i)) mod q).

(** u*W + v as a form. *)
Definition join (u v : form) : form := (comb W (fst u) (fst v), W * snd u + snd v).

Lemma ev_join u v x : length (fst u) = length (fst v) -> ev (join u v) x = W * ev u x + ev v x.
Proof. intros H. unfold ev, join. cbn [fst snd]. rewrite dot_comb by easy. ring. Qed.
Lemma join_length u v : length (fst u) = length (fst v) -> length (fst (join u v)) = length (fst v).
Proof. intros H. unfold join. cbn [fst]. now apply comb_length. Qed.

Lemma A_len b : length (fst (A b)) = n.
Proof. apply A_length. Qed.
Lemma Hform_length i : length (fst (Hform i)) = n.
Proof. induction i as [|i IH]; cbn [Hform fst]; [apply A_len|]. rewrite comb_length; rewrite ?IH, ?A_len; easy. Qed.
Lemma resid_length i q : length (fst (resid i q)) = n.
Proof. cbn [resid fst]. rewrite map_length. apply Hform_length. Qed.

Variable c : nat.                       (* the digit to join *)
Variable f : Z -> Z.                    (* a function of it, 0 or 1 *)
Hypothesis f_bit : forall t, bit (f t).

Definition index := option (nat * Z).
Definition place_form (j : index) : form :=
  match j with
  | None => join (A c) (A tau)
  | Some (i, q) => join (join (resid i q) (A c)) (A (tau - S i))
  end.
Definition N : Z := Z.of_nat (length qs).
Definition fired (q r v : Z) : bool := (1 <=? r mod q) && (r mod q <=? Z.of_nat n) && (beta * (r mod q) <=? v).
Definition phi (j : index) (G : Z) : Z :=
  match j with
  | None => f (G / W) * (N * ind (1 <=? G mod W))
  | Some (_, q) => f ((G / W) mod W) * ind (fired q (G / W / W) (G mod W))
  end.
Definition indices : list index := None :: flat_map (fun i => map (fun q => Some (i, q)) qs) (seq 0 tau).
Definition reach : nat := Z.to_nat ((beta * qmax) * (W * W) + W * W).
Definition gates : layer := bankl place_form reach indices.
Definition literal : form := readl phi reach indices 0.

Lemma W2 : 2 <= W.
Proof. now apply W_pos. Qed.

Lemma in_indices j : In j indices -> j = None \/ exists i q, j = Some (i, q) /\ (i < tau)%nat /\ In q qs.
Proof.
  intros [<-|Hj]; [now left|right]. apply in_flat_map in Hj. destruct Hj as (i & Hi & Hj).
  apply in_map_iff in Hj. destruct Hj as (q & <- & Hq). apply in_seq in Hi. exists i, q. repeat split; auto; lia.
Qed.

Lemma reach_Z : Z.of_nat reach = (beta * qmax) * (W * W) + W * W.
Proof. unfold reach. pose proof W2. rewrite Z2Nat.id; [easy|]. nia. Qed.

Section Value.
Variable x : list Z.
Hypothesis Hl : length x = n.
Hypothesis Hb : Forall bit x.
Let a (b : nat) : Z := ev (A b) x.

Lemma a_ok b : 0 <= a b <= W - 1.
Proof. now apply a_range. Qed.

Lemma ev_Hform i : ev (Hform i) x = H beta a tau i.
Proof.
  induction i as [|i IH]; cbn [Hform H].
  - unfold a, ev. cbn [fst snd]. lia.
  - rewrite <- IH. unfold a, ev. cbn [fst snd]. rewrite dot_comb by (now rewrite Hform_length, A_len). ring.
Qed.

Lemma resid_mod i q : 0 < q -> (ev (resid i q) x) mod q = (- H beta a tau i) mod q.
Proof.
  intros q0. rewrite <- ev_Hform. unfold ev, resid. cbn [fst snd].
  assert (E : forall w z, (dot (map (fun c => (- c) mod q) w) z) mod q = (- dot w z) mod q).
  { induction w as [|u w IH]; intros [|v z]; cbn [map dot]; auto.
    rewrite Z.add_mod, IH, <- Z.add_mod by lia. rewrite Z.add_mod, Z.mul_mod, Z.mod_mod, <- Z.mul_mod, <- Z.add_mod by lia. f_equal. ring. }
  rewrite Z.add_mod, E, Z.mod_mod, <- Z.add_mod by lia. f_equal. ring.
Qed.

Lemma resid_range i q : 0 < q -> 0 <= ev (resid i q) x <= (Z.of_nat n + 1) * (q - 1).
Proof.
  intros q0. unfold ev. cbn [fst snd resid].
  pose proof (Z.mod_pos_bound (- snd (Hform i)) q q0).
  pose proof (dot_bits_range (map (fun c => (- c) mod q) (fst (Hform i))) x (q - 1)) as D.
  rewrite map_length, Hform_length in D.
  enough (0 <= dot (map (fun c => (- c) mod q) (fst (Hform i))) x <= Z.of_nat n * (q - 1)) by lia.
  apply D; [|easy|lia]. apply Forall_map, Forall_forall. intros u _. pose proof (Z.mod_pos_bound (- u) q q0). lia.
Qed.

Lemma split_join u v : 0 <= v <= W - 1 -> (W * u + v) / W = u /\ (W * u + v) mod W = v.
Proof.
  intros Hv. pose proof W2. split.
  - rewrite Z.mul_comm, Z.div_add_l, Z.div_small by lia. lia.
  - replace (W * u + v) with (v + u * W) by ring. rewrite Z.mod_add, Z.mod_small by lia. easy.
Qed.

Lemma ev_some i q : ev (place_form (Some (i, q))) x = W * (W * ev (resid i q) x + a c) + a (tau - S i).
Proof.
  cbn [place_form]. rewrite ev_join by (rewrite join_length; rewrite ?resid_length, ?A_len; easy).
  rewrite ev_join by (now rewrite resid_length, A_len). easy.
Qed.
Lemma ev_none : ev (place_form None) x = W * a c + a tau.
Proof. cbn [place_form]. now rewrite ev_join by (now rewrite !A_len). Qed.

Lemma place_range j : In j indices -> 0 <= ev (place_form j) x <= Z.of_nat reach.
Proof.
  pose proof W2 as HW. pose proof (a_ok c) as Hc. rewrite reach_Z.
  assert (P0 : 0 <= (beta * qmax) * (W * W)) by (apply Z.mul_nonneg_nonneg; nia).
  intros Hj. destruct (in_indices j Hj) as [->|(i & q & -> & Hi & Hq)].
  - rewrite ev_none. pose proof (a_ok tau). nia.
  - rewrite ev_some. pose proof (a_ok (tau - S i)) as Hv. rewrite Forall_forall in qs_range. specialize (qs_range q Hq).
    pose proof (resid_range i q ltac:(lia)) as HR. set (r := ev (resid i q) x) in *.
    assert (r <= beta * qmax) by nia.
    split; [nia|]. assert (W * (W * r) <= beta * qmax * (W * W)) by nia. nia.
Qed.

Lemma phi_none : phi None (ev (place_form None) x) = f (a c) * (N * a tau).
Proof.
  unfold phi. rewrite ev_none. destruct (split_join (a c) (a tau) (a_ok tau)) as [-> ->].
  pose proof (A_top beta beta2 L tau fit x ltac:(now rewrite Hl)) as HT. fold (a tau) in HT.
  destruct (Z.leb_spec 1 (a tau)); cbn [ind]; [replace (a tau) with 1 by lia|replace (a tau) with 0 by lia]; easy.
Qed.

Lemma phi_some i q : 0 < q -> phi (Some (i, q)) (ev (place_form (Some (i, q))) x) = f (a c) * ind (event beta n a tau i q).
Proof.
  intros Hq. unfold phi. rewrite ev_some.
  destruct (split_join (W * ev (resid i q) x + a c) (a (tau - S i)) (a_ok _)) as [-> ->].
  destruct (split_join (ev (resid i q) x) (a c) (a_ok _)) as [-> ->].
  unfold fired, event. now rewrite resid_mod.
Qed.

Lemma lsum_flat_map {A B} (g : B -> Z) (h : A -> list B) l : lsum g (flat_map h l) = lsum (fun a => lsum g (h a)) l.
Proof. induction l as [|y l IH]; [easy|]. cbn [flat_map]. rewrite lsum_app, IH. easy. Qed.
Lemma lsum_map {A B} (g : B -> Z) (h : A -> B) l : lsum g (map h l) = lsum (fun a => g (h a)) l.
Proof. induction l as [|y l IH]; [easy|]. cbn [map]. unfold lsum in *. cbn [fold_right]. now rewrite IH. Qed.

(** The literal that the gates make. *)
Lemma ev_literal : ev literal (apply step gates x)
  = f (a c) * (N * a tau) + sum tau (fun i => lsum (fun q => f (a c) * ind (event beta n a tau i q)) qs).
Proof.
  unfold literal, gates. rewrite read_bankl by apply place_range.
  change (lsum (fun i => phi i (ev (place_form i) x)) indices) with
    (phi None (ev (place_form None) x)
     + lsum (fun i => phi i (ev (place_form i) x)) (flat_map (fun i => map (fun q => Some (i, q)) qs) (seq 0 tau))).
  rewrite phi_none, lsum_flat_map, lsum_seq, Z.add_0_r. f_equal. apply sum_ext. intros i _.
  rewrite lsum_map. apply lsum_ext. intros q Hq. rewrite Forall_forall in qs_range. specialize (qs_range q Hq). apply phi_some. lia.
Qed.

Lemma H_bound i : (i <= tau)%nat -> - place i <= H beta a tau i <= 2 * place (i + 2).
Proof.
  intros Hi. rewrite H_value by easy. pose proof (place_pos beta beta2 i).
  assert (S0 : 0 <= sum (S i) (fun j => a (tau - i + j)%nat * place j)).
  { apply sum_nonneg. intros j _. pose proof (a_ok (tau - i + j)%nat). pose proof (place_pos beta beta2 j). nia. }
  assert (S1 : sum (S i) (fun j => a (tau - i + j)%nat * place j) <= (W - 1) * (2 * place i)).
  { eapply Z.le_trans; [apply (sum_le _ _ (fun j => (W - 1) * place j))|].
    - intros j _. pose proof (a_ok (tau - i + j)%nat). pose proof (place_pos beta beta2 j). nia.
    - rewrite sum_scale. apply Z.mul_le_mono_nonneg_l; [pose proof W2; lia|].
      clear - beta2. induction i as [|i IH]; [now cbn|]. cbn [sum] in *. rewrite (place_S beta i).
      pose proof (place_pos beta beta2 i). assert (2 * place i <= place i * beta) by nia. lia. }
  pose proof (W_beta L beta beta2 beta_n x Hl) as WB.
  replace (i + 2)%nat with (S (S i)) by lia. rewrite !place_S by easy. split; [lia|].
  assert (0 <= 2 * place i) by lia. assert (W - 1 <= beta * beta) by lia.
  assert ((W - 1) * (2 * place i) <= (beta * beta) * (2 * place i)) by (apply Z.mul_le_mono_nonneg_r; assumption). lia.
Qed.

Theorem literal_noise :
  let y := f (a c) * step (ev L x) in
  N * y <= ev literal (apply step gates x) <= N * y + Z.of_nat tau * (Z.of_nat n * (Z.of_nat tau + 3)).
Proof.
  cbn zeta. rewrite ev_literal.
  assert (ES : sign beta a tau = step (ev L x)).
  { unfold sign. rewrite H_value by (easy || lia). f_equal. rewrite Nat.sub_diag. cbn [plus].
    unfold a. rewrite (A_sum beta beta2 L tau fit x) by (now rewrite Hl). lia. }
  assert (AT : bit (a tau)).
  { pose proof (A_top beta beta2 L tau fit x ltac:(now rewrite Hl)) as HT. fold (a tau) in HT. unfold bit. lia. }
  assert (AR : forall b, 0 <= a b <= (Z.of_nat n + 1) * (beta - 1)).
  { intros b. pose proof (a_ok b) as H0. unfold Lookahead.W in H0. fold n in H0. lia. }
  pose proof (noisy_literal beta beta2 n a tau AR AT qs beta (tau + 3) beta2 qs_coprime) as NL.
  rewrite <- ES. unfold N. unfold size, FP in NL.
  replace (Z.of_nat (tau + 3)) with (Z.of_nat tau + 3) in NL by lia.
  apply NL.
  - eapply Forall_impl; [|apply qs_range]. cbn. lia.
  - eapply Forall_impl; [|apply qs_range]. cbn. lia.
  - intros i h Hi Hh. pose proof (H_bound i ltac:(lia)) as HB.
    assert (PI : place i <= place (i + 2)).
    { unfold Digits.place. apply Z.pow_le_mono_r; lia. }
    assert (PB : beta <= place (i + 2)).
    { unfold Digits.place. rewrite <- (Z.pow_1_r beta) at 1. apply Z.pow_le_mono_r; lia. }
    assert (P4 : place (i + 2) * (beta * beta) <= place (tau + 3)).
    { unfold Digits.place. rewrite <- Z.pow_2_r, <- Z.pow_add_r by lia. apply Z.pow_le_mono_r; lia. }
    pose proof (place_pos beta beta2 i). assert (4 <= beta * beta) by nia.
    assert (place (i + 2) * 4 <= place (i + 2) * (beta * beta)) by (apply Z.mul_le_mono_nonneg_l; lia).
    assert (EQ : beta ^ (Z.of_nat tau + 3) = place (tau + 3)) by (unfold Digits.place; f_equal; lia).
    rewrite EQ. lia.
  - apply f_bit.
Qed.
End Value.

(** Bounds. *)
Lemma N0 : 0 <= N.
Proof. unfold N. lia. Qed.

Lemma phi_range j t : 0 <= phi j t <= N \/ bit (phi j t).
Proof.
  pose proof N0. destruct j as [[i q]|]; cbn [phi].
  - right. destruct (f_bit ((t / W) mod W)) as [-> | ->]; [left; lia|]. rewrite Z.mul_1_l. apply ind_bit.
  - left. destruct (f_bit (t / W)) as [-> | ->]; [lia|]. destruct (1 <=? t mod W); cbn [ind]; lia.
Qed.

Lemma literal_wires : Forall (fun v => Z.abs v <= N + 1) (fst literal).
Proof.
  unfold literal, readl. cbn [fst]. apply Forall_flat_map, Forall_forall. intros j _. unfold jumps.
  apply Forall_map, Forall_forall. intros t _. pose proof N0.
  destruct (phi_range j (Z.of_nat t)) as [P|P], (phi_range j (Z.of_nat t - 1)) as [P'|P']; unfold bit in *; lia.
Qed.

Lemma join_wires u v M : 0 <= M -> length (fst u) = length (fst v) -> Forall (fun a => Z.abs a <= M) (fst u) ->
  Forall (fun a => Z.abs a <= W - 1) (fst v) -> Forall (fun a => Z.abs a <= W * M + W - 1) (fst (join u v)).
Proof.
  intros HM HL Hu Hv. unfold join. cbn [fst]. pose proof W2. unfold comb.
  revert HL Hv. generalize (fst v). induction Hu as [|a u' Ha Hu IH]; intros [|b v'] HL Hv; try constructor; cbn in HL; try lia.
  - inversion_clear Hv. cbn [fst snd]. nia.
  - inversion_clear Hv. apply IH; auto.
Qed.

Lemma A_wires' b : Forall (fun a => Z.abs a <= W - 1) (fst (A b)).
Proof.
  eapply Forall_impl; [|apply (A_wires L beta beta2 tau b)]. intros a. cbn. unfold Lookahead.W. nia.
Qed.

Lemma place_wires j : In j indices -> Forall (fun a => Z.abs a <= Z.max 1 qmax * (W * W)) (fst (place_form j)).
Proof.
  intros Hj. pose proof W2 as HW. destruct (in_indices j Hj) as [->|(i & q & -> & Hi & Hq)]; cbn [place_form].
  - eapply Forall_impl; [|apply (join_wires (A c) (A tau) (W - 1)); [lia|now rewrite !A_len|apply A_wires'|apply A_wires']].
    intros a. cbn. nia.
  - rewrite Forall_forall in qs_range. specialize (qs_range q Hq).
    eapply Forall_impl; [|apply (join_wires (join (resid i q) (A c)) (A (tau - S i)) (W * (q - 1) + W - 1)); [nia|..]].
    + intros a. cbn. assert (W * (W * (q - 1) + W - 1) + W - 1 <= q * (W * W)) by nia.
      assert (q * (W * W) <= Z.max 1 qmax * (W * W)) by (apply Z.mul_le_mono_nonneg_r; lia). lia.
    + rewrite join_length; rewrite ?resid_length, ?A_len; easy.
    + apply join_wires; [lia|now rewrite resid_length, A_len| |apply A_wires'].
      cbn [resid fst]. apply Forall_map, Forall_forall. intros u _. pose proof (Z.mod_pos_bound (- u) q). lia.
    + apply A_wires'.
Qed.

Lemma gates_ok : wide n gates /\ wires_le (Z.max 1 qmax * (W * W)) gates /\ biases_le (Z.of_nat reach) gates
  /\ Z.of_nat (length gates) = (1 + Z.of_nat tau * N) * Z.of_nat reach.
Proof.
  assert (Z0 : Forall bit (repeat 0 n)) by (apply Forall_forall; intros z Hz; apply repeat_spec in Hz; now left).
  assert (EZ : forall w m, dot w (repeat 0 m) = 0).
  { induction w as [|u w IH]; intros [|m]; cbn; rewrite ?IH; lia. }
  unfold wide, wires_le, biases_le, gates, bankl. repeat split.
  1-3: apply Forall_flat_map, Forall_forall; intros j Hj; unfold thermo; apply Forall_map, Forall_forall; intros t Ht; cbn [fst snd].
  - destruct (in_indices j Hj) as [->|(i & q & -> & _)]; cbn [place_form];
      rewrite !join_length; rewrite ?join_length; rewrite ?resid_length, ?A_len; easy.
  - now apply place_wires.
  - pose proof (place_range (repeat 0 n) (repeat_length _ _) Z0 j Hj) as R. unfold ev in R. rewrite EZ in R.
    apply in_seq in Ht. lia.
  - rewrite flat_map_length_const with (c := reach) by (intros; apply thermo_length).
    assert (E : length indices = S (tau * length qs)).
    { unfold indices. cbn [length]. f_equal. rewrite flat_map_length_const with (c := length qs) by (intros; apply map_length).
      now rewrite seq_length. }
    rewrite E. unfold N. lia.
Qed.
End Literal.

(** ** One threshold gate with arbitrary weights: a circuit of depth 2 with small weights, given enough pairwise coprime moduli. *)
Theorem one_gate_depth_2 : forall (L : form) (B : nat) (qs : list Z) (qmax : Z),
  mass L < 2 ^ Z.of_nat B ->
  let n := Z.of_nat (length (fst L)) in
  coprime_list qs -> Forall (fun q => n + 2 <= q <= qmax) qs ->
  Z.of_nat B * (n * (Z.of_nat B + 3)) < Z.of_nat (length qs) -> 0 <= qmax ->
  exists (g : layer) (F : form),
    fits (length (fst L)) [g; [F]]
    /\ wires_le (Z.max 1 qmax * (n + 2) ^ 4) g /\ biases_le ((qmax + 1) * (n + 2) ^ 5) g
    /\ Forall (fun v => Z.abs v <= Z.of_nat (length qs) + 1) (fst F)
    /\ width_le ((1 + Z.of_nat B * Z.of_nat (length qs)) * ((qmax + 1) * (n + 2) ^ 5)) g
    /\ forall x, cube (length (fst L)) x -> run step [g; [F]] x = [step (ev L x)].
Proof.
  intros L B qs qmax HB n HC HQ HN Hq. set (beta := n + 2).
  assert (n0 : 0 <= n) by (unfold n; lia).
  assert (beta2 : 2 <= beta) by (unfold beta; lia).
  assert (beta_n : Z.of_nat (length (fst L)) + 1 <= beta) by (unfold beta; fold n; lia).
  assert (fit : mass L < place beta B).
  { unfold place. eapply Z.lt_le_trans; [exact HB|]. apply Z.pow_le_mono_l. lia. }
  assert (EW : W L beta = (n + 1) * (n + 1) + 1) by (unfold W, beta; fold n; ring).
  assert (WW : W L beta * W L beta <= (n + 2) ^ 4) by (rewrite EW; nia).
  set (one := fun _ : Z => 1).
  assert (ob : forall t, bit (one t)) by (intros; now right).
  destruct (gates_ok L beta beta2 beta_n B qs qmax HQ Hq 0%nat) as (G1 & G2 & G3 & G4).
  assert (ER : Z.of_nat (reach L beta qmax) <= (qmax + 1) * (n + 2) ^ 5).
  { rewrite (reach_Z L beta beta2 beta_n qmax Hq). replace ((n + 2) ^ 5) with (beta * (n + 2) ^ 4) by (unfold beta; ring).
    assert (0 <= (n + 2) ^ 4) by (apply Z.pow_nonneg; lia).
    assert (beta * qmax * (W L beta * W L beta) <= beta * qmax * (n + 2) ^ 4) by (apply Z.mul_le_mono_nonneg_l; nia). nia. }
  exists (gates L beta B qs qmax 0), (fst (literal L beta B qs qmax one), snd (literal L beta B qs qmax one) - Z.of_nat (length qs)).
  split; [|split; [|split; [|split; [|split]]]].
  - cbn [fits]. repeat split; auto. constructor; [|constructor]. cbn [fst]. unfold literal, gates. now rewrite readl_length, bankl_length.
  - eapply Forall_impl; [|apply G2]. intros f. apply Forall_impl. intros v.
    assert (Z.max 1 qmax * (W L beta * W L beta) <= Z.max 1 qmax * (n + 2) ^ 4) by (apply Z.mul_le_mono_nonneg_l; lia). lia.
  - eapply Forall_impl; [|apply G3]. cbn. intros; lia.
  - cbn [fst]. now apply literal_wires.
  - unfold width_le. rewrite G4. unfold N. apply Z.mul_le_mono_nonneg_l; lia.
  - intros x [Hl Hx]. cbn [run apply map]. f_equal.
    pose proof (literal_noise L beta beta2 beta_n B fit qs qmax HC HQ Hq 0%nat one ob x Hl Hx) as LN.
    cbn zeta in LN. unfold N, one at 1 3 in LN. rewrite !Z.mul_1_l in LN. fold n in LN.
    set (Y := ev (literal _ _ _ _ _ _) _) in LN.
    replace (ev _ _) with (Y - Z.of_nat (length qs)) by (unfold Y, ev; cbn [fst snd apply]; lia).
    destruct (step_bit (ev L x)) as [E|E]; rewrite E in *.
    + apply step_neg. lia.
    + apply step_pos. lia.
Qed.
