"""What money may be used for, and how much of it is free."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.errors import InvalidInputError
from domain.giving import Fund, FundType, Restriction
from domain.identifiers import RegionCode, RegionSystem
from domain.money import MOST_FEN
from domain.needs import NeedCategory
from domain.people import ChildSituation, ElderGroup, LowIncomeCategory
from domain.provenance import ALWAYS, MANUAL_SOURCE, Provenance, Validity

SITUATIONS = [*LowIncomeCategory, *ElderGroup, *ChildSituation]

codes = st.builds(
    lambda digits, keep: RegionCode.parse(RegionSystem.NBS, digits[:keep]),
    st.sampled_from(["320582100001", "320582101002", "320581100001", "310109001001", "420102001001"]),
    st.sampled_from([2, 4, 6, 9, 12]),
)
days = st.dates(date(2020, 1, 1), date(2030, 1, 1))
spans = st.one_of(
    st.just(ALWAYS),
    st.builds(
        lambda day, length: Validity(valid_from=day, valid_to=day + length),
        days,
        st.timedeltas(timedelta(days=1), timedelta(days=3000)),
    ),
    st.builds(lambda day: Validity(valid_from=day), days),
    st.builds(lambda day: Validity(valid_to=day), days),
)
restrictions = st.builds(
    Restriction,
    categories=st.frozensets(st.sampled_from(NeedCategory), max_size=4),
    situations=st.frozensets(st.sampled_from(SITUATIONS), max_size=4),
    regions=st.lists(codes.map(lambda code: code.path), max_size=3).map(tuple),
    validity=spans,
)
needs = st.fixed_dictionaries(
    {
        "category": st.sampled_from(NeedCategory),
        "situations": st.frozensets(st.sampled_from(SITUATIONS), max_size=4),
        "region_path": codes.map(lambda code: code.path),
        "day": days,
    }
)


class TestRestriction:
    @given(needs)
    def test_an_open_fund_allows_everything(self, need):
        assert Restriction().allows(**need)
        assert not Restriction().is_restricted

    @given(restrictions, needs, st.sampled_from(["categories", "situations", "regions", "validity"]))
    def test_lifting_one_axis_never_forbids_what_was_allowed(self, restriction, need, axis):
        lifted = replace(restriction, **{axis: getattr(Restriction(), axis)})
        assert lifted.allows(**need) or not restriction.allows(**need)

    @given(restrictions, needs)
    def test_a_wall_is_the_meeting_of_its_four_axes(self, restriction, need):
        each = [
            replace(Restriction(), **{axis: getattr(restriction, axis)}).allows(**need)
            for axis in ("categories", "situations", "regions", "validity")
        ]
        assert restriction.allows(**need) == all(each)

    @given(restrictions, needs, st.frozensets(st.sampled_from(SITUATIONS)))
    def test_one_more_situation_never_takes_help_away(self, restriction, need, more):
        wider = need | {"situations": need["situations"] | more}
        assert restriction.allows(**wider) or not restriction.allows(**need)

    @given(restrictions, needs, codes)
    def test_what_is_allowed_in_a_region_is_allowed_below_it(self, restriction, need, below):
        assume(below.path.startswith(need["region_path"]))
        assert restriction.allows(**need | {"region_path": below.path}) or not restriction.allows(**need)

    def test_a_need_without_the_situation_is_outside(self):
        restriction = Restriction(situations=frozenset({LowIncomeCategory.DIBAO}))
        need = {"category": NeedCategory.LIVING_AID, "region_path": "/NBS/32/", "day": date(2026, 1, 1)}
        assert not restriction.allows(situations=frozenset(), **need)
        assert restriction.allows(
            situations=frozenset({LowIncomeCategory.DIBAO, ElderGroup.LIVING_ALONE}), **need
        )

    @pytest.mark.parametrize("path", ["/NBS/32", "NBS/32/", "32", ""])
    def test_a_region_that_is_no_subtree_is_refused(self, path: str):
        with pytest.raises(InvalidInputError):
            Restriction(regions=(path,))


class TestValidity:
    @given(spans, days)
    def test_the_last_day_is_the_one_before_the_end(self, span: Validity, day: date):
        if span.valid_to is not None:
            assert not span.holds_on(span.valid_to)
            assert span.valid_from is not None or span.holds_on(span.valid_to - timedelta(days=1))
        if span.valid_from is not None:
            assert span.holds_on(span.valid_from)
            assert not span.holds_on(span.valid_from - timedelta(days=1))
        assert ALWAYS.holds_on(day)

    @given(days, st.timedeltas(timedelta(0), timedelta(days=99)))
    def test_a_span_without_a_day_is_refused(self, day: date, back: timedelta):
        with pytest.raises(InvalidInputError):
            Validity(valid_from=day, valid_to=day - back)


def fund(received: int, reserved: int, spent: int) -> Fund:
    return Fund(
        id="fund-1",
        name="Medical aid",
        type=FundType.SPECIAL,
        organisation_id="charity-1",
        restriction=Restriction(categories=frozenset({NeedCategory.MEDICAL_COST})),
        received_fen=received,
        reserved_fen=reserved,
        spent_fen=spent,
        provenance=Provenance(
            source_id=MANUAL_SOURCE, source_row=0, recorded_at=datetime(2026, 1, 1, tzinfo=UTC)
        ),
    )


@given(*[st.integers(-(10**6), 10**6)] * 3)
def test_a_fund_never_promises_more_than_it_received(received: int, reserved: int, spent: int):
    if min(received, reserved, spent) < 0 or reserved + spent > received:
        with pytest.raises(InvalidInputError):
            fund(received, reserved, spent)
    else:
        assert fund(received, reserved, spent).available_fen == received - reserved - spent


def test_a_fund_beyond_the_limit_is_refused_by_name():
    assert fund(MOST_FEN, 0, 0).available_fen == MOST_FEN
    with pytest.raises(InvalidInputError) as refused:
        fund(MOST_FEN + 1, 0, 0)
    assert (refused.value.context["field"], refused.value.context["fund"]) == ("received_fen", "fund-1")
