"""What is asked of networks that others have published, measured on files that the reader has fetched: a row for each question.

docs/public-networks.md says where the files are from. Times are those that somebody waits for a whole command, a new process.
"""

from __future__ import annotations

import hashlib
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from gmpy2 import mpq

import exactnet as ex
from exactnet.bench import runtime
from exactnet.bench.measurements import FULL, Row, Scale, command, run, waited
from exactnet.foreign.onnx_file import parse_onnx
from exactnet.kernel.errors import ExactnetError
from exactnet.kernel.runs import Progress, silent

__all__ = ["ACAS", "MISSING", "STUDY", "agreement", "asked", "find", "shown", "study"]

ACAS = "ACASXU_experimental_v2a_1_1"
MNIST = "mnist-net_256x2.onnx"
#: What is said of a file that is not there.
MISSING = "not available"
#: Networks of many architectures: file, and where it is from (repositories on GitHub).
MARABOU, QONNX = "NeuralNetworkVerification/Marabou", "fastmachinelearning/qonnx_model_zoo"
VNNCOMP21, VNNCOMP22 = "stanleybak/vnncomp2021", "ChristopherBrix/vnncomp2022_benchmarks"
STUDY = (
    *((name, MARABOU) for name in (
        f"{ACAS}.onnx", "fc_2-2-3.onnx", "fc1.onnx", "fc2.onnx", "fc_matMul.onnx", "linear2-3_bn1-linear3-1.onnx", "conv_mp1.onnx",
        "KJ_TinyTaxiNet.onnx", "mnist2x10.onnx", "mnist5x20_leaky_relu.onnx", "softmax-last-layer.onnx",
        "slice_test.onnx", "constant_slice_test.onnx", "cnn_max_mninst2.onnx", "cnn_max_mninst3.onnx", "cifar_base_kw.onnx",
        "certificate_and_controller_mandal.onnx", "fc_2-2sigmoids-3.onnx", "self-attention-mnist-pgd-medium-sim.onnx",
    )),
    *((name, VNNCOMP22) for name in (
        "test_small.onnx", "test_tiny.onnx", "cartpole.onnx", "lunarlander.onnx", "dubinsrejoin.onnx", "vdp.onnx", "robot.onnx",
        "gcas.onnx", "tllBench_n=2_N=M=16_m=1_instance_1_0.onnx", "mnist-net_256x2.onnx", "NN_rul_small_window_20.onnx",
    )),
    *((name, VNNCOMP21) for name in ("Convnet_maxpool.onnx", "resnet_2b.onnx")),
    *((name, QONNX) for name in ("TFC_1W1A.onnx", "TFC_1W2A.onnx", "TFC_2W2A.onnx", "qkeras_jettagging.onnx")),
)
#: Networks with more wires are read, and not compared: bounds on roundings are slow.
COMPARED = 500_000
#: How many of them are to agree with their runtime.
AGREE = 33


def find(folder: Path, name: str) -> Path | None:
    """The file of a name."""
    return next(iter(sorted(folder.rglob(name))), None)


def shown(value: mpq) -> str:
    """A number for a person."""
    return "0" if not value else f"{float(value):.3g}"


def study(folder: Path) -> Iterator[list[object]]:
    """What is read of the networks of many architectures, and whether the runtime agrees within the bound that is derived."""
    for name, source in STUDY:
        path = find(folder, name)
        if path is None:
            yield [f"`{name}`", source, *[""] * 5, MISSING]
            continue
        digest = f"`{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}`"
        try:
            net = ex.read(path).network
        except ExactnetError as error:
            yield [f"`{name}`", source, digest, *[""] * 4, f"refused: {str(error).partition(': ')[2]}"]
            continue
        size = ex.measure(net)
        compared = agreement(path, net) if net.wires <= COMPARED else f"not compared: {net.wires} wires"
        yield [f"`{name}`", source, digest, len(net.inputs), size.neurons, size.depth, size.bits, compared]


def agreement(path: Path, net: ex.Network) -> str:
    """The largest difference between the exact values and those of the runtime, in units of the bound on its roundings."""
    data = path.read_bytes()
    graph, run = parse_onnx(data), runtime.runner(data)
    rng, worst, largest = np.random.default_rng(1), 0.0, 0.0
    points = 0
    for _ in range(20):
        point = rng.uniform(0, 1, len(net.inputs)).astype(np.float32)
        exact = [mpq(float(value)) for value in point]
        try:
            wanted = runtime.expected(graph, np.float32, exact)
        except runtime.Uncertain:
            continue
        assert list(net(exact)) == [value for value, _ in wanted]
        for got, (value, bound) in zip(run(point), wanted, strict=True):
            gap = abs(mpq(float(got)) - value)
            if gap > bound:
                return f"differs by {shown(gap)}, more than the bound {shown(bound)}"
            largest = max(largest, float(gap))
            worst = max(worst, float(gap / bound) if bound else 0.0)
        points += 1
        if points == 2:
            return f"agrees: {shown(mpq(largest))} at most, {worst:.1%} of the bound"
    return "read; gates too near to a tie for a float32 runtime to decide"


