insert into ops.batches (file_id, source, dataset, profile_version, dag_id, run_id, status)
values (%(file_id)s, %(source)s, %(dataset)s, %(profile_version)s, %(dag_id)s, %(run_id)s, 'collected')
on conflict (dag_id, run_id, file_id, dataset) do update set error_code = null
returning batch_id
