(** Networks: what the reader must believe.  Everything else is proved.

    docs/theory.md, "Networks" and "Measures".  Networks are strictly layered, with integer weights: a wire leads to the next
    layer only and there are no affine nodes, so depth, weights and biases need no expansion.  Rational weights: Rational.v. *)
From Coq Require Import ZArith List Lia Bool.
Import ListNotations.
Open Scope Z_scope.

(** A form: weights and a bias.  Its value on a list of integers. *)
Notation form := (list Z * Z)%type.

Fixpoint dot (w x : list Z) : Z :=
  match w, x with
  | a :: w', b :: x' => a * b + dot w' x'
  | _, _ => 0
  end.

Definition ev (f : form) (x : list Z) : Z := dot (fst f) x + snd f.

(** Activations. *)
Definition relu (z : Z) : Z := Z.max 0 z.
Definition step (z : Z) : Z := if 0 <=? z then 1 else 0.

(** A layer applies one activation to every form; a network is hidden layers, then a linear layer. *)
Notation layer := (list form).
Definition apply (act : Z -> Z) (l : layer) (x : list Z) : list Z := map (fun f => act (ev f x)) l.
Fixpoint run (act : Z -> Z) (ls : list layer) (x : list Z) : list Z :=
  match ls with
  | [] => x
  | l :: ls' => run act ls' (apply act l x)
  end.

Record net := Net { hidden : list layer; output : layer }.
Definition value (act : Z -> Z) (N : net) (x : list Z) : list Z :=
  map (fun f => ev f (run act (hidden N) x)) (output N).

(** Depth counts the linear layer. *)
Definition depth (N : net) : nat := S (length (hidden N)).

(** Every wire has its weight: a form over n values has n weights. *)
Definition wide (n : nat) (l : layer) : Prop := Forall (fun f => length (fst f) = n) l.
Fixpoint fits (n : nat) (ls : list layer) : Prop :=
  match ls with
  | [] => True
  | l :: ls' => wide n l /\ fits (length l) ls'
  end.
Definition last_width (n : nat) (ls : list layer) : nat :=
  match rev ls with [] => n | l :: _ => length l end.
Definition well_formed (n : nat) (N : net) : Prop := fits n (hidden N ++ [output N]).

(** Bounds: wires, biases, width. *)
Definition wires_le (W : Z) (l : layer) : Prop := Forall (fun f => Forall (fun a => Z.abs a <= W) (fst f)) l.
Definition biases_le (W : Z) (l : layer) : Prop := Forall (fun f => Z.abs (snd f) <= W) l.
Definition width_le (S : Z) (l : layer) : Prop := Z.of_nat (length l) <= S.

(** The cube. *)
Definition bit (v : Z) : Prop := v = 0 \/ v = 1.
Definition cube (n : nat) (x : list Z) : Prop := length x = n /\ Forall bit x.
