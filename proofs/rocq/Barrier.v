(** The negative control: |N| <= R cannot be dropped from S1.  In words:

    - [magnitude]: a network of depth k whose widths (d included) are at most S, and weights and biases at most W, has values
      of at most (W(S+1))^k on the cube;
    - [no_small_network]: for every depth k and every polynomial c d^e there is a d0 such that, for d >= d0, no network of
      depth k with d inputs, whose widths, weights and biases are at most c d^e, computes 2^d x_1, a function of depth 1.

    docs/theory.md, "Statements" (there with the bound (2W^2)^k d). *)
From Coq Require Import ZArith QArith Qabs List Lia Bool.
From Exactnet Require Import Network Sums Rational.
Import ListNotations.
Open Scope Z_scope.

Definition widths_leQ (S : Z) (ls : list layerQ) : Prop := Forall (fun l : layerQ => Z.of_nat (length l) <= S) ls.

Lemma dotQ_bound W M w x : (0 <= W)%Q -> (0 <= M)%Q -> Forall (fun a => (Qabs a <= W)%Q) w -> Forall (fun v => (Qabs v <= M)%Q) x ->
  (Qabs (dotQ w x) <= inject_Z (Z.of_nat (length w)) * (W * M))%Q.
Proof.
  intros HW HM H. revert x. induction H as [|a w Ha _ IH]; intros x Hx; [cbn [dotQ length]; discriminate|].
  assert (WM : (0 <= W * M)%Q) by (now apply Qmult_le_0_compat). cbn [length]. rewrite Nat2Z.inj_succ. unfold Z.succ. rewrite inject_Z_plus.
  destruct Hx as [|v x Hv Hx]; cbn [dotQ].
  - change (Qabs 0) with 0%Q. apply Qmult_le_0_compat; [|exact WM]. rewrite <- inject_Z_plus. change 0%Q with (inject_Z 0). rewrite <- Zle_Qle. lia.
  - eapply Qle_trans; [apply Qabs_triangle|]. rewrite Qabs_Qmult, Qmult_plus_distr_l, Qplus_comm. apply Qplus_le_compat; [now apply IH|].
    change (inject_Z 1) with 1%Q. rewrite Qmult_1_l. apply Qmult_le_compat_nonneg; split; auto using Qabs_nonneg.
Qed.

Lemma evQ_bound (W S M : Z) n f x : 1 <= W -> 1 <= M -> Z.of_nat n <= S -> length (fst f) = n ->
  Forall (fun a => (Qabs a <= inject_Z W)%Q) (fst f) -> (Qabs (snd f) <= inject_Z W)%Q -> Forall (fun v => (Qabs v <= inject_Z M)%Q) x ->
  (Qabs (evQ f x) <= inject_Z (W * (S + 1) * M))%Q.
Proof.
  intros HW HM HS Hn Ha Hb Hx. unfold evQ. eapply Qle_trans; [apply Qabs_triangle|].
  assert (P : forall z, 0 <= z -> (0 <= inject_Z z)%Q) by (intros z Hz; change 0%Q with (inject_Z 0); now rewrite <- Zle_Qle).
  pose proof (dotQ_bound _ _ (fst f) x (P W ltac:(lia)) (P M ltac:(lia)) Ha Hx) as D.
  eapply Qle_trans; [apply Qplus_le_compat; [exact D|exact Hb]|].
  rewrite <- !inject_Z_mult, <- inject_Z_plus, <- Zle_Qle, Hn.
  assert (A : Z.of_nat n * (W * M) <= S * (W * M)) by (apply Z.mul_le_mono_nonneg_r; nia).
  assert (B : W * 1 <= W * M) by (apply Z.mul_le_mono_nonneg_l; lia). lia.
Qed.

Lemma reluQ_bound z : (Qabs (reluQ z) <= Qabs z)%Q.
Proof. unfold reluQ. destruct (Qle_bool 0 z); [apply Qle_refl|]. change (Qabs 0) with 0%Q. apply Qabs_nonneg. Qed.

Lemma runQ_bound W S ls : 1 <= W -> 0 <= S -> widths_leQ S ls -> Forall (wires_leQ (inject_Z W)) ls -> Forall (biases_leQ (inject_Z W)) ls ->
  forall n x M, fitsQ n ls -> Z.of_nat n <= S -> 1 <= M -> Forall (fun v => (Qabs v <= inject_Z M)%Q) x ->
  Forall (fun v => (Qabs v <= inject_Z ((W * (S + 1)) ^ Z.of_nat (length ls) * M))%Q) (runQ ls x).
