-- In the load's own transaction: whoever comes home is told.
insert into ops.outbox_parts (batch_id, dag_id, run_id)
select b.batch_id, b.dag_id, b.run_id from ops.batches as b where b.batch_id = %(batch_id)s
on conflict (batch_id) do nothing
