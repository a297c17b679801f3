"""
HC-07: under-age volunteers, by the age bands of the region where the service takes place.

A band says refused, with the guardian's consent, with consent and an adult in the same team, or only in a
group at an institution; whether home visits are open to it; and the minutes of one day (by the volunteer's
own region).
"""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from matching.arrays import BoolArray, IntArray
from matching.formulation.instance import Instance, age_y
from matching.policy import AgeBand, BandRule
from matching.rules.base import Rule, Visits
from matching.rules.view import PlanView, Violation, day_of

ADULT_Y = 18


def _band_sets(instance: Instance) -> tuple[list[tuple[AgeBand, ...]], IntArray]:
    """Bands in force somewhere, and which of them by need."""
    sets: list[tuple[AgeBand, ...]] = []
    of_region: list[int] = []
    for path in instance.regions:
        bands = instance.policy.age_bands_in(path)
        if bands not in sets:
            sets.append(bands)
        of_region.append(sets.index(bands))
    return sets, np.array(of_region, dtype=np.int64)[instance.needs.region]


def keep(instance: Instance, visits: Visits) -> BoolArray:
    """Keep what the volunteer's band allows in one visit; escorts are a row of the model."""
    pairs, needs = visits.pairs, instance.needs
    years = age_y(instance.volunteers.birth_day[pairs.volunteer], visits.first_day)
    consent = instance.volunteers.guardian_consent[pairs.volunteer]
    team = (instance.slots.first[pairs.need + 1] - instance.slots.first[pairs.need]) >= 2
    at_home = needs.home_visit[pairs.need]
    institution = needs.institution[pairs.need]
    allowed = np.ones(len(years), dtype=np.bool_)
    if not (years < ADULT_Y).any():
        return allowed
    sets, which = _band_sets(instance)
    for index, bands in enumerate(sets):
        below = -1_000
        for band in bands:
            rows = (which[pairs.need] == index) & (years >= below) & (years < band.below_y)
            if band.rule is BandRule.REFUSED:
                fits = np.zeros(len(years), dtype=np.bool_)
            elif band.rule is BandRule.CONSENT:
                fits = consent
            elif band.rule is BandRule.CONSENT_AND_ESCORT:
                fits = consent & team
            else:
                fits = institution & team
            allowed &= ~rows | (fits & (band.home_visits | ~at_home))
            below = band.below_y
    short = visits.end_min - visits.start_min <= day_cap_min(instance, pairs.volunteer)
    return allowed & short


def needs_escort(instance: Instance, visits: Visits) -> BoolArray:
    """Visits that ask for an adult in the same team."""
    pairs = visits.pairs
    years = age_y(instance.volunteers.birth_day[pairs.volunteer], visits.first_day)
    asked = np.zeros(len(years), dtype=np.bool_)
    if not (years < ADULT_Y).any():
        return asked
    sets, which = _band_sets(instance)
    for index, bands in enumerate(sets):
        below = -1_000
        for band in bands:
            if band.rule is BandRule.CONSENT_AND_ESCORT:
                asked |= (which[pairs.need] == index) & (years >= below) & (years < band.below_y)
            below = band.below_y
    return asked


def is_adult(instance: Instance, visits: Visits) -> BoolArray:
    """Whether the volunteer is of age on the first day."""
    birth_day = instance.volunteers.birth_day[visits.pairs.volunteer]
    return age_y(birth_day, visits.first_day) >= ADULT_Y


def day_cap_min(instance: Instance, volunteer: IntArray) -> IntArray:
    """Minutes of one day by age band of the volunteer's own region, elementwise; a whole day for adults."""
    people, at = np.unique(volunteer, return_inverse=True)
    years = age_y(instance.volunteers.birth_day[people], np.full(len(people), instance.day, dtype=np.int64))
    cap = np.full(len(people), 1440, dtype=np.int64)
    for index in np.flatnonzero(years < ADULT_Y).tolist():
        for band in instance.policy.age_bands_in(instance.volunteers.region_path[int(people[index])]):
            if years[index] < band.below_y:
                cap[index] = band.minutes_per_day
                break
    return cap[at]


def _band(bands: tuple[AgeBand, ...], years: int) -> AgeBand | None:
    return next((band for band in bands if years < band.below_y), None)


def audit(view: PlanView) -> Iterator[Violation]:
    """Find assignments that an age band forbids, escorts that are missing, days that are too long."""
    for entry, need, _slot, volunteer in view.visits():
        band = _band(
            view.policy.age_bands_in(need["region_path"]),
            view.age(entry.volunteer_id, day_of(entry.start_min)),
        )
        if band is None:
            continue
        mates = [mate for mate in view.team_of[entry.need_id] if mate.slot_id != entry.slot_id]
        adults = [mate for mate in mates if view.age(mate.volunteer_id, day_of(mate.start_min)) >= ADULT_Y]
        consent = bool(volunteer["guardian_consent"])
        broken = {
            BandRule.REFUSED: True,
            BandRule.CONSENT: not consent,
            BandRule.CONSENT_AND_ESCORT: not (consent and adults),
            BandRule.GROUP_AT_INSTITUTION: not (need["subject_kind"] == "INSTITUTION" and mates),
        }[band.rule]
        if broken or (need["home_visit"] and not band.home_visits):
            yield Violation(
                rule="HC-07", subject=entry.volunteer_id, detail=f"{entry.need_id}: {band.rule.value}"
            )
    for volunteer_id, engagements in view.engagements().items():
        band = _band(
            view.policy.age_bands_in(view.volunteers[volunteer_id]["region_path"]),
            view.age(volunteer_id, view.day),
        )
        if band is None:
            continue
        minutes: dict[int, int] = defaultdict(int)
        for visit in engagements:
            minutes[visit.day] += visit.minutes
        for day in sorted({visit.day for visit in engagements if visit.planned}):
            if minutes[day] > band.minutes_per_day:
                yield Violation(rule="HC-07", subject=volunteer_id, detail=f"{minutes[day]} min on one day")


RULE = Rule(id="HC-07", visits=keep, audit=audit)
