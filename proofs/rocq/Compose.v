(** Networks side by side and one after the other; linear read-outs are substituted into the next layer, and how widths, weights
    and the masses of forms add up when they are.  docs/bounds.md, "From layer to layer". *)
From Coq Require Import ZArith List Lia Bool.
From Exactnet Require Import Network Sums Gadgets Digits.
Import ListNotations.
Open Scope Z_scope.

(** Width of the last layer. *)
Fixpoint width (n : nat) (ls : list layer) : nat := match ls with [] => n | l :: ls' => width (length l) ls' end.

Lemma fits_app n ls ls' : fits n (ls ++ ls') <-> fits n ls /\ fits (width n ls) ls'.
Proof. revert n; induction ls as [|l ls IH]; intros n; cbn; [tauto|]. rewrite IH. tauto. Qed.
Lemma width_app n ls ls' : width n (ls ++ ls') = width (width n ls) ls'.
Proof. revert n; induction ls as [|l ls IH]; intros n; cbn; auto. Qed.
Lemma run_app act ls ls' x : run act (ls ++ ls') x = run act ls' (run act ls x).
Proof. revert x; induction ls as [|l ls IH]; intros x; cbn; auto. Qed.
Lemma apply_length act l x : length (apply act l x) = length l.
Proof. apply map_length. Qed.
Lemma run_length act ls x : length (run act ls x) = width (length x) ls.
Proof. revert x; induction ls as [|l ls IH]; intros x; cbn; [easy|]. now rewrite IH, apply_length. Qed.
Lemma run_bits ls x : Forall bit x -> Forall bit (run step ls x).
Proof.
  revert x; induction ls as [|l ls IH]; intros x H; cbn; [easy|]. apply IH.
  apply Forall_map, Forall_forall. intros; apply step_bit.
Qed.

(** Bounds of a list of layers: wires, biases, width. *)
Record bound := Bound { bw : Z; bb : Z; bs : Z }.
Definition within (b : bound) (ls : list layer) : Prop :=
  Forall (fun l => wires_le (bw b) l /\ biases_le (bb b) l) ls /\ Forall (width_le (bs b)) ls.

(** Side by side. *)
Definition left_pad (p : nat) (f : form) : form := (repeat 0 p ++ fst f, snd f).
Definition right_pad (q : nat) (f : form) : form := (fst f ++ repeat 0 q, snd f).
Definition beside (p q : nat) (l1 l2 : layer) : layer := map (right_pad q) l1 ++ map (left_pad p) l2.
Fixpoint diag (p q : nat) (ls1 ls2 : list layer) : list layer :=
  match ls1, ls2 with
  | l1 :: r1, l2 :: r2 => beside p q l1 l2 :: diag (length l1) (length l2) r1 r2
  | _, _ => []
  end.

Lemma ev_right_pad q f y1 y2 : length (fst f) = length y1 -> ev (right_pad q f) (y1 ++ y2) = ev f y1.
Proof. intros H. unfold ev, right_pad. cbn [fst snd]. rewrite dot_app by easy. rewrite dot_zeros. lia. Qed.
Lemma ev_left_pad p f y1 y2 : length y1 = p -> ev (left_pad p f) (y1 ++ y2) = ev f y2.
Proof. intros H. unfold ev, left_pad. cbn [fst snd]. rewrite dot_app by (now rewrite repeat_length). now rewrite dot_zeros. Qed.

Lemma apply_beside act p q l1 l2 y1 y2 : wide p l1 -> length y1 = p ->
  apply act (beside p q l1 l2) (y1 ++ y2) = apply act l1 y1 ++ apply act l2 y2.
Proof.
  intros H1 E1. unfold apply, beside. rewrite map_app, !map_map. f_equal; apply map_ext_in; intros f Hf; f_equal.
  - apply ev_right_pad. unfold wide in H1. rewrite Forall_forall in H1. now rewrite H1.
  - now apply ev_left_pad.
Qed.

Lemma run_diag act ls1 ls2 : forall p q y1 y2, length ls1 = length ls2 -> fits p ls1 ->
  length y1 = p -> run act (diag p q ls1 ls2) (y1 ++ y2) = run act ls1 y1 ++ run act ls2 y2.
