-- Where publishing has come to; a later place is never taken back.
insert into ops.period_cursor as c (consumer, dataset, month, version)
select %(consumer)s, w.dataset, w.month, w.version
from jsonb_to_recordset(%(work)s) as w (dataset text, month date, version bigint)
on conflict (consumer, dataset, month) do update
set version = greatest(c.version, excluded.version), moved_at = now()
