"""Trust on the command line: a region's book, keys, agreements with others, and the bundles that verifiers carry."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands import agreements
from app.commands.common import DataDirOption, JsonOption, screen_of, settings_of
from app.commands.credentials import (
    NowOption,
    OutOption,
    PassphraseOption,
    book_of,
    deliver,
    document,
    moment,
)
from app.commands.presentations import open_trust
from domain.errors import ConflictError, InvalidInputError, NotFoundError
from locales import text

if TYPE_CHECKING:
    from identity.trust.keys import TrustedKey

_DAY_S = 86_400


rooms = typer.Typer(help="Whom this region believes: keys, agreements, bundles.", no_args_is_help=True)
_keys = typer.Typer(help="Keys of this region and its registries.", no_args_is_help=True)


def _public(owner: str, keys: "Mapping[str, TrustedKey]", member: str) -> str:
    written: dict[str, object] = {member: owner, "keys": [each.document() for each in keys.values()]}
    return json.dumps(written, ensure_ascii=False, indent=1)


def _members(value: dict[str, Any], where: str) -> "Mapping[str, TrustedKey]":
    from identity.documents import Members
    from identity.trust.keys import read_keys
    from identity.verdicts import Refused, VerdictCode

    try:
        return read_keys(Members(value, where, VerdictCode.BUNDLE_UNREADABLE))
    except Refused as refusal:
        raise InvalidInputError("not published keys", reason=refusal.detail) from None


@rooms.command()
def init(
    region: Annotated[str, typer.Option("--region", help="Code of this region.", metavar="CODE")],
    name: Annotated[str, typer.Option("--name", help="Its name for people.")] = "-",
    curve: Annotated[str, typer.Option("--curve", help="P-256, Ed25519 or SM2.")] = "P-256",
    now: NowOption = None,
    out: OutOption = None,
    data_dir: DataDirOption = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Begin the book of this region with its key; gives the public part, which partners and verifiers take."""
    from identity.jose.algorithms import Curve
    from identity.trust.book import new_book
    from identity.trust.bundle import Region

    desk = book_of(data_dir, passphrase_file)
    if desk.begun:
        raise ConflictError("the book is there already", id=region)
    if curve not in set(Curve):
        raise InvalidInputError("no such curve", value=curve)
    at = moment(now)
    kept = desk.keys.create(region, at=at, curve=Curve(curve))
    keys = {kept.kid: kept.trusted()}
    desk.write(new_book(Region(code=region, name=name, keys=keys), at=at))
    deliver(_public(region, keys, "code"), out)


@rooms.command("region")
def add_region(
    published: Annotated[Path, typer.Argument(help="Keys that a region published.", metavar="FILE")],
    name: Annotated[str, typer.Option("--name", help="Its name for people.")] = "-",
    data_dir: DataDirOption = None,
) -> None:
    """Take another region, or its newer keys, into the book: hold the keys against another way first."""
    from identity.trust.book import with_region
    from identity.trust.bundle import Region

    value = document(published)
    code = str(value.get("code", ""))
    desk = book_of(data_dir)
    book = desk.read()
    if not code or code == book.home:
        raise InvalidInputError("no keys of another region", file=str(published))
    desk.write(with_region(book, Region(code=code, name=name, keys=_members(value, "region"))))


