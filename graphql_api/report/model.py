"""
What a report shows, worked out before anything is drawn.

Figures come from the round's stored summary, so the page tells what was computed and not what the graph holds
now; names come from the graph, within the reader's scope.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from data import items, place_words
from domain.actors import Actor
from graph.ports import ReadTransaction
from graph.reads.funds import FundRow, funds_by_ids, organisations_by_ids
from graph.reads.needs import NeedRow, needs_by_ids
from graph.reads.regions import regions_by_ids
from graph.reads.rounds import OutcomeRow, RoundRow, page_of_outcomes, round_by_id
from graph.reads.volunteers import volunteers_by_ids
from graphql_api.report.books import book_name, earmark_names
from graphql_api.stored import help_of, idle_of, prices_of, years_of
from locales import Locale, text
from matching.plan import Reason
from matching.wording import word, word_help, word_idle, word_price, word_year

PRICES_LISTED = 10
UNMET_LISTED = 200
"""How many unmet needs are listed one by one; their reasons are always counted whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Fulfilment of a group of needs. Amounts are fen; asked is what charity was asked for."""

    name: str
    needs: int
    fulfilled: int
    partly: int
    asked_fen: int
    given_fen: int

    @property
    def unmet(self) -> int:
        """Needs that were given nothing."""
        return self.needs - self.fulfilled - self.partly

    @property
    def share(self) -> float:
        """Fulfilled needs as a fraction."""
        return self.fulfilled / self.needs if self.needs else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Lines of one county with their sum."""

    total: Line
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FundLine:
    """Money of one fund: free before the round, and given by it, in fen."""

    name: str
    organisation: str
    free_fen: int
    given_fen: int
    needs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLine:
    """Goods of one kind: asked for, in stock, given; counted in ``unit``."""

    name: str
    unit: str
    asked: int
    in_stock: int
    given: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonLine:
    """How many needs went unmet for one reason, and the rule behind it where one decided."""

    name: str
    rule: str | None
    rule_label: str
    needs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelLine:
    """One level of the objective in points; ``missing`` is what the proof leaves open, None where unknown."""

    name: str
    points: float
    missing: float | None
    proven: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleLine:
    """Money of one fund that stays, in fen, with the sentence that says why."""

    fund: str
    amount_fen: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpLine:
    """How many unmet needs one kind of change would let be met."""

    name: str
    needs: int
    confirmed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmetLine:
    """One unmet need, as the reader may see it."""

    title: str
    category: str
    place: str
    urgency: str
    reason: str
    partly: bool
    helps: tuple[str, ...]
    contested: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A whole report."""

    round: RoundRow
    region: str
    total: Line
    groups: tuple[Group, ...]
    categories: tuple[Line, ...]
    fund_count: int
    funds: tuple[FundLine, ...]
    items: tuple[ItemLine, ...]
    reasons: tuple[ReasonLine, ...]
    unmet: tuple[UnmetLine, ...]
    prices: tuple[str, ...]
    years: tuple[str, ...]
    helps: tuple[HelpLine, ...]
    idle: tuple[IdleLine, ...]
    unmet_total: int
    assignments: int
    volunteers: int
    levels: tuple[LevelLine, ...]
    order_proven: bool
    fulfilment_gap: float
    fairness: Mapping[str, int | float]
    stability: Mapping[str, int | float]
    statistics: Mapping[str, int | float | str]

    @property
    def idle_fen(self) -> int:
        """Money that stays in the funds."""
        return sum(line.amount_fen for line in self.idle)

    @property
    def free_fen(self) -> int:
        """Free money of all funds before the round."""
        return sum(fund.free_fen for fund in self.funds)

    @property
    def given_fen(self) -> int:
        """Money that the plan gives."""
        return sum(fund.given_fen for fund in self.funds)


Entry = Mapping[str, str | int | None]


def _entries(summary: Mapping[str, object], name: str) -> list[Entry]:
    return cast("list[Entry]", summary.get(name, []))


def _line(name: str, entries: Sequence[Entry]) -> Line:
    def summed(field: str) -> int:
        return sum(int(entry[field] or 0) for entry in entries)

    return Line(
        name=name,
        needs=summed("needs"),
        fulfilled=summed("fulfilled"),
        partly=summed("partly"),
        asked_fen=summed("asked_fen"),
        given_fen=summed("given_fen"),
    )


def _region_id(path: str) -> str:
    parts = path.strip("/").split("/")
    return f"{parts[0]}:{parts[-1].ljust(12, '0')}"


def _county_path(path: str) -> str:
    """Give the county of a town's path ``/NBS/32/3205/320582/320582100/``; shorter paths are their own."""
    return "/" + "/".join(path.strip("/").split("/")[:4]) + "/"


