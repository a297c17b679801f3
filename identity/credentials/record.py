"""
A volunteer's record as claims: article 4 of the rules on recording volunteer service (Order 67 of 2021).

Personal basics, service, training, commendation, evaluation. Everything of the person can be kept back; every entry of
service is shown or kept back by itself. The number of an identity document is never in it, only its mask.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.errors import InvalidInputError
from identity.credentials.issue import Selective
from identity.documents import Members
from identity.jose.encoding import Json, JsonObject
from identity.verdicts import Refused, VerdictCode

RECORD_TYPE = "urn:cn:volunteer:record:1"
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceEntry:
    """
    One service, as the registry recorded it.

    Parameters
    ----------
    id
        The registry's own number of it: hours are counted once by (issuer, id).
    start, end
        Seconds, half-open.
    minutes
        What was granted; never more than the time between.
    clocked
        Taken down by a system at check-in and check-out, rather than by hand.
    """

    id: str
    start: int
    end: int
    minutes: int
    clocked: bool
    category: str = ""

    def __post_init__(self) -> None:
        if self.end <= self.start or not 0 <= self.minutes * 60 <= self.end - self.start:
            raise InvalidInputError("an entry grants no more than the time between", id=self.id)

    def document(self) -> JsonObject:
        """Write it as an element of ``entries``."""
        return {
            "id": self.id,
            "start": self.start,
            "end": self.end,
            "minutes": self.minutes,
            "clocked": self.clocked,
            "category": self.category,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class VolunteerRecord:
    """
    What a registry certifies of a volunteer.

    Parameters
    ----------
    clocked_minutes, manual_minutes
        Totals by how they were taken down, over the whole period, kept apart so that each has its own factor.
    level
        Star by the issuer's own scheme: ``{"scheme", "star", "on"}``; never mapped to a star of another scheme.
    training, skills, awards
        Objects with at least a ``code``.
    """

    name: str
    birth_date: str = ""
    gender: str = ""
    id_mask: str = ""
    phone: str = ""
    period_from: int
    period_to: int
    clocked_minutes: int
    manual_minutes: int
    entries: tuple[ServiceEntry, ...] = ()
    level: JsonObject | None = None
    training: tuple[JsonObject, ...] = ()
    skills: tuple[JsonObject, ...] = ()
    awards: tuple[JsonObject, ...] = ()

    def claims(
        self, *, issuer: str, credential_id: str, issued_at: int, expires_at: int, schemes: Mapping[str, str]
    ) -> dict[str, object]:
        """
        Give the claims of a credential, the person's wrapped to be kept back.

        Parameters
        ----------
        schemes
            Ids of the schemes that levels, skills and categories are named in; they stay clear.
        """
        claims: dict[str, object] = {
            "iss": issuer,
            "vct": RECORD_TYPE,
            "jti": credential_id,
            "iat": issued_at,
            "nbf": issued_at,
            "exp": expires_at,
            "schemes": dict(schemes),
        }
        texts = {
            "name": self.name,
            "birthdate": self.birth_date,
            "gender": self.gender,
            "id_mask": self.id_mask,
            "phone": self.phone,
        }
        claims |= {name: Selective(value) for name, value in texts.items() if value}
        claims["minutes"] = Selective({"clocked": self.clocked_minutes, "manual": self.manual_minutes})
        claims["period_from"] = Selective(self.period_from)
        claims["period_to"] = Selective(self.period_to)
        if self.level is not None:
            claims["level"] = Selective(self.level)
        lists: dict[str, list[JsonObject]] = {
            "entries": [each.document() for each in self.entries],
            "training": list(self.training),
            "skills": list(self.skills),
            "awards": list(self.awards),
        }
        claims |= {name: [Selective(each) for each in values] for name, values in lists.items() if values}
        return claims


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRecord:
    """
    What a presentation shows of a record; None and empty where it was kept back.

    Parameters
    ----------
    minutes
        Totals, clocked and manual.
    period
        Seconds, half-open.
    """

    name: str | None
    birth_date: str | None
    gender: str | None
    id_mask: str | None
    phone: str | None
    minutes: tuple[int, int] | None
    period: tuple[int, int] | None
    entries: tuple[ServiceEntry, ...]
    level: JsonObject | None
    training: tuple[JsonObject, ...]
    skills: tuple[JsonObject, ...]
    awards: tuple[JsonObject, ...]


def read_record(claims: JsonObject, now: int) -> ShownRecord | str:
    """
    Read the accepted claims of a record, or name the member that is wrong.

    Hours that cannot be are wrong: negative, fractional, longer than their time, in the future, the same entry twice.
    """
    try:
        return _read(Members(claims, "record", VerdictCode.CLAIM_MALFORMED), now)
    except Refused as refusal:
        return refusal.detail


def _read(record: Members, now: int) -> ShownRecord:
    value = record.value
    period = None
    if "period_from" in value and "period_to" in value:
        period = record.moment("period_from"), record.moment("period_to")
        if not period[0] <= period[1] <= now:
            raise record.wrong("period_to")
    minutes = None
    if "minutes" in value:
        totals = Members(value["minutes"], "record.minutes", VerdictCode.CLAIM_MALFORMED)
        minutes = totals.integer("clocked"), totals.integer("manual")
        if period is not None and sum(minutes) * 60 > period[1] - period[0]:
            raise record.wrong("minutes")
    entries = tuple(_entry(each, now) for each in record.inner("entries"))
    if len({each.id for each in entries}) != len(entries):
        raise record.wrong("entries")
    level = record.object_or_empty("level")
    return ShownRecord(
        name=_text(record, "name"),
        birth_date=_text(record, "birthdate"),
        gender=_text(record, "gender"),
        id_mask=_text(record, "id_mask"),
        phone=_text(record, "phone"),
        minutes=minutes,
        period=period,
        entries=entries,
        level=level or None,
        training=_objects(record, "training"),
        skills=_objects(record, "skills"),
        awards=_objects(record, "awards"),
    )


def _text(record: Members, name: str) -> str | None:
    return record.text(name) if name in record.value else None


def _objects(record: Members, name: str) -> tuple[JsonObject, ...]:
    return tuple(each.value for each in record.inner(name))


def _entry(member: Members, now: int) -> ServiceEntry:
    start, end, minutes = member.moment("start"), member.moment("end"), member.integer("minutes")
    if not start < end <= now or minutes * 60 > end - start or minutes > _DAY_MINUTES:
        raise member.wrong("minutes")
    return ServiceEntry(
        id=member.text("id"),
        start=start,
        end=end,
        minutes=minutes,
        clocked=member.flag("clocked"),
        category=_category(member.value.get("category")),
    )


def _category(value: Json) -> str:
    return value if isinstance(value, str) else ""
