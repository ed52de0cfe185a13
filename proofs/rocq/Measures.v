(** Depth, largest weight and largest bias of a network as exactnet writes it, verified.

    For networks whose affine nodes are outputs that no node reads (the expansion: docs/theory.md, "Expansion" and
    "Measures").  [measures N d = Some m] proves [measured N d m]: there are layers for the values, the inputs in layer 0,
    every node above all that it reads, none above the depth, outputs that are no gates in a linear layer of their own; and
    no weight and no bias is larger.  A gate's weights are taken as they are written, not in the normal form. *)
From Coq Require Import ZArith QArith Qabs NArith List Lia Bool FMapPositive.
From Exactnet Require Import Checker.
Import ListNotations.
Open Scope Z_scope.

(** ** What the reader must believe *)
Record measure := Measure { depth : N; weight : Q; offset : Q }.
Definition measured (net : network) (d : nat) (m : measure) : Prop :=
  exists layer : N -> N, exists readable : N -> bool,
    (forall i, (i < N.of_nat d)%N -> layer i = 0%N)
    /\ (forall k n, nth_error (nodes net) k = Some n ->
          let here := N.of_nat (d + k) in
          (layer here <= depth m)%N /\ (Qabs (bias n # den n) <= offset m)%Q
          /\ (act n = Affine -> readable here = false)
          /\ Forall (fun w => (Qabs (snd w # den n) <= weight m)%Q /\ (fst w < here)%N /\ readable (fst w) = true
                              /\ (layer (fst w) < layer here)%N) (wires n))
    /\ Forall (fun o => (o < N.of_nat (d + length (nodes net)))%N
                        /\ (readable o = true -> (forall k n, o = N.of_nat (d + k) -> nth_error (nodes net) k = Some n -> act n <> Threshold)
                            -> (layer o < depth m)%N)) (outputs net).

(** ** The program *)
Definition info := (N * bool * bool)%type.   (* the layer; may it be read; is it a gate *)
Definition iget (hs : M.t info) (i : N) : option info := M.find (N.succ_pos i) hs.
Definition Qlarger (a b : Q) : Q := if Qle_bool a b then b else a.

Fixpoint below (hs : M.t info) (ws : list (N * Z)) : option N :=
  match ws with
  | [] => Some 0%N
  | (i, _) :: ws' =>
      match iget hs i, below hs ws' with
      | Some (h, true, _), Some h' => Some (N.max h h')
      | _, _ => None
      end
  end.
Definition largest (n : node) (m : Q) : Q := fold_right (fun w s => Qlarger (Z.abs (snd w) # den n) s) m (wires n).
Fixpoint sweep (ns : list node) (k : N) (hs : M.t info) (m : measure) : option (M.t info * measure) :=
  match ns with
  | [] => Some (hs, m)
  | n :: ns' =>
      match below hs (wires n) with
      | None => None
      | Some h =>
          let here := (N.succ h, match act n with Affine => false | _ => true end, match act n with Threshold => true | _ => false end) in
          sweep ns' (N.succ k) (M.add (N.succ_pos k) here hs)
            (Measure (N.max (N.succ h) (depth m)) (largest n (weight m)) (Qlarger (Z.abs (bias n) # den n) (offset m)))
      end
  end.
Fixpoint enter_inputs (d : nat) (k : N) (hs : M.t info) : M.t info :=
  match d with O => hs | S d' => enter_inputs d' (N.succ k) (M.add (N.succ_pos k) (0%N, true, false) hs) end.
Fixpoint with_outputs (hs : M.t info) (os : list N) (m : measure) : option measure :=
  match os with
  | [] => Some m
  | o :: os' =>
      match iget hs o with
      | Some (h, true, false) => with_outputs hs os' (Measure (N.max (N.succ h) (depth m)) (weight m) (offset m))
      | Some _ => with_outputs hs os' m
      | None => None
      end
  end.
Definition measures (net : network) (d : nat) : option measure :=
  match sweep (nodes net) (N.of_nat d) (enter_inputs d 0%N (M.empty _)) (Measure 0 0 0) with
  | Some (hs, m) => with_outputs hs (outputs net) m
  | None => None
  end.

(** ** Soundness *)
Lemma iget_add k v hs i : iget (M.add (N.succ_pos k) v hs) i = if (i =? k)%N then Some v else iget hs i.
Proof.
  unfold iget. destruct (N.eqb_spec i k) as [->|NE]; [now rewrite M.gss|].
  rewrite M.gso; [easy|]. intros E. apply NE. destruct i, k; cbn in *; lia.
Qed.

Lemma Qlarger_l a b : (a <= Qlarger a b)%Q.
Proof. unfold Qlarger. destruct (Qle_bool a b) eqn:E; [now apply Qle_bool_iff|apply Qle_refl]. Qed.
Lemma Qlarger_r a b : (b <= Qlarger a b)%Q.
Proof.
  unfold Qlarger. destruct (Qle_bool a b) eqn:E; [apply Qle_refl|]. apply Qlt_le_weak, Qnot_le_lt. intros H.
  apply Qle_bool_iff in H. congruence.
Qed.
Lemma largest_ok n m : (m <= largest n m)%Q /\ Forall (fun w => (Qabs (snd w # den n) <= largest n m)%Q) (wires n).
Proof.
  unfold largest. induction (wires n) as [|w ws [IH1 IH2]]; cbn [fold_right]; [split; [apply Qle_refl|constructor]|].
  set (s := fold_right _ _ ws) in *. split; [eapply Qle_trans; [exact IH1|apply Qlarger_r]|]. constructor.
  - apply (Qlarger_l (Z.abs (snd w) # den n)).
  - eapply Forall_impl; [|exact IH2]. cbv beta. intros v Hv. eapply Qle_trans; [exact Hv|apply Qlarger_r].
Qed.

Lemma below_ok hs ws h : below hs ws = Some h ->
  Forall (fun w => exists h' g, iget hs (fst w) = Some (h', true, g) /\ (h' <= h)%N) ws.
Proof.
  revert h; induction ws as [|[i w] ws IH]; cbn [below]; intros h H; [constructor|].
  destruct (iget hs i) as [[[h1 [|]] g]|] eqn:E; [|destruct (below hs ws); easy|destruct (below hs ws); easy].
  destruct (below hs ws) as [h2|]; [|easy]. injection H as <-. constructor.
  - exists h1, g. cbn [fst]. split; [easy|lia].
  - eapply Forall_impl; [|apply IH; reflexivity]. cbv beta. intros v (h' & g' & A & B). exists h', g'. split; [easy|lia].
Qed.

Definition leq (m m' : measure) : Prop := (depth m <= depth m')%N /\ (weight m <= weight m')%Q /\ (offset m <= offset m')%Q.
Lemma leq_trans a b c : leq a b -> leq b c -> leq a c.
Proof. intros (A & B & C) (A' & B' & C'). repeat split; [lia| |]; eapply Qle_trans; eauto. Qed.

(** A table of the first k values: nothing beyond, and every node so far is within m. *)
Definition node_ok (hs : M.t info) (here : N) (n : node) (m : measure) : Prop :=
  exists h, iget hs here = Some (h, match act n with Affine => false | _ => true end, match act n with Threshold => true | _ => false end)
    /\ (h <= depth m)%N /\ (Qabs (bias n # den n) <= offset m)%Q
    /\ Forall (fun w => (Qabs (snd w # den n) <= weight m)%Q /\ (fst w < here)%N
                        /\ exists h' g, iget hs (fst w) = Some (h', true, g) /\ (h' < h)%N) (wires n).

Lemma sweep_ok ns : forall k hs m hs' m', sweep ns k hs m = Some (hs', m') ->
  (forall i, (k <= i)%N -> iget hs i = None) ->
  leq m m' /\ (forall i, (i < k)%N -> iget hs' i = iget hs i)
  /\ (forall i, (k + N.of_nat (length ns) <= i)%N -> iget hs' i = None)
  /\ forall j n, nth_error ns j = Some n -> node_ok hs' (k + N.of_nat j) n m'.
Proof.
  induction ns as [|n ns IH]; intros k hs m hs' m' H Hk; cbn [sweep] in H.
  - injection H as <- <-. repeat split; try lia; try apply Qle_refl; auto.
    + intros i Hi. apply Hk. cbn [length] in Hi. lia.
    + now intros [|j].
  - destruct (below hs (wires n)) as [h|] eqn:E; [|easy]. set (here := (_, _, _)) in H. set (m1 := Measure _ _ _) in H.
    destruct (IH _ _ _ _ _ H) as (A & B & C & D).
    { intros i Hi. rewrite iget_add. rewrite (proj2 (N.eqb_neq i k)) by lia. apply Hk. lia. }
    assert (L : leq m m1) by (repeat split; cbn; [lia|apply largest_ok|apply Qlarger_r]).
    split; [now apply leq_trans with m1|]. split; [|split].
    + intros i Hi. rewrite B by lia. rewrite iget_add. now rewrite (proj2 (N.eqb_neq i k)) by lia.
    + intros i Hi. apply C. cbn [length] in Hi. lia.
    + intros [|j] n' Hn; cbn [nth_error] in Hn.
      * injection Hn as <-. rewrite N.add_0_r. destruct A as (A1 & A2 & A3). exists (N.succ h).
        rewrite B by lia. rewrite iget_add, N.eqb_refl. split; [easy|]. split; [cbn in A1; lia|]. split.
        -- eapply Qle_trans; [|exact A3]. apply (Qlarger_l (Z.abs (bias n) # den n)).
        -- pose proof (below_ok _ _ _ E) as W. destruct (largest_ok n (weight m)) as [_ W2].
           rewrite Forall_forall in *. intros w Hw. destruct (W w Hw) as (h' & g & G1 & G2). specialize (W2 w Hw). cbv beta in W2.
           assert (IK : (fst w < k)%N) by (destruct (N.lt_ge_cases (fst w) k) as [|G]; [easy|]; rewrite (Hk _ G) in G1; easy).
           split; [eapply Qle_trans; [exact W2|exact A2]|]. split; [exact IK|]. exists h', g. split; [|lia].
           rewrite B by lia. rewrite iget_add. now rewrite (proj2 (N.eqb_neq (fst w) k)) by lia.
      * replace (k + N.of_nat (S j))%N with (N.succ k + N.of_nat j)%N by lia. now apply D.
Qed.

Lemma enter_inputs_ok d : forall k hs i, iget (enter_inputs d k hs) i =
  if (k <=? i)%N && (i <? k + N.of_nat d)%N then Some (0%N, true, false) else iget hs i.
Proof.
  induction d as [|d IH]; intros k hs i; cbn [enter_inputs].
  - destruct (N.leb_spec k i), (N.ltb_spec i (k + N.of_nat 0)); cbn [andb]; try easy; lia.
  - rewrite IH, iget_add. destruct (N.eqb_spec i k), (N.leb_spec (N.succ k) i), (N.ltb_spec i (N.succ k + N.of_nat d)),
      (N.leb_spec k i), (N.ltb_spec i (k + N.of_nat (S d))); cbn [andb]; try easy; lia.
Qed.

Lemma outputs_ok hs os : forall m m', with_outputs hs os m = Some m' ->
  leq m m' /\ Forall (fun o => exists h r g, iget hs o = Some (h, r, g) /\ (r = true -> g = false -> (h < depth m')%N)) os.
Proof.
  induction os as [|o os IH]; intros m m' H; cbn [with_outputs] in H.
  - injection H as <-. split; [repeat split; try lia; apply Qle_refl|constructor].
  - destruct (iget hs o) as [[[h [|]] [|]]|] eqn:E; try easy; destruct (IH _ _ H) as [A B].
    1, 3, 4: (split; [exact A|]); constructor; [exists h; eexists _, _; split; [exact E|easy]|exact B].
    split; [eapply leq_trans; [|exact A]; repeat split; cbn; [lia|apply Qle_refl|apply Qle_refl]|]. constructor; [|exact B].
    exists h, true, false. split; [exact E|]. intros _ _. destruct A as [A _]. cbn in A. lia.
Qed.

Theorem measures_sound (net : network) (d : nat) (m : measure) : measures net d = Some m -> measured net d m.
Proof.
  unfold measures. destruct (sweep _ _ _ _) as [[hs m1]|] eqn:E; [|easy]. intros H.
  destruct (sweep_ok _ _ _ _ _ _ E) as (_ & B & C & D).
  { intros i Hi. rewrite enter_inputs_ok. rewrite (proj2 (N.ltb_ge i (0 + N.of_nat d))) by lia. rewrite andb_false_r.
    unfold iget. apply M.gempty. }
  destruct (outputs_ok _ _ _ _ H) as ((L1 & L2 & L3) & O).
  exists (fun i => match iget hs i with Some (h, _, _) => h | None => 0%N end).
  exists (fun i => match iget hs i with Some (_, r, _) => r | None => false end).
  split; [|split].
  - intros i Hi. rewrite B, enter_inputs_ok by lia. rewrite (proj2 (N.leb_le 0 i)), (proj2 (N.ltb_lt i (0 + N.of_nat d))) by lia. easy.
  - intros k n Hk. cbv zeta. destruct (D k n Hk) as (h & G1 & G2 & G3 & G4). rewrite <- Nnat.Nat2N.inj_add in G1, G4.
    rewrite G1. split; [lia|]. split; [eapply Qle_trans; [exact G3|exact L3]|]. split; [intros ->; easy|].
    eapply Forall_impl; [|exact G4]. cbv beta. intros w (W1 & W2 & h' & g & W3 & W4). rewrite W3.
    split; [eapply Qle_trans; [exact W1|exact L2]|]. now repeat split.
  - eapply Forall_impl; [|exact O]. cbv beta. intros o (h & r & g & G1 & G2). rewrite G1. split.
    + destruct (N.lt_ge_cases o (N.of_nat (d + length (nodes net)))) as [|G]; [easy|]. rewrite C in G1 by lia. easy.
    + intros Hr Ho. apply G2; [exact Hr|]. destruct g; [|easy]. exfalso.
      destruct (N.lt_ge_cases o (N.of_nat d)) as [Lo|Go].
      * rewrite B, enter_inputs_ok in G1 by lia. rewrite (proj2 (N.leb_le 0 o)), (proj2 (N.ltb_lt o (0 + N.of_nat d))) in G1 by lia. easy.
      * destruct (N.lt_ge_cases o (N.of_nat (d + length (nodes net)))) as [Lo|G]; [|rewrite C in G1 by lia; easy].
        set (k := (N.to_nat o - d)%nat). destruct (nth_error (nodes net) k) as [n|] eqn:EN;
          [|apply nth_error_None in EN; unfold k in EN; lia].
        apply (Ho k n); [unfold k; lia|exact EN|]. destruct (D k n EN) as (h2 & G3 & _).
        replace (N.of_nat d + N.of_nat k)%N with o in G3 by (unfold k; lia). rewrite G1 in G3. now destruct (act n).
Qed.
