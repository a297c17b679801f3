"""The board of recognition, and its cases."""

from datetime import date
from functools import partial

import strawberry

from domain.recognition import CaseState
from graph.reads.recognition import page_of_recognition_cases, recognition_board
from graphql_api.connections import DEFAULT_PAGE, After, Connection, First, paged
from graphql_api.context import Info
from graphql_api.ids import key_of
from graphql_api.recognition.types import (
    RECOGNITION_CASE,
    CaseNode,
    load_recognition_case,
    recognition_case,
)
from graphql_api.volunteers.types import VOLUNTEER


@strawberry.type(description="Cases of one state from one region.")
class RecognitionBoardRow:
    """How many, and by when the first of them has to be answered."""

    state: CaseState
    from_region: str
    cases: int
    due_on: date | None


@strawberry.type(description="How many cases stand where.")
class RecognitionBoard:
    """By state and region of origin."""

    rows: list[RecognitionBoardRow]


@strawberry.type
class RecognitionQueries:
    """Cases of recognition."""

    @strawberry.field(description="How many cases stand where.")
    async def recognition_board(self, info: Info) -> RecognitionBoard:
        """Count the cases that the reader may see."""
        rows = await info.context.read(lambda tx: recognition_board(tx, info.context.actor))
        return RecognitionBoard(
            rows=[
                RecognitionBoardRow(
                    state=row.state, from_region=row.from_region, cases=row.cases, due_on=row.due_on
                )
                for row in rows
            ]
        )

    @strawberry.field(description="Cases, newest first: a volunteer's own, the desk's those of its regions.")
    async def recognition_cases(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        states: list[CaseState] | None = None,
        volunteer_id: strawberry.ID | None = None,
    ) -> Connection[CaseNode]:
        """Give a page of cases."""
        whose = key_of(volunteer_id, VOLUNTEER, "volunteerId") if volunteer_id else None
        read = partial(page_of_recognition_cases, states=tuple(states or ()), volunteer_id=whose)
        return await paged(info, first, after, read, recognition_case)

    @strawberry.field(description="One case.")
    async def recognition_case(self, info: Info, id: strawberry.ID) -> CaseNode | None:
        """Give a case by its global id."""
        return await load_recognition_case(info, key_of(id, RECOGNITION_CASE))
