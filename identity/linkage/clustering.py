"""
Pairs become persons, within constraints that no score overrides.

Edges are taken by falling weight and then by ids, so that the outcome does not depend on the order in which they came.
What would break a constraint is refused with its reason, and becomes a task for a reviewer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from domain.errors import InvalidInputError
from identity.linkage.records import KEY, LinkDecision

Link = tuple[str, str]
"""Two record ids; which stands first means nothing."""


class RefusalReason(StrEnum):
    """Why a union was refused."""

    SAME_REGISTRY = "same_registry"
    CANNOT_LINK = "cannot_link"
    VETO = "veto"
    WEAK_CROSS_PAIR = "weak_cross_pair"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class RefusedUnion:
    """An edge whose union was refused, and the two records that stood against it."""

    left_id: str
    right_id: str
    reason: RefusalReason
    against: Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Clusters:
    """
    Persons as sets of records.

    Parameters
    ----------
    members
        Records of each person, oldest first. A person goes by the id of the oldest record: on a merge the older id
        wins, and on a split the part with the oldest record keeps it.
    refused
        Unions that were not made.
    """

    members: dict[str, tuple[str, ...]]
    refused: tuple[RefusedUnion, ...]

    def person_of(self) -> dict[str, str]:
        """Give the person of each record."""
        return {record: person for person, records in self.members.items() for record in records}


def cluster(
    records: pl.DataFrame,
    pairs: pl.DataFrame,
    must_link: Iterable[Link] = (),
    cannot_link: Iterable[Link] = (),
) -> Clusters:
    """
    Join records into persons.

    Parameters
    ----------
    records
        ``rec_id``, ``source``, and ``recorded_at`` where ages decide which record is the oldest; without it the least
        id is. Ids are unique over all sources.
    pairs
        Pairs as ``link`` gives them. Automatic ones are edges; vetoed and rejected ones stand against unions.
    must_link
        Pairs that a reviewer confirmed. Within one registry they make a confirmed group of duplicates.
    cannot_link
        Pairs that a reviewer or a rule parted. They win over everything else.

    Raises
    ------
    InvalidInputError
        Two records share an id, or a pair names a record that is not there.
    """
    order = _order(records)
    work = _Unions(order, dict(zip(records[KEY], records["source"].fill_null(""), strict=True)))
    confirmed = sorted({_ordered(link) for link in must_link})
    parted = {_ordered(link) for link in cannot_link}
    work.bar(sorted(parted), RefusalReason.CANNOT_LINK)
    weight = "weight" if "weight" in pairs.columns else "probability"
    scored = pairs.select(
        "left_id",
        "right_id",
        "decision",
        pl.col(weight).alias("_weight"),
        pl.col("evidence").str.json_path_match("$.vetoes[0]").is_not_null().alias("_veto"),
    ).rows()
    free = [row for row in scored if _ordered((row[0], row[1])) not in {*confirmed, *parted}]
    work.bar((_ordered((a, b)) for a, b, _, _, veto in free if veto), RefusalReason.VETO)
    work.bar(
        (
            _ordered((a, b))
            for a, b, decision, _, veto in free
            if decision == LinkDecision.REJECT and not veto
        ),
        RefusalReason.WEAK_CROSS_PAIR,
    )
    work.confirm([link for link in confirmed if link not in parted])
    edges = sorted(
        (-value, *_ordered((a, b))) for a, b, decision, value, _ in free if decision == LinkDecision.AUTO
    )
    for _, a, b in edges:
        work.join(a, b)
    return work.clusters()


def _ordered(link: Link) -> Link:
    return link if link[0] <= link[1] else (link[1], link[0])


def _order(records: pl.DataFrame) -> dict[str, int]:
    by = ["recorded_at", KEY] if "recorded_at" in records.columns else [KEY]
    ids = records.sort(by, nulls_last=True)[KEY].to_list()
    order = {record: place for place, record in enumerate(ids)}
    if len(order) != len(ids):
        raise InvalidInputError("two records have one rec_id", field=KEY, reason="repeated_key")
    return order


class _Unions:
    """Union-find that knows for each part its registries and what stands against its records."""

    def __init__(self, order: dict[str, int], sources: dict[str, str]) -> None:
        self._order = order
        self._sources = sources
        self._root = {record: record for record in order}
        self._parts: dict[str, list[str]] = {record: [record] for record in order}
        self._against: dict[str, dict[str, RefusalReason]] = {record: {} for record in order}
        self._group: dict[str, str] = {record: record for record in order}
        self._refused: set[RefusedUnion] = set()

    def bar(self, links: Iterable[Link], reason: RefusalReason) -> None:
        """Let pairs stand against unions; the first reason given to a pair stays."""
        for a, b in links:
            self._known(a, b)
            self._against[a].setdefault(b, reason)
            self._against[b].setdefault(a, reason)

    def confirm(self, links: Sequence[Link]) -> None:
        """Join what reviewers confirmed; duplicates of one registry first, since others lean on them."""
        inside = [(a, b) for a, b in links if self._source(a) == self._source(b)]
        of_group: dict[str, list[str]] = {}
        for a, b in inside:
            self._known(a, b)
            old, new = self._group[a], self._group[b]
            if old != new:
                moving = of_group.pop(old, [old])
                of_group.setdefault(new, [new]).extend(moving)
                for record in moving:
                    self._group[record] = new
        for a, b in [*inside, *links]:
            self.join(a, b, confirmed=True)

    def join(self, a: str, b: str, *, confirmed: bool = False) -> None:
        """Join the parts of two records, unless a constraint is against it."""
        self._known(a, b)
        left, right = self._find(a), self._find(b)
        if left == right:
            return
        small, large = sorted((left, right), key=lambda root: (len(self._parts[root]), self._order[root]))
        found = self._objection(small, large, confirmed=confirmed)
        if found is not None:
            reason, against = found
            self._refused.add(RefusedUnion(left_id=a, right_id=b, reason=reason, against=against))
            return
        for record in self._parts[small]:
            self._root[record] = large
        self._parts[large] += self._parts.pop(small)

    def clusters(self) -> Clusters:
        """Give the parts, each under its oldest record."""
        parts = sorted(
            (sorted(part, key=self._order.__getitem__) for part in self._parts.values()),
            key=lambda part: self._order[part[0]],
        )
        still = {refusal for refusal in self._refused
                 if self._find(refusal.left_id) != self._find(refusal.right_id)}  # fmt: skip
        return Clusters(members={part[0]: tuple(part) for part in parts}, refused=tuple(sorted(still)))

    def _objection(self, small: str, large: str, *, confirmed: bool) -> tuple[RefusalReason, Link] | None:
        objections: list[tuple[int, Link, RefusalReason]] = []
        others = set(self._parts[large])
        by_source: dict[str, set[str]] = {}
        for record in self._parts[large]:
            by_source.setdefault(self._source(record), set()).add(record)
        for record in self._parts[small]:
            for other, reason in self._against[record].items():
                # a reviewer who confirmed a pair has seen the scores, not the partings of other reviewers
                if other in others and (not confirmed or reason is RefusalReason.CANNOT_LINK):
                    objections.append((_RANK[reason], _ordered((record, other)), reason))
            for other in by_source.get(self._source(record), ()):
                if self._group[record] != self._group[other]:
                    reason = RefusalReason.SAME_REGISTRY
                    objections.append((_RANK[reason], _ordered((record, other)), reason))
        if not objections:
            return None
        _, against, reason = min(objections)
        return reason, against

    def _find(self, record: str) -> str:
        return self._root[record]

    def _source(self, record: str) -> str:
        return self._sources.get(record, "")

    def _known(self, a: str, b: str) -> None:
        for record in (a, b):
            if record not in self._order:
                raise InvalidInputError("a pair names a record that is not there", field=KEY, value=record)


_RANK = {
    RefusalReason.CANNOT_LINK: 0,
    RefusalReason.VETO: 1,
    RefusalReason.SAME_REGISTRY: 2,
    RefusalReason.WEAK_CROSS_PAIR: 3,
}
