"""Two lists side by side: what is found is theirs alone, adds up, and reads backwards as it reads forwards."""

import csv
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.actors import Purpose, Scope
from domain.comparing import Difference
from domain.errors import InvalidInputError
from importers.differences import compare_lists, pair_renumbered, read_list

EVERYWHERE = Scope(region_paths=("/",), purpose=Purpose.OPERATION)
HEADERS = ("档案号", "姓名", "证件号码", "区划代码", "事项", "帮扶金额（元）", "建档日期", "数据来源")
_NAMES = ("张三", "李四", "王五丰", "")
_AMOUNTS = ("100", "1,200.50", "１００", "0.1万", "说不清", "")
_DAYS = ("2026-01-05", "2026/1/5", "46027", "某日")
ROW = st.tuples(st.sampled_from(_NAMES), st.sampled_from(_AMOUNTS), st.sampled_from(_DAYS))
LIST = st.dictionaries(st.sampled_from([f"A{n}" for n in range(1, 9)]), ROW, max_size=8)
BOTH_WAYS = {Difference.ADDED: Difference.REMOVED, Difference.REMOVED: Difference.ADDED}


def written(folder: Path, rows: dict[str, tuple[str, str, str]], name: str) -> Path:
    path = folder / name / "30_总工会_困难职工.csv"
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADERS)
        for number, (person, amount, day) in rows.items():
            out.writerow((number, person, "", "320582100000", "困难职工帮扶", amount, day, "总工会"))
        out.writerow(("Z0", "赵钱", "", "320582100000", "困难职工帮扶", "1", "2026-01-01", "总工会"))
    return path


def differences(before: Path | None, after: Path):
    old = None if before is None else read_list(before)
    return compare_lists(old, read_list(after), identity_key=b"k" * 32, scope=EVERYWHERE)


def found(lines: pl.DataFrame) -> set[tuple[str, str]]:
    number = pl.coalesce("number", "number_before")
    return set(lines.select("kind", number.alias("key")).iter_rows())


SLOW = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SLOW
@given(rows=LIST)
def test_a_list_beside_itself_differs_in_nothing(tmp_path, rows):
    path = written(tmp_path, rows, "one")
    assert differences(path, path).lines.is_empty()


@SLOW
@given(one=LIST, other=LIST)
def test_read_backwards_what_came_went_and_the_rest_is_the_same(tmp_path, one, other):
    first, second = written(tmp_path, one, "one"), written(tmp_path, other, "other")
    there, back = differences(first, second), differences(second, first)
    turned = {
        (BOTH_WAYS.get(Difference(kind), Difference(kind)).value, key) for kind, key in found(there.lines)
    }
    assert turned == found(back.lines)
    swapped = {
        key: {(each["field"], each["after"], each["before"]) for each in changes}
        for key, changes in there.lines.filter(kind="CHANGED").select("number", "changes").iter_rows()
    }
    straight = {
        key: {(each["field"], each["before"], each["after"]) for each in changes}
        for key, changes in back.lines.filter(kind="CHANGED").select("number", "changes").iter_rows()
    }
    assert swapped == straight


@SLOW
@given(one=LIST, other=LIST)
def test_every_row_of_both_lists_is_in_exactly_one_count(tmp_path, one, other):
    result = differences(written(tmp_path, one, "one"), written(tmp_path, other, "other"))
    counts, kinds = result.counts, result.lines["kind"].value_counts()
    by_kind = dict(kinds.iter_rows())
    both = by_kind.get("CHANGED", 0) + counts["reworded"]
    unreadable = result.lines.filter(kind="UNREADABLE")
    assert (
        counts["before_rows"]
        == counts["before_same"]
        + counts["before_left_out"]
        + both
        + by_kind.get("REMOVED", 0)
        + unreadable["row_before"].count()
    )
    assert (
        counts["after_rows"]
        == counts["after_same"]
        + counts["after_left_out"]
        + both
        + by_kind.get("ADDED", 0)
        + unreadable["row_id"].count()
    )


@SLOW
@given(rows=LIST, seed=st.randoms(use_true_random=False))
def test_the_order_of_rows_is_no_difference(tmp_path, rows, seed):
    shuffled = list(rows.items())
    seed.shuffle(shuffled)
    result = differences(written(tmp_path, rows, "one"), written(tmp_path, dict(shuffled), "other"))
    assert result.lines.is_empty()


def test_the_same_value_in_other_words_is_no_change(tmp_path):
    before = written(tmp_path, {"A1": ("张三", "1200", "2026-01-05")}, "one")
    after = written(tmp_path, {"A1": ("张三", "1,200.00", "2026/1/5")}, "other")
    result = differences(before, after)
    assert result.lines.is_empty()
    assert result.counts["reworded"] == 1


def test_names_and_numbers_of_people_are_told_in_part(tmp_path):
    before = written(tmp_path, {"A1": ("张三丰", "100", "2026-01-05")}, "one")
    after = written(tmp_path, {"A1": ("李三丰", "100", "2026-01-05")}, "other")
    (changes,) = differences(before, after).lines["changes"].to_list()
    assert changes == [{"field": "name", "before": "张*", "after": "李*"}]


def test_one_row_under_another_number_is_one_line_and_two_rows_are_not():
    def line(kind: str, key: str, person: str | None, content: str | None = None) -> dict[str, object]:
        new = kind == "ADDED"
        return {
            "kind": kind, "row_id": f"row:{key}" if new else None, "row_before": None if new else f"row:{key}",
            "number": key if new else None, "number_before": None if new else key, "source_row": 1 if new else None,
            "source_row_before": None if new else 1, "event": "e", "person_id": person,
            "changes": None, "content": content,
        }  # fmt: skip

    rows = [
        line("ADDED", "N1", "p"), line("REMOVED", "O1", "p"),
        line("ADDED", "N2", "q"), line("ADDED", "N3", "q"), line("REMOVED", "O2", "q"),
        line("ADDED", "N4", None), line("REMOVED", "O4", None),
    ]  # fmt: skip
    change = pl.List(pl.Struct({"field": pl.String, "before": pl.String, "after": pl.String}))
    kinds = {"changes": change, "content": pl.String}
    frame = pl.DataFrame(rows, schema_overrides=kinds, infer_schema_length=None)
    lines = pair_renumbered(frame)
    assert sorted(lines["kind"].to_list()) == ["ADDED"] * 3 + ["REMOVED"] * 2 + ["RENUMBERED"]
    (one,) = lines.filter(kind="RENUMBERED").iter_rows(named=True)
    assert (one["number"], one["number_before"], one["row_before"]) == ("N1", "O1", "row:O1")
    same = [
        line("ADDED", "N5", "p", "a"), line("ADDED", "N6", "p", "b"), line("REMOVED", "O5", "p", "b"),
        line("REMOVED", "O6", "p", "c"), line("ADDED", "N7", None, "d"), line("REMOVED", "O7", None, "d"),
    ]  # fmt: skip
    lines = pair_renumbered(pl.DataFrame(same, schema_overrides=kinds, infer_schema_length=None))
    pairs = set(lines.filter(kind="RENUMBERED").select("number", "number_before").iter_rows())
    assert pairs == {("N6", "O5"), ("N7", "O7"), ("N5", "O6")}


def test_what_is_no_list_of_people_is_not_compared(tmp_path):
    path = tmp_path / "01_统计局_行政区划.csv"
    path.write_text("代码,名称,级别\n320582000000,张家港市,COUNTY\n", "utf-8")
    with pytest.raises(InvalidInputError):
        read_list(path)
