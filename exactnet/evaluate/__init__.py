"""What a network means: the reference evaluator (the definition) and the block evaluator (the fast one)."""
