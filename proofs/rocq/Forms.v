(** Forms over numbered variables, and the facts of a structural proof: what its rule [sum] rests on.

    exactnet/structural/kernel.py, docs/structural.md.  A form is a list of integer multiples of variables; variable 0 is the
    constant one.  Its value under an assignment of rationals is [ev].  [norm] sorts and adds up, so that one form has one
    list.  A fact says that a form is at least 0, or 0. *)
From Coq Require Import ZArith QArith Qround NArith List Lia Lqa Bool Orders Mergesort Permutation.
Import ListNotations.
Open Scope Z_scope.

(** ** What the reader must believe *)
Notation form := (list (N * Z)).
Definition ev (a : N -> Q) (f : form) : Q := fold_right (fun t s => inject_Z (snd t) * a (fst t) + s)%Q 0%Q f.
Definition integral (q : Q) : Prop := exists z, (q == inject_Z z)%Q.
Notation fact := (form * bool)%type.
Definition holds (a : N -> Q) (k : fact) : Prop := if snd k then (ev a (fst k) == 0)%Q else (0 <= ev a (fst k))%Q.

(** ** Forms *)
Module TermOrder <: TotalLeBool.
  Definition t := (N * Z)%type.
  Definition leb (x y : t) := (fst x <=? fst y)%N.
  Lemma leb_total x y : leb x y = true \/ leb y x = true.
  Proof. unfold leb. rewrite !N.leb_le. lia. Qed.
End TermOrder.
Module TermSort := Sort TermOrder.

Definition put (v : N) (c : Z) (f : form) : form := if c =? 0 then f else (v, c) :: f.
Definition add_term (t : N * Z) (f : form) : form :=
  match f with
  | (v, c) :: f' => if (fst t =? v)%N then put v (snd t + c) f' else put (fst t) (snd t) f
  | [] => put (fst t) (snd t) []
  end.
Definition norm (f : form) : form := fold_right add_term [] (TermSort.sort f).
Definition scale (k : Z) (f : form) : form := map (fun t => (fst t, k * snd t)) f.

(** The constant of a form that has no other terms; the constant at the head of a sorted form, and the rest. *)
Definition constant (f : form) : option Z := match norm f with [] => Some 0 | [(0%N, c)] => Some c | _ => None end.
Definition split (f : form) : Z * form := match f with (0%N, c) :: f' => (c, f') | _ => (0, f) end.
Definition coefficient (v : N) (f : form) : Z := fold_right (fun t s => if (fst t =? v)%N then snd t + s else s) 0 f.

Lemma ev_nil a : ev a [] = 0%Q.
Proof. reflexivity. Qed.
Lemma ev_cons a v c f : (ev a ((v, c) :: f) == inject_Z c * a v + ev a f)%Q.
Proof. reflexivity. Qed.
Lemma ev_app a f g : (ev a (f ++ g) == ev a f + ev a g)%Q.
Proof. induction f as [|[v c] f IH]; cbn [app]; [rewrite ev_nil; ring|]. rewrite !ev_cons, IH. ring. Qed.
Lemma ev_scale a k f : (ev a (scale k f) == inject_Z k * ev a f)%Q.
Proof.
  induction f as [|[v c] f IH]; [change (scale k []) with (@nil (N * Z)); rewrite ev_nil; ring|]. change (scale k ((v, c) :: f)) with ((v, k * c) :: scale k f).
  rewrite !ev_cons, IH, inject_Z_mult. ring.
Qed.
Lemma ev_put a v c f : (ev a (put v c f) == inject_Z c * a v + ev a f)%Q.
Proof. unfold put. destruct (Z.eqb_spec c 0) as [->|]; [change (inject_Z 0) with 0%Q; ring|apply ev_cons]. Qed.
Lemma ev_add_term a t f : (ev a (add_term t f) == ev a (t :: f))%Q.
Proof.
  destruct t as [v c], f as [|[w e] f]; cbn [add_term fst snd]; [apply ev_put|]. destruct (N.eqb_spec v w) as [->|].
  - rewrite ev_put, !ev_cons, inject_Z_plus. ring.
  - apply ev_put.
Qed.
Lemma ev_perm a f g : Permutation f g -> (ev a f == ev a g)%Q.
Proof.
  induction 1 as [|t f g _ IH|s t f|f g h _ IH1 _ IH2]; [easy| | |now rewrite IH1].
  - cbn [ev fold_right]. fold (ev a f) (ev a g). now rewrite IH.
  - cbn [ev fold_right]. fold (ev a f). ring.
