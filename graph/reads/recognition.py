"""Cases of recognition and issued credentials, as those who may see them list them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.actors import Actor
from domain.recognition import CaseState, IssuedCredential, RecognitionCase
from graph.columns import day_or_none, integer, text
from graph.ports import Access, ReadTransaction, Statement
from graph.reads.pages import KeysetPosition, Page, moment_of, page, page_size, start_of
from graph.recognition import cases, credentials
from graph.scope import listed

CASES = "recognition_cases"
CREDENTIALS = "issued_credentials"

_CASES_BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:RecognitionCase {id: wanted}) WHERE " + cases.SEEN + cases.CASE_COLUMNS,
    Access.READ,
)
_CASES_PAGE = Statement(
    "MATCH (n:RecognitionCase) WHERE "
    + cases.SEEN
    + " AND n.state IN $states AND ($volunteer_id = '' OR n.volunteer_id = $volunteer_id)"
    + " AND (n.opened_at < $after_at OR (n.opened_at = $after_at AND n.id > $after_id))"
    + cases.CASE_COLUMNS
    + "ORDER BY opened_at DESC, id LIMIT $limit",
    Access.READ,
)
_CASES_COUNT = Statement(
    "MATCH (n:RecognitionCase) WHERE "
    + cases.SEEN
    + " AND n.state IN $states AND ($volunteer_id = '' OR n.volunteer_id = $volunteer_id)"
    + " RETURN count(*) AS total",
    Access.READ,
)
_BOARD = Statement(
    "MATCH (n:RecognitionCase) WHERE "
    + cases.SEEN
    + " RETURN n.state AS state, n.from_region AS from_region, count(*) AS total, min(n.due_on) AS due_on"
    + " ORDER BY state, from_region",
    Access.READ,
)
_CREDENTIALS_BY_IDS = Statement(
    "UNWIND $ids AS wanted MATCH (n:IssuedCredential {id: wanted}) WHERE "
    + credentials.SEEN
    + credentials.COLUMNS,
    Access.READ,
)
_CREDENTIALS_PAGE = Statement(
    "MATCH (n:IssuedCredential) WHERE "
    + credentials.SEEN
    + " AND ($volunteer_id = '' OR n.volunteer_id = $volunteer_id)"
    + " AND (n.issued_at < $after_at OR (n.issued_at = $after_at AND n.id > $after_id))"
    + credentials.COLUMNS
    + "ORDER BY issued_at DESC, id LIMIT $limit",
    Access.READ,
)
_CREDENTIALS_COUNT = Statement(
    "MATCH (n:IssuedCredential) WHERE "
    + credentials.SEEN
    + " AND ($volunteer_id = '' OR n.volunteer_id = $volunteer_id) RETURN count(*) AS total",
    Access.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """
    Cases of one state from one region.

    Parameters
    ----------
    due_on
        The earliest day by which one of them has to be answered.
    """

    state: CaseState
    from_region: str
    cases: int
    due_on: date | None


async def recognition_cases_by_ids(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, RecognitionCase]:
    """Give the cases among ``ids`` that the actor may see."""
    found = await tx.run(_CASES_BY_IDS, **cases.visible(actor), ids=listed(list(set(ids))))
    return {text(record, "id"): cases.case_of(record) for record in found}


async def page_of_recognition_cases(
    tx: ReadTransaction,
    actor: Actor,
    *,
    states: Sequence[CaseState] = (),
    volunteer_id: str | None = None,
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[RecognitionCase]:
    """Give cases, newest first: a volunteer's own, the desk's those of its regions."""
    narrowed = {
        **cases.visible(actor),
        "states": [state.value for state in states or tuple(CaseState)],
        "volunteer_id": volunteer_id or "",
    }
    after_at, after_id = start_of(CASES, after)
    records = await tx.run(
        _CASES_PAGE, **narrowed, after_at=moment_of(after_at), after_id=after_id, limit=page_size(first) + 1
    )
    total = integer((await tx.run(_CASES_COUNT, **narrowed))[0], "total") if with_total else None
    return page(CASES, records, first, total, row=cases.case_of, sort_column="opened_at")


async def recognition_board(tx: ReadTransaction, actor: Actor) -> list[BoardRow]:
    """Give how many cases stand where, by the region that they came from."""
    return [
        BoardRow(
            state=CaseState(text(record, "state")),
            from_region=text(record, "from_region"),
            cases=integer(record, "total"),
            due_on=day_or_none(record, "due_on"),
        )
        for record in await tx.run(_BOARD, **cases.visible(actor))
    ]


async def credentials_by_ids(
    tx: ReadTransaction, actor: Actor, ids: Sequence[str]
) -> dict[str, IssuedCredential]:
    """Give the credentials among ``ids`` that the actor may see."""
    found = await tx.run(_CREDENTIALS_BY_IDS, **credentials.visible(actor), ids=listed(list(set(ids))))
    return {text(record, "id"): credentials.credential_of(record) for record in found}


async def page_of_credentials(
    tx: ReadTransaction,
    actor: Actor,
    *,
    volunteer_id: str | None = None,
    first: int = 50,
    after: KeysetPosition | None = None,
    with_total: bool = False,
) -> Page[IssuedCredential]:
    """Give issued credentials, newest first: a volunteer's own, the desk's those of its regions."""
    narrowed = {**credentials.visible(actor), "volunteer_id": volunteer_id or ""}
    after_at, after_id = start_of(CREDENTIALS, after)
    records = await tx.run(
        _CREDENTIALS_PAGE,
        **narrowed,
        after_at=moment_of(after_at),
        after_id=after_id,
        limit=page_size(first) + 1,
    )
    total = integer((await tx.run(_CREDENTIALS_COUNT, **narrowed))[0], "total") if with_total else None
    return page(CREDENTIALS, records, first, total, row=credentials.credential_of, sort_column="issued_at")
