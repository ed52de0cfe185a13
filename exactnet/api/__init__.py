"""What ``import exactnet as ex`` offers, each verb one function; everything here only calls the rooms that do the work."""

from __future__ import annotations

from exactnet.api.results import Comparison, Result
from exactnet.api.verbs import bounds, certify, check, compare, construct, measure, read, recheck, write

__all__ = ["Comparison", "Result", "bounds", "certify", "check", "compare", "construct", "measure", "read", "recheck", "write"]
