"""Refusals of the API as problem+json (RFC 9457), in the caller's language.

What every call under /api/v1 may be refused with – 401, 404, 422, of a writing one 403, 409, 413 … – need not be
declared: `web/api_described.py` adds it to the description, with `Problem` as its model and an example. A route names
only what is its own: `responses={409: {}}` of a reading call, `{429: {"description": "…"}}`.
"""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from allocator.sentence import Sentence, say
from data.texts import translator
from web.pages import language_of

__all__ = ["PROBLEM_TYPE", "STATUS_SAYS", "Problem", "problem"]

PROBLEM_TYPE = "application/problem+json"

STATUS_SAYS: Mapping[int, Sentence] = {
    400: say("The request cannot be read."),
    401: say("Sign in first, or show a token that still holds: allocator user token ID makes one."),
    403: say("The request came from another site, or its form is too old. Open the page again."),
    404: say("There is nothing here, or nothing that you may see."),
    405: say("This cannot be asked in this way."),
    408: say("What was sent came too slowly. Send it again, or in parts."),
    409: say("This was refused, and nothing was changed."),
    413: say("What was sent is too large. Send it in parts."),
    422: say("A value of the request cannot be read."),
    500: say("The program failed here, and nothing was changed. Whoever runs the server finds why in its log."),
    503: say("There is too much to do at this moment. Ask again in a few seconds."),
}
"""What a status means, where nothing more is known."""


class Problem(BaseModel):
    """A refusal: `title` the first of `errors`, which are all that is wrong, in the caller's language."""

    type: str
    status: int
    title: str
    errors: list[str]


def problem(
    request: Request, status: int, *details: Sentence, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return a refusal. `details`: what is wrong, else what the status means."""
    word = translator(language_of(request))
    said = details or (STATUS_SAYS.get(status, say("The request was refused.")),)
    # What was sent may hold half a character, which is no text and cannot be sent back.
    texts = [word(each).encode(errors="replace").decode() for each in said]
    body = Problem(type="about:blank", status=status, title=texts[0], errors=texts)
    return JSONResponse(body.model_dump(), status_code=status, media_type=PROBLEM_TYPE, headers=headers)
