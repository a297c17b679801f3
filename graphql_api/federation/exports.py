"""``GET /federation/{overview,plan,unmet}.{xlsx,csv}``: what federations look at as files, for who may read it."""

import asyncio
from datetime import date
from tempfile import SpooledTemporaryFile
from typing import IO

from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

from domain.actors import Actor
from domain.errors import InvalidInputError, PlatformError
from domain.needs import NeedCategory
from graph.reads.unmet import UnmetFilter
from graphql_api.context import ApiContext
from graphql_api.cursors import CursorSigner
from graphql_api.funds.types import ORGANISATION
from graphql_api.ids import key_of
from graphql_api.refusals import Refusal
from graphql_api.regions import path_of_division
from graphql_api.rest import Authenticate, bearer_of, chunks_of, language_of, refuse, refuse_error
from graphql_api.rounds import ROUND
from graphql_api.settings import ApiSettings
from graphql_api.statistics.workbook import MEDIA
from workflows.federation.exporting import overview_tables, plan_tables, unmet_tables
from workflows.federation.overview import OverviewRequest, SeriesStep
from workflows.federation.tables import Sheet
from workflows.federation.writing import sheet_named, write_csv, write_xlsx
from workflows.workspace import Workspace

PATH = "/federation/{table}.{form}"
_IN_MEMORY_BYTES = 1024 * 1024
_MEDIA = {"xlsx": MEDIA, "csv": "text/csv; charset=utf-8"}
_TABLES = ("overview", "plan", "unmet")


def add_exports(
    app: FastAPI, workspace: Workspace, *, authenticate: Authenticate, settings: ApiSettings
) -> None:
    """Serve the files."""

    async def export(request: Request, table: str, form: str) -> Response:
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
            _require_known(table, form)
            sheets = await _sheets(context, actor, request, table)
            file = await asyncio.to_thread(_written, sheets, form, request.query_params.get("sheet", ""))
        except PlatformError as error:
            return refuse_error(error, request)
        return StreamingResponse(
            chunks_of(file),
            media_type=_MEDIA[form],
            headers={
                "Content-Disposition": f'attachment; filename="{table}.{form}"',
                "Cache-Control": "no-store",
            },
        )

    app.add_api_route(PATH, export, methods=["GET"])


def _require_known(table: str, form: str) -> None:
    if table not in _TABLES:
        raise InvalidInputError("no such table", field="table", value=table[:20])
    if form not in _MEDIA:
        raise InvalidInputError("xlsx or csv", field="form", value=form[:20])


async def _sheets(context: ApiContext, actor: Actor, request: Request, table: str) -> list[Sheet]:
    ws, locale, asked = context.workspace, context.locale, request.query_params
    if table == "overview":
        overview = OverviewRequest(
            organisation_id=key_of(asked.get("organisation", ""), ORGANISATION, "organisation"),
            step=_step(asked.get("step", SeriesStep.MONTH.value)),
            since=_day(asked["since"]) if "since" in asked else None,
        )
        return await overview_tables(ws, actor, overview, locale)
    round_id = key_of(asked.get("round", ""), ROUND, "round")
    if table == "plan":
        against = asked.get("against")
        return await plan_tables(
            ws,
            actor,
            round_id,
            locale,
            against=None if against is None else key_of(against, ROUND, "against"),
        )
    narrowed = UnmetFilter(
        reasons=_listed(asked.get("reasons", "")),
        categories=tuple(_category(name) for name in _listed(asked.get("categories", ""))),
        region_path=await path_of_division(context, asked.get("region"), "region"),
    )
    return await unmet_tables(ws, actor, round_id, locale, narrowed=narrowed)


def _written(sheets: list[Sheet], form: str, sheet: str) -> IO[bytes]:
    chosen = sheet_named(sheets, sheet)
    file = SpooledTemporaryFile[bytes](max_size=_IN_MEMORY_BYTES)  # closed by who reads it to its end
    if form == "csv":
        write_csv(chosen, file)
    else:
        write_xlsx(sheets, file)
    file.seek(0)
    return file


def _listed(value: str) -> tuple[str, ...]:
    return tuple(name.strip().upper() for name in value[:400].split(",") if name.strip())


def _category(name: str) -> NeedCategory:
    try:
        return NeedCategory(name)
    except ValueError as error:
        raise InvalidInputError("no such category", field="categories", value=name[:40]) from error


def _step(value: str) -> SeriesStep:
    try:
        return SeriesStep(value.upper())
    except ValueError as error:
        raise InvalidInputError("month or day", field="step", value=value[:20]) from error


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise InvalidInputError("a day is written as 2026-03-31", field="since", value=value[:20]) from error