Proof.
  revert ls2; induction ls1 as [|l1 r1 IH]; intros [|l2 r2] p q y1 y2 E F E1; cbn in E; try lia; [easy|].
  cbn [run diag]. destruct F as [F1 F]. rewrite apply_beside by easy. apply IH; auto. apply apply_length.
Qed.

Lemma beside_wide p q l1 l2 : wide p l1 -> wide q l2 -> wide (p + q) (beside p q l1 l2).
Proof.
  intros H1 H2. unfold wide, beside in *. apply Forall_app. split; apply Forall_map.
  - eapply Forall_impl; [|apply H1]. intros f Hf. cbn in *. rewrite app_length, repeat_length. lia.
  - eapply Forall_impl; [|apply H2]. intros f Hf. cbn in *. rewrite app_length, repeat_length. lia.
Qed.
Lemma beside_length p q l1 l2 : length (beside p q l1 l2) = (length l1 + length l2)%nat.
Proof. unfold beside. now rewrite app_length, !map_length. Qed.

Lemma Forall_zeros W p : 0 <= W -> Forall (fun a => Z.abs a <= W) (repeat 0 p).
Proof. intros. apply Forall_forall. intros a Ha. apply repeat_spec in Ha. subst. easy. Qed.

Lemma beside_wires W p q l1 l2 : 0 <= W -> wires_le W l1 -> wires_le W l2 -> wires_le W (beside p q l1 l2).
Proof.
  intros HW H1 H2. unfold wires_le, beside in *. apply Forall_app. split; apply Forall_map.
  - eapply Forall_impl; [|apply H1]. intros f Hf. cbn. apply Forall_app. auto using Forall_zeros.
  - eapply Forall_impl; [|apply H2]. intros f Hf. cbn. apply Forall_app. auto using Forall_zeros.
Qed.
Lemma beside_biases W p q l1 l2 : biases_le W l1 -> biases_le W l2 -> biases_le W (beside p q l1 l2).
Proof. intros H1 H2. unfold biases_le, beside in *. apply Forall_app. split; now apply Forall_map. Qed.

Definition add_width (b : bound) (s : Z) : bound := Bound (bw b) (bb b) (bs b + s).

Lemma diag_ok W b s1 s2 ls1 ls2 : 0 <= W -> forall p q, length ls1 = length ls2 ->
  fits p ls1 -> fits q ls2 -> within (Bound W b s1) ls1 -> within (Bound W b s2) ls2 ->
  fits (p + q) (diag p q ls1 ls2) /\ within (Bound W b (s1 + s2)) (diag p q ls1 ls2)
  /\ width (p + q) (diag p q ls1 ls2) = (width p ls1 + width q ls2)%nat
  /\ length (diag p q ls1 ls2) = length ls1.
Proof.
  intros HW. revert ls2; induction ls1 as [|l1 r1 IH]; intros [|l2 r2] p q E F1 F2 B1 B2; cbn in E; try lia.
  - cbn. repeat split; constructor.
  - destruct F1 as [W1 F1], F2 as [W2 F2], B1 as [B1 S1], B2 as [B2 S2]. cbn [bw bb bs] in *.
    inversion_clear B1 as [|? ? [B1a B1b] B1']. inversion_clear B2 as [|? ? [B2a B2b] B2'].
    inversion_clear S1 as [|? ? S1a S1']. inversion_clear S2 as [|? ? S2a S2'].
    destruct (IH r2 (length l1) (length l2)) as (G1 & [G2 G3] & G4 & G5); auto; try (split; easy).
    cbn [bw bb bs] in *.
    cbn [diag fits width length]. rewrite beside_length. repeat split; auto using beside_wide.
    + constructor; auto. cbn. auto using beside_wires, beside_biases.
    + constructor; auto. unfold width_le in *. cbn [bs]. rewrite beside_length. lia.
Qed.

(** A read-out substituted into a form: sum of us_i * Fs_i. *)
Fixpoint lin (w : nat) (us : list Z) (Fs : layer) : form :=
  match us, Fs with
  | u :: us', F :: Fs' => (comb u (fst F) (fst (lin w us' Fs')), u * snd F + snd (lin w us' Fs'))
  | _, _ => (repeat 0 w, 0)
  end.