def _ancestors(path: str) -> list[str]:
    """Give the paths from the province down to ``path`` itself."""
    parts = path.strip("/").split("/")
    return ["/" + "/".join(parts[: depth + 1]) + "/" for depth in range(1, len(parts))]


class _Places:
    """Names of divisions by path; the digits stand in where the reader's scope does not reach."""

    def __init__(self, names: Mapping[str, str], locale: Locale) -> None:
        self._names = names
        self._locale = locale

    def name(self, path: str) -> str:
        """Give the division's own name."""
        parts = path.strip("/").split("/")
        if len(parts) < 2:
            return text("report.everywhere", self._locale)
        return self._names.get(_region_id(path), parts[-1])

    def full_name(self, path: str, *, levels: int = 2) -> str:
        """Give the name with the divisions around it, as far as they are known; placeholders are left out."""
        names = [self._names.get(_region_id(above)) for above in _ancestors(path)]
        known = [name for name in names if name and name not in place_words()["unnamed"]]
        return " ".join(known[-levels:]) or self.name(path)


async def build_report(tx: ReadTransaction, actor: Actor, round_id: str, locale: Locale) -> Report:
    """
    Read one round as its report.

    Raises
    ------
    NotFoundError
        The round lies outside what the actor may see, as for one that does not exist.
    """
    row = await round_by_id(tx, actor, round_id)
    summary = row.summary
    towns, funds = _entries(summary, "by_town"), _entries(summary, "by_fund")
    page = await page_of_outcomes(
        tx, actor, round_id=row.id, fulfilled=False, first=UNMET_LISTED, with_total=True
    )
    needs = await needs_by_ids(tx, actor, [outcome.need_id for outcome in page.rows])
    paths = {str(town["key"]) for town in towns} | {_town_path(outcome.region_path) for outcome in page.rows}
    said = [help_of(stored).parameters for outcome in page.rows for stored in outcome.helps]
    said += [price.parameters for price in prices_of(summary)]
    spoken = {str(entry["region_path"]) for entry in said if "region_path" in entry}
    paths |= spoken
    wanted = {_region_id(above) for path in (*paths, row.region_path) for above in _ancestors(path)}
    places = _Places(
        {key: region.name for key, region in (await regions_by_ids(tx, actor, sorted(wanted))).items()},
        locale,
    )
    known_funds = await funds_by_ids(tx, actor, [str(fund["fund_id"]) for fund in funds])
    earmarks = await earmark_names(tx, funds, known_funds)
    names = await _names(tx, actor, said, known_funds, locale) | {path: places.name(path) for path in spoken}
    names |= earmarks
    owners = await organisations_by_ids(tx, actor, [str(fund["organisation_id"]) for fund in funds])
    owner_names = {key: owner.name for key, owner in owners.items()}
    categories = sorted(
        _entries(summary, "by_category"), key=lambda entry: (-int(entry["needs"] or 0), str(entry["key"]))
    )
    return Report(
        round=row,
        region=places.full_name(row.region_path),
        total=_line(text("report.total", locale), towns),
        groups=_groups(towns, places),
        categories=tuple(
            _line(text(f"report.category.{entry['key']}", locale), [entry]) for entry in categories
        ),
        fund_count=len(funds),
        funds=_funds(funds, known_funds, owner_names, locale, earmarks),
        items=_items(_entries(summary, "by_item"), locale),
        reasons=_reasons(_entries(summary, "unmet"), locale),
        unmet=tuple(
            _unmet(outcome, needs.get(outcome.need_id), places, locale, names) for outcome in page.rows
        ),
        prices=_prices(summary, known_funds, locale, names),
        years=tuple(
            word_year(year, locale, owner_names)
            for year in years_of(summary)
            if year.organisation_id in owner_names
        ),
        helps=_help_counts(_entries(summary, "helps"), locale),
        idle=_idle(summary, known_funds, locale, earmarks),
        unmet_total=row.needs - row.fulfilled,
        assignments=int(cast("int", summary.get("assignments", 0))),
        volunteers=int(cast("int", summary.get("volunteers", 0))),
        levels=_levels(_entries(summary, "levels"), locale),
        order_proven=bool(summary.get("order_proven", False)),
        fulfilment_gap=float(cast("float", summary.get("fulfilment_gap", 0.0))),
        fairness=cast("Mapping[str, int | float]", summary.get("fairness", {})),
        stability=cast("Mapping[str, int | float]", summary.get("stability", {})),
        statistics=cast("Mapping[str, int | float | str]", summary.get("statistics", {})),
    )


