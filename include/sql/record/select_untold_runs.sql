select r.run_id, r.attempt, r.error_code
from ops.backfill_runs as r
where r.dag_id = %(dag_id)s and r.told_by is null
order by r.run_id, r.attempt
