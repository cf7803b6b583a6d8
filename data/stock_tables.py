"""What is where, as people read it: its words, and tables of lots and totals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from allocator.sentence import Named, say
from allocator.words import unit_named

if TYPE_CHECKING:
    from data.tables_out import TableOut
    from models.stock import ItemTotal, StockRow

__all__ = ["STATE_WORDS", "packs_said", "stock_tables"]

Names = tuple[dict[str, Named], dict[str, Named]]

STATE_WORDS = {
    "usable": say("usable"),
    "quarantine": say("quarantine"),
    "expired": say("expired"),
    "recalled": say("recalled"),
    "reserved": say("reserved"),
    "in_transit": say("in transit"),
}
"""What each state of stock is called."""

_ROWS = (
    ("site", say("site"), "text"),
    ("site_name", say("site name"), "text"),
    ("item", say("item"), "text"),
    ("item_name", say("item name"), "text"),
    ("lot", say("lot"), "text"),
    ("expires", say("expires"), "date"),
    ("state", say("state"), "text"),
    ("place", say("place"), "text"),
    ("units", say("units"), "whole"),
    ("unit", say("unit"), "text"),
    ("packs", say("packs"), "whole"),
    ("loose_units", say("units beside packs"), "whole"),
    ("fund", say("fund"), "text"),
    ("earmark", say("earmark"), "text"),
)


def packs_said(units: int, pack_units: int) -> str:
    """Return units as whole packs and the units beside them.

    >>> packs_said(120, 50), packs_said(100, 50), packs_said(7, 50), packs_said(0, 50)
    ('2 + 20', '2', '0 + 7', '0')
    """
    whole, rest = divmod(units, pack_units)
    return f"{whole:,} + {rest:,}" if rest else f"{whole:,}"


def stock_tables(rows: Sequence[StockRow], totals: Sequence[ItemTotal], names: Names) -> list[TableOut]:
    """Return what is held as tables. `names`: of sites and of items, by code."""
    from data.tables_out import rows_out

    states = [(f"{state}_units", title, "whole") for state, title in STATE_WORDS.items()]
    return [
        rows_out("stock", say("Stock"), _ROWS, [_row(row, names) for row in rows]),
        rows_out(
            "totals",
            say("By item"),
            [
                ("item", say("item"), "text"),
                ("item_name", say("item name"), "text"),
                ("unit", say("unit"), "text"),
                *states,
                ("all_units", say("all"), "whole"),
            ],
            [_total(total, names) for total in totals],
        ),
    ]


def _row(row: StockRow, names: Names) -> tuple[Any, ...]:
    from models.words import place_word

    sites, items = names
    return (
        row.site,
        sites.get(row.site),
        row.item,
        items.get(row.item),
        row.lot,
        row.expires,
        STATE_WORDS[row.state],
        "" if row.place == row.site else place_word(row.place),
        row.units,
        unit_named(row.unit),
        *divmod(row.units, row.pack_units),
        row.owner_fund,
        row.earmark,
    )


def _total(total: ItemTotal, names: Names) -> tuple[Any, ...]:
    _, items = names
    states = (total.units[state] for state in STATE_WORDS)
    return (total.item, items.get(total.item), unit_named(total.unit), *states, total.all_units)
