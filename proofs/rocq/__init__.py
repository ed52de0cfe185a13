"""The theorems as a Rocq (Coq) development, and the verified checker: see README.md in this directory."""
