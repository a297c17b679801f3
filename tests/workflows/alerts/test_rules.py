"""Rules as data: what ships holds together and is worded, and a file that is wrong is refused with the place."""

from datetime import date

import pytest

from domain.errors import PolicyError
from domain.people import ChildSituation
from locales import Locale, catalogue
from workflows.alerts.conditions import situations_of
from workflows.alerts.rules_in_force import SLOTS, book_on, read_rule_file, require_whole, shipped_files

DAY = date(2026, 3, 2)
SHIPPED = tuple(shipped_files().values())
RULE = """
region_path = "/NBS/32/"
[[versions]]
id = "v1"
effective_from = 2026-01-01
[[versions.rules]]
code = "MEDICAL_COSTS"
family = "MEDICAL"
priority = "HIGH"
due_days = 7
quiet_days = 180
need_category = "MEDICAL_COST"
source = "notice"
when = { kind = "amount", lists = ["MEDICAL_SELF_PAID"], within_days = 365, otherwise_yuan = 8000 }
"""


def held(text):
    file = read_rule_file(text, "proposed")
    return [*SHIPPED, file], file


def test_the_shipped_table_has_thirteen_slots_each_with_words_and_a_source():
    book = book_on(SHIPPED, DAY, "/")
    assert [group.slot for group in book.groups] == list(range(1, SLOTS + 1))
    for locale in Locale:
        words = catalogue(locale)
        for group in book.groups:
            assert f"alerts.group.{group.code}" in words
        for rule in book.rules:
            assert f"alerts.rule.{rule.code}" in words
        for name in book.lists:
            assert f"alerts.list.{name}" in words


def test_the_lines_are_those_that_tongling_published():
    rule = next(rule for rule in book_on(SHIPPED, DAY, "/").rules if rule.code == "MEDICAL_COSTS")
    lines = {code: line.above_yuan for line in rule.when.lines for code in line.situations}
    assert lines == {"TEKUN": 1000, "DIBAO": 5000, "EDGE": 10000, "RIGID": 10000, "RELAPSE_MON": 10000}
    assert rule.when.otherwise_yuan == 15000
    assert "Tongling" in rule.source


def test_whatever_looks_at_children_is_behind_the_wall():
    book = book_on(SHIPPED, DAY, "/")
    children = {situation.value for situation in ChildSituation}
    for each in (*book.groups, *book.rules):
        assert each.child == bool(situations_of(each.when) & children)


def test_a_region_overrides_a_rule_inside_its_subtree_and_nowhere_else():
    files, file = held(RULE)
    require_whole(files, file)
    inside = next(rule for rule in book_on(files, DAY, "/NBS/32/3205/").rules if rule.code == "MEDICAL_COSTS")
    outside = next(rule for rule in book_on(files, DAY, "/NBS/31/").rules if rule.code == "MEDICAL_COSTS")
    assert (inside.when.otherwise_yuan, outside.when.otherwise_yuan) == (8000, 15000)
    assert book_on(files, DAY, "/NBS/32/").id == "alerts-2026-1+v1"


def test_a_version_holds_from_its_day_on():
    files, _ = held(RULE)
    before = next(
        rule for rule in book_on(files, date(2025, 12, 31), "/NBS/32/").rules if rule.code == "MEDICAL_COSTS"
    )
    assert before.when.otherwise_yuan == 15000


def test_a_slot_is_taken_over_and_a_rule_switched_off():
    text = (
        RULE.replace('id = "v1"', 'id = "v1"\noff = ["ARREARS"]')
        + """
[[versions.groups]]
slot = 6
code = "SANITATION_WORKERS"
source = "notice"
words = { zh-CN = "困难环卫工人", en = "Street cleaners" }
when = { kind = "situation", any_of = ["OTHER"] }
"""
    )
    files, _ = held(text)
    book = book_on(files, DAY, "/NBS/32/")
    assert [group.code for group in book.groups if group.slot == 6] == ["SANITATION_WORKERS"]
    assert "ARREARS" not in {each.code for each in (*book.groups, *book.rules)}
    group = next(group for group in book.groups if group.slot == 6)
    assert group.title(Locale.EN) == "Street cleaners"


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("8000", "0", "otherwise_yuan"),
        ("365", "99999", "within_days"),
        ('kind = "amount"', 'kind = "eval"', "when"),
        ("MEDICAL_SELF_PAID", "NO_SUCH_LIST", "NO_SUCH_LIST"),
        ('source = "notice"', "", "source"),
        ('code = "MEDICAL_COSTS"', 'code = "medical costs"', "code"),
        ('family = "MEDICAL"', 'family = "CHILD"', "HC-25"),
        ('need_category = "MEDICAL_COST"', 'need_category = "CHILD_PROTECT"', "HC-25"),
        ("due_days = 7", "due_days = 0", "due_days"),
        ('priority = "HIGH"', 'priority = "HIGH"\nsql = "x"', "sql"),
        ("otherwise_yuan = 8000", 'otherwise_yuan = 8000, lines = [{ situations = ["NOBODY"], above_yuan = 1 }]',
         "NOBODY"),
        ("otherwise_yuan = 8000", 'otherwise_yuan = 8, lines = [{ situations = ["DIBAO"], above_yuan = 9 }]',
         "everybody else"),
        ('"/NBS/32/"', '"NBS"', "region_path"),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong_is_refused_with_the_place(old, new, where):
    with pytest.raises(PolicyError) as caught:
        require_whole(*held(RULE.replace(old, new)))
    assert where in str(caught.value.context["where"])


def test_versions_and_codes_stand_once():
    version = RULE[RULE.index("[[versions]]") :]
    with pytest.raises(PolicyError):
        read_rule_file(RULE + version, "twice")
    rule = RULE[RULE.index("[[versions.rules]]") :]
    with pytest.raises(PolicyError):
        read_rule_file(RULE + rule, "twice")
    with pytest.raises(PolicyError):
        read_rule_file("a = [", "broken")
    with pytest.raises(PolicyError):
        read_rule_file("#" * 300_000, "long")


def test_parts_that_stand_too_deep_are_refused():
    deep = '{ kind = "age", below = 3 }'
    for _ in range(8):
        deep = f'{{ kind = "all", parts = [{deep}] }}'
    start = RULE.index("when = ")
    with pytest.raises(PolicyError):
        read_rule_file(RULE[:start] + f"when = {deep}\n", "deep")
