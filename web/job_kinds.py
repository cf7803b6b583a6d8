"""Every kind of background job that pages ask for, from both sides of the layer below."""

from __future__ import annotations

from allocator.sentence import Sentence
from data import job_kinds as plain
from models.jobs import Job
from scenarios import job_kinds as what_ifs

__all__ = ["title_of"]

_TITLES = {**{name: kind.title for name, kind in plain.JOBS.items()}, **what_ifs.TITLES}


def title_of(job: Job) -> Sentence | str:
    """Return what a job does, in words; its code where this program does not know it (any more)."""
    return _TITLES.get(job.kind, job.kind)
