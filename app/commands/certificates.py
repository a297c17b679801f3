"""Certificates on the command line: issued, printed, verified offline, revoked, listed; and who operates them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.common import (
    ActingRegionOption,
    DataDirOption,
    EngineOption,
    FirstOption,
    HandlerOption,
    JsonOption,
    day_of,
    screen_of,
    settings_of,
    with_workspace,
)
from domain.errors import InvalidInputError
from domain.time import civil_date
from locales import text

if TYPE_CHECKING:
    from domain.certificates import ServiceCertificate
    from workflows.certificates.issuing import Printed
    from workflows.workspace import Workspace

_LONGEST_FILE = 20 * 1024 * 1024


def issue(
    volunteer: Annotated[str, typer.Option("--volunteer", help="Key of the volunteer.", metavar="ID")],
    organisation: Annotated[
        str, typer.Option("--organisation", help="Key of the organisation that certifies.", metavar="ID")
    ],
    responsible: Annotated[
        str, typer.Option("--responsible", help="Who answers for it there.", metavar="NAME")
    ],
    handler: HandlerOption,
    since: Annotated[str, typer.Option("--since", help="First day of the period.", metavar="DATE")],
    until: Annotated[
        str | None, typer.Option("--until", help="Last day of the period; today without it.", metavar="DATE")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write; SERIAL.pdf without it.", metavar="FILE")
    ] = None,
    region: ActingRegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Certify a volunteer's verified services of a period and write the certificate as PDF."""
    from app.container import now
    from workflows.certificates.issuing import CertificateRequest, issue_certificate, print_certificate
    from workflows.people import desk_of

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    today = civil_date(now())
    asked = CertificateRequest(
        volunteer_id=volunteer,
        organisation_id=organisation,
        responsible=responsible,
        since=day_of(since, today),
        until=day_of(until, today),
    )

    async def work(ws: "Workspace") -> "Printed":
        actor = desk_of(handler, region)
        issued = (await issue_certificate(ws, actor, asked)).value
        return await print_certificate(ws, actor, issued.id, address=settings.address, locale=settings.lang)

    printed = with_workspace(settings, work)
    path = out or Path(f"{printed.certificate.serial}.pdf")
    path.write_bytes(printed.pdf)
    screen.say("certificates.issued", serial=printed.certificate.serial, file=path)
    screen.finish({**_plain(printed.certificate), "file": str(path)})


def reprint(
    serial: Annotated[str, typer.Argument(help="Number of the certificate.")],
    handler: HandlerOption,
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write; SERIAL.pdf without it.", metavar="FILE")
    ] = None,
    region: ActingRegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
) -> None:
    """Print a certificate again; the paper says which reprint it is."""
    from graph.certificates import code_of_serial
    from workflows.certificates.issuing import print_certificate
    from workflows.people import desk_of

    settings = settings_of(data_dir, engine)
    actor = desk_of(handler, region)

    async def work(ws: "Workspace") -> "Printed":
        code = await ws.store.read(lambda tx: code_of_serial(tx, actor, serial))
        return await print_certificate(ws, actor, code, address=settings.address, locale=settings.lang)

    printed = with_workspace(settings, work)
    path = out or Path(f"{serial}.pdf")
    path.write_bytes(printed.pdf)
    screen_of(as_json=False, settings=settings).say("certificates.issued", serial=serial, file=path)