def _levels(entries: Sequence[Entry], locale: Locale) -> tuple[LevelLine, ...]:
    return tuple(
        LevelLine(
            name=text(f"report.level.{entry['name']}", locale),
            points=float(entry["value"] or 0),
            missing=None if entry["bound"] is None else float(entry["bound"]) - float(entry["value"] or 0),
            proven=bool(entry["proven"]),
        )
        for entry in entries
    )


def _town_path(path: str) -> str:
    return "/" + "/".join(path.strip("/").split("/")[:5]) + "/"


def _groups(towns: Sequence[Entry], places: _Places) -> tuple[Group, ...]:
    by_county: dict[str, list[Entry]] = {}
    for town in towns:
        by_county.setdefault(_county_path(str(town["key"])), []).append(town)
    return tuple(
        Group(
            total=_line(places.full_name(county), members),
            lines=tuple(_line(places.name(str(town["key"])), [town]) for town in members),
        )
        for county, members in sorted(by_county.items())
    )


def _funds(
    entries: Sequence[Entry],
    known: Mapping[str, FundRow],
    owners: Mapping[str, str],
    locale: Locale,
    earmarks: Mapping[str, str],
) -> tuple[FundLine, ...]:
    lines: list[FundLine] = []
    others: list[Entry] = []
    for entry in entries:
        fund = known.get(str(entry["fund_id"]))
        if fund is None:
            others.append(entry)
            continue
        name = book_name(fund.name, entry, earmarks, locale)
        lines.append(_fund_line(name, owners.get(fund.organisation_id, ""), [entry]))
    lines.sort(key=lambda line: (-line.given_fen, -line.free_fen, line.name))
    if others:
        lines.append(_fund_line(text("report.other_funds", locale, funds=len(others)), "", others))
    return tuple(lines)


def _fund_line(name: str, organisation: str, entries: Sequence[Entry]) -> FundLine:
    return FundLine(
        name=name,
        organisation=organisation,
        free_fen=sum(int(entry["free_fen"] or 0) for entry in entries),
        given_fen=sum(int(entry["given_fen"] or 0) for entry in entries),
        needs=sum(int(entry["needs"] or 0) for entry in entries),
    )


def _item_name(code: str, locale: Locale) -> str:
    item = items().get(code)
    if item is None:
        return code
    return item.zh if locale is Locale.ZH_CN else item.en


def _items(entries: Sequence[Entry], locale: Locale) -> tuple[ItemLine, ...]:
    lines = [
        ItemLine(
            name=_item_name(str(entry["item"]), locale),
            unit=str(entry["unit"] or ""),
            asked=int(entry["asked"] or 0),
            in_stock=int(entry["in_stock"] or 0),
            given=int(entry["given"] or 0),
        )
        for entry in entries
    ]
    return tuple(sorted(lines, key=lambda line: (-line.asked, line.name)))


