(* Reads a plain-text export (proofs/rocq/export.py) and runs the verified functions on it. Not verified itself:
   this reader, the extraction, the OCaml compiler, zarith (which only reads and prints numbers here). *)
module B = Z
open Verified

exception Bad of string

let rec positive z =
  if B.equal z B.one then XH
  else if B.is_even z then XO (positive (B.shift_right z 1))
  else XI (positive (B.shift_right z 1))
let to_positive z = if B.sign z > 0 then positive z else raise (Bad (B.to_string z ^ " is not positive"))
let to_z z = if B.sign z = 0 then Z0 else if B.sign z > 0 then Zpos (positive z) else Zneg (positive (B.neg z))
let to_n z = if B.sign z = 0 then N0 else Npos (to_positive z)
let rec to_nat n = if n <= 0 then O else S (to_nat (n - 1))
let rec of_positive = function
  | XH -> B.one
  | XO p -> B.shift_left (of_positive p) 1
  | XI p -> B.succ (B.shift_left (of_positive p) 1)
let of_z = function Z0 -> B.zero | Zpos p -> of_positive p | Zneg p -> B.neg (of_positive p)
let of_n = function N0 -> B.zero | Npos p -> of_positive p

let token ic = Scanf.bscanf ic " %s" (fun s -> if s = "" then raise (Bad "the file ends too early") else s)
let big ic = let s = token ic in try B.of_string s with Invalid_argument _ -> raise (Bad (s ^ " is not an integer"))
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
    let bias = to_z (big ic) in
    let wires = int ic in
    { act; den; bias; wires = many wires (fun () -> let i = to_n (big ic) in let w = to_z (big ic) in (i, w)) } in
  let nodes = many nodes node in
  { nodes; outputs = many outputs (fun () -> to_n (big ic)) }

let read_domain ic d =
  match token ic with
  | "cube" -> Cube
  | "grid" -> Grid (to_positive (big ic))
  | "points" ->
      let p = to_positive (big ic) in
      let n = int ic in
      Points (p, many n (fun () -> many d (fun () -> to_z (big ic))))
  | s -> raise (Bad ("'" ^ s ^ "' is no domain"))

let read_relation ic =
  match token ic with
  | "equal" -> Equal
  | "floor" -> Floor (to_positive (big ic))
  | "clip" -> let r = to_positive (big ic) in Clip (r, to_positive (big ic))
  | s -> raise (Bad ("'" ^ s ^ "' is no relation"))

let show_q q =
  let n = of_z q.qnum and d = of_positive q.qden in
  let g = B.gcd n d in
  let n = B.divexact n g and d = B.divexact d g in
  if B.equal d B.one then B.to_string n else B.to_string n ^ "/" ^ B.to_string d

let answer name = function
  | Holds -> Printf.printf "%s holds\n" name; true
  | Malformed -> Printf.printf "%s malformed\n" name; false
  | Fails us -> Printf.printf "%s fails %s\n" name (String.concat " " (List.map (fun u -> B.to_string (of_z u)) us)); false

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
   | Some m -> Printf.printf "measures %s %s %s\n" (B.to_string (of_n m.depth)) (show_q m.weight) (show_q m.offset)
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
