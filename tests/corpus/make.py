"""The corpus: small certificates of every statement on disk, right, refuted, wrong and unusable, for ``check`` and ``recheck``.

``python -m tests.corpus.make`` writes it anew. A folder is a case; ``c.json`` in it is the certificate. What must be said of a case
is the name of the folder above it. A new format number makes new files; everything else must leave them as they are.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from gmpy2 import mpq

import exactnet as ex
from exactnet.certify.barriers import assemble, extract
from exactnet.certify.cells import decide
from exactnet.certify.few_bits import CompressRequest, compress_network
from exactnet.certify.small_weights import Request
from exactnet.claims.cells.assertion import Comparison
from exactnet.claims.cells.claims import Claim
from exactnet.claims.cells.polyhedron import Polyhedron
from exactnet.cli.program import program
from exactnet.files.cells import write_cells
from exactnet.files.certificate_writer import write_certificate
from exactnet.kernel.domain import Cube, Grid

CORPUS = Path(__file__).parent
Json = dict[str, Any]
Edit = Callable[[Json], Any]


def _network() -> ex.Network:
    """``2 [x1 - 1000 x2]+ - [3 x2]+``, of small integer values on the cube."""
    nodes = [ex.relu("h", {"x1": 1, "x2": -1000}), ex.relu("g", {"x2": 3}), ex.affine("y", {"h": 2, "g": -1})]
    return ex.Network(["x1", "x2"], nodes, ["y"])


#: What commands read: networks by their nodes, and data as they are written.
NETWORKS: dict[str, ex.Network] = {
    "a.json": ex.Network(["x1", "x2"], [ex.relu("h", {"x1": 2, "x2": "-1/3"}, 1), ex.affine("y", {"h": 1, "x1": "1/2"})], ["y"]),
    "b.json": ex.Network(["x1", "x2"], [ex.relu("h", {"x1": 2, "x2": "-1/4"}, 1), ex.affine("y", {"h": 1, "x1": "1/2"})], ["y"]),
    "one.json": ex.Network(["x"], [ex.relu("h", {"x": 1}), ex.relu("g", {"h": 2}, -1), ex.affine("y", {"h": 1, "g": -3})], ["y"]),
    "two.json": ex.Network(
        ["x1", "x2"],
        [ex.relu("g", {"x1": 1}), ex.relu("h", {"x2": 1}), ex.affine("y", {"g": 1, "h": -1}), ex.affine("z", {"g": -1, "h": 1})],
        ["y", "z"],
    ),
    "cross.json": ex.Network(
        ["x1", "x2"],
        [
            *(ex.relu(f"h{i}", {f"x{1 + i // 2}": 1 - 2 * (i % 2)}) for i in range(4)),
            ex.affine("y", {"h0": 1, "h1": 1, "h2": -1, "h3": -1}),
        ],
        ["y"],
    ),
    "gate.json": ex.Network(["x1", "x2", "x3"], [ex.threshold("y", {"x1": 1000, "x2": -999, "x3": 1}, -2)], ["y"]),
}
DATA = {
    "points.csv": "x1,x2,label\n0,0,1\n1,2,0\n1/2,3,1\n",
    "layers.json": '{"layers": [{"W": ["1/2 0", "-1/4 1"], "b": "1/4 0"}, {"W": ["1 1/4", "0 3/4"], "b": "0 1/8"}]}',
    "regions.json": '[{"box": [["0", "1/4"]], "label": 1}, {"box": [["1/2", "5/8"]], "label": "-3/2"}]',
    "opposite.json": '{"points": [[1, 0], [-1, 0]], "targets": [[1, 0], [0, 1]]}',
    "data.json": '{"points": [[1, 0], [-1, 0], [0, 1], [0, -1]], "labels": [1, 1, -1, -1]}',
}
#: One certificate of everything else that a command certifies; ``-o c.json`` is added.
COMMANDS = {
    "s1-clipped-beyond": "certify a.json --domain cube --precision 1/2 --range 1 --clip",
    "s2-rounded": "certify two.json --domain grid:1 --precision 1/2 --constant-weights",
    "s2-clipped": "certify two.json --domain grid:1 --precision 1/2 --range 1 --clip --constant-weights",
    "s6-rounded": "certify one.json --domain grid:1 --precision 1/2 --route component",
    "m1": "memorize points.csv",
    "r1": "radial ball.json",
    "r2": "radial --profile 0:1/2,1/2:0,1:1/2 --d 3 --p 2 --degree 1",
    "r2-reals": "radial --profile 0:1/2,1/2:0,1:1/2 --d 2 --p 2 --degree 1 --reals",
    "e1": "entropy bumps --groups 2 --bits 1",
    "e2": "entropy exclude --hats 1024 --widths 16 --weight 2",
    "u1": "euaf function x^2 --cells 4",
    "u2": "euaf labels regions.json --cells 8",
    "u3": "euaf boolean 0110",
    "d1": "depth layers.json --tail 1,1/2,1/2",
    "k1": "rank flow --cosine -3/5",
    "k2": "rank depth cross.json data.json --depth 12",
    "k3": "rank kkt cross.json data.json",
    "w1": "natural normal:3x2 --n 4 --k 2",
    "s4": "continuous one.json --p 1 --precision 1/2 --delta 1/8",
    "s7-circuit": "compress gate.json --domain cube",
    "equal": "compare a.json a.json --domain grid:1",
    "within": "compare a.json b.json --domain grid:1 --within 1/2",
    "class": "compare two.json two.json --domain cube --argmax",
    "sign": "compare a.json b.json --domain grid:1 --sign",
    "classical": "classical addition --n 2",
    "reals": "compare a.json a.json --domain reals",
    "reals-box": "compare one.json one.json --domain box:0,1",
    "claim-even": "claim cross.json --that even",
    "claim-lipschitz": "claim one.json --that lipschitz:1",
    "structural-s1": "certify two.json --domain cube --precision 1/2 --range 1 --structural",
    "structural-s2": "certify two.json --domain cube --precision 1/2 --range 1 --structural --constant-weights",
    "structural-s3": "certify comparison.json --structural",
    "structural-classical": "classical comparison --n 3 --structural",
}


#: Certificates that say that something is not so.
REFUTED = {
    "reals": "compare a.json b.json --domain reals",
    "claim": "claim one.json --that even",
    "pair": "compare a.json b.json --domain grid:1 --within 1/100",
    "matrices": "rank flow opposite.json",
}


def by_command(folder: Path, commands: Mapping[str, str], status: int) -> Iterator[str]:
    """One certificate of each command, as a user makes it; yields their names."""
    networks = NETWORKS | {"comparison.json": ex.families.comparison(n=2), "ball.json": ex.families.ball(d=2, grid=2)}
    for name, command in commands.items():
        (folder / name).mkdir()
        with chdir(folder / name):
            for file, text in DATA.items():
                Path(file).write_text(text, encoding="utf-8")
            for file, net in networks.items():
                ex.write(file, net)
            result = CliRunner().invoke(program, [*command.split(), "-o", "c.json", "--quiet"])
            assert result.exit_code == status, f"{name}: {result.output}"
            for file in [*DATA, *networks]:
                Path(file).unlink()
        yield name


def certified(folder: Path) -> Iterator[str]:
    """One certificate of every statement, and of every route of S1; yields their names."""
    net, gate = _network(), ex.families.comparison(n=3)
    mixed = ex.Network(["x1", "x2"], [ex.relu("h", {"x1": "1/3", "x2": "-7/5"}, "1/2"), ex.affine("y", {"h": "5/7"})], ["y"])
    small: dict[str, tuple[Any, Any, Json]] = {
        **{f"s1-exact-{route}": (net, Cube(2), {"route": route}) for route in ("lookahead", "residue", "compact", "stacked")},
        "s1-rounded": (mixed, Grid(1, 2), {"precision": "1/10"}),
        "s1-clipped": (mixed, Cube(2), {"precision": "1/4", "output_range": 1, "clip": True, "route": "compact"}),
        "s1-points": (net, ex.Points([[0, 1], [1, 1]]), {}),
        "s2-exact": (net, Cube(2), {"constant_weights": True}),
        "s3": (gate.network, gate.domain, {}),
        "s6-component": (ex.Network(["x1", "x2"], [ex.relu("y", {"x1": 2})], ["y"]), Grid(1, 2), {"route": "component"}),
        "s6-radial": (ex.families.ball(d=2, grid=1).network, Grid(1, 2), {"route": "radial"}),
    }
    for name, (network, domain, options) in small.items():
        made = ex.certify(network, domain, **options)
        (folder / name).mkdir(parents=True)
        made.save(folder / name / "c.json")
        yield name
    for name, epsilon, precision in (("s7-exact", None, None), ("s7-within", mpq(1, 10), None), ("s7-near", mpq(1, 10), 2)):
        large = ex.families.clipped(d=3, m=2, bits=60, seed=1).network
        found = compress_network(CompressRequest(large, Cube(3), epsilon, precision))
        (folder / name).mkdir()
        write_certificate(str(folder / name / "c.json"), large, found.constructed, found.certificate, 0)
        yield name
    circuits = extract(Request(net, Cube(2)))
    (folder / "s5-circuits").mkdir()
    write_certificate(
        str(folder / "s5-circuits/c.json"), circuits.original, circuits.result.constructed, circuits.result.certificate, 0
    )
    yield "s5-circuits"
    slopes = [ex.relu("h", {"a": 1, "b": -1}), ex.relu("g", {"a": -1, "b": 1})]
    tent = ex.Network(["a", "b"], [*slopes, ex.affine("y", {"h": 1, "g": 1})], ["y"])
    never = Claim("property", assertion=(Comparison((), ((0, mpq(1)),), mpq(-2)),), room=mpq(1, 8), fixed=(None, mpq(1, 2)))
    (folder / "reals-property").mkdir()
    decided = decide(never, [tent], Polyhedron.box(1, 0, 1))
    write_cells(str(folder / "reals-property/c.json"), [tent], decided, 0)
    yield "reals-property"
    back = assemble(circuits.family, circuits.target, net)
    (folder / "s5-network").mkdir()
    write_certificate(str(folder / "s5-network/c.json"), net, back.result.constructed, back.result.certificate, 0, back.circuits)
    yield "s5-network"
    yield from by_command(folder, COMMANDS, 0)


def put(*path: str | int, value: Any) -> Edit:
    """Write a value at a place of a document."""

    def edit(document: Json) -> None:
        place: Any = document
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return edit


#: Certificates that say what is not so: made from the first one by one change.
WRONG: dict[str, Edit] = {
    "verdict": lambda c: c.update(verdict="refuted", reason="so"),
    "statement": put("statement", value="S2 exact"),
    "relation": put("relation", "kind", value="floor"),
    "r": put("relation", "r", value="2"),
    "range": put("parameters", "R", value="999"),
    "parameter": put("parameters", "m", value="9"),
    "definition": lambda c: c["definitions"].update(dict.fromkeys(c["definitions"], "1")),
    "depth": put("constructed", "depth", value=1),
    "neurons": put("constructed", "neurons", value=1),
    "weight": put("constructed", "max_weight", value="1/7"),
    "bound-value": put("bounds", 0, "value", value="999"),
    "bound-measured": put("bounds", 0, "measured", value="0"),
    "bound-missing": lambda c: c["bounds"].pop(),
    "inputs": put("inputs_checked", value="3"),
    "digest": put("outputs", "sha256", value="0" * 64),
    "counterexample": put(
        "counterexample", value={"input": {"x1": "0", "x2": "0"}, "expected": {"y": "0"}, "got": {"y": "1"}, "node": None}
    ),
}
#: Certificates that cannot be read.
UNUSABLE: dict[str, Edit] = {
    "old-format": put("format", value="exactnet-certificate/1"),
    "no-format": lambda c: c.pop("format"),
    "no-bounds": lambda c: c.pop("bounds"),
    "unknown-field": put("color", value="red"),
    "a-number-for-text": put("route", value=7),
    "another-network": put("constructed", "sha256", value="0" * 64),
    "no-network": put("constructed", "file", value="nothing.json"),
    "outside": put("constructed", "file", value="../certified/s3/c.constructed.json"),
    "huge-number": put("relation", "r", value="9" * 20_000),
}


#: A proof of a property, changed in one thing: the property, its room, a fixed input, a cell that is dropped.
WRONG_PROPERTY: dict[str, Edit] = {
    "property": put("claim", "assertion", 0, "constant", value="-1/2"),
    "property-output": put("claim", "assertion", 0, "Y", "0", value="4"),
    "property-room": put("claim", "room", value="0"),
    "property-fixed": put("claim", "fixed", 1, value="-2"),
    "property-domain": put("domain", "high", value="9"),
    "property-cell": lambda c: c.update(steps=c["steps"].replace("0", "1", 1), leaves=c["leaves"] - 1),
    "property-refuted": lambda c: c.update(verdict="refuted", points=[["0"]], leaves=0, forms=[], lemmas=[], steps=""),
}


def changed(folder: Path, source: Path, name: str, edit: Edit) -> None:
    """A copy of a case whose certificate has been changed."""
    shutil.copytree(source, folder / name)
    path = folder / name / "c.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    edit(document)
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def refuted(folder: Path) -> None:
    """Networks that differ, and a bound that fails, honestly said."""
    net = _network()
    made = ex.certify(net, Cube(2), weight_bound="2")
    (folder / "bound").mkdir(parents=True)
    made.save(folder / "bound" / "c.json")
    assert list(by_command(folder, REFUTED, 1)) == list(REFUTED)


def main() -> None:
    """Write the corpus."""
    for name in ("certified", "refuted", "wrong", "unusable"):
        shutil.rmtree(CORPUS / name, ignore_errors=True)
    names = list(certified(CORPUS / "certified"))
    refuted(CORPUS / "refuted")
    first, proof = names[0], "reals-property"
    for case, kind, edits in ((first, "wrong", WRONG), (first, "unusable", UNUSABLE), (proof, "wrong", WRONG_PROPERTY)):
        for name, edit in edits.items():
            changed(CORPUS / kind, CORPUS / "certified" / case, name, edit)


if __name__ == "__main__":
    main()
