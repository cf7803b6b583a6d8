"""Who pays for an override and who gains, in a few lines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from allocator.sentence import say
from commands.plan_view import table
from commands.session import Session

if TYPE_CHECKING:
    from data.replanning import Payer
    from data.tables_out import TableOut

__all__ = ["payers_table", "show_payers"]

_SHOWN = 10


def show_payers(session: Session, changes: Sequence[Payer], decided: Collection[tuple[str, str]]) -> None:
    """Print who gets less because of overrides, the worst first, and how many get more.

    `decided`: the sites and items that were overridden themselves.
    """
    others = [each for each in changes if (each.site.code, each.item.code) not in decided]
    pay = [each for each in others if each.pays]
    gain = [each for each in others if not each.pays]
    word = session.word
    if not pay and not gain:
        session.show(word(say("Nobody else gets more or less because of it.")))
        return
    if pay:
        session.show(word(say("It is paid for by these, who get less ({count:,}):", count=len(pay))))
        session.show()
        _table(session, pay[:_SHOWN])
        if len(pay) > _SHOWN:
            session.show(word(say("… and {count:,} more, who lose less.", count=len(pay) - _SHOWN)))
    if gain:
        if pay:
            session.show()
        session.show(word(say("These get more because of it ({count:,}):", count=len(gain))))
        session.show()
        _table(session, gain[::-1][:_SHOWN])
        if len(gain) > _SHOWN:
            session.show(word(say("… and {count:,} more, who gain less.", count=len(gain) - _SHOWN)))


_TITLES = (
    *(say("site"), say("item"), say("units before"), say("units after")),
    *(say("cover before"), say("cover after")),
)


def payers_table(changes: Sequence[Payer]) -> TableOut:
    """Return all who get less or more as a table to save, the worst first."""
    from data.tables_out import rows_out

    names = ("site", "item", "units_before", "units_after", "cover_before", "cover_after")
    columns = list(zip(names, _TITLES, ("text", "text", *["decimal"] * 4), strict=True))
    rows = [
        (each.site, each.item, each.units_before, each.units_after, each.cover_before, each.cover_after)
        for each in changes
    ]
    return rows_out("payers", say("Who gets less or more"), columns, rows)


def _table(session: Session, rows: Sequence[Payer]) -> None:
    word, lang = session.word, session.lang
    cells = [
        (
            each.site.worded(lang),
            each.item.worded(lang),
            f"{each.units_before:,.10g}",
            f"{each.units_after:,.10g}",
            f"{each.cover_before:.2f}",
            f"{each.cover_after:.2f}",
        )
        for each in rows
    ]
    for line in table([tuple(word(title) for title in _TITLES), *cells], left=2):
        session.show(f"  {line}")
