(** S1, exact form, on the cube, for integer weights and any number of outputs, with bounds as polynomials.  In words:

    - [S1_small_weights] (route A): a ReLU network of depth k, bounded by R, equals one of depth 3k-1 with weights 2R p^4;
    - [S1_depth_plus_one] (route D): it equals one of depth k+1; for constant k the weights are a polynomial.

    docs/theory.md, S1; docs/stacked.md. *)
From Coq Require Import ZArith List Lia Bool.
From Exactnet Require Import Network Sums Digits Compose Lookahead Steps OutputExact S1Lookahead Stacked S1Stacked.
Import ListNotations.
Open Scope Z_scope.

Lemma square_le_pow j : (4 <= j)%nat -> Z.of_nat j * Z.of_nat j <= 2 ^ Z.of_nat j.
Proof.
  intros H. induction j as [|j IH]; [lia|]. destruct (Nat.eq_dec j 3) as [->|NE]; [now cbn|].
  rewrite Nat2Z.inj_succ, Z.pow_succ_r by lia. specialize (IH ltac:(lia)). nia.
Qed.

(** Enough bits for the numbers of literals: l with 2^l at most 12544 V^6, V = d + m + k + b + 2. *)
Lemma enough_bits (d m k b : nat) : (1 <= m)%nat ->
  let V := Z.of_nat d + Z.of_nat m + Z.of_nat k + Z.of_nat b + 2 in
  exists l, (1 <= l)%nat /\ Z.of_nat d + 1 <= 2 ^ Z.of_nat l
    /\ Z.of_nat m * (2 * Z.of_nat l * (Z.of_nat k * (Z.of_nat b + 3 * Z.of_nat l + 1) + 2) + 1) + 1 <= 2 ^ Z.of_nat l
    /\ 2 ^ Z.of_nat l <= 12544 * V ^ 6.
