(** Equality of two ReLU networks on all of Q^d, or on a polyhedron: the tree of cells is sound (docs/reals.md, "The proof").

    [agree P lemmas begin N N' d = true] proves that the outputs of N and N' are equal at every rational point at which the forms of
    P are at least 0.  A form is a list of integers, the constant last.  A lemma is an identity [den*f = sum n_i a_i] with
    den > 0 and n_i >= 0 (Farkas); the certificate is a list of them.  Where no lemma applies the cell is split, and the two
    halves cover it.  ReLUs that no other ReLU reads stay as they are, [c*[g]+] with g primitive: equal ones cancel. *)
From Coq Require Import Setoid Morphisms ZArith QArith Qreduction NArith List Lia Lqa Bool FMapPositive.
From Exactnet Require Import Checker.
Import ListNotations.
Open Scope Q_scope.

(** ** What the reader must believe, besides [network] and [value] of Checker.v *)
Fixpoint evL (l p : list Q) : Q := match l, p with a :: l', b :: p' => a * b + evL l' p' | _, _ => 0 end.
Definition fev (f : list Z) (p : list Q) : Q := evL (map inject_Z f) p.
(** The points of the polyhedron at which all forms of P are at least 0. *)
Definition holds (P : list (list Z)) (p : list Q) : Prop := Forall (fun f => 0 <= fev f p) P.
Definition inside (P : list (list Z)) (d : nat) (x : list Q) : Prop := length x = d /\ holds P (x ++ [1]).

(** ** The program *)
(** The value [sum of lin * p + sum of c * [g]+]. *)
Definition terms := list (list Z * Q).
Definition ext := (list Q * terms)%type.
Fixpoint addL (a : Q) (l l' : list Q) : list Q :=
  match l, l' with
  | x :: l, y :: l' => Qred (x + a * y) :: addL a l l'
  | l, [] => l
  | [], l' => map (fun y => Qred (a * y)) l'
  end.
Fixpoint same (f g : list Z) : bool :=
  match f, g with [], [] => true | a :: f, b :: g => if (a =? b)%Z then same f g else false | _, _ => false end.
Fixpoint addT (g : list Z) (c : Q) (ts : terms) : terms :=
  match ts with
  | [] => [(g, c)]
  | (g', c') :: ts' => if same g g' then let s := Qred (c + c') in if Qeq_bool s 0 then ts' else (g', s) :: ts' else (g', c') :: addT g c ts'
  end.
Definition addE (a : Q) (e e' : ext) : ext :=
  (addL a (fst e) (fst e'), fold_left (fun ts t => addT (fst t) (Qred (a * snd t)) ts) (snd e') (snd e)).
Definition scaleL (c : Q) (g : list Z) : list Q := map (fun z => c * inject_Z z) g.

Record lemma_of := Lemma_of { conclusion : list Z; multiple : positive; uses : list (Z * list Z) }.
Fixpoint addF (n : Z) (f g : list Z) : list Z :=
  match f, g with
  | a :: f, b :: g => (a + n * b)%Z :: addF n f g
  | f, [] => f
  | [], g => map (Z.mul n) g
  end.
Definition valid (l : lemma_of) : bool :=
  forallb (fun u => 0 <=? fst u)%Z (uses l)
  && same (map (Z.mul (Zpos (multiple l))) (conclusion l)) (fold_right (fun u f => addF (fst u) f (snd u)) [] (uses l)).
Definition opposite (f : list Z) : list Z := map Z.opp f.
(* [if] in place of && and ||: the virtual machine of Coq evaluates both sides of these. *)
Fixpoint known (K : list (list Z)) (f : list Z) : bool := match K with [] => false | g :: K => if same f g then true else known K f end.
Definition shown (ls : list lemma_of) (K : list (list Z)) (f : list Z) : bool :=
  existsb (fun l => if same (conclusion l) f then forallb (fun u => known K (snd u)) (uses l) else false) ls.
(** The sign of a form on a cell; None: the cell is to be split. *)
Definition decide_sign (ls : list lemma_of) (K : list (list Z)) (f : list Z) : option bool :=
  let f' := opposite f in
  if known K f then Some true else if known K f' then Some false
  else if shown ls K f then Some true else if shown ls K f' then Some false else None.

(** An affine form as q*g, g primitive and its first coefficient positive; whether it is that is checked. *)
Definition primitive (l : list Q) : Q * list Z :=
  let D := fold_right (fun a s => Z.lcm (Zpos (Qden a)) s) 1%Z l in
  let zs := map (fun a => Qnum a * (D / Zpos (Qden a)))%Z l in
  let c := fold_right Z.gcd 0%Z zs in
  let c := match find (fun z => negb (z =? 0)%Z) zs with Some z => if (z <? 0)%Z then (- c)%Z else c | None => c end in
  (Qred (inject_Z c / inject_Z D), map (fun z => (z / c)%Z) zs).
Fixpoint equalL (l l' : list Q) : bool :=
  match l, l' with [], [] => true | a :: l, b :: l' => Qeq_bool a b && equalL l l' | _, _ => false end.
Definition zeroL (l : list Q) : bool := forallb (fun a => Qeq_bool a 0) l.
(** q times [g]+, affine where the sign of g is known: decided once here, and not by all that read it. *)
Definition relu_of (K : list (list Z)) (q : Q) (g : list Z) : ext :=
  let (lin, c) := if Qle_bool 0 q then ([], q) else (scaleL q g, - q) in
  if known K g then (addL c lin (map inject_Z g), []) else if known K (opposite g) then (lin, []) else (lin, [(g, c)]).

Section Walk.
Variable ls : list lemma_of.

(** Give every term a sign, and go on with what is affine then. *)
Fixpoint settle (ts : terms) (lin : list Q) (K : list (list Z)) (go : list Q -> list (list Z) -> bool) : bool :=
  match ts with
  | [] => go lin K
  | (g, c) :: ts' =>
      match decide_sign ls K g with
      | Some true => settle ts' (addL c lin (map inject_Z g)) (g :: K) go
      | Some false => settle ts' lin (opposite g :: K) go
      | None => settle ts' (addL c lin (map inject_Z g)) (g :: K) go && settle ts' lin (opposite g :: K) go
      end
  end.

Definition eget (m : M.t ext) (i : N) : ext := match M.find (N.succ_pos i) m with Some e => e | None => ([], []) end.
Definition combine (m : M.t ext) (d : nat) (n : node) : ext :=
  fold_right (fun w e => addE (snd w # den n) e (eget m (fst w))) (repeat 0 d ++ [bias n # den n], []) (wires n).
Fixpoint walk (d : nat) (ns : list node) (k : N) (m : M.t ext) (K : list (list Z)) (go : M.t ext -> list (list Z) -> bool) : bool :=
  match ns with
  | [] => go m K
  | n :: ns' =>
      let (lin, ts) := combine m d n in
      match act n with
      | Threshold => false
      | Affine => walk d ns' (N.succ k) (M.add (N.succ_pos k) (lin, ts) m) K go
      | Relu =>
          settle ts lin K (fun lin K =>
            let (q, g) := primitive lin in
            if zeroL lin then walk d ns' (N.succ k) (M.add (N.succ_pos k) ([], []) m) K go
            else if equalL lin (scaleL q g) then walk d ns' (N.succ k) (M.add (N.succ_pos k) (relu_of K q g) m) K go
            else false)
      end
  end.
Fixpoint zeros (m m' : M.t ext) (os os' : list N) (K : list (list Z)) : bool :=
  match os, os' with
  | [], [] => true
  | o :: os, o' :: os' =>
      let (lin, ts) := addE (-1) (eget m o) (eget m' o') in
      settle ts lin K (fun lin K => zeroL lin && zeros m m' os os' K)
  | _, _ => false
  end.
End Walk.

Fixpoint coordinates (d j : nat) (m : M.t ext) : M.t ext :=
  match j with
  | O => m
  | S j' => coordinates d j' (M.add (N.succ_pos (N.of_nat j')) (repeat 0 j' ++ [1] ++ repeat 0 (d - j'), []) m)
  end.
(** The signs of [begin] are decided first, in this order. *)
Definition agree (P : list (list Z)) (lemmas : list lemma_of) (begin : list (list Z)) (N1 N2 : network) (d : nat) : bool :=
  let ls := filter valid lemmas in let start := coordinates d d (M.empty _) in
  settle ls (map (fun g => (g, 0)) begin) [] ((repeat 0%Z d ++ [1%Z]) :: P) (fun _ K =>
  walk ls d (nodes N1) (N.of_nat d) start K
    (fun m K => walk ls d (nodes N2) (N.of_nat d) start K (fun m' K => zeros ls m m' (outputs N1) (outputs N2) K))).

(** ** Soundness, at one point p *)
Lemma same_ok f g : same f g = true -> f = g.
Proof.
  revert g; induction f as [|a f IH]; intros [|b g] H; cbn [same] in H; try easy. destruct (Z.eqb_spec a b) as [->|]; [|easy]. now rewrite (IH _ H).
Qed.

Lemma addL_ok a l l' p : evL (addL a l l') p == evL l p + a * evL l' p.
Proof.
  revert l' p; induction l as [|x l IH]; intros l' p; [|destruct l' as [|y l']].
  - cbn [addL]. destruct l'; [cbn; ring|]. generalize (q :: l'). clear. intros l'. change (evL [] p) with 0. revert p.
    induction l' as [|y l' IH]; intros [|b p]; cbn [map evL]; try ring. rewrite IH, Qred_correct. ring.
  - cbn [addL evL]. ring.
  - destruct p as [|b p]; cbn [addL evL]; [ring|]. rewrite IH, Qred_correct. ring.
Qed.
Lemma scaleL_ok c g p : evL (scaleL c g) p == c * fev g p.
Proof.
  unfold fev, scaleL. revert p; induction g as [|z g IH]; intros [|b p]; cbn [map evL]; try ring. rewrite IH. ring.
Qed.
Lemma opposite_ok f p : fev (opposite f) p == - fev f p.
Proof.
  unfold fev, opposite. revert p; induction f as [|z f IH]; intros [|b p]; cbn [map evL]; try ring. rewrite IH, inject_Z_opp. ring.
Qed.
Lemma multiple_ok n f p : fev (map (Z.mul n) f) p == inject_Z n * fev f p.
Proof.
  unfold fev. revert p; induction f as [|z f IH]; intros [|b p]; cbn [map evL]; try ring. rewrite IH, inject_Z_mult. ring.
Qed.
Lemma addF_ok n f g p : fev (addF n f g) p == fev f p + inject_Z n * fev g p.
Proof.
  unfold fev. revert g p; induction f as [|x f IH]; intros g p; [|destruct g as [|y g]].
  - destruct g as [|y g]; [cbn; ring|]. cbn [addF]. change (evL (map inject_Z []) p) with 0.
    pose proof (multiple_ok n (y :: g) p) as E. unfold fev in E. rewrite E. ring.
  - cbn [addF map evL]. ring.
  - destruct p as [|b p]; cbn [addF map evL]; [ring|]. rewrite IH, inject_Z_plus, inject_Z_mult. ring.
Qed.

Definition pos (z : Q) : Q := if Qle_bool 0 z then z else 0.
Lemma pos_compat a b : a == b -> pos a == pos b.
Proof.
  intros E. unfold pos. replace (Qle_bool 0 a) with (Qle_bool 0 b); [now destruct (Qle_bool 0 b)|].
  apply eq_true_iff_eq. rewrite !Qle_bool_iff. now rewrite E.
Qed.
Global Instance pos_proper : Proper (Qeq ==> Qeq) pos := pos_compat.
Lemma pos_above a : 0 <= a -> pos a == a.
Proof. intros H. unfold pos. apply Qle_bool_iff in H. now rewrite H. Qed.
Lemma pos_below a : a <= 0 -> pos a == 0.
Proof.
  intros H. unfold pos. destruct (Qle_bool 0 a) eqn:E; [|easy]. apply Qle_bool_iff in E. now apply Qle_antisym.
Qed.
Lemma pos_times q a : 0 <= q -> pos (q * a) == q * pos a.
Proof.
  intros Hq. destruct (Qlt_le_dec a 0) as [L|G].
  - rewrite (pos_below a) by now apply Qlt_le_weak. rewrite pos_below; [ring|].
    setoid_replace 0 with (q * 0) by ring. rewrite !(Qmult_comm q). apply Qmult_le_compat_r; [now apply Qlt_le_weak|easy].
  - rewrite (pos_above a), pos_above; [easy| |easy]. now apply Qmult_le_0_compat.
Qed.
Lemma pos_minus a : pos (- a) == pos a - a.
Proof.
  destruct (Qlt_le_dec a 0) as [L|G].
  - apply Qlt_le_weak in L. rewrite (pos_below a), pos_above; [ring| |easy]. now apply (Qopp_le_compat a 0).
  - rewrite (pos_above a), pos_below; [ring| |easy]. now apply (Qopp_le_compat 0 a).
Qed.

Section Point.
Variable p : list Q.
Definition evT (ts : terms) : Q := fold_right (fun t s => snd t * pos (fev (fst t) p) + s) 0 ts.
Definition evE (e : ext) : Q := evL (fst e) p + evT (snd e).

Lemma addT_ok g c ts : evT (addT g c ts) == c * pos (fev g p) + evT ts.
Proof.
  induction ts as [|[g' c'] ts IH]; cbn [addT]; [easy|]. destruct (same g g') eqn:E.
  - apply same_ok in E. subst g'. cbv zeta. destruct (Qeq_bool (Qred (c + c')) 0) eqn:Z.
    + apply Qeq_bool_iff in Z. rewrite Qred_correct in Z. cbn [evT fold_right fst snd]. fold (evT ts).
      setoid_replace (c * pos (fev g p) + (c' * pos (fev g p) + evT ts)) with ((c + c') * pos (fev g p) + evT ts) by ring. rewrite Z. ring.
    + cbn [evT fold_right fst snd]. fold (evT ts). rewrite Qred_correct. ring.
  - cbn [evT fold_right fst snd]. fold (evT ts) (evT (addT g c ts)). rewrite IH. ring.
Qed.
Lemma addE_ok a e e' : evE (addE a e e') == evE e + a * evE e'.
Proof.
  unfold evE, addE. cbn [fst snd]. rewrite addL_ok. generalize (snd e). induction (snd e') as [|t ts IH]; intros us; cbn [fold_left].
  - cbn. ring.
  - specialize (IH (addT (fst t) (Qred (a * snd t)) us)). 
    assert (A : evT (addT (fst t) (Qred (a * snd t)) us) == a * snd t * pos (fev (fst t) p) + evT us) by now rewrite addT_ok, Qred_correct.
    cbn [evT fold_right]. fold (evT ts). lra.
Qed.

Lemma known_ok K f : holds K p -> known K f = true -> 0 <= fev f p.
Proof.
  unfold holds. induction 1 as [|g K G _ IH]; cbn [known]; [easy|]. destruct (same f g) eqn:E; [|easy]. apply same_ok in E. now subst g.
Qed.
Lemma shown_ok ls K f : Forall (fun l => valid l = true) ls -> holds K p -> shown ls K f = true -> 0 <= fev f p.
Proof.
  intros V H E. apply existsb_exists in E. destruct E as (l & L & E). rewrite Forall_forall in V. specialize (V l L).
  destruct (same (conclusion l) f) eqn:S; [|easy]. rename E into U. apply same_ok in S. subst f. apply andb_true_iff in V. destruct V as [V1 V2].
  apply same_ok in V2. rewrite forallb_forall in U, V1.
  assert (S : 0 <= fev (fold_right (fun u f => addF (fst u) f (snd u)) [] (uses l)) p).
  { revert U V1. clear - H. induction (uses l) as [|u us IH]; intros U V1; cbn [fold_right]; [now apply Qle_refl|].
    rewrite addF_ok. setoid_replace 0 with (0 + 0) by ring. apply Qplus_le_compat.
    - apply IH; intros v Hv; [apply U|apply V1]; now right.
    - apply Qmult_le_0_compat; [|apply (known_ok K); [easy|apply U; now left]].
      specialize (V1 u (or_introl eq_refl)). apply Z.leb_le in V1. now rewrite Zle_Qle in V1. }
  rewrite <- V2, multiple_ok in S. rewrite <- (Qmult_0_r (inject_Z (Zpos (multiple l)))) in S.
  apply Qmult_lt_0_le_reg_r with (z := inject_Z (Zpos (multiple l))); [easy|]. now rewrite Qmult_0_l, Qmult_comm, <- (Qmult_0_r (inject_Z (Zpos (multiple l)))).
Qed.

Variable ls : list lemma_of.
Hypothesis V : Forall (fun l => valid l = true) ls.

Lemma decide_ok K f : holds K p -> match decide_sign ls K f with
  | Some true => 0 <= fev f p
  | Some false => 0 <= fev (opposite f) p
  | None => True
  end.
Proof.
  intros H. unfold decide_sign. destruct (known K f) eqn:E1; [now apply (known_ok K)|].
  destruct (known K (opposite f)) eqn:E2; [now apply (known_ok K)|].
  destruct (shown ls K f) eqn:E3; [now apply (shown_ok ls K)|].
  destruct (shown ls K (opposite f)) eqn:E4; [now apply (shown_ok ls K)|easy].
Qed.

Lemma settle_ok ts go : forall lin K, settle ls ts lin K go = true -> holds K p ->
  exists lin' K', go lin' K' = true /\ holds K' p /\ evL lin' p == evL lin p + evT ts.
Proof.
  assert (A : forall g c lin us, 0 <= fev g p -> evL (addL c lin (map inject_Z g)) p + evT us == evL lin p + evT ((g, c) :: us)).
  { intros g c lin us G. rewrite addL_ok. cbn [evT fold_right fst snd]. fold (evT us) (fev g p). rewrite pos_above by easy. ring. }
  assert (B : forall g c lin us, 0 <= fev (opposite g) p -> evL lin p + evT us == evL lin p + evT ((g, c) :: us)).
  { intros g c lin us G. rewrite opposite_ok in G. cbn [evT fold_right fst snd]. fold (evT us). rewrite pos_below by lra. ring. }
  induction ts as [|[g c] ts IH]; intros lin K S H; cbn [settle] in S.
  - exists lin, K. split; [easy|]. split; [easy|]. cbn. ring.
  - pose proof (decide_ok K g H) as D. destruct (decide_sign ls K g) as [[|]|].
    + destruct (IH _ _ S) as (lin' & K' & G & HK & E); [now constructor|]. exists lin', K'. rewrite E. auto.
    + destruct (IH _ _ S) as (lin' & K' & G & HK & E); [now constructor|]. exists lin', K'. rewrite E. auto.
    + apply andb_true_iff in S. destruct S as [S1 S2]. destruct (Qlt_le_dec (fev g p) 0) as [L|G].
      * assert (O : 0 <= fev (opposite g) p) by (rewrite opposite_ok; lra).
        destruct (IH _ _ S2) as (lin' & K' & G & HK & E); [now constructor|]. exists lin', K'. rewrite E. auto.
      * destruct (IH _ _ S1) as (lin' & K' & G' & HK & E); [now constructor|]. exists lin', K'. rewrite E. auto.
Qed.

Lemma equalL_ok l l' : equalL l l' = true -> forall q, evL l q == evL l' q.
Proof.
  revert l'; induction l as [|a l IH]; intros [|b l'] H q; cbn [equalL] in H; try easy. apply andb_true_iff in H. destruct H as [H1 H2].
  apply Qeq_bool_iff in H1. destruct q as [|c q]; cbn [evL]; [easy|]. now rewrite H1, (IH _ H2).
Qed.
Lemma zeroL_ok l : zeroL l = true -> forall q, evL l q == 0.
Proof.
  induction l as [|a l IH]; intros H q; [easy|]. cbn [zeroL forallb] in H. apply andb_true_iff in H. destruct H as [H1 H2].
  apply Qeq_bool_iff in H1. destruct q as [|c q]; cbn [evL]; [easy|]. rewrite H1, (IH H2). ring.
Qed.
Lemma relu_of_ok K q g : holds K p -> evE (relu_of K q g) == pos (q * fev g p).
Proof.
  intros H. unfold relu_of. set (lc := if Qle_bool 0 q then ([], q) else (scaleL q g, - q)).
  assert (E : evL (fst lc) p + snd lc * pos (fev g p) == pos (q * fev g p)).
  { unfold lc. destruct (Qle_bool 0 q) eqn:E; cbn [fst snd].
    - apply Qle_bool_iff in E. rewrite pos_times by easy. cbn. ring.
    - assert (L : 0 <= - q) by (destruct (Qlt_le_dec q 0) as [|G]; [lra|apply Qle_bool_iff in G; congruence]).
      rewrite scaleL_ok. setoid_replace (q * fev g p) with (- (- q * fev g p)) at 2 by ring. rewrite pos_minus, pos_times by easy. ring. }
  destruct lc as [lin c]. cbn [fst snd] in E. destruct (known K g) eqn:K1; [|destruct (known K (opposite g)) eqn:K2].
  - apply (known_ok K) in K1; [|easy]. unfold evE. cbn [fst snd evT fold_right]. rewrite addL_ok, <- E, pos_above by easy. unfold fev. ring.
  - apply (known_ok K) in K2; [|easy]. rewrite opposite_ok in K2. unfold evE. cbn [fst snd evT fold_right]. rewrite <- E, pos_below by lra. ring.
  - unfold evE. cbn [fst snd evT fold_right]. rewrite <- E. ring.
Qed.

Definition tracks (vs : list Q) (m : M.t ext) : Prop := forall i, look vs i == evE (eget m i).
Lemma eget_add k e m i : eget (M.add (N.succ_pos k) e m) i = if (i =? k)%N then e else eget m i.
Proof.
  unfold eget. destruct (N.eqb_spec i k) as [->|NE]; [now rewrite M.gss|].
  rewrite M.gso; [easy|]. intros E. apply NE. destruct i, k; cbn in *; lia.
Qed.
Lemma tracks_add vs m q e : tracks vs m -> q == evE e -> tracks (vs ++ [q]) (M.add (N.succ_pos (N.of_nat (length vs))) e m).
Proof. intros T E i. rewrite look_app, eget_add. destruct (i =? _)%N; [easy|apply T]. Qed.

Variable d : nat.
Hypothesis one : forall c, evL (repeat 0 d ++ [c]) p == c.

Lemma combine_ok vs m n : tracks vs m -> evE (combine m d n) == (inject_Z (bias n) + sumQ (wires n) vs) * (1 # den n).
Proof.
  intros T. unfold combine. assert (D : forall z, z # den n == inject_Z z * (1 # den n)).
  { intros z. unfold Qeq, Qmult, inject_Z. cbn. lia. }
  induction (wires n) as [|w ws IH]; cbn [fold_right sumQ].
  - unfold evE. cbn [fst snd evT fold_right]. rewrite one, D. ring.
  - fold (sumQ ws vs). rewrite addE_ok, IH, <- (T (fst w)), (D (snd w)). ring.
Qed.

Lemma walk_ok ns go : forall vs m K, walk ls d ns (N.of_nat (length vs)) m K go = true -> tracks vs m -> holds K p ->
  exists m' K', go m' K' = true /\ holds K' p /\ tracks (Checker.run ns vs) m'.
Proof.
  induction ns as [|n ns IH]; intros vs m K W T H; cbn [walk] in W; [now exists m, K|].
  cbn [Checker.run fold_left]. fold (Checker.run ns (vs ++ [node_value n vs])).
  pose proof (combine_ok vs m n T) as C. destruct (combine m d n) as [lin ts]. unfold evE in C. cbn [fst snd] in C.
  assert (NX : forall e K', holds K' p -> node_value n vs == evE e ->
    walk ls d ns (N.succ (N.of_nat (length vs))) (M.add (N.succ_pos (N.of_nat (length vs))) e m) K' go = true ->
    exists m' K', go m' K' = true /\ holds K' p /\ tracks (Checker.run ns (vs ++ [node_value n vs])) m').
  { intros e K' HK E G. apply (IH (vs ++ [node_value n vs]) (M.add (N.succ_pos (N.of_nat (length vs))) e m) K'); [|now apply tracks_add|easy].
    rewrite app_length. cbn [length]. rewrite Nat.add_1_r, Nnat.Nat2N.inj_succ. exact G. }
  unfold node_value in NX at 1. destruct (act n); [| |easy].
  - apply (NX _ K H) in W; [exact W|]. cbn [actQ]. unfold evE. cbn [fst snd]. now rewrite C.
  - destruct (settle_ok _ _ _ _ W H) as (lin' & K' & G & HK & E). clear W. cbv beta in G.
    destruct (primitive lin') as [q g]. rewrite C in E. clear C. cbn [actQ] in NX. fold (pos ((inject_Z (bias n) + sumQ (wires n) vs) * (1 # den n))) in NX.
    destruct (zeroL lin') eqn:Z.
    + apply (NX _ K' HK) in G; [exact G|]. rewrite <- (pos_compat _ _ E), pos_below; [unfold evE; cbn; ring|]. rewrite (zeroL_ok _ Z). apply Qle_refl.
    + destruct (equalL lin' (scaleL q g)) eqn:Q; [|easy]. apply (NX _ K' HK) in G; [exact G|].
      rewrite <- (pos_compat _ _ E), relu_of_ok by easy. apply pos_compat. now rewrite (equalL_ok _ _ Q), scaleL_ok.
Qed.

Lemma zeros_ok vs vs' m m' : tracks vs m -> tracks vs' m' -> forall os os' K, zeros ls m m' os os' K = true -> holds K p ->
  Forall2 Qeq (map (look vs) os) (map (look vs') os').
Proof.
  intros T T'. induction os as [|o os IH]; intros [|o' os'] K Z H; cbn [zeros map] in *; try easy.
  pose proof (addE_ok (-1) (eget m o) (eget m' o')) as A. destruct (addE (-1) (eget m o) (eget m' o')) as [lin ts].
  destruct (settle_ok _ _ _ _ Z H) as (lin' & K' & G & HK & E). cbv beta in G. apply andb_true_iff in G. destruct G as [G1 G2].
  constructor; [|now apply (IH os' K')]. rewrite (zeroL_ok _ G1) in E. rewrite (T o), (T' o'). unfold evE in A at 1. cbn [fst snd] in A.
  rewrite <- E in A. lra.
Qed.
End Point.

Lemma evL_repeat n l q : evL (repeat 0 n ++ l) q == evL l (skipn n q).
Proof.
  revert q; induction n as [|n IH]; intros q; cbn [repeat app skipn]; [easy|]. destruct q as [|b q]; cbn [evL].
  - destruct l; easy.
  - rewrite IH. ring.
Qed.
Lemma evL_zeros n q : evL (repeat 0 n) q == 0.
Proof. revert q; induction n as [|n IH]; intros [|b q]; cbn [repeat evL]; try easy. rewrite IH. ring. Qed.

Lemma coordinates_ok d x j m : (j <= d)%nat -> length x = d -> forall i,
  evE (x ++ [1]) (eget (coordinates d j m) i) == if (i <? N.of_nat j)%N then look x i else evE (x ++ [1]) (eget m i).
Proof.
  intros Hj L. revert m. induction j as [|j IH]; intros m i; cbn [coordinates].
  - now destruct i.
  - rewrite IH by lia. rewrite eget_add. destruct (N.ltb_spec i (N.of_nat j)), (N.ltb_spec i (N.of_nat (S j))), (N.eqb_spec i (N.of_nat j)); try easy; try lia.
    subst i. unfold evE, look. cbn [fst snd evT fold_right]. rewrite evL_repeat. rewrite Nnat.Nat2N.id.
    rewrite skipn_app. replace (j - length x)%nat with 0%nat by lia. cbn [skipn].
    destruct (skipn j x) as [|b y] eqn:E; [assert (K := f_equal (@length Q) E); rewrite skipn_length in K; cbn in K; lia|].
    cbn [app evL]. rewrite evL_zeros. rewrite <- (firstn_skipn j x) at 1. rewrite E, app_nth2; rewrite firstn_length; [|lia].
    replace (j - Nat.min j (length x))%nat with 0%nat by lia. cbn [nth]. ring.
Qed.

Lemma map_repeat_Q d : map inject_Z (repeat 0%Z d) = repeat 0 d.
Proof. induction d as [|d IH]; [easy|]. cbn [repeat map]. now rewrite IH. Qed.

Theorem agree_sound (P : list (list Z)) (lemmas : list lemma_of) (begin : list (list Z)) (N1 N2 : network) (d : nat) :
  agree P lemmas begin N1 N2 d = true ->
  forall x : list Q, inside P d x -> Forall2 Qeq (value N1 x) (value N2 x).
Proof.
  intros A x [L H]. unfold agree in A. set (ls := filter valid lemmas) in *. set (p := x ++ [1]) in *.
  assert (V : Forall (fun l => valid l = true) ls) by (apply Forall_forall; intros l Hl; now apply filter_In in Hl).
  assert (O : forall c, evL (repeat 0 d ++ [c]) p == c).
  { intros c. rewrite evL_repeat. unfold p. rewrite skipn_app, skipn_all2, L, Nat.sub_diag by lia. cbn. ring. }
  assert (T : tracks p x (coordinates d d (M.empty _))).
  { intros i. unfold p. rewrite coordinates_ok by lia. destruct (N.ltb_spec i (N.of_nat d)); [easy|].
    unfold eget. rewrite M.gempty. unfold look. rewrite nth_overflow by lia. unfold evE. cbn. ring. }
  assert (H1 : holds ((repeat 0%Z d ++ [1%Z]) :: P) p).
  { constructor; [|easy]. unfold fev. rewrite map_app, map_repeat_Q. cbn [map]. rewrite O. easy. }
  destruct (settle_ok p ls V _ _ _ _ A H1) as (_ & K0 & A0 & H0 & _). clear A. rename A0 into A. cbv beta in A.
  replace (N.of_nat d) with (N.of_nat (length x)) in A by now rewrite L. destruct (walk_ok p ls V _ O _ _ _ _ _ A T H0) as (m & K & G & HK & T1). clear A. cbv beta in G.
  destruct (walk_ok p ls V _ O _ _ _ _ _ G T HK) as (m' & K' & G' & HK' & T2). cbv beta in G'.
  exact (zeros_ok p ls V _ _ _ _ T1 T2 _ _ _ G' HK').
Qed.
