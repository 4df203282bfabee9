"""When pipelines run, in the organisation's time zone."""

from airflow.sdk import CronDataIntervalTimetable

from include.schemas.organisation import load_organisation

ZONE = load_organisation().zone


def daily(at: str = "00:00") -> CronDataIntervalTimetable:
    """Every day at a local time; the run's data interval is the day before it.

    :param at: "HH:MM" in the organisation's zone
    """
    hour, minute = at.split(":")
    return CronDataIntervalTimetable(f"{int(minute)} {int(hour)} * * *", timezone=ZONE.key)
