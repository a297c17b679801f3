"""Agreements between regions on the command line: a file that passes between the sides, and each side's book."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.common import DataDirOption, JsonOption, screen_of
from app.commands.credentials import NowOption, PassphraseOption, book_of, deliver, document, moment
from domain.errors import ConflictError, InvalidInputError
from locales import text

if TYPE_CHECKING:
    from app.trust_book import TrustBook
    from identity.trust.agreements import Agreement, StepKind

AgreementFile = Annotated[
    Path, typer.Argument(help="File of the agreement, passed between the sides.", metavar="FILE")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, in a few words.")]

rooms = typer.Typer(help="Agreements with other regions.", no_args_is_help=True)


@rooms.command("propose")
def propose(
    agreement: AgreementFile,
    id_: Annotated[str, typer.Option("--id", help="Its name, the same over all versions.")],
    issuing: Annotated[
        str, typer.Option("--from", help="Region whose records are recognised.", metavar="CODE")
    ],
    recognising: Annotated[str, typer.Option("--to", help="Region that recognises them.", metavar="CODE")],
    since: Annotated[str, typer.Option("--since", help="First moment.", metavar="TIME")],
    until: Annotated[str, typer.Option("--until", help="First moment after.", metavar="TIME")],
    version: Annotated[int, typer.Option("--version", help="Number of the version.", min=1)] = 1,
    both_ways: Annotated[bool, typer.Option("--both-ways", help="Each side recognises the other.")] = False,
    rules: Annotated[
        Path | None, typer.Option("--rules", help="JSON object of its rules.", metavar="FILE")
    ] = None,
) -> None:
    """Write a version that nobody has signed yet."""
    from identity.trust.agreements import propose as make

    if agreement.exists():
        raise ConflictError("the file is there already", id=str(agreement))
    terms: dict[str, Any] = {
        "id": id_,
        "version": version,
        "from": issuing,
        "to": recognising,
        "both_ways": both_ways,
        "valid_from": moment(since),
        "valid_until": moment(until),
        "rules": {} if rules is None else document(rules),
    }
    _save(make(terms), agreement)


def _load(path: Path) -> "Agreement":
    from identity.documents import Members
    from identity.trust.agreements import read_agreement
    from identity.verdicts import Refused, VerdictCode

    try:
        return read_agreement(Members(document(path), "agreement", VerdictCode.BUNDLE_UNREADABLE))
    except Refused as refusal:
        raise InvalidInputError("not an agreement", file=str(path), reason=refusal.detail) from None


def _save(agreement: "Agreement", path: Path) -> None:
    from identity.trust.agreements import written

    deliver(json.dumps(written(agreement), ensure_ascii=False, indent=1), path)


def _take(desk: "TrustBook", agreement: "Agreement") -> None:
    from identity.trust.book import with_agreement

    desk.write(with_agreement(desk.read(), agreement))


@rooms.command("sign")
def sign_agreement(
    agreement: AgreementFile,
    now: NowOption = None,
    data_dir: DataDirOption = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Sign for this region, and keep the version in the book."""
    from identity.trust.agreements import sign

    desk = book_of(data_dir, passphrase_file)
    home, key_id, signer = desk.signer()
    signed = sign(_load(agreement), region=home, kid=key_id, key=signer, at=moment(now))
    _take(desk, signed)
    _save(signed, agreement)


@rooms.command("take")
def take_agreement(agreement: AgreementFile, data_dir: DataDirOption = None) -> None:
    """Take the partner's newer file into the book, once every signature in it holds."""
    _take(book_of(data_dir), _load(agreement))


def _step(
    agreement: Path,
    kind: "StepKind",
    reason: str,
    now: str | None,
    data_dir: Path | None,
    passphrase_file: Path | None,
) -> None:
    from identity.trust.agreements import take_step

    desk = book_of(data_dir, passphrase_file)
    home, key_id, signer = desk.signer()
    stepped = take_step(
        _load(agreement), kind, region=home, kid=key_id, key=signer, at=moment(now), reason=reason
    )
    _take(desk, stepped)
    _save(stepped, agreement)


@rooms.command("activate")
def activate(
    agreement: AgreementFile,
    reason: ReasonOption = "-",
    now: NowOption = None,
    data_dir: DataDirOption = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Let a version that both sides signed take effect; the recognising side does."""
    from identity.trust.agreements import StepKind

    _step(agreement, StepKind.ACTIVATE, reason, now, data_dir, passphrase_file)


@rooms.command("suspend")
def suspend(
    agreement: AgreementFile,
    reason: ReasonOption,
    now: NowOption = None,
    data_dir: DataDirOption = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Stop recognition for a while; either side may."""
    from identity.trust.agreements import StepKind

    _step(agreement, StepKind.SUSPEND, reason, now, data_dir, passphrase_file)


@rooms.command("resume")
def resume(
    agreement: AgreementFile,
    reason: ReasonOption = "-",
    now: NowOption = None,
    data_dir: DataDirOption = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Go on; the side that suspended does."""
    from identity.trust.agreements import StepKind

    _step(agreement, StepKind.RESUME, reason, now, data_dir, passphrase_file)


@rooms.command("terminate")
def terminate(
    agreement: AgreementFile,
    reason: ReasonOption,
    now: NowOption = None,
    data_dir: DataDirOption = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """End a version for good; either side may."""
    from identity.trust.agreements import StepKind

    _step(agreement, StepKind.TERMINATE, reason, now, data_dir, passphrase_file)


@rooms.command("list")
def list_agreements(
    now: NowOption = None, data_dir: DataDirOption = None, as_json: JsonOption = False
) -> None:
    """List the agreements of the book with their states."""
    desk = book_of(data_dir)
    screen = screen_of(as_json=as_json, settings=desk.settings)
    at = moment(now)
    known = [(each, each.state_at(at)) for each in desk.read().agreements]
    columns = ["trust.agreement", "trust.version", "trust.from", "trust.to", "trust.state"]
    screen.rows(
        "trust.agreements",
        columns,
        [
            (
                each.id,
                str(each.version),
                *each.regions,
                text(f"credentials.agreement_state.{state.value}", desk.settings.lang),
            )
            for each, state in known
        ],
    )
    screen.finish(
        {
            "agreements": [
                {
                    "id": each.id,
                    "version": each.version,
                    "from": each.regions[0],
                    "to": each.regions[1],
                    "state": state,
                }
                for each, state in known
            ]
        }
    )
