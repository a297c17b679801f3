"""Which word counts: the freshest of the most authoritative, whatever order it came in."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.household_files import Choice, FileField, SourceValue, choose

DAY = date(2026, 3, 2)


def word(source, value, *, rank=0, days=1):
    return SourceValue(source=source, rank=rank, value=value, as_of=DAY - timedelta(days=days))


def chosen(*said, tolerance=0):
    return choose(FileField.YEARLY_INCOME, said, day=DAY, fresh_days=100, tolerance_percent=tolerance)


def test_a_fresh_word_of_higher_authority_goes_before_a_newer_one_of_lower():
    found = chosen(word("tax", "100", days=90), word("labour", "500", rank=1, days=1))
    assert (found.value, found.choice, found.stale) == ("100", Choice.AUTHORITY, False)
    assert [each.source for each in found.conflicts] == ["labour"]


def test_a_stale_word_gives_way_to_a_fresh_one_of_lower_authority():
    found = chosen(word("tax", "100", days=101), word("labour", "500", rank=1, days=1))
    assert (found.value, found.choice) == ("500", Choice.AUTHORITY)


def test_where_nothing_is_fresh_the_latest_word_stands_and_is_called_stale():
    found = chosen(word("tax", "100", days=300), word("labour", "500", rank=1, days=200))
    assert (found.value, found.choice, found.stale) == ("500", Choice.FRESHEST, True)


def test_figures_within_the_tolerance_agree():
    found = chosen(word("tax", "100"), word("labour", "108", rank=1), tolerance=10)
    assert (found.choice, found.conflicts) == (Choice.ALL_AGREE, ())
    assert chosen(word("tax", "100"), word("labour", "112", rank=1), tolerance=10).conflicts


def test_who_alone_says_something_is_the_only_source():
    assert chosen(word("tax", "100")).choice is Choice.ONLY_SOURCE
    assert chosen() is None


words = st.builds(
    SourceValue,
    source=st.sampled_from(["tax", "labour", "health"]),
    rank=st.integers(0, 2),
    value=st.sampled_from(["0", "100", "105", "500", "YES"]),
    as_of=st.dates(DAY - timedelta(days=400), DAY),
    rows=st.just(1),
)


@given(st.lists(words, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_order_in_which_departments_come_changes_nothing(said, rng):
    first = chosen(*said, tolerance=10)
    rng.shuffle(said)
    assert chosen(*said, tolerance=10) == first


@given(st.lists(words, min_size=1, max_size=6))
def test_what_stands_was_said_by_nobody_of_less_authority_than_a_fresh_other(said):
    found = chosen(*said)
    fresh = [each for each in said if each.as_of >= DAY - timedelta(days=100)]
    if fresh:
        best = min(each.rank for each in fresh)
        top = [each for each in fresh if each.rank == best]
        assert (found.as_of, found.stale) == (max(each.as_of for each in top), False)
    else:
        assert found.as_of == max(each.as_of for each in said)
