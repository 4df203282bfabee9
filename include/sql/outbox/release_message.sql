select pg_advisory_unlock(%(lock_space)s, (%(message_id)s::bigint %% 2147483647)::integer)
