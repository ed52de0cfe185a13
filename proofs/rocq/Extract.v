(** The verified checker as OCaml: writes verified.ml and verified.mli beside the compiled theories.  Coq's numbers become
    zarith's integers, its operations on them those of checker/integer.ml, line by line below; booleans, pairs, lists and
    options become OCaml's.  checker/main.ml reads files.  Neither these lines nor the two OCaml files are verified. *)
From Coq Require Import Extraction ExtrOcamlBasic ZArith NArith.
From Exactnet Require Import Lanes Checker Measures Forms Pieces Events Rules Structural.
Extraction Language OCaml.
(* PositiveMap compares keys by an opaque lemma; its body is extracted all the same. *)
Set Warnings "-extraction-default-directory,-extraction-opaque-accessed".

Extract Inductive positive => "Integer.t" [ "Integer.twice_plus_one" "Integer.twice" "Integer.one" ] "Integer.of_positive".
Extract Inductive N => "Integer.t" [ "Integer.zero" "Integer.same" ] "Integer.of_natural".
Extract Inductive Z => "Integer.t" [ "Integer.zero" "Integer.same" "Integer.opp" ] "Integer.of_integer".
Extract Constant Pos.add => "Integer.add".
Extract Constant Pos.mul => "Integer.mul".
Extract Constant Pos.succ => "Integer.succ".
Extract Constant N.add => "Integer.add".
Extract Constant N.succ => "Integer.succ".
Extract Constant N.succ_pos => "Integer.succ".
Extract Constant N.max => "Integer.max".
Extract Constant N.sub => "Integer.monus".
Extract Constant N.eqb => "Integer.eqb".
Extract Constant N.leb => "Integer.leb".
Extract Constant N.ltb => "Integer.ltb".
Extract Constant Pos.eqb => "Integer.eqb".
Extract Constant Z.add => "Integer.add".
Extract Constant Z.sub => "Integer.sub".
Extract Constant Z.mul => "Integer.mul".
Extract Constant Z.opp => "Integer.opp".
Extract Constant Z.abs => "Integer.abs".
Extract Constant Z.max => "Integer.max".
Extract Constant Z.leb => "Integer.leb".
Extract Constant Z.ltb => "Integer.ltb".
Extract Constant Z.eqb => "Integer.eqb".
Extract Constant Z.div => "Integer.div".
Extract Constant Z.modulo => "Integer.modulo".
Extract Constant Z.lcm => "Integer.lcm".
Extract Constant Z.gcd => "Integer.gcd".
Extract Constant Z.min => "Integer.min".
Extract Constant Z.land => "Integer.land_".
Extract Constant Z.shiftl => "Integer.shiftl".
Extract Constant Z.shiftr => "Integer.shiftr".
Extraction "verified.ml" decide measures prove start apply conclude.
