"""A request's bytes as a document with its variables, or why not."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import NoReturn, cast

from graphql_api.refusals import Refusal

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
_DEEPEST_JSON = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphQLRequest:
    """What a client asks to be carried out."""

    query: str
    variables: Mapping[str, object]
    operation_name: str | None


def check_content(content_type: str | None, encoding: str | None) -> Refusal | None:
    """Refuse everything but UTF-8 JSON that is not compressed."""
    kind, _, rest = (content_type or "").partition(";")
    charset = rest.strip().lower().replace('"', "").replace(" ", "")
    plain = (encoding or "identity").strip().lower() == "identity"
    if kind.strip().lower() == JSON and charset in {"", "charset=utf-8", "charset=utf8"} and plain:
        return None
    return Refusal(name="unsupported_media_type", status=415)


def answer_type(accept: str | None) -> str | Refusal:
    """Give the media type that the client prefers of the two there are; JSON where it does not matter."""
    weights: dict[str, float] = {}
    for part in (accept or "*/*").split(","):
        kind, *options = [piece.strip().lower() for piece in part.split(";")]
        weights[kind] = _weight(options)
    anything = max(weights.get("*/*", 0.0), weights.get("application/*", 0.0))
    plain, modern = weights.get(JSON, anything), weights.get(GRAPHQL_RESPONSE, 0.0)
    if max(plain, modern) <= 0:
        return Refusal(name="not_acceptable", status=406)
    return GRAPHQL_RESPONSE if modern >= plain else JSON


def _weight(options: list[str]) -> float:
    for option in options:
        if option.startswith("q="):
            try:
                return min(1.0, max(0.0, float(option[2:])))
            except ValueError:
                return 0.0
    return 1.0


async def read_body(stream: AsyncIterator[bytes], declared: str | None, limit: int) -> bytes | Refusal:
    """Read a body of at most ``limit`` bytes; a longer one is not read to its end."""
    too_long = Refusal(name="body_too_large", status=413, parameters={"limit": limit})
    if declared is not None and declared.isdecimal() and int(declared[:20]) > limit:
        return too_long
    body = bytearray()
    async for chunk in stream:
        body += chunk
        if len(body) > limit:
            return too_long
    return bytes(body)


def read_request(body: bytes) -> GraphQLRequest | Refusal:
    """Read a body as the request it must be."""
    try:
        sent: object = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
        if b"\\u" in body:
            json.dumps(sent, ensure_ascii=False).encode()  # halves of a surrogate pair are no text
    except (ValueError, RecursionError):
        return Refusal(name="bad_json")
    if not isinstance(sent, dict) or _is_deep(cast("object", sent)):
        return Refusal(name="bad_shape")
    fields = cast("dict[str, object]", sent)
    query = fields.get("query")
    variables = fields.get("variables")
    operation = fields.get("operationName")
    extensions = fields.get("extensions")
    fits = (
        isinstance(query, str)
        and query.strip()
        and isinstance(variables, dict | None)
        and isinstance(operation, str | None)
        and isinstance(extensions, dict | None)
    )
    if not fits:
        return Refusal(name="bad_shape")
    return GraphQLRequest(
        query=cast("str", query),
        variables=cast("dict[str, object]", variables or {}),
        operation_name=operation if isinstance(operation, str) else None,
    )


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _is_deep(value: object) -> bool:
    level = [value]
    for _ in range(_DEEPEST_JSON):
        inner: list[object] = []
        for each in level:
            if isinstance(each, dict):
                inner += cast("dict[str, object]", each).values()
            elif isinstance(each, list):
                inner += cast("list[object]", each)
        if not inner:
            return False
        level = inner
    return True
