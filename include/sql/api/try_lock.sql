select pg_try_advisory_lock(%(space)s, %(number)s)