def asked(folder: Path, scale: Scale = FULL, progress: Progress = silent) -> Iterator[Row]:
    """All that is asked of real networks; a row is not measured where its files are not in the folder."""
    with tempfile.TemporaryDirectory() as name:
        questions = (_agreeing, _shown, _trained, _compared, _refused, _pictures)
        for number, question in enumerate(questions):
            progress("measuring what is asked of real networks", number, len(questions))
            yield question(folder, Path(name), scale)


def _timed(what: str, seconds: float, files: dict[str, Path | None], work: Callable[[], object], scale: Scale) -> Row:
    missing = [name for name, path in files.items() if path is None]
    if missing:
        return Row(what, None, "s", seconds, seconds, f"not measured: no {', '.join(missing)}")
    return Row(what, waited(work, scale), "s", seconds, seconds)


def _agreeing(folder: Path, _: Path, scale: Scale) -> Row:
    try:
        rows = [row for row in study(folder) if row[-1] != MISSING]
    except ImportError:
        what = "public networks that agree with their runtime"
        return Row(what, None, "networks", AGREE, AGREE, "not measured: needs exactnet[foreign]")
    words = [str(row[-1]).partition(":")[0] for row in rows]
    read, agree = len(rows) - words.count("refused"), words.count("agrees")
    what = f"public networks that agree with their runtime: of {len(STUDY)}, {len(rows)} at hand, {read} read"
    if not rows:
        return Row(what, None, "networks", AGREE, AGREE, "not measured: none is there")
    return Row(what, agree, "networks", AGREE, AGREE)


def _shown(folder: Path, _: Path, scale: Scale) -> Row:
    acas = find(folder, f"{ACAS}.onnx")
    return _timed("ACAS Xu 1_1, ONNX: read and shown", 2, {f"{ACAS}.onnx": acas}, lambda: run(command("show", str(acas))), scale)


def _compared(folder: Path, into: Path, scale: Scale) -> Row:
    acas, rounded = find(folder, f"{ACAS}.onnx"), into / "rounded.json"
    if acas is not None:
        run(command("quantise", str(acas), "--step", "1/65536", "-o", str(rounded), "-q"))
    words = ("compare", str(acas), str(rounded), "--domain", "grid:2", "--argmax", "--count", "-q")
    what = "compare ACAS Xu 1_1 with its copy rounded to 2^-16, class, 59,049 inputs"
    return _timed(what, 5, {f"{ACAS}.onnx": acas}, lambda: run(command(*words), 1), scale)  # 36 of them have another class


def _refused(folder: Path, into: Path, scale: Scale) -> Row:
    acas = find(folder, f"{ACAS}.onnx")
    words = ("certify", str(acas), "--domain", "grid:2", "-o", str(into / "c.json"))
    what = "certify ACAS Xu 1_1, 59,049 inputs: refused, with what helps"
    return _timed(what, 1, {f"{ACAS}.onnx": acas}, lambda: run(command(*words), 2), scale)


def _pictures(folder: Path, into: Path, scale: Scale) -> Row:
    """Pixels are multiples of 1/255, four of five black, as in pictures of digits."""
    mnist, rounded, points = find(folder, MNIST), into / "mnist.json", into / "pictures.csv"
    draws = random.Random(1)
    pictures = [[f"{draws.randint(0, 255) if draws.random() < 0.2 else 0}/255" for _ in range(784)] for _ in range(15)]
    points.write_text("".join(",".join(picture) + "\n" for picture in pictures), encoding="utf-8")
    if mnist is not None:
        run(command("quantise", str(mnist), "--step", "1/65536", "-o", str(rounded), "-q"))
    words = ("compare", str(mnist), str(rounded), "--domain", str(points), "--within", "1/100", "-q")
    what = "compare MNIST 256x2 with its copy rounded to 2^-16, 15 pictures"
    return _timed(what, 5, {MNIST: mnist}, lambda: run(command(*words)), scale)


def _trained(_: Path, into: Path, scale: Scale) -> Row:
    """scikit-learn's digits as 4 by 4 black and white pixels, 8 ReLUs: the class is kept on all 65,536 pictures."""
    what = "scikit-learn 16-8-10 on digits: quantise (same class, 65,536 inputs), certify, check"
    try:
        from sklearn.datasets import load_digits
        from sklearn.neural_network import MLPClassifier
    except ImportError:
        return Row(what, None, "s", 30, 30, "not measured: needs exactnet[foreign]")
    pictures, classes = load_digits(return_X_y=True)
    pixels = (pictures.reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4)) >= 6).reshape(-1, 16).astype(float)
    learner = MLPClassifier((8,), random_state=6, alpha=1, max_iter=1000).fit(pixels, classes)
    files = [str(into / name) for name in ("net.json", "rounded.json", "certificate.json")]
    ex.write(files[0], ex.from_sklearn(learner), ex.Cube(16))

    def all_three() -> None:
        run(command("quantise", files[0], "--argmax", "-o", files[1], "-q"))
        run(command("certify", files[1], "--route", "compact", "--range", "64", "-o", files[2], "-q"))
        run(command("check", files[2], "-q"))

    seconds = waited(all_three, Scale(repeats=1, least=0))
    gates = ex.measure(ex.read(into / "certificate.constructed.json").network).gates
    if gates >= 500:
        return Row(f"{what}: {gates} gates", None, "s", 30, 30, "more than 500 gates")
    return Row(f"{what}: {gates} gates", seconds, "s", 30, 30)
