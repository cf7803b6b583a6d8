"""`allocator report`: what is handed to others on one sheet."""

from __future__ import annotations

from commands.report_day import report_day
from commands.report_decisions import report_decisions
from commands.report_donation import report_donation
from commands.report_group import run

__all__ = ["report_day", "report_decisions", "report_donation", "run"]
