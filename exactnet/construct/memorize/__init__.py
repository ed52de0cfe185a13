"""Memorisation: a ReLU network with a given label at each of finitely many points (docs/memorize.md)."""
