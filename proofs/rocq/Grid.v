(** S1 on the grid, for rational weights and any number of outputs, in the three forms of docs/theory.md.  In words: as
    S1Rational.v, with inputs j/p, -p^2 <= j <= p^2, in every coordinate.  Depth 3k+1 by route A and k+3 by route D.

    The inputs are read as bits: one layer makes the thermometer 1[p x + p^2 >= t], t = 1, .., 2p^2, of every input, and
    what stands above is a network on the cube of those bits (docs/theory.md, "Inputs").  A network on any bits that sum up
    to p x + p^2 with weights is made the same way; S5.v does it for binary digits. *)
From Coq Require Import ZArith QArith Qabs Qround List Lia Bool.
From Exactnet Require Import Network Sums Gadgets Digits Compose Lookahead Steps Stacked Rational S1Rational.
Import ListNotations.
Open Scope Z_scope.

(** ** What the reader must believe *)
Definition grid (p : positive) (d : nat) (x : list Q) : Prop := exists us, grid_point p d us /\ x = at_grid p us.
Definition promises_grid (f : Q -> Q) (p : positive) (d : nat) (N N' : netQ) : Prop :=
  forall x, grid p d x -> Forall2 Qeq (valueQ N' x) (map f (valueQ N x)).

(** ** Values do not depend on how rationals are written *)
Lemma evQ_compat f x y : Forall2 Qeq x y -> (evQ f x == evQ f y)%Q.
Proof. intros H. unfold evQ. now rewrite (dotQ_compat _ x y H). Qed.
Lemma runQ_compat ls : forall x y, Forall2 Qeq x y -> Forall2 Qeq (runQ ls x) (runQ ls y).
Proof.
  induction ls as [|l ls IH]; intros x y H; [exact H|]. cbn [runQ]. apply IH. unfold applyQ.
  induction l as [|f l IHl]; constructor; [|exact IHl]. now apply reluQ_compat, evQ_compat.
Qed.

Section Grid.
Variable p : positive.
Let P : Z := Zpos (p * p).
Definition cells : nat := Pos.to_nat (2 * (p * p)).
Lemma cells_Z : Z.of_nat cells = 2 * P.
Proof. unfold cells, P. lia. Qed.

(** ** Bits of the inputs: u + p^2 is the sum of [size] bits, with the weights of a code *)
Section Code.
Variable code : list Z.
Let size : nat := length code.
Variable h : Z.
Hypothesis code_h : lsum Z.abs code + P <= h.

Fixpoint points (d : nat) (y : list Z) : list Z :=
  match d with O => [] | S d' => (dot code (firstn size y) - P) :: points d' (skipn size y) end.

Lemma points_codes (g : Z -> list Z) us : Forall (fun u => length (g u) = size /\ dot code (g u) = u + P) us ->
  points (length us) (flat_map g us) = us.
Proof.
  induction 1 as [|u us [L E] _ IH]; [easy|]. cbn [length flat_map points].
  rewrite firstn_app, skipn_app, L, Nat.sub_diag, firstn_O, skipn_O, app_nil_r, firstn_all2, skipn_all2 by lia.
  cbn [app]. f_equal; [lia|exact IH].
Qed.

(** ** A form of the inputs as one of the bits *)
Section Lift.
Variable D : Z.
Hypothesis D1 : 1 <= D.
Let Dp : positive := Z.to_pos (D * Zpos p).
Lemma Dp_Z : Zpos Dp = D * Zpos p.
Proof. unfold Dp. rewrite Z2Pos.id; lia. Qed.

Definition spread (w : list Z) : list Z := flat_map (fun a => map (Z.mul a) code) w.
Definition lift (f : formQ) : form :=
  (spread (map (numer D) (fst f)), Zpos p * numer D (snd f) - P * lsum (fun a => a) (map (numer D) (fst f))).
Definition over_Dp (f : form) : formQ := (map (fun a => (a # Dp)%Q) (fst f), (snd f # Dp)%Q).
Definition liftQ (f : formQ) : formQ := over_Dp (lift f).

Lemma dot_spread d : forall w y, length w = d -> length y = (d * size)%nat ->
  dot (spread w) y = dot w (points d y) + P * lsum (fun a => a) w.
Proof.
  induction d as [|d IH]; intros [|a w] y Hw Hy; try easy. injection Hw as Hw. cbn [points dot].
  unfold spread. cbn [flat_map]. fold (spread w). cbn in Hy.
  rewrite <- (firstn_skipn size y) at 1. rewrite dot_app by (rewrite map_length, firstn_length; fold size; lia).
  rewrite dot_scale, (IH w) by (rewrite ?skipn_length; lia). unfold lsum. cbn [fold_right]. ring.
Qed.

Lemma scaled_points us : Forall2 (scaled (Zpos p)) (at_grid p us) us.
Proof.
  induction us as [|u us IH]; constructor; [|exact IH]. unfold scaled, Qeq, Qmult, inject_Z. cbn [Qnum Qden].
  rewrite Pos.mul_1_l. ring.
Qed.

Lemma liftQ_value d f y : over D f -> length (fst f) = d -> length y = (d * size)%nat ->
  (evQ (liftQ f) (toQ y) == evQ f (at_grid p (points d y)))%Q.
Proof.
  intros HO Hf Hy. unfold liftQ, over_Dp. rewrite (evQ_over Dp (lift f) (toQ y) y (scaled_inputs y)).
  pose proof (scaled_ev D (Zpos p) f _ _ HO (scaled_points (points d y))) as E.
  replace (ev (lift f) y) with (ev (integral D (Zpos p) f) (points d y)).
  - unfold scaled in E. rewrite <- Dp_Z in E. set (z := ev _ _) in *. set (q := evQ _ _) in *.
    unfold Qeq in *. unfold Qmult, inject_Z in E. cbn [Qnum Qden] in *. rewrite Pos.mul_1_l, ?Z.mul_1_r in E. lia.
  - unfold lift, integral, ev. cbn [fst snd]. rewrite (dot_spread d) by (rewrite ?map_length; auto). ring.
Qed.

Lemma numer_over z : numer (D * Zpos p) (z # Dp) = z.
Proof. unfold numer. cbn [Qnum Qden]. rewrite Dp_Z, Z.div_same by lia. lia. Qed.

Lemma lsum_le_abs w : Z.abs (lsum (fun a => a) w) <= lsum Z.abs w.
Proof. unfold lsum. induction w; cbn [fold_right]; lia. Qed.
Lemma massQ_mass f : massQ D f = lsum Z.abs (map (numer D) (fst f)) + Z.abs (numer D (snd f)).
Proof.
  unfold massQ. f_equal. unfold lsum. induction (fst f) as [|a w IH]; [reflexivity|]. cbn [map fold_right]. rewrite IH. reflexivity.
Qed.
Lemma massQ_over z : massQ (D * Zpos p) (over_Dp z) = mass z.
Proof.
  unfold massQ, mass, over_Dp. cbn [fst snd]. rewrite numer_over. f_equal. unfold lsum.
  induction (fst z) as [|a w IH]; [reflexivity|]. cbn [map fold_right]. rewrite numer_over, IH. reflexivity.
Qed.

Lemma lift_small f M : 0 <= M -> small D M f -> small (D * Zpos p) (h * M) (liftQ f).
Proof.
  intros M0 [_ HM]. split.
  - unfold over, liftQ, over_Dp. cbn [fst snd Qden]. rewrite Dp_Z. split; [|apply Z.divide_refl].
    apply Forall_map, Forall_forall. intros a _. cbn [Qden]. rewrite Dp_Z. apply Z.divide_refl.
  - unfold liftQ. rewrite massQ_over. rewrite massQ_mass in HM. unfold mass, lift. cbn [fst snd].
    set (w := map (numer D) (fst f)) in *. set (nb := numer D (snd f)) in *. set (c := lsum Z.abs code) in *.
    assert (E : lsum Z.abs (spread w) = c * lsum Z.abs w).
    { unfold spread. clear. induction w as [|a w IH]; [cbn; lia|]. cbn [flat_map]. rewrite lsum_app, IH, lsum_abs_scale. fold c.
      change (lsum Z.abs (a :: w)) with (Z.abs a + lsum Z.abs w). ring. }
    rewrite E. pose proof (lsum_le_abs w) as L. pose proof (lsum_abs_nonneg w) as N0. pose proof (lsum_abs_nonneg code) as C0. fold c in C0.
    assert (P1 : Zpos p <= P) by (unfold P; nia). assert (P0 : 1 <= P) by (unfold P; lia).
    assert (A : Z.abs (Zpos p * nb - P * lsum (fun a => a) w) <= P * Z.abs nb + P * lsum Z.abs w).
    { eapply Z.le_trans; [apply (Z.abs_triangle (Zpos p * nb) (- (P * lsum (fun a => a) w)))|]. rewrite Z.abs_opp, !Z.abs_mul.
      apply Z.add_le_mono; [apply Z.mul_le_mono_nonneg_r; lia|]. rewrite (Z.abs_eq P) by lia. apply Z.mul_le_mono_nonneg_l; lia. }
    assert (F : (c + P) * (lsum Z.abs w + Z.abs nb) <= h * M) by (apply Z.mul_le_mono_nonneg; lia).
    assert (0 <= c * Z.abs nb) by (apply Z.mul_nonneg_nonneg; lia). lia.
Qed.

Lemma numer_times w : (Zpos (Qden w) | D) -> numer (D * Zpos p) w = Zpos p * numer D w.
Proof.
  intros [c E]. unfold numer. rewrite E. replace (c * Zpos (Qden w) * Zpos p) with (c * Zpos p * Zpos (Qden w)) by ring.
  rewrite !Z.div_mul by easy. ring.
Qed.
Lemma lsum_numer ws : Forall (fun w => (Zpos (Qden w) | D)) ws ->
  lsum (fun w => Z.abs (numer (D * Zpos p) w)) ws = Zpos p * lsum (fun w => Z.abs (numer D w)) ws.
Proof.
  induction 1 as [|w ws Hw _ IH]; [unfold lsum; cbn [fold_right]; lia|]. unfold lsum in *. cbn [fold_right].
  rewrite IH, (numer_times w Hw), Z.abs_mul. cbn [Z.abs]. ring.
Qed.

Lemma rest_small f M : 0 <= M -> small D M f -> small (D * Zpos p) (h * M) f.
Proof.
  intros M0 [[O1 O2] HM].
  split.
  - split; [eapply Forall_impl; [|exact O1]; cbv beta|]; intros; now apply Z.divide_mul_l.
  - unfold massQ in *.
    rewrite (lsum_numer _ O1). rewrite numer_times, Z.abs_mul by exact O2.
    cbn [Z.abs]. pose proof (lsum_abs_nonneg code) as C0. assert (P1 : Zpos p <= P) by (unfold P; nia).
    assert (F : Zpos p * (lsum (fun w => Z.abs (numer D w)) (fst f) + Z.abs (numer D (snd f))) <= Zpos p * M) by (apply Z.mul_le_mono_nonneg_l; lia).
    assert (G : Zpos p * M <= h * M) by (apply Z.mul_le_mono_nonneg_r; lia). lia.
Qed.

(** The network on the bits. *)
Definition on_bits (N : netQ) : netQ :=
  match hiddenQ N with
  | [] => NetQ [] (map liftQ (outputQ N))
  | l :: ls => NetQ (map liftQ l :: ls) (outputQ N)
  end.

Lemma lift_layer d l y : Forall (over D) l -> wideQ d l -> length y = (d * size)%nat ->
  Forall2 Qeq (map (fun f => evQ f (toQ y)) (map liftQ l)) (map (fun f => evQ f (at_grid p (points d y))) l).
Proof.
  intros HO HW Hy. rewrite map_map. revert HW. induction HO as [|f l Hf _ IH]; intros HW; [constructor|]. inversion_clear HW.
  constructor; [now apply liftQ_value|auto].
Qed.

Lemma on_bits_value d N y : Forall (Forall (over D)) (hiddenQ N ++ [outputQ N]) -> well_formedQ d N -> length y = (d * size)%nat ->
  Forall2 Qeq (valueQ (on_bits N) (toQ y)) (valueQ N (at_grid p (points d y))).
Proof.
  intros HO HF Hy. unfold valueQ, on_bits. unfold well_formedQ in HF. destruct (hiddenQ N) as [|l ls]; cbn [app fitsQ hiddenQ outputQ runQ] in *.
  - inversion_clear HO as [|? ? HO1 _]. destruct HF as [HF _]. now apply lift_layer.
  - inversion_clear HO as [|? ? HO1 _]. destruct HF as [HF _].
    assert (E : Forall2 Qeq (runQ ls (applyQ (map liftQ l) (toQ y))) (runQ ls (applyQ l (at_grid p (points d y))))).
    { apply runQ_compat. unfold applyQ. pose proof (lift_layer d l y HO1 HF Hy) as L. rewrite !map_map in *.
      remember (map (fun f => evQ (liftQ f) (toQ y)) l) as a eqn:Ea. remember (map (fun f => evQ f (at_grid p (points d y))) l) as b eqn:Eb.
      rewrite <- (map_map (fun f => evQ (liftQ f) (toQ y)) reluQ), <- (map_map (fun f => evQ f (at_grid p (points d y))) reluQ), <- Ea, <- Eb.
      clear - L. induction L; constructor; [now apply reluQ_compat|easy]. }
    induction (outputQ N) as [|f fs IH]; constructor; [now apply evQ_compat|exact IH].
Qed.

Lemma on_bits_fits d N : well_formedQ d N -> well_formedQ (d * size) (on_bits N).
Proof.
  assert (W : forall l, wideQ d l -> wideQ (d * size) (map liftQ l)).
  { intros l H. apply Forall_map. eapply Forall_impl; [|exact H]. intros f Hf. unfold liftQ, over_Dp, lift, spread. cbn [fst].
    rewrite map_length. rewrite flat_map_length_const with (c := size) by (intros; apply map_length). now rewrite map_length, Hf. }
  unfold well_formedQ, on_bits. destruct (hiddenQ N) as [|l ls]; cbn [app fitsQ hiddenQ outputQ]; intros [H1 H2]; (split; [auto|]); [easy|].
  now rewrite map_length.
Qed.
Lemma on_bits_depth N : length (hiddenQ (on_bits N)) = length (hiddenQ N).
Proof. unfold on_bits. now destruct (hiddenQ N). Qed.
Lemma on_bits_outputs N : length (outputQ (on_bits N)) = length (outputQ N).
Proof. unfold on_bits. destruct (hiddenQ N); cbn [outputQ]; [apply map_length|easy]. Qed.
Lemma on_bits_widths m N : Forall (fun l : layerQ => (length l <= m)%nat) (hiddenQ N) -> Forall (fun l : layerQ => (length l <= m)%nat) (hiddenQ (on_bits N)).
Proof. unfold on_bits. destruct (hiddenQ N); cbn [hiddenQ]; [easy|]. intros H. inversion_clear H. constructor; [now rewrite map_length|easy]. Qed.
Lemma on_bits_small M N : 0 <= M -> Forall (Forall (small D M)) (hiddenQ N ++ [outputQ N]) ->
  Forall (Forall (small (D * Zpos p) (h * M))) (hiddenQ (on_bits N) ++ [outputQ (on_bits N)]).
Proof.
  intros M0. assert (L : forall l, Forall (small D M) l -> Forall (small (D * Zpos p) (h * M)) (map liftQ l)).
  { intros l H. apply Forall_map. eapply Forall_impl; [|exact H]. intros f. now apply lift_small. }
  unfold on_bits. destruct (hiddenQ N) as [|l ls]; cbn [app hiddenQ outputQ]; intros H; inversion_clear H as [|? ? H1 H2]; constructor; auto.
  eapply Forall_impl; [|exact H2]. intros l0. apply Forall_impl. intros f. now apply rest_small.
Qed.
End Lift.

Lemma on_bits_bits D b e N : 1 <= D <= 2 ^ Z.of_nat b -> h <= 2 ^ Z.of_nat e -> Forall (Forall (small D (2 ^ Z.of_nat b))) (hiddenQ N ++ [outputQ N]) ->
  1 <= D * Zpos p <= 2 ^ Z.of_nat (b + e) /\ Forall (Forall (small (D * Zpos p) (2 ^ Z.of_nat (b + e)))) (hiddenQ (on_bits D N) ++ [outputQ (on_bits D N)]).
Proof.
  intros HD HE HS. pose proof (lsum_abs_nonneg code) as C0. assert (P1 : Zpos p <= P) by (unfold P; nia). rewrite Nat2Z.inj_add, Z.pow_add_r by lia. split.
  - split; [lia|]. apply Z.mul_le_mono_nonneg; lia.
  - pose proof (on_bits_small D (proj1 HD) (2 ^ Z.of_nat b) N ltac:(lia) HS) as H.
    eapply Forall_impl; [|exact H]. intros l. apply Forall_impl. intros f [H1 H2]. split; [exact H1|]. eapply Z.le_trans; [exact H2|].
    rewrite Z.mul_comm. apply Z.mul_le_mono_nonneg_l; lia.
Qed.
End Code.

(** ** The layer of bits: the thermometer of every input *)
Definition thermos (us : list Z) : list Z := flat_map (fun u => map (fun t => step (u + P - Z.of_nat t)) (seq 1 cells)) us.
Definition bit_layer (d : nat) : layer := flat_map (fun F => thermo (fst F, snd F + P) cells) (idents d).
(** The same on the inputs x = u/p. *)
Definition of_inputs (f : form) : form := (map (Z.mul (Zpos p)) (fst f), snd f).

Lemma bit_layer_value d us : length us = d -> apply step (bit_layer d) us = thermos us.
Proof.
  intros H. destruct (idents_ok d) as (_ & _ & E). unfold thermos. rewrite <- (E us H) at 2. clear E. unfold bit_layer, apply. rewrite map_flat_map.
  induction (idents d) as [|F l IH]; [easy|]. cbn [flat_map map]. rewrite IH. f_equal.
  etransitivity; [exact (apply_thermo _ cells us)|]. apply map_ext. intros t. do 2 f_equal. unfold ev. cbn [fst snd]. lia.
Qed.
Lemma thermos_length us : length (thermos us) = (length us * cells)%nat.
Proof. apply flat_map_length_const. intros. now rewrite map_length, seq_length. Qed.

Lemma thermo_code : lsum Z.abs (repeat 1 cells) + P <= 3 * P.
Proof. rewrite lsum_ones, cells_Z. lia. Qed.
Lemma thermo_points d us : grid_point p d us -> cube (d * cells) (thermos us) /\ points (repeat 1 cells) d (thermos us) = us.
Proof.
  intros [<- Hr]. split; [split|].
  - apply thermos_length.
  - apply Forall_flat_map, Forall_forall. intros u _. apply Forall_map, Forall_forall. intros t _. apply step_bit.
  - apply points_codes. eapply Forall_impl; [|exact Hr]. intros u Hu. cbv beta in *. fold P in Hu. rewrite repeat_length, map_length, seq_length. split; [easy|].
    rewrite dot_ones by (now rewrite map_length, seq_length). rewrite lsum_map, count_steps, cells_Z. lia.
Qed.

Lemma of_inputs_scaled (l : layer) us : Forall2 (scaled 1) (applyQ (map fromZ (map of_inputs l)) (at_grid p us)) (apply relu l us).
Proof.
  unfold at_grid, applyQ, apply. rewrite !map_map. induction l as [|f l IH]; constructor; [|exact IH].
  apply scaled_relu; [lia|]. unfold scaled. change (inject_Z 1) with 1%Q. rewrite Qmult_1_l. unfold evQ, ev. cbn [fromZ of_inputs fst snd].
  rewrite inject_Z_plus. apply Qplus_inj_r. generalize (fst f). clear. intros w. revert us.
  induction w as [|a w IHw]; intros [|u us]; cbn [map dotQ dot]; try reflexivity. rewrite IHw, inject_Z_plus.
  apply Qplus_inj_r. unfold Qeq, Qmult, inject_Z. cbn [Qnum Qden]. rewrite Pos.mul_1_l. ring.
Qed.

(** A tame network of the bits becomes one of the grid, one layer deeper. *)
Lemma on_grid (d : nat) (N1 : netQ) (r : positive) (W B S Wo Bo : Z) :
  well_formedQ (d * cells) N1 -> hiddenQ N1 <> [] -> tame r W B S Wo Bo N1 ->
  exists N' : netQ, well_formedQ d N' /\ depthQ N' = Datatypes.S (depthQ N1)
  /\ (forall us, grid_point p d us -> Forall2 Qeq (valueQ N' (at_grid p us)) (valueQ N1 (toQ (thermos us))))
  /\ tame r (Z.max W (Zpos p)) (Z.max B P) (Z.max S (4 * (Z.of_nat d * P))) Wo Bo N'.
Proof.
  intros HF NE [(H & HH & T1 & T2 & T3) (O & HO & T4 & T5)].
  destruct H as [|H0 Hr]; [now rewrite HH in NE|].
  set (L0 := map of_inputs (flat_map two (bit_layer d))). set (H' := L0 :: map dbl_form H0 :: Hr).
  destruct (idents_ok d) as (I1 & I2 & _).
  assert (LB : length (bit_layer d) = (d * cells)%nat).
  { pose proof (thermos_length (repeat 0 d)) as E. rewrite <- (bit_layer_value d), repeat_length in E by apply repeat_length. now rewrite <- E, apply_length. }
  assert (LL : length L0 = (2 * (d * cells))%nat) by (unfold L0; now rewrite map_length, two_length, LB).
  assert (WB : wide d (bit_layer d)).
  { unfold bit_layer. apply Forall_flat_map. eapply Forall_impl; [|exact I1]. intros f Hf. unfold thermo. apply Forall_map, Forall_forall. intros t _. exact Hf. }
  unfold well_formedQ in HF. rewrite HH in HF. cbn [map app fitsQ] in HF. destruct HF as [F1 F2]. rewrite map_length in F2.
  exists (NetQ (map (map fromZ) H') (outputQ N1)). split; [|split; [|split; [|split]]].
  - unfold well_formedQ. cbn [hiddenQ outputQ map app fitsQ H']. split; [|split].
    + unfold L0. apply Forall_map, Forall_map. eapply Forall_impl; [|apply two_wide; exact WB]. intros f Hf. cbn. now rewrite !map_length.
    + rewrite map_length, LL. apply Forall_map, Forall_map. apply Forall_map in F1. eapply Forall_impl; [|exact F1]. intros f Hf.
      cbn [fromZ dbl_form fst] in *. rewrite map_length in *. now rewrite dbl_length, Hf.
    + rewrite !map_length. exact F2.
  - unfold depthQ. cbn [hiddenQ]. rewrite HH. cbn [map length]. unfold H'. cbn [length]. now rewrite !map_length.
  - intros us [Hl _]. rewrite <- (bit_layer_value d us Hl). unfold valueQ. cbn [hiddenQ outputQ]. rewrite HH, HO, !map_map.
    set (y := apply step (bit_layer d) us). set (z := apply relu (flat_map two (bit_layer d)) us).
    pose proof (fromZ_run (H0 :: Hr) y) as R1.
    pose proof (fromZ_run_from (map dbl_form H0 :: Hr) _ _ (of_inputs_scaled (flat_map two (bit_layer d)) us)) as R2. fold z L0 in R2.
    assert (E : run relu (map dbl_form H0 :: Hr) z = run relu (H0 :: Hr) y).
    { cbn [run]. f_equal. unfold apply at 1 2. rewrite map_map. apply map_ext. intros f. unfold ev. cbn [dbl_form fst snd].
      unfold z. rewrite apply_two, dot_two. unfold y, apply. now rewrite map_map. }
    rewrite E in R2. cbn [map runQ H'] in *. clear E. generalize O. intros O'. induction O' as [|f O' IH]; constructor; [|exact IH].
    rewrite (evQ_over r f _ _ R1). exact (evQ_over r f _ _ R2).
  - pose proof cells_Z as CZ. exists H'. split; [easy|]. inversion_clear T1 as [|? ? T1a T1b]. inversion_clear T2 as [|? ? T2a T2b]. inversion_clear T3 as [|? ? T3a T3b].
    assert (WL : wires_le 1 (flat_map two (bit_layer d)) /\ biases_le P (flat_map two (bit_layer d))).
    { pose proof (idents_bias d) as S0.
      split.
      - apply two_wires. unfold bit_layer. apply Forall_flat_map. eapply Forall_impl; [|exact I2]. intros f Hf. unfold thermo. apply Forall_map, Forall_forall.
        intros t _. cbn [fst]. now apply (mass_parts f 1).
      - unfold bit_layer. clear - S0 CZ. induction S0 as [|f l Hf _ IH]; [constructor|]. cbn [flat_map]. rewrite flat_map_app. apply Forall_app. split; [|exact IH].
        unfold thermo. cbn [fst snd]. rewrite Hf. apply Forall_flat_map, Forall_map, Forall_forall. intros t Ht. apply in_seq in Ht.
        repeat constructor; cbn [snd]; lia. }
    destruct WL as [WL1 WL2].
    unfold H'. split; [|split]; (constructor; [|constructor]).
    + unfold L0. apply Forall_map. eapply Forall_impl; [|exact WL1]. intros f Hf. cbn [of_inputs fst]. apply Forall_map.
      eapply Forall_impl; [|exact Hf]. intros a Ha. cbv beta in *. rewrite Z.abs_mul, (Z.abs_eq (Zpos p)) by easy.
      assert (HA : Zpos p * Z.abs a <= Zpos p * 1) by (apply Z.mul_le_mono_nonneg_l; [easy|exact Ha]). clear - HA. lia.
    + eapply Forall_impl; [|exact (dbl_wires W H0 T1a)]. intros f. apply Forall_impl. intros a Ha. lia.
    + now apply (wires_mono W); [apply Z.le_max_l|].
    + unfold L0. apply Forall_map. eapply Forall_impl; [|exact WL2]. intros f Hf. cbv beta in *. cbn [of_inputs snd]. clear - Hf. lia.
    + eapply Forall_impl; [|exact (dbl_biases B H0 T2a)]. intros f Hf. cbv beta in *. lia.
    + now apply (biases_mono B); [apply Z.le_max_l|].
    + unfold width_le. rewrite LL, !Nat2Z.inj_mul, CZ. lia.
    + unfold width_le in *. rewrite map_length. lia.
    + now apply (widths_mono S); [apply Z.le_max_l|].
  - exists O. now split.
Qed.
End Grid.

(** ** The theorems *)
Section Theorems.
Variables (N : netQ) (d m b c e kh : nat) (D : Z) (p r : positive) (R : Z).
Hypothesis N_fits : well_formedQ d N.
Hypothesis N_kh : length (hiddenQ N) = kh.
Hypothesis m_pos : (1 <= m)%nat.
Hypothesis N_width : Forall (fun l : layerQ => (length l <= m)%nat) (hiddenQ N).
Hypothesis D_range : 1 <= D <= 2 ^ Z.of_nat b.
Hypothesis N_small : Forall (Forall (small D (2 ^ Z.of_nat b))) (hiddenQ N ++ [outputQ N]).
Hypothesis R_pos : 1 <= R.
Hypothesis rR_bits : 2 * Zpos r * R <= 2 ^ Z.of_nat c.
Hypothesis p_bits : 3 * Zpos (p * p) <= 2 ^ Z.of_nat e.
Let o : Z := Z.of_nat (length (outputQ N)).
Let h : Z := 2 * Zpos (p * p).

Let M : netQ := on_bits p (repeat 1 (cells p)) D N.

(** Whatever a network promises for the bits, the one above the layer of bits promises for the grid. *)
Lemma promises_on_grid f N1 N' : (forall a b, (a == b)%Q -> (f a == f b)%Q) ->
  promises f (d * cells p) M N1 ->
  (forall us, grid_point p d us -> Forall2 Qeq (valueQ N' (at_grid p us)) (valueQ N1 (toQ (thermos p us)))) ->
  promises_grid f p d N N'.
Proof.
  intros Hf P1 P2 x (us & Hu & ->). destruct (thermo_points p d us Hu) as [C E]. specialize (P1 _ C). specialize (P2 us Hu).
  assert (L : length (thermos p us) = (d * length (repeat 1%Z (cells p)))%nat) by (rewrite repeat_length; apply C).
  pose proof (on_bits_value p (repeat 1 (cells p)) D (proj1 D_range) d N (thermos p us) (small_over _ _ _ N_small) N_fits L) as V. rewrite E in V. fold M in V.
  apply (values_trans _ _ _ P2), (values_trans _ _ _ P1). clear - V Hf. induction V; constructor; auto.
Qed.

Lemma form_compat : forall a b, (a == b)%Q -> (roundedQ r (clipQ R a) == roundedQ r (clipQ R b))%Q.
Proof.
  intros a b' E. assert (C : (clipQ R a == clipQ R b')%Q).
  { unfold clipQ. replace (Qle_bool a (inject_Z (- R))) with (Qle_bool b' (inject_Z (- R)))
      by (apply eq_true_iff_eq; rewrite !Qle_bool_iff; now rewrite E).
    replace (Qle_bool (inject_Z R) a) with (Qle_bool (inject_Z R) b') by (apply eq_true_iff_eq; rewrite !Qle_bool_iff; now rewrite E).
    destruct (Qle_bool b' (inject_Z (- R))), (Qle_bool (inject_Z R) b'); auto; reflexivity. }
  unfold roundedQ. now rewrite (Qfloor_comp _ (inject_Z (Zpos r) * clipQ R b')) by (now rewrite C).
Qed.

Lemma on_bits_ready : 1 <= D * Zpos p <= 2 ^ Z.of_nat (b + e) /\ Forall (Forall (small (D * Zpos p) (2 ^ Z.of_nat (b + e)))) (hiddenQ M ++ [outputQ M]).
Proof. exact (on_bits_bits p _ _ (thermo_code p) D b e N D_range p_bits N_small). Qed.
Lemma M_fits : well_formedQ (d * cells p) M.
Proof. pose proof (on_bits_fits p (repeat 1 (cells p)) D d N N_fits) as F. now rewrite repeat_length in F. Qed.
Lemma M_depth : length (hiddenQ M) = kh.
Proof. unfold M. now rewrite on_bits_depth. Qed.
Lemma M_same : depthQ M = depthQ N.
Proof. unfold depthQ. now rewrite M_depth, N_kh. Qed.
Lemma above_bits k N1 W B S Wo Bo : well_formedQ (d * cells p) N1 -> depthQ N1 = k -> (2 <= k)%nat ->
  promises (fun v => roundedQ r (clipQ R v)) (d * cells p) M N1 -> tame r W B S Wo Bo N1 ->
  exists N' : netQ, well_formedQ d N' /\ depthQ N' = Datatypes.S k /\ promises_grid (fun v => roundedQ r (clipQ R v)) p d N N'
  /\ tame r (Z.max W (Zpos p)) (Z.max B (Zpos (p * p))) (Z.max S (2 * (Z.of_nat d * h))) Wo Bo N'.
Proof.
  intros A1 A2 K A3 A4. assert (NE : hiddenQ N1 <> []) by (intros E; unfold depthQ in A2; rewrite E in A2; cbn [length] in A2; lia).
  destruct (on_grid p d N1 r _ _ _ _ _ A1 NE A4) as (N' & B1 & B2 & B3 & B4). exists N'. split; [exact B1|]. split; [now rewrite B2, A2|].
  split; [exact (promises_on_grid _ N1 N' form_compat A3 B3)|].
  replace (2 * (Z.of_nat d * h)) with (4 * (Z.of_nat d * Zpos (p * p))) by (unfold h; ring). exact B4.
Qed.

Theorem S1_grid_lookahead :
  let V := Z.of_nat d * h + Z.of_nat m + Z.of_nat kh + Z.of_nat ((b + e) * (kh + 1) + c) + 3 in
  let q := 12544 * V ^ 6 in
  exists N' : netQ, well_formedQ d N' /\ depthQ N' = (3 * depthQ N + 1)%nat
  /\ promises_grid (fun v => roundedQ r (clipQ R v)) p d N N'
  /\ tame r (Z.max (q ^ 3) (Zpos p)) (Z.max (2 * q ^ 4 + 1) (Zpos (p * p)))
       (Z.max (2 * ((Z.of_nat m + o * (2 * Zpos r * R)) * q ^ 5)) (2 * (Z.of_nat d * h))) (2 * Zpos r * R) (3 * Zpos r * R) N'.
Proof.
  intros V q. destruct (S1_clipped_lookahead M (d * cells p) m (b + e) c kh (D * Zpos p) r R M_fits M_depth m_pos
    (on_bits_widths p (repeat 1 (cells p)) D m N N_width) (proj1 on_bits_ready) (proj2 on_bits_ready) R_pos rR_bits) as (N1 & A1 & A2 & A3 & A4).
  unfold M in A4. rewrite on_bits_outputs, Nat2Z.inj_mul, cells_Z in A4. fold o h V q in A4.
  rewrite Nat.add_1_r, <- M_same. apply (above_bits (3 * depthQ M) N1); auto. unfold depthQ. clear. lia.
Qed.

Theorem S1_grid_stacked :
  let V := Z.of_nat d * h + (Z.of_nat m + o * (2 * Zpos r * R)) + Z.of_nat kh + Z.of_nat ((b + e) * (kh + 1) + c) + 3 in
  let X := (12544 * V ^ 6) ^ (240 * 2 ^ Z.of_nat kh) in
  exists N' : netQ, well_formedQ d N' /\ depthQ N' = (depthQ N + 3)%nat
  /\ promises_grid (fun v => roundedQ r (clipQ R v)) p d N N'
  /\ tame r (Z.max X (Zpos p)) (Z.max (X + 1) (Zpos (p * p))) (Z.max (2 * X) (2 * (Z.of_nat d * h))) (2 * Zpos r * R) (3 * Zpos r * R) N'.
Proof.
  intros V X. destruct (S1_clipped_stacked M (d * cells p) m (b + e) c kh (D * Zpos p) r R M_fits M_depth m_pos
    (on_bits_widths p (repeat 1 (cells p)) D m N N_width) (proj1 on_bits_ready) (proj2 on_bits_ready) R_pos rR_bits) as (N1 & A1 & A2 & A3 & A4).
  unfold M in A4. rewrite on_bits_outputs, Nat2Z.inj_mul, cells_Z in A4. fold o h V X in A4. replace (depthQ N + 3)%nat with (S (depthQ M + 2)) by (rewrite M_same; clear; lia). apply (above_bits (depthQ M + 2) N1); auto. clear. lia.
Qed.
End Theorems.
