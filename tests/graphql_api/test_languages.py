"""Which language an Accept-Language header asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_api.languages import locale_of
from locales import Locale


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, Locale.ZH_CN),
        ("", Locale.ZH_CN),
        ("fr", Locale.ZH_CN),
        ("en", Locale.EN),
        ("EN-us,en;q=0.9", Locale.EN),
        ("zh-CN,zh;q=0.9,en;q=0.8", Locale.ZH_CN),
        ("fr, en;q=0.2, zh;q=0.1", Locale.EN),
        ("en;q=0, zh;q=0.1", Locale.ZH_CN),
        ("en;q=nonsense", Locale.ZH_CN),
        ("zh-Hant-TW", Locale.ZH_CN),
    ],
)
def test_the_preferred_language_of_ours_is_given(header, expected):
    assert locale_of(header) is expected


@given(st.text(max_size=200))
def test_any_header_gives_a_language(header):
    assert locale_of(header) in Locale
