"""Programmes of charities and the templates they follow."""

from datetime import datetime

import strawberry

from domain.purposes import Season
from graph.programmes import ProgrammeRow
from graph.reads.programmes import page_of_programmes, programmes_by_ids
from graphql_api.connections import (
    DEFAULT_PAGE,
    After,
    Connection,
    First,
    Node,
    connect,
    page_start,
    wants_total,
)
from graphql_api.context import Info
from graphql_api.funds.earmarks import PROGRAMME
from graphql_api.funds.purposes import PurposeNode, optional_key, purpose_node
from graphql_api.funds.types import ORGANISATION, OrganisationNode, load_organisation
from graphql_api.ids import encode_id, key_of
from graphql_api.payloads import mutation
from graphql_api.regions import REGION
from graphql_api.scalars import MoneyInput, fen_of
from locales import text
from workflows.funds.programmes import (
    NewProgramme,
    ProgrammeTemplate,
    end_programme,
    programme_templates,
    start_programme,
)
from workflows.workspace import Outcome


@strawberry.type(name="Season", description="Days of each year, half-open; one may span New Year.")
class SeasonNode:
    """When cases are taken."""

    from_day: int = strawberry.field(description="month * 100 + day of the first day.")
    to_day: int = strawberry.field(description="month * 100 + day of the first day after.")


def _season(season: Season | None) -> SeasonNode | None:
    return None if season is None else SeasonNode(from_day=season.from_day, to_day=season.to_day)


@strawberry.type(name="ProgrammeTemplate", description="A programme that many charities run.")
class ProgrammeTemplateNode:
    """What it gives for, with which papers, in which season, up to how much, and who says so."""

    code: str
    name: str = strawberry.field(description="In the language asked for.")
    purpose: PurposeNode
    documents: list[str] = strawberry.field(description="Papers of a case, in the language asked for.")
    season: SeasonNode | None
    source: str


@strawberry.type(name="ProgrammeTemplates", description="The templates that ship with the program.")
class ProgrammeTemplatesNode:
    """All of them."""

    templates: list[ProgrammeTemplateNode]


def _template(info: Info, found: ProgrammeTemplate) -> ProgrammeTemplateNode:
    locale = info.context.locale
    return ProgrammeTemplateNode(
        code=found.id,
        name=text(f"funds.programme_template.{found.id}", locale),
        purpose=purpose_node(found.purpose),
        documents=[text(f"funds.document.{code}", locale) for code in found.documents],
        season=_season(found.yearly),
        source=found.source,
    )


@strawberry.type(name=PROGRAMME, description="A standing programme of a charity.")
class ProgrammeNode(Node):
    """What it gives for; its money is in earmarks of funds."""

    name: str
    template: str | None = strawberry.field(description="Code of the template it follows.")
    purpose: PurposeNode
    documents: list[str] = strawberry.field(description="Codes of the papers of a case.")
    season: SeasonNode | None
    closed_at: datetime | None
    version: int
    organisation_key: strawberry.Private[str]

    @strawberry.field(description="Who runs it, if the reader may see them.")
    async def organisation(self, info: Info) -> OrganisationNode | None:
        """Give its charity."""
        return await load_organisation(info, self.organisation_key)


def programme(row: ProgrammeRow) -> ProgrammeNode:
    """Give a programme as clients see it."""
    return ProgrammeNode(
        id=encode_id(PROGRAMME, row.id),
        name=row.name,
        template=row.template_id,
        purpose=purpose_node(row.purpose),
        documents=list(row.documents),
        season=_season(row.season),
        closed_at=row.closed_at,
        version=row.version,
        organisation_key=row.organisation_id,
    )


async def load_programme(info: Info, key: str) -> ProgrammeNode | None:
    """Give the programme of a key, if there is one that the reader may see."""
    found = await info.context.read(lambda tx: programmes_by_ids(tx, info.context.actor, [key]))
    return programme(found[key]) if key in found else None


@strawberry.input(name="ProgrammeFilter", description="What programmes are narrowed to.")
class ProgrammeFilterInput:
    """Empty axes narrow nothing."""

    organisation_id: strawberry.ID | None = None


@strawberry.type
class ProgrammeQueries:
    """Templates, lists and look-ups of programmes."""

    @strawberry.field(description="Templates of programmes, with who says so.")
    def programme_templates(self, info: Info) -> ProgrammeTemplatesNode:
        """Give the templates."""
        return ProgrammeTemplatesNode(
            templates=[_template(info, found) for found in programme_templates().values()]
        )

    @strawberry.field(description="Programmes that the reader may see, by id.")
    async def programmes(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        filter: ProgrammeFilterInput | None = None,
    ) -> Connection[ProgrammeNode]:
        """Give a page of programmes."""
        asked = filter or ProgrammeFilterInput()
        start = page_start(info, first, after)
        holder = optional_key(asked.organisation_id, ORGANISATION, "organisationId")
        page = await info.context.read(
            lambda tx: page_of_programmes(
                tx,
                info.context.actor,
                organisation_id=holder,
                first=first,
                after=start,
                with_total=wants_total(info),
            )
        )
        return connect(info, page, programme)

    @strawberry.field(description="One programme.")
    async def programme(self, info: Info, id: strawberry.ID) -> ProgrammeNode | None:
        """Give a programme by its global id."""
        return await load_programme(info, key_of(id, PROGRAMME))


@strawberry.input(description="Starts a programme of a charity after a template.")
class StartProgrammeInput:
    """Which template, whose, where, up to how much."""

    idempotency_key: str
    template: str = strawberry.field(description="Code of a template.")
    organisation_id: strawberry.ID
    name: str
    case_cap: MoneyInput | None = strawberry.field(
        default=None, description="No more than the template's; asked for where it has none."
    )
    region_id: strawberry.ID | None = strawberry.field(default=None, description="Keeps it to one division.")


@strawberry.input(description="Ends a programme; what its budgets still hold is left over.")
class EndProgrammeInput:
    """Which programme, as read."""

    programme_id: strawberry.ID
    expected_version: int


@strawberry.type
class ProgrammeMutations:
    """Programmes; for officers of the charity."""

    @mutation(programme, description="Start a programme after a template.")
    async def start_programme(self, info: Info, input: StartProgrammeInput) -> Outcome[ProgrammeRow]:
        """Start a programme."""
        new = NewProgramme(
            template_id=input.template,
            organisation_id=key_of(input.organisation_id, ORGANISATION, "organisationId"),
            name=input.name,
            case_cap_fen=fen_of(input.case_cap, "caseCap") if input.case_cap else None,
            region_id=optional_key(input.region_id, REGION, "regionId") or None,
        )
        return await start_programme(
            info.context.workspace, info.context.actor, new, idempotency_key=input.idempotency_key
        )

    @mutation(programme, description="End a programme.")
    async def end_programme(self, info: Info, input: EndProgrammeInput) -> ProgrammeRow:
        """End a programme."""
        return await end_programme(
            info.context.workspace,
            info.context.actor,
            key_of(input.programme_id, PROGRAMME, "programmeId"),
            expected_version=input.expected_version,
        )
