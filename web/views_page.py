"""My views: addresses of pages with their filters, kept under names of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from allocator.sentence import Sentence, say
from models.database import reading
from models.days import now_micros
from models.entry import Refusal
from models.saved_views import NAME_LETTERS_MAX, drop_view, is_local, save_view, views_of
from web.menu import MENU
from web.pages import page
from web.visitors import Visitor, ledger_of, refuse_forged, visitor_with

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

KEEPS = "see-stock"
"""The right to keep views: everybody's. What a view is of takes its own."""

Text = Annotated[str, Form(max_length=2000)]


@router.get("/views")
def show(request: Request) -> Response:
    """Show one's views."""
    return _shown(request, visitor_with(request, KEEPS))


@router.post("/views")
def save(request: Request, name: Text = "", address: Text = "", form: Text = "") -> Response:
    """Keep a view, and go back to what it is of."""
    visitor = visitor_with(request, KEEPS)
    refuse_forged(request, form)
    if not _is_page(visitor, address):
        why = say("This is no address of these pages. Save a view from the page that it is of.")
        return _shown(request, visitor, [why])
    try:
        view = save_view(ledger_of(request).engine, visitor.person.id, name, address, at=now_micros())
    except Refusal as refusal:
        return _shown(request, visitor, refusal.sentences, address=address, name=name)
    return RedirectResponse(view.address, status_code=303)


@router.post("/views/delete")
def delete(request: Request, name: Text = "", form: Text = "") -> Response:
    """Forget a view."""
    visitor = visitor_with(request, KEEPS)
    refuse_forged(request, form)
    drop_view(ledger_of(request).engine, visitor.person.id, name)
    return RedirectResponse("/views", status_code=303)


def _is_page(visitor: Visitor, address: str) -> bool:
    """Say whether an address is of a page of the menu that somebody may see."""
    path = urlsplit(address).path if is_local(address) else ""
    return any(entry.holds(path) and visitor.may(entry.right) for entry in MENU)


def _shown(
    request: Request, visitor: Visitor, wrong: Sequence[Sentence] = (), *, address: str = "", name: str = ""
) -> Response:
    with reading(ledger_of(request).engine) as connection:
        views = views_of(connection, visitor.person.id)
    return page(
        request,
        "views.html",
        status=422 if wrong else 200,
        views=views,
        wrong=wrong,
        address=address,
        name=name,
        letters_max=NAME_LETTERS_MAX,
    )
