"""
Organisations by name: what they are, and under which name they are kept.

Other names count only where the saved table lists them, or where a person said that two organisations are one:
no guessing. Persons are never told apart or put together by name.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import cast

from domain.linking import LinkOutcome
from graph.organisation_links import OrganisationDecision
from importers.batches import node_id
from importers.words import folded, narrow, section

PERSON = "PERSON"
ORGANISATION = "ORGANISATION"
UNKNOWN = "UNKNOWN"
_PERSON_LENGTHS = range(2, 5)
_LATIN_NAME = re.compile(r"^[A-Za-z][A-Za-z .'-]{2,40}$")


@cache
def aliases() -> dict[str, str]:
    """Folded other name to the name that the institution is kept under."""
    file = files("importers.mappings").joinpath("aliases", "institutions.toml")
    names = cast("dict[str, list[str]]", tomllib.loads(file.read_text("utf-8"))["names"])
    return {folded(other): name for name, others in names.items() for other in others}


def canonical_name(name: str) -> tuple[str, list[str]]:
    """Give the name that an organisation is kept under, and the other one if the text used an alias."""
    plain = " ".join(name.split())
    canonical = aliases().get(folded(plain), plain)
    return canonical, [plain] if canonical != plain else []


def organisation_id(name: str) -> str:
    """Give the id of an organisation by any of its names; blanks, width and case do not matter."""
    return node_id("Organisation", "", (folded(canonical_name(name)[0]),))


@dataclass(frozen=True, slots=True)
class Houses:
    """
    Which organisations people said are one.

    ``kept`` gives, by the id of each that goes by another's name, id and name that it is kept under.
    """

    kept: dict[str, tuple[str, str]] = field(default_factory=lambda: {})

    @classmethod
    def of(cls, decisions: Iterable[OrganisationDecision]) -> "Houses":
        """Put decisions together in the order in which they were made; the one that a pair keeps stands for both."""
        stands: dict[str, tuple[str, str]] = {}
        members: dict[str, list[str]] = {}
        for one in decisions:
            if one.outcome is not LinkOutcome.LINKED:
                continue
            root = stands.get(one.kept_id, (one.kept_id, one.kept_name))
            joined = stands.get(one.other_id, (one.other_id, ""))[0]
            if joined == root[0]:
                continue
            moved = [joined, *members.pop(joined, [])]
            members.setdefault(root[0], []).extend(moved)
            stands |= dict.fromkeys(moved, root)
        return cls(stands)

    def settled(self, identity: str) -> str:
        """Give the id of the organisation that stands for one."""
        return self.kept.get(identity, (identity, ""))[0]

    def by_name(self, name: str) -> tuple[str, str, list[str]]:
        """Give id and name of the organisation that a name means, and the name itself if it is another."""
        canonical, others = canonical_name(name)
        identity = organisation_id(canonical)
        if identity not in self.kept:
            return identity, canonical, others
        kept_id, kept_name = self.kept[identity]
        plain = " ".join(name.split())
        return kept_id, kept_name, [plain] if plain != kept_name else []

    def members(self, identity: str) -> list[str]:
        """Give all that are one with an organisation, itself among them."""
        root = self.settled(identity)
        return [root, *(other for other, (kept_id, _) in self.kept.items() if kept_id == root)]


NO_HOUSES = Houses()
"""Nobody said anything."""


@cache
def kind_of(name: str) -> str | None:
    """Give the ``OrganisationKind`` that the words of a name tell, None for what may be a person."""
    bare = narrow(name)
    for kind, words in cast("dict[str, list[str]]", section("donors")["kinds"]).items():
        if any(word in bare for word in words):
            return kind
    return None


@cache
def donor_kind(name: str) -> str:
    """
    Tell a firm from a person by the words of the name: ``ORGANISATION``, ``PERSON`` or ``UNKNOWN``.

    Only what carries a word for an organisation is one; short names and those with a form of address are
    persons; the rest stays unknown.
    """
    words = section("donors")
    bare = narrow(name)
    if any(bare.startswith(word) for word in words["anonymous"]):
        return UNKNOWN
    if any(bare.endswith(word) for word in words["person_endings"]) or len(bare) in _PERSON_LENGTHS:
        return PERSON
    if kind_of(name) is not None:
        return ORGANISATION
    return PERSON if _LATIN_NAME.match(bare) else UNKNOWN


def passed_on(text: str) -> tuple[str, str | None]:
    """Part a gift handed in for somebody else into who handed it in and who gave."""
    match = re.match(section("donors")["passed_on"], narrow(text))
    return (match["hand"], match["giver"]) if match else (text, None)
