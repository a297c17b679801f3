"""
Token Status List (draft-ietf-oauth-status-list): whether a credential still holds, without saying whose it is.

A list is bits under a signature, one place a credential. Whatever is wrong with a list refuses the credential: no
list, another's list, an old one, one that unpacks beyond its limit, a place beyond its end.
"""

import zlib
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from enum import IntEnum

from domain.errors import InvalidInputError, TransitionError
from identity.documents import Members
from identity.jose.algorithms import Profile
from identity.jose.encoding import Json, JsonObject, decode, encode, parse_object
from identity.jose.jwk import Signer
from identity.jose.jws import open_compact, sign_compact
from identity.trust.bundle import Registry, TrustBundle
from identity.trust.keys import TrustedKey
from identity.verdicts import Refused, VerdictCode

STATUS_TYPE = "statuslist+jwt"
MAX_UNPACKED = 2 * 1024 * 1024
MAX_TOKEN = 4 * 1024 * 1024
_BITS = frozenset({1, 2, 4, 8})


class Status(IntEnum):
    """Values that have a meaning everywhere; others refuse."""

    VALID = 0
    INVALID = 1
    SUSPENDED = 2


_AGAINST = {
    Status.VALID: None,
    Status.INVALID: VerdictCode.REVOKED,
    Status.SUSPENDED: VerdictCode.SUSPENDED,
}


