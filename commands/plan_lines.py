"""A plan line by line: what was proposed, what a person decided, and what stands, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.sentence import say
from commands.on_ledger import Desk
from commands.plan_view import table
from commands.table_files import save_tables

if TYPE_CHECKING:
    from data.kept_plan import Kept
    from data.plan_lines import PlanLine

__all__ = ["show_lines"]


def show_lines(desk: Desk, kept: Kept, out: Path | None = None) -> list[dict[str, Any]]:
    """Print a kept plan's lines, and return them for JSON; `out`: save them to this file."""
    from data.plan_lines import plan_lines
    from models.database import reading

    word = desk.session.word
    with reading(desk.ledger.engine) as connection:
        lines = plan_lines(connection, kept.plan.id, desk.session.lang)
    rows = [
        {
            "site": line.site,
            "item": line.item,
            "depot": line.depot,
            "proposed_units": line.proposed_units,
            "override_units": line.override_units,
            "final_units": line.final_units,
            "reason": word(line.reason) if line.reason else "",
            "actor": line.actor,
            "conflict": line.conflict,
            "note": line.note,
        }
        for line in lines
    ]
    if out is not None:
        _save(desk, kept, lines, out)
    if not desk.session.as_json:
        _table(desk, rows, decided=any(line.override_units is not None for line in lines))
    return rows


def _save(desk: Desk, kept: Kept, lines: list[PlanLine], out: Path) -> None:
    import datetime as dt

    from data.plan_lines import lines_table
    from models.database import reading
    from models.known_names import all_names
    from models.plan_events import status_word

    with reading(desk.ledger.engine) as connection:
        names = all_names(connection)
    plan = kept.plan
    save_tables(
        desk.session,
        out,
        [lines_table(lines, names)],
        title=say("Lines of plan {plan}", plan=plan.id),
        day=dt.date.fromisoformat(plan.date),
        filters=[(say("plan"), plan.id), (say("status"), status_word(plan.status))],
        desk=desk,
    )


def _table(desk: Desk, rows: list[dict[str, Any]], *, decided: bool) -> None:
    session, word = desk.session, desk.session.word
    titles = [say("site"), say("item"), say("depot"), say("proposed"), say("override"), say("final")]
    titles += [say("reason"), say("by")] if decided else []
    cells = []
    for row in rows:
        override = row["override_units"]
        numbers = [row["proposed_units"], override, row["final_units"]]
        shown = ["" if each is None else f"{each:,}" for each in numbers]
        why = [row["conflict"] or row["reason"], row["actor"]] if decided else []
        cells.append((row["site"], row["item"], row["depot"], *shown, *why))
    session.show()
    for line in table([tuple(word(title) for title in titles), *cells], left=3):
        session.show(line)
