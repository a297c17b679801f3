"""Reasons, helps, idle money and shadow prices in words, in the reader's language."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from domain.money import yuan_text
from domain.needs import Urgency
from domain.time import CIVIL_ZONE
from locales import Locale, catalogue, text
from matching.plan import PIN_LIFTED, RELATED_PATH, REVIEW_PATH, Reason
from matching.rules import ALL_RULES
from matching.statements import CharityYearStatement, Help, IdleMoney, ShadowPrice

_LABELS = {rule.id: rule.label_key for rule in ALL_RULES}
_EPOCH = date(1970, 1, 1)

Names = Mapping[str, str]
"""What volunteers, funds, items and region paths are called; an id without a name stands for itself."""


def word(reason: Reason, locale: Locale = Locale.ZH_CN) -> str:
    """
    Put a reason into one or two sentences.

    Amounts in fen are read as yuan, rules and ceilings by their names; a nearest miss is added where one is
    known.
    """
    parameters: dict[str, object] = dict(reason.parameters)
    for name in ("amount_fen", "missing_fen", "asked_fen"):
        if name in parameters:
            parameters[name.replace("_fen", "_yuan")] = yuan_text(int(str(parameters[name])))
    parameters |= _rule(reason, locale)
    if "ceiling" in parameters:
        parameters["ceiling_label"] = text(f"reasons.ceiling.{parameters['ceiling']}", locale)
    if "because" in parameters:
        inner = Reason(
            code=str(parameters["because"]),
            rule=reason.rule,
            parameters={
                k: v
                for k, v in reason.parameters.items()
                if k not in ("because", "percent", PIN_LIFTED, REVIEW_PATH)
            },
        )
        parameters["because"] = word(inner, locale)
    said = text(f"reasons.code.{reason.code}", locale, **parameters)
    return said + _lifted(reason, locale) + _paths(reason, locale)


def _lifted(reason: Reason, locale: Locale) -> str:
    """Say why a visit that people counted on is not kept, if there was one."""
    why = reason.parameters.get(PIN_LIFTED)
    if why is None:
        return ""
    if why in _LABELS:
        return text("reasons.pin.RULE", locale, rule=why, rule_label=text(_LABELS[str(why)], locale))
    return text(f"reasons.pin.{why}", locale)


def _paths(reason: Reason, locale: Locale) -> str:
    """Name the people between who gives and who would receive, where the reader is told of them."""
    said = ""
    inner = RELATED_PATH if "because" in reason.parameters else ""  # the sentence within has told it
    for name in (RELATED_PATH, REVIEW_PATH):
        if name in reason.parameters and name != inner:
            path = " → ".join(str(reason.parameters[name]).split(">"))
            said += text(f"reasons.path.{name}", locale, path=path)
    return said


def word_volunteer(reason: Reason, locale: Locale = Locale.ZH_CN) -> str:
    """Say why a volunteer was asked or not."""
    parameters = {**reason.parameters, **_rule(reason, locale)}
    if "because" in parameters:
        parameters["because_label"] = text(f"report.reason.{parameters['because']}", locale)
    return text(f"reasons.volunteer.{reason.code}", locale, **parameters)


def _rule(reason: Reason, locale: Locale) -> dict[str, object]:
    said = reason.parameters
    known = int(said.get("miss_amount", -1)) >= 0 and said.get("miss_unit")
    return {
        "rule": reason.rule or "",
        "rule_label": text(_LABELS[reason.rule], locale) if reason.rule in _LABELS else "",
        "miss": text(f"reasons.miss.{said['miss_unit']}", locale, **said) if known else "",
    }


def word_help(help_: Help, locale: Locale = Locale.ZH_CN, names: Names | None = None) -> str:
    """Say what would help, and whether it was tried out."""
    sentence = text(f"reasons.help.{help_.code}", locale, **_said(help_.parameters, locale, names or {}))
    return sentence if help_.confirmed else sentence + text("reasons.help_note.untried", locale)


def word_idle(idle: IdleMoney, locale: Locale = Locale.ZH_CN) -> str:
    """Say why money of a fund stays."""
    return text(f"reasons.idle.{idle.code}", locale, needs=idle.needs)


def word_year(year: CharityYearStatement, locale: Locale = Locale.ZH_CN, names: Names | None = None) -> str:
    """Say what a round does for a charity's year: its payout floor, and what it may spend on itself."""
    said = {
        "charity": (names or {}).get(year.organisation_id, year.organisation_id),
        "year": year.year,
        "floor": yuan_text(year.payout_floor_fen or 0),
        "paid": yuan_text(year.paid_fen),
        "planned": yuan_text(year.planned_fen),
        "missing": yuan_text(year.missing_fen),
        "price": year.price_micropoints,
        "ceiling": yuan_text(year.management_ceiling_fen or 0),
        "spent": yuan_text(year.management_fen),
        "more": yuan_text(year.planned_management_fen),
        "room_price": year.management_price_micropoints,
    }
    parts: list[str] = []
    if year.payout_floor_fen is not None:
        parts.append("FLOOR_MISSING" if year.missing_fen else "FLOOR_REACHED")
    if year.management_ceiling_fen is not None:
        parts.append("CEILING_TIGHT" if year.management_price_micropoints else "CEILING_ROOM")
    return "".join(text(f"reasons.year.{part}", locale, **said) for part in parts)


