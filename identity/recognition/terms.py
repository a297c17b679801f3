"""What two regions agreed on: one version of an agreement's rules, as data that both have signed."""

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, ValidationError

from domain.errors import InvalidInputError
from identity.recognition.reasons import ClaimKind


class HoursClass(StrEnum):
    """How minutes were taken down where they were served."""

    CLOCKED = "clocked"
    MANUAL = "manual"


class Relation(StrEnum):
    """What a source's code is to ours: the same, a wider notion, or a part of it."""

    EXACT = "exact"
    BROADER = "broader"
    NARROWER = "narrower"


class AfterEnd(StrEnum):
    """What becomes of recognised claims when the agreement ends."""

    KEEP = "keep"
    WITHDRAW = "withdraw"


def _at_most_one(value: Fraction) -> Fraction:
    if not 0 <= value <= 1:
        raise ValueError("a factor lies between 0 and 1: recognition makes no minutes")
    return value


Factor = Annotated[
    Fraction,
    AfterValidator(_at_most_one),
    PlainSerializer(str, return_type=str),
]
"""An exact factor, as ``1``, ``1/2`` or ``0.5``."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Equivalence(_Strict):
    """
    What a code of the source stands for here.

    ``relation`` says what ``source`` is to ``target``: a narrower notion grants the wider one, never the other way.
    ``valid_months`` ends what it grants so long after it was completed, if the source's own end is not earlier.
    """

    kind: ClaimKind
    source: str = Field(min_length=1, max_length=120)
    target: str = Field(min_length=1, max_length=120)
    relation: Relation
    needs_refresh: bool = False
    valid_months: int | None = Field(default=None, ge=1, le=600)


class Terms(_Strict):
    """
    Rules of one version of an agreement, from one region to another.

    Parameters
    ----------
    kinds
        Kinds of claims that are recognised at all.
    factors
        Share of minutes that counts, by how they were taken down; what was written by hand counts nothing
        unless the agreement says so.
    longest_day_min
        Minutes on one civil day beyond which a person looks at them.
    daily_cap_min, lifetime_cap_min
        Most minutes that are recognised for one person, on one civil day and in all; None: no cap.
    status_max_age_s, types
        Oldest status list that is believed, and kinds of credentials; read by whoever verifies.
    automatic
        Whether anything is recognised without a person.
    above_source_star
        Whether recognised hours may lead to a higher star than the holder has at home.
    after_end
        What becomes of recognised claims when the agreement ends.
    review_days
        Days within which a review has to be answered; nothing becomes automatic by waiting.
    """

    kinds: frozenset[ClaimKind] = frozenset(ClaimKind)
    factors: Mapping[HoursClass, Factor] = Field(
        default_factory=lambda: {HoursClass.CLOCKED: Fraction(1), HoursClass.MANUAL: Fraction(0)}
    )
    longest_day_min: int = Field(default=16 * 60, ge=1, le=24 * 60)
    daily_cap_min: int | None = Field(default=None, ge=0, le=24 * 60)
    lifetime_cap_min: int | None = Field(default=None, ge=0)
    equivalences: tuple[Equivalence, ...] = ()
    status_max_age_s: int | None = Field(default=None, ge=60)
    types: tuple[str, ...] | None = None
    automatic: bool = True
    above_source_star: bool = False
    after_end: AfterEnd = AfterEnd.KEEP
    review_days: int = Field(default=15, ge=1, le=90)

    def factor(self, taken_down: HoursClass) -> Fraction:
        """Give the share of minutes that counts."""
        return self.factors.get(taken_down, Fraction(0))

    def equivalents(self, kind: ClaimKind, source: str) -> tuple[Equivalence, ...]:
        """Give what a code of the source stands for here, in the order of the agreement."""
        return tuple(each for each in self.equivalences if each.kind is kind and each.source == source)


def read_terms(rules: object) -> Terms:
    """
    Read the rules of an agreement.

    Raises
    ------
    InvalidInputError
        They are not the rules of an agreement; says where.
    """
    try:
        return Terms.model_validate(rules)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "rules"
        raise InvalidInputError(f"{where}: {first['msg']}", field=where, value=str(first["input"])) from error
