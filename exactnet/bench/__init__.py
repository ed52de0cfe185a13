"""Measurements of the whole tool, as ratios within one run."""
