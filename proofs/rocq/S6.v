(** S6: a function of one input is a network of depth 2, a function of the norm one of depth 3 (docs/functions.md).

    On the grid of the multiples u/p of 1/p from -p to p.  The function is read at the integers: g at u for one input, at
    p^2*|x|^2 = u_1^2 + ... + u_d^2 for the norm.  Interpolation: between neighbouring integers a sum of ramps with the second
    differences as factors goes through all values. *)
From Coq Require Import ZArith QArith Qabs List Lia Lqa.
From Exactnet Require Import Network Rational.
Import ListNotations.
Open Scope Q_scope.

(** ** Interpolation at 0, ..., n *)
Fixpoint sumQ (n : nat) (f : nat -> Q) : Q := match n with O => 0 | S n' => sumQ n' f + f n' end.
Definition ramp (k t : nat) : Q := inject_Z (Z.of_nat (k - t)).
(** The factor of the ramp that begins at t. *)
Definition factor (G : nat -> Q) (t : nat) : Q :=
  match t with O => G 1%nat - G 0%nat | S t' => G (S t) - 2 * G t + G t' end.

Lemma sumQ_ext n f g : (forall t, (t < n)%nat -> f t == g t) -> sumQ n f == sumQ n g.
Proof. induction n as [|n IH]; intros H; cbn [sumQ]; [easy|]. rewrite IH, (H n); [easy|lia|]. intros t T. apply H. lia. Qed.
Lemma sumQ_add n f g : sumQ n (fun t => f t + g t) == sumQ n f + sumQ n g.
Proof. induction n as [|n IH]; cbn [sumQ]; [ring|]. rewrite IH. ring. Qed.

Lemma factors_sum G k : sumQ (S k) (factor G) == G (S k) - G k.
Proof. induction k as [|k IH]; [cbn; ring|]. cbn [sumQ] in *. rewrite IH. cbn [factor]. ring. Qed.
Lemma interpolate_up G k : G 0%nat + sumQ k (fun t => factor G t * ramp k t) == G k.
Proof.
  induction k as [|k IH]; [cbn; ring|]. assert (E : sumQ (S k) (fun t => factor G t * ramp (S k) t) ==
    sumQ k (fun t => factor G t * ramp k t) + sumQ (S k) (factor G)).
  { cbn [sumQ]. unfold ramp at 2. rewrite Nat.sub_succ_l, Nat.sub_diag by lia. change (inject_Z (Z.of_nat 1)) with 1.
    rewrite (sumQ_ext k (fun t => factor G t * ramp (S k) t) (fun t => factor G t * ramp k t + factor G t)); [rewrite sumQ_add; ring|].
    intros t T. unfold ramp. replace (S k - t)%nat with (S (k - t)) by lia. rewrite Nat2Z.inj_succ, <- Z.add_1_r, inject_Z_plus.
    change (inject_Z 1) with 1. ring. }
  rewrite E, factors_sum. rewrite <- IH. ring.
Qed.
Lemma interpolate G n k : (k <= n)%nat -> G 0%nat + sumQ n (fun t => factor G t * ramp k t) == G k.
Proof.
  intros H. rewrite <- (interpolate_up G k). induction H as [|n H IH]; [easy|]. cbn [sumQ]. rewrite Qplus_assoc, IH.
  unfold ramp. replace (k - n)%nat with 0%nat by lia. change (inject_Z (Z.of_nat 0)) with 0. ring.
Qed.
Lemma factor_bound G R t : (forall s, Qabs (G s) <= R) -> Qabs (factor G t) <= 4 * R.
Proof.
  intros H. assert (P : forall s, - R <= G s <= R) by (intros s; now apply Qabs_Qle_condition).
  apply Qabs_Qle_condition. destruct t as [|t]; cbn [factor].
  - pose proof (P 0%nat). pose proof (P 1%nat). lra.
  - pose proof (P (S (S t))). pose proof (P (S t)). pose proof (P t). lra.
Qed.

