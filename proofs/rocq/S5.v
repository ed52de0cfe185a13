(** S5, barriers: from networks to threshold circuits, and back (docs/barriers.md).  In words:

    - (a) Let N be a ReLU network of depth k with rational weights.  On the cube, and on the grid I_p^d with the binary digits
      of p x + p^2 as inputs, there is for every v with -rR < v <= rR a threshold circuit for 1[r N(x) >= v] whose weights,
      biases and widths are polynomials that do not depend on v, in depth 3k by route A and k+1 by route D.
    - (b) Let F be any function, and C_v any threshold circuits for 1[r F(x) >= v], of depth at most t and with weights at most W.
      There is a ReLU network of depth t+2 (cube: t+1) that equals floor(r F)/r wherever |F(x)| <= R.  It is
      -R + (1/r) sum of C_v(bits of x): weights at most max(p, W bits(2p^2)), 1/r in the output.

    So circuits of depth k-2 for a network would be a network of depth k. *)
From Coq Require Import ZArith QArith Qabs Qround List Lia Bool.
From Exactnet Require Import Network Sums Gadgets Digits Compose LookaheadLayer Steps Stacked Signs Rational S1Rational Grid.
Import ListNotations.
Open Scope Z_scope.

(** ** What the reader must believe *)
(** 1[r q >= v] *)
Definition reaches (r : positive) (v : Z) (q : Q) : Z := if Qle_bool (inject_Z v) (inject_Z (Zpos r) * q) then 1 else 0.

(** The bits of an input u/p are those of u + p^2, lowest first; as many as 2p^2 has. *)
Definition size (p : positive) : nat := S (Z.to_nat (Z.log2 (2 * Zpos (p * p)))).
Definition binary (p : positive) (n : Z) : list Z := map (fun s => Z.b2z (Z.testbit n (Z.of_nat s))) (seq 0 (size p)).
Definition codes (p : positive) (us : list Z) : list Z := flat_map (fun u => binary p (u + Zpos (p * p))) us.

(** A circuit C v over n bits for every v, with one output for each of o values; b bounds its weights, biases and widths. *)
Definition in_range (r : positive) (R v : Z) : Prop := - (Zpos r * R) < v <= Zpos r * R.
Definition circuits (r : positive) (R : Z) (X : list Z -> Prop) (bits : list Z -> list Z) (F : list Z -> list Q)
  (n o : nat) (b : bound) (C : Z -> list layer) : Prop :=
  forall v, in_range r R v -> fits n (C v) /\ width n (C v) = o /\ within b (C v)
  /\ forall u, X u -> run step (C v) (bits u) = map (reaches r v) (F u).
(** Their depths. *)
Definition depths (r : positive) (R : Z) (C : Z -> list layer) (P : nat -> Prop) : Prop := forall v, in_range r R v -> P (length (C v)).

Lemma reaches_step r v q : reaches r v q = step (Qfloor (inject_Z (Zpos r) * q) - v).
Proof.
  unfold reaches, step. replace (0 <=? _ - v) with (Qle_bool (inject_Z v) (inject_Z (Zpos r) * q)); [easy|].
  apply eq_true_iff_eq. rewrite Qle_bool_iff, Z.leb_le, Qfloor_le. lia.
Qed.
Lemma reaches_compat r v a b : (a == b)%Q -> reaches r v a = reaches r v b.
Proof. intros E. rewrite !reaches_step. now rewrite (Qfloor_comp _ (inject_Z (Zpos r) * b)) by (now rewrite E). Qed.
Lemma reaches_values r v xs ys : Forall2 Qeq xs ys -> map (reaches r v) xs = map (reaches r v) ys.
Proof. induction 1 as [|a b xs ys E _ IH]; [easy|]. cbn [map]. now rewrite (reaches_compat r v a b E), IH. Qed.

(** Finitely many choices. *)
Lemma choose (P : Z -> list layer -> Prop) a n : (forall v, a < v <= a + Z.of_nat n -> exists C, P v C) ->
  exists C, forall v, a < v <= a + Z.of_nat n -> P v (C v).
Proof.
  induction n as [|n IH]; intros H; [exists (fun _ => []); intros v Hv; lia|].
  destruct IH as [C HC]; [intros v Hv; apply H; lia|]. destruct (H (a + Z.of_nat (S n)) ltac:(lia)) as [C0 H0].
  exists (fun v => if v =? a + Z.of_nat (S n) then C0 else C v). intros v Hv.
  destruct (Z.eqb_spec v (a + Z.of_nat (S n))) as [->|NE]; [exact H0|]. apply HC. lia.
Qed.
Lemma choose_circuits r R (X : list Z -> Prop) (bits : list Z -> list Z) (F : list Z -> list Q) n o b (P : nat -> Prop) : 1 <= R ->
  (forall v, in_range r R v -> exists C, fits n C /\ within b C /\ P (length C) /\ forall u, X u -> run step C (bits u) = map (reaches r v) (F u)) ->
  (exists u, X u /\ length (bits u) = n /\ length (F u) = o) ->
  exists C, circuits r R X bits F n o b C /\ depths r R C P.
Proof.
  intros HR H (u & Xu & Lu & Lo). unfold circuits, depths, in_range in *.
  assert (E : - (Zpos r * R) + Z.of_nat (Z.to_nat (2 * (Zpos r * R))) = Zpos r * R) by (rewrite Z2Nat.id; nia).
  destruct (choose (fun v C => fits n C /\ within b C /\ P (length C) /\ forall u, X u -> run step C (bits u) = map (reaches r v) (F u))
    (- (Zpos r * R)) (Z.to_nat (2 * (Zpos r * R)))) as [C HC]; rewrite E in *; [exact H|].
  exists C. split; intros v Hv; destruct (HC v Hv) as (A1 & A2 & A3 & A4); [|exact A3].
  split; [exact A1|]. split; [|now split]. specialize (A4 u Xu). apply (f_equal (@length Z)) in A4.
  now rewrite run_length, map_length, Lu, Lo in A4.
