-- Written before a message goes out: until its outcome is known, it counts as unknown. Should the database restart
-- while the message is on its way, nobody else takes it up before the lease is over.
update ops.outbox
set
    attempts = attempts + 1,
    last_error = 'outcome_unknown',
    next_attempt_at = clock_timestamp() + %(lease)s
where message_id = %(message_id)s
