"""
Statements of one month that two regions hold against each other, and what differs between them.

The region that recognises states what it counts of the other's credentials; the region that issues states what its
credentials are worth and which hold no more. Each is signed by its region and names credentials and entries by the
other side's own numbers: nothing of a person stands in it.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.errors import InvalidInputError
from domain.time import CIVIL_ZONE
from identity.jose.algorithms import Profile
from identity.jose.encoding import JsonObject
from identity.jose.jwk import Signer
from identity.jose.jws import open_compact, sign_compact
from identity.trust.bundle import TrustBundle
from identity.verdicts import Refused, VerdictCode

STATEMENT_TYPE = "recognition-statement+jws"
_PERIOD = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")
_LONGEST = 32 * 1024 * 1024


class StatementKind(StrEnum):
    """Which side states."""

    RECOGNISED = "recognised"
    ISSUED = "issued"

    @property
    def answer(self) -> "StatementKind":
        """What the other side states of the same."""
        return StatementKind.ISSUED if self is StatementKind.RECOGNISED else StatementKind.RECOGNISED


class DifferenceKind(StrEnum):
    """How two regions can differ on one credential or one entry of it."""

    MISSING = "MISSING"  # counted there, never issued here
    DOUBLE = "DOUBLE"  # one entry is counted twice
    REVOKED = "REVOKED"  # counted, though its credential holds no more
    DIFFERS = "DIFFERS"  # counted with more minutes than were recorded


class Item(BaseModel):
    """
    One line of a statement.

    Parameters
    ----------
    credential
        ``jti`` of the credential.
    subject
        The entry of it that counts, by the issuer's number; None tells of the credential as a whole.
    minutes
        Of the source: what was counted before any factor, or what the credential tells of.
    holds
        Whether it counts, or whether the credential holds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    credential: str = Field(min_length=1, max_length=256)
    subject: str | None = Field(default=None, max_length=256)
    minutes: int = Field(ge=0)
    holds: bool


