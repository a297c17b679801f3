"""Whatever people read exists in both languages, with the same keys and placeholders."""

import ast
import string

import pytest

from domain.errors import PlatformError
from locales import Locale, catalogue, text


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def test_both_languages_have_the_same_rooms(repository):
    rooms = [
        {path.name for path in (repository.root / "locales" / locale).glob("*.toml")} for locale in Locale
    ]
    assert rooms[0] == rooms[1]


def test_both_languages_have_the_same_keys():
    assert set(catalogue(Locale.EN)) ^ set(catalogue(Locale.ZH_CN)) == set()


def test_a_key_takes_the_same_placeholders_in_both_languages():
    english, chinese = catalogue(Locale.EN), catalogue(Locale.ZH_CN)
    differing = {
        key for key in set(english) & set(chinese) if placeholders(english[key]) != placeholders(chinese[key])
    }
    assert differing == set()


@pytest.mark.parametrize("locale", Locale)
def test_no_text_is_empty_or_numbers_its_placeholders(locale):
    bad = [
        key
        for key, template in catalogue(locale).items()
        if not template.strip() or any(not name or name.isdigit() for name in placeholders(template))
    ]
    assert bad == []


def test_each_error_code_has_a_sentence():
    def codes(kind: type[PlatformError]) -> set[str]:
        return {kind.code}.union(*(codes(child) for child in kind.__subclasses__()))

    for locale in Locale:
        worded = {key.removeprefix("errors.") for key in catalogue(locale) if key.startswith("errors.")}
        assert worded == codes(PlatformError)


def test_each_literal_key_in_the_code_exists(repository):
    missing: list[str] = []
    for module in repository.modules:
        for node in ast.walk(module.tree):
            if not (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "text"
            ):
                continue
            key = node.args[0] if node.args else None
            if isinstance(key, ast.JoinedStr) and isinstance(key.values[0], ast.Constant):
                prefix = str(key.values[0].value)
                missing += [
                    f"{repository.where(module.path, node.lineno)} {prefix}..."
                    for locale in Locale
                    if not any(known.startswith(prefix) for known in catalogue(locale))
                ]
            if isinstance(key, ast.Constant) and isinstance(key.value, str) and "." in key.value:
                missing += [
                    f"{repository.where(module.path, node.lineno)} {key.value}"
                    for locale in Locale
                    if key.value not in catalogue(locale)
                ]
    assert missing == []


def test_a_text_without_its_parameters_still_appears():
    key, template = next((k, t) for k, t in catalogue(Locale.EN).items() if placeholders(t))
    assert text(key, Locale.EN) == template.format_map(dict.fromkeys(placeholders(template), "\u2026"))


def test_a_text_is_worded_in_the_language_asked_for():
    assert text("locale.name", Locale.EN) != text("locale.name", Locale.ZH_CN)
    assert text("no.such.key", Locale.EN) == "no.such.key"
