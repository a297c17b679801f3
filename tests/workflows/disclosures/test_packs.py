"""A pack from its draft to its correction: who makes it, who publishes it, what it says and what it never says."""

import json
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from domain.disclosure_packs import PackState, Period, PeriodKind
from domain.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    NotPermittedError,
    SeparationOfDutiesError,
    StaleVersionError,
    TransitionError,
)
from domain.funds import CharityClass
from domain.purposes import Purpose
from graph import audit
from graph.ports import Access, Statement
from graph.reads.disclosure_packs import disclosure_pack_by_id, published_pack, published_packs
from locales import Locale
from tests.builders import NOW, officer, workspace
from tests.workflows.allocations.gifts import (
    ASKER,
    FIRST,
    SECOND,
    approved,
    duties_seen,
    given,
    paid,
    senior,
    town,
)
from tests.workflows.donations.conftest import OFFICER, OTHER, approver, charity, gift
from tests.workflows.donations.test_gifts import step
from workflows.disclosures.checking import PackBreak, check_pack
from workflows.disclosures.naming import name_donor
from workflows.disclosures.pack import read_pack
from workflows.disclosures.packing import generate_pack, publish_disclosure_pack
from workflows.disclosures.workbook import write_pack
from workflows.donations.posting import NewEarmark, Placing, post_donation
from workflows.donations.receipts import issue_receipt
from workflows.donations.recording import Donor, record_donation
from workflows.funds.charity_years import NewYear, record_charity_year

IN_THE_FUND = Placing()
MARCH = Period.named("2026-03")
SPOIL = Statement("MATCH (e:FundEntry {kind: 'RECEIVE'}) SET e.amount_fen = e.amount_fen + 1", Access.WRITE)
EVENTS = Statement(
    "MATCH (e:AuditEntry) WHERE e.operation STARTS WITH 'disclosure_pack' RETURN e.operation AS operation,"
    " e.object_hash AS digest, e.actor_id AS actor ORDER BY e.sequence",
    Access.READ,
)


async def posted(ws, amount_fen=10_000, *, placing=IN_THE_FUND, **more):
    made = (await record_donation(ws, OFFICER, gift(amount_fen, **more))).value
    made = (await issue_receipt(ws, OFFICER, step(made))).value
    return (await post_donation(ws, OFFICER, step(made), placing)).value


async def draft(ws, period=MARCH, **more):
    return (await generate_pack(ws, OFFICER, "charity", period, **more)).value


async def public(ws, pack, actor=None):
    done = await publish_disclosure_pack(ws, actor or approver(), pack.id, expected_version=pack.version)
    return done.value


def content(pack):
    return read_pack(pack.content)[0]


async def findings(ws, text: str, **more) -> set[PackBreak]:
    checked = await ws.store.read(lambda tx: check_pack(tx, text, **more))
    return {finding.broken for finding in checked.findings}


@pytest.fixture
async def ws(store):
    await charity().write(store)
    made = workspace(store)
    await posted(made, 10_000)
    return made