Proof.
  intros HW HS. assert (B1 : 1 <= W * (S + 1)) by nia. induction ls as [|l ls IH]; intros HWd HWi HBi n x M HF Hn HM Hx.
  - cbn [length runQ]. change (Z.of_nat 0) with 0. rewrite Z.pow_0_r, Z.mul_1_l. exact Hx.
  - inversion_clear HWd. inversion_clear HWi as [|? ? W1 W2]. inversion_clear HBi as [|? ? V1 V2]. destruct HF as [F1 F2].
    cbn [length runQ]. rewrite Nat2Z.inj_succ, Z.pow_succ_r by lia.
    replace (W * (S + 1) * (W * (S + 1)) ^ Z.of_nat (length ls) * M) with ((W * (S + 1)) ^ Z.of_nat (length ls) * (W * (S + 1) * M)) by ring.
    apply (IH H0 W2 V2 (length l)); auto; [nia|]. unfold applyQ. apply Forall_map. unfold wires_leQ, biases_leQ, wideQ in *. rewrite Forall_forall in *.
    intros f Hf. eapply Qle_trans; [apply reluQ_bound|]. apply (evQ_bound W S M n); auto. now rewrite Forall_forall.
Qed.

Fixpoint widthQ (n : nat) (ls : list layerQ) : nat := match ls with [] => n | l :: ls' => widthQ (length l) ls' end.
Lemma fitsQ_app n ls ls' : fitsQ n (ls ++ ls') <-> fitsQ n ls /\ fitsQ (widthQ n ls) ls'.
Proof. revert n; induction ls as [|l ls IH]; intros n; cbn [app fitsQ widthQ]; [tauto|]. rewrite IH. tauto. Qed.

Theorem magnitude : forall (N : netQ) (d : nat) (W S : Z), 1 <= W -> Z.of_nat d <= S -> well_formedQ d N -> widths_leQ S (hiddenQ N) ->
  Forall (wires_leQ (inject_Z W)) (hiddenQ N ++ [outputQ N]) -> Forall (biases_leQ (inject_Z W)) (hiddenQ N ++ [outputQ N]) ->
  forall x, cube d x -> Forall (fun v => (Qabs v <= inject_Z ((W * (S + 1)) ^ Z.of_nat (depthQ N)))%Q) (valueQ N (toQ x)).
Proof.
  intros N d W S HW HS HF HWd HWi HBi x [Hl Hx].
  apply Forall_app in HWi, HBi. destruct HWi as [W1 W2], HBi as [B1 B2]. inversion_clear W2 as [|? ? W3 _]. inversion_clear B2 as [|? ? B3 _].
  assert (HX : Forall (fun v => (Qabs v <= inject_Z 1)%Q) (toQ x)).
  { apply Forall_map. eapply Forall_impl; [|exact Hx]. intros v [-> | ->]; discriminate. }
  apply fitsQ_app in HF. destruct HF as [F1 [F2 _]]. set (n := widthQ d (hiddenQ N)) in *.
  assert (Hn : Z.of_nat n <= S).
  { unfold n. clear - HWd HS. revert d HS. induction HWd as [|l ls Hl Hls IH]; intros d HS; [exact HS|]. cbn [widthQ]. now apply IH. }
  pose proof (runQ_bound W S (hiddenQ N) HW ltac:(lia) HWd W1 B1 d (toQ x) 1 F1 HS ltac:(lia) HX) as H. rewrite Z.mul_1_r in H.
  unfold depthQ, valueQ. apply Forall_map. unfold wires_leQ, biases_leQ, wideQ in *. rewrite Forall_forall in W3, B3, F2 |- *.
  intros f Hf. rewrite Nat2Z.inj_succ, Z.pow_succ_r by lia. apply (evQ_bound W S _ n); auto.
  assert (0 < (W * (S + 1)) ^ Z.of_nat (length (hiddenQ N))) by (apply Z.pow_pos_nonneg; nia). lia.
Qed.

