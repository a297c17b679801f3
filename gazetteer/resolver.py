"""Free text to a dated code, or to the reason why there is none. Nothing is guessed in silence."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache, lru_cache

from domain.identifiers import RegionSystem
from gazetteer import answers
from gazetteer.answers import Certainty, Piece, PlaceReason, Resolution
from gazetteer.chains import Chain, chains, continued, skip
from gazetteer.index import COUNTY, Index, ends_a_name, index, is_road
from gazetteer.names import folded, pattern, words
from gazetteer.slips import slips
from gazetteer.spans import DIGITS, Division, atlas

_SCANNED = 200  # characters of prose that are looked through
_CODE_LENGTHS = frozenset(DIGITS)
_PROVINCE = 2
_TOWN = 9


@cache
def _capitals() -> frozenset[str]:
    return frozenset(words("capitals"))


@cache
def _before_short() -> frozenset[str]:
    return frozenset("".join([*words("before_short"), *words("separators")]))


@cache
def _firsts(system: RegionSystem) -> frozenset[str]:
    """Give the characters with which names of provinces begin."""
    return frozenset(one.name[0] for code, one in atlas(system).present.items() if len(code) == _PROVINCE)


class Resolver:
    """
    Reads places of one code system as of one day.

    Parameters
    ----------
    system
        Whose codes are wanted.
    day
        For which day; the list that ships says up to which year it knows.
    within
        Code, of any length, of the division that texts are about: it decides between places of one name, and
        names of towns need nothing before them.
    """

    def __init__(self, system: RegionSystem, day: date, within: str | None = None) -> None:
        self.system = system
        self.day = day
        self._index: Index = index(system)
        self._atlas = self._index.atlas
        self._homes: tuple[Division, ...] = ()
        if within:
            spans = self._atlas.spans(self._trimmed(within))
            self._homes = tuple(
                home for span in spans[:1] for home in (span, *self._atlas.enclosing(span, day))
            )

    def _trimmed(self, code: str) -> str:
        """Give a code without the zeros of the levels below it."""
        filled = code.ljust(12, "0")
        for length in DIGITS:
            if not filled[length:].strip("0") and len(code) >= length:
                return filled[:length]
        return code

    def resolve(self, text: str) -> Resolution:
        """Read one text."""
        bare = folded(text)
        if not bare:
            return self._unknown(text, PlaceReason.EMPTY)
        if bare.isascii() and bare.isdigit():
            return self._code(text, bare)
        start = self._start(bare)
        found = chains(self._index, bare, start, home=self._homes[0] if self._homes else None)
        if found:
            return self._chosen(text, bare, found)
        return self._almost(text, bare, start) or self._somewhere(text, bare, start)

    def _start(self, bare: str) -> int:
        """Pass what people write before an address: labels, post codes, marks."""
        at = 0
        while at < len(bare):
            label = pattern("labels").match(bare[at:])
            if label is None or not label.end():
                return at
            if next(self._index.starting(bare, at), None) is not None:
                return at
            at += label.end()
        return 0

    def _code(self, text: str, bare: str) -> Resolution:
        spans = self._atlas.spans(self._trimmed(bare)) if len(bare) in _CODE_LENGTHS else ()
        if not spans:
            return self._unknown(text, PlaceReason.NO_SUCH_CODE)
        standing = [span for span in spans if span.stood_on(self.day)]
        named = standing[:1] or spans
        pieces = tuple(Piece(text=bare, division=span, certainty=Certainty.EXACT) for span in named[:1])
        return self._dated(text, named, pieces=pieces, rest="")

    # --- one of several chains ---------------------------------------------------------------------------

    def _chosen(self, text: str, bare: str, found: Sequence[Chain]) -> Resolution:
        reach = max(chain.end for chain in found)
        best = [chain for chain in found if chain.end == reach]
        fewest = min(self._fallen(chain) for chain in best)
        best = [chain for chain in best if self._fallen(chain) == fewest]
        best = self._nearest(best)
        surest = min(_rank(chain) for chain in best)
        alone = len({chain.last for chain in best}) > 1 and len(best[0].pieces) == 1
        if alone and surest == _RANKS[Certainty.SHORT_NAME]:
            best = self._well_known(best)
        best = [chain for chain in best if _rank(chain) == min(_rank(other) for other in best)]
        lasts = self._reduced([chain.last for chain in best])
        chain = next(chain for chain in best if chain.last is lasts[0])
        rest = bare[chain.end :]
        if len(lasts) > 1 and fewest == 0:
            return Resolution(
                text=text,
                system=self.system,
                day=self.day,
                certainty=Certainty.AMBIGUOUS,
                candidates=tuple(lasts),
                pieces=chain.pieces if len(chain.pieces) == 1 else chain.pieces[:-1],
                rest=rest,
                reason=PlaceReason.SEVERAL_OF_THIS_NAME,
            )
        if self._names_a_zone(bare, chain):
            return Resolution(
                text=text,
                system=self.system,
                day=self.day,
                certainty=Certainty.UNKNOWN,
                candidates=tuple(lasts),
                rest=bare,
                reason=PlaceReason.NO_DIVISION_BUT_A_ZONE,
            )
        other = self._other(bare, chain)
        if other is not None:
            return self._both(text, chain, *other, rest=rest)
        if len(lasts) == 1:
            finer = self._finer(text, bare, chain)
            if finer is not None:
                return finer
        return self._dated(text, lasts, pieces=chain.pieces, rest=rest)

    def _names_a_zone(self, bare: str, chain: Chain) -> bool:
        """Whether a bare short name of a county is but the beginning of the name of a zone."""
        return (
            len(chain.pieces) == 1
            and len(chain.last.digits) == COUNTY
            and chain.certainty is Certainty.SHORT_NAME
            and not chain.last.is_zone
            and not any(self._related(chain.last, home) for home in self._homes)
            and pattern("zones").match(bare[chain.end :]) is not None
        )

    def _fallen(self, chain: Chain) -> int:
        """How many of a chain's divisions did not stand on the day."""
        return sum(not piece.division.stood_on(self.day) for piece in chain.pieces)

    def _nearest(self, found: list[Chain]) -> list[Chain]:
        """Keep chains that end in the division the text is about, or else in the next one above it."""
        for home in self._homes:
            inside = [
                chain for chain in found if chain.last is home or self._atlas.is_below(chain.last, home)
            ]
            if inside:
                return inside
        return found

    def _well_known(self, found: list[Chain]) -> list[Chain]:
        """A bare short name of a province means the province, that of a capital the capital."""
        provinces = [chain for chain in found if len(chain.last.digits) == _PROVINCE]
        capitals = [chain for chain in found if chain.last.digits in _capitals()]
        return provinces or capitals or found

    def _reduced(self, divisions: Iterable[Division]) -> list[Division]:
        """Give one division that holds all the others, where there is one; else all, each once."""
        different = list(dict.fromkeys(divisions))
        for one in different:
            if all(other is one or self._atlas.is_below(other, one) for other in different):
                return [one]
        return different

    # --- what stood on the day ---------------------------------------------------------------------------

    def _dated(
        self, text: str, named: Sequence[Division], *, pieces: tuple[Piece, ...], rest: str
    ) -> Resolution:
        said = answers.weakest([piece.certainty for piece in pieces])
        standing = list(dict.fromkeys(one for span in named for one in self._atlas.on(span, self.day)))
        standing = self._reduced(standing) if len(named) > 1 else standing
        here = named[0]
        past = any(not piece.division.stood_on(self.day) for piece in pieces)
        certainty = answers.weakest([said, Certainty.HISTORY]) if past else said
        if len(standing) == 1:
            return Resolution(
                text=text,
                system=self.system,
                day=self.day,
                certainty=certainty,
                division=standing[0],
                named=here if here is not standing[0] else None,
                pieces=pieces,
                rest=rest,
            )
        if standing:
            return Resolution(
                text=text,
                system=self.system,
                day=self.day,
                certainty=Certainty.AMBIGUOUS,
                named=here,
                candidates=tuple(standing),
                pieces=pieces,
                rest=rest,
                reason=PlaceReason.SEVERAL_SUCCESSORS,
            )
        above = self._held_by(here, pieces)
        reason = PlaceReason.WITHDRAWN if here.withdrawn or here.ended else PlaceReason.NOT_STANDING
        return Resolution(
            text=text,
            system=self.system,
            day=self.day,
            certainty=Certainty.UNKNOWN if above is None else Certainty.HISTORY,
            division=above,
            named=here,
            pieces=pieces,
            rest=rest,
            reason=reason,
        )

    def _held_by(self, fallen: Division, pieces: Sequence[Piece]) -> Division | None:
        """Give the nearest division named above one that fell without a known successor, as of the day."""
        above = [piece.division for piece in reversed(pieces) if piece.division is not fallen]
        if len(fallen.digits) >= _TOWN:
            above = [*above, *self._atlas.spans(fallen.digits[:COUNTY])]
        for division in above:
            standing = self._atlas.on(division, self.day)
            if len(standing) == 1:
                return standing[0]
        return None

    # --- what follows the names --------------------------------------------------------------------------

    def _other(self, bare: str, chain: Chain) -> tuple[Division, PlaceReason] | None:
        """Give another place that the text names beside the first, or against it."""
        listing = pattern("listing").match(bare[chain.end :])
        listed = listing is not None
        at = chain.end + listing.end() if listing else skip(bare, chain.end)
        if not listed and len(chain.last.digits) > COUNTY:
            return None
        for length, forms in self._index.starting(bare, at):
            for form in forms:
                other = form.division
                if not other.stood_on(self.day) or self._related(other, chain.last):
                    continue
                if form.certainty is Certainty.EXACT and length > _PROVINCE:
                    return other, PlaceReason.SEVERAL_PLACES if listed else PlaceReason.CONTRADICTION
                if listed and ends_a_name(bare, at + length):
                    return other, PlaceReason.SEVERAL_PLACES
        return self._second_address(bare, chain)

    def _second_address(self, bare: str, chain: Chain) -> tuple[Division, PlaceReason] | None:
        """Give another place whose whole path, from its province down, follows in the same text."""
        for at in range(chain.end, min(len(bare), _SCANNED)):
            if bare[at] not in _firsts(self.system):
                continue
            for other in chains(self._index, bare, at):
                first = other.pieces[0]
                if (
                    len(other.pieces) > 1
                    and first.certainty is Certainty.EXACT
                    and len(first.division.digits) == _PROVINCE
                    and not self._fallen(other)
                    and not self._related(other.last, chain.last)
                    and len(other.last.digits) <= len(chain.last.digits)
                ):
                    return other.last, PlaceReason.SEVERAL_PLACES
        return None

    def _related(self, one: Division, other: Division) -> bool:
        return one.code == other.code or self._atlas.is_below(one, other) or self._atlas.is_below(other, one)

    def _both(
        self, text: str, chain: Chain, other: Division, reason: PlaceReason, *, rest: str
    ) -> Resolution:
        return Resolution(
            text=text,
            system=self.system,
            day=self.day,
            certainty=Certainty.AMBIGUOUS,
            candidates=(chain.last, other),
            pieces=chain.pieces,
            rest=rest,
            reason=reason,
        )

    def _finer(self, text: str, bare: str, chain: Chain) -> Resolution | None:
        """Read on where a finer division is named that the list does not have: a slip, a zone, one unknown."""
        at = skip(bare, chain.end)
        tail = bare[at:]
        if len(chain.last.digits) > COUNTY or not tail or pattern("looks_like").match(tail) is None:
            return None
        levels = COUNTY if len(chain.last.digits) == _PROVINCE else _TOWN
        among = [one for one in self._index.below(chain.last, levels=levels) if one.stood_on(self.day)]
        found = slips(tail, among, below=True)
        meant = {slip.division for slip in found}
        if len(meant) == 1:
            slip = found[0]
            piece = Piece(text=slip.written, division=slip.division, certainty=Certainty.CORRECTED)
            further = self._further(bare, Chain((*chain.pieces, piece), at + len(slip.written)))
            return self._dated(text, [further.last], pieces=further.pieces, rest=bare[further.end :])
        zone = pattern("zones").match(tail)
        reason = PlaceReason.NO_DIVISION_BUT_A_ZONE if zone else PlaceReason.FINER_UNKNOWN
        plain = self._dated(text, [chain.last], pieces=chain.pieces, rest=bare[chain.end :])
        if plain.reason is not None:
            return plain
        return Resolution(
            text=text,
            system=self.system,
            day=self.day,
            certainty=plain.certainty,
            division=plain.division,
            named=plain.named,
            candidates=tuple(meant),
            pieces=plain.pieces,
            rest=plain.rest,
            reason=PlaceReason.MISSPELT if meant else reason,
        )

    def _further(self, bare: str, chain: Chain) -> Chain:
        """Go on below a division as far as one reading of the text goes."""
        found = [
            one
            for one in continued(self._index, bare, chain)
            if all(piece.division.stood_on(self.day) for piece in one.pieces)
        ]
        if not found:
            return chain
        reach = max(one.end for one in found)
        best = [one for one in found if one.end == reach]
        return best[0] if len({one.last for one in best}) == 1 else chain

    # --- nothing at the start ----------------------------------------------------------------------------

    def _almost(self, text: str, bare: str, start: int) -> Resolution | None:
        """Read a text that begins with almost the name of a division."""
        tail = bare[start:]
        if pattern("looks_like").match(tail) is None:
            return None
        for home in (*self._homes, None):
            if home is None:
                among = [
                    one
                    for one in self._atlas.present.values()
                    if len(one.digits) <= COUNTY and one.stood_on(self.day)
                ]
            else:
                levels = COUNTY if len(home.digits) == _PROVINCE else _TOWN
                among = [one for one in self._index.below(home, levels=levels) if one.stood_on(self.day)]
            found = slips(tail, among, below=home is not None)
            meant = list(dict.fromkeys(slip.division for slip in found))
            if not meant:
                continue
            if len(meant) > 1:
                return Resolution(
                    text=text,
                    system=self.system,
                    day=self.day,
                    certainty=Certainty.AMBIGUOUS,
                    candidates=tuple(meant),
                    rest=tail,
                    reason=PlaceReason.MISSPELT,
                )
            piece = Piece(text=found[0].written, division=meant[0], certainty=Certainty.CORRECTED)
            chain = self._further(bare, Chain((piece,), start + len(piece.text)))
            return self._dated(text, [chain.last], pieces=chain.pieces, rest=bare[chain.end :])
        return None

    def _somewhere(self, text: str, bare: str, start: int) -> Resolution:
        """Look for a place inside a text that begins with something else."""
        first: Chain | None = None
        answer: Resolution | None = None
        at = start + 1
        while at < min(len(bare), _SCANNED):
            found = [chain for chain in chains(self._index, bare, at) if self._stands_out(bare, at, chain)]
            if not found:
                at += 1
                continue
            if first is None:
                answer = self._chosen(text, bare, found)
                first = max(found, key=lambda chain: chain.end)
                if answer.division is None:
                    return answer
            else:
                other = max(found, key=lambda chain: chain.end)
                if not self._related(other.last, first.last):
                    return self._both(
                        text, first, other.last, PlaceReason.SEVERAL_PLACES, rest=bare[first.end :]
                    )
            at = max(chain.end for chain in found)
        if answer is not None:
            return answer
        zone = pattern("zones").match(bare[start:])
        return self._unknown(
            text, PlaceReason.NO_DIVISION_BUT_A_ZONE if zone else PlaceReason.NO_DIVISION_NAMED
        )

    def _stands_out(self, bare: str, at: int, chain: Chain) -> bool:
        """Whether names in the middle of a text are surely a place and no part of other words."""
        first = chain.pieces[0]
        if len(first.division.digits) > COUNTY or not first.division.stood_on(self.day):
            return False
        if len(chain.pieces) > 1:
            return True
        if first.certainty is Certainty.EXACT:
            return len(first.text) > _PROVINCE
        return bare[at - 1] in _before_short() and not is_road(bare, chain.end)

    def _unknown(self, text: str, reason: PlaceReason) -> Resolution:
        return Resolution(
            text=text, system=self.system, day=self.day, certainty=Certainty.UNKNOWN, rest=text, reason=reason
        )


_RANKS = {certainty: rank for rank, certainty in enumerate(Certainty)}


def _rank(chain: Chain) -> int:
    return _RANKS[chain.certainty]


@lru_cache(maxsize=256)
def resolver(system: RegionSystem, day: date, within: str | None = None) -> Resolver:
    """Give the resolver of a system, a day and a division; the latest asked for are kept."""
    return Resolver(system, day, within)


def resolve_place(
    text: str, *, day: date, system: RegionSystem = RegionSystem.NBS, within: str | None = None
) -> Resolution:
    """
    Read a place.

    Parameters
    ----------
    text
        A code, a path of names, an address, or prose that names a place.
    day
        The day for which the code is wanted.
    system
        Whose codes.
    within
        Code of the division that the text is about, where that is known.
    """
    return resolver(system, day, within).resolve(text)


def resolve_places(
    texts: Iterable[str], *, day: date, system: RegionSystem = RegionSystem.NBS, within: str | None = None
) -> list[Resolution]:
    """Read many places; each different text once."""
    reader = resolver(system, day, within)
    known: dict[str, Resolution] = {}
    return [known.get(text) or known.setdefault(text, reader.resolve(text)) for text in texts]
