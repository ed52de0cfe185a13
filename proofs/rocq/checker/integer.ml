(* Coq's numbers as zarith's integers: what each operation that Extract.v replaces is replaced by. Not verified.
   Division rounds down; by 0 it is 0, and the remainder the dividend, as in Coq. *)
type t = Z.t

let zero = Z.zero
let one = Z.one
let same (n : t) = n
let twice n = Z.shift_left n 1
let twice_plus_one n = Z.succ (twice n)
let of_positive odd even one n =
  if Z.equal n Z.one then one () else if Z.is_odd n then odd (Z.shift_right n 1) else even (Z.shift_right n 1)
let of_natural zero positive n = if Z.sign n = 0 then zero () else positive n
let of_integer zero positive negative n =
  if Z.sign n = 0 then zero () else if Z.sign n > 0 then positive n else negative (Z.neg n)

let add = Z.add
let sub = Z.sub
let mul = Z.mul
let opp = Z.neg
let succ = Z.succ
let abs = Z.abs
let max = Z.max
let min = Z.min
let monus a b = Z.max Z.zero (Z.sub a b)
let gcd = Z.gcd
let leb = Z.leq
let ltb = Z.lt
let eqb = Z.equal
let div a b = if Z.sign b = 0 then Z.zero else Z.fdiv a b
let modulo a b = if Z.sign b = 0 then a else Z.sub a (Z.mul (Z.fdiv a b) b)
let lcm a b = if Z.sign a = 0 || Z.sign b = 0 then Z.zero else Z.lcm a b
let land_ = Z.logand
let shiftl n k = let k = Z.to_int k in if k >= 0 then Z.shift_left n k else Z.shift_right n (-k)
let shiftr n k = shiftl n (Z.neg k)
