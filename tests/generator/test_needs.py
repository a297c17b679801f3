"""Needs are possible, posted and verified by different people, and inside the fortnight."""

from datetime import datetime, timedelta

import polars as pl

from domain.needs import NeedCategory, NeedKind, RiskLevel, Urgency
from generator.needs import HORIZON_DAYS, templates
from generator.shipped import labels


def test_kinds_stand_in_their_stated_shares(parts):
    counted = dict(parts.needs.needs["kind"].value_counts().rows())
    assert sum(counted.values()) == 500
    assert counted["服务"] == 180
    assert counted["资金"] == 55
    assert counted["善居工程"] == 25


def test_nobody_verifies_what_they_posted(parts):
    needs = parts.needs.needs
    both = needs.filter(pl.col("verified_by").is_not_null())
    assert (both["posted_by"] != both["verified_by"]).all()
    assert needs.filter(pl.col("open"))["verified_by"].null_count() == 0
    workers = dict(parts.parties.workers.select("number", "town_code").rows())
    for region, poster, verifier in both.select("region", "posted_by", "verified_by").rows():
        assert workers[poster] == workers[verifier] == region[:9]


def test_every_window_holds_the_service_and_lies_in_the_coming_fortnight(parts):
    timed = parts.needs.needs.filter(pl.col("duration_min") > 0)
    assert timed.height > 0
    for text, minutes in timed.select("windows", "duration_min").rows():
        days = []
        for window in text.split("；"):
            day, hours = window.split(" ")
            start, end = (datetime.fromisoformat(f"{day} {clock}") for clock in hours.split("-"))
            assert end - start >= timedelta(minutes=minutes)
            assert 0 < (start.date() - parts.as_of).days < HORIZON_DAYS
            days.append(day)
        assert days == sorted(set(days))
    assert parts.needs.needs.filter(pl.col("duration_min") == 0)["windows"].null_count() == (
        len(parts.needs.needs) - timed.height
    )


def test_every_need_asks_for_people_goods_or_money(parts):
    asked = set(parts.needs.slots["need"]) | set(parts.needs.items["need"])
    asked |= set(parts.needs.needs.filter(pl.col("amount_fen") > 0)["number"])
    assert asked == set(parts.needs.needs["number"])


def test_policy_and_insurance_come_before_charity_and_leave_a_gap(parts):
    needs = parts.needs.needs
    assert (needs["gap_fen"] == needs["amount_fen"] - needs["policy_aid_fen"] - needs["insurance_fen"]).all()
    assert (needs.filter(pl.col("amount_fen") > 0)["gap_fen"] > 0).all()
    assert (needs.filter(category="医疗费用", kind="资金")["insurance_fen"] > 0).all()


def test_a_task_with_a_child_takes_two_people(parts):
    slots = parts.needs.slots.group_by("need").len()
    child = parts.needs.needs.filter(pl.col("with_child")).join(slots, left_on="number", right_on="need")
    assert child.height > 0
    assert (child["len"] >= 2).all()


def test_templates_speak_the_codes_of_the_domain():
    for template in templates():
        NeedKind(template.kind)
        NeedCategory(template.category)
        RiskLevel(template.risk)
        assert all(skill in labels("skill") or not skill for skill, _ in template.people)
        assert all(licence in labels("licence") or not licence for _, licence in template.people)
    assert set(labels("urgency")) == set(Urgency)
