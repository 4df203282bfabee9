update ops.api_notices set
    state = %(state)s,
    attempts = attempts + %(tries)s,
    next_attempt_at = now() + make_interval(secs => %(wait)s),
    last_result = %(result)s,
    ended_at = case when %(state)s = 'waiting' then null else now() end
where batch_id = %(batch_id)s and prefix = %(prefix)s
