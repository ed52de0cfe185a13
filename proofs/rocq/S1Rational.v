(** S1 for rational weights, on the cube, with any number of outputs, in the three forms of docs/theory.md.  In words:

    Let N be a ReLU network of depth k (k-1 hidden layers and a linear layer) with rational weights, D a common denominator
    of them, D <= 2^b, and every form, times D, of mass at most 2^b.  Let r and R be positive integers.  There is a ReLU
    network N' whose hidden weights and biases are integers, bounded by a polynomial in d, m, k, b and log(rR) (the output
    layer: weights 1/r, bias -R), such that on every input of the cube

    - clipped form (no hypothesis):        N'(x) = floor(r clip(N(x)))/r,  clip(v) = min(max(v, -R), R);
    - rounded form (if |N(x)| <= R):       N'(x) = floor(r N(x))/r;
    - exact form (if also r N(x) integer): N'(x) = N(x).

    Depth: 3k by route A, k+2 by route D.  (docs/theory.md states at most 3k+3; the package's rounded outputs have depth
    3k+1 and k+2 with fewer gates: here every value of the output has a comparison of its own, 2rR for each output.) *)
From Coq Require Import ZArith QArith Qabs Qround List Lia Bool.
From Exactnet Require Import Network Sums Gadgets Digits Compose Lookahead LookaheadLayer S1Lookahead Steps Stacked S1 Signs Rational.
Import ListNotations.
Open Scope Z_scope.

(** ** What the reader must believe *)
Definition clipQ (R : Z) (v : Q) : Q :=
  if Qle_bool v (inject_Z (- R)) then inject_Z (- R) else if Qle_bool (inject_Z R) v then inject_Z R else v.
