-- In the transaction that changes core: what the batch did, for good.
insert into ops.run_log (dag_id, run_id, batch_id, status, period_from, period_to, rows_written, seconds)
select b.dag_id, b.run_id, b.batch_id, 'success', b.period_from, b.period_to, b.rows_loaded + b.rows_deleted, b.seconds
from ops.batches as b
where b.batch_id = %(batch_id)s
