(** S1 by route D, exact form, cube, integer weights: depth k+1.  S1.v has the bounds as polynomials.  docs/stacked.md. *)
From Coq Require Import ZArith List Lia Bool.
From Exactnet Require Import Network Sums Gadgets Digits Compose Lookahead LookaheadLayer Steps OutputExact S1Lookahead Passage StackedLayer Stacked.
Import ListNotations.
Open Scope Z_scope.

Theorem depth_plus_one :
  forall (N : net) (d m k b l : nat) (R : Z) (target : list Z -> list Z),
  well_formed d N -> length (hidden N) = k ->
  Forall (fun M => (length M <= m)%nat) (hidden N) ->
  Forall (Forall (fun f => mass f <= 2 ^ Z.of_nat b)) (hidden N) ->
  1 <= R -> (forall x, cube d x -> Forall2 (stands R) (value relu N x) (target x)) ->
  (1 <= l)%nat -> (1 <= m)%nat -> Z.of_nat d + 1 <= 2 ^ Z.of_nat l ->
  Z.of_nat m * (2 * Z.of_nat l * (Z.of_nat k * (Z.of_nat b + 3 * Z.of_nat l + 1) + 2) + 1) + 1 <= 2 ^ Z.of_nat l ->
  exists N' : net,
    well_formed d N' /\ depth N' = S (depth N)
    /\ (forall x, cube d x -> value relu N' x = target x)
    /\ let X := cap l k b (needs l k b k (2 ^ Z.of_nat l * (2 * R + 1))) in
       Forall (wires_le (X + 1)) (hidden N' ++ [output N']) /\ Forall (biases_le (X + 1)) (hidden N' ++ [output N'])
       /\ Forall (width_le (2 * (1 + Z.of_nat (length (output N))) * X)) (hidden N').
Proof.
  intros N d m k b l R target WF HK HM HB R1 HR l1 m1 fd fm.
  apply fits_app in WF. destruct WF as [F [Fo _]].
  assert (HO : Forall (original m b) (hidden N)).
  { clear - HM HB. induction (hidden N); constructor; inversion_clear HM; inversion_clear HB; [now split|auto]. }
  set (p := 2 ^ Z.of_nat l) in *. set (w0 := p * (2 * R + 1)).
  assert (Hp : 2 <= p) by (unfold p; change 2 with (2 ^ 1) at 1; apply Z.pow_le_mono_r; lia).
  assert (Hw : 1 <= w0) by (unfold w0; clear - R1 Hp; nia).
  destruct (deep_layers l d m k b l1 fd fm m1 (hidden N) ltac:(lia) F HO w0 Hw)
    as (ls & Ys & NN & err & n & Gs & Ss & A1 & A2 & A3 & A4 & A5 & A6 & A7 & A8 & A9 & A10 & A11 & A12 & _ & _ & A13).
  rewrite HK in *. set (X := cap l k b (needs l k b k w0)) in *.
  apply fits_app in A2. destruct A2 as [A2 [A2' _]].
  set (Vs := map (through n Gs) (output N)).
  assert (HV : wide n Vs) by (apply Forall_map, Forall_forall; intros f _; now apply through_length).
  destruct (outputs n R R1 Vs HV) as (ls1 & Os & B1 & B2 & B3 & B4 & B5 & B6 & B7).
  destruct ls1 as [|g [|? ?]]; try easy. clear B1. destruct B2 as [B2 [B2' _]].
  destruct B3 as [B3 B3']. inversion_clear B3 as [|? ? [B3a B3b] _]. inversion_clear B3' as [|? ? B3c _]. cbn [bw bb bs] in *.
  set (T := blocks l k b) in *. assert (TT : 2 <= T) by (apply (T2 l d m k b l1 fd m1)).
  set (Mq := moduli l k b w0) in *.
  assert (Mw : w0 <= Mq) by (apply (moduli_ge l d m k b l1 fd m1); exact Hw).
  destruct (need_ge l d m k b l1 fd m1 w0 Hw) as (ND1 & ND2 & ND3).
  assert (N1 : 1 <= NN) by (assert (0 <= err * w0) by (apply Z.mul_nonneg_nonneg; lia); lia).
  assert (Gw : Forall (fun f => lsum Z.abs (fst f) <= w0) g).
  { rewrite Forall_forall. intros f Hf. unfold wires_le, wide in *. rewrite Forall_forall in B3a, B2.
    eapply Z.le_trans; [apply (lsum_abs_le _ _ (B3a f Hf))|]. rewrite (B2 f Hf). unfold w0.
    apply Z.mul_le_mono_nonneg; [lia|lia|unfold q; lia|unfold q; lia]. }
  assert (Gn : Forall (fun f => lsum Z.abs (fst f) * err < NN) g).
  { eapply Forall_impl; [|apply Gw]. cbv beta. intros f Hf.
    assert (lsum Z.abs (fst f) * err <= w0 * err) by (apply Z.mul_le_mono_nonneg_r; lia). lia. }
  assert (Rc : Z.of_nat (reach n R) <= 2 * w0).
  { unfold reach. rewrite Z2Nat.id by (unfold q; apply Z.mul_nonneg_nonneg; lia). unfold q, w0.
    assert ((Z.of_nat n + 1) * (2 * R + 1 - 1) <= p * (2 * R + 1)) by (apply Z.mul_le_mono_nonneg; lia). lia. }
  set (C0 := 8 * w0 * (T + 2) * ((Mq + 2) * (Mq + 2))).
  assert (C1 : w0 * (NN + 1) <= C0) by (apply cap_wires; lia).
  assert (C2 : NN * Z.of_nat (reach n R) + w0 * err + w0 * ((NN + 1) * (1 + T * NN)) <= C0) by (apply cap_biases; lia).
  assert (C3 : C0 <= X).
  { apply Z.le_trans with (cap l k b w0).
    - unfold C0, cap. fold T. rewrite Z.pow_2_r.
      assert (MM : Mq <= moduli l k b (need l k b w0)) by (apply (moduli_mono l d m k b l1 fd m1); exact ND3).
      apply Z.mul_le_mono_nonneg; [repeat apply Z.mul_nonneg_nonneg; lia|apply Z.mul_le_mono_nonneg_r; lia|apply Z.mul_nonneg_nonneg; lia|apply Z.mul_le_mono_nonneg; lia].
    - apply (cap_mono l d m k b l1 fd m1); [exact Hw|]. apply (needs_ge l d m k b l1 fd m1). exact Hw. }
  set (g' := map (convert (width d ls) Ys NN err) g).
  assert (Lg : length g' = length g) by apply map_length.
  set (o := Z.of_nat (length (output N))) in *.
  assert (Eo : Z.of_nat (length Vs) = o) by (unfold Vs; now rewrite map_length).
  assert (X0 : 0 <= X) by lia.
  assert (W1 : within (Bound (X + 1) X ((1 + o) * X)) (ls ++ [g'])).
  { apply within_app; [eapply within_mono; [| | |exact A3]; [lia|lia|]|].
    - assert (0 <= o * X) by (apply Z.mul_nonneg_nonneg; [apply Nat2Z.is_nonneg|exact X0]). lia.
    - split; (constructor; [|constructor]); cbn [bw bb bs]; [split|].
      + unfold wires_le, g'. apply Forall_map. eapply Forall_impl; [|apply Gw]. cbv beta. intros f Hf.
        eapply Forall_impl; [|apply (lin_wires (width d ls) (fst f) Ys (NN + 1)); auto; lia]. cbv beta. intros a Ha.
        assert (lsum Z.abs (fst f) * (NN + 1) <= w0 * (NN + 1)) by (apply Z.mul_le_mono_nonneg_r; lia). lia.
      + unfold biases_le, g'. apply Forall_map, Forall_forall. intros f Hf. unfold convert, through. cbn [fst snd].
        unfold biases_le in B3b. rewrite Forall_forall in Gw, B3b. specialize (Gw f Hf). specialize (B3b f Hf).
        assert (RB : 0 <= (NN + 1) * (1 + T * NN)) by (apply Z.mul_nonneg_nonneg; [lia|]; assert (0 <= T * NN) by (apply Z.mul_nonneg_nonneg; lia); lia).
        pose proof (lin_bias (width d ls) (fst f) Ys ((NN + 1) * (1 + T * NN)) RB A9) as LB.
        eapply Z.le_trans; [|exact C3]. eapply Z.le_trans; [|exact C2].
        apply gate_bias with (S := lsum Z.abs (fst f)); auto. apply neg_mass_le.
      + unfold width_le in *. rewrite Lg. eapply Z.le_trans; [exact B3c|]. rewrite Eo.
        assert (2 * w0 <= X).
        { assert (w0 * 2 <= w0 * (NN + 1)) by (apply Z.mul_le_mono_nonneg_l; lia). lia. }
        assert (o * Z.of_nat (reach n R) <= o * X) by (apply Z.mul_le_mono_nonneg_l; [apply Nat2Z.is_nonneg|lia]). lia. }
  assert (NE : ls ++ [g'] <> []) by (destruct ls; easy).
  assert (Fn : fits d (ls ++ [g'])).
  { apply fits_app. split; [easy|]. split; [|easy]. unfold wide, g'. apply Forall_map, Forall_forall. intros f _.
    unfold convert. now apply through_length. }
  destruct (relu_layers_ok d (ls ++ [g']) (X + 1) X ((1 + o) * X) Fn W1 NE) as (X1 & [X2 X2'] & X3 & X4). cbn [bw bb bs] in *.
  assert (qX : q R <= X).
  { assert (q R <= w0) by (unfold q, w0; assert (1 * (2 * R + 1) <= p * (2 * R + 1)) by (apply Z.mul_le_mono_nonneg_r; lia); lia).
    assert (w0 * 1 <= w0 * (NN + 1)) by (apply Z.mul_le_mono_nonneg_l; lia). lia. }
  exists (to_relu (Net (ls ++ [g']) Os)). split; [|split; [|split]].
  - unfold well_formed, to_relu. cbn [hidden output]. apply fits_app. split; [easy|]. split; [|easy].
    rewrite X4, width_app. cbn [width]. rewrite Lg. now apply dbl_wide.
  - unfold depth, to_relu. cbn [hidden]. rewrite X3, app_length, A1, HK. cbn [length]. lia.
  - intros x Hx. rewrite gates_as_relus by easy. unfold value. cbn [hidden output].
    destruct (A13 x Hx) as (ys & Hy & Hn & Hv & _).
    rewrite (map_ext _ (fun G => ev G (run step [g] ys))).
    + assert (EV : map (fun V => ev V ys) Vs = value relu N x).
      { unfold Vs, value. rewrite map_map. apply map_ext. intros f. rewrite ev_through by easy. now rewrite Hv. }
      apply B7; [exact Hy|]. rewrite EV. now apply HR.
    + intros G. rewrite run_app. cbn [run]. f_equal. apply apply_convert; auto. destruct Hy as [Hy _]. rewrite Hy. exact B2.
  - cbn zeta. fold o. fold p. fold w0. fold X. unfold to_relu. cbn [hidden output].
    split; [|split].
    + apply Forall_app. split; [eapply Forall_impl; [|apply X2]; intros f [H _]; exact H|].
      constructor; [|constructor]. apply dbl_wires. eapply Forall_impl; [|apply B4]. intros f. apply Forall_impl. intros c. lia.
    + apply Forall_app. split; [eapply Forall_impl; [|apply X2]; intros f [_ H]; exact H|].
      constructor; [|constructor]. apply dbl_biases. eapply Forall_impl; [|apply B5]. cbv beta. intros f. lia.
    + eapply Forall_impl; [|apply X2']. intros f H. unfold width_le in *. lia.
Qed.
