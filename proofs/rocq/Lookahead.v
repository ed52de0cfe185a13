(** Route A: the sign of a form with huge coefficients in two layers of gates and a sum, its ReLU in three.
    docs/theory.md, "Sign by carry lookahead", "A ReLU: three layers", "A threshold gate: two layers". *)
From Coq Require Import ZArith List Lia Bool.
From Exactnet Require Import Network Sums Gadgets Digits Carry.
Import ListNotations.
Open Scope Z_scope.

Section Gate.
Variable L : form.
Let n := length (fst L).
Variable beta : Z.
Hypothesis beta2 : 2 <= beta.
Hypothesis beta_n : Z.of_nat n + 1 <= beta.
Variable tau : nat.
Hypothesis fit : mass L < place beta tau.
Notation place := (place beta).
Notation A := (A beta L tau).

(** Pairs of neighbouring digits, as one form. *)
Definition W : Z := (Z.of_nat n + 1) * (beta - 1) + 1.
Definition below_form (b : nat) : form := match b with O => (repeat 0 n, 0) | S b' => A b' end.
Definition pair (b : nat) : form :=
  (comb W (fst (A b)) (fst (below_form b)), W * snd (A b) + snd (below_form b)).
Definition h : nat := Z.to_nat (W * W - 1).

Lemma W_pos : 2 <= W.
Proof. unfold W. nia. Qed.
Lemma h_Z : Z.of_nat h = W * W - 1.
Proof. unfold h. pose proof W_pos. rewrite Z2Nat.id; nia. Qed.

Lemma A_length b : length (fst (A b)) = n.
Proof. unfold Digits.A, digit_form. cbn. now rewrite map_length. Qed.
Lemma below_length b : length (fst (below_form b)) = n.
Proof. destruct b; cbn [below_form fst]; [apply repeat_length|apply A_length]. Qed.
Lemma pair_length b : length (fst (pair b)) = n.
Proof. unfold pair. cbn [fst]. rewrite comb_length; rewrite ?below_length, ?A_length; easy. Qed.

Section Value.
Variable x : list Z.
Hypothesis x_length : length x = n.
Hypothesis x_bits : Forall bit x.
Let a (b : nat) : Z := ev (A b) x.

Lemma a_range b : 0 <= a b <= W - 1.
Proof. pose proof (A_range beta beta2 L tau b x ltac:(now rewrite x_length) x_bits). unfold a, W. fold n in H. lia. Qed.
Lemma below_range b : 0 <= below a b <= W - 1.
Proof. destruct b; cbn [below]; [pose proof W_pos; lia|apply a_range]. Qed.

Lemma ev_pair b : ev (pair b) x = W * a b + below a b.
Proof.
  unfold ev, pair. cbn [fst snd]. rewrite dot_comb by (now rewrite A_length, below_length).
  enough (E : dot (fst (below_form b)) x + snd (below_form b) = below a b) by (rewrite <- E; unfold a, ev; lia).
  destruct b; cbn [below_form below fst snd]; [rewrite dot_zeros; lia|easy].
Qed.

Lemma pair_range b : 0 <= ev (pair b) x <= Z.of_nat h.
Proof. rewrite ev_pair, h_Z. pose proof (a_range b). pose proof (below_range b). pose proof W_pos. nia. Qed.

(** What a pair says: the digit A, and D. *)
Definition digit_of (G : Z) : Z := G / W.
Definition d_of (G : Z) : Z := (G / W) mod beta + (G mod W) / beta.

Lemma digit_of_pair b : digit_of (ev (pair b) x) = a b.
Proof.
  rewrite ev_pair. unfold digit_of. pose proof (below_range b).
  rewrite Z.mul_comm, Z.div_add_l, Z.div_small by (pose proof W_pos; lia). lia.
Qed.

Lemma d_of_pair b : d_of (ev (pair b) x) = D_of beta a b.
Proof.
  pose proof (digit_of_pair b) as E. unfold digit_of in E. unfold d_of, D_of. rewrite E.
  rewrite ev_pair. pose proof (below_range b).
  replace (W * a b + below a b) with (below a b + a b * W) by ring.
  rewrite Z.mod_add, (Z.mod_small (below a b) W) by (pose proof W_pos; lia). easy.
Qed.

Lemma W_beta : W - 1 < beta * beta.
Proof. unfold W. nia. Qed.

