(** The verified checker: two networks as exactnet writes them, related on every input of a domain.

    [check E r N N' d = true] proves that on every input of the domain E the outputs of N' are, one by one, what the
    relation r demands of those of N.  Networks: several outputs, affine nodes, ReLUs and gates, rational weights, wires
    that skip layers.  Domains: cube, grid, list of points.  Relations: equal, exact, floor, clip (docs/theory.md, S1).
    Depth and weights: Measures.v. *)
From Coq Require Import ZArith QArith Qround NArith List Lia Bool FMapPositive.
From Exactnet Require Import Lanes.
Import ListNotations.
Open Scope Z_scope.

(** ** What the reader must believe *)
Inductive kind := Affine | Relu | Threshold.

(** The value of a node is [act z] with z = (bias + sum of weight * value) / den.  Values are numbered: first the inputs,
    then the nodes, in order. *)
Record node := Node { act : kind; den : positive; bias : Z; wires : list (N * Z) }.
Record network := Network { nodes : list node; outputs : list N }.

Definition actQ (k : kind) (z : Q) : Q :=
  match k with
  | Affine => z
  | Relu => if Qle_bool 0 z then z else 0%Q
  | Threshold => if Qle_bool 0 z then 1%Q else 0%Q
  end.
Definition look (vs : list Q) (i : N) : Q := nth (N.to_nat i) vs 0%Q.
Definition sumQ (ws : list (N * Z)) (vs : list Q) : Q :=
  fold_right (fun w s => inject_Z (snd w) * look vs (fst w) + s)%Q 0%Q ws.
Definition node_value (n : node) (vs : list Q) : Q :=
  actQ (act n) ((inject_Z (bias n) + sumQ (wires n) vs) * (1 # den n))%Q.
Definition run (ns : list node) (vs : list Q) : list Q := fold_left (fun vs n => vs ++ [node_value n vs]) ns vs.
Definition value (N : network) (x : list Q) : list Q := map (look (run (nodes N) x)) (outputs N).

(** Domains: {0,1}^d; the multiples of 1/p from -p to p in every coordinate; points, with a common denominator. *)
Inductive domain := Cube | Grid (p : positive) | Points (p : positive) (points : list (list Z)).
Definition within (E : domain) (d : nat) (x : list Q) : Prop :=
  match E with
  | Cube => exists us, length us = d /\ Forall (fun u => 0 <= u <= 1) us /\ x = map (fun u => u # 1) us
  | Grid p => exists us, length us = d /\ Forall (fun u => - Zpos (p * p) <= u <= Zpos (p * p)) us /\ x = map (fun u => u # p) us
  | Points p us => exists u, In u us /\ x = map (fun u => u # p) u
  end.

(** Relations: N' = N;  N' = N, a multiple of 1/r;  N' = floor(r N)/r;  N' = floor(r clip(N))/r with clip(v) = min(max(v, -R), R). *)
Inductive relation := Equal | Exact (r : positive) | Floor (r : positive) | Clip (r R : positive).
Definition clip (R : positive) (v : Q) : Q :=
  if Qle_bool v (- Zpos R # 1) then (- Zpos R # 1) else if Qle_bool (Zpos R # 1) v then (Zpos R # 1) else v.
Definition related (rel : relation) (v v' : Q) : Prop :=
  match rel with
  | Equal => v' == v
  | Exact r => v' == v /\ v' == Qfloor (inject_Z (Zpos r) * v) # r
  | Floor r => v' == Qfloor (inject_Z (Zpos r) * v) # r
  | Clip r R => v' == Qfloor (inject_Z (Zpos r) * clip R v) # r
  end%Q.


(** ** The checker: integers only.  Every value v is held as u = s*v for a scale s that is known before the inputs are;
    and a batch of inputs at once, side by side in the lanes of one large integer. *)
Module M := PositiveMap.
Definition uget (m : M.t Z) (i : N) : Z := match M.find (N.succ_pos i) m with Some u => u | None => 0 end.
Definition sget (m : M.t positive) (i : N) : positive := match M.find (N.succ_pos i) m with Some s => s | None => 1%positive end.

Record scaled := Scaled { sact : kind; sbias : Z; swires : list (N * Z) }.

Definition scale_of (sm : M.t positive) (ws : list (N * Z)) : positive :=
  fold_right (fun w s => Z.to_pos (Z.lcm (Zpos (sget sm (fst w))) (Zpos s))) 1%positive ws.

Definition compile1 (sm : M.t positive) (n : node) : scaled * positive * bool :=
  let S := scale_of sm (wires n) in
  (Scaled (act n) (bias n * Zpos S) (map (fun w => (fst w, snd w * (Zpos S / Zpos (sget sm (fst w))))) (wires n)),
   match act n with Threshold => 1%positive | _ => (den n * S)%positive end,
   forallb (fun w => Zpos S mod Zpos (sget sm (fst w)) =? 0) (wires n)).

Fixpoint compile (ns : list node) (k : N) (sm : M.t positive) : list scaled * M.t positive * bool :=
  match ns with
  | [] => ([], sm, true)
  | n :: ns' =>
      let '(c, s, ok) := compile1 sm n in
      let '(cs, sm', ok') := compile ns' (N.succ k) (M.add (N.succ_pos k) s sm) in
      (c :: cs, sm', ok && ok')
  end.

Definition actZ (k : kind) (z : Z) : Z :=
  match k with
  | Affine => z
  | Relu => if 0 <=? z then z else 0
  | Threshold => if 0 <=? z then 1 else 0
  end.
Fixpoint sumZ (ws : list (N * Z)) (m : M.t Z) (acc : Z) : Z :=
  match ws with
  | [] => acc
  | (i, w) :: ws' => sumZ ws' m (acc + w * uget m i)
  end.
(** The nodes in order, for an activation and what stands for 1. *)
Fixpoint exec (act : kind -> Z -> Z) (one : Z) (cs : list scaled) (k : N) (m : M.t Z) : M.t Z :=
  match cs with
  | [] => m
  | c :: cs' => exec act one cs' (N.succ k) (M.add (N.succ_pos k) (act (sact c) (sumZ (swires c) m (sbias c * one))) m)
  end.

(** Inputs us, of scale p. *)
Fixpoint enter (us : list Z) (k : N) (m : M.t Z) : M.t Z :=
  match us with [] => m | u :: us' => enter us' (N.succ k) (M.add (N.succ_pos k) u m) end.
Fixpoint scales (d : nat) (k : N) (p : positive) (sm : M.t positive) : M.t positive :=
  match d with O => sm | S d' => scales d' (N.succ k) p (M.add (N.succ_pos k) p sm) end.

(** The activations in lanes (Lanes.v), w bits wide. *)
Definition act_lanes (w one : Z) (k : kind) (z : Z) : Z :=
  match k with Affine => z | Relu => relus w one z | Threshold => signs w one z end.

(** Bounds on the absolute values of all nodes, and the largest sum before an activation. *)
Fixpoint reach (cs : list scaled) (k : N) (bm : M.t Z) (top : Z) : M.t Z * Z :=
  match cs with
  | [] => (bm, top)
  | c :: cs' =>
      let z := sumZ (map (fun w => (fst w, Z.abs (snd w))) (swires c)) bm (Z.abs (sbias c)) in
      reach cs' (N.succ k) (M.add (N.succ_pos k) (actZ (sact c) z) bm) (Z.max top z)
  end.

(** A network made ready: nodes, outputs with their scales, lanes that are wide enough for inputs up to [most]. *)
Record ready := Ready { program : list scaled; ends : list (N * positive); lane : Z; fine : bool }.
Definition make_ready (N0 : network) (d : nat) (most : Z) (sm : M.t positive) : ready :=
  let '(cs, sm', ok) := compile (nodes N0) (N.of_nat d) sm in
  let '(bm, top) := reach cs (N.of_nat d) (enter (repeat most d) 0%N (M.empty _)) 0 in
  let top := fold_right (fun o t => Z.max (uget bm o) t) top (outputs N0) in
  let w := 2 + Z.log2 top in
  Ready cs (map (fun o => (o, sget sm' o)) (outputs N0)) w (ok && (1 <? w) && (top <? Z.shiftl 1 (w - 1))).
(** The values of a network on a batch. *)
Definition ran (r : ready) (d : nat) (xs : list (list Z)) : M.t Z :=
  let one := pack (lane r) (repeat 1 (length xs)) in
  exec (act_lanes (lane r) one) one (program r) (N.of_nat d) (enter (columns (lane r) d xs) 0%N (M.empty _)).
Definition values_of (r : ready) (m : M.t Z) (n : nat) (i : N) : list Z :=
  unpack (lane r) n (uget m i + high (lane r) (pack (lane r) (repeat 1 n))).

Fixpoint first {A B} (f : A -> option B) (l : list A) : option B :=
  match l with [] => None | a :: l' => match f a with Some b => Some b | None => first f l' end end.
(** All inputs that are products of d of the same values: in batches, one for each choice of the first [deep] values. *)
Fixpoint tuples (vals : list Z) (d : nat) : list (list Z) :=
  match d with O => [[]] | S d' => flat_map (fun u => map (cons u) (tuples vals d')) vals end.
Fixpoint search (vals : list Z) (deep : nat) (tails : list (list Z)) (seen : list Z) (P : list (list Z) -> option (list Z)) :
  option (list Z) :=
  match deep with
  | O => P (map (rev_append seen) tails)
  | S deep' => first (fun u => search vals deep' tails (u :: seen) P) vals
  end.
Definition product (vals : list Z) (d : nat) (P : list (list Z) -> option (list Z)) : option (list Z) :=
  let tail := Nat.min d (Nat.max 1 (8 / Nat.log2_up (length vals))) in
  search vals (d - tail) (tuples vals tail) [] P.
Fixpoint pieces (room : nat) (now : list (list Z)) (xs : list (list Z)) : list (list (list Z)) :=
  match xs with
  | [] => [now]
  | x :: xs' => match room with O => now :: pieces 255 [x] xs' | S room' => pieces room' (x :: now) xs' end
  end.
Definition grid_values (p : positive) : list Z :=
  map (fun i => Z.of_nat i - Zpos (p * p)) (seq 0 (Pos.to_nat (2 * (p * p) + 1))).

Definition find_in (E : domain) (d : nat) (P : list (list Z) -> option (list Z)) : option (list Z) :=
  match E with
  | Cube => product [0; 1] d P
  | Grid p => product (grid_values p) d P
  | Points _ us => first P (pieces 255 [] us)
  end.
(** The largest absolute value of p*x, for a common denominator p. *)
Definition most_in (E : domain) : Z :=
  match E with
  | Cube => 1
  | Grid p => Zpos (p * p)
  | Points _ us => fold_right (fun u t => fold_right (fun v t => Z.max (Z.abs v) t) t u) 0 us
  end.
Definition scale_in (E : domain) : positive := match E with Cube => 1%positive | Grid p | Points p _ => p end.

(** u/s and u'/s' are related. *)
Definition relatedZ (rel : relation) (u : Z) (s : positive) (u' : Z) (s' : positive) : bool :=
  match rel with
  | Equal => u' * Zpos s =? u * Zpos s'
  | Exact r => (u' * Zpos s =? u * Zpos s') && (u' * Zpos r =? (Zpos r * u) / Zpos s * Zpos s')
  | Floor r => u' * Zpos r =? (Zpos r * u) / Zpos s * Zpos s'
  | Clip r R =>
      let low := - (Zpos R * Zpos s) in let high := Zpos R * Zpos s in
      let c := if u <=? low then low else if high <=? u then high else u in
      u' * Zpos r =? (Zpos r * c) / Zpos s * Zpos s'
  end.
(** The first input of a batch on which two columns are not related; then for all outputs. *)
Fixpoint misfit (rel : relation) (s s' : positive) (xs : list (list Z)) (us us' : list Z) : option (list Z) :=
  match xs, us, us' with
  | x :: xs, u :: us, u' :: us' => if relatedZ rel u s u' s' then misfit rel s s' xs us us' else Some x
  | _, _, _ => None
  end.
Fixpoint misfits (rel : relation) (xs : list (list Z)) (f f' : N -> list Z) (l l' : list (N * positive)) : option (list Z) :=
  match l, l' with
  | [], [] => None
  | (i, s) :: l, (i', s') :: l' =>
      match misfit rel s s' xs (f i) (f' i') with Some x => Some x | None => misfits rel xs f f' l l' end
  | _, _ => Some []
  end.
Definition proper (d : nat) (most : Z) (x : list Z) : bool := Nat.eqb (length x) d && forallb (fun u => Z.abs u <=? most) x.
Definition batch (rel : relation) (r1 r2 : ready) (d : nat) (most : Z) (xs : list (list Z)) : option (list Z) :=
  match find (fun x => negb (proper d most x)) xs with
  | Some x => Some x
  | None =>
      let m1 := ran r1 d xs in let m2 := ran r2 d xs in let n := length xs in
      misfits rel xs (values_of r1 m1 n) (values_of r2 m2 n) (ends r1) (ends r2)
  end.

Inductive answer := Holds | Fails (us : list Z) | Malformed.
(** [Fails us]: the input us/p (p = 1 on the cube) breaks the relation, or is not of d numbers. *)
Definition decide (E : domain) (rel : relation) (N1 N2 : network) (d : nat) : answer :=
  let sm := scales d 0%N (scale_in E) (M.empty _) in
  let r1 := make_ready N1 d (most_in E) sm in
  let r2 := make_ready N2 d (most_in E) sm in
  if fine r1 && fine r2 && Nat.eqb (length (ends r1)) (length (ends r2)) then
    match find_in E d (batch rel r1 r2 d (most_in E)) with
    | None => Holds
    | Some us => Fails us
    end
  else Malformed.
Definition check (E : domain) (rel : relation) (N1 N2 : network) (d : nat) : bool :=
  match decide E rel N1 N2 d with Holds => true | _ => false end.

(** ** Soundness *)
Lemma uget_add k u m i : uget (M.add (N.succ_pos k) u m) i = if (i =? k)%N then u else uget m i.
Proof.
  unfold uget. destruct (N.eqb_spec i k) as [->|NE]; [now rewrite M.gss|].
  rewrite M.gso; [easy|]. intros E. apply NE. destruct i, k; cbn in *; lia.
Qed.
Lemma sget_add k u m i : sget (M.add (N.succ_pos k) u m) i = if (i =? k)%N then u else sget m i.
Proof.
  unfold sget. destruct (N.eqb_spec i k) as [->|NE]; [now rewrite M.gss|].
  rewrite M.gso; [easy|]. intros E. apply NE. destruct i, k; cbn in *; lia.
Qed.
Lemma look_app vs q i : look (vs ++ [q]) i = if (i =? N.of_nat (length vs))%N then q else look vs i.
Proof.
  unfold look. destruct (N.eqb_spec i (N.of_nat (length vs))) as [->|NE].
  - rewrite Nnat.Nat2N.id, app_nth2, Nat.sub_diag by lia. easy.
  - destruct (Nat.lt_ge_cases (N.to_nat i) (length vs)) as [L|G].
    + now rewrite app_nth1.
    + rewrite !nth_overflow; [easy| |rewrite app_length; cbn]; lia.
Qed.

Definition inv (vs : list Q) (m : M.t Z) (sm : M.t positive) : Prop := forall i, (look vs i == uget m i # sget sm i)%Q.

Lemma sumZ_acc ws m acc : sumZ ws m acc = acc + fold_right (fun w s => snd w * uget m (fst w) + s) 0 ws.
Proof.
  revert acc; induction ws as [|[i w] ws IH]; intros acc; cbn [sumZ fold_right fst snd]; [lia|]. rewrite IH. lia.
Qed.

Lemma sum_scaled vs m sm S ws : inv vs m sm ->
  forallb (fun w => Zpos S mod Zpos (sget sm (fst w)) =? 0) ws = true ->
  (sumQ ws vs == (fold_right (fun w s => snd w * uget m (fst w) + s) 0
     (map (fun w => (fst w, snd w * (Zpos S / Zpos (sget sm (fst w))))) ws))%Z # S)%Q.
Proof.
  intros I. induction ws as [|[i w] ws IH]; cbn [forallb map fold_right sumQ fst snd]; intros H; [easy|].
  apply andb_true_iff in H. destruct H as [H1 H2]. apply Z.eqb_eq in H1.
  fold (sumQ ws vs). rewrite (IH H2), (I i). set (f := fold_right _ _ _).
  apply Z.mod_divide in H1; [|easy]. destruct H1 as [c Hc]. rewrite Hc, Z.div_mul by easy.
  unfold Qeq, Qplus, Qmult, inject_Z. cbn [Qnum Qden]. rewrite ?Pos.mul_1_l, !Pos2Z.inj_mul, Hc. ring.
Qed.

Lemma actQ_compat k a b : (a == b)%Q -> (actQ k a == actQ k b)%Q.
Proof.
  intros E. destruct k; cbn; auto.
  all: destruct (Qle_bool 0 a) eqn:A, (Qle_bool 0 b) eqn:B; auto; try easy.
  all: rewrite ?Qle_bool_iff in *; exfalso.
  all: rewrite E in *; apply Bool.not_true_iff_false in A || apply Bool.not_true_iff_false in B; rewrite Qle_bool_iff in *; rewrite ?E in *; tauto.
Qed.

Lemma actQ_scaled k u s : (actQ k (u # s) == actZ k u # (match k with Threshold => 1 | _ => s end))%Q.
Proof.
  assert (E : Qle_bool 0 (u # s) = (0 <=? u)).
  { unfold Qle_bool. cbn [Qnum Qden]. rewrite Z.mul_0_l. now rewrite Z.mul_1_r. }
  destruct k; cbn [actQ actZ]; rewrite ?E; destruct (0 <=? u); easy.
Qed.

Lemma node_step vs m sm n : inv vs m sm -> let '(c, s, ok) := compile1 sm n in ok = true ->
  (node_value n vs == (actZ (sact c) (sumZ (swires c) m (sbias c * 1)))%Z # s)%Q.
Proof.
  intros I. cbn. intros H. rewrite Z.mul_1_r, sumZ_acc. set (S := scale_of sm (wires n)) in *.
  unfold node_value. set (f := fold_right _ _ _).
  assert (E : ((inject_Z (bias n) + sumQ (wires n) vs) * (1 # den n) == (bias n * Zpos S + f)%Z # (den n * S))%Q).
  { rewrite (sum_scaled vs m sm S (wires n) I H). fold f.
    unfold Qeq, Qplus, Qmult, inject_Z. cbn [Qnum Qden]. rewrite ?Pos.mul_1_l, !Pos2Z.inj_mul. ring. }
  rewrite (actQ_compat (act n) _ _ E). rewrite actQ_scaled. destruct (act n); easy.
Qed.

Lemma run_exec ns : forall vs m sm, inv vs m sm ->
  let '(cs, sm', ok) := compile ns (N.of_nat (length vs)) sm in ok = true ->
  inv (run ns vs) (exec actZ 1 cs (N.of_nat (length vs)) m) sm'.
Proof.
  induction ns as [|n ns IH]; intros vs m sm I; cbn [compile]; [easy|].
  pose proof (node_step vs m sm n I) as NS. destruct (compile1 sm n) as [[c s] ok].
  set (u := actZ (sact c) (sumZ (swires c) m (sbias c * 1))) in *.
  specialize (IH (vs ++ [node_value n vs]) (M.add (N.succ_pos (N.of_nat (length vs))) u m)
                 (M.add (N.succ_pos (N.of_nat (length vs))) s sm)).
  assert (L : N.of_nat (length (vs ++ [node_value n vs])) = N.succ (N.of_nat (length vs))).
  { rewrite app_length. cbn [length]. lia. }
  rewrite L in IH. destruct (compile ns _ _) as [[cs sm'] ok'].
  intros H. apply andb_true_iff in H. destruct H as [H1 H2]. cbn [exec run fold_left]. fold u. apply IH; auto.
  intros i. rewrite look_app, uget_add, sget_add. destruct (i =? _)%N; [now apply NS|apply I].
Qed.

Lemma enter_app us v k m : enter (us ++ [v]) k m = M.add (N.succ_pos (k + N.of_nat (length us))) v (enter us k m).
Proof.
  revert k m; induction us as [|u us IH]; intros k m; cbn [app enter length]; [now rewrite N.add_0_r|].
  rewrite IH. do 2 f_equal. lia.
Qed.

Lemma inputs_inv p us : forall vs m sm, inv vs m sm ->
  inv (vs ++ map (fun u => u # p) us) (enter us (N.of_nat (length vs)) m) (scales (length us) (N.of_nat (length vs)) p sm).
Proof.
  induction us as [|u us IH]; intros vs m sm I; cbn [map enter scales length]; [now rewrite app_nil_r|].
  specialize (IH (vs ++ [u # p]) (M.add (N.succ_pos (N.of_nat (length vs))) u m) (M.add (N.succ_pos (N.of_nat (length vs))) p sm)).
  rewrite app_length in IH. cbn [length] in IH. rewrite <- app_assoc in IH. cbn [app] in IH.
  replace (N.of_nat (length vs + 1)) with (N.succ (N.of_nat (length vs))) in IH by lia. apply IH.
  intros i. rewrite look_app, uget_add, sget_add. destruct (i =? _)%N; [easy|apply I].
Qed.

Lemma first_none {A B} (f : A -> option B) l : first f l = None -> forall a, In a l -> f a = None.
Proof.
  induction l as [|a l IH]; cbn [first]; intros H b Hb; [easy|]. destruct (f a) eqn:E; [easy|].
  destruct Hb as [<-|Hb]; auto.
Qed.

Lemma tuples_ok vals us : Forall (fun u => In u vals) us -> In us (tuples vals (length us)).
Proof.
  induction 1 as [|u us Hu _ IH]; cbn [tuples length]; [now left|]. apply in_flat_map. exists u. split; [easy|now apply in_map].
Qed.
Lemma search_none vals tails P deep : forall seen, search vals deep tails seen P = None ->
  forall us vs, length us = deep -> Forall (fun u => In u vals) us -> In vs tails ->
  exists xs, P xs = None /\ In (rev_append seen (us ++ vs)) xs.
Proof.
  induction deep as [|deep IH]; intros seen H us vs L F T; cbn [search] in H.
  - destruct us; [|easy]. exists (map (rev_append seen) tails). split; [easy|]. now apply in_map.
  - destruct us as [|u us]; [easy|]. inversion_clear F as [|? ? F1 F2]. injection L as L.
    pose proof (first_none _ _ H u F1) as E. cbv beta in E. apply (IH _ E us vs L F2 T).
Qed.
Lemma product_none vals d P us : product vals d P = None -> length us = d -> Forall (fun u => In u vals) us ->
  exists xs, P xs = None /\ In us xs.
Proof.
  unfold product. set (tail := Nat.min d _). intros H L F. rewrite <- (firstn_skipn (d - tail) us) in F |- *.
  apply Forall_app in F. destruct F as [F1 F2]. assert (T : (tail <= d)%nat) by (unfold tail; apply Nat.le_min_l).
  apply (search_none _ _ _ _ [] H); [rewrite firstn_length; lia|easy|].
  replace tail with (length (skipn (d - tail) us)) at 2 by (rewrite skipn_length; lia). now apply tuples_ok.
Qed.
Lemma pieces_ok x xs : forall room now, In x now \/ In x xs -> exists b, In b (pieces room now xs) /\ In x b.
Proof.
  induction xs as [|y xs IH]; intros room now H; cbn [pieces].
  - destruct H as [H|[]]. exists now. split; [now left|easy].
  - destruct room as [|room].
    + destruct H as [H|[->|H]]; [exists now; split; [now left|easy]| |].
      * destruct (IH 255%nat [x]) as (b & A & B); [left; now left|]. exists b. split; [now right|easy].
      * destruct (IH 255%nat [y]) as (b & A & B); [now right|]. exists b. split; [now right|easy].
    + apply IH. destruct H as [H|[->|H]]; [left; now right|left; now left|now right].
Qed.

Lemma grid_values_ok p u : - Zpos (p * p) <= u <= Zpos (p * p) -> In u (grid_values p).
Proof.
  intros H. unfold grid_values. apply in_map_iff. exists (Z.to_nat (u + Zpos (p * p))). split; [lia|]. apply in_seq. lia.
Qed.

Lemma find_in_none E d P x : find_in E d P = None -> within E d x ->
  exists us xs, x = map (fun u => u # scale_in E) us /\ P xs = None /\ In us xs.
Proof.
  destruct E as [|p|p pts]; cbn [find_in within scale_in]; intros H Hx.
  - destruct Hx as (us & L & F & ->). exists us. destruct (product_none _ _ _ us H L) as (xs & A & B); [|now exists xs].
    eapply Forall_impl; [|exact F]. cbn. intros u Hu. lia.
  - destruct Hx as (us & L & F & ->). exists us. destruct (product_none _ _ _ us H L) as (xs & A & B); [|now exists xs].
    eapply Forall_impl; [|exact F]. intros u. apply grid_values_ok.
  - destruct Hx as (us & I & ->). exists us. destruct (pieces_ok us pts 255%nat []) as (xs & A & B); [now right|].
    exists xs. split; [easy|]. split; [exact (first_none _ _ H xs A)|easy].
Qed.

(** *** Lanes *)
Definition packed (w : Z) (xs : list (list Z)) (m : M.t Z) (ms : list Z -> M.t Z) : Prop :=
  forall i, uget m i = pack w (map (fun x => uget (ms x) i) xs).
Definition bounded (xs : list (list Z)) (bm : M.t Z) (ms : list Z -> M.t Z) : Prop :=
  forall x i, In x xs -> Z.abs (uget (ms x) i) <= uget bm i.

Lemma sumZ_packed w xs m ms ws : 0 < w -> packed w xs m ms -> forall f,
  sumZ ws m (pack w (map f xs)) = pack w (map (fun x => sumZ ws (ms x) (f x)) xs).
Proof.
  intros Hw I. induction ws as [|[i v] ws IH]; intros f; cbn [sumZ]; [easy|]. rewrite I, pack_times, pack_sum by easy.
  now rewrite (IH (fun x => f x + v * uget (ms x) i)).
Qed.
Lemma sumZ_bounded bm m ws : (forall i, Z.abs (uget m i) <= uget bm i) -> forall a b, Z.abs a <= b ->
  Z.abs (sumZ ws m a) <= sumZ (map (fun w => (fst w, Z.abs (snd w))) ws) bm b.
Proof.
  intros I. induction ws as [|[i v] ws IH]; intros a b H; cbn [sumZ map fst snd]; [easy|]. apply IH.
  eapply Z.le_trans; [apply Z.abs_triangle|]. rewrite Z.abs_mul. specialize (I i).
  assert (Z.abs v * Z.abs (uget m i) <= Z.abs v * uget bm i) by (apply Z.mul_le_mono_nonneg_l; lia). lia.
Qed.
Lemma actZ_bounded k a b : Z.abs a <= b -> Z.abs (actZ k a) <= actZ k b.
Proof. intros H. destruct k; cbn [actZ]; [easy| |]; destruct (Z.leb_spec 0 a), (Z.leb_spec 0 b); lia. Qed.

Lemma reach_top cs : forall k bm top, top <= snd (reach cs k bm top).
Proof. induction cs as [|c cs IH]; intros k bm top; cbn [reach snd]; [lia|]. eapply Z.le_trans; [|apply IH]. lia. Qed.

Lemma lanes_ok w xs cs : 1 < w -> forall k m ms bm top,
  packed w xs m ms -> bounded xs bm ms -> snd (reach cs k bm top) < 2 ^ (w - 1) ->
  let one := pack w (map (fun _ => 1) xs) in
  packed w xs (exec (act_lanes w one) one cs k m) (fun x => exec actZ 1 cs k (ms x))
  /\ bounded xs (fst (reach cs k bm top)) (fun x => exec actZ 1 cs k (ms x)).
Proof.
  intros Hw. cbv zeta. set (one := pack w (map (fun _ => 1) xs)).
  induction cs as [|c cs IH]; intros k m ms bm top P B R; cbn [exec reach fst] in *; [easy|].
  set (zb := sumZ _ bm _) in *. set (z := fun x => sumZ (swires c) (ms x) (sbias c * 1)).
  assert (Z1 : sumZ (swires c) m (sbias c * one) = pack w (map z xs)).
  { unfold one. rewrite pack_times by lia. now apply sumZ_packed with (f := fun _ => sbias c * 1); [lia|]. }
  assert (Z2 : forall x, In x xs -> Z.abs (z x) <= zb).
  { intros x Hx. apply sumZ_bounded; [intros i; now apply B|now rewrite Z.mul_1_r]. }
  assert (Z3 : zb < 2 ^ (w - 1)).
  { eapply Z.le_lt_trans; [|exact R]. eapply Z.le_trans; [|apply reach_top]. lia. }
  assert (Z4 : act_lanes w one (sact c) (pack w (map z xs)) = pack w (map (fun x => actZ (sact c) (z x)) xs)).
  { destruct (sact c); cbn [act_lanes actZ]; [easy| |]; unfold one.
    - apply relu_lanes; [lia|]. intros x Hx. specialize (Z2 x Hx). lia.
    - apply signs_lanes; [lia|]. intros x Hx. specialize (Z2 x Hx). lia. }
  apply (IH (N.succ k) _ (fun x => M.add (N.succ_pos k) (actZ (sact c) (z x)) (ms x)) _ (Z.max top zb)); [| |exact R].
  - intros i. rewrite uget_add, Z1, Z4. destruct (i =? k)%N eqn:E.
    + apply pack_ext. intros x Hx. now rewrite uget_add, E.
    + rewrite P. apply pack_ext. intros x Hx. now rewrite uget_add, E.
  - intros x i Hx. rewrite !uget_add. destruct (i =? k)%N; [apply actZ_bounded, Z2, Hx|now apply B].
Qed.

Lemma uget_enter us : forall k m i, uget (enter us k m) i =
  if (k <=? i)%N && (i <? k + N.of_nat (length us))%N then nth (N.to_nat (i - k)) us 0 else uget m i.
Proof.
  induction us as [|u us IH]; intros k m i; cbn [enter length].
  - destruct (N.leb_spec k i), (N.ltb_spec i (k + N.of_nat 0)); cbn [andb]; try easy; lia.
  - rewrite IH, uget_add.
    destruct (N.leb_spec (N.succ k) i), (N.ltb_spec i (N.succ k + N.of_nat (length us))), (N.leb_spec k i),
      (N.ltb_spec i (k + N.of_nat (S (length us)))), (N.eqb_spec i k); cbn [andb]; subst; rewrite ?N.sub_diag; try easy; try lia.
    replace (N.to_nat (i - k)) with (S (N.to_nat (i - N.succ k))) by lia. easy.
Qed.
Lemma uget_inputs us i : uget (enter us 0%N (M.empty Z)) i = nth (N.to_nat i) us 0.
Proof.
  rewrite uget_enter, N.sub_0_r. destruct (N.leb_spec 0 i), (N.ltb_spec i (0 + N.of_nat (length us))); cbn [andb]; try lia.
  rewrite nth_overflow by lia. unfold uget. now rewrite M.gempty.
Qed.

(** What a network that is ready says of a batch. *)
Lemma ready_ok N0 d most sm xs : let r := make_ready N0 d most sm in fine r = true ->
  (forall x, In x xs -> proper d most x = true) ->
  forall i s, In (i, s) (ends r) -> values_of r (ran r d xs) (length xs) i =
    map (fun x => uget (exec actZ 1 (program r) (N.of_nat d) (enter x 0%N (M.empty _))) i) xs.
Proof.
  cbv zeta. unfold make_ready. destruct (compile _ _ _) as [[cs sm'] ok]. destruct (reach _ _ _ _) as [bm top] eqn:R.
  set (top' := fold_right _ _ _). set (w := 2 + Z.log2 top'). cbn [fine program ends lane]. intros F Hx i s Hi.
  apply andb_true_iff in F. destruct F as [F T]. apply andb_true_iff in F. destruct F as [_ W]. apply Z.ltb_lt in W, T.
  rewrite Z.shiftl_mul_pow2, Z.mul_1_l in T by lia. apply in_map_iff in Hi. destruct Hi as (o & E & Ho). injection E as -> _.
  assert (T' : top <= top' /\ uget bm i <= top').
  { unfold top'. clear - Ho. induction (outputs N0) as [|o os IH]; [easy|]. cbn [fold_right]. destruct Ho as [->|Ho].
    - split; [|lia]. clear IH. assert (top <= fold_right (fun o t => Z.max (uget bm o) t) top os); [|lia].
      induction os as [|a os IH]; cbn [fold_right]; lia.
    - specialize (IH Ho). lia. }
  assert (O : forall n, n = length xs -> repeat 1 n = map (fun _ => 1) xs).
  { intros n ->. clear. induction xs as [|x xs IH]; [easy|]. cbn [length repeat map]. now rewrite IH. }
  unfold values_of, ran. cbn [lane program]. rewrite !O by easy.
  assert (L : forall x, In x xs -> length x = d /\ forall j, Z.abs (nth j x 0) <= nth j (repeat most d) 0).
  { intros x H. specialize (Hx x H). unfold proper in Hx. apply andb_true_iff in Hx. destruct Hx as [A B].
    apply Nat.eqb_eq in A. split; [easy|]. intros j. destruct (Nat.lt_ge_cases j d) as [J|J].
    - rewrite (nth_indep (repeat most d) 0 most), nth_repeat by (rewrite repeat_length; lia). rewrite forallb_forall in B. apply Z.leb_le, B, nth_In. lia.
    - rewrite !nth_overflow; rewrite ?repeat_length; lia. }
  destruct (columns_ok w d xs) as [C1 C2]; [lia|intros x H; now apply L|].
  destruct (lanes_ok w xs cs W (N.of_nat d) (enter (columns w d xs) 0%N (M.empty Z)) (fun x => enter x 0%N (M.empty Z))
    (enter (repeat most d) 0%N (M.empty Z)) 0) as [P B].
  - intros j. rewrite uget_inputs, C2. apply pack_ext. intros x H. now rewrite uget_inputs.
  - intros x j H. rewrite !uget_inputs. now apply L.
  - rewrite R. cbn [snd]. lia.
  - rewrite R in B. cbn [fst] in B. rewrite (P i). apply unpack_pack; [lia|]. intros x H. specialize (B x i H). cbv beta in B. lia.
Qed.

Lemma floor_scaled r u s : Qfloor (inject_Z (Zpos r) * (u # s)) = (Zpos r * u) / Zpos s.
Proof. unfold Qfloor, Qmult, inject_Z. cbn [Qnum Qden]. now rewrite Pos.mul_1_l. Qed.

Lemma clip_scaled R u s :
  (clip R (u # s) == (if u <=? - (Zpos R * Zpos s) then - (Zpos R * Zpos s)
    else if Zpos R * Zpos s <=? u then Zpos R * Zpos s else u) # s)%Q.
Proof.
  unfold clip, Qle_bool. cbn [Qnum Qden]. rewrite !Z.mul_1_r, Z.mul_opp_l.
  destruct (u <=? - (Zpos R * Zpos s)); [unfold Qeq; cbn [Qnum Qden]; ring|].
  destruct (Zpos R * Zpos s <=? u); [unfold Qeq; cbn [Qnum Qden]; ring|easy].
Qed.

Lemma relatedZ_sound rel u s u' s' : relatedZ rel u s u' s' = true -> related rel (u # s) (u' # s').
Proof.
  destruct rel as [|r|r|r R]; cbn [relatedZ related]; intros H.
  - apply Z.eqb_eq in H. exact H.
  - apply andb_true_iff in H. destruct H as [H1 H2]. apply Z.eqb_eq in H1, H2. rewrite floor_scaled. split; [exact H1|exact H2].
  - apply Z.eqb_eq in H. rewrite floor_scaled. exact H.
  - apply Z.eqb_eq in H. rewrite (clip_scaled R u s). rewrite floor_scaled. exact H.
Qed.

Lemma related_compat rel a a' b b' : (a == b)%Q -> (a' == b')%Q -> related rel b b' -> related rel a a'.
Proof.
  intros E E' H. destruct rel as [|r|r|r R]; cbn [related] in *; rewrite E'.
  - now rewrite E.
  - now rewrite E.
  - now rewrite E.
  - rewrite H. assert (C : (clip R a == clip R b)%Q).
    { unfold clip. replace (Qle_bool a (- Zpos R # 1)) with (Qle_bool b (- Zpos R # 1))
        by (apply eq_true_iff_eq; rewrite !Qle_bool_iff; now rewrite E).
      replace (Qle_bool (Zpos R # 1) a) with (Qle_bool (Zpos R # 1) b)
        by (apply eq_true_iff_eq; rewrite !Qle_bool_iff; now rewrite E).
      destruct (Qle_bool b (- Zpos R # 1)), (Qle_bool (Zpos R # 1) b); auto; reflexivity. }
    now rewrite C.
Qed.

Lemma misfit_none rel s s' f g xs : misfit rel s s' xs (map f xs) (map g xs) = None ->
  forall x, In x xs -> relatedZ rel (f x) s (g x) s' = true.
Proof.
  induction xs as [|y xs IH]; intros H x Hx; [easy|]. cbn [misfit map] in H. destruct (relatedZ rel (f y) s (g y) s') eqn:E; [|easy].
  destruct Hx as [<-|Hx]; [easy|now apply IH].
Qed.
Lemma misfits_none rel xs f f' l : forall l', misfits rel xs f f' l l' = None ->
  Forall2 (fun o o' => misfit rel (snd o) (snd o') xs (f (fst o)) (f' (fst o')) = None) l l'.
Proof.
  induction l as [|[i s] l IH]; intros [|[i' s'] l'] H; cbn [misfits] in H; try easy.
  destruct (misfit rel s s' xs (f i) (f' i')) eqn:E; [easy|]. constructor; [easy|now apply IH].
Qed.
Lemma in_both {A B} (P Q : A -> B -> Prop) l l' : Forall2 P l l' ->
  (forall a b, In a l -> In b l' -> P a b -> Q a b) -> Forall2 Q l l'.
Proof.
  induction 1 as [|a b l l' H F IH]; intros K; constructor; [apply K; [now left|now left|easy]|].
  apply IH. intros a' b' Ha Hb. apply K; now right.
Qed.
Lemma batch_none rel N1 N2 d most sm xs : let r1 := make_ready N1 d most sm in let r2 := make_ready N2 d most sm in
  fine r1 = true -> fine r2 = true -> batch rel r1 r2 d most xs = None -> forall x, In x xs ->
  let m := enter x 0%N (M.empty Z) in
  length x = d /\ Forall2 (fun o o' => relatedZ rel (uget (exec actZ 1 (program r1) (N.of_nat d) m) (fst o)) (snd o)
                             (uget (exec actZ 1 (program r2) (N.of_nat d) m) (fst o')) (snd o') = true) (ends r1) (ends r2).
Proof.
  cbv zeta. set (r1 := make_ready N1 d most sm). set (r2 := make_ready N2 d most sm). intros F1 F2 H x Hx. unfold batch in H.
  destruct (find _ xs) as [y|] eqn:E; [easy|]. assert (PR : forall y, In y xs -> proper d most y = true).
  { intros y Hy. pose proof (find_none _ _ E y Hy) as K. cbv beta in K. now destruct (proper d most y). }
  split.
  - specialize (PR x Hx). unfold proper in PR. apply andb_true_iff in PR. destruct PR as [PR _]. now apply Nat.eqb_eq.
  - apply misfits_none in H. apply (in_both _ _ _ _ H). intros [i s] [i' s'] I I' K. cbn [fst snd] in *.
    pose proof (ready_ok N1 d most sm xs F1 PR i s I) as V1. pose proof (ready_ok N2 d most sm xs F2 PR i' s' I') as V2.
    fold r1 in V1. fold r2 in V2. rewrite V1, V2 in K.
    exact (misfit_none _ _ _ _ _ _ K x Hx).
Qed.

Theorem check_sound (E : domain) (rel : relation) (N1 N2 : network) (d : nat) : check E rel N1 N2 d = true ->
  forall x : list Q, within E d x -> Forall2 (related rel) (value N1 x) (value N2 x).
Proof.
  unfold check, decide. intros H x Hx. set (sm := scales d 0%N (scale_in E) (M.empty positive)) in *.
  set (r1 := make_ready N1 d (most_in E) sm) in *. set (r2 := make_ready N2 d (most_in E) sm) in *.
  destruct (fine r1 && fine r2 && _) eqn:OK; [|easy]. apply andb_true_iff in OK. destruct OK as [OK _].
  apply andb_true_iff in OK. destruct OK as [F1 F2].
  destruct (find_in E d _) eqn:F; [easy|]. destruct (find_in_none _ _ _ _ F Hx) as (us & xs & -> & HP & Hus).
  destruct (batch_none rel N1 N2 d (most_in E) sm xs F1 F2 HP us Hus) as [L R]. clear H F HP Hus.
  assert (I : inv (map (fun u => u # scale_in E) us) (enter us 0%N (M.empty Z)) sm).
  { unfold sm. rewrite <- L. apply (inputs_inv (scale_in E) us [] (M.empty Z) (M.empty positive)).
    intros i. unfold look, uget, sget. rewrite !M.gempty. now destruct (N.to_nat i). }
  pose proof (run_exec (nodes N1) _ _ _ I) as R1. pose proof (run_exec (nodes N2) _ _ _ I) as R2.
  rewrite map_length, L in R1, R2. fold r1 r2 in R. unfold r1, r2, make_ready in F1, F2, R.
  destruct (compile (nodes N1) (N.of_nat d) sm) as [[c1 s1] ok1]. destruct (compile (nodes N2) (N.of_nat d) sm) as [[c2 s2] ok2].
  destruct (reach c1 _ _ _) as [b1 t1]. destruct (reach c2 _ _ _) as [b2 t2]. cbn [fine program ends] in F1, F2, R.
  apply andb_true_iff in F1, F2. destruct F1 as [F1 _], F2 as [F2 _]. apply andb_true_iff in F1, F2.
  destruct F1 as [F1 _], F2 as [F2 _]. specialize (R1 F1). specialize (R2 F2).
  unfold value. revert R. generalize (outputs N2). induction (outputs N1) as [|i o1 IH]; intros [|j o2] R; cbn [map] in *.
  1: constructor. 1, 2: inversion R.
  inversion_clear R as [|? ? ? ? H1 H2]. cbn [fst snd] in H1. constructor; [|now apply IH].
  eapply related_compat; [apply R1|apply R2|now apply relatedZ_sound].
Qed.

(** In the cube's bits, as booleans. *)
Lemma within_cube_bits (x : list bool) : within Cube (length x) (map (fun b : bool => if b then 1%Q else 0%Q) x).
Proof.
  exists (map (fun b : bool => if b then 1 else 0) x). rewrite map_length. split; [easy|]. split.
  - apply Forall_map, Forall_forall. intros [|] _; lia.
  - rewrite map_map. apply map_ext. now intros [|].
Qed.