Qed.

(** ** (a) on the cube: the signs of the forms r N - v *)
Section Cube.
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
Let Vs : layer := map (integral D (D ^ Z.of_nat kh)) (outputQ N).
Let Lv (v : Z) : layer := map (fun V => level (Zpos r) R (D * D ^ Z.of_nat kh) V (Z.to_nat (v + Zpos r * R))) Vs.

Lemma comparison v : in_range r R v ->
  fits d (Ms ++ [Lv v]) /\ Forall (Forall (fun f => mass f <= 2 ^ Z.of_nat bits)) (Ms ++ [Lv v]) /\ length (Lv v) = length (outputQ N)
  /\ forall x, signs Ms (Lv v) x = map (reaches r v) (valueQ N (toQ x)).
Proof.
  intros [V1 V2]. set (Ls := flat_map (fun V => map (level (Zpos r) R (D * D ^ Z.of_nat kh) V) (seq 1 (tops r R))) Vs).
  assert (I : incl (Lv v) Ls).
  { intros f Hf. apply in_map_iff in Hf. destruct Hf as (V & <- & HV). apply in_flat_map. exists V. split; [exact HV|].
    apply in_map, in_seq. unfold tops. lia. }
  split; [|split; [|split]].
  - pose proof (Ls_fits N d kh D r R N_fits N_kh) as F. fold Ms Vs Ls in F. apply fits_app in F. destruct F as [F1 [F2 _]].
    apply fits_app. split; [exact F1|]. split; [exact (incl_Forall I F2)|easy].
  - pose proof (forms_small N m b c kh D r R N_kh m_pos D_range N_small R_pos rR_bits) as F. fold Ms Vs Ls bits in F.
    apply Forall_app in F. destruct F as [F1 F2]. inversion_clear F2 as [|? ? F3 _]. apply Forall_app. split; [exact F1|].
    constructor; [exact (incl_Forall I F3)|constructor].
  - unfold Lv, Vs. now rewrite !map_length.
  - intros x. pose proof (outputs_scaled N kh D (proj1 D_range) N_kh (small_over _ _ _ N_small) x) as H. fold Ms Vs in H.
    unfold signs, Lv. rewrite map_map. set (y := run relu Ms x) in *. assert (E0 : 1 <= D ^ Z.of_nat kh) by (pose proof (Z.pow_pos_nonneg D (Z.of_nat kh)); lia).
    assert (D0 : 0 < D * D ^ Z.of_nat kh) by (apply Z.mul_pos_pos; lia). clear - H D0 V1 V2.
    remember (map (fun V => ev V y) Vs) as zs eqn:Ez. revert Ez. generalize Vs. induction H as [|q z qs zs Hq _ IH]; intros [|V Vs'] E; try easy.
    cbn [map] in *. injection E as E1 E2. rewrite (IH Vs' E2). f_equal. rewrite reaches_step.
    rewrite (step_level r R (D * D ^ Z.of_nat kh) V _ y q D0) by (now rewrite <- E1). f_equal. lia.
Qed.

Lemma a_bit_string : exists x, cube d x /\ length x = d /\ length (valueQ N (toQ x)) = length (outputQ N).
Proof.
  exists (repeat 0 d). split; [|split; [apply repeat_length|unfold valueQ; apply map_length]]. split; [apply repeat_length|].
  apply Forall_forall. intros a Ha. apply repeat_spec in Ha. now left.
Qed.

Theorem S5_circuits_lookahead_cube :
  let V := Z.of_nat d + Z.of_nat m + Z.of_nat kh + Z.of_nat (b * (kh + 1) + c) + 3 in let q := 12544 * V ^ 6 in
  exists C, circuits r R (cube d) (fun x => x) (fun x => valueQ N (toQ x)) d (length (outputQ N)) (Bound (q ^ 3) (2 * q ^ 4) ((Z.of_nat m + o) * q ^ 5)) C
  /\ depths r R C (fun t => t = (3 * depthQ N)%nat).
Proof.
  intros V q. assert (Q1 : 1 <= q).
  { assert (0 < V ^ 6) by (apply Z.pow_pos_nonneg; unfold V; lia). unfold q. lia. }
  apply choose_circuits; [exact R_pos| |exact a_bit_string]. intros v Hv. destruct (comparison v Hv) as (F & B & L & E).
  assert (LM : length Ms = kh) by (unfold Ms; now rewrite integers_length).
  destruct (signs_lookahead Ms (Lv v) d m kh bits F LM m_pos (integers_widths D m _ N_width 1) B) as (ls & Fs & A1 & A2 & A3 & A4 & A5 & A6 & A7).
  fold bits in V. fold V q in A3. rewrite L in *. fold o in A3. clearbody q. clear V.
  assert (Q3 : 0 < q ^ 3) by (apply Z.pow_pos_nonneg; lia). assert (Q4 : 0 < q ^ 4) by (apply Z.pow_pos_nonneg; lia).
  assert (Q5 : 0 < q ^ 5) by (apply Z.pow_pos_nonneg; lia). assert (O0 : 0 <= o) by (unfold o; lia).
  assert (WS : Z.of_nat (length Fs) <= (Z.of_nat m + o) * q ^ 5).
  { rewrite A6. fold o. assert ((Z.of_nat m + o) * 1 <= (Z.of_nat m + o) * q ^ 5) by (apply Z.mul_le_mono_nonneg_l; lia). lia. }
  destruct (gates_of_sums d ls Fs _ _ _ A2 A3 ltac:(lia) ltac:(lia) WS A4 A5) as (C & C1 & C2 & C3 & C4).
  exists C. split; [exact C2|]. split; [exact C3|]. split; [unfold depthQ; lia|]. intros x Hx. rewrite C4; rewrite A7 by exact Hx; [exact (E x)|].
  unfold signs. apply Forall_map, Forall_forall. intros W _. apply step_bit.
Qed.

Theorem S5_circuits_stacked_cube :
  let V := Z.of_nat d + (Z.of_nat m + o) + Z.of_nat kh + Z.of_nat (b * (kh + 1) + c) + 3 in let X := (12544 * V ^ 6) ^ (240 * 2 ^ Z.of_nat kh) in
  exists C, circuits r R (cube d) (fun x => x) (fun x => valueQ N (toQ x)) d (length (outputQ N)) (Bound X X X) C
  /\ depths r R C (fun t => t = (depthQ N + 1)%nat).
Proof.
  intros V X. apply choose_circuits; [exact R_pos| |exact a_bit_string]. intros v Hv. destruct (comparison v Hv) as (F & B & L & E).
  assert (LM : length Ms = kh) by (unfold Ms; now rewrite integers_length).
  set (m' := (m + length (outputQ N))%nat). assert (WM : Forall (fun M : layer => (length M <= m')%nat) (Ms ++ [Lv v])).
  { apply Forall_app. split; [|constructor; [unfold m'; lia|constructor]].
    eapply Forall_impl; [|apply (integers_widths D m _ N_width 1)]. intros M HM. cbv beta in *. unfold m'. lia. }
  destruct (signs_stacked Ms (Lv v) d m' kh bits F LM ltac:(unfold m'; lia) WM B) as (C & A1 & A2 & A3 & A4).
  replace (Z.of_nat d + Z.of_nat m' + Z.of_nat kh + Z.of_nat bits + 3) with V in A3 by (unfold V, m', bits, o; lia). fold X in A3.
  exists C. split; [exact A2|]. split; [exact A3|]. split; [unfold depthQ; lia|]. intros x Hx. now rewrite A4, E.
Qed.
End Cube.

(** ** (a) on the grid: the network reads the inputs off their bits *)
Definition powers (p : positive) : list Z := map (fun s => 2 ^ Z.of_nat s) (seq 0 (size p)).
Lemma size_spec p : 2 * Zpos (p * p) < 2 ^ Z.of_nat (size p) <= 4 * Zpos (p * p).
Proof.
  destruct (Z.log2_spec (2 * Zpos (p * p)) ltac:(lia)) as [L1 L2]. unfold size. rewrite Nat2Z.inj_succ, Z2Nat.id by apply Z.log2_nonneg.
  split; [exact L2|]. rewrite Z.pow_succ_r by apply Z.log2_nonneg. lia.
Qed.
Lemma binary_length p n : length (binary p n) = size p.
Proof. unfold binary. now rewrite map_length, seq_length. Qed.
Lemma binary_bits p n : Forall bit (binary p n).
Proof. apply Forall_map, Forall_forall. intros s _. destruct (Z.testbit n (Z.of_nat s)); unfold bit; auto. Qed.
Lemma binary_value p n : 0 <= n <= 2 * Zpos (p * p) -> dot (powers p) (binary p n) = n.
Proof.
  intros Hn. pose proof (size_spec p) as S. unfold powers, binary. rewrite dot_map, lsum_seq. transitivity (n mod 2 ^ Z.of_nat (size p)); [|apply Z.mod_small; lia].
  clear. induction (size p) as [|l IH]; [symmetry; apply Z.mod_1_r|]. cbn [sum]. rewrite IH, Nat2Z.inj_succ, Z.pow_succ_r, (Z.mul_comm 2), Z.rem_mul_r by lia.
  now rewrite Z.testbit_spec' by lia.
Qed.
Lemma powers_code p : lsum Z.abs (powers p) + Zpos (p * p) <= 5 * Zpos (p * p).
Proof.
  pose proof (size_spec p) as S. enough (lsum Z.abs (powers p) = 2 ^ Z.of_nat (size p) - 1) by lia. clear. unfold powers. rewrite lsum_map, lsum_seq.
  induction (size p) as [|l IH]; [easy|]. cbn [sum]. rewrite IH, Nat2Z.inj_succ, Z.pow_succ_r, Z.abs_eq by lia. lia.
Qed.
Lemma codes_points p d us : grid_point p d us -> cube (d * size p) (codes p us) /\ points p (powers p) d (codes p us) = us.
Proof.
  intros [<- H]. split; [split|].
  - apply flat_map_length_const. intros. apply binary_length.
  - apply Forall_flat_map, Forall_forall. intros u _. apply binary_bits.
  - apply points_codes. eapply Forall_impl; [|exact H]. intros u Hu. cbv beta in *. unfold powers at 1. rewrite map_length, seq_length, binary_length.
    split; [easy|]. apply binary_value. lia.
Qed.

Section Grid.
Variables (N : netQ) (d m b c e kh : nat) (D : Z) (p r : positive) (R : Z).
Hypothesis N_fits : well_formedQ d N.
Hypothesis N_kh : length (hiddenQ N) = kh.
Hypothesis m_pos : (1 <= m)%nat.
Hypothesis N_width : Forall (fun l : layerQ => (length l <= m)%nat) (hiddenQ N).
Hypothesis D_range : 1 <= D <= 2 ^ Z.of_nat b.
Hypothesis N_small : Forall (Forall (small D (2 ^ Z.of_nat b))) (hiddenQ N ++ [outputQ N]).
Hypothesis R_pos : 1 <= R.
Hypothesis rR_bits : 2 * Zpos r * R <= 2 ^ Z.of_nat c.
Hypothesis p_bits : 5 * Zpos (p * p) <= 2 ^ Z.of_nat e.
Let o : Z := Z.of_nat (length (outputQ N)).
Let M : netQ := on_bits p (powers p) D N.

Lemma M_ready : well_formedQ (d * size p) M /\ length (hiddenQ M) = kh /\ Forall (fun l : layerQ => (length l <= m)%nat) (hiddenQ M)
  /\ length (outputQ M) = length (outputQ N).
Proof.
  pose proof (on_bits_fits p (powers p) D d N N_fits) as F. unfold powers at 1 in F. rewrite map_length, seq_length in F.
  split; [exact F|]. unfold M. rewrite on_bits_depth, on_bits_outputs. split; [exact N_kh|]. split; [now apply on_bits_widths|easy].
Qed.
Lemma on_codes n bd C : circuits r R (cube (d * size p)) (fun x => x) (fun x => valueQ M (toQ x)) n (length (outputQ M)) bd C ->
  circuits r R (grid_point p d) (codes p) (fun us => valueQ N (at_grid p us)) n (length (outputQ N)) bd C.
Proof.
  intros H v Hv. destruct (H v Hv) as (A1 & A2 & A3 & A4). destruct M_ready as (_ & _ & _ & L). rewrite L in A2.
  split; [exact A1|]. split; [exact A2|]. split; [exact A3|]. intros us Hu. destruct (codes_points p d us Hu) as [C1 C2].
  rewrite (A4 _ C1). apply reaches_values. pose proof (on_bits_value p (powers p) D (proj1 D_range) d N (codes p us) (small_over _ _ _ N_small) N_fits) as V.
  rewrite C2 in V. apply V. unfold powers. rewrite map_length, seq_length. apply C1.
Qed.

Theorem S5_circuits_lookahead :
  let V := Z.of_nat (d * size p) + Z.of_nat m + Z.of_nat kh + Z.of_nat ((b + e) * (kh + 1) + c) + 3 in let q := 12544 * V ^ 6 in
  exists C, circuits r R (grid_point p d) (codes p) (fun us => valueQ N (at_grid p us)) (d * size p) (length (outputQ N))
    (Bound (q ^ 3) (2 * q ^ 4) ((Z.of_nat m + o) * q ^ 5)) C
  /\ depths r R C (fun t => t = (3 * depthQ N)%nat).
Proof.
  destruct M_ready as (F & K & W & L). destruct (on_bits_bits p _ _ (powers_code p) D b e N D_range p_bits N_small) as [B1 B2]. fold M in B2.
  destruct (S5_circuits_lookahead_cube M (d * size p) m (b + e) c kh (D * Zpos p) r R F K m_pos W B1 B2 R_pos rR_bits) as (C & H1 & H2).
  rewrite L in H1 at 2. exists C. split; [now apply on_codes|]. unfold depthQ in *. now rewrite K, <- N_kh in H2.
Qed.

Theorem S5_circuits_stacked :
  let V := Z.of_nat (d * size p) + (Z.of_nat m + o) + Z.of_nat kh + Z.of_nat ((b + e) * (kh + 1) + c) + 3 in let X := (12544 * V ^ 6) ^ (240 * 2 ^ Z.of_nat kh) in
  exists C, circuits r R (grid_point p d) (codes p) (fun us => valueQ N (at_grid p us)) (d * size p) (length (outputQ N)) (Bound X X X) C
  /\ depths r R C (fun t => t = (depthQ N + 1)%nat).
Proof.
  destruct M_ready as (F & K & W & L). destruct (on_bits_bits p _ _ (powers_code p) D b e N D_range p_bits N_small) as [B1 B2]. fold M in B2.
  pose proof (S5_circuits_stacked_cube M (d * size p) m (b + e) c kh (D * Zpos p) r R F K m_pos W B1 B2 R_pos rR_bits) as H. cbv zeta in *. rewrite L in H.
  destruct H as (C & H1 & H2). exists C. split; [apply on_codes; now rewrite L|]. unfold depthQ in *. now rewrite K, <- N_kh in H2.
Qed.
End Grid.

(** ** (b): circuits of one depth, beside each other *)
Lemma circuits_beside n W B S t Cs : 0 <= W -> (1 <= t)%nat ->
  Forall (fun C => length C = t /\ fits n C /\ within (Bound W B S) C) Cs ->
  exists ls, length ls = t /\ fits n ls /\ within (Bound W B (Z.of_nat (length Cs) * S)) ls
  /\ forall x, run step ls x = flat_map (fun C => run step C x) Cs.
Proof.
  intros HW Ht. induction 1 as [|C Cs (L & F & H) _ (ls & A1 & A2 & A3 & A4)].
  - exists (repeat [] t). split; [apply repeat_length|]. split; [|split].
    + clear. revert n. induction t as [|t IH]; intros n; [easy|]. split; [constructor|apply IH].
    + split; apply Forall_forall; intros l Hl; apply repeat_spec in Hl; subst l; cbn [bw bb bs]; [split; constructor|unfold width_le; cbn; lia].
    + destruct t as [|t]; [lia|]. clear. cbn [repeat run flat_map]. change (apply step [] _) with (@nil Z). intros _. induction t; easy.
  - assert (NE : C <> []) by (intros ->; cbn in L; lia).
    assert (E : forall ls, fits n ls -> fits n (ls ++ [[]])) by (intros l Hl; apply fits_app; split; [exact Hl|]; repeat constructor).
    destruct (par_ok n W B S (Z.of_nat (length Cs) * S) C ls [] [] HW ltac:(congruence) NE (E _ F) (E _ A2) H A3) as (P1 & P2 & P3 & _).
    exists (par C ls). apply fits_app in P1. split; [congruence|]. split; [apply P1|]. split; [|].
    + eapply within_mono; [| | |exact P2]; cbn [length]; lia.
    + intros x. rewrite (run_par step n) by (auto; congruence). now rewrite A4.
Qed.

(** A circuit of less depth: gates that pass its outputs on. *)
Definition passing (w : nat) : layer := map (fun f => (fst f, -1)) (idents w).
Definition padded (n t : nat) (C : list layer) : list layer := C ++ repeat (passing (width n C)) (t - length C).
Lemma padded_ok n t W B S C : 1 <= W -> 1 <= B -> fits n C -> within (Bound W B S) C -> (1 <= length C <= t)%nat ->
  length (padded n t C) = t /\ fits n (padded n t C) /\ within (Bound W B S) (padded n t C)
  /\ forall x, run step (padded n t C) x = run step C x.
Proof.
  intros HW HB F H L. unfold padded. set (w := width n C). destruct (idents_ok w) as (I1 & I2 & I3).
  assert (LI : length (passing w) = w) by (unfold passing; now rewrite map_length, idents_length).
  assert (WP : wide w (passing w)) by (apply Forall_map; exact I1).
  assert (WS : Z.of_nat w <= S).
  { destruct H as [_ H]. cbn [bs] in H. unfold w. destruct C as [|l C _] using rev_ind; [cbn in L; lia|]. rewrite width_app. cbn [width].
    apply Forall_app in H. destruct H as [_ H]. now inversion_clear H. }
  split; [rewrite app_length, repeat_length; lia|]. split; [|split].
  - apply fits_app. split; [exact F|]. fold w. induction (t - length C)%nat as [|j IH]; [easy|]. split; [exact WP|]. now rewrite LI.
  - apply within_app; [exact H|]. split; apply Forall_forall; intros l Hl; apply repeat_spec in Hl; subst l; cbn [bw bb bs]; [split|].
    + apply Forall_map. eapply Forall_impl; [|exact I2]. intros f Hf. cbn [fst]. apply (mass_parts f 1) in Hf. eapply Forall_impl; [|apply Hf]. cbv beta. lia.
    + apply Forall_map, Forall_forall. intros f _. cbn [snd]. lia.
    + unfold width_le. now rewrite LI.
  - intros x. rewrite run_app. assert (Y : length C <> 0%nat) by lia.
    destruct C as [|l C _] using rev_ind; [easy|]. set (y := run step (C ++ [l]) x).
    assert (B1 : Forall bit y).
    { unfold y. rewrite run_app. cbn [run]. apply Forall_map, Forall_forall. intros f _. apply step_bit. }
    assert (Ly : length y = w) by (unfold y, w; rewrite run_app, width_app; cbn [run width]; apply apply_length).
    clearbody y. clear - I3 B1 Ly. induction (t - length (C ++ [l]))%nat as [|j IH]; [easy|]. cbn [repeat run].
    replace (apply step (passing w) y) with y; [exact IH|]. rewrite <- (I3 y Ly) at 1. unfold apply, passing. rewrite map_map. apply map_ext_in. intros f Hf.
    assert (Bf : bit (ev f y)) by (rewrite <- (I3 y Ly), Forall_map, Forall_forall in B1; now apply B1).
    pose proof (idents_bias w) as Z0. rewrite Forall_forall in Z0. specialize (Z0 f Hf).
    transitivity (step (ev f y - 1)); [now destruct Bf as [-> | ->]|]. f_equal. unfold ev. cbn [fst snd]. lia.
Qed.

(** ** The sum of the circuits, over r *)
Lemma dot_lsum {A} (g : A -> Q -> Z) vs js u : lsum (fun j => dot u (map (g j) vs)) js = dot u (map (fun q => lsum (fun j => g j q) js) vs).
Proof.
  revert u. induction vs as [|v vs IH]; intros [|a u]; cbn [map dot]; [| | |rewrite <- IH]; clear; unfold lsum;
    induction js as [|j js IH]; cbn [fold_right map dot]; try rewrite IH; ring.
Qed.
Lemma dot_copies {A} (g : A -> list Z) u js : (forall j, In j js -> length (g j) = length u) ->
  dot (concat (repeat u (length js))) (flat_map g js) = lsum (fun j => dot u (g j)) js.
Proof.
  induction js as [|j js IH]; intros H; [easy|]. cbn [length repeat concat flat_map]. rewrite dot_app by (symmetry; apply H; now left).
  rewrite IH by (intros; apply H; now right). reflexivity.
Qed.

Section Sum.
Variables (r : positive) (R : Z) (X : list Z -> Prop) (bits : list Z -> list Z) (F : list Z -> list Q) (n o t : nat) (W B S : Z) (C : Z -> list layer).
Hypothesis R1 : 1 <= R.
Hypothesis W1 : 1 <= W.
Hypothesis B1 : 1 <= B.
Hypothesis C_ok : circuits r R X bits F n o (Bound W B S) C.
Hypothesis C_depth : depths r R C (fun k => (1 <= k <= t)%nat).
Let js : list nat := seq 1 (tops r R).
Let v (j : nat) : Z := Z.of_nat j - Zpos r * R.

Lemma tops_Z : Z.of_nat (tops r R) = 2 * Zpos r * R.
Proof. unfold tops. rewrite Z2Nat.id; nia. Qed.
Lemma js_range j : In j js -> in_range r R (v j).
Proof. intros H. apply in_seq in H. pose proof tops_Z. unfold in_range, v. lia. Qed.

Theorem sum_of_circuits : exists N' : netQ, well_formedQ n N' /\ depthQ N' = (t + 1)%nat
  /\ (forall u, X u -> Forall (fun q => (Qabs q <= inject_Z R)%Q) (F u) -> Forall2 Qeq (valueQ N' (toQ (bits u))) (map (roundedQ r) (F u)))
  /\ tame r W (B + 1) (2 * (2 * Zpos r * R * S)) 1 (Zpos r * R) N'.
Proof.
  set (Cs := map (fun j => padded n t (C (v j))) js).
  assert (P : forall j, In j js -> length (padded n t (C (v j))) = t /\ fits n (padded n t (C (v j))) /\ within (Bound W B S) (padded n t (C (v j)))
    /\ forall x, run step (padded n t (C (v j))) x = run step (C (v j)) x).
  { intros j Hj. apply js_range in Hj. destruct (C_ok _ Hj) as (A1 & _ & A2 & _). now apply padded_ok; [..|apply C_depth]. }
  assert (T : (1 <= t)%nat).
  { assert (I : In 1%nat js) by (apply in_seq; pose proof tops_Z; nia). destruct (C_depth _ (js_range _ I)). lia. }
  assert (LC : Z.of_nat (length Cs) = 2 * Zpos r * R) by (unfold Cs, js; now rewrite map_length, seq_length, tops_Z).
  destruct (circuits_beside n W B S t Cs ltac:(lia) T) as (ls & A1 & A2 & A3 & A4).
  { apply Forall_map, Forall_forall. intros j Hj. destruct (P j Hj) as (P1 & P2 & P3 & _). auto. }
  rewrite LC in A3. destruct (idents_ok o) as (I1 & I2 & I3).
  set (Gs := map (fun f : form => (concat (repeat (fst f) (length js)), - (Zpos r * R))) (idents o)).
  assert (WL : width n ls = (length js * o)%nat).
  { transitivity (length (run step ls (repeat 0 n))); [now rewrite run_length, repeat_length|]. rewrite A4. unfold Cs.
    rewrite flat_map_concat_map, map_map, <- flat_map_concat_map. apply flat_map_length_const. intros j Hj.
    destruct (P j Hj) as (_ & _ & _ & ->). rewrite run_length, repeat_length. now destruct (C_ok _ (js_range _ Hj)) as (_ & -> & _). }
  destruct (gates_divided r n ls Gs W B (2 * Zpos r * R * S) 1 (Zpos r * R)) as (D1 & D2 & D3 & D4); auto.
  - apply fits_app. split; [exact A2|]. split; [|easy]. rewrite WL. apply Forall_map. eapply Forall_impl; [|exact I1]. intros f Hf. cbn [fst].
    clear - Hf. induction (length js) as [|k IH]; [easy|]. cbn [repeat concat]. rewrite app_length, IH, Hf. lia.
  - intros ->. cbn in A1. lia.
  - apply Forall_map. eapply Forall_impl; [|exact I2]. intros f Hf. apply (mass_parts f 1) in Hf. cbn [fst]. clear - Hf.
    induction (length js) as [|k IH]; [constructor|]. cbn [repeat concat]. apply Forall_app. split; [apply Hf|exact IH].
  - apply Forall_map, Forall_forall. intros f _. cbn [snd]. nia.
  - eexists. split; [exact D1|]. split; [rewrite D2; lia|]. split; [|exact D3]. intros u Xu HR. eapply values_trans; [apply D4|].
    assert (E : forall j, In j js -> run step (padded n t (C (v j))) (bits u) = map (reaches r (v j)) (F u)).
    { intros j Hj. destruct (P j Hj) as (_ & _ & _ & ->). now apply (C_ok _ (js_range _ Hj)). }
    assert (Lo : length (F u) = o).
    { assert (I : In 1%nat js) by (apply in_seq; pose proof tops_Z; nia). destruct (C_ok _ (js_range _ I)) as (_ & <- & _ & E1).
      specialize (E1 u Xu). apply (f_equal (@length Z)) in E1. rewrite map_length, run_length in E1. rewrite <- E1. apply width_any.
      intros E2. pose proof (C_depth _ (js_range _ I)) as L. cbv beta in L. rewrite E2 in L. cbn in L. lia. }
    set (Y := map (fun q => Qfloor (inject_Z (Zpos r) * q) + Zpos r * R) (F u)).
    assert (V : map (fun G => ev G (run step ls (bits u))) Gs = map (fun y => y - Zpos r * R) Y).
    { transitivity (map (fun f => ev f Y - Zpos r * R) (idents o)).
      2: { rewrite <- (map_map (fun f => ev f Y) (fun y => y - Zpos r * R)), I3; [easy|]. unfold Y. now rewrite map_length. }
      unfold Gs. rewrite map_map. apply map_ext_in. intros f Hf. unfold ev. cbn [fst snd].
      pose proof (idents_bias o) as Z0. rewrite Forall_forall in Z0. rewrite (Z0 f Hf). unfold wide in I1. rewrite Forall_forall in I1. specialize (I1 f Hf).
      rewrite A4. unfold Cs. rewrite flat_map_concat_map, map_map, <- flat_map_concat_map.
      rewrite (flat_map_ext_in _ (fun j => map (reaches r (v j)) (F u)) js E).
      rewrite dot_copies by (intros; now rewrite map_length, Lo, I1). rewrite dot_lsum. unfold Y.
      enough (EQ : map (fun q => lsum (fun j => reaches r (v j) q) js) (F u) = map (fun q => Qfloor (inject_Z (Zpos r) * q) + Zpos r * R) (F u)) by (rewrite EQ; lia).
      apply map_ext_in. intros q Hq. rewrite Forall_forall in HR. specialize (HR q Hq).
      rewrite (lsum_ext _ (fun j => step (Qfloor (inject_Z (Zpos r) * q) + Zpos r * R - Z.of_nat j))).
      2: { intros j _. rewrite reaches_step. f_equal. unfold v. lia. }
      unfold js. rewrite count_steps, tops_Z, (count_clipped r R q R1).
      now rewrite (Qfloor_comp _ (inject_Z (Zpos r) * q)) by (now rewrite (clip_bounded R q HR)). }
    rewrite <- (map_map (fun G => ev G (run step ls (bits u))) (fun z => (z # r)%Q)), V. unfold Y. rewrite !map_map.
    clear. induction (F u) as [|q qs IH]; constructor; [|exact IH]. unfold roundedQ. now rewrite Z.add_simpl_r.
Qed.
End Sum.

Theorem S5_network_cube : forall (F : list Q -> list Q) (d o t : nat) (W B S : Z) (r : positive) (R : Z) (C : Z -> list layer),
  1 <= R -> 1 <= W -> 1 <= B -> circuits r R (cube d) (fun x => x) (fun x => F (toQ x)) d o (Bound W B S) C ->
  depths r R C (fun k => (1 <= k <= t)%nat) ->
  exists N' : netQ, well_formedQ d N' /\ depthQ N' = (t + 1)%nat
  /\ (forall x, cube d x -> Forall (fun v => (Qabs v <= inject_Z R)%Q) (F (toQ x)) -> Forall2 Qeq (valueQ N' (toQ x)) (map (roundedQ r) (F (toQ x))))
  /\ tame r W (B + 1) (2 * (2 * Zpos r * R * S)) 1 (Zpos r * R) N'.
Proof. intros F d o t W B S r R C R1 W1 B1 H1 H2. exact (sum_of_circuits r R _ _ _ d o t W B S C R1 W1 B1 H1 H2). Qed.

(** ** On the grid a layer of steps makes the bits: a circuit's first layer reads them as sums of steps *)
Section Read.
Variable p : positive.
Let P : Z := Zpos (p * p).

(** The weights of the steps 1[u + p^2 >= t] of every input: what the bits of t weigh more than those of t-1. *)
Fixpoint on_steps (d : nat) (w : list Z) : list Z :=
  match d with O => [] | S d' => jumps (fun n => dot (firstn (size p) w) (binary p n)) (cells p) ++ on_steps d' (skipn (size p) w) end.

Lemma on_steps_length d w : length (on_steps d w) = (d * cells p)%nat.
Proof. revert w. induction d as [|d IH]; intros w; [easy|]. cbn [on_steps]. now rewrite app_length, jumps_length, IH. Qed.
Lemma on_steps_value us : Forall (fun u => - P <= u <= P) us -> forall w, length w = (length us * size p)%nat ->
  dot (on_steps (length us) w) (thermos p us) = dot w (codes p us).
Proof.
  induction 1 as [|u us Hu _ IH]; intros w Hw; [now destruct w|]. unfold thermos, codes in *. cbn [length on_steps flat_map] in *.
  rewrite dot_app by (now rewrite jumps_length, map_length, seq_length). rewrite IH by (rewrite skipn_length; lia).
  transitivity (dot (firstn (size p) w ++ skipn (size p) w) (binary p (u + P) ++ flat_map (fun u => binary p (u + P)) us)); [|now rewrite firstn_skipn].
  rewrite dot_app by (rewrite firstn_length, binary_length; lia). f_equal.
  set (phi := fun n => dot (firstn (size p) w) (binary p n)). pose proof (exact_sum_min phi (u + P) (cells p) ltac:(lia)) as E.
  rewrite Z.min_l in E by (rewrite cells_Z; fold P; lia). change (dot (firstn (size p) w) (binary p (u + P))) with (phi (u + P)). rewrite <- E.
  fold P. assert (Z0 : phi 0 = 0); [|lia]. unfold phi, binary. clear. generalize (firstn (size p) w). induction (seq 0 (size p)) as [|s l IH]; intros [|a w']; try easy.
  cbn [map dot]. rewrite IH, Z.testbit_0_l. cbn. lia.
Qed.

Lemma bits_differ W w : 0 <= W -> Forall (fun a => Z.abs a <= W) w -> forall a b, Forall bit a -> Forall bit b ->
  Z.abs (dot w a - dot w b) <= W * Z.of_nat (length w).
Proof.
  intros HW. induction 1 as [|c w Hc _ IH]; intros a b Ha Hb; [cbn [dot length]; lia|]. destruct Ha as [|x a Hx Ha], Hb as [|y b Hy Hb]; cbn [dot length].
  - rewrite Z.sub_0_r. pose proof (Z.mul_nonneg_nonneg W (Z.of_nat (S (length w)))). lia.
  - specialize (IH [] b (Forall_nil _) Hb). rewrite dot_nil_r in IH. unfold bit in Hy. nia.
  - specialize (IH a [] Ha (Forall_nil _)). rewrite dot_nil_r in IH. unfold bit in Hx. nia.
  - specialize (IH a b Ha Hb). unfold bit in Hx, Hy. nia.
Qed.
Lemma on_steps_wires W d w : 0 <= W -> Forall (fun a => Z.abs a <= W) w -> Forall (fun a => Z.abs a <= W * Z.of_nat (size p)) (on_steps d w).
Proof.
  intros HW. revert w. induction d as [|d IH]; intros w Hw; cbn [on_steps]; [constructor|].
  rewrite <- (firstn_skipn (size p) w) in Hw. apply Forall_app in Hw. destruct Hw as [H1 H2]. apply Forall_app. split; [|now apply IH].
  unfold jumps. apply Forall_map, Forall_forall. intros j _. eapply Z.le_trans; [apply (bits_differ W _ HW H1); apply binary_bits|].
  apply Z.mul_le_mono_nonneg_l; [exact HW|]. rewrite firstn_length. lia.
Qed.

(** A circuit over the digits as one over the steps. *)
Definition reading (d : nat) (C : list layer) : list layer :=
  match C with [] => [] | l :: ls => map (fun f => (on_steps d (fst f), snd f)) l :: ls end.
Lemma reading_ok r R d F o W B S C : 0 <= W -> depths r R C (fun k => (1 <= k)%nat) ->
  circuits r R (grid_point p d) (codes p) F (d * size p) o (Bound W B S) C ->
  circuits r R (grid_point p d) (thermos p) F (d * cells p) o (Bound (W * Z.of_nat (size p)) B S) (fun v => reading d (C v)).
Proof.
  intros HW HD H v Hv. destruct (H v Hv) as (A1 & A2 & [A3 A4] & A5). specialize (HD v Hv). cbv beta in HD. cbn [bw bb bs] in *.
  assert (S1 : W <= W * Z.of_nat (size p)) by (rewrite <- (Z.mul_1_r W) at 1; apply Z.mul_le_mono_nonneg_l; unfold size; lia).
  destruct (C v) as [|l ls]; [cbn in HD; lia|]. cbn [reading fits width] in *. rewrite map_length. destruct A1 as [F1 F2].
  inversion_clear A3 as [|? ? [A3a A3b] A3']. inversion_clear A4 as [|? ? A4a A4'].
  split; [split; [|exact F2]|split; [exact A2|split; [split; cbn [bw bb bs]; constructor|]]].
  - apply Forall_map, Forall_forall. intros f _. apply on_steps_length.
  - split; [|now apply Forall_map]. apply Forall_map. eapply Forall_impl; [|exact A3a]. intros f Hf. now apply on_steps_wires.
  - eapply Forall_impl; [|exact A3']. intros l' [H1 H2]. split; [|exact H2]. eapply Forall_impl; [|exact H1]. intros f. apply Forall_impl. intros a. lia.
  - unfold width_le in *. now rewrite map_length.
  - exact A4'.
  - intros us Hu. rewrite <- (A5 us Hu). cbn [run]. f_equal. unfold apply. rewrite map_map. apply map_ext_in. intros f Hf. f_equal.
    destruct Hu as [<- Hu]. unfold ev. cbn [fst snd]. f_equal. apply on_steps_value; [exact Hu|]. unfold wide in F1. rewrite Forall_forall in F1. now apply F1.
Qed.
End Read.

Theorem S5_network : forall (F : list Q -> list Q) (d o t : nat) (W B S : Z) (p r : positive) (R : Z) (C : Z -> list layer),
  1 <= R -> 1 <= W -> 1 <= B ->
  circuits r R (grid_point p d) (codes p) (fun us => F (at_grid p us)) (d * size p) o (Bound W B S) C ->
  depths r R C (fun k => (1 <= k <= t)%nat) ->
  exists N' : netQ, well_formedQ d N' /\ depthQ N' = (t + 2)%nat
  /\ (forall x, grid p d x -> Forall (fun v => (Qabs v <= inject_Z R)%Q) (F x) -> Forall2 Qeq (valueQ N' x) (map (roundedQ r) (F x)))
  /\ tame r (Z.max (W * Z.of_nat (size p)) (Zpos p)) (Z.max (B + 1) (Zpos (p * p)))
       (Z.max (2 * (2 * Zpos r * R * S)) (4 * (Z.of_nat d * Zpos (p * p)))) 1 (Zpos r * R) N'.
Proof.
  intros F d o t W B S p r R C R1 W1 B1 H D. assert (D1 : depths r R C (fun k => (1 <= k)%nat)) by (intros v Hv; apply (D v Hv)).
  pose proof (reading_ok p r R d _ o W B S C ltac:(lia) D1 H) as H2. assert (W2 : 1 <= W * Z.of_nat (size p)) by (unfold size; nia).
  assert (D2 : depths r R (fun v => reading p d (C v)) (fun k => (1 <= k <= t)%nat)).
  { intros v Hv. specialize (D v Hv). cbv beta in *. now destruct (C v). }
  destruct (sum_of_circuits r R _ _ _ _ o t _ B S _ R1 W2 B1 H2 D2) as (N1 & A1 & A2 & A3 & A4).
  assert (NE : hiddenQ N1 <> []).
  { intros E. unfold depthQ in A2. rewrite E in A2. cbn in A2. assert (I : in_range r R (Zpos r * R)) by (unfold in_range; nia). specialize (D _ I). cbv beta in D. lia. }
  destruct (on_grid p d N1 r _ _ _ _ _ A1 NE A4) as (N' & E1 & E2 & E3 & E4). exists N'. split; [exact E1|]. split; [rewrite E2, A2; lia|].
  split; [|exact E4]. intros x (us & Hu & ->) HR. eapply values_trans; [exact (E3 us Hu)|]. now apply A3.
Qed.
