"""From the tables of a problem to the arrays of an instance, checked on the way."""

import sys
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import polars as pl

from domain.errors import InvalidInputError
from domain.needs import SubjectKind
from matching.arrays import BoolArray, IntArray, offsets
from matching.formulation.books import charity_years_of, funds_of, walls_of
from matching.formulation.columns import (
    bools,
    distinct,
    floats,
    ints,
    keyed,
    located,
    positions,
    sets,
    texts,
)
from matching.formulation.instance import (
    NO_LIMIT,
    OPEN_DAY,
    RISKS,
    UNKNOWN_DAY,
    Commitments,
    Covers,
    Instance,
    Items,
    Needs,
    Published,
    Slots,
    Spans,
    Stock,
    Volunteers,
    span_order,
    spans_of,
)
from matching.policy import Policy
from matching.problem import Problem


def _regions(problem: Problem) -> list[str]:
    return sorted({*texts(problem.needs, "region_path"), *texts(problem.volunteers, "region_path")})


def _region_index(frame: pl.DataFrame, regions: list[str]) -> IntArray:
    at = {path: index for index, path in enumerate(regions)}
    return np.array([at[path] for path in texts(frame, "region_path")], dtype=np.int64)


def _region_end(regions: list[str]) -> IntArray:
    """Where the paths that begin with each path end, in their sorted order."""
    beyond = [bisect_left(regions, path + chr(sys.maxunicode)) for path in regions]
    return np.array(beyond, dtype=np.int64)


def _needs(problem: Problem, subject_ids: list[str], regions: list[str]) -> tuple[Needs, list[str]]:
    frame = keyed(problem.needs, "need_id", "needs")
    categories = sorted(set(texts(frame, "category")))
    subject_at = {key: index for index, key in enumerate(subject_ids)}
    category_at = {key: index for index, key in enumerate(categories)}
    situations = sets(frame, "situations")
    set_at = {codes: index for index, codes in enumerate(distinct(situations))}
    asked, gap = ints(frame, "amount_fen"), ints(frame, "gap_fen")
    risk = [RISKS.index(code) if code in RISKS else len(RISKS) - 1 for code in texts(frame, "risk")]
    return Needs(
        ids=texts(frame, "need_id"),
        kind=texts(frame, "kind"),
        category=texts(frame, "category"),
        category_index=np.array([category_at[code] for code in texts(frame, "category")], dtype=np.int64),
        urgency_points=ints(frame, "urgency_points"),
        region_path=texts(frame, "region_path"),
        region=_region_index(frame, regions),
        community=texts(frame, "community"),
        subject_index=np.array(
            [subject_at.get(key, -1) for key in frame["subject_id"].to_list()], dtype=np.int64
        ),
        subject_kind=texts(frame, "subject_kind"),
        institution=np.array(
            [kind == SubjectKind.INSTITUTION for kind in texts(frame, "subject_kind")], dtype=np.bool_
        ),
        situations=situations,
        situation_set=np.array([set_at[codes] for codes in situations], dtype=np.int64),
        longitude_deg=floats(frame, "longitude_deg"),
        latitude_deg=floats(frame, "latitude_deg"),
        located=located(frame),
        duration_min=ints(frame, "duration_min"),
        money_fen=np.clip(np.minimum(asked, gap), 0, None),
        partial_allowed=bools(frame, "partial_allowed"),
        risk_level=np.array(risk, dtype=np.int64),
        with_child=bools(frame, "with_child"),
        child_age_y=ints(frame, "child_age_y", -1),
        home_visit=bools(frame, "home_visit"),
        demanding=bools(frame, "demanding"),
        consent_recorded=bools(frame, "consent_recorded"),
        posted_by=frame["posted_by"].to_list(),
        verified_by=frame["verified_by"].to_list(),
        paid_persons=_paid_persons(problem, texts(frame, "need_id")),
        waiting_days=ints(frame, "waiting_days"),
        cost_class=frame["cost_class"].to_list(),
    ), categories


def _paid_persons(problem: Problem, need_ids: list[str]) -> dict[int, frozenset[str]]:
    need_at = {key: index for index, key in enumerate(need_ids)}
    paid: dict[int, set[str]] = defaultdict(set)
    for need_id, person_id in problem.paid_work.iter_rows():
        if need_id in need_at:
            paid[need_at[need_id]].add(person_id)
    return {need: frozenset(persons) for need, persons in paid.items()}


