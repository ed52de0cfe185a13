"""The mutants: for each file, the tests that concern it, and lines with a plausible mistake in each."""

# ruff: noqa: E501
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """A line of a file, and what stands there by mistake."""

    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    equivalent: str = ""
    """Why nothing that can be seen changes, if nothing does."""


def of(file: str, tests: str, *changes: tuple[str, str] | tuple[str, str, str]) -> list[Mutant]:
    """Mutants of one file; ``tests`` are file names."""
    return [Mutant(file, old, new, tuple(tests.split()), *why) for old, new, *why in changes]


RECHECK = "tests/recheck"
MUTANTS: list[Mutant] = [
    *of(
        "recheck/certificate.py",
        f"{RECHECK}/test_certificates.py {RECHECK}/test_claims.py {RECHECK}/test_command.py",
        ('(data["reason"] is None) == (self.verdict == "certified")', '(data["reason"] is None) or (self.verdict == "refuted")'),
        ("demand(names[0] == names[1],", "demand(len(names[0]) == len(names[1]),"),
        ("demand(right == self.relation,", "demand(right is not None,"),
        ('self.r == finest,', 'self.r >= finest,'),
        ("self.r >= 1,", "self.r >= 0,"),
        ("require(self.epsilon > 0 or", "require(self.epsilon >= 0 or"),
        ('== (1, 1, False)', '>= (1, 1, False)'),
        ('self.constructed.active <= {"relu"}', 'self.constructed.active >= {"relu"}'),
        ('os.path.basename(name) == name != ""', 'os.path.basename(name) == name'),
        ('demand(sha256(data).hexdigest() == table["sha256"]', 'demand(len(table["sha256"]) == 64'),
        ('demand(right != "clip" or self.promised', 'demand(right == "clip" or self.promised'),
        ('fits = self.statement.startswith("S6") or circuit ==', 'fits = self.statement.startswith("S") or circuit =='),
    ),
    *of(
        "recheck/claims.py",
        f"{RECHECK}/test_certificates.py {RECHECK}/test_claims.py tests/certify/test_barrier.py",
        ('demand(recorded == value, f"{side}: {name}', 'demand(recorded >= value, f"{side}: {name}'),
        ('demand(parameters["R"] >= 1,', 'demand(parameters["R"] >= 0,'),
        ('demand(parameters["s"] <= 1,', 'demand(parameters["s"] <= 2,'),
        ('demand(name not in BASE, f"parameter {clip(name)} is defined', 'demand(True, f"parameter {clip(name)} is defined'),
        ("before[name] = known[name]", "before |= parameters"),
        ("demand(value == found, f\"parameter {clip(name)} is", "demand(value is not None, f\"parameter {clip(name)} is"),
        ('demand(name in before, f"parameter', 'demand(name in parameters, f"parameter'),
        ('demand(found == value, f"parameter {name} is {clip(value)} of', 'demand(found != "", f"parameter {name} is {clip(value)} of'),
        ('bits = certificate.parameters["k"], int(certificate.domain.kind != "cube")', 'bits = certificate.parameters["k"], 1'),
        ('return "3*k + 3", 3 * k + 3', 'return "3*k + 3", 3 * k + 4'),
        ('demand(found["depth"] <= limit,', 'demand(found["depth"] <= limit + 1,'),
        ('demand(found[name] <= 1, f"{name} is', 'demand(found[name] <= 2, f"{name} is'),
        ("demand(len(set(names)) == len(names),", "demand(len(set(names)) <= len(names),"),
        ("demand(found == wanted,", "demand(found.keys() >= wanted.keys(),"),
        ("== measure and name not in found for name in names)", "== measure for name in names)"),
        ('demand(exact == value, f"{what}', 'demand(exact <= value, f"{what}'),
        ("demand(measured == of_network,", "demand(measured <= of_network,"),
        ("demand(holds == (measured <= value),", "demand(holds == (measured < value),"),
        ('demand(holds or certificate.verdict == "refuted",', 'demand(holds or certificate.verdict != "",'),
        ("demand(holds or measure in constructed.measures,", "demand(holds or measure in MEASURES,"),
        ('of_base if name.endswith(" (stated)") else certificate.parameters,', "certificate.parameters,"),
    ),
    *of(
        "recheck/comparing.py",
        f"{RECHECK}/test_certificates.py {RECHECK}/test_claims.py tests/certify/test_functions.py",
        ("self.largest = max(self.largest, Fraction(max(values), unit), Fraction(-min(values), unit))",
         "self.largest = max(self.largest, Fraction(max(values), unit))"),
        ("gcd(unit, self.shared[output], *values)", "gcd(unit, *values)"),
        ("if known.setdefault(key, value) != value and", "if known.get(key, value) != value and"),
        ("sum(x * x for x in point)", "sum(abs(x) for x in point)"),
        ("n = min(max(n, -limit), limit)", "n = min(max(n, 0), limit)"),
        ("abs(Fraction(n)) <= certificate.parameters", "Fraction(n) <= certificate.parameters"),
        ("if abs(Fraction(got - right)) > certificate.epsilon:", "if Fraction(got - right) > certificate.epsilon:"),
        ("demand(point in certificate.domain,", "demand(len(point) == certificate.domain.d,"),
        ("demand(wrong, f\"{what} is none", "demand(True, f\"{what} is none"),
        ("range(total) if full else", "range(1, total) if full else"),
        ("demand(checked == total,", "demand(checked <= total,"),
        ("if done % CHUNK == 0 or done == len(indices):", "if done == len(indices):"),
        ("bad = r * v != target * other_unit or bool(rest and equal)", "bad = r * v != target * other_unit"),
        ("bad = r * v != target * other_unit or bool(rest and equal)", "bad = r * v // other_unit != target or bool(rest and equal)"),
        ("if bad or abs(kept) > limit * unit:", "if bad or kept > limit * unit:"),
        ("abs(Fraction(v, other_unit) - right) > epsilon", "Fraction(v, other_unit) - right > epsilon"),
        ('demand(outer.hexdigest() == table["sha256"]', 'demand(len(outer.hexdigest()) == len(table["sha256"])'),
        ("demand(r == least, f\"r is", "demand(r % least == 0, f\"r is"),
        ("demand(limit == least, f\"R is", "demand(limit >= least, f\"R is"),
        ("demand(small or few_bits,", "demand(small or True,"),
        ('full = sample is None or sample >= total', 'full = sample is None or sample >= total - 1'),
        ("least = max(1, ceil(seen.largest))", "least = max(1, floor(seen.largest))"),
    ),
    *of(
        "recheck/circuit.py",
        f"{RECHECK}/test_evaluation.py {RECHECK}/test_certificates.py",
        ("low, high = int(bounded(low + c * ends[c < 0])), int(bounded(high + c * ends[c > 0]))",
         "low, high = int(bounded(low + c * ends[0])), int(bounded(high + c * ends[1]))"),
        ("int(low >= 0), int(high >= 0))", "int(low > 0), int(high >= 0))"),
        ('if kind == "relu" and low < 0:', 'if kind == "relu" and low < -1:'),
        ("twin = self.siblings[source].get(op.constant - 1)", "twin = self.siblings[source].get(op.constant - 2)"),
        ('self.make("threshold", op.terms, op.constant - 1, 1)', 'self.make("threshold", op.terms, op.constant, 1)'),
        ("terms[key] = terms.get(key, 0) + c", "terms[key] = c"),
        ('"threshold": int(z >= 0)}[op.kind]', '"threshold": int(z > 0)}[op.kind]'),
        ("constant -= 1 << (i + shift)", "constant -= 1 << i"),
        ("if negative == (i == sign):", "if negative:"),
        ("return [planes[-1] ^ ones]", "return [planes[-1]]"),
    ),
    *of(
        "recheck/planes.py",
        f"{RECHECK}/test_evaluation.py",
        ("(x.bit_length() if x >= 0 else (~x).bit_length() for x in (low, high)) + (low < 0)",
         "(x.bit_length() if x >= 0 else x.bit_length() for x in (low, high)) + (low < 0)"),
        ("carries.append(x & y | differ & z)", "carries.append(x & y | x & z)"),
        ("carry = x | y if one else x & y", "carry = x & y"),
        ("spread += [spread[-1] if signed else 0]", "spread += [0]"),
    ),
    *of(
        "recheck/measures.py",
        f"{RECHECK}/test_evaluation.py",
        ("max_weight, max_bias, denominator = Fraction(1 if plain else 0), Fraction(0), 1",
         "max_weight, max_bias, denominator = Fraction(0), Fraction(0), 1"),
        ("unit = content([scale * form.content, form.bias]) or unit", "unit = content([scale * form.content]) or unit"),
        ("depth, wire_count = max(depth, form.layer), wire_count + len(form.coefs)",
         "depth, wire_count = form.layer, wire_count + len(form.coefs)"),
        ("depth = max([depth, *(self.layer[name] + 1 for name in plain)])", "depth = max([depth, *(self.layer[name] for name in plain)])"),
        ("bias=bounded(bias + w * inner.bias))", "bias=bounded(bias + inner.bias))"),
        ("total[original] = bounded(total[original] + w * inner.scale * c)", "total[original] = bounded(total[original] + w * c)"),
        ("coefs = {source: c for source, c in total.items() if c}", "coefs = dict(total)"),
        ("self.denominator[name] = common([(scale * form.content).denominator, form.bias.denominator])",
         "self.denominator[name] = common([(scale * form.content).denominator])"),
        ("if kind == \"affine\" and name not in net.outputs:", "if kind == \"affine\":"),
        ("return Fraction(max([0, *values, *(-x for x in values)]))", "return Fraction(max([0, *values]))"),
    ),
    *of(
        "recheck/domain.py",
        f"{RECHECK}/test_command.py {RECHECK}/test_certificates.py",
        ("step, base = (high - low + 1) ** (self.d - 1 - i), high - low + 1", "step, base = (high - low + 1) ** i, high - low + 1"),
        ("return int(self.p) * max(1, -(-largest // self.p**2))", "return int(self.p) * max(1, largest // self.p**2)"),
        ("x.denominator == 1 and low <= x <= high", "low <= x <= high"),
        ("self.count = (high - low + 1) ** d", "self.count = (high - low) ** d"),
    ),
    *of(
        "recheck/expression.py",
        f"{RECHECK}/test_evaluation.py {RECHECK}/test_malformed.py tests/theory/test_expression.py",
        ("OPERATORS |= {ast.Mult: operator.mul, ast.Div: operator.truediv", "OPERATORS |= {ast.Mult: operator.mul, ast.Div: operator.floordiv"),
        ("return -value(operand)", "return value(operand)"),
        ('"Min": smallest, "max": largest', '"Min": largest, "max": largest'),
        ("self.left -= size(x) ** 2", "self.left -= size(x)"),
        ("y.denominator > 1 or abs(y) * size(x) > MAX_BITS", "y.denominator > 1 or y * size(x) > MAX_BITS"),
    ),
    *of(
        "recheck/fields.py",
        f"{RECHECK}/test_command.py {RECHECK}/test_malformed.py {RECHECK}/test_certificates.py",
        ('require(name in fields, f"{what}: unknown field', 'require(True or name in fields, f"{what}: unknown field'),
        ("isinstance(value, int) and not isinstance(value, bool) and value >= 0", "isinstance(value, int) and value >= 0"),
        ('NATURAL = re.compile(r"[0-9]{1,600}", re.ASCII)', 'NATURAL = re.compile(r"[0-9]*", re.ASCII)'),
        ('check_table(bound, BOUND, f"bound {i}")\n    for name, fields', 'check_table({}, {}, f"bound {i}")\n    for name, fields'),
    ),
    *of(
        "recheck/reading.py",
        f"{RECHECK}/test_command.py {RECHECK}/test_malformed.py {RECHECK}/test_claims.py",
        ("if len(dict(pairs)) < len(pairs):", "if len(dict(pairs)) > len(pairs):"),
        ("parse_float=no_float, parse_constant=no_float", "parse_float=no_float"),
        ("require(len(data) <= max_file,", "require(len(data) <= max_file + 1,"),
        ("if isinstance(value, int) and not isinstance(value, bool):", "if isinstance(value, int):"),
    ),
    *of(
        "recheck/network.py",
        f"{RECHECK}/test_command.py {RECHECK}/test_evaluation.py",
        ('"relu": max(z, Fraction(0)), "threshold": int(z >= 0)', '"relu": max(z, Fraction(0)), "threshold": int(z > 0)'),
        ("net.wires[name] = {source: w for source, w in weights.items() if w}", "net.wires[name] = weights"),
        ('return self.active == {"threshold"} == {self.kind[name] for name in self.outputs}', 'return self.active == {"threshold"}'),
        ('require(source not in path, f"the wires', 'require(source is not None, f"the wires'),
    ),
    *of(
        "recheck/family.py",
        "tests/certify/test_barrier.py",
        ("if fires != (level >= v) and self.conflict is None:", "if fires != (level > v) and self.conflict is None:"),
        ("self.values, self.width = range(1 - most, most + 1)", "self.values, self.width = range(-most, most)"),
        ("(x * self.scale + self.shift) >> bit & 1", "(x + self.shift) >> bit & 1"),
    ),
    *of(
        "recheck/named.py",
        "tests/certify/test_classical.py",
        ('int(2 * bin(x).count("1") > p["d"])', 'int(2 * bin(x).count("1") >= p["d"])'),
        ("exponent * keys[i] % p[\"order\"]", "exponent * keys[i] % p[\"modulus\"]"),
        ('int(x // 2 ** p["n"] >= x % 2 ** p["n"])', 'int(x // 2 ** p["n"] > x % 2 ** p["n"])'),
        ("max(self.keys) < order and 1 < base < modulus", "max(self.keys) < order"),
    ),
    *of(
        "recheck/continuous.py",
        f"{RECHECK}/test_continuous.py",
        ("demand(0 < self.delta <= Fraction(1, self.p),", "demand(0 < self.delta,"),
        ("demand(2 * self.p * self.density >= 1,", "demand(self.density > 0,"),
        ("if not at_low == at_high == (floor(low * p) + p * p) >> s & 1:", "if not at_low == (floor(low * p) + p * p) >> s & 1:"),
        ("if end is None or low > end:", "if end is None or low >= end:"),
        ("good *= 1 - bad / (2 * setting.p)", "good *= 1 - bad / setting.p"),
        ("if name not in bits and through & wires.keys():", "if through & wires.keys():"),
        ('demand(row["holds"] is (measured <= value),', 'demand(row["holds"] is not None,'),
        ("apart, spread, exact = max(high - least, most - low, Fraction(0))", "apart, spread, exact = max(high - least, Fraction(0))"),
    ),
    *of(
        "recheck/curves.py",
        f"{RECHECK}/test_continuous.py",
        ("if points and y * points[-1][1] < 0:", "if points and y * points[-1][1] < -1:"),
        ("(y * y + y * at_end + at_end * at_end) / 3", "(y * y + at_end * at_end) / 2"),
        ("return min(values), max(values)", "return values[0], values[-1]"),
    ),
]  # fmt: skip
