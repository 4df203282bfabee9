"""Half-hourly electricity of three sites: workdays, nights, weekends; outages as gaps; generator days."""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from scripts.sample.days import OFFSET, Span, days_between, is_workday, month_end
from scripts.sample.organisation import SITES, Site

SLOTS = 48
HEAT = {"Nairobi": (9, 0.10), "Kisumu": (2, 0.12), "Lodwar": (3, 0.22)}  # hottest month (from 0), extra load

# Share of the day load that stands on top of the night load, by hour of a working day.
_WORKDAY = (
    0,
    0,
    0,
    0,
    0,
    0.02,
    0.1,
    0.35,
    0.72,
    0.92,
    1,
    1,
    0.94,
    0.8,
    0.93,
    1,
    0.9,
    0.62,
    0.3,
    0.16,
    0.1,
    0.06,
    0.03,
    0,
)
_CLOCK = tuple(f"T{slot // 2:02d}:{slot % 2 * 30:02d}:00{OFFSET}" for slot in range(SLOTS))


@dataclass(frozen=True)
class Gap:
    """An outage: nothing was measured for `slots` half hours from `slot` of a day on."""

    site: Site
    day: dt.date
    slot: int
    slots: int

    @property
    def starts_at(self) -> str:
        """The first missing interval."""
        return f"{self.day.isoformat()}{_CLOCK[self.slot]}"


@dataclass
class Readings:
    """All readings by site and day (kWh per half hour, None where nothing was measured), and what was odd."""

    days: dict[str, dict[dt.date, list[float | None]]]
    estimated: set[tuple[str, dt.date]]
    gaps: list[Gap]
    generator_days: list[tuple[Site, dt.date]]
    night_shift: tuple[Site, dt.date, dt.date]
    _meters: dict[str, str] = field(default_factory=lambda: {site.code: site.meter for site in SITES})

    def rows(self, first: dt.date, last: dt.date) -> Iterator[dict[str, str]]:
        """One row per reading, meter by meter, in the order of time."""
        for code, days in self.days.items():
            for day in days_between(first, last):
                quality = "estimated" if (code, day) in self.estimated else "measured"
                prefix = day.isoformat()
                for slot, energy in enumerate(days[day]):
                    if energy is not None:
                        yield {
                            "starts_at": prefix + _CLOCK[slot],
                            "minutes": "30",
                            "energy_kwh": f"{energy:.3f}",
                            "quality": quality,
                            "meter": self._meters[code],
                        }

    def energy(self, site: str, month: dt.date) -> float:
        """What the site's meter counted in a month, in kWh."""
        days = self.days[site]
        known = (days[day] for day in days_between(month, month_end(month)) if day in days)
        return sum(energy or 0.0 for slots in known for energy in slots)


def measure_electricity(span: Span, rng: random.Random) -> Readings:
    """Readings from the first day of history to yesterday.

    Planted: for three weeks the head office's air conditioning runs through the nights.
    """
    headquarters = SITES[0]
    shift_from = span.month(16) + dt.timedelta(days=4)
    shift_to = shift_from + dt.timedelta(days=20)
    found = Readings({}, set(), [], [], (headquarters, shift_from, shift_to))
    for site in SITES:
        found.days[site.code] = {}
        for day in days_between(span.first, span.yesterday):
            extra = 1.9 if site is headquarters and shift_from <= day <= shift_to else 0.0
            slots = _day(site, day, extra, rng)
            _disturb(site, day, slots, found, rng)
            found.days[site.code][day] = slots
    return found


def _day(site: Site, day: dt.date, night_extra: float, rng: random.Random) -> list[float | None]:
    hottest, swing = HEAT[site.office]
    distance = abs((day.month - 1 - hottest + 6) % 12 - 6) / 6
    season = 1 + swing * (1 - 2 * distance)
    level = season * rng.gauss(1, 0.05)
    share = 1.0 if is_workday(day) else site.weekend_share * (1.0 if day.weekday() == 5 else 0.55)
    gauss = rng.gauss
    slots: list[float | None] = []
    for slot in range(SLOTS):
        hour = slot // 2
        load = site.night_load + site.day_load * _WORKDAY[hour] * share * level
        if hour >= 19 or hour < 6:
            load += night_extra
        slots.append(round(max(0.05, load * (1 + 0.06 * gauss(0, 1))), 3))
    return slots


def _disturb(site: Site, day: dt.date, slots: list[float | None], found: Readings, rng: random.Random) -> None:
    chance = rng.random() * 30.4
    if chance < site.generator_days and is_workday(day):
        found.generator_days.append((site, day))
        for slot in range(17, 17 + rng.randint(8, 16)):
            slots[slot] = round(rng.random() * 0.04, 3)
    elif chance < site.generator_days + site.outages:
        length = min(16, 1 + int(rng.expovariate(0.35)))
        first = rng.randint(0, SLOTS - length)
        found.gaps.append(Gap(site, day, first, length))
        slots[first : first + length] = [None] * length
    elif chance > 30.2:
        found.estimated.add((site.code, day))


def site_rows() -> list[dict[str, str]]:
    """The sites as they are delivered."""
    return [
        {
            "code": site.code,
            "name": site.name,
            "timezone": "Africa/Nairobi",
            "grid_zone": "KE",
            "country": "KE",
        }
        for site in SITES
    ]


def meter_rows(span: Span) -> list[dict[str, str]]:
    """The meters as they are delivered."""
    return [
        {
            "code": site.meter,
            "kind": "interval",
            "unit": "kWh",
            "interval_minutes": "30",
            "installed_on": span.first.isoformat(),
            "removed_on": "",
            "site": site.code,
        }
        for site in SITES
    ]
