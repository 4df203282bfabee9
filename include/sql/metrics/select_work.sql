-- Affected periods that this consumer has not come to yet.
select
    a.dataset,
    a.month,
    a.version,
    a.batch_id
from ops.affected_periods as a
left join ops.period_cursor as c
    on c.consumer = %(consumer)s and a.dataset = c.dataset and a.month = c.month
where a.dataset = any(%(datasets)s) and coalesce(c.version, 0) < a.version
order by a.month, a.dataset
