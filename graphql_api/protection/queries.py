"""Texts of consents, what a volunteer's record rests on, and requests about data."""

from functools import partial

import strawberry

from domain.protection import ConsentKind, DataRequestState
from graph.ports import ReadTransaction
from graph.protection.consents import consents_of
from graph.protection.persons import person_in_scope
from graph.protection.readings import readings_of
from graph.protection.requests import page_of_requests
from graph.scope import DESK
from graphql_api.connections import DEFAULT_PAGE, After, Connection, First, paged
from graphql_api.context import Info
from graphql_api.ids import key_of
from graphql_api.protection.types import (
    ConsentRecordNode,
    ConsentTextNode,
    DataRequestNode,
    consent,
    consent_text_node,
    data_request,
    reading,
)
from graphql_api.volunteers.types import VOLUNTEER
from workflows.protection.consents import consent_text


@strawberry.type
class ProtectionQueries:
    """Texts of consents, what a volunteer's record rests on, and requests about data."""

    @strawberry.field(description="The text of a consent in force, in the language asked for.")
    def consent_text(self, info: Info, kind: ConsentKind) -> ConsentTextNode:
        """Give a text."""
        return consent_text_node(consent_text(kind, info.context.locale))

    @strawberry.field(
        description="On what a volunteer's record rests, and who saw their number: for the desk and themselves."
    )
    async def consent_record(self, info: Info, volunteer_id: strawberry.ID) -> ConsentRecordNode:
        """Give a volunteer's acts and readings."""
        actor, key = info.context.actor, key_of(volunteer_id, VOLUNTEER, "volunteerId")
        if actor.participant_id != key:
            actor.require(*DESK)

        async def read(tx: ReadTransaction) -> ConsentRecordNode:
            person = await person_in_scope(tx, actor, key)
            return ConsentRecordNode(
                basis=person.consent_basis,
                source=person.source_id,
                mask=person.id_number_mask,
                acts=[consent(row) for row in await consents_of(tx, key)],
                readings=[reading(row) for row in await readings_of(tx, key)],
            )

        return await info.context.read(read)

    @strawberry.field(description="Requests about data, by id; a volunteer sees their own.")
    async def data_requests(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        states: list[DataRequestState] | None = None,
    ) -> Connection[DataRequestNode]:
        """Give a page of requests."""
        return await paged(
            info, first, after, partial(page_of_requests, states=tuple(states or ())), data_request
        )
