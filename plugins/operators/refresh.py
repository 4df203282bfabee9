"""The refresh of Power BI's model, once the metrics are published."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook, BaseOperator
from airflow.sdk.exceptions import AirflowNotFoundException, AirflowSkipException, TaskDeferralError

from include.errors import BadConfiguration, PowerBIUnavailable, RefreshRefused
from plugins.operators.record import tell_own_failure

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
    something, or Microsoft's provider is not installed); PowerBIUnavailable (no answer, or none in time) is retried.

    :param rows_published: a template with the number of rows that were published
    :param timeout: seconds that a refresh may take
    :param check_interval: seconds between two looks at it
    """

    template_fields = ("rows_published",)

    def __init__(
        self,
        *,
        rows_published: str | int,
        conn_id: str = "powerbi",
        timeout: float = 1800.0,
        check_interval: int = 30,
        **kwargs: Any,
    ) -> None:
        super().__init__(**tell_own_failure(kwargs))
        self.rows_published = rows_published
        self.conn_id = conn_id
        self.timeout = timeout
        self.check_interval = check_interval

    def execute(self, context: Context) -> None:
        """Ask for a refresh; goes on in the triggerer."""
        self._delegate().execute(context)

    def handle_refresh(self, context: Context, event: dict[str, Any] | None = None) -> None:
        """Wait for the refresh that was asked for; goes on in the triggerer."""
        self._check(event)
        self._delegate().handle_refresh(context, event)

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> None:
        """Say how it ended."""
        self._check(event)
        self.log.info("Power BI has read the published figures.")

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """As Airflow does, with an error of ours when the triggerer could not ask Power BI."""
        try:
            return super().resume_execution(next_method, next_kwargs, context)
        except TaskDeferralError:
            raise PowerBIUnavailable(
                f"Power BI could not be asked by the connection {self.conn_id}: does it answer, and may the "
                "application refresh the model?"
            ) from None

    def _delegate(self) -> PowerBIDatasetRefreshOperator:
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
            timeout=self.timeout,
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
