-- What still waits, when the first of it is due, and what nobody could deliver.
select
    count(*) filter (where state = 'pending') as pending,
    count(*) filter (where state = 'dead') as dead,
    extract(epoch from min(next_attempt_at) filter (where state = 'pending') - clock_timestamp())::float8
        as seconds_to_next
from ops.outbox
where state in ('pending', 'dead')
