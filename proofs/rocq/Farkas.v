(** Lemma F: on a cell with an interior, a form is at least 0 iff it is a combination of the cell's forms with factors that are
    not negative; otherwise a point of the interior of the other half is at hand (docs/reals.md, "The proof", Lemmas).

    A point x of Q^d is [x ++ [1]], a form has d+1 coefficients, the constant last; the cell's forms begin with the form 1, so
    that a witness w, at which all are positive, has a positive last entry: it is the point w/w_{d+1}.  [farkas] is Farkas'
    lemma by Bartl's induction on the number of forms (A short algebraic proof of the Farkas lemma, 2008). *)
From Coq Require Import ZArith QArith Qabs List Lia Lqa.
From Exactnet Require Import Cells.
Import ListNotations.
Open Scope Q_scope.

(** The value of [sum of l_i * a_i]. *)
Fixpoint combined (ls : list Q) (A : list (list Q)) (p : list Q) : Q :=
  match ls, A with l :: ls', a :: A' => l * evL a p + combined ls' A' p | _, _ => 0 end.
Definition combination (A : list (list Q)) (f : list Q) : Prop :=
  exists ls, Forall (fun l => 0 <= l) ls /\ forall p, evL f p == combined ls A p.

Lemma evL_swap f p : evL f p == evL p f.
Proof. revert p; induction f as [|a f IH]; intros [|b p]; cbn [evL]; try ring. rewrite IH. ring. Qed.
Lemma evL_move f x c z : evL f (addL c x z) == evL f x + c * evL f z.
Proof. now rewrite evL_swap, addL_ok, (evL_swap x), (evL_swap z). Qed.

Lemma zero_or_not f : (forall p, evL f p == 0) \/ exists x, evL f x < 0.
Proof.
  induction f as [|a f [IH|[x IH]]].
  - left. intros p. easy.
  - destruct (Qeq_dec a 0) as [E|NE].
    + left. intros [|b p]; cbn [evL]; [easy|]. rewrite E, IH. ring.
    + right. exists [- a]. cbn [evL]. assert (0 < a * a); [|destruct f; cbn; lra].
      destruct (Qlt_le_dec a 0) as [L|G]; [nra|]. assert (~ a <= 0) by (intros H; apply NE; now apply Qle_antisym). nra.
  - right. exists (0 :: x). cbn [evL]. lra.
Qed.

Lemma combined_project ls A b z t : forall p, combined ls (map (fun a => addL (- (evL a z * t)) a b) A) p ==
  combined ls A p - combined ls A z * t * evL b p.
Proof.
  intros p. revert A; induction ls as [|l ls IH]; intros [|a A]; cbn [map combined]; try ring. rewrite IH, addL_ok. ring.
Qed.
Lemma combined_sign ls A z : Forall (fun l => 0 <= l) ls -> Forall (fun a => 0 <= evL a z) A -> 0 <= combined ls A z.
Proof.
  intros L. revert A; induction L as [|l ls Hl _ IH]; intros A [|a A' Ha HA]; cbn [combined]; try apply Qle_refl. specialize (IH _ HA). nra.
Qed.

Theorem farkas (A : list (list Q)) : forall f, combination A f \/ exists x, Forall (fun a => 0 <= evL a x) A /\ evL f x < 0.
Proof.
  remember (length A) as m eqn:M. revert A M. induction m as [|m IH]; intros [|b A] M f; try easy.
  - destruct (zero_or_not f) as [Z|[x X]]; [left; exists []|right; exists x]; split; try easy. 
  - injection M as M. destruct (IH A M f) as [(ls & L & C)|(z & Z & Fz)].
    { left. exists (0 :: ls). split; [constructor; [apply Qle_refl|easy]|]. intros p. cbn [combined]. rewrite C. ring. }
    destruct (Qlt_le_dec (evL b z) 0) as [Bz|Bz]; [|right; exists z; split; [now constructor|easy]].
    set (t := / evL b z). assert (T : evL b z * t == 1) by (unfold t; field; lra).
    set (project := fun a => addL (- (evL a z * t)) a b).
    destruct (IH (map project A)) with (f := project f) as [(ls & L & C)|(x & X & Fx)]; [now rewrite map_length| |].
    + left. exists ((evL f z - combined ls A z) * t :: ls). split.
      * constructor; [|easy]. pose proof (combined_sign ls A z L Z) as S. assert (t < 0); [|nra]. unfold t.
        assert (0 < / - evL b z) by (apply Qinv_lt_0_compat; lra). setoid_replace (/ evL b z) with (- / - evL b z) by (field; lra). lra.
      * intros p. specialize (C p). unfold project in C. rewrite addL_ok, combined_project in C. cbn [combined]. lra.
    + right. exists (addL (- (evL b x * t)) x z). split.
      * constructor.
        { rewrite evL_move. setoid_replace (evL b x + - (evL b x * t) * evL b z) with (evL b x * (1 - evL b z * t)) by ring. rewrite T. lra. } apply Forall_forall. intros a Ha. rewrite Forall_forall in X.
        specialize (X (project a) (in_map project A a Ha)). unfold project in X. rewrite addL_ok in X. rewrite evL_move. lra.
      * unfold project in Fx. rewrite addL_ok in Fx. rewrite evL_move. lra.
Qed.

(** The point of a vector whose last entry is positive. *)
Lemma evL_point d (w : list Q) : length w = S d -> 0 < nth d w 0 ->
  exists x, length x = d /\ forall g, length g = S d -> evL g (x ++ [1]) * nth d w 0 == evL g w.
Proof.
  intros Lw Hw. exists (map (fun a => a / nth d w 0) (firstn d w)). split; [rewrite map_length, firstn_length; lia|].
  set (c := nth d w 0) in *. assert (E : w = firstn d w ++ [c]).
  { unfold c. clear - Lw. revert w Lw; induction d as [|d IH]; intros [|a w] Lw; try easy; [destruct w; easy|].
    cbn [firstn nth app]. f_equal. apply IH. now injection Lw. }
  clearbody c. intros g Lg. rewrite E at 2. assert (L : length (firstn d w) = d) by (rewrite firstn_length; lia).
  revert L Lg. generalize (firstn d w). clear - Hw. revert d. induction g as [|b g IH]; intros d u L Lg; [easy|].
  destruct u as [|a u]; cbn [map app evL].
  - destruct g; cbn [evL]; ring.
  - destruct d as [|d]; [easy|]. rewrite Qmult_plus_distr_l, (IH d u); [|now injection L|now injection Lg]. field. lra.
Qed.

Lemma addL_length a l l' : length (addL a l l') = Nat.max (length l) (length l').
Proof.
  revert l'; induction l as [|x l IH]; intros [|y l']; cbn [addL length]; try lia; [now rewrite map_length|now rewrite IH].
Qed.

Theorem lemma_F (d : nat) (A : list (list Q)) (f w : list Q) :
  length f = S d -> length w = S d -> Forall (fun a => length a = S d) A -> In (repeat 0 d ++ [1]) A ->
  Forall (fun a => 0 < evL a w) A ->
  ((forall x, length x = d -> Forall (fun a => 0 <= evL a (x ++ [1])) A -> 0 <= evL f (x ++ [1])) <-> combination A f)
  /\ (combination A f \/ exists y, Forall (fun a => 0 <= evL a y) A /\ evL f y < 0
        /\ forall t, 0 <= t -> evL f w < t * - evL f y ->
             Forall (fun a => 0 < evL a (addL t w y)) A /\ evL f (addL t w y) < 0).
Proof.
  intros Lf Lw LA One W.
  assert (Last : forall p, length p = S d -> evL (repeat 0 d ++ [1]) p == nth d p 0).
  { intros p Lp. rewrite evL_repeat. rewrite <- (firstn_skipn d p) at 2. rewrite app_nth2; rewrite firstn_length; [|lia].
    replace (d - Nat.min d (length p))%nat with 0%nat by lia. destruct (skipn d p) as [|a l]; cbn; ring. }
  assert (Comb : combination A f -> forall p, Forall (fun a => 0 <= evL a p) A -> 0 <= evL f p).
  { intros (ls & L & C) p P. rewrite C. now apply combined_sign. }
  assert (Step : forall y, Forall (fun a => 0 <= evL a y) A -> forall t, 0 <= t -> Forall (fun a => 0 < evL a (addL t w y)) A).
  { intros y Y t T. rewrite Forall_forall in *. intros a Ha. rewrite evL_move. specialize (W a Ha). specialize (Y a Ha). nra. }
  destruct (farkas A f) as [C|(y & Y & Fy)].
  - split; [|now left]. split; [easy|]. intros _ x _ P. now apply Comb.
  - assert (Far : forall t, 0 <= t -> evL f w < t * - evL f y -> evL f (addL t w y) < 0) by (intros t T F; rewrite evL_move; lra).
    split; [|right; exists y; split; [easy|split; [easy|intros t T F; split; [now apply Step|now apply Far]]]].
    split; [|intros C; exfalso; specialize (Comb C y Y); lra]. intros H. exfalso.
    set (y' := firstn (S d) y).
    assert (E : forall g, length g = S d -> evL g y' == evL g y).
    { intros g Lg. unfold y'. rewrite <- Lg. clear. revert y; induction g as [|b g IH]; intros [|a y]; cbn [length firstn evL]; try easy. now rewrite IH. }
    assert (Y' : Forall (fun a => 0 <= evL a y') A) by (rewrite Forall_forall in *; intros a Ha; rewrite E; auto).
    assert (Ly : (length y' <= S d)%nat) by (unfold y'; rewrite firstn_length; lia).
    rewrite <- E in Fy by easy. set (t := Qabs (evL f w) / - evL f y' + 1). assert (Hi : 0 < / - evL f y') by (apply Qinv_lt_0_compat; lra).
    assert (T0 : 0 <= Qabs (evL f w) / - evL f y') by (apply Qmult_le_0_compat; [apply Qabs_nonneg|now apply Qlt_le_weak]).
    assert (T : evL f w < t * - evL f y').
    { unfold t. setoid_replace ((Qabs (evL f w) / - evL f y' + 1) * - evL f y') with (Qabs (evL f w) - evL f y') by (field; lra).
      pose proof (Qle_Qabs (evL f w)). lra. }
    set (p := addL t w y'). assert (P : Forall (fun a => 0 < evL a p) A) by (apply Step; [easy|unfold t; lra]).
    assert (Fp : evL f p < 0) by (unfold p; rewrite evL_move; lra).
    assert (Lp : length p = S d) by (unfold p; rewrite addL_length; lia).
    rewrite Forall_forall in P. pose proof (P _ One) as Pl. rewrite (Last p Lp) in Pl. destruct (evL_point d p Lp Pl) as (x & Lx & X).
    specialize (H x Lx). pose proof (X f Lf) as Xf. assert (0 <= evL f (x ++ [1])); [|nra]. apply H. apply Forall_forall. intros a Ha.
    rewrite Forall_forall in LA. specialize (X a (LA a Ha)). specialize (P a Ha). destruct (Qlt_le_dec (evL a (x ++ [1])) 0); [nra|easy].
Qed.
