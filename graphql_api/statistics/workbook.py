"""``GET /statistics/needs.xlsx``: ``needStatistics`` as a workbook, for accounts that may read it."""

import asyncio
from datetime import date
from tempfile import SpooledTemporaryFile
from typing import IO

from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

from domain.actors import Actor
from domain.errors import InvalidInputError, PlatformError
from graph.reads.public import names_of_places
from graphql_api.context import ApiContext
from graphql_api.cursors import CursorSigner
from graphql_api.refusals import Refusal
from graphql_api.regions import path_of_division
from graphql_api.rest import Authenticate, bearer_of, chunks_of, language_of, refuse, refuse_error
from graphql_api.settings import ApiSettings
from graphql_api.statistics.worths import worths_of
from workflows.statistics.needs import Axis, StatisticsRequest, need_statistics
from workflows.statistics.workbook import write_workbook
from workflows.workspace import Workspace

PATH = "/statistics/needs.xlsx"
MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_IN_MEMORY_BYTES = 1024 * 1024


def add_workbook(
    app: FastAPI, workspace: Workspace, *, authenticate: Authenticate, settings: ApiSettings
) -> None:
    """Serve the workbook."""

    async def workbook(request: Request) -> Response:
        actor = bearer_of(request, authenticate)
        if isinstance(actor, Refusal):
            return refuse(actor, request)
        context = ApiContext(
            workspace=workspace,
            actor=actor,
            locale=language_of(request),
            request_id=request.state.request_id,
            cursors=CursorSigner(key=settings.cursor_key, reader=actor.id),
            public_url=settings.public_url,
        )
        try:
            file = await _written(context, actor, request)
        except PlatformError as error:
            return refuse_error(error, request)
        return StreamingResponse(
            chunks_of(file),
            media_type=MEDIA,
            headers={
                "Content-Disposition": 'attachment; filename="needs.xlsx"',
                "Cache-Control": "no-store",
            },
        )

    app.add_api_route(PATH, workbook, methods=["GET"])


async def _written(context: ApiContext, actor: Actor, request: Request) -> IO[bytes]:
    asked = request.query_params
    path = await path_of_division(context, asked.get("region"), "region")
    counted = await need_statistics(
        context.workspace,
        actor,
        StatisticsRequest(
            since=_day(request, "since"),
            until=_day(request, "until"),
            by=_axes(asked.get("by", "town,category")),
            region_path=path,
        ),
    )
    paths = sorted({row.town_path for row in counted.rows if row.town_path})
    towns = await context.read(lambda tx: names_of_places(tx, paths))
    worths = await worths_of(context, path)
    file = SpooledTemporaryFile[bytes](max_size=_IN_MEMORY_BYTES)  # closed by who reads it to its end
    await asyncio.to_thread(write_workbook, counted, file, locale=context.locale, towns=towns, worths=worths)
    file.seek(0)
    return file


def _day(request: Request, name: str) -> date:
    value = request.query_params.get(name, "")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise InvalidInputError("a day is written as 2026-03-31", field=name, value=value[:20]) from error


def _axes(value: str) -> tuple[Axis, ...]:
    names = [name.strip().upper() for name in value[:200].split(",") if name.strip()]
    unknown = [name for name in names if name not in Axis.__members__]
    if unknown:
        raise InvalidInputError("not an axis", field="by", value=unknown[0][:40])
    return tuple(Axis(name) for name in names)