Definition through (w : nat) (Fs : layer) (f : form) : form :=
  (fst (lin w (fst f) Fs), snd (lin w (fst f) Fs) + snd f).

Lemma lin_length w us Fs : wide w Fs -> length (fst (lin w us Fs)) = w.
Proof.
  intros H; revert us; induction H as [|F Fs HF H IH]; intros [|u us]; cbn [lin fst]; rewrite ?repeat_length; auto.
  rewrite comb_length; rewrite IH; auto.
Qed.

Lemma ev_lin w us Fs y : wide w Fs -> ev (lin w us Fs) y = dot us (map (fun F => ev F y) Fs).
Proof.
  intros H; revert us; induction H as [|F Fs HF H IH]; intros [|u us]; cbn [lin map dot];
    try (unfold ev; cbn; rewrite dot_zeros; lia).
  rewrite <- IH. unfold ev. cbn [fst snd]. rewrite dot_comb by (now rewrite lin_length). ring.
Qed.

Lemma ev_through w Fs f y : wide w Fs -> ev (through w Fs f) y = ev f (map (fun F => ev F y) Fs).
Proof.
  intros H. replace (ev (through w Fs f) y) with (ev (lin w (fst f) Fs) y + snd f)
    by (unfold ev, through; cbn [fst snd]; lia).
  now rewrite ev_lin.
Qed.

Lemma through_length w Fs f : wide w Fs -> length (fst (through w Fs f)) = w.
Proof. intros H. cbn. now apply lin_length. Qed.

Lemma lsum_comb u a b : length a = length b -> lsum Z.abs (comb u a b) <= Z.abs u * lsum Z.abs a + lsum Z.abs b.
Proof.
  revert b; induction a as [|p a IH]; intros [|q b] H; cbn in H; try lia; [cbn; lia|].
  specialize (IH b ltac:(lia)). unfold comb, lsum in *. cbn [combine map fold_right fst snd]. nia.
Qed.

Lemma lsum_abs_nonneg us : 0 <= lsum Z.abs us.
Proof. unfold lsum. induction us; cbn [fold_right]; lia. Qed.
Lemma lsum_abs_zeros w : lsum Z.abs (repeat 0 w) = 0.
Proof. unfold lsum. induction w; cbn [fold_right repeat]; lia. Qed.

Lemma mass_lin w us Fs M : wide w Fs -> 0 <= M -> Forall (fun F => mass F <= M) Fs -> mass (lin w us Fs) <= lsum Z.abs us * M.
Proof.
  intros H HM; revert us; induction H as [|F Fs HF0 H IH]; intros us HF.
  - pose proof (lsum_abs_nonneg us). destruct us; unfold mass; cbn [lin fst snd]; rewrite lsum_abs_zeros; cbn [Z.abs]; nia.
  - destruct us as [|u us]; [unfold mass; cbn [lin fst snd]; rewrite lsum_abs_zeros; cbn; lia|].
    inversion_clear HF as [|? ? M1 M2]. specialize (IH us M2). unfold mass in *. cbn [lin fst snd].
    pose proof (lsum_comb u (fst F) (fst (lin w us Fs)) ltac:(now rewrite lin_length)) as LC.
    change (lsum Z.abs (u :: us)) with (Z.abs u + lsum Z.abs us).
    pose proof (Z.abs_triangle (u * snd F) (snd (lin w us Fs))). rewrite Z.abs_mul in *. nia.
Qed.

Lemma mass_through w Fs f M : wide w Fs -> 1 <= M -> Forall (fun F => mass F <= M) Fs -> mass (through w Fs f) <= mass f * M.
Proof.
  intros H HM HF. pose proof (mass_lin w (fst f) Fs M H ltac:(lia) HF). unfold mass in *. cbn [through fst snd]. nia.
Qed.

