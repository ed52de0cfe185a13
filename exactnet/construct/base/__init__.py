"""The network under construction: forms, nodes, scaling."""