@dataclass(slots=True)
class StatusList:
    """
    Statuses by place.

    Parameters
    ----------
    bits
        Bits a status: 1, 2, 4 or 8; suspension needs 2.
    packed
        The statuses, the first in the lowest bits of the first byte.
    """

    bits: int
    packed: bytearray

    @classmethod
    def of_size(cls, size: int, bits: int = 2) -> "StatusList":
        """Make a list on which everything holds."""
        return cls(bits, bytearray((size * bits + 7) // 8))

    def __len__(self) -> int:
        return len(self.packed) * 8 // self.bits

    def __getitem__(self, index: int) -> int:
        """Give the status at a place; a place beyond the end is an IndexError."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        place = index * self.bits
        return self.packed[place >> 3] >> (place & 7) & ((1 << self.bits) - 1)

    def __setitem__(self, index: int, status: int) -> None:
        if not 0 <= index < len(self) or not 0 <= status < 1 << self.bits:
            raise IndexError(index)
        place = index * self.bits
        mask = ((1 << self.bits) - 1) << (place & 7)
        self.packed[place >> 3] = self.packed[place >> 3] & ~mask | status << (place & 7)

    def document(self) -> JsonObject:
        """Write it packed, as the claim ``status_list``."""
        return {"bits": self.bits, "lst": encode(zlib.compress(bytes(self.packed), 9))}


def change(
    statuses: StatusList,
    *,
    revoke: Iterable[int] = (),
    suspend: Iterable[int] = (),
    resume: Iterable[int] = (),
) -> None:
    """
    Revoke for good, suspend, or let hold again what was suspended.

    Raises
    ------
    InvalidInputError
        A place beyond the list, or a list of one bit that cannot suspend.
    TransitionError
        What was revoked comes back no more; what holds cannot be resumed.
    """
    steps = [(revoke, Status.INVALID), (suspend, Status.SUSPENDED), (resume, Status.VALID)]
    for places, after in steps:
        for place in places:
            if not 0 <= place < len(statuses) or after >= 1 << statuses.bits:
                raise InvalidInputError("the list has no such place or status", place=place)
            before = statuses[place]
            barred = before == Status.INVALID or (after is Status.VALID and before != Status.SUSPENDED)
            if barred and not before == after == Status.INVALID:
                raise TransitionError("not a step of a status", before=str(before), after=after.name)
            statuses[place] = after


def read_list(claim: Json) -> StatusList:
    """Unpack the claim ``status_list``, within its limit."""
    members = Members(claim, "status_list", VerdictCode.STATUS_LIST_MALFORMED)
    bits = members.integer("bits", least=1)
    if bits not in _BITS:
        raise members.wrong("bits")
    return StatusList(bits, bytearray(_unpacked(decode(members.text("lst")), zlib.MAX_WBITS)))


def _unpacked(data: bytes, window: int) -> bytes:
    unpacking = zlib.decompressobj(window)
    try:
        unpacked = unpacking.decompress(data, MAX_UNPACKED + 1)
    except zlib.error:
        raise Refused(VerdictCode.STATUS_LIST_MALFORMED, "not zlib") from None
    if len(unpacked) > MAX_UNPACKED:
        raise Refused(VerdictCode.STATUS_LIST_TOO_LARGE)
    if not unpacking.eof or unpacking.unused_data:
        raise Refused(VerdictCode.STATUS_LIST_MALFORMED, "cut off, or followed by other bytes")
    return unpacked


def sign_list(
    statuses: StatusList,
    key: Signer,
    *,
    key_id: str,
    issuer: str,
    uri: str,
    issued_at: int,
    expires_at: int,
    ttl_s: int | None = None,
) -> str:
    """Give the signed text of a list: who made it, where it is found, and until when it may be used (seconds)."""
    payload: JsonObject = {"iss": issuer, "sub": uri, "iat": issued_at, "exp": expires_at}
    if ttl_s is not None:
        payload["ttl"] = ttl_s
    payload["status_list"] = statuses.document()
    return sign_compact(payload, key, type_=STATUS_TYPE, key_id=key_id)


@dataclass(frozen=True, slots=True)
class OpenedList:
    """A list whose signature held for a key; its times are held against each presentation anew."""

    uri: str
    issued_at: int
    expires_at: int | None
    ttl_s: int | None
    statuses: StatusList
    signed_by: TrustedKey


def open_list(token: str, uri: str, registry: Registry, trust: TrustBundle, profile: Profile) -> OpenedList:
    """Open a list that a registry signed for an address."""
    try:
        signed = open_compact(token.strip(), {STATUS_TYPE}, profile, limit=MAX_TOKEN)
    except Refused as refusal:
        raise Refused(VerdictCode.STATUS_LIST_MALFORMED, refusal.code.value) from None
    payload = Members(signed.payload, "status list", VerdictCode.STATUS_LIST_MALFORMED)
    if signed.payload.get("iss", registry.issuer) != registry.issuer or payload.text("sub") != uri:
        raise Refused(VerdictCode.STATUS_LIST_FOREIGN)
    try:
        trusted = trust.key(registry, signed.key_id)
        signed.check(trusted.key)
    except Refused as refusal:
        raise Refused(VerdictCode.STATUS_LIST_UNTRUSTED, refusal.code.value) from None
    try:
        statuses = read_list(signed.payload.get("status_list"))
    except Refused as refusal:
        if refusal.code is VerdictCode.BAD_BASE64:
            raise Refused(VerdictCode.STATUS_LIST_MALFORMED, refusal.code.value) from None
        raise
    ttl = payload.integer("ttl", least=1) if "ttl" in signed.payload else None
    return OpenedList(uri, payload.moment("iat"), payload.moment_or_none("exp"), ttl, statuses, trusted)


def list_address(token: str) -> str | None:
    """Give the address that a signed list says it is found at; nothing of it is proven."""
    try:
        return Members(
            parse_object(decode(token.split(".")[1])), "list", VerdictCode.STATUS_LIST_MALFORMED
        ).text("sub")
    except (Refused, IndexError):
        return None


@dataclass(slots=True)
class _Kept:
    token: str
    received_at: int | None
    opened: OpenedList | None = None


class StatusLists:
    """
    The lists that a verifier has, by address; each is unpacked once.

    A list that is older than the one before it is refused: it would bring a revoked credential back.

    Parameters
    ----------
    tokens
        Signed lists by address.
    newest
        Issue times of the newest lists seen, by address; handed in where they outlive the process.
    """

    def __init__(
        self, tokens: Mapping[str, str] | None = None, newest: MutableMapping[str, int] | None = None
    ) -> None:
        self._kept = {uri: _Kept(token, None) for uri, token in (tokens or {}).items()}
        self._newest: MutableMapping[str, int] = {} if newest is None else newest

    def receive(self, uri: str, token: str, at: int | None = None) -> None:
        """
        Take a list in the place of the one before it.

        Parameters
        ----------
        at
            When it was fetched (seconds), which its time to live is counted from; without it, from its issue.
        """
        self._kept[uri] = _Kept(token, at)

    def status(
        self,
        uri: str,
        index: int,
        registry: Registry,
        trust: TrustBundle,
        profile: Profile,
        *,
        now: int,
        max_age_s: int,
        skew_s: int,
    ) -> int:
        """
        Give the age in seconds of the list on which a credential holds, or refuse the credential.

        Parameters
        ----------
        max_age_s
            Oldest list that is taken, counted from its issue.
        """
        kept = self._kept.get(uri)
        if kept is None:
            raise Refused(VerdictCode.STATUS_LIST_UNAVAILABLE)
        opened = kept.opened
        if opened is None or registry.keys.get(opened.signed_by.kid) != opened.signed_by:
            opened = kept.opened = open_list(kept.token, uri, registry, trust, profile)
        self._check(opened, kept.received_at, now, max_age_s, skew_s)
        try:
            value = opened.statuses[index]
        except IndexError:
            raise Refused(VerdictCode.STATUS_INDEX_OUT_OF_RANGE) from None
        against = _AGAINST.get(Status(value)) if value in _KNOWN else VerdictCode.STATUS_UNKNOWN
        if against is not None:
            raise Refused(against)
        return max(0, now - opened.issued_at)

    def _check(
        self, opened: OpenedList, received_at: int | None, now: int, max_age_s: int, skew_s: int
    ) -> None:
        try:
            opened.signed_by.check(opened.issued_at)
        except Refused as refusal:
            raise Refused(VerdictCode.STATUS_LIST_UNTRUSTED, refusal.code.value) from None
        if opened.issued_at > now + skew_s:
            raise Refused(VerdictCode.STATUS_LIST_IN_FUTURE)
        if opened.expires_at is not None and now >= opened.expires_at:
            raise Refused(VerdictCode.STATUS_LIST_EXPIRED)
        fetched = opened.issued_at if received_at is None else received_at
        if now - opened.issued_at > max_age_s or (opened.ttl_s is not None and now - fetched > opened.ttl_s):
            raise Refused(VerdictCode.STATUS_LIST_STALE, f"{now - opened.issued_at} s old")
        newest = self._newest.get(opened.uri, 0)
        if opened.issued_at < newest:
            raise Refused(VerdictCode.STATUS_LIST_ROLLED_BACK)
        if opened.issued_at > newest:
            self._newest[opened.uri] = opened.issued_at


_KNOWN = frozenset(Status)