class Statement(BaseModel):
    """
    What a region states of one month.

    Parameters
    ----------
    stated_by, stated_to
        Codes of the regions.
    issuer
        The registry whose credentials it is about.
    period
        The civil month, as ``2026-03``.
    at
        When it was made, in seconds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: StatementKind
    stated_by: str = Field(min_length=1)
    stated_to: str = Field(min_length=1)
    agreement: str = Field(min_length=1)
    issuer: str = Field(min_length=1)
    period: str = Field(pattern=_PERIOD.pattern)
    at: int = Field(ge=0)
    items: tuple[Item, ...]

    def document(self) -> JsonObject:
        """Write it as it is signed."""
        return self.model_dump(mode="json")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Difference:
    """
    One thing on which two statements differ.

    Parameters
    ----------
    counted_min
        What the recognising side counts, in minutes of the source.
    recorded_min
        What the issuing side has of it now.
    """

    kind: DifferenceKind
    credential: str
    subject: str | None
    counted_min: int
    recorded_min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """
    A credential as its issuer knows it now.

    Parameters
    ----------
    minutes
        What it tells of.
    holds
        Whether the status list says that it holds.
    entries
        Minutes of its entries as they are recorded now, by the number under which it tells of them; None where the
        issuer's statement tells of the whole alone.
    """

    minutes: int
    holds: bool
    entries: Mapping[str, int] | None = None


def month(period: str) -> tuple[datetime, datetime]:
    """
    Give the half-open span of a civil month of China, in UTC.

    Raises
    ------
    InvalidInputError
        Not a month.

    Examples
    --------
    >>> month("2026-03")[0].isoformat()
    '2026-02-28T16:00:00+00:00'
    """
    if _PERIOD.fullmatch(period) is None:
        raise InvalidInputError("a month looks like 2026-03", field="period", value=period)
    year, number = int(period[:4]), int(period[5:])
    first = date(year, number, 1)
    after = date(year + number // 12, number % 12 + 1, 1)
    start, end = (
        datetime(day.year, day.month, day.day, tzinfo=CIVIL_ZONE).astimezone(UTC) for day in (first, after)
    )
    return start, end


def month_before(day: date) -> str:
    """
    Give the civil month before that of a day.

    Examples
    --------
    >>> month_before(date(2026, 1, 31))
    '2025-12'
    """
    return f"{day.replace(day=1) - timedelta(days=1):%Y-%m}"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Side:
    """
    One half of a month between two regions: what this region states to the other, which states the rest.

    Parameters
    ----------
    month
        A civil month, as ``2026-03``.
    partner
        The other region.
    issuer
        The registry whose credentials it is about: theirs in what was recognised, ours in what was issued.
    """

    month: str
    agreement: str
    partner: str
    issuer: str
    kind: StatementKind

    @property
    def id(self) -> str:
        """A key made of all that it is."""
        return hashlib.sha256("\n".join(astuple(self)).encode()).hexdigest()[:32]


def sides_of(bundle: TrustBundle, period: str, *, own: str) -> tuple[Side, ...]:
    """
    Give what is to be settled of a month, by all agreements that held in it.

    Parameters
    ----------
    own
        This installation's registry; other registries of its region settle for themselves.

    Raises
    ------
    InvalidInputError
        Not a month.
    """
    since, until = (int(moment.timestamp()) for moment in month(period))
    home, found = bundle.home, set[Side]()
    for agreement in bundle.agreements:
        if home not in agreement.regions or not agreement.held_within(since, until):
            continue
        (partner,) = set(agreement.regions) - {home}
        stated: list[tuple[str, StatementKind]] = []
        if agreement.covers(partner, home):
            theirs = (each.issuer for each in bundle.registries.values() if each.region == partner)
            stated += [(issuer, StatementKind.RECOGNISED) for issuer in theirs]
        ours = bundle.registries.get(own)
        if agreement.covers(home, partner) and ours is not None and ours.region == home:
            stated.append((own, StatementKind.ISSUED))
        found |= {
            Side(month=period, agreement=agreement.id, partner=partner, issuer=issuer, kind=kind)
            for issuer, kind in stated
        }
    return tuple(sorted(found))


def sign_statement(statement: Statement, key: Signer, key_id: str) -> str:
    """Give the signed text of a statement."""
    return sign_compact(statement.document(), key, type_=STATEMENT_TYPE, key_id=key_id)


def open_statement(text: str, bundle: TrustBundle, *, home: str) -> Statement:
    """
    Read a statement that another region made for this one.

    Only a key of that region which the bundle names, and which held when it was made, opens it.

    Raises
    ------
    Refused
        Unreadable, of an unknown region or key, not signed by it, or made for somebody else.
    """
    signed = open_compact(text.strip(), {STATEMENT_TYPE}, Profile.INTERNATIONAL, limit=_LONGEST)
    try:
        statement = Statement.model_validate(signed.payload)
    except ValidationError:
        raise Refused(VerdictCode.MALFORMED, "not a statement of a month") from None
    region = bundle.regions.get(statement.stated_by)
    key = None if region is None or signed.key_id is None else region.keys.get(signed.key_id)
    if key is None:
        raise Refused(VerdictCode.KEY_UNKNOWN, statement.stated_by)
    key.check(statement.at)
    signed.check(key.key)
    if statement.stated_to != home:
        raise Refused(VerdictCode.BINDING_AUDIENCE, statement.stated_to)
    return statement


def differences(counted: Sequence[Item], issued: Mapping[str, Issued]) -> tuple[Difference, ...]:
    """
    Hold what one side counts against what the other has issued.

    Parameters
    ----------
    counted
        Lines of the recognising side, ``minutes`` being those of the source; what no longer counts is left out.
    issued
        Credentials of the issuing side by their number.

    Returns
    -------
    tuple of Difference
        Sorted. A line differs in one way alone: a credential that was never issued is not also revoked.
    """
    lines = [item for item in counted if item.holds]
    often = Counter(item.subject for item in lines if item.subject is not None)
    told = Counter[str]()
    for item in lines:
        told[item.credential] += item.minutes
    found: set[Difference] = set()
    for item in lines:
        known = issued.get(item.credential)
        recorded = 0 if known is None else _recorded(item, known)
        kind = _kind(item, known, recorded, often[item.subject or ""], told[item.credential])
        if kind is not None:
            found.add(
                Difference(
                    kind=kind,
                    credential=item.credential,
                    subject=item.subject,
                    counted_min=item.minutes,
                    recorded_min=recorded,
                )
            )
    return tuple(
        sorted(found, key=lambda one: (one.kind, one.credential, one.subject or "", one.counted_min))
    )


def _recorded(item: Item, known: Issued) -> int:
    if known.entries is None or item.subject is None:
        return known.minutes
    return known.entries.get(item.subject, known.minutes if "#" in item.subject else 0)


def _kind(item: Item, known: Issued | None, recorded: int, often: int, told: int) -> DifferenceKind | None:
    if known is None:
        return DifferenceKind.MISSING
    if not known.holds:
        return DifferenceKind.REVOKED
    if often > 1 and item.subject is not None and "#" not in item.subject:
        return DifferenceKind.DOUBLE
    if item.minutes > recorded or told > known.minutes:
        return DifferenceKind.DIFFERS
    return None
