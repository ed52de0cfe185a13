(** Gates as pairs of ReLUs, layer by layer.  In words: a network of gates becomes one of ReLUs of the same depth and weights,
    twice the width, and biases larger by 1.  docs/theory.md, "Steps". *)
From Coq Require Import ZArith List Lia Bool.
From Exactnet Require Import Network Sums Gadgets Digits Compose.
Import ListNotations.
Open Scope Z_scope.

Definition dbl (w : list Z) : list Z := flat_map (fun c => [c; - c]) w.
Definition dbl_form (f : form) : form := (dbl (fst f), snd f).
Definition two (f : form) : list form := [(fst f, snd f + 1); f].
Definition relu_layer (l : layer) : layer := flat_map two (map dbl_form l).
Definition relu_layers (ls : list layer) : list layer :=
  match ls with [] => [] | l :: ls' => flat_map two l :: map relu_layer ls' end.

Lemma dot_two w (zs : list Z) : dot (dbl w) (flat_map (fun z => [relu (z + 1); relu z]) zs) = dot w (map step zs).
Proof.
  revert zs; induction w as [|c w IH]; intros [|z zs]; cbn [dbl flat_map app map dot]; auto.
  unfold dbl in IH. rewrite IH, step_as_relus. ring.
Qed.

Lemma apply_two l x : apply relu (flat_map two l) x = flat_map (fun z => [relu (z + 1); relu z]) (map (fun f => ev f x) l).
Proof.
  induction l as [|f l IH]; [easy|]. unfold apply in *. cbn [flat_map two app map]. rewrite IH. do 2 f_equal.
  unfold ev. cbn [fst snd]. lia.
Qed.

Lemma run_relu_tail ls : forall y y', (forall w, dot (dbl w) y' = dot w y) ->
  forall w, dot (dbl w) (run relu (map relu_layer ls) y') = dot w (run step ls y).
Proof.
  induction ls as [|l ls IH]; intros y y' H w; [apply H|]. cbn [map run]. apply IH. clear w. intros w.
  unfold relu_layer. rewrite apply_two, dot_two. f_equal. unfold apply. rewrite !map_map. apply map_ext. intros f.
  unfold dbl_form, ev. cbn [fst snd]. now rewrite H.
Qed.

Lemma run_relu_layers ls x w : ls <> [] -> dot (dbl w) (run relu (relu_layers ls) x) = dot w (run step ls x).
Proof.
  destruct ls as [|l ls]; [easy|]. intros _. cbn [relu_layers run]. apply run_relu_tail. clear w. intros w.
  rewrite apply_two, dot_two. f_equal. unfold apply. now rewrite map_map.
Qed.

Definition to_relu (N : net) : net := Net (relu_layers (hidden N)) (map dbl_form (output N)).

Theorem gates_as_relus N x : hidden N <> [] -> value relu (to_relu N) x = value step N x.
Proof.
  intros H. unfold value, to_relu. cbn [hidden output]. rewrite map_map. apply map_ext. intros f.
  unfold ev. cbn [dbl_form fst snd]. now rewrite run_relu_layers.
Qed.

Lemma dbl_length w : length (dbl w) = (2 * length w)%nat.
Proof. unfold dbl. induction w; cbn [flat_map app length] in *; lia. Qed.
Lemma two_length l : length (flat_map two l) = (2 * length l)%nat.
Proof. induction l; cbn [flat_map two app length] in *; lia. Qed.
Lemma two_wide n l : wide n l -> wide n (flat_map two l).
Proof. induction 1; cbn [flat_map two app]; repeat constructor; auto. Qed.
Lemma dbl_wide n l : wide n l -> wide (2 * n) (map dbl_form l).
Proof. intros H. apply Forall_map. eapply Forall_impl; [|apply H]. intros f Hf. cbn in *. now rewrite dbl_length, Hf. Qed.
Lemma two_wires W l : wires_le W l -> wires_le W (flat_map two l).
Proof. induction 1; cbn [flat_map two app]; repeat constructor; auto. Qed.
Lemma dbl_wires W l : wires_le W l -> wires_le W (map dbl_form l).
Proof.
  intros H. apply Forall_map. eapply Forall_impl; [|apply H]. intros f Hf. cbn in *. unfold dbl.
  induction Hf; cbn [flat_map app]; repeat constructor; auto; lia.
Qed.
Lemma two_biases W l : biases_le W l -> biases_le (W + 1) (flat_map two l).
Proof. induction 1; cbn [flat_map two app]; repeat constructor; cbn [fst snd]; auto; lia. Qed.
Lemma dbl_biases W l : biases_le W l -> biases_le W (map dbl_form l).
Proof. intros H. now apply Forall_map. Qed.

Lemma relu_layers_ok n ls W b s : fits n ls -> within (Bound W b s) ls -> ls <> [] ->
  fits n (relu_layers ls) /\ within (Bound W (b + 1) (2 * s)) (relu_layers ls)
  /\ length (relu_layers ls) = length ls /\ width n (relu_layers ls) = (2 * width n ls)%nat.
Proof.
  intros F [B S] NE. destruct ls as [|l ls]; [easy|]. clear NE. destruct F as [F1 F].
  inversion_clear B as [|? ? [B1 B2] B']. inversion_clear S as [|? ? S1 S']. cbn [bw bb bs] in *.
  assert (G : forall ls n, fits n ls -> within (Bound W b s) ls ->
     fits (2 * n) (map relu_layer ls) /\ within (Bound W (b + 1) (2 * s)) (map relu_layer ls)
     /\ width (2 * n) (map relu_layer ls) = (2 * width n ls)%nat).
  { clear. induction ls as [|l ls IH]; intros n F [B S]; [repeat split; constructor|]. destruct F as [F1 F].
    inversion_clear B as [|? ? [B1 B2] B']. inversion_clear S as [|? ? S1 S']. cbn [bw bb bs] in *.
    assert (LE : length (relu_layer l) = (2 * length l)%nat) by (unfold relu_layer; now rewrite two_length, map_length).
    destruct (IH (length l) F ltac:(split; easy)) as (X & [Y Y'] & Z).
    cbn [map fits width]. rewrite LE. repeat split; auto.
    - apply two_wide. now apply dbl_wide.
    - constructor; auto. split; cbn [bw bb]; [apply two_wires|apply two_biases]; auto using dbl_wires, dbl_biases.
    - constructor; auto. unfold width_le in *. cbn [bs]. rewrite LE. lia. }
  destruct (G ls (length l) F ltac:(split; easy)) as (X & [Y Y'] & Z).
  cbn [relu_layers fits width length]. rewrite two_length, map_length. repeat split; auto.
  - now apply two_wide.
  - constructor; auto. split; cbn [bw bb]; [apply two_wires|apply two_biases]; auto.
  - constructor; auto. unfold width_le in *. cbn [bs]. rewrite two_length. lia.
Qed.
