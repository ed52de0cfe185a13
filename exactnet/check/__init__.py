"""``exactnet check``: a certificate, verified again from its networks alone."""
