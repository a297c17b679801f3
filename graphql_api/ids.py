"""Global ids: base64url of ``type:key``, checked against the type that an argument expects."""

import base64
import binascii
import re

import strawberry

from domain.errors import InvalidInputError

_SHAPE = re.compile(r"[A-Za-z0-9_-]{1,240}")


def encode_id(type_name: str, key: str) -> strawberry.ID:
    """Give the global id of an object."""
    return strawberry.ID(base64.urlsafe_b64encode(f"{type_name}:{key}".encode()).decode().rstrip("="))


def decode_id(value: str, field: str = "id") -> tuple[str, str]:
    """
    Read a global id as (type name, key).

    Raises
    ------
    InvalidInputError
        Not one of our ids.
    """
    try:
        if not _SHAPE.fullmatch(value):
            raise ValueError(value)
        padded = value + "=" * (-len(value) % 4)
        type_name, _, key = base64.b64decode(padded, altchars=b"-_", validate=True).decode().partition(":")
        if encode_id(type_name, key) != value or not key:
            raise ValueError(value)
    except (ValueError, binascii.Error) as error:
        raise InvalidInputError("not an id of this service", value=value[:120], field=field) from error
    return type_name, key


def key_of(value: str, type_name: str, field: str = "id") -> str:
    """
    Read the key of an id that must be of one type.

    Raises
    ------
    InvalidInputError
        Not one of our ids, or the id of another type.
    """
    found, key = decode_id(value, field)
    if found != type_name:
        raise InvalidInputError(
            f"an id of {found} where one of {type_name} is asked for", value=value, field=field
        )
    return key
