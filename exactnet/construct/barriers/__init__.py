"""S5: from networks to circuits and back."""
