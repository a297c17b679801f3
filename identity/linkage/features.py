"""
What is compared: identity numbers, telephones, dates and addresses in one form, beside the forms of the name.

Features are for comparison alone; records keep what was written. Everything works on whole columns, and on each
distinct name once.
"""

import calendar
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from identity.linkage.columns import tables
from identity.names.forms import FORM_COLUMNS, folded, name_columns
from identity.names.syllables import table

_LAST_YEAR = 26
"""Year of two digits up to which a date is taken to be of this century."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_HAN = r"[\u3400-\u9fff]"
_HIDDEN = r"[*＊●•?？#_]"
_NUMBERS = ("id_number", "phone", "birth_date", "postcode")
"""Columns that spreadsheets write as decimal numbers."""

_TEXT_FIELDS = (
    "street_number",
    "street",
    "locality",
    "suburb",
    "postcode",
    "state",
    "email",
    "occupation",
    "birth_place",
)

FEATURES = (
    *FORM_COLUMNS, "id_text", "id_mask", "id_hash", "id_valid", "id_head", "id_area", "id_birth", "id_tail",
    "id_last_2", "id_strange", "phone", "phone_mask", "birth", "birth_year", "birth_day", "birth_stated", "sex",
    "address", "address_tail", "region", "given", "family", "initials",
    *_TEXT_FIELDS,
)  # fmt: skip


def features(people: pl.DataFrame) -> pl.DataFrame:
    """
    Give the features of records, one row each in their order.

    Parameters
    ----------
    people
        As ``person_frame`` gives them.

    Returns
    -------
    polars.DataFrame
        ``FEATURES``; null where nothing was stated.
    """
    text = people.with_columns(_blank_to_null(name) for name in people.columns)
    names = _names(text)
    ids = _ids(text)
    births = _births(text["birth_date"])
    rest = text.select(
        _phone(pl.col("phone")).alias("phone"),
        _phone_mask(pl.col("phone")).alias("phone_mask"),
        _sex(text["sex"]).alias("sex"),
        *_address(text["address"]),
        pl.col("region_code").map_elements(folded, return_dtype=pl.String).alias("region")
        if text["region_code"].dtype == pl.String and text["region_code"].str.contains(_HAN).any()
        else pl.col("region_code").str.to_lowercase().alias("region"),
        *(_plain(name) for name in _TEXT_FIELDS),
    )
    joined = pl.concat([names, ids, births, rest], how="horizontal")
    return _filled(joined).select(FEATURES)


def _blank_to_null(name: str) -> pl.Expr:
    stripped = pl.col(name).str.strip_chars()
    if name in _NUMBERS:
        stripped = stripped.str.replace(r"^(\d+)\.0+$", "$1")
    absent = stripped.str.to_lowercase().is_in(["", "null", "none", "nan", "-", "--", "/", "n/a", *_absent()])
    return pl.when(absent).then(None).otherwise(stripped).alias(name)


@cache
def _absent() -> tuple[str, ...]:
    return tuple(tables()["absent"]["words"])


def _plain(name: str) -> pl.Expr:
    kept = pl.col(name).str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}@.]+", " ").str.strip_chars()
    return pl.when(kept == "").then(None).otherwise(kept).alias(name)


# Names -------------------------------------------------------------------------------------------------------------


def _names(text: pl.DataFrame) -> pl.DataFrame:
    given, family = text["given_name"], text["surname"]
    parted = given.is_not_null().any() or family.is_not_null().any()
    if parted:
        han = pl.concat_str("surname", "given_name", ignore_nulls=True).str.contains(_HAN)
        glue = pl.when(han).then(pl.lit("")).otherwise(pl.lit(" "))
        whole = text.select(
            pl.when(pl.col("name").is_not_null())
            .then("name")
            .otherwise(
                pl.concat_str(
                    pl.col("given_name").fill_null(""), glue.fill_null(""), pl.col("surname").fill_null("")
                )
                if not _mostly_han(text)
                else pl.concat_str("surname", "given_name", ignore_nulls=True)
            )
            .str.strip_chars()
            .alias("name")
        )["name"]
    else:
        whole = text["name"]
    forms = name_columns(whole)
    words = whole.str.to_lowercase().str.replace_all(r"[^\p{L}\p{N} ]+", " ").str.strip_chars()
    pieces = pl.DataFrame({"words": words}).select(
        pl.col("words").str.split(" ").list.first().alias("given"),
        pl.col("words").str.split(" ").list.last().alias("family"),
    )
    if parted:
        pieces = text.select(_plain("given_name").alias("given"), _plain("surname").alias("family"))
    return pl.concat(
        [forms, pieces.with_columns(
            pl.concat_str(pl.col("given").str.slice(0, 1), pl.col("family").str.slice(0, 1)).alias("initials")
        )], how="horizontal"
    )  # fmt: skip


def _mostly_han(text: pl.DataFrame) -> bool:
    named = text["surname"].drop_nulls()
    return len(named) > 0 and 2 * int(named.str.contains(_HAN).sum()) > len(named)


# Identity numbers --------------------------------------------------------------------------------------------------


def _ids(text: pl.DataFrame) -> pl.DataFrame:
    raw = text.select(
        pl.col("id_number")
        .str.normalize("NFKC")
        .str.to_uppercase()
        .str.replace_all(r"[\s\-]", "")
        .alias("raw"),
        pl.col("id_mask")
        .str.normalize("NFKC")
        .str.to_uppercase()
        .str.replace_all(r"\s", "")
        .alias("given_mask"),
        "id_hash",
    )
    raw = raw.with_columns(_letters_for_digits(pl.col("raw")))
    hidden = pl.col("raw").str.contains(_HIDDEN)
    whole = raw.select(
        pl.when(hidden.fill_null(False))
        .then(None)
        .otherwise(pl.col("raw").str.replace_all("[^0-9A-Z]", ""))
        .alias("whole"),
        pl.coalesce("given_mask", pl.when(hidden).then("raw")).alias("mask"),
        "id_hash",
    )
    long = _lengthened(whole["whole"])
    masks = whole.select(
        pl.when(pl.col("mask").str.len_chars() == 18)
        .then(pl.col("mask").str.replace_all(_HIDDEN, "_"))
        .otherwise(pl.col("mask").str.replace_all(_HIDDEN + "+", "%"))
        .alias("mask")
    )["mask"]
    enough = masks.str.replace_all("[_%]", "").str.len_chars() >= 4
    found = pl.DataFrame({
        "id_text": long.set(long.str.len_chars() < 5, None),
        "id_mask": pl.select(pl.when(enough).then(masks)).to_series(),
        "id_hash": whole["id_hash"],
        "id_valid": _valid(long, was_long=whole["whole"].str.len_chars() == 18),
    })  # fmt: skip
    seen = pl.coalesce("id_text", "id_mask")
    seen = pl.when(seen.str.len_chars() == 18).then(seen)
    parts = {
        "id_head": seen.str.head(3), "id_area": seen.str.head(6), "id_birth": seen.str.slice(6, 8),
        "id_tail": seen.str.tail(4), "id_last_2": seen.str.tail(2),
    }  # fmt: skip
    return found.with_columns(
        pl.when(~part.str.contains("[_%]")).then(part).alias(name) for name, part in parts.items()
    )


def _letters_for_digits(raw: pl.Expr) -> pl.Expr:
    """Read O and I as typists mean them in a number that is whole otherwise."""
    mended = raw.str.replace_all("O", "0").str.replace_all("[IL]", "1")
    return pl.when(raw.str.contains(r"^[\dOIL]{17}[\dXOIL]$")).then(mended).otherwise(raw)


def _digits(numbers: pl.Series) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Give the first 17 characters of each as digits, as a matrix."""
    flat = np.frombuffer("".join(numbers.to_list()).encode("ascii"), dtype=np.uint8)
    return flat.reshape(len(numbers), -1)[:, :17].astype(np.int64) - ord("0")


