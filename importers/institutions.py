"""
Organisations by name: what they are, and under which name they are kept.

Other names count only where the saved table lists them: exact equals, no guessing. Persons are never told
apart or put together by name.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import cast

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
