"""The inbox, and how one lets oneself be reached."""

from datetime import datetime

import strawberry

from domain.notices import Channel, NoticeCode
from graph.notices import (
    ContactPreference,
    NoticeRow,
    count_unread,
    page_of_notices,
    preference_of,
)
from graphql_api.connections import DEFAULT_PAGE, After, Connection, First, connect, page_start
from graphql_api.context import Info
from graphql_api.ids import encode_id, key_of
from graphql_api.payloads import mutation
from workflows.notices.inbox import mark_notices_read, set_contact_preference
from workflows.notices.wording import worded

NOTICE = "Notice"


@strawberry.type(name=NOTICE, description="Something somebody is told, in the language asked for.")
class NoticeNode:
    """What, about what, and whether it was read."""

    id: strawberry.ID
    code: NoticeCode
    title: str
    body: str
    created_at: datetime
    read_at: datetime | None


@strawberry.type(name="ContactPreference", description="How one lets oneself be reached.")
class ContactPreferenceNode:
    """Ways besides the inbox, quiet hours, and how often one may be asked unbidden."""

    channels: list[Channel]
    mail_address: str | None
    locale: str | None
    quiet_start_min: int | None = strawberry.field(description="Civil minutes after midnight.")
    quiet_end_min: int | None
    weekly_offers: int | None = strawberry.field(description="Most offers in seven days; null: the usual.")
    accepts_offers: bool = strawberry.field(description="Whether one may be asked unbidden at all.")
    version: int


def _preference(row: ContactPreference) -> ContactPreferenceNode:
    return ContactPreferenceNode(
        channels=list(row.channels),
        mail_address=row.mail_address,
        locale=row.locale,
        quiet_start_min=row.quiet_start_min,
        quiet_end_min=row.quiet_end_min,
        weekly_offers=row.weekly_offers,
        accepts_offers=row.accepts_offers,
        version=row.version,
    )


@strawberry.type
class NoticeQueries:
    """What one is told."""

    @strawberry.field(description="The reader's inbox, newest first; at the desk that of its regions too.")
    async def notices(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None, unread_only: bool = False
    ) -> Connection[NoticeNode]:
        """Give a page of the inbox."""
        start = page_start(info, first, after)
        page = await info.context.read(
            lambda tx: page_of_notices(
                tx, info.context.actor, unread_only=unread_only, first=first, after=start
            )
        )

        def node(row: NoticeRow) -> NoticeNode:
            title, body = worded(row, info.context.locale)
            return NoticeNode(
                id=encode_id(NOTICE, row.id),
                code=row.code,
                title=title,
                body=body,
                created_at=row.created_at,
                read_at=row.read_at,
            )

        return connect(info, page, node)

    @strawberry.field(description="How many notices nobody has read.")
    async def unread_notices(self, info: Info) -> int:
        """Give the number."""
        return await info.context.read(lambda tx: count_unread(tx, info.context.actor))

    @strawberry.field(description="How the reader lets themselves be reached; null if they never said.")
    async def contact_preference(self, info: Info) -> ContactPreferenceNode | None:
        """Give their preference."""
        recipient_id = info.context.actor.participant_id
        if recipient_id is None:
            return None
        found = await info.context.read(lambda tx: preference_of(tx, recipient_id))
        return None if found is None else _preference(found)


@strawberry.input(description="Marks notices of one's inbox as read.")
class MarkNoticesReadInput:
    """Which."""

    notice_ids: list[strawberry.ID]


@strawberry.type(description="What marking came to.")
class MarkedNotices:
    """How many, and what is left."""

    marked: int
    unread: int


def _marked(counts: tuple[int, int]) -> MarkedNotices:
    marked, unread = counts
    return MarkedNotices(marked=marked, unread=unread)


@strawberry.input(description="Says how one lets oneself be reached.")
class SetContactPreferenceInput:
    """All of it; what is left out is unsaid again."""

    expected_version: int = strawberry.field(description="0 where nothing was said before.")
    channels: list[Channel] = strawberry.field(default_factory=list[Channel])
    mail_address: str | None = None
    locale: str | None = None
    quiet_start_min: int | None = None
    quiet_end_min: int | None = None
    weekly_offers: int | None = None
    accepts_offers: bool = True


@strawberry.type
class NoticeMutations:
    """Reading notices and saying how one is to be reached."""

    @mutation(_marked, description="Mark notices as read.")
    async def mark_notices_read(self, info: Info, input: MarkNoticesReadInput) -> tuple[int, int]:
        """Mark notices."""
        context = info.context
        ids = [key_of(each, NOTICE, "noticeIds") for each in input.notice_ids]
        marked = await mark_notices_read(context.workspace, context.actor, ids)
        unread = await context.read(lambda tx: count_unread(tx, context.actor))
        return marked, unread

    @mutation(_preference, description="Say how one lets oneself be reached.")
    async def set_contact_preference(self, info: Info, input: SetContactPreferenceInput) -> ContactPreference:
        """Set the reader's preference."""
        wanted = ContactPreference(
            channels=tuple(input.channels),
            mail_address=input.mail_address,
            locale=input.locale,
            quiet_start_min=input.quiet_start_min,
            quiet_end_min=input.quiet_end_min,
            weekly_offers=input.weekly_offers,
            accepts_offers=input.accepts_offers,
        )
        context = info.context
        return await set_contact_preference(
            context.workspace, context.actor, wanted, expected_version=input.expected_version
        )