def _lengthened(whole: pl.Series) -> pl.Series:
    """Write numbers of 15 digits as the 18 characters that their holders have had since 1999."""
    short = whole.str.contains(r"^\d{15}$").fill_null(False)
    if not short.any():
        return whole
    bodies = whole.filter(short)
    bodies = bodies.str.slice(0, 6) + "19" + bodies.str.slice(6)
    checks = (_digits(bodies) * np.array(_WEIGHTS)).sum(axis=1) % 11
    written = bodies + pl.Series([_CHECKS[int(check)] for check in checks], dtype=pl.String)
    places = short.arg_true()
    return whole.scatter(places, written)


def _valid(whole: pl.Series, *, was_long: pl.Series) -> pl.Series:
    """Whether a number was written in full and its check character and date are right."""
    shaped = (whole.str.contains(r"^\d{17}[\dX]$") & was_long).fill_null(False)
    valid = np.zeros(len(whole), dtype=bool)
    if shaped.any():
        numbers = whole.filter(shaped)
        sums = (_digits(numbers) * np.array(_WEIGHTS)).sum(axis=1) % 11
        right = np.array([_CHECKS[int(s)] for s in sums]) == numbers.str.slice(17, 1).to_numpy()
        dated = numbers.str.slice(6, 8).str.to_date("%Y%m%d", strict=False).is_not_null().to_numpy()
        valid[shaped.to_numpy()] = right & dated
    return pl.Series(valid)


