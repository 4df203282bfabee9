-- One ending at a time decides whether it is the last one.
select pg_advisory_xact_lock(hashtextextended('gauss.backfill', 0))
