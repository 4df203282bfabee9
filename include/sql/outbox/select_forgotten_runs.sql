-- Runs that brought something home and never came to tell it; those of backfills wait for their common message.
select p.run_id, max(p.written_at) as ended_at
from ops.outbox_parts as p
where p.dag_id = %(dag_id)s
    and p.run_id <> %(run_id)s
    and p.folded_into is null
    and p.written_at < now() - %(after)s::interval
    and not exists (
        select from ops.backfill_runs as r
        where r.dag_id = p.dag_id and r.run_id = p.run_id and r.told_by is null
    )
group by p.run_id
order by ended_at, p.run_id
