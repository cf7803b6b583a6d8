"""What the description of the API says of every call, so that none need say it: how it is refused, and its name.

A call is named after its address (`GET /plans/{name}/lines` → `plan_lines`, `POST /findings/{number}/accept` →
`post_finding_accept`); the Python client has a method of that name. What a call may be refused with follows from what
it takes. A route therefore declares only its own: tags, a summary, models with an example, bounds of its parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from itertools import pairwise
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from allocator.sentence import say
from data.texts import translator
from web.problems import PROBLEM_TYPE, STATUS_SAYS, Problem

__all__ = ["API_TITLE", "describe", "name_of_call"]

API_TITLE = "allocator"
_ROOT = "/api/v1/"
_SHOWN = {
    "token": {"type": "http", "scheme": "bearer"},
    "session": {"type": "apiKey", "in": "cookie", "name": "session"},
}
_ONE_OF = {"people": "person"}
_REFUSES_ALL = (401, 404, 500, 503)
_REFUSES_CHANGES = (403, 409)
_FASTAPI_SAYS = {"Additional Response", "Validation Error", *(each.phrase for each in HTTPStatus)}


def name_of_call(route: APIRoute) -> str:
    """Return the name of a call."""
    return _name(min(route.methods or {"GET"}), route.path)


def _name(method: str, path: str) -> str:
    """Return the name of a call by its method and address.

    >>> _name("GET", "/api/v1/plans/{name}/lines"), _name("DELETE", "/api/v1/jobs/{id_}")
    ('plan_lines', 'delete_job')
    """
    words: list[str] = [] if method == "GET" else [method.lower()]
    parts = path.removeprefix(_ROOT).split("/")
    for before, part in pairwise(["", *parts]):
        if not part.startswith("{"):
            words.append(part.replace("-", "_"))
        elif before.startswith("{"):
            words.append(part.strip("{}_"))
        else:
            words[-1] = _one_of(words[-1])
    return "_".join(words)


def _one_of(many: str) -> str:
    """Return a word for one of many.

    >>> _one_of("people"), _one_of("policies"), _one_of("status")
    ('person', 'policy', 'status')
    """
    if many in _ONE_OF:
        return _ONE_OF[many]
    if many.endswith(("ss", "us")):
        return many
    return f"{many[:-3]}y" if many.endswith("ies") else many.removesuffix("s")


def describe(app: FastAPI) -> None:
    """Let an application's description tell what holds of every call."""
    plain = app.openapi

    def whole() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(plain())
        return plain()

    app.openapi = whole  # type: ignore[method-assign]


def _complete(document: dict[str, Any]) -> None:
    parts = document.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema()
    parts["securitySchemes"] = _SHOWN
    for method, call in _calls(document):
        call["security"] = [{name: []} for name in _SHOWN]
        answers = call["responses"]
        for status in {*_refusals(method, call), *(int(each) for each in answers if int(each) >= 400)}:  # noqa: PLR2004
            answers[str(status)] = _refusal(status, answers.get(str(status), {}))
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)


def _calls(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        if path.startswith(_ROOT):
            yield from methods.items()


def _refusals(method: str, call: dict[str, Any]) -> Iterator[int]:
    """Give the statuses with which a call may be refused."""
    yield from _REFUSES_ALL
    if method != "get":
        yield from _REFUSES_CHANGES
    if "requestBody" in call:
        yield from (400, 413)
    if "requestBody" in call or call.get("parameters"):
        yield 422


def _refusal(status: int, said: dict[str, Any]) -> dict[str, Any]:
    """Return how a refusal is described."""
    word = translator("en")
    title = word(STATUS_SAYS.get(status, say("The request was refused.")))
    own = said.get("description", "")
    example = {"type": "about:blank", "status": status, "title": title, "errors": [title]}
    told: dict[str, Any] = {
        # FastAPI's own words for a status say nothing; ours do.
        "description": own if own and own not in _FASTAPI_SAYS else title,
        "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}},
    }
    if status == 503:  # noqa: PLR2004
        told["headers"] = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}}
    return told
