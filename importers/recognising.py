"""Which mapping reads which sheet of a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.errors import UnreadableFileError
from importers.assistant.drift import recognise_drifted
from importers.headers import HeaderMatch, choose_mapping, is_empty, match_header, misfit
from importers.layout import parted
from importers.mapping import AUTO, SHIPPED, Mapping, MappingCatalogue
from importers.readers import open_source
from importers.sheets import Sheet, SourceFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A file with the mapping of each sheet that has one."""

    file: SourceFile
    matches: tuple[tuple[Sheet, HeaderMatch], ...]
    unmapped: tuple[Sheet, ...]

    @property
    def in_order(self) -> list[tuple[Sheet, HeaderMatch]]:
        """Its sheets as they are loaded."""
        return sorted(self.matches, key=lambda pair: pair[1].mapping.order)

    @property
    def order(self) -> int:
        """Where the file stands among others."""
        return min(match.mapping.order for _, match in self.matches)


def recognise(path: Path, mapping: str = AUTO, mappings: MappingCatalogue = SHIPPED) -> Recognised:
    """
    Open a file and find the mapping of each of its sheets.

    Raises
    ------
    UnreadableFileError
        The file cannot be read, or holds nothing.
    MappingError
        No mapping fits any sheet, or several fit one equally well.
    """
    file = open_source(path)
    candidates: tuple[Mapping, ...] = (
        tuple(mappings.all().values()) if mapping == AUTO else (mappings.get(mapping),)
    )
    matches: list[tuple[Sheet, HeaderMatch]] = []
    unmapped: list[Sheet] = []
    for sheet in file.sheets:
        match = _match(sheet, candidates)
        if match is not None:
            matches += parted(sheet, match, candidates, _match)
        elif not is_empty(sheet):
            unmapped.append(sheet)
    if not matches and not unmapped:
        raise UnreadableFileError(f"{path.name} holds no cell", file=path.name, reason="empty")
    if not matches:
        matches, unmapped = _drifted(unmapped, candidates)
    if not matches:
        raise misfit(unmapped[0], candidates)
    return Recognised(file=file, matches=tuple(matches), unmapped=tuple(unmapped))


def _drifted(
    sheets: Sequence[Sheet], candidates: Sequence[Mapping]
) -> tuple[list[tuple[Sheet, HeaderMatch]], list[Sheet]]:
    """Recognise sheets whose headers have changed since their mapping was confirmed."""
    found = [(sheet, recognise_drifted(sheet, candidates)) for sheet in sheets]
    matches = [(sheet, match) for sheet, match in found if match is not None]
    return matches, [sheet for sheet, match in found if match is None]


def _match(sheet: Sheet, candidates: Sequence[Mapping]) -> HeaderMatch | None:
    if len(candidates) == 1:
        match = match_header(sheet, candidates[0])
        return match if match is not None and match.fits else None
    return choose_mapping(sheet, candidates)
