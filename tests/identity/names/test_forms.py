"""Names as they are written, and the forms by which they are compared."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.names.forms import FORM_COLUMNS, folded, forms, name_columns
from identity.names.syllables import dialect, segments, surname_reading


@pytest.mark.parametrize(
    ("surname", "said"),
    [
        ("曾", "zeng"),
        ("单", "shan"),
        ("解", "xie"),
        ("仇", "qiu"),
        ("区", "ou"),
        ("查", "zha"),
        ("朴", "piao"),
        ("王", "wang"),
    ],
)
def test_a_surname_is_read_as_a_surname(surname, said):
    assert surname_reading(surname) == said
    assert forms(surname + "明").surname == said


@pytest.mark.parametrize(
    "written",
    [
        "ZENG XIAOMING",
        "Xiaoming Zeng",
        "Zeng, Xiao-ming",
        "zengxiaoming",
        "XiaoMing ZENG",
        "Zēng Xiǎomíng",
        "XIAO MING ZENG",
    ],
)
def test_each_layout_of_pinyin_is_the_same_set_of_syllables(written):
    assert forms(written).sound_set == forms("曾小明").sound_set


@pytest.mark.parametrize("written", ["LYU BU", "LU BU", "Lv Bu", "Lü Bu"])
def test_the_rounded_u_has_one_form(written):
    assert forms(written).sound_set == forms("吕布").sound_set == forms("呂布").sound_set


def test_the_common_reading_of_a_surname_is_kept_beside_the_right_one():
    assert forms("曾小明").other == forms("Ceng Xiaoming").sound_set
    assert forms("王小明").other is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("陳靜", "陈静"),
        ("張 偉", "张伟"),
        ("王喆", "王哲"),
        ("李淸", "李清"),
        ("刘囯强", "刘国強"),
        ("王伟（小）", "王伟"),
        ("王伟先生", "王伟"),
    ],
)
def test_variants_blanks_and_titles_fold_to_one_key(one, other):
    assert forms(one).key == forms(other).key


def test_dots_are_no_part_of_a_name_but_its_parts_are_known():
    dotted, plain = forms("阿卜杜拉·买买提"), forms("阿卜杜拉买买提")
    assert dotted.key == plain.key
    assert dotted.sound_set == plain.sound_set
    assert dotted.parts == "买买提 阿卜杜拉"
    for dot in "•．.‧・":
        assert forms(f"阿卜杜拉{dot}买买提").parts == dotted.parts


@pytest.mark.parametrize(
    ("written", "mask"),
    [("王**", "王%"), ("张*明", "张%明"), ("李?明", "李_明"), ("李〇明", "李_明"), ("赵某某", "赵%")],
)
def test_what_is_hidden_or_lost_makes_a_name_partial(written, mask):
    told = forms(written)
    assert (told.key, told.mask, told.kind) == (None, mask, "partial")


def test_compound_surnames_are_one():
    told = forms("欧阳娜娜")
    assert (told.surname, told.given) == ("ou yang", "娜娜")
    assert forms("万俟明").surname == "mo qi"


@pytest.mark.parametrize("nothing", [None, "", "  ", "·", "***"])
def test_of_nothing_nothing_is_known(nothing):
    assert forms(nothing).key is None


@given(st.text(max_size=12))
def test_folding_twice_is_folding_once(text):
    assert folded(folded(text)) == folded(text)


@given(st.text(max_size=12))
def test_any_text_has_forms(text):
    told = forms(text)
    assert told == forms(text)
    assert told.key is None or told.mask is None


@given(
    st.lists(st.sampled_from(["zhang", "xiao", "ming", "lu", "ou", "yang", "shuang"]), min_size=1, max_size=3)
)
def test_syllables_written_together_are_parted_into_no_more(syllables):
    parted = segments("".join(syllables))
    assert "".join(parted) == "".join(syllables)
    assert len(parted) <= len(syllables)


def test_dialect_folds_what_clerks_do_not_hear():
    assert dialect("zhang") == dialect("zan")
    assert dialect("jing") == dialect("jin")
    assert dialect("na") == dialect("la")


def test_a_column_has_one_row_for_each_name():
    told = name_columns(pl.Series(["王伟", None, "王伟", "WANG WEI"]))
    assert told.columns == list(FORM_COLUMNS)
    assert told["name_sound_set"].to_list() == ["wang wei", None, "wang wei", "wang wei"]
    assert len(name_columns(pl.Series([None], dtype=pl.String))) == 1
