"""The definition of what a network computes; it lives in :mod:`exactnet.kernel.values`."""

from exactnet.kernel.values import all_values, evaluate

__all__ = ["all_values", "evaluate"]