Lemma beside_mass p q F Fs M : mass F <= M -> Forall (fun G => mass G <= M) Fs -> Forall (fun G => mass G <= M) (beside p q [F] Fs).
Proof.
  intros HF HFs. unfold beside. cbn [map app]. constructor.
  - unfold mass, right_pad in *. cbn [fst snd]. rewrite lsum_app, lsum_abs_zeros. lia.
  - apply Forall_map. eapply Forall_impl; [|apply HFs]. intros G. unfold mass, left_pad. cbn [fst snd].
    rewrite lsum_app, lsum_abs_zeros. lia.
Qed.

(** Larger bounds. *)
Lemma wires_mono W W' ls : W <= W' -> Forall (wires_le W) ls -> Forall (wires_le W') ls.
Proof. intros L. apply Forall_impl. intros l. apply Forall_impl. intros f. apply Forall_impl. intros a. lia. Qed.
Lemma biases_mono B B' ls : B <= B' -> Forall (biases_le B) ls -> Forall (biases_le B') ls.
Proof. intros L. apply Forall_impl. intros l. apply Forall_impl. intros f. lia. Qed.
Lemma widths_mono S S' ls : S <= S' -> Forall (width_le S) ls -> Forall (width_le S') ls.
Proof. intros L. apply Forall_impl. unfold width_le. intros l. lia. Qed.
Lemma within_parts b ls : within b ls <-> Forall (wires_le (bw b)) ls /\ Forall (biases_le (bb b)) ls /\ Forall (width_le (bs b)) ls.
Proof. unfold within. split; [intros [A B]; apply Forall_and_inv in A; tauto|intros (A & B & C); split; [now apply Forall_and|easy]]. Qed.
Lemma within_mono w b s w' b' s' ls : w <= w' -> b <= b' -> s <= s' -> within (Bound w b s) ls -> within (Bound w' b' s') ls.
Proof.
  intros Hw Hb Hs. rewrite !within_parts. cbn [bw bb bs]. intros (A & B & C).
  split; [exact (wires_mono _ _ _ Hw A)|]. split; [exact (biases_mono _ _ _ Hb B)|exact (widths_mono _ _ _ Hs C)].
Qed.

Lemma within_app b ls ls' : within b ls -> within b ls' -> within b (ls ++ ls').
Proof. intros [A B] [C D]. split; apply Forall_app; auto. Qed.

(** The inputs as forms. *)
Fixpoint idents (n : nat) : layer :=
  match n with O => [] | S n' => (1 :: repeat 0 n', 0) :: map (fun f => (0 :: fst f, snd f)) (idents n') end.

Lemma idents_ok n : wide n (idents n) /\ Forall (fun F => mass F <= 1) (idents n)
  /\ forall x, length x = n -> map (fun F => ev F x) (idents n) = x.
Proof.
  induction n as [|n (A & B & C)]; [repeat split; try constructor; now intros [|? ?]|].
  cbn [idents]. repeat split.
  - constructor; [cbn; now rewrite repeat_length|]. apply Forall_map. eapply Forall_impl; [|apply A]. intros f. cbn. lia.
  - constructor; [unfold mass; cbn [fst snd]; change (lsum Z.abs (1 :: repeat 0 n)) with (1 + lsum Z.abs (repeat 0 n));
      rewrite lsum_abs_zeros; cbn; lia|].
    apply Forall_map. eapply Forall_impl; [|apply B]. intros f. unfold mass. cbn [fst snd].
    change (lsum Z.abs (0 :: fst f)) with (0 + lsum Z.abs (fst f)). lia.
  - intros [|z x] H; cbn in H; [lia|]. cbn [map]. f_equal.
    + unfold ev. cbn [fst snd dot]. rewrite dot_zeros. lia.
    + rewrite map_map. transitivity (map (fun F => ev F x) (idents n)); [|apply C; lia].
      apply map_ext. intros f. unfold ev. cbn [fst snd dot]. lia.
Qed.
Lemma idents_length n : length (idents n) = n.
Proof. induction n as [|n IH]; [easy|]. cbn [idents length]. now rewrite map_length, IH. Qed.
Lemma idents_bias n : Forall (fun F => snd F = 0) (idents n).
Proof. induction n as [|n IH]; constructor; [easy|]. now apply Forall_map. Qed.
Lemma width_any C n n' : C <> [] -> width n C = width n' C.
Proof. now destruct C. Qed.
