"""Books of funds and the years of charities, from the tables of a problem."""

import sys
from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
import polars as pl

from domain.errors import InvalidInputError
from domain.ledger import book_id
from domain.needs import SubjectKind
from domain.purposes import REGISTERED_SITUATIONS, BeneficiaryScope
from matching.arrays import IntArray
from matching.formulation.columns import ints, keyed, sets, texts
from matching.formulation.instance import OPEN_DAY, SCOPES, CharityYears, Funds, Needs, Walls
from matching.problem import Problem


def funds_of(problem: Problem) -> Funds:
    """Give the books, in the order of their keys."""
    raw = problem.funds
    if raw["fund_id"].null_count():
        raise InvalidInputError("table funds lacks a fund_id", table="funds")
    keys = [book_id(*pair) for pair in raw.select("fund_id", "earmark_id").iter_rows()]
    frame = keyed(raw.with_columns(book_id=pl.Series(keys, dtype=pl.String)), "book_id", "funds")
    return Funds(
        ids=texts(frame, "book_id"),
        fund_id=texts(frame, "fund_id"),
        earmark_id=frame["earmark_id"].to_list(),
        type=texts(frame, "type"),
        organisation_id=frame["organisation_id"].to_list(),
        budget_fen=np.clip(ints(frame, "budget_fen"), 0, None),
        case_cap_fen=ints(frame, "case_cap_fen", 2**62),
        categories=sets(frame, "categories"),
        situations=sets(frame, "situations"),
        region_paths=[tuple(sorted(paths or ())) for paths in frame["region_paths"].to_list()],
        scope=_scopes(frame),
        from_day=ints(frame, "from_day", -OPEN_DAY),
        to_day=ints(frame, "to_day", OPEN_DAY),
        received_day=ints(frame, "received_day", -OPEN_DAY),
    )


def _scopes(frame: pl.DataFrame) -> IntArray:
    codes = [code or BeneficiaryScope.ANYONE.value for code in frame["beneficiary_scope"].to_list()]
    unknown = sorted(set(codes) - set(SCOPES))
    if unknown:
        raise InvalidInputError(f"table funds has a scope {unknown[0]}", table="funds", value=unknown[0])
    return np.array([SCOPES.index(code) for code in codes], dtype=np.int64)


def walls_of(
    funds: Funds,
    needs: Needs,
    *,
    categories: Sequence[str],
    situations: Sequence[frozenset[str]],
    regions: Sequence[str],
) -> Walls:
    """Look each wall up once; an empty one holds everything."""
    no_category = np.array([not codes for codes in funds.categories], dtype=np.bool_)
    no_situation = np.array([not codes for codes in funds.situations], dtype=np.bool_)
    inside = np.array([[code in held for held in funds.categories] for code in categories], dtype=np.bool_)
    shared = np.array(
        [[not codes.isdisjoint(held) for held in funds.situations] for codes in situations], dtype=np.bool_
    )
    held = np.zeros((len(regions), len(funds)), dtype=np.bool_)
    for fund, paths in enumerate(funds.region_paths):
        for path in paths or ("",):
            held[bisect_left(regions, path) : bisect_left(regions, path + chr(sys.maxunicode)), fund] = True
    return Walls(
        categories=inside.reshape(len(categories), len(funds)) | no_category,
        situations=shared.reshape(len(situations), len(funds)) | no_situation,
        regions=held,
        reached=np.array([_reached(BeneficiaryScope(scope), needs) for scope in SCOPES], dtype=np.bool_),
    )


def _reached(scope: BeneficiaryScope, needs: Needs) -> list[bool]:
    """Needs whose subjects a scope means."""
    kinds = [SubjectKind(kind or SubjectKind.ANONYMOUS) for kind in needs.subject_kind]
    known = {code.value: code for code in REGISTERED_SITUATIONS}
    registered = [frozenset(known[code] for code in codes & known.keys()) for codes in needs.situations]
    return [scope.reaches(kind, codes) for kind, codes in zip(kinds, registered, strict=True)]


def charity_years_of(problem: Problem, funds: Funds) -> CharityYears:
    """Give what the year's limits leave each charity."""
    frame = keyed(problem.charity_years, "organisation_id", "charity_years")
    year_at = {key: index for index, key in enumerate(frame["organisation_id"].to_list())}
    ceilings, spent = frame["management_ceiling_fen"].to_list(), ints(frame, "management_fen").tolist()
    return CharityYears(
        organisation_id=texts(frame, "organisation_id"),
        missing_fen=np.clip(ints(frame, "payout_floor_fen") - ints(frame, "paid_fen"), 0, None),
        room_fen=[
            None if most is None else max(0, most - used) for most, used in zip(ceilings, spent, strict=True)
        ],
        of_fund=np.array([year_at.get(key or "", -1) for key in funds.organisation_id], dtype=np.int64),
    )
