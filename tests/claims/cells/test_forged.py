"""False claims with forged certificates, each against one thing that makes a proof a proof; check and recheck refuse all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from gmpy2 import mpq

from exactnet.certify.cells import decide
from exactnet.claims.cells.certificate import Certificate, verify
from exactnet.claims.cells.claims import Claim
from exactnet.claims.cells.polyhedron import Polyhedron
from exactnet.claims.cells.replay import Lemma, Proof
from exactnet.files.cells import read_cells, write_cells
from exactnet.kernel.errors import ExactnetError
from exactnet.kernel.network import Network, Node
from exactnet.recheck import Unusable, Wrong, recheck
from exactnet.symbolic import Formula, absolute, maximum, minimum, network, relu, x

REALS, BOX = Polyhedron(1), Polyhedron.box(1, -1, 1)
ONE, X, MINUS = (0, 1), (1, 0), (-1, 0)


def written(files: Mapping[str, bytes]) -> None:
    for place, data in files.items():
        Path(place).write_bytes(data)


def accepted(
    folder: Path,
    claim: Claim,
    formulas: Sequence[Formula | Network],
    domain: Polyhedron = REALS,
    lemmas: Sequence[Lemma] = (),
    steps: Sequence[int] = (),
    **rest: object,
) -> bool:
    """Whether a certificate is confirmed, by both."""
    d = domain.d
    nets = [each if isinstance(each, Network) else network(each, d) for each in formulas]
    fields: dict[str, object] = {"verdict": "certified", "leaves": 1 + list(steps).count(0), **rest}
    certificate = Certificate(claim, domain, proof=Proof(lemmas, steps), **fields)  # type: ignore[arg-type]
    path = str(folder / "c.json")
    with pytest.MonkeyPatch.context() as patch:  # nothing need outlive the machine
        patch.setattr("exactnet.files.cells.write_together", written)
        write_cells(path, nets, certificate, 0.0)
    answers = []
    for confirm in (lambda: verify(certificate, nets), lambda: list(recheck(path))):
        try:
            confirm()  # type: ignore[no-untyped-call]
            answers.append(True)
        except (ExactnetError, Wrong, Unusable):
            answers.append(False)
    assert len(set(answers)) == 1, answers
    return answers[0]


EQUAL, LEAST = Claim("equal"), Claim("at-least")
#: Bits of a coefficient: up to more than a digit of these networks has, and far more.
BITS = (*range(1, 16), 47)


@pytest.mark.parametrize(
    ("lemmas", "steps"),
    [
        ((), ()),
        ((), (0,)),
        ((), (1,)),
        ((), (-1,)),
        ([Lemma(X, 1, ())], (1,)),  # no identity
        ([Lemma(X, 0, ())], (1,)),  # 0 x = 0
        ([Lemma(X, -1, ((MINUS, 1),))], (1,)),  # -x = -x
        ([Lemma(X, 1, (((1, 1), 1), (ONE, -1)))], (1,)),  # x = (x + 1) - 1
        ([Lemma(X, 1, ((X, 1),))], (1,)),  # nobody knows x >= 0
        ([Lemma(X, 2, ((X, 1), (X, 1)))], (1,)),
        ([Lemma(X, 1, (((1, -1), 1), (ONE, 1)))], (1,)),  # one of two premises is known
        ([Lemma(MINUS, 1, ((MINUS, 1),))], (1,)),
        ([Lemma(ONE, 1, ((ONE, 1),))], (1,)),  # true, but not of x
        ([Lemma((1, 1), 1, (((1, 1), 1),))], (1,)),
        ([Lemma(X, 1, ((X, 1),))], (0, 1)),
        ([Lemma((0, 0), 1, ())], (1,)),
    ],
)
def test_x_is_not_its_relu(tmp_path: Path, lemmas: Sequence[Lemma], steps: Sequence[int]) -> None:
    for f, g in ((x[1], relu(x[1])), (relu(x[1]), x[1]), (relu(relu(x[1]) - 1), relu(x[1]) - 1)):
        assert not accepted(tmp_path, EQUAL, [f, g], BOX, lemmas, steps)
        assert not accepted(tmp_path, LEAST, [f - g - relu(1 - x[1]) + relu(1 - x[1]), g - f + 1], BOX, lemmas, steps)


def test_what_is_proved_is_confirmed(tmp_path: Path) -> None:
    """The positive control: the same steps where they are right."""
    positive = Polyhedron.box(1, 0, 1)
    trivial = Lemma(X, 1, ((X, 1),))
    assert accepted(tmp_path, EQUAL, [x[1], relu(x[1])], positive)  # x >= 0 is a form of the domain
    assert accepted(tmp_path, EQUAL, [x[1] + 1, relu(x[1] + 1)], positive, [Lemma((1, 1), 1, ((X, 1), (ONE, 1)))], (1,))
    assert not accepted(tmp_path, EQUAL, [x[1], relu(x[1])], positive, [trivial], (1,))  # a step too many
    assert accepted(tmp_path, EQUAL, [absolute(x[1]), 2 * relu(x[1]) - x[1]])
    assert accepted(tmp_path, EQUAL, [relu(relu(x[1]) + x[1]), 2 * relu(x[1])], REALS, (), (0,))
    dead = Network(["x"], [Node("h", "relu", {}, mpq(-1))], ["h"])  # 0, and not -1
    assert accepted(tmp_path, EQUAL, [dead, x[1] * 0])
    assert not accepted(tmp_path, EQUAL, [dead, x[1] * 0 - 1])
    for leaves in (0, 2):
        assert not accepted(tmp_path, EQUAL, [absolute(x[1]), 2 * relu(x[1]) - x[1]], REALS, (), (), leaves=leaves)


def test_every_output_counts(tmp_path: Path) -> None:
    first, second = network([x[1], x[1]], 1), network([x[1], x[1] + 1], 1)
    assert accepted(tmp_path, EQUAL, [first, first])
    assert not accepted(tmp_path, EQUAL, [first, second])
    assert not accepted(tmp_path, LEAST, [first, second])
    for steps in ((), (0,)):  # that the first output needs no sign of x says nothing of the second
        assert not accepted(tmp_path, EQUAL, [network([x[1], relu(x[1])], 1), network([x[1], x[1] * 0], 1)], REALS, (), steps)
    assert not accepted(tmp_path, Claim("monotone", variable=1), [network([x[1], -x[1]], 1)])


def test_no_coefficient_leaves_its_digit(tmp_path: Path) -> None:
    """Were the base of the digits 2^k, these forms would be 0."""
    plane = Polyhedron(2)
    for k in BITS:
        for f in (x[1] * 0 + 2**k, 2**k * x[1] - x[2], 2**k * x[1] - x[2] + relu(x[1]) * 2**k - relu(x[1]) * 2**k, 2**k * x[2] - 1):
            assert not accepted(tmp_path, EQUAL, [f, x[1] * 0], plane)
        grown = relu(relu(2**k * x[1]) - relu(x[2]))
        assert not accepted(tmp_path, EQUAL, [grown, x[1] * 0], plane, (), (0, 0))
        shifted = Polyhedron.polytope(2, [[2**k, -1, 0]])
        assert not accepted(tmp_path, LEAST, [x[1], relu(-x[1])], shifted, [Lemma((2**k, -1, 0), 1, ((((2**k, -1, 0)), 1),))], (1,))


def test_no_coefficient_of_a_lemma_leaves_its_digit(tmp_path: Path) -> None:
    """Were ``2^k x`` packed into the number of the form 1, it would be known to be at least 0."""
    for k in BITS:
        assert not accepted(tmp_path, LEAST, [x[1], x[1] * 0], REALS, [Lemma(X, 2**k, (((2**k, 0), 1),))], (1,))
    far = Polyhedron.box(1, 2**60, 2**61)
    assert accepted(tmp_path, LEAST, [x[1], x[1] * 0], far, [Lemma(X, 1, (((1, -(2**60)), 1), (ONE, 2**60)))], (1,))


def test_biases_of_inner_neurons_do_not_leave_their_digit(tmp_path: Path) -> None:
    """Were ``2^k`` 0, then ``|2[x - 2^k]+ - x|`` would be ``x`` where ``x >= 1``; it is less from ``2^k`` on."""
    shown, positive = [Lemma(X, 1, (((1, -1), 1), (ONE, 1)))], Polyhedron.polytope(1, [[1, -1]])
    for k in BITS:
        for steps in ((0, 1, 1), (0, 1)):
            assert not accepted(tmp_path, LEAST, [absolute(2 * relu(x[1] - 2**k) - x[1]), x[1]], positive, shown, steps)
    assert accepted(tmp_path, LEAST, [absolute(x[1]), x[1]], positive, shown, (1,))


def test_a_sign_that_is_proved_is_the_right_one(tmp_path: Path) -> None:
    negative = Polyhedron.box(1, -2, -1)
    shown = Lemma(MINUS, 1, (((-1, -1), 1), (ONE, 1)))
    assert accepted(tmp_path, LEAST, [-x[1], x[1] * 0], negative, [shown], (1,))
    assert not accepted(tmp_path, LEAST, [x[1], x[1] * 0], negative, [shown], (1,))
    assert not accepted(tmp_path, LEAST, [x[1], x[1] * 0], negative, [], (0,))
    assert not accepted(tmp_path, LEAST, [relu(x[1]) + x[1], x[1] * 0], negative, [shown], (1,))
    for steps in ((0,), (0, 0)):  # no split is a proof
        for leaves in (1, 2):
            assert not accepted(tmp_path, LEAST, [x[1], x[1] * 0], REALS, [], steps, leaves=leaves)
            assert not accepted(tmp_path, EQUAL, [absolute(x[1]), 2 * relu(x[1]) - x[1]], REALS, [], steps, leaves=leaves)
    assert not accepted(tmp_path, LEAST, [x[1] * 0 - 1, x[1] * 0])
    assert not accepted(tmp_path, EQUAL, [relu(x[1]), x[1]], negative, [shown], (1,))


def test_properties_of_one_network(tmp_path: Path) -> None:
    rising, falling = Claim("monotone", variable=1), -relu(x[1])
    assert accepted(tmp_path, rising, [relu(x[1])], REALS, (), (0,))
    assert not accepted(tmp_path, rising, [falling], REALS, (), (0,))
    assert not accepted(tmp_path, rising, [relu(-x[1])], REALS, (), (0,))
    for kind in ("even", "odd"):
        assert not accepted(tmp_path, Claim(kind), [relu(x[1])], REALS, (), (0,))
        assert not accepted(tmp_path, Claim(kind), [relu(x[1])])
    assert accepted(tmp_path, Claim("even"), [absolute(x[1])])
    assert accepted(tmp_path, Claim("odd"), [relu(x[1]) - relu(-x[1])])
    assert not accepted(tmp_path, Claim("homogeneous"), [x[1] + 1])
    assert not accepted(tmp_path, Claim("homogeneous"), [x[1]], BOX)
    assert accepted(tmp_path, Claim("homogeneous"), [absolute(x[1])])
    plane = Polyhedron(2)
    assert not accepted(tmp_path, Claim("invariant", permutation=(2, 1)), [x[1]], plane)
    assert not accepted(tmp_path, Claim("invariant", permutation=(1, 1)), [x[1]], plane)
    assert accepted(tmp_path, Claim("invariant", permutation=(2, 1)), [maximum(x[1], x[2])], plane)
    deep = relu(relu(x[1]) - 1)
    assert not accepted(tmp_path, Claim("one-hidden-layer"), [deep, deep])
    assert accepted(tmp_path, Claim("one-hidden-layer"), [relu(x[1]), relu(x[1])])
    again = network(relu(relu(x[1] + 1)), 1)
    assert accepted(tmp_path, EQUAL, [relu(x[1] + 1), again], REALS, (), (0,))
    assert accepted(tmp_path, Claim("one-hidden-layer"), [again, relu(x[1] + 1)], REALS, (), (0,))
    assert not accepted(tmp_path, Claim("one-hidden-layer"), [relu(x[1] + 1), again], REALS, (), (0,))


def test_where_hyperplanes_cross_no_jump_is_seen(tmp_path: Path) -> None:
    """The sum of ``[a]+`` and ``[b]+`` has one hidden layer; at the origin, its gradient does not jump across ``a + b = 0``."""
    claim, plane, crossing = Claim("one-hidden-layer"), Polyhedron(2), [relu(x[1]) + relu(x[2])]
    for where in (points((0, 0), (1, -1)), points((1, -1), (0, 0)), points((1, -1), (2, -2))):
        assert not accepted(tmp_path, claim, crossing, plane, leaves=0, verdict="refuted", points=where, form=(1, 1, 0))
    bent = [relu(relu(x[1]) + x[2])]  # its hyperplane x2 = 0 ends at x1 = 0
    where = points((-1, 0), (1, 0))
    assert accepted(tmp_path, claim, bent, plane, leaves=0, verdict="refuted", points=where, form=(0, 1, 0))
    others = points((-1, 0), (1, 0, 0)), points((-1,), (1, 0))
    for where in (points((-1, 0), (-2, 0)), points((-1, 1), (-1, 0)), points((-1, 0), (0, 0)), *others):
        assert not accepted(tmp_path, claim, bent, plane, leaves=0, verdict="refuted", points=where, form=(0, 1, 0))


def test_the_chamber_needs_symmetry_under_all_permutations(tmp_path: Path) -> None:
    plane, space, none = Polyhedron.chamber(2), Polyhedron.chamber(3), Proof((), ())
    apart, larger = absolute(x[1] - x[2]), maximum(x[1], x[2])
    assert accepted(tmp_path, EQUAL, [apart, apart], plane, symmetry=(none, none))
    for count in range(4):  # the larger one is the first where it is larger
        assert not accepted(tmp_path, EQUAL, [x[1], larger], plane, symmetry=(none,) * count)
        assert not accepted(tmp_path, EQUAL, [larger, x[1]], plane, symmetry=(none,) * count)
        assert not accepted(tmp_path, Claim("monotone", variable=1), [apart], plane, symmetry=(none,) * count)
    swapped = x[1] + x[2]  # the first two alone may be exchanged
    above = swapped + relu(x[3] - x[1]) + relu(x[3] - x[2])
    shown = [Lemma((1, 0, -1, 0), 1, (((1, -1, 0, 0), 1), ((0, 1, -1, 0), 1)))]
    for count in range(5):
        assert not accepted(tmp_path, EQUAL, [swapped, above], space, shown, (1,), symmetry=(none,) * count)


def test_another_file_of_the_same_network_is_refused(tmp_path: Path) -> None:
    assert accepted(tmp_path, EQUAL, [absolute(x[1]), 2 * relu(x[1]) - x[1]])
    with (tmp_path / "c.b.json").open("a") as file:
        file.write("\n")
    with pytest.raises(ExactnetError):
        verify(*read_cells(str(tmp_path / "c.json"), 2**24))
    with pytest.raises(Wrong, match=r"the SHA-256 of c\.b\.json is not the recorded one"):
        list(recheck(str(tmp_path / "c.json")))


def points(*values: object) -> tuple[tuple[mpq, ...], ...]:
    """Points, one number or tuple each."""
    return tuple(tuple(map(mpq, v)) if isinstance(v, tuple) else (mpq(v),) for v in values)


def test_constants_are_bounds_and_are_attained(tmp_path: Path) -> None:
    bent = relu(3 * x[1]) - relu(-x[1])  # slopes 1 and 3
    for norm in ("1", "2", "inf"):
        size = {3: mpq(9), 1: mpq(1), 5: mpq(25)} if norm == "2" else {3: mpq(3), 1: mpq(1), 5: mpq(5)}
        cases = ((3, (1, 2), True), (1, (-2, -1), False), (5, (1, 2), False), (3, (-2, -1), False), (3, (1, 1), False))
        for slope, where, right in cases:
            claim = Claim("lipschitz", norm=norm, bound=size[slope])
            assert accepted(tmp_path, claim, [bent], REALS, (), (0,), points=points(*where)) == right
        claim = Claim("lipschitz", norm=norm, bound=size[3])
        assert not accepted(tmp_path, claim, [bent], BOX, (), (0,), points=points(1, 2))
    for norm, steepest in (("1", "1/2"), ("2", "1/4"), ("inf", "1/2")):
        claim = Claim("lipschitz", norm=norm, bound=mpq(steepest))
        assert accepted(tmp_path, claim, [x[1] / 2 + relu(x[1]) / 6 - relu(x[1]) / 3], REALS, (), (0,), points=points(-2, -1))
    plane = Polyhedron(2)
    for norm, bound, where in (("1", 4, ((0, 0), (0, 1))), ("inf", 7, ((0, 0), (1, 1))), ("2", 25, ((0, 0), (3, 4)))):
        for by in (-1, 0, 1):
            claim = Claim("lipschitz", norm=norm, bound=mpq(bound + by))
            assert accepted(tmp_path, claim, [3 * x[1] + 4 * x[2]], plane, points=points(*where)) == (by == 0)


def test_convexity_lists_all_pieces_and_no_more(tmp_path: Path) -> None:
    def pieces(*forms: tuple[int, int]) -> tuple[tuple[tuple[mpq, ...], ...], ...]:
        return (tuple(tuple(map(mpq, form)) for form in forms),)

    claim = Claim("convex")
    assert accepted(tmp_path, claim, [relu(x[1])], REALS, (), (0,), pieces=pieces((1, 0), (0, 0)))
    for wrong in (pieces((1, 0)), pieces((0, 0)), pieces((1, 0), (0, 0), (0, 1)), (), pieces((1, 0), (0, 0)) * 2):
        assert not accepted(tmp_path, claim, [relu(x[1])], REALS, (), (0,), pieces=wrong)
    both = pieces((1, 0), (-1, 0)) + pieces((1, 0))
    assert accepted(tmp_path, claim, [network([absolute(x[1]), x[1]], 1)], REALS, (), (0,), pieces=both)
    assert not accepted(tmp_path, claim, [network([absolute(x[1]), x[1]], 1)], REALS, (), (0,), pieces=both[::-1])
    low = minimum(x[1], 0)
    assert not accepted(tmp_path, claim, [low], REALS, (), (0,), pieces=pieces((1, 0), (0, 0)))
    assert not accepted(tmp_path, claim, [low], REALS, [Lemma(X, 1, ((X, 1),))], (0, 1, 1), pieces=pieces((1, 0), (0, 0)))


def test_cells_are_counted_with_a_point_inside_of_each(tmp_path: Path) -> None:
    for kind in ("cells", "pieces"):
        for count, witnesses, right in (
            (2, ((1, 1), (-1, 1)), True),
            (2, ((1, 1), (-1, 2)), True),
            (3, ((1, 1), (-1, 1)), False),
            (2, ((1, 1), (0, 1)), False),
            (2, ((1, 1), (1, 1)), False),
            (2, ((1, 1), (-1, 0)), False),
            (2, ((-1, 1), (-1, 1)), False),
            (2, ((-1, -1), (-1, 1)), False),
            (2, ((1, 1),), False),
            (2, ((1, 1), (-1, 1), (-1, 1)), False),
            (2, ((2, 1), (-1, 1)), False),
        ):
            box = Polyhedron.box(1, -2, 2)
            claim = Claim(kind, count=count)
            assert accepted(tmp_path, claim, [relu(x[1])], box, (), (0,), witnesses=witnesses) == right
    last = [relu(x[1]) - relu(x[1])]
    assert not accepted(tmp_path, Claim("cells", count=2), last, REALS, (), (0,), witnesses=((1, 1), (-1, 1)))


@pytest.mark.parametrize(
    ("claim", "formulas", "domain", "where", "right"),
    [
        (EQUAL, [x[1], relu(x[1])], REALS, points(-1), True),
        (EQUAL, [x[1], relu(x[1])], REALS, points(1), False),
        (EQUAL, [x[1], relu(x[1])], BOX, points(-2), False),
        (EQUAL, [x[1], relu(x[1])], BOX, points("-1/2"), True),
        (EQUAL, [x[1], relu(x[1])], REALS, (), False),
        (EQUAL, [x[1], relu(x[1])], REALS, points(-1, -1), False),
        (EQUAL, [x[1], relu(x[1])], REALS, points((-1, 0)), False),
        (EQUAL, [x[1]], REALS, points(-1), False),
        (LEAST, [x[1], relu(x[1])], REALS, points(-1), True),
        (LEAST, [relu(x[1]), x[1]], REALS, points(-1), False),
        (LEAST, [relu(x[1]), x[1]], REALS, points(1), False),
        (Claim("even"), [x[1], relu(x[1])], REALS, points(-1), False),
        (Claim("even"), [relu(x[1])], REALS, points(-1), True),
        (Claim("even"), [absolute(x[1])], REALS, points(-1), False),
        (Claim("odd"), [absolute(x[1])], REALS, points(-1), True),
        (Claim("odd"), [x[1] / 2], REALS, points(-1), False),
        (Claim("homogeneous"), [x[1] + 1], REALS, points(-1), True),
        (Claim("homogeneous"), [absolute(x[1])], REALS, points(-1), False),
        (Claim("monotone", variable=1), [absolute(x[1])], REALS, points(-2, -1), True),
        (Claim("monotone", variable=1), [absolute(x[1])], REALS, points(-1, -2), False),
        (Claim("monotone", variable=1), [absolute(x[1])], REALS, points(-1, 2), False),
        (Claim("monotone", variable=1), [x[1]], REALS, points(2, 1), False),
        (Claim("monotone", variable=1), [absolute(x[1])], REALS, points(-1, -1), False),
        (Claim("monotone", variable=1), [x[1] - x[2]], Polyhedron(2), points((0, 0), (1, 2)), False),
        (Claim("monotone", variable=2), [x[1] - x[2]], Polyhedron(2), points((0, 0), (0, 2)), True),
        (Claim("convex"), [minimum(x[1], 0)], REALS, points(-1, 0, 1), True),
        (Claim("convex"), [minimum(x[1], 0)], REALS, points(1, 0, -1), True),
        (Claim("convex"), [minimum(x[1], 0)], REALS, points(-1, 1, 0), False),
        (Claim("convex"), [maximum(x[1], 0)], REALS, points(-1, 0, 1), False),
        (Claim("convex"), [absolute(x[1])], REALS, points(0, -1, 1), False),
        (Claim("convex"), [absolute(x[1])], REALS, points(-1, 2, 1), False),
        (Claim("convex"), [minimum(x[1], 0)], REALS, points(-1, -1, 1), False),
        (Claim("convex"), [minimum(x[1], 0)], REALS, points(0, 0, 0), False),
        (Claim("convex"), [x[2]], Polyhedron(2), points((0, 0), (1, 1), (2, 0)), False),
        (Claim("convex"), [x[2]], Polyhedron(2), points((0, 0), (1, "3/2"), (2, 2)), False),
        (Claim("convex"), [-x[1]], Polyhedron(2), points((0, 0), (1, "3/2"), (2, 2)), False),
        (Claim("pieces", count=2), [relu(x[1])], REALS, points(1), False),
        (Claim("one-hidden-layer"), [relu(x[1])], REALS, points(1), False),
        (Claim("one-hidden-layer"), [relu(x[1]), x[1]], REALS, points(-1), False),
    ],
)
def test_counterexamples(
    tmp_path: Path,
    claim: Claim,
    formulas: Sequence[Formula],
    domain: Polyhedron,
    where: tuple[tuple[mpq, ...], ...],
    right: bool,
) -> None:
    assert accepted(tmp_path, claim, formulas, domain, leaves=0, verdict="refuted", points=where) == right


def test_an_unknown_verdict_or_claim_is_refused(tmp_path: Path) -> None:
    assert accepted(tmp_path, Claim("even"), [absolute(x[1])])
    path = tmp_path / "c.json"
    said = json.loads(path.read_text())
    changes: list[dict[str, object]] = [
        {"verdict": "true"},
        {"claim": {"kind": "nice"}},
        {"claim": {"kind": "even", "count": 1}},
        {"domain": {"kind": "cube"}},
        {"domain": {"kind": "reals", "low": "0"}},
        {"steps": "x"},
        {"leaves": None},
        {"more": 1},
    ]
    for change in changes:
        path.write_text(json.dumps({**said, **change}))
        with pytest.raises(ExactnetError):
            verify(*read_cells(str(path), 2**24))
        with pytest.raises((Wrong, Unusable)):
            list(recheck(str(path)))
    for name in said:
        path.write_text(json.dumps({field: value for field, value in said.items() if field != name}))
        with pytest.raises(ExactnetError):
            verify(*read_cells(str(path), 2**24))
        with pytest.raises((Wrong, Unusable)):
            list(recheck(str(path)))


def test_a_direction_is_no_point_of_a_cell(tmp_path: Path) -> None:
    """It shows that there is one; but what is written as a witness is one."""
    net = network(relu(x[1]), 1)
    found = decide(Claim("cells"), [net], REALS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("exactnet.files.cells.write_together", written)
        write_cells(str(tmp_path / "c.json"), [net], found, 0.0)
    assert list(recheck(str(tmp_path / "c.json")))[-1] == "certified"
    document = json.loads((tmp_path / "c.json").read_text())
    document["witnesses"] = [f"{witness.split()[0]} 0" for witness in document["witnesses"]]
    (tmp_path / "c.json").write_text(json.dumps(document))
    with pytest.raises(Wrong, match=r"witness|point|leaf"):
        list(recheck(str(tmp_path / "c.json")))
