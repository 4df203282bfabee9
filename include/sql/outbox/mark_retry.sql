update ops.outbox
set
    last_error = %(error)s,
    next_attempt_at = clock_timestamp() + %(delay)s
where message_id = %(message_id)s
