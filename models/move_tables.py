"""The ledger's table of its own move to another database: one row while it moves and after it has, else none.

It is no fact: the row is taken away again where a move is given up, and in the copy once that is the ledger.
"""

from __future__ import annotations

import sqlalchemy as sa

from models.table_parts import Whole, table, text

__all__ = ["ledger_move"]

ledger_move = table(
    "ledger_move",
    sa.Column("id", Whole, sa.CheckConstraint("id = 1", name="one"), primary_key=True),
    sa.Column("token", sa.Text, nullable=False),  # a random name of this try, the same in both
    sa.Column("is_copy", Whole, nullable=False, server_default="0"),  # 1: this is what is being made
    sa.Column("place", sa.Text, nullable=False),  # where it goes, without a password
    sa.Column("actor", sa.Text, nullable=False),
    text("worker"),  # the machine and process that moves it
    sa.Column("began_at", Whole, nullable=False),
    sa.Column("moved_at", Whole, nullable=True),  # absent: it is still being copied
)
