"""
Linkage of two registers, of one with itself, and of new records with those that are known.

Nothing here merges anything: pairs with decisions and evidence come out, and who acts on them is the caller's affair.
"""

import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import polars as pl

from identity.linkage.blocking import HAN as HAN_RULES
from identity.linkage.blocking import LATIN as LATIN_RULES
from identity.linkage.blocking import Blocked, block
from identity.linkage.comparisons import HAN, LATIN, Comparison
from identity.linkage.decisions import RuleSet, Thresholds, judge
from identity.linkage.evidence import with_evidence
from identity.linkage.features import features
from identity.linkage.parameters import Parameters, shipped
from identity.linkage.records import KEY, PAIR_SCHEMA, LinkDecision, pair_frame, person_frame
from identity.linkage.scoring import Scored, score
from identity.linkage.worker import ScoringWorker


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRules:
    """
    How a run decides.

    Parameters
    ----------
    rules
        ``strict`` or ``general``; without it ``strict`` where the registers hold Chinese names, else ``general``.
    thresholds
        Bounds.
    adapt
        Whether parameters are fitted to the records; without it they are for parted names, whose noise nobody knows
        beforehand, and for Chinese registers they are not.
    duplicates
        Whether a register may hold one person twice; without it this is looked at.
    parameters
        The model; without it the shipped one.
    seed
        Of random pairs and samples.
    """

    rules: RuleSet | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)
    adapt: bool | None = None
    duplicates: bool | None = None
    parameters: Parameters | None = None
    seed: int = 20261122


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkResult:
    """
    Pairs with their decisions.

    Parameters
    ----------
    pairs
        Columns of ``PAIR_SCHEMA``, sorted by falling weight and ids.
    seconds
        Wall-clock seconds by phase.
    fields
        Fields that were compared.
    rules
        Name of the decision rules.
    model
        Name of the parameters.
    candidates
        Pairs that were compared.
    duplicates
        Whether records were taken to stand twice in a register.
    """

    pairs: pl.DataFrame
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    fields: tuple[str, ...] = ()
    rules: str = ""
    model: str = ""
    candidates: int = 0
    duplicates: bool = False

    def decided(self, decision: LinkDecision) -> pl.DataFrame:
        """Pairs of one decision."""
        return self.pairs.filter(pl.col("decision") == decision)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedPeople:
    """Records with their features, worked out once and linked with often."""

    people: pl.DataFrame
    features: pl.DataFrame

    def __len__(self) -> int:
        """Give the number of records."""
        return len(self.people)


def prepare(people: pl.DataFrame) -> PreparedPeople:
    """
    Work out the features of records.

    Raises
    ------
    InvalidInputError
        A key is missing, empty, or stands twice in one source.
    """
    checked = person_frame(people)
    return PreparedPeople(people=checked, features=features(checked))


def link(
    left: pl.DataFrame | PreparedPeople,
    right: pl.DataFrame | PreparedPeople,
    rules: LinkRules | None = None,
    *,
    worker: ScoringWorker | None = None,
) -> LinkResult:
    """
    Link two registers.

    Parameters
    ----------
    left, right
        Records as ``person_frame`` takes them, or prepared ones.
    rules
        How to decide.
    worker
        A child process that is kept; without it one is started and ended.
    """
    with _lent(worker) as lent:
        return _Run(rules or LinkRules(), lent).between(left, right)


def dedupe(
    people: pl.DataFrame | PreparedPeople,
    rules: LinkRules | None = None,
    *,
    worker: ScoringWorker | None = None,
) -> LinkResult:
    """Find records of one person within a register; a person may have any number of them."""
    with _lent(worker) as lent:
        return _Run(rules or LinkRules(), lent).within(people)


def match_new(
    existing: pl.DataFrame | PreparedPeople,
    new: pl.DataFrame | PreparedPeople,
    rules: LinkRules | None = None,
    *,
    worker: ScoringWorker | None = None,
) -> LinkResult:
    """
    Match new records with those known; ``left_id`` is the known record.

    Frequencies of values are those of all records, and the prior is that of the shipped model, since a few records tell
    nothing about it.
    """
    with _lent(worker) as lent:
        return _Run(rules or LinkRules(adapt=False, duplicates=True), lent).between(
            existing, new, incremental=True
        )


@contextmanager
def _lent(worker: ScoringWorker | None) -> Generator[ScoringWorker]:
    if worker is not None:
        yield worker
    else:
        with ScoringWorker() as own:
            yield own


