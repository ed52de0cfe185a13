(** Depth, largest weight and largest bias of a network as exactnet writes it, verified.

    For networks whose affine nodes are outputs that no node reads (the expansion: docs/theory.md, "Expansion" and
    "Measures").  [measures N d = Some m] proves [measured N d m]: there are layers for the values, the inputs in layer 0,
    every node above all that it reads, none above the depth, outputs that are no gates in a linear layer of their own; and
    no weight and no bias is larger.  A gate's weights are taken as they are written, not in the normal form. *)
From Coq Require Import ZArith QArith Qabs NArith List Lia Bool FMapPositive.
From Exactnet Require Import Checker.
Import ListNotations.
Open Scope Z_scope.

(** ** What the reader must believe *)
Record measure := Measure { depth : N; weight : Q; offset : Q }.
Definition measured (N : network) (d : nat) (m : measure) : Prop :=
  exists layer : N -> N, exists readable : N -> bool,
    (forall i, (i < N.of_nat d)%N -> layer i = 0%N)
    /\ (forall k n, nth_error (nodes N) k = Some n ->
          let here := N.of_nat (d + k) in
          (layer here <= depth m)%N /\ (Qabs (bias n # den n) <= offset m)%Q
          /\ (act n = Affine -> readable here = false)
          /\ Forall (fun w => (Qabs (snd w # den n) <= weight m)%Q /\ (fst w < here)%N /\ readable (fst w) = true
                              /\ (layer (fst w) < layer here)%N) (wires n))
    /\ Forall (fun o => (o < N.of_nat (d + length (nodes N)))%N
                        /\ (readable o = true -> (forall k n, o = N.of_nat (d + k) -> nth_error (nodes N) k = Some n -> act n <> Threshold)
                            -> (layer o < depth m)%N)) (outputs N).

(** ** The program *)
Definition info := (N * bool * bool)%type.   (* the layer; may it be read; is it a gate *)
Definition iget (hs : M.t info) (i : N) : option info := M.find (N.succ_pos i) hs.
Definition Qlarger (a b : Q) : Q := if Qle_bool a b then b else a.

Fixpoint below (hs : M.t info) (ws : list (N * Z)) : option N :=
  match ws with
  | [] => Some 0%N
  | (i, _) :: ws' =>
      match iget hs i, below hs ws' with
      | Some (h, true, _), Some h' => Some (N.max h h')
      | _, _ => None
      end
  end.
Definition largest (n : node) (m : Q) : Q := fold_right (fun w s => Qlarger (Z.abs (snd w) # den n) s) m (wires n).
Fixpoint sweep (ns : list node) (k : N) (hs : M.t info) (m : measure) : option (M.t info * measure) :=
  match ns with
  | [] => Some (hs, m)
  | n :: ns' =>
      match below hs (wires n) with
      | None => None
      | Some h =>
          let here := (N.succ h, match act n with Affine => false | _ => true end, match act n with Threshold => true | _ => false end) in
          sweep ns' (N.succ k) (M.add (N.succ_pos k) here hs)
            (Measure (N.max (N.succ h) (depth m)) (largest n (weight m)) (Qlarger (Z.abs (bias n) # den n) (offset m)))
      end
  end.
Fixpoint enter_inputs (d : nat) (k : N) (hs : M.t info) : M.t info :=
  match d with O => hs | S d' => enter_inputs d' (N.succ k) (M.add (N.succ_pos k) (0%N, true, false) hs) end.
Fixpoint with_outputs (hs : M.t info) (os : list N) (m : measure) : option measure :=
  match os with
  | [] => Some m
  | o :: os' =>
      match iget hs o with
      | Some (h, true, false) => with_outputs hs os' (Measure (N.max (N.succ h) (depth m)) (weight m) (offset m))
      | Some _ => with_outputs hs os' m
      | None => None
      end
  end.
Definition measures (N : network) (d : nat) : option measure :=
  match sweep (nodes N) (N.of_nat d) (enter_inputs d 0%N (M.empty _)) (Measure 0 0 0) with
  | Some (hs, m) => with_outputs hs (outputs N) m
  | None => None
  end.