Qed.
Lemma ev_norm a f : (ev a (norm f) == ev a f)%Q.
Proof.
  rewrite (ev_perm a f _ (TermSort.Permuted_sort f)). unfold norm. induction (TermSort.sort f) as [|t g IH]; [easy|].
  cbn [fold_right]. rewrite ev_add_term. cbn [ev fold_right]. fold (ev a g) (ev a (fold_right add_term [] g)). now rewrite IH.
Qed.
Lemma constant_ok a f c : (a 0%N == 1)%Q -> constant f = Some c -> (ev a f == inject_Z c)%Q.
Proof.
  intros A. unfold constant. intros H. rewrite <- ev_norm. destruct (norm f) as [|[[|v] k] [|t g]]; try easy; injection H as <-; [easy|].
  rewrite ev_cons, A. cbn. ring.
Qed.
Lemma split_ok a f : (a 0%N == 1)%Q -> (ev a f == inject_Z (fst (split f)) + ev a (snd (split f)))%Q.
Proof.
  intros A. destruct f as [|[[|v] c] f]; cbn [split fst snd]; try (change (inject_Z 0) with 0%Q; ring). rewrite ev_cons, A. ring.
Qed.
Lemma ev_const a c f : (a 0%N == 1)%Q -> (ev a ((0%N, c) :: f) == inject_Z c + ev a f)%Q.
Proof. intros A. rewrite ev_cons, A. ring. Qed.
Lemma ev_ext a b f : (forall t, In t f -> (a (fst t) == b (fst t))%Q) -> (ev a f == ev b f)%Q.
Proof.
  induction f as [|t f IH]; intros H; [easy|]. cbn [ev fold_right]. fold (ev a f) (ev b f).
  rewrite (H t) by now left. rewrite IH; [easy|]. intros s Hs. apply H. now right.
Qed.

Lemma integral_ev a f : (forall t, In t f -> integral (a (fst t))) -> integral (ev a f).
Proof.
  induction f as [|[v c] f IH]; intros H; [now exists 0|]. destruct IH as [z Hz]; [intros t Ht; apply H; now right|].
  destruct (H (v, c)) as [y Hy]; [now left|]. cbn [fst] in Hy. exists (c * y + z).
  rewrite ev_cons, Hz, Hy, inject_Z_plus, inject_Z_mult. easy.
Qed.

(** ** Rule [sum] (kernel.py, [combine]): a sum of multiples of facts is a fact, if inequalities are multiplied by numbers
    that are not negative.  If a divisor divides all coefficients but the constant, and the rest is an integer, the constant
    may be rounded down (Chvatal, Gomory). *)
Fixpoint total (parts : list (fact * Z)) : option fact :=
  match parts with
  | [] => Some ([], true)
  | ((f, e), k) :: parts' =>
      match total parts' with
      | Some (g, e') => if e || (0 <=? k) then Some (scale k f ++ g, e && e') else None
      | None => None
      end
  end.
Definition quotients (k : Z) (f : form) : form := map (fun t => (fst t, snd t / k)) f.
Definition divide (whole : N -> bool) (k : positive) (sum : fact) : option fact :=
  let g := norm (fst sum) in
  if Pos.eqb k 1 then Some (g, snd sum) else
  let '(c, f) := split g in
  if forallb (fun t => snd t mod Zpos k =? 0) f
     && ((c mod Zpos k =? 0) || (negb (snd sum) && forallb (fun t => whole (fst t)) f))
  then Some (put 0 (c / Zpos k) (quotients (Zpos k) f), snd sum)
  else None.
Definition combine (whole : N -> bool) (parts : list (fact * Z)) (k : positive) : option fact :=
  match total parts with Some sum => divide whole k sum | None => None end.

