"""Background jobs that need no scenario, by name."""

from __future__ import annotations

from collections.abc import Mapping

from models.job_work import JobKind

__all__ = ["JOBS"]

JOBS: Mapping[str, JobKind] = {}
