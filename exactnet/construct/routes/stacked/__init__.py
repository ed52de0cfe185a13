"""Route D: one layer of gates for a ReLU layer."""
