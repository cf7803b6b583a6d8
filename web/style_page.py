"""The design system on one page: what every other page is made of."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from data.stock_tables import STATE_WORDS
from web.pages import page

__all__ = ["router"]

router = APIRouter(include_in_schema=False)


@router.get("/style")
def show(request: Request) -> Response:
    """Show it; it says nothing of the ledger, so anybody may look."""
    return page(request, "style.html", states=STATE_WORDS)
