-- Whether nobody is bringing a delivery into the archive; nobody will before this transaction has ended.
select pg_try_advisory_xact_lock(hashtextextended('gauss.archive', 0))
