update ops.outbox
set
    state = 'sent',
    sent_at = clock_timestamp(),
    slack_ts = %(slack_ts)s,
    last_error = null
where message_id = %(message_id)s
