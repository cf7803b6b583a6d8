"""Views: what somebody looks at again and again, as the address of a page with its filters under a name of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import sqlalchemy as sa

from allocator.sentence import say
from models.canonical import normal
from models.database import writing
from models.entry import Refusal
from models.view_tables import saved_view

__all__ = ["NAME_LETTERS_MAX", "VIEWS_MAX", "View", "drop_view", "is_local", "save_view", "views_of"]

VIEWS_MAX = 50
"""How many views somebody may keep."""

NAME_LETTERS_MAX = 60
_ADDRESS_LETTERS_MAX = 1000


@dataclass(frozen=True)
class View:
    """A page with its filters, by its name."""

    name: str
    address: str

    @property
    def path(self) -> str:
        """The page itself, without filters."""
        return urlsplit(self.address).path


def is_local(address: str) -> bool:
    """Say whether an address is a path of these pages, which no browser can take for another site.

    >>> is_local("/stock?site=P1"), is_local("//evil.example/stock"), is_local("https://evil.example/")
    (True, False, False)
    """
    if not address.startswith("/") or address.startswith("//") or len(address) > _ADDRESS_LETTERS_MAX:
        return False
    return not any(sign == "\\" or sign.isspace() or not sign.isprintable() for sign in address)


def views_of(connection: sa.Connection, person: str) -> list[View]:
    """Return the views of somebody by name."""
    query = sa.select(saved_view.c.name, saved_view.c.address).where(saved_view.c.person == person)
    return [View(row.name, row.address) for row in connection.execute(query.order_by(saved_view.c.name))]


def save_view(engine: sa.Engine, person: str, name: str, address: str, *, at: int) -> View:
    """Keep a view; one of the same name is replaced. `at`: now.

    Raises:
        Refusal: it has no name, or a long one; the address is none of these pages; there are too many.

    """
    view = View(normal(name.strip()), address)
    if not 0 < len(view.name) <= NAME_LETTERS_MAX or not view.name.isprintable():
        raise Refusal(say("Give the view a name of 1 to {most} letters.", most=NAME_LETTERS_MAX))
    if not is_local(address):
        raise Refusal(say("This is no address of these pages. Save a view from the page that it is of."))
    own = (saved_view.c.person == person, saved_view.c.name == view.name)
    with writing(engine) as connection:
        connection.execute(sa.delete(saved_view).where(*own))
        count = sa.select(sa.func.count()).select_from(saved_view).where(saved_view.c.person == person)
        if connection.execute(count).scalar_one() >= VIEWS_MAX:
            raise Refusal(say("You keep {most} views already. Delete one first.", most=VIEWS_MAX))
        row = {"person": person, "name": view.name, "address": address, "saved_at": at}
        connection.execute(sa.insert(saved_view), row)
    return view


def drop_view(engine: sa.Engine, person: str, name: str) -> None:
    """Forget a view; nothing where there is none."""
    with writing(engine) as connection:
        connection.execute(sa.delete(saved_view).where(saved_view.c.person == person, saved_view.c.name == name))
