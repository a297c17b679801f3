"""Held cases: nothing of a day knows what came after it, and people and plans have one yardstick."""

import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from benchmarks.held_april import april
from benchmarks.held_equipment import Known, Match, Offer, Record, Request, item_of, matches_of, replay
from benchmarks.held_grants import grants
from benchmarks.held_page import kept_page
from locales import Locale

DAY = date(2020, 6, 1)
ROOT = Path(__file__).parents[2]


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def match(
    number: int, giver: str, *, made: int, delivered: bool = True, ended: int = 200, reason: str = ""
) -> Match:
    return Match(
        need_id=f"n{number:03}",
        house=f"h{number}",
        giver=giver,
        item="GOWN",
        quantity=10,
        made_on=day(made),
        ended_on=day(ended),
        delivered=delivered,
        reason=reason,
    )


def offer(giver: str, quantity: int, *, given: int = 0) -> Offer:
    return Offer(id=f"o-{giver}", giver=giver, item="GOWN", unit="", quantity=quantity, given_on=day(given))


def test_an_offer_is_less_by_earlier_matches_and_not_by_later_ones():
    known = Known([offer("a", 50)], [match(1, "a", made=1), match(2, "a", made=5)])
    assert [known.free(day(n)) for n in (0, 1, 2, 6)] == [{"o-a": 50}, {"o-a": 50}, {"o-a": 40}, {"o-a": 30}]


def test_goods_are_gone_from_the_day_on_which_that_was_written_down():
    lost = match(1, "a", made=1, delivered=False, ended=4, reason="no_supply")
    known = Known([offer("a", 50)], [lost])
    assert known.free(day(4)) == {"o-a": 40}
    assert known.free(day(5)) == {}
    unwanted = Known([offer("a", 50)], [replace(lost, reason="no_need")])
    assert unwanted.free(day(5)) == {"o-a": 50}


def test_an_offer_is_unknown_before_its_day():
    assert Known([offer("a", 50, given=3)], []).free(day(2)) == {}
    assert Known([offer("a", 50, given=3)], []).size("a", "GOWN", day(2)) == 0


def test_what_is_learned_leans_on_the_coarser_share():
    seen = [match(n, "a", made=1) for n in range(3)] + [match(9, "b", made=1, delivered=False)]
    record = Record.learn(seen, lambda _: 1)
    assert record.base == 0.75
    assert record.expect("GOWN", 1) == record.expect("GOWN", 1)
    assert record.expect("NOTHING", 4) == 0.75
    assert record.most == {"GOWN": 30}


def test_a_replay_is_the_same_twice_and_no_plan_breaks_a_rule():
    matches = [match(n, "a" if n % 2 else "b", made=n // 4, delivered=n % 3 > 0) for n in range(40)]
    offers = [offer("a", 300), offer("b", 300), offer("c", 30, given=6)]
    first, again = replay(matches, offers), replay(matches, offers)
    assert first == again
    assert (first["earlier"], first["later"], first["audit_violations"]) == (16, 24, 0)
    assert first["ways"]["real"]["recorded"] == sum(m.delivered for m in matches[16:]) / 24
    assert first["ways"]["offered"]["asks"] == 24
    least, likely = first["ways"]["fresh"]["least"], first["ways"]["fresh"]["likely"]
    assert 0 <= least <= likely <= first["ways"]["fresh"]["covered"] + 1e-9


def test_matches_leave_tests_out_and_count_an_unsaid_ask_as_the_median():
    moment = datetime(2020, 6, 1, tzinfo=UTC)
    row = {"need_id": "1", "house": "h", "giver": "g", "item": "GOWN", "item_text": "gown", "made_at": moment}
    frame = pl.DataFrame(
        [
            {**row, "unit": "件", "quantity": 10, "trust": "delivered", "ended_at": moment},
            {**row, "unit": "件", "quantity": 30, "trust": "closed: no_supply", "ended_at": moment},
            {**row, "unit": "批", "quantity": 1, "trust": "closed: no_need", "ended_at": moment},
            {**row, "unit": "件", "quantity": 5, "trust": "closed: test_match", "ended_at": moment},
            {**row, "unit": "件", "quantity": 5, "trust": "pre_match", "ended_at": None},
        ]
    )
    assert sorted((m.quantity, m.delivered, m.reason) for m in matches_of(frame)) == [
        (10, True, ""),
        (20, False, "no_need"),
        (30, False, "no_supply"),
    ]
    assert item_of("OTHER", "body_bag") == "body_bag"


def test_three_ways_to_share_april_out_give_no_more_than_there_is():
    asks = [
        Request(
            need_item_id=f"i{n}",
            need_id=f"n{n}",
            house=f"h{n}",
            item="GOWN",
            asked=size,
            asked_on=day(0),
            open=size,
        )
        for n, size in enumerate([100, 10, 10, 10])
    ]
    miles = {("a", f"h{n}"): float(10 - n) for n in range(4)}
    found = april([offer("a", 40)], asks, miles)
    assert found["near"]["joint"]["asks_whole"] == 3
    assert found["near"]["oldest"]["houses"] == 1
    assert found["near"]["nearest"]["mean_miles"] < found["near"]["oldest"]["mean_miles"]
    assert {way["units_placed"] for way in found["near"].values()} == {1.0}
    assert found["all"]["joint"]["audit_violations"] == 0
    assert [ask.open for ask in asks] == [100, 10, 10, 10]


def test_grants_are_planned_with_the_money_of_their_own_year():
    gifts = pl.DataFrame(
        [
            {
                "number": f"g{n}",
                "funder": "Northern Trust",
                "currency": "GBP",
                "awarded": 1_000 + n,
                "awarded_on": date(2016, 5, 1),
                "purpose": None,
                "source_id": "s",
                "source_row": n,
                "file": "a.json",
            }
            for n in range(20)
        ]
    )
    figures = pl.DataFrame(
        [
            {
                "source_id": "s",
                "source_row": n,
                "measure": "applied",
                "title": f"{5 if n == 3 else 10 + n / 100:,.2f} GBP",
                "recipient": f"o{n}",
                "address": f"Town; Area {n % 2}; UK",
            }
            for n in range(20)
        ]
    )
    found = grants(gifts, figures)
    assert found["files"]["a.json"]["areas"] == 2
    assert (found["applied"]["applications"], found["applied"]["planned_whole"]) == (20, 20)
    assert (found["applied"]["awarded_more"], found["applied"]["over_asked"]) == (1, 503)
    (less,) = found["less"]
    assert less["plan"]["given"] <= less["budget"]
    assert (less["plan"]["grants"], less["audit_violations"]) == (10, 0)


@pytest.mark.parametrize("locale", Locale)
def test_the_kept_page_says_every_figure_in_both_languages(locale):
    written = kept_page(locale)
    assert "\u2026" not in written  # a figure that was not given
    assert "held." not in written  # a text that does not exist
    assert written.count("\n## ") == 4


def test_without_the_published_files_the_target_says_so(tmp_path):
    done = subprocess.run(
        ["make", "-s", "-C", ROOT, "held-cases", f"SHARED={tmp_path}", "RUN=false", "-o", "setup"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "are not here" in done.stdout
