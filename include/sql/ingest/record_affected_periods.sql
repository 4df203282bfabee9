insert into ops.affected_periods as a (dataset, month, batch_id)
select distinct %(dataset)s, date_trunc('month', m.month)::date, %(batch_id)s::uuid
from outcome as o
cross join lateral (values (o.month), (o.former_month)) as m (month)
where o.verdict in ('inserted', 'updated', 'deleted') and m.month is not null
order by 2
on conflict (dataset, month) do update
set version = a.version + 1, batch_id = excluded.batch_id, affected_at = now()