(** floor(r v)/r *)
Definition roundedQ (r : positive) (v : Q) : Q := (Qfloor (inject_Z (Zpos r) * v) # r)%Q.

(** ** The thermometer of an output: comparisons with every value that it can have *)
Lemma count_steps z h : lsum (fun j => step (z - Z.of_nat j)) (seq 1 h) = Z.max 0 (Z.min z (Z.of_nat h)).
Proof.
  induction h as [|h IH]; [cbn [seq lsum fold_right]; lia|]. rewrite seq_S, lsum_app, IH. cbn [lsum fold_right].
  replace (1 + h)%nat with (S h) by lia. destruct (Z.le_gt_cases (Z.of_nat (S h)) z).
  - rewrite step_pos by lia. lia.
  - rewrite step_neg by lia. lia.
Qed.

Lemma Qfloor_le z v : (inject_Z z <= v)%Q <-> z <= Qfloor v.
Proof.
  split; intros H.
  - rewrite <- (Qfloor_Z z). now apply Qfloor_resp_le.
  - eapply Qle_trans; [|apply Qfloor_le]. now rewrite <- Zle_Qle.
Qed.

Lemma floor_multiple r z : Qfloor (inject_Z (Zpos r) * (z # r)) = z.
Proof. unfold Qfloor, Qmult, inject_Z. cbn [Qnum Qden]. now rewrite Pos.mul_1_l, (Z.mul_comm (Zpos r)), Z.div_mul. Qed.

(** Counting gives the clipped and rounded value, plus r R. *)
Lemma count_clipped (r : positive) (R : Z) (v : Q) : 1 <= R ->
  Z.max 0 (Z.min (Qfloor (inject_Z (Zpos r) * v) + Zpos r * R) (2 * Zpos r * R))
  = Qfloor (inject_Z (Zpos r) * clipQ R v) + Zpos r * R.
Proof.
  intros HR. set (rr := Zpos r). assert (r0 : 0 < rr) by (unfold rr; lia). unfold clipQ.
  assert (E : forall z, Qfloor (inject_Z rr * inject_Z z) = rr * z) by (intros z; rewrite <- inject_Z_mult; apply Qfloor_Z).
  assert (M : forall a b, (a <= b)%Q -> Qfloor (inject_Z rr * a) <= Qfloor (inject_Z rr * b)).
  { intros a c H. apply Qfloor_resp_le. rewrite !(Qmult_comm (inject_Z rr)). apply Qmult_le_compat_r; [exact H|].
    unfold Qle. cbn. lia. }
  destruct (Qle_bool v (inject_Z (- R))) eqn:A.
  - apply Qle_bool_iff, M in A. rewrite E in *. lia.
  - destruct (Qle_bool (inject_Z R) v) eqn:B.
    + apply Qle_bool_iff, M in B. rewrite E in *. lia.
    + assert (A' : (inject_Z (- R) <= v)%Q) by (apply Qlt_le_weak, Qnot_le_lt; intros H; apply Qle_bool_iff in H; congruence).
      assert (B' : (v <= inject_Z R)%Q) by (apply Qlt_le_weak, Qnot_le_lt; intros H; apply Qle_bool_iff in H; congruence).
      apply M in A', B'. rewrite E in *. lia.
Qed.

(** The form that is not negative iff r V/Delta + r R >= j. *)
Definition level (r R Delta : Z) (V : form) (j : nat) : form :=
  (map (Z.mul r) (fst V), r * snd V + (r * R - Z.of_nat j) * Delta).

Lemma dot_scale c w x : dot (map (Z.mul c) w) x = c * dot w x.
Proof. revert x; induction w as [|a w IH]; intros [|b x]; cbn [map dot]; try lia. rewrite IH. ring. Qed.
Lemma lsum_abs_scale c w : lsum Z.abs (map (Z.mul c) w) = Z.abs c * lsum Z.abs w.
Proof. unfold lsum. induction w as [|a w IH]; cbn [map fold_right]; [lia|]. rewrite IH, Z.abs_mul. ring. Qed.
Lemma ev_level r R Delta V j x : ev (level r R Delta V j) x = r * ev V x + (r * R - Z.of_nat j) * Delta.
Proof. unfold ev, level. cbn [fst snd]. rewrite dot_scale. ring. Qed.

Lemma step_level (r : positive) R Delta V j x q : 0 < Delta -> scaled Delta q (ev V x) ->
  step (ev (level (Zpos r) R Delta V j) x) = step (Qfloor (inject_Z (Zpos r) * q) + Zpos r * R - Z.of_nat j).
Proof.
  intros HD E. rewrite ev_level. set (rr := Zpos r). unfold step.
  replace (0 <=? rr * ev V x + (rr * R - Z.of_nat j) * Delta) with (0 <=? Qfloor (inject_Z rr * q) + rr * R - Z.of_nat j); [easy|].
  apply eq_true_iff_eq. rewrite !Z.leb_le.
  assert (G : 0 <= Qfloor (inject_Z rr * q) + rr * R - Z.of_nat j <-> (inject_Z (Z.of_nat j - rr * R) <= inject_Z rr * q)%Q)
    by (rewrite Qfloor_le; lia).
  rewrite G. unfold scaled in E. rewrite <- (Qmult_le_r _ _ (inject_Z Delta)) by (unfold Qlt; cbn; lia).
  rewrite <- Qmult_assoc, (Qmult_comm q), E, <- !inject_Z_mult, <- Zle_Qle. lia.
Qed.

Lemma level_mass r R Delta V j M : 1 <= r -> 1 <= R -> 1 <= Delta -> mass V <= M -> (j <= Z.to_nat (2 * r * R))%nat ->
  mass (level r R Delta V j) <= r * M + r * R * Delta.
Proof.
  intros Hr HR HD HM Hj. unfold mass, level in *. cbn [fst snd].
  rewrite lsum_abs_scale, (Z.abs_eq r) by lia. assert (rR : 0 <= r * R) by (apply Z.mul_nonneg_nonneg; lia).
  assert (Hj' : Z.of_nat j <= 2 * (r * R)) by lia.
  assert (A : Z.abs ((r * R - Z.of_nat j) * Delta) <= r * R * Delta).
  { rewrite Z.abs_mul, (Z.abs_eq Delta) by lia. apply Z.mul_le_mono_nonneg_r; lia. }
  assert (B : Z.abs (r * snd V) = r * Z.abs (snd V)) by (rewrite Z.abs_mul; lia).
  pose proof (Z.abs_triangle (r * snd V) ((r * R - Z.of_nat j) * Delta)).
  assert (C : r * (lsum Z.abs (fst V) + Z.abs (snd V)) <= r * M) by (apply Z.mul_le_mono_nonneg_l; lia). lia.
Qed.

(** Reading the outputs: o blocks of h values, each added up. *)
Fixpoint sums (p h o : nat) : layer :=
  match o with O => [] | S o' => (repeat 0 p ++ repeat 1 h ++ repeat 0 (o' * h), 0) :: sums (p + h) h o' end.
Lemma dot_ones h x : length x = h -> dot (repeat 1 h) x = lsum (fun v => v) x.
Proof.
  revert x; induction h as [|h IH]; intros [|a x] H; try easy. cbn [repeat dot]. injection H as H. rewrite (IH x H).
  unfold lsum. cbn [fold_right]. lia.
Qed.
Lemma sums_mass p h o : Forall (fun f => mass f <= Z.of_nat h) (sums p h o).
Proof.
  revert p; induction o as [|o IH]; intros p; constructor; [|apply IH]. unfold mass. cbn [fst snd].
  rewrite !lsum_app, !lsum_abs_zeros. rewrite lsum_ones. cbn. lia.
Qed.
Lemma sums_read {A} (g : A -> list Z) h (Vs : list A) : (forall V, length (g V) = h) -> forall pre,
  map (fun f => ev f (pre ++ flat_map g Vs)) (sums (length pre) h (length Vs)) = map (fun V => lsum (fun v => v) (g V)) Vs.
Proof.
  intros Hg. induction Vs as [|V Vs IH]; intros pre; [easy|]. cbn [length sums map flat_map]. f_equal.
  - unfold ev. cbn [fst snd]. rewrite dot_app, dot_zeros by (now rewrite repeat_length).
    rewrite dot_app, dot_ones, dot_zeros by (rewrite ?repeat_length; auto). lia.
  - specialize (IH (pre ++ g V)). rewrite app_length, Hg in IH. rewrite <- app_assoc in IH. exact IH.
Qed.

(** A network all of whose hidden weights are integers, and the output's are multiples of 1/r; with bounds. *)
Definition tame (r : positive) (W B S Wo Bo : Z) (N : netQ) : Prop :=
  (exists H, hiddenQ N = map (map fromZ) H /\ Forall (wires_le W) H /\ Forall (biases_le B) H /\ Forall (width_le S) H)
  /\ (exists O, outputQ N = map (fun f => (map (fun a => a # r) (fst f), snd f # r)) O /\ wires_le Wo O /\ biases_le Bo O).

Lemma evQ_over (r : positive) f qs y : Forall2 (scaled 1) qs y ->
  (evQ (map (fun a => (a # r)%Q) (fst f), (snd f # r)%Q) qs == (ev f y # r)%Q)%Q.
Proof.
  intros H. unfold evQ, ev. cbn [fst snd].
  assert (E : forall w, (dotQ (map (fun a => (a # r)%Q) w) qs == (dot w y # r)%Q)%Q).
  { intros w. revert qs y H. induction w as [|a w IH]; intros qs y H; [now destruct H|].
    destruct H as [|q z qs y Hq H]; [easy|]. cbn [map dotQ dot]. rewrite (IH qs y H).
    unfold scaled in Hq. change (inject_Z 1) with 1%Q in Hq. rewrite Qmult_1_l in Hq. rewrite Hq.
    unfold Qeq, Qplus, Qmult, inject_Z. cbn [Qnum Qden]. rewrite ?Pos.mul_1_r, !Pos2Z.inj_mul. ring. }
  rewrite E. unfold Qeq, Qplus. cbn [Qnum Qden]. rewrite !Pos2Z.inj_mul. ring.
Qed.

(** A network of integers, its outputs over r. *)
Definition divided (r : positive) (M : net) : netQ :=
  NetQ (map (map fromZ) (hidden M)) (map (fun f => (map (fun a => (a # r)%Q) (fst f), (snd f # r)%Q)) (output M)).

Lemma divided_ok r d M W B S Wo Bo : well_formed d M ->
  Forall (wires_le W) (hidden M) -> Forall (biases_le B) (hidden M) -> Forall (width_le S) (hidden M) -> wires_le Wo (output M) -> biases_le Bo (output M) ->
  well_formedQ d (divided r M) /\ depthQ (divided r M) = depth M /\ tame r W B S Wo Bo (divided r M)
  /\ forall x, Forall2 Qeq (valueQ (divided r M) (toQ x)) (map (fun v => (v # r)%Q) (value relu M x)).
Proof.
  intros F H1 H2 H3 H4 H5. split; [|split; [|split; [split|]]].
  - unfold well_formedQ, well_formed in *. cbn [divided hiddenQ outputQ]. apply fits_app in F. destruct F as [F1 [F2 _]].
    enough (G : forall ls n l', fits n ls -> wideQ (width n ls) l' -> fitsQ n (map (map fromZ) ls ++ [l'])).
    { apply G; [easy|]. apply Forall_map. eapply Forall_impl; [|exact F2]. intros f Hf. cbn [fst]. now rewrite map_length. }
    clear. induction ls as [|l ls IH]; intros n l'; cbn [map app fits fitsQ width]; [easy|]. intros [G1 G2] G3. rewrite map_length. split; [|now apply IH].
    apply Forall_map. eapply Forall_impl; [|exact G1]. intros f Hf. cbn. now rewrite map_length.
  - unfold depthQ, depth. cbn [divided hiddenQ]. now rewrite map_length.
  - exists (hidden M). now split.
  - exists (output M). now split.
  - intros x. unfold valueQ, value. cbn [divided hiddenQ outputQ]. rewrite !map_map. pose proof (fromZ_run (hidden M) x) as E.
    clear - E. induction (output M) as [|f fs IH]; constructor; [now apply evQ_over|exact IH].
Qed.

(** Sums of gates, over r. *)
Lemma gates_divided r d ls Gs W B S Wo Bo : fits d (ls ++ [Gs]) -> ls <> [] -> within (Bound W B S) ls -> wires_le Wo Gs -> biases_le Bo Gs ->
  let N' := divided r (to_relu (Net ls Gs)) in
  well_formedQ d N' /\ depthQ N' = Datatypes.S (length ls) /\ tame r W (B + 1) (2 * S) Wo Bo N'
  /\ forall x, Forall2 Qeq (valueQ N' (toQ x)) (map (fun G => (ev G (run step ls x) # r)%Q) Gs).
Proof.
  intros HF NE HW W1 B1. apply fits_app in HF. destruct HF as [F1 [F2 _]].
  destruct (relu_layers_ok d ls W B S F1 HW NE) as (X1 & X2 & X4 & X5). apply within_parts in X2. destruct X2 as (X2 & X3 & X6).
  destruct (divided_ok r d (to_relu (Net ls Gs)) W (B + 1) (2 * S) Wo Bo) as (A1 & A2 & A3 & A4); cbn [to_relu hidden output].
  - change (fits d (relu_layers ls ++ [map dbl_form Gs])). apply fits_app. split; [exact X1|]. split; [|easy]. rewrite X5. now apply dbl_wide.
  - exact X2.
  - exact X3.
  - exact X6.
  - now apply dbl_wires.
  - now apply dbl_biases.
  - split; [exact A1|]. split; [rewrite A2; unfold depth; cbn [to_relu hidden]; now rewrite X4|]. split; [exact A3|].
    intros x. specialize (A4 x). rewrite gates_as_relus in A4 by exact NE. unfold value in A4. cbn [hidden output] in A4. now rewrite map_map in A4.
Qed.

Section Clipped.
Variable N : netQ.
Variables d b kh : nat.
Variable D : Z.
Variable r : positive.
Variable R : Z.
Hypothesis R1 : 1 <= R.
Hypothesis D1 : 1 <= D.
Hypothesis N_fits : well_formedQ d N.
Hypothesis N_kh : length (hiddenQ N) = kh.
Hypothesis N_over : Forall (Forall (over D)) (hiddenQ N ++ [outputQ N]).
Let s : Z := D ^ Z.of_nat kh.
Let Delta : Z := D * s.
Let Ms : list layer := integers D 1 (hiddenQ N).
Let Vs : layer := map (integral D s) (outputQ N).
Definition tops : nat := Z.to_nat (2 * Zpos r * R).
Let levels_of (V : form) : layer := map (level (Zpos r) R Delta V) (seq 1 tops).
Let Ls : layer := flat_map levels_of Vs.

Lemma s_pos : 1 <= s.
Proof. unfold s. pose proof (Z.pow_pos_nonneg D (Z.of_nat kh)). lia. Qed.

Lemma outputs_scaled x : Forall2 (scaled Delta) (valueQ N (toQ x)) (map (fun V => ev V (run relu Ms x)) Vs).
Proof.
  apply Forall_app in N_over. destruct N_over as [O1 O2]. inversion_clear O2 as [|? ? O3 _].
  pose proof (scaled_run D (hiddenQ N) ltac:(lia) O1 1 (toQ x) x ltac:(lia) (scaled_inputs x)) as H.
  rewrite scale_pow, N_kh, Z.mul_1_r in H. fold s Ms in H. unfold valueQ, Vs. rewrite map_map.
  enough (G : forall l, Forall (over D) l -> Forall2 (scaled Delta) (map (fun f => evQ f (runQ (hiddenQ N) (toQ x))) l)
    (map (fun f => ev (integral D s f) (run relu Ms x)) l)) by now apply G.
  induction 1 as [|f l Hf _ IH]; constructor; [|exact IH]. unfold Delta. now apply scaled_ev.
Qed.

Lemma Ls_length : length Ls = (length (outputQ N) * tops)%nat.
Proof.
  unfold Ls. rewrite flat_map_length_const with (c := tops) by (intros; unfold levels_of; now rewrite map_length, seq_length).
  unfold Vs. now rewrite map_length.
Qed.
Lemma Ls_fits : fits d (Ms ++ [Ls]).
Proof.
  apply fits_app. pose proof (network_fits D d N N_fits) as F. rewrite N_kh in F. fold s Vs Ms in F.
  apply fits_app in F. destruct F as [F1 [F2 _]]. split; [exact F1|]. split; [|easy].
  unfold Ls, wide. apply Forall_flat_map. eapply Forall_impl; [|exact F2]. intros V HV. unfold levels_of. apply Forall_map, Forall_forall.
  intros j _. cbn [level fst]. now rewrite map_length.
Qed.

Lemma Ls_values x : signs Ms Ls x
  = flat_map (fun v => map (fun j => step (Qfloor (inject_Z (Zpos r) * v) + Zpos r * R - Z.of_nat j)) (seq 1 tops)) (valueQ N (toQ x)).
Proof.
  pose proof (outputs_scaled x) as H. pose proof s_pos as S. unfold signs, Ls. rewrite map_flat_map.
  set (y := run relu Ms x) in *. clearbody y.
  remember (map (fun V => ev V y) Vs) as zs eqn:Ez. revert Ez. generalize Vs. induction H as [|q z qs zs Hq _ IH]; intros [|V Vs'] E; try easy.
  cbn [map flat_map] in *. injection E as E1 E2. rewrite (IH Vs' E2). f_equal. unfold levels_of. rewrite map_map.
  apply map_ext. intros j. apply step_level; [unfold Delta; apply Z.mul_pos_pos; lia|]. now rewrite <- E1.
Qed.

Lemma clipped_from_signs (ls : list layer) (Fs : layer) (W B S : Z) :
  fits d (ls ++ [Fs]) -> ls <> [] -> within (Bound W B S) ls -> wires_le 1 Fs -> biases_le 1 Fs ->
  (forall x, cube d x -> map (fun F => ev F (run step ls x)) Fs = signs Ms Ls x) ->
  exists N' : netQ, well_formedQ d N' /\ depthQ N' = Datatypes.S (length ls)
  /\ (forall x, cube d x -> Forall2 Qeq (valueQ N' (toQ x)) (map (fun v => roundedQ r (clipQ R v)) (valueQ N (toQ x))))
  /\ tame r W (B + 1) (2 * S) (2 * Zpos r * R) (3 * Zpos r * R) N'.
Proof.
  intros HF NE HW W1 B1 HV. pose proof HF as HF'. apply fits_app in HF'. destruct HF' as [F1 [F2 _]].
  set (w := width d ls) in *. set (o := length (outputQ N)).
  set (Gs := map (fun f => (fst f, snd f - Zpos r * R)) (map (through w Fs) (sums 0 tops o))).
  assert (T : Z.of_nat tops = 2 * Zpos r * R) by (unfold tops; rewrite Z2Nat.id; nia).
  pose proof (sums_mass 0 tops o) as SM. rewrite T in SM.
  destruct (gates_divided r d ls Gs W B S (2 * Zpos r * R) (3 * Zpos r * R)) as (A1 & A2 & A3 & A4); auto.
  - apply fits_app. split; [exact F1|]. split; [|easy]. unfold Gs. apply Forall_map, Forall_map, Forall_forall. intros f _. cbn [fst]. now apply through_length.
  - unfold Gs. apply Forall_map, Forall_map. eapply Forall_impl; [|exact SM]. intros f Hf. cbn [fst through].
    eapply Forall_impl; [|apply (lin_wires w (fst f) Fs 1); auto; lia]. cbv beta. intros a Ha. unfold mass in Hf. lia.
  - unfold Gs. apply Forall_map, Forall_map. eapply Forall_impl; [|exact SM]. intros f Hf. cbn [snd through].
    pose proof (lin_bias w (fst f) Fs 1 ltac:(lia) B1) as LB. unfold mass in Hf. lia.
  - eexists. split; [exact A1|]. split; [exact A2|]. split; [|exact A3]. intros x Hx. specialize (A4 x).
    assert (V1 : map (fun G => ev G (run step ls x)) Gs
      = map (fun v => Qfloor (inject_Z (Zpos r) * clipQ R v)) (valueQ N (toQ x))).
    { unfold Gs. rewrite !map_map.
      rewrite (map_ext _ (fun f => ev f (signs Ms Ls x) - Zpos r * R)).
      2: { intros f. rewrite <- (HV x Hx), <- (ev_through w Fs f (run step ls x)) by exact F2. unfold ev. cbn [fst snd]. lia. }
      rewrite <- (map_map (fun f => ev f (signs Ms Ls x)) (fun z => z - Zpos r * R)). rewrite Ls_values.
      assert (Lo : o = length (valueQ N (toQ x))) by (unfold o, valueQ; now rewrite map_length).
      rewrite Lo. set (g := fun v : Q => map (fun j => step (Qfloor (inject_Z (Zpos r) * v) + Zpos r * R - Z.of_nat j)) (seq 1 tops)).
      assert (Hg : forall v, length (g v) = tops) by (intros v; unfold g; now rewrite map_length, seq_length).
      pose proof (sums_read g tops (valueQ N (toQ x)) Hg []) as SR.
      cbn [app length] in SR. rewrite SR, map_map. apply map_ext. intros v. unfold g.
      rewrite lsum_map, count_steps, T. pose proof (count_clipped r R v R1). lia. }
    unfold roundedQ. rewrite <- (map_map (fun v => Qfloor (inject_Z (Zpos r) * clipQ R v)) (fun z => (z # r)%Q)), <- V1, map_map. exact A4.
Qed.
End Clipped.

(** ** The theorems *)
Definition promises (f : Q -> Q) (d : nat) (N N' : netQ) : Prop :=
  forall x, cube d x -> Forall2 Qeq (valueQ N' (toQ x)) (map f (valueQ N (toQ x))).

Section Theorems.
Variables (N : netQ) (d m b c kh : nat) (D : Z) (r : positive) (R : Z).
Hypothesis N_fits : well_formedQ d N.
Hypothesis N_kh : length (hiddenQ N) = kh.
Hypothesis m_pos : (1 <= m)%nat.
Hypothesis N_width : Forall (fun l : layerQ => (length l <= m)%nat) (hiddenQ N).
Hypothesis D_range : 1 <= D <= 2 ^ Z.of_nat b.
Hypothesis N_small : Forall (Forall (small D (2 ^ Z.of_nat b))) (hiddenQ N ++ [outputQ N]).
Hypothesis R_pos : 1 <= R.
Hypothesis rR_bits : 2 * Zpos r * R <= 2 ^ Z.of_nat c.
Let o : Z := Z.of_nat (length (outputQ N)).
Let bits : nat := (b * (kh + 1) + c)%nat.
Let Ms : list layer := integers D 1 (hiddenQ N).
Let Ls : layer := flat_map (fun V => map (level (Zpos r) R (D * D ^ Z.of_nat kh) V) (seq 1 (tops r R)))
  (map (integral D (D ^ Z.of_nat kh)) (outputQ N)).

Lemma forms_small : Forall (Forall (fun f => mass f <= 2 ^ Z.of_nat bits)) (Ms ++ [Ls]).
Proof.
  apply Forall_app in N_small. destruct N_small as [S1 S2]. inversion_clear S2 as [|? ? S3 _].
  set (P := 2 ^ Z.of_nat (b * (kh + 1))).
  assert (EB : 2 ^ Z.of_nat bits = 2 ^ Z.of_nat c * P) by (unfold bits, P; rewrite Nat2Z.inj_add, Z.pow_add_r by lia; ring).
  assert (C1 : 1 <= 2 ^ Z.of_nat c) by (pose proof (Z.pow_pos_nonneg 2 (Z.of_nat c)); lia).
  assert (B1 : 1 <= 2 ^ Z.of_nat b) by (pose proof (Z.pow_pos_nonneg 2 (Z.of_nat b)); lia).
  set (s := D ^ Z.of_nat kh). assert (s1 : 1 <= s) by (unfold s; pose proof (Z.pow_pos_nonneg D (Z.of_nat kh)); lia).
  pose proof (scale_bits D b kh D_range) as sB. fold s P in sB.
  assert (PC : P <= 2 ^ Z.of_nat bits) by (rewrite EB, <- (Z.mul_1_l P) at 1; apply Z.mul_le_mono_nonneg_r; lia).
  apply Forall_app. split.
  - pose proof (integers_small D b kh (hiddenQ N) D_range S1 ltac:(lia)) as H. fold P in H.
    eapply Forall_impl; [|exact H]. intros l. apply Forall_impl. intros f Hf. cbv beta in *. lia.
  - constructor; [|constructor]. unfold Ls. apply Forall_flat_map, Forall_map. eapply Forall_impl; [|exact S3]. intros f [_ Hf].
    apply Forall_map, Forall_forall. intros j Hj. apply in_seq in Hj. fold s.
    assert (r0 : 1 <= Zpos r) by lia. assert (DS : 1 <= D * s) by (clear - s1 D_range; nia).
    eapply Z.le_trans; [apply (level_mass (Zpos r) R (D * s) _ j (s * 2 ^ Z.of_nat b)); auto|].
    + apply integral_mass; [exact s1|exact Hf].
    + unfold tops in Hj. lia.
    + assert (A1 : D * s <= P) by (eapply Z.le_trans; [|exact sB]; rewrite Z.mul_comm; apply Z.mul_le_mono_nonneg_l; lia).
      assert (A2 : Zpos r * (s * 2 ^ Z.of_nat b) <= Zpos r * P) by (apply Z.mul_le_mono_nonneg_l; lia).
      assert (rR : Zpos r <= Zpos r * R) by (rewrite <- (Z.mul_1_r (Zpos r)) at 1; apply Z.mul_le_mono_nonneg_l; lia).
      assert (A3 : Zpos r * R * (D * s) <= Zpos r * R * P) by (apply Z.mul_le_mono_nonneg_l; lia).
      assert (A4 : Zpos r * P <= Zpos r * R * P) by (apply Z.mul_le_mono_nonneg_r; lia).
      assert (A5 : 2 * Zpos r * R * P <= 2 ^ Z.of_nat c * P) by (apply Z.mul_le_mono_nonneg_r; lia).
      rewrite EB. lia.
Qed.

Lemma N_over_D : Forall (Forall (over D)) (hiddenQ N ++ [outputQ N]).
Proof. exact (small_over _ _ _ N_small). Qed.

Theorem S1_clipped_lookahead :
  let V := Z.of_nat d + Z.of_nat m + Z.of_nat kh + Z.of_nat (b * (kh + 1) + c) + 3 in
  let p := 12544 * V ^ 6 in
  exists N' : netQ, well_formedQ d N' /\ depthQ N' = (3 * depthQ N)%nat /\ promises (fun v => roundedQ r (clipQ R v)) d N N'
  /\ tame r (p ^ 3) (2 * p ^ 4 + 1) (2 * ((Z.of_nat m + o * (2 * Zpos r * R)) * p ^ 5)) (2 * Zpos r * R) (3 * Zpos r * R) N'.
Proof.
  intros V p. pose proof (Ls_fits N d kh D r R N_fits N_kh) as LF. fold Ms Ls in LF.
  pose proof (Ls_length N kh D r R) as LL. fold Ls in LL.
  assert (LM : length Ms = kh) by (unfold Ms; now rewrite integers_length).
  assert (T : Z.of_nat (tops r R) = 2 * Zpos r * R) by (clear - R_pos; unfold tops; rewrite Z2Nat.id; lia).
  destruct (signs_lookahead Ms Ls d m kh bits LF LM m_pos (integers_widths D m _ N_width 1) forms_small) as (ls & Fs & A1 & A2 & A3 & A4 & A5 & _ & A6).
  fold bits in V. fold V p in A3. rewrite LL, Nat2Z.inj_mul, T in A3. fold o in A3. clearbody p. clear V.
  assert (NE : ls <> []) by (intros ->; clear - A1; cbn [length] in A1; lia).
  destruct (clipped_from_signs N d kh D r R R_pos (proj1 D_range) N_kh N_over_D ls Fs _ _ _ A2 NE A3 A4) as (N' & B1 & B2 & B3 & B4).
  - eapply Forall_impl; [|exact A5]. cbv beta. clear. intros f Hf. lia.
  - exact A6.
  - exists N'. split; [exact B1|]. split; [clear - B2 A1 N_kh; unfold depthQ in *; lia|]. split; [exact B3|exact B4].
Qed.

Theorem S1_clipped_stacked :
  let V := Z.of_nat d + (Z.of_nat m + o * (2 * Zpos r * R)) + Z.of_nat kh + Z.of_nat (b * (kh + 1) + c) + 3 in
  let X := (12544 * V ^ 6) ^ (240 * 2 ^ Z.of_nat kh) in
  exists N' : netQ, well_formedQ d N' /\ depthQ N' = (depthQ N + 2)%nat /\ promises (fun v => roundedQ r (clipQ R v)) d N N'
  /\ tame r X (X + 1) (2 * X) (2 * Zpos r * R) (3 * Zpos r * R) N'.
Proof.
  intros V X. pose proof (Ls_fits N d kh D r R N_fits N_kh) as LF. fold Ms Ls in LF.
  pose proof (Ls_length N kh D r R) as LL. fold Ls in LL.
  assert (LM : length Ms = kh) by (unfold Ms; now rewrite integers_length).
  assert (T : Z.of_nat (tops r R) = 2 * Zpos r * R) by (clear - R_pos; unfold tops; rewrite Z2Nat.id; lia).
  set (m' := (m + length Ls)%nat).
  assert (WM : Forall (fun M : layer => (length M <= m')%nat) (Ms ++ [Ls])).
  { apply Forall_app. split; [|constructor; [clear; unfold m'; lia|constructor]].
    eapply Forall_impl; [|apply (integers_widths D m _ N_width 1)]. intros M HM. cbv beta in *. clear - HM. unfold m'. lia. }
  destruct (signs_stacked Ms Ls d m' kh bits LF LM ltac:(clear - m_pos; unfold m'; lia) WM forms_small) as (ls & A1 & A2 & A3 & A4).
  assert (EV : Z.of_nat d + Z.of_nat m' + Z.of_nat kh + Z.of_nat bits + 3 = V).
  { unfold V, m', bits. rewrite Nat2Z.inj_add, LL, Nat2Z.inj_mul, T. unfold o. clear. lia. }
  rewrite EV in A3. fold X in A3. clear EV. clearbody X. clear V.
  assert (NE : ls <> []) by (intros ->; clear - A1; cbn [length] in A1; lia).
  destruct (idents_ok (width d ls)) as (I1 & I2 & I3).
  destruct (clipped_from_signs N d kh D r R R_pos (proj1 D_range) N_kh N_over_D ls (idents (width d ls)) X X X) as (N' & B1 & B2 & B3 & B4); auto.
  - apply fits_app. split; [exact A2|]. split; [exact I1|easy].
  - eapply Forall_impl; [|exact I2]. intros f Hf. now apply (mass_parts f 1).
  - eapply Forall_impl; [|exact I2]. intros f Hf. now apply (mass_parts f 1).
  - intros x Hx. rewrite I3 by (rewrite run_length; destruct Hx as [-> _]; reflexivity). now apply A4.
  - exists N'. split; [exact B1|]. split; [clear - B2 A1 N_kh; unfold depthQ in *; lia|]. split; [exact B3|exact B4].
Qed.

(** The other two forms follow from the clipped one, output by output, on the cube and on the grid. *)
Lemma clip_bounded v : (Qabs v <= inject_Z R)%Q -> (clipQ R v == v)%Q.
Proof.
  intros H. apply Qabs_Qle_condition in H. destruct H as [H1 H2]. unfold clipQ.
  destruct (Qle_bool v (inject_Z (- R))) eqn:A.
  - apply Qle_bool_iff in A. apply Qle_antisym; [|exact A]. rewrite inject_Z_opp. exact H1.
  - destruct (Qle_bool (inject_Z R) v) eqn:B; [|reflexivity]. apply Qle_bool_iff in B. now apply Qle_antisym.
Qed.
Lemma rounded_exact v z : (v == z # r)%Q -> (roundedQ r v == v)%Q.
Proof.
  intros E. unfold roundedQ. rewrite (Qfloor_comp _ (inject_Z (Zpos r) * (z # r))) by (now rewrite E). now rewrite floor_multiple, E.
Qed.

Theorem rounded_and_exact : forall vs us, Forall2 Qeq us (map (fun v => roundedQ r (clipQ R v)) vs) ->
  Forall (fun v => (Qabs v <= inject_Z R)%Q) vs ->
  Forall2 Qeq us (map (roundedQ r) vs) /\ (Forall (fun v => exists z, (v == z # r)%Q) vs -> Forall2 Qeq us vs).
Proof.
  intros vs us P H. revert us P. induction H as [|v vs Hv _ IH]; intros us P; inversion P as [|u ? us' ? Hu P']; subst.
  - split; constructor.
  - destruct (IH us' P') as [I1 I2]. assert (E : (u == roundedQ r v)%Q).
    { rewrite Hu. unfold roundedQ. now rewrite (Qfloor_comp _ (inject_Z (Zpos r) * v)) by (now rewrite (clip_bounded v Hv)). }
    split; [now constructor|]. intros G. inversion_clear G as [|? ? [z Hz] G']. constructor; [|now apply I2].
    rewrite E. now apply rounded_exact with z.
Qed.
End Theorems.
