"""Routes: from a network to one with small weights."""
