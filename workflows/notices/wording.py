"""What a notice says to a person."""

from datetime import datetime

from domain.needs import NeedCategory
from domain.time import CIVIL_ZONE
from domain.visits import AlarmKind
from graph.notices import NoticeRow
from locales import Locale, text


def worded(notice: NoticeRow, locale: Locale) -> tuple[str, str]:
    """Give title and body in a language; times are civil."""
    given = {name: _plain(name, value, locale) for name, value in notice.parameters.items()}
    return (
        text(f"notices.{notice.code.value}.title", locale, **given),
        text(f"notices.{notice.code.value}.body", locale, **given),
    )


def _plain(name: str, value: str | int, locale: Locale) -> str | int:
    if name == "category" and value in NeedCategory.__members__:
        return text(f"report.category.{value}", locale)
    if name == "kind" and value in AlarmKind.__members__:
        return text(f"visits.alarm.{value}", locale)
    if name in ("start", "until") and isinstance(value, str):
        if not value:
            return text("notices.at_a_time_to_agree", locale)
        return f"{datetime.fromisoformat(value).astimezone(CIVIL_ZONE):%Y-%m-%d %H:%M}"
    return value
