"""
The public files of packs, for who has no account.

``/disclosures/<organisation>/<pack>.json`` is the file that was signed off, byte for byte; ``.xlsx`` is made of it;
``/disclosures/<organisation>`` lists what an organisation has published, and ``/disclosures/schema.json`` is the JSON
Schema of the file. A published pack never changes, so caches may keep it.
"""

import asyncio
from io import BytesIO

from fastapi import FastAPI, Request, Response

from domain.disclosure_packs import DisclosurePack
from graph.reads.disclosure_packs import published_pack, published_packs, successors_of_packs
from graphql_api.disclosure_packs.types import path_of
from graphql_api.rates import RateLimit
from graphql_api.refusals import Refusal
from graphql_api.report.pages import page_locale
from graphql_api.rest import address_of, refuse, respond
from graphql_api.settings import ApiSettings
from graphql_api.statistics.workbook import MEDIA
from locales import Locale
from workflows.disclosures.pack import SCHEMA, Pack, read_pack
from workflows.disclosures.workbook import write_pack
from workflows.workspace import Workspace

_FRESH_S = 300
_LONGEST_ID = 200
_KEPT = f"public, max-age={_FRESH_S}"


def add_disclosures(app: FastAPI, workspace: Workspace, settings: ApiSettings) -> None:
    """Serve the files."""
    files = _Files(workspace, settings)
    app.add_api_route("/disclosures/schema.json", files.schema, methods=["GET"])
    app.add_api_route("/disclosures/{organisation}/{pack}.json", files.as_json, methods=["GET"])
    app.add_api_route("/disclosures/{organisation}/{pack}.xlsx", files.as_workbook, methods=["GET"])
    app.add_api_route("/disclosures/{organisation}", files.listed, methods=["GET"])


class _Files:
    def __init__(self, workspace: Workspace, settings: ApiSettings) -> None:
        self._workspace = workspace
        self._limit = RateLimit(
            per_minute=settings.disclosure_reads_per_minute, burst=settings.disclosure_burst
        )

    async def as_json(self, request: Request, organisation: str, pack: str) -> Response:
        """Give the file that was signed off."""
        found = self._turned_away(request) or await self._find(request, organisation, pack)
        if isinstance(found, Response):
            return found
        kept = self._kept(found, await self._successor(found))
        if kept["ETag"] in _known(request):
            return Response(status_code=304, headers=kept)
        return Response(found.content.encode(), media_type="application/json; charset=utf-8", headers=kept)

    async def as_workbook(self, request: Request, organisation: str, pack: str) -> Response:
        """Give the same as a workbook in the language that is asked for."""
        found = self._turned_away(request) or await self._find(request, organisation, pack)
        if isinstance(found, Response):
            return found
        locale = page_locale(request)
        content = await asyncio.to_thread(_workbook, found.content, locale)
        return Response(
            content,
            media_type=MEDIA,
            headers={
                "Content-Disposition": f'attachment; filename="disclosure-{found.period.name}.xlsx"',
                "Cache-Control": _KEPT,
                "Vary": "Accept-Language",
            },
        )

    async def listed(self, request: Request, organisation: str) -> Response:
        """List what an organisation has published, the newest first."""
        turned_away = self._turned_away(request)
        if turned_away is not None:
            return turned_away
        key = organisation[:_LONGEST_ID]
        rows = await self._workspace.store.read(lambda tx: published_packs(tx, key))
        replaced = {row.corrects_id for row in rows}
        response = respond(
            {
                "packs": [
                    {
                        "id": row.id,
                        "period": row.period.name,
                        "digest": row.digest,
                        "published_at": row.published_at.isoformat(),
                        "corrects": row.corrects_id,
                        "corrected": row.id in replaced,
                        "json": path_of(key, row.id, "json"),
                        "xlsx": path_of(key, row.id, "xlsx"),
                    }
                    for row in rows
                ]
            }
        )
        response.headers["Cache-Control"] = "public, max-age=60"
        return response

    async def schema(self, request: Request) -> Response:
        """Give the JSON Schema of the file."""
        return self._turned_away(request) or respond({"$id": SCHEMA, **Pack.model_json_schema()})

    def _turned_away(self, request: Request) -> Response | None:
        wait_s = self._limit.wait_s(address_of(request))
        if not wait_s:
            return None
        response = refuse(
            Refusal(name="too_many_requests", status=429, parameters={"seconds": wait_s}), request
        )
        response.headers["Retry-After"] = str(wait_s)
        return response

    async def _find(self, request: Request, organisation: str, pack: str) -> DisclosurePack | Response:
        if len(organisation) <= _LONGEST_ID and len(pack) <= _LONGEST_ID:
            found = await self._workspace.store.read(lambda tx: published_pack(tx, organisation, pack))
            if found is not None:
                return found
        return refuse(Refusal(name="no_such_pack", status=404), request)

    async def _successor(self, pack: DisclosurePack) -> str | None:
        found = await self._workspace.store.read(lambda tx: successors_of_packs(tx, [pack.id]))
        later = found.get(pack.id)
        return None if later is None else path_of(pack.organisation_id, later, "json")

    @staticmethod
    def _kept(pack: DisclosurePack, successor: str | None) -> dict[str, str]:
        kept = {"ETag": f'"{pack.digest[:32]}"', "Cache-Control": _KEPT}
        if successor is not None:
            kept["Link"] = f'<{successor}>; rel="successor-version"'
        return kept


def _known(request: Request) -> set[str]:
    """Give the tags of answers that the caller holds."""
    held = request.headers.get("if-none-match", "")[:1_000]
    return {tag.strip().removeprefix("W/") for tag in held.split(",")}


def _workbook(content: str, locale: Locale) -> bytes:
    pack, _, _ = read_pack(content)
    out = BytesIO()
    write_pack(pack, out, locale)
    return out.getvalue()