Lemma total_sound a parts k : total parts = Some k -> (forall p, In p parts -> holds a (fst p)) -> holds a k.
Proof.
  revert k. induction parts as [|[[f e] m] parts IH]; intros k H P; cbn [total] in H; [injection H as <-; red; reflexivity|].
  destruct (total parts) as [[g e']|]; [|easy]. specialize (IH _ eq_refl (fun p Hp => P p (or_intror Hp))).
  pose proof (P _ (or_introl eq_refl)) as F. destruct (e || (0 <=? m)) eqn:E; [|easy]. injection H as <-. clear P. unfold holds in *. cbn [fst snd] in *.
  destruct e; cbn [orb andb] in *.
  - assert (Z0 : (ev a (scale m f ++ g) == ev a g)%Q) by (rewrite ev_app, ev_scale, F; ring). destruct e'; now rewrite Z0.
  - apply Z.leb_le in E. rewrite ev_app, ev_scale. assert (0 <= inject_Z m * ev a f)%Q.
    { apply Qmult_le_0_compat; [|easy]. rewrite Zle_Qle in E. exact E. }
    destruct e'; [rewrite IH|]; lra.
Qed.

Lemma ev_divided a k f : forallb (fun t => snd t mod Zpos k =? 0) f = true ->
  (ev a f == inject_Z (Zpos k) * ev a (quotients (Zpos k) f))%Q.
Proof.
  induction f as [|[v c] f IH]; cbn [forallb quotients map fst snd]; intros H; [rewrite ev_nil; ring|]. fold (quotients (Zpos k) f).
  apply andb_true_iff in H. destruct H as [H1 H2]. rewrite !ev_cons, IH by easy. apply Z.eqb_eq, Z.mod_divide in H1; [|easy].
  destruct H1 as [m ->]. rewrite Z.div_mul by easy. rewrite inject_Z_mult. ring.
Qed.

Lemma holds_value a f (e : bool) q : (ev a f == q)%Q -> (if e then (q == 0)%Q else (0 <= q)%Q) -> if e then (ev a f == 0)%Q else (0 <= ev a f)%Q.
Proof. intros E. destruct e; now rewrite E. Qed.
Lemma divide_sound a whole k sum r : (a 0%N == 1)%Q -> (forall v, whole v = true -> integral (a v)) ->
  divide whole k sum = Some r -> holds a sum -> holds a r.
Proof.
  intros A W. unfold divide, holds. destruct sum as [f e]. cbn [fst snd]. intros H F. destruct (Pos.eqb_spec k 1) as [->|_].
  { injection H as <-. cbn [fst snd]. destruct e; now rewrite ev_norm. }
  pose proof (split_ok a (norm f) A) as S. rewrite ev_norm in S. destruct (split (norm f)) as [c g]. cbn [fst snd] in S.
  destruct (forallb _ g && _) eqn:E; [|easy]. injection H as <-. cbn [fst snd]. apply andb_true_iff in E. destruct E as [D C].
  rewrite !(ev_divided a k g D) in S. set (g' := quotients _ g) in *. apply (holds_value a _ e _ (ev_put a _ _ _)).
  assert (K : (0 < inject_Z (Zpos k))%Q) by easy.
  apply orb_true_iff in C. destruct C as [C|C].
  - apply Z.eqb_eq, Z.mod_divide in C; [|easy]. destruct C as [m ->]. rewrite Z.div_mul by easy. rewrite inject_Z_mult in S.
    assert (X : (ev a f == inject_Z (Zpos k) * (inject_Z m * a 0%N + ev a g'))%Q) by (rewrite S, A; ring).
    destruct e; rewrite X in F.
    + apply Qmult_integral in F. destruct F as [F|F]; [easy|exact F].
    + apply (Qmult_le_l 0 _ (inject_Z (Zpos k)) K). rewrite Qmult_0_r. exact F.
  - apply andb_true_iff in C. destruct C as [C1 C2]. destruct e; [easy|]. rewrite forallb_forall in C2.
    assert (I : integral (ev a g')).
    { apply integral_ev. intros t Ht. apply in_map_iff in Ht. destruct Ht as (s & <- & Hs). cbn [fst]. now apply W, C2. }
    destruct I as [z Hz]. rewrite Hz in *. rewrite S in F. rewrite A, Qmult_1_r, <- inject_Z_plus. rewrite <- inject_Z_mult, <- inject_Z_plus in F.
    change 0%Q with (inject_Z 0) in *. rewrite <- Zle_Qle in *.
    pose proof (Z.mod_pos_bound c (Zpos k) eq_refl). pose proof (Z.div_mod c (Zpos k)). nia.
Qed.

Theorem sum_sound a whole parts k r : (a 0%N == 1)%Q -> (forall v, whole v = true -> integral (a v)) ->
  combine whole parts k = Some r -> (forall p, In p parts -> holds a (fst p)) -> holds a r.
Proof.
  intros A W. unfold combine. destruct (total parts) as [sum|] eqn:E; [|easy]. intros H P.
  apply (divide_sound a whole k sum r A W H). now apply (total_sound a parts).
Qed.