def verify(
    presented: Annotated[
        str, typer.Argument(help="PDF file, or the text of its QR code.", metavar="FILE_OR_TEXT")
    ],
    public_key: Annotated[
        list[Path], typer.Option("--public-key", help="File with a trusted public key; may be repeated.")
    ],
    revocations: Annotated[
        Path | None, typer.Option("--revocations", help="File with the issuer's signed list of revocations.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a certificate without a network or a graph; the status is 1 for one that does not hold."""
    from workflows.certificates.signing import read_keys
    from workflows.certificates.signing import verify as check

    settings = settings_of(None)
    screen = screen_of(as_json=as_json, settings=settings)
    keys = read_keys([_text(path) for path in public_key])
    listed = None if revocations is None else _text(revocations)
    verdict = check(_presented(presented), keys, listed)
    claims = verdict.claims
    screen.say(
        "certificates.verdict", verdict=text(f"certificates.verdict.{verdict.code.value}", settings.lang)
    )
    if listed is None and verdict.holds:
        screen.say("certificates.no_list")
    if claims is not None and verdict.list_issued_at is not None:
        screen.say("certificates.list_of", day=civil_date(verdict.list_issued_at))
    if claims is not None:
        screen.table(
            "titles.certificate",
            {
                "certificate_serial": claims.serial,
                "certificate_name": claims.name,
                "certificate_issuer": claims.issuer,
                "certificate_period": f"{claims.since} – {claims.until}",
                "certificate_minutes": f"{claims.minutes:,}",
                "certificate_issued_on": claims.issued_on,
            },
        )
    screen.finish(
        {
            "verdict": verdict.code.value,
            "holds": verdict.holds,
            "serial": None if claims is None else claims.serial,
            "minutes": None if claims is None else claims.minutes,
        }
    )
    if not verdict.holds:
        raise typer.Exit(code=1)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{path} cannot be read", field=str(path)) from error


def _presented(given: str) -> str | bytes:
    """Give the bytes of a file of that name, or the text itself."""
    try:
        path = Path(given)
        if not path.is_file():
            return given
        if path.stat().st_size > _LONGEST_FILE:
            raise InvalidInputError("no certificate is that long", field=given[:200])
        return path.read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, InvalidInputError):
            raise
        return given  # too long for the name of a file: a text


def revoke(
    serial: Annotated[str, typer.Argument(help="Number of the certificate.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it is revoked.")],
    handler: HandlerOption,
    region: ActingRegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
) -> None:
    """Revoke a certificate; publish the list of revocations afterwards."""
    from graph.certificates import code_of_serial
    from workflows.certificates.issuing import revoke_certificate
    from workflows.people import desk_of

    settings = settings_of(data_dir, engine)
    actor = desk_of(handler, region)

    async def work(ws: "Workspace") -> "ServiceCertificate":
        code = await ws.store.read(lambda tx: code_of_serial(tx, actor, serial))
        return await revoke_certificate(ws, actor, code, reason=reason)

    with_workspace(settings, work)
    screen_of(as_json=False, settings=settings).say("certificates.revoked", serial=serial)


def list_(
    volunteer: Annotated[
        str | None, typer.Option("--volunteer", help="Key of a volunteer.", metavar="ID")
    ] = None,
    first: FirstOption = 50,
    region: ActingRegionOption = "/",
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """List certificates, newest first."""
    from graph.certificates import page_of_certificates
    from workflows.people import desk_of

    settings = settings_of(data_dir, engine)
    screen = screen_of(as_json=as_json, settings=settings)
    actor = desk_of("list", region)

    async def work(ws: "Workspace") -> "tuple[ServiceCertificate, ...]":
        page = await ws.store.read(
            lambda tx: page_of_certificates(tx, actor, volunteer_id=volunteer, first=first)
        )
        return page.rows

    rows = with_workspace(settings, work)
    columns = ("serial", "state", "volunteer", "minutes", "prints", "issued_on")
    screen.rows(
        "certificates.title",
        [f"certificates.{name}" for name in columns],
        (
            [
                row.serial,
                row.state.value,
                row.volunteer_id,
                str(row.minutes),
                str(row.prints),
                str(civil_date(row.issued_at)),
            ]
            for row in rows
        ),
    )
    screen.finish({"certificates": [_plain(row) for row in rows]})


def public_key(data_dir: DataDirOption = None) -> None:
    """Print the public key that this installation's certificates verify with."""
    from app.keys import secret_key
    from workflows.certificates.issuing import SECRET
    from workflows.certificates.signing import Signer, key_text

    settings = settings_of(data_dir)
    typer.echo(key_text(Signer(secret_key(settings.data_dir, SECRET)).public_key))


def revocations(
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write; standard output without it.", metavar="FILE")
    ] = None,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
) -> None:
    """Write the signed, dated list of revoked certificates."""
    from workflows.certificates.issuing import revocation_list

    listed = with_workspace(settings_of(data_dir, engine), revocation_list)
    if out is None:
        typer.echo(listed)
    else:
        out.write_text(listed + "\n", "utf-8")


def _plain(row: "ServiceCertificate") -> dict[str, object]:
    return {
        "serial": row.serial,
        "state": row.state.value,
        "volunteer": row.volunteer_id,
        "minutes": row.minutes,
        "prints": row.prints,
        "issued_at": row.issued_at.isoformat(),
        "verify_path": f"/verify/{row.id}",
    }
