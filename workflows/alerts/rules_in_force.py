"""
Groups and rules in force on a day at a place.

``data/alerts/default.toml`` holds everywhere; files of regions, shipped or adopted into the graph, override lists by
name, groups by slot and rules by code inside their subtree, the narrowest last.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import Field, ValidationError, model_validator

from domain.alerts import AlertPriority, RuleFamily
from domain.errors import PolicyError
from domain.needs import NeedCategory
from locales import Locale, catalogue
from workflows.alerts.conditions import (
    CHILD_CODES,
    Condition,
    lists_of,
    longest_days,
    require_shallow,
    situations_of,
)
from workflows.dated import Strict

_PACKAGE = "data.alerts"
SLOTS = 13
MOST_CHARACTERS = 200_000
"""The longest file of rules that anybody may propose."""

Code = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,39}$")]


class ListName(Strict):
    """How a department's list is known in the graph."""

    department: str
    event: str


class _Worded(Strict):
    """Something with a code, words, and who says so."""

    code: Code
    source: Annotated[str, Field(min_length=3)]
    words: Mapping[Locale, str] = Field(default_factory=dict)
    when: Condition

    @model_validator(mode="after")
    def _readable(self) -> "_Worded":
        require_shallow(self.when)
        return self

    @property
    def child(self) -> bool:
        """Whether it looks at what is child protection's: then its roles alone see what comes of it (HC-25)."""
        return bool(situations_of(self.when) & CHILD_CODES)


class RiskGroup(_Worded):
    """One of the slots: who belongs to it."""

    slot: int = Field(ge=1, le=SLOTS)

    def title(self, locale: Locale) -> str:
        """Name it for people: its own words, else those of its code."""
        return self.words.get(locale) or catalogue(locale).get(f"alerts.group.{self.code}", self.code)


class AlertRule(_Worded):
    """
    When an alert is raised, and what is expected of those who get it.

    ``quiet_days`` is for how long the same facts are not raised again after a decision; ``need_category`` what a need
    made of the alert is about.
    """

    family: RuleFamily
    priority: AlertPriority
    due_days: int = Field(ge=1, le=366)
    quiet_days: int = Field(ge=1, le=3660)
    need_category: NeedCategory

    @model_validator(mode="after")
    def _behind_the_wall(self) -> "AlertRule":
        walled = {
            self.family is RuleFamily.CHILD,
            self.need_category is NeedCategory.CHILD_PROTECT,
            self.child,
        }
        if len(walled) > 1:
            raise ValueError(
                "a rule that looks at children's situations is of the family CHILD and makes needs CHILD_PROTECT,"
                " and no other rule is or does (HC-25)"
            )
        return self

    def title(self, locale: Locale) -> str:
        """Name it for people: its own words, else those of its code."""
        return self.words.get(locale) or catalogue(locale).get(f"alerts.rule.{self.code}", self.code)


class _Version(Strict):
    id: Annotated[str, Field(min_length=1, max_length=80)]
    effective_from: date
    lists: Mapping[Code, ListName] = Field(default_factory=dict)
    groups: tuple[RiskGroup, ...] = ()
    rules: tuple[AlertRule, ...] = ()
    off: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> "_Version":
        for what, keys in (
            ("slot", [str(group.slot) for group in self.groups]),
            ("group", [group.code for group in self.groups]),
            ("rule", [rule.code for rule in self.rules]),
        ):
            twice = sorted({key for key in keys if keys.count(key) > 1})
            if twice:
                raise ValueError(f"a {what} stands twice: {twice}")
        return self


