(** The structural kernel: a proof about two networks, checked for all inputs of a cube or grid at once.

    exactnet/structural/kernel.py, docs/structural.md.  [prove E S N N' d lines goals = true] proves the statement S of N and N'
    on every input of the domain E.  Networks, domains and relations are those of Checker.v; the rules are in Rules.v.  Variables
    are numbered: 0 is the constant 1, then come the inputs (on the grid p x + p^2), the nodes of N and of N' in order, what the
    statement names, and what the proof defines. *)
From Coq Require Import ZArith QArith Qround NArith List Lia Lqa Bool FMapPositive.
From Exactnet Require Import Checker Forms Pieces Events Rules.
Import ListNotations.
Open Scope Z_scope.

(** ** What the reader must believe, beside the first part of Checker.v *)
(** N' = N (and |N| <= R);  N' = N where |N| <= R and r N is an integer;  N' = floor(r N)/r where |N| <= R;  N' = floor(r clip(N))/r. *)
Inductive statement := Same (R : option positive) | SameIf (r R : positive) | FloorIf (r R : positive) | Clipped (r R : positive).
Definition at_most (R : positive) (v : Q) : Prop := (- Zpos R # 1 <= v <= Zpos R # 1)%Q.
(** What is supposed of each output of N, and what is concluded. *)
Definition supposed (S : statement) (v : Q) : Prop :=
  match S with
  | Same _ | Clipped _ _ => True
  | SameIf r R => at_most R v /\ exists z, (inject_Z (Zpos r) * v == inject_Z z)%Q
  | FloorIf r R => at_most R v
  end.
Definition concluded (S : statement) (v v' : Q) : Prop :=
  match S with
  | Same None | SameIf _ _ => (v' == v)%Q
  | Same (Some R) => (v' == v)%Q /\ at_most R v
  | FloorIf r R => related (Floor r) v v'
  | Clipped r R => related (Clip r R) v v'
  end.

(** ** Steps add facts; lines also define, bound and forget, which no case may *)
Inductive step :=
  | Sum (parts : list (ref * Z)) (k : positive)
  | Opposite (above below : ref)
  | Decide (v : N) (r : ref)
  | Steps (f : N) (g : form) (width : option Z) (low high : option ref)
  | Residue (f : N) (c : Z) (g : form) (q : Z) (quotient : form) (low high : ref) (width : option Z)
  | Count (h : N) (events : list event) (first last : Z) (below : ref) (most : Z)
  | Cases (f : form) (one two : list step).
Inductive line := Infer (s : step) | Define (m : meaning) | Range (v : N) | Bound (parts : list (ref * Z)) (k : positive) | Drop (ks : list N).

Fixpoint infer (T : table) (s : step) (K : known) {struct s} : option known :=
  match s with
  | Sum parts k => option_map (keep K) (combined T K parts k)
  | Opposite above below => option_map (keep K) (opposite T K above below)
  | Decide v r => option_map (keep K) (decided T K v r)
  | Steps f g width low high => option_map (keep_all K) (stepped T K f g width low high)
  | Residue f c g q quotient low high width => option_map (keep_all K) (residues T K f c g q quotient low high width)
  | Count h events first last below most => match counts T K h events first last below most with Some (x, s) => Some (keep (with_seen K s) x) | None => None end
  | Cases f one two =>
      let fix all (ss : list step) (K : known) : option known :=
        match ss with [] => Some K | s :: ss' => match infer T s K with Some K' => all ss' K' | None => None end end in
      if whole_form T f then
        match all one (keep K (f, false)) with
        | Some K1 =>
            match all two (keep (with_seen K (seen K1)) (otherwise f, false)) with
            | Some K2 =>
                match fact_of T K1 (Ago 1), fact_of T K2 (Ago 1) with
                | Some x, Some y => option_map (keep (with_seen K (seen K2))) (common x y)
                | _, _ => None
                end
            | None => None
            end
        | None => None
        end
      else None
  end.

(** A variable as it is defined: what is known of it at once.  [pair]: v = u - w for ReLUs u = [z + 1]+ and w = [z]+. *)
Definition pair_of (T : table) (u w : N) : option form :=
  match meant (var T u), meant (var T w) with
  | Some (IsRelu 1 z1), Some (IsRelu 1 z0) =>
      match constant (z1 ++ scale (-1) z0) with Some 1 => if whole_form T z0 then Some z0 else None | _ => None end
  | _, _ => None
  end.
Definition pair (T : table) (f : form) : option form :=
  match f with
  | [(u, 1); (w, -1)] => pair_of T u w
  | [(w, -1); (u, 1)] => pair_of T u w
  | _ => None
  end.
Definition make (T : table) (m : meaning) : variable :=
  match m with
  | IsSum d f => Var (Some m) None None (Pos.eqb d 1 && whole_form T f) (if Pos.eqb d 1 then pair T f else None)
  | IsRelu d f => Var (Some m) (Some 0) None (Pos.eqb d 1 && whole_form T f) None
  | IsStep f => Var (Some m) (Some 0) (Some 1) true (if whole_form T f then Some f else None)
  | IsFloor k f => Var (Some m) None None true None
  end.
Definition form_of (m : meaning) : form := match m with IsSum _ f | IsRelu _ f | IsStep f | IsFloor _ f => f end.
Definition closed (n : N) (f : form) : bool := forallb (fun t => (fst t <? n)%N) f.
Definition declare (m : meaning) (T : table) (n : N) : option (table * N) :=
  if closed n (form_of m) then Some (set_var n (make T m) T, N.succ n) else None.
Definition sorted (m : meaning) : meaning :=
  match m with IsSum d f => IsSum d (norm f) | IsRelu d f => IsRelu d (norm f) | IsStep f => IsStep (norm f) | IsFloor k f => IsFloor k (norm f) end.

(** f - k v >= 0 and k v + k - 1 - f >= 0 for v = floor(f/k). *)
Definition quotient_facts (k : positive) (v : N) (f : form) : list fact :=
  [((v, - Zpos k) :: f, false); ((0%N, Zpos k - 1) :: (v, Zpos k) :: scale (-1) f, false)].
Record state := State { vars : table; next : N; facts : known }.
Definition apply (l : line) (S : state) : option state :=
  let T := vars S in let K := facts S in
  match l with
  | Infer s => option_map (State T (next S)) (infer T s K)
  | Define m =>
      let m := sorted m in
      if whole_form T (form_of m) then
        match declare m T (next S) with
        | Some (T', n') =>
            let v := next S in let f := form_of m in
            Some (State T' n' match m with
              | IsFloor k _ => keep_all K (quotient_facts k v f)
              | _ => K
              end)
        | None => None
        end
      else None
  | Range v => option_map (fun T => State T (next S) K) (ranges T v)
  | Bound parts k =>
      match combined T K parts k with Some x => option_map (fun T => State T (next S) K) (bounds T x) | None => None end
  | Drop ks => Some (State T (next S) (Known (fold_left (fun m k => M.remove (N.succ_pos (count K - k)) m) ks (kept K)) (count K) (seen K)))
  end.
Fixpoint follow (ls : list line) (S : state) : option state :=
  match ls with [] => Some S | l :: ls' => match apply l S with Some S' => follow ls' S' | None => None end end.

(** ** The networks: input u stands for x = (u - s)/p *)
Definition node_form (p : positive) (s : Z) (d shift : N) (n : node) : form :=
  norm ((0%N, Zpos p * bias n)
    :: flat_map (fun w => if (fst w <? d)%N then [(N.succ (fst w), snd w); (0%N, - (snd w * s))] else [((fst w + shift)%N, Zpos p * snd w)]) (wires n)).
Definition content (D : positive) (f : form) : Z := fold_right (fun t g => Z.gcd (snd t) g) (Zpos D) f.
Definition meaning_of (p : positive) (s : Z) (d shift : N) (n : node) : meaning :=
  let f := node_form p s d shift n in let D := (den n * p)%positive in let g := content D f in
  let f' := quotients g f in let D' := Z.to_pos (Zpos D / g) in
  match act n with Affine => IsSum D' f' | Relu => IsRelu D' f' | Threshold => IsStep f' end.
Fixpoint enter_nodes (p : positive) (s : Z) (d shift : N) (ns : list node) (k : N) (T : table) (n : N) : option (table * N) :=
  match ns with
  | [] => Some (T, n)
  | a :: ns' =>
      if forallb (fun w => (fst w <? k)%N) (wires a) then
        match declare (meaning_of p s d shift a) T n with
        | Some (T', n') => enter_nodes p s d shift ns' (N.succ k) T' n'
        | None => None
        end
      else None
  end.
Fixpoint enter_units (d : nat) (most : Z) (v : N) (T : table) : table :=
  match d with O => T | S d' => enter_units d' most (N.succ v) (set_var v (Var None (Some 0) (Some most) true None) T) end.

(** An output of both networks: an input, which is shared; or variables a and b, and the first that the statement names. *)
Inductive entry := Shared | Entry (a b h : N).
Definition constrain (v : N) (l h : Z) (integer : bool) (T : table) : table :=
  let r := var T v in set_var v (Var (meant r) (Some l) (Some h) (integer || whole r) (gate r)) T.
Definition suppose (S : statement) (a : N) (T : table) (n : N) : option (table * N) :=
  match S with
  | Same _ => Some (T, n)
  | SameIf r R =>
      match declare (IsSum 1 [(a, Zpos r)]) T n with
      | Some (T', n') => Some (constrain n (- Zpos (r * R)) (Zpos (r * R)) true T', n')
      | None => None
      end
  | FloorIf r R => Some (constrain a (- Zpos R) (Zpos R) false T, n)
  | Clipped r R =>
      match declare (IsRelu 1 [(0%N, Zpos R); (a, 1)]) T n with
      | Some (T', n') => declare (IsRelu 1 [(0%N, - (2 * Zpos R)); (n, 1)]) T' n'
      | None => None
      end
  end.
Fixpoint enter_outputs (S : statement) (d m : N) (os os' : list N) (T : table) (n : N) : option (list entry * table * N) :=
  match os, os' with
  | [], [] => Some ([], T, n)
  | o :: os, o' :: os' =>
      if (o <? d)%N || (o' <? d)%N then
        match S with
        | Same None => if (o =? o')%N then match enter_outputs S d m os os' T n with Some (es, T', n') => Some (Shared :: es, T', n') | None => None end else None
        | _ => None
        end
      else
        match suppose S (o + 1)%N T n with
        | Some (T1, n1) =>
            match enter_outputs S d m os os' T1 n1 with Some (es, T', n') => Some (Entry (o + 1)%N (o' + m + 1)%N n :: es, T', n') | None => None end
        | None => None
        end
  | _, _ => None
  end.

(** ** The end: facts say of each output what the statement says *)
Definition equality (T : table) (K : known) (a b : N) (goal : list ref) : bool :=
  match goal with
  | [r] =>
      match fact_of T K r with
      | Some (f, true) => let k := coefficient a f in
          negb (k =? 0) && match norm (f ++ [(a, - k); (b, k)]) with [] => true | _ => false end
      | _ => false
      end
  | _ => false
  end.
(** sign (value - b) + c >= 0: 0 <= value - b if sign = 1, value - b < 1/r if sign = -1. *)
Definition side (T : table) (K : known) (r : positive) (value : form) (b : N) (sign : Z) (goal : ref) : bool :=
  match fact_of T K goal with
  | Some (f, _) =>
      let k := - sign * coefficient b f in
      match constant (f ++ scale (- (sign * k)) value ++ [(b, sign * k)]) with
      | Some c => (0 <? k) && (if 0 <? sign then c <=? 0 else c * Zpos r <? k)
      | None => false
      end
  | None => false
  end.
Definition rounding (T : table) (K : known) (r : positive) (value : form) (b : N) (goal : list ref) : bool :=
  match meant (var T b), goal with
  | Some (IsSum d f), [g1; g2] =>
      (Zpos r mod Zpos d =? 0) && whole_form T f && side T K r value b 1 g1 && side T K r value b (-1) g2
  | _, _ => false
  end.
Definition settled (S : statement) (T : table) (K : known) (a b h : N) (goal : list ref) : bool :=
  match S with
  | Same None | SameIf _ _ => equality T K a b goal
  | Same (Some R) =>
      equality T K a b goal
      && match least (var T a), greatest (var T a) with Some l, Some u => (- Zpos R <=? l) && (u <=? Zpos R) | _, _ => false end
  | FloorIf r R => rounding T K r [(a, 1)] b goal
  | Clipped r R => rounding T K r [(0%N, - Zpos R); (h, 1); (N.succ h, -1)] b goal
  end.
Fixpoint conclude (S : statement) (T : table) (K : known) (es : list entry) (goals : list (list ref)) : bool :=
  match es, goals with
  | [], [] => true
  | Shared :: es', _ => conclude S T K es' goals
  | Entry a b h :: es', g :: goals' => settled S T K a b h g && conclude S T K es' goals'
  | _, _ => false
  end.

(** Inputs of which p x + s is an integer from 0 to most. *)
Definition start_at (p : positive) (s most : Z) (S : statement) (N1 N2 : network) (d : nat) : option (list entry * state) :=
  let D := N.of_nat d in let m := N.of_nat (length (nodes N1)) in let m' := N.of_nat (length (nodes N2)) in
  let T0 := enter_units d most 1%N (set_var 0 (Var None (Some 1) (Some 1) true None) (M.empty _)) in
  match enter_nodes p s D 1 (nodes N1) D T0 (D + 1)%N with
  | Some (T1, n1) =>
      match enter_nodes p s D (m + 1) (nodes N2) D T1 n1 with
      | Some (T2, n2) =>
          if forallb (fun o => (o <? D + m)%N) (outputs N1) && forallb (fun o => (o <? D + m')%N) (outputs N2) then
            match enter_outputs S D m (outputs N1) (outputs N2) T2 n2 with
            | Some (es, T3, n3) => Some (es, State T3 n3 (Known (M.empty _) 0 []))
            | None => None
            end
          else None
      | None => None
      end
  | None => None
  end.
Definition start (E : domain) (S : statement) (N1 N2 : network) (d : nat) : option (list entry * state) :=
  match E with
  | Cube => start_at 1 0 1 S N1 N2 d
  | Grid p => start_at p (Zpos (p * p)) (2 * Zpos (p * p)) S N1 N2 d
  | Points _ _ => None
  end.
Definition follows (begin : option (list entry * state)) (S : statement) (lines : list line) (goals : list (list ref)) : bool :=
  match begin with
  | Some (es, S0) => match follow lines S0 with Some S1 => conclude S (vars S1) (facts S1) es goals | None => false end
  | None => false
  end.
Definition prove (E : domain) (S : statement) (N1 N2 : network) (d : nat) (lines : list line) (goals : list (list ref)) : bool :=
  follows (start E S N1 N2 d) S lines goals.

(** ** Soundness of steps *)
Lemma step_ind' (P : step -> Prop) : (forall parts k, P (Sum parts k)) -> (forall a b, P (Opposite a b)) -> (forall v r, P (Decide v r)) ->
  (forall f g w l h, P (Steps f g w l h)) -> (forall f c g q z l h w, P (Residue f c g q z l h w)) -> (forall h es a b r m, P (Count h es a b r m)) ->
  (forall f one two, Forall P one -> Forall P two -> P (Cases f one two)) -> forall s, P s.
Proof.
  intros A B C D E F G. fix IH 1. intros [parts k|a b|v r|f g w l h|f c g q z l h w|h es a b r m|f one two]; [apply A|apply B|apply C|apply D|apply E|apply F|].
  apply G; [induction one as [|s ss IHs]|induction two as [|s ss IHs]]; constructor; [apply IH|exact IHs|apply IH|exact IHs].
Qed.
Lemma true_keep a T K x : true_of a T K -> holds a x -> true_of a T (keep K x).
Proof. intros (A & D & R & B) H. split; [easy|]. split; [easy|]. split; [easy|]. now apply keep_ok. Qed.
Theorem infer_sound a T s : forall K K', true_of a T K -> infer T s K = Some K' -> true_of a T K'.
Proof.
  induction s as [parts k|u w|v r|f g w l h|f c g q z l h w|h es u w r m|f one two IH1 IH2] using step_ind'; intros K K' H E; cbn [infer] in E.
  - destruct (combined T K parts k) as [x|] eqn:C; [|easy]. injection E as <-. apply true_keep; [easy|]. now apply (rule_sum_sound a T K parts k).
  - destruct (opposite T K u w) as [x|] eqn:C; [|easy]. injection E as <-. apply true_keep; [easy|]. now apply (rule_equal_sound a T K u w).
  - destruct (decided T K v r) as [x|] eqn:C; [|easy]. injection E as <-. apply true_keep; [easy|]. now apply (rule_decide_sound a T K v r).
  - destruct (stepped T K f g w l h) as [xs|] eqn:C; [|easy]. injection E as <-. pose proof (rule_steps_sound a T K f g w l h xs H C). destruct H as (A & D & R & B).
    split; [easy|]. split; [easy|]. split; [easy|]. now apply keep_all_ok.
  - destruct (residues T K f c g q z l h w) as [xs|] eqn:C; [|easy]. injection E as <-. pose proof (rule_residue_sound a T K f c g q z l h w xs H C). destruct H as (A & D & R & B).
    split; [easy|]. split; [easy|]. split; [easy|]. now apply keep_all_ok.
  - destruct (counts T K h es u w r m) as [[x s]|] eqn:C; [|easy]. injection E as <-. apply (true_keep a T (with_seen K s)); [exact H|]. now apply (rule_count_sound a T K h es u w r m x s).
  - destruct (whole_form T f) eqn:W; [|easy]. set (all := fix all (ss : list step) (K : known) : option known := _) in E.
    assert (ALL : forall ss, Forall (fun s => forall K K', true_of a T K -> infer T s K = Some K' -> true_of a T K') ss ->
      forall K K', true_of a T K -> all ss K = Some K' -> true_of a T K').
    { clear. induction 1 as [|s ss Hs _ IH]; intros K K' H E; cbn in E; [now injection E as <-|].
      destruct (infer T s K) as [K1|] eqn:I; [|easy]. apply (IH K1 K'); [now apply (Hs K)|exact E]. }
    destruct (all one _) as [K1|] eqn:A1; [|easy]. destruct (all two _) as [K2|] eqn:A2; [|easy].
    destruct (fact_of T K1 (Ago 1)) as [x|] eqn:X; [|easy]. destruct (fact_of T K2 (Ago 1)) as [y|] eqn:Y; [|easy].
    destruct (common x y) as [z|] eqn:C; [|easy]. injection E as <-. apply (true_keep a T (with_seen K (seen K2))); [exact H|]. pose proof H as (A & _ & R & _).
    apply (rule_cases_sound a f x y z A (whole_form_ok a T f R W)); [| |exact C].
    + intros F. apply (fact_ok a T K1 (Ago 1)); [|exact X]. apply (ALL one IH1 _ _ (true_keep a T K _ H F) A1).
    + intros F. apply (fact_ok a T K2 (Ago 1)); [|exact Y]. apply (ALL two IH2 _ _ (true_keep a T (with_seen K (seen K1)) _ H F) A2).
Qed.

(** ** Definitions: whatever is defined can be given the value that it is defined to have *)
Definition worth (a : N -> Q) (m : meaning) : Q :=
  match m with
  | IsSum d f => ((1 # d) * ev a f)%Q
  | IsRelu d f => ((1 # d) * positive_part (ev a f))%Q
  | IsStep f => heaviside (ev a f)
  | IsFloor k f => inject_Z (Qfloor (ev a f * (1 # k)))
  end.
Lemma positive_part_eq p q : (p == q)%Q -> (positive_part p == positive_part q)%Q.
Proof.
  intros E. destruct (Qlt_le_dec p 0) as [L|L].
  - rewrite !positive_part_zero; [reflexivity|rewrite <- E; lra|lra].
  - rewrite !positive_part_id; [easy|now rewrite <- E|easy].
Qed.
Lemma heaviside_eq p q : (p == q)%Q -> heaviside p = heaviside q.
Proof. intros E. destruct (Qlt_le_dec p 0) as [L|L]; [rewrite !heaviside_zero; auto; lra|rewrite !heaviside_one; auto; lra]. Qed.
Lemma over_den d q : (inject_Z (Zpos d) * ((1 # d) * q) == q)%Q.
Proof. assert (E : (inject_Z (Zpos d) * (1 # d) == 1)%Q) by (unfold Qeq; cbn; lia). rewrite Qmult_assoc, E. ring. Qed.
Lemma means_ext a b v m : (a v == b v)%Q -> (forall t, In t (form_of m) -> (a (fst t) == b (fst t))%Q) -> means a v m -> means b v m.
Proof.
  intros V F. assert (E : (ev a (form_of m) == ev b (form_of m))%Q) by now apply ev_ext.
  destruct m as [d f|d f|f|k f]; cbn [means form_of] in *; intros H.
  - now rewrite <- V, <- E.
  - now rewrite <- V, <- (positive_part_eq _ _ E).
  - now rewrite <- V, <- (heaviside_eq _ _ E).
  - now rewrite <- V, <- E.
Qed.
Lemma worth_means a n m : closed n (form_of m) = true -> let b := fun v => if (v =? n)%N then worth a m else a v in means b n m.
Proof.
  cbv zeta. intros C. set (b := fun v => _). assert (E : (ev b (form_of m) == ev a (form_of m))%Q).
  { apply ev_ext. intros t Ht. unfold closed in C. rewrite forallb_forall in C. apply C, N.ltb_lt in Ht. unfold b. now rewrite (proj2 (N.eqb_neq _ _)) by lia. }
  assert (V : b n = worth a m) by (unfold b; now rewrite N.eqb_refl).
  destruct m as [d f|d f|f|k f]; cbn [means form_of worth] in *; rewrite V.
  - rewrite over_den. now symmetry.
  - rewrite over_den. symmetry. now apply positive_part_eq.
  - rewrite (heaviside_eq _ _ E). reflexivity.
  - now rewrite E.
Qed.

(** From one table to another by definitions and bounds. *)
Inductive reaches : table -> N -> table -> N -> Prop :=
  | R_refl T n : reaches T n T n
  | R_declare T n m T' n' : closed n (form_of m) = true -> reaches (set_var n (make T m) T) (N.succ n) T' n' -> reaches T n T' n'
  | R_update T n v r T' n' : meant r = meant (var T v) -> reaches (set_var v r T) n T' n' -> reaches T n T' n'.
Lemma reaches_trans T n T1 n1 T2 n2 : reaches T n T1 n1 -> reaches T1 n1 T2 n2 -> reaches T n T2 n2.
Proof. induction 1; intros H2; [easy|eapply R_declare; eauto|eapply R_update; eauto]. Qed.
Lemma declare_reaches m T n T' n' : declare m T n = Some (T', n') -> reaches T n T' n'.
Proof. unfold declare. destruct (closed n (form_of m)) eqn:C; [|easy]. intros E. injection E as <- <-. eapply R_declare; [exact C|apply R_refl]. Qed.
Lemma update_reaches T n v r : meant r = meant (var T v) -> reaches T n (set_var v r T) n.
Proof. intros H. eapply R_update; [exact H|apply R_refl]. Qed.

Definition scoped (T : table) (n : N) : Prop := forall v m, meant (var T v) = Some m -> (v < n)%N /\ closed n (form_of m) = true.
Definition grows (T T' : table) : Prop := forall v m, meant (var T v) = Some m -> meant (var T' v) = Some m.
Lemma closed_more n n' f : (n <= n')%N -> closed n f = true -> closed n' f = true.
Proof.
  intros L. unfold closed. rewrite !forallb_forall. intros H t Ht. specialize (H t Ht). apply N.ltb_lt in H. apply N.ltb_lt. lia.
Qed.
Lemma make_meant T m : meant (make T m) = Some m.
Proof. now destruct m. Qed.
Lemma scoped_declare T n m : scoped T n -> closed n (form_of m) = true -> scoped (set_var n (make T m) T) (N.succ n).
Proof.
  intros S C v m'. rewrite var_set. destruct (N.eqb_spec v n) as [->|_].
  - rewrite make_meant. intros E. injection E as <-. split; [lia|]. now apply (closed_more n); [lia|].
  - intros E. destruct (S v m' E) as [L C']. split; [lia|]. now apply (closed_more n); [lia|].
Qed.
Lemma scoped_update T n v r : meant r = meant (var T v) -> scoped T n -> scoped (set_var v r T) n.
Proof. intros H S u m. rewrite var_set. destruct (N.eqb_spec u v) as [->|_]; [rewrite H|]; apply S. Qed.
Lemma reaches_ok T n T' n' : reaches T n T' n' -> scoped T n ->
  scoped T' n' /\ grows T T' /\ forall a, defined a T -> exists b, (forall v, (v < n)%N -> b v = a v) /\ defined b T'.
Proof.
  induction 1 as [T n|T n m T' n' C _ IH|T n v r T' n' E _ IH]; intros S.
  - split; [easy|]. split; [easy|]. intros a D. now exists a.
  - destruct IH as (S' & G & X); [now apply scoped_declare|]. split; [easy|]. split.
    + intros v m' Hv. apply G. rewrite var_set. destruct (N.eqb_spec v n) as [->|_]; [|easy]. apply S in Hv. lia.
    + intros a D. set (b := fun v => if (v =? n)%N then worth a m else a v). destruct (X b) as (b' & B1 & B2).
      * intros v m'. rewrite var_set. destruct (N.eqb_spec v n) as [->|NE].
        -- rewrite make_meant. intros E. injection E as <-. now apply worth_means.
        -- intros E. destruct (S v m' E) as [L C']. apply (means_ext a b); [|intros t Ht|now apply D].
           ++ unfold b. now rewrite (proj2 (N.eqb_neq v n)) by lia.
           ++ unfold closed in C'. rewrite forallb_forall in C'. apply C', N.ltb_lt in Ht. unfold b. now rewrite (proj2 (N.eqb_neq _ n)) by lia.
      * exists b'. split; [|easy]. intros v Hv. rewrite B1 by lia. unfold b. now rewrite (proj2 (N.eqb_neq v n)) by lia.
  - destruct IH as (S' & G & X); [now apply scoped_update|]. split; [easy|]. split.
    + intros u m Hu. apply G. rewrite var_set. destruct (N.eqb_spec u v) as [->|_]; [now rewrite E|easy].
    + intros a D. apply X. intros u m. rewrite var_set. destruct (N.eqb_spec u v) as [->|_]; [rewrite E|]; apply D.
Qed.
Lemma defined_less a T T' : grows T T' -> defined a T' -> defined a T.
Proof. intros G D v m H. now apply D, G. Qed.

(** What is known of a variable at once is true. *)
Lemma integral_inject z : integral (inject_Z z).
Proof. now exists z. Qed.
Lemma integral_eq p q : (p == q)%Q -> integral p -> integral q.
Proof. intros E (z & H). exists z. now rewrite <- E. Qed.
Lemma gate_pair z : integral z -> (positive_part (z + 1) - positive_part z == heaviside z)%Q.
Proof.
  intros (n & E). destruct (Z.le_gt_cases 0 n) as [L|L].
  - assert (P : (0 <= z)%Q) by (rewrite E; change 0%Q with (inject_Z 0); now rewrite <- Zle_Qle). rewrite !positive_part_id, heaviside_one by lra. ring.
  - assert (P : (z + 1 <= 0)%Q) by (rewrite E; change 0%Q with (inject_Z 0); change 1%Q with (inject_Z 1); rewrite <- inject_Z_plus, <- Zle_Qle; lia).
    rewrite !positive_part_zero, heaviside_zero by lra. ring.
Qed.
Lemma pair_ok a T f z : (a 0%N == 1)%Q -> defined a T -> ranged a T -> pair T f = Some z -> integral (ev a z) /\ (ev a f == heaviside (ev a z))%Q.
Proof.
  intros A D R. assert (C : forall u w, pair_of T u w = Some z -> integral (ev a z) /\ (a u - a w == heaviside (ev a z))%Q).
  { intros u w. unfold pair_of. destruct (meant (var T u)) as [[d1 z1|[d1|d1|] z1|z1|k1 z1]|] eqn:U; try easy.
    destruct (meant (var T w)) as [[d0 z0|[d0|d0|] z0|z0|k0 z0]|] eqn:W; try easy. destruct (constant _) as [[|[| |]|]|] eqn:C; try easy.
    destruct (whole_form T z0) eqn:WF; [|easy]. intros E. injection E as <-. pose proof (whole_form_ok a T z0 R WF) as I. split; [easy|].
    apply (constant_ok a _ _ A) in C. rewrite ev_app, ev_scale in C. apply D in U. apply D in W. cbn in U, W.
    change (inject_Z 1) with 1%Q in *. change (inject_Z (-1)) with (-1)%Q in C. rewrite <- (gate_pair _ I).
    assert (Z1 : (ev a z1 == ev a z0 + 1)%Q) by lra. rewrite (positive_part_eq _ _ Z1) in U. lra. }
  unfold pair. destruct f as [|[u [|[| |]|[| |]]] [|[w [|[| |]|[| |]]] [|]]]; try easy; intros E; destruct (C _ _ E) as [I V]; (split; [easy|]);
    rewrite <- V, !ev_cons, ev_nil; unfold inject_Z; ring.
Qed.
Lemma den_one a d (q : Q) (v : N) : Pos.eqb d 1 = true -> (inject_Z (Zpos d) * a v == q)%Q -> (a v == q)%Q.
Proof. intros D E. apply Pos.eqb_eq in D. subst d. rewrite <- E. change (inject_Z 1) with 1%Q. ring. Qed.
Lemma make_ok a T n m : (a 0%N == 1)%Q -> defined a T -> ranged a T -> means a n m -> bounded a n (make T m).
Proof.
  intros A D R H. assert (W : forall f, whole_form T f = true -> integral (ev a f)) by (intros f; now apply whole_form_ok).
  destruct m as [d f|d f|f|k f]; cbn [means] in H; unfold bounded; cbn [make least greatest whole gate].
  - split; [easy|]. split; [easy|]. split.
    + intros E. apply andb_true_iff in E. destruct E as [E1 E2]. apply (integral_eq (ev a f)); [symmetry; now apply (den_one a d)|now apply W].
    + intros z E. destruct (Pos.eqb d 1) eqn:E1; [|easy]. destruct (pair_ok a T f z A D R E) as [I V]. split; [easy|]. rewrite <- V. now apply (den_one a d).
  - assert (P : (0 <= a n)%Q).
    { apply (Qmult_le_l 0 _ (inject_Z (Zpos d))); [easy|]. rewrite H, Qmult_0_r. apply positive_part_nonneg. }
    split; [intros l E; injection E as <-; exact P|]. split; [easy|]. split; [|easy].
    intros E. apply andb_true_iff in E. destruct E as [E1 E2]. apply (den_one a d _ _ E1) in H.
    unfold positive_part in H. destruct (Qle_bool 0 (ev a f)); [apply (integral_eq (ev a f)); [now symmetry|now apply W]|apply (integral_eq 0%Q); [now symmetry|now exists 0]].
  - assert (X : (a n == 0)%Q \/ (a n == 1)%Q) by (rewrite !H; unfold heaviside; destruct (Qle_bool 0 (ev a f)); [right|left]; reflexivity).
    split; [intros l E; injection E as <-; change (inject_Z 0) with 0%Q; destruct X; lra|].
    split; [intros l E; injection E as <-; change (inject_Z 1) with 1%Q; destruct X; lra|].
    split; [intros _; destruct X as [X|X]; [now exists 0|now exists 1]|].
    intros z E. destruct (whole_form T f) eqn:WF; [|easy]. injection E as <-. split; [now apply W|easy].
  - split; [easy|]. split; [easy|]. split; [|easy]. intros _. apply (integral_eq (inject_Z (Qfloor (ev a f * (1 # k))))); [now symmetry|apply integral_inject].
Qed.
(** A definition keeps everything true, of an assignment that obeys it. *)
Lemma declare_ok a m T n T' n' : (a 0%N == 1)%Q -> scoped T n -> declare m T n = Some (T', n') -> defined a T' -> ranged a T ->
  ranged a T' /\ means a n m /\ n' = N.succ n /\ T' = set_var n (make T m) T.
Proof.
  intros A S H D R. pose proof (declare_reaches _ _ _ _ _ H) as RE. destruct (reaches_ok _ _ _ _ RE S) as (_ & G & _). pose proof (defined_less a T T' G D) as D0.
  unfold declare in H. destruct (closed n (form_of m)); [|easy]. injection H as <- <-.
  assert (X : means a n m) by (apply D; rewrite var_set, N.eqb_refl; apply make_meant). split; [|easy]. apply ranged_set; [easy|]. now apply make_ok.
Qed.

(** ** Soundness of lines *)
Lemma better_meant r l h : meant (better r l h) = meant r.
Proof. reflexivity. Qed.
Lemma ranges_set T v T' : ranges T v = Some T' -> exists r, T' = set_var v r T /\ meant r = meant (var T v).
Proof.
  unfold ranges. destruct (negb _); [easy|]. destruct (gate (var T v)) as [z|]; [intros E; injection E as <-; eexists; split; [reflexivity|easy]|].
  destruct (meant (var T v)) as [[d f|d f|f|k f]|] eqn:M; try easy. destruct (range_of T f) as [[l h]|]; [|easy]. intros E. injection E as <-. eexists. split; [reflexivity|easy].
Qed.
Lemma bounds_set T x T' : bounds T x = Some T' -> exists v r, T' = set_var v r T /\ meant r = meant (var T v).
Proof.
  unfold bounds. destruct (split (fst x)) as [k [|[v c] [|]]]; try easy. destruct (whole (var T v) && _); [|easy]. intros E. injection E as <-.
  exists v. eexists. split; [reflexivity|easy].
Qed.
Lemma apply_reaches l S S' : apply l S = Some S' -> reaches (vars S) (next S) (vars S') (next S').
Proof.
  destruct l as [s|m|v|parts k|ks]; cbn [apply].
  - destruct (infer _ s _); [|easy]. intros E. injection E as <-. apply R_refl.
  - destruct (whole_form _ _); [|easy]. destruct (declare _ _ _) as [[T' n']|] eqn:D; [|easy]. intros E. injection E as <-. now apply declare_reaches in D.
  - destruct (ranges _ v) as [T'|] eqn:R; [|easy]. intros E. injection E as <-. apply ranges_set in R. destruct R as (r & -> & H). now apply update_reaches.
  - destruct (combined _ _ parts k) as [x|]; [|easy]. destruct (bounds _ x) as [T'|] eqn:B; [|easy]. intros E. injection E as <-.
    apply bounds_set in B. destruct B as (v & r & -> & H). now apply update_reaches.
  - intros E. injection E as <-. apply R_refl.
Qed.

(** Rule [define]: naming a variable supposes nothing; the two inequalities of a quotient rounded down are facts. *)
Theorem rule_define_sound a k f v : (a 0%N == 1)%Q -> integral (ev a f) -> means a v (IsFloor k f) ->
  Forall (holds a) (quotient_facts k v f).
Proof. unfold quotient_facts.
  intros A (n & I) H. cbn [means] in H.
  assert (FL : Qfloor (ev a f * (1 # k)) = n / Zpos k).
  { rewrite I. unfold Qfloor, Qmult, inject_Z. cbn [Qnum Qden]. now rewrite Z.mul_1_r, Pos.mul_1_l. }
  rewrite FL in H. pose proof (Z.mod_pos_bound n (Zpos k) eq_refl) as B. pose proof (Z.div_mod n (Zpos k) ltac:(lia)) as DM.
  repeat constructor; unfold holds; cbn [fst snd].
  - rewrite ev_cons, H, I. change 0%Q with (inject_Z 0). change (inject_Z (Z.neg k)) with (inject_Z (- Zpos k)).
    rewrite <- inject_Z_mult, <- inject_Z_plus, <- Zle_Qle. lia.
  - rewrite ev_const, ev_cons, ev_scale, H, I by easy. change 0%Q with (inject_Z 0). rewrite <- !inject_Z_mult, <- !inject_Z_plus, <- Zle_Qle. lia.
Qed.

Lemma removed_ok a ks n : forall m, (forall k x, M.find k m = Some x -> holds a x) ->
  forall k x, M.find k (fold_left (fun m k => M.remove (N.succ_pos (n - k)) m) ks m) = Some x -> holds a x.
Proof.
  induction ks as [|j ks IH]; intros m H k x E; cbn [fold_left] in E; [now apply H in E|]. apply (IH _) in E; [easy|].
  intros k' x' F. destruct (Pos.eq_dec k' (N.succ_pos (n - j))) as [->|NE]; [now rewrite M.grs in F|]. rewrite M.gro in F by easy. now apply H in F.
Qed.
Theorem apply_sound a l S S' : scoped (vars S) (next S) -> apply l S = Some S' -> defined a (vars S') ->
  true_of a (vars S) (facts S) -> true_of a (vars S') (facts S').
Proof.
  intros SC E D' H. pose proof H as (A & D & R & B). destruct l as [s|m|v|parts k|ks]; cbn [apply] in E.
  - destruct (infer _ s _) as [K'|] eqn:I; [|easy]. injection E as <-. now apply (infer_sound a _ s (facts S)).
  - destruct (whole_form (vars S) (form_of (sorted m))) eqn:W; [|easy]. destruct (declare _ _ _) as [[T' n']|] eqn:DC; [|easy]. injection E as <-. cbn [vars facts] in *.
    destruct (declare_ok a _ _ _ _ _ A SC DC D' R) as (R' & M & _ & _). split; [easy|]. split; [easy|]. split; [easy|].
    destruct m as [d f|d f|f|k f]; cbn [sorted form_of] in *; [exact B|exact B|exact B|].
    change (believed a (keep_all (facts S) (quotient_facts k (next S) (norm f)))). apply keep_all_ok; [easy|]. apply rule_define_sound; [easy|now apply (whole_form_ok a _ _ R)|easy].
  - destruct (ranges _ v) as [T'|] eqn:RG; [|easy]. injection E as <-. cbn [vars facts] in *. pose proof (rule_range_sound a _ _ v T' H RG) as R'. exact (conj A (conj D' (conj R' B))).
  - destruct (combined _ _ parts k) as [x|] eqn:C; [|easy]. destruct (bounds _ x) as [T'|] eqn:BD; [|easy]. injection E as <-. cbn [vars facts] in *.
    pose proof (rule_sum_sound a _ _ parts k x H C) as X. pose proof (rule_bound_sound a _ _ x T' H X BD) as R'. exact (conj A (conj D' (conj R' B))).
  - injection E as <-. cbn [vars facts] in *. split; [easy|]. split; [easy|]. split; [easy|]. intros k x. cbn [kept]. apply removed_ok. exact B.
Qed.
Lemma follow_reaches ls : forall S S', follow ls S = Some S' -> reaches (vars S) (next S) (vars S') (next S').
Proof.
  induction ls as [|l ls IH]; intros S S' E; cbn [follow] in E; [injection E as <-; apply R_refl|].
  destruct (apply l S) as [S1|] eqn:A; [|easy]. eapply reaches_trans; [apply (apply_reaches l S S1 A)|now apply IH].
Qed.
Theorem follow_sound a ls : forall S S', scoped (vars S) (next S) -> follow ls S = Some S' -> defined a (vars S') ->
  true_of a (vars S) (facts S) -> true_of a (vars S') (facts S').
Proof.
  induction ls as [|l ls IH]; intros S S' SC E D H; cbn [follow] in E; [now injection E as <-|].
  destruct (apply l S) as [S1|] eqn:A; [|easy]. destruct (reaches_ok _ _ _ _ (apply_reaches l S S1 A) SC) as (SC1 & _ & _).
  destruct (reaches_ok _ _ _ _ (follow_reaches ls S1 S' E) SC1) as (_ & G & _). apply (IH S1 S' SC1 E D).
  apply (apply_sound a l S S1 SC A); [now apply (defined_less a _ _ G)|easy].
Qed.

(** ** The variables of nodes have the values of nodes *)
Definition tie (a : N -> Q) (p : positive) (s : Z) (d shift : N) (vs : list Q) (i : N) : Prop :=
  if (i <? d)%N then (a (N.succ i) == inject_Z (Zpos p) * look vs i + inject_Z s)%Q else (a (i + shift)%N == look vs i)%Q.

Lemma node_form_ok a p s d shift n vs k : (a 0%N == 1)%Q -> forallb (fun w => (fst w <? k)%N) (wires n) = true ->
  (forall i, (i < k)%N -> tie a p s d shift vs i) -> (ev a (node_form p s d shift n) == inject_Z (Zpos p) * (inject_Z (bias n) + sumQ (wires n) vs))%Q.
Proof.
  intros A W TI. unfold node_form. rewrite ev_norm, ev_const, inject_Z_mult by easy. rewrite Qmult_plus_distr_r. apply Qplus_comp; [reflexivity|].
  induction (wires n) as [|[i w] ws IH]; cbn [flat_map sumQ fold_right fst snd forallb] in *; [rewrite ev_nil; ring|]. fold (sumQ ws vs).
  apply andb_true_iff in W. destruct W as [W1 W2]. rewrite ev_app, (IH W2). apply N.ltb_lt in W1. pose proof (TI i W1) as T1. unfold tie in T1.
  destruct (i <? d)%N.
  - rewrite ev_cons, ev_const, ev_nil, T1, inject_Z_opp, inject_Z_mult by easy. ring.
  - rewrite ev_cons, ev_nil, T1, inject_Z_mult. ring.
Qed.
Lemma content_ok D f : 0 < content D f /\ (content D f | Zpos D) /\ forallb (fun t => snd t mod content D f =? 0) f = true.
Proof.
  assert (DIV : forall g, (content D g | Zpos D) /\ forall t, In t g -> (content D g | snd t)).
  { induction g as [|t g [IH1 IH2]]; cbn [content fold_right]; [split; [apply Z.divide_refl|easy]|]. fold (content D g). split.
    - eapply Z.divide_trans; [apply Z.gcd_divide_r|exact IH1].
    - intros u [<-|U]; [apply Z.gcd_divide_l|]. eapply Z.divide_trans; [apply Z.gcd_divide_r|now apply IH2]. }
  destruct (DIV f) as [D1 D2]. assert (P : 0 < content D f).
  { assert (NN : 0 <= content D f) by (destruct f; cbn [content fold_right]; [lia|apply Z.gcd_nonneg]).
    destruct (Z.eq_dec (content D f) 0) as [E|]; [|lia]. rewrite E in D1. destruct D1 as [j J]. lia. }
  split; [easy|]. split; [easy|]. apply forallb_forall. intros t Ht. apply Z.eqb_eq, Z.mod_divide; [lia|now apply D2].
Qed.
Lemma positive_part_scale d q : (positive_part (inject_Z (Zpos d) * q) == inject_Z (Zpos d) * positive_part q)%Q.
Proof.
  assert (P : (0 < inject_Z (Zpos d))%Q) by easy. destruct (Qlt_le_dec q 0) as [L|L].
  - rewrite !positive_part_zero; [ring|lra|]. nra.
  - rewrite !positive_part_id; [reflexivity|easy|]. nra.
Qed.
Lemma heaviside_scale d q : heaviside (inject_Z (Zpos d) * q) = heaviside q.
Proof.
  assert (P : (0 < inject_Z (Zpos d))%Q) by easy. destruct (Qlt_le_dec q 0) as [L|L].
  - rewrite !heaviside_zero; [easy|lra|]. nra.
  - rewrite !heaviside_one; [easy|easy|]. nra.
Qed.
Lemma cancel d (p q : Q) : (inject_Z (Zpos d) * p == inject_Z (Zpos d) * q)%Q -> (p == q)%Q.
Proof. intros H. apply (Qmult_inj_l p q (inject_Z (Zpos d))); [easy|exact H]. Qed.

Lemma node_tied a p s d shift n vs k v : (a 0%N == 1)%Q -> forallb (fun w => (fst w <? k)%N) (wires n) = true ->
  (forall i, (i < k)%N -> tie a p s d shift vs i) -> means a v (meaning_of p s d shift n) -> (a v == node_value n vs)%Q.
Proof.
  intros A W TI. pose proof (node_form_ok a p s d shift n vs k A W TI) as F. unfold meaning_of, node_value. cbv zeta. set (f := node_form p s d shift n) in *.
  destruct (content_ok (den n * p) f) as (P & D1 & D2). set (g := content (den n * p) f) in *. set (S := (inject_Z (bias n) + sumQ (wires n) vs)%Q) in *.
  destruct D1 as [D' HD]. assert (DP : 0 < D') by nia. rewrite HD, Z.div_mul by lia. destruct g as [|g|g]; try easy. destruct D' as [|D'|D']; try easy. cbn [Z.to_pos].
  assert (E : (ev a (quotients (Zpos g) f) == inject_Z (Zpos D') * (S * (1 # den n)))%Q).
  { apply (cancel g). rewrite <- (ev_divided a g f D2), F. rewrite Qmult_assoc, <- inject_Z_mult.
    replace (Zpos g * Zpos D') with (Zpos (den n * p)) by lia. rewrite Pos2Z.inj_mul, inject_Z_mult.
    assert (O : (inject_Z (Zpos (den n)) * (1 # den n) == 1)%Q) by (unfold Qeq; cbn; lia).
    transitivity (inject_Z (Zpos p) * S * (inject_Z (Zpos (den n)) * (1 # den n)))%Q; [rewrite O|]; ring. }
  destruct (act n); cbn [means actQ]; intros H.
  - apply (cancel D'). now rewrite H.
  - apply (cancel D'). rewrite H, (positive_part_eq _ _ E). rewrite positive_part_scale. reflexivity.
  - rewrite H, (heaviside_eq _ _ E), heaviside_scale. reflexivity.
Qed.

Lemma enter_reaches p s d shift ns : forall k T n T' n', enter_nodes p s d shift ns k T n = Some (T', n') -> reaches T n T' n'.
Proof.
  induction ns as [|x ns IH]; intros k T n T' n' H; cbn [enter_nodes] in H; [injection H as <- <-; apply R_refl|].
  destruct (forallb _ _); [|easy]. destruct (declare _ T n) as [[T1 n1]|] eqn:E; [|easy]. eapply reaches_trans; [now apply declare_reaches in E; exact E|now apply (IH (N.succ k))].
Qed.
Lemma enter_ok a p s d shift ns : forall vs T n T' n', (a 0%N == 1)%Q -> let k := N.of_nat (length vs) in scoped T n ->
  enter_nodes p s d shift ns k T n = Some (T', n') -> defined a T' -> ranged a T -> n = (k + shift)%N -> (d <= k)%N -> (forall i, (i < k)%N -> tie a p s d shift vs i) ->
  ranged a T' /\ n' = (k + N.of_nat (length ns) + shift)%N /\ forall i, (i < k + N.of_nat (length ns))%N -> tie a p s d shift (run ns vs) i.
Proof.
  induction ns as [|x ns IH]; intros vs T n T' n' A k SC H D R Hn Hd TI; cbn [enter_nodes] in H.
  - injection H as <- <-. split; [easy|]. split; [cbn [length]; lia|]. intros i Hi. apply TI. cbn [length] in Hi. lia.
  - destruct (forallb _ _) eqn:W; [|easy]. destruct (declare _ T n) as [[T1 n1]|] eqn:E; [|easy].
    destruct (reaches_ok _ _ _ _ (declare_reaches _ _ _ _ _ E) SC) as (SC1 & _ & _).
    destruct (reaches_ok _ _ _ _ (enter_reaches _ _ _ _ _ _ _ _ _ _ H) SC1) as (_ & G & _). pose proof (defined_less a _ _ G D) as D1.
    destruct (declare_ok a _ _ _ _ _ A SC E D1 R) as (R1 & M & -> & _).
    assert (L : N.of_nat (length (vs ++ [node_value x vs])) = N.succ k) by (rewrite app_length; cbn [length]; unfold k; lia).
    destruct (IH (vs ++ [node_value x vs]) T1 (N.succ n) T' n' A) as (R2 & N2 & T2); rewrite ?L; try easy; try lia.
    + intros i Hi. unfold tie. rewrite look_app. fold k. destruct (N.eqb_spec i k) as [->|NE].
      * rewrite (proj2 (N.ltb_ge k d)) by lia. rewrite <- Hn. now apply (node_tied a p s d shift x vs k).
      * apply TI. lia.
    + split; [easy|]. rewrite L in N2, T2. cbn [length]. split; [lia|]. intros i Hi. cbn [run fold_left]. apply T2. lia.
Qed.

(** ** Inputs *)
Lemma units_ok a most : forall d v T, (forall u, meant (var T u) = None) -> ranged a T ->
  (forall i, (v <= i < v + N.of_nat d)%N -> integral (a i) /\ (0 <= a i <= inject_Z most)%Q) ->
  (forall u, meant (var (enter_units d most v T) u) = None) /\ ranged a (enter_units d most v T).
Proof.
  induction d as [|d IH]; intros v T M R H; cbn [enter_units]; [easy|]. apply IH.
  - intros u. rewrite var_set. now destruct (u =? v)%N.
  - apply ranged_set; [easy|]. destruct (H v) as (I & L & U); [lia|]. split; [intros l E; injection E as <-; exact L|]. split; [intros h E; injection E as <-; exact U|]. split; [easy|easy].
  - intros i Hi. apply H. lia.
Qed.

(** ** What the statement names *)
Definition named (a : N -> Q) (S : statement) (v h : N) : Prop :=
  match S with
  | Clipped r R => (a h == positive_part (a v + inject_Z (Zpos R)))%Q /\ (a (N.succ h) == positive_part (a h - 2 * inject_Z (Zpos R)))%Q
  | _ => True
  end.
Definition entry_ok (a : N -> Q) (S : statement) (d m : N) (e : entry) (o o' : N) : Prop :=
  match e with
  | Shared => o = o' /\ (o < d)%N /\ S = Same None
  | Entry v w h => v = (o + 1)%N /\ w = (o' + m + 1)%N /\ (d <= o)%N /\ (d <= o')%N /\ named a S v h
  end.
Fixpoint entries_ok (a : N -> Q) (S : statement) (d m : N) (es : list entry) (os os' : list N) : Prop :=
  match es, os, os' with
  | [], [], [] => True
  | e :: es, o :: os, o' :: os' => entry_ok a S d m e o o' /\ entries_ok a S d m es os os'
  | _, _, _ => False
  end.
Lemma constrain_reaches v l h i T n : reaches T n (constrain v l h i T) n.
Proof. apply update_reaches. reflexivity. Qed.
Lemma constrain_ok a v l h i T : ranged a T -> (inject_Z l <= a v <= inject_Z h)%Q -> (i = true -> integral (a v)) -> ranged a (constrain v l h i T).
Proof.
  intros R [L H] I. apply ranged_set; [easy|]. destruct (R v) as (_ & _ & W & G). unfold bounded. cbn [least greatest whole gate].
  split; [intros x E; now injection E as <-|]. split; [intros x E; now injection E as <-|]. split; [|easy].
  intros E. apply orb_true_iff in E. destruct E; auto.
Qed.
Lemma suppose_reaches S v T n T' n' : suppose S v T n = Some (T', n') -> reaches T n T' n'.
Proof.
  destruct S as [R|r R|r R|r R]; cbn [suppose].
  - intros E. injection E as <- <-. apply R_refl.
  - destruct (declare _ T n) as [[T1 n1]|] eqn:E; [|easy]. intros X. injection X as <- <-. eapply reaches_trans; [now apply declare_reaches in E; exact E|apply constrain_reaches].
  - intros E. injection E as <- <-. apply constrain_reaches.
  - destruct (declare _ T n) as [[T1 n1]|] eqn:E; [|easy]. intros X. apply declare_reaches in E, X. now apply (reaches_trans _ _ T1 n1).
Qed.
Lemma at_most_ok R v : at_most R v -> (inject_Z (- Zpos R) <= v <= inject_Z (Zpos R))%Q.
Proof. easy. Qed.
Lemma suppose_ok a S v T n T' n' : (a 0%N == 1)%Q -> scoped T n -> suppose S v T n = Some (T', n') -> defined a T' -> ranged a T -> supposed S (a v) ->
  ranged a T' /\ named a S v n.
Proof.
  intros A SC H D R U. destruct S as [B|r B|r B|r B]; cbn [suppose supposed named] in *.
  - now injection H as <- <-.
  - destruct (declare _ T n) as [[T1 n1]|] eqn:E; [|easy]. injection H as <- <-. split; [|easy].
    destruct (reaches_ok _ _ _ _ (declare_reaches _ _ _ _ _ E) SC) as (SC1 & _ & _).
    destruct (reaches_ok _ _ _ _ (constrain_reaches n (- Zpos (r * B)) (Zpos (r * B)) true T1 n1) SC1) as (_ & G & _).
    destruct (declare_ok a _ _ _ _ _ A SC E (defined_less a _ _ G D) R) as (R1 & M & _ & _). cbn [means] in M. rewrite ev_cons, ev_nil in M. change (inject_Z 1) with 1%Q in M.
    destruct U as [U (z & I)]. apply at_most_ok in U. rewrite inject_Z_opp in U. destruct U as [U1 U2]. assert (P : (0 < inject_Z (Zpos r))%Q) by easy.
    assert (X : (a n == inject_Z (Zpos r) * a v)%Q) by lra.
    apply constrain_ok; [easy| |intros _; exists z; now rewrite X].
    change (Z.neg (r * B)) with (- (Zpos r * Zpos B)). change (Z.pos (r * B)) with (Zpos r * Zpos B). rewrite inject_Z_opp, inject_Z_mult, X. split; nra.
  - injection H as <- <-. split; [|easy]. apply constrain_ok; [easy| |easy]. now apply at_most_ok.
  - destruct (declare _ T n) as [[T1 n1]|] eqn:E; [|easy]. destruct (reaches_ok _ _ _ _ (declare_reaches _ _ _ _ _ E) SC) as (SC1 & _ & _).
    destruct (reaches_ok _ _ _ _ (declare_reaches _ _ _ _ _ H) SC1) as (_ & G & _).
    destruct (declare_ok a _ _ _ _ _ A SC E (defined_less a _ _ G D) R) as (R1 & M1 & -> & _).
    destruct (declare_ok a _ _ _ _ _ A SC1 H D R1) as (R2 & M2 & _ & _). split; [easy|]. cbn [means] in M1, M2.
    change (inject_Z 1) with 1%Q in M1, M2. rewrite Qmult_1_l in M1, M2. rewrite M1 at 1. rewrite M2. split; apply positive_part_eq; rewrite ev_const, ev_cons, ev_nil by easy;
      change (inject_Z 1) with 1%Q; [ring|]. change (inject_Z (- (2 * Zpos B))) with (- (2 * inject_Z (Zpos B)))%Q. ring.
Qed.
Lemma outputs_reaches S d m os : forall os' T n es T' n', enter_outputs S d m os os' T n = Some (es, T', n') -> reaches T n T' n'.
Proof.
  induction os as [|o os IH]; intros [|o' os'] T n es T' n' H; cbn [enter_outputs] in H; try easy; [injection H as _ <- <-; apply R_refl|].
  destruct ((o <? d)%N || (o' <? d)%N).
  - destruct S as [[|]| | |]; try easy. destruct (o =? o')%N; [|easy]. destruct (enter_outputs _ _ _ os os' T n) as [[[es1 T1] n1]|] eqn:E; [|easy].
    injection H as _ <- <-. now apply IH in E.
  - destruct (suppose S _ T n) as [[T1 n1]|] eqn:E; [|easy]. destruct (enter_outputs _ _ _ os os' T1 n1) as [[[es1 T2] n2]|] eqn:F; [|easy].
    injection H as _ <- <-. apply suppose_reaches in E. apply IH in F. now apply (reaches_trans _ _ T1 n1).
Qed.
Lemma outputs_entered a S d m os : forall os' T n es T' n', (a 0%N == 1)%Q -> scoped T n -> enter_outputs S d m os os' T n = Some (es, T', n') ->
  defined a T' -> ranged a T -> (forall o, In o os -> (d <= o)%N -> supposed S (a (o + 1)%N)) -> ranged a T' /\ entries_ok a S d m es os os'.
Proof.
  induction os as [|o os IH]; intros [|o' os'] T n es T' n' A SC H D R U; cbn [enter_outputs] in H; try easy; [now injection H as <- <- <-|].
  destruct ((o <? d)%N || (o' <? d)%N) eqn:OD.
  - destruct S as [[|]| | |]; try easy. destruct (N.eqb_spec o o') as [->|]; [|easy]. destruct (enter_outputs _ _ _ os os' T n) as [[[es1 T1] n1]|] eqn:E; [|easy].
    injection H as <- <- <-. destruct (IH _ _ _ _ _ _ A SC E D R) as [R1 EO]; [intros i Hi; apply U; now right|]. split; [easy|].
    split; [|easy]. split; [easy|]. split; [|easy]. apply orb_true_iff in OD. rewrite !N.ltb_lt in OD. now destruct OD.
  - apply orb_false_iff in OD. destruct OD as [O1 O2]. apply N.ltb_ge in O1, O2.
    destruct (suppose S _ T n) as [[T1 n1]|] eqn:E; [|easy]. destruct (enter_outputs _ _ _ os os' T1 n1) as [[[es1 T2] n2]|] eqn:F; [|easy].
    injection H as <- <- <-. destruct (reaches_ok _ _ _ _ (suppose_reaches _ _ _ _ _ _ E) SC) as (SC1 & _ & _).
    destruct (reaches_ok _ _ _ _ (outputs_reaches _ _ _ _ _ _ _ _ _ _ F) SC1) as (_ & G & _).
    destruct (suppose_ok a S _ _ _ _ _ A SC E (defined_less a _ _ G D) R) as (R1 & NM); [apply U; [now left|easy]|].
    destruct (IH _ _ _ _ _ _ A SC1 F D R1) as [R2 EO]; [intros i Hi; apply U; now right|].
    exact (conj R2 (conj (conj eq_refl (conj eq_refl (conj O1 (conj O2 NM)))) EO)).
Qed.

(** ** The end *)
Lemma equality_ok a T K v w goal : true_of a T K -> equality T K v w goal = true -> (a w == a v)%Q.
Proof.
  intros H. unfold equality. destruct goal as [|r [|]]; try easy. destruct (fact_of T K r) as [[f [|]]|] eqn:F; try easy.
  apply (fact_ok a T K _ _ H) in F. unfold holds in F. cbn [fst snd] in F. set (k := coefficient v f). intros E. apply andb_true_iff in E. destruct E as [E1 E2].
  destruct (norm _) eqn:N0; [|easy]. pose proof (ev_norm a (f ++ [(v, - k); (w, k)])) as X. rewrite N0, ev_app, !ev_cons, ev_nil, F, inject_Z_opp in X.
  assert (Y : (inject_Z k * (a w - a v) == 0)%Q) by lra. apply Qmult_integral in Y. destruct Y as [Y|Y]; [|lra].
  change 0%Q with (inject_Z 0) in Y. apply (proj1 (inject_Z_injective k 0)) in Y. rewrite Y in E1. easy.
Qed.
Lemma side_ok a T K r value w sign goal : true_of a T K -> sign = 1 \/ sign = -1 -> side T K r value w sign goal = true ->
  if 0 <? sign then (a w <= ev a value)%Q else (inject_Z (Zpos r) * (ev a value - a w) < 1)%Q.
Proof.
  intros H SG. unfold side. destruct (fact_of T K goal) as [[f e]|] eqn:F; [|easy]. apply (fact_ok a T K _ _ H), holds_nonneg in F. cbn [fst] in F.
  set (k := - sign * coefficient w f). pose proof H as (A & _). destruct (constant _) as [c|] eqn:C; [|easy]. apply (constant_ok a _ _ A) in C.
  rewrite !ev_app, ev_scale, ev_cons, ev_nil, inject_Z_opp, inject_Z_mult in C. intros E. apply andb_true_iff in E. destruct E as [E1 E2]. apply Z.ltb_lt in E1.
  rewrite Zlt_Qlt in E1. change (inject_Z 0) with 0%Q in E1. assert (P : (0 < inject_Z (Zpos r))%Q) by easy.
  destruct SG as [-> | ->]; cbn [Z.ltb Z.compare] in *.
  - apply Z.leb_le in E2. rewrite Zle_Qle in E2. change (inject_Z 0) with 0%Q in E2. change (inject_Z 1) with 1%Q in C.
    assert (G : (0 <= inject_Z k * (ev a value - a w))%Q) by lra. clear - G E1. destruct (Qlt_le_dec (ev a value) (a w)) as [L|L]; [|exact L]. exfalso. nra.
  - apply Z.ltb_lt in E2. rewrite Zlt_Qlt, inject_Z_mult in E2. change (inject_Z (-1)) with (-1)%Q in C.
    assert (G : (inject_Z k * (ev a value - a w) <= inject_Z c)%Q) by lra. clear - G E1 E2 P.
    destruct (Qlt_le_dec (inject_Z (Zpos r) * (ev a value - a w)) 1) as [L|L]; [exact L|]. exfalso.
    assert (X : (inject_Z (Zpos r) * (inject_Z k * (ev a value - a w)) <= inject_Z (Zpos r) * inject_Z c)%Q) by nra. nra.
Qed.
Lemma floor_unique q n : (inject_Z n <= q)%Q -> (q < inject_Z n + 1)%Q -> Qfloor q = n.
Proof.
  intros L U. pose proof (Qfloor_le q) as F1. pose proof (Qlt_floor q) as F2. change 1%Q with (inject_Z 1) in U. rewrite <- inject_Z_plus in U.
  assert (A : (inject_Z n < inject_Z (Qfloor q + 1))%Q) by (eapply Qle_lt_trans; [exact L|exact F2]).
  assert (B : (inject_Z (Qfloor q) < inject_Z (n + 1))%Q) by (eapply Qle_lt_trans; [exact F1|exact U]). rewrite <- Zlt_Qlt in A, B. lia.
Qed.
Lemma rounding_ok a T K r value w goal : true_of a T K -> rounding T K r value w goal = true ->
  (a w == Qfloor (inject_Z (Zpos r) * ev a value) # r)%Q.
Proof.
  intros H. pose proof H as (A & D & R & _). unfold rounding. destruct (meant (var T w)) as [[d f|d f|f|k f]|] eqn:M; try easy.
  destruct goal as [|g1 [|g2 [|]]]; try easy. intros E. repeat (apply andb_true_iff in E; destruct E as [E ?E]).
  apply (side_ok a T K r value w 1 g1 H) in E1; [|now left]. apply (side_ok a T K r value w (-1) g2 H) in E0; [|now right]. cbn [Z.ltb Z.compare] in *.
  apply D in M. cbn [means] in M. apply (whole_form_ok a T f R) in E2. destruct E2 as [n I]. rewrite I in M.
  apply Z.eqb_eq, Z.mod_divide in E; [|easy]. destruct E as [j J].
  assert (X : (inject_Z (Zpos r) * a w == inject_Z (j * n))%Q) by (rewrite J, !inject_Z_mult, <- M; ring).
  assert (P : (0 < inject_Z (Zpos r))%Q) by easy. rewrite (floor_unique _ (j * n)).
  - apply (cancel r). rewrite X. unfold Qeq, Qmult, inject_Z. cbn [Qnum Qden]. rewrite Pos.mul_1_l. ring.
  - rewrite <- X. apply Qmult_le_l; easy.
  - rewrite <- X. assert (Y : (inject_Z (Zpos r) * (ev a value - a w) == inject_Z (Zpos r) * ev a value - inject_Z (Zpos r) * a w)%Q) by ring. rewrite Y in E0. lra.
Qed.
Lemma clip_pair R v : (- inject_Z (Zpos R) + (positive_part (v + inject_Z (Zpos R)) - positive_part (positive_part (v + inject_Z (Zpos R)) - 2 * inject_Z (Zpos R))) == clip R v)%Q.
Proof.
  assert (P : (0 < inject_Z (Zpos R))%Q) by easy. unfold clip. change (- Zpos R # 1) with (- inject_Z (Zpos R))%Q. change (Zpos R # 1) with (inject_Z (Zpos R)).
  set (m := inject_Z (Zpos R)) in *. destruct (Qle_bool v (- m)) eqn:E1; [|destruct (Qle_bool m v) eqn:E2].
  - apply Qle_bool_iff in E1. rewrite (positive_part_eq (positive_part (v + m) - 2 * m) (0 - 2 * m)) by (rewrite positive_part_zero; [reflexivity|lra]).
    rewrite !positive_part_zero by lra. ring.
  - apply Qle_bool_iff in E2. rewrite (positive_part_eq (positive_part (v + m) - 2 * m) (v - m)) by (rewrite positive_part_id by lra; ring).
    rewrite !positive_part_id by lra. ring.
  - assert (L : (- m < v)%Q) by (apply Qnot_le_lt; rewrite <- Qle_bool_iff; congruence). assert (U : (v < m)%Q) by (apply Qnot_le_lt; rewrite <- Qle_bool_iff; congruence).
    rewrite (positive_part_eq (positive_part (v + m) - 2 * m) (v - m)) by (rewrite positive_part_id by lra; ring).
    rewrite (positive_part_id (v + m)), (positive_part_zero (v - m)) by lra. ring.
Qed.
Theorem conclude_sound a T K S v w h goal : true_of a T K -> named a S v h -> settled S T K v w h goal = true -> concluded S (a v) (a w).
Proof.
  intros H N0. pose proof H as (A & _ & R & _). destruct S as [[B|]|r B|r B|r B]; cbn [settled concluded related named] in *.
  - intros E. apply andb_true_iff in E. destruct E as [E1 E2]. split; [now apply (equality_ok a T K v w goal)|].
    destruct (R v) as (B1 & B2 & _). destruct (least (var T v)) as [l|], (greatest (var T v)) as [u|]; try easy. apply andb_true_iff in E2. destruct E2 as [E2 E3].
    apply Z.leb_le in E2, E3. rewrite Zle_Qle in E2, E3. split; [eapply Qle_trans; [exact E2|now apply B1]|eapply Qle_trans; [now apply B2|exact E3]].
  - now apply equality_ok.
  - now apply equality_ok.
  - intros E. rewrite (rounding_ok a T K r _ w goal H E). rewrite ev_cons, ev_nil. change (inject_Z 1) with 1%Q.
    assert (X : (1 * a v + 0 == a v)%Q) by ring. now rewrite X.
  - intros E. rewrite (rounding_ok a T K r _ w goal H E). destruct N0 as [N1 N2]. rewrite ev_const, !ev_cons, ev_nil by easy. change (inject_Z (- Zpos B)) with (- inject_Z (Zpos B))%Q.
    change (inject_Z 1) with 1%Q. change (inject_Z (-1)) with (-1)%Q.
    assert (C : (- inject_Z (Zpos B) + (1 * a h + (-1 * a (N.succ h) + 0)) == clip B (a v))%Q).
    { rewrite <- clip_pair, N2, (positive_part_eq (a h - 2 * inject_Z (Zpos B)) (positive_part (a v + inject_Z (Zpos B)) - 2 * inject_Z (Zpos B))) by (rewrite N1; reflexivity).
      rewrite N1. ring. }
    now rewrite C.
Qed.
Lemma concluded_eq S v v' w w' : (v == w)%Q -> (v' == w')%Q -> concluded S w w' -> concluded S v v'.
Proof.
  intros E E'. destruct S as [[R|]|r R|r R|r R]; cbn [concluded]; try (now apply related_compat); unfold at_most; rewrite E, E'; auto.
Qed.
Lemma supposed_eq S v w : (v == w)%Q -> supposed S w -> supposed S v.
Proof.
  intros E. destruct S as [R|r R|r R|r R]; cbn [supposed]; unfold at_most; [auto| |now rewrite E|auto].
  intros [B (z & I)]. rewrite E. split; [easy|]. exists z. now rewrite E.
Qed.
Lemma concluded_all a T K S d m v1 v2 es : true_of a T K -> forall os os' goals, entries_ok a S d m es os os' ->
  (forall o, In o os -> (d <= o)%N -> (a (o + 1)%N == look v1 o)%Q) -> (forall o, In o os' -> (d <= o)%N -> (a (o + m + 1)%N == look v2 o)%Q) ->
  (forall o, In o os -> (o < d)%N -> (look v1 o == look v2 o)%Q) ->
  conclude S T K es goals = true -> Forall2 (concluded S) (map (look v1) os) (map (look v2) os').
Proof.
  intros H. induction es as [|e es IH]; intros [|o os] [|o' os'] goals EO T1 T2 T0 C; cbn [entries_ok] in EO; try easy; cbn [map]; [constructor|].
  destruct EO as [E EO]. assert (REST : forall goals, conclude S T K es goals = true -> Forall2 (concluded S) (map (look v1) os) (map (look v2) os')).
  { intros gs. apply IH; [easy| | |]; intros i Hi; [apply T1|apply T2|apply T0]; now right. }
  destruct e as [|v w h]; cbn [conclude] in C.
  - destruct E as (<- & L & ->). constructor; [|now apply (REST goals)]. cbn [concluded]. symmetry. apply T0; [now left|easy].
  - destruct goals as [|g goals]; [easy|]. apply andb_true_iff in C. destruct C as [C1 C2]. destruct E as (-> & -> & L & L' & NM). constructor; [|now apply (REST goals)].
    apply (conclude_sound a T K S _ _ h g H NM) in C1. eapply concluded_eq; [| |exact C1]; symmetry; [apply T1|apply T2]; try easy; now left.
Qed.

(** ** The whole *)
Definition initial (p : positive) (s : Z) (x : list Q) (v : N) : Q :=
  if (v =? 0)%N then 1%Q else (inject_Z (Zpos p) * look x (N.pred v) + inject_Z s)%Q.
Lemma prove_on p s most S N1 N2 d lines goals x : length x = d ->
  (forall q, In q x -> integral (inject_Z (Zpos p) * q + inject_Z s) /\ (0 <= inject_Z (Zpos p) * q + inject_Z s <= inject_Z most)%Q) ->
  let D := N.of_nat d in let m := N.of_nat (length (nodes N1)) in let m' := N.of_nat (length (nodes N2)) in
  let T0 := enter_units d most 1%N (set_var 0 (Var None (Some 1) (Some 1) true None) (M.empty _)) in
  forall T1 n1 T2 n2 es T3 n3 S1,
  enter_nodes p s D 1 (nodes N1) D T0 (D + 1)%N = Some (T1, n1) -> enter_nodes p s D (m + 1) (nodes N2) D T1 n1 = Some (T2, n2) ->
  (forall o, In o (outputs N1) -> (o < D + m)%N) -> (forall o, In o (outputs N2) -> (o < D + m')%N) ->
  enter_outputs S D m (outputs N1) (outputs N2) T2 n2 = Some (es, T3, n3) -> follow lines (State T3 n3 (Known (M.empty _) 0 [])) = Some S1 ->
  conclude S (vars S1) (facts S1) es goals = true -> Forall (supposed S) (value N1 x) -> Forall2 (concluded S) (value N1 x) (value N2 x).
Proof.
  intros L X D m m' T0 T1 n1 T2 n2 es T3 n3 S1 E1 E2 O1 O2 E3 FO CO SU. set (a0 := initial p s x).
  assert (EMPTY : forall u, var (M.empty variable) u = Var None None None false None) by (intros u; unfold var; now rewrite M.gempty).
  destruct (units_ok a0 most d 1 (set_var 0 (Var None (Some 1) (Some 1) true None) (M.empty _))) as [M0 R0].
  { intros u. rewrite var_set. destruct (u =? 0)%N; [easy|]. now rewrite EMPTY. }
  { apply ranged_set.
    - intros u. rewrite EMPTY. repeat split; easy.
    - split; [intros l E; injection E as <-; apply Qle_refl|]. split; [intros h E; injection E as <-; apply Qle_refl|]. split; [intros _; now exists 1|easy]. }
  { intros i Hi. unfold a0, initial. rewrite (proj2 (N.eqb_neq i 0)) by lia. apply X. unfold look. apply nth_In. lia. }
  fold T0 in M0, R0. assert (SC0 : scoped T0 (D + 1)) by (intros v mm E; now rewrite M0 in E).
  pose proof (enter_reaches _ _ _ _ _ _ _ _ _ _ E1) as P1. destruct (reaches_ok _ _ _ _ P1 SC0) as (SC1 & _ & _).
  pose proof (enter_reaches _ _ _ _ _ _ _ _ _ _ E2) as P2. destruct (reaches_ok _ _ _ _ P2 SC1) as (SC2 & G2 & _).
  pose proof (outputs_reaches _ _ _ _ _ _ _ _ _ _ E3) as P3. destruct (reaches_ok _ _ _ _ P3 SC2) as (SC3 & G3 & _).
  pose proof (follow_reaches _ _ _ FO) as P4. cbn [vars next] in P4. destruct (reaches_ok _ _ _ _ P4 SC3) as (SC4 & G4 & _).
  pose proof (reaches_trans _ _ _ _ _ _ P1 (reaches_trans _ _ _ _ _ _ P2 (reaches_trans _ _ _ _ _ _ P3 P4))) as P.
  destruct (reaches_ok _ _ _ _ P SC0) as (_ & _ & EX). destruct (EX a0) as (a & AG & DF); [intros v mm E; now rewrite M0 in E|].
  assert (A : (a 0%N == 1)%Q) by (rewrite AG by lia; reflexivity).
  assert (RA : ranged a T0).
  { destruct (units_ok a most d 1 (set_var 0 (Var None (Some 1) (Some 1) true None) (M.empty _))) as [_ R]; [| | |exact R].
    - intros u. rewrite var_set. destruct (u =? 0)%N; [easy|]. now rewrite EMPTY.
    - apply ranged_set.
      + intros u. rewrite EMPTY. repeat split; easy.
      + split; [intros l E; injection E as <-; rewrite A; apply Qle_refl|]. split; [intros h E; injection E as <-; rewrite A; apply Qle_refl|]. split; [intros _; exists 1; exact A|easy].
    - intros i Hi. rewrite AG by lia. unfold a0, initial. rewrite (proj2 (N.eqb_neq i 0)) by lia. apply X. unfold look. apply nth_In. lia. }
  pose proof (defined_less a _ _ G4 DF) as D3. pose proof (defined_less a _ _ G3 D3) as D2. pose proof (defined_less a _ _ G2 D2) as D1.
  assert (LD : N.of_nat (length x) = D) by (unfold D; now rewrite L).
  assert (TI : forall shift i, (i < D)%N -> tie a p s D shift x i).
  { intros shift i Hi. unfold tie. rewrite (proj2 (N.ltb_lt i D)) by easy. rewrite AG by lia. unfold a0, initial. rewrite (proj2 (N.eqb_neq _ 0)) by lia. now rewrite N.pred_succ. }
  destruct (enter_ok a p s D 1 (nodes N1) x T0 (D + 1)%N T1 n1 A) as (R1 & Hn1 & TI1); rewrite ?LD; try easy; try lia; [intros i Hi; now apply TI|].
  rewrite LD in Hn1, TI1.
  destruct (enter_ok a p s D (m + 1) (nodes N2) x T1 n1 T2 n2 A) as (R2 & Hn2 & TI2); rewrite ?LD; try easy; try lia; [intros i Hi; now apply TI|].
  rewrite LD in Hn2, TI2. fold m in TI1. fold m' in TI2.
  assert (V1 : forall o, In o (outputs N1) -> (D <= o)%N -> (a (o + 1)%N == look (run (nodes N1) x) o)%Q).
  { intros o Ho Hd. specialize (TI1 o (O1 o Ho)). unfold tie in TI1. now rewrite (proj2 (N.ltb_ge o D)) in TI1 by easy. }
  assert (V2 : forall o, In o (outputs N2) -> (D <= o)%N -> (a (o + m + 1)%N == look (run (nodes N2) x) o)%Q).
  { intros o Ho Hd. specialize (TI2 o (O2 o Ho)). unfold tie in TI2. rewrite (proj2 (N.ltb_ge o D)) in TI2 by easy. now rewrite N.add_assoc in TI2. }
  assert (V0 : forall o, In o (outputs N1) -> (o < D)%N -> (look (run (nodes N1) x) o == look (run (nodes N2) x) o)%Q).
  { intros o Ho Hd. pose proof (TI1 o (O1 o Ho)) as U1. pose proof (TI2 o ltac:(lia)) as U2. unfold tie in U1, U2. rewrite (proj2 (N.ltb_lt o D)) in U1, U2 by easy.
    apply (cancel p). lra. }
  unfold value in SU. rewrite Forall_map, Forall_forall in SU.
  destruct (outputs_entered a S D m (outputs N1) (outputs N2) T2 n2 es T3 n3 A SC2 E3 D3 R2) as [R3 EO].
  { intros o Ho Hd. apply (supposed_eq S _ _ (V1 o Ho Hd)). now apply SU. }
  assert (TR : true_of a (vars S1) (facts S1)).
  { apply (follow_sound a lines (State T3 n3 (Known (M.empty _) 0 [])) S1); [exact SC3|exact FO|exact DF|]. split; [easy|]. split; [exact D3|]. split; [exact R3|].
    intros k y. cbn [kept facts]. now rewrite M.gempty. }
  unfold value. now apply (concluded_all a (vars S1) (facts S1) S D m _ _ es TR _ _ goals).
Qed.

Theorem structural_sound (E : domain) (S : statement) (N1 N2 : network) (d : nat) (lines : list line) (goals : list (list ref)) :
  prove E S N1 N2 d lines goals = true ->
  forall x : list Q, within E d x -> Forall (supposed S) (value N1 x) -> Forall2 (concluded S) (value N1 x) (value N2 x).
Proof.
  intros H x W. unfold prove, start in H.
  assert (GO : forall p s most, length x = d ->
    (forall q, In q x -> integral (inject_Z (Zpos p) * q + inject_Z s) /\ (0 <= inject_Z (Zpos p) * q + inject_Z s <= inject_Z most)%Q) ->
    follows (start_at p s most S N1 N2 d) S lines goals = true -> Forall (supposed S) (value N1 x) -> Forall2 (concluded S) (value N1 x) (value N2 x)).
  { intros p s most L X. unfold follows, start_at. cbv zeta. intros P. destruct (enter_nodes p s _ 1 _ _ _ _) as [[T1 n1]|] eqn:E1; [|easy].
    destruct (enter_nodes p s _ _ (nodes N2) _ _ _) as [[T2 n2]|] eqn:E2; [|easy]. destruct (_ && _) eqn:O; [|easy]. apply andb_true_iff in O. destruct O as [O1 O2].
    rewrite forallb_forall in O1, O2. destruct (enter_outputs _ _ _ _ _ T2 n2) as [[[es T3] n3]|] eqn:E3; [|easy].
    destruct (follow lines _) as [S1|] eqn:F; [|easy].
    apply (prove_on p s most S N1 N2 d lines goals x L X T1 n1 T2 n2 es T3 n3 S1 E1 E2); [| |exact E3|exact F|exact P].
    - intros o Ho. now apply N.ltb_lt, O1.
    - intros o Ho. now apply N.ltb_lt, O2. }
  destruct E as [|p|p pts]; [| |easy]; cbn [within] in W; destruct W as (us & L & F & ->).
  - apply (GO 1%positive 0 1); [now rewrite map_length| |exact H]. intros q Hq. apply in_map_iff in Hq. destruct Hq as (u & <- & Hu). rewrite Forall_forall in F. specialize (F u Hu).
    assert (V : (inject_Z 1 * (u # 1) + inject_Z 0 == inject_Z u)%Q) by (change (u # 1) with (inject_Z u); change (inject_Z 1) with 1%Q; change (inject_Z 0) with 0%Q; ring). split; [exists u; exact V|]. rewrite V.
    change 0%Q with (inject_Z 0). rewrite <- !Zle_Qle. lia.
  - apply (GO p (Zpos (p * p)) (2 * Zpos (p * p))); [now rewrite map_length| |exact H]. intros q Hq. apply in_map_iff in Hq. destruct Hq as (u & <- & Hu).
    rewrite Forall_forall in F. specialize (F u Hu).
    assert (V : (inject_Z (Zpos p) * (u # p) + inject_Z (Zpos (p * p)) == inject_Z (u + Zpos (p * p)))%Q) by (unfold Qeq, inject_Z; cbn [Qplus Qmult Qnum Qden]; rewrite ?Pos.mul_1_l, ?Pos.mul_1_r, ?Pos2Z.inj_mul; ring).
    split; [exists (u + Zpos (p * p)); exact V|]. rewrite V. change 0%Q with (inject_Z 0). rewrite <- !Zle_Qle. lia.
Qed.
