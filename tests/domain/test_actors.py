"""Who acts on what part of the graph."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.actors import Actor, Purpose, Role, Scope
from domain.errors import InvalidInputError, NotPermittedError
from domain.identifiers import RegionCode, RegionSystem

codes = st.builds(
    RegionCode,
    st.sampled_from(RegionSystem),
    st.from_regex(r"(32|42)(05|00)(82|00)(10[01]|000)(00[01])", fullmatch=True),
)
roles = st.frozensets(st.sampled_from(Role))


def scope(*paths: str) -> Scope:
    return Scope(region_paths=paths, purpose=Purpose.SERVICE)


@given(codes)
def test_everywhere_covers_every_place_and_nowhere_none(code: RegionCode):
    assert scope("/").covers(code.path)
    assert not scope().covers(code.path)


@given(codes)
def test_a_scope_covers_its_own_region_and_all_below_it(code: RegionCode):
    below: RegionCode | None = code
    while below is not None:
        assert scope(below.path).covers(code.path)
        below = below.parent


@given(codes, codes, codes)
def test_covering_is_transitive(first: RegionCode, second: RegionCode, third: RegionCode):
    if scope(first.path).covers(second.path) and scope(second.path).covers(third.path):
        assert scope(first.path).covers(third.path)


@given(st.lists(codes, max_size=4), codes)
def test_several_subtrees_cover_what_any_of_them_covers(held: list[RegionCode], place: RegionCode):
    paths = [code.path for code in held]
    assert scope(*paths).covers(place.path) == any(scope(path).covers(place.path) for path in paths)


def test_neighbours_with_like_digits_lie_outside():
    assert not scope("/NBS/32/3205/").covers("/NBS/32/3206/320582/")
    assert not scope("/NBS/32/3205/320582/").covers("/MCA/32/3205/320582/")


@pytest.mark.parametrize("path", ["", "NBS/32/", "/NBS/32"])
def test_a_prefix_that_would_cut_through_a_code_is_refused(path: str):
    with pytest.raises(InvalidInputError):
        scope(path)


@given(roles, st.lists(st.sampled_from(Role), min_size=1))
def test_one_of_the_roles_is_enough_and_none_is_not(held: frozenset[Role], needed: list[Role]):
    actor = Actor(id="a", name="A", roles=held, scope=scope("/"))
    if held & set(needed):
        actor.require(*needed)
    else:
        with pytest.raises(NotPermittedError) as caught:
            actor.require(*needed)
        assert needed[0].value in str(caught.value.context["needed"])
