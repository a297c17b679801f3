"""``POST /graphql``: one document in, one answer out, and nothing that a client sends makes it a 500."""

import asyncio
import json
import logging
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from hashlib import sha256
from time import perf_counter

import strawberry
from fastapi import Request, Response
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    parse,
)
from strawberry.types import ExecutionResult

from domain.actors import Actor
from domain.errors import PlatformError
from graphql_api.context import ApiContext
from graphql_api.cursors import CursorSigner
from graphql_api.errors import is_reported, top_level
from graphql_api.languages import locale_of
from graphql_api.limits import check_answer, check_document, uses_field
from graphql_api.rates import RateLimit
from graphql_api.refusals import Refusal
from graphql_api.requests import (
    GRAPHQL_RESPONSE,
    JSON,
    GraphQLRequest,
    answer_type,
    check_content,
    read_body,
    read_request,
)
from graphql_api.settings import ApiSettings
from locales import Locale
from workflows.persons.acting import as_person
from workflows.recognition.trust import NoTrust, TrustDesk
from workflows.workspace import Workspace

_log = logging.getLogger(__name__)

_DOCUMENTS_KEPT = 128
_WHOLE_ROUNDS = frozenset({"runRound", "publishRound", "planVisits", "tryAlertRules"})
"""Mutations whose work grows with the city, not with the document."""

_SUGGESTION = re.compile(r" Did you mean [^?]*\?")


