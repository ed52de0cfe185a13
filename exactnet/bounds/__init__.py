"""Stated bounds as sympy expressions, one lemma at a time, and the parameters that they are evaluated at."""
