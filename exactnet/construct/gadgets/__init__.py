"""Gadgets, one lemma a file: from forms to forms."""