def word_price(price: ShadowPrice, locale: Locale = Locale.ZH_CN, names: Names | None = None) -> str:
    """Say what more of something would be worth, in points and in urgent needs."""
    form = "exact" if price.gain is not None else "indicative" if price.indicative else "range"
    worth = price.highest if price.gain is None else price.gain
    said = {
        "gain": f"{price.gain or 0:,}",
        "lowest": f"{price.lowest:,}",
        "highest": f"{price.highest:,}",
        "urgent": f"{worth / (price.urgency * Urgency.URGENT.points):.1f}",
    }
    what = text(f"reasons.price.{price.kind}", locale, **_said(price.parameters, locale, names or {}))
    space = "" if locale is Locale.ZH_CN else " "
    return what + space + text(f"reasons.price.{form}", locale, **said)


def _said(parameters: Mapping[str, str | int], locale: Locale, names: Names) -> dict[str, object]:
    """Parameters with the words that stand for codes, days and ids."""
    said: dict[str, object] = dict(parameters)
    if "amount_fen" in said:
        said["amount_yuan"] = yuan_text(int(str(said["amount_fen"])))
    if "volunteer" in said:
        said["name"] = names.get(str(said["volunteer"]), str(said["volunteer"]))
    if "fund" in said:
        said["fund_name"] = names.get(str(said["fund"]), str(said["fund"]))
        if "earmark" in said:
            earmark = names.get(str(said["earmark"]), str(said["earmark"]))
            said["fund_name"] = text(
                "reasons.help_note.earmark", locale, fund=said["fund_name"], earmark=earmark
            )
    if "item" in said:
        said["item"] = names.get(str(said["item"]), str(said["item"]))
    if "region_path" in said:
        path = str(said["region_path"])
        said["place"] = names.get(path, path.strip("/").split("/")[-1])
    if "day" in said:
        said["day"] = (_EPOCH + timedelta(days=int(str(said["day"])))).isoformat()
    if "start_min" in said:
        moment = datetime.fromtimestamp(int(str(said["start_min"])) * 60, CIVIL_ZONE)
        said["start"] = moment.strftime("%Y-%m-%d %H:%M")
    if "licence" in said:
        said["licence"] = _codes("licence", str(said["licence"]), locale)
    if "skills" in said:
        said["skills"] = _skills(str(said["skills"]), str(said.get("licences", "")), locale)
        many = int(str(said.get("people", 1))) > 1
        said["people_word"] = text(f"reasons.help_note.{'people' if many else 'person'}", locale)
    return said


def _skills(skills: str, licences: str, locale: Locale) -> str:
    named = _codes("skill", skills, locale) if skills else text("reasons.help_note.any_skill", locale)
    if not licences:
        return named
    held = _codes("licence", licences, locale)
    return text("reasons.help_note.with_licence", locale, skills=named, licences=held)


def _codes(table: str, joined: str, locale: Locale) -> str:
    known = catalogue(locale)
    between = "、" if locale is Locale.ZH_CN else ", "
    return between.join(known.get(f"reasons.{table}.{code}", code) for code in joined.split(","))