Proof.
  intros Hm V. assert (V3 : 3 <= V) by (unfold V; lia).
  assert (VV : 27 <= V ^ 3) by (change 27 with (3 ^ 3); apply Z.pow_le_mono_l; lia).
  set (j := Z.to_nat (Z.log2_up (56 * V ^ 3))).
  assert (J0 : 0 <= Z.log2_up (56 * V ^ 3)) by apply Z.log2_up_nonneg.
  assert (Ej : Z.of_nat j = Z.log2_up (56 * V ^ 3)) by (unfold j; lia).
  destruct (Z.log2_up_spec (56 * V ^ 3) ltac:(lia)) as [L1 L2]. rewrite <- Ej in L1, L2.
  assert (J4 : (4 <= j)%nat).
  { apply Nat2Z.inj_le. apply Z.lt_le_incl. apply (Z.pow_lt_mono_r_iff 2); [lia|lia|]. cbn [Z.of_nat]. change (2 ^ Z.of_nat 4) with 16. lia. }
  pose proof (square_le_pow j J4) as SQ.
  assert (PJ : 2 ^ Z.of_nat j <= 112 * V ^ 3).
  { replace (Z.of_nat j) with (Z.succ (Z.pred (Z.of_nat j))) by lia. rewrite Z.pow_succ_r by lia. lia. }
  exists (2 * j)%nat. replace (Z.of_nat (2 * j)) with (Z.of_nat j + Z.of_nat j) by lia.
  rewrite Z.pow_add_r by lia. set (P := 2 ^ Z.of_nat j) in *. set (J := Z.of_nat j) in *.
  assert (KEY : 56 * V ^ 3 * (J * J) <= P * P) by (apply Z.mul_le_mono_nonneg; lia).
  assert (V1 : V <= V ^ 3) by (rewrite <- (Z.pow_1_r V) at 1; apply Z.pow_le_mono_r; lia).
  assert (J4' : 4 <= J) by (unfold J; lia).
  split; [lia|]. split; [|split].
  - assert (V * 1 <= 56 * V ^ 3 * (J * J)) by (apply Z.mul_le_mono_nonneg; nia). unfold V in *. lia.
  - eapply Z.le_trans; [|exact KEY].
    assert (E : V ^ 3 = V * V * V) by ring. rewrite E.
    assert (BV : Z.of_nat b + 3 <= V) by (unfold V; lia).
    assert (A1 : Z.of_nat b + 3 * (J + J) + 1 <= V * (3 * J)).
    { clear - BV V3 J4'. assert ((V - 3) * 12 <= (V - 3) * (3 * J)) by (apply Z.mul_le_mono_nonneg_l; lia). lia. }
    assert (kV : Z.of_nat k <= V) by (unfold V; lia). assert (mV : Z.of_nat m <= V) by (unfold V; lia).
    clear KEY SQ PJ L1 L2 E J4. clearbody V P J. clear Ej J0 VV V1.
    assert (A2 : Z.of_nat k * (Z.of_nat b + 3 * (J + J) + 1) <= V * (V * (3 * J))) by (apply Z.mul_le_mono_nonneg; lia).
    set (B := Z.of_nat k * (Z.of_nat b + 3 * (J + J) + 1)) in *.
    assert (B0 : 0 <= B) by (unfold B; apply Z.mul_nonneg_nonneg; lia). clearbody B.
    assert (A3 : 2 * (J + J) * (B + 2) + 1 <= 2 * (J + J) * (V * (V * (3 * J)) + 3)).
    { assert (2 * (J + J) * (B + 2) <= 2 * (J + J) * (V * (V * (3 * J)) + 2)) by (apply Z.mul_le_mono_nonneg_l; lia). lia. }
    assert (A4 : Z.of_nat m * (2 * (J + J) * (B + 2) + 1) <= V * (2 * (J + J) * (V * (V * (3 * J)) + 3))).
    { apply Z.mul_le_mono_nonneg; [lia|exact mV| |exact A3]. assert (0 <= 2 * (J + J) * (B + 2)) by (apply Z.mul_nonneg_nonneg; lia). lia. }
    eapply Z.le_trans; [apply Z.add_le_mono_r, A4|].
    replace (V * (2 * (J + J) * (V * (V * (3 * J)) + 3)) + 1) with (12 * (V * V * V * (J * J)) + 12 * (V * J) + 1) by ring.
    assert (VJ : 12 <= V * J) by (change 12 with (3 * 4); apply Z.mul_le_mono_nonneg; lia).
    assert (W1 : V * J * 12 <= V * J * (V * J)) by (apply Z.mul_le_mono_nonneg_l; lia).
    assert (W2 : V * J * (V * J) * 1 <= V * J * (V * J) * V) by (apply Z.mul_le_mono_nonneg_l; [apply Z.mul_nonneg_nonneg; lia|lia]).
    lia.
  - replace (12544 * V ^ 6) with ((112 * V ^ 3) * (112 * V ^ 3)) by ring. apply Z.mul_le_mono_nonneg; lia.
Qed.

Lemma final_weights (e : nat) (p R : Z) : (1 <= e)%nat -> 2 ^ Z.of_nat e <= p -> 1 <= R ->
  Z.max (2 ^ (4 * Z.of_nat e + 1)) (2 * R * 2 ^ Z.of_nat e + 1) <= 2 * R * p ^ 4.
Proof.
  intros e1 lp R1. set (q := 2 ^ Z.of_nat e) in *.
  assert (q2 : 2 <= q) by (unfold q; change 2 with (2 ^ 1) at 1; apply Z.pow_le_mono_r; lia).
  assert (E : 2 ^ (4 * Z.of_nat e + 1) = 2 * q ^ 4).
  { rewrite Z.pow_add_r, Z.mul_comm by lia. f_equal. unfold q. rewrite <- Z.pow_mul_r by lia. f_equal. lia. }
  rewrite E. clearbody q. clear E e1 e.
  assert (Q : q ^ 4 <= p ^ 4) by (apply Z.pow_le_mono_l; lia).
  assert (Q0 : q + 1 <= q ^ 4).
  { assert (q * 2 <= q * q ^ 3); [apply Z.mul_le_mono_nonneg_l; [lia|]|replace (q ^ 4) with (q * q ^ 3) by ring; lia].
    apply Z.le_trans with (2 ^ 3); [easy|apply Z.pow_le_mono_l; lia]. }
  generalize dependent (p ^ 4). generalize dependent (q ^ 4). intros A HA B HB. apply Z.max_lub.
  - assert (1 * B <= R * B) by (apply Z.mul_le_mono_nonneg_r; lia). lia.
  - assert (R * (q + 1) <= R * B) by (apply Z.mul_le_mono_nonneg_l; lia). lia.
Qed.

Lemma final_widths (e : nat) (p R o : Z) : (1 <= e)%nat -> 2 ^ Z.of_nat e <= p -> 1 <= R -> 0 <= o ->
  Z.max (2 ^ (5 * Z.of_nat e)) (4 * R * o * 2 ^ Z.of_nat e) <= 4 * R * (1 + o) * p ^ 5.
Proof.
  intros e1 lp R1 o0. set (q := 2 ^ Z.of_nat e) in *.
  assert (q2 : 2 <= q) by (unfold q; change 2 with (2 ^ 1) at 1; apply Z.pow_le_mono_r; lia).
  assert (E : 2 ^ (5 * Z.of_nat e) = q ^ 5) by (unfold q; rewrite <- Z.pow_mul_r by lia; f_equal; lia).
  rewrite E. clearbody q. clear E e1 e.
  assert (Q : q ^ 5 <= p ^ 5) by (apply Z.pow_le_mono_l; lia).
  assert (Q0 : q <= q ^ 5) by (rewrite <- (Z.pow_1_r q) at 1; apply Z.pow_le_mono_r; lia).
  generalize dependent (p ^ 5). generalize dependent (q ^ 5). intros A HA B HB.
  assert (RO : 1 <= 4 * R * (1 + o)) by nia. apply Z.max_lub.
  - assert (1 * B <= 4 * R * (1 + o) * B) by (apply Z.mul_le_mono_nonneg_r; lia). lia.
  - apply Z.mul_le_mono_nonneg; try lia; nia.
Qed.

(** S1, exact form, on the cube, integer weights: depth 3k-1 and polynomial weights. *)
Lemma stands_all R vs : Forall (fun v => Z.abs v <= R) vs -> Forall2 (stands R) vs vs.
Proof. induction 1; constructor; [now apply stands_itself|easy]. Qed.

Theorem small_weights_of :
  forall (N : net) (d m k b : nat) (R : Z) (target : list Z -> list Z),
  well_formed d N -> length (hidden N) = k -> (1 <= m)%nat ->
  Forall (fun M => (length M <= m)%nat) (hidden N) ->
  Forall (Forall (fun f => mass f <= 2 ^ Z.of_nat b)) (hidden N) ->
  1 <= R -> (forall x, cube d x -> Forall2 (stands R) (value relu N x) (target x)) ->
  let V := Z.of_nat d + Z.of_nat m + Z.of_nat k + Z.of_nat b + 2 in
  let p := 12544 * V ^ 6 in
  exists N' : net,
    well_formed d N' /\ depth N' = (3 * depth N - 1)%nat
    /\ (forall x, cube d x -> value relu N' x = target x)
    /\ Forall (wires_le (2 * R * p ^ 4)) (hidden N' ++ [output N']) /\ Forall (biases_le (2 * R * p ^ 4)) (hidden N' ++ [output N'])
    /\ Forall (width_le (4 * R * (1 + Z.of_nat (length (output N))) * p ^ 5)) (hidden N').
Proof.
  intros N d m k b R target WF HK Hm HM HB R1 HR V p.
  destruct (enough_bits d m k b Hm) as (l & l1 & fd & fm & lp). fold V in lp. fold p in lp.
  destruct (S1_exact_cube N d m k b l R target WF HK HM HB R1 HR l1 Hm fd fm) as (N' & A1 & A2 & A3 & A4).
  cbn zeta in A4. destruct A4 as (A4 & A5 & A6).
  clear fd fm HB HM HR WF. clearbody p. exists N'. split; [easy|]. split; [unfold depth in *; lia|]. split; [easy|].
  pose proof (final_weights l p R l1 lp R1) as W.
  pose proof (final_widths l p R (Z.of_nat (length (output N))) l1 lp R1 (Nat2Z.is_nonneg _)) as W'.
  split; [exact (wires_mono _ _ _ W A4)|]. split; [exact (biases_mono _ _ _ W A5)|exact (widths_mono _ _ _ W' A6)].
Qed.
Theorem S1_small_weights :
  forall (N : net) (d m k b : nat) (R : Z),
  well_formed d N -> length (hidden N) = k -> (1 <= m)%nat ->
  Forall (fun M => (length M <= m)%nat) (hidden N) ->
  Forall (Forall (fun f => mass f <= 2 ^ Z.of_nat b)) (hidden N) ->
  1 <= R -> (forall x, cube d x -> Forall (fun v => Z.abs v <= R) (value relu N x)) ->
  let V := Z.of_nat d + Z.of_nat m + Z.of_nat k + Z.of_nat b + 2 in
  let p := 12544 * V ^ 6 in
  exists N' : net,
    well_formed d N' /\ depth N' = (3 * depth N - 1)%nat
    /\ (forall x, cube d x -> value relu N' x = value relu N x)
    /\ Forall (wires_le (2 * R * p ^ 4)) (hidden N' ++ [output N']) /\ Forall (biases_le (2 * R * p ^ 4)) (hidden N' ++ [output N'])
    /\ Forall (width_le (4 * R * (1 + Z.of_nat (length (output N))) * p ^ 5)) (hidden N').
Proof.
  intros N d m k b R WF HK Hm HM HB R1 HR. apply (small_weights_of N d m k b R (value relu N) WF HK Hm HM HB R1).
  intros x Hx. now apply stands_all, HR.
Qed.

(** ** Depth k+1: for constant k, a polynomial. *)
Section Exponents.
Variables l k b : nat.
Let p : Z := 2 ^ Z.of_nat l.
Let T : Z := blocks l k b.
Variable w0 : Z.
Hypothesis p_2 : 2 <= p.
Hypothesis T_p : 0 <= T /\ T + 2 <= p.
Hypothesis p_w0 : p <= w0.

Lemma noise_cube : 0 <= noise_max l k b <= p * p * p.
Proof.
  unfold noise_max. fold p T. destruct T_p as [T0 T1].
  assert (0 <= p * (T + 2)) by (apply Z.mul_nonneg_nonneg; lia). split; [apply Z.mul_nonneg_nonneg; lia|].
  assert (p * (T + 2) <= p * p) by (apply Z.mul_le_mono_nonneg_l; lia).
  rewrite <- Z.mul_assoc. apply Z.mul_le_mono_nonneg; lia.
Qed.

Lemma moduli_le w c : 1 <= w -> 0 <= c <= p + 1 -> 0 <= moduli l k b w + c <= 2 * (p * p * p) * w.
Proof.
  intros Hw Hc. unfold moduli. pose proof noise_cube as [N0 N1]. set (N := noise_max l k b) in *. clearbody N.
  assert (A : N * w <= p * p * p * w) by (apply Z.mul_le_mono_nonneg_r; lia).
  assert (A0 : 0 <= N * w) by (apply Z.mul_nonneg_nonneg; lia).
  assert (B : p + 2 <= p * p * p) by (clear - p_2; clearbody p; nia).
  assert (C : p * p * p * 1 <= p * p * p * w) by (apply Z.mul_le_mono_nonneg_l; lia). lia.
Qed.

Lemma pow_p e : p ^ Z.of_nat e <= w0 ^ Z.of_nat e.
Proof. apply Z.pow_le_mono_l. lia. Qed.

Lemma need_le w : 1 <= w -> need l k b w <= w0 ^ 19 * w ^ 2.
Proof.
  intros Hw. unfold need. fold p. pose proof (moduli_le w (p + 1) Hw ltac:(lia)) as [M0 M1].
  rewrite Z.add_assoc in M0, M1. set (M := moduli l k b w + p + 1) in *. clearbody M.
  assert (M2 : M ^ 2 <= (2 * (p * p * p) * w) ^ 2) by (apply Z.pow_le_mono_l; lia).
  assert (P8 : 256 <= p ^ 8) by (change 256 with (2 ^ 8); apply Z.pow_le_mono_l; lia).
  pose proof (pow_p 19) as P19. change (Z.of_nat 19) with 19 in P19.
  assert (PP : 0 <= p ^ 5) by (apply Z.pow_nonneg; lia).
  assert (S1 : p * (64 * M ^ 2 * p ^ 4) <= p ^ 5 * 64 * (2 * (p * p * p) * w) ^ 2).
  { replace (p * (64 * M ^ 2 * p ^ 4)) with (p ^ 5 * 64 * M ^ 2) by ring. apply Z.mul_le_mono_nonneg_l; [now apply Z.mul_nonneg_nonneg|exact M2]. }
  eapply Z.le_trans; [exact S1|].
  replace (p ^ 5 * 64 * (2 * (p * p * p) * w) ^ 2) with (256 * (p ^ 11 * w ^ 2)) by ring.
  assert (W0 : 0 <= w ^ 2) by (apply Z.pow_nonneg; lia).
  assert (S2 : 256 * (p ^ 11 * w ^ 2) <= p ^ 8 * (p ^ 11 * w ^ 2)).
  { apply Z.mul_le_mono_nonneg_r; [apply Z.mul_nonneg_nonneg; [apply Z.pow_nonneg; lia|exact W0]|exact P8]. }
  eapply Z.le_trans; [exact S2|]. replace (p ^ 8 * (p ^ 11 * w ^ 2)) with (p ^ 19 * w ^ 2) by ring.
  apply Z.mul_le_mono_nonneg_r; [exact W0|exact P19].
Qed.

Lemma need_pos w : 1 <= w -> 1 <= need l k b w.
Proof.
  intros Hw. unfold need. fold p. pose proof noise_cube as [N0 _].
  assert (M1 : 1 <= moduli l k b w + p + 1).
  { unfold moduli. assert (0 <= noise_max l k b * w) by (apply Z.mul_nonneg_nonneg; lia). lia. }
  assert (1 <= (moduli l k b w + p + 1) ^ 2) by (rewrite <- (Z.pow_1_l 2) by lia; apply Z.pow_le_mono_l; lia).
  assert (1 <= p ^ 4) by (rewrite <- (Z.pow_1_l 4) by lia; apply Z.pow_le_mono_l; lia).
  set (A := (moduli l k b w + p + 1) ^ 2) in *. set (B := p ^ 4) in *. clearbody A B.
  assert (1 * 1 <= (64 * A) * B) by (apply Z.mul_le_mono_nonneg; lia).
  assert (1 * 1 <= p * (64 * A * B)) by (apply Z.mul_le_mono_nonneg; lia). lia.
Qed.

Lemma cap_le w : 1 <= w -> cap l k b w <= w0 ^ 12 * need l k b w ^ 3.
Proof.
  intros Hw. unfold cap. fold T. pose proof (need_pos w Hw) as N1. set (n := need l k b w) in *. clearbody n.
  pose proof (moduli_le n 2 N1 ltac:(lia)) as [M0 M1]. set (M := moduli l k b n + 2) in *. clearbody M.
  assert (M2 : M ^ 2 <= (2 * (p * p * p) * n) ^ 2) by (apply Z.pow_le_mono_l; lia).
  pose proof (pow_p 12) as P12. change (Z.of_nat 12) with 12 in P12. destruct T_p as [T0 T1].
  assert (P5 : 32 <= p ^ 5) by (change 32 with (2 ^ 5); apply Z.pow_le_mono_l; lia).
  assert (n3 : 0 <= n ^ 3) by (apply Z.pow_nonneg; lia).
  assert (n0 : 0 <= 8 * n) by (clear - N1; lia).
  assert (A0 : 0 <= 8 * n * (T + 2)) by (apply Z.mul_nonneg_nonneg; [exact n0|clear - T0; lia]).
  assert (A1 : 8 * n * (T + 2) <= 8 * n * p) by (apply Z.mul_le_mono_nonneg_l; [exact n0|exact T1]).
  assert (A2 : 8 * n * (T + 2) * M ^ 2 <= 8 * n * p * (2 * (p * p * p) * n) ^ 2).
  { apply Z.mul_le_mono_nonneg; [exact A0|exact A1|apply Z.pow_nonneg; exact M0|exact M2]. }
  eapply Z.le_trans; [exact A2|].
  replace (8 * n * p * (2 * (p * p * p) * n) ^ 2) with (32 * (p ^ 7 * n ^ 3)) by ring.
  assert (A3 : 32 * (p ^ 7 * n ^ 3) <= p ^ 5 * (p ^ 7 * n ^ 3)).
  { apply Z.mul_le_mono_nonneg_r; [apply Z.mul_nonneg_nonneg; [apply Z.pow_nonneg; lia|exact n3]|exact P5]. }
  eapply Z.le_trans; [exact A3|]. replace (p ^ 5 * (p ^ 7 * n ^ 3)) with (p ^ 12 * n ^ 3) by ring.
  apply Z.mul_le_mono_nonneg_r; [exact n3|exact P12].
Qed.

Lemma cap_needs j : forall w e, 0 <= e -> 1 <= w <= w0 ^ e -> cap l k b (needs l k b j w) <= w0 ^ (2 ^ Z.of_nat j * (6 * e + 114) - 45).
Proof.
  assert (W : forall w e, 0 <= e -> 1 <= w <= w0 ^ e -> need l k b w <= w0 ^ (2 * e + 19)).
  { intros w e He [H1 H2]. eapply Z.le_trans; [apply need_le; exact H1|].
    rewrite Z.add_comm, Z.pow_add_r by lia. apply Z.mul_le_mono_nonneg_l; [apply Z.pow_nonneg; lia|].
    rewrite Z.mul_comm, Z.pow_mul_r by lia. apply Z.pow_le_mono_l. lia. }
  induction j as [|j IH]; intros w e He H; cbn [needs].
  - eapply Z.le_trans; [apply cap_le; lia|]. change (2 ^ Z.of_nat 0) with 1.
    replace (1 * (6 * e + 114) - 45) with (12 + (2 * e + 19) * 3) by lia. rewrite Z.pow_add_r, Z.pow_mul_r by lia.
    apply Z.mul_le_mono_nonneg_l; [apply Z.pow_nonneg; lia|]. apply Z.pow_le_mono_l. split; [|apply W; easy].
    pose proof (need_pos w ltac:(lia)). lia.
  - eapply Z.le_trans; [apply (IH (need l k b w) (2 * e + 19)); [lia|]|].
    + split; [apply need_pos; lia|apply W; easy].
    + rewrite Nat2Z.inj_succ, Z.pow_succ_r by lia. apply Z.pow_le_mono_r; [lia|]. lia.
Qed.
End Exponents.

(** S1, exact form, on the cube, integer weights: depth k+1; for constant k, weights and size are a polynomial. *)
Theorem depth_plus_one_of :
  forall (N : net) (d m k b : nat) (R : Z) (target : list Z -> list Z),
  well_formed d N -> length (hidden N) = k -> (1 <= m)%nat ->
  Forall (fun M => (length M <= m)%nat) (hidden N) ->
  Forall (Forall (fun f => mass f <= 2 ^ Z.of_nat b)) (hidden N) ->
  1 <= R -> (forall x, cube d x -> Forall2 (stands R) (value relu N x) (target x)) ->
  let V := Z.of_nat d + Z.of_nat m + Z.of_nat k + Z.of_nat b + 2 in
  let X := (12544 * V ^ 6 * (2 * R + 1)) ^ (120 * 2 ^ Z.of_nat k) in
  exists N' : net,
    well_formed d N' /\ depth N' = S (depth N)
    /\ (forall x, cube d x -> value relu N' x = target x)
    /\ Forall (wires_le X) (hidden N' ++ [output N']) /\ Forall (biases_le X) (hidden N' ++ [output N'])
    /\ Forall (width_le (2 * (1 + Z.of_nat (length (output N))) * X)) (hidden N').
Proof.
  intros N d m k b R target WF HK Hm HM HB R1 HR V X.
  destruct (enough_bits d m k b Hm) as (l & l1 & fd & fm & lp). fold V in lp.
  destruct (depth_plus_one N d m k b l R target WF HK HM HB R1 HR l1 Hm fd fm) as (N' & A1 & A2 & A3 & A4).
  cbn zeta in A4. set (w0 := 2 ^ Z.of_nat l * (2 * R + 1)) in *.
  assert (p_2 : 2 <= 2 ^ Z.of_nat l) by (change 2 with (2 ^ 1) at 1; apply Z.pow_le_mono_r; lia).
  assert (T0 : 2 <= blocks l k b) by (unfold blocks, per_layer; apply (Z.add_le_mono_r 0 _ 2); apply Z.mul_nonneg_nonneg; lia).
  assert (T1 : blocks l k b + 2 <= 2 ^ Z.of_nat l).
  { change (Z.of_nat k * (Z.of_nat b + 3 * Z.of_nat l + 1) + 2) with (blocks l k b) in fm. set (B := blocks l k b) in *. clearbody B.
    set (p := 2 ^ Z.of_nat l) in *. clearbody p.
    assert (E0 : 2 * B <= 2 * Z.of_nat l * B) by (apply Z.mul_le_mono_nonneg_r; lia).
    assert (E1 : 1 * (2 * Z.of_nat l * B + 1) <= Z.of_nat m * (2 * Z.of_nat l * B + 1)) by (apply Z.mul_le_mono_nonneg_r; lia). lia. }
  assert (w0p : 2 ^ Z.of_nat l <= w0).
  { unfold w0. rewrite <- (Z.mul_1_r (2 ^ Z.of_nat l)) at 1. apply Z.mul_le_mono_nonneg_l; lia. }
  assert (K0 : 1 <= 2 ^ Z.of_nat k) by (assert (0 < 2 ^ Z.of_nat k) by (apply Z.pow_pos_nonneg; lia); lia).
  pose proof (cap_needs l k b w0 p_2 (conj (Z.le_trans 0 2 _ ltac:(lia) T0) T1) w0p k w0 1 ltac:(lia) ltac:(rewrite Z.pow_1_r; lia)) as C.
  assert (CX : cap l k b (needs l k b k w0) + 1 <= X).
  { assert (w2 : 2 <= w0) by lia.
    set (e := 2 ^ Z.of_nat k * (6 * 1 + 114) - 45) in *.
    assert (e0 : 0 <= e) by (unfold e; lia).
    assert (E1 : w0 ^ e + 1 <= w0 ^ (e + 1)).
    { rewrite Z.pow_add_r, Z.pow_1_r by lia. assert (1 <= w0 ^ e) by (assert (0 < w0 ^ e) by (apply Z.pow_pos_nonneg; lia); lia).
      assert (w0 ^ e * 2 <= w0 ^ e * w0) by (apply Z.mul_le_mono_nonneg_l; lia). lia. }
    assert (E2 : w0 ^ (e + 1) <= w0 ^ (120 * 2 ^ Z.of_nat k)) by (apply Z.pow_le_mono_r; unfold e; lia).
    assert (E3 : w0 ^ (120 * 2 ^ Z.of_nat k) <= X).
    { unfold X. apply Z.pow_le_mono_l. split; [lia|]. unfold w0. apply Z.mul_le_mono_nonneg_r; lia. }
    lia. }
  clear fd fm HB HM HR WF C lp T0 T1 w0p p_2. clearbody X. set (Y := cap l k b (needs l k b k w0)) in *. clearbody Y.
  destruct A4 as (A4 & A5 & A6). exists N'. split; [easy|]. split; [easy|]. split; [easy|]. 
  split; [exact (wires_mono _ _ _ CX A4)|]. split; [exact (biases_mono _ _ _ CX A5)|]. eapply widths_mono; [|exact A6]. apply Z.mul_le_mono_nonneg_l; lia.
Qed.
Theorem S1_depth_plus_one :
  forall (N : net) (d m k b : nat) (R : Z),
  well_formed d N -> length (hidden N) = k -> (1 <= m)%nat ->
  Forall (fun M => (length M <= m)%nat) (hidden N) ->
  Forall (Forall (fun f => mass f <= 2 ^ Z.of_nat b)) (hidden N) ->
  1 <= R -> (forall x, cube d x -> Forall (fun v => Z.abs v <= R) (value relu N x)) ->
  let V := Z.of_nat d + Z.of_nat m + Z.of_nat k + Z.of_nat b + 2 in
  let X := (12544 * V ^ 6 * (2 * R + 1)) ^ (120 * 2 ^ Z.of_nat k) in
  exists N' : net,
    well_formed d N' /\ depth N' = S (depth N)
    /\ (forall x, cube d x -> value relu N' x = value relu N x)
    /\ Forall (wires_le X) (hidden N' ++ [output N']) /\ Forall (biases_le X) (hidden N' ++ [output N'])
    /\ Forall (width_le (2 * (1 + Z.of_nat (length (output N))) * X)) (hidden N').
Proof.
  intros N d m k b R WF HK Hm HM HB R1 HR. apply (depth_plus_one_of N d m k b R (value relu N) WF HK Hm HM HB R1).
  intros x Hx. now apply stands_all, HR.
Qed.
