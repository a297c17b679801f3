"""
``GET /public/needs``: the wall of needs for who has no account, as ``openNeeds`` shows it to who has one.

Nothing is shown that the wall does not show: owners are groups, places hold a crowd of households, child
protection never stands there. An answer is the same for everybody, so it may be kept by caches: it says its
ETag, and who sends it back is told that nothing is new.
"""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from fastapi import FastAPI, Request, Response

from domain.errors import InvalidInputError, PlatformError
from domain.needs import NeedCategory, NeedKind
from graph.reads.public import PublicFilter, PublicNeed, page_of_public_needs
from graphql_api.connections import DEFAULT_PAGE, LARGEST_PAGE
from graphql_api.cursors import CursorSigner
from graphql_api.ids import encode_id
from graphql_api.needs.types import NEED
from graphql_api.rates import RateLimit
from graphql_api.refusals import Refusal
from graphql_api.rest import address_of, language_of, refuse, refuse_error, respond
from graphql_api.settings import ApiSettings
from locales import Locale, text
from workflows.workspace import Workspace

PATH = "/public/needs"
EnumT = TypeVar("EnumT", bound=StrEnum)
_READER = "everybody"
_FRESH_S = 60
_PARAMETERS = frozenset({"first", "after", "category", "kind", "place"})
_MOST_NAMES = 32


def add_feed(app: FastAPI, workspace: Workspace, settings: ApiSettings) -> None:
    """Serve the wall without an account."""
    feed = _Feed(workspace, settings)
    app.add_api_route(PATH, feed.needs, methods=["GET"])


class _Feed:
    def __init__(self, workspace: Workspace, settings: ApiSettings) -> None:
        self._workspace = workspace
        self._cursors = CursorSigner(key=settings.cursor_key, reader=_READER)
        self._limit = RateLimit(per_minute=settings.feed_reads_per_minute, burst=settings.feed_burst)

    async def needs(self, request: Request) -> Response:
        """Give a page of the wall, newest first."""
        wait_s = self._limit.wait_s(address_of(request))
        if wait_s:
            refusal = Refusal(name="too_many_requests", status=429, parameters={"seconds": wait_s})
            response = refuse(refusal, request)
            response.headers["Retry-After"] = str(wait_s)
            return response
        try:
            content = await self._page(request)
        except PlatformError as error:
            return refuse_error(error, request)
        response = respond(content)
        response.headers.update(_kept(bytes(response.body)))
        if response.headers["ETag"] in _known(request):
            return Response(status_code=304, headers=_kept(bytes(response.body)))
        return response

    async def _page(self, request: Request) -> Mapping[str, object]:
        asked = request.query_params
        unknown = sorted(set(asked) - _PARAMETERS)
        if unknown:
            raise InvalidInputError("no such parameter", field=unknown[0][:40])
        first, after = _first(asked.get("first")), asked.get("after")
        start = None if after is None else self._cursors.read(after)
        narrowed = PublicFilter(
            categories=tuple(_named(asked.getlist("category"), NeedCategory, "category")),
            kinds=tuple(_named(asked.getlist("kind"), NeedKind, "kind")),
            shown_path=asked.get("place", "/"),
        )
        page = await self._workspace.store.read(
            lambda tx: page_of_public_needs(tx, filter=narrowed, first=first, after=start)
        )
        locale = language_of(request)
        return {
            "needs": [_shown(row, locale) for row in page.rows],
            "next": self._cursors.write(page.positions[-1]) if page.has_next else None,
        }


def _first(value: str | None) -> int:
    if value is None:
        return DEFAULT_PAGE
    if not (value.isascii() and value.isdecimal() and 1 <= int(value[:4]) <= LARGEST_PAGE):
        raise InvalidInputError(f"a page has 1 to {LARGEST_PAGE} rows", field="first", value=value[:20])
    return int(value)


def _named(values: list[str], kind: type[EnumT], field: str) -> list[EnumT]:
    names = [name for value in values for name in value.split(",")]
    if len(names) > _MOST_NAMES or not all(name in kind.__members__ for name in names):
        raise InvalidInputError("no such name", field=field, value=",".join(names)[:80])
    return [kind(name) for name in names]


def _shown(row: PublicNeed, locale: Locale) -> dict[str, object]:
    return {
        "id": encode_id(NEED, row.id),
        "title": row.title,
        "body": row.body,
        "owner": row.owner.value,
        "ownerLabel": text(f"public.owner.{row.owner.value}", locale),
        "place": row.shown_name,
        "placePath": row.shown_path,
        "category": row.category.value,
        "categoryLabel": text(f"report.category.{row.category.value}", locale),
        "kind": row.kind.value,
        "amountFen": row.amount_fen,
        "freeSlots": row.free_slots,
        "items": [{"item": each.item, "quantity": each.quantity, "unit": each.unit} for each in row.items],
        "publishedAt": row.published_at.isoformat(),
    }


def _kept(body: bytes) -> dict[str, str]:
    return {
        "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        "Cache-Control": f"public, max-age={_FRESH_S}",
        "Vary": "Accept-Language",
    }


def _known(request: Request) -> set[str]:
    """Give the tags of answers that the caller holds."""
    held = request.headers.get("if-none-match", "")[:1_000]
    return {tag.strip().removeprefix("W/") for tag in held.split(",")}
