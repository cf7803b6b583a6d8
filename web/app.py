"""The application: every page and the API over one ledger."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Mapping

import sqlalchemy as sa
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException as PlainHTTPException

from allocator import __version__
from data.open_id import Provider
from data.serve_settings import ServeSettings, kept_settings
from models.ledger import open_ledger
from web import (
    api_catalogue,
    api_documents,
    api_findings,
    api_imports,
    api_jobs,
    api_open,
    api_orders,
    api_people,
    api_plans,
    api_policy,
    api_purchase_plans,
    api_records,
    api_scenario_runs,
    api_shipments,
    api_stock,
    audit_page,
    catalogue_page,
    decisions_page,
    documents_page,
    findings_page,
    health,
    import_page,
    jobs_page,
    me_page,
    metrics,
    open_id_page,
    orders_page,
    people_page,
    plan_change_page,
    plan_lines_page,
    plans_page,
    policy_page,
    public_page,
    purchase_page,
    report_page,
    reports_page,
    scenario_run_page,
    scenarios_page,
    shipment_steps,
    shipments_page,
    shortfall_page,
    sign_in_page,
    stock_page,
    style_page,
    today_page,
    views_page,
)
from web.api_described import describe, name_of_call
from web.guard import Guard
from web.kept import Kept
from web.observed import Asked, Observed, request_number
from web.pages import STATIC, page
from web.problems import problem
from web.request_log import request_log
from web.sealer import Sealer
from web.unavailable import say_where_unavailable
from web.unread import unread
from web.visitors import API, SignInFirst, to_sign_in

# It would write what is wrong with a body to the log, where each line is ours.
logging.getLogger("python_multipart").addHandler(logging.NullHandler())
logging.getLogger("python_multipart").propagate = False

__all__ = ["make_app", "served"]

_PARTS = (
    api_documents,
    api_catalogue,
    api_findings,
    api_imports,
    api_jobs,
    api_open,
    api_people,
    api_orders,
    api_purchase_plans,
    api_plans,
    api_policy,
    api_records,
    api_scenario_runs,
    api_shipments,
    api_stock,
    audit_page,
    catalogue_page,
    decisions_page,
    documents_page,
    findings_page,
    health,
    import_page,
    jobs_page,
    metrics,
    me_page,
    open_id_page,
    orders_page,
    people_page,
    plan_change_page,
    plan_lines_page,
    plans_page,
    policy_page,
    public_page,
    report_page,
    reports_page,
    purchase_page,
    scenario_run_page,
    scenarios_page,
    shipment_steps,
    shipments_page,
    shortfall_page,
    sign_in_page,
    stock_page,
    style_page,
    today_page,
    views_page,
)


class _KeptStatic(StaticFiles):
    """Files that never change under one address, so that browsers need not ask again."""

    def file_response(self, *arguments: object, **more: object) -> Response:
        answer = super().file_response(*arguments, **more)  # type: ignore[arg-type]
        answer.headers["cache-control"] = "public, max-age=31536000, immutable"
        return answer


def served() -> Observed:
    """Return the application with the settings that `allocator serve` kept: what each serving process calls."""
    return make_app(kept_settings())


def _open(app: FastAPI, said: ServeSettings) -> None:
    """Open the ledger, and what every request asks beside it."""
    app.state.settings = said
    app.state.ledger = open_ledger(said.db)
    app.state.metrics = metrics.Metrics(app.state.ledger)
    app.state.sealer = Sealer(app.state.ledger, said.db)
    app.state.kept = Kept(app.state.ledger.engine)
    app.state.provider = None if said.open_id is None else Provider(said.open_id)


def make_app(said: ServeSettings) -> Observed:
    """Return the application over a ledger, which is opened now and closed with it; the guard stands before all of it.

    Raises:
        Refusal: there is no ledger of this version at the address.

    """

    @contextlib.asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        yield
        app.state.sealer.close()
        app.state.metrics.close()
        app.state.kept.watch.close()
        app.state.ledger.engine.dispose()

    app = FastAPI(
        title="allocator",
        version=__version__,
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    _open(app, said)
    app.mount("/static", _KeptStatic(directory=STATIC), name="static")
    for router in (*(each.router for each in _PARTS), decisions_page.api, scenarios_page.api):
        _take_in(app, router)
    describe(app)
    app.add_api_route("/", _home, include_in_schema=False)
    app.add_exception_handler(SignInFirst, _sign_in_first)
    app.add_exception_handler(PlainHTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _unread)
    app.add_exception_handler(sa.exc.DataError, _unkept)
    say_where_unavailable(app)
    app.add_exception_handler(Exception, _failed)
    tell = request_log(said.log)

    def told(asked: Asked) -> None:
        app.state.metrics(asked)
        tell(asked)

    return Observed(Guard(app, hosts=said.hosts, secure=said.secure), told)


def _take_in(app: FastAPI, router: APIRouter) -> None:
    """Take in the routes of a part as they are: `include_router` makes each anew, and the first request waits."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            route.unique_id = name_of_call(route)
        app.router.routes.append(route)


def _home() -> RedirectResponse:
    return RedirectResponse("/today", status_code=303)


def _sign_in_first(request: Request, _: Exception) -> Response:
    return problem(request, 401) if request.url.path.startswith(API) else to_sign_in(request)


def _refused(request: Request, error: Exception) -> Response:
    """Answer what is not there or may not be done: a page to people, a problem to programs."""
    assert isinstance(error, PlainHTTPException)  # noqa: S101 - it is registered for these
    return _refusal(request, error.status_code, error.headers)


def _unread(request: Request, error: Exception) -> Response:
    """Answer values that cannot be read; programs are told which."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - it is registered for these
    if request.url.path.startswith(API):
        return problem(request, 422, *unread(error.errors()))
    return _refusal(request, 422)


def _unkept(request: Request, _: Exception) -> Response:
    """Answer values that no database can keep or look for: PostgreSQL knows no text with a NUL in it."""
    return _refusal(request, 422)


def _failed(request: Request, _: Exception) -> Response:
    """Answer a fault of our own without showing any of it; the server's log has it."""
    return _refusal(request, 500)


def _refusal(request: Request, status: int, headers: Mapping[str, str] | None = None) -> Response:
    if request.url.path.startswith(API):
        return problem(request, status, headers=headers)
    answer = page(request, "refused.html", status=status, code=status, number=request_number(request))
    answer.headers.update(headers or {})
    return answer
