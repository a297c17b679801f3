"""Money goes in as people write it and comes out exact."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInputError
from domain.money import MAX_FEN, fen_from_yuan, yuan_text

amounts_fen = st.integers(-(MAX_FEN // 100) * 100, (MAX_FEN // 100) * 100)


@given(amounts_fen)
def test_what_is_written_reads_back(fen: int):
    assert fen_from_yuan(yuan_text(fen)) == fen


@given(amounts_fen)
def test_a_decimal_of_any_size_is_exact(fen: int):
    assert fen_from_yuan(Decimal(fen).scaleb(-2)) == fen
    assert fen_from_yuan(f"{fen // 100}") == fen // 100 * 100


@given(st.integers(-(10**12), 10**12))
def test_a_spreadsheets_binary_fraction_gives_the_nearest_fen(fen: int):
    assert fen_from_yuan(fen / 100) == fen


@given(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12))
def test_sums_of_fen_are_sums_of_yuan(first: int, second: int):
    total = Decimal(first) / 100 + Decimal(second) / 100
    assert fen_from_yuan(total) == first + second


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("￥20,000,000.00\xa0", 2_000_000_000),
        ("¥ 1，234.5元", 123_450),
        ("元", None),
        ("0", 0),
        ("-3.07", -307),
        ("\u3000１２３.４５\u3000", 12_345),
        ("1e3", 100_000),
        (500, 50_000),
        (0.1 + 0.2, 30),
        (Decimal("314540755.69"), 31_454_075_569),
    ],
)
def test_amounts_as_files_hold_them(text, fen):
    if fen is None:
        with pytest.raises(InvalidInputError):
            fen_from_yuan(text)
    else:
        assert fen_from_yuan(text) == fen


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ten",
        "1.234",
        "1_000",
        "nan",
        "inf",
        "1e999999999",
        "1e-999999999",
        float("nan"),
        float("inf"),
        1e300,
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("0.001"),
        10**17,
    ],
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(InvalidInputError):
        fen_from_yuan(text)


@given(st.text(max_size=12))
def test_any_other_text_is_refused_as_input_and_breaks_nothing(text: str):
    with contextlib.suppress(InvalidInputError):
        assert isinstance(fen_from_yuan(text), int)
