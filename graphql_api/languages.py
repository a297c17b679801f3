"""Which language a client asks for."""

from locales import Locale


def locale_of(accept_language: str | None) -> Locale:
    """
    Give the language of ours that an Accept-Language header prefers; Chinese where it names none.

    Examples
    --------
    >>> locale_of("en-GB,en;q=0.9,zh;q=0.5")
    <Locale.EN: 'en'>
    """
    best, best_weight = Locale.ZH_CN, 0.0
    for part in (accept_language or "")[:500].split(","):
        tag, _, option = part.strip().lower().partition(";")
        language = tag.strip().partition("-")[0]
        locale = {"zh": Locale.ZH_CN, "en": Locale.EN}.get(language)
        weight = _weight(option.strip())
        if locale is not None and weight > best_weight:
            best, best_weight = locale, weight
    return best


def _weight(option: str) -> float:
    if not option:
        return 1.0
    try:
        return float(option.removeprefix("q="))
    except ValueError:
        return 0.0
