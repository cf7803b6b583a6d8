"""The catalogue: items, sites and partners, found by the address, saved whole; one item or site changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import sqlalchemy as sa
from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from allocator.sentence import Named, Sentence, say
from data.catalogue_row import save_row
from data.catalogue_tables import items_table, lanes_table, needs_table, partners_table, sites_table
from data.tables_out import TableOut
from models.catalogue_read import ItemRead, SiteRead, lanes_of, needs_of, substitutes_of
from models.database import reading
from models.days import day_of, now_micros
from models.entry import Refusal
from models.rights import reach_of
from models.versions import Stamp
from web.catalogue_asked import CHANGE_CATALOGUE, SEE_CATALOGUE, items_asked, partners_asked, sites_asked
from web.kept import names_kept
from web.pages import page
from web.saved_tables import saved_tables
from web.sealer import then_seal
from web.shown_tables import shown_table
from web.visitors import Visitor, ledger_of, refuse_forged, visitor_with

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

ROWS = 100
_LETTERS_MAX = 200

TITLES = {"items": say("Items"), "sites": say("Sites"), "partners": say("Partners")}
_FILTERS = {
    "items": {"q": say("code, name or barcode"), "use": say("use")},
    "sites": {"q": say("code or name"), "kind": say("kind"), "area": say("area"), "tier": say("tier")},
    "partners": {"q": say("code or name"), "kind": say("kind")},
}
_ITEM_FIELDS = ("name", "name_zh", "unit", "pack_units", "pack_kg", "pack_m3", "use")
_SITE_FIELDS = ("name", "name_zh", "kind", "area", "tier", "lat", "lon")

Text = Annotated[str, Form(max_length=_LETTERS_MAX)]
Query = dict[str, str]


def _item_address(code: str) -> str:
    return f"/catalogue/items/{quote(code, safe='')}"


def _site_address(code: str) -> str:
    return f"/catalogue/sites/{quote(code, safe='')}"


_LINKS: Mapping[str, Callable[[str], str]] = {
    "item": _item_address, "site": _site_address, "depot": _site_address
}  # fmt: skip


@router.get("/catalogue")
def show(
    request: Request,
    what: str = "items",
    q: str = "",
    kind: str = "",
    area: str = "",
    tier: str = "",
    use: str = "",
    start: int = 0,
) -> Response:
    """Show one of its tables, a page at a time."""
    visitor = visitor_with(request, SEE_CATALOGUE)
    what, query = _asked(what, q=q, kind=kind, area=area, tier=tier, use=use)
    with reading(ledger_of(request).engine) as connection:
        found = _rows(connection, visitor, what, query)
    start = min(max(start, 0), max(0, len(found) - 1)) // ROWS * ROWS
    turned = {"what": what, **query}
    return page(
        request,
        "catalogue.html",
        what=what,
        titles=TITLES,
        filters=_FILTERS[what],
        table=shown_table(request, _table(what, found[start : start + ROWS]), ({}, {}), links=_LINKS),
        first=start + 1 if found else 0,
        last=min(start + ROWS, len(found)),
        count=len(found),
        asked=query,
        query=urlencode(turned),
        before=None if start == 0 else urlencode(turned | {"start": start - ROWS}),
        after=None if start + ROWS >= len(found) else urlencode(turned | {"start": start + ROWS}),
    )


@router.get("/catalogue{ending}")
def save(
    request: Request,
    ending: str,
    what: str = "items",
    q: str = "",
    kind: str = "",
    area: str = "",
    tier: str = "",
    use: str = "",
) -> Response:
    """Give one of its tables as a file."""
    visitor = visitor_with(request, SEE_CATALOGUE)
    what, query = _asked(what, q=q, kind=kind, area=area, tier=tier, use=use)
    ledger = ledger_of(request)
    with reading(ledger.engine) as connection:
        table = _table(what, _rows(connection, visitor, what, query))
    filters = [(title, query.get(name, say("not limited"))) for name, title in _FILTERS[what].items()]
    day = day_of(now_micros(), ledger.zone)
    return saved_tables(request, visitor, what, ending, [table], title=TITLES[what], day=day, filters=filters)


@router.get("/catalogue/items/{code}")
def show_item(request: Request, code: str) -> Response:
    """Show one item."""
    return _item(request, visitor_with(request, SEE_CATALOGUE), code)


@router.post("/catalogue/items/{code}")
def change_item(
    request: Request,
    code: str,
    form: Text = "",
    name: Text = "",
    name_zh: Text = "",
    unit: Text = "",
    pack_units: Text = "",
    pack_kg: Text = "",
    pack_m3: Text = "",
    use: Text = "",
) -> Response:
    """Change one item, as `import` of its row does."""
    visitor = visitor_with(request, CHANGE_CATALOGUE)
    refuse_forged(request, form)
    values = (name, name_zh, unit, pack_units, pack_kg, pack_m3, use)
    typed = dict(zip(_ITEM_FIELDS, values, strict=True))
    _one_item(request, code)
    wrong = _saved(request, visitor, "items", {"item": code, **typed})
    if wrong:
        return _item(request, visitor, code, what="change", wrong=wrong, typed=typed)
    return RedirectResponse(_item_address(code), status_code=303, background=then_seal(request))


@router.post("/catalogue/items/{code}/gtins")
def add_gtin(request: Request, code: str, form: Text = "", gtin: Text = "", units: Text = "") -> Response:
    """Say that a barcode is of an item, as `import` of its row does."""
    visitor = visitor_with(request, CHANGE_CATALOGUE)
    refuse_forged(request, form)
    _one_item(request, code)
    typed = {"gtin": gtin, "units": units}
    wrong = _saved(request, visitor, "gtins", {"gtin": gtin, "item": code, "units": units})
    if wrong:
        return _item(request, visitor, code, what="gtin", wrong=wrong, typed=typed)
    return RedirectResponse(_item_address(code), status_code=303, background=then_seal(request))


@router.get("/catalogue/sites/{code}")
def show_site(request: Request, code: str) -> Response:
    """Show one site."""
    return _site(request, visitor_with(request, SEE_CATALOGUE), code)


@router.post("/catalogue/sites/{code}")
def change_site(
    request: Request,
    code: str,
    form: Text = "",
    name: Text = "",
    name_zh: Text = "",
    kind: Text = "",
    area: Text = "",
    tier: Text = "",
    lat: Text = "",
    lon: Text = "",
) -> Response:
    """Change one site, as `import` of its row does."""
    visitor = visitor_with(request, CHANGE_CATALOGUE)
    refuse_forged(request, form)
    typed = dict(zip(_SITE_FIELDS, (name, name_zh, kind, area, tier, lat, lon), strict=True))
    _one_site(request, visitor, code)
    wrong = _saved(request, visitor, "sites", {"site": code, **typed})
    if wrong:
        return _site(request, visitor, code, wrong=wrong, typed=typed)
    return RedirectResponse(_site_address(code), status_code=303, background=then_seal(request))


def _asked(what: str, **typed: str) -> tuple[str, Query]:
    """Return which table is asked for, and its filters.

    Raises:
        HTTPException: 404, there is no such table.

    """
    if what not in TITLES:
        raise HTTPException(status_code=404)
    query = {name: value.strip()[:_LETTERS_MAX] for name, value in typed.items() if value.strip()}
    return what, {name: value for name, value in query.items() if name in _FILTERS[what]}


def _rows(connection: sa.Connection, visitor: Visitor, what: str, query: Query) -> list[Any]:
    if what == "items":
        return items_asked(connection, **query)
    if what == "partners":
        return partners_asked(connection, **query)
    return sites_asked(connection, visitor.person, **query)


def _table(what: str, rows: list[Any]) -> TableOut:
    if what == "items":
        return items_table(rows)
    return partners_table(rows) if what == "partners" else sites_table(rows)


def _saved(request: Request, visitor: Visitor, kind: str, values: Mapping[str, str]) -> tuple[Sentence, ...]:
    """Save a row; return why it was refused, nothing where it was not."""
    plain = {name: value.strip() for name, value in values.items()}
    try:
        save_row(ledger_of(request), kind, plain, Stamp(visitor.person.id, now_micros()))
    except Refusal as refusal:
        return refusal.sentences
    return ()


def _one_item(request: Request, code: str) -> ItemRead:
    with reading(ledger_of(request).engine) as connection:
        found = next((each for each in items_asked(connection) if each.code == code), None)
    if found is None:
        raise HTTPException(status_code=404)
    return found


def _one_site(request: Request, visitor: Visitor, code: str) -> SiteRead:
    with reading(ledger_of(request).engine) as connection:
        found = next((each for each in sites_asked(connection, visitor.person) if each.code == code), None)
    if found is None:
        raise HTTPException(status_code=404)
    return found


def _item(
    request: Request,
    visitor: Visitor,
    code: str,
    *,
    what: str = "",
    wrong: tuple[Sentence, ...] = (),
    typed: Query | None = None,
) -> Response:
    one = _one_item(request, code)
    with reading(ledger_of(request).engine) as connection:
        instead, names = substitutes_of(connection, code), names_kept(request, connection)
        changes = visitor.may(CHANGE_CATALOGUE) and reach_of(connection, visitor.person, CHANGE_CATALOGUE).everywhere
    return page(
        request,
        "catalogue-item.html",
        status=422 if wrong else 200,
        one=one,
        name=Named("", one.name, one.name_zh),
        instead=[(by, names[1].get(by), units) for by, units in instead],
        changes=changes,
        values=_values(one, _ITEM_FIELDS) | (typed or {}),
        typed=typed or {},
        what=what,
        wrong=wrong,
    )


def _site(
    request: Request, visitor: Visitor, code: str, *, wrong: tuple[Sentence, ...] = (), typed: Query | None = None
) -> Response:
    one = _one_site(request, visitor, code)
    with reading(ledger_of(request).engine) as connection:
        lanes = lanes_of(connection, code, reach_of(connection, visitor.person, SEE_CATALOGUE))
        needs, names = needs_of(connection, code), names_kept(request, connection)
        changes = visitor.may(CHANGE_CATALOGUE) and reach_of(connection, visitor.person, CHANGE_CATALOGUE).everywhere
    return page(
        request,
        "catalogue-site.html",
        status=422 if wrong else 200,
        one=one,
        name=Named("", one.name, one.name_zh),
        lanes=shown_table(request, lanes_table(lanes), names, links=_LINKS),
        needs=shown_table(request, needs_table(needs), names, links=_LINKS),
        changes=changes,
        values=_values(one, _SITE_FIELDS) | (typed or {}),
        wrong=wrong,
    )


def _values(one: ItemRead | SiteRead, fields: tuple[str, ...]) -> Query:
    """Return what the fields show: numbers as they are typed."""
    return {name: _typed(getattr(one, name)) for name in fields}


def _typed(value: str | float | None) -> str:
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value)
