-- While a delivery is on its way into the archive and the ledger, no original is removed.
select pg_advisory_xact_lock_shared(hashtextextended('gauss.archive', 0))
