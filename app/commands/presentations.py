"""Presentations on the command line: checked offline, one or many, against a trust bundle."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.common import JsonOption, screen_of, settings_of
from app.commands.credentials import NowOption, content, document, moment
from domain.errors import InvalidInputError, UnreadableFileError
from locales import text

if TYPE_CHECKING:
    from identity.credentials.policy import Policy
    from identity.credentials.verdict import Verdict
    from identity.jose.jwk import PublicKey
    from identity.trust.bundle import TrustBundle
    from workflows.credentials.memory import VerifierMemory


def verify(
    presentation: Annotated[
        str, typer.Argument(help="File, - for standard input, or the text itself.", metavar="FILE_OR_TEXT")
    ],
    trust: Annotated[Path, typer.Option("--trust", help="Trust bundle.", metavar="FILE")],
    aud: Annotated[str, typer.Option("--aud", help="This verifier, as holders name it.", metavar="URI")],
    nonce: Annotated[str, typer.Option("--nonce", help="What was given for this once.")],
    anchor: Annotated[
        list[Path] | None,
        typer.Option(
            "--anchor",
            help="Public key that signs bundles; without one the bundle is a plain file of your own.",
            metavar="FILE",
        ),
    ] = None,
    status_list: Annotated[
        list[Path] | None,
        typer.Option(
            "--status-list", help="Signed list, or JSON object of lists by address.", metavar="FILE"
        ),
    ] = None,
    batch: Annotated[
        bool, typer.Option("--batch", help="One presentation a line: a text, or an object in JSON.")
    ] = False,
    memory: Annotated[
        Path | None,
        typer.Option(
            "--memory", help="File that remembers nonces, bundles and lists: nothing twice.", metavar="FILE"
        ),
    ] = None,
    no_binding: Annotated[bool, typer.Option("--no-binding", help="Take what no holder proved.")] = False,
    no_status: Annotated[bool, typer.Option("--no-status", help="Take what cannot be revoked.")] = False,
    sm: Annotated[bool, typer.Option("--sm", help="The closed profile: SM2 and SM3, nothing else.")] = False,
    now: NowOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check presentations without a network; the status is 1 where one of them is refused."""
    from identity.credentials.policy import Policy
    from identity.jose.algorithms import Profile
    from workflows.credentials.memory import VerifierMemory

    at = moment(now)
    remembered = None if memory is None else VerifierMemory(memory)
    policy = Policy(
        profile=Profile.SM if sm else Profile.INTERNATIONAL,
        binding_required=not no_binding,
        status_required=not no_status,
    )
    opened = open_trust(trust, anchor or [], at, remembered)
    lists = _lists(status_list or [])
    desk = _Desk(opened, policy, lists, remembered, aud, nonce, at)
    refused = False
    for line in _lines(presentation, batch=batch):
        verdict, named = desk.check(line)
        refused |= not verdict.accepted
        _tell(verdict, named, as_json=as_json or batch, replay=remembered is not None)
    if refused:
        raise typer.Exit(1)


def open_trust(
    path: Path, anchors: list[Path], now: int, memory: "VerifierMemory | None"
) -> "TrustBundle | Verdict":
    """Open a bundle: signed by an anchor where one is given, else a plain file that the operator wrote."""
    from identity.credentials.verdict import Verdict
    from identity.trust.bundle import open_bundle, open_plain

    data = content(path)
    if anchors:
        keys = {name: key for each in anchors for name, key in _anchors(each).items()}
        opened = open_bundle(data.decode("ascii", "replace"), keys, now=now)
    else:
        opened = open_plain(data)
    if opened.bundle is None:
        return Verdict(code=opened.code, detail=opened.detail)
    if memory is not None and anchors:
        from identity.verdicts import VerdictCode

        if opened.bundle.version < memory.newest_bundle(opened.bundle.home):
            return Verdict(code=VerdictCode.BUNDLE_ROLLED_BACK, detail=str(opened.bundle.version))
        memory.saw_bundle(opened.bundle.home, opened.bundle.version)
    return opened.bundle


def _anchors(path: Path) -> "dict[str, PublicKey]":
    """Give the keys of a file: one JWK, or what ``zhulian trust init`` published; revoked ones are left out."""
    from identity.jose.jwk import public_key

    value = document(path)
    entries = value.get("keys")
    if not isinstance(entries, list):
        entries = [{"kid": value.pop("kid", None), "jwk": value}]
    found: dict[str, PublicKey] = {}
    for entry in entries:
        key = public_key(entry.get("jwk")) if isinstance(entry, dict) else None
        if key is None:
            raise InvalidInputError("not a public key", file=str(path))
        if entry.get("state") != "REVOKED":
            found[str(entry.get("kid") or key.thumbprint)] = key
    return found


