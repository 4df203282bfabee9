"""When a failed task is worth another try."""

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

RETRY_WHAT_MAY_PASS = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=["include.errors.BadData", "include.errors.BadConfiguration"],
            action=RetryAction.FAIL,
            reason="the data or the configuration must be mended first",
        ),
        RetryRule(exception="include.errors.Unavailable", action=RetryAction.RETRY, reason="it may answer later"),
    ]
)

RETRY_WHAT_AIRFLOW_LOST = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception="include.errors.GaussError",
            action=RetryAction.FAIL,
            reason="the task itself has tried for as long as it may",
        ),
    ]
)
