"""Reasons in words, in the reader's language."""

from domain.money import yuan_text
from locales import Locale, text
from matching.plan import Reason
from matching.rules import ALL_RULES

_LABELS = {rule.id: rule.label_key for rule in ALL_RULES}


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
    parameters["rule"] = reason.rule or ""
    parameters["rule_label"] = text(_LABELS[reason.rule], locale) if reason.rule in _LABELS else ""
    if "ceiling" in parameters:
        parameters["ceiling_label"] = text(f"reasons.ceiling.{parameters['ceiling']}", locale)
    known = int(str(parameters.get("miss_amount", -1))) >= 0 and parameters.get("miss_unit")
    parameters["miss"] = (
        text(f"reasons.miss.{parameters['miss_unit']}", locale, **parameters) if known else ""
    )
    if "because" in parameters:
        inner = Reason(
            code=str(parameters["because"]),
            rule=reason.rule,
            parameters={k: v for k, v in reason.parameters.items() if k not in ("because", "percent")},
        )
        parameters["because"] = word(inner, locale)
    return text(f"reasons.code.{reason.code}", locale, **parameters)
