"""
How two records are compared, field by field: levels from the strongest agreement to none.

Levels are SQL over the features of two records, ``..._l`` and ``..._r``. The first level that holds is the level of the
pair; a field that one of the records does not state says nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass

ELSE = "else"


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """
    One degree of agreement.

    Parameters
    ----------
    label
        Its name in evidence and in parameters.
    sql
        When it holds.
    frequency
        Feature whose frequency replaces the share of chance agreements: sharing a rare name says more.
    """

    label: str
    sql: str
    frequency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A field of both records."""

    field: str
    absent: str
    levels: tuple[Level, ...]
    features: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels from the strongest level to ``else``."""
        return (*(level.label for level in self.levels), ELSE)


def _absent(feature: str) -> str:
    return f"{feature}_l IS NULL OR {feature}_r IS NULL"


def _equal(feature: str) -> str:
    return f"{feature}_l = {feature}_r"


def _not_other(feature: str) -> str:
    return f"coalesce({_equal(feature)}, TRUE)"


def _near(feature: str, share: float) -> str:
    return f"jaro_winkler_similarity({feature}_l, {feature}_r) >= {share}"


def _edit(feature: str, edits: int = 1) -> str:
    return f"damerau_levenshtein({feature}_l, {feature}_r) <= {edits}"


def _masked(mask: str, text: str) -> str:
    """Compatible where one is masked and the other is whole, or both hide the same."""
    return (
        f"({mask}_l IS NOT NULL AND {text}_r LIKE {mask}_l) OR ({mask}_r IS NOT NULL AND {text}_l LIKE {mask}_r)"
        f" OR {mask}_l = {mask}_r"
    )


_NAME = Comparison(
    field="name",
    absent="(name_key_l IS NULL AND name_mask_l IS NULL) OR (name_key_r IS NULL AND name_mask_r IS NULL)",
    levels=(
        Level(label="exact", sql=_equal("name_key"), frequency="name_key"),
        Level(label="sounds", sql=_equal("name_sounds"), frequency="name_sound_set"),
        Level(
            label="sound_set",
            sql=f"{_equal('name_sound_set')} OR {_equal('name_letters')}"
            " OR name_other_l = name_sound_set_r OR name_sound_set_l = name_other_r",
            frequency="name_sound_set",
        ),
        Level(
            label="partial",
            sql="(name_mask_l IS NOT NULL AND name_key_r LIKE name_mask_l)"
            " OR (name_mask_r IS NOT NULL AND name_key_l LIKE name_mask_r)",
        ),
        Level(
            label="near",
            sql=f"({_equal('name_surname')} AND length(name_key_l) >= 3 AND length(name_key_r) >= 3"
            f" AND {_edit('name_key')})"
            f" OR {_equal('name_dialect')}"
            f" OR (length(name_sounds_l) >= 16 AND length(name_sounds_r) >= 16 AND {_near('name_sounds', 0.92)})"
            " OR (name_parts_l IS NOT NULL AND length(name_key_r) >= 2 AND contains(name_parts_l, name_key_r))"
            " OR (name_parts_r IS NOT NULL AND length(name_key_l) >= 2 AND contains(name_parts_r, name_key_l))",
        ),
        Level(
            label="surname",
            sql=f"{_equal('name_surname')}"
            " OR (name_kind_l = 'latin' AND contains(' ' || name_sounds_l || ' ', ' ' || name_surname_r || ' '))"
            " OR (name_kind_r = 'latin' AND contains(' ' || name_sounds_r || ' ', ' ' || name_surname_l || ' '))",
        ),
    ),
    features=(
        "name_key", "name_sounds", "name_sound_set", "name_letters", "name_other", "name_mask", "name_surname",
        "name_dialect", "name_parts", "name_kind",
    ),
)  # fmt: skip

_ID = Comparison(
    field="id",
    absent="(id_text_l IS NULL AND id_mask_l IS NULL AND id_hash_l IS NULL)"
    " OR (id_text_r IS NULL AND id_mask_r IS NULL AND id_hash_r IS NULL)"
    " OR (id_text_l IS NULL AND id_mask_l IS NULL AND id_hash_r IS NULL)"
    " OR (id_text_r IS NULL AND id_mask_r IS NULL AND id_hash_l IS NULL)"
    # of two masks only what both show can be compared
    " OR (id_text_l IS NULL AND id_text_r IS NULL AND (id_hash_l IS NULL OR id_hash_r IS NULL)"
    " AND id_mask_l <> id_mask_r"
    " AND (id_last_2_l IS NULL OR id_last_2_r IS NULL OR id_head_l IS NULL OR id_head_r IS NULL))",
    levels=(
        Level(label="exact", sql=f"{_equal('id_text')} OR {_equal('id_hash')}"),
        Level(label="near", sql=f"NOT (id_valid_l AND id_valid_r) AND {_edit('id_text')}"),
        Level(
            label="masked",
            sql=f"(id_hash_l IS NULL OR id_hash_r IS NULL) AND ({_masked('id_mask', 'id_text')}"
            " OR (id_mask_l IS NOT NULL AND id_mask_r IS NOT NULL"
            " AND id_head_l = id_head_r AND id_last_2_l = id_last_2_r"
            f" AND {_not_other('id_tail')} AND {_not_other('id_area')}))",
        ),
        Level(
            label="damaged",
            sql=f"NOT (id_valid_l AND id_valid_r) AND length(id_text_l) > 8 AND {_edit('id_text', 3)}",
        ),
    ),
    features=("id_text", "id_mask", "id_hash", "id_valid", "id_head", "id_area", "id_tail", "id_last_2"),
)

_PHONE = Comparison(
    field="phone",
    absent="(phone_l IS NULL AND phone_mask_l IS NULL) OR (phone_r IS NULL AND phone_mask_r IS NULL)",
    levels=(
        Level(label="exact", sql=_equal("phone"), frequency="phone"),
        Level(label="near", sql=_edit("phone")),
        Level(label="masked", sql=_masked("phone_mask", "phone")),
    ),
    features=("phone", "phone_mask"),
)

_BIRTH = Comparison(
    field="birth",
    absent=_absent("birth_year"),
    levels=(
        Level(
            label="year_known",
            sql=f"{_equal('birth_year')} AND (birth_l IS NULL OR birth_r IS NULL"
            " OR substr(birth_l, 5) = '0101' OR substr(birth_r, 5) = '0101')",
        ),
        Level(label="exact", sql=_equal("birth")),
        Level(
            label="near",
            sql=f"{_edit('birth')} OR (substr(birth_l, 1, 4) = substr(birth_r, 1, 4)"
            " AND substr(birth_l, 5, 2) = substr(birth_r, 7, 2) AND substr(birth_l, 7, 2) = substr(birth_r, 5, 2))",
        ),
        Level(label="lunar", sql="abs(birth_day_l - birth_day_r) BETWEEN 15 AND 55"),
        Level(label="year", sql=_equal("birth_year")),
    ),
    features=("birth", "birth_year", "birth_day"),
)


def _plain(
    field: str, *, frequency: bool = False, near: float | None = None, far: float | None = None
) -> Comparison:
    levels = [Level(label="exact", sql=_equal(field), frequency=field if frequency else None)]
    if near is not None:
        levels.append(Level(label="near", sql=_near(field, near)))
    if far is not None:
        levels.append(Level(label="far", sql=_near(field, far)))
    return Comparison(field=field, absent=_absent(field), levels=tuple(levels), features=(field,))


def _part(field: str, other: str) -> Comparison:
    """A part of a name, which clerks take for the other part, shorten to a letter, or misspell."""
    return Comparison(
        field=field,
        absent=_absent(field),
        levels=(
            Level(label="exact", sql=_equal(field), frequency=field),
            Level(label="near", sql=_near(field, 0.92)),
            Level(label="swapped", sql=f"{field}_l = {other}_r OR {other}_l = {field}_r"),
            Level(label="far", sql=f"{_near(field, 0.8)} OR (least(length({field}_l), length({field}_r)) = 1"
                  f" AND substr({field}_l, 1, 1) = substr({field}_r, 1, 1))"),
        ),
        features=(field, other),
    )  # fmt: skip


_ADDRESS = Comparison(
    field="address",
    absent=_absent("address_tail"),
    levels=(
        Level(
            label="exact",
            sql=f"{_equal('address_tail')} AND length(address_tail_l) >= 4",
            frequency="address_tail",
        ),
        Level(label="near", sql=_near("address_tail", 0.92)),
        Level(label="far", sql=_near("address_tail", 0.8)),
    ),
    features=("address_tail",),
)

_EDITED = {
    field: Comparison(
        field=field,
        absent=_absent(field),
        levels=(
            Level(label="exact", sql=_equal(field), frequency=field),
            Level(label="near", sql=_edit(field)),
        ),
        features=(field,),
    )
    for field in ("postcode", "street_number")
}

_SHARED = (_ID, _PHONE, _BIRTH, _plain("sex"), _ADDRESS, _plain("region", frequency=True))
_PARTS = (
    _part("given", "family"), _part("family", "given"), _plain("street", frequency=True, near=0.9, far=0.75),
    _EDITED["street_number"], _plain("locality", frequency=True, near=0.9),
    _plain("suburb", frequency=True, near=0.9), _EDITED["postcode"], _plain("state"),
    _plain("email", near=0.92), _plain("occupation", frequency=True),
    _plain("birth_place", frequency=True, near=0.9),
)  # fmt: skip

HAN = (_NAME, *_SHARED, *_PARTS[2:])
"""Comparisons of registers that write names in characters or in the letters of pinyin."""

LATIN = (*_PARTS[:2], *_SHARED, *_PARTS[2:])
"""Comparisons of registers of given names and surnames."""


def features_of(comparisons: Iterable[Comparison]) -> tuple[str, ...]:
    """Features that comparisons read, each once."""
    return tuple(dict.fromkeys(feature for comparison in comparisons for feature in comparison.features))


def frequencies_of(comparisons: Iterable[Comparison]) -> tuple[str, ...]:
    """Features whose frequencies comparisons use."""
    return tuple(
        dict.fromkeys(
            level.frequency for comparison in comparisons for level in comparison.levels if level.frequency
        )
    )
