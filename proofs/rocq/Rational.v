(** Networks with rational weights: what the reader must believe, and how they become networks of integers.

    The definitions repeat those of Network.v over Q; equality of values is [Qeq] (==).  Everything is about finite lists.
    With D a common denominator of all weights and biases, the values of layer i, times D^i, are those of a network with
    integer weights (docs/theory.md, "Scaling"). *)
From Coq Require Import ZArith QArith Qabs Qminmax Qround List Lia Bool.
From Exactnet Require Import Network Sums Gadgets Digits Compose Stacked.
Import ListNotations.
Open Scope Z_scope.

(** ** What the reader must believe *)
Notation formQ := (list Q * Q)%type.
Notation layerQ := (list formQ).
Fixpoint dotQ (w x : list Q) : Q := match w, x with a :: w', b :: x' => a * b + dotQ w' x' | _, _ => 0 end%Q.
Definition evQ (f : formQ) (x : list Q) : Q := (dotQ (fst f) x + snd f)%Q.
Definition reluQ (z : Q) : Q := if Qle_bool 0 z then z else 0%Q.
Definition applyQ (l : layerQ) (x : list Q) : list Q := map (fun f => reluQ (evQ f x)) l.
Fixpoint runQ (ls : list layerQ) (x : list Q) : list Q := match ls with [] => x | l :: ls' => runQ ls' (applyQ l x) end.
Record netQ := NetQ { hiddenQ : list layerQ; outputQ : layerQ }.
Definition valueQ (N : netQ) (x : list Q) : list Q := map (fun f => evQ f (runQ (hiddenQ N) x)) (outputQ N).
Definition depthQ (N : netQ) : nat := S (length (hiddenQ N)).

Definition wideQ (n : nat) (l : layerQ) : Prop := Forall (fun f => length (fst f) = n) l.
Fixpoint fitsQ (n : nat) (ls : list layerQ) : Prop := match ls with [] => True | l :: ls' => wideQ n l /\ fitsQ (length l) ls' end.
Definition well_formedQ (n : nat) (N : netQ) : Prop := fitsQ n (hiddenQ N ++ [outputQ N]).

Definition wires_leQ (W : Q) (l : layerQ) : Prop := Forall (fun f => Forall (fun a => Qle (Qabs a) W) (fst f)) l.
Definition biases_leQ (W : Q) (l : layerQ) : Prop := Forall (fun f => Qle (Qabs (snd f)) W) l.

(** D is a multiple of every denominator, and every form, times D, has mass at most M. *)
Definition numer (D : Z) (w : Q) : Z := Qnum w * (D / Zpos (Qden w)).
Definition massQ (D : Z) (f : formQ) : Z := lsum (fun w => Z.abs (numer D w)) (fst f) + Z.abs (numer D (snd f)).
Definition over (D : Z) (f : formQ) : Prop := Forall (fun w => (Zpos (Qden w) | D)) (fst f) /\ (Zpos (Qden (snd f)) | D).
Definition small (D M : Z) (f : formQ) : Prop := over D f /\ massQ D f <= M.

(** Inputs of the cube, as rationals; of the grid, the multiples u/p of 1/p from -p to p. *)
Definition toQ (x : list Z) : list Q := map inject_Z x.
Definition grid_point (p : positive) (d : nat) (us : list Z) : Prop :=
  length us = d /\ Forall (fun u => - Zpos (p * p) <= u <= Zpos (p * p)) us.
