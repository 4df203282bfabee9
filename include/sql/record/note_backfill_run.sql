insert into ops.backfill_runs as r (dag_id, run_id, attempt, error_code)
values (%(dag_id)s, %(run_id)s, %(attempt)s, %(error_code)s)
on conflict (dag_id, run_id, attempt) do update set error_code = coalesce(excluded.error_code, r.error_code)
