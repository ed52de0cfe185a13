"""Mutants of the checkers: plausible one-line mistakes that some test must find."""
