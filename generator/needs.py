"""
What households and institutions ask for: wishes, services, works, goods and cash.

Each need is a template (``generator/tables/needs.toml`` or a published wish) put on a household that fits it,
with windows in the coming fortnight. Posting and verifying are never done by one person (HC-29).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from generator.chance import BoolArray, Chance, FloatArray, IntArray, picks
from generator.households import Population
from generator.organisations import Parties
from generator.shipped import label, labels, table
from generator.wishes import item_units, wish_templates

HORIZON_DAYS = 14
_KINDS = ("WISH", "SERVICE", "WORKS", "GOODS", "CASH")
_AUDIENCES = ("any", "elder", "child", "household", "institution")
_URGENCIES = {"ROUTINE": 0.55, "SOON": 0.28, "URGENT": 0.13, "EMERGENCY": 0.04}
_STATES = {"VERIFIED": 0.86, "POSTED": 0.07, "DRAFT": 0.03, "CLOSED": 0.04}
_CONSENT_SHARE = 0.96
_STARTS_MIN = (510, 540, 600, 810, 840, 900, 1080)  # civil minutes after midnight; the last is an evening
_SLACK_MIN = (0, 30, 60, 90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One thing that may be asked for."""

    kind: str
    title: str
    category: str
    weight: float
    audience: str
    minutes: tuple[int, ...] = ()
    people: tuple[tuple[str, str], ...] = ()
    items: tuple[tuple[str, int], ...] = ()
    yuan: tuple[int, int] = (0, 0)
    risk: str = "NONE"
    demanding: bool = False
    visit: bool = False
    policy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """
    ``needs`` has a row a need; ``slots`` and ``items`` refer to its ``number``.

    Amounts are fen. ``open`` is true for needs that a round may take (verified, with consent).
    """

    needs: pl.DataFrame
    slots: pl.DataFrame
    items: pl.DataFrame

    @property
    def open_gap_fen(self) -> int:
        """Money that charity is asked for by open needs, after policy aid and insurance."""
        return int(self.needs.filter("open")["gap_fen"].sum())


def _template(kind: str, entry: dict[str, Any]) -> Template:
    return Template(
        kind=kind,
        title=entry["title"],
        category=entry["category"],
        weight=float(entry["weight"]),
        audience=entry["who"],
        minutes=tuple(entry.get("minutes", ())),
        people=tuple((skill, licence) for skill, licence in entry.get("people", ())),
        items=tuple((name, quantity) for name, quantity in entry.get("lines", ())),
        yuan=tuple(entry.get("yuan", (0, 0))),  # type: ignore[arg-type]  # a table of pairs
        risk=entry.get("risk", "LOW" if kind == "WORKS" else "NONE"),
        demanding=bool(entry.get("demanding", kind == "WORKS")),
        visit=bool(entry.get("visit", bool(entry.get("people")))),
        policy=bool(entry.get("policy", False)),
    )


@cache
def templates() -> tuple[Template, ...]:
    """Give every template; a wish that stock could meet is there twice, as the thing and as its price."""
    entries = table("needs")
    found = [
        _template(kind, entry)
        for kind, key in (("SERVICE", "services"), ("WORKS", "works"), ("GOODS", "goods"), ("CASH", "cash"))
        for entry in entries[key]
    ]
    for wish in wish_templates():
        title = f"{entries['wish_prefix']}{wish.title}"
        money = Template(
            kind="WISH", title=title, category=wish.category, weight=1.0 - wish.stock_share,
            audience=wish.audience, yuan=(wish.yuan[0] * wish.quantity, wish.yuan[1] * wish.quantity),
        )  # fmt: skip
        found.append(money)
        if wish.item is not None and wish.stock_share:
            found.append(
                Template(
                    kind="WISH", title=title, category=wish.category, weight=wish.stock_share,
                    audience=wish.audience, items=((wish.item, wish.quantity),),
                )
            )  # fmt: skip
    return tuple(found)


def _choose_templates(rng: np.random.Generator, count: int) -> IntArray:
    """Draw templates: the kinds in their stated shares exactly, within a kind by weight."""
    every = templates()
    shares = table("needs")["shares"]
    sizes = {kind: round(count * shares[kind]) for kind in _KINDS}
    sizes["WISH"] += count - sum(sizes.values())
    parts: list[IntArray] = []
    for kind in _KINDS:
        rows = np.array([n for n, t in enumerate(every) if t.kind == kind], dtype=np.int64)
        weights = np.array([t.weight for t in every if t.kind == kind])
        parts.append(rows[picks(rng, weights, sizes[kind])])
    return rng.permutation(np.concatenate(parts))