# Telephones, sex, addresses ----------------------------------------------------------------------------------------


def _first_phone(phone: pl.Expr) -> pl.Expr:
    half = phone.str.normalize("NFKC").str.replace_all(r"^\s*(?:\+|00)?86[\s\-]*(1\d)", "$1")
    return half.str.split_exact("/", 1).struct.field("field_0").str.replace(r"[,;、].*$", "")


def _phone(phone: pl.Expr) -> pl.Expr:
    first = _first_phone(phone)
    digits = first.str.replace_all(r"\D", "")
    plain = digits.str.tail(11)
    return pl.when(first.str.contains(_HIDDEN) | (digits.str.len_chars() < 7)).then(None).otherwise(plain)


def _phone_mask(phone: pl.Expr) -> pl.Expr:
    first = _first_phone(phone).str.replace_all(r"[^\d*＊●•?？#_]", "")
    mask = pl.when(first.str.len_chars() == 11).then(first.str.replace_all(_HIDDEN, "_")).otherwise(
        first.str.replace_all(_HIDDEN + "+", "%")
    )  # fmt: skip
    enough = mask.str.replace_all("[_%]", "").str.len_chars() >= 4
    return pl.when(first.str.contains(_HIDDEN) & enough).then(mask).otherwise(None)


def _sex(sex: pl.Series) -> pl.Series:
    words = table("writing")
    known = {**dict.fromkeys(words["female"], "F"), **dict.fromkeys(words["male"], "M")}
    return (
        sex.str.to_lowercase().str.strip_chars().replace_strict(known, default=None, return_dtype=pl.String)
    )


def _address(address: pl.Series) -> tuple[pl.Series, pl.Series]:
    distinct = address.unique().drop_nulls()
    whole = pl.Series([folded(text) for text in distinct.to_list()], dtype=pl.String)
    whole = whole.str.to_lowercase().str.replace_all(r"[\s,，.。;；()（）]", "")
    whole = whole.str.replace_all(r"[\-—–_#]+", "-")
    # a dash parts numbers; anywhere else it says nothing
    whole = whole.str.replace_all(r"([^\d])-", "$1").str.replace_all(r"-([^\d])", "$1").str.strip_chars("-")
    tail = whole.str.replace(tables()["address"]["region"], "")
    tail = (
        tail.str.replace_all(tables()["address"]["house"], "-")
        .str.replace_all("-+", "-")
        .str.strip_chars("-")
    )
    found = pl.DataFrame({"text": distinct, "address": whole, "address_tail": tail})
    joined = pl.DataFrame({"text": address}).join(found, on="text", how="left", maintain_order="left")
    return joined["address"], joined["address_tail"]


# Dates -------------------------------------------------------------------------------------------------------------