@rooms.command("registry")
def add_registry(
    iss: Annotated[str, typer.Argument(help="Issuer, as its credentials name it.", metavar="URI")],
    region: Annotated[str, typer.Option("--region", help="Region whose service it records.", metavar="CODE")],
    types: Annotated[
        list[str], typer.Option("--type", help="Credential type it may issue; may be repeated.")
    ],
    keys: Annotated[
        Path | None,
        typer.Option(
            "--keys", help="Keys that it published; one of our own makes them here.", metavar="FILE"
        ),
    ] = None,
    name: Annotated[str, typer.Option("--name", help="Its name for people.")] = "-",
    now: NowOption = None,
    out: OutOption = None,
    data_dir: DataDirOption = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Take a registry into the book, ours with a new key or a partner's with the keys that it published."""
    from identity.trust.book import with_registry
    from identity.trust.bundle import Registry

    desk = book_of(data_dir, passphrase_file)
    book = desk.read()
    registry = Registry(issuer=iss, region=region, name=name, types=frozenset(types))
    with_registry(book, registry)
    if keys is None:
        made = [*desk.keys.keys(iss)] or [desk.keys.create(iss, at=moment(now))]
        found: Mapping[str, TrustedKey] = {each.kid: each.trusted() for each in made}
    else:
        value = document(keys)
        if value.get("iss") != iss:
            raise InvalidInputError("keys of another registry", file=str(keys))
        found = _members(value, "registry")
    desk.write(with_registry(book, replace(registry, keys=found)))
    deliver(_public(iss, found, "iss"), out)


@_keys.command("list")
def list_keys(
    data_dir: DataDirOption = None, passphrase_file: PassphraseOption = None, as_json: JsonOption = False
) -> None:
    """List the keys of the key store; never their secrets."""
    from identity.documents import moment_text

    desk = book_of(data_dir, passphrase_file)
    screen = screen_of(as_json=as_json, settings=desk.settings)
    kept = desk.keys.keys()
    columns = ["trust.owner", "trust.kid", "trust.state", "trust.since", "trust.until"]
    screen.rows(
        "trust.keys",
        columns,
        [
            (
                each.owner,
                each.kid,
                text(f"credentials.key_state.{each.state.value}", desk.settings.lang),
                moment_text(each.since),
                "" if each.until is None else moment_text(each.until),
            )
            for each in kept
        ],
    )
    screen.finish({"keys": [{"owner": each.owner, **each.trusted().document()} for each in kept]})


@_keys.command("publish")
def publish_keys(
    owner: Annotated[str, typer.Argument(help="Region's code or registry's issuer.", metavar="OWNER")],
    out: OutOption = None,
    data_dir: DataDirOption = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Give an owner's public keys, for partners."""
    desk = book_of(data_dir, passphrase_file)
    own = {each.kid: each.trusted() for each in desk.keys.keys(owner)}
    if not own:
        raise NotFoundError("the owner has no key", kind="key", id=owner)
    deliver(_public(owner, own, "code" if owner == desk.read().home else "iss"), out)


@_keys.command("rotate")
def rotate_key(
    owner: Annotated[str, typer.Argument(help="Region's code or registry's issuer.", metavar="OWNER")],
    now: NowOption = None,
    data_dir: DataDirOption = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Retire an owner's key and make the next; what the old one signed goes on to hold."""
    desk = book_of(data_dir, passphrase_file)
    made = desk.keys.rotate(owner, at=moment(now))
    desk.refresh(owner)
    deliver(made.kid, None)


@_keys.command("revoke")
def revoke_key(
    kid: Annotated[str, typer.Argument(help="Name of the key.", metavar="KID")],
    now: NowOption = None,
    data_dir: DataDirOption = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """End a key at once: whatever it signed is believed no more."""
    desk = book_of(data_dir, passphrase_file)
    revoked = desk.keys.revoke(kid, at=moment(now))
    desk.refresh(revoked.owner)


@rooms.command()
def bundle(
    out: Annotated[Path, typer.Option("--out", help="File to write.", metavar="FILE")],
    days: Annotated[int, typer.Option("--days", help="Days for which it is good.", min=1)] = 30,
    now: NowOption = None,
    data_dir: DataDirOption = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Sign the book as the next bundle, which verifiers carry."""
    from identity.trust.book import publish

    desk = book_of(data_dir, passphrase_file)
    _, key_id, signer = desk.signer()
    at = moment(now)
    book, signed = publish(desk.read(), signer, key_id, at=at, expires_at=at + days * _DAY_S)
    desk.write(book)
    deliver(signed, out)


@rooms.command()
def check(
    bundle: Annotated[Path, typer.Argument(help="Trust bundle.", metavar="FILE")],
    anchor: Annotated[
        list[Path] | None,
        typer.Option(
            "--anchor", help="Public key that signs bundles; without one, a plain file.", metavar="FILE"
        ),
    ] = None,
    memory: Annotated[
        Path | None, typer.Option("--memory", help="File that remembers the newest version.", metavar="FILE")
    ] = None,
    now: NowOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check a bundle: signature, term, version, and every agreement in it; the status is 1 where it is refused."""
    from identity.credentials.policy import STRICT
    from identity.credentials.verdict import Verdict
    from identity.verdicts import Refused
    from workflows.credentials.memory import VerifierMemory

    settings = settings_of(None)
    screen = screen_of(as_json=as_json, settings=settings)
    remembered = None if memory is None else VerifierMemory(memory)
    at = moment(now)
    opened = open_trust(bundle, anchor or [], at, remembered)
    if not isinstance(opened, Verdict):
        try:
            opened.check_term(at, STRICT.skew_s)
        except Refused as refusal:
            opened = Verdict(code=refusal.code, detail=refusal.detail)
    if isinstance(opened, Verdict):
        worded = text(f"credentials.verdict.{opened.code.value}", settings.lang)
        screen.say("credentials.verdict", verdict=worded, code=opened.code.value)
        screen.finish({"accepted": False, "code": opened.code.value, "detail": opened.detail})
        raise typer.Exit(1)
    screen.say("trust.good", home=opened.home, version=opened.version)
    screen.finish(
        {
            "accepted": True,
            "code": "ACCEPTED",
            "home": opened.home,
            "version": opened.version,
            "registries": sorted(opened.registries),
            "agreements": len(opened.agreements),
        }
    )


rooms.add_typer(_keys, name="key")
rooms.add_typer(agreements.rooms, name="agreement")
