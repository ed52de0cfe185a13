"""The fixture ``exactnet`` of pytest: networks that must stay equal, near, or certified; what has passed is remembered.

A network is a :class:`~exactnet.kernel.network.Network`, an :class:`~exactnet.families.Instance`, or a file (relative to the test's
folder). What has passed is remembered by the digests of the networks, the domain and the version under ``.pytest_cache``
(``-p no:cacheprovider`` forgets), so that an unchanged construction costs nothing. Failures show the counterexample.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

__all__ = ["Exactnet", "exactnet"]

_KEY = "exactnet/passed"
#: So many passed assertions are remembered, the oldest are forgotten first.
_REMEMBERED = 2000


class Exactnet:
    """Assertions about networks."""

    def __init__(self, folder: Path, cache: Any = None) -> None:
        self._folder, self._cache = folder, cache

    def assert_equal(self, a: Any, b: Any, domain: Any = None) -> None:
        """Two networks are equal on every input of a domain.

        Parameters
        ----------
        a, b : Network, Instance or path
        domain : Domain or str, optional
            Also ``"cube"`` and ``"grid:P"``; by default that of ``a``.
        """
        __tracebackhide__ = True
        one, other = self._read(a), self._read(b)
        where = _domain(domain, one)
        self._once("equal", one[0], other[0], where, lambda: _compare(one[0], other[0], where))

    def assert_within(self, a: Any, b: Any, epsilon: Any, domain: Any = None) -> None:
        """No output of two networks is further apart than ``epsilon`` on any input of a domain."""
        __tracebackhide__ = True
        one, other = self._read(a), self._read(b)
        where = _domain(domain, one)
        check = lambda: _compare(one[0], other[0], where, within=epsilon)  # noqa: E731
        self._once(f"within {epsilon}", one[0], other[0], where, check)

    def assert_same_class(self, a: Any, b: Any, domain: Any = None) -> None:
        """The largest output (the first of equals) of two networks is the same on every input of a domain."""
        __tracebackhide__ = True
        one, other = self._read(a), self._read(b)
        where = _domain(domain, one)
        self._once("class", one[0], other[0], where, lambda: _compare(one[0], other[0], where, relation="class"))

    def assert_certified(
        self,
        net: Any,
        domain: Any = None,
        *,
        gates_at_most: int | None = None,
        depth_at_most: int | None = None,
        weight_at_most: Any = None,
        structural: bool = False,
        **options: Any,
    ) -> None:
        """A network is certified, and the constructed one is not larger than said.

        Parameters
        ----------
        net, domain
            As for :meth:`assert_equal`.
        gates_at_most, depth_at_most, weight_at_most : optional
            Limits on the constructed network.
        structural : optional
            By a proof for all inputs of the cube or grid at once, however many, that supposes nothing of the outputs: with
            ``output_range``, the clipped form (``clip=True``) alone.
        **options
            Those of :func:`exactnet.certify`: ``route``, ``precision`` and so on.
        """
        __tracebackhide__ = True
        if structural and options.get("output_range") is not None and not options.get("clip"):
            raise pytest.UsageError("a proof would suppose that the outputs are in output_range: add clip=True, or omit the range")
        network, default = self._read(net)
        where = _domain(domain, (network, default))
        limits = {"gates": gates_at_most, "depth": depth_at_most, "max_weight": weight_at_most}
        words = f"certified {'by proof ' * structural}{sorted(options.items())} {sorted(limits.items(), key=str)}"
        certify = _certify_by_proof if structural else _certify
        self._once(words, network, network, where, lambda: certify(network, where, limits, options))

    def assert_checked(self, certificate: str | os.PathLike[str]) -> None:
        """A certificate, of any format, is right: the file and all that lies beside it are checked anew (``exactnet check``)."""
        __tracebackhide__ = True
        import exactnet as ex
        from exactnet.kernel.errors import ExactnetError

        try:
            reason = repr(checked) if not (checked := ex.check(self._folder / certificate)) else None
        except ExactnetError as error:
            reason = str(error)
        if reason is not None:
            pytest.fail(f"{os.fspath(certificate)}: {reason}", pytrace=False)

    def _read(self, net: Any) -> tuple[Any, Any]:
        """The network, and the domain that comes with it."""
        import exactnet as ex

        if isinstance(net, (str, os.PathLike)):
            path = self._folder / net
            instance = ex.read(path if path.exists() else net)
            return instance.network, instance.domain
        if isinstance(net, ex.Network):
            return net, None
        return net.network, net.domain

    def _once(self, words: str, a: Any, b: Any, domain: Any, check: Callable[[], str | None]) -> None:
        """Fail with what ``check`` finds, unless the same has passed before."""
        __tracebackhide__ = True
        from exactnet import __version__
        from exactnet.files.network_writer import dump_network

        parts = [words.encode(), __version__.encode(), dump_network(a, domain), dump_network(b, domain)]
        key = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
        passed = [] if self._cache is None else list(self._cache.get(_KEY, []))
        if key in passed:
            return
        result = check()
        if result is not None:
            pytest.fail(result, pytrace=False)
        if self._cache is not None:
            self._cache.set(_KEY, [*passed, key][-_REMEMBERED:])


def _domain(domain: Any, read: tuple[Any, Any]) -> Any:
    import exactnet as ex

    network, default = read
    if domain is None:
        domain = default
    if domain is None:
        raise pytest.UsageError("on which inputs? Give a domain, such as 'cube', 'grid:2' or ex.Grid(2, 3)")
    if domain == "cube":
        return ex.Cube(len(network.inputs))
    if isinstance(domain, str) and domain.startswith("grid:"):
        return ex.Grid(int(domain.removeprefix("grid:")), len(network.inputs))
    return domain


def _compare(a: Any, b: Any, domain: Any, **options: Any) -> str | None:
    import exactnet as ex

    comparison = ex.compare(a, b, domain, **options)
    return None if comparison else f"{comparison!r}\n{_table(comparison.counterexample)}"


def _certify(net: Any, domain: Any, limits: dict[str, Any], options: dict[str, Any]) -> str | None:
    import exactnet as ex

    result = ex.certify(net, domain, **options)
    if not result:
        return f"{result!r}\n{_table(result.counterexample)}"
    beyond = _beyond(limits, result.certificate.constructed.as_json())
    return f"{result!r}\n{beyond}" if beyond else None


def _certify_by_proof(net: Any, domain: Any, limits: dict[str, Any], options: dict[str, Any]) -> str | None:
    import exactnet as ex
    from exactnet.certify.structural.certificates import NotCertified

    try:
        result = ex.certify_by_proof(net, domain, **options)
    except NotCertified as error:
        return f"{error}\n{_table(error.counterexample)}"
    return result.document["reason"] or _beyond(limits, result.document["constructed"]) or None


def _beyond(limits: Mapping[str, Any], measured: Mapping[str, Any]) -> str:
    from exactnet.kernel.rationals import as_rational

    return "; ".join(
        f"{name} is {measured[name]}, more than {limit}"
        for name, limit in limits.items()
        if limit is not None and as_rational(measured[name]) > as_rational(limit)
    )


def _table(comparison: Any) -> str:
    """A counterexample as a table."""
    if comparison is None:
        return ""
    rows = [("input", "value", "", "")] + [(name, str(value), "", "") for name, value in comparison.input.items()]
    rows += [("output", "expected", "found", "")]
    for name, value in comparison.expected.items():
        got = comparison.got[name]
        rows.append((name, str(value), str(got), "" if value == got else "differs"))
    return "\n".join(_aligned(rows))


def _aligned(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


@pytest.fixture
def exactnet(request: pytest.FixtureRequest) -> Exactnet:
    """Assertions about networks: ``assert_equal``, ``assert_within``, ``assert_same_class``, ``assert_certified``."""
    return Exactnet(request.path.parent, getattr(request.config, "cache", None))
