"""Claims about rational matrices: identities, inequalities, bounds of singular values (docs/rank.md, docs/natural-weights.md)."""
