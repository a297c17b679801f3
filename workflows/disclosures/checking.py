"""
Proving the file of a pack against the ledger: its digest, its own sums, and every figure that the ledger gives.

Names, purposes and duties are as they were when it was made; what they are now proves nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from domain.disclosure_packs import DisclosurePack, PackState, Period
from domain.errors import InvalidInputError
from domain.ledger import FundAccount
from graph.disclosure_packs import find_pack
from graph.ports import ReadTransaction
from workflows.disclosures.books import digest_over, sums_between, total
from workflows.disclosures.making import make_pack
from workflows.disclosures.pack import Pack, read_pack

_LEDGER_FIGURES: Mapping[str, tuple[str, ...]] = {
    "books": ("fund_id", "earmark_id", "project", "sums", "opening", "closing", "movements", "digest"),
    "projects": ("number", "kind", "id", "sums", "to_needs_fen"),
    "income": ("lines", "total_fen"),
    "ledger": ("entries", "entries_in_period", "accounts", "digest"),
    "totals": (),
}
"""Parts of a pack that follow from the ledger alone, and which of their fields; none means all."""


class PackBreak(StrEnum):
    """How a file can be wrong."""

    DIGEST = "DIGEST"  # it is not what its digest says
    UNKNOWN = "UNKNOWN"  # no such pack is kept here
    STORED = "STORED"  # another file is kept under its name
    DRAFT = "DRAFT"  # it was never published
    SUM = "SUM"  # its own figures do not add up
    LEDGER = "LEDGER"  # the ledger says another figure


@dataclass(frozen=True, slots=True, kw_only=True)
class PackFinding:
    """One thing that does not hold: where in the file, what it says, and what it should."""

    broken: PackBreak
    where: str
    said: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackCheck:
    """What was looked at, the same pack as it would be made now, and what does not hold."""

    pack: Pack
    fresh: Pack
    figures: int
    findings: tuple[PackFinding, ...]

    @property
    def holds(self) -> bool:
        """Whether the file is what the ledger says."""
        return not self.findings


async def check_pack(tx: ReadTransaction, text: str, *, drafts: bool = False) -> PackCheck:
    """
    Hold the file of a pack against the ledger.

    Parameters
    ----------
    drafts
        Whether a pack that is not published yet is one.

    Raises
    ------
    InvalidInputError
        It is no such file.
    NotFoundError
        Its organisation is not kept here.
    ConflictError
        The books themselves do not prove.
    """
    pack, said, digest = read_pack(text)
    findings: list[PackFinding] = []
    if said != digest:
        findings.append(PackFinding(broken=PackBreak.DIGEST, where="digest", said=said, found=digest))
    kept = await find_pack(tx, pack.id)
    findings += _stored(pack, digest, kept, drafts=drafts)
    findings += [
        PackFinding(broken=PackBreak.SUM, where=where, said=str(one), found=str(other))
        for where, one, other in _own_sums(pack)
        if one != other
    ]
    heads = kept.heads if kept is not None and not pack.period.final else None
    made = await make_pack(
        tx,
        pack.organisation.id,
        _period_of(pack),
        pack_id=pack.id,
        read_at=pack.period.read_at,
        heads=heads,
    )
    told, worked_out = _figures(pack), _figures(made.pack)
    findings += [
        PackFinding(
            broken=PackBreak.LEDGER,
            where=where,
            said=str(told.get(where, "")),
            found=str(worked_out.get(where, "")),
        )
        for where in sorted(told.keys() | worked_out.keys())
        if told.get(where) != worked_out.get(where)
    ]
    return PackCheck(pack=pack, fresh=made.pack, figures=len(told), findings=tuple(findings))


def _period_of(pack: Pack) -> Period:
    period = Period.named(pack.period.name)
    if (period.start, period.end, period.kind) != (pack.period.start, pack.period.end, pack.period.kind):
        raise InvalidInputError("not the file of a pack", field="period", value=pack.period.name)
    return period


def _stored(pack: Pack, digest: str, kept: DisclosurePack | None, *, drafts: bool) -> Iterator[PackFinding]:
    if kept is None:
        yield PackFinding(broken=PackBreak.UNKNOWN, where="id", said=pack.id)
        return
    if kept.digest != digest:
        yield PackFinding(broken=PackBreak.STORED, where="digest", said=digest, found=kept.digest)
    if kept.state is PackState.DRAFT and not drafts:
        yield PackFinding(broken=PackBreak.DRAFT, where="state", found=kept.state.value)


def _own_sums(pack: Pack) -> Iterator[tuple[str, object, object]]:
    """Give pairs of figures of one file that are equal, with where they stand."""
    for place, book in enumerate(pack.books):
        where = f"books[{place}]"
        yield f"{where}.sums", book.sums, sums_between(book.opening, book.closing)
        yield f"{where}.opening", sum(book.opening.values()), 0
        yield f"{where}.closing", sum(book.closing.values()), 0
        moved = dict.fromkeys(FundAccount, 0)
        for movement in book.movements:
            moved[movement.debit] -= movement.amount_fen
            moved[movement.credit] += movement.amount_fen
        for account in FundAccount:
            after = book.opening[account] + moved[account]
            yield f"{where}.closing.{account.value}", book.closing[account], after
    for project in pack.projects:
        of = total(book.sums for book in pack.books if book.project == project.number)
        yield f"projects[{project.number - 1}].sums", project.sums, of
    yield "totals", pack.totals, total(book.sums for book in pack.books)
    yield "income.total_fen", pack.income.total_fen, pack.totals.received_fen
    yield "income.lines", sum(line.amount_fen for line in pack.income.lines), pack.income.total_fen
    yield "ledger.digest", pack.ledger.digest, digest_over(book.digest for book in pack.books)
    for account in FundAccount:
        held = sum(book.closing[account] for book in pack.books)
        yield f"ledger.accounts.{account.value}", pack.ledger.accounts[account], held
    for control in pack.ledger.controls:
        yield f"ledger.controls.{control.name}", control.pack_fen, control.ledger_fen
        yield f"totals.{control.name}", getattr(pack.totals, control.name, None), control.pack_fen


def _figures(pack: Pack) -> dict[str, object]:
    """Give what follows from the ledger alone, by where it stands in the file."""
    content = pack.model_dump(mode="json")
    found: dict[str, object] = {}
    for part, fields in _LEDGER_FIGURES.items():
        rows = content[part] if isinstance(content[part], list) else [content[part]]
        for place, row in enumerate(cast("list[dict[str, Any]]", rows)):
            name = f"{part}[{place}]" if isinstance(content[part], list) else part
            for field in fields or row:
                found |= dict(_leaves(f"{name}.{field}", row[field]))
    return found


def _leaves(where: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, inner in cast("dict[str, object]", value).items():
            yield from _leaves(f"{where}.{name}", inner)
    elif isinstance(value, list):
        for place, inner in enumerate(cast("list[object]", value)):
            yield from _leaves(f"{where}[{place}]", inner)
    else:
        yield where, value
