"""Who evaluates which range of a domain: this process, several processes, or other machines; always in order."""

from __future__ import annotations

from exactnet.distribute.jobs import CheckJob, Job, Progress, SurveyJob, silent
from exactnet.distribute.runner import Backend, Runner, Serial

__all__ = ["Backend", "CheckJob", "Job", "Progress", "Runner", "Serial", "SurveyJob", "silent"]
