"""A text that everybody reads holds no name, number or address; what is harmless stays."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.public.traces import MASK, Trace, masked, traces

HARMLESS = st.text(alphabet="想要一床棉被和暖水袋请帮忙送到家里谢", max_size=12)
DIGITS = st.sampled_from(["0123456789", "０１２３４５６７８９", "〇一二三四五六七八九"])
SEPARATORS = st.sampled_from(["", " ", "-", "  ", "—"])
KNOWN = st.sampled_from(["王秀英", "欧阳建国", "阿依古丽·买买提", "卓玛", "Smith"])


@given(before=HARMLESS, after=HARMLESS, digits=DIGITS, rest=st.text("0123456789", min_size=9, max_size=9))
def test_a_mobile_number_is_found_however_its_digits_are_written(before, after, digits, rest):
    number = "".join(digits[int(digit)] for digit in "13" + rest)
    text = before + number + after
    found = traces(text)
    assert any(f.start <= len(before) and f.end >= len(before) + len(number) for f in found)


@given(separator=SEPARATORS, number=st.text("0123456789", min_size=17, max_size=17))
def test_an_identity_number_is_found_when_it_is_spaced_out(separator, number):
    text = "号码" + separator.join((number[:6], number[6:14], number[14:] + "X")) + "。"
    assert [f.trace for f in traces(text)] == [Trace.ID_NUMBER]


@given(before=HARMLESS, name=KNOWN, after=HARMLESS)
def test_a_name_of_the_file_is_found_anywhere(before, name, after):
    text = before + name + after
    assert any(
        f.start <= len(before) and f.end >= len(before) + len(name) for f in traces(text, known=[name])
    )


@given(text=st.text(max_size=80))
def test_findings_are_in_order_apart_and_gone_when_masked(text):
    found = traces(text)
    ends = [(f.start, f.end) for f in found]
    assert all(0 <= start < end <= len(text) for start, end in ends)
    assert all(one[1] <= other[0] for one, other in pairwise(ends))
    clean = masked(text, found)
    assert len(clean) == len(text)
    assert all(clean[start:end] == MASK * (end - start) for start, end in ends)


@pytest.mark.parametrize(
    ("text", "trace"),
    [
        ("住在人民路128号3幢502室", Trace.ADDRESS),
        ("杨舍镇东方新村12幢", Trace.ADDRESS),
        ("孩子叫李小明，今年三年级", Trace.NAME),
        ("请找王秀英阿姨", Trace.NAME),
        ("家属张某某", Trace.NAME),
        ("电话0512-58123456", Trace.PHONE),
        ("热线电话95554", Trace.PHONE),
        ("微信号wx_abc123", Trace.MAIL),
        ("someone@example.org", Trace.MAIL),
        ("卡号 6222 0210 0111 1234 567", Trace.ACCOUNT),
        ("苏E12345来接", Trace.PLATE),
        ("出生于1945年3月2日", Trace.BIRTH_DATE),
    ],
)
def test_what_leads_to_a_person_is_found(text, trace):
    assert trace in {f.trace for f in traces(text)}


@pytest.mark.parametrize(
    "text",
    [
        "高龄老人想要一件毛衣和轮椅",
        "陪同就医，每周二上午9点到11点",
        "需要50斤大米、2桶油，约900元",
        "高中学生需要书桌",
        "2026年11月22日前送到",
        "活动时间2022.3.14-2022.3.20",
        "何时方便都可以，周末也行",
    ],
)
def test_what_is_harmless_stays(text):
    assert traces(text) == ()
