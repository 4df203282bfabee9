-- One build or publication at a time, for as long as this session lives; whoever holds it and is killed loses it.
select
    set_config('client_connection_check_interval', '2s', false),
    pg_advisory_lock(hashtextextended('gauss.metrics', 0))
