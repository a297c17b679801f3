"""What a statement's parameters may hold, the same on every engine."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.errors import InvalidInputError
from domain.time import aware_utc
from graph.ports import Value

_INT64 = range(-(2**63), 2**63)


def checked_parameters(parameters: Mapping[str, Value]) -> dict[str, Value]:
    """
    Give the parameters with times in UTC and sequences as lists.

    Raises
    ------
    InvalidInputError
        A time without a zone, an integer beyond 64 bits, or text that UTF-8 cannot write (a lone surrogate).
    """
    return {name: _checked(name, value) for name, value in parameters.items()}


def _checked(name: str, value: Value) -> Value:
    if isinstance(value, str):
        return _encodable(name, value)
    if isinstance(value, int) and value not in _INT64:
        raise InvalidInputError(f"${name} does not fit 64 bits", parameter=name)
    if isinstance(value, datetime):
        return aware_utc(value)
    if isinstance(value, Sequence):
        texts = [_encodable(name, item) for item in value if isinstance(item, str)]
        integers = [item for item in value if isinstance(item, int)]
        return texts or integers
    return value


def _encodable(name: str, value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidInputError(f"${name} holds text that is not Unicode", parameter=name) from error
    return value
