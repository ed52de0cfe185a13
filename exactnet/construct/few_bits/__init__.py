"""S7: weights of few bits at the same depth."""