class GraphQLView:
    """
    Answers documents over one workspace.

    Parameters
    ----------
    workspace, authenticate, settings
        As in ``graphql_api.http.create_app``.
    schema
        What is executed.
    trust
        Whom this installation believes; nobody without it.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        authenticate: Callable[[str], Actor | None],
        settings: ApiSettings,
        schema: strawberry.Schema,
        trust: TrustDesk | None = None,
    ) -> None:
        self._workspace = workspace
        self._authenticate = authenticate
        self._settings = settings
        self._schema = schema
        self._trust = NoTrust() if trust is None else trust
        self._traces = RateLimit(
            per_minute=settings.verifications_per_minute, burst=settings.verification_burst
        )
        self._checked = lru_cache(maxsize=_DOCUMENTS_KEPT)(self._check)

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        started = perf_counter()
        locale = locale_of(request.headers.get("accept-language"))
        actor = self._actor(request.headers.get("authorization"))
        media = answer_type(request.headers.get("accept"))
        if actor is None:
            response = _refuse(Refusal(name="unauthenticated", status=401), locale, JSON)
            response.headers["WWW-Authenticate"] = "Bearer"
            return response
        if isinstance(media, Refusal):
            return _refuse(media, locale, JSON)
        asked = await self._read(request)
        if isinstance(asked, Refusal):
            return _refuse(asked, locale, media)
        actor = await as_person(self._workspace, actor)
        context = ApiContext(
            workspace=self._workspace,
            actor=actor,
            locale=locale,
            request_id=request.state.request_id,
            cursors=CursorSigner(key=self._settings.cursor_key, reader=actor.id),
            public_url=self._settings.public_url,
            traces=self._traces,
            trust=self._trust,
        )
        response = await self._answer(asked, context, media)
        _log.info(
            "graphql request=%s actor=%s operation=%s document=%s status=%d ms=%.1f",
            context.request_id,
            _hash(actor.id),
            (asked.operation_name or "-")[:60].encode("unicode_escape").decode(),
            _hash(asked.query),
            response.status_code,
            (perf_counter() - started) * 1_000,
        )
        return response

    def _actor(self, authorization: str | None) -> Actor | None:
        scheme, _, token = (authorization or "").partition(" ")
        token = token.strip()
        return self._authenticate(token) if scheme.lower() == "bearer" and token else None

    async def _read(self, request: Request) -> GraphQLRequest | Refusal:
        refusal = check_content(request.headers.get("content-type"), request.headers.get("content-encoding"))
        if refusal is not None:
            return refusal
        length = request.headers.get("content-length")
        body = await read_body(request.stream(), length, self._settings.body_limit_bytes)
        return body if isinstance(body, Refusal) else read_request(body)

    async def _answer(self, asked: GraphQLRequest, context: ApiContext, media: str) -> Response:
        document = self._checked(asked.query)
        if isinstance(document, Refusal):
            return _refuse(document, context.locale, media, is_document=True)
        if isinstance(document, GraphQLError):
            return _respond({"errors": [document.formatted]}, media, 400)
        refusal = _check_operation(document, asked.operation_name) or check_answer(
            document, asked.operation_name, asked.variables, self._settings
        )
        if refusal is not None:
            return _refuse(refusal, context.locale, media, is_document=True)
        is_long = uses_field(document, _WHOLE_ROUNDS)
        limit_s = self._settings.round_timeout_s if is_long else self._settings.answer_timeout_s
        try:
            async with asyncio.timeout(limit_s):
                result = await self._schema.execute(
                    asked.query,
                    variable_values=dict(asked.variables),
                    context_value=context,
                    operation_name=asked.operation_name,
                )
        except TimeoutError:
            _log.warning("request %s given up after %g s", context.request_id, limit_s)
            late = Refusal(name="timed_out", status=503, parameters={"limit": f"{limit_s:g}"})
            return _refuse(late, context.locale, media)
        return self._render(result, context, media)

    def _check(self, query: str) -> DocumentNode | Refusal | GraphQLError:
        try:
            document = parse(query, max_tokens=self._settings.token_limit)
        except GraphQLSyntaxError as error:
            return error
        return check_document(document, self._settings) or document

    def _render(self, result: ExecutionResult, context: ApiContext, media: str) -> Response:
        errors = result.errors or []
        never_ran = result.data is None and all(error.path is None for error in errors)
        payload: dict[str, object] = {} if never_ran else {"data": result.data}
        if errors:
            payload["errors"] = [self._worded(error, context) for error in errors]
        return _respond(payload, media, 400 if never_ran else 200)

    def _worded(self, error: GraphQLError, context: ApiContext) -> dict[str, object]:
        worded: dict[str, object] = dict(error.formatted)
        cause = next((each for each in _causes(error) if not isinstance(each, GraphQLError)), None)
        if cause is None:
            if not self._settings.introspection:  # what the validator hides, the reading of variables tells
                worded["message"] = _SUGGESTION.sub("", error.message)
            return worded
        if not (isinstance(cause, PlatformError) and is_reported(cause)):
            _log.error("request %s failed", context.request_id, exc_info=cause)
            if not self._settings.masks_errors:
                return {**worded, "message": f"{type(cause).__name__}: {cause}"}
        return {**worded, **top_level(cause, context.locale, context.request_id)}


def _causes(error: GraphQLError) -> Iterator[BaseException]:
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.original_error if isinstance(found, GraphQLError) else None


def _check_operation(document: DocumentNode, name: str | None) -> Refusal | None:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if not operations:
        return Refusal(name="no_operation")
    if any(node.operation is OperationType.SUBSCRIPTION for node in operations):
        return Refusal(name="no_subscriptions")
    if name is None:
        return Refusal(name="operation_name_missing") if len(operations) > 1 else None
    known = any(node.name is not None and node.name.value == name for node in operations)
    return None if known else Refusal(name="operation_unknown")


def _refuse(refusal: Refusal, locale: Locale, media: str, *, is_document: bool = False) -> Response:
    status = refusal.status
    return _respond(refusal.payload(locale), media, status, keeps_status=not is_document)


def _respond(payload: dict[str, object], media: str, status: int, *, keeps_status: bool = False) -> Response:
    """
    Write an answer.

    Of a request that could be read, plain JSON answers 200 whatever the document was, as the specification of
    GraphQL over HTTP says; the newer media type gives the status away.
    """
    kept = status if keeps_status or media == GRAPHQL_RESPONSE else 200
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, status_code=kept, headers={"Content-Type": f"{media}; charset=utf-8"})


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]
