-- Loads are serial: MERGE is not safe against concurrent inserts, and references of one load are rows of another.
select pg_advisory_xact_lock(hashtextextended('gauss.load', 0))
