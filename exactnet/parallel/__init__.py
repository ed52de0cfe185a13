"""Who evaluates which range of a domain: this process, several processes, or other machines; always in order."""

from __future__ import annotations

from exactnet.kernel.runs import Backend, Job, Progress, Runner, Serial, silent
from exactnet.kernel.sweep import CheckJob, SurveyJob

__all__ = ["Backend", "CheckJob", "Job", "Progress", "Runner", "Serial", "SurveyJob", "silent"]