(** A polynomial is below 2^d from some d on. *)
Lemma exponential_wins (C e : nat) : exists d0, forall d, (d0 <= d)%nat -> Z.of_nat C * Z.of_nat d ^ Z.of_nat e < 2 ^ Z.of_nat d.
Proof.
  set (s := S e). set (A := Z.of_nat C * Z.of_nat s ^ Z.of_nat e). assert (A0 : 0 <= A) by (apply Z.mul_nonneg_nonneg; [lia|apply Z.pow_nonneg; lia]).
  exists (s * Z.to_nat (A + 1))%nat. intros d Hd. set (q := (d / s)%nat).
  pose proof (Nat.div_mod d s ltac:(easy)) as E. pose proof (Nat.mod_upper_bound d s ltac:(easy)) as U. fold q in E.
  assert (Q0 : (Z.to_nat (A + 1) <= q)%nat) by (apply Nat.div_le_lower_bound; [easy|lia]).
  assert (Q1 : Z.of_nat q < 2 ^ Z.of_nat q) by (apply Z.pow_gt_lin_r; lia).
  assert (D1 : Z.of_nat d <= Z.of_nat s * 2 ^ Z.of_nat q) by nia.
  assert (D2 : Z.of_nat d ^ Z.of_nat e <= Z.of_nat s ^ Z.of_nat e * 2 ^ (Z.of_nat q * Z.of_nat e)).
  { rewrite Z.pow_mul_r, <- Z.pow_mul_l by lia. apply Z.pow_le_mono_l. lia. }
  assert (D3 : Z.of_nat C * Z.of_nat d ^ Z.of_nat e <= A * 2 ^ (Z.of_nat q * Z.of_nat e)).
  { unfold A. rewrite <- Z.mul_assoc. apply Z.mul_le_mono_nonneg_l; [lia|exact D2]. }
  eapply Z.le_lt_trans; [exact D3|]. apply Z.lt_le_trans with (2 ^ Z.of_nat q * 2 ^ (Z.of_nat q * Z.of_nat e)).
  - apply Z.mul_lt_mono_pos_r; [apply Z.pow_pos_nonneg; lia|lia].
  - rewrite <- Z.pow_add_r by lia. apply Z.pow_le_mono_r; [lia|]. unfold s in E. nia.
Qed.

Theorem no_small_network : forall k c e : nat, exists d0, forall (d : nat) (N : netQ), (d0 <= d)%nat -> depthQ N = k ->
  let B := Z.of_nat c * Z.of_nat d ^ Z.of_nat e in
  well_formedQ d N -> Z.of_nat d <= B -> widths_leQ B (hiddenQ N) ->
  Forall (wires_leQ (inject_Z B)) (hiddenQ N ++ [outputQ N]) -> Forall (biases_leQ (inject_Z B)) (hiddenQ N ++ [outputQ N]) ->
  ~ forall x, cube d x -> Forall2 Qeq (valueQ N (toQ x)) [inject_Z (2 ^ Z.of_nat d * hd 0 x)].
Proof.
  intros k c e. destruct (exponential_wins ((2 * c ^ 2) ^ k) (2 * e * k)) as [d0 H]. exists (S d0).
  intros d N Hd Hk B WF HB HWd HWi HBi Heq. specialize (H d ltac:(lia)).
  assert (B1 : 1 <= B) by lia.
  set (x := 1 :: repeat 0 (d - 1)).
  assert (Hx : cube d x).
  { split; [unfold x; cbn [length]; rewrite repeat_length; lia|]. constructor; [now right|]. apply Forall_forall. intros v Hv. apply repeat_spec in Hv. now left. }
  pose proof (magnitude N d B B B1 HB WF HWd HWi HBi x Hx) as M. specialize (Heq x Hx).
  revert Heq M. generalize (valueQ N (toQ x)). intros vs Heq M. inversion_clear Heq as [|v ? vs' ? E _]. inversion_clear M as [|? ? M1 _].
  rewrite E in M1.
  cbn [hd x] in M1. rewrite Z.mul_1_r in M1. unfold Qabs, inject_Z, Qle in M1. cbn [Qnum Qden] in M1. rewrite !Z.mul_1_r in M1.
  assert (P : (B * (B + 1)) ^ Z.of_nat (depthQ N) <= (2 * B ^ 2) ^ Z.of_nat (depthQ N)) by (apply Z.pow_le_mono_l; rewrite Z.pow_2_r; nia).
  assert (P2 : (2 * B ^ 2) ^ Z.of_nat (depthQ N) = Z.of_nat ((2 * c ^ 2) ^ depthQ N) * Z.of_nat d ^ Z.of_nat (2 * e * depthQ N)).
  { unfold B. rewrite Nat2Z.inj_pow, Nat2Z.inj_mul, Nat2Z.inj_pow, !Nat2Z.inj_mul. change (Z.of_nat 2) with 2.
    rewrite (Z.pow_mul_l (Z.of_nat c)), <- (Z.pow_mul_r (Z.of_nat d)), (Z.mul_comm (Z.of_nat e) 2), Z.mul_assoc by lia.
    now rewrite Z.pow_mul_l, <- Z.pow_mul_r by lia. }
  rewrite Hk in *. clear - H M1 P P2. lia.
Qed.
