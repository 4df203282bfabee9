-- Collecting again in the same run finds the batches that it opened before.
insert into ops.batches
    (file_id, source, dataset, profile_version, dag_id, run_id, status, error_code, is_rehearsal)
values (
    %(file_id)s, %(source)s, %(dataset)s, %(profile_version)s, %(dag_id)s, %(run_id)s, %(status)s, %(error_code)s,
    %(is_rehearsal)s)
on conflict (dag_id, run_id, file_id, dataset) do nothing
