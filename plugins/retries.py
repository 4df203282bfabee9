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
