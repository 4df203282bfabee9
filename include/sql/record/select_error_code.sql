-- Why a run's attempt failed: as its final line says, else as its batches say.
select coalesce(
    (
        select error_code from ops.run_log
        where dag_id = %(dag_id)s and run_id = %(run_id)s and attempt = %(attempt)s
    ),
    (
        select error_code from ops.batches
        where dag_id = %(dag_id)s and run_id = %(run_id)s and status = 'failed' and error_code is not null
        order by finished_at, batch_id
        limit 1
    )
) as error_code