def _reasons(entries: Sequence[Entry], locale: Locale) -> tuple[ReasonLine, ...]:
    return tuple(
        ReasonLine(
            name=text(f"report.reason.{entry['code']}", locale),
            rule=str(entry["rule"]) if entry["rule"] else None,
            rule_label=text(f"reasons.rule.{entry['rule']}", locale) if entry["rule"] else "",
            needs=int(entry["needs"] or 0),
        )
        for entry in entries
    )


async def _names(
    tx: ReadTransaction,
    actor: Actor,
    said: Sequence[Mapping[str, str | int]],
    funds: Mapping[str, FundRow],
    locale: Locale,
) -> dict[str, str]:
    """Give what the reader may read of the people, funds and goods that are spoken of."""
    people = sorted({str(entry["volunteer"]) for entry in said if "volunteer" in entry})
    rows = await volunteers_by_ids(tx, actor, people) if people else {}
    hidden = text("report.hidden_volunteer", locale)
    elsewhere = text("report.hidden_fund", locale)
    spoken = {str(entry["fund"]) for entry in said if "fund" in entry}
    return {
        **{code: _item_name(code, locale) for code in items()},
        **{key: rows[key].name if key in rows else hidden for key in people},
        **{key: funds[key].name if key in funds else elsewhere for key in spoken},
    }


def _prices(
    summary: Mapping[str, object], funds: Mapping[str, FundRow], locale: Locale, names: Mapping[str, str]
) -> tuple[str, ...]:
    shown = [
        price
        for price in prices_of(summary)
        if "fund" not in price.parameters or str(price.parameters["fund"]) in funds
    ]
    return tuple(word_price(price, locale, names) for price in shown[:PRICES_LISTED])


def _help_counts(entries: Sequence[Entry], locale: Locale) -> tuple[HelpLine, ...]:
    needs, confirmed = Counter[str](), Counter[str]()
    for entry in entries:
        needs[str(entry["code"])] += int(entry["needs"] or 0)
        confirmed[str(entry["code"])] += int(entry["needs"] or 0) if entry["confirmed"] else 0
    return tuple(
        HelpLine(name=text(f"report.help.{code}", locale), needs=count, confirmed=confirmed[code])
        for code, count in sorted(needs.items(), key=lambda entry: (-entry[1], entry[0]))
    )


def _idle(
    summary: Mapping[str, object],
    funds: Mapping[str, FundRow],
    locale: Locale,
    earmarks: Mapping[str, str],
) -> tuple[IdleLine, ...]:
    """Idle money of the funds that the reader may see, most first."""
    lines = [
        IdleLine(
            fund=book_name(fund.name, entry, earmarks, locale),
            amount_fen=idle.amount_fen,
            why=word_idle(idle, locale),
        )
        for entry in cast("list[Mapping[str, object]]", summary.get("idle", []))
        if (fund := funds.get(str(entry["fund_id"]))) is not None
        for idle in map(idle_of, cast("list[Mapping[str, object]]", entry["idle"]))
    ]
    return tuple(sorted(lines, key=lambda line: (-line.amount_fen, line.fund, line.why)))


def _unmet(
    outcome: OutcomeRow,
    need: NeedRow | None,
    places: _Places,
    locale: Locale,
    names: Mapping[str, str],
) -> UnmetLine:
    parameters = dict(outcome.reason_parameters)
    rule = parameters.pop("rule", None)
    if "item" in parameters:
        parameters["item"] = _item_name(str(parameters["item"]), locale)
    reason = Reason(code=outcome.reason_code, rule=str(rule) if rule else None, parameters=parameters)
    return UnmetLine(
        title=need.title if need else text("report.hidden_need", locale),
        category=text(f"report.category.{need.category}", locale) if need else "",
        place=places.name(_town_path(outcome.region_path)),
        urgency=need.urgency.value if need else "",
        reason=word(reason, locale),
        partly=outcome.reason_code == "PARTLY",
        helps=tuple(word_help(help_of(stored), locale, names) for stored in outcome.helps),
        contested=""
        if outcome.contest is None
        else text("reasons.help_note.contest", locale, total=outcome.contest["needs_total"]),
    )
