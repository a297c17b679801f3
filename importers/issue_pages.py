"""The reference page of issue codes, written from the enumeration and its texts: never by hand."""

from importers.issues import IssueCode
from locales import Locale, text


def issue_page(locale: Locale) -> str:
    """Give the page in one language, as Markdown."""
    title, *columns = (
        text(f"importers.page.{name}", locale) for name in ("title", "code", "wrong", "remedy")
    )
    lines = [
        f"# {title}",
        "",
        text("importers.page.intro", locale),
        "",
        f"| {' | '.join(columns)} |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{code.value}` | {text(f'importers.issue.{code.value}', locale)}"
        f" | {text(f'importers.remedy.{code.value}', locale)} |"
        for code in IssueCode
    ]
    return "\n".join(lines) + "\n"
