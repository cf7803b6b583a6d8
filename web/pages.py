"""Make pages from templates, in the reader's language, with everything in them escaped."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from allocator.sentence import Named, Sentence
from data.texts import LANGUAGES, translator
from models.database import reading
from models.saved_views import View, views_of
from web.menu import MENU

__all__ = ["LANGUAGE_COOKIE", "STATIC", "language_of", "page"]

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
LANGUAGE_COOKIE = "lang"


def language_of(request: Request) -> str:
    """Return the language a reader chose, else the first of their browser's that is here, else English."""
    chosen = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    for part in request.headers.get("accept-language", "").split(",")[:20]:
        short = part.partition(";")[0].strip().partition("-")[0].lower()
        if short in LANGUAGES:
            return short
    return "en"


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page. `values`: what its template speaks of."""
    lang = language_of(request)
    visitor = getattr(request.state, "visitor", None)
    shown: Mapping[str, Any] = {
        **_words(lang),
        "lang": lang,
        "path": request.url.path,
        "other_language": str(request.url.include_query_params(lang="en" if lang == "zh" else "zh").query),
        "visitor": visitor,
        "address_here": _address_here(request),
        "my_views": partial(_views, request, visitor),
        "menu": [entry for entry in MENU if visitor is not None and visitor.may(entry.right)],
        **values,
    }
    answer = HTMLResponse(_templates().get_template(template).render(shown), status_code=status)
    answer.headers["vary"] = "accept-language, cookie"
    if request.query_params.get("lang") in LANGUAGES:
        answer.set_cookie(LANGUAGE_COOKIE, lang, max_age=31_536_000, httponly=True, samesite="strict")
    return answer


def _address_here(request: Request) -> str:
    """Return the address of what is shown, but for the language."""
    query = request.url.remove_query_params("lang").query
    return f"{request.url.path}?{query}" if query else request.url.path


def _views(request: Request, visitor: Any) -> list[View]:
    """Return the views of whoever looks; a template asks for them that shows them."""
    if visitor is None:
        return []
    with reading(request.app.state.ledger.engine) as connection:
        return views_of(connection, visitor.person.id)


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["asset"] = _asset
    made.filters["units"] = lambda number: f"{number:,}"
    return made


@cache
def _asset(name: str) -> str:
    """Return the address of a file in static/, which changes with what is in it, so that browsers keep it for good."""
    mark = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?{mark}"


@cache
def _words(lang: str) -> dict[str, Any]:
    translate = translator(lang)

    def say(message: str, **values: Any) -> Markup:
        return Markup(escape(translate(Sentence(message, values))))  # noqa: S704 - it is escaped here

    def word(value: Sentence | Named | str) -> str:
        if isinstance(value, Sentence):
            return translate(value)
        return value.worded(lang) if isinstance(value, Named) else value

    return {"say": say, "word": word}
