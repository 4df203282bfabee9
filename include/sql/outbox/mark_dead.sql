-- Slack will never take this message as things are; it stays visible and can be revived.
update ops.outbox
set
    state = 'dead',
    last_error = %(error)s
where message_id = %(message_id)s