def _subjects(
    rng: np.random.Generator, audience: IntArray, population: Population, parties: Parties
) -> IntArray:
    """
    Draw whose need it is: a row of households, or of institutions where the audience is one.

    Households in difficulty come up five times as often as others, and nearly alone for goods.
    """
    homes = population.households
    hard = homes["hardship"].is_not_null().to_numpy()
    base: FloatArray = np.where(hard, 5.0, 1.0)
    pools = {
        "any": base,
        "household": np.where(hard, 1.0, 0.02),
        "elder": base * homes["has_elder"].to_numpy(),
        "child": base * homes["has_child"].to_numpy(),
        "institution": np.ones(len(parties.of_kind("INSTITUTION"))),
    }
    chosen = np.empty(len(audience), dtype=np.int64)
    for position, name in enumerate(_AUDIENCES):
        rows = np.flatnonzero(audience == position)
        chosen[rows] = picks(rng, pools[name], len(rows))
    return chosen


def _staff(rng: np.random.Generator, parties: Parties, town: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Draw two different workers of each town's station: who posts, who verifies."""
    groups = parties.workers.group_by("town_code", maintain_order=True).agg(pl.col("number"))
    of_town = {code: position for position, code in enumerate(groups["town_code"])}
    index = np.array([of_town[code] for code in town], dtype=np.int64)
    size = groups["number"].list.len().to_numpy().astype(np.int64)[index]
    first = rng.integers(0, size)
    second = (first + rng.integers(1, size)) % size
    start = np.concatenate([[0], np.cumsum(groups["number"].list.len().to_numpy())])[index].astype(np.int64)
    numbers = groups["number"].explode()
    return numbers.gather(start + first), numbers.gather(start + second)


def _windows(rng: np.random.Generator, minutes: IntArray, as_of: date) -> pl.Series:
    """
    Draw one to three windows on different days of the coming fortnight, as ``2026-03-05 09:00-12:00；...``.

    Each window holds the service, with up to 90 minutes to spare; long services keep out of the evening. Null
    where nobody's time is asked for.
    """
    count = len(minutes)
    days = np.sort(np.argsort(rng.random((count, HORIZON_DAYS - 1)), axis=1)[:, :3], axis=1) + 1
    wanted = rng.integers(1, 4, count)
    keep = np.argsort(np.argsort(rng.random((count, 3)), axis=1), axis=1) < wanted[:, None]
    dates = np.array([(as_of + timedelta(days=n)).isoformat() for n in range(HORIZON_DAYS + 1)])
    clock = np.array([f"{m // 60:02d}:{m % 60:02d}" for m in range(24 * 60)])
    columns: dict[str, pl.Series] = {}
    for position in range(3):
        last = np.where(minutes > 120, len(_STARTS_MIN) - 1, len(_STARTS_MIN))
        start = np.array(_STARTS_MIN)[rng.integers(0, last)]
        end = start + minutes + np.array(_SLACK_MIN)[rng.integers(0, len(_SLACK_MIN), count)]
        text = (
            pl.Series(dates[days[:, position]]) + " " + pl.Series(clock[start]) + "-" + pl.Series(clock[end])
        )
        columns[str(position)] = text.set(pl.Series(~keep[:, position]), None)
    joined = (
        pl.DataFrame(columns).select(pl.concat_str(pl.all(), separator="；", ignore_nulls=True)).to_series()
    )
    return joined.set(pl.Series(minutes == 0), None)


def _money(rng: np.random.Generator, chosen: IntArray) -> pl.DataFrame:
    """Draw what is asked for (fen; tens of yuan from 1,000 on) and what policy and insurance bear first."""
    every = templates()
    low, high = (np.array([t.yuan[k] for t in every], dtype=np.float64)[chosen] for k in (0, 1))
    asks = high > 0
    low, high = np.where(asks, low, 1.0), np.where(asks, high, 2.0)
    yuan = np.exp(np.log(low) + rng.beta(1.6, 2.6, len(chosen)) * (np.log(high) - np.log(low)))
    yuan = np.where(yuan >= 1_000, np.round(yuan / 10) * 10, np.round(yuan))
    amount = np.where(asks, yuan, 0.0).astype(np.int64) * 100
    policy = np.array([t.policy for t in every])[chosen]
    insured = np.where(policy, rng.uniform(0.35, 0.65, len(chosen)), 0.0)
    aided = np.where(policy & (rng.random(len(chosen)) < 0.6), rng.uniform(0.08, 0.25, len(chosen)), 0.0)
    insurance = (amount * insured).astype(np.int64) // 100 * 100
    aid = (amount * aided).astype(np.int64) // 100 * 100
    return pl.DataFrame(
        {
            "amount_fen": amount,
            "policy_aid_fen": aid,
            "insurance_fen": insurance,
            "gap_fen": amount - aid - insurance,
        }
    )


def _flag(chosen: IntArray, name: str) -> BoolArray:
    return np.array([bool(getattr(t, name)) for t in templates()])[chosen]


def _text(chosen: IntArray, kind: str, name: str) -> pl.Series:
    return pl.Series([label(kind, str(getattr(t, name))) for t in templates()]).gather(chosen)


def _draw_codes(rng: np.random.Generator, kind: str, shares: dict[str, float], count: int) -> pl.Series:
    words = pl.Series([label(kind, code) for code in shares])
    return words.gather(picks(rng, np.array(list(shares.values())), count))


def _located(
    subject: IntArray, institution: BoolArray, population: Population, parties: Parties
) -> pl.DataFrame:
    """Give number, region, place and situations of each need's subject."""
    homes = population.households
    houses = parties.of_kind("INSTITUTION")
    home_row, house_row = np.where(institution, 0, subject), np.where(institution, subject, 0)
    at = pl.Series(institution)

    def either(name: str) -> pl.Series:
        return houses[name].gather(house_row).zip_with(at, homes[name].gather(home_row))

    return pl.DataFrame(
        {
            "household": homes["number"].gather(home_row).set(at, None),
            "institution": houses["number"].gather(house_row).set(~at, None),
            "region": either("region"),
            "longitude_deg": either("longitude_deg"),
            "latitude_deg": either("latitude_deg"),
            "low": homes["low_situations"].gather(home_row).set(at, None),
            "elder": homes["elder_situations"].gather(home_row).set(at, None),
            "child": homes["child_situations"].gather(home_row).set(at, None),
        }
    )


def build_needs(chance: Chance, population: Population, parties: Parties, as_of: date) -> Needs:
    """Give all needs of the city as they stand on a day, where their subjects live, with slots and items."""
    rng = chance.stream("needs")
    count = chance.size.extent.needs
    chosen = _choose_templates(rng, count)
    every = templates()
    audience = np.array([_AUDIENCES.index(t.audience) for t in every], dtype=np.int64)[chosen]
    institution = audience == _AUDIENCES.index("institution")
    where = _located(_subjects(rng, audience, population, parties), institution, population, parties)
    with_child = audience == _AUDIENCES.index("child")
    minutes = _minutes(rng, chosen)
    poster, verifier = _staff(rng, parties, where["region"].str.slice(0, 9))
    state = _draw_codes(rng, "state", _STATES, count)
    drafted = state == label("state", "DRAFT")
    checked = state.is_in([label("state", "VERIFIED"), label("state", "CLOSED")])
    consent = rng.random(count) < _CONSENT_SHARE
    money = _money(rng, chosen)
    kinds = labels("subject_kind")
    needs = where.select("household", "institution", "region", "longitude_deg", "latitude_deg").with_columns(
        _numbers("XQ", count, 7).alias("number"),
        pl.Series([t.title for t in every]).gather(chosen).alias("title"),
        _text(chosen, "need_kind", "kind").alias("kind"),
        _text(chosen, "category", "category").alias("category"),
        pl.when(pl.Series(institution)).then(pl.lit(kinds["INSTITUTION"])).otherwise(pl.lit(kinds["HOUSEHOLD"]))
        .alias("subject_kind"),
        pl.when(pl.Series(audience == 1)).then(where["elder"])
        .when(pl.Series(with_child)).then(where["child"]).otherwise(where["low"]).alias("situations"),
        _draw_codes(rng, "urgency", _URGENCIES, count).alias("urgency"),
        state.alias("state"),
        _windows(rng, minutes, as_of).alias("windows"),
        pl.Series("duration_min", minutes),
        *money.get_columns(),
        pl.Series("partial_allowed", _partial(rng, chosen)),
        _text(chosen, "risk", "risk").alias("risk"),
        pl.Series("with_child", with_child & (minutes > 0)),
        pl.Series("home_visit", _flag(chosen, "visit")),
        pl.Series("demanding", _flag(chosen, "demanding")),
        pl.Series("consent", consent),
        poster.set(drafted, None).alias("posted_by"),
        verifier.set(~checked, None).alias("verified_by"),
        _posted(rng, count, as_of).alias("posted_at"),
        ((state == label("state", "VERIFIED")) & pl.Series(consent)).alias("open"),
        pl.Series("template", chosen),
    )  # fmt: skip
    return Needs(needs=needs, slots=_slots(needs), items=_items(needs))


def _numbers(prefix: str, count: int, digits: int) -> pl.Series:
    return prefix + pl.int_range(1, count + 1, eager=True).cast(pl.String).str.zfill(digits)


def _minutes(rng: np.random.Generator, chosen: IntArray) -> IntArray:
    """Draw the duration of each need out of its template's; 0 where nobody's time is asked for."""
    options = [t.minutes or (0,) for t in templates()]
    widest = max(len(o) for o in options)
    padded = np.array([[*o, *([o[-1]] * (widest - len(o)))] for o in options], dtype=np.int64)
    width = np.array([len(o) for o in options], dtype=np.int64)[chosen]
    return padded[chosen, (rng.random(len(chosen)) * width).astype(np.int64)]


def _partial(rng: np.random.Generator, chosen: IntArray) -> BoolArray:
    kinds = np.array([t.kind for t in templates()])[chosen]
    policy = _flag(chosen, "policy")
    share = np.select([kinds == "GOODS", policy], [0.7, 0.8], 0.0)
    return rng.random(len(chosen)) < share


def _posted(rng: np.random.Generator, count: int, as_of: date) -> pl.Series:
    """Draw the civil moment of posting: most within the last days, none older than 60."""
    minutes = np.minimum(rng.exponential(9 * 24 * 60, count), 60 * 24 * 60).astype(np.int64) + 600
    start = np.datetime64(datetime.combine(as_of, datetime.min.time()), "m")
    moments = pl.Series("posted_at", (start - minutes.astype("timedelta64[m]")).astype("datetime64[ms]"))
    return moments.dt.strftime("%Y-%m-%d %H:%M")


def _expand(needs: pl.DataFrame, widths: list[int]) -> tuple[IntArray, IntArray]:
    """Give (row of the need, position within it) for every part of every need."""
    width = np.array(widths, dtype=np.int64)[needs["template"].to_numpy()]
    row = np.repeat(np.arange(len(needs)), width)
    return row, np.arange(len(row)) - np.repeat(np.cumsum(width) - width, width)


def _slots(needs: pl.DataFrame) -> pl.DataFrame:
    every = templates()
    row, position = _expand(needs, [len(t.people) for t in every])
    offset = np.cumsum([0, *(len(t.people) for t in every)])[needs["template"].to_numpy()[row]] + position
    flat = [pair for t in every for pair in t.people]
    number = needs["number"].gather(row)
    place = pl.Series(position + 1).cast(pl.String)
    return pl.DataFrame(
        {
            "number": number + "-" + place,
            "need": number,
            "position": position + 1,
            "skill": pl.Series([label("skill", s) if s else None for s, _ in flat]).gather(offset),
            "licence": pl.Series([label("licence", c) if c else None for _, c in flat]).gather(offset),
            "region": needs["region"].gather(row),
        }
    )


def _items(needs: pl.DataFrame) -> pl.DataFrame:
    every = templates()
    units = item_units()
    row, position = _expand(needs, [len(t.items) for t in every])
    offset = np.cumsum([0, *(len(t.items) for t in every)])[needs["template"].to_numpy()[row]] + position
    flat = [line for t in every for line in t.items]
    number = needs["number"].gather(row)
    return pl.DataFrame(
        {
            "number": number + "-W" + pl.Series(position + 1).cast(pl.String),
            "need": number,
            "item": pl.Series([name for name, _ in flat]).gather(offset),
            "unit": pl.Series([units[name] for name, _ in flat]).gather(offset),
            "quantity": pl.Series([quantity for _, quantity in flat]).gather(offset),
            "region": needs["region"].gather(row),
            "open": needs["open"].gather(row),
        }
    )
