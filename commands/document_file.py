"""`allocator show DOC --out FILE`: the lines of a document as a table."""

from __future__ import annotations

from pathlib import Path

from allocator.sentence import say
from commands.on_ledger import Desk
from commands.table_files import Fact, check_table_file, save_tables

__all__ = ["save_document"]

_COLUMNS = (
    ("item", say("item"), "text"),
    ("item_name", say("item name"), "text"),
    ("lot", say("lot"), "text"),
    ("expires", say("expires"), "date"),
    ("from", say("from"), "text"),
    ("to", say("to"), "text"),
    ("units", say("units"), "whole"),
)


def save_document(desk: Desk, number: int, out: Path) -> None:
    """Save what a document moved; one that is not there is refused by whoever shows it."""
    from data.tables_out import rows_out
    from models.database import reading
    from models.days import clock_of, day_of
    from models.documents_read import read_document
    from models.known_names import all_names
    from models.tables import NO_EXPIRY
    from models.words import place_word, type_word

    check_table_file(desk.session, out)
    with reading(desk.ledger.engine) as connection:
        seen = read_document(connection, number)
        _, items = all_names(connection)
    if seen is None:
        return
    rows = [
        (
            line.lot.item,
            items.get(line.lot.item),
            line.lot.lot_no,
            "" if line.lot.expires == NO_EXPIRY else line.lot.expires,
            place_word(line.from_location),
            place_word(line.to_location),
            line.units,
        )
        for line in seen.lines
    ]
    zone = desk.ledger.zone
    facts: list[Fact] = [
        (say("document"), str(seen.number)),
        (say("type"), type_word(seen.type)),
        (say("time"), clock_of(seen.occurred_at, zone)),
        (say("site"), seen.site or ""),
    ]
    title = say("Document {number}", number=seen.number)
    table = rows_out("lines", say("Lines"), _COLUMNS, rows, added_up=("units",))
    save_tables(desk.session, out, [table], title=title, day=day_of(seen.occurred_at, zone), filters=facts, desk=desk)
