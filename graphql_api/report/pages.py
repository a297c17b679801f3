"""
Routes of the pages: ``/``, ``/rounds/<id>``, and ``/enter``, where a token becomes a cookie.

The cookie opens the pages alone: ``/graphql`` asks for the bearer header, so no other site can act with it.
"""

from collections.abc import Awaitable, Callable
from importlib.resources import files
from urllib.parse import parse_qs, urlencode

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles

from domain.actors import Actor
from domain.errors import NotFoundError
from graph.reads.rounds import page_of_rounds
from graphql_api.languages import locale_of
from graphql_api.refusals import Refusal
from graphql_api.report.model import build_report
from graphql_api.report.render import render
from graphql_api.requests import read_body
from locales import Locale
from workflows.workspace import Workspace

Authenticate = Callable[[str], Actor | None]
Show = Callable[[Request, Actor, Locale], Awaitable[Response]]

COOKIE = "zhulian_session"
_COOKIE_LIFE_S = 12 * 60 * 60
_FORM_LIMIT_BYTES = 8 * 1024
_FORM_FIELDS = 10
_ROUNDS_SHOWN = 20
_STATIC = "/static/report"


def add_pages(app: FastAPI, workspace: Workspace, *, authenticate: Authenticate, graphiql: bool) -> None:
    """Serve the pages and their style sheet."""
    pages = _Pages(workspace, authenticate, graphiql=graphiql)
    app.add_api_route("/", pages.start, methods=["GET"])
    app.add_api_route("/rounds/{round_id}", pages.round, methods=["GET"])
    app.add_api_route("/enter", pages.enter, methods=["POST"])
    app.mount(_STATIC, StaticFiles(directory=str(files("graphql_api").joinpath("static/report"))))


def page_locale(request: Request) -> Locale:
    """Give the language asked for by ``?lang=``, else the browser's."""
    asked = request.query_params.get("lang")
    if asked in {locale.value for locale in Locale}:
        return Locale(asked)
    return locale_of(request.headers.get("accept-language"))


def local_target(target: str) -> str:
    """
    Give a path of this service to go on to; anything else becomes the start page.

    Examples
    --------
    >>> local_target("/rounds/1?lang=en"), local_target("//elsewhere.example"), local_target("https://elsewhere")
    ('/rounds/1?lang=en', '/', '/')
    """
    plain = (
        target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()
    )
    return target if plain else "/"


class _Pages:
    """The pages over one workspace."""

    def __init__(self, workspace: Workspace, authenticate: Authenticate, *, graphiql: bool) -> None:
        self._workspace = workspace
        self._authenticate = authenticate
        self._graphiql = graphiql

    async def start(self, request: Request) -> Response:
        """Show the newest rounds that the reader may see."""
        return await self._as_reader(request, self._start)

    async def round(self, request: Request, round_id: str) -> Response:
        """Show one round."""

        async def show(request: Request, actor: Actor, locale: Locale) -> Response:
            try:
                report = await self._workspace.store.read(
                    lambda tx: build_report(tx, actor, round_id[:200], locale)
                )
            except NotFoundError:
                return self._page("missing.html", request, locale, status=404)
            return self._page("round.html", request, locale, report=report)

        return await self._as_reader(request, show)

    async def enter(self, request: Request) -> Response:
        """Take a token from the form, and go on with it as a cookie."""
        locale = page_locale(request)
        body = await read_body(request.stream(), request.headers.get("content-length"), _FORM_LIMIT_BYTES)
        if isinstance(body, Refusal) or request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return self._page("enter.html", request, locale, status=400, target="/", failed=True)
        try:
            form = parse_qs(body.decode("utf-8", "replace"), max_num_fields=_FORM_FIELDS)
        except ValueError:
            return self._page("enter.html", request, locale, status=400, target="/", failed=True)
        token, target = (form.get(name, [""])[0] for name in ("token", "to"))
        if self._actor(token) is None:
            return self._page(
                "enter.html", request, locale, status=401, target=local_target(target), failed=True
            )
        return _with_cookie(local_target(target), token, secure=request.url.scheme == "https")

    async def _as_reader(self, request: Request, show: Show) -> Response:
        locale, handed = page_locale(request), request.query_params.get("token")
        actor, guest = self._actor(request.cookies.get(COOKIE)), self._actor(handed)
        if (
            handed is not None and guest is not None
        ):  # a link with a token: keep it in a cookie and out of the address
            kept = {name: value for name, value in request.query_params.items() if name != "token"}
            target = local_target(request.url.path + (f"?{urlencode(kept)}" if kept else ""))
            if actor is not None and actor.id != guest.id:
                return _gone_on(target)  # a link of somebody else's making never changes who is at work here
            return _with_cookie(target, handed, secure=request.url.scheme == "https")
        if actor is None:
            failed = handed is not None or COOKIE in request.cookies
            return self._page(
                "enter.html", request, locale, status=401, target=request.url.path, failed=failed
            )
        return await show(request, actor, locale)

    def _actor(self, token: str | None) -> Actor | None:
        return self._authenticate(token) if token else None

    async def _start(self, request: Request, actor: Actor, locale: Locale) -> Response:
        page = await self._workspace.store.read(lambda tx: page_of_rounds(tx, actor, first=_ROUNDS_SHOWN))
        return self._page(
            "start.html", request, locale, rounds=page.rows, actor=actor, graphiql=self._graphiql
        )

    def _page(
        self, template: str, request: Request, locale: Locale, *, status: int = 200, **values: object
    ) -> HTMLResponse:
        html = render(template, locale, path=request.url.path, static=_STATIC, **values)
        return HTMLResponse(html, status_code=status, headers={"Cache-Control": "private, no-store"})


def _with_cookie(target: str, token: str, *, secure: bool) -> Response:
    answer = _gone_on(target)
    answer.set_cookie(
        COOKIE, token, max_age=_COOKIE_LIFE_S, httponly=True, samesite="strict", secure=secure, path="/"
    )
    return answer


def _gone_on(target: str) -> Response:
    return RedirectResponse(target, status_code=303, headers={"Cache-Control": "no-store"})
