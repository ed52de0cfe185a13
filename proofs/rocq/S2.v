(** S2: weights and biases at most 1, at the same depth, by copying neurons (docs/routes.md, "Constant weights").

    For every network of rational weights with at least one hidden layer, on all rational inputs.  With W >= 1 an integer bound
    on its weights and biases: every hidden neuron computes 1/W of its value and is copied W^2 times; a reader takes weight
    a/W^2 from each copy, the output layer a/W; its bias is the weight of a constant neuron of the last hidden layer. *)
From Coq Require Import ZArith QArith Qabs List Lia Lqa.
From Exactnet Require Import Network Rational.
Import ListNotations.
Open Scope Q_scope.

Section Copies.
Variables (W : Q) (c : nat).
Hypothesis W1 : 1 <= W.
Let C := inject_Z (Z.of_nat c).
Hypothesis C1 : W * W == C.

Definition copies {A} (l : list A) : list A := flat_map (fun a => repeat a c) l.
Definition shrink (f : formQ) : formQ := (map (fun a => a / W) (fst f), snd f / W).
Definition spread (f : formQ) : formQ := (copies (map (fun a => a / C) (fst f)), snd f / W).
Definition gather (f : formQ) : formQ := (copies (map (fun a => a / W) (fst f)), snd f).
(** The values of the copies. *)
Definition copied (y y' : list Q) : Prop := Forall2 Qeq y' (copies (map (fun v => v / W) y)).

Lemma dot_repeat n a v l l' : dotQ (repeat a n ++ l) (repeat v n ++ l') == inject_Z (Z.of_nat n) * (a * v) + dotQ l l'.
Proof.
  induction n as [|n IH]; cbn [repeat app dotQ]; [ring|]. rewrite IH, Nat2Z.inj_succ, <- Z.add_1_r, inject_Z_plus.
  change (inject_Z 1) with 1. ring.
Qed.
Lemma dot_copies u y : dotQ (copies u) (copies y) == C * dotQ u y.
Proof.
  revert y; induction u as [|a u IH]; intros [|v y]; cbn [copies flat_map dotQ]; fold (@copies Q); try ring.
  - destruct (repeat a c ++ flat_map (fun a => repeat a c) u); cbn; ring.
  - fold (copies u) (copies y). rewrite dot_repeat, IH. fold C. ring.
Qed.
Lemma dot_times s u y t : dotQ (map (fun a => a / s) u) (map (fun v => v / t) y) == dotQ u y * / s * / t.
Proof. revert y; induction u as [|a u IH]; intros [|v y]; cbn [map dotQ]; try ring. rewrite IH. unfold Qdiv. ring. Qed.

Lemma WC : 0 < W /\ 0 < C /\ ~ W == 0 /\ ~ C == 0.
Proof. assert (0 < C) by (rewrite <- C1; nra). repeat split; lra. Qed.

Lemma spread_ok f y y' : copied y y' -> evQ (spread f) y' == evQ f y / W.
Proof.
  intros E. destruct WC as (P & Q & N & M). unfold evQ, spread. cbn [fst snd].
  rewrite (dotQ_compat _ _ _ E), dot_copies, dot_times. field. easy.
Qed.
Lemma gather_ok f y y' : copied y y' -> evQ (gather f) y' == evQ f y.
Proof.
  intros E. destruct WC as (P & Q & N & M). unfold evQ, gather. cbn [fst snd].
  rewrite (dotQ_compat _ _ _ E), dot_copies, dot_times, <- C1. field. easy.
Qed.
Lemma shrink_ok f x : evQ (shrink f) x == evQ f x / W.
Proof.
  unfold evQ, shrink. cbn [fst snd]. assert (E : dotQ (map (fun a => a / W) (fst f)) x == dotQ (fst f) x / W); [|rewrite E; field; apply WC].
  revert x; induction (fst f) as [|a u IH]; intros [|v x]; cbn [map dotQ]; try (field; apply WC). rewrite IH. field. apply WC.
Qed.

Lemma relu_divided a : reluQ (a / W) == reluQ a / W.
Proof.
  destruct WC as (P & _ & N & _). assert (I : 0 < / W) by now apply Qinv_lt_0_compat. unfold reluQ, Qdiv.
  destruct (Qle_bool 0 a) eqn:E, (Qle_bool 0 (a * / W)) eqn:F; try easy; try ring.
  - apply Qle_bool_iff in E. assert (H : 0 <= a * / W) by nra. apply Qle_bool_iff in H. congruence.
  - apply Qle_bool_iff in F. assert (H : 0 <= a) by nra. apply Qle_bool_iff in H. congruence.
