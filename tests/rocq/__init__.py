"""Tests of the Rocq development and of the verified checker; they skip where coqc is not installed."""
