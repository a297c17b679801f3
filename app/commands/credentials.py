"""Credentials on the command line: issued, looked at, presented, checked offline, revoked; badges of them."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.common import DataDirOption, JsonOption, screen_of, settings_of
from domain.errors import InvalidInputError, UnreadableFileError

if TYPE_CHECKING:
    from app.trust_book import TrustBook
    from identity.jose.jwk import SigningKey

_LONGEST_FILE = 64 * 1024 * 1024
_LISTS = ("entries", "training", "skills", "awards")
_DAY_S = 86_400

NowOption = Annotated[
    str | None,
    typer.Option(
        "--now", help="Moment to act at: seconds since 1970 or RFC 3339; now without it.", metavar="TIME"
    ),
]
OutOption = Annotated[
    Path | None, typer.Option("--out", help="File to write; standard output without it.", metavar="FILE")
]
IssuerOption = Annotated[
    str, typer.Option("--iss", help="Issuer, a registry of the key store.", metavar="URI")
]
PassphraseOption = Annotated[
    Path | None,
    typer.Option("--passphrase-file", help="Opens the key store; the installation's own secret without it."),
]


def moment(value: str | None) -> int:
    """
    Give a moment in seconds since 1970.

    Raises
    ------
    InvalidInputError
        Neither seconds nor RFC 3339 with a zone.
    """
    from identity.documents import read_moment

    if value is None:
        return int(datetime.now(UTC).timestamp())
    found = read_moment(int(value) if value.isdecimal() else value)
    if found is None:
        raise InvalidInputError("a moment looks like 1795000000 or 2026-11-22T08:00:00Z", value=value)
    return found


def content(path: Path | str) -> bytes:
    """
    Read a file, or standard input for ``-``.

    Raises
    ------
    UnreadableFileError
        It is not there, or larger than anything of ours.
    """
    if str(path) == "-":
        return sys.stdin.buffer.read(_LONGEST_FILE)
    try:
        with Path(path).open("rb") as file:
            data = file.read(_LONGEST_FILE + 1)
    except OSError as error:
        raise UnreadableFileError("the file cannot be read", file=str(path)) from error
    if len(data) > _LONGEST_FILE:
        raise UnreadableFileError("the file is too large", file=str(path))
    return data


def document(path: Path) -> dict[str, Any]:
    """
    Read a JSON object of a file, strictly.

    Raises
    ------
    UnreadableFileError
        Not one JSON object with one reading.
    """
    from identity.jose.encoding import parse_object
    from identity.verdicts import Refused

    try:
        return dict(parse_object(content(path)))
    except Refused as refusal:
        raise UnreadableFileError("not a JSON object", file=str(path), reason=refusal.code.value) from None


def deliver(data: str, out: Path | None, *, private: bool = False) -> None:
    """Write a text to a file or to standard output."""
    if out is None:
        sys.stdout.write(data + "\n")
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    if private:
        out.touch(mode=0o600)
    out.write_text(data + "\n", encoding="utf-8")


def book_of(data_dir: Path | None, passphrase_file: Path | None = None) -> "TrustBook":
    """Open key store and book of an installation."""
    from app.trust_book import TrustBook

    passphrase = None if passphrase_file is None else content(passphrase_file).strip()
    return TrustBook(settings_of(data_dir), passphrase)


def _private_key(path: Path) -> "SigningKey":
    from identity.jose.jwk import SigningKey

    return SigningKey.from_jwk(document(path))


def key(
    out: Annotated[Path, typer.Argument(help="File to write the private key to.", metavar="FILE")],
    curve: Annotated[str, typer.Option("--curve", help="P-256, Ed25519 or SM2.")] = "P-256",
) -> None:
    """Make a holder's key; prints its public part."""
    from identity.jose.algorithms import Curve
    from identity.jose.jwk import SigningKey

    if curve not in set(Curve):
        raise InvalidInputError("no such curve", value=curve)
    if out.exists():
        raise InvalidInputError("the file is there already", file=str(out))
    made = SigningKey.generate(Curve(curve))
    deliver(json.dumps(made.private_jwk()), out, private=True)
    deliver(json.dumps(made.public.jwk()), None)


