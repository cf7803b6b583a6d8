"""Refusals of the API as problem+json (RFC 9457), in the caller's language."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import JSONResponse

from allocator.sentence import Sentence, say
from data.texts import translator
from web.pages import language_of

__all__ = ["problem"]

_SAYS = {
    400: say("The request cannot be read."),
    401: say("Sign in first, or show a token that still holds: allocator user token ID makes one."),
    403: say("The request came from another site, or its form is too old. Open the page again."),
    404: say("There is nothing here, or nothing that you may see."),
    405: say("This cannot be asked in this way."),
    422: say("A value of the request cannot be read."),
    500: say("The program failed here, and nothing was changed. Whoever runs the server finds why in its log."),
}


def problem(request: Request, status: int, *details: Sentence) -> JSONResponse:
    """Return a refusal. `details`: what is wrong, else what the status means."""
    word = translator(language_of(request))
    said = details or (_SAYS.get(status, say("The request was refused.")),)
    body = {"type": "about:blank", "status": status, "title": word(said[0]), "errors": [word(each) for each in said]}
    return JSONResponse(body, status_code=status, media_type="application/problem+json")
