"""The format ``.th`` of threABC: a circuit of threshold gates with integer weights.

References
----------
N.-Z. Lee, H.-Y. Kuo, Y.-H. Lai, J.-H. R. Jiang, *Analytic Approaches to the Collapse Operation and Equivalence
Verification of Threshold Logic Circuits*, ICCAD 2016; the program is threABC.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO

import gmpy2
from gmpy2 import mpq, mpz

from exactnet.files.decode import MAX_VALUES, as_text, at
from exactnet.files.network_json import Loaded
from exactnet.files.order import canonical_order, natural_key
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.expansion import expand
from exactnet.kernel.network import AFFINE, INPUT, RELU, THRESHOLD, Network, Node, fresh_name
from exactnet.kernel.rationals import MAX_DIGITS, lcm_all, parse_rational

__all__ = ["dump_th", "parse_th"]

_INTEGER = re.compile("-?[0-9]+")
_ZERO = mpq(0)


# --- reading -------------------------------------------------------------------------------------


def parse_th(data: bytes, where: str) -> Loaded:
    """Read a threshold circuit; the domain is None (inputs are 0 or 1, by the nature of the format).

    The gate ``OUT`` fires iff ``w1·IN1 + … + wm·INm >= T``, so its bias is ``-T``. Weights of a signal that is listed
    twice are added. Raises :class:`FormatError` with ``where`` and the line.

    >>> text = b"and\\n.model and\\n.input a b\\n.output y\\n.threshold a b y\\n1 1 2\\n.end\\n"
    >>> net = parse_th(text, "and.th").network
    >>> net([1, 1]), net([1, 0])
    ((mpq(1,1),), (mpq(0,1),))
    """
    with at(where):
        if not data.strip():
            raise FormatError("the file is empty")
        _check_size(data)
        reader = _Reader()
        for number, line in enumerate(BytesIO(data), 1):
            with at(f"line {number}"):
                reader.take(number, line)
        return Loaded(reader.network(), None)


def _check_size(data: bytes) -> None:
    # Bounds the memory that a line takes when it is split.
    if data.count(b" ") + data.count(b"\t") > MAX_VALUES:
        raise FormatError(f"more than {MAX_VALUES} spaces: too large for this format")


@dataclass
class _Reader:
    """What has been read so far, line by line."""

    names: dict[str, list[str]] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    gate: list[str] | None = None
    ended: bool = False

    def take(self, number: int, raw: bytes) -> None:
        try:
            line = raw.decode("utf-8").strip()
        except UnicodeDecodeError as error:
            raise FormatError(f"byte {error.start + 1} is not UTF-8 text") from None
        if not line or (number == 1 and not line.startswith(".")):
            return  # the first line is a title
        if self.ended:
            raise FormatError("text after .end")
        if self.gate is not None:
            self._weights(line)
        elif line == ".end":
            self.ended = True
        else:
            keyword, *rest = line.split()
            self._directive(number, keyword, rest)

    def _directive(self, number: int, keyword: str, rest: list[str]) -> None:
        for name in rest:
            if name.startswith("."):
                raise FormatError(f"{clip_text(name)} is not a name: it starts with a dot")
        if keyword == ".threshold":
            if not rest:
                raise FormatError(".threshold without the name of a gate")
            if rest[-1] in self.lines:
                raise FormatError(f"gate {clip_text(rest[-1])} is also on line {self.lines[rest[-1]]}")
            self.gate = rest
            self.lines[rest[-1]] = number
        elif keyword in (".model", ".input", ".output"):
            if keyword in self.names:
                raise FormatError(f"a second {keyword}")
            self.names[keyword] = rest
        elif keyword.startswith("."):
            raise FormatError(f"{clip_text(keyword)} is not one of .model, .input, .output, .threshold, .end")
        else:
            raise FormatError(f"expected a line that starts with a dot, found {clip_text(keyword)}")

    def _weights(self, line: str) -> None:
        """The line of integers below a ``.threshold``; some files put ``.end`` right after the last one."""
        assert self.gate is not None
        *sources, name = self.gate
        if line.startswith("."):
            first_word = clip_text(line.split(maxsplit=1)[0])
            raise FormatError(f"gate {clip_text(name)}: expected {len(sources) + 1} numbers, found {first_word}")
        if line.endswith(".end"):
            line, self.ended = line.removesuffix(".end"), True
        words = line.split()
        if len(words) != len(sources) + 1:
            raise FormatError(f"gate {clip_text(name)}: expected {len(sources) + 1} numbers, found {len(words)}")
        weights: dict[str, mpq] = {}
        for source, word in zip(sources, words, strict=False):
            with at(f"gate {clip_text(name)}, weight of {clip_text(source)}"):
                weights[source] = weights.get(source, _ZERO) + _integer(word)
        with at(f"gate {clip_text(name)}, threshold"):
            bias = -_integer(words[-1])
        self.nodes.append(Node(name, THRESHOLD, weights, bias))
        self.gate = None

    def network(self) -> Network:
        if self.gate is not None:
            raise FormatError(f"gate {clip_text(self.gate[-1])} has no line of weights: the file ends too early")
        for keyword in (".input", ".output"):
            if keyword not in self.names:
                raise FormatError(f"no {keyword} line")
        known = {*self.names[".input"], *self.lines}
        for node in self.nodes:
            for source in node.sources:
                if source not in known:
                    raise FormatError(
                        f"line {self.lines[node.id]}: gate {clip_text(node.id)} reads {clip_text(source)},"
                        " which is neither an input nor a gate"
                    )
        return Network(self.names[".input"], self.nodes, self.names[".output"])


def _integer(word: str) -> mpq:
    if len(word) <= MAX_DIGITS and not _INTEGER.fullmatch(word):
        raise FormatError(f"{clip_text(word)} is not an integer")
    return parse_rational(word)


# --- writing -------------------------------------------------------------------------------------


def dump_th(net: Network) -> bytes:
    """Write a threshold circuit: threshold gates, and affine nodes, which are substituted into their readers.

    Weights and threshold of each gate are multiplied out to coprime integers. threABC requires that every output is a
    buffer (``1·s >= 1``) that no gate reads. Where an output is not, it becomes one: a gate that is an output hands its
    name to its buffer and gets a prime, and an input that is an output has a buffer whose name has a prime. The
    function computed on ``{0,1}^d`` stays the same; a gate without wires reads the first input with weight 0.

    Raises
    ------
    FormatError
        for a ReLU node, an output that is affine and not the copy of an input or gate, a name that is empty, holds
        white space or starts with a dot, a number of more than ``MAX_DIGITS`` characters.

    Examples
    --------
    >>> from exactnet import threshold
    >>> print(dump_th(Network(["a", "b"], [threshold("y", {"a": "1/2", "b": "1/2"}, -1)], ["y"])).decode(), end="")
    threshold circuit
    .model exactnet
    .input a b
    .output y
    .threshold a b y'
    1 1 2
    .threshold y' y
    1 1
    .end
    """
    for name in net.order:
        if net.kind(name) == RELU:
            raise FormatError(f"node {clip_text(name)} is a ReLU; .th files hold threshold gates only")
    net = expand(net)
    outputs, buffers, renamed = _buffers(net)
    lines = ["threshold circuit", ".model exactnet", _names(".input", net.inputs), _names(".output", outputs)]
    for name in canonical_order(net):
        if net.kind(name) == THRESHOLD:
            with at(f"node {clip_text(name)}"):
                weights, threshold = _gate(net, name)
                sources = {renamed.get(source, source): weight for source, weight in weights.items()}
                lines += _gate_lines(renamed.get(name, name), sources or {net.inputs[0]: mpz(0)}, threshold)
    for name, source in buffers.items():
        lines += _gate_lines(name, {renamed.get(source, source): mpz(1)}, mpz(1))
    data = ("\n".join([*lines, ".end"]) + "\n").encode("utf-8")
    _check_size(data)
    return data


def _gate(net: Network, name: str) -> tuple[dict[str, mpz], mpz]:
    """The weights and the threshold as coprime integers: a gate fires at the same inputs when it is scaled."""
    sources = dict(sorted(net.sources(name), key=lambda wire: natural_key(wire[0])))
    values = [*sources.values(), -net.bias(name)]
    scale = lcm_all(value.denominator for value in values)
    integers = [value.numerator * (scale // value.denominator) for value in values]
    divisor = gmpy2.gcd(*integers) or mpz(1)
    *weights, threshold = (value // divisor for value in integers)
    return dict(zip(sources, weights, strict=True)), threshold


def _buffers(net: Network) -> tuple[list[str], dict[str, str], dict[str, str]]:
    """The names of the outputs, the buffers to add (with what they read), and the gates that get another name."""
    taken = {*net.inputs, *net.order}
    outputs: list[str] = []
    buffers: dict[str, str] = {}
    renamed: dict[str, str] = {}
    for name in net.outputs:
        kind = net.kind(name)
        out = name
        if kind == INPUT:
            out = fresh_name(name, taken)
            buffers[out] = name
        elif kind == AFFINE:
            if net.bias(name) or [weight for _, weight in net.sources(name)] != [1]:
                raise FormatError(f"output {clip_text(name)} is affine and not a copy of a gate, as it must be in .th")
            [(buffers[name], _)] = net.sources(name)
        elif any(net.readers(name)) or not _is_buffer(net, name):
            renamed[name] = fresh_name(name, taken)
            buffers[name] = name
        outputs.append(out)
    return outputs, buffers, renamed


def _is_buffer(net: Network, name: str) -> bool:
    weights, threshold = _gate(net, name)
    return list(weights.values()) == [1] and threshold == 1


def _names(keyword: str, names: Iterable[str]) -> str:
    for name in names:
        if name.split() != [name] or name.startswith("."):
            raise FormatError(f"{clip_text(name)} cannot be a name in a .th file (white space, or a dot in front)")
        as_text(name)
    return " ".join([keyword, *names])


def _gate_lines(name: str, weights: Mapping[str, mpz], threshold: mpz) -> tuple[str, str]:
    numbers = [str(value) for value in (*weights.values(), threshold)]
    if any(len(number) > MAX_DIGITS for number in numbers):
        raise FormatError(f"a number of more than {MAX_DIGITS} characters")
    return _names(".threshold", [*weights, name]), " ".join(numbers)
