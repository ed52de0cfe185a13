(* Reads a plain-text export (exactnet/recheck/verified.py, told.py) and runs the verified functions on it. Not verified itself:
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

let run_networks ic =
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

(* Structural proofs: one token for a name, a number, or a fact, which is a number (facts ago) or a kind and a variable. *)
let natural ic = to_natural (big ic)
let positive ic = to_positive (big ic)
let optional f ic = match token ic with "-" -> None | s -> Some (f s)
let integer s = try Z.of_string s with Invalid_argument _ -> raise (Bad (s ^ " is not an integer"))
let fact s =
  let variable () = to_natural (integer (String.sub s 1 (String.length s - 1))) in
  match s.[0] with
  | '=' -> Meant (variable ()) | '<' -> Below (variable ()) | '>' -> Above (variable ()) | 'r' -> Reads (variable ())
  | _ -> Ago (to_natural (integer s))
let a_fact ic = fact (token ic)
let form ic = many (int ic) (fun () -> let v = natural ic in let c = big ic in (v, c))
let parts ic = many (int ic) (fun () -> let r = a_fact ic in let c = big ic in (r, c))

let rec read_step ic = function
  | "sum" -> let k = positive ic in Sum (parts ic, k)
  | "equal" -> let above = a_fact ic in Opposite (above, a_fact ic)
  | "decide" -> let v = natural ic in Decide (v, a_fact ic)
  | "steps" ->
      let f = natural ic in
      let width = optional integer ic in let low = optional fact ic in let high = optional fact ic in
      Steps (f, form ic, width, low, high)
  | "residue" ->
      let f = natural ic in let c = big ic in let q = big ic in
      let low = a_fact ic in let high = a_fact ic in let width = optional integer ic in
      let g = form ic in Residue (f, c, g, q, form ic, low, high, width)
  | "count" ->
      let h = natural ic in let first = big ic in let last = big ic in let below = a_fact ic in let most = big ic in
      let event () =
        let subject = natural ic in let times = big ic in let happens = natural ic in let modulus = big ic in
        { subject; times; happens; modulus; congruence = a_fact ic } in
      Count (h, many (int ic) event, first, last, below, most)
  | "cases" ->
      let f = form ic in
      let branch () = many (int ic) (fun () -> read_step ic (token ic)) in
      let one = branch () in Cases (f, one, branch ())
  | s -> raise (Bad ("'" ^ s ^ "' is no step"))

let read_line ic = function
  | "name" -> Define (IsSum (Z.one, form ic))
  | "floor" -> let m = positive ic in Define (IsFloor (m, form ic))
  | "step" -> Define (IsStep (form ic))
  | "relu" -> Define (IsRelu (Z.one, form ic))
  | "range" -> Range (natural ic)
  | "bound" -> let k = positive ic in Bound (parts ic, k)
  | "drop" -> Drop (many (int ic) (fun () -> natural ic))
  | s -> Infer (read_step ic s)

let read_lines ic =
  let rec more lines = match token ic with "goals" -> List.rev lines | s -> let line = read_line ic s in more (line :: lines) in
  more []

let read_statement ic =
  match token ic with
  | "same" -> Same (optional (fun s -> to_positive (integer s)) ic)
  | "same-if" -> let r = positive ic in SameIf (r, positive ic)
  | "floor-if" -> let r = positive ic in FloorIf (r, positive ic)
  | "clip" -> let r = positive ic in Clipped (r, positive ic)
  | s -> raise (Bad ("'" ^ s ^ "' is no statement"))

(* Only for the message: where a proof that is refused breaks off. *)
let place domain statement original constructed d lines =
  match start domain statement original constructed d with
  | None -> "the networks"
  | Some (_, state) ->
      let rec go i state = function
        | [] -> "the goals"
        | line :: rest -> (match apply line state with Some state -> go (i + 1) state rest | None -> Printf.sprintf "line %d" i) in
      go 2 state lines

let run_proof ic =
  word ic "inputs"; let d = to_nat (int ic) in
  word ic "domain"; let domain = read_domain ic 0 in
  word ic "statement"; let statement = read_statement ic in
  word ic "original"; let original = read_network ic in
  word ic "constructed"; let constructed = read_network ic in
  word ic "proof"; let lines = read_lines ic in
  let goals = many (int ic) (fun () -> many (int ic) (fun () -> a_fact ic)) in
  word ic "end";
  let proved = prove domain statement original constructed d lines goals in
  print_endline (if proved then "proof holds" else "proof fails " ^ place domain statement original constructed d lines);
  proved

let run path =
  let ic = Scanf.Scanning.open_in path in
  match token ic with
  | "exactnet-verified/1" -> run_networks ic
  | "exactnet-proof/1" -> run_proof ic
  | s -> raise (Bad ("'" ^ s ^ "' is no format"))

let () =
  match Sys.argv with
  | [| _; path |] -> (
      try exit (if run path then 0 else 1) with
      | Bad message -> prerr_endline (path ^ ": " ^ message); exit 2
      | Sys_error message -> prerr_endline message; exit 2
      | Scanf.Scan_failure _ | End_of_file -> prerr_endline (path ^ ": the file ends too early"); exit 2)
  | _ -> prerr_endline "usage: exactnet-verified EXPORT"; exit 2
