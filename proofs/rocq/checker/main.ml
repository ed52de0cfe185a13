(* Reads a plain-text export (exactnet/recheck/verified.py) and runs the verified functions on it. Not verified itself:
   this reader, the extraction, the OCaml compiler, zarith. *)
module Integers = Z
open Verified
module Z = Integers (* not Coq's *)

exception Bad of string

let to_positive z = if Z.sign z > 0 then z else raise (Bad (Z.to_string z ^ " is not positive"))
let to_natural z = if Z.sign z >= 0 then z else raise (Bad (Z.to_string z ^ " is negative"))
let rec to_nat n = if n <= 0 then O else S (to_nat (n - 1))

let token ic = Scanf.bscanf ic " %s" (fun s -> if s = "" then raise (Bad "the file ends too early") else s)
let big ic = let s = token ic in try Z.of_string s with Invalid_argument _ -> raise (Bad (s ^ " is not an integer"))
let int ic = let s = token ic in try int_of_string s with Failure _ -> raise (Bad (s ^ " is not a small integer"))
let many n f = List.init n (fun _ -> f ())
let word ic s = let t = token ic in if t <> s then raise (Bad ("'" ^ s ^ "' expected, not '" ^ t ^ "'"))

let read_network ic =
  let nodes = int ic in
  let outputs = int ic in
  let node () =
    let act = match token ic with
      | "affine" -> Affine | "relu" -> Relu | "threshold" -> Threshold
      | s -> raise (Bad ("'" ^ s ^ "' is no kind of node")) in
    let den = to_positive (big ic) in
    let bias = big ic in
    let wires = int ic in
    { act; den; bias; wires = many wires (fun () -> let i = to_natural (big ic) in let w = big ic in (i, w)) } in
  let nodes = many nodes node in
  { nodes; outputs = many outputs (fun () -> to_natural (big ic)) }

let read_domain ic d =
  match token ic with
  | "cube" -> Cube
  | "grid" -> Grid (to_positive (big ic))
  | "points" ->
      let p = to_positive (big ic) in
      let n = int ic in
      Points (p, many n (fun () -> many d (fun () -> big ic)))
  | s -> raise (Bad ("'" ^ s ^ "' is no domain"))

let read_relation ic =
  match token ic with
  | "equal" -> Equal
  | "exact" -> Exact (to_positive (big ic))
  | "floor" -> Floor (to_positive (big ic))
  | "clip" -> let r = to_positive (big ic) in Clip (r, to_positive (big ic))
  | s -> raise (Bad ("'" ^ s ^ "' is no relation"))

let show_q q =
  let n = q.qnum and d = q.qden in
  let g = Z.gcd n d in
  let n = Z.divexact n g and d = Z.divexact d g in
  if Z.equal d Z.one then Z.to_string n else Z.to_string n ^ "/" ^ Z.to_string d

let answer name = function
  | Holds -> Printf.printf "%s holds\n" name; true
  | Malformed -> Printf.printf "%s malformed\n" name; false
  | Fails us -> Printf.printf "%s fails %s\n" name (String.concat " " (List.map Z.to_string us)); false

let run path =
  let ic = Scanf.Scanning.open_in path in
  word ic "exactnet-verified/1";
  word ic "inputs"; let d = int ic in
  word ic "domain"; let domain = read_domain ic d in
  word ic "relation"; let relation = read_relation ic in
  word ic "original"; let original = read_network ic in
  word ic "constructed"; let constructed = read_network ic in
  word ic "expansion"; let expansion = read_network ic in
  word ic "end";
  let d' = to_nat d in
  let related = answer "relation" (decide domain relation original constructed d') in
  let same = answer "expansion" (decide domain Equal constructed expansion d') in
  (match measures expansion d' with
   | Some m -> Printf.printf "measures %s %s %s\n" (Z.to_string m.depth) (show_q m.weight) (show_q m.offset)
   | None -> print_endline "measures none");
  related && same

let () =
  match Sys.argv with
  | [| _; path |] -> (
      try exit (if run path then 0 else 1) with
      | Bad message -> prerr_endline (path ^ ": " ^ message); exit 2
      | Sys_error message -> prerr_endline message; exit 2
      | Scanf.Scan_failure _ | End_of_file -> prerr_endline (path ^ ": the file ends too early"); exit 2)
  | _ -> prerr_endline "usage: exactnet-verified EXPORT"; exit 2
