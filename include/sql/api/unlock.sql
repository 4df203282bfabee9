select pg_advisory_unlock(%(space)s, %(number)s)