Lemma D_range b : 0 <= D_of beta a b <= 2 * beta - 2.
Proof.
  apply (D_of_range beta beta2 a b (W - 1)).
  - apply a_range.
  - apply below_range.
  - apply W_beta.
Qed.

Definition U : Z := ev L x + place tau.
Lemma U_digits : U = sum (S tau) (fun b => a b * place b).
Proof. unfold U, a. now rewrite A_sum. Qed.
Lemma U_range : 0 < U < 2 * place tau.
Proof. unfold U. pose proof (ev_mass L x x_bits). lia. Qed.

Lemma U_D : U = sum (S tau) (fun b => D_of beta a b * place b).
Proof.
  rewrite U_digits, redistribute by easy.
  assert (E : a tau / beta = 0).
  { apply Z.div_small. pose proof (A_top beta beta2 L tau fit x ltac:(now rewrite x_length)). unfold a. lia. }
  rewrite E. lia.
Qed.

Lemma D_top : bit (D_of beta a tau).
Proof.
  pose proof U_range as H. rewrite U_D in H. cbn [sum] in H.
  pose proof (D_range tau). pose proof (place_pos beta beta2 tau).
  assert (0 <= sum tau (fun b => D_of beta a b * place b)).
  { apply sum_nonneg. intros b _. pose proof (D_range b). pose proof (place_pos beta beta2 b). nia. }
  unfold bit. nia.
Qed.

Lemma sign : step (ev L x) = D_of beta a tau
  + sum tau (fun b' => ind (forallb (term beta (D_of beta a) b') (seq 0 tau))).
Proof.
  replace (ev L x) with (U - place tau) by (unfold U; lia).
  apply (sign_carry beta beta2 (D_of beta a) tau).
  - intros b _. apply D_range.
  - apply U_D.
  - pose proof U_range. lia.
  - apply D_range.
Qed.
End Value.

(** Layer 1: thermometers of the pairs.  Layer 2: the terms of the sign, and the bits of the digits. *)
Definition layer1 : layer := bank pair h (S tau).

Definition top_gate : form :=
  read (fun j G => if (j =? tau)%nat then ind (1 <=? d_of G) else 0) h (S tau) (-1).