def _births(stated: pl.Series) -> pl.DataFrame:
    half = stated.str.normalize("NFKC").str.strip_chars().str.to_lowercase()
    half = half.str.replace(r"[t ]\d{1,2}:\d{2}.*$", "")
    if half.str.contains("[a-z]{3}").any():
        half = _months_in_digits(half)
    parts = half.str.replace_all(r"[^\d]+", "-").str.strip_chars("-")
    parts = _centuries(parts)
    frame = pl.DataFrame({"parts": parts})
    ymd, compact = r"^(\d{4})-(\d{1,2})-(\d{1,2})$", r"^(\d{4})(\d{2})(\d{2})$"
    last = r"^(\d{1,2})-(\d{1,2})-(\d{4})$"
    firsts = parts.str.extract(last, 1).cast(pl.Int32)
    day_first = bool((firsts > 12).any())
    d, m = (1, 2) if day_first else (2, 1)

    def group(n: int, other: int) -> pl.Expr:
        text = pl.col("parts")
        return pl.coalesce(
            text.str.extract(ymd, n), text.str.extract(compact, n), text.str.extract(last, other)
        )

    frame = frame.with_columns(
        pl.concat_str(
            group(1, 3), group(2, m).str.zfill(2), group(3, d).str.zfill(2)
        ).alias("birth"),
        pl.coalesce(group(1, 3), pl.col("parts").str.extract(r"^(\d{4})(?:-?\d{1,2})?$", 1)).alias("birth_year"),
    )  # fmt: skip
    day = frame["birth"].str.to_date("%Y%m%d", strict=False).to_physical().cast(pl.Int32)
    return frame.select("birth", "birth_year").with_columns(
        day.alias("birth_day"), pl.col("birth_year").is_not_null().alias("birth_stated")
    )


def _months_in_digits(dates: pl.Series) -> pl.Series:
    """Write 7 Mar 1990 and Mar 7, 1990 as 1990-3-7."""
    for month, name in enumerate(calendar.month_abbr[1:], start=1):
        word = rf"{name.lower()}[a-z]*\.?"
        dates = dates.str.replace(rf"^(\d{{1,2}})\D*{word}\D*(\d{{4}})$", f"$2-{month}-$1")
        dates = dates.str.replace(rf"^{word}\D*(\d{{1,2}})\D+(\d{{4}})$", f"$2-{month}-$1")
        dates = dates.str.replace(rf"^(\d{{4}})\D*{word}\D*(\d{{1,2}})$", f"$1-{month}-$2")
    return dates


def _centuries(parts: pl.Series) -> pl.Series:
    """Write years of two digits in full: nobody who is registered was born before 1927 or is to be born."""
    short = parts.str.extract(r"^(\d{2})(?:-\d{1,2}-\d{1,2}|\d{4})$", 1).cast(pl.Int32)
    # 199003 is a month, 900307 a day
    month = parts.str.contains(r"^(?:18|19|20)\d{4}$")
    written = pl.select(
        pl.when(short.is_null() | month)
        .then(parts)
        .when(short > _LAST_YEAR)
        .then(pl.lit("19") + parts)
        .otherwise(pl.lit("20") + parts)
    )
    return written.to_series()


def _filled(features: pl.DataFrame) -> pl.DataFrame:
    """
    Fill birth and sex from a sound identity number where they were not stated.

    A number is strange that tells another birth than the record: most likely it is a relative's.
    """
    own = pl.when(pl.col("id_valid")).then(pl.col("id_text").str.slice(6, 8))
    mask = pl.when(pl.col("id_mask").str.contains(r"^.{6}\d{8}.{4}$")).then(pl.col("id_mask").str.slice(6, 8))
    known = pl.coalesce(own, mask)
    order = pl.col("id_text").str.slice(16, 1).cast(pl.Int32, strict=False)
    sex = pl.when(pl.col("id_valid")).then(pl.when(order % 2 == 1).then(pl.lit("M")).otherwise(pl.lit("F")))
    other_year = own.str.slice(0, 4) != pl.col("birth_year")
    other_day = own.str.slice(4) != pl.col("birth").str.slice(4)
    return features.with_columns(
        (other_year & other_day).fill_null(value=False).alias("id_strange"),
        pl.coalesce("birth", pl.when(pl.col("birth_year").is_null()).then(known)).alias("birth"),
        pl.coalesce("birth_year", known.str.slice(0, 4)).alias("birth_year"),
        pl.coalesce(
            "birth_day", pl.when(pl.col("birth_year").is_null())
            .then(known.str.to_date("%Y%m%d", strict=False).to_physical().cast(pl.Int32))
        ).alias("birth_day"),
        pl.coalesce("sex", sex).alias("sex"),
    )  # fmt: skip