class RuleFile(Strict):
    """What one region says, version after version."""

    region_path: Annotated[str, Field(pattern=r"^/([^/]+/)*$")]
    versions: Annotated[tuple[_Version, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _dated_apart(self) -> "RuleFile":
        days = [version.effective_from for version in self.versions]
        ids = [version.id for version in self.versions]
        if len(set(days)) < len(days) or len(set(ids)) < len(ids):
            raise ValueError("versions have ids and first days of their own")
        return self

    def on(self, day: date) -> _Version | None:
        """Give the latest version in force on the day."""
        past = [version for version in self.versions if version.effective_from <= day]
        return max(past, key=lambda version: version.effective_from, default=None)


class RuleBook(Strict):
    """Everything in force at a place on a day."""

    id: str
    lists: Mapping[str, ListName]
    groups: tuple[RiskGroup, ...]
    rules: tuple[AlertRule, ...]

    @model_validator(mode="after")
    def _whole(self) -> "RuleBook":
        for each in (*self.groups, *self.rules):
            unknown = sorted(lists_of(each.when) - set(self.lists))
            if unknown:
                raise ValueError(f"{each.code} reads lists that have no name: {unknown}")
        codes = [group.code for group in self.groups]
        if len(set(codes)) < len(codes):
            raise ValueError(
                f"a group has two slots: {sorted({code for code in codes if codes.count(code) > 1})}"
            )
        return self

    def days_back(self) -> int:
        """Give how far back the rules look."""
        return max((longest_days(each.when) for each in (*self.groups, *self.rules)), default=0)

    def events(self) -> frozenset[str]:
        """Give the events of all lists that some condition reads."""
        used = frozenset[str]().union(*(lists_of(each.when) for each in (*self.groups, *self.rules)))
        return frozenset(self.lists[name].event for name in used)


def read_rule_file(text: str, name: str) -> RuleFile:
    """
    Read a file of rules.

    Raises
    ------
    PolicyError
        Too long, no TOML, or something in it is not as it must be; the message says where.
    """
    if len(text) > MOST_CHARACTERS:
        raise PolicyError(f"rule file {name}: longer than {MOST_CHARACTERS} characters", file=name)
    try:
        return RuleFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"rule file {name}: {error}", file=name, where=str(error)) from error
    except (ValidationError, RecursionError) as error:
        raise PolicyError(f"rule file {name}: {_where(error)}", file=name, where=_where(error)) from error


def _where(error: ValidationError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return "parts stand too deep"
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'file'}: {first['msg']}"


@cache
def shipped_files() -> Mapping[str, RuleFile]:
    """Give the files that ship with the program, by name."""
    found = {
        file.name: read_rule_file(file.read_text("utf-8"), file.name)
        for file in files(_PACKAGE).iterdir()
        if file.name.endswith(".toml")
    }
    return dict(sorted(found.items()))


def around(held: Iterable[RuleFile], region_path: str) -> list[RuleFile]:
    """Give the files that hold at a place, the widest first; of one region's the later goes before the earlier."""
    return sorted(
        (file for file in held if region_path.startswith(file.region_path)),
        key=lambda file: len(file.region_path),
    )


def book_on(held: Sequence[RuleFile], day: date, region_path: str) -> RuleBook:
    """
    Put together what is in force at a place.

    Raises
    ------
    PolicyError
        Parts of several files do not fit together.
    """
    lists: dict[str, ListName] = {}
    groups: dict[int, RiskGroup] = {}
    rules: dict[str, AlertRule] = {}
    ids: list[str] = []
    for file in around(held, region_path):
        version = file.on(day)
        if version is None:
            continue
        ids.append(version.id)
        lists |= version.lists
        groups |= {group.slot: group for group in version.groups}
        rules |= {rule.code: rule for rule in version.rules}
        groups = {slot: group for slot, group in groups.items() if group.code not in version.off}
        rules = {code: rule for code, rule in rules.items() if code not in version.off}
    try:
        return RuleBook(
            id="+".join(ids),
            lists=lists,
            groups=tuple(groups[slot] for slot in sorted(groups)),
            rules=tuple(rules[code] for code in sorted(rules)),
        )
    except ValidationError as error:
        raise PolicyError(
            f"alert rules on {day}: {_where(error)}", day=day.isoformat(), where=_where(error)
        ) from error


def require_whole(held: Sequence[RuleFile], candidate: RuleFile) -> None:
    """
    Go on only if a file, which is among those held, fits together with the others from its first day on.

    Raises
    ------
    PolicyError
        It does not.
    """
    for version in candidate.versions:
        book_on(held, version.effective_from, candidate.region_path)