def _named(frame: pl.DataFrame, column: str, codes: list[str]) -> BoolArray:
    """Which of the codes each row names; shape (rows, codes)."""
    named = np.zeros((len(frame), len(codes)), dtype=np.bool_)
    at = {code: index for index, code in enumerate(codes)}
    for index, held in enumerate(sets(frame, column)):
        named[index, [at[code] for code in held if code in at]] = True
    return named


def _visits_left(problem: Problem, frame: pl.DataFrame) -> IntArray:
    promised = (
        problem.volunteer_commitments.filter(
            (pl.col("start_min") >= problem.horizon_start_min)
            & (pl.col("start_min") < problem.horizon_end_min)
        )
        .group_by("volunteer_id")
        .agg(promised=pl.len().cast(pl.Int64))
    )
    joined = frame.select("volunteer_id", "most_visits").join(
        promised, on="volunteer_id", how="left", maintain_order="left"
    )
    return np.maximum(ints(joined, "most_visits", NO_LIMIT) - ints(joined, "promised"), 0)


def _volunteers(
    problem: Problem, categories: list[str], skill_codes: list[str], regions: list[str]
) -> Volunteers:
    frame = keyed(problem.volunteers, "volunteer_id", "volunteers")
    prefers = _named(frame, "preferred_categories", categories)
    names_none = np.array([not named for named in sets(frame, "preferred_categories")], dtype=np.bool_)
    hands = frozenset(pl.concat([problem.needs["posted_by"], problem.needs["verified_by"]]).drop_nulls())
    persons = sets(frame, "person_ids")
    skills = sets(frame, "skills")
    able = np.array([[code in held for code in skill_codes] for held in skills], dtype=np.bool_)
    return Volunteers(
        ids=texts(frame, "volunteer_id"),
        region_path=texts(frame, "region_path"),
        region=_region_index(frame, regions),
        longitude_deg=floats(frame, "longitude_deg"),
        latitude_deg=floats(frame, "latitude_deg"),
        located=located(frame),
        radius_m=ints(frame, "radius_m"),
        birth_day=ints(frame, "birth_day", UNKNOWN_DAY),
        skills=skills,
        able=able.reshape(len(frame), len(skill_codes)),
        weekly_minutes=ints(frame, "weekly_minutes"),
        physical_limit=bools(frame, "physical_limit"),
        guardian_consent=bools(frame, "guardian_consent"),
        declines=_named(frame, "declined_categories", categories),
        prefers=prefers | names_none[:, None],
        visits_left=_visits_left(problem, frame),
        active=bools(frame, "active"),
        person_ids=persons,
        posts_or_verifies=np.array([not hands.isdisjoint(ids) for ids in persons], dtype=np.bool_),
    )


def _spans(frame: pl.DataFrame, column: str, ids: Sequence[str], table: str) -> Spans:
    owner = positions(frame, column, ids, table)
    return spans_of(owner, ints(frame, "start_min"), ints(frame, "end_min"), len(ids))


def _merged(spans: Spans, n_owners: int) -> Spans:
    """Join spans of one owner that touch, so that a visit may run across the seam."""
    if not len(spans.owner):
        return spans
    reach = spans.end.copy()
    for row in range(1, len(reach)):
        if spans.owner[row] == spans.owner[row - 1]:
            reach[row] = max(reach[row], reach[row - 1])
    begins = np.ones(len(reach), dtype=np.bool_)
    begins[1:] = (spans.owner[1:] != spans.owner[:-1]) | (spans.start[1:] > reach[:-1])
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(reach)) - 1
    return spans_of(spans.owner[first], spans.start[first], reach[last], n_owners)


def _commitments(problem: Problem, ids: Sequence[str]) -> Commitments:
    frame = problem.volunteer_commitments.sort(
        "volunteer_id", "start_min", "end_min", "longitude_deg", "latitude_deg"
    )
    owner = positions(frame, "volunteer_id", ids, "volunteer_commitments")
    start, end = ints(frame, "start_min"), ints(frame, "end_min")
    order = span_order(owner, start, end)
    return Commitments(
        spans=spans_of(owner, start, end, len(ids)),
        longitude_deg=floats(frame, "longitude_deg")[order],
        latitude_deg=floats(frame, "latitude_deg")[order],
        located=located(frame)[order],
        demanding=bools(frame, "demanding")[order],
    )


