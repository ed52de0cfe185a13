"""The trusted room: what a network computes, how large it is, and whether two of them agree on a whole domain."""
