-- Loads are serial: MERGE is not safe against concurrent inserts, and references of one load are rows of another.
-- Whoever holds the lock loses it when it is gone: the server ends a session whose client was killed, in the midst of a
-- statement too, and one that says nothing within its transaction, since a worker may freeze.
select
    set_config('client_connection_check_interval', '2s', true),
    set_config('idle_in_transaction_session_timeout', '5min', true),
    pg_advisory_xact_lock(hashtextextended('gauss.load', 0))
