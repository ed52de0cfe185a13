"""Networks under test: hypothesis strategies (:mod:`.strategies`) and a pytest plugin (:mod:`.plugin`, entry point ``pytest11``).

Nothing here is imported by the rest of exactnet. ``from exactnet.testing import networks, domains`` needs hypothesis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["circuits", "domains", "networks", "rationals"]

if TYPE_CHECKING:
    from exactnet.testing.strategies import circuits, domains, networks, rationals
else:

    def __getattr__(name: str) -> object:
        """Import hypothesis only where a strategy is used: the plugin is loaded by every run of pytest."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        try:
            from exactnet.testing import strategies
        except ModuleNotFoundError:
            raise ImportError(f"exactnet.testing.{name} needs hypothesis: pip install hypothesis") from None

        return getattr(strategies, name)
