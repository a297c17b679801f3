"""
Bytes and JSON with one spelling each.

What two readers could read differently is refused: padded or loose base64, repeated members, numbers that no double
holds, half characters. All limits of size stand here.
"""

import binascii
import json
import math
from collections.abc import Mapping, Sequence
from typing import cast

from identity.verdicts import Refused, VerdictCode

MAX_BYTES = 64 * 1024
MAX_DEPTH = 16
_LARGEST = 2**53 - 1

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
JsonObject = dict[str, Json]


def encode(data: bytes) -> str:
    """Write bytes in base64url without padding."""
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").translate(_TO_URL).decode("ascii")


_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_+/=", b"+/\x00\x00\x00")


def decode(text: str) -> bytes:
    """
    Read base64url in its one spelling.

    Raises
    ------
    Refused
        Another spelling: padding, foreign characters, or bits that no byte needs.
    """
    try:
        raw = text.encode("ascii").translate(_FROM_URL)
        data = binascii.a2b_base64(raw + b"=" * (-len(raw) % 4), strict_mode=True)
    except (ValueError, UnicodeEncodeError):
        raise Refused(VerdictCode.BAD_BASE64) from None
    if len(raw) % 4 and binascii.b2a_base64(data, newline=False).rstrip(b"=") != raw:
        raise Refused(VerdictCode.BAD_BASE64)
    return data


def _object(pairs: list[tuple[str, Json]]) -> JsonObject:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused(VerdictCode.DUPLICATE_MEMBER)
    return found


def _integer(text: str) -> int:
    if len(text) > 17 or abs(value := int(text)) > _LARGEST:
        raise Refused(VerdictCode.NUMBER_OUT_OF_RANGE)
    return value


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise Refused(VerdictCode.NUMBER_OUT_OF_RANGE)
    return value


def _constant(_: str) -> float:
    raise Refused(VerdictCode.NUMBER_OUT_OF_RANGE)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
)


def parse(data: bytes) -> Json:
    """
    Parse JSON once, strictly (RFC 8259 within I-JSON, RFC 7493).

    Raises
    ------
    Refused
        Not UTF-8 or not JSON, a repeated member, a number beyond a double or beyond 2**53, half a character, or
        nesting deeper than ``MAX_DEPTH``.
    """
    try:
        text = data.decode("utf-8")
        value = cast("Json", _DECODER.decode(text))
    except RecursionError:
        raise Refused(VerdictCode.TOO_DEEP) from None
    except ValueError:
        raise Refused(VerdictCode.BAD_JSON) from None
    if "\\u" in text:
        try:
            _text_of(value).encode("utf-8")
        except UnicodeEncodeError:
            raise Refused(VerdictCode.LONE_SURROGATE) from None
    if text.count("[") + text.count("{") > MAX_DEPTH and deeper_than(value, MAX_DEPTH):
        raise Refused(VerdictCode.TOO_DEEP)
    return value


def _text_of(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def deeper_than(value: Json, limit: int) -> bool:
    """Whether arrays and objects stand in each other more than ``limit`` deep."""
    level: list[Json] = [value]
    for _ in range(limit + 1):
        inner: list[Json] = []
        for each in level:
            if isinstance(each, dict):
                inner.extend(each.values())
            elif isinstance(each, list):
                inner.extend(each)
        if not any(isinstance(each, dict | list) for each in level):
            return False
        level = inner
    return True


def parse_object(data: bytes) -> JsonObject:
    """Parse JSON that must be an object; another value is refused as ``BAD_JSON``."""
    value = parse(data)
    if not isinstance(value, dict):
        raise Refused(VerdictCode.BAD_JSON)
    return value


def compact(value: object) -> bytes:
    """Write JSON without blanks, members as they stand."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def canonical(value: object) -> bytes:
    """
    Write JSON in the one form that is signed (RFC 8785 without fractions).

    Raises
    ------
    ValueError
        A fraction: two programs would write it differently.
    """
    return json.dumps(_sorted(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _sorted(value: object) -> object:
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        return {
            name: _sorted(members[name])
            for name in sorted(members, key=lambda each: each.encode("utf-16-be"))
        }
    if isinstance(value, str) or value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Sequence):
        return [_sorted(each) for each in cast("Sequence[object]", value)]
    raise ValueError(type(value).__name__)
