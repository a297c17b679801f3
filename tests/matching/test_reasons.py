"""Every code and every rule has words in both languages, and the words fit their parameters."""

import pytest

from locales import Locale, catalogue
from matching.explain import ReasonCode
from matching.plan import PlanStatus, Reason
from matching.rules import ALL_RULES
from matching.wording import word

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
