"""
Codes that open a donor's page without an account.

A code is made of the gift's id under the installation's secret and written on the receipt; the graph keeps its
digest alone. 80 bits: nobody guesses one, and asking is limited all the same.
"""

import hmac
import re

from workflows.workspace import Workspace

SECRET = "donation"  # noqa: S105 - the name of a secret
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without I, L, O and U: read aloud and copied by hand
_LENGTH = 16
_BITS = 5
_GROUP = 4
_LOOK_ALIKE = str.maketrans("OIL", "011")
_SHAPE = re.compile(f"[{_LETTERS}]{{{_LENGTH}}}")


def code_of(ws: Workspace, donation_id: str) -> str:
    """Give the code of a gift, as ``XXXX-XXXX-XXXX-XXXX``."""
    digest = hmac.digest(ws.secret(SECRET), f"code:{donation_id}".encode(), "sha256")
    number = int.from_bytes(digest[: _LENGTH * _BITS // 8], "big")
    letters = "".join(_LETTERS[number >> (_BITS * place) & 31] for place in range(_LENGTH))
    return "-".join(letters[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))


def read_code(text: str) -> str | None:
    """Give a code as it is written on a receipt, or None for what is none; case, blanks and dashes do not matter."""
    letters = "".join(re.split(r"[\s-]+", text)).upper().translate(_LOOK_ALIKE)
    if not _SHAPE.fullmatch(letters):
        return None
    return "-".join(letters[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))


def digest_of(ws: Workspace, code: str) -> str:
    """Give what the graph keeps of a code."""
    return hmac.digest(ws.secret(SECRET), f"lookup:{code}".encode(), "sha256").hex()