Qed.

Lemma layer_copied (g : formQ -> formQ) l y y' : (forall f, evQ (g f) y' == evQ f y / W) -> copied (applyQ l y) (applyQ (copies (map g l)) y').
Proof.
  intros G. unfold copied, applyQ. induction l as [|f l IH]; cbn [map copies flat_map]; [constructor|]. rewrite map_app.
  apply Forall2_app; [|exact IH]. generalize c. intros n. induction n as [|n IHn]; cbn [repeat map]; constructor; [|exact IHn].
  rewrite <- relu_divided. apply reluQ_compat, G.
Qed.
Definition wider (l : layerQ) : layerQ := copies (map spread l).
Lemma layers_copied ls : forall y y', copied y y' -> copied (runQ ls y) (runQ (map wider ls) y').
Proof.
  induction ls as [|l ls IH]; intros y y' E; cbn [map runQ]; [easy|]. apply IH. apply layer_copied. intros f. now apply spread_ok.
Qed.

Lemma copies_length {A} (l : list A) : length (copies l) = (c * length l)%nat.
Proof. induction l as [|a l IH]; cbn [copies flat_map length]; [lia|]. fold (copies l). rewrite app_length, repeat_length, IH. lia. Qed.
Lemma copies_all {A} (P : A -> Prop) l : Forall P l -> Forall P (copies l).
Proof.
  induction 1 as [|a l H _ IH]; cbn [copies flat_map]; [constructor|]. apply Forall_app. split; [|exact IH].
  generalize c. intros n. induction n; cbn [repeat]; now constructor.
Qed.
Lemma divided_small s u : W <= s -> Forall (fun a => Qabs a <= W) u -> Forall (fun a => Qabs a <= 1) (map (fun a => a / s) u).
Proof.
  intros S. induction 1 as [|a u H _ IH]; cbn [map]; constructor; [|exact IH]. destruct WC as (P & _).
  apply Qabs_Qle_condition in H. apply Qabs_Qle_condition. assert (I : 0 < / s) by (apply Qinv_lt_0_compat; lra).
  assert (E : s * / s == 1) by (field; lra). unfold Qdiv. split; nra.
Qed.
Lemma divided_bias b : Qabs b <= W -> Qabs (b / W) <= 1.
Proof.
  intros H. assert (F := divided_small W [b] (Qle_refl W) ltac:(now constructor)). now inversion F.
Qed.

Lemma wider_fits out ls : forall n, fitsQ n (ls ++ [out]) -> fitsQ (c * n) (map wider ls ++ [map gather out]).
Proof.
  assert (K : forall (g : formQ -> formQ) n l, wideQ n l -> (forall f, length (fst f) = n -> length (fst (g f)) = (c * n)%nat) -> wideQ (c * n) (map g l)).
  { intros g n l H G. apply Forall_map. eapply Forall_impl; [|exact H]. cbv beta. intros f. apply G. }
  induction ls as [|l ls IH]; intros n; cbn [app map fitsQ]; intros [H F].
  - split; [|easy]. apply K; [easy|]. intros f E. cbn [gather fst]. now rewrite copies_length, map_length, E.
  - split.
    + apply copies_all, K; [easy|]. intros f E. cbn [spread fst]. now rewrite copies_length, map_length, E.
    + unfold wider at 1. rewrite copies_length, map_length. now apply IH.
Qed.
End Copies.

(** A constant neuron at the end of the last hidden layer; the output reads its biases from there. *)
Fixpoint augment (n : nat) (ls : list layerQ) : list layerQ :=
  match ls with
  | [] => []
  | [l] => [l ++ [(repeat 0 n, 1)]]
  | l :: ls' => l :: augment (length l) ls'
  end.
Definition unbiased (f : formQ) : formQ := (fst f ++ [snd f], 0).

Lemma dotQ_zeros n y : dotQ (repeat 0 n) y == 0.
Proof. revert y; induction n as [|n IH]; intros [|b y]; cbn [repeat dotQ]; try easy. rewrite IH. ring. Qed.
Lemma dotQ_end u v a b : length u = length v -> dotQ (u ++ [a]) (v ++ [b]) == dotQ u v + a * b.
Proof. revert v; induction u as [|x u IH]; intros [|y v] L; try easy; cbn [app dotQ]; [ring|]. rewrite IH by now injection L. ring. Qed.

Lemma augment_ok out ls : forall n, ls <> [] -> fitsQ n (ls ++ [out]) ->
  fitsQ n (augment n ls ++ [map unbiased out])
  /\ forall y, exists o, o == 1 /\ runQ (augment n ls) y = runQ ls y ++ [o] /\ Forall (fun f => length (fst f) = length (runQ ls y)) out.
Proof.
  induction ls as [|l ls IH]; intros n NE F; [easy|]. destruct ls as [|l' ls].
  - cbn [app augment fitsQ runQ] in *. destruct F as (F1 & F2 & _). split; [split; [|split; [|easy]]|].
    + apply Forall_app. split; [easy|]. constructor; [apply repeat_length|constructor].
    + rewrite app_length. apply Forall_map. eapply Forall_impl; [|exact F2]. cbv beta. intros f E. cbn [unbiased fst]. now rewrite app_length, E.
    + intros y. exists (reluQ (evQ (repeat 0 n, 1) y)). split; [|split].
      * unfold evQ. cbn [fst snd]. change 1 with (reluQ 1) at 2. apply reluQ_compat. rewrite dotQ_zeros. ring.
      * unfold applyQ. now rewrite map_app.
      * unfold applyQ. rewrite map_length. exact F2.
  - change (augment n (l :: l' :: ls)) with (l :: augment (length l) (l' :: ls)). cbn [app fitsQ] in F. destruct F as [F1 F2].
    destruct (IH (length l)) as [G1 G2]; [easy|exact F2|]. split; [now split|]. intros y. apply (G2 (applyQ l y)).
Qed.

Lemma augment_all (P : formQ -> Prop) ls : forall n, (forall k, P (repeat 0 k, 1)) -> Forall (Forall P) ls -> Forall (Forall P) (augment n ls).
Proof.
  induction ls as [|l ls IH]; intros n H F; [constructor|]. inversion_clear F as [|? ? F1 F2]. destruct ls as [|l' ls].
  - constructor; [|constructor]. apply Forall_app. split; [easy|]. constructor; [apply H|constructor].
  - constructor; [easy|]. now apply IH.
Qed.
Lemma augment_length ls : forall n, length (augment n ls) = length ls.
Proof. induction ls as [|l [|l' ls] IH]; intros n; [easy|easy|]. change (S (length (augment (length l) (l' :: ls))) = S (length (l' :: ls))). now rewrite IH. Qed.
Lemma augment_width m ls : forall n, Forall (fun l => (length l <= m)%nat) ls -> Forall (fun l => (length l <= m + 1)%nat) (augment n ls).
Proof.
  induction ls as [|l ls IH]; intros n F; [constructor|]. inversion_clear F as [|? ? F1 F2]. destruct ls as [|l' ls].
  - constructor; [|constructor]. rewrite app_length. cbn [length]. lia.
  - constructor; [lia|]. now apply IH.
Qed.

Theorem S2_constant_weights (N : netQ) (d m : nat) (W : positive) :
  well_formedQ d N -> hiddenQ N <> [] ->
  Forall (wires_leQ (Zpos W # 1)) (hiddenQ N ++ [outputQ N]) -> Forall (biases_leQ (Zpos W # 1)) (hiddenQ N ++ [outputQ N]) ->
  Forall (fun l => (length l <= m)%nat) (hiddenQ N) ->
  exists N' : netQ,
    well_formedQ d N' /\ depthQ N' = depthQ N
    /\ (forall x : list Q, Forall2 Qeq (valueQ N' x) (valueQ N x))
    /\ Forall (wires_leQ 1) (hiddenQ N' ++ [outputQ N']) /\ Forall (biases_leQ 1) (hiddenQ N' ++ [outputQ N'])
    /\ Forall (fun l => (length l <= Pos.to_nat W * Pos.to_nat W * (m + 1))%nat) (hiddenQ N').
Proof.
  intros WF NE HW HB HM. set (w := Zpos W # 1) in *. set (c := (Pos.to_nat W * Pos.to_nat W)%nat).
  assert (W1 : 1 <= w) by (unfold w, Qle; cbn; lia).
  assert (C1 : w * w == inject_Z (Z.of_nat c)) by (unfold w, c, Qeq, Qmult, inject_Z; cbn [Qnum Qden]; rewrite Nat2Z.inj_mul, positive_nat_Z; lia).
  destruct (augment_ok (outputQ N) (hiddenQ N) d NE WF) as [F V].
  set (small := fun f : formQ => Forall (fun a => Qabs a <= w) (fst f) /\ Qabs (snd f) <= w).
  assert (SM : Forall (Forall small) (hiddenQ N ++ [outputQ N])).
  { rewrite Forall_forall in *. intros l Hl. specialize (HW l Hl). specialize (HB l Hl). unfold wires_leQ, biases_leQ in *.
    rewrite Forall_forall in *. intros f Hf. split; [apply HW|apply HB]; easy. }
  apply Forall_app in SM. destruct SM as [SH SO]. inversion_clear SO as [|? ? SO1 _].
  apply (augment_all small _ d) in SH; [|intros k; split; [|apply Qabs_Qle_condition; cbn [snd]; lra]].
  2: { cbn [fst]. apply Forall_forall. intros a Ha. apply repeat_spec in Ha. subst a. apply Qabs_Qle_condition. lra. }
  apply (augment_width m _ d) in HM. pose proof (augment_length (hiddenQ N) d) as L.
  destruct (augment d (hiddenQ N)) as [|l ls] eqn:A; [destruct (hiddenQ N); easy|].
  inversion_clear SH as [|? ? S1 S2]. inversion_clear HM as [|? ? M1 M2]. cbn [app fitsQ] in F. destruct F as [F1 F2].
  exists (NetQ (copies c (map (shrink w) l) :: map (wider w c) ls) (map (gather w c) (map unbiased (outputQ N)))).
  split; [|split; [|split; [|split; [|split]]]]; unfold well_formedQ, depthQ, valueQ; cbn [hiddenQ outputQ].
  - cbn [app fitsQ]. split.
    + apply copies_all, Forall_map. eapply Forall_impl; [|exact F1]. cbv beta. intros f E. cbn [shrink fst]. now rewrite map_length.
    + rewrite copies_length, map_length. now apply wider_fits.
  - cbn [length] in *. now rewrite map_length, L.
  - intros x. destruct (V x) as (o & O & R & LR). cbn [runQ] in R |- *.
    pose proof (layers_copied w c W1 C1 ls _ _ (layer_copied w c W1 C1 (shrink w) l x x (fun f => shrink_ok w c W1 C1 f x))) as E.
    rewrite R in E. rewrite map_map. clear - E LR O W1 C1. induction LR as [|f out H _ IH]; cbn [map]; constructor; [|exact IH].
    rewrite (gather_ok w c W1 C1 _ _ _ E). unfold evQ, unbiased. cbn [fst snd]. rewrite dotQ_end by easy. rewrite O. ring.
  - cbn [app]. constructor; [|apply Forall_app; split; [|constructor; [|constructor]]]; unfold wires_leQ.
    + apply copies_all, Forall_map. eapply Forall_impl; [|exact S1]. intros f [H _]. cbn [shrink fst]. now apply (divided_small w c W1 C1 w); [apply Qle_refl|].
    + apply Forall_map. eapply Forall_impl; [|exact S2]. intros k Hk. apply copies_all, Forall_map. eapply Forall_impl; [|exact Hk].
      intros f [H _]. cbn [spread fst]. apply copies_all. apply (divided_small w c W1 C1 _); [|exact H]. rewrite <- C1. nra.
    + rewrite map_map. apply Forall_map. eapply Forall_impl; [|exact SO1]. intros f [H H']. cbn [gather unbiased fst]. apply copies_all.
      apply (divided_small w c W1 C1 w); [apply Qle_refl|]. apply Forall_app. split; [exact H|now constructor].
  - cbn [app]. constructor; [|apply Forall_app; split; [|constructor; [|constructor]]]; unfold biases_leQ.
    + apply copies_all, Forall_map. eapply Forall_impl; [|exact S1]. intros f [_ H]. cbn [shrink snd]. now apply (divided_bias w c).
    + apply Forall_map. eapply Forall_impl; [|exact S2]. intros k Hk. apply copies_all, Forall_map. eapply Forall_impl; [|exact Hk].
      intros f [_ H]. cbn [spread snd]. now apply (divided_bias w c).
    + rewrite map_map. apply Forall_map, Forall_forall. intros f _. cbn. easy.
  - constructor.
    + rewrite copies_length, map_length. apply Nat.mul_le_mono_l. exact M1.
    + apply Forall_map. eapply Forall_impl; [|exact M2]. cbv beta. intros k Hk. unfold wider. rewrite copies_length, map_length.
      now apply Nat.mul_le_mono_l.
Qed.
