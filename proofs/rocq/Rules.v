(** The rules of structural proofs, one by one, each with its soundness.

    exactnet/structural/kernel.py, whose docstrings say the same.  What is known are variables (their definitions, bounds,
    whether they are integers) and facts.  An assignment [a] of the variables is of a network's input; a rule is sound if what it
    adds is true of every assignment of which everything known is true. *)
From Coq Require Import ZArith QArith Qround NArith List Lia Lqa Bool FMapPositive.
From Exactnet Require Import Forms Pieces Events.
Import ListNotations.
Open Scope Z_scope.
Module M := PositiveMap.

(** ** What the reader must believe: what is known, and when it is true *)
(** den * v = f;  den * v = [f]+;  v = 1[f >= 0];  v = floor(f/m). *)
Inductive meaning := IsSum (den : positive) (f : form) | IsRelu (den : positive) (f : form) | IsStep (f : form) | IsFloor (m : positive) (f : form).
Definition positive_part (q : Q) : Q := if Qle_bool 0 q then q else 0%Q.
Definition heaviside (q : Q) : Q := if Qle_bool 0 q then 1%Q else 0%Q.
Definition means (a : N -> Q) (v : N) (m : meaning) : Prop :=
  match m with
  | IsSum d f => (inject_Z (Zpos d) * a v == ev a f)%Q
  | IsRelu d f => (inject_Z (Zpos d) * a v == positive_part (ev a f))%Q
  | IsStep f => (a v == heaviside (ev a f))%Q
  | IsFloor m f => (a v == inject_Z (Qfloor (ev a f * (1 # m))))%Q
  end.

(** [gate]: an integer form z with v = 1[z >= 0]. *)
Record variable := Var { meant : option meaning; least : option Z; greatest : option Z; whole : bool; gate : option form }.
Notation table := (M.t variable).
Definition var (T : table) (v : N) : variable :=
  match M.find (N.succ_pos v) T with Some r => r | None => Var None None None false None end.
Definition set_var (v : N) (r : variable) (T : table) : table := M.add (N.succ_pos v) r T.

Definition defined (a : N -> Q) (T : table) : Prop := forall v m, meant (var T v) = Some m -> means a v m.
Definition bounded (a : N -> Q) (v : N) (r : variable) : Prop :=
  (forall l, least r = Some l -> (inject_Z l <= a v)%Q) /\ (forall h, greatest r = Some h -> (a v <= inject_Z h)%Q)
  /\ (whole r = true -> integral (a v)) /\ (forall z, gate r = Some z -> integral (ev a z) /\ (a v == heaviside (ev a z))%Q).
Definition ranged (a : N -> Q) (T : table) : Prop := forall v, bounded a v (var T v).

(** Facts by their number, how many there were, and what [rule count] has counted. *)
Record known := Known { kept : M.t fact; count : N; seen : list tally }.
Definition believed (a : N -> Q) (K : known) : Prop := forall k x, M.find k (kept K) = Some x -> holds a x.
(** Everything is true of a: the constant 1, definitions, bounds, facts. *)
Definition true_of (a : N -> Q) (T : table) (K : known) : Prop := (a 0%N == 1)%Q /\ defined a T /\ ranged a T /\ believed a K.

(** ** Facts: by how many facts ago one was added, or of a variable *)
Inductive ref := Ago (k : N) | Meant (v : N) | Below (v : N) | Above (v : N) | Reads (v : N).
Definition fact_of (T : table) (K : known) (r : ref) : option fact :=
  match r with
  | Ago k => M.find (N.succ_pos (count K - k)) (kept K)
  | Meant v => match meant (var T v) with Some (IsSum d f) => Some ((v, - Zpos d) :: f, true) | _ => None end
  | Below v => match greatest (var T v) with Some h => Some ([(0%N, h); (v, -1)], false) | None => None end
  | Above v => match least (var T v) with Some l => Some ([(0%N, - l); (v, 1)], false) | None => None end
  | Reads v => match meant (var T v) with Some (IsRelu d f) => Some ((v, Zpos d) :: scale (-1) f, false) | _ => None end
  end.
Definition keep (K : known) (x : fact) : known := Known (M.add (N.succ_pos (count K)) x (kept K)) (N.succ (count K)) (seen K).
Definition with_seen (K : known) (s : list tally) : known := Known (kept K) (count K) s.
Definition keep_all (K : known) (xs : list fact) : known := fold_left keep xs K.

Lemma succ_pos_inj u v : N.succ_pos u = N.succ_pos v -> u = v.
Proof. intros E. destruct u, v; cbn in *; lia. Qed.
Lemma var_set v r T u : var (set_var v r T) u = if (u =? v)%N then r else var T u.
Proof.
  unfold var, set_var. destruct (N.eqb_spec u v) as [->|NE]; [now rewrite M.gss|]. rewrite M.gso; [easy|]. intros E. apply NE, succ_pos_inj, E.
Qed.
Lemma keep_ok a K x : believed a K -> holds a x -> believed a (keep K x).
Proof.
  intros B H k y. unfold keep. cbn [kept]. destruct (Pos.eq_dec k (N.succ_pos (count K))) as [->|NE].
  - rewrite M.gss. intros E. now injection E as <-.
  - rewrite M.gso by easy. apply B.
Qed.
Lemma keep_all_ok a xs : forall K, believed a K -> Forall (holds a) xs -> believed a (keep_all K xs).
Proof. induction xs as [|x xs IH]; intros K B F; [easy|]. inversion_clear F. cbn. apply IH; [now apply keep_ok|easy]. Qed.

Lemma positive_part_nonneg q : (0 <= positive_part q)%Q.
Proof. unfold positive_part. destruct (Qle_bool 0 q) eqn:E; [now apply Qle_bool_iff|apply Qle_refl]. Qed.
Lemma positive_part_above q : (q <= positive_part q)%Q.
Proof.
  unfold positive_part. destruct (Qle_bool 0 q) eqn:E; [apply Qle_refl|]. apply Qlt_le_weak, Qnot_le_lt. rewrite <- Qle_bool_iff. congruence.
Qed.
Lemma positive_part_id q : (0 <= q)%Q -> (positive_part q == q)%Q.
Proof. intros H. unfold positive_part. apply Qle_bool_iff in H. now rewrite H. Qed.
Lemma positive_part_zero q : (q <= 0)%Q -> (positive_part q == 0)%Q.
Proof. intros H. unfold positive_part. destruct (Qle_bool 0 q) eqn:E; [|easy]. apply Qle_bool_iff in E. lra. Qed.
Lemma heaviside_one q : (0 <= q)%Q -> heaviside q = 1%Q.
Proof. intros H. unfold heaviside. apply Qle_bool_iff in H. now rewrite H. Qed.
Lemma heaviside_zero q : (q < 0)%Q -> heaviside q = 0%Q.
Proof. intros H. unfold heaviside. destruct (Qle_bool 0 q) eqn:E; [|easy]. apply Qle_bool_iff in E. lra. Qed.

Lemma fact_ok a T K r x : true_of a T K -> fact_of T K r = Some x -> holds a x.
Proof.
  intros (A & D & R & B) H. destruct r as [k|v|v|v|v]; cbn [fact_of] in H; [now apply B in H| | | |].
  - destruct (meant (var T v)) as [[d f|d f|f|m f]|] eqn:E; try easy. injection H as <-. apply D in E. cbn in E.
    unfold holds. cbn [fst snd]. rewrite ev_cons. change (inject_Z (Z.neg d)) with (- inject_Z (Z.pos d))%Q. rewrite <- E. ring.
  - destruct (greatest (var T v)) as [h|] eqn:E; [|easy]. injection H as <-. apply (R v) in E.
    unfold holds. cbn [fst snd]. rewrite ev_const, ev_cons, ev_nil by easy. change (inject_Z (-1)) with (-1)%Q. lra.
  - destruct (least (var T v)) as [l|] eqn:E; [|easy]. injection H as <-. apply (R v) in E.
    unfold holds. cbn [fst snd]. rewrite ev_const, ev_cons, ev_nil, inject_Z_opp by easy. change (inject_Z 1) with 1%Q. lra.
  - destruct (meant (var T v)) as [[d f|d f|f|m f]|] eqn:E; try easy. injection H as <-. apply D in E. cbn in E.
    unfold holds. cbn [fst snd]. rewrite ev_cons, ev_scale, E. change (inject_Z (-1)) with (-1)%Q. pose proof (positive_part_above (ev a f)). lra.
Qed.

Fixpoint facts_of (T : table) (K : known) (parts : list (ref * Z)) : option (list (fact * Z)) :=
  match parts with
  | [] => Some []
  | (r, k) :: parts' => match fact_of T K r, facts_of T K parts' with Some x, Some xs => Some ((x, k) :: xs) | _, _ => None end
  end.
Lemma facts_ok a T K parts : true_of a T K -> forall xs, facts_of T K parts = Some xs -> forall p, In p xs -> holds a (fst p).
Proof.
  intros H. induction parts as [|[r k] parts IH]; intros xs E p Hp; cbn [facts_of] in E; [now injection E as <-|].
  destruct (fact_of T K r) as [x|] eqn:F, (facts_of T K parts) as [ys|]; try easy. injection E as <-.
  destruct Hp as [<-|Hp]; [now apply (fact_ok a T K r)|now apply (IH ys)].
Qed.
Definition wholes (T : table) (v : N) : bool := whole (var T v).
Definition whole_form (T : table) (f : form) : bool := forallb (fun t => wholes T (fst t)) f.
Lemma wholes_ok a T : ranged a T -> forall v, wholes T v = true -> integral (a v).
Proof. intros R v. apply (R v). Qed.
Lemma whole_form_ok a T f : ranged a T -> whole_form T f = true -> integral (ev a f).
Proof. intros R H. apply integral_ev. intros t Ht. unfold whole_form in H. rewrite forallb_forall in H. now apply (wholes_ok a T R), H. Qed.

(** ** sum *)
Definition combined (T : table) (K : known) (parts : list (ref * Z)) (k : positive) : option fact :=
  match facts_of T K parts with Some xs => combine (wholes T) xs k | None => None end.
Theorem rule_sum_sound a T K parts k x : true_of a T K -> combined T K parts k = Some x -> holds a x.
Proof.
  intros H. unfold combined. destruct (facts_of T K parts) as [xs|] eqn:E; [|easy]. intros C. pose proof H as (A & _ & R & _).
  apply (sum_sound a (wholes T) xs k x A (wholes_ok a T R) C). now apply (facts_ok a T K parts).
Qed.

(** ** equal: F = 0 from F >= 0 and -F >= 0 *)
Definition opposite (T : table) (K : known) (above below : ref) : option fact :=
  match fact_of T K above, fact_of T K below with
  | Some (f, _), Some (g, _) => match norm (f ++ g) with [] => Some (f, true) | _ => None end
  | _, _ => None
  end.
Lemma holds_nonneg a x : holds a x -> (0 <= ev a (fst x))%Q.
Proof. unfold holds. destruct x as [f [|]]; cbn [fst snd]; lra. Qed.
Theorem rule_equal_sound a T K above below x : true_of a T K -> opposite T K above below = Some x -> holds a x.
Proof.
  intros H. unfold opposite. destruct (fact_of T K above) as [[f e]|] eqn:E, (fact_of T K below) as [[g e']|] eqn:E'; try easy.
  apply (fact_ok a T K _ _ H), holds_nonneg in E. apply (fact_ok a T K _ _ H), holds_nonneg in E'. cbn [fst] in *.
  destruct (norm (f ++ g)) eqn:Nrm; [|easy]. intros X. injection X as <-. pose proof (ev_norm a (f ++ g)) as S. rewrite Nrm, ev_nil, ev_app in S.
  unfold holds. cbn [fst snd]. lra.
Qed.

(** ** decide: of a gate (or ReLU) and its form whichever a fact decides, the other *)
Fixpoint first_term (z : form) : option (N * Z) :=
  match z with [] => None | (0%N, _) :: z' => first_term z' | t :: _ => Some t end.
(** Whether a fact says z >= 0, rather than z < 0 (z <= 0 unless strict). *)
Definition says (x : fact) (z : form) (strict : bool) : option bool :=
  match first_term z with
  | None => match constant z with Some c => Some (0 <=? c) | None => None end
  | Some (v, c0) =>
      let a0 := coefficient v (fst x) in
      let '(k, c) := if 0 <? c0 then (a0, c0) else (- a0, - c0) in
      match constant (scale c (fst x) ++ scale (- k) z) with
      | None => None
      | Some t =>
          let try_ k t := if negb (k =? 0) && ((t <? 0) || ((t =? 0) && ((0 <? k) || negb strict))) then Some (0 <? k) else None in
          if 0 <? c then match try_ k t with Some b => Some b | None => if snd x then try_ (- k) (- t) else None end else None
      end
  end.
Lemma says_ok a x z strict b : (a 0%N == 1)%Q -> holds a x -> says x z strict = Some b ->
  if b then (0 <= ev a z)%Q else if strict then (ev a z < 0)%Q else (ev a z <= 0)%Q.
Proof.
  intros A H. unfold says. destruct (first_term z) as [[v c0]|].
  2:{ destruct (constant z) as [c|] eqn:C; [|easy]. intros E. injection E as <-. pose proof (constant_ok a _ _ A C) as V.
      destruct (Z.leb_spec 0 c) as [L|L].
      - rewrite Zle_Qle in L. change (inject_Z 0) with 0%Q in L. lra.
      - rewrite Zlt_Qlt in L. change (inject_Z 0) with 0%Q in L. destruct strict; lra. }
  set (a0 := coefficient v (fst x)). destruct (if 0 <? c0 then (a0, c0) else (- a0, - c0)) as [k c].
  destruct (constant _) as [t|] eqn:C; [|easy]. pose proof (constant_ok a _ _ A C) as V. rewrite ev_app, !ev_scale, inject_Z_opp in V.
  destruct (Z.ltb_spec 0 c) as [P|]; [|easy]. rewrite Zlt_Qlt in P. change (inject_Z 0) with 0%Q in P.
  (* k z + t, or its negative, is at least 0 *)
  assert (G : forall k t, (0 <= inject_Z k * ev a z + inject_Z t)%Q -> forall b,
    (if negb (k =? 0) && ((t <? 0) || ((t =? 0) && ((0 <? k) || negb strict))) then Some (0 <? k) else None) = Some b ->
    if b then (0 <= ev a z)%Q else if strict then (ev a z < 0)%Q else (ev a z <= 0)%Q).
  { clear. intros k t F b E. destruct (Z.eqb_spec k 0) as [|NZ]; [easy|]. cbn [negb andb] in E.
    destruct (_ || _) eqn:T; [|easy]. injection E as <-. apply orb_true_iff in T.
    destruct (Z.ltb_spec 0 k) as [K|K].
    - assert (T' : t <= 0) by (destruct T as [T|T]; [apply Z.ltb_lt in T; lia|apply andb_true_iff in T; destruct T as [T _]; apply Z.eqb_eq in T; lia]).
      rewrite Zle_Qle in T'. rewrite Zlt_Qlt in K. change (inject_Z 0) with 0%Q in *. nra.
    - assert (K' : k < 0) by lia. rewrite Zlt_Qlt in K'. change (inject_Z 0) with 0%Q in *. destruct T as [T|T].
      + apply Z.ltb_lt in T. rewrite Zlt_Qlt in T. change (inject_Z 0) with 0%Q in *. destruct strict; nra.
      + apply andb_true_iff in T. destruct T as [T S]. apply Z.eqb_eq in T. subst t. change (inject_Z 0) with 0%Q in *. destruct strict; [easy|]. nra. }
  assert (F : (0 <= inject_Z c * ev a (fst x))%Q).
  { apply Qmult_le_0_compat; [lra|now apply holds_nonneg]. }
  pose proof (G k t ltac:(lra)) as G1.
  destruct (if negb (k =? 0) && _ then _ else _) as [b1|]; [intros E; injection E as <-; now apply G1|].
  destruct (snd x) eqn:EQ; [|easy]. unfold holds in H. rewrite EQ in H. apply (G (- k) (- t)). rewrite !inject_Z_opp. rewrite H in V. lra.
Qed.

Definition gate_of (r : variable) : option (form * bool) :=
  match gate r with Some z => Some (z, true) | None => match meant r with Some (IsStep z) => Some (z, false) | _ => None end end.
Definition about (v : N) (f : form) : bool := existsb (fun t => fst t =? v)%N f && forallb (fun t => (fst t =? v) || (fst t =? 0))%N f.
(** 2 v - 1. *)
Definition above_half (v : N) : form := [(0%N, -1); (v, 2)].
Definition decided (T : table) (K : known) (v : N) (r : ref) : option fact :=
  match fact_of T K r with
  | None => None
  | Some x =>
      match meant (var T v) with
      | Some (IsRelu d z) =>
          match says x z false with
          | Some true => Some ((v, Zpos d) :: scale (-1) z, true)
          | Some false => Some ([(v, 1)], true)
          | None => None
          end
      | _ =>
          match gate_of (var T v) with
          | None => None
          | Some (z, integer) =>
              if about v (fst x) then
                match says x (above_half v) true with
                | Some true => Some (z, false)
                | Some false => if integer then Some ((0%N, -1) :: scale (-1) z, false) else None
                | None => None
                end
              else
                match says x z true with
                | Some true => Some ([(0%N, -1); (v, 1)], true)
                | Some false => Some ([(v, 1)], true)
                | None => None
                end
          end
      end
  end.
Lemma gate_of_ok a T K v z i : true_of a T K -> gate_of (var T v) = Some (z, i) ->
  (a v == heaviside (ev a z))%Q /\ (i = true -> integral (ev a z)).
Proof.
  intros (A & D & R & _). unfold gate_of. destruct (gate (var T v)) as [g|] eqn:G.
  - intros E. injection E as <- <-. destruct (R v) as (_ & _ & _ & X). destruct (X g G). now split.
  - destruct (meant (var T v)) as [[d f|d f|f|m f]|] eqn:E; try easy. intros H. injection H as <- <-. apply D in E. now split.
Qed.
Theorem rule_decide_sound a T K v r y : true_of a T K -> decided T K v r = Some y -> holds a y.
Proof.
  intros H. unfold decided. destruct (fact_of T K r) as [x|] eqn:F; [|easy]. apply (fact_ok a T K _ _ H) in F. pose proof H as (A & D & R & _).
  assert (GATE : forall z i, gate_of (var T v) = Some (z, i) ->
    (if about v (fst x) then match says x (above_half v) true with Some true => Some (z, false)
        | Some false => if i then Some ((0%N, -1) :: scale (-1) z, false) else None | None => None end
     else match says x z true with Some true => Some ([(0%N, -1); (v, 1)], true) | Some false => Some ([(v, 1)], true) | None => None end) = Some y ->
    holds a y).
  { intros z i G. destruct (gate_of_ok a T K v z i H G) as [V I]. destruct (about v (fst x)).
    - destruct (says x (above_half v) true) as [b|] eqn:S; [|easy]. apply (says_ok a _ _ _ _ A F) in S.
      assert (EV : (ev a (above_half v) == 2 * a v - 1)%Q) by (unfold above_half; rewrite ev_const, ev_cons, ev_nil by easy; unfold inject_Z; ring).
      assert (W : heaviside (ev a z) = 1%Q /\ (0 <= ev a z)%Q \/ heaviside (ev a z) = 0%Q /\ (ev a z < 0)%Q).
      { destruct (Qlt_le_dec (ev a z) 0) as [L|L]; [right; now rewrite heaviside_zero|left; now rewrite heaviside_one]. }
      destruct b; rewrite EV in S.
      + intros E. injection E as <-. unfold holds. cbn [fst snd]. destruct W as [[W1 W2]|[W1 W2]]; [easy|]. rewrite W1 in V. lra.
      + destruct i; [|easy]. intros E. injection E as <-. unfold holds. cbn [fst snd]. destruct W as [[W1 W2]|[W1 W2]]; [rewrite W1 in V; lra|].
        destruct (I eq_refl) as [n Hn]. rewrite ev_const, ev_scale by easy. rewrite Hn in *. change 0%Q with (inject_Z 0) in *. rewrite <- Zlt_Qlt in W2.
        rewrite <- inject_Z_mult, <- inject_Z_plus, <- Zle_Qle. lia.
    - destruct (says x z true) as [b|] eqn:S; [|easy]. apply (says_ok a _ _ _ _ A F) in S. destruct b; intros E; injection E as <-; unfold holds; cbn [fst snd].
      + rewrite ev_const, ev_cons, ev_nil, V, (heaviside_one _ S) by easy. reflexivity.
      + rewrite ev_cons, ev_nil, V, (heaviside_zero _ S). reflexivity. }
  destruct (meant (var T v)) as [[d f|d z|f|m f]|] eqn:E.
  2:{ destruct (says x z false) as [b|] eqn:S; [|easy]. apply (says_ok a _ _ _ _ A F) in S. apply D in E. cbn in E.
      destruct b; intros X; injection X as <-; unfold holds; cbn [fst snd]; rewrite ?ev_cons, ?ev_scale, ?ev_nil.
      - rewrite E, (positive_part_id _ S). change (inject_Z (-1)) with (-1)%Q. ring.
      - rewrite (positive_part_zero _ S) in E. change (inject_Z 1) with 1%Q. apply Qmult_integral in E. destruct E as [E|E]; [easy|]. rewrite E. ring. }
  all: destruct (gate_of (var T v)) as [[z i]|] eqn:G; [|easy]; now apply GATE.
Qed.

(** ** range and bound: bounds of a variable *)
Definition better (r : variable) (l h : option Z) : variable :=
  let meet op x y := match x, y with Some x, Some y => Some (op x y) | Some x, None => Some x | None, y => y end in
  Var (meant r) (meet Z.max l (least r)) (meet Z.min h (greatest r)) (whole r) (gate r).
Lemma better_ok a v r l h : bounded a v r -> (forall x, l = Some x -> (inject_Z x <= a v)%Q) -> (forall x, h = Some x -> (a v <= inject_Z x)%Q) ->
  bounded a v (better r l h).
Proof.
  intros (B1 & B2 & B3 & B4) L H. unfold better, bounded. cbn [least greatest whole gate].
  split; [|split; [|split; assumption]]; intros x; [destruct l as [y|], (least r) as [z|]|destruct h as [y|], (greatest r) as [z|]]; intros E; try easy;
    injection E as <-; auto; [destruct (Z.max_spec y z) as [[_ ->]|[_ ->]]|destruct (Z.min_spec y z) as [[_ ->]|[_ ->]]]; auto.
Qed.
Lemma ranged_set a T v r : ranged a T -> bounded a v r -> ranged a (set_var v r T).
Proof. intros R B u. rewrite var_set. destruct (N.eqb_spec u v) as [->|_]; [easy|apply R]. Qed.

Fixpoint range_of (T : table) (f : form) : option (Z * Z) :=
  match f with
  | [] => Some (0, 0)
  | (v, c) :: f' =>
      match least (var T v), greatest (var T v), range_of T f' with
      | Some l, Some h, Some (low, high) => Some (if 0 <? c then (c * l + low, c * h + high) else (c * h + low, c * l + high))
      | _, _, _ => None
      end
  end.
Definition ranges (T : table) (v : N) : option table :=
  let r := var T v in
  if negb (whole r) then None else
  match gate r with
  | Some _ => Some (set_var v (better r (Some 0) (Some 1)) T)
  | None =>
      match meant r with
      | Some (IsSum d f) =>
          match range_of T f with
          | Some (low, high) => Some (set_var v (better r (Some (up low (Zpos d))) (Some (high / Zpos d))) T)
          | None => None
          end
      | _ => None
      end
  end.
Lemma range_of_ok a T f : ranged a T -> forall low high, range_of T f = Some (low, high) -> (inject_Z low <= ev a f <= inject_Z high)%Q.
Proof.
  intros R. induction f as [|[v c] f IH]; intros low high H; cbn [range_of] in H; [injection H as <- <-; rewrite ev_nil; split; apply Qle_refl|].
  destruct (R v) as (B1 & B2 & _). destruct (least (var T v)) as [l|], (greatest (var T v)) as [h|], (range_of T f) as [[lo hi]|]; try easy.
  specialize (B1 l eq_refl). specialize (B2 h eq_refl). specialize (IH lo hi eq_refl). injection H as E. rewrite ev_cons.
  destruct (Z.ltb_spec 0 c) as [P|P]; injection E as <- <-; rewrite !inject_Z_plus, !inject_Z_mult.
  - rewrite Zlt_Qlt in P. change (inject_Z 0) with 0%Q in P. split; nra.
  - rewrite Zle_Qle in P. change (inject_Z 0) with 0%Q in P. split; nra.
Qed.
(** An integer v with c v >= n, c > 0. *)
Lemma up_ok c n (v : Q) : 0 < c -> integral v -> (inject_Z n <= inject_Z c * v)%Q -> (inject_Z (up n c) <= v)%Q.
Proof. intros C (z & ->) H. rewrite <- inject_Z_mult, <- Zle_Qle in H. rewrite <- Zle_Qle. now apply up_le. Qed.
Lemma down_ok c n (v : Q) : 0 < c -> integral v -> (inject_Z c * v <= inject_Z n)%Q -> (v <= inject_Z (n / c))%Q.
Proof. intros C (z & ->) H. rewrite <- inject_Z_mult, <- Zle_Qle in H. rewrite <- Zle_Qle. now apply Z.div_le_lower_bound. Qed.
Theorem rule_range_sound a T K v T' : true_of a T K -> ranges T v = Some T' -> ranged a T'.
Proof.
  intros (A & D & R & _). unfold ranges. destruct (whole (var T v)) eqn:W; [|easy]. cbn [negb]. pose proof (R v) as B. pose proof B as (_ & _ & I & G). specialize (I W).
  destruct (gate (var T v)) as [z|] eqn:E.
  - intros H. injection H as <-. destruct (G z eq_refl) as [_ V]. apply ranged_set; [easy|]. apply better_ok; [easy| |]; intros x X; injection X as <-;
      rewrite V; unfold heaviside; destruct (Qle_bool 0 (ev a z)); easy.
  - destruct (meant (var T v)) as [[d f|d f|f|m f]|] eqn:F; try easy. destruct (range_of T f) as [[low high]|] eqn:RF; [|easy]. intros H. injection H as <-.
    apply (range_of_ok a T f R) in RF. apply D in F. cbn in F. rewrite <- F in RF. apply ranged_set; [easy|].
    apply better_ok; [easy| |]; intros x X; injection X as <-; [now apply up_ok|now apply down_ok].
Qed.

Definition bounds (T : table) (x : fact) : option table :=
  let '(k, f) := split (fst x) in
  match f with
  | [(v, c)] =>
      let r := var T v in
      if whole r && negb (c =? 0) then
        let low := if 0 <? c then Some (up (- k) c) else if snd x then Some (up k (- c)) else None in
        let high := if c <? 0 then Some (k / - c) else if snd x then Some (- k / c) else None in
        Some (set_var v (better r low high) T)
      else None
  | _ => None
  end.
Theorem rule_bound_sound a T K x T' : true_of a T K -> holds a x -> bounds T x = Some T' -> ranged a T'.
Proof.
  intros (A & D & R & _) H. unfold bounds. pose proof (split_ok a (fst x) A) as S. destruct (split (fst x)) as [k f]. cbn [fst snd] in S.
  destruct f as [|[v c] [|]]; try easy. rewrite ev_cons, ev_nil in S. destruct (whole (var T v)) eqn:W; [|easy]. destruct (Z.eqb_spec c 0) as [|NZ]; [easy|].
  cbn [negb andb]. intros E. injection E as <-. pose proof (R v) as B. pose proof B as (_ & _ & I & _). specialize (I W).
  apply ranged_set; [easy|]. pose proof (holds_nonneg a x H) as P. rewrite S in P.
  assert (Q0 : snd x = true -> (inject_Z c * a v == - inject_Z k)%Q).
  { intros EQ. unfold holds in H. rewrite EQ, S in H. lra. }
  apply better_ok; [easy| |]; intros y Y.
  - destruct (Z.ltb_spec 0 c).
    + injection Y as <-. apply up_ok; [easy|easy|]. rewrite inject_Z_opp. lra.
    + destruct (snd x); [|easy]. injection Y as <-. apply up_ok; [lia|easy|]. specialize (Q0 eq_refl). rewrite inject_Z_opp. lra.
  - destruct (Z.ltb_spec c 0).
    + injection Y as <-. apply down_ok; [lia|easy|]. rewrite inject_Z_opp. lra.
    + destruct (snd x); [|easy]. injection Y as <-. apply down_ok; [lia|easy|]. specialize (Q0 eq_refl). rewrite inject_Z_opp. lra.
Qed.

(** ** steps, residue: sums of gates 1[f >= t] and ReLUs [f - t]+ of one integer variable f *)
Definition is_relu (r : variable) : bool := match meant r with Some (IsRelu _ _) => true | _ => false end.
Definition atom (T : table) (f v : N) : bool :=
  (v =? 0)%N || (v =? f)%N || is_relu (var T v) || match gate (var T v) with Some _ => true | None => false end.
(** Affine variables substituted, in one round; then until only atoms are left. *)
Fixpoint substituted (T : table) (f : N) (g : form) : option form :=
  match g with
  | [] => Some []
  | (v, c) :: g' =>
      match substituted T f g' with
      | None => None
      | Some rest =>
          if atom T f v then Some ((v, c) :: rest)
          else match meant (var T v) with Some (IsSum 1 h) => Some (scale c h ++ rest) | _ => None end
      end
  end.
Fixpoint flatten (fuel : nat) (T : table) (f : N) (g : form) : option form :=
  if forallb (fun t => atom T f (fst t)) g then Some g else
  match fuel with
  | O => None
  | S fuel' => match substituted T f g with Some h => flatten fuel' T f (norm h) | None => None end
  end.
Definition most_rounds : nat := 100.

Definition same_term (s t : N * Z) : bool := ((fst s =? fst t)%N && (snd s =? snd t)).
Fixpoint same_form (f g : form) : bool :=
  match f, g with [], [] => true | s :: f', t :: g' => same_term s t && same_form f' g' | _, _ => false end.
(** The t with z = f - t. *)
Definition kink_at (T : table) (f : N) (z : form) : option Z :=
  let '(k, g) := split z in
  if same_form g [(f, 1)] then Some (- k) else
  match meant (var T f) with
  | Some (IsSum 1 h) => let '(shift, h') := split h in if same_form g h' then Some (shift - k) else None
  | _ => None
  end.
Definition kink_of (T : table) (f v : N) (c : Z) : option kink :=
  match meant (var T v), gate (var T v) with
  | Some (IsRelu 1 z), _ => match kink_at T f z with Some t => Some (t, - (c * t), c) | None => None end
  | Some (IsRelu _ _), _ => None
  | _, Some z => match kink_at T f z with Some t => Some (t, c, 0) | None => None end
  | _, None => None
  end.
Fixpoint collect (T : table) (f : N) (g : form) : option piecewise :=
  match g with
  | [] => Some (Piecewise 0 0 [])
  | (v, c) :: g' =>
      match collect T f g' with
      | None => None
      | Some P =>
          if (v =? 0)%N then Some (Piecewise (slope P) (level P + c) (kinks P))
          else if (v =? f)%N then Some (Piecewise (slope P + c) (level P) (kinks P))
          else match kink_of T f v c with Some k => Some (Piecewise (slope P) (level P) (k :: kinks P)) | None => None end
      end
  end.
Definition pieces_of (T : table) (f : N) (g : form) : option piecewise :=
  if whole (var T f) && negb (f =? 0)%N then match flatten most_rounds T f g with Some h => collect T f h | None => None end else None.

Lemma substituted_ok a T K f g : true_of a T K -> forall h, substituted T f g = Some h -> (ev a h == ev a g)%Q.
Proof.
  intros (_ & D & _). induction g as [|[v c] g IH]; intros h H; cbn [substituted] in H; [now injection H as <-|].
  destruct (substituted T f g) as [rest|]; [|easy]. specialize (IH rest eq_refl). destruct (atom T f v); [injection H as <-; now rewrite !ev_cons, IH|].
  destruct (meant (var T v)) as [[[d|d|] s|d s|s|m s]|] eqn:E; try easy. injection H as <-. apply D in E. cbn in E.
  rewrite ev_app, ev_scale, ev_cons, IH. rewrite <- E. change (inject_Z 1) with 1%Q. ring.
Qed.
Lemma flatten_ok a T K f fuel : true_of a T K -> forall g h, flatten fuel T f g = Some h -> (ev a h == ev a g)%Q.
Proof.
  intros H. induction fuel as [|fuel IH]; intros g h E; cbn [flatten] in E; destruct (forallb _ g); try easy; try (now injection E as <-).
  destruct (substituted T f g) as [s|] eqn:S; [|easy]. rewrite (IH _ _ E), ev_norm. now apply (substituted_ok a T K f g).
Qed.
Lemma same_form_ok a f : forall g, same_form f g = true -> ev a f = ev a g.
Proof.
  induction f as [|[v c] f IH]; intros [|[u e] g] H; cbn [same_form] in H; try easy. apply andb_true_iff in H. destruct H as [H1 H2].
  unfold same_term in H1. cbn [fst snd] in H1. apply andb_true_iff in H1. destruct H1 as [H1 H3]. apply N.eqb_eq in H1. apply Z.eqb_eq in H3. subst.
  cbn [ev fold_right fst snd]. fold (ev a f) (ev a g). now rewrite (IH g H2).
Qed.
Lemma kink_at_ok a T K f z t : true_of a T K -> kink_at T f z = Some t -> (ev a z == a f - inject_Z t)%Q.
Proof.
  intros (A & D & _). unfold kink_at. pose proof (split_ok a z A) as S. destruct (split z) as [k g]. cbn [fst snd] in S.
  destruct (same_form g [(f, 1)]) eqn:E.
  - intros H. injection H as <-. rewrite S, (same_form_ok a _ _ E), ev_cons, ev_nil, inject_Z_opp. change (inject_Z 1) with 1%Q. ring.
  - destruct (meant (var T f)) as [[[d|d|] h|d h|h|m h]|] eqn:F; try easy. apply D in F. cbn in F. pose proof (split_ok a h A) as S'.
    destruct (split h) as [shift h']. cbn [fst snd] in S'. destruct (same_form g h') eqn:E'; [|easy]. intros H. injection H as <-.
    rewrite S, (same_form_ok a _ _ E'). unfold Z.sub. rewrite inject_Z_plus, inject_Z_opp. change (inject_Z 1) with 1%Q in F. lra.
Qed.
Lemma integer_sign x t : (inject_Z x - inject_Z t == inject_Z (x - t))%Q.
Proof. unfold Z.sub. rewrite inject_Z_plus, inject_Z_opp. ring. Qed.
Lemma kink_of_ok a T K f v c k x : true_of a T K -> (a f == inject_Z x)%Q -> kink_of T f v c = Some k ->
  (inject_Z c * a v == inject_Z (from x k))%Q.
Proof.
  intros H X. pose proof H as (A & D & R & _). unfold kink_of.
  assert (GATE : forall z, gate (var T v) = Some z -> match kink_at T f z with Some t => Some (t, c, 0) | None => None end = Some k ->
    (inject_Z c * a v == inject_Z (from x k))%Q).
  { intros z G. destruct (kink_at T f z) as [t|] eqn:E; [|easy]. intros Y. injection Y as <-. apply (kink_at_ok a T K _ _ _ H) in E.
    destruct (R v) as (_ & _ & _ & B). destruct (B z G) as [_ V]. rewrite V. cbn [from]. rewrite X, integer_sign in E. destruct (Z.leb_spec t x) as [L|L].
    - rewrite heaviside_one; [rewrite Z.mul_0_l, Z.add_0_r; ring|]. rewrite E. change 0%Q with (inject_Z 0). rewrite <- Zle_Qle. lia.
    - rewrite heaviside_zero; [change (inject_Z 0) with 0%Q; ring|]. rewrite E. change 0%Q with (inject_Z 0). rewrite <- Zlt_Qlt. lia. }
  destruct (meant (var T v)) as [[d z|[d|d|] z|z|m z]|] eqn:E; try easy.
  2:{ destruct (kink_at T f z) as [t|] eqn:KA; [|easy]. intros Y. injection Y as <-. apply (kink_at_ok a T K _ _ _ H) in KA. apply D in E. cbn in E.
      change (inject_Z 1) with 1%Q in E. rewrite Qmult_1_l in E. rewrite E. cbn [from]. rewrite X, integer_sign in KA. destruct (Z.leb_spec t x) as [L|L].
      - rewrite positive_part_id; [rewrite KA, <- inject_Z_mult; now replace (- (c * t) + c * x) with (c * (x - t)) by ring|].
        rewrite KA. change 0%Q with (inject_Z 0). rewrite <- Zle_Qle. lia.
      - rewrite positive_part_zero; [change (inject_Z 0) with 0%Q; ring|]. rewrite KA. change 0%Q with (inject_Z 0). rewrite <- Zle_Qle. lia. }
  all: destruct (gate (var T v)) as [z'|] eqn:G; [|easy]; now apply GATE.
Qed.
Lemma collect_ok a T K f x : true_of a T K -> (a f == inject_Z x)%Q -> forall g P, collect T f g = Some P -> (ev a g == inject_Z (value_at P x))%Q.
Proof.
  intros H X. pose proof H as (A & _). induction g as [|[v c] g IH]; intros P E; cbn [collect] in E; [now injection E as <-|].
  destruct (collect T f g) as [P'|]; [|easy]. specialize (IH P' eq_refl). rewrite ev_cons, IH.
  destruct (N.eqb_spec v 0) as [->|_]; [|destruct (N.eqb_spec v f) as [->|_]].
  - injection E as <-. rewrite A. unfold value_at. cbn [slope level kinks]. rewrite !inject_Z_plus. ring.
  - injection E as <-. rewrite X. unfold value_at. cbn [slope level kinks]. rewrite <- inject_Z_mult, <- inject_Z_plus. f_equiv. ring.
  - destruct (kink_of T f v c) as [k|] eqn:KO; [|easy]. injection E as <-. rewrite (kink_of_ok a T K f v c k x H X KO).
    unfold value_at. cbn [slope level kinks kinks_at fold_right]. fold (kinks_at x (kinks P')). rewrite <- inject_Z_plus. f_equiv. ring.
Qed.
Lemma pieces_ok a T K f g P : true_of a T K -> pieces_of T f g = Some P ->
  exists x, (a f == inject_Z x)%Q /\ (ev a g == inject_Z (value_at P x))%Q.
Proof.
  intros H. unfold pieces_of. destruct (whole (var T f)) eqn:W; [|easy]. destruct (f =? 0)%N; [easy|]. cbn [negb andb].
  destruct (flatten most_rounds T f g) as [h|] eqn:F; [|easy]. intros C. pose proof H as (_ & _ & R & _). destruct (wholes_ok a T R f W) as [x X]. exists x. split; [easy|].
  rewrite <- (flatten_ok a T K f most_rounds H g h F). now apply (collect_ok a T K f x).
Qed.

(** An end of the range of f: by its bounds, or by a fact that says more. *)
Definition low_end (T : table) (K : known) (f : N) (r : option ref) : option Z :=
  match r with
  | None => least (var T f)
  | Some r =>
      match fact_of T K r with
      | Some x => match constant ((f, -1) :: fst x), least (var T f) with Some k, Some l => Some (Z.max (- k) l) | Some k, None => Some (- k) | _, _ => None end
      | None => None
      end
  end.
Definition high_end (T : table) (K : known) (f : N) (r : option ref) : option Z :=
  match r with
  | None => greatest (var T f)
  | Some r =>
      match fact_of T K r with
      | Some x => match constant ((f, 1) :: fst x), greatest (var T f) with Some k, Some h => Some (Z.min k h) | Some k, None => Some k | _, _ => None end
      | None => None
      end
  end.
(** 0 <= g <= width. *)
Definition between_facts (g : form) (width : option Z) : list fact :=
  match width with
  | Some 0 => [(g, true)]
  | Some w => [(g, false); ((0%N, w) :: scale (-1) g, false)]
  | None => [(g, false)]
  end.
Definition stepped (T : table) (K : known) (f : N) (g : form) (width : option Z) (low high : option ref) : option (list fact) :=
  match low_end T K f low, high_end T K f high, pieces_of T f g with
  | Some l, Some h, Some P => if evaluate width P (if l <=? h then [(l, h)] else []) then Some (between_facts g width) else None
  | _, _, _ => None
  end.
Lemma low_end_ok a T K f r l : true_of a T K -> low_end T K f r = Some l -> (inject_Z l <= a f)%Q.
Proof.
  intros H. pose proof H as (A & _ & R & _). destruct (R f) as (B & _). unfold low_end. destruct r as [r|]; [|apply B].
  destruct (fact_of T K r) as [x|] eqn:F; [|easy]. apply (fact_ok a T K _ _ H), holds_nonneg in F. destruct (constant _) as [k|] eqn:C; [|easy].
  apply (constant_ok a _ _ A) in C. rewrite ev_cons in C. change (inject_Z (-1)) with (-1)%Q in C. assert (G : (inject_Z (- k) <= a f)%Q) by (rewrite inject_Z_opp; lra).
  destruct (least (var T f)) as [m|]; intros E; injection E as <-; [|easy]. destruct (Z.max_spec (- k) m) as [[_ ->]|[_ ->]]; auto.
Qed.
Lemma high_end_ok a T K f r h : true_of a T K -> high_end T K f r = Some h -> (a f <= inject_Z h)%Q.
Proof.
  intros H. pose proof H as (A & _ & R & _). destruct (R f) as (_ & B & _). unfold high_end. destruct r as [r|]; [|apply B].
  destruct (fact_of T K r) as [x|] eqn:F; [|easy]. apply (fact_ok a T K _ _ H), holds_nonneg in F. destruct (constant _) as [k|] eqn:C; [|easy].
  apply (constant_ok a _ _ A) in C. rewrite ev_cons in C. change (inject_Z 1) with 1%Q in C. assert (G : (a f <= inject_Z k)%Q) by lra.
  destruct (greatest (var T f)) as [m|]; intros E; injection E as <-; [|easy]. destruct (Z.min_spec k m) as [[_ ->]|[_ ->]]; auto.
Qed.
Lemma between_facts_ok a g width y : (a 0%N == 1)%Q -> (ev a g == inject_Z y)%Q -> inside width y -> Forall (holds a) (between_facts g width).
Proof.
  intros A E (Y0 & Y1). assert (G : (0 <= ev a g)%Q) by (rewrite E; change 0%Q with (inject_Z 0); now rewrite <- Zle_Qle).
  assert (U : forall w, width = Some w -> holds a ((0%N, w) :: scale (-1) g, false)).
  { intros w W. unfold holds. cbn [fst snd]. rewrite ev_const, ev_scale, E by easy. change 0%Q with (inject_Z 0). rewrite <- inject_Z_mult, <- inject_Z_plus, <- Zle_Qle.
    specialize (Y1 w W). lia. }
  unfold between_facts. destruct width as [[|p|p]|]; repeat constructor; try exact G; try (now apply U).
  unfold holds. cbn [fst snd]. rewrite E. change 0%Q with (inject_Z 0). specialize (Y1 0 eq_refl). replace y with 0 by lia. reflexivity.
Qed.
Theorem rule_steps_sound a T K f g width low high xs : true_of a T K -> stepped T K f g width low high = Some xs -> Forall (holds a) xs.
Proof.
  intros H. unfold stepped. destruct (low_end T K f low) as [l|] eqn:L, (high_end T K f high) as [h|] eqn:U, (pieces_of T f g) as [P|] eqn:E; try easy.
  destruct (evaluate _ _ _) eqn:V; [|easy]. intros X. injection X as <-. destruct (pieces_ok a T K f g P H E) as (x & X & Y).
  apply (low_end_ok a T K f low l H) in L. apply (high_end_ok a T K f high h H) in U. rewrite X, <- Zle_Qle in L, U.
  pose proof H as (A & _). apply (between_facts_ok a g width (value_at P x) A Y). apply (evaluate_ok _ _ _ V). rewrite (proj2 (Z.leb_le l h)) by lia.
  exists (l, h). split; [now left|easy].
Qed.

Definition residues (T : table) (K : known) (f : N) (c : Z) (g : form) (q : Z) (quotient : form) (low high : ref) (width : option Z) : option (list fact) :=
  match fact_of T K low, fact_of T K high, least (var T f), greatest (var T f), pieces_of T f g with
  | Some x, Some y, Some l, Some h, Some P =>
      let value := (f, c) :: scale (- q) quotient in
      if (1 <? q) && negb (c =? 0) && whole_form T quotient then
        match constant (value ++ scale (-1) (fst x)), constant (value ++ fst y) with
        | Some first, Some last =>
            match congruent l h c q first last with
            | Some some => if evaluate width P some then Some (between_facts g width) else None
            | None => None
            end
        | _, _ => None
        end
      else None
  | _, _, _, _, _ => None
  end.
Theorem rule_residue_sound a T K f c g q quotient low high width xs : true_of a T K ->
  residues T K f c g q quotient low high width = Some xs -> Forall (holds a) xs.
Proof.
  intros H. unfold residues. destruct (fact_of T K low) as [x1|] eqn:F1, (fact_of T K high) as [x2|] eqn:F2; try easy.
  pose proof H as (A & _ & R & _). destruct (R f) as (B1 & B2 & _). destruct (least (var T f)) as [l|], (greatest (var T f)) as [h|]; try easy.
  specialize (B1 l eq_refl). specialize (B2 h eq_refl). destruct (pieces_of T f g) as [P|] eqn:E; [|easy]. set (value := _ :: _).
  destruct (Z.ltb_spec 1 q) as [Q1|]; [|easy]. destruct (Z.eqb_spec c 0) as [|C0]; [easy|]. cbn [negb andb].
  destruct (whole_form T quotient) eqn:W; [|easy]. apply (whole_form_ok a T _ R) in W. destruct W as [z Z0].
  destruct (constant (value ++ scale (-1) (fst x1))) as [first|] eqn:C1; [|easy]. destruct (constant (value ++ fst x2)) as [last|] eqn:C2; [|easy].
  destruct (congruent l h c q first last) as [some|] eqn:G; [|easy]. destruct (evaluate width P some) eqn:V; [|easy]. intros X. injection X as <-.
  destruct (pieces_ok a T K f g P H E) as (x & X & Y). rewrite X, <- Zle_Qle in B1, B2.
  apply (between_facts_ok a g width (value_at P x) A Y). apply (evaluate_ok _ _ _ V). apply (congruent_ok l h c q first last some x ltac:(lia) C0 G ltac:(lia)).
  apply (fact_ok a T K _ _ H), holds_nonneg in F1. apply (fact_ok a T K _ _ H), holds_nonneg in F2.
  apply (constant_ok a _ _ A) in C1. apply (constant_ok a _ _ A) in C2. unfold value in C1, C2. rewrite ev_app, ev_cons, ev_scale, X, Z0 in C1, C2. rewrite ev_scale in C1.
  change (inject_Z (-1)) with (-1)%Q in C1. rewrite inject_Z_opp in C1, C2. exists z.
  assert (V1 : (inject_Z first <= inject_Z (c * x - z * q))%Q) by (unfold Z.sub; rewrite inject_Z_plus, inject_Z_opp, !inject_Z_mult; lra).
  assert (V2 : (inject_Z (c * x - z * q) <= inject_Z last)%Q) by (unfold Z.sub; rewrite inject_Z_plus, inject_Z_opp, !inject_Z_mult; lra).
  now rewrite <- Zle_Qle in V1, V2.
Qed.

(** ** count: at most so many events hold, as one that holds makes its modulus divide a number of known size; each is worth up to [most] *)
Record event := Event { subject : N; times : Z; happens : N; modulus : Z; congruence : ref }.
Definition without (v : N) (f : form) : form := filter (fun t => negb (fst t =? v)%N) f.
(** What a modulus of an integer divides. *)
Definition multiple (T : table) (q : Z) (t : N * Z) : bool := (snd t mod q =? 0) && wholes T (fst t).
(** [same = 0] says that c f + k is congruent to M h + r modulo M q, for an r of 0 .. M - 1. *)
Definition event_ok (T : table) (K : known) (h : N) (first last most : Z) (e : event) : bool :=
  let f := subject e in let c := times e in
  match fact_of T K (congruence e), least (var T f), greatest (var T f), pieces_of T f [(happens e, -1)] with
  | Some (same, true), Some l, Some u, Some P =>
      let k := coefficient 0 same in let s1 := without 0 same in let s2 := without f s1 in let rest := without h s2 in
      let size := - coefficient h s2 in let q := size * modulus e in
      negb (c =? 0) && (coefficient f s1 =? c) && (0 <? size)
      && match range_of T (scale (-1) (filter (fun t => negb (multiple T q t)) rest)) with
         | Some (low, high) => (0 <=? low) && (high <? size)
         | None => false
         end
      && match congruent l u c q (size * first - k) (size * last + size - 1 - k) with
         | Some some => evaluate None (Piecewise (slope P) (level P + most) (kinks P)) some && evaluate None P (gaps l u some)
         | None => false
         end
  | _, _, _, _ => false
  end.
Definition all_happen (events : list event) : form := map (fun e => (happens e, -1)) events.
Definition counts (T : table) (K : known) (h : N) (events : list event) (first last : Z) (below : ref) (most : Z) : option (fact * list tally) :=
  match fact_of T K below, least (var T h) with
  | Some x, Some low =>
      let moduli := map modulus events in
      if whole (var T h) && negb (h =? 0)%N && (0 <=? most) && forallb (Z.ltb 1) moduli && forallb (event_ok T K h first last most) events then
        match constant ((h, 1) :: fst x) with
        | Some k => if k =? first - 1
                    then let (c, seen) := look_up (seen K) low first last moduli in
                         Some ((norm ((0%N, most * number c) :: all_happen events), false), seen)
                    else None
        | None => None
        end
      else None
  | _, _ => None
  end.
Lemma ev_without a v f : (ev a f == inject_Z (coefficient v f) * a v + ev a (without v f))%Q.
Proof.
  induction f as [|[u c] f IH]; [cbn; ring|]. cbn [coefficient without fold_right filter fst snd]. fold (coefficient v f) (without v f). rewrite ev_cons, IH.
  destruct (N.eqb_spec u v) as [->|_]; cbn [negb]; [rewrite inject_Z_plus|rewrite ev_cons]; ring.
Qed.
Lemma ev_split a p f : (ev a f == ev a (filter p f) + ev a (filter (fun t => negb (p t)) f))%Q.
Proof.
  induction f as [|[v c] f IH]; [cbn; ring|]. rewrite ev_cons, IH. cbn [filter]. destruct (p (v, c)); cbn [negb]; rewrite ev_cons; ring.
Qed.
Lemma ev_multiple a T q f : ranged a T -> q <> 0 -> exists m, (ev a (filter (multiple T q) f) == inject_Z (q * m))%Q.
Proof.
  intros R Q. induction f as [|[v c] f IH]; [exists 0; now rewrite Z.mul_0_r|]. destruct IH as [m M]. cbn [filter].
  destruct (multiple T q (v, c)) eqn:D; [|now exists m]. apply andb_true_iff in D. cbn [fst snd] in D. destruct D as [D W].
  apply (wholes_ok a T R) in W. destruct W as [z Hz]. apply Z.eqb_eq, Z.mod_divide in D; [|easy]. destruct D as [j ->].
  exists (j * z + m). rewrite ev_cons, M, Hz, <- inject_Z_mult, <- inject_Z_plus. f_equiv. ring.
Qed.
(** The window of [c f + k] modulo M q is the one of h modulo q. *)
Lemma window_hit size first last n q w r t : 0 < size -> 0 <= r < size -> size * first <= w <= size * last + size - 1 -> w = size * (n + t * q) + r ->
  hit first last n q.
Proof. intros S R W E. exists (n + t * q). split; [nia|]. exists t. ring. Qed.
Lemma event_limited a T K h first last most e n : true_of a T K -> (a h == inject_Z n)%Q -> 1 < modulus e -> 0 <= most ->
  event_ok T K h first last most e = true -> exists z, (a (happens e) == inject_Z z)%Q /\ limited most first last n z (modulus e).
Proof.
  intros H Hh Q1 M0. unfold event_ok. cbv zeta. set (f := subject e). set (c := times e).
  destruct (fact_of T K (congruence e)) as [[same [|]]|] eqn:F; try easy. apply (fact_ok a T K _ _ H) in F. unfold holds in F. cbn [fst snd] in F.
  pose proof H as (A & _ & R & _). destruct (R f) as (B1 & B2 & _). destruct (least (var T f)) as [l|], (greatest (var T f)) as [u|]; try easy.
  specialize (B1 l eq_refl). specialize (B2 u eq_refl). destruct (pieces_of T f _) as [P|] eqn:E; [|easy].
  set (size := - coefficient h _). set (q := size * modulus e). set (rest := without h _). intros X.
  apply andb_true_iff in X. destruct X as [X X5]. apply andb_true_iff in X. destruct X as [X X4]. apply andb_true_iff in X. destruct X as [X X3].
  apply andb_true_iff in X. destruct X as [X1 X2]. apply Z.ltb_lt in X3. apply Z.eqb_eq in X2. assert (Q0 : 0 < q) by (unfold q; nia).
  destruct (range_of T _) as [[rl rh]|] eqn:RO; [|easy]. apply (range_of_ok a T _ R) in RO. rewrite ev_scale in RO. change (inject_Z (-1)) with (-1)%Q in RO.
  apply andb_true_iff in X4. destruct X4 as [RL RH]. apply Z.leb_le in RL. apply Z.ltb_lt in RH.
  destruct (congruent l u c q _ _) as [some|] eqn:G; [|easy]. apply andb_true_iff in X5. destruct X5 as [V1 V2].
  destruct (pieces_ok a T K f _ P H E) as (x & X' & Y). rewrite X', <- Zle_Qle in B1, B2. rewrite ev_cons, ev_nil in Y. change (inject_Z (-1)) with (-1)%Q in Y.
  exists (- value_at P x). split; [rewrite inject_Z_opp; lra|].
  assert (C0 : c <> 0) by (intros Z0; rewrite Z0 in X1; easy).
  pose proof (congruent_ok l u c q _ _ some x Q0 C0 G ltac:(lia)) as CO.
  assert (Y2 : among x (gaps l u some) -> 0 <= value_at P x) by (intros I; now apply (evaluate_ok _ _ _ V2)).
  assert (Y1 : among x some -> 0 <= value_at P x + most).
  { intros I. pose proof (evaluate_ok _ _ _ V1 x I) as [J _]. unfold value_at in *. cbn [slope level kinks] in J. lia. }
  destruct (gaps_ok u x some l ltac:(lia)) as [I|I]; split.
  - specialize (Y1 I). lia.
  - intros _. apply CO in I. destruct I as [j J].
    (* c x + k - M n - r + q m = 0 *)
    rewrite (ev_without a 0 same), (ev_without a f (without 0 same)), (ev_without a h (without f (without 0 same))) in F.
    fold rest in F. rewrite (ev_split a (multiple T q) rest), A, X', Hh, X2 in F.
    destruct (ev_multiple a T q rest R) as [m MM]; [lia|]. rewrite MM in F.
    replace (coefficient h _) with (- size) in F by (unfold size; ring). set (k := coefficient 0 same) in *. set (r := ev a (filter _ rest)) in *.
    set (s := c * x + k - size * n + q * m). assert (Z0 : (- r == inject_Z s)%Q).
    { unfold s, Z.sub. rewrite !inject_Z_plus, !inject_Z_opp, !inject_Z_mult. rewrite inject_Z_mult, inject_Z_opp in F. change (inject_Z 1) with 1%Q in F. lra. }
    assert (S1 : 0 <= s) by (rewrite Zle_Qle in *; change (inject_Z 0) with 0%Q in *; lra).
    assert (S2 : s < size) by (rewrite Zlt_Qlt in *; lra).
    apply (window_hit size first last n (modulus e) (c * x + k - j * q) s (- m - j)); [easy|easy|lia|]. unfold s, q. ring.
  - specialize (Y2 I). lia.
  - intros Z0. specialize (Y2 I). lia.
Qed.

Theorem rule_count_sound a T K h events first last below most x s : true_of a T K -> counts T K h events first last below most = Some (x, s) -> holds a x.
Proof.
  intros H. pose proof H as (A & _ & R & _). unfold counts. destruct (fact_of T K below) as [y|] eqn:F; [|easy]. destruct (R h) as (B & _ & I & _).
  destruct (least (var T h)) as [low|]; [|easy]. specialize (B low eq_refl). destruct (whole (var T h)) eqn:W; [|easy]. destruct (I eq_refl) as [n Hn].
  destruct (h =? 0)%N; [easy|]. cbn [negb andb]. destruct (Z.leb_spec 0 most) as [M|]; [|easy]. cbn [andb].
  destruct (forallb (Z.ltb 1) _) eqn:C; [|easy]. destruct (forallb _ events) eqn:EV; [|easy]. cbn [andb].
  destruct (constant _) as [k|] eqn:K0; [|easy]. destruct (Z.eqb_spec k (first - 1)) as [->|]; [|easy].
  pose proof (look_up_ok (seen K) low first last (map modulus events)) as NU. destruct (look_up _ _ _ _ _) as [cc ss]. cbn [fst] in NU. intros E. injection E as <- <-. rewrite NU. clear NU cc ss.
  apply (fact_ok a T K _ _ H), holds_nonneg in F. apply (constant_ok a _ _ A) in K0. rewrite ev_cons, Hn in K0. change (inject_Z 1) with 1%Q in K0.
  rewrite Hn, <- Zle_Qle in B. assert (HF : n <= first - 1) by (rewrite Zle_Qle; lra).
  assert (Q1 : Forall (fun q => 1 < q) (map modulus events)).
  { rewrite forallb_forall in C. apply Forall_forall. intros q Hq. now apply Z.ltb_lt, C. }
  assert (ES : exists es, Forall2 (limited most first last n) es (map modulus events)
    /\ (ev a (all_happen events) == - inject_Z (fold_right Z.add 0%Z es))%Q).
  { clear C K0 F. induction events as [|e events IH]; cbn [map forallb all_happen] in *; [exists []; split; [constructor|reflexivity]|].
    apply andb_true_iff in EV. destruct EV as [E1 E2]. inversion_clear Q1 as [|? ? Q2 Q3]. destruct (IH E2 Q3) as (es & G1 & G2).
    destruct (event_limited a T K h first last most e n H Hn Q2 M E1) as (z & Z1 & Z2). exists (z :: es). split; [now constructor|].
    fold (all_happen events). rewrite ev_cons, G2, Z1. cbn [fold_right]. rewrite inject_Z_plus. change (inject_Z (-1)) with (-1)%Q. ring. }
  destruct ES as (es & E1 & E2). unfold holds. cbn [fst snd]. rewrite ev_norm, ev_const, E2 by easy.
  pose proof (sum_limited most first last n es _ M E1 Q1) as L. pose proof (few_hits low first last n _ Q1 ltac:(lia)) as D.
  assert (L' : fold_right Z.add 0 es <= most * divisors low first last (map modulus events)) by nia. rewrite Zle_Qle in L'. lra.
Qed.

(** ** cases: what holds both if an integer form is >= 0 and if it is <= -1 holds *)
Definition impossible (x : fact) : bool := match constant (fst x) with Some c => c <? 0 | None => false end.
Definition common (x y : fact) : option fact :=
  if impossible x then Some y else if impossible y then Some x else
  match constant (fst x ++ scale (-1) (fst y)) with
  | Some t => Some (if 0 <? t then fst x else fst y, snd x && snd y && (t =? 0))
  | None => None
  end.
Definition otherwise (f : form) : form := (0%N, -1) :: scale (-1) f.
Theorem rule_cases_sound a f x y z : (a 0%N == 1)%Q -> integral (ev a f) ->
  (holds a (f, false) -> holds a x) -> (holds a (otherwise f, false) -> holds a y) -> common x y = Some z -> holds a z.
Proof.
  intros A (n & N0) H1 H2. assert (IM : forall x, impossible x = true -> ~ holds a x).
  { intros w. unfold impossible. destruct (constant (fst w)) as [c|] eqn:C; [|easy]. intros L H. apply (constant_ok a _ _ A) in C. apply holds_nonneg in H.
    apply Z.ltb_lt in L. rewrite Zlt_Qlt in L. change (inject_Z 0) with 0%Q in L. lra. }
  assert (OR : holds a x \/ holds a y).
  { unfold holds, otherwise in H1, H2. cbn [fst snd] in H1, H2. rewrite ev_const, ev_scale, N0 in H2 by easy. rewrite N0 in H1.
    change 0%Q with (inject_Z 0) in *. rewrite <- inject_Z_mult, <- inject_Z_plus, <- Zle_Qle in H2. rewrite <- Zle_Qle in H1.
    destruct (Z.le_gt_cases 0 n); [left; apply H1; lia|right; apply H2; lia]. }
  clear H1 H2. unfold common. destruct (impossible x) eqn:I1; [intros E; injection E as <-; destruct OR as [O|O]; [now apply IM in O|easy]|].
  destruct (impossible y) eqn:I2; [intros E; injection E as <-; destruct OR as [O|O]; [easy|now apply IM in O]|].
  destruct (constant _) as [t|] eqn:C; [|easy]. intros E. injection E as <-. apply (constant_ok a _ _ A) in C. rewrite ev_app, ev_scale in C. change (inject_Z (-1)) with (-1)%Q in C.
  unfold holds. cbn [fst snd]. destruct x as [f1 e1], y as [f2 e2]. cbn [fst snd] in *. destruct (e1 && e2 && (t =? 0)) eqn:EQ.
  - apply andb_true_iff in EQ. destruct EQ as [EQ T0]. apply andb_true_iff in EQ. destruct EQ as [-> ->]. apply Z.eqb_eq in T0. subst t.
    change (0 <? 0) with false. unfold holds in OR. cbn [fst snd] in OR. change (inject_Z 0) with 0%Q in C. cbn iota. lra.
  - assert (OR' : (0 <= ev a f1)%Q \/ (0 <= ev a f2)%Q) by (destruct OR as [O|O]; apply holds_nonneg in O; tauto).
    destruct (Z.ltb_spec 0 t) as [P|P]; [rewrite Zlt_Qlt in P|rewrite Zle_Qle in P]; change (inject_Z 0) with 0%Q in P; lra.
Qed.