Definition fires (b' j : nat) (G : Z) : bool :=
  if (j =? tau)%nat then true
  else if (j <? b')%nat then true else if (j =? b')%nat then beta <=? d_of G else d_of G =? beta - 1.
Definition term_gate (b' : nat) : form :=
  read (fun j G => ind (fires b' j G)) h (S tau) (- Z.of_nat (S tau)).
Definition sign_gates : layer := top_gate :: map term_gate (seq 0 tau).

Lemma bit_gate v : bit v -> step (v + -1) = v.
Proof. intros [->| ->]; easy. Qed.

Lemma sign_gates_sum x : length x = n -> Forall bit x ->
  ev (repeat 1 (S tau), 0) (apply step sign_gates (apply step layer1 x)) = step (ev L x).
Proof.
  intros Hl Hb. rewrite (sign x Hl Hb). unfold ev at 1. cbn [fst snd repeat dot apply map sign_gates].
  assert (Hp : forall b, (b < S tau)%nat -> 0 <= ev (pair b) x <= Z.of_nat h) by (intros; now apply pair_range).
  rewrite Z.mul_1_l, Z.add_0_r. f_equal.
  - unfold top_gate, layer1. rewrite read_bank by easy.
    rewrite (sum_single (S tau) tau (fun j => ind (1 <=? d_of (ev (pair j) x)))) by lia.
    rewrite bit_gate by apply ind_bit. rewrite d_of_pair by easy.
    destruct (D_top x Hl Hb) as [-> | ->]; easy.
  - rewrite map_map, <- lsum_seq.
    assert (E : forall (f : nat -> Z) l, dot (repeat 1 (length l)) (map f l) = lsum f l).
    { intros f l. induction l as [|b l IH]; [easy|]. cbn [length repeat map dot]. rewrite IH.
      unfold lsum; cbn [fold_right]. lia. }
    rewrite <- (seq_length tau 0) at 1. rewrite E. apply lsum_ext. intros b' Hb'. apply in_seq in Hb'.
    unfold term_gate, layer1. rewrite read_bank by easy.
    rewrite Z.add_opp_r, conjunction. f_equal.
    rewrite seq_S, forallb_app. cbn [forallb plus]. unfold fires at 2. rewrite Nat.eqb_refl, !andb_true_r.
    assert (E' : forall f g l, (forall j : nat, In j l -> f j = g j) -> forallb f l = forallb g l).
    { intros f g l. induction l as [|j l IH]; cbn; intros H; [easy|]. rewrite H, IH; auto. }
    apply E'. intros j Hj. apply in_seq in Hj. unfold fires, term.
    rewrite (proj2 (Nat.eqb_neq j tau)) by lia. now rewrite d_of_pair.
Qed.

(** Bounds of the two layers. *)
Lemma A_wires b : Forall (fun c => Z.abs c <= beta - 1) (fst (A b)).
Proof.
  unfold Digits.A, digit_form. cbn [fst]. apply Forall_map, Forall_forall. intros w _.
  pose proof (digit_range beta beta2 b (Z.abs w)). destruct w; cbn [Z.sgn]; lia.
Qed.

Lemma below_wires b : Forall (fun c => Z.abs c <= beta - 1) (fst (below_form b)).
Proof.
  destruct b; cbn [below_form fst]; [|apply A_wires].
  apply Forall_forall. intros c Hc. apply repeat_spec in Hc. lia.
Qed.

Lemma comb_wires c u v m : 0 <= c -> 0 <= m -> Forall (fun a => Z.abs a <= m) u -> Forall (fun a => Z.abs a <= m) v ->
  Forall (fun a => Z.abs a <= (c + 1) * m) (comb c u v).
Proof.
  intros Hc Hm Hu; revert v; induction Hu as [|a u Ha Hu IH]; intros v Hv; [constructor|].
  destruct Hv as [|b v Hb Hv]; [constructor|]. constructor; [cbn; nia|]. now apply IH.
Qed.

Lemma const_range b : 0 <= snd (pair b) <= Z.of_nat h.
Proof.
  assert (Z0 : Forall bit (repeat 0 n)) by (apply Forall_forall; intros z Hz; apply repeat_spec in Hz; now left).
  pose proof (pair_range (repeat 0 n) (repeat_length _ _) Z0 b) as H.
  unfold ev in H.
  assert (E : forall w m, dot w (repeat 0 m) = 0).
  { induction w as [|c w IH]; intros [|m]; cbn; rewrite ?IH; lia. }
  rewrite E in H. lia.
Qed.

Lemma layer1_wires : wires_le ((beta - 1) * (W + 1)) layer1.
Proof.
  unfold wires_le, layer1, bank. apply Forall_flat_map, Forall_forall. intros b _.
  unfold thermo. apply Forall_map, Forall_forall. intros t _. cbn [fst pair].
  rewrite Z.mul_comm. apply comb_wires; [pose proof W_pos; lia|lia|apply A_wires|apply below_wires].
Qed.

Lemma layer1_biases : biases_le (W * W - 1) layer1.
Proof.
  unfold biases_le, layer1, bank. apply Forall_flat_map, Forall_forall. intros b _.
  unfold thermo. apply Forall_map, Forall_forall. intros t Ht. apply in_seq in Ht. cbn [snd].
  pose proof (const_range b). rewrite <- h_Z. lia.
Qed.

Lemma layer1_width : Z.of_nat (length layer1) = (Z.of_nat tau + 1) * (W * W - 1).
Proof. unfold layer1. rewrite bank_length. rewrite <- h_Z. lia. Qed.

Lemma read_wires phi c : (forall b t, bit (phi b t)) ->
  Forall (fun a => Z.abs a <= 1) (fst (read phi h (S tau) c)).
Proof.
  intros H. cbn [fst read]. apply Forall_flat_map, Forall_forall. intros b _. now apply jumps_bits.
Qed.

Lemma read_bias phi c : (forall b t, bit (phi b t)) -> c <= snd (read phi h (S tau) c) <= c + Z.of_nat (S tau).
Proof. intros H. cbn [snd read]. pose proof (sum_bits_le (S tau) (fun b => phi b 0) (fun b _ => H b 0)). lia. Qed.

Lemma sign_gates_ok : wide (length layer1) sign_gates /\ wires_le 1 sign_gates /\ biases_le (Z.of_nat tau + 1) sign_gates.
Proof.
  assert (B1 : forall b t, bit (if (b =? tau)%nat then ind (1 <=? d_of t) else 0))
    by (intros; destruct (_ =? _)%nat; [apply ind_bit|now left]).
  assert (B2 : forall b' b t, bit (ind (fires b' b t))) by (intros; apply ind_bit).
  unfold wide, wires_le, biases_le, sign_gates, layer1. rewrite bank_length.
  repeat split; (constructor; [|apply Forall_map, Forall_forall; intros b' _]);
    unfold top_gate, term_gate; rewrite ?read_length; auto using read_wires.
  - pose proof (read_bias _ (-1) B1). lia.
  - pose proof (read_bias _ (- Z.of_nat (S tau)) (B2 b')). lia.
Qed.
(** Layer 3: the bits of the digits, masked by the sign. *)
Variable nb : nat.
Hypothesis nb_fit : W <= 2 ^ Z.of_nat nb.
Definition nlit : nat := (S tau * nb)%nat.

Lemma nb_pos : (0 < nb)%nat.
Proof. pose proof W_pos. destruct nb; [cbn in nb_fit; lia|lia]. Qed.

Definition copy_gate (i : nat) : form :=
  read (fun j G => if (j =? i / nb)%nat then digit 2 (i mod nb) (digit_of G) else 0) h (S tau) (-1).
Definition layer2 : layer := sign_gates ++ map copy_gate (seq 0 nlit).
Definition unit (i : nat) : list Z := map (fun j => if (j =? i)%nat then 1 else 0) (seq 0 nlit).
Definition mask (i : nat) : form := (repeat 1 (S tau) ++ unit i, -2).
Definition sign_copy : form := (repeat 1 (S tau) ++ repeat 0 nlit, -1).
Definition layer3 : layer := map mask (seq 0 nlit) ++ [sign_copy].
Definition weight_of (i : nat) : Z := place (i / nb) * 2 ^ Z.of_nat (i mod nb).
Definition relu_form : form := (map weight_of (seq 0 nlit) ++ [- place tau], 0).

Lemma sign_gates_length : length sign_gates = S tau.
Proof. unfold sign_gates. cbn. now rewrite map_length, seq_length. Qed.
Lemma layer2_length : length layer2 = (S tau + nlit)%nat.
Proof. unfold layer2. now rewrite app_length, sign_gates_length, map_length, seq_length. Qed.
Lemma layer3_length : length layer3 = S nlit.
Proof. unfold layer3. rewrite app_length, map_length, seq_length. cbn. lia. Qed.

Lemma digit2_bit s v : bit (digit 2 s v).
Proof. pose proof (digit_range 2 ltac:(lia) s v). unfold bit. lia. Qed.

Lemma index_lt i : (i < nlit)%nat -> (i / nb < S tau)%nat.
Proof. intros H. apply Nat.div_lt_upper_bound; [pose proof nb_pos; lia|]. unfold nlit in H. lia. Qed.

(** The literals: every bit of every digit, masked by the sign; and the sign. *)
Definition masked (x : list Z) : list Z :=
  map (fun i => step (ev L x) * digit 2 (i mod nb) (ev (A (i / nb)) x)) (seq 0 nlit) ++ [step (ev L x)].

Lemma masked_layers x : length x = n -> Forall bit x -> run step [layer1; layer2; layer3] x = masked x.
Proof.
  intros Hl Hb. unfold masked. cbn [run]. set (y := apply step layer1 x).
  set (a := fun b => ev (A b) x). set (sg := step (ev L x)).
  set (bt := fun i => digit 2 (i mod nb) (a (i / nb)%nat)).
  assert (Hp : forall b, (b < S tau)%nat -> 0 <= ev (pair b) x <= Z.of_nat h) by (intros; now apply pair_range).
  assert (E2 : apply step layer2 y = apply step sign_gates y ++ map bt (seq 0 nlit)).
  { unfold apply, layer2. rewrite map_app, map_map. f_equal. apply map_ext_in. intros i Hi. apply in_seq in Hi.
    unfold copy_gate, y, layer1. rewrite read_bank by easy.
    rewrite (sum_single (S tau) (i / nb) (fun j => digit 2 (i mod nb) (digit_of (ev (pair j) x)))) by (apply index_lt; lia).
    rewrite digit_of_pair by easy. apply bit_gate, digit2_bit. }
  assert (ES : dot (repeat 1 (S tau)) (apply step sign_gates y) = sg).
  { unfold sg. rewrite <- (sign_gates_sum x Hl Hb). unfold ev. cbn [fst snd]. fold y. lia. }
  assert (LS : length (repeat 1 (S tau)) = length (apply step sign_gates y))
    by (unfold apply; rewrite map_length, sign_gates_length; apply repeat_length).
  assert (Bs : bit sg) by apply step_bit.
  assert (E3 : apply step layer3 (apply step layer2 y) = map (fun i => sg * bt i) (seq 0 nlit) ++ [sg]).
  { rewrite E2. unfold apply at 1, layer3. rewrite map_app, map_map. cbn [map]. f_equal.
    - apply map_ext_in. intros i Hi. apply in_seq in Hi. unfold mask, ev. cbn [fst snd].
      rewrite dot_app, ES by easy. unfold unit. rewrite dot_map.
      rewrite (lsum_ext _ (fun j => if (j =? i)%nat then bt j else 0)) by (intros j _; destruct (j =? i)%nat; lia).
      rewrite lsum_seq, sum_single by lia.
      assert (Bb : bit (bt i)) by apply digit2_bit. unfold bit in *.
      clearbody sg bt. destruct Bs as [-> | ->], Bb as [E | E]; rewrite E; easy.
    - f_equal. unfold sign_copy, ev. cbn [fst snd]. rewrite dot_app, ES by easy. rewrite dot_zeros.
      clearbody sg. destruct Bs as [-> | ->]; easy. }
  exact E3.
Qed.

Lemma relu_of_masked x : length x = n -> Forall bit x -> ev relu_form (masked x) = relu (ev L x).
Proof.
  intros Hl Hb. unfold masked.
  set (a := fun b => ev (A b) x). set (sg := step (ev L x)).
  set (bt := fun i => digit 2 (i mod nb) (a (i / nb)%nat)).
  change (ev relu_form (map (fun i => sg * bt i) (seq 0 nlit) ++ [sg]) = relu (ev L x)).
  unfold relu_form, ev at 1. cbn [fst snd].
  rewrite dot_app by (now rewrite !map_length). rewrite dot_map, lsum_seq. cbn [dot].
  assert (EU : sum nlit (fun i => weight_of i * (sg * bt i)) = sg * (ev L x + place tau)).
  { rewrite (sum_ext _ _ (fun i => sg * (place (i / nb) * (digit 2 (i mod nb) (a (i / nb)%nat) * Digits.place 2 (i mod nb))))).
    2: { intros i _. unfold weight_of, bt, Digits.place. ring. }
    rewrite sum_scale. f_equal.
    unfold nlit. rewrite (sum_product (S tau) nb (fun j s => place j * (digit 2 s (a j) * Digits.place 2 s))) by apply nb_pos.
    fold (U x). rewrite U_digits by easy. apply sum_ext. intros j Hj.
    rewrite sum_scale. rewrite digits_mod by lia.
    rewrite Z.mod_small; [unfold a; ring|].
    pose proof (a_range x Hl Hb j). unfold Digits.place. unfold a. lia. }
  rewrite EU. unfold relu, sg, step. destruct (Z.leb_spec 0 (ev L x)); lia.
Qed.

Lemma relu_layers x : length x = n -> Forall bit x ->
  ev relu_form (run step [layer1; layer2; layer3] x) = relu (ev L x).
Proof. intros Hl Hb. rewrite masked_layers by easy. now apply relu_of_masked. Qed.

Lemma masked_cube x : cube (S nlit) (masked x).
Proof.
  split; [unfold masked; rewrite app_length, map_length, seq_length; cbn; lia|].
  unfold masked. apply Forall_app. split; [|constructor; [apply step_bit|constructor]].
  apply Forall_map, Forall_forall. intros i _. pose proof (digit2_bit (i mod nb) (ev (A (i / nb)) x)).
  destruct (step_bit (ev L x)) as [-> | ->]; [now left|]. now rewrite Z.mul_1_l.
Qed.

Lemma layer2_ok : wide (length layer1) layer2 /\ wires_le 1 layer2 /\ biases_le (Z.of_nat tau + 1) layer2.
Proof.
  destruct sign_gates_ok as (H1 & H2 & H3). unfold wide, wires_le, biases_le, layer2 in *.
  assert (B : forall i b t, bit (if (b =? i / nb)%nat then digit 2 (i mod nb) (digit_of t) else 0))
    by (intros; destruct (_ =? _)%nat; [apply digit2_bit|now left]).
  repeat split; apply Forall_app; (split; [easy|]); apply Forall_map, Forall_forall; intros i _; unfold copy_gate.
  - unfold layer1. now rewrite read_length, bank_length.
  - apply read_wires. intros; apply B.
  - pose proof (read_bias _ (-1) (B i)). lia.
Qed.

Lemma layer3_ok : wide (length layer2) layer3 /\ wires_le 1 layer3 /\ biases_le 2 layer3.
Proof.
  rewrite layer2_length. unfold wide, wires_le, biases_le, layer3.
  assert (O1 : Forall (fun a => Z.abs a <= 1) (repeat 1 (S tau)))
    by (apply Forall_forall; intros c Hc; apply repeat_spec in Hc; subst; easy).
  repeat split; (apply Forall_app; split; [apply Forall_map, Forall_forall; intros i _|constructor; [|constructor]]);
    unfold mask, sign_copy, unit; cbn [fst snd]; rewrite ?app_length, ?repeat_length, ?map_length, ?seq_length; try lia.
  - apply Forall_app. split; [easy|]. apply Forall_map, Forall_forall. intros j _. destruct (j =? i)%nat; lia.
  - apply Forall_app. split; [easy|]. apply Forall_forall. intros c Hc. apply repeat_spec in Hc. lia.
Qed.

Lemma relu_form_length : length (fst relu_form) = length layer3.
Proof. rewrite layer3_length. cbn [fst relu_form]. rewrite app_length, map_length, seq_length. cbn. lia. Qed.

End Gate.

(** ** One threshold gate with arbitrary integer weights: depth 2 and a sum.

    For a gate of n inputs whose weights and bias add up to less than 2^B: two layers of gates with wires of at most
    (n+2)^3 in absolute value, whatever B is, and a sum of gates. *)
Theorem one_gate : forall (L : form) (B : nat),
  mass L < 2 ^ Z.of_nat B ->
  let n := Z.of_nat (length (fst L)) in
  exists g1 g2 : layer,
    well_formed (length (fst L)) (Net [g1; g2] [(repeat 1 (S B), 0)])
    /\ wires_le ((n + 2) ^ 3) g1 /\ biases_le ((n + 2) ^ 4) g1 /\ width_le ((Z.of_nat B + 1) * (n + 2) ^ 4) g1
    /\ wires_le 1 g2 /\ biases_le (Z.of_nat B + 1) g2 /\ width_le (Z.of_nat B + 1) g2
    /\ forall x, cube (length (fst L)) x -> value step (Net [g1; g2] [(repeat 1 (S B), 0)]) x = [step (ev L x)].
Proof.
  intros L B HB n. set (beta := n + 2).
  assert (beta2 : 2 <= beta) by (unfold beta, n; lia).
  assert (beta_n : Z.of_nat (length (fst L)) + 1 <= beta) by (unfold beta, n; lia).
  assert (fit : mass L < place beta B).
  { unfold place. eapply Z.lt_le_trans; [exact HB|]. apply Z.pow_le_mono_l. lia. }
  assert (HW : W L beta = (n + 1) * (n + 1) + 1) by (unfold W, beta; fold n; ring).
  exists (layer1 L beta B), (sign_gates L beta B).
  destruct (sign_gates_ok L beta B) as (w2 & s2 & b2).
  assert (len : length (sign_gates L beta B) = S B) by (unfold sign_gates; cbn; now rewrite map_length, seq_length).
  assert (n0 : 0 <= n) by (unfold n; lia).
  split; [|split; [|split; [|split; [|split; [|split; [|split]]]]]]; auto.
  - unfold well_formed. cbn [hidden output app fits]. repeat split; auto.
    + unfold wide, layer1, bank. apply Forall_flat_map, Forall_forall. intros b _.
      unfold thermo. apply Forall_map, Forall_forall. intros t _. cbn [fst]. now apply pair_length.
    + constructor; auto. cbn [fst]. now rewrite repeat_length.
  - eapply Forall_impl; [|apply layer1_wires; auto]. intros f. apply Forall_impl. intros c.
    rewrite HW. unfold beta. nia.
  - eapply Forall_impl; [|apply layer1_biases; auto]. intros f. cbn. rewrite HW. nia.
  - unfold width_le. rewrite layer1_width, HW by auto. apply Z.mul_le_mono_nonneg_l; [lia|]. nia.
  - unfold width_le. rewrite len. lia.
  - intros x [Hl Hx]. unfold value. cbn [hidden output run map]. f_equal.
    apply sign_gates_sum; auto.
Qed.
