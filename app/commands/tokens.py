"""Accounts of an installation: giving out tokens, listing who has one, and ending them."""

from datetime import datetime
from typing import Annotated

import typer

from app.commands.common import DataDirOption, JsonOption, screen_of, settings_of
from app.keys import Grant, TokenBook
from domain.actors import Actor, Purpose, Role, Scope
from domain.errors import InvalidInputError
from domain.time import CIVIL_ZONE

_MOST_DAYS = 3_650
_PURPOSES = {
    Purpose.GIVING: frozenset({Role.FEDERATION_OFFICER, Role.FEDERATION_APPROVER}),
    Purpose.OVERSIGHT: frozenset({Role.AUDITOR}),
    Purpose.MATCHING: frozenset({Role.MATCHER}),
    Purpose.OPERATION: frozenset({Role.IMPORTER, Role.PLATFORM_ADMIN}),
}

AccountOption = Annotated[str, typer.Option("--account", help="Id of the account.", metavar="ID")]


def token_issue(
    account: AccountOption,
    name: Annotated[str, typer.Option("--name", help="Name that others see.")],
    role: Annotated[list[Role], typer.Option("--role", help="What the account may do; may be repeated.")],
    region: Annotated[
        list[str],
        typer.Option(
            "--region",
            help="Subtree it works on, as /NBS/32/3205/; may be repeated, / is everywhere.",
            metavar="PATH",
        ),
    ],
    organisation: Annotated[
        list[str] | None,
        typer.Option(
            "--organisation",
            help="Organisation whose funds and stock it handles; may be repeated.",
            metavar="ID",
        ),
    ] = None,
    participant: Annotated[
        str | None, typer.Option("--participant", help="Volunteer that it stands for.", metavar="ID")
    ] = None,
    days: Annotated[
        int | None,
        typer.Option("--days", help="Days until it ends; without it when revoked.", min=1, max=_MOST_DAYS),
    ] = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give an account a new token, printed this once; its earlier one ends."""
    settings = settings_of(data_dir)
    screen = screen_of(as_json=as_json, settings=settings)
    actor = _actor(account, name, role, region, organisation or [], participant)
    token = TokenBook(settings.data_dir).issue(actor, days=days)
    screen.say("tokens.issued", account=actor.id)
    if as_json:
        screen.finish({"account": actor.id, "token": token})
    else:
        typer.echo(token)


def _actor(
    account: str,
    name: str,
    roles: list[Role],
    regions: list[str],
    organisations: list[str],
    participant: str | None,
) -> Actor:
    held = frozenset(roles)
    for field, value in (("--account", account), ("--name", name)):
        if not value.strip():
            raise InvalidInputError("an account has an id and a name", field=field)
    if Role.VOLUNTEER in held and participant is None:
        raise InvalidInputError("a volunteer's account names its volunteer", field="--participant")
    if held & _PURPOSES[Purpose.GIVING] and not organisations:
        raise InvalidInputError("an officer's account names an organisation", field="--organisation")
    purpose = next((purpose for purpose, those in _PURPOSES.items() if held <= those), Purpose.SERVICE)
    return Actor(
        id=account.strip(),
        name=name.strip(),
        roles=held,
        scope=Scope(region_paths=tuple(regions), organisation_ids=tuple(organisations), purpose=purpose),
        participant_id=participant,
    )


def token_list(data_dir: DataDirOption = None, as_json: JsonOption = False) -> None:
    """List the accounts that have a token."""
    settings = settings_of(data_dir)
    screen = screen_of(as_json=as_json, settings=settings)
    grants = TokenBook(settings.data_dir).list()
    if not grants:
        screen.say("tokens.none")
    columns = (
        "account",
        "name",
        "roles",
        "regions",
        "organisations",
        "participant",
        "issued_at",
        "expires_at",
    )
    screen.rows("tokens.title", [f"tokens.{name}" for name in columns], map(_shown, grants))
    screen.finish({"accounts": [_plain(grant) for grant in grants]})


def _shown(grant: Grant) -> list[str]:
    actor = grant.actor
    return [
        actor.id,
        actor.name,
        " ".join(sorted(actor.roles)),
        " ".join(actor.scope.region_paths),
        " ".join(actor.scope.organisation_ids),
        actor.participant_id or "",
        _day(grant.issued_at),
        _day(grant.expires_at),
    ]


def _day(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(CIVIL_ZONE).strftime("%Y-%m-%d %H:%M")


def _plain(grant: Grant) -> dict[str, object]:
    actor = grant.actor
    return {
        "account": actor.id,
        "name": actor.name,
        "roles": sorted(actor.roles),
        "regions": list(actor.scope.region_paths),
        "organisations": list(actor.scope.organisation_ids),
        "participant": actor.participant_id,
        "issued_at": None if grant.issued_at is None else grant.issued_at.isoformat(),
        "expires_at": None if grant.expires_at is None else grant.expires_at.isoformat(),
    }


def token_revoke(account: AccountOption, data_dir: DataDirOption = None) -> None:
    """End the token of an account at once, also in a process that is serving."""
    settings = settings_of(data_dir)
    TokenBook(settings.data_dir).revoke(account)
    screen_of(as_json=False, settings=settings).say("tokens.revoked", account=account)
