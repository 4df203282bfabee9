"""The refresh of Power BI's model, once the metrics are published."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook, BaseOperator
from airflow.sdk.exceptions import (
    AirflowNotFoundException,
    AirflowSkipException,
    TaskDeferralError,
    TaskDeferralTimeout,
    TaskDeferred,
)

from include.errors import BadConfiguration, PowerBIUnavailable, RefreshRefused
from plugins.operators.record import tell_own_failure
from plugins.retries import RETRY_WHAT_AIRFLOW_LOST

if TYPE_CHECKING:
    from airflow.providers.microsoft.azure.operators.powerbi import PowerBIDatasetRefreshOperator
    from airflow.sdk import Context

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SERVICE_CODE = re.compile(r'"errorCode"\s*:\s*"([A-Za-z][A-Za-z0-9_]{1,80})"')
_REFUSED = ("Failed", "Disabled")


class RefreshPowerBIOperator(BaseOperator):
    """Reads the connection; has Power BI read the published marts anew, and waits for it in the triggerer.

    Made for `.as_teardown()`: the figures are published whatever becomes of a report, so that a failure leaves the run
    green and tells people itself. Skipped where there is no connection, and when nothing was published.
    The connection has the application's id as login, its secret as password, and in its extra `tenantId`, `group_id`
    (the workspace) and `dataset_id` (the semantic model).
    Raises RefreshRefused (Power BI refreshed and failed, or refreshes no more), BadConfiguration (the connection lacks
    something, or Microsoft's provider is not installed); PowerBIUnavailable (no answer, or none in time).
    None of these is tried again by Airflow: the run's endings are waiting, and the first refresh may still be running.
    A request that is not taken (Power BI is away, or refreshes already) is repeated within the first half of the time,
    so that the refresh has the other half.

    :param rows_published: a template with the number of rows that were published
    :param timeout: seconds from the first request to the end of the refresh
    :param check_interval: seconds between two looks at it, and between two requests
    """

    template_fields = ("rows_published",)

    def __init__(
        self,
        *,
        rows_published: str | int,
        conn_id: str = "powerbi",
        timeout: float = 600.0,
        check_interval: int = 30,
        **kwargs: Any,
    ) -> None:
        super().__init__(**tell_own_failure(kwargs) | {"retry_policy": RETRY_WHAT_AIRFLOW_LOST})
        self.rows_published = rows_published
        self.conn_id = conn_id
        self.timeout = timeout
        self.check_interval = check_interval

    def execute(self, context: Context) -> None:
        """Ask for a refresh; goes on in the triggerer."""
        with self._in_time(context) as left:
            self._delegate(left).execute(context)

    def ask_again(self, context: Context, event: Any = None) -> None:
        """Ask once more, after a pause."""
        self.execute(context)

    def handle_refresh(self, context: Context, event: dict[str, Any] | None = None) -> None:
        """Wait for the refresh that was asked for; goes on in the triggerer."""
        self._check(event)
        with self._in_time(context) as left:
            self._delegate(left).handle_refresh(context, event)

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> None:
        """Say how it ended."""
        self._check(event)
        self.log.info("Power BI has read the published figures.")

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """As Airflow does; asks again, or ends with an error of ours, when the triggerer could not ask Power BI."""
        try:
            return super().resume_execution(next_method, next_kwargs, context)
        except TaskDeferralTimeout:
            raise PowerBIUnavailable(f"Power BI did not answer within {self.timeout:.0f} seconds") from None
        except TaskDeferralError:
            if self._seconds_left(context) > self.timeout / 2:
                from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger

                self.log.info("Power BI took no refresh: it is asked again in %d seconds.", self.check_interval)
                pause = TimeDeltaTrigger(timedelta(seconds=self.check_interval))
                self.defer(trigger=pause, method_name="ask_again")
            raise PowerBIUnavailable(
                f"Power BI could not be asked by the connection {self.conn_id}: does it answer, and may the "
                "application refresh the model?"
            ) from None

    def _seconds_left(self, context: Context) -> float:
        """Airflow keeps the start of a task that comes back from the triggerer."""
        started = context["ti"].start_date
        return self.timeout - (datetime.now(UTC) - started).total_seconds()

    @contextmanager
    def _in_time(self, context: Context) -> Iterator[float]:
        """Gives the seconds that are left; what goes on in the triggerer ends with them.

        :raises PowerBIUnavailable: none is left
        """
        left = self._seconds_left(context)
        if left <= 0:
            raise PowerBIUnavailable(f"Power BI did not answer within {self.timeout:.0f} seconds")
        try:
            yield left
        except TaskDeferred as deferred:
            deferred.timeout = timedelta(seconds=left)
            raise

    def _delegate(self, timeout: float) -> PowerBIDatasetRefreshOperator:
        """Microsoft's operator, with what the connection says."""
        try:
            settings = BaseHook.get_connection(self.conn_id).extra_dejson
        except AirflowNotFoundException:
            raise AirflowSkipException(f"There is no connection {self.conn_id}: Power BI is not refreshed.") from None
        if int(str(self.rows_published or 0)) == 0:
            raise AirflowSkipException("Nothing was published: Power BI has read it already.")
        missing = [name for name in ("group_id", "dataset_id") if not _GUID.fullmatch(str(settings.get(name, "")))]
        if missing:
            raise BadConfiguration(f"The extra of connection {self.conn_id} needs {', '.join(missing)}, a GUID each")
        try:
            from airflow.providers.microsoft.azure.operators.powerbi import PowerBIDatasetRefreshOperator
        except ImportError:
            raise BadConfiguration(
                f"There is a connection {self.conn_id} and Microsoft's provider is not installed: make start "
                "POWERBI=1, or install requirements-powerbi.txt"
            ) from None
        return PowerBIDatasetRefreshOperator(
            task_id=self.task_id,
            conn_id=self.conn_id,
            group_id=settings["group_id"],
            dataset_id=settings["dataset_id"],
            timeout=timeout,
            check_interval=self.check_interval,
            deferrable=True,
        )

    def _check(self, event: dict[str, Any] | None) -> None:
        """Power BI's own text is not repeated: it may quote a row.

        :raises RefreshRefused: it tried, or tries no more
        :raises PowerBIUnavailable: it did not answer, or not in time
        """
        if event and event["status"] == "success":
            return
        status = (event or {}).get("dataset_refresh_status")
        if status not in _REFUSED:
            raise PowerBIUnavailable(f"Power BI did not say in time how the refresh ended ({status or 'no status'})")
        found = _SERVICE_CODE.search((event or {}).get("message", ""))
        raise RefreshRefused(
            f"Power BI ended the refresh as {status} ({found[1] if found else 'no code'}): its refresh history says why"
        )
