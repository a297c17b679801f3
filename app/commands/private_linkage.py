"""Linkage of two regions that show each other no numbers: a session, encodings, and their comparison."""

import csv
import secrets
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.common import JsonOption, screen_of, settings_of
from app.commands.identity import IdColumnOption, people_of

if TYPE_CHECKING:
    from identity.private.sessions import PprlSession


class HashChoice(StrEnum):
    """Keyed hashes of a session."""

    sha256 = "sha256"
    sm3 = "sm3"


SessionOption = Annotated[
    Path,
    typer.Option(
        "--session", help="What both regions agreed on, with its key: a secret.", metavar="FILE.json"
    ),
]


def session(
    out: Annotated[
        Path, typer.Option("--out", help="Session to write; give it to the other region.", metavar="FILE")
    ],
    agreement: Annotated[str, typer.Option("--agreement", help="Name or number of the agreement.")],
    days: Annotated[int, typer.Option("--days", help="Days for which it is valid.", min=1, max=366)] = 90,
    algorithm: Annotated[
        HashChoice, typer.Option("--hash", help="Keyed hash of the tokens.")
    ] = HashChoice.sha256,
    as_json: JsonOption = False,
) -> None:
    """Begin a session with a fresh key of 256 bits."""
    from domain.errors import InvalidInputError
    from identity.private.sessions import PprlSession
    from identity.private.tokens import KEY_BYTES, TokenHash

    if out.exists():
        raise InvalidInputError("the file is there already", field="out", value=str(out), reason="exists")
    now = datetime.now(UTC)
    made = PprlSession(
        agreement=agreement,
        year=now.year,
        key=secrets.token_bytes(KEY_BYTES),
        algorithm=TokenHash(algorithm.value),
        expires_at=now + timedelta(days=days),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.touch(mode=0o600)
    out.write_text(made.dump(), "utf-8")
    screen = screen_of(as_json=as_json, settings=settings_of(None))
    screen.say("pprl_session", path=str(out), fingerprint=made.fingerprint)
    screen.finish(
        {"fingerprint": made.fingerprint, "expires_at": made.expires_at.isoformat(), "out": str(out)}
    )


def encode(
    file: Annotated[Path, typer.Argument(help="A register, as CSV or a workbook.", metavar="A.csv")],
    session_file: SessionOption,
    out: Annotated[
        Path, typer.Option("--out", help="Encodings to write, for who compares.", metavar="A.enc")
    ],
    handles: Annotated[
        Path,
        typer.Option("--handles", help="Whose encoding is whose; stays at home.", metavar="A.handles.csv"),
    ],
    id_column: IdColumnOption = None,
    as_json: JsonOption = False,
) -> None:
    """Encode a register: pseudonymous, not anonymous. Nothing that is written out holds a value of a record."""
    from identity.private.sessions import encode as encoded

    people, _ = people_of(file, "A", id_column)
    register = encoded(
        people, _session(session_file), now=datetime.now(UTC), new_handle=lambda: secrets.token_hex(16)
    )
    for path in (out, handles):
        path.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(register.encodings.dump())
    handles.touch(mode=0o600)
    with handles.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("handle", "rec_id"))
        writer.writerows(sorted(register.owners.items()))
    screen = screen_of(as_json=as_json, settings=settings_of(None))
    screen.say("pprl_encoded", records=len(people), path=str(out), fill=f"{register.encodings.fill:.0%}")
    screen.finish({
        "records": len(people), "fill": round(register.encodings.fill, 4), "out": str(out), "handles": str(handles),
        "fingerprint": register.encodings.fingerprint,
    })  # fmt: skip


def compare(
    left: Annotated[Path, typer.Argument(help="Encodings of one region.", metavar="A.enc")],
    right: Annotated[Path, typer.Argument(help="Encodings of the other region.", metavar="B.enc")],
    out: Annotated[Path, typer.Option("--out", help="Pairs of handles to write.", metavar="PAIRS.csv")],
    likeness: Annotated[
        float, typer.Option("--likeness", help="Least Dice coefficient of a pair.", min=0.3, max=1.0)
    ] = 0.58,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the encodings; without it they are deleted after the run.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare the encodings of two regions, and delete them."""
    from app.output import Phases
    from identity.private.comparing import compare as compared
    from identity.private.sessions import Encodings, delete

    phases = Phases()
    with phases.phase("reading"):
        ours, theirs = (Encodings.load(_bytes(path)) for path in (left, right))
    with phases.phase("comparing"):
        found = compared(ours, theirs, likeness=likeness)
    out.parent.mkdir(parents=True, exist_ok=True)
    found.pairs.write_csv(out, float_precision=6)
    if not keep:
        for path in (left, right):
            delete(path)
    screen = screen_of(as_json=as_json, settings=settings_of(None))
    screen.say("pprl_compared", pairs=len(found.pairs), path=str(out))
    screen.say("pprl_kept" if keep else "pprl_deleted")
    screen.finish({
        "pairs": len(found.pairs), "ambiguous": int(found.pairs["ambiguous"].sum()), "compared": found.compared,
        "seconds": phases.seconds, "deleted": not keep, "out": str(out),
    })  # fmt: skip


def _session(path: Path) -> "PprlSession":
    from identity.private.sessions import PprlSession

    return PprlSession.load(_bytes(path).decode("utf-8", "replace"))


def _bytes(path: Path) -> bytes:
    from domain.errors import UnreadableFileError

    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFileError(
            f"{path.name}: {error.strerror}", file=path.name, reason="missing", problem=str(error.strerror)
        ) from error
