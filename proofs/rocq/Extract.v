(** The verified checker as OCaml: writes verified.ml and verified.mli beside the compiled theories.  Coq's own numbers
    are kept; only booleans, pairs, lists and options become OCaml's.  checker/main.ml reads files and is not verified. *)
From Coq Require Import Extraction ExtrOcamlBasic.
From Exactnet Require Import Checker Measures.
Extraction Language OCaml.
(* PositiveMap compares keys by an opaque lemma; its body is extracted all the same. *)
Set Warnings "-extraction-default-directory,-extraction-opaque-accessed".
Extraction "verified.ml" decide measures.
