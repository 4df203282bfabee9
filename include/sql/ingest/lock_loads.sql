-- Loads are serial: MERGE is not safe against concurrent inserts, and references of one load are rows of another.
-- A worker that freezes with the lock loses it: the server ends a session that says nothing within its transaction.
select
    set_config('idle_in_transaction_session_timeout', '5min', true),
    pg_advisory_xact_lock(hashtextextended('gauss.load', 0))
