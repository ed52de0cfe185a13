#!/usr/bin/env bash
# Builds every theorem from scratch in a temporary copy: no Admitted, no axiom, no warning, assumptions closed, coqchk.
# Installs coq from the package registry where it is missing (as root). ROCQ_COQCHK=no leaves out coqchk.
set -euo pipefail
cd "$(dirname "$0")"

if ! command -v coqc >/dev/null || ! command -v ocamlfind >/dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends coq ocaml-findlib libzarith-ocaml-dev make >/dev/null
fi

fail() { echo "rocq: $1" >&2; exit 1; }

if grep -nwE 'Admitted|admit|Axiom|Axioms|Parameter|Parameters|Conjecture|Abort|give_up|bypass_check' ./*.v; then
  fail "a proof is missing, or something is assumed"
fi
for file in *.v; do
  [[ "$file" == Assumptions.v ]] || grep -qxF "$file" _CoqProject || fail "$file is not listed in _CoqProject"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r ./*.v _CoqProject checker "$work"
cd "$work"
coq_makefile -f _CoqProject -o Makefile.coq >/dev/null
make -s -f Makefile.coq -j"$(nproc)" >build.log 2>&1 || { cat build.log; fail "the build failed"; }
if grep -A4 -i warning build.log; then fail "the build warns"; fi

theorems=$(grep -c '^  @' Assumptions.v)
[[ "$(coqc -q -Q . Exactnet Assumptions.v)" == "Closed under the global context" ]] || fail "a theorem is not closed"

cp checker/*.ml .
ocamlfind ocamlopt -w +a-4-9-40..42-44-45-70 -package zarith -linkpkg -I . integer.ml verified.mli -w -a verified.ml -w +26+27 main.ml -o exactnet-verified

if [[ "${ROCQ_COQCHK:-yes}" == yes ]]; then
  mapfile -t modules < <(sed -n 's/^\(.*\)\.v$/Exactnet.\1/p' _CoqProject)
  coqchk -silent -o -Q . Exactnet "${modules[@]}" >coqchk.txt 2>&1 || { tail -20 coqchk.txt; fail "coqchk refuses"; }
  grep -A1 '^\* Axioms:' coqchk.txt | grep -q '<none>' || { cat coqchk.txt; fail "coqchk lists axioms"; }
fi
echo "rocq: $theorems theorems, all closed under the global context"
