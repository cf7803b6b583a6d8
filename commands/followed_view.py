"""`allocator show PLAN --followed`: a plan beside what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from allocator.sentence import say
from commands.kept_plan import kept_plan
from commands.on_ledger import Desk
from commands.plan_life import life_of, life_tables
from commands.plan_view import table
from commands.table_files import Fact, check_table_file, save_tables

if TYPE_CHECKING:
    from data.plan_followed import Followed

__all__ = ["show_followed"]

_SHOWN = 30


def show_followed(desk: Desk, plan: str, out: Path | None) -> None:
    """Show what became of a plan; write every row to an .xlsx file where one is named."""
    from data.plan_followed import follow, followed_table
    from data.stored_plan import catalogue_of
    from models.database import reading
    from models.days import day_of

    check_table_file(desk.session, out)
    today = day_of(desk.now, desk.ledger.zone)
    with kept_plan(desk, plan) as kept, reading(desk.ledger.engine) as connection:
        case = catalogue_of(kept.folder)
        found = follow(connection, kept.plan, kept.standing, case, today=today, zone=desk.ledger.zone)
        tables = [] if out is None else [followed_table(found), *life_tables(desk, life_of(desk, kept, case))]
    if out is not None:
        title = say("Planned, delivered and used: plan {plan}", plan=found.plan)
        used = say("{first} to {last}", first=found.first.isoformat(), last=found.last.isoformat())
        filters: list[Fact] = [(say("plan"), found.plan), (say("use counted from"), used)]
        save_tables(desk.session, out, tables, title=title, day=found.first, filters=filters, desk=desk)
    days = {"first": found.first.isoformat(), "last": found.last.isoformat()}
    desk.session.show_json("allocator.followed/1", {"plan": plan, **days, "rows": [row.plain() for row in found.rows]})
    _show(desk, found)


def _show(desk: Desk, found: Followed) -> None:
    from data.plan_followed import COLUMNS

    session, word, lang = desk.session, desk.session.word, desk.session.lang
    totals = {name: f"{found.total(name):,}" for name in COLUMNS}
    session.show(
        word(
            say(
                "Plan {plan}: of {planned} units planned {sent} were sent and {delivered} delivered; {damaged} arrived "
                "damaged, {lost} were lost, {under_way} are under way. These sites used {used} from {first} to {last}.",
                plan=found.plan,
                first=found.first.isoformat(),
                last=found.last.isoformat(),
                **totals,
            )
        )
    )
    differing = [row for row in found.rows if row.differs]
    if not differing:
        session.show(word(say("Every site got what was planned.")))
        return
    session.show()
    session.show(word(say("Where something else was delivered than planned ({count:,}):", count=len(differing))))
    session.show()
    differing.sort(key=lambda row: (row.delivered - row.planned, row.site.code, row.item.code))
    titles = [word(say("site")), word(say("item")), *(word(title) for title in COLUMNS.values())]
    rows = [
        [row.site.worded(lang), row.item.worded(lang), *(f"{getattr(row, name):,}" for name in COLUMNS)]
        for row in differing[:_SHOWN]
    ]
    for line in table([titles, *rows], left=2):
        session.show(line)
    if len(differing) > _SHOWN:
        session.show(word(say("… and {more} more; --json lists all.", more=len(differing) - _SHOWN)))
