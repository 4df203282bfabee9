-- As lock_metrics, until the transaction ends.
select
    set_config('client_connection_check_interval', '2s', true),
    set_config('idle_in_transaction_session_timeout', '5min', true),
    pg_advisory_xact_lock(hashtextextended('gauss.metrics', 0))
