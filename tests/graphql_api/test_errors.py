"""A refusal is said in words: the reason's, the rule's, or the error's own, in this order."""

import re
from pathlib import Path

import pytest

from domain.errors import InvalidInputError, NotFoundError, NotPermittedError, SeparationOfDutiesError
from graphql_api.errors import sentence, user_error
from locales import Locale, catalogue, text

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r'\b(?:rule|reason)="((?:HC-\d+)|(?:code|qr)_[a-z]+)"')


def named_in_refusals() -> set[str]:
    """Rules and reasons that the packages refuse by, as they stand in the source."""
    sources = (path for package in ("graph", "workflows") for path in (ROOT / package).rglob("*.py"))
    return {name for path in sources for name in NAMED.findall(path.read_text("utf-8"))}


@pytest.mark.parametrize("locale", Locale)
def test_every_rule_and_reason_that_refuses_has_words(locale):
    named = named_in_refusals()
    assert {"HC-22", "HC-24", "HC-25", "code_wrong"} <= named
    silent = {
        name
        for name in named
        if f"reasons.rule.{name}" not in catalogue(locale) and f"api.reason.{name}" not in catalogue(locale)
    }
    assert silent == set()


@pytest.mark.parametrize("kind", [NotPermittedError, InvalidInputError])
def test_a_rule_is_told_with_its_name(kind):
    said = sentence(kind("no", rule="HC-03"), Locale.EN)
    assert said == "The rules do not allow it: accident insurance covers a task with possible danger (HC-03)."


def test_a_reason_stands_before_a_rule():
    error = NotPermittedError("no", reason="code_wrong", rule="HC-28")
    assert sentence(error, Locale.EN) == text("api.reason.code_wrong", Locale.EN)


def test_what_is_not_found_tells_no_rule_and_two_persons_are_asked_for_as_ever():
    hidden = NotFoundError("no such need", rule="HC-25", kind="need")
    assert sentence(hidden, Locale.EN) == text("errors.not_found", Locale.EN)
    twice = SeparationOfDutiesError("the same person", rule="HC-29")
    assert sentence(twice, Locale.EN) == text("errors.separation_of_duties", Locale.EN)


def test_words_for_developers_and_stored_keys_are_not_told():
    told = user_error(
        NotPermittedError("no", rule="HC-01", detail="NeedSlot:9 asks CLEANING", actor="a"),
        Locale.EN,
        ["input"],
    )
    assert [each.name for each in told.params] == ["rule"]
