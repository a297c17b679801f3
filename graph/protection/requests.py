"""What people ask of the data about them: a copy, or deletion."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from domain.actors import Actor
from domain.errors import NotFoundError, StaleVersionError
from domain.protection import ConsentChannel, DataRequestKind, DataRequestState
from graph.columns import integer, moment, moment_or_none, text, text_or_none
from graph.ports import Access, ReadTransaction, Record, Statement, WriteTransaction
from graph.reads.pages import KeysetPosition, Page, page, page_size, start_of
from graph.scope import IN_SCOPE, scope_paths, view_of

LIST_NAME = "data_requests"
_COLUMNS: LiteralString = (
    " RETURN n.id AS id, n.volunteer_id AS volunteer_id, n.kind AS kind, n.state AS state, n.channel AS channel,"
    " n.asked_by AS asked_by, n.decided_by AS decided_by, n.reason AS reason, n.done_by AS done_by,"
    " n.digest AS digest, n.asked_at AS asked_at, n.decided_at AS decided_at, n.done_at AS done_at,"
    " n.region_path AS region_path, n.version AS version"
)
_VISIBLE: LiteralString = IN_SCOPE + " AND ($sees_all OR n.volunteer_id = $volunteer_id)"
ADD = Statement(
    """
    CREATE (:DataRequest {id: $id, volunteer_id: $volunteer_id, kind: $kind, state: $state, channel: $channel,
      asked_by: $asked_by, asked_at: $asked_at, region_path: $region_path, version: 1})
    """,
    Access.WRITE,
)
LOCK = Statement(
    "MATCH (n:DataRequest {id: $id}) WHERE " + _VISIBLE + " SET n.version = n.version + 1" + _COLUMNS,
    Access.WRITE,
)
DECIDE = Statement(
    "MATCH (n:DataRequest {id: $id}) SET n.state = $state, n.decided_by = $by, n.decided_at = $at,"
    " n.reason = $reason",
    Access.WRITE,
)
FINISH = Statement(
    "MATCH (n:DataRequest {id: $id}) SET n.state = 'DONE', n.done_by = $by, n.done_at = $at, n.digest = $digest",
    Access.WRITE,
)
BY_ID = Statement("MATCH (n:DataRequest {id: $id}) WHERE " + _VISIBLE + _COLUMNS, Access.READ)
PAGE = Statement(
    "MATCH (n:DataRequest) WHERE "
    + _VISIBLE
    + " AND n.state IN $states AND n.id > $after_id"
    + _COLUMNS
    + " ORDER BY id LIMIT $limit",
    Access.READ,
)
COUNT = Statement(
    "MATCH (n:DataRequest) WHERE " + _VISIBLE + " AND n.state IN $states RETURN count(*) AS total",
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataRequestRow:
    """Who asked for what about whom, who decided, and what came of it."""

    id: str
    volunteer_id: str
    kind: DataRequestKind
    state: DataRequestState
    channel: ConsentChannel
    asked_by: str
    asked_at: datetime
    region_path: str
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str | None = None
    done_by: str | None = None
    done_at: datetime | None = None
    digest: str | None = None
    version: int = 1


def _row(record: Record) -> DataRequestRow:
    return DataRequestRow(
        id=text(record, "id"),
        volunteer_id=text(record, "volunteer_id"),
        kind=DataRequestKind(text(record, "kind")),
        state=DataRequestState(text(record, "state")),
        channel=ConsentChannel(text(record, "channel")),
        asked_by=text(record, "asked_by"),
        asked_at=moment(record, "asked_at"),
        region_path=text(record, "region_path"),
        decided_by=text_or_none(record, "decided_by"),
        decided_at=moment_or_none(record, "decided_at"),
        reason=text_or_none(record, "reason"),
        done_by=text_or_none(record, "done_by"),
        done_at=moment_or_none(record, "done_at"),
        digest=text_or_none(record, "digest"),
        version=integer(record, "version"),
    )


def _visible_to(actor: Actor) -> dict[str, list[str] | str | bool]:
    view = view_of(actor)
    return {"scope_paths": scope_paths(actor), "sees_all": view.desk, "volunteer_id": view.volunteer_id}


async def add_request(tx: WriteTransaction, row: DataRequestRow) -> None:
    """Take a request down."""
    await tx.run(
        ADD,
        id=row.id,
        volunteer_id=row.volunteer_id,
        kind=row.kind.value,
        state=row.state.value,
        channel=row.channel.value,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        region_path=row.region_path,
    )


async def lock_request(
    tx: WriteTransaction, actor: Actor, request_id: str, *, expected_version: int | None = None
) -> DataRequestRow:
    """
    Take a request for deciding or carrying out; its row carries the new version.

    Raises
    ------
    NotFoundError
        Neither the actor's own nor of their desk's regions.
    StaleVersionError
        Its version was not ``expected_version``.
    """
    found = await tx.run(LOCK, id=request_id, **_visible_to(actor))
    if not found:
        raise NotFoundError("no such request", kind="data_request", id=request_id)
    row = _row(found[0])
    if expected_version is not None and row.version - 1 != expected_version:
        raise StaleVersionError(
            "the request has changed since it was read",
            id=request_id,
            expected=expected_version,
            found=row.version - 1,
        )
    return row


async def decide_request(
    tx: WriteTransaction,
    row: DataRequestRow,
    state: DataRequestState,
    *,
    by: str,
    at: datetime,
    reason: str | None,
) -> None:
    """Note what a second person decided."""
    await tx.run(DECIDE, id=row.id, state=state.value, by=by, at=at, reason=reason)


async def finish_request(
    tx: WriteTransaction, row: DataRequestRow, *, by: str, at: datetime, digest: str | None
) -> None:
    """Note that a request was carried out; ``digest`` is of the file that was given."""
    await tx.run(FINISH, id=row.id, by=by, at=at, digest=digest)


async def request_by_id(tx: ReadTransaction, actor: Actor, request_id: str) -> DataRequestRow:
    """
    Give a request.

    Raises
    ------
    NotFoundError
        Neither the actor's own nor of their desk's regions.
    """
    found = await tx.run(BY_ID, id=request_id, **_visible_to(actor))
    if not found:
        raise NotFoundError("no such request", kind="data_request", id=request_id)
    return _row(found[0])


async def page_of_requests(
    tx: ReadTransaction,
    actor: Actor,
    *,
    states: tuple[DataRequestState, ...] = (),
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[DataRequestRow]:
    """Give requests of the desk's regions by id; a volunteer sees their own."""
    narrowed = {**_visible_to(actor), "states": [state.value for state in states or DataRequestState]}
    _, after_id = start_of(LIST_NAME, after)
    records = await tx.run(PAGE, **narrowed, after_id=after_id, limit=page_size(first) + 1)
    total = integer((await tx.run(COUNT, **narrowed))[0], "total") if with_total else None
    return page(LIST_NAME, records, first, total, row=_row, sort_column="id")
