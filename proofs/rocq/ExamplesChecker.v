(** The verified checker, run inside Coq on a right and a wrong pair, on all three kinds of domain; and its measures; the
    tree of cells; a structural proof. *)
From Coq Require Import ZArith QArith List.
From Exactnet Require Import Checker Measures Cells Forms Rules Structural.
Import ListNotations.
Open Scope Z_scope.

(** The checker accepts [x - 1/2]+ as 1[2x - 1 >= 0]/2 on the cube and on a list of points, and refuses another half. *)
Definition half (c : Z) : network * network :=
  (Network [Node Relu 2 (-1) [(0%N, 2)]] [1%N], Network [Node Threshold 1 (-1) [(0%N, 2)]; Node Affine 2 0 [(1%N, c)]] [2%N]).
Example checker_runs : map (fun E => (check E Equal (fst (half 1)) (snd (half 1)) 1, check E Equal (fst (half 2)) (snd (half 2)) 1))
  [Cube; Points 1 [[0]; [1]]; Grid 1] = [(true, false); (true, false); (true, false)].
Proof. vm_compute. reflexivity. Qed.
Example measures_run : measures (snd (half 1)) 1 = Some (Measure 2 (2 # 1) (1 # 1)).
Proof. vm_compute. reflexivity. Qed.

(** On all of Q: [x]+ - [-x]+ = x; [x]+ is not x, not even with a forged lemma that says x >= 0; where x >= 0, it is. *)
Definition identity : network := Network [] [0%N].
Definition parts : network :=
  Network [Node Relu 1 0 [(0%N, 1)]; Node Relu 1 0 [(0%N, -1)]; Node Affine 1 0 [(1%N, 1); (2%N, -1)]] [3%N].
Definition part : network := Network [Node Relu 1 0 [(0%N, 1)]] [1%N].
Example agree_runs :
  (agree [] [] [] parts identity 1, agree [] [] [] part identity 1, agree [] [Lemma_of [1; 0] 1 []] [] part identity 1,
   agree [[1; 0]] [] [] part identity 1) = (true, false, false, true).
Proof. vm_compute. reflexivity. Qed.

(** The structural kernel, by cases on x >= 1: the gates 1[2x - 1 >= 0] and 1[x - c >= 0] agree on the cube for c = 1, and no such proof is
    taken for c = 2; that the first is at most 1 is a bound. *)
Definition gate (c b : Z) : network := Network [Node Threshold 1 (- b) [(0%N, c)]] [1%N].
Definition by_cases : list line :=
  [Infer (Cases [(0%N, -1); (1%N, 1)]
    [Decide 2 (Ago 1); Decide 3 (Ago 2); Sum [(Ago 2, 1); (Ago 1, -1)] 1] [Decide 2 (Ago 1); Decide 3 (Ago 2); Sum [(Ago 2, 1); (Ago 1, -1)] 1])].
Example prove_runs : map (fun q => prove Cube (fst q) (gate 2 1) (gate 1 (snd q)) 1 by_cases [[Ago 1]])
  [(Same None, 1); (Same (Some 1%positive), 1); (SameIf 1 1, 1); (Same None, 2); (Clipped 1 1, 1)] = [true; true; true; false; false].
Proof. vm_compute. reflexivity. Qed.
