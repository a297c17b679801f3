"""A second tenant's people never see a first tenant's rows, whatever they read."""

import importlib
import inspect
import pkgutil
import re
from datetime import date, timedelta

import pytest

import graph.reads
from domain.actors import Actor, Role, Scope
from domain.actors import Purpose as UseOfData
from domain.errors import NotFoundError
from domain.people import ElderGroup
from domain.purposes import Purpose, QualifyingChange
from graph.ports import Access, Statement
from graph.reads.qualifying import WallChange
from graph.schema import NODE_TYPES
from tests.builders import CITY, NOW, OTHER_CITY, OTHER_TOWN, TOWN, World
from tests.graph.little_city import little_city

FIRST, SECOND = ("first", CITY, TOWN), ("second", OTHER_CITY, OTHER_TOWN)


def _reads():
    """Every public coroutine of every read module that takes an actor."""
    for module in pkgutil.iter_modules(graph.reads.__path__, "graph.reads."):
        for name, function in inspect.getmembers(
            importlib.import_module(module.name), inspect.iscoroutinefunction
        ):
            shown = function.__module__ == module.name and not name.startswith("_")
            if shown and "actor" in inspect.signature(function).parameters:
                yield pytest.param(function, id=f"{module.name.rsplit('.', 1)[1]}.{name}")


