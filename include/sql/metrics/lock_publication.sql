-- As lock_metrics, until the transaction ends; with memory for comparing whole tables.
select
    set_config('client_connection_check_interval', '2s', true),
    set_config('idle_in_transaction_session_timeout', '5min', true),
    set_config('work_mem', '64MB', true),
    set_config('jit', 'off', true),
    pg_advisory_xact_lock(hashtextextended('gauss.metrics', 0))