def issue(
    claims: Annotated[
        Path, typer.Argument(help="JSON object of the claims; vct among them.", metavar="FILE")
    ],
    iss: IssuerOption,
    holder: Annotated[
        Path, typer.Option("--holder", help="File with the holder's public key.", metavar="FILE")
    ],
    status_uri: Annotated[
        str, typer.Option("--status-uri", help="Address of the status list.", metavar="URI")
    ],
    status_index: Annotated[int, typer.Option("--status-index", help="Place on the list.", min=0)],
    clear: Annotated[
        list[str] | None, typer.Option("--clear", help="Claim that always stays visible; may be repeated.")
    ] = None,
    days: Annotated[int, typer.Option("--days", help="Days until it expires.", min=1)] = 365,
    decoys: Annotated[int, typer.Option("--decoys", help="Digests of nothing to add.", min=0, max=16)] = 0,
    now: NowOption = None,
    out: OutOption = None,
    data_dir: DataDirOption = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Issue a credential whose claims its holder may show or keep back one by one."""
    from identity.credentials.facts import NEVER_DISCLOSABLE, Format
    from identity.credentials.issue import Selective
    from identity.credentials.issue import issue as make
    from identity.jose.jwk import public_key

    at = moment(now)
    bound = public_key(document(holder))
    if bound is None:
        raise InvalidInputError("not a public key", file=str(holder))
    given = {"iat": at, "nbf": at, "exp": at + days * _DAY_S, **document(claims), "iss": iss}
    shown = {*NEVER_DISCLOSABLE[Format.SD_JWT_VC], "iat", "jti", "schemes", *(clear or ())}
    wrapped: dict[str, object] = {}
    for name, value in given.items():
        if name in shown:
            wrapped[name] = value
        elif name in _LISTS and isinstance(value, list):
            wrapped[name] = [Selective(each) for each in value]
        else:
            wrapped[name] = Selective(value)
    key_id, signer = book_of(data_dir, passphrase_file).keys.signer(iss)
    made = make(
        wrapped, key=signer, key_id=key_id, holder=bound, status=(status_uri, status_index), decoys=decoys
    )
    deliver(made, out)


def show(
    credential: Annotated[Path, typer.Argument(help="File with the credential.", metavar="FILE")],
    as_json: JsonOption = False,
) -> None:
    """Show what a credential says, and the names by which its claims are shown to others."""
    from identity.credentials.holder import hold, path_text

    held = hold(content(credential).decode("utf-8", "replace"))
    screen = screen_of(as_json=as_json, settings=settings_of(None))
    rows = [(path_text(claim.path), json.dumps(claim.value, ensure_ascii=False)) for claim in held.claims]
    screen.rows("credentials.title", ["credentials.path", "credentials.value"], rows)
    screen.finish({"format": held.format.value, "claims": held.payload, "paths": [row[0] for row in rows]})


def present(
    credential: Annotated[Path, typer.Argument(help="File with the credential.", metavar="FILE")],
    key: Annotated[Path, typer.Option("--key", help="File with the holder's private key.", metavar="FILE")],
    aud: Annotated[str, typer.Option("--aud", help="Verifier, as it names itself.", metavar="URI")],
    nonce: Annotated[str, typer.Option("--nonce", help="What the verifier gave for this once.")],
    show: Annotated[
        list[str] | None, typer.Option("--show", help="Claim to show, as entries/2; may be repeated.")
    ] = None,
    now: NowOption = None,
    out: OutOption = None,
) -> None:
    """Show some claims to one verifier, proven with the holder's key."""
    from identity.credentials.holder import hold, path_of
    from identity.credentials.holder import present as make

    held = hold(content(credential).decode("utf-8", "replace"))
    paths = [path_of(each, held) for each in show or ()]
    deliver(make(held, paths, key=_private_key(key), audience=aud, nonce=nonce, issued_at=moment(now)), out)


def status(
    statuses: Annotated[
        Path, typer.Argument(help="File of the list as it stands; made if absent.", metavar="FILE")
    ],
    iss: IssuerOption,
    uri: Annotated[str, typer.Option("--uri", help="Address at which the list is found.", metavar="URI")],
    revoke: Annotated[list[int] | None, typer.Option("--revoke", help="Place to revoke for good.")] = None,
    suspend: Annotated[list[int] | None, typer.Option("--suspend", help="Place to suspend.")] = None,
    resume: Annotated[
        list[int] | None, typer.Option("--resume", help="Suspended place to let hold again.")
    ] = None,
    size: Annotated[
        int, typer.Option("--size", help="Places of a new list.", min=1, max=4_194_304)
    ] = 131_072,
    days: Annotated[int, typer.Option("--days", help="Days for which the signed list is good.", min=1)] = 7,
    now: NowOption = None,
    out: OutOption = None,
    data_dir: DataDirOption = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Revoke, suspend or let hold again, and sign the list anew."""
    from identity.credentials.status import StatusList, change, read_list, sign_list
    from identity.verdicts import Refused

    try:
        found = read_list(document(statuses)) if statuses.exists() else StatusList.of_size(size)
    except Refused as refusal:
        raise UnreadableFileError(
            "not a status list", file=str(statuses), reason=refusal.code.value
        ) from None
    change(found, revoke=revoke or (), suspend=suspend or (), resume=resume or ())
    at = moment(now)
    key_id, signer = book_of(data_dir, passphrase_file).keys.signer(iss)
    signed = sign_list(
        found, signer, key_id=key_id, issuer=iss, uri=uri, issued_at=at, expires_at=at + days * _DAY_S
    )
    deliver(json.dumps(found.document()), statuses)
    deliver(signed, out)


def badge(
    achievement: Annotated[
        Path, typer.Argument(help="JSON object: id, name, description, kind, criteria.", metavar="FILE")
    ],
    iss: IssuerOption,
    issuer_name: Annotated[str, typer.Option("--issuer-name", help="Name of the issuer for people.")],
    subject: Annotated[str, typer.Option("--subject", help="Whom it is given to, a URI.", metavar="URI")],
    badge_id: Annotated[str, typer.Option("--id", help="URI of this badge.", metavar="URI")],
    now: NowOption = None,
    out: OutOption = None,
    data_dir: DataDirOption = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Export training or a star as an Open Badge 3.0, signed."""
    from identity.credentials.open_badges import Achievement, sign_badge
    from identity.credentials.open_badges import badge as make

    given = document(achievement)
    names = ("id", "name", "description", "kind", "criteria")
    missing = [name for name in names if not isinstance(given.get(name), str)]
    if missing:
        raise InvalidInputError("an achievement says what it is given for", field=missing[0])
    at = moment(now)
    made = make(
        Achievement(**{name: str(given[name]) for name in names}),
        badge_id=badge_id,
        issuer=iss,
        issuer_name=issuer_name,
        subject=subject,
        awarded_at=at,
    )
    key_id, signer = book_of(data_dir, passphrase_file).keys.signer(iss)
    deliver(sign_badge(made, signer, key_id=key_id, awarded_at=at, expires_at=None), out)
