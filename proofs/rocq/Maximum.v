(** The maximum of five and of six numbers with two hidden layers, for all rational inputs (docs/reals.md, "Maxima with two
    hidden layers").

    Five: the identity of Bakaev, Brunck, Hertrich, Stade, Yehudayoff (2025), partly reconstructed; six: found here.  The
    networks are in MaximumData.v.  [measured] with depth 3 says that they have two hidden layers and a linear one.  The proof
    runs the tree of cells of Cells.v against a chain of maxima. *)
From Coq Require Import ZArith QArith Qabs NArith List Lia Lqa Bool.
From Exactnet Require Import Checker Measures Cells MaximumData.
Import ListNotations.
Open Scope Q_scope.

Definition larger (a b : Q) : Q := if Qle_bool a b then b else a.
Definition maximum (x : list Q) : Q := match x with [] => 0 | a :: l => fold_left larger l a end.

(** The maximum as a chain: h_1 = [x_2 - x_1]+, h_{j+1} = [x_{j+2} - (x_1 + h_1 + ... + h_j)]+. *)
Definition chain_node (d j : nat) : node :=
  Node Relu 1 0 ((N.of_nat (S j), 1%Z) :: (0%N, (-1)%Z) :: map (fun i => (N.of_nat (d + i), (-1)%Z)) (seq 0 j)).
Definition chain (d : nat) : network :=
  Network (map (chain_node d) (seq 0 (d - 1)) ++ [Node Affine 1 0 ((0%N, 1%Z) :: map (fun i => (N.of_nat (d + i), 1%Z)) (seq 0 (d - 1)))])
    [N.of_nat (d + (d - 1))].

Lemma larger_ok a b : larger a b == a + pos (b - a).
Proof.
  unfold larger. destruct (Qle_bool a b) eqn:E.
  - apply Qle_bool_iff in E. rewrite pos_above by lra. ring.
  - rewrite pos_below; [ring|]. destruct (Qlt_le_dec b a) as [L|G]; [lra|]. apply Qle_bool_iff in G. congruence.
Qed.
Lemma larger_compat a a' b : a == a' -> larger a b == larger a' b.
Proof. intros E. rewrite !larger_ok. now rewrite E. Qed.
Lemma fold_larger l a b : fold_left larger (l ++ [b]) a = larger (fold_left larger l a) b.
Proof. now rewrite fold_left_app. Qed.

Lemma look_old vs q i : (i < length vs)%nat -> look (vs ++ [q]) (N.of_nat i) = look vs (N.of_nat i).
Proof. intros H. rewrite look_app. rewrite (proj2 (N.eqb_neq _ _)) by lia. easy. Qed.
Lemma look_new vs q : look (vs ++ [q]) (N.of_nat (length vs)) = q.
Proof. rewrite look_app. now rewrite N.eqb_refl. Qed.

Lemma sumQ_same c l vs : sumQ (map (fun i => (N.of_nat i, c)) l) vs == inject_Z c * fold_right (fun i s => look vs (N.of_nat i) + s) 0 l.
Proof.
  induction l as [|i l IH]; cbn [map sumQ fold_right fst snd]; [ring|]. fold (sumQ (map (fun i => (N.of_nat i, c)) l) vs). rewrite IH. ring.
Qed.
Definition total (d j : nat) (vs : list Q) : Q := look vs 0 + fold_right (fun i s => look vs (N.of_nat i) + s) 0 (map (fun i => d + i)%nat (seq 0 j)).

Lemma sum_old l vs q : Forall (fun i => (i < length vs)%nat) l ->
  fold_right (fun i s => look (vs ++ [q]) (N.of_nat i) + s) 0 l = fold_right (fun i s => look vs (N.of_nat i) + s) 0 l.
Proof. induction 1 as [|i l H _ IH]; cbn [fold_right]; [easy|]. now rewrite IH, look_old. Qed.
Lemma sum_last l vs i : fold_right (fun i s => look vs (N.of_nat i) + s) 0 (l ++ [i]) ==
  fold_right (fun i s => look vs (N.of_nat i) + s) 0 l + look vs (N.of_nat i).
Proof. induction l as [|j l IH]; cbn [app fold_right]; [ring|]. rewrite IH. ring. Qed.

Lemma chain_run d x j : length x = d -> (j < d)%nat ->
  let vs := Checker.run (map (chain_node d) (seq 0 j)) x in
  length vs = (d + j)%nat /\ (forall i, (i < d)%nat -> look vs (N.of_nat i) = nth i x 0)
  /\ total d j vs == maximum (firstn (S j) x).
Proof.
  intros L. induction j as [|j IH]; intros J; cbv zeta.
  - cbn [seq map Checker.run fold_left]. split; [lia|]. split; [intros i Hi; unfold look; now rewrite Nnat.Nat2N.id|].
    unfold total. destruct x as [|a x]; [cbn in L; lia|]. cbn. ring.
  - destruct IH as (A & B & C); [lia|]. rewrite seq_S, map_app. cbn [map Nat.add]. unfold Checker.run in *. rewrite fold_left_app. cbn [fold_left].
    set (vs := fold_left _ _ x) in *. set (h := node_value _ vs).
    assert (H : h == pos (nth (S j) x 0 - total d j vs)).
    { unfold h, node_value, chain_node. cbn [act den bias wires actQ]. fold (pos ((inject_Z 0 +
        sumQ ((N.of_nat (S j), 1%Z) :: (0%N, (-1)%Z) :: map (fun i => (N.of_nat (d + i), (-1)%Z)) (seq 0 j)) vs) * (1 # 1))).
      apply pos_compat. cbn [sumQ fold_right fst snd]. rewrite <- (map_map (fun i => (d + i)%nat) (fun i => (N.of_nat i, (-1)%Z))).
      fold (sumQ (map (fun i => (N.of_nat i, (-1)%Z)) (map (fun i => (d + i)%nat) (seq 0 j))) vs). rewrite sumQ_same, B by lia. unfold total.
      change (inject_Z 1) with 1. change (inject_Z (-1)) with (-1). change (inject_Z 0) with 0. change (1 # 1) with 1. ring. }
    split; [rewrite app_length; cbn [length]; lia|]. split; [intros i Hi; rewrite look_old by lia; now apply B|].
    unfold total. rewrite seq_S, map_app. cbn [map Nat.add]. rewrite sum_last, <- A, look_new. change 0%N with (N.of_nat 0).
    rewrite look_old by lia. rewrite sum_old by (apply Forall_forall; intros i Hi; apply in_map_iff in Hi; destruct Hi as (k & <- & Hk); apply in_seq in Hk; lia).
    assert (F : firstn (S (S j)) x = firstn (S j) x ++ [nth (S j) x 0]).
    { clear - L J. subst d. revert j J. induction x as [|a x IH]; intros j J; [cbn in J; lia|]. destruct j as [|j].
      - destruct x; [cbn in J; lia|easy].
      - cbn [length] in J. rewrite firstn_cons, (IH j) by lia. easy. }
    rewrite F. unfold maximum in *. destruct x as [|a x]; [cbn in L; lia|]. cbn [firstn app] in C |- *. rewrite fold_larger.
    rewrite larger_ok, <- C, <- H. unfold total. change (N.of_nat 0) with 0%N. ring.
Qed.

Lemma chain_ok d x : length x = d -> (0 < d)%nat -> Forall2 Qeq (value (chain d) x) [maximum x].
Proof.
  intros L D. destruct (chain_run d x (d - 1) L) as (A & B & C); [lia|]. unfold value, chain. cbn [nodes outputs map].
  unfold Checker.run in *. rewrite fold_left_app. cbn [fold_left]. set (vs := fold_left _ _ x) in *. constructor; [|constructor].
  rewrite <- A, look_new. unfold node_value. cbn [act den bias wires actQ sumQ fold_right fst snd].
  rewrite <- (map_map (fun i => (d + i)%nat) (fun i => (N.of_nat i, 1%Z))).
  fold (sumQ (map (fun i => (N.of_nat i, 1%Z)) (map (fun i => (d + i)%nat) (seq 0 (d - 1)))) vs). rewrite sumQ_same.
  replace (firstn (S (d - 1)) x) with x in C by (rewrite firstn_all2; [easy|lia]). rewrite <- C. unfold total.
  change (inject_Z 1) with 1. change (inject_Z 0) with 0. change (1 # 1) with 1. ring.
Qed.

Lemma by_cells d N lemmas begin : (0 < d)%nat -> agree [] lemmas begin N (chain d) d = true ->
  forall x, length x = d -> Forall2 Qeq (value N x) [maximum x].
Proof.
  intros D A x L. pose proof (agree_sound [] lemmas begin N (chain d) d A x (conj L (Forall_nil _))) as F. pose proof (chain_ok d x L D) as G.
  destruct (value N x) as [|v [|w vs]]; destruct (value (chain d) x) as [|c [|c' cs]]; inversion_clear F as [|? ? ? ? E1 F1];
    inversion_clear G as [|? ? ? ? E2 F2]; try now inversion F1.
  constructor; [|constructor]. now rewrite E1.
Qed.

Theorem max_of_five : (forall x : list Q, length x = 5%nat -> Forall2 Qeq (value five x) [maximum x])
  /\ exists W B, measured five 5 (Measure 3 W B).
Proof.
  split; [apply (by_cells 5 five five_lemmas five_begin); [lia|vm_cast_no_check (eq_refl true)]|].
  eexists _, _. apply measures_sound. vm_compute. reflexivity.
Qed.
Theorem max_of_six : (forall x : list Q, length x = 6%nat -> Forall2 Qeq (value six x) [maximum x])
  /\ exists W B, measured six 6 (Measure 3 W B).
Proof.
  split; [apply (by_cells 6 six six_lemmas six_begin); [lia|vm_cast_no_check (eq_refl true)]|].
  eexists _, _. apply measures_sound. vm_compute. reflexivity.
Qed.