class _Desk:
    """One run of the verifier: what it believes, and what it expects of each presentation."""

    def __init__(
        self,
        trust: "TrustBundle | Verdict",
        policy: "Policy",
        lists: dict[str, str],
        memory: "VerifierMemory | None",
        aud: str,
        nonce: str,
        now: int,
    ) -> None:
        from identity.credentials.status import StatusLists

        self._trust = trust
        self._policy = policy
        self._lists = lists
        self._newest = None if memory is None else memory.lists()
        self._shared = StatusLists(lists, self._newest)
        self._memory = memory
        self._expected = (aud, nonce, now)

    def check(self, line: dict[str, Any]) -> "tuple[Verdict, object]":
        from identity.credentials.status import StatusLists
        from identity.credentials.verdict import Verdict
        from identity.credentials.verify import verify as check
        from identity.verdicts import VerdictCode

        named = line.get("id")
        if isinstance(self._trust, Verdict):
            return self._trust, named
        presented = line.get("presentation")
        if not isinstance(presented, str):
            return Verdict(code=VerdictCode.MALFORMED, detail="presentation"), named
        aud, nonce, now = self._expected
        own = line.get("status_lists")
        lists = self._shared
        if isinstance(own, dict):
            given = {str(uri): str(token) for uri, token in own.items()}
            lists = StatusLists({**self._lists, **given}, self._newest)
        at = moment(str(line["now"])) if "now" in line else now
        verdict = check(
            presented,
            self._trust,
            audience=str(line.get("aud", aud)),
            nonce=str(line.get("nonce", nonce)),
            now=datetime.fromtimestamp(at, UTC),
            statuses=lists,
            nonces=self._memory,
            policy=self._policy,
        )
        return verdict, named


def _lines(presentation: str, *, batch: bool) -> Iterator[dict[str, Any]]:
    """Give what is to be checked: one presentation, or one a line."""
    is_text = (
        presentation != "-" and "." in presentation and len(presentation) > 200 and "/" not in presentation
    )
    if is_text:
        yield {"presentation": presentation}
        return
    data = content(presentation).decode("utf-8", "surrogateescape")
    if not batch:
        yield {"presentation": data.strip("\r\n")}
        return
    for number, line in enumerate(data.splitlines(), start=1):
        if not line.strip():
            continue
        found: Any = line.strip()
        with suppress(ValueError, RecursionError):
            found = json.loads(line)
        yield {"id": number, **found} if isinstance(found, dict) else {"id": number, "presentation": found}


def _lists(paths: list[Path]) -> dict[str, str]:
    """Give signed lists by address; a bare token is filed under the address that it names, and checked later."""
    from identity.jose.encoding import decode, parse_object
    from identity.verdicts import Refused

    lists: dict[str, str] = {}
    for path in paths:
        data = content(path).decode("utf-8", "replace").strip()
        if data.startswith("{"):
            lists |= {str(uri): str(token) for uri, token in document(path).items()}
            continue
        try:
            lists[str(parse_object(decode(data.split(".")[1]))["sub"])] = data
        except (Refused, IndexError, KeyError):
            raise UnreadableFileError("not a status list", file=str(path)) from None
    return lists


def _tell(verdict: "Verdict", named: object, *, as_json: bool, replay: bool) -> None:
    settings = settings_of(None)
    screen = screen_of(as_json=as_json, settings=settings)
    worded = text(f"credentials.verdict.{verdict.code.value}", settings.lang)
    if not as_json:
        screen.say("credentials.verdict", verdict=worded, code=verdict.code.value)
        if verdict.accepted and not replay:
            screen.say("credentials.not_remembered")
        return
    result: dict[str, object] = {
        "accepted": verdict.accepted,
        "verdict": "accepted" if verdict.accepted else "refused",
        "code": verdict.code.value,
        "reason": worded,
        "detail": verdict.detail,
        "reviewable": verdict.code.reviewable,
        "replay_checked": replay,
        "format": verdict.format,
        "issuer": verdict.issuer,
        "key_id": verdict.key_id,
        "region": verdict.region,
        "holder": verdict.holder,
        "agreement": None if verdict.agreement is None else list(verdict.agreement),
        "status_age_s": verdict.status_age_s,
        "claims": verdict.claims,
    }
    screen.finish(result if named is None else {"id": named, **result})
