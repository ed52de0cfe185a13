(** The hypotheses of the theorems can be met: each is applied to a concrete network or circuit.  And the definitions are
    run: Network.v's networks on all their inputs, the gates of route A, and the checker on a right and a wrong pair. *)
From Coq Require Import ZArith QArith Qabs List Lia.
From Exactnet Require Import Network Sums Gadgets Digits Compose Lookahead S1 S3 Signs Moduli Rational S1Rational S1RationalExact Grid S5 Barrier.
Import ListNotations.
Open Scope Z_scope.

(** A clipped step of two inputs: [3x - 2y]+ - [3x - 2y - 1]+. *)
Definition tiny : net := Net [[([3; -2], 0); ([3; -2], -1)]] [([1; -1], 0)].
(** A circuit of depth 2: is exactly one of two inputs 1? *)
Definition xor : list layer := [[([1; 1], -1); ([-1; -1], 1)]; [([1; 1], -2)]].

Definition square : list (list Z) := [[0; 0]; [0; 1]; [1; 0]; [1; 1]].
Example tiny_values : map (value relu tiny) square = [[0]; [0]; [1]; [1]].
Proof. reflexivity. Qed.
Example xor_values : map (run step xor) square = [[0]; [1]; [1]; [0]].
Proof. reflexivity. Qed.

Lemma cube_2 x : cube 2 x -> In x square.
Proof.
  intros [H B]. destruct x as [|a [|b [|? ?]]]; try easy. inversion_clear B as [|? ? A B']. inversion_clear B' as [|? ? C _].
  unfold bit in *. destruct A as [-> | ->], C as [-> | ->]; cbn; auto.
Qed.
Lemma tiny_bounded x : cube 2 x -> Forall (fun v => Z.abs v <= 1) (value relu tiny x).
Proof. intros Hx. apply cube_2 in Hx. cbn in Hx. repeat (destruct Hx as [<-|Hx]; [repeat constructor; cbn; lia|]). easy. Qed.
Lemma tiny_small : Forall (Forall (fun f => mass f <= 2 ^ Z.of_nat 3)) (hidden tiny).
Proof. repeat constructor; cbn; lia. Qed.

Example S1_small_weights_applies : exists N', well_formed 2 N' /\ depth N' = 5%nat /\ (forall x, cube 2 x -> value relu N' x = value relu tiny x).
Proof.
  destruct (S1_small_weights tiny 2 2 1 3 1) as (N' & A & B & C & _); try lia; try easy.
  - repeat split; repeat constructor.
  - repeat constructor.
  - apply tiny_small.
  - apply tiny_bounded.
  - exists N'. auto.
Qed.
Example S1_depth_plus_one_applies : exists N', well_formed 2 N' /\ depth N' = 3%nat /\ (forall x, cube 2 x -> value relu N' x = value relu tiny x).
Proof.
  destruct (S1_depth_plus_one tiny 2 2 1 3 1) as (N' & A & B & C & _); try lia; try easy.
  - repeat split; repeat constructor.
  - repeat constructor.
  - apply tiny_small.
  - apply tiny_bounded.
  - exists N'. auto.
Qed.
Lemma xor_ok : fits 2 xor /\ Forall (fun M : layer => (length M <= 2)%nat) xor /\ Forall (Forall (fun f => mass f <= 2 ^ Z.of_nat 2)) xor.
Proof. repeat split; repeat constructor; cbn; lia. Qed.
Example S3_lookahead_applies : exists C', length C' = 5%nat /\ (forall x, cube 2 x -> run step C' x = run step xor x).
Proof.
  destruct xor_ok as (F & M & B). destruct (S3_lookahead xor 2 2 2 F ltac:(lia) M B) as (C' & _ & L & E & _). now exists C'.
Qed.
Example S3_stacked_applies : exists C', length C' = 3%nat /\ (forall x, cube 2 x -> run step C' x = run step xor x).
Proof.
  destruct xor_ok as (F & M & B). destruct (S3_stacked xor 2 2 2 1 F eq_refl ltac:(lia) M B) as (C' & _ & L & E & _). now exists C'.
Qed.
Example signs_apply : (exists ls Fs, length ls = 5%nat /\ forall x, cube 2 x -> map (fun F => ev F (run step ls x)) Fs = signs (hidden tiny) (output tiny) x)
  /\ (exists ls, length ls = 3%nat /\ forall x, cube 2 x -> run step ls x = signs (hidden tiny) (output tiny) x).
Proof.
  assert (F : fits 2 (hidden tiny ++ [output tiny])) by (repeat split; repeat constructor).
  assert (B : Forall (Forall (fun f => mass f <= 2 ^ Z.of_nat 3)) (hidden tiny ++ [output tiny])) by (repeat constructor; cbn; lia).
  assert (M : Forall (fun M : layer => (length M <= 2)%nat) (hidden tiny ++ [output tiny])) by (repeat constructor).
  split.
  - destruct (signs_lookahead (hidden tiny) (output tiny) 2 2 1 3 F eq_refl ltac:(lia) ltac:(repeat constructor) B) as (ls & Fs & L & _ & _ & _ & _ & _ & E).
    now exists ls, Fs.
  - destruct (signs_stacked (hidden tiny) (output tiny) 2 2 1 3 F eq_refl ltac:(lia) M B) as (ls & L & _ & _ & E). now exists ls.
Qed.

(** The gates of the proof, run: the sign of 5x - 3y - 1 by two layers of gates, in base 4. *)
Example lookahead_runs :
  let L := ([5; -3], -1) in let N := Net [layer1 L 4 4; sign_gates L 4 4] [(repeat 1 5, 0)] in
  map (value step N) square = map (fun x => [step (ev L x)]) square.
Proof. vm_compute. reflexivity. Qed.

(** Rational weights, two outputs, depth 2: [x1/2 - x2/3]+ and its negative plus 7/4; clipped to [-1, 1], rounded to halves. *)
Definition halves : netQ := NetQ [[([1 # 2; - (1) # 3], 0)]]%Q [([1], 0); ([- (1)], 7 # 4)]%Q.
Lemma halves_ok : well_formedQ 2 halves /\ Forall (fun l : layerQ => (length l <= 1)%nat) (hiddenQ halves)
  /\ Forall (Forall (small 12 (2 ^ Z.of_nat 6))) (hiddenQ halves ++ [outputQ halves]).
Proof.
  assert (S : forall q, (forall x, In x [1%positive; 2%positive; 3%positive; 4%positive] -> (Zpos x | 12)) -> In q [1%positive; 2%positive; 3%positive; 4%positive] -> (Zpos q | 12)) by auto.
  assert (D : forall x, In x [1%positive; 2%positive; 3%positive; 4%positive] -> (Zpos x | 12)).
  { intros x [<- | [<- | [<- | [<- | []]]]]; [exists 12|exists 6|exists 4|exists 3]; reflexivity. }
  split; [repeat split; repeat constructor|]. split; [repeat constructor|].
  repeat constructor; cbn; try (apply D; cbn; tauto); intros; discriminate.
Qed.
Example S1_clipped_applies :
  (exists N', depthQ N' = 6%nat /\ promises (fun v => roundedQ 2 (clipQ 1 v)) 2 halves N')
  /\ (exists N', depthQ N' = 4%nat /\ promises (fun v => roundedQ 2 (clipQ 1 v)) 2 halves N').
Proof.
  destruct halves_ok as (F & W & S). split.
  - destruct (S1_clipped_lookahead halves 2 1 6 2 1 12 2 1 F eq_refl ltac:(lia) W ltac:(cbn; lia) S ltac:(lia) ltac:(cbn; lia)) as (N' & _ & A & B & _).
    exists N'. exact (conj A B).
  - destruct (S1_clipped_stacked halves 2 1 6 2 1 12 2 1 F eq_refl ltac:(lia) W ltac:(cbn; lia) S ltac:(lia) ltac:(cbn; lia)) as (N' & _ & A & B & _).
    exists N'. exact (conj A B).
Qed.
(** Its outputs are multiples of 1/12 on the cube. *)
Lemma halves_range x : cube 2 x -> Forall (fun v => (Qabs v <= inject_Z 2)%Q /\ exists z, (v == z # 12)%Q) (valueQ halves (toQ x)).
Proof.
  intros Hx. apply cube_2 in Hx. cbn in Hx. assert (E : exists a b, Forall2 Qeq (valueQ halves (toQ x)) [a # 12; b # 12]%Q /\ Z.abs a <= 24 /\ Z.abs b <= 24).
  { destruct Hx as [<-|[<-|[<-|[<-|[]]]]]; [exists 0, 21|exists 0, 21|exists 6, 15|exists 2, 19]; (split; [repeat constructor; reflexivity|lia]). }
  destruct E as (a & b & E & A & B). assert (L : forall c, Z.abs c <= 24 -> (Qabs (c # 12) <= inject_Z 2)%Q) by (intros c Hc; unfold Qle, inject_Z; cbn [Qabs Qnum Qden]; lia).
  inversion_clear E as [|? ? ? ? E1 E']. inversion_clear E' as [|? ? ? ? E2 E'']. inversion_clear E''.
  constructor; [|constructor; [|constructor]]; (split; [|eexists; eassumption]); [rewrite E1|rewrite E2]; now apply L.
Qed.
Example S1_rational_applies :
  (exists N', depthQ N' = 5%nat /\ forall x, cube 2 x -> Forall2 Qeq (valueQ N' (toQ x)) (valueQ halves (toQ x)))
  /\ (exists N', depthQ N' = 3%nat /\ forall x, cube 2 x -> Forall2 Qeq (valueQ N' (toQ x)) (valueQ halves (toQ x))).
Proof.
  destruct halves_ok as (F & W & S). split.
  - destruct (S1_rational_lookahead halves 2 1 6 1 12 12 2 F eq_refl ltac:(lia) W ltac:(cbn; lia) S ltac:(lia) halves_range) as (N' & _ & A & B & _).
    exists N'. exact (conj A B).
  - destruct (S1_rational_stacked halves 2 1 6 1 12 12 2 F eq_refl ltac:(lia) W ltac:(cbn; lia) S ltac:(lia) halves_range) as (N' & _ & A & B & _).
    exists N'. exact (conj A B).
Qed.
Example S1_grid_applies :
  (exists N', depthQ N' = 7%nat /\ promises_grid (fun v => roundedQ 2 (clipQ 1 v)) 3 2 halves N')
  /\ (exists N', depthQ N' = 5%nat /\ promises_grid (fun v => roundedQ 2 (clipQ 1 v)) 3 2 halves N').
Proof.
  destruct halves_ok as (F & W & S). split.
  - destruct (S1_grid_lookahead halves 2 1 6 2 5 1 12 3 2 1 F eq_refl ltac:(lia) W ltac:(cbn; lia) S ltac:(lia) ltac:(cbn; lia) ltac:(cbn; lia)) as (N' & _ & A & B & _).
    exists N'. exact (conj A B).
  - destruct (S1_grid_stacked halves 2 1 6 2 5 1 12 3 2 1 F eq_refl ltac:(lia) W ltac:(cbn; lia) S ltac:(lia) ltac:(cbn; lia) ltac:(cbn; lia)) as (N' & _ & A & B & _).
    exists N'. exact (conj A B).
Qed.
Example grid_point_of : grid 3 2 [2 # 3; - (9) # 3]%Q.
Proof. exists [2; -9]. repeat split; repeat constructor; cbn; lia. Qed.
(** S5, there and back: circuits of depth 6 and 3 for the network of depth 2, and networks of depth 8 and 5 from them. *)
Example codes_run : map (fun u => codes 1 [u]) [-1; 0; 1] = [[0; 0]; [1; 0]; [0; 1]].
Proof. reflexivity. Qed.
Lemma S5_back t b C : (1 <= t)%nat -> 1 <= bw b -> 1 <= bb b ->
  circuits 2 3 (grid_point 3 2) (codes 3) (fun us => valueQ halves (at_grid 3 us)) (2 * size 3) 2 b C -> depths 2 3 C (fun k => k = t) ->
  exists N', depthQ N' = (t + 2)%nat /\ Forall2 Qeq (valueQ N' [2 # 3; - (9) # 3]%Q) [1; 0]%Q.
Proof.
  destruct b as [W B S]. cbn [bw bb]. intros Ht W1 B1 H D. destruct (S5_network (valueQ halves) 2 2 t W B S 3 2 3 C ltac:(lia) W1 B1 H) as (N' & _ & L & E & _).
  { intros v Hv. specialize (D v Hv). cbv beta in *. lia. }
  exists N'. split; [exact L|]. eapply values_trans; [apply (E _ grid_point_of); repeat constructor; discriminate|]. repeat constructor.
Qed.
(** The bounds are at least 1, without evaluating them. *)
Ltac positive := cbn [bw bb]; apply (Z.le_succ_l 0); 
  repeat match goal with |- 0 < _ ^ _ => apply Z.pow_pos_nonneg | |- 0 < _ * _ => apply Z.mul_pos_pos end; easy.
Example S5_round_trip :
  (exists N', depthQ N' = 8%nat /\ Forall2 Qeq (valueQ N' [2 # 3; - (9) # 3]%Q) [1; 0]%Q)
  /\ (exists N', depthQ N' = 5%nat /\ Forall2 Qeq (valueQ N' [2 # 3; - (9) # 3]%Q) [1; 0]%Q).
Proof.
  destruct halves_ok as (F & W & S). split.
  - destruct (S5_circuits_lookahead halves 2 1 6 4 6 1 12 3 2 3 F eq_refl ltac:(lia) W ltac:(cbn; lia) S ltac:(lia) ltac:(cbn; lia) ltac:(cbn; lia)) as (C & H & D).
    refine (S5_back 6 _ C _ _ _ H D); [clear; lia|positive|positive].
  - destruct (S5_circuits_stacked halves 2 1 6 4 6 1 12 3 2 3 F eq_refl ltac:(lia) W ltac:(cbn; lia) S ltac:(lia) ltac:(cbn; lia) ltac:(cbn; lia)) as (C & H & D).
    refine (S5_back 3 _ C _ _ _ H D); [clear; lia|positive|positive].
Qed.
Example halves_value : map Qred (valueQ halves [1; 2 # 3]%Q) = [5 # 18; 53 # 36]%Q.
Proof. reflexivity. Qed.

(** The negative control is about networks that exist: 2^3 x_1 by one linear layer, and its magnitude. *)
Example magnitude_applies : let N := NetQ [] [([8; 0; 0], 0)]%Q in forall x, cube 3 x -> Forall (fun v => (Qabs v <= 32)%Q) (valueQ N (toQ x)).
Proof.
  intros N x Hx. apply (magnitude N 3 8 3 ltac:(lia) ltac:(lia)); try easy; repeat split; repeat constructor; discriminate.
Qed.
