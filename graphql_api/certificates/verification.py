"""
The public check of a certificate: ``/verify/<code>`` for people, ``/verify/<code>.json`` for programs.

No account is needed. A code has 128 bits, so knowing one is being shown the paper; asking is limited all the same.
"""

import re

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from domain.certificates import CertificateState
from graphql_api.rates import RateLimit
from graphql_api.report.pages import page_locale
from graphql_api.report.render import render
from graphql_api.rest import address_of
from graphql_api.settings import ApiSettings
from locales import Locale, text
from workflows.certificates.issuing import PublicView, public_view, revocation_list, signer_of
from workflows.certificates.printing import day_text, duration
from workflows.certificates.signing import key_text
from workflows.workspace import Workspace

_CODE = re.compile(r"[0-9a-f]{32}")
_STATIC = "/static/report"
_NOT_KEPT = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


def add_verification(app: FastAPI, workspace: Workspace, settings: ApiSettings) -> None:
    """Serve the check of certificates, the public key and the list of revocations."""
    pages = _Verification(workspace, settings)
    app.add_api_route("/verify/{code}.json", pages.as_json, methods=["GET"])
    app.add_api_route("/verify/{code}", pages.page, methods=["GET"])
    app.add_api_route("/certificates/public-key", pages.public_key, methods=["GET"])
    app.add_api_route("/certificates/revocations", pages.revocations, methods=["GET"])


class _Verification:
    def __init__(self, workspace: Workspace, settings: ApiSettings) -> None:
        self._workspace = workspace
        self._limit = RateLimit(
            per_minute=settings.verifications_per_minute, burst=settings.verification_burst
        )

    async def page(self, request: Request, code: str) -> Response:
        """Show a certificate to whoever has its code."""
        locale = page_locale(request)
        if not self._admits(request):
            return self._html(request, locale, None, status=429)
        found = await self._find(code)
        return self._html(request, locale, found, status=404 if found is None else 200)

    async def as_json(self, request: Request, code: str) -> Response:
        """Give a certificate to whoever has its code."""
        if not self._admits(request):
            return JSONResponse({"state": "TOO_MANY_REQUESTS"}, status_code=429, headers=_NOT_KEPT)
        found = await self._find(code)
        if found is None:
            return JSONResponse({"state": "UNKNOWN"}, status_code=404, headers=_NOT_KEPT)
        return JSONResponse(
            {
                "state": found.state.value,
                "serial": found.serial,
                "name": found.name,
                "id_mask": found.id_mask,
                "issuer": found.issuer,
                "since": found.since.isoformat(),
                "until": found.until.isoformat(),
                "minutes": found.minutes,
                "issued_on": found.issued_on.isoformat(),
                "revoked_on": None if found.revoked_on is None else found.revoked_on.isoformat(),
            },
            headers=_NOT_KEPT,
        )

    async def public_key(self, request: Request) -> Response:
        """Give the key that certificates verify with."""
        if not self._admits(request):
            return Response(status_code=429)
        return Response(key_text(signer_of(self._workspace).public_key) + "\n", media_type="text/plain")

    async def revocations(self, request: Request) -> Response:
        """Give the signed list of revocations."""
        if not self._admits(request):
            return Response(status_code=429)
        return Response(await revocation_list(self._workspace) + "\n", media_type="text/plain")

    def _admits(self, request: Request) -> bool:
        return self._limit.admits(address_of(request))

    async def _find(self, code: str) -> PublicView | None:
        if not _CODE.fullmatch(code):
            return None
        return await self._workspace.store.read(lambda tx: public_view(self._workspace, tx, code))

    def _html(
        self, request: Request, locale: Locale, found: PublicView | None, *, status: int
    ) -> HTMLResponse:
        rows = [] if found is None else _rows(found, locale)
        html = render(
            "verify.html",
            locale,
            path=request.url.path,
            static=_STATIC,
            rows=rows,
            busy=status == 429,
            valid=found is not None and found.state is CertificateState.ISSUED,
        )
        return HTMLResponse(html, status_code=status, headers=_NOT_KEPT)


def _rows(found: PublicView, locale: Locale) -> list[tuple[str, str]]:
    shown = {
        "serial": found.serial,
        "name": found.name,
        "id_number": found.id_mask,
        "issuer": found.issuer,
        "period": text(
            "certificates.text.period",
            locale,
            since=day_text(found.since, locale),
            until=day_text(found.until, locale),
        ),
        "total": duration(found.minutes, locale),
        "issued_on": day_text(found.issued_on, locale),
        "revoked_on": None if found.revoked_on is None else day_text(found.revoked_on, locale),
    }
    return [(text(f"certificates.page.{name}", locale), value) for name, value in shown.items() if value]
