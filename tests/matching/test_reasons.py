"""Every code and every rule has words in both languages, and the words fit their parameters."""

import pytest

from domain.people import Licence, Skill
from locales import Locale, catalogue
from matching.explain import IdleCode, ReasonCode, VolunteerCode
from matching.plan import PlanStatus, Reason
from matching.rules import ALL_RULES
from matching.statements import Help, HelpCode, IdleMoney, PriceKind, ShadowPrice
from matching.wording import word, word_help, word_idle, word_price, word_volunteer

PARAMETERS: dict[ReasonCode, dict[str, str | int]] = {
    ReasonCode.MATCHED: {"people": 2, "distance_m": 900, "amount_fen": 1050, "units": 3},
    ReasonCode.PARTLY: {
        "people": 0, "distance_m": 0, "amount_fen": 0, "units": 40, "percent": 40, "because": "GOODS_SHORT",
        "item": "MASK", "missing": 60,
    },
    ReasonCode.EXCLUDED: {},
    ReasonCode.NO_TIME: {},
    ReasonCode.NO_CANDIDATE: {"miss_amount": 2000, "miss_unit": "metres", "slots": 1, "empty": 1},
    ReasonCode.TEAM_INCOMPLETE: {"miss_amount": -1, "miss_unit": "", "slots": 3, "empty": 1},
    ReasonCode.TEAM_NO_COMMON_TIME: {"slots": 2},
    ReasonCode.MONEY_SHORT: {"asked_fen": 5000, "missing_fen": 100},
    ReasonCode.CEILING: {"ceiling": "WISHES", "over": 1, "cap": 1},
    ReasonCode.OWN_COSTS: {"over": 100},
    ReasonCode.GOODS_SHORT: {"item": "RICE", "missing": 2},
    ReasonCode.CONTESTED: {"candidates": 4},
    ReasonCode.NOT_REACHED: {},
}  # fmt: skip


@pytest.mark.parametrize("locale", list(Locale))
@pytest.mark.parametrize("code", list(ReasonCode))
def test_each_code_is_worded_whole(code: ReasonCode, locale: Locale):
    sentence = word(Reason(code=code, rule="HC-05", parameters=PARAMETERS[code]), locale)
    assert len(sentence) > 8
    assert "{" not in sentence
    assert "reasons." not in sentence


SAID: dict[str, str | int] = {
    "volunteer": "v1", "metres": 900, "start_min": 29_680_000, "end_min": 29_680_060, "people": 2, "quantity": 1,
    "skills": "DRIVING,CLEANING", "licences": "DRIVER", "region_path": "/NBS/33/3301/", "day": 20_612,
    "licence": "NURSE", "minutes": 30, "fund": "f1", "amount_fen": 1050, "item": "RICE", "unit": "bag",
}  # fmt: skip


@pytest.mark.parametrize("locale", list(Locale))
def test_each_help_is_worded_whole_and_says_if_it_was_not_tried(locale: Locale):
    for code in HelpCode:
        tried = word_help(Help(code=code, parameters=SAID, confirmed=True), locale, {"v1": "张*三"})
        guess = word_help(Help(code=code, parameters=SAID), locale, {"v1": "张*三"})
        assert guess.startswith(tried)
        assert len(guess) > len(tried) > 8
        assert "\u2026" not in tried
        assert "reasons." not in tried


@pytest.mark.parametrize("locale", list(Locale))
def test_idle_money_volunteers_and_prices_are_worded_whole(locale: Locale):
    said: dict[str, str | int] = {
        "visits": 1, "minutes": 60, "distance_m": 5, "others": 2, "reachable": 3, "met": 1,
        "because": "CONTESTED", "miss_amount": 40, "miss_unit": "minutes",
    }  # fmt: skip
    sentences = [word_idle(IdleMoney(code=code, amount_fen=1, needs=2), locale) for code in IdleCode]
    sentences += [
        word_volunteer(Reason(code=code, rule="HC-05", parameters=said), locale) for code in VolunteerCode
    ]
    for kind in PriceKind:
        for gain in (None, 40_000):
            price = ShadowPrice(
                kind=kind,
                parameters=SAID,
                lowest=1,
                highest=40_000,
                gain=gain,
                urgency=10_000,
                indicative=gain is None,
            )
            sentences.append(word_price(price, locale))
            assert "1.0" in sentences[-1]
    for sentence in sentences:
        assert len(sentence) > 8
        assert "\u2026" not in sentence
        assert "reasons." not in sentence


def test_skills_licences_and_names_are_read_in_the_language():
    help_ = Help(code=HelpCode.VOLUNTEER, parameters=SAID, confirmed=True)
    assert "驾驶接送、家政保洁，持机动车驾驶证" in word_help(help_, Locale.ZH_CN)
    assert "driving, cleaning, with driving licence" in word_help(help_, Locale.EN)
    assert "南山" in word_help(help_, Locale.ZH_CN, {"/NBS/33/3301/": "南山"})


@pytest.mark.parametrize("locale", list(Locale))
def test_each_skill_licence_and_help_has_a_name(locale: Locale):
    texts = catalogue(locale)
    assert {f"reasons.skill.{skill.value}" for skill in Skill} <= set(texts)
    assert {f"reasons.licence.{licence.value}" for licence in Licence} <= set(texts)
    assert {f"report.help.{code.value}" for code in HelpCode} <= set(texts)
    assert {f"report.reason.{code.value}" for code in ReasonCode} <= set(texts)


def test_a_nearest_miss_is_told_in_its_unit():
    reason = Reason(code="NO_CANDIDATE", rule="HC-05", parameters=PARAMETERS[ReasonCode.NO_CANDIDATE])
    assert "2000 m" in word(reason, Locale.EN)
    assert "2000 米" in word(reason, Locale.ZH_CN)


@pytest.mark.parametrize("locale", list(Locale))
def test_each_rule_and_status_has_a_name(locale: Locale):
    texts = catalogue(locale)
    assert {rule.label_key for rule in ALL_RULES} <= set(texts)
    assert {f"reasons.status.{status.value}" for status in PlanStatus} <= set(texts)


def test_both_languages_have_the_same_keys():
    keys = [{key for key in catalogue(locale) if key.startswith("reasons.")} for locale in Locale]
    assert keys[0] == keys[1]
