"""What conditions find of a city, against the same rules read by hand, and the laws that they keep."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.alerts import Precision, PrecisionAxis, is_news, raises_again, wilson
from workflows.alerts.evaluating import CityFrames, evaluate, read_evidence
from workflows.alerts.precision import count_outcomes
from workflows.alerts.rules_in_force import book_on, read_rule_file, shipped_files
from workflows.alerts.running import new_alerts

DAY = date(2026, 3, 2)
SHIPPED = tuple(shipped_files().values())
HEAD = """
region_path = "/"
[[versions]]
id = "t"
effective_from = 2020-01-01
[versions.lists]
BILLS = { department = "d", event = "bills" }
PAY = { department = "d", event = "pay" }
"""
RULE = """
[[versions.rules]]
code = "R"
family = "MEDICAL"
priority = "HIGH"
due_days = 7
quiet_days = 30
need_category = "MEDICAL_COST"
source = "test"
when = """
CODES = ("DIBAO", "TEKUN", "EDGE", "LIVING_ALONE")


def books(*conditions):
    rules = "".join(RULE.replace('"R"', f'"R{n}"') + when for n, when in enumerate(conditions))
    return {"/": book_on([read_rule_file(HEAD + rules, "test")], DAY, "/")}


def city(people=(), records=(), homes=()):
    """``people``: (id, home, born, situations); ``records``: (who, event, yuan, days ago); ``homes``: (id, held)."""
    return CityFrames(
        persons=pl.DataFrame(
            [(*person[:3], list(person[3]), "r", "/NBS/x/") for person in people],
            schema={
                "id": pl.String, "household_id": pl.String, "birth_date": pl.Date, "situations": pl.List(pl.String),
                "region_id": pl.String, "region_path": pl.String,
            },
            orient="row",
        ),
        homes=pl.DataFrame(
            [(home, list(codes)) for home, codes in homes],
            schema={"id": pl.String, "situations": pl.List(pl.String)}, orient="row",
        ),
        records=pl.DataFrame(
            [(who, "d", event, yuan * 100, DAY - timedelta(days=ago)) for who, event, yuan, ago in records],
            schema={
                "resident_id": pl.String, "department": pl.String, "event": pl.String, "amount_fen": pl.Int64,
                "occurred_on": pl.Date,
            },
            orient="row",
        ),
    )  # fmt: skip


def met(when, **given_city):
    found = evaluate(city(**given_city), books(when), DAY).alerts
    return set(found["resident_id"])


ONE = ("a", "h", date(1950, 3, 3), ())
AMOUNT = '{{ kind = "amount", lists = ["BILLS"], within_days = 10, otherwise_yuan = {} }}'


@pytest.mark.parametrize(
    ("when", "records", "yes"),
    [
        (AMOUNT.format(100), [("a", "bills", 100, 1)], False),
        (AMOUNT.format(100), [("a", "bills", 101, 1)], True),
        (AMOUNT.format(100), [("a", "bills", 60, 0), ("a", "bills", 60, 9)], True),
        (AMOUNT.format(100), [("a", "bills", 60, 0), ("a", "bills", 60, 10)], False),
        (AMOUNT.format(100), [("a", "bills", 500, -1)], False),
        (AMOUNT.format(100), [("a", "pay", 500, 1)], False),
        ('{ kind = "records", lists = ["PAY"], within_days = 10, at_least = 2 }', [("a", "pay", 1, 1)], False),
        ('{ kind = "records", lists = ["PAY", "BILLS"], within_days = 10, at_least = 2 }',
         [("a", "pay", 1, 1), ("a", "bills", 1, 1)], True),
        ('{ kind = "ceased", lists = ["PAY"], silent_days = 30, within_days = 90 }', [("a", "pay", 1, 29)], False),
        ('{ kind = "ceased", lists = ["PAY"], silent_days = 30, within_days = 90 }', [("a", "pay", 1, 30)], True),
        ('{ kind = "ceased", lists = ["PAY"], silent_days = 30, within_days = 90 }',
         [("a", "pay", 1, 40), ("a", "pay", 1, 3)], False),
        ('{ kind = "ceased", lists = ["PAY"], silent_days = 30, within_days = 90 }', [("a", "pay", 1, 90)], False),
        ('{ kind = "fell", lists = ["PAY"], percent = 50, within_days = 60 }',
         [("a", "pay", 100, 70), ("a", "pay", 50, 5)], True),
        ('{ kind = "fell", lists = ["PAY"], percent = 50, within_days = 60 }',
         [("a", "pay", 100, 70), ("a", "pay", 51, 5)], False),
        ('{ kind = "fell", lists = ["PAY"], percent = 50, within_days = 60 }', [("a", "pay", 1, 5)], False),
        ('{ kind = "fell", lists = ["PAY"], percent = 50, within_days = 60 }',
         [("a", "pay", 100, 90), ("a", "pay", 1, 61)], False),
        ('{ kind = "age", at_least = 76 }', [], False),  # 76 tomorrow
        ('{ kind = "age", at_least = 75, below = 76 }', [], True),
        ('{ kind = "members", at_most = 1 }', [], True),
    ],
)  # fmt: skip
def test_a_condition_says_what_it_reads(when, records, yes):
    assert (met(when, people=[ONE], records=records) == {"a"}) is yes


def test_a_household_counts_together_where_the_rule_says_so_and_its_lowest_line_is_the_one():
    people = [ONE, ("b", "h", date(1980, 1, 1), ("EDGE",))]
    bills = [("a", "bills", 60, 1), ("b", "bills", 60, 1)]
    alone = '{ kind = "amount", lists = ["BILLS"], within_days = 10, otherwise_yuan = 100 }'
    together = alone.replace("within", 'of = "household", within')
    assert met(alone, people=people, records=bills) == set()
    assert met(together, people=people, records=bills) == {"a", "b"}
    lines = (
        '{ kind = "amount", lists = ["BILLS"], within_days = 10, lines = [{ situations = ["EDGE"], above_yuan = 50 },'
        ' { situations = ["TEKUN"], above_yuan = 10 }] }'
    )
    assert met(lines, people=people, records=bills) == {"a", "b"}
    found = evaluate(city(people=people, records=bills, homes=[("h", ["TEKUN"])]), books(lines), DAY).alerts
    assert {read_evidence(text)[0].line for text in found["evidence"]} == {10_00}
    stranger = [("c", None, None, ())]
    assert met(lines, people=stranger, records=[("c", "bills", 99, 1)]) == set()


def test_who_is_of_an_unknown_age_meets_no_age_and_counts_as_grown_up():
    assert met('{ kind = "age", at_least = 0 }', people=[("a", "h", None, ())]) == set()
    assert met('{ kind = "members", adults_at_most = 0 }', people=[("a", "h", None, ())]) == set()


def test_an_empty_city_and_empty_lists_give_nothing():
    found = evaluate(city(), {"/": book_on(SHIPPED, DAY, "/")}, DAY)
    assert (found.members.height, found.alerts.height) == (0, 0)


people = st.lists(
    st.tuples(
        st.sampled_from(["h1", "h2", None]),
        st.none() | st.dates(date(1930, 1, 1), DAY),
        st.lists(st.sampled_from(CODES), unique=True, max_size=3),
    ),
    min_size=1,
    max_size=6,
).map(lambda drawn: [(f"p{n}", *person) for n, person in enumerate(drawn)])
records = st.lists(
    st.tuples(
        st.integers(0, 5).map(lambda n: f"p{n}"),
        st.sampled_from(["bills", "pay"]),
        st.integers(0, 400),
        st.integers(-3, 40),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(people=people, records=records, low=st.integers(1, 300), more=st.integers(0, 300))
def test_a_higher_line_never_alerts_of_anybody_more(people, records, low, more):
    line = (
        '{{ kind = "amount", lists = ["BILLS"], within_days = 20, lines = [{{ situations = ["DIBAO"],'
        " above_yuan = {} }}], otherwise_yuan = 700 }}"
    )
    under, over = (met(line.format(yuan), people=people, records=records) for yuan in (low, low + more))
    assert over <= under


@settings(max_examples=60, deadline=None)
@given(people=people, records=records, days=st.integers(1, 20), more=st.integers(0, 20))
def test_a_longer_window_alerts_of_all_that_a_shorter_one_does(people, records, days, more):
    line = '{{ kind = "amount", lists = ["BILLS"], within_days = {}, otherwise_yuan = 100 }}'
    short, long = (met(line.format(n), people=people, records=records) for n in (days, days + more))
    assert short <= long


@settings(max_examples=60, deadline=None)
@given(people=people, records=records)
def test_what_a_rule_finds_is_what_its_words_say(people, records):
    """The same rule by hand: bills of twenty days above a line by category, and no pay of ten days at home."""
    when = """{ kind = "all", parts = [
      { kind = "amount", lists = ["BILLS"], within_days = 20, otherwise_yuan = 300, lines = [
        { situations = ["DIBAO"], above_yuan = 100 }, { situations = ["TEKUN", "EDGE"], above_yuan = 50 } ] },
      { kind = "none", parts = [{ kind = "records", lists = ["PAY"], within_days = 10, of = "household" }] },
    ] }"""
    home = {key: place or key for key, place, *_ in people}
    expected = set()
    for key, _, _, _ in people:
        held = {code for other, *_, codes in people if home[other] == home[key] for code in codes}
        line = min([300, *([100] if "DIBAO" in held else []), *([50] if held & {"TEKUN", "EDGE"} else [])])
        bills = sum(
            yuan for who, event, yuan, ago in records if who == key and event == "bills" and 0 <= ago < 20
        )
        paid = any(
            home.get(who) == home[key] and event == "pay" and 0 <= ago < 10 for who, event, _, ago in records
        )
        if bills > line and not paid:
            expected.add(key)
    assert met(when, people=people, records=records) == expected


RAISED = {
    "id": pl.String, "rule": pl.String, "resident_id": pl.String, "number": pl.Int64, "state": pl.String,
    "facts": pl.String, "quiet_days": pl.Int64, "decided_on": pl.Date,
}  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(people=people, records=records, decided=st.sets(st.integers(0, 5)))
def test_evaluating_twice_raises_nothing_new_whatever_was_decided_in_between(people, records, decided):
    rules = books(AMOUNT.format(100), '{ kind = "situation", any_of = ["DIBAO", "EDGE"] }')
    found = evaluate(city(people=people, records=records), rules, DAY).alerts
    first = new_alerts(found, pl.DataFrame(schema=RAISED), rules, DAY).rows
    assert len(first) == found.height
    raised = pl.DataFrame(
        [
            {**{name: row[name] for name in RAISED if name in row}, "state": "DECIDED" if n in decided else "OPEN",
             "decided_on": DAY if n in decided else None}
            for n, row in enumerate(first)
        ],
        schema=RAISED,
    )  # fmt: skip
    again = new_alerts(evaluate(city(people=people, records=records), rules, DAY).alerts, raised, rules, DAY)
    assert again.rows == []
    assert again.open_already + again.quiet == len(first)


counts = st.tuples(*(st.integers(0, 50) for _ in range(4))).map(
    lambda n: Precision(real=n[0], decided=n[0] + n[1], moved=n[2], raised=sum(n))
)


@given(counts, counts, counts)
def test_precision_adds_up(one, two, three):
    assert (one + two) + three == one + (two + three)
    both = one + two
    assert (both.raised, both.real, both.decided) == (
        one.raised + two.raised, one.real + two.real, one.decided + two.decided,
    )  # fmt: skip
    assert both.waiting == one.waiting + two.waiting
    if both.decided:
        low, high = both.interval
        assert 0 <= low <= both.share <= high <= 1


@given(st.integers(1, 500), st.integers(1, 20), st.data())
def test_wilsons_interval_narrows_with_more_of_the_same(trials, factor, data):
    real = data.draw(st.integers(0, trials))
    low, high = wilson(real, trials)
    narrow_low, narrow_high = wilson(real * factor, trials * factor)
    assert narrow_high - narrow_low <= high - low + 1e-12


outcomes = st.lists(
    st.tuples(
        st.sampled_from(["A", "B"]),
        st.sampled_from([None, "HELPED", "ALREADY_COVERED", "FALSE_ALARM", "MOVED"]),
        st.dates(date(2026, 1, 1), date(2026, 3, 31)),
        st.sampled_from(["/NBS/1/2/3/4/5/", "/NBS/1/2/3/6/"]),
    ),
    max_size=20,
)


@given(outcomes)
def test_counts_by_town_and_by_month_sum_to_those_by_rule(drawn):
    frame = pl.DataFrame(
        drawn,
        schema={"rule": pl.String, "outcome": pl.String, "raised_on": pl.Date, "region_path": pl.String},
        orient="row",
    )
    whole = {row.rule: row.counts for row in count_outcomes(frame, PrecisionAxis.RULE)}
    assert sum(each.raised for each in whole.values()) == len(drawn)
    for axis in (PrecisionAxis.TOWN, PrecisionAxis.MONTH):
        summed = {}
        for row in count_outcomes(frame, axis):
            summed[row.rule] = summed.get(row.rule, Precision()) + row.counts
        assert summed == whole


facts = st.dictionaries(st.sampled_from("abc"), st.integers(0, 4) | st.sampled_from(["held", "2026-01-01"]))


@given(facts, facts)
def test_no_facts_are_news_to_themselves_nor_are_some_of_them(one, other):
    assert not is_news(one, one)
    assert not is_news({name: one[name] for name in one if name in "ab"}, one)
    quiet = raises_again(one, one, day=DAY, decided_on=DAY, quiet_days=1)
    assert not quiet
    assert raises_again(one, other, day=DAY, decided_on=DAY - timedelta(days=1), quiet_days=1)
