(** S1 by route A, exact form, cube, integer weights: all hidden layers, then the output; depth 3k-1.  The bounds are in bits l of
    a base 2^l that exceeds the number of literals of every layer; S1.v has them as polynomials.  docs/theory.md, "Route A". *)
From Coq Require Import ZArith List Lia Bool.
From Exactnet Require Import Network Sums Gadgets Digits Compose Lookahead LookaheadLayer Steps OutputExact.
Import ListNotations.
Open Scope Z_scope.

Section Hidden.
Variables l d m k b : nat.
Hypothesis l_pos : (1 <= l)%nat.
Definition per_layer : Z := Z.of_nat b + 3 * Z.of_nat l + 1.
Definition blocks : Z := Z.of_nat k * per_layer + 2.
Hypothesis fit_d : Z.of_nat d + 1 <= 2 ^ Z.of_nat l.
Hypothesis fit_m : Z.of_nat m * (2 * Z.of_nat l * blocks + 1) + 1 <= 2 ^ Z.of_nat l.

(** Every layer of the original: at most m forms of mass at most 2^b. *)
Definition original (M : layer) : Prop :=
  (length M <= m)%nat /\ Forall (fun f => mass f <= 2 ^ Z.of_nat b) M.
Definition result : bound :=
  Bound (2 ^ (3 * Z.of_nat l)) (2 ^ (4 * Z.of_nat l) + blocks) (Z.of_nat m * (blocks * 2 ^ (4 * Z.of_nat l))).

Lemma hidden_layers (Ms : list layer) : (length Ms <= k)%nat -> fits d Ms -> Forall original Ms ->
  exists ls Fs, length ls = (3 * length Ms)%nat /\ fits d (ls ++ [Fs]) /\ within result ls
  /\ Z.of_nat (width d ls) + 1 <= 2 ^ Z.of_nat l
  /\ Forall (fun F => mass F <= 2 ^ (per_layer * Z.of_nat (length Ms))) Fs
  /\ forall x, cube d x -> map (fun F => ev F (run step ls x)) Fs = run relu Ms x.