_DAY = NOW.date()
_LATER = _DAY + timedelta(days=1)
CALLS = {
    "household_facts": lambda tenant, city: ((f"{tenant}-household",), {}),
    "versions_of_files": lambda tenant, city: (([f"{tenant}-household"],), {}),
    "data_sources": lambda tenant, city: ((), {}),
    "alert_by_id": lambda tenant, city: ((f"{tenant}-alert",), {}),
    "alerts_by_ids": lambda tenant, city: (([f"{tenant}-alert"],), {}),
    "group_counts": lambda tenant, city: ((), {}),
    "alert_outcomes": lambda tenant, city: ((), {"region_path": "/", "since": date.min, "until": date.max}),
    "last_alert_run": lambda tenant, city: ((), {}),
    "rule_set_by_id": lambda tenant, city: ((f"{tenant}-rules",), {}),
    "rule_sets_by_ids": lambda tenant, city: (([f"{tenant}-rules"],), {}),
    "link_review_by_id": lambda tenant, city: ((f"{tenant}-review",), {}),
    "organisation_review_by_id": lambda tenant, city: ((f"{tenant}-houses",), {}),
    "organisation_reviews_by_ids": lambda tenant, city: (([f"{tenant}-houses"],), {}),
    "link_reviews_by_ids": lambda tenant, city: (([f"{tenant}-review"],), {}),
    "plans_of_households": lambda tenant, city: (([f"{tenant}-household"],), {}),
    "service_plan_by_id": lambda tenant, city: ((f"{tenant}-service-plan",), {}),
    "service_plans_by_ids": lambda tenant, city: (([f"{tenant}-service-plan"],), {}),
    "versions_of_plans": lambda tenant, city: (([f"{tenant}-service-plan"],), {}),
    "changes_of_donations": lambda tenant, city: (([f"{tenant}-donation"],), {}),
    "compared_donations": lambda tenant, city: ((), {}),
    "donation_by_id": lambda tenant, city: ((f"{tenant}-donation",), {}),
    "donations_by_ids": lambda tenant, city: (([f"{tenant}-donation"],), {}),
    "care_in": lambda tenant, city: ((city,), {}),
    "elders_in": lambda tenant, city: ((city, frozenset(ElderGroup)), {}),
    "last_visits": lambda tenant, city: ((city,), {"events": ["HOME_VISIT"], "until": _LATER}),
    "visited_between": lambda tenant, city: (
        (city,),
        {"events": ["HOME_VISIT"], "first": _DAY, "end": _LATER},
    ),
    "region_names": lambda tenant, city: (([city],), {}),
    "stations_in": lambda tenant, city: ((city,), {}),
    "balances_of_volunteers": lambda tenant, city: (([f"{tenant}-volunteer"],), {}),
    "entries_of_records": lambda tenant, city: (([f"{tenant}-hours"],), {}),
    "hours_by_ids": lambda tenant, city: (([f"{tenant}-hours"],), {}),
    "need_columns": lambda tenant, city: (
        (),
        {"region_path": city, "since": NOW - timedelta(days=900), "until": NOW + timedelta(days=1)},
    ),
    "plan_by_id": lambda tenant, city: ((f"{tenant}-plan",), {}),
    "plans_of_day": lambda tenant, city: ((f"{tenant}-station", _DAY), {}),
    "visit_by_id": lambda tenant, city: ((f"{tenant}-visit",), {}),
    "visits_of_day": lambda tenant, city: ((f"{tenant}-station", _DAY), {}),
    "visits_of_plan": lambda tenant, city: ((f"{tenant}-plan",), {}),
    "events_of_orders": lambda tenant, city: (([f"{tenant}-order"],), {}),
    "order_by_id": lambda tenant, city: ((f"{tenant}-order",), {}),
    "orders_by_ids": lambda tenant, city: (([f"{tenant}-order"],), {}),
}
CALLS |= {
    "credentials_by_ids": lambda tenant, city: (([f"{tenant}-credential"],), {}),
    "recognition_cases_by_ids": lambda tenant, city: (([f"{tenant}-case"],), {}),
    "recognition_board": lambda tenant, city: ((), {}),
    "reconciliation_months_by_ids": lambda tenant, city: (([f"{tenant}-month"],), {}),
    "reconciliation_differences_by_ids": lambda tenant, city: (([f"{tenant}-difference"],), {}),
}
"""What reads take that are not asked by page or by one kind of id."""
CALLS |= {
    "overview_columns": lambda tenant, city: ((f"{tenant}-org",), {"since": NOW - timedelta(days=1)}),
    "money_of_rounds": lambda tenant, city: (([f"{tenant}-round"],), {}),
    "round_before": lambda tenant, city: ((f"{tenant}-round",), {}),
    "unmet_counts": lambda tenant, city: ((), {"round_id": f"{tenant}-round"}),
}
_WALLS = (WallChange(before=None, after=Purpose(), day=_DAY), QualifyingChange.NEWLY)
CALLS |= {
    "comparison_by_id": lambda tenant, city: ((f"{tenant}-comparison",), {}),
    "comparisons_by_ids": lambda tenant, city: (([f"{tenant}-comparison"],), {}),
    "lines_of_comparison": lambda tenant, city: ((f"{tenant}-comparison",), {}),
    "coverage_task_by_id": lambda tenant, city: ((f"{tenant}-coverage",), {}),
    "coverage_tasks_by_ids": lambda tenant, city: (([f"{tenant}-coverage"],), {}),
    "status_end_by_id": lambda tenant, city: ((f"{tenant}-end",), {}),
    "status_ends_by_ids": lambda tenant, city: (([f"{tenant}-end"],), {}),
}
CALLS["towns_of_changed_needs"] = lambda tenant, city: (_WALLS, {})
PAGED_WITH = {"page_of_changed_needs": _WALLS}
"""What reads by page take besides."""


READS = list(_reads())
_KINDS = {
    "earmark": "earmark",
    "purpose_version": "purpose",
    "programme": "programme",
    "transfer": "transfer",
    "expense": "expense",
    "charity_year": "year",
    "disclosure_pack": "pack",
    "stock": "stock",
}
"""Kinds of ids, by a part of a read's name."""


COUNTED = {"data_sources": ("records=1",)}
"""Reads that count and name nobody: what their answer says when they see anything."""


