"""Every error the project raises on purpose, in one tree.

    GaussError                     a stable `code` and a sentence that says what, where, what to do
    ├── BadData                    the delivery is at fault: trying again cannot help
    │   ├── BadFile                the file as a whole cannot be read (empty, undecodable, header wrong)
    │   ├── TooManyRejects         more rows were rejected than the profile allows
    │   ├── BadMetrics             what was built does not hold its tests; nothing was published
    │   └── AccountingMismatch     counts or sums do not add up; nothing was loaded
    ├── BadConfiguration           a profile, policy, setting or parameter is wrong: a person must mend it
    │   ├── BadPeriod              the run's period cannot be told, or ends before it starts
    │   ├── BadParameter           a page was asked for something that it does not have, or out of bounds
    │   └── RefreshRefused         Power BI could not read the published figures
    ├── NotForReader               what was asked for is not for this reader's role
    ├── Unforeseen                 a fault of ours, met in one file: the others are not held up
    └── Unavailable                something is out of reach for now: trying again may help
        ├── WarehouseUnavailable   the database does not answer, or a lock is held too long
        ├── FileUnavailable        a file vanished, may not be read, or a disk is full
        ├── WorkerDied             a process that helped was killed
        ├── PowerBIUnavailable     Power BI does not answer, or not in time
        └── SlackUnavailable       Slack does not answer, or asks to wait

Messages carry names, counts and codes, never a value of a row. `plugins/` translates the tree into Airflow's
exceptions: `BadData` and `BadConfiguration` fail at once, `Unavailable` is retried.
"""

from traceback import walk_tb


class GaussError(Exception):
    """Base of the tree: `code` is stable and goes into logs, CSV logs and messages; the text may change."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class BadData(GaussError):
    """The delivery is at fault: trying again cannot help."""

    code = "bad_data"


class BadFile(BadData):
    """The file as a whole cannot be read; codes: empty_file, undecodable, missing_column, duplicate_column, …"""

    code = "bad_file"


class TooManyRejects(BadData):
    """More rows were rejected than the profile's reject limit allows; nothing was loaded."""

    code = "too_many_rejects"


class AccountingMismatch(BadData):
    """Counts or sums do not add up between file, spool and database; nothing was loaded."""

    code = "accounting_mismatch"


class BadMetrics(BadData):
    """What was built does not hold its tests, or could not be built (`metrics_broken`); nothing was published."""

    code = "metrics_failed"


class BadConfiguration(GaussError):
    """A profile, policy, setting or parameter is wrong: a person must mend it."""

    code = "bad_configuration"


class BadPeriod(BadConfiguration):
    """The run's period cannot be told, or ends before it starts."""

    code = "bad_period"


class BadParameter(BadConfiguration):
    """A page was asked for something that it does not have, or out of bounds."""

    code = "bad_parameter"


class NotForReader(GaussError):
    """What was asked for is not for this reader's role."""

    code = "not_for_reader"


class RefreshRefused(BadConfiguration):
    """Power BI could not read the published figures, or refreshes the model no more."""

    code = "powerbi_refresh_failed"


class Unforeseen(GaussError):
    """A fault of ours that one file met."""

    code = "unforeseen"

    @classmethod
    def of(cls, error: Exception) -> "Unforeseen":
        """The error told by its kind and place alone: its text may quote a row."""
        places = [
            f"{module}:{line}"
            for frame, line in walk_tb(error.__traceback__)
            if (module := str(frame.f_globals.get("__name__"))).startswith(("include.", "plugins."))
        ]
        return cls(
            f"Nobody foresaw a {type(error).__name__} at {places[-1] if places else 'an unknown place'}: "
            "look at the profile, and report it"
        )


class Unavailable(GaussError):
    """Something is out of reach for now: trying again may help."""

    code = "unavailable"


class WarehouseUnavailable(Unavailable):
    """The database does not answer, or another load holds the lock too long."""

    code = "warehouse_unavailable"


class FileUnavailable(Unavailable):
    """A file vanished, may not be read, or a disk is full."""

    code = "file_unavailable"


class WorkerDied(Unavailable):
    """A process that did a part of the work was killed: for want of memory, perhaps."""

    code = "worker_died"


class PowerBIUnavailable(Unavailable):
    """Power BI does not answer, or not in time."""

    code = "powerbi_unavailable"


class SlackUnavailable(Unavailable):
    """Slack does not answer, or asks to wait."""

    code = "slack_unavailable"
