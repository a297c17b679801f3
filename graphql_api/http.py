"""The application that a server runs: endpoint, explorer, health, and the headers on all of them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from uuid import uuid4

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from domain.errors import UnavailableError
from graph.reads.health import probe
from graphql_api.certificates.verification import add_verification
from graphql_api.disclosure_packs.files import add_disclosures
from graphql_api.donations.gift_pages import add_gift_pages
from graphql_api.errors import top_level
from graphql_api.federation.exports import add_exports
from graphql_api.graphiql import add_explorer
from graphql_api.languages import locale_of
from graphql_api.protection.status import add_registration
from graphql_api.public.feed import add_feed
from graphql_api.public.receipts import add_status
from graphql_api.recognition.public import add_trust
from graphql_api.report.pages import add_pages
from graphql_api.rest import Authenticate
from graphql_api.schema import schema_for
from graphql_api.settings import ApiSettings
from graphql_api.statistics.workbook import add_workbook
from graphql_api.view import GraphQLView
from graphql_api.visits.alarm_hook import PATH, AlarmHook
from workflows.recognition.trust import NoTrust, TrustDesk
from workflows.workspace import Workspace

_log = logging.getLogger(__name__)

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'; object-src 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def create_app(
    workspace: Workspace,
    *,
    authenticate: Authenticate,
    settings: ApiSettings,
    trust: TrustDesk | None = None,
) -> FastAPI:
    """
    Build the application over an open workspace; who opened the store closes it.

    Routes: ``POST /graphql``, ``POST /hooks/alarms``, ``/graphiql`` (by setting), ``/``, ``/rounds/<id>``,
    ``/public/needs``, ``/needs/status``, ``/gifts/<code>``, ``/disclosures/<organisation>``,
    ``/statistics/needs.xlsx``, ``/federation/<table>.<xlsx|csv>``, ``/verify/<code>``,
    ``/certificates/public-key``, ``/certificates/revocations``, ``/statuslists/<n>``,
    ``POST /credentials/verify``, ``/trust/registry``, ``/trust/region``, ``/.well-known/jwt-vc-issuer``,
    ``/livez``, ``/readyz``.

    Parameters
    ----------
    workspace
        The graph, the clock and the ids.
    authenticate
        Gives the acting person of a bearer token, or None for a token that nobody has.
    settings
        Limits and switches.
    trust
        Whom this installation believes; without it nobody from elsewhere is recognised.
    """
    app = FastAPI(title="zhulian", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.middleware("http")(_with_headers)
    view = GraphQLView(
        workspace,
        authenticate=authenticate,
        settings=settings,
        schema=schema_for(introspection=settings.introspection),
        trust=trust,
    )

    async def graphql(request: Request) -> Response:
        return await view(request)

    app.add_api_route("/graphql", graphql, methods=["POST"])
    hook = AlarmHook(workspace, authenticate=authenticate)

    async def alarms(request: Request) -> Response:
        return await hook(request)

    app.add_api_route(PATH, alarms, methods=["POST"])
    if settings.graphiql:
        add_explorer(app)
    add_pages(app, workspace, authenticate=authenticate, graphiql=settings.graphiql)
    add_verification(app, workspace, settings)
    add_status(app, workspace, settings)
    add_registration(app, workspace, settings)
    add_feed(app, workspace, settings)
    add_workbook(app, workspace, authenticate=authenticate, settings=settings)
    add_exports(app, workspace, authenticate=authenticate, settings=settings)
    add_gift_pages(app, workspace, settings)
    add_disclosures(app, workspace, settings)
    add_trust(app, workspace, settings, NoTrust() if trust is None else trust)
    _add_health(app, workspace, settings)
    return app


async def _with_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    request.state.request_id = uuid4().hex
    try:
        response = await call_next(request)
    except Exception as error:
        _log.exception("request %s failed", request.state.request_id)
        locale = locale_of(request.headers.get("accept-language"))
        told = top_level(error, locale, request.state.request_id)
        response = JSONResponse({"errors": [told]}, status_code=500)
    response.headers["X-Request-Id"] = request.state.request_id
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _add_health(app: FastAPI, workspace: Workspace, settings: ApiSettings) -> None:
    async def livez() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    async def readyz() -> JSONResponse:
        try:
            async with asyncio.timeout(settings.ready_timeout_s):
                await workspace.store.read(probe)
        except (UnavailableError, TimeoutError):
            return JSONResponse({"status": "unavailable", "graph": "does not answer"}, status_code=503)
        return JSONResponse({"status": "ok", "graph": workspace.store.engine})

    app.add_api_route("/livez", livez, methods=["GET"])
    app.add_api_route("/readyz", readyz, methods=["GET"])
