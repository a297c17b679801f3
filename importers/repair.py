"""What a wrongly decoded text said before, as an offer to a person: the import itself changes no text."""

import re

_HIGH_RUN = re.compile(r"[^\x00-\x7f]+")


def repaired(text: str) -> str | None:
    """
    Offer what a wrongly decoded text said before: UTF-8 that was read as Latin-1 or Windows-1252.

    None where no part of it can be turned back. The text itself is never changed: a person decides.

    Examples
    --------
    >>> repaired("a grant of \u00c2\u00a3100,000")
    'a grant of £100,000'
    """

    def back(match: re.Match[str]) -> str:
        for codec in ("cp1252", "latin-1"):
            try:
                return match[0].encode(codec).decode("utf-8")
            except UnicodeError:
                continue
        return match[0]

    turned = _HIGH_RUN.sub(back, text)
    return turned if turned != text else None