(** ** Networks *)
Lemma dotQ_seq n (f h : nat -> Q) : dotQ (map f (seq 0 n)) (map h (seq 0 n)) == sumQ n (fun t => f t * h t).
Proof.
  induction n as [|n IH]; [easy|]. rewrite seq_S, !map_app. cbn [map Nat.add sumQ]. rewrite <- IH. clear IH.
  generalize (seq 0 n). intros l. induction l as [|a l IH]; cbn [map app dotQ]; [ring|]. rewrite IH. ring.
Qed.
Lemma map_values {A} (f g : A -> Q) l : (forall a, In a l -> f a == g a) -> Forall2 Qeq (map f l) (map g l).
Proof.
  induction l as [|a l IH]; intros H; cbn [map]; constructor; [apply H; now left|]. apply IH. intros b B. apply H. now right.
Qed.

Definition unit_form (d i : nat) : list Q := map (fun j => if Nat.eqb j i then 1 else 0) (seq 0 d).
Lemma dotQ_unit d i x : length x = d -> (i < d)%nat -> dotQ (unit_form d i) x == nth i x 0.
Proof.
  intros L I. unfold unit_form. assert (K : forall l k x, length l = length x -> l = seq k (length x) ->
    dotQ (map (fun j => if Nat.eqb j i then 1 else 0) l) x == if (Nat.leb k i && Nat.ltb i (k + length x))%bool then nth (i - k) x 0 else 0).
  { clear. induction l as [|j l IH]; intros k [|v x] L E; try easy.
    - cbn. destruct (Nat.leb k i && _)%bool; [now destruct (i - k)%nat|easy].
    - cbn [length seq] in E. injection E as E1 E. injection L as L. subst j. cbn [map dotQ]. rewrite (IH (S k) x L E).
      cbn [length]. destruct (Nat.eqb_spec k i), (Nat.leb_spec k i), (Nat.leb_spec (S k) i), (Nat.ltb_spec i (k + S (length x))),
        (Nat.ltb_spec i (S k + length x)); cbn [andb]; try lia; try ring.
      + subst. rewrite Nat.sub_diag. cbn [nth]. ring.
      + replace (i - k)%nat with (S (i - S k)) by lia. cbn [nth]. ring. }
  rewrite (K (seq 0 d) 0%nat x); [|now rewrite seq_length|now rewrite L]. rewrite Nat.sub_0_r, L.
  destruct (Nat.leb_spec 0 i), (Nat.ltb_spec i (0 + d)); cbn [andb]; try lia. easy.
Qed.