class _Run:
    """One linkage, phase after phase."""

    def __init__(self, rules: LinkRules, worker: ScoringWorker) -> None:
        self._rules = rules
        self._worker = worker
        self._seconds: dict[str, float] = {}

    @contextmanager
    def _phase(self, name: str) -> Generator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[name] = round(self._seconds.get(name, 0.0) + time.perf_counter() - begun, 3)

    def _prepared(self, people: pl.DataFrame | PreparedPeople) -> PreparedPeople:
        if isinstance(people, PreparedPeople):
            return people
        with self._phase("features"):
            return prepare(people)

    def between(
        self,
        left: pl.DataFrame | PreparedPeople,
        right: pl.DataFrame | PreparedPeople,
        *,
        incremental: bool = False,
    ) -> LinkResult:
        ours, theirs = self._prepared(left), self._prepared(right)
        if not len(ours) or not len(theirs):
            return LinkResult(pairs=pair_frame(), seconds=self._seconds)
        duplicates = self._rules.duplicates
        if duplicates is None:
            duplicates = holds_duplicates(ours.features) or holds_duplicates(theirs.features)
        return self._linked(ours, theirs, duplicates=duplicates, incremental=incremental)

    def within(self, people: pl.DataFrame | PreparedPeople) -> LinkResult:
        ours = self._prepared(people)
        if len(ours) < 2:
            return LinkResult(pairs=pair_frame(), seconds=self._seconds)
        return self._linked(ours, None, duplicates=True, incremental=False)

    def _linked(
        self, left: PreparedPeople, right: PreparedPeople | None, *, duplicates: bool, incremental: bool
    ) -> LinkResult:
        other = right or left
        latin = is_parted(left.features) or (right is not None and is_parted(right.features))
        rules = self._rules.rules or (RuleSet.GENERAL if latin else RuleSet.STRICT)
        comparisons = usable(LATIN if latin else HAN, left.features, other.features)
        with self._phase("blocking"):
            blocked = self._blocked(left, right, comparisons, latin=latin)
        with self._phase("scoring"):
            scored = score(
                left.features,
                None if right is None else right.features,
                blocked.pairs,
                comparisons,
                self._rules.parameters or shipped(),
                self._worker,
                adapt=(latin if self._rules.adapt is None else self._rules.adapt) and not incremental,
                incremental=incremental,
                kept=self._rules.thresholds.kept,
                seed=self._rules.seed,
            )
        with self._phase("deciding"):
            judged = judge(
                scored.pairs,
                rules,
                self._rules.thresholds,
                one_to_one=right is not None,
                displace=right is not None and not duplicates,
            )
            pairs = self._named(judged, left, other, scored)
        return LinkResult(
            pairs=pairs,
            seconds=self._seconds,
            fields=tuple(one.field for one in comparisons),
            rules=rules,
            model=scored.parameters.name,
            candidates=len(blocked.pairs),
            duplicates=duplicates,
        )

    def _blocked(
        self,
        left: PreparedPeople,
        right: PreparedPeople | None,
        comparisons: Sequence[Comparison],
        *,
        latin: bool,
    ) -> Blocked:
        rules = LATIN_RULES if latin else HAN_RULES
        return block(left.features, None if right is None else right.features, rules, comparisons)

    def _named(
        self, judged: pl.DataFrame, left: PreparedPeople, right: PreparedPeople, scored: Scored
    ) -> pl.DataFrame:
        told = with_evidence(judged, scored.comparisons)
        return (
            told.with_columns(
                left.people[KEY].gather(told["l"]).alias("left_id"),
                right.people[KEY].gather(told["r"]).alias("right_id"),
            )
            .select(*PAIR_SCHEMA)
            .sort(["weight", "left_id", "right_id"], descending=[True, False, False])
        )


def is_parted(found: pl.DataFrame) -> bool:
    """Whether names are those of registers of given names and surnames, rather than Chinese ones in any script."""
    kinds = found["name_kind"].drop_nulls()
    if not len(kinds):
        return found["given"].is_not_null().any()
    foreign = found.filter(pl.col("name_kind") == "latin")["name_dialect"].null_count()
    return foreign > 0.5 * len(kinds)


def usable(
    comparisons: Sequence[Comparison], left: pl.DataFrame, right: pl.DataFrame
) -> tuple[Comparison, ...]:
    """Comparisons of fields that both registers state."""
    return tuple(
        one for one in comparisons
        if any(left[name].is_not_null().any() for name in _stating(one))
        and any(right[name].is_not_null().any() for name in _stating(one))
    )  # fmt: skip


def _stating(comparison: Comparison) -> tuple[str, ...]:
    told = {
        "name": ("name_key", "name_mask"), "id": ("id_text", "id_mask", "id_hash"), "phone": ("phone", "phone_mask"),
        "birth": ("birth_year",), "address": ("address_tail",),
    }  # fmt: skip
    return told.get(comparison.field, (comparison.field,))


_FEW = 0.002


def holds_duplicates(found: pl.DataFrame) -> bool:
    """Whether a register seems to hold people twice: by one sound number, or by one name, birth and telephone."""
    by_id = found.filter("id_valid").select("id_text", "name_key").drop_nulls()
    by_phone = found.select("name_key", "birth", "phone").drop_nulls()
    by_all = found.select("given", "family", "birth", "postcode", "street").drop_nulls()
    twice = max(int(part.is_duplicated().sum()) / 2 for part in (by_id, by_phone, by_all))
    return twice > _FEW * len(found)