@pytest.mark.parametrize(
    ("name", "kind", "first", "end"),
    [
        ("2026-11", PeriodKind.MONTH, date(2026, 11, 1), date(2026, 12, 1)),
        ("2026-12", PeriodKind.MONTH, date(2026, 12, 1), date(2027, 1, 1)),
        ("2026", PeriodKind.YEAR, date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_a_period_is_a_civil_month_or_year(name, kind, first, end):
    period = Period.named(name)
    assert (period.kind, period.start, period.end, period.name) == (kind, first, end, name)


@pytest.mark.parametrize("name", ["2026-13", "2026-1", "26", "2016", "", "2026-11-01", "年" * 4, "2201"])
def test_what_is_no_period_is_refused(name):
    with pytest.raises(InvalidInputError):
        Period.named(name)


async def test_a_second_person_publishes_and_everybody_reads_the_same_file(ws):
    made = await draft(ws)
    assert await ws.store.read(lambda tx: published_pack(tx, "charity", made.id)) is None
    with pytest.raises(NotPermittedError):
        await public(ws, made, OTHER)  # an officer approves nothing
    done = await public(ws, made)
    assert (done.state, done.content, done.digest) == (PackState.PUBLISHED, made.content, made.digest)
    shown = await ws.store.read(lambda tx: published_pack(tx, "charity", made.id))
    assert shown is not None
    assert shown.content == made.content
    assert await ws.store.read(lambda tx: published_pack(tx, "quiet", made.id)) is None
    with pytest.raises(TransitionError):
        await public(ws, done)
    told = await ws.store.read(lambda tx: tx.run(EVENTS))
    assert [(row["operation"], row["digest"], row["actor"]) for row in told] == [
        ("disclosure_pack.generate", made.digest, OFFICER.id),
        ("disclosure_pack.publish", made.digest, "approver"),
    ]
    assert (await audit.verify(ws.store)).intact


async def test_its_maker_does_not_publish_it_as_an_approver_either(ws):
    both = approver(OFFICER.id)
    made = await draft(ws)
    with pytest.raises(SeparationOfDutiesError):
        await public(ws, made, both)


async def test_calls_that_come_again_are_done_once(ws):
    one, two = [await generate_pack(ws, OFFICER, "charity", MARCH, idempotency_key="k") for _ in range(2)]
    assert (two.replayed, two.value) == (True, one.value)
    pack = one.value
    done = [
        await publish_disclosure_pack(ws, approver(), pack.id, expected_version=1, idempotency_key="p")
        for _ in range(2)
    ]
    assert [each.replayed for each in done] == [False, True]
    assert done[0].value == done[1].value
    # by now the period has a published pack, and the first call still gives its own answer
    again = await generate_pack(ws, OFFICER, "charity", MARCH, idempotency_key="k")
    assert (again.replayed, again.value) == (True, pack)


async def test_others_make_and_see_none(ws):
    made = await draft(ws)
    stranger = officer("abroad")
    with pytest.raises(NotFoundError):
        await generate_pack(ws, stranger, "charity", MARCH)
    with pytest.raises(NotFoundError):
        await ws.store.read(lambda tx: disclosure_pack_by_id(tx, stranger, made.id))
    with pytest.raises(InvalidInputError):
        await draft(ws, Period.named("2026-04"))
    with pytest.raises(StaleVersionError):
        await publish_disclosure_pack(ws, approver(), made.id, expected_version=7)


async def test_a_correction_is_a_new_pack_that_names_the_earlier_one(ws):
    first = await public(ws, await draft(ws))
    await posted(ws, 5_000, reference="late")
    with pytest.raises(ConflictError):
        await draft(ws)
    with pytest.raises(InvalidInputError):
        await draft(ws, corrects_id=first.id)  # and says why
    second = await draft(ws, corrects_id=first.id, reason="一笔捐赠漏记")
    rival = await draft(ws, corrects_id=first.id, reason="the same again")
    await public(ws, second)
    said = content(second)
    assert said.corrects is not None
    assert (said.corrects.pack_id, said.corrects.digest) == (first.id, first.digest)
    assert (content(first).totals.received_fen, said.totals.received_fen) == (10_000, 15_000)
    with pytest.raises(ConflictError):
        await public(ws, rival)  # two do not take the place of one
    listed = await ws.store.read(lambda tx: published_packs(tx, "charity"))
    assert {(each.id, each.corrects_id) for each in listed} == {(first.id, None), (second.id, first.id)}
    assert await findings(ws, first.content) == set()  # what was published stays true of its moment


async def test_a_draft_of_a_month_that_is_over_falls_with_an_entry_that_came_late(store):
    await charity().write(store)
    ws = workspace(store)
    await posted(ws)
    april = replace(ws, clock=lambda: datetime(2026, 4, 2, tzinfo=UTC))
    made = (await generate_pack(april, OFFICER, "charity", MARCH)).value
    assert content(made).period.final
    await posted(ws, 7, reference="backdated by a clock that was wrong")
    with pytest.raises(ConflictError):
        await public(april, made)


async def test_a_changed_file_and_a_changed_ledger_show(ws):
    made = await public(ws, await draft(ws))
    assert await findings(ws, made.content) == set()
    lied = made.content.replace('"received_fen":10000', '"received_fen":10001')
    assert lied != made.content
    assert await findings(ws, lied) >= {PackBreak.DIGEST, PackBreak.STORED, PackBreak.SUM, PackBreak.LEDGER}
    other = json.loads(made.content)
    other["id"] = "nobody"
    assert PackBreak.UNKNOWN in await findings(ws, json.dumps(other))
    for bad in ("", "[]", "{}", "nonsense", '{"format": "other"}', "[" * 100_000):
        with pytest.raises(InvalidInputError):
            await findings(ws, bad)
    await ws.store.write(lambda tx: tx.run(SPOIL))
    with pytest.raises(ConflictError):
        await findings(ws, made.content)
    with pytest.raises(ConflictError):
        await draft(ws, Period.named("2026"))


async def test_only_donors_who_agreed_are_named(ws):
    named = await posted(ws, 700, donor=Donor(name="沙洲纺织有限公司"), reference="a")
    await posted(ws, 800, donor=None, reference="b")
    wished = await posted(
        ws,
        900,
        donor=Donor(name="周小明"),
        restriction_text="给周家的孩子",
        reference="c",
        placing=Placing(earmark=NewEarmark(name="周小明助学", purpose=Purpose())),
    )
    nobody = content(await draft(ws))
    assert nobody.income.named == ()
    assert {line.giver: line.amount_fen for line in nobody.income.lines} == {
        "ANONYMOUS": 800, "ORGANISATION": 700, "PERSON": 10_900,
    }  # fmt: skip
    made = await name_donor(ws, OFFICER, step(named), reference="协议第 7 条")
    pack = await draft(ws)
    assert [(each.donor, each.amount_fen) for each in content(pack).income.named] == [
        ("沙洲纺织有限公司", 700)
    ]
    for name in ("张小三", "周小明", "周家"):
        assert name not in pack.content
    await name_donor(ws, OFFICER, step(made.value), reference=None)
    with pytest.raises(ConflictError):
        await public(ws, pack)  # the donor agrees no longer
    await name_donor(ws, OFFICER, step(wished), reference="协议")
    assert "周小明助学" in (await draft(ws)).content
    anonymous = await posted(ws, 1, donor=None, reference="d")
    with pytest.raises(InvalidInputError):
        await name_donor(ws, OFFICER, step(anonymous), reference="协议")


async def paid_in_town(store, count=1, amount_fen=30_000, **more):
    """So many households of a town are paid; the workspace."""
    world = town(amount_fen=amount_fen, **more)
    for number in range(1, count):
        world.need(f"need-{number}", kind="CASH", urgency="URGENT", amount_fen=amount_fen)
    await world.write(store)
    ws = workspace(store)
    for number in range(count):
        sum_given = await given(ws, amount_fen, need_id=f"need-{number}" if number else "need")
        who = (FIRST, SECOND, senior())[: sum_given.approvals_wanted]
        await paid(ws, await approved(ws, sum_given, *who[:-1], who[-1]))
    return ws


async def of_town(ws, period=MARCH):
    return (await generate_pack(ws, ASKER, "charity", period)).value


@pytest.mark.parametrize(("count", "told"), [(1, None), (4, None), (5, 5)])
async def test_those_who_were_helped_are_counted_from_a_crowd_on(memory_store, count, told):
    ws = await paid_in_town(memory_store, count)
    pack = await of_town(ws)
    (project,) = [each for each in content(pack).projects if each.id == "fund"]
    assert (project.households.value, project.institutions.value) == (told, 0)
    assert project.to_needs_fen == count * 30_000
    assert content(pack).duties.project_due.value == told
    for hidden in ("home", "王大爷", "need", "household"):
        assert hidden not in json.dumps(json.loads(pack.content)["projects"]).replace(
            "to_needs_fen", ""
        ).replace("households", "")


async def test_major_items_and_related_parties_are_listed_and_public_with_the_pack(store):
    world = town()
    world.organisation("home-for-the-aged", kind="INSTITUTION")
    works = {"kind": "WORKS", "category": "HOUSING", "subject_kind": "INSTITUTION"}
    world.need("roof", subject_id="home-for-the-aged", amount_fen=10_000_000, **works)
    world.donation("gift", "fund", donor_id="aunt", amount_fen=1_000)
    await world.write(store)
    ws = workspace(store)
    roof = await given(ws, 10_000_000, need_id="roof")
    await paid(ws, await approved(ws, roof, FIRST, SECOND, senior()))
    await paid(ws, await approved(ws, await given(ws), SECOND, FIRST))  # the donor's kin
    pack = await of_town(ws)
    duties = content(pack).duties
    assert sorted((each.kind.value, each.amount_fen, each.overdue) for each in duties.items) == [
        ("MAJOR_ITEM", 10_000_000, False),
        ("RELATED_PARTY", 30_000, False),
    ]
    assert {each.due_on - each.arose_on for each in duties.items} == {timedelta(days=30)}
    assert (duties.related_party_fen, duties.related_list_due_on) == (30_000, date(2027, 5, 31))
    (project,) = [each for each in content(pack).projects if each.id == "fund"]
    assert (project.households.fewer_than, project.institutions.fewer_than) == (5, 5)
    assert not {"aunt", "member", "home-for-the-aged"} & set(pack.content.split('"'))
    done = (await publish_disclosure_pack(ws, senior(), pack.id, expected_version=1)).value
    states = {(row.kind.value, row.state.value) for row in await duties_seen(ws)}
    assert states == {("MAJOR_ITEM", "PUBLISHED"), ("RELATED_PARTY", "PUBLISHED"), ("PROJECT", "DUE")}
    assert await findings(ws, done.content) == set()
    late = replace(ws, clock=lambda: NOW + timedelta(days=100))
    year = content((await generate_pack(late, ASKER, "charity", Period.named("2026"))).value).duties
    assert {each.published_on for each in year.items} == {date(2026, 3, 2)}
    assert (year.project_due.fewer_than, year.project_overdue.fewer_than) == (5, 5)
    assert year.items[0].overdue is False


async def test_what_stands_open_after_its_day_is_overdue(memory_store):
    world = town()
    world.donation("gift", "fund", donor_id="aunt", amount_fen=1_000)
    await world.write(memory_store)
    ws = workspace(memory_store)
    await paid(ws, await approved(ws, await given(ws), SECOND, FIRST))
    late = replace(ws, clock=lambda: NOW + timedelta(days=31))
    (item,) = content((await generate_pack(late, ASKER, "charity", MARCH)).value).duties.items
    assert (item.overdue, item.published_on) == (True, None)


async def test_the_year_is_judged_where_somebody_wrote_it_down(memory_store):
    ws = await paid_in_town(memory_store)
    assert content(await of_town(ws)).annual.charity_class is None
    await record_charity_year(
        ws,
        OFFICER,
        NewYear(
            organisation_id="charity",
            year=2026,
            charity_class=CharityClass.ASSOCIATION,
            income_last_year_fen=400_000,
            net_assets_fen=1_000_000,
        ),
    )
    annual = content(await of_town(ws)).annual
    assert (annual.charitable_fen, annual.management_fen, annual.management_bp) == (30_000, 0, 0)
    assert annual.payout_floor_fen is not None
    assert annual.to_spend_fen == annual.payout_floor_fen - 30_000
    assert annual.payout_bp in (300, 750)  # of net assets, or of income
    assert annual.floor_bp is not None
    assert annual.ceiling_bp is not None


@pytest.mark.parametrize("locale", list(Locale))
async def test_the_workbook_says_what_the_file_says_with_formulas_beside(memory_store, locale):
    ws = await paid_in_town(memory_store, 5)
    pack = content(await of_town(ws))
    out = BytesIO()
    write_pack(pack, out, locale)
    book = CalamineWorkbook.from_filelike(BytesIO(out.getvalue()))
    assert len(book.sheet_names) == 8
    for name, rows in (("projects", pack.projects), ("books", pack.books)):
        cells = book.get_sheet_by_index(["about", "projects", "books"].index(name)).to_python()
        body, totals, checked = cells[3 : 3 + len(rows)], cells[3 + len(rows)], cells[4 + len(rows)]
        assert [row[-7:] for row in body] == [[fen / 100 for fen in _columns(each.sums)] for each in rows]
        assert totals[-7:] == checked[-7:] == [fen / 100 for fen in _columns(pack.totals)]
        assert [round(sum(row[i] for row in body), 2) for i in range(-7, 0)] == totals[-7:]
    with zipfile.ZipFile(BytesIO(out.getvalue())) as inside:
        sheet = inside.read("xl/worksheets/sheet2.xml").decode()
    assert "ROUND(SUM(" in sheet
    assert "<f>" in sheet
    assert "…" not in out.getvalue().decode("latin-1")
    texts = [
        str(cell) for n in book.sheet_names for row in book.get_sheet_by_name(n).to_python() for cell in row
    ]
    assert not [each for each in texts if each.startswith(("disclosures.", "funds.", "workflows."))]


def _columns(sums) -> list[int]:
    names = ("opening", "received", "transferred", "spent", "returned", "closing", "reserved")
    return [getattr(sums, f"{name}_fen") for name in names]
