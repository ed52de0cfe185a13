(** The verified checker: two networks as exactnet writes them, related on every input of a domain.

    [check E r N N' d = true] proves that on every input of the domain E the outputs of N' are, one by one, what the
    relation r demands of those of N.  Networks: several outputs, affine nodes, ReLUs and gates, rational weights, wires
    that skip layers.  Domains: cube, grid, list of points.  Relations: equal, floor, clip (docs/theory.md, S1).
    Depth and weights: Measures.v. *)
From Coq Require Import ZArith QArith Qround NArith List Lia Bool FMapPositive.
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

(** Relations: N' = N;  N' = floor(r N)/r;  N' = floor(r clip(N))/r with clip(v) = min(max(v, -R), R). *)
Inductive relation := Equal | Floor (r : positive) | Clip (r R : positive).
Definition clip (R : positive) (v : Q) : Q :=
  if Qle_bool v (- Zpos R # 1) then (- Zpos R # 1) else if Qle_bool (Zpos R # 1) v then (Zpos R # 1) else v.
Definition related (rel : relation) (v v' : Q) : Prop :=
  match rel with
  | Equal => v' == v
  | Floor r => v' == Qfloor (inject_Z (Zpos r) * v) # r
  | Clip r R => v' == Qfloor (inject_Z (Zpos r) * clip R v) # r
  end%Q.


(** ** The checker: integers only.  Every value v is held as u = s*v for a scale s that is known before the inputs are. *)
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
  | (i, w) :: ws' => sumZ ws' m (match uget m i with 0 => acc | 1 => acc + w | u => acc + w * u end)
  end.
Fixpoint exec (cs : list scaled) (k : N) (m : M.t Z) : M.t Z :=
  match cs with
  | [] => m
  | c :: cs' => exec cs' (N.succ k) (M.add (N.succ_pos k) (actZ (sact c) (sumZ (swires c) m (sbias c))) m)
  end.

(** Inputs us, of scale p. *)
Fixpoint enter (us : list Z) (k : N) (m : M.t Z) : M.t Z :=
  match us with [] => m | u :: us' => enter us' (N.succ k) (M.add (N.succ_pos k) u m) end.
Fixpoint scales (d : nat) (k : N) (p : positive) (sm : M.t positive) : M.t positive :=
  match d with O => sm | S d' => scales d' (N.succ k) p (M.add (N.succ_pos k) p sm) end.

Fixpoint first {A B} (f : A -> option B) (l : list A) : option B :=
  match l with [] => None | a :: l' => match f a with Some b => Some b | None => first f l' end end.
(** The first input of a product of d times the same values at which P fails, depth first. *)
Fixpoint search (vals : list Z) (d : nat) (k : N) (m : M.t Z) (seen : list Z) (P : M.t Z -> bool) : option (list Z) :=
  match d with
  | O => if P m then None else Some (rev seen)
  | S d' => first (fun u => search vals d' (N.succ k) (M.add (N.succ_pos k) u m) (u :: seen) P) vals
  end.
Definition grid_values (p : positive) : list Z :=
  map (fun i => Z.of_nat i - Zpos (p * p)) (seq 0 (Pos.to_nat (2 * (p * p) + 1))).

Definition find_in (E : domain) (d : nat) (P : M.t Z -> bool) : option (list Z) :=
  match E with
  | Cube => search [0; 1] d 0%N (M.empty _) [] P
  | Grid p => search (grid_values p) d 0%N (M.empty _) [] P
  | Points _ us => first (fun u => if Nat.eqb (length u) d && P (enter u 0%N (M.empty _)) then None else Some u) us
  end.
Definition scale_in (E : domain) : positive := match E with Cube => 1%positive | Grid p | Points p _ => p end.

(** u/s and u'/s' are related. *)
Definition relatedZ (rel : relation) (u : Z) (s : positive) (u' : Z) (s' : positive) : bool :=
  match rel with
  | Equal => u' * Zpos s =? u * Zpos s'
  | Floor r => u' * Zpos r =? (Zpos r * u) / Zpos s * Zpos s'
  | Clip r R =>
      let low := - (Zpos R * Zpos s) in let high := Zpos R * Zpos s in
      let c := if u <=? low then low else if high <=? u then high else u in
      u' * Zpos r =? (Zpos r * c) / Zpos s * Zpos s'
  end.
Fixpoint all_related (rel : relation) (m m' : M.t Z) (l : list (N * positive)) (l' : list (N * positive)) : bool :=
  match l, l' with
  | [], [] => true
  | (i, s) :: l, (i', s') :: l' => relatedZ rel (uget m i) s (uget m' i') s' && all_related rel m m' l l'
  | _, _ => false
  end.

Inductive answer := Holds | Fails (us : list Z) | Malformed.
(** [Fails us]: the input us/p (p = 1 on the cube) breaks the relation, or is not of d numbers. *)
Definition decide (E : domain) (rel : relation) (N1 N2 : network) (d : nat) : answer :=
  let sm := scales d 0%N (scale_in E) (M.empty _) in
  let '(c1, s1, ok1) := compile (nodes N1) (N.of_nat d) sm in
  let '(c2, s2, ok2) := compile (nodes N2) (N.of_nat d) sm in
  let o1 := map (fun o => (o, sget s1 o)) (outputs N1) in
  let o2 := map (fun o => (o, sget s2 o)) (outputs N2) in
  if ok1 && ok2 then
    match find_in E d (fun m => all_related rel (exec c1 (N.of_nat d) m) (exec c2 (N.of_nat d) m) o1 o2) with
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
  revert acc; induction ws as [|[i w] ws IH]; intros acc; cbn [sumZ fold_right fst snd]; [lia|].
  rewrite IH. destruct (uget m i) as [|[p|p|]|p]; lia.
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
  (node_value n vs == (actZ (sact c) (sumZ (swires c) m (sbias c)))%Z # s)%Q.
Proof.
  intros I. cbn. intros H. rewrite sumZ_acc. set (S := scale_of sm (wires n)) in *.
  unfold node_value. set (f := fold_right _ _ _).
  assert (E : ((inject_Z (bias n) + sumQ (wires n) vs) * (1 # den n) == (bias n * Zpos S + f)%Z # (den n * S))%Q).
  { rewrite (sum_scaled vs m sm S (wires n) I H). fold f.
    unfold Qeq, Qplus, Qmult, inject_Z. cbn [Qnum Qden]. rewrite ?Pos.mul_1_l, !Pos2Z.inj_mul. ring. }
  rewrite (actQ_compat (act n) _ _ E). rewrite actQ_scaled. destruct (act n); easy.
Qed.

Lemma run_exec ns : forall vs m sm, inv vs m sm ->
  let '(cs, sm', ok) := compile ns (N.of_nat (length vs)) sm in ok = true ->
  inv (run ns vs) (exec cs (N.of_nat (length vs)) m) sm'.
Proof.
  induction ns as [|n ns IH]; intros vs m sm I; cbn [compile]; [easy|].
  pose proof (node_step vs m sm n I) as NS. destruct (compile1 sm n) as [[c s] ok].
  set (u := actZ (sact c) (sumZ (swires c) m (sbias c))) in *.
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

Lemma search_none vals P d : forall k m seen, search vals d k m seen P = None ->
  forall us, length us = d -> Forall (fun u => In u vals) us -> P (enter us k m) = true.
Proof.
  induction d as [|d IH]; intros k m seen H us L F.
  - destruct us; [|easy]. cbn [search enter] in *. now destruct (P m).
  - destruct us as [|u us]; [easy|]. cbn [search enter] in *. inversion_clear F as [|? ? F1 F2].
    pose proof (first_none _ _ H u F1) as E. cbv beta in E. injection L as L. now apply (IH _ _ _ E).
Qed.

Lemma grid_values_ok p u : - Zpos (p * p) <= u <= Zpos (p * p) -> In u (grid_values p).
Proof.
  intros H. unfold grid_values. apply in_map_iff. exists (Z.to_nat (u + Zpos (p * p))). split; [lia|]. apply in_seq. lia.
Qed.

Lemma find_in_none E d P : find_in E d P = None -> forall x, within E d x ->
  exists us, length us = d /\ x = map (fun u => u # scale_in E) us /\ P (enter us 0%N (M.empty _)) = true.
Proof.
  destruct E as [|p|p pts]; cbn [find_in within scale_in]; intros H x Hx.
  - destruct Hx as (us & L & F & ->). exists us. split; [easy|]. split; [easy|]. apply (search_none _ _ _ _ _ _ H); [easy|].
    eapply Forall_impl; [|exact F]. cbn. intros u Hu. lia.
  - destruct Hx as (us & L & F & ->). exists us. split; [easy|]. split; [easy|]. apply (search_none _ _ _ _ _ _ H); [easy|].
    eapply Forall_impl; [|exact F]. intros u. apply grid_values_ok.
  - destruct Hx as (us & I & ->). exists us. pose proof (first_none _ _ H us I) as E. cbv beta in E.
    destruct (Nat.eqb_spec (length us) d) as [L|L]; cbn [andb] in E; [|easy]. split; [easy|]. split; [easy|]. now destruct (P _).
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
  destruct rel as [|r|r R]; cbn [relatedZ related]; intros H; apply Z.eqb_eq in H.
  - exact H.
  - rewrite floor_scaled. exact H.
  - rewrite (clip_scaled R u s). rewrite floor_scaled. exact H.
Qed.

Lemma related_compat rel a a' b b' : (a == b)%Q -> (a' == b')%Q -> related rel b b' -> related rel a a'.
Proof.
  intros E E' H. destruct rel as [|r|r R]; cbn [related] in *; rewrite E'.
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

Lemma all_related_sound rel m1 m2 s1 s2 v1 v2 : inv v1 m1 s1 -> inv v2 m2 s2 -> forall o1 o2,
  all_related rel m1 m2 (map (fun o => (o, sget s1 o)) o1) (map (fun o => (o, sget s2 o)) o2) = true ->
  Forall2 (related rel) (map (look v1) o1) (map (look v2) o2).
Proof.
  intros I1 I2. induction o1 as [|i o1 IH]; intros [|j o2] H; cbn [map all_related] in *; try easy.
  apply andb_true_iff in H. destruct H as [H1 H2]. constructor; [|now apply IH].
  apply (related_compat rel _ _ (uget m1 i # sget s1 i) (uget m2 j # sget s2 j)); [apply I1|apply I2|now apply relatedZ_sound].
Qed.

Theorem check_sound (E : domain) (rel : relation) (N1 N2 : network) (d : nat) : check E rel N1 N2 d = true ->
  forall x : list Q, within E d x -> Forall2 (related rel) (value N1 x) (value N2 x).
Proof.
  unfold check, decide. intros H x Hx. set (sm := scales d 0%N (scale_in E) (M.empty positive)) in *.
  pose proof (run_exec (nodes N1)) as R1. pose proof (run_exec (nodes N2)) as R2.
  destruct (compile (nodes N1) (N.of_nat d) sm) as [[c1 s1] ok1] eqn:C1.
  destruct (compile (nodes N2) (N.of_nat d) sm) as [[c2 s2] ok2] eqn:C2.
  destruct (ok1 && ok2) eqn:OK; [|easy]. apply andb_true_iff in OK. destruct OK as [OK1 OK2].
  destruct (find_in E d _) eqn:F; [easy|]. destruct (find_in_none _ _ _ F x Hx) as (us & L & -> & HP).
  assert (I : inv (map (fun u => u # scale_in E) us) (enter us 0%N (M.empty Z)) sm).
  { unfold sm. rewrite <- L. apply (inputs_inv (scale_in E) us [] (M.empty Z) (M.empty positive)).
    intros i. unfold look, uget, sget. rewrite !M.gempty. now destruct (N.to_nat i). }
  specialize (R1 _ _ _ I). specialize (R2 _ _ _ I). rewrite map_length, L, C1 in R1. rewrite map_length, L, C2 in R2.
  unfold value. eapply all_related_sound; eauto.
Qed.

(** In the cube's bits, as booleans. *)
Lemma within_cube_bits (x : list bool) : within Cube (length x) (map (fun b : bool => if b then 1%Q else 0%Q) x).
Proof.
  exists (map (fun b : bool => if b then 1 else 0) x). rewrite map_length. split; [easy|]. split.
  - apply Forall_map, Forall_forall. intros [|] _; lia.
  - rewrite map_map. apply map_ext. now intros [|].
Qed.
