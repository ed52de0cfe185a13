"""Tactics: they know how each route builds and write the proof of what it built. Untrusted."""
