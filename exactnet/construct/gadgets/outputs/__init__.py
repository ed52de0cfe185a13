"""The last layers: exact, rounded and clipped outputs."""
