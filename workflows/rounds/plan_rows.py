"""A plan as rows of the graph: proposals that people answer, and an outcome for every need."""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime

import polars as pl

from domain.rounds import ProposalKind, ProposalState
from graph.schema import NODE_TYPE_BY_LABEL, PropertyType
from matching.plan import RELATED_PATH, REVIEW_PATH, Plan, Reason
from matching.problem import Problem
from workflows.rounds.snapshot import Snapshot


def _reason(reason: Reason) -> tuple[str, str]:
    parameters = {**reason.parameters, **({"rule": reason.rule} if reason.rule else {})}
    return reason.code, json.dumps(parameters, ensure_ascii=False, sort_keys=True)


def _without_paths(reason: Reason) -> Reason:
    """Who is near to whom is for those who answer for money, not for those who are asked to come."""
    kept = {key: said for key, said in reason.parameters.items() if key not in (RELATED_PATH, REVIEW_PATH)}
    return replace(reason, parameters=kept)


def _explained(reason: Reason) -> tuple[str, str]:
    """Code and parameters with what would help and who competes; for the eyes of the desk and the office."""
    code, parameters = _reason(reason)
    said: dict[str, object] = json.loads(parameters)
    if reason.helps:
        said["helps"] = [
            {"code": help_.code, "parameters": help_.parameters, "confirmed": help_.confirmed}
            for help_ in reason.helps
        ]
    if reason.contest is not None:
        said["contest"] = asdict(reason.contest)
    return code, json.dumps(said, ensure_ascii=False, sort_keys=True)


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)


def proposal_rows(round_id: str, problem: Problem, plan: Plan) -> pl.DataFrame:
    """Give one row of label ``Proposal`` for each line of a plan, in the plan's order."""
    visits = [
        {
            "kind": ProposalKind.VOLUNTEER.value,
            "need_id": line.need_id,
            "slot_id": line.slot_id,
            "volunteer_id": line.volunteer_id,
            "window_start": _moment(line.start_min),
            "window_end": _moment(line.end_min),
            "distance_m": line.distance_m,
        }
        for line in plan.assignments
    ]
    money = [
        {
            "kind": ProposalKind.MONEY.value,
            "need_id": line.need_id,
            "fund_id": line.fund_id,
            "earmark_id": line.earmark_id,
            "amount_fen": line.amount_fen,
            "review_path": line.review_path,
        }
        for line in plan.money
    ]
    goods = [
        {
            "kind": ProposalKind.GOODS.value,
            "need_id": line.need_id,
            "need_item_id": line.need_item_id,
            "offer_id": line.offer_id,
            "quantity": line.quantity,
        }
        for line in plan.goods
    ]
    paths: dict[str, str] = dict(problem.needs.select("need_id", "region_path").iter_rows())
    rows: list[dict[str, object]] = []
    for i, line in enumerate([*visits, *money, *goods]):
        need_id = str(line["need_id"])
        why = plan.reasons[need_id]
        code, parameters = _reason(why if "fund_id" in line else _without_paths(why))
        rows.append(
            {
                **line,
                "id": f"{round_id}:{i:06d}",
                "round_id": round_id,
                "state": ProposalState.PROPOSED.value,
                "reason_code": code,
                "reason_parameters": parameters,
                "region_path": paths[need_id],
                "version": 1,
            }
        )
    return pl.DataFrame(rows, schema=_columns("Proposal"))


def outcome_rows(round_id: str, snapshot: Snapshot, plan: Plan) -> pl.DataFrame:
    """Give one row of label ``NeedOutcome`` for each need of a problem, met or not."""
    rows: list[dict[str, object]] = []
    for need_id, region_path in snapshot.problem.needs.select("need_id", "region_path").iter_rows():
        code, parameters = _explained(plan.reasons[need_id])
        rows.append(
            {
                "id": f"{round_id}:{need_id}",
                "round_id": round_id,
                "need_id": need_id,
                "fulfilled": need_id in plan.fulfilled,
                "reason_code": code,
                "reason_parameters": parameters,
                "need_version": snapshot.need_versions[need_id],
                "region_path": region_path,
            }
        )
    return pl.DataFrame(rows, schema=_columns("NeedOutcome"))


def volunteer_rows(round_id: str, problem: Problem, plan: Plan) -> pl.DataFrame:
    """Give one row of label ``VolunteerOutcome`` for each volunteer that the plan speaks of."""
    paths: dict[str, str] = dict(problem.volunteers.select("volunteer_id", "region_path").iter_rows())
    rows: list[dict[str, object]] = []
    for volunteer_id, reason in sorted(plan.volunteers.items()):
        code, parameters = _reason(reason)
        rows.append(
            {
                "id": f"{round_id}:{volunteer_id}",
                "round_id": round_id,
                "volunteer_id": volunteer_id,
                "reason_code": code,
                "reason_parameters": parameters,
                "region_path": paths[volunteer_id],
            }
        )
    return pl.DataFrame(rows, schema=_columns("VolunteerOutcome"))


_POLARS_TYPES = {
    PropertyType.STRING: pl.String,
    PropertyType.INT64: pl.Int64,
    PropertyType.BOOL: pl.Boolean,
    PropertyType.TIMESTAMP: pl.Datetime("us", "UTC"),
}


def _columns(label: str) -> dict[str, pl.DataType | type[pl.DataType]]:
    return {p.name: _POLARS_TYPES[p.type] for p in NODE_TYPE_BY_LABEL[label].properties}
