insert into ops.metric_builds (dag_id, run_id, attempt, is_full, months, fingerprint, work)
values (%(dag_id)s, %(run_id)s, %(attempt)s, %(is_full)s, %(months)s, %(fingerprint)s, %(work)s)
returning build_id