Definition at_grid (p : positive) (us : list Z) : list Q := map (fun u => (u # p)%Q) us.

(** ** Integers: the values times a scale *)
Definition scaled (s : Z) (q : Q) (z : Z) : Prop := (inject_Z s * q == inject_Z z)%Q.

Lemma numer_ok D w : (Zpos (Qden w) | D) -> scaled D w (numer D w).
Proof.
  intros [c ->]. unfold scaled, numer. rewrite Z.div_mul by easy.
  destruct w as [n e]. unfold Qeq, Qmult, inject_Z. cbn [Qnum Qden]. rewrite ?Pos.mul_1_l, ?Pos.mul_1_r. ring.
Qed.

Lemma scaled_dot D s w x z : Forall (fun w => (Zpos (Qden w) | D)) w -> Forall2 (scaled s) x z ->
  scaled (D * s) (dotQ w x) (dot (map (numer D) w) z).
Proof.
  unfold scaled. intros Hw Hx. rewrite inject_Z_mult. revert x z Hx. induction Hw as [|a w Ha _ IH]; intros x z Hx.
  - cbn [dotQ map dot]. change (inject_Z 0) with 0%Q. ring.
  - destruct Hx as [|b c x z Hb Hx]; cbn [dotQ map dot]; [change (inject_Z 0) with 0%Q; ring|].
    pose proof (numer_ok D a Ha) as E. unfold scaled in E. rewrite inject_Z_plus, inject_Z_mult, <- (IH x z Hx), <- Hb, <- E. ring.
Qed.

(** The integer form: weights times D, the bias times D and the scale of the layer below. *)
Definition integral (D s : Z) (f : formQ) : form := (map (numer D) (fst f), s * numer D (snd f)).

Lemma scaled_ev D s f x z : over D f -> Forall2 (scaled s) x z -> scaled (D * s) (evQ f x) (ev (integral D s f) z).
Proof.
  intros [Hw Hb] Hx. unfold evQ, ev, integral. cbn [fst snd]. pose proof (scaled_dot D s (fst f) x z Hw Hx) as E.
  pose proof (numer_ok D (snd f) Hb) as E2.
  unfold scaled in *. rewrite inject_Z_plus, <- E, !inject_Z_mult, <- E2. ring.
Qed.

Lemma values_trans a b c : Forall2 Qeq a b -> Forall2 Qeq b c -> Forall2 Qeq a c.
Proof.
  intros H. revert c. induction H as [|x y a b Hxy _ IH]; intros c G; inversion G; subst; constructor; [now rewrite Hxy|auto].
Qed.
Lemma dotQ_compat w x y : Forall2 Qeq x y -> (dotQ w x == dotQ w y)%Q.
Proof.
  intros H. revert w. induction H as [|a b x y Hab _ IH]; intros [|v w]; cbn [dotQ]; try reflexivity. now rewrite Hab, (IH w).
Qed.
Lemma reluQ_compat a b : (a == b)%Q -> (reluQ a == reluQ b)%Q.
Proof.
  intros E. unfold reluQ. replace (Qle_bool 0 a) with (Qle_bool 0 b); [now destruct (Qle_bool 0 b)|].
  apply eq_true_iff_eq. rewrite !Qle_bool_iff. now rewrite E.
Qed.
Lemma reluQ_max z : (reluQ z == Qminmax.Qmax 0 z)%Q.
Proof.
  unfold reluQ. destruct (Qle_bool 0 z) eqn:E.
  - apply Qle_bool_iff in E. now rewrite Qminmax.Q.max_r.
  - rewrite Qminmax.Q.max_l; [easy|]. apply Qlt_le_weak, Qnot_le_lt. intros H. apply Qle_bool_iff in H. congruence.
Qed.

Lemma scaled_sign s q z : 0 < s -> scaled s q z -> Qle_bool 0 q = (0 <=? z).
Proof.
  unfold scaled. intros Hs E. apply eq_true_iff_eq. rewrite Qle_bool_iff, Z.leb_le. unfold Qle, Qeq, Qmult, inject_Z in *.
  cbn [Qnum Qden] in *. rewrite ?Z.mul_1_r, ?Z.mul_1_l, ?Pos.mul_1_l in *. split; intros H; nia.
Qed.

Lemma scaled_relu s q z : 0 < s -> scaled s q z -> scaled s (reluQ q) (relu z).
Proof.
  intros Hs E. unfold reluQ. rewrite (scaled_sign s q z Hs E). unfold relu. destruct (Z.leb_spec 0 z).
  - now rewrite Z.max_r.
  - rewrite Z.max_l by lia. unfold scaled. change (inject_Z 0) with 0%Q. ring.
Qed.

Fixpoint integers (D s : Z) (ls : list layerQ) : list layer :=
  match ls with [] => [] | l :: ls' => map (integral D s) l :: integers D (D * s) ls' end.
Fixpoint scale (D s : Z) {A} (ls : list A) : Z := match ls with [] => s | _ :: ls' => scale D (D * s) ls' end.

Lemma scaled_run D ls : 0 < D -> Forall (Forall (over D)) ls -> forall s x z, 0 < s -> Forall2 (scaled s) x z ->
  Forall2 (scaled (scale D s ls)) (runQ ls x) (run relu (integers D s ls) z).
Proof.
  intros HD. induction 1 as [|l ls Hl _ IH]; intros s x z Hs Hx; [exact Hx|]. cbn [runQ run integers scale]. apply IH; [lia|].
  unfold applyQ, apply. rewrite map_map. induction Hl as [|f l Hf _ IHl]; constructor; [|exact IHl].
  apply scaled_relu; [lia|]. now apply scaled_ev.
Qed.

Lemma scale_pow D s {A} (ls : list A) : scale D s ls = D ^ Z.of_nat (length ls) * s.
Proof.
  revert s. induction ls as [|l ls IH]; intros s; [cbn [scale length]; change (Z.of_nat 0) with 0; rewrite Z.pow_0_r; lia|]. cbn [scale length]. rewrite IH, Nat2Z.inj_succ, Z.pow_succ_r by lia. ring.
Qed.

Lemma integers_fits D ls : forall s n, fitsQ n ls -> fits n (integers D s ls).
Proof.
  induction ls as [|l ls IH]; intros s n; cbn [fitsQ integers fits]; [easy|]. intros [H1 H2]. split.
  - apply Forall_map. eapply Forall_impl; [|exact H1]. intros f Hf. cbn. now rewrite map_length.
  - rewrite map_length. now apply IH.
Qed.
(** The integers of a network: its hidden layers, then the output layer. *)
Lemma integers_app D l ls : forall s, integers D s (ls ++ [l]) = integers D s ls ++ [map (integral D (scale D s ls)) l].
Proof. induction ls as [|l0 ls IH]; intros s; [easy|]. cbn [app integers scale]. now rewrite IH. Qed.
Lemma network_fits D d N : well_formedQ d N ->
  fits d (integers D 1 (hiddenQ N) ++ [map (integral D (D ^ Z.of_nat (length (hiddenQ N)))) (outputQ N)]).
Proof.
  intros H. pose proof (integers_fits D _ 1 d H) as F. now rewrite integers_app, scale_pow, Z.mul_1_r in F.
Qed.
Lemma integers_length D ls : forall s, length (integers D s ls) = length ls.
Proof. induction ls as [|l ls IH]; intros s; cbn; auto. Qed.
Lemma integers_widths D m ls : Forall (fun l : layerQ => (length l <= m)%nat) ls -> forall s,
  Forall (fun l : layer => (length l <= m)%nat) (integers D s ls).
Proof. induction 1; intros s; cbn [integers]; constructor; [now rewrite map_length|auto]. Qed.

Lemma integral_mass D s f M : 1 <= s -> massQ D f <= M -> mass (integral D s f) <= s * M.
Proof.
  unfold massQ, mass, integral. cbn [fst snd]. intros Hs H. rewrite Z.abs_mul, (Z.abs_eq s) by lia.
  assert (E : lsum Z.abs (map (numer D) (fst f)) = lsum (fun w => Z.abs (numer D w)) (fst f)).
  { clear. unfold lsum. induction (fst f) as [|a w IH]; [reflexivity|]. cbn [map fold_right]. rewrite IH. reflexivity. }
  rewrite E. pose proof (lsum_abs_nonneg (map (numer D) (fst f))) as P. rewrite E in P.
  clear E. revert P H. generalize (lsum (fun w => Z.abs (numer D w)) (fst f)). intros. nia.
Qed.

Lemma integers_mass D M k ls : 1 <= D -> Forall (Forall (small D M)) ls -> (length ls <= k)%nat -> 0 <= M ->
  Forall (Forall (fun f => mass f <= D ^ Z.of_nat k * M)) (integers D 1 ls).
Proof.
  intros HD H Hk HM. enough (G : forall j, (j + length ls <= k)%nat -> Forall (Forall (fun f => mass f <= D ^ Z.of_nat k * M)) (integers D (D ^ Z.of_nat j) ls))
    by (apply (G 0%nat); lia).
  clear Hk. induction H as [|l ls Hl _ IH]; intros j Hj; [constructor|]. cbn [integers length] in *. constructor.
  - apply Forall_map. eapply Forall_impl; [|exact Hl]. intros f [_ Hf].
    assert (P : 0 < D ^ Z.of_nat j) by (apply Z.pow_pos_nonneg; lia).
    eapply Z.le_trans; [apply integral_mass; [lia|exact Hf]|]. apply Z.mul_le_mono_nonneg_r; [easy|]. apply Z.pow_le_mono_r; lia.
  - replace (D * D ^ Z.of_nat j) with (D ^ Z.of_nat (S j)) by (rewrite Nat2Z.inj_succ, Z.pow_succ_r by lia; ring). apply IH. lia.
Qed.

Lemma scale_bits D b k : 1 <= D <= 2 ^ Z.of_nat b -> D ^ Z.of_nat k * 2 ^ Z.of_nat b <= 2 ^ Z.of_nat (b * (k + 1)).
Proof.
  intros HD. replace (2 ^ Z.of_nat (b * (k + 1))) with ((2 ^ Z.of_nat b) ^ Z.of_nat k * 2 ^ Z.of_nat b).
  - apply Z.mul_le_mono_nonneg_r; [lia|]. apply Z.pow_le_mono_l. lia.
  - rewrite <- Z.pow_mul_r, <- Z.pow_add_r by lia. f_equal. lia.
Qed.
Lemma integers_small D b k ls : 1 <= D <= 2 ^ Z.of_nat b -> Forall (Forall (small D (2 ^ Z.of_nat b))) ls -> (length ls <= k)%nat ->
  Forall (Forall (fun f => mass f <= 2 ^ Z.of_nat (b * (k + 1)))) (integers D 1 ls).
Proof.
  intros HD HS HK. pose proof (integers_mass D (2 ^ Z.of_nat b) k ls ltac:(lia) HS HK ltac:(lia)) as H. pose proof (scale_bits D b k HD).
  eapply Forall_impl; [|exact H]. intros l. apply Forall_impl. intros f Hf. lia.
Qed.
Lemma small_over D M ls : Forall (Forall (small D M)) ls -> Forall (Forall (over D)) ls.
Proof. apply Forall_impl. intros l. apply Forall_impl. now intros f [H _]. Qed.

Lemma scaled_inputs x : Forall2 (scaled 1) (toQ x) x.
Proof. induction x; constructor; auto. unfold scaled. change (inject_Z 1) with 1%Q. ring. Qed.

(** ** Networks of integers are networks of rationals *)
Definition fromZ (f : form) : formQ := (map inject_Z (fst f), inject_Z (snd f)).
Lemma fromZ_over f : over 1 (fromZ f).
Proof. split; cbn [fst snd fromZ]; [apply Forall_map, Forall_forall; intros w _|]; cbn; apply Z.divide_refl. Qed.
Lemma numer_inject z : numer 1 (inject_Z z) = z.
Proof. unfold numer, inject_Z. cbn [Qnum Qden]. rewrite Z.div_1_r. lia. Qed.
Lemma fromZ_integral f : integral 1 1 (fromZ f) = f.
Proof.
  destruct f as [w b]. unfold integral, fromZ. cbn [fst snd]. rewrite map_map, numer_inject. f_equal; [|lia].
  rewrite <- (map_id w) at 2. apply map_ext. apply numer_inject.
Qed.
Lemma fromZ_layers ls : integers 1 1 (map (map fromZ) ls) = ls.
Proof.
  induction ls as [|l ls IH]; [easy|]. cbn [map integers]. rewrite Z.mul_1_l, IH. f_equal. rewrite map_map.
  rewrite <- (map_id l) at 2. apply map_ext. apply fromZ_integral.
Qed.
Lemma fromZ_run_from ls qs z : Forall2 (scaled 1) qs z -> Forall2 (scaled 1) (runQ (map (map fromZ) ls) qs) (run relu ls z).
Proof.
  intros Hz. assert (O : Forall (Forall (over 1)) (map (map fromZ) ls)).
  { apply Forall_map, Forall_forall. intros l _. apply Forall_map, Forall_forall. intros f _. apply fromZ_over. }
  pose proof (scaled_run 1 (map (map fromZ) ls) ltac:(lia) O 1 qs z ltac:(lia) Hz) as H.
  rewrite fromZ_layers, scale_pow, Z.pow_1_l, Z.mul_1_r in H by lia. exact H.
Qed.
Lemma fromZ_run ls x : Forall2 (scaled 1) (runQ (map (map fromZ) ls) (toQ x)) (run relu ls x).
Proof. apply fromZ_run_from, scaled_inputs. Qed.
Lemma fromZ_fits ls : forall n, fits n ls -> fitsQ n (map (map fromZ) ls).
Proof.
  induction ls as [|l ls IH]; intros n; cbn [map fits fitsQ]; [easy|]. intros [H1 H2]. split.
  - apply Forall_map. eapply Forall_impl; [|exact H1]. intros f Hf. cbn. now rewrite map_length.
  - rewrite map_length. now apply IH.
Qed.
