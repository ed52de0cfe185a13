"""Tests of structural certificates."""