def _licences(problem: Problem, ids: Sequence[str]) -> dict[str, Spans]:
    held: dict[str, Spans] = {}
    for (code,), frame in problem.qualifications.group_by(["licence"], maintain_order=True):
        owner = positions(frame, "volunteer_id", ids, "qualifications")
        from_day, to_day = ints(frame, "from_day", -OPEN_DAY), ints(frame, "to_day", OPEN_DAY)
        held[str(code)] = spans_of(owner, from_day, to_day, len(ids))
    return held


def _covers(problem: Problem, ids: Sequence[str], need_paths: Sequence[str]) -> Covers:
    frame = problem.covers.sort("volunteer_id", "from_day", "to_day", "min_age_y", "max_age_y")
    owner = positions(frame, "volunteer_id", ids, "covers")
    start, end = ints(frame, "from_day", -OPEN_DAY), ints(frame, "to_day", OPEN_DAY)
    order = span_order(owner, start, end)
    paths = [tuple(sorted(entry or ())) for entry in frame["region_paths"].to_list()]
    scopes = sorted(set(paths))
    at = {scope: index for index, scope in enumerate(scopes)}
    holds = [[not scope or path.startswith(scope) for path in need_paths] for scope in scopes]
    return Covers(
        spans=spans_of(owner, start, end, len(ids)),
        min_age_y=ints(frame, "min_age_y")[order],
        max_age_y=ints(frame, "max_age_y", 200)[order],
        scope=np.array([at[entry] for entry in paths], dtype=np.int64)[order],
        holds=np.array(holds, dtype=np.bool_).reshape(len(scopes), len(need_paths)),
    )


def _asked_codes(problem: Problem, column: str) -> list[str]:
    return sorted({code for code in problem.need_slots[column].to_list() if code is not None})


def _code_index(frame: pl.DataFrame, column: str, codes: Sequence[str]) -> IntArray:
    at = {code: index for index, code in enumerate(codes)}
    return np.array([at.get(code, -1) for code in frame[column].to_list()], dtype=np.int64)


def _slots(
    problem: Problem, need_ids: Sequence[str], skill_codes: Sequence[str], licence_codes: Sequence[str]
) -> Slots:
    frame = keyed(problem.need_slots, "slot_id", "need_slots").sort("need_id", "slot_id")
    need = positions(frame, "need_id", need_ids, "need_slots")
    return Slots(
        ids=texts(frame, "slot_id"),
        need=need,
        skill=frame["skill"].to_list(),
        skill_index=_code_index(frame, "skill", skill_codes),
        licence=frame["licence"].to_list(),
        licence_index=_code_index(frame, "licence", licence_codes),
        first=offsets(need, len(need_ids)),
    )


def _items(problem: Problem, need_ids: Sequence[str]) -> Items:
    frame = keyed(problem.need_items, "need_item_id", "need_items").sort("need_id", "need_item_id")
    need = positions(frame, "need_id", need_ids, "need_items")
    return Items(
        ids=texts(frame, "need_item_id"),
        need=need,
        item=texts(frame, "item"),
        unit=texts(frame, "unit"),
        quantity=ints(frame, "quantity"),
        first=offsets(need, len(need_ids)),
    )


def _stock(problem: Problem) -> Stock:
    frame = keyed(problem.stock, "offer_id", "stock")
    return Stock(
        ids=texts(frame, "offer_id"),
        item=texts(frame, "item"),
        unit=texts(frame, "unit"),
        quantity=np.clip(ints(frame, "quantity"), 0, None),
        expiry_day=ints(frame, "expiry_day", OPEN_DAY),
        restricted_to=frame["restricted_to"].to_list(),
    )


def _known(problem: Problem, subject_ids: Sequence[str], ids: Sequence[str]) -> tuple[BoolArray, IntArray]:
    """Subjects that know somebody of the round, and whom; visits of or to others do not matter."""
    here = pl.col("subject_id").is_in(list(subject_ids)) & pl.col("volunteer_id").is_in(list(ids))
    frame = problem.past_visits.filter(here & (pl.col("visits") > 0))
    volunteer = positions(frame, "volunteer_id", ids, "past_visits")
    subject = positions(frame, "subject_id", subject_ids, "past_visits")
    known = np.zeros(len(subject_ids), dtype=np.bool_)
    known[subject] = True
    return known, np.unique(subject * len(ids) + volunteer)


