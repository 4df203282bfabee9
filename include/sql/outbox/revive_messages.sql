-- Dead messages get another life, once what was wrong with Slack's settings is mended.
update ops.outbox
set
    state = 'pending',
    attempts = 0,
    next_attempt_at = clock_timestamp()
where state = 'dead'