def _ids_for(function, tenant: str, city: str) -> list[str]:
    name = function.__name__
    if "region" in name:
        return [f"NBS:{city.rstrip('/').rsplit('/', 1)[1]}000000"]
    if "proposal_by" in name:
        return [f"{tenant}-{kind}" for kind in ("VOLUNTEER", "MONEY", "GOODS")]
    for part, kind in _KINDS.items():
        if part in name:
            return [f"{tenant}-{kind}"]
    for word in (
        "allocation",
        "disclosure",
        "round",
        "volunteer",
        "organisation",
        "fund",
        "station",
        "conference",
        "series",
        "need",
    ):
        if word in name:
            return [f"{tenant}-{'org' if word == 'organisation' else word}"]
    raise AssertionError(f"say what ids {name} takes")


async def _everything(tx, function, actor, tenant, city) -> str:
    """Ask a read for all it can give about a tenant, and give the answer as text."""
    parameters = inspect.signature(function).parameters
    if "after" in parameters:
        asked = {
            "round_id": f"{tenant}-round",
            "fund_id": f"{tenant}-fund",
            "run_id": f"{tenant}-comparison",
        }
        more = {name: key for name, key in asked.items() if name in parameters}
        before = PAGED_WITH.get(function.__name__, ())
        return repr(await function(tx, actor, *before, first=200, with_total=True, **more))
    if function.__name__ in CALLS:
        positional, named = CALLS[function.__name__](tenant, city)
        try:
            return repr(await function(tx, actor, *positional, **named))
        except NotFoundError:
            return ""
    ids = _ids_for(function, tenant, city)
    if parameters.keys() & {"ids", "round_ids"}:
        return repr(await function(tx, actor, ids))
    answers = []
    for one in ids:
        try:
            answers.append(await function(tx, actor, one))
        except NotFoundError:
            continue
    return repr(answers)


def _actors(tenant: str, city: str):
    for role in Role:
        yield Actor(
            id=f"{tenant}-{role.value}",
            name=role.value,
            roles=frozenset({role}),
            scope=Scope(region_paths=(city,), organisation_ids=(f"{tenant}-org",), purpose=UseOfData.SERVICE),
            participant_id=f"{tenant}-volunteer" if role is Role.VOLUNTEER else None,
        )


@pytest.mark.parametrize("function", READS)
async def test_no_read_shows_another_tenants_rows_to_any_role(store, function):
    world = World()
    little_city(world, *FIRST)
    little_city(world, *SECOND)
    await world.write(store)
    shown_to_own = ""
    for actor in _actors("second", OTHER_CITY):
        for tenant, city, _ in (FIRST, SECOND):
            answer = await store.read(
                lambda tx, a=actor, t=tenant, c=city: _everything(tx, function, a, t, c)
            )
            named = re.search(r"(?<!_)first(?!_)", answer)  # no field's name, as pay_first is
            assert not named, (actor.id, answer)
            assert CITY not in answer, (actor.id, answer)
            shown_to_own += answer if tenant == "second" else ""
    told = (OTHER_CITY, "second", *COUNTED.get(function.__name__, ()))
    assert any(word in shown_to_own for word in told), "the read shows nothing to anybody"


async def test_every_label_that_is_scoped_and_shown_has_a_row_in_the_test(store):
    """A label that a read module names must be in the little city above, or the test above is hollow."""
    world = World()
    little_city(world, *FIRST)
    named = {
        label
        for module in pkgutil.iter_modules(graph.reads.__path__, "graph.reads.")
        if not module.name.endswith(".snapshot")
        for _, value in inspect.getmembers(importlib.import_module(module.name))
        if isinstance(value, Statement)
        for label in re.findall(r"\(\w+:(\w+)", value.text)
    }
    assert named <= set(world.rows), named - set(world.rows)
    assert named <= {node.label for node in NODE_TYPES}


def test_reads_only_read():
    for module in pkgutil.iter_modules(graph.reads.__path__, "graph.reads."):
        for name, value in inspect.getmembers(importlib.import_module(module.name)):
            if isinstance(value, Statement):
                assert value.access is Access.READ, f"{module.name}.{name}"