def _published(problem: Problem, slots: Slots, ids: Sequence[str]) -> Published:
    """Lines whose slot or volunteer is no longer in the problem do not count."""
    slot_at = {key: index for index, key in enumerate(slots.ids)}
    volunteer_at = {key: index for index, key in enumerate(ids)}
    volunteer = np.full(len(slots), -1, dtype=np.int64)
    start = np.zeros(len(slots), dtype=np.int64)
    pinned = np.zeros(len(slots), dtype=np.bool_)
    frame = problem.published
    if frame["slot_id"].n_unique() < len(frame):
        raise InvalidInputError("table published repeats a slot_id", table="published")
    for slot_id, volunteer_id, start_min, pin in frame.select(
        "slot_id", "volunteer_id", "start_min", "pinned"
    ).iter_rows():
        if slot_id in slot_at and volunteer_id in volunteer_at:
            slot = slot_at[slot_id]
            volunteer[slot], start[slot], pinned[slot] = volunteer_at[volunteer_id], start_min, bool(pin)
    return Published(volunteer=volunteer, start_min=start, pinned=pinned)


def instance_of(problem: Problem, policy: Policy) -> Instance:
    """
    Turn a problem into arrays.

    Raises
    ------
    InvalidInputError
        A table repeats a key or names an id that the problem does not hold.
    """
    subject_ids = sorted({key for key in problem.needs["subject_id"].to_list() if key is not None})
    subject_at = {key: index for index, key in enumerate(subject_ids)}
    regions = _regions(problem)
    needs, categories = _needs(problem, subject_ids, regions)
    skill_codes, licence_codes = _asked_codes(problem, "skill"), _asked_codes(problem, "licence")
    volunteers = _volunteers(problem, categories, skill_codes, regions)
    funds = funds_of(problem)
    paid: dict[tuple[int, str], int] = {}
    for key, kind, amount_fen in problem.subjects_paid.iter_rows():
        if key in subject_at:
            paid[subject_at[key], kind] = paid.get((subject_at[key], kind), 0) + amount_fen
    live = problem.live_wishes.unique("need_id")
    live_wishes = np.zeros(len(subject_ids), dtype=np.int64)
    for key in live["subject_id"].to_list():
        if key in subject_at:
            live_wishes[subject_at[key]] += 1
    live_ids = frozenset(live["need_id"].to_list())
    slots = _slots(problem, needs.ids, skill_codes, licence_codes)
    known, known_to = _known(problem, subject_ids, volunteers.ids)
    need_at = {key: index for index, key in enumerate(needs.ids)}
    books: dict[str, list[int]] = {}
    for book, fund_id in enumerate(funds.fund_id):
        books.setdefault(fund_id, []).append(book)
    return Instance(
        problem=problem,
        policy=policy,
        earliest_min=max(problem.as_of_min, problem.horizon_start_min),
        horizon_end_min=problem.horizon_end_min,
        needs=needs,
        slots=slots,
        items=_items(problem, needs.ids),
        need_windows=_spans(problem.need_windows, "need_id", needs.ids, "need_windows"),
        volunteers=volunteers,
        free=_merged(
            _spans(problem.volunteer_windows, "volunteer_id", volunteers.ids, "volunteer_windows"),
            len(volunteers),
        ),
        commitments=_commitments(problem, volunteers.ids),
        licences=_licences(problem, volunteers.ids),
        covers=_covers(problem, volunteers.ids, needs.region_path),
        funds=funds,
        charity_years=charity_years_of(problem, funds),
        walls=walls_of(
            funds,
            needs,
            categories=categories,
            situations=distinct(needs.situations),
            regions=regions,
        ),
        stock=_stock(problem),
        subject_ids=subject_ids,
        subject_paid_fen=paid,
        subject_live_wishes=live_wishes,
        wish_is_live=np.array([key in live_ids for key in needs.ids], dtype=np.bool_),
        related={
            (need_at[need], book): path
            for fund, need, path in problem.related_parties.select("fund_id", "need_id", "path").iter_rows()
            if need in need_at
            for book in books.get(fund, ())
        },
        known=known,
        known_to=known_to,
        published=_published(problem, slots, volunteers.ids),
        skill_codes=skill_codes,
        licence_codes=licence_codes,
        regions=regions,
        region_end=_region_end(regions),
    )
