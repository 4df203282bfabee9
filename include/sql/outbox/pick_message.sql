-- The next due message that nobody holds. The advisory lock lasts as long as the dispatcher's connection, so a
-- dispatcher that hangs keeps its message from the others, and one that dies gives it free.
with due as materialized (
    select
        message_id,
        dedupe_key,
        topic,
        message,
        attempts,
        last_error,
        created_at
    from ops.outbox
    where state = 'pending' and next_attempt_at <= clock_timestamp() and message_id > %(after)s
    order by message_id
    limit 1
    for update skip locked
)

select
    due.*,
    pg_try_advisory_lock(%(lock_space)s, (due.message_id %% 2147483647)::integer) as is_free
from due
