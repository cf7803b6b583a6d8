"""A plan line by line: what was proposed, what a person decided, and what stands, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.sentence import say
from commands.kept_plan import Kept
from commands.on_ledger import Desk
from commands.plan_view import table
from commands.table_files import save_tables

if TYPE_CHECKING:
    from models.plan_overrides import Decision

__all__ = ["save_lines", "show_lines"]

_COLUMNS = (
    ("site", say("site"), "text"),
    ("site_name", say("site name"), "text"),
    ("item", say("item"), "text"),
    ("item_name", say("item name"), "text"),
    ("depot", say("depot"), "text"),
    ("proposed_units", say("proposed"), "whole"),
    ("override_units", say("override"), "whole"),
    ("final_units", say("final"), "whole"),
    ("reason", say("reason"), "text"),
    ("actor", say("by"), "text"),
    ("conflict", say("conflict"), "text"),
    ("note", say("note"), "text"),
)


def show_lines(desk: Desk, kept: Kept) -> list[dict[str, Any]]:
    """Print a kept plan's lines, and return them for JSON."""
    from data.plan_standing import conflicts_of
    from models.database import reading
    from models.plan_overrides import standing
    from models.reasons import reason_named

    word = desk.session.word
    with reading(desk.ledger.engine) as connection:
        decided = {(each.site, each.item): each for each in standing(connection, kept.plan.id)}
    proposed, final = _units(kept.folder), _units(kept.standing)
    conflicts = conflicts_of(kept.folder, desk.session.lang)
    rows = []
    keys = {(site, item, depot) for site, item, depot in (*proposed, *final)}
    # An override to nothing of what nobody proposed has no line of its own.
    keys |= {(*pair, "") for pair in decided.keys() - {key[:2] for key in keys}}
    for site, item, depot in sorted(keys):
        own = decided.get((site, item))
        reason = reason_named("override", own.reason) if own else None
        rows.append(
            {
                "site": site,
                "item": item,
                "depot": depot,
                "proposed_units": proposed.get((site, item, depot), 0),
                "override_units": own.units if own else None,
                "final_units": final.get((site, item, depot), 0),
                "reason": word(reason.says) if reason else "",
                "actor": own.actor if own else "",
                "conflict": conflicts.get((site, item), ""),
                "note": own.note if own else "",
            }
        )
    if not desk.session.as_json:
        _table(desk, rows, decided)
    return rows


def save_lines(desk: Desk, kept: Kept, rows: list[dict[str, Any]], out: Path) -> None:
    """Save the same lines to a file."""
    import datetime as dt

    from data.tables_out import rows_out
    from models.database import reading
    from models.known_names import all_names
    from models.plan_events import status_word

    with reading(desk.ledger.engine) as connection:
        sites, items = all_names(connection)
    named = [row | {"site_name": sites.get(row["site"], ""), "item_name": items.get(row["item"], "")} for row in rows]
    cells = [tuple(row[name] for name, _, _ in _COLUMNS) for row in named]
    plan = kept.plan
    save_tables(
        desk.session,
        out,
        [rows_out("lines", say("Lines"), _COLUMNS, cells)],
        title=say("Lines of plan {plan}", plan=plan.id),
        day=dt.date.fromisoformat(plan.date),
        filters=[(say("plan"), plan.id), (say("status"), status_word(plan.status))],
        desk=desk,
    )


def _units(folder: Path) -> dict[tuple[str, str, str], int]:
    from data.plan_standing import lines_of

    return {(line.site, line.item, line.depot): line.units for line in lines_of(folder)}


def _table(desk: Desk, rows: list[dict[str, Any]], decided: dict[tuple[str, str], Decision]) -> None:
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