(** ReLUs of input i that begin at -p^2/p, ..., (p^2-1)/p: 1/p times the ramps of u + p^2. *)
Definition corner (p : positive) (t : nat) : Q := (Z.of_nat t - Zpos (p * p))%Z # p.
Definition ramps (p : positive) (d i n : nat) : layerQ := map (fun t => (unit_form d i, - corner p t)) (seq 0 n).
Lemma ramps_ok p d i n us : grid_point p d us -> (i < d)%nat ->
  Forall2 Qeq (applyQ (ramps p d i n) (at_grid p us)) (map (fun t => ramp (Z.to_nat (nth i us 0%Z + Zpos (p * p))) t * (1 # p)) (seq 0 n)).
Proof.
  intros [L F] I. unfold applyQ, ramps. rewrite map_map. apply map_values. intros t _.
  assert (E : nth i (at_grid p us) 0 == nth i us 0%Z # p).
  { unfold at_grid. rewrite (nth_indep _ 0 (0%Z # p)) by (rewrite map_length; lia). now rewrite (map_nth (fun u => u # p)). }
  assert (B : (- Zpos (p * p) <= nth i us 0 <= Zpos (p * p))%Z) by (rewrite Forall_forall in F; apply F, nth_In; lia).
  unfold evQ. cbn [fst snd]. rewrite (reluQ_compat _ ((nth i us 0%Z # p) + - corner p t)).
  2: { rewrite dotQ_unit, E; [easy| |easy]. unfold at_grid. now rewrite map_length. }
  unfold corner, ramp. set (u := nth i us 0%Z) in *. clearbody u.
  assert (D : (u # p) + - ((Z.of_nat t - Zpos (p * p))%Z # p) == (u + Zpos (p * p) - Z.of_nat t)%Z # p).
  { unfold Qeq, Qplus, Qopp. cbn [Qnum Qden]. rewrite Pos2Z.inj_mul. ring. }
  rewrite (reluQ_compat _ _ D). unfold reluQ. destruct (Qle_bool 0 _) eqn:Q.
  - apply Qle_bool_iff in Q. unfold Qle in Q. cbn [Qnum Qden] in Q.
    replace (Z.of_nat (Z.to_nat (u + Zpos (p * p)) - t)) with (u + Zpos (p * p) - Z.of_nat t)%Z by lia.
    unfold Qeq, Qmult, inject_Z. cbn [Qnum Qden]. rewrite Pos.mul_1_l. ring.
  - assert (H : (u + Zpos (p * p) - Z.of_nat t < 0)%Z).
    { destruct (Z.lt_ge_cases (u + Zpos (p * p) - Z.of_nat t) 0) as [|G]; [easy|]. exfalso. apply Bool.not_true_iff_false in Q. apply Q.
      apply Qle_bool_iff. unfold Qle. cbn [Qnum Qden]. lia. }
    replace (Z.to_nat (u + Zpos (p * p)) - t)%nat with 0%nat by lia. reflexivity.
Qed.

Definition steps_of (p : positive) : nat := Pos.to_nat (2 * (p * p)).

Theorem S6_one_input (p : positive) (d i : nat) (g : Z -> Q) (R : Q) : (i < d)%nat -> (forall u, Qabs (g u) <= R) ->
  exists N : netQ, well_formedQ d N /\ depthQ N = 2%nat
    /\ (forall us, grid_point p d us -> Forall2 Qeq (valueQ N (at_grid p us)) [g (nth i us 0%Z)])
    /\ Forall (fun l => length l = steps_of p) (hiddenQ N)
    /\ Forall (wires_leQ 1) (hiddenQ N) /\ Forall (biases_leQ (Zpos p # 1)) (hiddenQ N)
    /\ wires_leQ (4 * R * (Zpos p # 1)) (outputQ N) /\ biases_leQ R (outputQ N).
Proof.
  intros I B. set (n := steps_of p). set (G := fun k => g (Z.of_nat k - Zpos (p * p))%Z).
  exists (NetQ [ramps p d i n] [(map (fun t => factor G t * (Zpos p # 1)) (seq 0 n), G 0%nat)]).
  unfold well_formedQ, depthQ, valueQ. cbn [hiddenQ outputQ app fitsQ runQ map length].
  split; [|split; [easy|split; [|split; [|split; [|split; [|split]]]]]].
  - unfold ramps. rewrite map_length, seq_length. repeat split.
    + apply Forall_map, Forall_forall. intros t _. unfold unit_form. cbn [fst]. now rewrite map_length, seq_length.
    + constructor; [|constructor]. cbn [fst]. now rewrite map_length, seq_length.
  - intros us H. constructor; [|constructor]. unfold evQ. cbn [fst snd]. rewrite (dotQ_compat _ _ _ (ramps_ok p d i n us H I)), dotQ_seq.
    destruct H as [L F]. assert (U : (- Zpos (p * p) <= nth i us 0 <= Zpos (p * p))%Z) by (rewrite Forall_forall in F; apply F, nth_In; lia).
    set (k := Z.to_nat (nth i us 0 + Zpos (p * p))%Z). transitivity (G 0%nat + sumQ n (fun t => factor G t * ramp k t)).
    + rewrite Qplus_comm. apply Qplus_inj_l, sumQ_ext. intros t _. fold k. setoid_replace (1 # p) with (/ (Zpos p # 1)) by easy. field. easy.
    + rewrite interpolate by (unfold k, n, steps_of; lia). unfold G, k. rewrite Z2Nat.id by lia. now replace (nth i us 0 + Zpos (p * p) - Zpos (p * p))%Z with (nth i us 0%Z) by lia.
  - constructor; [|constructor]. unfold ramps. now rewrite map_length, seq_length.
  - constructor; [|constructor]. apply Forall_map, Forall_forall. intros t _. cbn [fst]. unfold unit_form. apply Forall_map, Forall_forall.
    intros j _. destruct (Nat.eqb j i); easy.
  - constructor; [|constructor]. apply Forall_map, Forall_forall. intros t T. apply in_seq in T. cbn [snd]. rewrite Qabs_opp. unfold corner.
    apply Qabs_Qle_condition. unfold Qle, Qopp. cbn [Qnum Qden]. unfold n, steps_of in T. lia.
  - constructor; [|constructor]. cbn [fst]. apply Forall_map, Forall_forall. intros t _. rewrite Qabs_Qmult.
    apply Qmult_le_compat_r; [|easy]. apply factor_bound. intros s. apply B.
  - constructor; [|constructor]. apply B.
Qed.

(** ** The norm: p^2*|x|^2 is the sum of the squares, each from ramps; then ramps of that *)
Definition square (p : positive) (k : nat) : Q := inject_Z ((Z.of_nat k - Zpos (p * p)) * (Z.of_nat k - Zpos (p * p))).
Definition squares (us : list Z) : Z := fold_right (fun u s => (u * u + s)%Z) 0%Z us.

Lemma dotQ_app u v a b : length u = length a -> dotQ (u ++ v) (a ++ b) == dotQ u a + dotQ v b.
Proof. revert a; induction u as [|x u IH]; intros [|y a] L; try easy; cbn [app dotQ]; [ring|]. rewrite IH by now injection L. ring. Qed.
Lemma squares_ok p n us : (forall k, (k <= 2 * Pos.to_nat (p * p))%nat -> (k <= n)%nat) ->
  Forall (fun u => (- Zpos (p * p) <= u <= Zpos (p * p))%Z) us ->
  dotQ (flat_map (fun _ => map (fun t => factor (square p) t * (1 # p)) (seq 0 n)) us)
       (flat_map (fun u => map (fun t => ramp (Z.to_nat (u + Zpos (p * p))) t * (1 # p)) (seq 0 n)) us)
  == (inject_Z (squares us) - inject_Z (Z.of_nat (length us)) * square p 0) * ((1 # p) * (1 # p)).
Proof.
  intros N. induction 1 as [|u us H _ IH]; cbn [flat_map squares fold_right length]; [cbn; ring|]. fold (squares us).
  rewrite dotQ_app by now rewrite !map_length. rewrite IH, dotQ_seq. set (k := Z.to_nat (u + Zpos (p * p))).
  rewrite (sumQ_ext n _ (fun t => factor (square p) t * ramp k t * ((1 # p) * (1 # p)))) by (intros t _; ring).
  assert (S : forall m f c, sumQ m (fun t => f t * c) == sumQ m f * c) by (clear; intros m f c; induction m as [|m IH]; cbn [sumQ]; [ring|]; rewrite IH; ring).
  rewrite S. pose proof (interpolate (square p) n k) as E. assert (K : (k <= n)%nat) by (apply N; unfold k; lia). specialize (E K).
  assert (V : square p k == inject_Z (u * u)).
  { unfold square, k. rewrite Z2Nat.id by lia. now replace (u + Zpos (p * p) - Zpos (p * p))%Z with u by lia. }
  rewrite V in E. rewrite inject_Z_plus, Nat2Z.inj_succ, <- Z.add_1_r, inject_Z_plus. change (inject_Z 1) with 1.
  setoid_replace (sumQ n (fun t => factor (square p) t * ramp k t)) with (inject_Z (u * u) - square p 0) by lra. ring.
Qed.


Lemma inject_minus a b : inject_Z (a - b) == inject_Z a - inject_Z b.
Proof. unfold Z.sub. rewrite inject_Z_plus, inject_Z_opp. ring. Qed.

Theorem S6_norm (p : positive) (d : nat) (g : Z -> Q) (R : Q) : (forall s, Qabs (g s) <= R) ->
  exists N : netQ, well_formedQ d N /\ depthQ N = 3%nat
    /\ (forall us, grid_point p d us -> Forall2 Qeq (valueQ N (at_grid p us)) [g (squares us)])
    /\ wires_leQ (4 * R * (Zpos (p * p) # 1)) (outputQ N) /\ biases_leQ R (outputQ N)
    /\ Forall (wires_leQ (2 * (Zpos p # 1))) (hiddenQ N) /\ Forall (biases_leQ ((Z.of_nat d * Zpos (p * p))%Z # 1)) (hiddenQ N)
    /\ Forall (fun l => (length l <= d * steps_of p + d * (Pos.to_nat (p * p) * Pos.to_nat (p * p)))%nat) (hiddenQ N).
Proof.
  intros B. set (n := steps_of p). set (P := Pos.to_nat (p * p)). set (m := (d * (P * P))%nat). set (G := fun k => g (Z.of_nat k)).
  set (first := flat_map (fun i => ramps p d i n) (seq 0 d)).
  set (form := fun t => (flat_map (fun _ : nat => map (fun t => factor (square p) t * (1 # p)) (seq 0 n)) (seq 0 d),
                         (Z.of_nat m - Z.of_nat t)%Z # (p * p)) : formQ).
  exists (NetQ [first; map form (seq 0 m)] [(map (fun t => factor G t * (Zpos (p * p) # 1)) (seq 0 m), G 0%nat)]).
  assert (LF : forall A (f : nat -> list A) l, (forall i, length (f i) = n) -> length (flat_map f l) = (length l * n)%nat).
  { intros A f l H. induction l as [|i l IH]; cbn [flat_map length]; [easy|]. rewrite app_length, H, IH. lia. }
  unfold well_formedQ, depthQ, valueQ. cbn [hiddenQ outputQ app fitsQ runQ map length].
  split; [|split; [easy|split; [|split; [|split; [|split; [|split]]]]]].
  - repeat split.
    + apply Forall_flat_map, Forall_forall. intros i _. apply Forall_map, Forall_forall. intros t _. unfold unit_form. cbn [fst].
      now rewrite map_length, seq_length.
    + apply Forall_map, Forall_forall. intros t _. cbn [form fst]. unfold first. rewrite !LF; [easy| |].
      * intros i. unfold ramps. now rewrite map_length, seq_length.
      * intros _. now rewrite map_length, seq_length.
    + constructor; [|constructor]. cbn [fst]. now rewrite !map_length, seq_length.
  - intros us H. constructor; [|constructor]. destruct H as [L F]. set (s := squares us).
    assert (Y : Forall2 Qeq (applyQ first (at_grid p us))
      (flat_map (fun u => map (fun t => ramp (Z.to_nat (u + Zpos (p * p))) t * (1 # p)) (seq 0 n)) us)).
    { unfold first. clear form first. assert (E : us = map (fun i => nth i us 0%Z) (seq 0 d)).
      { rewrite <- L. clear. apply nth_ext with (d := 0%Z) (d' := nth 0 us 0%Z); [now rewrite map_length, seq_length|].
        intros k K. rewrite (map_nth (fun i => nth i us 0%Z)), seq_nth by easy. easy. }
      rewrite E at 2. assert (I : Forall (fun i => (i < d)%nat) (seq 0 d)) by (apply Forall_forall; intros i Hi; apply in_seq in Hi; lia).
      clear E. induction I as [|i l Hi _ IH]; cbn [flat_map map]; [constructor|]. unfold applyQ in *. rewrite map_app. apply Forall2_app; [|exact IH].
      apply (ramps_ok p d i n us (conj L F) Hi). }
    assert (S0 : (0 <= s <= Z.of_nat m)%Z).
    { unfold s, m. rewrite <- L. clear - F. induction F as [|u us H _ IH]; cbn [squares fold_right length]; [lia|]. fold (squares us).
      rewrite Nat.mul_succ_l, Nat2Z.inj_add. assert (u * u <= Z.of_nat (P * P))%Z by (unfold P; nia). nia. }
    assert (V : Forall2 Qeq (applyQ (map form (seq 0 m)) (applyQ first (at_grid p us))) (map (fun t => ramp (Z.to_nat s) t * (1 # (p * p))) (seq 0 m))).
    { unfold applyQ at 1. rewrite map_map. apply map_values. intros t _. unfold evQ. cbn [form fst snd].
      assert (E : dotQ (fst (form t)) (applyQ first (at_grid p us)) + ((Z.of_nat m - Z.of_nat t)%Z # (p * p)) == (s - Z.of_nat t)%Z # (p * p)).
      { cbn [form fst]. rewrite (dotQ_compat _ _ _ Y).
        assert (W : forall A A' (c : list Q) (l : list A) (l' : list A'), length l = length l' -> flat_map (fun _ => c) l = flat_map (fun _ => c) l').
        { clear. intros A A' c l. induction l as [|a l IH]; intros [|a' l'] E; try easy. cbn [flat_map]. f_equal. apply IH. now injection E. }
        rewrite (W _ _ _ (seq 0 d) us) by now rewrite seq_length.
        rewrite squares_ok by (easy || (intros k K; unfold n, steps_of; lia)). rewrite L. fold s.
        unfold square. change (Z.of_nat 0) with 0%Z.
        setoid_replace ((1 # p) * (1 # p)) with (1 # (p * p)) by easy.
        setoid_replace ((Z.of_nat m - Z.of_nat t)%Z # (p * p)) with (inject_Z (Z.of_nat m - Z.of_nat t) * (1 # (p * p))) by (unfold Qeq, Qmult, inject_Z; cbn [Qnum Qden]; lia).
        setoid_replace ((s - Z.of_nat t)%Z # (p * p)) with (inject_Z (s - Z.of_nat t) * (1 # (p * p))) by (unfold Qeq, Qmult, inject_Z; cbn [Qnum Qden]; lia).
        assert (M : inject_Z (Z.of_nat m) == inject_Z (Z.of_nat d) * inject_Z ((0 - Zpos (p * p)) * (0 - Zpos (p * p)))).
        { rewrite <- inject_Z_mult. replace (Z.of_nat d * ((0 - Zpos (p * p)) * (0 - Zpos (p * p))))%Z with (Z.of_nat m) by (unfold m, P; nia). easy. }
        rewrite (inject_minus (Z.of_nat m)), (inject_minus s), M. ring. }
      transitivity (reluQ ((s - Z.of_nat t)%Z # (p * p))); [apply reluQ_compat; exact E|]. unfold reluQ, ramp. destruct (Qle_bool 0 _) eqn:Q.
      - apply Qle_bool_iff in Q. unfold Qle in Q. cbn [Qnum Qden] in Q.
        replace (Z.of_nat (Z.to_nat s - t)) with (s - Z.of_nat t)%Z by lia. unfold Qeq, Qmult, inject_Z. cbn [Qnum Qden]. lia.
      - assert (H : (s - Z.of_nat t < 0)%Z).
        { destruct (Z.lt_ge_cases (s - Z.of_nat t) 0) as [|K]; [easy|]. exfalso. apply Bool.not_true_iff_false in Q. apply Q.
          apply Qle_bool_iff. unfold Qle. cbn [Qnum Qden]. lia. }
        replace (Z.to_nat s - t)%nat with 0%nat by lia. reflexivity. }
    unfold evQ. cbn [fst snd]. rewrite (dotQ_compat _ _ _ V), dotQ_seq.
    transitivity (G 0%nat + sumQ m (fun t => factor G t * ramp (Z.to_nat s) t)).
    + rewrite Qplus_comm. apply Qplus_inj_l, sumQ_ext. intros t _. setoid_replace (1 # (p * p)) with (/ (Zpos (p * p) # 1)) by easy. field. easy.
    + rewrite interpolate by lia. unfold G. now rewrite Z2Nat.id by lia.
  - constructor; [|constructor]. cbn [fst]. apply Forall_map, Forall_forall. intros t _. rewrite Qabs_Qmult.
    apply Qmult_le_compat_r; [|easy]. apply factor_bound. intros k. apply B.
  - constructor; [|constructor]. apply B.
  - constructor; [|constructor; [|constructor]].
    + apply Forall_flat_map, Forall_forall. intros i _. apply Forall_map, Forall_forall. intros t _. cbn [fst]. unfold unit_form.
      apply Forall_map, Forall_forall. intros j _. destruct (Nat.eqb j i); unfold Qle; cbn; lia.
    + apply Forall_map, Forall_forall. intros t _. cbn [form fst]. apply Forall_flat_map, Forall_forall. intros _ _.
      apply Forall_map, Forall_forall. intros k _. destruct k as [|k]; cbn [factor]; unfold square.
      * change (Z.of_nat 0) with 0%Z. change (Z.of_nat 1) with 1%Z. unfold Qminus. rewrite <- inject_Z_opp, <- inject_Z_plus.
        apply Qabs_Qle_condition. unfold Qle, Qmult, Qopp, inject_Z. cbn [Qnum Qden]. split; nia.
      * setoid_replace (inject_Z ((Z.of_nat (S (S k)) - Zpos (p * p)) * (Z.of_nat (S (S k)) - Zpos (p * p)))
          - 2 * inject_Z ((Z.of_nat (S k) - Zpos (p * p)) * (Z.of_nat (S k) - Zpos (p * p)))
          + inject_Z ((Z.of_nat k - Zpos (p * p)) * (Z.of_nat k - Zpos (p * p)))) with 2.
        -- apply Qabs_Qle_condition. unfold Qle, Qmult, Qopp. cbn [Qnum Qden]. split; nia.
        -- unfold Qminus. change 2 with (inject_Z 2). rewrite <- inject_Z_mult, <- inject_Z_opp, <- !inject_Z_plus.
           replace (_ + _)%Z with 2%Z; [easy|]. rewrite !Nat2Z.inj_succ. unfold Z.succ. ring.
  - constructor; [|constructor; [|constructor]].
    + apply Forall_flat_map, Forall_forall. intros i I. apply in_seq in I. apply Forall_map, Forall_forall. intros t T. apply in_seq in T. cbn [snd].
      rewrite Qabs_opp. unfold corner. apply Qabs_Qle_condition. unfold Qle, Qopp. cbn [Qnum Qden]. unfold n, steps_of in T.
      assert (D : (1 * Zpos (p * p) <= Z.of_nat d * Zpos (p * p))%Z) by (apply Z.mul_le_mono_nonneg_r; lia).
      assert (E : (Z.of_nat d * Zpos (p * p) * 1 <= Z.of_nat d * Zpos (p * p) * Zpos p)%Z) by (apply Z.mul_le_mono_nonneg_l; lia). lia.
    + apply Forall_map, Forall_forall. intros t T. apply in_seq in T. cbn [form snd]. apply Qabs_Qle_condition. unfold Qle, Qopp. cbn [Qnum Qden].
      assert (E : Z.of_nat m = (Z.of_nat d * Zpos (p * p) * Zpos (p * p))%Z) by (unfold m, P; lia). lia.
  - constructor; [|constructor; [|constructor]].
    + unfold first. rewrite LF; [rewrite seq_length; unfold n; lia|]. intros i. unfold ramps. now rewrite map_length, seq_length.
    + rewrite map_length, seq_length. unfold m, P. lia.
Qed.