Proof.
  induction Ms as [|M Ms IH] using rev_ind; intros Hk HF HO.
  - destruct (idents_ok d) as (A & B & C). exists [], (idents d). cbn [app length fits run width].
    split; [easy|]. split; [split; [exact A|easy]|]. split; [split; constructor|]. split; [easy|]. split.
    + rewrite Z.mul_0_r. exact B.
    + intros x [Hx _]. now apply C.
  - rewrite app_length in Hk. cbn [length] in Hk. apply fits_app in HF. destruct HF as [HF [HM _]].
    apply Forall_app in HO. destruct HO as [HO HM']. inversion_clear HM' as [|? ? [M1 M2] _].
    destruct (IH ltac:(lia) HF HO) as (ls & Fs & A1 & A2 & A3 & A4 & A5 & A6). clear IH.
    apply fits_app in A2. destruct A2 as [A2 [A2' _]].
    set (n := width d ls) in *. set (P := per_layer * Z.of_nat (length Ms)) in *.
    assert (pl : 0 <= per_layer) by (unfold per_layer; lia).
    assert (P0 : 0 <= P) by (unfold P; nia).
    destruct (levels l b P l_pos P0) as (tau & [t1 t2] & t3).
    assert (t4 : Z.of_nat tau + 1 <= blocks) by (clear - t3 Hk P pl; unfold blocks, P, per_layer in *; nia).
    set (Ls := map (through n Fs) M).
    assert (HG : Forall (good l n tau) Ls).
    { unfold Ls. apply Forall_map. eapply Forall_impl; [|apply M2]. intros f Hf. now apply good_through with (b := b) (P := P). }
    destruct (relu_block l l_pos n A4 tau Ls HG) as (ls3 & Fs3 & B1 & B2 & B3 & B4 & B5 & B6).
    assert (LL : length Ls = length M) by apply map_length.
    exists (ls ++ ls3), Fs3. split; [|split; [|split; [|split; [|split]]]].
    + rewrite !app_length, A1. cbn [length]. rewrite B1. lia.
    + rewrite <- app_assoc. apply fits_app. split; auto.
    + apply within_app; auto. eapply within_mono; [| | |apply B3]; cbn [bw bb bs]; unfold result; cbn [bw bb bs].
      * lia.
      * lia.
      * rewrite LL. pose proof (Z.pow_nonneg 2 (4 * Z.of_nat l) ltac:(lia)).
        apply Z.mul_le_mono_nonneg; [lia|lia|apply Z.mul_nonneg_nonneg; lia|apply Z.mul_le_mono_nonneg_r; lia].
    + rewrite width_app. fold n. rewrite B4, LL.
      eapply Z.le_trans; [|apply fit_m]. apply Z.add_le_mono_r.
      rewrite Nat2Z.inj_mul. apply Z.mul_le_mono_nonneg; try lia.
      rewrite Nat2Z.inj_succ, !Nat2Z.inj_mul, Nat2Z.inj_succ. clear - t4 l_pos. nia.
    + eapply Forall_impl; [|apply B5]. intros F HFm. eapply Z.le_trans; [apply HFm|]. apply Z.pow_le_mono_r; [lia|].
      rewrite app_length. cbn [length].
      replace (per_layer * Z.of_nat (length Ms + 1)) with (P + per_layer) by (unfold P; lia). unfold per_layer. lia.
    + intros x Hx. rewrite !run_app. cbn [run]. rewrite B6.
      * unfold Ls, apply. rewrite map_map. apply map_ext. intros f. rewrite ev_through by easy. now rewrite A6.
      * destruct Hx as [Hx1 Hx2]. split; [rewrite run_length, Hx1; easy|]. now apply run_bits.
Qed.
End Hidden.

Theorem S1_exact_cube :
  forall (N : net) (d m k b l : nat) (R : Z) (target : list Z -> list Z),
  (* the original: depth k+1, at most m neurons a layer, forms of mass at most 2^b, outputs at most R on the cube *)
  well_formed d N -> length (hidden N) = k ->
  Forall (fun M => (length M <= m)%nat) (hidden N) ->
  Forall (Forall (fun f => mass f <= 2 ^ Z.of_nat b)) (hidden N) ->
  1 <= R -> (forall x, cube d x -> Forall2 (stands R) (value relu N x) (target x)) ->
  (* l: a number of bits that is large enough *)
  (1 <= l)%nat -> (1 <= m)%nat -> Z.of_nat d + 1 <= 2 ^ Z.of_nat l ->
  Z.of_nat m * (2 * Z.of_nat l * (Z.of_nat k * (Z.of_nat b + 3 * Z.of_nat l + 1) + 2) + 1) + 1 <= 2 ^ Z.of_nat l ->
  exists N' : net,
    well_formed d N' /\ depth N' = (3 * k + 2)%nat
    /\ (forall x, cube d x -> value relu N' x = target x)
    /\ let weight := Z.max (2 ^ (4 * Z.of_nat l + 1)) (2 * R * (2 ^ Z.of_nat l) + 1) in
       let size := Z.max (2 ^ (5 * Z.of_nat l)) (4 * R * Z.of_nat (length (output N)) * 2 ^ Z.of_nat l) in
       Forall (wires_le weight) (hidden N' ++ [output N']) /\ Forall (biases_le weight) (hidden N' ++ [output N'])
       /\ Forall (width_le size) (hidden N').
Proof.
  intros N d m k b l R target WF HK HM HB R1 HR l1 m1 fd fm.
  apply fits_app in WF. destruct WF as [F [Fo _]].
  assert (HO : Forall (original m b) (hidden N)).
  { clear - HM HB. induction (hidden N); constructor; inversion_clear HM; inversion_clear HB; [now split|auto]. }
  destruct (hidden_layers l d m k b l1 fd fm (hidden N) ltac:(lia) F HO) as (ls & Fs & A1 & A2 & A3 & A4 & A5 & A6).
  apply fits_app in A2. destruct A2 as [A2 [A2' _]].
  set (n := width d ls) in *. set (Vs := map (through n Fs) (output N)).
  assert (HV : wide n Vs) by (apply Forall_map, Forall_forall; intros f _; now apply through_length).
  destruct (outputs n R R1 Vs HV) as (ls1 & Gs & B1 & B2 & B3 & B4 & B5 & B6 & B7).
  apply fits_app in B2. destruct B2 as [B2 [B2' _]].
  set (bl := blocks l k b) in *.
  assert (p0 : 0 <= per_layer l b) by (unfold per_layer; lia).
  assert (bl2 : 2 <= bl) by (unfold bl, blocks; nia).
  set (p := 2 ^ Z.of_nat l) in *.
  assert (pp : forall c, 0 <= c -> 2 ^ (c * Z.of_nat l) = p ^ c) by (intros c Hc; unfold p; rewrite Z.mul_comm, Z.pow_mul_r; lia).
  assert (Hp : 2 <= p) by (unfold p; change 2 with (2 ^ 1) at 1; apply Z.pow_le_mono_r; lia).
  assert (Hq : q R = 2 * R + 1) by easy.
  assert (Hreach : Z.of_nat (reach n R) <= 2 * R * p).
  { unfold reach. rewrite Z2Nat.id by (rewrite Hq; nia). rewrite Hq. nia. }
  set (N0 := Net (ls ++ ls1) Gs).
  assert (NE : ls ++ ls1 <> []) by (destruct ls1; [easy|destruct ls; easy]).
  assert (Fn : fits d (ls ++ ls1)) by (apply fits_app; auto).
  assert (E3 : 2 ^ (3 * Z.of_nat l) = p ^ 3) by (apply pp; lia).
  assert (E4 : 2 ^ (4 * Z.of_nat l) = p ^ 4) by (apply pp; lia).
  assert (E41 : 2 ^ (4 * Z.of_nat l + 1) = 2 * p ^ 4) by (rewrite Z.pow_add_r, E4 by lia; lia).
  assert (E5 : 2 ^ (5 * Z.of_nat l) = p ^ 4 * p) by (rewrite pp by lia; ring).
  assert (P3 : 0 <= p ^ 3 <= p ^ 4) by (split; [apply Z.pow_nonneg; lia|apply Z.pow_le_mono_r; lia]).
  assert (P4 : p <= p ^ 4) by (rewrite <- (Z.pow_1_r p) at 1; apply Z.pow_le_mono_r; lia).
  change (Z.of_nat k * (Z.of_nat b + 3 * Z.of_nat l + 1) + 2) with bl in fm.
  assert (mbl : 2 * (Z.of_nat m * bl) + 2 <= p) by nia.
  assert (blp : bl + 1 <= p) by nia.
  set (o := Z.of_nat (length (output N))) in *.
  assert (Eo : Z.of_nat (length Vs) = o) by (unfold Vs; now rewrite map_length).
  set (wt := Z.max (2 ^ (4 * Z.of_nat l + 1)) (2 * R * p + 1)).
  set (sz := Z.max (2 ^ (5 * Z.of_nat l)) (4 * R * o * p)).
  set (s0 := Z.max (Z.of_nat m * (bl * p ^ 4)) (o * (2 * R * p))).
  assert (R2p : 2 * R <= 2 * R * p) by (rewrite <- (Z.mul_1_r (2 * R)) at 1; apply Z.mul_le_mono_nonneg_l; clear - R1 Hp; lia).
  assert (Q1 : within (Bound wt (wt - 1) s0) (ls ++ ls1)).
  { apply within_app; (eapply within_mono; [| | |eassumption]); cbn [bw bb bs]; fold bl; rewrite ?E3, ?E4, ?Hq, ?Eo;
      unfold wt, s0; rewrite ?E41; try lia.
    apply Z.le_trans with (o * (2 * R * p)); [|lia]. apply Z.mul_le_mono_nonneg_l; [unfold o|]; lia. }
  destruct (relu_layers_ok d (ls ++ ls1) wt (wt - 1) s0 Fn Q1 NE) as (X1 & [X2 X2'] & X3 & X4).
  cbn [bw bb bs] in *.
  exists (to_relu (Net (ls ++ ls1) Gs)). split; [|split; [|split]].
  - unfold well_formed, to_relu. cbn [hidden output]. apply fits_app. split; [easy|]. split; [|easy].
    rewrite X4, width_app. now apply dbl_wide.
  - unfold depth, to_relu. cbn [hidden]. rewrite X3, app_length, A1, HK. rewrite B1. lia.
  - intros x Hx. rewrite gates_as_relus by easy. unfold value. cbn [hidden output].
    rewrite (map_ext _ (fun G => ev G (run step ls1 (run step ls x)))) by (intros G; now rewrite run_app).
    assert (Hy : cube n (run step ls x)).
    { destruct Hx as [Hx1 Hx2]. split; [rewrite run_length, Hx1; easy|]. now apply run_bits. }
    assert (EV : map (fun V => ev V (run step ls x)) Vs = value relu N x).
    { unfold Vs, value. rewrite map_map. apply map_ext. intros f. rewrite ev_through by easy. now rewrite A6. }
    apply B7; [exact Hy|]. rewrite EV. now apply HR.
  - cbn zeta. fold o. fold p. fold wt. fold sz. unfold to_relu. cbn [hidden output].
    split; [|split].
    + apply Forall_app. split; [eapply Forall_impl; [|apply X2]; intros f [H _]; exact H|].
      constructor; [|constructor]. apply dbl_wires. eapply Forall_impl; [|apply B4]. intros f. apply Forall_impl. intros c.
      rewrite Hq. unfold wt. lia.
    + apply Forall_app. split.
      * eapply Forall_impl; [|apply X2]. intros f [_ H]. eapply Forall_impl; [|apply H]. cbn. intros; lia.
      * constructor; [|constructor]. apply dbl_biases. eapply Forall_impl; [|apply B5]. intros f. cbn.
        rewrite Hq. unfold wt. lia.
    + eapply Forall_impl; [|apply X2']. intros f H. unfold width_le in *. eapply Z.le_trans; [apply H|].
      unfold s0, sz. rewrite E5.
      assert (2 * (Z.of_nat m * (bl * p ^ 4)) <= p ^ 4 * p).
      { replace (2 * (Z.of_nat m * (bl * p ^ 4))) with (p ^ 4 * (2 * (Z.of_nat m * bl))) by ring.
        apply Z.mul_le_mono_nonneg_l; lia. }
      lia.
Qed.
