-- Once what was wrong with Slack or its settings is mended: dead messages get another life, and those that wait for
-- their next try are due at once. One that is on its way now stays with whoever sends it.
update ops.outbox
set
    state = 'pending',
    attempts = case when state = 'dead' then 0 else attempts end,
    next_attempt_at = clock_timestamp()
where state = 'dead'
    or (
        state = 'pending' and next_attempt_at > clock_timestamp()
        and last_error is distinct from 'outcome_unknown')
