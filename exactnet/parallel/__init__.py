"""Who evaluates which range of a domain: this process, several processes, or other machines; always in order."""

from __future__ import annotations

