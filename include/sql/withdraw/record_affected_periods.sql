insert into ops.affected_periods as a (dataset, month, batch_id)
select distinct %(dataset)s, date_trunc('month', o.month)::date, %(withdrawal)s::uuid
from outcome as o
where o.month is not null
order by 2
on conflict (dataset, month) do update
set version = a.version + 1, batch_id = excluded.batch_id, affected_at = now()
