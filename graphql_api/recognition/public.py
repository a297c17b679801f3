"""
What partners and passers-by take of a registry, without an account.

``GET /statuslists/<n>``: signed token status lists, which name nobody. ``GET /trust/registry`` and ``/trust/region``:
public keys, as ``zhulian trust registry`` and ``zhulian trust region`` of a partner read them.
``GET /.well-known/jwt-vc-issuer``: the same keys as SD-JWT VC says. ``POST /credentials/verify``: whether a credential
holds; what it says is neither answered, kept nor logged.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping

from fastapi import FastAPI, Request, Response

from domain.errors import InvalidInputError, NotFoundError, PlatformError
from domain.time import aware_utc
from graph.recognition.credentials import list_begun, marks_of_list
from graphql_api.rates import RateLimit
from graphql_api.refusals import Refusal
from graphql_api.requests import read_body
from graphql_api.rest import address_of, language_of, refuse, refuse_error, respond
from graphql_api.settings import ApiSettings
from identity.jose.encoding import JsonObject, parse_object
from identity.trust.keys import KeyState, TrustedKey
from identity.verdicts import Refused
from locales import text
from workflows.recognition.checking import check_credential
from workflows.recognition.issuing import PLACES, status_list
from workflows.recognition.trust import TrustDesk
from workflows.workspace import Workspace

STATUS_MEDIA = "application/statuslist+jwt"
_FRESH_S = 60
_RESIGNED_S = 300
_LONGEST_BODY = 96 * 1024
_ANYBODY = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
_CACHED = {**_ANYBODY, "Cache-Control": f"public, max-age={_FRESH_S}"}
_NOT_KEPT = {"Cache-Control": "no-store"}


def add_trust(app: FastAPI, workspace: Workspace, settings: ApiSettings, trust: TrustDesk) -> None:
    """Serve lists, keys and the public check."""
    pages = _Trust(workspace, settings, trust)
    app.add_api_route("/statuslists/{number}", pages.statuses, methods=["GET"])
    app.add_api_route("/trust/registry", pages.registry, methods=["GET"])
    app.add_api_route("/trust/region", pages.region, methods=["GET"])
    app.add_api_route("/.well-known/jwt-vc-issuer", pages.issuer, methods=["GET"])
    app.add_api_route("/credentials/verify", pages.verify, methods=["POST"])


class _Trust:
    def __init__(self, workspace: Workspace, settings: ApiSettings, trust: TrustDesk) -> None:
        self._workspace = workspace
        self._trust = trust
        self._lists = RateLimit(per_minute=settings.feed_reads_per_minute, burst=settings.feed_burst)
        self._checks = RateLimit(
            per_minute=settings.verifications_per_minute, burst=settings.verification_burst
        )
        self._signed: dict[int, tuple[str, int, str]] = {}

    async def statuses(self, request: Request, number: str) -> Response:
        """Give a signed status list; caches may keep it for a minute."""
        late = self._late(self._lists, request)
        if late is not None:
            return late
        try:
            token = await self._list(number)
        except PlatformError as error:
            return refuse_error(error, request)
        tag = f'"{hashlib.sha256(token.encode()).hexdigest()[:32]}"'
        headers = {**_CACHED, "ETag": tag}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(token, media_type=STATUS_MEDIA, headers=headers)

    async def _list(self, number: str) -> str:
        """Sign a list when a mark on it changed, and from time to time."""
        if not (number.isascii() and number.isdecimal() and len(number) <= len(str(PLACES))):
            raise NotFoundError("no such status list", kind="status_list")
        place = int(number)
        registry = await self._trust.registry()
        store, now = self._workspace.store, aware_utc(self._workspace.clock())
        if not await store.read(lambda tx: list_begun(tx, place)):
            raise NotFoundError("no such status list", kind="status_list")
        marks = await store.read(lambda tx: marks_of_list(tx, place))
        digest = hashlib.sha256(repr((registry.key_id, marks)).encode()).hexdigest()
        at = int(now.timestamp())
        known = self._signed.get(place)
        if known is None or known[0] != digest or at - known[1] >= _RESIGNED_S:
            known = digest, at, await status_list(store, registry, place, now)
            self._signed[place] = known
        return known[2]

    async def registry(self, request: Request) -> Response:
        """Give this registry's public keys, as a partner's book takes them."""

        async def work() -> Mapping[str, object]:
            own, book = await self._trust.registry(), await self._trust.book()
            known = book.registries[own.issuer]
            return {
                "iss": known.issuer,
                "region": known.region,
                "name": known.name,
                "types": sorted(known.types),
                "keys": [each.document() for each in known.keys.values()],
            }

        return await self._public(request, work)

    async def region(self, request: Request) -> Response:
        """Give the public keys with which this region signs agreements and bundles."""

        async def work() -> Mapping[str, object]:
            book = await self._trust.book()
            home = book.regions[book.home]
            return {
                "code": home.code,
                "name": home.name,
                "keys": [each.document() for each in home.keys.values()],
            }

        return await self._public(request, work)

    async def issuer(self, request: Request) -> Response:
        """Give the issuer's metadata of SD-JWT VC: its name and its keys."""

        async def work() -> Mapping[str, object]:
            own, book = await self._trust.registry(), await self._trust.book()
            known = book.registries[own.issuer]
            return {"issuer": known.issuer, "jwks": {"keys": [*map(_jwk, _good(known.keys))]}}

        return await self._public(request, work)

    async def verify(self, request: Request) -> Response:
        """Say whether a credential holds."""
        late = self._late(self._checks, request)
        if late is not None:
            return late
        body = await read_body(request.stream(), request.headers.get("content-length"), _LONGEST_BODY)
        if isinstance(body, Refusal):
            return refuse(body, request)
        try:
            credential = _credential(body)
            trusted = await self._trust.trusted(credential)
        except PlatformError as error:
            return refuse_error(error, request)
        found = check_credential(trusted, credential, aware_utc(self._workspace.clock()))
        answer = respond(
            {
                "holds": found.holds,
                "code": found.code.value,
                "message": text(f"credentials.verdict.{found.code.value}", language_of(request)),
                "issuer": found.issuer,
                "issuer_name": found.issuer_name,
                "region": found.region,
                "format": found.format,
                "agreement": None if found.agreement is None else list(found.agreement),
                "status_age_s": found.status_age_s,
                "expires_at": found.expires_at,
                "claims": list(found.claims),
            }
        )
        answer.headers.update(_NOT_KEPT)
        return answer

    async def _public(
        self, request: Request, work: Callable[[], Awaitable[Mapping[str, object]]]
    ) -> Response:
        late = self._late(self._lists, request)
        if late is not None:
            return late
        try:
            answer = respond(await work())
        except PlatformError as error:
            return refuse_error(error, request)
        answer.headers.update(_CACHED)
        return answer

    def _late(self, limit: RateLimit, request: Request) -> Response | None:
        wait_s = limit.wait_s(address_of(request))
        if not wait_s:
            return None
        told = Refusal(name="too_many_requests", status=429, parameters={"seconds": wait_s})
        response = refuse(told, request)
        response.headers["Retry-After"] = str(wait_s)
        return response


def _good(keys: Mapping[str, TrustedKey]) -> list[TrustedKey]:
    return [each for each in keys.values() if each.state is not KeyState.REVOKED]


def _jwk(key: TrustedKey) -> JsonObject:
    return {**key.key.jwk(), "kid": key.kid, "use": "sig"}


def _credential(body: bytes) -> str:
    """Read ``{"credential": "…"}``, or the text itself."""
    if not body.lstrip().startswith(b"{"):
        return body.decode("ascii", "replace").strip()
    try:
        found = parse_object(body).get("credential")
    except Refused as refusal:
        raise InvalidInputError("not JSON", field="credential", reason=refusal.code.value) from None
    if not isinstance(found, str):
        raise InvalidInputError("say which credential", field="credential")
    return found
