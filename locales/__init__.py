"""
What people read, in zh-CN first and en second.

One TOML file a room and language: ``zh-CN/<room>.toml`` and ``en/<room>.toml`` hold the same keys (a test
sees to it). A key is ``<room>.<dotted path>``; placeholders are ``str.format`` names.
"""

import tomllib
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import cast


class Locale(StrEnum):
    """A language that screens and messages exist in."""

    ZH_CN = "zh-CN"
    EN = "en"


def _flatten(prefix: str, table: dict[str, object], into: dict[str, str]) -> None:
    for name, value in table.items():
        key = f"{prefix}.{name}"
        if isinstance(value, dict):
            _flatten(key, cast("dict[str, object]", value), into)
        else:
            into[key] = str(value)


class _Given(dict[str, object]):
    """Parameters of a text. One that was not given shows as an ellipsis: a message never fails to appear."""

    def __missing__(self, name: str) -> str:
        return "\u2026"


@cache
def catalogue(locale: Locale) -> dict[str, str]:
    """Every key of a language with its text."""
    texts: dict[str, str] = {}
    for file in files("locales").joinpath(locale.value).iterdir():
        if file.name.endswith(".toml"):
            _flatten(file.name.removesuffix(".toml"), tomllib.loads(file.read_text("utf-8")), texts)
    return texts


def text(key: str, locale: Locale = Locale.ZH_CN, /, **parameters: object) -> str:
    """
    Word a key for a person.

    An unknown key gives the key itself, so that a screen stays usable; the locale tests make it impossible
    for keys in the code.
    """
    template = catalogue(locale).get(key)
    if template is None:
        return key
    return template.format_map(
        _Given({name: "" if value is None else value for name, value in parameters.items()})
    )
